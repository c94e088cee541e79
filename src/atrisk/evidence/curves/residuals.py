"""Every number that a paper prints beside a curve, held against the reconstructed patients."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.intervals import probability_interval
from atrisk.errors import InputError
from atrisk.evidence.curves.estimates import table_of
from atrisk.evidence.curves.types import Residual
from atrisk.evidence.printed import parse_printed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.curves.coordinates import Falls
    from atrisk.evidence.curves.estimates import Table
    from atrisk.evidence.curves.types import Landmark, PseudoPatients, Reported
    from atrisk.evidence.printed import Printed

__all__ = ["CONF_TYPES", "of_paper", "printed_number", "residuals"]

CONF_TYPES = ("log", "log-log", "plain", "logit", "arcsine")
"""The intervals that a printed one is held against where the paper does not say which it is."""
_SLACK = 1e-9
_DISTANCE = "distance from the curve"


def residuals(
    patients: PseudoPatients, falls: Falls, reported: Reported, *, survival: bool
) -> tuple[Residual, ...]:
    """Hold reported numbers against reconstructed ones.

    Parameters
    ----------
    patients
        of one member.
    falls
        the curve: its distance from the reconstructed one is the last row.
    reported
        what is printed.
    survival
        whether landmarks and median are of survival, or of the incidence of the first cause.
    """
    table = table_of(patients, falls.causes)
    return (
        *_counts(patients, table, falls, reported),
        *_landmarks(patients, table, falls, reported, survival=survival),
        *(_median(table, falls, reported) if survival else ()),
        *_marks(patients, falls, reported),
        _distance(table, falls),
    )  # fmt: skip


def of_paper(row: Residual) -> bool:
    """Whether a row holds a printed number, and not the reading of the curve."""
    return row.what != _DISTANCE


def _counts(
    patients: PseudoPatients, table: Table, falls: Falls, reported: Reported
) -> Iterator[Residual]:
    if reported.n is not None:
        yield _count("patients", None, reported.n, len(patients))
    for time, count in zip(reported.at_risk_time, reported.at_risk, strict=True):
        found = table.at_risk_at(time)
        after = int((table.every > time + falls.precision_time + _SLACK).sum())
        before = int((table.every >= time - falls.precision_time - _SLACK).sum())
        agrees = found == count or after <= count <= before
        note = "" if found == count or not agrees else "counting to the other side of that time"
        yield Residual("at risk", time, str(count), float(found), agrees, note)
    total = reported.total_events
    if isinstance(total, int):
        yield _count("events", None, total, int(patients.event.sum()))
    for cause, events in zip(falls.causes, total if isinstance(total, tuple) else (), strict=False):
        yield _count(f"events: {cause}", None, events, int((patients.cause == cause).sum()))


def _count(what: str, at: float | None, printed: int, found: int) -> Residual:
    return Residual(what, at, str(printed), float(found), printed == found)


def printed_number(text: str, what: str) -> Printed | None:
    """Read a printed number; None for *not reached*.

    Raises
    ------
    InputError
        it is no number.
    """
    try:
        return parse_printed(text)
    except ValueError as error:
        raise InputError(f"{what}: {error}.") from None


def _landmarks(
    patients: PseudoPatients, table: Table, falls: Falls, reported: Reported, *, survival: bool
) -> Iterator[Residual]:
    what = "survival" if survival else f"incidence: {falls.causes[0]}"
    for mark in reported.landmarks:
        value, error = table.survival_at(mark.time)
        if not survival:
            value = table.incidence_at(0, mark.time)
            error = _incidence_error(patients, falls, mark.time)
        yield from _landmark(what, mark, (value, error), falls, reported)


def _incidence_error(patients: PseudoPatients, falls: Falls, time: float) -> float:
    """Give the standard error of the incidence of the first cause, as the estimators do."""
    from atrisk.estimators.incidence import cumulative_incidence

    if falls.causes[0] not in patients.cause:
        return 0.0
    points = cumulative_incidence(patients.histories(falls.unit)).at(time, beyond="carry").columns()
    found = float(points["std_error"][points["cause"] == falls.causes[0]][0])
    return 0.0 if math.isnan(found) else found


def _landmark(
    what: str, mark: Landmark, found: tuple[float, float], falls: Falls, reported: Reported
) -> Iterator[Residual]:
    scale = 100.0 if reported.scale == "percent" else 1.0
    value, error = found
    printed = printed_number(mark.value, f"{what} at {mark.time:g}")
    spare = falls.precision * scale + _SLACK
    yield Residual(
        what,
        mark.time,
        mark.value,
        scale * value,
        printed.admits(scale * value, spare) if printed else None,
    )
    if mark.lower is None and mark.upper is None:
        return
    known = {
        kind: probability_interval(np.array([value]), np.array([error]), kind, reported.conf_level)
        for kind in _kinds(reported)
    }
    limits = {
        kind: (scale * float(lower[0]), scale * float(upper[0]))
        for kind, (lower, upper) in known.items()
    }
    yield from _interval(what, mark.time, (mark.lower, mark.upper), limits, spare)


def _kinds(reported: Reported) -> tuple[str, ...]:
    return CONF_TYPES if reported.conf_type is None else (reported.conf_type,)


def _interval(
    what: str, at: float | None, printed: tuple[str | None, str | None],
    limits: dict[str, tuple[float, float]], spare: float,
) -> Iterator[Residual]:  # fmt: skip
    """Hold both limits against each kind of interval, and show the kind that comes nearest."""
    ends = [None if text is None else printed_number(text, what) for text in printed]
    named = [place for place, text in enumerate(printed) if text is not None]

    def off(kind: str) -> float:
        return sum(_off(ends[place], limits[kind][place]) for place in named)

    def meets(kind: str) -> bool:
        return all(_admits(ends[place], limits[kind][place], spare) for place in named)

    fitting = [kind for kind in limits if meets(kind)]
    shown = fitting[0] if fitting else min(limits, key=off)
    for place in named:
        side = ("lower limit", "upper limit")[place]
        found = limits[shown][place]
        note = f"{shown} interval" + ("" if fitting else ", the nearest")
        yield Residual(
            f"{what}, {side}",
            at,
            str(printed[place]),
            None if math.isnan(found) else found,
            _admits(ends[place], found, spare),
            note,
        )


def _off(printed: Printed | None, found: float) -> float:
    if printed is None or math.isnan(found):
        return 0.0 if printed is None and math.isnan(found) else math.inf
    return abs(float(printed.value) - found)


def _admits(printed: Printed | None, found: float, spare: float) -> bool:
    """Tell whether a number would be printed so; *not reached* is one that is not defined."""
    if printed is None or math.isnan(found):
        return printed is None and math.isnan(found)
    return printed.admits(found, spare)


def _median(table: Table, falls: Falls, reported: Reported) -> Iterator[Residual]:
    spare = falls.precision_time + _SLACK
    if reported.median is not None:
        found = table.median()
        printed = printed_number(reported.median, "median")
        yield Residual(
            "median",
            None,
            reported.median,
            None if math.isnan(found) else found,
            _admits(printed, found, spare),
        )
    if reported.median_lower is not None or reported.median_upper is not None:
        limits = {
            kind: table.median_interval(kind, reported.conf_level) for kind in _kinds(reported)
        }
        ends = (reported.median_lower, reported.median_upper)
        yield from _interval("median", None, ends, limits, spare)


def _marks(patients: PseudoPatients, falls: Falls, reported: Reported) -> Iterator[Residual]:
    if reported.censor_times is None:
        return
    censored = np.sort(patients.time[~patients.event])
    spare = 2.0 * falls.precision_time + _SLACK  # both the mark and the fall beside it may be off
    met = sum(bool((np.abs(censored - mark) <= spare).any()) for mark in reported.censor_times)
    yield _count("censor marks with a patient", None, len(reported.censor_times), met)


def _distance(table: Table, falls: Falls) -> Residual:
    """Give the greatest distance of the reconstructed curve from the reading."""
    found = [
        abs(table.incidence_at(cause, float(time)) - falls.middle[place, cause])
        for place, time in enumerate(falls.time)
        for cause in range(len(falls.causes))
    ]
    most = float(max(found, default=0.0))
    return Residual(
        _DISTANCE,
        None,
        f"{falls.precision:.2g}",
        most,
        most <= falls.precision + _SLACK,
        "greatest over all falls; printed is the precision of the reading",
    )
