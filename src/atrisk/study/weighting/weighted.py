"""Analyses of kind ``weighted``: curves, tests and hazard ratios after weighting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atrisk.estimators.survival import kaplan_meier
from atrisk.study.analyses import WeightedAnalysis
from atrisk.study.attempt import attempt
from atrisk.study.cohort import cohort
from atrisk.study.curves import CurveJob, Found, read_curves, risk_table
from atrisk.study.nodes import analysis_node, any_event, cut_off_entries, with_notes
from atrisk.study.regression.numbers import model_entries, model_node
from atrisk.study.selection import left_out_nodes, left_out_notes
from atrisk.study.survival_tests import logrank_entries, statistic_entries
from atrisk.study.values import Entries, merged, value
from atrisk.study.weighting.balance import balance_part
from atrisk.study.weighting.hazard_ratio import bootstrap_entries, hazard_ratios
from atrisk.study.weighting.sample import WORDS, covariates, weighted_sample

if TYPE_CHECKING:
    from atrisk.study.endpoints import Outcome
    from atrisk.study.plan import AnalysisPlan, Plan
    from atrisk.study.table import Table
    from atrisk.study.weighting.sample import Covariates, Sample

__all__ = ["weighted"]

_OF_GROUP = {
    "trimmed": "patients",
    "effective_n": "patients",
    "mean_weight": "weight",
    "max_weight": "weight",
}
_OF_TIME = {
    **dict.fromkeys(("estimate", "std_error", "lower", "upper"), "proportion"),
    "at_risk": "patients",
}


def weighted(
    analysis: AnalysisPlan, plan: Plan, table: Table, result: Outcome
) -> tuple[dict[str, Any], Entries]:
    """Compare two treatments after weighting.

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
    if not isinstance(asked, WeightedAnalysis):
        raise TypeError(f"{analysis.id} has no treatment")
    patients = cohort(analysis, plan, table, result)
    given = covariates(analysis, asked, patients)
    node = analysis_node(analysis, patients, plan.clock)
    left_out = given.left_out()
    node |= {
        **_question(analysis, asked, given),
        "left_out": [*node["left_out"], *left_out_nodes(left_out)],
        "notes": [*node["notes"], *left_out_notes(left_out, patients.chosen.table)],
    }
    ticks = node["axis"]["ticks"]
    found, reason, notes = attempt(lambda: _compared(analysis, asked, given, ticks))
    if found is None:
        notes = [f"the weighted comparison was not made: {reason}"]
        found = _Compared({"failed": reason}, _not_made(analysis, given, reason), [])
    node |= found.node
    node["notes"] = with_notes([*any_event(analysis), *found.notes, *notes], node["notes"])
    return node, merged(cut_off_entries(analysis, patients), found.entries)


@dataclass(frozen=True, slots=True)
class _Compared:
    """What weighting found: its part of the node, its numbers, and what was warned of."""

    node: dict[str, Any]
    entries: Entries
    notes: list[str]


def _compared(
    analysis: AnalysisPlan, asked: WeightedAnalysis, given: Covariates, ticks: list[float]
) -> _Compared:
    """Weight the patients, and compare them."""
    sample = weighted_sample(asked, given)
    rows, balance = balance_part(analysis.id, sample)
    curves = _curves(analysis, asked, sample, ticks)
    models = hazard_ratios(analysis, asked, sample)
    drawn, drawn_notes = bootstrap_entries(analysis.id, asked, sample, models[-1][2])
    node = {
        "propensity": {"formula": _score(asked, given), "method": sample.found.method},
        "balance": rows,
        "curves": curves.curves,
        "risk_table": risk_table(asked, ticks, curves.rows),
        "models": [model_node(model, name, label) for name, label, model in models],
    }
    numbers = [model_entries(model, f"{analysis.id}.{name}") for name, _, model in models]
    entries = merged(
        _counts(analysis.id, sample),
        balance,
        curves.entries,
        _tests(analysis, sample),
        *numbers,
        drawn,
    )
    return _Compared(node, entries, [*sample.notes, *curves.notes, *drawn_notes])


