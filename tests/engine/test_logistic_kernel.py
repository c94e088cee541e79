"""The logistic kernel against fractions by hand, naive maximisation and its own invariants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize
from scipy.special import expit

from atrisk.engine import logistic
from atrisk.engine.logistic import Constraint, fit_logistic, maximum_exists
from atrisk.engine.logistic_profile import _profile, profile_limit
from atrisk.engine.logistic_rows import logistic_model, solve_symmetric
from atrisk.engine.passes import on_one_blas_thread

Z = 1.959963984540054


def drawn(seed, n=60, p=2):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    y = (rng.random(n) < expit(x @ np.linspace(1.0, -0.5, p) - 0.3)).astype(float)
    total = rng.integers(1, 4, n).astype(float)
    return x, y * total, total, rng.normal(size=n) / 3.0


def penalised(beta, x, events, total, offset):
    """Log-likelihood + log det(information) / 2, term by term."""
    full = np.column_stack([np.ones(len(x)), x])
    loglik, info = 0.0, np.zeros((full.shape[1], full.shape[1]))
    for row, e, t, o in zip(full, events, total, offset, strict=True):
        eta = float(row @ beta + o)
        p = 1.0 / (1.0 + np.exp(-eta))
        loglik += e * np.log(p) + (t - e) * np.log(1.0 - p)
        info += t * p * (1.0 - p) * np.outer(row, row)
    return loglik, info


def estimates(model, solution):
    return model.transform @ solution.beta


def covariance(model, solution):
    inverse = solve_symmetric(solution.information, np.eye(solution.beta.size))
    return model.transform @ inverse @ model.transform.T


def test_a_fourfold_table_has_the_log_odds_ratio_and_woolfs_variance():
    # SOS/VOD after double alkylators 8 of 16, after others 9 of 42: Kayser 2024
    x, events, total = np.array([[1.0], [0.0]]), np.array([8.0, 9.0]), np.array([16.0, 42.0])
    model = logistic_model(x, events, total)
    found = fit_logistic(model)
    expected = [np.log(9 / 33), np.log((8 * 33) / (8 * 9))]
    np.testing.assert_allclose(estimates(model, found), expected, rtol=1e-13)
    variance = np.diag(covariance(model, found))
    np.testing.assert_allclose(
        variance, [1 / 9 + 1 / 33, 1 / 8 + 1 / 8 + 1 / 9 + 1 / 33], rtol=1e-13
    )
    assert found.loglik == pytest.approx(
        16 * np.log(1 / 2) + 9 * np.log(9 / 42) + 33 * np.log(33 / 42), rel=1e-13
    )


def test_firths_penalty_on_a_fourfold_table_adds_one_half_to_every_cell():
    # the model is saturated, so that the hat values of each row's cells sum to 1
    for cells in ([8, 8, 9, 33], [5, 0, 3, 7]):
        a, b, c, d = (float(cell) for cell in cells)
        model = logistic_model(np.array([[1.0], [0.0]]), np.array([a, c]), np.array([a + b, c + d]))
        found = fit_logistic(model, firth=True)
        expected = np.log((a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5)))
        np.testing.assert_allclose(estimates(model, found)[1], expected, rtol=1e-11)


@pytest.mark.parametrize("firth", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_equals_naive_maximisation(seed, firth):
    x, events, total, offset = drawn(seed)

    def objective(beta):
        loglik, info = penalised(beta, x, events, total, offset)
        return -(loglik + (np.linalg.slogdet(info)[1] / 2.0 if firth else 0.0))

    model = logistic_model(x, events, total, offset)
    found = fit_logistic(model, firth=firth)
    naive = minimize(objective, np.zeros(3), method="BFGS", options={"gtol": 1e-7})
    assert found.converged
    assert len(found.diagnostics) < 10  # Newton's steps have the right second derivative
    # a maximum found by function values alone is known to the root of their rounding
    np.testing.assert_allclose(estimates(model, found), naive.x, rtol=1e-5, atol=1e-6)
    assert found.loglik == pytest.approx(-naive.fun, rel=1e-12)
    assert found.loglik >= -naive.fun - 1e-10
    info = penalised(estimates(model, found), x, events, total, offset)[1]
    np.testing.assert_allclose(covariance(model, found), np.linalg.inv(info), rtol=1e-9)


@pytest.mark.parametrize("firth", [False, True])
def test_the_origin_and_the_unit_of_a_covariate_do_not_matter(firth):
    x, events, total, offset = drawn(4)
    near = logistic_model(x, events, total, offset)
    far = logistic_model(x * [1e4, 1e-3] + [2e6, 7.0], events, total, offset)
    first, second = fit_logistic(near, firth=firth), fit_logistic(far, firth=firth)
    slopes = estimates(far, second)[1:] * [1e4, 1e-3]
    # the covariate itself is stored to 2e6 * 1e-16 of a standard deviation of 1e4
    np.testing.assert_allclose(slopes, estimates(near, first)[1:], rtol=1e-10)
    shift = np.log(1e4 * 1e-3) if firth else 0.0
    assert second.loglik == pytest.approx(first.loglik + shift, rel=1e-11)


def test_a_constraint_is_kept_and_its_multiplier_is_the_slope():
    x, events, total, offset = drawn(5)
    model = logistic_model(x, events, total, offset)
    contrast = model.transform[1]

    def at(value):
        held = Constraint(contrast[:, None], np.array([value]))
        return fit_logistic(model, constraint=held)

    found = at(0.4)
    assert contrast @ found.beta == pytest.approx(0.4, abs=1e-13)
    slope = (at(0.4 + 1e-5).loglik - at(0.4 - 1e-5).loglik) / 2e-5
    assert found.multiplier[0] == pytest.approx(slope, rel=1e-6)  # a difference quotient


@pytest.mark.parametrize("firth", [False, True])
@pytest.mark.parametrize("column", [0, 1, 2])
def test_a_profile_limit_is_where_the_deviance_has_risen_by_the_quantile(column, firth):
    x, events, total, offset = drawn(6, n=40)
    model = logistic_model(x, events, total, offset)
    best = fit_logistic(model, firth=firth)
    contrast = model.transform[column]
    for side in (-1, 1):
        limit = profile_limit(model, best, contrast, z=Z, side=side, first_step=1.0, firth=firth)
        held = Constraint(contrast[:, None], np.array([limit]))
        fall = best.loglik - fit_logistic(model, firth=firth, constraint=held).loglik
        assert 2.0 * fall == pytest.approx(Z**2, rel=1e-9)
        assert (limit - contrast @ best.beta) * side > 0


def test_a_profile_limit_equals_the_root_of_fits_with_an_offset():
    x, events, total, offset = drawn(7, n=40)
    model = logistic_model(x, events, total, offset)
    best = fit_logistic(model)

    def excess(value):
        rest = logistic_model(x[:, 1:], events, total, offset + value * x[:, 0])
        return 2.0 * (best.loglik - fit_logistic(rest).loglik) - Z**2

    centre = estimates(model, best)[1]
    limit = profile_limit(model, best, model.transform[1], z=Z, side=1, first_step=0.7)
    assert limit == pytest.approx(brentq(excess, centre, centre + 5.0, xtol=1e-13), rel=1e-10)


@pytest.mark.parametrize("first_step", [1e-4, 0.3, 50.0])
def test_a_profile_limit_does_not_depend_on_where_the_search_starts(first_step):
    x, events, total, _ = drawn(8, n=40)
    model = logistic_model(x, events, total)
    best = fit_logistic(model)
    found = profile_limit(model, best, model.transform[2], z=Z, side=-1, first_step=first_step)
    usual = profile_limit(model, best, model.transform[2], z=Z, side=-1, first_step=0.8)
    assert found == pytest.approx(usual, rel=1e-10)


def separable(x, y):
    """Whether a line parts events from others, in one covariate: by looking at the order."""
    low, high = x[y == 1], x[y == 0]
    return high.max() <= low.min() or low.max() <= high.min()


@given(
    st.lists(st.integers(-4, 4), min_size=4, max_size=12),
    st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_a_maximum_is_certain_exactly_where_the_outcomes_overlap(values, outcomes):
    x = np.array(values, dtype=float)
    y = np.array(outcomes[: x.size], dtype=float)
    if np.ptp(x) == 0.0 or y.min() == y.max():
        return
    model = logistic_model(x[:, None], y, np.ones(y.size))
    assert maximum_exists(model, fit_logistic(model)) == (not separable(x, y))


@given(st.integers(0, 10**6))
def test_a_maximum_is_never_certain_where_there_is_none(seed):
    """Wherever the solver stands: at random coefficients of separated rows."""
    rng = np.random.default_rng(seed)
    x = np.sort(rng.normal(size=(8, 1)), axis=0)
    model = logistic_model(x, np.repeat([0.0, 1.0], 4), np.ones(8))
    here = Constraint(np.eye(2), rng.normal(0.0, 3.0, 2))
    assert not maximum_exists(model, fit_logistic(model, constraint=here))


def test_the_slope_of_the_root_deviance_is_its_difference_quotient():
    x, events, total, offset = drawn(10)
    model = logistic_model(x, events, total, offset)
    best = fit_logistic(model)
    contrast = model.transform[1]
    for value in (-1.0, 3.0):  # on either side of the maximum
        near = [
            _profile(model, best.loglik, contrast, value + h, best.beta, firth=False).root
            for h in (-1e-5, 1e-5)
        ]
        point = _profile(model, best.loglik, contrast, value, best.beta, firth=False)
        # a difference quotient
        assert point.slope == pytest.approx((near[1] - near[0]) / 2e-5, rel=1e-6)


def test_separated_data_approach_the_supremum_of_the_likelihood():
    # 3 of 3 against 2 of 5: the rows with x = 1 are told with certainty in the limit
    model = logistic_model(np.array([[1.0], [0.0]]), np.array([3.0, 2.0]), np.array([3.0, 5.0]))
    found = fit_logistic(model)
    assert found.converged
    assert not maximum_exists(model, found)
    assert found.loglik == pytest.approx(2 * np.log(0.4) + 3 * np.log(0.6), rel=1e-12)


def test_a_semidefinite_system_is_solved_where_there_is_information():
    matrix = np.array([[2.0, 2.0, 0.0], [2.0, 2.0, 0.0], [0.0, 0.0, 1e-12]])
    found = solve_symmetric(matrix, np.array([2.0, 2.0, 3e-12]))
    np.testing.assert_allclose(matrix @ found, [2.0, 2.0, 3e-12], rtol=1e-12)
    both = solve_symmetric(matrix, np.array([[2.0, 0.0], [2.0, 0.0], [0.0, 1e-12]]))
    np.testing.assert_allclose(both[:, 1], [0.0, 0.0, 1.0], atol=1e-12)


def test_diagnostics_hold_a_row_an_iteration_and_end_small():
    x, events, total, _ = drawn(9)
    found = fit_logistic(logistic_model(x, events, total))
    assert found.diagnostics.shape[1] == 4
    assert (np.diff(found.diagnostics[:, 0]) > -1e-9).all()
    assert found.diagnostics[-1, 2] < 1e-16
    assert set(found.diagnostics[:, 3]) <= {2.0**-k for k in range(31)}


@pytest.fixture
def passes(monkeypatch):
    """Count evaluations over the rows."""
    found = []
    evaluate = logistic._evaluate

    def counted(*args, **kwargs):
        found.append(1)
        return evaluate(*args, **kwargs)

    monkeypatch.setattr(logistic, "_evaluate", counted)
    return found


@pytest.mark.parametrize("seed", range(8))
def test_a_gain_below_rounding_is_not_asked_for(seed, passes, monkeypatch):
    """Sums of a million rows are known to 1e-13 or so: halving steps for less has no end."""
    x, events, total, _ = drawn(seed, n=400)
    model = logistic_model(x, events, total)
    exact = fit_logistic(model)
    passes.clear()
    plain = logistic.log_likelihood

    def rounded(model, eta):
        value = plain(model, eta)
        return value * (1.0 + 3e-13 * np.sin(1e14 * eta.sum()))

    monkeypatch.setattr(logistic, "log_likelihood", rounded)
    found = fit_logistic(model)
    assert found.converged
    assert len(passes) <= 10
    np.testing.assert_allclose(found.beta, exact.beta, rtol=1e-12)


def test_many_rows_take_few_passes(passes):
    rng = np.random.default_rng(2)
    y = (rng.random(300_000) < 0.3).astype(float)
    model = logistic_model(np.empty((y.size, 0)), y, np.ones(y.size))
    found = on_one_blas_thread(fit_logistic)(model)
    assert found.beta[0] == pytest.approx(np.log(y.mean() / (1.0 - y.mean())), rel=1e-12)
    assert len(passes) <= 8


@pytest.mark.parametrize("shift", [1000.0, -1000.0])
@pytest.mark.parametrize("firth", [False, True])
def test_a_constant_offset_is_taken_off_the_intercept(shift, firth):
    x, events, total, _ = drawn(3)
    plain = fit_logistic(logistic_model(x, events, total), firth=firth)
    model = logistic_model(x, events, total, np.full(total.size, shift))
    found = fit_logistic(model, firth=firth)
    assert found.converged
    # an offset of 1000 leaves 13 digits to a linear predictor
    np.testing.assert_allclose(
        found.beta + np.array([shift, 0, 0]), plain.beta, rtol=1e-9, atol=1e-11
    )
    assert found.loglik == pytest.approx(plain.loglik, rel=1e-11)


def test_separation_is_not_taken_for_rounding():
    """Towards a maximum at infinity the decrement falls by 1/e a step, and never by its square."""
    model = logistic_model(np.arange(6.0)[:, None], np.repeat([0.0, 1.0], 3), np.ones(6))
    assert not maximum_exists(model, fit_logistic(model))
    limit = profile_limit(
        model, fit_logistic(model), model.transform[1], z=Z, side=-1, first_step=1.0,
        start=fit_logistic(model, firth=True).beta,
    )  # fmt: skip
    held = Constraint(model.transform[1][:, None], np.array([limit]))
    assert -2 * fit_logistic(model, constraint=held).loglik == pytest.approx(Z**2, rel=1e-9)
