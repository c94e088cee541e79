"""The same patient twice, the same row twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atrisk.study.checks import Rules, run_checks
from atrisk.study.checks.rule_models import DuplicatePart
from check_records import entries_alone, records_from
from ino_patient import checked, found, joined, patient

if TYPE_CHECKING:
    from atrisk.study.forms.dictionary import Dictionary


def test_one_patient_at_two_centres() -> None:
    checks = checked(joined(patient("A-1"), patient("B-7")), "A", "B")
    queries = [query for query in checks.queries if query.rule == "same_patient"]
    assert [(query.centre, query.record) for query in queries] == [("A", "A-1"), ("B", "B-7")]
    assert queries[0].message.endswith("Compare with record B-7 of centre B.")
    assert queries[0].form == "enrolment"
    assert queries[0].field == ("birth_year, sex, dx_date, relapse_dx_date, cyc_d1_date, hct_date")
    assert queries[0].value == (
        "1975, 1, 2017-06-01, 2019-02-10, 2019-03-04 / 2019-04-01, 2019-05-20"
    )


OTHER = {"transplant__hct_date": "2019-05-21"}


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        (OTHER, ["same_patient", "same_patient"]),  # three dates of four agree
        (OTHER | {"disease__dx_date": "2017-06-02"}, []),
        (OTHER | {"disease__dx_date": "2017-06"}, []),  # a partial date proves nothing
        ({"enrolment__sex": "2"}, []),
        ({"enrolment__birth_year": "UNK"}, []),
    ],
)
def test_how_much_must_agree(changes: dict[str, str], rules: list[str]) -> None:
    checks = checked(joined(patient("A-1"), patient("A-2", **changes)))
    assert [rule for rule in found(checks) if rule == "same_patient"] == rules


def test_equal_partial_dates_prove_nothing() -> None:
    month = {"disease__dx_date": "2017-06"}
    checks = checked(joined(patient("A-1", **month), patient("A-2", **month, **OTHER)))
    assert "same_patient" not in found(checks)


def test_of_many_a_few_are_named() -> None:
    checks = checked(joined(*(patient(f"A-{number}") for number in range(6))))
    (query, *rest) = checks.queries
    assert len(rest) == 5
    assert query.message.endswith(
        "Compare with record A-1 of centre A, record A-2 of centre A, record A-3 of centre A and 2"
        " more."
    )


def test_a_cycle_twice() -> None:
    forms = patient()
    forms["ino_cycle"].append(forms["ino_cycle"][1] | {"instance": "3"})
    checks = checked(forms)
    (query,) = checks.queries
    assert (query.rule, query.instance, query.value) == ("same_cycle", 3, "2019-04-01")
    assert query.message.endswith("The earlier one is row 2 (line 3).")


@pytest.mark.parametrize(
    ("form", "rule", "change"),
    [
        ("response", "same_response", {"resp_bm_blasts": "1"}),
        ("transplant", "same_transplant", {"hct_no": "2"}),
    ],
)
def test_other_rows_twice(form: str, rule: str, change: dict[str, str]) -> None:
    forms = patient()
    forms[form].append(forms[form][0] | {"instance": "2"} | change)
    assert found(checked(forms)) == [rule]


def test_a_day_of_the_work_up_twice() -> None:
    assert found(checked(patient(sos_workup__sw_date="2019-06-01"))) == ["same_workup_day"]


def part(**settings: object) -> Rules:
    base = {"id": "twice", "severity": "warning", "label": "Twice", "message": "Twice."}
    return Rules(duplicates=(DuplicatePart.model_validate(base | settings),))


def twice(small: Dictionary, rules: Rules, *rows: dict[str, str]) -> list[str]:
    entries = [{"sites___1": "1", "sex": "1", "born": "1960", **row} for row in rows]
    checks = run_checks(records_from(small, {"entry": entries}), entries_alone(rules))
    return [query.record for query in checks.queries]


def test_equal_fields_alone(small: Dictionary) -> None:
    rows = ({"record": "A1", "weight": "70"}, {"record": "A2", "weight": "70"})
    assert twice(small, part(equal=["born", "weight"]), *rows) == ["A1", "A2"]
    other = {"record": "A3", "weight": "71"}
    assert twice(small, part(equal=["born", "weight"]), rows[0], other) == []
    assert twice(small, part(equal=["weight"]), {"record": "A1"}, {"record": "A2"}) == []


@pytest.mark.parametrize(("at_least", "records"), [(1, ["A1", "A2"]), (2, [])])
def test_at_least_so_many_dates(small: Dictionary, at_least: int, records: list[str]) -> None:
    rules = part(equal=["born"], dates=["seen", "entry_limit"], at_least=at_least)
    rows = (
        {"record": "A1", "seen": "2020-01-01", "entry_limit": "2020-01-01"},
        {"record": "A2", "seen": "2020-01-01", "entry_limit": "2020-01-02"},
    )
    assert twice(small, rules, *rows) == records


def test_what_was_tested_is_counted(small: Dictionary) -> None:
    rows = [
        {"record": "A1", "born": "1960", "sex": "1", "sites___1": "1"},
        {"record": "A2", "born": "UNK", "sex": "1", "sites___1": "1"},
    ]
    checks = run_checks(records_from(small, {"entry": rows}), part(equal=["born"]))
    (result,) = [item for item in checks.results if item.id == "twice"]
    assert (result.tested.tolist(), result.failed.tolist()) == ([1], [0])
