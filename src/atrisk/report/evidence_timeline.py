"""The development timeline as a figure: years down the page, an event a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import matplotlib as mpl

from atrisk.report import theme
from atrisk.report.figures_save import inline_svg, save_figure, svg_text
from atrisk.report.figures_sheet import Sheet, blank_sheet
from atrisk.report.figures_text import flow, text_width, wrap
from atrisk.report.figures_words import Box

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

    from atrisk.report.theme import Width
    from atrisk.report.values import Node

__all__ = ["draw_timeline", "timeline_svg", "timeline_words", "write_timeline"]

_EDGE = 3.0
_GAP = 0.9
_YEAR_GAP = 2.2
_MARKERS: Final = ("o", "s", "D", "^", "v", "P", "X", "h")
_ORDER: Final = (
    "report", "approval", "patients", "trial", "context", "guideline", "preclinical", "company",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Entry:
    """An event laid out: its year (if the first of it), lines of words, kind, height."""

    year: str
    lines: tuple[str, ...]
    kind: str
    height: float


def timeline_words(document: Node) -> str:
    """Say in words what the figure shows, for those who cannot see it."""
    said = [f"{event['when']}: {event['label']}" for event in document["events"]]
    return ". ".join(said) + "."


def draw_timeline(document: Node, width: Width) -> Figure:
    """Draw the timeline for one width of paper.

    Parameters
    ----------
    document
        the timeline document.
    width
        `theme.FULL` or `theme.COLUMN`.
    """
    years = text_width("0000", width.text, "bold") + 2.0
    axis = _EDGE + years + 2.0
    left = axis + 4.0
    entries = _entries(document, width, width.millimetres - left - _EDGE)
    kinds = [k for k in _ORDER if any(e.kind == k for e in entries)]
    labels = {e["kind"]: e["kind_label"] for e in document["events"]}
    key = _key_rows([labels[kind] for kind in kinds], width)
    top = _EDGE + len(key) * 1.25 * width.row + 2.0
    height = top + sum(e.height + (_YEAR_GAP if e.year else _GAP) for e in entries) + _EDGE
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(height, width)
        _draw_key(sheet, kinds, labels, key)
        last = _draw_entries(sheet, entries, kinds, (axis, left, top))
        _spine(sheet, axis, top, last)
    return sheet.figure


def _exact(event: Node) -> bool:
    """Tell whether more than the year is known."""
    return bool(event["when"] != str(event["year"]))


def _entries(document: Node, width: Width, room: float) -> list[_Entry]:
    entries, before = [], None
    for event in document["events"]:
        text = f"{event['label']} ({event['when']})" if _exact(event) else event["label"]
        lines = wrap(text, width.small, room, 4)
        year = str(event["year"]) if event["year"] != before else ""
        before = event["year"]
        entries.append(_Entry(year, lines, event["kind"], len(lines) * width.row))
    return entries


def _key_rows(labels: list[str], width: Width) -> list[list[int]]:
    wide = [text_width(label, width.small) + 4.0 for label in labels]
    return flow(wide, width.millimetres - 2 * _EDGE, 4.0)


def _style(kind: str, kinds: list[str]) -> tuple[str, str]:
    """Give the colour and the marker of a kind: both differ, so that neither is needed."""
    at = kinds.index(kind)
    return theme.colour(at), _MARKERS[at % len(_MARKERS)]


def _dot(sheet: Sheet, left: float, middle: float, kind: str, kinds: list[str]) -> None:
    colour, marker = _style(kind, kinds)
    sheet.rule(
        left, left, middle,
        marker=marker, markersize=0.62 * sheet.width.small, color=colour, linestyle="none",
    )  # fmt: skip


def _draw_key(
    sheet: Sheet, kinds: list[str], labels: dict[str, str], rows: list[list[int]]
) -> None:
    width, top = sheet.width, _EDGE
    for row in rows:
        left = _EDGE
        for at in row:
            label = labels[kinds[at]]
            _dot(sheet, left + 1.4, top + 0.5 * width.row, kinds[at], kinds)
            sheet.write(label, left + 4.0, top, width.small)
            left += text_width(label, width.small) + 8.0
        top += 1.25 * width.row


def _draw_entries(
    sheet: Sheet,
    entries: list[_Entry],
    kinds: list[str],
    place: tuple[float, float, float],
) -> float:
    """Draw the events; give where the last one stands."""
    width, (axis, left, top) = sheet.width, place
    middle = top
    for entry in entries:
        top += _YEAR_GAP if entry.year else _GAP
        middle = top + 0.5 * width.row
        if entry.year:
            size = width.text
            above = middle - 0.5 * width.text_row
            sheet.write(entry.year, _EDGE, above, size, fontweight="bold")
        _dot(sheet, axis, middle, entry.kind, kinds)
        for at, line in enumerate(entry.lines):
            sheet.write(line, left, top + at * width.row, width.small)
        top += entry.height
    return middle


def _spine(sheet: Sheet, axis: float, top: float, bottom: float) -> None:
    sheet.shade(Box(axis - 0.15, top + _YEAR_GAP, 0.3, bottom - top - _YEAR_GAP), "#9ca3af")


def timeline_svg(document: Node, width: Width, prefix: str) -> str:
    """Render the timeline as an element of a page."""
    figure = draw_timeline(document, width)
    svg = svg_text(figure, document["title"], timeline_words(document))
    return inline_svg(svg, prefix)


def write_timeline(document: Node, folder: Path) -> list[Path]:
    """Write the figure for both widths as SVG, PDF and PNG."""
    title, words = document["title"], timeline_words(document)
    paths = []
    for width in (theme.FULL, theme.COLUMN):
        figure = draw_timeline(document, width)
        svg = svg_text(figure, title, words)
        paths += save_figure(figure, svg, title, words, folder / f"timeline{width.suffix}")
    return paths
