"""Every packaged rule of ino-hct: a patient in whom it alone fails, and its boundary."""

from __future__ import annotations

import pytest

from ino_patient import RULES, checked, found, joined, patient

# id of the rule -> entries of the patient that make it fail
FAILS: dict[str, dict[str, str]] = {
    "no_consent": {"enrolment__consent": "0", "enrolment__consent_date": ""},
    "consent_after_enrolment": {"enrolment__consent_date": "2019-03-01"},
    "age_birth_year": {"baseline__age": "45"},
    "weight_height": {"baseline__height_cm": "100", "baseline__bsa": "1.39"},
    "bilirubin_unit": {"baseline__base_bili": "12"},
    "bilirubin_unit_workup": {"sos_workup__sw_bili": "9"},
    "creatinine_unit": {"baseline__base_creat": "71"},
    "creatinine_unit_workup": {"sos_workup__sw_creat": "80"},
    "platelets_unit": {"baseline__plt": "55000"},
    "platelets_unit_response": {"response__resp_plt": "120000"},
    "wbc_unit": {"baseline__wbc": "4500"},
    "anc_unit": {"baseline__anc": "1200"},
    "anc_unit_response": {"response__resp_anc": "1500"},
    "anc_above_wbc": {"baseline__anc": "4.6"},
    "status_unknown": {"followup__fu_status": "UNK"},
    "relapse_date_unknown": {"relapse__rel_date": "UNK"},
    "sos_date_unknown": {"sos_diagnosis__sos_date": "UNK"},
    "response_date_unknown": {"response__resp_date": "UNK"},
    "transplant_date_unknown": {"transplant__hct_date": "UNK"},
    "haemoglobin_unit": {"baseline__hb": "91"},
    "transaminase_unit": {"baseline__base_alt_xuln": "38"},
    "weight_workup": {"sos_workup__sw_weight": "154"},
    "weight_transplant": {"transplant__hct_weight_kg": "154"},
    "creatinine_unit_transplant": {"transplant__hct_creat": "71"},
    "bridging_dates": {"bridging__brg_end": "2019-04-19"},
    "bridging_before_dose": {"bridging__brg_start": "2019-03-03"},
    "bridging_after_transplant": {
        "bridging__brg_start": "2019-05-21",
        "bridging__brg_end": "",
    },
    "bridging_after_death": {"bridging__brg_end": "2020-07-01"},
    "sos_symptoms_after_diagnosis": {"sos_diagnosis__sos_symptom_date": "2019-06-03"},
    "sos_symptoms_before_transplant": {"sos_diagnosis__sos_symptom_date": "2019-05-19"},
    "relapse_before_diagnosis": {"disease__relapse_dx_date": "2017-05-31"},
    "dose_before_diagnosis": {
        "disease__dx_date": "2019-03-05",
        "disease__relapse_dx_date": "2019-03-06",
        "therapy_line__line_start": "",
        "therapy_line__line_end": "",
    },
    "bcr_abl1_karyotype": {"disease__kary_rel": "46,XX,t(9;22)(q34;q11)[20]"},
    "line_dates": {"therapy_line__line_end": "2017-06-04"},
    "line_before_diagnosis": {"therapy_line__line_start": "2017-05-31"},
    "line_after_first_dose": {
        "therapy_line__line_start": "2019-03-05",
        "therapy_line__line_end": "",
    },
    "dose_after_death": {"followup__death_date": "2019-04-14", "followup__fu_date": "2019-04-14"},
    "dose_order": {"ino_cycle__cyc_d8_date": "2019-03-31"},
    "dose_interval": {"ino_cycle__cyc_d8_date": "2019-04-06"},
    "dose_day_window": {"ino_cycle__cyc_d15_date": "2019-04-18"},
    "cycle_order": {
        "ino_cycle__cyc_d1_date": "2019-03-03",
        "ino_cycle__cyc_d8_date": "",
        "ino_cycle__cyc_d8_dose": "",
        "ino_cycle__cyc_d15_date": "",
        "ino_cycle__cyc_d15_dose": "",
        "ino_cycle__cyc_total": "0.5",
    },
    "cycle_interval": {
        "ino_cycle__cyc_d1_date": "2019-03-21",
        "ino_cycle__cyc_d8_date": "2019-03-28",
        "ino_cycle__cyc_d15_date": "2019-04-04",
    },
    "dose_without_date": {"ino_cycle__cyc_d15_date": ""},
    "date_without_dose": {"ino_cycle__cyc_d15_dose": "", "ino_cycle__cyc_total": "1"},
    "dose_unit": {"ino_cycle__cyc_d15_dose": "1.9", "ino_cycle__cyc_total": "2.9"},
    "response_before_dose": {"response__resp_date": "2019-03-04"},
    "response_after_death": {"response__resp_date": "2020-07-01"},
    "remission_blasts": {"response__resp_bm_blasts": "5"},
    "mrd_negative_value": {"mrd__mrd_value": "0.02"},
    "mrd_method": {"mrd__mrd_method": "2"},
    "mrd_after_death": {"mrd__mrd_date": "2020-07-01"},
    "transplant_before_dose": {"transplant__hct_date": "2019-03-04"},
    "transplant_after_death": {"transplant__hct_date": "2020-07-01"},
    "regimen_tbf": {"transplant__hct_regimen": "TBF"},
    "regimen_bucy": {"transplant__hct_regimen": "BuCy"},
    "regimen_flubu": {"transplant__hct_regimen": "FluBu"},
    "regimen_flumel": {"transplant__hct_agent2": "treosulfan"},
    "regimen_tbi": {"transplant__hct_regimen": "Flu/TBI"},
    "workup_before_transplant": {"transplant__hct_date": "2019-07-03"},
    "workup_after_death": {"sos_workup__sw_date": "2020-07-01"},
    "sos_before_dose": {"sos_diagnosis__sos_date": "2019-03-03"},
    "sos_after_death": {"sos_diagnosis__sos_date": "2020-07-01"},
    "sos_fatal_alive": {
        "sos_diagnosis__sos_fatal": "1",
        "sos_diagnosis__sos_grade": "5",
        "followup__fu_status": "1",
        "followup__death_date": "",
        "followup__death_cause": "",
    },
    "sos_fatal_cause": {"sos_diagnosis__sos_fatal": "1", "sos_diagnosis__sos_grade": "5"},
    "sos_fatal_grade": {"sos_diagnosis__sos_grade": "5"},
    "acute_gvhd_dates": {"gvhd__agvhd_date": "2019-05-19"},
    "chronic_gvhd_dates": {"gvhd__cgvhd_date": "2019-05-19"},
    "relapse_before_remission": {"relapse__rel_date": "2019-03-28"},
    "relapse_before_dose": {"relapse__rel_date": "2019-03-01", "relapse__rel_type": "2"},
    "relapse_after_death": {"relapse__rel_date": "2020-07-01"},
    "maintenance_dates": {"maintenance__mnt_stop": "2019-07-31"},
    "maintenance_after_death": {"maintenance__mnt_stop": "2020-07-01"},
    "followup_before_event": {"followup__fu_date": "2020-01-31"},
    "contact_after_death": {"followup__fu_date": "2020-07-01"},
    "death_without_date": {"followup__death_date": ""},
    "death_without_cause": {"followup__death_cause": ""},
    "alive_with_death": {"followup__fu_status": "1"},
    "death_of_sos": {
        "followup__death_cause": "2",
        "sos_diagnosis__sos_yn": "0",
        "sos_diagnosis__sos_symptom_date": "",
        "sos_diagnosis__sos_date": "",
        "sos_diagnosis__sos_grade": "",
        "sos_diagnosis__sos_criteria": "",
        "sos_diagnosis__sos_fatal": "",
    },
}
# rules that need other rows, tested below
OTHERWISE = {"transplant_order", "death_of_relapse"}
# what fails with a rule because the same entry is against another, too
ALSO: dict[str, set[str]] = {
    "status_unknown": {"branching"},
    "dose_after_death": {
        "bridging_after_death",
        "transplant_after_death",
        "workup_after_death",
        "sos_after_death",
        "acute_gvhd_dates",
        "chronic_gvhd_dates",
        "relapse_after_death",
        "maintenance_after_death",
        "followup_before_event",
    },
    "response_after_death": {"followup_before_event", "relapse_before_remission"},
    "mrd_after_death": {"followup_before_event"},
    "mrd_negative_value": {"branching"},
    "transplant_after_death": {
        "followup_before_event",
        "workup_before_transplant",
        "sos_symptoms_before_transplant",
        "acute_gvhd_dates",
        "chronic_gvhd_dates",
    },
    "transplant_before_dose": {"bridging_after_transplant"},
    "sos_before_dose": {"sos_symptoms_after_diagnosis"},
    "workup_before_transplant": {"acute_gvhd_dates", "sos_symptoms_before_transplant"},
    "workup_after_death": {"followup_before_event"},
    "sos_after_death": {"followup_before_event"},
    "relapse_after_death": {"followup_before_event"},
    "dose_before_diagnosis": {"required"},
}


