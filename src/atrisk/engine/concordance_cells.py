"""Pairs of rows counted on a table of scores by times, where both have few distinct values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Sums", "sums_by_cells"]


class Sums(NamedTuple):
    """What each of n rows is compared with.

    Attributes
    ----------
    behind, tied_behind
        shape (n,): weights at risk after the row's exit, with a lower and with the same score.
    before, tied_before
        shape (n,): weights of events while the row was at risk, with a higher and with the same
        score.
    tied_both
        weight of the pairs of events of one time and score.
    """

    behind: np.ndarray
    before: np.ndarray
    tied_behind: np.ndarray
    tied_before: np.ndarray
    tied_both: float


def sums_by_cells(
    line: np.ndarray,
    group: np.ndarray,
    entered: np.ndarray | None,
    shape: tuple[int, int],
    weight: np.ndarray,
    lead: np.ndarray,
) -> Sums:
    """Sum over the table of scores by groups of rows that leave together.

    Parameters
    ----------
    line
        shape (n,), int: position of the score; those of a later stratum are higher.
    group
        shape (n,), int: position of the exit in time; those of a later stratum are later.
    entered
        shape (n,), int, or None: group as of which the row would be compared if it left at entry.
    shape
        number of lines and of groups.
    weight
        shape (n,).
    lead
        shape (n,): weight of a row as the one that has the event; 0 where it has none.
    """
    size, cell = shape[0] * shape[1], line * shape[1] + group
    entry = None if entered is None else line * shape[1] + entered
    failed = np.bincount(cell, lead, size).reshape(shape)
    left = np.bincount(cell, weight, size).reshape(shape)
    twice = np.vdot(failed, left) - np.einsum("i,i", weight, lead, dtype=float)
    if entry is not None:
        left -= np.bincount(entry, weight, size).reshape(shape)
    table = np.zeros(shape)
    np.cumsum(left[:, :0:-1], axis=1, out=table[:, -2::-1])
    tied_behind = table.ravel()[cell]
    left[0] = 0.0
    np.cumsum(table[:-1], axis=0, out=left[1:])
    behind = left.ravel()[cell]
    table[:, 0] = 0.0
    np.cumsum(failed[:, :-1], axis=1, out=table[:, 1:])
    tied_before = _while_at_risk(table, cell, entry)
    failed[-1] = 0.0
    np.cumsum(table[:0:-1], axis=0, out=failed[-2::-1])
    before = _while_at_risk(failed, cell, entry)
    return Sums(behind, before, tied_behind, tied_before, float(twice) / 2.0)


def _while_at_risk(table: np.ndarray, cell: np.ndarray, entry: np.ndarray | None) -> np.ndarray:
    found: np.ndarray = table.ravel()[cell]
    if entry is not None:
        found -= table.ravel()[entry]
    return found
