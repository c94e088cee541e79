"""Effects: in their interval, symmetric, with the P of both, and with enough events."""

from __future__ import annotations

import pytest

from atrisk.evidence.audit.check import Verdict
from audit_kit import cohort, counted, found, only, stated

INSIDE = "estimate within its interval"
SYMMETRIC = "interval symmetric about its estimate"
P = "P from estimate and interval"
EXCLUDES = "interval against P"
EVENTS = "events that the interval implies"


def effect(estimate, lower, upper, p=None, **fields):
    numbers = {"estimate": estimate, "lower": lower, "upper": upper, "p": p}
    fields = {"measure": "HR", "label": "remission at transplant", **fields}
    return stated(
        "effect", "hr", of="everyone", **{k: v for k, v in numbers.items() if v}, **fields
    )


@pytest.mark.parametrize("ends", [("0.249", "1.190"), ("0.544", "1.190"), ("0.249", "0.544")])
def test_an_estimate_within_its_interval(ends):
    assert only(INSIDE, cohort(), effect("0.544", *ends)).verdict is Verdict.CONSISTENT


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (("1.190", "0.249"), "the lower bound 1.190 lies above the upper 0.249"),
        (("0.249", "0.540"), "outside its bounds"),
        (("0.646", "1.190"), "outside its bounds"),
    ],
)
def test_an_estimate_outside_its_interval_is_impossible(ends, words):
    check = only(INSIDE, cohort(), effect("0.544", *ends))
    assert check.verdict is Verdict.IMPOSSIBLE
    assert words in check.arithmetic
    assert set(check.numbers) | set(check.against) >= {"hr.estimate", "hr.lower", "hr.upper"}


def test_an_estimate_that_rounding_puts_on_its_bound_is_within():
    assert only(INSIDE, cohort(), effect("1.0", "1.04", "3.2")).verdict is Verdict.CONSISTENT


def test_a_wald_interval_is_symmetric_on_the_logarithm():
    check = only(SYMMETRIC, cohort(), effect("0.544", "0.249", "1.190"))
    assert check.verdict is Verdict.CONSISTENT
    assert check.method == "Wald interval"
    assert "the middle of the bounds is 0.54368 to 0.54566" in check.arithmetic


def test_a_difference_is_symmetric_as_it_is():
    risk = {"measure": "RD", "label": "difference"}
    assert only(SYMMETRIC, cohort(), effect("12", "2", "22", **risk)).verdict is Verdict.CONSISTENT
    check = only(SYMMETRIC, cohort(), effect("12", "2", "32", **risk))
    assert check.verdict is Verdict.UNCHECKED  # score intervals need not be symmetric


def test_an_asymmetry_that_a_profile_interval_may_have_is_a_question():
    check = only(SYMMETRIC, cohort(), effect("3.97", "1.00", "15.39"))
    assert check.verdict is Verdict.UNCHECKED
    assert [trial.meets for trial in check.tried] == [False, True]
    assert "counts of both groups" in check.missing


def test_an_asymmetry_beyond_any_profile_interval_is_a_finding():
    check = only(SYMMETRIC, cohort(), effect("0.544", "0.429", "1.910"))
    assert check.verdict is Verdict.INCONSISTENT
    assert [trial.meets for trial in check.tried] == [False, False]


def test_two_groups_with_a_narrow_interval_leave_less_room():
    # arms that differ by 1.6 with a log width of 2.04 and so at least 3.7 events
    numbers = ("0.544", "0.249", "1.910")
    assert only(SYMMETRIC, cohort(), effect(*numbers)).verdict is Verdict.UNCHECKED
    narrow = ("1.10", "1.00", "1.30")
    two = only(SYMMETRIC, cohort(), effect(*narrow, label="men vs women"))
    assert two.verdict is Verdict.INCONSISTENT
    assert only(SYMMETRIC, cohort(), effect(*narrow)).verdict is Verdict.UNCHECKED


