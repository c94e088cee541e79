"""The plan of a study: what the runner will do, fixed before any row is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.study.analyses import Analysis
    from atrisk.study.conditions import Condition
    from atrisk.study.endpoint_models import Endpoint
    from atrisk.study.models import Data, StudyInfo, Variable
    from atrisk.study.units import Clock, Milestone

__all__ = [
    "ADJUSTMENTS",
    "AnalysisPlan",
    "CausePlan",
    "EndpointPlan",
    "ExclusionPlan",
    "Plan",
    "TestPlan",
    "VariablePlan",
    "plan_text",
]

#: What an adjustment of P values is called.
ADJUSTMENTS = {
    "holm": "Holm's method",
    "bonferroni": "Bonferroni's method",
    "none": "no adjustment",
}


@dataclass(frozen=True, slots=True)
class VariablePlan:
    """A variable and its column."""

    id: str
    column: str
    asked: Variable


@dataclass(frozen=True, slots=True)
class ExclusionPlan:
    """A step of the exclusion table."""

    id: str
    reason: str
    condition: Condition
    unknown: str


@dataclass(frozen=True, slots=True)
class CausePlan:
    """A kind of event, its code in the data or the condition that tells it."""

    id: str
    label: str
    code: str | None = None
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class EndpointPlan:
    """An endpoint, its causes in order, and the columns it reads."""

    id: str
    label: str
    asked: Endpoint
    causes: tuple[CausePlan, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TestPlan:
    """A test: ``call`` names the public function, ``stratified`` whether by the strata."""

    id: str
    label: str
    call: str
    stratified: bool = False


@dataclass(frozen=True, slots=True)
class AnalysisPlan:
    """One analysis with its references resolved."""

    id: str
    kind: str
    title: str
    asked: Analysis
    by: VariablePlan | None = None
    strata: VariablePlan | None = None
    endpoint: EndpointPlan | None = None
    variables: tuple[VariablePlan, ...] = ()
    times: tuple[Milestone, ...] = ()
    until: Milestone | None = None
    rmst: Milestone | None = None
    tests: tuple[TestPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the runner does, in order.

    Attributes
    ----------
    data_path
        the file to read.
    columns
        the columns to read from it.
    """

    info: StudyInfo
    data: Data
    data_path: Path
    clock: Clock
    columns: tuple[str, ...]
    population: tuple[ExclusionPlan, ...]
    analyses: tuple[AnalysisPlan, ...]


def plan_text(plan: Plan) -> str:
    """Spell a plan, one line a step.

    Parameters
    ----------
    plan
        the plan.

    Returns
    -------
    str
        lines without an end of line after the last.
    """
    lines = [
        f"Study: {plan.info.title}",
        f"Read {plan.data.file}: {len(plan.columns)} columns ({', '.join(plan.columns)})",
        _clock_line(plan),
    ]
    lines += [
        f"Exclude {step.id}: {step.reason} ({step.condition.text}; unknown: {step.unknown})"
        for step in plan.population
    ]
    for number, analysis in enumerate(plan.analyses, start=1):
        lines += ["", f"{number}. {analysis.title} [{analysis.kind}, id {analysis.id}]"]
        lines += [f"   {line}" for line in _analysis_lines(analysis)]
    return "\n".join(lines)


def _clock_line(plan: Plan) -> str:
    line = f"Times in {plan.clock.unit} from {plan.data.origin}"
    if plan.clock.unit == plan.clock.report_unit:
        return line
    per = f"{plan.clock.per_report_unit:.9g}"
    return f"{line}, shown in {plan.clock.report_unit} ({per} {plan.clock.unit} each)"


def _analysis_lines(analysis: AnalysisPlan) -> list[str]:
    groups = "all patients" if analysis.by is None else f"{analysis.by.asked.label}, all patients"
    lines = [f"groups: {groups}"]
    if analysis.endpoint is None:
        described = ", ".join(variable.asked.label for variable in analysis.variables)
        return [*lines, f"describe: {described}"]
    causes = ", ".join(cause.label for cause in analysis.endpoint.causes)
    lines.append(f"endpoint: {analysis.endpoint.label} (events: {causes})")
    lines.append(f"estimate: {', '.join(_estimates(analysis))}")
    if analysis.times:
        lines.append(f"read at: {', '.join(time.label for time in analysis.times)}")
    tests = [test.label for test in analysis.tests] + _pairs(analysis)
    return [*lines, f"test: {'; '.join(tests)}"] if tests else lines


def _pairs(analysis: AnalysisPlan) -> list[str]:
    asked = analysis.asked
    if asked.kind != "survival" or not asked.pairwise:
        return []
    return [f"each pair of groups ({ADJUSTMENTS[asked.adjust]})"]


def _estimates(analysis: AnalysisPlan) -> list[str]:
    asked = analysis.asked
    if asked.kind == "describe":
        return []
    variance = [] if asked.variance is None else [f"{asked.variance} variance"]
    interval = f"{100 * asked.conf_level:g} % {asked.conf_type} intervals"
    if asked.kind == "cumulative_incidence":
        return ["Aalen-Johansen", *variance, interval]
    estimates = ["Kaplan-Meier", *variance, interval, "median"]
    if asked.follow_up:
        estimates.append("median follow-up (reverse Kaplan-Meier, plain interval)")
    if analysis.rmst is not None:
        estimates.append(f"restricted mean to {analysis.rmst.label}")
    return estimates
