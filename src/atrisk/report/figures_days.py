"""Dot plots of days: a row a patient, a mark for each set of criteria on the day it was met."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

from atrisk.report import format as form
from atrisk.report import theme
from atrisk.report.drawing import Drawing
from atrisk.report.figures_sheet import Key, blank_sheet, key_rows
from atrisk.report.figures_text import text_width
from atrisk.report.figures_words import Box
from atrisk.report.language import word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from atrisk.report.figures_sheet import Sheet
    from atrisk.report.values import Node

__all__ = ["DaysPlan", "days_drawing", "days_plan", "draw_days"]

MOST_PATIENTS = 40
"""So many rows still fit on a page; the CSV file of the figure has all patients."""

_CENTRE = "Centre\N{RIGHT SINGLE QUOTATION MARK}s diagnosis"
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_EDGE = 1.5
_GAP = 3.0
_SHADE = "#f3f4f6"
_STEPS = (1, 2, 5, 7, 10, 14, 20, 30, 50, 100, 200, 500)
_MOST_TICKS = {True: 12, False: 7}


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened to a patient: its series and its day."""

    series: int
    day: float


@dataclass(frozen=True, slots=True)
class DaysPlan:
    """Everything the figure shows.

    Attributes
    ----------
    series
        names of the marks; the first is the centre's diagnosis.
    patients
        a label and the marks of each row.
    window
        the last day of the sets that end, None where none does.
    """

    id: str
    series: tuple[str, ...]
    patients: tuple[tuple[str, tuple[Mark, ...]], ...]
    x_max: float
    window: int | None


def days_plan(analysis: Node) -> DaysPlan:
    """Plan the figure of the patients listed in an analysis of criteria."""
    criteria = analysis["criteria"]
    patients = tuple(
        (item["record"], tuple(_marks(item, criteria)))
        for item in analysis["patients"][:MOST_PATIENTS]
    )
    last = max((mark.day for _, marks in patients for mark in marks), default=0.0)
    ends = [node["last_day"] for node in criteria if node["last_day"] is not None]
    window = max(ends, default=None)
    return DaysPlan(
        id=f"{analysis['id']}_days",
        series=(word(_CENTRE), *(form.capitalised(node["label"]) for node in criteria)),
        patients=patients,
        x_max=1.05 * max(last, window or 0.0, 7.0),
        window=window,
    )


def _marks(item: Node, criteria: list[Node]) -> Iterator[Mark]:
    if item["day"] is not None:
        yield Mark(0, item["day"])
    for place, node in enumerate(criteria, start=1):
        met = item["met"][node["id"]]
        if met["met"] and met["day"] is not None:
            yield Mark(place, met["day"])


