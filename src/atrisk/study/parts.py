"""What every part of the study file shares: strictness, identifiers, times, conditions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from atrisk.errors import nearest
from atrisk.study.conditions import parse_condition
from atrisk.study.units import parse_time

__all__ = [
    "AdamName",
    "Code",
    "Columns",
    "Flag",
    "Identifier",
    "Level",
    "Part",
    "Text",
    "TimePoint",
    "WrittenCondition",
    "distinct_ids",
    "each_once",
]


class Part(BaseModel):
    """A frozen table of the study file, in which an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _only_known_keys(cls, data: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        if not isinstance(data, Mapping):
            return data
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in data:
            if key not in known:
                raise PydanticCustomError(
                    "unknown_key",
                    "there is no key '{key}' here; keys are {keys}.{hint}",
                    {"key": key, "keys": ", ".join(known), "hint": nearest(str(key), known)},
                )
        return data


def _is_time(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise PydanticCustomError("time", 'a time is a number or text such as "2 years"')
    parse_time(value, "days")
    return value


def _is_condition(text: str) -> str:
    parse_condition(text)
    return text


def _one_or_more(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    return (value,) if isinstance(value, str) else value


def _is_adam_name(text: str) -> str:
    if re.fullmatch(r"[A-Z][A-Z0-9]{0,7}", text) is None:
        raise PydanticCustomError(
            "adam_name",
            "{name} is no name of ADaM: at most 8 capital letters and digits, a letter first",
            {"name": repr(text)},
        )
    return text


def _is_code(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise PydanticCustomError("code", "a code is a whole number or text, as in the data")
    return value


Identifier = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_]*$"),
    Field(description="Lower-case letters, digits and _; keys in results.json are made of it."),
]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
AdamName = Annotated[str, AfterValidator(_is_adam_name)]
Flag = StrictBool
TimePoint = Annotated[str | float, BeforeValidator(_is_time)]
Code = Annotated[str | int, BeforeValidator(_is_code)]
Level = Annotated[float, Field(strict=True, gt=0, lt=1)]
WrittenCondition = Annotated[str, AfterValidator(_is_condition)]
#: One column or a list of them; always a tuple once read.
Columns = Annotated[
    tuple[Text, ...],
    BeforeValidator(_one_or_more, json_schema_input_type=Text | tuple[Text, ...]),
    Field(min_length=1),
]


def each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a list that has a name twice."""
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice:
        raise PydanticCustomError("twice", "'{name}' is listed twice", {"name": twice[0]})
    return names


def distinct_ids(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """Refuse a list in which two parts have one id."""
    seen: dict[str, int] = {}
    for number, part in enumerate(parts, start=1):
        if part.id in seen:
            raise PydanticCustomError(
                "duplicate_id",
                "numbers {first} and {second} have the same id '{id}'",
                {"first": seen[part.id], "second": number, "id": part.id},
            )
        seen[part.id] = number
    return parts
