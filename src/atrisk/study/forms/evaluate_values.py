"""Columns of values while an expression is evaluated: numbers, dates, texts, truths and blanks.

REDCap compares entries as they are written. Here a column is typed, and a text is read as a number
or a date where the other side is one. What has no value has a reason (`Column.missing`):

- blank equals '' and another blank, and nothing else;
- a missing code equals its code in quotes and the same code, and is not '';
- an unreadable entry equals nothing, and is not '';
- with none of the three is anything less or greater, and none takes part in arithmetic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from atrisk.study.forms.tables import BLANK, PRESENT, UNREADABLE, Column

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Truths = NDArray[np.bool_]
    Ordering = Callable[[NDArray[Any], NDArray[Any]], Truths]

__all__ = [
    "Misfit",
    "Value",
    "as_column",
    "blank",
    "dates_of",
    "either",
    "equal",
    "from_column",
    "numbers",
    "numbers_of",
    "ordered",
    "text",
    "text_of",
    "truth",
    "truths_of",
]

ValueKind = Literal["blank", "number", "date", "datetime", "text", "truth"]

_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_DATE: Final = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:[ T](\d{1,2}:\d{2}(?::\d{2})?))?")
_FILL: Final[dict[str, Any]] = {
    "blank": np.nan,
    "number": np.nan,
    "date": np.datetime64("NaT", "D"),
    "datetime": np.datetime64("NaT", "s"),
    "text": np.int32(-1),
    "truth": np.False_,
}
_TYPES: Final[dict[str, Any]] = {
    "blank": np.float64,
    "number": np.float64,
    "date": "datetime64[D]",
    "datetime": "datetime64[s]",
    "text": np.int32,
    "truth": np.bool_,
}


class Misfit(Exception):  # noqa: N818 - it becomes an InputError where the text is known
    """A part of an expression that cannot be evaluated: where it stands, and why."""

    def __init__(self, start: int, problem: str) -> None:
        super().__init__(problem)
        self.start = start
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Value:
    """A column, or a constant.

    Attributes
    ----------
    kind
        ``blank`` is the empty text in quotes.
    values
        shape (n,), or () of a constant: float64 with NaN, datetime64 with NaT, int32 positions in
        ``levels`` with -1, or bool.
    missing
        the same shape: as `Column.missing`.
    levels
        of a text: the distinct texts.
    start
        where it stands in the expression.
    """

    kind: ValueKind
    values: NDArray[Any]
    missing: NDArray[np.int8]
    levels: tuple[str, ...] = ()
    start: int = 0

    @property
    def present(self) -> Truths:
        """Tell which rows have a value."""
        found: Truths = np.asarray(self.missing == PRESENT)
        return found

    @property
    def constant(self) -> bool:
        """Tell whether it is one value for all rows."""
        return self.values.ndim == 0

    def take(self, rows: NDArray[Any]) -> Value:
        """Give the values at positions; a negative position has none."""
        if self.constant:
            return self
        if not len(self.values):
            return replace(blank(self.kind, len(rows)), levels=self.levels, start=self.start)
        values, missing = self.values[rows], self.missing[rows]
        absent = rows < 0
        if absent.any():
            values[absent] = _FILL[self.kind]
            missing[absent] = BLANK
        return replace(self, values=values, missing=missing)


def blank(kind: ValueKind, rows: int | None = None, start: int = 0) -> Value:
    """Make a column of blanks, or one blank."""
    shape = () if rows is None else (rows,)
    return Value(
        kind,
        np.full(shape, _FILL[kind], dtype=_TYPES[kind]),
        np.full(shape, BLANK, dtype=np.int8),
        start=start,
    )


def numbers(values: Any, start: int = 0) -> Value:  # noqa: ANN401 - a number or an array
    """Make numbers; NaN and infinity are blank."""
    found = np.asarray(values, dtype=np.float64)
    finite = np.isfinite(found)
    missing = np.where(finite, np.int8(PRESENT), np.int8(BLANK))
    return Value("number", np.where(finite, found, np.nan), missing, start=start)


def truth(values: Any, start: int = 0) -> Value:  # noqa: ANN401 - a truth or an array
    """Make truths, which are never missing."""
    found = np.asarray(values, dtype=np.bool_)
    return Value("truth", found, np.zeros(found.shape, dtype=np.int8), start=start)


def text(values: NDArray[np.int32], levels: Sequence[str], start: int = 0) -> Value:
    """Make texts from positions in their levels; the empty text and -1 are blank."""
    written = np.array([*(level != "" for level in levels), False])
    missing = np.where(written[values], np.int8(PRESENT), np.int8(BLANK))
    return Value("text", values, missing, tuple(levels), start)


def from_column(column: Column, start: int = 0) -> Value:
    """Read a column of a form."""
    kind: ValueKind = "text" if column.kind == "code" else column.kind
    return Value(kind, column.values, column.missing, column.levels, start)


def as_column(value: Value, name: str, rows: int) -> Column:
    """Make a column of a form, of so many rows."""
    if value.kind in {"truth", "blank"}:
        value = numbers_of_truth(value)
    return Column(
        name,
        "code" if value.kind == "text" else value.kind,  # type: ignore[arg-type]
        np.broadcast_to(value.values, rows).copy(),
        np.broadcast_to(value.missing, rows).copy(),
        value.levels,
    )


def numbers_of_truth(value: Value) -> Value:
    """Read truths as 1 and 0."""
    return Value("number", value.values.astype(np.float64), value.missing, start=value.start)


def number(written: str) -> float:
    """Read a text as a number; NaN if it is none."""
    return float(written) if _NUMBER.fullmatch(written.strip()) else np.nan


def moment(written: str) -> np.datetime64:
    """Read year-month-day, with or without a time; NaT if it is none."""
    match = _DATE.fullmatch(written.strip())
    nothing = np.datetime64("NaT", "s")
    if match is None:
        return nothing
    day = "-".join(part.zfill(2) for part in match[1].split("-"))
    time = match[2] or "00:00"
    try:
        return np.datetime64(f"{day}T{time.zfill(len(time) + (time.index(':') < 2))}", "s")
    except ValueError:
        return nothing


def numbers_of(value: Value) -> NDArray[np.float64]:
    """Give numbers, NaN where there is none; a constant text that is none is a mistake."""
    if value.kind in {"number", "blank"}:
        return value.values
    if value.kind == "truth":
        return value.values.astype(np.float64)
    if value.kind != "text":
        raise Misfit(value.start, "a date is no number; write datediff(date, date, 'd')")
    table = np.array([*(number(level) for level in value.levels), np.nan])
    found: NDArray[np.float64] = np.where(value.present, table[value.values], np.nan)
    if value.constant and value.present and np.isnan(found):
        raise Misfit(value.start, f"{value.levels[0]!r} is no number")
    return found


def dates_of(value: Value) -> NDArray[Any]:
    """Give dates, NaT where there is none; a constant text that is none is a mistake."""
    if value.kind in {"date", "datetime"}:
        return value.values
    if value.kind == "blank":
        return np.full(value.values.shape, _FILL["datetime"])
    if value.kind != "text":
        raise Misfit(value.start, "a date stands on the other side, and this is none")
    table = np.array([*(moment(level) for level in value.levels), _FILL["datetime"]])
    found: NDArray[Any] = np.where(value.present, table[value.values], _FILL["datetime"])
    if value.constant and value.present and np.isnat(found):
        raise Misfit(value.start, f"{value.levels[0]!r} is no date; write 'year-month-day'")
    return found


def truths_of(value: Value) -> Truths:
    """Tell where a value counts as true: a number that is not 0, a text that is not '0', a date."""
    if value.kind == "truth":
        return value.values
    found = value.present
    if value.kind in {"number", "blank"}:
        found = found & np.asarray(value.values != 0)
    elif value.kind == "text":
        table = np.array([*(level != "0" for level in value.levels), False])
        found = found & table[value.values]
    return found


def text_of(value: Value) -> Value:
    """Spell values: numbers as short as they are exact to 15 digits, dates year-month-day."""
    if value.kind == "text":
        return value
    if value.kind == "blank":
        return replace(blank("text", start=value.start), missing=value.missing)
    source = value.values.astype(np.int8) if value.kind == "truth" else value.values
    distinct, codes = np.unique(source, return_inverse=True)
    levels = tuple(_spelled(item) for item in distinct)
    codes = codes.reshape(source.shape).astype(np.int32)
    return Value(
        "text", np.where(value.present, codes, np.int32(-1)), value.missing, levels, value.start
    )


def _spelled(item: Any) -> str:  # noqa: ANN401 - a scalar of any column
    return f"{item:.15g}" if isinstance(item, np.floating) else str(item).replace("T", " ")


def equal(left: Value, right: Value) -> Truths:
    """Tell where two sides are the same."""
    both = left.present & right.present
    alike = (left.missing == right.missing) & ~left.present & (left.missing != UNREADABLE)
    found: Truths = np.where(both, _same(left, right), alike)
    return found


def _same(left: Value, right: Value) -> Truths:
    kinds = {left.kind, right.kind}
    if "blank" in kinds:
        return np.zeros((), dtype=np.bool_)
    if kinds == {"text"}:
        ids, others = _text_ids(left, right)
        return np.asarray(ids[left.values] == others[right.values])
    if kinds & {"date", "datetime"}:
        return np.asarray(dates_of(left) == dates_of(right))
    return np.asarray(numbers_of(left) == numbers_of(right))


def _text_ids(left: Value, right: Value) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the levels of both sides numbers so that those that are the same share a number."""
    known: dict[object, int] = {}

    def numbered(levels: tuple[str, ...], nothing: int) -> NDArray[np.int64]:
        keys = (_key(level) for level in levels)
        return np.array([*(known.setdefault(key, len(known)) for key in keys), nothing])

    return numbered(left.levels, -1), numbered(right.levels, -2)


