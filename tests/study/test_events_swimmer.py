"""Bars of a swimmer plot, every day counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atrisk.errors import InputError
from events_kit import COHORT, run_cohort, values
from study_kit import HEAD, mistake, run

if TYPE_CHECKING:
    from pathlib import Path

SWIMMER = 'kind = "swimmer"\n'


def bars(document: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(p["end"], p["status"]) for p in document["analyses"][0]["patients"]]


def test_bars_blocks_and_marks_come_from_the_forms(tmp_path: Path) -> None:
    document = run_cohort(tmp_path, SWIMMER)
    node = document["analyses"][0]
    # C dies after the cut-off of 31 December: 305 days from 1 March, alive then
    assert bars(document) == [(305.0, "alive"), (274.0, "alive"), (90.0, "dead")]
    assert [p["number"] for p in node["patients"]] == [1, 2, 3]
    c, a, b = node["patients"]
    assert a["cycles"] == [[0.0, 14.0, 1.8], [28.0, 36.0, 1.0]]
    assert a["marks"] == [["cr", 21.0], ["cr", 79.0], ["transplantation", 91.0], ["cr", 140.0]]
    assert b["marks"] == [["refractory", 21.0], ["transplantation", 60.0], ["sos_vod", 80.0]]
    assert c["marks"] == [["cri", 21.0], ["transplantation", 61.0], ["relapse", 153.0]]
    assert "1 bar ends at the cut-off 2020-12-31." in node["notes"]
    assert [item["record"] for item in node["left_out"]] == ["D"]
    numbers = values(document)
    assert numbers["overall.n"] == 3
    assert (numbers["alive"], numbers["dead"], numbers["unknown"]) == (2, 1, 0)
    assert numbers["length.median"] == 274
    assert numbers["mark.cr.patients"] == 1
    assert numbers["mark.transplantation.patients"] == 3


def test_records_are_named_only_where_the_study_says_so(tmp_path: Path) -> None:
    numbered = run_cohort(tmp_path, SWIMMER)["analyses"][0]["patients"]
    assert all("record" not in patient for patient in numbered)
    named = run_cohort(tmp_path, SWIMMER + 'labels = "record"')["analyses"][0]["patients"]
    assert [patient["record"] for patient in named] == ["C", "A", "B"]


@pytest.mark.parametrize(
    ("order", "ends"),
    [("ino_dose", [305.0, 90.0, 274.0]), ("ino_start", [274.0, 90.0, 305.0])],
)
def test_bars_are_in_the_order_of_a_column(tmp_path: Path, order: str, ends: list[float]) -> None:
    document = run_cohort(tmp_path, f'{SWIMMER}order = "{order}"')
    assert [end for end, _ in bars(document)] == ends


def test_groups_and_a_condition(tmp_path: Path) -> None:
    document = run_cohort(tmp_path, SWIMMER + 'by = "sos"\nwhere = "hct_date is not missing"')
    node = document["analyses"][0]
    assert [patient["group"] for patient in node["patients"]] == ["no", "no", "yes"]
    assert node["left_out"] == []
    assert "1 patient is not shown" in node["notes"][0]
    assert values(document)["yes.n"] == 1


def test_own_marks_cut_off_and_end_of_the_axis(tmp_path: Path) -> None:
    asked = """
