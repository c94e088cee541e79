"""How wide the columns of a table are on paper, by what stands in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from math import fsum, sqrt
from typing import TYPE_CHECKING

from atrisk.report.docx_look import TEXT_POINTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from atrisk.report.tables import Table

__all__ = ["MILLIMETRE", "column_widths", "fitted", "is_wide", "is_wide_if_smaller", "type_size"]

#: Twentieths of a point in a millimetre.
MILLIMETRE = 1440 / 25.4
_EM = TEXT_POINTS * 25.4 / 72
_NARROW = frozenset(" .,;:'|!()[]il/jtfI\N{NO-BREAK SPACE}")
_BROAD = frozenset("mwMW%@\N{EM SPACE}")
_NARROW_EM, _BROAD_EM, _CAPITAL_EM, _OTHER_EM = 0.36, 0.97, 0.72, 0.63
_BOLD = 1.1
_PADDING = 3.0
_LEVEL = 3.0
_SHORT_HEAD = 22.0
_COMFORT, _COMFORTABLE_LINES = 32.0, 5
_LEAST_POINTS = 6.0
_SIZES = (TEXT_POINTS, 8.0, 7.5, 7.0)
_SUPPLEMENT_POINTS = _SIZES[2:]
_ARIAL = 1.12
_MOST = 250.0
_LEAST_LINES, _MOST_LINES, _HALVINGS = 0.01, 1000.0, 60
_BREAK = re.compile("[ \n]")


@lru_cache(maxsize=8192)
def _width(text: str) -> float:
    """Estimate the width of a line of text in millimetres, rather too wide than too narrow."""
    return _EM * sum(map(_letter, text))


def _letter(letter: str) -> float:
    if letter in _NARROW:
        return _NARROW_EM
    if letter in _BROAD:
        return _BROAD_EM
    return _CAPITAL_EM if letter.isupper() else _OTHER_EM


def _lines(texts: Iterable[str]) -> float:
    """Give the width of the widest line."""
    return max((_width(line) for text in texts for line in text.split("\n")), default=0.0)


def _words(texts: Iterable[str]) -> float:
    """Give the width of the widest word."""
    return max((_width(part) for text in texts for part in _BREAK.split(text)), default=0.0)


@dataclass(frozen=True, slots=True)
class _Column:
    """What a column asks for in millimetres.

    ``full``: nothing is broken; ``typical``: most cells are not, the root of the mean square;
    ``tight``: its head is broken, and words of a column of words are; ``least``: its longest word.
    """

    of_words: bool
    full: float
    typical: float
    tight: float
    least: float


def _columns(table: Table) -> list[_Column]:
    return [_stub(table), *(_column(table, index) for index in range(len(table.columns)))]


def _stub(table: Table) -> _Column:
    labels = [(row.label, row.level * _LEVEL) for row in table.rows if not row.heading]
    full = max((_width(text) + indent for text, indent in labels), default=0.0)
    least = max((_words([text]) + indent for text, indent in labels), default=0.0)
    head = _BOLD * _words([table.stub])
    least = max(least, head) + _PADDING
    return _Column(
        of_words=True,
        full=max(full, head) + _PADDING,
        typical=_typical(_width(text) + indent for text, indent in labels),
        tight=least,
        least=least,
    )


def _typical(widths: Iterable[float]) -> float:
    squares = [width * width for width in widths]
    return sqrt(fsum(squares) / len(squares)) + _PADDING if squares else _PADDING


def _column(table: Table, index: int) -> _Column:
    cells = [row.cells[index].plain for row in table.rows if row.cells]
    heads = [table.columns[index].plain]
    longest, across = _BOLD * _words(heads), _BOLD * _lines(heads)
    # a long head of several words may take two lines
    two_lines = max(longest, across / 2)
    head = across if across <= _SHORT_HEAD else two_lines
    of_words = index in table.text_columns
    least = max(_words(cells), longest) + _PADDING
    return _Column(
        of_words=of_words,
        full=max(_lines(cells), head) + _PADDING,
        typical=_typical(sum(map(_width, cell.split("\n"))) for cell in cells),
        tight=least if of_words else max(_lines(cells), two_lines) + _PADDING,
        least=least,
    )


def is_wide(table: Table, room: float) -> bool:
    """Tell whether a table is squeezed on a page that is so many millimetres wide.

    The estimated widths are those of a broad typeface; that of the report is narrower.
    """
    columns = _columns(table)
    words = [w for w, c in zip(_comfortable(columns), columns, strict=True) if c.of_words]
    numbers = [column.tight for column in columns if not column.of_words]
    return sum(words) + sum(numbers) / _ARIAL > room


def is_wide_if_smaller(table: Table, room: float) -> bool:
    """Tell whether a table is squeezed even in the smallest type that is read with ease."""
    return is_wide(table, room * TEXT_POINTS / _SIZES[-1])


def fitted(table: Table, room: float) -> tuple[float | None, list[float]]:
    """Give the size of type in which a table fits, None for its own, and the columns' widths.

    A wide table is set in the largest type that breaks no number and leaves words their room; what
    belongs to a supplement is small in any case.
    """
    if is_wide_if_smaller(table, room):
        return type_size(table, room), column_widths(table, room)
    needed = sum(_comfortable(_columns(table)))
    sizes = _SUPPLEMENT_POINTS if table.supplement or table.listing else _SIZES
    fitting = (points for points in sizes if needed * points / TEXT_POINTS <= room)
    points = next(fitting, sizes[-1])
    if points == TEXT_POINTS:
        return None, column_widths(table, room)
    scale = points / TEXT_POINTS
    return points, [scale * width for width in column_widths(table, room / scale)]


def _comfortable(columns: Sequence[_Column]) -> list[float]:
    """Give columns of words a width that is read with ease, others that of their numbers."""
    return [
        min(c.full, max(c.least, _COMFORT, c.typical / _COMFORTABLE_LINES))
        if c.of_words
        else c.tight
        for c in columns
    ]


def column_widths(table: Table, room: float) -> list[float]:
    """Give the widths of the columns in millimetres, that of the row labels first.

    Columns of words give way first, down to their longest word; then those of numbers, which then
    have an interval below its estimate. No table is wider than its room.
    """
    columns = _columns(table)
    full = [min(c.full, _MOST) if c.of_words else c.full for c in columns]
    if sum(full) <= room:
        return _widened(table, full, room)
    tight = [min(column.tight, width) for column, width in zip(columns, full, strict=True)]
    if sum(tight) <= room:
        return _balanced(columns, tight, room)
    least = [min(column.least, width) for column, width in zip(columns, full, strict=True)]
    if sum(least) <= room:
        return _between(least, tight, room)
    return [room * width / sum(least) for width in least]


def type_size(table: Table, room: float) -> float | None:
    """Give the size of type in which a table fits that does not in its own; None where it does."""
    least = sum(column.least for column in _columns(table))
    if least <= room:
        return None
    return max(_LEAST_POINTS, round(2 * TEXT_POINTS * room / least) / 2)


def _balanced(columns: Sequence[_Column], tight: Sequence[float], room: float) -> list[float]:
    """Share the room among columns of words so that their cells take about as many lines."""

    def widths(lines: float) -> list[float]:
        return [
            max(least, min(column.full, column.typical / lines)) if column.of_words else least
            for column, least in zip(columns, tight, strict=True)
        ]

    few, many = _LEAST_LINES, _MOST_LINES
    for _ in range(_HALVINGS):
        middle = (few + many) / 2
        few, many = (few, middle) if sum(widths(middle)) <= room else (middle, many)
    return widths(many)


def _between(least: Sequence[float], most: Sequence[float], room: float) -> list[float]:
    share = (room - sum(least)) / (sum(most) - sum(least))
    return [low + share * (high - low) for low, high in zip(least, most, strict=True)]


def _widened(table: Table, widths: Sequence[float], room: float) -> list[float]:
    """Widen columns for a head over several of them or over all, as far as there is room."""
    made, place = list(widths), 1
    headings = [_BOLD * _width(row.label) + _PADDING for row in table.rows if row.heading]
    made[0] += max(0.0, min(max(headings, default=0.0), room) - sum(made))
    for label, count in table.spans:
        lack = _BOLD * _width(label) + _PADDING - sum(made[place : place + count])
        if lack > 0 and sum(made) + lack <= room:
            for index in range(place, place + count):
                made[index] += lack / count
        place += count
    return made
