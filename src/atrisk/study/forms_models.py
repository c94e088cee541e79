"""A study on case report forms as it stands in ``study.toml``: [forms], [derived.*] and [adam]."""

# ruff: noqa: TC001, TC003 - pydantic reads the annotations when it makes the classes

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from atrisk.study.clinical_settings import ClinicalSettings
from atrisk.study.derived.column import Take
from atrisk.study.parts import AdamName, Columns, Flag, Part, Text, distinct_ids

__all__ = ["Adam", "DerivedColumn", "Forms", "FormsCentre", "Layout"]

Layout = Literal["forms", "flat", "eav", "workbook", "parquet", "database"]
DateOrder = Literal["ymd", "dmy", "mdy"]


class _Written(Part):
    """How the files of a centre are written."""

    layout: Layout = Field(
        default="forms",
        description="forms: a folder with one CSV or Parquet file a form; flat: a flat export of"
        " REDCap; eav: its export of one value a row; workbook: a sheet a form; parquet: a folder;"
        " database: a URL or file with a table a form.",
    )
    mapping: Text | None = Field(
        default=None,
        description="A TOML file that says what headers, codes and units of these files mean,"
        " relative to the study file.",
    )
    encoding: Text | None = Field(
        default=None, description='The encoding of text files, e.g. "cp1252"; UTF-8 if absent.'
    )
    separator: Text | None = Field(
        default=None, description="The character between two fields of a CSV; the comma if absent."
    )
    decimal: Literal[".", ","] | None = Field(
        default=None, description="The mark before the decimals; the point if absent."
    )
    date_order: DateOrder | None = Field(
        default=None,
        description="The order of day, month and year in dates; year first if absent.",
    )


class FormsCentre(_Written):
    """The files of one centre."""

    id: Text = Field(description="The centre, short: record ids begin with it.")
    label: Text | None = Field(default=None, description="The name to print; the id if absent.")
    records: Text = Field(description="Its folder, file or database, relative to the study file.")


