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
    from collections.abc import Iterator

    from great_tables._text import Html

    from atrisk.report.values import Number, Phrase

__all__ = ["phrase_html", "table_html"]

_STUB = "stub"
_SHORT_RECORD = 12
_LONG_WORDS = 24
_SPANNER_ID = re.compile(r'(scope="colgroup") id="[^"]*"')
_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_HEADING_ROW = re.compile(r'<tr>(\s*<th[^>]*><span class="heading)')
_WIDE, _WIDEST = 8, 11
_TABLE = re.compile(r"<table.*</table>", re.DOTALL)


def phrase_html(words: Phrase, letters: dict[str, str] | None = None) -> str:
    """Write a phrase as HTML: words escaped, numbers tagged with their key.

    What follows a line break is set smaller, on a line of its own.
    """
    text = "".join(_unbroken(words.pieces, letters or {}))
    first, broken, rest = text.partition("\n")
    return f'{first}<br><span class="sub">{rest}</span>' if broken else first


def _cell(words: Phrase, letters: dict[str, str]) -> str:
    """Write a cell; long words keep some width on a narrow screen."""
    html = phrase_html(words, letters)
    long = len(words.plain) > _LONG_WORDS and not any(words.numbers())
    return f'<span class="long">{html}</span>' if long else html


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
        return _DATE.sub(r'<span class="nb">\g<0></span>', escape(piece))
    letter = letters.get(piece.missing or "")
    mark = f"<sup>{letter}</sup>" if letter else ""
    return f'<span class="v" data-key="{escape(piece.key)}">{escape(piece.text)}{mark}</span>'


def table_html(table: Table) -> str:
    """Lay a table out; the same table gives the same bytes."""
    letters = marks(table)
    names = [f"c{index}" for index in range(len(table.columns))]
    body = [[_cell(cell, letters) for cell in table.padded(row)] for row in table.rows]
    cells: dict[str, list[object]] = {_STUB: [_stub(row, table) for row in table.rows]}
    cells |= {name: [row[i] for row in body] for i, name in enumerate(names)}
    heads = zip(names, table.columns, strict=True)
    laid = (
        GT(to_polars(cells), rowname_col=_STUB, id=f"table-{table.id}")
        .fmt_passthrough(escape=False)
        .fmt_passthrough(columns=_STUB, escape=False)
        .tab_stubhead(table.stub)
        .cols_label({name: raw(phrase_html(head, letters)) for name, head in heads})
        .cols_align("right")
        .cols_align("left", columns=[names[index] for index in table.text_columns])
    )
    for label, columns in _spans(table, names):
        laid = laid.tab_spanner(label=label, columns=columns)
    return _bare(laid.as_raw_html(), table)


def _spans(table: Table, names: list[str]) -> Iterator[tuple[Html, list[str]]]:
    """Yield the heads over several columns with the names of their columns."""
    first = 0
    for label, count in table.spans:
        if label:
            yield raw(escape(label)), names[first : first + count]
        first += count


def _stub(row: Row, table: Table) -> str:
    weight = "heading" if row.heading else "label"
    if table.listing and len(row.label) <= _SHORT_RECORD:
        weight += " nb"
    return f'<span class="{weight} level{row.level}">{escape(row.label)}</span>'


def _bare(page: str, table: Table) -> str:
    """Keep the table of great-tables' fragment, without its box and style sheet."""
    found = _TABLE.search(page)
    if found is None:
        raise RuntimeError(f"great-tables gave no <table> for {table.id!r}.")
    # great-tables makes the id of a head over columns from its words
    html = _SPANNER_ID.sub(r"\1", found.group())
    html = _HEADING_ROW.sub(r'<tr class="heading_row">\1', html)
    return html.replace('class="gt_table"', f'class="{" ".join(_classes(table))}"', 1)


def _classes(table: Table) -> Iterator[str]:
    """Name what the style sheet must know of a table: selectors that look inside are slow."""
    yield "gt_table"
    if any(label for label, _ in table.spans):
        yield "spanned"
        if not table.spans[-1][0] or len(table.columns) > sum(n for _, n in table.spans):
            yield "open_end"
    if len(table.columns) >= _WIDE:
        yield "wide"
    if len(table.columns) >= _WIDEST:
        yield "widest"
