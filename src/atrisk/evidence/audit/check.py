"""What a rule finds: which numbers were held against which, by what arithmetic, with what end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from atrisk.evidence.audit.book import Book

__all__ = ["Check", "Rule", "Trial", "Verdict"]


class Verdict(IntEnum):
    """How a check ended, the worst first."""

    IMPOSSIBLE = 0
    """No data at all could print these numbers together."""
    INCONSISTENT = 1
    """No admissible method gives the printed number from the others."""
    UNCHECKED = 2
    """Something needed is not printed."""
    CONSISTENT = 3
    """An admissible method gives the printed number."""

    @property
    def word(self) -> str:
        """The verdict in words."""
        return _WORDS[self]


_WORDS = {
    Verdict.IMPOSSIBLE: "impossible",
    Verdict.INCONSISTENT: "inconsistent",
    Verdict.UNCHECKED: "cannot be checked",
    Verdict.CONSISTENT: "consistent",
}


@dataclass(frozen=True, slots=True)
class Trial:
    """One method that was tried: what it gives and whether that meets the printed number."""

    method: str
    gives: str
    meets: bool


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison.

    Attributes
    ----------
    rule
        the rule's name.
    verdict
        how it ended.
    numbers
        addresses of the numbers in question: the verdict is theirs.
    against
        addresses of the numbers they were held against; a consistent end is theirs too.
    arithmetic
        what was computed, in one or two plain sentences with the numbers.
    tried
        each admissible method, in the order tried.
    method
        of a consistent end: the first method that gives the printed numbers.
    missing
        of an unchecked one: what would have to be printed.
    bound
        the numbers were only held within bounds (no more than the set), not recomputed.
    resolve
        of a failed one: what would settle it, in a sentence to the authors.
    cause
        of a failed one: a sentence on what several failed checks have in common; those with one
        cause are one finding.
    """

    rule: str
    verdict: Verdict
    numbers: tuple[str, ...]
    against: tuple[str, ...] = ()
    arithmetic: str = ""
    tried: tuple[Trial, ...] = ()
    method: str = ""
    missing: str = ""
    bound: bool = False
    resolve: str = ""
    cause: str = ""

    @property
    def failed(self) -> bool:
        """Whether it is a finding."""
        return self.verdict in {Verdict.IMPOSSIBLE, Verdict.INCONSISTENT}


Rule: TypeAlias = Callable[["Book"], Iterator[Check]]
"""A rule looks through a paper and yields a check for each comparison that it can make."""
