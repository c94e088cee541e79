"""Columns of SOS/VOD: the centre's diagnosis, and every set of criteria from the daily work-up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from atrisk.leukaemia.sosvod_cohort import (
    LEVELS,
    Observations,
    cohort_ebmt_2023,
    cohort_side_by_side,
)
from atrisk.study.clinical.infusions import open_infusion
from atrisk.study.clinical.rows import flag, form_rows, number, possible
from atrisk.study.clinical.sos_baseline import SosBaseline, baseline_weight
from atrisk.study.derived.column import Origin, computed
from atrisk.study.forms.tables import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from atrisk.leukaemia.sosvod_cohort import CohortDiagnosis, Gaps
    from atrisk.study.clinical.infusions import Timeline
    from atrisk.study.clinical.rows import FormRows
    from atrisk.study.derived.column import Derived

__all__ = [
    "CRITERIA_COLUMNS",
    "NUMBERS",
    "SIGNS",
    "SosDays",
    "SosRules",
    "criteria_columns",
    "sos_columns",
    "sos_days",
]

#: Set of criteria -> the stem of its columns.
CRITERIA_COLUMNS: Final = {
    "modified-seattle": "sos_seattle",
    "baltimore": "sos_baltimore",
    "ebmt-2016-classical": "sos_ebmt_2016",
    "ebmt-2016-late": "sos_ebmt_2016_late",
    "ebmt-2023-probable": "sos_ebmt_2023_probable",
    "ebmt-2023-clinical": "sos_ebmt_2023_clinical",
    "ebmt-2023-proven": "sos_ebmt_2023_proven",
}
#: Measurement and sign -> its field.
NUMBERS: Final = {
    "bilirubin": "sw_bili",
    "weight": "sw_weight",
    "elastography": "sw_lsm",
    "hvpg": "sw_hvpg",
}
SIGNS: Final = {
    "hepatomegaly": "sw_hepatomegaly",
    "pain": "sw_pain",
    "ascites": "sw_ascites",
    "ultrasound": "sw_us",
    "histology": "sw_histology",
    "other_cause": "sw_other_cause",
}


@dataclass(frozen=True, slots=True)
class SosRules:
    """How the criteria are read where they leave it open.

    Attributes
    ----------
    gaps
        what a daily item is on days without an entry if it was looked for on others and never
        found.
    within_days
        the items must be seen within so many days; 0: anywhere in the window.
    elastography_kpa
        liver stiffness from which elastography suggests SOS/VOD, as given by the user: the
        criteria name none. 0: measurements are left undecided.
    """

    gaps: Gaps = "unknown"
    within_days: int = 0
    elastography_kpa: float = 0.0

    def __str__(self) -> str:
        window = f"within {self.within_days} days" if self.within_days else "within the window"
        parts = [f"items {window}", f"days without an entry {self.gaps}"]
        if self.elastography_kpa:
            parts.append(
                f"elastography from {self.elastography_kpa:g} kPa (as given by the user, no source)"
            )
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class SosDays:
    """The daily work-up after the transplantation, judged by every set of criteria.

    Attributes
    ----------
    patient
        shape (m,): the records with a day of work-up; the diagnoses are of these, in this order.
    diagnoses
        set of criteria -> its diagnosis.
    weight
        the weight that weight gain is counted from, of all records.
    first_row
        shape (R,): the first row of the work-up that counts, -1 for none.
    rules
        how the criteria were read.
    """

    patient: NDArray[np.int64]
    diagnoses: Mapping[str, CohortDiagnosis]
    weight: SosBaseline
    first_row: NDArray[np.int32]
    rules: SosRules


def sos_days(line: Timeline, rules: SosRules) -> SosDays:
    """Apply every set of criteria to the work-up from day 0 to the next transplantation."""
    rows = form_rows(line.records, "sos_workup")
    date = rows.days("sw_date")
    day = date - line.hct[rows.record]
    second = line.second[rows.record]
    counted = (day >= 0) & (np.isnan(second) | (date < second))
    patient, place = np.unique(rows.record[counted], return_inverse=True)
    weight = baseline_weight(line)
    observed = {name: possible(rows.numbers(field))[counted] for name, field in NUMBERS.items()}
    observed |= {name: rows.truth(field)[counted] for name, field in SIGNS.items()}
    observations = Observations(patient=place, day=day[counted], **observed)
    diagnoses = cohort_side_by_side(
        observations,
        weight.values[patient],
        criteria=tuple(CRITERIA_COLUMNS),
        within_days=rules.within_days or None,
        gaps=rules.gaps,
        elastography_kpa=rules.elastography_kpa or None,
    )
    return SosDays(patient.astype(np.int64), diagnoses, weight, rows.first(counted, day), rules)


def criteria_columns(line: Timeline, found: SosDays) -> Iterator[Derived]:
    """Give whether and on which day after transplantation each set of criteria was met."""
    origin = [Origin("sos_workup", "sw_date", found.first_row), *found.weight.origin]
    how = f"{found.rules}, weight gain from {found.weight.rule}"
    for criteria, name in CRITERIA_COLUMNS.items():
        diagnosis = found.diagnoses[criteria]
        met = _spread(line.count, found.patient, np.where(diagnosis.met < 0, np.nan, diagnosis.met))
        rule = (
            f"{criteria} from the daily work-up, {how}; missing without a work-up and where a"
            " missing entry decides"
        )
        label = f"SOS/VOD by {criteria}"
        yield flag(name, label, met == 1, ~np.isnan(met), origin, rule)
        day = _spread(line.count, found.patient, diagnosis.day)
        rule = f"day after transplantation on which {criteria} was first met, {how}"
        yield number(f"{name}_day", f"{label} (day)", day, origin, rule)
    levels = cohort_ebmt_2023(found.diagnoses)
    level = _spread(line.count, found.patient, np.where(levels.level < 0, np.nan, levels.level))
    rule = f"highest of proven, clinical and probable, {how}; missing as each of them"
    yield computed(
        "sos_ebmt_2023",
        "SOS/VOD by EBMT 2023",
        "code",
        np.where(np.isnan(level), -1, level),
        origin,
        rule,
        levels=LEVELS,
    )
    day = _spread(line.count, found.patient, levels.day)
    yield number("sos_ebmt_2023_day", "SOS/VOD by EBMT 2023 (day)", day, origin, rule)


def _spread(
    count: int, patient: NDArray[np.int64], values: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Give the values of some records to all: shape (R,), NaN for the others."""
    found = np.full(count, np.nan)
    found[patient] = values
    return found


