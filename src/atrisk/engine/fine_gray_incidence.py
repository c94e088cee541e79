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
from atrisk.engine.passes import side_by_side
from atrisk.engine.segments import running_sum

if TYPE_CHECKING:
    from atrisk.engine.censoring_weights import JumpProcess
    from atrisk.engine.fine_gray import FineGrayPoint

# times worked on at once by a thread
_TIMES = 16

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
    influence = _BaselineInfluence(point, np.unique(stratum))

    def at_times(part: slice) -> None:
        for t in range(part.start, part.stop):
            rowwise = influence.at(int(cells[t]), int(stratum[t]))[:, np.newaxis]
            a = unit_influence(rowwise, rows.weight, cluster, counted=counted)[:, 0]
            square[t], cross[t] = a @ a, a @ beta_influence

    side_by_side(
        [slice(t, min(t + _TIMES, cells.size)) for t in range(0, cells.size, _TIMES)], at_times
    )
    return BaselineMoments(
        hazard=scale * hazard[cells],
        mean=scale[:, np.newaxis] * means[cells],
        square=scale**2 * square,
        cross=scale[:, np.newaxis] * cross,
    )


@dataclass(frozen=True, slots=True)
class _Carried:
    """What the weights of one censoring stratum carry into the cells of one stratum.

    Attributes
    ----------
    curve
        shape (K,): G(t-).
    places
        of the process, in this censoring stratum.
    before
        shape (places,): sum of r/G(X-) over the competing rows before each place.
    ahead
        shape (places,): first cell that a jump at each place changes.
    """

    curve: np.ndarray
    places: slice
    before: np.ndarray
    ahead: np.ndarray


class _BaselineInfluence:
    """Makes w a(t) of all rows, for one t after another."""

    def __init__(self, point: FineGrayPoint, strata: np.ndarray) -> None:
        self.model, self.point = point.model, point
        with np.errstate(divide="ignore", invalid="ignore"):
            self.inverse = np.where(self.model.deaths > 0, 1.0 / point.risk0, 0.0)
        self.steps = point.hazard * self.inverse
        self.ends = self.model.ends()
        self.died = np.flatnonzero(self.model.rows.event)
        self.carried = {
            (int(s), number): self._carried(int(s), process)
            for s in strata
            for number, process in enumerate(self.model.processes)
        }

    def _carried(self, stratum: int, process: JumpProcess) -> list[_Carried]:
        rows, staying = self.model.rows, self.model.staying
        first, end = rows.starts[stratum : stratum + 2]
        found = []
        for c, span in staying.strata():
            chosen = staying.row[span]
            inside = (rows.stop[chosen] >= first) & (rows.stop[chosen] < end)
            factor = self.point.risk[chosen] * staying.share[span] * inside
            places = slice(int(process.starts[c]), int(process.starts[c + 1]))
            size = places.stop - places.start
            left = np.bincount(process.stop[chosen] - places.start, factor, size)
            ahead = first + process.ahead(places, self.model.code[first:end])
            found.append(_Carried(staying.curve[c], places, np.cumsum(left) - left, ahead))
        return found

    def at(self, cell: int, stratum: int) -> np.ndarray:
        """Give w a at the end of a cell of a stratum, shape (n,)."""
        first = self.model.rows.starts[stratum]
        steps = np.zeros(self.steps.size)
        steps[first : cell + 1] = self.steps[first : cell + 1]
        out = self._own(steps, first, cell)
        for number, process in enumerate(self.model.processes):
            self._add_estimation(out, process, steps, self.carried[stratum, number])
        return out

    def _own(self, steps: np.ndarray, first: int, cell: int) -> np.ndarray:
        """Integrate dM/S0 up to the cell; ``steps`` is 0 outside of what is integrated."""
        rows, staying = self.model.rows, self.model.staying
        spent = running_sum(steps, rows.starts)
        out: np.ndarray = -spent[rows.stop]
        if rows.start is not None:
            out += spent[rows.start]
        for c, span in staying.strata():
            later = running_sum(steps * staying.curve[c], rows.starts)
            chosen = staying.row[span]
            after = later[self.ends[span]] - later[rows.stop[chosen]]
            out[chosen] -= staying.share[span] * after
        out *= self.point.risk
        stop = rows.stop[self.died]
        died = self.died[(stop > first) & (stop <= cell)]
        gain = self.inverse[rows.stop[died]]
        out[died] += gain if rows.weight is None else rows.weight[died] * gain
        return out

    def _add_estimation(
        self, out: np.ndarray, process: JumpProcess, steps: np.ndarray, carried: list[_Carried]
    ) -> None:
        """Add what the estimate of the weights owes to each row."""
        weight = self.model.rows.weight
        phi = np.zeros(process.code.size)
        for part in carried:
            later = np.append(np.cumsum((steps * part.curve)[::-1])[::-1], 0.0)
            phi[part.places] += part.before * later[part.ahead]
        own, spent = (table[:, 0] for table in process.influence(phi[:, np.newaxis]))
        psi: np.ndarray = -spent[process.stop]
        if process.start is not None:
            psi += spent[process.start]
        jumped = process.jump >= 0
        psi[jumped] += own[process.jump[jumped]]
        out += psi if weight is None else weight * psi


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
