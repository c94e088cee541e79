"""Cumulative doses: the schedule worked out, and the readings that it leaves open."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from atrisk.evidence.audit.check import Check, Rule, Trial, Verdict
from atrisk.evidence.audit.spans import shown
from atrisk.evidence.paper import Dose
from atrisk.evidence.printed import parse_printed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.audit.book import Book

__all__ = ["RULES"]

_MOST_CYCLES = 100
_Steps = list[tuple[Fraction, Fraction]]


def cumulative_dose(book: Book) -> Iterator[Check]:
    """Hold a cumulative dose against the sum of its schedule over its cycles."""
    for statement in book.of_kind(Dose):
        total = book.printed(statement, "cumulative")
        steps = _steps(statement)
        if total is not None and steps is not None:
            yield _dose(book, statement, steps)


def _steps(statement: Dose) -> _Steps | None:
    """Read the cycles of each step and the dose of one of them; None if one is not given."""
    steps = []
    for step in statement.schedule:
        cycles = parse_printed(step.cycles)
        doses = [parse_printed(dose) for dose in step.doses]
        known = [dose.value for dose in doses if dose is not None]
        if cycles is None or len(known) < len(doses):
            return None
        steps.append((cycles.value, sum(known, Fraction(0))))
    return steps


def _total(steps: _Steps) -> Fraction:
    return sum((cycles * dose for cycles, dose in steps), Fraction(0))


def _dose(book: Book, statement: Dose, steps: _Steps) -> Check:
    total = book.printed(statement, "cumulative")
    assert total is not None  # noqa: S101 - looked up by the caller
    at, rule = f"{statement.id}.cumulative", "cumulative dose"
    schedule = tuple(
        address
        for address in book.texts
        if address.startswith((f"{statement.id}.cycles[", f"{statement.id}.doses["))
    )
    exact = _total(steps)
    terms = " + ".join(f"{shown(c)} x {shown(d, 3)}" for c, d in steps)
    made = (
        f"The schedule gives {terms} = {shown(exact, 3)} {statement.unit}; the paper prints"
        f" {total.text}."
    )
    trials = [Trial("the schedule as printed", shown(exact, 3), total.admits(exact))]
    if trials[0].meets:
        method = "the schedule as printed"
        return Check(rule, Verdict.CONSISTENT, (at,), schedule, made, tuple(trials), method)
    for method, other in _readings(steps):
        trials.append(Trial(method, shown(_total(other), 3), total.admits(_total(other))))
    fits = [trial.method for trial in trials if trial.meets]
    if fits:
        missing = f"the course that is meant; the number fits if {fits[0]}"
        return Check(rule, Verdict.UNCHECKED, (at,), schedule, made, tuple(trials), missing=missing)
    return Check(
        rule,
        Verdict.INCONSISTENT,
        (at,),
        schedule,
        made,
        tuple(trials),
        resolve="Which doses and cycles does the total stand for?",
    )


def _readings(steps: _Steps) -> Iterator[tuple[str, _Steps]]:
    """Yield the other courses that the words may mean: fewer cycles, a later change of dose."""
    whole = [int(cycles) for cycles, _ in steps]
    if not 0 < sum(whole) <= _MOST_CYCLES or min(whole) < 0:
        return
    for fewer in range(sum(whole) - 1, 0, -1):
        left, course = fewer, []
        for cycles, (_, dose) in zip(whole, steps, strict=True):
            course.append((Fraction(min(cycles, left)), dose))
            left -= min(cycles, left)
        yield f"only {fewer} of {sum(whole)} cycles were given", course
    if len(steps) > 1:
        for later in range(1, whole[1] + 1):
            first, second, *rest = steps
            course = [(first[0] + later, first[1]), (second[0] - later, second[1]), *rest]
            yield f"the dose was changed {later} cycles later", course


RULES: dict[str, Rule] = {"cumulative dose": cumulative_dose}
