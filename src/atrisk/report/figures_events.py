"""What figures of single patients share: tints, hatches, legends of bars and marks, axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib.patches import Rectangle

from atrisk.report import format as form
from atrisk.report import theme
from atrisk.report.figures_sheet import SWATCH, SWATCH_GAP, Key, Sheet, key_rows
from atrisk.report.figures_text import text_width, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from atrisk.report.figures_words import Box

__all__ = [
    "EDGE",
    "HATCHES",
    "TINTS",
    "Mark",
    "Tick",
    "draw_keys",
    "keys_height",
    "mark_style",
    "patch",
    "set_ticks",
    "ticks_of",
]

EDGE = 1.5
"""Between the edge of the paper and what stands next to it, in millimetres."""

TINTS = ("#dde5ee", "#a3b8cd", "#66839f", "#ffffff")
"""Fills of bars, each lighter or darker than the others in grey print."""

HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "----", "||||", "++++")
"""Of the fills of levels, so that they stay apart in grey print."""

_KEY_GAP = 5.0
_INCH = 25.4
# marker, whether it is filled, place in the palette
_MARKS = (
    ("o", True, 2),
    ("o", False, 2),
    ("^", False, 4),
    ("v", False, 6),
    ("D", True, 6),
    ("d", False, 6),
    ("P", True, 1),
    ("s", True, 3),
    ("X", True, 0),
    ("*", True, 5),
    ("p", False, 0),
    ("h", True, 7),
)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis: where, and what is written."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something marked: its name, and its place among the marks."""

    label: str
    style: int


def ticks_of(axis: Any) -> tuple[Tick, ...]:  # noqa: ANN401 - a node of the document
    """Read the marks of a time axis, written in the unit of the report."""
    per = float(axis["per_unit"])
    return tuple(
        Tick(float(mark) / per, form.general(round(float(mark) / per, 9))) for mark in axis["ticks"]
    )


def mark_style(style: int, size: float, width: theme.Width) -> dict[str, Any]:
    """Give matplotlib's style of a mark; ``size`` is in points."""
    marker, filled, place = _MARKS[style % len(_MARKS)]
    colour = theme.colour(place)
    return {
        "linestyle": "none",
        "marker": marker,
        "markersize": size * (1.3 if marker == "P" else 1.0),
        "color": colour,
        # a white rim keeps filled marks apart where they meet, and from the block behind them
        "markeredgecolor": "white" if filled else colour,
        "markerfacecolor": colour if filled else "white",
        "markeredgewidth": (0.4 if filled else 0.6) * width.line,
    }


def patch(fill: str, hatch: str = "", edge: str = theme.INK) -> dict[str, Any]:
    """Give the style of a filled bar."""
    return {"patch": True, "facecolor": fill, "hatch": hatch, "edgecolor": edge, "linewidth": 0.5}


def keys_height(keys: Sequence[Key], width: theme.Width, left: float = EDGE) -> float:
    """Give the height of a legend in millimetres."""
    return len(key_rows(keys, width, left)) * width.text_row if keys else 0.0


def draw_keys(sheet: Sheet, keys: Sequence[Key], top: float, left: float = EDGE) -> None:
    """Draw a legend of marks, lines and filled bars."""
    width = sheet.width
    for row in key_rows(keys, width, left) if keys else ():
        at = left
        for key in row:
            if "patch" in key.style:
                _swatch(sheet, key, at, top)
            else:
                sheet.sample(at, top, key.style, width.text)
            room = width.millimetres - EDGE - at - SWATCH - SWATCH_GAP
            label = wrap(key.label, width.text, room, most_lines=1)[0]
            sheet.write(label, at + SWATCH + SWATCH_GAP, top, width.text)
            at += SWATCH + SWATCH_GAP + text_width(key.label, width.text) + _KEY_GAP
        top += width.text_row


def _swatch(sheet: Sheet, key: Key, left: float, top: float) -> None:
    style = {name: value for name, value in key.style.items() if name != "patch"}
    row = sheet.width.text_row
    sheet.figure.add_artist(
        Rectangle(
            (left / _INCH, (sheet.height - top - 0.82 * row) / _INCH),
            SWATCH / _INCH,
            0.6 * row / _INCH,
            transform=sheet.figure.dpi_scale_trans,
            **style,
        )
    )


def set_ticks(
    axes: Axes,
    ticks: Sequence[Tick],
    width: theme.Width,
    box: Box,
    *,
    upright: bool = False,
    beyond: float = 4.0,
) -> None:
    """Mark an axis; of labels that would touch each other only every second or third is written.

    No label reaches further than ``beyond`` millimetres out of the box.
    """
    labels = [tick.label for tick in ticks]
    if upright:
        axes.set_yticks([tick.at for tick in ticks], labels)
    else:
        low, high = axes.get_xlim()
        places = [(tick.at - low) / (high - low) * box.width for tick in ticks]
        halves = [text_width(label, width.small) / 2 for label in labels]
        within = [
            label if at - half >= -beyond and at + half <= box.width + beyond else ""
            for label, at, half in zip(labels, places, halves, strict=True)
        ]
        for step in (1, 2, 3, 4, 6, 12):
            labels = [label if at % step == 0 else "" for at, label in enumerate(within)]
            if _apart(places, labels, width):
                break
        axes.set_xticks([tick.at for tick in ticks], labels)
    axes.tick_params(labelsize=width.small, pad=2.0)


def _apart(places: Sequence[float], labels: Sequence[str], width: theme.Width) -> bool:
    """Tell whether labels at these places, in millimetres, keep off each other."""
    end = -1e9
    for place, label in zip(places, labels, strict=True):
        if not label:
            continue
        half = text_width(label, width.small) / 2
        if place - half < end + 1.0:
            return False
        end = place + half
    return True
