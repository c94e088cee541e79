"""Collecting the rows of all files: records, keys that stand once, entries read, tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.forms.cells import Spec, column_of, columns_of, read_texts
from atrisk.study.forms.cells_codes import OPTION
from atrisk.study.forms.intake_join import joined
from atrisk.study.forms.intake_parts import LARGEST_INSTANCE, Flaw, Part, blanks, rows_where
from atrisk.study.forms.tables import (
    BLANK,
    PRESENT,
    UNREADABLE,
    Centre,
    Column,
    FormTable,
    Records,
    Rejected,
    SourceFile,
    Written,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from atrisk.study.forms.cells import Notation
    from atrisk.study.forms.dictionary import Dictionary
    from atrisk.study.forms.intake_parts import Split
    from atrisk.study.forms.intake_sheet import FileFault, Sheet
    from atrisk.study.forms.intake_sources import Found

__all__ = ["Collected"]


@dataclass(frozen=True, slots=True)
class _Block:
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
        return _key(self.record, self.event, self.instance)


def _key(
    record: NDArray[Any], event: NDArray[np.int64] | None, instance: NDArray[Any]
) -> NDArray[np.int64]:
    visit = record.astype(np.int64) * 2048 + (0 if event is None else event + 1)
    found: NDArray[np.int64] = visit * (LARGEST_INSTANCE + 1) + instance
    return found


class Collected:
    """What was read so far.

    Parameters
    ----------
    dictionary
        what the forms ask.
    centres
        as declared.
    """

    def __init__(self, dictionary: Dictionary, centres: tuple[Centre, ...]) -> None:
        self.dictionary = dictionary
        self.centres = list(centres)
        self.declared = len(centres)
        self.specs = {form: columns_of(dictionary, form) for form in dictionary.forms}
        self.records_by_id: dict[str, int] = {}
        self.centre_of: list[int] = []
        self.events: dict[str, int] = {}
        self.blocks: dict[str, list[_Block]] = {form: [] for form in dictionary.forms}
        self.files: list[SourceFile] = []
        self.rejected: list[Rejected] = []

    def reject_file(self, found: Found, fault: FileFault, centre: int) -> None:
        """Note that nothing of a file is taken."""
        self.rejected.append(
            Rejected(
                level="file",
                centre=self.centres[centre].id,
                file=found.name,
                place=found.place,
                line=fault.line,
                record="",
                form=found.form,
                field=fault.field,
                value=fault.value,
                reason=fault.reason,
            )
        )

    def add(self, sheet: Sheet, split: Split, notation: Notation, centre: int) -> None:
        """Take the rows of a file."""
        file = len(self.files)
        flaws = {flaw.row: flaw for flaw in reversed(split.flaws)}
        centres = self._centres(split, centre)
        kept: list[tuple[Part, NDArray[np.int64]]] = []
        self._register(split.parts, centres, centre)
        for part in split.parts:
            record = self._positions(part.record)
            wrong = self._strangers(part, record, centres, centre)
            again = self._again(part, record, wrong, sheet)
            for flaw in (*wrong, *again):
                flaws.setdefault(flaw.row, flaw)
            usable = ~np.isin(part.rows, [flaw.row for flaw in (*wrong, *again)])
            kept.append((part.take(usable), record[usable]))
        for flaw in sorted(flaws.values(), key=lambda flaw: flaw.row):
            self.rejected.append(self._row(sheet, split, flaw, centre))
        self.files.append(
            SourceFile(
                name=sheet.name,
                centre=self.centres[centre].id,
                place=sheet.place,
                rows=sheet.rows,
                kept=sheet.rows - len(flaws),
                rejected=len(flaws),
                sha256=sheet.sha256,
            )
        )
        for part, record in kept:
            self._take(part, record, sheet, notation, centre, file)

    def _centres(self, split: Split, centre: int) -> NDArray[np.int64] | None:
        """Give the centre of each row of a sheet with data access groups, None without."""
        if split.group is None:
            return None
        known = {item.id: place for place, item in enumerate(self.centres)}
        places = []
        used = set(np.unique(split.group.codes).tolist())
        for code, text in enumerate(split.group.texts):
            if code in used and text and text not in known:
                known[text] = len(self.centres)
                self.centres.append(Centre(text, text))
            places.append(known.get(text, centre))
        found: NDArray[np.int64] = np.array(places, dtype=np.int64)[split.group.codes]
        return found

    def _register(
        self, parts: Sequence[Part], centres: NDArray[np.int64] | None, centre: int
    ) -> None:
        """Give new records their place, in the order in which they first stand in the sheet."""
        firsts: dict[str, int] = {}
        for part in parts:
            codes, first = np.unique(part.record.codes, return_index=True)
            for code, row in zip(codes.tolist(), part.rows[first].tolist(), strict=True):
                text = part.record.texts[code]
                if text not in self.records_by_id:
                    firsts[text] = min(row, firsts.get(text, row))
        for text, row in sorted(firsts.items(), key=lambda item: item[1]):
            self.records_by_id[text] = len(self.records_by_id)
            self.centre_of.append(centre if centres is None else int(centres[row]))

    def _positions(self, record: Written) -> NDArray[np.int64]:
        places = [self.records_by_id.get(text, -1) for text in record.texts]
        found: NDArray[np.int64] = np.array(places, dtype=np.int64)[record.codes]
        return found

    def _strangers(
        self,
        part: Part,
        record: NDArray[np.int64],
        centres: NDArray[np.int64] | None,
        centre: int,
    ) -> list[Flaw]:
        """Find rows of a record that belongs to another centre."""
        own = np.array(self.centre_of, dtype=np.int64)[record]
        here = np.full(record.size, centre) if centres is None else centres[part.rows]
        return [
            Flaw(
                int(part.rows[row]),
                f"the record is one of centre {self.centres[own[row]].id!r} already",
                self.dictionary.record_id,
                part.record[row],
                part.form,
            )
            for row in rows_where(own != here)
        ]

    def _events(self, part: Part) -> NDArray[np.int64] | None:
        if part.event is None:
            return None
        places = [self.events.setdefault(text, len(self.events)) for text in part.event.texts]
        found: NDArray[np.int64] = np.array(places, dtype=np.int64)[part.event.codes]
        return found

    def _again(
        self, part: Part, record: NDArray[np.int64], wrong: Sequence[Flaw], sheet: Sheet
    ) -> list[Flaw]:
        """Find rows whose record, event and instance stand in a table already."""
        usable = np.flatnonzero(~np.isin(part.rows, [flaw.row for flaw in wrong]))
        key = _key(record, self._events(part), part.instance)[usable]
        before = self.blocks[part.form]
        keys = np.concatenate([*(block.key for block in before), key])
        known = keys.size - key.size
        _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        at = first[inverse]
        flaws = []
        for place in np.flatnonzero(at[known:] != np.arange(known, keys.size)):
            row = int(usable[place])
            origin = int(at[known + place])
            where = (
                f"{sheet.place} {sheet.lines[part.rows[usable[origin - known]]]}"
                if origin >= known
                else self._place(before, origin)
            )
            instance = "" if part.instance[row] == 1 else f" {part.instance[row]}"
            reason = f"the record has this form already{instance and ', instance' + instance}, in "
            flaws.append(Flaw(int(part.rows[row]), reason + where, form=part.form))
        return flaws

    def _place(self, blocks: Sequence[_Block], position: int) -> str:
        """Say where a row of the form stands that was read before."""
        for block in blocks:
            if position < block.line.size:
                file = self.files[block.file]
                return f"{file.name}, {file.place} {block.line[position]}"
            position -= block.line.size
        raise RuntimeError("a row that was never read")

    def _row(self, sheet: Sheet, split: Split, flaw: Flaw, centre: int) -> Rejected:
        form = flaw.form or (split.parts[0].form if len(split.parts) == 1 else "")
        return Rejected(
            level="row",
            centre=self.centres[centre].id,
            file=sheet.name,
            place=sheet.place,
            line=int(sheet.lines[flaw.row]),
            record=split.record[flaw.row],
            form=form,
            field=flaw.field,
            value=flaw.value,
            reason=flaw.reason,
        )

    def _take(
        self,
        part: Part,
        record: NDArray[np.int64],
        sheet: Sheet,
        notation: Notation,
        centre: int,
        file: int,
    ) -> None:
        """Read the entries of rows and keep them."""
        specs = self.specs[part.form]
        columns: dict[str, Column] = {}
        for name, spec in specs.items():
            written = part.columns.get(name)
            if written is None and name.endswith("_complete") and spec.field not in part.columns:
                continue
            column = self._read(
                spec, written or blanks(part.rows.size), part, sheet, notation, centre
            )
            columns[name] = column
        _fill_options(columns, specs)
        self.blocks[part.form].append(
            _Block(
                record=record.astype(np.int32),
                event=self._events(part),
                instance=part.instance.astype(np.int32),
                file=file,
                line=sheet.lines[part.rows],
                columns=columns,
            )
        )

    def _read(
        self,
        spec: Spec,
        written: Written,
        part: Part,
        sheet: Sheet,
        notation: Notation,
        centre: int,
    ) -> Column:
        reading = read_texts(spec, written.texts, notation)
        column = column_of(spec, written, reading)
        if reading.reasons:
            rows = (part.entry_rows or {}).get(spec.name, part.rows)
            for row in rows_where(column.missing == UNREADABLE):
                self.rejected.append(
                    Rejected(
                        level="entry",
                        centre=self.centres[centre].id,
                        file=sheet.name,
                        place=sheet.place,
                        line=int(sheet.lines[rows[row]]),
                        record=part.record[row],
                        form=part.form,
                        field=spec.name,
                        value=written[row],
                        reason=reading.reasons[int(written.codes[row])],
                    )
                )
        return column

    def records(self) -> Records:
        """Put the rows of all files together."""
        events = tuple(self.events)
        tables = {
            form: _table(form, self.blocks[form], events, self.specs[form])
            for form in self.dictionary.forms
        }
        centre = np.array(self.centre_of, dtype=np.int32)
        centres = tuple(self.centres)
        if len(centres) > self.declared == 1 and not (centre == 0).any():
            centres, centre = centres[1:], centre - 1  # its groups are the centres
        return Records(
            dictionary=self.dictionary,
            centres=centres,
            ids=tuple(self.records_by_id),
            centre=centre,
            tables=tables,
            files=tuple(self.files),
            rejected=tuple(self.rejected),
        )


def _fill_options(columns: dict[str, Column], specs: dict[str, Spec]) -> None:
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


def _table(
    form: str, blocks: Sequence[_Block], events: tuple[str, ...], specs: dict[str, Spec]
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
