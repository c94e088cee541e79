"""Cumulative incidence under proportional subdistribution hazards, and its standard error.

At covariates z (less the centre of the rows) the cumulative subdistribution hazard is

    Lambda(t|z) = exp(z'beta) Lambda0(t)        Lambda0(t) = sum of h[k] over the cells up to t

and the incidence 1 - exp(-Lambda(t|z)). A row moves Lambda0(t), at a fixed beta, by w_i a_i(t),

    a_i(t) = int_0^t dM_i/S0 + int phi_c(u)/Y_c dM^c_i
    phi_c(u) = sum over competing rows with X < u of r/G_c(X-) int_u^t G_c(s-) h/S0 ds

and beta by b_i = I^-1 u_i, hence Lambda(t|z) by exp(z'beta) (w_i a_i + (Lambda0 z - int_0^t e h)'b_i).

References
----------
Fine JP, Gray RJ (1999) J Am Stat Assoc 94:496, section 5.
"""  # noqa: E501 - formulas are read in one line

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.fine_gray import unit_influence
from atrisk.engine.passes import in_parts
from atrisk.engine.segments import running_sum, sum_to_end

if TYPE_CHECKING:
    from atrisk.engine.censoring_weights import JumpProcess
    from atrisk.engine.fine_gray import FineGrayPoint

__all__ = ["BaselineMoments", "baseline_moments", "hazard_and_variance"]


@dataclass(frozen=True, slots=True)
class BaselineMoments:
    """The baseline at some times, and how it varies together with beta.

    Attributes
    ----------
    hazard
        shape (T,): Lambda0.
    mean
        shape (T, p): int_0^t e h.
    square
        shape (T,): sum of a^2 over rows (or clusters).
    cross
        shape (T, p): sum of a b.
    """

    hazard: np.ndarray
    mean: np.ndarray
    square: np.ndarray
    cross: np.ndarray


def baseline_moments(
    point: FineGrayPoint,
    beta_influence: np.ndarray,
    cluster: np.ndarray | None,
    cells: np.ndarray,
    *,
    counted: bool,
) -> BaselineMoments:
    """Take the baseline at the ends of some cells.

    Parameters
    ----------
    point
        n rows, at the estimate.
    beta_influence
        shape (n, p), or (C, p) by cluster: b of the units, see `unit_influence`.
    cluster
        shape (n,): codes 0..C-1, or None.
    cells
        shape (T,): cells; the baseline of their stratum is summed up to them (at a pad: 0 so far).
    counted
        a weight is a number of identical rows.
    """
    rows, mean = point.model.rows, point.means()
    hazard = running_sum(point.hazard, rows.starts)
    means = running_sum(point.hazard[:, np.newaxis] * mean, rows.starts)
    stratum = np.searchsorted(rows.starts, cells, side="right") - 1
    scale = np.exp(-point.shift[stratum])
    square, cross = np.zeros(cells.size), np.zeros((cells.size, mean.shape[1]))
    influence = _BaselineInfluence(point)

    def at_times(part: slice) -> None:
        for t in range(part.start, part.stop):
            rowwise = influence.at(int(cells[t]))[:, np.newaxis]
            a = unit_influence(rowwise, rows.weight, cluster, counted=counted)[:, 0]
            square[t], cross[t] = a @ a, a @ beta_influence

    in_parts(cells.size, at_times)
    return BaselineMoments(
        hazard=scale * hazard[cells],
        mean=scale[:, np.newaxis] * means[cells],
        square=scale**2 * square,
        cross=scale[:, np.newaxis] * cross,
    )


