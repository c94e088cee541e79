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
from atrisk.report.values import NO_INTERVAL, Node, Number, Phrase, Values, phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "glance",
    "group_words",
    "incidence_paragraphs",
    "interval",
    "joined",
    "population_sentence",
    "survival_at_times",
    "survival_paragraphs",
    "tested",
]

_MOST_GROUPS_IN_WORDS = 4
_MOST_TIMES_IN_WORDS = 3


def joined(parts: Sequence[Phrase]) -> Phrase:
    """Join phrases as a list in a sentence: commas, and ``and`` before the last."""
    if len(parts) < 2:
        return phrase(*parts)
    head = [piece for part in parts[:-1] for piece in (part, ", ")][:-1]
    return phrase(*head, " and ", parts[-1])


def interval(analysis: Node, found: Sequence[Number], unit: str) -> Phrase:
    """Write estimate, lower and upper end: ``1.28 years (95% CI 0.76 to not reached)``."""
    estimate, lower, upper = found
    shown = phrase(estimate) if estimate.missing else phrase(estimate, unit)
    if lower.missing and upper.missing:
        return shown
    dash = " to " if lower.missing or upper.missing else form.range_dash(lower.text, upper.text)
    return phrase(shown, f" ({interval_name(analysis)} ", lower, dash, upper, ")")


def _time(analysis: Node, values: Values, prefix: str, unit: str) -> Phrase:
    return interval(analysis, values.time_parts(prefix, unit), f" {unit}")


def _proportion(analysis: Node, values: Values, prefix: str) -> Phrase:
    found = values.proportion_parts(prefix, start_of(analysis))
    estimate, lower, _ = found
    if estimate.missing:
        # the whole reason stands under the table
        return phrase("not estimated (", lower_first(estimate.missing.partition(" (")[0]), ")")
    if lower.text == NO_INTERVAL:
        return phrase(estimate, f"% (no interval: {lower.missing})")
    return interval(analysis, found, "%")


def population_sentence(population: Node, rows_in: Number, rows_used: Number) -> Phrase:
    """Say how many of the rows were analysed."""
    forms = bool(population.get("forms"))
    noun = form.tally(population["rows_in"], *_COUNTED[forms])
    if population["rows_in"] == population["rows_used"]:
        verb = form.tally(population["rows_in"], "was", "were")
        source = "in the forms" if forms else "of the data file"
        return phrase("All ", rows_in, f" {noun} {source} {verb} analysed.")
    verb = form.tally(population["rows_used"], "was", "were")
    source = "in the forms" if forms else "in the data file"
    return phrase("Of ", rows_in, f" {noun} {source}, ", rows_used, f" {verb} analysed.")


#: What is counted, of a table and of forms.
_COUNTED = {False: ("row", "rows"), True: ("patient", "patients")}


def _each(groups: Sequence[Label], build: Callable[[str], Phrase]) -> Phrase:
    if len(groups) == 1:
        return build(groups[0].id)
    return joined([phrase(build(group.id), _in_group(group)) for group in groups])


def _in_group(group: Label) -> str:
    """Write a group behind its estimate: `` in ALL``, `` for sex: female``."""
    name, colon, answer = group.label.partition(": ")
    return f" for {lower_first(name)}: {answer}" if colon else f" in {group.label}"


def group_words(analysis: Node, group: Label) -> str:
    """Write a group before its estimate: ``before transplant``, but a treatment as it is."""
    return group.label if analysis["part_of"] == "weighted" else lower_first(group.label)


def survival_paragraphs(analysis: Node, values: Values, unit: str) -> list[Phrase]:
    """Say in words, a paragraph each: counts, estimates, tests."""
    words = values.in_words()
    estimates = [_medians(analysis, words, unit), *survival_at_times(analysis, words)]
    paragraphs = (
        [_counts(analysis, words, unit)],
        estimates,
        [*_test_sentences(analysis, words), *_mean_differences(analysis, words)],
    )
    return [_paragraph(sentences) for sentences in paragraphs if sentences]


def _paragraph(sentences: Sequence[Phrase]) -> Phrase:
    return phrase(*[piece for sentence in sentences for piece in (sentence, " ")][:-1])


def _counts(analysis: Node, values: Values, unit: str) -> Phrase:
    prefix = f"{analysis['id']}.{analysis['overall']['id']}"
    n, events = (values.count(f"{prefix}.{part}") for part in ("n", "events"))
    censored = values.count(f"{prefix}.censored")
    said = phrase(
        phrase("Among ", n, _noun(values, n, "patient")),
        phrase(form.tally(values.raw(events.key) or 0, " there was ", " there were "), events),
        phrase(_noun(values, events, "event"), " and ", censored),
        phrase(_noun(values, censored, "censored follow-up time"), "."),
    )
    if not values.has(f"{prefix}.follow_up.estimate"):
        return said
    follow_up = _time(analysis, values, f"{prefix}.follow_up", unit)
    return phrase(said, " Median follow-up was ", follow_up, ".")


def _noun(values: Values, number: Number, singular: str) -> str:
    return " " + form.tally(values.raw(number.key) or 0, singular, f"{singular}s")