def test_nothing_fails_in_the_patient() -> None:
    checks = checked(patient())
    assert checks.queries == ()
    assert checks.errors == 0


def test_the_table_has_every_rule() -> None:
    assert set(FAILS) | OTHERWISE == {rule.id for rule in RULES.rules}


PASSES: dict[str, dict[str, str]] = {
    "age one year below the difference": {"baseline__age": "43"},
    "age at the birthday of the year": {"baseline__age": "44"},
    "bilirubin just below": {"baseline__base_bili": "3.9"},
    "bilirubin that rises ninefold": {"sos_workup__sw_bili": "8.1"},
    "platelets at a plausible height": {"baseline__plt": "1499"},
    "white cells at a plausible height": {"baseline__wbc": "999"},
    "weight loss in the work-up": {"sos_workup__sw_weight": "46"},
    "weight at transplant 0.65 times": {"transplant__hct_weight_kg": "45.5"},
    "first symptoms on the day of transplant": {"sos_diagnosis__sos_symptom_date": "2019-05-20"},
    "first symptoms on the day of diagnosis": {"sos_diagnosis__sos_symptom_date": "2019-06-02"},
    "bridging of one day": {"bridging__brg_end": "2019-04-20"},
    "bridging from the day of transplant": {
        "bridging__brg_start": "2019-05-20",
        "bridging__brg_end": "2019-05-20",
    },
    "doses 6 days apart": {"ino_cycle__cyc_d8_date": "2019-04-07"},
    "day 15 two days late": {"ino_cycle__cyc_d15_date": "2019-04-17"},
    "day 15 two days early": {
        "ino_cycle__cyc_d8_date": "2019-04-07",
        "ino_cycle__cyc_d15_date": "2019-04-13",
    },
    "blasts below 5%": {"response__resp_bm_blasts": "4.9"},
    "MRD negative at the sensitivity": {"mrd__mrd_sensitivity": "0.01"},
    "cause of death not known": {"followup__death_cause": "UNK"},
    "alive, death not applicable": {
        "followup__fu_status": "1",
        "followup__death_date": "NA",
        "followup__death_cause": "NA",
    },
    "dose on the day of death": {
        "followup__death_date": "2020-06-30",
        "followup__fu_date": "2020-06-30",
    },
    "relapse the day after remission": {"relapse__rel_date": "2019-03-29"},
    "a date of birth that is not known": {"enrolment__birth_year": "UNK"},
}


