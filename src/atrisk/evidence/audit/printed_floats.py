"""Printed numbers as ranges of floats, and how floats are written in the arithmetic."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from scipy.special import ndtr

if TYPE_CHECKING:
    from atrisk.evidence.audit.book import Book
    from atrisk.evidence.paper import Statement
    from atrisk.evidence.printed import Printed

__all__ = ["SLACK", "Reach", "addresses", "digits", "level_of", "reach", "two_sided", "written"]

SLACK = 1e-9
"""What rounding in floating point may add to a number near 1."""


class Reach(NamedTuple):
    """The floats that a printed number may stand for."""

    low: float
    high: float

    def meets(self, other: Reach) -> bool:
        """Tell whether some float lies in both."""
        return self.low <= other.high + SLACK and other.low <= self.high + SLACK

    def log(self) -> Reach:
        """Take logarithms; what is not above 0 becomes minus infinity."""
        low, high = (math.log(end) if end > 0.0 else -math.inf for end in self)
        return Reach(low, high)

    def scaled(self, factor: float) -> Reach:
        """Multiply by a positive number."""
        return Reach(self.low * factor, self.high * factor)


def reach(number: Printed, factor: float = 1.0) -> Reach:
    """Give the range of a printed number, multiplied by a positive factor."""
    return Reach(float(number.low) * factor, float(number.high) * factor)


def level_of(text: str) -> float:
    """Read a confidence level printed in percent: ``95`` is 0.95."""
    return float(text.rstrip(" %")) / 100.0


def two_sided(z: float) -> float:
    """Give the P value of a standard normal statistic."""
    return float(2.0 * ndtr(-abs(z)))


def addresses(book: Book, statement: Statement, *fields: str) -> tuple[str, ...]:
    """List the addresses of those fields that the paper prints."""
    return tuple(
        address for field in fields if (address := f"{statement.id}.{field}") in book.numbers
    )


def digits(number: Printed, more: int = 2) -> int:
    """Give how many decimals to show beside a printed number."""
    return number.decimals + more


def written(value: float, decimals: int = 3) -> str:
    """Write a float with some decimals, a small one with two significant digits.

    Examples
    --------
    >>> written(0.0378, 4), written(0.000012, 3), written(float("inf"))
    ('0.0378', '1.2e-05', 'no limit')
    """
    if not math.isfinite(value):
        return "no limit"
    if value != 0.0 and abs(value) < 0.5 * 10.0**-decimals:
        return f"{value:.2g}"
    return f"{value:.{decimals}f}"
