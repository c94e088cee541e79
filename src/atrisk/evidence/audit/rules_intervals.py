"""Intervals of a proportion from its counts, and the order of estimates and bounds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from atrisk.evidence.audit.binomial_intervals import proportion_intervals
from atrisk.evidence.audit.check import Check, Rule, Trial, Verdict
from atrisk.evidence.audit.interval_names import by_value, proportion_methods
from atrisk.evidence.audit.printed_floats import addresses, level_of, written
from atrisk.evidence.paper import Count, MedianTime, Survival
from atrisk.evidence.printed import attained_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.audit.book import Book
    from atrisk.evidence.audit.two_by_two import Found
    from atrisk.evidence.printed import Printed

__all__ = ["RULES"]

_SLACK = 1e-7
_MISSING_SHARE = 0.1
_FEWER = 400  # patients fewer, at the most, that are tried
_MOST_EVENTS = 30  # counts that have the printed percentage
_COMMON = 3  # methods tried with other denominators


@dataclass(frozen=True, slots=True)
class _Asked:
    """An interval of a proportion, and of how many patients it is said to be."""

    count: Count
    lower: Printed
    upper: Printed
    percent: Printed | None
    total: int
    beside: bool
    against: tuple[str, ...]

    @property
    def text(self) -> str:
        """The interval as printed."""
        return f"{self.lower.text} to {self.upper.text}"

    def trials(self, events: int, total: int, most: int | None = None) -> tuple[Trial, ...]:
        """Try each method, or the ``most`` commonest."""
        decimals = max(self.lower.decimals, self.upper.decimals) + 1
        found = proportion_intervals(events, total, level_of(self.count.level))
        return tuple(
            Trial(
                one.method,
                f"{written(100 * one.values[0], decimals)} to"
                f" {written(100 * one.values[1], decimals)}",
                _meets(one, self.lower, self.upper),
            )
            for one in islice(found, most)
        )

    def ended(
        self,
        verdict: Verdict,
        words: str,
        trials: tuple[Trial, ...],
        method: str,
        *,
        bound: bool = False,
    ) -> Check:
        """Say how the check ended."""
        failed = verdict is not Verdict.CONSISTENT
        return Check(
            _BINOMIAL,
            verdict,
            (f"{self.count.id}.lower", f"{self.count.id}.upper"),
            self.against,
            words,
            trials,
            method=method,
            bound=bound,
            resolve="By which method, and of how many patients, is this interval?"
            if failed
            else "",
        )


def bounds_in_order(book: Book) -> Iterator[Check]:
    """Ask of an estimate that it lies between its bounds, of a share that it is at most all."""
    for statement in book.paper.statements:
        if not isinstance(statement, Count | Survival | MedianTime):
            continue
        field = "percent" if isinstance(statement, Count) else "estimate"
        numbers = {
            name: number
            for name in ("lower", field, "upper")
            if (number := book.printed(statement, name)) is not None
        }
        most = _most(statement)
        past = [name for name, number in numbers.items() if most is not None and number.low > most]
        if past:
            at = tuple(f"{statement.id}.{name}" for name in past)
            shown = ", ".join(numbers[name].text for name in past)
            yield Check(_ORDER, Verdict.IMPOSSIBLE, at, (), f"{shown} is above {most}.")
        if "lower" in numbers or "upper" in numbers:
            yield _order(statement.id, numbers)


def _most(statement: Count | Survival | MedianTime) -> int | None:
    if isinstance(statement, MedianTime):
        return None
    if isinstance(statement, Survival) and statement.scale == "fraction":
        return 1
    return 100


def _order(name: str, numbers: dict[str, Printed]) -> Check:
    found = list(numbers.items())
    at = tuple(f"{name}.{field}" for field in numbers)
    text = " <= ".join(number.text for number in numbers.values())
    for place, (_, first) in enumerate(found):
        for _, second in found[place + 1 :]:
            if first.low > second.high:
                words = f"{text} does not hold: {first.text} is above {second.text}."
                return Check(_ORDER, Verdict.IMPOSSIBLE, at, (), words)
    return Check(_ORDER, Verdict.CONSISTENT, at, (), f"{text} holds.", method="order", bound=True)


def interval_of_a_proportion(book: Book) -> Iterator[Check]:
    """Ask of the interval of a proportion that some method gives it from the counts."""
    for count in book.of_kind(Count):
        lower, upper = book.printed(count, "lower"), book.printed(count, "upper")
        if lower is None or upper is None:
            continue
        yield _interval_check(book, count, lower, upper)


def _interval_check(book: Book, count: Count, lower: Printed, upper: Printed) -> Check:
    k, beside = book.printed(count, "k"), book.printed(count, "n")
    size = book.size(count.of) if beside is None else (f"{count.id}.n", beside)
    if size is None or not _is_count(size[1]):
        return _unchecked(count, "of how many patients")
    percent = book.printed(count, "percent")
    if k is None and percent is None:
        return _unchecked(count, "how many had the event")
    total = int(size[1].value)
    asked = _Asked(
        count,
        lower,
        upper,
        percent,
        total,
        beside is not None,
        (*addresses(book, count, "k", "percent"), size[0]),
    )
    events = _events(k, percent, total)
    if len(events) > _MOST_EVENTS:
        return _unchecked(count, f"how many had the event: {len(events)} counts of {total} fit")
    named = proportion_methods(count.method)
    unnamed: Check | None = None
    for x in events:
        trials = asked.trials(x, total)
        meeting = [t for t in trials if t.meets]
        met = next((t for t in meeting if not named or t.method in named), None)
        if met is not None:
            words = f"{x}/{total}: {met.gives} by {met.method}; printed {asked.text}."
            return asked.ended(Verdict.CONSISTENT, words, trials, met.method)
        if meeting and unnamed is None:
            unnamed = asked.ended(Verdict.INCONSISTENT, _other(asked, x, trials, named), trials, "")
    if unnamed is not None:
        fewer = _fitting_fewer(asked, k, named)
        return unnamed if fewer is None else _by_fewer(asked, "", unnamed.tried, fewer)
    return _of_fewer(asked, k, events)


def _other(asked: _Asked, x: int, trials: tuple[Trial, ...], named: frozenset[str]) -> str:
    """Say what the method named gives, and which gives what is printed."""
    gives = by_value(t for t in trials if t.method in named) or "nothing here"
    met = " and ".join(t.method for t in trials if t.meets)
    verb = "give" if " and " in met else "gives"
    return (
        f"{x}/{asked.total}; printed {asked.text}. The paper names {asked.count.method}, which"
        f" gives {gives}; {met} {verb} what is printed."
    )


def _fitting_fewer(
    asked: _Asked, k: Printed | None, named: frozenset[str]
) -> tuple[int, int, Trial] | None:
    """Find fewer patients of whom a method, of those named if any, gives the interval."""
    for x, n in _smaller(asked, k):
        trials = asked.trials(x, n, None if named else _COMMON)
        met = next((t for t in trials if t.meets and (not named or t.method in named)), None)
        if met is not None:
            return x, n, met
    return None


def _by_fewer(
    asked: _Asked, words: str, trials: tuple[Trial, ...], fewer: tuple[int, int, Trial]
) -> Check:
    x, n, met = fewer
    method = f"{met.method}, with {x} of n' = {n}"
    words = f"{words} {x}/{n}: {met.gives} by {met.method}.".strip()
    sure = asked.percent is not None and asked.percent.decimals > 0
    return asked.ended(Verdict.CONSISTENT, words, (*trials, met), method, bound=not sure)


def _of_fewer(asked: _Asked, k: Printed | None, events: list[int]) -> Check:
    """Try smaller denominators, then other levels, before it is a finding."""
    trials = asked.trials(events[0], asked.total) if events else ()
    words = f"Of {asked.total} patients no count has this percentage; printed {asked.text}."
    if events:
        words = (
            f"{events[0]}/{asked.total}: {trials[0].gives} by {trials[0].method};"
            f" printed {asked.text}."
        )
    fewer = _fitting_fewer(asked, k, frozenset())
    if fewer is not None:
        return _by_fewer(asked, words, trials, fewer)
    if not events:
        return _unchecked(asked.count, "how many had the event, and of how many patients")
    words += _other_levels(asked, events[0])
    return asked.ended(Verdict.INCONSISTENT, words, trials, "")


def _smaller(asked: _Asked, k: Printed | None) -> Iterator[tuple[int, int]]:
    """Yield counts of fewer patients: any with the percentage, or the count of a few less."""
    if asked.beside:
        return
    least = 1 if k is None else asked.total - max(1, int(asked.total * _MISSING_SHARE))
    for n in range(asked.total - 1, max(least, 1, asked.total - _FEWER) - 1, -1):
        for x in _events(k, asked.percent, n):
            if asked.percent is None or asked.percent.admits(100.0 * x / n, _SLACK):
                yield x, n


def _unchecked(count: Count, missing: str) -> Check:
    numbers = (f"{count.id}.lower", f"{count.id}.upper")
    return Check(_BINOMIAL, Verdict.UNCHECKED, numbers, missing=missing)


def _is_count(number: Printed) -> bool:
    return number.relation == "=" and number.value.denominator == 1 and number.value > 0


def _events(k: Printed | None, percent: Printed | None, total: int) -> list[int]:
    if k is not None:
        whole = k.relation == "=" and k.value.denominator == 1 and k.value <= total
        return [int(k.value)] if whole else []
    if percent is None:
        return []
    return attained_by(percent, total)


def _meets(found: Found, lower: Printed, upper: Printed) -> bool:
    low, high = (100.0 * value for value in found.values)
    return (lower.admits(low, _SLACK) or lower.admits(max(low, 0.0), _SLACK)) and (
        upper.admits(high, _SLACK) or upper.admits(min(high, 100.0), _SLACK)
    )


def _other_levels(asked: _Asked, events: int) -> str:
    for level in (0.9, 0.975, 0.99, 0.8):
        for found in proportion_intervals(events, asked.total, level):
            if _meets(found, asked.lower, asked.upper):
                return f" It would be the {100 * level:g} % interval by {found.method}."
    return ""


_ORDER = "estimate between its bounds"
_BINOMIAL = "interval of a proportion"
RULES: dict[str, Rule] = {_ORDER: bounds_in_order, _BINOMIAL: interval_of_a_proportion}
