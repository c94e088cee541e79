"""Counts and percentages: each share against its numerator and the denominators it may have."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from atrisk.evidence.audit.check import Check, Rule, Trial, Verdict
from atrisk.evidence.audit.denominators import (
    Denominator,
    none_of,
    parts_with,
    stated_denominators,
)
from atrisk.evidence.audit.spans import count_span, percentage
from atrisk.evidence.paper import Count, Set, Statement
from atrisk.evidence.printed import attained_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.audit.book import Book
    from atrisk.evidence.printed import Printed

__all__ = ["RULES", "fitting_sizes"]

_NO_LIMIT = 10**9
"""More patients than any study has."""


@dataclass(frozen=True, slots=True)
class _Share:
    """A percentage with its numerator, its denominator, and whether that is printed beside it."""

    statement: Statement
    of: str
    percent_at: str
    percent: Printed
    k_at: str
    k: Printed | None
    n_at: str
    n: int
    beside: bool


def _shares(book: Book) -> Iterator[_Share]:
    """Yield each percentage that is of a known number of patients."""
    for statement in book.paper.statements:
        if isinstance(statement, Set):
            of, field = statement.within, "n"
        elif isinstance(statement, Count):
            of, field = statement.of, "k"
        else:
            continue
        percent = book.printed(statement, "percent")
        size = _denominator(book, statement, of)
        if of is None or percent is None or size is None:
            continue
        n_at, n, beside = size
        k = book.printed(statement, field)
        at = statement.id
        yield _Share(statement, of, f"{at}.percent", percent, f"{at}.{field}", k, n_at, n, beside)


def _denominator(book: Book, statement: Statement, of: str | None) -> tuple[str, int, bool] | None:
    beside = book.printed(statement, "n") if isinstance(statement, Count) else None
    if beside is not None and _is_whole(beside):
        return f"{statement.id}.n", int(beside.value), True
    size = None if of is None else book.size(of)
    if size is None or not _is_whole(size[1]):
        return None
    return size[0], int(size[1].value), False


def _is_whole(number: Printed) -> bool:
    return number.relation == "=" and number.value.denominator == 1 and number.value > 0


def percent_of_a_count(book: Book) -> Iterator[Check]:
    """Hold a percentage against its count divided by its denominator, rounded or cut off."""
    for share in _shares(book):
        if share.k is not None and share.k.value.denominator == 1:
            yield _percent_check(book, share, count_span(share.k))


def _percent_check(book: Book, share: _Share, counts: tuple[int, int | None]) -> Check:
    low, high = counts[0], share.n if counts[1] is None else counts[1]
    numbers = (share.percent_at, share.k_at, *((share.n_at,) if share.beside else ()))
    against = () if share.beside else (share.n_at,)
    trials = [_trial(share, low, high, Denominator(share.n, f"{share.n}", ()))]
    if trials[0].meets:
        return Check(
            "percent of a count",
            Verdict.CONSISTENT,
            numbers,
            against,
            _spelled(share, low),
            tuple(trials),
            f"{_counted(share)} of {share.n}",
            bound=counts[0] != counts[1],
        )
    others = [] if share.beside else list(stated_denominators(book, share.statement, share.of))
    for other in others:
        trial = _trial(share, low, high, other)
        if trial.meets:
            trials.append(trial)
            return Check(
                "percent of a count",
                Verdict.CONSISTENT,
                numbers,
                (*against, *other.addresses),
                f"{_spelled(share, low)} Of {other.words} it is {percentage(low, other.size)}.",
                tuple(trials),
                f"{_counted(share)} of {other.words}",
            )
    trials.extend(none_of(others))
    return _misfit(book, share, low, numbers, against, trials)


def _misfit(
    book: Book,
    share: _Share,
    k: int,
    numbers: tuple[str, ...],
    against: tuple[str, ...],
    trials: list[Trial],
) -> Check:
    """Tell a percentage that no denominator gives from one that would need an unstated one."""
    sizes = fitting_sizes(k, share.percent)
    hint = _sizes_in_words(sizes)
    fitting = sizes is not None and max(sizes[0], k) <= min(sizes[1], share.n)
    divided = [part for part in parts_with(book, share.statement) if part.complete]
    trials.append(Trial(f"a denominator up to {share.n}, for missing values", hint, fitting))
    arithmetic = f"{_spelled(share, k)} {share.percent.text.rstrip('% ')} % of {hint}."
    if fitting and not share.beside and not divided:
        return Check(
            "percent of a count",
            Verdict.UNCHECKED,
            numbers,
            against,
            arithmetic,
            tuple(trials),
            missing=f"how many of the {share.n} were assessed: the percentage takes {hint}",
        )
    why = (
        f"The denominator {share.n} is printed beside it."
        if share.beside
        else f"Its categories divide all {share.n}."
        if divided
        else ""
    )
    return Check(
        "percent of a count",
        Verdict.INCONSISTENT,
        numbers,
        against,
        f"{arithmetic} {why}".strip(),
        tuple(trials),
        resolve=f"Could the denominator be another than {share.n}, or one of the digits a slip?",
    )


def _trial(share: _Share, low: int, high: int, of: Denominator) -> Trial:
    method = f"{_counted(share)} of {of.words}"
    if low > of.size:
        return Trial(method, "more than there are", meets=False)
    decimals = share.percent.decimals + 1
    given = percentage(low, of.size, decimals)
    ends = Fraction(100 * low, of.size), Fraction(100 * min(high, of.size), of.size)
    return Trial(method, given, share.percent.meets(*ends))


def _counted(share: _Share) -> str:
    return share.k.text if share.k is not None else "some"


def _spelled(share: _Share, k: int) -> str:
    given = percentage(k, share.n, share.percent.decimals + 1)
    plain = share.percent.text.rstrip("% ")
    return f"The paper prints {plain} %; {_counted(share)} of {share.n} is {given}."


def fitting_sizes(k: int, percent: Printed) -> tuple[int, int] | None:
    """Give the least and greatest denominator of which ``k`` is a printed percentage.

    Examples
    --------
    >>> from atrisk.evidence.printed import parse_printed
    >>> fitting_sizes(13, parse_printed("21"))
    (60, 63)
    """
    if k == 0 or percent.high <= 0:
        return None
    top = math.inf if percent.low <= 0 else Fraction(100 * k) / Fraction(percent.low)
    low = 1 if percent.high == math.inf else math.ceil(Fraction(100 * k) / Fraction(percent.high))
    high = _NO_LIMIT if top == math.inf else math.floor(top)
    while low <= high and not percent.admits(Fraction(100 * k, low)):
        low += 1
    while low <= high < _NO_LIMIT and not percent.admits(Fraction(100 * k, high)):
        high -= 1
    return (low, high) if low <= high else None


def _sizes_in_words(sizes: tuple[int, int] | None) -> str:
    if sizes is None:
        return "no number of patients at all"
    low, high = sizes
    if low == high:
        return f"a denominator of {low}"
    return (
        f"a denominator from {low} to {high}" if high < _NO_LIMIT else f"a denominator from {low}"
    )


def attainable_percent(book: Book) -> Iterator[Check]:
    """Ask of a percentage without its count that some whole number of patients attains it."""
    for share in _shares(book):
        if share.k is None:
            yield _attained(book, share)


def _attained(book: Book, share: _Share) -> Check:
    rule, number, against = "attainable percentage", (share.percent_at,), (share.n_at,)
    plain = share.percent.text.rstrip("% ")
    if share.percent.relation != "=":
        missing = f"the count: {plain} % is a bound, which many counts of {share.n} would meet"
        return Check(rule, Verdict.UNCHECKED, number, against, missing=missing)
    counts = attained_by(share.percent, share.n)
    if counts and share.n * share.percent.unit >= 100 and 0 < share.percent.value < 100:
        return Check(
            rule,
            Verdict.UNCHECKED,
            number,
            against,
            f"With {share.n} patients every percentage of {share.percent.decimals} decimals is"
            f" attained by some count; {plain} % by {_listed(counts)}.",
            missing="the count: a percentage of so many patients is always attained by some count",
        )
    numbers = (*number, *(against if share.beside else ()))
    if counts:
        words = f"{_listed(counts)} of {share.n}"
        given = percentage(counts[0], share.n, share.percent.decimals + 1)
        return Check(
            rule,
            Verdict.CONSISTENT,
            numbers,
            against,
            f"{plain} % of {share.n} is attained by {_listed(counts)}: {counts[0]} is {given}.",
            (Trial(f"k of {share.n}", words, meets=True),),
            words,
            bound=len(counts) > 1,
        )
    return _unattained(book, share, numbers, against)


def _unattained(
    book: Book, share: _Share, numbers: tuple[str, ...], against: tuple[str, ...]
) -> Check:
    rule, plain = "attainable percentage", share.percent.text.rstrip("% ")
    trials = [Trial(f"k of {share.n}", _around(share), meets=False)]
    others = [] if share.beside else list(stated_denominators(book, share.statement, share.of))
    sizes = [n for n in range(1, share.n) if attained_by(share.percent, n)]
    for other in others:
        if sizes and other.size > share.n:  # fewer than the set is said to be come first
            continue
        counts = [k for k in attained_by(share.percent, other.size) if k <= share.n]
        if counts and other.size * share.percent.unit < 100:
            arithmetic = f"{_around(share)}; {_listed(counts)} of {other.words} gives {plain} %."
            against = (*against, *other.addresses)
            method = f"{_listed(counts)} of {other.words}"
            trials.append(Trial(f"k of {other.words}", _listed(counts), meets=True))
            return Check(
                rule,
                Verdict.CONSISTENT,
                numbers,
                against,
                arithmetic,
                tuple(trials),
                method,
                bound=True,
            )
    trials.extend(none_of(others))
    trials.append(Trial(f"a denominator up to {share.n}", _listed(sizes) or "none", bool(sizes)))
    hint = f"The denominators up to {share.n} that attain it: {_listed(sizes) or 'none'}."
    arithmetic = f"No number of {share.n} patients is {plain} %: {_around(share)}. {hint}"
    if sizes and not share.beside:
        nearest = f"{_listed(attained_by(share.percent, sizes[-1]))} of {sizes[-1]}"
        missing = (
            f"the count, and of how many: not of {share.n}, perhaps of {_listed(sizes)}: {nearest}"
        )
        return Check(
            rule, Verdict.UNCHECKED, numbers, against, arithmetic, tuple(trials), missing=missing
        )
    return Check(
        rule,
        Verdict.IMPOSSIBLE,
        numbers,
        against,
        arithmetic,
        tuple(trials),
        resolve="Would the authors print the count and the number assessed?",
    )


def _around(share: _Share) -> str:
    """Show the nearest shares below and above."""
    below = math.floor(share.percent.value * share.n / 100)
    pairs = [k for k in (below, below + 1) if 0 <= k <= share.n]
    given = [
        f"{k} of {share.n} is {percentage(k, share.n, share.percent.decimals + 1)}" for k in pairs
    ]
    return ", ".join(given) if given else f"{share.percent.text} % is more than all"


def _listed(found: list[int]) -> str:
    if len(found) > 4:
        return f"{found[0]}, {found[1]}, ... {found[-1]}"
    return ", ".join(map(str, found))


def count_within_its_set(book: Book) -> Iterator[Check]:
    """Ask of a count that it is a whole number and no more than its set."""
    for count in book.of_kind(Count):
        k, size = book.printed(count, "k"), _denominator(book, count, count.of)
        if k is None:
            continue
        at = f"{count.id}.k"
        least, _ = count_span(k)
        against = () if size is None else (size[0],)
        if k.value.denominator != 1:
            words = f"{k.text} patients is no whole number."
            yield Check("count within its set", Verdict.IMPOSSIBLE, (at,), against, words)
        elif k.value < 0:
            words = f"{k.text} patients are less than none."
            yield Check("count within its set", Verdict.IMPOSSIBLE, (at,), against, words)
        elif size is not None:
            yield _within(at, k, least, size)


def _within(at: str, k: Printed, least: int, size: tuple[str, int, bool]) -> Check:
    n_at, n, beside = size
    fits = least <= n
    return Check(
        "count within its set",
        Verdict.CONSISTENT if fits else Verdict.IMPOSSIBLE,
        (at, n_at) if beside else (at,),
        () if beside else (n_at,),
        f"{k.text} {'is no more than' if fits else 'is more than'} {n}.",
        method=f"no more than {n}" if fits else "",
        bound=True,
        resolve="" if fits else "Which of the two numbers is meant?",
    )


RULES: dict[str, Rule] = {
    "percent of a count": percent_of_a_count,
    "attainable percentage": attainable_percent,
    "count within its set": count_within_its_set,
}
