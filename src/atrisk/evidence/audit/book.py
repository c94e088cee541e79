"""A paper opened for the audit: its statements by id and kind, its numbers by address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from atrisk.evidence.paper import Count, Dose, Paper, PaperFile, Set, Statement, Survival, Table
from atrisk.evidence.printed import Printed, is_whole, parse_printed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.toml import TomlPath

__all__ = ["Book", "column_field"]

_Kind = TypeVar("_Kind", bound=Statement)
_ADDRESS = re.compile(r"(?P<id>[a-z0-9_]+)\.(?P<field>[a-z_0-9]+)(?:\[(?P<index>\d+)\])?")


class Book:
    """The statements and numbers of one paper.

    Parameters
    ----------
    file
        the paper as read.

    Attributes
    ----------
    statements
        by id.
    texts
        address of each number -> the text as printed.
    numbers
        address of each number -> its value; None where it is *not reached*.

    Notes
    -----
    The doses of a schedule stand at ``id.doses[0]``, ``id.cycles[0]``, counted through its steps;
    a cell of a table at ``id.column[row]``, the column's name in lower case, if it is a number.
    """

    def __init__(self, file: PaperFile) -> None:
        self.file = file
        told = tuple(_as_a_fraction(s) for s in file.paper.statements)
        self.paper: Paper = file.paper.model_copy(update={"statements": told})
        self.statements: dict[str, Statement] = {s.id: s for s in told}
        self._places = {s.id: place for place, s in enumerate(file.paper.statements)}
        self.texts: dict[str, str] = dict(_texts(file.paper))
        self.numbers: dict[str, Printed | None] = {
            address: parse_printed(text) for address, text in self.texts.items()
        }
        self.remembered: dict[str, list[str]] = {}
        """What rules work out once for a paper."""
        for statement in self.of_kind(Count):
            self._read_whole(statement)

    def _read_whole(self, count: Count) -> None:
        """Take *all* for the size of the set."""
        if count.k is not None and is_whole(count.k):
            beside = self.printed(count, "n")
            size = self.size(count.of)
            whole = beside if beside is not None else size and size[1]
            if whole:
                self.numbers[f"{count.id}.k"] = Printed(count.k, "=", whole.value, 0)

    def of_kind(self, kind: type[_Kind]) -> list[_Kind]:
        """List the statements of a kind, in the order of the paper."""
        return [s for s in self.paper.statements if isinstance(s, kind)]

    def printed(self, statement: Statement, field: str) -> Printed | None:
        """Look up a number of a statement; None where it is absent or not reached."""
        return self.numbers.get(f"{statement.id}.{field}")

    def size(self, name: str) -> tuple[str, Printed] | None:
        """Give the address and size of a set, or of a count that serves as one."""
        statement = self.statements.get(name)
        if isinstance(statement, Set):
            field = "n"
        elif isinstance(statement, Count):
            field = "k"
        else:
            return None
        number = self.printed(statement, field)
        return None if number is None else (f"{name}.{field}", number)

    def statement_of(self, address: str) -> Statement:
        """Find the statement in which a number stands."""
        return self.statements[self.parts_of(address)[0]]

    def line_of(self, address: str) -> int | None:
        """Give the line of the file at which a number stands."""
        name, field, index = self.parts_of(address)
        head: TomlPath = ("statements", self._places[name])
        lines = self.file.read.lines
        for tail in ((field, index or 0), (field,), ()):
            if (*head, *tail) in lines:
                return lines[*head, *tail]
        return None

    @staticmethod
    def parts_of(address: str) -> tuple[str, str, int | None]:
        """Take an address apart: statement, field, place in a list."""
        found = _ADDRESS.fullmatch(address)
        assert found is not None  # noqa: S101 - addresses are made here or held to their pattern
        index = found["index"]
        return found["id"], found["field"], None if index is None else int(index)


def _as_a_fraction(statement: Statement) -> Statement:
    """Read the estimate of a curve as a fraction if it looks so and no scale is written."""
    if not isinstance(statement, Survival) or "scale" in statement.model_fields_set:
        return statement
    given = [t for t in (statement.estimate, statement.lower, statement.upper) if t is not None]
    numbers = [parse_printed(text) for text in given]
    known = [number for number in numbers if number is not None]
    if not known or any(n.decimals == 0 or not 0 <= n.value <= 1 for n in known):
        return statement
    if _PERCENT.search(" ".join((statement.quote, *given))):
        return statement
    return statement.model_copy(update={"scale": "fraction"})


_PERCENT = re.compile(r"%|per.?cent", re.IGNORECASE)


def column_field(column: str) -> str:
    """Name a column of a table as a field of an address.

    Examples
    --------
    >>> column_field("Grade of SOS/ VOD")
    'grade_of_sos_vod'
    """
    plain = re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")
    return plain if plain[:1].isalpha() else f"column_{plain}"


def _texts(paper: Paper) -> Iterator[tuple[str, str]]:
    for statement in paper.statements:
        for field in statement.NUMBERS:
            yield from _placed(f"{statement.id}.{field}", getattr(statement, field))
        if isinstance(statement, Dose):
            steps = statement.schedule
            doses = tuple(dose for step in steps for dose in step.doses)
            yield from _placed(f"{statement.id}.cycles", tuple(step.cycles for step in steps))
            yield from _placed(f"{statement.id}.doses", doses)
        elif isinstance(statement, Table):
            for column, cells in statement.columns.items():
                for address, text in _placed(f"{statement.id}.{column_field(column)}", cells):
                    if _is_number(text):
                        yield address, text


def _placed(address: str, found: object) -> Iterator[tuple[str, str]]:
    if isinstance(found, tuple):
        for place, text in enumerate(found):
            yield f"{address}[{place}]", text
    elif isinstance(found, str):
        yield address, found


def _is_number(text: str) -> bool:
    if not any(sign.isdigit() for sign in text):
        return False
    try:
        return parse_printed(text) is not None
    except ValueError:
        return False
