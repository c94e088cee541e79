"""When histories begin, end and become exposed, on one grid; odd dates are decided here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from atrisk import frames
from atrisk.engine.timegrid import code_times
from atrisk.errors import InputError, listed

if TYPE_CHECKING:
    import polars as pl

    from atrisk.sources.validate import Field

__all__ = ["Course", "Remarks", "clock_of", "decided"]

_NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True)
class Remarks:
    """Dates that a rule had to decide about, one row each.

    Attributes
    ----------
    row
        shape (r,): counted from 1, in the order of the input.
    column
        of length r: the column that holds the date.
    time
        shape (r,): the date, in the unit of the histories.
    remark
        of length r: what was done.
    """

    row: np.ndarray
    column: tuple[str, ...]
    time: np.ndarray
    remark: tuple[str, ...]

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        self.row.setflags(write=False)
        self.time.setflags(write=False)

    def __len__(self) -> int:
        return self.row.size

    def columns(self) -> dict[str, np.ndarray | tuple[str, ...]]:
        """Give the columns row, column, time, remark."""
        return {"row": self.row, "column": self.column, "time": self.time, "remark": self.remark}

    def to_frame(self) -> pl.DataFrame:
        """Give the same as a Polars frame."""
        return frames.to_polars(self.columns())


@dataclass(frozen=True, slots=True)
class Course:
    """Times of n histories with k exposures, as given and as codes.

    Attributes
    ----------
    row
        shape (n,): place in the input, from 0.
    exit_time, entry_time, begin_time
        shape (n,), (n,) or None, (n, k): as given; an exposure that never began is NaN.
    times
        the grid.
    exit, entry, begin
        int32 codes of the same shapes; everybody enters at 0 where ``entry_time`` is None.
    """

    row: np.ndarray
    exit_time: np.ndarray
    entry_time: np.ndarray | None
    begin_time: np.ndarray
    times: np.ndarray
    exit: np.ndarray
    entry: np.ndarray
    begin: np.ndarray

    def taken(self, keep: np.ndarray) -> Course:
        """Keep some of the histories."""
        entry_time = None if self.entry_time is None else self.entry_time[keep]
        return replace(
            self,
            row=self.row[keep],
            exit_time=self.exit_time[keep],
            entry_time=entry_time,
            begin_time=self.begin_time[keep],
            exit=self.exit[keep],
            entry=self.entry[keep],
            begin=self.begin[keep],
        )


def clock_of(
    row: np.ndarray, exit_time: np.ndarray, entry_time: np.ndarray | None, begin_time: np.ndarray
) -> Course:
    """Code all times on one grid, the origin among them."""
    known = ~np.isnan(begin_time)
    entering = np.zeros(1, dtype=exit_time.dtype) if entry_time is None else entry_time
    leaving = np.concatenate((exit_time, begin_time[known])) if known.any() else exit_time
    times, left, entered = code_times(leaving, entering)
    begin = np.full(begin_time.shape, _NEVER, dtype=np.int32)
    begin[known] = left[exit_time.size :]
    entry = np.broadcast_to(np.asarray(entered), exit_time.shape)
    return Course(
        row, exit_time, entry_time, begin_time, times, left[: exit_time.size], entry, begin
    )


def decided(
    course: Course,
    fields: tuple[Field, tuple[Field, ...]],
    unit: str,
    *,
    at_zero: str,
    at_exit: str,
    after_exit: str,
) -> tuple[Course, np.ndarray, Remarks]:
    """Settle exits at time 0, and exposures at and after exit.

    Parameters
    ----------
    course
        n histories with k exposures.
    fields
        the columns of the exit and of the k exposures, for messages.
    unit
        of time.
    at_zero, at_exit, after_exit
        the rules, as in `episodes`.

    Returns
    -------
    course : Course
        with exit after entry everywhere.
    dropped : ndarray
        places in the input, from 0, of the histories that were left out.
    remarks : Remarks
        every date that was moved or passed over.
    """
    exit_field, exposures = fields
    zero = course.exit <= course.entry
    gone = course.row[zero] if at_zero == "drop" else np.empty(0, dtype=np.intp)
    notes: list[tuple[np.ndarray, str, np.ndarray, str]] = []
    if zero.any():
        course, note = _exits_at_zero(course, zero, exit_field.name, at_zero, unit)
        notes += note
    for j, field in enumerate(exposures):
        notes += _after_exit(course, j, field.name, after_exit)
    course, note = _at_exit(course, exposures, at_exit)
    return course, gone, _remarks(notes + note)


def _exits_at_zero(
    course: Course, zero: np.ndarray, name: str, rule: str, unit: str
) -> tuple[Course, list[tuple[np.ndarray, str, np.ndarray, str]]]:
    """Decide about those who leave at time 0, whom no row (start, stop] can hold."""
    rows = course.row[zero]
    if rule == "error":
        raise InputError(
            f"column {name!r} (exit) is 0 in {rows.size} {'row' if rows.size == 1 else 'rows'}: "
            f"row {listed(rows + 1)}. A row (start, stop] cannot hold an exit at its start. Pass "
            "at_zero='shift' to put these exits halfway to the next time that occurs, where "
            "everybody is at risk of them, or at_zero='drop' to leave the rows out and list them."
        )
    if zero.all() and rule == "drop":
        raise InputError(f"column {name!r} (exit) is 0 in every row: no history is left.")
    if rule == "drop":
        return course.taken(~zero), []
    later = _used(course)
    later = later[later > course.exit[zero][0]]
    if not later.size:
        raise InputError(f"column {name!r} (exit) is 0 in every row: nobody was followed.")
    moved = float(course.times[later[0]]) / 2.0
    exit_time = np.where(zero, moved, course.exit_time)
    note = (rows, name, course.exit_time[zero], f"exit at time 0 put at {moved:g} {unit}")
    return clock_of(course.row, exit_time, course.entry_time, course.begin_time), [note]


def _used(course: Course) -> np.ndarray:
    """Give the codes of the times that occur, in order."""
    known = course.begin != _NEVER
    return np.unique(np.concatenate((course.exit, course.entry, course.begin[known])))


def _after_exit(
    course: Course, j: int, name: str, rule: str
) -> list[tuple[np.ndarray, str, np.ndarray, str]]:
    late = (course.begin[:, j] > course.exit) & (course.begin[:, j] != _NEVER)
    if not late.any():
        return []
    rows, found, ends = course.row[late], course.begin_time[late, j], course.exit_time[late]
    if rule == "error":
        pairs = [f"{a:g} > {b:g}" for a, b in zip(found[:5], ends[:5], strict=True)]
        raise InputError(
            f"column {name!r} (exposure) is after exit in {rows.size} "
            f"{'row' if rows.size == 1 else 'rows'}: row {listed(rows + 1)} "
            f"(value {', '.join(pairs)}). Follow-up that goes on after exit belongs into the exit; "
            "correct the dates, or pass after_exit='ignore' to count these as not exposed, listed."
        )
    return [(rows, name, found, "exposure after exit: not exposed while observed")]


def _at_exit(
    course: Course, exposures: tuple[Field, ...], rule: str
) -> tuple[Course, list[tuple[np.ndarray, str, np.ndarray, str]]]:
    """Decide about exposures at the time of exit, which begin when nobody is at risk any more."""
    tied = course.begin == course.exit[:, None]
    if not tied.any():
        return course, []
    word = "exposure at exit: the exit belongs to the state before"
    used, begin_time = _used(course), course.begin_time
    if rule == "exposed":
        word = "exposure at exit: put halfway from the time before to the exit"
        previous = used[np.searchsorted(used, course.exit) - 1]
        halfway = (course.times[previous] + course.times[course.exit]) / 2.0
        begin_time = np.where(tied, halfway[:, None], begin_time)
    notes = [
        (course.row[tied[:, j]], field.name, course.begin_time[tied[:, j], j], word)
        for j, field in enumerate(exposures)
    ]
    if rule == "exposed":
        course = clock_of(course.row, course.exit_time, course.entry_time, begin_time)
    return course, notes


def _remarks(notes: list[tuple[np.ndarray, str, np.ndarray, str]]) -> Remarks:
    """Lay the notes end to end, in the order of the rows."""
    rows = np.concatenate([np.empty(0, dtype=np.int64), *[rows for rows, *_ in notes]])
    time = np.concatenate([np.empty(0), *[found for _, _, found, _ in notes]])
    names = [name for rows, name, _, _ in notes for _ in range(rows.size)]
    words = [word for rows, *_, word in notes for _ in range(rows.size)]
    order = np.argsort(rows, kind="stable")
    return Remarks(
        rows[order] + 1,
        tuple(names[i] for i in order),
        time[order],
        tuple(words[i] for i in order),
    )
