"""REDCap's flat export: a row holds every form that does not repeat, or one instance of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atrisk.errors import nearest
from atrisk.study.forms.intake_forms import record_flaws
from atrisk.study.forms.intake_header import form_named
from atrisk.study.forms.intake_parts import (
    Flaw,
    Part,
    Split,
    blanks,
    idle,
    instances_of,
    keys_of,
    rows_where,
    spread,
    text_mask,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from atrisk.study.forms.intake_header import Target
    from atrisk.study.forms.intake_parts import Reader
    from atrisk.study.forms.intake_sheet import Sheet
    from atrisk.study.forms.tables import Written

__all__ = ["split_flat"]

#: Forms of a row in the order of the dictionary; below 0 it is the row of all that do not repeat.
_BASE: Final = -1
_NONE: Final = -2
_INSTRUMENT: Final = "redcap_repeat_instrument"
_INSTANCE: Final = "redcap_repeat_instance"


def split_flat(sheet: Sheet, targets: Sequence[Target], reader: Reader) -> Split:
    """Part the rows of a flat export into forms.

    Of a row of forms that do not repeat, those are taken that somebody filled: with an entry other
    than an unchecked option or the status 0. A row in which nobody filled any is one of the first
    form.
    """
    keys = keys_of(sheet, targets)
    none = blanks(sheet.rows)
    instrument = keys.get("instrument", none)
    of, flaws = _forms_of(instrument, reader)
    instance, more = _instances(keys.get("instance", none), of)
    filled = {form: _filled(sheet, targets, form) for form in reader.dictionary.forms}
    flaws += (
        more + record_flaws(keys["record"], reader) + _misplaced(sheet, targets, filled, of, reader)
    )
    keep = np.ones(sheet.rows, dtype=bool)
    keep[[flaw.row for flaw in flaws]] = False
    keep, twice = _once(keys, of, instance, keep, sheet)
    masks = _masks(filled, of, keep, reader)
    parts = []
    for form, mask in masks.items():
        rows = np.flatnonzero(mask)
        part = Part(
            form=form,
            rows=rows,
            record=keys["record"].take(rows),
            event=keys["event"].take(rows) if "event" in keys else None,
            instance=instance[rows],
            columns=spread(sheet, targets, rows, form, reader),
        )
        parts.append(part)
    return Split(tuple(parts), (*flaws, *twice), keys["record"], keys.get("group"))


def _forms_of(instrument: Written, reader: Reader) -> tuple[NDArray[np.int64], list[Flaw]]:
    """Say of which form each row is."""
    forms = reader.dictionary.forms
    places, reasons = [], []
    for text in instrument.texts:
        form = form_named(text, reader.dictionary, reader.mapping) if text else None
        places.append(_BASE if not text else _NONE if form is None else forms.index(form))
        reasons.append(_unusable(text, form, reader))
        if reasons[-1]:
            places[-1] = _NONE
    of = np.array(places, dtype=np.int64)[instrument.codes]
    flaws = [
        Flaw(row, reasons[instrument.codes[row]], _INSTRUMENT, instrument[row])
        for row in rows_where(of == _NONE)
    ]
    return of, flaws


def _unusable(text: str, form: str | None, reader: Reader) -> str:
    if text and form is None:
        return f"there is no form {text!r}.{nearest(text, reader.dictionary.forms)}"
    if form is not None and form not in reader.dictionary.repeating:
        return f"the form {form!r} does not repeat in the dictionary"
    return ""


def _instances(column: Written, of: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[Flaw]]:
    instance, wrong = instances_of(column)
    repeated = of >= 0
    checks = (
        (wrong, "the instance is not a whole number from 1"),
        (repeated & (instance == 0) & ~wrong, "the row of a repeating form has no instance"),
        (
            (of == _BASE) & (instance > 1),
            "an instance without a form: repeating events are not read; name the repeating form",
        ),
    )
    flaws = [
        Flaw(row, reason, _INSTANCE, column[row])
        for mask, reason in checks
        for row in rows_where(mask)
    ]
    return np.where(repeated, instance, 1), flaws


def _filled(sheet: Sheet, targets: Sequence[Target], form: str) -> NDArray[np.bool_]:
    """Tell in which rows somebody filled a form."""
    found = np.zeros(sheet.rows, dtype=bool)
    for target, column in zip(targets, sheet.columns, strict=True):
        if target.form == form:
            found |= _entered(target, column)
    return found


def _entered(target: Target, column: Written) -> NDArray[np.bool_]:
    """Tell which entries are more than an unchecked option or the status of a form not begun."""
    if target.standing:
        return text_mask(column, lambda text: not idle(text))
    return text_mask(column, bool)


def _misplaced(
    sheet: Sheet,
    targets: Sequence[Target],
    filled: Mapping[str, NDArray[np.bool_]],
    of: NDArray[np.int64],
    reader: Reader,
) -> list[Flaw]:
    """Find rows with entries of a form that the row is not of."""
    flaws = []
    for place, (form, mask) in enumerate(filled.items()):
        home = place if form in reader.dictionary.repeating else _BASE
        away = mask & (of != home) & (of != _NONE)
        if not away.any():
            continue
        entered = [
            (target, column, _entered(target, column))
            for target, column in zip(targets, sheet.columns, strict=True)
            if target.form == form
        ]
        for row in rows_where(away):
            target, column, _ = next(item for item in entered if item[2][row])
            reason = f"an entry of the form {form!r} stands in a row of another form"
            flaws.append(Flaw(row, reason, target.name, column[row], form))
    return flaws


def _once(
    keys: Mapping[str, Written],
    of: NDArray[np.int64],
    instance: NDArray[np.int64],
    keep: NDArray[np.bool_],
    sheet: Sheet,
) -> tuple[NDArray[np.bool_], list[Flaw]]:
    """Keep the first row of each record, event, form and instance."""
    rows = np.flatnonzero(keep)
    parts: list[NDArray[Any]] = [keys["record"].codes, of, instance]
    if "event" in keys:
        parts.append(keys["event"].codes)
    order = np.lexsort([rows, *(part[rows] for part in parts)])
    ordered = rows[order]
    same = np.ones(max(ordered.size - 1, 0), dtype=bool)
    for part in parts:
        same &= part[ordered[1:]] == part[ordered[:-1]]
    flaws = []
    for position in np.flatnonzero(same):
        row, before = int(ordered[position + 1]), int(ordered[position])
        where = f"{sheet.place} {sheet.lines[before]}"
        flaws.append(Flaw(row, f"the same record, form and instance stand in {where}"))
    kept = keep.copy()
    kept[[flaw.row for flaw in flaws]] = False
    return kept, flaws


def _masks(
    filled: Mapping[str, NDArray[np.bool_]],
    of: NDArray[np.int64],
    keep: NDArray[np.bool_],
    reader: Reader,
) -> dict[str, NDArray[np.bool_]]:
    """Say which rows are taken into each form."""
    base = keep & (of == _BASE)
    masks = {}
    empty = base.copy()
    for place, (form, mask) in enumerate(filled.items()):
        if form in reader.dictionary.repeating:
            masks[form] = keep & (of == place)
        else:
            masks[form] = base & mask
            empty &= ~mask
    first = next((form for form in masks if form not in reader.dictionary.repeating), None)
    if first is not None:
        masks[first] |= empty
    return masks
