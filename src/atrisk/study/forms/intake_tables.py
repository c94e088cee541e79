"""The tables of forms: rows of one form from all files, in order of record, event and instance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atrisk.study.forms.cells_codes import OPTION
from atrisk.study.forms.intake_join import joined
from atrisk.study.forms.intake_parts import LARGEST_INSTANCE
from atrisk.study.forms.tables import BLANK, PRESENT, Column, FormTable, Written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from atrisk.study.forms.cells import Spec

__all__ = ["Block", "fill_options", "row_key", "table_of"]

#: More than the events of any project; with instances it leaves room for 8 million records.
_MOST_EVENTS: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one form from one file, with their entries read: arrays of shape (m,)."""

    record: NDArray[np.int32]
    event: NDArray[np.int64] | None
    instance: NDArray[np.int32]
    file: int
    line: NDArray[np.int32]
    columns: dict[str, Column]

    @property
    def key(self) -> NDArray[np.int64]:
        """Record, event and instance as one number."""
        return row_key(self.record, self.event, self.instance)


def row_key(
    record: NDArray[Any], event: NDArray[np.int64] | None, instance: NDArray[Any]
) -> NDArray[np.int64]:
    """Give record, event and instance of rows as one number."""
    visit = record.astype(np.int64) * _MOST_EVENTS + (0 if event is None else event + 1)
    found: NDArray[np.int64] = visit * (LARGEST_INSTANCE + 1) + instance
    return found


def fill_options(columns: dict[str, Column], specs: dict[str, Spec]) -> None:
    """Take blank options as unchecked where another option of the field has an entry."""
    fields: dict[str, list[str]] = {}
    for name, spec in specs.items():
        if spec.levels is OPTION:
            fields.setdefault(spec.field, []).append(name)
    for names in fields.values():
        entered = np.any([columns[name].present for name in names], axis=0)
        for name in names:
            column = columns[name]
            blank = entered & (column.missing == BLANK)
            if blank.any():
                columns[name] = replace(
                    column,
                    values=np.where(blank, 0, column.values).astype(np.int32),
                    missing=np.where(blank, PRESENT, column.missing).astype(np.int8),
                )


def table_of(
    form: str, blocks: Sequence[Block], events: tuple[str, ...], specs: dict[str, Spec]
) -> FormTable:
    """Put the blocks of a form together, in order of record, event and instance."""
    counts = [block.line.size for block in blocks]
    key = np.concatenate([block.key for block in blocks]) if blocks else np.empty(0, dtype=np.int64)
    order = np.argsort(key, kind="stable")
    event = None
    if any(block.event is not None for block in blocks):
        codes = [
            np.full(block.line.size, len(events)) if block.event is None else block.event
            for block in blocks
        ]
        event = Written((*events, ""), np.concatenate(codes).astype(np.int32)[order])
    complete = f"{form}_complete"
    columns = {}
    for name, spec in specs.items():
        if name == complete and not any(name in block.columns for block in blocks):
            continue
        pieces = [block.columns.get(name) for block in blocks]
        columns[name] = joined(spec, pieces, counts).take(order)
    empty = np.empty(0, dtype=np.int32)
    return FormTable(
        form=form,
        record=np.concatenate([empty, *(block.record for block in blocks)])[order],
        instance=np.concatenate([empty, *(block.instance for block in blocks)])[order],
        event=event,
        file=np.repeat([block.file for block in blocks], counts).astype(np.int32)[order],
        line=np.concatenate([empty, *(block.line for block in blocks)])[order],
        columns=columns,
    )
