"""Analyses as they stand in ``study.toml``: what to describe, estimate and test."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from atrisk.study.analysis_base import CurveKeys, GroupedAnalysis
from atrisk.study.clinical_analyses import (
    DoseDeviationsAnalysis,
    ResponseRulesAnalysis,
    SosCriteriaAnalysis,
)
from atrisk.study.exposure_analyses import LandmarkAnalysis, TimeDependentAnalysis
from atrisk.study.model_analyses import CoxAnalysis, FineGrayAnalysis, LogisticAnalysis
from atrisk.study.parts import Flag, Identifier, Part, TimePoint
from atrisk.study.weighted_analysis import WeightedAnalysis

__all__ = [
    "KINDS",
    "Analysis",
    "CoxAnalysis",
    "CumulativeIncidenceAnalysis",
    "DescribeAnalysis",
    "DescribedVariable",
    "DoseDeviationsAnalysis",
    "FineGrayAnalysis",
    "LandmarkAnalysis",
    "LogisticAnalysis",
    "ResponseRulesAnalysis",
    "SosCriteriaAnalysis",
    "Statistic",
    "SurvivalAnalysis",
    "TimeDependentAnalysis",
    "WeightedAnalysis",
]

Statistic = Literal["median_range", "median_iqr", "mean_sd"]


def _described(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    return {"id": value} if isinstance(value, str) else value


class DescribedVariable(Part):
    """A variable of Table 1, with its own statistics."""

    id: Identifier = Field(description="A variable.")
    statistics: Annotated[tuple[Statistic, ...], Field(min_length=1)] | None = Field(
        default=None, description="Instead of the statistics of the analysis."
    )


class DescribeAnalysis(GroupedAnalysis):
    """Table 1: patients and their characteristics."""

    kind: Literal["describe"] = Field(description="What to do.")
    variables: tuple[
        Annotated[
            DescribedVariable,
            BeforeValidator(_described, json_schema_input_type=DescribedVariable | Identifier),
        ],
        ...,
    ] = Field(min_length=1, description="Variables in order: ids, or { id, statistics }.")
    statistics: tuple[Statistic, ...] = Field(
        default=("median_range",),
        min_length=1,
        description="How continuous variables are described.",
    )


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
    | ResponseRulesAnalysis
    | SosCriteriaAnalysis
    | DoseDeviationsAnalysis,
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
    "response_rules",
    "sos_criteria",
    "dose_deviations",
)
