"""The second of the two additive tables: moments of the risk sets of a partial likelihood.

With r = w exp(eta - shift), for the cell k with d deaths of mean weight wbar, l = 0..d-1, and
f = l/d by Efron's rule for ties (f = 0 by Breslow's):

    S0, S1[k]   sum of r {1, x} over the rows at risk      D0, D1[k]   the same over the deaths
    q_l = 1 / (S0 - f D0)
    h = wbar sum q    g = wbar sum f q    a = wbar sum q^2    b = wbar sum f q^2    c = wbar sum f^2 q^2

    loglik      = sum over deaths of w (eta - shift) + sum over cells of wbar sum log q
    score       = sum over deaths of w x - h'S1 + g'D1
    A_i         = r_i (L[stop] - L[start] - 1{death} g[stop]),  L = running sum of h
    information = X'diag(A)X - (S1'diag(a)S1 - S1'diag(b)D1 - D1'diag(b)S1 + D1'diag(c)D1)

A_i is what is expected of row i: w delta - A is its martingale residual. The sums over rows are
additive, so parts of the rows, files and hospitals add up to the same table.

Sources: Cox DR (1975) Biometrika 62:269; Efron B (1977) J Am Stat Assoc 72:557, section 6;
Therneau T, Grambsch P (2000) Modeling Survival Data, 3.3 (weighted ties).
"""  # noqa: E501 - formulas are read in one line

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.passes import ONES, blocks, gram, in_parts, scatter
from atrisk.engine.segments import running_sum, sum_to_end

if TYPE_CHECKING:
    from atrisk.engine.model_rows import ModelRows

__all__ = [
    "Deaths",
    "Moments",
    "TieSums",
    "count_deaths",
    "expected",
    "information",
    "information_and_squares",
    "log_likelihood",
    "moments",
    "score",
    "tie_sums",
]

# beyond this, exp(eta) is taken relative to the largest of its stratum
_SAFE = 300.0
# tied deaths laid out at a time
_TIED = 1 << 16


@dataclass(frozen=True, slots=True)
class Deaths:
    """What the deaths alone say, whatever beta is.

    Attributes
    ----------
    count
        shape (K,): number of deaths.
    weight
        shape (K,): their mean weight; 0 where there is none.
    covariates
        shape (p,): sum of w x over all deaths.
    total_weight
        sum of w over all deaths.
    """

    count: np.ndarray
    weight: np.ndarray
    covariates: np.ndarray
    total_weight: float


def count_deaths(rows: ModelRows, *, counted: bool = False) -> Deaths:
    """Count deaths by cell.

    Parameters
    ----------
    rows
        n rows.
    counted
        weights are numbers of identical rows, so that a death of weight 2 is two tied deaths.
    """
    cells = rows.time.size
    died = np.flatnonzero(rows.event)
    place = rows.stop[died]
    number = np.bincount(place, minlength=cells).astype(float)
    if rows.weight is None:
        return Deaths(number, (number > 0).astype(float), _event_sum(rows), float(died.size))
    weight = rows.weight[died]
    summed = np.bincount(place, weight, cells)
    if counted:
        number = summed
    mean = np.divide(summed, number, out=np.zeros(cells), where=number > 0)
    return Deaths(number, mean, _event_sum(rows), float(weight.sum()))


def _event_sum(rows: ModelRows) -> np.ndarray:
    width = rows.x.shape[1]

    def part_sum(part: slice) -> np.ndarray:
        total = np.zeros(width)
        for block in blocks(part, width):
            died = rows.event[block].astype(float)
            if rows.weight is not None:
                died *= rows.weight[block]
            total += died @ rows.x[block]
        return total

    total: np.ndarray = sum(in_parts(len(rows), part_sum), np.zeros(width))
    return total


@dataclass(frozen=True, slots=True)
class Moments:
    """Risk-set sums at one beta.

    Attributes
    ----------
    risk0, dead0
        shape (K,): S0 and D0.
    risk1, dead1
        shape (K, p): S1 and D1.
    risk
        shape (n,): r of each row.
    shift
        shape (S,): what was taken from eta in each stratum before it was exponentiated.
    death_predictor
        sum over deaths of w (eta - shift).
    """

    risk0: np.ndarray
    risk1: np.ndarray
    dead0: np.ndarray
    dead1: np.ndarray
    risk: np.ndarray
    shift: np.ndarray
    death_predictor: float


