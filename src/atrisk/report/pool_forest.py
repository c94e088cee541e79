"""Forest plots of studies: squares by weight, pooled diamonds, what a further study may show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import matplotlib as mpl

from atrisk.report import format as form
from atrisk.report import theme
from atrisk.report.figures_rows import RowsPlan, lay_out_rows, write_rows
from atrisk.report.figures_sheet import blank_sheet
from atrisk.report.figures_text import text_width

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from atrisk.report.figures_rows import RowsLayout
    from atrisk.report.figures_sheet import Sheet

__all__ = ["Mark", "PoolForest", "draw_pool_forest", "linear_limits", "log_limits"]

_MARK_GAP = 1.6
_STEPS = tuple(step * 10.0**power for power in range(-4, 5) for step in (1.0, 2.0, 2.5, 5.0))
_LOG_SERIES = (
    (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0),
    (1.0, 1.5, 2.0, 3.0, 5.0, 7.0),
    (1.0, 2.0, 5.0),
    (1.0, 3.0),
    (1.0,),
)
_MOST_MARKS = 11
_MARGIN = 1.12
_TINT = "#c9dcec"


@dataclass(frozen=True, slots=True)
class Mark:
    """What is drawn on a line.

    Attributes
    ----------
    line
        the place of its line.
    kind
        a study's square, a pooled diamond, a bar of what is expected, or the reader's own cohort.
    estimate, lower, upper
        in the numbers of the axis; a bar has no estimate.
    share
        of the greatest weight, 0 to 1.
    """

    line: int
    kind: Literal["study", "pooled", "expected", "own"]
    estimate: float | None
    lower: float
    upper: float
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class PoolForest:
    """Everything a forest plot of studies shows.

    Attributes
    ----------
    id
        of its file.
    wide, narrow
        its words, with the counts in a column or beside the names.
    marks
        what is drawn, in the order of the lines.
    limits
        ends of the axis.
    axis
        its name.
    scale
        of the axis.
    middle
        where the dashed line stands; None for no line.
    """

    id: str
    wide: RowsPlan
    narrow: RowsPlan
    marks: tuple[Mark, ...]
    limits: tuple[float, float]
    axis: str
    scale: Literal["linear", "log"]
    middle: float | None


def linear_limits(marks: Iterable[Mark], most: float = 100.0) -> tuple[float, float]:
    """End a linear axis after the intervals, at marks of its scale.

    Examples
    --------
    >>> linear_limits([Mark(0, "study", 8.0, 1.0, 27.0)])
    (0.0, 30.0)
    """
    ends = [(mark.lower, mark.upper) for mark in marks]
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    step = next(step for step in _STEPS if step >= 1.0 and (high - low) / step <= 8)
    first = math.floor(low / step) * step
    first = 0.0 if first <= 2 * step else first
    return first, min(math.ceil(high / step) * step, most)


def log_limits(marks: Iterable[Mark]) -> tuple[float, float]:
    """End a log axis after the intervals, with 1 on it."""
    ends = [end for mark in marks for end in (mark.lower, mark.upper)]
    return min(*ends, 1.0 / _MARGIN) / _MARGIN, max(*ends, _MARGIN) * _MARGIN


def draw_pool_forest(plan: PoolForest, width: theme.Width) -> Figure:
    """Draw a forest plot of studies for one width of paper."""
    rows = plan.wide if width.side_by_side else plan.narrow
    layout = lay_out_rows(rows, width, under=2.2 * width.row + 1.2 * width.text_row)
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(layout.height, width)
        write_rows(sheet, rows, layout)
        axes = sheet.axes(layout.plot)
        _dress(axes, plan, layout, width)
        for mark in plan.marks:
            _DRAWN[mark.kind](axes, mark, layout, width)
        _name_axis(sheet, plan, layout)
    return sheet.figure


def _dress(axes: Axes, plan: PoolForest, layout: RowsLayout, width: theme.Width) -> None:
    axes.patch.set_visible(False)
    axes.set_xscale(plan.scale)
    axes.set_xlim(*plan.limits)
    axes.set_ylim(layout.plot.top + layout.plot.height, layout.plot.top)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    marks = axis_marks(plan.limits, layout.plot.width, width, plan.scale)
    axes.set_xticks(marks, [form.general(mark) for mark in marks])
    axes.set_xticks([], minor=True)
    axes.tick_params(labelsize=width.small, pad=2.0)
    if plan.scale == "log":
        axes.axvline(1.0, color=theme.INK, linewidth=0.6, zorder=1)
    if plan.middle is not None:
        axes.axvline(
            plan.middle, color=theme.GREY, linewidth=0.7, linestyle=(0.0, (3.0, 2.0)), zorder=1
        )


def axis_marks(
    limits: tuple[float, float], room: float, width: theme.Width, scale: str
) -> list[float]:
    """Choose the finest marks of an axis whose labels do not meet in ``room`` millimetres."""
    low, high = limits
    for marks in _series(low, high, scale):
        spans = [_at(mark, low, high, scale) * room for mark in marks]
        half = [text_width(form.general(mark), width.small) / 2 for mark in marks]
        ends = zip(spans, half, spans[1:], half[1:], strict=False)
        if all(b - a - wide - following >= _MARK_GAP for a, wide, b, following in ends):
            return marks
    return [low, high]


def _series(low: float, high: float, scale: str) -> Iterable[list[float]]:
    """Yield marks of an axis, the finest first, no more than a few."""
    if scale == "linear":
        for step in _STEPS:
            first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
            if 0 < last - first < _MOST_MARKS:
                yield [round(place * step, 6) for place in range(first, last + 1)]
        return
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for series in _LOG_SERIES:
        found = (round(step * 10.0**power, 9) for power in powers for step in series)
        marks = [mark for mark in found if low <= mark <= high]
        if 1 < len(marks) <= _MOST_MARKS:
            yield marks
    yield from _series(low, high, "linear")


def _at(value: float, low: float, high: float, scale: str) -> float:
    if scale == "log":
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


def _line(axes: Axes, mark: Mark, height: float, colour: str, width: theme.Width) -> None:
    for ends, style in (([mark.lower, mark.upper], "-"),):
        axes.plot(
            ends,
            [height, height],
            color=colour,
            linewidth=0.8 * width.line,
            linestyle=style,
            solid_capstyle="butt",
            zorder=2,
        )


def _draw_study(axes: Axes, mark: Mark, layout: RowsLayout, width: theme.Width) -> None:
    height = layout.middles[mark.line]
    _line(axes, mark, height, theme.colour(0), width)
    axes.plot(
        [mark.estimate or 0.0],
        [height],
        marker="s",
        markersize=width.small * (0.3 + 0.62 * math.sqrt(mark.share)),
        color=theme.colour(0),
        markeredgewidth=0.0,
        clip_on=False,
        zorder=3,
    )


def _draw_pooled(axes: Axes, mark: Mark, layout: RowsLayout, width: theme.Width) -> None:
    height, half = layout.middles[mark.line], 0.36 * width.row
    middle = mark.lower if mark.estimate is None else mark.estimate
    axes.fill(
        [mark.lower, middle, mark.upper, middle],
        [height, height - half, height, height + half],
        facecolor=theme.INK,
        edgecolor=theme.INK,
        linewidth=0.4,
        clip_on=False,
        zorder=4,
    )


def _draw_expected(axes: Axes, mark: Mark, layout: RowsLayout, width: theme.Width) -> None:
    height, half = layout.middles[mark.line], 0.2 * width.row
    axes.fill(
        [mark.lower, mark.upper, mark.upper, mark.lower],
        [height - half, height - half, height + half, height + half],
        facecolor=_TINT,
        edgecolor=theme.INK,
        linewidth=0.6,
        clip_on=False,
        zorder=3,
    )


def _draw_own(axes: Axes, mark: Mark, layout: RowsLayout, width: theme.Width) -> None:
    height = layout.middles[mark.line]
    _line(axes, mark, height, theme.colour(1), width)
    axes.plot(
        [mark.estimate or 0.0],
        [height],
        marker="o",
        markersize=0.72 * width.small,
        markerfacecolor="white",
        markeredgecolor=theme.colour(1),
        markeredgewidth=1.1 * width.line,
        clip_on=False,
        zorder=4,
    )


_DRAWN = {
    "study": _draw_study,
    "pooled": _draw_pooled,
    "expected": _draw_expected,
    "own": _draw_own,
}


def _name_axis(sheet: Sheet, plan: PoolForest, layout: RowsLayout) -> None:
    width, box = sheet.width, layout.plot
    half = text_width(plan.axis, width.text) / 2
    middle = min(box.left + box.width / 2, width.millimetres - 1.5 - half)
    top = box.top + box.height + 1.7 * width.row
    sheet.write(plan.axis, max(middle, half + 1.5), top, width.text, horizontalalignment="center")
