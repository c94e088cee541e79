"""Drawing a planned figure with matplotlib's object interface; no global state is left behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from atrisk.report import theme
from atrisk.report.figures_layout import SWATCH, SWATCH_GAP, lay_out, shown_risk_times
from atrisk.report.figures_plan import HALF, Curve, FigurePlan, Panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from atrisk.report.figures_layout import Layout
    from atrisk.report.figures_words import Box

__all__ = ["draw"]

_INCH = 25.4
_BASELINE = 0.76
_BAND_ALPHA = 0.13
_HEADROOM = 1.012
_TICK_SPACING = 0.3
_MEDIAN_LINE: dict[str, Any] = {
    "color": theme.GREY,
    "linewidth": 0.6,
    "linestyle": (0.0, (2.0, 2.0)),
    "zorder": 1.5,
}


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A figure addressed in millimetres from its top left corner."""

    figure: Figure
    layout: Layout
    width: theme.Width

    def write(self, text: str, left: float, top: float, size: float, **style: Any) -> None:  # noqa: ANN401
        """Write one line whose row begins at ``top``."""
        row = size * self.width.row / self.width.small
        self.figure.text(
            left / _INCH,
            (self.layout.height - top - _BASELINE * row) / _INCH,
            text,
            size=size,
            transform=self.figure.dpi_scale_trans,
            **style,
        )

    def swatch(self, left: float, top: float, style: int, size: float) -> None:
        """Draw a short sample of a curve's line beside a line of text."""
        row = size * self.width.row / self.width.small
        height = (self.layout.height - top - 0.5 * row) / _INCH
        self.figure.add_artist(
            Line2D(
                [left / _INCH, (left + SWATCH) / _INCH],
                [height, height],
                color=theme.colour(style),
                linestyle=theme.dashes(style),
                linewidth=self.width.line,
                transform=self.figure.dpi_scale_trans,
            )
        )

    def axes(self, box: Box) -> Axes:
        """Add axes that fill a box."""
        width, height = self.layout.width, self.layout.height
        bottom = height - box.top - box.height
        return self.figure.add_axes(
            (box.left / width, bottom / height, box.width / width, box.height / height)
        )


def draw(plan: FigurePlan, width: theme.Width) -> Figure:
    """Draw a planned figure for one width of paper."""
    layout = lay_out(plan, width)
    with mpl.rc_context(theme.RC):  # type: ignore[arg-type]
        figure = Figure(figsize=(layout.width / _INCH, layout.height / _INCH))
        sheet = _Sheet(figure, layout, width)
        _draw_legend(sheet)
        _draw_words(sheet)
        for index, (panel, box) in enumerate(zip(plan.panels, layout.axes, strict=True)):
            _draw_panel(sheet, plan, panel, box, first=index == 0 or not width.side_by_side)
            _draw_x_name(sheet, plan, index)
        _draw_risk_table(sheet, plan)
    return figure


def _draw_legend(sheet: _Sheet) -> None:
    size = sheet.width.text
    row = size * sheet.width.row / sheet.width.small
    for entry in sheet.layout.legend:
        sheet.swatch(entry.left, entry.top, entry.style, size)
        for index, line in enumerate(entry.lines):
            sheet.write(line, entry.left + SWATCH + SWATCH_GAP, entry.top + index * row, size)


def _draw_words(sheet: _Sheet) -> None:
    for words in sheet.layout.words:
        row = words.size * sheet.width.row / sheet.width.small
        for index, line in enumerate(words.lines):
            top = words.top + index * row
            sheet.write(line, words.left, top, words.size, weight=words.weight)


def _draw_panel(sheet: _Sheet, plan: FigurePlan, panel: Panel, box: Box, *, first: bool) -> None:
    axes = sheet.axes(box)
    _dress(axes, plan, panel.y_max, sheet.width, first=first)
    for curve in panel.curves:
        _draw_curve(axes, curve, sheet.width, bands=panel.bands)
    _draw_medians(axes, panel.curves)


def _dress(axes: Axes, plan: FigurePlan, y_max: float, width: theme.Width, *, first: bool) -> None:
    axes.set_xlim(0.0, plan.x_max)
    axes.set_ylim(0.0, y_max * _HEADROOM)
    axes.set_xticks(plan.ticks, [f"{tick:g}" for tick in plan.ticks])
    heights = np.linspace(0.0, y_max, theme.PERCENT_MARKS[y_max])
    axes.set_yticks(heights, [f"{100 * height:g}" for height in heights])
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


def _draw_x_name(sheet: _Sheet, plan: FigurePlan, index: int) -> None:
    box = sheet.layout.axes[index]
    sheet.write(
        plan.x_name,
        box.left + box.width / 2,
        sheet.layout.x_name_tops[index],
        sheet.width.text,
        horizontalalignment="center",
    )


def _draw_risk_table(sheet: _Sheet, plan: FigurePlan) -> None:
    layout, size = sheet.layout, sheet.width.small
    sheet.write("Number at risk", 1.5, layout.risk_title_top, size, weight="bold")
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
    sheet: _Sheet, plan: FigurePlan, box: Box, counts: tuple[str, ...], top: float
) -> None:
    for index in shown_risk_times(plan, sheet.width, box):
        at = box.left + plan.risk_times[index] / plan.x_max * box.width
        sheet.write(counts[index], at, top, sheet.width.small, horizontalalignment="center")
