"""Tables with one row a patient: counted again, and held against what the text says of them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from atrisk.evidence.audit.book import column_field
from atrisk.evidence.audit.check import Check, Rule, Trial, Verdict
from atrisk.evidence.audit.spans import is_exact, range_of, shown, span
from atrisk.evidence.paper import Recount, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.audit.book import Book

__all__ = ["RULES"]


@dataclass(frozen=True, slots=True)
class _Row:
    """A chosen row: its number in the table, its value, and the addresses of that."""

    number: int
    value: Fraction
    addresses: tuple[str, ...]


def rows_of_a_table(book: Book) -> Iterator[Check]:
    """Ask of a table of patients that it has as many rows as its set has patients."""
    for table in book.of_kind(Table):
        size = book.size(table.of)
        if size is None:
            continue
        rows = len(next(iter(table.columns.values())))
        fits = size[1].value == rows
        yield Check(
            "rows of a table",
            Verdict.CONSISTENT if fits else Verdict.INCONSISTENT,
            _running(book, table, rows) if fits else (size[0],),
            (size[0],) if fits else (),
            f"{table.at} has {rows} rows; the set has {size[1].text} patients.",
            method=f"{rows} rows" if fits else "",
            resolve="" if fits else "Do all patients of the set stand in the table?",
        )


def _running(book: Book, table: Table, rows: int) -> tuple[str, ...]:
    """Give the addresses of the column that numbers the rows from 1, if there is one."""
    for column, cells in table.columns.items():
        if list(cells) == [str(number) for number in range(1, rows + 1)]:
            found = [f"{table.id}.{column_field(column)}[{row}]" for row in range(rows)]
            return tuple(address for address in found if address in book.texts)
    return ()


def recount(book: Book) -> Iterator[Check]:
    """Count again, from the rows of a table, what the text states of its patients."""
    for statement in book.of_kind(Recount):
        if statement.statistic == "within":
            yield from _within(book, statement)
        elif statement.equals is not None:
            yield from _equals(book, statement, statement.equals)


def _chosen(book: Book, statement: Recount) -> list[int]:
    table = book.statements[statement.table]
    assert isinstance(table, Table)  # noqa: S101 - held to be one when the file was read
    rows = range(len(next(iter(table.columns.values()))))
    return [
        row
        for row in rows
        if all(table.columns[column][row] in cells for column, cells in statement.where.items())
    ]


def _values(book: Book, statement: Recount) -> tuple[list[_Row], int]:
    """Read the column, or the difference of two, in the chosen rows; count those not given."""
    found, absent = [], 0
    columns = [c for c in (statement.column, statement.minus) if c is not None]
    for row in _chosen(book, statement):
        addresses = tuple(f"{statement.table}.{column_field(c)}[{row}]" for c in columns)
        numbers = [book.numbers.get(address) for address in addresses]
        given = [number.value for number in numbers if number is not None]
        if len(given) < len(columns):
            absent += 1
            continue
        found.append(_Row(row, given[0] - sum(given[1:], Fraction(0)), addresses))
    return found, absent


def _statistic(name: str, rows: list[_Row]) -> Fraction:
    values = sorted(row.value for row in rows)
    middle = len(values) // 2
    if name == "median":
        return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
    if name == "mean":
        return sum(values, Fraction(0)) / len(values)
    return values[0] if name == "low" else values[-1]


def _equals(book: Book, statement: Recount, at: str) -> Iterator[Check]:
    printed = book.numbers[at]
    if printed is None:
        return
    chosen = _chosen(book, statement)
    rows, absent = _values(book, statement) if statement.column else ([], 0)
    cells = _cells(book, statement, chosen, rows)
    if statement.statistic == "count":
        exact = Fraction(len(rows) if statement.column else len(chosen))
    elif rows:
        exact = _statistic(statement.statistic, rows)
    else:
        missing = "a value in the rows of the table"
        yield Check("recount", Verdict.UNCHECKED, (at,), cells, missing=missing)
        return
    fits = printed.value == exact if _counted(book, at, statement) else printed.admits(exact)
    named = ", ".join(str(row + 1) for row in chosen)
    words = f"The {statement.statistic} of {_column(statement)} over {len(chosen)} rows"
    gaps = f" ({absent} without a value)" if absent else ""
    yield Check(
        "recount",
        Verdict.CONSISTENT if fits else Verdict.INCONSISTENT,
        (at,),
        cells,
        f"{words}{gaps} is {shown(exact, printed.decimals + 2)}; {printed.text} is printed.",
        (Trial(f"rows {named}", shown(exact, printed.decimals + 2), fits),),
        f"recounted from {len(chosen)} rows" if fits else "",
        resolve="" if fits else "Would the authors check these rows against the text?",
    )


def _counted(book: Book, at: str, statement: Recount) -> bool:
    number = book.numbers[at]
    exact = statement.statistic == "count" and is_exact(book, at)
    return exact and number is not None and number.relation == "="


def _column(statement: Recount) -> str:
    if statement.column is None:
        return "patients"
    less = "" if statement.minus is None else f" less {statement.minus!r}"
    return f"{statement.column!r}{less}"


def _cells(book: Book, statement: Recount, chosen: list[int], rows: list[_Row]) -> tuple[str, ...]:
    """Give the cells that the recount rests on."""
    used = [address for row in rows for address in row.addresses]
    used += [
        f"{statement.table}.{column_field(column)}[{row}]"
        for column in statement.where
        for row in chosen
    ]
    return tuple(dict.fromkeys(address for address in used if address in book.texts))


def _within(book: Book, statement: Recount) -> Iterator[Check]:
    """Hold each row between two numbers printed elsewhere."""
    ends = {"low": statement.low, "high": statement.high}
    given = {name: at for name, at in ends.items() if at is not None}
    limits = {name: span(book, at) for name, at in given.items()}
    rows, _ = _values(book, statement)
    outside = [
        row
        for row in rows
        if ((low := limits.get("low")) is not None and row.value < low.low)
        or ((high := limits.get("high")) is not None and not high.reaches(row.value))
    ]
    if not rows:
        missing = "a value in the rows of the table"
        yield Check("recount", Verdict.UNCHECKED, tuple(given.values()), missing=missing)
        return
    stated = " to ".join(book.texts[at] for at in given.values())
    named = "; ".join(f"row {row.number + 1}: {_difference(book, row)}" for row in outside)
    trials = tuple(
        Trial(f"{name} of the range", range_of(limit, 1), not outside)
        for name, limit in limits.items()
        if limit is not None
    )
    cells = tuple(address for row in (outside or rows) for address in row.addresses)
    yield Check(
        "recount",
        Verdict.INCONSISTENT if outside else Verdict.CONSISTENT,
        (*given.values(), *(cells if outside else ())),
        () if outside else cells,
        f"{_column(statement)} is to lie within {stated}"
        + (f", and does not in {named}." if outside else f", and does in all {len(rows)} rows."),
        trials,
        "" if outside else f"all {len(rows)} rows lie within",
        bound=not outside,
        resolve="Is the range of another set or another interval, or is a cell a slip?"
        if outside
        else "",
    )


def _difference(book: Book, row: _Row) -> str:
    texts = " - ".join(book.texts[address] for address in row.addresses)
    return texts if len(row.addresses) == 1 else f"{texts} = {shown(row.value, 2)}"


RULES: dict[str, Rule] = {"rows of a table": rows_of_a_table, "recount": recount}
