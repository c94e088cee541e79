"""Writing the whole report of a results document into a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from atrisk.report.compose import compose, with_population
from atrisk.report.document import check_document
from atrisk.report.docx import write_docx
from atrisk.report.files import write_figure_data, write_tables
from atrisk.report.language import using
from atrisk.report.manuscript import fill_templates
from atrisk.report.page import render_page
from atrisk.report.pdf import write_pdf
from atrisk.report.pictures import draw_figures
from atrisk.report.printed import with_printed
from atrisk.report.provenance import write_provenance
from atrisk.report.values import Values
from atrisk.report.worker import started

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atrisk.report.description import Report
    from atrisk.report.values import Node
    from atrisk.report.worker import Workers

__all__ = ["write_report"]


def write_report(
    document: Node,
    folder: Path,
    *,
    templates: Sequence[Path] = (),
    workers: Workers | None = None,
) -> list[Path]:
    """Write page, Word file, PDF, numbers, figures and tables of a results document.

    The same document gives the same bytes.

    Parameters
    ----------
    document
        The results document, as in ``results.json``.
    folder
        Where to write; made if it does not exist. Files of the same name are replaced.
    templates
        Texts with fields, .md, .txt or .docx; the folder holds them filled, under their names.
    workers
        Processes that draw figures; started for this report if None.

    Returns
    -------
    list of Path
        The files written, ``report.html`` first.

    Raises
    ------
    InputError
        If the document is of another schema, lacks a value the report or a template needs, or
        holds a number that is not finite.
    """
    check_document(document)
    settings = document.get("report", {})
    with using(settings.get("language", "en"), settings.get("decimal")):
        if workers is not None:
            return _write(document, Path(folder), templates, workers)
        with started() as own:
            return _write(document, Path(folder), templates, own)


def _write(document: Node, folder: Path, templates: Sequence[Path], workers: Workers) -> list[Path]:
    figures, tables = folder / "figures", folder / "tables"
    for place in (folder, figures, tables):
        place.mkdir(parents=True, exist_ok=True)
    document, traced = write_provenance(document, tables)
    report = compose(document)
    document = with_printed(with_population(document), report)
    results = _write_text(folder / "results.json", results_json(document))
    listed = [*write_tables(report, Values(document["values"]), tables), *traced]
    pages, drawn = _write_pages(report, folder, workers)
    filled = fill_templates(templates, report, document, folder)
    return [*pages, results, *filled, *listed, *drawn]


def _write_pages(report: Report, folder: Path, workers: Workers) -> tuple[list[Path], list[Path]]:
    """Write the figures, then the report in its three forms."""
    figures = list(report.figures())
    tables, pictures_of = folder / "tables", folder / "figures"
    data = [write_figure_data(f, tables, synthetic=report.synthetic) for f in figures]
    pictures = draw_figures(figures, pictures_of, workers, synthetic=report.synthetic)
    contents = {path.name: path.read_bytes() for path in data}
    printing = (_write_print, (report, pictures, folder / "report.pdf"))
    writing = (write_docx, (report, folder / "report.docx", pictures_of))
    showing = (_write_page, (report, pictures, contents, folder / "report.html"))
    pdf, word_file, html = workers.run([printing, writing, showing])
    files = [
        pictures_of / f"{stem}{suffix}" for stem in pictures for suffix in (".svg", ".pdf", ".png")
    ]
    return [html, word_file, pdf], [*data, *files]


def _write_page(
    report: Report, pictures: Mapping[str, str], data: Mapping[str, bytes], path: Path
) -> Path:
    return _write_text(path, render_page(report, pictures, data))


def _write_print(report: Report, pictures: Mapping[str, str], path: Path) -> Path:
    return write_pdf(render_page(report, pictures, {}, files=False), report.study["title"], path)


def results_json(document: Node) -> str:
    """Write the document as JSON: keys sorted, real UTF-8, no NaN."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False)
    return text + "\n"


def _write_text(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
