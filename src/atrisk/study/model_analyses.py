"""Regression models as they stand in ``study.toml``: Cox, Fine-Gray, logistic."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from atrisk.study.analysis_base import AnalysisBase
from atrisk.study.parts import (
    Flag,
    Identifier,
    Level,
    Part,
    Text,
    TimePoint,
    WrittenCondition,
    distinct_ids,
)

__all__ = [
    "Calibration",
    "CoxAnalysis",
    "FineGrayAnalysis",
    "LogisticAnalysis",
    "ModelAnalysis",
    "ModelTerm",
    "ModelTerms",
    "Selection",
    "Validation",
]

Whole = Annotated[int, Field(strict=True)]


class ModelTerm(Part):
    """A variable of a model, and how it enters."""

    id: Identifier = Field(description="A variable.")
    per: Annotated[float, Field(strict=True, gt=0)] | None = Field(
        default=None,
        description="Of a continuous variable: the change that its ratio stands for, in its own"
        " unit; 1 if absent.",
    )
    spline: Annotated[Whole, Field(ge=3, le=7)] | None = Field(
        default=None,
        description="Of a continuous variable: the number of knots of a restricted cubic spline,"
        " where its effect is not taken to be a straight line.",
    )

    @model_validator(mode="after")
    def _a_spline_has_no_ratio(self) -> Self:
        if self.per is not None and self.spline is not None:
            raise PydanticCustomError(
                "term", "a spline has no single ratio, so 'per' says nothing; remove one of the two"
            )
        return self


def _term(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    return {"id": value} if isinstance(value, str) else value


ModelTerms = Annotated[
    tuple[
        Annotated[ModelTerm, BeforeValidator(_term, json_schema_input_type=ModelTerm | Identifier)],
        ...,
    ],
    AfterValidator(distinct_ids),
]


class Selection(Part):
    """Backward elimination from the multivariable model."""

    rule: Literal["p", "aic"] = Field(
        default="p",
        description="p: the term with the largest P value leaves, while that is above 'stay';"
        " aic: the term whose removal lowers Akaike's criterion most.",
    )
    stay: Level = Field(default=0.05, description='The P value up to which a term stays; for "p".')
    method: Literal["refit", "fastbw"] = Field(
        default="refit",
        description="refit fits the model anew at every step; fastbw is the approximation of"
        " Lawless and Singhal from the full model, as in R's rms.",
    )
    keep: tuple[Identifier, ...] = Field(
        default=(), description="Variables that stay in the model whatever their P value."
    )

    @model_validator(mode="after")
    def _stay_is_of_p(self) -> Self:
        if self.rule == "aic" and "stay" in self.model_fields_set:
            raise PydanticCustomError(
                "stay", "stay belongs to rule = 'p', not 'aic'; remove one of the two"
            )
        return self


class Validation(Part):
    """Optimism by the bootstrap; a selection is repeated in every sample, by fastbw."""

    repeats: Annotated[Whole, Field(ge=10)] = Field(
        default=200, description="The number of bootstrap samples."
    )
    seed: Annotated[Whole, Field(ge=0)] = Field(
        default=1, description="Of the random numbers: the same seed gives the same numbers."
    )


class Calibration(Validation):
    """Predicted against observed survival at one time, with its optimism, as for validation."""

    at: TimePoint = Field(description="The time, from the origin.")
    groups: Annotated[Whole, Field(ge=2, le=20)] = Field(
        default=4, description="The number of groups of equal size by predicted survival."
    )


class ModelAnalysis(AnalysisBase):
    """What every regression model says."""

    variables: ModelTerms = Field(
        min_length=1,
        description="Variables in order: ids, or { id, per } or { id, spline }. Of a categorical"
        " variable the first level is the reference.",
    )
    univariable: Flag = Field(default=True, description="Also fit each variable alone.")
    multivariable: Flag = Field(default=True, description="Fit all variables together.")
    conf_level: Level = Field(default=0.95, description="Of the confidence intervals.")

    @model_validator(mode="after")
    def _something_is_fitted(self) -> Self:
        if not (self.univariable or self.multivariable):
            raise PydanticCustomError(
                "models", "univariable and multivariable are both false, so there is no model"
            )
        if not self.multivariable:
            for key in ("selection", "validation", "calibration"):
                if getattr(self, key, None) is not None:
                    raise PydanticCustomError(
                        "models",
                        "'{key}' needs the multivariable model, and multivariable is false",
                        {"key": key},
                    )
        return self


class CoxAnalysis(ModelAnalysis):
    """Cox models: hazard ratios of each variable alone and of all together."""

    kind: Literal["cox"] = Field(description="What to do.")
    endpoint: Identifier = Field(description="The endpoint.")
    cause: Identifier | None = Field(
        default=None,
        description="The event that is modelled, others being censored (the cause-specific hazard);"
        " any event of the endpoint if absent.",
    )
    strata: Identifier | None = Field(
        default=None, description="A variable; each of its levels has a baseline hazard of its own."
    )
    cluster: Text | None = Field(
        default=None,
        description="A column: rows with the same value belong together, and the variance is"
        " robust.",
    )
    ties: Literal["efron", "breslow"] = Field(
        default="efron", description="How events at the same time count."
    )
    firth: Flag = Field(
        default=False,
        description="Firth's penalised likelihood, which has finite estimates where a level has no"
        " event; its intervals are by profile likelihood.",
    )
    selection: Selection | None = Field(
        default=None, description="Also eliminate variables from the multivariable model."
    )
    ph_test: Literal["km", "rank", "identity", False] = Field(
        default="km",
        description="The time scale of the test of proportional hazards, as in R's cox.zph; false"
        " for no test.",
    )
    validation: Validation | None = Field(
        default=None, description="Also correct the measures of the model for optimism."
    )
    calibration: Calibration | None = Field(
        default=None, description="Also compare predicted and observed survival at one time."
    )


class FineGrayAnalysis(ModelAnalysis):
    """Fine-Gray models: ratios of subdistribution hazards of one of several events."""

    kind: Literal["fine_gray"] = Field(description="What to do.")
    endpoint: Identifier = Field(description="The endpoint.")
    cause: Identifier = Field(description="The event whose cumulative incidence is modelled.")
    strata: Identifier | None = Field(
        default=None, description="A variable; each of its levels has a baseline hazard of its own."
    )
    censoring_strata: Identifier | None = Field(
        default=None,
        description="A variable; censoring is taken to differ between its levels, e.g. centres.",
    )
    cluster: Text | None = Field(
        default=None,
        description="A column: rows with the same value belong together, and the variance is"
        " robust.",
    )


class LogisticAnalysis(ModelAnalysis):
    """Logistic regression: odds ratios of an outcome that is there or not."""

    kind: Literal["logistic"] = Field(description="What to do.")
    outcome: WrittenCondition = Field(
        description="The condition that says who had the outcome, e.g. 'sos == 1'; rows for which"
        " a missing value leaves it open are left out and listed."
    )
    outcome_label: Text | None = Field(
        default=None, description="The name of the outcome to print; the condition if absent."
    )
    cluster: Text | None = Field(
        default=None,
        description="A column: rows with the same value belong together, and the variance is"
        " robust.",
    )
    firth: Flag = Field(
        default=False,
        description="Firth's penalised likelihood, which has finite estimates where a level has no"
        " event.",
    )
    conf_type: Literal["wald", "profile"] | None = Field(
        default=None,
        description="Of the intervals; if absent, wald, or profile with firth.",
    )
    selection: Selection | None = Field(
        default=None, description="Also eliminate variables from the multivariable model."
    )
    fisher: Flag = Field(
        default=True,
        description="Also show Fisher's exact test of each categorical variable with the outcome.",
    )
