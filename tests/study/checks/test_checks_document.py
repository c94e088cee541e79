"""The checks document: counts that add up, completeness, last contact, accrual."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from atrisk.study.checks import Rules, checks_document, run_checks
from atrisk.study.checks.rule_models import RolesPart
from check_records import records_from
from ino_patient import INO, RULES, joined, patient

if TYPE_CHECKING:
    from atrisk.study.forms.dictionary import Dictionary

CUT_OFF = date(2021, 1, 1)


def document(*people: Any, centres: tuple[str, ...] = ("A", "B"), **options: Any) -> dict[str, Any]:
    records = records_from(INO, joined(*people), centres)
    cut_off = options.pop("cut_off", CUT_OFF)
    return checks_document(records, run_checks(records, RULES, cut_off=cut_off), **options)


def alive(name: str, seen: str) -> Any:
    return patient(
        name,
        followup__fu_date=seen,
        followup__fu_status="1",
        followup__death_date="",
        followup__death_cause="",
        enrolment__birth_year="UNK",
    )


def test_it_is_json_with_a_schema() -> None:
    made = document(patient("A-1"), patient("B-1", enrolment__sex="2"))
    assert made["schema"] == "atrisk-checks/1"
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert made["study"] == {
        "title": "Case report forms",
        "synthetic": False,
        "source": "",
        "dictionary": "ino-hct",
        "cut_off": "2021-01-01",
    }


def test_it_says_what_the_study_says() -> None:
    made = document(patient("A-1"), study={"title": "T", "synthetic": True, "source": "S"})
    assert made["study"]["title"] == "T"
    assert made["study"]["synthetic"] is True
    assert made["study"]["source"] == "S"


def test_rows_in_are_rows_kept_and_rejected() -> None:
    made = document(patient("A-1"), patient("A-2", enrolment__sex="2"), patient("B-1"))
    for centre in made["centres"]:
        assert centre["rows"] == centre["rows_kept"] + centre["rows_rejected"]
    assert [centre["patients"] for centre in made["centres"]] == [2, 1]
    assert sum(centre["rows"] for centre in made["centres"]) == sum(
        form["rows"] for form in made["forms"]
    )


def test_queries_are_counted_by_centre_and_severity() -> None:
    made = document(
        patient("A-1", baseline__base_bili="12", followup__fu_date="2020-07-01"),
        patient("B-1", enrolment__sex="2"),
    )
    graves = [centre["queries"] for centre in made["centres"]]
    assert graves == [
        {"error": 1, "warning": 1, "info": 0},
        {"error": 0, "warning": 0, "info": 0},
    ]
    failing = {rule["id"]: rule["failed_by_centre"] for rule in made["rules"] if rule["failed"]}
    assert failing == {"bilirubin_unit": [1, 0], "contact_after_death": [1, 0]}
    for rule in made["rules"]:
        assert rule["failed"] <= rule["tested"]


def test_completeness_counts_each_state() -> None:
    made = document(
        patient("A-1", baseline__wbc=""),
        patient("A-2", baseline__wbc="ND", enrolment__sex="2"),
        patient("B-1", baseline__wbc="x", enrolment__sex="2"),
    )
    fields = {entry["field"]: entry for entry in made["completeness"]}
    assert fields["wbc"]["required"] is True
    assert fields["wbc"]["by_centre"] == {
        "present": [0, 0],
        "coded": [1, 0],
        "blank": [1, 0],
        "unreadable": [0, 1],
    }
    # asked only where shown: one of three patients has no second agent
    assert sum(fields["hct_dose3"]["by_centre"]["blank"]) == 0
    assert "bsa" not in fields  # calculated


def test_a_field_is_not_asked_where_it_is_hidden() -> None:
    made = document(patient("A-1"))
    fields = {entry["field"]: entry["by_centre"] for entry in made["completeness"]}
    assert sum(map(sum, fields["hct_dose2"].values())) == 1
    assert sum(map(sum, fields["hct_dose3"].values())) == 0


def test_last_contacts() -> None:
    made = document(
        patient("A-1"),
        alive("A-2", "2020-12-02"),
        alive("B-1", "2020-01-02"),  # 365 days before the cut-off
        alive("B-2", "2020-01-01") | {"relapse": [], "gvhd": []},
        alive("B-3", "UNK"),
    )
    contacts = made["contacts"]
    assert (contacts["reference"], contacts["reference_is_cut_off"]) == ("2021-01-01", True)
    assert contacts["bands"] == [182, 365, 730]
    first, second = contacts["by_centre"]
    assert first == {
        "open": 1,
        "closed": 1,
        "unknown": 0,
        "bands": [1, 0, 0, 0],
        "overdue": 0,
        "median_days": 30.0,
    }
    assert second["bands"] == [0, 1, 1, 0]
    assert (second["open"], second["unknown"], second["overdue"]) == (3, 1, 1)
    assert contacts["overdue"] == [{"centre": 1, "record": "B-2", "days": 366}]


def test_without_a_cut_off_the_latest_contact_counts() -> None:
    made = document(alive("A-1", "2020-12-02"), alive("A-2", "2020-11-02"), cut_off=None)
    contacts = made["contacts"]
    assert (contacts["reference"], contacts["reference_is_cut_off"]) == ("2020-12-02", False)
    assert contacts["by_centre"][0]["median_days"] == 15.0


def test_overdue_days_are_a_setting() -> None:
    records = records_from(INO, joined(alive("A-1", "2020-12-02")))
    roles = RolesPart(last_contact="fu_date", overdue_days=20)
    rules = replace(RULES, roles=roles)
    made = checks_document(records, run_checks(records, rules, cut_off=CUT_OFF))
    assert made["contacts"]["bands"] == [10, 20, 40]
    assert [item["record"] for item in made["contacts"]["overdue"]] == ["A-1"]
    assert made["accrual"] is None


def test_accrual_by_month() -> None:
    made = document(
        patient("A-1"),
        patient("A-2", enrolment__enrol_date="2019-04-30", enrolment__sex="2"),
        patient("B-1", enrolment__enrol_date="2019-04-01", enrolment__sex="UNK"),
        patient("B-2", enrolment__enrol_date="UNK", enrolment__sex="UNK"),
    )
    assert made["accrual"] == {
        "field": "enrol_date",
        "first_month": "2019-02",
        "by_centre": [[1, 0, 1], [0, 0, 1]],
        "undated": [0, 1],
    }


def test_nobody_has_a_date_of_entry() -> None:
    made = document(patient("A-1", enrolment__enrol_date="UNK"))
    assert made["accrual"]["first_month"] == ""
    assert made["accrual"]["undated"] == [1, 0]


def test_without_roles_there_is_neither(small: Dictionary) -> None:
    records = records_from(small, {"entry": [{"record": "A1"}]})
    made = checks_document(records, run_checks(records, Rules()))
    assert made["contacts"] is None
    assert made["accrual"] is None
