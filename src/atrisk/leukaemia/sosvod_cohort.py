"""SOS/VOD by every set of criteria over a cohort of daily observations.

How items combine over days
---------------------------
The published criteria list findings and a window of days; none says whether the findings must be
there on one day. Here an item counts from the day on which it is first seen within the window, and
stays (``within_days=None``): a liver found enlarged on day 9 and a bilirubin of 2 mg/dL on day 12
meet on day 12. ``within_days=1`` asks for all on one day, ``within_days=3`` for all within three.
Pain and liver of "painful hepatomegaly" belong to the same day in any case. Findings before
`first_day` of the window do not count.

What missing entries do
-----------------------
``met`` is known if it is the same whatever the missing entries hold. A daily item (bilirubin,
weight, liver, pain, ascites) is missing where a day has a row without it; an investigation
(ultrasound, elastography, HVPG, histology) only if no day of the window has it. With
``gaps="absent"`` a daily item that was looked for on at least one day of the window and never
found is absent on all. Days without a row say nothing: "not met" is "not met on the days
observed", and nobody without a day in the window is "not met".

For the EBMT sets a day whose findings have another cause (``other_cause``) does not count; where
nobody says, findings count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from atrisk.errors import InputError
from atrisk.leukaemia.sosvod_criteria import CRITERIA, Criteria, Group, Item, criteria_named
from atrisk.leukaemia.sosvod_days import DaySheet, Observations, day_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "LEVELS",
    "CohortDiagnosis",
    "CohortLevels",
    "Gaps",
    "Observations",
    "cohort_ebmt_2023",
    "cohort_side_by_side",
]

Gaps = Literal["unknown", "absent"]

#: Levels of EBMT 2023, lowest first.
LEVELS = ("none", "probable", "clinical", "proven")

# Ratios of weights and converted units are not exact in binary: 73.5 of 70 kg is 5 %, not more.
_EQUAL = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class CohortDiagnosis:
    """One set of criteria over m patients.

    Attributes
    ----------
    criteria
        one of `CRITERIA`.
    met
        shape (m,), int8: 1 met, 0 not met on the days observed, -1 a missing entry decides.
    day
        shape (m,): day after transplantation on which it was first met; NaN unless met.
    items
        item -> shape (m,): day on which it was first present in the window; NaN if never.
    missing
        item -> shape (m,), bool: never present, and missing on a day of the window.
    days_observed
        shape (m,): days of the window with a row.
    """

    criteria: str
    met: NDArray[np.int8]
    day: NDArray[np.float64]
    items: Mapping[str, NDArray[np.float64]]
    missing: Mapping[str, NDArray[np.bool_]]
    days_observed: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class CohortLevels:
    """EBMT 2023 over m patients.

    Attributes
    ----------
    level
        shape (m,), int8: position in `LEVELS` of the highest level met; -1 where none is met and a
        missing entry decides.
    at_most
        shape (m,), int8: the highest level that the missing entries leave open.
    day
        shape (m,): day on which the level was first met; NaN if none.
    """

    level: NDArray[np.int8]
    at_most: NDArray[np.int8]
    day: NDArray[np.float64]


def cohort_side_by_side(
    observations: Observations,
    weight: ArrayLike,
    *,
    criteria: Sequence[str] = CRITERIA,
    within_days: int | None = None,
    gaps: Gaps = "unknown",
    pain_required: bool = True,
    elastography_kpa: float | None = None,
) -> dict[str, CohortDiagnosis]:
    """Apply sets of criteria to a cohort.

    Parameters
    ----------
    observations
        n rows, in any order.
    weight
        shape (m,): baseline weight of each patient in kg, NaN where not recorded.
    criteria
        which sets.
    within_days
        the items must be seen within so many days; None: anywhere in the window, 1: on one day.
    gaps
        what a daily item is on days without an entry if it was looked for on others and never
        found: "unknown" or "absent".
    pain_required
        whether EBMT's "painful hepatomegaly" asks for pain; the two classical sets are the same
        without.
    elastography_kpa
        liver stiffness from which elastography suggests SOS/VOD. EBMT 2023 names none, so that
        measurements are left undecided unless one is given.

    Returns
    -------
    dict
        set of criteria -> CohortDiagnosis.

    Raises
    ------
    InputError
        for unusable observations or options.

    Examples
    --------
    >>> days = Observations(
    ...     patient=[0, 0, 1],
    ...     day=[9, 12, 15],
    ...     bilirubin=[1.0, 2.0, 4.1],
    ...     weight=[71.0, 74.0, 60.0],
    ...     ascites=[1, 1, 0],
    ...     hepatomegaly=[0, 0, 0],
    ... )
    >>> found = cohort_side_by_side(days, [70.0, 60.0])["baltimore"]
    >>> found.met, found.day
    (array([1, 0], dtype=int8), array([12., nan]))
    """
    _reject_options(within_days, gaps)
    sheet = day_sheet(observations, weight)
    sets = [criteria_named(name, pain_required=pain_required) for name in criteria]
    signs: dict[tuple[Item, bool], _Sign] = {}
    for one in sets:
        for item in one.items:
            key = (item, one.not_attributable)
            if key not in signs:
                columns = sheet.attributable if one.not_attributable else sheet.columns
                signs[key] = _sign(item, columns, elastography_kpa)
    return {
        one.name: _diagnosis(
            one,
            _window(sheet, one),
            {item: signs[item, one.not_attributable] for item in one.items},
            within_days,
            gaps,
        )
        for one in sets
    }


def _reject_options(within_days: int | None, gaps: Gaps) -> None:
    if within_days is not None and within_days < 1:
        raise InputError(
            f"within_days is {within_days}. Give 1 (all items on one day) or more, or None"
            " (anywhere in the window)."
        )
    if gaps not in {"unknown", "absent"}:
        raise InputError(f"gaps is {gaps!r}. Give 'unknown' or 'absent'.")


@dataclass(frozen=True, slots=True, eq=False)
class _Sign:
    """An item on every row: each shape (n,), bool.

    Neither present nor absent: no entry says so. ``unread``: there is an entry, and no rule to read
    it by.
    """

    present: NDArray[np.bool_]
    absent: NDArray[np.bool_]
    unread: NDArray[np.bool_]

    def take(self, rows: NDArray[np.intp] | slice) -> _Sign:
        return _Sign(self.present[rows], self.absent[rows], self.unread[rows])


def _sign(item: Item, columns: Mapping[str, NDArray[np.float64]], kpa: float | None) -> _Sign:
    parts = [_part(item, columns[name], name, kpa) for name in item.of]
    present = [part.present for part in parts]
    absent = [part.absent for part in parts]
    unread = _any([part.unread for part in parts])
    if item.parts == "all":
        return _Sign(_all(present), _any(absent), unread)
    found = _any(present)
    if item.parts == "done":  # of investigations, one that was not made says nothing
        return _Sign(found, _any(absent) & ~found & ~unread, unread & ~found)
    return _Sign(found, _all(absent), unread)


def _any(flags: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    return np.asarray(np.any(flags, axis=0))


def _all(flags: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    return np.asarray(np.all(flags, axis=0))


def _part(item: Item, values: NDArray[np.float64], name: str, kpa: float | None) -> _Sign:
    """One column of an item: a sign is read as a measurement that reaches 1."""
    threshold = kpa if name == "elastography" else 1.0 if item.value is None else item.value
    if threshold is None:  # liver stiffness, and no threshold was given
        nowhere = np.zeros(len(values), dtype=bool)
        return _Sign(nowhere, np.isneginf(values), np.isfinite(values))
    slack = _EQUAL * max(1.0, threshold)
    present = values > threshold + slack if item.strictly else values >= threshold - slack
    absent = ~present & ~np.isnan(values)
    return _Sign(present, absent, np.zeros(len(values), dtype=bool))


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """The rows of the days that count.

    ``rows``: which of the sheet; ``patient`` and ``day`` of each; ``counts``: whether what is
    missing there could count; ``start``: position in the window of the first row of the same
    patient; ``patients``: size of the cohort.
    """

    rows: NDArray[np.intp] | slice
    patient: NDArray[np.int64]
    day: NDArray[np.int64]
    counts: NDArray[np.bool_]
    start: NDArray[np.intp]
    patients: int

    def first_day(self, where: NDArray[np.bool_]) -> NDArray[np.float64]:
        """First day of each patient on which something holds, NaN if on none: shape (m,)."""
        held = np.flatnonzero(where)
        whose = self.patient[held]
        new = np.ones(len(held), dtype=bool)
        new[1:] = whose[1:] != whose[:-1]
        found = np.full(self.patients, np.nan)
        found[whose[new]] = self.day[held[new]]
        return found

    def any_row(self, where: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether something holds on any day of a patient: shape (m,)."""
        found = np.zeros(self.patients, dtype=bool)
        found[self.patient[where]] = True
        return found


