"""Entries spelled as REDCap exports them: as they stood where that is its spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.forms.cells_dates import day_text
from atrisk.study.forms.cells_numbers import Unreadable, number_of
from atrisk.study.forms.tables import CODED, PRESENT, UNREADABLE, Written

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.study.forms.dictionary import Dictionary
    from atrisk.study.forms.tables import Column

__all__ = ["exported"]


def exported(column: Column, dictionary: Dictionary) -> Written:
    """Spell a column: codes of choices, numbers with a point, dates year-month-day.

    An entry that could not be read is given as it stood; one with a missing code is that code. A
    number keeps the digits it was written with.

    Parameters
    ----------
    column
        of a form's table.
    dictionary
        of its missing codes.
    """
    rows = len(column.missing)
    written = column.written or Written(("",), np.zeros(rows, dtype=np.int32))
    values, places = _coded_values(column)
    precision = np.zeros(rows, np.int8) if column.precision is None else column.precision
    key = written.codes.astype(np.int64)
    for part, size in ((places, len(values) + 1), (column.missing, 128), (precision, 3)):
        key = key * size + part.astype(np.int64)
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    texts = [
        _text(
            column,
            written.texts[written.codes[row]],
            values[places[row]] if places[row] < len(values) else None,
            int(column.missing[row]),
            int(precision[row]),
            dictionary,
        )
        for row in first.tolist()
    ]
    known: dict[str, int] = {}
    codes = np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.int32)
    return Written(tuple(known), codes[inverse])


def _coded_values(column: Column) -> tuple[list[Any], NDArray[np.int64]]:
    """Give the distinct values, and which of them stands in each row; past the last is none."""
    if column.kind == "code":
        places = column.values.astype(np.int64)
        return list(column.levels), np.where(places < 0, len(column.levels), places)
    present = column.present
    distinct, inverse = np.unique(column.values[present], return_inverse=True)
    places = np.full(present.size, distinct.size, dtype=np.int64)
    places[present] = inverse
    if column.kind == "number":
        return distinct.tolist(), places
    return distinct.astype(np.int64).tolist(), places


def _text(
    column: Column,
    written: str,
    value: Any,  # noqa: ANN401 - a level, a number, or days or seconds
    missing: int,
    precision: int,
    dictionary: Dictionary,
) -> str:
    if missing >= CODED:
        return dictionary.missing_codes[missing - CODED].code
    if missing != PRESENT:
        return written if missing == UNREADABLE else ""
    match column.kind:
        case "number":
            return written if _is_number(written, value) else f"{value:.15g}"
        case "date":
            return day_text(value, precision)
        case "datetime":
            text = str(np.datetime64(value, "s")).replace("T", " ")
            return written if written in {text, text[:-3]} else text
    return str(value)


def _is_number(text: str, value: float) -> bool:
    """Tell whether a text is REDCap's spelling of a number."""
    try:
        return number_of(text) == value and not set(text) & set(" ,'\u00a0\u202f\u2009\u2019")
    except Unreadable:
        return False
