"""The analysis ``dose_deviations``: doses of INO before the transplantation beside the label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.leukaemia.dosing import label_schedule
from atrisk.leukaemia.dosing_deviations import KINDS
from atrisk.study.clinical.deviations import dose_deviations
from atrisk.study.clinical.infusions import timeline
from atrisk.study.values import Entries, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atrisk.study.clinical.deviations import DoseDeviations
    from atrisk.study.clinical.infusions import Infusions, Timeline
    from atrisk.study.clinical_analyses import DoseDeviationsAnalysis
    from atrisk.study.forms.tables import Records

__all__ = ["dose_analysis"]

#: Kinds that the label allows for toxicity, which the forms do not tell.
_ALLOWED = ("dose not given", "cycle longer than the label")


def dose_analysis(
    asked: DoseDeviationsAnalysis, records: Records
) -> tuple[dict[str, Any], Entries]:
    """Count and list deviations of a cohort; keys are those below the analysis."""
    found = dose_deviations(
        records,
        response_rules=asked.response,
        response_by=asked.remission,
        mrd_rules=asked.mrd,
    )
    line = timeline(records)
    chosen = np.isin(found.found.kind, [list(KINDS).index(kind) for kind in asked.deviations])
    given = line.before.course.given
    begun: NDArray[np.bool_] = np.asarray(given.any(axis=1))
    patients = len(np.unique(line.before.course.patient[begun]))
    entries = _who(line, given, begun, patients)
    nodes = []
    for number, kind in enumerate((k for k in KINDS if k in asked.deviations), start=1):
        key = f"kind_{number}"
        nodes.append({"id": key, "label": kind, "allowed": kind in _ALLOWED})
        here = chosen & (found.found.kind == list(KINDS).index(kind))
        entries |= _counts(key, found, line.before, here, patients)
    entries |= _counts("any", found, line.before, chosen, patients)
    unjudged = list(found.unjudged())
    entries["unjudged"] = value(len(found.found.unjudged), "cycles")
    entries["undated"] = value(len(found.found.undated), "cycles")
    entries["unrecorded"] = value(len(found.unrecorded), "cycles")
    schedule = label_schedule()
    node = {
        "rule": found.rule,
        "source": schedule.source,
        "schedule": list(_schedule()),
        "kinds": nodes,
        "listed": list(_listed(found, line, np.flatnonzero(chosen))),
        "unjudged": [{"record": r, "instance": n, "reason": why} for r, n, why in unjudged],
        "notes": list(_notes(asked, nodes, line)),
        "left_out": [],
    }
    return node, entries


def _who(
    line: Timeline, given: NDArray[np.bool_], begun: NDArray[np.bool_], patients: int
) -> Entries:
    later = int(line.infusions.course.given.sum() - given.sum())
    return {
        "overall.n": value(patients, "patients"),
        "cycles": value(int(begun.sum()), "cycles"),
        "doses": value(int(given.sum()), "doses"),
        "doses_later": value(later, "doses"),
        "no_ino": value(line.count - patients, "patients"),
    }


def _counts(
    key: str, found: DoseDeviations, before: Infusions, here: NDArray[np.bool_], patients: int
) -> Entries:
    """Count deviations, and the cycles and patients that have them."""
    cycle = np.unique(found.found.row[here])
    whose = len(np.unique(before.course.patient[cycle]))
    return {
        f"{key}.n": value(int(here.sum()), "deviations"),
        f"{key}.cycles": value(len(cycle), "cycles"),
        f"{key}.patients": value(whose, "patients", n=patients),
        f"{key}.percent": value(
            100 * whose / patients if patients else None,
            "percent",
            n=patients,
            method="of patients with a dose of INO",
            missing="no patient has a dose of INO",
        ),
    }


def _listed(
    found: DoseDeviations, line: Timeline, rows: NDArray[np.int64]
) -> Iterator[dict[str, Any]]:
    """List deviations in order of record, cycle and planned day."""
    columns = found.columns()
    number = line.before.course.cycle[found.found.row]
    kept = {name: columns[name][rows].tolist() for name in columns}
    for at, row in enumerate(rows.tolist()):
        low, high = kept["low"][at], kept["high"][at]
        yield {
            "record": kept["record"][at],
            "cycle": int(number[row]),
            "instance": int(kept["instance"][at]),
            "dose": kept["dose"][at],
            "deviation": kept["deviation"][at],
            "given": f"{kept['given'][at]:g}",
            "label": _bounds(-np.inf if kept["unit"][at] == "cycles" else low, high),
            "unit": kept["unit"][at].replace("mg/m2", "mg/m²"),
            "file": kept["file"][at],
            "line": int(kept["line"][at]),
        }


def _bounds(low: float, high: float) -> str:
    """Write what the label asks: ``0.5``, ``6 to 10``, ``at least 6``."""
    if low == high:
        return f"{low:g}"
    if np.isinf(low):
        return f"at most {high:g}"
    return f"at least {low:g}" if np.isinf(high) else f"{low:g} to {high:g}"


def _schedule() -> Iterator[str]:
    """Write the label's schedule in sentences without their points."""
    label = label_schedule()
    days = _and(label.days)
    yield f"cycle 1: {_and(label.first_cycle)} mg/m² on days {days}"
    yield f"later cycles in CR or CRi: {_and(label.in_remission)} mg/m²"
    yield f"later cycles without: {_and(label.no_remission)} mg/m²"
    yield (
        f"days {_and(label.days[1:])} up to {label.day_window} days early or late, at least"
        f" {label.days_between_doses} days between two doses"
    )
    low, high = label.first_cycle_days
    yield f"cycle 1 of {low} to {high} days, later cycles of {label.later_cycle_days[1]}"
    yield (
        f"before a transplantation {label.cycles_before_transplant} cycles, a third without CR or"
        f" CRi and MRD negativity; otherwise at most {label.max_cycles}; none after"
        f" {label.stop_without_remission_after} without CR or CRi"
    )


def _and(numbers: tuple[float, ...]) -> str:
    said = [f"{number:g}" for number in numbers]
    return f"{', '.join(said[:-1])} and {said[-1]}"


def _notes(
    asked: DoseDeviationsAnalysis, nodes: list[dict[str, Any]], line: Timeline
) -> Iterator[str]:
    allowed = [node["label"] for node in nodes if node["allowed"]]
    if allowed:
        named = ", ".join(allowed)
        yield f"The label allows these for toxicity, which the forms do not tell: {named}."
    left = [kind for kind in KINDS if kind not in asked.deviations]
    if left:
        yield f"Not asked for and not counted: {', '.join(left)}."
    later = int(line.infusions.course.given.sum() - line.before.course.given.sum())
    if later:
        noun = "dose is" if later == 1 else "doses are"
        yield f"{later} {noun} after the transplantation and not judged."
    yield "A deviation is no error of the centre: reasons for it are not in the forms."
