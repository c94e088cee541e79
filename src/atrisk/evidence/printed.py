"""A number as a paper prints it, and every exact value that would be printed so."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

__all__ = ["Exact", "Printed", "attained_by", "is_whole", "parse_printed", "printed_text"]

Exact: TypeAlias = Fraction | float
"""A number to hold against a printed one: exact where counts allow it."""

_NUMBER = re.compile(
    r"(?P<relation><=|>=|[=<>≤≥~≈])?\s*(?P<sign>[-\u2212+])?"
    r"(?P<whole>\d{1,3}(?:[,\u2009\u00a0]\d{3})+|\d+)?(?:[.·](?P<part>\d+))?"
    r"(?:e(?P<power>[-+]?\d{1,3}))?\s*%?",
    re.IGNORECASE,
)
_RELATIONS = {"≤": "<=", "≥": ">=", "≈": "~", None: "="}
_WHOLE = {"all", "all patients"}
_ABSENT = {"not reached", "nr", "not reported", "not estimable", "ne", "na", "not available"}
_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {
    **{word: number for number, word in enumerate(_UNITS)},
    **{word: 10 * number for number, word in enumerate(_TENS, start=2)},
    **{
        f"{ten}{joint}{_UNITS[number]}": 10 * tens + number
        for tens, ten in enumerate(_TENS, start=2)
        for number in range(1, 10)
        for joint in ("-", " ")
    },
    "none": 0,
    "no": 0,
    "a": 1,
    "an": 1,
    "once": 1,
    "both": 2,
    "twice": 2,
    "double": 2,
    "doubled": 2,
    "triple": 3,
    "tripled": 3,
}


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed number and the exact values that it may stand for.

    Attributes
    ----------
    text
        as printed.
    relation
        ``=``, ``<``, ``<=``, ``>``, ``>=``, or ``~`` for *about*.
    value
        what the digits say.
    decimals
        how many digits stand after the point; less than 0 for ``1.2e5``.
    """

    text: str
    relation: str
    value: Fraction
    decimals: int

    @property
    def unit(self) -> Fraction:
        """One in the last printed place."""
        return Fraction(10) ** -self.decimals

    @property
    def low(self) -> Fraction | float:
        """The least exact value: half a unit below, a whole one if negative and cut off."""
        if self.relation in {"<", "<=", "~"}:
            return float("-inf")
        if self.relation in {">", ">="}:
            return self.value
        return self.value - (self.unit if self.value < 0 else self.unit / 2)

    @property
    def high(self) -> Fraction | float:
        """The greatest: half a unit above, nearly a whole one where digits were cut off."""
        if self.relation in {">", ">=", "~"}:
            return float("inf")
        if self.relation in {"<", "<="}:
            return self.value
        return self.value + (self.unit / 2 if self.value < 0 else self.unit)

    def admits(self, exact: Exact, slack: float = 0.0) -> bool:
        """Tell whether a number would be printed so: rounded half up or half even, or cut off.

        Parameters
        ----------
        exact
            the number, on the printed scale (a percentage as 29.3).
        slack
            what rounding in floating point may add; 0 for exact numbers.

        Examples
        --------
        >>> parse_printed("29").admits(Fraction(1700, 58)), parse_printed("29").admits(30)
        (True, False)
        >>> parse_printed("0.12").admits(0.1299), parse_printed("<0.001").admits(0.0004)
        (True, True)
        """
        return self.meets(exact, exact, slack)

    def meets(self, low: Exact, high: Exact, slack: float = 0.0) -> bool:
        """Tell whether an interval of exact values has one that would be printed so."""
        if slack:  # else exact: fractions are compared as they are
            low, high = float(low) - slack, float(high) + slack
        if high < self.low or low > self.high:
            return False
        return bool(slack) or not self._at_open_end(low, high)

    def _at_open_end(self, low: Exact, high: Exact) -> bool:
        """Tell whether an interval only touches the end at which the next digits begin."""
        if self.relation not in {"=", "<", ">"}:
            return False
        if self.relation == ">":
            return high == self.low
        if self.relation == "<" or self.value >= 0:
            return low == self.high
        return high == self.low


def parse_printed(text: str) -> Printed | None:
    """Read a number as printed; None for one that is named and not given (*not reached*; *all*).

    Digits may be grouped (``3,665``), written as a word (``Twenty-one``) or follow ``<``, ``≤``,
    ``>``, ``≥``, ``~``; a percent sign at the end is passed over.

    Raises
    ------
    ValueError
        the text is no such number.

    Examples
    --------
    >>> parse_printed("38.4"), parse_printed("not reached")
    (Printed(text='38.4', relation='=', value=Fraction(192, 5), decimals=1), None)
    """
    plain = text.strip()
    if plain.lower() in _ABSENT | _WHOLE:
        return None
    if plain.lower() in _WORDS:
        return Printed(text, "=", Fraction(_WORDS[plain.lower()]), 0)
    found = _NUMBER.fullmatch(plain)
    if found is None or not (found["whole"] or found["part"]):
        several = " Write each number at its own key, such as k and percent." if "(" in text else ""
        raise ValueError(
            f"{text!r} is not a number as printed: digits, a word up to ninety-nine, a number"
            " after <, ≤, >, ≥ or ~, or one of "
            + ", ".join(sorted(_ABSENT | _WHOLE))
            + (several and f".{several}")
        )
    return _of_digits(text, found)


def printed_text(text: str) -> str:
    """Give back a text that is a number as printed.

    Raises
    ------
    ValueError
        it is none.
    """
    parse_printed(text)
    return text


def is_whole(text: str) -> bool:
    """Tell whether a count is printed as *all* of its set."""
    return text.strip().lower() in _WHOLE


def attained_by(percent: Printed, size: int) -> list[int]:
    """List the counts of ``size`` patients that are a printed percentage, rounded or cut off.

    Examples
    --------
    >>> attained_by(parse_printed("84"), 58), attained_by(parse_printed("33"), 5)
    ([49], [])
    """
    low = max(0, math.floor(max(percent.low, Fraction(0)) * size / 100))
    high = min(size, math.ceil(min(percent.high, Fraction(100)) * size / 100))
    return [k for k in range(low, high + 1) if percent.admits(Fraction(100 * k, size))]


def _of_digits(text: str, found: re.Match[str]) -> Printed:
    whole = re.sub(r"\D", "", found["whole"] or "0")
    part = found["part"] or ""
    power = int(found["power"] or 0)
    value = Fraction(f"{whole}.{part or 0}") * Fraction(10) ** power
    negative = found["sign"] in {"-", "\u2212"}
    relation = _RELATIONS.get(found["relation"], found["relation"] or "=")
    return Printed(text, relation, -value if negative else value, len(part) - power)
