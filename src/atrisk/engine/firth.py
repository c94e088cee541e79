"""Firth's penalised partial likelihood: finite estimates where the likelihood is monotone.

    l*(beta) = l(beta) + log det I(beta) / 2
    U*_j     = U_j + tr(I^-1 dI/dbeta_j) / 2

The derivative of the information is a third central moment of the covariates at risk. With
V = I^-1, s_i = x_i'V x_i, A_i the expected events of row i, and m_i the sum of (mean covariate at
risk) x (hazard) over its time at risk, in the notation of `atrisk.engine.moments`

    tr(V dI/dbeta) = sum A_i s_i x_i - sum r_i s_i m_i - 2 sum r_i (x_i'V m_i) x_i
                     + 2 sum over deaths of wbar (mu'V mu) mu,    mu = q_l (S1 - f D1)

so that nothing is laid out by row and time.

Sources: Firth D (1993) Biometrika 80:27; Heinze G, Schemper M (2001) Biometrics 57:114, eq. 2-3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.moments import expected
from atrisk.engine.newton import inverse
from atrisk.engine.partial_likelihood import CoxPoint, cox_likelihood
from atrisk.engine.segments import running_sum

if TYPE_CHECKING:
    from collections.abc import Callable

    from atrisk.engine.model_rows import ModelRows

__all__ = ["FirthPoint", "firth_likelihood"]


@dataclass(frozen=True, slots=True)
class FirthPoint:
    """The penalised likelihood at one beta, as a function of the coefficients that are free.

    Attributes
    ----------
    point
        the partial likelihood at beta.
    info
        shape (p, p): its information.
    loglik
        l*.
    free
        shape (q,): which of the p coefficients are free.
    """

    point: CoxPoint
    info: np.ndarray
    loglik: float
    free: np.ndarray

    def score(self) -> np.ndarray:
        """Give U* of the free coefficients, shape (q,)."""
        slope = self.point.score() + 0.5 * _information_slope(self.point, inverse(self.info))
        free: np.ndarray = slope[self.free]
        return free

    def information(self) -> np.ndarray:
        """Give I of the free coefficients, shape (q, q): Newton's matrix for U* too."""
        free: np.ndarray = self.info[np.ix_(self.free, self.free)]
        return free


def firth_likelihood(
    rows: ModelRows, *, efron: bool, base: np.ndarray, free: np.ndarray
) -> Callable[[np.ndarray], FirthPoint]:
    """Give the function of the free coefficients -> `FirthPoint`.

    Parameters
    ----------
    rows
        n rows, p columns.
    efron
        Efron's rule for ties.
    base
        shape (p,): values of the coefficients that are not free.
    free
        shape (q,), int.
    """
    partial = cox_likelihood(rows, efron=efron)

    def at(values: np.ndarray) -> FirthPoint:
        beta = base.copy()
        beta[free] = values
        # too far out there is no information left: the caller sees NaN and comes nearer
        with np.errstate(all="ignore"):
            point = partial(beta)
            info = point.information()
            sign, log_determinant = np.linalg.slogdet(info)
        loglik = point.loglik + 0.5 * float(log_determinant) if sign > 0 else float("nan")
        return FirthPoint(point, info, loglik, free)

    return at


def _information_slope(point: CoxPoint, inverse_info: np.ndarray) -> np.ndarray:
    """Give tr(I^-1 dI/dbeta_j), shape (p,)."""
    rows, table, ties = point.rows, point.table, point.ties
    x, risk = rows.x, table.risk
    drift = ties.a[:, np.newaxis] * table.risk1 - ties.b[:, np.newaxis] * table.dead1
    tied = ties.b[:, np.newaxis] * table.risk1 - ties.c[:, np.newaxis] * table.dead1
    spent = running_sum(drift, rows.starts)
    m = spent[rows.stop]
    if rows.start is not None:
        m -= spent[rows.start]
    died = np.flatnonzero(rows.event)
    m[died] -= tied[rows.stop[died]]
    projected = x @ inverse_info
    s = np.einsum("ij,ij->i", projected, x)
    crossed = np.einsum("ij,ij->i", projected, m)
    slope: np.ndarray = (
        (expected(rows, table, ties) * s) @ x
        - (risk * s) @ m
        - 2.0 * (risk * crossed) @ x
        + 2.0 * _cubes(point, inverse_info)
    )
    return slope


def _cubes(point: CoxPoint, inverse_info: np.ndarray) -> np.ndarray:
    """Sum wbar (mu'V mu) mu over the deaths, those tied by Efron's rule one after the other."""
    table, deaths = point.table, point.deaths
    efron = bool(point.ties.g.any())
    cell = np.repeat(np.arange(deaths.count.size), deaths.count.astype(np.intp))
    first = np.cumsum(deaths.count) - deaths.count
    f = (np.arange(cell.size) - first[cell]) / deaths.count[cell] if efron else np.zeros(cell.size)
    rest = table.risk0[cell] - f * table.dead0[cell]
    mean = (table.risk1[cell] - f[:, np.newaxis] * table.dead1[cell]) / rest[:, np.newaxis]
    length = np.einsum("ij,jk,ik->i", mean, inverse_info, mean)
    total: np.ndarray = (deaths.weight[cell] * length) @ mean
    return total