def _window(sheet: DaySheet, one: Criteria) -> _Window:
    inside = sheet.day >= one.first_day
    if one.last_day is not None:
        inside &= sheet.day <= one.last_day
    rows = slice(None) if inside.all() else np.flatnonzero(inside)
    patient = sheet.patient[rows]
    new = np.ones(len(patient), dtype=bool)
    new[1:] = patient[1:] != patient[:-1]
    start = np.maximum.accumulate(np.where(new, np.arange(len(patient)), 0))
    counts = ~sheet.discounted[rows] if one.not_attributable else np.ones(len(patient), dtype=bool)
    return _Window(rows, patient, sheet.day[rows], counts, start, sheet.patients)


def _diagnosis(
    one: Criteria,
    window: _Window,
    signs: Mapping[Item, _Sign],
    within_days: int | None,
    gaps: Gaps,
) -> CohortDiagnosis:
    here = {item: sign.take(window.rows) for item, sign in signs.items()}
    unknown = {item: _unknown(item, sign, window, gaps) for item, sign in here.items()}
    certain = {item: _active(sign.present, window, within_days) for item, sign in here.items()}
    possible = {
        item: _active(sign.present | unknown[item], window, within_days)
        for item, sign in here.items()
    }
    day = window.first_day(_holds(one, certain))
    observed = np.bincount(window.patient, minlength=window.patients)
    open_ = window.any_row(_holds(one, possible)) | (observed == 0)
    met = np.where(np.isnan(day), np.where(open_, -1, 0), 1).astype(np.int8)
    items = {item.name: window.first_day(sign.present) for item, sign in here.items()}
    missing = {
        item.name: np.isnan(items[item.name]) & (window.any_row(unknown[item]) | (observed == 0))
        for item in here
    }
    return CohortDiagnosis(one.name, met, day, items, missing, observed)