def _key(level: str) -> float | str:
    """Give what makes two texts the same: the number they spell, or the text."""
    value = number(level)
    return level if np.isnan(value) else value


def ordered(left: Value, right: Value, holds: Ordering) -> Truths:
    """Tell where ``holds`` (less, greater…) of two sides; never where one has no value."""
    both: Truths = left.present & right.present
    kinds = {left.kind, right.kind}
    if "blank" in kinds:
        return np.zeros(both.shape, dtype=np.bool_)
    if kinds == {"text"}:
        return both & _text_ordered(left, right, holds)
    if kinds & {"date", "datetime"}:
        return both & holds(dates_of(left), dates_of(right))
    return both & holds(numbers_of(left), numbers_of(right))


def _text_ordered(left: Value, right: Value, holds: Ordering) -> Truths:
    """Order texts as numbers where both are, in the order of the alphabet where neither is."""
    first, second = (
        np.array([*(number(level) for level in side.levels), np.nan])[side.values]
        for side in (left, right)
    )
    numeric = ~np.isnan(first) & ~np.isnan(second)
    words = np.isnan(first) & np.isnan(second)
    rank = {word: place for place, word in enumerate(sorted({*left.levels, *right.levels}))}
    places, others = (
        np.array([*(rank[level] for level in side.levels), -1])[side.values]
        for side in (left, right)
    )
    found: Truths = (numeric & holds(first, second)) | (words & holds(places, others))
    return found


