"""Sentences with their numbers looked up by key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import (
    Label,
    curve_name,
    duration_name,
    had_by_any,
    interval_name,
    labels,
    lower_first,
    rmst_key,
    shown_groups,
    start_of,
)
from atrisk.report.language import word
from atrisk.report.values import NO_INTERVAL, Node, Number, Phrase, Values, phrase, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "counted",
    "group_words",
    "incidence_paragraphs",
    "interval",
    "joined",
    "known_times",
    "lowered",
    "paragraph",
    "population_sentence",
    "proportion_words",
    "range_of",
    "semicolons",
    "survival_at_times",
    "survival_paragraphs",
    "tested",
    "time_words",
    "times_in_words",
]

_MOST_GROUPS_IN_WORDS = 4
_MOST_TIMES_IN_WORDS = 3

#: A count of each thing: of one, of many.
COUNTED = {
    "patient": ("{n} patient", "{n} patients"),
    "event": ("{n} event", "{n} events"),
    "censored": ("{n} censored follow-up time", "{n} censored follow-up times"),
    "assessment": ("{n} assessment", "{n} assessments"),
    "dose": ("{n} dose", "{n} doses"),
    "cycle": ("{n} cycle", "{n} cycles"),
    "deviation": ("{n} deviation", "{n} deviations"),
}


def counted(values: Values, key: str, noun: str) -> Phrase:
    """Write a count with its noun, one of `COUNTED`: ``1 patient``, ``12 patients``."""
    one, many = COUNTED[noun]
    return say(form.tally(values.raw(key) or 0, one, many), n=values.count(key))


def joined(parts: Sequence[Phrase]) -> Phrase:
    """Join phrases as a list in a sentence: commas, and ``and`` before the last."""
    if len(parts) < 2:
        return phrase(*parts)
    head = [piece for part in parts[:-1] for piece in (part, ", ")][:-1]
    return say("{first} and {last}", first=phrase(*head), last=parts[-1])


def semicolons(parts: Sequence[Phrase]) -> Phrase:
    """Join parts that hold commas themselves."""
    return phrase(*[piece for part in parts for piece in (part, "; ")][:-1])


def paragraph(sentences: Sequence[Phrase]) -> Phrase:
    """Join sentences with spaces."""
    return phrase(*[piece for sentence in sentences for piece in (sentence, " ")][:-1])


def range_of(lower: Number, upper: Number) -> Phrase:
    """Write the two ends of an interval: a dash, or ``to`` where one is a word or negative."""
    if lower.missing or upper.missing or form.MINUS in lower.text + upper.text:
        return say("{lower} to {upper}", lower=lower, upper=upper)
    return phrase(lower, form.EN_DASH, upper)


def interval(
    analysis: Node, found: Sequence[Number], write: Callable[[Number], Phrase] = phrase
) -> Phrase:
    """Write estimate, lower and upper end: ``1.28 years (95% CI 0.76 to not reached)``.

    ``write`` puts the unit to the estimate.
    """
    estimate, lower, upper = found
    shown = phrase(estimate) if estimate.missing else write(estimate)
    if lower.missing and upper.missing:
        return shown
    return phrase(shown, f" ({interval_name(analysis)} ", range_of(lower, upper), ")")


def time_words(analysis: Node, values: Values, prefix: str, unit: str) -> Phrase:
    """Write the time at a prefix with its unit and interval."""
    found = values.time_parts(prefix, unit)
    return interval(analysis, found, lambda time: phrase(time, f" {word(unit)}"))


def _percent(number: Number) -> Phrase:
    return say("{estimate}%", estimate=number)


def proportion_words(analysis: Node, values: Values, prefix: str) -> Phrase:
    """Write the proportion at a prefix in percent with its interval, or why there is none."""
    found = values.proportion_parts(prefix, start_of(analysis))
    estimate, lower, _ = found
    if estimate.missing:
        # the whole reason stands under the table
        reason = lower_first(estimate.missing.partition(" (")[0])
        return say("not estimated ({reason})", reason=reason)
    if lower.missing and lower.text == word(NO_INTERVAL):
        percent = _percent(estimate)
        return say("{percent} (no interval: {reason})", percent=percent, reason=lower.missing)
    return interval(analysis, found, _percent)


def population_sentence(population: Node, rows_in: Number, rows_used: Number) -> Phrase:
    """Say how many of the rows were analysed."""
    complete = population["rows_in"] == population["rows_used"]
    said = POPULATION[bool(population.get("forms")), complete]
    counts = {"all": rows_in} if complete else {"all": rows_in, "used": rows_used}
    number = population["rows_in"] if complete else population["rows_used"]
    return say(form.tally(number, *said), **counts)


#: Of forms or of a table, and whether all were analysed: of one, of many.
POPULATION = {
    (False, True): (
        "All {all} row of the data file was analysed.",
        "All {all} rows of the data file were analysed.",
    ),
    (False, False): (
        "Of {all} rows in the data file, {used} was analysed.",
        "Of {all} rows in the data file, {used} were analysed.",
    ),
    (True, True): (
        "All {all} patient in the forms was analysed.",
        "All {all} patients in the forms were analysed.",
    ),
    (True, False): (
        "Of {all} patients in the forms, {used} was analysed.",
        "Of {all} patients in the forms, {used} were analysed.",
    ),
}


def _each(groups: Sequence[Label], build: Callable[[str], Phrase]) -> Phrase:
    if len(groups) == 1:
        return build(groups[0].id)
    return joined([_in_group(group, build(group.id)) for group in groups])


def _in_group(group: Label, estimate: Phrase) -> Phrase:
    """Write a group behind its estimate: ``60.0% in ALL``, ``60.0% for sex: female``."""
    question, colon, answer = group.label.partition(": ")
    if not colon:
        return say("{estimate} in {group}", estimate=estimate, group=group.label)
    parts = {"question": lower_first(question), "answer": answer}
    return say("{estimate} for {question}: {answer}", estimate=estimate, **parts)


def group_words(analysis: Node, group: Label) -> str:
    """Write a group before its estimate: ``before transplant``, but a treatment as it is."""
    return group.label if analysis["part_of"] == "weighted" else lower_first(group.label)


def survival_paragraphs(analysis: Node, values: Values, unit: str) -> list[Phrase]:
    """Say in words, a paragraph each: counts, estimates, tests."""
    words = values.in_words()
    estimates = [_medians(analysis, words, unit), *survival_at_times(analysis, words)]
    paragraphs = (
        _counts(analysis, words, unit),
        estimates,
        [*_test_sentences(analysis, words), *_mean_differences(analysis, words)],
    )
    return [paragraph(sentences) for sentences in paragraphs if sentences]


def _counts(analysis: Node, values: Values, unit: str) -> list[Phrase]:
    prefix = f"{analysis['id']}.{analysis['overall']['id']}"
    patients = counted(values, f"{prefix}.n", "patient")
    parts = {
        "patients": patients,
        "events": counted(values, f"{prefix}.events", "event"),
        "censored": counted(values, f"{prefix}.censored", "censored"),
    }
    if values.raw(f"{prefix}.events") == 1:
        said = say("Among {patients} there was {events} and {censored}.", **parts)
    else:
        said = say("Among {patients} there were {events} and {censored}.", **parts)
    if not values.has(f"{prefix}.follow_up.estimate"):
        return [said]
    follow_up = time_words(analysis, values, f"{prefix}.follow_up", unit)
    return [said, say("Median follow-up was {follow_up}.", follow_up=follow_up)]


def _medians(analysis: Node, values: Values, unit: str) -> Phrase:
    def median(group: str) -> Phrase:
        return time_words(analysis, values, f"{analysis['id']}.{group}.median", unit)

    estimates = _each(shown_groups(analysis), median)
    name = lower_first(duration_name(analysis))
    return say("Median {name} was {estimates}.", name=name, estimates=estimates)


def _in_words(analysis: Node) -> bool:
    return len(shown_groups(analysis)) <= _MOST_GROUPS_IN_WORDS


def known_times(analysis: Node) -> list[Node]:
    """Give the times that are not before the curves start."""
    start = analysis.get("start") or 0.0
    return [time for time in analysis["times"] if time.get("value", start) >= start]


def times_in_words(analysis: Node) -> tuple[Label, ...]:
    """Give the times a sentence names: all of a few, else the first, the middle and the last."""
    times = labels(known_times(analysis))
    if len(times) <= _MOST_TIMES_IN_WORDS:
        return times
    return (times[0], times[len(times) // 2], times[-1])


def _left_to_the_table(analysis: Node) -> list[Phrase]:
    said = times_in_words(analysis) if _in_words(analysis) else ()
    if len(said) == len(known_times(analysis)):
        return []
    if _in_words(analysis):
        return [say("Estimates at the other times are in the table.")]
    return [say("Estimates at the fixed times are in the table.")]


def survival_at_times(analysis: Node, values: Values) -> list[Phrase]:
    """Say survival at the fixed times, a sentence each, or that the table does."""
    times = times_in_words(analysis) if _in_words(analysis) else ()
    said = [_survival_at(analysis, values, time) for time in times]
    return [*said, *_left_to_the_table(analysis)]


def _survival_at(analysis: Node, values: Values, time: Label) -> Phrase:
    def at(group: str) -> Phrase:
        return proportion_words(analysis, values, f"{analysis['id']}.{group}.{time.id}")

    name, shown = lower_first(curve_name(analysis)), shown_groups(analysis)
    if analysis.get("part_of") and len(shown) > 1:
        parts = [phrase(f"{group_words(analysis, group)} ", at(group.id)) for group in shown]
        return say(
            "{Name} at {time}: {estimates}.",
            Name=form.capitalised(name),
            time=time.label,
            estimates=joined(parts),
        )
    estimates = _each(shown, at)
    return say(
        "At {time}, {name} was {estimates}.", time=time.label, name=name, estimates=estimates
    )


def _test_sentences(analysis: Node, values: Values) -> list[Phrase]:
    return [
        tested(values, f"{analysis['id']}.{test.id}", test.label)
        for test in labels(analysis["tests"])
    ]


def _mean_differences(analysis: Node, values: Values) -> list[Phrase]:
    if not values.has(rmst_key(analysis, "difference")):
        return []
    first, *others = shown_groups(analysis)
    unit = word(values.shown_unit(rmst_key(analysis, "difference")))

    def difference(group: Label) -> Phrase:
        parts = values.difference_parts(f"{analysis['id']}.rmst_test.{group.id}")
        said = interval(analysis, parts, lambda number: phrase(number, f" {unit}"))
        return say("{estimate} in {group}", estimate=said, group=group.label)

    said = joined([difference(group) for group in others])
    tau = analysis.get("rmst")
    if not tau:
        return [
            say(
                "Difference of the restricted mean from {group}: {differences}.",
                group=first.label,
                differences=said,
            )
        ]
    return [
        say(
            "Difference of the restricted mean to {time} from {group}: {differences}.",
            time=tau["label"],
            group=first.label,
            differences=said,
        )
    ]


def tested(values: Values, prefix: str, label: str) -> Phrase:
    """Say the result of a test, or why it was not done."""
    p = values.p_value(f"{prefix}.p_value")
    if p.missing is not None:
        return say("{test}: not done ({reason}).", test=label, reason=lower_first(p.missing))
    parts: dict[str, str | Number | Phrase] = {
        "test": label,
        "statistic": values.fixed(f"{prefix}.statistic", 2),
        "df": values.count(f"{prefix}.df"),
        "p": values.p_phrase(p.key),
    }
    if values.raw(f"{prefix}.df") == 1:
        return say("{test}: statistic {statistic} on {df} degree of freedom, {p}.", **parts)
    return say("{test}: statistic {statistic} on {df} degrees of freedom, {p}.", **parts)


def incidence_paragraphs(analysis: Node, values: Values) -> list[Phrase]:
    """Say in words, a paragraph each: counts, then each cause."""
    words = values.in_words()
    causes = (
        _incidence_at_times(analysis, words, cause) + _gray(analysis, words, cause)
        for cause in labels(analysis["causes"])
    )
    return [_events(analysis, words), *(paragraph(said) for said in causes if said)]


def _events(analysis: Node, values: Values) -> Phrase:
    overall = analysis["overall"]["id"]
    counts = [
        say(
            "{n} of {cause}",
            n=values.count(f"{analysis['id']}.{cause.id}.{overall}.events"),
            cause=cause.label,
        )
        for cause in map(lowered, labels(analysis["causes"]))
    ]
    patients = counted(values, f"{analysis['id']}.{overall}.n", "patient")
    return say("First events among {patients}: {events}.", patients=patients, events=joined(counts))


def lowered(label: Label) -> Label:
    """Write a label as it stands inside a sentence."""
    return Label(label.id, lower_first(label.label))


def _incidence_at_times(analysis: Node, values: Values, cause: Label) -> list[Phrase]:
    if not had_by_any(analysis, values, cause):
        name = lower_first(cause.label)
        return [say("There was no {cause}: nothing is estimated or compared for it.", cause=name)]
    times = times_in_words(analysis) if _in_words(analysis) else ()
    said = [_incidence_at(analysis, values, cause, time) for time in times]
    return [*said, *_left_to_the_table(analysis)]


def _incidence_at(analysis: Node, values: Values, cause: Label, time: Label) -> Phrase:
    def at(group: str) -> Phrase:
        prefix = f"{analysis['id']}.{cause.id}.{group}.{time.id}"
        return proportion_words(analysis, values, prefix)

    return say(
        "At {time}, the cumulative incidence of {cause} was {estimates}.",
        time=time.label,
        cause=lower_first(cause.label),
        estimates=_each(shown_groups(analysis), at),
    )


def _gray(analysis: Node, values: Values, cause: Label) -> list[Phrase]:
    if not had_by_any(analysis, values, cause):
        return []
    name = lower_first(cause.label)
    return [
        tested(values, f"{analysis['id']}.{test['id']}.{cause.id}", f"{test['label']}, {name}")
        for test in analysis["tests"]
        if test["cause"] == cause.id
    ]
