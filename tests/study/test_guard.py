"""Groups known only after time zero, compared from time zero, are warned of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from study_kit import HEAD, run

if TYPE_CHECKING:
    from pathlib import Path

DEATH = """
[[endpoints]]
id = "os"
label = "Overall survival"
time = "t"
event = "d"
causes = { death = 1 }
"""
GROUP = '[variables.tx]\nlabel = "Transplant"\nlevels = { 0 = "No", 1 = "Yes" }\n'
KNOWN = GROUP + 'known_from = "tx_day"\n'
SURVIVAL = '[[analyses]]\nid = "a"\nkind = "survival"\ntitle = "S"\nendpoint = "os"\nby = "tx"\n'
ROWS = ["t,d,tx,tx_day,age", "9,1,1,4,50", "5,0,0,,61", "7,1,1,2,44", "8,1,0,,39", "6,1,1,0,58"]
REMEDY = (
    "Who is in that group cannot have had the event before, so that this time is immortal and the"
    ' comparison favours the group. Use kind = "time_dependent", which counts each patient in the'
    ' state they are in, or kind = "landmark", which starts later'
)
DECLARED = (
    "Transplant (Yes) is known only after transplant: for 2 of 5 patients it became known 2 days to"
    f" 4 days after transplant (column tx_day). {REMEDY}."
)
FOUND = (
    "Transplant: the column tx_day has a value for exactly the 3 patients of the group Yes, and for"
    " 2 of them it is after transplant. If it says when they came into the group, the group is"
    f" known only then. {REMEDY}. If it says something else, name what does in [variables.tx],"
    ' known_from = "column", or write known_from = false if the group is known from the start.'
)


@pytest.mark.parametrize(("group", "message"), [(KNOWN, DECLARED), (GROUP, FOUND)])
def test_a_group_known_later_is_warned_of(tmp_path: Path, group: str, message: str) -> None:
    document = run(tmp_path, HEAD + DEATH + group + SURVIVAL, ROWS)
    assert document["warnings"] == [{"analysis": "a", "message": message}]
    node = document["analyses"][0]
    assert node["warnings"] == [message]
    assert node["notes"][0] == message


@pytest.mark.parametrize(
    "analysis",
    [
        SURVIVAL.replace('"survival"', '"cumulative_incidence"'),
        SURVIVAL.replace('"survival"', '"cox"').replace('by = "tx"', 'variables = ["tx", "age"]'),
        SURVIVAL.replace('"survival"', '"landmark"') + "at = [1]\n",
    ],
)
def test_every_comparison_is_guarded(tmp_path: Path, analysis: str) -> None:
    age = '[variables.age]\nlabel = "Age"\n'
    document = run(tmp_path, HEAD + DEATH + KNOWN + age + analysis, ROWS)
    assert [warning["analysis"] for warning in document["warnings"]] == ["a"]


@pytest.mark.parametrize(
    "toml",
    [
        GROUP + "known_from = false\n" + SURVIVAL,
        KNOWN + SURVIVAL.replace('"survival"', '"landmark"') + "at = [4]\n",
        KNOWN
        + '[[analyses]]\nid = "a"\nkind = "describe"\ntitle = "T"\nby = "tx"\nvariables = ["tx"]\n',
        KNOWN + SURVIVAL.replace('by = "tx"\n', ""),
    ],
    ids=["denied", "known by the landmark", "not compared", "no groups"],
)
def test_a_comparison_that_is_right_is_not_warned_of(tmp_path: Path, toml: str) -> None:
    assert run(tmp_path, HEAD + DEATH + toml, ROWS)["warnings"] == []


def test_late_entry_makes_a_group_known(tmp_path: Path) -> None:
    toml = HEAD + DEATH.replace("causes", 'entry = "e"\ncauses') + KNOWN + SURVIVAL
    rows = [f"{ROWS[0]},e", *(f"{row},{4 if k != 1 else 1}" for k, row in enumerate(ROWS[1:]))]
    assert run(tmp_path, toml, rows)["warnings"] == []


def test_a_date_makes_a_group_known(tmp_path: Path) -> None:
    dated = """
[[endpoints]]
id = "os"
label = "Overall survival"
origin = "start"
events = [{ id = "death", label = "Death", date = "died" }]
censor = "seen"
"""
    rows = ["start,died,seen,tx,tx_date", "2020-01-01,2020-01-09,,1,2020-01-04"]
    rows += ["2020-01-01,,2020-01-06,0,", "2020-01-01,2020-01-08,,1,2020-01-02"]
    for group in (GROUP, KNOWN.replace("tx_day", "tx_date")):
        document = run(tmp_path, HEAD + dated + group + SURVIVAL, rows)
        assert len(document["warnings"]) == 1
        assert "tx_date" in document["warnings"][0]["message"]


def test_a_column_that_says_no_time_is_not_looked_at(tmp_path: Path) -> None:
    rows = [ROWS[0].replace("tx_day", "dose"), *ROWS[1:]]
    assert run(tmp_path, HEAD + DEATH + GROUP + SURVIVAL, rows)["warnings"] == []
    text = [ROWS[0], *(row.replace(",4,", ",soon,").replace(",2,", ",late,") for row in ROWS[1:])]
    assert run(tmp_path, HEAD + DEATH + GROUP + SURVIVAL, text)["warnings"] == []
