"""Endpoints worked out patient by patient in plain Python, from the words of their definitions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

UNKNOWN = "UNK"
NO_DAY = "no day of an event is possible"
BEFORE, LATE, LACKING = "end before start", "start after cut-off", "a date is not known"


@dataclass
class Partial:
    """A date known to the month or the year: the days it may have been, and that assumed."""

    first: dt.date
    last: dt.date
    usual: dt.date


@dataclass
class Event:
    """An event of one patient: its day; ``open``: the day is known, whether it counts is not.

    ``wrong``: the patient died, or was last seen, before any day that the date can be.
    """

    day: dt.date | None
    undated: bool = False
    open: bool = False
    final: bool = False
    wrong: bool = False


@dataclass
class Ended:
    """What became of a patient: in use with time and cause (0 censored), or left out and why."""

    time: int = -1
    cause: int = -1
    end: dt.date | None = None
    left_out: str = ""


@dataclass
class Rule:
    """How observation ends."""

    contacts: list[Any]
    stops: list[Any] = field(default_factory=list)
    not_before: list[Any] = field(default_factory=list)
    cut_off: dt.date | None = None
    count_day: int = 0


def written(text: str) -> dt.date | Partial | str | None:
    """Read an entry: a date, one that is partial, UNKNOWN, or None."""
    if text in {"", "NA", "ND"}:
        return None
    if text == "UNK":
        return UNKNOWN
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 3:
        return dt.date(*parts)
    if len(parts) == 2:
        first = dt.date(*parts, 1)
        last = dt.date(parts[0] + parts[1] // 12, parts[1] % 12 + 1, 1) - dt.timedelta(1)
        return Partial(first, last, first.replace(day=15))
    year = parts[0]
    return Partial(dt.date(year, 1, 1), dt.date(year, 12, 31), dt.date(year, 7, 1))


def within(date: Partial, low: dt.date, high: dt.date, cut_off: dt.date | None) -> dt.date:
    """Assume the usual day, or the middle of the possible ones; the usual where none is."""
    if cut_off is not None and cut_off >= low:
        high = min(high, cut_off)
    if low > high or low <= date.usual <= high:
        return date.usual
    return low + (high - low) // 2


@dataclass
class Dates:
    """The dates of one patient by name, and what each is to an endpoint."""

    dates: dict[str, Any]
    origin: list[str]
    events: list[str]
    deaths: list[str]
    contacts: list[str]
    stops: list[str]
    not_before: list[str]
    cut_off: dt.date | None

    def last(self, name: str) -> dt.date | None:
        """Give the last day that a date may have been."""
        date = self.dates[name]
        return date.last if isinstance(date, Partial) else date if date != UNKNOWN else None

    def start(self) -> Any:
        """Complete the start: it is not after the first of what ends it."""
        date = first_known([self.dates[name] for name in self.origin])
        if not isinstance(date, Partial):
            return date
        ends = [self.last(name) for name in (*self.events, *self.deaths, *self.not_before)]
        ends.append(max((d for d in map(self.last, self.contacts) if d), default=None))
        high = min([date.last, *(day for day in ends if day is not None and day >= date.first)])
        return within(date, date.first, high, self.cut_off)

    def complete(self, start: dt.date) -> tuple[dict[str, Any], set[str]]:
        """Complete all dates, and name the events for which no day is possible."""
        days = {n: d.usual if isinstance(d, Partial) else d for n, d in self.dates.items()}
        wrong = set()
        ended = min((d for d in map(self.last, self.deaths) if d), default=None)
        for name in dict.fromkeys(n for n in (*self.events, *self.stops) if n not in self.deaths):
            date = self.dates[name]
            if not isinstance(date, Partial):
                continue
            seen = [self.dates[n] for n in self.contacts if n != name]
            seen = max((day for day in seen if isinstance(day, dt.date)), default=None)
            bound = ended or seen or date.last
            low = max(date.first, start)
            days[name] = within(date, low, min(date.last, bound), self.cut_off)
            if bound < low and date.last >= start and bound >= start:
                wrong.add(name)
        alive = [days[name] for name in self.contacts if not isinstance(self.dates[name], Partial)]
        alive += [
            day
            for name, day in days.items()
            if name not in self.deaths and (name not in self.contacts or name in self.events)
        ]
        for name in self.deaths:
            date = self.dates[name]
            if isinstance(date, Partial):
                before = [d for d in alive if isinstance(d, dt.date) and d <= date.last]
                days[name] = within(date, max(date.first, start, *before), date.last, self.cut_off)
        for name in self.contacts:
            date = self.dates[name]
            if isinstance(date, Partial) and name not in {*self.events, *self.deaths, *self.stops}:
                low = max(date.first, start)
                high = min(date.last, ended) if ended and ended >= low else date.last
                days[name] = within(date, low, high, self.cut_off)
        return days, wrong


def first_known(values: list[Any]) -> dt.date | str | None:
    """Give the first that exists; UNKNOWN if one before it may exist."""
    return next((value for value in values if value is not None), None)


def ended(start: Any, events: list[Event], rule: Rule) -> Ended:
    """Follow one patient."""
    if not isinstance(start, dt.date):
        return Ended(left_out=LACKING)
    counted = [event for event in events if event.day is not None and not event.open]
    contact = max((day for day in rule.contacts if isinstance(day, dt.date)), default=None)
    early = [*(event.day for event in counted), contact, *rule.not_before]
    if any(isinstance(day, dt.date) and day < start for day in early):
        return Ended(left_out=BEFORE)
    if any(event.wrong for event in counted):
        return Ended(left_out=NO_DAY)
    if rule.cut_off is not None and start > rule.cut_off:
        return Ended(left_out=LATE)
    end, cause = _end(start, events, counted, contact, rule)
    if end is None or any(_undecided(event, counted, end) for event in events):
        return Ended(left_out=LACKING)
    return Ended((end - start).days + rule.count_day, cause, end)


def _end(
    start: dt.date, events: list[Event], counted: list[Event], contact: Any, rule: Rule
) -> tuple[Any, int]:
    """Say when observation ends, and of which event, 0 for none."""
    end, cause = contact, 0
    if counted:
        end = min(event.day for event in counted)
        cause = next(n for n, one in enumerate(events, 1) if one in counted and one.day == end)
    stops = [day for day in rule.stops if isinstance(day, dt.date) and day >= start]
    if stops and (end is None or min(stops) < end):
        end, cause = min(stops), 0
    if rule.cut_off is not None and end is not None and end > rule.cut_off:
        return rule.cut_off, 0
    return end, cause


def _undecided(event: Event, counted: list[Event], end: dt.date) -> bool:
    """Tell whether an event may have ended the time before it ended."""
    if event.undated and not (event.final and counted):
        return True
    return event.open and event.day is not None and event.day <= end
