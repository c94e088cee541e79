"""Units of time: how long they are in days, and times written as text, such as "2 years"."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from atrisk.errors import InputError

__all__ = [
    "DAYS",
    "Clock",
    "Milestone",
    "TimeUnit",
    "milestone",
    "parse_time",
    "said",
    "said_range",
]

TimeUnit = Literal["days", "weeks", "months", "years"]

#: Length of each unit in days: a year is 365.25 days, a month a twelfth of it.
DAYS = MappingProxyType({"days": 1.0, "weeks": 7.0, "months": 30.4375, "years": 365.25})

_WRITTEN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(day|week|month|year)s?\s*")


@dataclass(frozen=True, slots=True)
class Milestone:
    """A time at which estimates are read.

    ``id`` is for keys, ``label`` for print, ``value`` is in the time unit of the study.
    """

    id: str
    label: str
    value: float


@dataclass(frozen=True, slots=True)
class Clock:
    """The unit in which times are counted, and the unit in which they are reported."""

    unit: str
    report_unit: str

    @property
    def per_report_unit(self) -> float:
        """Time units in one report unit, e.g. 365.25 days a year."""
        return DAYS[self.report_unit] / DAYS[self.unit]

    def reported(self, value: float) -> float:
        """Convert a time to the report unit."""
        return value / self.per_report_unit

    def spelled(self, value: float) -> str:
        """Spell a time in the report unit, for reading: ``32.8 years``.

        Examples
        --------
        >>> Clock("months", "years").spelled(394)
        '32.8 years'
        >>> Clock("days", "days").spelled(1820)
        '1820 days'
        """
        number = self.reported(value)
        if self.unit == self.report_unit:
            shown = f"{number:.12g}"
        else:
            shown = f"{number:.3g}" if number < 100 else f"{number:.0f}"
        return f"{shown} {self.report_unit[:-1] if shown == '1' else self.report_unit}"


def said(value: float, unit: str) -> str:
    """Say how long a time is as a person would, in days, months or years.

    Examples
    --------
    >>> said(3, "days"), said(940, "days"), said(1, "days"), said(4.2, "years")
    ('3 days', '31 months', '1 day', '4.2 years')
    """
    days = value * DAYS[unit]
    for spoken, most, places in (("days", 60.5, 0), ("months", 36 * DAYS["months"], 0)):
        if days < most:
            number = f"{days / DAYS[spoken]:.{places}f}"
            return f"{number} {spoken[:-1] if number == '1' else spoken}"
    return f"{days / DAYS['years']:.1f} years"


def said_range(first: float, last: float, unit: str) -> str:
    """Say a range of times: ``3 days to 31 months``, ``2 to 4 days``.

    Examples
    --------
    >>> said_range(3, 940, "days"), said_range(2, 4, "days"), said_range(2, 2, "days")
    ('3 days to 31 months', '2 to 4 days', '2 days')
    """
    ends = said(first, unit), said(last, unit)
    if ends[0] == ends[1]:
        return ends[0]
    number, word = ends[0].split(" ")
    same = word.rstrip("s") == ends[1].split(" ")[1].rstrip("s")
    return f"{number if same else ends[0]} to {ends[1]}"


def parse_time(written: str | float, unit: str) -> tuple[float, str]:
    """Split a time into its number and its unit; a bare number is in ``unit``.

    Examples
    --------
    >>> parse_time("2 years", "days")
    (2.0, 'years')
    >>> parse_time(100, "days")
    (100.0, 'days')
    """
    if isinstance(written, str):
        match = _WRITTEN.fullmatch(written)
        if match is None:
            raise InputError(
                f"{written!r} is not a time; write a number, or a number and a unit such as"
                ' "100 days", "6 months" or "2 years"',
            )
        number, unit = float(match[1]), f"{match[2]}s"
    else:
        number = float(written)
    if not (math.isfinite(number) and number > 0):
        raise InputError(f"{written!r} is not a time after the origin; write a number above 0")
    return number, unit


def milestone(written: str | float, unit: str) -> Milestone:
    """Make a milestone of a time as written in the study file.

    Examples
    --------
    >>> milestone("1 year", "days")
    Milestone(id='t1y', label='1 year', value=365.25)
    >>> milestone(0.5, "years").id
    't0_5y'
    """
    number, written_unit = parse_time(written, unit)
    shown = f"{number:.12g}"
    word = written_unit[:-1] if number == 1 else written_unit
    return Milestone(
        id=f"t{shown.replace('.', '_')}{written_unit[0]}",
        label=f"{shown} {word}",
        value=number * DAYS[written_unit] / DAYS[unit],
    )
