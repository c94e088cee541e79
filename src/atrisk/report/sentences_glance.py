"""The one or two things of an analysis that belong on the first page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report.document import had_by_any, labels, lower_first
from atrisk.report.sentences import (
    joined,
    known_times,
    lowered,
    proportion_words,
    semicolons,
    time_words,
    times_in_words,
)
from atrisk.report.values import Node, Phrase, Values, phrase, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.report.document import Label

__all__ = ["glance"]


def glance(analysis: Node, values: Values, unit: str) -> list[Phrase]:
    """Say what of a curve belongs on the first page."""
    words = values.in_words()
    if analysis["kind"] == "survival":
        return [_survival_glance(analysis, words, unit)]
    if analysis["kind"] == "cumulative_incidence":
        return [_incidence_glance(analysis, words)]
    return []


def _survival_glance(analysis: Node, values: Values, unit: str) -> Phrase:
    prefix = f"{analysis['id']}.{analysis['overall']['id']}"
    median = time_words(analysis, values, f"{prefix}.median", unit)
    said = [say("median {median}", median=median)]
    at_times = [
        _at(time, proportion_words(analysis, values, f"{prefix}.{time.id}"))
        for time in times_in_words(analysis)
    ]
    said += [joined(at_times)] if at_times else []
    asked = labels(analysis["tests"])
    tests = [
        (test.label, f"{analysis['id']}.{test.id}")
        for test in asked
        if test.id in (asked[0].id, f"{asked[0].id}_stratified")
    ]
    return phrase(semicolons(said), ".", _by_group(analysis, values, tests))


def _at(time: Label, estimate: Phrase) -> Phrase:
    return say("{estimate} at {time}", estimate=estimate, time=time.label)


def _incidence_glance(analysis: Node, values: Values) -> Phrase:
    """Say the causes that anyone had, at the last time that all curves reach."""
    had = [c for c in labels(analysis["causes"]) if had_by_any(analysis, values, c)]
    if not had:
        return say("no event.")
    causes = [lowered(cause) for cause in had]
    time = _last_known(analysis, values, causes)
    if time is None:
        said = joined([_cause_count(analysis, values, cause) for cause in causes])
    else:
        shown = [_cause_at(analysis, values, cause, time) for cause in causes]
        said = say(
            "cumulative incidence at {time}: {estimates}", time=time.label, estimates=joined(shown)
        )
    return phrase(said, ".", _gray_glance(analysis, values, causes))


def _cause_at(analysis: Node, values: Values, cause: Label, time: Label) -> Phrase:
    prefix = f"{analysis['id']}.{cause.id}.{analysis['overall']['id']}.{time.id}"
    return phrase(f"{cause.label} ", proportion_words(analysis, values, prefix))


def _last_known(analysis: Node, values: Values, causes: Sequence[Label]) -> Label | None:
    """Give the last of the times at which every cause has an estimate."""
    prefixes = [f"{analysis['id']}.{cause.id}.{analysis['overall']['id']}" for cause in causes]
    known = [
        time
        for time in labels(known_times(analysis))
        if all(values.raw(f"{prefix}.{time.id}.estimate") is not None for prefix in prefixes)
    ]
    return known[-1] if known else None


def _cause_count(analysis: Node, values: Values, cause: Label) -> Phrase:
    key = f"{analysis['id']}.{cause.id}.{analysis['overall']['id']}.events"
    count = values.count(key)
    if values.raw(key) == 1:
        return say("{n} event of {cause}", n=count, cause=cause.label)
    return say("{n} events of {cause}", n=count, cause=cause.label)


def _gray_glance(analysis: Node, values: Values, causes: Sequence[Label]) -> Phrase:
    """Say the P values of each test, a cause each."""
    tests = {test["id"]: test["label"] for test in analysis["tests"]}
    said = []
    for test, label in tests.items():
        keys = [(cause, f"{analysis['id']}.{test}.{cause.id}.p_value") for cause in causes]
        done = [
            say("{p} for {cause}", p=values.p_phrase(key), cause=cause.label)
            for cause, key in keys
            if values.raw(key) is not None
        ]
        if done:
            said.append(phrase(f"{label} ", joined(done)))
    return _by(analysis, semicolons(said))


def _by_group(analysis: Node, values: Values, tests: Sequence[tuple[str, str]]) -> Phrase:
    keys = [(label, f"{prefix}.p_value") for label, prefix in tests]
    done = [
        phrase(f"{label} ", values.p_phrase(key))
        for label, key in keys
        if values.raw(key) is not None
    ]
    return _by(analysis, joined(done))


def _by(analysis: Node, tests: Phrase) -> Phrase:
    if analysis["by"] is None or not tests.pieces:
        return Phrase()
    variable = lower_first(analysis["by"]["label"])
    return phrase(" ", say("By {variable}: {tests}.", variable=variable, tests=tests))
