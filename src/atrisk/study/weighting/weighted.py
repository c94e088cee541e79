"""Analyses of kind ``weighted``: curves, tests and hazard ratios after weighting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.estimators.survival import kaplan_meier
from atrisk.study.analyses import WeightedAnalysis
from atrisk.study.cohort import cohort
from atrisk.study.curves import CurveJob, Found, read_curves
from atrisk.study.nodes import analysis_node, any_event, cut_off_entries, with_notes
from atrisk.study.regression.numbers import model_entries, model_node
from atrisk.study.selection import left_out_nodes, left_out_notes
from atrisk.study.survival_tests import logrank_entries
from atrisk.study.values import Entries, merged, value
from atrisk.study.weighting.balance import balance_part
from atrisk.study.weighting.hazard_ratio import bootstrap_entries, hazard_ratios
from atrisk.study.weighting.sample import WORDS, weighted_sample

if TYPE_CHECKING:
    from atrisk.study.endpoints import Outcome
    from atrisk.study.plan import AnalysisPlan, Plan
    from atrisk.study.table import LeftOut, Table
    from atrisk.study.weighting.sample import Sample

__all__ = ["weighted"]


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
    sample = weighted_sample(analysis, asked, patients)
    node = analysis_node(analysis, patients, plan.clock)
    rows, balance = balance_part(analysis.id, sample)
    curves = _curves(analysis, asked, sample, node["axis"]["ticks"])
    models = hazard_ratios(analysis, asked, sample)
    drawn, drawn_notes = bootstrap_entries(analysis.id, asked, sample, models[-1][2])
    left_out = _left_out(sample)
    node |= {
        **_question(analysis, asked, sample),
        "tests": [{"id": test.id, "label": test.label} for test in analysis.tests],
        "balance": rows,
        "curves": curves.curves,
        "risk_table": {"times": node["axis"]["ticks"], "rows": curves.rows},
        "models": [model_node(model, name, label) for name, label, model in models],
        "left_out": [*node["left_out"], *left_out_nodes(left_out)],
        "notes": with_notes(
            [*any_event(analysis), *sample.notes, *curves.notes, *drawn_notes],
            [*node["notes"], *left_out_notes(left_out, patients.chosen.table)],
        ),
    }
    numbers = [model_entries(model, f"{analysis.id}.{name}") for name, _, model in models]
    return node, merged(
        cut_off_entries(analysis, patients),
        _counts(analysis.id, sample),
        balance,
        curves.entries,
        _tests(analysis, sample),
        *numbers,
        drawn,
    )


def _question(analysis: AnalysisPlan, asked: WeightedAnalysis, sample: Sample) -> dict[str, Any]:
    """Say what is compared, in whom, and by which score."""
    by = analysis.by
    return {
        "treatment": {"id": asked.treatment, "label": "" if by is None else by.asked.label},
        "estimand": asked.estimand,
        "stabilised": asked.is_stabilised,
        "trim": asked.trim,
        "propensity": {
            "formula": f"{asked.treatment} ~ {' + '.join(term.formula for term in sample.terms)}",
            "method": sample.found.method,
        },
    }


def _left_out(sample: Sample) -> list[LeftOut]:
    table = sample.patients.chosen.table
    found: list[LeftOut] = []
    for row in np.flatnonzero(~sample.complete).tolist():
        columns = [term.column for term in sample.terms if term.missing[row]]
        found += table.left_out([row], columns, "a covariate is missing")
    return found


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
