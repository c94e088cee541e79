"""Survival analyses: every option away from its default, against the public calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import atrisk
from atrisk.study import plan_text
from study_kit import ARM, DEATH, HEAD, SURVIVAL, number, plan, run

if TYPE_CHECKING:
    from pathlib import Path

SITE = '[variables.site]\nlabel = "Site"\ntype = "categorical"\n'
BASE = HEAD + DEATH + ARM + SITE + SURVIVAL + 'by = "arm"\n'
RNG = np.random.default_rng(20)
N = 90
TIME = RNG.integers(1, 400, N)
EVENT = RNG.integers(0, 2, N)
ARMS = RNG.choice(["x", "y", "z"], N)
SITES = RNG.choice(["s1", "s2"], N)
ENTRY = np.minimum(RNG.integers(0, 50, N), TIME - 1)
WEIGHT = RNG.choice([0.5, 1.0, 2.5], N)
ROWS = [
    "t,d,arm,site,entry,w",
    *(
        f"{t},{d},{arm},{site},{entry},{w}"
        for t, d, arm, site, entry, w in zip(TIME, EVENT, ARMS, SITES, ENTRY, WEIGHT, strict=True)
    ),
]


def histories(**more: Any) -> atrisk.Histories:
    return atrisk.Histories.from_arrays(TIME, EVENT, unit="days", origin="transplant", **more)


def option(folder: Path, line: str, base: str = BASE) -> dict[str, Any]:
    return run(folder, f"{base}{line}\n", ROWS)


def part(result: Any, group: str, name: str) -> np.ndarray:
    columns = result.columns()
    found: np.ndarray = columns[name][columns["group"] == group]
    return found


def test_the_defaults_are_those_of_the_calls(tmp_path: Path) -> None:
    document = option(tmp_path, 'times = ["100 days", 200]')
    km = atrisk.kaplan_meier(histories(group=ARMS))
    read = km.at([100, 200])
    for group in "xyz":
        for name in ("estimate", "std_error", "lower", "upper"):
            for position, time in enumerate(("t100d", "t200d")):
                found = number(document, f"a.{group}.{time}.{name}")
                assert found == pytest.approx(part(read, group, name)[position], rel=1e-12)
            assert number(document, f"a.{group}.t100d.at_risk") == part(read, group, "at_risk")[0]
        for name in ("estimate", "lower", "upper"):
            median = part(km.median(), group, name)[0]
            expected = None if np.isnan(median) else median
            assert number(document, f"a.{group}.median.{name}") == expected
        assert number(document, f"a.{group}.n") == (group == ARMS).sum()
        assert number(document, f"a.{group}.events") == EVENT[group == ARMS].sum()
    test = atrisk.logrank_test(histories(group=ARMS))
    assert number(document, "a.logrank.statistic") == pytest.approx(test.statistic, rel=1e-12)
    assert number(document, "a.logrank.df") == 2
    assert number(document, "a.logrank.y.expected") == pytest.approx(test.expected[1], rel=1e-12)


@pytest.mark.parametrize("conf_type", ["plain", "log-log", "logit", "arcsine"])
def test_conf_type(tmp_path: Path, conf_type: str) -> None:
    document = option(tmp_path, f'conf_type = "{conf_type}"\ntimes = [100]')
    km = atrisk.kaplan_meier(histories(group=ARMS), conf_type=conf_type)
    assert number(document, "a.x.t100d.lower") == part(km.at(100), "x", "lower")[0]
    assert document["analyses"][0]["conf_type"] == conf_type
    assert document["values"]["a.x.t100d.lower"]["method"] == (
        f"Kaplan-Meier, greenwood variance, {conf_type} interval"
    )


def test_conf_level(tmp_path: Path) -> None:
    document = option(tmp_path, "conf_level = 0.8\ntimes = [100]\nrmst = 100")
    km = atrisk.kaplan_meier(histories(group=ARMS), conf_level=0.8)
    assert number(document, "a.x.t100d.upper") == part(km.at(100), "x", "upper")[0]
    assert number(document, "a.x.rmst.upper") == pytest.approx(
        part(km.rmst(100), "x", "upper")[0], rel=1e-12
    )
    differences = atrisk.rmst_test(histories(group=ARMS), 100, conf_level=0.8)
    assert number(document, "a.rmst_test.y.upper") == part(differences, "y", "upper")[0]
    assert document["analyses"][0]["conf_level"] == 0.8


def test_rho(tmp_path: Path) -> None:
    document = option(tmp_path, "rho = 1\npairwise = true\ntrend = true")
    test = atrisk.logrank_test(histories(group=ARMS), rho=1)
    assert number(document, "a.logrank.statistic") == test.statistic
    trend = atrisk.logrank_test(histories(group=ARMS), rho=1, trend=True)
    assert number(document, "a.trend.statistic") == trend.statistic
    pairs = atrisk.pairwise_logrank_test(histories(group=ARMS), rho=1)
    assert number(document, "a.pairwise.x_vs_y.statistic") == pairs.statistic[0]
    assert document["values"]["a.pairwise.x_vs_y.statistic"]["method"] == "G-rho test (rho = 1)"


def test_strata(tmp_path: Path) -> None:
    document = option(tmp_path, 'strata = "site"')
    test = atrisk.logrank_test(histories(group=ARMS, strata=SITES))
    assert number(document, "a.logrank_stratified.p_value") == test.p_value
    assert number(document, "a.logrank_stratified.z.expected") == test.expected[2]
    assert document["analyses"][0]["tests"][1] == {
        "id": "logrank_stratified",
        "label": "Log-rank test stratified by site",
    }
    # the curves are those without strata
    assert number(document, "a.logrank.statistic") != number(
        document, "a.logrank_stratified.statistic"
    )


def test_trend(tmp_path: Path) -> None:
    document = option(tmp_path, "trend = true")
    test = atrisk.logrank_test(histories(group=ARMS), trend=True)
    assert number(document, "a.trend.p_value") == test.p_value
    assert number(document, "a.trend.df") == 1


@pytest.mark.parametrize(
    ("adjust", "words"),
    [
        ("holm", "Holm's method"),
        ("bonferroni", "Bonferroni's method"),
        ("none", "no adjustment"),
    ],
)
def test_pairs_and_their_adjustment(tmp_path: Path, adjust: str, words: str) -> None:
    document = option(tmp_path, f'pairwise = true\nadjust = "{adjust}"')
    columns = atrisk.pairwise_logrank_test(histories(group=ARMS), adjust=adjust).columns()
    analysis = document["analyses"][0]
    assert [pair["id"] for pair in analysis["pairwise"]] == ["x_vs_y", "x_vs_z", "y_vs_z"]
    for row, pair in enumerate(analysis["pairwise"]):
        assert (pair["group_1"], pair["group_2"]) == (
            columns["group_1"][row],
            columns["group_2"][row],
        )
        for name in ("statistic", "p_value", "p_adjusted"):
            key = f"a.pairwise.{pair['id']}.{name}"
            assert number(document, key) == columns[name][row]
    assert document["values"]["a.pairwise.y_vs_z.p_adjusted"]["method"] == words


def test_follow_up_is_the_reverse_kaplan_meier_median(tmp_path: Path) -> None:
    document = option(tmp_path, "")
    median = atrisk.follow_up(histories(group=ARMS)).median()
    for name in ("estimate", "lower", "upper"):
        assert number(document, f"a.z.follow_up.{name}") == part(median, "z", name)[0]
    assert "a.z.follow_up.estimate" not in option(tmp_path, "follow_up = false")["values"]


@pytest.mark.parametrize("conf_type", ["log", "log-log"])
def test_the_interval_of_the_follow_up_is_plain_whatever_conf_type(
    tmp_path: Path, conf_type: str
) -> None:
    document = option(tmp_path, f'conf_type = "{conf_type}"\nconf_level = 0.99')
    median = atrisk.follow_up(histories(), conf_level=0.99).median().columns()
    other = atrisk.follow_up(histories(), conf_type, 0.99).median().columns()
    found = [number(document, f"a.overall.follow_up.{end}") for end in ("lower", "upper")]
    assert found == [median["lower"][0], median["upper"][0]]
    assert found != [other["lower"][0], other["upper"][0]]
    methods = {
        name: document["values"][f"a.overall.{name}.lower"]["method"]
        for name in ("median", "follow_up")
    }
    assert methods == {
        "median": f"Kaplan-Meier, {conf_type} interval",
        "follow_up": "reverse Kaplan-Meier, plain interval",
    }
    assert methods["follow_up"] in plan_text(plan(tmp_path / "study.toml"))


def test_restricted_means(tmp_path: Path) -> None:
    document = option(tmp_path, 'rmst = "6 months"')
    tau = 182.625
    means = atrisk.kaplan_meier(histories(group=ARMS)).rmst(tau)
    for name in ("estimate", "std_error", "lower", "upper"):
        found = number(document, f"a.y.rmst.{name}")
        assert found == pytest.approx(part(means, "y", name)[0], rel=1e-12)
    test = atrisk.rmst_test(histories(group=ARMS), tau)
    per_unit = document["study"]["units_per_report_unit"]
    shown = document["values"]["a.rmst_test.y.difference"]["display"]
    assert shown["value"] == pytest.approx(test.difference[1] / per_unit, rel=1e-12)
    assert number(document, "a.rmst_test.p_value") == test.p_value
    difference = part(test, "z", "difference")[0]
    assert number(document, "a.rmst_test.z.difference") == difference
    assert "a.rmst_test.x.difference" not in document["values"]


def test_a_restricted_mean_beyond_follow_up_says_so(tmp_path: Path) -> None:
    rows = ["t,d,arm,site", "5,0,x,s", "3,1,x,s", "9,0,y,s", "2,1,y,s"]
    document = run(tmp_path, BASE + "rmst = 8\n", rows)
    assert document["values"]["a.x.rmst.estimate"]["missing"] == (
        "8 days: beyond follow-up (last observed at 5 days)"
    )
    assert number(document, "a.y.rmst.estimate") == pytest.approx(2 + 6 * 0.5)
    assert document["values"]["a.rmst_test.p_value"]["missing"] == (
        "tau=8 days is beyond the follow-up of group 'x', which ends at 5. Use an earlier tau: the"
        " curve is not known past that time."
    )


def test_weights_and_robust_variance(tmp_path: Path) -> None:
    weighted = BASE.replace('event = "d"', 'event = "d"\nweights = "w"')
    document = option(tmp_path, "times = [100]\npairwise = true", weighted)
    km = atrisk.kaplan_meier(histories(group=ARMS, weights=WEIGHT))
    assert km.variance == "robust"
    read = km.at(100)
    assert number(document, "a.x.t100d.std_error") == part(read, "x", "std_error")[0]
    assert number(document, "a.x.t100d.at_risk") == part(read, "x", "at_risk")[0]
    assert number(document, "a.x.n") == (ARMS == "x").sum()
    assert "robust variance" in document["values"]["a.x.t100d.std_error"]["method"]
    assert "whole weights" in document["values"]["a.pairwise.x_vs_y.p_value"]["missing"]
    method = document["values"]["a.logrank.p_value"]["method"]
    assert method == "Log-rank test, robust variance, weighted by column w"


def test_variance_can_be_asked_for(tmp_path: Path) -> None:
    document = option(tmp_path, 'variance = "robust"\ntimes = [100]')
    km = atrisk.kaplan_meier(histories(group=ARMS), variance="robust")
    assert number(document, "a.x.t100d.std_error") == part(km.at(100), "x", "std_error")[0]


def test_entry(tmp_path: Path) -> None:
    late = BASE.replace('event = "d"', 'event = "d"\nentry = "entry"')
    document = option(tmp_path, "times = [100]", late)
    km = atrisk.kaplan_meier(histories(group=ARMS, entry=ENTRY))
    assert number(document, "a.x.t100d.estimate") == part(km.at(100), "x", "estimate")[0]
    assert number(document, "a.x.t100d.at_risk") == part(km.at(100), "x", "at_risk")[0]


def test_until_ends_the_axis(tmp_path: Path) -> None:
    axis = option(tmp_path, 'until = "10 weeks"')["analyses"][0]["axis"]
    assert axis["max"] == 70.0
    assert axis["ticks"][-1] == 70.0
    assert option(tmp_path, "")["analyses"][0]["axis"]["max"] == TIME.max()


def test_curves_have_every_step_from_time_0(tmp_path: Path) -> None:
    analysis = option(tmp_path, "")["analyses"][0]
    assert [curve["group"] for curve in analysis["curves"]] == ["x", "y", "z", "overall"]
    km = atrisk.kaplan_meier(histories(group=ARMS))
    curve = analysis["curves"][1]
    assert (curve["time"][0], curve["estimate"][0], curve["lower"][0]) == (0.0, 1.0, 1.0)
    assert curve["time"][1:] == part(km, "y", "time").tolist()
    assert curve["estimate"][1:] == part(km, "y", "estimate").tolist()
    lower = [None if np.isnan(bound) else bound for bound in part(km, "y", "lower")]
    assert curve["lower"][1:] == lower
    censored = part(km, "y", "censored") > 0
    assert curve["censor_time"] == part(km, "y", "time")[censored].tolist()
    assert curve["censor_estimate"] == part(km, "y", "estimate")[censored].tolist()


def test_numbers_at_risk_add_up(tmp_path: Path) -> None:
    analysis = option(tmp_path, "")["analyses"][0]
    table = analysis["risk_table"]
    assert table["times"] == analysis["axis"]["ticks"]
    rows = {row["group"]: row for row in table["rows"]}
    assert list(rows) == ["x", "y", "z", "overall"]
    for name in ("at_risk", "events", "censored"):
        groups = np.array([rows[group][name] for group in "xyz"])
        np.testing.assert_array_equal(groups.sum(axis=0), rows["overall"][name])
    mark = table["times"][2]
    assert rows["overall"]["at_risk"][2] == (mark <= TIME).sum()
    assert rows["overall"]["events"][1] == EVENT[table["times"][1] >= TIME].sum()


def test_without_groups_there_is_one_curve_and_no_test(tmp_path: Path) -> None:
    document = option(tmp_path, "", BASE.replace('by = "arm"\n', ""))
    analysis = document["analyses"][0]
    assert analysis["by"] is None
    assert analysis["groups"] == []
    assert [curve["group"] for curve in analysis["curves"]] == ["overall"]
    assert analysis["tests"] == []


def test_times_beyond_follow_up_are_missing_with_the_reason(tmp_path: Path) -> None:
    rows = ["t,d,arm,site", "5,0,x,s", "3,1,x,s", "9,1,y,s", "2,1,y,s"]
    document = run(tmp_path, BASE + "times = [8, 10]\n", rows)
    assert document["values"]["a.x.t8d.lower"]["missing"] == (
        "beyond follow-up (last observed at 5 days)"
    )
    # everyone in y died: survival stays 0, and has no interval
    assert number(document, "a.y.t10d.estimate") == 0.0
    assert document["values"]["a.y.t10d.lower"]["missing"] == (
        "no interval where the estimate is 0"
    )


def test_why_a_time_is_beyond_is_told_in_the_report_unit(tmp_path: Path) -> None:
    base = BASE.replace('time_unit = "days"', 'time_unit = "months"\nreport_unit = "years"')
    rows = ["t,d,arm,site", "394,0,x,s", "3,1,x,s", "500,1,y,s", "2,1,y,s"]
    document = run(tmp_path, base + "times = [395]\n", rows)
    assert document["values"]["a.x.t395m.estimate"]["missing"] == (
        "beyond follow-up (last observed at 32.8 years)"
    )


def test_two_names_of_one_time_are_both_read(tmp_path: Path) -> None:
    document = option(tmp_path, 'times = ["6 months", 100, "0.5 years"]')
    read = atrisk.kaplan_meier(histories(group=ARMS)).at([182.625])
    for time in ("t6m", "t0_5y"):
        found = number(document, f"a.y.{time}.estimate")
        assert found == pytest.approx(part(read, "y", "estimate")[0], rel=1e-12)


EMPTIED = BASE.replace('event = "d"', 'event = "d"\nentry = "entry"')
EMPTIED_ROWS = [
    "t,d,arm,site,entry",
    "2,1,x,s,0",
    "4,1,x,s,1",  # nobody is left in x until somebody enters at 6
    "9,1,x,s,6",
    "12,0,x,s,7",
    "3,1,y,s,0",
    "12,0,y,s,0",
]


def test_a_curve_ends_where_nobody_is_left_at_risk(tmp_path: Path) -> None:
    document = run(tmp_path, EMPTIED + "times = [4, 10, 13]\nrmst = 8\n", EMPTIED_ROWS)
    analysis = document["analyses"][0]
    x, y, overall = analysis["curves"]
    assert (x["time"], x["estimate"]) == ([0, 2, 4], [1, 0.5, 0])
    assert {len(x[name]) for name in ("time", "estimate", "lower", "upper")} == {3}
    assert x["censor_time"] == x["censor_estimate"] == []
    assert y["time"] == [0, 3, 12]
    assert overall["censor_time"] == [12]
    assert "In group x nobody was left at risk after 4 days" in " ".join(analysis["notes"])
    alone = run(tmp_path, EMPTIED.replace('by = "arm"\n', ""), EMPTIED_ROWS[:5])
    assert "In group All patients nobody was left" in alone["analyses"][0]["notes"][0]
    values = document["values"]
    assert number(document, "a.x.t4d.estimate") == 0
    assert values["a.x.t10d.estimate"]["missing"] == "nobody was left at risk after 4 days"
    assert values["a.x.t13d.lower"]["missing"] == "nobody was left at risk after 4 days"
    assert values["a.x.rmst.upper"]["missing"] == "8 days: nobody was left at risk after 4 days"
    assert number(document, "a.x.t10d.at_risk") == 1
    assert values["a.y.t13d.estimate"]["missing"] == ("beyond follow-up (last observed at 12 days)")


def test_the_document_says_what_was_done(tmp_path: Path) -> None:
    node = option(tmp_path, "")["analyses"][0]
    assert [node[name] for name in ("weights", "entry", "cut_off", "rmst")] == [None] * 4
    base = BASE.replace('event = "d"', 'event = "d"\nentry = "entry"\nweights = "w"')
    document = option(tmp_path, 'times = [100]\nrmst = "6 months"\npairwise = true', base)
    node = document["analyses"][0]
    assert (node["weights"], node["entry"], node["cut_off"]) == ("w", "entry", None)
    assert node["rmst"] == {"label": "6 months", "value": 182.625}
    weighted = {
        key: entry["method"]
        for key, entry in document["values"].items()
        if entry["method"] and "p_adjusted" not in key
    }
    assert weighted["a.x.median.estimate"] == ("Kaplan-Meier, log interval, weighted by column w")
    assert {method.rpartition(", ")[2] for method in weighted.values()} == {"weighted by column w"}


def test_times_are_shown_in_the_report_unit(tmp_path: Path) -> None:
    base = BASE.replace('time_unit = "days"', 'time_unit = "days"\nreport_unit = "months"')
    document = option(tmp_path, "rmst = 100", base)
    entry = document["values"]["a.x.rmst.estimate"]
    assert entry["unit"] == "days"
    assert entry["display"] == {"value": entry["value"] / 30.4375, "unit": "months"}
    assert document["study"]["units_per_report_unit"] == 30.4375
    assert document["analyses"][0]["axis"]["per_unit"] == 30.4375


def test_all_censored_and_one_group_have_reasons_instead_of_tests(tmp_path: Path) -> None:
    rows = ["t,d,arm,site", "5,0,x,s", "3,0,y,s"]
    document = run(tmp_path, BASE + "pairwise = true\n", rows)
    entry = document["values"]["a.logrank.p_value"]
    assert (entry["value"], entry["missing"]) == (None, "no patient had the event")
    assert number(document, "a.pairwise.x_vs_y.p_value") is None
    assert document["analyses"][0]["notes"] == ["Nobody had the event: every row is censored."]
    assert document["values"]["a.x.median.estimate"]["missing"] == "not reached"
    document = run(tmp_path, BASE, ["t,d,arm,site", "5,1,x,s", "3,0,x,s"])
    assert document["values"]["a.logrank.statistic"]["missing"] == "only one group has patients"


def test_a_group_without_events_is_noted(tmp_path: Path) -> None:
    rows = ["t,d,arm,site", "5,0,x,s", "3,1,y,s", "9,0,y,s"]
    document = run(tmp_path, BASE, rows)
    assert document["analyses"][0]["notes"] == ["No event in group x."]


def test_one_patient_is_enough_for_a_curve(tmp_path: Path) -> None:
    document = run(tmp_path, HEAD + DEATH + SURVIVAL, ["t,d", "5,1"])
    assert number(document, "a.overall.median.estimate") == 5.0


def test_any_cause_is_the_event(tmp_path: Path) -> None:
    base = BASE.replace("{ death = 1 }", "{ relapse = 1, death = 2 }")
    rows = ["t,d,arm,site", "5,1,x,s", "3,2,y,s", "9,0,y,s"]
    document = run(tmp_path, base, rows)
    assert number(document, "a.overall.events") == 2
    assert document["analyses"][0]["notes"][0] == "An event is the first of: Relapse, Death."
