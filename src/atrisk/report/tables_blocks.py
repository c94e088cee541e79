"""Tables of exposures after time zero, of landmarks and of weighted groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.blocks import blocks
from atrisk.report.document import Label, all_groups, curve_name, labels
from atrisk.report.language import word
from atrisk.report.tables import Row, Table
from atrisk.report.tables_checks import balance_table
from atrisk.report.tables_curves import Summary, at_risk_notes, count_column, test_note
from atrisk.report.tables_models import model_tables
from atrisk.report.values import Node, Values, phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from atrisk.report.blocks import Block

__all__ = ["BLOCK_TABLES"]

_COUNTED = (
    ("n", "Patients", 0),
    ("events", "Events", 0),
    ("expected", "Events expected", 1),
)
_WEIGHTED = (
    ("n", "Patients", 0),
    ("events", "Events", 0),
    ("effective_n", "Effective number", 1),
    ("mean_weight", "Mean weight", 2),
    ("max_weight", "Largest weight", 2),
)


def exposure_tables(analysis: Node, values: Values) -> list[Table]:
    """Build the tables of a time-dependent analysis."""
    tables = [_moves(analysis, values)]
    tables += [_block_table(block, values, _COUNTED) for block in blocks(analysis)]
    return tables + (model_tables(analysis, values) if analysis.get("models") else [])


def landmark_tables(analysis: Node, values: Values) -> list[Table]:
    """Build the tables of a landmark analysis."""
    tables = [_left_out(analysis, values)]
    return tables + [_block_table(block, values, _COUNTED) for block in blocks(analysis)]


def weighted_tables(analysis: Node, values: Values) -> list[Table]:
    """Build the tables of a weighted comparison."""
    (block,) = blocks(analysis)
    tables = [_block_table(block, values, _WEIGHTED)]
    tables.extend(model_tables(analysis, values) if analysis.get("models") else [])
    return [*tables, balance_table(analysis, values)] if analysis["balance"] else tables


def _block_table(block: Block, values: Values, parts: Sequence[tuple[str, str, int]]) -> Table:
    """Build the table of a part: its groups with counts and milestones, and their test."""
    node = block.node
    shown_as = all_groups(node) if node["groups"] or node["overall"] else ()
    curves = {group.id for group in shown_as} if node["curves"] else set()
    groups = block.groups or shown_as
    if node["part_of"] == "weighted":
        groups = labels(node["groups"])
    others = [group for group in shown_as if group.id not in {one.id for one in groups}]
    counts = [
        count_column(values, part, word(head), places)
        for part, head, places in parts
        if any(values.has(f"{node['id']}.{group.id}.{part}") for group in groups)
    ]
    tests = [
        test for test in labels(node["tests"]) if values.has(f"{node['id']}.{test.id}.p_value")
    ]
    shown = node if curves else {**node, "times": []}
    summary = Summary(shown, values, tuple(counts), (), curve_name(node), bool(tests))
    return Table(
        id=f"{block.name}_summary",
        title=node["title"],
        stub=word("Group"),
        columns=summary.heads,
        rows=(
            *_block_rows(summary, groups, curves, tests),
            *(row for group in others for row in summary.rows(group, 0)),
        ),
        notes=(*at_risk_notes(shown), *test_note(tests), *_weight_notes(node)),
        spans=summary.spans,
    )


def _block_rows(
    summary: Summary, groups: Sequence[Label], curves: set[str], tests: Sequence[Label]
) -> Iterator[Row]:
    """Yield the groups under what makes them; one without a curve has its counts alone."""
    node = summary.node
    level = 0
    if tests:
        yield summary.p_row(form.capitalised(node["by"]["label"]), f"{node['id']}.{tests[0].id}", 0)
        level = 1
    for group in groups:
        yield from summary.rows(group, level, read=group.id in curves)
    for test in tests[1:]:
        yield summary.p_row(test.label, f"{node['id']}.{test.id}", level)


def _weight_notes(node: Node) -> Iterator[str]:
    if node["part_of"] == "weighted":
        yield word("Effective number: that many patients of equal weight say as much.")


_MOVED = (
    ("patients_exposed", "Exposed"),
    ("exposed_at_start", "At time zero"),
    ("ignored", "After the end of observation, ignored"),
)


def _moves(analysis: Node, values: Values) -> Table:
    """Count who was ever exposed, with exposures that never were at risk."""
    keys = [f"{analysis['id']}.{exposure.id}" for exposure in labels(analysis["exposures"])]
    known = [
        (part, head)
        for place, (part, head) in enumerate(_MOVED)
        if all(values.has(f"{key}.{part}") for key in keys)
        and (place == 0 or any(values.raw(f"{key}.{part}") for key in keys))
    ]

    def row(exposure: Label) -> Row:
        keys = (f"{analysis['id']}.{exposure.id}.{part}" for part, _ in known)
        return Row(exposure.label, tuple(phrase(values.count(key)) for key in keys))

    return Table(
        id=f"{analysis['id']}_exposed",
        title=word("{name}: patients exposed during observation", name=analysis["title"]),
        stub=word("Exposure"),
        columns=tuple(phrase(word(head)) for _, head in known),
        rows=tuple(map(row, labels(analysis["exposures"]))),
        notes=(word("Until an exposure begins, a patient counts as not exposed."),),
    )


_LEFT_OUT = (
    ("n", "Analysed"),
    ("left_out_event", "Left out: event before"),
    ("left_out_censored", "Left out: censored before"),
    ("left_out_late", "Left out: not yet observed"),
)


def _left_out(analysis: Node, values: Values) -> Table:
    landmarks = labels(analysis["landmarks"])
    grouped = any(landmark["groups"] for landmark in analysis["landmarks"])
    known = [
        (part, head)
        for part, head in _LEFT_OUT
        if any(values.has(f"{analysis['id']}.{at.id}.{part}") for at in landmarks)
    ]

    def row(at: Label) -> Row:
        keys = (f"{analysis['id']}.{at.id}.{part}" for part, _ in known)
        return Row(at.label, tuple(phrase(values.count(key)) for key in keys))

    return Table(
        id=f"{analysis['id']}_landmarks",
        title=word("{name}: patients at each landmark", name=analysis["title"]),
        stub=word("Landmark"),
        columns=tuple(phrase(word(head)) for _, head in known),
        rows=tuple(map(row, landmarks)),
        notes=(word("Groups are made by what was known at the landmark."),) if grouped else (),
    )


BLOCK_TABLES: dict[str, Callable[[Node, Values], list[Table]]] = {
    "time_dependent": exposure_tables,
    "landmark": landmark_tables,
    "weighted": weighted_tables,
}
"""The tables of an analysis whose curves come in parts, by its kind."""
