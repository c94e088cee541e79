"""Analyses of kind ``time_dependent`` and ``landmark``: options, rules for odd dates, mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from study_kit import ARM, DEATH, HEAD, missing, mistake, number, numbers, run, run_bmt

if TYPE_CHECKING:
    from pathlib import Path

TIME = '[[analyses]]\nid = "a"\nkind = "time_dependent"\ntitle = "Transplant"\nendpoint = "os"\n'
EXPOSED = TIME + 'exposures = [{ id = "tx", label = "Transplant", time = "tx" }]\n'
TOML = HEAD + DEATH + EXPOSED
# four patients: one dies unexposed, one exposed, one exposed at once, one never and alive
ROWS = ["t,d,tx,did", "2,1,,0", "4,1,1,1", "6,1,0,1", "8,0,3,1"]


def node_of(document: dict[str, Any]) -> dict[str, Any]:
    node = document["analyses"][-1]
    assert isinstance(node, dict)
    return node


def test_patients_move_between_states(tmp_path: Path) -> None:
    """By hand: at first patients 1, 2 and 4 are before the exposure, and patient 3 after it."""
    document = run(tmp_path, TOML, ROWS)
    key = "a.tx"
    assert numbers(document, key, "patients_exposed", "exposed_at_start", "ignored") == [3, 1, 0]
    assert numbers(document, key, "before.n", "before.events") == [3, 1]
    assert numbers(document, key, "after.n", "after.events") == [3, 2]
    # at t = 2: before 1 and 4, after 2 and 3; at 4: after 2, 3 and 4; at 6: after 3 and 4
    assert number(document, f"{key}.before.expected") == pytest.approx(2 / 4)
    assert number(document, f"{key}.after.expected") == pytest.approx(2 / 4 + 1 + 1)
    assert number(document, f"{key}.mantel_byar.statistic") == pytest.approx(0.5**2 / 0.25)
    node = node_of(document)["exposures"][0]
    assert [state["label"] for state in node["states"]] == ["Before transplant", "After transplant"]
    before, after = node["curves"]
    assert (before["group"], after["group"]) == ("before", "after")
    assert after["estimate"][-1] == pytest.approx(2 / 3 / 2)
    rows = {row["group"]: row for row in node["risk_table"]["rows"]}
    assert node["risk_table"]["times"] == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    # just after the start, then just before each time
    assert rows["before"]["at_risk"] == [3, 3, 2, 1, 0, 0, 0, 0, 0]
    assert rows["after"]["at_risk"] == [1, 1, 2, 2, 3, 2, 2, 1, 1]
    # patient 2 moves at 1 and patient 4 at 3; patient 3 never moved, being exposed at once
    assert node["risk_table"]["moved"] == [0, 0, 1, 1, 2, 2, 2, 2, 2]
    assert sum(rows["before"]["moved_out"]) == sum(rows["after"]["moved_in"]) == 2


def test_a_condition_says_for_whom_it_began(tmp_path: Path) -> None:
    rows = [ROWS[0], "2,1,9,0", *ROWS[2:]]
    toml = TOML.replace('time = "tx"', 'time = "tx", happened = "did == 1"')
    assert run(tmp_path, toml, rows)["values"] == run(tmp_path, TOML, ROWS)["values"]
    assert mistake(tmp_path, toml, [ROWS[0], "2,1,9,", "4,1,1,1"]) == (
        "analysis 'a': data.csv: whether 'did == 1' holds, and 'tx' began, is unknown in line 2."
        " Complete the entries, or exclude the rows in [[population]]."
    )
    assert mistake(tmp_path, toml, [ROWS[0], "2,1,,1", "4,1,1,1"]) == (
        "analysis 'a': data.csv, column 'tx': 1 entry is missing where 'did == 1' holds: line 2."
        " Give the time at which it began, or correct the condition."
    )


def test_times_of_exposures_have_their_own_unit(tmp_path: Path) -> None:
    rows = [ROWS[0], "20,1,,0", "40,1,1,1", "60,1,0,1", "80,0,3,1"]
    weeks = run(tmp_path, TOML.replace('time = "tx"', 'time = "tx", unit = "weeks"'), rows)
    days = run(tmp_path, TOML, [ROWS[0], "20,1,,0", "40,1,7,1", "60,1,0,1", "80,0,21,1"])
    assert weeks["values"] == days["values"]


def test_dates_of_exposures_belong_to_endpoints_of_dates(tmp_path: Path) -> None:
    dated = """
