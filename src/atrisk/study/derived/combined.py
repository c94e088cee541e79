"""One date a patient from several: the first that exists, the earliest, the latest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from atrisk.study.derived.column import Derived, Origin
from atrisk.study.forms.tables import BLANK, PRESENT, Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["chosen_among", "one_of"]

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


def one_of(name: str, label: str, columns: Sequence[Derived], how: How) -> Derived:
    """Make a column of dates from several, each value with its own origin and precision."""
    dates = [column.dates for column in columns]
    at = chosen_among(dates, how)
    values = np.full(at.shape, np.datetime64("NaT"), dtype="datetime64[D]")
    missing = columns[0].column.missing.copy()
    missing[missing == PRESENT] = BLANK
    precision = np.zeros(at.shape, dtype=np.int8)
    origins: list[Origin] = []
    for place, part in enumerate(columns):
        here = at == place
        values[here] = dates[place][here]
        missing[here] = PRESENT
        if part.column.precision is not None:
            precision[here] = part.column.precision[here]
        origins += [
            Origin(origin.form, origin.field, np.where(here, origin.row, -1).astype(np.int32))
            for origin in part.origin
        ]
    known = precision if precision.any() else None
    column = Column(name, "date", values, missing, precision=known)
    words = f"{_WORDS[how]} {', '.join(part.name for part in columns)}"
    return Derived(name, label, column, tuple(origins), words)