def sos_columns(line: Timeline) -> Iterator[Derived]:
    """Give the centre's diagnosis after the transplantation."""
    rows = form_rows(line.records, "sos_diagnosis")
    row = np.where(line.transplanted, rows.only(), -1).astype(np.int32)
    said = rows.at(rows.truth("sos_yn"), row)
    origin = [rows.origin("sos_yn", row)]
    rule = "the centre's diagnosis (sos_yn), of patients transplanted after INO"
    reason = rows.reason("sos_yn", row)
    yield flag("sos", "SOS/VOD", said == 1, ~np.isnan(said), origin, rule, reason)
    yes = np.where(said == 1, row, -1).astype(np.int32)
    rule = "as the centre entered it, of patients with SOS/VOD"
    for field, label in (
        ("sos_symptom_date", "First symptoms of SOS/VOD"),
        ("sos_date", "Diagnosis of SOS/VOD"),
        ("sos_grade", "Grade of SOS/VOD"),
        ("sos_criteria", "Criteria of the diagnosis of SOS/VOD"),
    ):
        made = rows.field(field, label, field, yes, rule)
        yield _unless_unanswered(rows, made, line, row) if field == "sos_date" else made
    fatal = rows.at(rows.truth("sos_fatal"), yes)
    yield flag(
        "sos_fatal",
        "Fatal SOS/VOD",
        fatal == 1,
        ~np.isnan(fatal) | (said == 0),
        [rows.origin("sos_fatal", yes)],
        "sos_fatal; no for patients without SOS/VOD",
    )
    yield from _sos_days(line, rows, yes)


def _unless_unanswered(
    rows: FormRows, made: Derived, line: Timeline, row: NDArray[np.int32]
) -> Derived:
    """Say of whom it is not known whether they had SOS/VOD: no answer is not a no."""
    answered = ~np.isnan(rows.at(rows.truth("sos_yn"), row))
    open_ = line.transplanted & ~answered
    codes = line.records.dictionary.missing_codes
    made = rows.unknown(made, "sos_yn", np.where(open_, row, -1).astype(np.int32), codes)
    missing = made.column.missing
    missing = np.where(open_ & (missing < UNREADABLE), UNREADABLE, missing).astype(np.int8)
    return replace(made, column=replace(made.column, missing=missing))


def _sos_days(line: Timeline, rows: FormRows, row: NDArray[np.int32]) -> Iterator[Derived]:
    date = rows.at(rows.days("sos_date"), row)
    origin = [rows.origin("sos_date", row), Origin("transplant", "hct_date", line.hct_row)]
    label = "Days from transplantation to SOS/VOD"
    yield number("hct_to_sos", label, date - line.hct, origin, "sos_date minus hct_date")
    last = np.full(line.count, np.nan)
    edge = line.before.edge(last=True)
    last[edge[:, 0]] = line.before.course.day.ravel()[edge[:, 1]]
    last[open_infusion(line, last=True)[:, 0]] = np.nan
    label = "Days from last dose of INO to SOS/VOD"
    yield number("ino_to_sos", label, date - last, origin[:1], "sos_date minus last_ino")
