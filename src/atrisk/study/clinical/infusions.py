"""Infusions of inotuzumab ozogamicin (INO) and transplantations of each patient."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from atrisk.leukaemia.dosing import Course, until
from atrisk.study.clinical.rows import FormRows, form_rows, to_dates
from atrisk.study.derived.column import Derived, Origin, computed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.study.forms.tables import Records

__all__ = ["SLOTS", "Infusions", "Timeline", "infusion_date", "timeline"]

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
    """

    course: Course
    row: NDArray[np.int32]

    def edge(self, *, last: bool) -> NDArray[np.int64]:
        """Find the first or last dated infusion of each patient.

        Returns
        -------
        ndarray
            patient -> cycle * 3 + infusion; patients without one are left out, so the shape is
            (k, 2): patient and place.
        """
        day = np.where(self.course.given, self.course.day, np.nan).ravel()
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
    """

    records: Records
    infusions: Infusions
    before: Infusions
    start: NDArray[np.float64]
    hct_row: NDArray[np.int32]
    hct: NDArray[np.float64]
    second_row: NDArray[np.int32]
    second: NDArray[np.float64]

    @property
    def count(self) -> int:
        """The number of records, R."""
        return len(self.records.ids)

    @property
    def transplanted(self) -> NDArray[np.bool_]:
        """Tell who was transplanted after INO: shape (R,)."""
        return self.hct_row >= 0


def _infusions(cycles: FormRows) -> Infusions:
    """Read the cycles in order of patient and time; a cycle without a number is numbered by it."""
    day = np.column_stack([cycles.days(f"cyc_{slot}_date") for slot in SLOTS])
    dose = np.column_stack([cycles.numbers(f"cyc_{slot}_dose") for slot in SLOTS])
    dated = np.where(np.isnan(day), np.inf, day).min(axis=1, initial=np.inf)
    written = cycles.numbers("cyc_no")
    order = np.lexsort((cycles.table.instance, written, dated, cycles.record))
    patient = cycles.record[order].astype(np.int64)
    begins = np.flatnonzero(np.diff(patient, prepend=-1))
    lengths = np.diff(np.append(begins, len(patient)))
    rank = np.arange(len(patient)) - np.repeat(begins, lengths) + 1
    number = np.where(np.isnan(written[order]), rank, written[order]).astype(np.int64)
    return Infusions(Course(patient, number, day[order], dose[order]), order.astype(np.int32))


def timeline(records: Records) -> Timeline:
    """Place the infusions and the transplantations of each patient."""
    cycles, transplants = form_rows(records, "ino_cycle"), form_rows(records, "transplant")
    infusions = _infusions(cycles)
    start = np.full(len(records.ids), np.nan)
    first = infusions.edge(last=False)
    start[first[:, 0]] = infusions.course.day.ravel()[first[:, 1]]
    day = transplants.days("hct_date")
    hct_row = transplants.first(day > start[transplants.record], day)
    hct = transplants.at(day, hct_row)
    second_row = transplants.first(day > hct[transplants.record], day)
    return Timeline(
        records,
        infusions,
        replace(infusions, course=until(infusions.course, hct)),
        start,
        hct_row,
        hct,
        second_row,
        transplants.at(day, second_row),
    )


def infusion_date(
    name: str, label: str, line: Timeline, infusions: Infusions, rule: str, *, last: bool
) -> Derived:
    """Make a column of the first or last infusion's date, with the field of each."""
    table = line.records.table("ino_cycle")
    edge = infusions.edge(last=last)
    patient, place = edge[:, 0], edge[:, 1]
    row, slot = infusions.row[place // len(SLOTS)], place % len(SLOTS)
    days = np.full(line.count, np.nan)
    days[patient] = infusions.course.day.ravel()[place]
    precision = np.zeros(line.count, dtype=np.int8)
    origins = []
    for position, field in enumerate(f"cyc_{slot}_date" for slot in SLOTS):
        here = slot == position
        rows = np.full(line.count, -1, dtype=np.int32)
        rows[patient[here]] = row[here]
        origins.append(Origin("ino_cycle", field, rows))
        known = table.column(field).precision
        if known is not None:
            precision[patient[here]] = known[row[here]]
    made = computed(name, label, "date", to_dates(days), origins, rule)
    if not precision.any():
        return made
    return replace(made, column=replace(made.column, precision=precision))
