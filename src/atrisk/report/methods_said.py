"""What sentences of the methods have in common: tests and scales within a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from atrisk.report import format as form
from atrisk.report.language import word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from atrisk.report.values import Node, Phrase

__all__ = [
    "INTERVAL_WORDS",
    "IN_PROSE",
    "SCALES",
    "VARIANCE_PROSE",
    "Partly",
    "listed_tests",
]

#: Tests as they read within a sentence.
IN_PROSE = {
    "Log-rank test": "the log-rank test",
    "Wald test": "the Wald test",
    "Gray's test": "Gray\N{RIGHT SINGLE QUOTATION MARK}s test",
    "Fisher's exact test": "Fisher\N{RIGHT SINGLE QUOTATION MARK}s exact test",
    "Mantel\N{EN DASH}Byar test": "the Mantel\N{EN DASH}Byar test",
    "Kruskal-Wallis rank-sum test": "the Kruskal\N{EN DASH}Wallis test",
    "likelihood ratio test": "the likelihood ratio test",
}
#: The scales on which confidence intervals of curves are symmetric.
SCALES = {
    "plain": "untransformed",
    "log": "log",
    "log-log": "complementary log-log",
    "logit": "logit",
    "arcsine": "arcsine square root",
}
INTERVAL_WORDS = {"wald": "Wald", "profile": "profile likelihood"}
VARIANCE_PROSE = {
    "robust": "Standard errors of ratios were robust (sandwich)",
    "sandwich": (
        "Standard errors of subdistribution hazard ratios were of the sandwich type, with the part"
        " of the estimated censoring weights (Fine and Gray 1999)"
    ),
}


class Partly(NamedTuple):
    """A sentence, and which analyses could say another instead: only they are told apart."""

    sentence: Phrase
    applies: Callable[[Node], bool]


def listed_tests(tests: Iterable[str]) -> str:
    """List tests within a sentence: ``the log-rank test and Gray's test``."""
    return form.listing(_in_prose(test) for test in dict.fromkeys(tests))


def _in_prose(test: str) -> str:
    named = next((name for name in IN_PROSE if test.startswith(f"{name} stratified")), test)
    return f"{word(IN_PROSE.get(named, named))}{test.removeprefix(named)}"
