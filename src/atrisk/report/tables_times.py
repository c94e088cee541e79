"""Tables of time to event: one by group, and what its tests are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import (
    Label,
    all_groups,
    curve_name,
    interval_name,
    labels,
    rmst_key,
    shown_groups,
    title_by_group,
)
from atrisk.report.language import word
from atrisk.report.methods_names import named_method
from atrisk.report.tables import Row, Table, estimate_cell, time_interval
from atrisk.report.tables_curves import (
    MOST_ESTIMATES,
    SPANS,
    Column,
    Summary,
    at_risk_notes,
    count_column,
    spans_of,
    test_note,
    weighted,
)
from atrisk.report.values import Node, Phrase, Values, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["incidence_tables", "survival_tables"]


_BLANK = Phrase()


def survival_tables(analysis: Node, values: Values, unit: str) -> list[Table]:
    """Build the table of a survival analysis and, for the supplement, what it has no room for."""
    return [
        _survival(analysis, values, unit),
        *_groups(analysis, values, unit),
        *_pairs(analysis, values),
        *_mean_differences(analysis, values),
    ]


def incidence_tables(analysis: Node, values: Values) -> list[Table]:
    """Build the table of a cumulative incidence analysis."""
    return [_incidence(analysis, values)]


def _spans(analysis: Node, values: Values) -> tuple[list[str], list[str]]:
    """Name the spans of time of the table, and those it has no room for beside its milestones."""
    found = spans_of(analysis, values, all_groups(analysis)[0].id)
    down = 1 + len(analysis["times"]) > MOST_ESTIMATES  # times run down the page, in one column
    roomy = down or len(found) + len(analysis["times"]) <= MOST_ESTIMATES
    return (found, []) if roomy else (found[:1], found[1:])


def _survival(analysis: Node, values: Values, unit: str) -> Table:
    tests = labels(analysis["tests"])
    shown, others = _spans(analysis, values)
    parts = [("n", word("Patients")), ("events", word("Events"))]
    parts += [] if others else [("censored", word("Censored"))]
    summary = Summary(
        node=analysis,
        values=values,
        counts=tuple(count_column(values, part, head) for part, head in parts),
        estimates=tuple(_span_column(analysis, values, part, unit) for part in shown),
        name=curve_name(analysis),
        tested=bool(tests),
    )
    compared = shown_groups(analysis)
    rest = [group for group in all_groups(analysis) if group not in compared]
    by = form.capitalised((analysis["by"] or {"label": ""})["label"])
    return Table(
        id=f"{analysis['id']}_summary",
        title=title_by_group(analysis),
        stub=word("Group"),
        columns=summary.heads,
        rows=tuple(summary.group_rows(by, compared, rest, tests)),
        notes=(
            *at_risk_notes(analysis),
            *_follow_up_notes(analysis, values, shown),
            *test_note(tests),
        ),
        spans=summary.spans,
    )


def _span_column(analysis: Node, values: Values, part: str, unit: str) -> Column:
    interval = interval_name(analysis)

    def cell(prefix: str) -> Phrase:
        return time_interval(values, f"{prefix}.{part}", unit)

    return Column(phrase(f"{span_name(analysis, part)}\n{word(unit)} ({interval})"), cell)


def span_name(analysis: Node, part: str) -> str:
    """Name a span of time: ``Median``, ``Restricted mean to 5 years``."""
    limit = analysis.get("rmst")
    if part == "rmst" and limit:
        return word("Restricted mean to {time}", time=limit["label"])
    return word(SPANS[part])


def _follow_up_notes(analysis: Node, values: Values, shown: Sequence[str]) -> Iterator[str]:
    first = all_groups(analysis)[0].id
    method = named_method(values, f"{analysis['id']}.{first}.follow_up.estimate")
    if method and "follow_up" in shown:
        yield word("Median follow-up: {method}.", method=method)


def _groups(analysis: Node, values: Values, unit: str) -> Iterator[Table]:
    """Yield the follow-up of groups that the first table has no room for, and expected events."""
    _, others = _spans(analysis, values)
    counts = [count_column(values, "censored", word("Censored"))] if others else []
    columns = [*counts, *(_span_column(analysis, values, part, unit) for part in others)]
    spans = [("", len(columns))] if columns else []
    for test in labels(analysis["tests"]):
        own = list(_test_columns(analysis, values, test))
        spans += [(test.label, len(own))] if own else []
        columns += own
    if columns:
        what = (
            word("{name}: follow-up and expected events", name=analysis["endpoint"]["label"])
            if others and len(columns) > len(counts) + len(others)
            else word("{name}: follow-up", name=analysis["endpoint"]["label"])
            if others
            else word("{name}: expected events", name=analysis["endpoint"]["label"])
        )
        yield Table(
            id=f"{analysis['id']}_groups",
            title=what,
            stub=word("Group"),
            columns=tuple(column.head for column in columns),
            rows=tuple(
                Row(
                    group.label,
                    tuple(column.cell(f"{analysis['id']}.{group.id}") for column in columns),
                )
                for group in (all_groups(analysis) if others else shown_groups(analysis))
            ),
            notes=tuple(_follow_up_notes(analysis, values, others)),
            spans=tuple(spans),
            supplement=True,
        )


def _test_columns(analysis: Node, values: Values, test: Label) -> Iterator[Column]:
    """Yield events observed and expected of a test that counts them."""
    heads = (("observed", word("Events observed"), 0), ("expected", word("Events expected"), 1))
    if weighted(analysis):
        heads = (
            ("observed", word("Events observed (weighted)"), 0),
            ("expected", word("Events expected (weighted)"), 1),
        )
    prefix = f"{analysis['id']}.{test.id}"
    if not any(values.has(f"{prefix}.{g.id}.observed") for g in shown_groups(analysis)):
        return
    for part, head, places in heads:
        yield count_column(values, part, head, places, test.id)


def _pairs(analysis: Node, values: Values) -> Iterator[Table]:
    names = {group.id: group.label for group in all_groups(analysis)}

    def row(pair: Node) -> Row:
        prefix = f"{analysis['id']}.pairwise.{pair['id']}"
        first, second = (names[pair[side]] for side in ("group_1", "group_2"))
        shown = (
            values.fixed(f"{prefix}.statistic", 2),
            *(values.p_value(f"{prefix}.{part}") for part in ("p_value", "p_adjusted")),
        )
        label = word("{first} vs {second}", first=first, second=second)
        return Row(label, tuple(map(phrase, shown)))

    if analysis["pairwise"]:
        yield Table(
            id=f"{analysis['id']}_pairwise",
            title=word("{name}: groups in pairs", name=analysis["endpoint"]["label"]),
            stub=word("Groups"),
            columns=tuple(map(phrase, (word("Statistic"), word("P"), word("Adjusted P")))),
            rows=tuple(map(row, analysis["pairwise"])),
            notes=tuple(_pair_notes(analysis, values)),
            supplement=True,
        )


def _pair_notes(analysis: Node, values: Values) -> Iterator[str]:
    first = f"{analysis['id']}.pairwise.{analysis['pairwise'][0]['id']}"
    method = values.entry(f"{first}.p_adjusted").get("method")
    if method:
        yield word("Adjusted P: {method}.", method=method)


def _mean_differences(analysis: Node, values: Values) -> Iterator[Table]:
    """Compare restricted means with the first group's, in the unit that stands with the values."""
    if not values.has(rmst_key(analysis, "difference")):
        return
    first, *others = shown_groups(analysis)
    unit = word(values.shown_unit(rmst_key(analysis, "difference")))

    def row(group: Label) -> Row:
        parts = values.difference_parts(f"{analysis['id']}.rmst_test.{group.id}")
        label = word("{group} minus {first}", group=group.label, first=first.label)
        return Row(label, (estimate_cell(*parts), _BLANK))

    head = f"{span_name(analysis, 'rmst')}\n{unit} ({interval_name(analysis)})"
    p = phrase(values.p_value(f"{analysis['id']}.rmst_test.p_value"))
    yield Table(
        id=f"{analysis['id']}_mean_differences",
        title=word("{name}: differences of restricted means", name=analysis["endpoint"]["label"]),
        stub=word("Groups"),
        columns=(phrase(head), phrase(word("P"))),
        rows=(*map(row, others), Row(word("All groups equal"), (_BLANK, p))),
        supplement=True,
    )


