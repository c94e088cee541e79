"""Infusions of inotuzumab ozogamicin (INO) and transplantations of each patient."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from atrisk.leukaemia.dosing import Course, until
from atrisk.study.clinical.rows import FormRows, form_rows, to_dates
from atrisk.study.derived.column import Derived, Origin, computed
from atrisk.study.derived.periods import day_bounds
from atrisk.study.derived.rows import undated, undecided
from atrisk.study.forms.tables import BLANK, CODED, PRESENT, UNREADABLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.study.forms.tables import Records

__all__ = ["SLOTS", "Infusions", "Timeline", "infusion_date", "open_infusion", "timeline"]

#: The infusions of a cycle, as the form ``ino_cycle`` names them.
SLOTS = ("d1", "d8", "d15")


@dataclass(frozen=True, slots=True)
class Infusions:
    """The course of all patients.

    Attributes
    ----------
    course
        a row a cycle, in order of patient and time.
    row
        shape (n,): the row of the form ``ino_cycle`` of each cycle.
    unknown
        shape (n, 3): infusions of which it is not known whether or how much was given: a date
        without a dose, an entry that cannot be read, or "unknown".
    undated
        shape (n, 3): infusions given, or perhaps given, on a day that is not known.
    turn
        shape (n, 3): the order of the infusions by cycle and day, whatever their dates.
    """

    course: Course
    row: NDArray[np.int32]
    unknown: NDArray[np.bool_]
    undated: NDArray[np.bool_]
    turn: NDArray[np.int64]

    def edge(self, *, last: bool) -> NDArray[np.int64]:
        """Find the first or last dated infusion of each patient.

        The form asks for a date only where a dose was given, so that one with a date and without a
        known dose is among them.

        Returns
        -------
        ndarray
            patient -> cycle * 3 + infusion; patients without one are left out, so the shape is
            (k, 2): patient and place.
        """
        day = np.where(self.course.given | self.unknown, self.course.day, np.nan).ravel()
        place = np.flatnonzero(~np.isnan(day))
        patient = np.repeat(self.course.patient, len(SLOTS))[place]
        place = place[np.lexsort((day[place], patient))]
        patient = np.repeat(self.course.patient, len(SLOTS))[place]
        turn = patient[1:] != patient[:-1]
        edge = np.append(turn, True) if last else np.insert(turn, 0, True)
        edge = edge[: len(patient)]
        return np.column_stack([patient[edge], place[edge]])


@dataclass(frozen=True, slots=True)
class Timeline:
    """What everything else is counted from; days since 1970-01-01, NaN where there is none.

    Attributes
    ----------
    records
        the forms.
    infusions
        all infusions.
    before
        those before the transplantation.
    start
        shape (R,): first infusion.
    hct_row, hct
        shape (R,): row of the form ``transplant`` and day of the first transplantation after the
        first infusion.
    second_row, second
        shape (R,): those of the next one.
    hct_open, second_open
        shape (R,): the row of a transplantation without a known date that may be the first or the
        next one, which is then not known; -1 for none.
    """

    records: Records
    infusions: Infusions
    before: Infusions
    start: NDArray[np.float64]
    hct_row: NDArray[np.int32]
    hct: NDArray[np.float64]
    second_row: NDArray[np.int32]
    second: NDArray[np.float64]
    hct_open: NDArray[np.int32]
    second_open: NDArray[np.int32]

    @property
    def count(self) -> int:
        """The number of records, R."""
        return len(self.records.ids)

    @property
    def transplanted(self) -> NDArray[np.bool_]:
        """Tell who was transplanted after INO: shape (R,)."""
        return self.hct_row >= 0


#: Missing codes that say that a dose was not given.
_NOT_GIVEN = ("ND", "NA")


def _none_given(records: Records, cycles: FormRows, slot: str) -> NDArray[np.bool_]:
    """Tell where a missing code says that no dose was given: shape (n,)."""
    missing = cycles.table.column(f"cyc_{slot}_dose").missing
    codes = [code.code for code in records.dictionary.missing_codes]
    return np.isin(missing, [CODED + codes.index(c) for c in _NOT_GIVEN if c in codes])


def _unknown(records: Records, cycles: FormRows, slot: str) -> NDArray[np.bool_]:
    """Tell where a dose is missing and nothing says that none was given: shape (n,)."""
    missing = cycles.table.column(f"cyc_{slot}_dose").missing
    dated = ~np.isnan(cycles.days(f"cyc_{slot}_date"))
    blank = missing == BLANK
    return np.asarray((missing != PRESENT) & ~_none_given(records, cycles, slot) & (dated | ~blank))


def _undated(records: Records, cycles: FormRows, slot: str) -> NDArray[np.bool_]:
    """Tell where a dose was given, or may have been, on a day that is not known: shape (n,)."""
    date = cycles.table.column(f"cyc_{slot}_date")
    dose = cycles.numbers(f"cyc_{slot}_dose")
    maybe = np.isnan(dose) & undecided(date.missing, records.dictionary.missing_codes)
    maybe &= ~_none_given(records, cycles, slot)
    return ~date.present & ((np.nan_to_num(dose) > 0) | maybe)


def _days(cycles: FormRows) -> NDArray[np.float64]:
    """Give the days of the infusions; one not known to the day lies between its neighbours."""
    columns = [cycles.table.column(f"cyc_{slot}_date") for slot in SLOTS]
    day = np.column_stack([cycles.days(column.name) for column in columns])
    partial = np.column_stack(
        [
            np.zeros(len(day), dtype=bool) if c.precision is None else c.precision > 0
            for c in columns
        ]
    ) & ~np.isnan(day)
    exact = np.where(partial, np.nan, day)
    for place, column in enumerate(columns):
        if not partial[:, place].any():
            continue
        first, last = (end.astype(np.int64) for end in day_bounds(column))
        before, after = exact[:, :place], exact[:, place + 1 :]
        low = np.fmax(first, np.fmax.reduce(before, axis=1, initial=-np.inf))
        high = np.fmin(last, np.fmin.reduce(after, axis=1, initial=np.inf))
        outside = (day[:, place] < low) | (day[:, place] > high)
        move = partial[:, place] & outside & (low <= high)
        day[move, place] = np.floor((low + high) / 2)[move]
    return day


def _infusions(records: Records, cycles: FormRows) -> Infusions:
    """Read the cycles in order of patient and time; a cycle without a number is numbered by it."""
    day = _days(cycles)
    dose = np.column_stack([cycles.numbers(f"cyc_{slot}_dose") for slot in SLOTS])
    dated = np.where(np.isnan(day), np.inf, day).min(axis=1, initial=np.inf)
    written = cycles.numbers("cyc_no")
    order = np.lexsort((cycles.table.instance, written, dated, cycles.record))
    patient = cycles.record[order].astype(np.int64)
    begins = np.flatnonzero(np.diff(patient, prepend=-1))
    lengths = np.diff(np.append(begins, len(patient)))
    rank = np.arange(len(patient)) - np.repeat(begins, lengths) + 1
    number = np.where(np.isnan(written[order]), rank, written[order]).astype(np.int64)
    unknown = np.column_stack([_unknown(records, cycles, slot) for slot in SLOTS])[order]
    undated = np.column_stack([_undated(records, cycles, slot) for slot in SLOTS])[order]
    turn = np.where(np.isnan(written), cycles.table.instance, written).astype(np.int64)[order]
    turns = turn[:, None] * len(SLOTS) + np.arange(len(SLOTS))
    course = Course(patient, number, day[order], dose[order])
    return Infusions(course, order.astype(np.int32), unknown, undated, turns)


def timeline(records: Records) -> Timeline:
    """Place the infusions and the transplantations of each patient."""
    cycles, transplants = form_rows(records, "ino_cycle"), form_rows(records, "transplant")
    infusions = _infusions(records, cycles)
    start = np.full(len(records.ids), np.nan)
    first = infusions.edge(last=False)
    start[first[:, 0]] = infusions.course.day.ravel()[first[:, 1]]
    begun = start[transplants.record]
    day = transplants.days_within("hct_date", begun + 1, np.full(begun.shape, np.nan))
    hct_row = transplants.first(day > begun, day)
    hct_open = _open_transplant(records, transplants, hct_row, ~np.isnan(start))
    hct_row = np.where(hct_open >= 0, -1, hct_row).astype(np.int32)
    hct = transplants.at(day, hct_row)
    second_row = transplants.first(day > hct[transplants.record], day)
    second_open = _open_transplant(records, transplants, second_row, hct_row >= 0)
    second_row = np.where(second_open >= 0, -1, second_row).astype(np.int32)
    later = infusions.course.day >= hct[infusions.course.patient][:, None]
    return Timeline(
        records,
        infusions,
        replace(infusions, course=until(infusions.course, hct), unknown=infusions.unknown & ~later),
        start,
        hct_row,
        hct,
        second_row,
        transplants.at(day, second_row),
        hct_open,
        second_open,
    )


def _open_transplant(
    records: Records,
    transplants: FormRows,
    row: NDArray[np.int32],
    asked: NDArray[np.bool_],
) -> NDArray[np.int32]:
    """Find a transplantation without a known date that may be before the one chosen.

    It is later if its number is higher, or, without numbers, if it stands later in the form.
    """
    column = transplants.table.column("hct_date")
    keep = undated(transplants.table, column, records.dictionary.missing_codes)
    number = transplants.numbers("hct_no")
    chosen = transplants.at(number, row)[transplants.record]
    place = np.arange(len(keep), dtype=np.float64)
    numbered = ~np.isnan(number) & ~np.isnan(chosen) & (number != chosen)
    later = np.where(numbered, number > chosen, place > row[transplants.record])
    there = row[transplants.record] >= 0
    return transplants.first(keep & asked[transplants.record] & ~(there & later), place)


def open_infusion(line: Timeline, *, last: bool) -> NDArray[np.int64]:
    """Find an infusion on an unknown day that may be the first, or the last before transplantation.

    Returns
    -------
    ndarray, shape (k, 2)
        patient, and place as `Infusions.edge` gives it.
    """
    infusions = line.infusions
    patient = np.repeat(infusions.course.patient, len(SLOTS))
    turn = infusions.turn.ravel()
    edge = (line.before if last else infusions).edge(last=last)
    bound = np.full(line.count, -1 if last else np.iinfo(np.int64).max)
    bound[edge[:, 0]] = turn[edge[:, 1]]
    open_ = infusions.undated.ravel() & (
        (turn > bound[patient]) if last else (turn < bound[patient])
    )
    if last:
        after = (infusions.course.day >= line.hct[infusions.course.patient][:, None]).ravel()
        later = np.full(line.count, np.iinfo(np.int64).max)
        np.minimum.at(later, patient[after], turn[after])
        open_ &= turn < later[patient]
    place = np.flatnonzero(open_)
    place = place[np.lexsort((turn[place], patient[place]))]
    keep = np.diff(patient[place], prepend=-1) != 0
    return np.column_stack([patient[place][keep], place[keep]])


def infusion_date(
    name: str, label: str, line: Timeline, infusions: Infusions, rule: str, *, last: bool
) -> Derived:
    """Make a column of the first or last infusion's date, with the field of each.

    It is missing where an infusion on a day that is not known may be the one.
    """
    table = line.records.table("ino_cycle")
    edge, open_ = infusions.edge(last=last), open_infusion(line, last=last)
    edge = edge[~np.isin(edge[:, 0], open_[:, 0])]
    told = np.concatenate([edge, open_])
    patient, place = told[:, 0], told[:, 1]
    row, slot = infusions.row[place // len(SLOTS)], place % len(SLOTS)
    days = np.full(line.count, np.nan)
    days[edge[:, 0]] = infusions.course.day.ravel()[edge[:, 1]]
    precision = np.zeros(line.count, dtype=np.int8)
    missing = np.full(line.count, BLANK, dtype=np.int8)
    origins = []
    for position, field in enumerate(f"cyc_{slot}_date" for slot in SLOTS):
        here = slot == position
        rows = np.full(line.count, -1, dtype=np.int32)
        rows[patient[here]] = row[here]
        origins.append(Origin("ino_cycle", field, rows))
        column = table.column(field)
        why, codes = column.missing[row[here]], line.records.dictionary.missing_codes
        missing[patient[here]] = np.where(undecided(why, codes), why, UNREADABLE)
        if column.precision is not None:
            precision[patient[here]] = column.precision[row[here]]
    made = computed(name, label, "date", to_dates(days), origins, rule, missing=missing)
    if not precision.any():
        return made
    return replace(made, column=replace(made.column, precision=precision))
