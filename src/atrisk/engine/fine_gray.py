"""Proportional subdistribution hazards: likelihood, and a variance that knows G is estimated.

A row with a competing event at X stays at risk of the cause of interest with the weight
G_c(t-)/G_c(X-) of its censoring stratum c (see `censoring_weights`). With r = w exp(eta - shift),

    S0, S1[k] = sum of r {1, x} over rows under observation
              + sum over c of G_c[k] * (sum of r {1, x}/G_c(X-) over competing rows that left before k)

the second part being a running sum, so that an evaluation costs what one of Cox's model costs.
With d[k] the weight of the events, Breslow's rule for ties, h = d/S0 and e = S1/S0,

    loglik      = sum over events of w (eta - shift) - sum of d log S0
    score       = sum over events of w x - h'S1
    A_i         = r_i (H[stop] - H[start] + competing (H_c[end] - H_c[stop])/G_c(X-))
    information = X'diag(A)X - S1'diag(h/S0)S1

with the running sums H of h and H_c of h G_c. The variance is I^-1 (sum of u u') I^-1 of the
rows' (or clusters') u_i = w_i (eta_i + psi_i), or sqrt(w_i) (eta_i + psi_i) where w counts rows,

    eta_i = int (x_i - e) dM_i              psi_i = int q_c/Y_c dM^c_i
    q_c(u) = sum over competing rows with X < u of r int_{t >= u} (x - e) G_c(t-)/G_c(X-) h(t)

q is a product of running sums, so neither needs rows x cells.

References
----------
Fine JP, Gray RJ (1999) J Am Stat Assoc 94:496, eqs. 7 and 8. Zhou B et al. (2011) Biometrics
67:661 (strata), (2012) Biostatistics 13:371 (clusters). Zhang X, Zhang MJ, Fine J (2011) Stat
Med 30:1933 (late entry).
"""  # noqa: E501 - formulas are read in one line

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.moments import moments
from atrisk.engine.passes import ONES, blocks, gram, in_parts, scatter
from atrisk.engine.residuals import cluster_sums
from atrisk.engine.segments import running_sum, sum_to_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.engine.censoring_weights import JumpProcess
    from atrisk.engine.model_rows import ModelRows

__all__ = ["FineGrayPoint", "Staying", "SubdistributionRows", "score_influence", "unit_influence"]


@dataclass(frozen=True, slots=True)
class Staying:
    """The rows with a competing event, by censoring stratum, and the weight they keep.

    Attributes
    ----------
    row
        shape (m,), int32: rows with a competing event, those of one censoring stratum together.
    bounds
        shape (C + 1,): where the rows of each censoring stratum begin.
    share
        shape (m,): 1/G(X-), on the scale of ``curve``.
    curve
        shape (C, K): G(t-) at the cells; 0 past the last exit of the censoring stratum.
    """

    row: np.ndarray
    bounds: np.ndarray
    share: np.ndarray
    curve: np.ndarray

    def strata(self) -> Iterator[tuple[int, slice]]:
        """Go through the censoring strata that have such rows."""
        for stratum, (begin, end) in enumerate(pairwise(self.bounds)):
            if end > begin:
                yield stratum, slice(int(begin), int(end))


@dataclass(frozen=True, slots=True)
class SubdistributionRows:
    """Everything that does not depend on beta.

    Attributes
    ----------
    rows
        n rows in K cells; the events are those of the cause of interest.
    staying
        the rows with a competing event.
    processes
        of censoring, and of entry where rows enter late: what G is estimated from.
    code
        shape (K,): time code of each cell; -1 at a pad.
    deaths
        shape (K,): weight of the events.
    covariates
        shape (p,): sum of w x over the events.
    """

    rows: ModelRows
    staying: Staying
    processes: tuple[JumpProcess, ...]
    code: np.ndarray
    deaths: np.ndarray
    covariates: np.ndarray

    def ends(self) -> np.ndarray:
        """Give the last cell of each row's stratum, for the rows that stay, shape (m,)."""
        starts, stop = self.rows.starts, self.rows.stop[self.staying.row]
        last: np.ndarray = starts[np.searchsorted(starts, stop, side="right")] - 1
        return last


