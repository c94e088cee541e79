"""The axes of a figure: positions on the page to times and probabilities, by the tick labels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from atrisk.errors import InputError, listed
from atrisk.evidence.curves.vector_ticks import (
    Run,
    Scale,
    Ticks,
    aligned,
    evenly,
    fitted,
    is_log,
    number_of,
    tick_marks,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from atrisk.evidence.curves.vector_shapes import Box, Drawing, Label, Stroke

__all__ = ["Axes", "Frame", "calibrate"]

#: An exponent is smaller than this part of its base.
_SMALLER = 0.9
#: What an exponent stands beside: 10, or a number times 10.
_TEN = re.compile(r"^(?:\d\s*[×x·⋅]\s*)?10$")  # noqa: RUF001 - as figures write it

Pair = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Axes:
    """What the user says about the axes; left out, they are read from the tick labels.

    Attributes
    ----------
    unit
        of time.
    x_points, y_points
        two known points of an axis, each its position on the page and its value:
        ``((72.0, 0.0), (432.0, 60.0))``. Positions are in points from the left and the bottom of
        a PDF page, in user units from the left and the top of an SVG.
    x_ticks, y_ticks
        the values at the first and last tick mark drawn, where labels cannot be read as text.
    area
        the part of the page that is read: left, bottom, right, top of a PDF page; left, top,
        right, bottom of an SVG. Needed where a page holds several plots.
    percent
        whether the y axis is in percent; None: it is if a label is above 1.5 or says so.
    """

    unit: str = "months"
    x_points: Pair | None = None
    y_points: Pair | None = None
    x_ticks: tuple[float, float] | None = None
    y_ticks: tuple[float, float] | None = None
    area: Box | None = None
    percent: bool | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """Both scales, the part of the page that is read, and that between the outermost ticks.

    `by` says of each axis how it was calibrated.
    """

    x: Scale
    y: Scale
    box: Box
    ticks: Box
    by: tuple[str, str]


class _Calibrated(NamedTuple):
    """One axis: its scale, the positions of its ends, how it was found, the marks' last place."""

    scale: Scale
    first: float
    last: float
    by: str
    place: float | None

    def with_place(self, place: float) -> Scale:
        """Say by how much the scale is off where its marks were written with this last place."""
        if self.place is None:
            return self.scale
        scale = self.scale
        return Scale(scale.slope, scale.intercept, abs(scale.slope) * place / 2)


def calibrate(drawing: Drawing, axes: Axes) -> Frame:
    """Find both scales by the user's points, the user's values of ticks, or the tick labels.

    Raises
    ------
    InputError
        If an axis has too few labels, is logarithmic or broken, or several plots stand on the page.
    """
    area = _area(drawing, axes)
    labels = [one for one in drawing.labels if _inside(one.x, one.y, area)]
    _refuse_powers(drawing, labels)
    strokes = [one for one in drawing.strokes if one.stroked and _overlaps(one.box, area)]
    across = _axis(0, drawing, axes.x_points, axes.x_ticks, labels, strokes)
    along = _axis(1, drawing, axes.y_points, axes.y_ticks, labels, strokes)
    # One program writes all marks with as many decimals, less trailing zeros.
    place = min((one.place for one in (across, along) if one.place is not None), default=0.0)
    x, y = across.with_place(place), along.with_place(place)
    percent = axes.percent
    if percent is None:
        said = axes.y_points is None and axes.y_ticks is None and _percent_signs(labels)
        percent = said or max(y.value(along.first), y.value(along.last)) > 1.5
    y = y.divided(100.0) if percent else y
    first = min(across.first, x.position(0.0)) if axes.x_points else across.first
    low, high = (y.position(0.0), y.position(1.0)) if axes.y_points else along[1:3]
    box = _room(first, across.last, low, high, area)
    ticks = (across.first, along.first, across.last, along.last)
    return Frame(x, y, box, ticks, (across.by, along.by))


def _refuse_powers(drawing: Drawing, labels: Sequence[Label]) -> None:
    """Stop at powers of ten, whose small raised exponents would be taken for the values."""
    powers = [
        f"{ten.text}^{power.text}"
        for ten in labels
        if _TEN.search(ten.text)
        for power in labels
        if number_of(power.text) is not None
        and power.size < _SMALLER * ten.size
        and abs(power.box[0] - ten.box[2]) < 0.5 * ten.size
        and 0 < power.y - ten.y < ten.size
    ]
    if len(powers) > 1:
        raise InputError(
            f"{drawing.what}: an axis is logarithmic ({listed(powers)}). Only linear axes are "
            "read: give a CSV of coordinates instead."
        )


def _percent_signs(labels: Iterable[Label]) -> bool:
    """Whether two labels or more are numbers with a percent sign."""
    return sum(one.text.endswith("%") and number_of(one.text) is not None for one in labels) > 1


def _area(drawing: Drawing, axes: Axes) -> Box | None:
    if axes.area is None:
        return None
    left, one, right, other = axes.area
    if drawing.downwards:
        one, other = -other, -one
    if left >= right or one >= other:
        order = "left, top, right, bottom" if drawing.downwards else "left, bottom, right, top"
        raise InputError(f"area is {axes.area}: give {order} of the plot on the page")
    return left, one, right, other


