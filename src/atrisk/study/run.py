"""The runner: from a plan to the results document."""

from __future__ import annotations

import platform
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk._version import __version__
from atrisk.errors import InputError
from atrisk.study.analyses import (
    CoxAnalysis,
    CumulativeIncidenceAnalysis,
    FineGrayAnalysis,
    LandmarkAnalysis,
    LogisticAnalysis,
    SurvivalAnalysis,
    TimeDependentAnalysis,
    WeightedAnalysis,
)
from atrisk.study.clinical_analyses import FormsAnalysis
from atrisk.study.compare.curve import curve_compared
from atrisk.study.compare.rate import rate_compared
from atrisk.study.compare_analysis import CompareAnalysis
from atrisk.study.data_node import data_node
from atrisk.study.describe import describe
from atrisk.study.endpoints import outcome
from atrisk.study.event_analyses import EventsAnalysis
from atrisk.study.events import events_analysis
from atrisk.study.exposures.landmark import landmark_analysis
from atrisk.study.exposures.time_dependent import time_dependent
from atrisk.study.guard import Guard
from atrisk.study.guard_rails import with_guard_rails
from atrisk.study.incidence import incidence
from atrisk.study.listing import listing
from atrisk.study.nodes import with_notes
from atrisk.study.population import population
from atrisk.study.proportions import proportions
from atrisk.study.published import with_published
from atrisk.study.published_analysis import PublishedAnalysis
from atrisk.study.regression.cox import cox_models
from atrisk.study.regression.fine_gray import fine_gray_models
from atrisk.study.regression.logistic import logistic_models
from atrisk.study.regression.subgroups import subgroups
from atrisk.study.selection import left_out_nodes
from atrisk.study.subgroup_analyses import SubgroupsAnalysis
from atrisk.study.suppression import suppressed
from atrisk.study.survival import survival
from atrisk.study.table_analyses import ListingAnalysis, ProportionsAnalysis
from atrisk.study.values import Entries, merged
from atrisk.study.weighting.weighted import weighted

if TYPE_CHECKING:
    from collections.abc import Callable

    from atrisk.study.endpoints import Outcome
    from atrisk.study.plan import AnalysisPlan, EndpointPlan, Plan
    from atrisk.study.population import Population
    from atrisk.study.table import Table

__all__ = ["SCHEMA", "run_study"]

SCHEMA = "atrisk-results/1"
DISCLAIMER = "Research software, not a medical device."


