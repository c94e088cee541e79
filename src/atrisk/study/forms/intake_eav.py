"""REDCap's EAV export: a line an entry, with its record, event, instance and field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from atrisk.study.forms.cells_codes import Answers
from atrisk.study.forms.intake_eav_lines import Lines, lines_by_field, lines_of, over
from atrisk.study.forms.intake_parts import (
    Flaw,
    Part,
    Split,
    blanks,
    idle,
    keys_of,
    text_mask,
)
from atrisk.study.forms.intake_sheet import FileFault
from atrisk.study.forms.mapping import folded
from atrisk.study.forms.tables import Written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from atrisk.study.forms.intake_header import Target, Vocabulary
    from atrisk.study.forms.intake_parts import Reader
    from atrisk.study.forms.intake_sheet import Sheet

__all__ = ["split_eav"]

#: A value that is no option, and one that is a missing code or blank.
_NO_OPTION: Final = -2
_MISSING: Final = -1


def split_eav(
    sheet: Sheet, targets: Sequence[Target], reader: Reader, vocabulary: Vocabulary
) -> Split:
    """Turn the lines of an EAV export into rows of forms.

    An option without a line is unchecked. A form that has no line but its status 0 is not taken, as
    in a flat export.

    Raises
    ------
    FileFault
        a column is missing, or a field is not in the dictionary.
    """
    columns = _columns(sheet, targets)
    keys = keys_of(sheet, targets)
    lines, flaws = lines_of(sheet, columns, keys, reader, vocabulary)
    by_field = lines_by_field(lines)
    twice = _twice(sheet, lines, by_field)
    lines.keep[[flaw.row for flaw in twice]] = False
    wrong = _no_choices(lines, by_field, reader)
    lines.keep[[flaw.row for flaw in wrong]] = False
    parts = tuple(
        _part(form, first, lines, by_field, keys, reader)
        for form, first in _rows(lines, reader).items()
    )
    return Split(parts, (*flaws, *twice, *wrong), keys["record"], _group(lines, keys))


def _columns(sheet: Sheet, targets: Sequence[Target]) -> dict[str, Written]:
    found: dict[str, Written] = {
        target.what: column for target, column in zip(targets, sheet.columns, strict=True)
    }
    for what, name in (("field", "field_name"), ("value", "value")):
        if what not in found:
            raise FileFault(
                f"an EAV export has a column {name!r}, and this file has not; is its layout flat"
                " or forms?",
                line=sheet.header_line,
                field=name,
            )
    return found


def _twice(sheet: Sheet, lines: Lines, by_field: Mapping[int, NDArray[np.int64]]) -> list[Flaw]:
    """Find entries that stand twice; the first is taken."""
    flaws = []
    for code, rows in by_field.items():
        key = lines.key[rows]
        if lines.targets[code].what in {"ignored", "record", "group"}:
            continue
        if lines.targets[code].what == "several":
            _, key = np.unique(
                np.stack([key, lines.value.codes[rows].astype(np.int64)]),
                axis=1,
                return_inverse=True,
            )
        _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
        again = first[inverse] != np.arange(rows.size)
        for place in np.flatnonzero(again):
            row, before = int(rows[place]), int(rows[first[inverse[place]]])
            where = f"{sheet.place} {sheet.lines[before]}"
            flaws.append(
                Flaw(row, f"the same entry stands in {where}", lines.field[row], lines.value[row])
            )
    return flaws


def _no_choices(
    lines: Lines, by_field: Mapping[int, NDArray[np.int64]], reader: Reader
) -> list[Flaw]:
    """Find lines that check an option which the field does not have."""
    flaws = []
    for code, rows in by_field.items():
        target = lines.targets[code]
        if target.what != "several":
            continue
        known = _options(lines, target.name, rows, reader)
        wrong = known[lines.value.codes[rows]] == _NO_OPTION
        reason = "none of the options of the field"
        flaws += [
            Flaw(row, reason, target.name, lines.value[row], target.form)
            for row in rows[wrong & lines.keep[rows]]
        ]
    return flaws


def _options(lines: Lines, name: str, rows: NDArray[np.int64], reader: Reader) -> NDArray[np.int64]:
    """Say for each distinct value of some lines which option it is."""
    answers = Answers(reader.dictionary.field(name).choices)
    codes = reader.mapping.codes_of(name, choices=True)
    found = np.full(len(lines.value.texts), _NO_OPTION, dtype=np.int64)
    for code in np.unique(lines.value.codes[rows]).tolist():
        text = lines.value.texts[code]
        place = answers.find(codes.get(folded(text), text))
        if place is not None:
            found[code] = place
        elif not text or _is_missing(text, reader):
            found[code] = _MISSING
    return found


def _is_missing(text: str, reader: Reader) -> bool:
    declared = folded(text) in reader.mapping.missing
    return declared or reader.dictionary.missing_position(text) is not None


def _rows(lines: Lines, reader: Reader) -> dict[str, NDArray[np.int64]]:
    """Give the first line of each row of each form, in order."""
    forms = reader.dictionary.forms
    of = np.array([_form_place(target, forms) for target in lines.targets], dtype=np.int64)
    entered_field = np.array([not _idle(target) for target in lines.targets], dtype=bool)
    standing = np.array([target.standing for target in lines.targets], dtype=bool)
    nothing = text_mask(lines.value, idle)
    code = lines.field.codes
    entered = over(entered_field, lines.field) & ~(over(standing, lines.field) & nothing)
    form_of = of[code] if len(lines.field) else np.zeros(0, dtype=np.int64)
    found: dict[str, NDArray[np.int64]] = {}
    taken = [np.empty(0, dtype=np.int64)]
    for place, form in enumerate(forms):
        mine = lines.keep & (form_of == place)
        if form not in reader.dictionary.repeating:
            visits = np.unique(lines.visit[mine & entered])
            taken.append(visits)
            mine &= np.isin(lines.visit, visits)
        found[form] = _first_lines(lines.key, np.flatnonzero(mine))
    base = np.array([forms[place] not in reader.dictionary.repeating for place in of.tolist()])
    rest = lines.keep & over(base, lines.field) & ~np.isin(lines.visit, np.concatenate(taken))
    first = next((form for form in forms if form not in reader.dictionary.repeating), None)
    if first is not None and rest.any():
        empty = _first_lines(lines.visit, np.flatnonzero(rest))
        found[first] = np.sort(np.concatenate([found[first], empty]))
    return found


def _form_place(target: Target, forms: Sequence[str]) -> int:
    """Say of which form a field is; what is no entry of a form is of the record's row."""
    return forms.index(target.form) if target.form else 0


