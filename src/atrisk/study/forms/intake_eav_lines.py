"""The lines of REDCap's EAV export: what each is of, and which cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from atrisk.errors import nearest
from atrisk.study.forms.intake_forms import record_flaws
from atrisk.study.forms.intake_header import Target, form_named
from atrisk.study.forms.intake_parts import LARGEST_INSTANCE, Flaw, blanks, instances_of, rows_where
from atrisk.study.forms.intake_sheet import FileFault
from atrisk.study.forms.mapping import folded
from atrisk.study.forms.tables import KEEPER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from atrisk.study.forms.intake_header import Vocabulary
    from atrisk.study.forms.intake_parts import Reader
    from atrisk.study.forms.intake_sheet import Sheet
    from atrisk.study.forms.tables import Written

__all__ = ["EAV_HEADERS", "Lines", "lines_by_field", "lines_of", "over"]

#: The columns that only this export has.
EAV_HEADERS: Final = {
    "record": Target("record"),
    "field_name": Target("field"),
    "value": Target("value"),
}
#: Headers of other exports that no line of this one has as its field.
_NO_ENTRIES: Final = frozenset({"event", "instrument", "instance", "absent"})


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of an EAV export: each array is of shape (n,).

    Attributes
    ----------
    field, value
        what stands in each line.
    targets
        what each distinct field is.
    visit
        record and event as one number.
    key
        record, event and instance as one number; the instance is 0 for forms that do not repeat.
    instance
        from 1.
    keep
        lines that can be used.
    """

    field: Written
    value: Written
    targets: tuple[Target, ...]
    visit: NDArray[np.int64]
    key: NDArray[np.int64]
    instance: NDArray[np.int64]
    keep: NDArray[np.bool_]


def lines_of(
    sheet: Sheet,
    columns: Mapping[str, Written],
    keys: Mapping[str, Written],
    reader: Reader,
    vocabulary: Vocabulary,
) -> tuple[Lines, list[Flaw]]:
    """Say of each line which row and field it is of, and which lines cannot be used.

    Raises
    ------
    FileFault
        a field is not in the dictionary.
    """
    field, none = columns["field"], blanks(sheet.rows)
    targets = _fields(sheet, field, reader, vocabulary)
    repeats = np.array([target.form in reader.dictionary.repeating for target in targets])
    repeated = over(repeats, field)
    instance, wrong = instances_of(keys.get("instance", none))
    other = _other_form(keys.get("instrument", none), field, targets, reader)
    flaws = record_flaws(keys["record"], reader)
    for mask, reason in (
        (wrong, "the instance is not a whole number from 1"),
        (other, "the field is not of the form that the line names"),
        (~repeated & (instance > 1), "an instance of a field whose form does not repeat"),
    ):
        for row in rows_where(mask):
            flaws.append(Flaw(row, reason, field[row]))
    keep = np.ones(sheet.rows, dtype=bool)
    keep[[flaw.row for flaw in flaws]] = False
    instance = np.maximum(instance, 1)  # REDCap keeps the first instance as a blank
    visit = keys["record"].codes.astype(np.int64)
    if "event" in keys:
        visit = visit * len(keys["event"].texts) + keys["event"].codes
    key = visit * (LARGEST_INSTANCE + 1) + np.where(repeated, instance, 0)
    return Lines(field, columns["value"], targets, visit, key, instance, keep), flaws


def _fields(
    sheet: Sheet, field: Written, reader: Reader, vocabulary: Vocabulary
) -> tuple[Target, ...]:
    """Say what each distinct field is."""
    found = []
    for place, text in enumerate(field.texts):
        name = reader.mapping.column("*", text) or text
        target = vocabulary.names.get(name)
        if target is None and folded(text) in reader.mapping.ignored_columns:
            target = Target("ignored")
        if target is None or target.what in _NO_ENTRIES:
            row = int(np.argmax(field.codes == place))
            raise FileFault(
                f"the dictionary has no such field.{nearest(text, vocabulary.names)}{KEEPER}name"
                " it under [columns] of the mapping, or list it under [ignore] columns",
                line=int(sheet.lines[row]),
                field=text,
            )
        found.append(target)
    return tuple(found)


def over(values: NDArray[np.bool_], column: Written) -> NDArray[np.bool_]:
    """Lay what holds for distinct texts over the rows."""
    found: NDArray[np.bool_] = values[column.codes] if len(column) else np.zeros(0, dtype=bool)
    return found


def _other_form(
    instrument: Written, field: Written, targets: Sequence[Target], reader: Reader
) -> NDArray[np.bool_]:
    """Find lines that name another form than that of their field."""
    forms = ("", *reader.dictionary.forms)
    own = np.array([forms.index(target.form) for target in targets], dtype=np.int64)
    named = [
        forms.index(form_named(text, reader.dictionary, reader.mapping) or "") if text else -1
        for text in instrument.texts
    ]
    if not len(field):
        return np.zeros(0, dtype=bool)
    said = np.array(named, dtype=np.int64)[instrument.codes]
    actual = own[field.codes]
    other: NDArray[np.bool_] = (said != -1) & (said != actual) & (actual != 0)
    return other


def lines_by_field(lines: Lines) -> dict[int, NDArray[np.int64]]:
    """Give the lines of each distinct field, in order."""
    usable = np.flatnonzero(lines.keep)
    codes = lines.field.codes[usable]
    order = usable[np.argsort(codes, kind="stable")]
    counts = np.bincount(codes, minlength=len(lines.field.texts))
    ends = np.cumsum(counts)
    return {
        code: order[end - count : end]
        for code, (count, end) in enumerate(zip(counts.tolist(), ends.tolist(), strict=True))
    }
