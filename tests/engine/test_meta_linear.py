"""Inverse-variance models against fractions, direct sums and their own definitions."""

from __future__ import annotations

from fractions import Fraction
from math import log, pi
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from atrisk.engine.meta_linear import (
    between_variance,
    fit_linear,
    heterogeneity,
    loglik,
    q_profile,
    typical_variance,
)
from atrisk.engine.meta_multilevel import fit_arms
from atrisk.engine.meta_roots import crossing, falling_root

EFFECT, VARIANCE = [1, 2, 4], [1, 1, 2]
ONES = np.ones((3, 1))


def test_dersimonian_laird_by_fractions():
    w = [Fraction(1, v) for v in VARIANCE]
    mean = sum(a * y for a, y in zip(w, EFFECT, strict=True)) / sum(w)
    q = sum(a * (y - mean) ** 2 for a, y in zip(w, EFFECT, strict=True))
    tau2 = (q - 2) / (sum(w) - sum(a * a for a in w) / sum(w))
    assert (mean, q, tau2) == (Fraction(2), Fraction(3), Fraction(5, 8))
    found = between_variance(np.array(EFFECT, float), np.array(VARIANCE, float), ONES, "dl")
    assert found == pytest.approx(float(tau2), rel=1e-14)
    told = heterogeneity(np.array(EFFECT, float), np.array(VARIANCE, float), ONES, found)
    assert told.q == pytest.approx(3.0, rel=1e-14)
    # typical variance (k - 1) sum w / ((sum w)^2 - sum w^2) = 2 x 5/2 / (25/4 - 9/4) = 5/4
    assert told.typical == pytest.approx(1.25, rel=1e-14)
    assert told.i2 == pytest.approx(100 * 0.625 / 1.875, rel=1e-14)
    assert told.h2 == pytest.approx(1.5, rel=1e-14)


def test_equal_variances_have_closed_forms():
    y, v = np.array([1.0, 2.0, 6.0, 7.0]), np.full(4, 0.5)
    x = np.ones((4, 1))
    spread = y.var(ddof=1)
    for rule in ("dl", "pm", "reml"):
        assert between_variance(y, v, x, rule) == pytest.approx(spread - 0.5, rel=1e-11)
    assert between_variance(y, v, x, "ml") == pytest.approx(y.var() - 0.5, rel=1e-11)
    assert between_variance(y, v, x, "fixed") == 0.0


def height_by_sums(y, v, tau2, restricted):
    """The likelihood of normal effects, term by term; restricted: the mean integrated out."""
    w = [1.0 / (b + tau2) for b in v]
    mean = sum(a * b for a, b in zip(w, y, strict=True)) / sum(w)
    total = sum(
        -0.5 * log(2 * pi * (b + tau2)) - 0.5 * (a - mean) ** 2 / (b + tau2)
        for a, b in zip(y, v, strict=True)
    )
    return total + (0.5 * log(2 * pi / sum(w)) + 0.5 * log(len(y)) if restricted else 0.0)


effects = st.lists(st.tuples(st.floats(-3, 3), st.floats(0.02, 3)), min_size=3, max_size=9).map(
    lambda rows: tuple(np.array(column) for column in zip(*rows, strict=True))
)


@settings(max_examples=30, deadline=None)
@given(effects)
def test_likelihood_rules_find_the_highest_point_by_direct_sums(data):
    y, v = data
    x = np.ones((y.size, 1))
    for restricted, rule in ((False, "ml"), (True, "reml")):
        found = between_variance(y, v, x, rule)
        top = height_by_sums(y, v, found, restricted)
        told = loglik(fit_linear(y, v, x, found), x, restricted=restricted)
        assert told == pytest.approx(top, rel=1e-9, abs=1e-9)
        for tau2 in np.geomspace(1e-4, 50.0, 60):
            assert height_by_sums(y, v, tau2, restricted) <= top + 1e-9


