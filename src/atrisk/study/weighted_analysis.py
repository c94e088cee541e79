"""Weighting by the propensity score, as it stands in ``study.toml``."""

# ruff: noqa: TC001 - pydantic reads the annotations when it makes the classes

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from atrisk.study.analysis_base import AnalysisBase, CurveKeys
from atrisk.study.model_analyses import ModelTerms, Validation
from atrisk.study.parts import Flag, Identifier

__all__ = ["WeightedAnalysis"]


class WeightedAnalysis(CurveKeys, AnalysisBase):
    """Two treatments compared after weighting by the propensity score."""

    kind: Literal["weighted"] = Field(description="What to do.")
    treatment: Identifier = Field(
        description="A categorical variable of two levels; the first is the reference."
    )
    covariates: ModelTerms = Field(
        min_length=1, description="The variables of the propensity model; all known at time zero."
    )
    estimand: Literal["ate", "att", "overlap"] = Field(
        default="ate",
        description="In whom the treatments are compared: everybody (ate), those treated (att; the"
        " second level), or those who could have had either (overlap).",
    )
    stabilised: Flag | None = Field(
        default=None,
        description="Multiply weights by the share of the treatment, so that they sum to about the"
        " number of patients; if absent, for ate. The others have no such form.",
    )
    trim: Annotated[float, Field(strict=True, gt=0, lt=0.5)] | None = Field(
        default=None,
        description="Leave out, and count, patients whose propensity score is below this or above"
        " 1 minus this.",
    )
    bootstrap: Validation | None = Field(
        default=None,
        description="Also an interval of the hazard ratio by the bootstrap, which estimates the"
        " propensity score anew in each sample.",
    )

    @model_validator(mode="after")
    def _stabilised_is_of_ate(self) -> Self:
        if self.stabilised and self.estimand != "ate":
            raise PydanticCustomError(
                "stabilised",
                "stabilised = true belongs to estimand = 'ate', not {estimand}; remove one of the"
                " two",
                {"estimand": repr(self.estimand)},
            )
        return self

    @property
    def is_stabilised(self) -> bool:
        """Whether weights are multiplied by the share of the treatment."""
        return self.estimand == "ate" if self.stabilised is None else self.stabilised
