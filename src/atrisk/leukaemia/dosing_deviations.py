"""Where inotuzumab ozogamicin was given otherwise than its label says, over a cohort at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atrisk.leukaemia.dosing import label_schedule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.leukaemia.dosing import Course

__all__ = ["KINDS", "Deviations", "Remission", "label_deviations"]

#: What can deviate, and the unit of ``given``, ``low`` and ``high``.
KINDS: Final[dict[str, str]] = {
    "dose below the label": "mg/m2",
    "dose above the label": "mg/m2",
    "dose not given": "mg/m2",
    "raised after a reduction": "mg/m2",
    "outside the day window": "day of cycle",
    "too soon after the last dose": "days",
    "cycle shorter than the label": "days",
    "cycle longer than the label": "days",
    "more cycles than the label": "cycles",
    "further cycle without remission": "cycles",
    "third cycle in MRD-negative remission": "cycles",
}
_CODES = {kind: code for code, kind in enumerate(KINDS)}

# The label writes doses to one decimal: a dose that rounds to the label's is the label's dose.
_SAME = 0.05


@dataclass(frozen=True, slots=True)
class Remission:
    """What is known of each patient's response, as days on the scale of the course.

    Attributes
    ----------
    reached
        shape (patients,): first CR or CRi after the first dose; NaN: none.
    assessed
        shape (patients,): first assessment after the first dose; NaN: none.
    mrd_negative
        shape (patients,): first negative MRD in CR or CRi; NaN: none.
    """

    reached: NDArray[np.float64]
    assessed: NDArray[np.float64]
    mrd_negative: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Deviations:
    """One row a deviation, in order of patient, cycle and planned day.

    Attributes
    ----------
    kind
        shape (m,): position in `KINDS`.
    row
        shape (m,): position of the cycle in the course.
    dose
        shape (m,): 0, 1, 2 for the infusions of days 1, 8 and 15; -1 for the cycle as a whole.
    given
        shape (m,): what was given, in the unit of the kind.
    low, high
        shape (m,): what the label asks; infinite where it sets no bound.
    unjudged
        shape (k,): cycles whose day 1 dose could not be judged, for no response was assessed
        between the first dose and the cycle.
    undated
        shape (k,): cycles with a dose that has no date, whose timing could not be judged.
    """

    kind: NDArray[np.int8]
    row: NDArray[np.int64]
    dose: NDArray[np.int8]
    given: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    unjudged: NDArray[np.int64]
    undated: NDArray[np.int64]

    def kinds(self) -> list[str]:
        """Spell the kind of each row."""
        names = list(KINDS)
        return [names[code] for code in self.kind]


_Found = tuple["NDArray[Any]", ...]


def _rows(
    kind: str,
    where: NDArray[np.bool_],
    given: NDArray[Any],
    low: NDArray[Any] | float,
    high: NDArray[Any] | float,
) -> _Found:
    """List the places of a mask, (n,) for cycles or (n, 3) for infusions, with their numbers."""
    at = np.nonzero(where)
    dose = at[1] if len(at) == 2 else np.full(at[0].size, -1)
    bounds = (np.broadcast_to(bound, where.shape)[at] for bound in (low, high))
    return (np.full(at[0].size, _CODES[kind]), at[0], dose, given[at], *bounds)


def _in_remission(course: Course, remission: Remission) -> NDArray[np.float64]:
    """Tell whether each cycle began in remission: 1 yes, 0 no, NaN not known. Shape (n,)."""
    dated = np.where(np.isnan(course.day), np.inf, course.day)
    start = dated.min(axis=1, initial=np.inf)
    reached = remission.reached[course.patient] <= start
    assessed = remission.assessed[course.patient] <= start
    known = np.isfinite(start) & (reached | assessed)
    return np.where(known, reached.astype(np.float64), np.nan)


def _expected(course: Course, state: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the label's dose of each infusion; NaN where it depends on a response not known."""
    label = label_schedule()
    tables = np.array([label.no_remission, label.in_remission])
    doses = tables[np.nan_to_num(state).astype(np.int64)]
    unsettled = np.isnan(state)[:, None] & (tables[0] != tables[1])
    doses = np.where(unsettled, np.nan, doses)
    return np.where((course.cycle == 1)[:, None], np.array(label.first_cycle), doses)


def _dose_rows(course: Course, expected: NDArray[np.float64]) -> list[_Found]:
    given = course.given
    dose = np.where(given, course.dose, 0.0)
    begun = np.any(given, axis=1, keepdims=True)
    difference = np.round(dose - expected, 9)
    return [
        _rows(kind, where, dose, expected, expected)
        for kind, where in (
            ("dose below the label", given & (difference < -_SAME)),
            ("dose above the label", given & (difference > _SAME)),
            ("dose not given", begun & ~given),
        )
    ]


