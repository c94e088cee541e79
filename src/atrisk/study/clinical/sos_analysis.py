"""The analysis ``sos_criteria``: every set of SOS/VOD criteria beside the centre's diagnosis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.leukaemia.sosvod_criteria import criteria_named
from atrisk.study.clinical.infusions import timeline
from atrisk.study.clinical.rows import form_rows
from atrisk.study.clinical.sos import SosRules, sos_days
from atrisk.study.clinical.words import finding
from atrisk.study.values import Entries, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atrisk.leukaemia.sosvod_cohort import CohortDiagnosis
    from atrisk.study.clinical.infusions import Timeline
    from atrisk.study.clinical.sos import SosDays
    from atrisk.study.clinical_analyses import SosCriteriaAnalysis
    from atrisk.study.forms.tables import Records

__all__ = ["sos_analysis"]

_DAY = "days after the transplantation"


@dataclass(frozen=True, slots=True)
class _Centre:
    """The centre's diagnosis of the patients transplanted after INO; p of them.

    Attributes
    ----------
    record
        shape (p,): their records.
    said
        shape (p,): 1 yes, 0 no, NaN not entered.
    day
        shape (p,): day of the diagnosis after the transplantation, NaN where there is none.
    grade, by
        shape (p,): the grade, NaN, and the criteria that the centre named, "".
    """

    record: NDArray[np.int64]
    said: NDArray[np.float64]
    day: NDArray[np.float64]
    grade: NDArray[np.float64]
    by: NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class _Met:
    """One set of criteria over the same patients.

    Attributes
    ----------
    met
        shape (p,): 1 met, 0 not met, -1 nobody can say.
    day
        shape (p,): the day first met, NaN.
    observed
        shape (p,): days of its window with a work-up.
    missing
        item -> shape (p,): never seen, and missing on a day of the window.
    """

    name: str
    met: NDArray[np.int64]
    day: NDArray[np.float64]
    observed: NDArray[np.int64]
    missing: dict[str, NDArray[np.bool_]]

    @property
    def id(self) -> str:
        """Its name in keys."""
        return self.name.replace("-", "_")

    @property
    def lacking(self) -> NDArray[np.bool_]:
        """Tell where nobody can say although there is a work-up: shape (p,)."""
        return (self.met < 0) & (self.observed > 0)


def sos_analysis(asked: SosCriteriaAnalysis, records: Records) -> tuple[dict[str, Any], Entries]:
    """Set criteria side by side over a cohort; keys are those below the analysis."""
    line = timeline(records)
    found = sos_days(line, SosRules(asked.gaps, asked.within_days, asked.elastography_kpa))
    centre = _diagnosed(line)
    sets = [_met(name, line, found, centre) for name in asked.criteria]
    entries = _who(centre, found, line)
    for one in sets:
        entries |= {f"{one.id}.{key}": entry for key, entry in _numbers(one, centre).items()}
    missing = [_missing_node(one, item) for one in sets for item in _deciding(one)]
    listed = centre.said == 1
    if asked.patients == "diagnosed_or_met":
        listed = listed | np.any([one.met == 1 for one in sets], axis=0)
    node = {
        "criteria": [_criteria_node(one) for one in sets],
        "rule": f"{found.rules}, weight gain from {found.weight.rule}",
        "listed": asked.patients,
        "missing": missing,
        "patients": list(_patients(records, centre, sets, listed)),
        "notes": list(_notes(asked, centre, found, line)),
        "left_out": [],
    }
    return node, entries


def _diagnosed(line: Timeline) -> _Centre:
    rows = form_rows(line.records, "sos_diagnosis")
    row = rows.only()
    record = np.flatnonzero(line.transplanted)
    said = rows.at(rows.truth("sos_yn"), row)
    yes = np.where(said == 1, row, -1).astype(np.int32)
    day = rows.at(rows.days("sos_date"), yes) - line.hct
    field = next(f for f in line.records.dictionary.of("sos_diagnosis") if f.name == "sos_criteria")
    words = [choice.label for choice in field.choices]
    place = rows.positions("sos_criteria", tuple(choice.code for choice in field.choices))
    at = rows.at(place.astype(np.float64), yes)
    named = np.where(np.isnan(at), len(words), at).astype(np.int64)
    named[named < 0] = len(words)
    by = np.array([*words, ""], dtype=object)[named]
    grade = _grades(line, yes)
    return _Centre(record, said[record], day[record], grade[record], by[record])


def _grades(line: Timeline, row: NDArray[np.int32]) -> NDArray[np.float64]:
    """Give the grade of each record, as a number: shape (R,)."""
    rows = form_rows(line.records, "sos_diagnosis")
    column = rows.table.column("sos_grade")
    if column.kind == "number":
        return rows.at(rows.numbers("sos_grade"), row)
    levels = np.array([float(level) for level in column.levels] + [np.nan])
    return rows.at(levels[np.where(column.present, column.values, -1)], row)


def _met(name: str, line: Timeline, found: SosDays, centre: _Centre) -> _Met:
    diagnosis: CohortDiagnosis = found.diagnoses[name]
    place = np.full(line.count, -1, dtype=np.int64)
    place[found.patient] = np.arange(len(found.patient))
    at = place[centre.record]
    seen = at >= 0

    def spread(values: NDArray[Any], other: Any) -> NDArray[Any]:  # noqa: ANN401 - of the values
        filled: NDArray[Any] = np.full(len(at), other, dtype=values.dtype)
        filled[seen] = values[at[seen]]
        return filled

    return _Met(
        name,
        spread(diagnosis.met, -1).astype(np.int64),
        spread(diagnosis.day, np.nan),
        spread(diagnosis.days_observed, 0),
        {item: spread(flags, other=False) for item, flags in diagnosis.missing.items()},
    )


def _who(centre: _Centre, found: SosDays, line: Timeline) -> Entries:
    worked_up = np.isin(centre.record, found.patient)
    counts = {
        "overall.n": len(centre.record),
        "diagnosed": (centre.said == 1).sum(),
        "not_diagnosed": (centre.said == 0).sum(),
        "not_entered": np.isnan(centre.said).sum(),
        "no_work_up": (~worked_up).sum(),
        "diagnosed_no_work_up": (~worked_up & (centre.said == 1)).sum(),
        "not_transplanted": line.count - len(centre.record),
    }
    return {key: value(int(count), "patients") for key, count in counts.items()}


def _numbers(one: _Met, centre: _Centre) -> Entries:
    entries = _cross(one, centre)
    met = one.met == 1
    days = one.day[met]
    for name, reduce in (("median", np.median), ("min", np.min), ("max", np.max)):
        number = float(reduce(days)) if days.size else None
        reason = "no patient met these criteria"
        entries[f"day.{name}"] = value(number, _DAY, n=days.size, missing=reason)
    entries["no_work_up"] = value(int((one.observed == 0).sum()), "patients")
    entries["lacking"] = value(int(one.lacking.sum()), "patients")
    for number, item in enumerate(_deciding(one), start=1):
        count = int((one.lacking & one.missing[item]).sum())
        entries[f"missing_{number}"] = value(count, "patients", n=int(one.lacking.sum()))
    return entries


def _cross(one: _Met, centre: _Centre) -> Entries:
    """Count met, not met and open, of all and by the centre's diagnosis; and who agrees."""
    entries: Entries = {}
    whole = np.ones(len(centre.record), dtype=bool)
    who = {"": whole, "diagnosed_": centre.said == 1, "not_diagnosed_": centre.said == 0}
    who["not_entered_"] = np.isnan(centre.said)
    for prefix, patients in who.items():
        for what, code in (("met", 1), ("not_met", 0), ("open", -1)):
            count = int((patients & (one.met == code)).sum())
            entries[f"{prefix}{what}"] = value(count, "patients", n=int(patients.sum()))
    both = ~np.isnan(centre.said) & (one.met >= 0)
    agree = int((both & (centre.said == one.met)).sum())
    compared = int(both.sum())
    entries["compared"] = value(compared, "patients")
    entries["agree"] = value(agree, "patients", n=compared)
    entries["agree_percent"] = value(
        100 * agree / compared if compared else None,
        "percent",
        n=compared,
        method="of patients with an entry of the centre of whom the criteria can be said",
        missing="no patient can be compared",
    )
    return entries