def either(condition: Truths, first: Value, second: Value, start: int) -> Value:
    """Choose row by row."""
    kind = _common_kind(first, second)
    first, second = _cast(first, kind), _cast(second, kind)
    levels: tuple[str, ...] = ()
    values = [first.values, second.values]
    if kind == "text":
        place = {
            level: spot for spot, level in enumerate(dict.fromkeys(first.levels + second.levels))
        }
        levels = tuple(place)
        values = [
            np.array([*(place[level] for level in side.levels), -1], dtype=np.int32)[side.values]
            for side in (first, second)
        ]
    return Value(
        kind,
        np.where(condition, *values),
        np.where(condition, first.missing, second.missing),
        levels,
        start,
    )


def _common_kind(first: Value, second: Value) -> ValueKind:
    if second.kind in {first.kind, "blank"}:
        return first.kind
    if first.kind == "blank":
        return second.kind
    kinds = {first.kind, second.kind}
    if kinds == {"date", "datetime"}:
        return "datetime"
    if kinds == {"number", "truth"}:
        return "number"
    if "text" in kinds:
        return "text"
    raise Misfit(second.start, "one side of 'if' is a date and the other is a number")


def _cast(value: Value, kind: ValueKind) -> Value:
    if value.kind == kind:
        return value
    if value.kind == "blank":
        return replace(blank(kind, start=value.start), missing=value.missing)
    if kind == "text":
        return text_of(value)
    if kind == "number":
        return numbers_of_truth(value)
    return replace(value, kind=kind, values=value.values.astype(_TYPES[kind]))
