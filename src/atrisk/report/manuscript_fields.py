"""The fields of a manuscript: what ``{{ os.median | ci }}`` asks for, and what answers it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from atrisk.errors import InputError, listed, nearest
from atrisk.report.description import NumberedTable
from atrisk.report.language import word
from atrisk.report.manuscript_names import Names, UnknownNameError
from atrisk.report.manuscript_numbers import composed
from atrisk.report.numbered import FIGURE, TABLE, Kind, numbered
from atrisk.report.values import Phrase, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from atrisk.report.description import Figure, Report
    from atrisk.report.values import Node

__all__ = [
    "BadField",
    "Block",
    "Content",
    "Field",
    "Numbering",
    "Source",
    "content_of",
    "fields_in",
    "refuse",
    "synthetic_words",
]


_FIELD = re.compile(r"\{\{(?P<asked>(?:(?!\{\{|\}\}).)*)\}\}")
_SUPPLEMENT = "S"
_STRAY = re.compile(r"\{\{|\}\}")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a template: where it begins and ends in its line, and what it asks for."""

    start: int
    end: int
    asked: str

    @property
    def tag(self) -> str:
        """The field as it is written, with single spaces."""
        return f"{{{{ {self.asked} }}}}"


@dataclass(frozen=True, slots=True)
class BadField:
    """A field that cannot be filled: where, which, and why."""

    place: str
    field: str
    problem: str


@dataclass(frozen=True, slots=True)
class Block:
    """A table or figure that stands for a field, with its number in the manuscript: ``S1``."""

    kind: Kind
    shown: Figure | NumberedTable
    label: str


Content = Phrase | tuple[Phrase, ...] | Block
"""What stands for a field: words in a line, paragraphs, or a table or figure."""


@dataclass(frozen=True)
class Source:
    """What a manuscript is filled from.

    Parameters
    ----------
    report
        the description of the report.
    document
        the results document with the printed text of each number, as it is written.
    figures
        the folder of the figures' files.
    """

    report: Report
    document: Node
    figures: Path

    @cached_property
    def names(self) -> Names:
        """The names of the numbers."""
        return Names(self.document)

    @cached_property
    def tables(self) -> dict[str, NumberedTable]:
        """The tables by id."""
        return {shown.id: shown for shown in self.report.tables()}

    @cached_property
    def pictures(self) -> dict[str, Figure]:
        """The figures by id."""
        return {figure.id: figure for figure in self.report.figures()}

    def found(self, kind: str, name: str) -> Figure | NumberedTable:
        """Find a table or figure by its id, or by its section where that has one only.

        Raises
        ------
        UnknownNameError
            If there is none, or there are several.
        """
        known = self._of_kind(kind)
        if name in known:
            return known[name]
        for section in self.report.sections:
            if section.id == name:
                return _only(section.tables if kind == TABLE else section.figures, kind)
        exist = ", ".join(sorted(known)) or "none"
        raise UnknownNameError(
            f"there is no such {kind}.{nearest(name, known)} The report has {exist}"
        )

    def _of_kind(self, kind: str) -> dict[str, NumberedTable] | dict[str, Figure]:
        return self.tables if kind == TABLE else self.pictures


def _only(shown: Sequence[Figure | NumberedTable], kind: str) -> Figure | NumberedTable:
    if len(shown) == 1:
        return shown[0]
    names = listed((part.id for part in shown), shown=12) or "none"
    raise UnknownNameError(f"the section has not one {kind} but: {names}")


def fields_in(line: str) -> tuple[list[Field], list[str]]:
    """Find the fields of a line, and what of it looks like a field that is not closed.

    Examples
    --------
    >>> fields_in("Median {{ os.median|ci }}, {{ os.n")
    ([Field(start=7, end=25, asked='os.median | ci')], ['{{ os.n'])
    """
    found = [
        Field(match.start(), match.end(), _spaced(match["asked"]))
        for match in _FIELD.finditer(line)
    ]
    rest = _FIELD.sub(lambda match: "\0" * len(match.group()), line)
    return found, [rest[match.start() :][:40].split("\0")[0] for match in _STRAY.finditer(rest)]


def _spaced(asked: str) -> str:
    return " | ".join(" ".join(part.split()) for part in asked.split("|"))


