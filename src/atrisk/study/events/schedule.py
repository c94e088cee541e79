"""The analysis ``schedule``: doses over days and cycles, as published and as given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atrisk.leukaemia.dosing import label_schedule
from atrisk.leukaemia.regimens import Regimen, regimen
from atrisk.study.values import Entries, value

if TYPE_CHECKING:
    from atrisk.study.event_analyses import ScheduleAnalysis
    from atrisk.study.events.shown import Shown

__all__ = ["schedule"]

_UNIT: Final = "mg/m2"
_LABEL: Final = "label-"
_GIVEN: Final = "given"


def schedule(asked: ScheduleAnalysis, found: Shown) -> tuple[dict[str, Any], Entries]:
    """Lay out regimens in lanes, a box a cycle; keys are those below the analysis."""
    lanes, entries = [], {"overall.n": value(found.count, "patients")}
    for name in asked.regimens:
        lane, more = _published(regimen(name), asked.cycles)
        lanes.append(lane)
        entries |= more
    notes: list[str] = []
    if asked.given:
        lane, more, notes = _given(asked, found)
        lanes.append(lane)
        entries |= more
    node = {"unit": _UNIT, "lanes": lanes, "notes": notes, "left_out": []}
    return node, entries


def _key(name: str) -> str:
    return name.replace("-", "_")


def _published(one: Regimen, most: int) -> tuple[dict[str, Any], Entries]:
    last = min(most, one.max_cycles or most)
    key = _key(one.id)
    cycles = []
    entries: Entries = {}
    for number in range(1, last + 1):
        phase = next((p for p in one.phases if p.first <= number <= p.last), None)
        if phase is None:
            continue
        cycles.append(
            {
                "cycle": number,
                "days": _length(one, number),
                "doses": [
                    {"day": day, "low": dose.low, "high": dose.high}
                    for day, dose in sorted(phase.days.items())
                ],
                "total": list(phase.total),
            }
        )
    for part, dose in zip(("low", "high"), one.cumulative_dose(last) or (None, None), strict=True):
        entries[f"{key}.total_{part}"] = value(
            dose, _UNIT, method=f"sum of cycles 1 to {last} as published"
        )
    entries[f"{key}.cycles"] = value(last, "cycles")
    lane = {
        "id": key,
        "label": one.label,
        "population": one.population,
        "note": one.note,
        "sources": list(one.sources),
        "given": False,
        "max_cycles": one.max_cycles,
        "cycles": cycles,
    }
    return lane, entries


def _length(one: Regimen, cycle: int) -> list[int] | None:
    """Give the shortest and longest length of a cycle; None where none is published."""
    if one.id.startswith(_LABEL):
        label = label_schedule()
        return list(label.first_cycle_days if cycle == 1 else label.later_cycle_days)
    return None if one.cycle_days is None else list(one.cycle_days)


def _given(asked: ScheduleAnalysis, found: Shown) -> tuple[dict[str, Any], Entries, list[str]]:
    """Take the median day of the cycle and dose of each infusion before the transplantation."""
    from atrisk.study.clinical.analyses import records_kept
    from atrisk.study.clinical.infusions import SLOTS, timeline

    source = found.table.provenance
    if source is None:
        raise TypeError("doses as given are read from forms, and the table is not made of forms")
    course = timeline(records_kept(source.records, source.at)).before.course
    given = course.given
    day = np.where(given, course.day, np.nan)
    first = np.fmin.reduce(day, axis=1, initial=np.inf)[:, None]
    since = np.where(np.isfinite(first), day - first + 1, np.nan)
    entries: Entries = {}
    cycles = []
    for number in range(1, asked.cycles + 1):
        here = course.cycle == number
        begun = here & given.any(axis=1)
        if not begun.any():
            continue
        doses = []
        for slot in range(len(SLOTS)):
            rows = here & given[:, slot]
            key = f"{_GIVEN}.cycle_{number}.dose_{slot + 1}"
            if not rows.any():
                continue
            days = since[rows, slot][~np.isnan(since[rows, slot])]
            entries |= _infusion(key, course.dose[rows, slot], days)
            if days.size:
                doses.append(
                    {
                        "day": float(np.median(days)),
                        "low": float(np.median(course.dose[rows, slot])),
                        "high": float(np.median(course.dose[rows, slot])),
                        "id": f"cycle_{number}.dose_{slot + 1}",
                    }
                )
        entries[f"{_GIVEN}.cycle_{number}.patients"] = value(
            len(np.unique(course.patient[begun])), "patients", n=found.count
        )
        cycles.append({"cycle": number, "days": None, "doses": doses, "total": None})
    later = int((given.any(axis=1) & (course.cycle > asked.cycles)).sum())
    notes = [f"{later} later cycles were given and are not drawn."] if later > 1 else []
    notes += ["1 later cycle was given and is not drawn."] if later == 1 else []
    undated = int((given & np.isnan(since)).sum())
    if undated:
        noun = "infusion has" if undated == 1 else "infusions have"
        notes.append(
            f"{undated} {noun} no known date and {'counts' if undated == 1 else 'count'}"
            " in the doses only."
        )
    lane = {
        "id": _GIVEN,
        "label": "As given",
        "population": "",
        "note": "",
        "sources": [],
        "given": True,
        "max_cycles": None,
        "cycles": cycles,
    }
    return lane, entries, notes


def _infusion(key: str, dose: np.ndarray, days: np.ndarray) -> Entries:
    entries: Entries = {f"{key}.n": value(len(dose), "patients")}
    for part, numbers, unit in (("dose", dose, _UNIT), ("day", days, "day of the cycle")):
        for name, share in (("median", 0.5), ("q1", 0.25), ("q3", 0.75)):
            number = float(np.quantile(numbers, share)) if numbers.size else None
            entries[f"{key}.{part}.{name}"] = value(
                number,
                unit,
                n=numbers.size,
                method="quantiles by linear interpolation (type 7)",
                missing="no infusion has a known date",
            )
    return entries
