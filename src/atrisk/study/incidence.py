"""Competing risks: cumulative incidence of each cause, Gray's test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atrisk.errors import InputError
from atrisk.estimators.comparisons import gray_test
from atrisk.estimators.incidence import cumulative_incidence
from atrisk.study.analyses import CumulativeIncidenceAnalysis
from atrisk.study.cohort import cohort
from atrisk.study.curves import CurveJob, Found, curve_job, join_found, read_curves, risk_table
from atrisk.study.nodes import analysis_node, cut_off_entries, with_notes
from atrisk.study.plan import lower_first
from atrisk.study.survival_tests import no_test, statistic_entries
from atrisk.study.values import Entries, merged, value

if TYPE_CHECKING:
    from atrisk.sources.histories import Histories
    from atrisk.study.cohort import Cohort, Columns
    from atrisk.study.endpoints import Outcome
    from atrisk.study.groups import Level
    from atrisk.study.plan import AnalysisPlan, EndpointPlan, Plan, TestPlan
    from atrisk.study.table import Table

__all__ = ["incidence"]


@dataclass(frozen=True, slots=True)
class _Job:
    """What every step of one analysis needs."""

    analysis: AnalysisPlan
    asked: CumulativeIncidenceAnalysis
    patients: Cohort
    reading: CurveJob


def incidence(
    analysis: AnalysisPlan, plan: Plan, table: Table, result: Outcome
) -> tuple[dict[str, Any], Entries]:
    """Estimate and compare cumulative incidences.

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
    if not isinstance(analysis.asked, CumulativeIncidenceAnalysis) or analysis.endpoint is None:
        raise TypeError(f"{analysis.id} is not an analysis of cumulative incidence")
    patients = cohort(analysis, plan, table, result)
    node = analysis_node(analysis, patients, plan.clock)
    marks = node["axis"]["ticks"]
    reading = curve_job(analysis.id, patients, analysis.times, marks)
    job = _Job(analysis, analysis.asked, patients, reading)
    found = [
        _estimates(job, levels, histories)
        for levels, histories in patients.by_group(competing=True)
    ]
    tests, tested = _tests(job)
    node |= {
        "causes": [{"id": cause.id, "label": cause.label} for cause in analysis.endpoint.causes],
        "tests": tests,
        "pairwise": [],
        "display": job.asked.display,
        "curves": [curve for part in found for curve in part.curves],
        "risk_table": risk_table(job.asked, marks, [row for part in found for row in part.rows]),
        "notes": with_notes(
            (_named(note, analysis.endpoint) for part in found for note in part.notes),
            node["notes"],
        ),
    }
    return node, merged(
        _counts(job),
        cut_off_entries(analysis, patients),
        *(part.entries for part in found),
        tested,
    )


def _named(note: str, endpoint: EndpointPlan) -> str:
    """Write the labels of causes in the place of their ids."""
    head, found, ids = note.partition("o event of cause ")
    if not found:
        return note
    labels = {cause.id: lower_first(cause.label) for cause in endpoint.causes}
    return f"{head}o event of cause {', '.join(labels.get(id_, id_) for id_ in ids.split(', '))}"


def _counts(job: _Job) -> Entries:
    """Count patients, not weights."""
    entries: Entries = {}
    for group, rows in job.patients.chosen.members():
        entries[f"{job.analysis.id}.{group}.n"] = value(job.patients.count(rows), "patients")
        for code, cause in enumerate(job.patients.causes, start=1):
            events = job.patients.count(rows & (job.patients.cause == code))
            entries[f"{job.analysis.id}.{cause}.{group}.events"] = value(events, "patients")
    return entries


def _estimates(job: _Job, levels: tuple[Level, ...], histories: Histories) -> Found:
    """Estimate the curves of some groups, and read them."""
    curves = cumulative_incidence(
        histories,
        conf_type=job.asked.conf_type,
        conf_level=job.asked.conf_level,
        variance=job.asked.variance,
    )
    return join_found(
        [read_curves(job.reading, levels, curves, cause) for cause in job.patients.causes]
    )


def _tests(job: _Job) -> tuple[list[dict[str, str]], Entries]:
    """Run Gray's test, one row a cause."""
    nodes: list[dict[str, str]] = []
    parts: list[Entries] = []
    reason = no_test(job.patients)
    for test in job.analysis.tests:
        columns = None
        if reason is None:
            columns, reason = _gray(job, test)
        for row, cause in enumerate(job.patients.causes):
            nodes.append({"id": test.id, "label": test.label, "cause": cause})
            found = None if columns is None else {name: columns[name][row] for name in _STATISTIC}
            parts.append(
                statistic_entries(
                    f"{job.analysis.id}.{test.id}.{cause}",
                    found,
                    method=job.patients.method(test.label),
                    n=len(job.patients.time),
                    missing=reason if reason is not None else "no patient had this event",
                )
            )
    return nodes, merged(*parts)


def _gray(job: _Job, test: TestPlan) -> tuple[Columns | None, str | None]:
    """Run one test; where it is not defined (fractional weights), give the reason instead."""
    histories = job.patients.histories(grouped=True, stratified=test.stratified, competing=True)
    try:
        return gray_test(histories, rho=job.asked.rho).columns(), None
    except InputError as error:
        return None, str(error)


_STATISTIC = ("statistic", "df", "p_value")
