"""Cycles of INO and calls of response as a swimmer plot draws them, from the forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.clinical.response import CENTRE_CALLS, response_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atrisk.study.clinical.infusions import Timeline

__all__ = ["calls_marked", "cycles_drawn"]

#: The calls that are drawn; relapse has a form of its own.
_CALLS = {"CR": "CR", "CRi": "CRi", "PR": "PR", "refractory": "Refractory"}


def cycles_drawn(
    line: Timeline, start: NDArray[np.float64], unit: float, limit: NDArray[np.float64]
) -> tuple[dict[int, list[list[float]]], int]:
    """Give the blocks of each patient: first and last infusion of a cycle, and its dose in mg/m2.

    Parameters
    ----------
    start
        shape (R,): the first day of each bar, as days since 1970-01-01.
    unit
        days in the time unit of the study.
    limit
        shape (R,): what starts later is not drawn.

    Returns
    -------
    blocks : dict
        place of the record -> blocks in order of time.
    undated : int
        cycles with a dose and no known date.
    """
    course = line.infusions.course
    day = np.where(course.given, course.day, np.nan)
    blocks: dict[int, list[list[float]]] = {}
    undated = 0
    for cycle in np.flatnonzero(course.given.any(axis=1)).tolist():
        patient = int(course.patient[cycle])
        days = day[cycle][~np.isnan(day[cycle])]
        if not days.size:
            undated += 1
            continue
        first, last = ((float(edge) - start[patient]) / unit for edge in (days.min(), days.max()))
        dose = round(float(course.dose[cycle][course.given[cycle]].sum()), 6)
        if first <= limit[patient]:
            blocks.setdefault(patient, []).append([first, last, dose])
    return {patient: sorted(found) for patient, found in blocks.items()}, undated


def calls_marked(
    line: Timeline, start: NDArray[np.float64], unit: float
) -> Iterator[tuple[str, NDArray[np.int64], NDArray[np.float64], int]]:
    """Give each call of the centre from the first infusion on: label, records, times, undated."""
    found = response_rows(line, "label", "centre")
    record = found.rows.record.astype(np.int64)
    time = (found.day - start[record]) / unit
    after = ~(found.day < line.start[record])
    for place, call in enumerate(CENTRE_CALLS.values()):
        if call in _CALLS:
            here = (found.call == place) & after
            dated = here & ~np.isnan(time)
            yield _CALLS[call], record[dated], time[dated], int((here & np.isnan(time)).sum())
