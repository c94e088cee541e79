"""Trajectories, doses by event, schedules and accrual, worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atrisk.errors import InputError
from events_kit import COHORT, cycle, run_cohort, values
from study_kit import HEAD, mistake, run

if TYPE_CHECKING:
    from pathlib import Path

MRD = 'kind = "trajectories"\n'
BLASTS = 'kind = "trajectories"\nmeasure = "bm_blasts"\n'


def points(node: dict[str, Any]) -> list[list[Any]]:
    return [patient["points"] for patient in node["lines"]["patients"]]


def test_mrd_stands_at_the_limit_where_nothing_was_found(tmp_path: Path) -> None:
    document = run_cohort(tmp_path, MRD + 'labels = "record"')
    node, numbers = document["analyses"][0], values(document)
    assert points(node) == [
        [[21.0, 0.001, "below"]],
        [[21.0, 0.1, "value"]],
        [[21.0, 1.0, "value"], [79.0, 0.01, "negative"]],
    ]
    assert node["lines"]["listed"] == [{"record": "B", "reason": "limit of detection not recorded"}]
    parts = ("patients", "measurements", "not_drawn", "no_measurement", "negative", "below")
    assert [numbers[f"lines.{part}"] for part in parts] == [3, 4, 1, 1, 1, 1]
    # A falls from 1 % to less than 0.01 %: at least two powers of ten
    assert node["changes"]["bars"] == [
        {"number": 1, "record": "A", "group": None, "first": 1.0, "best": 0.01, "change": -2.0,
         "at_least": True},
    ]  # fmt: skip
    assert numbers["change.not_measurable"] == 3
    assert {item["record"]: item["reason"] for item in node["changes"]["listed"]} == {
        "B": "the first result has no level: nothing to compare with",
        "C": "one result only",
        "D": "no result with a level or a limit of detection",
    }


def test_rules_of_mrd_and_the_day_of_transplantation(tmp_path: Path) -> None:
    asked = 'display = "spaghetti"\norigin = "hct_date"\nrules = "ino-vate"'
    mrd = [{"id": "A", "mrd_date": "2020-03-22", "mrd_result": "1", "mrd_value": 0.005}]
    node = run_cohort(tmp_path, MRD + asked, mrd=mrd)["analyses"][0]
    assert points(node) == [[[-10.0, 0.005, "negative"]]]
    assert node["changes"] is None
    assert (node["axis"]["min"], node["axis"]["ticks"][0]) == (-10.0, -10.0)


def test_blasts_begin_at_the_value_before_treatment(tmp_path: Path) -> None:
    document = run_cohort(tmp_path, BLASTS + 'by = "sos"\nlabels = "record"')
    node, numbers = document["analyses"][0], values(document)
    drawn = {patient["record"]: patient["points"] for patient in node["lines"]["patients"]}
    assert [point[:2] for point in drawn["A"]] == [[0.0, 80.0], [21.0, 20.0], [79.0, 4.0],
                                                   [140.0, 0.0]]  # fmt: skip
    # what is measured after the transplantation is drawn, and no best change
    changes = {bar["record"]: bar["change"] for bar in node["changes"]["bars"]}
    assert changes == {"A": pytest.approx(-95.0), "B": pytest.approx(50.0)}
    assert [bar["record"] for bar in node["changes"]["bars"]] == ["B", "A"]
    assert (numbers["change.fell"], numbers["change.rose"]) == (1, 1)
    assert numbers["change.median"] == pytest.approx(-22.5)
    assert node["changes"]["listed"] == [
        {"record": "C", "reason": "no blasts before treatment"},
    ]


def test_a_waterfall_by_another_variable(tmp_path: Path) -> None:
    document = run_cohort(tmp_path, BLASTS + 'display = "waterfall"\nresponse = "sos"')
    node = document["analyses"][0]
    assert node["lines"] is None
    assert node["changes"]["by"] == "SOS/VOD"
    assert [bar["group"] for bar in node["changes"]["bars"]] == ["yes", "no"]
    assert "lines.patients" not in values(document)


def test_blood_without_a_value_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing of Blasts in blood can be drawn"):
        run_cohort(tmp_path, 'kind = "trajectories"\nmeasure = "pb_blasts"')


DOSE = """
[variables.dose]
label = "Dose"
unit = "mg"
[[analyses]]
id = "a"
title = "A"
kind = "dose_event"
dose = "dose"
event = "e == 1"
event_label = "Event"
"""
DOSES = ["dose,e", "1,0", "2,0", "3,1", "4,1", "5,0", "6,1", ",1", "7,"]


def test_doses_are_compared_and_counted_in_bands(tmp_path: Path) -> None:
    document = run(tmp_path, HEAD + DOSE + "bands = [3, 5]", DOSES)
    node, numbers = document["analyses"][0], values(document)
    assert len(node["left_out"]) == 2
    assert [numbers[f"event.{part}"] for part in ("n", "median", "q1", "q3")] == [3, 4, 3.5, 5]
    assert numbers["no_event.median"] == 2
    # of 20 ways to rank 3 of 6, the sum 13 or more comes in 4: 2, 2 x 4/20
    assert numbers["p_value"] == pytest.approx(0.4, rel=1e-12)
    assert [numbers[f"band_{at}.n"] for at in (1, 2, 3)] == [2, 2, 2]
    assert [numbers[f"band_{at}.events"] for at in (1, 2, 3)] == [0, 2, 1]
    assert numbers["band_1.upper"] == pytest.approx(1 - 0.025**0.5, rel=1e-9)
    assert numbers["band_2.lower"] == pytest.approx(0.025**0.5, rel=1e-9)
    assert node["band_rule"] == "given"


def test_options_of_the_bands(tmp_path: Path) -> None:
    document = run(tmp_path, HEAD + DOSE + 'conf_type = "wilson"\nconf_level = 0.9', DOSES)
    node, numbers = document["analyses"][0], values(document)
    assert node["band_rule"] == "thirds"
    assert [band["below"] for band in node["bands"][:-1]] == [3, 5]
    square = 1.6448536269514722**2
    assert numbers["band_1.upper"] == pytest.approx(square / (2 + square), rel=1e-9)


def test_no_test_where_there_is_nothing_to_compare(tmp_path: Path) -> None:
    document = run(tmp_path, HEAD + DOSE, ["dose,e", "1,0", "2,0"])
    assert document["values"]["a.p_value"]["missing"] == "all patients are in one group"
    assert document["values"]["a.event.median"]["missing"] == "no patient is in this group"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("bands = [3, 2]", "must rise"),
        ('by = "dose"', "made by 'event'"),
    ],
)
def test_mistakes_of_doses_are_told(tmp_path: Path, keys: str, said: str) -> None:
    assert said in mistake(tmp_path, HEAD + DOSE + keys, DOSES)


def test_a_dose_that_is_a_group_is_refused(tmp_path: Path) -> None:
    toml = (HEAD + DOSE).replace('unit = "mg"', 'type = "categorical"')
    assert "is categorical" in mistake(tmp_path, toml, DOSES)


SCHEDULE = """
[[analyses]]
id = "a"
title = "A"
kind = "schedule"
"""


def test_the_label_adds_up(tmp_path: Path) -> None:
    document = run(tmp_path, HEAD + SCHEDULE + "cycles = 2", DOSES)
    lane = document["analyses"][0]["lanes"][0]
    assert [cycle["days"] for cycle in lane["cycles"]] == [[21, 28], [28, 28]]
    doses = [(dose["day"], dose["low"]) for dose in lane["cycles"][1]["doses"]]
    assert doses == [(1, 0.5), (8, 0.5), (15, 0.5)]
    numbers = values(document)
    assert numbers["label_remission.total_low"] == pytest.approx(3.3)
    assert numbers["label_no_remission.total_high"] == pytest.approx(3.6)


def test_ranges_totals_and_unpublished_lengths(tmp_path: Path) -> None:
    asked = 'regimens = ["mdacc-single", "initial-1"]\ncycles = 6'
    document = run(tmp_path, HEAD + SCHEDULE + asked, DOSES)
    single, total = document["analyses"][0]["lanes"]
    assert single["cycles"][0]["doses"] == [{"day": 1, "low": 1.3, "high": 1.8}]
    assert [len(single["cycles"]), len(total["cycles"])] == [4, 3]
    assert (total["cycles"][0]["doses"], total["cycles"][0]["total"]) == ([], [1.8, 1.8])
    assert total["cycles"][0]["days"] is None


def test_doses_as_given_are_medians(tmp_path: Path) -> None:
    document = run_cohort(tmp_path, 'kind = "schedule"\ngiven = true\ncycles = 1')
    node, numbers = document["analyses"][0], values(document)
    given = node["lanes"][-1]["cycles"][0]
    assert [(dose["day"], dose["low"]) for dose in given["doses"]] == [
        (1.0, 0.8),
        (8.0, 0.5),
        (15.0, 0.5),
    ]
    assert numbers["given.cycle_1.dose_2.n"] == 2
    assert node["notes"] == ["1 later cycle was given and is not drawn."]


def test_days_of_a_cycle_are_counted_from_its_first_infusion(tmp_path: Path) -> None:
    rows = [
        cycle("A", 1, ("2020-01-03", 0.8), ("2020-01-12", 0.4)),
        cycle("B", 1, ("2020-02-01", 0.6), ("2020-02-08", 0.6)),
    ]
    found = values(
        run_cohort(tmp_path, 'kind = "schedule"\ngiven = true', ids="AB",
                   **{form: [] for form in COHORT} | {"ino_cycle": rows})
    )  # fmt: skip
    assert found["given.cycle_1.dose_2.day.median"] == 9
    assert found["given.cycle_1.dose_1.dose.median"] == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('regimens = ["label"]', "there is no regimen 'label'"),
        ('regimens = ["ewall-ino"]', "not published"),
        ('regimens = ["label-cycle-1", "label-cycle-1"]', "listed twice"),
        ('where = "dose > 1"', "set given = true"),
        ("given = true", "it has no [forms]"),
        ('by = "dose"', "remove 'by'"),
    ],
)
def test_mistakes_of_schedules_are_told(tmp_path: Path, keys: str, said: str) -> None:
    assert said in mistake(tmp_path, HEAD + SCHEDULE + keys, DOSES)


ACCRUAL = """
[variables.site]
label = "Site"
type = "categorical"
[[analyses]]
id = "a"
title = "A"
kind = "accrual"
on = "day"
"""
DAYS = ["day,site", "2020-01-01,x", "2020-03-01,y", "2020-03-01,x", "2020-12-31,x", ",y"]


def test_patients_are_counted_up_to_each_day(tmp_path: Path) -> None:
    keys = 'by = "site"\ndisplay = "panels"\ncut_off = 2020-06-30\ndate_label = "treated"'
    document = run(tmp_path, HEAD + ACCRUAL + keys, DAYS)
    node, numbers = document["analyses"][0], values(document)
    x, y, every = node["series"]
    assert (x["dates"], x["counts"]) == (["2020-01-01", "2020-03-01", "2020-12-31"], [1, 2, 3])
    assert (y["dates"], y["counts"]) == (["2020-03-01"], [1])
    assert every["counts"] == [1, 3, 4]
    assert [item["reason"] for item in node["left_out"]] == ["no known date"]
    assert numbers["span"] == pytest.approx(365 / 30.4375)
    assert numbers["per_month"] == pytest.approx(4 * 30.4375 / 365)
    assert numbers["after_cut_off"] == 1
    assert (node["display"], node["date_label"]) == ("panels", "treated")


def test_the_cut_off_of_the_forms_counts(tmp_path: Path) -> None:
    node = run_cohort(tmp_path, 'kind = "accrual"\non = "ino_start"')["analyses"][0]
    assert node["cut_off"] == "2020-12-31"
    assert node["series"][0]["counts"] == [1, 2, 3]


def test_mistakes_of_accrual_are_told(tmp_path: Path) -> None:
    said = mistake(tmp_path, HEAD + ACCRUAL + 'display = "panels"', DAYS)
    assert "panels are those of groups" in said
    assert "no column 'dday'" in mistake(tmp_path, HEAD + ACCRUAL.replace('"day"', '"dday"'), DAYS)
