"""Where the value of each patient stands: form, field, instance, entry, file and line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.derived.rows import undecided

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from atrisk.study.derived.column import Derived
    from atrisk.study.forms.tables import Records

__all__ = ["Place", "Provenance"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands.

    Attributes
    ----------
    form, field, instance
        the question; ``instance`` is 1 for a form that does not repeat.
    value
        the entry as written.
    file, place, line
        the row: ``place`` is what ``line`` counts.
    """

    form: str
    field: str
    instance: int
    value: str
    file: str
    place: str
    line: int

    def __str__(self) -> str:
        return f"{self.form}.{self.field}, {self.file} {self.place} {self.line}"


@dataclass(frozen=True, slots=True)
class Provenance:
    """The columns of patients with the forms behind them.

    Attributes
    ----------
    records
        the forms.
    columns
        the columns by name.
    at
        shape (n,): which record each row of the table is.
    partial_dates
        the day assumed where only the month or the year of a date is known.
    """

    records: Records
    columns: Mapping[str, Derived]
    at: NDArray[np.intp]
    partial_dates: str = "middle"

    def take(self, keep: NDArray[np.bool_]) -> Provenance:
        """Keep rows."""
        return replace(self, at=self.at[keep])

    def record(self, row: int) -> str:
        """Name the record of a row."""
        return self.records.ids[int(self.at[row])]

    def centre(self, row: int) -> str:
        """Name the centre of a row."""
        return self.records.centres[int(self.records.centre[self.at[row]])].id

    def places(self, column: str, row: int) -> tuple[Place, ...]:
        """List where the value of a column stands for a row; several for a computed value."""
        return tuple(self._places(column, int(self.at[row])))

    def _places(self, column: str, record: int) -> Iterator[Place]:
        for origin in self.columns[column].origin if column in self.columns else ():
            row = int(origin.row[record])
            if row < 0:
                continue
            table = self.records.tables[origin.form]
            file = self.records.files[table.file[row]]
            held = table.columns.get(origin.field)
            yield Place(
                form=origin.form,
                field=origin.field,
                instance=int(table.instance[row]),
                value="" if held is None else held.text(row),
                file=file.name,
                place=file.place,
                line=int(table.line[row]),
            )

    def precision(self, column: str) -> NDArray[np.int8] | None:
        """Give how exactly each date is known, shape (n,): 0 day, 1 month, 2 year."""
        held = self.columns[column].column.precision if column in self.columns else None
        return None if held is None else held[self.at]

    def undecided(self, column: str) -> NDArray[np.bool_]:
        """Tell where a column may have a value that is not known, shape (n,)."""
        if column not in self.columns:
            return np.zeros(self.at.shape, dtype=bool)
        missing = self.columns[column].column.missing[self.at]
        return undecided(missing, self.records.dictionary.missing_codes)

    def origins(self, column: str) -> Origins:
        """Give the first form, field and row behind each value of a column, at once."""
        return Origins.of(self.records, self.columns.get(column), self.at)


@dataclass(frozen=True, slots=True)
class Origins:
    """Form, field, instance, file and line of each row: shape (n,) each; "" and 0 where none."""

    form: NDArray[Any]
    field: NDArray[Any]
    instance: NDArray[np.int32]
    value: NDArray[Any]
    file: NDArray[Any]
    line: NDArray[np.int32]

    @classmethod
    def of(cls, records: Records, column: Derived | None, at: NDArray[np.intp]) -> Origins:
        """Look up every row in the forms; of several origins, the first that has a row."""
        texts = [np.full(at.shape, "", dtype=object) for _ in range(4)]
        instance, line = (np.zeros(at.shape, dtype=np.int32) for _ in range(2))
        form, field, value, file = texts
        names = np.array([source.name for source in records.files] + [""], dtype=object)
        open_ = np.ones(at.shape, dtype=bool)
        for origin in () if column is None else column.origin:
            here = open_ & (origin.row[at] >= 0)
            open_ &= ~here
            table, row = records.tables[origin.form], origin.row[at][here]
            form[here], field[here] = origin.form, origin.field
            instance[here], line[here] = table.instance[row], table.line[row]
            file[here] = names[table.file[row]]
            value[here] = _texts(table.columns.get(origin.field), row)
        return cls(form, field, instance, value, file, line)


def _texts(column: Any, rows: NDArray[np.int32]) -> Any:  # noqa: ANN401 - a Column or None
    """Spell the entries of rows as they were written."""
    if column is None or not rows.size:
        return ""
    if column.written is not None:
        return np.array(column.written.texts, dtype=object)[column.written.codes[rows]]
    return np.array([column.text(int(row)) for row in rows], dtype=object)