def test_walds_method_named_leaves_no_asymmetry():
    check = only(SYMMETRIC, cohort(), effect("3.97", "1.00", "15.39", method="Wald interval"))
    assert check.verdict is Verdict.INCONSISTENT


def test_counts_decide_where_they_are_given():
    counts = counted("a", "6", n="11"), counted("b", "11", n="47")
    odds = effect("3.97", "1.00", "15.39", "0.050", measure="OR", exposed="a", unexposed="b")
    assert found(SYMMETRIC, cohort(), *counts, odds) == []
    assert found(P, cohort(), *counts, odds) == []


@pytest.mark.parametrize(
    ("numbers", "method"),
    [
        (("0.544", "0.249", "1.190", "0.128"), "Wald"),
        (("2.351", "0.962", "5.744", "0.061"), "Wald"),
        (("4.74", "0.91", "24.65", "0.07"), "Wald"),  # 0.0645: only just
        (("2.190", "1.078", "4.449", "0.015"), "Wald, one-sided"),
        (("2.190", "1.078", "4.449", "<0.05"), "Wald"),
    ],
)
def test_p_from_estimate_and_interval(numbers, method):
    check = only(P, cohort(), effect(*numbers))
    assert (check.verdict, check.method) == (Verdict.CONSISTENT, method)


@pytest.mark.parametrize("p", ["0.300", "0.003", "<0.001"])
def test_a_p_value_that_no_test_gives_is_a_finding(p):
    check = only(P, cohort(), effect("0.544", "0.249", "1.190", p))
    assert check.verdict is Verdict.INCONSISTENT
    assert check.numbers == ("hr.p",)
    assert len(check.tried) == 3


def test_a_p_value_that_another_test_may_give_is_a_question():
    check = only(P, cohort(), effect("0.544", "0.249", "1.190", "0.11"))
    assert check.verdict is Verdict.UNCHECKED
    assert "name of the test" in check.missing
    wald = effect("0.544", "0.249", "1.190", "0.11", method="Wald test")
    assert only(P, cohort(), wald).verdict is Verdict.INCONSISTENT


def test_the_level_of_the_interval_counts():
    # the 90 % interval of 2.0 with P 0.05 is 1.12 to 3.58
    assert only(P, cohort(), effect("2.00", "1.12", "3.58", "0.05", level="90")).method == "Wald"
    wrong = only(P, cohort(), effect("2.00", "1.12", "3.58", "0.05"))
    assert wrong.verdict is not Verdict.CONSISTENT


def test_without_bounds_p_is_not_checked():
    check = only(P, cohort(), effect("0.24", None, None, "0.02"))
    assert check.verdict is Verdict.UNCHECKED
    assert check.missing == "both bounds of the interval"


@pytest.mark.parametrize(
    ("ends", "p", "verdict"),
    [
        (("1.08", "12.50"), "0.038", Verdict.CONSISTENT),
        (("0.91", "24.65"), "0.07", Verdict.CONSISTENT),
        (("1.00", "15.39"), "0.050", Verdict.CONSISTENT),
        (("1.00", "15.39"), "0.049", Verdict.CONSISTENT),
        (("1.08", "12.50"), "0.08", Verdict.UNCHECKED),
        (("1.08", "12.50"), "0.38", Verdict.INCONSISTENT),  # of one event: P up to 0.14
        (("0.80", "12.50"), "0.001", Verdict.INCONSISTENT),
        (("0.80", "12.50"), "0.04", Verdict.UNCHECKED),
    ],
)
def test_an_interval_without_one_against_p_below_its_error(ends, p, verdict):
    check = only(EXCLUDES, cohort(), effect(None, *ends, p))
    assert check.verdict is verdict


@pytest.mark.parametrize(
    ("events", "verdict"), [("41", Verdict.CONSISTENT), ("24", Verdict.INCONSISTENT)]
)
def test_events_that_a_standard_error_needs(events, verdict):
    # SE = log(1.190 / 0.249) / 3.92 = 0.399 needs 4 / 0.399^2 = 25.1 events
    numbers = effect("0.544", "0.249", "1.190", events=events, label="in remission vs not")
    check = only(EVENTS, cohort(), numbers)
    assert check.verdict is verdict
    assert "= 25.0 events with p = 0.50" in check.arithmetic


