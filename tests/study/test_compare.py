"""Analyses of kind ``compare``: a cohort beside a published curve, and beside published rates."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from atrisk import (
    Histories,
    InputError,
    cox,
    kaplan_meier,
    logrank_test,
    matching_weights,
    one_sample_logrank_test,
    pool_proportions,
)
from study_kit import BMT, BMT_HEAD, plan, run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ROWS = list(csv.DictReader((BMT / "bmt.csv").read_text(encoding="utf-8").splitlines()))
LOW = [row for row in ROWS if row["group"] == "2"]
HOW = {"unit": "days", "origin": "transplant"}

CURVE = """
[[analyses]]
id = "against"
kind = "compare"
title = "Against a published curve"
endpoint = "overall_survival"
times = ["1 year"]
reference = { file = "ref.csv", label = "Published", source = "A trial", unit = "days" }
"""
RATES = """
[[analyses]]
id = "rate"
kind = "compare"
title = "Relapse"
outcome = "d2 == 1"
rates = { file = "rates.csv", label = "Trials", source = "A review" }
"""
COUNTS = "study,events,total\nA,3,20\nB,10,60\nC,0,12\nD,12,40\n"


def reference(rows: Iterable[str] | None = None, head: str = "time,event") -> str:
    lines = [f"{row['t1']},{row['d1']}" for row in LOW] if rows is None else rows
    return "\n".join([head, *lines, ""])


def compared(folder: Path, toml: str = CURVE, patients: str | None = None) -> dict[str, Any]:
    (folder / "ref.csv").write_text(reference() if patients is None else patients, "utf-8")
    (folder / "rates.csv").write_text(COUNTS, "utf-8")
    return run(folder, BMT_HEAD + toml)


def number(document: dict[str, Any], key: str) -> Any:
    return document["values"][key]["value"]


def of_bmt(name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in ROWS])


def own() -> Histories:
    return Histories.from_arrays(of_bmt("t1"), of_bmt("d1").astype(int), **HOW)


def published() -> Histories:
    time, dead = ([int(row[name]) for row in LOW] for name in ("t1", "d1"))
    return Histories.from_arrays(time, dead, **HOW)


def test_each_number_is_that_of_the_public_call(tmp_path):
    found = compared(tmp_path)
    test = one_sample_logrank_test(own(), published())
    for name in ("observed", "expected", "ratio", "lower", "upper", "statistic", "p_value"):
        assert number(found, f"against.one_sample.{name}") == pytest.approx(getattr(test, name))
    km = kaplan_meier(published())
    assert number(found, "against.reference.t1y.estimate") == pytest.approx(
        km.at([365.25]).columns()["estimate"][0], rel=1e-12
    )
    time = np.concatenate([of_bmt("t1"), [float(row["t1"]) for row in LOW]])
    dead = np.concatenate([of_bmt("d1"), [float(row["d1"]) for row in LOW]]).astype(int)
    group = np.repeat(["own", "reference"], [len(ROWS), len(LOW)])
    both = Histories.from_arrays(time, dead, group=group, **HOW)
    rank = logrank_test(both)
    assert number(found, "against.logrank.p_value") == pytest.approx(rank.p_value, rel=1e-12)
    fit = cox(Histories.from_arrays(time, dead, **HOW), (group == "own").astype(float)[:, None])
    columns = fit.columns()
    for name in ("ratio", "lower", "upper", "p_value"):
        assert number(found, f"against.hr.{name}") == pytest.approx(columns[name][0], rel=1e-12)
    assert [number(found, f"against.{g}.n") for g in ("own", "reference")] == [137, 54]
    assert "against.one_sample.naive_p_value" not in found["values"]


def test_tests_level_until_and_naive_are_as_asked(tmp_path):
    toml = f'{CURVE}tests = ["one_sample"]\nnaive = true\nconf_level = 0.9\nuntil = "1 year"\n'
    found = compared(tmp_path, toml)
    test = one_sample_logrank_test(own(), published(), conf_level=0.9)
    assert number(found, "against.one_sample.lower") == pytest.approx(test.lower)
    assert number(found, "against.one_sample.naive_p_value") == pytest.approx(test.naive_p_value)
    assert not [key for key in found["values"] if key.startswith(("against.hr", "against.logrank"))]
    (node,) = found["analyses"]
    assert node["axis"]["max"] == 365.25
    assert any("leaves out the reference curve's own error" in note for note in node["notes"])


def test_months_become_days(tmp_path):
    rows = [f"{int(row['t1']) / 30.4375},{row['d1']}" for row in LOW]
    toml = CURVE.replace('unit = "days"', 'unit = "months"')
    found = compared(tmp_path, toml, reference(rows))
    again = compared(tmp_path)
    for key in ("against.one_sample.expected", "against.hr.ratio"):
        assert number(found, key) == pytest.approx(number(again, key), rel=1e-9)


def test_the_group_that_is_named_is_compared(tmp_path):
    rows = [f"{row['t1']},{row['d1']},{row['group']}" for row in ROWS]
    text = reference(rows, "time,event,group")
    toml = CURVE.replace('unit = "days"', 'unit = "days", group = "2"')
    assert number(compared(tmp_path, toml, text), "against.reference.n") == 54


def test_the_ensemble_gives_a_range(tmp_path):
    rows = [
        f"{int(row['t1']) * (1 + member / 10)},{row['d1']},{member}"
        for member in range(3)
        for row in LOW
    ]
    text = "# reconstructed from a figure\n" + reference(rows, "time,event,member")
    found = compared(tmp_path, patients=text)
    first = number(found, "against.hr.ratio")
    low, high = (number(found, f"against.members.ratio_{end}") for end in ("low", "high"))
    assert low <= first <= high
    assert low < high
    assert number(found, "against.reference.n") == 54
    assert found["analyses"][0]["members"] == 3


MATCH = "match = { means = { age = 30, sex = { Male = 0.5 } }, sds = { age = 9 } }\n"


def test_a_matched_cohort_is_weighed(tmp_path):
    found = compared(tmp_path, CURVE + MATCH)
    data = {"age": of_bmt("z1"), "male": of_bmt("z3")}
    weights = matching_weights(data, {"age": 30, "male": 0.5}, sds={"age": 9})
    assert number(found, "against.match.effective_n") == pytest.approx(weights.effective_n)
    assert number(found, "against.match.age.after") == pytest.approx(30.0, rel=1e-9)
    assert number(found, "against.match.age_sd.after") == pytest.approx(9.0, rel=1e-9)
    assert number(found, "against.match.sex_male.before") == pytest.approx(of_bmt("z3").mean())
    weighed = Histories.from_arrays(
        of_bmt("t1"), of_bmt("d1").astype(int), weights=weights.weights, **HOW
    )
    km = kaplan_meier(weighed).at([365.25]).columns()
    assert number(found, "against.matched.t1y.estimate") == pytest.approx(
        km["estimate"][0], rel=1e-9
    )
    time = np.concatenate([of_bmt("t1"), [float(row["t1"]) for row in LOW]])
    dead = np.concatenate([of_bmt("d1"), [float(row["d1"]) for row in LOW]]).astype(int)
    stacked = Histories.from_arrays(
        time, dead, weights=np.concatenate([weights.weights, np.ones(len(LOW))]), **HOW
    )
    is_own = np.repeat([1.0, 0.0], [len(ROWS), len(LOW)])[:, None]
    fit = cox(stacked, is_own, robust=True).columns()
    assert number(found, "against.match.hr.upper") == pytest.approx(fit["upper"][0], rel=1e-9)


def test_a_cohort_that_cannot_be_matched_says_why(tmp_path):
    found = compared(tmp_path, CURVE + "match = { means = { age = 80 } }\n")
    (node,) = found["analyses"]
    assert "the published mean is 80" in node["match"]["reason"]
    assert [group["id"] for group in node["groups"]] == ["own", "reference"]
    assert not [key for key in found["values"] if key.startswith("against.match.")]


def test_rates_are_pooled_and_predicted(tmp_path):
    found = compared(tmp_path, RATES)
    pool = pool_proportions([3, 10, 0, 12], [20, 60, 12, 40])
    new = pool.predict_new(137, events=42)
    assert (number(found, "rate.own.events"), number(found, "rate.own.n")) == (42, 137)
    for name in ("estimate", "lower", "upper"):
        assert number(found, f"rate.pooled.{name}") == pytest.approx(getattr(pool, name))
    assert number(found, "rate.predicted.lower_events") == new.lower_events
    assert number(found, "rate.predicted.upper_events") == new.upper_events
    assert number(found, "rate.predicted.tail_above") == pytest.approx(new.tail_above)
    assert number(found, "rate.study.c.events") == 0
    narrower = compared(tmp_path, f"{RATES}conf_level = 0.8\n")
    assert number(narrower, "rate.predicted.upper_events") < new.upper_events


@pytest.mark.parametrize(
    ("patients", "said"),
    [
        ("time\n1\n", "has no column event; its columns are time"),
        ("time,event\n", "has no line below its head"),
        ("time,event\n1,2\n", "line 2: event is '2'; 0 or 1 is needed"),
        ("time,event\n-1,0\n", "line 2: time is '-1'"),
        ("time,event\nabc,0\n", "line 2: time is 'abc'"),
        ("time,event,group\n1,0,a\n2,1,b\n", "has the groups a, b: name one with 'group'"),
        ("time,event,member\n1,0,x\n", "member is 'x'; a whole number is needed"),
    ],
)
def test_a_file_of_patients_that_is_wrong_is_refused(tmp_path, patients, said):
    with pytest.raises(InputError, match=said):
        compared(tmp_path, patients=patients)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ("study,events\nA,1\n", "has no column total"),
        ("study,events,total\nA,1,10\nA,2,10\n", "'A' is there twice"),
        ("study,events,total\nA,11,10\nB,1,5\n", "line 2: 11 events of 10"),
        ("study,events,total\nA,1.5,10\nB,1,5\n", "events is '1.5'"),
        ("study,events,total\nA,1,10\n", "has 1 study; pooling needs two"),
        ("study,events,total\n,1,10\n", "line 2: study is empty"),
    ],
)
def test_a_file_of_rates_that_is_wrong_is_refused(tmp_path, counts, said):
    (tmp_path / "rates.csv").write_text(counts, "utf-8")
    with pytest.raises(InputError, match=said):
        run(tmp_path, BMT_HEAD + RATES)


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (CURVE.replace('endpoint = "overall_survival"\n', ""), "give 'endpoint' and 'reference'"),
        (CURVE + 'outcome = "d2 == 1"\n', "give 'endpoint' and 'reference'"),
        (RATES + 'times = ["1 year"]\n', "'times' belongs to 'endpoint'"),
        (CURVE.replace("ref.csv", "none.csv"), "there is no file none.csv"),
        (CURVE.replace('"days" }', '"days", group = "low" }'), "has no group 'low'"),
        (CURVE + "match = { means = { weight = 70 } }\n", "there is no variable 'weight'"),
        (CURVE + "match = { means = { sex = 0.5 } }\n", "is label -> share"),
        (CURVE + "match = { means = { age = { Male = 1.0 } } }\n", "is one number"),
        (
            CURVE + "match = { means = { age = 30 }, sds = { sex = 1 } }\n",
            "has no target in 'means'",
        ),
    ],
)
def test_a_request_that_is_wrong_points_at_its_line(tmp_path, toml, said):
    with pytest.raises(InputError, match=said) as refused:
        compared(tmp_path, toml)
    assert "study.toml, line" in str(refused.value)


def test_the_plan_says_what_is_compared(tmp_path):
    from atrisk.study.plan_text import plan_text

    (tmp_path / "ref.csv").write_text(reference(), "utf-8")
    (tmp_path / "rates.csv").write_text(COUNTS, "utf-8")
    study = tmp_path / "study.toml"
    study.write_text(BMT_HEAD + CURVE + MATCH + "naive = true\n" + RATES, "utf-8")
    said = plan_text(plan(study))
    assert "compared with: Published (ref.csv)" in said
    assert "matched to published averages: Age" in said
    assert "the one-sample test without the reference's error" in said
    assert "95 % prediction interval for a cohort of this size" in said


def test_two_studies_are_pooled_and_predict_nothing(tmp_path):
    (tmp_path / "rates.csv").write_text("study,events,total\nA,3,20\nB,9,31\n", "utf-8")
    found = run(tmp_path, BMT_HEAD + RATES)
    assert number(found, "rate.pooled.estimate") is not None
    missing = found["values"]["rate.predicted.upper"]["missing"]
    assert missing == "a prediction needs three studies"
