"""Observed survival at one time beside predictions: in groups, and as a smooth function of them.

A prediction S at time t enters as u = log(-log S). The smooth curve is a Cox model whose covariates
are the columns of a restricted cubic spline of u: observed = exp(-H0(t) exp(spline(u)' gamma)).

References
----------
Austin PC, Harrell FE, van Klaveren D (2020) Stat Med 39:2714, sections 2.2-2.3 (curve, ICI, E50,
E90, Emax). Harrell FE (2015) Regression Modeling Strategies, section 20.10.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.newton import maximise
from atrisk.engine.partial_likelihood import cox_likelihood
from atrisk.engine.segments import running_sum
from atrisk.engine.splines import restricted_cubic

if TYPE_CHECKING:
    from atrisk.engine.model_rows import ModelRows

__all__ = ["SmoothCurve", "absolute_errors", "group_survival", "hazard_at", "smooth_curve"]

_LIMIT = 20.0  # of a standardised column: the calibration model has no maximum


@dataclass(frozen=True, slots=True)
class SmoothCurve:
    """Observed survival at the horizon as a function of u = log(-log predicted).

    Attributes
    ----------
    knots
        shape (k,), of the spline; empty for a straight line.
    mean, spread
        shape (q,): the columns of the spline are standardised by them.
    beta
        shape (q,): of the standardised columns.
    hazard
        H0 at the horizon, where they are all 0.
    """

    knots: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    beta: np.ndarray
    hazard: float

    def survival(self, u: np.ndarray) -> np.ndarray:
        """Read the curve at u, shape (m,)."""
        z = (_columns(u, self.knots) - self.mean) / self.spread
        with np.errstate(over="ignore"):  # the curve is 0 there
            curve: np.ndarray = np.exp(-self.hazard * np.exp(z @ self.beta))
        return curve


def smooth_curve(
    rows: ModelRows,
    u: np.ndarray,
    knots: np.ndarray,
    horizon: float,
    counts: np.ndarray | None,
    *,
    efron: bool,
) -> SmoothCurve | None:
    """Fit the curve.

    Parameters
    ----------
    rows
        n rows of one stratum; their covariates and offset are not used.
    u
        shape (n,).
    knots
        shape (k,), or empty for a straight line.
    horizon
        the time that is predicted for.
    counts
        shape (n,): how often each row stands in a sample; None for once.
    efron
        Efron's rule for ties, else Breslow's.

    Returns
    -------
    SmoothCurve or None
        None where the model has no finite maximum.
    """
    columns = _columns(u, knots)
    mean = np.average(columns, axis=0, weights=counts)
    spread = np.sqrt(np.average((columns - mean) ** 2, axis=0, weights=counts))
    if not (spread > 0).all():
        return None
    weight = None if counts is None else counts.astype(float)
    z = np.ascontiguousarray((columns - mean) / spread)
    plain = replace(rows, x=z, center=np.zeros(z.shape[1]), offset=None, weight=weight)
    at = cox_likelihood(plain, efron=efron, counted=counts is not None)
    found = maximise(at, np.zeros(z.shape[1]))
    if not found.converged or np.abs(found.beta).max() > _LIMIT:
        return None
    last = np.array([np.searchsorted(rows.time, horizon, side="right") - 1])
    hazard = hazard_at(plain, found.beta, last, efron=efron, counted=counts is not None)
    return SmoothCurve(knots, mean, spread, found.beta, float(hazard[0]))


def _columns(u: np.ndarray, knots: np.ndarray) -> np.ndarray:
    return restricted_cubic(u, knots) if knots.size else u[:, np.newaxis]


def hazard_at(
    rows: ModelRows, beta: np.ndarray, last: np.ndarray, *, efron: bool, counted: bool
) -> np.ndarray:
    """Give the baseline cumulative hazard of each stratum up to one of its cells.

    Parameters
    ----------
    rows
        n rows, p columns.
    beta
        shape (p,).
    last
        shape (S,): the last cell that counts; the pad for none.
    efron, counted
        as in `cox_likelihood`.

    Returns
    -------
    ndarray
        shape (S,), where all columns and the offset are 0.
    """
    point = cox_likelihood(rows, efron=efron, counted=counted)(beta)
    total: np.ndarray = running_sum(point.ties.h, rows.starts)[last] * np.exp(-point.table.shift)
    return total


def group_survival(
    exit: np.ndarray,  # noqa: A002 - the field's word
    entry: np.ndarray | None,
    event: np.ndarray,
    group: np.ndarray,
    groups: int,
    counts: np.ndarray,
) -> np.ndarray:
    """Estimate survival past the last time code in each group, by Kaplan and Meier.

    Parameters
    ----------
    exit, entry
        shape (n,), int: time codes; those past the horizon are one more than the last that counts.
    event
        shape (n,), bool: an event at an exit that counts.
    group
        shape (n,), int, 0..G-1.
    groups
        G.
    counts
        shape (n,): how often each row counts.

    Returns
    -------
    ndarray
        shape (G,); NaN for a group that nobody is in.
    """
    width = int(exit.max()) + 1
    shape, place = (groups, width), group * width + exit
    left = np.bincount(place, counts, groups * width).reshape(shape)
    died = np.bincount(place[event], counts[event], groups * width).reshape(shape)
    at_risk = np.cumsum(left[:, ::-1], axis=1)[:, ::-1]
    if entry is not None:
        entered = np.bincount(group * width + entry, counts, groups * width).reshape(shape)
        at_risk = at_risk - np.cumsum(entered[:, ::-1], axis=1)[:, ::-1]
    share = np.divide(died, at_risk, out=np.zeros(shape), where=at_risk > 0)
    survival: np.ndarray = np.where(left.sum(axis=1) > 0, np.prod(1.0 - share, axis=1), np.nan)
    return survival


def absolute_errors(difference: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Summarise |observed - predicted| over rows: mean (ICI), median, 90th percentile, maximum.

    Parameters
    ----------
    difference
        shape (n,).
    counts
        shape (n,): how often each row counts, whole numbers.

    Returns
    -------
    ndarray
        shape (4,).
    """
    size = np.repeat(np.abs(difference), counts)
    return np.array([size.mean(), *np.quantile(size, [0.5, 0.9]), size.max()])
