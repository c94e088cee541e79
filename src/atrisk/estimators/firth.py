"""Firth's penalised Cox model: its maximum, profile intervals and penalised likelihood tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc, chdtri

from atrisk.engine.firth import firth_likelihood
from atrisk.engine.firth_profile import (
    Held,
    curvature_at,
    moved_along,
    profile_limit,
    restricted_maximum,
)
from atrisk.engine.newton import Solution, inverse, maximise
from atrisk.engine.partial_likelihood import cox_likelihood
from atrisk.errors import InputError
from atrisk.estimators.cox_fitting import Maximum, require_column, require_size, without
from atrisk.estimators.regression import aliased_columns

if TYPE_CHECKING:
    from collections.abc import Callable

    from atrisk.engine.firth import FirthPoint
    from atrisk.engine.model_rows import ModelRows
    from atrisk.estimators.cox import CoxFit

__all__ = ["firth_maximum", "profile_table", "restricted_loglik"]

# the information is not the second derivative of l*, so convergence is linear
_ITERATIONS = 500


def firth_maximum(rows: ModelRows, *, efron: bool, iterations: int) -> Maximum:
    """Maximise the penalised likelihood over all columns that carry information of their own."""
    start = cox_likelihood(rows, efron=efron)(np.zeros(rows.x.shape[1]))
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):  # looked at next
        information, squares = start.information_and_squares()
    require_size(rows, squares)
    aliased = aliased_columns(information, squares)
    kept = np.setdiff1d(np.arange(rows.x.shape[1]), list(aliased))
    require_column(kept)
    if aliased:
        rows = without(rows, kept)
        start = cox_likelihood(rows, efron=efron)(np.zeros(kept.size))
    _require_events(rows, kept.size)
    every = np.arange(kept.size)
    at = firth_likelihood(rows, efron=efron, base=np.zeros(kept.size), free=every)
    solution = maximise(at, np.zeros(kept.size), iterations=max(iterations, _ITERATIONS))
    covariance = inverse(solution.information)
    return Maximum(rows, kept, aliased, solution, covariance, start, np.empty(0, np.intp))


def _require_events(rows: ModelRows, coefficients: int) -> None:
    events = int(rows.event.sum())
    if coefficients > events:
        raise InputError(
            f"firth=True: {coefficients} coefficients for {events} events. With more coefficients "
            "than events the penalised likelihood is too flat to be solved: leave covariates out, "
            "or shrink their coefficients with ridge."
        )


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
    z = float(np.sqrt(chdtri(1, 1.0 - conf_level)))
    every = np.arange(solution.beta.size)
    at = firth_likelihood(rows, efron=efron, base=np.zeros(every.size), free=every)
    best = Held(
        solution.beta,
        solution.loglik,
        at(solution.beta).score(),
        curvature_at(at, solution.beta, solution.information),
    )
    lower, upper, statistic = np.array(
        [
            _of_column(at, best, column, z, z * float(sd))
            for column, sd in enumerate(table["std_error"])
        ]
    ).T
    with np.errstate(over="ignore"):
        lower, upper = np.exp(lower), np.exp(upper)
    changed = {
        "lower": lower,
        "upper": upper,
        "statistic": statistic,
        "p_value": chdtrc(1, statistic**2),
    }
    return table | changed


def _of_column(
    at: Callable[[np.ndarray], FirthPoint], best: Held, column: int, z: float, reach: float
) -> tuple[float, float, float]:
    """Give both limits of a coefficient, and the signed root of the likelihood ratio of 0."""
    ends = [profile_limit(at, best, column, z=z, side=side, first_step=reach) for side in (-1, 1)]
    if np.isnan([limit for limit, _ in ends]).any():
        raise _stuck()
    # the likelihood at 0 is found from the nearest maximum that is known
    near = min((best, *(held for _, held in ends)), key=lambda held: abs(held.beta[column]))
    free = np.delete(np.arange(best.beta.size), column)
    null = restricted_maximum(at, moved_along(near, column, 0.0), near.curvature, free)
    if null is None:
        raise _stuck()
    ratio = max(2.0 * (best.loglik - null.loglik), 0.0)
    return ends[0][0], ends[1][0], float(np.copysign(np.sqrt(ratio), best.beta[column]))


def _stuck() -> InputError:
    return InputError(
        "the profile of the penalised likelihood did not converge: two coefficients can "
        "hardly be told apart. Leave one of them out."
    )


def restricted_loglik(fit: CoxFit, kept: np.ndarray) -> float:
    """Give the largest l* where only some coefficients are free, the others 0."""
    every = np.arange(fit.coefficients.size)
    base = np.where(np.isin(every, kept), fit.coefficients, 0.0)
    at = firth_likelihood(fit.rows, efron=fit.ties == "efron", base=np.zeros(base.size), free=every)
    start = at(base)
    if not np.isfinite(start.loglik):  # as far from 0 as the others put them
        base = np.zeros(base.size)
        start = at(base)
    found = restricted_maximum(at, base, start.information(), kept)
    if found is None:
        raise _stuck()
    return found.loglik
