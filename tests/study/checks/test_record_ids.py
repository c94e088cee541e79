"""Record ids that differ in spelling alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atrisk.study.checks import Rules, run_checks
from check_records import records_from

if TYPE_CHECKING:
    from atrisk.study.checks import Checks
    from atrisk.study.forms.dictionary import Dictionary


def checked(small: Dictionary, *names: str) -> Checks:
    row = {"born": "1970", "sex": "1", "smoker": "0", "sites___1": "1"}
    rows = [{"record": name, **row} for name in names]
    return run_checks(records_from(small, {"entry": rows}, ("A", "B")), Rules(), cut_off=None)


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ("A-1", "A-01", True),  # a spreadsheet took the zero
        ("A-1", "A 1", True),
        ("A-1", "A1", True),
        ("A-x1", "A-X1", True),
        ("A\u00a01", "A-1", True),
        ("A-1-1", "A-11", False),
        ("A-1", "A-10", False),
        ("A-1", "B-1", False),
        ("A-a", "A-b", False),
    ],
)
def test_ids_that_look_alike_are_asked_about(
    small: Dictionary, first: str, second: str, *, alike: bool
) -> None:
    checks = checked(small, first, second)
    queries = [query for query in checks.queries if query.rule == "record_id"]
    assert sorted(query.record for query in queries) == (sorted((first, second)) if alike else [])
    assert {query.severity for query in queries} <= {"warning"}
    (result,) = [result for result in checks.results if result.id == "record_id"]
    assert (result.tested.sum(), result.failed.sum()) == (2, 2 * alike)


def test_the_other_ids_are_named(small: Dictionary) -> None:
    checks = checked(small, "A-1", "A-01", "A-001", "A 1", "a1")
    query = next(query for query in checks.queries if query.record == "A-1")
    assert query.field == "id"
    assert query.value == "A-1"
    assert "from 'A 1', 'A-001', 'A-01' and 1 more. If they are one patient" in query.message


def test_ids_of_two_centres_may_look_alike(small: Dictionary) -> None:
    assert all(query.rule != "record_id" for query in checked(small, "A-1", "B-1").queries)


def test_the_first_form_of_each_record_is_asked(small: Dictionary) -> None:
    forms = {
        "entry": [{"record": "A-1", "born": "1970", "sex": "1", "sites___1": "1"}],
        "visit": [{"record": "A-01", "day": "2020-01-01", "instance": "1"}],
    }
    checks = run_checks(records_from(small, forms), Rules(), cut_off=None)
    asked = [(q.form, q.record) for q in checks.queries if q.rule == "record_id"]
    assert sorted(asked) == [("entry", "A-1"), ("visit", "A-01")]