def _unknown(item: Item, sign: _Sign, window: _Window, gaps: Gaps) -> NDArray[np.bool_]:
    """Rows of the window on which an item may have been present and no entry says so."""
    known = sign.present | sign.absent
    if item.daily and gaps == "unknown":
        return ~known & window.counts
    return window.counts & (sign.unread | ~(known | window.any_row(known)[window.patient]))


def _active(
    present: NDArray[np.bool_], window: _Window, within_days: int | None
) -> NDArray[np.bool_]:
    """Rows up to which an item was seen, in the window and within the last days."""
    rows = np.arange(len(present))
    last: NDArray[Any] = np.maximum.accumulate(np.where(present, rows, -1))
    seen: NDArray[np.bool_] = last >= window.start
    if within_days is None:
        return seen
    recent: NDArray[np.bool_] = window.day - window.day[last] < within_days
    return seen & recent


def _holds(one: Criteria, active: Mapping[Item, NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Rows on which some route has all of its groups."""
    return _any([_all([_enough(group, active) for group in route]) for route in one.routes])


def _enough(group: Group, active: Mapping[Item, NDArray[np.bool_]]) -> NDArray[np.bool_]:
    count = np.sum([active[item] for item in group.of], axis=0, dtype=np.int8)
    return np.asarray(count >= group.at_least)


def cohort_ebmt_2023(diagnoses: Mapping[str, CohortDiagnosis]) -> CohortLevels:
    """Give the highest level of EBMT 2023: proven before clinical before probable.

    Parameters
    ----------
    diagnoses
        of `cohort_side_by_side`, with the three sets of EBMT 2023.

    Returns
    -------
    CohortLevels

    Raises
    ------
    InputError
        if one of the three sets is not there.
    """
    names = [f"ebmt-2023-{level}" for level in LEVELS[1:]]
    absent = [name for name in names if name not in diagnoses]
    if absent:
        raise InputError(f"EBMT 2023 needs the criteria {', '.join(absent)}, which were left out.")
    met = np.array([diagnoses[name].met for name in names])
    days = np.array([diagnoses[name].day for name in names])
    ranks = np.arange(1, 4, dtype=np.int8)[:, None]
    certain = np.where(met == 1, ranks, 0).max(axis=0)
    at_most = np.where(met != 0, ranks, 0).max(axis=0)
    level = np.where((certain == 0) & (at_most > 0), -1, certain)
    day = np.where(certain > 0, days[np.maximum(certain, 1) - 1, np.arange(met.shape[1])], np.nan)
    return CohortLevels(level.astype(np.int8), at_most.astype(np.int8), day)
