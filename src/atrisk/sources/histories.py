"""Histories held in memory: validated, coded arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk import frames
from atrisk.engine.timegrid import TimeGrid, code_times
from atrisk.errors import InputError, listed
from atrisk.sources.dropped import NOTHING_DROPPED, Dropped
from atrisk.sources.known_from import KNOWN_FROM, known_roles, known_times
from atrisk.sources.validate import Field, code_events, code_labels, numbers, problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

__all__ = ["NOTHING_DROPPED", "Dropped", "Histories", "histories_from"]


UNITS = ("hours", "days", "weeks", "months", "years")


@dataclass(frozen=True, slots=True)
class Histories:
    """Who was observed from when to when, and what ended it: validated, coded arrays.

    Make one with `from_frame` or `from_arrays`; the constructor takes what they have checked.

    Attributes
    ----------
    grid
        the distinct times that the codes stand for.
    exit
        shape (n,), int32: time code of the end of observation.
    cause
        shape (n,), uint8: 0 censored, 1..C the position in ``causes``.
    entry
        shape (n,), int32, or None: time code after which the row is at risk.
    group, stratum
        shape (n,), or None: positions in ``groups`` and ``strata``.
    weights
        shape (n,), float, or None for 1 each.
    subject
        shape (n,), int, or None: rows of one subject share a code.
    causes, groups, strata
        labels.
    dropped
        the rows left out on request, with the reason.
    known_from
        shape (n,), or None: the time since origin at which the group of a row became known; NaN
        where it was known from the start.
    """

    grid: TimeGrid
    exit: np.ndarray
    cause: np.ndarray
    entry: np.ndarray | None
    group: np.ndarray | None
    stratum: np.ndarray | None
    weights: np.ndarray | None
    subject: np.ndarray | None
    causes: tuple[str, ...]
    groups: tuple[str, ...]
    strata: tuple[str, ...]
    dropped: Dropped
    known_from: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Make the arrays read-only: histories are not edited after their checks."""
        for array in (
            self.exit, self.cause, self.entry, self.group, self.stratum, self.weights,
            self.subject, self.known_from,
        ):  # fmt: skip
            if array is not None:
                array.setflags(write=False)

    def __len__(self) -> int:
        return self.exit.size

    def __repr__(self) -> str:
        """Say what is held without showing a single row."""
        return (
            f"Histories({len(self)} rows, causes={self.causes}, groups={self.groups}, "
            f"unit={self.grid.unit!r}, origin={self.grid.origin!r}, dropped={len(self.dropped)})"
        )

    @classmethod
    def from_frame(
        cls,
        df: Any,  # noqa: ANN401 - any frame that narwhals reads
        *,
        exit: str,  # noqa: A002 - the field's word
        event: str,
        entry: str | None = None,
        group: str | None = None,
        known_from: str | Mapping[str, str] | None = None,
        strata: str | None = None,
        weights: str | None = None,
        subject: str | None = None,
        causes: Mapping[str, object] | None = None,
        censored: object = 0,
        unit: str,
        origin: str,
        missing: str = "error",
    ) -> Histories:
        """Take histories from the columns of a data frame.

        Parameters
        ----------
        df
            a Polars, pandas, Arrow or other frame that narwhals reads; one row a history.
        exit
            column of the time of event or censoring, in ``unit`` since ``origin``.
        event
            column that says what happened: true/false or 0/1, or the codes of ``causes``.
        entry
            column of the time at which the row comes under observation (left truncation); a row
            is at risk at t if entry < t <= exit.
        group, strata
            columns of labels. Categories keep their order, other labels are sorted.
        known_from
            for groups that are known only after time zero (transplanted, responder): column of
            the time since ``origin`` at which the group became known, or group -> such a column.
            Missing means known from the start. Comparing such groups from time zero warns.
        weights
            column of case weights, >= 0.
        subject
            column that names the subject, where a subject has several rows.
        causes
            cause name -> code in ``event``; every other code than ``censored`` is an error.
        censored
            the code of censoring, or a list of them.
        unit, origin
            the unit of time, and what happened at time zero; both are carried to the result.
        missing
            ``"error"`` refuses missing values; ``"drop"`` leaves those rows out and lists them
            in ``dropped``.

        Returns
        -------
        Histories

        Raises
        ------
        InputError
            a column is missing or holds values that cannot be; the message names the column, the
            rows (counted from 1), the values and the remedy.

        Examples
        --------
        >>> import polars as pl
        >>> df = pl.DataFrame({"days": [5, 8, 8], "died": [1, 0, 1]})
        >>> Histories.from_frame(df, exit="days", event="died", unit="days", origin="diagnosis")
        Histories(3 rows, causes=('event',), groups=('all',), unit='days', origin='diagnosis', dropped=0)
        """  # noqa: E501 - the repr is one line
        asked = {
            "exit": exit,
            "event": event,
            "entry": entry,
            "group": group,
            "strata": strata,
            "weights": weights,
            "subject": subject,
            **known_roles(known_from),
        }
        df = frames.eager(df)
        fields = {
            role: Field(role, name, frames.column(df, name, role=role))
            for role, name in asked.items()
            if name is not None
        }
        return histories_from(fields, causes, censored, unit, origin, missing)

    @classmethod
    def from_arrays(
        cls,
        exit: npt.ArrayLike,  # noqa: A002 - the field's word
        event: npt.ArrayLike,
        *,
        entry: npt.ArrayLike | None = None,
        group: npt.ArrayLike | None = None,
        known_from: npt.ArrayLike | Mapping[str, npt.ArrayLike] | None = None,
        strata: npt.ArrayLike | None = None,
        weights: npt.ArrayLike | None = None,
        subject: npt.ArrayLike | None = None,
        causes: Mapping[str, object] | None = None,
        censored: object = 0,
        unit: str,
        origin: str,
        missing: str = "error",
    ) -> Histories:
        """Take histories from arrays of shape (n,); parameters as in `from_frame`.

        Parameters
        ----------
        exit, event, entry, group, strata, weights, subject
            arrays of one length, or None.
        known_from
            array, or group -> array, of that length, or None.
        causes, censored, unit, origin, missing
            as in `from_frame`.

        Returns
        -------
        Histories

        Raises
        ------
        InputError
            as in `from_frame`, or the arrays differ in length.

        Examples
        --------
        >>> Histories.from_arrays([5, 8, 8], [1, 0, 1], unit="days", origin="diagnosis").causes
        ('event',)
        """
        given = {
            "exit": exit,
            "event": event,
            "entry": entry,
            "group": group,
            "strata": strata,
            "weights": weights,
            "subject": subject,
            **known_roles(known_from),
        }
        fields = {
            role: Field(role, role, _one_dimensional(role, values))
            for role, values in given.items()
            if values is not None
        }
        return histories_from(fields, causes, censored, unit, origin, missing)


