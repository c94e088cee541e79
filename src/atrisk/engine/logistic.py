"""Logistic regression: maximum likelihood and Firth's penalised likelihood by Newton's method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, eigh
from scipy.special import expit

from atrisk.engine.logistic_rows import (
    BLOCK,
    SINGULAR,
    hat_values,
    information,
    log_likelihood,
    solve_symmetric,
    weighted_cross,
)

if TYPE_CHECKING:
    from atrisk.engine.logistic_rows import LogisticModel

__all__ = ["Constraint", "Solution", "fit_logistic", "maximum_exists"]

_DECREMENT = 1e-16  # squared, in units of standard errors
_SMALL = 1e-10
_LINEAR = 0.5  # rounding keeps a small decrement above this share of the one before
_ITERATIONS = 200
_HALVINGS = 30
_ROUNDING = 1e-13  # of a log-likelihood: a fall by less is not a fall
_HIDDEN = 1e-12  # of a log-likelihood: a gain of this size may be lost in rounding
_CERTAIN = 0.5
_FLAT = 1e-7  # of the rows' weight: a part of the score that is not rounding
_LEAST = 0.05  # curvature in units of the information, where it is not positive
_SETTLED = 1e-14  # of the rows' weight: a score of rounding
_REACH = 20.0  # the most that a shortened step may move a linear predictor


@dataclass(frozen=True, slots=True)
class Constraint:
    """Linear conditions on the coefficients: ``matrix.T @ beta = value``.

    Attributes
    ----------
    matrix
        shape (p + 1, q), in the coordinates of ``z``.
    value
        shape (q,).
    """

    matrix: np.ndarray
    value: np.ndarray


@dataclass(frozen=True, slots=True)
class Solution:
    """Where the solver ended.

    Attributes
    ----------
    beta
        shape (p + 1,), in the coordinates of ``z``.
    loglik
        log-likelihood, with Firth's penalty where it was asked for.
    score
        shape (p + 1,): its derivative.
    information
        shape (p + 1, p + 1): Fisher's, without the penalty.
    multiplier
        shape (q,): derivative of the maximised log-likelihood along the constraints' values.
    converged
        whether the last step was small.
    diagnostics
        shape (iterations, 4): log-likelihood, largest absolute score, squared length of the step in
        standard errors, and the share of it that was taken.
    """

    beta: np.ndarray
    loglik: float
    score: np.ndarray
    information: np.ndarray
    multiplier: np.ndarray
    converged: bool
    diagnostics: np.ndarray


def fit_logistic(
    model: LogisticModel,
    *,
    firth: bool = False,
    constraint: Constraint | None = None,
    start: np.ndarray | None = None,
) -> Solution:
    """Maximise the (penalised) log-likelihood, under linear constraints where there are any.

    Parameters
    ----------
    model
        the rows.
    firth
        add log det(information) / 2, the penalty that takes out the first-order bias.
    constraint
        conditions that the coefficients meet; the penalty is that of the full model.
    start
        shape (p + 1,): first coefficients; 0 where not given.

    Returns
    -------
    Solution

    Notes
    -----
    The objective is l(b) = sum events eta - total log(1 + exp eta) [+ log det I(b) / 2]. A step
    solves H d = U in the space that the constraints leave, with the score U = Z'(events - total p)
    [+ Z' h (1/2 - p), h the hat values] and H = - dU/db; it is halved while l falls by more than
    rounding. Where that fails, H is replaced by its bound Z' diag(total) Z / 4.

    References
    ----------
    Firth D (1993) Biometrika 80:27. Heinze G, Schemper M (2002) Stat Med 21:2409, section 2.
    Bohning D (1992) Ann Inst Stat Math 44:197 (the bound).
    """
    width = model.z.shape[1]
    free = Constraint(np.zeros((width, 0)), np.zeros(0)) if constraint is None else constraint
    # every step lies in the space that the constraints leave
    space = np.linalg.qr(free.matrix, mode="complete")[0][:, free.value.size :]
    beta = _feasible(_first(model) if start is None else start, free)
    state = _evaluate(model, beta, firth=firth)
    rows: list[tuple[float, float, float, float]] = []
    converged, last = False, np.inf
    while not converged and len(rows) < _ITERATIONS:
        score = space.T @ state.score
        curvature = space.T @ state.curvature @ space
        if firth:
            curvature = _positive(curvature, space.T @ state.information @ space)
        move = solve_symmetric(curvature, score)
        # where all chances are 0 or 1 there is no information, and the step does not meet the score
        missed = np.abs(score - curvature @ move).max(initial=0.0)
        flat = not missed <= _FLAT * model.total.sum()
        decrement = float(move @ curvature @ move)
        settled = np.abs(score).max(initial=0.0) <= _SETTLED * model.total.sum()
        converged = (_at_end(decrement, last) or bool(settled)) and not flat
        step = space @ move
        # a gain that rounding hides is not asked for: the step is taken as it is
        hidden = not flat and 0.0 <= decrement <= _HIDDEN * (1.0 + abs(state.loglik))
        following, length = _ascend(model, beta, step, state, firth=firth, unseen=hidden)
        last = decrement
        if not converged and (flat or not length):
            step = space @ solve_symmetric(space.T @ _bound(model) @ space, score)
            following, length = _ascend(model, beta, step, state, firth=firth)
        rows.append((state.loglik, float(np.abs(state.score).max()), decrement, length))
        beta, state = beta + length * step, following
        if not length:
            break
    return Solution(
        beta=beta,
        loglik=state.loglik,
        score=state.score,
        information=state.information,
        multiplier=_multiplier(state, free.matrix),
        converged=converged,
        diagnostics=np.array(rows),
    )


def _first(model: LogisticModel) -> np.ndarray:
    """Begin where the mean linear predictor is 0, so that chances are not all 0 or 1."""
    beta = np.zeros(model.z.shape[1])
    if model.offset is not None:
        beta[0] = -np.average(model.offset, weights=model.total)
    return beta


def _at_end(decrement: float, last: float) -> bool:
    """Tell whether the maximum is reached, or as near as rounding lets it be.

    Near a maximum the decrement falls with its square; towards one at infinity by 1/e a step.
    """
    return decrement < _DECREMENT or (decrement < _SMALL and decrement > _LINEAR * last)


@dataclass(frozen=True, slots=True)
class _State:
    """The objective at one beta; the curvature is minus its second derivative, or close to it."""

    loglik: float
    score: np.ndarray
    information: np.ndarray
    curvature: np.ndarray


def _evaluate(model: LogisticModel, beta: np.ndarray, *, firth: bool) -> _State:
    eta = model.predictor(beta)
    chance = expit(eta)
    fisher = information(model, chance)
    loglik = log_likelihood(model, eta)
    residual = model.events - model.total * chance
    if not firth:
        return _State(loglik, model.z.T @ residual, fisher, fisher)
    weight = model.total * chance * (1.0 - chance)
    inverse = solve_symmetric(fisher, np.eye(beta.size))
    hat = hat_values(model.z, weight, inverse)
    sign, logdet = np.linalg.slogdet(fisher)
    shift = np.linalg.slogdet(model.transform)[1]
    loglik = loglik + logdet / 2.0 - shift if sign > 0 else -np.inf
    score = model.z.T @ (residual + hat * (0.5 - chance))
    return _State(loglik, score, fisher, _penalised(model.z, weight, chance, hat, inverse, fisher))


def _penalised(
    z: np.ndarray,
    weight: np.ndarray,
    chance: np.ndarray,
    hat: np.ndarray,
    inverse: np.ndarray,
    fisher: np.ndarray,
) -> np.ndarray:
    """Give minus the derivative of Firth's score.

    With c_k = w_k (1 - 2 p_k), the hat values change by dh_i = (1 - 2 p_i) h_i z_i'db - w_i a_i'
    (sum_k c_k (z_k'db) z_k z_k') a_i, a_i = I^-1 z_i.
    """
    width = z.shape[1]
    slant = 1.0 - 2.0 * chance
    third = np.array([weighted_cross(z, weight * slant * z[:, j]) for j in range(width)])
    change = np.zeros((width, width))
    for begin in range(0, z.shape[0], BLOCK):
        part = slice(begin, begin + BLOCK)
        rows, w, p = z[part], weight[part], chance[part]
        solved = rows @ inverse
        spread = w[:, None] * np.einsum("ij,ajk,ik->ia", solved, third, solved, optimize=True)
        moved = (slant[part] * hat[part])[:, None] * rows - spread
        own = (hat[part] * p * (1.0 - p))[:, None] * rows
        change += rows.T @ ((0.5 - p)[:, None] * moved - own)
    return np.asarray(fisher - (change + change.T) / 2.0)


def _positive(curvature: np.ndarray, fisher: np.ndarray) -> np.ndarray:
    """Turn directions of negative curvature round, measured by Fisher's information."""
    if _is_positive(curvature):
        return curvature
    scale = np.sqrt(np.maximum(np.diag(fisher), np.finfo(float).tiny))
    outer = np.outer(scale, scale)
    held = fisher / outer + SINGULAR * np.eye(scale.size)
    values, vectors = eigh((curvature + curvature.T) / 2.0 / outer, held)
    back = held @ vectors
    return np.asarray(outer * ((back * np.maximum(np.abs(values), _LEAST)) @ back.T))


def _is_positive(matrix: np.ndarray) -> bool:
    try:
        cho_factor(matrix)
    except LinAlgError:
        return False
    return True


def _bound(model: LogisticModel) -> np.ndarray:
    """Give the largest information there can be: a step with it never falls (Bohning 1992)."""
    return weighted_cross(model.z, model.total / 4.0)


def _feasible(beta: np.ndarray, constraint: Constraint) -> np.ndarray:
    """Move to the nearest coefficients that meet the constraints."""
    matrix = constraint.matrix
    if not matrix.shape[1]:
        return beta
    gap = constraint.value - matrix.T @ beta
    return np.asarray(beta + matrix @ solve_symmetric(matrix.T @ matrix, gap))


def _multiplier(state: _State, matrix: np.ndarray) -> np.ndarray:
    """Solve score = matrix m, which holds at the maximum, measured by the information."""
    if not matrix.shape[1]:
        return np.zeros(0)
    both = solve_symmetric(state.information, np.column_stack([state.score, matrix]))
    return solve_symmetric(matrix.T @ both[:, 1:], matrix.T @ both[:, 0])


def _ascend(
    model: LogisticModel,
    beta: np.ndarray,
    step: np.ndarray,
    state: _State,
    *,
    firth: bool,
    unseen: bool = False,
) -> tuple[_State, float]:
    """Halve the step until the objective does not fall; a length of 0 says that it always does."""
    if not np.isfinite(step).all():
        return state, 0.0
    floor = -np.inf if unseen else state.loglik - _ROUNDING * (1.0 + abs(state.loglik))
    length = 1.0
    for halvings in range(_HALVINGS):
        trial = _evaluate(model, beta + length * step, firth=firth)
        if trial.loglik >= floor and trial.loglik > -np.inf:
            return trial, length
        if not halvings:
            reach = float(np.abs(model.z @ step).max(initial=0.0))
            length = min(1.0, 2.0 * _REACH / reach)
        length /= 2.0
    return state, 0.0


def maximum_exists(model: LogisticModel, solution: Solution) -> bool:
    """Tell whether a finite maximum of the likelihood is certain.

    Notes
    -----
    Along any line b + t v, with v scaled so that v'Iv = 1, the third derivative of the
    log-likelihood is at most R times the second, R = max_i (z_i' I^-1 z_i)^(1/2). So the second
    is at least exp(-R t) and the slope falls below d - (1 - exp(-R t)) / R, d the Newton decrement
    (U' I^-1 U)^(1/2). If d R < 1 the slope turns negative in every direction: the maximum is finite
    and near. If the data are separated, d R >= 1 wherever the solver stands.

    References
    ----------
    Bach F (2010) Electron J Stat 4:384, section 2 (self-concordance of the logistic loss).
    """
    diagonal = np.diag(solution.information)
    if not (np.isfinite(diagonal) & (diagonal > 0.0)).all():
        return False
    scale = 1.0 / np.sqrt(diagonal)
    values, vectors = eigh(solution.information * scale * scale[:, None])
    if values[0] <= SINGULAR:
        return False
    root = scale[:, None] * vectors / np.sqrt(values)
    decrement = np.linalg.norm(root.T @ solution.score)
    longest = max(
        np.linalg.norm(model.z[begin : begin + BLOCK] @ root, axis=1).max()
        for begin in range(0, model.z.shape[0], BLOCK)
    )
    return bool(decrement * longest < _CERTAIN)
