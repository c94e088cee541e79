"""Tables of the report as Markdown and as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report.tables import Table, footnotes, marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.report.values import Number, Phrase

__all__ = ["markdown_table", "text_table"]

_INDENT = "\N{EM SPACE}"
_GAP = "  "


def markdown_table(table: Table) -> str:
    """Write a table as a pipe table, its footnotes below."""
    heads, rows = _cells(table)
    left = {0, *(index + 1 for index in table.text_columns)}
    rule = [":---" if index in left else "---:" for index in range(len(heads))]
    lines = [_piped(heads), _piped(rule), *map(_piped, rows)]
    notes = [f"<sup>{mark}</sup> {text}" if mark else text for mark, text in footnotes(table)]
    return "\n".join(lines) + ("\n\n" + " ".join(notes) if notes else "")


def text_table(table: Table) -> str:
    """Write a table in columns of one width, its footnotes below."""
    heads, rows = _cells(table, raised=False)
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    left = {0, *(index + 1 for index in table.text_columns)}
    lines = [_spaced(heads, widths, left), "-" * (sum(widths) + len(_GAP) * (len(widths) - 1))]
    lines += [_spaced(row, widths, left) for row in rows]
    notes = [f"({mark}) {text}" if mark else text for mark, text in footnotes(table)]
    return "\n".join([*lines, *(["", *notes] if notes else [])])


def _cells(table: Table, *, raised: bool = True) -> tuple[list[str], list[list[str]]]:
    """Give heads and rows as text; a head under another has that before it."""
    letters = marks(table)
    heads = [
        f"{over}: {head}" if over else head
        for over, head in zip(
            table.spanned(), (_plain(c, letters, raised=raised) for c in table.columns), strict=True
        )
    ]
    rows = [
        [_INDENT * row.level + str(row.label)]
        + [_plain(cell, letters, raised=raised) for cell in table.padded(row)]
        for row in table.rows
    ]
    return [table.stub, *heads], rows


def _plain(words: Phrase, letters: dict[str, str], *, raised: bool) -> str:
    text = "".join(
        piece if isinstance(piece, str) else _marked(piece, letters, raised=raised)
        for piece in words.pieces
    )
    return " ".join(text.split("\n"))


def _marked(number: Number, letters: dict[str, str], *, raised: bool) -> str:
    letter = letters.get(number.missing or "")
    if not letter:
        return number.text
    return f"{number.text}<sup>{letter}</sup>" if raised else f"{number.text} ({letter})"


def _piped(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _spaced(cells: Sequence[str], widths: Sequence[int], left: set[int]) -> str:
    padded = [
        cell.ljust(width) if index in left else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return _GAP.join(padded).rstrip()
