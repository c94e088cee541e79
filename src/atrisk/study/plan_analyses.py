"""Analyses of the plan: each kind with its references resolved."""

from __future__ import annotations

from collections.abc import Callable
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
from atrisk.study.compare_analysis import CompareAnalysis
from atrisk.study.describe_plan import describe_parts
from atrisk.study.event_analyses import EventsAnalysis
from atrisk.study.plan import AnalysisPlan
from atrisk.study.plan_clinical import check_forms_analysis
from atrisk.study.plan_compare import compare_parts
from atrisk.study.plan_events import events_parts, filled
from atrisk.study.plan_exposures import landmark_parts, time_dependent_parts
from atrisk.study.plan_models import cox_parts, fine_gray_parts, logistic_parts, weighted_parts
from atrisk.study.plan_subgroups import subgroup_parts
from atrisk.study.plan_tables import listing_parts, proportions_parts
from atrisk.study.plan_tests import curve_tests
from atrisk.study.published import published_parts
from atrisk.study.published_analysis import PublishedAnalysis
from atrisk.study.subgroup_analyses import SubgroupsAnalysis
from atrisk.study.table_analyses import ListingAnalysis, ProportionsAnalysis
from atrisk.study.units import milestone

if TYPE_CHECKING:
    from atrisk.study.analyses import Analysis
    from atrisk.study.names import Names
    from atrisk.study.parts import TimePoint
    from atrisk.study.units import Milestone
    from atrisk.toml.locate import TomlPath

__all__ = ["analysis_plan"]


def analysis_plan(names: Names, asked: Analysis, path: TomlPath) -> AnalysisPlan:
    """Resolve what an analysis names."""
    asked = _filled(names, asked)
    parts: dict[str, Any] = {
        "by": names.grouping(getattr(asked, "by", None), (*path, "by")),
        "strata": names.grouping(getattr(asked, "strata", None), (*path, "strata")),
    }
    parts |= _endpoint_parts(names, asked, path)
    parts |= _own_parts(names, asked, path, parts)
    return AnalysisPlan(id=asked.id, kind=asked.kind, title=asked.title, asked=asked, **parts)


def _filled(names: Names, asked: Analysis) -> Any:  # noqa: ANN401 - an analysis of its kind
    return filled(names, asked) if isinstance(asked, EventsAnalysis) else asked


def _endpoint_parts(names: Names, asked: Analysis, path: TomlPath) -> dict[str, Any]:
    if isinstance(asked, DescribeAnalysis | LogisticAnalysis | FormsAnalysis | PublishedAnalysis):
        return {}
    if isinstance(asked, ListingAnalysis | ProportionsAnalysis | EventsAnalysis):
        return {}
    if asked.endpoint is None:
        return {}
    endpoint = names.named_endpoint(asked.endpoint, (*path, "endpoint"))
    if isinstance(asked, CoxAnalysis | FineGrayAnalysis | SubgroupsAnalysis):
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
    own = (parts for kind, parts in _OWN if isinstance(asked, kind))
    return next(own, _nothing)(names, asked, path, found)


_Own = Callable[["Names", Any, "TomlPath", dict[str, Any]], dict[str, Any]]


def _nothing(*_: object) -> dict[str, Any]:
    return {}


def _forms(names: Names, asked: FormsAnalysis, path: TomlPath, _: object) -> dict[str, Any]:
    check_forms_analysis(names, asked, path)
    return {}


def _curves(
    names: Names,
    asked: SurvivalAnalysis | CumulativeIncidenceAnalysis,
    path: TomlPath,
    found: dict[str, Any],
) -> dict[str, Any]:
    rmst = asked.rmst if isinstance(asked, SurvivalAnalysis) else None
    tests = curve_tests(names, asked, found["by"], found["strata"], path)
    return {"rmst": _milestone(names, rmst), "tests": tests}


def _plain(parts: Callable[[Names, Any, TomlPath], dict[str, Any]]) -> _Own:
    """Call what needs nothing found before."""
    return lambda names, asked, path, _: parts(names, asked, path)


def _after(parts: Callable[..., dict[str, Any]], *needed: str) -> _Own:
    """Call what needs some of what was found before."""
    return lambda names, asked, path, found: parts(
        names, asked, *(found.get(name) for name in needed), path
    )


_OWN: tuple[tuple[type, _Own], ...] = (
    (FormsAnalysis, _forms),
    (EventsAnalysis, _plain(events_parts)),
    (PublishedAnalysis, _plain(published_parts)),
    (CompareAnalysis, _after(compare_parts, "endpoint")),
    (ListingAnalysis, _plain(listing_parts)),
    (ProportionsAnalysis, _plain(proportions_parts)),
    (DescribeAnalysis, _plain(describe_parts)),
    (SurvivalAnalysis, _curves),
    (CumulativeIncidenceAnalysis, _curves),
    (CoxAnalysis, _after(cox_parts, "endpoint")),
    (FineGrayAnalysis, _after(fine_gray_parts, "endpoint")),
    (LogisticAnalysis, _plain(logistic_parts)),
    (TimeDependentAnalysis, _after(time_dependent_parts, "strata")),
    (LandmarkAnalysis, _after(landmark_parts, "by", "strata")),
    (SubgroupsAnalysis, _after(subgroup_parts, "endpoint")),
    (WeightedAnalysis, _after(weighted_parts, "endpoint", "strata")),
)


def _milestone(names: Names, written: TimePoint | None) -> Milestone | None:
    return None if written is None else milestone(written, names.clock.unit)