[[endpoints]]
id = "os"
label = "Overall survival"
origin = "start"
events = [{ id = "death", label = "Death", date = "died" }]
censor = "seen"
"""
    rows = ["start,died,seen,tx", "2020-01-01,2020-01-03,,", "2020-01-01,2020-01-05,,2020-01-02"]
    rows += ["2020-01-01,2020-01-07,,2020-01-01", "2020-01-01,,2020-01-09,2020-01-04"]
    assert (
        run(tmp_path, HEAD + dated + EXPOSED, rows)["values"] == run(tmp_path, TOML, ROWS)["values"]
    )


ODD = ["t,d,tx", "0,1,", "4,1,4", "6,1,9", "8,0,3", "9,1,", "11,0,5"]


def test_odd_dates_stop_with_their_lines(tmp_path: Path) -> None:
    assert mistake(tmp_path, TOML, ODD) == (
        "analysis 'a': data.csv, column 'tx': 1 entry is after the end of the patient's time: '9'"
        ' (line 4). Correct the entries, or set after_exit = "ignore": such patients were not'
        " exposed while they were observed, and the report says how many they are."
    )
    ignoring = TOML + 'after_exit = "ignore"\n'
    assert mistake(tmp_path, ignoring, ODD) == (
        "analysis 'a': data.csv: the time of 1 patient ends at 0 (line 2), when nobody is at risk"
        ' yet. Set at_zero = "shift" to put it halfway to the next time of the data, or at_zero ='
        ' "drop" to leave them out.'
    )
    assert mistake(tmp_path, TOML, [ODD[0], "4,1,-1", "5,1,"]) == (
        "analysis 'a': data.csv, column 'tx': 1 entry is before the origin: '-1' (line 2). Times"
        " count from the origin. Give 0 to who was exposed before it, or correct the entries."
    )


def test_a_rule_for_odd_dates_is_applied_and_told(tmp_path: Path) -> None:
    ignoring = TOML + 'after_exit = "ignore"\n'
    shifted = run(tmp_path, ignoring + 'at_zero = "shift"\n', ODD)
    assert node_of(shifted)["notes"] == [
        "End of observation, 1 patient (line 2): exit at time 0 put at 1.5 days.",
        "Transplant, 1 patient (line 3): exposure at exit: the exit belongs to the state before.",
        "Transplant, 1 patient (line 4): exposure after exit: not exposed while observed.",
    ]
    assert number(shifted, "a.tx.ignored") == 1
    assert numbers(shifted, "a.tx", "before.events", "after.events") == [4, 0]
    exposed = run(tmp_path, ignoring + 'at_zero = "shift"\nat_exit = "exposed"\n', ODD)
    assert numbers(exposed, "a.tx", "before.events", "after.events") == [3, 1]
    dropped = run(tmp_path, ignoring + 'at_zero = "drop"\n', ODD)
    assert numbers(dropped, "a.tx", "before.n", "before.events") == [5, 3]
    assert "1 patient is left out, whose time ends at 0 (line 2)." in node_of(dropped)["notes"]


def test_lines_are_named_as_lines(tmp_path: Path) -> None:
    rows = [*ODD, "7,1,7"]
    exposed = TOML + 'after_exit = "ignore"\nat_zero = "shift"\nat_exit = "exposed"\n'
    assert (
        "Transplant, 2 patients (lines 3, 8): exposure at exit: put halfway from the time before"
        " to the exit."
    ) in node_of(run(tmp_path, exposed, rows))["notes"]


def test_parts_can_be_left_out(tmp_path: Path) -> None:
    off = "mantel_byar = false\nsimon_makuch = false\nandersen_gill = false\n"
    document = run(tmp_path, TOML + off, ROWS)
    node = node_of(document)
    assert (node["tests"], node["models"]) == ([], [])
    assert node["exposures"][0]["curves"] == []
    assert not [key for key in document["values"] if "mantel" in key or "model" in key]


def test_nobody_exposed_is_a_reason(tmp_path: Path) -> None:
    document = run(tmp_path, TOML, [ROWS[0], "2,1,,0", "3,0,,0"])
    why = "nobody was exposed while observed"
    assert missing(document, "a.tx.mantel_byar.p_value") == why
    assert number(document, "a.tx.patients_exposed") == 0
    assert node_of(document)["models"][0]["failed"] is None
    assert "Transplant: the model could not be fitted" in node_of(document)["models"][0]["notes"][0]


BMT_TIME = (
    'id = "a"\nkind = "time_dependent"\ntitle = "GVHD"\nendpoint = "disease_free_survival"\n'
    'exposures = [{ id = "acute", label = "Acute GVHD", time = "ta", happened = "da == 1" }]\n'
)


def test_strata_ties_and_variables_reach_test_and_model(tmp_path: Path) -> None:
    plain = run_bmt(tmp_path, BMT_TIME)
    document = run_bmt(
        tmp_path, BMT_TIME + 'strata = "hospital"\nties = "breslow"\nvariables = ["age"]\n'
    )
    test = node_of(document)["tests"]
    assert test == [{"id": "mantel_byar", "label": "Mantel-Byar test stratified by hospital"}]
    key = "a.acute.mantel_byar.statistic"
    assert number(document, key) != pytest.approx(number(plain, key))
    models = node_of(document)["models"]
    assert [model["id"] for model in models] == ["univariable", "multivariable"]
    assert models[1]["formula"] == "Surv(start, stop, event) ~ acute + age + strata(hospital)"
    assert models[1]["ties"] == "breslow"
    assert [model["id"] for model in node_of(plain)["models"]] == ["univariable"]


def test_curves_can_start_at_a_landmark(tmp_path: Path) -> None:
    more = 'landmark_start = "100 days"\ntimes = ["50 days", "1 year"]\nconf_level = 0.9\n'
    document = run_bmt(tmp_path, BMT_TIME + more + 'conf_type = "plain"\nuntil = "2 years"\n')
    node = node_of(document)
    assert node["start"] == {"label": "100 days", "value": 100.0}
    assert node["axis"]["max"] == 730.5
    curve = node["exposures"][0]["curves"][0]
    assert (curve["time"][0], curve["estimate"][0]) == (100.0, 1.0)
    assert node["exposures"][0]["risk_table"]["times"][0] == 100.0
    why = "before the start of the curve at 100 days"
    assert missing(document, "a.acute.before.t50d.estimate") == why
    estimate, error, low = numbers(document, "a.acute.before.t1y", "estimate", "std_error", "lower")
    assert low == pytest.approx(estimate - 1.6448536269514722 * error)
    # the curve from 100 days on is the rest of that from the origin
    plain = run_bmt(tmp_path, BMT_TIME + 'times = ["100 days", "1 year"]\n')
    whole = [number(plain, f"a.acute.before.{time}.estimate") for time in ("t100d", "t1y")]
    assert estimate == pytest.approx(whole[1] / whole[0])
    # the test counts from the origin, whatever the curves do
    key = "a.acute.mantel_byar.statistic"
    assert number(document, key) == number(plain, key)


LANDMARK = (
    '[[analyses]]\nid = "a"\nkind = "landmark"\ntitle = "Landmark"\nendpoint = "os"\nat = [3]\n'
)


def test_a_landmark_by_hand(tmp_path: Path) -> None:
    toml = HEAD + DEATH + LANDMARK + EXPOSED.partition('endpoint = "os"\n')[2] + "times = [2, 5]\n"
    document = run(tmp_path, toml, ["t,d,tx", "2,1,", "3,0,1", "4,1,1", "6,1,5", "8,0,3", "9,1,"])
    key = "a.t3d"
    counts = ("n", "left_out_event", "left_out_censored", "left_out_late")
    assert numbers(document, key, *counts) == [4, 1, 1, 0]
    assert numbers(document, f"{key}.transplant", "n", "events", "censored") == [2, 1, 1]
    assert numbers(document, f"{key}.no_transplant", "n", "events", "censored") == [2, 2, 0]
    # expected of the log-rank test: 2 of 4 at day 4, 1 of 3 at day 6, none of 1 at day 9
    expected = [number(document, f"{key}.{g}.expected") for g in ("transplant", "no_transplant")]
    assert expected == pytest.approx([5 / 6, 13 / 6], rel=1e-12)
    assert numbers(document, f"{key}.transplant.t5d", "estimate", "at_risk") == [0.5, 1]
    assert missing(document, f"{key}.transplant.t2d.estimate") == (
        "before the start of the curve at 3 days"
    )
    part = node_of(document)["landmarks"][0]
    assert [group["label"] for group in part["groups"]] == ["No transplant", "Transplant"]
    curve = next(curve for curve in part["curves"] if curve["group"] == "transplant")
    assert curve["time"] == [3.0, 4.0, 8.0]
    assert curve["estimate"] == [1.0, 0.5, 0.5]
    assert part["risk_table"]["times"] == [3, 4, 6, 8]
    rows = {row["group"]: row["at_risk"] for row in part["risk_table"]["rows"]}
    assert rows["overall"] == [4, 4, 3, 2]


def test_several_landmarks_and_exposures(tmp_path: Path) -> None:
    text = BMT_TIME.replace("time_dependent", "landmark").replace(
        '"da == 1" }]',
        '"da == 1" }, { id = "c", label = "Chronic GVHD", time = "tc", happened = "dc == 1" }]',
    )
    document = run_bmt(tmp_path, text + 'at = ["1 year", "100 days"]\nstrata = "hospital"\n')
    parts = node_of(document)["landmarks"]
    assert [part["id"] for part in parts] == ["t100d", "t1y"]
    labels = [group["label"] for group in parts[1]["groups"]]
    assert labels[0] == "None of them"
    assert set(labels) == {
        "None of them",
        "Acute GVHD",
        "Chronic GVHD",
        "Acute GVHD + Chronic GVHD",
    }
    for part in parts:
        sizes = [number(document, f"a.{part['id']}.{group['id']}.n") for group in part["groups"]]
        assert sum(sizes) == number(document, f"a.{part['id']}.n")
        both = [
            number(document, f"a.{part['id']}.{t}.statistic")
            for t in ("logrank", "logrank_stratified")
        ]
        assert both[0] != pytest.approx(both[1])


def test_groups_of_a_variable_and_none(tmp_path: Path) -> None:
    rows = ["t,d,arm", "2,1,x", "4,1,x", "6,1,y", "8,0,y", "9,1,x"]
    document = run(tmp_path, HEAD + DEATH + ARM + LANDMARK + 'by = "arm"\nconf_level = 0.5\n', rows)
    assert numbers(document, "a.t3d", "x.n", "y.n", "overall.n") == [2, 2, 4]
    assert number(document, "a.t3d.logrank.p_value") > 0
    more = 'times = [7]\nconf_type = "plain"\nconf_level = 0.9\n'
    narrow = run(tmp_path, HEAD + DEATH + ARM + LANDMARK + more, rows)
    estimate, error, low = numbers(narrow, "a.t3d.overall.t7d", "estimate", "std_error", "lower")
    assert low == pytest.approx(estimate - 1.6448536269514722 * error)
    alone = run(tmp_path, HEAD + DEATH + LANDMARK, rows)
    assert node_of(alone)["tests"] == []
    assert node_of(alone)["landmarks"][0]["groups"] == []
    assert number(alone, "a.t3d.overall.events") == 3


def test_a_landmark_after_the_last_patient_is_a_mistake(tmp_path: Path) -> None:
    text = mistake(tmp_path, HEAD + DEATH + LANDMARK.replace("[3]", '["2 weeks"]'), ["t,d", "5,1"])
    assert text.startswith("analysis 'a': landmark 2 weeks: at=14: nobody is at risk after 14 days")


def test_all_rows_of_a_state_are_in_its_curve(tmp_path: Path) -> None:
    document = run_bmt(tmp_path, BMT_TIME)
    for curve in node_of(document)["exposures"][0]["curves"]:
        assert np.all(np.diff(curve["time"]) > 0)
        assert np.all(np.diff(curve["estimate"]) <= 0)


def test_weights_late_entry_and_subjects(tmp_path: Path) -> None:
    head = HEAD.replace("[data]", '[data]\nsubject = "who"')
    death = DEATH.replace("causes", 'entry = "e"\nweights = "w"\ncauses')
    rows = ["t,d,tx,e,w,who", "2,1,,0,1,1", "4,1,1,1,2,2", "6,1,0,0,0.5,3", "8,0,3,4,1,4"]
    rows += ["9,1,5,0,1.5,5", "7,1,,2,0,6"]
    document = run(tmp_path, head + death + EXPOSED, rows)
    key = "a.tx.mantel_byar.statistic"
    words = "Mantel-Byar test, robust variance, weighted by column w"
    assert document["values"][key]["method"] == words
    # patient 4 comes under observation after the exposure
    assert number(document, "a.tx.exposed_at_start") == 3
    # sums of weights: at 2 patients 1 and 5 before the exposure, 2 and 3 after it; 4: 5 and 2, 3
    # 6: 3, 4 and 5 after it; 9: 5
    assert number(document, "a.tx.before.observed") == 1
    assert number(document, "a.tx.before.expected") == pytest.approx(2.5 / 5 + 2 * 1.5 / 4)
    # a weight of 0 counts for nothing in the model
    assert number(document, "a.univariable.tx.n") == 5
    landmark = head + death + LANDMARK + EXPOSED.partition('endpoint = "os"\n')[2]
    found = run(tmp_path, landmark, rows)
    assert numbers(found, "a.t3d", "n", "left_out_event", "left_out_late") == [4, 1, 1]
    assert found["values"]["a.t3d.logrank.p_value"]["method"] == (
        "Log-rank test, robust variance, weighted by column w"
    )
