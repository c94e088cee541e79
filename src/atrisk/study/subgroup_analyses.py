"""Subgroup analyses as they stand in ``study.toml``: one exposure within levels of variables."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from atrisk.study.analysis_base import AnalysisBase
from atrisk.study.parts import Identifier, Level, Text, WrittenCondition, each_once

__all__ = ["SubgroupsAnalysis"]


class SubgroupsAnalysis(AnalysisBase):
    """The effect of one exposure in subgroups, and whether it differs between them."""

    kind: Literal["subgroups"] = Field(description="What to do.")
    endpoint: Identifier | None = Field(
        default=None, description="The endpoint, for hazard ratios; or 'outcome'."
    )
    outcome: WrittenCondition | None = Field(
        default=None,
        description="The condition that says who had the outcome, for odds ratios, e.g."
        " 'sos == 1'; instead of 'endpoint'.",
    )
    outcome_label: Text | None = Field(
        default=None, description="The name of the outcome to print; the condition if absent."
    )
    exposure: Identifier = Field(
        description="A variable with two levels; the first is the reference."
    )
    variables: Annotated[tuple[Identifier, ...], AfterValidator(each_once)] = Field(
        min_length=1, description="Variables with levels; each level is a subgroup."
    )
    cause: Identifier | None = Field(
        default=None,
        description="The event that is modelled, others being censored; any event of the endpoint"
        " if absent.",
    )
    strata: Identifier | None = Field(
        default=None, description="A variable; each of its levels has a baseline hazard of its own."
    )
    ties: Literal["efron", "breslow"] = Field(
        default="efron", description="How events at the same time count."
    )
    conf_level: Level = Field(default=0.95, description="Of the confidence intervals.")

    @model_validator(mode="after")
    def _one_outcome(self) -> Self:
        if (self.endpoint is None) == (self.outcome is None):
            raise PydanticCustomError(
                "outcome",
                "give 'endpoint' for hazard ratios or 'outcome' for odds ratios, not both",
            )
        for key in ("cause", "strata") if self.endpoint is None else ("outcome_label",):
            if getattr(self, key) is not None:
                other = "endpoint" if self.endpoint is None else "outcome"
                raise PydanticCustomError(
                    "outcome", "'{key}' belongs to '{other}'", {"key": key, "other": other}
                )
        return self
