"""SOS/VOD of one patient from daily observations: every set of criteria, the day, what is missing.

How items combine over days, and what missing entries do, is said in
`atrisk.leukaemia.sosvod_cohort`, which does the work for any number of patients.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import numpy as np

from atrisk.leukaemia.facts import load
from atrisk.leukaemia.sosvod_cohort import (
    LEVELS,
    CohortDiagnosis,
    Gaps,
    Observations,
    cohort_ebmt_2023,
    cohort_side_by_side,
)
from atrisk.leukaemia.sosvod_criteria import CRITERIA, criteria_named

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Unpack

__all__ = [
    "CRITERIA",
    "UMOL_L_PER_MG_DL",
    "Baseline",
    "Day",
    "Diagnosis",
    "Level",
    "Options",
    "bilirubin_mg_dl",
    "bilirubin_umol_l",
    "diagnose",
    "ebmt_2023",
    "side_by_side",
]

#: Bilirubin: umol/L of one mg/dL, as the criteria print it (2 mg/dL = 34.2 umol/L).
UMOL_L_PER_MG_DL: float = load("sosvod")["units"]["umol_l_per_mg_dl"]


def bilirubin_mg_dl(umol_l: float) -> float:
    """Convert a bilirubin from umol/L to mg/dL.

    Examples
    --------
    >>> bilirubin_mg_dl(34.2)
    2.0
    """
    return umol_l / UMOL_L_PER_MG_DL


def bilirubin_umol_l(mg_dl: float) -> float:
    """Convert a bilirubin from mg/dL to umol/L.

    Examples
    --------
    >>> bilirubin_umol_l(2.0)
    34.2
    """
    return mg_dl * UMOL_L_PER_MG_DL


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What was seen on one day after transplantation; None: not recorded.

    Attributes
    ----------
    day
        days after transplantation.
    bilirubin
        mg/dL; see `bilirubin_mg_dl`.
    weight
        kg.
    hepatomegaly, pain, ascites
        signs; pain in the right upper quadrant.
    ultrasound
        whether ultrasound (or elastography, as judged there) suggests SOS/VOD.
    elastography
        liver stiffness in kPa.
    hvpg
        hepatic venous pressure gradient in mmHg.
    histology
        whether a biopsy shows SOS/VOD.
    creatinine
        mg/dL.
    transaminases
        multiple of the upper limit of normal, of AST or ALT the higher.
    organ_failure
        whether there is multi-organ dysfunction or failure.
    other_cause
        whether the findings of the day have another cause.
    """

    day: int
    bilirubin: float | None = None
    weight: float | None = None
    hepatomegaly: bool | None = None
    pain: bool | None = None
    ascites: bool | None = None
    ultrasound: bool | None = None
    elastography: float | None = None
    hvpg: float | None = None
    histology: bool | None = None
    creatinine: float | None = None
    transaminases: float | None = None
    organ_failure: bool | None = None
    other_cause: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Before conditioning, or at the latest on the day of transplantation; None: not recorded.

    Attributes
    ----------
    weight
        kg, from which weight gain is counted.
    creatinine
        mg/dL, at transplantation.
    """

    weight: float | None = None
    creatinine: float | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One set of criteria in one patient.

    Attributes
    ----------
    criteria, title
        "baltimore", "Baltimore".
    met
        True; False: not met on the days observed; None: a missing entry decides.
    day
        on which it was first met; None unless met.
    items
        item -> day on which it was first present within the window, in order of day.
    missing
        items that were never present and are missing on a day of the window.
    days_observed
        days of the window with a row.
    source
        where the criteria are published.
    """

    criteria: str
    title: str
    met: bool | None
    day: int | None
    items: dict[str, int]
    missing: tuple[str, ...]
    days_observed: int
    source: str


@dataclass(frozen=True, slots=True)
class Level:
    """EBMT 2023 in one patient.

    Attributes
    ----------
    level
        the highest met: "proven", "clinical", "probable", or "none"; None: a missing entry decides
        whether there is any.
    at_most
        the highest that missing entries leave open.
    day
        on which the level was first met.
    onset
        "classical" to day 21, "late" after; by the day on which any level was first met.
    """

    level: Literal["proven", "clinical", "probable", "none"] | None
    at_most: str
    day: int | None
    onset: Literal["classical", "late"] | None


class Options(TypedDict, total=False):
    """Options of `atrisk.leukaemia.sosvod_cohort.cohort_side_by_side`."""

    within_days: int | None
    gaps: Gaps
    pain_required: bool
    elastography_kpa: float | None


_SEEN = (
    "bilirubin",
    "weight",
    "elastography",
    "hvpg",
    "hepatomegaly",
    "pain",
    "ascites",
    "ultrasound",
    "histology",
    "other_cause",
)


