"""Numbers that nothing can be: a P value above 1, a share of more than all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.evidence.audit.check import Check, Rule, Verdict
from atrisk.evidence.paper import Count, Effect, MedianTime, Set, Survival, Test

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.audit.book import Book
    from atrisk.evidence.paper import Statement

__all__ = ["RULES"]


def p_value_up_to_1(book: Book) -> Iterator[Check]:
    """Ask of a P value that it lies between 0 and 1."""
    for statement in book.paper.statements:
        if isinstance(statement, Test | Effect):
            yield from _beyond(book, "P value up to 1", statement, ("p",), 1, "a P value")


def share_up_to_all(book: Book) -> Iterator[Check]:
    """Ask of a percentage of patients, a survival or an incidence that it is at most all."""
    rule = "share up to all"
    for statement in book.paper.statements:
        if isinstance(statement, Set):
            yield from _beyond(book, rule, statement, ("percent",), 100, "a percentage of patients")
        elif isinstance(statement, Count):
            fields = ("percent", "lower", "upper")
            yield from _beyond(book, rule, statement, fields, 100, "a percentage of patients")
        elif isinstance(statement, Survival):
            fields, most = ("estimate", "lower", "upper"), 100 if _in_percent(statement) else 1
            yield from _beyond(book, rule, statement, fields, most, f"a {statement.what}")


def _in_percent(statement: Survival) -> bool:
    return statement.scale == "percent"


def ratio_or_time_from_0(book: Book) -> Iterator[Check]:
    """Ask of a ratio, and of a time to an event, that it is not negative."""
    for statement in book.paper.statements:
        ratio = isinstance(statement, Effect) and statement.measure != "RD"
        if ratio or isinstance(statement, MedianTime):
            name = "a ratio" if ratio else "a time"
            for field in ("estimate", "lower", "upper"):
                number = book.printed(statement, field)
                if number is not None and number.value < 0:
                    words = f"{number.text} is printed; {name} is never less than 0"
                    yield _impossible("ratio or time from 0", f"{statement.id}.{field}", words)


def _beyond(
    book: Book, rule: str, statement: Statement, fields: tuple[str, ...], most: int, name: str
) -> Iterator[Check]:
    """Yield a check for each number that is negative or more than ``most``."""
    for field in fields:
        number = book.printed(statement, field)
        if number is not None and not 0 <= number.value <= most:
            text = f"{number.text} is printed; {name} lies between 0 and {most}"
            yield _impossible(rule, f"{statement.id}.{field}", text)


def _impossible(rule: str, address: str, words: str) -> Check:
    return Check(
        rule,
        Verdict.IMPOSSIBLE,
        (address,),
        (),
        f"{words}.",
        resolve="Is a digit or the point a slip?",
    )


RULES: dict[str, Rule] = {
    "P value up to 1": p_value_up_to_1,
    "share up to all": share_up_to_all,
    "ratio or time from 0": ratio_or_time_from_0,
}
