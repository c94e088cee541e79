"""Line listings: the table, and the sentence that says how many patients it shows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.language import word
from atrisk.report.tables import Row, Table
from atrisk.report.values import Node, Phrase, Values, phrase, say

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["listing_paragraphs", "listing_tables"]

#: A listing of more rows than this is shown by its first rows.
MOST_ROWS = 60
#: Decimals that numbers have at most where the study does not say how many.
_MOST_PLACES = 2


def listing_tables(analysis: Node, values: Values, _: str = "") -> list[Table]:
    """Build the table of the patients listed; none where there is nobody."""
    columns, rows = analysis["columns"], analysis["rows"]
    if not rows:
        return []
    stub = word("No.") if analysis["numbered"] else word("Record")
    return [
        Table(
            id=analysis["id"],
            title=analysis["title"],
            stub=stub,
            columns=tuple(phrase(column["label"]) for column in columns),
            rows=tuple(Row(row["label"], tuple(_cells(analysis, row, values))) for row in rows),
            text_columns=tuple(
                place for place, column in enumerate(columns) if column["type"] == "words"
            ),
            listing=len(rows) > MOST_ROWS,
        )
    ]


def _cells(analysis: Node, row: Node, values: Values) -> Iterator[Phrase]:
    """Write a row: words as they are, numbers and what is missing by key."""
    for column in analysis["columns"]:
        words = row["cells"].get(column["id"])
        key = f"{analysis['id']}.{row['id']}.{column['id']}"
        yield phrase(words or values.number(key, partial(_written, column["decimals"])))


def _written(places: int | None, value: float) -> str:
    """Write a number with the decimals asked for, or with as many as it needs, up to two."""
    needed = form.places_needed([value], _MOST_PLACES) if places is None else places
    return form.fixed(value, needed)


def listing_paragraphs(analysis: Node, values: Values, _: str = "") -> list[Phrase]:
    """Say how many of the patients are listed."""
    listed = values.count(f"{analysis['id']}.overall.n")
    whole = values.count(f"{analysis['id']}.considered")
    if not analysis["rows"]:
        return [say("None of the {whole} patients is to be listed here.", whole=whole)]
    if listed.text == whole.text:
        return [say("All {whole} patients are listed.", whole=whole)]
    if values.raw(listed.key) == 1:
        return [say("{listed} of {whole} patients is listed.", listed=listed, whole=whole)]
    return [say("{listed} of {whole} patients are listed.", listed=listed, whole=whole)]
