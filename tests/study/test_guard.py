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
    "Transplant (Yes) is known only after transplant: for 2 of 5 patients it became known 2 to 4"
    f" days after transplant (column tx_day). {REMEDY}."
)
FOUND = (
    "Transplant: the column tx_day has a value for exactly the 3 patients of the group Yes, and for"
    " 2 of them it is 2 to 4 days after transplant. If it says when they came into the group,"
    f" the group is known only then. {REMEDY}. If it says something else, name what does in"
    " [variables.tx],"
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


DATED = """
[[endpoints]]
id = "os"
label = "Overall survival"
origin = "start"
events = [{ id = "death", label = "Death", date = "died" }]
censor = "seen"
"""
GVHD = '[variables.ever]\nlabel = "GVHD"\nlevels = { 0 = "No", 1 = "Yes" }\n'
DATED_ROWS = [
    "start,died,seen,ever,gvhd,age,name",
    "2020-01-01,2020-01-09,,1,2020-01-04,50,x",
    "2020-01-01,,2020-01-06,0,,60,y",
    "2020-01-02,2020-01-08,,1,2020-01-03,40,z",
    "2020-01-02,2020-01-05,,0,,30,x",
    "2020-01-02,2020-01-12,,1,2020-01-02,30,x",
    "2020-01-02,2020-01-15,,0,,37,x",
]


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("survival", 'by = "ever"'),
        ("cox", 'variables = ["ever"]'),
        ("weighted", 'treatment = "ever"\ncovariates = ["age"]'),
    ],
)
def test_a_date_needs_no_telling_name(tmp_path: Path, kind: str, keys: str) -> None:
    age = '[variables.age]\nlabel = "Age"\n'
    analysis = f'[[analyses]]\nid = "a"\nkind = "{kind}"\ntitle = "T"\nendpoint = "os"\n{keys}\n'
    document = run(tmp_path, HEAD + DATED + GVHD + age + analysis, DATED_ROWS)
    (warning,) = document["warnings"]
    assert "the column gvhd has a value for exactly the 3 patients" in warning["message"]
    assert "for 2 of them it is 1 to 3 days after transplant" in warning["message"]


def test_times_in_days_are_read_beside_dates(tmp_path: Path) -> None:
    days = iter(["gvhd_days", "3", "", "1", "", "0", ""])
    rows = [",".join([*row.split(",")[:4], next(days)]) for row in DATED_ROWS]
    analysis = SURVIVAL.replace('"tx"', '"ever"')
    (warning,) = run(tmp_path, HEAD + DATED + GVHD + analysis, rows)["warnings"]
    assert "the column gvhd_days has a value" in warning["message"]


def test_the_column_of_an_exposure_holds_times_whatever_its_name(tmp_path: Path) -> None:
    exposure = '[[analyses]]\nid = "b"\nkind = "time_dependent"\ntitle = "T"\nendpoint = "os"\n'
    exposure += 'exposures = [{ id = "x", label = "X", time = "begun" }]\n'
    rows = [ROWS[0].replace("tx_day", "begun"), *ROWS[1:]]
    rows[-1] = "6,1,0,,58"
    document = run(tmp_path, HEAD + DEATH + GROUP + SURVIVAL + exposure, rows)
    assert [warning["analysis"] for warning in document["warnings"]] == ["a"]
