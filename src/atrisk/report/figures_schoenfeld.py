"""Schoenfeld plots: scaled residuals over time, their smooth, and the coefficient of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.ticker import MaxNLocator

from atrisk.report import format as form
from atrisk.report import theme
from atrisk.report.document import float_array
from atrisk.report.figures_sheet import Key, blank_sheet, key_rows
from atrisk.report.figures_text import text_width, wrap
from atrisk.report.figures_words import Box
from atrisk.report.language import word
from atrisk.report.models import model_interval, model_named, terms

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from atrisk.report.figures_sheet import Sheet
    from atrisk.report.values import Node, Values

__all__ = ["SchoenfeldPlan", "draw_schoenfeld", "schoenfeld_plan"]

_EDGE = 1.5
_PANEL_GAP = 4.0
_LABEL_GAP = 2.2
_BAND = 0.16
_FEW = 2
_FAR = 2.0
_SHAPE = {1: 0.45, 2: 0.6, 3: 0.75, 4: 0.85}
"""Height of a panel over its width, by the number of panels in a row."""

# times that read well on an axis whose steps are not even, in any unit
_STEPS = tuple(step * 10.0**power for power in range(-3, 6) for step in (1.0, 2.0, 5.0))


@dataclass(frozen=True, slots=True)
class SchoenfeldPanel:
    """One coefficient: residuals and their smooth over the transformed axis, shape (points,)."""

    title: str
    p: str
    x: NDArray[np.float64]
    residual: NDArray[np.float64]
    smooth_x: NDArray[np.float64]
    smooth: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    estimate: float
    limits: tuple[float, float]

    @property
    def beyond(self) -> bool:
        """Whether a residual lies beyond the axis."""
        return bool(np.any((self.residual < self.limits[0]) | (self.residual > self.limits[1])))


@dataclass(frozen=True, slots=True)
class SchoenfeldPlan:
    """Everything a Schoenfeld figure shows; ``ticks`` are places on the axis and real times."""

    id: str
    x_name: str
    y_name: str
    interval: str
    panels: tuple[SchoenfeldPanel, ...]
    ticks: tuple[tuple[float, str], ...]
    limits: tuple[float, float]


def schoenfeld_plan(analysis: Node, values: Values, study: Node) -> SchoenfeldPlan:
    """Plan the figure of the scaled Schoenfeld residuals: a panel a coefficient."""
    plots = analysis["ph"]["plots"]
    panels = tuple(_panel(analysis, values, plot) for plot in plots)
    x = np.concatenate([panel.x for panel in panels])
    low, high = float(x.min()), float(x.max())
    room = 0.03 * (high - low) or 1.0
    model = model_named(analysis, analysis["ph"]["model"])
    return SchoenfeldPlan(
        id=f"{analysis['id']}_schoenfeld",
        x_name=word(
            "{unit} from {origin}",
            unit=form.capitalised(word(study["report_unit"])),
            origin=study["origin"],
        ),
        y_name=word("Coefficient over time"),
        interval=model_interval(model or analysis),
        panels=panels,
        ticks=_ticks(plots, float(study["units_per_report_unit"])),
        limits=(low - room, high + room),
    )


def _panel(analysis: Node, values: Values, plot: Node) -> SchoenfeldPanel:
    smooth = plot["smooth"] or dict.fromkeys(("x", "estimate", "lower", "upper"), ())
    residual, lower, upper = (
        float_array(values) for values in (plot["residual"], smooth["lower"], smooth["upper"])
    )
    return SchoenfeldPanel(
        title=plot["label"],
        p=_p_of_term(analysis, values, plot["term"]),
        x=float_array(plot["x"]),
        residual=residual,
        smooth_x=float_array(smooth["x"]),
        smooth=float_array(smooth["estimate"]),
        lower=lower,
        upper=upper,
        estimate=float(plot["estimate"]),
        limits=_limits(residual, np.concatenate([lower, upper, [0.0, float(plot["estimate"])]])),
    )


def _limits(residual: NDArray[np.float64], always: NDArray[np.float64]) -> tuple[float, float]:
    """End the axis around all points, but not for one or two that lie very far from the others."""
    points = np.sort(residual[np.isfinite(residual)])
    always = always[np.isfinite(always)]
    whole = np.concatenate([points, always])
    most = np.concatenate([points[_FEW:-_FEW], always])
    if np.ptp(whole) > _FAR * np.ptp(most) > 0.0:
        whole = most
    room = 0.05 * float(np.ptp(whole)) or 1.0
    return float(whole.min()) - room, float(whole.max()) + room


def _p_of_term(analysis: Node, values: Values, row: str) -> str:
    """Write the P value of the variable that a row belongs to; nothing where it is not known."""
    model = model_named(analysis, analysis["ph"]["model"])
    owners = [
        t.id for t in terms([model] if model else []) if row in {t.id, *(r.id for r in t.rows)}
    ]
    key = f"{analysis['id']}.ph.{owners[0] if owners else row}.p_value"
    known = values.has(key) and values.raw(key) is not None
    return values.p_phrase(key).plain if known else ""


def _ticks(plots: list[Node], per_unit: float) -> tuple[tuple[float, str], ...]:
    """Place real times on the transformed axis, between the points known there."""
    parts = [(plot["time"], plot["x"]) for plot in plots]
    smooths = [plot["smooth"] for plot in plots if plot["smooth"]]
    parts += [(smooth["time"], smooth["x"]) for smooth in smooths]
    time, x = (np.concatenate([float_array(part[i]) for part in parts]) for i in (0, 1))
    known = np.isfinite(time) & np.isfinite(x)
    time, first = np.unique(time[known], return_index=True)
    x = x[known][first]
    at = [step for step in _STEPS if time[0] <= step * per_unit <= time[-1]]
    places = np.interp(np.array(at) * per_unit, time, x)
    return tuple((float(place), form.general(step)) for place, step in zip(places, at, strict=True))


def draw_schoenfeld(plan: SchoenfeldPlan, width: theme.Width) -> Figure:
    """Draw the panels in a grid, three in a row on wide paper and two on narrow."""
    keys = _keys(plan, width)
    top = _EDGE + len(key_rows(keys, width, _EDGE)) * width.text_row + 1.5
    boxes, titles, height = _grid(plan, width, top)
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(height, width)
        sheet.keys(keys, _EDGE, _EDGE)
        for panel, box, title in zip(plan.panels, boxes, titles, strict=True):
            _draw_panel(sheet, plan, panel, box, title)
        _name_axes(sheet, plan, boxes)
    return sheet.figure


def _keys(plan: SchoenfeldPlan, width: theme.Width) -> list[Key]:
    return [
        Key(word("Scaled Schoenfeld residuals"), _dots(width)),
        Key(
            word("Smooth, {interval}", interval=plan.interval),
            {"color": theme.colour(0), "linewidth": width.line},
        ),
        Key(word("Coefficient of the model"), _fitted(width)),
    ]


def _dots(width: theme.Width) -> dict[str, Any]:
    return {
        "linestyle": "none",
        "marker": "o",
        "markersize": 0.3 * width.small,
        "markerfacecolor": "none",
        "markeredgecolor": theme.GREY,
        "markeredgewidth": 0.5,
    }


def _fitted(width: theme.Width) -> dict[str, Any]:
    return {
        "color": theme.colour(1),
        "linewidth": width.line,
        "linestyle": theme.dashes(1),
    }


def _grid(
    plan: SchoenfeldPlan, width: theme.Width, top: float
) -> tuple[list[Box], list[tuple[str, ...]], float]:
    """Place the panels: boxes, the lines of their titles, and the height of the sheet."""
    columns = _columns(len(plan.panels), width)
    axis_room = text_width("\N{MINUS SIGN}10.0", width.small) + 1.5
    left = _EDGE + width.text_row + 1.0
    pitch = (width.millimetres - left - _EDGE) / columns
    wide = pitch - axis_room - _PANEL_GAP
    high = _SHAPE[columns] * wide
    titles = [wrap(panel.title, width.small, wide, 3, "bold") for panel in plan.panels]
    boxes: list[Box] = []
    for start in range(0, len(titles), columns):
        lines = max(len(title) for title in titles[start : start + columns]) + _p_lines(plan)
        head = lines * width.row + 0.8
        here = len(titles[start : start + columns])
        # an incomplete last row stands in the middle, and not beside a hole
        indent = left + 0.5 * (columns - here) * pitch
        boxes += [
            Box(indent + place * pitch + axis_room, top + head, wide, high) for place in range(here)
        ]
        top += head + high + 2.2 * width.row
    return boxes, titles, top + 1.2 * width.text_row + _EDGE


def _columns(panels: int, width: theme.Width) -> int:
    """Choose so many panels a row that few places of the last row stay empty."""
    if not width.side_by_side:
        return min(panels, 2)
    rows = -(-panels // 4)
    fewest = -(-panels // rows)
    return fewest if panels > 4 else {4: 2}.get(panels, panels)


def _p_lines(plan: SchoenfeldPlan) -> int:
    return int(any(panel.p for panel in plan.panels))


def _draw_panel(
    sheet: Sheet, plan: SchoenfeldPlan, panel: SchoenfeldPanel, box: Box, title: tuple[str, ...]
) -> None:
    width = sheet.width
    top = box.top - 0.8 - (len(title) + _p_lines(plan)) * width.row
    for index, line in enumerate(title):
        sheet.write(line, box.left, top + index * width.row, width.small, weight="bold")
    sheet.write(panel.p, box.left, top + len(title) * width.row, width.small)
    axes = sheet.axes(box)
    axes.set_xlim(*plan.limits)
    axes.set_ylim(*panel.limits)
    _mark_time(axes, plan, box, width)
    axes.tick_params(labelsize=width.small, pad=2.0)
    low, high = panel.limits
    marks = [mark for mark in MaxNLocator(5).tick_values(low, high) if low <= mark <= high]
    axes.set_yticks(marks, [form.general(mark) for mark in marks])
    axes.axhline(0.0, color=theme.GREY, linewidth=0.5, zorder=1)
    many = panel.x.size > theme.MANY_POINTS
    axes.plot(panel.x, panel.residual, zorder=2, rasterized=many, **_dots(width))
    for end, marker in zip(panel.limits, ("v", "^"), strict=True):
        outside = (panel.residual < end) if marker == "v" else (panel.residual > end)
        at = panel.x[outside]
        style = _dots(width) | {"marker": marker, "markersize": 0.5 * width.small}
        ends = np.full(at.size, end)
        axes.plot(at, ends, clip_on=False, zorder=3, rasterized=many, **style)
    axes.fill_between(
        panel.smooth_x, panel.lower, panel.upper, color=theme.colour(0), alpha=_BAND, linewidth=0.0
    )
    axes.plot(panel.smooth_x, panel.smooth, color=theme.colour(0), linewidth=width.line, zorder=3)
    axes.axhline(panel.estimate, zorder=4, **_fitted(width))


def _mark_time(axes: Axes, plan: SchoenfeldPlan, box: Box, width: theme.Width) -> None:
    """Mark the times whose labels have room, from the left."""
    low, high = plan.limits
    kept: list[tuple[float, str]] = []
    free = -1.0
    for place, label in plan.ticks:
        at = box.width * (place - low) / (high - low)
        half = text_width(label, width.small) / 2
        if at - half >= free:
            kept.append((place, label))
            free = at + half + _LABEL_GAP
    axes.set_xticks([place for place, _ in kept], [label for _, label in kept])


def _name_axes(sheet: Sheet, plan: SchoenfeldPlan, boxes: list[Box]) -> None:
    width = sheet.width
    bottom = boxes[-1].top + boxes[-1].height + 2.2 * width.row
    left = min(box.left for box in boxes)
    right = max(box.left + box.width for box in boxes)
    sheet.write(plan.x_name, (left + right) / 2, bottom, width.text, horizontalalignment="center")
    middle = (boxes[0].top + boxes[-1].top + boxes[-1].height) / 2
    sheet.write(
        plan.y_name,
        _EDGE + 0.8 * width.text_row,
        middle,
        width.text,
        rotation=90,
        verticalalignment="center",
        horizontalalignment="center",
    )
