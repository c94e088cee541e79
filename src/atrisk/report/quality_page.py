"""The data-quality page of a checks document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from atrisk.report import format as form
from atrisk.report import quality_figures as figures
from atrisk.report import quality_tables as tables
from atrisk.report.figures_save import inline_svg, svg_text
from atrisk.report.page import FigureView, TableView, style_sheet
from atrisk.report.query_sheets import sheet_names
from atrisk.report.synthetic import mark_figure
from atrisk.report.tables import Table, footnotes
from atrisk.report.tables_html import table_html
from atrisk.report.theme import COLUMN, FULL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matplotlib.figure import Figure

    from atrisk.report.theme import Width
    from atrisk.report.values import Node

__all__ = ["quality_html"]

_MOST_LETTERS = 26


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the page."""

    id: str
    title: str
    paragraphs: tuple[str, ...]
    figures: tuple[FigureView, ...] = ()
    tables: tuple[TableView, ...] = ()
    folded: tuple[TableView, ...] = ()


def quality_html(document: Node) -> str:
    """Render the page as one HTML text that needs no other file.

    Parameters
    ----------
    document
        The checks document.

    Returns
    -------
    str
        The page; the same document gives the same text.
    """
    environment = Environment(
        loader=PackageLoader("atrisk.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("quality.html.j2").render(
        study=document["study"],
        style=_safe(
            style_sheet("report.css", "quality.css", synthetic=document["study"]["synthetic"])
        ),
        software=f"{document['software']['name']} {document['software']['version']}",
        facts=_facts(document),
        tiles=_tiles(document),
        verdict=_verdict(document),
        sheets=_sheets(document),
        parts=_parts(document),
        files=_files(document),
    )


def _files(document: Node) -> list[dict[str, Any]]:
    """Give each file once, with the rows of all centres in it."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for file in document["files"]:
        known = found.setdefault((file["name"], file["sha256"]), {**file, **_NONE})
        for key in _NONE:
            known[key] += file[key]
    return list(found.values())


_NONE = {"rows": 0, "kept": 0, "rejected": 0}


def _safe(html: str) -> Markup:
    """Mark HTML as such: it was made by this package, with every text from outside escaped."""
    return Markup(html)  # noqa: S704 - built from escaped parts only


def _facts(document: Node) -> list[tuple[str, str]]:
    study = document["study"]
    facts = [
        ("Dictionary", study["dictionary"]),
        ("Data cut-off", study["cut_off"] or "none named"),
        ("Files read", form.count(len(_files(document)))),
        ("Rules", form.count(len(document["rules"]))),
    ]
    return [*facts, *([("Source", study["source"])] if study["source"] else [])]


def _sum(document: Node, key: str) -> int:
    return sum(centre[key] for centre in document["centres"])


def _tiles(document: Node) -> list[tuple[str, str]]:
    graves = _graves(document)
    centres = len(document["centres"])
    patients = _sum(document, "patients")
    at = f"{form.tally(patients, 'patient', 'patients')} at {form.count(centres)}"
    return [
        (form.count(patients), f"{at} {form.tally(centres, 'centre', 'centres')}"),
        (form.count(_sum(document, "rows")), "rows read"),
        (form.count(graves["error"]), form.tally(graves["error"], "error", "errors")),
        (form.count(graves["warning"]), form.tally(graves["warning"], "warning", "warnings")),
    ]


def _graves(document: Node) -> dict[str, int]:
    names = ("error", "warning", "info")
    return {name: sum(c["queries"][name] for c in document["centres"]) for name in names}


def _verdict(document: Node) -> list[str]:
    """Say in sentences how the data stand."""
    rows, kept = _sum(document, "rows"), _sum(document, "rows_kept")
    rejected, entries = _sum(document, "rows_rejected"), _sum(document, "entries_rejected")
    refused = _sum(document, "files_rejected")
    said = [
        (
            f"Of {form.count(rows)} rows in, {form.count(kept)} were kept and"
            f" {form.count(rejected)} rejected;"
            f" {form.count(entries)} single {form.tally(entries, 'entry', 'entries')} could not be"
            " read."
        )
    ]
    if refused:
        verb = form.tally(refused, "file was", "files were")
        said.append(f"{form.count(refused)} {verb} not taken in at all.")
    failing = tables.failing_rules(document)
    if not rows:
        said.append("Nothing could be checked: no row was read.")
    elif not failing:
        said.append("No check failed.")
    said += [
        f"{rule['label']}: {form.count(rule['failed'])} of {form.count(rule['tested'])}"
        f" ({rule['severity']})."
        for rule in failing[:3]
    ]
    if document.get("endpoints_problem"):
        said.append(f"The endpoints were not checked: {document['endpoints_problem']}")
    late = _overdue(document)
    if late is not None:
        said.append(late)
    return said


def _overdue(document: Node) -> str | None:
    contacts = document["contacts"]
    if contacts is None:
        return None
    open_ = sum(centre["open"] for centre in contacts["by_centre"])
    late = sum(centre["overdue"] for centre in contacts["by_centre"])
    return (
        f"Last contact is overdue for {form.count(late)} of {form.count(open_)} open"
        f" {form.tally(open_, 'patient', 'patients')}."
    )


def _sheets(document: Node) -> list[dict[str, Any]]:
    names = sheet_names(document["centres"])
    return [
        {
            "label": centre["label"],
            "number": form.count(sum(centre["queries"].values())),
            "noun": form.tally(sum(centre["queries"].values()), "query", "queries"),
            "stem": f"queries/{names[centre['id']]}",
        }
        for centre in document["centres"]
    ]


def _parts(document: Node) -> list[Part]:
    made = (
        Part(
            "intake",
            "What was read",
            (),
            tables=_views(tables.intake_table(document), tables.rejected_table(document)),
        ),
        Part(
            "rules",
            "Checks",
            _checks_words(document),
            tables=_views(tables.rules_table(document)),
            folded=_views(tables.quiet_rules_table(document)),
        ),
        _completeness(document),
        Part(
            "limits",
            "Outside the limits",
            () if tables.limits_table(document) else ("No entry is outside its limits.",),
            tables=_views(tables.limits_table(document)),
        ),
        _contacts(document),
        _accrual(document),
    )
    return [part for part in made if part is not None]


def _checks_words(document: Node) -> tuple[str, ...]:
    asked = form.count(len(document["queries"]))
    if not document["queries"]:
        return ("No check failed: there is nothing to ask.",)
    noun = form.tally(len(document["queries"]), "query", "queries")
    said = f"{asked} {noun} in all; each stands in the sheet of its centre"
    return (f"{said} with record, field, entry and what to do.",)


def _views(*found: Table | None) -> tuple[TableView, ...]:
    return tuple(
        TableView(
            id=table.id,
            number=None,
            title=table.title,
            html=_safe(table_html(table)),
            footnotes=footnotes(table),
            links=(),
        )
        for table in found
        if table is not None
    )


def _figure(
    document: Node,
    name: str,
    number: int,
    title: str,
    caption: str,
    words: str,
    draw: Callable[[Width], Figure],
) -> FigureView:
    pictures = []
    for width in (FULL, COLUMN):
        figure = mark_figure(draw(width)) if document["study"]["synthetic"] else draw(width)
        svg = svg_text(figure, title, words)
        pictures.append(_safe(inline_svg(svg, f"{name}{width.suffix}")))
    return FigureView(name, number, title, caption, pictures[0], pictures[1], ())


def _labels(document: Node) -> tuple[str, ...]:
    """Give the names of centres in figures: their ids where a label is too long for a row."""
    long = any(len(centre["label"]) > _MOST_LETTERS for centre in document["centres"])
    return tuple(centre["id" if long else "label"] for centre in document["centres"])


def _completeness(document: Node) -> Part:
    required = [field for field in document["completeness"] if field["required"]]
    labels = _labels(document)
    names = [
        entry for entry in document["forms"] if any(f["form"] == entry["id"] for f in required)
    ]
    by_form = [_form_shares(required, entry["id"], len(labels)) for entry in names]
    rows = (*labels, "All")
    plan = figures.CompletenessPlan(
        rows,
        tuple(entry["label"] for entry in names),
        tuple(tuple(shares[row] for shares in by_form) for row in range(len(rows))),
    )
    overall = _ratio(
        [sum(sum(field["by_centre"][state]) for field in required) for state in _ANSWERED],
        sum(sum(counts) for field in required for counts in field["by_centre"].values()),
    )
    words = (
        "" if overall is None else f"{form.proportion(overall)}% of the required entries are there."
    )
    figure = _figure(
        document,
        "completeness",
        1,
        "Completeness by form and centre",
        "Required entries that are there, in percent of those asked for (where the field applies,"
        " in forms that were filled). A missing-value code counts as an answer. Grey: no such"
        " form.",
        words,
        lambda width: figures.draw_completeness(plan, width),
    )
    return Part(
        "completeness",
        "Completeness",
        (words,) if words else (),
        (figure,),
        _views(tables.incomplete_table(document)),
    )


_ANSWERED = ("present", "coded")


def _form_shares(fields: Iterable[Node], name: str, centres: int) -> list[float | None]:
    """Give the share of required entries of a form that are there: each centre's, then all."""
    here = [field["by_centre"] for field in fields if field["form"] == name]
    there = np.sum([np.add(*(field[state] for state in _ANSWERED)) for field in here], axis=0)
    asked = np.sum([np.sum(list(field.values()), axis=0) for field in here], axis=0)
    shares = [_ratio([int(there[place])], int(asked[place])) for place in range(centres)]
    return [*shares, _ratio([int(there.sum())], int(asked.sum()))]


def _ratio(parts: Iterable[int], whole: int) -> float | None:
    return sum(parts) / whole if whole else None


def _contacts(document: Node) -> Part | None:
    contacts = document["contacts"]
    if contacts is None:
        return None
    first, second, third = contacts["bands"]
    plan = figures.ContactsPlan(
        _labels(document),
        (
            f"up to {first} days",
            f"{first + 1}\N{EN DASH}{second}",
            f"{second + 1}\N{EN DASH}{third}",
            f"over {third}",
        ),
        tuple((*centre["bands"], centre["unknown"]) for centre in contacts["by_centre"]),
        tuple(centre["overdue"] for centre in contacts["by_centre"]),
    )
    day = (
        f"the data cut-off, {contacts['reference']}"
        if contacts["reference_is_cut_off"]
        else f"{contacts['reference']}, the latest contact of all (no cut-off is named)"
    )
    words = _overdue(document) or ""
    figure = _figure(
        document,
        "contacts",
        2,
        "Time since last contact by centre",
        f"Patients of whom a further contact is expected, by days from the last contact to {day}."
        f" Overdue: more than {contacts['overdue_days']} days.",
        words,
        lambda width: figures.draw_contacts(plan, width),
    )
    return Part(
        "contacts", "Last contact", (words,), (figure,), _views(tables.overdue_table(document))
    )


def _accrual(document: Node) -> Part | None:
    found = document["accrual"]
    if found is None or not found["first_month"]:
        return None
    year, month = (int(part) for part in found["first_month"].split("-"))
    counts = np.array(found["by_centre"], dtype=np.int64)
    plan = figures.AccrualPlan(_labels(document), 12 * (year - 1970) + month - 1, counts)
    total, undated = int(counts.sum()), sum(found["undated"])
    words = (
        f"{form.count(total)} {form.tally(total, 'patient', 'patients')} entered from"
        f" {found['first_month']} on"
    )
    words += f"; {form.count(undated)} without a date of entry." if undated else "."
    figure = _figure(
        document,
        "accrual",
        2 if document["contacts"] is None else 3,
        "Accrual over time by centre",
        f"By the date in {found['field']}. Bars of all centres have one scale.",
        words,
        lambda width: figures.draw_accrual(plan, width),
    )
    return Part("accrual", "Accrual", (words,), (figure,))