@pytest.fixture(scope="module")
def failed() -> dict[str, set[str]]:
    """Check the patients of both tables in one run; they are duplicates of each other."""
    cases = {**FAILS, **PASSES}
    people = [patient(f"A-{place:03d}", **changes) for place, changes in enumerate(cases.values())]
    rules: dict[str, set[str]] = {case: set() for case in cases}
    names = list(cases)
    for query in checked(joined(*people)).queries:
        if query.rule != "same_patient":
            rules[names[int(query.record[2:])]].add(query.rule)
    return rules


@pytest.mark.parametrize("rule", FAILS)
def test_a_rule_fails(failed: dict[str, set[str]], rule: str) -> None:
    assert failed[rule] == {rule} | ALSO.get(rule, set())


@pytest.mark.parametrize("case", PASSES)
def test_a_boundary_passes(failed: dict[str, set[str]], case: str) -> None:
    assert failed[case] == set()


def test_a_second_transplant_before_the_first() -> None:
    forms = patient()
    again = {**forms["transplant"][0], "instance": "2", "hct_no": "2", "hct_date": "2019-05-19"}
    forms["transplant"].append(again)
    assert found(checked(forms)) == ["transplant_order"]


def test_death_of_relapse_needs_a_relapse() -> None:
    forms = patient()
    forms["relapse"] = []
    assert found(checked(forms)) == ["death_of_relapse", "form_without_rows"]


@pytest.mark.parametrize("day", ["UNK", "", "NA"])
def test_a_death_of_relapse_has_a_form_of_relapse_whatever_its_date(day: str) -> None:
    forms = patient(relapse__rel_date=day)
    assert "death_of_relapse" not in found(checked(forms))


@pytest.mark.parametrize(
    ("field", "rule"),
    [
        ("followup__death_date", "death_without_date"),
        ("ino_cycle__cyc_d1_date", "dose_without_date"),
        ("ino_cycle__cyc_d8_date", "dose_without_date"),
        ("ino_cycle__cyc_d15_date", "dose_without_date"),
    ],
)
@pytest.mark.parametrize("code", ["UNK", "ND", "NA"])
def test_a_missing_code_is_no_date(field: str, rule: str, code: str) -> None:
    assert rule in found(checked(patient(**{field: code})))


def test_an_expected_form_is_asked_for() -> None:
    forms = patient()
    forms["disease"] = []
    (query,) = checked(forms).queries
    assert (query.rule, query.form, query.field) == ("form_missing", "enrolment", "disease")


def test_a_query_says_where_and_what() -> None:
    checks = checked(joined(patient(), patient("A-2", followup__fu_date="2020-07-01")))
    (query,) = [query for query in checks.queries if query.rule == "contact_after_death"]
    assert query.record == "A-2"
    assert query.field == "fu_status, fu_date, death_date"
    assert query.value == "2, 2020-07-01, 2020-06-30"
    assert (query.file, query.place, query.line) == ("A/followup.csv", "line", 3)
    assert query.message == (
        "Last contact is after death. Correct the date of the contact or of death."
    )


def test_messages_tell_what_to_do() -> None:
    doing = (
        "correct",
        "choose",
        "enter",
        "check",
        "confirm",
        "say",
        "delete",
        "fill",
        "merge",
        "needed",
    )
    for rule in (*RULES.rules, *RULES.duplicates):
        assert any(word in rule.message.lower() for word in doing), rule.id
        assert rule.message.endswith("."), rule.id
