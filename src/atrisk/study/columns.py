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

__all__ = ["VARIABLE", "Codes", "codes", "dates", "is_number_column", "numbers"]

#: What is expected of a variable without levels.
VARIABLE = "the numbers of a variable"
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_NAN = re.compile(r"[-+]?nan", re.IGNORECASE)
_INFINITE = re.compile(r"[-+]?inf(inity)?", re.IGNORECASE)
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
        number = _reader(table)
        _check_each(
            table,
            column,
            lambda value: number(value) is not None,
            lambda: _number_problem(table, column, purpose),
        )
        return np.array(
            [np.nan if gap else number(str(value)) for value, gap in _cells(table, column)],
            dtype=np.float64,
        )
    found = np.where(missing, np.nan, values.astype(np.float64))
    bad = ~np.isfinite(found) & ~missing
    if bad.any():
        remedy = "Correct them, or make them null if they are missing."
        raise cells_error(table, column, bad, "not a finite number", remedy)
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
    canonical = [_code(value, table.decimal) for value in distinct.tolist()]
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
    number = _reader(table)
    return all(gap or number(str(value)) is not None for value, gap in _cells(table, column))


def _cells(table: Table, column: str) -> zip[tuple[object, bool]]:
    return zip(table.columns[column].tolist(), table.missing[column].tolist(), strict=True)


def _check_each(
    table: Table,
    column: str,
    accept: Callable[[str], bool],
    problem: Callable[[], tuple[str, str]],
) -> None:
    accepted: dict[object, bool] = {}
    bad = np.zeros(table.rows, dtype=bool)
    for row, (value, gap) in enumerate(_cells(table, column)):
        if gap:
            continue
        known = accepted.get(value)
        if known is None:
            known = accepted[value] = accept(str(value))
        bad[row] = not known
    if bad.any():
        raise cells_error(table, column, bad, *problem())


def _code(value: str, decimal: str) -> str:
    """Spell a code as it is declared: with a decimal comma ``1,0`` is ``1``."""
    whole = decimal == "," and re.fullmatch(r"[-+]?\d+,0*", value)
    return canonical_code(value.replace(",", ".") if whole else value)


def _reader(table: Table) -> Callable[[str], float | None]:
    """Make the function that reads an entry as a number, None where it is none."""
    comma = table.decimal == ","

    def number(value: str) -> float | None:
        if comma and "." in value:
            return None
        plain = value.replace(",", ".") if comma else value
        return float(plain) if _is_number(plain) else None

    return number


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


_GROUPS_REMEDY = (
    "If these are groups, give the variable `levels` in the study file; else correct the entries."
)
_COMMA_IN_NUMBER = (
    'If decimals stand behind a comma, set decimal = "," in [data]; else write the number without'
    " the comma."
)
_POINT_IN_NUMBER = (
    '[data] decimal = "," says that decimals stand behind a comma: write a comma, or remove that'
    " key."
)


def _number_problem(table: Table, column: str, purpose: str) -> tuple[str, str]:
    """Tell what stands in the first entry that is no number, and what to do about it."""
    number = _reader(table)
    wrong = [
        str(value) for value, gap in _cells(table, column) if not gap and number(str(value)) is None
    ]
    bad = wrong[0]
    if _NAN.fullmatch(bad) or _INFINITE.fullmatch(bad):
        return "not a finite number", _not_finite_remedy(wrong)
    if _DATE.match(bad):
        return (
            f"a date where {purpose} are expected",
            "Name a column of numbers, or give the endpoint dates: 'origin', 'events', 'censor'.",
        )
    if table.decimal == "." and _DECIMAL_COMMA.fullmatch(bad):
        return "not a number", _COMMA_IN_NUMBER
    if table.decimal == "," and _is_number(bad):
        return "not a number", _POINT_IN_NUMBER
    present = int((~table.missing[column]).sum())
    if purpose == VARIABLE and len(wrong) == present:
        return "text, where numbers are expected", _GROUPS_REMEDY
    return (
        f"not a number where {purpose} are expected",
        f"Correct the entries, or add what means missing to [data] missing, e.g. {bad!r}.",
    )


def _not_finite_remedy(wrong: list[str]) -> str:
    """Offer to list what is written for a missing number, which an infinite one never is."""
    if any(_INFINITE.fullmatch(value) for value in wrong):
        return "Correct them, or leave them empty if they are missing."
    nan = next(value for value in wrong if _NAN.fullmatch(value))
    return f'Correct them, leave them empty if they are missing, or list "{nan}" in [data] missing.'