def moments(rows: ModelRows, beta: np.ndarray) -> Moments:
    """Sum over the rows at risk in every cell: one pass over x.

    Parameters
    ----------
    rows
        n rows, K cells, p covariates.
    beta
        shape (p,).
    """
    shift = np.zeros(rows.starts.size - 1)
    sums = _pass(rows, beta, None)
    if sums.largest > _SAFE:
        eta, stratum = rows.predictor(beta), rows.stratum()
        shift = _largest(eta, stratum, shift.size)
        sums = _pass(rows, beta, shift[stratum])
    width = rows.x.shape[1]
    left0, left1 = sums.leaving0.reshape(-1, 2), sums.leaving1.reshape(-1, 2, width)
    return Moments(
        risk0=sum_to_end(left0.sum(axis=1) - sums.entering0[:, 0], rows.starts),
        risk1=sum_to_end(left1.sum(axis=1) - sums.entering1, rows.starts),
        dead0=left0[:, 1],
        dead1=left1[:, 1],
        risk=sums.risk,
        shift=shift,
        death_predictor=sums.predictor,
    )


def _largest(eta: np.ndarray, stratum: np.ndarray, strata: int) -> np.ndarray:
    largest = np.full(strata, -np.inf)
    np.maximum.at(largest, stratum, eta)
    return largest


@dataclass(slots=True)
class _Sums:
    """Sums over rows by (cell, died there) and by the cell entered; they add over parts."""

    leaving0: np.ndarray
    leaving1: np.ndarray
    entering0: np.ndarray
    entering1: np.ndarray
    risk: np.ndarray
    predictor: float
    largest: float

    def add(self, other: _Sums) -> None:
        self.leaving0 += other.leaving0
        self.leaving1 += other.leaving1
        self.entering0 += other.entering0
        self.entering1 += other.entering1
        self.predictor += other.predictor
        self.largest = max(self.largest, other.largest)


def _pass(rows: ModelRows, beta: np.ndarray, shift: np.ndarray | None) -> _Sums:
    risk = np.empty(len(rows))

    def part_sums(part: slice) -> _Sums:
        return _part_sums(rows, beta, shift, risk, part)

    first, *others = in_parts(len(rows), part_sums)
    for other in others:
        first.add(other)
    return first


def _part_sums(
    rows: ModelRows, beta: np.ndarray, shift: np.ndarray | None, risk: np.ndarray, part: slice
) -> _Sums:
    cells, width = rows.time.size, rows.x.shape[1]
    entered = 0 if rows.start is None else cells
    sums = _Sums(
        np.zeros((2 * cells, 1)),
        np.zeros((2 * cells, width)),
        np.zeros((entered or 1, 1)),
        np.zeros((entered or 1, width)),
        risk,
        0.0,
        0.0,
    )
    for block in blocks(part, width):
        x, died = rows.x[block], rows.event[block]
        with np.errstate(over="ignore", invalid="ignore"):  # a step too far has no likelihood
            eta = x @ beta
        if rows.offset is not None:
            eta += rows.offset[block]
        sums.largest = max(sums.largest, float(np.abs(eta).max()))
        if shift is not None:
            eta -= shift[block]
        weight = None if rows.weight is None else rows.weight[block]
        r = _risk(eta, weight, risk[block])
        sums.predictor += float(died @ eta if weight is None else (weight * died) @ eta)
        place = 2 * rows.stop[block] + died
        scatter(place, r, ONES[: r.size], sums.leaving0)
        scatter(place, r, x, sums.leaving1)
        if rows.start is not None:
            scatter(rows.start[block], r, ONES[: r.size], sums.entering0)
            scatter(rows.start[block], r, x, sums.entering1)
    return sums


