"""One date a patient from several: the first that exists, the earliest, the latest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from atrisk.study.derived.column import Derived, Origin
from atrisk.study.derived.rows import undecided
from atrisk.study.forms.tables import BLANK, PRESENT, Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from atrisk.study.forms.dictionary import MissingCode

__all__ = ["How", "chosen_among", "one_of"]

How = Literal["first", "earliest", "latest"]
_WORDS = {
    "first": "the first that exists of",
    "earliest": "the earliest of",
    "latest": "the latest of",
}


def chosen_among(dates: Sequence[NDArray[np.datetime64]], how: How) -> NDArray[np.intp]:
    """Tell which of several dates is taken in each row.

    Parameters
    ----------
    dates
        each of shape (n,), NaT where there is none; at least one.
    how
        the first that exists in their order, the earliest or the latest; of equal dates the first
        in their order.

    Returns
    -------
    ndarray, shape (n,)
        the position in ``dates``; -1 where there is none.

    Examples
    --------
    >>> days = np.array([["2020-01-02", "NaT"], ["2020-01-01", "NaT"]], dtype="datetime64[D]")
    >>> chosen_among(list(days), "first"), chosen_among(list(days), "earliest")
    (array([ 0, -1]), array([ 1, -1]))
    """
    table = np.array(dates, dtype="datetime64[D]")
    there = ~np.isnat(table)
    if how == "first":
        at = there.argmax(axis=0)
    else:
        days = table.astype(np.int64)
        gap = np.iinfo(np.int64).max if how == "earliest" else np.iinfo(np.int64).min
        filled = np.where(there, days, gap)
        at = filled.argmin(axis=0) if how == "earliest" else filled.argmax(axis=0)
    return np.where(there.any(axis=0), at, -1)


def one_of(
    name: str,
    label: str,
    columns: Sequence[Derived],
    how: How,
    codes: Sequence[MissingCode],
) -> Derived:
    """Make a column of dates from several, each value with its own origin and precision.

    The first or the earliest is not known where a date that may come before it is not known. Of the
    latest, one that is not known is passed over where another is.

    Parameters
    ----------
    codes
        the missing codes of the dictionary.
    """
    dates = [column.dates for column in columns]
    at = chosen_among(dates, how)
    values = np.full(at.shape, np.datetime64("NaT"), dtype="datetime64[D]")
    missing = np.full(at.shape, BLANK, dtype=np.int8)
    precision = np.zeros(at.shape, dtype=np.int8)
    unknown = _unknown(columns, at, how, codes)
    origins: list[Origin] = []
    for place, part in enumerate(columns):
        here = (at == place) & (unknown < 0)
        values[here] = dates[place][here]
        missing[here] = PRESENT
        if part.column.precision is not None:
            precision[here] = part.column.precision[here]
        told = here | (unknown == place)
        missing = np.where(unknown == place, part.column.missing, missing).astype(np.int8)
        origins += [
            Origin(origin.form, origin.field, np.where(told, origin.row, -1).astype(np.int32))
            for origin in part.origin
        ]
    untold = (at < 0) & (unknown < 0)
    for part in reversed(columns):  # no date at all: why, of the first column that says more
        says = untold & (part.column.missing > BLANK)
        missing = np.where(says, part.column.missing, missing).astype(np.int8)
    known = precision if precision.any() else None
    column = Column(name, "date", values, missing, precision=known)
    words = f"{_WORDS[how]} {', '.join(part.name for part in columns)}"
    return Derived(name, label, column, tuple(origins), words)


def _unknown(
    columns: Sequence[Derived], at: NDArray[np.intp], how: How, codes: Sequence[MissingCode]
) -> NDArray[np.intp]:
    """Tell which column has a date that is not known and may be the one wanted, -1 for none."""
    found = np.full(at.shape, -1, dtype=np.intp)
    for place, part in enumerate(columns):
        open_ = undecided(part.column.missing, codes)
        if how == "first":
            open_ &= (at < 0) | (at > place)
        elif how == "latest":
            open_ &= at < 0
        found = np.where((found < 0) & open_, place, found)
    return found
