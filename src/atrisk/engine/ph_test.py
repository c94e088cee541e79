"""Test of proportional hazards: whether a coefficient changes with a function g of time.

The model with x g(t) beside x is not fitted: its score test needs, at the fitted beta, only sums
over the cells k of the Schoenfeld residuals s_i and of V_k, each cell's part in the information:

    u   = sum over deaths of w_i g(t_i) s_i
    I_0 = sum V_k        I_1 = sum g_k V_k        I_2 = sum g_k^2 V_k
    u ~ N(0, I_2 - I_1 I_0^-1 I_1)  if no coefficient changes

V_k is linear in the sums over tied deaths, so each I is one more pass over x.

Sources: Grambsch PM, Therneau TM (1994) Biometrika 81:515, section 2; Therneau T, *survival*
package, help page of ``cox.zph`` since version 3.0 (the sums are not approximated).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import solve

from atrisk.engine.logrank import chi_squared
from atrisk.engine.moments import TieSums, information
from atrisk.engine.product_limit import hazard_increments
from atrisk.engine.residuals import schoenfeld_residuals
from atrisk.engine.splines import restricted_cubic

if TYPE_CHECKING:
    from atrisk.engine.partial_likelihood import CoxPoint

__all__ = [
    "TimeScore",
    "chi_squared",
    "left_kaplan_meier",
    "mean_ranks",
    "smooth",
    "term_map",
    "time_score",
]


@dataclass(frozen=True, slots=True)
class TimeScore:
    """Score of x g(t) at the fitted model without it.

    Attributes
    ----------
    score
        shape (p,): u.
    covariance
        shape (p, p): of u.
    information
        shape (p, p): I_0, of the fitted model.
    row
        shape (D,): the deaths, by stratum and time.
    residual
        shape (D, p): their Schoenfeld residuals, of a row of weight 1.
    """

    score: np.ndarray
    covariance: np.ndarray
    information: np.ndarray
    row: np.ndarray
    residual: np.ndarray


def time_score(point: CoxPoint, g: np.ndarray) -> TimeScore:
    """Compute the score of x g(t) and its covariance.

    Parameters
    ----------
    point
        the partial likelihood at its maximum.
    g
        shape (K,): g at the time of each cell; any number at a cell without deaths.
    """
    rows, table, ties = point.rows, point.table, point.ties
    row, residual = schoenfeld_residuals(point)
    died = point.deaths.count > 0
    # a constant in g changes nothing but rounding
    centred = np.where(died, g, 0.0) - np.average(g[died], weights=point.deaths.count[died])
    centred[~died] = 0.0
    base = information(rows, table, ties)
    first = information(rows, table, _times(ties, centred))
    second = information(rows, table, _times(ties, centred**2))
    factor = centred[rows.stop[row]]
    if rows.weight is not None:
        factor = factor * rows.weight[row]
    covariance = second - first @ solve(base, first, assume_a="pos")
    return TimeScore(factor @ residual, 0.5 * (covariance + covariance.T), base, row, residual)


def _times(ties: TieSums, g: np.ndarray) -> TieSums:
    """Multiply each cell's part in the likelihood by g."""
    return TieSums(ties.h * g, ties.g * g, ties.a * g, ties.b * g, ties.c * g, ties.log * g)


def term_map(columns: tuple[tuple[int, ...], ...], beta: np.ndarray) -> np.ndarray:
    """Make one column a term: the covariate itself, or a factor's part of the linear predictor.

    Parameters
    ----------
    columns
        the columns of each of q terms.
    beta
        shape (p,).

    Returns
    -------
    ndarray, shape (p, q)

    Examples
    --------
    >>> term_map(((0,), (1, 2)), np.array([0.5, 2.0, 3.0])).tolist()
    [[1.0, 0.0], [0.0, 2.0], [0.0, 3.0]]
    """
    out = np.zeros((beta.size, len(columns)))
    for term, chosen in enumerate(columns):
        out[list(chosen), term] = beta[list(chosen)] if len(chosen) > 1 else 1.0
    return out


def left_kaplan_meier(
    exit: np.ndarray,  # noqa: A002 - the field's word
    entry: np.ndarray | None,
    event: np.ndarray,
    size: int,
) -> np.ndarray:
    """Give S(t-) at every time code, rows counted once whatever their weight.

    Parameters
    ----------
    exit
        shape (n,), int: time codes 0..size-1.
    entry
        shape (n,), int, or None.
    event
        shape (n,), bool.
    size
        number of time codes.

    Returns
    -------
    ndarray, shape (size,)
    """
    flow = np.bincount(exit, minlength=size).astype(float)
    if entry is not None:
        flow -= np.bincount(entry, minlength=size)
    at_risk = np.cumsum(flow[::-1])[::-1]
    events = np.bincount(exit[event], minlength=size)
    after = np.cumprod(1.0 - hazard_increments(at_risk, events))
    return np.concatenate(([1.0], after[:-1]))


def mean_ranks(exit: np.ndarray, size: int) -> np.ndarray:  # noqa: A002 - the field's word
    """Give the mean rank, among all rows, of those that leave at each time code, shape (size,).

    Examples
    --------
    >>> mean_ranks(np.array([0, 2, 2]), 3).tolist()
    [1.0, 1.5, 2.5]
    """
    count = np.bincount(exit, minlength=size)
    return np.cumsum(count) - (count - 1) / 2.0


def smooth(
    x: np.ndarray, y: np.ndarray, variance: float, df: int, points: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Smooth scaled residuals over transformed time with a natural cubic spline.

    Parameters
    ----------
    x, y
        shape (D,).
    variance
        of one value of y.
    df
        columns of the spline, its constant included, 2 or more.
    points
        number of places, equally spaced over the range of x.

    Returns
    -------
    place, estimate, std_error : ndarray, shape (points,)

    Notes
    -----
    The df - 2 inner knots are at equal quantiles of the values of x and the places together, the
    outer knots at the ends, as R's plot of a ``cox.zph`` has them.
    """
    place = np.linspace(x.min(), x.max(), points)
    knots = np.quantile(np.concatenate((place, x)), np.linspace(0.0, 1.0, df))
    basis, at_place = _spline(x, knots), _spline(place, knots)
    q, r = np.linalg.qr(basis)
    reach = np.linalg.solve(r.T, at_place.T)
    std_error = np.sqrt(variance * np.sum(reach**2, axis=0))
    return place, reach.T @ (q.T @ y), std_error


def _spline(x: np.ndarray, knots: np.ndarray) -> np.ndarray:
    one = np.ones((x.size, 1))
    return np.hstack((one, restricted_cubic(x, knots) if knots.size > 2 else x[:, np.newaxis]))
