"""The top of ``study.toml`` version 1: the study, its data, its variables, its population."""

# ruff: noqa: TC001 - pydantic reads the annotations when it makes the classes

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from atrisk.study.analyses import Analysis
from atrisk.study.endpoint_models import Endpoint
from atrisk.study.forms_models import Adam, DerivedColumn, Forms
from atrisk.study.parts import Flag, Identifier, Part, Text, WrittenCondition, distinct_ids
from atrisk.study.report_models import ReportSettings
from atrisk.study.units import TimeUnit

__all__ = ["SCHEMA", "Data", "Exclusion", "Study", "StudyInfo", "Variable"]

#: The version of the study file that these models read.
SCHEMA: Final = "atrisk-study/1"


class StudyInfo(Part):
    """What the study is."""

    title: Text = Field(description="The title of the report.")
    description: str = Field(default="", description="A few sentences on patients and question.")
    source: str = Field(default="", description="Where the data come from.")
    synthetic: Flag = Field(
        default=False,
        description="true if the patients are invented; every page, figure and table then says so.",
    )
    version: str = Field(default="", description="The version of this analysis, e.g. a date.")


def _separator(written: str) -> str:
    mark = "\t" if written == "\\t" else written
    if len(mark) != 1 or mark in '"\r\n':
        raise PydanticCustomError(
            "separator",
            '{written} is not a separator; write one character, such as ",", ";" or "\\t", which is'
            " the tab",
            {"written": repr(written)},
        )
    return mark


def _date_format(written: str) -> str:
    """Refuse a format that does not give back the day it is given."""
    day = datetime(2020, 12, 31, tzinfo=UTC)
    try:
        found = datetime.strptime(day.strftime(written), written)  # noqa: DTZ007 - read for its day
        complete = found.date() == day.date()
    except ValueError:
        complete = False
    if not complete:
        raise PydanticCustomError(
            "date_format",
            "{written} does not say where day, month and year stand; write %d, %m and %Y with what"
            ' is between them, such as "%d/%m/%Y" for 31/12/2020',
            {"written": repr(written)},
        )
    return written


class Data(Part):
    """The table of patients: one row a patient, from a file or made of [forms]."""

    file: Text | None = Field(
        default=None,
        description="A CSV or Parquet file, relative to the study file. A study on forms has"
        " [forms] instead.",
    )
    time_unit: TimeUnit = Field(description="The unit in which times are counted.")
    report_unit: TimeUnit | None = Field(
        default=None,
        description="The unit in which times are shown; the time unit if absent. A year is 365.25"
        " days, a month 30.4375.",
    )
    origin: Text = Field(description='What time 0 is, as it reads after "from", e.g. "transplant".')
    id: Text | None = Field(
        default=None,
        description="The column that names each patient; shown where a row is listed.",
    )
    subject: Text | None = Field(
        default=None,
        description="The column that says whose row it is, where a patient has several rows;"
        " the rows of one patient are then taken together in variances.",
    )
    missing: tuple[str, ...] = Field(
        default=("NA",),
        description="Entries that mean 'missing', besides the empty one.",
    )
    date_format: Annotated[Text, AfterValidator(_date_format)] = Field(
        default="%Y-%m-%d",
        description='How dates are written, in strptime letters, e.g. "%d/%m/%Y".',
    )
    separator: Annotated[str, AfterValidator(_separator)] = Field(
        default=",",
        description='The character between two fields of the CSV, e.g. ";"; "\\t" is the tab.',
    )
    decimal: Literal[".", ","] = Field(
        default=".",
        description='The mark before the decimals in the CSV; with "," the separator is another,'
        ' such as ";".',
    )
    encoding: Text = Field(default="utf-8", description='The encoding of the CSV, e.g. "cp1252".')

    @model_validator(mode="after")
    def _fields_and_decimals_differ(self) -> Self:
        if self.separator == self.decimal:
            raise PydanticCustomError(
                "decimal",
                "separator and decimal are both '{mark}'. Where numbers are written 12,5 the fields"
                ' are separated by another character: set separator = ";"',
                {"mark": self.decimal},
            )
        return self


