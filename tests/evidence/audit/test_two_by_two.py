"""Two groups compared in every way: R's values, definitions summed up directly, empty cells."""

from __future__ import annotations

from fractions import Fraction
from math import comb, erfc, inf, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.evidence.audit.several_groups import table_p_values
from atrisk.evidence.audit.two_by_two import (
    Pair,
    estimates,
    intervals,
    p_meets,
    p_values,
)
from atrisk.evidence.printed import parse_printed

ALKYLATORS = Pair(8, 16, 9, 42)
# R 4.2.2: fisher.test, chisq.test, anova(glm, test = "LRT"), summary(glm)
R_P_VALUES = {
    "Fisher's exact test": 0.0518772302437,
    "Pearson's chi-squared": 0.0326341538178,
    "Yates' chi-squared": 0.0697013328021,
    "likelihood ratio": 0.0371437205219,
    "Wald test of the odds ratio": 0.0378240747639,
    "Fisher's exact test, one-sided": 0.0371020499158,
}
counts = st.tuples(st.integers(0, 12), st.integers(1, 12), st.integers(0, 12), st.integers(1, 12))


def by_method(found):
    return {one.method: one.values for one in found}


@pytest.mark.parametrize(("method", "expected"), R_P_VALUES.items())
def test_p_values_are_those_of_r(method, expected):
    # R stops its logistic fit at a relative change of 1e-14 of the deviance, so 1e-7 in P
    assert by_method(p_values(ALKYLATORS))[method][0] == pytest.approx(expected, rel=1e-7)


def test_the_odds_ratio_and_its_wald_interval_by_hand():
    found = by_method(intervals(ALKYLATORS, "OR", 0.95))["Wald"]
    reach = 1.959963984540054 * (1 / 8 + 1 / 8 + 1 / 9 + 1 / 33) ** 0.5
    assert by_method(estimates(ALKYLATORS, "OR"))["sample odds ratio"] == (11 / 3,)
    assert [log(value) for value in found] == pytest.approx(
        [log(11 / 3) - reach, log(11 / 3) + reach], abs=1e-12
    )


def test_profile_limits_of_the_odds_ratio():
    found = by_method(intervals(ALKYLATORS, "OR", 0.95))["profile likelihood"]
    # MASS::confint (R 4.2.2) reads them off a spline through the profile, which costs 1e-4
    assert found == pytest.approx((1.08118577979, 12.89622447992), rel=1e-4)


def test_profile_limits_of_the_risk_ratio():
    found = by_method(intervals(ALKYLATORS, "RR", 0.95))["profile likelihood"]
    # R 4.2.2: uniroot over optimize of the binomial likelihood, exact to about 1e-8
    assert found == pytest.approx((1.05640939931, 5.13452376139), rel=1e-7)


def test_half_added_by_hand():
    assert by_method(estimates(Pair(0, 2, 1, 2), "OR"))[
        "1/2 added to each cell (Haldane, Firth)"
    ] == (pytest.approx((0.5 * 1.5) / (2.5 * 1.5)),)


@pytest.mark.parametrize("measure", ["OR", "RR"])
def test_no_events_in_the_first_group_leave_the_lower_limit_at_zero(measure):
    found = by_method(intervals(Pair(0, 10, 4, 20), measure, 0.95))
    assert "Wald" not in found
    assert found["profile likelihood"][0] == 0.0
    assert 1.0 < found["profile likelihood"][1] < inf


def test_mid_p_is_the_tail_with_half_of_the_table_by_fractions():
    # 3/4 against 1/4: P(X = 3) = 16/70, P(X = 4) = 1/70
    exact = 2 * (Fraction(1, 70) + Fraction(16, 140))
    assert by_method(p_values(Pair(3, 4, 1, 4)))["mid-P"][0] == pytest.approx(float(exact))


@given(counts)
def test_fisher_is_the_direct_sum_over_tables(drawn):
    a, b, c, d = drawn
    pair, events = Pair(a, a + b, c, c + d), a + c
    ways = {
        x: comb(a + b, x) * comb(c + d, events - x)
        for x in range(max(0, events - c - d), min(a + b, events) + 1)
    }
    expected = Fraction(sum(w for w in ways.values() if w <= ways[a]), sum(ways.values()))
    found = next(iter(p_values(pair))).values[0]
    assert found == pytest.approx(float(expected), rel=1e-9)


