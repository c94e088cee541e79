"""The funnel plot of a pool."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

from atrisk.report import format as form
from atrisk.report import theme
from atrisk.report.figures_sheet import blank_sheet
from atrisk.report.figures_text import text_width
from atrisk.report.figures_words import Box
from atrisk.report.pool_bubble import axis_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from atrisk.report.values import Node

__all__ = ["FunnelPlan", "draw_funnel", "funnel_plan"]

_EDGE = 1.5
_SIZES = (5, 10, 20, 30, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
_STEPS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class FunnelPlan:
    """Everything a funnel plot shows."""

    points: tuple[tuple[float, float], ...]
    centre: float
    limit: float
    slope: float
    quantile: float | None
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    x_limits: tuple[float, float]
    y_most: float
    x_name: str
    y_name: str


def funnel_plan(document: Node) -> FunnelPlan:
    """Plan the funnel plot."""
    funnel = document["funnel"]
    points = [(point["effect"], point["measure"]) for point in funnel["points"]]
    most = 1.08 * max(measure for _, measure in points)
    across = [effect for effect, _ in points] + [funnel["limit"], funnel["centre"]]
    across.append(funnel["limit"] + funnel["slope"] * most)
    if funnel["quantile"] is not None:
        across += [funnel["centre"] + side * funnel["quantile"] * most for side in (-1.0, 1.0)]
    room = 0.06 * (max(across) - min(across))
    limits = (min(across) - room, max(across) + room)
    ratio = document["measure"] == "ratio"
    ticks = [
        (tick["at"], form.general(tick["value"] * (1.0 if ratio else 100.0)))
        for tick in funnel["ticks"]
        if limits[0] <= tick["at"] <= limits[1]
    ]
    counted = funnel["predictor"] != "std_error"
    name = document["ratio_name"] if ratio else f"{document['outcome']} (%)"
    return FunnelPlan(
        points=tuple(points),
        centre=funnel["centre"],
        limit=funnel["limit"],
        slope=funnel["slope"],
        quantile=funnel["quantile"],
        x_ticks=tuple(ticks),
        y_ticks=_sizes(most) if counted else _errors(most),
        x_limits=limits,
        y_most=most,
        x_name=f"{name}, {document['pooled']['scale'].replace('_', ' ')} scale",
        y_name="Patients" if counted else "Standard error",
    )


def _sizes(most: float) -> tuple[tuple[float, str], ...]:
    """Mark numbers of patients at the heights of 1 / sqrt(n)."""
    return tuple((n**-0.5, form.count(n)) for n in _SIZES if n**-0.5 <= most)


def _errors(most: float) -> tuple[tuple[float, str], ...]:
    step = next(s for s in _STEPS if most / s <= 6 or s == _STEPS[-1])
    return tuple((k * step, form.general(round(k * step, 6))) for k in range(int(most / step) + 1))


def draw_funnel(plan: FunnelPlan, width: theme.Width) -> Figure:
    """Draw the funnel plot for one width of paper."""
    labels = max(text_width(label, width.small) for _, label in plan.y_ticks)
    left = _EDGE + 1.4 * width.text_row + labels + 2.5
    wide = width.millimetres - left - 2 * _EDGE
    box = Box(left, _EDGE + 0.5 * width.row, wide, 0.8 * width.axes_height)
    height = box.top + box.height + 1.6 * width.row + 1.4 * width.text_row + _EDGE
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(height, width)
        axes = sheet.axes(box)
        axes.set_xlim(*plan.x_limits)
        axes.set_ylim(plan.y_most, 0.0)
        _ticks(axes, plan, box, width)
        axes.tick_params(labelsize=width.small, pad=2.0)
        axes.set_ylabel(plan.y_name, fontsize=width.text, labelpad=2.0)
        _lines(axes, plan, width)
        axes.plot(
            [effect for effect, _ in plan.points],
            [measure for _, measure in plan.points],
            linestyle="none",
            marker="o",
            markersize=0.6 * width.small,
            markerfacecolor=theme.colour(0),
            markeredgecolor="white",
            markeredgewidth=0.5,
            clip_on=False,
            zorder=3,
        )
        axis_name(sheet, plan.x_name, box)
    return sheet.figure


def _ticks(axes: Axes, plan: FunnelPlan, box: Box, width: theme.Width) -> None:
    """Mark the axes; of labels that would meet the later one is left out."""
    x_span, last = plan.x_limits[1] - plan.x_limits[0], -math.inf
    kept = []
    for at, label in plan.x_ticks:
        middle = (at - plan.x_limits[0]) / x_span * box.width
        half = text_width(label, width.small) / 2
        if middle - half > last + 1.5:
            kept.append((at, label))
            last = middle + half
    axes.set_xticks([at for at, _ in kept], [label for _, label in kept])
    heights, low = [], math.inf
    for at, label in sorted(plan.y_ticks, reverse=True):
        top = at / plan.y_most * box.height
        if low - top > 1.1 * width.row:
            heights.append((at, label))
            low = top
    axes.set_yticks([at for at, _ in heights], [label for _, label in heights])


def _lines(axes: Axes, plan: FunnelPlan, width: theme.Width) -> None:
    grey: dict[str, Any] = {"color": theme.GREY, "linewidth": 0.6 * width.line, "zorder": 1}
    axes.plot([plan.centre] * 2, [0.0, plan.y_most], linestyle=(0.0, (3.0, 2.0)), **grey)
    if plan.quantile is not None:
        for side in (-1.0, 1.0):
            end = plan.centre + side * plan.quantile * plan.y_most
            axes.plot([plan.centre, end], [0.0, plan.y_most], linestyle=(0.0, (1.0, 2.0)), **grey)
    line = [plan.limit, plan.limit + plan.slope * plan.y_most]
    axes.plot(line, [0.0, plan.y_most], color=theme.colour(1), linewidth=0.6 * width.line, zorder=2)
