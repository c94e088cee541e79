"""Measuring and breaking text, so that nothing in a figure is clipped or overlaps."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["MILLIMETRES_PER_POINT", "flow", "text_width", "wrap"]

MILLIMETRES_PER_POINT: Final = 25.4 / 72.0
# the rounding of a sum of widths is no reason to break a word
_SLACK = 1e-6
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_TO_PATH = TextToPath()


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Measure one line of text of a type size in points; the width is in millimetres."""
    if not text:
        return 0.0
    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    width, _, _ = _TO_PATH.get_text_width_height_descent(text, font, ismath=False)
    return float(width) * MILLIMETRES_PER_POINT


def wrap(
    text: str, size: float, width: float, most_lines: int = 3, weight: str = "normal"
) -> tuple[str, ...]:
    """Break text into lines no wider than ``width`` millimetres; what is too much ends in dots."""

    def fits(line: str) -> bool:
        return text_width(line, size, weight) <= width + _SLACK

    lines = [""]
    for word in text.split(" "):
        for piece in _fitting_pieces(word, fits):
            joined = f"{lines[-1]} {piece}".strip()
            if fits(joined):
                lines[-1] = joined
            else:
                lines.append(piece)
    if len(lines) <= most_lines:
        return tuple(lines)
    return (*lines[: most_lines - 1], _shortened(lines[most_lines - 1], fits))


def _fitting_pieces(word: str, fits: Callable[[str], bool]) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and not fits(pieces[-1] + letter):
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _shortened(line: str, fits: Callable[[str], bool]) -> str:
    while line and not fits(line + _ELLIPSIS):
        line = line[:-1]
    return line.rstrip() + _ELLIPSIS


def flow(widths: Sequence[float], available: float, gap: float) -> list[list[int]]:
    """Set items of these widths into as few rows as hold them in order; rows of indices.

    Examples
    --------
    >>> flow([3.0, 3.0, 3.0], available=7.0, gap=1.0)
    [[0, 1], [2]]
    """
    rows: list[list[int]] = [[]]
    used = 0.0
    for index, width in enumerate(widths):
        needed = width if not rows[-1] else used + gap + width
        if rows[-1] and needed > available:
            rows.append([])
            needed = width
        rows[-1].append(index)
        used = needed
    return rows
