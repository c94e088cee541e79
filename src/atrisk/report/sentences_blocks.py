"""Sentences about exposures after time zero, landmarks and weighted groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.blocks import blocks
from atrisk.report.document import labels, shown_groups
from atrisk.report.sentences import (
    counted,
    group_words,
    joined,
    paragraph,
    survival_at_times,
    tested,
)
from atrisk.report.sentences_models import model_glance, model_paragraphs
from atrisk.report.values import Node, Phrase, Values, phrase, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.report.blocks import Block
    from atrisk.report.document import Label

__all__ = ["block_glance", "block_paragraphs"]


def block_paragraphs(analysis: Node, values: Values) -> list[Phrase]:
    """Say in words, a paragraph each part: who, the estimates, the test; then the models."""
    words = values.in_words()
    opening = {"landmark": _landmark, "time_dependent": _exposure, "weighted": _weighted}
    said = [
        paragraph(
            [
                *opening[analysis["kind"]](block, words),
                *(survival_at_times(block.node, words) if block.node["curves"] else ()),
                *_tests(block, words),
            ]
        )
        for block in blocks(analysis)
    ]
    return [*said, *model_paragraphs(analysis, values)]


def _exposure(block: Block, values: Values) -> Iterator[Phrase]:
    prefix, label = block.node["id"], block.node["label"]
    if values.has(f"{prefix}.patients_exposed"):
        yield say(
            "{Exposure} began during observation in {patients}.",
            Exposure=form.capitalised(label),
            patients=counted(values, f"{prefix}.patients_exposed", "patient"),
        )
    yield from _events(block, values)


def _events(block: Block, values: Values) -> Iterator[Phrase]:
    """Say the events in each group, with those expected where a test counts them."""
    said = [_group_events(values, block, group) for group in block.groups]
    if said and all(part.pieces for part in said):
        yield say("Events: {events}.", events=joined(said))


def _group_events(values: Values, block: Block, group: Label) -> Phrase:
    key = f"{block.node['id']}.{group.id}"
    part = "observed" if values.has(f"{key}.observed") else "events"
    if not values.has(f"{key}.{part}"):
        return phrase()
    events = phrase(f"{group_words(block.node, group)} ", values.count(f"{key}.{part}"))
    if not values.has(f"{key}.expected"):
        return events
    expected = values.fixed(f"{key}.expected", 1)
    return say("{events} ({expected} expected)", events=events, expected=expected)


#: Why patients are not part of a landmark, by what counts them.
LEFT_OUT = {
    "left_out_event": "{n} had the event before",
    "left_out_censored": "{n} left observation before",
    "left_out_late": "{n} came under observation later",
}


def _landmark(block: Block, values: Values) -> Iterator[Phrase]:
    prefix, label = block.node["id"], block.node["label"]
    patients = counted(values, f"{prefix}.n", "patient")
    out = [
        say(reason, n=values.count(f"{prefix}.{part}"))
        for part, reason in LEFT_OUT.items()
        if values.has(f"{prefix}.{part}") and values.raw(f"{prefix}.{part}")
    ]
    if out:
        yield say(
            "At {landmark}, {patients} could be analysed; {left_out}.",
            landmark=label,
            patients=patients,
            left_out=joined(out),
        )
    else:
        yield say("At {landmark}, {patients} could be analysed.", landmark=label, patients=patients)
    yield from _events(block, values)


def _weighted(block: Block, values: Values) -> Iterator[Phrase]:
    prefix = block.node["id"]
    groups = [
        say(
            "{n} for {group} ({patients})",
            n=values.fixed(f"{prefix}.{group.id}.effective_n", 1),
            group=group.label,
            patients=counted(values, f"{prefix}.{group.id}.n", "patient"),
        )
        for group in (shown_groups(block.node) if block.node["groups"] else ())
        if values.has(f"{prefix}.{group.id}.effective_n")
    ]
    if groups:
        yield say("Effective number of patients after weighting: {groups}.", groups=joined(groups))
    if values.has(f"{prefix}.trimmed") and values.raw(f"{prefix}.trimmed"):
        patients = counted(values, f"{prefix}.trimmed", "patient")
        yield say("Trimmed: {patients}.", patients=patients)


def _tests(block: Block, values: Values) -> list[Phrase]:
    return [
        tested(values, f"{block.node['id']}.{test.id}", test.label)
        for test in labels(block.node["tests"])
        if values.has(f"{block.node['id']}.{test.id}.statistic")
    ]


def block_glance(analysis: Node, values: Values) -> list[Phrase]:
    """Say the tests of each part, and the ratios of the final model."""
    words = values.in_words()
    return [*_tested_parts(analysis, words), *model_glance(analysis, words)]


def _tested_parts(analysis: Node, values: Values) -> Iterator[Phrase]:
    """Say a line a test: its P value in every part."""
    for test in labels(analysis.get("tests", [])):
        done = []
        for block in blocks(analysis):
            key = f"{block.node['id']}.{test.id}.p_value"
            if values.has(key) and values.raw(key) is not None:
                name = block.node.get("name_words", "")
                done.append(phrase(name, values.p_phrase(key)))
        if done:
            yield phrase(f"{test.label}: ", joined(done), ".")
