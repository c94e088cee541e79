"""Schedules of treatment: a lane a regimen, a box a cycle, a stem a dose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.patches import Rectangle

from atrisk.report import theme
from atrisk.report.figures_events import EDGE, Tick
from atrisk.report.figures_sheet import Sheet, blank_sheet
from atrisk.report.figures_text import text_width, wrap
from atrisk.report.figures_words import Box

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Cycle", "Dose", "ScheduleLane", "SchedulePlan", "draw_schedule"]

_DAYS = 28
_SHADE = "#eef1f5"
_GAP = 2.5
_STEM = 0.55
_HEAD = 1.35


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose: the day of the cycle, how much (for the height of its stem), and what is written."""

    day: float
    amount: float
    label: str


@dataclass(frozen=True, slots=True)
class Cycle:
    """A cycle: its column, its shortest and longest length in days, its doses, and words."""

    column: int
    shortest: int | None
    longest: int | None
    doses: tuple[Dose, ...]
    words: str


@dataclass(frozen=True, slots=True)
class ScheduleLane:
    """A regimen: its name, a line under it, its cycles, whether it is what was given."""

    label: str
    under: str
    cycles: tuple[Cycle, ...]
    given: bool


@dataclass(frozen=True, slots=True)
class SchedulePlan:
    """Everything the figure shows; ``columns`` name the cycles."""

    id: str
    columns: tuple[str, ...]
    lanes: tuple[ScheduleLane, ...]
    x_name: str
    ticks: tuple[Tick, ...]
    most: float


def draw_schedule(plan: SchedulePlan, width: theme.Width) -> Figure:
    """Draw the lanes for one width of paper, in bands of as many cycles as fit."""
    across = 6 if width.side_by_side else 2
    count = -(-len(plan.columns) // across)
    across = -(-len(plan.columns) // count)
    share = 0.22 if width.side_by_side else 0.30
    room = share * width.millimetres
    # the number over a dose on day 1 reaches out of its box
    names = [_named(lane, width, room - 2.5) for lane in plan.lanes]
    heights = [max(5.2 * width.row, (len(lines) + 1.4) * width.row) for lines in names]
    band = 1.5 * width.row + sum(heights) + 3.4 * width.row
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(EDGE + count * band, width)
        for at in range(count):
            top = EDGE + at * band
            columns = range(at * across, min((at + 1) * across, len(plan.columns)))
            left = 2 * EDGE + room
            wide = (width.millimetres - left - EDGE) / across
            _draw_band(sheet, plan, columns, (left, top, wide), (names, heights))
    return sheet.figure


def _named(lane: ScheduleLane, width: theme.Width, room: float) -> list[tuple[str, str]]:
    lines = [(line, "bold") for line in wrap(lane.label, width.small, room, 4, "bold")]
    under = wrap(lane.under, width.small, room, 3) if lane.under else ()
    return [*lines, *((line, "normal") for line in under)]


def _draw_band(
    sheet: Sheet,
    plan: SchedulePlan,
    columns: range,
    place: tuple[float, float, float],
    lanes: tuple[list[list[tuple[str, str]]], list[float]],
) -> None:
    """Draw the lanes for some cycles: their heads, the names, the boxes, and the days below."""
    width, (left, top, wide), (names, heights) = sheet.width, place, lanes
    for at, column in enumerate(columns):
        sheet.write(plan.columns[column], left + at * wide, top, width.small, fontweight="bold")
    top += 1.5 * width.row
    for at, (lane, lines, height) in enumerate(zip(plan.lanes, names, heights, strict=True)):
        if at % 2 == 0:
            sheet.shade(Box(EDGE, top, width.millimetres - 2 * EDGE, height), "#f7f8fa")
        for line, (text, weight) in enumerate(lines):
            at_top = top + 0.5 * width.row + line * width.row
            sheet.write(text, EDGE + 0.8, at_top, width.small, fontweight=weight)
        for cycle in lane.cycles:
            if cycle.column in columns:
                box = Box(left + (cycle.column - columns[0]) * wide, top, wide - _GAP, height)
                _draw_cycle(sheet, plan, cycle, box, given=lane.given)
        top += height
    for at, _ in enumerate(columns):
        _draw_days(sheet, plan, Box(left + at * wide, top, wide - _GAP, 0.0))
    middle = left + len(columns) * wide / 2
    at_top = top + 1.9 * width.row
    sheet.write(plan.x_name, middle, at_top, width.text, horizontalalignment="center")


def _draw_days(sheet: Sheet, plan: SchedulePlan, box: Box) -> None:
    width = sheet.width
    end = -1.0
    for tick in plan.ticks:
        at = box.left + (tick.at - 0.5) / _DAYS * box.width
        half = text_width(tick.label, width.small) / 2
        if at - half > end + 0.4:
            sheet.write(
                tick.label, at, box.top + 0.3 * width.row, width.small,
                horizontalalignment="center",
            )  # fmt: skip
            end = at + half


def _draw_cycle(sheet: Sheet, plan: SchedulePlan, cycle: Cycle, box: Box, *, given: bool) -> None:
    width = sheet.width
    axes = sheet.axes(box)
    axes.set_axis_off()
    axes.set_xlim(0.5, _DAYS + 0.5)
    axes.set_ylim(0.0, 1.0)
    shortest = cycle.shortest or _DAYS
    _frame(axes, 0.5, shortest, known=cycle.shortest is not None)
    if cycle.longest is not None and cycle.longest > shortest:
        axes.add_patch(
            Rectangle(
                (shortest + 0.5, 0.08),
                cycle.longest - shortest,
                0.16,
                facecolor="white",
                edgecolor=theme.GREY,
                hatch="////",
                linewidth=0.4,
                clip_on=False,
            )
        )
    colour = theme.colour(1 if given else 0)
    for dose in cycle.doses:
        height = 0.24 + _STEM * 0.75 * dose.amount / plan.most
        axes.plot(
            [dose.day, dose.day],
            [0.24, height],
            color=colour,
            linewidth=1.6 * width.line,
            clip_on=False,
        )
        marker = "s" if given else "o"
        face = "white" if given else colour
        axes.plot(
            [dose.day],
            [height],
            marker=marker,
            markersize=0.45 * width.small,
            color=colour,
            markerfacecolor=face,
            clip_on=False,
        )
        wide = text_width(dose.label, width.small)
        at = box.left + (dose.day - 0.5) / _DAYS * box.width
        at = max(at, box.left - 0.6 * _GAP + wide / 2)
        above = box.top + (1.0 - height) * box.height - 1.25 * width.row
        sheet.write(dose.label, at, above, width.small, horizontalalignment="center")
    if cycle.words:
        lines = wrap(cycle.words, width.small, box.width, 3)
        top = box.top + 0.72 * box.height - len(lines) * width.row
        for at, line in enumerate(lines):
            sheet.write(line, box.left + 0.4, top + at * width.row, width.small)


def _frame(axes: Axes, first: float, days: int, *, known: bool) -> None:
    axes.add_patch(
        Rectangle(
            (first, 0.08),
            days,
            0.16,
            facecolor="#cfd8e3" if known else "white",
            edgecolor=theme.GREY,
            linestyle="solid" if known else (0.0, (2.0, 2.0)),
            linewidth=0.5,
            clip_on=False,
        )
    )
