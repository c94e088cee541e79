"""REDCap's functions of numbers and dates, over whole columns; blanks in, blank out."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atrisk.study.forms.evaluate_values import (
    Misfit,
    Value,
    dates_of,
    number,
    numbers,
    numbers_of,
    truth,
    truths_of,
)
from atrisk.study.forms.expression_functions import FORMATS, UNITS
from atrisk.study.forms.tables import BLANK, PRESENT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

__all__ = ["ARITHMETIC", "NUMBER_FUNCTIONS", "rounded"]

#: How far binary rounding puts a decimal from a whole number: 1.1 * 10 is 11.000000000000002.
_SLACK: Final = 4 * np.finfo(np.float64).eps
_DAY: Final = 86400.0


def _divided(left: Numbers, right: Numbers) -> Numbers:
    return np.divide(left, np.where(right == 0, np.nan, right))


#: What an operator does; what is not finite becomes blank afterwards.
ARITHMETIC: Final[dict[str, Callable[[Numbers, Numbers], Numbers]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": _divided,
    "^": np.power,
}


def rounded(values: Numbers, places: Numbers, how: str) -> Numbers:
    """Round decimal numbers: ``round`` half away from 0, ``roundup`` from 0, ``rounddown`` to 0.

    Examples
    --------
    >>> rounded(np.array([14.384, 2.675, 1.1]), np.array(2.0), "round")
    array([14.38,  2.68,  1.1 ])
    >>> rounded(np.array([14.384, 1.1]), np.array(1.0), "roundup")
    array([14.4,  1.1])
    """
    power = 10.0**places
    size = np.abs(values) * power
    if how == "round":
        whole = np.floor(size * (1 + _SLACK) + 0.5)
    elif how == "roundup":
        whole = np.ceil(size * (1 - _SLACK))
    else:
        whole = np.floor(size * (1 + _SLACK))
    return np.copysign(whole / power, values) + 0.0


def _rounding(how: str) -> Callable[[Sequence[Value]], Value]:
    def function(arguments: Sequence[Value]) -> Value:
        places = numbers_of(arguments[1]) if len(arguments) > 1 else np.array(0.0)
        return numbers(rounded(numbers_of(arguments[0]), np.trunc(places), how))

    return function


def _of_one(compute: Callable[[Numbers], Numbers]) -> Callable[[Sequence[Value]], Value]:
    return lambda arguments: numbers(compute(numbers_of(arguments[0])))


def _logarithm(arguments: Sequence[Value]) -> Value:
    found = np.log(numbers_of(arguments[0]))
    if len(arguments) > 1:
        found = _divided(found, np.log(numbers_of(arguments[1])))
    return numbers(found)


def _remainder(arguments: Sequence[Value]) -> Value:
    return numbers(np.fmod(numbers_of(arguments[0]), numbers_of(arguments[1])))


def _stacked(arguments: Sequence[Value]) -> tuple[Numbers, NDArray[np.intp]]:
    """Put columns side by side, sorted with blanks last, and count the values in each row."""
    columns = np.broadcast_arrays(*(numbers_of(argument) for argument in arguments))
    stack = np.sort(np.stack(columns, axis=-1), axis=-1)
    return stack, np.count_nonzero(~np.isnan(stack), axis=-1)


def _sum(arguments: Sequence[Value]) -> Value:
    stack, count = _stacked(arguments)
    return numbers(np.where(count > 0, np.nansum(stack, axis=-1), np.nan))


def _mean(arguments: Sequence[Value]) -> Value:
    stack, count = _stacked(arguments)
    return numbers(_divided(np.nansum(stack, axis=-1), count.astype(np.float64)))


def _median(arguments: Sequence[Value]) -> Value:
    stack, count = _stacked(arguments)
    low = np.take_along_axis(stack, np.maximum((count - 1) // 2, 0)[..., None], axis=-1)[..., 0]
    high = np.take_along_axis(
        stack, np.minimum(count // 2, stack.shape[-1] - 1)[..., None], axis=-1
    )[..., 0]
    return numbers(low + (high - low) / 2)


def _extreme(greatest: bool) -> Callable[[Sequence[Value]], Value]:  # noqa: FBT001 - private
    def function(arguments: Sequence[Value]) -> Value:
        if any(argument.kind in {"date", "datetime"} for argument in arguments):
            choose = np.fmax if greatest else np.fmin
            return _moments(reduce(choose, map(dates_of, arguments)))
        stack, count = _stacked(arguments)
        place = count - 1 if greatest else np.zeros_like(count)
        return numbers(np.take_along_axis(stack, np.maximum(place, 0)[..., None], axis=-1)[..., 0])

    return function


def _moments(found: NDArray[Any]) -> Value:
    kind: Any = "date" if np.datetime_data(found.dtype)[0] == "D" else "datetime"
    return Value(kind, found, np.where(np.isnat(found), np.int8(BLANK), np.int8(PRESENT)))


def _datediff(arguments: Sequence[Value]) -> Value:
    """Count from the first to the second date; without a sign unless the last argument is true."""
    unit = UNITS[arguments[2].levels[0]]
    signed, order = False, "ymd"
    for option in arguments[3:]:
        if option.kind == "truth":
            signed = bool(option.values)
        elif option.levels:
            order = option.levels[0].lower()
    first, second = (dates_of(_in_order(side, order)) for side in arguments[:2])
    seconds = (second.astype("datetime64[s]") - first.astype("datetime64[s]")).astype(np.float64)
    days = np.where(np.isnat(first) | np.isnat(second), np.nan, seconds / _DAY)
    return numbers((days if signed else np.abs(days)) / unit)


def _in_order(side: Value, order: str) -> Value:
    """Put a date that the expression spells month or day first into year-month-day."""
    if not (side.constant and side.kind == "text" and side.levels) or order == "ymd":
        return side
    parts = side.levels[0].replace("/", "-").replace(".", "-").split("-")
    if len(parts) != len(FORMATS) or not parts[2][:4].isdecimal():
        return side
    year, time = parts[2][:4], parts[2][4:]
    month, day = parts[:2] if order == "mdy" else parts[1::-1]
    return Value("text", side.values, side.missing, (f"{year}-{month}-{day}{time}",), side.start)


def _part(unit: str) -> Callable[[Sequence[Value]], Value]:
    def function(arguments: Sequence[Value]) -> Value:
        days = dates_of(arguments[0]).astype("datetime64[D]")
        absent = np.isnat(days)
        months = days.astype("datetime64[M]")
        if unit == "year":
            found = days.astype("datetime64[Y]").astype(np.int64) + 1970
        elif unit == "month":
            found = months.astype(np.int64) % 12 + 1
        elif unit == "day":
            found = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
        else:  # 1970-01-01 was a Thursday, the fourth day
            found = (days.astype(np.int64) + 3) % 7 + 1
        return numbers(np.where(absent, np.nan, found))

    return function


def _age(arguments: Sequence[Value]) -> Value:
    """Count the birthdays passed."""
    if len(arguments) > 2 and bool(truths_of(arguments[2])):
        raise Misfit(
            arguments[2].start, "age_at_date gives whole years only; write datediff(.., .., 'y')"
        )
    first, second = (dates_of(side).astype("datetime64[D]") for side in arguments[:2])
    months = (second.astype("datetime64[M]") - first.astype("datetime64[M]")).astype(np.float64)
    born, seen = (
        (side - side.astype("datetime64[M]")).astype(np.int64) for side in (first, second)
    )
    whole = np.floor((months - (seen < born)) / 12)
    return numbers(np.where(np.isnat(first) | np.isnat(second), np.nan, whole))


def _is_number(arguments: Sequence[Value], *, whole: bool = False) -> Value:
    value = arguments[0]
    if value.kind in {"date", "datetime"}:
        return truth(np.zeros(value.values.shape, dtype=np.bool_))
    if value.kind == "text":
        table = np.array([*(number(level) for level in value.levels), np.nan])
        found = np.where(value.present, table[value.values], np.nan)
    else:
        found = np.where(value.present, numbers_of(value), np.nan)
    return truth(~np.isnan(found) & ((found == np.floor(found)) | (not whole)))


NUMBER_FUNCTIONS: Final[dict[str, Callable[[Sequence[Value]], Value]]] = {
    "round": _rounding("round"),
    "roundup": _rounding("roundup"),
    "rounddown": _rounding("rounddown"),
    "sqrt": _of_one(np.sqrt),
    "abs": _of_one(np.abs),
    "exponential": _of_one(np.exp),
    "log": _logarithm,
    "mod": _remainder,
    "sum": _sum,
    "mean": _mean,
    "median": _median,
    "min": _extreme(greatest=False),
    "max": _extreme(greatest=True),
    "datediff": _datediff,
    "age_at_date": _age,
    "year": _part("year"),
    "month": _part("month"),
    "day": _part("day"),
    "dayoftheweek": _part("dayoftheweek"),
    "isnumber": _is_number,
    "isinteger": lambda arguments: _is_number(arguments, whole=True),
}
