"""Severity of SOS/VOD in adults by EBMT 2016, from daily observations.

The grade is the highest with at least two items, and an item of a higher grade counts for the lower
ones too: read to the letter ("two items of the category itself") a bilirubin that rises could lower
the grade. Where the letter would give another grade, a note says which. EBMT 2023 defines
multi-organ dysfunction by the SOFA score; here it is what the centre recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from atrisk.errors import InputError
from atrisk.leukaemia.facts import load
from atrisk.leukaemia.sosvod import UMOL_L_PER_MG_DL, Baseline, Day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["GRADES", "Severity", "grade"]

GRADES: tuple[str, ...] = tuple(load("sosvod-severity")["grades"])

_ITEMS: Final = (
    "days_since_first_symptoms",
    "bilirubin",
    "bilirubin_kinetics",
    "transaminases",
    "weight_gain",
    "creatinine_ratio",
)
# Ratios of weights and converted units are not exact in binary: 73.5 of 70 kg is 5 %.
_EQUAL = 1e-9
_COMPARE: Final[Mapping[str, Callable[[float, float, float], bool]]] = {
    ">=": lambda value, bound, slack: value >= bound - slack,
    ">": lambda value, bound, slack: value > bound + slack,
    "<=": lambda value, bound, slack: value <= bound + slack,
    "<": lambda value, bound, slack: value < bound - slack,
}


@dataclass(frozen=True, slots=True)
class Severity:
    """How severe SOS/VOD was.

    Attributes
    ----------
    grade
        one of `GRADES`; None: too few items are recorded for any.
    before_risk_factors
        the same without risk factors.
    at_most
        the grade if every missing item were at its worst.
    values
        item -> value: days, mg/dL, ratio, multiple of the upper limit of normal, %, ratio.
    items
        item -> the grade that its value stands in, the higher where it stands in two; items whose
        value stands in none (a bilirubin below 2 mg/dL, no doubling) are left out.
    missing
        items that are not recorded.
    notes
        what was assumed, and where another reading gives another grade.
    source
        where the table is published.
    """

    grade: str | None
    before_risk_factors: str | None
    at_most: str
    values: dict[str, float]
    items: dict[str, str]
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    source: str


def grade(
    days: Iterable[Day],
    baseline: Baseline,
    *,
    diagnosis_day: int,
    first_symptom_day: int | None = None,
    risk_factors: int | None = None,
    until: int | None = None,
) -> Severity:
    """Grade SOS/VOD by the EBMT table of 2016.

    Parameters
    ----------
    days
        what was seen, in any order.
    baseline
        weight and creatinine before transplantation.
    diagnosis_day
        days after transplantation.
    first_symptom_day
        of SOS/VOD; None: not recorded.
    risk_factors
        how many the patient has, as the caller counts them: two or more raise a mild or moderate
        grade by one. None: not applied.
    until
        last day that counts; None: the day of diagnosis. Of each measurement the worst value
        counts, from the first symptom (from transplantation, if not recorded) to this day.

    Returns
    -------
    Severity

    Raises
    ------
    InputError
        if the days contradict each other or risk factors are negative.

    Notes
    -----
    Kinetics: the highest b(t + d) / b(t) with 0 < d <= 2 days and b(t + d) of at least 2 mg/dL,
    where the table begins; two days before the first symptom are used for b(t).

    Examples
    --------
    >>> days = [
    ...     Day(day=10, bilirubin=2.1, weight=74.0, transaminases=1.0, creatinine=0.8),
    ...     Day(day=12, bilirubin=4.2, weight=75.0, transaminases=1.5, creatinine=0.9),
    ... ]
    >>> found = grade(
    ...     days, Baseline(weight=70.0, creatinine=0.8), diagnosis_day=12, first_symptom_day=10
    ... )
    >>> found.grade
    'severe'
    >>> found.items["bilirubin"], found.items["bilirubin_kinetics"]
    ('moderate', 'severe')
    """
    last = diagnosis_day if until is None else until
    _reject(diagnosis_day, first_symptom_day, last, risk_factors)
    first = 0 if first_symptom_day is None else first_symptom_day
    rows = sorted((day for day in days if 0 <= day.day <= last), key=lambda day: day.day)
    values = _values(rows, baseline, first)
    if first_symptom_day is not None:
        values["days_since_first_symptoms"] = diagnosis_day - first_symptom_day
    cells = {name: _cells(name, value) for name, value in values.items()}
    failure = _organ_failure(rows, first)
    missing = [name for name in _ITEMS if name not in values]
    found = GRADES[-1] if failure else _highest(cells.values())
    raised = _raised(found, risk_factors)
    return Severity(
        grade=raised,
        before_risk_factors=found,
        at_most=_at_most(cells, missing, risk_factors, failure=failure),
        values=values,
        items={name: cell[-1] for name, cell in cells.items() if cell},
        missing=(*missing, *(["organ_failure"] if failure is None else [])),
        notes=_notes(cells, values, found, risk_factors, failure=failure),
        source=load("sosvod-severity")["source"],
    )


def _reject(diagnosis: int, symptom: int | None, last: int, risk_factors: int | None) -> None:
    if symptom is not None and symptom > diagnosis:
        raise InputError(
            f"the first symptom is on day {symptom}, after the diagnosis on day {diagnosis}."
            " Correct one of them."
        )
    if last < diagnosis:
        raise InputError(f"until is day {last}, before the diagnosis on day {diagnosis}.")
    if risk_factors is not None and risk_factors < 0:
        raise InputError(f"risk_factors is {risk_factors}: give their number, or None.")


def _values(rows: Sequence[Day], baseline: Baseline, first: int) -> dict[str, float]:
    """Worst value of each measurement that is recorded."""
    since = [day for day in rows if day.day >= first]
    values = {}
    for name in ("bilirubin", "transaminases"):
        seen = [value for day in since if (value := getattr(day, name)) is not None]
        if seen:
            values[name] = float(max(seen))
    ratio = _highest_ratio(rows, first)
    if ratio is not None:
        values["bilirubin_kinetics"] = ratio
    weights = [day.weight for day in since if day.weight is not None]
    if weights and baseline.weight is not None:
        values["weight_gain"] = 100.0 * (max(weights) / baseline.weight - 1.0)
    creatinine = [day.creatinine for day in since if day.creatinine is not None]
    if creatinine and baseline.creatinine is not None:
        values["creatinine_ratio"] = max(creatinine) / baseline.creatinine
    return values


def _highest_ratio(rows: Sequence[Day], first: int) -> float | None:
    """Largest rise of bilirubin within 48 hours; 0 if none ends in the table, None if not known."""
    apart = load("sosvod-severity")["bilirubin_kinetics"]["days"]
    begins = _bounds("bilirubin")[0][1][0][1]  # mg/dL, where the mild column begins
    recent: list[tuple[int, float]] = []
    ratios = []
    for row in rows:
        if not row.bilirubin or row.day < first - apart:
            continue
        recent = [(day, value) for day, value in recent if row.day - day <= apart]
        earlier = [value for day, value in recent if day < row.day]
        if earlier and row.day >= first:
            in_table = row.bilirubin >= begins - _EQUAL
            ratios.append(row.bilirubin / min(earlier) if in_table else 0.0)
        recent.append((row.day, row.bilirubin))
    return max(ratios, default=None)


def _organ_failure(rows: Sequence[Day], first: int) -> bool | None:
    """Whether any day records it; None if no day says."""
    seen = {day.organ_failure for day in rows if day.day >= first}
    return True if True in seen else False if False in seen else None


@cache
def _bounds(name: str) -> tuple[tuple[str, tuple[tuple[str, float], ...]], ...]:
    """Grades of an item with their comparisons, as ``(">=", 2.0)``."""
    row = load("sosvod-severity")[name]
    return tuple((g, tuple(_bound(part) for part in row[g].split(","))) for g in GRADES if g in row)


def _bound(text: str) -> tuple[str, float]:
    sign, value = text.split()
    return sign, float(value)


def _cells(name: str, value: float) -> tuple[str, ...]:
    """Grades in whose column the value of an item stands, lowest first."""
    return tuple(
        g
        for g, bounds in _bounds(name)
        if all(_COMPARE[sign](value, bound, _EQUAL * max(1.0, bound)) for sign, bound in bounds)
    )


def _highest(cells: Iterable[Sequence[str]]) -> str | None:
    """Give the highest grade that at least two items reach."""
    needed = load("sosvod-severity")["items_needed"]
    reached = sorted((GRADES.index(cell[-1]) for cell in cells if cell), reverse=True)
    return GRADES[reached[needed - 1]] if len(reached) >= needed else None


def _to_the_letter(cells: Iterable[Sequence[str]]) -> str | None:
    """Give the highest grade in whose own column at least two items stand."""
    needed = load("sosvod-severity")["items_needed"]
    count = [sum(g in cell for cell in cells) for g in GRADES]
    enough = [g for g, n in zip(GRADES, count, strict=True) if n >= needed]
    return enough[-1] if enough else None


def _raised(found: str | None, risk_factors: int | None) -> str | None:
    rule = load("sosvod-severity")["risk_factors"]
    if found is None or risk_factors is None or risk_factors < rule["at_least"]:
        return found
    raised: str = rule["raises"].get(found, found)
    return raised


def _at_most(
    cells: Mapping[str, tuple[str, ...]],
    missing: Sequence[str],
    risk_factors: int | None,
    *,
    failure: bool | None,
) -> str:
    if failure is not False:
        return GRADES[-1]
    worst = [(_bounds(name)[-1][0],) for name in missing]
    return _raised(_highest([*cells.values(), *worst]), risk_factors) or GRADES[0]


def _notes(
    cells: Mapping[str, tuple[str, ...]],
    values: Mapping[str, float],
    found: str | None,
    risk_factors: int | None,
    *,
    failure: bool | None,
) -> tuple[str, ...]:
    notes = []
    if not failure:
        letter = _to_the_letter(list(cells.values()))
        if letter != found:
            notes.append(f"counting only items of the column itself: {letter or 'no grade'}")
        very_severe = [name for name, cell in cells.items() if cell and cell[-1] == GRADES[-1]]
        if len(very_severe) == 1 and found != GRADES[-1]:
            notes.append(
                f"one very severe item ({very_severe[0]}); 'any time' is not counted as a second"
            )
    notes.extend(_unit_notes(values.get("bilirubin")))
    if risk_factors is not None:
        notes.append(
            f"{risk_factors} risk factors as counted by the user: which ones the rule means, and"
            " that it raises mild to moderate and moderate to severe, is read from an incomplete"
            " copy of the table"
        )
    return tuple(notes)


def _unit_notes(bilirubin: float | None) -> list[str]:
    """Bilirubin that passes a threshold as printed in umol/L, and not the one in mg/dL."""
    if bilirubin is None:
        return []
    in_umol_l = bilirubin * UMOL_L_PER_MG_DL
    facts = load("sosvod-severity")["bilirubin_umol_l"]
    bounds = {g: limits[0][1] for g, limits in _bounds("bilirubin")}
    return [
        f"bilirubin {bilirubin:.3g} mg/dL ({in_umol_l:.1f} umol/L) is {g} by the table's"
        f" {facts[g]} umol/L and not by its {bounds[g]:g} mg/dL, which was used"
        for g in GRADES
        if bilirubin < bounds[g] - _EQUAL and in_umol_l >= facts[g] * (1.0 - _EQUAL)
    ]