def run_study(plan: Plan, progress: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Run a plan.

    Parameters
    ----------
    plan
        what to do.
    progress
        called with a line before each step.

    Returns
    -------
    dict
        the results document: what ``results.json`` holds.

    Raises
    ------
    InputError
        the data do not allow an analysis; the message names the lines.
    """
    tell = progress if progress is not None else _silent
    tell(f"Reading {plan.source.file}")
    chosen = population(plan, plan.source.table(plan.columns))
    guard = Guard(plan, chosen.table)
    outcomes: dict[str, tuple[EndpointPlan, Outcome]] = {}
    warned: list[dict[str, str]] = []
    nodes: list[dict[str, Any]] = []
    parts: list[Entries] = []
    for analysis in plan.analyses:
        if isinstance(analysis.asked, PublishedAnalysis):
            continue  # compared below, when every number is there
        tell(analysis.title)
        node, entries = _run(analysis, plan, chosen.table, guard, outcomes)
        warned += [{"analysis": analysis.id, "message": text} for text in node["warnings"]]
        nodes.append(node)
        parts.append(entries)
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "software": {
            "atrisk": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
        },
        "study": _study_node(plan),
        "report": plan.report.model_dump(exclude={"templates"}),
        "population": _population_node(chosen),
        "warnings": warned,
        "values": merged(*parts),
        "analyses": nodes,
    }
    if plan.abbreviations:
        document["abbreviations"] = dict(plan.abbreviations)
    data = data_node(plan, chosen.table, outcomes)
    if data is not None:
        document["data"] = data[0]
        document["values"] = merged(data[1], document["values"])
    document = with_guard_rails(plan, chosen.table, outcomes, document)
    return suppressed(with_published(plan, document), plan.report.suppress_below)


def _silent(_: str) -> None:
    """Tell nobody."""


#: The call of each kind of analysis that has an endpoint.
_CALLS = {
    SurvivalAnalysis: survival,
    CumulativeIncidenceAnalysis: incidence,
    CoxAnalysis: cox_models,
    FineGrayAnalysis: fine_gray_models,
    TimeDependentAnalysis: time_dependent,
    LandmarkAnalysis: landmark_analysis,
    WeightedAnalysis: weighted,
    SubgroupsAnalysis: subgroups,
    CompareAnalysis: curve_compared,
}


def _described(analysis: AnalysisPlan, _: Plan, table: Table) -> tuple[dict[str, Any], Entries]:
    return describe(analysis, table)


def _of_forms(analysis: AnalysisPlan, _: Plan, table: Table) -> tuple[dict[str, Any], Entries]:
    from atrisk.study.clinical.analyses import forms_analysis

    return forms_analysis(analysis, table)


#: The call of each kind of analysis without one; all others describe.
_OF_TABLES = (
    (LogisticAnalysis, logistic_models),
    (SubgroupsAnalysis, subgroups),
    (CompareAnalysis, rate_compared),
    (FormsAnalysis, _of_forms),
    (EventsAnalysis, events_analysis),
    (ListingAnalysis, listing),
    (ProportionsAnalysis, proportions),
)


def _run(
    analysis: AnalysisPlan,
    plan: Plan,
    table: Table,
    guard: Guard,
    outcomes: dict[str, tuple[EndpointPlan, Outcome]],
) -> tuple[dict[str, Any], Entries]:
    """Run one analysis; what the guard warns of comes first among its notes."""
    try:
        node, entries, warnings = _result(analysis, plan, table, guard, outcomes)
    except InputError as error:
        raise InputError(f"analysis {analysis.id!r}: {error}") from error
    node["warnings"] = with_notes([*node.get("warnings", ()), *warnings], [])
    node["notes"] = [*node["warnings"], *node["notes"]]
    return node, entries


def _result(
    analysis: AnalysisPlan,
    plan: Plan,
    table: Table,
    guard: Guard,
    outcomes: dict[str, tuple[EndpointPlan, Outcome]],
) -> tuple[dict[str, Any], Entries, list[str]]:
    if analysis.endpoint is None:
        calls = (call for kind, call in _OF_TABLES if isinstance(analysis.asked, kind))
        return *next(calls, _described)(analysis, plan, table), []
    found = outcome(analysis.endpoint, plan.data, table)
    outcomes[analysis.endpoint.id] = (analysis.endpoint, found)
    node, entries = _CALLS[type(analysis.asked)](analysis, plan, table, found)
    return node, entries, guard.warnings(analysis, found)


def _study_node(plan: Plan) -> dict[str, Any]:
    return {
        "title": plan.info.title,
        "description": plan.info.description,
        "source": plan.info.source,
        "synthetic": plan.info.synthetic,
        "version": plan.info.version,
        "time_unit": plan.clock.unit,
        "report_unit": plan.clock.report_unit,
        "units_per_report_unit": plan.clock.per_report_unit,
        "origin": plan.data.origin,
        "data_file": plan.source.file,
        "sha256": plan.source.digest,
        "disclaimer": DISCLAIMER,
    }


def _population_node(chosen: Population) -> dict[str, Any]:
    forms = {} if chosen.table.provenance is None else {"forms": True}
    return forms | {
        "rows_in": chosen.rows_in,
        "rows_used": chosen.table.rows,
        "exclusions": [asdict(step) for step in chosen.steps],
        "left_out": left_out_nodes(chosen.left_out),
        "notes": list(chosen.notes),
    }
