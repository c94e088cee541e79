"""Limits from the profile likelihood of the binomial-normal model.

With l(b) the likelihood maximised over everything but b, the signed root r(b) = (2 (l_max -
l(b)))^1/2 is close to a straight line away from the maximum. Newton's method on r(b) = z, with r' =
-l'(b) / r from the score of the held parameter, is kept inside a bracket.

Source: Venzon DJ, Moolgavkar SH (1988) Appl Stat 37:87.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from atrisk.engine.logistic_profile import next_value
from atrisk.engine.meta_glmm import fit_held

if TYPE_CHECKING:
    from atrisk.engine.meta_glmm import BinomialRows, GlmmFit
    from atrisk.engine.meta_newton import Maximum

__all__ = ["intercept_limits", "tau2_limits"]

_TOLERANCE = 1e-9  # of the signed root
_STEPS = 80
_REACH = 2.0
_FLAT = 1e-10
_FURTHEST = 1e3  # of a standard deviation: every proportion is 0 or 1 before
_SMALL_START = 0.2


@dataclass(frozen=True, slots=True)
class _Profile:
    """What is profiled: parameter ``which`` of (beta, tau), from ``top``, the maximum."""

    rows: BinomialRows
    nodes: int
    which: int
    top: GlmmFit
    free_tau: bool
    z: float

    def at(self, value: float, start: np.ndarray) -> Maximum:
        """Maximise with the parameter held at a value."""
        begin = start.copy()
        begin[self.which] = value
        free = np.arange(begin.size) != self.which
        free[-1] &= self.free_tau
        return fit_held(self.rows, begin, free, self.nodes)

    def root(self, found: Maximum) -> float:
        """Give the signed root of the deviance."""
        return float(np.sqrt(max(2.0 * (self.top.loglik - found.point.loglik), 0.0)))


def tau2_limits(
    rows: BinomialRows, best: GlmmFit, nodes: int, conf_level: float
) -> tuple[float, float]:
    """Bound the variance between studies by its profile likelihood.

    Parameters
    ----------
    rows, nodes
        as `fit_glmm` takes them.
    best
        the maximum.
    conf_level
        of the interval; the deviance is referred to chi-squared on 1 degree of freedom.

    Returns
    -------
    lower, upper : float
        the lower is 0 where the likelihood at 0 is high enough; the upper is infinite where the
        likelihood never falls far enough.
    """
    z = float(ndtri(0.5 + conf_level / 2.0))
    held = _Profile(rows, nodes, best.beta.size, best, free_tau=False, z=z)
    start = np.append(best.beta, best.tau)
    none = held.at(0.0, start)
    lower = 0.0
    if held.root(none) > z:
        lower = _limit(held, start, side=-1, first=0.6 * best.tau, beyond=0.0)
    first = best.tau + max(0.6 * best.tau, _SMALL_START)
    return lower**2, _limit(held, start, side=1, first=first) ** 2


def intercept_limits(
    rows: BinomialRows, best: GlmmFit, nodes: int, conf_level: float, *, fixed: bool
) -> tuple[float, float]:
    """Bound the first coefficient by its profile likelihood.

    Parameters
    ----------
    rows
        whose first column of ``x`` is that of the coefficient.
    best, nodes, conf_level
        as in `tau2_limits`.
    fixed
        whether nothing varies between studies; if not, tau is maximised over at each value.

    Returns
    -------
    lower, upper : float
    """
    z = float(ndtri(0.5 + conf_level / 2.0))
    held = _Profile(rows, nodes, 0, best, free_tau=not fixed, z=z)
    start = np.append(best.beta, 0.0 if fixed else best.tau)
    step = z * float(np.sqrt(best.covariance[0, 0]))
    lower, upper = (
        _limit(held, start, side=side, first=float(best.beta[0]) + side * step) for side in (-1, 1)
    )
    return lower, upper


def _limit(
    held: _Profile, start: np.ndarray, *, side: int, first: float, beyond: float = float("nan")
) -> float:
    """Find where the signed root reaches z on one side; infinite where it never does."""
    inside, outside = float(start[held.which]), beyond
    value, before = first, -np.inf
    for step in range(_STEPS):
        found = held.at(value, start)
        root = held.root(found)
        if abs(root - held.z) < _TOLERANCE:
            return value
        if np.isnan(outside) and (root - before < _FLAT or abs(value) > _FURTHEST):
            return side * float("inf")
        before = root if np.isnan(outside) else before
        inside, outside = (value, outside) if root < held.z else (inside, value)
        slope = -float(found.point.score[held.which]) / root if root > 0.0 else 0.0
        target = value + (held.z - root) / slope if slope * side > 0.0 else np.nan
        start = found.at
        value = next_value(target, inside, outside, side, _REACH * 1.5**step)
        if abs(outside - inside) <= 1e-13 * abs(value):
            return value
    return value
