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
from study_kit import BMT, BMT_HEAD, missing, plan, run

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


def test_a_file_that_names_the_unit_of_the_request_is_read(tmp_path):
    plain = number(compared(tmp_path), "against.hr.ratio")
    rows = [f"{row['t1']},{row['d1']},days" for row in LOW]
    found = compared(tmp_path, patients=reference(rows, "time,event,unit"))
    assert number(found, "against.hr.ratio") == plain


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
    for key in ("hr.ratio", "one_sample.ratio", "one_sample.p_value", "logrank.p_value"):
        low, high = (number(found, f"against.members.{key}_{end}") for end in ("low", "high"))
        assert low <= number(found, f"against.{key}") <= high
        assert low < high
    only = compared(tmp_path, f'{CURVE}tests = ["one_sample"]\n', text)
    assert {k.split(".")[2] for k in only["values"] if ".members." in k} == {"one_sample"}
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
    assert node["warnings"] == [node["match"]["reason"]]
    assert node["notes"].count(node["match"]["reason"]) == 1
    assert found["warnings"] == [{"analysis": "against", "message": node["match"]["reason"]}]
    assert "Matching to the averages of Published was asked for" in rails(found)["not_matched"]
    assert "immortal_time" not in rails(found)
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
        ("time,event,unit\n1,0,days\n2,1,months\n", "line 3: unit is 'months', .* unit = 'days'"),
        ("time,event,unit\n1,0,\n", "line 2: unit is empty"),
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


def rails(found: dict[str, Any]) -> dict[str, str]:
    return {rail["rule"]: rail["message"] for rail in found["guard_rails"]}


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        ("", "Time zero of Published is not stated (origin of the reference)"),
        ('origin = "diagnosis", ', "Time zero of Published is diagnosis, that of this cohort"),
        ('origin = "The  Transplant", ', None),
    ],
)
def test_time_zero_of_both_must_be_one_event(tmp_path, origin, said):
    toml = CURVE.replace("{ file", f"{{ {origin}file")
    found = compared(tmp_path, toml)
    assert found["analyses"][0]["time_zero"] == "transplant"
    if said is None:
        assert "time_zero" not in rails(found)
    else:
        assert said in rails(found)["time_zero"]


def test_what_makes_the_cohorts_unlike_is_asked(tmp_path):
    plain = rails(compared(tmp_path))
    assert "Nothing is adjusted for" in plain["not_randomised"]
    assert not {"naive_test", "few_effective"} & plain.keys()
    more = rails(compared(tmp_path, f"{CURVE}{MATCH}naive = true\n"))
    assert "has no common comparator" in more["not_randomised"]
    assert "leaves out the curve\N{RIGHT SINGLE QUOTATION MARK}s own error" in more["naive_test"]
    assert "few_effective" not in more
    far = compared(tmp_path, f"{CURVE}match = {{ means = {{ age = 45 }} }}\n")
    effective = number(far, "against.match.effective_n")
    assert f"137 patients of this cohort count for {effective:.1f}:" in rails(far)["few_effective"]


def test_a_curve_of_an_event_that_death_prevents_is_objected_to(tmp_path):
    relapse = """
[[endpoints]]
id = "relapse"
label = "Relapse"
time = "t2"
event = "d2"
causes = { relapse = 1 }
"""
    head, _, _ = CURVE.partition("[[analyses]]")
    toml = relapse + head + CURVE.replace("overall_survival", "relapse")
    also = """
[[analyses]]
id = "os"
kind = "survival"
title = "OS"
endpoint = "overall_survival"
"""
    found = compared(tmp_path, toml + also)
    assert "censored" in rails(found)["kaplan_meier_competing"]


def test_several_causes_are_one_event_and_said(tmp_path):
    rows = [f"{row['t1']},{row['d1']},{'nrm' if row['d2'] == '0' else 'relapse'}" for row in LOW]
    toml = CURVE.replace('"overall_survival"', '"relapse_or_nrm"')
    found = compared(tmp_path, toml, reference(rows, "time,event,cause"))
    notes = found["analyses"][0]["notes"]
    assert any(note.startswith("An event is the first of: ") for note in notes)
    assert "An event of the published patients is the first of: nrm, relapse." in notes
    happened = sum(row["d2"] == "1" or row["d3"] == "1" for row in ROWS)
    assert number(found, "against.own.events") == happened