def _cohort_of_one(
    days: Iterable[Day], baseline: Baseline, criteria: Sequence[str], options: Options
) -> dict[str, CohortDiagnosis]:
    rows = list(days)
    columns: dict[str, Any] = {
        name: [_number(getattr(day, name)) for day in rows] for name in _SEEN
    }
    observations = Observations(
        patient=np.zeros(len(rows), dtype=np.int64),
        day=np.array([day.day for day in rows], dtype=np.float64),
        **columns,
    )
    return cohort_side_by_side(
        observations, [_number(baseline.weight)], criteria=criteria, **options
    )


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _one(found: CohortDiagnosis) -> Diagnosis:
    criteria = criteria_named(found.criteria)
    met = int(found.met[0])
    days = {name: float(day[0]) for name, day in found.items.items()}
    seen = sorted((int(day), name) for name, day in days.items() if not np.isnan(day))
    return Diagnosis(
        criteria=criteria.name,
        title=criteria.title,
        met=None if met == -1 else met == 1,
        day=int(found.day[0]) if met == 1 else None,
        items={name: day for day, name in seen},
        missing=tuple(name for name, missing in found.missing.items() if missing[0]),
        days_observed=int(found.days_observed[0]),
        source=criteria.source,
    )


def diagnose(
    days: Iterable[Day], baseline: Baseline, criteria: str, **options: Unpack[Options]
) -> Diagnosis:
    """Apply one set of criteria to one patient.

    Parameters
    ----------
    days
        what was seen, in any order.
    baseline
        the patient before transplantation.
    criteria
        one of `CRITERIA`.
    **options
        ``within_days``, ``gaps``, ``pain_required``, ``elastography_kpa``, as in
        `atrisk.leukaemia.sosvod_cohort.cohort_side_by_side`.

    Returns
    -------
    Diagnosis

    Raises
    ------
    InputError
        for unknown criteria or unusable values.

    Examples
    --------
    >>> days = [Day(day=9, bilirubin=2.4, weight=74.0), Day(day=11, bilirubin=3.0, ascites=True)]
    >>> found = diagnose(days, Baseline(weight=70.0), "baltimore")
    >>> found.met, found.day
    (True, 11)
    >>> found.items
    {'bilirubin >=2 mg/dL': 9, 'weight gain >5 %': 9, 'ascites': 11}
    """
    return _one(_cohort_of_one(days, baseline, (criteria,), options)[criteria])


def side_by_side(
    days: Iterable[Day], baseline: Baseline, **options: Unpack[Options]
) -> tuple[Diagnosis, ...]:
    """Apply every set of criteria to one patient.

    Parameters
    ----------
    days
        what was seen, in any order.
    baseline
        the patient before transplantation.
    **options
        as of `diagnose`.

    Returns
    -------
    tuple of Diagnosis
        in the order of `CRITERIA`.

    Examples
    --------
    >>> days = [Day(day=21, bilirubin=2.0, weight=72.0, hepatomegaly=True, pain=True, ascites=True)]
    >>> [(d.criteria, d.met) for d in side_by_side(days, Baseline(weight=70.0))][:3]
    [('modified-seattle', None), ('baltimore', True), ('ebmt-2016-classical', True)]
    """
    found = _cohort_of_one(days, baseline, CRITERIA, options)
    return tuple(_one(found[name]) for name in CRITERIA)


def ebmt_2023(days: Iterable[Day], baseline: Baseline, **options: Unpack[Options]) -> Level:
    """Give the highest level of EBMT 2023: proven before clinical before probable.

    Parameters
    ----------
    days
        what was seen, in any order.
    baseline
        the patient before transplantation.
    **options
        as of `diagnose`.

    Returns
    -------
    Level

    Examples
    --------
    >>> ebmt_2023([Day(day=24, hvpg=10.0, histology=False)], Baseline())
    Level(level='proven', at_most='proven', day=24, onset='late')
    """
    names = tuple(f"ebmt-2023-{level}" for level in LEVELS[1:])
    found = _cohort_of_one(days, baseline, names, options)
    levels = cohort_ebmt_2023(found)
    level, at_most = int(levels.level[0]), int(levels.at_most[0])
    met = [int(found[name].day[0]) for name in names if found[name].met[0] == 1]
    last = load("sosvod")["onset"]["classical_to_day"]
    return Level(
        level=None if level == -1 else LEVELS[level],  # type: ignore[arg-type]
        at_most=LEVELS[at_most],
        day=int(levels.day[0]) if met else None,
        onset=None if not met else "classical" if min(met) <= last else "late",
    )
