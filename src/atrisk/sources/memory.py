"""The tally, and the rows behind it, of histories held in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.influence import Rows
from atrisk.engine.tally import Tally
from atrisk.sources.known_from import warn_of_immortal_groups

if TYPE_CHECKING:
    from atrisk.sources.histories import Histories

__all__ = ["rows", "tally"]

# rows counted at a time: the keys of a block stay in cache
_BLOCK = 1 << 15
# (stratum, time) pairs are numbered outright up to this many a row, and looked up beyond
_PAIRS_PER_ROW = 4


@dataclass(frozen=True, slots=True)
class _Cells:
    """Rows placed in (stratum, time) cells: ``size`` cells, ``starts`` (S + 1,) of each stratum."""

    size: int
    starts: np.ndarray
    time: np.ndarray
    exit: np.ndarray
    entry: np.ndarray | None


def tally(h: Histories) -> Tally:
    """Count who entered, had an event or was censored, by stratum, group and time.

    Parameters
    ----------
    h
        n histories.

    Returns
    -------
    Tally
        its cells are the distinct exit and entry times of each stratum. A row of weight 0
        counts as absent.

    Warns
    -----
    ImmortalTimeWarning
        the groups are known only after the rows came under observation (``known_from``).
    """
    warn_of_immortal_groups(h)
    cells = _cells(h)
    sums, squares = _counts(h, cells, cells.exit, h.cause, len(h.causes) + 1)
    used = sums.sum(axis=(0, 1))
    entered = entered_squares = None
    if cells.entry is not None:
        entering = _counts(h, cells, cells.entry, None, 1)
        used += entering[0].sum(axis=(0, 1))
    kept = np.flatnonzero(used)
    if cells.entry is not None:
        entered, entered_squares = (part[:, 0].take(kept, axis=1) for part in entering)
    by_cause = _by_cause(sums, kept)
    by_cause_squares = by_cause if squares is sums else _by_cause(squares, kept)
    return Tally(
        time=cells.time[kept],
        starts=np.searchsorted(kept, cells.starts),
        entered=entered,
        entered_squares=entered_squares,
        events=by_cause[1:],
        events_squares=by_cause_squares[1:],
        censored=by_cause[0],
        censored_squares=by_cause_squares[0],
        rows=_group_sizes(h, sums),
        groups=h.groups,
        strata=h.strata,
        causes=h.causes,
        unit=h.grid.unit,
        origin=h.grid.origin,
        whole_weights=h.weights is None or bool(np.all(h.weights == np.floor(h.weights))),
        one_row_a_subject=h.subject is None or int(np.bincount(h.subject).max()) == 1,
    )


def _by_cause(sums: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Turn sums of shape (G, kinds, cells) into (kinds, G, M), of the cells in use."""
    ordered = sums.transpose(1, 0, 2)
    return ordered if kept.size == sums.shape[2] else ordered.take(kept, axis=2)


def _cells(h: Histories) -> _Cells:
    """Place rows in pairs of stratum and time: a stratum is an offset in the time code."""
    width, strata = h.grid.times.size, len(h.strata)
    if h.stratum is None or strata == 1:
        return _Cells(width, np.array([0, width]), h.grid.times, h.exit, h.entry)
    offset = h.stratum.astype(np.int64) * width
    exit_pair = offset + h.exit
    entry_pair = None if h.entry is None else offset + h.entry
    bounds = np.arange(strata + 1) * width
    if strata * width <= max(_PAIRS_PER_ROW * len(h), _BLOCK):
        return _Cells(strata * width, bounds, np.tile(h.grid.times, strata), exit_pair, entry_pair)
    both = exit_pair if entry_pair is None else np.concatenate((exit_pair, entry_pair))
    pairs, spot = np.unique(both, return_inverse=True)
    return _Cells(
        pairs.size,
        np.searchsorted(pairs, bounds),
        h.grid.times[pairs % width],
        spot[: len(h)],
        None if entry_pair is None else spot[len(h) :],
    )