def test_published_patients_who_leave_at_once_stand_beside_late_entries(tmp_path):
    head = "t1,d1,late,age\n"
    (tmp_path / "late.csv").write_text(
        head + "".join(f"{row['t1']},{row['d1']},0.5,{row['z1']}\n" for row in ROWS), "utf-8"
    )
    toml = f"""
[study]
title = "Late"

[data]
file = "late.csv"
time_unit = "days"
origin = "transplant"

[[endpoints]]
id = "overall_survival"
label = "Overall survival"
time = "t1"
event = "d1"
entry = "late"
causes = {{ death = 1 }}
{CURVE}"""
    rows = [f"{row['t1']},{row['d1']}" for row in LOW]
    (tmp_path / "ref.csv").write_text(reference([*rows, "0,0"]), "utf-8")
    with_zero = run(tmp_path, toml)
    (tmp_path / "ref.csv").write_text(reference(rows), "utf-8")
    without = run(tmp_path, toml)
    assert number(with_zero, "against.reference.n") == 55
    for key in ("hr.ratio", "logrank.p_value", "one_sample.expected"):
        assert number(with_zero, f"against.{key}") == number(without, f"against.{key}")
    time = np.concatenate([of_bmt("t1"), [float(row["t1"]) for row in LOW]])
    dead = np.concatenate([of_bmt("d1"), [float(row["d1"]) for row in LOW]]).astype(int)
    group = np.repeat(["own", "reference"], [len(ROWS), len(LOW)])
    both = Histories.from_arrays(
        time, dead, entry=np.where(group == "own", 0.5, 0.0), group=group, **HOW
    )
    rank = logrank_test(both)
    assert number(without, "against.logrank.p_value") == pytest.approx(rank.p_value, rel=1e-12)


def test_follow_up_beyond_the_reference_is_said(tmp_path):
    rows = [
        f"{min(int(row['t1']), 400)},{int(row['t1']) <= 400 and row['d1'] == '1':d}" for row in LOW
    ]
    cut = sum(int(row["t1"]) > 400 for row in ROWS)
    found = compared(tmp_path, patients=reference(rows))
    said = f"{cut} patients are censored at 400 days, where the reference ends."
    assert said in found["analyses"][0]["notes"]
    only = compared(tmp_path, f'{CURVE}tests = ["cox"]\n', reference(rows))
    said = f"{cut} patients were followed beyond the published ones (400 days)"
    assert any(note.startswith(said) for note in only["analyses"][0]["notes"])


def test_follow_up_beyond_is_said_where_the_one_sample_test_is_not_defined(tmp_path):
    toml = f'{CURVE}tests = ["one_sample"]\n'
    found = compared(tmp_path, toml, reference(["400,0", "900,0"]))
    assert number(found, "against.one_sample.ratio") is None
    later = sum(int(row["t1"]) > 900 for row in ROWS)
    said = f"{later} patients were followed beyond the published ones (900 days)"
    assert any(note.startswith(said) for note in found["analyses"][0]["notes"])


def test_a_share_above_one_is_a_warning_that_says_what_to_write(tmp_path):
    found = compared(tmp_path, CURVE + "match = { means = { sex = { Male = 56 } } }\n")
    (warning,) = found["warnings"]
    assert "'sex=Male' is 56; shares are fractions: write 0.56 for 56 %." in warning["message"]
    assert "not_matched" not in rails(compared(tmp_path, CURVE + MATCH))


def test_months_read_as_days_are_objected_to(tmp_path):
    rows = [f"{int(row['t1']) / 30.4375},{row['d1']}" for row in LOW]
    found = compared(tmp_path, patients=reference(rows))
    own, last = of_bmt("t1"), max(int(row["t1"]) for row in LOW) / 30.4375
    percent = 100.0 * np.maximum(own - last, 0.0).sum() / own.sum()
    assert number(found, "against.apart.beyond") == pytest.approx(percent, rel=1e-12)
    assert number(found, "against.apart.reference") == pytest.approx(last, rel=1e-12)
    assert number(found, "against.apart.own") == own.max()
    assert f"{percent:.1f}% of the follow-up of this cohort lies" in rails(found)["units_apart"]
    notes = found["analyses"][0]["notes"]
    assert any(note.endswith("the two may be in different units.") for note in notes)


@pytest.mark.parametrize(("end", "apart"), [(150, True), (600, True), (700, False)])
def test_follow_ups_are_apart_below_a_tenth_or_with_most_of_one_beyond(tmp_path, end, apart):
    own = of_bmt("t1")
    assert own.max() == 2640
    most = np.maximum(own - end, 0.0).sum() / own.sum() > 0.5
    rows = [
        f"{min(int(row['t1']), end)},{int(row['t1']) <= end and row['d1'] == '1':d}" for row in LOW
    ]
    found = compared(tmp_path, patients=reference(rows))
    assert (end < 264 or most) == apart
    assert ("units_apart" in rails(found)) == apart
    assert ("against.apart.beyond" in found["values"]) == apart
    assert any("different units" in note for note in found["analyses"][0]["notes"]) == apart


def test_rows_that_are_not_patients_are_refused(tmp_path):
    head = BMT_HEAD.replace("[data]\n", '[data]\nsubject = "z1"\n')
    (tmp_path / "ref.csv").write_text(reference(), "utf-8")
    (tmp_path / "rates.csv").write_text(COUNTS, "utf-8")
    for toml in (CURVE, RATES):
        with pytest.raises(InputError, match="needs one row a patient"):
            run(tmp_path, head + toml)


