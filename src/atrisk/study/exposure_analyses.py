"""Exposures that start after time zero, as they stand in ``study.toml``."""

# ruff: noqa: TC001 - pydantic reads the annotations when it makes the classes

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from atrisk.study.analysis_base import AnalysisBase, CurveKeys, GroupedAnalysis
from atrisk.study.model_analyses import ModelTerms
from atrisk.study.parts import (
    Flag,
    Identifier,
    Part,
    Text,
    TimePoint,
    WrittenCondition,
    distinct_ids,
)
from atrisk.study.units import TimeUnit

__all__ = ["Exposure", "LandmarkAnalysis", "TimeDependentAnalysis"]


class Exposure(Part):
    """Something that may begin after time zero and, once begun, stays: a transplant, GVHD."""

    id: Identifier
    label: Text = Field(description="The name to print.")
    time: Text = Field(
        description="The column with the time from the origin at which it began, or the date where"
        " the endpoint is made of dates; empty for never."
    )
    happened: WrittenCondition | None = Field(
        default=None,
        description="The condition that says that it began at all, e.g. 'tx == 1', where the column"
        " of times holds a number for others too.",
    )
    unit: TimeUnit | None = Field(
        default=None, description="The unit of the time column, if it is not [data] time_unit."
    )


Exposures = Annotated[tuple[Exposure, ...], AfterValidator(distinct_ids)]


class TimeDependentAnalysis(CurveKeys, AnalysisBase):
    """Exposures over time: Mantel-Byar test, Simon-Makuch curves, Andersen-Gill model."""

    kind: Literal["time_dependent"] = Field(description="What to do.")
    exposures: Exposures = Field(min_length=1, description="What is compared, before and after.")
    variables: ModelTerms = Field(
        default=(), description="Variables for which the Andersen-Gill model is adjusted."
    )
    at_exit: Literal["unexposed", "exposed"] = Field(
        default="unexposed",
        description="To which state an event counts that happens at the very time of the exposure.",
    )
    at_zero: Literal["error", "shift", "drop"] = Field(
        default="error",
        description="What to do with patients whose time ends at 0, when nobody is at risk yet:"
        " stop; shift it halfway to the next time of the data; or leave them out and list them.",
    )
    after_exit: Literal["error", "ignore"] = Field(
        default="error",
        description="What to do with an exposure after the patient's time has ended: stop, or"
        " ignore it (the patient was not exposed while observed) and say so.",
    )
    mantel_byar: Flag = Field(default=True, description="Show the Mantel-Byar test.")
    simon_makuch: Flag = Field(default=True, description="Show Simon-Makuch curves.")
    andersen_gill: Flag = Field(
        default=True, description="Fit Cox models with the exposures as time-dependent variables."
    )
    landmark_start: TimePoint | None = Field(
        default=None,
        description="Where the curves start, among those at risk then; the origin if absent.",
    )
    ties: Literal["efron", "breslow"] = Field(
        default="efron", description="How events at the same time count in the model."
    )


class LandmarkAnalysis(CurveKeys, GroupedAnalysis):
    """Those still at risk at a landmark, by what is known then: Kaplan-Meier and log-rank."""

    kind: Literal["landmark"] = Field(description="What to do.")
    at: tuple[TimePoint, ...] = Field(
        min_length=1, description="The landmarks, from the origin; each is analysed by itself."
    )
    exposures: Exposures = Field(
        default=(),
        description="Exposures that make the groups, by whether they began up to the landmark;"
        " instead of 'by'.",
    )

    @model_validator(mode="after")
    def _one_way_to_groups(self) -> Self:
        if self.exposures and self.by is not None:
            raise PydanticCustomError(
                "groups", "'by' and 'exposures' both make groups; remove one of the two"
            )
        return self
