"""From an analysis to its section: the sentences, figures and tables, and their files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from atrisk.report.document import lower_first
from atrisk.report.drawings import drawings
from atrisk.report.figures_save import inline_svg, save_figure, svg_text
from atrisk.report.models import fitted_models, notes_of_parts
from atrisk.report.page import DataView, FigureView, Section, TableView, view_table
from atrisk.report.sentences import incidence_paragraphs, survival_paragraphs
from atrisk.report.sentences_blocks import block_paragraphs
from atrisk.report.sentences_clinical import CLINICAL_PARAGRAPHS
from atrisk.report.sentences_models import model_paragraphs
from atrisk.report.synthetic import WORDS, mark_figure
from atrisk.report.tables_blocks import BLOCK_TABLES
from atrisk.report.tables_checks import check_tables
from atrisk.report.tables_clinical import CLINICAL_TABLES
from atrisk.report.tables_csv import write_data, write_printed, write_values
from atrisk.report.tables_data import columns_table, data_paragraphs, data_tables
from atrisk.report.tables_describe import describe_table
from atrisk.report.tables_models import model_tables
from atrisk.report.tables_population import MOST_LEFT_OUT_ROWS, left_out_table
from atrisk.report.tables_times import incidence_tables, survival_tables
from atrisk.report.theme import COLUMN, FULL
from atrisk.report.values import Node, Phrase, Values

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from atrisk.report.drawing import Drawing
    from atrisk.report.tables import Table

__all__ = ["Numbering", "Output", "build_section", "view_data", "view_left_out", "write_table"]


@dataclass(frozen=True, slots=True)
class Output:
    """Where files go, and whether they say that the data are synthetic."""

    folder: Path
    synthetic: bool = False

    @property
    def figures(self) -> Path:
        """The folder of figures."""
        return self.folder / "figures"

    @property
    def tables(self) -> Path:
        """The folder of tables."""
        return self.folder / "tables"


class Numbering:
    """Running numbers of figures and tables."""

    def __init__(self) -> None:
        self.figure = count(1)
        self.table = count(1)


def build_section(
    analysis: Node, document: Node, output: Output, numbers: Numbering
) -> tuple[Section, list[Path]]:
    """Build the section of one analysis and write its files."""
    values = Values(document["values"])
    tables = _tables(analysis, values, document["study"]["report_unit"])
    paragraphs = _paragraphs(analysis, values, document["study"]["report_unit"])
    paths = [path for table in tables for path in write_table(table, values, output)]
    figures: list[FigureView] = []
    for drawing in drawings(analysis, document["study"], values, paragraphs):
        figure, files = _figure(drawing, output, numbers)
        figures.append(figure)
        paths.extend(files)
    left_out, listed = _all_left_out(analysis, output)
    return Section(
        id=analysis["id"],
        title=analysis["title"],
        definition=_definition(analysis),
        paragraphs=tuple(paragraphs),
        figures=tuple(figures),
        tables=tuple(_view(table, next(numbers.table)) for table in tables),
        left_out=left_out,
        notes=_notes(analysis),
        warnings=tuple(analysis.get("warnings") or ()),
    ), paths + listed


def _all_left_out(analysis: Node, output: Output) -> tuple[tuple[TableView, ...], list[Path]]:
    """List the rows left out of an analysis, then those left out of each of its models."""
    title, name = f"{analysis['title']}: rows left out", f"{analysis['id']}_left_out"
    parts = [(analysis.get("left_out", []), name, title)]
    known: list[Any] = []
    for model in fitted_models(analysis):
        if model.get("left_out") and model["left_out"] not in known:
            known.append(model["left_out"])
            own = f"{title} of the {lower_first(model['label'])} model"
            parts.append((model["left_out"], f"{analysis['id']}_{model['id']}_left_out", own))
    built = [view_left_out(*part, output) for part in parts]
    views = tuple(view for view, _ in built if view is not None)
    return views, [path for _, paths in built for path in paths]


def _notes(analysis: Node) -> tuple[str, ...]:
    """Give the notes of an analysis, without its warnings, which stand above."""
    notes = [*analysis["notes"], *notes_of_parts(analysis)]
    return tuple(note for note in notes if note not in (analysis.get("warnings") or ()))


def _definition(analysis: Node) -> str:
    defined = analysis.get("endpoint") or analysis.get("outcome") or {}
    return str(defined.get("definition") or "")


def write_table(table: Table, values: Values, output: Output) -> list[Path]:
    """Write the two CSV files of a table; a listing holds words only, and has one."""
    if table.listing:
        path = output.tables / f"{table.id}_printed.csv"
        return [write_printed(table, path, synthetic=output.synthetic)]
    return [
        write_values(table, values, output.tables / f"{table.id}.csv", synthetic=output.synthetic),
        write_printed(table, output.tables / f"{table.id}_printed.csv", synthetic=output.synthetic),
    ]


def view_left_out(
    items: Sequence[Node], name: str, title: str, output: Output
) -> tuple[TableView | None, list[Path]]:
    """Prepare the list of rows left out, cut short on the page and whole in its CSV file."""
    if not items:
        return None, []
    table = left_out_table(items, name, title)
    path = output.tables / f"{name}_printed.csv"
    write_printed(table, path, synthetic=output.synthetic)
    return view_table(_beginning(table), None, values_file=False), [path]


def _view(table: Table, number: int) -> TableView:
    if not table.listing:
        return view_table(table, number)
    return view_table(_beginning(table), number, values_file=False)


def _beginning(table: Table) -> Table:
    """Cut a long list short; its CSV file holds all of it."""
    if len(table.rows) <= MOST_LEFT_OUT_ROWS:
        return table
    note = f"The first {MOST_LEFT_OUT_ROWS} of {len(table.rows)}; the CSV file lists all."
    return replace(table, rows=table.rows[:MOST_LEFT_OUT_ROWS], notes=(note, *table.notes))


def view_data(document: Node, output: Output) -> tuple[DataView | None, list[Path]]:
    """Prepare the section of the forms of a study, None where it has none."""
    data = document.get("data")
    if data is None:
        return None, []
    values = Values(document["values"])
    tables = [*data_tables(data, values), *([columns_table(data)] if data["columns"] else [])]
    paths = [path for table in tables for path in write_table(table, values, output)]
    views = [view_table(table, None) for table in tables]
    columns = views.pop() if data["columns"] else None
    return DataView(tuple(data_paragraphs(data, values)), tuple(views), columns), paths


def _tables(analysis: Node, values: Values, unit: str) -> list[Table]:
    kind = analysis["kind"]
    if kind == "describe":
        return [describe_table(analysis, values)]
    if kind == "survival":
        return survival_tables(analysis, values, unit)
    if kind == "cumulative_incidence":
        return incidence_tables(analysis, values)
    if kind in BLOCK_TABLES:
        return BLOCK_TABLES[kind](analysis, values)
    if kind in CLINICAL_TABLES:
        return CLINICAL_TABLES[kind](analysis, values)
    return [*model_tables(analysis, values), *check_tables(analysis, values)]


def _paragraphs(analysis: Node, values: Values, unit: str) -> list[Phrase]:
    kind = analysis["kind"]
    if kind == "describe":
        return []
    if kind == "survival":
        return survival_paragraphs(analysis, values, unit)
    if kind == "cumulative_incidence":
        return incidence_paragraphs(analysis, values)
    if kind in BLOCK_TABLES:
        return block_paragraphs(analysis, values)
    if kind in CLINICAL_PARAGRAPHS:
        return CLINICAL_PARAGRAPHS[kind](analysis, values)
    return model_paragraphs(analysis, values)


def _figure(drawing: Drawing, output: Output, numbers: Numbering) -> tuple[FigureView, list[Path]]:
    """Draw a figure for both widths and write its files."""
    paths: list[Path] = []
    pictures: list[Markup] = []
    title, words = drawing.title, drawing.words
    words = f"{WORDS}. {words}" if output.synthetic else words
    for width in (FULL, COLUMN):
        figure = drawing.draw(width)
        figure = mark_figure(figure) if output.synthetic else figure
        svg = svg_text(figure, title, words)
        stem = output.figures / f"{drawing.id}{width.suffix}"
        paths.extend(save_figure(figure, svg, title, words, stem))
        pictures.append(Markup(inline_svg(svg, stem.name)))  # noqa: S704 - words are escaped
    data = output.tables / f"{drawing.data_name}.csv"
    paths.append(write_data(drawing.data, data, synthetic=output.synthetic))
    view = FigureView(
        id=drawing.id,
        number=next(numbers.figure),
        title=title,
        caption=drawing.caption,
        full=pictures[0],
        narrow=pictures[1],
        links=_links(drawing),
    )
    return view, paths


def _links(drawing: Drawing) -> tuple[tuple[str, str], ...]:
    name, kinds = drawing.id, ("svg", "pdf", "png")
    full = [(kind.upper(), f"figures/{name}.{kind}") for kind in kinds]
    narrow = [
        (f"{kind.upper()}, one column", f"figures/{name}{COLUMN.suffix}.{kind}") for kind in kinds
    ]
    return (*full, *narrow, (drawing.data_label, f"tables/{drawing.data_name}.csv"))
