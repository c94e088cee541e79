"""The binomial-normal model against sums by brute force, and against lme4."""

from __future__ import annotations

import json
from math import comb, exp, log, pi, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atrisk.engine.meta_glmm import (
    BinomialRows,
    even_rule,
    fit_glmm,
    fit_logit,
    hermite,
    log_likelihood,
)
from atrisk.engine.meta_glmm_arms import arms_log_likelihood, fit_glmm_arms
from atrisk.engine.meta_glmm_profile import intercept_limits, tau2_limits

STORED = Path(__file__).resolve().parents[1] / "reference" / "values" / "pooling.json"
VALUES = json.loads(STORED.read_text(encoding="utf-8"))
PRITZ = VALUES["data"]["pritz"]


def rows_of(events, total, x=None, offset=None):
    r, n = np.asarray(events, dtype=float), np.asarray(total, dtype=float)
    columns = np.ones((r.size, 1)) if x is None else np.column_stack([np.ones(r.size), x])
    return BinomialRows(r, n, columns, np.zeros(r.size) if offset is None else np.array(offset))


def study_by_sums(r, n, eta, tau, *, points=4001, reach=9.0):
    """The likelihood of one study: the integral over z by the trapezoid rule on a dense grid."""
    z = np.linspace(-reach, reach, points)
    p = 1.0 / (1.0 + np.exp(-(np.asarray(eta)[..., None] + tau * z)))
    density = np.exp(-z * z / 2.0) / sqrt(2.0 * pi) * (z[1] - z[0])
    return (density * comb(n, r) * p**r * (1.0 - p) ** (n - r)).sum(axis=-1)


@pytest.mark.parametrize(("mu", "tau"), [(1.4, 0.77), (0.0, 0.05), (-2.0, 2.5)])
def test_the_likelihood_is_the_integral_summed_by_brute_force(mu, tau):
    data = [(16, 17), (10, 10), (25, 42), (0, 9), (3, 8)]
    expected = sum(log(study_by_sums(r, n, mu, tau)) for r, n in data)
    rows = rows_of(*zip(*data, strict=True))
    even = log_likelihood(rows, np.array([mu]), tau, even_rule(rows, tau))
    assert even == pytest.approx(expected, rel=1e-12)
    found = log_likelihood(rows, np.array([mu]), tau, hermite(31))
    # at tau = 2.5 a study of ten full cells has a one-sided integrand: 31 nodes reach 1e-7
    assert found == pytest.approx(expected, rel=1e-7 if tau > 2 else 1e-10)


def test_the_fit_is_the_highest_point_of_a_grid_of_the_brute_likelihood():
    data = [(1, 9), (4, 11), (8, 12), (2, 30)]
    rows = rows_of(*zip(*data, strict=True))
    best = fit_glmm(rows, 41)

    def height(mu, tau):
        return sum(log(study_by_sums(r, n, mu, tau, points=401)) for r, n in data)

    top = height(best.beta[0], best.tau)
    assert top == pytest.approx(best.loglik, abs=1e-9)
    for shift_mu in (-0.02, 0.0, 0.02):
        for shift_tau in (-0.02, 0.0, 0.02):
            assert height(best.beta[0] + shift_mu, best.tau + shift_tau) <= top + 1e-12


@pytest.mark.parametrize("case", VALUES["mixed"], ids=lambda case: case["data"])
def test_the_maximum_is_that_of_lme4(case):
    moderator = case["moderator"] if case["moderated"] else None
    rows = rows_of(case["events"], case["total"], moderator, case["offset"])
    found = fit_glmm(rows, case["nodes"])
    # lme4's optimiser has no derivatives: its parameters stand within 1e-6 of the maximum
    np.testing.assert_allclose(found.beta, case["coefficients"], rtol=1e-6)
    np.testing.assert_allclose(
        np.sqrt(np.diag(found.covariance)), case["coef_std_error"], rtol=2e-6
    )
    assert found.tau**2 == pytest.approx(case["tau2_estimate"], rel=1e-6)
    assert found.converged


