"""The analysis ``trajectories``: MRD or blasts over time, and the best change of each patient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atrisk.errors import InputError
from atrisk.study.axis import ticks
from atrisk.study.events.change import best_changes
from atrisk.study.events.measured import KINDS, Measured, blasts, mrd
from atrisk.study.events.shown import record_name
from atrisk.study.groups import group_by
from atrisk.study.units import DAYS
from atrisk.study.values import Entries, plain, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atrisk.study.clinical.infusions import Timeline
    from atrisk.study.event_analyses import TrajectoriesAnalysis
    from atrisk.study.events.shown import Shown
    from atrisk.study.plan import AnalysisPlan, Plan

__all__ = ["trajectories"]

_LABELS: Final = {
    "mrd": "MRD",
    "bm_blasts": "Blasts in bone marrow",
    "pb_blasts": "Blasts in blood",
}


def trajectories(
    asked: TrajectoriesAnalysis, plan: AnalysisPlan, study: Plan, found: Shown
) -> tuple[dict[str, Any], Entries]:
    """Make the lines and the bars; keys are those below the analysis."""
    from atrisk.study.clinical.analyses import records_kept
    from atrisk.study.clinical.infusions import timeline

    source = found.table.provenance
    if source is None:
        raise TypeError(f"{plan.id} reads forms, and the table is not made of forms")
    line = timeline(records_kept(source.records, source.at))
    measured = mrd(line, asked.rules) if asked.measure == "mrd" else blasts(line, asked.measure)
    node: dict[str, Any] = {
        "measure": asked.measure,
        "display": asked.display,
        "origin": asked.origin,
        "labels": asked.labels,
        "log": asked.measure == "mrd",
        "rules": asked.rules if asked.measure == "mrd" else None,
        "notes": [],
        "left_out": [],
        "lines": None,
        "changes": None,
    }
    entries: Entries = {"overall.n": value(found.count, "patients")}
    for place, level in enumerate(found.groups):
        entries[f"{level.id}.n"] = value(int((found.group == place).sum()), "patients")
    if asked.display != "waterfall":
        node["lines"], more, node["axis"] = _lines(asked, study, found, line, measured)
        entries |= more
    if asked.display != "spaghetti":
        variable = plan.variables[0] if plan.variables else plan.by
        levels = None if variable is None else group_by(variable, found.table)
        node["changes"], more = best_changes(asked, found, line, measured, levels)
        label = None if variable is None else variable.asked.label
        node["changes"]["by"] = label
        entries |= more
    return node, entries


def _since(asked: TrajectoriesAnalysis, line: Timeline, measured: Measured) -> NDArray[np.float64]:
    origin = line.start if asked.origin == "ino_start" else line.hct
    return measured.day - origin[measured.record]


def _lines(
    asked: TrajectoriesAnalysis, study: Plan, found: Shown, line: Timeline, measured: Measured
) -> tuple[dict[str, Any], Entries, dict[str, Any]]:
    days = _since(asked, line, measured)
    reason = measured.reason.copy()
    begun = line.start[measured.record]
    open_ = reason == ""
    reason[open_ & np.isnan(days)] = "date or day 0 not known"
    reason[open_ & (measured.day < begun)] = "before the first dose of INO"
    drawn = reason == ""
    based = ~np.isnan(measured.before) & ~np.isnan(line.start) & (asked.origin == "ino_start")
    patients = list(_patients(asked, study, found, days, measured, drawn, based))
    if not patients:
        raise InputError(
            f"nothing of {_LABELS[asked.measure]} can be drawn: no measurement has a value and a"
            " day. Check the forms, or remove the analysis."
        )
    reasons = _reasons(reason, drawn)
    reasons += [
        (f"{found.count - len(patients)} patients without a measurement that can be drawn", None)
    ][: int(found.count > len(patients))]
    times = [point[0] for patient in patients for point in patient["points"]]
    entries: Entries = {
        "lines.patients": value(len(patients), "patients", n=found.count),
        "lines.measurements": value(int(drawn.sum()), "measurements"),
        "lines.not_drawn": value(int((~drawn).sum()), "measurements"),
        "lines.no_measurement": value(found.count - len(patients), "patients"),
    }
    for place, name in enumerate(KINDS):
        here = int((drawn & (measured.kind == place)).sum())
        entries[f"lines.{name}"] = value(here, "measurements", n=int(drawn.sum()))
    nodes = []
    for number, (label, count) in enumerate(reasons, start=1):
        if count is not None:
            nodes.append({"id": f"reason_{number}", "label": label})
            entries[f"lines.reason_{number}"] = value(count, "measurements")
    listed = list(_listed(asked, found, measured, reason, drawn))
    made = {"patients": patients, "reasons": nodes, "listed": listed, "before": bool(based.any())}
    return made, entries, _axis(times, study)


def _reasons(reason: NDArray[np.object_], drawn: NDArray[np.bool_]) -> list[tuple[str, Any]]:
    names, counts = np.unique(reason[~drawn].astype(str), return_counts=True)
    return list(zip(names.tolist(), counts.tolist(), strict=True))


def _patients(
    asked: TrajectoriesAnalysis,
    study: Plan,
    found: Shown,
    days: NDArray[np.float64],
    measured: Measured,
    drawn: NDArray[np.bool_],
    based: NDArray[np.bool_],
) -> Iterator[dict[str, Any]]:
    unit = DAYS[study.clock.unit]
    made = []
    for row in range(found.count):
        mine = np.flatnonzero(drawn & (measured.record == row))
        points = [
            [plain(days[at] / unit), plain(measured.value[at]), KINDS[measured.kind[at]]]
            for at in mine.tolist()
        ]
        if based[row] and mine.size:
            points.append([0.0, plain(measured.before[row]), "value"])
        if mine.size:
            record = {"record": record_name(found.table, row)} if asked.labels == "record" else {}
            made.append({**record, "group": found.group_id(row), "points": sorted(points)})
    order = sorted(made, key=lambda item: (item["points"], item.get("record", "")))
    for number, patient in enumerate(order, start=1):
        yield {"number": number, **patient}


def _listed(
    asked: TrajectoriesAnalysis,
    found: Shown,
    measured: Measured,
    reason: NDArray[np.object_],
    drawn: NDArray[np.bool_],
) -> Iterator[dict[str, str]]:
    """List what is not drawn, where records may be named."""
    if asked.labels != "record":
        return
    for at in np.flatnonzero(~drawn).tolist():
        name = record_name(found.table, int(measured.record[at]))
        yield {"record": name, "reason": str(reason[at])}


def _axis(times: list[float], study: Plan) -> dict[str, Any]:
    clock = study.clock
    per = clock.per_report_unit
    low, high = min(0.0, *times), max(*times, DAYS["days"] / DAYS[clock.unit])
    span = ticks(clock.reported(max(high, -low)), clock.report_unit)
    step = (span[1] if len(span) > 1 else clock.reported(max(high, -low))) * per
    marks = [step * place for place in range(int(np.ceil(low / step - 1e-9)), int(high / step) + 1)]
    return {
        "unit": clock.report_unit,
        "per_unit": per,
        "min": float(low),
        "max": float(high),
        "ticks": marks,
    }
