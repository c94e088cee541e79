"""Sentences and methods of analyses of forms: response, SOS/VOD, doses of INO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.sentences import joined
from atrisk.report.sentences_models import paragraph
from atrisk.report.tables_clinical import day_of_first_met, known_as, percent_of
from atrisk.report.values import Node, Phrase, Values, phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["CLINICAL_PARAGRAPHS", "clinical_glance", "clinical_lines"]

_MOST_KINDS = 3


def _counted(values: Values, key: str, noun: str, many: str = "") -> Phrase:
    number = values.count(key)
    words = form.tally(values.raw(key) or 0, noun, many or f"{noun}s")
    return phrase(number, f" {words}")


def response_paragraphs(analysis: Node, values: Values) -> list[Phrase]:
    """Say how often two judges agree, and why others are not judged."""
    prefix = analysis["id"]
    first, second = (known_as(analysis[judge]) for judge in ("first", "second"))
    said = [
        phrase(
            _counted(values, f"{prefix}.assessments", "assessment"),
            " of ",
            _counted(values, f"{prefix}.overall.n", "patient"),
            f" counted ({analysis['period']}). {form.capitalised(first)} and {second} both judged ",
            values.count(f"{prefix}.judged"),
            ": they agreed on ",
            percent_of(values, f"{prefix}.agree", f"{prefix}.agree_percent"),
            " and differed on ",
            values.count(f"{prefix}.differ"),
            ", in ",
            _counted(values, f"{prefix}.differ_patients", "patient"),
            ".",
        )
    ]
    return [*said, *_undecided(analysis, values)]


def _undecided(analysis: Node, values: Values) -> Iterator[Phrase]:
    prefix = analysis["id"]
    if not values.raw(f"{prefix}.undecided"):
        return
    parts = []
    for judge in (analysis["first"], analysis["second"]):
        if values.raw(f"{prefix}.{judge['key']}.open"):
            verb = "made no call" if judge["id"] == "centre" else "cannot judge"
            said = phrase(f"{known_as(judge)} {verb} in ", _open(analysis, judge, values))
            parts.append(said)
    begun = phrase(values.count(f"{prefix}.undecided"), " were not judged by both: ")
    yield phrase(begun, joined(parts), ".")


def _open(analysis: Node, judge: Node, values: Values) -> Phrase:
    prefix = f"{analysis['id']}.{judge['key']}"
    items = [item for item in analysis["missing"] if item["judge"] == judge["key"]]
    count = phrase(values.count(f"{prefix}.open"))
    if not items:
        return count
    named = joined(
        [
            phrase(f"{item['label']} in ", values.count(f"{prefix}.missing.{item['id']}"))
            for item in items
        ]
    )
    return phrase(count, " (missing: ", named, ")")


def sos_paragraphs(analysis: Node, values: Values) -> list[Phrase]:
    """Say who was diagnosed, and who met which criteria."""
    prefix = analysis["id"]
    who = phrase(
        "Of ",
        _counted(values, f"{prefix}.overall.n", "patient"),
        " transplanted after INO, ",
        values.count(f"{prefix}.diagnosed"),
        " had the centre\N{RIGHT SINGLE QUOTATION MARK}s diagnosis of SOS/VOD, ",
        values.count(f"{prefix}.not_diagnosed"),
        " had none and of ",
        values.count(f"{prefix}.not_entered"),
        " nothing was entered; ",
        values.count(f"{prefix}.no_work_up"),
        " had no day of work-up.",
    )
    met = _semicolons([_met(analysis, node, values) for node in analysis["criteria"]])
    return [paragraph([who, phrase("Patients who met the criteria: ", met, ".")])]


def _met(analysis: Node, node: Node, values: Values) -> Phrase:
    """Write ``Baltimore 13 (day 11, range 5-18)``, and of how many nobody can say."""
    key = f"{analysis['id']}.{node['id']}"
    said = [phrase(f"{node['label']} ", values.count(f"{key}.met"))]
    more = []
    if values.raw(f"{key}.met"):
        more.append(phrase("day ", day_of_first_met(values, f"{key}.day")))
    if values.raw(f"{key}.open"):
        more.append(phrase("cannot say in ", values.count(f"{key}.open")))
    if more:
        said.append(phrase(" [", *([more[0]] if len(more) == 1 else [more[0], ", ", more[1]]), "]"))
    return phrase(*said)


def dose_paragraphs(analysis: Node, values: Values) -> list[Phrase]:
    """Say how much was given, how much of it deviates, and what could not be judged."""
    prefix = analysis["id"]
    given = phrase(
        _counted(values, f"{prefix}.overall.n", "patient"),
        " received ",
        _counted(values, f"{prefix}.doses", "dose"),
        " of INO in ",
        _counted(values, f"{prefix}.cycles", "cycle"),
        " before the transplantation. ",
        _counted(values, f"{prefix}.any.n", "deviation"),
        " from the label: in ",
        _counted(values, f"{prefix}.any.cycles", "cycle"),
        " of ",
        _patients(values, f"{prefix}.any"),
        ".",
    )
    return [paragraph([given, *_frequent(analysis, values)]), *_not_judged(analysis, values)]


def _patients(values: Values, key: str) -> Phrase:
    noun = form.tally(values.raw(f"{key}.patients") or 0, "patient", "patients")
    share = values.percent(f"{key}.percent")
    count = phrase(values.count(f"{key}.patients"), f" {noun}")
    return count if share.missing is not None else phrase(count, " (", share, "%)")


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
        yield phrase("Most frequent: ", joined(named), ".")


def _not_judged(analysis: Node, values: Values) -> Iterator[Phrase]:
    reasons = {
        "unjudged": "no response was assessed before the day 1 dose",
        "undated": "a dose has no date",
        "unrecorded": "a dose is not known",
    }
    said = [
        phrase(values.count(f"{analysis['id']}.{part}"), f" as {reason}")
        for part, reason in reasons.items()
        if values.raw(f"{analysis['id']}.{part}")
    ]
    if said:
        yield phrase("Cycles that could not be judged in full: ", joined(said), ".")


def clinical_glance(analysis: Node, values: Values) -> list[Phrase]:
    """Say the one thing of an analysis of forms that belongs on the first page."""
    build = _GLANCES.get(analysis["kind"])
    return [] if build is None else [build(analysis, values)]


def _response_glance(analysis: Node, values: Values) -> Phrase:
    prefix = analysis["id"]
    first, second = (known_as(analysis[judge]) for judge in ("first", "second"))
    return phrase(
        f"{first} and {second} agree on ",
        percent_of(values, f"{prefix}.agree", f"{prefix}.agree_percent"),
        " of ",
        _counted(values, f"{prefix}.judged", "assessment"),
        " that both judge; ",
        values.count(f"{prefix}.undecided"),
        " not judged by both.",
    )


def _sos_glance(analysis: Node, values: Values) -> Phrase:
    prefix = analysis["id"]
    met = [
        phrase(f"{node['label']} ", values.count(f"{prefix}.{node['id']}.met"))
        for node in analysis["criteria"]
    ]
    return phrase(
        "centre\N{RIGHT SINGLE QUOTATION MARK}s diagnosis in ",
        values.count(f"{prefix}.diagnosed"),
        " of ",
        _counted(values, f"{prefix}.overall.n", "patient"),
        "; criteria met: ",
        _semicolons(met),
        ".",
    )


def _semicolons(parts: list[Phrase]) -> Phrase:
    """Join parts that hold commas themselves."""
    pieces = [piece for part in parts for piece in (part, "; ")][:-1]
    return phrase(*pieces)


def _dose_glance(analysis: Node, values: Values) -> Phrase:
    prefix = analysis["id"]
    return phrase(
        _counted(values, f"{prefix}.any.n", "deviation"),
        " from the label in ",
        _counted(values, f"{prefix}.doses", "dose"),
        ": in ",
        _patients(values, f"{prefix}.any"),
        ".",
    )


def clinical_lines(analysis: Node) -> Iterator[tuple[str, str]]:
    """Name the rules of an analysis of forms, with their sources."""
    if analysis["kind"] == "response_rules":
        yield from _response_lines(analysis)
    elif analysis["kind"] == "sos_criteria":
        yield from _sos_lines(analysis)
    elif analysis["kind"] == "dose_deviations":
        yield "Compared", analysis["rule"]
        yield "Label", "; ".join(analysis["schedule"])
        yield "Source", analysis["source"]
        yield (
            "Same dose",
            "a dose that rounds to the label\N{RIGHT SINGLE QUOTATION MARK}s at one decimal",
        )


def _response_lines(analysis: Node) -> Iterator[tuple[str, str]]:
    judges = (analysis["first"], analysis["second"])
    yield "Compared", " with ".join(known_as(judge) for judge in judges)
    yield "Assessments", analysis["period"]
    for judge in judges:
        if judge["source"]:
            yield judge["label"], "; ".join([judge["title"], judge["source"], *judge["notes"]])
    how = "the first rule of a set that holds counts; where a missing entry decides, it cannot say"
    yield "Calls", how


def _sos_lines(analysis: Node) -> Iterator[tuple[str, str]]:
    yield "Diagnosis", "of the centre, as entered"
    yield "Criteria read with", analysis["rule"]
    for node in analysis["criteria"]:
        until = "on" if node["last_day"] is None else f"to {node['last_day']}"
        other = "; findings with another cause do not count" if node["not_attributable"] else ""
        how = f"{node['rule']}; from day {node['first_day']} {until}{other}. {node['source']}"
        yield form.capitalised(node["label"]), how


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
