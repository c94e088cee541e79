from __future__ import annotations

import numpy as np
import pytest

from atrisk.errors import InputError
from atrisk.study.derived.column import computed, select
from atrisk.study.forms.expression import parse_expression
from atrisk.study.forms.tables import BLANK, CODED, PRESENT
from forms_kit import records

MADE = records(
    enrolment=[{"id": "A-1", "sex": "1", "age": "40"}, {"id": "A-2", "sex": "UNK"}, {"id": "B-3"}],
    dose=[
        {"id": "A-1", "dose_no": 2, "dose_date": "2020-01-08", "dose": "0.5", "given": "0"},
        {"id": "A-1", "dose_no": 1, "dose_date": "2020-01-01", "dose": "0", "given": "1"},
        {"id": "A-1", "dose_no": 3, "dose_date": "2020-01-15", "dose": "0.8", "given": "0"},
        {"id": "A-2", "dose_no": 1, "dose_date": "UNK", "dose": "ND", "given": "0"},
        {"id": "A-2", "dose_no": 2, "dose_date": "2021-03", "dose": "0.5", "given": ""},
    ],
    response=[{"id": "A-1", "grade": "2"}, {"id": "A-2", "grade": "0"}, {"id": "B-3", "grade": ""}],
    relapse=[{"id": "A-1", "rel_date": "2020-01-08"}],
)


def days(*texts: str) -> list[object]:
    return np.array(texts, dtype="datetime64[D]").tolist()


@pytest.mark.parametrize(
    ("take", "expected", "rows"),
    [
        ("first", ["2020-01-01", "2021-03-15", "NaT"], [1, 4, -1]),
        ("last", ["2020-01-15", "2021-03-15", "NaT"], [2, 4, -1]),
        ("lowest", ["2020-01-01", "2021-03-15", "NaT"], [1, 4, -1]),
        ("highest", ["2020-01-15", "2021-03-15", "NaT"], [2, 4, -1]),
    ],
)
def test_dates_are_ordered_by_themselves(take, expected, rows) -> None:
    found = select(MADE, "dose", "dose_date", take=take)
    assert found.column.values.tolist() == days(*expected)
    assert found.origin[0].row.tolist() == rows
    assert (found.origin[0].form, found.origin[0].field) == ("dose", "dose_date")
    assert found.column.precision is not None
    assert found.column.precision.tolist() == [0, 1, 0]
    assert found.column.text(1) == "2021-03"
    assert found.column.text(2) == ""
    assert found.column.missing.tolist() == [PRESENT, PRESENT, BLANK]


@pytest.mark.parametrize(
    ("take", "order_by", "expected"),
    [
        ("first", None, [0.5, 0.5, np.nan]),  # by instance: the rows as they stand
        ("first", "dose_date", [0.0, 0.5, np.nan]),
        ("last", None, [0.8, 0.5, np.nan]),
        ("last", "dose_date", [0.8, 0.5, np.nan]),
        ("lowest", None, [0.0, 0.5, np.nan]),
        ("highest", None, [0.8, 0.5, np.nan]),
        ("count", None, [3.0, 1.0, 0.0]),
    ],
)
def test_numbers_by_instance_or_by_a_date(take, order_by, expected) -> None:
    found = select(MADE, "dose", "dose", take=take, order_by=order_by)
    np.testing.assert_array_equal(found.column.values, expected)


def test_a_row_without_its_date_is_taken_only_where_there_is_no_other() -> None:
    found = select(MADE, "dose", "dose_no", order_by="dose_date")
    assert found.column.values[:2].tolist() == [1.0, 2.0]
    last = select(MADE, "dose", "dose_no", take="last", order_by="dose_date")
    assert last.column.values[:2].tolist() == [3.0, 2.0]
    alone = select(MADE, "dose", "dose_no", order_by="dose_date", where="[dose_no] = 1")
    assert alone.column.values[:2].tolist() == [1.0, 1.0]