def test_lme4_has_the_same_log_likelihood_less_that_of_the_counts_themselves():
    for case in VALUES["mixed"]:
        moderator = case["moderator"] if case["moderated"] else None
        rows = rows_of(case["events"], case["total"], moderator, case["offset"])
        saturated = sum(
            log(comb(n, r) * (r / n) ** r * (1 - r / n) ** (n - r))
            for r, n in zip(case["events"], case["total"], strict=True)
        )
        found = fit_glmm(rows, case["nodes"])
        assert found.loglik - saturated == pytest.approx(case["loglik"], rel=1e-10)


def test_published_values_of_the_conditional_model_with_approximate_likelihood():
    """Stijnen et al. (2010) Stat Med 29:3046, Table III: -1.303 (0.339), sqrt of tau2 0.77."""
    case = next(case for case in VALUES["mixed"] if case["data"] == "catheters, both")
    found = fit_glmm(rows_of(case["events"], case["total"], None, case["offset"]), 31)
    assert round(float(found.beta[0]), 3) == -1.303
    assert round(float(np.sqrt(found.covariance[0, 0])), 3) == 0.339
    assert found.tau == pytest.approx(0.775, abs=0.005)  # 0.77 in the paper, 0.78 from metafor


def test_at_tau_0_it_is_logistic_regression_with_its_closed_form():
    rows = rows_of([3, 4, 5], [10, 13, 17])  # less spread than chance: the maximum is at 0
    found = fit_glmm(rows, 31)
    assert found.tau == 0.0
    p = 12 / 40
    assert found.beta[0] == pytest.approx(log(p / (1 - p)), rel=1e-12)
    assert found.covariance[0, 0] == pytest.approx(1 / (40 * p * (1 - p)), rel=1e-10)
    assert fit_logit(rows).loglik == found.loglik


@pytest.mark.parametrize("nodes", [7, 15, 31, 61])
def test_more_nodes_change_nothing(nodes):
    rows = rows_of(PRITZ["events"], PRITZ["total"])
    # below 31 nodes: the quadrature's own error, which moves the likelihood by less than 1e-10
    tolerance = 1e-9 if nodes >= 31 else 1e-6
    assert fit_glmm(rows, nodes).tau == pytest.approx(0.76766498820198, rel=tolerance)


def test_where_hermites_rule_is_too_rough_the_even_one_takes_over():
    rows = rows_of([5, 5, 1], [5, 5, 7])  # tau is 4.9 and two integrands are one-sided
    few, many = fit_glmm(rows, 15), fit_glmm(rows, 101)
    assert few.tau == pytest.approx(many.tau, rel=1e-9)
    assert few.tau == pytest.approx(4.92114909841, rel=1e-9)
    rough = log_likelihood(rows, few.beta, few.tau, hermite(15))
    assert abs(rough - few.loglik) > 1e-3


def test_limits_are_where_the_brute_profile_has_fallen_far_enough():
    data = [(1, 9), (4, 11), (8, 12), (2, 30), (7, 15)]
    rows = rows_of(*zip(*data, strict=True))
    best = fit_glmm(rows, 31)
    drop = 3.841458820694124 / 2.0

    def height(mu, tau):
        return sum(log(study_by_sums(r, n, mu, tau, points=401)) for r, n in data)

    def highest(function, low, high):
        ratio = (sqrt(5.0) - 1.0) / 2.0
        while high - low > 1e-5:  # the height is flat there
            left, right = high - ratio * (high - low), low + ratio * (high - low)
            low, high = (left, high) if function(left) < function(right) else (low, right)
        return function((low + high) / 2.0)

    for limit in intercept_limits(rows, best, 31, 0.95, fixed=False):
        profile = highest(lambda tau, limit=limit: height(limit, tau), 0.0, 6.0)
        assert profile == pytest.approx(best.loglik - drop, abs=1e-7)
    for limit in tau2_limits(rows, best, 31, 0.95):
        tau = sqrt(limit)
        profile = highest(lambda mu, tau=tau: height(mu, tau), -6.0, 6.0)
        assert profile == pytest.approx(best.loglik - drop, abs=1e-7)


def test_the_limit_of_a_common_proportion_is_that_of_the_binomial_likelihood():
    rows = rows_of([3, 4, 5], [10, 13, 17])
    best = fit_logit(rows)
    for limit in intercept_limits(rows, best, 31, 0.9, fixed=True):
        p = 1.0 / (1.0 + exp(-limit))
        height = 12 * log(p) + 28 * log(1.0 - p)
        top = 12 * log(0.3) + 28 * log(0.7)
        assert 2.0 * (top - height) == pytest.approx(2.705543454095404, rel=1e-7)


