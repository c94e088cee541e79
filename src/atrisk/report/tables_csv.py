"""Tables as CSV: as printed, and every number behind it with its key and full precision.

Every file is UTF-8 with a byte order mark, by which spreadsheet programs read dashes and names.
Of a synthetic study, every file ends with a column that says so.
"""

from __future__ import annotations

import csv
from itertools import chain
from typing import TYPE_CHECKING

from atrisk.report.synthetic import with_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from atrisk.report.tables import Table
    from atrisk.report.values import Node, Phrase, Values

__all__ = ["curve_rows", "write_data", "write_printed", "write_values"]

_VALUE_COLUMNS = (
    "row",
    "column",
    "key",
    "value",
    "unit",
    "display_value",
    "display_unit",
    "missing",
    "method",
    "n",
    "printed",
)
_STEP_PARTS = ("estimate", "std_error", "lower", "upper", "at_risk", "events", "censored")


def _write(path: Path, rows: Iterable[Sequence[object]], *, synthetic: bool) -> Path:
    rows = with_column(rows) if synthetic else rows
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return path


def write_printed(table: Table, path: Path, *, synthetic: bool = False) -> Path:
    """Write a table as it stands on the page, for pasting into a manuscript."""
    head = [table.stub, *_heads(table)]
    rows = ([row.label, *(_line(cell) for cell in table.padded(row))] for row in table.rows)
    return _write(path, [head, *rows], synthetic=synthetic)


def _heads(table: Table) -> list[str]:
    """Write the heads, each with the one over it."""
    pairs = zip(table.spanned(), map(_line, table.columns), strict=True)
    return [f"{over}: {head}" if over else head for over, head in pairs]


def _line(words: Phrase) -> str:
    return words.plain.replace("\n", "; ")


def write_values(table: Table, values: Values, path: Path, *, synthetic: bool = False) -> Path:
    """Write one line a number of the table: where it stands, its key, its full value."""
    return _write(path, chain([_VALUE_COLUMNS], _value_rows(table, values)), synthetic=synthetic)


def _value_rows(table: Table, values: Values) -> Iterator[Sequence[object]]:
    heads = _heads(table)
    for head, words in zip(heads, table.columns, strict=True):
        yield from _cell_rows("", head, words, values)
    parents: list[str] = []
    for row in table.rows:
        parents = [*parents[: row.level], row.label]
        for head, cell in zip(heads, table.padded(row), strict=True):
            yield from _cell_rows(" / ".join(parents), head, cell, values)


def _cell_rows(row: str, column: str, cell: Phrase, values: Values) -> Iterator[Sequence[object]]:
    for number in cell.numbers():
        entry = values.entry(number.key)
        shown = entry.get("display", {})
        yield (
            row,
            column,
            number.key,
            _full(entry["value"]),
            entry.get("unit", ""),
            _full(shown.get("value")),
            shown.get("unit", ""),
            entry.get("missing") or "",
            entry.get("method") or "",
            _full(entry.get("n")),
            number.text,
        )


def _full(value: object) -> object:
    return "" if value is None else value


def write_data(rows: Sequence[Sequence[object]], path: Path, *, synthetic: bool = False) -> Path:
    """Write the data of a figure, the head first."""
    return _write(path, rows, synthetic=synthetic)


def curve_rows(analysis: Node, time_unit: str) -> list[tuple[object, ...]]:
    """Give the steps of every curve, the head first; ``unit`` is that of ``time``."""
    parts = [part for part in _STEP_PARTS if all(part in c for c in analysis["curves"])]
    head = ("group", "cause", "time", "unit", *parts)
    return [head, *_curve_rows(analysis, time_unit, parts)]


def _curve_rows(analysis: Node, unit: str, parts: Sequence[str]) -> Iterator[tuple[object, ...]]:
    for curve in analysis["curves"]:
        names = (curve["group"], curve.get("cause", ""))
        for time, *step in zip(curve["time"], *(curve[part] for part in parts), strict=True):
            yield (*names, time, unit, *map(_full, step))
