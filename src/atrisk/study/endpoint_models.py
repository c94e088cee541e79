"""Endpoints as they stand in ``study.toml``: from codes, from conditions or from dates."""

# ruff: noqa: TC001, TC003 - pydantic reads the annotations when it makes the classes

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from atrisk.study.parts import Code, Identifier, Part, Text, WrittenCondition, distinct_ids
from atrisk.study.units import TimeUnit

__all__ = [
    "Cause",
    "CodedEndpoint",
    "ConditionEndpoint",
    "ConditionEvent",
    "DateEvent",
    "DatedEndpoint",
    "Endpoint",
]


def _cause_from_code(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    return value if isinstance(value, Mapping) else {"code": value}


class Cause(Part):
    """A kind of event and the code it has in the event column."""

    code: Code = Field(description="The code in the event column.")
    label: Text | None = Field(default=None, description="The name to print.")


class ConditionEvent(Part):
    """A kind of event, and the condition that says it ended the patient's time."""

    id: Identifier
    label: Text = Field(description="The name to print.")
    when: WrittenCondition = Field(description="The condition, e.g. 'd2 == 1'.")


class DateEvent(Part):
    """A kind of event, and the column with its date."""

    id: Identifier
    label: Text = Field(description="The name to print.")
    date: Text = Field(description="The column with the date; empty where it did not happen.")


class _Endpoint(Part):
    id: Identifier
    label: Text = Field(description='The name to print, e.g. "Overall survival".')
    definition: str = Field(
        default="", description="From when to what, and who is censored when; printed as it is."
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

    origin: Text = Field(description="The column with the date of time 0.")
    events: Annotated[tuple[DateEvent, ...], AfterValidator(distinct_ids)] = Field(
        min_length=1, description="The first date wins; on the same day, the first in this list."
    )
    censor: Text = Field(description="The column with the date of the last contact.")
    cut_off: date | None = Field(
        default=None,
        description="What happened after this date is not used: later events and contacts are"
        " censored on it.",
    )


def _form(value: Any) -> str | None:  # noqa: ANN401 - whatever the file holds
    """Tell which kind of endpoint the keys make."""
    keys = set(value) if isinstance(value, Mapping) else set(type(value).model_fields)
    if keys & {"origin", "censor", "cut_off"}:
        return "dates"
    if keys & {"event", "causes", "censored"}:
        return "codes"
    return "conditions" if keys & {"events"} else None


Endpoint = Annotated[
    Annotated[CodedEndpoint, Tag("codes")]
    | Annotated[ConditionEndpoint, Tag("conditions")]
    | Annotated[DatedEndpoint, Tag("dates")],
    Discriminator(
        _form,
        custom_error_type="endpoint_form",
        custom_error_message="an endpoint needs 'time', 'event' and 'causes' (a column of codes),"
        " or 'time' and 'events' (conditions), or 'origin', 'events' and 'censor' (dates)",
    ),
]
