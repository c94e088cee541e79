"""Tables of analyses of forms: response by two judges, SOS/VOD by every criteria, doses of INO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.report import format as form
from atrisk.report.tables import Row, Table
from atrisk.report.values import Node, Phrase, Values, phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["CLINICAL_TABLES", "day_of_first_met", "known_as", "percent_of"]

_OPEN = "cannot say"
_PATIENTS_NOTE = (
    "Below the criteria stands the day on which they were first met; no: not met on the days"
    " observed; ?: nobody can say, as something is missing."
)
_SAID = (("met", "Met"), ("not_met", "Not met"), ("open", "Cannot say"))
_WHO = (
    ("diagnosed", "With the centre\N{RIGHT SINGLE QUOTATION MARK}s diagnosis"),
    ("not_diagnosed", "Without"),
)


def percent_of(values: Values, count: str, percent: str) -> Phrase:
    """Write ``165 (94.3%)``; the dash alone where there is no percentage."""
    share = values.percent(percent)
    if share.missing is not None:
        return phrase(values.count(count))
    return phrase(values.count(count), " (", share, "%)")


def day_of_first_met(values: Values, prefix: str) -> Phrase:
    """Write the median day and its range: ``11 (5-18)``."""
    middle = values.number(f"{prefix}.median", lambda day: f"{day:g}")
    low, high = (values.count(f"{prefix}.{end}") for end in ("min", "max"))
    if middle.missing is not None or values.entry(middle.key).get("n") == 1:
        return phrase(middle)
    return phrase(middle, " (", low, form.range_dash(low.text, high.text), high, ")")


def known_as(judge: Node) -> str:
    """Name a judge in a sentence."""
    names = {"centre": "the centre", "label": "the label"}
    return names.get(judge["id"], str(judge["label"]))


def _words(*cells: Any) -> tuple[Phrase, ...]:  # noqa: ANN401 - words or numbers of a node
    return tuple(phrase(form.EN_DASH if cell in (None, "") else str(cell)) for cell in cells)


def _heads(*heads: str) -> tuple[Phrase, ...]:
    return tuple(map(phrase, heads))


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
    columns = [*table["columns"], {"id": "total", "label": "All"}]

    def row(node: Node) -> Row:
        keys = (f"{prefix}.{node['id']}.{column['id']}" for column in columns)
        return Row(form.capitalised(node["label"]), tuple(phrase(values.count(k)) for k in keys))

    total = tuple(
        phrase(values.count(f"{prefix}.total.{column['id']}")) for column in table["columns"]
    )
    whole = phrase(values.count(f"{analysis['id']}.assessments"))
    return Table(
        id=f"{analysis['id']}_calls",
        title=f"{analysis['title']}: assessments by call",
        stub=first,
        columns=_heads(*(form.capitalised(column["label"]) for column in columns)),
        rows=(*map(row, table["rows"]), Row("All", (*total, whole))),
        notes=tuple(_agreeing(table)),
        spans=((second, len(table["columns"])), ("", 1)) if table["columns"] else (),
    )


def _agreeing(table: Node) -> Iterator[str]:
    labels = {node["id"]: node["label"] for node in (*table["rows"], *table["columns"])}
    said = [
        labels[one] if one == two else f"{labels[one]} with {labels[two]}"
        for one, two in table["agree"]
        if labels[one] not in {_OPEN, "not called"}
    ]
    if said:
        yield f"Calls that agree: {', '.join(said)}."
    if "unclassified" in labels:
        yield "Unclassified: all that is asked for is recorded, and no rule of the set fits."


def _reasons(analysis: Node, values: Values) -> Table:
    def row(node: Node) -> Row:
        count = phrase(values.count(f"{analysis['id']}.{node['id']}.n"))
        return Row(
            form.capitalised(node["first"]), (*_words(node["second"], node["reason"]), count)
        )

    second = analysis["second"]["label"]
    return Table(
        id=f"{analysis['id']}_reasons",
        title=f"{analysis['title']}: why calls differ",
        stub=analysis["first"]["label"],
        columns=_heads(second, "Why", "Assessments"),
        rows=tuple(map(row, analysis["reasons"])),
        text_columns=(0, 1),
    )


def _missing_items(analysis: Node, values: Values) -> Table:
    rows: list[Row] = []
    for judge in (analysis["first"], analysis["second"]):
        items = [item for item in analysis["missing"] if item["judge"] == judge["key"]]
        if items:
            key = f"{analysis['id']}.{judge['key']}"
            rows.append(Row(judge["label"], (phrase(values.count(f"{key}.open")), *_words(""))))
            rows += [_missing_item(item, key, values) for item in items]
    return Table(
        id=f"{analysis['id']}_missing",
        title=f"{analysis['title']}: assessments that cannot be judged, by what is missing",
        stub="Missing",
        columns=_heads("Assessments", "In the forms"),
        rows=tuple(rows),
        notes=("An assessment in which several items are missing is counted with each of them.",),
        text_columns=(1,),
    )


def _missing_item(item: Node, key: str, values: Values) -> Row:
    count = phrase(values.count(f"{key}.missing.{item['id']}"))
    asked = "asked for" if item["in_forms"] else "no field"
    return Row(form.capitalised(item["label"]), (count, phrase(asked)), level=1)


def _assessments(analysis: Node) -> Iterator[Table]:
    parts = (("differing", "called differently", "Why"), ("undecided", "not judged by both", "Why"))
    calls = [analysis[judge]["label"] for judge in ("first", "second")]
    for part, name, why in parts:
        if analysis[part]:
            yield Table(
                id=f"{analysis['id']}_{part}",
                title=f"{analysis['title']}: assessments {name}",
                stub="Record",
                columns=_heads("Date", *calls, why, "Recorded", "Place"),
                rows=tuple(map(_assessment, analysis[part])),
                text_columns=(0, 1, 2, 3, 4, 5),
                listing=True,
            )


def _assessment(item: Node) -> Row:
    named = (item[part] for part in ("date", "first", "second", "reason", "recorded"))
    return Row(item["record"], _words(*named, f"{item['file']} line {item['line']}"))


def sos_tables(analysis: Node, values: Values) -> list[Table]:
    """Build the tables of the criteria of SOS/VOD side by side."""
    tables = [_criteria(analysis, values), _agreement(analysis, values)]
    if analysis["missing"]:
        tables.append(_undecided(analysis, values))
    return [*tables, _patients(analysis)] if analysis["patients"] else tables


def _window(criteria: Node) -> str:
    first, last = criteria["first_day"], criteria["last_day"]
    if last is None:
        return f"from {first}"
    return f"{first}{form.EN_DASH}{last}"


def _criteria(analysis: Node, values: Values) -> Table:
    def row(node: Node) -> Row:
        key = f"{analysis['id']}.{node['id']}"
        counts = (phrase(values.count(f"{key}.{part}")) for part, _ in _SAID)
        days = day_of_first_met(values, f"{key}.day")
        return Row(form.capitalised(node["label"]), (phrase(_window(node)), *counts, days))

    whole = values.count(f"{analysis['id']}.overall.n")
    note = (
        f"Of {whole.text} patients transplanted after INO. Days are counted from the"
        " transplantation, which is day 0."
    )
    return Table(
        id=f"{analysis['id']}_criteria",
        title=f"{analysis['title']}: patients, and the day on which criteria were first met",
        stub="Criteria",
        columns=(
            phrase("Days that count"),
            *_heads(*(head for _, head in _SAID)),
            phrase("Day first met, median (range)"),
        ),
        rows=tuple(map(row, analysis["criteria"])),
        notes=(note,),
    )


def _agreement(analysis: Node, values: Values) -> Table:
    def row(node: Node) -> Row:
        key = f"{analysis['id']}.{node['id']}"
        counts = (
            phrase(values.count(f"{key}.{who}_{part}")) for who, _ in _WHO for part, _ in _SAID
        )
        agree = phrase(percent_of(values, f"{key}.agree", f"{key}.agree_percent"))
        return Row(
            form.capitalised(node["label"]),
            (*counts, phrase(values.count(f"{key}.compared")), agree),
        )

    heads = [head for _ in _WHO for _, head in _SAID]
    sizes = [values.count(f"{analysis['id']}.{who}").text for who, _ in _WHO]
    spans = [(f"{name} (n = {n})", len(_SAID)) for (_, name), n in zip(_WHO, sizes, strict=True)]
    notes = ["Compared: patients with an entry of the centre of whom the criteria can be said."]
    if values.raw(f"{analysis['id']}.not_entered"):
        unknown = values.count(f"{analysis['id']}.not_entered").text
        notes.append(f"Of {unknown} the centre entered neither.")
    return Table(
        id=f"{analysis['id']}_agreement",
        title=f"{analysis['title']}: beside the centre\N{RIGHT SINGLE QUOTATION MARK}s diagnosis",
        stub="Criteria",
        columns=_heads(*heads, "Compared", "Agree, n (%)"),
        rows=tuple(map(row, analysis["criteria"])),
        notes=tuple(notes),
        spans=(*spans, ("", 2)),
    )


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
        title=f"{analysis['title']}: work-up that leaves criteria open, by what is missing",
        stub="Missing",
        columns=_heads("Patients"),
        rows=tuple(rows),
        notes=("A patient of whom several items are missing is counted with each of them.",),
    )


def _patients(analysis: Node) -> Table:
    def row(item: Node) -> Row:
        met = (item["met"][node["id"]] for node in analysis["criteria"])
        cells = (item["day"], item["grade"], *map(_said, met), ", ".join(item["missing"]))
        return Row(item["record"], _words(*cells))

    who = "with the centre\N{RIGHT SINGLE QUOTATION MARK}s diagnosis"
    if analysis["listed"] == "diagnosed_or_met":
        who += " or criteria that were met"
    spans, heads = _criteria_heads(analysis["criteria"])
    return Table(
        id=f"{analysis['id']}_patients",
        title=f"{analysis['title']}: patients {who}",
        stub="Record",
        columns=_heads("Day", "Grade", *heads, "Missing"),
        rows=tuple(map(row, analysis["patients"])),
        notes=(_PATIENTS_NOTE,),
        text_columns=(2 + len(heads),),
        spans=(("Centre", 2), *spans, ("", 1)),
        listing=True,
    )


def _said(met: Node) -> str:
    if met["met"] is None:
        return "?"
    return str(met["day"]) if met["met"] else "no"


def _criteria_heads(criteria: Sequence[Node]) -> tuple[list[tuple[str, int]], list[str]]:
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

    given = [values.count(f"{analysis['id']}.{p}").text for p in ("doses", "cycles", "overall.n")]
    return Table(
        id=f"{analysis['id']}_kinds",
        title=f"{analysis['title']}: deviations by kind",
        stub="Deviation",
        columns=_heads("Deviations", "Cycles", "Patients, n (%)"),
        rows=(
            *(row(node["label"], node["id"]) for node in analysis["kinds"]),
            row("Any of these", "any"),
        ),
        notes=(f"Of {given[0]} doses in {given[1]} cycles of {given[2]} patients.",),
    )


def _deviations(analysis: Node) -> Table:
    def row(item: Node) -> Row:
        given, label = (f"{item[part]} {item['unit']}" for part in ("given", "label"))
        place = f"{item['file']} line {item['line']}"
        cells = (item["cycle"], item["dose"], item["deviation"], given, label, place)
        return Row(item["record"], _words(*cells))

    return Table(
        id=f"{analysis['id']}_listed",
        title=f"{analysis['title']}: deviations by record",
        stub="Record",
        columns=_heads("Cycle", "Dose", "Deviation", "Given", "Label", "Place"),
        rows=tuple(map(row, analysis["listed"])),
        text_columns=(1, 2, 3, 4, 5),
        listing=True,
    )


def _unjudged(analysis: Node) -> Table:
    return Table(
        id=f"{analysis['id']}_unjudged",
        title=f"{analysis['title']}: cycles that could not be judged in full",
        stub="Record",
        columns=_heads("Cycle in the forms", "Not judged"),
        rows=tuple(
            Row(item["record"], _words(item["instance"], item["reason"]))
            for item in analysis["unjudged"]
        ),
        text_columns=(1,),
        listing=True,
    )


CLINICAL_TABLES: dict[str, Callable[[Node, Values], list[Table]]] = {
    "response_rules": response_tables,
    "sos_criteria": sos_tables,
    "dose_deviations": dose_tables,
}
