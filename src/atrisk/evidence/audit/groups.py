"""The counts of two groups or more as a paper gives them, and tables with fewer patients."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from atrisk.evidence.audit.two_by_two import Pair
from atrisk.evidence.paper import Count, Set

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atrisk.evidence.audit.book import Book
    from atrisk.evidence.printed import Printed

__all__ = ["Group", "families", "fewer", "group_of", "groups_of", "named_otherwise", "neighbours"]

_MISSING_SHARE = Fraction(1, 10)
_MOST_TOTALS = 1000  # combinations of denominators tried


@dataclass(frozen=True, slots=True)
class Group:
    """A group compared: how many had the event (None: not printed) of how many."""

    events: int | None
    total: int
    pinned: bool
    percent: Printed | None
    addresses: tuple[str, ...] = field(default=())

    def admits(self, total: int) -> bool:
        """Tell whether the events could be of this total: at least they, and their percentage."""
        if self.events is None or total < self.events or total == 0:
            return False
        return self.percent is None or self.percent.admits(Fraction(100 * self.events, total))

    def totals(self) -> list[int]:
        """List its own total, then smaller ones that missing values could leave.

        A tenth may be missing, and more where the percentage says so.
        """
        if self.pinned:
            return [self.total]
        told = self.percent is not None and self.events and not self.admits(self.total)
        most = self.total // 2 if told else max(1, math.floor(self.total * _MISSING_SHARE))
        least = self.total - most
        return [self.total, *(n for n in range(self.total - 1, least - 1, -1) if self.admits(n))]


def group_of(book: Book, name: str | None) -> Group | None:
    """Read a group from a count (k of n) or a set (n); None without a size."""
    statement = book.statements.get(name or "")
    if isinstance(statement, Set):
        size = book.size(statement.id)
        if size is None or not _whole(size[1]):
            return None
        return Group(None, int(size[1].value), pinned=True, percent=None, addresses=(size[0],))
    if not isinstance(statement, Count):
        return None
    return _counted(book, statement)


def _counted(book: Book, count: Count) -> Group | None:
    beside, k = book.printed(count, "n"), book.printed(count, "k")
    size = book.size(count.of) if beside is None else (f"{count.id}.n", beside)
    if size is None or not _whole(size[1]) or size[1].value == 0:
        return None
    percent = book.printed(count, "percent")
    total = int(size[1].value)
    if k is None:
        fits = [x for x in range(total + 1) if percent and percent.admits(Fraction(100 * x, total))]
        if len(fits) != 1:
            return Group(None, total, pinned=True, percent=percent, addresses=(size[0],))
        return Group(
            fits[0], total, pinned=True, percent=percent, addresses=(f"{count.id}.percent", size[0])
        )
    if not _whole(k) or k.value > size[1].value:
        return None
    return Group(
        int(k.value), int(size[1].value), beside is not None, percent, (f"{count.id}.k", size[0])
    )


def _whole(number: Printed) -> bool:
    return number.relation == "=" and number.value.denominator == 1


def groups_of(book: Book, names: Sequence[str | None]) -> list[Group] | None:
    """Read the groups compared; None if one cannot be read.

    Two counts of one set, without their own denominators, are the sizes of the groups.
    """
    found = [group_of(book, name) for name in names]
    groups = [group for group in found if group is not None]
    if len(groups) != len(names) or len(groups) < 2:
        return None
    counts = [s for name in names if isinstance(s := book.statements.get(name or ""), Count)]
    if len(counts) == len(names) and all(s.n is None for s in counts):
        together = sum(group.events or 0 for group in groups)
        if len({s.of for s in counts}) == 1 and together <= groups[0].total:
            return [
                Group(
                    None,
                    group.events or 0,
                    pinned=True,
                    percent=None,
                    addresses=group.addresses[:1],
                )
                for group in groups
            ]
    return groups


def fewer(groups: Sequence[Group]) -> Iterator[tuple[tuple[int, ...], str]]:
    """Yield the totals, as given first, then with missing values, and what that takes in words."""
    given = tuple(group.total for group in groups)
    every = [group.totals() for group in groups]
    if math.prod(map(len, every)) > _MOST_TOTALS:
        every = [totals[:2] if len(groups) < 8 else totals[:1] for totals in every]
    choices = sorted(product(*every), key=lambda n: sum(given) - sum(n))
    for totals in choices:
        parts = [
            f"n' = {n} of {whole}" for n, whole in zip(totals, given, strict=True) if n < whole
        ]
        yield totals, ", ".join(parts)


def neighbours(pair: Pair) -> Iterator[tuple[Pair, str]]:
    """Yield the tables with one patient moved, missing or more, and what changed in words."""
    for a, n1, c, n2 in product((-1, 0, 1), repeat=4):
        other = Pair(pair.a + a, pair.n1 + n1, pair.c + c, pair.n2 + n2)
        if 0 < abs(a) + abs(n1) + abs(c) + abs(n2) <= 2 and min(other.cells) >= 0:
            yield other, str(other)


_FAMILIES = {
    "Fisher": re.compile(r"fisher|mid-p|\bexact", re.IGNORECASE),
    "chi-squared": re.compile(r"chi|pearson|yates|\u03c7|\bscore\b", re.IGNORECASE),
    "likelihood ratio": re.compile(r"likelihood|logistic|profile", re.IGNORECASE),
    "Wald": re.compile(r"wald|logistic", re.IGNORECASE),
}
_OTHERS = re.compile(
    r"log.?rank|gray|cox|mantel|kruskal|mann|wilcoxon|t.test|anova|welch|andersen|fine|bootstrap"
    r"|permutation|mcnemar|cochran|breslow|gehan|adjusted|regression(?<!logistic regression)"
    r"|hypergeometric|barnard|boschloo|bayes",
    re.IGNORECASE,
)


def families(method: str | None) -> set[str]:
    """Name the families of tests to which a method belongs, as named in a paper or here."""
    return {name for name, words in _FAMILIES.items() if words.search(method or "")}


def named_otherwise(method: str | None) -> bool:
    """Tell whether a test is named that counts alone do not determine."""
    return bool(method) and bool(_OTHERS.search(method or "")) and not families(method)
