"""A table as data: rows of phrases, before it becomes HTML or CSV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.language import word
from atrisk.report.values import Number, Phrase, Values, phrase, say

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Row",
    "Table",
    "estimate_cell",
    "footnotes",
    "group_heading",
    "has_not_reached",
    "marks",
    "phrases",
    "proportion_interval",
    "time_interval",
]

_BLANK = Phrase()


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its label, one cell a column, and how deep it is indented.

    A heading row has no cells of its own.
    """

    label: str
    cells: tuple[Phrase, ...] = ()
    level: int = 0

    @property
    def heading(self) -> bool:
        """Whether the row only names those that follow it."""
        return not self.cells


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a title, a name for its row labels, column heads, rows and notes.

    ``text_columns`` are the indices of columns that hold words and are set to the left.
    ``spans`` are heads over several columns: pairs of a label, blank for none, and how many
    columns it spans, from the left. A ``listing`` names records and may be long: the page shows its
    beginning. A ``supplement`` belongs to the supplement of a paper.
    """

    id: str
    title: str
    stub: str
    columns: tuple[Phrase, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    text_columns: tuple[int, ...] = ()
    spans: tuple[tuple[str, int], ...] = ()
    listing: bool = False
    supplement: bool = False

    def spanned(self) -> tuple[str, ...]:
        """Give the label over each column, blank where there is none."""
        named = tuple(label for label, count in self.spans for _ in range(count))
        return named or ("",) * len(self.columns)

    def padded(self, row: Row) -> tuple[Phrase, ...]:
        """Give a row's cells, blank ones for a heading row."""
        return row.cells or (_BLANK,) * len(self.columns)


def phrases(table: Table) -> Iterator[Phrase]:
    """Yield every head and cell in reading order."""
    yield from table.columns
    for row in table.rows:
        yield from row.cells


def marks(table: Table) -> dict[str, str]:
    """Give each reason for a missing number a footnote letter, in reading order.

    "Not reached" has its abbreviation instead of a letter.
    """
    found: dict[str, str] = {}
    for cell in phrases(table):
        for number in cell.numbers():
            if number.missing is not None and not number.not_reached:
                found.setdefault(number.missing, _letter(len(found)))
    return found


def has_not_reached(table: Table) -> bool:
    """Tell whether the table uses the abbreviation for not reached."""
    return any(number.not_reached for cell in phrases(table) for number in cell.numbers())


def footnotes(table: Table) -> tuple[tuple[str, str], ...]:
    """Give what stands under the table: (mark, text) pairs, notes first."""
    plain = [("", note) for note in table.notes]
    if has_not_reached(table):
        plain.append(("", word("NR, not reached.")))
    return (*plain, *((mark, _sentence(reason)) for reason, mark in marks(table).items()))


def _letter(index: int) -> str:
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    rounds, place = divmod(index, len(alphabet))
    return alphabet[place] * (rounds + 1)


def _sentence(reason: str) -> str:
    return form.capitalised(reason.rstrip(".")) + "."


def group_heading(values: Values, label: str, key: str) -> Phrase:
    """Head a column with a group and its size: ``ALL`` over ``n = 38``."""
    return phrase(label, "\n", say("n = {n}", n=values.count(key)))


def estimate_cell(estimate: Number, lower: Number, upper: Number) -> Phrase:
    """Write ``64.3 (53.1-77.9)``; where nothing is known, the dash or NR alone."""
    ends = (lower, upper)
    if estimate.missing is not None and all(end.missing == estimate.missing for end in ends):
        return phrase(estimate)
    if lower.missing is not None and lower.missing == upper.missing and not lower.not_reached:
        return phrase(estimate, " (", lower, ")")
    return phrase(estimate, " (", lower, form.range_dash(lower.text, upper.text), upper, ")")


def time_interval(values: Values, prefix: str, unit: str) -> Phrase:
    """Write the time at ``prefix`` with its interval."""
    return estimate_cell(*values.time_parts(prefix, unit))


def proportion_interval(values: Values, prefix: str, start: float) -> Phrase:
    """Write the proportion at ``prefix`` with its interval, in percent."""
    return estimate_cell(*values.proportion_parts(prefix, start))
