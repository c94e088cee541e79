"""From patients to the rows of the forms, in the canonical text of the dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .bridging import MRD, bridging_rows
from .conditioning import transplant_fields
from .earlier_therapy import REFRACTORY, therapy_lines, therapy_plan
from .published import CUT_OFF
from .workup import first_symptoms, workup

if TYPE_CHECKING:
    from .patients import Patient

__all__ = ["Row", "forms_of"]

#: A row of a form: field (or checkbox option ``field___code``) to text.
Row = dict[str, str]

_CALLS = {"PR": "3", "refractory": "4"}
_PRE_TRANSPLANT = 7


def forms_of(patient: Patient) -> dict[str, list[Row]]:
    """Fill the forms of a patient; a form with no row is not in it."""
    forms = {
        "enrolment": [_enrolment(patient)],
        "baseline": [_baseline(patient)],
        "disease": [_disease(patient)],
        "therapy_line": therapy_lines(patient),
        "ino_cycle": _cycles(patient),
        "response": _responses(patient),
        "mrd": _mrd(patient),
        "bridging": bridging_rows(patient),
        "transplant": [transplant_fields(patient)],
        "sos_workup": workup(patient),
        "sos_diagnosis": [_sos(patient)],
        "gvhd": [_gvhd(patient)],
        "relapse": _relapses(patient),
        "maintenance": _maintenance(patient),
        "followup": [_followup(patient)],
    }
    return {form: rows for form, rows in forms.items() if rows}


def _enrolment(patient: Patient) -> Row:
    rng = patient.rng
    return {
        "centre": patient.centre,
        "consent": "1",
        "consent_date": patient.day(-int(rng.integers(2, 7))),
        "enrol_date": patient.day(-int(rng.integers(0, 2))),
        "birth_year": str(patient.start.year - patient.age - int(rng.integers(0, 2))),
        "sex": "1" if patient.sex == "F" else "2",
        "ino_use": "2" if patient.compassionate else "1",
    }


def _baseline(patient: Patient) -> Row:
    rng, labs = patient.rng, patient.labs
    height = int(rng.integers(156, 174)) if patient.sex == "F" else int(rng.integers(166, 188))
    weight = round(float(height / 100) ** 2 * float(rng.uniform(20, 29)), 1)
    patient.labs["weight"] = str(weight)
    wbc = "" if labs["wbc"] == "UNK" else labs["wbc"]
    return {
        "base_date": patient.day(-int(rng.integers(0, 3))),
        "age": str(patient.age),
        "ecog": patient.ecog,
        "height_cm": str(height),
        "weight_kg": str(weight),
        "wbc": labs["wbc"],
        "hb": labs["hb"],
        "plt": labs["plt"],
        "anc": f"{float(wbc) * rng.uniform(0.1, 0.6):.2f}" if wbc else "UNK",
        "ldh": labs["ldh"],
        "pb_blasts": str(int(rng.integers(0, 60))) if wbc and float(wbc) > 3 else "0",
        "base_bili": f"{rng.uniform(0.3, 1.3):.1f}",
        "base_ast_xuln": f"{rng.uniform(0.4, 1.8):.1f}",
        "base_alt_xuln": f"{rng.uniform(0.4, 2.2):.1f}",
        "base_creat": f"{rng.uniform(0.5, 1.1):.1f}",
        "bsa": _half_up((height * weight / 3600) ** 0.5),
    }


def _half_up(value: float) -> str:
    return f"{int(value * 100 + 0.5) / 100:.2f}"


def _disease(patient: Patient) -> Row:
    rng = patient.rng
    row = {
        "dx_date": patient.day(_diagnosis_day(patient)),
        "relapse_dx_date": patient.day(_relapse_day(patient)),
        "kary_dx": patient.karyotypes[0],
        "kary_rel": patient.karyotypes[1],
        "bcr_abl1": "1" if patient.philadelphia else "0",
        "cd22": str(int(rng.integers(62, 101))),
        "bm_blasts": patient.labs["bm_blasts"],
        "emd": patient.emd,
        "cns_dx": "1" if patient.cns[0] else "0",
        "cns_rel": "1" if patient.cns[1] else "0",
    }
    sites = {int(rng.integers(1, 8)), int(rng.integers(1, 8))} if patient.emd == "1" else set()
    return row | {f"emd_sites___{site}": str(int(site in sites)) for site in range(1, 8)}


def _diagnosis_day(patient: Patient) -> int:
    return therapy_plan(patient)[0].start - 5


def _relapse_day(patient: Patient) -> int:
    """Give the day of the relapse, before whatever failed against it."""
    lines = therapy_plan(patient)
    if lines[-1].response == REFRACTORY:
        return lines[-1].start - 4
    return -(8 + patient.number % 14)


def _cycles(patient: Patient) -> list[Row]:
    """Label doses: 0.8 on day 1 until remission, then 0.5; one patient had 1.67 cycles."""
    rows, last = [], len(patient.cycle_starts) - 1
    partial = patient.sos is not None and patient.sos.cycles % 1 > 0
    for number, start in enumerate(patient.cycle_starts):
        reached = patient.remission_day is not None and patient.remission_day <= start
        first = "0.5" if reached else "0.8"
        skipped = partial and number == last
        rows.append(
            {
                "cyc_no": str(number + 1),
                "cyc_d1_date": patient.day(start),
                "cyc_d1_dose": first,
                "cyc_d8_date": patient.day(start + 7),
                "cyc_d8_dose": "0.5",
                "cyc_d15_date": "" if skipped else patient.day(start + 14),
                "cyc_d15_dose": "0" if skipped else "0.5",
                "cyc_total": f"{round(float(first) + (0.5 if skipped else 1.0), 2):g}",
            }
        )
    return rows


def _responses(patient: Patient) -> list[Row]:
    """After cycle 1, at a later remission or relapse, before and after the transplant."""
    interval = patient.transplant - patient.last_infusion
    before = patient.transplant - min(_PRE_TRANSPLANT, interval // 3)
    rows = []
    if patient.after_cycle_1:
        day = patient.remission_day if patient.after_cycle_1 == "CR" else 18 + patient.number % 3
        rows.append(_response(patient, int(day or 0), "1", patient.after_cycle_1))
    if patient.remission == "later" and patient.remission_day < before - 4:
        rows.append(_response(patient, int(patient.remission_day), "2", "CR"))
    if patient.relapse_day is not None and patient.relapse_day < patient.transplant:
        rows.append(_response(patient, patient.relapse_day, "2", "relapse"))
    best = "PR" if patient.partial_at_transplant else "refractory"
    best = best if patient.remission == "never" else "CR"
    if patient.remission == "later" and not patient.remission_day < before - 4:
        before = int(patient.remission_day)
    rows.append(_response(patient, before, "3", best))
    patient.incomplete = rows[-1]["resp_call"] == "2"
    after = patient.transplant + 28 + patient.number % 4
    free = patient.relapse_day is None or not patient.transplant < patient.relapse_day <= after
    if patient.last_day > after and free:
        rows.append(_response(patient, after, "4", "CR"))
    return rows


def _response(patient: Patient, day: int, time: str, call: str) -> Row:
    """Give values that meet the call under the label's definitions."""
    rng = patient.rng
    incomplete = call == "CR" and rng.random() < 0.25
    recovered = call == "CR" and not incomplete
    marrow = {"CR": (0, 4), "PR": (6, 20), "refractory": (28, 85), "relapse": (25, 70)}[call]
    counts = (1.1, 4.5) if recovered else (0.4, 0.9) if call != "PR" else (1.1, 3.0)
    platelets = (105, 240) if recovered or call == "PR" else (22, 92)
    disease = {"CR": "1", "PR": "1"}.get(call, "2") if patient.emd == "1" else "0"
    scanned = patient.emd == "1" and time in {"1", "3"}
    petct = {"CR": "1", "PR": "2", "refractory": "3", "relapse": "3"}[call] if scanned else "0"
    return {
        "resp_date": patient.day(day),
        "resp_time": time,
        "resp_bm_blasts": str(int(rng.integers(*marrow))),
        "resp_pb_blasts": str(int(rng.integers(5, 30)))
        if call in {"refractory", "relapse"}
        else "0",
        "resp_anc": f"{rng.uniform(*counts):.1f}",
        "resp_plt": str(int(rng.integers(*platelets))),
        "resp_emd": disease,
        "resp_petct": petct,
        "resp_call": "2" if incomplete else {"CR": "1", "relapse": "5", **_CALLS}[call],
    }


