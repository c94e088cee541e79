"""Table 1 as it is printed, from small studies."""

from __future__ import annotations

import pytest

from atrisk.report import format as form
from atrisk.report.document import level_words
from atrisk.report.language import using
from atrisk.report.tables import footnotes, phrases
from atrisk.report.tables_describe import describe_table
from atrisk.report.values import Values
from report import documents
from study.test_describe_compare import ROWS, study
from study_kit import run

VARIABLES = 'variables = ["age", "sex", "stage"]'


def table_of(folder, *keys, rows=ROWS, by='by = "arm"\n', more=""):
    document = run(folder, study(*keys, by=by) + more, rows)
    return describe_table(document["analyses"][0], Values(document["values"]))


def rows_of(table):
    return {row.label: [cell.plain for cell in row.cells] for row in table.rows}


def plain(text):
    return text.replace(form.EN_DASH, "-").replace(form.NO_BREAK, " ")


def test_columns_in_order(tmp_path):
    keys = ("tests = true", "differences = true", 'missing = "column"', VARIABLES)
    table = table_of(tmp_path, *keys)
    assert [head.plain.partition("\n")[0] for head in table.columns] == [
        "x", "y", "All patients", "Missing, n", "Standardised difference", "P",
    ]  # fmt: skip
    # the numbers of a variable stand in its first row, and nowhere else
    for row in table.rows:
        filled = [bool(cell.plain) for cell in row.cells[3:]]
        assert filled == [row.level == 0] * 3, row.label
    assert [row for row in table.rows if row.label == "Missing"] == []
    assert rows_of(table)["Sex, n (%)"][3] == "1"


def test_without_comparisons_a_heading_has_no_cells(tmp_path):
    table = table_of(tmp_path, VARIABLES)
    assert [row.label for row in table.rows if row.heading] == ["Sex, n (%)", "Stage, n (%)"]
    assert not any("P value" in note for note in table.notes)


def test_tests_are_named_by_type_of_variable(tmp_path):
    table = table_of(tmp_path, "tests = true", VARIABLES)
    assert (
        "P values are not adjusted for the number of tests: Kruskal-Wallis rank-sum test of"
        " continuous variables; Fisher's exact test of categorical variables."
    ) in [plain(note) for note in table.notes]


def test_tests_that_differ_are_named_by_variable(tmp_path):
    keys = 'variables = ["age", "sex", { id = "stage", test = "chi2" }]'
    table = table_of(tmp_path, "tests = true", keys)
    note = next(note for note in table.notes if note.startswith("P values"))
    assert "Fisher's exact test of Sex; Pearson's chi-squared test of Stage." in note


def test_a_test_that_cannot_be_done_has_a_footnote(tmp_path):
    keys = 'variables = [{ id = "age", test = "t" }]'
    rows = [ROWS[0], "x,f,1,1", "x,f,1,2", "y,f,1,3"]
    table = table_of(tmp_path, "tests = true", keys, rows=rows)
    assert table.rows[0].cells[-1].plain == form.EN_DASH
    assert ("b", "A group has only one known value.") in footnotes(table) or (
        "a",
        "A group has only one known value.",
    ) in footnotes(table)


def test_one_of_two_levels(tmp_path):
    toml = 'variables = [{ id = "sex", levels_shown = ["f"] }]'
    table = table_of(tmp_path, toml)
    assert rows_of(table)["Sex: Female, n (%)"] == ["2 (50.0)", "3 (75.0)", "5 (62.5)"]
    assert not any("Levels not shown" in note for note in table.notes)


def test_yes_needs_no_name():
    analysis, values = documents.described()
    sex = analysis["variables"][1]
    sex["levels"][0]["label"] = "Yes"
    sex["shown"] = [sex["levels"][0]["id"]]
    table = describe_table(analysis, Values(values))
    assert f"{sex['label']}, n (%)" in rows_of(table)


def test_levels_that_are_not_shown_are_named(tmp_path):
    table = table_of(tmp_path, 'variables = [{ id = "stage", levels_shown = [3] }]')
    assert "Stage: III, n (%)" in rows_of(table)
    assert "Levels not shown, Stage: I; II." in table.notes


@pytest.mark.parametrize(
    ("places", "cell", "note"),
    [
        (0, "2 (50)", "rounded to whole numbers"),
        (1, "2 (50.0)", "rounded to one decimal"),
        (2, "2 (50.00)", "rounded to two decimals"),
        (3, "2 (50.000)", "rounded to three decimals"),
    ],
)
def test_decimals_of_percentages(tmp_path, places, cell, note):
    table = table_of(tmp_path, f"percent_places = {places}", 'variables = ["sex"]')
    assert rows_of(table)["Female"][0] == cell
    assert any(note in found for found in table.notes)


