"""Firth's penalised Cox model: its maximum, profile intervals and penalised likelihood tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc, chdtri

from atrisk.engine.firth import firth_likelihood
from atrisk.engine.newton import Solution, maximise
from atrisk.engine.partial_likelihood import cox_likelihood
from atrisk.errors import InputError
from atrisk.estimators.cox_fitting import Maximum, require_column, without
from atrisk.estimators.regression import aliased_columns

if TYPE_CHECKING:
    from atrisk.engine.model_rows import ModelRows
    from atrisk.estimators.cox import CoxFit

__all__ = ["firth_maximum", "profile_table", "restricted_loglik"]

# the information is not the second derivative of l*, so convergence is linear
_ITERATIONS = 500
# doublings of the distance from the estimate in the search for a limit
_REACH = 40


def firth_maximum(rows: ModelRows, *, efron: bool, iterations: int) -> Maximum:
    """Maximise the penalised likelihood over all columns that carry information of their own."""
    start = cox_likelihood(rows, efron=efron)(np.zeros(rows.x.shape[1]))
    aliased = aliased_columns(start.information())
    kept = np.setdiff1d(np.arange(rows.x.shape[1]), list(aliased))
    require_column(kept)
    if aliased:
        rows = without(rows, kept)
        start = cox_likelihood(rows, efron=efron)(np.zeros(kept.size))
    every = np.arange(kept.size)
    at = firth_likelihood(rows, efron=efron, base=np.zeros(kept.size), free=every)
    solution = maximise(at, np.zeros(kept.size), iterations=max(iterations, _ITERATIONS))
    return Maximum(rows, kept, aliased, solution, start, np.empty(0, np.intp))


def profile_table(
    table: dict[str, np.ndarray],
    rows: ModelRows,
    solution: Solution,
    conf_level: float,
    *,
    efron: bool,
) -> dict[str, np.ndarray]:
    """Replace Wald's intervals and tests by those of the profile penalised likelihood.

    Parameters
    ----------
    table
        columns of the coefficients.
    rows, solution
        what was fitted.
    conf_level
        of the intervals.
    efron
        Efron's rule for ties.

    Returns
    -------
    dict
        the same columns: limits where twice the drop of l* is the chi-squared quantile, statistic
        the signed root of the penalised likelihood ratio.
    """
    height = float(chdtri(1, 1.0 - conf_level))
    limits, statistics = [], []
    for column, beta in enumerate(solution.beta):
        sd = float(table["std_error"][column])

        def drop(value: float, column: int = column) -> float:
            held = _profile(rows, solution.beta, column, value, efron=efron)
            return 2.0 * (solution.loglik - held) - height

        limits.append([_limit(drop, float(beta), side * sd) for side in (-1.0, 1.0)])
        ratio = max(drop(0.0) + height, 0.0)
        statistics.append(np.copysign(np.sqrt(ratio), beta))
    lower, upper = np.array(limits).T
    statistic = np.array(statistics)
    changed = {
        "lower": np.exp(lower),
        "upper": np.exp(upper),
        "statistic": statistic,
        "p_value": chdtrc(1, statistic**2),
    }
    return table | changed


def _profile(rows: ModelRows, beta: np.ndarray, column: int, value: float, *, efron: bool) -> float:
    """Maximise l* with one coefficient held."""
    base = beta.copy()
    base[column] = value
    free = np.delete(np.arange(beta.size), column)
    return _restricted(rows, base, free, efron=efron)


def _restricted(rows: ModelRows, base: np.ndarray, free: np.ndarray, *, efron: bool) -> float:
    at = firth_likelihood(rows, efron=efron, base=base, free=free)
    if not free.size:
        return at(np.empty(0)).loglik
    solution = maximise(at, base[free], iterations=_ITERATIONS)
    if not solution.converged:
        raise InputError(
            "the profile of the penalised likelihood did not converge: two coefficients can "
            "hardly be told apart. Leave one of them out."
        )
    return solution.loglik


def _limit(drop: object, beta: float, step: float) -> float:
    """Find where the drop is zero, on one side of the estimate; infinite if it never is."""
    from scipy.optimize import brentq

    near, far = beta, beta + 2.0 * step
    for _ in range(_REACH):
        if drop(far) > 0:  # type: ignore[operator]
            return float(brentq(drop, near, far, xtol=1e-12, rtol=1e-14))
        near, far = far, far + 2.0 * (far - beta)
        if abs(far) > 1e3:
            break
    return float(np.copysign(np.inf, step))


def restricted_loglik(fit: CoxFit, kept: np.ndarray) -> float:
    """Give the largest l* where only some coefficients are free, the others 0."""
    base = np.where(np.isin(np.arange(fit.coefficients.size), kept), fit.coefficients, 0.0)
    return _restricted(fit.rows, base, kept, efron=fit.ties == "efron")
