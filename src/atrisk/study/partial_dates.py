"""What is said of starts and ends that are not known to the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.study.dated import Dated, DatedRows
    from atrisk.study.table import Table

__all__ = ["partial_notes"]

_ASSUMED = {"middle": "middle", "first": "first day", "last": "last day"}
_KNOWN = {1: "month", 2: "year"}


def partial_notes(found: DatedRows, table: Table, usable: NDArray[np.bool_]) -> tuple[str, ...]:
    """Say which day was assumed for how many starts and ends, a sentence each."""
    return tuple(
        note
        for word, part in (("start", found.start), ("end", found.end))
        for note in _notes(word, part, table, usable)
    )


def _notes(word: str, part: Dated, table: Table, usable: NDArray[np.bool_]) -> list[str]:
    source = table.provenance
    if source is None:
        return []
    notes = []
    for known, name in _KNOWN.items():
        rows = np.zeros(table.rows, dtype=bool)
        for place, column in enumerate(part.columns):
            precision = source.precision(column)
            if precision is not None:
                rows |= usable & (part.at == place) & (precision == known)
        if rows.any():
            count = int(rows.sum())
            patients = "1 patient" if count == 1 else f"{count} patients"
            notes.append(
                f"The {word} of {patients} is known to the {name} only; the"
                f" {_ASSUMED[source.partial_dates]} of the {name} is assumed (records"
                f" {table.listed_rows(rows, shown=10)})."
            )
    return notes
