"""Some of the rows of histories, with the labels that are left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from atrisk.engine.timegrid import TimeGrid, snapped
from atrisk.errors import InputError, listed
from atrisk.sources.histories import Dropped, Histories

__all__ = ["code_of", "input_rows", "listed_as_dropped", "require_weight", "taken"]


def input_rows(h: Histories) -> np.ndarray:
    """Say where each history stood in the input, from 0; one row a history."""
    if not len(h.dropped):
        return np.arange(len(h))
    return np.delete(np.arange(len(h) + len(h.dropped)), h.dropped.row - 1)


def listed_as_dropped(dropped: Dropped, row: np.ndarray, column: str, reason: list[str]) -> Dropped:
    """Add rows (counted from 0) to those that were left out, in the order of the rows."""
    rows = np.concatenate((dropped.row, row + 1))
    columns = (*dropped.column, *(column,) * row.size)
    reasons = (*dropped.reason, *reason)
    order = np.argsort(rows, kind="stable")
    return Dropped(rows[order], tuple(columns[i] for i in order), tuple(reasons[i] for i in order))


def taken(h: Histories, keep: np.ndarray) -> Histories:
    """Keep some of the rows; labels of groups and strata that have none left go.

    Parameters
    ----------
    h
        n histories.
    keep
        shape (n,), bool.

    Returns
    -------
    Histories
        ``dropped`` is that of ``h``.

    Raises
    ------
    InputError
        a group has rows left, all of weight 0.
    """
    group, groups = _used(h.group, h.groups, keep)
    stratum, strata = _used(h.stratum, h.strata, keep)
    parts: dict[str, Any] = {
        name: None if (values := getattr(h, name)) is None else values[keep]
        for name in ("exit", "entry", "cause", "weights", "subject", "known_from")
    }
    require_weight(parts["weights"], group, groups)
    return replace(h, group=group, groups=groups, stratum=stratum, strata=strata, **parts)


def require_weight(
    weights: np.ndarray | None, group: np.ndarray | None, groups: tuple[str, ...]
) -> None:
    """Refuse a group of which every row weighs 0."""
    if weights is None:
        return
    sums = np.bincount(np.zeros(weights.size, np.intp) if group is None else group, weights)
    if not sums.all():
        empty = listed(label for label, total in zip(groups, sums, strict=True) if total == 0)
        raise InputError(
            f"the weights are zero in every row of group {empty}: nothing is left of it. Leave "
            "these rows out, or correct the weights."
        )


def _used(
    code: np.ndarray | None, labels: tuple[str, ...], keep: np.ndarray
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    if code is None:
        return None, labels
    present = np.flatnonzero(np.bincount(code[keep], minlength=len(labels)))
    if present.size == len(labels):
        return code[keep], labels
    rank = np.zeros(len(labels), dtype=code.dtype)
    rank[present] = np.arange(present.size)
    return rank[code[keep]], tuple(labels[i] for i in present)


def code_of(h: Histories, time: float) -> tuple[Histories, int]:
    """Find the code of a time, which joins the grid where it is not yet there.

    Returns
    -------
    h : Histories
        the same rows, on a grid that has the time.
    code : int
    """
    times = h.grid.times
    time = float(snapped(np.array([time]), times)[0])
    code = int(np.searchsorted(times, time))
    if code < times.size and times[code] == time:
        return h, code
    later: dict[str, Any] = {
        name: None if (codes := getattr(h, name)) is None else codes + (codes >= code)
        for name in ("exit", "entry")
    }
    grid = TimeGrid(np.insert(times, code, time), h.grid.unit, h.grid.origin)
    return replace(h, grid=grid, **later), code
