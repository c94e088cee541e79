"""Columns of the treatment with inotuzumab ozogamicin (INO) before the transplantation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.leukaemia.dosing import cumulative_dose, cycles_given, placed_days
from atrisk.study.clinical.infusions import SLOTS, infusion_date
from atrisk.study.clinical.rows import flag, number
from atrisk.study.derived.column import Origin, computed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atrisk.study.clinical.infusions import Timeline
    from atrisk.study.derived.column import Derived

__all__ = ["cycles_group", "inotuzumab_columns"]

# The groups of Kayser et al. 2024; a cycle that was begun belongs to the group of its number.
_GROUPS = {2.0: "<=2", 4.0: "3-4", 6.0: "5-6"}
_MORE = ">6"
_GIVEN = "with a dose above 0, or with a date and no known dose"
_BEFORE = "given before the transplantation (all, where there is none)"


def cycles_group(cycles: NDArray[np.float64]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Group numbers of cycles: positions (-1 for NaN) and the names of the groups.

    Examples
    --------
    >>> cycles_group(np.array([1.67, 2.0, 2.33, 5.0]))
    (array([0, 0, 1, 2]), ('<=2', '3-4', '5-6'))
    """
    position = np.searchsorted(np.array(list(_GROUPS)), cycles)
    names = (*_GROUPS.values(), *([_MORE] if bool((cycles > max(_GROUPS)).any()) else []))
    return np.where(np.isnan(cycles), -1, position), names


def _dose_origins(line: Timeline) -> list[Origin]:
    """Point at the last cycle with an infusion that counts."""
    infusions = line.before
    begun = infusions.course.given.any(axis=1)
    row = np.full(line.count, -1, dtype=np.int32)
    row[infusions.course.patient[begun]] = infusions.row[begun]
    return [Origin("ino_cycle", f"cyc_{slot}_dose", row) for slot in SLOTS]


def inotuzumab_columns(line: Timeline) -> Iterator[Derived]:
    """Give dates, cycles and cumulative dose, and the days from INO to the transplantation."""
    start_rule = f"date of the first infusion {_GIVEN}"
    yield infusion_date(
        "ino_start", "First dose of INO", line, line.infusions, start_rule, last=False
    )
    last = infusion_date(
        "last_ino",
        "Last dose of INO before transplantation",
        line,
        line.before,
        f"date of the last infusion {_GIVEN}, {_BEFORE}",
        last=True,
    )
    yield last
    yield from _amounts(line)
    yield from _interval(line, last)


def _known(line: Timeline) -> NDArray[np.bool_]:
    """Tell of whom every infusion is known: its dose, and on which side of the transplantation."""
    course = line.infusions.course
    undated = (course.given & np.isnan(placed_days(course))).any(axis=1)
    open_ = line.before.unknown.any(axis=1)
    known = np.ones(line.count, dtype=bool)
    known[course.patient[(undated & line.transplanted[course.patient]) | open_]] = False
    return known


def _amounts(line: Timeline) -> Iterator[Derived]:
    course, origin = line.before.course, _dose_origins(line)
    some = (origin[0].row >= 0) & _known(line)
    cycles = np.where(some, cycles_given(course, line.count), np.nan)
    dose = np.where(some, cumulative_dose(course, line.count), np.nan)
    undated = "missing where a cycle has no date at all or a dose is not known"
    rule = f"infusions {_BEFORE}, divided by the 3 of a cycle; {undated}"
    yield number("ino_cycles", "Cycles of INO before transplantation", cycles, origin, rule)
    position, names = cycles_group(cycles)
    yield computed(
        "cycles_group",
        "Cycles of INO before transplantation",
        "code",
        position,
        origin,
        f"{rule}; in groups, a cycle that was begun in that of its number",
        levels=names,
    )
    yield flag(
        "ino_over_2_cycles",
        "More than 2 cycles of INO",
        cycles > 2,
        some,
        origin,
        f"more than 2 of: {rule}",
    )
    rule = f"sum of the doses {_BEFORE}; {undated}"
    label = "Cumulative dose of INO before transplantation (mg/m2)"
    yield number("ino_dose", label, dose, origin, rule)


def _interval(line: Timeline, last: Derived) -> Iterator[Derived]:
    days = line.hct - np.where(last.column.present, last.dates.astype(np.int64), np.nan)
    origin = (*last.origin, Origin("transplant", "hct_date", line.hct_row))
    rule = "hct_date minus last_ino"
    label = "Days from last dose of INO to transplantation"
    yield number("ino_to_hct", label, days, origin, rule)
    for most in (50, 60):
        yield flag(
            f"hct_within_{most}",
            f"Transplantation within {most} days of the last dose of INO",
            days <= most,
            ~np.isnan(days),
            origin,
            f"{rule}: {most} days or fewer",
        )
