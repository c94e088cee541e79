"""Intervals of proportions, and the order of bounds."""

from __future__ import annotations

import pytest

from atrisk.evidence.audit.binomial_intervals import proportion_intervals
from atrisk.evidence.audit.check import Verdict
from audit_kit import cohort, counted, found, only, stated

INTERVAL = "interval of a proportion"
ORDER = "estimate between its bounds"


@pytest.mark.parametrize("chosen", list(proportion_intervals(17, 58, 0.95)), ids=lambda f: f.method)
def test_every_method_is_admitted(chosen):
    low, high = (f"{100 * value:.2f}" for value in chosen.values)
    check = only(INTERVAL, cohort(), counted("a", "17", percent="29", lower=low, upper=high))
    assert check.verdict is Verdict.CONSISTENT
    assert chosen.method in {trial.method for trial in check.tried if trial.meets}


def test_an_interval_of_other_counts_is_a_finding():
    check = only(INTERVAL, cohort(), counted("a", "17", n="58", lower="18.1", upper="47.2"))
    assert check.verdict is Verdict.INCONSISTENT
    assert check.arithmetic == "17/58: 18.09 to 42.73 by Clopper-Pearson; printed 18.1 to 47.2."
    assert len(check.tried) == 13


def test_the_level_counts_and_another_is_named():
    ninety = {"lower": "19.6", "upper": "40.7"}  # Clopper-Pearson 90 %
    good = only(INTERVAL, cohort(), counted("a", "17", n="58", level="90", **ninety))
    assert good.verdict is Verdict.CONSISTENT
    bad = only(INTERVAL, cohort(), counted("a", "17", n="58", **ninety))
    assert bad.verdict is Verdict.INCONSISTENT
    assert "It would be the 90 % interval by Clopper-Pearson" in bad.arithmetic


def test_a_percentage_and_its_interval_find_their_denominator():
    # INO-VATE: 88/109, in a set of which 164 were randomised
    share = counted("cr", percent="80.7", lower="72.1", upper="87.7")
    check = only(INTERVAL, cohort("164"), share)
    assert check.verdict is Verdict.CONSISTENT
    assert check.method == "Clopper-Pearson, with 88 of n' = 109"
    assert not check.bound


def test_a_few_missing_are_admitted_and_many_are_not():
    of_fewer = {"lower": "18.4", "upper": "43.4"}  # 17/57
    assert only(INTERVAL, cohort(), counted("a", "17", **of_fewer)).method.endswith("n' = 57")
    beside = only(INTERVAL, cohort(), counted("a", "17", n="58", **of_fewer))
    assert beside.verdict is Verdict.INCONSISTENT
    of_forty = {"lower": "27.0", "upper": "59.1"}  # 17/40
    assert only(INTERVAL, cohort(), counted("a", "17", **of_forty)).verdict is (
        Verdict.INCONSISTENT
    )


def test_nothing_to_compute_from():
    check = only(INTERVAL, cohort(), counted("a", lower="18.1", upper="42.7"))
    assert (check.verdict, check.missing) == (Verdict.UNCHECKED, "how many had the event")


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"percent": "29", "lower": "18.1", "upper": "42.7"}, Verdict.CONSISTENT),
        ({"percent": "29", "lower": "42.7", "upper": "18.1"}, Verdict.IMPOSSIBLE),
        ({"percent": "49", "lower": "18.1", "upper": "42.7"}, Verdict.IMPOSSIBLE),
        ({"percent": "18", "lower": "18.1", "upper": "42.7"}, Verdict.CONSISTENT),  # 18.1 cut off
    ],
)
def test_a_share_between_its_bounds(fields, verdict):
    assert only(ORDER, cohort(), counted("a", "17", **fields)).verdict is verdict


def test_a_median_and_a_survival_between_their_bounds():
    times = {"of": "everyone", "endpoint": "OS"}
    good = stated(
        "median_time", "m", unit="months", estimate="29", lower="21", upper="not reached", **times
    )
    assert only(ORDER, cohort(), good).verdict is Verdict.CONSISTENT
    bad = stated(
        "median_time", "m", unit="months", estimate="19", lower="21", upper="not reached", **times
    )
    assert only(ORDER, cohort(), bad).verdict is Verdict.IMPOSSIBLE
    more = stated(
        "survival", "s", time="1", time_unit="years", estimate="1.2", scale="fraction", **times
    )
    assert only(ORDER, cohort(), more).verdict is Verdict.IMPOSSIBLE
    assert found(ORDER, cohort(), {**more, "estimate": "0.2"}) == []


@pytest.mark.parametrize(
    ("method", "verdict"),
    [
        ("Clopper-Pearson", Verdict.INCONSISTENT),
        ("Cloper Pearson", Verdict.INCONSISTENT),
        ("exact binomial", Verdict.INCONSISTENT),
        ("Wilson score", Verdict.INCONSISTENT),
        ("normal approximation", Verdict.CONSISTENT),
        ("wald", Verdict.CONSISTENT),
        ("Fisher's exact test", Verdict.CONSISTENT),  # of no interval
        ("bootstrap, with an exact test", Verdict.CONSISTENT),
    ],
)
def test_the_method_named_against_the_one_that_gives_the_interval(method, verdict):
    walds = {"percent": "73.3", "lower": "62.1", "upper": "84.5", "method": method}
    assert only(INTERVAL, cohort("60"), counted("cr", "44", **walds)).verdict is verdict


def test_the_method_named_and_what_it_gives_are_told():
    walds = {"percent": "73.3", "lower": "62.1", "upper": "84.5", "method": "Clopper-Pearson"}
    check = only(INTERVAL, cohort("60"), counted("cr", "44", **walds))
    assert check.arithmetic == (
        "44/60; printed 62.1 to 84.5. The paper names Clopper-Pearson, which gives 60.34 to 83.93;"
        " Wald gives what is printed."
    )


def test_the_method_named_may_give_it_of_fewer():
    # Clopper-Pearson of 17/57, as of missing values; no method gives it of 17/58
    of_fewer = {"lower": "18.4", "upper": "43.4", "method": "Clopper-Pearson"}
    assert only(INTERVAL, cohort(), counted("a", "17", **of_fewer)).verdict is Verdict.CONSISTENT
