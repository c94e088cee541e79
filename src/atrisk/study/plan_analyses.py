"""Analyses of the plan: each kind with its references resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.study.analyses import (
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
from atrisk.study.plan import AnalysisPlan
from atrisk.study.plan_clinical import check_forms_analysis
from atrisk.study.plan_exposures import landmark_parts, time_dependent_parts
from atrisk.study.plan_models import cox_parts, fine_gray_parts, logistic_parts, weighted_parts
from atrisk.study.plan_tests import curve_tests
from atrisk.study.units import milestone

if TYPE_CHECKING:
    from atrisk.study.analyses import Analysis
    from atrisk.study.locate import TomlPath
    from atrisk.study.names import Names
    from atrisk.study.parts import TimePoint
    from atrisk.study.units import Milestone

__all__ = ["analysis_plan"]


def analysis_plan(names: Names, asked: Analysis, path: TomlPath) -> AnalysisPlan:
    """Resolve what an analysis names."""
    parts: dict[str, Any] = {
        "by": names.grouping(getattr(asked, "by", None), (*path, "by")),
        "strata": names.grouping(getattr(asked, "strata", None), (*path, "strata")),
    }
    parts |= _endpoint_parts(names, asked, path)
    parts |= _own_parts(names, asked, path, parts)
    return AnalysisPlan(id=asked.id, kind=asked.kind, title=asked.title, asked=asked, **parts)


def _endpoint_parts(names: Names, asked: Analysis, path: TomlPath) -> dict[str, Any]:
    if isinstance(asked, DescribeAnalysis | LogisticAnalysis | FormsAnalysis):
        return {}
    endpoint = names.named_endpoint(asked.endpoint, (*path, "endpoint"))
    if isinstance(asked, CoxAnalysis | FineGrayAnalysis):
        return {"endpoint": endpoint}
    return {
        "endpoint": endpoint,
        "times": names.milestones(asked.times, (*path, "times")),
        "until": _milestone(names, asked.until),
    }


def _own_parts(
    names: Names, asked: Analysis, path: TomlPath, found: dict[str, Any]
) -> dict[str, Any]:
    """Resolve what only this kind has; ``found`` holds by, strata and endpoint."""
    parts: dict[str, Any] = {}
    match asked:
        case FormsAnalysis():
            check_forms_analysis(names, asked, path)
        case DescribeAnalysis():
            parts = _described(names, asked, path)
        case SurvivalAnalysis() | CumulativeIncidenceAnalysis():
            rmst = asked.rmst if isinstance(asked, SurvivalAnalysis) else None
            tests = curve_tests(names, asked, found["by"], found["strata"], path)
            parts = {"rmst": _milestone(names, rmst), "tests": tests}
        case CoxAnalysis():
            parts = cox_parts(names, asked, found["endpoint"], path)
        case FineGrayAnalysis():
            parts = fine_gray_parts(names, asked, found["endpoint"], path)
        case LogisticAnalysis():
            parts = logistic_parts(names, asked, path)
        case TimeDependentAnalysis():
            parts = time_dependent_parts(names, asked, found["strata"], path)
        case LandmarkAnalysis():
            parts = landmark_parts(names, asked, found["by"], found["strata"], path)
        case WeightedAnalysis():
            parts = weighted_parts(names, asked, found["endpoint"], found["strata"], path)
    return parts


def _described(names: Names, asked: DescribeAnalysis, path: TomlPath) -> dict[str, Any]:
    named = (
        names.named_variable(item.id, (*path, "variables", index))
        for index, item in enumerate(asked.variables)
    )
    return {"variables": tuple(variable for variable in named if variable is not None)}


def _milestone(names: Names, written: TimePoint | None) -> Milestone | None:
    return None if written is None else milestone(written, names.clock.unit)
