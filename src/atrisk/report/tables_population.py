"""Tables of the rows of the data file: how many came in, which were left out and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.language import word
from atrisk.report.tables import Row, Table
from atrisk.report.values import Node, Number, Phrase, phrase

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = [
    "MOST_LEFT_OUT_ROWS",
    "flow_table",
    "left_out_table",
    "population_entries",
    "population_number",
]

MOST_LEFT_OUT_ROWS = 40
"""The page lists at most so many rows left out; the CSV file lists all."""


def population_number(population: Node, part: str) -> Number:
    """Write a count of the population, keyed by its place in the document."""
    return Number(f"population.{part}", form.count(population[part]))


def population_entries(population: Node) -> dict[str, Any]:
    """Give the counts of the population as entries, under the keys the page uses."""
    counts = {part: population[part] for part in ("rows_in", "rows_used")}
    for step in population["exclusions"]:
        counts |= {f"exclusions.{step['id']}.{p}": step[p] for p in ("rows", "remaining")}
    return {
        f"population.{key}": {"value": number, "unit": "rows", "method": None, "n": None}
        for key, number in counts.items()
    }


def flow_table(population: Node) -> Table:
    """Build the exclusion table: a line for the data file, each exclusion, and what was used."""

    def ends(label: str, part: str) -> Row:
        return Row(label, (phrase(), phrase(population_number(population, part))))

    steps = map(_exclusion, population["exclusions"])
    forms = population.get("forms")
    title = word("From the data file to the analysed patients")
    first = word("Rows in the data file")
    if forms:
        title = word("From the forms to the analysed patients")
        first = word("Patients in the forms")
    return Table(
        id="population",
        title=title,
        stub=word("Step"),
        columns=(phrase(word("Left out")), phrase(word("Remaining"))),
        rows=(ends(first, "rows_in"), *steps, ends(word("Analysed"), "rows_used")),
        notes=() if population["exclusions"] else (word("No patient was excluded."),),
    )


def _exclusion(step: Node) -> Row:
    path = f"population.exclusions.{step['id']}"
    return Row(
        step["reason"],
        (
            phrase(Number(f"{path}.rows", form.count(step["rows"]))),
            phrase(Number(f"{path}.remaining", form.count(step["remaining"]))),
        ),
        level=1,
    )


def left_out_table(items: Sequence[Node], name: str, title: str) -> Table:
    """Build the list of rows that were not used, by line of the data file, each with its reason.

    Rows made of forms are listed by their record, with where their entries stand.
    """
    if any(item.get("places") for item in items):
        return Table(
            id=name,
            title=title,
            stub=word("Record"),
            columns=_heads("Column", "Value", "Place", "Reason"),
            rows=tuple(map(_left_out_record, items)),
            text_columns=(0, 1, 2, 3),
        )
    return Table(
        id=name,
        title=title,
        stub=word("Line"),
        columns=_heads("Record", "Column", "Value", "Reason"),
        rows=tuple(map(_left_out, items)),
        text_columns=(0, 1, 2, 3),
    )


HEADS = ("Record", "Line", "Column", "Value", "Place", "Reason")
"""Heads of the lists of rows left out."""


def _heads(*heads: str) -> tuple[Phrase, ...]:
    return tuple(phrase(word(head)) for head in heads)


def _left_out(item: Node) -> Row:
    record = form.EN_DASH if item["record"] is None else str(item["record"])
    words = (record, item["column"], item["value"], item["reason"])
    return Row(str(item["line"]), tuple(phrase(str(word)) for word in words))


def _left_out_record(item: Node) -> Row:
    places = "; ".join(item.get("places", ())) or form.EN_DASH
    words = (item["column"], item["value"], places, item["reason"])
    return Row(str(item["record"]), tuple(phrase(str(word)) for word in words))
