"""What is said of an endpoint's dates: days assumed, ends on the first day, causes at odds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.study.dated import Dated, DatedRows
    from atrisk.study.derived.column import Derived
    from atrisk.study.endpoint_models import DatedEndpoint
    from atrisk.study.forms.dictionary import Dictionary
    from atrisk.study.table import Table

__all__ = ["cause_notes", "partial_notes", "same_day_notes"]

#: The column of the cause of death, and the word that its codes have where it is relapse.
_CAUSE = "death_cause"
_RELAPSE = "relapse"

_ASSUMED = {"middle": "middle", "first": "first day", "last": "last day"}
_KNOWN = {1: "month", 2: "year"}


def partial_notes(found: DatedRows, table: Table, usable: NDArray[np.bool_]) -> tuple[str, ...]:
    """Say which day was assumed for how many starts and ends, a sentence each."""
    return tuple(
        note
        for word, part in (("start", found.start), ("end", found.end))
        for note in _notes(word, part, found, table, usable)
    )


def same_day_notes(
    time: NDArray[np.float64], cause: NDArray[np.int64], table: Table, usable: NDArray[np.bool_]
) -> tuple[str, ...]:
    """Say of whom the event is on the day of the start, at time 0."""
    rows = usable & (cause > 0) & (np.where(usable, time, 1.0) == 0)
    if not rows.any():
        return ()
    where = "records" if table.provenance is not None else f"{table.place}s"
    note = (
        f"The event of {_patients(rows)} is on the day of the start and counts at time 0"
        f" ({where} {table.listed_rows(rows, shown=10)})."
    )
    return (note,)


def cause_notes(
    asked: DatedEndpoint,
    cause: NDArray[np.int64],
    table: Table,
    usable: NDArray[np.bool_],
) -> tuple[str, ...]:
    """Name the deaths that count as deaths without relapse, though relapse is entered as cause."""
    source = table.provenance
    if source is None or _CAUSE not in source.columns:
        return ()
    held = source.columns[_CAUSE]
    if not any(_RELAPSE in event.label.lower() for event in asked.events):
        return ()
    labels = _labels(held, source.records.dictionary)
    relapse = [place for place, label in enumerate(labels) if _RELAPSE in label.lower()]
    column = held.column
    of_relapse = np.isin(column.values, relapse) & column.present
    return tuple(
        f"The death of {_patients(rows)} counts as {event.label!r}, though its cause is entered as"
        f" relapse (records {table.listed_rows(rows, shown=10)})."
        for place, event in enumerate(asked.events, start=1)
        if event.competing and event.final
        if (rows := usable & (cause == place) & of_relapse[source.at]).any()
    )


def _labels(held: Derived, dictionary: Dictionary) -> list[str]:
    """Give the labels of the codes of a choice."""
    if held.column.kind != "code" or not held.origin:
        return []
    choices = {one.code: one.label for one in dictionary.field(held.origin[0].field).choices}
    return [choices.get(level, "") for level in held.column.levels]


def _notes(
    word: str, part: Dated, found: DatedRows, table: Table, usable: NDArray[np.bool_]
) -> list[str]:
    source = table.provenance
    if source is None:
        return []
    notes = []
    for known, name in _KNOWN.items():
        rows = np.zeros(table.rows, dtype=bool)
        narrowed = rows.copy()
        for place, column in enumerate(part.columns):
            precision = source.precision(column)
            if precision is not None:
                here = usable & (part.at == place) & (precision == known)
                rows |= here
                narrowed |= here & found.narrowed.get(column, False)
        if rows.any():
            assumed = _ASSUMED[source.partial_dates]
            notes.append(
                f"The {word} of {_patients(rows)} is known to the {name} only; the {assumed} of the"
                f" {name} is assumed{_narrowed(narrowed, assumed, table)} (records"
                f" {table.listed_rows(rows, shown=10)})."
            )
    return notes


def _narrowed(rows: NDArray[np.bool_], assumed: str, table: Table) -> str:
    """Say of whom other dates rule the usual day out."""
    if not rows.any():
        return ""
    return (
        f", and of {_patients(rows)} whose other dates rule that out, the {assumed} of what they"
        f" leave ({table.listed_rows(rows, shown=10)})"
    )


def _patients(rows: NDArray[np.bool_]) -> str:
    count = int(rows.sum())
    return "1 patient" if count == 1 else f"{count} patients"
