"""What analyses of ``study.toml`` share: their head, their groups, how curves are read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from atrisk.study.parts import Identifier, Level, Part, Text, TimePoint, each_once

__all__ = ["AnalysisBase", "CurveKeys", "CurveReading", "GroupedAnalysis"]


class AnalysisBase(Part):
    """The head of an analysis."""

    id: Identifier
    title: Text = Field(description="The heading.")


class GroupedAnalysis(AnalysisBase):
    """An analysis of groups side by side."""

    by: Identifier | None = Field(
        default=None, description="The variable that makes the groups; all patients if absent."
    )


class CurveReading(Part):
    """How curves are read."""

    times: tuple[TimePoint, ...] = Field(
        default=(),
        description='When to read the curves: "1 year", "100 days", or numbers in the time unit.',
    )
    until: TimePoint | None = Field(
        default=None,
        description="Where the time axis of the figure ends; the last time observed if absent.",
    )
    conf_type: Literal["plain", "log", "log-log", "logit", "arcsine"] = Field(
        default="log",
        description="The scale on which the confidence intervals of curves and medians are made.",
    )
    conf_level: Level = Field(default=0.95, description="Of the confidence intervals.")
    risk_rows: Annotated[
        tuple[Literal["at_risk", "events", "censored"], ...], AfterValidator(each_once)
    ] = Field(
        default=("at_risk",),
        min_length=1,
        description="The rows under the time axis of the figure: patients at risk just before each"
        " time, and patients who had an event or were censored before it.",
    )


class CurveKeys(CurveReading):
    """What is timed, and how its curves are read."""

    endpoint: Identifier = Field(description="The endpoint.")
    strata: Identifier | None = Field(
        default=None, description="A variable; tests are shown stratified by it too."
    )
