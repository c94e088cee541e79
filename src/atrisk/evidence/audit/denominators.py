"""Which sets stand within which, and the denominators that a percentage may have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.evidence.audit.check import Trial
from atrisk.evidence.paper import Count, Effect, Partition, Set, Statement, Summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.audit.book import Book

__all__ = [
    "Denominator",
    "above",
    "label_of",
    "none_of",
    "parent",
    "parts_with",
    "stated_denominators",
]

_MISSING = re.compile(
    r"missing|unknown|not (?:available|known|evaluable|assessed|done|tested|analy[sz]ed|reported)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Denominator:
    """A size that the paper states: its value, its words and the numbers that it comes from."""

    size: int
    words: str
    addresses: tuple[str, ...]


def parent(statement: Statement) -> str | None:
    """Name the set that a set or count is part of."""
    if isinstance(statement, Set):
        return statement.within
    return statement.of if isinstance(statement, Count) else None


def above(book: Book, name: str) -> list[str]:
    """List the sets that a set stands within, the nearest first."""
    found: list[str] = []
    upper = parent(book.statements[name])
    while upper is not None:
        found.append(upper)
        upper = parent(book.statements[upper])
    return found


def label_of(book: Book, name: str) -> str:
    """Give the words for a set or count."""
    statement = book.statements[name]
    return str(getattr(statement, "label", statement.id))


def parts_with(book: Book, statement: Statement) -> list[Partition]:
    """List the partitions of which a count or set is a part."""
    return [part for part in book.of_kind(Partition) if statement.id in part.parts]


def stated_denominators(book: Book, statement: Statement, name: str) -> Iterator[Denominator]:
    """Yield the stated sizes, other than its own, that a share of the set ``name`` may be of.

    Sets that it stands within, sets within it, and its size less what is stated as missing.
    """
    seen: set[int] = set()
    size = book.size(name)
    if size is not None:
        seen.add(int(size[1].value))
    for found in (*_less_missing(book, statement, name), *_sets(book, statement, name)):
        if found.size not in seen and found.size > 0:
            seen.add(found.size)
            yield found


def none_of(others: list[Denominator]) -> tuple[Trial, ...]:
    """Say in one trial that none of the other sizes that are stated fits."""
    if not others:
        return ()
    sizes = ", ".join(str(size) for size in sorted({other.size for other in others}))
    return (Trial(f"another number of patients that is stated ({sizes})", "none", meets=False),)


def _sets(book: Book, statement: Statement, name: str) -> Iterator[Denominator]:
    upper = above(book, name)
    within = [other for other in _serving(book) if name in above(book, other)]
    for other in (*upper, *within):
        size = book.size(other)
        if size is not None and size[1].relation == "=" and other != statement.id:
            words = f"the {size[1].text} of {label_of(book, other)!r}"
            yield Denominator(int(size[1].value), words, (size[0],))


def _serving(book: Book) -> list[str]:
    """List sets, and counts that something else is counted in."""
    cache: list[str] | None = book.remembered.get("serving")
    if cache is None:
        used = {
            name
            for s in book.paper.statements
            if isinstance(s, Count | Partition | Summary | Effect)
            for name in (s.of,)
        }
        used |= {s.within for s in book.of_kind(Set) if s.within}
        cache = [
            s.id
            for s in book.paper.statements
            if isinstance(s, Set) or (isinstance(s, Count) and s.id in used)
        ]
        book.remembered["serving"] = cache
    return cache


def _less_missing(book: Book, statement: Statement, name: str) -> Iterator[Denominator]:
    size = book.size(name)
    if size is None:
        return
    for partition in parts_with(book, statement):
        for part in partition.parts:
            without = book.size(part)
            if part != statement.id and without and _MISSING.search(label_of(book, part)):
                left = int(size[1].value) - int(without[1].value)
                words = f"the {size[1].text} less {without[1].text} of {label_of(book, part)!r}"
                yield Denominator(left, words, (size[0], without[0]))
