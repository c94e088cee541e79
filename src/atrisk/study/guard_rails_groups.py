"""Guard rails that the plan tells: censored competing risks, groups made by the outcome."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.analyses import (
    CumulativeIncidenceAnalysis,
    LandmarkAnalysis,
    LogisticAnalysis,
    SurvivalAnalysis,
    TimeDependentAnalysis,
    WeightedAnalysis,
)
from atrisk.study.compare_analysis import CompareAnalysis
from atrisk.study.endpoint_models import CodedEndpoint, ConditionEndpoint, DatedEndpoint
from atrisk.study.groups import group_by
from atrisk.study.guard_rails_found import MESSAGES, Found, all_of
from atrisk.study.guard_rails_names import is_outcome, known_later
from atrisk.study.plan import lower_first
from atrisk.study.truth import truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atrisk.study.endpoints import Outcome
    from atrisk.study.guard_rails_found import Part
    from atrisk.study.plan import AnalysisPlan, CausePlan, EndpointPlan, Plan, VariablePlan
    from atrisk.study.table import Table
    from atrisk.study.values import Entries

__all__ = ["competing_risks", "groups_by_outcome"]

#: Analyses that draw survival curves.
_KAPLAN_MEIER = (
    CompareAnalysis,
    LandmarkAnalysis,
    SurvivalAnalysis,
    TimeDependentAnalysis,
    WeightedAnalysis,
)

# words of English, German and Italian for events that nothing can follow
_DEATH = re.compile(
    r"death|dead|died|mortality|surviv|\bnrm\b|\btrm\b|\bos\b|\bg?[deflpr]fs\b"
    r"|\btod\b|todes|tot\b|verst[oe]rb|sterblich|überleb"
    r"|morte\b|mort[oi]\b|decess|decedut|mortalit|sopravviv",
    re.IGNORECASE,
)


def competing_risks(analysis: AnalysisPlan, plan: Plan) -> Iterator[Found]:
    """Object to the curve of an event that death prevents, where deaths are censored."""
    endpoint = analysis.endpoint
    if endpoint is None or _may_be_death(endpoint):
        return
    if not any(map(_may_be_death, plan.endpoints)):
        return  # nothing in the study says that anybody can die
    event: Part = all_of(lower_first(cause.label) for cause in endpoint.causes)
    if isinstance(analysis.asked, _KAPLAN_MEIER):
        text = MESSAGES["kaplan_meier_competing"]
        yield Found("kaplan_meier_competing", analysis.id, text, {"event": event})
    elif isinstance(analysis.asked, CumulativeIncidenceAnalysis) and len(endpoint.causes) == 1:
        text = MESSAGES["incidence_competing"]
        yield Found("kaplan_meier_competing", analysis.id, text, {"event": event})


def _may_be_death(endpoint: EndpointPlan) -> bool:
    """Tell whether deaths are events of an endpoint, by its flags and names."""
    if isinstance(endpoint.asked, DatedEndpoint) and any(e.final for e in endpoint.asked.events):
        return True
    words = [endpoint.id, endpoint.label]
    words += [word for cause in endpoint.causes for word in (cause.id, cause.label)]
    return any(_DEATH.search(word.replace("_", " ")) for word in words)


def groups_by_outcome(
    analysis: AnalysisPlan,
    plan: Plan,
    table: Table,
    result: Outcome | None,
    node: dict[str, Any],
    values: Entries,
) -> Iterator[Found]:
    """Object to groups that are made of the outcome, or known only after another event."""
    variables = list(_variables(analysis))
    for variable in variables:
        found = _same_columns(analysis, variable, table) or _after_event(
            analysis, variable, plan, table
        )
        if found is not None:
            yield found
            return
    told = [v for v in variables if _determined(analysis, v, table, result)]
    if analysis.by is not None and _tells_outcome(node, values):
        told = [analysis.by]
    named = [] if told else [variable for variable in variables if is_outcome(variable)]
    for variables_found, text in ((told, "group_tells_outcome"), (named, "group_is_outcome")):
        if variables_found:
            parts: dict[str, Part] = {"variable": variables_found[0].asked.label}
            yield Found("group_by_outcome", analysis.id, MESSAGES[text], parts)
            return
    yield from known_later(analysis, variables, plan, table, node)


#: The fewest patients of a level whose outcomes are all alike other than by chance.
_LEAST_ALIKE = 5


def _determined(
    analysis: AnalysisPlan, variable: VariablePlan, table: Table, result: Outcome | None
) -> bool:
    """Tell whether each level of a variable of a model has the event always or never."""
    happened = _happened(analysis, table, result)
    if happened is None or variable.asked.kind != "categorical" or variable == analysis.by:
        return False
    event, known = happened
    member = group_by(variable, table).member
    shares = []
    for place in np.unique(member[known & (member >= 0)]):
        here = known & (member == place)
        if here.sum() < _LEAST_ALIKE:
            return False
        shares.append(float(event[here].mean()))
    return set(shares) == {0.0, 1.0}


def _happened(
    analysis: AnalysisPlan, table: Table, result: Outcome | None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    """Give who had the event that is modelled, and of whom it is known."""
    model = analysis.model
    if model is not None and model.outcome is not None:
        found = truth(model.outcome.tree, table)
        return found.yes, found.yes | found.no
    if result is None or analysis.endpoint is None:
        return None
    cause = None if model is None else model.cause
    if cause is None:
        return result.cause > 0, result.usable
    return result.cause == analysis.endpoint.causes.index(cause) + 1, result.usable


def _variables(analysis: AnalysisPlan) -> Iterator[VariablePlan]:
    """List what compares patients by an outcome."""
    outcome = analysis.endpoint is not None or isinstance(analysis.asked, LogisticAnalysis)
    if outcome and analysis.by is not None:
        yield analysis.by
    for term in () if analysis.model is None or not outcome else analysis.model.terms:
        yield term.variable


def _event_columns(endpoint: EndpointPlan) -> set[str]:
    """Name the columns that say whether and when an event happened, not when time starts."""
    asked = endpoint.asked
    found = {name for cause in endpoint.causes for name in _condition_columns(cause)}
    match asked:
        case CodedEndpoint():
            found |= {asked.event, asked.time}
        case ConditionEndpoint():
            found.add(asked.time)
        case DatedEndpoint():
            found |= {name for event in asked.events for name in event.date}
            found -= set(asked.origin)
    return found


def _condition_columns(cause: CausePlan) -> Iterator[str]:
    for condition in (cause.condition, cause.happened):
        yield from () if condition is None else condition.names


def _outcome_columns(analysis: AnalysisPlan) -> set[str]:
    if analysis.endpoint is not None:
        return _event_columns(analysis.endpoint)
    condition = None if analysis.model is None else analysis.model.outcome
    return set() if condition is None else set(condition.names)


def _same_columns(analysis: AnalysisPlan, variable: VariablePlan, table: Table) -> Found | None:
    outcome = _outcome_columns(analysis)
    shared = {variable.column} & outcome
    if not shared:
        shared = _fields(table, {variable.column}) & _fields(table, outcome)
    if not shared:
        return None
    parts: dict[str, Part] = {
        "variable": variable.asked.label,
        "columns": all_of(sorted(shared)),
    }
    return Found("group_by_outcome", analysis.id, MESSAGES["group_by_outcome"], parts)


def _fields(table: Table, columns: set[str]) -> set[str]:
    """Name the fields of forms that columns are taken from: ``sosvod.sos_grade``."""
    known = {} if table.provenance is None else table.provenance.columns
    return {
        f"{origin.form}.{origin.field}"
        for column in columns
        if column in known
        for origin in known[column].origin
    }


def _forms(table: Table, columns: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in _fields(table, columns)}


def _after_event(
    analysis: AnalysisPlan, variable: VariablePlan, plan: Plan, table: Table
) -> Found | None:
    """Find an event after time zero whose form says which group a patient is in."""
    endpoint = analysis.endpoint
    if endpoint is None or not isinstance(endpoint.asked, DatedEndpoint):
        return None
    if variable.asked.known_from is not None or analysis.landmarks:
        return None
    origin = set(endpoint.asked.origin)
    mine = _forms(table, {variable.column}) - _forms(table, origin)
    for other in plan.endpoints:
        if not isinstance(other.asked, DatedEndpoint) or set(other.asked.origin) != origin:
            continue
        for form in sorted(mine & _forms(table, _event_columns(other))):
            parts: dict[str, Part] = {
                "variable": variable.asked.label,
                "form": form,
                "endpoint": other.label,
            }
            text = MESSAGES["group_after_event"]
            return Found("group_by_outcome", analysis.id, text, parts)
    return None


def _tells_outcome(node: dict[str, Any], values: Entries) -> bool:
    """Tell whether each group has the event in all of its patients or in none."""
    shares = []
    for group in node.get("groups") or ():
        prefix = f"{node['id']}.{group['id']}"
        n, events = (values.get(f"{prefix}.{part}", {}).get("value") for part in ("n", "events"))
        if not n or events is None:
            return False
        shares.append(events / n)
    return set(shares) == {0.0, 1.0}
