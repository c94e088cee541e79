"""What every part of the study file shares: strictness, identifiers, times, conditions."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from atrisk.study.conditions import parse_condition
from atrisk.study.units import parse_time
from atrisk.toml.parts import Flag, Identifier, Part, Text, distinct_ids, each_once

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


AdamName = Annotated[str, AfterValidator(_is_adam_name)]
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
