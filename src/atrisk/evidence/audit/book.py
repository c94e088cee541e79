"""A paper opened for the audit: its statements by id and kind, its numbers by address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from atrisk.evidence.paper import Count, Paper, PaperFile, Set, Statement
from atrisk.evidence.printed import Printed, parse_printed

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Book"]

_Kind = TypeVar("_Kind", bound=Statement)
_ADDRESS = re.compile(r"(?P<id>[a-z0-9_]+)\.(?P<field>[a-z_0-9]+)(?:\[(?P<index>\d+)\])?")


class Book:
    """The statements and numbers of one paper.

    Parameters
    ----------
    file
        the paper as read.
    """

    def __init__(self, file: PaperFile) -> None:
        self.file = file
        self.paper: Paper = file.paper
        self.statements: dict[str, Statement] = {s.id: s for s in file.paper.statements}
        self.numbers: dict[str, Printed | None] = dict(self._numbers())
        """Address of each number as printed -> its value; None where it is *not reached*."""

    def _numbers(self) -> Iterator[tuple[str, Printed | None]]:
        for statement in self.paper.statements:
            for field in statement.NUMBERS:
                found = getattr(statement, field)
                if isinstance(found, tuple):
                    for place, text in enumerate(found):
                        yield f"{statement.id}.{field}[{place}]", parse_printed(text)
                elif found is not None:
                    yield f"{statement.id}.{field}", parse_printed(found)

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
        found = _ADDRESS.fullmatch(address)
        assert found is not None  # noqa: S101 - addresses are made here or held to their pattern
        return self.statements[found["id"]]
