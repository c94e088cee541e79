"""Curves out of vector figures: PDF and SVG paths, calibrated and turned into steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import InputError
from atrisk.evidence.curves.calibration import Axes, calibrate
from atrisk.evidence.curves.choose import CurveChoice, FoundCurve, chosen, found_curves
from atrisk.evidence.curves.pdf import read_pdf
from atrisk.evidence.curves.svg import read_svg
from atrisk.evidence.curves.types import Curve
from atrisk.evidence.curves.vector_steps import departures, marks_on, uprighted
from atrisk.evidence.curves.vector_unit import checked_unit

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.evidence.curves.calibration import Frame
    from atrisk.evidence.curves.vector_shapes import Drawing, Stroke

__all__ = ["Tracing", "curves_in", "read_figure", "trace_figure"]

#: Larger files are refused: a page with a figure is a hundredth of it.
_LARGEST = 60_000_000
#: A line of which more than this part leans is no step curve.
_LEANING = 0.05
#: Values may lie outside 0 to 1 by this much, the width of a line or so; they are set to the bound.
_BEYOND = 0.004
#: A curve that ends this near the frame, page units, ends at it.
_EDGE = 0.06


@dataclass(frozen=True, slots=True, eq=False)
class Tracing:
    """A curve of a figure with all that was read beside it.

    Attributes
    ----------
    curve
        times and values of its vertices, with the precision of the file's coordinates.
    censor_times
        times of the marks on the curve, each once, rising; None if it has none.
    found
        the curve among those of the figure.
    calibration
        how the x and the y axis were calibrated, in words.
    notes
        which curve and axes were read, and what the reader of the curve must know.
    """

    curve: Curve
    censor_times: tuple[float, ...] | None
    found: FoundCurve
    calibration: tuple[str, str]
    notes: tuple[str, ...]


def read_figure(file: Path, axes: Axes | None = None, choice: CurveChoice | None = None) -> Curve:
    """Read one curve of a figure.

    Parameters
    ----------
    file : Path
        PDF or SVG.
    axes : Axes, optional
        What is known about the axes; left out, tick labels say all.
    choice : CurveChoice, optional
        Which curve; may be left out where there is one.

    Returns
    -------
    Curve
        Vertices of its steps: times in ``axes.unit``, values in fractions of 1, and half of the
        last place of the file's coordinates as their precision.

    Raises
    ------
    InputError
        If the file cannot be read, holds pixels instead of lines, or leaves open which axes or
        which curve is meant.
    """
    return trace_figure(file, axes, choice).curve


def curves_in(file: Path, axes: Axes | None = None, page: int = 1) -> tuple[FoundCurve, ...]:
    """List the step curves of a figure, in order of drawing.

    Returns
    -------
    tuple of FoundCurve
        Colour, width, dashes, number of vertices, first and last time and value of each.
    """
    drawing = _drawing(file, page)
    return tuple(found_curves(drawing, calibrate(drawing, axes or Axes())))


def trace_figure(
    file: Path, axes: Axes | None = None, choice: CurveChoice | None = None
) -> Tracing:
    """Read one curve of a figure with its censor marks; as `read_figure`."""
    axes, choice = axes or Axes(), choice or CurveChoice()
    drawing = _drawing(file, choice.page)
    frame = calibrate(drawing, axes)
    given = axes.x_points is not None or axes.x_ticks is not None
    unit_told = checked_unit(drawing, frame, axes.unit, given=given)
    found = chosen(drawing, frame, choice)
    points = _without_repeats(found.chain.points)
    _, rise, leaning = departures(points)
    if leaning > _LEANING:
        raise InputError(
            f"{file.name}: {leaning:.0%} of the curve leans instead of going in steps: it is "
            "smoothed, or joined from point to point. Give points on it as a CSV of coordinates."
        )
    points, aside = uprighted(points)
    _refuse_cut(points, found, frame, file)
    curve, notes = _curve(points, found, frame, axes.unit, (aside, rise), file)
    times, told = _censor_times(points, drawing, found, frame)
    said = f"curve {found}; x axis by {frame.by[0]}; y axis by {frame.by[1]}"
    return Tracing(curve, times, found, frame.by, (said, *notes, *told, *unit_told))


def _drawing(file: Path, page: int) -> Drawing:
    try:
        if file.stat().st_size > _LARGEST:
            raise InputError(
                f"{file.name} has more than {_LARGEST:,} bytes: cut out the page with the figure"
            )
        content = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from error
    kind = file.suffix.lower()
    if kind == ".svg" and page != 1:
        raise InputError(f"{file.name}: page is {page}, and an SVG has one page")
    # Numbers too large to compute with become infinite, and such lines are left out.
    with np.errstate(over="ignore", invalid="ignore"):
        if kind == ".pdf":
            return read_pdf(content, page, file.name)
        if kind == ".svg":
            return read_svg(content, file.name)
    if kind in {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".bmp", ".webp"}:
        raise InputError(
            f"{file.name} is made of pixels, and pixels are not read. Take the vector figure (PDF "
            "or SVG), or mark points on the curve with a digitiser and give them as a CSV."
        )
    raise InputError(f"{file.name}: figures are read from .pdf and .svg, not {kind or 'no suffix'}")


def _refuse_cut(points: np.ndarray, found: FoundCurve, frame: Frame, file: Path) -> None:
    """Refuse a curve whose beginning or end the frame of the plot cuts off."""
    clip = found.chain.stroke.clip
    if clip is None:
        return
    time, value = frame.x.values(points[[0, -1], 0]), frame.y.values(points[[0, -1], 1])
    moved = abs(float(value[0]) - (1.0 if value[-1] <= value[0] else 0.0)) > _BEYOND
    if moved and time[0] > 0 and abs(points[0, 0] - clip[0]) < _EDGE:
        raise InputError(
            f"{file.name}: the curve stands at {value[0]:.3g} where the time axis begins, at "
            f"{time[0]:.4g}: what lies before is not drawn, and when its events fell is unknown."
        )
    inside = _BEYOND < value[-1] < 1 - _BEYOND
    if inside and min(abs(points[-1, 1] - clip[at]) for at in (1, 3)) < _EDGE:
        raise InputError(
            f"{file.name}: the curve leaves the plot at {value[-1]:.3g}, at {time[-1]:.4g}: what "
            "lies beyond the end of the y axis is not drawn."
        )


def _without_repeats(points: np.ndarray) -> np.ndarray:
    """Leave out points that repeat the one before."""
    moved = np.concatenate([[True], (np.diff(points, axis=0) != 0).any(axis=1)])
    kept: np.ndarray = points[moved]
    return kept


def _curve(
    points: np.ndarray,
    found: FoundCurve,
    frame: Frame,
    unit: str,
    departure: tuple[float, float],
    file: Path,
) -> tuple[Curve, list[str]]:
    """Carry the vertices over to times and values, with what they may be off by."""
    stroke = found.chain.stroke
    aside, rise = departure
    time, value = frame.x.values(points[:, 0]), frame.y.values(points[:, 1])
    precision_time = frame.x.slope * (stroke.place / 2 + aside + found.chain.bridged) + frame.x.off
    precision_value = abs(frame.y.slope) * (stroke.place / 2 + rise) + frame.y.off
    beyond = max(_BEYOND, precision_value)
    if value.min() < -beyond or value.max() > 1 + beyond:
        raise InputError(
            f"{file.name}: the curve runs from {value.max():.3f} to {value.min():.3f}, outside 0 "
            "to 1. Is the y axis in percent (percent), or the calibration of another plot?"
        )
    notes = []
    if time.min() < -max(precision_time, 0.01 * float(np.ptp(time))):
        notes.append(f"the curve starts before time zero, at {time.min():.4g} {unit}")
    if rise > 2 * stroke.place or aside > stroke.place:
        notes.append(
            "the line was simplified when it was drawn: some falls lean or levels slope, and "
            "falls close together may stand as one"
        )
    if found.chain.bridged > 0:
        notes.append("gaps between dashes were bridged: some falls may lie anywhere within a gap")
    curve = Curve(
        time=np.maximum(time, 0.0),
        value=np.clip(value, 0.0, 1.0),
        kind="survival" if value[-1] <= value[0] else "incidence",
        unit=unit,
        precision_time=float(precision_time),
        precision_value=float(precision_value),
    )
    return curve, notes


def _censor_times(
    points: np.ndarray, drawing: Drawing, found: FoundCurve, frame: Frame
) -> tuple[tuple[float, ...] | None, list[str]]:
    """Take the marks on the curve: those of its own colour, or of another if it has none."""
    others = [one for one in drawing.strokes if id(one) not in found.chain.parts]
    floor, ceiling = sorted((frame.y.position(0.0), frame.y.position(1.0)))
    marks = marks_on(points, others, floor, ceiling)
    own = [one for one in marks if _of_colour(one[1], found.colour)]
    notes = []
    if marks and not own:
        notes.append("the marks on the curve are of another colour than its line")
    places = _apart([x for x, _ in own or marks])
    if not places:
        return None, notes
    corners = points[1:-1, 0]
    at_corners = sum(bool((np.abs(corners - x) <= 0.2).any()) for x in places)
    if at_corners > 0.9 * len(places) and at_corners > 0.8 * len(_apart(corners.tolist())):
        notes.append("marks stand at every step: they are points of the curve, not censor marks")
        return None, notes
    return tuple(max(frame.x.value(x), 0.0) for x in places), notes


def _of_colour(stroke: Stroke, colour: str) -> bool:
    return stroke.colour == colour


def _apart(places: list[float]) -> list[float]:
    """Sort places and keep one of those that are the same within rounding."""
    kept: list[float] = []
    for x in sorted(places):
        if not kept or x - kept[-1] > 0.03:
            kept.append(x)
    return kept
