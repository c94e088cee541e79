"""Endpoints made of dates: the start and the end of each row, and which column gave them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.columns import dates
from atrisk.study.derived.combined import chosen_among
from atrisk.study.truth import truth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from atrisk.study.endpoint_models import DatedEndpoint
    from atrisk.study.plan import CausePlan
    from atrisk.study.table import Table

__all__ = ["CUT_OFF", "Dated", "DatedRows", "dated_rows", "origin_dates"]

#: The place of the cut-off among what ends a row.
CUT_OFF = -2
_NEVER = np.datetime64("9999-12-31", "D")
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
        conditions that a missing value leaves open at a date that counts: column -> rows (n,).
    late
        shape (n,): the start lies after the cut-off.
    cut_short
        shape (n,): the cut-off ended the observation; None without one.
    """

    start: Dated
    end: Dated
    cause: NDArray[np.int64]
    before: dict[str, NDArray[np.bool_]]
    open: dict[str, NDArray[np.bool_]]
    late: NDArray[np.bool_]
    cut_short: NDArray[np.bool_] | None


def origin_dates(table: Table, columns: Sequence[str], date_format: str) -> Dated:
    """Give the first date that exists of several columns."""
    return _among(table, columns, date_format, "first")


def dated_rows(
    asked: DatedEndpoint, causes: Sequence[CausePlan], table: Table, date_format: str
) -> DatedRows:
    """Work out when each row starts, when it ends, and of what."""
    start = origin_dates(table, asked.origin, date_format)
    contact = _among(table, asked.censor, date_format, "latest")
    events, open_ = _events(asked, causes, table, date_format)
    before = {
        name: _earlier(event.day, start.day) & (event.at == place)
        for event in events
        for place, name in enumerate(event.columns)
    }
    for place, name in enumerate(contact.columns):
        before[name] = before.get(name, False) | (
            _earlier(contact.day, start.day) & (contact.at == place)
        )
    end, cause = _ends(asked, table, date_format, start, events, contact)
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
    return DatedRows(start, end, cause, before, matters, late, cut_short)


def _day(end: Dated) -> NDArray[np.datetime64]:
    return np.where(np.isnat(end.day), _NEVER, end.day)


def _earlier(day: NDArray[np.datetime64], start: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    return day < start  # comparisons with NaT are False


def _among(table: Table, columns: Sequence[str], date_format: str, how: str) -> Dated:
    found = [dates(table, column, date_format) for column in columns]
    at = chosen_among(found, how)  # type: ignore[arg-type]
    days = np.array([*found, np.full(table.rows, _NAT)], dtype="datetime64[D]")
    return Dated(tuple(columns), days[at, np.arange(table.rows)], at)


_Open = dict[str, "tuple[NDArray[np.bool_], NDArray[np.datetime64]]"]


def _events(
    asked: DatedEndpoint, causes: Sequence[CausePlan], table: Table, date_format: str
) -> tuple[list[Dated], _Open]:
    """Give the day of each event where its condition holds, and where that is open and when."""
    events: list[Dated] = []
    open_: _Open = {}
    for event, cause in zip(asked.events, causes, strict=True):
        found = _among(table, event.date, date_format, "earliest")
        if cause.condition is not None:
            answer = truth(cause.condition.tree, table, date_format)
            unknown = answer.unknown & ~np.isnat(found.day)
            for column in cause.condition.names:
                rows = unknown & table.missing[column]
                known, when = open_.get(column, (np.zeros_like(rows), found.day))
                sooner = rows & (~known | (found.day < when))
                open_[column] = (known | rows, np.where(sooner, found.day, when))
            found = Dated(
                found.columns,
                np.where(answer.yes, found.day, _NAT),
                np.where(answer.yes, found.at, -1),
            )
        events.append(found)
    return events, open_


def _ends(
    asked: DatedEndpoint,
    table: Table,
    date_format: str,
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
    places = np.full(table.rows, -1, dtype=np.intp)
    for position, event in enumerate(events):
        rows = happened & (which == position)
        places = np.where(rows, len(columns) + event.at, places)
        columns += event.columns
    day = np.where(happened, first, contact.day)
    places = np.where(happened | (contact.at < 0), places, len(columns) + contact.at)
    columns += contact.columns
    if asked.censor_at is not None:
        stop = _stops(asked.censor_at, table, date_format, start)
        ended = stop.day < np.where(np.isnat(day), _NEVER, day)
        day, happened = np.where(ended, stop.day, day), happened & ~ended
        places = np.where(ended, len(columns) + stop.at, places)
        columns += stop.columns
    cause = np.where(happened, which + 1, 0)
    return Dated(tuple(columns), day, places), cause


def _stops(columns: Sequence[str], table: Table, date_format: str, start: Dated) -> Dated:
    """Give the earliest day, not before the start, on which the observation is ended."""
    days = []
    for column in columns:
        found = dates(table, column, date_format)
        days.append(np.where(found < start.day, _NAT, found))
    at = chosen_among(days, "earliest")
    table_of_days = np.array([*days, np.full(table.rows, _NAT)], dtype="datetime64[D]")
    return Dated(tuple(columns), table_of_days[at, np.arange(table.rows)], at)