def _deciding(one: _Met) -> list[str]:
    """List the items that are missing where nobody can say, the most frequent first."""
    counts = {item: int((one.lacking & flags).sum()) for item, flags in one.missing.items()}
    return sorted((item for item in counts if counts[item]), key=lambda item: -counts[item])


def _missing_node(one: _Met, item: str) -> dict[str, Any]:
    number = _deciding(one).index(item) + 1
    return {"id": f"missing_{number}", "criteria": one.id, "label": finding(item)}


def _criteria_node(one: _Met) -> dict[str, Any]:
    rules = criteria_named(one.name)
    return {
        "id": one.id,
        "name": one.name,
        "label": rules.title,
        "first_day": rules.first_day,
        "last_day": rules.last_day,
        "rule": _words(one.name),
        "not_attributable": rules.not_attributable,
        "source": rules.source,
    }


def _words(name: str) -> str:
    """Write criteria in words: "2 of: bilirubin > 2 mg/dL, ..."; alternatives after "or"."""
    routes = [
        " and ".join(_group([item.name for item in group.of], group.at_least) for group in route)
        for route in criteria_named(name).routes
    ]
    return "; or ".join(routes)


def _group(items: list[str], at_least: int) -> str:
    said = [finding(item) for item in items]
    if len(said) == 1:
        return said[0]
    return f"{at_least} of ({', '.join(said)})"


