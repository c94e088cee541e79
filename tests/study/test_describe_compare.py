from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from atrisk.study.describe import check_sums
from study_kit import HEAD, missing, mistake, number, run

TESTS = Path(__file__).parents[1]
STORED = json.loads((TESTS / "reference" / "values" / "table_one.json").read_text(encoding="utf-8"))

VARIABLES = """
[variables.arm]
label = "Arm"
type = "categorical"

[variables.sex]
label = "Sex"
levels = { f = "Female", m = "Male" }

[variables.stage]
label = "Stage"
levels = { 1 = "I", 2 = "II", 3 = "III" }

[variables.age]
label = "Age"
unit = "years"
"""
TABLE = """
[[analyses]]
id = "t1"
kind = "describe"
title = "Patients"
by = "arm"
"""
ROWS = [
    "arm,sex,stage,age", "x,f,1,10", "x,m,2,20", "x,,3,30", "x,m,3,45", "x,f,1,44", "y,f,2,",
    "y,f,3,50", "y,m,2,62", "y,f,3,71",
]  # fmt: skip


def study(*keys: str, by: str = 'by = "arm"\n') -> str:
    return HEAD + VARIABLES + TABLE.replace('by = "arm"\n', by) + "\n".join(keys) + "\n"


def of_r(folder: Path, stored: dict[str, Any], kind: str, test: str) -> dict[str, Any]:
    """Describe the data that R described."""
    lines = (TESTS / "data" / f"{stored['data']}.csv").read_text(encoding="utf-8").splitlines()
    toml = f"""{HEAD}
[variables.g]
column = "{stored["group"]}"
label = "Group"
type = "categorical"

[variables.v]
column = "{stored["value"]}"
label = "Value"
type = "{kind}"
{TABLE.replace("arm", "g")}
tests = true
differences = true
variables = [{{ id = "v", test = "{test}" }}]
"""
    return run(folder, toml, lines)


@pytest.mark.parametrize("name", STORED["means"])
@pytest.mark.parametrize("test", ["kruskal", "anova", "welch", "t"])
def test_p_values_of_numbers_equal_r(tmp_path: Path, name: str, test: str) -> None:
    stored = STORED["means"][name]
    document = of_r(tmp_path, stored, "continuous", test)
    expected = stored.get({"t": "student"}.get(test, test))
    if expected is None:
        assert missing(document, "t1.v.test.p_value") == (
            "this test compares two groups, and there are 4"
        )
    else:
        assert number(document, "t1.v.test.p_value") == pytest.approx(expected, rel=1e-9)
        assert document["values"]["t1.v.test.p_value"]["n"] == stored["n"]
    found = number(document, "t1.v.standardised_difference")
    assert found == pytest.approx(stored["difference"], rel=1e-9)


@pytest.mark.parametrize("name", STORED["shares"])
@pytest.mark.parametrize("test", ["fisher", "chi2", "chi2_yates"])
def test_p_values_of_levels_equal_r(tmp_path: Path, name: str, test: str) -> None:
    stored = STORED["shares"][name]
    document = of_r(tmp_path, stored, "categorical", test)
    assert number(document, "t1.v.test.p_value") == pytest.approx(stored[test], rel=1e-9)
    found = number(document, "t1.v.standardised_difference")
    assert found == pytest.approx(stored["difference"], rel=1e-9)


def test_the_rank_sum_test(tmp_path: Path) -> None:
    keys = 'variables = [{ id = "age", test = "wilcoxon" }]'
    values = run(tmp_path, study("tests = true", keys), ROWS)["values"]
    # every value of y is above every one of x: 2 of the C(8, 3) orders are as far apart
    assert values["t1.age.test.p_value"]["value"] == pytest.approx(2 / 56)
    assert values["t1.age.test.p_value"]["method"] == "Wilcoxon rank-sum test, exact"
    assert values["t1.age.test.statistic"]["value"] == 0.0


