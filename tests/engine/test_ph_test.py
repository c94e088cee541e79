"""The score test of x g(t) against the full likelihood of both, by sums over risk sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from atrisk import Histories
from atrisk.engine.newton import maximise
from atrisk.engine.partial_likelihood import cox_likelihood
from atrisk.engine.ph_test import (
    left_kaplan_meier,
    mean_ranks,
    smooth,
    term_map,
    time_score,
)
from atrisk.sources.model import model_rows


def drawn(seed, *, late, strata, weighted):
    rng = np.random.default_rng(seed)
    n = 40
    exits, event = rng.integers(1, 12, n), rng.random(n) < 0.7
    x = np.column_stack([rng.normal(size=n), rng.integers(0, 2, n)])
    return {
        "exit": exits,
        "event": event,
        "x": x,
        "entry": np.maximum(exits - rng.integers(2, 9, n), 0) if late else None,
        "strata": rng.integers(0, 2, n) if strata else None,
        "weights": rng.choice([0.5, 1.0, 2.0], n) if weighted else None,
    }


def fitted(rows, *, efron):
    parts = {k: rows[k] for k in ("entry", "strata", "weights")}
    h = Histories.from_arrays(rows["exit"], rows["event"], **parts, unit="days", origin="start")
    at = cox_likelihood(model_rows(h, rows["x"]), efron=efron)
    beta = maximise(at, np.zeros(2)).beta
    return beta, at(beta)


def larger_model(rows, beta, g, *, efron):
    """Score and information of (x, x g(t)) at (beta, 0), death by death."""
    n = rows["exit"].size
    weight = np.ones(n) if rows["weights"] is None else rows["weights"]
    stratum = np.zeros(n) if rows["strata"] is None else rows["strata"]
    entry = np.full(n, -1) if rows["entry"] is None else rows["entry"]
    relative = weight * np.exp(rows["x"] @ beta)
    score, information = np.zeros(4), np.zeros((4, 4))
    cells = {(s, t) for s, t, e in zip(stratum, rows["exit"], rows["event"], strict=True) if e}
    for s, t in cells:
        z = np.hstack([rows["x"], rows["x"] * g(t)])
        at_risk = (stratum == s) & (entry < t) & (rows["exit"] >= t)
        dying = at_risk & (rows["exit"] == t) & rows["event"]
        d = int(dying.sum())
        score += weight[dying] @ z[dying]
        for step in range(d):
            share = (at_risk - (step / d if efron else 0.0) * dying) * relative
            share = share / share.sum()
            mean, mean_weight = share @ z, weight[dying].mean()
            score -= mean_weight * mean
            centred = z - mean
            information += mean_weight * (centred.T @ (share[:, None] * centred))
    return score, information


@given(st.integers(0, 10_000), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_is_the_score_test_of_the_larger_model(seed, efron, late, strata, weighted):
    rows = drawn(seed, late=late, strata=strata, weighted=weighted)
    beta, point = fitted(rows, efron=efron)
    assume(np.abs(beta).max() < 5)
    cells = point.rows.time
    found = time_score(point, np.where(np.isfinite(cells), np.sqrt(np.maximum(cells, 0)), 7.0))
    score, information = larger_model(rows, beta, np.sqrt, efron=efron)
    cross, base = information[2:, :2], information[:2, :2]
    covariance = information[2:, 2:] - cross @ np.linalg.solve(base, cross.T)
    # at the maximum the score of x is 0 but for the last step of Newton's method
    centred = score[2:] - np.average(np.sqrt(rows["exit"][rows["event"]])) * score[:2]
    np.testing.assert_allclose(found.score, centred, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(found.covariance, covariance, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(found.information, base, rtol=1e-10)


def test_a_constant_in_g_changes_nothing():
    beta, point = fitted(drawn(3, late=True, strata=True, weighted=True), efron=True)
    cells = point.rows.time
    g = np.where(np.isfinite(cells), cells, 0.0)
    plain, moved = time_score(point, g), time_score(point, g + 1000.0)
    np.testing.assert_allclose(moved.score, plain.score, rtol=1e-9)
    np.testing.assert_allclose(moved.covariance, plain.covariance, rtol=1e-9)
    assert beta.shape == (2,)


def test_kaplan_meier_just_before_each_time():
    """Events at 1 and 3 of four rows; the one who enters after 2 is at risk at 3."""
    exits, event = np.array([1, 2, 3, 3]), np.array([True, False, True, False])
    entry = np.array([0, 0, 0, 2])
    assert left_kaplan_meier(exits, entry, event, 5).tolist() == pytest.approx(
        [1, 1, 2 / 3, 2 / 3, 1 / 3]
    )
    assert left_kaplan_meier(exits, None, event, 5).tolist() == pytest.approx(
        [1, 1, 3 / 4, 3 / 4, 3 / 8]
    )


def test_mean_ranks():
    assert mean_ranks(np.array([3, 1, 3, 0]), 4)[[0, 1, 3]].tolist() == [1.0, 2.0, 3.5]


def test_a_factor_is_followed_along_its_part_of_the_predictor():
    expected = [[0.0, 1.0], [2.0, 0.0], [3.0, 0.0]]
    assert term_map(((1, 2), (0,)), np.array([5.0, 2.0, 3.0])).tolist() == expected


def test_smooth_of_a_straight_line_is_the_line():
    x = np.array([0.0, 0.1, 0.5, 0.5, 0.8, 1.0])
    for df in (2, 3, 4):
        place, estimate, std_error = smooth(x, 3.0 - 2.0 * x, 0.25, df, 5)
        np.testing.assert_allclose(place, [0, 0.25, 0.5, 0.75, 1.0])
        np.testing.assert_allclose(estimate, 3.0 - 2.0 * place, atol=1e-12)
        assert (std_error > 0).all()


def test_smooth_line_has_the_error_of_a_regression():
    x, y = np.array([1.0, 2.0, 4.0, 5.0]), np.array([0.0, 3.0, 1.0, 2.0])
    place, estimate, std_error = smooth(x, y, 2.0, 2, 3)
    slope = 0.2  # (x - 3)'(y - 1.5)/10
    np.testing.assert_allclose(estimate, 1.5 + slope * (place - 3))
    np.testing.assert_allclose(std_error**2, 2.0 * (1 / 4 + (place - 3) ** 2 / 10))
