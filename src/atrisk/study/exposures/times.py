"""When exposures began, and the (start, stop] rows that follow from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk import frames
from atrisk.errors import InputError
from atrisk.sources.episodes import Episodes, episodes
from atrisk.study.regression.setting import codes_as_text
from atrisk.study.since_origin import since_origin
from atrisk.study.table import cells_error
from atrisk.study.truth import truth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from atrisk.study.cohort import Cohort
    from atrisk.study.exposure_analyses import TimeDependentAnalysis
    from atrisk.study.plan import AnalysisPlan, ExposurePlan, Plan
    from atrisk.study.table import Table

__all__ = ["begin_times", "cut", "internal_name", "remark_notes"]


def begin_times(
    exposure: ExposurePlan, analysis: AnalysisPlan, plan: Plan, patients: Cohort
) -> NDArray[np.float64]:
    """Find when an exposure began for each patient, NaN for never.

    Raises
    ------
    InputError
        whether it began is unknown, or it began and its time is missing or negative.
    """
    table = patients.chosen.table
    if analysis.endpoint is None:
        raise TypeError(f"{analysis.id} has no endpoint")
    column = exposure.asked.time
    began = since_origin(table, column, analysis.endpoint, plan.data, exposure.asked.unit)
    if exposure.condition is not None:
        answer = truth(exposure.condition.tree, table, plan.data.date_format)
        if answer.unknown.any():
            lines = _lines(table, np.flatnonzero(answer.unknown).tolist())
            raise InputError(
                f"{table.file}: whether {exposure.condition.text!r} holds, and {exposure.id!r}"
                f" began, is unknown in {lines}. Complete the entries, or exclude the"
                " rows in [[population]]."
            )
        gap = answer.yes & np.isnan(began)
        if gap.any():
            raise cells_error(
                table,
                column,
                gap,
                f"missing where {exposure.condition.text!r} holds",
                "Give the time at which it began, or correct the condition.",
            )
        began = np.where(answer.yes, began, np.nan)
    early = began < 0
    if early.any():
        raise cells_error(
            table,
            column,
            early,
            "before the origin",
            "Times count from the origin. Give 0 to who was exposed before it, or correct the"
            " entries.",
        )
    return began


def cut(
    patients: Cohort,
    asked: TimeDependentAnalysis,
    exposures: Iterable[tuple[ExposurePlan, NDArray[np.float64]]],
) -> Episodes:
    """Cut the time of each patient at the beginnings of exposures.

    Raises
    ------
    InputError
        a time ends at 0, or an exposure begins after the end, and the analysis does not say what
        then; the message names the lines.
    """
    columns: dict[str, NDArray[Any]] = {
        "Time": patients.time,
        "Event": (patients.cause > 0).astype(np.int64),
    }
    options: dict[str, str] = {}
    strata = patients.chosen.strata
    for name, role, values in (
        ("Entry", "entry", patients.entry),
        ("Weight", "weights", patients.weights),
        ("Stratum", "strata", None if strata is None else codes_as_text(strata)),
        ("Subject", "subject", patients.subject),
    ):
        if values is not None:
            columns[name], options[role] = values, name
    names: dict[str, str] = {}
    for place, (exposure, began) in enumerate(exposures):
        _check_exits(patients, asked, exposure, began)
        names[internal_name(place)] = f"Begin{place}"
        columns[f"Begin{place}"] = began
    _check_zero(patients, asked)
    return episodes(
        frames.to_polars(columns),
        exit="Time",
        event="Event",
        exposures=names,
        unit=patients.unit,
        origin=patients.origin,
        at_zero=asked.at_zero,
        at_exit=asked.at_exit,
        after_exit=asked.after_exit,
        **options,  # type: ignore[arg-type]
    )


def internal_name(place: int) -> str:
    """Name an exposure in the calls: no id of a study file has a capital letter."""
    return f"X{place}"


def _check_exits(
    patients: Cohort,
    asked: TimeDependentAnalysis,
    exposure: ExposurePlan,
    began: NDArray[np.float64],
) -> None:
    late = began > patients.time  # NaN is never
    if asked.after_exit == "error" and late.any():
        raise cells_error(
            patients.chosen.table,
            exposure.asked.time,
            late,
            "after the end of the patient's time",
            'Correct the entries, or set after_exit = "ignore": such patients were not exposed'
            " while they were observed, and the report says how many they are.",
        )


def _check_zero(patients: Cohort, asked: TimeDependentAnalysis) -> None:
    zero = patients.time <= 0
    if asked.at_zero == "error" and zero.any():
        lines = _lines(patients.chosen.table, np.flatnonzero(zero).tolist())
        count = int(zero.sum())
        raise InputError(
            f"{patients.chosen.table.file}: the time of {count}"
            f" {'patient' if count == 1 else 'patients'} ends at 0 ({lines}), when nobody is at"
            ' risk yet. Set at_zero = "shift" to put it halfway to the next time of the data, or'
            ' at_zero = "drop" to leave them out.'
        )


def remark_notes(patients: Cohort, labels: Iterable[str], cut_rows: Episodes) -> list[str]:
    """Say, a sentence a rule, about which patients a rule had to decide."""
    spelled = {f"Begin{place}": label for place, label in enumerate(labels)}
    spelled["Time"] = "end of observation"
    found: dict[tuple[str, str], list[int]] = {}
    remarks = cut_rows.remarks
    for row, column, remark in zip(remarks.row, remarks.column, remarks.remark, strict=True):
        found.setdefault((spelled.get(column, column), remark), []).append(int(row) - 1)
    table = patients.chosen.table
    notes = []
    for (label, remark), rows in found.items():
        count = "1 patient" if len(rows) == 1 else f"{len(rows)} patients"
        notes.append(f"{label}, {count} ({_lines(table, rows)}): {remark}")
    gone = [int(row) - 1 for row in cut_rows.histories.dropped.row]
    if gone:
        count = "1 patient is" if len(gone) == 1 else f"{len(gone)} patients are"
        notes.append(f"{count} left out, whose time ends at 0 ({_lines(table, gone)})")
    return notes


def _lines(table: Table, rows: list[int]) -> str:
    """Name the lines of some rows."""
    word = table.place if len(rows) == 1 else f"{table.place}s"
    keep = np.isin(np.arange(table.rows), rows)
    return f"{word} {table.listed_rows(keep, shown=10)}"
