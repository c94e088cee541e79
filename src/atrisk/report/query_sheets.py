"""Query sheets: for each centre a CSV and a workbook with its questions and room for answers."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from itertools import count
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from atrisk.report.synthetic import with_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from atrisk.report.values import Node

__all__ = ["sheet_names", "write_query_sheets"]

_HEADS: Final = (
    "No.",
    "Severity",
    "Record",
    "Form",
    "Row",
    "Field",
    "Entry",
    "Question",
    "Your answer",
    "Where in the file",
    "Rule",
)
#: Widths in characters; together they fill a landscape A4 page at a readable size.
_WIDTHS: Final = (5, 9, 11, 11, 5, 14, 14, 42, 28, 17, 14)
#: A worksheet ends soon after; the CSV has all rows.
_MOST_ROWS: Final = 1_000_000
#: Characters that a header may have.
_MOST_HEADER: Final = 255
_LINE_HEIGHT: Final = 12.0
_ANSWER: Final = _HEADS.index("Your answer")
_GRAVE: Final = {"error": "Error", "warning": "Warning", "info": "Info"}
_INK: Final = {"error": "#B42318", "warning": "#8A5A00", "info": "#57606A"}
# a spreadsheet program takes what begins with these for a formula, but for a number with its sign
_FORMULA: Final = re.compile(r"(?:^|(?<=[;\t\r\n]))(?=[=@\t\r]|[+\-](?![\d.,]+(?:[;\t\r\n]|$)))")
#: Of an entry a sheet shows so much; a row is no higher, in points.
_MOST_CHARACTERS: Final = 500
_HIGHEST: Final = 405.0
_MADE: Final = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_HOW: Final = (
    (
        "Each row asks about one entry. Correct the entry in your forms, or confirm it, and write"
        " what you did in the column 'Your answer'."
    ),
    (
        "Error: the entry cannot be right, or it is needed. Warning: it is unlikely; confirm it or"
        " correct it. Info: no answer is needed."
    ),
    (
        "Row is the number of the form where a form can be filled several times. The last columns"
        " say where the entry stood in the file that you sent, and which rule asks."
    ),
    "Use the arrows in the first line to show one record, one form or one kind of question.",
)


def sheet_names(centres: Iterable[Node]) -> dict[str, str]:
    """Give each centre a file name without suffix, by its id.

    Examples
    --------
    >>> sheet_names([{"id": "Ulm"}, {"id": "Bad Saarow"}, {"id": "Bad/Saarow"}])
    {'Ulm': 'Ulm', 'Bad Saarow': 'Bad_Saarow', 'Bad/Saarow': 'Bad_Saarow_2'}
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for centre in centres:
        stem = re.sub(r"[^\w.-]+", "_", centre["id"]).strip("._") or "centre"
        free = (name for n in count(1) if (name := _numbered(stem, n)).lower() not in taken)
        names[centre["id"]] = next(free)
        taken.add(names[centre["id"]].lower())
    return names


def _numbered(stem: str, number: int) -> str:
    return stem if number == 1 else f"{stem}_{number}"


def write_query_sheets(document: Node, folder: Path) -> list[Path]:
    """Write ``<centre>.csv`` and ``<centre>.xlsx`` for every centre; the same bytes every time.

    Parameters
    ----------
    document
        The checks document.
    folder
        Where to write; made if it does not exist.

    Returns
    -------
    list of Path
        The files written, two a centre. A centre without queries has sheets that say so.
    """
    folder.mkdir(parents=True, exist_ok=True)
    by_centre: dict[str, list[Node]] = {centre["id"]: [] for centre in document["centres"]}
    for query in document["queries"]:
        by_centre.setdefault(query["centre"], []).append(query)
    names = sheet_names(document["centres"])
    paths = []
    for centre in document["centres"]:
        rows = [_row(number, query) for number, query in enumerate(by_centre[centre["id"]], 1)]
        stem = folder / names[centre["id"]]
        synthetic = document["study"]["synthetic"]
        paths.append(_write_csv(stem.with_name(f"{stem.name}.csv"), rows, synthetic=synthetic))
        paths.append(_write_workbook(stem.with_name(f"{stem.name}.xlsx"), rows, centre, document))
    return paths


def _row(number: int, query: Node) -> tuple[str | int, ...]:
    return (
        number,
        _GRAVE[query["severity"]],
        query["record"],
        query["form"],
        query["instance"] if query["record"] else "",
        query["field"],
        _shown(query["value"]),
        query["message"],
        "",
        _where(query),
        query["rule"],
    )


def _shown(value: str) -> str:
    """Cut a very long entry, as of a free text: a cell ends at 32,767 characters."""
    if len(value) <= _MOST_CHARACTERS:
        return value
    return f"{value[:_MOST_CHARACTERS]} ... ({len(value):,} characters)"


def _where(query: Node) -> str:
    place = f", {query['place']} {query['line']}" if query["line"] else ""
    return f"{query['file']}{place}"


