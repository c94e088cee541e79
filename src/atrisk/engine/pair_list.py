"""Concordance of many scores of the same few rows: the comparable pairs are listed once.

For thousands of rows `atrisk.engine.concordance` counts pairs without listing them; for a few
hundred, as in the bootstrap of a clinical study, a list is faster, because it serves every sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from atrisk.engine.concordance import Compared

__all__ = ["PairList", "list_pairs"]


@dataclass(frozen=True, slots=True)
class PairList:
    """Comparable pairs.

    Attributes
    ----------
    first
        shape (m,): rows with an event.
    second
        shape (m,): rows at risk then that go on.
    """

    first: np.ndarray
    second: np.ndarray

    def concordance(self, rank: np.ndarray, counts: np.ndarray | None = None) -> float:
        """Give the share of pairs in which the row with the event has the higher score.

        Parameters
        ----------
        rank
            shape (n,): of the scores; equal where they are. A pair of equal ones counts half.
        counts
            shape (n,): how often each row counts; None for once.

        Returns
        -------
        float
            NaN where no two rows are comparable.
        """
        high, low = rank[self.first], rank[self.second]
        weight = np.ones(high.size) if counts is None else counts[self.first] * counts[self.second]
        total = float(weight.sum())
        # sums, not dot products, which BLAS hands to threads that the samples already use
        right = float(weight[high > low].sum()) + 0.5 * float(weight[high == low].sum())
        return right / total if total else float("nan")


def list_pairs(rows: Compared) -> PairList:
    """List the pairs that can be compared: entry_j < t_i < exit_j, or t_i = exit_j and j censored.

    Parameters
    ----------
    rows
        n rows; their weights and ranks are not used.
    """
    events = np.flatnonzero(rows.event)
    time = rows.exit[events][:, np.newaxis]
    can = (rows.exit > time) | ((rows.exit == time) & ~rows.event)
    if rows.entry is not None:
        can &= rows.entry < time
    if rows.stratum is not None:
        can &= rows.stratum == rows.stratum[events][:, np.newaxis]
    place, second = np.nonzero(can)
    return PairList(events[place], second)