class _BaselineInfluence:
    """Makes w a(t) of all rows, for one t after another."""

    def __init__(self, point: FineGrayPoint) -> None:
        self.model, self.point = point.model, point
        with np.errstate(divide="ignore", invalid="ignore"):
            self.inverse = np.where(self.model.deaths > 0, 1.0 / point.risk0, 0.0)
        self.steps = point.hazard * self.inverse

    def at(self, cell: int) -> np.ndarray:
        """Give w a at the end of a cell, shape (n,)."""
        starts = self.model.rows.starts
        stratum = int(np.searchsorted(starts, cell, side="right")) - 1
        mine = slice(int(starts[stratum]), int(starts[stratum + 1]))
        steps = np.zeros(self.steps.size)
        steps[mine.start : cell + 1] = self.steps[mine.start : cell + 1]
        out = self._own(steps, cell, mine)
        for process in self.model.processes:
            self._add_estimation(out, process, steps, mine)
        return out

    def _own(self, steps: np.ndarray, cell: int, mine: slice) -> np.ndarray:
        """Integrate dM/S0 up to the cell; ``steps`` is 0 outside of what is integrated."""
        rows, staying = self.model.rows, self.model.staying
        spent = running_sum(steps, rows.starts)
        out: np.ndarray = -spent[rows.stop]
        if rows.start is not None:
            out += spent[rows.start]
        ends = self.model.ends()
        for c, span in staying.strata():
            later = running_sum(steps * staying.curve[c], rows.starts)
            chosen = staying.row[span]
            out[chosen] -= staying.share[span] * (later[ends[span]] - later[rows.stop[chosen]])
        out *= self.point.risk
        died = np.flatnonzero(rows.event & (rows.stop > mine.start) & (rows.stop <= cell))
        gain = self.inverse[rows.stop[died]]
        out[died] += gain if rows.weight is None else rows.weight[died] * gain
        return out

    def _add_estimation(
        self, out: np.ndarray, process: JumpProcess, steps: np.ndarray, mine: slice
    ) -> None:
        """Add what the estimate of the weights owes to each row."""
        rows, staying = self.model.rows, self.model.staying
        phi = np.zeros(process.code.size)
        for c, span in staying.strata():
            chosen = staying.row[span]
            inside = (rows.stop[chosen] >= mine.start) & (rows.stop[chosen] < mine.stop)
            factor = self.point.risk[chosen] * staying.share[span] * inside
            places = slice(int(process.starts[c]), int(process.starts[c + 1]))
            size = places.stop - places.start
            left = np.bincount(process.stop[chosen] - places.start, factor, size)
            rest = (steps * staying.curve[c])[mine]
            tail = np.append(sum_to_end(rest, np.array([0, rest.size])), 0.0)
            ahead = process.ahead(places, self.model.code[mine])
            phi[places] += (np.cumsum(left) - left) * tail[ahead]
        phi /= process.divisor()
        if process.entering:
            phi = -phi
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = np.where(process.jumps > 0, process.jumps / process.at_risk, 0.0)
        spent = running_sum(phi * rate, process.starts)
        psi = -spent[process.stop]
        if process.start is not None:
            psi += spent[process.start]
        jumped = process.jump >= 0
        psi[jumped] += phi[process.jump[jumped]]
        out += psi if rows.weight is None else rows.weight * psi


def hazard_and_variance(
    base: BaselineMoments,
    vcov: np.ndarray,
    z: np.ndarray,
    predictor: np.ndarray,
    place: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Give the cumulative subdistribution hazard and its variance.

    Parameters
    ----------
    base
        at T times.
    vcov
        shape (p, p): of beta.
    z
        shape (q, p): covariates less the centre of the rows.
    predictor
        shape (q,): z'beta, with an offset if there is one.
    place
        shape (q,): which of the T times.

    Returns
    -------
    hazard, variance : ndarray, shape (q,)
    """
    ratio = np.exp(predictor)
    slope = base.hazard[place, np.newaxis] * z - base.mean[place]
    variance = base.square[place] + 2.0 * np.einsum("qp,qp->q", slope, base.cross[place])
    variance += np.einsum("qi,ij,qj->q", slope, vcov, slope)
    return ratio * base.hazard[place], ratio**2 * np.maximum(variance, 0.0)
