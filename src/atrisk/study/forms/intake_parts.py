"""What one file adds to one form: rows with their keys, and the columns as written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as made
from typing import TYPE_CHECKING, Final

import numpy as np

from atrisk.study.forms.cells_codes import Answers
from atrisk.study.forms.cells_numbers import Unreadable
from atrisk.study.forms.mapping import folded
from atrisk.study.forms.tables import Written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from atrisk.study.forms.dictionary import Dictionary
    from atrisk.study.forms.intake_header import Target
    from atrisk.study.forms.intake_sheet import Sheet
    from atrisk.study.forms.mapping import CentreMapping

__all__ = [
    "LARGEST_INSTANCE",
    "Flaw",
    "Part",
    "Reader",
    "Split",
    "blanks",
    "idle",
    "instances_of",
    "keys_of",
    "no_ids",
    "no_patient",
    "occurrences",
    "recoded",
    "rows_where",
    "spread",
    "text_mask",
]

LARGEST_INSTANCE: Final = 999_999
_TOTALS: Final = frozenset(
    """total totals sum summe gesamt insgesamt summary mean mittelwert average median count anzahl
    total: totale somma moyenne totaal n= ∑ Σ
    unit units einheit einheiten unité unités unità unidad unidades""".casefold().split()
)


_ERROR: Final = re.compile(r"#(?:[A-Z0-9/_]+[!?]|N/A)")
_IDLE: Final = frozenset({"", "0", "unchecked", "incomplete", "false", "no"})


@dataclass(frozen=True, slots=True)
class Flaw:
    """A row that cannot be taken in: its place in the sheet, and why."""

    row: int
    reason: str
    field: str = ""
    value: str = ""
    form: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """What is needed to read a centre's files: the dictionary and how the centre writes.

    ``no_ids``: folded texts that are no record id where one should stand, and why.
    """

    dictionary: Dictionary
    mapping: CentreMapping
    no_ids: Mapping[str, str] = made(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Split:
    """A sheet parted into forms.

    Attributes
    ----------
    parts
        the rows of each form.
    flaws
        rows of the sheet that are in none.
    record
        the record id of each row of the sheet.
    group
        the data access group of each row of the sheet, or None.
    """

    parts: tuple[Part, ...]
    flaws: tuple[Flaw, ...]
    record: Written
    group: Written | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one form in one file, before their entries are read.

    Attributes
    ----------
    form
        the form.
    rows
        shape (m,): the row of the sheet that each is of (of an EAV export, its first line).
    record, event, instance
        shape (m,).
    columns
        column of the form's table -> entries, each of m rows.
    entry_rows
        of an EAV export: column -> the row of the sheet of each entry.
    """

    form: str
    rows: NDArray[np.int64]
    record: Written
    event: Written | None
    instance: NDArray[np.int64]
    columns: Mapping[str, Written]
    entry_rows: Mapping[str, NDArray[np.int64]] | None = None

    def take(self, keep: NDArray[np.bool_]) -> Part:
        """Keep rows."""
        own = self.entry_rows
        return Part(
            form=self.form,
            rows=self.rows[keep],
            record=self.record.take(keep),
            event=None if self.event is None else self.event.take(keep),
            instance=self.instance[keep],
            columns={name: column.take(keep) for name, column in self.columns.items()},
            entry_rows=None if own is None else {name: rows[keep] for name, rows in own.items()},
        )


def blanks(rows: int) -> Written:
    """Make a column without entries."""
    return Written(("",), np.zeros(rows, dtype=np.int32))


def text_mask(column: Written, accept: Callable[[str], bool]) -> NDArray[np.bool_]:
    """Tell in which rows the text is accepted, asking once a text."""
    known = np.fromiter(map(accept, column.texts), dtype=bool, count=len(column.texts))
    if not len(column):
        return np.zeros(0, dtype=bool)
    return known[column.codes]


def rows_where(mask: NDArray[np.bool_]) -> list[int]:
    """List the rows where a mask is True."""
    return np.flatnonzero(mask).tolist()


def keys_of(sheet: Sheet, targets: Sequence[Target]) -> dict[str, Written]:
    """Give the columns that say which row it is, by what they say."""
    return {
        target.what: column
        for target, column in zip(targets, sheet.columns, strict=True)
        if target.what in {"record", "event", "instrument", "instance", "group"}
    }


_NOTHING: Final = frozenset({"null", "nan", "none", "n/a", "na", "nil", "<na>", "."})


def no_ids(dictionary: Dictionary, mapping: CentreMapping, header: str) -> dict[str, str]:
    """List what is no record id: names of the column, and what stands for a missing value."""
    first = dictionary.field(dictionary.record_id)
    names = (first.name, first.label, header, first.name.replace("_", " "))
    reason = "a row of totals or units, not a patient"
    found = {f"{word}{mark}": reason for word in _TOTALS for mark in ("", ":")}
    found |= {folded(name): "a header, not a patient" for name in names if name}
    codes = [item.code for item in dictionary.missing_codes if not item.code.isdecimal()]
    for text in (*codes, *mapping.missing, *_NOTHING):
        found[folded(text)] = "the record id is missing: its entry says so"
    return found


