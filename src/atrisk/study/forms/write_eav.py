"""Writing `Records` as REDCap's EAV export: a line an entry."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.study.forms.write_cells import exported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.study.forms.tables import FormTable, Records

__all__ = ["records_to_eav"]


def records_to_eav(records: Records, *, data_access_group: bool | None = None) -> bytes:
    """Write all entries, blank ones left out.

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
    A checked option is a line with its code. An option that is not checked has no line, so that an
    option left blank is read as unchecked, as in every EAV export.
    """
    longitudinal = any(table.event is not None for table in records.tables.values())
    repeats = bool(records.dictionary.repeating)
    groups = len(records.centres) > 1 if data_access_group is None else data_access_group
    rows = [
        row
        for place, form in enumerate(records.dictionary.forms)
        for row in _rows(records, form, place)
    ]
    rows.sort(key=lambda row: row.key)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    keys = ["record", *(["redcap_event_name"] if longitudinal else [])]
    keys += ["redcap_repeat_instrument", "redcap_repeat_instance"] if repeats else []
    writer.writerow([*keys, "field_name", "value"])
    before: _Row | None = None
    for row in rows:
        head = [row.record, *([row.event] if longitudinal else [])]
        own = _own(records, row, before, groups=groups)
        writer.writerows([*head, *(["", ""] if repeats else []), *entry] for entry in own)
        head += [row.form, row.instance] if repeats else []
        writer.writerows([*head, *entry] for entry in row.entries)
        before = row
    return text.getvalue().encode()


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a form: what orders it, its keys as written, and its entries."""

    key: tuple[int, int, int, int]
    record: str
    event: str
    form: str
    instance: str
    entries: list[tuple[str, str]]


def _own(
    records: Records, row: _Row, before: _Row | None, *, groups: bool
) -> list[tuple[str, str]]:
    """Give the entries of the record itself, ahead of those of its first form."""
    entries = []
    if before is None or before.key[:2] != row.key[:2]:
        entries.append((records.dictionary.record_id, row.record))
    if groups and (before is None or before.key[0] != row.key[0]):
        centre = records.centres[int(records.centre[row.key[0]])]
        entries.append(("redcap_data_access_group", centre.id))
    return entries


def _rows(records: Records, form: str, place: int) -> Iterator[_Row]:
    table = records.tables[form]
    repeating = form in records.dictionary.repeating
    columns = _columns(records, form, table)
    instances = table.instance.tolist()
    for row, record in enumerate(table.record.tolist()):
        entries = (
            (name, value)
            for name, texts, codes, option in columns
            if (value := _value(texts[codes[row]], option))
        )
        event = -1 if table.event is None else int(table.event.codes[row])
        yield _Row(
            key=(record, event, place if repeating else -1, instances[row]),
            record=records.ids[record],
            event="" if table.event is None else table.event[row],
            form=form if repeating else "",
            instance=str(instances[row]) if repeating else "",
            entries=list(dict.fromkeys(entries)),
        )


def _value(text: str, option: str | None) -> str:
    """Give the entry of a line, "" for none: an option that is checked is its code."""
    if option is None or text not in {"0", "1"}:
        return text
    return option if text == "1" else ""


def _columns(
    records: Records, form: str, table: FormTable
) -> list[tuple[str, tuple[str, ...], list[int], str | None]]:
    """Give the columns of a form: field, distinct texts, which stands in each row, and option."""
    options = {
        name: (field.name, code)
        for field in records.dictionary.of(form)
        if field.kind == "checkbox"
        for name, code in zip(field.columns, field.codes, strict=True)
    }
    found = []
    for name, column in table.columns.items():
        written = exported(column, records.dictionary)
        field, option = options.get(name, (name, None))
        found.append((field, written.texts, written.codes.tolist(), option))
    return found
