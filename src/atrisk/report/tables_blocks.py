"""Tables of exposures after time zero, of landmarks and of weighted groups."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from atrisk.report.blocks import blocks
from atrisk.report.document import Label, all_groups, labels
from atrisk.report.tables import Row, Table
from atrisk.report.tables_checks import balance_table
from atrisk.report.tables_models import model_tables
from atrisk.report.tables_times import survival_at_times
from atrisk.report.values import Node, Phrase, Values, phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from atrisk.report.blocks import Block

__all__ = ["BLOCK_TABLES"]

_BLANK = Phrase()
_COUNTED = (
    ("n", "Patients"),
    ("events", "Events"),
    ("expected", "Events expected"),
)


def exposure_tables(analysis: Node, values: Values) -> list[Table]:
    """Build the tables of a time-dependent analysis."""
    tables = [_moves(analysis, values)]
    for block in blocks(analysis):
        tables.append(_comparison(block, values))
        tables.extend(_milestones(block, values))
    return tables + (model_tables(analysis, values) if analysis.get("models") else [])


def landmark_tables(analysis: Node, values: Values) -> list[Table]:
    """Build the tables of a landmark analysis."""
    tables = [_left_out(analysis, values)]
    for block in blocks(analysis):
        tables.append(_comparison(block, values))
        tables.extend(_milestones(block, values))
    return tables


def weighted_tables(analysis: Node, values: Values) -> list[Table]:
    """Build the tables of a weighted comparison."""
    (block,) = blocks(analysis)
    tables = [_weights(analysis, values), *_milestones(block, values)]
    keys = [f"{analysis['id']}.{test.id}.p_value" for test in _tests(block)]
    if block.node["curves"] and any(map(values.has, keys)):
        tables.append(_comparison(block, values))
    tables.extend(model_tables(analysis, values) if analysis.get("models") else [])
    return [*tables, balance_table(analysis, values)] if analysis["balance"] else tables


def _tests(block: Block) -> tuple[Label, ...]:
    return labels(block.node["tests"])


def _milestones(block: Block, values: Values) -> Iterator[Table]:
    """Yield the estimates at fixed times, titled by the part they belong to."""
    if block.node["times"] and block.node["curves"]:
        table = survival_at_times(block.node, values)
        yield replace(
            table, id=f"{block.name}_at_times", title=f"{block.node['title']}: at fixed times"
        )


def _moves(analysis: Node, values: Values) -> Table:
    """Count who was ever exposed, with exposures that never were at risk."""
    parts = (
        ("patients_exposed", "Exposed"),
        ("exposed_at_start", "At time zero"),
        ("ignored", "After the end of observation, ignored"),
    )
    keys = [f"{analysis['id']}.{exposure.id}" for exposure in labels(analysis["exposures"])]
    known = [
        (part, head)
        for place, (part, head) in enumerate(parts)
        if all(values.has(f"{key}.{part}") for key in keys)
        and (place == 0 or any(values.raw(f"{key}.{part}") for key in keys))
    ]

    def row(exposure: Label) -> Row:
        keys = (f"{analysis['id']}.{exposure.id}.{part}" for part, _ in known)
        return Row(exposure.label, tuple(phrase(values.count(key)) for key in keys))

    return Table(
        id=f"{analysis['id']}_exposed",
        title=f"{analysis['title']}: patients exposed during observation",
        stub="Exposure",
        columns=tuple(phrase(head) for _, head in known),
        rows=tuple(map(row, labels(analysis["exposures"]))),
        notes=("Until an exposure begins, a patient counts as not exposed.",),
    )


def _comparison(block: Block, values: Values) -> Table:
    """Build patients, events and expected events by group, and the test that compares them."""
    node = block.node
    # the counts of weighted groups stand with their weights
    groups = () if node["part_of"] == "weighted" else block.groups or all_groups(node)
    parts = [
        (part, head)
        for part, head in _COUNTED
        if any(values.has(f"{node['id']}.{group.id}.{part}") for group in groups)
    ]
    tests = [test for test in _tests(block) if values.has(f"{node['id']}.{test.id}.p_value")]
    tested = ("Statistic", "df", "P value") if tests else ()
    rows = [_group_row(node, values, group, parts, len(tested)) for group in groups]
    rows += [_test_row(node, values, test, len(parts)) for test in tests]
    heads = (*(head for _, head in parts), *tested)
    return Table(
        id=f"{block.name}_comparison",
        title=f"{node['title']}: comparison",
        stub="Group" if groups else "Test",
        columns=tuple(map(phrase, heads)),
        rows=tuple(rows),
    )


def _group_row(
    node: Node, values: Values, group: Label, parts: Sequence[tuple[str, str]], blanks: int
) -> Row:
    def cell(part: str) -> Phrase:
        key = f"{node['id']}.{group.id}.{part}"
        if not values.has(key):
            return _BLANK
        return phrase(values.fixed(key, 1) if part == "expected" else values.count(key))

    return Row(group.label, (*(cell(part) for part, _ in parts), *[_BLANK] * blanks))


def _test_row(node: Node, values: Values, test: Label, blanks: int) -> Row:
    prefix = f"{node['id']}.{test.id}"
    cells = (
        phrase(values.fixed(f"{prefix}.statistic", 2)),
        phrase(values.count(f"{prefix}.df")),
        phrase(values.p_value(f"{prefix}.p_value")),
    )
    return Row(test.label, (*[_BLANK] * blanks, *cells))


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
        title=f"{analysis['title']}: patients at each landmark",
        stub="Landmark",
        columns=tuple(phrase(head) for _, head in known),
        rows=tuple(map(row, landmarks)),
        notes=("Groups are made by what was known at the landmark.",) if grouped else (),
    )


_WEIGHTS = (
    ("n", "Patients", 0),
    ("events", "Events", 0),
    ("effective_n", "Effective number", 1),
    ("mean_weight", "Mean weight", 2),
    ("max_weight", "Largest weight", 2),
)


def _weights(analysis: Node, values: Values) -> Table:
    groups = labels(analysis["groups"])
    known = [
        found
        for found in _WEIGHTS
        if any(values.has(f"{analysis['id']}.{group.id}.{found[0]}") for group in groups)
    ]

    def cell(group: Label, part: str, places: int) -> Phrase:
        key = f"{analysis['id']}.{group.id}.{part}"
        return phrase(values.fixed(key, places) if places else values.count(key))

    return Table(
        id=f"{analysis['id']}_weights",
        title=f"{analysis['title']}: the weighted groups",
        stub=analysis["treatment"]["label"],
        columns=tuple(phrase(head) for _, head, _ in known),
        rows=tuple(
            Row(group.label, tuple(cell(group, part, places) for part, _, places in known))
            for group in groups
        ),
        notes=("Effective number: that many patients of equal weight say as much.",),
    )


BLOCK_TABLES: dict[str, Callable[[Node, Values], list[Table]]] = {
    "time_dependent": exposure_tables,
    "landmark": landmark_tables,
    "weighted": weighted_tables,
}
"""The tables of an analysis whose curves come in parts, by its kind."""
