"""One value a patient from a field of a form, and the row in which it stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from atrisk.errors import InputError, listed, nearest
from atrisk.study.derived.rows import LATE, Rows, taken_at
from atrisk.study.forms.tables import BLANK, PRESENT, Column, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from numpy.typing import NDArray

    from atrisk.study.forms.expression import Expression
    from atrisk.study.forms.tables import FormTable, Records

__all__ = ["TAKES", "Codes", "Derived", "Origin", "Take", "computed", "select", "taken_at"]

Take = Literal["first", "last", "lowest", "highest", "count", "any", "only"]

#: What the codes of a column mean: the choices of the field that it is taken from, no and yes, or
#: something of its own.
Codes = Literal["field", "no_yes", "own"]

#: How one value is taken from the rows of a patient.
TAKES: tuple[Take, ...] = get_args(Take)

_WORDS = {
    "first": "the first",
    "last": "the last",
    "lowest": "the lowest",
    "highest": "the highest",
    "count": "the number of rows with",
    "any": "whether any row has",
    "only": "the only",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """A field of a form that gave values, and in which row.

    Attributes
    ----------
    form, field
        where it stands.
    row
        shape (R,), int32: the row of the form's table for each record; -1 where it gave none.
    """

    form: str
    field: str
    row: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Derived:
    """One value a patient, and where it came from.

    Attributes
    ----------
    name, label
        the column and what to print.
    column
        shape (R,), in the order of the records of the study.
    origin
        the fields that gave the values. Of a value chosen among several fields, each record has a
        row in one of them; of a value computed from several fields, in all that were there.
    rule
        how it was made, in words.
    codes
        what its codes mean.
    """

    name: str
    label: str
    column: Column
    origin: tuple[Origin, ...]
    rule: str
    codes: Codes = "own"

    @property
    def dates(self) -> NDArray[np.datetime64]:
        """The values as days, shape (R,), NaT where missing.

        Raises
        ------
        InputError
            they are no dates.
        """
        if self.column.kind not in {"date", "datetime"}:
            raise InputError(
                f"the derived column {self.name!r} holds {self.column.kind}s, not dates. Name a"
                " column of dates."
            )
        return self.column.values.astype("datetime64[D]")


def computed(
    name: str,
    label: str,
    kind: Kind,
    values: NDArray[Any],
    origin: Iterable[Origin] = (),
    rule: str = "",
    *,
    levels: tuple[str, ...] = (),
    missing: NDArray[np.int8] | None = None,
) -> Derived:
    """Make a derived column from values that were worked out.

    Parameters
    ----------
    values
        shape (R,): numbers (NaN: missing), days (NaT: missing), or positions in ``levels`` (-1:
        missing), as ``kind`` says.
    missing
        shape (R,): why a value is missing; blank where absent.
    """
    dtypes = {"date": "datetime64[D]", "datetime": "datetime64[s]", "code": "int32"}
    held = np.asarray(values).astype(dtypes.get(kind, "float64"))
    absent = held < 0 if kind == "code" else np.isnat(held) if "date" in kind else np.isnan(held)
    if missing is None:
        missing = np.full(held.shape, PRESENT, dtype=np.int8)
    why = np.where(absent, np.where(missing == PRESENT, BLANK, missing), PRESENT).astype(np.int8)
    column = Column(name, kind, held, why, levels)
    return Derived(name, label, column, tuple(origin), rule)


def select(
    records: Records,
    form: str,
    field: str,
    *,
    take: Take = "first",
    where: Expression | str | None = None,
    order_by: str | None = None,
    after: Derived | None = None,
    before: Derived | None = None,
    or_on: bool = False,
    cut_off: date | None = None,
    name: str = "",
    label: str = "",
) -> Derived:
    """Take one value a patient from a field.

    Parameters
    ----------
    take
        ``first`` and ``last`` in the order of ``order_by``; ``lowest`` and ``highest`` of numbers,
        dates and numeric codes; ``count`` the rows with a value; ``any`` 1 where a row of a
        yes/no field or of a checkbox option says yes, and for other fields where a row has a value;
        ``only``: there may be one row.
    where
        a condition in REDCap's language that the row must meet.
    order_by
        a date of the form. If absent, ``field`` itself where it is a date, else the order of the
        instances. A row without that date is taken only where no other row is.
    after, before
        dates, one a patient, between which the row must lie by ``order_by``, on neither day unless
        ``or_on``. Nothing is after a date that a patient does not have, and everything is before.
    cut_off
        the data cut-off, which ``'today'`` of the condition stands for.

    Returns
    -------
    Derived
        missing where no row has a value; with the reason of the row that would have been taken
        where there is one. ``count`` is never missing.

    Raises
    ------
    InputError
        there is no such form or field, ``take`` does not go with the field, or a patient has
        several rows and ``take`` is ``only``.
    """
    table = records.table(form)
    column = table.column(field)
    if take not in TAKES:
        raise InputError(f"take = {take!r} is not known: {', '.join(TAKES)}.{nearest(take, TAKES)}")
    ordering = _ordering(table, column, order_by)
    keep = np.ones(table.rows, dtype=bool)
    if where is not None:
        keep = _holds(where, records, form, cut_off)
    rows = np.flatnonzero(keep & _between(table, ordering, after, before, or_on=or_on))
    chosen = Rows(table.record, len(records.ids), ordering)
    repeats = form in records.dictionary.repeating
    words = _rule(form, field, take if repeats else None, where, order_by, after, before)
    full = rows[column.present[rows]]
    if take == "count":
        return _count(name or field, label, field, chosen, table, full, words)
    if take == "any":
        return _any(name or field, label, column, chosen, table, rows, words)
    if take == "only":
        _check_only(records, table, field, full)
    row = _pick(chosen, column, take, full)
    spare = chosen.last(rows) if take == "last" else chosen.first(rows)
    row = np.where(row >= 0, row, spare).astype(np.int32)
    taken = replace(taken_at(column, row), name=name or field)
    origin = (Origin(form, field, row),)
    return Derived(name or field, label or field, taken, origin, words, codes="field")


def _ordering(table: FormTable, column: Column, order_by: str | None) -> NDArray[np.int64] | None:
    """Give the day of each row as a number, `LATE` without one; None for the order of rows."""
    if order_by is None:
        if column.kind not in {"date", "datetime"}:
            return None
        dated = column
    else:
        dated = table.column(order_by)
        if dated.kind not in {"date", "datetime"}:
            raise InputError(
                f"order_by = {order_by!r} is a {dated.kind} of the form {table.form!r}, not a date."
                f" Dates of the form are: {listed(_dates_of(table), shown=20)}."
            )
    seconds = dated.values.astype("datetime64[s]").astype(np.int64)
    return np.where(dated.present, seconds, LATE)


def _dates_of(table: FormTable) -> list[str]:
    return [name for name, held in table.columns.items() if held.kind in {"date", "datetime"}]


def _between(
    table: FormTable,
    ordering: NDArray[np.int64] | None,
    after: Derived | None,
    before: Derived | None,
    *,
    or_on: bool,
) -> NDArray[np.bool_]:
    """Tell which rows lie between two days of their record."""
    keep = np.ones(table.rows, dtype=bool)
    if after is None and before is None:
        return keep
    if ordering is None:
        raise InputError(
            f"rows of the form {table.form!r} have no date to compare: name one with order_by."
            f" Dates of the form are: {listed(_dates_of(table), shown=20)}."
        )
    day, known = ordering // 86400, ordering != LATE
    for bound, sign in ((after, 1), (before, -1)):
        if bound is None:
            continue
        there = bound.dates[table.record]
        distance = sign * (day - there.astype(np.int64))
        inside = known & ((distance >= 0) if or_on else (distance > 0))
        keep &= np.where(np.isnat(there), sign < 0, inside)
    return keep


def _holds(
    where: Expression | str, records: Records, form: str, cut_off: date | None
) -> NDArray[np.bool_]:
    from atrisk.study.forms.evaluate import holds
    from atrisk.study.forms.expression import parse_expression

    tree = parse_expression(where) if isinstance(where, str) else where
    return holds(tree, records, form, cut_off=cut_off)


def _pick(chosen: Rows, column: Column, take: Take, rows: NDArray[np.intp]) -> NDArray[np.int32]:
    if take in {"first", "only"}:
        return chosen.first(rows)
    if take == "last":
        return chosen.last(rows)
    keys = _magnitude(column)[rows]
    return chosen.least(rows, keys if take == "lowest" else -keys)


def _magnitude(column: Column) -> NDArray[np.float64]:
    """Give the size of each value, so that the lowest and the highest can be told."""
    if column.kind in {"date", "datetime"}:
        return column.values.astype("datetime64[s]").astype(np.int64).astype(np.float64)
    if column.kind == "number":
        return column.values.astype(np.float64)
    try:
        sizes = np.array([float(level) for level in column.levels] + [np.nan])
    except ValueError:
        raise InputError(
            f"the values of {column.name!r} are not numbers ({listed(column.levels)}): none is the"
            " lowest or highest. Take the first, last, only, count or any."
        ) from None
    found: NDArray[np.float64] = sizes[column.values]
    return found


def _count(
    name: str,
    label: str,
    field: str,
    chosen: Rows,
    table: FormTable,
    rows: NDArray[np.intp],
    words: str,
) -> Derived:
    """Count rows; the origin is the last of them."""
    counts = np.bincount(table.record[rows], minlength=chosen.count).astype(np.float64)
    origin = Origin(table.form, field, chosen.last(rows))
    return computed(name, label or field, "number", counts, (origin,), words)


def _any(
    name: str,
    label: str,
    column: Column,
    chosen: Rows,
    table: FormTable,
    rows: NDArray[np.intp],
    words: str,
) -> Derived:
    """Tell 1 where a row says yes; a yes/no question that nobody answered stays open."""
    full = rows[column.present[rows]]
    asked = column.kind == "code" and column.levels and set(column.levels) <= {"0", "1"}
    if asked and "1" in column.levels:
        said = full[column.values[full] == column.levels.index("1")]
    else:
        said = full[:0] if asked else full
    yes = chosen.first(said)
    row = np.where(yes >= 0, yes, chosen.first(full if asked else rows)).astype(np.int32)
    values = (yes >= 0).astype(np.int32)
    if asked:
        values = np.where(row >= 0, values, -1).astype(np.int32)
    origin = Origin(table.form, column.name, row)
    made = computed(name, label or name, "code", values, (origin,), words, levels=("0", "1"))
    return replace(made, codes="no_yes")


def _check_only(records: Records, table: FormTable, field: str, rows: NDArray[np.intp]) -> None:
    counts = np.bincount(table.record[rows], minlength=len(records.ids))
    several = np.flatnonzero(counts > 1)
    if several.size:
        shown = listed(f"{records.ids[at]} ({counts[at]} rows)" for at in several)
        raise InputError(
            f"take = 'only', and {field!r} of the form {table.form!r} is there more than once for"
            f" {shown}. Take the first or the last, or say which row with where."
        )


def _rule(
    form: str,
    field: str,
    take: Take | None,
    where: Expression | str | None,
    order_by: str | None,
    after: Derived | None,
    before: Derived | None,
) -> str:
    """Say how a column was made; of a form that does not repeat there is one row to take."""
    words = f"{field} of the form {form}"
    if take is not None:
        words = f"{_WORDS[take]} {words}"
    if order_by is not None and take in {"first", "last"}:
        words += f" by {order_by}"
    if where is not None:
        words += f" where {where if isinstance(where, str) else where.text}"
    for bound, word in ((after, "after"), (before, "before")):
        if bound is not None:
            words += f" {word} {bound.name}"
    return words
