"""Dates of which only the month or the year is known: their period, and a day within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.study.forms.tables import Column

__all__ = ["day_bounds", "day_within", "period", "usual_day"]

_MONTH, _YEAR = 1, 2
_ONE = np.timedelta64(1, "D")


def period(
    day: NDArray[np.datetime64], precision: NDArray[np.int8] | None
) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """Give the first and the last day that each date may have been, NaT where there is none.

    Parameters
    ----------
    day
        shape (n,): any day of the month or year that is known.
    precision
        shape (n,): 0 to the day, 1 to the month, 2 to the year; None: all to the day.

    Examples
    --------
    >>> days = np.array(["2018-07-01", "2020-02-15"], dtype="datetime64[D]")
    >>> [end.astype(str).tolist() for end in period(days, np.array([2, 1], dtype=np.int8))]
    [['2018-01-01', '2020-02-01'], ['2018-12-31', '2020-02-29']]
    """
    first, last = day.astype("datetime64[D]"), day.astype("datetime64[D]")
    if precision is None:
        return first, last
    for unit, known in (("M", _MONTH), ("Y", _YEAR)):
        of = precision == known
        start = day[of].astype(f"datetime64[{unit}]")
        first[of] = start.astype("datetime64[D]")
        last[of] = (start + 1).astype("datetime64[D]") - _ONE
    return first, last


def day_bounds(column: Column) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """Give the first and the last day that each date of a column may have been: shape (n,)."""
    return period(column.values.astype("datetime64[D]"), column.precision)


def usual_day(
    first: NDArray[np.datetime64], last: NDArray[np.datetime64], assumed: str
) -> NDArray[np.datetime64]:
    """Give the day that is assumed where nothing else is known: the 15th, 1 July, or an end.

    Examples
    --------
    >>> ends = (np.array(["2018-01-01"], "M8[D]"), np.array(["2018-12-31"], "M8[D]"))
    >>> usual_day(*ends, "middle")
    array(['2018-07-01'], dtype='datetime64[D]')
    """
    if assumed != "middle":
        return first if assumed == "first" else last
    whole_year = last - first > np.timedelta64(31, "D")
    july = (first.astype("datetime64[Y]").astype("datetime64[M]") + 6).astype("datetime64[D]")
    return np.where(whole_year, july, first + np.timedelta64(14, "D"))


def day_within(
    day: NDArray[np.datetime64],
    low: NDArray[np.datetime64],
    high: NDArray[np.datetime64],
    assumed: str,
) -> NDArray[np.datetime64]:
    """Keep an assumed day that is possible, else assume one of those from ``low`` to ``high``.

    Examples
    --------
    >>> day, low, high = np.array([["2018-07-01"], ["2018-01-01"], ["2018-02-24"]], "M8[D]")
    >>> day_within(day, low, high, "middle"), day_within(day, low, high, "last")
    (array(['2018-01-28'], dtype='datetime64[D]'), array(['2018-02-24'], dtype='datetime64[D]'))
    """
    middle = low + (high - low) // 2
    other = {"first": low, "middle": middle, "last": high}[assumed]
    return np.where((day >= low) & (day <= high), day, other)
