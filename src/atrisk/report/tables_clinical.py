"""Tables of analyses of forms: response by two judges, SOS/VOD by every criteria, doses of INO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.language import word
from atrisk.report.tables import Row, Table
from atrisk.report.tables_clinical_doses import dose_tables
from atrisk.report.tables_clinical_parts import (
    day_of_first_met,
    heads_of,
    known_as,
    labels_of,
    percent_of,
    place_of,
    words_of,
)
from atrisk.report.values import Node, Values, phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["CLINICAL_TABLES", "day_of_first_met", "known_as", "percent_of"]

#: Calls that are none, by their ids.
_NO_CALLS = {"cannot_say", "not_called"}
SAID = {"met": "Met", "not_met": "Not met", "open": "Cannot say"}
"""Heads of what can be said of criteria."""
WHO = {
    "diagnosed": "With the centre\N{RIGHT SINGLE QUOTATION MARK}s diagnosis (n = {n})",
    "not_diagnosed": "Without (n = {n})",
}
"""Heads over those with the diagnosis of the centre, and those without."""
LISTS = {
    "differing": "{name}: assessments called differently",
    "undecided": "{name}: assessments not judged by both",
}
"""Titles of lists of assessments."""
LISTED = {
    "diagnosed": "{name}: patients with the centre\N{RIGHT SINGLE QUOTATION MARK}s diagnosis",
    "diagnosed_or_met": (
        "{name}: patients with the centre\N{RIGHT SINGLE QUOTATION MARK}s diagnosis or criteria"
        " that were met"
    ),
}
"""Titles of the list of patients, by whom it names."""


def response_tables(analysis: Node, values: Values) -> list[Table]:
    """Build the tables of a comparison of response calls."""
    tables = [_cross(analysis, values)]
    if analysis["reasons"]:
        tables.append(_reasons(analysis, values))
    if analysis["missing"]:
        tables.append(_missing_items(analysis, values))
    tables.extend(_assessments(analysis))
    return tables


def _cross(analysis: Node, values: Values) -> Table:
    table, prefix = analysis["table"], f"{analysis['id']}.table"
    first, second = analysis["first"]["label"], analysis["second"]["label"]
    columns = [*table["columns"], {"id": "total", "label": word("All")}]

    def row(node: Node) -> Row:
        keys = (f"{prefix}.{node['id']}.{column['id']}" for column in columns)
        return Row(form.capitalised(node["label"]), tuple(phrase(values.count(k)) for k in keys))

    total = tuple(
        phrase(values.count(f"{prefix}.total.{column['id']}")) for column in table["columns"]
    )
    whole = phrase(values.count(f"{analysis['id']}.assessments"))
    return Table(
        id=f"{analysis['id']}_calls",
        title=word("{name}: assessments by call", name=analysis["title"]),
        stub=first,
        columns=labels_of(*(column["label"] for column in columns)),
        rows=(*map(row, table["rows"]), Row(word("All"), (*total, whole))),
        notes=tuple(_agreeing(table)),
        spans=((second, len(table["columns"])), ("", 1)) if table["columns"] else (),
    )


def _agreeing(table: Node) -> Iterator[str]:
    labels = {node["id"]: node["label"] for node in (*table["rows"], *table["columns"])}
    said = [
        labels[one]
        if one == two
        else word("{first} with {second}", first=labels[one], second=labels[two])
        for one, two in table["agree"]
        if one not in _NO_CALLS
    ]
    if said:
        yield word("Calls that agree: {calls}.", calls=", ".join(said))
    if "unclassified" in labels:
        yield word("Unclassified: all that is asked for is recorded, and no rule of the set fits.")


def _reasons(analysis: Node, values: Values) -> Table:
    def row(node: Node) -> Row:
        count = phrase(values.count(f"{analysis['id']}.{node['id']}.n"))
        return Row(
            form.capitalised(node["first"]), (*words_of(node["second"], node["reason"]), count)
        )

    second = analysis["second"]["label"]
    return Table(
        id=f"{analysis['id']}_reasons",
        title=word("{name}: why calls differ", name=analysis["title"]),
        stub=analysis["first"]["label"],
        columns=(phrase(second), *heads_of("Why", "Assessments")),
        rows=tuple(map(row, analysis["reasons"])),
        text_columns=(0, 1),
    )


def _missing_items(analysis: Node, values: Values) -> Table:
    rows: list[Row] = []
    for judge in (analysis["first"], analysis["second"]):
        items = [item for item in analysis["missing"] if item["judge"] == judge["key"]]
        if items:
            key = f"{analysis['id']}.{judge['key']}"
            rows.append(Row(judge["label"], (phrase(values.count(f"{key}.open")), *words_of(""))))
            rows += [_missing_item(item, key, values) for item in items]
    return Table(
        id=f"{analysis['id']}_missing",
        title=word(
            "{name}: assessments that cannot be judged, by what is missing", name=analysis["title"]
        ),
        stub=word("Missing"),
        columns=heads_of("Assessments", "In the forms"),
        rows=tuple(rows),
        notes=(
            word("An assessment in which several items are missing is counted with each of them."),
        ),
        text_columns=(1,),
    )


def _missing_item(item: Node, key: str, values: Values) -> Row:
    count = phrase(values.count(f"{key}.missing.{item['id']}"))
    asked = word("asked for") if item["in_forms"] else word("no field")
    return Row(form.capitalised(item["label"]), (count, phrase(asked)), level=1)


def _assessments(analysis: Node) -> Iterator[Table]:
    calls = [analysis[judge]["label"] for judge in ("first", "second")]
    for part, title in LISTS.items():
        if analysis[part]:
            yield Table(
                id=f"{analysis['id']}_{part}",
                title=word(title, name=analysis["title"]),
                stub=word("Record"),
                columns=(
                    *heads_of("Date"),
                    *map(phrase, calls),
                    *heads_of("Why", "Recorded", "Place"),
                ),
                rows=tuple(map(_assessment, analysis[part])),
                text_columns=(0, 1, 2, 3, 4, 5),
                listing=True,
                supplement=True,
            )


def _assessment(item: Node) -> Row:
    named = (item[part] for part in ("date", "first", "second", "reason", "recorded"))
    return Row(item["record"], words_of(*named, place_of(item)))


def sos_tables(analysis: Node, values: Values) -> list[Table]:
    """Build the tables of the criteria of SOS/VOD side by side."""
    tables = [_criteria(analysis, values), _agreement(analysis, values)]
    if analysis["missing"]:
        tables.append(_undecided(analysis, values))
    return [*tables, _patients(analysis)] if analysis["patients"] else tables


def _window(criteria: Node) -> str:
    first, last = criteria["first_day"], criteria["last_day"]
    if last is None:
        return word("from {first}", first=form.count(first))
    return f"{form.count(first)}{form.EN_DASH}{form.count(last)}"


def _criteria(analysis: Node, values: Values) -> Table:
    def row(node: Node) -> Row:
        key = f"{analysis['id']}.{node['id']}"
        counts = (phrase(values.count(f"{key}.{part}")) for part in SAID)
        days = day_of_first_met(values, f"{key}.day")
        return Row(form.capitalised(node["label"]), (phrase(_window(node)), *counts, days))

    whole = values.count(f"{analysis['id']}.overall.n")
    note = word(
        "Of {n} patients transplanted after INO. Days are counted from the transplantation, which"
        " is day 0.",
        n=whole.text,
    )
    return Table(
        id=f"{analysis['id']}_criteria",
        title=word(
            "{name}: patients, and the day on which criteria were first met", name=analysis["title"]
        ),
        stub=word("Criteria"),
        columns=heads_of("Days that count", *SAID.values(), "Day first met, median (range)"),
        rows=tuple(map(row, analysis["criteria"])),
        notes=(note,),
    )


def _agreement(analysis: Node, values: Values) -> Table:
    def row(node: Node) -> Row:
        key = f"{analysis['id']}.{node['id']}"
        counts = (phrase(values.count(f"{key}.{who}_{part}")) for who in WHO for part in SAID)
        agree = phrase(percent_of(values, f"{key}.agree", f"{key}.agree_percent"))
        return Row(
            form.capitalised(node["label"]),
            (*counts, phrase(values.count(f"{key}.compared")), agree),
        )

    spans = [
        (word(name, n=values.count(f"{analysis['id']}.{who}").text), len(SAID))
        for who, name in WHO.items()
    ]
    return Table(
        id=f"{analysis['id']}_agreement",
        title=word(
            "{name}: beside the centre\N{RIGHT SINGLE QUOTATION MARK}s diagnosis",
            name=analysis["title"],
        ),
        stub=word("Criteria"),
        columns=heads_of(*[*SAID.values()] * len(WHO), "Compared", "Agree, n (%)"),
        rows=tuple(map(row, analysis["criteria"])),
        notes=tuple(_agreement_notes(analysis, values)),
        spans=(*spans, ("", 2)),
    )


def _agreement_notes(analysis: Node, values: Values) -> Iterator[str]:
    yield word("Compared: patients with an entry of the centre of whom the criteria can be said.")
    unknown = values.count(f"{analysis['id']}.not_entered")
    if values.raw(unknown.key):
        yield word("Of {n} the centre entered neither.", n=unknown.text)


def _undecided(analysis: Node, values: Values) -> Table:
    rows: list[Row] = []
    for node in analysis["criteria"]:
        items = [item for item in analysis["missing"] if item["criteria"] == node["id"]]
        if items:
            key = f"{analysis['id']}.{node['id']}"
            lacking = phrase(values.count(f"{key}.lacking"))
            rows.append(Row(form.capitalised(node["label"]), (lacking,)))
            rows += [
                Row(
                    form.capitalised(item["label"]),
                    (phrase(values.count(f"{key}.{item['id']}")),),
                    level=1,
                )
                for item in items
            ]
    return Table(
        id=f"{analysis['id']}_missing",
        title=word(
            "{name}: work-up that leaves criteria open, by what is missing", name=analysis["title"]
        ),
        stub=word("Missing"),
        columns=heads_of("Patients"),
        rows=tuple(rows),
        notes=(word("A patient of whom several items are missing is counted with each of them."),),
    )


def _patients(analysis: Node) -> Table:
    def row(item: Node) -> Row:
        met = (item["met"][node["id"]] for node in analysis["criteria"])
        cells = (item["day"], item["grade"], *map(_said, met), ", ".join(item["missing"]))
        return Row(item["record"], words_of(*cells))

    spans, heads = _criteriaheads_of(analysis["criteria"])
    return Table(
        id=f"{analysis['id']}_patients",
        title=word(LISTED[analysis["listed"]], name=analysis["title"]),
        stub=word("Record"),
        columns=(*heads_of("Day", "Grade"), *map(phrase, heads), *heads_of("Missing")),
        rows=tuple(map(row, analysis["patients"])),
        notes=(
            word(
                "Below the criteria stands the day on which they were first met; no: not met on the"
                " days observed; ?: nobody can say, as something is missing."
            ),
        ),
        text_columns=(2 + len(heads),),
        spans=((word("Centre"), 2), *spans, ("", 1)),
        listing=True,
        supplement=True,
    )


def _said(met: Node) -> str:
    if met["met"] is None:
        return "?"
    return str(met["day"]) if met["met"] else word("no")


def _criteriaheads_of(criteria: Sequence[Node]) -> tuple[list[tuple[str, int]], list[str]]:
    """Split "EBMT 2023, proven" into a head over several columns and one of its own."""
    spans: list[tuple[str, int]] = []
    heads: list[str] = []
    for node in criteria:
        over, _, own = node["label"].rpartition(", ")
        heads.append(form.capitalised(own))
        if spans and over == spans[-1][0]:
            spans[-1] = (over, spans[-1][1] + 1)
        else:
            spans.append((over, 1))
    return spans, heads


CLINICAL_TABLES: dict[str, Callable[[Node, Values], list[Table]]] = {
    "response_rules": response_tables,
    "sos_criteria": sos_tables,
    "dose_deviations": dose_tables,
}
