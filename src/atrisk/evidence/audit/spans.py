"""Ranges of exact values behind printed numbers, and how they are written in the arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from atrisk.evidence.paper import Value

if TYPE_CHECKING:
    from atrisk.evidence.audit.book import Book
    from atrisk.evidence.printed import Exact, Printed

__all__ = ["Span", "count_span", "is_exact", "percentage", "range_of", "shown", "span", "span_of"]

_EXACT = {"k", "n", "events", "missing", "times", "step", "number", "numbers", "cycles"}
_COUNTED = {None, "patients", "patient", "cycles", "cycle", "centres", "studies", "deaths"}


@dataclass(frozen=True, slots=True)
class Span:
    """From ``low`` to ``high``; where ``open_high``, the upper end itself is not attained."""

    low: Exact
    high: Exact
    open_high: bool = False

    def __add__(self, other: Span) -> Span:
        """Add two: every sum of a value of each."""
        high = self.high + other.high
        return Span(self.low + other.low, high, self.open_high or other.open_high)

    def scaled(self, factor: Fraction) -> Span:
        """Multiply by a number that is not negative."""
        return Span(self.low * factor, self.high * factor, self.open_high)

    def meets(self, other: Span) -> bool:
        """Tell whether some value lies in both."""
        return self.reaches(other.low) and other.reaches(self.low)

    def reaches(self, value: Exact) -> bool:
        """Tell whether some value is as high as this one."""
        return self.high > value or (self.high == value and not self.open_high)


def is_exact(book: Book, address: str) -> bool:
    """Tell whether a printed number is a count, which is not rounded."""
    _, field, _ = book.parts_of(address)
    if field == "value":
        statement = book.statement_of(address)
        assert isinstance(statement, Value)  # noqa: S101 - the only kind with this field
        return statement.unit in _COUNTED
    return field in _EXACT


def span_of(number: Printed, *, exact: bool) -> Span:
    """Give the values that a number may stand for."""
    if exact and number.relation == "=":
        return Span(number.value, number.value)
    if exact:
        return Span(max(number.low, Fraction(0)), number.high)
    return Span(number.low, number.high, open_high=number.relation == "=" and number.value >= 0)


def span(book: Book, address: str) -> Span | None:
    """Give the values that the number at an address may stand for; None if it is not given."""
    number = book.numbers[address]
    return None if number is None else span_of(number, exact=is_exact(book, address))


def count_span(number: Printed) -> tuple[int, int | None]:
    """Give the least and the greatest count that a printed one may be; None is no limit."""
    if number.relation == "=":
        return int(number.value), int(number.value)
    if number.relation == "~":
        return 0, None
    if number.relation in {"<", "<="}:
        return 0, math.ceil(number.value) - 1 if number.relation == "<" else int(number.value)
    return int(number.value) + (number.relation == ">"), None


def shown(value: Exact, decimals: int = 1) -> str:
    """Write a number with some decimals, and a whole one without.

    Examples
    --------
    >>> shown(Fraction(58)), shown(Fraction(1300, 58))
    ('58', '22.4')
    """
    if isinstance(value, Fraction) and value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.{max(decimals, 0)}f}"


def percentage(count: int | Fraction, size: int | Fraction, decimals: int = 1) -> str:
    """Write a share in percent: ``22.4 %``."""
    return f"{float(Fraction(100) * Fraction(count) / Fraction(size)):.{max(decimals, 1)}f} %"


def range_of(found: Span, decimals: int = 1) -> str:
    """Write a range: ``99.5 to 102.0``, or the one value."""
    low, high = shown(found.low, decimals), shown(found.high, decimals)
    if low == high:
        return low
    if low == "-inf":
        return f"up to {high}"
    return f"at least {low}" if high == "inf" else f"{low} to {high}"
