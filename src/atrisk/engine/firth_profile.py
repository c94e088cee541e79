"""The profile of Firth's penalised partial likelihood: maxima with coefficients held, and limits.

Fisher's information is not the second derivative of l*, so Newton's method with it gains a digit or
less a step. Here the second derivative is taken from differences of the score U* at the maximum,
and kept up by the update of Broyden, Fletcher, Goldfarb and Shanno while the profile is followed;
each maximum starts where the one before it says that it lies.

Sources: Heinze G, Schemper M (2001) Biometrics 57:114, section 2.3 (profile penalised likelihood);
Venzon DJ, Moolgavkar SH (1988) Appl Stat 37:87; Nocedal J, Wright SJ (2006) Numerical Optimization,
eq. 6.19.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from atrisk.engine.logistic_profile import next_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from atrisk.engine.firth import FirthPoint

__all__ = ["Held", "curvature_at", "moved_along", "profile_limit", "restricted_maximum"]

_DECREMENT = 1e-16  # squared, in units of standard errors
_SMALL = 1e-10  # a decrement that stays, below this, is rounding
_ITERATIONS = 200
_HALVINGS = 30
_ROUNDING = 1e-12  # of l*: a fall by less is not a fall
_SHIFT = 1e-5  # standard errors, for differences of the score
_TOLERANCE = 1e-11  # of the signed root of the deviance
_ROUGH = 1e-6  # a distance of the root that stays, below this, is rounding
_STEPS = 80
_WIDEN = 1.5


@dataclass(frozen=True, slots=True)
class Held:
    """A maximum of l* with some coefficients held.

    Attributes
    ----------
    beta
        shape (p,).
    loglik
        l*.
    score
        shape (p,): U*, which of a held coefficient is the slope of the profile.
    curvature
        shape (p, p): minus the second derivative of l*, nearly.
    """

    beta: np.ndarray
    loglik: float
    score: np.ndarray
    curvature: np.ndarray


def curvature_at(
    at: Callable[[np.ndarray], FirthPoint], beta: np.ndarray, information: np.ndarray
) -> np.ndarray:
    """Give minus the second derivative of l*, by differences of U*; else Fisher's information.

    Parameters
    ----------
    at
        l* as a function of all p coefficients.
    beta
        shape (p,): its maximum.
    information
        shape (p, p): Fisher's, positive definite.
    """
    shift = _SHIFT / np.sqrt(np.diag(information))
    score = at(beta).score()
    moved = beta + np.diag(shift)
    slopes = np.array([at(there).score() - score for there in moved]) / shift[:, np.newaxis]
    found: np.ndarray = -0.5 * (slopes + slopes.T)
    try:
        cho_factor(found)
    except (LinAlgError, ValueError):
        return information
    return found


def restricted_maximum(
    at: Callable[[np.ndarray], FirthPoint],
    start: np.ndarray,
    curvature: np.ndarray,
    free: np.ndarray,
) -> Held | None:
    """Maximise l* over the free coefficients; None where that does not end.

    Parameters
    ----------
    at
        l* as a function of all p coefficients.
    start
        shape (p,): first coefficients, with the values that are held.
    curvature
        shape (p, p): minus the second derivative of l* there, nearly; positive definite.
    free
        shape (q,), int.
    """
    beta, point, last = start, at(start), np.inf
    if not np.isfinite(point.loglik):
        return None
    score = point.score()
    for _ in range(_ITERATIONS):
        step = np.zeros_like(beta)
        try:
            factor = cho_factor(curvature[np.ix_(free, free)])
            step[free] = cho_solve(factor, score[free]) if free.size else 0.0
        except (LinAlgError, ValueError):
            return None
        decrement = float(score @ step)
        if decrement < _DECREMENT or (decrement < _SMALL and decrement > 0.5 * last):
            return Held(beta, point.loglik, score, curvature)
        found = _ascend(at, beta, step, point.loglik)
        if found is None:
            return None
        moved, point = found
        before, score, last = score, point.score(), decrement
        if decrement > _DECREMENT * 1e2:  # the change of the score is then more than rounding
            curvature = _updated(curvature, moved - beta, before - score)
        beta = moved
    return None


def _ascend(
    at: Callable[[np.ndarray], FirthPoint], beta: np.ndarray, step: np.ndarray, loglik: float
) -> tuple[np.ndarray, FirthPoint] | None:
    """Halve the step until l* does not fall."""
    length = 1.0
    for _ in range(_HALVINGS):
        there = beta + length * step
        point = at(there)
        if np.isfinite(point.loglik) and point.loglik >= loglik - _ROUNDING * (1.0 + abs(loglik)):
            return there, point
        length /= 2.0
    return None


def _updated(curvature: np.ndarray, step: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Let the curvature give the change of the score that was seen, and stay positive definite."""
    predicted = curvature @ step
    along, seen = float(step @ predicted), float(step @ change)
    if not (along > 0.0 and seen > 1e-3 * along):
        return curvature
    return np.asarray(
        curvature + np.outer(change, change) / seen - np.outer(predicted, predicted) / along
    )


def profile_limit(
    at: Callable[[np.ndarray], FirthPoint],
    best: Held,
    column: int,
    *,
    z: float,
    side: int,
    first_step: float,
) -> tuple[float, Held]:
    """Find where the profile deviance of one coefficient reaches ``z**2``, and the maximum there.

    Parameters
    ----------
    at
        l* as a function of all p coefficients.
    best
        its maximum.
    column
        whose limit.
    z
        normal quantile, such as 1.96.
    side
        -1 for the lower limit, 1 for the upper.
    first_step
        positive distance from the maximum at which the search starts.

    Returns
    -------
    limit, maximum
        infinite where the deviance never comes so far; NaN where the search fails.
    """
    free = np.delete(np.arange(best.beta.size), column)
    centre = float(best.beta[column])
    near, inside, outside, last = best, centre, np.nan, np.inf
    value = centre + side * first_step
    for step in range(_STEPS):
        found = restricted_maximum(at, moved_along(near, column, value), near.curvature, free)
        if found is None:  # too far from where the search stood: come nearer
            value = (float(near.beta[column]) + value) / 2.0
            continue
        near, root = found, float(np.sqrt(max(2.0 * (best.loglik - found.loglik), 0.0)))
        gap = abs(root - z)
        if gap < _TOLERANCE or (gap < _ROUGH and gap > 0.5 * last):
            return value, found
        last = gap
        inside, outside = (value, outside) if root < z else (inside, value)
        slope = -float(found.score[column]) / root if root > 0.0 else 0.0
        target = value + (z - root) / slope if slope * side > 0.0 else np.nan
        value = next_value(target, inside, outside, side, first_step * _WIDEN**step)
    return (side * np.inf if np.isnan(outside) and near is not best else np.nan), near


def moved_along(near: Held, column: int, value: float) -> np.ndarray:
    """Say where the maximum lies for another value of the coefficient held, to first order."""
    unit = np.zeros(near.beta.size)
    unit[column] = 1.0
    along = cho_solve(cho_factor(near.curvature), unit)
    beta: np.ndarray = near.beta + (value - near.beta[column]) * along / along[column]
    beta[column] = value
    return beta
