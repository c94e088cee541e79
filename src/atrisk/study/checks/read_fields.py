"""The entries that a rule reads for a row, on its own form and on others of the same patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.checks.shown import entry_state, entry_text
from atrisk.study.forms.expression import Call, Reference, walk
from atrisk.study.forms.tables import PRESENT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from atrisk.study.forms.expression import Expression
    from atrisk.study.forms.tables import Column, FormTable, Records

__all__ = ["read_texts", "readable"]

_SHOWN_ENTRIES = 4
_FIRST = frozenset({"earliest", "lowest"})
_LAST = frozenset({"latest", "highest"})


def readable(records: Records, form: str, names: Sequence[str]) -> NDArray[np.bool_]:
    """Tell for which rows of a form every field has a value, on other forms on any row: (n,)."""
    table = records.tables[form]
    whole = np.ones(table.rows, dtype=bool)
    for name in names:
        field = records.dictionary.field(name)
        if name == records.dictionary.record_id:
            continue
        other = records.tables[field.form]
        present = entry_state(other, field) == PRESENT
        if field.form == form:
            whole &= present
        else:
            has = np.zeros(len(records.ids), dtype=bool)
            has[other.record[present]] = True
            whole &= has[table.record]
    return whole


def read_texts(
    records: Records, form: str, expression: Expression | None = None
) -> Callable[[int, Sequence[str]], list[str]]:
    """Give a function that spells what stands in fields for a row of a form.

    Of a field of another form that repeats, the entries are joined by " / ", four at most; where
    the expression looks at its earliest or latest alone, that one is given.
    """
    table = records.tables[form]
    dictionary = records.dictionary
    extremes = {} if expression is None else _extremes(expression)

    def spelled(row: int, name: str) -> str:
        record = int(table.record[row])
        if name == dictionary.record_id:
            return records.ids[record]
        field = dictionary.field(name)
        if field.form == form:
            return entry_text(table, field, row)
        other = records.tables[field.form]
        rows: Sequence[int] = _rows_of(other, record)
        if name in extremes:
            rows = _extreme(other.columns[name], rows, last=extremes[name])
        entries = [entry for at in rows if (entry := entry_text(other, field, at))]
        more = ["..."] if len(entries) > _SHOWN_ENTRIES else []
        return " / ".join([*entries[:_SHOWN_ENTRIES], *more])

    return lambda row, names: [spelled(row, name) for name in names]


def _extremes(expression: Expression) -> dict[str, bool]:
    """Find the fields of which an expression looks at the first or the last alone, True the last.

    One that a condition chooses is none of them: which it is, is not looked up again.
    """
    found: dict[str, bool] = {}
    for node in walk(expression.tree):
        if isinstance(node, Call) and node.name in _FIRST | _LAST:
            fields = [part for part in node.arguments if isinstance(part, Reference)]
            if len(fields) == len(node.arguments):
                found |= {part.field: node.name in _LAST for part in fields}
    return found


def _extreme(column: Column, rows: Sequence[int], *, last: bool) -> Sequence[int]:
    present = [row for row in rows if column.missing[row] == PRESENT]
    chosen = max if last else min
    return [chosen(present, key=lambda row: column.values[row])] if present else []


def _rows_of(table: FormTable, record: int) -> range:
    """Find the rows of a record in a table, which is in order of records."""
    start, end = np.searchsorted(table.record, [record, record + 1])
    return range(int(start), int(end))
