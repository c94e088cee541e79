"""From columns to outcomes: the time of each patient, and what ended it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import InputError, listed
from atrisk.study.columns import canonical_code, codes, dates, numbers
from atrisk.study.dated import DatedRows, dated_rows, start_dates
from atrisk.study.endpoint_models import CodedEndpoint, ConditionEndpoint, DatedEndpoint
from atrisk.study.endpoint_refusals import Refused, check_dates, refused_rows
from atrisk.study.partial_dates import cause_notes, partial_notes, same_day_notes
from atrisk.study.table import cells_error
from atrisk.study.truth import truth
from atrisk.study.units import DAYS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.study.forms.queries import Query
    from atrisk.study.models import Data
    from atrisk.study.plan import EndpointPlan
    from atrisk.study.table import LeftOut, Table

__all__ = ["Outcome", "outcome"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of every row of a table.

    Attributes
    ----------
    time
        shape (n,), in the time unit of the study; NaN where the row cannot be used.
    cause
        shape (n,): 0 censored, else the position of the cause, from 1.
    entry, weights
        shape (n,), or None.
    usable
        shape (n,): False where a value is missing that the endpoint needs.
    left_out
        the rows that are not usable.
    cut_short
        shape (n,): True where the cut-off ended the observation; None without a cut-off.
    notes
        what a reader must know of the dates.
    queries
        of forms: dates that cannot be.
    dated
        of an endpoint made of dates: the start and the end of each row and what gave them.
    """

    time: NDArray[np.float64]
    cause: NDArray[np.int64]
    entry: NDArray[np.float64] | None
    weights: NDArray[np.float64] | None
    usable: NDArray[np.bool_]
    left_out: tuple[LeftOut, ...]
    cut_short: NDArray[np.bool_] | None = None
    notes: tuple[str, ...] = ()
    queries: tuple[Query, ...] = ()
    dated: DatedRows | None = None


@dataclass(frozen=True, slots=True)
class _Ending:
    """Time, cause, and where each column of an endpoint lacks a value it needs."""

    time: NDArray[np.float64]
    cause: NDArray[np.int64]
    lacking: dict[str, NDArray[np.bool_]]
    cut_short: NDArray[np.bool_] | None = None
    refused: Refused | None = None
    dated: DatedRows | None = None


def outcome(plan: EndpointPlan, data: Data, table: Table) -> Outcome:
    """Work out the outcome of every row.

    Raises
    ------
    InputError
        a time is negative, a code is not declared, a date lies before the origin, or a value is
        missing and the endpoint does not leave such rows out.
    """
    ending = _ending(plan, data, table)
    entry = _entry(plan, data, table)
    weights = _weights(plan, table)
    lacking = dict(ending.lacking)
    for column, values in ((plan.asked.entry, entry), (plan.asked.weights, weights)):
        if column is not None and values is not None:
            lacking[column] = lacking.get(column, False) | np.isnan(values)
    refused = ending.refused
    if refused is not None:
        lacking = {column: gap & ~refused.rows for column, gap in lacking.items()}
    left_out = _left_out(plan, table, lacking)
    usable = ~np.logical_or.reduce([np.zeros(table.rows, dtype=bool), *lacking.values()])
    if refused is not None:
        usable &= ~refused.rows
        left_out = (*refused.left_out, *left_out)
    _check_times(plan, table, ending.time, usable)
    if entry is not None:
        _check_entries(plan, table, entry, ending.time, usable)
    return Outcome(
        time=np.where(usable, ending.time, np.nan),
        cause=ending.cause,
        entry=entry,
        weights=weights,
        usable=usable,
        left_out=left_out,
        cut_short=ending.cut_short,
        notes=_notes(plan, ending, table, usable),
        queries=() if refused is None else refused.queries,
        dated=ending.dated,
    )


def _notes(
    plan: EndpointPlan, ending: _Ending, table: Table, usable: NDArray[np.bool_]
) -> tuple[str, ...]:
    if ending.dated is None or not isinstance(plan.asked, DatedEndpoint):
        return ()
    same = same_day_notes(ending.time, ending.cause, table, usable)
    cause = cause_notes(plan.asked, ending.cause, table, usable)
    return (*partial_notes(ending.dated, table, usable), *same, *cause)


def _ending(plan: EndpointPlan, data: Data, table: Table) -> _Ending:
    match plan.asked:
        case CodedEndpoint():
            return _from_codes(plan, plan.asked, data, table)
        case ConditionEndpoint():
            return _from_conditions(plan, plan.asked, data, table)
        case DatedEndpoint():
            return _from_dates(plan, plan.asked, data, table)


def _times(column: str, unit: str | None, data: Data, table: Table) -> NDArray[np.float64]:
    written = unit if unit is not None else data.time_unit
    return numbers(table, column, f"times in {written}") * (DAYS[written] / DAYS[data.time_unit])


def _from_codes(plan: EndpointPlan, asked: CodedEndpoint, data: Data, table: Table) -> _Ending:
    time = _times(asked.time, asked.unit, data, table)
    found = codes(table, asked.event)
    meaning = {cause.code: index for index, cause in enumerate(plan.causes, start=1)}
    meaning[canonical_code(asked.censored)] = 0
    coded = np.array([meaning.get(label, -1) for label in found.labels] + [0], dtype=np.int64)
    cause = coded[found.codes]
    if (cause < 0).any():
        declared = [f"{canonical_code(asked.censored)} (censored)"]
        declared += [f"{cause.code} ({cause.label})" for cause in plan.causes]
        raise cells_error(
            table,
            asked.event,
            cause < 0,
            f"a code that endpoint {plan.id!r} does not declare",
            f"Declared are {', '.join(declared)}. Add the code to 'causes', or to [data] missing.",
        )
    missing = found.codes < 0
    return _Ending(time, cause, {asked.time: np.isnan(time), asked.event: missing})


