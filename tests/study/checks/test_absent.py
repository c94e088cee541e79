"""What is not there: the first form of a record, forms of whole centres; and records sent twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from atrisk.study.checks import Rules, run_checks
from atrisk.study.checks.centres import by_field
from atrisk.study.checks.rule_models import ExpectedPart
from atrisk.study.forms.dictionary import read_dictionary
from atrisk.study.forms.tables import Rejected, Written
from check_records import records_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.study.checks import Checks
    from atrisk.study.forms.dictionary import Dictionary
    from atrisk.study.forms.queries import Query
    from atrisk.study.forms.tables import Records

_DICTIONARY = """\
field_name,form_name,field_type,field_label,text_validation_type_or_show_slider_number,required_field
id,entry,text,Record,,
centre,entry,text,Centre,,
born,entry,text,Year of birth,integer,
seen,entry,text,Date of entry,date_ymd,
weight,base,text,Weight,number,y
height,base,text,Height,number,
note,base,text,Note,,
drug_day,drug,text,Day of the drug,date_ymd,y
extra,more,text,Something else,,
"""


@pytest.fixture(scope="module")
def four() -> Dictionary:
    """Give a dictionary of four forms, of which one repeats and one asks for nothing."""
    return read_dictionary(_DICTIONARY.encode(), repeating=("drug",), name="four")


def patients(
    *names: str, forms: Sequence[str] = ("entry", "base", "drug")
) -> dict[str, list[dict[str, str]]]:
    """Make rows of patients, each with values of its own."""
    made: dict[str, list[dict[str, str]]] = {form: [] for form in forms}
    own = {
        "entry": lambda n: {"born": str(1950 + n), "seen": f"2020-01-{n + 1:02}"},
        "base": lambda n: {"weight": str(60 + n), "height": str(160 + n)},
        "drug": lambda n: {"drug_day": f"2020-02-{n + 1:02}"},
        "more": lambda n: {"extra": str(n)},
    }
    for number, name in enumerate(names):
        for form in forms:
            made[form].append({"record": name, **own[form](number)})
    return made


def joined(*parts: dict[str, list[dict[str, str]]]) -> dict[str, list[dict[str, str]]]:
    forms = dict.fromkeys(form for part in parts for form in part)
    return {form: [row for part in parts for row in part.get(form, [])] for form in forms}


def asked(records: Records, rule: str, rules: Rules | None = None) -> list[Query]:
    return [query for query in run_checks(records, rules or Rules()).queries if query.rule == rule]


def counts(checks: Checks, rule: str) -> tuple[list[int], list[int]]:
    (found,) = [item for item in checks.results if item.id == rule]
    return found.tested.tolist(), found.failed.tolist()


FIRST = "record_without_first_form"


def test_a_record_without_its_first_form_is_an_error(four: Dictionary) -> None:
    forms = joined(
        patients("A1", "A2", "B1"), {"drug": [{"record": "B2", "drug_day": "2020-03-01"}]}
    )
    forms["base"].append({"record": "B3", "weight": "70"})
    records = records_from(four, forms, ("A", "B"))
    found = asked(records, FIRST)
    assert [(q.centre, q.record, q.form, q.severity) for q in found] == [
        ("B", "B2", "drug", "error"),
        ("B", "B3", "base", "error"),
    ]
    assert (found[0].file, found[0].line, found[0].field) == ("B/drug.csv", 5, "id")
    assert "none of 'entry', the first form" in found[0].message
    assert counts(run_checks(records, Rules()), FIRST) == ([2, 3], [0, 2])


def test_it_is_asked_where_the_centre_is_a_field_of_the_first_form(four: Dictionary) -> None:
    """Such a record has no centre either, and was taken without a word."""
    forms = joined(patients("1", "2"), patients("3", forms=("base", "drug")))
    for row in forms["entry"]:
        row["centre"] = "ulm"
    records = by_field(records_from(four, forms), "centre")
    (query,) = asked(records, FIRST)
    assert (query.centre, query.record) == ("no-centre", "3")
    assert asked(records, "form_without_rows") == []


def test_a_first_form_that_asks_nothing_is_not_missed() -> None:
    text = _DICTIONARY.replace(",entry,text,Year", ",base,text,Year")
    lines = [line for line in text.splitlines() if ",entry," not in line or "Record" in line]
    bare = read_dictionary("\n".join(lines).encode(), repeating=("drug",), name="bare")
    records = records_from(bare, {"base": [{"record": "A1", "weight": "70", "born": "1950"}]})
    assert asked(records, FIRST) == []


@pytest.mark.parametrize(
    ("level", "record", "form", "left"),
    [
        ("row", "A3", "entry", []),  # the row is asked about
        ("row", "A3", "base", ["A3"]),
        ("file", "", "entry", []),  # the file is
        ("file", "", "", []),  # it may be of any form
        ("file", "", "drug", ["A3"]),
    ],
)
def test_it_is_not_asked_again_what_was_rejected(
    four: Dictionary, level: str, record: str, form: str, left: list[str]
) -> None:
    forms = joined(patients("A1", "A2"), patients("A3", forms=("base",)))
    item = Rejected(level, "A", "x.csv", "line", 3, record, form, "", "", "no")  # type: ignore[arg-type]
    records = replace(records_from(four, forms), rejected=(item,))
    assert [query.record for query in asked(records, FIRST)] == left


ROWS = "form_without_rows"


def lacking(four: Dictionary, having: int, lacking: int) -> list[tuple[str, str]]:
    """Ask a centre A that lacks the form of drugs; so many of ten patients of B have it."""
    b = [f"B{number}" for number in range(10)]
    a = [f"A{number}" for number in range(lacking)]
    forms = joined(
        patients(*b, *a, forms=("entry", "base")), patients(*b[:having], forms=("drug",))
    )
    found = asked(records_from(four, forms, ("A", "B")), ROWS)
    return [(query.centre, query.form) for query in found]


@pytest.mark.parametrize(
    ("having", "size", "expected"),
    [
        (10, 1, [("A", "drug")]),  # all others have it
        (5, 7, [("A", "drug")]),  # by chance in 1 of 128
        (5, 6, []),  # in 1 of 64
        (4, 20, []),  # fewer than half have it: a centre may not give the drug
        (0, 3, [("A", "drug"), ("B", "drug")]),  # it has a required field, and nobody filled it
    ],
)
def test_a_form_that_a_centre_lacks(
    four: Dictionary, having: int, size: int, expected: list[tuple[str, str]]
) -> None:
    assert lacking(four, having, size) == expected


def test_the_centre_is_told_why(four: Dictionary) -> None:
    forms = joined(patients("A1", "A2", forms=("entry", "drug")), patients("B1", "B2", "B3"))
    records = records_from(four, forms, ("A", "B"))
    (query,) = asked(records, ROWS)
    assert (query.centre, query.record, query.form, query.line) == ("A", "", "base", 0)
    assert query.severity == "warning"
    assert "No row of the form 'base' was taken in" in query.message
    assert "at other centres 3 of 3 patients have it" in query.message
    assert counts(run_checks(records, Rules()), ROWS) == ([3, 3], [1, 0])


def test_a_file_with_a_header_alone(four: Dictionary) -> None:
    """Of a form that does not repeat, and asks for nothing: the file is named."""
    records = records_from(four, patients("A1", "A2"))
    assert asked(records, ROWS) == []
    empty = replace(records.files[-1], form="more")
    assert (empty.name, empty.rows) == ("A/more.csv", 0)
    (query,) = asked(replace(records, files=(*records.files[:-1], empty)), ROWS)
    assert (query.form, query.file) == ("more", "A/more.csv")
    assert "its file has a header and no row" in query.message


def test_a_centre_without_patients(four: Dictionary) -> None:
    records = records_from(four, patients("A1", "A2"), ("A", "B"))
    (query,) = asked(records, ROWS)
    assert (query.centre, query.form) == ("B", "entry")
    assert "No patient was taken in" in query.message
    item = Rejected("file", "B", "x.csv", "line", 0, "", "base", "", "", "no")
    assert asked(replace(records, rejected=(item,)), ROWS) == []


def test_what_is_asked_patient_by_patient_is_not_asked_of_the_centre(four: Dictionary) -> None:
    forms = joined(patients("A1", "A2", forms=("entry", "drug")), patients("B1", "B2", "B3"))
    records = records_from(four, forms, ("A", "B"))
    rules = Rules(expected=(ExpectedPart(form="base"),))
    assert asked(records, ROWS, rules) == []
    assert [query.record for query in asked(records, "form_missing", rules)] == ["A1", "A2"]


SAME = "identical_records"


def twins(four: Dictionary, **changes: str) -> Records:
    """Make two records of two centres with the same entries, but for changes in the second."""
    forms = joined(patients("A1"), patients("B1"), {"entry": [], "base": [], "drug": []})
    for rows in forms.values():
        rows[-1].update({name: text for name, text in changes.items() if name in rows[-1]})
    return records_from(four, forms, ("A", "B"))


def test_one_patient_sent_by_two_centres(four: Dictionary) -> None:
    records = twins(four, drug_day="2020-05-05")  # a form that repeats is not looked at
    first, second = asked(records, SAME)
    assert [(q.centre, q.record, q.severity) for q in (first, second)] == [
        ("A", "A1", "warning"),
        ("B", "B1", "warning"),
    ]
    assert first.message.startswith(
        "All 4 dates and numbers of the forms that do not repeat are those of record B1 of"
        " centre B. Say whether"
    )
    assert counts(run_checks(records, Rules()), SAME) == ([1, 1], [1, 1])


@pytest.mark.parametrize(
    "changes",
    [
        {"height": "160.5"},
        {"height": ""},
        {"seen": "2020-01-02"},
        {"born": "160", "height": "1950"},  # the same values in other fields
    ],
)
def test_one_value_that_differs_is_enough(four: Dictionary, changes: dict[str, str]) -> None:
    assert asked(twins(four, **changes), SAME) == []


def test_few_values_agree_by_chance(four: Dictionary) -> None:
    forms = joined(patients("A1", forms=("entry",)), patients("A2", forms=("entry",)))
    forms["entry"][1] |= {"born": "1950", "seen": "2020-01-01"}
    records = records_from(four, forms)
    assert counts(run_checks(records, Rules()), SAME) == ([0], [0])
    month = twins(four)
    assert len(asked(month, SAME)) == 2
    entry = month.tables["entry"]
    seen = replace(entry.columns["seen"], precision=np.array([1, 1], dtype=np.int8))
    table = replace(entry, columns={**entry.columns, "seen": seen})
    assert asked(replace(month, tables={**month.tables, "entry": table}), SAME) == []


def test_events_are_told_apart(four: Dictionary) -> None:
    records = twins(four)
    base = records.tables["base"]
    event = Written(("start", "end"), np.array([0, 1], dtype=np.int32))
    tables = {**records.tables, "base": replace(base, event=event)}
    assert asked(replace(records, tables=tables), SAME) == []


@pytest.mark.parametrize("rule", [FIRST, ROWS, SAME])
def test_each_can_be_made_another_severity_and_set_off(four: Dictionary, rule: str) -> None:
    forms = joined(patients("A1"), patients("A2"), patients("A3", forms=("base",)), {"drug": []})
    records = records_from(four, forms, ("A", "B"))
    assert asked(records, rule)
    for severity in ("info", "off"):
        rules = Rules(severities={**Rules().severities, rule: severity})
        found = asked(records, rule, rules)
        assert {query.severity for query in found} == ({severity} if severity == "info" else set())
        ids = [result.id for result in run_checks(records, rules).results]
        assert (rule in ids) == (severity == "info")
