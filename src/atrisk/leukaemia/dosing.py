"""Doses of inotuzumab ozogamicin (INO): what the label asks, and what was given.

A course holds many patients at once, a row a cycle, so a cohort is summed as fast as one patient.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError
from atrisk.leukaemia.facts import load

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Course",
    "LabelSchedule",
    "cumulative_dose",
    "cycles_given",
    "first_day",
    "label_cumulative_doses",
    "label_schedule",
    "last_day",
    "placed_days",
    "until",
]


@dataclass(frozen=True, slots=True)
class LabelSchedule:
    """The schedule of the label: doses in mg/m2 on days 1, 8 and 15, and its limits."""

    days: tuple[int, ...]
    first_cycle: tuple[float, ...]
    in_remission: tuple[float, ...]
    no_remission: tuple[float, ...]
    day_window: int
    days_between_doses: int
    first_cycle_days: tuple[int, int]
    later_cycle_days: tuple[int, int]
    max_cycles: int
    cycles_before_transplant: int
    max_cycles_before_transplant: int
    stop_without_remission_after: int
    source: str


@cache
def label_schedule() -> LabelSchedule:
    """Give the label's schedule.

    Examples
    --------
    >>> label_schedule().first_cycle, label_schedule().in_remission
    ((0.8, 0.5, 0.5), (0.5, 0.5, 0.5))
    """
    facts = load("ino-label")["schedule"]
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()
    }
    return LabelSchedule(**fields)


def label_cumulative_doses(remission_after: int | None) -> tuple[float, ...]:
    """Add up the label's doses, cycle by cycle.

    Parameters
    ----------
    remission_after
        the cycle after which CR or CRi was first reached; None: never.

    Returns
    -------
    tuple of float
        mg/m2 after cycles 1, 2, ...: six of them, or as many as the label allows without remission.

    Raises
    ------
    InputError
        if remission came after the cycle at which the label stops.

    Examples
    --------
    >>> label_cumulative_doses(1)
    (1.8, 3.3, 4.8, 6.3, 7.8, 9.3)
    >>> label_cumulative_doses(None)
    (1.8, 3.6, 5.4)
    """
    label = label_schedule()
    stop = label.stop_without_remission_after
    if remission_after is not None and not 1 <= remission_after <= stop:
        raise InputError(
            f"remission_after = {remission_after} is not one of cycles 1 to {stop}: the label"
            f" stops INO when {stop} cycles bring no CR or CRi. Use None for no remission."
        )
    cycles = stop if remission_after is None else label.max_cycles
    reached = cycles if remission_after is None else remission_after
    doses = [sum(label.first_cycle)]
    doses += [
        sum(label.no_remission if cycle <= reached else label.in_remission)
        for cycle in range(2, cycles + 1)
    ]
    return tuple(round(float(total), 6) for total in np.cumsum(doses))


@dataclass(frozen=True, slots=True)
class Course:
    """Infusions of many patients, a row a cycle, in order of patient and cycle.

    Attributes
    ----------
    patient
        shape (n,): position of the patient, from 0.
    cycle
        shape (n,): number of the cycle, from 1.
    day
        shape (n, 3), float64: days of the infusions planned for days 1, 8 and 15, counted from any
        one day; NaN where none is known.
    dose
        shape (n, 3), float64, mg/m2; NaN or 0 where none was given.
    """

    patient: NDArray[np.int64]
    cycle: NDArray[np.int64]
    day: NDArray[np.float64]
    dose: NDArray[np.float64]

    @property
    def given(self) -> NDArray[np.bool_]:
        """Tell which infusions were given: a dose above 0. Shape (n, 3)."""
        return np.nan_to_num(self.dose) > 0

    def take(self, rows: NDArray[Any]) -> Course:
        """Keep cycles, by mask or by position."""
        return Course(self.patient[rows], self.cycle[rows], self.day[rows], self.dose[rows])


def placed_days(course: Course) -> NDArray[np.float64]:
    """Give the day of each infusion; of one without a date, the first dated day of its cycle.

    Returns
    -------
    ndarray
        shape (n, 3); NaN where nothing was given or the cycle has no date at all.
    """
    dated = np.where(np.isnan(course.day), np.inf, course.day)
    first = dated.min(axis=1, keepdims=True, initial=np.inf)
    day = np.where(np.isfinite(dated), dated, first)
    return np.where(course.given & np.isfinite(day), day, np.nan)


def until(course: Course, limit: NDArray[np.float64]) -> Course:
    """Keep the infusions before a day, such as the transplantation.

    Parameters
    ----------
    limit
        shape (patients,): the day, not included; NaN: no limit.

    Returns
    -------
    Course
        all cycles, with dose 0 for what came later. An infusion without a date counts from the
        first dated day of its cycle, and from none if the cycle has no date.
    """
    day = placed_days(course)
    border = np.asarray(limit, dtype=np.float64)[course.patient][:, None]
    keep = np.isnan(border) | (day < border)
    return replace(course, dose=np.where(keep, course.dose, 0.0))


def _total(course: Course, by_cycle: NDArray[np.float64], patients: int) -> NDArray[np.float64]:
    """Add the numbers of the cycles of each patient: shape (patients,)."""
    total = np.zeros(patients)
    np.add.at(total, course.patient, by_cycle)
    return total


def cycles_given(course: Course, patients: int) -> NDArray[np.float64]:
    """Count cycles by the infusions given: a cycle is three, so two of three are 0.67 of a cycle.

    Returns
    -------
    ndarray
        shape (patients,), rounded to two decimals as cycles are reported; 0 where none was given.

    Notes
    -----
    1.67 cycles, as in Table 2 of Kayser et al. 2024, are five infusions of six.

    Examples
    --------
    >>> course = Course(
    ...     np.array([0, 0]), np.array([1, 2]),
    ...     np.array([[0.0, 7, 14], [21, 28, np.nan]]),
    ...     np.array([[0.8, 0.5, 0.5], [0.5, 0.5, 0]]),
    ... )
    >>> cycles_given(course, 1), cumulative_dose(course, 1), last_day(course, 1)
    (array([1.67]), array([2.8]), array([28.]))
    """
    infusions = _total(course, course.given.sum(axis=1).astype(np.float64), patients)
    return np.round(infusions / len(label_schedule().days), 2)


def cumulative_dose(course: Course, patients: int) -> NDArray[np.float64]:
    """Add up what was given, in mg/m2: shape (patients,), rounded to six decimals."""
    doses = np.where(course.given, course.dose, 0.0).sum(axis=1)
    return np.round(_total(course, doses, patients), 6)


def first_day(course: Course, patients: int) -> NDArray[np.float64]:
    """Find the day of the first infusion given: shape (patients,), NaN where none has a date."""
    return _edge(course, patients, last=False)


def last_day(course: Course, patients: int) -> NDArray[np.float64]:
    """Find the day of the last infusion given: shape (patients,), NaN where none has a date."""
    return _edge(course, patients, last=True)


def _edge(course: Course, patients: int, *, last: bool) -> NDArray[np.float64]:
    dated = np.where(course.given, course.day, np.nan)
    sign = -1.0 if last else 1.0
    least = np.where(np.isnan(dated), np.inf, sign * dated).min(axis=1, initial=np.inf)
    found = np.full(patients, np.inf)
    np.minimum.at(found, course.patient, least)
    return np.where(np.isfinite(found), sign * found, np.nan)
