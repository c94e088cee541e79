"""Functions over every row that a record has of a form: its first date, highest value, count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atrisk.study.forms.evaluate_rows import frame_of
from atrisk.study.forms.evaluate_values import (
    Misfit,
    Value,
    dates_of,
    from_column,
    numbers,
    numbers_of,
    truth,
)
from atrisk.study.forms.expression import Reference
from atrisk.study.forms.tables import BLANK, PRESENT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.study.forms.evaluate import Evaluation
    from atrisk.study.forms.expression import Call, Node
    from atrisk.study.forms.tables import Column

    Truths = NDArray[np.bool_]

__all__ = ["over_rows"]

_LAST: Final = frozenset({"latest", "highest"})
_DATES: Final = frozenset({"date", "datetime"})


def over_rows(evaluation: Evaluation, call: Call) -> Value:
    """Evaluate one of these functions: a value a record, shape (R,)."""
    *fields, last = call.arguments
    condition: Node | None = None
    if call.name == "any_equal" or not isinstance(last, Reference):
        condition = last
    else:
        fields.append(last)
    chosen = [_chosen(evaluation, call, field, condition) for field in fields]
    records = len(evaluation.records.ids)
    if call.name == "any_equal":
        return truth(_counts(chosen, records) > 0, call.start)
    if call.name == "count":
        return numbers(_counts(chosen, records), call.start)
    return _extreme(call, chosen, records)


def _counts(chosen: list[tuple[NDArray[np.int32], Value]], records: int) -> NDArray[np.int64]:
    total = np.zeros(records, dtype=np.int64)
    for record, _ in chosen:
        total += np.bincount(record, minlength=records)
    return total


def _chosen(
    evaluation: Evaluation, call: Call, field: Node, condition: Node | None
) -> tuple[NDArray[np.int32], Value]:
    """Give the records and values of the rows that have a value and meet the condition."""
    if not isinstance(field, Reference) or field.instance is not None:
        raise Misfit(
            field.start, f"{call.name} looks at all rows of a field, and takes [field] alone"
        )
    form, column = evaluation.column(field)
    table = evaluation.records.tables[form]
    value = _all_rows(column, table.rows, field.start)
    keep = np.zeros(table.rows, dtype=np.bool_)
    keep[evaluation.joins.rows_in(table, field)] = True
    frame = frame_of(evaluation.records, form)
    if call.name == "any_equal" and condition is not None:  # as "=": '' and codes may be asked for
        keep &= evaluation.same(value, condition, frame)
        return table.record[keep], value
    keep &= value.present
    if condition is not None:
        keep &= evaluation.truths(condition, frame)
    return table.record[keep], value.take(np.flatnonzero(keep))


def _all_rows(column: Column | None, rows: int, start: int) -> Value:
    if column is None:
        return Value("blank", np.full(rows, np.nan), np.full(rows, BLANK, np.int8), (), start)
    return from_column(column, start)


def _extreme(call: Call, chosen: list[tuple[NDArray[np.int32], Value]], records: int) -> Value:
    kinds = {value.kind for _, value in chosen if value.kind != "blank"}
    if kinds & _DATES:
        return _extreme_date(call, chosen, records)
    if call.name in {"earliest", "latest"} and kinds:
        raise Misfit(call.start, f"{call.name} takes dates; write lowest or highest")
    found = np.full(records, -np.inf if call.name in _LAST else np.inf)
    place = np.maximum if call.name in _LAST else np.minimum
    for record, value in chosen:
        values = numbers_of(value)
        known = ~np.isnan(values)
        place.at(found, record[known], values[known])
    return numbers(found, call.start)


def _extreme_date(call: Call, chosen: list[tuple[NDArray[np.int32], Value]], records: int) -> Value:
    daily = all(value.kind in {"date", "blank"} for _, value in chosen)
    unit, last = ("datetime64[D]" if daily else "datetime64[s]"), call.name in _LAST
    limit = np.iinfo(np.int64)
    found = np.full(records, limit.min if last else limit.max, dtype=np.int64)
    place = np.maximum if last else np.minimum
    for record, value in chosen:
        times = dates_of(value)
        known = ~np.isnat(times)
        place.at(found, record[known], times[known].astype(unit).astype(np.int64))
    absent = found == (limit.min if last else limit.max)
    moments: NDArray[Any] = np.where(absent, np.iinfo(np.int64).min, found).astype(unit)
    missing = np.where(absent, np.int8(BLANK), np.int8(PRESENT))
    return Value("date" if daily else "datetime", moments, missing, start=call.start)
