"""Tables as HTML, laid out by great-tables; the page's one style sheet dresses them."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from great_tables import GT
from great_tables import html as raw

from atrisk.frames import to_polars
from atrisk.report import format as form
from atrisk.report.tables import Row, Table, marks

if TYPE_CHECKING:
    from atrisk.report.values import Number, Phrase

__all__ = ["phrase_html", "table_html"]

_STUB = "stub"
_TABLE = re.compile(r"<table.*</table>", re.DOTALL)


def phrase_html(words: Phrase, letters: dict[str, str] | None = None) -> str:
    """Write a phrase as HTML: words escaped, numbers tagged with their key.

    What follows a line break is set smaller, on a line of its own.
    """
    text = "".join(_unbroken(words.pieces, letters or {}))
    first, broken, rest = text.partition("\n")
    return f'{first}<br><span class="sub">{rest}</span>' if broken else first


def _unbroken(pieces: tuple[str | Number, ...], letters: dict[str, str]) -> list[str]:
    """Write the pieces; the two ends of a range stay on one line."""
    written: list[str] = []
    after_dash = False
    for piece in pieces:
        text = _piece(piece, letters)
        dash = piece == form.EN_DASH and bool(written)
        if after_dash:
            text = f'<span class="nb">{written.pop()}{text}</span>'
        elif dash:
            text = written.pop() + text
        after_dash = dash
        written.append(text)
    return written


def _piece(piece: str | Number, letters: dict[str, str]) -> str:
    if isinstance(piece, str):
        return escape(piece)
    letter = letters.get(piece.missing or "")
    mark = f"<sup>{letter}</sup>" if letter else ""
    return f'<span class="v" data-key="{escape(piece.key)}">{escape(piece.text)}{mark}</span>'


def table_html(table: Table) -> str:
    """Lay a table out; the same table gives the same bytes."""
    letters = marks(table)
    names = [f"c{index}" for index in range(len(table.columns))]
    body = [[phrase_html(cell, letters) for cell in table.padded(row)] for row in table.rows]
    columns: dict[str, list[object]] = {_STUB: [_stub(row) for row in table.rows]}
    columns |= {name: [row[i] for row in body] for i, name in enumerate(names)}
    heads = zip(names, table.columns, strict=True)
    laid = (
        GT(to_polars(columns), rowname_col=_STUB, id=f"table-{table.id}")
        .fmt_passthrough(escape=False)
        .fmt_passthrough(columns=_STUB, escape=False)
        .tab_stubhead(table.stub)
        .cols_label({name: raw(phrase_html(head, letters)) for name, head in heads})
        .cols_align("right")
        .cols_align("left", columns=[names[index] for index in table.text_columns])
    )
    return _bare(laid.as_raw_html(), table)


def _stub(row: Row) -> str:
    weight = "heading" if row.heading else "label"
    return f'<span class="{weight} level{row.level}">{escape(row.label)}</span>'


def _bare(page: str, table: Table) -> str:
    """Keep the table of great-tables' fragment, without its box and style sheet."""
    found = _TABLE.search(page)
    if found is None:
        raise RuntimeError(f"great-tables gave no <table> for {table.id!r}.")
    return found.group()
