"""Tables that already are in (start, stop] rows: overlaps, gaps, and what else cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk import frames
from atrisk.engine.timegrid import code_times
from atrisk.errors import InputError, listed
from atrisk.sources.selection import input_rows
from atrisk.sources.validate import Field, code_labels, numbers, problem

if TYPE_CHECKING:
    from collections.abc import Collection

    import polars as pl

    from atrisk.sources.histories import Histories

__all__ = ["EpisodeProblems", "check_episodes", "episode_problems", "require_apart"]

_KINDS = {
    "empty": "its stop is not after its start",
    "duplicate": "it has the same start and stop as another row of the subject",
    "overlap": "it starts before an earlier row of the subject has stopped",
    "gap": "it starts after the earlier rows of the subject have stopped",
    "event before last": "it ends in an event and the subject has a later row",
}


@dataclass(frozen=True, slots=True)
class EpisodeProblems:
    """What was found in (start, stop] rows, in the order of the rows.

    Attributes
    ----------
    row
        shape (r,): counted from 1, in the order of the input.
    problem
        of length r: ``"empty"``, ``"duplicate"``, ``"overlap"``, ``"gap"`` or
        ``"event before last"``.
    """

    row: np.ndarray
    problem: tuple[str, ...]

    def __post_init__(self) -> None:
        """Make the rows read-only."""
        self.row.setflags(write=False)

    def __len__(self) -> int:
        return self.row.size

    def columns(self) -> dict[str, Any]:
        """Give the columns row, problem."""
        return {"row": self.row, "problem": self.problem}

    def to_frame(self) -> pl.DataFrame:
        """Give the same as a Polars frame."""
        return frames.to_polars(self.columns())


def check_episodes(
    df: Any,  # noqa: ANN401 - any frame that narwhals reads
    *,
    subject: str,
    start: str,
    stop: str,
    event: str | None = None,
    allow: Collection[str] = (),
) -> EpisodeProblems:
    """Check a table that already is in (start, stop] rows.

    Parameters
    ----------
    df
        a Polars, pandas, Arrow or other frame that narwhals reads; rows in any order.
    subject
        column that names the subject of a row.
    start, stop
        columns of times; a row is at risk at t if start < t <= stop.
    event
        column that is not 0 (or is true) where the row ends in an event, or None.
    allow
        kinds that are listed and not refused: ``"gap"`` (observation was interrupted),
        ``"event before last"`` (events that recur), ``"overlap"``, ``"duplicate"``, ``"empty"``.

    Returns
    -------
    EpisodeProblems
        what was found of the kinds in ``allow``.

    Raises
    ------
    InputError
        a problem of another kind was found, or a value is missing; all kinds are named with rows.

    Notes
    -----
    Rows of a subject are put in order of start, then stop. Times within R's tolerance are equal.

    Examples
    --------
    >>> import polars as pl
    >>> df = pl.DataFrame({"id": [1, 1], "start": [0, 6], "stop": [5, 9], "died": [0, 1]})
    >>> found = check_episodes(
    ...     df, subject="id", start="start", stop="stop", event="died", allow=["gap"]
    ... )
    >>> found.to_frame().rows()
    [(2, 'gap')]
    """
    unknown = sorted(set(allow) - set(_KINDS)) if not isinstance(allow, str) else [allow]
    if unknown:
        raise InputError(f"allow={allow!r}: give a list of {', '.join(map(repr, _KINDS))}.")
    who = Field("subject", subject, frames.column(df, subject, role="subject"))
    codes = code_labels(who)[0]
    times = [_known(df, role, name) for role, name in (("start", start), ("stop", stop))]
    if (codes < 0).any():
        raise problem(who, codes < 0, "is missing", "Name the subject of every row.")
    died = np.zeros(codes.size) if event is None else _known(df, "event", event)
    found = episode_problems(codes, times[0], times[1], died != 0)
    refused = [kind for kind in _KINDS if kind not in allow and kind in found.problem]
    if refused:
        raise InputError(_refusal(found, refused, start, stop))
    return found


def _known(df: Any, role: str, name: str) -> np.ndarray:  # noqa: ANN401 - any frame
    field = Field(role, name, frames.column(df, name, role=role))
    values = field.array if role == "event" and field.array.dtype.kind == "b" else numbers(field)
    gap = np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.size, dtype=bool)
    if gap.any():
        raise problem(field, gap, "is missing", "Complete the values, or leave these rows out.")
    return values


def _refusal(found: EpisodeProblems, refused: list[str], start: str, stop: str) -> str:
    kinds = np.array(found.problem)
    parts = []
    for kind in refused:
        rows = found.row[kinds == kind]
        word = "row" if rows.size == 1 else "rows"
        parts.append(f"{kind} in {rows.size} {word} ({_KINDS[kind]}): row {listed(rows)}")
    return (
        f"columns {start!r} and {stop!r} do not make up (start, stop] rows: {'; '.join(parts)}. "
        f"Correct the rows, or pass allow=[{refused[0]!r}] if this is as it should be."
    )


def episode_problems(
    subject: np.ndarray, start: np.ndarray, stop: np.ndarray, event: np.ndarray
) -> EpisodeProblems:
    """Find rows (start, stop] that do not follow one another.

    Parameters
    ----------
    subject
        shape (n,), int: rows of one subject share a code.
    start, stop
        shape (n,), finite numbers.
    event
        shape (n,), bool: the row ends in an event.

    Returns
    -------
    EpisodeProblems
        a row may have several.
    """
    if not subject.size:
        return EpisodeProblems(np.empty(0, dtype=np.int64), ())
    _, left, entered = code_times(stop, start)
    begin = np.asarray(entered)
    order = np.lexsort((left, begin, subject))
    who, begin, end = subject[order], begin[order], left[order]
    same = np.concatenate(([False], who[1:] == who[:-1]))
    previous_begin, previous_end = np.roll(begin, 1), np.roll(end, 1)
    reached = _furthest_before(who, end)
    twin = same & (begin == previous_begin) & (end == previous_end)
    marks = {
        "empty": begin >= end,
        "duplicate": twin,
        "overlap": same & (begin < reached) & ~twin,
        "gap": same & (begin > reached),
        "event before last": event[order] & np.append(same[1:], False),
    }
    pairs = sorted(
        (int(order[i]) + 1, kind) for kind, mark in marks.items() for i in np.flatnonzero(mark)
    )
    rows = np.array([row for row, _ in pairs], dtype=np.int64)
    return EpisodeProblems(rows, tuple(kind for _, kind in pairs))


def require_apart(h: Histories, subject: str | None) -> None:
    """Refuse rows of one subject that overlap: nobody is followed twice at a time.

    Parameters
    ----------
    h
        histories; without subjects nothing is asked.
    subject
        the column that names them, for the message.

    Raises
    ------
    InputError
        rows overlap; the message counts the rows of the input.
    """
    if h.subject is None:
        return
    stop = h.grid.times[h.exit]
    start = np.zeros(len(h)) if h.entry is None else h.grid.times[h.entry]
    found = episode_problems(h.subject, start, stop, np.zeros(len(h), dtype=bool))
    crossing = np.isin(found.problem, ("overlap", "duplicate")) & (stop > start)[found.row - 1]
    if crossing.any():
        row = input_rows(h)[found.row[crossing] - 1] + 1
        raise InputError(
            f"column {subject!r} (subject): {'row' if row.size == 1 else 'rows'} {listed(row)} "
            "overlap with another row of the same subject, and nobody is followed twice at a "
            "time. Name the column that tells subjects apart, leave subject out where every row "
            "is a patient, or give later rows an entry."
        )


def _furthest_before(who: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Give the latest stop among the earlier rows of the subject; rows are in order."""
    rank = np.cumsum(np.concatenate(([0], who[1:] != who[:-1])))
    width = np.int64(end.max()) + 1
    # a subject's offset is above all that came before it, so one running maximum serves all
    running = np.maximum.accumulate(rank * width + end)
    before: np.ndarray = np.concatenate(([0], running[:-1])) - rank * width
    return before
