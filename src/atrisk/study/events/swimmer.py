"""The analysis ``swimmer``: a bar a patient, with what happened on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError
from atrisk.study.axis import axis_node
from atrisk.study.columns import codes, dates, is_number_column, numbers
from atrisk.study.dated import origin_dates
from atrisk.study.events.shown import holds, record_name
from atrisk.study.groups import level_ids
from atrisk.study.units import DAYS, milestone
from atrisk.study.values import Entries, plain, time_value, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atrisk.study.event_analyses import SwimmerAnalysis
    from atrisk.study.events.shown import Shown
    from atrisk.study.plan import Plan
    from atrisk.study.table import LeftOut, Table

__all__ = ["swimmer"]

#: Of the bars of a figure; more cannot be told apart without colour.
_MOST_TINTS = 4
_MOST_FIGURES = 20
_STATUS = ("alive", "dead", "unknown")


@dataclass(frozen=True, slots=True)
class _Bars:
    """The bars of n patients, in the time unit of the study.

    Attributes
    ----------
    end
        shape (n,): the length, NaN where it is not known.
    status
        shape (n,): positions in `_STATUS`.
    limit
        shape (n,): the data cut-off, infinite without one.
    start
        shape (n,): the day of the start; None where columns are times.
    """

    end: NDArray[np.float64]
    status: NDArray[np.int64]
    limit: NDArray[np.float64]
    start: NDArray[np.datetime64] | None


@dataclass(frozen=True, slots=True)
class _Mark:
    """Something marked: its times, each with the row of the patient."""

    label: str
    row: NDArray[np.int64]
    time: NDArray[np.float64]
    undated: int


def swimmer(asked: SwimmerAnalysis, study: Plan, found: Shown) -> tuple[dict[str, Any], Entries]:
    """Make the bars and the marks; keys are those below the analysis."""
    table = found.table
    if len(found.groups) > _MOST_TINTS:
        raise InputError(
            f"'by' makes {len(found.groups)} groups; bars have {_MOST_TINTS} tints that stay apart"
            " in grey print. Name a variable with fewer levels."
        )
    bars = _bars(asked, study, table)
    left_out, used = _unusable(asked, table, bars)
    rows = np.flatnonzero(used)
    if not rows.size:
        raise InputError(
            "no patient has a bar: the start or the end is missing, or the end is before the start,"
            " for all. Check 'start' and 'bars'."
        )
    if rows.size > _MOST_FIGURES * asked.most:
        raise InputError(
            f"{rows.size} patients have a bar, more than {_MOST_FIGURES} figures of {asked.most}"
            " can show ('most'). Choose patients by 'where', such as those with the event, or"
            " leave this figure out."
        )
    marks = [_mark(mark, study, table, bars) for mark in asked.marks or ()]
    blocks: dict[int, list[list[float]]] = {}
    notes: list[str] = []
    if asked.cycles:
        blocks, calls, said = _from_forms(table, bars, study)
        marks = [*calls, *marks]
        notes += said
    ids = level_ids(mark.label for mark in marks)
    order = _order(asked, study, table, bars, rows, marks)
    end = max(float(bars.end[rows].max()), DAYS["days"] / DAYS[study.clock.unit])
    if asked.until is not None:
        end = milestone(asked.until, study.clock.unit).value
    node = {
        "origin": study.data.origin,
        "labels": asked.labels,
        "most": asked.most,
        "order": asked.order,
        "cut_off": None if asked.cut_off is None else asked.cut_off.isoformat(),
        "blocks": bool(asked.cycles),
        "axis": axis_node(end, study.clock),
        "marks": [{"id": one.id, "label": one.label} for one in ids],
        "patients": [
            _patient(number, row, asked, found, bars, blocks, marks, [one.id for one in ids])
            for number, row in enumerate(order, start=1)
        ],
        "notes": [*notes, *_notes(marks, bars, rows, asked)],
        "left_out": left_out,
    }
    keys = dict(zip((one.id for one in ids), marks, strict=True))
    return node, _entries(study, found, bars, rows, keys)


def _bars(asked: SwimmerAnalysis, study: Plan, table: Table) -> _Bars:
    none = np.full(table.rows, np.inf)
    start = None
    if asked.start is not None:
        start = origin_dates(table, asked.start, study.data.date_format)
        if asked.cut_off is not None:
            none = _since(np.datetime64(asked.cut_off, "D"), start, study)
    times = [_times(table, name, start, study) for name in asked.bars or ()]
    end = np.fmax.reduce(np.column_stack(times), axis=1)
    dead, unknown = holds(asked.dead, study, table)
    status = np.where(dead, 1, np.where(unknown, 2, 0))
    cut = end > none
    return _Bars(np.where(cut, none, end), np.where(cut, 0, status), none, start)


def _times(
    table: Table, column: str, start: NDArray[np.datetime64] | None, study: Plan
) -> NDArray[np.float64]:
    if start is None:
        return numbers(table, column, f"times in {study.data.time_unit}")
    return _since(dates(table, column, study.data.date_format), start, study)


def _since(
    day: NDArray[np.datetime64] | np.datetime64, start: NDArray[np.datetime64], study: Plan
) -> NDArray[np.float64]:
    days = (day - start) / np.timedelta64(1, "D")
    none = np.isnat(day) | np.isnat(start)
    return np.asarray(np.where(none, np.nan, days) / DAYS[study.clock.unit], dtype=np.float64)


def _unusable(
    asked: SwimmerAnalysis, table: Table, bars: _Bars
) -> tuple[list[LeftOut], NDArray[np.bool_]]:
    """List the patients who have no bar, and why."""
    unstarted = np.zeros(table.rows, dtype=bool) if bars.start is None else np.isnat(bars.start)
    ends, starts = asked.bars or (), asked.start or ()
    left_out: list[LeftOut] = []
    used = np.ones(table.rows, dtype=bool)
    for rows, columns, reason in (
        (unstarted, starts, "the start of the bar is missing"),
        (~unstarted & np.isnan(bars.end), ends, "the end of the bar is missing"),
        (bars.end < 0, (*starts, *ends), "the end of the bar is before its start"),
    ):
        left_out += table.left_out(np.flatnonzero(rows & used).tolist(), columns, reason)
        used &= ~rows
    return left_out, used


def _mark(mark: Any, study: Plan, table: Table, bars: _Bars) -> _Mark:  # noqa: ANN401 - of the file
    time = _times(table, mark.column, bars.start, study)
    happened = ~np.isnan(time)
    unknown = np.zeros(table.rows, dtype=bool)
    if mark.happened is not None:
        happened, unknown = holds(mark.happened, study, table)
    dated = happened & ~np.isnan(time)
    source = table.provenance
    if source is not None and mark.happened is None:
        unknown = source.undecided(mark.column) & np.isnan(time)
    rows = np.flatnonzero(dated & (time <= bars.limit))
    return _Mark(mark.label, rows, time[rows], int((unknown | (happened & ~dated)).sum()))


def _from_forms(
    table: Table, bars: _Bars, study: Plan
) -> tuple[dict[int, list[list[float]]], list[_Mark], list[str]]:
    """Take cycles and the centre's calls from the forms."""
    from atrisk.study.clinical.analyses import records_kept
    from atrisk.study.clinical.infusions import timeline
    from atrisk.study.events.course import calls_marked, cycles_drawn

    source = table.provenance
    if source is None or bars.start is None:
        raise InputError("cycles are dated: name the column of the first day in 'start'.")
    start = np.where(np.isnat(bars.start), np.nan, bars.start.astype("datetime64[D]").astype("f8"))
    line = timeline(records_kept(source.records, source.at))
    unit = DAYS[study.clock.unit]
    blocks, undated = cycles_drawn(line, start, unit, bars.limit)
    notes = []
    if undated:
        verb = "cycle of INO has" if undated == 1 else "cycles of INO have"
        notes.append(f"{undated} {verb} no known date and no block.")
    marks = []
    for label, rows, time, lost in calls_marked(line, start, unit):
        kept = time <= bars.limit[rows]
        marks.append(_Mark(label, rows[kept], time[kept], lost))
    return blocks, marks, notes


