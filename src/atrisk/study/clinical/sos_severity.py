"""Severity of SOS/VOD from the daily work-up, beside the grade that the centre entered."""

from __future__ import annotations

from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.leukaemia.severity import GRADES, grade
from atrisk.leukaemia.sosvod import Baseline, Day
from atrisk.study.clinical.rows import form_rows, possible
from atrisk.study.clinical.sos import NUMBERS, SIGNS
from atrisk.study.derived.column import Origin, computed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from atrisk.study.clinical.infusions import Timeline
    from atrisk.study.clinical.rows import FormRows
    from atrisk.study.clinical.sos_baseline import SosBaseline
    from atrisk.study.derived.column import Derived

__all__ = ["LEVELS", "severity_columns"]

#: No SOS/VOD, then the grades, lowest first.
LEVELS = ("none", *GRADES)


def severity_columns(
    line: Timeline, diagnosed: Sequence[Derived], weight: SosBaseline, creatinine: SosBaseline
) -> Iterator[Derived]:
    """Grade each SOS/VOD on the day of the centre's diagnosis, and at its worst.

    Parameters
    ----------
    diagnosed
        the columns of the centre's diagnosis: ``sos``, ``sos_date`` and ``sos_symptom_date`` are
        used.
    weight, creatinine
        at transplantation.
    """
    centre = {column.name: column for column in diagnosed}
    onset = _day(line, centre["sos_date"])
    symptom = _first_symptom(line, centre["sos_symptom_date"], onset)
    without = centre["sos"].column.values == 0
    rows = form_rows(line.records, "sos_workup")
    shared = [centre[name].origin for name in ("sos", "sos_date", "sos_symptom_date")]
    shared += [weight.origin, creatinine.origin]
    baselines = [
        Baseline(weight=kg, creatinine=level)
        for kg, level in zip(_known(weight.values), _known(creatinine.values), strict=True)
    ]
    day, order = _counted(rows, line, onset)
    found = _graded(rows, baselines, onset, symptom, (day, order))
    until_then = order[day[order] <= onset[rows.record[order]]]
    for (name, label, until, counted), values in zip(
        (
            ("sos_severity", "at diagnosis", "the day of the centre's diagnosis", until_then),
            ("sos_severity_highest", "at its worst", "the end of the work-up", order),
        ),
        found,
        strict=True,
    ):
        rule = (
            "EBMT 2016 table, without risk factors, from the worst values of the daily work-up"
            f" between sos_symptom_date (day 0, if not recorded to the day) and {until}; weight"
            f" gain from {weight.rule}; rise of creatinine from {creatinine.rule}; missing where"
            " too few items are recorded; none for patients without SOS/VOD"
        )
        keep = np.zeros(rows.table.rows, dtype=bool)
        keep[counted] = True
        last = Origin("sos_workup", "sw_date", rows.first(keep, day, last=True))
        origin = (last, *chain.from_iterable(shared))
        levels = np.where(without, 0, np.where(values < 0, -1, values + 1))
        words = f"Severity of SOS/VOD by EBMT 2016 {label}"
        yield computed(name, words, "code", levels, origin, rule, levels=LEVELS)


def _day(line: Timeline, dated: Derived) -> NDArray[np.float64]:
    """Count from transplantation to a date: shape (R,), NaN where there is none."""
    days = dated.dates.astype(np.int64)
    return np.where(dated.column.present, days, np.nan) - line.hct


def _first_symptom(
    line: Timeline, dated: Derived, onset: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Take the first symptoms between transplantation and diagnosis, where known to the day."""
    day = _day(line, dated)
    known = (day >= 0) & (day <= onset)
    if dated.column.precision is not None:
        known &= dated.column.precision == 0
    return np.where(known, day, np.nan)


def _end(line: Timeline) -> NDArray[np.float64]:
    """Give the last day before the next transplantation: shape (R,), no limit without one."""
    return np.where(np.isnan(line.second), np.inf, line.second - line.hct - 1)


def _counted(
    rows: FormRows, line: Timeline, onset: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Find the days after transplantation that count, in order of patient."""
    day = rows.days("sw_date") - line.hct[rows.record]
    counted = (day >= 0) & (day <= _end(line)[rows.record]) & ~np.isnan(onset[rows.record])
    return day, np.flatnonzero(counted)


def _graded(
    rows: FormRows,
    baselines: Sequence[Baseline],
    onset: NDArray[np.float64],
    symptom: NDArray[np.float64],
    counted: tuple[NDArray[np.float64], NDArray[np.intp]],
) -> NDArray[np.int64]:
    """Grade each patient with a day that counts, on the day of diagnosis and over all days."""
    day, order = counted
    values = np.full((2, rows.count), -1, dtype=np.int64)
    days = _days(rows, day, order)
    edges = [*np.flatnonzero(np.diff(rows.record[order], prepend=-1)).tolist(), len(order)]
    for start, stop in pairwise(edges):
        patient = int(rows.record[order[start]])
        seen = days[start:stop]
        diagnosed, first = int(onset[patient]), symptom[patient]
        since = None if np.isnan(first) else int(first)
        last = max(diagnosed, *(one.day for one in seen))
        for place, until in enumerate((diagnosed, last)):
            found = grade(
                seen,
                baselines[patient],
                diagnosis_day=diagnosed,
                first_symptom_day=since,
                until=until,
            ).grade
            values[place, patient] = -1 if found is None else GRADES.index(found)
    return values


def _known(values: NDArray[np.float64]) -> Iterator[float | None]:
    """Give None for NaN."""
    return (None if value != value else value for value in values.tolist())  # noqa: PLR0124


def _days(rows: FormRows, day: NDArray[np.float64], order: NDArray[np.intp]) -> list[Day]:
    """Read the days that count."""
    ast, alt = (possible(rows.numbers(f"sw_{name}_xuln"))[order] for name in ("ast", "alt"))
    fields: dict[str, Any] = {
        name: _known(possible(rows.numbers(field))[order]) for name, field in NUMBERS.items()
    }
    fields["creatinine"] = _known(possible(rows.numbers("sw_creat"))[order])
    fields["transaminases"] = _known(np.fmax(ast, alt))
    for name, field in (*SIGNS.items(), ("organ_failure", "sw_organ_failure")):
        fields[name] = (
            None if said is None else said == 1 for said in _known(rows.truth(field)[order])
        )
    names = list(fields)
    return [
        Day(day=int(when), **dict(zip(names, values, strict=True)))
        for when, *values in zip(day[order].tolist(), *fields.values(), strict=True)
    ]
