"""Collecting the rows of all files: records, keys that stand once, entries read, tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from atrisk.study.forms.cells import Spec, column_of, columns_of, read_texts
from atrisk.study.forms.intake_parts import Flaw, Part, blanks, rows_where, text_mask
from atrisk.study.forms.intake_tables import Block, fill_options, row_key, table_of
from atrisk.study.forms.tables import (
    UNREADABLE,
    Centre,
    Column,
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
    from atrisk.study.forms.intake_sheet import FileFault, Ragged, Sheet
    from atrisk.study.forms.intake_sources import Found

__all__ = ["Collected"]


#: Behind the reason of a file of which it cannot be told how many rows it has.
_NOT_COUNTED: Final = " (rows not counted)"


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
        self.blocks: dict[str, list[Block]] = {form: [] for form in dictionary.forms}
        self.files: list[SourceFile] = []
        self.rejected: list[Rejected] = []

    def reject_file(self, found: Found, fault: FileFault, centre: int, sha256: str = "") -> None:
        """Note that nothing of a file is taken: all its rows are rejected, if they were counted."""
        rows = fault.rows
        if rows is not None:
            self.files.append(
                SourceFile(
                    name=found.name,
                    centre=self.centres[centre].id,
                    place=found.place,
                    rows=rows,
                    kept=0,
                    rejected=rows,
                    sha256=sha256,
                    form=found.form,
                    refused=True,
                )
            )
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
                reason=fault.reason if rows is not None else f"{fault.reason}{_NOT_COUNTED}",
            )
        )

    def add(
        self, sheet: Sheet, split: Split, notation: Notation, centre: int, *, form: str = ""
    ) -> None:
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
        refused = [self._row(sheet, split, flaw, centre) for flaw in flaws.values()]
        refused += [self._ragged(sheet, row, form, centre) for row in sheet.ragged]
        self.rejected.extend(sorted(refused, key=lambda item: item.line))
        self.files.append(
            SourceFile(
                name=sheet.name,
                centre=self.centres[centre].id,
                place=sheet.place,
                rows=sheet.rows_in,
                kept=sheet.rows - len(flaws),
                rejected=len(refused),
                sha256=sheet.sha256,
                form=form,
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
        unsaid = text_mask(split.group, lambda text: not text)
        return self._of_records(found, unsaid, split.record)

    def _of_records(
        self, centres: NDArray[np.int64], unsaid: NDArray[np.bool_], record: Written
    ) -> NDArray[np.int64]:
        """Take rows that name no centre to that of their record, where another row names it."""
        if not unsaid.any():
            return centres
        known = [self.records_by_id.get(text) for text in record.texts]
        of = np.array([-1 if at is None else self.centre_of[at] for at in known], dtype=np.int64)
        said = np.flatnonzero(~unsaid)[::-1]  # the first that a record names stays
        of[record.codes[said]] = centres[said]
        own = of[record.codes]
        return np.where(unsaid & (own >= 0), own, centres)

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
        key = row_key(record, self._events(part), part.instance)[usable]
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

    def _place(self, blocks: Sequence[Block], position: int) -> str:
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

    def _ragged(self, sheet: Sheet, row: Ragged, form: str, centre: int) -> Rejected:
        return Rejected(
            level="row",
            centre=self.centres[centre].id,
            file=sheet.name,
            place=sheet.place,
            line=row.line,
            record=row.first,
            form=form,
            field="",
            value=row.value,
            reason=row.reason,
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
        fill_options(columns, specs)
        self.blocks[part.form].append(
            Block(
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
            form: table_of(form, self.blocks[form], events, self.specs[form])
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