def _style(series: int, width: theme.Width) -> dict[str, Any]:
    """Give the mark of a series: an upright bar for the centre, a filled shape for a set."""
    size = 0.52 * width.small
    common: dict[str, Any] = {"linestyle": "none", "markeredgewidth": 0.4 * width.line}
    if series == 0:
        return common | {
            "marker": "|",
            "markersize": 3.0 * size,
            "markeredgewidth": 1.6 * width.line,
            "color": theme.INK,
        }
    marker = _MARKERS[(series - 1) % len(_MARKERS)]
    return common | {"marker": marker, "markersize": size, "color": theme.colour(series - 1)}


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where rows stand, in millimetres from the top of the paper."""

    plot: Box
    tops: tuple[float, ...]
    heights: tuple[float, ...]
    keys_top: float
    height: float


def _step(width: theme.Width) -> float:
    """Give the distance between marks that stand on one day."""
    return 0.5 * width.row


def _lay_out(plan: DaysPlan, width: theme.Width, keys: list[Key]) -> _Layout:
    labels = max((text_width(label, width.small) for label, _ in plan.patients), default=0.0)
    left = _EDGE + labels + _GAP
    top = _EDGE
    heights = tuple(
        max(1.35 * width.row, (_most(marks) + 0.6) * _step(width)) for _, marks in plan.patients
    )
    tops = tuple(top + sum(heights[:place]) for place in range(len(heights)))
    end = top + sum(heights)
    keys_top = end + 3.2 * width.row
    rows = len(key_rows(keys, width, _EDGE))
    plot = Box(left, top, width.millimetres - left - 2.5 * _EDGE, end - top)
    return _Layout(plot, tops, heights, keys_top, keys_top + rows * width.text_row + _EDGE)


def _most(marks: tuple[Mark, ...]) -> int:
    """Count the marks of sets on the day that has most."""
    days = [mark.day for mark in marks if mark.series]
    return max((days.count(day) for day in days), default=1)


def draw_days(plan: DaysPlan, width: theme.Width) -> Figure:
    """Draw the figure for one width of paper."""
    keys = [Key(name, _style(series, width)) for series, name in enumerate(plan.series)]
    layout = _lay_out(plan, width, keys)
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(layout.height, width)
        _write_rows(sheet, plan, layout)
        axes = sheet.axes(layout.plot)
        _dress(axes, plan, layout, width)
        for (_, marks), top, height in zip(plan.patients, layout.tops, layout.heights, strict=True):
            _draw_marks(axes, marks, top + height / 2, width)
        bottom = layout.plot.top + layout.plot.height
        sheet.write(
            word("Days after transplantation"),
            layout.plot.left + layout.plot.width / 2,
            bottom + 1.5 * width.row,
            width.text,
            horizontalalignment="center",
        )
        sheet.keys(keys, _EDGE, layout.keys_top)
    return sheet.figure


def _write_rows(sheet: Sheet, plan: DaysPlan, layout: _Layout) -> None:
    width = sheet.width
    rows = zip(plan.patients, layout.tops, layout.heights, strict=True)
    for place, ((label, _), top, height) in enumerate(rows):
        if place % 2 == 0:
            sheet.shade(Box(_EDGE, top, width.millimetres - 2 * _EDGE, height), _SHADE)
        sheet.write(label, _EDGE, top + (height - width.row) / 2, width.small)


def _dress(axes: Axes, plan: DaysPlan, layout: _Layout, width: theme.Width) -> None:
    axes.patch.set_visible(False)
    axes.set_xlim(0.0, plan.x_max)
    axes.set_ylim(layout.plot.top + layout.plot.height, layout.plot.top)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    most = _MOST_TICKS[width.side_by_side]
    step = next((one for one in _STEPS if plan.x_max / one <= most), plan.x_max)
    ticks = [step * place for place in range(int(plan.x_max / step) + 1)]
    axes.set_xticks(ticks, [form.general(tick) for tick in ticks])
    axes.tick_params(labelsize=width.small, pad=2.0)
    if plan.window is not None:
        dotted = (0.0, (2.0, 2.0))
        axes.axvline(plan.window, color=theme.GREY, linewidth=0.7, linestyle=dotted, zorder=1)


def _draw_marks(axes: Axes, marks: tuple[Mark, ...], middle: float, width: theme.Width) -> None:
    """Draw the marks of a row; those of one day stand one below the other, in the order of sets."""
    for day in sorted({mark.day for mark in marks}):
        here = [mark for mark in marks if mark.day == day and mark.series]
        first = middle - (len(here) - 1) / 2 * _step(width)
        for place, mark in enumerate(here):
            at = first + place * _step(width)
            style = _style(mark.series, width)
            axes.plot([day], [at], clip_on=False, zorder=3, **style)
        if any(mark.series == 0 for mark in marks if mark.day == day):
            _draw_diagnosis(axes, day, middle, max(len(here), 1), width)


def _draw_diagnosis(axes: Axes, day: float, middle: float, count: int, width: theme.Width) -> None:
    """Draw the centre's diagnosis as an upright bar over the height of what stands on its day."""
    half = 0.5 * (count + 0.35) * _step(width)
    line: dict[str, Any] = {
        "color": theme.INK,
        "linewidth": 1.6 * width.line,
        "solid_capstyle": "butt",
    }
    axes.plot([day, day], [middle - half, middle + half], clip_on=False, zorder=2, **line)


def days_drawing(analysis: Node) -> Drawing:
    """Make the figure of criteria and diagnoses."""
    plan = days_plan(analysis)
    caption = word(
        "Rows: patients, in the order of the centre\N{RIGHT SINGLE QUOTATION MARK}s diagnosis "
        "(bar). Marks: the day on which a set of criteria was first met; marks of one day stand one"
        " below the other."
    )
    if plan.window is not None:
        caption += " " + word(
            "Dotted line: day {day}, the last that sets with an end count.",
            day=form.general(plan.window),
        )
    if len(analysis["patients"]) > MOST_PATIENTS:
        caption += " " + word(
            "The first {shown} of {all} patients.",
            shown=form.count(MOST_PATIENTS),
            all=form.count(len(analysis["patients"])),
        )
    return Drawing(
        id=plan.id,
        title=word("{title}: days on which criteria were first met", title=analysis["title"]),
        caption=caption,
        words=" ".join([caption, *_words(plan)]),
        draw=partial(draw_days, plan),
        data=list(_rows(analysis)),
        data_name=plan.id,
    )


def _words(plan: DaysPlan) -> Iterator[str]:
    for label, marks in plan.patients:
        said = ", ".join(
            word("{name} day {day}", name=plan.series[mark.series], day=form.general(mark.day))
            for mark in marks
        )
        yield f"{label}: {said or word('no mark')}."


def _rows(analysis: Node) -> Iterator[tuple[object, ...]]:
    criteria = analysis["criteria"]
    yield ("record", "centre", *(node["name"] for node in criteria))
    for item in analysis["patients"]:
        days = (item["met"][node["id"]]["day"] for node in criteria)
        yield (item["record"], *("" if day is None else day for day in (item["day"], *days)))
