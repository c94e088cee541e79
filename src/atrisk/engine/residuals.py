"""Residuals of a partial-likelihood model, from the tables of its risk sets.

In the notation of `atrisk.engine.moments`, with running sums over the cells of a stratum

    L = sum of h        M = sum of a S1 - b D1

and, at a cell with deaths, m = (h S1 - g D1) / (d wbar), the mean of the covariates at risk (by
Efron's rule the average over its d steps), row i with r_i = w_i exp(eta_i) has

    expected        A_i = r_i (L[stop] - L[start] - 1{death} g[stop])
    martingale      1{death} - A_i / w_i
    score           U_i = x_i (w_i 1{death} - A_i) - w_i 1{death} m[stop]
                          + r_i (M[stop] - M[start] - 1{death} (b S1 - c D1)[stop])
    Schoenfeld      x_i - m[stop], deaths only

U_i is w_i times the score residual of a row of weight 1. Nothing is laid out by row and time.

Sources: Schoenfeld D (1982) Biometrika 69:239; Therneau TM, Grambsch PM, Fleming TR (1990)
Biometrika 77:147; Lin DY, Wei LJ (1989) J Am Stat Assoc 84:1074; Therneau T, Grambsch P (2000)
Modeling Survival Data, 4.2-4.6 and 7.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.moments import expected
from atrisk.engine.passes import blocks, in_parts, scatter
from atrisk.engine.segments import running_sum

if TYPE_CHECKING:
    from atrisk.engine.partial_likelihood import CoxPoint

__all__ = [
    "cluster_sums",
    "deviance_residuals",
    "martingale_residuals",
    "risk_set_means",
    "schoenfeld_residuals",
    "score_products",
    "score_residuals",
]


def martingale_residuals(point: CoxPoint) -> np.ndarray:
    """Give observed less expected events of each row, shape (n,), for a row of weight 1."""
    rows = point.rows
    share = expected(rows, point.table, point.ties)
    if rows.weight is not None:
        share /= rows.weight
    return np.asarray(rows.event - share)


def deviance_residuals(martingale: np.ndarray, event: np.ndarray) -> np.ndarray:
    """Make martingale residuals nearly symmetric.

    Parameters
    ----------
    martingale
        shape (n,).
    event
        shape (n,): number of events N; 0 or 1 for one row.

    Returns
    -------
    ndarray, shape (n,)
        sign(M) sqrt(-2 (M + N log((N - M)/N))), without the logarithm where N is 0.
    """
    share = np.divide(event - martingale, event, out=np.ones(martingale.shape), where=event > 0)
    squared = -2.0 * (martingale + event * np.log(share))
    return np.asarray(np.sign(martingale) * np.sqrt(np.maximum(squared, 0.0)))


def risk_set_means(point: CoxPoint) -> np.ndarray:
    """Give m, the mean of the covariates at risk at each cell with deaths, shape (K, p)."""
    deaths, ties, table = point.deaths, point.ties, point.table
    total = deaths.count * deaths.weight
    one = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    means: np.ndarray = table.risk1 * (ties.h * one)[:, np.newaxis]
    if ties.g.any():
        means -= table.dead1 * (ties.g * one)[:, np.newaxis]
    return means


def schoenfeld_residuals(point: CoxPoint) -> tuple[np.ndarray, np.ndarray]:
    """Give each death's covariates less their mean at risk.

    Returns
    -------
    row : ndarray, shape (D,)
        the deaths, by stratum and time, those of one time in order of the rows.
    residual : ndarray, shape (D, p)
        for a row of weight 1.
    """
    rows = point.rows
    died = np.flatnonzero(rows.event)
    died = died[np.argsort(rows.stop[died], kind="stable")]
    return died, rows.x[died] - risk_set_means(point)[rows.stop[died]]


@dataclass(frozen=True, slots=True)
class _Tables:
    """What score residuals read: by row, the factor of x and r; by cell, M and what deaths lose."""

    factor: np.ndarray
    drift: np.ndarray
    loss: np.ndarray
    tied_loss: np.ndarray | None


def _tables(point: CoxPoint) -> _Tables:
    rows, table, ties = point.rows, point.table, point.ties
    factor = expected(rows, table, ties)
    np.subtract(rows.event if rows.weight is None else rows.event * rows.weight, factor, out=factor)
    drift = table.risk1 * ties.a[:, np.newaxis]
    tied_loss = None
    if ties.b.any():
        drift -= table.dead1 * ties.b[:, np.newaxis]
        tied_loss = table.risk1 * ties.b[:, np.newaxis] - table.dead1 * ties.c[:, np.newaxis]
    return _Tables(factor, running_sum(drift, rows.starts), risk_set_means(point), tied_loss)


def _score_block(point: CoxPoint, tables: _Tables, block: slice, out: np.ndarray) -> None:
    """Fill in the score residuals of a block of rows."""
    rows = point.rows
    risk, stop = point.table.risk[block], rows.stop[block]
    np.take(tables.drift, stop, axis=0, out=out, mode="clip")  # without a buffer, as in bounds
    if rows.start is not None:
        out -= tables.drift[rows.start[block]]
    out *= risk[:, np.newaxis]
    out += rows.x[block] * tables.factor[block, np.newaxis]
    died = np.flatnonzero(rows.event[block])
    place = stop[died]
    lost = tables.loss[place]
    if rows.weight is not None:
        lost *= rows.weight[block][died, np.newaxis]
    if tables.tied_loss is not None:
        lost += tables.tied_loss[place] * risk[died, np.newaxis]
    out[died] -= lost


def score_residuals(point: CoxPoint) -> np.ndarray:
    """Give each row's part in the score, times its weight.

    Parameters
    ----------
    point
        a partial likelihood at one beta.

    Returns
    -------
    ndarray, shape (n, p)
        rows in their own order. They sum to the score.
    """
    tables, width = _tables(point), point.rows.x.shape[1]
    out = np.empty(point.rows.x.shape)

    def part_residuals(part: slice) -> None:
        for block in blocks(part, width):
            _score_block(point, tables, block, out[block])

    in_parts(len(point.rows), part_residuals)
    return out


def score_products(point: CoxPoint, cluster: np.ndarray | None = None) -> np.ndarray:
    """Sum U U' over rows, or over clusters of rows: the middle of the sandwich.

    Parameters
    ----------
    point
        a partial likelihood at one beta.
    cluster
        shape (n,), int 0..C-1, or None where each row is its own.

    Returns
    -------
    ndarray, shape (p, p)
    """
    if cluster is not None:
        sums = cluster_sums(score_residuals(point), cluster)
        return _symmetric(sums.T @ sums)
    tables, width = _tables(point), point.rows.x.shape[1]

    def part_products(part: slice) -> np.ndarray:
        total = np.zeros((width, width))
        for block in blocks(part, width):
            residuals = np.empty((block.stop - block.start, width))
            _score_block(point, tables, block, residuals)
            total += residuals.T @ residuals
        return total

    return _symmetric(sum(in_parts(len(point.rows), part_products), np.zeros((width, width))))


def _symmetric(matrix: np.ndarray) -> np.ndarray:
    both: np.ndarray = 0.5 * (matrix + matrix.T)
    return both


def cluster_sums(values: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """Add up the rows of each cluster.

    Parameters
    ----------
    values
        shape (n, q), C order.
    cluster
        shape (n,), int 0..C-1.

    Returns
    -------
    ndarray, shape (C, q)
    """
    code = cluster.astype(np.int32, copy=False)
    out = np.zeros((int(code.max(initial=-1)) + 1, values.shape[1]))
    for block in blocks(slice(0, code.size), values.shape[1]):
        scatter(code[block], np.ones(block.stop - block.start), values[block], out)
    return out
