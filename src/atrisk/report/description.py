"""A report as data: sections of sentences, figures and tables, before it is rendered.

`compose` makes it of a results document; the renderers of HTML, Word and text only read it, so
that every number is the same text in all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.report.tables import Table, phrases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.report.drawing import Drawing
    from atrisk.report.guard_rails import GuardRail
    from atrisk.report.values import Node, Number, Phrase

__all__ = ["Data", "Figure", "Glance", "Method", "NumberedTable", "Report", "Section", "Tile"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its number in the report."""

    number: int
    drawing: Drawing

    @property
    def id(self) -> str:
        """The name of its files."""
        return self.drawing.id


@dataclass(frozen=True, slots=True)
class NumberedTable:
    """A table with its number; None where it is not one of a series. Supplements have their own.

    ``whole`` is the table of which a long list shows the beginning. ``values_file`` tells whether
    a file of its numbers in full precision stands beside the printed one.
    """

    table: Table
    number: int | None = None
    whole: Table | None = None
    values_file: bool = True

    @property
    def id(self) -> str:
        """The name of its files."""
        return self.table.id

    @property
    def label(self) -> str:
        """Its number as printed: ``1``, or ``S1`` of a supplement; empty where it has none."""
        if self.number is None:
            return ""
        return f"S{self.number}" if self.table.supplement else str(self.number)


@dataclass(frozen=True, slots=True)
class Section:
    """One analysis."""

    id: str
    kind: str
    title: str
    definition: str
    paragraphs: tuple[Phrase, ...]
    figures: tuple[Figure, ...]
    tables: tuple[NumberedTable, ...]
    left_out: tuple[NumberedTable, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Data:
    """What came in with the forms of a study."""

    paragraphs: tuple[Phrase, ...]
    tables: tuple[NumberedTable, ...]
    columns: NumberedTable | None


@dataclass(frozen=True, slots=True)
class Tile:
    """A large number at the top, and what it is."""

    number: Phrase
    words: str


@dataclass(frozen=True, slots=True)
class Glance:
    """The first thing to know of an analysis, with its id and title."""

    id: str
    title: str
    said: Phrase


@dataclass(frozen=True, slots=True)
class Method:
    """How an analysis was done: pairs of what and how."""

    title: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report of a results document.

    ``study`` is the node of that name; ``smaller`` are the analyses of fewer patients than the
    population; ``checklist`` is where each item of STROBE stands.
    """

    language: str
    study: Node
    facts: tuple[tuple[str, str], ...]
    software: str
    errors: Phrase
    tiles: tuple[Tile, ...]
    glance: tuple[Glance, ...]
    guard_rails: tuple[GuardRail, ...]
    data: Data | None
    population: Phrase
    flow: NumberedTable
    flow_figure: Figure | None
    smaller: tuple[Glance, ...]
    population_notes: tuple[str, ...]
    left_out: NumberedTable | None
    sections: tuple[Section, ...]
    methods_text: tuple[Phrase, ...]
    methods: tuple[Method, ...]
    checklist: NumberedTable | None

    @property
    def synthetic(self) -> bool:
        """Whether the patients are invented."""
        return bool(self.study.get("synthetic"))

    def figures(self) -> Iterator[Figure]:
        """Yield the figures in the order of their numbers."""
        if self.flow_figure is not None:
            yield self.flow_figure
        for section in self.sections:
            yield from section.figures

    def tables(self) -> Iterator[NumberedTable]:
        """Yield every table in the order of the page."""
        if self.data is not None:
            yield from self.data.tables
        yield self.flow
        if self.left_out is not None:
            yield self.left_out
        for section in self.sections:
            yield from section.tables
            yield from section.left_out
        if self.data is not None and self.data.columns is not None:
            yield self.data.columns
        if self.checklist is not None:
            yield self.checklist

    def phrases(self) -> Iterator[Phrase]:
        """Yield all that is said with numbers, tables included."""
        yield self.errors
        yield from (tile.number for tile in self.tiles)
        yield from (item.said for item in (*self.glance, *self.smaller))
        yield from (rail.message for rail in self.guard_rails)
        yield from (self.data.paragraphs if self.data is not None else ())
        yield self.population
        yield from (words for section in self.sections for words in section.paragraphs)
        yield from self.methods_text
        for shown in self.tables():
            yield from phrases(shown.whole or shown.table)

    def numbers(self) -> Iterator[Number]:
        """Yield every number that is said."""
        for words in self.phrases():
            yield from words.numbers()
