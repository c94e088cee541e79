"""Severity of SOS/VOD from the daily work-up, beside the grade that the centre entered."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.leukaemia.severity import GRADES, grade
from atrisk.leukaemia.sosvod import Baseline, Day
from atrisk.study.clinical.rows import form_rows, possible
from atrisk.study.clinical.sos import NUMBERS, SIGNS, baseline_weight
from atrisk.study.derived.column import Origin, computed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atrisk.study.clinical.infusions import Timeline
    from atrisk.study.clinical.rows import FormRows
    from atrisk.study.derived.column import Derived

__all__ = ["severity_column"]

_RULE = (
    "EBMT 2016 table on the day of the centre's diagnosis, without risk factors, from the worst"
    " values of the daily work-up from day 0; missing where too few items are recorded"
)


def severity_column(line: Timeline, sos_date: Derived) -> Derived:
    """Grade each SOS/VOD of a transplanted patient on the day of the centre's diagnosis."""
    rows = form_rows(line.records, "sos_workup")
    day = rows.days("sw_date") - line.hct[rows.record]
    held = np.where(sos_date.column.present, sos_date.dates.astype(np.int64), np.nan)
    diagnosed = held - line.hct
    counted = (day >= 0) & (day <= diagnosed[rows.record])
    order = np.flatnonzero(counted)
    baselines = _baselines(line, rows, day)
    values = np.full(line.count, -1, dtype=np.int64)
    days = _days(rows, day, order)
    starts = np.flatnonzero(np.diff(rows.record[order], prepend=-1))
    edges = [*starts.tolist(), len(order)]
    for start, stop in pairwise(edges):
        patient = int(rows.record[order[start]])
        found = grade(
            days[start:stop], baselines[patient], diagnosis_day=int(diagnosed[patient])
        ).grade
        values[patient] = -1 if found is None else GRADES.index(found)
    origin = (
        Origin("sos_workup", "sw_date", rows.first(counted, day, last=True)),
        *sos_date.origin,
    )
    label = "Severity of SOS/VOD by EBMT 2016 at diagnosis"
    return computed("sos_severity", label, "code", values, origin, _RULE, levels=GRADES)


def _baselines(line: Timeline, rows: FormRows, day: NDArray[np.float64]) -> list[Baseline]:
    """Take weight as the criteria do, and the creatinine before INO."""
    weight = baseline_weight(line, rows, day)
    form = form_rows(line.records, "baseline")
    creatinine = possible(form.numbers("base_creat"))
    creatinine[creatinine == 0] = np.nan
    pairs = zip(_known(weight), _known(form.at(creatinine, form.only())), strict=True)
    return [Baseline(weight=kg, creatinine=level) for kg, level in pairs]


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
