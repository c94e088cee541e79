"""Forest plots: the ratios of a model on a log axis, with their numbers at the right."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import matplotlib as mpl

from atrisk.report import format as form
from atrisk.report import theme
from atrisk.report.figures_rows import Line, RowsPlan, lay_out_rows, write_rows
from atrisk.report.figures_sheet import blank_sheet
from atrisk.report.figures_text import text_width
from atrisk.report.language import word
from atrisk.report.models import counted_in, events_named, ratio_head, terms
from atrisk.report.tables import estimate_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from atrisk.report.figures_rows import RowsLayout
    from atrisk.report.figures_sheet import Sheet
    from atrisk.report.models import ModelRow, Term
    from atrisk.report.values import Node, Values

__all__ = ["DIRECTIONS", "ForestPlan", "Mark", "draw_forest", "forest_limits", "forest_plan"]

_FACTOR = 6.0
"""An interval is drawn at most so many times beyond the outermost ratio."""

_MARGIN = 1.12
_LEAST_REACH = 2.1
_MARK_GAP = 1.2
_WORD_GAP = 3.0
_MARKS = ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,))
DIRECTIONS = {
    "Hazard ratio": ("lower hazard", "higher hazard"),
    "Odds ratio": ("lower odds", "higher odds"),
    "Subdistribution hazard ratio": ("lower incidence", "higher incidence"),
}
"""What a ratio below 1 and one above 1 mean."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A ratio and its interval; the reference level has none and stands at 1."""

    line: int
    ratio: float | None
    lower: float | None
    upper: float | None

    @property
    def reference(self) -> bool:
        """Whether this is the level that others are compared with."""
        return self.ratio is None


@dataclass(frozen=True, slots=True)
class ForestPlan:
    """Everything a forest plot shows."""

    id: str
    measure: str
    rows: RowsPlan
    marks: tuple[Mark, ...]
    limits: tuple[float, float]

    def clipped(self, mark: Mark) -> bool:
        """Tell whether an interval goes beyond the axis."""
        return not mark.reference and any(self.beyond(mark))

    def beyond(self, mark: Mark) -> tuple[bool, bool]:
        """Tell at which ends an interval goes beyond the axis, or has no end."""
        low, high = self.limits
        return mark.lower is None or mark.lower < low, mark.upper is None or mark.upper > high


def forest_plan(analysis: Node, model: Node, values: Values) -> ForestPlan:
    """Plan the forest plot of a model: a line a level, a heading a factor."""
    lines: list[Line] = []
    marks: list[Mark] = []
    for band, term in enumerate(terms([model])):
        for line, mark in _term_lines(analysis, model, values, term, band):
            if mark is not None:
                marks.append(Mark(len(lines), *mark))
            lines.append(line)
    counts = word("{events} / patients", events=events_named(analysis))
    return ForestPlan(
        id=f"{analysis['id']}_{model['id']}_forest".replace(".", "_"),
        measure=model["measure"]["name"],
        rows=RowsPlan(word("Variable"), (counts,), (ratio_head(model), word("P")), tuple(lines)),
        marks=tuple(marks),
        limits=forest_limits(marks),
    )


_Ends = tuple[float | None, float | None, float | None]


def _term_lines(
    analysis: Node, model: Node, values: Values, term: Term, band: int
) -> Iterator[tuple[Line, _Ends | None]]:
    prefix = f"{analysis['id']}.{model['id']}"
    if len(term.rows) != 1 or term.factor:
        whole = "" if len(term.compared) == 1 else _p(values, f"{prefix}.{term.id}.p_value")
        note = "" if term.rows else word("spline")
        yield Line(term.label, ("",), (note, whole), 0, band, bold=True), None
    for row in term.rows:
        level = 1 if term.factor else 0
        label = row.label if term.factor else term.name
        cells = _row_cells(values, prefix, row)
        counts = (_counts(analysis, model, values, row),)
        yield (
            Line(label, counts, cells, level, band, bold=not term.factor),
            _ends(values, prefix, row),
        )


def _row_cells(values: Values, prefix: str, row: ModelRow) -> tuple[str, str]:
    if row.reference:
        return (word("reference"), "")
    key = f"{prefix}.{row.id}"
    return (estimate_cell(*values.ratio_parts(key)).plain, _p(values, f"{key}.p_value"))


def _p(values: Values, key: str) -> str:
    return values.p_value(key).text


def _counts(analysis: Node, model: Node, values: Values, row: ModelRow) -> str:
    """Write events and patients of this model, which may have fewer than the others."""
    prefix = counted_in([model], analysis, values, row.id)
    if prefix is None:
        return ""
    n, events = (values.count(f"{prefix}.{part}").text for part in ("n", "events"))
    return f"{events}{form.NO_BREAK}/{form.NO_BREAK}{n}"


def _ends(values: Values, prefix: str, row: ModelRow) -> _Ends | None:
    if row.reference:
        return (None, None, None)
    ratio, lower, upper = (
        values.raw(f"{prefix}.{row.id}.{part}") for part in ("ratio", "lower", "upper")
    )
    return None if ratio is None or ratio <= 0.0 else (ratio, lower, upper)


