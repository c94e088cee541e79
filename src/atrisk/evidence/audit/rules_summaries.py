"""Medians, quartiles, means and ranges of a variable: their order, and what is missing."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

from atrisk.evidence.audit.check import Check, Rule, Verdict
from atrisk.evidence.audit.spans import Span, span_of
from atrisk.evidence.paper import Summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.audit.book import Book

__all__ = ["RULES"]

_ORDER = ("low", "q1", "median", "q3", "high")
_WORDS = {
    "low": "the lowest",
    "q1": "the first quartile",
    "median": "the median",
    "mean": "the mean",
    "q3": "the third quartile",
    "high": "the highest",
}


_Given: TypeAlias = tuple[str, Span, str]


def _given(book: Book, statement: Summary, fields: tuple[str, ...]) -> list[_Given]:
    found = []
    for field in fields:
        number = book.printed(statement, field)
        if number is not None:
            found.append((field, span_of(number, exact=False), number.text))
    return found


def order_of_a_summary(book: Book) -> Iterator[Check]:
    """Ask that the lowest, the quartiles, the median and the highest stand in this order."""
    for statement in book.of_kind(Summary):
        given = _given(book, statement, _ORDER)
        wrong = [(a, b) for a, b in combinations(given, 2) if a[1].low > b[1].high]
        at_fault = {field for pair in wrong for field, _, _ in pair}
        beside = tuple(f"{statement.id}.{field}" for field, _, _ in given if field not in at_fault)
        for (first, _, low), (second, _, high) in wrong:
            yield Check(
                "order of a summary",
                Verdict.IMPOSSIBLE,
                (f"{statement.id}.{first}", f"{statement.id}.{second}"),
                beside,
                f"{_WORDS[first]}, {low}, is more than {_WORDS[second]}, {high}.",
                resolve="Is one of them a slip, or do they belong to another row?",
            )
        if len(given) > 1 and not wrong:
            yield _in_order("order of a summary", statement, given)


def _in_order(rule: str, statement: Summary, given: list[tuple[str, Span, str]]) -> Check:
    return Check(
        rule,
        Verdict.CONSISTENT,
        tuple(f"{statement.id}.{field}" for field, _, _ in given),
        (),
        " <= ".join(text for _, _, text in given) + f" ({statement.variable}).",
        method="in order: " + ", ".join(_WORDS[field] for field, _, _ in given),
        bound=True,
    )


def mean_within_range(book: Book) -> Iterator[Check]:
    """Ask of a mean that it lies between the lowest and the highest value."""
    for statement in book.of_kind(Summary):
        given = _given(book, statement, ("low", "mean", "high"))
        if "mean" not in {field for field, _, _ in given} or len(given) < 2:
            continue
        if all(a[1].low <= b[1].high for a, b in combinations(given, 2)):
            yield _in_order("mean within range", statement, given)
        else:
            yield Check(
                "mean within range",
                Verdict.IMPOSSIBLE,
                tuple(f"{statement.id}.{field}" for field, _, _ in given),
                (),
                "The mean lies outside the range: " + ", ".join(text for _, _, text in given) + ".",
                resolve="Is one of them a slip?",
            )


def spread_of_a_summary(book: Book) -> Iterator[Check]:
    """Hold a standard deviation between the least and the most that the range allows.

    The most is half the range times sqrt(n / (n - 1)), half of the values at either end; the least
    is the range over sqrt(2 (n - 1)), all other values in the middle.
    """
    for statement in book.of_kind(Summary):
        deviation, size = book.printed(statement, "sd"), book.size(statement.of)
        ends = _given(book, statement, ("low", "high"))
        if deviation is None or len(ends) < 2 or size is None or size[1].value < 2:
            continue
        n = float(size[1].value)
        most = (float(ends[1][1].high) - float(ends[0][1].low)) / 2 * math.sqrt(n / (n - 1))
        least = (float(ends[1][1].low) - float(ends[0][1].high)) / math.sqrt(2 * (n - 1))
        small, large = float(deviation.high) < least, float(deviation.low) > most
        fits = not small and not large
        yield Check(
            "spread of a summary",
            Verdict.CONSISTENT if fits else Verdict.IMPOSSIBLE,
            (f"{statement.id}.sd", f"{statement.id}.low", f"{statement.id}.high"),
            (size[0],),
            f"A range from {ends[0][2]} to {ends[1][2]} of {size[1].text} patients allows a"
            f" standard deviation from {max(least, 0.0):.4g} to {most:.4g}; {deviation.text} is"
            " printed.",
            method="within what the range allows" if fits else "",
            bound=True,
            resolve=_MEANT[small] if not fits else "",
        )


_MEANT = {
    True: "Is it the standard error?",
    False: "Is it the variance, or the width of an interval?",
}


def missing_within_set(book: Book) -> Iterator[Check]:
    """Ask that fewer values are missing than there are patients."""
    for statement in book.of_kind(Summary):
        missing, size = book.printed(statement, "missing"), book.size(statement.of)
        if missing is None or size is None:
            continue
        fits = missing.value < size[1].value
        yield Check(
            "missing within set",
            Verdict.CONSISTENT if fits else Verdict.IMPOSSIBLE,
            (f"{statement.id}.missing",),
            (size[0],),
            f"{missing.text} of {size[1].text} are missing ({statement.variable}).",
            method=f"fewer than {size[1].text}" if fits else "",
            bound=True,
            resolve="" if fits else "Of how many was the summary made?",
        )


RULES: dict[str, Rule] = {
    "order of a summary": order_of_a_summary,
    "mean within range": mean_within_range,
    "spread of a summary": spread_of_a_summary,
    "missing within set": missing_within_set,
}
