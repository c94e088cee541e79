"""Days on which SOS/VOD was looked for: a course that meets the criteria on the day of Table 2."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .patients import Patient
    from .published import SosCase

__all__ = ["first_symptoms", "workup"]


class Course(NamedTuple):
    """How far a patient with SOS/VOD of a grade went, a few days after the diagnosis."""

    bilirubin: float
    gain: float
    creatinine: float
    transaminases: float
    days_of_symptoms: int


COURSES = {
    1: Course(2.6, 0.045, 1.1, 1.6, 8),
    2: Course(4.1, 0.070, 1.3, 3.0, 6),
    3: Course(6.8, 0.085, 1.7, 6.0, 4),
    4: Course(10.5, 0.115, 2.2, 9.0, 4),
    5: Course(16.0, 0.130, 2.8, 12.0, 3),
}
#: Anicteric at the diagnosis: what Baltimore and the classical EBMT criteria cannot meet.
ANICTERIC = frozenset({1})
#: The hepatic venous pressure gradient was measured.
MEASURED = frozenset({12})
_NORMAL_DAYS = (0, 7, 14, 21)


def first_symptoms(case: SosCase) -> int:
    """Give the day after transplant on which the first symptoms of a case were seen."""
    return max(1, case.days_from_hct - COURSES[case.grade].days_of_symptoms)


def workup(patient: Patient) -> list[dict[str, str]]:
    """Give one row a day: a few normal ones, or the days around the diagnosis."""
    weight = float(patient.labs["weight_at_transplant"])
    if patient.sos is None:
        days = [day for day in _NORMAL_DAYS if patient.transplant + day < patient.last_day]
        return [_normal(patient, day, weight) for day in days]
    onset = patient.sos.days_from_hct
    rows = [_normal(patient, 0, weight)]
    course = COURSES[patient.sos.grade]
    last = min(onset + 5, patient.last_day - patient.transplant - 1)
    if onset > 12:
        rows.append(_normal(patient, onset - 10, weight))
    days = range(first_symptoms(patient.sos), last + 1)
    return rows + [_ill(patient, day, weight, course) for day in days]


def _normal(patient: Patient, day: int, weight: float) -> dict[str, str]:
    rng = patient.rng
    values = {
        "sw_bili": f"{rng.uniform(0.4, 1.2):.1f}",
        "sw_weight": f"{weight if day == 0 else weight * rng.uniform(0.985, 1.015):.1f}",
        "sw_creat": f"{rng.uniform(0.6, 1.0):.1f}",
        "sw_ast_xuln": f"{rng.uniform(0.4, 1.4):.1f}",
        "sw_alt_xuln": f"{rng.uniform(0.4, 1.6):.1f}",
    }
    if day == 0:
        values["sw_creat"] = patient.labs["creatinine_at_transplant"]
    return _row(patient, day, values)


def _ill(patient: Patient, day: int, weight: float, course: Course) -> dict[str, str]:
    """Before the diagnosis rising bilirubin and weight; from it on the full picture."""
    number, onset = patient.number, patient.sos.days_from_hct if patient.sos else 0
    met = day >= onset
    share = min(1.0, (day - onset + 1) / 4) if met else 0.0
    before = max(0.0, 1 + (day - onset) / (course.days_of_symptoms + 1))
    if met:
        bilirubin = 2.2 + (course.bilirubin - 2.2) * share
        least = min(course.gain, 0.052)
        gain = least + (course.gain - least) * share
    else:
        bilirubin, gain = 0.9 + 0.9 * before, 0.018 * before
    if number in ANICTERIC:
        bilirubin = min(bilirubin, 1.8)
    usual = float(patient.labs["creatinine_at_transplant"])
    values = {
        "sw_bili": f"{bilirubin:.1f}",
        "sw_weight": f"{weight * (1 + gain):.1f}",
        "sw_creat": f"{usual * (1 + (course.creatinine - 1) * share):.1f}",
        "sw_ast_xuln": f"{1 + (course.transaminases - 1) * share:.1f}",
        "sw_alt_xuln": f"{1 + (course.transaminases - 1) * share * 0.9:.1f}",
    }
    if number in MEASURED and day == onset + 1:
        values["sw_hvpg"] = "14"
    failing = met and patient.sos is not None and patient.sos.grade > 3 and share >= 0.5
    return _row(patient, day, values, ill=met, failing=failing)


def _row(
    patient: Patient, day: int, values: dict[str, str], *, ill: bool = False, failing: bool = False
) -> dict[str, str]:
    seen = str(int(ill))
    row = {
        "sw_date": patient.day(patient.transplant + day),
        "sw_bili": "",
        "sw_weight": "",
        "sw_hepatomegaly": seen,
        "sw_pain": seen,
        "sw_ascites": str(int(ill and patient.number % 3 > 0)),
        "sw_us": seen if ill and day % 2 else "",
        "sw_lsm": "",
        "sw_hvpg": "",
        "sw_histology": "",
        "sw_creat": "",
        "sw_ast_xuln": "",
        "sw_alt_xuln": "",
        "sw_organ_failure": str(int(failing)),
        "sw_other_cause": "0",
    }
    return row | values
