"""Dates of which only the month or the year is known: what they may have been."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.derived.periods import day_bounds
from atrisk.study.forms.evaluate import Evaluation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from atrisk.study.forms.expression import Expression
    from atrisk.study.forms.tables import Column, FormTable, Records

__all__ = ["day_bounds", "fails_surely"]

_DAY = 0
# 2 to the power of this many evaluations at most; further partial dates keep the assumed day
_MOST_DATES = 4


def fails_surely(expression: Expression, evaluation: Evaluation, form: str) -> NDArray[np.bool_]:
    """Tell for which rows an expression is true, whatever the days that partial dates leave open.

    Returns
    -------
    ndarray of bool, shape (n,)
        n is the number of rows of the form.
    """
    records = evaluation.records
    failed = evaluation.holds(expression, form)
    table = records.tables[form]
    partial = _partial_dates(records, expression.fields)
    if not partial or not failed.any():
        return failed
    doubtful = np.zeros(len(records.ids), dtype=bool)
    for name, other in partial.items():
        column = other.columns[name]
        doubtful[other.record[_precision(column) > _DAY]] = True
    rows = np.flatnonzero(failed & doubtful[table.record])
    if len(rows) == 0:
        return failed
    few, kept = _only(records, np.unique(table.record[rows]))
    sure = np.ones(few.tables[form].rows, dtype=bool)
    for version in _versions(few, list(partial)[:_MOST_DATES]):
        sure &= Evaluation(version, cut_off=evaluation.cut_off).holds(expression, form)
    # rows of `few` are those of the kept records, in order
    failed[np.flatnonzero(kept[table.record])] &= sure
    return failed


def _precision(column: Column) -> NDArray[np.int8]:
    if column.precision is None:
        return np.zeros(len(column.values), dtype=np.int8)
    return np.where(column.present, column.precision, _DAY).astype(np.int8)


def _partial_dates(records: Records, names: Sequence[str]) -> dict[str, FormTable]:
    """Find the fields read that have a partial date anywhere, with the table each stands in."""
    wanted = set(names)
    return {
        name: table
        for table in records.tables.values()
        for name in table.columns
        if name in wanted and (_precision(table.columns[name]) > _DAY).any()
    }


def _only(records: Records, positions: NDArray[np.intp]) -> tuple[Records, NDArray[np.bool_]]:
    """Keep a few records with all their rows, renumbered."""
    kept = np.zeros(len(records.ids), dtype=bool)
    kept[positions] = True
    renumbered = np.cumsum(kept) - 1
    tables: Mapping[str, FormTable] = {
        form: replace(
            table.take(np.flatnonzero(kept[table.record])),
            record=renumbered[table.record[kept[table.record]]].astype(np.int32),
        )
        for form, table in records.tables.items()
    }
    few = replace(
        records,
        ids=tuple(records.ids[position] for position in positions.tolist()),
        centre=records.centre[positions],
        tables=tables,
    )
    return few, kept


def _versions(records: Records, names: Sequence[str]) -> Iterator[Records]:
    """Yield the records with each partial date on its first and on its last possible day."""
    for ends in product((0, 1), repeat=len(names)):
        chosen = dict(zip(names, ends, strict=True))
        tables = {form: _at_ends(table, chosen) for form, table in records.tables.items()}
        yield replace(records, tables=tables)


def _at_ends(table: FormTable, chosen: Mapping[str, int]) -> FormTable:
    found = [name for name in chosen if name in table.columns]
    if not found:
        return table
    moved = {
        name: replace(table.columns[name], values=day_bounds(table.columns[name])[chosen[name]])
        for name in found
    }
    return replace(table, columns={**table.columns, **moved})