def test_rows_without_a_covariate_or_an_outcome_are_left_out_and_said(tmp_path):
    rows = ["t,d,age,sos", "5,1,30,1", "8,0,,0", "9,1,50,", "12,0,60,0", "15,1,40,1"]
    toml = """
[study]
title = "Gaps"

[data]
file = "data.csv"
time_unit = "days"
origin = "transplant"

[variables.age]
label = "Age"

[[endpoints]]
id = "overall_survival"
label = "Overall survival"
time = "t"
event = "d"
causes = { death = 1 }
"""
    rate = RATES.replace("d2 == 1", "sos == 1")
    (tmp_path / "ref.csv").write_text(reference(), "utf-8")
    (tmp_path / "rates.csv").write_text(COUNTS, "utf-8")
    found = run(tmp_path, f"{toml}{CURVE}match = {{ means = {{ age = 42 }} }}\n{rate}", rows)
    assert [number(found, f"against.{g}.n") for g in ("own", "matched", "reference")] == [5, 4, 54]
    curve, rates = found["analyses"]
    assert "1 row is left out: a covariate is missing." in curve["notes"]
    assert (number(found, "rate.own.events"), number(found, "rate.own.n")) == (2, 4)
    assert [row["reason"] for row in rates["left_out"]] == ["the outcome is unknown"]
    loss = [rail for rail in found["guard_rails"] if rail["key"] == "rate.complete_case_loss"]
    assert "1 of 5 patients" in loss[0]["message"]


def test_published_counts_are_not_suppressed_and_those_of_patients_are(tmp_path):
    hidden = "\n[report]\nsuppress_below = 5\n"
    shown = compared(tmp_path, RATES + hidden)
    (node,) = shown["analyses"]
    assert node["kind"] == "compare"
    assert number(shown, "rate.study.a.events") == 3
    few = RATES.replace("d2 == 1", "t2 < 15")
    own = sum(int(row["t2"]) < 15 for row in ROWS)
    assert 0 < own < 5
    (node,) = compared(tmp_path, few + hidden)["analyses"]
    assert node["kind"] == "withheld"


def test_patients_left_out_of_the_matched_cohort_are_not_told_by_difference(tmp_path):
    lines = (BMT / "bmt.csv").read_text(encoding="utf-8").splitlines()
    place = lines[0].split(",").index('"z1"')
    cells = [line.split(",") for line in lines]
    for row in cells[1:3]:
        row[place] = ""
    (tmp_path / "gaps.csv").write_text("\n".join(map(",".join, cells)) + "\n", "utf-8")
    head = BMT_HEAD.replace((BMT / "bmt.csv").as_posix(), (tmp_path / "gaps.csv").as_posix())
    (tmp_path / "ref.csv").write_text(reference(), "utf-8")
    toml = f"{CURVE}match = {{ means = {{ age = 30 }} }}\n[report]\nsuppress_below = 5\n"
    (node,) = run(tmp_path, head + toml)["analyses"]
    assert node["kind"] == "withheld"


def test_a_hazard_ratio_alone_counts_as_a_comparison(tmp_path):
    both = CURVE + 'tests = ["cox"]\n' + CURVE.replace('"against"', '"again"') + 'tests = ["cox"]\n'
    found = compared(tmp_path, both)
    assert number(found, "study.multiple_tests.tests") == 2


def test_curves_are_drawn_and_read_to_the_last_time_of_either_side(tmp_path):
    rows = [f"{row['t1']},{row['d1']}" for row in LOW]
    longest = max(int(row["t1"]) for row in ROWS)
    found = compared(tmp_path, patients=reference([*rows, "4000,0"]))
    assert found["analyses"][0]["axis"]["max"] >= 4000 > longest
    short = compared(
        tmp_path, CURVE.replace('"1 year"', '"2 years"'), reference(["100,1", "200,0", "300,0"])
    )
    why = missing(short, "against.reference.t2y.estimate")
    assert why == "beyond follow-up (last observed at 0.821 years)"
    assert number(short, "against.own.t2y.estimate") is not None


def test_the_files_of_published_patients_and_rates_are_inputs_of_the_report(tmp_path):
    from atrisk.study.run_record import run_record

    compared(tmp_path, CURVE + RATES)
    read = {item["name"]: item for item in run_record(plan(tmp_path / "study.toml"))["inputs"]}
    assert read["ref.csv"]["role"] == "analysis against"
    assert read["rates.csv"]["role"] == "analysis rate"
    found = compared(tmp_path, CURVE + RATES)
    curve, rate = found["analyses"]
    assert read["ref.csv"]["sha256"] == curve["reference"]["sha256"]
    assert read["rates.csv"]["sha256"] == rate["rates"]["sha256"]