def _height(row: Sequence[str | int]) -> float:
    """Give the height of a row in points: programs that open the file do not all work it out."""
    lines = (_lines(str(cell), width) for cell, width in zip(row, _WIDTHS, strict=True))
    return min(_LINE_HEIGHT * max(1, *lines) + 3.0, _HIGHEST)


def _lines(text: str, width: float) -> int:
    """Count the lines of a text in a column."""
    room = int(1.1 * width)
    return 1 if len(text) <= room else _wrapped(text, room)


@lru_cache(maxsize=4096)
def _wrapped(text: str, room: int) -> int:
    """Count lines; many rows have the same texts."""
    return len(wrap(text, room, break_on_hyphens=False))


def _write_csv(path: Path, rows: Sequence[Sequence[str | int]], *, synthetic: bool) -> Path:
    lines = [_HEADS, *([_inert(cell) for cell in row] for row in rows)]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerows(with_column(lines) if synthetic else lines)
    return path


def _inert(cell: str | int) -> str | int:
    """Keep a spreadsheet program from running an entry as a formula.

    Within an entry as well: a program that takes ``;`` or a tab as separator begins a cell there.
    """
    return _FORMULA.sub("'", cell) if isinstance(cell, str) else cell


def _write_workbook(
    path: Path, rows: Sequence[Sequence[str | int]], centre: Node, document: Node
) -> Path:
    import xlsxwriter

    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        title = f"Queries for {centre['label']}"
        book.set_properties({"title": title, "created": _MADE, "author": "atrisk"})
        sheet = book.add_worksheet("Queries")
        _set_page(sheet, title, document)
        _fill(book, sheet, rows)
        _explain(book, title, document, len(rows))
    path.write_bytes(buffer.getvalue())
    return path


def _set_page(sheet: Worksheet, title: str, document: Node) -> None:
    """Set the print: A4 across, one page wide, the heads on every page."""
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 3)
    _set_head_and_foot(sheet, title, document)


def _set_head_and_foot(sheet: Worksheet, title: str, document: Node) -> None:
    """Say on every printed page whose queries these are, and whether the data are synthetic."""
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    name, study = (text.replace("&", "&&") for text in (title, document["study"]["title"]))
    sheet.set_header(f"&L&B{name}&R{study}"[:_MOST_HEADER])
    made_up = "&L&BSynthetic data: these patients are made up." * document["study"]["synthetic"]
    sheet.set_footer(f"{made_up}&RPage &P of &N")


def _fill(book: Workbook, sheet: Worksheet, rows: Sequence[Sequence[str | int]]) -> None:
    common = {"font_name": "Arial", "font_size": 9, "valign": "top", "border": 1}
    common["border_color"] = "#D0D7DE"
    head = book.add_format(
        common | {"bold": True, "bg_color": "#1F2328", "font_color": "white", "text_wrap": True}
    )
    plain = book.add_format(common | {"text_wrap": True})
    number = book.add_format(common | {"align": "center"})
    answer = book.add_format(common | {"text_wrap": True, "bg_color": "#FFF8E1"})
    graves = {
        _GRAVE[name]: book.add_format(common | {"bold": True, "font_color": ink})
        for name, ink in _INK.items()
    }
    for at, (name, width) in enumerate(zip(_HEADS, _WIDTHS, strict=True)):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, name, head)
    for at, row in enumerate(rows[:_MOST_ROWS], start=1):
        sheet.set_row(at, _height(row))
        for place, cell in enumerate(row):
            style = answer if place == _ANSWER else graves.get(str(cell), plain)
            if isinstance(cell, int):
                sheet.write_number(at, place, cell, number)
            elif cell == "":
                sheet.write_blank(at, place, None, style)
            else:
                sheet.write_string(at, place, cell, style)
    if not rows:
        sheet.write_string(1, _HEADS.index("Question"), "There are no questions.", plain)
    sheet.autofilter(0, 0, min(max(len(rows), 1), _MOST_ROWS), len(_HEADS) - 1)


def _explain(book: Workbook, title: str, document: Node, questions: int) -> None:
    """Write a second sheet that says how to answer."""
    sheet = book.add_worksheet("How to answer")
    _set_head_and_foot(sheet, title, document)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 88)
    bold = book.add_format({"font_name": "Arial", "font_size": 13, "bold": True, "text_wrap": True})
    plain = book.add_format({"font_name": "Arial", "font_size": 10, "text_wrap": True})
    lines = [f"{document['study']['title']}. Questions: {questions}.", *_HOW]
    if document["study"]["synthetic"]:
        lines.insert(0, "Synthetic data: these patients are made up.")
    sheet.write_string(0, 0, title, bold)
    for at, line in enumerate(lines, start=1):
        sheet.set_row(at, 15.0 * len(wrap(line, 80)) + 4.0)
        sheet.write_string(at, 0, line, plain)
