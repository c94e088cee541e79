"""How complete the forms are: of the required entries that are asked for, how many are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.checks.shown import asked_fields, entry_state
from atrisk.study.forms.tables import BLANK, CODED, PRESENT, UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from atrisk.study.forms.fields import Field
    from atrisk.study.forms.tables import FormTable, Records

__all__ = ["STATES", "FieldCount", "completeness"]

#: The states of an entry that is asked for.
STATES = ("present", "coded", "blank", "unreadable")


@dataclass(frozen=True, slots=True)
class FieldCount:
    """The entries of one field.

    Attributes
    ----------
    form, field, label, required
        the field.
    states
        shape (C, 4): for each centre, entries asked for that are present, a missing code, blank,
        unreadable.
    """

    form: str
    field: str
    label: str
    required: bool
    states: NDArray[np.int64]


def completeness(
    records: Records, shown: Mapping[str, NDArray[np.bool_]]
) -> tuple[FieldCount, ...]:
    """Count the entries of every field where it is shown, calculated fields left out."""
    return tuple(
        _counted(records, table, field, shown.get(field.name))
        for form, table in records.tables.items()
        for field in asked_fields(records, form)
        if field.type != "calc"
    )


def _counted(
    records: Records, table: FormTable, field: Field, asked: NDArray[np.bool_] | None
) -> FieldCount:
    state = entry_state(table, field)
    place = np.full(len(state), 3, dtype=np.int64)
    for position, known in enumerate((PRESENT, CODED, BLANK, UNREADABLE)):
        place[state == known] = position
    place[state > CODED] = 1
    keys = records.centre[table.record] * len(STATES) + place
    if asked is not None:
        keys = keys[asked]
    size = len(records.centres)
    counts = np.bincount(keys, minlength=size * len(STATES)).reshape(size, len(STATES))
    return FieldCount(table.form, field.name, field.label, field.required, counts.astype(np.int64))
