"""Columns as numbers, as dates or as codes; an entry that is none of these stops with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.table import Table, cells_error, spelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["Codes", "codes", "dates", "is_number_column", "numbers"]

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_NOT_FINITE = re.compile(r"[-+]?(nan|inf|infinity)", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")
_DATE = re.compile(r"\d{1,4}([-./])\d{1,2}\1\d{1,4}")


@dataclass(frozen=True, slots=True)
class Codes:
    """A column of codes: ``labels[codes[i]]`` is the code of row i, -1 where it is missing.

    Attributes
    ----------
    labels
        the distinct codes as text, numbers in order of size before texts in alphabetical order.
    codes
        shape (n,).
    """

    labels: tuple[str, ...]
    codes: NDArray[np.int64]


def numbers(table: Table, column: str, purpose: str = "numbers") -> NDArray[np.float64]:
    """Read a column of finite numbers, NaN where it is missing.

    Parameters
    ----------
    purpose
        what is expected, for the message, e.g. ``times in days``.

    Raises
    ------
    InputError
        an entry is text, NaN or infinite; the message names its line.
    """
    values, missing = table.columns[column], table.missing[column]
    if values.dtype == object or values.dtype.kind in "MU":
        _check_each(table, column, _is_number, lambda: _number_problem(table, column, purpose))
        return np.array(
            [np.nan if gap else float(str(value)) for value, gap in _cells(table, column)]
        )
    found = np.where(missing, np.nan, values.astype(np.float64))
    bad = ~np.isfinite(found) & ~missing
    if bad.any():
        raise cells_error(table, column, bad, *_NOT_FINITE_PROBLEM)
    return found


def dates(table: Table, column: str, date_format: str = "%Y-%m-%d") -> NDArray[np.datetime64]:
    """Read a column of dates as days, NaT where it is missing.

    Raises
    ------
    InputError
        an entry is not a date in this format; the message names its line.
    """
    values, missing = table.columns[column], table.missing[column]
    if values.dtype.kind == "M":
        days: NDArray[np.datetime64] = values.astype("datetime64[D]")
        return np.where(missing, np.datetime64("NaT"), days)

    def is_date(value: str) -> bool:
        return _parsed(value, date_format) is not None

    example = datetime(2020, 12, 31).strftime(date_format)  # noqa: DTZ001 - a day has no zone
    _check_each(
        table,
        column,
        is_date,
        lambda: (
            f"not a date written like {example}",
            'Correct the entries, or set [data] date_format to how dates are written: "%d/%m/%Y".',
        ),
    )
    return np.array(
        [None if gap else _parsed(str(value), date_format) for value, gap in _cells(table, column)],
        dtype="datetime64[D]",
    )


def codes(table: Table, column: str) -> Codes:
    """Read a column as codes; ``1``, ``1.0`` and ``"1"`` are one code.

    Examples
    --------
    >>> from atrisk.study.table import Table
    >>> sex = np.array(["2", "1", "", "2.0"], dtype=object)
    >>> table = Table("a.csv", "line", {"sex": sex}, {"sex": sex == ""}, np.arange(2, 6))
    >>> codes(table, "sex")
    Codes(labels=('1', '2'), codes=array([ 1,  0, -1,  1]))
    """
    missing = table.missing[column]
    present = table.columns[column][~missing]
    distinct, inverse = np.unique(present.astype(str), return_inverse=True)
    canonical = [canonical_code(value) for value in distinct.tolist()]
    labels = sorted(set(canonical), key=_code_order)
    position = {label: index for index, label in enumerate(labels)}
    found = np.full(table.rows, -1, dtype=np.int64)
    lookup = np.array([position[code] for code in canonical], dtype=np.int64)
    found[~missing] = lookup[inverse]
    return Codes(tuple(labels), found)


def canonical_code(value: str | int) -> str:
    """Spell a code in one way: ``01`` stays, ``1.0`` is ``1``."""
    text = str(value)
    return spelled(float(text)) if re.fullmatch(r"[-+]?\d+\.0*", text) else text


def is_number_column(table: Table, column: str) -> bool:
    """Tell whether every entry of a column that is not missing is a number."""
    values = table.columns[column]
    if values.dtype != object:
        return values.dtype.kind in "fiub"
    return all(gap or _is_number(str(value)) for value, gap in _cells(table, column))


def _cells(table: Table, column: str) -> zip[tuple[object, bool]]:
    return zip(table.columns[column].tolist(), table.missing[column].tolist(), strict=True)


def _check_each(
    table: Table,
    column: str,
    accept: Callable[[str], bool],
    problem: Callable[[], tuple[str, str]],
) -> None:
    bad = np.array([not gap and not accept(str(value)) for value, gap in _cells(table, column)])
    if bad.any():
        raise cells_error(table, column, bad, *problem())


def _is_number(value: str) -> bool:
    return _NUMBER.fullmatch(value) is not None


def _parsed(value: str, date_format: str) -> str | None:
    """Read a day, None where the text is not one."""
    try:
        return datetime.strptime(value, date_format).date().isoformat()  # noqa: DTZ007 - as above
    except ValueError:
        return None


def _code_order(code: str) -> tuple[bool, float, str]:
    number = _is_number(code)
    return (not number, float(code) if number else 0.0, code)


_NOT_FINITE_PROBLEM = (
    "not a finite number",
    'Correct them, leave them empty if they are missing, or list "NaN" in [data] missing.',
)


def _number_problem(table: Table, column: str, purpose: str) -> tuple[str, str]:
    """Tell what stands in the first entry that is no number, and what to do about it."""
    bad = next(
        str(value) for value, gap in _cells(table, column) if not gap and not _is_number(str(value))
    )
    if _NOT_FINITE.fullmatch(bad):
        return _NOT_FINITE_PROBLEM
    if _DATE.match(bad):
        return (
            f"a date where {purpose} are expected",
            "Name a column of numbers, or give the endpoint dates: 'origin', 'events', 'censor'.",
        )
    if _DECIMAL_COMMA.fullmatch(bad):
        return "not a number", "Write a decimal point, not a comma."
    return (
        f"not a number where {purpose} are expected",
        f"Correct the entries, or add what means missing to [data] missing, e.g. {bad!r}.",
    )
