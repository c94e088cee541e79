"""Writing `Records` as REDCap's flat export, and as one CSV a form."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.forms.fields import checkbox_column
from atrisk.study.forms.write_cells import exported

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from atrisk.study.forms.tables import FormTable, Records

__all__ = ["records_to_flat", "records_to_forms"]


def records_to_flat(records: Records, *, data_access_group: bool | None = None) -> bytes:
    """Write all forms as one CSV, as REDCap exports it raw.

    Parameters
    ----------
    records
        the forms.
    data_access_group
        write the centre of each record; None is: if there are several.

    Returns
    -------
    bytes
        UTF-8, ending each line with a line feed; quotation marks where a field needs them.

    Notes
    -----
    A record, or each of its events, has one row for all forms that do not repeat, if any of these
    is filled, then a row for each instance of a repeating form. In the first, a form that nobody
    filled has 0 in its options and its status, unless no record has it in that event.
    """
    layout = _layout(records, data_access_group=data_access_group)
    rows: list[tuple[str, ...]] = []
    keys: list[NDArray[np.int64]] = []
    for place, form in enumerate(records.dictionary.forms):
        if form in records.dictionary.repeating:
            table = records.tables[form]
            rows += _rows(layout, table.record, _events(table, layout), {form: _every(table)})
            keys.append(_order(table.record, _event_places(table, layout), place, table.instance))
    record, event, filled = _base(layout)
    base = _rows(layout, record, [layout.events[code] for code in event.tolist()], filled)
    keys.append(_order(record, event, -1, np.zeros(record.size)))
    every = [*rows, *base]
    order = np.lexsort(np.concatenate(keys, axis=1)[::-1]).tolist()
    return _csv([layout.header, *(every[place] for place in order)])


@dataclass(frozen=True, slots=True)
class _Layout:
    """What the rows of a flat export have in common."""

    records: Records
    events: tuple[str, ...]
    repeats: bool
    groups: bool
    columns: dict[str, tuple[str, ...]]
    header: tuple[str, ...]


def _layout(records: Records, *, data_access_group: bool | None) -> _Layout:
    dictionary = records.dictionary
    events = next(
        (table.event.texts for table in records.tables.values() if table.event is not None), ()
    )
    groups = len(records.centres) > 1 if data_access_group is None else data_access_group
    columns = {form: tuple(table.columns) for form, table in records.tables.items()}
    if any(f"{form}_complete" in names for form, names in columns.items()):  # of all or of none
        columns = {
            form: (*dictionary.column_names(form), f"{form}_complete") for form in dictionary.forms
        }
    repeats = bool(dictionary.repeating)
    header = [dictionary.record_id]
    header += ["redcap_event_name"] if events else []
    header += ["redcap_repeat_instrument", "redcap_repeat_instance"] if repeats else []
    header += ["redcap_data_access_group"] if groups else []
    header += [name for form in dictionary.forms for name in columns[form]]
    return _Layout(records, events or ("",), repeats, groups, columns, tuple(header))


def _event_places(table: FormTable, layout: _Layout) -> NDArray[np.int64]:
    if table.event is None:
        return np.full(table.rows, len(layout.events) - 1, dtype=np.int64)
    return table.event.codes.astype(np.int64)


def _events(table: FormTable, layout: _Layout) -> list[str]:
    return [layout.events[code] for code in _event_places(table, layout).tolist()]


def _every(table: FormTable) -> NDArray[np.int64]:
    return np.arange(table.rows)


def _order(
    record: NDArray[np.int32], event: NDArray[np.int64], form: int, instance: NDArray[np.generic]
) -> NDArray[np.int64]:
    return np.stack([record, event, np.full(record.size, form), instance]).astype(np.int64)


def _base(
    layout: _Layout,
) -> tuple[NDArray[np.int32], NDArray[np.int64], dict[str, NDArray[np.int64]]]:
    """Find the rows of forms that do not repeat: record, event, and the row of each form or -1."""
    dictionary = layout.records.dictionary
    forms = [form for form in dictionary.forms if form not in dictionary.repeating]
    tables = [layout.records.tables[form] for form in forms]
    size = len(layout.events)
    visits = [
        table.record.astype(np.int64) * size + _event_places(table, layout) for table in tables
    ]
    every = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *visits]))
    filled = {}
    for form, visit in zip(forms, visits, strict=True):
        at = np.full(every.size, -1, dtype=np.int64)
        at[np.searchsorted(every, visit)] = np.arange(visit.size)
        filled[form] = at
    return (every // size).astype(np.int32), every % size, filled


def _rows(
    layout: _Layout,
    record: NDArray[np.int32],
    events: Sequence[str],
    filled: dict[str, NDArray[np.int64]],
) -> list[tuple[str, ...]]:
    """Spell rows, given which row of each form's table stands in them."""
    records = layout.records
    size = record.size
    columns: list[Sequence[str]] = [[records.ids[place] for place in record.tolist()]]
    if "redcap_event_name" in layout.header:
        columns.append(events)
    if layout.repeats:
        form = next(iter(filled), "")
        repeated = form in records.dictionary.repeating
        instance = records.tables[form].instance.tolist() if repeated else []
        columns.append([form if repeated else ""] * size)
        columns.append([str(number) for number in instance] if repeated else [""] * size)
    if layout.groups:
        names = [centre.id for centre in records.centres]
        columns.append([names[place] for place in records.centre[record].tolist()])
    for form in records.dictionary.forms:
        at = filled.get(form)
        blank = [""] * size
        columns.extend(
            blank if at is None else _spelled(layout, form, name, at, events)
            for name in layout.columns[form]
        )
    return list(zip(*columns, strict=True))