def _order(
    asked: SwimmerAnalysis,
    study: Plan,
    table: Table,
    bars: _Bars,
    rows: NDArray[np.int64],
    marks: list[_Mark],
) -> list[int]:
    """Sort patients by a column, then the longest bar first; equal ones by all that is drawn."""
    drawn: dict[int, list[tuple[int, float]]] = {row: [] for row in rows.tolist()}
    for place, mark in enumerate(marks):
        for row, time in zip(mark.row.tolist(), mark.time.tolist(), strict=True):
            if row in drawn:
                drawn[row].append((place, time))
    first = np.zeros(table.rows) if asked.order == "follow_up" else _rank(asked.order, study, table)
    named = table.records or ("",) * table.rows
    return sorted(
        rows.tolist(),
        key=lambda row: (
            float(first[row]),
            -float(bars.end[row]),
            int(bars.status[row]),
            drawn[row],
            named[row],
        ),
    )


def _rank(column: str, study: Plan, table: Table) -> NDArray[np.float64]:
    values = table.columns[column]
    if is_number_column(table, column):
        rank = numbers(table, column)
    elif values.dtype.kind == "M":
        days = dates(table, column, study.data.date_format)
        rank = np.where(np.isnat(days), np.nan, days.astype("datetime64[D]").astype("f8"))
    else:
        found = codes(table, column)
        rank = np.where(found.codes < 0, np.nan, found.codes).astype(np.float64)
    return np.where(np.isnan(rank), np.inf, rank)


