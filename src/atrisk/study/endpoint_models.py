"""Endpoints as they stand in ``study.toml``: from codes, from conditions or from dates."""

# ruff: noqa: TC001, TC003 - pydantic reads the annotations when it makes the classes

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from atrisk.study.parts import (
    AdamName,
    Code,
    Columns,
    Flag,
    Identifier,
    Part,
    Text,
    WrittenCondition,
    distinct_ids,
)
from atrisk.study.standards import STANDARDS, StandardName
from atrisk.study.units import TimeUnit

__all__ = [
    "Cause",
    "CodedEndpoint",
    "ConditionEndpoint",
    "ConditionEvent",
    "DateEvent",
    "DatedEndpoint",
    "Endpoint",
    "ResolvedEndpoint",
    "StandardEndpoint",
]


def _cause_from_code(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    return value if isinstance(value, Mapping) else {"code": value}


class _Event(Part):
    competing: Flag = Field(
        default=False,
        description="true if the event keeps another from happening: exports then tell it apart"
        " from the events of interest.",
    )


class Cause(_Event):
    """A kind of event and the code it has in the event column."""

    code: Code = Field(description="The code in the event column.")
    label: Text | None = Field(default=None, description="The name to print.")


class ConditionEvent(_Event):
    """A kind of event, and the condition that says it ended the patient's time."""

    id: Identifier
    label: Text = Field(description="The name to print.")
    when: WrittenCondition = Field(description="The condition, e.g. 'd2 == 1'.")


class DateEvent(_Event):
    """A kind of event, and the column with its date."""

    id: Identifier
    label: Text = Field(description="The name to print.")
    date: Columns = Field(
        description="The column with the date; empty where it did not happen. Of several columns,"
        " the earliest date is taken."
    )
    when: WrittenCondition | None = Field(
        default=None,
        description="The event counts only where this condition holds, e.g. 'death_cause != 1'.",
    )
    happened: WrittenCondition | None = Field(
        default=None,
        description="The event took place where this condition holds, e.g. 'dead == 1': without its"
        " date the patient's time is not known, and is not taken to run to the last contact.",
    )
    final: Flag = Field(
        default=False,
        description="true if nothing happens after it, as after death: its date is not needed where"
        " another event has one.",
    )


class _Endpoint(Part):
    id: Identifier
    label: Text = Field(description='The name to print, e.g. "Overall survival".')
    definition: str = Field(
        default="", description="From when to what, and who is censored when; printed as it is."
    )
    origin_label: Text | None = Field(
        default=None,
        description='What time 0 of this endpoint is, as it reads after "from", where it is not'
        " [data] origin.",
    )
    code: AdamName | None = Field(
        default=None,
        description="PARAMCD in the export: at most 8 capital letters and digits; made of the id if"
        " absent.",
    )
    entry: Text | None = Field(
        default=None,
        description="The column that says when the patient came under observation, for delayed"
        " entry (left truncation): a time, or a date where the endpoint is made of dates.",
    )
    weights: Text | None = Field(default=None, description="The column with case weights.")
    missing: Literal["error", "leave_out"] = Field(
        default="error",
        description="What to do with rows that lack a value this endpoint needs: stop with their"
        " lines, or leave them out and list them.",
    )


class CodedEndpoint(_Endpoint):
    """A column of times and a column of event codes."""

    time: Text = Field(description="The column with the time from the origin.")
    unit: TimeUnit | None = Field(
        default=None, description="The unit of the time column, if it is not [data] time_unit."
    )
    event: Text = Field(description="The column with the event code.")
    censored: Code = Field(default=0, description="The code that means 'censored'.")
    causes: dict[
        Identifier,
        Annotated[Cause, BeforeValidator(_cause_from_code, json_schema_input_type=Cause | Code)],
    ] = Field(
        min_length=1,
        description="Name -> code of each kind of event, or name -> { code, label }.",
    )


class ConditionEndpoint(_Endpoint):
    """A column of times and a list of events, each told by a condition."""

    time: Text = Field(description="The column with the time from the origin.")
    unit: TimeUnit | None = Field(
        default=None, description="The unit of the time column, if it is not [data] time_unit."
    )
    events: Annotated[tuple[ConditionEvent, ...], AfterValidator(distinct_ids)] = Field(
        min_length=1,
        description="In order: the first whose condition holds is the event. Rows where none"
        " holds are censored.",
    )


class DatedEndpoint(_Endpoint):
    """Dates: of the origin, of each kind of event, of the last contact."""

    origin: Columns = Field(
        description="The column with the date of time 0. Of several, the first that has a date."
    )
    events: Annotated[tuple[DateEvent, ...], AfterValidator(distinct_ids)] = Field(
        min_length=1, description="The first date wins; on the same day, the first in this list."
    )
    censor: Columns = Field(
        description="The column with the date of the last contact. Of several, the latest."
    )
    censor_at: Columns | None = Field(
        default=None,
        description="Columns of dates that end the observation, where they are not before the"
        " origin: who had no event by then is censored on that day.",
    )
    not_before: Columns | None = Field(
        default=None,
        description="Further columns of dates that cannot be before the origin, such as that of"
        " death where it is no event: such rows are not used.",
    )
    cut_off: date | None = Field(
        default=None,
        description="What happened after this date is not used: later events and contacts are"
        " censored on it. That of [forms] if absent.",
    )
    count_day: Literal[0, 1] = Field(
        default=0,
        description="1 if the day of the origin is day 1: times are then one day longer.",
    )


class StandardEndpoint(Part):
    """An endpoint of the library: a name, and where its dates stand."""

    standard: StandardName = Field(description="The name in the library.")
    id: Identifier = Field(default="", description="The name of the library if absent.")
    label: Text | None = Field(default=None, description="The name to print.")
    origin: Columns | None = Field(
        default=None,
        description="The column with the date of time 0. Of several, the first that has a date.",
    )
    columns: dict[Identifier, Text] = Field(
        default_factory=dict,
        description="What the library reads -> the column that holds it, e.g."
        ' { relapse = "relapse_after_hct" }.',
    )
    definition: str | None = Field(
        default=None, description="Printed in place of the library's definition."
    )
    origin_label: Text | None = Field(
        default=None, description='What time 0 is, as it reads after "from".'
    )
    censor: Columns | None = Field(
        default=None, description="Other columns of the last contact; of several, the latest."
    )
    censor_at: Columns | None = Field(
        default=None, description="Further columns of dates that end the observation."
    )
    code: AdamName | None = Field(
        default=None, description="PARAMCD in the export, in place of the library's."
    )
    cut_off: date | None = Field(default=None, description="As of an endpoint made of dates.")
    count_day: Literal[0, 1] = Field(default=0, description="As of an endpoint made of dates.")
    entry: Text | None = Field(default=None, description="As of any endpoint.")
    weights: Text | None = Field(default=None, description="As of any endpoint.")
    missing: Literal["error", "leave_out"] = Field(
        default="leave_out",
        description="What to do with patients without a date this endpoint needs, such as who never"
        " reached its origin: leave them out and list them, or stop.",
    )

    @model_validator(mode="before")
    @classmethod
    def _id_is_its_name(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        if isinstance(value, Mapping) and "id" not in value and value.get("standard") in STANDARDS:
            return {**value, "id": value["standard"]}
        return value


def _form(value: Any) -> str | None:  # noqa: ANN401 - whatever the file holds
    """Tell which kind of endpoint the keys make."""
    keys = set(value) if isinstance(value, Mapping) else set(type(value).model_fields)
    if "standard" in keys:
        return "standard"
    if keys & {"origin", "censor", "cut_off"}:
        return "dates"
    if keys & {"event", "causes", "censored"}:
        return "codes"
    return "conditions" if keys & {"events"} else None


#: An endpoint once those of the library are written out.
ResolvedEndpoint = CodedEndpoint | ConditionEndpoint | DatedEndpoint

Endpoint = Annotated[
    Annotated[CodedEndpoint, Tag("codes")]
    | Annotated[ConditionEndpoint, Tag("conditions")]
    | Annotated[DatedEndpoint, Tag("dates")]
    | Annotated[StandardEndpoint, Tag("standard")],
    Discriminator(
        _form,
        custom_error_type="endpoint_form",
        custom_error_message="an endpoint needs 'time', 'event' and 'causes' (a column of codes),"
        " or 'time' and 'events' (conditions), or 'origin', 'events' and 'censor' (dates)",
    ),
]
