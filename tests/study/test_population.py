from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from study_kit import MINIMAL, run

if TYPE_CHECKING:
    from pathlib import Path

ROWS = ["t,d,age,sex", "5,1,17,f", "8,0,,m", "9,1,40,", "12,0,50,f", "13,1,80,m"]

STEPS = """
[[population]]
exclude = "age < 18"
reason = "Younger than 18 years"
unknown = "keep"

[[population]]
id = "men"
exclude = 'sex == "m" or age > 60'
reason = "Men, or older than 60"
unknown = "exclude"
"""


@pytest.fixture
def population(tmp_path: Path) -> dict[str, Any]:
    document = run(tmp_path, MINIMAL + STEPS, ROWS)
    found: dict[str, Any] = document["population"]
    return found


def test_steps_apply_in_order(population: dict[str, Any]) -> None:
    assert population["exclusions"] == [
        {"id": "exclusion_1", "reason": "Younger than 18 years", "rows": 1, "remaining": 4},
        {"id": "men", "reason": "Men, or older than 60", "rows": 3, "remaining": 1},
    ]


def test_rows_in_are_rows_used_and_rows_listed(population: dict[str, Any]) -> None:
    assert population["rows_in"] == 5
    assert population["rows_used"] == 1
    assert population["rows_in"] == population["rows_used"] + len(population["left_out"])


def test_every_row_left_out_says_what_decided(population: dict[str, Any]) -> None:
    reason = "Men, or older than 60"
    assert population["left_out"] == [
        {
            "line": 2,
            "record": None,
            "column": "age",
            "value": "17",
            "reason": "Younger than 18 years",
        },
        {"line": 3, "record": None, "column": "sex, age", "value": "m, missing", "reason": reason},
        {"line": 6, "record": None, "column": "sex, age", "value": "m, 80", "reason": reason},
        {
            "line": 4,
            "record": None,
            "column": "sex, age",
            "value": "missing, 40",
            "reason": f"{reason}: unknown, a value is missing",
        },
    ]


def test_rows_kept_although_unknown_are_noted(population: dict[str, Any]) -> None:
    assert population["notes"] == [
        "Younger than 18 years: a value is missing in 1 row (line 3); kept."
    ]


def test_without_steps_everyone_is_used(tmp_path: Path) -> None:
    population = run(tmp_path, rows=ROWS)["population"]
    assert population == {
        "rows_in": 5,
        "rows_used": 5,
        "exclusions": [],
        "left_out": [],
        "notes": [],
    }