def _one_dimensional(role: str, values: npt.ArrayLike) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim != 1:
        raise InputError(f"{role} has shape {array.shape}; one value a row, shape (n,), is needed.")
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    return frames.numbers_where_possible(array)


def histories_from(
    fields: dict[str, Field],
    causes: Mapping[str, object] | None,
    censored: object,
    unit: str,
    origin: str,
    missing: str,
) -> Histories:
    """Make histories of fields by role: check, drop what was asked to be dropped, and code."""
    _require_words(unit, origin)
    _require_rows(fields)
    fields, dropped = _without_missing(fields, missing)
    cause, names = code_events(fields["event"], causes, censored)
    times, exit_code, entry_code = _coded_times(fields)
    group, groups = _labels(fields.get("group"), "all")
    stratum, strata = _labels(fields.get("strata"), "all")
    weights = _weights(fields.get("weights"), group, groups)
    return Histories(
        grid=TimeGrid(times, unit, origin),
        exit=exit_code,
        cause=cause,
        entry=entry_code,
        group=group,
        stratum=stratum,
        weights=weights,
        subject=_labels(fields.get("subject"), "")[0],
        causes=names,
        groups=groups,
        strata=strata,
        dropped=dropped,
        known_from=known_times(fields, group, groups),
    )


def _require_words(unit: str, origin: str) -> None:
    if unit not in UNITS:
        raise InputError(f"unit={unit!r}: use one of {', '.join(map(repr, UNITS))}.")
    if not isinstance(origin, str) or not origin.strip():
        raise InputError(
            f"origin={origin!r}: say what happened at time zero, such as 'transplant'."
        )


def _require_rows(fields: dict[str, Field]) -> None:
    sizes = {field.name: field.size for field in fields.values()}
    if len(set(sizes.values())) > 1:
        raise InputError(f"the columns differ in length: {sizes}. Give one value a row in each.")
    if fields["exit"].size == 0:
        raise InputError("there are no rows: at least one history is needed.")


