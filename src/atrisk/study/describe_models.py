"""Table 1 as it stands in ``study.toml``."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from atrisk.study.analysis_base import GroupedAnalysis
from atrisk.study.parts import Code, Flag, Identifier, Part

__all__ = ["DescribeAnalysis", "DescribedVariable", "Missing", "Statistic", "Test"]

Statistic = Literal["median_range", "median_iqr", "mean_sd", "range", "iqr", "known"]
Missing = Literal["row", "column", "percent"]
Test = Literal["kruskal", "wilcoxon", "t", "welch", "anova", "fisher", "chi2", "chi2_yates", "none"]


def _described(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    return {"id": value} if isinstance(value, str) else value


class DescribedVariable(Part):
    """A variable of Table 1, with its own statistics."""

    id: Identifier = Field(description="A variable.")
    statistics: Annotated[tuple[Statistic, ...], Field(min_length=1)] | None = Field(
        default=None, description="Instead of the statistics of the analysis."
    )
    levels_shown: Annotated[tuple[Code, ...], Field(min_length=1)] | None = Field(
        default=None,
        description="Codes or labels of the levels that get a row, such as one of two; all levels"
        " are counted whatever is shown.",
    )
    missing: Missing | None = Field(default=None, description="Instead of that of the analysis.")
    test: Test | None = Field(
        default=None,
        description="The comparison of the groups; if absent kruskal (Kruskal-Wallis) of a"
        " continuous variable and fisher (Fisher's exact test) of a categorical one. wilcoxon"
        " (rank sum), t (Student) and welch compare two groups, anova more; chi2 is Pearson's test,"
        " chi2_yates with Yates's correction; none leaves this variable untested.",
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
    missing: Missing = Field(
        default="row",
        description="How missing values are shown: row, a row of their number below the variable;"
        " column, one column of their number among all patients; percent, a row with their share,"
        " and percentages of all patients instead of those with a known value.",
    )
    percent_places: Annotated[int, Field(strict=True, ge=0, le=3)] = Field(
        default=1, description="Decimals of percentages."
    )
    tests: Flag = Field(
        default=False,
        description="Compare the groups, with a P value a variable, not adjusted for their number.",
    )
    differences: Flag = Field(
        default=False,
        description="Standardised differences between the groups, of more than two groups the"
        " largest of any two.",
    )

    @model_validator(mode="after")
    def _groups_are_compared(self) -> Self:
        for key, wanted in (("tests", self.tests), ("differences", self.differences)):
            if wanted and self.by is None:
                raise PydanticCustomError(
                    "compared",
                    "{key} = true compares groups; name them in 'by', or remove '{key}'",
                    {"key": key},
                )
        named = next((item for item in self.variables if item.test not in {None, "none"}), None)
        if named is not None and not self.tests:
            raise PydanticCustomError(
                "compared",
                "variable '{id}' names the test {test}, but no test is done; set tests = true, or"
                " remove 'test'",
                {"id": named.id, "test": named.test},
            )
        return self
