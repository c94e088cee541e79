"""Comparisons of a study with the published record, as they stand in ``study.toml``."""

# ruff: noqa: TC001 - pydantic reads the annotations when it makes the classes

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from atrisk.study.analysis_base import AnalysisBase, CurveReading
from atrisk.study.parts import Flag, Identifier, Part, Text, WrittenCondition, each_once
from atrisk.study.units import TimeUnit

__all__ = ["CompareAnalysis", "Match", "PublishedRates", "ReferencePatients"]

Number = Annotated[float, Field(strict=True)]


class ReferencePatients(Part):
    """The patients behind a published curve: reconstructed ones, or those of an open data set."""

    file: Text = Field(
        description="A CSV file relative to the study file with the columns time and event (0 or"
        " 1), and perhaps group and member, as 'atrisk reconstruct' writes it."
    )
    label: Text = Field(description="What they are, to print.")
    source: Text = Field(description="The publication, as it is cited.")
    unit: TimeUnit = Field(description="The unit of their times.")
    origin: Text | None = Field(
        default=None,
        description="Their time zero as published, in the words of this study's own where it is the"
        " same event; it is printed, and a guard rail asks for it and for the difference.",
    )
    group: Text | None = Field(
        default=None, description="The group of the file to compare with; needed if it has several."
    )


class Match(Part):
    """Weights that give this cohort the averages of the published one."""

    means: dict[Identifier, Number | dict[Text, Number]] = Field(
        min_length=1,
        description="Variable -> published mean; of one with levels: label -> share, 0 to 1.",
    )
    sds: dict[Identifier, Number] = Field(
        default_factory=dict, description="Variable -> published standard deviation."
    )


class PublishedRates(Part):
    """Counts of published studies, to be pooled."""

    file: Text = Field(
        description="A CSV file relative to the study file with the columns study, events, total."
    )
    label: Text = Field(description="What they are, to print.")
    source: Text = Field(description="Where they are from.")


class CompareAnalysis(AnalysisBase, CurveReading):
    """The patients of this study beside a published curve or published rates."""

    kind: Literal["compare"] = Field(description="What to do.")
    endpoint: Identifier | None = Field(
        default=None, description="The endpoint, with 'reference'; or 'outcome' with 'rates'."
    )
    reference: ReferencePatients | None = Field(
        default=None, description="The patients behind the published curve."
    )
    tests: Annotated[
        tuple[Literal["one_sample", "logrank", "cox"], ...], AfterValidator(each_once)
    ] = Field(
        default=("one_sample", "logrank", "cox"),
        min_length=1,
        description="one_sample: observed and expected events, the reference curve's own error"
        " counted; logrank: both cohorts as two samples; cox: their hazard ratio.",
    )
    naive: Flag = Field(
        default=False,
        description="Show the one-sample test that takes the reference for exact as well, with a"
        " warning.",
    )
    match: Match | None = Field(
        default=None, description="Weigh this cohort to the published averages, and compare again."
    )
    outcome: WrittenCondition | None = Field(
        default=None, description="The condition that says who had the outcome, e.g. 'sos == 1'."
    )
    outcome_label: Text | None = Field(
        default=None, description="The name of the outcome to print; the condition if absent."
    )
    rates: PublishedRates | None = Field(
        default=None, description="The published rates of the outcome."
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        curve = (self.endpoint is not None, self.reference is not None)
        rate = (self.outcome is not None, self.rates is not None)
        if (curve, rate) not in {((True, True), (False, False)), ((False, False), (True, True))}:
            raise PydanticCustomError(
                "compare",
                "give 'endpoint' and 'reference' to compare with a curve, or 'outcome' and 'rates'"
                " to compare with rates",
            )
        fields = {"match", "naive", "tests", "times", "until"} & self.model_fields_set
        if self.endpoint is None and fields:
            raise PydanticCustomError(
                "compare", "'{key}' belongs to 'endpoint'", {"key": min(fields)}
            )
        return self
