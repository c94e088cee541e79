from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from atrisk.study.axis import axis_node, ticks
from atrisk.study.groups import level_ids
from atrisk.study.selection import MOST_GROUPS
from atrisk.study.units import Clock
from study_kit import ARM, DEATH, HEAD, SURVIVAL, mistake, number, run

if TYPE_CHECKING:
    from pathlib import Path

GROUPED = HEAD + DEATH + ARM + SURVIVAL + 'by = "arm"\n'


def test_ids_are_made_of_labels_and_differ() -> None:
    labels = ["AML, low risk", "AML low risk", "≥ 3", "Größe", "Logrank", "", "3"]
    assert [level.id for level in level_ids(labels)] == [
        "aml_low_risk",
        "aml_low_risk_2",
        "level_3",
        "grosse",
        "logrank_2",
        "level",
        "level_3_2",
    ]


def test_declared_levels_keep_their_order(tmp_path: Path) -> None:
    levels = 'levels = { y = "Why", x = "Ex", z = "Zed" }'
    document = run(tmp_path, GROUPED.replace('type = "categorical"', levels))
    analysis = document["analyses"][0]
    assert [group["id"] for group in analysis["groups"]] == ["why", "ex"]
    assert analysis["notes"] == ["No patient is in the group Zed."]
    assert number(document, "a.why.n") == 2


@pytest.mark.parametrize("kind", ["survival", "describe"])
def test_more_groups_than_can_be_shown_are_refused(tmp_path: Path, kind: str) -> None:
    toml = GROUPED
    if kind == "describe":
        toml = HEAD + ARM + '[[analyses]]\nid = "a"\nkind = "describe"\ntitle = "T"\n'
        toml += 'variables = ["arm"]\nby = "arm"\n'
    rows = ["t,d,arm", *(f"{5 + arm},1,{arm}" for arm in range(MOST_GROUPS))]
    assert len(run(tmp_path, toml, rows)["analyses"][0]["groups"]) == MOST_GROUPS == 12
    assert mistake(tmp_path, toml, [*rows, "30,0,12"]) == (
        "analysis 'a': the variable 'arm' makes 13 groups (0, 1, 2, 3, 4 and 8 more); at most 12"
        " can be shown side by side. Give it fewer levels, in a column of the data that puts"
        " values together, or leave out 'by'."
    )


def test_the_group_called_all_is_not_that_of_all_patients(tmp_path: Path) -> None:
    levels = 'levels = { x = "ALL", y = "Overall" }'
    analysis = run(tmp_path, GROUPED.replace('type = "categorical"', levels))["analyses"][0]
    assert [group["id"] for group in analysis["groups"]] == ["all", "overall_2"]
    assert analysis["overall"] == {"id": "overall", "label": "All patients"}


def test_levels_that_are_found_are_sorted(tmp_path: Path) -> None:
    rows = ["t,d,arm", "5,1,10", "8,0,9", "9,1,b", "12,0,a"]
    document = run(tmp_path, GROUPED, rows)
    assert [group["label"] for group in document["analyses"][0]["groups"]] == ["9", "10", "a", "b"]


def test_rows_without_a_group_are_listed(tmp_path: Path) -> None:
    rows = ["t,d,arm", "5,1,x", "8,0,", "9,1,y", "10,1,NA"]
    document = run(tmp_path, GROUPED, rows)
    analysis = document["analyses"][0]
    assert document["population"]["rows_used"] == 4
    assert [(entry["line"], entry["column"], entry["value"]) for entry in analysis["left_out"]] == [
        (3, "arm", "missing"),
        (5, "arm", "missing"),
    ]
    assert analysis["notes"] == [
        "2 patients are left out (Arm is missing): column arm, lines 3, 5."
    ]
    assert number(document, "a.overall.n") == 2


def test_ticks_are_few_and_round() -> None:
    assert ticks(7.2, "years") == (0, 1, 2, 3, 4, 5, 6, 7)
    assert ticks(22, "years") == (0, 5, 10, 15, 20)
    assert ticks(0.8, "years") == (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
    assert ticks(60, "months") == (0, 12, 24, 36, 48, 60)
    assert ticks(365, "days") == (0, 50, 100, 150, 200, 250, 300, 350)
    assert ticks(30, "weeks") == (0, 4, 8, 12, 16, 20, 24, 28)
    assert ticks(0.04, "years") == (0, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.035, 0.04)
    assert ticks(1e6, "days") == (0, 2e5, 4e5, 6e5, 8e5, 1e6)
    assert ticks(0, "days") == (0.0,)


def test_an_axis_is_marked_in_the_report_unit_and_kept_in_the_time_unit() -> None:
    node = axis_node(800.0, Clock("days", "years"))
    assert node["max"] == 800.0
    assert node["unit"] == "years"
    assert node["ticks"] == [
        0.0,
        91.3125,
        182.625,
        273.9375,
        365.25,
        456.5625,
        547.875,
        639.1875,
        730.5,
    ]
    assert json.loads(json.dumps(node)) == node


def test_an_axis_has_a_length_where_all_times_are_0() -> None:
    clock = Clock("days", "months")
    assert axis_node(0.0, clock)["max"] == clock.per_report_unit
