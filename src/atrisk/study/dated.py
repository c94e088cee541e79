"""Endpoints made of dates: the start and the end of each row, and which column gave them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.columns import dates
from atrisk.study.completed import completed
from atrisk.study.derived.combined import How, chosen_among
from atrisk.study.truth import truth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from atrisk.study.completed import Completed
    from atrisk.study.endpoint_models import DatedEndpoint, DateEvent
    from atrisk.study.plan import CausePlan
    from atrisk.study.table import Table

__all__ = ["CUT_OFF", "Dated", "DatedRows", "dated_rows", "origin_dates", "start_dates"]

#: The place of the cut-off among what ends a row.
CUT_OFF = -2
_NEVER = np.datetime64("9999-12-31", "D")
_EVER = np.datetime64("0001-01-01", "D")
_NAT = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True)
class Dated:
    """A day for each row, and the column that gave it.

    Attributes
    ----------
    columns
        the columns that could.
    day
        shape (n,), NaT where none did.
    at
        shape (n,): position in ``columns``; -1 for none, `CUT_OFF` for the data cut-off.
    """

    columns: tuple[str, ...]
    day: NDArray[np.datetime64]
    at: NDArray[np.intp]

    def column(self, row: int) -> str:
        """Name the column that gave the day of a row, "" for none or the cut-off."""
        return self.columns[self.at[row]] if self.at[row] >= 0 else ""

    def names(self) -> NDArray[np.object_]:
        """Name the column of every row."""
        named = np.array([*self.columns, ""], dtype=object)
        return named[np.where(self.at < 0, len(self.columns), self.at)]


@dataclass(frozen=True, slots=True)
class DatedRows:
    """The start and the end of every row.

    Attributes
    ----------
    start, end
        when each row starts and ends.
    cause
        shape (n,): 0 censored, else the position of the event, from 1.
    before
        events and contacts before the start, one a column: name -> rows (n,).
    open
        what a missing value leaves open at a date that counts, or where the date itself is not
        known: column -> rows (n,).
    late
        shape (n,): the start lies after the cut-off.
    cut_short
        shape (n,): the cut-off ended the observation; None without one.
    contradicted
        events known to the month or the year only that have no possible day: column -> the column
        that leaves none -> rows (n,).
    narrowed
        where not the usual day of such a date is assumed, as other dates rule it out: column ->
        rows (n,).
    """

    start: Dated
    end: Dated
    cause: NDArray[np.int64]
    before: dict[str, NDArray[np.bool_]]
    open: dict[str, NDArray[np.bool_]]
    late: NDArray[np.bool_]
    cut_short: NDArray[np.bool_] | None
    contradicted: dict[str, dict[str, NDArray[np.bool_]]]
    narrowed: dict[str, NDArray[np.bool_]]


def _origin(
    table: Table, columns: Sequence[str], days: Mapping[str, NDArray[np.datetime64]]
) -> Dated:
    """Give the first date that exists of several columns, none where an earlier is not known."""
    found = _among(days, columns, "first")
    open_ = np.zeros(table.rows, dtype=bool)
    for place, column in enumerate(columns):
        open_ |= _undecided(table, column) & ((found.at < 0) | (found.at > place))
    if not open_.any():
        return found
    return Dated(found.columns, np.where(open_, _NAT, found.day), np.where(open_, -1, found.at))


def origin_dates(table: Table, columns: Sequence[str], date_format: str) -> NDArray[np.datetime64]:
    """Give the first date that exists of several columns, NaT where an earlier is not known."""
    return _origin(table, columns, {name: dates(table, name, date_format) for name in columns}).day


def start_dates(asked: DatedEndpoint, table: Table, date_format: str) -> NDArray[np.datetime64]:
    """Give the day on which the time of each row starts, NaT where there is none."""
    known = completed(asked, table, date_format)
    return _origin(table, asked.origin, known.start).day


def _undecided(table: Table, column: str) -> NDArray[np.bool_]:
    """Tell where forms say that there may be a date, but not which."""
    source = table.provenance
    none = np.zeros(table.rows, dtype=bool)
    return none if source is None else source.undecided(column) & table.missing[column]


def dated_rows(
    asked: DatedEndpoint, causes: Sequence[CausePlan], table: Table, date_format: str
) -> DatedRows:
    """Work out when each row starts, when it ends, and of what."""
    known = completed(asked, table, date_format)
    days = known.days
    start = _origin(table, asked.origin, known.start)
    contact = _among(days, asked.censor, "latest")
    events, open_ = _events(asked, causes, table, date_format, days)
    before = {
        name: _earlier(event.day, start.day) & (event.at == place)
        for event in events
        for place, name in enumerate(event.columns)
    }
    for place, name in enumerate(contact.columns):
        before[name] = before.get(name, False) | (
            _earlier(contact.day, start.day) & (contact.at == place)
        )
    for name in asked.not_before or ():
        before[name] = before.get(name, False) | _earlier(days[name], start.day)
    end, cause = _ends(asked, days, start, events, contact)
    cut_short = None
    late = np.zeros(table.rows, dtype=bool)
    if asked.cut_off is not None:
        cut_off = np.datetime64(asked.cut_off, "D")
        late = start.day > cut_off
        cut_short = end.day > cut_off  # comparisons with NaT are False
        end = Dated(
            end.columns,
            np.where(cut_short, cut_off, end.day),
            np.where(cut_short, CUT_OFF, end.at),
        )
        cause = np.where(cut_short, 0, cause)
    matters = {column: rows & ~(_day(end) < when) for column, (rows, when) in open_.items()}
    none = _contradicted(known, events, start)
    return DatedRows(start, end, cause, before, matters, late, cut_short, none, known.narrowed)


def _contradicted(
    known: Completed, events: list[Dated], start: Dated
) -> dict[str, dict[str, NDArray[np.bool_]]]:
    """Keep the events without a possible day that count."""
    counts: dict[str, NDArray[np.bool_]] = {}
    for event in events:
        for place, name in enumerate(event.columns):
            counts[name] = counts.get(name, False) | ((event.at == place) & ~np.isnat(start.day))
    return {
        name: {end: rows & counts[name] for end, rows in ends.items()}
        for name, ends in known.contradicted.items()
        if name in counts
    }


def _day(end: Dated) -> NDArray[np.datetime64]:
    return np.where(np.isnat(end.day), _NEVER, end.day)


def _earlier(day: NDArray[np.datetime64], start: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    return day < start  # comparisons with NaT are False


def _among(days: Mapping[str, NDArray[np.datetime64]], columns: Sequence[str], how: How) -> Dated:
    return _taken([days[column] for column in columns], columns, how)


def _taken(found: list[NDArray[np.datetime64]], columns: Sequence[str], how: How) -> Dated:
    at = chosen_among(found, how)
    days = np.array([*found, np.full(at.shape, _NAT)], dtype="datetime64[D]")
    return Dated(tuple(columns), days[at, np.arange(at.size)], at)


_Open = dict[str, "tuple[NDArray[np.bool_], NDArray[np.datetime64]]"]


def _events(
    asked: DatedEndpoint,
    causes: Sequence[CausePlan],
    table: Table,
    date_format: str,
    days: Mapping[str, NDArray[np.datetime64]],
) -> tuple[list[Dated], _Open]:
    """Give the day of each event where its condition holds, and what is open from which day on."""
    events: list[Dated] = []
    lacking: list[tuple[bool, dict[str, NDArray[np.bool_]]]] = []
    open_: _Open = {}
    for event, cause in zip(asked.events, causes, strict=True):
        found = _among(days, event.date, "earliest")
        undated = _undated(event, cause, table, found.day, date_format)
        if cause.condition is not None:
            answer = truth(cause.condition.tree, table, date_format)
            unknown = answer.unknown & ~np.isnat(found.day)
            for column in cause.condition.names:
                _leave_open(open_, column, unknown & table.missing[column], found.day)
            undated = {column: rows & ~answer.no for column, rows in undated.items()}
            found = Dated(
                found.columns,
                np.where(answer.yes, found.day, _NAT),
                np.where(answer.yes, found.at, -1),
            )
        events.append(found)
        lacking.append((event.final, undated))
    dated = ~np.logical_and.reduce([np.isnat(event.day) for event in events])
    for final, undated in lacking:
        for column, rows in undated.items():
            _leave_open(open_, column, rows & ~dated if final else rows, np.full(len(rows), _EVER))
    return events, open_


def _undated(
    event: DateEvent,
    cause: CausePlan,
    table: Table,
    day: NDArray[np.datetime64],
    date_format: str,
) -> dict[str, NDArray[np.bool_]]:
    """Tell by column where an event may have, or has, taken place on a day that is not known."""
    undated = {column: _undecided(table, column) for column in event.date}
    if cause.happened is not None:
        happened = truth(cause.happened.tree, table, date_format).yes & np.isnat(day)
        undated[event.date[0]] |= happened
    return undated


def _leave_open(
    open_: _Open, column: str, rows: NDArray[np.bool_], day: NDArray[np.datetime64]
) -> None:
    """Note that a column leaves rows open at a day; of several days the first counts."""
    known, when = open_.get(column, (np.zeros_like(rows), day))
    sooner = rows & (~known | (day < when))
    open_[column] = (known | rows, np.where(sooner, day, when))


def _ends(
    asked: DatedEndpoint,
    days: Mapping[str, NDArray[np.datetime64]],
    start: Dated,
    events: list[Dated],
    contact: Dated,
) -> tuple[Dated, NDArray[np.int64]]:
    """Take the first event, unless something else ended the observation before its day."""
    filled = np.array([np.where(np.isnat(event.day), _NEVER, event.day) for event in events])
    first, which = filled.min(axis=0), filled.argmin(axis=0)
    # argmin gives the first of equal dates, which is how the order of events breaks ties
    happened = first < _NEVER
    columns: list[str] = []
    places = np.full(first.shape, -1, dtype=np.intp)
    for position, event in enumerate(events):
        rows = happened & (which == position)
        places = np.where(rows, len(columns) + event.at, places)
        columns += event.columns
    day = np.where(happened, first, contact.day)
    places = np.where(happened | (contact.at < 0), places, len(columns) + contact.at)
    columns += contact.columns
    if asked.censor_at is not None:
        stop = _stops(asked.censor_at, days, start)
        ended = stop.day < np.where(np.isnat(day), _NEVER, day)
        day, happened = np.where(ended, stop.day, day), happened & ~ended
        places = np.where(ended, len(columns) + stop.at, places)
        columns += stop.columns
    cause = np.where(happened, which + 1, 0)
    return Dated(tuple(columns), day, places), cause


def _stops(
    columns: Sequence[str], days: Mapping[str, NDArray[np.datetime64]], start: Dated
) -> Dated:
    """Give the earliest day, not before the start, on which the observation is ended."""
    found = [np.where(days[name] < start.day, _NAT, days[name]) for name in columns]
    return _taken(found, columns, "earliest")
