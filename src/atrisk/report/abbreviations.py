"""Abbreviations of a table, explained below it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

from atrisk.report.language import current
from atrisk.report.tables import footnotes, phrases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atrisk.report.tables import Table
    from atrisk.report.values import Node

__all__ = ["abbreviations_of", "with_abbreviations"]


def with_abbreviations(table: Table, document: Node) -> Table:
    """Give a table with one more note that explains its abbreviations, where it has some."""
    note = abbreviations_of(table, document)
    return table if note is None else replace(table, notes=(*table.notes, note))


def abbreviations_of(table: Table, document: Node) -> str | None:
    """Explain the abbreviations that stand in a table, in alphabetical order.

    Parameters
    ----------
    table
        of which title, heads, labels, words in cells and notes are read.
    document
        the results document; its ``abbreviations``, those of the study file, come before the
        packaged ones of the language that is set, and false leaves one unexplained.

    Returns
    -------
    str or None
        ``BM: bone marrow; CI: confidence interval.``; None where there are none.
    """
    known: dict[str, str | bool] = dict(_packaged(current().code))
    known |= document.get("abbreviations") or {}
    notes = "\n".join(text for _, text in footnotes(table)).casefold()
    asked = [name for name in known if known[name] is not False]
    found = [
        name
        for name in _found("\n".join(_texts(table)), asked)
        if f"{name}, {known[name]}".casefold() not in notes  # a note says it already
    ]
    listed = sorted(found, key=lambda name: (name.casefold(), name))
    return "; ".join(f"{name}: {known[name]}" for name in listed) + "." if listed else None


@cache
def _packaged(language: str) -> Mapping[str, str]:
    text = resources.files("atrisk.report").joinpath("abbreviations.toml").read_text("utf-8")
    meanings = tomllib.loads(text).items()
    return MappingProxyType({name: m[language] for name, m in meanings if language in m})


def _texts(table: Table) -> Iterator[str]:
    """Yield every text that a reader sees, without the numbers."""
    yield from (table.title, table.stub)
    yield from (label for label, _ in table.spans)
    yield from (row.label for row in table.rows)
    yield from (
        piece for words in phrases(table) for piece in words.pieces if isinstance(piece, str)
    )
    yield from (text for _, text in footnotes(table))


def _found(text: str, names: list[str]) -> list[str]:
    """Find names that stand as whole words; one inside a longer one is not a word of its own."""
    found = []
    for name in sorted(names, key=lambda name: (-len(name), name)):
        pattern = rf"(?<!\w){re.escape(name)}(?!\w)"
        text, count = re.subn(pattern, "\n", text)
        if count:
            found.append(name)
    return found
