"""Arms within studies: the highest point of the likelihood, whatever the order of the rows."""

from __future__ import annotations

from math import log, pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atrisk.engine.meta_multilevel import arms_limits, fit_arms


def height_of_arms(y, v, codes, theta, *, restricted):
    """The likelihood of the normal vector, study by study, from determinants and solves."""
    sums = np.zeros(3)  # of 1 V^-1 1, 1 V^-1 y, y V^-1 y
    total = -0.5 * len(y) * log(2 * pi)
    for study in set(codes):
        rows = [row for row, code in enumerate(codes) if code == study]
        block = np.diag(v[rows] + theta[1]) + theta[0]
        ones, own = np.ones(len(rows)), y[rows]
        total -= 0.5 * log(np.linalg.det(block))
        solved, ones_solved = np.linalg.solve(block, own), np.linalg.solve(block, ones)
        sums += [ones @ ones_solved, ones @ solved, own @ solved]
    total -= 0.5 * (sums[2] - sums[1] ** 2 / sums[0])
    return total + (0.5 * log(2 * pi * len(y) / sums[0]) if restricted else 0.0)


arms = st.lists(
    st.tuples(st.floats(-3, 3), st.floats(0.02, 3), st.integers(0, 3)), min_size=4, max_size=9
).filter(lambda rows: 1 < len({row[2] for row in rows}) < len(rows))


@pytest.mark.parametrize("restricted", [True, False])
@settings(max_examples=15, deadline=None)
@given(arms, st.randoms(use_true_random=False))
def test_nothing_on_a_grid_is_higher_in_any_order(restricted, rows, shuffler):
    found = []
    for _ in range(2):
        y, v, study = (np.array(column) for column in zip(*rows, strict=True))
        codes = np.unique(study, return_inverse=True)[1]
        found.append(fit_arms(y, v, np.ones((y.size, 1)), codes, restricted=restricted))
        shuffler.shuffle(rows)
    assert found[0].converged
    top = height_of_arms(y, v, codes, found[1].theta, restricted=restricted)
    assert found[0].loglik == pytest.approx(top, abs=1e-10)
    # two maxima may be equally high
    if found[0].loglik != pytest.approx(found[1].loglik, abs=1e-13):
        np.testing.assert_allclose(found[0].theta, found[1].theta, rtol=1e-8, atol=1e-8)
    grid = [0.0, *np.geomspace(1e-3, 30.0, 12)]
    for between in grid:
        for within in grid:
            there = height_of_arms(y, v, codes, (between, within), restricted=restricted)
            assert there <= top + 1e-9


@pytest.mark.parametrize("restricted", [True, False])
def test_the_higher_of_two_peaks_is_found(restricted):
    y, v = np.array([0.0, 0.02, 2.5, -1.5, 1.8]), np.array([1e-3, 1e-3, 1.0, 0.5, 0.5])
    codes = np.array([0, 0, 1, 2, 2])
    found = fit_arms(y, v, np.ones((5, 1)), codes, restricted=restricted)
    # at 0 two studies agree closely; by REML the peak where arms differ widely is higher
    assert found.theta[1] == pytest.approx(1.5877679 if restricted else 0.0, rel=1e-7)
    for between in (0.0, 0.03, 0.65):
        for within in np.linspace(0.0, 3.0, 31):
            there = height_of_arms(y, v, codes, (between, within), restricted=restricted)
            assert there <= found.loglik + 1e-9


def test_balanced_arms_have_closed_forms():
    y, codes = np.array([1.0, 3.0, 4.0, 8.0, 9.0, 11.0]), np.array([0, 0, 1, 1, 2, 2])
    found = fit_arms(y, np.full(6, 0.5), np.ones((6, 1)), codes, restricted=True)
    # means 2, 6, 10: variance 16 = theta1 + (theta2 + v) / 2; within: (2 + 8 + 2) / 3 = theta2 + v
    np.testing.assert_allclose(found.theta, [16.0 - 2.0, 4.0 - 0.5], rtol=1e-9)
    assert found.beta[0] == pytest.approx(6.0, rel=1e-12)


@pytest.mark.parametrize(
    ("y", "which"), [([1.0, 3.0, 2.0, 2.0, 3.0, 1.0], 0), ([1.0, 1.1, 4.0, 4.1, 9.0, 9.1], 1)]
)
def test_a_variance_that_nothing_supports_is_0(y, which):
    codes = np.array([0, 0, 1, 1, 2, 2])
    data = np.array(y), np.full(6, 0.05), np.ones((6, 1)), codes
    found = fit_arms(*data, restricted=True)
    assert found.theta[which] == 0.0
    assert found.theta[1 - which] > 0.1
    limits = arms_limits(*data, found, restricted=True, which=which, conf_level=0.9)
    assert limits[0] == 0.0
    for limit in limits[1:]:
        held = fit_arms(*data, restricted=True, held=(which, limit))
        # chi-squared on 1 df at 0.9
        assert 2.0 * (found.loglik - held.loglik) == pytest.approx(2.705543454095404, rel=1e-7)
