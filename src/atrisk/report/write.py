"""Writing the whole report of a results document into a folder."""

from __future__ import annotations

import json
from pathlib import Path

from atrisk.report.document import check_document
from atrisk.report.methods_names import printed_method
from atrisk.report.page import TableView, render_page, view_table
from atrisk.report.provenance import write_provenance
from atrisk.report.sections import (
    Numbering,
    Output,
    build_section,
    view_data,
    view_left_out,
    write_table,
)
from atrisk.report.tables_population import flow_table, population_entries
from atrisk.report.values import Node, Values

__all__ = ["write_report"]


def write_report(document: Node, folder: Path) -> list[Path]:
    """Write page, numbers, figures and tables of a results document.

    The same document gives the same bytes.

    Parameters
    ----------
    document
        The results document, as in ``results.json``.
    folder
        Where to write; made if it does not exist. Files of the same name are replaced.

    Returns
    -------
    list of Path
        The files written, ``report.html`` first.

    Raises
    ------
    InputError
        If the document is of another schema, lacks a value the report needs, or holds a number
        that is not finite.
    """
    check_document(document)
    output = Output(Path(folder), synthetic=bool(document["study"].get("synthetic")))
    for place in (output.folder, output.figures, output.tables):
        place.mkdir(parents=True, exist_ok=True)
    document, traced = write_provenance(document, output)
    numbers = Numbering()
    shown = {**document, "analyses": [_as_printed(node) for node in document["analyses"]]}
    built = [build_section(a, shown, output, numbers) for a in shown["analyses"]]
    flow, left_out, files = _population(document, output)
    data, more = view_data(document, output)
    files += [*more, *traced]
    page = render_page(shown, [section for section, _ in built], flow, left_out, data)
    return [
        _write_text(output.folder / "report.html", page),
        _write_text(output.folder / "results.json", results_json(document)),
        *files,
        *(path for _, paths in built for path in paths),
    ]


def results_json(document: Node) -> str:
    """Write the document as JSON: keys sorted, real UTF-8, no NaN."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False)
    return text + "\n"


def _as_printed(analysis: Node) -> Node:
    """Write the names of tests as those of methods are printed."""
    tests = [
        {**test, "label": printed_method(test["label"])} for test in analysis.get("tests") or ()
    ]
    return {**analysis, "tests": tests} if tests else analysis


def _write_text(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _population(document: Node, output: Output) -> tuple[TableView, TableView | None, list[Path]]:
    flow = flow_table(document["population"])
    files = write_table(flow, Values(population_entries(document["population"])), output)
    items = document["population"]["left_out"]
    left_out, listed = view_left_out(items, "left_out", "Rows left out", output)
    return view_table(flow, None), left_out, files + listed
