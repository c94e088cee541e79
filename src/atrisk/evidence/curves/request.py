"""Read a request for reconstruction: curves from CSV or figures, grouped, with printed numbers."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import InputError
from atrisk.evidence.curves.models import SCHEMA, CurvePart, ReconstructionRequest
from atrisk.evidence.curves.types import Curve, Landmark, PrintedRatio, Reported
from atrisk.toml import read_toml, validated

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.evidence.curves.models import FigurePart
    from atrisk.toml import TomlFile, TomlPath

__all__ = ["GroupRequest", "Request", "read_curve_csv", "read_request"]

_NUMBERS = (
    "n", "at_risk_times", "total_events", "censor_times", "landmarks", "median", "median_lower",
    "median_upper", "conf_type", "competing_events",
)  # fmt: skip
"""What is printed once for a group: several curves of it share it."""


@dataclass(frozen=True, slots=True)
class GroupRequest:
    """The curves of one group by cause, and what is printed beside them."""

    name: str
    curves: dict[str, Curve]
    reported: Reported
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A file as read, its curves too."""

    asked: ReconstructionRequest
    groups: tuple[GroupRequest, ...]
    ratios: tuple[PrintedRatio, ...]


def read_request(file: Path) -> Request:
    """Read a file of ``atrisk-reconstruct/1`` and the curves that it names.

    Raises
    ------
    InputError
        a mistake in the file, with its line; or a curve that cannot be read.
    """
    read = read_toml(
        file,
        schema=SCHEMA,
        what="reconstruction files",
        wanted="Name a TOML file that lists the curves; docs/reconstruct.md shows one.",
    )
    asked = validated(read, ReconstructionRequest)
    names = list(dict.fromkeys(curve.group for curve in asked.curves))
    groups = tuple(_group(name, asked, read) for name in names)
    for place, ratio in enumerate(asked.hazard_ratios):
        for key in ("group", "reference"):
            if getattr(ratio, key) not in names:
                raise read.error(
                    ("hazard_ratios", place, key),
                    f"there is no curve of {getattr(ratio, key)!r}; groups are {', '.join(names)}.",
                )
    ratios = tuple(
        PrintedRatio(one.group, one.reference, one.value, one.lower, one.upper)
        for one in asked.hazard_ratios
    )
    return Request(asked, groups, ratios)


def _group(name: str, asked: ReconstructionRequest, read: TomlFile) -> GroupRequest:
    parts = [(place, part) for place, part in enumerate(asked.curves) if part.group == name]
    curves: dict[str, Curve] = {}
    marks: tuple[float, ...] | None = None
    notes: list[str] = []
    for place, part in parts:
        path: TomlPath = ("curves", place)
        cause = part.cause or "event"
        if len(parts) > 1 and part.cause is None:
            raise read.error(path, f"group {name!r} has several curves: give each its cause.")
        if cause in curves:
            raise read.error((*path, "cause"), f"group {name!r} has two curves of {cause!r}.")
        curves[cause], found, told = _curve(part, path, asked.unit, read)
        notes += told
        marks = found if marks is None else marks
    reported = _reported(parts, asked, read)
    if reported.censor_times is None and len(parts) == 1 and marks is not None:
        reported = _with_marks(reported, marks)
        notes.append(f"{len(marks)} censor marks were read from the figure.")
    return GroupRequest(name, curves, reported, tuple(notes))


def _with_marks(reported: Reported, marks: tuple[float, ...]) -> Reported:
    from dataclasses import replace

    return replace(reported, censor_times=marks)


_Read = tuple[Curve, tuple[float, ...] | None, tuple[str, ...]]


def _curve(part: CurvePart, path: TomlPath, unit: str, read: TomlFile) -> _Read:
    if (part.csv is None) == (part.figure is None):
        raise read.error(path, "give either csv, a file of coordinates, or [curves.figure].")
    from atrisk.evidence.curves.vector_unit import OtherUnitError

    try:
        if part.figure is not None:
            return _from_figure(part, part.figure, unit, read)
        return _from_csv(part, unit, read), None, ()
    except OtherUnitError as error:
        raise read.error(("unit",), str(error)) from None
    except InputError as error:
        raise read.error(path, str(error)) from None


def _from_csv(part: CurvePart, unit: str, read: TomlFile) -> Curve:
    if part.precision is None:
        raise InputError(
            "say how far the values may be off, either way: precision = 0.002, say, for points"
            " clicked on a picture, or half of the last place of coordinates from a file."
        )
    time, value = read_curve_csv(read.path.parent / str(part.csv), part.kind)
    factor = 0.01 if part.scale == "percent" else 1.0
    return Curve(
        time, value * factor, part.kind, unit, part.time_precision, part.precision * factor
    )


