"""The page: sections made of sentences, figures and tables, set by a Jinja template."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from atrisk.report import format as form
from atrisk.report.document import duration_name, lower_first
from atrisk.report.methods import data_facts, method_lines, software_line
from atrisk.report.sentences import glance, population_sentence
from atrisk.report.sentences_blocks import block_glance
from atrisk.report.sentences_clinical import CLINICAL_PARAGRAPHS, clinical_glance
from atrisk.report.sentences_models import model_glance
from atrisk.report.tables import Table, footnotes
from atrisk.report.tables_data import errors_sentence
from atrisk.report.tables_html import phrase_html, table_html
from atrisk.report.tables_population import population_number
from atrisk.report.values import Node, Phrase, Values, phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "DataView",
    "FigureView",
    "Section",
    "TableView",
    "render_page",
    "style_sheet",
    "view_table",
]


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure on the page: its SVG for a wide and a narrow screen, caption and downloads."""

    id: str
    number: int
    title: str
    caption: str
    full: Markup
    narrow: Markup
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TableView:
    """A table on the page; ``number`` is None where the table is not one of the series."""

    id: str
    number: int | None
    title: str
    html: Markup
    footnotes: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One analysis on the page."""

    id: str
    title: str
    definition: str
    paragraphs: tuple[Phrase, ...]
    figures: tuple[FigureView, ...]
    tables: tuple[TableView, ...]
    left_out: tuple[TableView, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DataView:
    """The forms of a study on the page."""

    paragraphs: tuple[Phrase, ...]
    tables: tuple[TableView, ...]
    columns: TableView | None


def view_table(table: Table, number: int | None, *, values_file: bool = True) -> TableView:
    """Prepare a table for the page, with links to its files."""
    links = [("As printed (CSV)", f"tables/{table.id}_printed.csv")]
    if values_file:
        links.append(("Full precision with keys (CSV)", f"tables/{table.id}.csv"))
    return TableView(
        id=table.id,
        number=number,
        title=table.title,
        html=_safe(table_html(table)),
        footnotes=footnotes(table),
        links=tuple(links),
    )


def render_page(
    document: Node,
    sections: Sequence[Section],
    flow: TableView,
    left_out: TableView | None,
    data: DataView | None = None,
) -> str:
    """Render the whole page as one HTML text."""
    environment = Environment(
        loader=PackageLoader("atrisk.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["words"] = lambda words: _safe(phrase_html(words))
    return environment.get_template("report.html.j2").render(
        study=document["study"],
        style=_safe(style_sheet("report.css", synthetic=document["study"]["synthetic"])),
        facts=data_facts(document["study"]),
        software=software_line(document["software"]),
        population=_population(document["population"]),
        figures_of=_headline(document),
        glance=_glance(document),
        flow=flow,
        smaller=_smaller(document),
        population_notes=document["population"].get("notes", []),
        left_out=left_out,
        data=data,
        errors=errors_sentence(document),
        sections=sections,
        methods=_methods(document),
    )


def _safe(html: str) -> Markup:
    """Mark HTML as such: it was made by this package, with every text from outside escaped."""
    return Markup(html)  # noqa: S704 - built from escaped parts only


def style_sheet(*names: str, synthetic: bool) -> str:
    """Join style sheets, that of synthetic data last where the data are."""
    templates = resources.files("atrisk.report").joinpath("templates")
    more = ("synthetic.css",) if synthetic else ()
    return "".join(templates.joinpath(name).read_text("utf-8") for name in (*names, *more))


def _population(population: Node) -> Phrase:
    rows_in, rows_used = (population_number(population, p) for p in ("rows_in", "rows_used"))
    return population_sentence(population, rows_in, rows_used)


def _headline(document: Node) -> list[tuple[Phrase, str]]:
    """Give the large numbers at the top: patients, then median follow-up where it is known."""
    study, values = document["study"], Values(document["values"])
    used = population_number(document["population"], "rows_used")
    shown = [(phrase(used), "patients in the population")]
    for analysis in document["analyses"]:
        key = f"{analysis['id']}.{analysis['overall']['id']}"
        if analysis["kind"] == "survival":
            name = duration_name(analysis)
            median = values.time(f"{key}.median.estimate", study["report_unit"])
            unit = "" if median.missing else f" {study['report_unit']}"
            shown.append((phrase(median, unit), f"median {lower_first(name)}"))
    return shown


def _glance(document: Node) -> list[tuple[str, str, Phrase]]:
    values, unit = Values(document["values"]), document["study"]["report_unit"]
    return [
        (analysis["id"], analysis["title"], phrase(_fewer(document, analysis), said))
        for analysis in document["analyses"]
        for said in _glances(analysis, values, unit)
    ]


def _glances(analysis: Node, values: Values, unit: str) -> list[Phrase]:
    if analysis["kind"] in {"time_dependent", "landmark", "weighted"}:
        return block_glance(analysis, values)
    if analysis["kind"] in CLINICAL_PARAGRAPHS:
        return clinical_glance(analysis, values)
    return model_glance(analysis, values) or glance(analysis, values, unit)


def _fewer(document: Node, analysis: Node) -> Phrase:
    """Say how many of the population an analysis uses, where that is not all."""
    key = f"{analysis['id']}.{analysis['overall']['id']}.n"
    values, whole = Values(document["values"]), document["population"]["rows_used"]
    if not values.has(key) or (values.raw(key) or 0) >= whole:
        return phrase()
    noun = form.tally(whole, "patient", "patients")
    used = population_number(document["population"], "rows_used")
    return phrase(values.count(key), " of ", used, f" {noun}; ")


def _smaller(document: Node) -> list[tuple[str, str, Phrase]]:
    found = ((a["id"], a["title"], _fewer(document, a)) for a in document["analyses"])
    return [(name, title, Phrase(said.pieces[:3])) for name, title, said in found if said.pieces]


def _methods(document: Node) -> list[tuple[str, list[tuple[str, str]]]]:
    values = Values(document["values"])
    return [(a["title"], method_lines(a, values)) for a in document["analyses"]]
