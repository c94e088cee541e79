"""A sheet of paper for a figure: writing and drawing by millimetres from its top left corner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from atrisk.report import theme
from atrisk.report.figures_text import flow, text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from atrisk.report.figures_words import Box

__all__ = ["SWATCH", "SWATCH_GAP", "Key", "Sheet", "blank_sheet", "key_rows"]

SWATCH = 7.0
"""The length of a line sample, in millimetres."""

SWATCH_GAP = 1.6
"""Between a line sample and its name."""

KEY_GAP = 5.0
"""Between two entries of a legend."""

_INCH = 25.4
_BASELINE = 0.76


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of a legend: what it names, and how matplotlib draws its sample."""

    label: str
    style: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A figure addressed in millimetres from its top left corner; ``height`` is in millimetres."""

    figure: Figure
    height: float
    width: theme.Width

    def write(self, text: str, left: float, top: float, size: float, **style: Any) -> None:  # noqa: ANN401 - what matplotlib takes
        """Write one line whose row begins at ``top``."""
        row = size * self.width.row / self.width.small
        self.figure.text(
            left / _INCH,
            (self.height - top - _BASELINE * row) / _INCH,
            text,
            size=size,
            transform=self.figure.dpi_scale_trans,
            **style,
        )

    def rule(self, left: float, right: float, top: float, **style: Any) -> None:  # noqa: ANN401 - what matplotlib takes
        """Draw a horizontal line at ``top``."""
        height = (self.height - top) / _INCH
        self.figure.add_artist(
            Line2D(
                [left / _INCH, right / _INCH],
                [height, height],
                transform=self.figure.dpi_scale_trans,
                **style,
            )
        )

    def swatch(self, left: float, top: float, style: int, size: float) -> None:
        """Draw a short sample of a curve's line beside a line of text."""
        line = {
            "color": theme.colour(style),
            "linestyle": theme.dashes(style),
            "linewidth": self.width.line,
        }
        self.sample(left, top, line, size)

    def sample(self, left: float, top: float, style: dict[str, Any], size: float) -> None:
        """Draw a sample of a line or of a marker beside a line of text."""
        row = size * self.width.row / self.width.small
        middle = top + 0.5 * row
        if "marker" in style and style.get("linestyle") == "none":
            self.rule(left + SWATCH / 2, left + SWATCH / 2, middle, **style)
        else:
            self.rule(left, left + SWATCH, middle, **style)

    def patch(self, left: float, top: float, style: dict[str, Any]) -> None:
        """Draw a sample of an area beside a line of text."""
        row = self.width.text_row
        self.figure.add_artist(
            Rectangle(
                (left / _INCH, (self.height - top - 0.85 * row) / _INCH),
                SWATCH / _INCH,
                0.7 * row / _INCH,
                transform=self.figure.dpi_scale_trans,
                **style,
                linewidth=0.4,
            )
        )

    def shade(self, box: Box, colour: str) -> None:
        """Fill a rectangle behind everything."""
        bottom = (self.height - box.top - box.height) / _INCH
        self.figure.add_artist(
            Rectangle(
                (box.left / _INCH, bottom),
                box.width / _INCH,
                box.height / _INCH,
                transform=self.figure.dpi_scale_trans,
                facecolor=colour,
                edgecolor="none",
                zorder=-2,
            )
        )

    def axes(self, box: Box) -> Axes:
        """Add axes that fill a box."""
        width, height = self.width.millimetres, self.height
        bottom = height - box.top - box.height
        return self.figure.add_axes(
            (box.left / width, bottom / height, box.width / width, box.height / height)
        )

    def keys(self, keys: Sequence[Key], left: float, top: float) -> None:
        """Draw a legend, in as many rows as `key_rows` tells."""
        size = self.width.text
        for row in key_rows(keys, self.width, left):
            at = left
            for key in row:
                self.sample(at, top, key.style, size)
                self.write(key.label, at + SWATCH + SWATCH_GAP, top, size)
                at += _key_width(key, size) + KEY_GAP
            top += self.width.text_row


def blank_sheet(height: float, width: theme.Width) -> Sheet:
    """Give an empty sheet of a width of paper; ``height`` is in millimetres."""
    figure = Figure(figsize=(width.millimetres / _INCH, height / _INCH))
    return Sheet(figure, height, width)


def key_rows(keys: Sequence[Key], width: theme.Width, left: float) -> list[list[Key]]:
    """Set the entries of a legend into rows that fit the paper right of ``left``."""
    widths = [_key_width(key, width.text) for key in keys]
    rows = flow(widths, width.millimetres - left - KEY_GAP / 2, KEY_GAP)
    return [[keys[index] for index in row] for row in rows]


def _key_width(key: Key, size: float) -> float:
    return SWATCH + SWATCH_GAP + text_width(key.label, size)