def test_events_of_both_groups_need_more():
    groups = counted("a", "5", n="20"), counted("b", "25", n="38")
    hazard = effect(
        "0.544", "0.249", "1.190", events="30", exposed="a", unexposed="b", label="a vs b"
    )
    check = only(EVENTS, cohort(), *groups, hazard)
    assert check.verdict is Verdict.INCONSISTENT  # 5 * 25 / 30 = 4.2 of information, 6.3 needed
    assert "5 of 30 events exposed" in check.arithmetic


def test_other_standard_errors_and_covariates_are_not_held_to_it():
    few = {"events": "10"}
    robust = effect("0.544", "0.249", "1.190", **few, label="a vs b", method="robust variance")
    assert only(EVENTS, cohort(), robust).verdict is Verdict.UNCHECKED
    a_year = effect("1.02", "1.00", "1.04", **few, label="age, a year")
    assert only(EVENTS, cohort(), a_year).verdict is Verdict.UNCHECKED


def test_more_events_than_patients_are_impossible():
    rule = "events of an effect within its set"
    named = effect("2.0", "1.0", "4.0", events="58", label="a vs b")
    assert only(rule, cohort(), named).verdict is Verdict.CONSISTENT
    assert only(rule, cohort(), effect("2.0", "1.0", "4.0", events="59")).verdict is (
        Verdict.IMPOSSIBLE
    )


def test_a_ratio_by_unit_is_no_comparison_of_two_groups():
    narrow = ("1.10", "1.00", "1.30")
    by_year = effect(*narrow, label="age > 18, per year")
    assert only(SYMMETRIC, cohort(), by_year).verdict is Verdict.UNCHECKED


def test_an_interval_and_a_p_value_that_cannot_both_be():
    asymmetric = effect("0.70", "0.45", "0.92", "0.12")
    check = only(EXCLUDES, cohort(), asymmetric)
    assert check.verdict is Verdict.INCONSISTENT
    assert set(check.numbers) == {"hr.p", "hr.lower", "hr.upper"}
    assert "P 2.3e-05 to 0.0895: both cannot be" in check.arithmetic
    # Wald's interval: its bounds are reproduced, so that P alone is in question
    symmetric = only(EXCLUDES, cohort(), effect("0.64", "0.42", "0.98", "0.40"))
    assert (symmetric.verdict, symmetric.numbers) == (Verdict.INCONSISTENT, ("hr.p",))


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"p": "0.08"}, Verdict.UNCHECKED),  # of one event: the score test beside Wald's interval
        ({"p": "0.08", "label": "a vs b"}, Verdict.INCONSISTENT),  # of 29 events: P up to 0.036
        ({"p": "0.12", "method": "stratified log-rank test"}, Verdict.UNCHECKED),
        ({"p": "0.12", "measure": "OR"}, Verdict.UNCHECKED),  # nearly separated: no such bound
    ],
)
def test_a_p_value_of_another_test_beside_an_interval_is_a_question(fields, verdict):
    check = only(EXCLUDES, cohort(), effect("0.70", "0.45", "0.92", **fields))
    assert check.verdict is verdict


@pytest.mark.parametrize(("label", "asked"), [("transplant", True), ("transplant vs none", False)])
def test_events_without_the_groups_compared_ask_who_they_are(label, asked):
    hazard = effect("0.50", "0.25", "1.00", events="58", label=label)
    checks = [
        c
        for rule in (EVENTS, "events of an effect within its set")
        for c in found(rule, cohort(), hazard)
    ]
    assert {c.verdict for c in checks} == {Verdict.UNCHECKED if asked else Verdict.CONSISTENT}
    assert all(("exposed and unexposed" in c.missing) is asked for c in checks)
