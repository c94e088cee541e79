"""Analyses that are tables of patients, as they stand in ``study.toml``: listings, proportions."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from atrisk.study.analysis_base import AnalysisBase, GroupedAnalysis
from atrisk.study.groups import level_ids
from atrisk.study.parts import Code, Columns, Flag, Identifier, Level, Part, Text, WrittenCondition

__all__ = [
    "ListedColumn",
    "ListingAnalysis",
    "ProportionRow",
    "ProportionsAnalysis",
]

Places = Annotated[int, Field(strict=True, ge=0, le=6)]


def _column(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    return {"id": value} if isinstance(value, str) else value


class ListedColumn(Part):
    """A column of a listing: a variable, a column of the data, or the days between two dates."""

    id: Text = Field(
        description="A variable or a column of the data; with `from` and `to`, a name for the days."
    )
    label: Text | None = Field(
        default=None, description="The heading; that of the variable or column if absent."
    )
    decimals: Places | None = Field(
        default=None, description="Of its numbers, instead of those of the listing."
    )
    from_: Text | None = Field(
        default=None, alias="from", description="A column of dates from which days are counted."
    )
    to: Text | None = Field(default=None, description="The column of dates at which they end.")

    @model_validator(mode="after")
    def _both_dates(self) -> Self:
        if (self.from_ is None) != (self.to is None):
            raise PydanticCustomError(
                "dates", "days are counted between two dates: give both 'from' and 'to'"
            )
        return self


def _each_once(columns: tuple[ListedColumn, ...]) -> tuple[ListedColumn, ...]:
    for place, column in enumerate(columns):
        if column.id in [earlier.id for earlier in columns[:place]]:
            raise PydanticCustomError(
                "twice", "{name} is listed twice; give one of them another id", {"name": column.id}
            )
    return columns


class ListingAnalysis(AnalysisBase):
    """The patients of whom a condition holds, a row each."""

    kind: Literal["listing"] = Field(description="What to do.")
    where: WrittenCondition | None = Field(
        default=None, description="Who is listed, e.g. 'sos == 1'; all patients if absent."
    )
    columns: Annotated[
        tuple[
            Annotated[
                ListedColumn,
                BeforeValidator(_column, json_schema_input_type=ListedColumn | Text),
            ],
            ...,
        ],
        AfterValidator(_each_once),
    ] = Field(
        min_length=1,
        description="Variables or columns of the data in order: ids, or { id, label, decimals },"
        " or { id, label, from, to } for the days between two dates.",
    )
    order_by: Columns | tuple[()] = Field(
        default=(),
        description="Variables or columns by which the rows are ordered, with - in front from the"
        " largest down; missing values stand last. The order of the data if absent.",
    )
    number: Flag = Field(
        default=True,
        description="Name the patients by running numbers instead of their records.",
    )
    decimals: Places | None = Field(
        default=None, description="Of numbers; as many as the data need, up to two, if absent."
    )


class ProportionRow(Part):
    """A row: how many of those assessed had one of some levels of a variable."""

    label: Text = Field(description="The name to print, e.g. 'CR or CRi after the first cycle'.")
    id: Identifier | None = Field(default=None, description="A key; made of the label if absent.")
    of: Identifier = Field(
        description="The variable; of whom it is missing, they were not assessed."
    )
    levels: Annotated[tuple[Code, ...], Field(min_length=1)] | None = Field(
        default=None,
        alias="is",
        description="The codes that count, e.g. ['CR', 'CRi']; if absent, every level has a row.",
    )
    among: WrittenCondition | None = Field(
        default=None, description="Who can count, e.g. 'remission_at_hct == 1'; all if absent."
    )
    assessed_only: Flag = Field(
        default=True,
        description="The denominator: those assessed, or with false all, so that who was not"
        " assessed counts as not having it.",
    )


def _row_ids(rows: tuple[ProportionRow, ...]) -> tuple[ProportionRow, ...]:
    """Give every row an id, made of its label where it has none."""
    made = iter(level_ids(row.label for row in rows if row.id is None))
    named = tuple(
        row if row.id is not None else row.model_copy(update={"id": next(made).id}) for row in rows
    )
    for place, row in enumerate(named):
        if row.id in [earlier.id for earlier in named[:place]]:
            raise PydanticCustomError(
                "twice", "two rows have the id '{id}'; give one another 'id'", {"id": row.id}
            )
    return named


class ProportionsAnalysis(GroupedAnalysis):
    """Proportions with their denominators: response, MRD."""

    kind: Literal["proportions"] = Field(description="What to do.")
    rows: Annotated[tuple[ProportionRow, ...], Field(min_length=1), AfterValidator(_row_ids)] = (
        Field(description="The rows, in order.")
    )
    conf_type: Literal["clopper-pearson", "wilson"] = Field(
        default="clopper-pearson",
        description="The interval of a proportion: the exact one, or Wilson's.",
    )
    conf_level: Level = Field(default=0.95, description="Of the confidence intervals.")
    test: Flag = Field(
        default=True, description="Compare the groups of `by` by Fisher's exact test."
    )