def no_patient(text: str, known: Mapping[str, str]) -> str:
    """Say why a record id is none, "" if it is one.

    Examples
    --------
    >>> no_patient("#REF!", {}), no_patient("Sum", {"sum": "totals"}), no_patient("S-04", {})
    ('the record id is the error of a spreadsheet formula', 'totals', '')
    """
    if not text:
        return "the row has entries but no record id"
    if text[0] == "#" and _ERROR.fullmatch(text):
        return "the record id is the error of a spreadsheet formula"
    return known.get(text.casefold() if text.isalnum() else folded(text), "")


def idle(text: str) -> bool:
    """Tell whether an option or a status says no more than that nobody filled the form."""
    return folded(text) in _IDLE


def instances_of(column: Written) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Read instances: 0 where there is none, and where the text is no whole number from 1."""
    numbers = [_instance(text) for text in column.texts]
    values = np.array([max(number, 0) for number in numbers], dtype=np.int64)
    wrong = np.array([number < 0 for number in numbers], dtype=bool)
    if not len(column):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool)
    return values[column.codes], wrong[column.codes]


def _instance(text: str) -> int:
    """Read an instance: 0 if blank, -1 if it is none; ``2.0`` is 2."""
    if not text:
        return 0
    whole = text[:-2] if text.endswith((".0", ",0")) else text
    if not (whole.isascii() and whole.isdigit()):
        return -1
    number = int(whole)
    return number if 1 <= number <= LARGEST_INSTANCE else -1


def occurrences(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count, for each row, the rows of its code up to it."""
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    first = np.concatenate(([True], ordered[1:] != ordered[:-1])) if ordered.size else ordered > 0
    starts = np.flatnonzero(first)
    lengths = np.diff(np.append(starts, ordered.size))
    found = np.empty(ordered.size, dtype=np.int64)
    found[order] = np.arange(ordered.size) - np.repeat(starts, lengths) + 1
    return found


def spread(
    sheet: Sheet,
    targets: Sequence[Target],
    rows: NDArray[np.int64],
    form: str,
    reader: Reader,
) -> dict[str, Written]:
    """Give the columns of a form's table that a sheet has, in the given rows."""
    found: dict[str, Written] = {}
    for target, column in zip(targets, sheet.columns, strict=True):
        if target.form != form or target.what not in {"column", "several"}:
            continue
        own = Written(column.texts, column.codes[rows].astype(np.int32))
        if target.what == "column":
            found[target.name] = own
        else:
            found |= _options(reader, target.name, own)
    for target, column in zip(targets, sheet.columns, strict=True):
        if target.form == form and target.what == "absent":
            missing = text_mask(column, lambda text: not idle(text))[rows]
            if missing.any():
                _absent(found, reader.dictionary.field(target.name).columns, missing, target.code)
    return found


def _absent(
    found: dict[str, Written], options: Sequence[str], missing: NDArray[np.bool_], code: str
) -> None:
    """Lay a missing code over the options of a field; where one is ticked, over that one too."""
    names = [name for name in options if name in found]
    ticked = {name: text_mask(found[name], lambda text: not idle(text)) for name in names}
    both = missing & np.logical_or.reduce(list(ticked.values())) if names else missing
    for name in names:
        both_here = both & ticked[name]  # a contradiction, which cannot be read
        found[name] = _overwritten(found[name], missing & ~both, code)
        if both_here.any():
            found[name] = _overwritten(found[name], both_here, f"1 with {code}")


def _options(reader: Reader, name: str, column: Written) -> dict[str, Written]:
    """Part a cell that lists options (``1; 3``) into a column an option."""
    field = reader.dictionary.field(name)
    answers, codes = Answers(field.choices), reader.mapping.codes_of(name, choices=True)
    lists: list[Sequence[str]] = []
    for text in column.texts:
        try:
            chosen = answers.several(text, codes) if text else frozenset()
        except Unreadable:  # a missing code, or unreadable in every option
            lists.append([text] * len(field.choices))
            continue
        marks = [str(int(place in chosen)) for place in range(len(field.choices))]
        lists.append(marks if text else [""] * len(field.choices))
    return {
        option: recoded([marks[place] for marks in lists], column.codes)
        for place, option in enumerate(field.columns)
    }


def recoded(texts: Sequence[str], codes: NDArray[np.int32]) -> Written:
    """Make a column of texts that may be the same, which `Written` keeps once."""
    known: dict[str, int] = {}
    places = np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.int32)
    return Written(tuple(known), places[codes])


def _overwritten(column: Written, where: NDArray[np.bool_], text: str) -> Written:
    codes = column.codes.copy()
    codes[where] = len(column.texts)
    return recoded([*column.texts, text], codes)
