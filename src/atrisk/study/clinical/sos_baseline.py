"""Weight and creatinine at transplantation, from which SOS/VOD is judged: which entry was used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from atrisk.study.clinical.rows import form_rows, number, possible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atrisk.study.clinical.infusions import Timeline
    from atrisk.study.derived.column import Derived, Origin

__all__ = ["SosBaseline", "baseline_columns", "baseline_creatinine", "baseline_weight"]

#: Where a baseline is read: at transplantation, in the work-up, before INO.
_WEIGHT: Final = ("hct_weight_kg", "sw_weight", "weight_kg")
_CREATININE: Final = ("hct_creat", "sw_creat", "base_creat")


@dataclass(frozen=True, slots=True)
class SosBaseline:
    """A measurement of each patient, and the field that gave it.

    Attributes
    ----------
    values
        shape (R,), NaN where not recorded and without a transplantation.
    origin
        the three fields; a patient has a row in the one that was used.
    rule
        how it was chosen, in words.
    """

    values: NDArray[np.float64]
    origin: tuple[Origin, ...]
    rule: str


def baseline_weight(line: Timeline) -> SosBaseline:
    """Take the weight in kg that weight gain is counted from."""
    return _baseline(line, *_WEIGHT)


def baseline_creatinine(line: Timeline) -> SosBaseline:
    """Take the creatinine in mg/dL that its rise is counted from."""
    return _baseline(line, *_CREATININE)


def _baseline(line: Timeline, at_transplant: str, in_workup: str, before_ino: str) -> SosBaseline:
    """Take the entry at transplantation, else the last of the work-up to day 0, else before INO."""
    transplant = form_rows(line.records, "transplant")
    workup = form_rows(line.records, "sos_workup")
    start = form_rows(line.records, "baseline")
    level = {
        name: _measured(rows.numbers(name))
        for rows, name in ((transplant, at_transplant), (workup, in_workup), (start, before_ino))
    }
    there = ~np.isnan(transplant.at(level[at_transplant], line.hct_row))
    chosen = [np.where(there, line.hct_row, -1).astype(np.int32)]
    day = workup.days("sw_date") - line.hct[workup.record]
    chosen.append(workup.first((day <= 0) & ~np.isnan(level[in_workup]), day, last=True))
    entered = ~np.isnan(level[before_ino])
    chosen.append(start.first(entered, np.zeros(start.table.rows)))
    values = np.full(line.count, np.nan)
    origin = []
    forms = (transplant, workup, start)
    for rows, (name, held), row in zip(forms, level.items(), chosen, strict=True):
        used = np.where(line.transplanted & np.isnan(values), row, -1).astype(np.int32)
        values = np.where(used >= 0, rows.at(held, used), values)
        origin.append(rows.origin(name, used))
    rule = f"{at_transplant}, else the last {in_workup} to day 0, else {before_ino}"
    return SosBaseline(values, tuple(origin), rule)


def _measured(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave out what cannot be divided by: the checks of the forms list it."""
    found = possible(values)
    return np.where(found == 0, np.nan, found)


def baseline_columns(weight: SosBaseline, creatinine: SosBaseline) -> Iterator[Derived]:
    """Give the baselines as columns."""
    for name, label, found in (
        ("hct_baseline_weight", "Weight at transplantation (kg)", weight),
        ("hct_baseline_creat", "Creatinine at transplantation (mg/dL)", creatinine),
    ):
        yield number(name, label, found.values, found.origin, found.rule)
