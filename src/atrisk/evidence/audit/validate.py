"""What a paper file refers to: sets, counts and addresses that must exist, at their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from atrisk.errors import InputError, listed, nearest
from atrisk.evidence.audit.book import Book, column_field
from atrisk.evidence.audit.denominators import parent
from atrisk.evidence.paper import (
    AtRisk,
    Count,
    Order,
    Partition,
    Recount,
    Same,
    Set,
    Statement,
    Sum,
    Table,
    Test,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.paper import PaperFile
    from atrisk.toml import TomlPath

__all__ = ["opened"]

_Mistake: TypeAlias = tuple["TomlPath", str]
_COUNTED = (Set, Count)


def opened(file: PaperFile) -> Book:
    """Open a paper for the audit.

    Raises
    ------
    InputError
        a statement refers to what is not there, columns differ in length, or a set stands within
        itself: every mistake with its line.
    """
    book = Book(file)
    problems = []
    for index, statement in enumerate(file.paper.statements):
        for path, problem in _mistakes(book, statement):
            problems.append(str(file.read.error(("statements", index, *path), problem)))
    if problems:
        raise InputError("\n".join(problems))
    return book


def _mistakes(book: Book, statement: Statement) -> Iterator[_Mistake]:
    yield from _sets(book, statement)
    yield from _addresses(book, statement)
    if isinstance(statement, Set | Count):
        yield from _circle(book, statement)
    elif isinstance(statement, Table):
        yield from _columns(statement)
    elif isinstance(statement, Recount):
        yield from _recount(book, statement)
    elif isinstance(statement, AtRisk):
        yield from _ticks(statement)


def _sets(book: Book, statement: Statement) -> Iterator[_Mistake]:
    """Check every id that must be that of a set or a count."""
    for key in ("of", "within", "exposed", "unexposed"):
        name = getattr(statement, key, None)
        if name is not None:
            yield from _counted(book, name, (key,))
    for key in ("parts", "groups"):
        if isinstance(statement, Partition | Test):
            for place, name in enumerate(getattr(statement, key, ())):
                yield from _counted(book, name, (key, place))
    if isinstance(statement, Test):
        for place, name in enumerate(statement.compared):
            if name not in book.statements:
                yield ("compared", place), _no_statement(book, name)


def _counted(book: Book, name: str, path: TomlPath) -> Iterator[_Mistake]:
    found = book.statements.get(name)
    if found is None:
        known = [s.id for s in book.paper.statements if isinstance(s, _COUNTED)]
        hint = nearest(name, known)
        yield path, f"there is no set or count {name!r} in this paper.{hint} Add it, or correct it."
    elif not isinstance(found, _COUNTED):
        yield path, f"{name!r} is a {found.kind}, not a set or a count."  # type: ignore[attr-defined]


def _no_statement(book: Book, name: str) -> str:
    return f"there is no statement {name!r} in this paper.{nearest(name, book.statements)}"


def _addresses(book: Book, statement: Statement) -> Iterator[_Mistake]:
    """Check every address of a number."""
    places: list[tuple[TomlPath, str | None]] = []
    if isinstance(statement, Sum):
        places = [(("total",), statement.total)]
        places += [(("terms", i), term) for i, term in enumerate(statement.terms)]
    elif isinstance(statement, Same):
        places = [(("numbers", i), number) for i, number in enumerate(statement.numbers)]
    elif isinstance(statement, Order):
        places = [(("left",), statement.left), (("right",), statement.right)]
    elif isinstance(statement, Recount):
        places = [((key,), getattr(statement, key)) for key in ("equals", "low", "high")]
    for path, address in places:
        if address is not None and address not in book.texts:
            yield path, _no_address(book, address)


def _no_address(book: Book, address: str) -> str:
    name = address.partition(".")[0]
    if name not in book.statements:
        return _no_statement(book, name)
    own = [known for known in book.texts if known.startswith(f"{name}.")]
    return (
        f"{address!r} is no number of this paper. The numbers of {name!r}:"
        f" {listed(own, shown=8) or 'none'}.{nearest(address, own)}"
    )


def _circle(book: Book, statement: Set | Count) -> Iterator[_Mistake]:
    """Find a set that stands within itself."""
    seen = [statement.id]
    upper = parent(statement)
    while upper is not None and isinstance(book.statements.get(upper), Set | Count):
        if upper in seen:
            key = "within" if isinstance(statement, Set) else "of"
            if upper == statement.id:
                yield (
                    (key,),
                    f"{statement.id!r} stands within itself: {' in '.join([*seen, upper])}.",
                )
            return
        seen.append(upper)
        upper = parent(book.statements[upper])


def _columns(table: Table) -> Iterator[_Mistake]:
    lengths = {column: len(cells) for column, cells in table.columns.items()}
    if len(set(lengths.values())) > 1:
        spelled = ", ".join(f"{column!r} {length}" for column, length in lengths.items())
        yield ("columns",), f"the columns are not of one length: {spelled}."
    fields = [column_field(column) for column in table.columns]
    if len(set(fields)) < len(fields):
        yield ("columns",), "two columns have the same name but for signs and capitals."


def _recount(book: Book, statement: Recount) -> Iterator[_Mistake]:
    table = book.statements.get(statement.table)
    if not isinstance(table, Table):
        known = [t.id for t in book.of_kind(Table)]
        hint = nearest(statement.table, known)
        yield (
            ("table",),
            f"there is no table {statement.table!r}; tables: {listed(known) or 'none'}.{hint}",
        )
        return
    places: list[tuple[TomlPath, str]] = [(("where", name), name) for name in statement.where]
    places += [((key,), c) for key in ("column", "minus") if (c := getattr(statement, key))]
    for path, column in places:
        if column not in table.columns:
            known = list(table.columns)
            yield (
                path,
                (
                    f"the table {statement.table!r} has no column {column!r}; it has"
                    f" {listed(known, shown=12)}.{nearest(column, known)}"
                ),
            )
    yield from _statistic(statement)


def _statistic(statement: Recount) -> Iterator[_Mistake]:
    if statement.statistic == "within":
        if statement.low is None and statement.high is None:
            yield ("statistic",), "'within' needs the addresses 'low' or 'high'."
    elif statement.equals is None:
        yield ("statistic",), f"{statement.statistic!r} needs the address 'equals'."
    if statement.statistic != "count" and statement.column is None:
        yield ("statistic",), f"{statement.statistic!r} needs a 'column'."


def _ticks(statement: AtRisk) -> Iterator[_Mistake]:
    if statement.times is not None and len(statement.times) != len(statement.n):
        yield (
            ("times",),
            f"there are {len(statement.times)} times and {len(statement.n)} numbers at risk.",
        )
