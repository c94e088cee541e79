"""Tables with one row a patient: counted again and held against the text."""

from __future__ import annotations

import pytest

from atrisk.evidence.audit.check import Verdict
from audit_kit import cohort, counted, only, stated

COLUMNS = {
    "Patient N": ["1", "2", "3", "4"],
    "Sex": ["F", "M", "F", "M"],
    "Days after INO": ["71", "126", "25", "45"],
    "Days after HCT": ["25", "42", "10", "NA"],
    "Cycles": ["2", "2", "1.67", "5"],
}


def table(**columns):
    return stated("table", "rows", of="everyone", columns=COLUMNS | columns)


def recount(statistic, **fields):
    return stated("recount", "again", table="rows", statistic=statistic, **fields)


def summary(**numbers):
    return stated("summary", "days", of="everyone", variable="days", unit="days", **numbers)


def test_as_many_rows_as_patients():
    good = only("rows of a table", cohort("4"), table())
    assert good.verdict is Verdict.CONSISTENT
    assert good.numbers == tuple(f"rows.patient_n[{row}]" for row in range(4))
    bad = only("rows of a table", cohort("5"), table())
    assert bad.verdict is Verdict.INCONSISTENT
    assert bad.numbers == ("everyone.n",)


@pytest.mark.parametrize(
    ("fields", "k", "verdict"),
    [
        ({"where": {"Sex": ["F"]}}, "2", Verdict.CONSISTENT),
        ({"where": {"Sex": ["F"]}}, "3", Verdict.INCONSISTENT),
        ({"where": {"Sex": ["F"], "Cycles": ["2"]}}, "1", Verdict.CONSISTENT),
        ({"where": {"Cycles": ["2", "5"]}}, "3", Verdict.CONSISTENT),
        ({}, "4", Verdict.CONSISTENT),
        ({"column": "Days after HCT"}, "3", Verdict.CONSISTENT),
        ({"where": {"Sex": ["X"]}}, "none", Verdict.CONSISTENT),
    ],
)
def test_counts_of_rows(fields, k, verdict):
    statements = [cohort("4"), table(), counted("a", k), recount("count", equals="a.k", **fields)]
    check = only("recount", *statements)
    assert check.verdict is verdict
    assert check.numbers == ("a.k",)


@pytest.mark.parametrize(
    ("statistic", "fields", "good", "bad"),
    [
        ("median", {"column": "Days after INO"}, "58", "59"),  # (45 + 71) / 2
        ("median", {"column": "Days after HCT"}, "25", "26"),
        ("median", {"column": "Days after INO", "minus": "Days after HCT"}, "46", "48"),
        ("mean", {"column": "Cycles"}, "2.67", "2.65"),  # 10.67 / 4 = 2.6675
        ("low", {"column": "Days after INO"}, "25", "26"),
        ("high", {"column": "Days after INO", "where": {"Sex": ["F"]}}, "71", "126"),
    ],
)
def test_statistics_of_a_column(statistic, fields, good, bad):
    for text, verdict in ((good, Verdict.CONSISTENT), (bad, Verdict.INCONSISTENT)):
        statements = [cohort("4"), table(), summary(median=text)]
        check = only("recount", *statements, recount(statistic, equals="days.median", **fields))
        assert check.verdict is verdict


def test_a_number_with_many_values_behind_it_names_the_cells():
    check = only(
        "recount",
        cohort("4"),
        table(),
        summary(median="25"),
        recount("median", column="Days after HCT", equals="days.median", where={"Sex": ["F"]}),
    )
    assert check.verdict is Verdict.INCONSISTENT  # (25 + 10) / 2
    assert check.against == ("rows.days_after_hct[0]", "rows.days_after_hct[2]")
    assert "over 2 rows is 17.50; 25 is printed." in check.arithmetic


def test_no_value_in_the_rows_cannot_be_checked():
    check = only(
        "recount",
        cohort("4"),
        table(),
        summary(median="25"),
        recount("median", column="Sex", equals="days.median"),
    )
    assert check.verdict is Verdict.UNCHECKED


def test_derived_intervals_within_a_stated_range_name_the_row_outside():
    fields = {"column": "Days after INO", "minus": "Days after HCT"}
    ends = {"low": "days.low", "high": "days.high"}
    again = recount("within", **fields, **ends)
    inside = only("recount", cohort("4"), table(), summary(low="15", high="84"), again)
    assert inside.verdict is Verdict.CONSISTENT
    assert inside.bound
    outside = only("recount", cohort("4"), table(), summary(low="25", high="374"), again)
    assert outside.verdict is Verdict.INCONSISTENT
    assert outside.numbers == (
        "days.low",
        "days.high",
        "rows.days_after_ino[2]",
        "rows.days_after_hct[2]",
    )
    assert "row 3: 25 - 10 = 15" in outside.arithmetic
    above = only("recount", cohort("4"), table(), summary(low="15", high="83"), again)
    assert "row 2: 126 - 42 = 84" in above.arithmetic
    one_end = recount("within", **fields, low="days.low")
    check = only("recount", cohort("4"), table(), summary(low="15", high="20"), one_end)
    assert check.verdict is Verdict.CONSISTENT