def test_defaults_are_those_of_the_field(tmp_path: Path) -> None:
    document = run(tmp_path, study("tests = true", 'variables = ["age", "sex", "stage"]'), ROWS)
    assert [v["test"] for v in document["analyses"][0]["variables"]] == [
        "kruskal",
        "fisher",
        "fisher",
    ]
    values = document["values"]
    assert values["t1.age.test.p_value"]["method"] == "Kruskal-Wallis rank-sum test"
    assert values["t1.sex.test.p_value"]["method"] == "Fisher's exact test"
    assert values["t1.age.test.df"]["value"] == 1
    assert "t1.age.standardised_difference" not in values


def test_nothing_is_compared_unless_asked(tmp_path: Path) -> None:
    document = run(tmp_path, study('variables = ["age", "sex"]'), ROWS)
    assert not [key for key in document["values"] if ".test." in key or "difference" in key]
    assert document["analyses"][0]["compared"] == {"tests": False, "differences": False}


def test_one_variable_may_go_untested(tmp_path: Path) -> None:
    keys = 'variables = ["age", { id = "sex", test = "none" }]'
    document = run(tmp_path, study("tests = true", keys), ROWS)
    assert document["analyses"][0]["variables"][1]["test"] is None
    assert "t1.sex.test.p_value" not in document["values"]


def test_one_group_is_never_tested(tmp_path: Path) -> None:
    rows = [row for row in ROWS if not row.startswith("y")]
    toml = study("tests = true", "differences = true", 'variables = ["age", "sex"]')
    document = run(tmp_path, toml, rows)
    assert not [key for key in document["values"] if ".test." in key or "difference" in key]
    node = document["analyses"][0]
    assert node["compared"] == {"tests": False, "differences": False}
    assert "Groups are not compared: only one has patients." in node["notes"]


@pytest.mark.parametrize("key", ["tests", "differences"])
def test_a_comparison_needs_groups(tmp_path: Path, key: str) -> None:
    said = mistake(tmp_path, study(f"{key} = true", 'variables = ["age"]', by=""), ROWS)
    assert f"{key} = true compares groups; name them in 'by'" in said


def test_a_test_is_named_only_where_tests_are_done(tmp_path: Path) -> None:
    said = mistake(tmp_path, study('variables = [{ id = "age", test = "t" }]'), ROWS)
    assert "variable 'age' names the test t, but no test is done; set tests = true" in said


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ('{ id = "age", test = "fisher" }', "'fisher' does not fit the variable 'age'"),
        ('{ id = "sex", test = "anova" }', "'anova' does not fit the variable 'sex'"),
        ('{ id = "age", levels_shown = ["f"] }', "'age' is continuous and has no levels"),
        ('{ id = "sex", statistics = ["range"] }', "'sex' is categorical: its levels are counted"),
    ],
)
def test_what_does_not_fit_a_variable(tmp_path: Path, item: str, message: str) -> None:
    assert message in mistake(tmp_path, study("tests = true", f"variables = [{item}]"), ROWS)


@pytest.mark.parametrize(
    ("rows", "variable", "test", "reason"),
    [
        (["x,f,1,1", "x,f,1,2", "y,f,1,3"], "sex", "fisher", "every patient with a known value"),
        (["x,f,1,1", "x,m,1,2", "y,,1,3"], "sex", "fisher", "no patient of the group y has a"),
        (["x,f,1,1", "x,f,1,2", "y,f,1,3"], "age", "t", "a group has only one known value"),
        (["x,f,1,1", "x,f,1,1", "y,f,1,3", "y,f,1,3"], "age", "welch", "nothing varies within"),
        (["x,f,1,1", "x,f,1,1", "y,f,1,3", "y,f,1,3"], "age", "anova", "nothing varies within"),
        (["x,f,1,5", "x,f,1,5", "y,f,1,5"], "age", "kruskal", "every patient with a known value"),
    ],
)
def test_a_test_that_cannot_be_done_says_why(
    tmp_path: Path, rows: list[str], variable: str, test: str, reason: str
) -> None:
    keys = f'variables = [{{ id = "{variable}", test = "{test}" }}]'
    document = run(tmp_path, study("tests = true", keys), [ROWS[0], *rows])
    assert missing(document, f"t1.{variable}.test.p_value").startswith(reason)


