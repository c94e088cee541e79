"""Reading a form as arrays, choosing one row a patient, and making columns from the rows chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.derived.column import Derived, Origin, computed, taken_at
from atrisk.study.derived.periods import day_bounds
from atrisk.study.derived.rows import undecided
from atrisk.study.forms.tables import BLANK, UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from atrisk.study.forms.dictionary import MissingCode
    from atrisk.study.forms.tables import FormTable, Records

__all__ = ["FormRows", "flag", "form_rows", "inside", "number", "possible", "to_dates"]


@dataclass(frozen=True, slots=True)
class FormRows:
    """The rows of a form, n of them, for the R records of the study."""

    table: FormTable
    count: int

    @property
    def record(self) -> NDArray[np.int32]:
        """The record of each row: shape (n,)."""
        return self.table.record

    def days(self, field: str) -> NDArray[np.float64]:
        """Give a date as days since 1970-01-01: shape (n,), NaN where missing."""
        column = self.table.column(field)
        days = column.values.astype("datetime64[D]").astype(np.int64)
        return np.where(column.present, days, np.nan)

    def numbers(self, field: str) -> NDArray[np.float64]:
        """Give a number: shape (n,), NaN where missing."""
        column = self.table.column(field)
        return np.where(column.present, column.values, np.nan).astype(np.float64)

    def positions(self, field: str, codes: Sequence[str]) -> NDArray[np.int64]:
        """Give a choice as positions in codes: shape (n,), -1 where missing or none of them."""
        column = self.table.column(field)
        where = {code: place for place, code in enumerate(codes)}
        places = np.array([where.get(level, -1) for level in column.levels] + [-1])
        return places[np.where(column.present, column.values, -1)].astype(np.int64)

    def holds(self, field: str, *codes: str) -> NDArray[np.bool_]:
        """Tell which rows have one of the codes: shape (n,)."""
        return self.positions(field, codes) >= 0

    def truth(self, field: str) -> NDArray[np.float64]:
        """Give a yes/no field as 1 and 0: shape (n,), NaN where missing."""
        said = self.positions(field, ("0", "1")).astype(np.float64)
        return np.where(said >= 0, said, np.nan)

    def only(self) -> NDArray[np.int32]:
        """Choose the row of a form that does not repeat: shape (R,), -1 where there is none."""
        return self.first(np.ones(self.table.rows, dtype=bool), np.zeros(self.table.rows))

    def first(
        self, keep: NDArray[np.bool_], order: NDArray[np.float64], *, last: bool = False
    ) -> NDArray[np.int32]:
        """Choose the first row of each record by an order, or the last: shape (R,), -1 for none.

        Rows without an order are left out; of equal ones the earlier instance is first.
        """
        rows = np.flatnonzero(keep & ~np.isnan(order))
        rows = rows[np.lexsort((order[rows], self.record[rows]))]
        chosen = np.full(self.count, -1, dtype=np.int32)
        if last:
            chosen[self.record[rows]] = rows
        else:
            chosen[self.record[rows[::-1]]] = rows[::-1]
        return chosen

    def counts(self, keep: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Count the kept rows of each record: shape (R,)."""
        return np.bincount(self.record[keep], minlength=self.count).astype(np.float64)

    def at(self, values: NDArray[Any], row: NDArray[np.int32]) -> NDArray[np.float64]:
        """Give the value in a row of each record: shape (R,), NaN where the row is -1."""
        if not len(values):
            return np.full(len(row), np.nan)
        return np.where(row >= 0, values[row], np.nan)

    def field(
        self,
        name: str,
        label: str,
        field: str,
        row: NDArray[np.int32],
        rule: str,
        *,
        day: NDArray[np.float64] | None = None,
    ) -> Derived:
        """Make a column of the entries of a field in the rows chosen.

        Parameters
        ----------
        day
            shape (n,): the days of a date, where another day is assumed than the usual one.
        """
        column = replace(taken_at(self.table.column(field), row), name=name)
        if day is not None:
            days = to_dates(self.at(day, row)).astype(column.values.dtype)
            column = replace(column, values=np.where(column.present, days, column.values))
        return Derived(name, label, column, (self.origin(field, row),), rule, codes="field")

    def unknown(
        self,
        made: Derived,
        field: str,
        row: NDArray[np.int32],
        codes: Sequence[MissingCode],
    ) -> Derived:
        """Say of records that a date may be there which is not known, as a row says.

        Parameters
        ----------
        made
            a column of dates.
        field, row
            the entry that says so, in which row of each record; shape (R,), -1 for none.
        codes
            the missing codes of the dictionary.
        """
        here = row >= 0
        if not here.any():
            return made
        reason = self.reason(field, row)
        why = np.where(undecided(reason, codes), reason, UNREADABLE)
        values = made.column.values.copy()
        values[here] = np.datetime64("NaT")
        missing = np.where(here, why, made.column.missing).astype(np.int8)
        origins = [
            replace(one, row=np.where(here, -1, one.row).astype(np.int32)) for one in made.origin
        ]
        column = replace(made.column, values=values, missing=missing)
        return replace(made, column=column, origin=(*origins, self.origin(field, row)))

    def days_within(
        self, field: str, low: NDArray[np.float64], high: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Give a date as days; one that is not known to the day lies within bounds if it can.

        Parameters
        ----------
        low, high
            shape (n,): days; NaN: no bound.
        """
        column = self.table.column(field)
        day = self.days(field)
        if column.precision is None:
            return day
        first, last = (end.astype(np.int64) for end in day_bounds(column))
        partial = column.present & (column.precision > 0)
        day = np.where(partial & (day > high) & (first <= high), high, day)
        return np.where(partial & (day < low) & (last >= low), low, day)

    def category(
        self,
        name: str,
        label: str,
        field: str,
        row: NDArray[np.int32],
        words: dict[str, str],
        rule: str,
    ) -> Derived:
        """Make a column of words for the codes of a choice, in the order of ``words``."""
        place = self.positions(field, tuple(words))
        values = np.where(row >= 0, place[row] if len(place) else -1, -1)
        return computed(
            name,
            label,
            "code",
            values,
            (self.origin(field, row),),
            rule,
            levels=tuple(words.values()),
            missing=self.reason(field, row),
        )

    def origin(self, field: str, row: NDArray[np.int32]) -> Origin:
        """Say where values came from."""
        return Origin(self.table.form, field, row)

    def reason(self, field: str, row: NDArray[np.int32]) -> NDArray[np.int8]:
        """Say why there is no value: that of the row chosen, or blank. Shape (R,)."""
        missing = self.table.column(field).missing
        if not len(missing):
            return np.full(len(row), BLANK, dtype=np.int8)
        return np.where(row >= 0, missing[row], BLANK).astype(np.int8)


def form_rows(records: Records, form: str) -> FormRows:
    """Read a form."""
    return FormRows(records.table(form), len(records.ids))


def possible(values: NDArray[np.float64], highest: float = np.inf) -> NDArray[np.float64]:
    """Leave out what no measurement can be: the checks of the forms list it."""
    return np.where((values >= 0) & (values <= highest) & np.isfinite(values), values, np.nan)


def inside(
    day: NDArray[np.float64],
    start: NDArray[np.float64],
    end: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Tell which days lie from a start to an end, both included; without an end all later ones."""
    return (day >= start) & (np.isnan(end) | (day <= end))


def to_dates(days: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """Turn days since 1970-01-01 into dates, NaT where NaN."""
    whole = np.where(np.isnan(days), 0, days).astype(np.int64).astype("datetime64[D]")
    return np.where(np.isnan(days), np.datetime64("NaT"), whole)


def flag(
    name: str,
    label: str,
    yes: NDArray[np.bool_],
    known: NDArray[np.bool_],
    origin: Sequence[Origin],
    rule: str,
    missing: NDArray[np.int8] | None = None,
) -> Derived:
    """Make a column of 1 and 0, missing where not known."""
    values = np.where(known, yes.astype(np.float64), np.nan)
    made = computed(name, label, "number", values, origin, rule, missing=missing)
    return replace(made, codes="no_yes")


def number(
    name: str, label: str, values: NDArray[np.float64], origin: Sequence[Origin], rule: str
) -> Derived:
    """Make a column of numbers."""
    return computed(name, label, "number", values, origin, rule)
