"""Stacked cumulative incidence: the causes on top of each other, the patients without above."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from atrisk.report import theme
from atrisk.report.document import Label, shown_groups
from atrisk.report.figures_corners import step_at
from atrisk.report.figures_plan import Curve, FigurePlan, Panel, cause_curve, curve_plan
from atrisk.report.figures_plan import drawn_causes as causes_of
from atrisk.report.figures_text import text_width
from atrisk.report.language import word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from atrisk.report.figures_words import Box
    from atrisk.report.values import Node, Values

__all__ = ["draw_stacked", "stacked_plan"]

_SAMPLES = 120
_AIR = 1.25
_EDGE_OF_TEXT = 1.5


def stacked_plan(analysis: Node, values: Values, origin: str) -> FigurePlan:
    """Plan the stacked figure: a panel a group, an area a cause, and the rest up to 100%."""
    groups, causes = shown_groups(analysis), causes_of(analysis, values)
    panels = tuple(
        Panel(group.label if len(groups) > 1 else "", _areas(analysis, group, causes), ())
        for group in groups
    )
    plan = curve_plan(analysis, origin, word("Patients"), panels, stacked=True)
    return replace(plan, id=f"{analysis['id']}_stacked")


def _areas(analysis: Node, group: Label, causes: Sequence[Label]) -> tuple[Curve, ...]:
    """Add up the curves of the causes as far as all are known; the last area is the rest."""
    curves = [
        cause_curve(analysis, Label(group.id, cause.label), style, cause.id)
        for style, cause in enumerate(causes)
    ]
    end = min(float(curve.time[-1]) for curve in curves)
    time = np.unique(np.concatenate([curve.time for curve in curves]))
    time = time[time <= end]
    tops = np.cumsum([step_at(curve.time, curve.estimate, time) for curve in curves], axis=0)
    nothing = np.full(time.size, np.nan)
    areas = [
        replace(curve, time=time, estimate=top, lower=nothing, upper=nothing)
        for curve, top in zip(curves, tops, strict=True)
    ]
    rest = Label(group.id, word("None of these events"))
    whole = replace(
        areas[0], label=rest.label, style=len(areas), estimate=np.ones(time.size), lower=nothing
    )
    return (*areas, whole)


def draw_stacked(axes: Axes, panel: Panel, width: theme.Width, box: Box) -> None:
    """Draw the areas of a panel, each named inside where there is room."""
    time = panel.curves[0].time
    bottom = np.zeros(time.size)
    last = len(panel.curves) - 1
    for place, curve in enumerate(panel.curves):
        style = theme.area(curve.style, rest=place == last)
        axes.fill_between(
            time, bottom, curve.estimate, step="post", linewidth=0.0, zorder=1.0, **style
        )
        if place < last:
            axes.step(
                time,
                curve.estimate,
                where="post",
                color=theme.INK,
                linewidth=0.5 * width.line,
                zorder=2.0,
            )
        _name_area(axes, curve, bottom, width, box)
        bottom = curve.estimate
    axes.plot(
        [0.0, time[-1], time[-1]], [1.0, 1.0, 0.0], color=theme.INK, linewidth=0.6, zorder=2.0
    )


def _name_area(
    axes: Axes, curve: Curve, bottom: NDArray[np.float64], width: theme.Width, box: Box
) -> None:
    """Write the name of an area where it is thickest, if it holds the name."""
    x_max, y_max = axes.get_xlim()[1], axes.get_ylim()[1]
    wide = (text_width(curve.label, width.small) + 2 * _EDGE_OF_TEXT) / box.width * x_max
    high = _AIR * width.row / box.height * y_max
    end = float(curve.time[-1])
    starts = np.linspace(0.0, end - wide, _SAMPLES) if end > wide else np.array([])
    best, where = 0.0, None
    for start in starts:
        at = np.linspace(start, start + wide, _SAMPLES // 3)
        floor = float(np.max(step_at(curve.time, bottom, at)))
        roof = float(np.min(step_at(curve.time, curve.estimate, at)))
        if roof - floor >= max(best, high):
            best, where = roof - floor, (start + wide / 2, (floor + roof) / 2)
    if where is not None:
        axes.text(
            *where,
            curve.label,
            size=width.small,
            horizontalalignment="center",
            verticalalignment="center",
            zorder=3.0,
            bbox={"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none"},
        )
