"""Calibration plots: observed against predicted, by groups of the prediction and as a curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from atrisk.report import format as form
from atrisk.report import theme
from atrisk.report.document import curve_name, float_array, lower_first
from atrisk.report.figures_sheet import Key, blank_sheet, key_rows
from atrisk.report.figures_text import text_width
from atrisk.report.figures_words import Box
from atrisk.report.language import word
from atrisk.report.models import final_model, model_interval
from atrisk.report.tables import estimate_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from atrisk.report.figures_sheet import Sheet
    from atrisk.report.values import Node, Values

__all__ = ["CalibrationPlan", "calibration_plan", "calibration_quantity", "draw_calibration"]

_EDGE = 1.5
_SIDE = {True: 92.0, False: 66.0}
_BESIDE = 10.0
_CELL_GAP = 4.0
_LIMITS = (0.0, 1.0)
_MARKS = np.linspace(0.0, 1.0, 6)


@dataclass(frozen=True, slots=True)
class CalibrationPlan:
    """Everything a calibration plot shows: proportions, arrays of shape (groups,).

    ``cells`` are the same in numbers, the heads of the columns first, where there is room.
    """

    id: str
    x_name: str
    y_name: str
    interval: str
    predicted: NDArray[np.float64]
    observed: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    curves: tuple[tuple[str, NDArray[np.float64], NDArray[np.float64]], ...]
    cells: tuple[tuple[str, ...], ...] = ()


def calibration_quantity(analysis: Node) -> str:
    """Name what is predicted: ``disease-free survival at 2 years``, ``risk``."""
    calibration = analysis["calibration"]
    risk = calibration.get("quantity", "survival") == "risk"
    endpoint = curve_name(analysis) if analysis.get("endpoint") else word("survival")
    if analysis.get("cause"):
        cause = lower_first(analysis["cause"]["label"])
        endpoint = word("freedom from {cause}", cause=cause)
    named = word("risk") if risk else lower_first(endpoint)
    at = calibration.get("at")
    return word("{quantity} at {time}", quantity=named, time=at["label"]) if at else named


def calibration_plan(analysis: Node, values: Values | None = None) -> CalibrationPlan:
    """Plan the calibration plot of a model; ``values`` for its numbers beside it."""
    calibration = analysis["calibration"]
    points = calibration["points"]
    quantity = calibration_quantity(analysis)
    predicted, observed, lower, upper = (
        float_array([point[part] for point in points])
        for part in ("predicted", "observed", "lower", "upper")
    )
    return CalibrationPlan(
        id=f"{analysis['id']}_calibration",
        x_name=word("Predicted {quantity} (%)", quantity=quantity),
        y_name=word("Observed (%)"),
        interval=model_interval(final_model(analysis) or analysis),
        predicted=predicted,
        observed=observed,
        lower=lower,
        upper=upper,
        curves=_curves(calibration.get("curve") or {}),
        cells=() if values is None else tuple(_cells(analysis, values)),
    )


def _cells(analysis: Node, values: Values) -> Iterator[tuple[str, ...]]:
    """Write the numbers of the groups, as far as the document has them by key."""
    points = [point for point in analysis["calibration"]["points"] if "id" in point]
    if points:
        interval = model_interval(final_model(analysis) or analysis)
        observed = word("Observed\n({interval})", interval=interval)
        yield (word("Patients"), word("Predicted"), observed)
    for point in points:
        prefix = f"{analysis['id']}.calibration.{point['id']}"
        parts = (values.proportion(f"{prefix}.{p}") for p in ("observed", "lower", "upper"))
        numbers = (values.count(f"{prefix}.n"), values.proportion(f"{prefix}.predicted"))
        yield (*(number.text for number in numbers), estimate_cell(*parts).plain)


def _curves(curve: Node) -> tuple[tuple[str, NDArray[np.float64], NDArray[np.float64]], ...]:
    """Give the smooth curves by name: as observed, and corrected for optimism."""
    names = (
        ("observed", word("Smooth")),
        ("corrected", word("Smooth, corrected for optimism")),
    )
    return tuple(
        (name, float_array(curve["predicted"]), float_array(curve[part]))
        for part, name in names
        if curve.get(part)
    )


def draw_calibration(plan: CalibrationPlan, width: theme.Width) -> Figure:
    """Draw a square plot, its legend beside it on wide paper and above it on narrow."""
    keys = _keys(plan, width)
    beside = width.side_by_side
    top = _EDGE if beside else _EDGE + len(key_rows(keys, width, _EDGE)) * width.text_row + 1.5
    left = _EDGE + width.text_row + text_width("100", width.small) + 3.0
    box = Box(left, top + 0.5 * width.row, _SIDE[beside], _SIDE[beside])
    under = 3.0 * width.row
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(box.top + box.height + under + _EDGE, width)
        _draw_legend(sheet, keys, box)
        if beside:
            _write_cells(sheet, plan, box, len(keys))
        axes = sheet.axes(box)
        _dress(axes, plan, width)
        _draw_groups(axes, plan, width)
        for place, (_, predicted, observed) in enumerate(plan.curves):
            axes.plot(predicted, observed, **_smooth(width, place))
        sheet.write(
            plan.x_name,
            box.left + box.width / 2,
            box.top + box.height + 1.4 * width.row,
            width.text,
            horizontalalignment="center",
        )
    return sheet.figure


def _draw_legend(sheet: Sheet, keys: list[Key], box: Box) -> None:
    if not sheet.width.side_by_side:
        sheet.keys(keys, _EDGE, _EDGE)
        return
    for index, key in enumerate(keys):
        top = box.top + 1.2 * index * sheet.width.text_row
        sheet.keys([key], box.left + box.width + _BESIDE, top)


def _write_cells(sheet: Sheet, plan: CalibrationPlan, box: Box, above: int) -> None:
    """Write the numbers of the groups under the legend, if they fit beside the plot."""
    width = sheet.width
    columns = [_column(column) for column in zip(*plan.cells, strict=True)]
    widths = [
        max(text_width(text, width.small, weight) for text, weight in column) for column in columns
    ]
    edge = box.left + box.width + _BESIDE
    needed = sum(widths) + _CELL_GAP * (len(widths) - 1)
    if edge + needed > width.millimetres - _EDGE:
        return
    first = box.top + 1.2 * (above + 1) * width.text_row
    for column, wide in zip(columns, widths, strict=True):
        edge += wide
        for row, (text, weight) in enumerate(column):
            top = first + 1.2 * row * width.row
            sheet.write(text, edge, top, width.small, weight=weight, horizontalalignment="right")
        edge += _CELL_GAP


def _column(cells: tuple[str, ...]) -> list[tuple[str, str]]:
    """Set the lines of a column, its head in two lines, with their weights."""
    head = cells[0].split("\n")
    lines = ["", *head] if len(head) == 1 else head
    return [*((line, "bold") for line in lines), *((cell, "normal") for cell in cells[1:])]


def _keys(plan: CalibrationPlan, width: theme.Width) -> list[Key]:
    smooth = [Key(name, _smooth(width, place)) for place, (name, _, _) in enumerate(plan.curves)]
    groups = Key(word("Groups, {interval}", interval=plan.interval), _dots(width))
    return [groups, *smooth, Key(word("Ideal"), _ideal(width))]


def _dots(width: theme.Width) -> dict[str, Any]:
    return {
        "linestyle": "none",
        "marker": "o",
        "markersize": 0.6 * width.small,
        "color": theme.colour(0),
    }


def _smooth(width: theme.Width, place: int) -> dict[str, Any]:
    style = place + 1
    return {"color": theme.colour(style), "linewidth": width.line, "linestyle": theme.dashes(style)}


def _ideal(width: theme.Width) -> dict[str, Any]:
    return {"color": theme.GREY, "linewidth": 0.5 * width.line}


def _dress(axes: Axes, plan: CalibrationPlan, width: theme.Width) -> None:
    axes.set_xlim(*_LIMITS)
    axes.set_ylim(*_LIMITS)
    names = [form.general(100 * mark) for mark in _MARKS]
    axes.set_xticks(_MARKS, names)
    axes.set_yticks(_MARKS, names)
    axes.tick_params(labelsize=width.small, pad=2.0)
    axes.set_ylabel(plan.y_name, size=width.text, labelpad=3.0)
    axes.plot(_LIMITS, _LIMITS, zorder=1, **_ideal(width))


def _draw_groups(axes: Axes, plan: CalibrationPlan, width: theme.Width) -> None:
    axes.vlines(
        plan.predicted,
        plan.lower,
        plan.upper,
        color=theme.colour(0),
        linewidth=0.8 * width.line,
        zorder=2,
    )
    axes.plot(plan.predicted, plan.observed, clip_on=False, zorder=3, **_dots(width))
