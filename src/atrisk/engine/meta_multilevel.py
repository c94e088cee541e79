"""Inverse-variance models of several arms of a study.

y_ij = x_ij' beta + s_i + a_ij + e_ij: s_i of variance theta_1 between studies, a_ij of variance
theta_2 between arms of a study, e_ij of the known variance v_ij. V = diag(v) + theta_1 Z Z' +
theta_2 I, Z the membership of rows in studies. The likelihood, or the restricted one, is climbed by
Newton's method in theta >= 0 from several starts; a variance at 0 whose slope is negative stays.

Source: Harville DA (1977) J Am Stat Assoc 72:320, sections 4-5 (likelihoods and derivatives).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from atrisk.engine.meta_linear import between_variance, typical_variance
from atrisk.engine.meta_roots import crossing

__all__ = ["ArmsFit", "arms_limits", "fit_arms"]

_STEPS = 200
_HALVINGS = 40
_TOLERANCE = 1e-20  # of the decrement, the square of the distance in standard errors
_ROUNDING = 1e-14  # a decrement below it that no longer falls is made of rounding
_CLOSE = 1e-8
_NO_RISE = 1e-13
_SAME = 1e-12
_FLAT = 1e-10  # of the information
_TRIES = 60


@dataclass(frozen=True, slots=True)
class ArmsFit:
    """A model of arms within studies.

    Attributes
    ----------
    beta, covariance
        shape (p,) and (p, p), (X'V^-1 X)^-1.
    theta
        shape (2,), variances between studies and between arms of a study.
    loglik
        restricted or not.
    weight
        shape (k,), row sums of V^-1.
    converged
        whether no step raised the likelihood further.
    """

    beta: np.ndarray
    covariance: np.ndarray
    theta: np.ndarray
    loglik: float
    weight: np.ndarray
    converged: bool


@dataclass(frozen=True, slots=True)
class _Point:
    beta: np.ndarray
    covariance: np.ndarray
    weight: np.ndarray
    loglik: float
    score: np.ndarray
    observed: np.ndarray
    expected: np.ndarray


@dataclass(frozen=True, slots=True)
class _Data:
    y: np.ndarray
    v: np.ndarray
    x: np.ndarray
    same: np.ndarray
    restricted: bool


def _point(data: _Data, theta: np.ndarray) -> _Point:
    k, p = data.x.shape
    whole = np.diag(data.v + theta[1]) + theta[0] * data.same
    inverse = np.linalg.inv(whole)
    inner = data.x.T @ inverse @ data.x
    covariance = np.linalg.inv(inner)
    beta = covariance @ (data.x.T @ inverse @ data.y)
    projected = inverse - inverse @ data.x @ covariance @ data.x.T @ inverse
    py = projected @ data.y
    height = -0.5 * np.linalg.slogdet(whole)[1] - 0.5 * float(data.y @ py)
    free = k
    if data.restricted:
        free = k - p
        height += 0.5 * (np.linalg.slogdet(data.x.T @ data.x)[1] - np.linalg.slogdet(inner)[1])
    height -= 0.5 * free * np.log(2.0 * np.pi)
    metric = projected if data.restricted else inverse
    parts = (data.same, np.eye(k))
    products = [metric @ part for part in parts]
    score = np.array(
        [
            0.5 * (py @ part @ py - np.trace(made))
            for part, made in zip(parts, products, strict=True)
        ]
    )
    expected = np.array([[0.5 * np.sum(a * b.T) for b in products] for a in products])
    moved = [part @ py for part in parts]
    observed = np.array([[a @ projected @ b for b in moved] for a in moved]) - expected
    weight = inverse.sum(axis=1)
    return _Point(beta, covariance, weight, float(height), score, observed, expected)


def fit_arms(
    y: np.ndarray,
    v: np.ndarray,
    x: np.ndarray,
    codes: np.ndarray,
    *,
    restricted: bool,
    held: tuple[int, float] | None = None,
) -> ArmsFit:
    """Fit arms within studies.

    Parameters
    ----------
    y, v, x
        shape (k,), (k,) and (k, p), as in `meta_linear`.
    codes
        shape (k,), the study of each row.
    restricted
        whether by the restricted likelihood.
    held
        one of the variances, 0 or 1, and a value at which it stays.
    """
    same = (codes[:, None] == codes[None, :]).astype(float)
    data = _Data(y, v, x, same, restricted)
    size = max(between_variance(y, v, x, "dl"), 0.05 * typical_variance(v, x))
    starts = [np.array(pair) * size for pair in ((0.5, 0.5), (1.0, 0.02), (0.02, 1.0))]
    free = np.ones(2, dtype=bool)
    if held is not None:
        free[held[0]] = False
        for start in starts:
            start[held[0]] = held[1]
    found = [_climb(data, start, free) for start in starts]
    top = max(fit.loglik for fit in found)
    # of starts that end equally high the first counts, whatever rounding makes of them
    return next(fit for fit in found if fit.loglik >= top - _SAME * max(1.0, abs(top)))


def _climb(data: _Data, theta: np.ndarray, free: np.ndarray) -> ArmsFit:
    point = _point(data, theta)
    converged, before = False, np.inf
    for _ in range(_STEPS):
        step = _step(point, theta, free)
        decrement = float(point.score @ step)
        if decrement < _TOLERANCE or before <= decrement < _ROUNDING:
            converged = True
            break
        before = decrement
        floor = -np.inf if decrement < _CLOSE else point.loglik
        moved = _halved(data, theta, step, floor)
        if moved is None:
            converged = decrement < _CLOSE
            break
        theta, point = moved
    return ArmsFit(point.beta, point.covariance, theta, point.loglik, point.weight, converged)


def _step(point: _Point, theta: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Give a step that raises the likelihood and ends, at the furthest, where a variance is 0."""
    moving = free & ((theta > 0.0) | (point.score > 0.0))
    step = _direction(point, moving)
    outward = moving & (theta == 0.0) & (step < 0.0)
    if outward.any():
        moving &= ~outward
        step = _direction(point, moving)
    reach = np.full(theta.size, np.inf)
    np.divide(theta, -step, out=reach, where=step < 0.0)
    first = float(reach.min())
    if first >= 1.0:
        return step
    return np.where(reach == first, -theta, first * step)


def _direction(point: _Point, moving: np.ndarray) -> np.ndarray:
    """Give Newton's direction, uphill along every axis of the information.

    Where the likelihood curves upwards, the size of the curvature stands for it. It is flat, and
    its slope 0, along the difference of the variances of studies of one arm each.
    """
    step = np.zeros(moving.size)
    if not moving.any():
        return step
    block = np.ix_(moving, moving)
    curvature, axes = np.linalg.eigh(point.observed[block])
    scale = max(float(np.abs(curvature).max()), float(np.trace(point.expected[block])))
    size = np.where(np.abs(curvature) > _FLAT * scale, np.abs(curvature), scale)
    step[moving] = axes @ (axes.T @ point.score[moving] / size)
    return step


def _halved(
    data: _Data, theta: np.ndarray, step: np.ndarray, floor: float
) -> tuple[np.ndarray, _Point] | None:
    for _ in range(_HALVINGS):
        there = np.maximum(theta + step, 0.0)
        point = _point(data, there)
        if point.loglik >= floor - _NO_RISE * abs(point.loglik):
            return there, point
        step = step / 2.0
    return None


def arms_limits(
    y: np.ndarray,
    v: np.ndarray,
    x: np.ndarray,
    codes: np.ndarray,
    best: ArmsFit,
    *,
    restricted: bool,
    which: int,
    conf_level: float,
) -> tuple[float, float]:
    """Bound one of the variances by its profile (restricted) likelihood.

    Parameters
    ----------
    y, v, x, codes, restricted
        as in `fit_arms`.
    best
        the maximum.
    which
        0: between studies; 1: between arms.
    conf_level
        of the interval.

    Returns
    -------
    lower, upper : float
        the upper is infinite where the likelihood never falls far enough.
    """
    z = float(ndtri(0.5 + conf_level / 2.0))
    top = float(best.theta[which])

    def excess(value: float) -> float:
        fit = fit_arms(y, v, x, codes, restricted=restricted, held=(which, value))
        return float(np.sqrt(max(2.0 * (best.loglik - fit.loglik), 0.0))) - z

    lower = 0.0 if top == 0.0 or excess(0.0) <= 0.0 else crossing(excess, 0.0, top, 1e-9)
    inside, outside = top, max(2.0 * top, typical_variance(v, x))
    for _ in range(_TRIES):
        if excess(outside) > 0.0:
            return lower, crossing(excess, inside, outside, 1e-9)
        inside, outside = outside, 2.0 * outside
    return lower, np.inf
