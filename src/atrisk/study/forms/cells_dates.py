"""Entries of dates: whole or partial, in a stated order of day and month, or a spreadsheet's."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from atrisk.study.forms.cells_numbers import Unreadable
from atrisk.study.forms.tables import KEEPER

__all__ = ["DateNotation", "day_of", "day_text", "second_of"]

_TOKENS: Final = re.compile(r"[^\W\d_]+|\d+|\?+")
_BETWEEN: Final = re.compile(r"[-./,\s]*")
_ISO: Final = re.compile(r"(\d{4})-(?!00)(\d{2})-(?!00)(\d{2})")
_TIME: Final = re.compile(
    r"(?P<day>.*\d)[T ]\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?Z?"
)
_UNKNOWN: Final = frozenset({"00", "0", "un", "unk", "uk", "nk", "xx", "x", "?", "??"})
#: English, German, French, Italian, Spanish, Dutch and Portuguese; three letters or more of one.
_MONTHS: Final[tuple[tuple[str, ...], ...]] = tuple(
    tuple(names.split())
    for names in (
        "january januar jänner jaenner janvier gennaio enero januari janeiro",
        "february februar feber février fevrier febbraio febrero februari fevereiro",
        "march märz maerz mrz mars marzo maart mrt março marco",
        "april avril aprile abril",
        "may mai maggio mayo mei maio",
        "june juni juin giugno junio junho",
        "july juli juillet luglio julio julho",
        "august août aout agosto augustus",
        "september sept septembre settembre septiembre setiembre setembro",
        "october oktober octobre ottobre octubre outubro",
        "november novembre noviembre novembro",
        "december dezember décembre decembre dicembre diciembre dezembro",
    )
)
_EPOCH: Final = date(1970, 1, 1).toordinal()
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


@dataclass(frozen=True, slots=True)
class DateNotation:
    """How dates are written.

    Attributes
    ----------
    order
        ``ymd``, ``dmy`` or ``mdy``: of dates that do not begin with a year.
    partial
        the day assumed for a month or a year: its ``first``, ``middle`` or ``last``.
    serial
        1900 or 1904 where numbers of five digits are Excel's days, else None.
    """

    order: str = "ymd"
    partial: str = "middle"
    serial: int | None = None


def day_of(text: str, notation: DateNotation) -> tuple[int, int]:
    """Read a date.

    Parameters
    ----------
    text
        the entry, trimmed.
    notation
        how dates are written.

    Returns
    -------
    day : int
        days since 1970-01-01.
    precision : int
        0 to the day, 1 to the month, 2 to the year.

    Raises
    ------
    Unreadable
        it is no date, or could be two.

    Examples
    --------
    >>> day_of("2.1.1970", DateNotation(order="dmy")), day_of("1970", DateNotation())
    ((1, 0), (181, 2))
    """
    iso = _ISO.fullmatch(text)
    if iso:
        return _whole(int(iso[1]), int(iso[2]), int(iso[3]), notation)
    timed = _TIME.fullmatch(text)
    if timed:
        if any(int(timed[part] or 0) for part in ("hour", "minute", "second")):
            raise Unreadable("a time of day, where the field asks for a date alone")
        text = timed["day"]
    if re.fullmatch(r"\d{5}(?:\.0*)?", text):
        return _serial(int(text[:5]), notation.serial), 0
    year, month, day = _parts(_tokens(text), notation.order)
    return _whole(year, month, day, notation)


def second_of(text: str, notation: DateNotation, *, midnight: bool = False) -> int:
    """Read a date with a time of day as seconds since 1970-01-01.

    Parameters
    ----------
    midnight
        a date alone is its midnight: spreadsheets and databases leave 0:00 out.

    Raises
    ------
    Unreadable
        it is none.
    """
    timed = _TIME.fullmatch(text)
    if timed is None and not midnight:
        raise Unreadable("a date and a time of day are expected, such as 2020-02-01 13:05")
    day, precision = day_of(timed["day"] if timed else text, notation)
    if precision:
        raise Unreadable("a partial date, where a date with a time of day is expected")
    hour, minute, second = (
        (int(timed["hour"]), int(timed["minute"]), int(timed["second"] or 0))
        if timed
        else (0, 0, 0)
    )
    if hour > 23 or minute > 59 or second > 59:
        raise Unreadable("there is no such time of day")
    return day * 86400 + hour * 3600 + minute * 60 + second


def day_text(day: int, precision: int) -> str:
    """Spell a date to its precision.

    Examples
    --------
    >>> day_text(181, 2), day_text(1, 0)
    ('1970', '1970-01-02')
    """
    return str(date.fromordinal(day + _EPOCH))[: (10, 7, 4)[precision]]


def _serial(number: int, system: int | None) -> int:
    if system is None:
        raise Unreadable(
            "a number where a date belongs; if these are Excel's day numbers, format the column as"
            f" a date.{KEEPER}set serial_dates = 1900 in the mapping"
        )
    start = date(1899, 12, 30) if system == 1900 else date(1904, 1, 1)
    day = start + timedelta(days=number)
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Unreadable(f"a day number of the year {day.year}; is it a date?")
    return day.toordinal() - _EPOCH


def _tokens(text: str) -> list[str]:
    tokens = _TOKENS.findall(text)
    if not tokens or _BETWEEN.fullmatch(_TOKENS.sub("", text)) is None or len(tokens) > 3:
        raise Unreadable(_no_date(text))
    return tokens


def _no_date(text: str) -> str:
    if text.startswith("#"):
        return "the error of a spreadsheet formula, not a date"
    return (
        f"not a date.{KEEPER}a text that means missing gets its code under [missing] of the mapping"
    )


def _parts(tokens: list[str], order: str) -> tuple[int, int | None, int | None]:
    """Tell year, month and day apart; what is not known is None."""
    if len(tokens) == 1:
        tokens = _undivided(tokens[0], order)
    if len(tokens) == 1:
        return _year(tokens[0]), None, None
    if len(tokens) == 2:
        year_first = _is_year(tokens[0])
        year, month = tokens if year_first else reversed(tokens)
        return _year(year), _month(month), None
    year, month, day = _ordered(tokens, order)
    return _year(year), _month(month), _day(day)


def _undivided(token: str, order: str) -> list[str]:
    """Cut eight digits into their parts."""
    if re.fullmatch(r"\d{8}", token) is None:
        return [token]
    ends = (0, 4, 6, 8) if order == "ymd" else (0, 2, 4, 8)
    return [token[start:end] for start, end in pairwise(ends)]


def _ordered(tokens: list[str], order: str) -> tuple[str, str, str]:
    first, second, third = tokens
    if _is_year(first):
        return first, second, third
    if _named(second):
        return third, second, first
    if _named(first):
        return third, first, second
    if not _is_year(third):
        raise Unreadable(_year_missing(tokens))
    if order == "ymd":
        raise Unreadable(
            "it is not said whether the day or the month comes first: write year-month-day."
            f"{KEEPER}set date_order to dmy or mdy"
        )
    return (third, second, first) if order == "dmy" else (third, first, second)


def _year_missing(tokens: list[str]) -> str:
    if all(len(token) <= 2 for token in tokens):
        return "the year has two digits; write all four"
    return _no_date("")


def _is_year(token: str) -> bool:
    return len(token) == 4 and token.isdecimal()


def _year(token: str) -> int:
    if not _is_year(token):
        short = len(token) == 2 and token.isdecimal()
        raise Unreadable("the year has two digits; write all four" if short else _no_date(""))
    if not _FIRST_YEAR <= int(token) <= _LAST_YEAR:
        raise Unreadable(f"the year is not between {_FIRST_YEAR} and {_LAST_YEAR}")
    return int(token)


def _named(token: str) -> int | None:
    """Give the number of a month written in letters, or None."""
    text = token.casefold()
    if len(text) < 3 or not text.isalpha():
        return None
    found = {
        number
        for number, names in enumerate(_MONTHS, start=1)
        if any(name.startswith(text) for name in names)
    }
    return found.pop() if len(found) == 1 else None  # "jui" is June or July


def _month(token: str) -> int | None:
    if token.casefold() in _UNKNOWN or set(token) == {"?"}:
        return None
    number = int(token) if token.isdecimal() and len(token) <= 2 else _named(token)
    if number is None:
        raise Unreadable(_no_date(""))
    if not 1 <= number <= 12:
        raise Unreadable(f"there is no month {number}.{KEEPER}is date_order right?")
    return number


def _day(token: str) -> int | None:
    if token.casefold() in _UNKNOWN or set(token) == {"?"}:
        return None
    if not token.isdecimal() or len(token) > 2:
        raise Unreadable(_no_date(""))
    return int(token)


def _whole(
    year: int, month: int | None, day: int | None, notation: DateNotation
) -> tuple[int, int]:
    """Count the days to a date, to the assumed day of a partial one."""
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise Unreadable(f"the year is not between {_FIRST_YEAR} and {_LAST_YEAR}")
    precision = 2 if month is None else 1 if day is None else 0
    if month is None:
        month, day = {"first": (1, 1), "middle": (7, 1), "last": (12, 31)}[notation.partial]
    elif day is None:
        day = {"first": 1, "middle": 15, "last": _last(year, month)}[notation.partial]
    if not 1 <= month <= 12:
        raise Unreadable(f"there is no month {month}")
    if not 1 <= day <= _last(year, month):
        raise Unreadable(f"{year}-{month:02} has no day {day}")
    return date(year, month, day).toordinal() - _EPOCH, precision


def _last(year: int, month: int) -> int:
    return monthrange(year, month)[1]
