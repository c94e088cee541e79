"""Daily observations of a cohort for SOS/VOD: checked, in order, one row a patient and day."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atrisk.errors import InputError, listed

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["SIGNS", "DaySheet", "Observations", "day_sheet"]

SIGNS: Final = ("hepatomegaly", "pain", "ascites", "ultrasound", "histology", "other_cause")
_MEASURED: Final = ("bilirubin", "weight", "elastography", "hvpg")


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """What was seen on each day after transplantation.

    Attributes
    ----------
    patient
        shape (n,): position of the patient in the cohort, from 0.
    day
        shape (n,): whole days after transplantation.
    bilirubin, weight, elastography, hvpg
        shape (n,): mg/dL, kg, kPa, mmHg; NaN where not recorded; None if nobody has it.
    hepatomegaly, pain, ascites, ultrasound, histology, other_cause
        shape (n,): 1 present, 0 absent, NaN not recorded; None if nobody has it. ``ultrasound`` is
        1 where imaging suggests SOS/VOD; ``other_cause`` 1 where the day's findings have another.
    """

    patient: ArrayLike
    day: ArrayLike
    bilirubin: ArrayLike | None = None
    weight: ArrayLike | None = None
    elastography: ArrayLike | None = None
    hvpg: ArrayLike | None = None
    hepatomegaly: ArrayLike | None = None
    pain: ArrayLike | None = None
    ascites: ArrayLike | None = None
    ultrasound: ArrayLike | None = None
    histology: ArrayLike | None = None
    other_cause: ArrayLike | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DaySheet:
    """Checked observations in order of patient and day, one row each.

    Attributes
    ----------
    patient, day
        shape (n,), int64.
    columns
        each shape (n,), float64: the measurements and signs, and ``weight_gain`` in %.
    attributable
        the same columns; -inf where the finding has another cause, so that it is recorded and
        never present.
    discounted
        shape (n,), bool: days whose findings have another cause, recorded or not.
    patients
        size of the cohort.
    """

    patient: NDArray[np.int64]
    day: NDArray[np.int64]
    columns: dict[str, NDArray[np.float64]]
    attributable: dict[str, NDArray[np.float64]]
    discounted: NDArray[np.bool_]
    patients: int


def day_sheet(observations: Observations, weight: ArrayLike) -> DaySheet:
    """Check and order the observations of a cohort.

    Rows of the same patient and day are one: a sign is present if any row says so, and of a
    measurement the highest counts.

    Parameters
    ----------
    observations
        n rows.
    weight
        shape (m,): baseline weight in kg of each patient, NaN where not recorded.

    Returns
    -------
    DaySheet

    Raises
    ------
    InputError
        for lengths that differ, patients outside the cohort, days that are not whole, signs other
        than 0 and 1, negative measurements.
    """
    baseline = np.asarray(weight, dtype=np.float64)
    patient, day = _keys(observations, len(baseline))
    columns = _checked(observations, len(patient))
    _reject_below("baseline weight", baseline, lowest=np.nextafter(0.0, 1.0))
    columns["weight_gain"] = 100.0 * (columns["weight"] / baseline[patient] - 1.0)
    other = columns.pop("other_cause") == 1.0
    attributable = (
        {name: np.where(other & ~np.isnan(v), -np.inf, v) for name, v in columns.items()}
        if other.any()
        else columns
    )
    order = _order(patient, day)
    start = _starts(patient[order], day[order])

    def merged(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return _merged(values, order, start)

    kept = {name: merged(values) for name, values in columns.items()}
    first = order[start]
    return DaySheet(
        patient[first],
        day[first],
        kept,
        {n: merged(v) for n, v in attributable.items()} if other.any() else kept,
        merged(np.where(other, -1.0, 0.0)) == -1.0,
        len(baseline),
    )


def _keys(observations: Observations, patients: int) -> tuple[NDArray[np.int64], ...]:
    patient = _whole("patient", observations.patient)
    day = _whole("day", observations.day)
    if patient.shape != day.shape or patient.ndim != 1:
        raise InputError(
            f"'patient' has {patient.size} rows and 'day' {day.size}. Give one of each a row."
        )
    outside = np.flatnonzero((patient < 0) | (patient >= patients))
    if outside.size:
        raise InputError(
            f"rows {listed(outside)} belong to patients {listed(np.unique(patient[outside]))}, but"
            f" there are {patients} baseline weights: patients are numbered from 0."
        )
    return patient, day


def _whole(name: str, values: ArrayLike) -> NDArray[np.int64]:
    given = np.asarray(values)
    if given.dtype.kind in "iu":
        return given.astype(np.int64, copy=False)
    number = given.astype(np.float64)
    wrong = np.flatnonzero(~np.isfinite(number) | (number != np.floor(number)))
    if wrong.size:
        raise InputError(
            f"{name!r} is {listed(number[wrong])} in rows {listed(wrong)}: give whole numbers."
        )
    return number.astype(np.int64)


def _checked(observations: Observations, rows: int) -> dict[str, NDArray[np.float64]]:
    columns = {}
    for field in fields(observations):
        if field.name not in (*_MEASURED, *SIGNS):
            continue
        given = getattr(observations, field.name)
        values = np.full(rows, np.nan) if given is None else np.asarray(given, dtype=np.float64)
        if values.shape != (rows,):
            raise InputError(f"{field.name!r} has shape {values.shape}; there are {rows} rows.")
        if field.name in SIGNS:
            _reject_sign(field.name, values)
        else:
            _reject_below(field.name, values, lowest=0.0)
        columns[field.name] = values
    return columns


def _reject_sign(name: str, values: NDArray[np.float64]) -> None:
    wrong = np.flatnonzero((values != 0.0) & (values != 1.0) & ~np.isnan(values))
    if wrong.size:
        raise InputError(
            f"{name!r} is {listed(values[wrong])} in rows {listed(wrong)}. A sign is 1 (present),"
            " 0 (absent) or NaN (not recorded)."
        )


def _reject_below(name: str, values: NDArray[np.float64], *, lowest: float) -> None:
    wrong = np.flatnonzero((values < lowest) | np.isinf(values))
    if wrong.size:
        raise InputError(
            f"{name!r} is {listed(values[wrong])} in rows {listed(wrong)}: it cannot be. Correct"
            " it, or leave it out (NaN)."
        )


def _order(patient: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.int64]:
    earlier = (patient[1:] < patient[:-1]) | ((patient[1:] == patient[:-1]) & (day[1:] < day[:-1]))
    if not earlier.any():
        return np.arange(len(patient))
    return np.lexsort((day, patient))


def _starts(patient: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions, in order, of the first row of each patient and day."""
    new = np.ones(len(patient), dtype=bool)
    new[1:] = (patient[1:] != patient[:-1]) | (day[1:] != day[:-1])
    return np.flatnonzero(new)


def _merged(
    values: NDArray[np.float64], order: NDArray[np.int64], start: NDArray[np.int64]
) -> NDArray[Any]:
    ordered = values[order]
    return ordered if len(start) == len(order) else np.fmax.reduceat(ordered, start)
