"""The CSV of a data dictionary: its rows with the characters they stood in, and its header.

The ``csv`` module gives cells and forgets how they were quoted. Here a row keeps its characters,
so that a dictionary that was only read is written back byte for byte.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from atrisk.errors import InputError, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["HEADER", "Row", "csv_rows", "header_attributes", "row_text", "separator_of"]

#: The 18 columns: the attribute of `Field`, and REDCap's name for it.
HEADER: Final = {
    "name": "Variable / Field Name",
    "form": "Form Name",
    "section": "Section Header",
    "type": "Field Type",
    "label": "Field Label",
    "choices": "Choices, Calculations, OR Slider Labels",
    "note": "Field Note",
    "validation": "Text Validation Type OR Show Slider Number",
    "minimum": "Text Validation Min",
    "maximum": "Text Validation Max",
    "identifier": "Identifier?",
    "branching": "Branching Logic (Show field only if...)",
    "required": "Required Field?",
    "alignment": "Custom Alignment",
    "question_number": "Question Number (surveys only)",
    "matrix_group": "Matrix Group Name",
    "matrix_ranking": "Matrix Ranking?",
    "annotation": "Field Annotation",
}
#: Spellings of older versions and of the API, letters only.
_ALSO = {
    "fieldname": "name",
    "variablename": "name",
    "choicesorcalculations": "choices",
    "choicescalculations": "choices",
    "selectchoicesorcalculations": "choices",
    "fieldnotes": "note",
    "textvalidationtype": "validation",
    "branchinglogic": "branching",
    "required": "required",
    "questionnumber": "question_number",
    "matrixgroup": "matrix_group",
    "fieldannotations": "annotation",
}
_NEW_LINE = re.compile(r"\r\n|\n|\r")
_NEEDED = ("name", "form", "type", "label")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a CSV.

    Attributes
    ----------
    raw
        its characters with the end of line, and with blank rows before it.
    cells
        its cells.
    number
        as a spreadsheet counts: the header is row 1.
    line
        the line on which it begins.
    """

    raw: str
    cells: tuple[str, ...]
    number: int
    line: int


def separator_of(text: str) -> str:
    """Find what separates the cells of the first line: the comma, semicolon or tab most used."""
    bare = re.sub(r'"[^"]*"', "", re.split(r"[\r\n]", text, maxsplit=1)[0])
    return max(",;\t", key=bare.count)


def csv_rows(text: str, separator: str, name: str) -> Iterator[Row]:
    """Cut a text into rows; blank rows go to the row after them, or are the last, without cells.

    Raises
    ------
    InputError
        a quote is not closed, or is followed by more text.
    """
    cell = re.compile(
        rf'(?:"(?P<quoted>[^"]*(?:""[^"]*)*)"|(?P<plain>(?!")[^{separator}\r\n]*))'
        rf"(?P<end>{separator}|\r\n|\n|\r|\Z)"
    )
    start = position = first = 0
    number, line = 1, 1
    cells: list[str] = []
    while position < len(text):
        match = cell.match(text, position)
        if match is None:
            raise _quote_error(text, position, name)
        quoted = match["quoted"]
        cells.append(match["plain"] if quoted is None else quoted.replace('""', '"'))
        position = match.end()
        if match["end"] == separator:
            if position < len(text):
                continue
            cells.append("")
        if any(part.strip() for part in cells):
            yield Row(text[start:position], tuple(cells), number, line)
            start = position
        line += len(_NEW_LINE.findall(text, first, position))
        number, first, cells = number + 1, position, []
    if start < len(text):
        yield Row(text[start:], (), number, line)


def _quote_error(text: str, position: int, name: str) -> InputError:
    line = len(_NEW_LINE.findall(text, 0, position)) + 1
    return InputError(
        f"{name}, line {line}: the quote that begins with {text[position : position + 20]!r} is"
        ' not closed, or text follows it. A quote within a quoted cell is written twice: "".'
    )


def header_attributes(cells: Sequence[str], name: str) -> tuple[str, ...]:
    """Name the attribute of `Field` that each column of a header holds; "" of a blank title.

    Raises
    ------
    InputError
        a column is not one of REDCap's, stands twice, or one that is needed is not there.
    """
    known = {_letters(title): attribute for attribute, title in HEADER.items()} | _ALSO
    unknown = [cell for cell in cells if cell.strip() and _letters(cell) not in known]
    if unknown:
        raise InputError(
            f"{name}, row 1: {unknown[0]!r} is no column of a REDCap data dictionary."
            f"{nearest(unknown[0], HEADER.values())} Its columns are: {', '.join(HEADER.values())}."
        )
    attributes = tuple(known.get(_letters(cell), "") for cell in cells)
    twice = [title for title in HEADER if attributes.count(title) > 1]
    if twice:
        raise InputError(f"{name}, row 1: the column {HEADER[twice[0]]!r} stands twice.")
    absent = [HEADER[attribute] for attribute in _NEEDED if attribute not in attributes]
    if absent:
        raise InputError(
            f"{name}, row 1: a data dictionary needs the column {listed(absent)}."
            f" The header is: {', '.join(cells)}."
        )
    return attributes


def _letters(title: str) -> str:
    return re.sub(r"[^a-z]", "", title.lower())


def row_text(cells: Sequence[str], separator: str, newline: str) -> str:
    r"""Spell a row as REDCap does: quotes around what holds a space, quote, separator or new line.

    Examples
    --------
    >>> row_text(["age", "Age, years", "seen"], ",", "\n")
    'age,"Age, years",seen\n'
    """
    return separator.join(_cell_text(cell, separator) for cell in cells) + newline


def _cell_text(cell: str, separator: str) -> str:
    if re.search(r'[\s"\\]', cell) or separator in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell
