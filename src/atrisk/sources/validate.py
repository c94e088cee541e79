"""Checks at the door: every mistake is named with its column, rows, values and remedy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from atrisk.errors import InputError, listed
from atrisk.frames import Levels, absent, spelled
from atrisk.sources.event_codes import suggested_codes

__all__ = ["Field", "code_events", "code_labels", "numbers", "problem"]

_SMALL_RANGE = 1 << 16
_FEW = 16
_UNDECLARED = 255


@dataclass(frozen=True, slots=True)
class Field:
    """One input of the histories: its role, the column it came from, and its values.

    Attributes
    ----------
    role
        the argument: ``exit``, ``event``, ``entry``, ``group``, ...
    name
        the column's name, or the role again where arrays were given.
    values
        shape (n,).
    """

    role: str
    name: str
    values: np.ndarray | Levels

    @property
    def size(self) -> int:
        """Number of rows."""
        return self.array.size

    @property
    def array(self) -> np.ndarray:
        """The values, or the codes of labels."""
        return self.values.codes if isinstance(self.values, Levels) else self.values


def problem(field: Field, bad: np.ndarray, what: str, remedy: str) -> InputError:
    """Describe the rows where ``bad`` holds. Rows are counted from 1."""
    rows = np.flatnonzero(bad)
    shown = [_spelled(field.values, row) for row in rows[:5]]
    return InputError(
        f"column {field.name!r} ({field.role}) {what} in {rows.size} "
        f"{'row' if rows.size == 1 else 'rows'}: row {listed(rows + 1)} "
        f"(value {', '.join(shown)}). {remedy}"
    )


def _spelled(values: np.ndarray | Levels, row: int) -> str:
    if isinstance(values, Levels):
        code = values.codes[row]
        return "missing" if code < 0 else repr(values.labels[code])
    value = values[row]
    if isinstance(value, float | np.floating):
        return "missing" if np.isnan(value) else f"{value:g}"
    if isinstance(value, np.timedelta64):
        return str(value.astype("m8[us]").item())
    if isinstance(value, np.datetime64 | dt.date | dt.timedelta):
        return str(value)
    return repr(value.item() if isinstance(value, np.generic) else value)


def numbers(field: Field) -> np.ndarray:
    """Take a column of finite numbers; missing values are NaN and are the caller's to handle.

    Raises
    ------
    InputError
        dates, durations, text, booleans or infinities stand where numbers are expected.
    """
    array = field.array
    if isinstance(field.values, Levels) or array.dtype.kind in "OUSMm":
        raise _not_numbers(field)
    if array.dtype.kind == "b":
        raise InputError(
            f"column {field.name!r} ({field.role}) holds true/false values where numbers are "
            "expected. Check that the columns are not swapped."
        )
    if array.dtype.kind == "f" and array.size and not np.isfinite(array.min() + array.max()):
        infinite = np.isinf(array)
        if infinite.any():
            raise problem(
                field, infinite, "is infinite", "Give a finite number or leave the value out."
            )
    return array


def _not_numbers(field: Field) -> InputError:
    kind = "text" if isinstance(field.values, Levels) else _dtype_words(field.array)
    remedy = {
        "dates": "Subtract the origin's date first, for example (exit - origin) in days.",
        "durations": "Divide by one unit first, for example by one day.",
    }.get(kind, "Convert the column to numbers.")
    shown = [_spelled(field.values, row) for row in range(min(3, field.size))]
    return InputError(
        f"column {field.name!r} ({field.role}) holds {kind} where numbers are expected: "
        f"row {listed(range(1, len(shown) + 1))} (value {', '.join(shown)}). {remedy}"
    )


def _dtype_words(array: np.ndarray) -> str:
    first = next((value for value in array.ravel() if value is not None), None)
    if array.dtype.kind == "M" or isinstance(first, dt.date):
        return "dates"
    if array.dtype.kind == "m" or isinstance(first, dt.timedelta):
        return "durations"
    return "text"


def code_events(
    field: Field, causes: Mapping[str, object] | None, censored: object
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Code events as 0 (censored) or 1..C (the causes in their declared order).

    Parameters
    ----------
    field
        the event column: true/false or 0/1 unless ``causes`` names the codes.
    causes
        cause name -> code in the column.
    censored
        the code (or a list of codes) of censoring.

    Returns
    -------
    cause : ndarray of uint8, shape (n,)
    names : tuple of str, length C

    Raises
    ------
    InputError
        a code is neither a declared cause nor censoring, or two causes share a code.
    """
    if causes is not None and not isinstance(causes, Mapping):
        raise InputError(
            f"causes={causes!r}: give each cause its code in column {field.name!r}, for example "
            'causes={"relapse": 1, "death": 2}.'
        )
    names = tuple(causes) if causes is not None else ("event",)
    dead: list[object] = list(causes.values()) if causes is not None else [1]
    alive: list[object] = list(censored) if isinstance(censored, list | tuple | set) else [censored]
    _require_distinct(field, names, dead, alive)
    array = field.array
    whole = dead == list(range(1, len(dead) + 1)) and alive == [0]
    # the array of labels holds their positions, which say nothing about their meaning
    plain = whole and not isinstance(field.values, Levels)
    if array.dtype.kind == "b" and plain:
        return array.astype(np.uint8), names
    if array.dtype.kind in "iu" and plain and _largest(array) <= len(dead):
        return array.astype(np.uint8), names
    cause = np.full(array.size, _UNDECLARED, dtype=np.uint8)
    for code, values in [(0, alive), *[(i + 1, [value]) for i, value in enumerate(dead)]]:
        for value in values:
            cause[_equals(field, value)] = code
    undeclared = cause == _UNDECLARED
    if undeclared.any():
        raise _undeclared(field, undeclared, names, dead, alive, named=causes is not None)
    return cause, names


