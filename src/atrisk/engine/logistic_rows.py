"""The rows of a logistic model, its log-likelihood and Fisher's information.

Rows are grouped binomial counts: row i has weight ``total`` of which ``events`` had the event, so a
0/1 row is total 1, events 0 or 1. Inside, columns are centred and scaled behind an intercept; the
fit does not depend on the origin or the unit of a covariate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve, eigh

__all__ = [
    "BLOCK",
    "SINGULAR",
    "LogisticModel",
    "hat_values",
    "information",
    "log_likelihood",
    "logistic_model",
    "score_rows",
    "solve_symmetric",
    "weighted_cross",
]

BLOCK = 1 << 12  # rows a block: it stays in the cache
SINGULAR = 1e-13  # an eigenvalue of a scaled matrix that is rounding


@dataclass(frozen=True, slots=True)
class LogisticModel:
    """Rows of a logistic model, columns standardised.

    Attributes
    ----------
    z
        shape (n, p + 1): an intercept, then the columns less their mean over their deviation.
    events, total
        shape (n,): weight of those with the event, and of all.
    offset
        shape (n,), or None.
    transform
        shape (p + 1, p + 1): coefficients of the columns as given = transform @ those of ``z``.
    """

    z: np.ndarray
    events: np.ndarray
    total: np.ndarray
    offset: np.ndarray | None
    transform: np.ndarray

    def predictor(self, beta: np.ndarray) -> np.ndarray:
        """Give the linear predictor, shape (n,)."""
        eta: np.ndarray = self.z @ beta
        return eta if self.offset is None else eta + self.offset


def logistic_model(
    x: np.ndarray, events: np.ndarray, total: np.ndarray, offset: np.ndarray | None = None
) -> LogisticModel:
    """Standardise the columns and put an intercept in front.

    Parameters
    ----------
    x
        shape (n, p), finite; no column constant or a combination of the others.
    events, total
        shape (n,): 0 <= events <= total, total > 0.
    offset
        shape (n,), or None.
    """
    n, p = x.shape
    z = np.empty((n, p + 1))
    z[:, 0] = 1.0
    transform = np.eye(p + 1)
    for j in range(p):
        mean = x[:, j].mean()
        column = x[:, j] - mean
        scale = np.sqrt(np.mean(column * column))
        z[:, j + 1] = column / scale
        transform[j + 1, j + 1] = 1.0 / scale
        transform[0, j + 1] = -mean / scale
    return LogisticModel(z, events, total, offset, transform)


def log_likelihood(model: LogisticModel, eta: np.ndarray) -> float:
    """Sum ``events * eta - total * log(1 + exp(eta))``.

    Grouped counts and the same counts row by row have the same value: no binomial coefficients.
    """
    # a sum of rows, by halves: rounding grows with the logarithm of their number
    return float((model.events * eta - model.total * np.logaddexp(0.0, eta)).sum())


def information(model: LogisticModel, chance: np.ndarray) -> np.ndarray:
    """Give Fisher's information Z' diag(total p (1 - p)) Z, shape (p + 1, p + 1)."""
    return weighted_cross(model.z, model.total * chance * (1.0 - chance))


def weighted_cross(z: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Give Z' diag(weight) Z, by blocks of rows in their order; weights may be of either sign."""
    out = np.zeros((z.shape[1], z.shape[1]))
    positive = bool(weight.min(initial=0.0) >= 0.0)
    root = np.sqrt(weight) if positive else weight
    for begin in range(0, z.shape[0], BLOCK):
        part = z[begin : begin + BLOCK]
        sized = part * root[begin : begin + BLOCK, None]
        # a matrix times itself costs half of a product of two
        out += sized.T @ (sized if positive else part)
    return (out + out.T) / 2.0


def hat_values(z: np.ndarray, weight: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    """Give ``weight_i z_i' inverse z_i``, shape (n,): the diagonal of the weighted hat matrix."""
    return np.asarray(weight * np.einsum("ij,ij->i", z @ inverse, z))


def score_rows(model: LogisticModel, chance: np.ndarray) -> np.ndarray:
    """Give each row's part of the score, shape (n, p + 1)."""
    return np.asarray((model.events - model.total * chance)[:, None] * model.z)


def solve_symmetric(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve a positive semi-definite system; directions without information get 0."""
    if not np.isfinite(matrix).all():
        return np.full_like(right, np.nan)
    if not matrix.size:
        return right
    scale = 1.0 / np.sqrt(np.maximum(np.diag(matrix), np.finfo(float).tiny))
    scaled = matrix * scale * scale[:, None]
    column = scale if right.ndim == 1 else scale[:, None]
    try:
        factor = cho_factor(scaled)
        if np.diag(factor[0]).min() ** 2 > SINGULAR:
            return np.asarray(column * cho_solve(factor, column * right))
    except LinAlgError:
        pass
    values, vectors = eigh(scaled)
    kept = values > SINGULAR * max(values[-1], 0.0)
    middle = (vectors[:, kept].T @ (column * right)).T / values[kept]
    return np.asarray(column * (vectors[:, kept] @ middle.T))
