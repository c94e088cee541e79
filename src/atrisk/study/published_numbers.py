"""Printed numbers: read from a text, and compared with a value at the printed precision."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from operator import ge, gt, le, lt
from typing import Literal

from atrisk.evidence.printed import Printed, parse_printed

__all__ = ["PrintedNumber", "Verdict", "printed_numbers", "split_text", "verdict"]

#: How a value stands beside a printed number.
Verdict = Literal["agrees", "rounded", "differs", "impossible", "not_compared"]

_NUMBER = re.compile(
    r"(?P<not_reached>\bNR\b|\bnot reached\b)"
    r"|(?P<sign>[<>\N{LESS-THAN OR EQUAL TO}\N{GREATER-THAN OR EQUAL TO}]\s*)?"
    r"(?P<minus>(?<![\w.,%)])[-\N{MINUS SIGN}]|(?<=\s)\N{MINUS SIGN})?"
    r"(?P<digits>(?<![A-Za-z\d])\d+(?:[.,\N{MIDDLE DOT}]\d+)*"
    # .03, as journals print P values
    r"|(?<![\w.,%)])[.\N{MIDDLE DOT}]\d+\b)"
)
_HOLDS = {"<": lt, "<=": le, ">": gt, ">=": ge}
#: Relative to a step of the last digit: what binary numbers leave of an exact half.
_SLACK = Fraction(1, 10**9)


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """A number in a printed text.

    Attributes
    ----------
    text
        what stands there, with its sign.
    number
        the number; None for "not reached".
    """

    text: str
    number: Printed | None

    @property
    def places(self) -> int:
        """Its decimals."""
        return 0 if self.number is None else self.number.decimals


def split_text(text: str, decimal: str = ".") -> tuple[str | PrintedNumber, ...]:
    """Split a printed text into words and numbers.

    Examples
    --------
    >>> split_text("84 (") == (PrintedNumber("84", parse_printed("84")), " (")
    True
    """
    parts: list[str | PrintedNumber] = []
    end = 0
    for found in _NUMBER.finditer(text):
        plain = _plain(found, decimal)
        if plain.count(".") > 1:  # a date
            continue
        if found.start() > end:
            parts.append(text[end : found.start()])
        parts.append(PrintedNumber(found[0], parse_printed(plain)))
        end = found.end()
    return (*parts, text[end:]) if end < len(text) else tuple(parts)


def printed_numbers(text: str, decimal: str = ".") -> tuple[PrintedNumber, ...]:
    """Read the numbers of a printed text.

    Examples
    --------
    >>> [str(found.number.value) for found in printed_numbers("3,665 (P<0.001)")]
    ['3665', '1/1000']
    """
    return tuple(part for part in split_text(text, decimal) if isinstance(part, PrintedNumber))


def _plain(found: re.Match[str], decimal: str) -> str:
    """Write a number that was found with a decimal point and without marks of thousands."""
    if found["not_reached"]:
        return found[0]
    digits = found["digits"].replace("\N{MIDDLE DOT}", decimal)
    if not digits[0].isdigit():
        digits = f"0{decimal}{digits[1:]}"
    digits = digits.replace("," if decimal == "." else ".", "").replace(decimal, ".")
    return f"{found['sign'] or ''}{found['minus'] or ''}{digits}"


def verdict(value: float | None, printed: PrintedNumber, *, reached: bool = True) -> Verdict:
    """Compare a value with a printed number, at the decimals that are printed.

    Parameters
    ----------
    value
        ours, in the unit of the printed one; None where there is none.
    printed
        the published number.
    reached
        False where ours is missing because it was not reached.

    Returns
    -------
    str
        ``agrees`` if ours rounds to the printed number, ``rounded`` if it is less than a step of
        the last printed digit away, else ``differs``.

    Examples
    --------
    >>> (eleven,) = printed_numbers("11.2")
    >>> verdict(11.2033, eleven), verdict(11.29, eleven), verdict(11.3, eleven)
    ('agrees', 'rounded', 'differs')
    """
    if printed.number is None:
        return "agrees" if value is None and not reached else "differs"
    if value is None or not math.isfinite(value):
        return "differs"
    ours, number = Fraction(repr(value)), printed.number
    if number.relation != "=":
        return "agrees" if _HOLDS[number.relation](ours, number.value) else "differs"
    away = abs(ours - number.value) / number.unit
    if away <= Fraction(1, 2) + _SLACK:
        return "agrees"
    return "rounded" if away < 1 - _SLACK else "differs"