counts = st.lists(
    st.integers(2, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=3,
    max_size=8,
).filter(lambda rows: any(0 < r < n for r, n in rows))


@settings(max_examples=12, deadline=None)
@given(counts)
def test_events_and_others_mirror_each_other(data):
    r, n = map(np.array, zip(*data, strict=True))
    one, other = fit_glmm(rows_of(r, n), 31), fit_glmm(rows_of(n - r, n), 31)
    assert one.loglik == pytest.approx(other.loglik, rel=1e-9, abs=1e-9)
    assert one.tau == pytest.approx(other.tau, rel=1e-5, abs=1e-4)
    assert one.beta[0] == pytest.approx(-other.beta[0], rel=1e-5, abs=1e-5)


@settings(max_examples=12, deadline=None)
@given(counts)
def test_nothing_nearby_is_higher(data):
    rows = rows_of(*zip(*data, strict=True))
    best = fit_glmm(rows, 31)
    assert best.converged
    for mu in (-0.05, 0.05):
        for tau in (-0.05, 0.0, 0.05):
            near = max(0.0, best.tau + tau)
            there = log_likelihood(rows, best.beta + mu, near, even_rule(rows, near))
            assert there <= best.loglik + 1e-9


def arms_by_sums(data, mu, sigma, tau, *, points=401, reach=8.0):
    """The three-level likelihood: the outer integral by the trapezoid rule, too."""
    s = np.linspace(-reach, reach, points)
    total = 0.0
    for arms in data:
        value = np.exp(-s * s / 2.0) / sqrt(2.0 * pi) * (s[1] - s[0])
        for r, n in arms:
            value = value * study_by_sums(r, n, mu + sigma * s, tau, points=401, reach=8.0)
        total += log(value.sum())
    return total


def test_the_likelihood_of_arms_is_the_double_integral_summed_by_brute_force():
    data = [[(3, 11), (6, 12)], [(2, 9)], [(9, 13)]]
    codes = np.array([0, 0, 1, 2])
    rows = rows_of(*zip(*(arm for study in data for arm in study), strict=True))
    found = arms_log_likelihood(rows, codes, np.array([-0.3, 0.8, 0.5]), 31)
    assert found == pytest.approx(arms_by_sums(data, -0.3, 0.8, 0.5), rel=1e-9)


def test_one_arm_a_study_is_the_model_of_studies():
    rows = rows_of(PRITZ["events"], PRITZ["total"])
    flat, arms = fit_glmm(rows, 31), fit_glmm_arms(rows, np.arange(14), 31)
    assert arms.loglik == pytest.approx(flat.loglik, rel=1e-9)
    assert arms.sigma**2 + arms.tau**2 == pytest.approx(flat.tau**2, rel=1e-4)


def test_arms_that_agree_within_studies_leave_nothing_between_arms():
    rows = rows_of([1, 2, 10, 9, 5, 5], [20, 40, 20, 18, 20, 20])
    found = fit_glmm_arms(rows, np.array([0, 0, 1, 1, 2, 2]), 31)
    assert found.tau == 0.0
    assert found.sigma > 0.5
    # the same patients as one arm a study have the same likelihood but for the coefficients
    merged = fit_glmm(rows_of([3, 19, 10], [60, 38, 40]), 31)
    assert found.sigma == pytest.approx(merged.tau, rel=1e-6)
    assert found.beta[0] == pytest.approx(merged.beta[0], rel=1e-6)


def test_arms_of_published_counts_are_near_lme4_whose_integral_is_laplaces():
    stored = VALUES["laplace"]
    rows = rows_of(PRITZ["events"], PRITZ["total"])
    codes = np.array(stored["study"]) - 1
    found = fit_glmm_arms(rows, codes, 31)
    # one node a level in lme4: the maxima differ in the third digit, and ours is the higher
    assert found.beta[0] == pytest.approx(stored["coefficients"], rel=5e-3)
    assert found.loglik == pytest.approx(stored["loglik"], abs=0.1)
