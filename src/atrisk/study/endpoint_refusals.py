"""Rows whose dates cannot be: the end before the start. Of a table a mistake, of forms a query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import listed
from atrisk.study.forms.queries import Query
from atrisk.study.table import cells_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atrisk.study.dated import DatedRows
    from atrisk.study.derived.provenance import Place
    from atrisk.study.endpoint_models import DatedEndpoint
    from atrisk.study.table import LeftOut, Table

__all__ = ["Refused", "check_dates", "refused_rows"]


@dataclass(frozen=True, slots=True)
class Refused:
    """The rows of forms that an endpoint cannot use because of what stands there.

    Attributes
    ----------
    rows
        shape (n,).
    left_out
        each with its values and where they stand.
    queries
        to the centres.
    """

    rows: NDArray[np.bool_]
    left_out: tuple[LeftOut, ...]
    queries: tuple[Query, ...]


def check_dates(asked: DatedEndpoint, found: DatedRows, table: Table) -> None:
    """Stop at dates of a table before the origin, and at origins after the cut-off."""
    start = ", ".join(map(repr, asked.origin))
    word = "column" if len(asked.origin) == 1 else "columns"
    for column, bad in found.before.items():
        if bad.any():
            rows = np.flatnonzero(bad)
            firsts = listed(f"{found.start.day[row]} ({table.named(int(row))})" for row in rows)
            raise cells_error(
                table,
                column,
                bad,
                f"before the origin in {word} {start}",
                f"The origins are {firsts}. Correct the dates, or exclude these rows in"
                " [[population]].",
            )
    if found.late.any():
        column = found.start.column(int(np.flatnonzero(found.late)[0]))
        raise cells_error(
            table,
            column,
            found.late & (found.start.at == found.start.columns.index(column)),
            f"after the cut-off {asked.cut_off}",
            f"Exclude these rows in [[population]]: exclude = '{column} > {asked.cut_off}'.",
        )


def refused_rows(asked: DatedEndpoint, found: DatedRows, table: Table) -> Refused:
    """List the rows of forms that cannot be used, with a query for each that cannot be true."""
    impossible = np.logical_or.reduce([np.zeros(table.rows, dtype=bool), *found.before.values()])
    left_out: list[LeftOut] = []
    queries: list[Query] = []
    for row in np.flatnonzero(impossible).tolist():
        start = found.start.column(row)
        ends = [column for column, bad in found.before.items() if bad[row]]
        left_out += table.left_out([row], [start, *ends], _BEFORE)
        queries += [_query(asked, table, row, start, end, found) for end in ends]
    for column, against in found.contradicted.items():
        for end, bad in against.items():
            for row in np.flatnonzero(bad & ~impossible).tolist():
                left_out += table.left_out([row], [column, end], _NO_DAY)
                queries.append(_query(asked, table, row, end, column, found))
                impossible[row] = True
    late = found.late & ~impossible
    for row in np.flatnonzero(late).tolist():
        reason = f"the start is after the cut-off {asked.cut_off}"
        left_out += table.left_out([row], [found.start.column(row)], reason)
    return Refused(impossible | late, tuple(left_out), tuple(queries))


_BEFORE = "the end is before the start"
_NO_DAY = "no day of a date that is not known to the day is possible"


def _query(
    asked: DatedEndpoint, table: Table, row: int, first: str, second: str, found: DatedRows
) -> Query:
    source = table.provenance
    if source is None:
        raise TypeError("a table of a file has no forms to query")
    places = [*source.places(first, row), *source.places(second, row)]
    last = places[-1] if places else None
    return Query(
        centre=source.centre(row),
        record=source.record(row),
        form=last.form if last is not None else "",
        instance=last.instance if last is not None else 1,
        field=", ".join(place.field for place in places) or f"{first}, {second}",
        value=", ".join(_entries(places)),
        rule=f"endpoint_{asked.id}_order",
        severity="error",
        message=f"{asked.label}: {_problem(table, row, first, second, found)}"
        f"{_assumed(table, row, first, second)} Correct the date that is wrong; until then the"
        " patient is left out of this endpoint.",
        file=last.file if last is not None else "",
        place=last.place if last is not None else "line",
        line=last.line if last is not None else 0,
    )


def _problem(table: Table, row: int, first: str, second: str, found: DatedRows) -> str:
    """Say how two dates contradict each other."""
    if found.before.get(second, np.zeros(row + 1, dtype=bool))[row]:
        return f"{second} is before {first}, where its time starts."
    return f"no day of {second} is possible, because {first} is {table.written(first, row)}."


def _entries(places: list[Place]) -> Iterator[str]:
    for place in places:
        yield place.value


def _assumed(table: Table, row: int, *columns: str) -> str:
    """Name the entries of which the program assumed the day."""
    source = table.provenance
    if source is None:
        return ""
    words = []
    for name in columns:
        precision = source.precision(name)
        if precision is not None and precision[row] > 0:
            entry = ", ".join(_entries(list(source.places(name, row))))
            words.append(f" The day of {name} was assumed by the program from {entry!r}.")
    return "".join(words)