class FineGrayPoint:
    """The log pseudo-likelihood at one beta.

    Parameters
    ----------
    model
        n rows, K cells, p covariates.
    beta
        shape (p,).

    Attributes
    ----------
    risk0, risk1
        shapes (K,) and (K, p): S0 and S1.
    risk
        shape (n,): r of each row.
    hazard
        shape (K,): h.
    loglik
        log pseudo-likelihood; NaN or -inf where exp(eta) overflowed.
    """

    def __init__(self, model: SubdistributionRows, beta: np.ndarray) -> None:
        table = moments(model.rows, beta)
        self.model, self.risk = model, table.risk
        self.risk0, self.risk1 = table.risk0, table.risk1
        for stratum, span in model.staying.strata():
            self._stay(stratum, span)
        used = model.deaths > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            self.hazard = np.divide(model.deaths, self.risk0, out=np.zeros(used.size), where=used)
            logs = np.where(used, np.log(self.risk0), 0.0)
        self.shift = table.shift
        self.loglik = table.death_predictor - float(model.deaths @ logs)

    def _stay(self, stratum: int, span: slice) -> None:
        """Add the rows of one censoring stratum to the risk sets after their competing event."""
        model, staying = self.model, self.model.staying
        left0, left1 = _sums_by_place(
            model.rows, staying, span, self.risk, model.rows.stop, model.rows.time.size
        )
        starts, curve = model.rows.starts, staying.curve[stratum]
        self.risk0 = self.risk0 + curve * _sum_before(left0, starts)
        self.risk1 = self.risk1 + curve[:, np.newaxis] * _sum_before(left1, starts)

    def score(self) -> np.ndarray:
        """Give the derivative of ``loglik``, shape (p,)."""
        out: np.ndarray = self.model.covariates - self.hazard @ self.risk1
        return out

    def information(self) -> np.ndarray:
        """Give minus the second derivative of ``loglik``, shape (p, p)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            second = np.where(self.hazard > 0, self.hazard / self.risk0, 0.0)
        out: np.ndarray = gram(self.model.rows.x, self.expected()) - gram(self.risk1, second)
        return out

    def means(self) -> np.ndarray:
        """Give e, the mean of the covariates at risk, shape (K, p); 0 at a pad."""
        used = self.model.deaths[:, np.newaxis] > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(used, self.risk1 / self.risk0[:, np.newaxis], 0.0)

    def expected(self) -> np.ndarray:
        """Give A, the expected events of each row times its weight, shape (n,)."""
        rows, staying = self.model.rows, self.model.staying
        total = running_sum(self.hazard, rows.starts)
        spent: np.ndarray = total[rows.stop]
        if rows.start is not None:
            spent -= total[rows.start]
        ends = self.model.ends()
        for stratum, span in staying.strata():
            later = running_sum(self.hazard * staying.curve[stratum], rows.starts)
            chosen = staying.row[span]
            after = later[ends[span]] - later[rows.stop[chosen]]
            spent[chosen] += staying.share[span] * after
        spent *= self.risk
        return spent


def _sum_before(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Sum from the start of each segment to just before each place."""
    out: np.ndarray = running_sum(values, starts) - values
    return out


