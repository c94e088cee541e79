"""Landmark analysis: those still at risk at a chosen time, by what is known then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from atrisk import frames
from atrisk.engine.timegrid import TimeGrid, snapped
from atrisk.errors import InputError
from atrisk.sources.episode_split import combined_states
from atrisk.sources.episodes import Episodes
from atrisk.sources.histories import Dropped, Histories
from atrisk.sources.selection import code_of, input_rows, listed_as_dropped, taken
from atrisk.sources.validate import Field, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    import polars as pl

__all__ = ["Landmarked", "landmark"]

_REASONS = ("event by the landmark", "censored by the landmark", "enters after the landmark")


@dataclass(frozen=True, slots=True)
class Landmarked:
    """Histories of those at risk at a landmark, and who was left out.

    Attributes
    ----------
    at
        the landmark, in the unit of the histories, since their origin.
    histories
        of those under observation and free of the event just after the landmark, one row each.
    source_row
        shape (m,): row of the input of each, counted from 0.
    left_out
        those who were left out here, and why: ``"event by the landmark"``, ``"censored by the
        landmark"`` or ``"enters after the landmark"``.
    """

    at: float
    histories: Histories
    source_row: np.ndarray
    left_out: Dropped

    def __post_init__(self) -> None:
        """Make the array read-only."""
        self.source_row.setflags(write=False)

    def __len__(self) -> int:
        return len(self.histories)

    def __repr__(self) -> str:
        """Say what is held without showing a single row."""
        return (
            f"Landmarked({len(self)} at risk at {self.at:g}, left_out={len(self.left_out)}, "
            f"groups={self.histories.groups}, origin={self.histories.grid.origin!r})"
        )

    def columns(self) -> dict[str, np.ndarray]:
        """Give landmark, status, n: how many are at risk, and how many were left out and why."""
        status = np.array(("at risk at the landmark", *_REASONS), dtype=object)
        n = [len(self), *(self.left_out.reason.count(reason) for reason in _REASONS)]
        return {"landmark": np.full(status.size, self.at), "status": status, "n": np.array(n)}

    def to_frame(self) -> pl.DataFrame:
        """Give the same as a Polars frame."""
        return frames.to_polars(self.columns())


@dataclass(frozen=True, slots=True)
class _Course:
    """One history a patient, and the state each is in; ``row`` is the place in the input."""

    histories: Histories
    row: np.ndarray
    source: Histories | Episodes
    exposures: Mapping[str, np.ndarray]


@overload
def landmark(
    h: Histories | Episodes,
    at: float,
    exposures: Mapping[str, npt.ArrayLike] | None = ...,
    clock: str = ...,
) -> Landmarked: ...
@overload
def landmark(
    h: Histories | Episodes,
    at: Sequence[float] | np.ndarray,
    exposures: Mapping[str, npt.ArrayLike] | None = ...,
    clock: str = ...,
) -> tuple[Landmarked, ...]: ...
def landmark(
    h: Histories | Episodes,
    at: float | Sequence[float] | np.ndarray,
    exposures: Mapping[str, npt.ArrayLike] | None = None,
    clock: str = "landmark",
) -> Landmarked | tuple[Landmarked, ...]:
    """Keep those still at risk at a landmark, grouped by what is known of them then.

    Parameters
    ----------
    h
        episodes, whose state at the landmark becomes the group; or histories, one row a patient,
        that keep their group, or are grouped by ``exposures``.
    at
        the landmark, in the unit of ``h`` since its origin; or several.
    exposures
        for histories: name -> time of exposure of each row of ``h``, shape (n,), since the origin;
        missing means never. Exposed by the landmark means at or before it.
    clock
        ``"landmark"``: time counts from the landmark, which the new origin names; ``"origin"``: time
        counts from the origin as before, and everybody enters at the landmark. Curves differ in
        their axis only; tests do not differ.

    Returns
    -------
    Landmarked
        or a tuple of them, one a landmark, where ``at`` is a sequence.

    Raises
    ------
    InputError
        nobody is at risk at a landmark; ``at`` is not 0 or later; times of exposure are no numbers
        or not one a row; or histories have several rows a subject (pass the episodes).

    Notes
    -----
    Kept are those with entry <= landmark < exit: who leaves at the landmark itself is left out.

    References
    ----------
    Anderson JR, Cain KC, Gelber RD (1983) J Clin Oncol 1:710.

    Examples
    --------
    >>> h = Histories.from_arrays([40, 200, 300], [1, 1, 0], unit="days", origin="transplant")
    >>> early = landmark(h, at=100, exposures={"GVHD": [30, 60, None]})
    >>> early.histories.groups
    ('no GVHD by 100 days', 'GVHD by 100 days')
    >>> early.left_out.to_frame().rows()
    [(1, 'exit', 'event by the landmark')]
    """  # noqa: E501 - one word a line is worse
    if clock not in {"landmark", "origin"}:
        raise InputError(f"clock={clock!r}: choose one of 'landmark', 'origin'.")
    course = _course(h, exposures)
    times = _landmarks(at)
    found = tuple(_landmarked(course, time, clock) for time in times)
    return found[0] if np.ndim(at) == 0 else found


def _landmarks(at: object) -> list[float]:
    try:
        times = np.atleast_1d(np.asarray(at, dtype=float))
    except (TypeError, ValueError):
        times = np.empty(0)
    usable = times.ndim == 1 and times.size and np.all(np.isfinite(times) & (times >= 0))
    if not usable or isinstance(at, str | bool):
        raise InputError(f"at={at!r}: give one or more times of 0 or later, such as 100.")
    return [float(time) for time in times]


def _course(h: Histories | Episodes, exposures: Mapping[str, npt.ArrayLike] | None) -> _Course:
    if isinstance(h, Episodes):
        if exposures is not None:
            raise InputError(
                "the episodes have their exposures already: leave exposures out, or pass Histories."
            )
        whole, rows = _joined(h)
        return _Course(whole, rows, h, {})
    if not isinstance(h, Histories):
        raise InputError(
            f"Histories or episodes are expected, not {type(h).__name__}. Make them with "
            "Histories.from_frame(df, exit=..., event=..., unit=..., origin=...) or "
            "episodes(df, ..., exposures={...})."
        )
    if h.entry is not None and h.subject is not None and np.unique(h.subject).size < len(h):
        raise InputError(
            "a subject has several rows with entry times: at a landmark only one of them counts. "
            "Make episodes(df, ..., exposures={...}) from one row a patient, or give one row a "
            "patient here."
        )
    return _Course(h, input_rows(h), h, _exposure_times(h, exposures))


def _exposure_times(
    h: Histories, exposures: Mapping[str, npt.ArrayLike] | None
) -> dict[str, np.ndarray]:
    if exposures is None:
        return {}
    if not hasattr(exposures, "items") or not exposures:
        raise InputError(
            f"exposures={exposures!r}: give name -> times, such as {{'GVHD': [30, None]}}."
        )
    if h.group is not None:
        raise InputError(
            f"the histories are grouped already ({len(h.groups)} groups), and exposures would "
            "group them again. Make the histories without group, or leave exposures out."
        )
    out = {}
    for name, given in exposures.items():
        values = frames.numbers_where_possible(np.asarray(given))
        field = Field(f"exposures[{name!r}]", name, values)
        if values.shape != (len(h),):
            raise InputError(
                f"exposures[{name!r}] has shape {values.shape}: one time for each of the "
                f"{len(h)} histories is needed, missing where never exposed."
            )
        out[name] = numbers(field)
    return out


def _joined(e: Episodes) -> tuple[Histories, np.ndarray]:
    """Put the rows of each patient together again: entry of the first, exit of the last."""
    h = e.histories
    first = np.flatnonzero(np.diff(e.source_row, prepend=-1))
    last = np.append(first[1:], len(h)) - 1
    parts: dict[str, Any] = {
        name: None if (values := getattr(h, name)) is None else values[last]
        for name in ("exit", "cause", "stratum", "weights", "subject")
    }
    entry = np.asarray(h.entry)[first]
    late = h.grid.times[entry].any()
    return (
        replace(h, entry=entry if late else None, group=None, groups=("all",), **parts),
        e.source_row[first],
    )


def _landmarked(course: _Course, time: float, clock: str) -> Landmarked:
    h, code = code_of(course.histories, time)
    entered = True if h.entry is None else h.entry <= code
    keep = entered & (h.exit > code)
    if not keep.any():
        raise InputError(
            f"at={time:g}: nobody is at risk after {time:g} {h.grid.unit}. The last exit is at "
            f"{h.grid.times[h.exit.max()]:g}; choose an earlier landmark."
        )
    grouped = replace(h, **_group_at(course, time))
    left_out = _left_out(h, code, course.row, ~keep)
    kept = _moved(taken(grouped, keep), code, clock)
    reasons = list(left_out.reason)
    dropped = listed_as_dropped(h.dropped, left_out.row - 1, "exit", reasons)
    return Landmarked(
        float(h.grid.times[code]), replace(kept, dropped=dropped), course.row[keep], left_out
    )


def _left_out(h: Histories, code: int, row: np.ndarray, out: np.ndarray) -> Dropped:
    gone = h.exit[out] <= code
    why = np.where(gone, np.where(h.cause[out] > 0, 0, 1), 2)
    reasons = tuple(_REASONS[i] for i in why)
    columns = tuple("exit" if i < 2 else "entry" for i in why)
    return Dropped(row[out] + 1, columns, reasons)


def _group_at(course: _Course, time: float) -> dict[str, Any]:
    """Give group and groups at the landmark, of every history."""
    if isinstance(course.source, Episodes):
        return _state_at(course, course.source, time)
    if not course.exposures:
        return {}
    unit = course.histories.grid.unit
    at = np.array([time])
    begun = [snapped(begin, at) <= time for begin in course.exposures.values()]
    names = tuple(course.exposures)
    group, labels = combined_states(np.column_stack(begun).astype(np.uint8), names)
    return {"group": group, "groups": _worded(labels, names, time, unit)}


def _state_at(course: _Course, e: Episodes, time: float) -> dict[str, Any]:
    """Read each patient's state from the row (start, stop] with start <= landmark < stop."""
    h, code = code_of(e.histories, time)
    now = (np.asarray(h.entry) <= code) & (h.exit > code)
    place = np.searchsorted(course.row, e.source_row[now])
    group = np.zeros(course.row.size, dtype=np.int32)
    group[place] = np.asarray(h.group)[now]
    return {"group": group, "groups": _worded(h.groups, e.exposures, time, h.grid.unit)}


def _worded(
    labels: tuple[str, ...], names: tuple[str, ...], time: float, unit: str
) -> tuple[str, ...]:
    """Word states as what is known at the landmark: who is before it may never come to it."""
    words = {f"before {name}": f"no {name}" for name in names}
    words |= {f"after {name}": name for name in names}
    return tuple(f"{words.get(label, label)} by {time:g} {unit}" for label in labels)


def _moved(h: Histories, code: int, clock: str) -> Histories:
    """Start the clock at the landmark, or let everybody enter there."""
    if clock == "origin":
        return replace(h, entry=np.full(len(h), code, dtype=np.int32))
    times, unit = h.grid.times, h.grid.unit
    origin = f"landmark at {times[code]:g} {unit} after {h.grid.origin}"
    known = None if h.known_from is None else h.known_from - times[code]
    return replace(
        h,
        grid=TimeGrid(times[code:] - times[code], unit, origin),
        exit=h.exit - np.int32(code),
        entry=None,
        known_from=known,
    )
