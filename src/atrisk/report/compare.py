"""Comparisons with the published record in the report: tables, sentences, methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.blocks import cohort_label
from atrisk.report.document import curve_name, interval_name, lower_first
from atrisk.report.language import word
from atrisk.report.sentences import proportion_words, time_words
from atrisk.report.tables import Row, Table, estimate_cell, proportion_interval, time_interval
from atrisk.report.values import Number, Phrase, phrase, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from atrisk.report.values import Node, Values

__all__ = ["compare_glance", "compare_paragraphs", "compare_tables"]

_BLANK = Phrase()
_STATISTICS = {"mean": "mean", "share": "%", "sd": "standard deviation"}


def compare_tables(analysis: Node, values: Values, unit: str) -> list[Table]:
    """Build the tables of a comparison with a curve or with rates."""
    if analysis["form"] == "rate":
        return [_rates(analysis, values)]
    tables = [_cohorts(analysis, values, unit), _tests(analysis, values)]
    if analysis["match"] and analysis["match"]["rows"]:
        tables.append(_balance(analysis, values))
    return tables


def _cohorts(analysis: Node, values: Values, unit: str) -> Table:
    """Set the cohorts below one another: patients, events, median, estimates at each time."""
    interval = interval_name(analysis)
    heads = [word("Patients"), word("Events"), f"{word('Median')}\n{word(unit)} ({interval})"]
    heads += [f"{time['label']}\n% ({interval})" for time in analysis["times"]]
    rows = []
    for group in analysis["groups"]:
        key = f"{analysis['id']}.{group['id']}"
        cells = [phrase(values.count(f"{key}.{part}")) for part in ("n", "events")]
        cells.append(time_interval(values, f"{key}.median", unit))
        cells += [
            proportion_interval(values, f"{key}.{time['id']}", 1.0) for time in analysis["times"]
        ]
        rows.append(Row(cohort_label(group), tuple(cells)))
    return Table(
        id=f"{analysis['id']}_cohorts",
        title=word(
            "{quantity} of this cohort and of the published one", quantity=curve_name(analysis)
        ),
        stub=word("Cohort"),
        columns=tuple(map(phrase, heads)),
        rows=tuple(rows),
        notes=tuple(_cohort_notes(analysis)),
    )


def _cohort_notes(analysis: Node) -> Iterator[str]:
    reference = analysis["reference"]
    yield word(
        "{label}: {source}.", label=reference["label"], source=reference["source"].rstrip(".")
    )
    if reference["origin"]:
        yield word("Time zero as published: {origin}.", origin=reference["origin"])
    if analysis["match"] and analysis["match"]["rows"]:
        yield word(
            "Patients and events of the matched cohort are counted without weights; its estimates"
            " have them."
        )


def _tests(analysis: Node, values: Values) -> Table:
    interval = interval_name(analysis)
    heads = (
        word("Observed events"),
        word("Expected events"),
        word("Ratio ({interval})", interval=interval),
        word("P"),
    )
    return Table(
        id=f"{analysis['id']}_tests",
        title=word("This cohort against the published one"),
        stub=word("Comparison"),
        columns=tuple(map(phrase, heads)),
        rows=tuple(_test_rows(analysis, values)),
        notes=(
            word(
                "The ratio is observed to expected events, or the hazard of this cohort to that of"
                " the published one."
            ),
        ),
    )


def _test_rows(analysis: Node, values: Values) -> Iterator[Row]:
    asked = [test["id"] for test in analysis["tests"]]
    for test in asked:
        yield _test_row(analysis["id"], test, values, "{test}")
        if test == "one_sample" and analysis["naive"]:
            p = phrase(values.p_value(f"{analysis['id']}.one_sample.naive_p_value"))
            label = word("the same, the published curve taken as exact")
            yield Row(label, (_BLANK, _BLANK, _BLANK, p), level=1)
        if analysis["members"] > 1:
            yield _members_row(analysis, test, values)
    if analysis["match"] and analysis["match"]["rows"]:
        for test in asked:
            if test != "one_sample":
                yield _test_row(f"{analysis['id']}.match", test, values, "{test}, matched")


#: What the numbers of each test are called in the keys, and the test itself in words.
_KEYS = {"one_sample": "one_sample", "logrank": "logrank", "cox": "hr"}
_NAMES = {
    "one_sample": "One-sample log-rank test",
    "logrank": "Log-rank test",
    "cox": "Hazard ratio",
}


def _test_row(prefix: str, test: str, values: Values, named: str) -> Row:
    key = f"{prefix}.{_KEYS[test]}"
    counts = (_BLANK, _BLANK)
    if test == "one_sample":
        counts = (
            phrase(values.count(f"{key}.observed")),
            phrase(values.fixed(f"{key}.expected", 1)),
        )
    ratio = _BLANK if test == "logrank" else estimate_cell(*_ratio_parts(values, key))
    label = word(named, test=word(_NAMES[test]))
    return Row(label, (*counts, ratio, phrase(values.p_value(f"{key}.p_value"))))


def _ratio_parts(values: Values, key: str) -> tuple[Number, Number, Number]:
    """Write ratio and limits; the upper limit that a small reference cannot set is infinite."""
    ratio, lower, upper = values.ratio_parts(key)
    if upper.missing is not None and lower.missing is None and ratio.missing is None:
        upper = Number(upper.key, form.INFINITY)
    return ratio, lower, upper


def _members_row(analysis: Node, test: str, values: Values) -> Row:
    key = f"{analysis['id']}.members.{_KEYS[test]}"
    ratio = _BLANK if test == "logrank" else _range(values.ratio, f"{key}.ratio")
    label = word("range over {count} reconstructions", count=str(analysis["members"]))
    p = _range(values.p_value, f"{key}.p_value")
    return Row(label, (_BLANK, _BLANK, ratio, p), level=1)


def _range(show: Callable[[str], Number], key: str) -> Phrase:
    return say("{low} to {high}", low=show(f"{key}_low"), high=show(f"{key}_high"))


def _balance(analysis: Node, values: Values) -> Table:
    prefix = f"{analysis['id']}.match"
    heads = (word("Published"), word("This cohort"), word("This cohort, matched"))
    rows = []
    for row in analysis["match"]["rows"]:
        label = row["label"] if not row["level"] else f"{row['label']}: {row['level']}"
        named = f"{label}, {_unit(row)}"
        keys = [f"{prefix}.{row['id']}.{part}" for part in ("target", "before", "after")]
        cells = (values.proportion(k) if row["level"] else values.fixed(k, 1) for k in keys)
        rows.append(Row(named, tuple(map(phrase, cells))))
    n, effective = values.count(f"{prefix}.n"), values.fixed(f"{prefix}.effective_n", 1)
    rows.append(Row(word("Effective patients"), (_BLANK, phrase(n), phrase(effective))))
    return Table(
        id=f"{analysis['id']}_balance",
        title=word("What was matched"),
        stub=word("Variable"),
        columns=tuple(map(phrase, heads)),
        rows=tuple(rows),
        notes=(
            word("Only what is listed is matched: other differences between the cohorts remain."),
        ),
    )


def _unit(row: Node) -> str:
    if row["level"]:
        return "%"
    statistic = word(_STATISTICS[row["statistic"]])
    return f"{statistic}, {row['unit']}" if row["unit"] else statistic


def _rates(analysis: Node, values: Values) -> Table:
    interval = interval_name(analysis)
    heads = (word("Patients"), word("With the outcome"), f"% ({interval})")
    prefix = f"{analysis['id']}.study"
    rows = [
        Row(word("Published")),
        *(_rate_row(values, s["label"], f"{prefix}.{s['id']}", 1) for s in analysis["studies"]),
    ]
    pooled, predicted = f"{analysis['id']}.pooled", f"{analysis['id']}.predicted"
    rows.append(Row(word("Pooled"), (_BLANK, _BLANK, proportion_interval(values, pooled, 0.0)), 1))
    counts = say(
        "{low} to {high}",
        low=values.count(f"{predicted}.lower_events"),
        high=values.count(f"{predicted}.upper_events"),
    )
    shares = say(
        "{low} to {high}",
        low=values.proportion(f"{predicted}.lower"),
        high=values.proportion(f"{predicted}.upper"),
    )
    n = phrase(values.count(f"{analysis['id']}.own.n"))
    rows.append(Row(word("Expected in a cohort of this size"), (n, counts, shares), 1))
    rows.append(_rate_row(values, word("This cohort"), f"{analysis['id']}.own", 0))
    source = analysis["rates"]["source"].rstrip(".")
    return Table(
        id=f"{analysis['id']}_rates",
        title=word(
            "{outcome}: this cohort and published ones", outcome=analysis["outcome"]["label"]
        ),
        stub=word("Study"),
        columns=tuple(map(phrase, heads)),
        rows=tuple(rows),
        notes=(
            word("{label}: {source}.", label=analysis["rates"]["label"], source=source),
            word(
                "Expected: the prediction interval for a further cohort, with the chance variation"
                " of one of this size."
            ),
        ),
    )


def _rate_row(values: Values, label: str, key: str, level: int) -> Row:
    counts = (phrase(values.count(f"{key}.n")), phrase(values.count(f"{key}.events")))
    return Row(label, (*counts, proportion_interval(values, key, 0.0)), level)


def compare_paragraphs(analysis: Node, values: Values, unit: str) -> list[Phrase]:
    """Say how the cohorts compare."""
    words = values.in_words()
    if analysis["form"] == "rate":
        return [_rate_sentence(analysis, words)]
    said = [_median_sentence(analysis, words, unit), *_test_sentences(analysis, words)]
    return [phrase(*[piece for sentence in said for piece in (sentence, " ")][:-1])]


def compare_glance(analysis: Node, values: Values, unit: str) -> list[Phrase]:
    """Say the first thing to know."""
    words = values.in_words()
    if analysis["form"] == "rate":
        return [_rate_sentence(analysis, words)]
    return [next(iter(_test_sentences(analysis, words)), _median_sentence(analysis, words, unit))]


def _median_sentence(analysis: Node, values: Values, unit: str) -> Phrase:
    own, published = analysis["groups"][:2]
    medians = {
        name: time_words(analysis, values, f"{analysis['id']}.{group['id']}.median", unit)
        for name, group in (("own", own), ("published", published))
    }
    return say(
        "The median was {own} in this cohort and {published} in {label}.",
        **medians,
        label=published["label"],
    )


def _test_sentences(analysis: Node, values: Values) -> Iterator[Phrase]:
    asked = [test["id"] for test in analysis["tests"]]
    if "one_sample" in asked:
        key = f"{analysis['id']}.one_sample"
        if values.raw(f"{key}.ratio") is not None:
            ratio, lower, upper = _ratio_parts(values, key)
            yield say(
                "There were {observed} events where {expected} were expected from the published"
                " curve, a ratio of {ratio} ({interval}, {lower} to {upper}; {p}, the error of the"
                " published curve counted).",
                observed=values.count(f"{key}.observed"),
                expected=values.fixed(f"{key}.expected", 1),
                ratio=ratio,
                interval=interval_name(analysis),
                lower=lower,
                upper=upper,
                p=values.p_phrase(f"{key}.p_value"),
            )
    if "cox" in asked:
        yield from _ratio_sentence(analysis, values, "")
        if analysis["match"] and analysis["match"]["rows"]:
            yield from _ratio_sentence(analysis, values, "match.")


def _ratio_sentence(analysis: Node, values: Values, part: str) -> Iterator[Phrase]:
    key = f"{analysis['id']}.{part}hr"
    if values.raw(f"{key}.ratio") is None:
        return
    ratio, lower, upper = _ratio_parts(values, key)
    message = (
        "After matching, the hazard ratio was {ratio} ({interval}, {lower} to {upper}; {p})."
        if part
        else "The hazard ratio of this cohort to the published one was {ratio} ({interval}, {lower}"
        " to {upper}; {p})."
    )
    yield say(
        message,
        ratio=ratio,
        interval=interval_name(analysis),
        lower=lower,
        upper=upper,
        p=values.p_phrase(f"{key}.p_value"),
    )


def _rate_sentence(analysis: Node, values: Values) -> Phrase:
    key = analysis["id"]
    parts: dict[str, str | Number | Phrase] = {
        "outcome": lower_first(analysis["outcome"]["label"]),
        "events": values.count(f"{key}.own.events"),
        "n": values.count(f"{key}.own.n"),
        "share": values.proportion(f"{key}.own.estimate"),
    }
    if values.raw(f"{key}.predicted.lower_events") is None:
        return say("{events} of {n} patients had {outcome} ({share}%).", **parts)
    events = values.raw(f"{key}.own.events") or 0.0
    low = values.raw(f"{key}.predicted.lower_events") or 0.0
    high = values.raw(f"{key}.predicted.upper_events") or 0.0
    parts |= {
        "low": values.count(f"{key}.predicted.lower_events"),
        "high": values.count(f"{key}.predicted.upper_events"),
        "pooled": proportion_words(analysis, values, f"{key}.pooled"),
    }
    if low <= events <= high:
        return say(
            "{events} of {n} patients had {outcome} ({share}%), within the {low} to {high} that the"
            " published rates, pooled {pooled}, let a cohort of this size expect.",
            **parts,
        )
    if events > high:
        return say(
            "{events} of {n} patients had {outcome} ({share}%), more than the {low} to {high} that"
            " the published rates, pooled {pooled}, let a cohort of this size expect.",
            **parts,
        )
    return say(
        "{events} of {n} patients had {outcome} ({share}%), fewer than the {low} to {high} that the"
        " published rates, pooled {pooled}, let a cohort of this size expect.",
        **parts,
    )
