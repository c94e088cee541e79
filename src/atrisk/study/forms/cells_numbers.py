"""Entries of numbers: what is one, in which notation, and why another text is none."""

from __future__ import annotations

import re
from math import isfinite
from typing import Final

from atrisk.study.forms.tables import KEEPER

__all__ = ["Unreadable", "number_of"]


class Unreadable(ValueError):  # noqa: N818 - what the entry is, not what went wrong here
    """An entry that is not what its field asks for; the message says why."""


_PLAIN: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_DATE: Final = re.compile(r"\d{1,4}([-./])\d{1,2}\1\d{1,4}(?: .*)?")
_LIMIT: Final = re.compile(r"(?:[<>≤≥~]|ca\.?\s|about\s|under\s|over\s).*", re.IGNORECASE)
_RANGE: Final = re.compile(r"\d[\d.,]*\s*[-\u2013]\s*\d[\d.,]*")
_WITH_UNIT: Final = re.compile(r"[-+]?\d[\d.,]*\s*[^\d\s.,].*")
_BLANKS: Final = " \u00a0\u202f\u2009'\u2019"


def number_of(text: str, decimal: str = ".") -> float:
    """Read a number.

    Parameters
    ----------
    text
        the entry, trimmed.
    decimal
        the mark before decimals. The other mark may only separate thousands, and only where the
        entry cannot be read in two ways: ``1.234,5`` can not, ``1.234`` can.

    Raises
    ------
    Unreadable
        it is none, or more than one thing.

    Examples
    --------
    >>> number_of("1.234,5", decimal=","), number_of("12 500")
    (1234.5, 12500.0)
    """
    if decimal == "." and _PLAIN.fullmatch(text):
        return _finite(float(text))
    other = "," if decimal == "." else "."
    plain = text.replace("\u2212", "-")
    if other not in plain and _PLAIN.fullmatch(plain.replace(decimal, ".")):
        return _finite(float(plain.replace(decimal, ".")))
    grouped = _grouped(plain, decimal, other)
    if grouped is not None:
        return grouped
    raise Unreadable(_reason(plain, decimal, other))


def _finite(number: float) -> float:
    if not isfinite(number):
        raise Unreadable("the number is too large to be one")
    return number


def _grouped(text: str, decimal: str, other: str) -> float | None:
    """Read thousands in groups of three; None where there are none or it could be decimals."""
    found = re.fullmatch(
        rf"([-+]?\d{{1,3}})((?:([{_BLANKS}{re.escape(other)}])\d{{3}})(?:\3\d{{3}})*)"
        rf"({re.escape(decimal)}\d+)?",
        text,
    )
    if found is None:
        return None
    head, groups, mark, tail = found.groups()
    if mark == other and tail is None and groups.count(mark) == 1:
        return None
    return float(head + groups.replace(mark, "") + (tail or "").replace(decimal, "."))


def _reason(text: str, decimal: str, other: str) -> str:
    """Say why a text is no number, the first that fits."""
    reasons: dict[str | re.Pattern[str], str] = {
        r"#.*": "the error of a spreadsheet formula, not a number",
        _DATE: "a date where a number belongs; a spreadsheet may have made it of a number",
        _LIMIT: "a limit or an estimate, not a number; leave it blank or give it a missing code",
        rf"[-+]?\d+{re.escape(other)}\d+": (
            f"decimals stand behind {decimal!r} in this file, so {other!r} could be a decimal or a"
            f" thousands mark; write the number without it.{KEEPER}set decimal = {other!r} if it is"
            " the decimal mark"
        ),
        _RANGE: "a range, not one number",
        _WITH_UNIT: "more than a number; write the number alone, in the unit of the dictionary",
    }
    known = (reason for pattern, reason in reasons.items() if re.fullmatch(pattern, text))
    return next(
        known,
        f"not a number.{KEEPER}a text that means missing gets its code under [missing] of the"
        " mapping",
    )