cycles = false
cut_off = 2020-04-30
until = "30 days"
marks = [{ column = "hct_date", label = "HCT" }]
"""
    document = run_cohort(tmp_path, SWIMMER + asked)
    node = document["analyses"][0]
    # C is transplanted on 1 May, B dies then: both after this cut-off
    assert bars(document) == [(120.0, "alive"), (89.0, "alive"), (60.0, "alive")]
    assert [len(patient["marks"]) for patient in node["patients"]] == [1, 1, 0]
    assert all(patient["cycles"] == [] for patient in node["patients"])
    assert node["axis"]["max"] == 30
    assert not node["blocks"]


def test_what_has_no_date_is_told_and_not_drawn(tmp_path: Path) -> None:
    relapse = [{"id": "C", "rel_date": "UNK"}]
    node = run_cohort(tmp_path, SWIMMER, relapse=relapse)["analyses"][0]
    assert "Relapse: 1 without a known date, not drawn." in node["notes"]
    calls = [{"id": "A", "resp_call": "1"}]
    node = run_cohort(tmp_path, SWIMMER, response=calls)["analyses"][0]
    assert "CR: 1 without a known date, not drawn." in node["notes"]


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    turned = {form: rows[::-1] for form, rows in COHORT.items()}
    one = run_cohort(tmp_path, SWIMMER)
    other = run_cohort(tmp_path, SWIMMER, ids="DCBA", **turned)
    assert one["analyses"][0]["patients"] == other["analyses"][0]["patients"]
    assert values(one) == values(other)


TABLE = """
[[analyses]]
id = "a"
title = "A"
kind = "swimmer"
"""
ROWS = ["t,d,r,q", "5,1,2,1", "8,0,3,0", "9,1,9,1", "12,,,"]


def test_a_table_study_names_its_columns(tmp_path: Path) -> None:
    own = 'bars = "t"\ndead = "d == 1"\nmost = 5\n'
    mark = 'marks = [{ column = "r", label = "Relapse", happened = "q == 1" }]'
    document = run(tmp_path, HEAD + TABLE + own + mark, ROWS)
    node = document["analyses"][0]
    assert bars(document) == [(12.0, "unknown"), (9.0, "dead"), (8.0, "alive"), (5.0, "dead")]
    assert [patient["marks"] for patient in node["patients"]] == [
        [],
        [["relapse", 9.0]],
        [],
        [["relapse", 2.0]],
    ]
    assert node["most"] == 5
    assert any("not known whether they died" in note for note in node["notes"])


def test_dates_of_a_table_study(tmp_path: Path) -> None:
    rows = ["from,to", "2020-01-01,2020-01-31", "2020-01-01,", "2020-02-01,2020-01-01"]
    node = run(tmp_path, HEAD + TABLE + 'start = "from"\nbars = "to"', rows)["analyses"][0]
    assert [patient["end"] for patient in node["patients"]] == [30.0]
    assert [item["reason"] for item in node["left_out"]] == [
        "the end of the bar is missing",
        "the end of the bar is before its start",
    ]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("", "the ends of the bars are not named"),
        ('bars = "t"\ncycles = true', "it has no \\[forms\\]"),
        ('bars = "t"\ncut_off = 2020-01-01', "a cut-off is a date"),
        ('bars = "tt"', "no column 'tt'"),
        ('bars = "t"\nmarks = [{ column = "zz", label = "Z" }]', "no column 'zz'"),
        ('bars = "t"\nmost = 3', "greater than or equal to 5"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, keys: str, said: str) -> None:
    import re

    assert re.search(said, mistake(tmp_path, HEAD + TABLE + keys, ROWS))


def test_more_patients_than_figures_can_show_are_refused(tmp_path: Path) -> None:
    own = 'bars = "t"\nmost = 5\n'
    rows = ["t,g", *(f"{at},{at}" for at in range(1, 102))]
    said = mistake(tmp_path, HEAD + TABLE + own, rows)
    assert "101 patients have a bar, more than 20 figures of 5 can show" in said
    node = run(tmp_path, HEAD + TABLE + own, rows[:-1])["analyses"][0]
    assert len(node["patients"]) == 100


def test_too_many_groups_and_nobody_left(tmp_path: Path) -> None:
    groups = '[variables.g]\nlabel = "G"\ntype = "categorical"\n'
    rows = ["t,g", *(f"{at},{at}" for at in range(1, 7))]
    said = mistake(tmp_path, HEAD + groups + TABLE + 'bars = "t"\nby = "g"', rows)
    assert "6 groups" in said
    with pytest.raises(InputError, match="holds for no patient"):
        run_cohort(tmp_path, SWIMMER + 'where = "sos == 7"')
