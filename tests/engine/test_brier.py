"""Brier scores and the curve of not being censored, against direct sums."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.engine.brier import brier_scores, censoring_curves, mean_over_time


def free_of_censoring(exits, event, weight, t):
    """G(t): the product over times up to t; events have left when censorings happen."""
    value = 1.0
    for u in np.unique(exits[exits <= t]):
        lost = weight[(exits == u) & ~event].sum()
        at_risk = weight[exits > u].sum() + lost
        value *= 1.0 - lost / at_risk if lost else 1.0
    return value


@st.composite
def rows(draw):
    n = draw(st.integers(1, 14))

    def column(values):
        return np.array(draw(st.lists(values, min_size=n, max_size=n)))

    return (
        column(st.integers(0, 6)),
        column(st.booleans()),
        column(st.integers(0, 2)) if draw(st.booleans()) else None,
        column(st.sampled_from([0.5, 1.0, 2.0])) if draw(st.booleans()) else None,
    )


@given(rows())
def test_the_curve_of_not_being_censored(drawn):
    exits, event, stratum, weight = drawn
    curves = censoring_curves(exits, event, stratum, weight)
    one = np.ones(exits.size) if weight is None else weight
    groups = [slice(None)] if stratum is None else [stratum == s for s in range(stratum.max() + 1)]
    for s, chosen in enumerate(groups):
        for t in range(-1, 8):
            parts = exits[chosen], event[chosen], one[chosen]
            at = curves.at(np.array(t), s)
            assert at == pytest.approx(free_of_censoring(*parts, t), abs=1e-12)
            assert curves.before(np.array(t), s) == pytest.approx(
                free_of_censoring(*parts, t - 1), abs=1e-12
            )


def test_events_leave_before_censorings_of_their_time():
    """Time 2: an event and a censoring, one beyond. Of the two who stay one is lost: G = 1/2."""
    curves = censoring_curves(
        np.array([1, 2, 2, 3]), np.array([True, True, False, True]), None, None
    )
    assert curves.at(np.arange(4)).tolist() == [1.0, 1.0, 0.5, 0.5]
    assert curves.before(np.arange(5)).tolist() == [1.0, 1.0, 1.0, 0.5, 0.5]


@given(rows(), st.lists(st.floats(0, 1), min_size=28, max_size=28))
def test_scores_are_the_weighted_squares(drawn, predictions):
    exits, event, stratum, weight = drawn
    n, times = exits.size, np.array([2, 4])
    one = np.ones(n) if weight is None else weight
    survival = np.reshape(predictions, (14, 2))[:n]
    places = 0 if stratum is None else stratum
    curves = censoring_curves(exits, event, stratum, weight)
    share = one / one.sum()
    died = np.where(event, share / np.maximum(curves.before(exits, places), 1e-300), 0.0)
    free = np.stack([np.broadcast_to(curves.at(np.full(n, t), places), n) for t in times], axis=1)
    alive = 1.0 / np.where(free > 0, free, 1.0)
    found = brier_scores(survival, died, exits, times, alive, share)
    for column, t in enumerate(times):
        total = 0.0
        for i in range(n):
            s = survival[i, column]
            if exits[i] <= t and event[i]:
                total += died[i] * s**2
            elif exits[i] > t:
                total += share[i] * (1 - s) ** 2 / free[i, column]
        assert found[column] == pytest.approx(total, rel=1e-12, abs=1e-15)


def test_the_same_prediction_for_all_may_be_given_once():
    rng = np.random.default_rng(3)
    exits, times = rng.integers(0, 9, 50), np.array([1, 5])
    died, share = rng.random(50), np.full(50, 0.02)
    alone, alive = np.array([[0.8, 0.3]]), np.array([[1.5, 2.0]])
    once = brier_scores(alone, died, exits, times, alive, share)
    each = brier_scores(
        np.repeat(alone, 50, axis=0), died, exits, times, np.repeat(alive, 50, axis=0), share
    )
    np.testing.assert_allclose(once, each, rtol=1e-14)


def test_mean_over_time_is_the_trapezoid_rule():
    times, values = np.array([1.0, 2.0, 5.0]), np.array([0.0, 0.5, 0.25])
    assert mean_over_time(times, values) == float(Fraction(11, 8) / 4)
    assert mean_over_time(np.array([3.0]), np.array([0.2])) == 0.2