@settings(max_examples=30, deadline=None)
@given(effects)
def test_paule_mandel_and_the_q_profile_solve_their_equations(data):
    y, v = data
    x = np.ones((y.size, 1))

    def q(tau2):
        w = 1.0 / (v + tau2)
        return float(w @ (y - w @ y / w.sum()) ** 2)

    found = between_variance(y, v, x, "pm")
    assert q(found) == pytest.approx(y.size - 1, rel=1e-7) or (found == 0.0 and q(0) <= y.size - 1)
    lower, upper = q_profile(y, v, x, 0.9)
    assert 0.0 <= lower <= upper
    from scipy.stats import chi2

    for limit, level in ((lower, 0.95), (upper, 0.05)):
        wanted = float(chi2.ppf(level, y.size - 1))
        assert q(limit) == pytest.approx(wanted, rel=1e-7) or (limit == 0.0 and q(0) <= wanted)


@settings(max_examples=25, deadline=None)
@example((np.array([0.0, 0, -1, -1, -1, -2]), np.array([3, 0.25, 2, 2, 2, 1])), Random(1))  # noqa: S311 - no secret
@given(effects, st.randoms(use_true_random=False))
def test_order_does_not_matter_and_arms_of_one_are_studies(data, shuffler):
    y, v = data
    order = list(range(y.size))
    shuffler.shuffle(order)
    x = np.ones((y.size, 1))
    for rule in ("reml", "dl", "pm", "ml"):
        one, other = between_variance(y, v, x, rule), between_variance(y[order], v[order], x, rule)
        assert one == pytest.approx(other, rel=1e-7, abs=1e-9)
    arms = fit_arms(y, v, x, np.arange(y.size), restricted=True)
    alone = between_variance(y, v, x, "reml")
    # the likelihood knows only the sum of both variances: it is flat along the rest
    assert arms.converged
    assert arms.theta.sum() == pytest.approx(alone, rel=1e-7, abs=1e-8)


def test_a_study_far_larger_than_the_rest_keeps_its_weight():
    y, v = np.array([0.1, 0.5, 0.9]), np.array([1.0, 1.0, 1e-9])
    fit = fit_linear(y, v, ONES, 0.0)
    assert fit.beta[0] == pytest.approx(0.9, abs=1e-8)
    assert typical_variance(v, ONES) > 0.0


def test_the_typical_variance_where_one_study_has_nearly_all_of_the_weight():
    # tr P = W - sum w^2 / W, W = w1 + 2: with w1 without bound 2 (w2 + w3) = 4
    assert typical_variance(np.array([1e-24, 1.0, 1.0]), ONES) == pytest.approx(0.5, rel=1e-9)
    y = np.array([0.0, 1.0, 3.0])
    found = between_variance(y, np.array([1e-24, 1.0, 1.0]), ONES, "dl")
    # the mean is the first effect, 0: Q = 1 + 9
    assert found == pytest.approx((10.0 - 2.0) / 4.0, rel=1e-9)


def test_effects_may_differ_far_more_than_their_errors():
    y, v = np.array([0.0, 1e6, -1e6]), np.full(3, 1e-6)
    assert between_variance(y, v, ONES, "reml") == pytest.approx(1e12, rel=1e-9)
    assert between_variance(y, v, ONES, "ml") == pytest.approx(2e12 / 3.0, rel=1e-9)


def test_roots():
    assert crossing(lambda x: x * x - 2.0, 0.0, 2.0) == pytest.approx(2.0**0.5, rel=1e-12)
    assert crossing(lambda x: x - 1.0, 1.0, 2.0) == 1.0
    assert crossing(lambda x: x - 1.0, 0.0, 1.0) == 1.0
    assert falling_root(lambda x: 5.0 - x, 0.1) == pytest.approx(5.0, rel=1e-12)
    assert falling_root(lambda x: -1.0 - x, 0.1) == 0.0
    assert np.isnan(falling_root(lambda x: 1.0 + 0.0 * x, 0.1))
    steep = crossing(lambda x: np.expm1(50.0 * (x - 0.99)), 0.0, 1.0)
    assert steep == pytest.approx(0.99, rel=1e-10)
