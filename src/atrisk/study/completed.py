"""Dates of an endpoint that are not known to the day, completed within what its dates leave."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.columns import dates
from atrisk.study.derived.combined import chosen_among
from atrisk.study.derived.periods import day_within, period, usual_day
from atrisk.study.standards import DEATH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from atrisk.study.endpoint_models import DatedEndpoint
    from atrisk.study.table import Table

__all__ = ["Completed", "completed"]

_NEVER = np.datetime64("9999-12-31", "D")
_EVER = np.datetime64("0001-01-01", "D")


@dataclass(frozen=True, slots=True)
class Completed:
    """The days of every column that an endpoint reads.

    Attributes
    ----------
    days
        column -> shape (n,), NaT where there is none; of a column of the start, as events have it.
    start
        column -> its days where it gives the start.
    narrowed
        column -> rows in which not the usual day is assumed, because other dates rule it out.
    contradicted
        column of an event -> column -> rows in which that one's date leaves no day for the event.
    """

    days: dict[str, NDArray[np.datetime64]]
    start: dict[str, NDArray[np.datetime64]]
    narrowed: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    contradicted: dict[str, dict[str, NDArray[np.bool_]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Read:
    """The columns of an endpoint by what they say, their days, and the days they may have been."""

    asked: DatedEndpoint
    day: dict[str, NDArray[np.datetime64]]
    first: dict[str, NDArray[np.datetime64]]
    last: dict[str, NDArray[np.datetime64]]
    partial: dict[str, NDArray[np.bool_]]
    assumed: str

    @property
    def deaths(self) -> list[str]:
        """Name the columns after whose day nothing happens."""
        asked = self.asked
        named = {name for event in asked.events if event.final for name in event.date}
        named |= set(asked.censor_at or ()) & set(asked.not_before or ()) | {DEATH}
        return [name for name in self.day if name in named]

    @property
    def events(self) -> list[str]:
        """Name the columns of the other events."""
        columns = dict.fromkeys(name for event in self.asked.events for name in event.date)
        return [name for name in columns if name not in self.deaths]

    def exact(self, name: str) -> NDArray[np.datetime64]:
        """Give the days of a column that are known to the day."""
        return np.where(self.partial[name], np.datetime64("NaT"), self.day[name])


def completed(asked: DatedEndpoint, table: Table, date_format: str) -> Completed:
    """Complete the dates that are not known to the day.

    The usual day is kept where it is possible, else one of the possible days is assumed: of the
    start, up to the first of what ends it; of an event, from the start up to death, or the last
    contact of who did not die; of death, from the last day on which the patient was alive. None is
    after the cut-off where it need not be.
    """
    read = _read(asked, table, date_format)
    found = Completed(dict(read.day), {name: read.day[name] for name in asked.origin})
    if not any(rows.any() for rows in read.partial.values()):
        return found
    start = _start(read, found)
    for name in read.events:
        _complete_event(read, found, name, start)
    for name in asked.censor_at or ():
        if name not in {*read.events, *read.deaths}:
            _complete_event(read, found, name, start)
    for name in read.deaths:
        low = _latest([read.first[name], start, *_alive(read, found, name)])
        _settle(read, found, name, low, read.last[name])
    for name in asked.censor:
        if name not in {*read.events, *read.deaths, *(asked.censor_at or ())}:
            low = _latest([read.first[name], start])
            high = _above(_earliest(read.last[death] for death in read.deaths), low)
            _settle(read, found, name, low, _earliest([read.last[name], high]))
    return found


def _read(asked: DatedEndpoint, table: Table, date_format: str) -> _Read:
    names = [*asked.origin, *(name for event in asked.events for name in event.date)]
    names += [*asked.censor, *(asked.censor_at or ()), *(asked.not_before or ())]
    source = table.provenance
    read = _Read(asked, {}, {}, {}, {}, "middle" if source is None else source.partial_dates)
    for name in dict.fromkeys(names):
        day = dates(table, name, date_format)
        precision = None if source is None else source.precision(name)
        read.day[name] = day
        read.first[name], read.last[name] = period(day, precision)
        none = np.zeros(table.rows, dtype=bool)
        read.partial[name] = none if precision is None else (precision > 0) & ~np.isnat(day)
    return read


def _start(read: _Read, found: Completed) -> NDArray[np.datetime64]:
    """Complete the start: up to the first of what cannot be before it."""
    asked = read.asked
    at = chosen_among([read.day[name] for name in asked.origin], "first")
    start = np.full(at.shape, np.datetime64("NaT"), dtype="datetime64[D]")
    contact = _latest(read.last[name] for name in asked.censor)
    ends = [read.last[name] for name in {*read.events, *read.deaths, *(asked.not_before or ())}]
    for place, name in enumerate(asked.origin):
        here = at == place
        low = read.first[name]
        high = _earliest([read.last[name], *(_above(end, low) for end in (*ends, contact))])
        _settle(read, found, name, low, high, rows=here, into=found.start)
        start = np.where(here, found.start[name], start)
    return start


def _complete_event(
    read: _Read, found: Completed, name: str, start: NDArray[np.datetime64]
) -> None:
    """Complete an event: from the start to death, or to the last contact of who did not die."""
    low = _latest([read.first[name], start])
    closed = np.zeros(low.shape, dtype=bool)
    high = read.last[name]
    contact = [other for other in read.asked.censor if other != name]
    deaths = read.deaths
    for group, known, choose in (
        (deaths, [read.last[end] for end in deaths], _earliest),
        (contact, [read.exact(end) for end in contact], _latest),
    ):
        if not group:
            continue
        bound = choose(known)
        there = ~closed & ~np.isnat(bound)
        closed |= ~np.isnat(bound)
        high = np.where(there & (bound < high), bound, high)
        empty = read.partial[name] & there & (bound < low)
        empty &= ~(read.last[name] < start) & ~(bound < start)
        for end, day in zip(group, known, strict=True):
            if (rows := empty & (day == bound)).any():
                found.contradicted.setdefault(name, {})[end] = rows
                empty &= ~rows
    _settle(read, found, name, low, high)


def _alive(read: _Read, found: Completed, death: str) -> list[NDArray[np.datetime64]]:
    """Give the days, up to the end of the period of death, on which the patient was alive."""
    last = read.last[death]
    contacts = [read.exact(name) for name in read.asked.censor]
    others = [name for name in found.days if name not in {*read.deaths, *read.asked.censor}]
    events = [found.days[name] for name in (*others, *read.events)]
    return [np.where(day <= last, day, np.datetime64("NaT")) for day in (*contacts, *events)]


def _settle(
    read: _Read,
    found: Completed,
    name: str,
    low: NDArray[np.datetime64],
    high: NDArray[np.datetime64],
    *,
    rows: NDArray[np.bool_] | None = None,
    into: dict[str, NDArray[np.datetime64]] | None = None,
) -> None:
    """Assume a day from ``low`` to ``high`` where the date is partial and there is such a day."""
    days = found.days if into is None else into
    if read.asked.cut_off is not None:
        cut_off = np.full(low.shape, np.datetime64(read.asked.cut_off, "D"))
        high = _earliest([high, _above(cut_off, low)])
    open_ = read.partial[name] & (low <= high)
    if rows is not None:
        open_ &= rows
    moved = day_within(read.day[name], low, high, read.assumed)
    days[name] = np.where(open_, moved, days[name])
    usual = usual_day(read.first[name], read.last[name], read.assumed)
    narrowed = open_ & (days[name] != usual)
    found.narrowed[name] = found.narrowed.get(name, False) | narrowed


def _above(day: NDArray[np.datetime64], low: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Keep the days that are not before another: only those can be a bound."""
    return np.where(day >= low, day, np.datetime64("NaT"))


def _earliest(days: Iterable[NDArray[np.datetime64]]) -> NDArray[np.datetime64]:
    """Give the earliest of several days, NaT where there is none."""
    return _extreme(list(days), np.minimum, _NEVER)


def _latest(days: Iterable[NDArray[np.datetime64]]) -> NDArray[np.datetime64]:
    return _extreme(list(days), np.maximum, _EVER)


def _extreme(
    days: list[NDArray[np.datetime64]], take: np.ufunc, gap: np.datetime64
) -> NDArray[np.datetime64]:
    if not days:
        return np.array(np.datetime64("NaT"), dtype="datetime64[D]")
    made = take.reduce([np.where(np.isnat(day), gap, day) for day in days])
    return np.where(made == gap, np.datetime64("NaT"), made)
