"""Counts behind a printed percentage: which k of n would be printed so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.evidence.printed import attained_by, parse_printed

if TYPE_CHECKING:
    from atrisk.evidence.record.models import Number

__all__ = ["Counts", "attainable", "counts_of", "derived_counts", "whole"]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of how many, and how it is known.

    Attributes
    ----------
    low, high
        the least and the greatest k.
    n
        the denominator.
    how
        ``printed``, ``derived`` (one k is printed so) or ``range`` (several are).
    """

    low: int
    high: int
    n: int
    how: str

    @property
    def k(self) -> int | None:
        """The count, or None where several are possible."""
        return self.low if self.low == self.high else None


def whole(text: str | None) -> int | None:
    """Read a printed count; None where there is none, or it is no whole number."""
    printed = None if text is None else parse_printed(text)
    if printed is None or printed.relation != "=" or printed.value.denominator != 1:
        return None
    return int(printed.value)


def derived_counts(percent: str, n: int) -> tuple[int, ...]:
    """Give every k of which the percentage of ``n``, rounded, is printed so.

    Parameters
    ----------
    percent
        as printed; rounded half up or half even.
    n
        the denominator, at least 1.

    Examples
    --------
    >>> derived_counts("68", 72), derived_counts("17", 36), derived_counts("11", 139)
    ((49,), (6,), (15,))
    >>> derived_counts("40", 1000)[:2]
    (395, 396)
    """
    printed = parse_printed(percent)
    if printed is None or printed.relation != "=":
        return ()
    low = (printed.value - printed.unit / 2) * n / 100
    high = (printed.value + printed.unit / 2) * n / 100
    first = max(-((-low.numerator) // low.denominator), 0)
    last = min(high.numerator // high.denominator, n)
    return tuple(range(first, last + 1))


def attainable(percent: str, n: int, k: int | None = None) -> bool:
    """Tell whether ``k`` of ``n`` (or any k) may be printed so: rounded, or with digits cut off.

    Examples
    --------
    >>> attainable("23", 23), attainable("23", 23, 5), attainable("21", 23, 5)
    (False, False, True)
    """
    printed = parse_printed(percent)
    if printed is None:
        return True
    found = attained_by(printed, n)
    return bool(found) if k is None else k in found


def counts_of(number: Number) -> Counts | None:
    """Give the counts of a number; None where it has no denominator or no such k.

    A percentage that a printed k and n contradict is not looked at: k and n are what is counted.
    """
    n = whole(number.n)
    if not n:
        return None
    k = whole(number.k)
    if k is not None:
        return Counts(k, k, n, "printed")
    if number.value is None or number.unit != "%":
        return None
    found = derived_counts(number.value, n)
    if not found:
        return None
    return Counts(found[0], found[-1], n, "derived" if len(found) == 1 else "range")
