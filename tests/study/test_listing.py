"""Line listings: who is listed, in which order, with what, and what of it can be looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atrisk.report.kinds import kind_of
from atrisk.report.tables import footnotes
from atrisk.report.values import Values
from atrisk.study import plan_text
from study_kit import HEAD, mistake, number, plan, run, write

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.report.tables import Table

VARIABLES = """
[variables.sex]
label = "Sex"
levels = { f = "Female", m = "Male" }

[variables.grade]
label = "Grade"
levels = { 2 = "II", 1 = "I" }

[variables.age]
label = "Age"
unit = "years"
"""
LISTING = """
[[analyses]]
id = "cases"
kind = "listing"
title = "Cases"
where = "case == 1"
columns = ["age", "sex", { id = "grade", label = "Worst grade" }, { id = "cycles", decimals = 1 }]
order_by = ["grade", "-age"]
"""
ROWS = [
    "who,case,age,sex,grade,cycles,day_0,day_1",
    "P1,1,50,f,1,2,2020-01-01,2020-01-11",
    "P2,0,60,m,2,1,2020-01-01,2020-01-02",
    "P3,1,41.5,,2,1.67,2020-02-01,",
    "P4,1,70,m,1,,2020-03-01,2020-03-31",
    "P5,,30,f,1,3,2020-03-01,2020-03-31",
]
TOML = HEAD.replace("[data]", '[data]\nid = "who"') + VARIABLES


def listed(tmp_path: Path, listing: str = LISTING, rows: list[str] = ROWS) -> dict[str, Any]:
    return run(tmp_path, TOML + listing, rows)


def table(document: dict[str, Any]) -> Table:
    analysis = document["analyses"][0]
    (made,) = kind_of(analysis).tables(analysis, Values(document["values"]), "days")
    return made


def cells(document: dict[str, Any]) -> list[list[str]]:
    return [[row.label, *(cell.plain for cell in row.cells)] for row in table(document).rows]


def words(document: dict[str, Any]) -> list[str]:
    analysis = document["analyses"][0]
    said = kind_of(analysis).paragraphs(analysis, Values(document["values"]), "days")
    return [one.plain for one in said]


def test_rows_are_ordered_by_levels_then_falling_age(tmp_path: Path) -> None:
    dash = "\N{EN DASH}"
    assert cells(listed(tmp_path)) == [
        ["1", "41.5", dash, "II", "1.7"],
        ["2", "70", "Male", "I", dash],
        ["3", "50", "Female", "I", "2.0"],
    ]


def test_a_column_of_the_data_is_headed_as_the_variable_it_is(tmp_path: Path) -> None:
    toml = LISTING.replace('"age", "sex"', '"cycles", "sex"').replace(
        '{ id = "cycles", decimals = 1 }', '"day_0"'
    )
    own = '\n[variables.courses]\ncolumn = "cycles"\nlabel = "Courses"\nunit = "cycles"\n'
    heads = [head.plain for head in table(run(tmp_path, TOML + own + toml, ROWS)).columns]
    assert heads == ["Courses, cycles", "Sex", "Worst grade", "day_0"]


def test_every_number_and_every_gap_has_a_key(tmp_path: Path) -> None:
    document = listed(tmp_path)
    assert number(document, "cases.row_1.age") == 41.5
    assert document["values"]["cases.row_1.age"]["unit"] == "years"
    assert document["values"]["cases.row_1.sex"]["missing"] == "not recorded or not applicable"
    assert number(document, "cases.overall.n") == 3
    assert number(document, "cases.considered") == 5
    assert footnotes(table(document)) == (("a", "Not recorded or not applicable."),)
    assert words(document) == ["3 of 5 patients are listed."]


def test_records_stand_nowhere_unless_asked_for(tmp_path: Path) -> None:
    node = listed(tmp_path)["analyses"][0]
    assert node["numbered"] is True
    assert "P4" not in str(node["rows"])
    named = listed(tmp_path, LISTING + "number = false\n")
    assert [row[0] for row in cells(named)] == ["P3", "P4", "P1"]
    assert table(named).stub == "Record"


def test_heads_are_labels_with_units_or_what_the_study_writes(tmp_path: Path) -> None:
    made = table(listed(tmp_path))
    heads = [head.plain for head in made.columns]
    assert heads == ["Age, years", "Sex", "Worst grade", "cycles"]
    assert made.text_columns == (1, 2)


def test_who_may_belong_there_is_listed_as_left_out(tmp_path: Path) -> None:
    node = listed(tmp_path)["analyses"][0]
    assert [entry["record"] for entry in node["left_out"]] == ["P5"]
    assert node["left_out"][0]["reason"] == "a missing value leaves open whether case == 1"


def test_days_between_two_dates(tmp_path: Path) -> None:
    columns = '[{ id = "days", label = "Days to event", from = "day_0", to = "day_1" }]'
    listing = LISTING.partition("columns")[0] + f"columns = {columns}\n"
    document = listed(tmp_path, listing)
    assert cells(document) == [["1", "10"], ["2", "\N{EN DASH}"], ["3", "30"]]
    assert document["values"]["cases.row_1.days"]["unit"] == "days"


@pytest.mark.parametrize(("decimals", "shown"), [("", "1.67"), ("decimals = 0\n", "2")])
def test_decimals_are_those_needed_or_those_asked_for(
    tmp_path: Path, decimals: str, shown: str
) -> None:
    listing = LISTING.replace('{ id = "cycles", decimals = 1 }', '"cycles"') + decimals
    assert cells(listed(tmp_path, listing))[0][-1] == shown


def test_results_do_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    assert cells(listed(tmp_path)) == cells(listed(tmp_path, rows=[ROWS[0], *ROWS[:0:-1]]))


def test_without_a_condition_all_are_listed_in_the_order_of_the_data(tmp_path: Path) -> None:
    listing = LISTING.replace('where = "case == 1"\n', "").partition("order_by")[0]
    document = listed(tmp_path, listing)
    assert [row[1] for row in cells(document)] == ["50", "60", "41.5", "70", "30"]
    assert words(document) == ["All 5 patients are listed."]


def test_nobody_is_no_table(tmp_path: Path) -> None:
    document = listed(tmp_path, LISTING.replace("case == 1", "case == 2"))
    analysis = document["analyses"][0]
    assert kind_of(analysis).tables(analysis, Values(document["values"]), "days") == []
    assert words(document) == ["None of the 5 patients is to be listed here."]


@pytest.mark.parametrize(("count", "long"), [(60, False), (61, True)])
def test_a_listing_of_many_is_cut_on_the_page(tmp_path: Path, count: int, long: bool) -> None:  # noqa: FBT001
    rows = [ROWS[0], *(f"P{n},1,50,f,1,2,," for n in range(count))]
    assert table(listed(tmp_path, rows=rows)).listing is long


MISTAKES = {
    "no such column": (('"age", "sex"', '"agee", "sex"'), "no variable and no column 'agee'"),
    "no such order": (('"-age"', '"-agee"'), "no variable and no column 'agee'"),
    "listed twice": (('"age", "sex"', '"age", "age"'), "age is listed twice"),
    "one date": (('"age", "sex"', '{ id = "d", from = "day_0" }, "sex"'), "both 'from' and 'to'"),
    "no such date": (
        ('"age", "sex"', '{ id = "d", from = "day_0", to = "day_2" }, "sex"'),
        "no column 'day_2'",
    ),
    "no such condition": (("case == 1", "cas == 1"), "no column 'cas'"),
}


@pytest.mark.parametrize(("change", "said"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert change[0] in LISTING
    assert said in mistake(tmp_path, TOML + LISTING.replace(*change), ROWS)


def test_single_patients_are_withheld_where_small_counts_are_hidden(tmp_path: Path) -> None:
    toml = TOML + "\n[report]\nsuppress_below = 3\n" + LISTING
    document = run(tmp_path, toml, ROWS)
    assert document["analyses"][0]["kind"] == "withheld"
    assert not any(key.startswith("cases.row_") for key in document["values"])


def test_the_plan_says_who_and_what(tmp_path: Path) -> None:
    said = plan_text(plan(write(tmp_path, TOML + LISTING, ROWS)))
    assert "patients: case == 1" in said
    assert "list: Age, years, Sex, Worst grade, cycles" in said
    assert "order: Worst grade; Age, years, falling" in said
