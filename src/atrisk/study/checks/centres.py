"""Records of one source that hold several centres: each record's centre is an entry of its."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from atrisk.study.forms.tables import Centre

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from atrisk.study.forms.tables import FormTable, Records, SourceFile

__all__ = ["UNPLACED", "by_field"]

#: Where records, files and rejections stand that belong to no centre.
UNPLACED: Final = Centre("no-centre", "No centre named")


def by_field(records: Records, name: str) -> Records:
    """Part the records of one source by a field that names the centre.

    Parameters
    ----------
    records
        of one source; of several they are given back as they are.
    name
        the field, on a form that does not repeat.

    Returns
    -------
    Records
        with a centre for each entry of the field, in order. Files and rejections are parted as
        well; those of no record stand under a centre of their own, as do files of which it cannot
        be told how many rows are whose.
    """
    if len(records.centres) != 1 or not records.ids:
        return records
    entries = _entries(records, name)
    ids = sorted({entry for entry in entries if entry})
    centre = np.array([ids.index(entry) if entry else len(ids) for entry in entries], np.int32)
    field = records.dictionary.field(name)
    centres = (*(Centre(entry, field.label_of(entry)) for entry in ids), UNPLACED)
    placed = replace(records, centres=centres, centre=centre)
    return _without_unplaced(_parted(placed))


def _entries(records: Records, name: str) -> list[str]:
    """Give each record's entry; "" where it has none."""
    table = records.tables[records.dictionary.field(name).form]
    column = table.columns[name]
    found = [""] * len(records.ids)
    for row in np.flatnonzero(column.present)[::-1].tolist():
        code = column.kind == "code"
        found[table.record[row]] = column.levels[column.values[row]] if code else column.text(row)
    return found


def _parted(records: Records) -> Records:
    """Part rejections and files by centre."""
    places = {name: place for place, name in enumerate(records.ids)}
    last = len(records.centres) - 1
    of = [
        int(records.centre[places[item.record]]) if item.record in places else last
        for item in records.rejected
    ]
    rejected = tuple(
        replace(item, centre=records.centres[place].id)
        for item, place in zip(records.rejected, of, strict=True)
    )
    placed = replace(records, rejected=rejected)
    files: list[SourceFile] = []
    moved = np.zeros((len(records.files), len(records.centres)), dtype=np.int32)
    for number, file in enumerate(records.files):
        counts = _row_counts(placed, number, file)
        for place, (kept, refused) in counts.items():
            moved[number, place] = len(files)
            name = records.centres[place].id
            rows = kept + refused
            files.append(replace(file, centre=name, rows=rows, kept=kept, rejected=refused))
        if list(counts) == [last]:
            moved[number, :] = len(files) - 1
    tables = {form: _moved(placed, table, moved) for form, table in records.tables.items()}
    return replace(placed, files=tuple(files), tables=tables)


def _moved(records: Records, table: FormTable, moved: NDArray[np.int32]) -> FormTable:
    if table.rows == 0:
        return table
    return replace(table, file=moved[table.file, records.centre[table.record]])


def _row_counts(records: Records, number: int, file: SourceFile) -> Mapping[int, tuple[int, int]]:
    """Count rows kept and rejected of a file by centre; all unplaced where the sums differ."""
    last = len(records.centres) - 1
    ids = [centre.id for centre in records.centres]
    refused = {
        item.line: ids.index(item.centre)
        for item in records.rejected
        if item.level == "row" and item.file == file.name
    }
    lines, centres = _lines(records, number)
    whole = ~np.isin(lines, list(refused))
    if (int(whole.sum()), len(refused)) != (file.kept, file.rejected):
        return {last: (file.kept, file.rejected)}
    kept = np.bincount(centres[whole], minlength=len(ids))
    thrown = np.bincount(np.array(list(refused.values()), dtype=np.int64), minlength=len(ids))
    held = np.bincount(centres, minlength=len(ids)) + thrown
    counts = {
        place: (int(kept[place]), int(thrown[place])) for place in np.flatnonzero(held).tolist()
    }
    return counts or {last: (0, 0)}


def _lines(records: Records, number: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the distinct lines of a file that stand in a table, and the centre of each."""
    found = [
        (table.line[here], records.centre[table.record[here]])
        for table in records.tables.values()
        if (here := np.flatnonzero(table.file == number)).size
    ]
    if not found:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    lines, first = np.unique(np.concatenate([line for line, _ in found]), return_index=True)
    centres = np.concatenate([centre for _, centre in found])[first]
    return lines.astype(np.int64), centres.astype(np.int64)


def _without_unplaced(records: Records) -> Records:
    """Drop the centre for what has none where nothing stands under it."""
    unplaced = len(records.centres) - 1
    used = (
        bool((records.centre == unplaced).any())
        or any(item.centre == UNPLACED.id for item in records.rejected)
        or any(file.centre == UNPLACED.id and file.rows for file in records.files)
    )
    return records if used else replace(records, centres=records.centres[:-1])
