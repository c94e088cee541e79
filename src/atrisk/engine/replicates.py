"""Many Cox fits of the same rows, each with its own count of every row, at once.

A bootstrap sample is the same rows with other counts: codes and order stay. All replicates go
through Newton's iterations together, as arrays of shape (rows, replicates) and (cells,
replicates), in the notation of `atrisk.engine.moments`. A row counted twice is two tied rows, so a
replicate equals the fit of its resampled rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.passes import scatter
from atrisk.engine.segments import running_sum, sum_to_end

if TYPE_CHECKING:
    from atrisk.engine.model_rows import ModelRows

__all__ = ["Replicates", "fit_replicates"]

# numbers in an array of rows x replicates
_CHUNK = 1 << 14
# Newton's next step is then shorter than this in standard errors
_DECREMENT = 1e-10
# the last step is shorter than this in standard deviations of a covariate
_STEADY = 1e-3
# a column that varies less than this share of its squares does not vary
_CONSTANT = 1e-11
# beyond this condition number an information is singular
_SINGULAR = 1e14


@dataclass(frozen=True, slots=True)
class Replicates:
    """Fits of B replicates.

    Attributes
    ----------
    beta
        shape (B, p).
    loglik
        shape (B,).
    converged
        shape (B,), bool: False where the likelihood has no maximum at finite coefficients, or a
        covariate does not vary, in that sample.
    """

    beta: np.ndarray
    loglik: np.ndarray
    converged: np.ndarray


def fit_replicates(
    rows: ModelRows,
    counts: np.ndarray,
    start: np.ndarray,
    *,
    efron: bool = True,
    iterations: int = 25,
) -> Replicates:
    """Fit every replicate.

    Parameters
    ----------
    rows
        n rows, p columns.
    counts
        shape (B, n): how often each row stands in each replicate, 0 or more.
    start
        shape (p,) or (B, p): where Newton's method begins, such as the fit of all rows.
    efron
        Efron's rule for ties, else Breslow's.
    iterations
        at most this many.
    """
    size = max(8, _CHUNK // max(len(rows), 1))
    starts = np.broadcast_to(start, (counts.shape[0], rows.x.shape[1]))
    parts = [
        _Chunk(rows, counts[begin : begin + size], efron=efron).fit(
            starts[begin : begin + size], iterations
        )
        for begin in range(0, counts.shape[0], size)
    ]
    return Replicates(
        np.concatenate([part.beta for part in parts]),
        np.concatenate([part.loglik for part in parts]),
        np.concatenate([part.converged for part in parts]),
    )


@dataclass(frozen=True, slots=True)
class _State:
    """Log-likelihood (B,), score (p, B), information (p, p, B) of each replicate.

    ``squares`` (p, B) is the diagonal of the information before the means at risk are taken off.
    """

    loglik: np.ndarray
    score: np.ndarray
    information: np.ndarray
    squares: np.ndarray


class _Chunk:
    """Some replicates, with what stays the same while beta moves."""

    def __init__(self, rows: ModelRows, counts: np.ndarray, *, efron: bool) -> None:
        self.rows, self.efron = rows, efron
        weight = np.ascontiguousarray(counts.T, dtype=float)  # (n, B)
        if rows.weight is not None:
            weight *= rows.weight[:, np.newaxis]
        self.weight, self.cells = weight, rows.time.size
        self.place = 2 * rows.stop + rows.event
        died = rows.event[:, np.newaxis]
        self.deaths = self._by_cell(np.where(died, counts.T, 0.0))[1]
        summed = self._by_cell(np.where(died, weight, 0.0))[1]
        safe = np.where(self.deaths > 0, self.deaths, 1.0)
        self.mean_weight = summed / safe
        self.unused = (self.deaths == 0).astype(float)
        self.dead_weight = weight[rows.event]
        self.dead_x = rows.x[rows.event].T @ self.dead_weight  # (p, B)
        self.steps = _tie_steps(self.deaths, self.mean_weight) if efron else []
        self.spread = rows.x.std(axis=0)[:, np.newaxis]
        p = rows.x.shape[1]
        self.pairs = [(i, j) for i in range(p) for j in range(i, p)]
        self.products = np.stack([rows.x[:, i] * rows.x[:, j] for i, j in self.pairs])

    def _by_cell(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sum (n, B) over the rows of each cell: of those who stay, and of those who die."""
        table = np.zeros((2 * self.cells, values.shape[1]))
        scatter(self.place, np.ones(values.shape[0]), np.ascontiguousarray(values), table)
        return table[0::2], table[1::2]

    def _at_risk(self, parts: list[np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Sum each (n, B) over those at risk in each cell, and over its deaths."""
        values = np.concatenate(parts, axis=1)
        staying, dead = self._by_cell(values)
        leaving = staying + dead
        if self.rows.start is not None:
            entering = np.zeros_like(leaving)
            scatter(self.rows.start, np.ones(values.shape[0]), values, entering)
            leaving -= entering
        at_risk = sum_to_end(leaving, self.rows.starts)
        size = len(parts)
        return list(zip(np.split(at_risk, size, axis=1), np.split(dead, size, axis=1), strict=True))

    def at(self, beta: np.ndarray) -> _State:
        """Evaluate every replicate at its own beta, (p, B)."""
        rows = self.rows
        eta = rows.x @ beta
        if rows.offset is not None:
            eta += rows.offset[:, np.newaxis]
        shift = eta.max(axis=0)
        eta -= shift
        risk = np.exp(eta) * self.weight
        (risk0, dead0), *both = self._at_risk([risk, *(risk * x[:, np.newaxis] for x in rows.x.T)])
        h, g, a, b, c, log = self._tie_sums(risk0, dead0)
        loglik = np.einsum("db,db->b", self.dead_weight, eta[rows.event]) + log
        score = self.dead_x - np.stack(
            [np.einsum("kb,kb->b", h, one) - np.einsum("kb,kb->b", g, dead) for one, dead in both]
        )
        hazard = running_sum(h, rows.starts)
        spent = hazard[rows.stop]
        if rows.start is not None:
            spent -= hazard[rows.start]
        spent[rows.event] -= g[rows.stop[rows.event]]
        outer = self.products @ (risk * spent)
        p = rows.x.shape[1]
        information = np.empty((p, p, beta.shape[1]))
        steep = [a * one for one, _ in both]
        cross = [b * one - c * dead for one, dead in both] if self.efron else []
        tied = [b * dead for _, dead in both] if self.efron else []
        for row, (i, j) in enumerate(self.pairs):
            other, other_dead = both[j]
            less = np.einsum("kb,kb->b", steep[i], other)
            if self.efron:
                less -= np.einsum("kb,kb->b", cross[i], other_dead)
                less -= np.einsum("kb,kb->b", tied[i], other)
            information[i, j] = information[j, i] = outer[row] - less
        squares = np.stack([outer[row] for row, (i, j) in enumerate(self.pairs) if i == j])
        return _State(loglik, score, information, squares)

    def _tie_sums(self, risk0: np.ndarray, dead0: np.ndarray) -> tuple[np.ndarray, ...]:
        """Sum over the deaths of each cell, (K, B) each, and over all cells for the logarithm."""
        rest = risk0 + self.unused  # a cell without deaths weighs 0: any number will do
        q = self.mean_weight / rest
        if not self.efron:
            h, a = self.deaths * q, self.deaths * q / rest
            log = -(self.deaths * self.mean_weight * np.log(rest)).sum(axis=0)
            return h, np.zeros_like(h), a, np.zeros_like(h), np.zeros_like(h), log
        h, a = q.copy(), q / rest
        g, b, c = (np.zeros_like(h) for _ in range(3))
        log = -np.einsum("kb,kb->b", self.mean_weight, np.log(rest))
        for cells, f, weight in self.steps:
            left = rest[cells] - f * dead0[cells]
            q = weight / left
            square = q / left
            h[cells] += q
            a[cells] += square
            g[cells] += f * q
            square *= f
            b[cells] += square
            c[cells] += f * square
            log -= np.einsum("kb,kb->b", weight, np.log(left))
        return h, g, a, b, c, log

    def fit(self, start: np.ndarray, iterations: int) -> Replicates:
        """Run Newton's method in all replicates together, halving steps where they fall."""
        size = self.weight.shape[1]
        beta = np.ascontiguousarray(start.T)
        best, value = beta.copy(), np.full(size, -np.inf)
        converged = np.zeros(size, dtype=bool)
        step = np.zeros_like(beta)
        for _ in range(iterations):
            with np.errstate(all="ignore"):  # a replicate that fails is seen by its step
                state = self.at(beta)
                newton, decrement = _newton_step(state)
            better = state.loglik >= value - 1e-12 * np.abs(value)
            # where the likelihood is flat its decrement is small, and the step is not
            steady = (np.abs(newton) * self.spread < _STEADY).all(axis=0)
            done = better & (decrement < _DECREMENT) & steady & ~converged
            # the last step is taken, and what it gains known without another pass
            best = np.where(done, beta + newton, np.where(better & ~converged, beta, best))
            value = np.where(done, state.loglik + 0.5 * decrement, value)
            converged |= done
            value = np.where(better & ~converged, state.loglik, value)
            step = np.where(better, newton, 0.5 * step)
            moving = ~converged & np.isfinite(step).all(axis=0)
            if not moving.any():
                break
            beta = np.where(moving, best + step, best)
        return Replicates(best.T.copy(), value, converged)


def _tie_steps(
    deaths: np.ndarray, weight: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """List, for l = 1, 2, ..., the cells with more than l deaths, f = l/d and the mean weight.

    In replicates with fewer deaths in such a cell, f and the weight are 0.
    """
    steps = []
    for place in range(1, int(deaths.max(initial=0.0))):
        there = deaths > place
        cells = np.flatnonzero(there.any(axis=1))
        there = there[cells]
        f = np.where(there, place / np.maximum(deaths[cells], 1.0), 0.0)
        steps.append((cells, f, np.where(there, weight[cells], 0.0)))
    return steps


def _newton_step(state: _State) -> tuple[np.ndarray, np.ndarray]:
    """Solve I step = U in each replicate; NaN where I is singular."""
    matrices, vectors = np.moveaxis(state.information, 2, 0), state.score.T[..., np.newaxis]
    try:
        step = np.linalg.solve(matrices, vectors)[..., 0]
    except np.linalg.LinAlgError:
        step = np.full(vectors.shape[:2], np.nan)
        good = np.isfinite(matrices).all(axis=(1, 2))
        good[good] &= np.linalg.cond(matrices[good]) < _SINGULAR
        step[good] = np.linalg.solve(matrices[good], vectors[good])[..., 0]
    own = np.einsum("ppb->pb", state.information)
    step[(own <= _CONSTANT * state.squares).any(axis=0)] = np.nan
    decrement = np.einsum("bp,pb->b", step, state.score)
    return step.T, np.where(np.isnan(decrement), np.inf, decrement)
