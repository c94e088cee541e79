"""From an analysis to its section: the sentences, figures and tables, and their files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from markupsafe import Markup

from atrisk.report.document import interval_name, title_by_group
from atrisk.report.figures_draw import draw
from atrisk.report.figures_plan import FigurePlan, incidence_plan, survival_plan
from atrisk.report.figures_save import inline_svg, save_figure, svg_text
from atrisk.report.page import FigureView, Section, TableView, view_table
from atrisk.report.sentences import incidence_paragraphs, survival_paragraphs
from atrisk.report.tables_csv import write_curves, write_printed, write_values
from atrisk.report.tables_describe import describe_table
from atrisk.report.tables_population import MOST_LEFT_OUT_ROWS, left_out_table
from atrisk.report.tables_times import incidence_tables, survival_tables
from atrisk.report.theme import COLUMN, FULL
from atrisk.report.values import Node, Phrase, Values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from atrisk.report.tables import Table

__all__ = ["Numbering", "Output", "build_section", "view_left_out", "write_table"]


@dataclass(frozen=True, slots=True)
class Output:
    """Where files go."""

    folder: Path

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
    figures: tuple[FigureView, ...] = ()
    if analysis["kind"] != "describe":
        figure, files = _figure(analysis, document, paragraphs, output, numbers)
        figures = (figure,)
        paths.extend(files)
        path = output.tables / f"{analysis['id']}_curves.csv"
        paths.append(write_curves(analysis, document["study"]["time_unit"], path))
    title = f"{analysis['title']}: rows left out"
    name = f"{analysis['id']}_left_out"
    left_out, listed = view_left_out(analysis.get("left_out", []), name, title, output)
    return Section(
        id=analysis["id"],
        title=analysis["title"],
        definition=analysis.get("endpoint", {}).get("definition", ""),
        paragraphs=tuple(paragraphs),
        figures=figures,
        tables=tuple(view_table(table, next(numbers.table)) for table in tables),
        left_out=left_out,
        notes=tuple(analysis["notes"]),
    ), paths + listed


def write_table(table: Table, values: Values, output: Output) -> list[Path]:
    """Write the two CSV files of a table."""
    return [
        write_values(table, values, output.tables / f"{table.id}.csv"),
        write_printed(table, output.tables / f"{table.id}_printed.csv"),
    ]


def view_left_out(
    items: Sequence[Node], name: str, title: str, output: Output
) -> tuple[TableView | None, list[Path]]:
    """Prepare the list of rows left out, cut short on the page and whole in its CSV file."""
    if not items:
        return None, []
    table = left_out_table(items, name, title)
    path = write_printed(table, output.tables / f"{name}_printed.csv")
    if len(items) > MOST_LEFT_OUT_ROWS:
        note = f"The first {MOST_LEFT_OUT_ROWS} of {len(items)}; the CSV file lists all."
        table = replace(table, rows=table.rows[:MOST_LEFT_OUT_ROWS], notes=(note,))
    return view_table(table, None, values_file=False), [path]


def _tables(analysis: Node, values: Values, unit: str) -> list[Table]:
    if analysis["kind"] == "describe":
        return [describe_table(analysis, values)]
    if analysis["kind"] == "survival":
        return survival_tables(analysis, values, unit)
    return incidence_tables(analysis, values)


def _paragraphs(analysis: Node, values: Values, unit: str) -> list[Phrase]:
    if analysis["kind"] == "survival":
        return survival_paragraphs(analysis, values, unit)
    if analysis["kind"] == "cumulative_incidence":
        return incidence_paragraphs(analysis, values)
    return []


def _figure(
    analysis: Node,
    document: Node,
    paragraphs: Iterable[Phrase],
    output: Output,
    numbers: Numbering,
) -> tuple[FigureView, list[Path]]:
    build = survival_plan if analysis["kind"] == "survival" else incidence_plan
    plan = build(analysis, Values(document["values"]), document["study"]["origin"])
    title, caption = title_by_group(analysis), _caption(analysis, plan)
    words = " ".join([caption, *(paragraph.plain for paragraph in paragraphs)])
    paths: list[Path] = []
    pictures: list[Markup] = []
    for width in (FULL, COLUMN):
        figure = draw(plan, width)
        svg = svg_text(figure, title, words)
        stem = output.figures / f"{plan.id}{width.suffix}"
        paths.extend(save_figure(figure, svg, title, words, stem))
        pictures.append(Markup(inline_svg(svg, stem.name)))  # noqa: S704 - words are escaped
    view = FigureView(
        id=plan.id,
        number=next(numbers.figure),
        title=title,
        caption=caption,
        full=pictures[0],
        narrow=pictures[1],
        links=_links(plan.id),
    )
    return view, paths


def _links(name: str) -> tuple[tuple[str, str], ...]:
    kinds = ("svg", "pdf", "png")
    full = [(kind.upper(), f"figures/{name}.{kind}") for kind in kinds]
    narrow = [
        (f"{kind.upper()}, one column", f"figures/{name}{COLUMN.suffix}.{kind}") for kind in kinds
    ]
    return (*full, *narrow, ("Curves (CSV)", f"tables/{name}_curves.csv"))


def _caption(analysis: Node, plan: FigurePlan) -> str:
    survival = analysis["kind"] == "survival"
    estimator = "Kaplan\N{EN DASH}Meier" if survival else "Aalen\N{EN DASH}Johansen"
    bands = f" with pointwise {interval_name(analysis)} (shaded)" if plan.bands else ""
    parts = [f"{estimator} estimates{bands}.", "Ticks: censored patients."]
    if any(curve.median is not None for panel in plan.panels for curve in panel.curves):
        parts.append("Dotted lines: medians.")
    if not plan.bands:
        parts.append("Intervals of this many curves are in the tables only.")
    if analysis.get("weights"):
        parts.append("Estimates and numbers at risk are weighted.")
    if analysis.get("entry"):
        parts.append("Patients enter late, so the number at risk can rise.")
    return " ".join(parts)
