"""Analyses of cumulative incidence: every option away from its default, against the calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import atrisk
from study_kit import ARM, HEAD, number, run

if TYPE_CHECKING:
    from pathlib import Path

BASE = (
    HEAD
    + ARM
    + """
[variables.site]
label = "Site"
type = "categorical"

[[endpoints]]
id = "events"
label = "Events"
time = "t"
event = "d"
causes = { relapse = 1, nrm = { code = 2, label = "Non-relapse mortality" } }

[[analyses]]
id = "c"
kind = "cumulative_incidence"
title = "Incidence"
endpoint = "events"
by = "arm"
"""
)
RNG = np.random.default_rng(7)
N = 80
TIME = RNG.integers(1, 300, N)
EVENT = RNG.integers(0, 3, N)
ARMS = RNG.choice(["x", "y"], N)
SITES = RNG.choice(["s1", "s2", "s3"], N)
ROWS = ["t,d,arm,site", *map("{},{},{},{}".format, TIME, EVENT, ARMS, SITES)]


def histories(**more: Any) -> atrisk.Histories:
    causes = {"relapse": 1, "nrm": 2}
    return atrisk.Histories.from_arrays(
        TIME, EVENT, causes=causes, unit="days", origin="transplant", **more
    )


def part(result: Any, group: str, cause: str, name: str) -> np.ndarray:
    columns = result.columns()
    found: np.ndarray = columns[name][(columns["group"] == group) & (columns["cause"] == cause)]
    return found


def option(folder: Path, lines: str) -> dict[str, Any]:
    return run(folder, f"{BASE}{lines}\n", ROWS)


@pytest.mark.parametrize(
    ("lines", "options"),
    [
        ("", {}),
        ('variance = "aalen"', {"variance": "aalen"}),
        ('variance = "delta"', {"variance": "delta"}),
        ('variance = "robust"', {"variance": "robust"}),
        ('conf_type = "plain"', {"conf_type": "plain"}),
        ('conf_type = "log-log"', {"conf_type": "log-log"}),
        ("conf_level = 0.9", {"conf_level": 0.9}),
    ],
)
def test_options_of_the_curves(tmp_path: Path, lines: str, options: dict[str, Any]) -> None:
    document = option(tmp_path, f"{lines}\ntimes = [60, 150]")
    read = atrisk.cumulative_incidence(histories(group=ARMS), **options).at([60, 150])
    for cause in ("relapse", "nrm"):
        for group in "xy":
            for name in ("estimate", "std_error", "lower", "upper"):
                found = number(document, f"c.{cause}.{group}.t150d.{name}")
                assert found == part(read, group, cause, name)[1]
            count = number(document, f"c.{cause}.{group}.events")
            code = {"relapse": 1, "nrm": 2}[cause]
            assert count == ((code == EVENT) & (group == ARMS)).sum()


def test_gray(tmp_path: Path) -> None:
    document = option(tmp_path, "")
    columns = atrisk.gray_test(histories(group=ARMS)).columns()
    for row, cause in enumerate(("relapse", "nrm")):
        for name in ("statistic", "df", "p_value"):
            assert number(document, f"c.gray.{cause}.{name}") == columns[name][row]
    assert document["analyses"][0]["tests"] == [
        {"id": "gray", "label": "Gray's test", "cause": "relapse"},
        {"id": "gray", "label": "Gray's test", "cause": "nrm"},
    ]


def test_gray_with_rho_and_strata(tmp_path: Path) -> None:
    document = option(tmp_path, 'rho = 1\nstrata = "site"')
    plain = atrisk.gray_test(histories(group=ARMS), rho=1)
    within = atrisk.gray_test(histories(group=ARMS, strata=SITES), rho=1)
    assert number(document, "c.gray.relapse.statistic") == plain.statistic[0]
    assert number(document, "c.gray_stratified.nrm.statistic") == within.statistic[1]
    assert document["analyses"][0]["tests"][2] == {
        "id": "gray_stratified",
        "label": "Gray's test (rho = 1) stratified by site",
        "cause": "relapse",
    }


def test_curves_start_at_0_and_numbers_at_risk_count_every_cause(tmp_path: Path) -> None:
    analysis = option(tmp_path, "")["analyses"][0]
    assert [(curve["cause"], curve["group"]) for curve in analysis["curves"]] == [
        ("relapse", "x"),
        ("relapse", "y"),
        ("nrm", "x"),
        ("nrm", "y"),
        ("relapse", "overall"),
        ("nrm", "overall"),
    ]
    first = analysis["curves"][0]
    assert (first["time"][0], first["estimate"][0], first["upper"][0]) == (0.0, 0.0, 0.0)
    result = atrisk.cumulative_incidence(histories(group=ARMS))
    assert first["estimate"][1:] == part(result, "x", "relapse", "estimate").tolist()
    row = analysis["risk_table"]["rows"][-1]
    assert row["group"] == "overall"
    assert row["events"][1] == (EVENT[analysis["risk_table"]["times"][1] >= TIME] > 0).sum()
    assert [cause["label"] for cause in analysis["causes"]] == ["Relapse", "Non-relapse mortality"]


def test_a_cause_nobody_had_and_no_groups(tmp_path: Path) -> None:
    rows = ["t,d,arm,site", "5,1,x,s", "3,0,y,s", "4,1,y,s"]
    document = run(tmp_path, BASE + "times = [3]\n", rows)
    assert document["values"]["c.gray.nrm.p_value"]["missing"] == "no patient had this event"
    assert number(document, "c.nrm.x.events") == 0
    document = run(tmp_path, BASE.replace('by = "arm"\n', ""), rows)
    assert document["analyses"][0]["tests"] == []
    assert [curve["group"] for curve in document["analyses"][0]["curves"]] == ["overall"] * 2


def test_a_curve_ends_where_nobody_is_left_at_risk(tmp_path: Path) -> None:
    toml = BASE.replace('event = "d"', 'event = "d"\nentry = "e"\nweights = "w"')
    rows = ["t,d,arm,site,e,w", "2,1,x,s,0,1", "4,2,x,s,1,1", "9,1,x,s,6,1", "12,0,x,s,7,1"]
    rows += ["3,1,y,s,0,2", "12,0,y,s,0,1"]
    document = run(tmp_path, toml + "times = [10]\n", rows)
    curves = {
        (curve["group"], curve["cause"]): curve for curve in document["analyses"][0]["curves"]
    }
    assert curves["x", "relapse"]["time"] == curves["x", "nrm"]["time"] == [0, 2, 4]
    assert curves["x", "nrm"]["estimate"] == [0, 0, 0.5]
    assert curves["y", "nrm"]["time"] == [0, 3, 12]
    entry = document["values"]["c.nrm.x.t10d.upper"]
    assert entry["missing"] == "nobody was left at risk after 4 days"
    assert entry["method"].endswith(" interval, weighted by column w")
    assert document["values"]["c.gray.nrm.p_value"]["method"] == (
        "Gray's test, weighted by column w"
    )
    assert document["analyses"][0]["rmst"] is None


def test_all_censored(tmp_path: Path) -> None:
    document = run(tmp_path, BASE, ["t,d,arm,site", "5,0,x,s", "3,0,y,s"])
    assert document["values"]["c.gray.relapse.p_value"]["missing"] == "no patient had the event"


def test_fractional_weights_have_curves_and_no_gray_test(tmp_path: Path) -> None:
    toml = BASE.replace('event = "d"', 'event = "d"\nweights = "w"')
    rows = ["t,d,arm,site,w", "5,1,x,s,0.5", "3,2,y,s,2", "4,1,y,s,1", "9,0,x,s,1"]
    document = run(tmp_path, toml + "times = [4]\n", rows)
    assert "fractional weights" in document["values"]["c.gray.relapse.p_value"]["missing"]
    assert number(document, "c.relapse.y.t4d.estimate") == pytest.approx(1 / 3)


def test_a_cause_that_nobody_had_is_named_by_its_label(tmp_path: Path) -> None:
    rows = ["t,d,arm,site", "5,1,x,s", "8,0,x,s", "9,1,y,s", "12,0,y,s"]
    document = run(tmp_path, BASE, rows)
    assert "No event of cause non-relapse mortality." in document["analyses"][0]["notes"]
