"""Newton's method for concave log-likelihoods, with a row of diagnostics an iteration.

    maximise l(beta) - ridge/2 beta'beta

1. at beta: l, its score U and information I
2. step = I^-1 U, decrement = U'step
3. stop if |1 - l_before/l| <= 1e-9 (R's rule) and decrement < 1e-20, or rounding keeps it
   larger, or the information of this and the last beta shows that one more step is all
4. halve the step until l is not below the best so far
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.linalg import cho_factor, cho_solve

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Known", "Point", "Solution", "inverse", "maximise"]

_RELATIVE_CHANGE = 1e-9
# the estimate is then within 1e-10 standard errors of the maximum
_DECREMENT = 1e-20
_SMALL = 1e-10
_HALVINGS = 30
_UNCHANGED = 1e-9
# rounding of a log-likelihood: a fall by less is not a fall
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Known:
    """A point whose derivatives are kept.

    Attributes
    ----------
    loglik
        the log-likelihood.
    first, second
        its score and information.
    """

    loglik: float
    first: np.ndarray
    second: np.ndarray

    def score(self) -> np.ndarray:
        """Give the score, shape (p,)."""
        return self.first

    def information(self) -> np.ndarray:
        """Give the information, shape (p, p)."""
        return self.second


class Point(Protocol):
    """A log-likelihood at one beta; its derivatives are computed when asked for."""

    @property
    def loglik(self) -> float:
        """The log-likelihood; NaN or -inf where it cannot be computed."""

    def score(self) -> np.ndarray:
        """Its derivative, shape (p,)."""

    def information(self) -> np.ndarray:
        """Minus its second derivative, shape (p, p)."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Where Newton's method ended.

    Attributes
    ----------
    beta
        shape (p,).
    loglik
        at beta, without the penalty.
    score, information
        at beta, shapes (p,) and (p, p), with the penalty's part.
    start_loglik, start_score, start_information
        the same at the start.
    iterations
        steps taken.
    converged
        whether the stopping rule was met.
    diagnostics
        shape (iterations + 1, 4): log-likelihood, largest absolute score, decrement, step length
        (1 is Newton's) of each iteration.
    point
        the last point computed, less than 1e-10 standard errors from beta where it converged.
    """

    beta: np.ndarray
    loglik: float
    score: np.ndarray
    information: np.ndarray
    start_loglik: float
    start_score: np.ndarray
    start_information: np.ndarray
    iterations: int
    converged: bool
    diagnostics: np.ndarray
    point: Point


def maximise(
    at: Callable[[np.ndarray], Point],
    start: np.ndarray,
    *,
    penalty: np.ndarray | None = None,
    iterations: int = 30,
    known: Point | None = None,
    exact: bool = False,
) -> Solution:
    """Maximise a concave log-likelihood.

    Parameters
    ----------
    at
        gives the likelihood at a beta.
    start
        shape (p,): where to begin.
    penalty
        shape (p,): l - sum of penalty/2 beta^2 is maximised; None for no penalty.
    iterations
        at most this many steps.
    known
        the likelihood at ``start``, where it has been computed already.
    exact
        the information is minus the second derivative of l itself, and there is no penalty: then
        a last step that moves neither beta nor the information by 1e-9 of themselves, as the
        change over the step before tells, is taken without looking at where it leads.
    """
    weights = np.zeros_like(start) if penalty is None else penalty
    beta, point = start, at(start) if known is None else known
    value = _penalised(point.loglik, beta, weights)
    score, info = _derivatives(point, beta, weights)
    first = (point.loglik, score, info)
    rows, length, before, last, rate = [], 1.0, np.inf, np.inf, np.inf
    for iteration in range(iterations + 1):
        step = _step(info, score)
        decrement = float(score @ step)
        rows.append((point.loglik, float(np.abs(score).max(initial=0.0)), decrement, length))
        trusted = exact and 0 <= decrement < _SMALL and rate * np.sqrt(decrement) < _UNCHANGED
        converged = trusted or _at_end(value, before, decrement, last)
        if converged:
            beta = beta + step  # costs nothing, and squares what was left
            break
        if iteration == iterations or not np.isfinite(step).all():
            break
        found = _improved(at, beta, step, value, weights)
        if found is None:
            break
        before, last, (beta, point, value, length) = value, decrement, found
        here, (score, info) = info, _derivatives(point, beta, weights)
        rate = _change(here, info) / (length * np.sqrt(abs(last)))
    gained = 0.5 * decrement if converged and exact else 0.0
    return Solution(
        beta, point.loglik + gained, score, info, *first, len(rows) - 1, converged, np.array(rows),
        point,
    )  # fmt: skip


def _change(before: np.ndarray, after: np.ndarray) -> float:
    """Give the largest change of an information, relative to its diagonal."""
    scale = np.sqrt(np.abs(np.diag(after)))
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.max(np.abs(after - before) / np.outer(scale, scale), initial=0.0))


def _at_end(value: float, before: float, decrement: float, last: float) -> bool:
    """Decide whether the maximum is reached, or as near as rounding lets it be."""
    if abs(decrement) < _DECREMENT:
        return abs(value - before) <= _RELATIVE_CHANGE * abs(value) or decrement == 0.0
    # near a finite maximum the decrement falls with its square, unless rounding is all of it
    return abs(decrement) < _SMALL and decrement > 0.25 * last


def _improved(
    at: Callable[[np.ndarray], Point],
    beta: np.ndarray,
    step: np.ndarray,
    value: float,
    weights: np.ndarray,
) -> tuple[np.ndarray, Point, float, float] | None:
    """Take the longest of the steps 1, 1/2, 1/4, ... that does not lower the likelihood."""
    length = 1.0
    for _ in range(_HALVINGS):
        trial = beta + length * step
        point = at(trial)
        found = _penalised(point.loglik, trial, weights)
        if np.isfinite(found) and found >= value - _ROUNDING * abs(value):
            return trial, point, found, length
        length /= 2
    return None


def _penalised(loglik: float, beta: np.ndarray, weights: np.ndarray) -> float:
    return loglik - 0.5 * float(weights @ beta**2)


def _derivatives(
    point: Point, beta: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    return point.score() - weights * beta, point.information() + np.diag(weights)


def _step(info: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Solve I step = U; NaN where I is not positive definite."""
    try:
        step: np.ndarray = cho_solve(cho_factor(info, lower=True), score, check_finite=False)
    except (np.linalg.LinAlgError, ValueError):
        return np.full_like(score, np.nan)
    return step


def inverse(info: np.ndarray) -> np.ndarray:
    """Invert a symmetric positive definite matrix, shape (p, p); NaN where it is not."""
    try:
        found: np.ndarray = cho_solve(cho_factor(info, lower=True), np.eye(info.shape[0]))
    except (np.linalg.LinAlgError, ValueError):
        return np.full_like(info, np.nan)
    both: np.ndarray = 0.5 * (found + found.T)
    return both