def _raised_rows(course: Course, expected: NDArray[np.float64]) -> list[_Found]:
    """Find doses above an earlier, reduced one for which the label asks the same."""
    # Patients are in order: two less for each next patient starts the running minimum anew.
    base = np.repeat(-2.0 * course.patient, expected.shape[1]).reshape(expected.shape)
    before = np.full(expected.shape, np.nan)
    for asked in np.unique(expected[~np.isnan(expected)]):
        reduced = course.given & (expected == asked) & (course.dose < asked - _SAME)
        dose = np.where(reduced, course.dose, asked)
        lowest = np.minimum.accumulate((dose + base).ravel())
        earlier = np.concatenate([[np.inf], lowest[:-1]]).reshape(expected.shape) - base
        before = np.where(expected == asked, np.minimum(earlier, asked), before)
    raised = course.given & (before < expected) & (course.dose > before + 1e-6)
    return [_rows("raised after a reduction", raised, course.dose, 0.0, before)]


def _window_rows(day: NDArray[np.float64]) -> list[_Found]:
    label = label_schedule()
    of_cycle = day - day[:, :1] + 1
    planned = np.array(label.days, dtype=np.float64)
    low, high = planned - label.day_window, planned + label.day_window
    outside = (of_cycle < low) | (of_cycle > high)
    outside[:, 0] = False
    return [_rows("outside the day window", outside, of_cycle, low, high)]


def _spacing_rows(course: Course, day: NDArray[np.float64]) -> list[_Found]:
    """Measure the days to the dose before, in the cycle or in the one before it."""
    label = label_schedule()
    flat = day.ravel()
    dated = np.flatnonzero(~np.isnan(flat))
    gap = np.full(flat.shape, np.nan)
    if dated.size:
        patient = np.repeat(course.patient, day.shape[1])[dated]
        gap[dated[1:]] = np.where(np.diff(patient) == 0, np.diff(flat[dated]), np.nan)
    days = gap.reshape(day.shape)
    low = float(label.days_between_doses)
    return [_rows("too soon after the last dose", days < low, days, low, np.inf)]


def _length_rows(course: Course, day: NDArray[np.float64]) -> list[_Found]:
    """Measure the cycles that another one follows, from day 1 to day 1."""
    label = label_schedule()
    length = np.full(len(course.cycle), np.nan)
    follows = (np.diff(course.patient) == 0) & (np.diff(course.cycle) == 1)
    length[:-1] = np.where(follows, np.diff(day[:, 0]), np.nan)
    first = course.cycle == 1
    low, high = (
        np.where(first, label.first_cycle_days[end], label.later_cycle_days[end]) for end in (0, 1)
    )
    return [
        _rows("cycle shorter than the label", length < low, length, low, high),
        _rows("cycle longer than the label", length > high, length, low, high),
    ]


def _count_rows(
    course: Course,
    state: NDArray[np.float64],
    remission: Remission,
    transplanted: NDArray[np.bool_],
) -> list[_Found]:
    label = label_schedule()
    begun = course.given.any(axis=1)
    number = course.cycle.astype(np.float64)
    transplant = transplanted[course.patient]
    most = np.where(transplant, label.max_cycles_before_transplant, label.max_cycles)
    stop = label.stop_without_remission_after
    late = begun & (number > stop) & (state == 0)
    negative = remission.mrd_negative[course.patient] <= course.day[:, 0]
    spare = begun & transplant & (number == label.cycles_before_transplant + 1) & negative
    return [
        _rows("more cycles than the label", begun & (number > most), number, 1.0, most),
        _rows("further cycle without remission", late, number, 1.0, float(stop)),
        _rows(
            "third cycle in MRD-negative remission",
            spare & (state == 1),
            number,
            1.0,
            float(label.cycles_before_transplant),
        ),
    ]


def label_deviations(
    course: Course, remission: Remission, transplanted: NDArray[np.bool_]
) -> Deviations:
    """Compare what was given with the label, dose by dose and cycle by cycle.

    Parameters
    ----------
    course
        what was given; for patients who were transplanted, until the transplantation.
    remission
        decides the day 1 dose of later cycles, and when the label stops.
    transplanted
        shape (patients,): the label's number of cycles is then 2, a third without MRD-negative
        remission, instead of 6.

    Returns
    -------
    Deviations
        every deviation; a longer cycle and an omitted dose are among them although the label
        allows both for toxicity, which a course does not tell.

    Notes
    -----
    Days 8 and 15 may be 2 days early or late, with at least 6 days between two doses. A dose that
    rounds to the label's at one decimal, as the label writes doses, is the label's dose. A dose
    counts as raised if it is above an earlier one that was below the same dose of the label.

    References
    ----------
    Besponsa US prescribing information 3/2024, section 2; EU summary of product characteristics,
    section 4.2.
    """
    state = _in_remission(course, remission)
    expected = _expected(course, state)
    day = np.where(course.given, course.day, np.nan)
    found = [
        *_dose_rows(course, expected),
        *_raised_rows(course, expected),
        *_window_rows(day),
        *_spacing_rows(course, day),
        *_length_rows(course, day),
        *_count_rows(course, state, remission, transplanted),
    ]
    columns = [np.concatenate(parts) for parts in zip(*found, strict=True)]
    kind, row, dose, given, low, high = columns
    order = np.lexsort((kind, dose, row))
    begun = course.given.any(axis=1)
    return Deviations(
        kind[order].astype(np.int8),
        row[order],
        dose[order].astype(np.int8),
        given[order],
        low[order].astype(np.float64),
        high[order].astype(np.float64),
        np.flatnonzero(begun & np.isnan(expected[:, 0])),
        np.flatnonzero((course.given & np.isnan(course.day)).any(axis=1)),
    )