def _from_conditions(
    plan: EndpointPlan, asked: ConditionEndpoint, data: Data, table: Table
) -> _Ending:
    time = _times(asked.time, asked.unit, data, table)
    cause = np.zeros(table.rows, dtype=np.int64)
    settled = np.zeros(table.rows, dtype=bool)
    lacking = {asked.time: np.isnan(time)}
    for index, part in enumerate(plan.causes, start=1):
        if part.condition is None:
            continue
        answer = truth(part.condition.tree, table, data.date_format)
        cause[answer.yes & ~settled] = index
        open_ = answer.unknown & ~settled
        for column in part.condition.names:
            gap = open_ & table.missing[column]
            lacking[column] = lacking.get(column, False) | gap
        settled |= answer.yes | answer.unknown
    return _Ending(time, cause, lacking)


def _from_dates(plan: EndpointPlan, asked: DatedEndpoint, data: Data, table: Table) -> _Ending:
    found = dated_rows(asked, plan.causes, table, data.date_format)
    refused = None
    if table.provenance is None:
        check_dates(asked, found, table)
    else:
        refused = refused_rows(asked, found, table)
    start, end = found.start.day, found.end.day
    days = (end - start) / np.timedelta64(1, "D") + asked.count_day
    absent = np.isnat(start) | np.isnat(end)
    if refused is not None:
        absent = absent | refused.rows
    time = np.where(absent, np.nan, days) / DAYS[data.time_unit]
    lacking = dict.fromkeys(asked.origin, np.isnat(start))
    lacking |= dict.fromkeys(asked.censor, np.isnat(end) & ~np.isnat(start))
    if refused is None:
        lacking |= dict.fromkeys(asked.censor, np.isnat(end))
    for column, rows in found.open.items():
        lacking[column] = lacking.get(column, False) | (rows & ~np.isnat(start))
    return _Ending(time, found.cause, lacking, found.cut_short, refused, found)


def _entry(plan: EndpointPlan, data: Data, table: Table) -> NDArray[np.float64] | None:
    asked = plan.asked
    if asked.entry is None:
        return None
    if isinstance(asked, DatedEndpoint):
        origin = start_dates(asked, table, data.date_format)
        return _entered(asked.entry, origin, data, table)
    return _times(asked.entry, asked.unit, data, table)


def _entered(
    column: str, origin: NDArray[np.datetime64], data: Data, table: Table
) -> NDArray[np.float64]:
    entered = dates(table, column, data.date_format)
    days = (entered - origin) / np.timedelta64(1, "D")
    # whoever came under observation before the origin is at risk from it
    return np.where(
        np.isnat(entered) | np.isnat(origin), np.nan, np.maximum(days, 0.0) / DAYS[data.time_unit]
    )


def _weights(plan: EndpointPlan, table: Table) -> NDArray[np.float64] | None:
    column = plan.asked.weights
    if column is None:
        return None
    weights = numbers(table, column, "weights")
    if (weights < 0).any():
        raise cells_error(table, column, weights < 0, "a negative weight", "Weights are 0 or more.")
    return weights


def _left_out(
    plan: EndpointPlan, table: Table, lacking: dict[str, NDArray[np.bool_]]
) -> tuple[LeftOut, ...]:
    """List each row that lacks a value once, with every column it lacks, or stop at it."""
    gaps = {column: gap for column, gap in lacking.items() if gap.any()}
    if not gaps:
        return ()
    if plan.asked.missing == "error":
        column, gap = next(iter(gaps.items()))
        raise cells_error(
            table,
            column,
            gap,
            f"missing, and endpoint {plan.id!r} needs it",
            "Complete the entries, exclude the rows in [[population]], or set"
            f' missing = "leave_out" in endpoint {plan.id!r} to leave them out and list them.',
        )
    found: list[LeftOut] = []
    for row in np.flatnonzero(np.logical_or.reduce(list(gaps.values()))).tolist():
        names = [column for column, gap in gaps.items() if gap[row]]
        found += table.left_out([row], names, "a value that the endpoint needs is missing")
    return tuple(found)


def _check_times(
    plan: EndpointPlan, table: Table, time: NDArray[np.float64], usable: NDArray[np.bool_]
) -> None:
    bad = usable & (np.where(usable, time, 0.0) < 0)
    if bad.any() and not isinstance(plan.asked, DatedEndpoint):
        raise cells_error(
            table,
            plan.asked.time,
            bad,
            "a negative time",
            "Times count from the origin. Correct them, or exclude these rows in [[population]].",
        )


def _check_entries(
    plan: EndpointPlan,
    table: Table,
    entry: NDArray[np.float64],
    time: NDArray[np.float64],
    usable: NDArray[np.bool_],
) -> None:
    column = plan.asked.entry
    if column is None:
        return
    if (bad := usable & (entry < 0)).any():
        raise cells_error(
            table, column, bad, "a negative time", "Entry counts from the origin. Correct it."
        )
    bad = usable & (entry >= time)
    if bad.any():
        rows = np.flatnonzero(bad)
        pairs = listed(f"{entry[row]:g} >= {time[row]:g} ({table.named(int(row))})" for row in rows)
        raise InputError(
            f"{table.file}, column {column!r}: entry is not before the end of observation in"
            f" {'1 row' if len(rows) == 1 else f'{len(rows)} rows'}: {pairs}."
            " A patient is at risk after the entry and up to the end: correct the times, or"
            " exclude these rows in [[population]]."
        )
