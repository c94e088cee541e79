"""Rows of a partial-likelihood model made from histories held in memory and their covariates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.model_rows import ModelRows
from atrisk.engine.passes import blocks, in_parts

if TYPE_CHECKING:
    from atrisk.sources.histories import Histories

__all__ = ["column_sums", "model_rows"]

# covariates are copied to be centred below this many numbers
_LARGE = 1 << 22
# rows looked at, and how many standard deviations from 0 a mean may lie, to go without a copy
_SEEN = 4096
_FAR = 10.0


def model_rows(
    h: Histories,
    x: np.ndarray,
    *,
    cause: int | None = None,
    offset: np.ndarray | None = None,
) -> ModelRows:
    """Place histories in the cells where events happen, with centred covariates.

    Parameters
    ----------
    h
        n histories; a row of weight 0 must have been left out.
    x
        shape (n, p).
    cause
        1-based: the cause that counts as the event, the others as censored; None for all.
    offset
        shape (n,), or None.

    Returns
    -------
    ModelRows
    """
    event = h.cause > 0 if cause is None else h.cause == cause
    time, starts, stop, start = _cells(h, event)
    center = column_sums(x, h.weights) / (len(h) if h.weights is None else h.weights.sum())
    if _good_as_it_is(x, center):
        center, centred = np.zeros_like(center), x.view()
    else:
        centred = _centred(x, center)
    centred.setflags(write=False)
    return ModelRows(
        x=centred,
        center=center,
        stop=stop,
        start=start,
        event=event,
        weight=h.weights,
        offset=offset,
        time=time,
        starts=starts,
    )


def _cells(
    h: Histories, event: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    """Make a cell of each distinct (stratum, event time) and pad, and place the rows in them."""
    width, strata = h.grid.times.size, len(h.strata)
    if strata == 1 or h.stratum is None:
        seen = np.zeros(width, dtype=bool)
        seen[h.exit[event]] = True
        last = np.cumsum(seen, dtype=np.int32)  # cell 0 is the pad
        time = np.concatenate(([-np.inf], h.grid.times[seen]))
        start = None if h.entry is None else last[h.entry]
        return time, np.array([0, time.size]), last[h.exit], start
    offset = h.stratum.astype(np.int64) * width
    pairs = np.unique(offset[event] + h.exit[event])
    counts = np.bincount(pairs // width, minlength=strata)
    starts = np.concatenate(([0], np.cumsum(counts + 1)))
    time = np.full(starts[-1], -np.inf)
    time[np.arange(pairs.size) + 1 + pairs // width] = h.grid.times[pairs % width]
    # a row's last cell: the pairs up to it, and one pad for each stratum up to its own
    stop = np.searchsorted(pairs, offset + h.exit, side="right") + h.stratum
    entry = h.entry
    start = (
        None if entry is None else np.searchsorted(pairs, offset + entry, side="right") + h.stratum
    )
    return time, starts, stop.astype(np.int32), None if start is None else start.astype(np.int32)


def _good_as_it_is(x: np.ndarray, center: np.ndarray) -> bool:
    """Spare a copy of many numbers whose means are small enough beside their spread.

    A mean of m standard deviations costs the information 2 log10(m) of its 16 digits.
    """
    if x.size < _LARGE or x.dtype != np.float64 or not x.flags.c_contiguous:
        return False
    spread = x[:: x.shape[0] // _SEEN].std(axis=0)
    return bool(np.all(np.abs(center) <= _FAR * spread))


def column_sums(x: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Sum each column of x, shape (n, p), over its rows, with their weights if there are any."""

    def part_sum(part: slice) -> np.ndarray:
        total = np.zeros(x.shape[1])
        for block in blocks(part, x.shape[1]):
            rows = x[block]
            total += (np.ones(rows.shape[0]) if weights is None else weights[block]) @ rows
        return total

    total: np.ndarray = sum(in_parts(x.shape[0], part_sum), np.zeros(x.shape[1]))
    return total


def _centred(x: np.ndarray, center: np.ndarray) -> np.ndarray:
    out = np.empty(x.shape)

    def part_difference(part: slice) -> None:
        np.subtract(x[part], center, out=out[part])

    in_parts(x.shape[0], part_difference)
    return out
