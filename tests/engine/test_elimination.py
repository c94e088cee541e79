"""Lawless and Singhal's approximation: exact where the log-likelihood is a parabola."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from atrisk.engine.elimination import chi_squared_tail, reduced, wald


def regression(seed: int, columns: list[int]) -> tuple[np.ndarray, np.ndarray, float]:
    """Least squares with known variance 1: its likelihood is a parabola, so nothing is lost."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(30, 5)) @ rng.normal(size=(5, 5)), rng.normal(size=30)
    z = x[:, columns]
    vcov = np.linalg.inv(z.T @ z)
    beta = vcov @ z.T @ y
    return beta, vcov, float((y - z @ beta) @ (y - z @ beta))


@given(st.integers(0, 10**6), st.sets(st.integers(0, 4), min_size=1, max_size=4))
def test_a_parabola_is_reduced_exactly(seed, removed) -> None:
    everything = list(range(5))
    rest = [column for column in everything if column not in removed]
    beta, vcov, deviance = regression(seed, everything)
    wanted_beta, wanted_vcov, wanted_deviance = regression(seed, rest)
    gone = np.array(sorted(removed))
    stay, found, covariance = reduced(beta, vcov, gone)
    scale = np.abs(beta).max() + 1
    assert stay.tolist() == rest
    assert found == pytest.approx(wanted_beta, rel=1e-6, abs=1e-8 * scale)
    assert covariance == pytest.approx(wanted_vcov, rel=1e-5, abs=1e-8 * vcov.max())
    fall = wanted_deviance - deviance
    assert wald(beta, vcov, gone) == pytest.approx(fall, rel=1e-6, abs=1e-8)


def test_nothing_removed_is_nothing_changed() -> None:
    beta, vcov, _ = regression(1, [0, 1, 2])
    stay, found, covariance = reduced(beta, vcov, np.array([], dtype=int))
    assert stay.tolist() == [0, 1, 2]
    assert np.array_equal(found, beta)
    assert covariance == pytest.approx(vcov)


def test_everything_removed_leaves_nothing() -> None:
    beta, vcov, _ = regression(1, [0, 1, 2])
    stay, found, covariance = reduced(beta, vcov, np.arange(3))
    assert (stay.size, found.size, covariance.shape) == (0, 0, (0, 0))


def test_by_hand() -> None:
    """beta = (1, 2), V = [[2, 1], [1, 4]]: without the second, 1 - 2/4 and 2 - 1/4."""
    _, beta, vcov = reduced(np.array([1.0, 2.0]), np.array([[2.0, 1.0], [1.0, 4.0]]), np.array([1]))
    assert (beta.tolist(), vcov.tolist()) == ([0.5], [[1.75]])
    assert wald(np.array([1.0, 2.0]), np.array([[2.0, 1.0], [1.0, 4.0]]), np.array([1])) == 1.0


def test_the_tail() -> None:
    assert chi_squared_tail(3.84, 1) == pytest.approx(chi2.sf(3.84, 1))
    assert chi_squared_tail(0.0, 0) == 1.0
