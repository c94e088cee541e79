"""The report as a Word document: a manuscript's parts in their order, then the supplement."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

from atrisk.report.docx_body import Body
from atrisk.report.docx_package import read_package, zipped
from atrisk.report.docx_styles import new_document
from atrisk.report.language import using, word
from atrisk.report.values import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from atrisk.report.description import NumberedTable, Report, Section

__all__ = ["write_docx"]


def write_docx(report: Report, path: Path, figures: Path) -> Path:
    """Write a report as a Word document; the same report gives the same bytes.

    Parameters
    ----------
    report
        the description of the report.
    path
        where to write.
    figures
        the folder of the figures' files, whose PNG are put into the document.

    Returns
    -------
    Path
        ``path``.
    """
    with using(report.language):
        document = new_document(report)
        body = Body(document, figures)
        _front(report, body)
        body.heading(word("Methods"), key="methods")
        body.paragraphs(report.methods_text)
        _population(report, body)
        for section in report.sections:
            _section(section, body)
        _supplement(report, body)
        body.finish()
    held = BytesIO()
    document.save(held)
    path.write_bytes(zipped(read_package(held.getvalue()).parts))
    return path


def _front(report: Report, body: Body) -> None:
    """Write the first pages: what the study is, and what it found."""
    study = report.study
    body.text(word("Study report"), "Subtitle")
    body.text(study["title"], "Title")
    if report.synthetic:
        body.warning(
            word("Synthetic data."),
            word("These patients are made up. No number here says anything about real patients."),
        )
    if report.errors.pieces:
        body.warning(word("Warning."), report.errors)
    if study.get("description"):
        body.text(study["description"])
    body.text(study["disclaimer"], "Small")
    body.facts(report.facts)
    body.heading(word("Contents"), listed=False)
    body.contents()
    _glance(report, body)
    _guard_rails(report, body)


def _glance(report: Report, body: Body) -> None:
    body.heading(word("At a glance"), key="glance")
    for tile in report.tiles:
        body.bullet(phrase(tile.number, " ", tile.words))
    for section in report.sections:
        if section.warnings:
            said = word("Read the warning before the numbers:")
            body.warning(word("Warning."), f"{said} {section.title}")
    for item in report.glance:
        body.bullet(item.said, title=item.title, key=item.id)


def _guard_rails(report: Report, body: Body) -> None:
    """Write the box of what the authors must answer."""
    if not report.guard_rails:
        return
    body.heading(word("Before this is published"), key="guard-rails")
    body.text(
        word(
            "What a reviewer will ask. Answer under [answers] in the study file, with the key in"
            " front, or leave it visible."
        )
    )
    for rail in report.guard_rails:
        answer = f"\n{word('Answer of the authors:')} {rail.answer}" if rail.answer else ""
        title = f"{rail.title}: " if rail.analysis else ""
        body.warning(rail.key, phrase(title, rail.message, answer))


def _population(report: Report, body: Body) -> None:
    body.heading(word("Population"), key="population-section")
    body.paragraphs([report.population])
    if report.flow_figure is not None:
        body.figure(report.flow_figure)
    else:
        body.table(report.flow)
    if report.smaller:
        body.text(word("Analyses of fewer patients than the population:"))
        for item in report.smaller:
            body.bullet(item.said, title=item.title, key=item.id)
    body.notes(report.population_notes)


def _section(section: Section, body: Body) -> None:
    body.heading(section.title, key=section.id)
    for warning in section.warnings:
        body.warning(word("Warning."), warning)
    if section.definition:
        body.text(section.definition, "Definition")
    body.paragraphs(section.paragraphs)
    body.references(section)
    for figure in section.figures:
        body.figure(figure)
    for shown in section.tables:
        if not shown.table.supplement:
            body.table(shown)
    body.notes(section.notes)


def _supplement(report: Report, body: Body) -> None:
    """Write what a paper has no room for: its tables, the lists, the methods line by line."""
    body.heading(word("Supplement"), key="supplement", new_page=True)
    for section in report.sections:
        own = [shown for shown in section.tables if shown.table.supplement]
        _titled(section.title, (*own, *section.left_out), body)
    listed = [report.left_out] if report.left_out is not None else []
    _titled(word("Population"), (report.flow, *listed) if report.flow_figure else listed, body)
    if report.data is not None:
        body.heading(word("Data"), level=2)
        body.paragraphs(report.data.paragraphs)
        for shown in report.data.tables:
            body.table(_small(shown))
    body.heading(word("Methods of each analysis"), level=2)
    body.grouped_facts([*_methods(report), (word("Data and software"), _software(report))])
    if report.data is not None and report.data.columns is not None:
        body.table(_small(report.data.columns))
    if report.checklist is not None and report.checklist.table.rows:
        body.heading(word("STROBE checklist"), level=2)
        body.table(report.checklist)
    body.text(report.study["disclaimer"], "Small")


def _titled(title: str, tables: Sequence[NumberedTable], body: Body) -> None:
    if tables:
        body.heading(title, level=2)
    for shown in tables:
        body.table(_small(shown))


def _small(shown: NumberedTable) -> NumberedTable:
    """Set a table without a number as those of a supplement are."""
    return replace(shown, table=replace(shown.table, supplement=True))


def _methods(report: Report) -> Iterator[tuple[str, Sequence[tuple[str, str]]]]:
    """Give the methods of each analysis; analyses done in the same way have them together."""
    titles: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for method in report.methods:
        titles.setdefault(method.lines, []).append(method.title)
    yield from (("; ".join(same), lines) for lines, same in titles.items() if lines)


def _software(report: Report) -> list[tuple[str, str]]:
    study = report.study
    adjusted = "two-sided where the test has a direction; no adjustment unless a table says so"
    return [
        (word("Left out"), report.population.plain),
        (word("P values"), word(adjusted)),
        (word("Data file"), f"{study['data_file']}, SHA-256 {study['sha256']}"),
        (word("Software"), report.software),
    ]
