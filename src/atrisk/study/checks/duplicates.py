"""Duplicates: the same patient in two records, the same row twice within a patient."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.checks.entries import Outcome
from atrisk.study.checks.findings import Finding, by_centre
from atrisk.study.checks.once import named_few, record_named
from atrisk.study.checks.read_fields import read_texts
from atrisk.study.forms.tables import PRESENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from atrisk.study.checks.rule_models import DuplicatePart
    from atrisk.study.forms.tables import FormTable, Records

__all__ = ["check_duplicates"]


def check_duplicates(records: Records, part: DuplicatePart) -> Outcome:
    """Look for duplicates within patients where the part names a form, else between them."""
    if part.form is not None:
        return _within(records, part, part.form)
    return _between(records, part)


def _within(records: Records, part: DuplicatePart, form: str) -> Outcome:
    """Ask about each row that repeats an earlier one of its patient."""
    table = records.tables[form]
    names = (*part.equal, *part.dates)
    keys = [_row_codes(table, name) for name in names]
    whole = np.all([codes >= 0 for codes in keys], axis=0)
    rows = np.flatnonzero(whole)
    group = _groups([table.record[rows], *(codes[rows] for codes in keys)])
    first = _first_of(group)
    twice = rows[first[group] != np.arange(len(rows))]
    earlier = dict(zip(rows.tolist(), rows[first[group]].tolist(), strict=True))
    texts = read_texts(records, form)

    def message(row: int) -> str:
        other = earlier[row]
        instance, line = int(table.instance[other]), int(table.line[other])
        file = records.files[table.file[other]]
        return f"{part.message} The earlier one is row {instance} ({file.place} {line})."

    finding = Finding(
        part.id,
        part.severity,
        form,
        twice,
        names,
        lambda row: ", ".join(texts(row, names)),
        message,
    )
    return Outcome(finding, by_centre(records, table, whole))


def _between(records: Records, part: DuplicatePart) -> Outcome:
    """Ask about every record that shares the fields, and enough dates, with another."""
    equal = [_record_codes(records, name) for name in part.equal]
    dates = [_record_codes(records, name) for name in part.dates]
    others: dict[int, set[int]] = {}
    tested = np.zeros(len(records.ids), dtype=bool)
    for chosen in combinations(dates, part.at_least) if dates else [()]:
        keys = [*equal, *chosen]
        whole = np.flatnonzero(np.all([codes >= 0 for codes in keys], axis=0))
        tested[whole] = True
        for members in _repeated(whole, _groups([codes[whole] for codes in keys])):
            for member in members:
                others.setdefault(member, set()).update(set(members) - {member})
    return _between_outcome(records, part, others, tested)


def _between_outcome(
    records: Records, part: DuplicatePart, others: dict[int, set[int]], tested: NDArray[np.bool_]
) -> Outcome:
    names = (*part.equal, *part.dates)
    form = records.dictionary.field(part.equal[0]).form
    table = records.tables[form]
    first_row = _first_rows(records, table)
    rows = np.array([first_row[record] for record in sorted(others)], dtype=np.intp)
    texts = read_texts(records, form)

    def message(row: int) -> str:
        found = sorted(others[int(table.record[row])])
        named = named_few([record_named(records, record) for record in found])
        return f"{part.message} Compare with {named}."

    finding = Finding(
        part.id, part.severity, form, rows, names, lambda row: ", ".join(texts(row, names)), message
    )
    counted = first_row[np.flatnonzero(tested)]
    return Outcome(finding, by_centre(records, table, counted))


def _row_codes(table: FormTable, name: str) -> NDArray[np.int64]:
    """Give a code to each value of a column, -1 where missing or known only in part: (n,)."""
    column = table.columns[name]
    usable = column.missing == PRESENT
    if column.precision is not None:
        usable = usable & (column.precision == 0)
    return _numbered(column.values, usable)


def _numbered(values: NDArray[Any], usable: NDArray[np.bool_]) -> NDArray[np.int64]:
    codes = np.full(len(values), -1, dtype=np.int64)
    if values.dtype.kind in "mM":
        values = values.astype(np.int64)
    _, codes[usable] = np.unique(values[usable], return_inverse=True)
    return codes


def _record_codes(records: Records, name: str) -> NDArray[np.int64]:
    """Give a code to each record's value; of a form that repeats, to the lowest: (R,)."""
    table = records.tables[records.dictionary.field(name).form]
    codes = _row_codes(table, name)
    found = np.full(len(records.ids), -1, dtype=np.int64)
    rows = np.flatnonzero(codes >= 0)
    order = rows[np.lexsort((codes[rows], table.record[rows]))]
    record = table.record[order]
    lead = np.flatnonzero(np.diff(record, prepend=-1))
    found[record[lead]] = codes[order[lead]]
    return found


def _groups(keys: Sequence[NDArray[np.integer[Any]]]) -> NDArray[np.int64]:
    """Give numbers to the distinct combinations of keys: shape (n,)."""
    group = np.zeros(len(keys[0]), dtype=np.int64)
    for codes in keys:
        span = int(codes.max(initial=0)) + 1
        _, group = np.unique(group * span + codes, return_inverse=True)
    return group.astype(np.int64)


def _first_of(group: NDArray[np.int64]) -> NDArray[np.intp]:
    """Give the first member of each group."""
    return np.unique(group, return_index=True)[1]


def _repeated(items: NDArray[np.intp], group: NDArray[np.int64]) -> Iterable[list[int]]:
    """Yield the members of each group that has more than one."""
    order = np.argsort(group, kind="stable")
    ends = np.flatnonzero(np.diff(group[order], append=-1)) + 1
    starts = np.concatenate(([0], ends[:-1]))
    for at in np.flatnonzero(ends - starts > 1).tolist():
        yield items[order[starts[at] : ends[at]]].tolist()


def _first_rows(records: Records, table: FormTable) -> NDArray[np.intp]:
    """Give the first row of each record in a table, -1 where it has none: (R,)."""
    rows = np.full(len(records.ids), -1, dtype=np.intp)
    rows[table.record[::-1]] = np.arange(table.rows)[::-1]
    return rows
