"""One patient on the forms of the dictionary ino-hct in whom no check fails."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from atrisk.study.checks import rules_of, run_checks
from atrisk.study.forms.packaged import packaged_dictionary
from check_records import records_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atrisk.study.checks import Checks

INO = packaged_dictionary("ino-hct")
RULES = rules_of(INO, packaged="ino-hct")

Forms = dict[str, list[dict[str, str]]]

_CYCLES = [
    ("1", "2019-03-04", "2019-03-11", "2019-03-18", "0.8"),
    ("2", "2019-04-01", "2019-04-08", "2019-04-15", "0.5"),
]
PATIENT: Forms = {
    "enrolment": [
        {
            "centre": "A",
            "consent": "1",
            "consent_date": "2019-02-20",
            "enrol_date": "2019-02-28",
            "birth_year": "1975",
            "sex": "1",
            "ino_use": "1",
        }
    ],
    "baseline": [
        {
            "base_date": "2019-03-01",
            "age": "43",
            "ecog": "1",
            "height_cm": "170",
            "weight_kg": "70",
            "wbc": "4.5",
            "hb": "9.1",
            "plt": "55",
            "anc": "1.2",
            "ldh": "300",
            "base_bili": "0.7",
            "base_ast_xuln": "1",
            "base_alt_xuln": "1",
            "base_creat": "0.8",
            "bsa": "1.82",
        }
    ],
    "disease": [
        {
            "dx_date": "2017-06-01",
            "relapse_dx_date": "2019-02-10",
            "kary_dx": "46,XX[20]",
            "kary_rel": "UNK",
            "bcr_abl1": "0",
            "bm_blasts": "70",
            "emd": "0",
            "cns_dx": "0",
            "cns_rel": "0",
        }
    ],
    "therapy_line": [
        {
            "instance": "1",
            "line_no": "1",
            "line_therapy___1": "1",
            "line_start": "2017-06-05",
            "line_end": "2018-01-05",
            "line_response": "1",
        }
    ],
    "ino_cycle": [
        {
            "instance": number,
            "cyc_no": number,
            "cyc_d1_date": first,
            "cyc_d1_dose": dose,
            "cyc_d8_date": second,
            "cyc_d8_dose": "0.5",
            "cyc_d15_date": third,
            "cyc_d15_dose": "0.5",
            "cyc_total": f"{float(dose) + 1:g}",
        }
        for number, first, second, third, dose in _CYCLES
    ],
    "response": [
        {
            "instance": "1",
            "resp_date": "2019-03-28",
            "resp_time": "1",
            "resp_bm_blasts": "2",
            "resp_anc": "1.5",
            "resp_plt": "120",
            "resp_call": "1",
        }
    ],
    "mrd": [
        {
            "instance": "1",
            "mrd_date": "2019-03-28",
            "mrd_time": "1",
            "mrd_method": "1",
            "mrd_sensitivity": "0.01",
            "mrd_result": "0",
        }
    ],
    "bridging": [
        {
            "instance": "1",
            "brg_therapy___3": "1",
            "brg_reason": "3",
            "brg_cycles": "1",
            "brg_start": "2019-04-20",
            "brg_end": "2019-05-10",
            "brg_response": "4",
        }
    ],
    "transplant": [
        {
            "instance": "1",
            "hct_date": "2019-05-20",
            "hct_no": "1",
            "hct_weight_kg": "69",
            "hct_creat": "0.8",
            "hct_donor": "2",
            "hct_status": "1",
            "hct_intensity": "2",
            "hct_regimen": "FluMel",
            "hct_agent1": "fludarabine",
            "hct_dose1": "150",
            "hct_unit1": "3",
            "hct_day1": "-6",
            "hct_agent2": "melphalan",
            "hct_dose2": "140",
            "hct_unit2": "3",
            "hct_day2": "-2",
            "hct_gvhd___1": "1",
        }
    ],
    "sos_workup": [
        {
            "instance": str(number),
            "sw_date": f"2019-06-0{number}",
            "sw_bili": bilirubin,
            "sw_weight": "71",
            "sw_creat": "0.9",
        }
        for number, bilirubin in ((1, "0.9"), (2, "2.4"))
    ],
    "sos_diagnosis": [
        {
            "sos_yn": "1",
            "sos_symptom_date": "2019-05-31",
            "sos_date": "2019-06-02",
            "sos_grade": "3",
            "sos_criteria": "1",
            "sos_fatal": "0",
        }
    ],
    "gvhd": [
        {
            "agvhd_grade": "2",
            "agvhd_date": "2019-06-20",
            "cgvhd": "1",
            "cgvhd_date": "2019-11-01",
        }
    ],
    "relapse": [{"instance": "1", "rel_date": "2020-02-01", "rel_type": "1", "rel_site___1": "1"}],
    "maintenance": [
        {"instance": "1", "mnt_agent": "3", "mnt_start": "2019-08-01", "mnt_stop": "2019-10-01"}
    ],
    "followup": [
        {
            "fu_date": "2020-06-30",
            "fu_status": "2",
            "death_date": "2020-06-30",
            "death_cause": "1",
        }
    ],
}


def patient(name: str = "A-1", **changes: str) -> Forms:
    """Give the patient with other entries, ``form__field=value`` of the form's last row."""
    forms = copy.deepcopy(PATIENT)
    for key, value in changes.items():
        form, _, field = key.partition("__")
        forms[form][-1][field] = value
    for rows in forms.values():
        for row in rows:
            row["record"] = name
    return forms


def joined(*several: Forms) -> Forms:
    """Put the forms of several patients together."""
    return {form: [row for forms in several for row in forms[form]] for form in PATIENT}


def checked(forms: Mapping[str, Sequence[Mapping[str, str]]], *centres: str) -> Checks:
    """Run the packaged rules over records."""
    return run_checks(records_from(INO, forms, centres or ("A",)), RULES)


def found(checks: Checks) -> list[str]:
    """Give the rules that failed, once a query."""
    return [query.rule for query in checks.queries]
