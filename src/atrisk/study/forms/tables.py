"""The forms as read: one table a form, every entry typed, and where each row stood in its file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from atrisk.errors import InputError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from atrisk.study.forms.dictionary import Dictionary

__all__ = [
    "BLANK",
    "CODED",
    "KEEPER",
    "PRESENT",
    "UNREADABLE",
    "Centre",
    "Column",
    "FormTable",
    "Kind",
    "Records",
    "Rejected",
    "SourceFile",
    "Written",
    "coded",
]

Kind = Literal["number", "date", "datetime", "code"]

#: Why an entry has no value. From `CODED` on, the entry is the dictionary's missing code number
#: ``missing - CODED`` (unknown, not done, not applicable).
PRESENT: Final = 0
BLANK: Final = 1
UNREADABLE: Final = 2
CODED: Final = 3

#: Between what a centre is told and what the data manager can do in the study file or a mapping.
KEEPER: Final = " For the data manager: "


@dataclass(frozen=True, slots=True)
class Written:
    """A column of text in which each distinct text is kept once.

    Attributes
    ----------
    texts
        the distinct texts.
    codes
        shape (n,), int32: which of them stands in each row.
    """

    texts: tuple[str, ...]
    codes: NDArray[np.int32]

    def __getitem__(self, row: int) -> str:
        """Give the text of one row."""
        return self.texts[int(self.codes[row])]

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.codes)

    def take(self, rows: NDArray[Any]) -> Written:
        """Keep rows, by mask or by position."""
        return Written(self.texts, self.codes[rows])


def coded(values: Iterable[str]) -> Written:
    """Keep each distinct text of a column once, in the order in which it first stands.

    Examples
    --------
    >>> coded(["f", "m", "f"])
    Written(texts=('f', 'm'), codes=array([0, 1, 0], dtype=int32))
    """
    known: dict[str, int] = {}
    codes = [known.setdefault(value, len(known)) for value in values]
    return Written(tuple(known), np.array(codes, dtype=np.int32))


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a form, or one option of a checkbox field (``field___code``).

    Attributes
    ----------
    name
        the field, or ``field___code``.
    kind
        ``number``: float64, NaN where missing; ``date``: datetime64[D], NaT where missing;
        ``datetime``: datetime64[s]; ``code``: int32 positions in ``levels``, -1 where missing.
        Choices, yes/no, checkbox options ("0", "1") and free text are codes.
    values
        shape (n,).
    levels
        of a code: the choice codes in the order of the dictionary, or the distinct texts.
    missing
        shape (n,), int8: `PRESENT`, `BLANK`, `UNREADABLE`, or `CODED` + the missing code.
    written
        the entries as they stood in the files, trimmed; None for what was computed.
    precision
        of a date: shape (n,), int8: 0 to the day, 1 to the month, 2 to the year; None if all are
        to the day. ``values`` then hold the assumed day.
    """

    name: str
    kind: Kind
    values: NDArray[Any]
    missing: NDArray[np.int8]
    levels: tuple[str, ...] = ()
    written: Written | None = None
    precision: NDArray[np.int8] | None = None

    @property
    def present(self) -> NDArray[np.bool_]:
        """Tell which rows have a value: shape (n,)."""
        return np.asarray(self.missing == PRESENT)

    def text(self, row: int) -> str:
        """Spell an entry as it stood in the file, or as it was computed; "" where there is none."""
        if self.written is not None:
            return self.written[row]
        if self.missing[row] != PRESENT:
            return ""
        value = self.values[row]
        if self.kind == "code":
            return self.levels[int(value)]
        return f"{value:.15g}" if self.kind == "number" else str(value)

    def take(self, rows: NDArray[Any]) -> Column:
        """Keep rows, by mask or by position."""
        return replace(
            self,
            values=self.values[rows],
            missing=self.missing[rows],
            written=None if self.written is None else self.written.take(rows),
            precision=None if self.precision is None else self.precision[rows],
        )


