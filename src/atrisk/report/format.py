"""How a number is written: every rule of rounding, signs and dashes stands here.

Functions of one number that return text. Nothing here knows the results document.
"""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING

from atrisk.report.language import current, word

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "EN_DASH",
    "INFINITY",
    "MINUS",
    "NO_BREAK",
    "capitalised",
    "count",
    "day",
    "fixed",
    "general",
    "listing",
    "marked",
    "p_equation",
    "p_value",
    "percent",
    "places_for_digits",
    "places_for_unit",
    "places_needed",
    "proportion",
    "range_dash",
    "ratio",
    "significance_places",
    "tally",
]

EN_DASH = "\N{EN DASH}"
INFINITY = "\N{INFINITY}"
MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"

_P_FLOOR = 0.001
_P_CEILING = 0.999
_SIGNIFICANCE = 0.05
_MOST_PLACES = 12
_UNIT_PLACES = {"days": 0, "weeks": 1, "months": 1, "years": 2}
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_ODD_UNIT_PLACES = 2
_WHOLE = 1e-9
_MOST_WRITTEN_OUT = 1e15
_SMALL_RATIO = 0.1
_LEAST_RATIO = 0.0005
_LARGE_RATIO = 100.0
_MOST_RATIO = 99_999.5


def fixed(value: float, places: int) -> str:
    """Write a number with a fixed count of decimals, commas for thousands and a real minus.

    Examples
    --------
    >>> fixed(1234.5, 1), fixed(-0.04, 1)
    ('1,234.5', '0.0')
    """
    if abs(value) >= _MOST_WRITTEN_OUT:  # digits beyond those of a double say nothing
        return general(value)
    text = f"{value:,.{places}f}"
    if text.startswith("-"):
        text = MINUS + text[1:] if text.strip("-0.,") else text[1:]
    return marked(text)


def marked(text: str) -> str:
    """Write a number, made with English marks, with those of the language.

    Examples
    --------
    >>> from atrisk.report.language import using
    >>> with using("de"):
    ...     marked("1,234.5")
    '1.234,5'
    """
    language = current()
    if language.decimal == ".":
        return text
    return text.translate(str.maketrans(".,", language.decimal + language.thousands))


def general(value: float) -> str:
    """Write a number with the digits it needs, as on an axis.

    Examples
    --------
    >>> general(0.25), general(100.0)
    ('0.25', '100')
    """
    return marked(f"{value:g}".replace("-", MINUS))


def count(value: float) -> str:
    """Write a count: whole as it is, a weighted one with one decimal.

    Examples
    --------
    >>> count(12345), count(21.32)
    ('12,345', '21.3')
    """
    return fixed(value, 0 if abs(value - round(value)) < _WHOLE else 1)


def proportion(value: float) -> str:
    """Write a proportion in percent with one decimal and no sign: 0.6433 is ``64.3``."""
    return fixed(100.0 * value, 1)


def percent(value: float) -> str:
    """Write a number that is in percent already, one decimal and no sign."""
    return fixed(value, 1)


def p_value(value: float) -> str:
    """Write a P value: ``<0.001``, ``>0.999``, otherwise three decimals.

    Rounding never carries a value over 0.05: more decimals are written instead.

    Examples
    --------
    >>> p_value(0.0004), p_value(0.0123), p_value(0.04996), p_value(0.9996)
    ('<0.001', '0.012', '0.04996', '>0.999')
    """
    if value < _P_FLOOR:
        return marked("<0.001")
    if value > _P_CEILING:
        return marked(">0.999")
    return marked(f"{value:.{significance_places(value)}f}")


def significance_places(value: float) -> int:
    """Give the fewest decimals, three or more, whose rounding keeps the side of 0.05."""
    for places in range(3, _MOST_PLACES):
        rounded = round(value, places)
        if (rounded < _SIGNIFICANCE) == (value < _SIGNIFICANCE):
            return places
    return _MOST_PLACES