def _patient(
    number: int,
    row: int,
    asked: SwimmerAnalysis,
    found: Shown,
    bars: _Bars,
    blocks: dict[int, list[list[float]]],
    marks: list[_Mark],
    ids: list[str],
) -> dict[str, Any]:
    record = {"record": record_name(found.table, row)} if asked.labels == "record" else {}
    happened = [
        [name, plain(time)]
        for name, mark in zip(ids, marks, strict=True)
        for time in np.sort(mark.time[mark.row == row]).tolist()
    ]
    return {
        "number": number,
        **record,
        "group": found.group_id(row),
        "end": plain(bars.end[row]),
        "status": _STATUS[bars.status[row]],
        "cycles": blocks.get(row, []),
        "marks": sorted(happened, key=lambda item: item[1]),
    }


def _notes(
    marks: list[_Mark], bars: _Bars, rows: NDArray[np.int64], asked: SwimmerAnalysis
) -> Iterator[str]:
    for mark in marks:
        if mark.undated:
            yield f"{mark.label}: {mark.undated} without a known date, not drawn."
        after = mark.time > bars.end[mark.row] + 1e-9
        before = mark.time < 0
        for wrong, side in ((after, "after the end of the bar"), (before, "before its start")):
            if (wrong & np.isin(mark.row, rows)).any():
                yield f"{mark.label}: {int(wrong.sum())} {side}; check the dates."
    if asked.cut_off is not None:
        late = int((bars.limit[rows] <= bars.end[rows]).sum())
        if late:
            verb = "bar ends" if late == 1 else "bars end"
            yield f"{late} {verb} at the cut-off {asked.cut_off.isoformat()}."
    unknown = int((bars.status[rows] == 2).sum())
    if unknown:
        verb = "patient it is" if unknown == 1 else "patients it is"
        yield f"Of {unknown} {verb} not known whether they died; their bars end without a mark."


def _entries(
    study: Plan, found: Shown, bars: _Bars, rows: NDArray[np.int64], marks: dict[str, _Mark]
) -> Entries:
    end, status = bars.end[rows], bars.status[rows]
    entries: Entries = {"overall.n": value(len(rows), "patients")}
    for place, level in enumerate(found.groups):
        entries[f"{level.id}.n"] = value(int((found.group[rows] == place).sum()), "patients")
    for place, name in enumerate(_STATUS):
        entries[name] = value(int((status == place).sum()), "patients", n=len(rows))
    how = "of the bars, whatever ended them"
    for name, reduce in (("median", np.median), ("min", np.min), ("max", np.max)):
        entries[f"length.{name}"] = time_value(
            float(reduce(end)), study.clock, n=len(rows), method=how
        )
    for name, mark in marks.items():
        whose = len(set(mark.row.tolist()) & set(rows.tolist()))
        entries[f"mark.{name}.patients"] = value(whose, "patients", n=len(rows))
    return entries