def _is_missing_codes(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    if isinstance(value, Mapping):
        return tuple((str(code), label) for code, label in value.items())
    return value


class Forms(_Written):
    """The case report forms of a study: their dictionary and where the records are."""

    dictionary: Text = Field(
        description='A packaged dictionary, "ino-hct", or a data dictionary of REDCap (CSV),'
        " relative to the study file."
    )
    repeating: tuple[Text, ...] = Field(
        default=(), description="The forms that repeat, of a dictionary of one's own."
    )
    missing_codes: Annotated[
        tuple[tuple[Text, Text], ...],
        BeforeValidator(_is_missing_codes, json_schema_input_type=dict[str, Text]),
    ] = Field(
        default=(),
        description="Code -> label of what stands for a missing value in any field, of a"
        ' dictionary of one\'s own, e.g. { UNK = "unknown" }.',
    )
    validations: tuple[Text, ...] = Field(
        default=(),
        description="Validation types of the hospital's own REDCap server, taken as text, of a"
        " dictionary of one's own.",
    )
    records: Text | None = Field(
        default=None,
        description="The folder, file or database with the records, relative to the study file.",
    )
    centres: Annotated[tuple[FormsCentre, ...], AfterValidator(distinct_ids)] = Field(
        default=(), description="The centres, where each sent its own files."
    )
    partial_dates: Literal["middle", "first", "last"] = Field(
        default="middle",
        description="The day that is assumed where only the month or the year of a date is known:"
        " the 15th or 1 July, the first, or the last. Where other dates of an endpoint rule it out,"
        " it is the middle, the first or the last of the days that they leave: from the start to"
        " death, to the last contact of who did not die, and to the cut-off; death is not before"
        " the last contact or event that is known to the day. Where no day is left, the patient is"
        " left out and the centre is asked. Notes of the analysis name the records.",
    )
    failed_files: Literal["stop", "leave_out"] = Field(
        default="stop",
        description="What a report and an export do where a file of forms could not be read: stop"
        " and name it, or leave out all that it holds and say so. 'atrisk check' goes on and asks.",
    )
    rules: tuple[Text, ...] = Field(
        default=(), description="Files with further check rules, relative to the study file."
    )
    cut_off: date | None = Field(
        default=None,
        description="The data cut-off: what happened later is not used by any endpoint, and 'today'"
        " of an expression is this day.",
    )
    clinical: ClinicalSettings | None = Field(
        default=None,
        description="Derives the clinical columns of the packaged dictionary; its keys name rules"
        ' that differ between sources, e.g. { complex_at = 3, response = "label" }; {} takes the'
        " default of each.",
    )

    @model_validator(mode="after")
    def _records_stand_somewhere(self) -> Self:
        if (self.records is None) == (not self.centres):
            raise PydanticCustomError(
                "records",
                "name the records once: 'records' for one source, or [[forms.centres]] with the"
                " records of each centre",
            )
        return self


def _is_place(text: str) -> str:
    form, _, field = text.partition(".")
    if not (form and field):
        raise PydanticCustomError(
            "place",
            "{text} names no field: write the form, a point and the field",
            {"text": repr(text)},
        )
    return text


class DerivedColumn(Part):
    """A column of one value a patient: from a field of a form, or from other columns of dates."""

    label: Text | None = Field(default=None, description="The name to print; the key if absent.")
    from_: Annotated[Text, AfterValidator(_is_place)] | None = Field(
        default=None,
        alias="from",
        description='The field it is taken from, as "form.field", e.g. "ino_cycle.cyc_d1_date".',
    )
    take: Take = Field(
        default="first",
        description="How one value is taken from the rows of a patient: the first or the last by"
        " 'order_by', the lowest or highest, the count of rows with a value, whether any row says"
        " yes or has a value, or the only one (several are a mistake).",
    )
    where: Text | None = Field(
        default=None,
        description="Rows for which this expression in REDCap's language holds, e.g."
        " '[cyc_no] = 1'.",
    )
    order_by: Text | None = Field(
        default=None,
        description="The date of the form that orders its rows; the field itself if it is a date,"
        " else the order of the instances.",
    )
    after: Text | None = Field(
        default=None, description="A column of dates: only rows after that day."
    )
    before: Text | None = Field(
        default=None, description="A column of dates: only rows before that day."
    )
    or_on: Flag = Field(
        default=False, description="true if rows on the day of 'after' or 'before' count too."
    )
    first_of: Columns | None = Field(
        default=None, description="Columns of dates, of which the first that exists is taken."
    )
    earliest_of: Columns | None = Field(
        default=None, description="Columns of dates, of which the earliest is taken."
    )
    latest_of: Columns | None = Field(
        default=None, description="Columns of dates, of which the latest is taken."
    )

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        sources = (self.from_, self.first_of, self.earliest_of, self.latest_of)
        if sum(source is not None for source in sources) != 1:
            raise PydanticCustomError(
                "derived",
                "a derived column has one of the keys 'from', 'first_of', 'earliest_of' and"
                " 'latest_of'",
            )
        rows = {"take", "where", "order_by", "after", "before", "or_on"} & self.model_fields_set
        if self.from_ is None and rows:
            raise PydanticCustomError(
                "derived",
                "{keys} choose rows of a form: they go with 'from'",
                {"keys": " and ".join(repr(key) for key in sorted(rows))},
            )
        return self


class Adam(Part):
    """What ``atrisk export`` writes in the variables of ADaM that a study names itself."""

    study_id: Annotated[Text, StringConstraints(max_length=40)] | None = Field(
        default=None, description="STUDYID; made of the title if absent."
    )
    columns: dict[AdamName, Text] = Field(
        default_factory=dict,
        description='Variables of ADSL -> columns, e.g. { TRTSDT = "ino_start" }; names have at'
        " most 8 capital letters and digits.",
    )
    sex: dict[str, Literal["F", "M", "U"]] | None = Field(
        default=None,
        description='Code -> F, M or U of the column of SEX, e.g. { 1 = "F", 2 = "M" }; if absent,'
        " what the dictionary calls the codes: Female or F, Male or M, Unknown or U.",
    )
