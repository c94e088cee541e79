"""Numbers that nothing can be, whatever stands beside them."""

from __future__ import annotations

import pytest

from atrisk.evidence.audit.check import Verdict
from audit_kit import cohort, counted, found, only, stated


@pytest.mark.parametrize("p", ["7.2", "<5.001", "-0.04"])
def test_a_p_value_above_1_is_impossible(p):
    check = only("P value up to 1", stated("test", "t", label="x", p=p))
    assert check.verdict is Verdict.IMPOSSIBLE
    assert check.arithmetic == f"{p} is printed; a P value lies between 0 and 1."
    effect = stated("effect", "e", of="everyone", measure="HR", label="x", p=p)
    assert only("P value up to 1", cohort(), effect).numbers == ("e.p",)


@pytest.mark.parametrize("p", ["0.72", "<0.001", "1.0", "0", ">0.99"])
def test_any_other_p_value_is_left_to_the_rules_that_recompute_it(p):
    assert not found("P value up to 1", stated("test", "t", label="x", p=p))


def curve(**numbers):
    fields = {"time": "2", "time_unit": "years"} | numbers
    return stated("survival", "s", of="everyone", endpoint="os", **fields)


@pytest.mark.parametrize(
    ("statement", "address"),
    [
        (counted("a", percent="104"), "a.percent"),
        (counted("a", percent="-4"), "a.percent"),
        (counted("a", percent="40", lower="20", upper="140"), "a.upper"),
        (cohort("5", "b", within="everyone", percent="500"), "b.percent"),
        (curve(estimate="367"), "s.estimate"),
        (curve(estimate="1.367", scale="fraction"), "s.estimate"),
        (curve(estimate="36.7", lower="-3"), "s.lower"),
    ],
)
def test_more_than_all_is_impossible(statement, address):
    check = only("share up to all", cohort(), statement)
    assert check.verdict is Verdict.IMPOSSIBLE
    assert check.numbers == (address,)


@pytest.mark.parametrize(
    "statement",
    [
        counted("a", percent="100"),
        counted("a", percent="0"),
        curve(estimate="36.7", lower="25.5", upper="52.9"),
        curve(estimate="0.367", scale="fraction"),
        curve(estimate="not reached"),
    ],
)
def test_a_share_up_to_all_is_left_to_the_rules_that_recompute_it(statement):
    assert not found("share up to all", cohort(), statement)


def test_a_ratio_or_time_is_not_negative():
    rule = "ratio or time from 0"
    ratio = stated("effect", "e", of="everyone", measure="OR", label="x", estimate="-1.2")
    assert only(rule, cohort(), ratio).numbers == ("e.estimate",)
    assert not found(rule, cohort(), ratio | {"measure": "RD"})
    assert not found(rule, cohort(), ratio | {"estimate": "1.2"})
    time = {"of": "everyone", "endpoint": "os", "unit": "months", "estimate": "11.2"}
    assert not found(rule, cohort(), stated("median_time", "m", **time))
    check = only(rule, cohort(), stated("median_time", "m", **time, lower="-2"))
    assert check.verdict is Verdict.IMPOSSIBLE
    assert check.arithmetic == "-2 is printed; a time is never less than 0."