def _largest(array: np.ndarray) -> int:
    """Find the largest integer, a negative one counting as larger than any other: one pass."""
    return int(array.view(array.dtype.str.replace("i", "u")).max())


def _require_distinct(
    field: Field, names: tuple[str, ...], dead: list[object], alive: list[object]
) -> None:
    codes = [str(code) for code in [*dead, *alive]]
    if len(names) >= _UNDECLARED:
        raise InputError(
            f"{len(names)} causes are declared; at most {_UNDECLARED - 1} are possible."
        )
    if not names:
        raise InputError(
            f"causes is empty: name at least one cause of column {field.name!r}, "
            'for example causes={"relapse": 1, "death": 2}.'
        )
    if len(set(codes)) < len(codes):
        twice = sorted({code for code in codes if codes.count(code) > 1})
        raise InputError(
            f"column {field.name!r} ({field.role}): code {listed(twice)} is declared twice among "
            f"the causes {dict(zip(names, dead, strict=True))} and censored={alive}. "
            "Give each code one meaning."
        )


def _equals(field: Field, value: object) -> np.ndarray:
    if isinstance(field.values, Levels):
        labels = field.values.labels
        code = labels.index(str(value)) if str(value) in labels else -2
        return np.asarray(field.values.codes == code)
    return np.broadcast_to(np.asarray(field.array == value), field.array.shape)


def _undeclared(
    field: Field,
    bad: np.ndarray,
    names: tuple[str, ...],
    dead: list[object],
    alive: list[object],
    *,
    named: bool,
) -> InputError:
    causes = dict(zip(names, dead, strict=True))
    declared = ", ".join(f"{name} = {code!r}" for name, code in causes.items())
    return problem(
        field,
        bad,
        "holds a code that nobody declared",
        f"Declared are {declared} and censored = {listed(map(repr, alive))}. "
        f"{suggested_codes(field, causes if named else {}, alive)}",
    )


def code_labels(field: Field) -> tuple[np.ndarray, tuple[str, ...]]:
    """Code groups or strata as 0..G-1 with their labels; missing is -1.

    Categories keep their declared order; numbers and text are sorted.
    """
    if isinstance(field.values, Levels):
        return field.values.codes, field.values.labels
    array = field.array
    if array.dtype.kind == "f":
        return _code_sorted(array, ~np.isnan(array))
    if array.dtype.kind in "OUS":
        return _code_text(array)
    if array.dtype.kind == "b":
        codes, labels = _code_few(array.view(np.uint8), 1)
        return codes, tuple(str(label == "1") for label in labels)
    if array.dtype.kind in "iu":
        return _code_integers(array)
    return _code_sorted(array, np.ones(array.size, dtype=bool))


def _code_integers(array: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    top = _largest(array)
    if top < _FEW:
        return _code_few(array.astype(np.uint8), top)
    low, high = int(array.min()), int(array.max())
    if high - low >= _SMALL_RANGE or high > np.iinfo(np.int64).max:
        return _code_sorted(array, np.ones(array.size, dtype=bool))
    shifted = array.astype(np.int64) - low
    return _renumbered(shifted, np.flatnonzero(np.bincount(shifted)), low)


def _code_few(array: np.ndarray, top: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Code small numbers: looking for each value is faster than counting them all."""
    present = [value for value in range(top + 1) if (array == value).any()]
    return _renumbered(array, np.array(present), 0)


def _renumbered(
    shifted: np.ndarray, present: np.ndarray, low: int
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Replace the values that are present by 0, 1, ... in order."""
    labels = tuple(str(low + value) for value in present)
    small = np.uint8 if present.size <= _UNDECLARED else np.int32
    if present[-1] == present.size - 1:
        return shifted.astype(small), labels
    table = np.zeros(present[-1] + 1, dtype=small)
    table[present] = np.arange(present.size)
    return table[shifted], labels


def _code_sorted(array: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    codes = np.full(array.size, -1, dtype=np.int32)
    distinct, codes[known] = np.unique(array[known], return_inverse=True)
    return codes, tuple(spelled(value.item()) for value in distinct)


def _code_text(array: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    known = np.array([not absent(value) for value in array], dtype=bool)
    text = np.array([str(value) for value in array[known]], dtype=str)
    codes = np.full(array.size, -1, dtype=np.int32)
    distinct, codes[known] = np.unique(text, return_inverse=True)
    return codes, tuple(str(value) for value in distinct)
