"""Sentences and methods of analyses of forms: response, SOS/VOD, doses of INO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.language import word
from atrisk.report.sentences import counted, joined, paragraph, semicolons
from atrisk.report.tables_clinical import day_of_first_met, known_as, percent_of
from atrisk.report.values import Node, Phrase, Values, phrase, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["CLINICAL_PARAGRAPHS", "clinical_glance", "clinical_lines"]

_MOST_KINDS = 3


def response_paragraphs(analysis: Node, values: Values) -> list[Phrase]:
    """Say how often two judges agree, and why others are not judged."""
    prefix = analysis["id"]
    first, second = (known_as(analysis[judge]) for judge in ("first", "second"))
    said = say(
        "{assessments} of {patients} counted ({period}). {First} and {second} both judged {judged}:"
        " they agreed on {agreed} and differed on {differed}, in {others}.",
        assessments=counted(values, f"{prefix}.assessments", "assessment"),
        patients=counted(values, f"{prefix}.overall.n", "patient"),
        period=analysis["period"],
        First=form.capitalised(first),
        second=second,
        judged=values.count(f"{prefix}.judged"),
        agreed=percent_of(values, f"{prefix}.agree", f"{prefix}.agree_percent"),
        differed=values.count(f"{prefix}.differ"),
        others=counted(values, f"{prefix}.differ_patients", "patient"),
    )
    return [said, *_undecided(analysis, values)]


def _undecided(analysis: Node, values: Values) -> Iterator[Phrase]:
    prefix = analysis["id"]
    if not values.raw(f"{prefix}.undecided"):
        return
    judges = [analysis[judge] for judge in ("first", "second")]
    parts = [
        _cannot(analysis, judge, values)
        for judge in judges
        if values.raw(f"{prefix}.{judge['key']}.open")
    ]
    undecided = values.count(f"{prefix}.undecided")
    yield say("{n} were not judged by both: {reasons}.", n=undecided, reasons=joined(parts))


def _cannot(analysis: Node, judge: Node, values: Values) -> Phrase:
    name, assessments = known_as(judge), _open(analysis, judge, values)
    if judge["id"] == "centre":
        return say("{judge} made no call in {assessments}", judge=name, assessments=assessments)
    return say("{judge} cannot judge in {assessments}", judge=name, assessments=assessments)


def _open(analysis: Node, judge: Node, values: Values) -> Phrase:
    prefix = f"{analysis['id']}.{judge['key']}"
    items = [item for item in analysis["missing"] if item["judge"] == judge["key"]]
    count = values.count(f"{prefix}.open")
    if not items:
        return phrase(count)
    named = [
        say(
            "{item} in {n}",
            item=item["label"],
            n=values.count(f"{prefix}.missing.{item['id']}"),
        )
        for item in items
    ]
    return say("{n} (missing: {items})", n=count, items=joined(named))


def sos_paragraphs(analysis: Node, values: Values) -> list[Phrase]:
    """Say who was diagnosed, and who met which criteria."""
    prefix = analysis["id"]
    who = say(
        "Of {patients} transplanted after INO, {diagnosed} had the"
        " centre\N{RIGHT SINGLE QUOTATION MARK}s diagnosis of SOS/VOD, {not_diagnosed} had none and"
        " of {not_entered} nothing was entered; {no_work_up} had no day of work-up.",
        patients=counted(values, f"{prefix}.overall.n", "patient"),
        diagnosed=values.count(f"{prefix}.diagnosed"),
        not_diagnosed=values.count(f"{prefix}.not_diagnosed"),
        not_entered=values.count(f"{prefix}.not_entered"),
        no_work_up=values.count(f"{prefix}.no_work_up"),
    )
    met = semicolons([_met(analysis, node, values) for node in analysis["criteria"]])
    return [paragraph([who, say("Patients who met the criteria: {criteria}.", criteria=met)])]


def _met(analysis: Node, node: Node, values: Values) -> Phrase:
    """Write ``Baltimore 13 [day 11, range 5-18]``, and of how many nobody can say."""
    key = f"{analysis['id']}.{node['id']}"
    said = phrase(f"{node['label']} ", values.count(f"{key}.met"))
    more = []
    if values.raw(f"{key}.met"):
        more.append(say("day {day}", day=day_of_first_met(values, f"{key}.day")))
    if values.raw(f"{key}.open"):
        more.append(say("cannot say in {n}", n=values.count(f"{key}.open")))
    if not more:
        return said
    parts = [piece for part in more for piece in (part, ", ")][:-1]
    return phrase(said, " [", *parts, "]")


def dose_paragraphs(analysis: Node, values: Values) -> list[Phrase]:
    """Say how much was given, how much of it deviates, and what could not be judged."""
    prefix = analysis["id"]
    given = say(
        "{patients} received {doses} of INO in {cycles} before the transplantation.",
        patients=counted(values, f"{prefix}.overall.n", "patient"),
        doses=counted(values, f"{prefix}.doses", "dose"),
        cycles=counted(values, f"{prefix}.cycles", "cycle"),
    )
    deviating = say(
        "{deviations} from the label: in {cycles} of {patients}.",
        deviations=counted(values, f"{prefix}.any.n", "deviation"),
        cycles=counted(values, f"{prefix}.any.cycles", "cycle"),
        patients=_patients(values, f"{prefix}.any"),
    )
    sentences = [given, deviating, *_frequent(analysis, values)]
    return [paragraph(sentences), *_not_judged(analysis, values)]


def _patients(values: Values, key: str) -> Phrase:
    share = values.percent(f"{key}.percent")
    patients = counted(values, f"{key}.patients", "patient")
    if share.missing is not None:
        return patients
    return say("{patients} ({percent}%)", patients=patients, percent=share)


def _frequent(analysis: Node, values: Values) -> Iterator[Phrase]:
    """Name the most frequent kinds."""

    def count(node: Node) -> float:
        return values.raw(f"{analysis['id']}.{node['id']}.n") or 0.0

    kinds = sorted((node for node in analysis["kinds"] if count(node)), key=count, reverse=True)
    if len(kinds) > 1:
        named = [
            phrase(f"{node['label']} ", values.count(f"{analysis['id']}.{node['id']}.n"))
            for node in kinds[:_MOST_KINDS]
        ]
        yield say("Most frequent: {kinds}.", kinds=joined(named))


#: Why a cycle could not be judged in full, by what counts them.
NOT_JUDGED = {
    "unjudged": "{n} as no response was assessed before the day 1 dose",
    "undated": "{n} as a dose has no date",
    "unrecorded": "{n} as a dose is not known",
}


def _not_judged(analysis: Node, values: Values) -> Iterator[Phrase]:
    said = [
        say(reason, n=values.count(f"{analysis['id']}.{part}"))
        for part, reason in NOT_JUDGED.items()
        if values.raw(f"{analysis['id']}.{part}")
    ]
    if said:
        yield say("Cycles that could not be judged in full: {cycles}.", cycles=joined(said))


def clinical_glance(analysis: Node, values: Values) -> list[Phrase]:
    """Say the one thing of an analysis of forms that belongs on the first page."""
    build = _GLANCES.get(analysis["kind"])
    return [] if build is None else [build(analysis, values)]


def _response_glance(analysis: Node, values: Values) -> Phrase:
    prefix = analysis["id"]
    first, second = (known_as(analysis[judge]) for judge in ("first", "second"))
    return say(
        "{first} and {second} agree on {agreed} of {assessments} that both judge; {undecided} not"
        " judged by both.",
        first=first,
        second=second,
        agreed=percent_of(values, f"{prefix}.agree", f"{prefix}.agree_percent"),
        assessments=counted(values, f"{prefix}.judged", "assessment"),
        undecided=values.count(f"{prefix}.undecided"),
    )


def _sos_glance(analysis: Node, values: Values) -> Phrase:
    prefix = analysis["id"]
    met = [
        phrase(f"{node['label']} ", values.count(f"{prefix}.{node['id']}.met"))
        for node in analysis["criteria"]
    ]
    return say(
        "centre\N{RIGHT SINGLE QUOTATION MARK}s diagnosis in {diagnosed} of {patients}; criteria"
        " met: {criteria}.",
        diagnosed=values.count(f"{prefix}.diagnosed"),
        patients=counted(values, f"{prefix}.overall.n", "patient"),
        criteria=semicolons(met),
    )


def _dose_glance(analysis: Node, values: Values) -> Phrase:
    prefix = analysis["id"]
    return say(
        "{deviations} from the label in {doses}: in {patients}.",
        deviations=counted(values, f"{prefix}.any.n", "deviation"),
        doses=counted(values, f"{prefix}.doses", "dose"),
        patients=_patients(values, f"{prefix}.any"),
    )


def clinical_lines(analysis: Node) -> Iterator[tuple[str, str]]:
    """Name the rules of an analysis of forms, with their sources."""
    if analysis["kind"] == "response_rules":
        yield from _response_lines(analysis)
    elif analysis["kind"] == "sos_criteria":
        yield from _sos_lines(analysis)
    elif analysis["kind"] == "dose_deviations":
        yield word("Compared"), analysis["rule"]
        yield word("Label"), "; ".join(analysis["schedule"])
        yield word("Source"), analysis["source"]
        yield (
            word("Same dose"),
            word("a dose that rounds to the label\N{RIGHT SINGLE QUOTATION MARK}s at one decimal"),
        )


def _response_lines(analysis: Node) -> Iterator[tuple[str, str]]:
    judges = (analysis["first"], analysis["second"])
    first, second = map(known_as, judges)
    yield word("Compared"), word("{first} beside {second}", first=first, second=second)
    yield word("Assessments"), analysis["period"]
    for judge in judges:
        if judge["source"]:
            yield judge["label"], "; ".join([judge["title"], judge["source"], *judge["notes"]])
    yield (
        word("Calls"),
        word(
            "the first rule of a set that holds counts; where a missing entry decides, it cannot"
            " say"
        ),
    )


def _sos_lines(analysis: Node) -> Iterator[tuple[str, str]]:
    yield word("Diagnosis"), word("of the centre, as entered")
    yield word("Criteria read with"), analysis["rule"]
    for node in analysis["criteria"]:
        yield form.capitalised(node["label"]), _criterion(node)


def _criterion(node: Node) -> str:
    first = form.count(node["first_day"])
    if node["last_day"] is None:
        days = word("from day {first} on", first=first)
    else:
        days = word("from day {first} to {last}", first=first, last=form.count(node["last_day"]))
    said = [node["rule"], days]
    if node["not_attributable"]:
        said.append(word("findings with another cause do not count"))
    return f"{'; '.join(said)}. {node['source']}"


CLINICAL_PARAGRAPHS: dict[str, Callable[[Node, Values], list[Phrase]]] = {
    "response_rules": response_paragraphs,
    "sos_criteria": sos_paragraphs,
    "dose_deviations": dose_paragraphs,
}
_GLANCES: dict[str, Callable[[Node, Values], Phrase]] = {
    "response_rules": _response_glance,
    "sos_criteria": _sos_glance,
    "dose_deviations": _dose_glance,
}