def test_a_table_too_large_for_an_exact_test_says_so(tmp_path: Path) -> None:
    rows = [f"{'xyzuvw'[i % 6]},f,{1 + (i * 7) % 13},1" for i in range(1500)]
    toml = study("tests = true", 'variables = ["stage"]').replace(
        'levels = { 1 = "I", 2 = "II", 3 = "III" }', 'type = "categorical"'
    )
    document = run(tmp_path, toml, [ROWS[0], *rows])
    assert missing(document, "t1.stage.test.p_value") == (
        "the table is too large for an exact P value: name the test chi2"
    )


def test_the_variable_of_the_groups_is_not_tested(tmp_path: Path) -> None:
    toml = study("tests = true", "differences = true", 'variables = ["arm"]')
    document = run(tmp_path, toml, ROWS)
    for key in ("t1.arm.test.p_value", "t1.arm.standardised_difference"):
        assert missing(document, key) == "the groups are made of this variable"


def test_a_difference_that_has_no_scale_says_so(tmp_path: Path) -> None:
    toml = study("differences = true", 'variables = ["sex", "age"]')
    document = run(tmp_path, toml, [ROWS[0], "x,f,1,1", "x,f,1,2", "y,m,1,3"])
    assert missing(document, "t1.sex.standardised_difference") == (
        "groups differ and nothing varies within them"
    )
    assert missing(document, "t1.age.standardised_difference") == "a group has only one known value"


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    toml = study("tests = true", "differences = true", 'variables = ["age", "sex", "stage"]')
    forwards = run(tmp_path, toml, ROWS)
    backwards = run(tmp_path, toml, [ROWS[0], *reversed(ROWS[1:])])
    assert forwards["values"] == backwards["values"]


def test_missing_values_as_a_level(tmp_path: Path) -> None:
    toml = study('missing = "percent"', 'variables = ["sex", { id = "age", missing = "row" }]')
    document = run(tmp_path, toml, ROWS)
    assert number(document, "t1.sex.male.x.percent") == pytest.approx(40.0)
    assert number(document, "t1.sex.x.missing_percent") == pytest.approx(20.0)
    assert document["values"]["t1.sex.male.x.percent"]["n"] == 5
    assert "t1.age.x.missing_percent" not in document["values"]
    shares = [number(document, f"t1.sex.{level}.x.percent") for level in ("female", "male")]
    assert sum(shares) + number(document, "t1.sex.x.missing_percent") == pytest.approx(100.0)


@pytest.mark.parametrize("code", ['"f"', '"Female"'])
def test_a_level_is_shown_by_code_or_label(tmp_path: Path, code: str) -> None:
    keys = f'variables = [{{ id = "sex", levels_shown = [{code}] }}, "stage"]'
    sex, stage = run(tmp_path, study(keys), ROWS)["analyses"][0]["variables"]
    assert sex["shown"] == ["female"]
    assert [level["id"] for level in sex["levels"]] == ["female", "male"]
    assert stage["shown"] == ["i", "ii", "iii"]


def test_a_level_that_is_none_cannot_be_shown(tmp_path: Path) -> None:
    keys = 'variables = [{ id = "sex", levels_shown = ["woman"] }]'
    said = mistake(tmp_path, study(keys), ROWS)
    assert (
        "variable 'sex' has no level 'woman' to be shown; its levels are 'Female', 'Male'" in said
    )


def test_more_statistics(tmp_path: Path) -> None:
    keys = 'variables = [{ id = "age", statistics = ["range", "iqr", "known"] }]'
    node = run(tmp_path, study("percent_places = 0", keys), ROWS)["analyses"][0]
    assert node["variables"][0]["statistics"] == ["range", "iqr", "known"]
    assert node["percent_places"] == 0


@pytest.mark.parametrize(
    "key", ["t1.x.n", "t1.sex.x.missing", "t1.sex.male.x.count", "t1.sex.male.overall.count"]
)
def test_counts_that_do_not_add_up_are_a_mistake_of_the_program(tmp_path: Path, key: str) -> None:
    document = run(tmp_path, study('variables = ["sex", "age"]'), ROWS)
    check_sums(document["analyses"][0], document["values"])
    document["values"][key]["value"] += 1
    with pytest.raises(RuntimeError, match="add up to"):
        check_sums(document["analyses"][0], document["values"])
