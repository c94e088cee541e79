"""A table of the report as a table of Word: real cells, heads repeated, rows kept whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from atrisk.report.docx_look import HEAD, NOTE, TEXT, Look
from atrisk.report.docx_widths import MILLIMETRE, fitted
from atrisk.report.docx_xml import Element, element, phrase_runs, run
from atrisk.report.tables import Row, Table, footnotes, marks
from atrisk.report.values import Phrase, phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["table_elements"]

_PADDING = 60
_THICK, _THIN = 8, 4
_MOST_ROWS_ON_ONE_PAGE = 24


def table_elements(table: Table, look: Look, room: float) -> list[Element]:
    """Make a table and the notes below it.

    Parameters
    ----------
    table
        what it shows.
    look
        how it is dressed.
    room
        the width in millimetres it may take.
    """
    points, columns = fitted(table, room)
    look = replace(look, points=points)
    widths = [round(width * MILLIMETRE) for width in columns]
    letters = marks(table)
    notes = footnotes(table)
    grid = element("w:tblGrid", None, *(element("w:gridCol", {"w:w": w}) for w in widths))
    short = len(table.rows) <= _MOST_ROWS_ON_ONE_PAGE
    rows = [
        _row(row, table, look, widths, letters, keep=_keeps(table, place, short, bool(notes)))
        for place, row in enumerate(table.rows)
    ]
    made = element(
        "w:tbl", None, _properties(widths), grid, *_heads(table, look, widths, letters), *rows
    )
    return [made, *(_note(note, look, place, len(notes)) for place, note in enumerate(notes))]


def _keeps(table: Table, place: int, short: bool, noted: bool) -> bool:  # noqa: FBT001
    """Tell whether a row stays on the page of what follows it."""
    rest = len(table.rows) - 1 - place
    if rest == 0:
        return noted
    # what belongs to a variable stays with it
    return short or table.rows[place + 1].level > 0 or place == 0 or rest == 1


def _properties(widths: Sequence[int]) -> Element:
    margin = ({"w:w": _PADDING, "w:type": "dxa"},)
    return element(
        "w:tblPr",
        None,
        element("w:tblW", {"w:w": sum(widths), "w:type": "dxa"}),
        element("w:tblBorders", None, _rule("top", _THICK), _rule("bottom", _THICK)),
        element("w:tblLayout", {"w:type": "fixed"}),
        element(
            "w:tblCellMar",
            None,
            element("w:left", *margin),
            element("w:right", *margin),
        ),
        element("w:tblLook", {"w:val": "0020", "w:firstRow": 1}),
    )


def _rule(side: str, eighths: int) -> Element:
    return element(
        f"w:{side}", {"w:val": "single", "w:sz": eighths, "w:space": 0, "w:color": "auto"}
    )


def _heads(
    table: Table, look: Look, widths: Sequence[int], letters: dict[str, str]
) -> list[Element]:
    """Make the head: one row, or two where heads span columns."""
    bold = look.run(HEAD, bold=True)
    spans = table.spans if any(label for label, _ in table.spans) else ()
    stub = look.paragraph(HEAD, [run(table.stub, *look.run(HEAD, bold=True))], keep=True)
    columns = [
        look.paragraph(
            HEAD,
            phrase_runs(head, *bold, letters=letters),
            align=_align(index, table),
            keep=True,
        )
        for index, head in enumerate(table.columns)
    ]
    merged = "continue" if spans else ""
    last = [_cell([stub if not spans else _empty(look)], widths[:1], below=True, merge=merged)]
    last += [
        _cell([head], widths[index + 1 : index + 2], below=True)
        for index, head in enumerate(columns)
    ]
    first = [_cell([stub], widths[:1], merge="restart")] if spans else []
    place = 1
    for label, count in spans:
        runs = [run(label, *look.run(HEAD, bold=True))] if label else []
        over = look.paragraph(HEAD, runs, align="center", keep=True)
        first.append(_cell([over], widths[place : place + count], below=bool(label)))
        place += count
    return [_line(cells, head=True) for cells in (first, last) if cells]


def _empty(look: Look) -> Element:
    return look.paragraph(HEAD, [], keep=True)


def _row(
    row: Row,
    table: Table,
    look: Look,
    widths: Sequence[int],
    letters: dict[str, str],
    *,
    keep: bool,
) -> Element:
    label = phrase(row.label)
    runs = phrase_runs(label, *look.run(TEXT, bold=row.heading), letters=letters)
    stub = look.paragraph(TEXT, runs, level=row.level, keep=keep)
    if row.heading:
        return _line([_cell([stub], widths)])
    cells = [_cell([stub], widths[:1])]
    for index, words in enumerate(row.cells):
        runs = phrase_runs(words, *look.run(TEXT), letters=letters)
        shown = look.paragraph(TEXT, runs, align=_align(index, table), keep=keep)
        cells.append(_cell([shown], widths[index + 1 : index + 2]))
    return _line(cells)


def _align(index: int, table: Table) -> str:
    return "" if index in table.text_columns else "right"


def _line(cells: Sequence[Element], *, head: bool = False) -> Element:
    repeated = element("w:tblHeader") if head else None
    return element("w:tr", None, element("w:trPr", None, element("w:cantSplit"), repeated), *cells)


def _cell(
    held: Sequence[Element], widths: Sequence[int], *, below: bool = False, merge: str = ""
) -> Element:
    """Make a cell over as many columns as it has widths."""
    properties = [element("w:tcW", {"w:w": sum(widths), "w:type": "dxa"})]
    if len(widths) > 1:
        properties.append(element("w:gridSpan", {"w:val": len(widths)}))
    if merge:
        properties.append(element("w:vMerge", {"w:val": merge}))
    if below:
        properties.append(element("w:tcBorders", None, _rule("bottom", _THIN)))
    if below or merge:
        properties.append(element("w:vAlign", {"w:val": "bottom"}))
    return element("w:tc", None, element("w:tcPr", None, *properties), *held)


def _note(note: tuple[str, str], look: Look, place: int, count: int) -> Element:
    mark, text = note
    runs = []
    if mark:
        raised = element("w:vertAlign", {"w:val": "superscript"})
        runs = [run(mark, *look.run(NOTE), raised), run(" ", *look.run(NOTE))]
    said = phrase_runs(Phrase((text,)), *look.run(NOTE))
    return look.paragraph(NOTE, [*runs, *said], keep=place + 1 < count)