def test_the_missing_code_of_the_row_that_would_be_taken_is_kept() -> None:
    found = select(MADE, "dose", "dose", where="[dose_no] = 1")
    assert found.column.missing.tolist() == [PRESENT, CODED + 1, BLANK]
    assert found.origin[0].row.tolist() == [1, 3, -1]


def test_a_condition_may_be_text_or_parsed() -> None:
    text = "[dose] > 0"
    first = select(MADE, "dose", "dose_date", where=text)
    assert first.column.values.tolist() == days("2020-01-08", "2021-03-15", "NaT")
    parsed = select(MADE, "dose", "dose_date", where=parse_expression(text))
    assert parsed.column.values.tolist() == first.column.values.tolist()
    assert first.rule == parsed.rule == "the first dose_date of the form dose where [dose] > 0"


def test_rows_after_and_before_a_day() -> None:
    day = select(MADE, "relapse", "rel_date")
    after = select(MADE, "dose", "dose_date", after=day)
    assert after.column.values.tolist() == days("2020-01-15", "NaT", "NaT")
    on = select(MADE, "dose", "dose_date", after=day, or_on=True)
    assert on.column.values.tolist() == days("2020-01-08", "NaT", "NaT")
    before = select(MADE, "dose", "dose_date", take="last", before=day)
    # everything is before a day that has not come
    assert before.column.values.tolist() == days("2020-01-01", "2021-03-15", "NaT")
    both = select(MADE, "dose", "dose", order_by="dose_date", take="count", before=day, or_on=True)
    assert both.column.values.tolist() == [2.0, 1.0, 0.0]
    assert before.rule == "the last dose_date of the form dose before rel_date"


def test_any_row_that_says_yes() -> None:
    found = select(MADE, "dose", "given", take="any")
    assert found.column.levels == ("0", "1")
    assert found.column.values.tolist() == [1, 0, -1]
    assert found.origin[0].row.tolist() == [1, 3, -1]
    relapsed = select(MADE, "relapse", "rel_date", take="any")
    assert relapsed.column.values.tolist() == [1, 0, 0]


def test_grades_have_a_size_and_texts_have_none() -> None:
    assert select(MADE, "response", "grade", take="highest").column.values.tolist() == [2, 0, -1]
    with pytest.raises(InputError, match="no date to compare: name one with order_by"):
        select(MADE, "dose", "dose", after=select(MADE, "relapse", "rel_date"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"take": "only"}, r"more than once for A-1 \(3 rows\)"),
        ({"take": "fist"}, "Did you mean 'first'"),
        ({"order_by": "dose"}, "not a date. Dates of the form are: dose_date"),
        ({"order_by": "dos_date"}, "Did you mean 'dose_date'"),
    ],
)
def test_mistakes(arguments, message) -> None:
    with pytest.raises(InputError, match=message):
        select(MADE, "dose", "dose", **arguments)


def test_the_only_row() -> None:
    found = select(MADE, "relapse", "rel_date", take="only", name="relapse", label="Relapse")
    assert found.column.values.tolist() == days("2020-01-08", "NaT", "NaT")
    assert (found.name, found.label, found.column.name) == ("relapse", "Relapse", "relapse")


def test_a_form_that_nobody_filled() -> None:
    nobody = records(enrolment=[{"id": "A-1"}])
    assert select(nobody, "dose", "dose_date").column.missing.tolist() == [BLANK]
    assert select(nobody, "dose", "dose", take="count").column.values.tolist() == [0.0]
    assert select(nobody, "dose", "given", take="any").column.values.tolist() == [-1]


def test_computed_columns_say_what_is_missing() -> None:
    found = computed("x", "X", "number", np.array([1.0, np.nan]), rule="made up")
    assert found.column.missing.tolist() == [PRESENT, BLANK]
    why = np.array([PRESENT, CODED], dtype=np.int8)
    dates = computed("d", "D", "date", np.array(["2020-01-01", "NaT"], "M8[D]"), missing=why)
    assert dates.column.missing.tolist() == [PRESENT, CODED]
    assert dates.dates.tolist() == days("2020-01-01", "NaT")
    with pytest.raises(InputError, match="holds numbers, not dates"):
        _ = found.dates