def _patients(
    records: Records, centre: _Centre, sets: list[_Met], listed: NDArray[np.bool_]
) -> Iterator[dict[str, Any]]:
    """List patients by the day of the centre's diagnosis, those without one last."""
    rows = np.flatnonzero(listed)
    order = np.lexsort((rows, np.where(np.isnan(centre.day[rows]), np.inf, centre.day[rows])))
    for at in rows[order].tolist():
        yield {
            "record": records.ids[centre.record[at]],
            "diagnosed": None if np.isnan(centre.said[at]) else bool(centre.said[at]),
            "day": _whole(centre.day[at]),
            "grade": _whole(centre.grade[at]),
            "by": str(centre.by[at]),
            "met": {one.id: _said(one, at) for one in sets},
            "missing": _lacking(sets, at),
        }


def _said(one: _Met, at: int) -> dict[str, Any]:
    met = int(one.met[at])
    return {"met": None if met < 0 else bool(met), "day": _whole(one.day[at])}


def _whole(number: float) -> int | None:
    return None if np.isnan(number) else int(number)


def _lacking(sets: list[_Met], at: int) -> list[str]:
    """Name what is missing of a patient of whom some criteria cannot be said."""
    said: dict[str, None] = {}
    for one in sets:
        if one.met[at] >= 0:
            continue
        if one.observed[at] == 0:
            first = criteria_named(one.name).first_day
            said[f"work-up from day {first} on" if first else "work-up"] = None
            continue
        said |= {finding(item): None for item, flags in one.missing.items() if flags[at]}
    return list(said)


def _notes(
    asked: SosCriteriaAnalysis, centre: _Centre, found: SosDays, line: Timeline
) -> Iterator[str]:
    left = line.count - len(centre.record)
    if left:
        verb = "patient was" if left == 1 else "patients were"
        yield f"{left} {verb} not transplanted after INO and counted in no row."
    yield (
        "Not met is not met on the days observed: what happened on days without a work-up nobody"
        " can say. Patients without a day of work-up in the window of the criteria are counted as"
        " cannot say."
    )
    if "ebmt-2016-late" in asked.criteria:
        yield (
            "EBMT 2016, late onset, is judged by itself: from day 22 on, whether or not the"
            " classical criteria were met before."
        )
    if asked.elastography_kpa:
        yield (
            f"Elastography suggests SOS/VOD from {asked.elastography_kpa:g} kPa, as given by the"
            " user: no source names a limit."
        )
    elif "ebmt-2023-probable" in asked.criteria:
        yield (
            "EBMT 2023 names no limit of liver stiffness, so that a measurement alone leaves"
            " elastography undecided."
        )
    unweighed = int(np.isnan(found.weight.values[found.patient]).sum())
    if unweighed:
        verb = "patient has" if unweighed == 1 else "patients have"
        yield f"{unweighed} {verb} a work-up and no weight to count a gain from."
    yield "Agreement with the centre does not tell who is right: the centre saw the patient."
