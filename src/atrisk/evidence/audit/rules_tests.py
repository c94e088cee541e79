"""The P value of a comparison: from the counts of the groups, by every test in common use."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from atrisk.evidence.audit.check import Check, Rule, Trial, Verdict
from atrisk.evidence.audit.groups import Group, families, fewer, groups_of, named_otherwise
from atrisk.evidence.audit.interval_names import by_value
from atrisk.evidence.audit.printed_floats import (
    Reach,
    digits,
    level_of,
    reach,
    two_sided,
    written,
)
from atrisk.evidence.audit.several_groups import table_p_values
from atrisk.evidence.audit.two_by_two import Found, Pair, p_meets, p_values
from atrisk.evidence.paper import Survival, Test

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atrisk.evidence.audit.book import Book
    from atrisk.evidence.printed import Printed

__all__ = ["RULES"]

_MOST_TOTALS = 200


def p_from_counts(book: Book) -> Iterator[Check]:
    """Ask of the P value of proportions compared that some test of their counts gives it."""
    for test in book.of_kind(Test):
        p = book.printed(test, "p")
        groups = groups_of(book, test.groups) if len(test.groups) > 1 else None
        if p is None or groups is None or min(group.total for group in groups) == 0:
            continue
        if any(group.events is None for group in groups):
            yield Check(
                _COUNTS,
                Verdict.UNCHECKED,
                (f"{test.id}.p",),
                missing="how many in each group had the event",
            )
            continue
        yield _check(test, p, groups)


def _found(groups: Sequence[Group], totals: Sequence[int]) -> list[Found]:
    events = [group.events or 0 for group in groups]
    if len(events) == 2:
        return list(p_values(Pair(events[0], totals[0], events[1], totals[1])))
    table = [[k, n - k] for k, n in zip(events, totals, strict=True)]
    return list(table_p_values(table))


def _check(test: Test, p: Printed, groups: list[Group]) -> Check:
    against = tuple(dict.fromkeys(at for group in groups for at in group.addresses))
    given = [group.total for group in groups]
    trials = _trials(_found(groups, given), p)
    words = ", ".join(f"{group.events}/{total}" for group, total in zip(groups, given, strict=True))
    numbers = (f"{test.id}.p",)
    meeting = [trial for trial in trials if trial.meets]
    if meeting:
        named = families(test.method)
        fits = [trial for trial in meeting if not named or families(trial.method) & named]
        shown = (fits or meeting)[0]
        words = f"{words}: P {shown.gives} by {shown.method}; printed {p.text}."
        if fits:
            return Check(
                _COUNTS, Verdict.CONSISTENT, numbers, against, words, trials, method=shown.method
            )
        return Check(
            _COUNTS,
            Verdict.INCONSISTENT,
            numbers,
            against,
            f"{words} The paper names {test.method}, which gives {_named_gives(trials, named)}.",
            trials,
            resolve="Which test gave this P value?",
        )
    return _unmet(test, p, groups, words, trials)


def _named_gives(trials: Sequence[Trial], named: set[str]) -> str:
    return by_value(t for t in trials if families(t.method) & named) or "another value"


def _unmet(
    test: Test, p: Printed, groups: list[Group], words: str, trials: tuple[Trial, ...]
) -> Check:
    numbers = (f"{test.id}.p",)
    against = tuple(dict.fromkeys(at for group in groups for at in group.addresses))
    words = f"{words}: P {trials[0].gives} by {trials[0].method}; printed {p.text}."
    if named_otherwise(test.method):
        return Check(
            _COUNTS,
            Verdict.UNCHECKED,
            numbers,
            (),
            words,
            trials,
            missing=f"what {test.method} needs beside the counts",
        )
    for count, (totals, less) in enumerate(fewer(groups)):
        if count > _MOST_TOTALS:
            break
        met = next((t for t in _trials(_found(groups, totals), p) if t.meets), None)
        if met is not None:
            extra = Trial(f"{met.method}, with {less}", met.gives, meets=True)
            return Check(
                _COUNTS,
                Verdict.UNCHECKED,
                numbers,
                (),
                words,
                (*trials, extra),
                missing=f"whether values are missing: {less} would give it",
            )
    return Check(
        _COUNTS,
        Verdict.INCONSISTENT,
        numbers,
        against,
        words,
        trials,
        resolve="Would the authors confirm the counts, or name the test?",
    )


def _trials(found: Sequence[Found], p: Printed) -> tuple[Trial, ...]:
    decimals = digits(p, 1)
    return tuple(
        Trial(f.method, written(f.values[0], decimals), p_meets(f, p, 1e-9)) for f in found
    )


def p_from_survivals(book: Book) -> Iterator[Check]:
    """Ask of a P value beside two survival estimates what their intervals say at that time."""
    for test in book.of_kind(Test):
        p = book.printed(test, "p")
        pair = [s for name in test.compared if isinstance(s := book.statements[name], Survival)]
        if p is None or len(pair) != 2:
            continue
        found = [_estimate(book, survival) for survival in pair]
        if found[0] is None or found[1] is None:
            continue
        (first, first_error), (second, second_error) = found[0], found[1]
        z = (first - second) / math.hypot(first_error, second_error)
        value = two_sided(z)
        yield Check(
            _CURVES,
            Verdict.UNCHECKED,
            (f"{test.id}.p",),
            (),
            f"The difference of the two estimates is {written(first - second)} with standard"
            f" error {written(math.hypot(first_error, second_error))} from their intervals:"
            f" P {written(value, digits(p, 1))} at this time; printed {p.text}, for the whole"
            " curves if it is of a log-rank test.",
            (
                Trial(
                    "difference at this time", written(value, digits(p, 1)), p.admits(value, 1e-9)
                ),
            ),
            missing="the events and numbers at risk of both groups over time",
        )


def _estimate(book: Book, survival: Survival) -> tuple[float, float] | None:
    numbers = [book.printed(survival, field) for field in ("estimate", "lower", "upper")]
    estimate, lower, upper = numbers
    if estimate is None or lower is None or upper is None:
        return None
    factor = 0.01 if survival.scale == "percent" else 1.0
    from scipy.special import ndtri

    width = (_middle(reach(upper, factor)) - _middle(reach(lower, factor))) / 2.0
    z = float(ndtri(0.5 + level_of(survival.level) / 2.0))
    return (float(estimate.value) * factor, width / z) if width > 0.0 else None


def _middle(found: Reach) -> float:
    return (found.low + found.high) / 2.0


_COUNTS = "P from the counts compared"
_CURVES = "P beside two survival estimates"
RULES: dict[str, Rule] = {_COUNTS: p_from_counts, _CURVES: p_from_survivals}
