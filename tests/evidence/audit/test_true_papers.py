"""Numbers as R and others print them that must raise no finding, each with a false neighbour."""

from __future__ import annotations

import pytest

from atrisk.evidence.audit.check import Verdict
from audit_kit import cohort, counted, found, only, stated

COUNTS = "effect from the counts"


def groups(a, n1, c, n2, **first):
    sizes = cohort(str(n1), "one"), cohort(str(n2), "two")
    return *sizes, counted("e1", str(a), of="one", **first), counted("e0", str(c), of="two")


def effect(estimate, lower, upper, measure="OR", **fields):
    numbers = {"estimate": estimate, "lower": lower, "upper": upper}
    compared = {"exposed": "e1", "unexposed": "e0", "label": "one vs two"}
    return stated("effect", "e", of="one", measure=measure, **numbers, **compared) | fields


def verdicts(*statements):
    return {check.verdict for check in found(COUNTS, *statements)}


@pytest.mark.parametrize(
    ("given", "true", "false"),
    [
        # R: confint(glm) gives 77.57, by a spline; the profile ends at 77.50
        (groups(4, 12, 1, 8), effect("3.5", "0.4", "77.6"), effect("3.5", "0.4", "77.8")),
        # R: fisher.test() searches the inverse; its end is 32.83 exactly
        (groups(7, 14, 3, 16), effect("4.1", "0.7", "32.9"), effect("4.1", "0.7", "33.9")),
        # R: prop.test(), corrected for continuity
        (
            groups(6, 58, 0, 78),
            effect("10.3", "1.0", "19.7", "RD"),
            effect("10.3", "0.4", "19.7", "RD"),
        ),
        # 10 are 38 % of 26 or 27, fewer than a tenth less than 29
        (
            groups(10, 29, 18, 60, percent="38"),
            effect("1.46", "0.56", "3.82"),
            effect("1.66", "0.56", "3.82"),
        ),
    ],
)
def test_effects_as_programs_print_them(given, true, false):
    assert verdicts(*given, true) == {Verdict.CONSISTENT}
    assert Verdict.INCONSISTENT in verdicts(*given, false)


def test_a_p_value_of_a_separated_logistic_model():
    for p, verdict in (("0.98", Verdict.CONSISTENT), ("0.80", Verdict.INCONSISTENT)):
        test = stated("test", "t", label="one vs two", p=p, groups=["e1", "e0"])
        given = (*groups(2, 21, 0, 37)[:2], *groups(2, 21, 0, 37, n="21")[2:], test)
        assert only("P from the counts compared", *given).verdict is verdict


def test_a_stratified_model_may_stand_beside_another_test():
    hazard = {"of": "everyone", "measure": "HR", "label": "a vs b", "p": "0.29"}
    numbers = {"estimate": "1.59", "lower": "0.81", "upper": "3.13"}
    plain = stated("effect", "e", **hazard, **numbers)
    rule = "P from estimate and interval"
    assert only(rule, cohort(), plain).verdict is Verdict.INCONSISTENT
    stratified = plain | {"method": "stratified Cox"}
    assert only(rule, cohort(), stratified).verdict is Verdict.UNCHECKED


def test_the_variance_of_fine_and_gray_is_not_that_of_a_partial_likelihood():
    hazard = {"of": "everyone", "measure": "HR", "label": "a vs b", "events": "18"}
    numbers = {"estimate": "2.48", "lower": "1.22", "upper": "5.02"}
    rule = "events that the interval implies"
    for endpoint, verdict in (("OS", Verdict.INCONSISTENT), ("CIR", Verdict.UNCHECKED)):
        given = stated("effect", "e", **hazard, **numbers, endpoint=endpoint)
        assert only(rule, cohort(), given).verdict is verdict


def test_the_profile_of_a_measured_covariate_may_be_very_skewed():
    numbers = {"estimate": "1.55", "lower": "0.98", "upper": "10.76", "p": "0.084"}
    covariate = {"of": "everyone", "measure": "OR", "model": "multivariable"}
    measured = stated("effect", "e", label="age, per year", **covariate, **numbers)
    rules = ("interval symmetric about its estimate", "P from estimate and interval")
    for rule in rules:
        assert only(rule, cohort(), measured).verdict is Verdict.UNCHECKED
    groups_compared = measured | {"label": "female vs male"}
    assert only(rules[0], cohort(), groups_compared).verdict is Verdict.INCONSISTENT
