"""Printed numbers: read from a text, and compared with a value at the printed precision."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

__all__ = ["Printed", "Verdict", "printed_numbers", "split_text", "verdict"]

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
_OR_EQUAL = "\N{LESS-THAN OR EQUAL TO}\N{GREATER-THAN OR EQUAL TO}"
#: Relative to a step of the last digit: what binary numbers leave of an exact half.
_SLACK = Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as printed.

    Attributes
    ----------
    text
        what stands there, with its sign.
    value
        the number; None for "not reached".
    places
        its decimals.
    sign
        ``<`` or ``>`` where only a bound is printed, else blank.
    """

    text: str
    value: Decimal | None
    places: int = 0
    sign: Literal["", "<", ">"] = ""


def split_text(text: str, decimal: str = ".") -> tuple[str | Printed, ...]:
    """Split a printed text into words and numbers.

    Examples
    --------
    >>> [part if isinstance(part, str) else part.value for part in split_text("50 (38.4-56.1)")]
    [Decimal('50'), ' (', Decimal('38.4'), '-', Decimal('56.1'), ')']
    """
    parts: list[str | Printed] = []
    end = 0
    for found in _NUMBER.finditer(text):
        if found.start() > end:
            parts.append(text[end : found.start()])
        parts.append(_printed(found, decimal))
        end = found.end()
    return (*parts, text[end:]) if end < len(text) else tuple(parts)


def printed_numbers(text: str, decimal: str = ".") -> tuple[Printed, ...]:
    """Read the numbers of a printed text.

    Examples
    --------
    >>> [number.value for number in printed_numbers("3,665 (P<0.001)")]
    [Decimal('3665'), Decimal('0.001')]
    """
    return tuple(part for part in split_text(text, decimal) if isinstance(part, Printed))


def _printed(found: re.Match[str], decimal: str) -> Printed:
    if found["not_reached"]:
        return Printed(found[0], None)
    digits = found["digits"].replace("\N{MIDDLE DOT}", decimal)
    if not digits[0].isdigit():
        digits = f"0{decimal}{digits[1:]}"
    digits = digits.replace("," if decimal == "." else ".", "").replace(decimal, ".")
    value = Decimal(digits)
    sign = (found["sign"] or "").strip()
    bound: Literal["", "<", ">"] = "<" if sign in {"<", "\N{LESS-THAN OR EQUAL TO}"} else ">"
    return Printed(
        text=found[0],
        value=-value if found["minus"] else value,
        places=max(0, -int(value.as_tuple().exponent)),
        sign=bound if sign else "",
    )


def verdict(value: float | None, printed: Printed, *, reached: bool = True) -> Verdict:
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
    if printed.value is None:
        return "agrees" if value is None and not reached else "differs"
    if value is None:
        return "differs"
    ours = Decimal(repr(value))
    if printed.sign:
        within = ours < printed.value if printed.sign == "<" else ours > printed.value
        equal = printed.text[0] in _OR_EQUAL and ours == printed.value
        return "agrees" if within or equal else "differs"
    step = Decimal(1).scaleb(-printed.places)
    away = abs(ours - printed.value)
    if away <= step * (Decimal("0.5") + _SLACK):
        return "agrees"
    return "rounded" if away < step * (1 - _SLACK) else "differs"