def _incidence(analysis: Node, values: Values) -> Table:
    counts = (
        Column(phrase(word("Patients")), lambda prefix: _patients(analysis, values, prefix)),
        count_column(values, "events", word("Events")),
    )
    tests = tuple(dict.fromkeys(labels(analysis["tests"])))
    summary = Summary(analysis, values, counts, (), word("Cumulative incidence"), bool(tests))
    rows = (
        row for cause in labels(analysis["causes"]) for row in _cause_rows(summary, cause, tests)
    )
    return Table(
        id=f"{analysis['id']}_summary",
        title=title_by_group(analysis),
        stub=word("Event and group"),
        columns=summary.heads,
        rows=tuple(rows),
        notes=(*at_risk_notes(analysis), *test_note(tests)),
        spans=summary.spans,
    )


def _patients(analysis: Node, values: Values, prefix: str) -> Phrase:
    """Count the patients of a group; the prefix of its keys ends with cause and group."""
    group = prefix.rpartition(".")[2]
    return phrase(values.count(f"{analysis['id']}.{group}.n"))


def _cause_rows(summary: Summary, cause: Label, tests: tuple[Label, ...]) -> Iterator[Row]:
    node = summary.node
    asked = [test for test in tests if _compares(node, test, cause)]
    if asked:
        yield summary.p_row(cause.label, f"{node['id']}.{asked[0].id}.{cause.id}", 0)
    else:
        yield Row(cause.label)
    for group in all_groups(node):
        yield from summary.rows(group, 1, cause.id)
    for test in asked[1:]:
        yield summary.p_row(test.label, f"{node['id']}.{test.id}.{cause.id}", 1)


def _compares(node: Node, test: Label, cause: Label) -> bool:
    return any(found["id"] == test.id and found["cause"] == cause.id for found in node["tests"])
