"""The flow of patients: from those who came in to those of each analysis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.patches import FancyArrowPatch, Rectangle

from atrisk.report import theme
from atrisk.report.figures_events import EDGE
from atrisk.report.figures_sheet import Sheet, blank_sheet
from atrisk.report.figures_text import wrap
from atrisk.report.figures_words import Box

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FlowBox", "FlowPlan", "draw_flow"]

_PAD = 2.0
_GAP = 6.0
_SIDE = 6.0
_COUNT_ROOM = 24.0
_INCH = 25.4
_MOST_LINES = 8
_SHARE = {True: 0.42, False: 0.44}


@dataclass(frozen=True, slots=True)
class FlowBox:
    """A box: its words, and those that leave on its way down, beside the arrow."""

    text: str
    count: str
    aside: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FlowPlan:
    """The boxes from top to bottom; the last one lists analyses: name and number of patients."""

    id: str
    boxes: tuple[FlowBox, ...]
    heading: str
    analyses: tuple[tuple[str, str], ...]


def _lines(text: str, count: str, width: theme.Width, room: float) -> list[tuple[str, str]]:
    words = wrap(text, width.small, room - 2 * _PAD, most_lines=_MOST_LINES)
    return [*((line, "normal") for line in words), (count, "bold")]


def draw_flow(plan: FlowPlan, width: theme.Width) -> Figure:
    """Draw the flow for one width of paper."""
    wide = width.millimetres - 2 * EDGE
    beside = any(box.aside for box in plan.boxes)
    column = _SHARE[width.side_by_side] * width.millimetres if beside else wide
    right = EDGE + column + _SIDE
    side = width.millimetres - right - EDGE
    placed: list[tuple[Box, list[tuple[str, str]]]] = []
    arrows: list[tuple[tuple[float, float], tuple[float, float]]] = []
    top, middle = EDGE, EDGE + column / 2
    for at, box in enumerate(plan.boxes):
        lines = _lines(box.text, box.count, width, column)
        height = len(lines) * width.row + 2 * _PAD
        placed.append((Box(EDGE, top, column, height), lines))
        bottom = top + height
        asides = [_lines(text, count, width, side) for text, count in box.aside]
        heights = [len(lines) * width.row + 2 * _PAD for lines in asides]
        here = bottom + _GAP / 2
        for lines, high in zip(asides, heights, strict=True):
            placed.append((Box(right, here, side, high), lines))
            arrows.append(((middle, here + high / 2), (right, here + high / 2)))
            here += high + _GAP / 2
        following = max(bottom + _GAP, here)
        if at < len(plan.boxes) - 1 or plan.analyses:
            arrows.append(((middle, bottom), (middle, following)))
        top = following
    height = max(box.top + box.height for box, _ in placed)
    if plan.analyses:
        height = max(height, top + _analyses_height(plan, width))
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(height + EDGE, width)
        for frame, lines in placed:
            _draw_box(sheet, frame, lines)
        for start, end in arrows:
            _draw_arrow(sheet, start, end)
        if plan.analyses:
            _draw_analyses(sheet, plan, top)
    return sheet.figure


def _rows(plan: FlowPlan, width: theme.Width) -> list[tuple[tuple[str, ...], str]]:
    """Break the names of the analyses: their lines, and the number of patients."""
    room = width.millimetres - 2 * EDGE - 2 * _PAD - _COUNT_ROOM
    return [(wrap(name, width.small, room, most_lines=2), count) for name, count in plan.analyses]


def _analyses_height(plan: FlowPlan, width: theme.Width) -> float:
    lines = 1 + sum(len(lines) for lines, _ in _rows(plan, width))
    return lines * width.row + 2 * _PAD


def _draw_analyses(sheet: Sheet, plan: FlowPlan, top: float) -> None:
    """Draw the last box: a line an analysis, with its number of patients."""
    width = sheet.width
    right = width.millimetres - EDGE - _PAD
    _draw_frame(sheet, Box(EDGE, top, width.millimetres - 2 * EDGE, _analyses_height(plan, width)))
    at = top + _PAD
    sheet.write(plan.heading, EDGE + _PAD, at, width.small, fontweight="bold")
    at += width.row
    for lines, count in _rows(plan, width):
        sheet.write(count, right, at, width.small, horizontalalignment="right")
        for line in lines:
            sheet.write(line, EDGE + _PAD, at, width.small)
            at += width.row


def _draw_box(sheet: Sheet, box: Box, lines: list[tuple[str, str]]) -> None:
    _draw_frame(sheet, box)
    for at, (line, weight) in enumerate(lines):
        top = box.top + _PAD + at * sheet.width.row
        sheet.write(line, box.left + _PAD, top, sheet.width.small, fontweight=weight)


def _draw_frame(sheet: Sheet, box: Box) -> None:
    sheet.figure.add_artist(
        Rectangle(
            (box.left / _INCH, (sheet.height - box.top - box.height) / _INCH),
            box.width / _INCH,
            box.height / _INCH,
            transform=sheet.figure.dpi_scale_trans,
            facecolor="white",
            edgecolor=theme.INK,
            linewidth=0.7,
        )
    )


def _draw_arrow(sheet: Sheet, start: tuple[float, float], end: tuple[float, float]) -> None:
    places = [(x / _INCH, (sheet.height - y) / _INCH) for x, y in (start, end)]
    sheet.figure.add_artist(
        FancyArrowPatch(
            *places,
            transform=sheet.figure.dpi_scale_trans,
            arrowstyle="-|>",
            mutation_scale=7.0,
            shrinkA=0.0,
            shrinkB=0.0,
            linewidth=0.7,
            color=theme.INK,
        )
    )
