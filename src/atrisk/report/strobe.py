"""The STROBE checklist: where each item stands in a report, and what the authors must write."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from atrisk.report import format as form
from atrisk.report.language import word
from atrisk.report.strobe_places import PLACES, Place
from atrisk.report.tables import Row, Table
from atrisk.report.values import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atrisk.report.description import Report
    from atrisk.report.values import Node

__all__ = ["StrobeItem", "strobe_items", "strobe_table"]

SOURCE = (
    "Items after the STROBE statement for cohort studies, in other words: von Elm E, Altman DG,"
    " Egger M, et al. PLoS Med 2007;4(10):e296."
)
FOUND = "The checklist names what this report holds, not whether it is enough."


@dataclass(frozen=True, slots=True)
class StrobeItem:
    """An item of the checklist.

    Attributes
    ----------
    part
        the part of the paper.
    id, text
        the item.
    places
        where the report holds it; none where it does not.
    authors
        whether there is something that the authors must write.
    """

    part: str
    id: str
    text: str
    places: tuple[Place, ...]
    authors: bool


@cache
def checklist() -> tuple[dict[str, Any], ...]:
    """Read the parts of the checklist, each with its items."""
    file = resources.files("atrisk.report").joinpath("strobe.toml")
    return tuple(tomllib.loads(file.read_text("utf-8"))["parts"])


def strobe_items(report: Report, document: Node) -> list[StrobeItem]:
    """Find every item of the checklist in a report.

    Parameters
    ----------
    report
        the description of the report, whose parts are named.
    document
        the results document: a part is named only for what the document holds.
    """
    return [
        _item(part["heading"], item, report, document)
        for part in checklist()
        for item in part["items"]
    ]


def _item(part: str, item: Node, report: Report, document: Node) -> StrobeItem:
    found = [place for name in item.get("find", ()) for place in PLACES[name](report, document)]
    places = tuple(dict.fromkeys(found))
    authors = not places or bool(item.get("rest"))
    return StrobeItem(word(part), item["id"], word(item["text"]), places, authors)


def strobe_table(report: Report, document: Node) -> Table:
    """Make the checklist a table: the item, and where it stands."""
    return Table(
        id="strobe",
        title=word("STROBE checklist for cohort studies"),
        stub=word("Item"),
        columns=(phrase(word("Recommendation")), phrase(word("Where"))),
        rows=tuple(_rows(strobe_items(report, document))),
        notes=(word(SOURCE), word(FOUND)),
        text_columns=(0, 1),
        supplement=True,
    )


def _rows(items: Sequence[StrobeItem]) -> Iterator[Row]:
    part = ""
    for item in items:
        if item.part != part:
            part = item.part
            yield Row(part)
        yield Row(item.id, (phrase(item.text), phrase(_where(item))), level=1)


def _named(item: StrobeItem) -> Iterator[str]:
    return (place.label for place in item.places if not place.table)


def _tables(item: StrobeItem) -> Iterator[str]:
    """Name the tables, those with numbers in a row as a range: ``Tables 1-4 and 9``."""
    numbers = sorted({place.table for place in item.places if place.table})
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][-1] == number - 1:
            ranges[-1].append(number)
        else:
            ranges.append([number])
    ends = (dict.fromkeys((run[0], run[-1])) for run in ranges)
    said = form.listing(form.EN_DASH.join(map(str, pair)) for pair in ends)
    if len(numbers) == 1:
        yield word("Table {number}", number=said)
    elif numbers:
        yield word("Tables {numbers}", numbers=said)


def _where(item: StrobeItem) -> str:
    places = form.listing((*_named(item), *_tables(item)))
    if not item.places:
        return word("To be written by the authors")
    if item.authors:
        return word("{places}; the rest is to be written by the authors", places=places)
    return places