def forest_limits(marks: list[Mark]) -> tuple[float, float]:
    """End the axis after the intervals, or well beyond the ratios where an interval is endless."""
    ratios = [mark.ratio for mark in marks if mark.ratio is not None]
    if not ratios:
        return (1.0 / _LEAST_REACH, _LEAST_REACH)
    least, most = min(ratios) / _FACTOR, max(ratios) * _FACTOR
    lowest = min(max(m.lower or least, least) for m in marks if m.ratio is not None)
    highest = max(min(most if m.upper is None else m.upper, most) for m in marks if m.ratio)
    return (
        min(lowest / _MARGIN, 1.0 / _LEAST_REACH),
        max(highest * _MARGIN, _LEAST_REACH),
    )


def draw_forest(plan: ForestPlan, width: theme.Width) -> Figure:
    """Draw a forest plot for one width of paper."""
    low, high = plan.limits
    one = math.log(1.0 / low) / math.log(high / low)
    layout = lay_out_rows(plan.rows, width, under=4.0 * width.row, middle=one)
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(layout.height, width)
        write_rows(sheet, plan.rows, layout)
        axes = sheet.axes(layout.plot)
        _dress(axes, plan, layout, width)
        for mark in plan.marks:
            _draw_mark(axes, plan, mark, layout, width)
        _name_axis(sheet, plan, layout)
    return sheet.figure


def _dress(axes: Axes, plan: ForestPlan, layout: RowsLayout, width: theme.Width) -> None:
    axes.patch.set_visible(False)
    axes.set_xscale("log")
    axes.set_xlim(*plan.limits)
    axes.set_ylim(layout.plot.top + layout.plot.height, layout.plot.top)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    marks = _axis_marks(plan.limits, layout.plot.width, width)
    axes.set_xticks(marks, [form.general(mark) for mark in marks])
    axes.set_xticks([], minor=True)
    axes.tick_params(labelsize=width.small, pad=2.0)
    axes.axvline(1.0, color=theme.INK, linewidth=0.6, zorder=1)


def _axis_marks(limits: tuple[float, float], room: float, width: theme.Width) -> list[float]:
    """Choose the finest of a few series of marks whose labels do not meet."""
    low, high = limits
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for series in _MARKS:
        found = (step * 10.0**power for power in powers for step in series)
        marks = [mark for mark in found if low <= mark <= high]
        at = [room * math.log(mark / low) / math.log(high / low) for mark in marks]
        half = [text_width(form.general(mark), width.small) / 2 for mark in marks]
        ends = zip(at, half, at[1:], half[1:], strict=False)
        if all(b - a - wide - next_wide >= _MARK_GAP for a, wide, b, next_wide in ends):
            return marks
    return [1.0]


def _draw_mark(
    axes: Axes, plan: ForestPlan, mark: Mark, layout: RowsLayout, width: theme.Width
) -> None:
    height = layout.middles[mark.line]
    if mark.ratio is None:
        axes.plot(
            [1.0],
            [height],
            marker="D",
            markersize=0.42 * width.small,
            markerfacecolor="white",
            markeredgecolor=theme.INK,
            markeredgewidth=0.7,
            zorder=3,
        )
        return
    low, high = plan.limits
    lower = low if mark.lower is None else max(mark.lower, low)
    upper = high if mark.upper is None else min(mark.upper, high)
    colour = theme.colour(0)
    axes.plot(
        [lower, upper],
        [height, height],
        color=colour,
        linewidth=0.8 * width.line,
        solid_capstyle="butt",
        zorder=2,
    )
    _draw_ends(axes, mark, (lower, upper), height, plan, width)
    axes.plot(
        [mark.ratio],
        [height],
        marker="s",
        markersize=0.58 * width.small,
        color=colour,
        markeredgewidth=0.0,
        zorder=3,
    )


def _draw_ends(
    axes: Axes,
    mark: Mark,
    ends: tuple[float, float],
    height: float,
    plan: ForestPlan,
    width: theme.Width,
) -> None:
    """End an interval with a short bar, or with an arrow where it goes beyond the axis."""
    for end, beyond, arrow in zip(ends, plan.beyond(mark), ("<", ">"), strict=True):
        axes.plot(
            [end],
            [height],
            marker=arrow if beyond else "|",
            markersize=0.5 * width.small,
            color=theme.colour(0),
            markeredgewidth=0.0 if beyond else 0.7 * width.line,
            clip_on=False,
            zorder=2,
        )


def _name_axis(sheet: Sheet, plan: ForestPlan, layout: RowsLayout) -> None:
    width, box = sheet.width, layout.plot
    top = box.top + box.height + 1.5 * width.row
    span = math.log(plan.limits[1] / plan.limits[0])
    one = box.left + box.width * math.log(1.0 / plan.limits[0]) / span
    less, more = map(word, DIRECTIONS.get(plan.measure, ("lower", "higher")))
    left, right = f"\N{LEFTWARDS ARROW} {less}", f"{more} \N{RIGHTWARDS ARROW}"
    grey = {"color": theme.GREY}
    ends = one - text_width(left, width.small), one + text_width(right, width.small)
    if ends[0] >= _WORD_GAP and ends[1] <= width.millimetres - _WORD_GAP:
        sheet.write(left, one - 1.2, top, width.small, horizontalalignment="right", **grey)
        sheet.write(right, one + 1.2, top, width.small, **grey)
    sheet.write(
        word("{measure} (log scale)", measure=word(plan.measure)),
        box.left + box.width / 2,
        top + 1.3 * width.row,
        width.text,
        horizontalalignment="center",
    )