def _spelled(
    layout: _Layout, form: str, name: str, at: NDArray[np.int64], events: Sequence[str]
) -> list[str]:
    """Spell a column in rows that may lack the form."""
    records = layout.records
    table = records.tables[form]
    found = [""] * table.rows
    if name in table.columns:
        written = exported(table.columns[name], records.dictionary)
        found = [written.texts[code] for code in written.codes.tolist()]
    rows = at.tolist()
    if not _standing(layout, form, name):
        return [found[row] if row >= 0 else "" for row in rows]
    asked = set(_events(table, layout)) or set(layout.events)
    return [
        found[row] if row >= 0 else "0" if event in asked else ""
        for row, event in zip(rows, events, strict=True)
    ]


def _standing(layout: _Layout, form: str, name: str) -> bool:
    """Tell whether REDCap exports 0 for a column of a form that nobody filled."""
    options = {
        checkbox_column(field.name, code)
        for field in layout.records.dictionary.of(form)
        if field.kind == "checkbox"
        for code in field.codes
    }
    return name in options or name == f"{form}_complete"


def records_to_forms(records: Records, folder: Path) -> None:
    """Write one CSV a form that has rows, for the layout ``forms``.

    Parameters
    ----------
    records
        the forms.
    folder
        made if it is not there; files of the same names are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for form, table in records.tables.items():
        if table.rows:
            (folder / f"{form}.csv").write_bytes(_form_csv(records, form, table))


def _form_csv(records: Records, form: str, table: FormTable) -> bytes:
    header = [records.dictionary.record_id]
    columns: list[list[str]] = [[records.ids[place] for place in table.record.tolist()]]
    if table.event is not None:
        header.append("redcap_event_name")
        columns.append([table.event[row] for row in range(table.rows)])
    if form in records.dictionary.repeating:
        header.append("redcap_repeat_instance")
        columns.append([str(number) for number in table.instance.tolist()])
    for name, column in table.columns.items():
        written = exported(column, records.dictionary)
        header.append(name)
        columns.append([written.texts[code] for code in written.codes.tolist()])
    return _csv([tuple(header), *zip(*columns, strict=True)])


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