class Numbering:
    """The numbers of tables and figures in a manuscript: in the order of their fields.

    Tables of the supplement have a series of their own. A manuscript with no field of a series has
    it elsewhere, under the numbers of the report.
    """

    def __init__(self, fields: Sequence[Field], source: Source) -> None:
        self._labels: dict[tuple[str, str], str] = {}
        self._counts: Counter[tuple[str, str]] = Counter()
        for kind, shown in _placed(fields, source):
            if (kind, shown.id) not in self._labels:
                series = _series(shown)
                self._counts[kind, series] += 1
                self._labels[kind, shown.id] = f"{series}{self._counts[kind, series]}"

    def label(self, kind: str, shown: Figure | NumberedTable) -> str:
        """Give the number of a table or figure, as it is printed.

        Raises
        ------
        UnknownNameError
            If it stands neither in the manuscript nor in the series of the report.
        """
        if (kind, _series(shown)) in self._counts:
            if (kind, shown.id) in self._labels:
                return self._labels[kind, shown.id]
            raise UnknownNameError(
                f"the manuscript has no field {{{{ {kind}.{shown.id} }}}}, which would number it"
            )
        if shown.number is None:
            raise UnknownNameError(f"the report gives this {kind} no number")
        return f"{_series(shown)}{shown.number}"


def _series(shown: Figure | NumberedTable) -> str:
    """Give what stands before the numbers of a series: nothing, or the S of the supplement."""
    return _SUPPLEMENT if isinstance(shown, NumberedTable) and shown.table.supplement else ""


def _placed(
    fields: Sequence[Field], source: Source
) -> Iterator[tuple[str, Figure | NumberedTable]]:
    """Yield the tables and figures of a manuscript; what does not exist is told elsewhere."""
    for field in fields:
        kind, _, name = field.asked.partition(".")
        if kind in {TABLE, FIGURE} and field.asked not in source.document["values"]:
            try:
                yield kind, source.found(kind, name)
            except UnknownNameError:
                continue


def content_of(asked: str, source: Source, numbering: Numbering) -> Content:
    """Give what stands for a field.

    Raises
    ------
    UnknownNameError
        If nothing does; the message says what exists.
    """
    name, *filters = asked.split(" | ")
    root, _, rest = name.partition(".")
    if name not in source.document["values"] and root in _ROOTS:
        if filters:
            raise UnknownNameError("only numbers have filters")
        return _ROOTS[root](rest, source, numbering)
    return composed(name, filters, source.names, source.document)


def _text(name: str, source: Source, _: Numbering) -> Content:
    said = {section.id: section.paragraphs for section in source.report.sections}
    said["population"] = (source.report.population,)
    if said.get(name):
        return said[name]
    having = sorted(key for key, paragraphs in said.items() if paragraphs)
    raise UnknownNameError(f"there are no sentences of {name!r}; there are of {', '.join(having)}")


def _methods(name: str, source: Source, _: Numbering) -> Content:
    if name or not source.report.methods_text:
        raise UnknownNameError("the methods are one field, {{ methods }}")
    return source.report.methods_text


def _study(name: str, source: Source, _: Numbering) -> Content:
    facts = {key: fact for key, fact in source.report.study.items() if isinstance(fact, str)}
    if facts.get(name):
        return phrase(facts[name])
    having = sorted(key for key, fact in facts.items() if fact)
    raise UnknownNameError(f"the study has no {name!r}; it has {', '.join(having)}")


def _software(name: str, source: Source, _: Numbering) -> Content:
    if name:
        raise UnknownNameError("the software is one field, {{ software }}")
    return phrase(source.report.software)


def _table(name: str, source: Source, numbering: Numbering) -> Content:
    shown = source.found(TABLE, name)
    return Block(TABLE, shown, numbering.label(TABLE, shown))


def _figure(name: str, source: Source, numbering: Numbering) -> Content:
    shown = source.found(FIGURE, name)
    return Block(FIGURE, shown, numbering.label(FIGURE, shown))


def _reference(name: str, source: Source, numbering: Numbering) -> Content:
    kind, _, target = name.partition(".")
    if kind not in {TABLE, FIGURE}:
        raise UnknownNameError("write ref.table.<id> or ref.figure.<id>")
    shown = TABLE if kind == TABLE else FIGURE
    return phrase(numbered(shown, numbering.label(shown, source.found(shown, target))))


_ROOTS = {
    "text": _text,
    "methods": _methods,
    "study": _study,
    "software": _software,
    "table": _table,
    "figure": _figure,
    "ref": _reference,
}


def refuse(name: str, bad: Sequence[BadField]) -> None:
    """Tell of all fields that cannot be filled, if there are any.

    Raises
    ------
    InputError
        If there are.
    """
    if not bad:
        return
    many = "1 field" if len(bad) == 1 else f"{len(bad)} fields"
    lines = "\n".join(f"  {part.place}: {part.field}: {part.problem}" for part in bad)
    raise InputError(
        f"{name} has {many} that cannot be filled, and was not written.\n{lines}\n"
        "Correct the fields; results.json lists every number by its key."
    )


def synthetic_words() -> str:
    """Say what a manuscript of a synthetic study says at its top."""
    made_up = word("These patients are made up. No number here says anything about real patients.")
    return f"{word('Synthetic data.')} {made_up}"
