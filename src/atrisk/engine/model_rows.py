"""Rows of a partial-likelihood model, placed in the cells where events happen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["ModelRows"]


@dataclass(frozen=True, slots=True)
class ModelRows:
    """Who is at risk in which cell, with which covariates.

    A cell is a distinct (stratum, event time), ordered by stratum, then time. In front of the
    cells of each stratum stands one empty cell, its pad, whose time is minus infinity. A row is
    at risk in the cells start < k <= stop. Times without an event need no cell: the partial
    likelihood does not change there.

    Attributes
    ----------
    x
        shape (n, p), float, C order: covariates less ``center``.
    center
        shape (p,): the weighted mean of the covariates.
    stop
        shape (n,), int32: the row's last cell at or before its exit; the pad if there is none.
    start
        shape (n,), int32, or None: the row's last cell at or before its entry, the pad if there
        is none; None where everybody is at risk from the start.
    event
        shape (n,), bool: the row has an event, in its cell ``stop``.
    weight
        shape (n,), positive, or None for 1 each.
    offset
        shape (n,), or None for 0 each.
    time
        shape (K,): the time of each cell.
    starts
        shape (S + 1,): where each stratum's cells begin, with its pad; ``starts[S] == K``.
    """

    x: np.ndarray
    center: np.ndarray
    stop: np.ndarray
    start: np.ndarray | None
    event: np.ndarray
    weight: np.ndarray | None
    offset: np.ndarray | None
    time: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return self.stop.size

    def weights(self) -> np.ndarray:
        """Give the weight of each row, shape (n,)."""
        return np.ones(len(self)) if self.weight is None else self.weight

    def stratum(self) -> np.ndarray:
        """Give the stratum of each row, shape (n,)."""
        found: np.ndarray = np.searchsorted(self.starts, self.stop, side="right") - 1
        return found

    def pads(self) -> np.ndarray:
        """Give the pad of each row's stratum, shape (n,)."""
        pads: np.ndarray = self.starts[self.stratum()]
        return pads

    def predictor(self, beta: np.ndarray) -> np.ndarray:
        """Give the centred linear predictor with its offset, shape (n,)."""
        eta: np.ndarray = self.x @ beta
        return eta if self.offset is None else eta + self.offset