def _sums_by_place(
    rows: ModelRows, staying: Staying, span: slice, risk: np.ndarray, place: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sum r {1, x}/G(X-) of rows that stay, by their place; shapes (size,) and (size, p)."""
    width = rows.x.shape[1]

    def part_sums(part: slice) -> tuple[np.ndarray, np.ndarray]:
        sums0, sums1 = np.zeros((size, 1)), np.zeros((size, width))
        for block in blocks(slice(span.start + part.start, span.start + part.stop), width):
            chosen = staying.row[block]
            factor = risk[chosen] * staying.share[block]
            where = place[chosen]
            scatter(where, factor, ONES[: factor.size], sums0)
            scatter(where, factor, rows.x[chosen], sums1)
        return sums0, sums1

    first, *others = in_parts(span.stop - span.start, part_sums)
    for other in others:
        first[0][:] += other[0]
        first[1][:] += other[1]
    return first[0][:, 0], first[1]


def score_influence(point: FineGrayPoint) -> np.ndarray:
    """Give u_i = w_i (eta_i + psi_i), what each row adds to the score; see the head.

    Returns
    -------
    ndarray, shape (n, p)
    """
    mean = point.means()
    out = _residuals(point, mean)
    for process in point.model.processes:
        effects = _effects(point, mean, process)
        _add_estimation(out, point.model.rows, process, *process.influence(effects))
    return out


def unit_influence(
    influence: np.ndarray, weight: np.ndarray | None, cluster: np.ndarray | None, *, counted: bool
) -> np.ndarray:
    """Turn w times the influence of rows into that of the units whose squares make a variance.

    Parameters
    ----------
    influence
        shape (n, q).
    weight
        shape (n,), or None for 1 each.
    cluster
        shape (n,), codes 0..C-1: rows of a cluster are added up; None where a row is a unit.
    counted
        a weight is a number of identical rows, each of them a unit: their w squares are one.

    Returns
    -------
    ndarray, shape (n, q) or (C, q)
    """
    if cluster is not None:
        return cluster_sums(influence, cluster)
    if counted and weight is not None:
        influence = influence / np.sqrt(weight)[:, np.newaxis]
    return influence


def _residuals(point: FineGrayPoint, mean: np.ndarray) -> np.ndarray:
    """Give w eta_i = w int (x - e) dM_i, shape (n, p)."""
    rows, staying = point.model.rows, point.model.staying
    out = _own_residuals(rows, point, mean)
    ends = point.model.ends()
    for stratum, span in staying.strata():
        curve = staying.curve[stratum] * point.hazard
        later = running_sum(curve[:, np.newaxis] * mean, rows.starts)

        def stay(part: slice, later: np.ndarray = later, begin: int = span.start) -> None:
            for block in blocks(slice(begin + part.start, begin + part.stop), mean.shape[1]):
                chosen = staying.row[block]
                after = later[ends[block]] - later[rows.stop[chosen]]
                after *= (point.risk[chosen] * staying.share[block])[:, np.newaxis]
                out[chosen] += after

        in_parts(span.stop - span.start, stay)
    return out


def _own_residuals(rows: ModelRows, point: FineGrayPoint, mean: np.ndarray) -> np.ndarray:
    """Give the same while the rows are under observation; A counts what comes after, too."""
    expected = point.expected()
    spent = running_sum(point.hazard[:, np.newaxis] * mean, rows.starts)
    out = np.empty_like(rows.x)

    def part_residuals(part: slice) -> None:
        for block in blocks(part, rows.x.shape[1]):
            x, stop, mine = rows.x[block], rows.stop[block], out[block]
            np.take(spent, stop, axis=0, out=mine, mode="clip")  # without a buffer, as in bounds
            if rows.start is not None:
                mine -= spent[rows.start[block]]
            mine *= point.risk[block, np.newaxis]
            mine -= x * expected[block, np.newaxis]
            died = np.flatnonzero(rows.event[block])
            events = x[died] - mean[stop[died]]
            if rows.weight is not None:
                events *= rows.weight[block][died, np.newaxis]
            mine[died] += events

    in_parts(len(rows), part_residuals)
    return out


def _effects(point: FineGrayPoint, mean: np.ndarray, process: JumpProcess) -> np.ndarray:
    """Give q at the places of a process, shape (J, p)."""
    q = np.zeros((process.code.size, mean.shape[1]))
    for stratum, span in point.model.staying.strata():
        places = slice(process.starts[stratum], process.starts[stratum + 1])
        for cells in _cells_of_strata(point.model, span):
            q[places] += _carried(point, mean, process, stratum, places, *cells)
    return q


def _cells_of_strata(model: SubdistributionRows, span: slice) -> Iterator[tuple[slice, Staying]]:
    """Split the rows that stay of one censoring stratum by the stratum of the model."""
    staying, starts = model.staying, model.rows.starts
    stratum = np.searchsorted(starts, model.rows.stop[staying.row[span]], side="right") - 1
    for s in np.unique(stratum):
        mine = np.flatnonzero(stratum == s) + span.start
        some = Staying(
            staying.row[mine], np.array([0, mine.size]), staying.share[mine], staying.curve
        )
        yield slice(starts[s], starts[s + 1]), some


def _carried(
    point: FineGrayPoint,
    mean: np.ndarray,
    process: JumpProcess,
    stratum: int,
    places: slice,
    cells: slice,
    staying: Staying,
) -> np.ndarray:
    """Compute q at the places of one censoring stratum, from the rows of one model stratum."""
    size = places.stop - places.start
    place = process.stop - np.int32(places.start)
    left0, left1 = _sums_by_place(
        point.model.rows, staying, slice(0, staying.row.size), point.risk, place, size
    )
    alone = np.array([0, size])
    left0, left1 = _sum_before(left0, alone), _sum_before(left1, alone)
    rest = (staying.curve[stratum] * point.hazard)[cells]
    both = np.array([0, rest.size])
    tail0 = np.append(sum_to_end(rest, both), 0.0)
    tail1 = sum_to_end(rest[:, np.newaxis] * mean[cells], both)
    tail1 = np.concatenate((tail1, np.zeros((1, mean.shape[1]))))
    ahead = process.ahead(places, point.model.code[cells])
    found: np.ndarray = left1 * tail0[ahead, np.newaxis] - left0[:, np.newaxis] * tail1[ahead]
    return found


def _add_estimation(
    out: np.ndarray, rows: ModelRows, process: JumpProcess, own: np.ndarray, spent: np.ndarray
) -> None:
    """Add w psi_i, what the estimate of the weights owes to each row."""

    def part_sums(part: slice) -> None:
        for block in blocks(part, out.shape[1]):
            psi = -spent[process.stop[block]]
            if process.start is not None:
                psi += spent[process.start[block]]
            jump = process.jump[block]
            jumped = np.flatnonzero(jump >= 0)
            psi[jumped] += own[jump[jumped]]
            if rows.weight is not None:
                psi *= rows.weight[block, np.newaxis]
            out[block] += psi

    in_parts(len(rows), part_sums)
