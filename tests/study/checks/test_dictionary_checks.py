"""What the dictionary asks of single entries: each check, and the value at which it turns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from atrisk.errors import InputError
from atrisk.study.checks import Checks, Rules, run_checks
from atrisk.study.forms.tables import Rejected, Written
from check_records import entries_alone, records_from

if TYPE_CHECKING:
    from atrisk.study.forms.dictionary import Dictionary
    from atrisk.study.forms.tables import Records

ENTRY = {
    "born": "1960",
    "sex": "1",
    "seen": "2020-05-01",
    "weight": "80",
    "height": "2",
    "bmi": "20",
    "smoker": "0",
    "sites___1": "1",
    "entry_limit": "2020-01-01",
}
VISIT = {"instance": "1", "day": "2020-06-01", "dose": "1"}


def made(dictionary: Dictionary, visit: dict[str, str] | None = None, **changes: str) -> Records:
    rows = {
        "entry": [{"record": "A1"} | ENTRY | changes],
        "visit": [{"record": "A1"} | VISIT | (visit or {})],
    }
    return records_from(dictionary, rows)


def asked(records: Records, rules: Rules | None = None, **options: Any) -> list[tuple[str, str]]:
    checks = run_checks(records, rules or Rules(), **options)
    return [(query.rule, query.field) for query in checks.queries]


def result(checks: Checks, rule: str) -> tuple[list[int], list[int]]:
    (found,) = [item for item in checks.results if item.id == rule]
    return found.tested.tolist(), found.failed.tolist()


def test_a_clean_record_is_asked_nothing(small: Dictionary) -> None:
    assert asked(made(small)) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"weight": "29.9"}, [("range", "weight")]),
        ({"weight": "30"}, []),
        ({"weight": "200"}, []),
        ({"weight": "200.1"}, [("range", "weight")]),
        ({"weight": "UNK"}, []),
        ({"height": "2.6"}, [("range", "height")]),
        ({"seen": "1999-12-31"}, [("range", "seen")]),
        ({"seen": "2000-01-01"}, []),
    ],
)
def test_limits(small: Dictionary, changes: dict[str, str], expected: list[Any]) -> None:
    assert asked(made(small, **{"bmi": "", **changes})) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1999", [("range", "seen")]),
        ("2000", []),
        ("2000-01", []),
        ("1999-12", [("range", "seen")]),
    ],
)
def test_a_partial_date_is_outside_only_if_no_day_is_inside(
    small: Dictionary, written: str, expected: list[Any]
) -> None:
    assert asked(made(small, seen=written)) == expected


def test_today_is_the_cut_off(small: Dictionary) -> None:
    records = made(small)
    assert asked(records, cut_off=date(2020, 5, 1)) == []
    assert asked(records, cut_off=date(2020, 4, 30)) == [("range", "seen")]
    assert asked(records) == []


def test_a_limit_that_is_a_field(small: Dictionary) -> None:
    assert asked(made(small, visit={"day": "2020-01-01"})) == []
    assert asked(made(small, visit={"day": "2019-12-31"})) == [("range", "day")]


def test_limits_are_counted(small: Dictionary) -> None:
    rows = [
        {"record": f"A{place}", **ENTRY, "bmi": "", "weight": weight}
        for place, weight in enumerate(("20", "60", "300", "UNK", "310"))
    ]
    checks = run_checks(records_from(small, {"entry": rows}), Rules())
    (limit,) = [limit for limit in checks.limits if limit.field == "weight"]
    assert (limit.tested, limit.below, limit.above) == (4, 1, 2)
    assert (limit.lowest, limit.highest) == ("20", "310")
    (query, *_) = checks.queries
    assert query.value == "20"
    assert query.message == (
        "'Weight (kg)' is outside the limits (30 to 200). Correct the value or its unit; if it is"
        " right, confirm it."
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"born": ""}, [("required", "born")]),
        ({"born": "UNK"}, []),
        ({"sites___1": "0"}, [("required", "sites")]),
        ({"sites___1": "0", "sites___2": "1"}, []),
        ({"sites___1": "UNK"}, []),
        ({"smoker": "1"}, [("required", "packs")]),
        ({"smoker": "1", "packs": "2"}, []),
        ({"smoker": ""}, []),
        ({"packs": "2"}, [("branching", "packs")]),
        ({"packs": "UNK"}, []),
    ],
)
def test_required_and_hidden(
    small: Dictionary, changes: dict[str, str], expected: list[Any]
) -> None:
    assert asked(made(small, **changes)) == expected


def test_required_says_which_codes_there_are(small: Dictionary) -> None:
    (query,) = run_checks(made(small, born=""), Rules()).queries
    assert query.message == ("'Year of birth' is required and blank. Enter it, or UNK (unknown).")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"bmi": "20.04"}, [("calculated", "bmi")]),
        ({"bmi": "20.0"}, []),
        ({"bmi": "20.4"}, [("calculated", "bmi")]),
        ({"bmi": "20", "weight": "81.9"}, []),  # 20.5 by calculation, written without decimals
        ({"bmi": "20", "weight": "82.4"}, [("calculated", "bmi")]),
        ({"bmi": ""}, []),
        ({"height": ""}, [("calculated", "bmi")]),
    ],
)
def test_calculated_fields(small: Dictionary, changes: dict[str, str], expected: list[Any]) -> None:
    assert asked(made(small, **changes)) == expected


def test_a_calculated_field_without_texts_is_compared_as_it_is(small: Dictionary) -> None:
    records = made(small)
    table = records.tables["entry"]
    bare = replace(table.columns["bmi"], written=None)
    columns = {**table.columns, "bmi": bare}
    tables = {**records.tables, "entry": replace(table, columns=columns)}
    assert asked(replace(records, tables=tables)) == []
    columns["bmi"] = replace(bare, values=bare.values + 0.01)
    assert asked(replace(records, tables=tables)) == [("calculated", "bmi")]


def test_what_cannot_be_read_is_asked_by_kind_of_field(small: Dictionary) -> None:
    records = made(small, weight="x", sex="7", bmi="")
    assert asked(records) == [("choice", "sex"), ("type", "weight")]
    checks = run_checks(records, Rules())
    assert result(checks, "choice")[1] == [1]
    assert result(checks, "type")[1] == [1]
    (choice, _) = checks.queries
    assert (choice.value, choice.instance, choice.file, choice.line) == ("7", 1, "A/entry.csv", 2)
    assert choice.message.endswith("Enter one of the codes of the dictionary.")


def test_a_rejected_entry_has_the_instance_of_its_row(small: Dictionary) -> None:
    rows = {
        "entry": [{"record": "A1"} | ENTRY],
        "visit": [
            {"record": "A1"} | VISIT,
            {"record": "A1"} | VISIT | {"instance": "4", "dose": "much"},
        ],
    }
    (query,) = run_checks(records_from(small, rows), Rules()).queries
    assert (query.rule, query.field, query.instance, query.line) == ("type", "dose", 4, 3)


def test_rejected_rows_and_files_are_asked(small: Dictionary) -> None:
    records = made(small)
    more = (
        Rejected("file", "A", "A/lab.csv", "line", 0, "", "", "", "", "there is no form 'lab'"),
        Rejected("row", "A", "A/visit.csv", "line", 9, "", "visit", "", "", "the record is blank"),
    )
    files = tuple(
        replace(file, rows=2, rejected=1) if file.name == "A/visit.csv" else file
        for file in records.files
    )
    checks = run_checks(replace(records, rejected=more, files=files), Rules())
    assert [(query.rule, query.severity) for query in checks.queries] == [
        ("file_rejected", "error"),
        ("row_rejected", "error"),
    ]
    assert checks.queries[0].message == (
        "There is no form 'lab'. Nothing of this file was taken in. Send it again, corrected."
    )
    assert result(checks, "file_rejected") == ([3], [1])
    assert result(checks, "row_rejected") == ([3], [1])


def test_severities_can_be_changed_and_switched_off(small: Dictionary) -> None:
    records = made(small, born="", weight="20", bmi="", sex="7")
    default = Rules().severities
    changed = Rules(severities={**default, "required": "info", "range": "off", "choice": "off"})
    checks = run_checks(records, changed)
    assert [(query.rule, query.severity) for query in checks.queries] == [("required", "info")]
    ids = [found.id for found in checks.results]
    assert "range" not in ids
    assert "choice" not in ids
    assert checks.errors == 0
    assert run_checks(records, Rules()).errors == 2


def test_counts_are_by_centre(small: Dictionary) -> None:
    rows = [{"record": name, **ENTRY} for name in ("A1", "A2", "B1")]
    rows[1]["born"] = ""
    checks = run_checks(records_from(small, {"entry": rows}, ("A", "B")), entries_alone(Rules()))
    tested, failed = result(checks, "required")
    assert failed == [1, 0]
    assert tested == [6, 3]  # born, sex, sites of each
    (query,) = checks.queries
    assert (query.centre, query.record) == ("A", "A2")


def test_queries_are_in_order(small: Dictionary) -> None:
    rows = [{"record": name, **ENTRY, "born": "", "sex": ""} for name in ("B1", "A2", "A10")]
    visits = [{"record": "A2", **VISIT, "instance": number, "day": ""} for number in ("2", "1")]
    records = records_from(small, {"entry": rows, "visit": visits}, ("B", "A"))
    queries = run_checks(records, entries_alone(Rules())).queries
    places = [(query.record, query.form, query.instance, query.field) for query in queries]
    assert places == [
        ("B1", "entry", 1, "born"),
        ("B1", "entry", 1, "sex"),
        ("A10", "entry", 1, "born"),
        ("A10", "entry", 1, "sex"),
        ("A2", "entry", 1, "born"),
        ("A2", "entry", 1, "sex"),
        ("A2", "visit", 1, "day"),
        ("A2", "visit", 2, "day"),
    ]


def test_no_row_no_query(small: Dictionary) -> None:
    records = records_from(small, {"entry": [{"record": "A1"} | ENTRY]})
    assert records.tables["visit"].rows == 0
    assert asked(records, entries_alone(Rules())) == []
    assert isinstance(records.tables["visit"].columns["day"].written, Written)
    assert np.array_equal(records.centre, [0])


@pytest.mark.parametrize(
    ("field", "change", "message"),
    [
        ("packs", {"branching": "[dose] = 1"}, "the branching logic of 'packs': the form 'visit'"),
        ("bmi", {"calculation": "[dose] * 2"}, "the calculation of 'bmi': the form 'visit'"),
    ],
)
def test_an_expression_of_the_dictionary_that_does_not_fit_is_named(
    small: Dictionary, field: str, change: dict[str, str], message: str
) -> None:
    fields = tuple(replace(f, **change) if f.name == field else f for f in small.fields)  # type: ignore[arg-type]
    records = made(replace(small, fields=fields, layout=None))
    with pytest.raises(InputError, match=message):
        run_checks(records, Rules())