def _mrd(patient: Patient) -> list[Row]:
    """Give the measurement before transplant of 44 of the 49 in remission, by flow or PCR.

    Who was treated for it has an earlier one.
    """
    if not patient.mrd:
        return []
    rng = patient.rng
    pcr = patient.philadelphia
    sensitivity = str(rng.choice(["0.001", "0.0001"])) if pcr else "0.01"
    result = {"negative": "0", "positive": "1", "below": "2"}[patient.mrd]
    before = patient.transplant - min(6, (patient.transplant - patient.last_infusion) // 3)
    row = {
        "mrd_date": patient.day(before),
        "mrd_time": "3",
        "mrd_method": "2" if pcr else "1",
        "mrd_sensitivity": sensitivity,
        "mrd_result": result,
        "mrd_value": f"{rng.uniform(0.02, 0.8):.2f}" if result == "1" else "",
    }
    if patient.bridging is None or patient.bridging.reason != MRD:
        return [row]
    earlier = {
        "mrd_date": patient.day(patient.bridging.start - 3),
        "mrd_time": "2" if len(patient.cycle_starts) > 1 else "1",
        "mrd_result": "1",
        "mrd_value": f"{0.05 + patient.number % 7 * 0.11:.2f}",
    }
    return [row | earlier, row]


def _sos(patient: Patient) -> Row:
    if not patient.sos:
        empty = ("sos_symptom_date", "sos_date", "sos_grade", "sos_criteria")
        empty += ("sos_defibrotide", "sos_fatal")
        return {"sos_yn": "0"} | dict.fromkeys(empty, "")
    late = patient.sos.days_from_hct > 21
    symptoms = first_symptoms(patient.sos)
    return {
        "sos_yn": "1",
        "sos_symptom_date": patient.day(patient.transplant + symptoms),
        "sos_date": patient.day(patient.transplant + patient.sos.days_from_hct),
        "sos_grade": str(patient.sos.grade),
        "sos_criteria": "3" if late else ("5" if patient.number % 3 == 0 else "2"),
        "sos_defibrotide": "1" if patient.sos.grade > 2 else "0",
        "sos_fatal": "1" if patient.sos.grade == 5 else "0",
    }


def _gvhd(patient: Patient) -> Row:
    rng, lived = patient.rng, patient.last_day - patient.transplant
    grade = int(rng.choice([0, 0, 0, 1, 2, 2, 3])) if lived > 45 else 0
    chronic = int(rng.choice([0, 0, 1, 2, 3])) if lived > 200 else 0
    if patient.cause == "3":
        grade = 4
    began = patient.transplant + int(rng.integers(18, 44))
    later = patient.transplant + int(rng.integers(110, 190))
    return {
        "agvhd_grade": str(grade),
        "agvhd_date": patient.day(began) if grade else "",
        "cgvhd": str(chronic),
        "cgvhd_date": patient.day(later) if chronic else "",
        "cgvhd_systemic": str(int(chronic > 1)) if chronic else "",
    }


def _relapses(patient: Patient) -> list[Row]:
    if patient.relapse_day is None:
        return []
    rng = patient.rng
    sites = [(1, 0, 0), (1, 0, 0), (1, 0, 1), (1, 1, 0), (0, 0, 1)][patient.number % 5]
    row = {"rel_date": patient.day(patient.relapse_day), "rel_type": "1"}
    row |= {f"rel_site___{place}": str(given) for place, given in enumerate(sites, 1)}
    return [row | {"rel_bm_blasts": str(int(rng.integers(8, 90))) if sites[0] else ""}]


def _maintenance(patient: Patient) -> list[Row]:
    agent, cycles = patient.maintenance
    if not agent:
        return []
    start = patient.transplant + 50
    last = start + 28 * cycles if cycles else start + 365
    end = min(patient.last_day, patient.relapse_day or patient.last_day)
    return [
        {
            "mnt_agent": agent,
            "mnt_start": patient.day(start),
            "mnt_stop": patient.day(last) if last < end else patient.day(end),
            "mnt_cycles": str(cycles) if cycles else "",
        }
    ]


def _followup(patient: Patient) -> Row:
    last = patient.day(patient.last_day)
    if last > CUT_OFF:
        raise ValueError(f"{patient.record} was seen after the cut-off")
    return {
        "fu_date": last,
        "fu_status": "2" if patient.died else "1",
        "death_date": last if patient.died else "",
        "death_cause": patient.cause,
    }