class Variable(Part):
    """A column with a meaning: what Table 1 describes and what groups are made of."""

    label: Text = Field(description="The name to print.")
    column: Text | None = Field(
        default=None, description="The column of the data; the key of the variable if absent."
    )
    type: Literal["continuous", "categorical"] | None = Field(
        default=None,
        description="categorical where levels are given, or the data dictionary of a study on forms"
        " has them; else continuous, unless stated here.",
    )
    unit: str = Field(default="", description='The unit to print, e.g. "years".')
    levels: dict[str, Text] = Field(
        default_factory=dict,
        description="Code -> label of each level, in the order to print; the first is the"
        " reference. Without levels, those of the data dictionary of a study on forms are taken,"
        " with their labels and order; else the values found are the levels.",
    )
    known_from: Text | Literal[False] | None = Field(
        default=None,
        description="Of groups that become known only after time zero (transplanted, responder):"
        " the column with the time from the origin, or the date, at which they do; empty where the"
        " group was known from the start. Comparing such groups from time zero is warned of; false"
        " says that the groups are known at time zero, whatever the dates in the table look like.",
    )

    @model_validator(mode="after")
    def _levels_are_for_categories(self) -> Self:
        if self.levels and self.type == "continuous":
            raise PydanticCustomError(
                "levels", "a continuous variable has no levels; remove 'levels' or 'type'"
            )
        return self

    @field_validator("levels")
    @classmethod
    def _labels_differ(cls, levels: dict[str, str]) -> dict[str, str]:
        codes: dict[str, str] = {}
        for code, label in levels.items():
            if label in codes:
                raise PydanticCustomError(
                    "levels",
                    "the codes {first} and {second} have the same label {label}; give them"
                    " different labels, or one code in the data if they are one level",
                    {"first": repr(codes[label]), "second": repr(code), "label": repr(label)},
                )
            codes[label] = code
        return levels

    @property
    def kind(self) -> Literal["continuous", "categorical"]:
        """Tell how the variable is described."""
        return self.type or ("categorical" if self.levels else "continuous")


class Exclusion(Part):
    """One step of the exclusion table; steps apply in order."""

    exclude: WrittenCondition = Field(
        description="Rows for which this condition holds are excluded, e.g. 'age < 18'."
    )
    reason: Text = Field(description="The line in the exclusion table.")
    id: Identifier | None = Field(default=None, description="A key; numbered if absent.")
    unknown: Literal["error", "exclude", "keep"] = Field(
        default="error",
        description="What to do with rows for which a missing value leaves the condition open:"
        " stop with their lines, exclude them, or keep them (and list them).",
    )


class Study(Part):
    """The whole analysis of a study: `study.toml` version 1."""

    # the attribute has another name because pydantic's own class has a method `schema`
    format: Literal["atrisk-study/1"] = Field(
        default=SCHEMA,
        alias="schema",
        description="The version of this file; it stands above the first table. A version that the"
        " program does not read stops it.",
    )
    study: StudyInfo
    data: Data
    variables: dict[Identifier, Variable] = Field(
        default_factory=dict, description="Variables by their id."
    )
    forms: Forms | None = Field(
        default=None, description="The case report forms that the patients are taken from."
    )
    derived: dict[Identifier, DerivedColumn] = Field(
        default_factory=dict, description="Columns made of forms, by their names."
    )
    adam: Adam = Field(
        default_factory=Adam, description="What the export in the variables of ADaM is made of."
    )
    report: ReportSettings = Field(
        default_factory=ReportSettings, description="How the report is written."
    )
    answers: dict[Text, Text] = Field(
        default_factory=dict,
        description="Answers to the report's guard rails: the key that the report prints beside a"
        " guard rail -> what the authors say to it.",
    )
    abbreviations: dict[Text, Text | Literal[False]] = Field(
        default_factory=dict,
        description="Abbreviation -> what it stands for; tables that use it explain it below, as"
        " they do those that the program knows. false leaves one unexplained.",
    )
    population: tuple[Exclusion, ...] = Field(default=(), description="Exclusion steps, in order.")
    endpoints: Annotated[tuple[Endpoint, ...], AfterValidator(distinct_ids)] = Field(
        default=(), description="What is timed, and until what."
    )
    analyses: Annotated[tuple[Analysis, ...], AfterValidator(distinct_ids)] = Field(
        min_length=1, description="The parts of the report, in order."
    )

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if (self.data.file is None) == (self.forms is None):
            raise PydanticCustomError(
                "source",
                "a study reads one table or its forms: name [data] file, or describe [forms]",
            )
        if self.forms is None and self.derived:
            raise PydanticCustomError(
                "source", "columns in [derived] are made of forms: this study has no [forms]"
            )
        written = sorted(self.data.model_fields_set & _OF_FILES)
        if self.forms is not None and written:
            raise PydanticCustomError(
                "source",
                "[data] {keys} says how a file is written; with [forms] remove it, or say it in"
                " [forms]",
                {"keys": ", ".join(written)},
            )
        return self


#: Keys of [data] that describe a file.
_OF_FILES = {"subject", "missing", "date_format", "separator", "decimal", "encoding"}