@dataclass(frozen=True, slots=True)
class Centre:
    """A participating centre."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read, and how many rows it held for each form.

    Attributes
    ----------
    name
        relative to the study file; of a workbook with its sheet, of a database with its table.
    centre
        the id of its centre.
    place
        what line numbers count: ``line`` of a CSV (the header is line 1), ``row`` of a sheet (the
        header is row 1) or of a table (the first is row 1).
    rows
        rows in, blank rows not counted.
    kept, rejected
        rows in a table and rows in the rejection list: they add up to ``rows``. Of files with more
        than one form in a row (flat exports), a row is kept if all that it holds is.
    sha256
        of the bytes, "" of a database.
    form
        the form that it is of, "" where it holds several.
    refused
        nothing of it was taken: all its rows are rejected. A file whose rows cannot be counted is
        in the rejections alone.
    """

    name: str
    centre: str
    place: str
    rows: int
    kept: int
    rejected: int
    sha256: str
    form: str = ""
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file, a row or an entry that could not be taken in.

    Attributes
    ----------
    level
        ``file``: nothing of the file was taken; ``row``: the row is in no table; ``entry``: the row
        is in its table, and this entry of it is missing as unreadable.
    reason
        why, and what to do; what follows `KEEPER` is for whoever keeps the study file and the
        mappings, not for the centre.
    """

    level: Literal["file", "row", "entry"]
    centre: str
    file: str
    place: str
    line: int
    record: str
    form: str
    field: str
    value: str
    reason: str

    @property
    def for_centre(self) -> str:
        """The reason without what the centre can do nothing about."""
        return self.reason.partition(KEEPER)[0]


@dataclass(frozen=True, slots=True)
class FormTable:
    """The rows of one form, in order of record, event and instance.

    Attributes
    ----------
    form
        the form.
    record
        shape (n,), int32: position in the records of the study.
    instance
        shape (n,), int32: from 1; 1 throughout for a form that does not repeat.
    event
        the event of a longitudinal project in each row, or None.
    file, line
        shape (n,), int32: position in the files of the study, and the line (or row) there.
    columns
        the fields by name, in the order of the dictionary; checkbox options by ``field___code``;
        ``<form>_complete`` where the files have it.
    """

    form: str
    record: NDArray[np.int32]
    instance: NDArray[np.int32]
    event: Written | None
    file: NDArray[np.int32]
    line: NDArray[np.int32]
    columns: Mapping[str, Column]

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.record)

    def column(self, name: str) -> Column:
        """Find a column.

        Raises
        ------
        InputError
            the form has no such field.
        """
        if name not in self.columns:
            raise InputError(
                f"the form {self.form!r} has no field {name!r}. Its fields are:"
                f" {', '.join(self.columns)}.{nearest(name, self.columns)}"
            )
        return self.columns[name]

    def take(self, rows: NDArray[Any]) -> FormTable:
        """Keep rows, by mask or by position."""
        return replace(
            self,
            record=self.record[rows],
            instance=self.instance[rows],
            event=None if self.event is None else self.event.take(rows),
            file=self.file[rows],
            line=self.line[rows],
            columns={name: column.take(rows) for name, column in self.columns.items()},
        )


@dataclass(frozen=True, slots=True)
class Records:
    """All forms of all centres.

    Attributes
    ----------
    dictionary
        what the forms ask.
    centres
        the centres.
    ids
        the record ids, R of them, in order.
    centre
        shape (R,), int32: position in ``centres``.
    tables
        one a form of the dictionary, empty where nobody filled it.
    files
        what was read.
    rejected
        what could not be taken in.
    """

    dictionary: Dictionary
    centres: tuple[Centre, ...]
    ids: tuple[str, ...]
    centre: NDArray[np.int32]
    tables: Mapping[str, FormTable]
    files: tuple[SourceFile, ...]
    rejected: tuple[Rejected, ...]

    def table(self, form: str) -> FormTable:
        """Find a form.

        Raises
        ------
        InputError
            the dictionary has no such form.
        """
        if form not in self.tables:
            raise InputError(
                f"there is no form {form!r}. Forms are: {', '.join(self.tables)}."
                f"{nearest(form, self.tables)}"
            )
        return self.tables[form]
