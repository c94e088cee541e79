"""A file that holds one form: a row a patient, or a row an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.forms.intake_parts import (
    Flaw,
    Part,
    Split,
    instances_of,
    keys_of,
    no_patient,
    occurrences,
    rows_where,
    spread,
    text_mask,
)
from atrisk.study.forms.mapping import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from atrisk.study.forms.intake_header import Target
    from atrisk.study.forms.intake_parts import Reader
    from atrisk.study.forms.intake_sheet import Sheet
    from atrisk.study.forms.tables import Written

__all__ = ["record_flaws", "split_form"]


def split_form(sheet: Sheet, targets: Sequence[Target], form: str, reader: Reader) -> Split:
    """Take the rows of a file of one form.

    Rows of a repeating form without a column of instances are numbered as they stand.
    """
    keys = keys_of(sheet, targets)
    record = keys["record"]
    flaws = record_flaws(record, reader)
    repeating = form in reader.dictionary.repeating
    instance, wrong = _instances(keys, record, repeating=repeating)
    flaws += _instance_flaws(keys, instance, wrong, form, repeating=repeating)
    flaws += _instrument_flaws(keys, form)
    keep = np.ones(sheet.rows, dtype=bool)
    keep[[flaw.row for flaw in flaws]] = False
    rows = np.flatnonzero(keep)
    part = Part(
        form=form,
        rows=rows,
        record=record.take(rows),
        event=keys["event"].take(rows) if "event" in keys else None,
        instance=instance[rows] if repeating else np.ones(rows.size, dtype=np.int64),
        columns=spread(sheet, targets, rows, form, reader),
    )
    return Split((part,), tuple(flaws), keys["record"], keys.get("group"))


def record_flaws(record: Written, reader: Reader) -> list[Flaw]:
    """Find rows without a record id: blank, headers said again, totals, units, errors."""
    reasons = [no_patient(text, reader.no_ids) for text in record.texts]
    if not any(reasons):
        return []
    wrong = np.array([bool(reason) for reason in reasons])[record.codes]
    return [Flaw(row, reasons[record.codes[row]], value=record[row]) for row in rows_where(wrong)]


def _instances(
    keys: dict[str, Written], record: Written, *, repeating: bool
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Read the instances, or number the rows of each record where the file has none."""
    if "instance" in keys and any(keys["instance"].texts):
        return instances_of(keys["instance"])
    codes = record.codes.astype(np.int64)
    if "event" in keys:
        codes = codes * len(keys["event"].texts) + keys["event"].codes
    numbers = occurrences(codes) if repeating else np.zeros(codes.size, dtype=np.int64)
    return numbers, np.zeros(codes.size, dtype=bool)


def _instance_flaws(
    keys: dict[str, Written],
    instance: NDArray[np.int64],
    wrong: NDArray[np.bool_],
    form: str,
    *,
    repeating: bool,
) -> list[Flaw]:
    name = "redcap_repeat_instance"
    flaws = [
        Flaw(row, "the instance is not a whole number from 1", name, keys["instance"][row])
        for row in rows_where(wrong)
    ]
    if repeating:
        none = rows_where((instance == 0) & ~wrong)
        reason = "the row has no instance, and other rows of this file have one"
        return flaws + [Flaw(row, reason, name) for row in none]
    more = rows_where(instance > 1)
    reason = f"the form {form!r} does not repeat in the dictionary"
    return flaws + [Flaw(row, reason, name, str(instance[row])) for row in more]


def _instrument_flaws(keys: dict[str, Written], form: str) -> list[Flaw]:
    """Find rows that say they are of another form."""
    if "instrument" not in keys:
        return []
    column = keys["instrument"]
    other = text_mask(column, lambda text: folded(text).replace(" ", "_") not in {"", form})
    reason = f"the row is of another form than this file, {form!r}"
    name = "redcap_repeat_instrument"
    return [Flaw(row, reason, name, column[row]) for row in rows_where(other)]
