from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from study_kit import HEAD, number, run

if TYPE_CHECKING:
    from pathlib import Path

TOML = (
    HEAD
    + """
[variables.arm]
label = "Arm"
type = "categorical"

[variables.sex]
label = "Sex"
levels = { f = "Female", m = "Male", d = "Diverse" }

[variables.age]
label = "Age"
unit = "years"

[[analyses]]
id = "t1"
kind = "describe"
title = "Patients"
by = "arm"
statistics = ["mean_sd", "median_iqr"]
variables = ["sex", "age", { id = "age", statistics = ["median_range"] }]
"""
).replace(', { id = "age", statistics = ["median_range"] }', "")

ROWS = ["arm,sex,age", "x,f,10", "x,m,20", "x,,30", "x,m,45", "y,f,", "y,f,50", ",m,60"]


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    return run(tmp_path, TOML, ROWS)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("t1.x.n", 4),
        ("t1.overall.n", 6),
        ("t1.sex.x.n", 3),
        ("t1.sex.x.missing", 1),
        ("t1.sex.male.x.count", 2),
        ("t1.sex.male.x.percent", 200 / 3),
        ("t1.sex.diverse.y.count", 0),
        ("t1.sex.female.overall.percent", 60.0),
        ("t1.age.x.n", 4),
        ("t1.age.y.missing", 1),
        ("t1.age.x.median", 25.0),
        ("t1.age.x.q1", 17.5),
        ("t1.age.x.q3", 33.75),
        ("t1.age.x.min", 10.0),
        ("t1.age.x.max", 45.0),
        ("t1.age.x.mean", 26.25),
        ("t1.age.x.sd", np.std([10, 20, 30, 45], ddof=1)),
        ("t1.age.y.median", 50.0),
        ("t1.age.y.sd", None),
    ],
)
def test_a_number_of_table_1(document: dict[str, Any], key: str, expected: float | None) -> None:
    assert number(document, key) == (None if expected is None else pytest.approx(expected))


def test_what_is_not_there_says_why(document: dict[str, Any]) -> None:
    assert document["values"]["t1.age.y.sd"]["missing"] == "only one known value"


def test_the_node_says_how_to_print(document: dict[str, Any]) -> None:
    node = document["analyses"][0]
    assert node["by"] == {"variable": "arm", "label": "Arm"}
    assert [group["id"] for group in node["groups"]] == ["x", "y"]
    assert node["overall"] == {"id": "overall", "label": "All patients"}
    sex, age = node["variables"]
    assert [level["id"] for level in sex["levels"]] == ["female", "male", "diverse"]
    assert age["label"] == "Age, years"
    assert age["statistics"] == ["mean_sd", "median_iqr"]
    assert document["values"]["t1.age.x.median"]["unit"] == "years"


def test_rows_without_a_group_are_listed(document: dict[str, Any]) -> None:
    assert [entry["line"] for entry in document["analyses"][0]["left_out"]] == [8]


def test_a_variable_nobody_has(tmp_path: Path) -> None:
    document = run(tmp_path, TOML, ["arm,sex,age", "x,,", "x,,"])
    values = document["values"]
    assert values["t1.age.x.median"]["missing"] == "no patient has a known value"
    assert values["t1.sex.male.x.percent"]["value"] is None
    assert values["t1.sex.male.x.count"]["value"] == 0


def test_a_variable_may_have_its_own_statistics(tmp_path: Path) -> None:
    toml = TOML.replace('"sex", "age"', '"sex", { id = "age", statistics = ["median_range"] }')
    variables = run(tmp_path, toml, ROWS)["analyses"][0]["variables"]
    assert variables[1]["statistics"] == ["median_range"]


def test_without_groups_everyone_is_described(tmp_path: Path) -> None:
    document = run(tmp_path, TOML.replace('by = "arm"\n', ""), ROWS)
    assert document["analyses"][0]["groups"] == []
    assert document["analyses"][0]["by"] is None
    assert number(document, "t1.overall.n") == 7


def test_table_1_of_the_example(bmt: dict[str, Any]) -> None:
    document = bmt
    assert number(document, "patients.overall.n") == 137
    counts = {"ohio_state": 76, "alfred": 17, "st_vincent": 23, "hahnemann": 21}
    for level, count in counts.items():
        assert number(document, f"patients.hospital.{level}.overall.count") == count
