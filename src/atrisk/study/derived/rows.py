"""Choosing one row of a form for each record, and taking its entries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atrisk.study.forms.tables import BLANK, CODED, UNREADABLE, Written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from atrisk.study.forms.dictionary import MissingCode
    from atrisk.study.forms.tables import Column, FormTable

__all__ = ["LATE", "Rows", "taken_at", "undated", "undecided"]

#: The place in the order of a row that has no date: after all others.
LATE: Final = int(np.iinfo(np.int64).max)
_EARLY: Final = -LATE
#: Labels of missing codes that say there is no value, not that it is unknown.
_NONE: Final = frozenset({"not applicable", "not done", "not present"})


@dataclass(frozen=True, slots=True)
class Rows:
    """Chooses one of the rows of each record by an order: ``record`` (n,) is sorted."""

    record: NDArray[np.int32]
    count: int
    ordering: NDArray[np.int64] | None

    def first(self, rows: NDArray[np.intp]) -> NDArray[np.int32]:
        """Choose the first; of equal dates, the earlier instance."""
        return self.least(rows, self._keys(rows))

    def last(self, rows: NDArray[np.intp]) -> NDArray[np.int32]:
        """Choose the last; of equal dates, the later instance."""
        return self.greatest(rows, self._keys(rows, absent=_EARLY))

    def _keys(self, rows: NDArray[np.intp], absent: int | None = None) -> NDArray[np.int64] | None:
        if self.ordering is None:
            return None
        keys = self.ordering[rows]
        return keys if absent is None else np.where(keys == LATE, absent, keys)

    def least(
        self, rows: NDArray[np.intp], keys: NDArray[Any] | None, *, last: bool = False
    ) -> NDArray[np.int32]:
        """Choose the row with the least key; of equal keys the first row, or the last."""
        found = np.full(self.count, -1, dtype=np.int32)
        if not rows.size:
            return found
        record = self.record[rows]
        if keys is not None:
            starts = np.flatnonzero(np.diff(record, prepend=-1))
            lowest = np.minimum.reduceat(keys, starts)
            ties = keys == np.repeat(lowest, np.diff(np.append(starts, rows.size)))
            rows, record = rows[ties], record[ties]
        edge = {"append": -1} if last else {"prepend": -1}
        at = np.flatnonzero(np.diff(record, **edge))
        found[record[at]] = rows[at]
        return found

    def greatest(self, rows: NDArray[np.intp], keys: NDArray[Any] | None) -> NDArray[np.int32]:
        """Choose the row with the greatest key; of equal keys the last row."""
        return self.least(rows, None if keys is None else -keys, last=True)


def undecided(missing: NDArray[np.int8], codes: Sequence[MissingCode]) -> NDArray[np.bool_]:
    """Tell where there may be a value that is not known: unreadable, or coded as unknown.

    Parameters
    ----------
    missing
        why each entry has no value.
    codes
        of the dictionary; "not applicable", "not done" and "not present" say that there is none.
    """
    none = [
        CODED + place for place, code in enumerate(codes) if code.label.strip().lower() in _NONE
    ]
    return (missing >= UNREADABLE) & ~np.isin(missing, none)


def undated(table: FormTable, column: Column, codes: Sequence[MissingCode]) -> NDArray[np.bool_]:
    """Tell which rows have a date that is not known: as `undecided`, or blank in a filled row.

    Parameters
    ----------
    table, column
        a form, and a date of it.
    codes
        of the dictionary.
    """
    filled = np.zeros(table.rows, dtype=bool)
    for name, other in table.columns.items():
        if "___" not in name and not name.endswith("_complete"):
            filled |= other.present
    return np.asarray(undecided(column.missing, codes) | ((column.missing == BLANK) & filled))


def taken_at(column: Column, row: NDArray[np.int32]) -> Column:
    """Take a row of a column for each record; blank where the row is -1."""
    none = row < 0
    if not len(column.values):
        return _blank(column, len(row))
    taken = column.take(np.where(none, 0, row))
    values = taken.values.copy()
    values[none] = _gap(column)
    written = taken.written
    if written is not None:
        blank = written.texts.index("") if "" in written.texts else len(written.texts)
        texts = written.texts if blank < len(written.texts) else (*written.texts, "")
        codes = np.where(none, blank, written.codes).astype(np.int32)
        written = Written(texts, codes)
    precision = taken.precision
    return replace(
        taken,
        values=values,
        missing=np.where(none, BLANK, taken.missing).astype(np.int8),
        written=written,
        precision=None if precision is None else np.where(none, 0, precision).astype(np.int8),
    )


def _gap(column: Column) -> Any:  # noqa: ANN401 - what stands where there is no value
    if column.kind == "code":
        return -1
    return np.nan if column.kind == "number" else np.datetime64("NaT")


def _blank(column: Column, count: int) -> Column:
    values = np.empty(count, dtype=column.values.dtype)
    values[:] = _gap(column)
    missing = np.full(count, BLANK, dtype=np.int8)
    return replace(column, values=values, missing=missing, written=None, precision=None)