@given(counts)
def test_exchanging_the_groups_inverts_the_ratio_and_keeps_p(drawn):
    a, b, c, d = drawn
    one, other = Pair(a, a + b, c, c + d), Pair(c, c + d, a, a + b)
    for first, second in zip(p_values(one), p_values(other), strict=True):
        assert first.values == pytest.approx(second.values, rel=1e-9, abs=1e-12)
    if all(one.cells):
        low, high = by_method(intervals(one, "OR", 0.9))["profile likelihood"]
        back = by_method(intervals(other, "OR", 0.9))["profile likelihood"]
        assert (low, high) == pytest.approx((1 / back[1], 1 / back[0]), rel=1e-8)


def test_three_groups_as_in_r():
    # R 4.2.2: fisher.test, prop.trend.test
    found = by_method(table_p_values([[8, 8], [9, 33], [3, 4]]))
    assert found["Fisher's exact test"][0] == pytest.approx(0.0766773463521, rel=1e-9)
    assert found["Cochran-Armitage trend"][0] == pytest.approx(0.300069748114, rel=1e-9)


def test_nobody_with_the_event_is_no_test():
    assert next(iter(p_values(Pair(0, 5, 0, 6)))).values == (1.0,)
    assert next(iter(table_p_values([[0, 5], [0, 6], [0, 4]]))).values == (1.0,)


def test_the_risk_difference_has_its_own_intervals():
    found = by_method(intervals(ALKYLATORS, "RD", 0.95))
    assert set(found) == {
        *("Wald", "Newcombe", "score (Miettinen-Nurminen)", "score (Mee)", "Agresti-Caffo"),
        *("Wald, corrected for continuity", "Wald, not cut off at 1"),
    }
    p, q = 8 / 16, 9 / 42
    reach = 1.959963984540054 * (p * (1 - p) / 16 + q * (1 - q) / 42) ** 0.5
    assert found["Wald"] == pytest.approx((p - q - reach, p - q + reach))


def test_the_difference_corrected_for_continuity():
    found = by_method(intervals(Pair(6, 58, 0, 78), "RD", 0.95))  # prop.test of R
    assert found["Wald, corrected for continuity"] == pytest.approx(
        (0.01004127517922, 0.19685527654492), abs=1e-12
    )
    wide = by_method(intervals(Pair(9, 10, 1, 10), "RD", 0.95))
    assert wide["Wald"][1] == 1.0
    assert wide["Wald, not cut off at 1"][1] == pytest.approx(0.8 + 1.959963984540054 * 0.018**0.5)


def test_firth_adds_one_half_to_each_cell_of_the_likelihood():
    pair = Pair(6, 58, 0, 78)
    low, high = by_method(intervals(pair, "OR", 0.95))["penalised profile likelihood (Firth)"]
    assert low < 6.5 * 78.5 / (52.5 * 0.5) < high < float("inf")
    p = by_method(p_values(pair))["penalised likelihood ratio (Firth)"][0]
    cells, n = (6.5, 52.5, 0.5, 78.5), 138.0
    expected = (6.5 + 52.5) * 7.0 / n, 59.0 * 131.0 / n, 79.0 * 7.0 / n, 79.0 * 131.0 / n
    ratio = 2.0 * sum(k * log(k / e) for k, e in zip(cells, expected, strict=True))
    assert p == pytest.approx(erfc(sqrt(ratio / 2.0)), rel=1e-9)


def test_a_logistic_model_without_estimate_prints_a_p_value_near_1():
    found = {f.method: f for f in p_values(Pair(6, 58, 0, 78))}
    near = found["Wald test of a logistic model that has no estimate"]
    assert p_meets(near, parse_printed("0.98"), 1e-9)
    assert not p_meets(near, parse_printed("0.8"), 1e-9)
    assert near.method not in {f.method for f in p_values(Pair(6, 58, 1, 78))}
