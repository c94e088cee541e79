"""What every table of a file shares: strictness, texts, identifiers, flags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from atrisk.errors import nearest

__all__ = ["Flag", "Identifier", "Part", "Text", "distinct_ids", "each_once"]


class Part(BaseModel):
    """A frozen table of a file, in which an unknown key is a mistake."""

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


Identifier = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_]*$"),
    Field(description="Lower-case letters, digits and _; keys in results.json are made of it."),
]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Flag = StrictBool


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
