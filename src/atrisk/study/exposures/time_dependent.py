"""Analyses of kind ``time_dependent``: each patient counted in the state they are in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.estimators.mantel_byar import mantel_byar_test
from atrisk.estimators.simon_makuch import simon_makuch
from atrisk.study.analyses import TimeDependentAnalysis
from atrisk.study.attempt import attempt
from atrisk.study.cohort import cohort
from atrisk.study.curves import CurveJob, read_curves, risk_table, totals
from atrisk.study.exposures.andersen_gill import andersen_gill
from atrisk.study.exposures.times import begin_times, cut, internal_name, remark_notes
from atrisk.study.groups import OVERALL, Level
from atrisk.study.nodes import analysis_node, any_event, cut_off_entries, with_notes
from atrisk.study.plan import lower_first
from atrisk.study.survival_tests import statistic_entries
from atrisk.study.values import Entries, merged, value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.sources.episodes import Episodes
    from atrisk.study.cohort import Cohort
    from atrisk.study.endpoints import Outcome
    from atrisk.study.plan import AnalysisPlan, ExposurePlan, Plan
    from atrisk.study.table import Table

__all__ = ["time_dependent"]

_STATES = ("before", "after")


@dataclass(frozen=True, slots=True)
class _Job:
    """One exposure of one analysis: its rows, and what is asked of them."""

    analysis: AnalysisPlan
    asked: TimeDependentAnalysis
    patients: Cohort
    exposure: ExposurePlan
    began: NDArray[np.float64]
    rows: Episodes
    ticks: list[float]

    @property
    def key(self) -> str:
        """What its numbers begin with."""
        return f"{self.analysis.id}.{self.exposure.id}"

    @property
    def levels(self) -> tuple[Level, ...]:
        """The states that occur, by the labels of the calls."""
        name = internal_name(0)
        return tuple(
            Level(state, f"{state} {name}")
            for state in _STATES
            if f"{state} {name}" in self.rows.states
        )

    def member(self, state: str) -> NDArray[np.bool_]:
        """Mark the rows of a state."""
        return np.asarray(self.rows.exposed[:, 0] == (state == "after"))


def time_dependent(
    analysis: AnalysisPlan, plan: Plan, table: Table, result: Outcome
) -> tuple[dict[str, Any], Entries]:
    """Compare patients before and after exposures that start after time zero.

    Parameters
    ----------
    analysis, plan
        what to do.
    table
        the patients analysed.
    result
        the outcome of each.

    Returns
    -------
    node : dict
        the analysis in the results document.
    entries : dict
        its numbers.
    """
    asked = analysis.asked
    if not isinstance(asked, TimeDependentAnalysis):
        raise TypeError(f"{analysis.id} has no exposures")
    patients = cohort(analysis, plan, table, result)
    node = analysis_node(analysis, patients, plan.clock)
    began = [(item, begin_times(item, analysis, plan, patients)) for item in analysis.exposures]
    start = 0.0 if analysis.start is None else analysis.start.value
    ticks = sorted({start, *(mark for mark in node["axis"]["ticks"] if mark > start)})
    jobs = [
        _Job(analysis, asked, patients, item, times, cut(patients, asked, [(item, times)]), ticks)
        for item, times in began
    ]
    found = [_exposure(job, start) for job in jobs]
    notes = [
        note for job in jobs for note in remark_notes(patients, [job.exposure.label], job.rows)
    ]
    node |= {
        "start": None
        if analysis.start is None
        else {"label": analysis.start.label, "value": analysis.start.value},
        "exposures": [part for part, _ in found],
        "at_exit": asked.at_exit,
        "at_zero": asked.at_zero,
        "after_exit": asked.after_exit,
        "tests": [{"id": test.id, "label": test.label} for test in analysis.tests],
        "models": [],
        "notes": with_notes([*any_event(analysis), *notes], node["notes"]),
    }
    parts = [_totals(analysis.id, patients), cut_off_entries(analysis, patients)]
    if analysis.model is not None:
        models = andersen_gill(analysis, asked, patients, began)
        node["models"] = models.nodes
        parts.append(models.entries)
    return node, merged(*parts, *(entries for _, entries in found))


def _totals(prefix: str, patients: Cohort) -> Entries:
    everybody = np.ones(len(patients.time), dtype=bool)
    n, events = patients.count(everybody), patients.count(patients.cause > 0)
    return {
        f"{prefix}.{OVERALL.id}.n": value(n, "patients"),
        f"{prefix}.{OVERALL.id}.events": value(events, "patients"),
    }


def _exposure(job: _Job, start: float) -> tuple[dict[str, Any], Entries]:
    label = lower_first(job.exposure.label)
    node: dict[str, Any] = {
        "id": job.exposure.id,
        "label": job.exposure.label,
        "states": [{"id": state, "label": f"{state.capitalize()} {label}"} for state in _STATES],
        "curves": [],
        "risk_table": None,
        "failed": None,
        "notes": [],
    }
    parts = [_counts(job)]
    if job.analysis.tests:
        parts.append(_mantel_byar(job))
    if job.asked.simon_makuch:
        parts.append(_simon_makuch(job, start, node))
    return node, merged(*parts)


def _counts(job: _Job) -> Entries:
    """Count patients ever in each state, and their events in it."""
    source, event = job.rows.source_row, job.rows.histories.cause > 0
    entries: Entries = {}
    for state in _STATES:
        member = job.member(state)
        n = int(np.unique(source[member]).size)
        entries[f"{job.key}.{state}.n"] = value(n, "patients", method="ever in this state")
        events = int((event & member).sum())
        entries[f"{job.key}.{state}.events"] = value(events, "patients")
    after = np.unique(source[job.member("after")])
    before = np.unique(source[job.member("before")])
    ignored = int((job.began > job.patients.time).sum())
    entries[f"{job.key}.patients_exposed"] = value(after.size, "patients")
    at_start = int(np.setdiff1d(after, before).size)
    entries[f"{job.key}.exposed_at_start"] = value(at_start, "patients")
    entries[f"{job.key}.ignored"] = value(ignored, "patients", method="exposed after the end")
    return entries


def _mantel_byar(job: _Job) -> Entries:
    test = job.analysis.tests[0]
    found, reason, _ = attempt(lambda: mantel_byar_test(job.rows))
    if found is None:
        return statistic_entries(
            f"{job.key}.{test.id}", None, method=None, n=None, missing=_why(job, reason)
        )
    words = test.label if found.variance == "model" else f"{test.label}, robust variance"
    method = job.patients.method(words)
    numbers = {part: getattr(found, part) for part in ("statistic", "df", "p_value")}
    entries = statistic_entries(
        f"{job.key}.{test.id}", numbers, method=method, n=found.patients, missing="not estimable"
    )
    for level in job.levels:
        place = [str(label) for label in found.group].index(level.label)
        for part in ("observed", "expected"):
            entries[f"{job.key}.{level.id}.{part}"] = value(
                getattr(found, part)[place], "events", method=method
            )
    return entries


def _why(job: _Job, reason: str) -> str:
    if len(job.levels) > 1:
        return reason
    states = {"before": "nobody was exposed while observed", "after": "everybody was exposed"}
    return states[job.levels[0].id]


def _simon_makuch(job: _Job, start: float, node: dict[str, Any]) -> Entries:
    """Estimate the curves of the states, and put them into the node."""
    asked = job.asked
    curves, reason, _ = attempt(
        lambda: simon_makuch(
            job.rows, asked.conf_type, asked.conf_level, landmark_start=start or None
        )
    )
    if curves is None:
        node["failed"] = reason
        return {}
    found = read_curves(_reading(job, start), _in_curves(job, curves), curves)
    node["curves"] = found.curves
    moves = curves.moves(job.ticks)
    rows = [_moving(moves, level) for level in _in_curves(job, curves)]
    node["risk_table"] = {
        **risk_table(asked, job.ticks, rows),
        "moved": _moved(rows, len(job.ticks)),
    }
    node["notes"] = with_notes(found.notes, [])
    return found.entries


def _in_curves(job: _Job, curves: Any) -> tuple[Level, ...]:  # noqa: ANN401 - Simon-Makuch curves
    labels = {str(label) for label in curves.curve_group}
    return tuple(level for level in job.levels if level.label in labels)


def _reading(job: _Job, start: float) -> CurveJob:
    h = job.rows.histories
    stop = h.grid.times[h.exit]
    members = {level.id: job.member(level.id) for level in job.levels}
    return CurveJob(
        prefix=job.key,
        times=job.analysis.times,
        ticks=job.ticks,
        sizes={k: int(np.unique(job.rows.source_row[m]).size) for k, m in members.items()},
        last={k: float(stop[m].max()) for k, m in members.items()},
        clock=job.patients.clock,
        weighted_by=job.patients.weighted_by,
        start=start,
    )


_FLOWS = ("at_risk", "events", "censored", "entered", "moved_in", "moved_out")


def _moving(moves: Any, level: Level) -> dict[str, Any]:  # noqa: ANN401 - StateMoves
    rows = np.array([str(label) == level.label for label in moves.group])
    counts = {part: [_whole(x) for x in getattr(moves, part)[rows]] for part in _FLOWS}
    before = {f"{part}_before": totals(np.cumsum(counts[part])) for part in ("events", "censored")}
    return {"group": level.id, **counts, **before}


def _moved(rows: list[dict[str, Any]], ticks: int) -> list[float | int]:
    """Count who has moved before each tick."""
    came = next((row["moved_in"] for row in rows if row["group"] == "after"), [0] * ticks)
    return [_whole(total) for total in np.cumsum(came)]


def _whole(number: float) -> float | int:
    """Write a count without a decimal point; weighted counts keep it."""
    return int(number) if float(number).is_integer() else float(number)
