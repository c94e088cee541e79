"""Profiles of Firth's penalised partial likelihood against the oracle, and what they may cost."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import atrisk.estimators.firth as firth_module
from atrisk import InputError, cox
from atrisk.engine.firth import firth_likelihood
from atrisk.engine.firth_profile import curvature_at, restricted_maximum

QUANTILE = 3.841458820694124  # of the chi-squared distribution on 1 df, at 0.95


def drawn(seed, n, p):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    time = np.ceil(20 * rng.exponential(np.exp(-0.7 * x[:, 0])))
    columns = {f"x{j}": x[:, j] for j in range(p)}
    return pl.DataFrame({"time": time, "event": rng.random(n) < 0.8, **columns})


def fitted(df, **options):
    covariates = " + ".join(name for name in df.columns if name.startswith("x"))
    return cox(f"Surv(time, event) ~ {covariates}", df, firth=True, **options)


def penalised(fit):
    every = np.arange(fit.coefficients.size)
    return firth_likelihood(fit.rows, efron=True, base=np.zeros(every.size), free=every)


def test_the_curvature_is_the_second_derivative_of_the_penalised_likelihood():
    fit = fitted(drawn(1, 25, 2))
    at, beta, h = penalised(fit), fit.coefficients, 1e-4
    found = curvature_at(at, beta, at(beta).information())
    expected = np.empty((2, 2))
    for i in range(2):
        for j in range(2):
            one, other = h * np.eye(2)[i], h * np.eye(2)[j]
            corners = [at(beta + a * one + b * other).loglik for a in (1, -1) for b in (1, -1)]
            expected[i, j] = -(corners[0] - corners[1] - corners[2] + corners[3]) / (4 * h * h)
    # both are differences
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert np.abs(found - at(beta).information()).max() > 1e-2 * found.max()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_limits_solve_their_equation_with_all_other_scores_zero(seed):
    fit = fitted(drawn(seed, 30, 4))
    at, best = penalised(fit), fit.loglik
    for column in range(4):
        free = np.delete(np.arange(4), column)
        for limit in (fit.lower[column], fit.upper[column], 1.0):
            start = fit.coefficients.copy()
            start[column] = np.log(limit)
            held = restricted_maximum(at, start, at(start).information(), free)
            assert np.abs(at(held.beta).score()[free]).max() < 1e-6
            fall = 2 * (best - held.loglik)
            expected = QUANTILE if limit != 1.0 else fit.statistic[column] ** 2
            assert fall == pytest.approx(expected, rel=1e-9)


def test_the_unit_of_a_covariate_does_not_matter():
    df = drawn(4, 40, 2)
    near = fitted(df)
    far = fitted(df.with_columns(x0=pl.col("x0") * 1e3, x1=pl.col("x1") * 1e-3))
    for name in ("lower", "upper"):
        scaled = np.log(getattr(far, name)) * [1e3, 1e-3]
        np.testing.assert_allclose(scaled, np.log(getattr(near, name)), rtol=1e-9)
    np.testing.assert_allclose(far.statistic, near.statistic, rtol=1e-9)


def test_many_covariates_take_few_evaluations(monkeypatch):
    """Thirty covariates and sixty rows: limits and tests took 14000 passes over the rows."""
    passes = []
    plain = firth_module.firth_likelihood

    def counted(*args, **kwargs):
        at = plain(*args, **kwargs)

        def count(beta):
            passes.append(1)
            return at(beta)

        return count

    monkeypatch.setattr(firth_module, "firth_likelihood", counted)
    fit = fitted(drawn(3, 60, 30))
    assert np.isfinite([*fit.lower, *fit.upper, *fit.statistic]).all()
    assert len(passes) < 3500


def test_more_coefficients_than_events_are_refused():
    df = drawn(5, 60, 30).with_columns(event=pl.int_range(60) < 29)
    with pytest.raises(InputError, match=r"firth=True: 30 coefficients for 29 events.* ridge"):
        fitted(df)


def test_terms_are_tested_by_the_restricted_maximum():
    df = drawn(6, 40, 3)
    fit = fitted(df)
    tests = fit.term_tests("likelihood ratio")
    np.testing.assert_allclose(tests.statistic, fit.statistic**2, rtol=1e-9)