def _medians(analysis: Node, values: Values, unit: str) -> Phrase:
    name = lower_first(duration_name(analysis))

    def median(group: str) -> Phrase:
        return _time(analysis, values, f"{analysis['id']}.{group}.median", unit)

    return phrase(f"Median {name} was ", _each(shown_groups(analysis), median), ".")


def _in_words(analysis: Node) -> bool:
    return len(shown_groups(analysis)) <= _MOST_GROUPS_IN_WORDS


def _known_times(analysis: Node) -> list[Node]:
    """Give the times that are not before the curves start."""
    start = analysis.get("start") or 0.0
    return [time for time in analysis["times"] if time.get("value", start) >= start]


def _times_in_words(analysis: Node) -> tuple[Label, ...]:
    """Give the times a sentence names: all of a few, else the first, the middle and the last."""
    times = labels(_known_times(analysis))
    if len(times) <= _MOST_TIMES_IN_WORDS:
        return times
    return (times[0], times[len(times) // 2], times[-1])


def _left_to_the_table(analysis: Node) -> list[Phrase]:
    said = _times_in_words(analysis) if _in_words(analysis) else ()
    if len(said) == len(_known_times(analysis)):
        return []
    which = "other times" if _in_words(analysis) else "fixed times"
    return [phrase(f"Estimates at the {which} are in the table.")]


def survival_at_times(analysis: Node, values: Values) -> list[Phrase]:
    """Say survival at the fixed times, a sentence each, or that the table does."""
    name = lower_first(curve_name(analysis))

    def sentence(time: Label) -> Phrase:
        def at(group: str) -> Phrase:
            return _proportion(analysis, values, f"{analysis['id']}.{group}.{time.id}")

        shown = shown_groups(analysis)
        if analysis.get("part_of") and len(shown) > 1:
            parts = [phrase(f"{group_words(analysis, group)} ", at(group.id)) for group in shown]
            return phrase(f"{form.capitalised(name)} at {time.label}: ", joined(parts), ".")
        return phrase(f"At {time.label}, {name} was ", _each(shown, at), ".")

    times = _times_in_words(analysis) if _in_words(analysis) else ()
    return [*map(sentence, times), *_left_to_the_table(analysis)]


def _test_sentences(analysis: Node, values: Values) -> list[Phrase]:
    return [
        tested(values, f"{analysis['id']}.{test.id}", test.label)
        for test in labels(analysis["tests"])
    ]


def _mean_differences(analysis: Node, values: Values) -> list[Phrase]:
    if not values.has(rmst_key(analysis, "difference")):
        return []
    first, *others = shown_groups(analysis)
    unit = values.shown_unit(rmst_key(analysis, "difference"))

    def difference(group: Label) -> Phrase:
        parts = values.difference_parts(f"{analysis['id']}.rmst_test.{group.id}")
        return phrase(interval(analysis, parts, f" {unit}"), f" in {group.label}")

    tau = analysis.get("rmst")
    name = f"restricted mean to {tau['label']}" if tau else "restricted mean"
    said = joined([difference(group) for group in others])
    return [phrase(f"Difference of the {name} from {first.label}: ", said, ".")]


def tested(values: Values, prefix: str, label: str) -> Phrase:
    """Say the result of a test, or why it was not done."""
    p = values.p_equation(f"{prefix}.p_value")
    if p.missing is not None:
        return phrase(f"{label}: not done (", lower_first(p.missing), ").")
    df = values.raw(f"{prefix}.df")
    noun = form.tally(df or 0, "degree of freedom", "degrees of freedom")
    statistic = values.fixed(f"{prefix}.statistic", 2)
    on_df = phrase(" on ", values.count(f"{prefix}.df"), f" {noun}, ")
    return phrase(f"{label}: statistic ", statistic, on_df, p, ".")


def incidence_paragraphs(analysis: Node, values: Values) -> list[Phrase]:
    """Say in words, a paragraph each: counts, then each cause."""
    words = values.in_words()
    causes = (
        _incidence_at_times(analysis, words, cause) + _gray(analysis, words, cause)
        for cause in labels(analysis["causes"])
    )
    return [_events(analysis, words), *(_paragraph(said) for said in causes if said)]


def _events(analysis: Node, values: Values) -> Phrase:
    overall = analysis["overall"]["id"]
    counts = [
        phrase(values.count(f"{analysis['id']}.{cause.id}.{overall}.events"), f" of {cause.label}")
        for cause in map(_lower, labels(analysis["causes"]))
    ]
    n = values.count(f"{analysis['id']}.{overall}.n")
    return phrase("First events among ", n, _noun(values, n, "patient"), ": ", joined(counts), ".")


def _lower(label: Label) -> Label:
    return Label(label.id, lower_first(label.label))


def _incidence_at_times(analysis: Node, values: Values, cause: Label) -> list[Phrase]:
    if not had_by_any(analysis, values, cause):
        name = lower_first(cause.label)
        return [phrase(f"There was no {name}: nothing is estimated or compared for it.")]
    times = _times_in_words(analysis) if _in_words(analysis) else ()
    said = [_incidence_at(analysis, values, cause, time) for time in times]
    return [*said, *_left_to_the_table(analysis)]


def _incidence_at(analysis: Node, values: Values, cause: Label, time: Label) -> Phrase:
    def at(group: str) -> Phrase:
        return _proportion(analysis, values, f"{analysis['id']}.{cause.id}.{group}.{time.id}")

    name = lower_first(cause.label)
    before = f"At {time.label}, the cumulative incidence of {name} was "
    return phrase(before, _each(shown_groups(analysis), at), ".")


def _gray(analysis: Node, values: Values, cause: Label) -> list[Phrase]:
    if not had_by_any(analysis, values, cause):
        return []
    name = lower_first(cause.label)
    return [
        tested(values, f"{analysis['id']}.{test['id']}.{cause.id}", f"{test['label']}, {name}")
        for test in analysis["tests"]
        if test["cause"] == cause.id
    ]


def glance(analysis: Node, values: Values, unit: str) -> list[Phrase]:
    """Say the one or two things of an analysis that belong on the first page."""
    words = values.in_words()
    if analysis["kind"] == "survival":
        return [_survival_glance(analysis, words, unit)]
    if analysis["kind"] == "cumulative_incidence":
        return [_incidence_glance(analysis, words)]
    return []


def _survival_glance(analysis: Node, values: Values, unit: str) -> Phrase:
    prefix = f"{analysis['id']}.{analysis['overall']['id']}"
    said = phrase("median ", _time(analysis, values, f"{prefix}.median", unit))
    at_times = _over_times(analysis, values, prefix)
    said = phrase(said, "; ", at_times) if at_times.pieces else said
    asked = labels(analysis["tests"])
    tests = [
        (test.label, f"{analysis['id']}.{test.id}")
        for test in asked
        if test.id in (asked[0].id, f"{asked[0].id}_stratified")
    ]
    return phrase(said, ".", _by_group(analysis, values, tests))


def _incidence_glance(analysis: Node, values: Values) -> Phrase:
    """Say the causes that anyone had, at the last time that all curves reach."""
    had = [c for c in labels(analysis["causes"]) if had_by_any(analysis, values, c)]
    if not had:
        return phrase("no event.")
    causes = [_lower(cause) for cause in had]
    time = _last_known(analysis, values, causes)
    if time is None:
        said = joined([_cause_count(analysis, values, cause) for cause in causes])
    else:
        overall = analysis["overall"]["id"]
        shown = [
            phrase(
                f"{cause.label} ",
                _proportion(analysis, values, f"{analysis['id']}.{cause.id}.{overall}.{time.id}"),
            )
            for cause in causes
        ]
        said = phrase(f"cumulative incidence at {time.label}: ", joined(shown))
    return phrase(said, ".", _gray_glance(analysis, values, causes))


def _last_known(analysis: Node, values: Values, causes: Sequence[Label]) -> Label | None:
    """Give the last of the times at which every cause has an estimate."""
    prefixes = [f"{analysis['id']}.{cause.id}.{analysis['overall']['id']}" for cause in causes]
    known = [
        time
        for time in labels(_known_times(analysis))
        if all(values.raw(f"{prefix}.{time.id}.estimate") is not None for prefix in prefixes)
    ]
    return known[-1] if known else None


def _cause_count(analysis: Node, values: Values, cause: Label) -> Phrase:
    key = f"{analysis['id']}.{cause.id}.{analysis['overall']['id']}.events"
    count = values.count(key)
    return phrase(count, _noun(values, count, "event"), f" of {cause.label}")


def _gray_glance(analysis: Node, values: Values, causes: Sequence[Label]) -> Phrase:
    """Say the P values of each test, a cause each."""
    tests = {test["id"]: test["label"] for test in analysis["tests"]}
    said = []
    for test, label in tests.items():
        found = [(c, values.p_equation(f"{analysis['id']}.{test}.{c.id}.p_value")) for c in causes]
        done = [phrase(p, f" for {cause.label}") for cause, p in found if p.missing is None]
        if done:
            said.append(phrase(f"{label} ", joined(done)))
    if analysis["by"] is None or not said:
        return Phrase()
    parted = [piece for part in said for piece in (part, "; ")][:-1]
    return phrase(f" By {lower_first(analysis['by']['label'])}: ", *parted, ".")


def _over_times(analysis: Node, values: Values, prefix: str) -> Phrase:
    return joined(
        [
            phrase(_proportion(analysis, values, f"{prefix}.{time.id}"), f" at {time.label}")
            for time in _times_in_words(analysis)
        ]
    )


def _by_group(analysis: Node, values: Values, tests: Sequence[tuple[str, str]]) -> Phrase:
    if analysis["by"] is None or not tests:
        return Phrase()
    found = [(label, values.p_equation(f"{prefix}.p_value")) for label, prefix in tests]
    done = [phrase(f"{label} ", p) for label, p in found if p.missing is None]
    if not done:
        return Phrase()
    return phrase(f" By {lower_first(analysis['by']['label'])}: ", joined(done), ".")
