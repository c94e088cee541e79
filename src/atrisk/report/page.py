"""The page: a report set as HTML by a Jinja template."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from atrisk.report.figures_save import inline_svg, svg_image
from atrisk.report.language import word
from atrisk.report.tables import footnotes
from atrisk.report.tables_html import phrase_html, table_html
from atrisk.report.theme import COLUMN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atrisk.report.description import Figure, NumberedTable, Report

__all__ = ["FigureView", "Link", "TableView", "render_page", "style_sheet", "view_table"]

LOOSE = 13
"""A table or list of more rows may break between pages."""

_MOST_EMBEDDED = 300_000
"""A file of data larger than so many bytes stands beside the page, not in it."""


@dataclass(frozen=True, slots=True)
class Link:
    """A download: its words, where it leads, and the name it is saved under, if in the page."""

    words: str
    target: str
    saved_as: str = ""


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure on the page: its SVG for a wide and a narrow screen, caption and downloads."""

    id: str
    number: int
    title: str
    caption: str
    full: Markup
    narrow: Markup
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class TableView:
    """A table on the page; ``number`` is None where the table is not one of a series.

    A ``loose`` one is so long that it may break between pages.
    """

    id: str
    number: str | None
    title: str
    html: Markup
    footnotes: tuple[tuple[str, str], ...]
    links: tuple[Link, ...]
    loose: bool = False


def render_page(
    report: Report, pictures: Mapping[str, str], data: Mapping[str, bytes], *, files: bool = True
) -> str:
    """Render the whole page as one HTML text.

    Parameters
    ----------
    pictures
        the SVG of each figure and width, by the stem of its file.
    data
        the file of numbers behind each figure, by its name: it is put into the page.
    files
        whether to link the files beside the page; a page for print does not, and holds its
        figures as images, for one width.
    """
    environment = Environment(
        loader=PackageLoader("atrisk.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["words"] = lambda words: _safe(phrase_html(words))
    environment.filters["word"] = word
    environment.filters["table"] = lambda shown: view_table(shown, links=files)
    environment.filters["figure"] = lambda figure: _view_figure(figure, pictures, data, links=files)
    return environment.get_template("report.html.j2").render(
        report=report,
        study=report.study,
        files=files,
        loose=LOOSE,
        style=_safe(style_sheet("report.css", synthetic=report.synthetic)),
    )


def view_table(shown: NumberedTable, *, links: bool = True) -> TableView:
    """Prepare a table for the page, with links to its files."""
    table = shown.table
    return TableView(
        id=table.id,
        number=shown.label or None,
        title=table.title,
        html=_safe(table_html(table)),
        footnotes=footnotes(table),
        links=tuple(_table_links(shown)) if links else (),
        loose=len(table.rows) > LOOSE,
    )


def _table_links(shown: NumberedTable) -> list[Link]:
    stem = f"tables/{shown.id}"
    links = [Link(word("As printed (CSV)"), f"{stem}_printed.csv"), Link("LaTeX", f"{stem}.tex")]
    if shown.values_file:
        links.insert(1, Link(word("Full precision with keys (CSV)"), f"{stem}.csv"))
    return links


def _view_figure(
    figure: Figure, pictures: Mapping[str, str], data: Mapping[str, bytes], *, links: bool
) -> FigureView:
    drawing = figure.drawing
    full, name = pictures[figure.id], f"{figure.id}{COLUMN.suffix}"
    return FigureView(
        id=figure.id,
        number=figure.number,
        title=drawing.title,
        caption=drawing.caption,
        full=_safe(inline_svg(full, figure.id) if links else svg_image(full)),
        narrow=_safe(inline_svg(pictures[name], name) if links else ""),
        links=tuple(_figure_links(figure, data)) if links else (),
    )


def _figure_links(figure: Figure, data: Mapping[str, bytes]) -> list[Link]:
    name, drawing = figure.id, figure.drawing
    file = f"{drawing.data_name}.csv"
    kinds = ("svg", "pdf", "png")
    full = [Link(kind.upper(), f"figures/{name}.{kind}") for kind in kinds]
    narrow = [
        Link(
            word("{format}, one column", format=kind.upper()),
            f"figures/{name}{COLUMN.suffix}.{kind}",
        )
        for kind in kinds
    ]
    return [_data_link(word(drawing.data_label), file, data[file]), *full, *narrow]


def _data_link(words: str, file: str, content: bytes) -> Link:
    """Put a file of numbers into the page, so that a page sent alone still has it."""
    if len(content) > _MOST_EMBEDDED:
        return Link(words, f"tables/{file}")
    return Link(words, f"data:text/csv;base64,{base64.b64encode(content).decode('ascii')}", file)


def _safe(html: str) -> Markup:
    """Mark HTML as such: it was made by this package, with every text from outside escaped."""
    return Markup(html)  # noqa: S704 - built from escaped parts only


def style_sheet(*names: str, synthetic: bool) -> str:
    """Join style sheets, that of synthetic data last where the data are."""
    templates = resources.files("atrisk.report").joinpath("templates")
    more = ("synthetic.css",) if synthetic else ()
    return "".join(templates.joinpath(name).read_text("utf-8") for name in (*names, *more))