def _inside(x: float, y: float, area: Box | None) -> bool:
    return area is None or (area[0] <= x <= area[2] and area[1] <= y <= area[3])


def _overlaps(box: Box, area: Box | None) -> bool:
    return area is None or (
        box[0] <= area[2] and box[2] >= area[0] and box[1] <= area[3] and box[3] >= area[1]
    )


def _room(first: float, last: float, low: float, high: float, area: Box | None) -> Box:
    """Give the span of the ticks and a third more on each side, no more than the area."""
    wide, tall = abs(last - first) / 3, abs(high - low) / 3
    left, right = min(first, last) - wide, max(first, last) + wide
    bottom, top = min(low, high) - tall, max(low, high) + tall
    if area is None:
        return left, bottom, right, top
    return max(left, area[0]), max(bottom, area[1]), min(right, area[2]), min(top, area[3])


def _axis(
    axis: int,
    drawing: Drawing,
    points: Pair | None,
    values: tuple[float, float] | None,
    labels: Sequence[Label],
    strokes: Sequence[Stroke],
) -> _Calibrated:
    """Calibrate one axis by what the user says of it, or by its labels."""
    name = "xy"[axis]
    if points is not None:
        turn = -1.0 if axis == 1 and drawing.downwards else 1.0
        (one, at_one), (other, at_other) = points
        if one == other or at_one == at_other:
            raise InputError(
                f"{name}_points are {points}: two points of an axis differ in position and value"
            )
        scale = Scale.through((turn * one, at_one), (turn * other, at_other))
        return _Calibrated(scale, turn * one, turn * other, "two points given", None)
    marks = tick_marks(axis, strokes)
    if values is not None:
        return _by_values(axis, drawing, values, marks)
    run = _chosen_run(axis, drawing, labels, marks)
    by = f"{len(run.labels)} tick labels"
    by += f", {run.matched} of them with marks" if run.ticks is not None else ", without marks"
    place = None if run.ticks is None else run.ticks.place
    return _Calibrated(run.scale, run.first, run.last, by, place)


def _by_values(
    axis: int, drawing: Drawing, values: tuple[float, float], marks: Sequence[Ticks]
) -> _Calibrated:
    """Lay the user's values on the outermost group of short, evenly spaced tick marks."""
    name = "xy"[axis]
    if values[0] == values[1]:
        raise InputError(f"{name}_ticks are {values}: the first and last tick have two values")
    short = [one for one in marks if one.end - one.start <= 15 and evenly(one.positions)]
    if not short:
        raise InputError(
            f"{drawing.what}: no row of evenly spaced tick marks is drawn for the {name} axis. "
            f"Give two known points of it instead ({name}_points)."
        )
    ticks = min(short, key=lambda one: (one.start, -len(one.positions)))
    first, last = ticks.positions[0], ticks.positions[-1]
    scale = Scale.through((first, values[0]), (last, values[1]))
    by = f"the values of {len(ticks.positions)} tick marks"
    return _Calibrated(scale, first, last, by, ticks.place)


def _chosen_run(
    axis: int, drawing: Drawing, labels: Sequence[Label], marks: Sequence[Ticks]
) -> Run:
    """Find the row or column of labels that lies on a straight line and best fits tick marks."""
    name, runs, logs = "xy"[axis], [], []
    numeric = [(one, value) for one in labels if (value := number_of(one.text)) is not None]
    for one in aligned(axis, numeric):
        run = fitted(axis, one, marks)
        if run is not None:
            runs.append(run)
        elif is_log(axis, one):
            logs.append(one)
    runs.sort(key=lambda run: (-run.matched, -len(run.labels), run.across))
    longest = max((len(one) for one in logs), default=0)
    if longest > max((len(run.labels) for run in runs), default=0):
        shown = listed(label.text for label, _ in max(logs, key=len))
        raise InputError(
            f"{drawing.what}: the {name} axis is logarithmic ({shown} at equal distances). Only "
            "linear axes are read: give a CSV of coordinates instead."
        )
    if not runs:
        raise InputError(_no_labels(name, drawing, numeric))
    _refuse_several(name, drawing, runs)
    return runs[0]


def _no_labels(name: str, drawing: Drawing, numeric: Sequence[tuple[Label, float]]) -> str:
    found = listed(label.text for label, _ in numeric) if numeric else "none"
    advice = f"Give two known points of it ({name}_points), or the values at its first and last "
    why = "in a straight line" if numeric else "as text (letters may be drawn as shapes)"
    return (
        f"{drawing.what}: no tick labels of the {name} axis are found {why}; numbers on the page: "
        f"{found}. {advice}tick mark ({name}_ticks). A broken axis cannot be read."
    )


def _refuse_several(name: str, drawing: Drawing, runs: Sequence[Run]) -> None:
    """Stop where other rows have tick marks of their own: there are several plots."""
    best = runs[0]
    others = [
        run
        for run in runs[1:]
        if run.matched > 2
        and run.ticks is not None
        and best.ticks is not None
        and not np.isclose(run.scale.position(0), best.scale.position(0), atol=1.0)
    ]
    if others:
        spans = listed(f"{run.first:.0f} to {run.last:.0f}" for run in (best, *others))
        raise InputError(
            f"{drawing.what}: several plots stand on the page; {name} axes run over positions "
            f"{spans}. Say which part of the page to read (area)."
        )
