"""Analyses of kind ``landmark``: those still at risk at a time, by what is known then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError
from atrisk.estimators.comparisons import logrank_test
from atrisk.estimators.survival import kaplan_meier
from atrisk.sources.landmark import Landmarked, landmark
from atrisk.study.analyses import LandmarkAnalysis
from atrisk.study.attempt import attempt
from atrisk.study.cohort import cohort
from atrisk.study.curves import CurveJob, Found, read_curves, risk_table
from atrisk.study.exposures.times import begin_times
from atrisk.study.groups import OVERALL, Level, level_ids
from atrisk.study.nodes import analysis_node, any_event, cut_off_entries, with_notes
from atrisk.study.plan import lower_first
from atrisk.study.survival_tests import logrank_entries
from atrisk.study.values import Entries, merged, value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.sources.histories import Histories
    from atrisk.study.cohort import Cohort
    from atrisk.study.endpoints import Outcome
    from atrisk.study.plan import AnalysisPlan, Plan
    from atrisk.study.table import Table
    from atrisk.study.units import Milestone

__all__ = ["landmark_analysis"]


@dataclass(frozen=True, slots=True)
class _Job:
    """One landmark of one analysis: who is at risk then, in which groups."""

    analysis: AnalysisPlan
    asked: LandmarkAnalysis
    patients: Cohort
    at: Milestone
    found: Landmarked
    levels: tuple[Level, ...]
    group: NDArray[np.int64]
    ticks: list[float]

    @property
    def key(self) -> str:
        """What its numbers begin with."""
        return f"{self.analysis.id}.{self.at.id}"

    def members(self) -> dict[str, NDArray[np.bool_]]:
        """Mark the patients of each group, and all."""
        groups = {level.id: self.group == place for place, level in enumerate(self.levels)}
        return groups | {OVERALL.id: np.ones(self.group.size, dtype=bool)}


def landmark_analysis(
    analysis: AnalysisPlan, plan: Plan, table: Table, result: Outcome
) -> tuple[dict[str, Any], Entries]:
    """Analyse those at risk at each landmark; parameters as in `time_dependent`."""
    asked = analysis.asked
    if not isinstance(asked, LandmarkAnalysis):
        raise TypeError(f"{analysis.id} has no landmarks")
    patients = cohort(analysis, plan, table, result)
    node = analysis_node(analysis, patients, plan.clock)
    began = {item.label: begin_times(item, analysis, plan, patients) for item in analysis.exposures}
    parts, entries = [], [cut_off_entries(analysis, patients)]
    for at in analysis.landmarks:
        job = _job(analysis, asked, patients, at, began, node["axis"]["ticks"])
        part, numbers = _landmark(job)
        parts.append(part)
        entries.append(numbers)
    node |= {
        "landmarks": parts,
        "tests": [{"id": test.id, "label": test.label} for test in analysis.tests],
        "exposures": [{"id": item.id, "label": item.label} for item in analysis.exposures],
        "notes": with_notes(any_event(analysis), node["notes"]),
    }
    return node, merged(*entries)


def _job(
    analysis: AnalysisPlan,
    asked: LandmarkAnalysis,
    patients: Cohort,
    at: Milestone,
    began: dict[str, NDArray[np.float64]],
    marks: list[float],
) -> _Job:
    grouped = bool(patients.chosen.groups)
    histories = patients.histories(grouped=grouped, stratified=True)
    try:
        found = landmark(histories, at.value, exposures=began or None)
    except InputError as error:
        raise InputError(f"landmark {at.label}: {error}") from error
    if began:
        labels = [_worded(str(label), began) for label in found.histories.groups]
        levels = level_ids(labels)
    elif grouped:
        by_label = {level.label: level for level in patients.chosen.groups}
        levels = tuple(by_label[str(label)] for label in found.histories.groups)
    else:
        levels = ()
    h = found.histories
    group = np.zeros(len(h), dtype=np.int64) if h.group is None else h.group.astype(np.int64)
    ticks = sorted({at.value, *(mark for mark in marks if mark > at.value)})
    return _Job(analysis, asked, patients, at, found, levels, group, ticks)


def _worded(label: str, began: dict[str, NDArray[np.float64]]) -> str:
    """Word what had begun by the landmark, which stands in the title of its part."""
    state = label.rpartition(" by ")[0]
    if state == "none":
        return "None of them"
    for name in began:
        if state == f"no {name}":
            return f"No {lower_first(name)}"
    return state


def _landmark(job: _Job) -> tuple[dict[str, Any], Entries]:
    h = replace(job.found.histories, groups=_labels(job))
    alone = replace(h, group=None, groups=(OVERALL.label,))
    found = [_estimates(job, job.levels, h)] if job.levels else []
    found.append(_estimates(job, (OVERALL,), alone))
    node = {
        "id": job.at.id,
        "label": job.at.label,
        "value": job.at.value,
        "groups": [level.node() for level in job.levels],
        "overall": OVERALL.node(),
        "curves": [curve for part in found for curve in part.curves],
        "risk_table": risk_table(
            job.asked, job.ticks, [row for part in found for row in part.rows]
        ),
        "notes": with_notes((note for part in found for note in part.notes), []),
    }
    first = h if job.analysis.tests and job.analysis.tests[0].stratified else _plain(h)
    tested = (_expected(job, first), _tests(job, h))
    entries = merged(_counts(job), *tested, *(part.entries for part in found))
    return node, entries


def _labels(job: _Job) -> tuple[str, ...]:
    return tuple(level.label for level in job.levels) or (OVERALL.label,)


def _estimates(job: _Job, levels: tuple[Level, ...], h: Histories) -> Found:
    """Estimate and read curves whose clock starts at the landmark; show times from the origin."""
    curves = kaplan_meier(h, conf_type=job.asked.conf_type, conf_level=job.asked.conf_level)
    times = h.grid.times[h.exit]
    members = job.members()
    reading = CurveJob(
        prefix=job.key,
        times=job.analysis.times,
        ticks=job.ticks,
        sizes={name: int(rows.sum()) for name, rows in members.items()},
        last={name: float(times[rows].max()) + job.at.value for name, rows in members.items()},
        clock=job.patients.clock,
        weighted_by=job.patients.weighted_by,
        start=job.at.value,
        shift=job.at.value,
    )
    return read_curves(reading, levels, curves)


def _counts(job: _Job) -> Entries:
    event = job.found.histories.cause > 0
    entries: Entries = {f"{job.key}.n": value(len(job.found), "patients", method="at risk")}
    for name, reason in _LEFT_OUT.items():
        count = job.found.left_out.reason.count(reason)
        entries[f"{job.key}.{name}"] = value(count, "patients", method=reason)
    for group, rows in job.members().items():
        n, events = int(rows.sum()), int((event & rows).sum())
        for name, count in (("n", n), ("events", events), ("censored", n - events)):
            entries[f"{job.key}.{group}.{name}"] = value(count, "patients")
    return entries


_LEFT_OUT = {
    "left_out_event": "event by the landmark",
    "left_out_censored": "censored by the landmark",
    "left_out_late": "enters after the landmark",
}


def _plain(h: Histories) -> Histories:
    return replace(h, stratum=None, strata=("all",))


def _expected(job: _Job, h: Histories) -> Entries:
    """Give the events that the log-rank test expects in each group."""
    if len(job.levels) < 2 or not job.analysis.tests:
        return {}
    found, _, _ = attempt(lambda: logrank_test(h))
    if found is None:
        return {}
    by_label = {level.label: level.id for level in job.levels}
    return {
        f"{job.key}.{by_label[str(label)]}.expected": value(expected, "events", method="log-rank")
        for label, expected in zip(found.group, found.expected, strict=True)
    }


def _tests(job: _Job, h: Histories) -> Entries:
    plain = _plain(h)
    return merged(
        *(
            logrank_entries(
                f"{job.key}.{test.id}",
                test.label,
                h if test.stratified else plain,
                job.patients.method,
                reason=None if len(job.levels) > 1 else "only one group has patients",
            )
            for test in job.analysis.tests
        )
    )
