"""Line listings: the patients of whom a condition holds, a row each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.columns import canonical_code, codes, dates, is_number_column, numbers
from atrisk.study.groups import OVERALL
from atrisk.study.selection import left_out_nodes, left_out_notes
from atrisk.study.table_analyses import ListingAnalysis
from atrisk.study.truth import truth
from atrisk.study.values import Entries, value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from atrisk.study.plan import AnalysisPlan, Plan
    from atrisk.study.plan_tables import ColumnPlan, ListingPlan
    from atrisk.study.table import Table

__all__ = ["listing"]

_MISSING = "not recorded or not applicable"


@dataclass(frozen=True, slots=True)
class _Shown:
    """A column as it is listed: numbers, or words with their place in the order.

    Attributes
    ----------
    number
        shape (n,), NaN where it is missing; of words, what they are ordered by.
    words
        shape (n,), None where it is missing; None for a column of numbers.
    """

    number: NDArray[np.float64]
    words: tuple[str | None, ...] | None

    def key(self, *, falls: bool) -> NDArray[np.float64]:
        """Give what rows are sorted by: missing values last."""
        return np.where(np.isnan(self.number), np.inf, -self.number if falls else self.number)


def listing(analysis: AnalysisPlan, plan: Plan, table: Table) -> tuple[dict[str, Any], Entries]:
    """List patients.

    Parameters
    ----------
    analysis
        who is listed, with what.
    plan
        of the study.
    table
        the patients analysed.

    Returns
    -------
    node : dict
        the analysis in the results document, its rows in order.
    entries : dict
        its numbers, and the entries that are missing.
    """
    asked, chosen = analysis.asked, analysis.listing
    if not isinstance(asked, ListingAnalysis) or chosen is None:
        raise TypeError(f"{analysis.id} is no listing")
    form = plan.data.date_format
    rows, left_out = _listed(chosen, table, form)
    read = {column.id: _read(column, table, form) for column in chosen.columns}
    order = _in_order(rows, chosen, read, table, form)
    nodes, entries = _rows(analysis.id, order, chosen.columns, read)
    names = _names(table, order, number=asked.number)
    node = {
        "id": analysis.id,
        "kind": "listing",
        "title": analysis.title,
        "by": None,
        "groups": [],
        "overall": OVERALL.node(),
        "where": None if chosen.where is None else chosen.where.text,
        "numbered": asked.number or table.records is None,
        "columns": [_column_node(column, read[column.id]) for column in chosen.columns],
        "rows": [node | {"label": name} for node, name in zip(nodes, names, strict=True)],
        "notes": left_out_notes(left_out, table),
        "left_out": left_out_nodes(left_out),
    }
    counted = {
        f"{analysis.id}.{OVERALL.id}.n": value(len(order), "patients", n=table.rows),
        f"{analysis.id}.considered": value(table.rows, "patients"),
    }
    return node, counted | entries


def _listed(chosen: ListingPlan, table: Table, form: str) -> tuple[NDArray[np.intp], list[Any]]:
    """Find the rows listed, and those of whom a missing value leaves it open."""
    if chosen.where is None:
        return np.arange(table.rows), []
    holds = truth(chosen.where.tree, table, form)
    unsure = np.flatnonzero(holds.unknown).tolist()
    reason = f"a missing value leaves open whether {chosen.where.text}"
    return np.flatnonzero(holds.yes), table.left_out(unsure, chosen.where.names, reason)


def _read(column: ColumnPlan, table: Table, form: str) -> _Shown:
    if len(column.reads) > 1:
        first, last = (dates(table, name, form) for name in column.reads)
        days = (last - first) / np.timedelta64(1, "D")
        return _Shown(np.where(np.isnat(first) | np.isnat(last), np.nan, days), None)
    (name,) = column.reads
    as_number = column.variable is None or column.variable.asked.kind == "continuous"
    if not column.levels and as_number and table.columns[name].dtype.kind == "M":
        return _days(dates(table, name, form))
    if not column.levels and as_number and is_number_column(table, name):
        return _Shown(numbers(table, name), None)
    return _words(column, table, name)


def _days(found: NDArray[np.datetime64]) -> _Shown:
    none = np.isnat(found)
    number = np.where(none, np.nan, found.astype("datetime64[D]").astype(np.float64))
    return _Shown(
        number, tuple(None if gap else str(day) for day, gap in zip(found, none, strict=True))
    )


def _words(column: ColumnPlan, table: Table, name: str) -> _Shown:
    """Read codes as labels; they are ordered as their levels are declared, else as codes are."""
    found = codes(table, name)
    order = list(column.levels) if column.levels else list(found.labels)
    place = [order.index(code) if code in order else len(order) for code in found.labels]
    spelled = [column.levels.get(canonical_code(code), code) for code in found.labels]
    number = np.array([*place, np.nan])[found.codes]
    return _Shown(number, tuple([*spelled, None][code] for code in found.codes.tolist()))


def _in_order(
    rows: NDArray[np.intp],
    chosen: ListingPlan,
    read: dict[str, _Shown],
    table: Table,
    form: str,
) -> list[int]:
    """Order the rows as asked; the record decides between equal ones."""
    keys = [
        (read.get(column.id) or _read(column, table, form)).key(falls=falls)
        for column, falls in chosen.order
    ]
    if not keys:
        return [int(row) for row in rows]
    records = table.records or tuple("" for _ in range(table.rows))
    found = sorted(rows.tolist(), key=lambda row: (*(key[row] for key in keys), records[row], row))
    return [int(row) for row in found]


def _rows(
    prefix: str, order: Sequence[int], columns: Sequence[ColumnPlan], read: dict[str, _Shown]
) -> tuple[list[dict[str, Any]], Entries]:
    nodes: list[dict[str, Any]] = []
    entries: Entries = {}
    for number, row in enumerate(order, start=1):
        name = f"row_{number}"
        cells: dict[str, str] = {}
        for column in columns:
            shown, key = read[column.id], f"{prefix}.{name}.{column.id}"
            word = None if shown.words is None else shown.words[row]
            if word is not None:
                cells[column.id] = word
            else:
                found = None if shown.words is not None else shown.number[row]
                entries[key] = value(found, column.unit, missing=_MISSING)
        nodes.append({"id": name, "cells": cells})
    return nodes, entries


def _names(table: Table, order: Sequence[int], *, number: bool) -> list[str]:
    if number or table.records is None:
        return [str(place) for place in range(1, len(order) + 1)]
    return [table.records[row] for row in order]


def _column_node(column: ColumnPlan, shown: _Shown) -> dict[str, Any]:
    return {
        "id": column.id,
        "label": column.label,
        "type": "number" if shown.words is None else "words",
        "unit": column.unit,
        "decimals": column.decimals,
    }
