"""Tables of deviations of doses from the label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.language import word
from atrisk.report.tables import Row, Table
from atrisk.report.tables_clinical_parts import heads_of, percent_of, place_of, words_of
from atrisk.report.values import phrase

if TYPE_CHECKING:
    from atrisk.report.values import Node, Values

__all__ = ["dose_tables"]


def dose_tables(analysis: Node, values: Values) -> list[Table]:
    """Build the tables of deviations from the label."""
    tables = [_kinds(analysis, values)]
    if analysis["listed"]:
        tables.append(_deviations(analysis))
    return [*tables, _unjudged(analysis)] if analysis["unjudged"] else tables


def _kinds(analysis: Node, values: Values) -> Table:
    def row(label: str, key: str) -> Row:
        prefix = f"{analysis['id']}.{key}"
        counts = (phrase(values.count(f"{prefix}.{part}")) for part in ("n", "cycles"))
        patients = percent_of(values, f"{prefix}.patients", f"{prefix}.percent")
        return Row(form.capitalised(label), (*counts, patients))

    parts = (("doses", "doses"), ("cycles", "cycles"), ("patients", "overall.n"))
    given = {name: values.count(f"{analysis['id']}.{part}").text for name, part in parts}
    return Table(
        id=f"{analysis['id']}_kinds",
        title=word("{name}: deviations by kind", name=analysis["title"]),
        stub=word("Deviation"),
        columns=heads_of("Deviations", "Cycles", "Patients, n (%)"),
        rows=(
            *(row(node["label"], node["id"]) for node in analysis["kinds"]),
            row(word("Any of these"), "any"),
        ),
        notes=(word("Of {doses} doses in {cycles} cycles of {patients} patients.", **given),),
    )


def _deviations(analysis: Node) -> Table:
    def row(item: Node) -> Row:
        given, label = (f"{item[part]} {item['unit']}" for part in ("given", "label"))
        cells = (item["cycle"], item["dose"], item["deviation"], given, label, place_of(item))
        return Row(item["record"], words_of(*cells))

    return Table(
        id=f"{analysis['id']}_listed",
        title=word("{name}: deviations by record", name=analysis["title"]),
        stub=word("Record"),
        columns=heads_of("Cycle", "Dose", "Deviation", "Given", "Label", "Place"),
        rows=tuple(map(row, analysis["listed"])),
        text_columns=(1, 2, 3, 4, 5),
        listing=True,
        supplement=True,
    )


def _unjudged(analysis: Node) -> Table:
    return Table(
        id=f"{analysis['id']}_unjudged",
        title=word("{name}: cycles that could not be judged in full", name=analysis["title"]),
        stub=word("Record"),
        columns=heads_of("Cycle in the forms", "Not judged"),
        rows=tuple(
            Row(item["record"], words_of(item["instance"], item["reason"]))
            for item in analysis["unjudged"]
        ),
        text_columns=(1,),
        listing=True,
        supplement=True,
    )
