"""Inverse-variance models of several arms of a study.

y_ij = x_ij' beta + s_i + a_ij + e_ij: s_i of variance theta_1 between studies, a_ij of variance
theta_2 between arms of a study, e_ij of the known variance v_ij. V = diag(v) + theta_1 Z Z' +
theta_2 I, Z the membership of rows in studies. The likelihood, or the restricted one, which may
have several peaks, is climbed by Newton's method in theta >= 0 from the highest points of a grid; a
variance at 0 whose slope is negative stays.

Source: Harville DA (1977) J Am Stat Assoc 72:320, sections 4-5 (likelihoods and derivatives).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from atrisk.engine.meta_linear import typical_variance, variance_grid
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
_PEAKS = 3


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
    """Work out the likelihood, and its derivatives in theta, by P = V^-1 - V^-1 X C X' V^-1."""
    whole = np.diag(data.v + theta[1]) + theta[0] * data.same
    inverse = np.linalg.inv(whole)
    weighted = inverse @ data.x
    inner = data.x.T @ weighted
    covariance = np.linalg.inv(inner)
    beta = covariance @ (weighted.T @ data.y)
    projected = inverse - weighted @ covariance @ weighted.T
    py = projected @ data.y
    height = -0.5 * np.linalg.slogdet(whole)[1] - 0.5 * float(data.y @ py)
    height += _constant(data, inner)
    metric = projected if data.restricted else inverse
    products = (metric @ data.same, metric)  # with the derivatives of V: same, and the identity
    moved = (data.same @ py, py)
    score = 0.5 * np.array([py @ a - np.trace(b) for a, b in zip(moved, products, strict=True)])
    expected = np.array([[0.5 * np.sum(a * b.T) for b in products] for a in products])
    observed = np.array([[a @ projected @ b for b in moved] for a in moved]) - expected
    weight = inverse.sum(axis=1)
    return _Point(beta, covariance, weight, float(height), score, observed, expected)


def _constant(data: _Data, inner: np.ndarray) -> float:
    """Give what the log-likelihood has beside V and the residuals."""
    k, p = data.x.shape
    if not data.restricted:
        return float(-0.5 * k * np.log(2.0 * np.pi))
    volume = np.linalg.slogdet(data.x.T @ data.x)[1] - np.linalg.slogdet(inner)[1]
    return float(0.5 * volume - 0.5 * (k - p) * np.log(2.0 * np.pi))


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
    free = np.ones(2, dtype=bool)
    values = variance_grid(y, typical_variance(v, x), per_decade=2)
    axes = [values, values]
    if held is not None:
        free[held[0]] = False
        axes[held[0]] = np.array([held[1]])
    found = [_climb(data, start, free) for start in _starts(data, axes)]
    top = max(fit.loglik for fit in found)
    # of starts that end equally high the first counts, whatever rounding makes of them
    return next(fit for fit in found if fit.loglik >= top - _SAME * max(1.0, abs(top)))


def _starts(data: _Data, axes: list[np.ndarray]) -> list[np.ndarray]:
    """Give the highest points of a grid that no neighbour surpasses, a few."""
    theta = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    height: np.ndarray = _heights(data, theta.reshape(-1, 2)).reshape(theta.shape[:2])
    around = np.pad(height, 1, constant_values=-np.inf)
    rows, columns = height.shape
    moves = [(i, j) for i in range(3) for j in range(3)]
    highest = np.max([around[i : i + rows, j : j + columns] for i, j in moves], axis=0)
    peaks = np.argwhere(height >= highest)
    order = np.argsort(-height[tuple(peaks.T)], kind="stable")[:_PEAKS]
    return [theta[tuple(place)].copy() for place in peaks[order]]


def _heights(data: _Data, theta: np.ndarray) -> np.ndarray:
    """Give the log-likelihood, but for constants, at many theta, shape (n, 2), at once.

    V is inverted study by study: (D + theta_1 1 1')^-1 = W - W 1 1' W theta_1 / (1 + theta_1 1'W1).
    """
    member = np.unique(data.same, axis=0)
    both = np.column_stack([data.x, data.y])
    p = data.x.shape[1]
    w = 1.0 / (data.v + theta[:, 1:])
    sums = w @ member.T
    share = theta[:, :1] / (1.0 + theta[:, :1] * sums)
    within = np.einsum("tk,sk,kp->tsp", w, member, both, optimize=True)
    cross = np.einsum("tk,kp,kq->tpq", w, both, both, optimize=True)
    cross = cross - np.einsum("ts,tsp,tsq->tpq", share, within, within, optimize=True)
    inner, right = cross[:, :p, :p], cross[:, :p, p:]
    spread = cross[:, p, p] - (right * np.linalg.solve(inner, right)).sum(axis=(1, 2))
    volume = np.log1p(theta[:, :1] * sums).sum(axis=1) - np.log(w).sum(axis=1)
    if data.restricted:
        volume = volume + np.linalg.slogdet(inner)[1]
    return np.asarray(-0.5 * (volume + spread))


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
