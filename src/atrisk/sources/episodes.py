"""Episodes: histories cut into (start, stop] rows at the dates of exposures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk import frames
from atrisk.engine.timegrid import TimeGrid
from atrisk.errors import InputError, listed
from atrisk.frames import Levels
from atrisk.sources.episode_checks import require_apart
from atrisk.sources.episode_clock import Course, Remarks, clock_of, decided
from atrisk.sources.episode_split import (
    Pieces,
    combined_states,
    latest_states,
    own_states,
    split,
)
from atrisk.sources.histories import Histories
from atrisk.sources.selection import input_rows, listed_as_dropped, require_weight
from atrisk.sources.validate import Field, numbers, problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

__all__ = ["Episodes", "episodes"]

_OWN = ("row", "start", "stop", "event", "cause", "state")
_MOST = 16  # exposures: combinations are counted in one table


@dataclass(frozen=True, slots=True)
class Episodes:
    """Follow-up in (start, stop] rows, one a patient and state, in the order of the input.

    Attributes
    ----------
    histories
        the m rows, with the current state as group; the rows of a patient share a subject.
    exposures
        names of the k exposures.
    exposed
        shape (m, k), uint8: whether each exposure had begun by the start of the row.
    source_row
        shape (m,): row of the input, counted from 0, so that ``column[source_row]`` carries
        another column over.
    patients
        number of rows of the input that are in it.
    remarks
        dates that a rule had to decide about: exits at 0, exposures at and after exit.
    carried
        column -> shape (m,), labels as codes: what ``carry`` asked for, and the columns of strata,
        weights, subject.
    """

    histories: Histories
    exposures: tuple[str, ...]
    exposed: np.ndarray
    source_row: np.ndarray
    patients: int
    remarks: Remarks
    carried: dict[str, np.ndarray | Levels]

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for values in (self.exposed, self.source_row, *self.carried.values()):
            array = values.codes if isinstance(values, Levels) else values
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.histories)

    def __repr__(self) -> str:
        """Say what is held without showing a single row."""
        h = self.histories
        return (
            f"Episodes({len(self)} rows of {self.patients} patients, states={h.groups}, "
            f"causes={h.causes}, unit={h.grid.unit!r}, origin={h.grid.origin!r}, "
            f"remarks={len(self.remarks)}, dropped={len(h.dropped)})"
        )

    @property
    def states(self) -> tuple[str, ...]:
        """The states that occur, in order."""
        return self.histories.groups

    def columns(self) -> dict[str, np.ndarray]:
        """Give row, start, stop, event, (cause,) state, the exposures and what was carried."""
        carried = {name: _spelled(values) for name, values in self.carried.items()}
        return self._made() | carried

    def _made(self) -> dict[str, np.ndarray]:
        h = self.histories
        times, cause = h.grid.times, h.cause
        out = {
            "row": self.source_row + 1,
            "start": times[h.entry],
            "stop": times[h.exit],
            "event": (cause > 0).astype(np.int64),
        }
        if len(h.causes) > 1:
            out["cause"] = np.array([None, *h.causes], dtype=object)[cause]
        out["state"] = np.array(h.groups, dtype=object)[h.group]
        exposed = {
            name: self.exposed[:, j].astype(np.int64) for j, name in enumerate(self.exposures)
        }
        return out | exposed

    def to_frame(self) -> pl.DataFrame:
        """Give the same as a Polars frame, ready for ``Surv(start, stop, event) ~ ...``.

        Categories keep their order.
        """
        return frames.to_polars({**self._made(), **self.carried})


def episodes(
    df: Any,  # noqa: ANN401 - any frame that narwhals reads
    *,
    exit: str,  # noqa: A002 - the field's word
    event: str,
    exposures: Mapping[str, str],
    entry: str | None = None,
    strata: str | None = None,
    weights: str | None = None,
    subject: str | None = None,
    causes: Mapping[str, object] | None = None,
    censored: object = 0,
    unit: str,
    origin: str,
    missing: str = "error",
    states: str = "combined",
    at_zero: str = "error",
    at_exit: str = "unexposed",
    after_exit: str = "error",
    carry: Sequence[str] = (),
) -> Episodes:
    """Cut one-row-a-patient follow-up at the dates of exposures that start after time zero.

    Parameters
    ----------
    df
        a Polars, pandas, Arrow or other frame that narwhals reads; one row a patient.
    exit, event, entry, strata, weights, subject, causes, censored, unit, origin, missing
        as in `Histories.from_frame`. Without ``subject`` each row of ``df`` is a patient; rows of
        one subject follow one another.
    exposures
        name -> column of the time at which the exposure began, in ``unit`` since ``origin``; a
        missing time means never exposed. Once exposed, always exposed.
    states
        what the group of a row is: ``"combined"``, every combination of exposures ("none", "A",
        "A + B"; for a single one "before A" and "after A"); ``"latest"``, the exposure that
        began last; or the name of one exposure, the others being covariates only.
    at_zero
        an exit at time 0, which no (start, stop] row can hold: ``"error"``; ``"shift"``, halfway to
        the next time that occurs; ``"drop"``, left out and listed.
    at_exit
        an exposure at the time of exit: ``"unexposed"``, the exit belongs to the state before,
        as a row is at risk at t if start < t <= stop; or ``"exposed"``, the exposure is put halfway
        to the time before, so that the exit belongs to the exposed. Listed in ``remarks``.
    after_exit
        an exposure after exit: ``"error"``, or ``"ignore"``: not exposed while observed, listed.
    carry
        other columns to take along, such as ``["age"]``.

    Returns
    -------
    Episodes
        an exposure at time 0, or at or before entry, counts from the start.

    Raises
    ------
    InputError
        as in `Histories.from_frame`; a time of exposure is negative, or a rule above refuses it;
        rows of one subject overlap.

    References
    ----------
    Andersen PK, Gill RD (1982) Ann Stat 10:1100 (rows as counting processes).
    Crowley J, Hu M (1977) J Am Stat Assoc 72:27 (the half day, for ``"shift"`` and ``"exposed"``).

    Examples
    --------
    >>> import polars as pl
    >>> df = pl.DataFrame({"days": [9, 5], "died": [1, 0], "tx_day": [4, None]})
    >>> e = episodes(
    ...     df, exit="days", event="died", exposures={"transplant": "tx_day"},
    ...     unit="days", origin="acceptance",
    ... )
    >>> e.to_frame().select("row", "start", "stop", "event", "transplant").rows()
    [(1, 0.0, 4.0, 0, 0), (1, 4.0, 9.0, 1, 1), (2, 0.0, 5.0, 0, 0)]
    """
    kept_columns = [name for name in (strata, weights, subject) if name is not None]
    carried = list(dict.fromkeys([*kept_columns, *_names("carry", carry)]))
    names = _require_exposures(exposures, states, carried)
    _require_rules(at_zero, at_exit, after_exit)
    df = frames.eager(df)
    plain = Histories.from_frame(
        df, exit=exit, event=event, entry=entry, strata=strata, weights=weights, subject=subject,
        causes=causes, censored=censored, unit=unit, origin=origin, missing=missing,
    )  # fmt: skip
    require_apart(plain, subject)
    fields = tuple(
        Field("exposure", column, frames.column(df, column, role=f"exposures[{name!r}]"))
        for name, column in exposures.items()
    )
    exit_field = Field("exit", exit, frames.column(df, exit, role="exit"))
    entry_field = None if entry is None else frames.column(df, entry, role="entry")
    rows = input_rows(plain)
    course, gone, remarks = decided(
        clock_of(
            rows,
            numbers(exit_field)[rows],
            None if entry_field is None else np.asarray(entry_field)[rows],
            _begin_times(fields)[rows],
        ),
        (exit_field, fields),
        unit,
        at_zero=at_zero,
        at_exit=at_exit,
        after_exit=after_exit,
    )
    pieces = split(course.entry, course.exit, course.begin)
    source_row = course.row[pieces.row]
    return Episodes(
        histories=_histories(
            plain, course, pieces, _states(states, names, course, pieces), gone, exit
        ),
        exposures=names,
        exposed=pieces.exposed,
        source_row=source_row,
        patients=course.row.size,
        remarks=remarks,
        carried={name: _gathered(df, name, source_row) for name in carried},
    )


def _names(argument: str, given: Sequence[str]) -> list[str]:
    if isinstance(given, str):
        raise InputError(f"{argument}={given!r}: give a list of columns, such as [{given!r}].")
    return list(given)


def _require_exposures(
    exposures: Mapping[str, str], states: str, carried: list[str]
) -> tuple[str, ...]:
    names = tuple(exposures) if isinstance(exposures, Mapping) else ()
    if not names or len(names) > _MOST:
        raise InputError(
            f"exposures={exposures!r}: name 1 to {_MOST} exposures with the columns of their "
            'times, such as exposures={"transplant": "tx_time"}.'
        )
    taken = [name for name in names if name in {*_OWN, *carried}]
    taken += [name for name in carried if name in _OWN]
    if taken:
        raise InputError(
            f"the name {listed(map(repr, dict.fromkeys(taken)))} would stand for two columns of "
            f"the result, which has {', '.join(_OWN)}, the exposures and the carried columns. "
            "Rename the exposure, or the column in the table."
        )
    if states not in {"combined", "latest", *names}:
        raise InputError(
            f"states={states!r}: choose 'combined', 'latest' or one exposure of "
            f"{listed(map(repr, names))}."
        )
    return names


def _require_rules(at_zero: str, at_exit: str, after_exit: str) -> None:
    for name, value, choices in (
        ("at_zero", at_zero, ("error", "shift", "drop")),
        ("at_exit", at_exit, ("unexposed", "exposed")),
        ("after_exit", after_exit, ("error", "ignore")),
    ):
        if value not in choices:
            raise InputError(f"{name}={value!r}: choose one of {', '.join(map(repr, choices))}.")


def _begin_times(fields: tuple[Field, ...]) -> np.ndarray:
    """Read the times of exposure, shape (n, k); NaN is never."""
    out = np.empty((fields[0].size, len(fields)))
    for j, field in enumerate(fields):
        out[:, j] = numbers(field)
        early = out[:, j] < 0
        if early.any():
            remedy = (
                "Times count from the origin: give 0 to who was exposed before it, or correct the "
                "dates."
            )
            raise problem(field, early, "is negative", remedy)
    return out


def _states(
    states: str, names: tuple[str, ...], course: Course, pieces: Pieces
) -> tuple[np.ndarray, tuple[str, ...]]:
    if states == "combined":
        return combined_states(pieces.exposed, names)
    if states == "latest":
        return latest_states(pieces.exposed, course.begin[pieces.row], names)
    return own_states(pieces.exposed[:, names.index(states)], states)


def _histories(
    plain: Histories,
    course: Course,
    pieces: Pieces,
    state: tuple[np.ndarray, tuple[str, ...]],
    gone: np.ndarray,
    exit_name: str,
) -> Histories:
    """Lay what each patient brings along out over the rows."""
    kept = np.searchsorted(input_rows(plain), course.row)[pieces.row]
    group, groups = state
    subject = pieces.row.astype(np.int32) if plain.subject is None else plain.subject[kept]
    weights = None if plain.weights is None else plain.weights[kept]
    require_weight(weights, group, groups)
    return replace(
        plain,
        grid=TimeGrid(course.times, plain.grid.unit, plain.grid.origin),
        exit=pieces.stop,
        entry=pieces.start,
        cause=np.where(pieces.last, plain.cause[kept], np.uint8(0)),
        group=group,
        groups=groups,
        stratum=None if plain.stratum is None else plain.stratum[kept],
        weights=weights,
        subject=subject,
        dropped=listed_as_dropped(plain.dropped, gone, exit_name, ["exit at time 0"] * gone.size),
    )


def _spelled(values: np.ndarray | Levels) -> np.ndarray:
    if not isinstance(values, Levels):
        return values
    labels = np.array([*values.labels, None], dtype=object)
    out: np.ndarray = labels[values.codes]
    return out


def _gathered(df: Any, name: str, rows: np.ndarray) -> np.ndarray | Levels:  # noqa: ANN401 - any frame
    """Take the values of a column for each of the rows."""
    values = frames.column(df, name, role="covariate")
    return Levels(values.codes[rows], values.labels) if isinstance(values, Levels) else values[rows]
