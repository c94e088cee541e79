"""From the results document to the description of its report."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from atrisk.report import format as form
from atrisk.report.abbreviations import with_abbreviations
from atrisk.report.description import (
    Data,
    Figure,
    Glance,
    Method,
    NumberedTable,
    Report,
    Section,
    Tile,
)
from atrisk.report.document import check_document, duration_name, lower_first
from atrisk.report.drawings_events import flow_drawing
from atrisk.report.guard_rails import guard_rails
from atrisk.report.kinds import kind_of
from atrisk.report.language import current, word
from atrisk.report.methods import data_facts, method_lines, software_line
from atrisk.report.methods_names import printed_method
from atrisk.report.methods_text import methods_paragraphs
from atrisk.report.models import fitted_models, notes_of_parts
from atrisk.report.published import as_elsewhere
from atrisk.report.sentences import population_sentence
from atrisk.report.sizes import sizes
from atrisk.report.strobe import strobe_table
from atrisk.report.tables_data import columns_table, data_paragraphs, data_tables, errors_sentence
from atrisk.report.tables_population import (
    MOST_LEFT_OUT_ROWS,
    flow_table,
    left_out_table,
    population_entries,
    population_number,
)
from atrisk.report.translate import translated
from atrisk.report.values import Node, Phrase, Values, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atrisk.report.tables import Table

__all__ = ["compose", "with_population"]


class _Numbering:
    """Running numbers of figures and tables."""

    def __init__(self) -> None:
        self.figure = count(1)
        self._tables = {False: count(1), True: count(1)}

    def table(self, table: Table) -> int:
        """Give the next number of the series of a table."""
        return next(self._tables[table.supplement])


def compose(document: Node) -> Report:
    """Describe the report of a results document, in the language that is set.

    Raises
    ------
    InputError
        If the document is of another schema, lacks a value the report needs, or holds a number
        that is not finite.
    """
    check_document(document)
    document = translated(with_population(_as_printed(document)))
    values, numbers = Values(document["values"]), _Numbering()
    drawn = flow_drawing(document)
    flow_figure = None if drawn is None else Figure(next(numbers.figure), drawn)
    report = Report(
        language=current().code,
        study=document["study"],
        facts=tuple(data_facts(document["study"])),
        software=software_line(document["software"]),
        errors=errors_sentence(document),
        tiles=tuple(_tiles(document, values)),
        glance=tuple(_glances(document, values)),
        guard_rails=tuple(guard_rails(document)),
        data=_data(document, values),
        population=_population(document["population"]),
        flow=NumberedTable(flow_table(document["population"])),
        flow_figure=flow_figure,
        smaller=tuple(_smaller(document)),
        population_notes=tuple(document["population"].get("notes", ())),
        left_out=_list_left_out(
            document["population"]["left_out"], "left_out", word("Rows left out")
        ),
        sections=as_elsewhere(
            [_section(a, document, values, numbers) for a in document["analyses"]]
        ),
        methods_text=tuple(methods_paragraphs(document)),
        methods=tuple(
            Method(a["title"], tuple(method_lines(a, values))) for a in document["analyses"]
        ),
        checklist=None,
    )
    return _finished(report, document)


def _as_printed(document: Node) -> Node:
    """Write the names of tests as those of methods are printed."""
    return {**document, "analyses": [_tests_as_printed(node) for node in document["analyses"]]}


def _tests_as_printed(analysis: Node) -> Node:
    tests = [
        {**test, "label": printed_method(test["label"])} for test in analysis.get("tests") or ()
    ]
    return {**analysis, "tests": tests} if tests else analysis


def with_population(document: Node) -> Node:
    """Give the counts of the population a place among the values, under the keys of the page."""
    entries = population_entries(document["population"])
    return {**document, "values": {**document["values"], **entries}}


def _finished(report: Report, document: Node) -> Report:
    """Add what is made of the whole: the checklist, and abbreviations under every table."""
    checklist = NumberedTable(strobe_table(report, document), values_file=False)

    def explained(shown: NumberedTable) -> NumberedTable:
        return replace(shown, table=with_abbreviations(shown.table, document))

    sections = (
        replace(section, tables=tuple(map(explained, section.tables)))
        for section in report.sections
    )
    return replace(report, sections=tuple(sections), checklist=checklist)


def _section(analysis: Node, document: Node, values: Values, numbers: _Numbering) -> Section:
    kind, unit = kind_of(analysis), document["study"]["report_unit"]
    paragraphs = tuple(kind.paragraphs(analysis, values, unit))
    drawn = kind.drawings(analysis, document["study"], values, paragraphs)
    return Section(
        id=analysis["id"],
        kind=analysis["kind"],
        title=analysis["title"],
        definition=_definition(analysis),
        paragraphs=paragraphs,
        figures=tuple(Figure(next(numbers.figure), drawing) for drawing in drawn),
        tables=tuple(
            _numbered(table, numbers.table(table)) for table in kind.tables(analysis, values, unit)
        ),
        left_out=tuple(_all_left_out(analysis)),
        notes=_notes(analysis),
        warnings=tuple(analysis.get("warnings") or ()),
    )


def _definition(analysis: Node) -> str:
    defined = analysis.get("endpoint") or analysis.get("outcome") or {}
    return str(defined.get("definition") or "")


def _notes(analysis: Node) -> tuple[str, ...]:
    """Give the notes of an analysis, without its warnings, which stand above."""
    notes = [*analysis["notes"], *notes_of_parts(analysis)]
    return tuple(note for note in notes if note not in (analysis.get("warnings") or ()))


def _numbered(table: Table, number: int | None) -> NumberedTable:
    if not table.listing:
        return NumberedTable(table, number)
    return _beginning(table, number)


def _beginning(table: Table, number: int | None) -> NumberedTable:
    """Cut a long list short; its CSV file holds all of it."""
    if len(table.rows) <= MOST_LEFT_OUT_ROWS:
        return NumberedTable(table, number, values_file=False)
    note = word(
        "The first {shown} of {all}; the CSV file lists all.",
        shown=form.count(MOST_LEFT_OUT_ROWS),
        all=form.count(len(table.rows)),
    )
    short = replace(table, rows=table.rows[:MOST_LEFT_OUT_ROWS], notes=(note, *table.notes))
    return NumberedTable(short, number, whole=table, values_file=False)


def _list_left_out(items: Sequence[Node], name: str, title: str) -> NumberedTable | None:
    return _beginning(left_out_table(items, name, title), None) if items else None


def _all_left_out(analysis: Node) -> Iterator[NumberedTable]:
    """List the rows left out of an analysis, then those left out of each of its models."""
    title = word("{analysis}: rows left out", analysis=analysis["title"])
    name = f"{analysis['id']}_left_out"
    parts = [(analysis.get("left_out", []), name, title)]
    known: list[Any] = []
    for model in fitted_models(analysis):
        if model.get("left_out") and model["left_out"] not in known:
            known.append(model["left_out"])
            own = word(
                "{analysis}: rows left out of the {model} model",
                analysis=analysis["title"],
                model=lower_first(model["label"]),
            )
            parts.append((model["left_out"], f"{analysis['id']}_{model['id']}_left_out", own))
    made = (_list_left_out(*part) for part in parts)
    yield from (shown for shown in made if shown is not None)


def _data(document: Node, values: Values) -> Data | None:
    data = document.get("data")
    if data is None:
        return None
    columns = NumberedTable(columns_table(data)) if data["columns"] else None
    return Data(
        tuple(data_paragraphs(data, values)),
        tuple(map(NumberedTable, data_tables(data, values))),
        columns,
    )


def _population(population: Node) -> Phrase:
    rows_in, rows_used = (population_number(population, p) for p in ("rows_in", "rows_used"))
    return population_sentence(population, rows_in, rows_used)


def _tiles(document: Node, values: Values) -> Iterator[Tile]:
    """Give the large numbers at the top: patients, then medians where they are known."""
    unit = document["study"]["report_unit"]
    used = population_number(document["population"], "rows_used")
    yield Tile(phrase(used), word("patients in the population"))
    for analysis in document["analyses"]:
        if analysis["kind"] == "survival":
            prefix = f"{analysis['id']}.{analysis['overall']['id']}"
            median = values.time(f"{prefix}.median.estimate", unit)
            shown = "" if median.missing else f" {word(unit)}"
            words = word("median {name}", name=lower_first(duration_name(analysis)))
            if _fewer(document, values, analysis).pieces:
                n = values.count(f"{prefix}.n").text
                words = word("{what}, {n} patients", what=words, n=n)
            yield Tile(phrase(median, shown), words)


def _glances(document: Node, values: Values) -> Iterator[Glance]:
    unit = document["study"]["report_unit"]
    for analysis in document["analyses"]:
        fewer = _fewer(document, values, analysis)
        used = phrase(fewer, "; ") if fewer.pieces else fewer
        for said in kind_of(analysis).glance(analysis, values, unit):
            yield Glance(analysis["id"], analysis["title"], phrase(used, said))


def _fewer(document: Node, values: Values, analysis: Node) -> Phrase:
    """Say how many of the population an analysis uses, where that is not all."""
    if not analysis.get("overall"):
        return phrase()
    key = f"{analysis['id']}.{analysis['overall']['id']}.n"
    whole = document["population"]["rows_used"]
    if not values.has(key) or (values.raw(key) or 0) >= whole:
        return phrase()
    used = population_number(document["population"], "rows_used")
    return phrase(values.count(key), f" {word('of')} ", used, f" {word('patients')}")


def _smaller(document: Node) -> Iterator[Glance]:
    whole = population_number(document["population"], "rows_used")
    for size in sizes(document):
        if not size.whole:
            said = phrase(size.shown, f" {word('of')} ", whole)
            yield Glance(size.analysis, size.title, said)
