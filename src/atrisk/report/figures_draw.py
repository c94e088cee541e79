"""Drawing a planned figure with matplotlib's object interface; no global state is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from atrisk.report import format as form
from atrisk.report import theme
from atrisk.report.figures_layout import lay_out, shown_risk_times, shown_ticks
from atrisk.report.figures_plan import HALF, Curve, FigurePlan, Panel
from atrisk.report.figures_sheet import SWATCH, SWATCH_GAP, Sheet, blank_sheet
from atrisk.report.figures_stacked import draw_stacked

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from atrisk.report.figures_layout import Layout
    from atrisk.report.figures_words import Box

__all__ = ["draw"]

_BAND_ALPHA = 0.13
_HEADROOM = 1.012
_TICK_SPACING = 0.3
_MEDIAN_LINE: dict[str, Any] = {
    "color": theme.INK,
    "linewidth": 0.7,
    "linestyle": (0.0, (2.0, 2.0)),
    "zorder": 2.5,
}


def draw(plan: FigurePlan, width: theme.Width) -> Figure:
    """Draw a planned figure for one width of paper."""
    layout = lay_out(plan, width)
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(layout.height, width)
        _draw_legend(sheet, plan, layout)
        _draw_words(sheet, layout)
        for index, (panel, box) in enumerate(zip(plan.panels, layout.axes, strict=True)):
            _draw_panel(sheet, plan, panel, box, first=box.left == layout.axes[0].left)
            _draw_x_name(sheet, plan, layout, index)
        _draw_risk_table(sheet, plan, layout)
    return sheet.figure


def _draw_legend(sheet: Sheet, plan: FigurePlan, layout: Layout) -> None:
    last = len(plan.panels[0].curves) - 1
    size = sheet.width.text
    row = size * sheet.width.row / sheet.width.small
    for entry in layout.legend:
        if plan.stacked:
            sheet.patch(entry.left, entry.top, theme.area(entry.style, rest=entry.style == last))
        else:
            sheet.swatch(entry.left, entry.top, entry.style, size)
        for index, line in enumerate(entry.lines):
            sheet.write(line, entry.left + SWATCH + SWATCH_GAP, entry.top + index * row, size)


def _draw_words(sheet: Sheet, layout: Layout) -> None:
    for words in layout.words:
        row = words.size * sheet.width.row / sheet.width.small
        for index, line in enumerate(words.lines):
            top = words.top + index * row
            sheet.write(line, words.left, top, words.size, weight=words.weight)


def _draw_panel(sheet: Sheet, plan: FigurePlan, panel: Panel, box: Box, *, first: bool) -> None:
    axes = sheet.axes(box)
    _dress(axes, plan, panel.y_max, sheet.width, first=first)
    ticks = shown_ticks(plan, sheet.width, box)
    axes.set_xticks(ticks, [form.general(tick) for tick in ticks])
    if plan.stacked:
        axes.grid(visible=False)
        draw_stacked(axes, panel, sheet.width, box)
        return
    for curve in panel.curves:
        _draw_curve(axes, curve, sheet.width, bands=panel.bands)
    _draw_medians(axes, panel.curves)
    if plan.start is not None:
        axes.axvline(plan.start, **_MEDIAN_LINE)


def _dress(axes: Axes, plan: FigurePlan, y_max: float, width: theme.Width, *, first: bool) -> None:
    axes.set_xlim(0.0, plan.x_max)
    axes.set_ylim(0.0, y_max * _HEADROOM)
    heights = np.linspace(0.0, y_max, theme.PERCENT_MARKS[y_max])
    axes.set_yticks(heights, [form.general(100 * height) for height in heights])
    axes.tick_params(labelsize=width.small, pad=2.0, labelleft=first or not plan.one_height)
    axes.grid(axis="y", color="#e5e7eb", linewidth=0.5)
    axes.set_axisbelow(True)
    if first:
        axes.set_ylabel(plan.y_name, size=width.text, labelpad=3.0)


def _draw_curve(axes: Axes, curve: Curve, width: theme.Width, *, bands: bool) -> None:
    colour = theme.colour(curve.style)
    if bands:
        known = np.isfinite(curve.lower) & np.isfinite(curve.upper)
        axes.fill_between(
            curve.time,
            curve.lower,
            curve.upper,
            where=known,
            step="post",
            color=colour,
            alpha=_BAND_ALPHA,
            linewidth=0.0,
        )
    axes.step(
        curve.time,
        curve.estimate,
        where="post",
        color=colour,
        linestyle=theme.dashes(curve.style),
        linewidth=width.line,
        solid_capstyle="butt",
        dash_capstyle="butt",
    )
    _draw_censoring(axes, curve, width)


def _draw_censoring(axes: Axes, curve: Curve, width: theme.Width) -> None:
    millimetres = axes.get_position().width * width.millimetres
    kept = _apart(curve.censor_time, axes.get_xlim()[1], millimetres)
    axes.plot(
        curve.censor_time[kept],
        curve.censor_estimate[kept],
        linestyle="none",
        marker="|",
        markersize=0.6 * width.small,
        markeredgewidth=0.45 * width.line,
        color=theme.colour(curve.style),
    )


def _apart(time: NDArray[np.float64], x_max: float, width: float) -> NDArray[np.intp]:
    """Keep one tick where many would print on one spot of axes ``width`` millimetres wide."""
    cells = np.floor(time / x_max * width / _TICK_SPACING)
    _, kept = np.unique(cells, return_index=True)
    return kept


def _draw_medians(axes: Axes, curves: tuple[Curve, ...]) -> None:
    medians = [c.median for c in curves if c.median is not None and c.median <= axes.get_xlim()[1]]
    if not medians:
        return
    axes.plot([0.0, max(medians)], [HALF, HALF], **_MEDIAN_LINE)
    for median in medians:
        axes.plot([median, median], [0.0, HALF], **_MEDIAN_LINE)


def _draw_x_name(sheet: Sheet, plan: FigurePlan, layout: Layout, index: int) -> None:
    box = layout.axes[index]
    sheet.write(
        plan.x_name,
        box.left + box.width / 2,
        layout.x_name_tops[index],
        sheet.width.text,
        horizontalalignment="center",
    )


def _draw_risk_table(sheet: Sheet, plan: FigurePlan, layout: Layout) -> None:
    size = sheet.width.small
    for title, top in layout.risk_titles:
        sheet.write(title, 1.5, top, size, weight="bold")
    for label, row in zip(layout.risk_labels, plan.risk_rows, strict=True):
        left = 1.5
        if label.style is not None:
            sheet.swatch(left, label.top, label.style, size)
            left += SWATCH + SWATCH_GAP
        for index, line in enumerate(label.lines):
            sheet.write(line, left, label.top + index * sheet.width.row, size)
        for panel in layout.risk_panels:
            _draw_counts(sheet, plan, layout.axes[panel], row.counts, label.top)


def _draw_counts(
    sheet: Sheet, plan: FigurePlan, box: Box, counts: tuple[str, ...], top: float
) -> None:
    for index in shown_risk_times(plan, sheet.width, box):
        at = box.left + plan.risk_times[index] / plan.x_max * box.width
        sheet.write(counts[index], at, top, sheet.width.small, horizontalalignment="center")
