"""One quantity in several papers: what each prints of the same study, set and endpoint."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from atrisk.evidence.audit.check import Check, Trial, Verdict
from atrisk.evidence.audit.rules_places import Key, Stated, stated_quantities

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atrisk.evidence.audit.book import Book

__all__ = ["RULE", "SENTENCE", "InPaper", "across_papers"]

RULE = "same quantity across papers"
SENTENCE = "What several papers print of one quantity of one study is one number, perhaps rounded."


@dataclass(frozen=True, slots=True)
class InPaper:
    """A number and the paper in which it stands."""

    book: Book
    stated: Stated

    @property
    def paper(self) -> str:
        """The id of the paper."""
        return self.book.paper.paper.id

    @property
    def address(self) -> str:
        """Paper and address: ``short-2024:cr_ino.percent``."""
        return f"{self.paper}:{self.stated.address}"


def across_papers(books: Sequence[Book]) -> Iterator[Check]:
    """Yield a check for each quantity that two papers or more print.

    Addresses in it are ``paper:statement.field``. Of a mismatch the numbers in question are those
    of the papers that report the study; the study's own paper stands in ``against``. A set that
    has no quantity of its own is taken for that of the other paper.
    """
    groups: dict[Key, list[InPaper]] = defaultdict(list)
    for book in books:
        for key, stated in stated_quantities(book):
            groups[key].append(InPaper(book, stated))
    for key, group in sorted(groups.items()):
        pairs = [(a, b) for a, b in combinations(group, 2) if _comparable(a, b)]
        if pairs:
            yield _compared(key, pairs)


def _comparable(one: InPaper, other: InPaper) -> bool:
    named = [found.stated.of for found in (one, other) if not found.stated.of.startswith("#")]
    same = len({of for of in named if of}) < 2
    return one.paper != other.paper and same


def _compared(key: Key, pairs: list[tuple[InPaper, InPaper]]) -> Check:
    study, arm, quantity, field = key
    group = list({found.address: found for pair in pairs for found in pair}.values())
    wrong = [(a, b) for a, b in pairs if a.stated.differs(b.stated)]
    name = " ".join(part for part in (quantity.replace("_", " "), arm, "of", study) if part)
    places = "; ".join(f"{f.stated.text} ({f.paper}, {_at(f)})" for f in group)
    if not wrong:
        papers = len({found.paper for found in group})
        return Check(
            RULE,
            Verdict.CONSISTENT,
            tuple(found.address for found in group),
            (),
            f"{name} ({field}): {places}.",
            method=f"the same in {papers} papers",
        )
    at_odds = {found.address for pair in wrong for found in pair}
    reporting = [f.address for f in group if f.address in at_odds and f.paper != study]
    return Check(
        RULE,
        Verdict.INCONSISTENT,
        tuple(reporting),
        tuple(found.address for found in group if found.address not in reporting),
        f"The papers print different numbers for {name} ({field}): {places}.",
        tuple(
            Trial(
                f"{a.stated.text} ({a.paper}) and {b.stated.text} ({b.paper}) rounded from one"
                " number",
                "no such number",
                meets=False,
            )
            for a, b in wrong
        ),
        resolve="Are they of different dates, sets or definitions, or is one a slip?",
    )


def _at(found: InPaper) -> str:
    return found.book.statement_of(found.stated.address).at
