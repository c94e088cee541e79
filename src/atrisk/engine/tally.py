"""The first of the two additive tables: who left, when, and why.

For each stratum, group and time the tally holds how many rows entered, had an event of each cause,
or were censored, as sums of weights and of squared weights. Sums add over rows, so the tally of
two hospitals is the sum of their tallies, and every non-parametric estimator is a pure function
of this table.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.engine.timegrid import tied_times
from atrisk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Tally",
    "at_risk",
    "at_risk_of_censoring",
    "last_known",
    "left",
    "merge_groups",
    "merge_strata",
    "reverse_cumsum",
    "select_groups",
]


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over rows by stratum, group and time.

    A cell is a distinct (stratum, time) pair; cells are ordered by stratum, then time. There are
    M cells, G groups, C causes and S strata.

    Attributes
    ----------
    time
        shape (M,): the time of each cell, in ``unit`` since ``origin``.
    starts
        shape (S + 1,): where each stratum's cells begin; ``starts[S] == M``.
    entered, entered_squares
        shape (G, M): sum of w (of w^2) of the rows that entered at this time, and so are at risk
        after it; None where everybody is at risk from the start.
    events, events_squares
        shape (C, G, M): the same of the rows with an event of each cause.
    censored, censored_squares
        shape (G, M): the same of the rows censored here.
    rows
        shape (G,): number of rows.
    groups, strata, causes
        labels, of length G, S and C.
    unit, origin
        what a time of 1 means, and what happened at time zero.
    whole_weights
        whether every weight is a whole number, so that weights can be read as counts.
    one_row_a_subject
        whether rows are independent: a robust variance adds up the rows of a subject.
    """

    time: np.ndarray
    starts: np.ndarray
    entered: np.ndarray | None
    entered_squares: np.ndarray | None
    events: np.ndarray
    events_squares: np.ndarray
    censored: np.ndarray
    censored_squares: np.ndarray
    rows: np.ndarray
    groups: tuple[str, ...]
    strata: tuple[str, ...]
    causes: tuple[str, ...]
    unit: str
    origin: str
    whole_weights: bool
    one_row_a_subject: bool

    def __post_init__(self) -> None:
        """Make the arrays read-only: a tally is added to, not edited."""
        for array in (self.time, self.starts, self.rows, *_sums(self).values()):
            if array is not None:
                array.setflags(write=False)

    def __repr__(self) -> str:
        """Say what is counted without showing the counts."""
        return (
            f"Tally({self.rows.sum()} rows at {self.time.size} times, causes={self.causes}, "
            f"groups={self.groups}, strata={len(self.strata)}, unit={self.unit!r}, "
            f"origin={self.origin!r})"
        )

    def __add__(self, other: Tally) -> Tally:
        """Add the tally of other rows: the tally of all of them together.

        Raises
        ------
        InputError
            the tables differ in groups, strata, causes, unit or origin.
        """
        for name in ("groups", "strata", "causes", "unit", "origin"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                raise InputError(
                    f"tallies add only when they agree in {name}: {mine!r} and {theirs!r} differ. "
                    "Make both with the same labels and unit."
                )
        return _added(self, other)


def _added(a: Tally, b: Tally) -> Tally:
    grid, codes = tied_times(np.concatenate((a.time, b.time)))
    strata = np.concatenate([_stratum_of_cell(t) for t in (a, b)])
    cells, position = np.unique(strata * grid.size + codes, return_inverse=True)
    spots = position[: a.time.size], position[a.time.size :]
    summed: dict[str, Any] = {}
    for name, mine in _sums(a).items():
        theirs = _sums(b)[name]
        parts = [np.zeros_like(a.censored) if mine is None else mine]
        parts += [np.zeros_like(b.censored) if theirs is None else theirs]
        unused = mine is None and theirs is None
        summed[name] = None if unused else _scattered(parts, spots, cells.size)
    return replace(
        a,
        time=grid[cells % grid.size],
        starts=np.searchsorted(cells, np.arange(len(a.strata) + 1) * grid.size),
        rows=a.rows + b.rows,
        whole_weights=a.whole_weights and b.whole_weights,
        one_row_a_subject=a.one_row_a_subject and b.one_row_a_subject,
        **summed,
    )


def _stratum_of_cell(tally: Tally) -> np.ndarray:
    return np.repeat(np.arange(len(tally.strata)), np.diff(tally.starts))


def _scattered(parts: Sequence[np.ndarray], spots: Sequence[np.ndarray], cells: int) -> np.ndarray:
    """Lay each part's last axis out over the common cells and add."""
    total = np.zeros((*parts[0].shape[:-1], cells))
    for part, spot in zip(parts, spots, strict=True):
        where: Any = (..., spot)
        np.add.at(total, where, part)  # two cells of one part may be one time here
    return total


def left(tally: Tally) -> np.ndarray:
    """Count who left at each time, for whatever reason, shape (G, M)."""
    total: np.ndarray = tally.events.sum(axis=0) + tally.censored
    return total


def at_risk(tally: Tally) -> np.ndarray:
    """Count who is at risk just before each time, shape (G, M): entry < t <= exit.

    Y(t_k) = sum of those who leave at t_k or later, less those who enter at t_k or later.
    """
    flow = left(tally)
    if tally.entered is None:
        return reverse_cumsum(flow, tally.starts)
    risk = reverse_cumsum(flow - tally.entered, tally.starts)
    # what rounding leaves of those who stay, where nobody does, is not a person
    nobody_stays = risk - flow < risk.max(initial=0.0) * 1e-13
    return np.where(nobody_stays, flow, risk)


def at_risk_of_censoring(tally: Tally) -> np.ndarray:
    """Count who can be censored at each time, shape (G, M): its events have left by then.

    Those who stay and those who are censored, added up: the number at risk less the events leaves
    rounding where that is nobody.
    """
    risk: np.ndarray = (at_risk(tally) - left(tally)) + tally.censored
    return risk


def last_known(tally: Tally, *, of_censoring: bool = False) -> np.ndarray:
    """Find up to which time a curve of each group is known, shape (G,); one stratum.

    That is the group's last exit; without end where all who were left then had the event (for the
    curve of censoring: were censored). Where the last person at risk leaves and nobody enters at
    that time, though others do later, the curve is at its end; so it is where it falls to 0.
    """
    risk, leaving, dead = at_risk(tally), left(tally), tally.events.sum(axis=0)
    counted, staying = (tally.censored, dead) if of_censoring else (dead, tally.censored)
    emptied = (leaving > 0) & (leaving == risk)
    if tally.entered is not None:
        emptied &= (tally.entered == 0) | ((counted > 0) & (staying == 0))
    out = np.empty(len(tally.groups))
    for group in range(out.size):
        end = np.flatnonzero(emptied[group])[0]  # the last exit leaves nobody
        finished = staying[group, end] == 0.0 and not leaving[group, end + 1 :].any()
        out[group] = np.inf if finished else tally.time[end]
    return out


def reverse_cumsum(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Sum from each cell to the end of its stratum, along the last axis."""
    out = np.empty_like(values)
    for begin, end in pairwise(starts):
        block = values[..., begin:end]
        np.cumsum(block[..., ::-1], axis=-1, out=out[..., begin:end][..., ::-1])
    return out


def merge_strata(tally: Tally) -> Tally:
    """Pool all strata into one."""
    if len(tally.strata) == 1:
        return tally
    time, spot = np.unique(tally.time, return_inverse=True)
    summed: dict[str, Any] = {
        name: None if part is None else _scattered([part], [spot], time.size)
        for name, part in _sums(tally).items()
    }
    return replace(tally, time=time, starts=np.array([0, time.size]), strata=("all",), **summed)


def _sums(tally: Tally) -> dict[str, np.ndarray | None]:
    return {
        "entered": tally.entered,
        "entered_squares": tally.entered_squares,
        "events": tally.events,
        "events_squares": tally.events_squares,
        "censored": tally.censored,
        "censored_squares": tally.censored_squares,
    }


def select_groups(tally: Tally, chosen: Sequence[int]) -> Tally:
    """Keep some of the groups, in the order given."""
    index = np.asarray(chosen)
    kept: dict[str, Any] = {
        name: None if part is None else part[..., index, :] for name, part in _sums(tally).items()
    }
    labels = tuple(tally.groups[i] for i in chosen)
    return replace(tally, rows=tally.rows[index], groups=labels, **kept)


def merge_groups(tally: Tally, label: str) -> Tally:
    """Pool all groups into one."""
    summed: dict[str, Any] = {
        name: None if part is None else part.sum(axis=-2, keepdims=True)
        for name, part in _sums(tally).items()
    }
    return replace(tally, rows=tally.rows.sum(keepdims=True), groups=(label,), **summed)
