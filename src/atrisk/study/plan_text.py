"""A plan in words: what ``--dry-run`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.study.analyses import (
    CompareAnalysis,
    CoxAnalysis,
    CumulativeIncidenceAnalysis,
    DescribeAnalysis,
    FineGrayAnalysis,
    LandmarkAnalysis,
    LogisticAnalysis,
    SurvivalAnalysis,
    TimeDependentAnalysis,
    WeightedAnalysis,
)
from atrisk.study.clinical_analyses import FormsAnalysis
from atrisk.study.endpoint_models import DatedEndpoint
from atrisk.study.event_analyses import EventsAnalysis
from atrisk.study.plan import ADJUSTMENTS
from atrisk.study.plan_tables import table_lines
from atrisk.study.plan_text_compare import compared, published_line
from atrisk.study.published_analysis import PublishedAnalysis
from atrisk.study.subgroup_analyses import SubgroupsAnalysis
from atrisk.study.table_analyses import ListingAnalysis, ProportionsAnalysis

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atrisk.study.analyses import Analysis
    from atrisk.study.model_analyses import Selection
    from atrisk.study.plan import AnalysisPlan, EndpointPlan, ExposurePlan, Plan, TermPlan
    from atrisk.study.report_models import ReportSettings

__all__ = ["plan_text"]


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
        f"Read {plan.source.file}: {len(plan.columns)} columns ({', '.join(plan.columns)})",
        _clock_line(plan),
    ]
    lines += [
        f"Exclude {step.id}: {step.reason} ({step.condition.text}; unknown: {step.unknown})"
        for step in plan.population
    ]
    for number, analysis in enumerate(plan.analyses, start=1):
        lines += ["", f"{number}. {analysis.title} [{analysis.kind}, id {analysis.id}]"]
        lines += [f"   {line}" for line in _analysis_lines(analysis)]
    return "\n".join([*lines, *_report_lines(plan.report)])


def _report_lines(report: ReportSettings) -> list[str]:
    """Say how the report is written, where that is not the default."""
    lines = []
    if report.language != "en":
        lines.append(f"language: {report.language}")
    if report.suppress_below:
        lines.append(f"counts of patients below {report.suppress_below} are not shown")
    if report.templates:
        lines.append(f"fill: {', '.join(report.templates)}")
    return ["", "Report", *(f"   {line}" for line in lines)] if lines else []


def _compared(asked: DescribeAnalysis) -> list[str]:
    lines = ["test: each variable between the groups"] if asked.tests else []
    return [*lines, "compare: standardised differences"] if asked.differences else lines


def _clock_line(plan: Plan) -> str:
    line = f"Times in {plan.clock.unit} from {plan.data.origin}"
    if plan.clock.unit == plan.clock.report_unit:
        return line
    per = f"{plan.clock.per_report_unit:.9g}"
    return f"{line}, shown in {plan.clock.report_unit} ({per} {plan.clock.unit} each)"


def _analysis_lines(analysis: AnalysisPlan) -> list[str]:
    lines = _groups(analysis)
    asked = analysis.asked
    if isinstance(asked, DescribeAnalysis):
        described = ", ".join(variable.asked.label for variable in analysis.variables)
        return [*lines, f"describe: {described}", *_compared(asked)]
    if isinstance(asked, PublishedAnalysis):
        return [f"compare: {asked.file} with the results, numbers of {asked.source}"]
    if isinstance(asked, EventsAnalysis):
        return [*lines, f"show: {asked.shown}"]
    if isinstance(asked, ListingAnalysis | ProportionsAnalysis):
        return table_lines(analysis, lines)
    if isinstance(asked, FormsAnalysis):
        return [f"patients: {asked.counted}", f"compare: {asked.compared}"]
    if analysis.endpoint is not None:
        causes = ", ".join(cause.label for cause in analysis.endpoint.causes)
        lines.append(f"endpoint: {analysis.endpoint.label} (events: {causes})")
        lines += _dates(analysis.endpoint)
    lines += _exposures(analysis.exposures) + _model(analysis)
    estimates = (
        compared(asked) if isinstance(asked, CompareAnalysis) else _estimates(analysis, asked)
    )
    if estimates:
        lines.append(f"estimate: {', '.join(estimates)}")
    if analysis.times:
        lines.append(f"read at: {', '.join(time.label for time in analysis.times)}")
    tests = [*(test.label for test in analysis.tests), *_other_tests(asked)]
    return [*lines, f"test: {'; '.join(tests)}"] if tests else lines


def _dates(endpoint: EndpointPlan) -> list[str]:
    """Say of an endpoint made of dates which columns it reads, and how."""
    asked = endpoint.asked
    if not isinstance(asked, DatedEndpoint):
        return []
    first = ", else ".join(asked.origin)
    lines = [f"from: {first}{' (that day is day 1)' if asked.count_day else ''}"]
    lines += [
        f"event {event.id}: {_earliest(event.date)}"
        + ("" if event.when is None else f" if {event.when}")
        + ("" if event.happened is None else f", took place if {event.happened}")
        + (" (competing)" if event.competing else "")
        for event in asked.events
    ]
    latest = asked.censor[0] if len(asked.censor) == 1 else f"latest of {', '.join(asked.censor)}"
    stops = "" if asked.censor_at is None else f", at {' or '.join(asked.censor_at)}"
    cut_off = "" if asked.cut_off is None else f", at the cut-off {asked.cut_off}"
    return [*lines, f"censored: {latest}{stops}{cut_off}"]


def _earliest(columns: tuple[str, ...]) -> str:
    return columns[0] if len(columns) == 1 else f"earliest of {', '.join(columns)}"


def _groups(analysis: AnalysisPlan) -> list[str]:
    if isinstance(
        analysis.asked,
        CoxAnalysis | FineGrayAnalysis | LogisticAnalysis | FormsAnalysis | SubgroupsAnalysis,
    ):
        return []
    if isinstance(analysis.asked, CompareAnalysis):
        return [published_line(analysis.asked)]
    if isinstance(analysis.asked, TimeDependentAnalysis):
        return []
    if isinstance(analysis.asked, LandmarkAnalysis):
        landmarks = ", ".join(time.label for time in analysis.landmarks)
        by = "" if analysis.by is None else f"groups: {analysis.by.asked.label}"
        return [line for line in (f"landmarks: {landmarks}", by) if line]
    if isinstance(analysis.asked, WeightedAnalysis) and analysis.by is not None:
        return [f"treatment: {analysis.by.asked.label}"]
    groups = "all patients" if analysis.by is None else f"{analysis.by.asked.label}, all patients"
    return [f"groups: {groups}"]


def _exposures(exposures: Iterable[ExposurePlan]) -> list[str]:
    return [
        f"exposure: {exposure.label} (from {exposure.asked.time}"
        + (f" if {exposure.condition.text})" if exposure.condition is not None else ")")
        for exposure in exposures
    ]


def _model(analysis: AnalysisPlan) -> list[str]:
    """Name the variables of a model, and what else it is made of."""
    model = analysis.model
    if model is None:
        return []
    lines = []
    if model.outcome is not None:
        lines.append(f"outcome: {model.outcome.text}")
    if model.cause is not None:
        lines.append(f"event modelled: {model.cause.label}")
    if isinstance(analysis.asked, SubgroupsAnalysis):
        exposure, *others = map(_term, model.terms)
        lines += [f"exposure: {exposure}", f"subgroups: {', '.join(others)}"]
    elif isinstance(analysis.asked, CompareAnalysis) and model.terms:
        lines.append(f"matched to published averages: {', '.join(map(_term, model.terms))}")
    elif model.terms:
        lines.append(f"variables: {', '.join(map(_term, model.terms))}")
    if analysis.strata is not None:
        lines.append(f"strata: {analysis.strata.asked.label}")
    if model.censoring is not None:
        lines.append(f"strata of censoring: {model.censoring.asked.label}")
    if model.cluster is not None:
        lines.append(f"clusters: column {model.cluster}")
    return lines


def _term(term: TermPlan) -> str:
    label = term.variable.asked.label
    if term.asked.spline is not None:
        return f"{label} (spline, {term.asked.spline} knots)"
    return label if term.asked.per is None else f"{label} (per {term.asked.per:g})"


def _estimates(analysis: AnalysisPlan, asked: Analysis) -> list[str]:
    words: list[str] = []
    match asked:
        case SurvivalAnalysis():
            words = _survival(analysis, asked)
        case CumulativeIncidenceAnalysis():
            words = ["Aalen-Johansen", *_variance(asked.variance), _interval(asked)]
        case CoxAnalysis():
            words = _cox(analysis, asked)
        case FineGrayAnalysis():
            words = ["ratios of subdistribution hazards by Fine-Gray models", *_each(asked)]
            words.append(_level(asked.conf_level))
        case LogisticAnalysis():
            words = ["odds ratios by logistic regression", *_each(asked), *_firth(asked.firth)]
            words += [_level(asked.conf_level), *_selection(asked.selection)]
        case TimeDependentAnalysis():
            words = _time_dependent(analysis, asked)
        case LandmarkAnalysis():
            words = ["Kaplan-Meier from each landmark", _interval(asked)]
        case WeightedAnalysis():
            words = _weighted(asked)
        case SubgroupsAnalysis():
            ratios = "odds ratios" if asked.endpoint is None else "hazard ratios"
            words = [f"{ratios} in each subgroup", _level(asked.conf_level)]
    return words


def _cox(analysis: AnalysisPlan, asked: CoxAnalysis) -> list[str]:
    words = ["hazard ratios by Cox models", *_each(asked), f"{asked.ties.capitalize()}'s ties"]
    return [*words, *_firth(asked.firth), _level(asked.conf_level), *_more(analysis, asked)]


def _variance(variance: str | None) -> list[str]:
    return [] if variance is None else [f"{variance} variance"]


def _interval(
    asked: SurvivalAnalysis
    | CumulativeIncidenceAnalysis
    | TimeDependentAnalysis
    | LandmarkAnalysis
    | WeightedAnalysis,
) -> str:
    return f"{100 * asked.conf_level:g} % {asked.conf_type} intervals"


def _level(level: float) -> str:
    return f"{100 * level:g} % intervals"


def _survival(analysis: AnalysisPlan, asked: SurvivalAnalysis) -> list[str]:
    estimates = ["Kaplan-Meier", *_variance(asked.variance), _interval(asked), "median"]
    if asked.follow_up:
        estimates.append("median follow-up (reverse Kaplan-Meier, plain interval)")
    if analysis.rmst is not None:
        estimates.append(f"restricted mean to {analysis.rmst.label}")
    return estimates


def _each(asked: CoxAnalysis | FineGrayAnalysis | LogisticAnalysis) -> list[str]:
    words = ["each variable alone"] if asked.univariable else []
    return [*words, "all together"] if asked.multivariable else words


def _firth(firth: bool) -> list[str]:  # noqa: FBT001 - a word for a flag
    return ["Firth's penalty"] if firth else []


def _more(analysis: AnalysisPlan, asked: CoxAnalysis) -> list[str]:
    words = _selection(asked.selection)
    if asked.validation is not None:
        words.append(f"validation by {asked.validation.repeats} bootstrap samples")
    if analysis.calibration is not None:
        words.append(f"calibration at {analysis.calibration.label}")
    return words


def _selection(asked: Selection | None) -> list[str]:
    if asked is None:
        return []
    rule = f"P > {asked.stay:g}" if asked.rule == "p" else "Akaike's criterion"
    how = "refitted" if asked.method == "refit" else "fast backward"
    return [f"backward elimination by {rule} ({how})"]


def _time_dependent(analysis: AnalysisPlan, asked: TimeDependentAnalysis) -> list[str]:
    words = []
    if asked.simon_makuch:
        start = "" if analysis.start is None else f" from {analysis.start.label}"
        words += [f"Simon-Makuch curves{start}", _interval(asked)]
    if asked.andersen_gill:
        words.append(f"hazard ratios by Andersen-Gill models, {asked.ties.capitalize()}'s ties")
    return words


def _weighted(asked: WeightedAnalysis) -> list[str]:
    stabilised = "stabilised " if asked.is_stabilised else ""
    words = [f"{stabilised}weights for the {_ESTIMANDS[asked.estimand]}"]
    if asked.trim is not None:
        words.append(f"trimmed at {asked.trim:g} and {1 - asked.trim:g}")
    words += ["weighted Kaplan-Meier", _interval(asked), "weighted hazard ratio"]
    if asked.bootstrap is not None:
        words.append(f"{asked.bootstrap.repeats} bootstrap samples")
    return words


_ESTIMANDS = {
    "ate": "average effect in all patients",
    "att": "average effect in the treated",
    "overlap": "average effect in the overlap",
}


def _other_tests(asked: Analysis) -> list[str]:
    if isinstance(asked, SurvivalAnalysis) and asked.pairwise:
        return [f"each pair of groups ({ADJUSTMENTS[asked.adjust]})"]
    if isinstance(asked, CoxAnalysis) and asked.ph_test:
        return [f"proportional hazards ({asked.ph_test} time scale)"]
    if isinstance(asked, SubgroupsAnalysis):
        return ["interaction of exposure and subgroups (likelihood ratio)"]
    if isinstance(asked, LogisticAnalysis) and asked.univariable and asked.fisher:
        return ["Fisher's exact test of each categorical variable"]
    return []