def read_curve_csv(file: Path, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Read times and values of a curve.

    Parameters
    ----------
    file
        a CSV with the columns ``time`` and ``survival`` or ``incidence``; others are passed over.
    kind
        ``"survival"`` or ``"incidence"``: the column that is read.

    Returns
    -------
    time, value : ndarray, shape (k,)

    Raises
    ------
    InputError
        no such file or column, or an entry that is no number, with its line.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"there is no file {file.name} beside the request.") from None
    except (OSError, UnicodeDecodeError):
        raise InputError(f"{file.name} cannot be read as UTF-8 text.") from None
    rows = csv.DictReader(text.splitlines())
    names = [name.strip() for name in rows.fieldnames or ()]
    missing = [name for name in ("time", kind) if name not in names]
    if missing:
        raise InputError(
            f"{file.name} has no column {' and '.join(missing)}; its columns are"
            f" {', '.join(names) or 'none'}. The first line names the columns; commas separate"
            " them, and decimals have a point."
        )
    twice = [name for name in ("time", kind) if names.count(name) > 1]
    if twice:
        raise InputError(f"{file.name} has the column {' and '.join(twice)} twice. Keep one.")
    rows.fieldnames = names
    pairs = [
        (_number(row["time"], file, number, "time"), _number(row[kind], file, number, kind))
        for number, row in enumerate(rows, start=2)
    ]
    if not pairs:
        raise InputError(f"{file.name} has no rows.")
    table = np.array(pairs, dtype=np.float64)
    return table[:, 0], table[:, 1]


def _number(text: str | None, file: Path, line: int, column: str) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise InputError(f"{file.name}, line {line}: {column} is {text!r}, no number.")
    return value


def _from_figure(part: CurvePart, figure: FigurePart, unit: str, read: TomlFile) -> _Read:
    from dataclasses import replace

    from atrisk.evidence.curves.calibration import Axes
    from atrisk.evidence.curves.choose import CurveChoice
    from atrisk.evidence.curves.vector import trace_figure

    axes = Axes(
        unit=unit,
        x_points=figure.x_points,
        y_points=figure.y_points,
        x_ticks=figure.x_ticks,
        y_ticks=figure.y_ticks,
        area=figure.area,
        percent=figure.percent,
    )
    choice = CurveChoice(figure.colour, figure.dash, figure.legend, figure.order, figure.page)
    traced = trace_figure(read.path.parent / figure.file, axes, choice)
    curve = traced.curve
    if curve.kind == "incidence" and part.kind == "survival":
        raise InputError(
            f"{figure.file}: the curve rises from {curve.value[0]:.3g} to {curve.value[-1]:.3g},"
            ' and a survival curve falls. If it is a cumulative incidence, say kind = "incidence".'
        )
    if curve.kind != part.kind:
        curve = replace(curve, kind=part.kind)
    return curve, traced.censor_times, traced.notes


def _reported(
    parts: list[tuple[int, CurvePart]], asked: ReconstructionRequest, read: TomlFile
) -> Reported:
    """Gather what is printed for a group, each number given once."""
    place, first = parts[0]
    for other, part in parts[1:]:
        for key in _NUMBERS:
            if key != "total_events" and key in part.model_fields_set:
                raise read.error(
                    ("curves", other, key),
                    f"give {key} with the first curve of group {first.group!r} only.",
                )
    if len(first.at_risk_times) != len(first.at_risk):
        raise read.error(
            ("curves", place, "at_risk"),
            f"{len(first.at_risk_times)} times and {len(first.at_risk)} numbers at risk are given.",
        )
    return Reported(
        n=first.n,
        at_risk_time=first.at_risk_times,
        at_risk=first.at_risk,
        total_events=_total(parts),
        censor_times=first.censor_times,
        landmarks=tuple(Landmark(m.time, m.value, m.lower, m.upper) for m in first.landmarks),
        median=first.median,
        median_lower=first.median_lower,
        median_upper=first.median_upper,
        scale=asked.printed_scale,
        conf_level=asked.conf_level,
        conf_type=first.conf_type,
        competing_events=first.competing_events,
    )


def _total(parts: list[tuple[int, CurvePart]]) -> int | tuple[int, ...] | None:
    """Give the events: of one curve, or by cause where every incidence has its own."""
    if len(parts) == 1:
        return parts[0][1].total_events
    totals = [part.total_events for _, part in parts if part.cause != "event_free"]
    known = [total for total in totals if total is not None]
    return tuple(known) if len(known) == len(totals) == len(parts) else None