def _not_made(analysis: AnalysisPlan, given: Covariates, reason: str) -> Entries:
    """Count the patients of each treatment; what weighting would have given has the reason."""
    patients = given.patients
    missing = reason.rstrip(".")
    entries: Entries = {f"{analysis.id}.trimmed": value(None, "patients", missing=missing)}
    for place, level in enumerate(patients.chosen.groups):
        member = given.complete & (patients.chosen.group == place)
        key = f"{analysis.id}.{level.id}"
        entries[f"{key}.n"] = value(int(member.sum()), "patients")
        entries[f"{key}.events"] = value(int((member & (patients.cause > 0)).sum()), "patients")
        for part, unit in _OF_GROUP.items():
            entries[f"{key}.{part}"] = value(None, unit, missing=missing)
        for time in analysis.times:
            for part, unit in _OF_TIME.items():
                entries[f"{key}.{time.id}.{part}"] = value(None, unit, missing=missing)
    for test in analysis.tests:
        entries |= statistic_entries(
            f"{analysis.id}.{test.id}", None, method=test.label, n=None, missing=missing
        )
    return entries


def _question(analysis: AnalysisPlan, asked: WeightedAnalysis, given: Covariates) -> dict[str, Any]:
    """Say what is compared, in whom, and by which score; nothing is found yet."""
    by = analysis.by
    return {
        "treatment": {"id": asked.treatment, "label": "" if by is None else by.asked.label},
        "estimand": asked.estimand,
        "stabilised": asked.is_stabilised,
        "trim": asked.trim,
        "propensity": {"formula": _score(asked, given), "method": None},
        "tests": [{"id": test.id, "label": test.label} for test in analysis.tests],
        "balance": [],
        "curves": [],
        "risk_table": None,
        "models": [],
        "failed": None,
    }


def _score(asked: WeightedAnalysis, given: Covariates) -> str:
    return f"{asked.treatment} ~ {given.formula}"


def _counts(prefix: str, sample: Sample) -> Entries:
    groups = sample.found.by_group()
    event = sample.patients.cause > 0
    entries: Entries = {f"{prefix}.trimmed": value(int(sample.found.trimmed.size), "patients")}
    for place, level in enumerate(sample.patients.chosen.groups):
        member = sample.complete & (sample.patients.chosen.group == place)
        n = int(groups.n[place])
        left = n - int(groups.trimmed[place])
        counts = {"n": n, "trimmed": n - left, "events": int((event & member & sample.used).sum())}
        for name, count in counts.items():
            entries[f"{prefix}.{level.id}.{name}"] = value(count, "patients")
        weights = {
            "effective_n": (groups.effective_n[place], "patients"),
            "mean_weight": (groups.total[place] / left if left else None, "weight"),
            "max_weight": (groups.largest[place], "weight"),
        }
        for name, (number, unit) in weights.items():
            entries[f"{prefix}.{level.id}.{name}"] = value(number, unit, method=sample.found.method)
    return entries


def _curves(
    analysis: AnalysisPlan, asked: WeightedAnalysis, sample: Sample, ticks: list[float]
) -> Found:
    levels = sample.patients.chosen.groups
    used, group, time = sample.used, sample.patients.chosen.group, sample.patients.time
    curves = kaplan_meier(
        sample.histories(),
        conf_type=asked.conf_type,
        conf_level=asked.conf_level,
        variance="robust",
    )
    members = {level.id: used & (group == place) for place, level in enumerate(levels)}
    job = CurveJob(
        prefix=analysis.id,
        times=analysis.times,
        ticks=ticks,
        sizes={name: int(rows.sum()) for name, rows in members.items()},
        last={name: float(time[rows].max()) for name, rows in members.items()},
        clock=sample.patients.clock,
        weighted_by=None,
        words=WORDS,
    )
    return read_curves(job, levels, curves)


def _tests(analysis: AnalysisPlan, sample: Sample) -> Entries:
    return merged(
        *(
            logrank_entries(
                f"{analysis.id}.{test.id}",
                test.label,
                sample.histories(stratified=test.stratified),
                str,
                variance="robust",
            )
            for test in analysis.tests
        )
    )
