"""Events of the library that are the first row of a form after the endpoint's own origin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.derived.column import Derived, Origin
from atrisk.study.derived.combined import one_of
from atrisk.study.derived.periods import day_bounds
from atrisk.study.derived.rows import Rows, taken_at, undated
from atrisk.study.forms.tables import BLANK, UNREADABLE
from atrisk.study.plan import lower_first
from atrisk.study.standards import standard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from atrisk.study.forms.tables import Column, FormTable, Records
    from atrisk.study.request import Request

__all__ = ["after_origin_columns", "column_after", "first_after"]


def column_after(place: str, origin: Iterable[str]) -> str:
    """Name the column of the first row of a form after an origin.

    Examples
    --------
    >>> column_after("relapse.rel_date", ["cr_date", "hct_date"])
    'relapse_after_cr_date_or_hct_date'
    """
    return f"{place.partition('.')[0]}_after_{'_or_'.join(origin)}"


def after_origin_columns(
    request: Request, records: Records, known: Mapping[str, Derived]
) -> dict[str, Derived]:
    """Make the columns that the endpoints of the library take from all rows of a form.

    Where the study names a column for the event, in the endpoint or as [derived], that is taken.
    A row on the day of the origin is not after it. Of a clinical column of the same name it takes
    the place: the days are the same, and who has a row without a known date is kept apart.
    """
    made: dict[str, Derived] = {}
    for place, origin in _asked(request):
        form, _, field = place.partition(".")
        name = column_after(place, origin)
        there = form in records.tables and field in records.table(form).columns
        dated = all(part in known and "date" in known[part].column.kind for part in origin)
        if there and dated and name not in request.study.derived:
            made[name] = _first_after(records, form, field, [known[part] for part in origin], name)
    return made


def _asked(request: Request) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the field and the origin of each event that is not named by the study."""
    for endpoint in request.study.endpoints:
        name = getattr(endpoint, "standard", None)
        if name is None:
            continue
        entry = standard(name)
        origin = getattr(endpoint, "origin", None) or [entry.get("origin", "")]
        for role, place in entry.get("rows", {}).items():
            usual = entry["columns"][role]
            if role not in getattr(endpoint, "columns", {}) and usual not in request.study.derived:
                yield place, origin


def _first_after(
    records: Records, form: str, field: str, origin: Sequence[Derived], name: str
) -> Derived:
    start = one_of(
        " or ".join(part.name for part in origin),
        " or else ".join(lower_first(part.label) for part in origin),
        origin,
        "first",
        records.dictionary.missing_codes,
    )
    label = f"{form.replace('_', ' ').capitalize()} after {start.label}"
    rule = f"the first {field} of the form {form} after {start.name}"
    return first_after(records, form, field, start, name=name, label=label, rule=rule)


def first_after(
    records: Records, form: str, field: str, start: Derived, *, name: str, label: str, rule: str
) -> Derived:
    """Take the first row of a form that is dated after a day of each record.

    A date known to the month or the year is after the day if it can be. The value is missing, with
    the reason, where a row without a known date may be the first: any but those that stand after
    the first dated one, if the dates of the form are in order. So it is where the day itself is not
    known exactly, and a date may be on either side of it.
    """
    table = records.table(form)
    column = table.column(field)
    first, last = day_bounds(column)
    begins, ends = (day[table.record] for day in day_bounds(start.column))
    there = column.present & start.column.present[table.record]
    after = there & (last > begins)
    day = np.maximum(column.values.astype("datetime64[D]"), ends + np.timedelta64(1, "D"))
    doubtful = np.flatnonzero(after & (begins < ends) & (first <= ends))
    rows = Rows(table.record, len(records.ids), None)
    possible = np.flatnonzero(after)
    row = rows.least(possible, day[possible].astype(np.int64))
    codes = records.dictionary.missing_codes
    open_ = rows.least(np.flatnonzero(undated(table, column, codes)), None)
    # a later row is of a later day, unless the dates of the record are not in order of its rows
    open_[(row >= 0) & (open_ > row) & ~_disordered(records, table, column)] = -1
    open_ = np.where(open_ >= 0, open_, rows.least(doubtful, None))
    return _taken(column, day, row, open_, Origin(form, field, row), (name, label, rule))


def _disordered(records: Records, table: FormTable, column: Column) -> NDArray[np.bool_]:
    """Tell whose dates are not in the order of their rows: shape (R,)."""
    dated = np.flatnonzero(column.present)
    record, day = table.record[dated], column.values[dated].astype("datetime64[D]")
    back = (record[1:] == record[:-1]) & (day[1:] < day[:-1])
    found = np.zeros(len(records.ids), dtype=bool)
    found[record[1:][back]] = True
    return found


def _taken(
    column: Column,
    day: NDArray[np.datetime64],
    row: NDArray[np.int32],
    open_: NDArray[np.int32],
    origin: Origin,
    words: tuple[str, str, str],
) -> Derived:
    """Take the row of each record, or say why no date is known."""
    name, label, rule = words
    chosen = np.where(open_ >= 0, open_, row).astype(np.int32)
    made = taken_at(column, chosen)
    values, missing = made.values.astype("datetime64[D]"), made.missing
    dated = (row >= 0) & (open_ < 0)
    if dated.any():
        values[dated] = day[row[dated]]
    values[open_ >= 0] = np.datetime64("NaT")
    missing = np.where((open_ >= 0) & (missing <= BLANK), UNREADABLE, missing).astype(np.int8)
    made = replace(made, name=name, kind="date", values=values, missing=missing)
    return Derived(name, label, made, (replace(origin, row=chosen),), rule)