def _idle(target: Target) -> bool:
    return target.what in {"record", "group", "ignored"}


def _first_lines(keys: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the first of the rows of each key, in order."""
    _, first = np.unique(keys[rows], return_index=True)
    return np.sort(rows[first])


def _part(
    form: str,
    first: NDArray[np.int64],
    lines: Lines,
    by_field: Mapping[int, NDArray[np.int64]],
    keys: Mapping[str, Written],
    reader: Reader,
) -> Part:
    order = np.argsort(lines.key[first], kind="stable")
    ordered = lines.key[first][order]
    columns: dict[str, Written] = {}
    entry_rows: dict[str, NDArray[np.int64]] = {}
    for name in _option_names(form, reader):
        columns[name] = Written(("0",), np.zeros(first.size, dtype=np.int32))
    if any(target.name.endswith("_complete") for target in lines.targets):
        columns[f"{form}_complete"] = blanks(first.size)
    for code, rows in by_field.items():
        target = lines.targets[code]
        if target.form != form or not rows.size:
            continue
        usable = rows[lines.keep[rows]]
        at = np.searchsorted(ordered, lines.key[usable])
        at = np.minimum(at, max(ordered.size - 1, 0))
        inside = np.zeros(usable.size, dtype=bool)
        if ordered.size:
            inside = ordered[at] == lines.key[usable]
        mine, at = usable[inside], order[at[inside]]
        if target.what == "several":
            _check_options(columns, target.name, mine, at, lines, reader)
        else:
            before = columns.get(target.name, blanks(first.size))
            columns[target.name] = _laid(lines.value, mine, at, before)
            entry_rows[target.name] = first.copy()
            entry_rows[target.name][at] = mine
    repeating = form in reader.dictionary.repeating
    return Part(
        form=form,
        rows=first,
        record=keys["record"].take(first),
        event=keys["event"].take(first) if "event" in keys else None,
        instance=lines.instance[first] if repeating else np.ones(first.size, dtype=np.int64),
        columns=columns,
        entry_rows=entry_rows,
    )


def _option_names(form: str, reader: Reader) -> list[str]:
    fields = reader.dictionary.of(form)
    return [name for field in fields if field.kind == "checkbox" for name in field.columns]


def _laid(
    value: Written, rows: NDArray[np.int64], at: NDArray[np.int64], before: Written
) -> Written:
    """Lay the values of lines over the rows of the form; the others are as they were."""
    distinct, codes = np.unique(value.codes[rows], return_inverse=True)
    texts = [value.texts[code] for code in distinct.tolist()]
    known = {text: place for place, text in enumerate(before.texts)}
    places = np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.int32)
    laid = before.codes.astype(np.int32)
    if rows.size:
        laid[at] = places[codes]
    return Written(tuple(known), laid)


def _check_options(
    columns: dict[str, Written],
    name: str,
    rows: NDArray[np.int64],
    at: NDArray[np.int64],
    lines: Lines,
    reader: Reader,
) -> None:
    """Check the options that the lines name; a missing code stands in every option."""
    chosen = _options(lines, name, rows, reader)[lines.value.codes[rows]]
    for place, option in enumerate(reader.dictionary.field(name).columns):
        codes = columns[option].codes.copy()
        codes[at[chosen == place]] = 1
        missing = chosen == _MISSING
        checked = Written(("0", "1"), codes)
        columns[option] = _laid(lines.value, rows[missing], at[missing], checked)


def _group(lines: Lines, keys: Mapping[str, Written]) -> Written | None:
    """Give the data access group of each line, from its column or from lines of its own."""
    if "group" in keys:
        return keys["group"]
    own = [place for place, target in enumerate(lines.targets) if target.what == "group"]
    if not own:
        return None
    record = keys["record"].codes
    rows = np.flatnonzero(np.isin(lines.field.codes, own) & lines.keep)
    of_record = np.full(len(keys["record"].texts), -1, dtype=np.int32)
    of_record[record[rows]] = lines.value.codes[rows]
    texts = (*lines.value.texts, "")
    return Written(texts, of_record[record])