def _risk(eta: np.ndarray, weight: np.ndarray | None, out: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore", under="ignore"):  # seen by the largest eta, and done again
        np.exp(eta, out=out)
    if weight is not None:
        out *= weight
    return out


@dataclass(frozen=True, slots=True)
class TieSums:
    """Sums over the tied deaths of each cell, shape (K,) each; see the head of this module."""

    h: np.ndarray
    g: np.ndarray
    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    log: np.ndarray


def tie_sums(table: Moments, deaths: Deaths, *, efron: bool) -> TieSums:
    """Sum 1/(S0 - f D0), its square, its logarithm and their products with f.

    Parameters
    ----------
    table
        K cells.
    deaths
        of the same cells.
    efron
        f = l/d; else f = 0, Breslow's rule.
    """
    number, weight = deaths.count, deaths.weight
    used = number > 0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        inverse = np.where(used, 1.0 / table.risk0, 0.0)
        logs = np.where(used, -np.log(table.risk0), 0.0)
        total = number * weight
        h, a, log = total * inverse, total * inverse**2, total * logs
    g, b, c = (np.zeros_like(h) for _ in range(3))
    tied = np.flatnonzero(number > 1) if efron else np.empty(0, np.intp)
    for chosen in _groups(tied, number):
        found = _tied(table.risk0[chosen], table.dead0[chosen], number[chosen].astype(np.intp))
        for target, values in zip((h, g, a, b, c, log), found, strict=True):
            target[chosen] = weight[chosen] * values
    return TieSums(h, g, a, b, c, log)


def _groups(tied: np.ndarray, number: np.ndarray) -> list[np.ndarray]:
    """Cut the tied cells into groups that lay out few enough deaths to stay in cache."""
    if not tied.size:
        return []
    laid_out = np.cumsum(number[tied])
    cuts = np.flatnonzero(np.diff(laid_out // _TIED)) + 1
    return np.split(tied, cuts)


def _tied(risk: np.ndarray, dead: np.ndarray, number: np.ndarray) -> tuple[np.ndarray, ...]:
    """Lay out the d deaths of each cell, l = 0..d-1, and sum over them."""
    first = np.concatenate(([0], np.cumsum(number)[:-1]))
    f = np.arange(number.sum()) - np.repeat(first, number)
    f = f / np.repeat(number, number)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rest = np.repeat(risk, number)
        rest -= f * np.repeat(dead, number)
        logs = np.log(rest)
        q = np.divide(1.0, rest, out=rest)
        fq = f * q
        parts = (q, fq, q * q, fq * q, fq * fq)
    sums = [np.add.reduceat(part, first) for part in parts]
    return (*sums, -np.add.reduceat(logs, first))


def log_likelihood(table: Moments, ties: TieSums) -> float:
    """Give the log partial likelihood; -inf or NaN where exp(eta) overflowed."""
    return float(table.death_predictor + ties.log.sum())


def score(table: Moments, deaths: Deaths, ties: TieSums) -> np.ndarray:
    """Give the derivative of the log partial likelihood, shape (p,)."""
    out: np.ndarray = deaths.covariates - ties.h @ table.risk1 + ties.g @ table.dead1
    return out


def expected(rows: ModelRows, table: Moments, ties: TieSums) -> np.ndarray:
    """Give A, the expected events of each row times its weight, shape (n,)."""
    hazard = running_sum(ties.h, rows.starts)
    tied = bool(ties.g.any())
    out = np.empty(len(rows))

    def part_expected(part: slice) -> None:
        spent, stop = out[part], rows.stop[part]
        np.take(hazard, stop, out=spent, mode="clip")  # without a buffer, as in bounds
        if rows.start is not None:
            spent -= hazard[rows.start[part]]
        if tied:
            died = np.flatnonzero(rows.event[part])
            spent[died] -= ties.g[stop[died]]
        spent *= table.risk[part]

    in_parts(len(rows), part_expected)
    return out


def information(rows: ModelRows, table: Moments, ties: TieSums) -> np.ndarray:
    """Give minus the second derivative of the log partial likelihood: a second pass over x.

    Returns
    -------
    ndarray, shape (p, p)
    """
    return information_and_squares(rows, table, ties)[0]


def information_and_squares(
    rows: ModelRows, table: Moments, ties: TieSums
) -> tuple[np.ndarray, np.ndarray]:
    """Give the information, and what of it there was before the means at risk were taken off.

    Returns
    -------
    information : ndarray, shape (p, p)
    squares : ndarray, shape (p,)
        diagonal of X'diag(A)X. A column whose information is nothing beside it does not vary
        among those at risk together.
    """
    whole = gram(rows.x, expected(rows, table, ties))
    total = whole - gram(table.risk1, ties.a)
    tied = np.flatnonzero(ties.b)
    if tied.size:
        risk1, dead1 = table.risk1[tied], table.dead1[tied]
        cross = risk1.T @ (dead1 * ties.b[tied, np.newaxis])
        total += cross + cross.T - gram(dead1, ties.c[tied])
    return total, np.diag(whole)
