"""Newton's method for likelihoods with random effects, whose spreads may end at 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NEAR_ZERO", "Maximum", "Point", "maximise"]

NEAR_ZERO = 1e-5
"""Of a spread: nearer to 0 the likelihood is that at 0 to rounding."""
_MOST_STEPS = 60
_HALVINGS = 40
_TOLERANCE = 1e-18  # of the decrement before a last step, which squares its distance
_NO_RISE = 1e-12
_CLOSE = 1e-8  # a decrement below which Newton's step is taken as it is
_SINGULAR = 1e-14
_LONGEST = 2.0  # step, in any parameter


@dataclass(frozen=True, slots=True)
class Point:
    """A likelihood at one place.

    Attributes
    ----------
    loglik
        its logarithm.
    score, info
        shape (q,) and (q, q): first derivatives, and second with the sign changed.
    squares
        shape (q, q): sum over studies of the squared scores.
    """

    loglik: float
    score: np.ndarray
    info: np.ndarray
    squares: np.ndarray


@dataclass(frozen=True, slots=True)
class Maximum:
    """Where Newton's method ended.

    Attributes
    ----------
    at
        shape (q,).
    point
        the likelihood there.
    converged
        whether no step raised it further.
    steps
        how many were taken.
    """

    at: np.ndarray
    point: Point
    converged: bool
    steps: int


def maximise(
    point_of: Callable[[np.ndarray], Point], at: np.ndarray, free: np.ndarray, spreads: np.ndarray
) -> Maximum:
    """Climb from a start.

    Parameters
    ----------
    point_of
        the likelihood at parameters of shape (q,).
    at
        the start.
    free
        shape (q,), which parameters may move.
    spreads
        shape (q,), which are standard deviations, in which the likelihood is even: the climb ends
        when a free one comes near 0.

    Notes
    -----
    Where the information is not positive definite, the sum of the squared scores stands in for
    it. Steps that lower the likelihood are halved.
    """
    point = point_of(at)
    converged, steps = not free.any(), 0
    while not converged and steps < _MOST_STEPS:
        steps += 1
        step = np.zeros(at.size)
        step[free] = _direction(point, free)
        decrement = float(point.score @ step)
        floor = -np.inf if abs(decrement) < _CLOSE else point.loglik
        moved = _halved(point_of, at, step, floor)
        converged = decrement < _TOLERANCE or moved is None
        if moved is not None:
            at, point = moved
        converged = converged or bool((np.abs(at[free & spreads]) < NEAR_ZERO).any())
    return Maximum(at, point, converged, steps)


def _direction(point: Point, free: np.ndarray) -> np.ndarray:
    block = np.ix_(free, free)
    info, score = point.info[block], point.score[free]
    values = np.linalg.eigvalsh(info)
    if values.min() <= _SINGULAR * values.max():
        info = point.squares[block]
        info = info + 1e-8 * max(float(np.trace(info)), 1e-8) * np.eye(score.size)
    step = np.linalg.solve(info, score)
    return np.asarray(step / max(1.0, float(np.abs(step).max()) / _LONGEST))


def _halved(
    point_of: Callable[[np.ndarray], Point], at: np.ndarray, step: np.ndarray, floor: float
) -> tuple[np.ndarray, Point] | None:
    """Take the step, or as much of it as does not lower the likelihood; None if no part."""
    for _ in range(_HALVINGS):
        there = at + step
        point = point_of(there)
        if point.loglik >= floor - _NO_RISE * abs(point.loglik):
            return there, point
        step = step / 2.0
    return None
