"""Points of curves, their medians and numbers at risk, brought to one unit and one set."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from atrisk.evidence.audit.printed_floats import Reach, reach
from atrisk.evidence.paper import AtRisk, MedianTime, Survival

if TYPE_CHECKING:
    from atrisk.evidence.audit.book import Book
    from atrisk.evidence.printed import Printed

__all__ = [
    "Curve",
    "Point",
    "Row",
    "curve_of",
    "endpoint_class",
    "median_span",
    "points",
    "rows",
    "same_time",
    "size_of",
    "ties_at",
    "time_span",
]

_MONTHS = {"days": 12.0 / 365.25, "weeks": 84.0 / 365.25, "months": 1.0, "years": 12.0}
_COARSE = 0.02  # a month may be 28 to 31 days and a year 360 to 366
_CALENDAR = {"months", "years"}


class Curve(NamedTuple):
    """What is followed in whom: study, arm, set, endpoint in lower case."""

    study: str | None
    arm: str | None
    of: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Point:
    """An estimate of a curve: the time in its own unit, the probability between 0 and 1."""

    statement: Survival
    curve: Curve
    time: float
    value: Reach
    decimals: int

    @property
    def at(self) -> str:
        """Where the estimate stands."""
        return f"{self.statement.id}.estimate"

    @property
    def words(self) -> str:
        """Such as ``os at 12 months: 53 %``."""
        s = self.statement
        sign = " %" if s.scale == "percent" else " (a fraction)"
        unit = s.time_unit.removesuffix("s") if self.time == 1.0 else s.time_unit
        return f"{s.endpoint} at {self.time:g} {unit}: {s.estimate}{sign}"

    @property
    def survival(self) -> bool:
        """Whether it is of those still without the event."""
        return self.statement.what == "survival"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of numbers at risk; ``times`` is None where no time of it is printed."""

    statement: AtRisk
    curve: Curve
    times: tuple[float, ...] | None
    n: tuple[int, ...]

    def at(self, place: int) -> str:
        """Where a number stands."""
        return f"{self.statement.id}.n[{place}]"


def curve_of(statement: Survival | MedianTime | AtRisk) -> Curve:
    """Say which curve a statement is of."""
    endpoint = re.sub(r"\s+", " ", statement.endpoint.strip().lower())
    return Curve(statement.study, statement.arm, statement.of, endpoint)


def points(book: Book) -> list[Point]:
    """List the estimates of curves that have a time."""
    found = []
    for statement in book.of_kind(Survival):
        estimate, time = book.printed(statement, "estimate"), book.printed(statement, "time")
        if estimate is None or time is None:
            continue
        factor = 0.01 if statement.scale == "percent" else 1.0
        value = _held(reach(estimate, factor))
        found.append(
            Point(statement, curve_of(statement), float(time.value), value, estimate.decimals)
        )
    return found


def _held(value: Reach) -> Reach:
    return Reach(min(max(value.low, 0.0), 1.0), max(min(value.high, 1.0), 0.0))


def rows(book: Book) -> list[Row]:
    """List the rows of numbers at risk; sums of weights, which are not whole, are left out."""
    found = []
    for statement in book.of_kind(AtRisk):
        numbers = [book.numbers[f"{statement.id}.n[{i}]"] for i in range(len(statement.n))]
        counts = tuple(int(number.value) for number in numbers if number is not None)
        whole = all(number is not None and number.value.denominator == 1 for number in numbers)
        if whole:
            times = _times(book, statement)
            found.append(Row(statement, curve_of(statement), times, counts))
    return found


def _times(book: Book, statement: AtRisk) -> tuple[float, ...] | None:
    if statement.times is not None:
        given = [book.numbers[f"{statement.id}.times[{i}]"] for i in range(len(statement.times))]
        known = tuple(float(number.value) for number in given if number is not None)
        return known if len(known) == len(statement.n) else None
    step = book.printed(statement, "step")
    if step is None:
        return None
    return tuple(float(step.value) * i for i in range(len(statement.n)))


def time_span(value: Reach, unit: str, wanted: str) -> Reach:
    """Bring times to another unit; days and weeks against months and years only roughly."""
    factor = _MONTHS[unit] / _MONTHS[wanted]
    if unit == wanted or {unit, wanted} <= _CALENDAR:
        return value.scaled(factor)
    return Reach(value.low * factor * (1.0 - _COARSE), value.high * factor * (1.0 + _COARSE))


def same_time(point: Point, row: Row) -> int | None:
    """Find the number at risk at the time of an estimate."""
    if row.times is None:
        return None
    time = time_span(Reach(point.time, point.time), point.statement.time_unit, row.statement.unit)
    for place, tick in enumerate(row.times):
        if time.low - 1e-9 <= tick <= time.high + 1e-9:
            return place
    return None


_SAME_DAY = 200
"""One of so many patients may have the event on the very day of a number at risk."""


def ties_at(book: Book, row: Row, place: int) -> tuple[int, int]:
    """Bound the events at the very time of a number at risk that is counted before them.

    Returns
    -------
    a day, all : int
        where times are recorded to the day; and in whole months, when all who leave before the
        next number may do so at once. The same if a median shows that times are not whole months.
    """
    day = 1 + max(row.n) // _SAME_DAY
    if _to_the_day(book):
        return day, day
    after = row.n[place + 1] if place + 1 < len(row.n) else 0
    return day, max(day, row.n[place] - after)


def _to_the_day(book: Book) -> bool:
    """Tell whether a median of the paper's patients is no whole or half month."""
    for median in book.of_kind(MedianTime):
        if median.study is not None:
            continue
        given = [book.printed(median, field) for field in ("estimate", "lower", "upper")]
        for number in given:
            if number is not None and median.unit == "months" and number.decimals > 0:
                low, high = Fraction(number.low) * 2, Fraction(number.high) * 2
                if number.relation == "=" and math.floor(high) < math.ceil(low):
                    return True
    return False


def median_span(book: Book, median: MedianTime, field: str, unit: str) -> Reach | None:
    """Give a median or its bound in a unit; None where it is not given or not reached."""
    number = book.printed(median, field)
    return None if number is None else time_span(reach(number), median.unit, unit)


def size_of(book: Book, name: str) -> tuple[str, int] | None:
    """Give the address and size of a set; None where it is not printed as a whole number."""
    size = book.size(name)
    if size is None or not _is_count(size[1]):
        return None
    return size[0], int(size[1].value)


def _is_count(number: Printed) -> bool:
    return number.relation == "=" and number.value.denominator == 1 and number.value > 0


_CLASSES = (
    ("relapse", r"\bcir\b|incidence of relapse|^relapse( rate| incidence)?$|\bcri?r\b"),
    (
        "death",
        (
            r"\bcid\b|\bnrm\b|\btrm\b|non.?relapse mortality|death in (cr|remission|complete)"
            r"|treatment.related mortality|incidence of (non.?relapse )?death"
        ),
    ),
    (
        "event-free",
        r"\b(efs|rfs|pfs|dfs|lfs)\b|(event|relapse|progression|disease|leuka?emia).free survival",
    ),
    ("overall", r"\bos\b|overall survival"),
)


def endpoint_class(endpoint: str) -> str:
    """Say what an endpoint counts: relapse, death (without it), event-free, overall; or nothing.

    Examples
    --------
    >>> endpoint_class("RFS"), endpoint_class("cumulative incidence of relapse")
    ('event-free', 'relapse')
    """
    for name, words in _CLASSES:
        if re.search(words, endpoint.replace("_", " "), re.IGNORECASE):
            return name
    return ""