def ratio(value: float) -> str:
    """Write a ratio: two decimals, three below 0.1, none from 100 on.

    A ratio that rounding would make 1 has up to four decimals.

    Examples
    --------
    >>> ratio(3.666), ratio(0.0471), ratio(0.9996), ratio(1234.5), ratio(2e7), ratio(1e-9)
    ('3.67', '0.047', '0.9996', '1,234', '>99,999', '<0.001')
    >>> ratio(0.0)  # of an estimate that is infinite
    '0'
    """
    if value == 0.0:
        return "0"
    if value < _LEAST_RATIO:
        return marked("<0.001")
    if value >= _MOST_RATIO:
        return marked(">99,999")
    if value >= _LARGE_RATIO:
        return fixed(value, 0)
    return fixed(value, _ratio_places(value))


def _ratio_places(value: float) -> int:
    """Give two decimals, or as many up to four as tell the ratio from 1."""
    least = 3 if value < _SMALL_RATIO else 2
    apart = (places for places in range(least, 5) if round(value, places) != 1.0)
    return next(apart, least)


def p_equation(text: str) -> str:
    """Turn a written P value into ``P = 0.012`` or ``P < 0.001``, kept on one line.

    Examples
    --------
    >>> p_equation("<0.001").replace(NO_BREAK, " ")
    'P < 0.001'
    """
    sign = text[0] if text[0] in "<>" else "="
    return NO_BREAK.join(("P", sign, text.lstrip("<>")))


def places_for_unit(unit: str) -> int:
    """Give the decimals a time is written with: days 0, weeks and months 1, years 2.

    The unit is named in English or in the language that is set.
    """
    places = _UNIT_PLACES | {word(name): number for name, number in _UNIT_PLACES.items()}
    return places.get(unit, _ODD_UNIT_PLACES)


def places_for_digits(value: float, digits: int) -> int:
    """Give the decimals that a number is written with to show so many significant digits.

    Examples
    --------
    >>> [places_for_digits(value, 3) for value in (47.7509, 178.0, 0.871, 0.0)]
    [1, 0, 3, 0]
    """
    if value == 0:
        return 0
    return max(0, digits - 1 - math.floor(math.log10(abs(value))))


def places_needed(values: Iterable[float], most: int = 3) -> int:
    """Give the fewest decimals that write all values exactly, at most ``most``.

    Examples
    --------
    >>> places_needed([7.0, 52.0]), places_needed([0.25, 3.5])
    (0, 2)
    """
    numbers = list(values)
    for places in range(most):
        if all(abs(round(x, places) - x) <= _WHOLE * max(1.0, abs(x)) for x in numbers):
            return places
    return most


def range_dash(lower: str, upper: str) -> str:
    """Choose what joins two ends: an en dash, or `` to `` where a minus would blur it.

    Examples
    --------
    >>> range_dash("1.2", "3.4") == EN_DASH, range_dash(MINUS + "0.1", "0.2")
    (True, ' to ')
    """
    return word(" to ") if MINUS in lower + upper else EN_DASH


def tally(number: float, singular: str, plural: str) -> str:
    """Choose the noun that goes with a count."""
    return singular if number == 1 else plural


def listing(parts: Iterable[str]) -> str:
    """Join words as a sentence does.

    Examples
    --------
    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    words = list(parts)
    return ", ".join(words[:-1]) + word(" and ") + words[-1] if len(words) > 1 else "".join(words)


def day(iso: str) -> str:
    """Write a date, as in the document, for a sentence; in tables it stays as it is.

    Examples
    --------
    >>> day("2023-03-31")
    '31 March 2023'
    """
    known = date.fromisoformat(iso)
    month = word(_MONTHS[known.month - 1])
    return word("{day} {month} {year}", day=str(known.day), month=month, year=str(known.year))


def capitalised(text: str) -> str:
    """Raise the first letter and leave the rest, so that names keep their capitals."""
    return text[:1].upper() + text[1:]