def _without_missing(fields: dict[str, Field], missing: str) -> tuple[dict[str, Field], Dropped]:
    """Refuse rows with a missing value, or leave them out and list them."""
    if missing not in ("error", "drop"):  # a tuple, so that a list is refused in words too
        raise InputError(f"missing={missing!r}: use 'error' or 'drop'.")
    needed = {role: f for role, f in fields.items() if not role.startswith(KNOWN_FROM)}
    gaps = {role: gap for role, f in needed.items() if (gap := _missing(f)) is not None}
    if not gaps:
        return fields, NOTHING_DROPPED
    if missing == "error":
        role, gap = next(iter(gaps.items()))
        remedy = "Complete the values, or pass missing='drop' to leave the rows out and list them."
        raise problem(fields[role], gap, "is missing", remedy)
    keep = ~np.logical_or.reduce(list(gaps.values()))
    if not keep.any():
        counts = (f"{fields[role].name!r} in {gap.sum()}" for role, gap in gaps.items())
        raise InputError(
            f"every row has a missing value, so no history is left: column {', '.join(counts)} of "
            f"{keep.size} rows. Complete the values, or correct the name of the column."
        )
    kept = {role: _rows(field, keep) for role, field in fields.items()}
    return kept, _dropped(fields, gaps)


def _missing(field: Field) -> np.ndarray | None:
    """Mark missing values; None where there are none."""
    array = field.array
    if isinstance(field.values, frames.Levels):
        gap = array < 0
    elif array.dtype.kind == "f":
        if not np.isnan(array.min()):
            return None
        gap = np.isnan(array)
    elif array.dtype.kind in "mM":
        gap = np.isnat(array)
    elif array.dtype.kind == "O":
        gap = np.array([frames.absent(value) for value in array], dtype=bool)
    else:
        return None
    return gap if gap.any() else None


def _rows(field: Field, keep: np.ndarray) -> Field:
    values = field.values
    if not isinstance(values, frames.Levels):
        return replace(field, values=values[keep])
    codes = values.codes[keep]
    used = np.unique(codes)
    return replace(
        field,
        values=frames.Levels(
            np.searchsorted(used, codes).astype(np.int32), tuple(values.labels[i] for i in used)
        ),
    )


def _dropped(fields: dict[str, Field], gaps: dict[str, np.ndarray]) -> Dropped:
    """List each row once, with every column that was missing in it."""
    rows = np.flatnonzero(np.logical_or.reduce(list(gaps.values())))
    names = tuple(
        ", ".join(fields[role].name for role, gap in gaps.items() if gap[row]) for row in rows
    )
    return Dropped(rows + 1, names, ("missing value",) * rows.size)


def _coded_times(
    fields: dict[str, Field],
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Code the times on one grid, refusing negative ones and entries not before their exit."""
    values = {role: numbers(fields[role]) for role in ("exit", "entry") if role in fields}
    times, exit_code, entry_code = code_times(values["exit"], values.get("entry"))
    if times[0] < 0:
        role = next(role for role, array in values.items() if array.min() < 0)
        remedy = "Times count from the origin: correct the dates, or leave these rows out."
        raise problem(fields[role], values[role] < 0, "is negative", remedy)
    _require_order(fields, exit_code, entry_code)
    return times, exit_code, entry_code


def _require_order(
    fields: dict[str, Field], exit_code: np.ndarray, entry_code: np.ndarray | None
) -> None:
    if entry_code is None:
        return
    bad = entry_code >= exit_code
    if bad.any():
        rows = np.flatnonzero(bad)
        pairs = [f"{fields['entry'].array[i]:g} >= {fields['exit'].array[i]:g}" for i in rows[:5]]
        raise InputError(
            f"column {fields['entry'].name!r} (entry) is not before column "
            f"{fields['exit'].name!r} (exit) in {rows.size} {'row' if rows.size == 1 else 'rows'}: "
            f"row {listed(rows + 1)} (value {', '.join(pairs)}). A row is at risk after its entry "
            "and up to its exit: correct the times, or leave these rows out."
        )


def _labels(field: Field | None, alone: str) -> tuple[np.ndarray | None, tuple[str, ...]]:
    return (None, (alone,)) if field is None else code_labels(field)


def _weights(
    field: Field | None, group: np.ndarray | None, groups: tuple[str, ...]
) -> np.ndarray | None:
    if field is None:
        return None
    values = numbers(field).astype(float)
    if values.min() < 0:
        raise problem(field, values < 0, "is negative", "Case weights are zero or more.")
    sums = np.bincount(np.zeros(values.size, np.intp) if group is None else group, weights=values)
    if not sums.all():
        empty = listed(label for label, total in zip(groups, sums, strict=True) if total == 0)
        raise InputError(
            f"column {field.name!r} (weights) is zero in every row of group {empty}: nothing is "
            "left of it. Leave the group out, or correct the weights."
        )
    return values
