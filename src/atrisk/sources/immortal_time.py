"""The guard against immortal time: groups known only after time zero, compared from time zero."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk import frames
from atrisk.formulas.columns import column_names
from atrisk.sources.known_from import REMEDY, warn_of_immortal_time
from atrisk.sources.validate import Field, code_labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


__all__ = [
    "ImmortalTime",
    "immortal_time",
    "mostly_past",
    "names_a_time",
    "warn_of_immortal_columns",
]

# what the name of a column says when it holds a time since the origin, and when one before it
_TIME = {
    "time", "times", "date", "dates", "dt", "day", "days", "hour", "hours", "week", "weeks",
    "month", "months", "year", "years", "onset", "start", "wait",
}  # fmt: skip
_BEFORE = {
    "since", "ago", "prior", "previous", "before", "pre", "history", "birth", "born", "dob", "age",
}  # fmt: skip
_HEAD = 64  # rows looked at to tell a measurement from a group


@dataclass(frozen=True, slots=True)
class ImmortalTime:
    """A group that a column of the same table dates after the start of observation.

    Attributes
    ----------
    group
        the column of groups.
    label
        the group that becomes known later.
    dates
        the column whose values are there for exactly that group.
    rows, late
        how many rows are in that group, and in how many the date is after the start.
    first, last
        the earliest and the latest of these dates, since time zero (days where dates were given).
    """

    group: str
    label: str
    dates: str
    rows: int
    late: int
    first: float
    last: float

    def message(self) -> str:
        """Say what was found and which calls are right."""
        return (
            f"column {self.group!r} is {self.label!r} in exactly the {self.rows} rows that have a "
            f"{self.dates!r}, and in {self.late} of them that is after time zero (from "
            f"{self.first:g} to {self.last:g}): the group is known only then. {REMEDY}"
        )


def immortal_time(
    df: Any,  # noqa: ANN401 - any frame that narwhals reads
    group: str,
    *,
    dates: Sequence[str] | None = None,
    exit: str | None = None,  # noqa: A002 - the field's word
    entry: str | None = None,
    zero: str | None = None,
) -> ImmortalTime | None:
    """Find out whether a group of two is one that only a later date makes known.

    Parameters
    ----------
    df
        a Polars, pandas, Arrow or other frame that narwhals reads; one row a patient.
    group
        column of two groups: 0/1, true/false or two texts.
    dates
        columns of times since time zero (or of dates, with ``zero``) to look at. None looks at
        those columns whose name says that they hold a time after time zero ("tx_time",
        "days_to_response", but not "years_since_diagnosis"), and whose values are not mostly
        past ``exit``.
    exit, entry
        columns of the times of exit and entry, where there are any.
    zero
        column of the date of time zero; columns of dates are passed over without it.

    Returns
    -------
    ImmortalTime or None
        the first column that is there for exactly one of the two groups, and is after time zero
        (after entry, where rows enter late) in some row. None where there is none, as for every
        group that is known at time zero.

    Raises
    ------
    InputError
        there is no such column.

    Notes
    -----
    Rows without a group are passed over.

    References
    ----------
    Suissa S (2008) Am J Epidemiol 167:492. Anderson JR, Cain KC, Gelber RD (1983) J Clin Oncol 1:710.

    Examples
    --------
    >>> import polars as pl
    >>> df = pl.DataFrame({"days": [9, 5, 7], "tx": [1, 0, 1], "tx_day": [4, None, 2]})
    >>> found = immortal_time(df, "tx", exit="days")
    >>> found.dates, found.late
    ('tx_day', 2)
    """  # noqa: E501 - one reference a line
    two = _two_groups(df, group)
    if two is None:
        return None
    codes, labels = two
    entered = None if entry is None else _since(df, entry, zero)
    begin = 0.0 if entered is None else np.maximum(entered, 0.0)
    end = None if exit is None or dates is not None else _since(df, exit, zero)
    for name in _candidates(df, group, dates, {exit, entry, zero}):
        known = _since(df, name, zero)
        if known is None or mostly_past(known, end):
            continue
        for code in (0, 1):
            late = _late(known, begin, codes, code)
            if late.any():
                first, last = float(known[late].min()), float(known[late].max())
                rows = int((codes == code).sum())
                return ImmortalTime(group, labels[code], name, rows, int(late.sum()), first, last)
    return None


def _two_groups(df: Any, group: str) -> tuple[np.ndarray, tuple[str, ...]] | None:  # noqa: ANN401 - any frame
    """Code a column of two groups, missing as -1; None where there are not two."""
    values = frames.column(df, group, role="group")
    if not isinstance(values, frames.Levels):
        head = values[:_HEAD]
        if head.dtype.kind not in "biufOUS" or len(set(head.tolist())) > _HEAD // 2:
            return None  # a measurement, which need not be sorted to see that
    codes, labels = code_labels(Field("group", group, values))
    return (codes, labels) if len(labels) == 2 else None


def mostly_past(known: np.ndarray, end: np.ndarray | None) -> bool:
    """Tell values on another scale than the follow-up from times within it."""
    if end is None:
        return False
    return bool((known > end).sum() > (known <= end).sum())


def _late(known: np.ndarray, begin: np.ndarray | float, codes: np.ndarray, code: int) -> np.ndarray:
    """Mark known times after the start, if they are there for exactly the rows of a group."""
    grouped, there = codes >= 0, ~np.isnan(known)
    if not np.array_equal(there & grouped, codes == code):
        return np.zeros(known.size, dtype=bool)
    late: np.ndarray = there & grouped & (known > begin)
    return late


def _candidates(
    df: Any,  # noqa: ANN401 - any frame
    group: str,
    dates: Sequence[str] | None,
    others: set[str | None],
) -> list[str]:
    if dates is not None:
        return [name for name in dates if name != group]
    return [
        name for name in column_names(df) if name not in {group, *others} and names_a_time(name)
    ]


def names_a_time(name: str) -> bool:
    """Tell from its name whether a column holds times after time zero."""
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}
    timed = words & _TIME or any(word.endswith(("time", "date", "days")) for word in words)
    return bool(timed) and not words & _BEFORE


def _since(df: Any, name: str, zero: str | None) -> Any:  # noqa: ANN401 - any frame; array or None
    """Read times since time zero as floats, NaN where missing; None where they are not times."""
    values = frames.column(df, name, role="dates")
    if isinstance(values, frames.Levels) or values.dtype.kind in "OUSbm":
        return None
    if values.dtype.kind != "M":
        return values.astype(float)
    if zero is None:
        return None
    start = frames.column(df, zero, role="zero")
    days = (values.astype("M8[us]") - start.astype("M8[us]")) / np.timedelta64(1, "D")  # type: ignore[union-attr]
    return days.astype(float)


def warn_of_immortal_columns(
    df: Any,  # noqa: ANN401 - any frame that narwhals reads
    groups: Iterable[str],
    *,
    exit: str | None = None,  # noqa: A002 - the field's word
    entry: str | None = None,
) -> None:
    """Warn of each column of two groups, a covariate of a model, that `immortal_time` finds.

    Parameters
    ----------
    df, exit, entry
        as in `immortal_time`.
    groups
        the columns to look at; names of other terms are passed over.
    """
    existing = column_names(df)
    for group in groups:
        if group not in existing:
            continue
        found = immortal_time(df, group, exit=exit, entry=entry)
        if found is not None:
            warn_of_immortal_time(found.message())
