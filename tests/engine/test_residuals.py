"""Residuals of partial-likelihood models against sums over deaths, steps of a tie and rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk import Histories
from atrisk.engine.partial_likelihood import cox_likelihood
from atrisk.engine.residuals import (
    cluster_sums,
    deviance_residuals,
    martingale_residuals,
    risk_set_means,
    schoenfeld_residuals,
    score_products,
    score_residuals,
)
from atrisk.sources.model import model_rows

BETA = np.array([0.4, -0.7])


class Data(NamedTuple):
    """Rows of a Cox model of two covariates."""

    exit: np.ndarray
    event: np.ndarray
    x: np.ndarray
    entry: np.ndarray | None
    strata: np.ndarray | None
    weights: np.ndarray | None

    def point(self, *, efron):
        h = Histories.from_arrays(
            self.exit,
            self.event,
            entry=self.entry,
            strata=self.strata,
            weights=self.weights,
            unit="days",
            origin="start",
        )
        return cox_likelihood(model_rows(h, self.x), efron=efron)(BETA)


@st.composite
def data(draw):
    n = draw(st.integers(2, 12))

    def column(values):
        return np.array(draw(st.lists(values, min_size=n, max_size=n)))

    exits, event = column(st.integers(1, 5)), column(st.booleans())
    event[draw(st.integers(0, n - 1))] = True
    return Data(
        exits,
        event,
        np.column_stack([column(st.integers(-2, 2)), column(st.booleans())]).astype(float),
        np.maximum(exits - column(st.integers(1, 4)), 0) if draw(st.booleans()) else None,
        column(st.integers(0, 1)) if draw(st.booleans()) else None,
        column(st.sampled_from([0.5, 1.0, 2.0, 3.3])) if draw(st.booleans()) else None,
    )


def by_steps(rows, *, efron):
    """Take the deaths of a time one after the other: step l has removed the share l/d of them.

    Returns expected events and score residuals of each row, of weight 1, and the mean covariates
    at each row's event.
    """
    n = rows.exit.size
    weight = np.ones(n) if rows.weights is None else rows.weights
    stratum = np.zeros(n) if rows.strata is None else rows.strata
    entry = np.full(n, -1) if rows.entry is None else rows.entry
    relative = np.exp(rows.x @ BETA)
    expected, score, mean_at_event = np.zeros(n), np.zeros((n, 2)), np.zeros((n, 2))
    for s, t in {(s, t) for s, t, e in zip(stratum, rows.exit, rows.event, strict=True) if e}:
        at_risk = (stratum == s) & (entry < t) & (rows.exit >= t)
        dying = at_risk & (rows.exit == t) & rows.event
        d = int(dying.sum())
        mean_weight = weight[dying].mean()
        for step in range(d):
            present = at_risk - (step / d if efron else 0.0) * dying
            share = present * weight * relative
            mean = share @ rows.x / share.sum()
            hazard = mean_weight / share.sum()
            expected += present * relative * hazard
            score -= (present * relative * hazard)[:, None] * (rows.x - mean)
            score[dying] += (rows.x[dying] - mean) / d
            mean_at_event[dying] += mean / d
    return expected, score, mean_at_event


@given(data(), st.booleans())
def test_residuals_are_sums_over_the_steps_of_each_tie(rows, efron):
    point = rows.point(efron=efron)
    expected, score, means = by_steps(rows, efron=efron)
    weight = np.ones((rows.exit.size, 1)) if rows.weights is None else rows.weights[:, None]
    close = {"rtol": 1e-10, "atol": 1e-12}
    np.testing.assert_allclose(martingale_residuals(point), rows.event - expected, **close)
    np.testing.assert_allclose(score_residuals(point), weight * score, **close)
    row, residual = schoenfeld_residuals(point)
    np.testing.assert_allclose(residual, rows.x[row] - means[row], **close)
    center = point.rows.center
    np.testing.assert_allclose(
        risk_set_means(point)[point.rows.stop[row]] + center, means[row], **close
    )


@given(data(), st.booleans())
def test_score_residuals_add_up_to_the_score(rows, efron):
    point = rows.point(efron=efron)
    np.testing.assert_allclose(score_residuals(point).sum(axis=0), point.score(), atol=1e-11)


@given(data(), st.booleans())
def test_weighted_martingale_residuals_add_up_to_zero(rows, efron):
    point = rows.point(efron=efron)
    total = point.rows.weights() @ martingale_residuals(point)
    assert total == pytest.approx(0, abs=1e-11)


@given(data(), st.booleans())
def test_products_are_those_of_rows_and_of_clusters(rows, efron):
    point = rows.point(efron=efron)
    residuals = score_residuals(point)
    cluster = np.arange(rows.exit.size) // 3
    sums = np.array([residuals[cluster == c].sum(axis=0) for c in range(cluster.max() + 1)])
    np.testing.assert_allclose(score_products(point), residuals.T @ residuals, atol=1e-12)
    np.testing.assert_allclose(score_products(point, cluster), sums.T @ sums, atol=1e-12)


def test_many_rows_in_blocks_and_parts():
    """More rows than a block and than a part hold, and far apart from one another."""
    rng = np.random.default_rng(4)
    n = 70_000
    exits = rng.integers(1, 400, n)
    rows = Data(exits, rng.random(n) < 0.3, rng.normal(size=(n, 2)), exits // 3, None, None)
    point = rows.point(efron=True)
    residuals = score_residuals(point)
    np.testing.assert_allclose(residuals.sum(axis=0), point.score(), rtol=1e-10)
    np.testing.assert_allclose(score_products(point), residuals.T @ residuals, rtol=1e-11)
    order = rng.permutation(n)
    moved = Data(exits[order], rows.event[order], rows.x[order], rows.entry[order], None, None)
    np.testing.assert_allclose(
        score_residuals(moved.point(efron=True)), residuals[order], rtol=1e-8, atol=1e-11
    )


def test_three_rows_by_hand():
    """Deaths at 1 and 2 and a censoring at 3, at beta = 0 all rows weigh the same.

    Expected: 1/3; 1/3 + 1/2; 1/3 + 1/2.
    """
    h = Histories.from_arrays([1, 2, 3], [1, 1, 0], unit="days", origin="start")
    rows = model_rows(h, np.array([[6.0], [0.0], [0.0]]))
    point = cox_likelihood(rows, efron=True)(np.zeros(1))
    np.testing.assert_allclose(martingale_residuals(point), [2 / 3, 1 / 6, -5 / 6], rtol=1e-14)
    # at 1 the mean is 2: 6 - 2 for who dies; at 2 it is 0
    np.testing.assert_allclose(schoenfeld_residuals(point)[1], [[4.0], [0.0]], atol=1e-14)
    # (6 - 2)(1 - 1/3), and -(0 - 2)/3 for both others
    np.testing.assert_allclose(score_residuals(point)[:, 0], [8 / 3, 2 / 3, 2 / 3], rtol=1e-13)


def test_deviance_residuals():
    """Of counts: sign(M) sqrt(2 (N log(N/E) - (N - E))) with E = N - M expected."""
    martingale, events = np.array([0.4, -0.7, -0.3, 0.0, 1.2]), np.array([1.0, 0, 1, 1, 3])
    expected = events - martingale
    likelihood = np.array([np.log(1 / 0.6), 0, np.log(1 / 1.3), 0, 3 * np.log(3 / 1.8)])
    twice = 2 * (likelihood - (events - expected))
    found = deviance_residuals(martingale, events)
    np.testing.assert_allclose(found, np.sign(martingale) * np.sqrt(twice), rtol=1e-13)


def test_cluster_sums():
    values = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]])
    assert cluster_sums(values, np.array([1, 0, 1])).tolist() == [[2.0, 20.0], [5.0, 50.0]]
