"""Survival: Kaplan-Meier curves, medians, follow-up, restricted means."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError
from atrisk.estimators.survival import follow_up, kaplan_meier
from atrisk.study.analyses import SurvivalAnalysis
from atrisk.study.cohort import cohort, split
from atrisk.study.curves import CurveJob, Found, count_entries, curve_job, read_curves, risk_table
from atrisk.study.nodes import analysis_node, any_event, cut_off_entries, with_notes
from atrisk.study.survival_borderline import second_tests
from atrisk.study.survival_ratios import group_ratios
from atrisk.study.survival_tests import pairwise, test_entries
from atrisk.study.values import Entries, merged, time_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.sources.histories import Histories
    from atrisk.study.cohort import Cohort, Columns
    from atrisk.study.endpoints import Outcome
    from atrisk.study.groups import Level
    from atrisk.study.plan import AnalysisPlan, Plan
    from atrisk.study.table import Table
    from atrisk.study.units import Milestone

__all__ = ["survival"]


@dataclass(frozen=True, slots=True)
class _Job:
    """What every step of one analysis needs."""

    analysis: AnalysisPlan
    asked: SurvivalAnalysis
    patients: Cohort
    reading: CurveJob

    def estimate(self, histories: Histories) -> Any:  # noqa: ANN401 - curves of any group
        asked = self.asked
        return kaplan_meier(
            histories,
            conf_type=asked.conf_type,
            conf_level=asked.conf_level,
            variance=asked.variance,
        )


def survival(
    analysis: AnalysisPlan, plan: Plan, table: Table, result: Outcome
) -> tuple[dict[str, Any], Entries]:
    """Estimate and compare survival.

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
    if not isinstance(analysis.asked, SurvivalAnalysis):
        raise TypeError(f"{analysis.id} is not a survival analysis")
    patients = cohort(analysis, plan, table, result)
    node = analysis_node(analysis, patients, plan.clock)
    marks = node["axis"]["ticks"]
    reading = curve_job(analysis.id, patients, analysis.times, marks)
    job = _Job(analysis, analysis.asked, patients, reading)
    found = [_estimates(job, levels, histories) for levels, histories in patients.by_group()]
    tests = test_entries(analysis, analysis.asked, patients)
    ratios, ratio_entries = group_ratios(analysis, analysis.asked, patients)
    pairs, pair_entries = pairwise(analysis, analysis.asked, patients)
    node |= {
        "tests": [{"id": test.id, "label": test.label} for test in analysis.tests],
        "pairwise": pairs,
        "annotate": list(analysis.asked.annotate),
        "hazard_ratios": ratios,
        "curves": [curve for part in found for curve in part.curves],
        "risk_table": risk_table(job.asked, marks, [row for part in found for row in part.rows]),
        "notes": with_notes(
            (*any_event(analysis), *(note for part in found for note in part.notes)), node["notes"]
        ),
    }
    entries = merged(
        count_entries(analysis.id, patients),
        cut_off_entries(analysis, patients),
        *(part.entries for part in found),
        _restricted_means(job),
        tests,
        second_tests(analysis, analysis.asked, patients, tests),
        pair_entries,
        ratio_entries,
    )
    return node, entries


def _estimates(job: _Job, levels: tuple[Level, ...], histories: Histories) -> Found:
    """Estimate the curves of some groups, and read them."""
    km = job.estimate(histories)
    found = read_curves(job.reading, levels, km)
    medians = [_medians(job, levels, km, "median")]
    if job.asked.follow_up:
        reverse = follow_up(histories, conf_level=job.asked.conf_level)
        medians.append(_medians(job, levels, reverse, "follow_up"))
    return replace(found, entries=merged(*medians, found.entries))


def _medians(
    job: _Job,
    levels: tuple[Level, ...],
    curves: Any,  # noqa: ANN401 - survival or follow-up curves
    part: str,
) -> Entries:
    entries: Entries = {}
    for group, columns in split(curves.median().columns(), levels).items():
        for name in ("estimate", "lower", "upper"):
            entries[f"{job.analysis.id}.{group}.{part}.{name}"] = time_value(
                columns[name][0],
                job.patients.clock,
                method=job.patients.method(f"{curves.method}, {curves.conf_type} interval"),
                n=job.reading.sizes[group],
                missing="not reached",
            )
    return entries


def _restricted_means(job: _Job) -> Entries:
    """Integrate group by group: a group observed too briefly is missing, the others are not."""
    entries: Entries = {}
    if job.analysis.rmst is None:
        return entries
    for group, rows in job.patients.chosen.members():
        found, reason = _restricted_mean(job, group, rows, job.analysis.rmst)
        for name in ("estimate", "std_error", "lower", "upper"):
            entries[f"{job.analysis.id}.{group}.rmst.{name}"] = time_value(
                found[name][0],
                job.patients.clock,
                method=job.patients.method(f"area under Kaplan-Meier to {job.analysis.rmst.label}"),
                n=int(rows.sum()),
                missing=reason,
            )
    return entries


def _restricted_mean(
    job: _Job, group: str, rows: NDArray[np.bool_], tau: Milestone
) -> tuple[Columns, str]:
    """Integrate one group; NaN and the reason where the curve does not reach so far."""
    nothing = dict.fromkeys(("estimate", "std_error", "lower", "upper"), np.array([np.nan]))
    km = job.estimate(job.patients.histories(rows=rows))
    end = float(km.known_until[0])
    if tau.value > end:
        return nothing, f"{tau.label}: {job.reading.beyond(group, end)}"
    try:
        return km.rmst(tau.value).columns(), "not estimable"
    except InputError as error:
        return nothing, str(error)
