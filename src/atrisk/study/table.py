"""The patients as read: columns with masks of what is missing, and where each row stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atrisk.errors import InputError, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from atrisk.study.derived.provenance import Provenance

__all__ = ["LeftOut", "Table", "cells_error"]

#: How many entries a message spells, as `listed` does.
_SHOWN: Final = 5

_ROWS = re.compile(r"\b[Rr]ows? (\d+(?:, \d+)*)")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that an analysis or the study does not use, and why.

    Attributes
    ----------
    line
        the line in the CSV (the header is line 1), or the row of the Parquet file (from 1).
    record
        the patient, where the study names an id column.
    column, value
        what decided.
    reason
        why, in words.
    places
        of a study on forms: form, field, file and line of each entry that decided.
    """

    line: int
    record: str | None
    column: str
    value: str
    reason: str
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of one file.

    Attributes
    ----------
    file
        the name of the file, for messages.
    place
        what ``lines`` count: ``line`` of a CSV, ``row`` of a Parquet file.
    columns
        each of shape (n,): text as written for a CSV, else numbers, dates or text.
    missing
        each of shape (n,), True where the entry is missing.
    lines
        shape (n,).
    records
        shape (n,): the id of each patient, or None without an id column.
    decimal
        the mark before the decimals in text.
    provenance
        of a study on forms: where each value stands; ``lines`` are then the records, from 1.
    """

    file: str
    place: str
    columns: Mapping[str, NDArray[Any]]
    missing: Mapping[str, NDArray[np.bool_]]
    lines: NDArray[np.int64]
    records: tuple[str, ...] | None = None
    decimal: str = "."
    provenance: Provenance | None = None

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.lines)

    def take(self, keep: NDArray[np.bool_]) -> Table:
        """Keep the rows where ``keep`` (n,) is True."""
        records = self.records
        return replace(
            self,
            columns={name: values[keep] for name, values in self.columns.items()},
            missing={name: mask[keep] for name, mask in self.missing.items()},
            lines=self.lines[keep],
            records=None
            if records is None
            else tuple(records[row] for row in np.flatnonzero(keep)),
            provenance=None if self.provenance is None else self.provenance.take(keep),
        )

    def written(self, column: str, row: int) -> str:
        """Spell the entry of a row as it stands in the file."""
        if self.missing[column][row]:
            return "missing"
        return spelled(self.columns[column][row])

    def named(self, row: int) -> str:
        """Name a row by where it stands in the file, and by its record: ``line 4 (P003)``."""
        if self.provenance is not None:
            return f"record {self.provenance.record(row)}"
        where = f"{self.place} {self.lines[row]}"
        return where if self.records is None else f"{where} ({self.records[row]})"

    def where(self, column: str, row: int) -> str:
        """Say where the entry of a row stands: ``line 4``, or its record, form, file and line."""
        if self.provenance is None:
            return f"{self.place} {self.lines[row]}"
        places = self.provenance.places(column, row)
        return ", ".join([f"record {self.provenance.record(row)}", *map(str, places)])

    def listed_rows(self, rows: NDArray[np.bool_], *, shown: int = 5) -> str:
        """List the lines, or the records of forms, of rows (n,)."""
        if self.provenance is None:
            return listed(self.lines[rows], shown=shown)
        records = (self.provenance.record(int(row)) for row in np.flatnonzero(rows))
        return listed(records, shown=shown)

    def in_file(self, message: str, rows: NDArray[np.int64]) -> str:
        """Put where rows stand in the file in place of their positions in a call.

        Parameters
        ----------
        message
            names rows as calls do: ``row 2, 5``.
        rows
            shape (n,): which row of the table each row of the call was.
        """

        def named(match: re.Match[str]) -> str:
            places = [int(place) - 1 for place in match[1].split(", ")]
            if max(places) >= rows.size:  # not a row of the call
                return match[0]
            return ", ".join(self.named(int(rows[place])) for place in places)

        return _ROWS.sub(named, message)

    def left_out(self, rows: Iterable[int], columns: Iterable[str], reason: str) -> list[LeftOut]:
        """List rows with what stands in the columns that decided."""
        names = tuple(columns)
        return [
            LeftOut(
                line=int(self.lines[row]),
                record=None if self.records is None else self.records[row],
                column=", ".join(names),
                value=", ".join(self.written(name, row) for name in names),
                reason=reason,
                places=self._places(names, row),
            )
            for row in rows
        ]

    def _places(self, columns: tuple[str, ...], row: int) -> tuple[str, ...]:
        if self.provenance is None:
            return ()
        found = (self.provenance.places(column, row) for column in columns)
        return tuple(dict.fromkeys(str(place) for places in found for place in places))


def spelled(value: object) -> str:
    """Spell a value so that the same code reads the same in CSV and Parquet: 1.0 is ``1``."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def cells_error(
    table: Table, column: str, bad: NDArray[np.bool_], problem: str, remedy: str
) -> InputError:
    """Make the error that names a column, the values and the lines where they stand.

    Parameters
    ----------
    bad
        shape (n,), True at the entries in question.
    problem
        what they are, after "is" or "are", e.g. ``not a number``.
    remedy
        what to do, a sentence.
    """
    rows = np.flatnonzero(bad)
    head = listed(_cell(table, column, row) for row in rows[:_SHOWN].tolist())
    shown = f"{head} and {rows.size - _SHOWN} more" if rows.size > _SHOWN else head
    count = "1 entry is" if len(rows) == 1 else f"{len(rows)} entries are"
    return InputError(f"{table.file}, column {column!r}: {count} {problem}: {shown}. {remedy}")


def _cell(table: Table, column: str, row: int) -> str:
    """Spell an entry with its place; of a missing one there is only the place."""
    place = table.where(column, row)
    if table.missing[column][row]:
        return place
    return f"{table.written(column, row)!r} ({place})"