def test_an_exact_half_goes_to_the_even_digit(tmp_path):
    rows = [ROWS[0], *["x,f,1,1"], *["x,m,1,1"] * 7, "y,m,1,1"]
    table = table_of(tmp_path, "percent_places = 0", 'variables = ["sex"]', rows=rows)
    assert rows_of(table)["Female"][0] == "1 (12)"  # of 12.5
    assert rows_of(table)["Male"][0] == "7 (88)"  # of 87.5


def test_percentages_that_miss_100_are_named(tmp_path):
    rows = [ROWS[0], "x,f,1,1", "x,m,2,1", "x,m,3,1", "y,m,1,1"]
    notes = table_of(tmp_path, 'variables = ["stage", "sex"]', rows=rows).notes
    assert "Because of rounding, percentages do not add up to 100 in: Stage." in notes
    assert not [n for n in table_of(tmp_path, 'variables = ["sex"]').notes if "rounding," in n]


def test_missing_as_a_level(tmp_path):
    toml = ('missing = "percent"', 'variables = ["sex", "age", { id = "stage", missing = "row" }]')
    table = table_of(tmp_path, *toml)
    rows = rows_of(table)
    assert rows["Missing"] == ["1 (20.0)", "0 (0.0)", "1 (11.1)"]
    assert rows["Missing, n (%)"] == ["0 (0.0)", "1 (25.0)", "1 (11.1)"]
    assert (
        "Those of Sex and Age, years are of all patients of the group, missing values included."
        in table.notes
    )
    alone = table_of(tmp_path, 'missing = "percent"', 'variables = ["sex"]')
    assert "Percentages are of all patients of the group, missing values included." in alone.notes


def test_a_row_has_one_number_of_decimals(tmp_path):
    heads = ROWS[0].split(",")
    age = heads.index("age")
    rows = [row.split(",") for row in ROWS[1:] if row.split(",")[age]]
    for place, row in enumerate(rows):
        row[age] = f"{float(row[age]) + place / 10:.1f}"
    keys = 'variables = [{ id = "age", statistics = ["median_iqr"] }]'
    table = table_of(tmp_path, keys, rows=[ROWS[0], *map(",".join, rows)])
    texts = [number.text for cell in table.rows[0].cells for number in cell.numbers()]
    assert len(texts) == 9
    assert {len(text.partition(".")[2]) for text in texts} == {1}


def test_more_statistics(tmp_path):
    keys = 'variables = [{ id = "age", statistics = ["median_iqr", "range", "iqr", "known"] }]'
    rows = {
        label: [plain(c) for c in cells]
        for label, cells in rows_of(table_of(tmp_path, keys)).items()
    }
    assert rows["Median (interquartile range)"][0] == "30.0 (20.0-44.0)"
    assert rows["Range"][0] == "10-45"
    assert rows["Interquartile range"][0] == "20.0-44.0"
    assert rows["Patients with a known value, n"] == ["5", "3", "8"]


def test_counts_that_are_not_shown_have_their_mark(tmp_path):
    rows = [ROWS[0], *["x,f,1,40"] * 2, *["x,m,1,50"] * 20, *["y,f,1,60"] * 9, *["y,m,1,50"] * 11]
    more = "\n[report]\nsuppress_below = 5\n"
    table = table_of(tmp_path, "tests = true", 'variables = ["sex"]', rows=rows, more=more)
    cells = rows_of(table)
    assert cells["Female"][0] == "<5"
    assert cells["Male"][0] == "≥5"
    said = [text for mark, text in footnotes(table) if mark]
    assert "Suppressed: fewer than 5." in said
    assert "Withheld: it would give away a count that is not shown." in said


def test_one_dash_where_nobody_has_a_value(tmp_path):
    rows = [ROWS[0], "x,f,1,", "y,f,1,2"]
    table = table_of(tmp_path, 'variables = ["age"]', rows=rows)
    assert rows_of(table)["Age, years, median (range)"][0] == form.EN_DASH


@pytest.mark.parametrize(("code", "characteristic"), [("de", "Merkmal"), ("it", "Caratteristica")])
def test_another_language(tmp_path, code, characteristic):
    keys = ("tests = true", "differences = true", 'missing = "column"', VARIABLES)
    with using(code):
        table = table_of(tmp_path, *keys)
    assert table.stub == characteristic
    assert rows_of(table)["Female"][0] == "2 (50,0)"
    english = table_of(tmp_path, *keys)
    assert not set(table.notes) & set(english.notes)


def test_every_number_has_its_key(tmp_path):
    table = table_of(tmp_path, "tests = true", "differences = true", VARIABLES)
    keys = {number.key for cell in phrases(table) for number in cell.numbers()}
    assert {"t1.sex.test.p_value", "t1.age.standardised_difference", "t1.x.n"} <= keys


def test_levels_stand_as_the_study_writes_them() -> None:
    assert [level_words(label) for label in ("Berlin", "FLAG-Ida", "Yes", "No")] == [
        "Berlin",
        "FLAG-Ida",
        "yes",
        "no",
    ]