def _counts(
    h: Histories, cells: _Cells, place: np.ndarray, kind: np.ndarray | None, kinds: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sum w and w^2 by group, kind and cell, each of shape (G, kinds, cells).

    Blocks have a fixed size and are added in order, so the sums do not depend on the machine.
    """
    shape = (len(h.groups), kinds, cells.size)
    bins = int(np.prod(shape))
    block = max(_BLOCK, bins)
    keys = _Keys(h.group, kind, place, shape, min(block, len(h)))
    total = squares = None
    for begin in range(0, len(h), block):
        span = slice(begin, min(begin + block, len(h)))
        key = keys.of(span)
        weight = None if h.weights is None else h.weights[span]
        total = _added(total, np.bincount(key, weight, bins))
        if weight is not None:
            squares = _added(squares, np.bincount(key, weight * weight, bins))
    sums = np.asarray(total, dtype=np.float64).reshape(shape)
    return sums, sums if squares is None else squares.reshape(shape)


def _added(total: np.ndarray | None, part: np.ndarray) -> np.ndarray:
    if total is None:
        return part
    total += part
    return total


class _Keys:
    """Numbers key = cell + cells * (kind + kinds * group), a block of rows at a time.

    The arithmetic runs in the smallest integers that hold it, in buffers that stay in cache.
    """

    def __init__(
        self,
        group: np.ndarray | None,
        kind: np.ndarray | None,
        place: np.ndarray,
        shape: tuple[int, int, int],
        block: int,
    ) -> None:
        groups, self.kinds, self.cells = shape
        self.group = group if groups > 1 else None
        self.kind, self.place = kind, place
        self.small = np.min_scalar_type(groups * self.kinds)
        self.narrow = np.empty(block, np.int32 if np.prod(shape) < 2**31 else np.int64)
        self.wide = np.empty(block, np.intp)

    def of(self, span: slice) -> np.ndarray:
        """Give the keys of a block of rows; the array is written over by the next call."""
        size = span.stop - span.start
        narrow, wide = self.narrow[:size], self.wide[:size]
        narrow[:] = self._slot(span)
        np.multiply(narrow, self.cells, out=narrow)
        np.add(narrow, self.place[span], out=narrow, casting="same_kind")
        wide[:] = narrow
        return wide

    def _slot(self, span: slice) -> np.ndarray | int:
        """Compute kind + kinds * group."""
        if self.group is None:
            return 0 if self.kind is None else self.kind[span]
        slot: np.ndarray = np.array(self.group[span], dtype=self.small)
        np.multiply(slot, self.small.type(self.kinds), out=slot)
        if self.kind is not None:
            np.add(slot, self.kind[span], out=slot)
        return slot


def _group_sizes(h: Histories, sums: np.ndarray) -> np.ndarray:
    """Count the rows of each group; without weights the tally has them already."""
    if h.weights is None:
        counts: np.ndarray = sums.sum(axis=(1, 2)).astype(np.int64)
        return counts
    return np.bincount(np.zeros(len(h), np.intp) if h.group is None else h.group)


def rows(h: Histories, table: Tally) -> Rows:
    """Place each row in the cells of a tally.

    Parameters
    ----------
    h
        n histories.
    table
        their tally, with its strata or with `merge_strata` of them.

    Returns
    -------
    Rows
    """
    grid = h.grid.times
    code = np.searchsorted(grid, table.time)
    if len(table.strata) == 1:
        place = np.searchsorted(code, np.arange(grid.size))
        exit_cell = place[h.exit]
        entry_cell = None if h.entry is None else place[h.entry]
    else:
        offset = np.asarray(h.stratum, dtype=np.int64) * grid.size
        pairs = code + np.repeat(np.arange(len(h.strata)), np.diff(table.starts)) * grid.size
        exit_cell = np.searchsorted(pairs, offset + h.exit)
        entry_cell = None if h.entry is None else np.searchsorted(pairs, offset + h.entry)
    last = table.time.size - 1  # a row of weight 0 may lie past it
    return Rows(
        exit=np.minimum(exit_cell, last),
        entry=None if entry_cell is None else np.minimum(entry_cell, last),
        group=np.zeros(len(h), dtype=np.intp) if h.group is None else h.group.astype(np.intp),
        cause=h.cause,
        weight=np.ones(len(h)) if h.weights is None else h.weights,
        cluster=h.subject,
    )
