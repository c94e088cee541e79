"""Limits of a coefficient from the profile (penalised) likelihood of a logistic model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.logistic import Constraint, Solution, fit_logistic
from atrisk.engine.logistic_rows import solve_symmetric

if TYPE_CHECKING:
    from atrisk.engine.logistic_rows import LogisticModel

__all__ = ["next_value", "profile_limit"]

_TOLERANCE = 1e-11  # of the signed root deviance, and of the limit relative to its distance
_STEPS = 80
_FAR = 4.0
_WIDEN = 1.5


@dataclass(frozen=True, slots=True)
class _Point:
    """One value held: its root deviance and the slope of that; the coefficients and their path."""

    root: float
    slope: float
    beta: np.ndarray
    direction: np.ndarray


def profile_limit(
    model: LogisticModel,
    best: Solution,
    contrast: np.ndarray,
    *,
    z: float,
    side: int,
    first_step: float,
    start: np.ndarray | None = None,
    firth: bool = False,
) -> float:
    """Find where the profile deviance of ``contrast' beta`` reaches ``z**2``.

    Parameters
    ----------
    model
        the rows.
    best
        the maximum; where the likelihood has none, the end of the solver's path.
    contrast
        shape (p + 1,), in the coordinates of ``model.z``.
    z
        normal quantile, such as 1.96: z**2 is the chi-squared quantile on 1 df.
    side
        -1 for the lower limit, 1 for the upper.
    first_step
        positive distance from the maximum at which the search starts, such as z standard errors.
    start
        shape (p + 1,): coefficients to start from instead, where the maximum is at infinity.
    firth
        whether ``best`` maximises the penalised likelihood.

    Returns
    -------
    float
        NaN where the search fails.

    Notes
    -----
    The signed root r(b) = (2 (l_max - l(b)))^(1/2) of the profile deviance is close to a straight
    line; Newton's method on r(b) = z, with r' = -l'(b) / r from the constraint's multiplier, is
    held inside a bracket.

    References
    ----------
    Venzon DJ, Moolgavkar SH (1988) Appl Stat 37:87. Heinze G, Schemper M (2002) Stat Med 21:2409,
    section 3 (penalised).
    """
    centre = float(contrast @ best.beta)
    inside, outside = centre, np.nan
    direction = _direction(best, contrast)
    if start is None:
        value = centre + side * min(first_step, _reach(model, direction))
        begin = best.beta + (value - centre) * direction
    else:
        value, begin, direction = float(contrast @ start), start, np.zeros_like(start)
    for step in range(_STEPS):
        point = _profile(model, best.loglik, contrast, value, begin, firth=firth)
        if point is None:  # too far from where the search stood: come nearer
            begin, value = begin - (value - inside) / 2.0 * direction, (inside + value) / 2.0
            continue
        direction = point.direction
        inside, outside = (value, outside) if point.root < z else (inside, value)
        target = value + (z - point.root) / point.slope if point.slope * side > 0.0 else np.nan
        reach = _reach(model, direction) * _WIDEN**step
        following = next_value(target, inside, outside, side, reach)
        distance = max(abs(value - centre), first_step)
        if abs(point.root - z) < _TOLERANCE or abs(following - value) < _TOLERANCE * distance:
            return value
        begin = point.beta + (following - value) * direction
        value = following
    return np.nan


def _direction(found: Solution, contrast: np.ndarray) -> np.ndarray:
    """Give how the coefficients move with the value held, to first order."""
    along = solve_symmetric(found.information, contrast)
    size = float(contrast @ along)
    return along / size if size > 0.0 else np.zeros_like(along)


def _reach(model: LogisticModel, direction: np.ndarray) -> float:
    """Give how far the value may move until a linear predictor has moved by `_FAR`."""
    steepest = float(np.abs(model.z @ direction).max(initial=0.0))
    return _FAR / steepest if steepest > 0.0 else 1.0


def _profile(
    model: LogisticModel,
    top: float,
    contrast: np.ndarray,
    value: float,
    start: np.ndarray,
    *,
    firth: bool,
) -> _Point | None:
    held = Constraint(contrast[:, None], np.array([value]))
    found = fit_logistic(model, firth=firth, constraint=held, start=start)
    if not found.converged:
        return None
    root = float(np.sqrt(max(2.0 * (top - found.loglik), 0.0)))
    slope = -float(found.multiplier[0]) / root if root > 0.0 else 0.0
    return _Point(root, slope, found.beta, _direction(found, contrast))


def next_value(target: float, inside: float, outside: float, side: int, reach: float) -> float:
    """Keep the next value between what is too near and what is too far.

    Parameters
    ----------
    target
        where the slope says that the limit lies; NaN where it says nothing.
    inside, outside
        values that are too near and too far; NaN where none is known to be too far.
    side
        -1 for a lower limit, 1 for an upper.
    reach
        the most to go past ``inside``.
    """
    if np.isnan(outside):
        furthest = inside + side * reach
        good = np.isfinite(target) and (target - inside) * side > 0
        return target if good and (furthest - target) * side > 0 else furthest
    low, high = min(inside, outside), max(inside, outside)
    return target if low < target < high else (low + high) / 2.0
