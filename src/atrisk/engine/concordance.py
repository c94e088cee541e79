"""Concordance of a score with survival: counts of pairs, and the influence of every row.

Rows i and j of a stratum are comparable if i has an event at a time at which j is at risk and after
which j goes on: entry_j < t_i < exit_j, or t_i = exit_j and j is censored then. The pair is
concordant if i has the higher score. It counts w_i w_j v(t_i), v the weight of the event's time.

Rows are laid out by time (censorings after events of the same time) and ranked by score. Then
concordant pairs are inversions, and tied scores are runs of neighbours. A row that enters late is
two points: one that leaves with weight w, and one with weight -w where it enters, which takes it
back out of all comparisons before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from atrisk.engine.concordance_cells import Sums, sums_by_cells
from atrisk.engine.inversions import inversions
from atrisk.engine.segments import running_sum, sum_to_end

__all__ = ["Compared", "PairCounts", "compare_pairs", "score_ranks"]

# a table of scores by times may have this many cells a row
_CELLS_PER_ROW = 2
_ROUNDING = 1e-13


@dataclass(frozen=True, slots=True)
class Compared:
    """Rows to compare.

    Attributes
    ----------
    exit
        shape (n,), int: time code of the end of observation.
    entry
        shape (n,), int, or None: time code after which the row is at risk.
    event
        shape (n,), bool.
    stratum
        shape (n,), int, or None: only rows of one stratum are compared.
    weight
        shape (n,), or None for 1 each.
    rank
        shape (n,), int: position of the score among its distinct values.
    """

    exit: np.ndarray
    entry: np.ndarray | None
    event: np.ndarray
    stratum: np.ndarray | None
    weight: np.ndarray | None
    rank: np.ndarray


@dataclass(frozen=True, slots=True)
class PairCounts:
    """Weights of pairs of rows.

    Attributes
    ----------
    concordant, discordant, tied_score
        of comparable pairs: the higher score fails first, lasts longer, or scores are equal.
    tied_time, tied_both
        of pairs of events at one time, with different and with equal scores; not comparable.
    influence
        shape (n,): w times the derivative of the estimate in the weight of each row.
    """

    concordant: float
    discordant: float
    tied_score: float
    tied_time: float
    tied_both: float
    influence: np.ndarray

    @property
    def comparable(self) -> float:
        """The weight of all comparable pairs."""
        return self.concordant + self.discordant + self.tied_score

    @property
    def estimate(self) -> float:
        """The concordance: concordant pairs and half the tied ones, of all comparable ones."""
        if not self.comparable:
            return float("nan")
        return (self.concordant + self.tied_score / 2.0) / self.comparable


def score_ranks(score: np.ndarray, tolerance: float = 0.0) -> np.ndarray:
    """Rank scores: position among the distinct values.

    Parameters
    ----------
    score
        shape (n,), finite.
    tolerance
        neighbours that differ by at most this much are equal.

    Returns
    -------
    ndarray of int32, shape (n,)

    Examples
    --------
    >>> score_ranks(np.array([0.5, 2.0, 0.5, -1.0])).tolist()
    [1, 2, 1, 0]
    """
    order = np.argsort(score)
    ordered = score[order]
    new = np.empty(score.size, dtype=np.int32)
    new[:1] = 0
    np.greater(np.diff(ordered), tolerance, out=new[1:], casting="unsafe")
    ranks = np.empty_like(new)
    ranks[order] = np.cumsum(new, dtype=np.int32)
    return ranks


@dataclass(frozen=True, slots=True)
class _Moments:
    """Rows in groups: a group is a (stratum, time, event or censored), in this order.

    ``of`` (n,) is the group of each row, ``entered`` (n,) or None that of its entry, ``starts``
    (S + 1,) where each stratum's groups begin.
    """

    of: np.ndarray
    entered: np.ndarray | None
    starts: np.ndarray


def _moments(rows: Compared) -> _Moments:
    place = 2 * rows.exit.astype(np.int64) + ~rows.event
    # who enters at t is not compared with events at t: as if he were censored then
    entry = None if rows.entry is None else 2 * rows.entry.astype(np.int64) + 1
    if rows.stratum is None:
        top = int(place.max(initial=0)) + 1
        return _Moments(place, entry, np.array([0, top]))
    width = 2 * int(rows.exit.max(initial=0)) + 2
    shift = rows.stratum.astype(np.int64) * width
    both = shift + place if entry is None else np.concatenate((shift + place, shift + entry))
    seen, code = np.unique(both, return_inverse=True)
    edges = np.arange(int(rows.stratum.max(initial=0)) + 2) * width
    n = place.size
    return _Moments(code[:n], None if entry is None else code[n:], np.searchsorted(seen, edges))


def compare_pairs(rows: Compared, time_weight: np.ndarray | None = None) -> PairCounts:
    """Count concordant, discordant and tied pairs.

    Parameters
    ----------
    rows
        n rows.
    time_weight
        shape (n,): v(t) at each row's exit, used where it has an event; None for 1.

    Returns
    -------
    PairCounts

    References
    ----------
    Harrell FE, Califf RM, Pryor DB, Lee KL, Rosati RA (1982) JAMA 247:2543. Therneau TM, Watson DA
    (2015) The concordance statistic and the Cox model, Mayo Clinic TR 85 (counts; influence).
    """
    at = _moments(rows)
    n, groups = rows.exit.size, int(at.starts[-1])
    whole = rows.weight is None and time_weight is None
    weight = np.ones(n, np.int8 if whole else float) if rows.weight is None else rows.weight
    lead = weight * rows.event if time_weight is None else weight * rows.event * time_weight
    behind, before, tied_behind, tied_before, tied_both = _sums(rows, at, weight, lead)
    weight, lead = weight.astype(float, copy=False), lead.astype(float, copy=False)
    leaving, failing = np.bincount(at.of, weight, groups), np.bincount(at.of, lead, groups)
    same_time = float(leaving @ failing - weight @ lead) / 2.0
    goes_on = _behind(at, weight, leaving)[at.of]
    failed = running_sum(failing, at.starts) - failing
    gone = failed[at.of] if at.entered is None else failed[at.of] - failed[at.entered]
    comparable = float(lead @ goes_on)
    concordant, tied = float(lead @ behind), float(lead @ tied_behind)
    if not comparable:
        concordant = tied = 0.0
    estimate = (concordant + tied / 2.0) / comparable if comparable else np.nan
    # each row's part in the numerator less the estimate times its part in the denominator
    influence = lead * (behind + tied_behind / 2.0 - estimate * goes_on)
    influence += weight * (before + tied_before / 2.0 - estimate * gone)
    influence /= comparable or np.nan
    return PairCounts(
        concordant,
        comparable - concordant - tied,
        tied,
        same_time - tied_both,
        tied_both,
        influence,
    )


def _sums(rows: Compared, at: _Moments, weight: np.ndarray, lead: np.ndarray) -> Sums:
    """Sum what each row is compared with: on a table if it is not much larger than the data."""
    line = _lines(rows)
    shape = int(line.max(initial=0)) + 1, int(at.starts[-1])
    if shape[0] * shape[1] <= _CELLS_PER_ROW * line.size:
        return sums_by_cells(line, at.of, at.entered, shape, weight, lead)
    points = _Points.laid_out(line, at, weight, lead)
    behind, before = points.concordant()
    return Sums(behind, before, *points.tied())


def _behind(at: _Moments, weight: np.ndarray, leaving: np.ndarray) -> np.ndarray:
    """Sum the weights at risk after each group, shape (groups,)."""
    flow = leaving
    if at.entered is not None:
        flow = leaving - np.bincount(at.entered, weight, leaving.size)
    behind: np.ndarray = sum_to_end(flow, at.starts) - flow
    if at.entered is not None:
        # what rounding leaves of those who have not entered yet is not a row
        behind[behind < _ROUNDING * weight.sum()] = 0.0
    return behind


@dataclass(frozen=True, slots=True)
class _Points:
    """N points in order of score, those of equal score in order of time.

    ``order`` (N,) says which point stands there; ``place`` (N,) who comes there in order of time,
    as a position in the order of scores; ``new_score`` and ``new_group`` (N - 1,) where the next
    point has another score, and another score or group. ``behind`` and ``before`` (N,) are the
    weights of the points, ``rows`` their number without entries.
    """

    order: np.ndarray
    place: np.ndarray
    new_score: np.ndarray
    new_group: np.ndarray
    behind: np.ndarray
    before: np.ndarray
    rows: int

    @staticmethod
    def laid_out(line: np.ndarray, at: _Moments, weight: np.ndarray, lead: np.ndarray) -> _Points:
        rows, group, behind, before = line.size, at.of, weight, lead
        if at.entered is not None:
            line, group = np.tile(line, 2), np.concatenate((group, at.entered))
            behind = np.concatenate((weight, -weight))
            before = np.concatenate((lead, np.zeros_like(lead)))
        order = _by_score(line, group, int(at.starts[-1]))
        line, group = line[order], group[order]
        new_score = line[1:] != line[:-1]
        new_group = new_score | (group[1:] != group[:-1])
        return _Points(order, _by_time(group), new_score, new_group, behind, before, rows)

    def concordant(self) -> tuple[np.ndarray, np.ndarray]:
        """Sum the weights of lower scores behind, and of higher ones before, each row."""
        point = self.order[self.place]
        smaller, larger = inversions(
            self.place[np.newaxis], self.behind[point][np.newaxis], self.before[point][np.newaxis]
        )
        return self._by_row(smaller[0], larger[0], point)

    def _by_row(
        self, behind: np.ndarray, before: np.ndarray, point: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Put sums over points back to rows, less those before a row enters."""
        n = self.rows
        sums = np.zeros((2, self.order.size))
        sums[0][point], sums[1][point] = behind, before
        return sums[0, :n], sums[1, :n] - sums[1, n:] if self.order.size > n else sums[1]

    def tied(self) -> tuple[np.ndarray, np.ndarray, float]:
        """Sum the weights of equal scores behind and before each row, and of pairs of events."""
        edges = np.flatnonzero(np.concatenate(([True], self.new_score, [True])))
        points = np.diff(edges)
        # a row is not tied with its own entry
        kept = np.flatnonzero(np.repeat(points > self.order.size // self.rows, points))
        if not kept.size:
            nothing = np.zeros(self.rows)
            return nothing, nothing, 0.0
        point = self.order[kept]
        # scores are kept as a whole, so one ends between two points if it ends after the first
        line_from, line_to = _run(self.new_score[kept[:-1]])
        same_from, same_to = _run(self.new_group[kept[:-1]])
        behind, before = self.behind[point].astype(float), self.before[point].astype(float)
        summed, failed = _from_zero(behind), _from_zero(before)
        tied_behind = summed[line_to] - summed[same_to]
        tied_before = failed[same_from] - failed[line_from]
        # each event with the others of its time and score
        others = summed[same_to] - summed[same_from] - behind
        return *self._by_row(tied_behind, tied_before, point), float(before @ others) / 2.0


def _by_score(line: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """Sort points by score, then group; distinct scores are their places already."""
    if int(line.max(initial=-1)) + 1 < line.size:
        return np.argsort(line * groups + group).astype(np.int32)
    order = np.empty(line.size, dtype=np.int32)
    order[line] = np.arange(line.size, dtype=np.int32)
    return order


def _by_time(group: np.ndarray) -> np.ndarray:
    """Sort positions by their group, keeping their order within it."""
    bits = group.size.bit_length()
    key = group.astype(np.int64) << bits
    key += np.arange(key.size)
    key.sort()
    key &= (1 << bits) - 1
    return key.astype(np.int32)


def _lines(rows: Compared) -> np.ndarray:
    """Give each row the number of its stratum and score."""
    line = rows.rank.astype(np.int64)
    if rows.stratum is None:
        return line
    line += rows.stratum.astype(np.int64) * (int(line.max(initial=0)) + 1)
    found: np.ndarray = np.unique(line, return_inverse=True)[1]
    return found


def _run(new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give where the run of each element begins and ends."""
    edges = np.concatenate(([0], np.flatnonzero(new) + 1, [new.size + 1]))
    length = np.diff(edges)
    return np.repeat(edges[:-1], length), np.repeat(edges[1:], length)


def _from_zero(values: np.ndarray) -> np.ndarray:
    return np.concatenate(([0.0], np.cumsum(values)))
