"""Analyses as they stand in ``study.toml``: what to describe, estimate and test."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from atrisk.study.analysis_base import CurveKeys, GroupedAnalysis
from atrisk.study.clinical_analyses import (
    DoseDeviationsAnalysis,
    ResponseRulesAnalysis,
    SosCriteriaAnalysis,
)
from atrisk.study.compare_analysis import CompareAnalysis
from atrisk.study.describe_models import DescribeAnalysis, DescribedVariable, Statistic
from atrisk.study.event_analyses import (
    AccrualAnalysis,
    DoseEventAnalysis,
    ScheduleAnalysis,
    SwimmerAnalysis,
    TrajectoriesAnalysis,
)
from atrisk.study.exposure_analyses import LandmarkAnalysis, TimeDependentAnalysis
from atrisk.study.model_analyses import CoxAnalysis, FineGrayAnalysis, LogisticAnalysis
from atrisk.study.parts import Flag, TimePoint, each_once
from atrisk.study.published_analysis import PublishedAnalysis
from atrisk.study.subgroup_analyses import SubgroupsAnalysis
from atrisk.study.table_analyses import ListingAnalysis, ProportionsAnalysis
from atrisk.study.weighted_analysis import WeightedAnalysis

__all__ = [
    "KINDS",
    "Analysis",
    "CompareAnalysis",
    "CoxAnalysis",
    "CumulativeIncidenceAnalysis",
    "DescribeAnalysis",
    "DescribedVariable",
    "DoseDeviationsAnalysis",
    "FineGrayAnalysis",
    "LandmarkAnalysis",
    "ListingAnalysis",
    "LogisticAnalysis",
    "ProportionsAnalysis",
    "PublishedAnalysis",
    "ResponseRulesAnalysis",
    "SosCriteriaAnalysis",
    "Statistic",
    "SubgroupsAnalysis",
    "SurvivalAnalysis",
    "TimeDependentAnalysis",
    "WeightedAnalysis",
]


class _TimeToEvent(CurveKeys, GroupedAnalysis):
    rho: Annotated[float, Field(strict=True)] = Field(
        default=0.0,
        description="Weight S(t)^rho of the test: 0 is the log-rank test (or Gray's), 1 weighs"
        " early differences more.",
    )


class SurvivalAnalysis(_TimeToEvent):
    """Kaplan-Meier curves, medians, log-rank tests. Any event of the endpoint counts."""

    kind: Literal["survival"] = Field(description="What to do.")
    variance: Literal["greenwood", "robust"] | None = Field(
        default=None,
        description="If absent, greenwood, or robust where a weight is not a whole number.",
    )
    trend: Flag = Field(default=False, description="Also test for a trend over the groups.")
    pairwise: Flag = Field(default=False, description="Also compare each two groups.")
    adjust: Literal["holm", "bonferroni", "none"] = Field(
        default="holm", description="The adjustment of pairwise p-values."
    )
    follow_up: Flag = Field(
        default=True,
        description="Median follow-up by the reverse Kaplan-Meier method, with a plain interval"
        " whatever conf_type says.",
    )
    annotate: Annotated[tuple[Literal["p", "hr"], ...], AfterValidator(each_once)] = Field(
        default=("p",),
        description="What stands in the figure beside the curves: p for the tests, hr for hazard"
        " ratios of a Cox model of the groups, compared with the first.",
    )
    rmst: TimePoint | None = Field(
        default=None,
        description="Restricted mean survival time up to this time, with a plain interval; compared"
        " between groups too.",
    )


class CumulativeIncidenceAnalysis(_TimeToEvent):
    """Cumulative incidence of each cause as competing risks, Gray's tests."""

    kind: Literal["cumulative_incidence"] = Field(description="What to do.")
    variance: Literal["aalen", "delta", "robust"] | None = Field(
        default=None,
        description="aalen as R's cmprsk, delta as the delta method of Dinse and Larson; if absent,"
        " aalen, or robust where a weight is not a whole number.",
    )
    display: Literal["overlaid", "stacked", "both"] = Field(
        default="overlaid",
        description="overlaid draws the curves of the causes side by side; stacked draws them on"
        " top of each other, with the patients free of any event above, which makes 100 %.",
    )


Analysis = Annotated[
    DescribeAnalysis
    | SurvivalAnalysis
    | CumulativeIncidenceAnalysis
    | CoxAnalysis
    | FineGrayAnalysis
    | LogisticAnalysis
    | TimeDependentAnalysis
    | LandmarkAnalysis
    | WeightedAnalysis
    | SubgroupsAnalysis
    | ResponseRulesAnalysis
    | SosCriteriaAnalysis
    | DoseDeviationsAnalysis
    | ListingAnalysis
    | ProportionsAnalysis
    | PublishedAnalysis
    | CompareAnalysis
    | SwimmerAnalysis
    | TrajectoriesAnalysis
    | DoseEventAnalysis
    | ScheduleAnalysis
    | AccrualAnalysis,
    Field(discriminator="kind"),
]

#: What may stand behind ``kind``.
KINDS = (
    "describe",
    "survival",
    "cumulative_incidence",
    "cox",
    "fine_gray",
    "logistic",
    "time_dependent",
    "landmark",
    "weighted",
    "subgroups",
    "response_rules",
    "sos_criteria",
    "dose_deviations",
    "listing",
    "proportions",
    "published",
    "compare",
    "swimmer",
    "trajectories",
    "dose_event",
    "schedule",
    "accrual",
)
