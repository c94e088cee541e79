"""The page of the record, and single tables of it, as HTML that needs no other file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from atrisk.report import format as form
from atrisk.report.evidence_text import table_csv
from atrisk.report.evidence_timeline import timeline_svg, write_timeline
from atrisk.report.page import style_sheet
from atrisk.report.theme import COLUMN, FULL

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.report.values import Node

__all__ = ["evidence_html", "tables_html", "write_evidence", "write_tables"]

_MARK = re.compile(r" ?\^([a-z])\b")
_WIDE = 6
_FIGURE = re.compile(r"[\d.<>%/\-\N{EN DASH} ]+")


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("atrisk.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _safe(html: str) -> Markup:
    """Mark HTML as such: it was made by this package, with every text from outside escaped."""
    return Markup(html)  # noqa: S704 - built from escaped parts only


def _cell(text: str) -> Markup:
    """Write a cell, footnote marks raised."""
    return _safe(_MARK.sub(r"<sup>\1</sup>", str(escape(text))))


def _table(table: Node) -> dict[str, Any]:
    """Prepare a table: cells as HTML, columns of figures set to the right."""
    columns = list(zip(*table["rows"], strict=True)) or [()] * len(table["columns"])
    right = [bool(c) and all(not x or _FIGURE.fullmatch(x) for x in c) for c in columns]
    rows = [
        {
            "study": table["studies"][at] if table["studies"] else "",
            "cells": [_cell(text) for text in row],
        }
        for at, row in enumerate(table["rows"])
    ]
    return {**table, "rows": rows, "right": right, "wide": len(columns) >= _WIDE}


def tables_html(document: Node) -> str:
    """Render the tables of a document as a page.

    Parameters
    ----------
    document
        a document of ``atrisk-record/1``.

    Returns
    -------
    str
        the page; the same document gives the same text.
    """
    return evidence_html({"filters": {}, "studies": [], "timeline": None, **document})


def evidence_html(document: Node) -> str:
    """Render the page of the record; it reads without a script, which only filters it.

    Parameters
    ----------
    document
        the document of `record_document`.

    Returns
    -------
    str
        the page; the same document gives the same text.
    """
    timeline = document["timeline"]
    figure = None
    if timeline is not None:
        figure = {
            "title": timeline["title"],
            "note": timeline["note"],
            "full": _safe(timeline_svg(timeline, FULL, "timeline")),
            "narrow": _safe(timeline_svg(timeline, COLUMN, "timeline-column")),
            "events": timeline["events"],
        }
    studies = [{**study, "numbers": _table(study["numbers"])} for study in document["studies"]]
    single = not document["studies"]
    return (
        _environment()
        .get_template("evidence.html.j2")
        .render(
            style=_safe(style_sheet("report.css", "evidence.css", synthetic=False)),
            title=document["tables"][0]["title"] if single else "The published record",
            software=f"{document['software']['name']} {document['software']['version']}",
            filters=document["filters"],
            tables=[_table(table) for table in document["tables"]],
            studies=studies,
            counted=_counted(document),
            figure=figure,
            single=single,
        )
    )


def _counted(document: Node) -> str:
    studies = len(document["studies"])
    numbers = sum(len(study["numbers"]["rows"]) for study in document["studies"])
    return (
        f"{form.count(studies)} {form.tally(studies, 'study', 'studies')},"
        f" {form.count(numbers)} {form.tally(numbers, 'number', 'numbers')} as printed."
    )


def write_tables(document: Node, folder: Path) -> None:
    """Write each table of a document as CSV, and all as ``evidence.html``."""
    for table in document["tables"]:
        path = folder / f"{table['id']}.csv"
        path.write_text(table_csv(table), encoding="utf-8", newline="\n")
    page = tables_html(document)
    (folder / "evidence.html").write_text(page, encoding="utf-8", newline="\n")


def write_evidence(document: Node, folder: Path) -> None:
    """Write the page of the record, its tables as CSV, and the timeline as figures."""
    for table in document["tables"]:
        path = folder / f"{table['id']}.csv"
        path.write_text(table_csv(table), encoding="utf-8", newline="\n")
    page = evidence_html(document)
    (folder / "evidence.html").write_text(page, encoding="utf-8", newline="\n")
    write_timeline(document["timeline"], folder)
