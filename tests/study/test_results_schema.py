"""The JSON Schema of results.json: the examples follow it, and what they do not have is refused."""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from atrisk.study import plan_study, read_source, read_study, run_study
from atrisk.study.analyses import KINDS
from atrisk.study.results_schema import results_schema
from study_kit import BMT

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = results_schema()
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "null": type(None),
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}
#: The types that a keyword is about; a keyword that is not here is about all.
ASKED_OF: dict[str, Any] = {
    **dict.fromkeys(("properties", "additionalProperties", "required", "propertyNames"), dict),
    **dict.fromkeys(("minimum", "exclusiveMinimum", "exclusiveMaximum"), (int, float)),
    "items": list,
    "pattern": str,
}


def problems(node: dict[str, Any], value: Any, at: str = "") -> Iterator[str]:
    """Say where a value is not as its schema has it; an unknown keyword is a mistake."""
    for word, asked in node.items():
        if not isinstance(value, ASKED_OF.get(word, object)):
            continue  # a keyword says nothing of other types
        yield from CHECKS[word](node, asked, value, at)


def _type(_: Any, asked: str, value: Any, at: str) -> Iterator[str]:
    wrong = isinstance(value, bool) and asked != "boolean"
    if wrong or not isinstance(value, TYPES[asked]):
        yield f"{at} is no {asked}"


def _items(_: Any, asked: dict[str, Any], value: Any, at: str) -> Iterator[str]:
    for place, item in enumerate(value):
        yield from problems(asked, item, f"{at}/{place}")


def _properties(_: Any, asked: dict[str, Any], value: Any, at: str) -> Iterator[str]:
    for key in asked.keys() & value.keys():
        yield from problems(asked[key], value[key], f"{at}/{key}")


def _others(node: dict[str, Any], asked: Any, value: Any, at: str) -> Iterator[str]:
    for key in value.keys() - node.get("properties", {}).keys():
        if asked is False:
            yield f"{at} has {key}"
        else:
            yield from problems(asked, value[key], f"{at}/{key}")


def _required(_: Any, asked: list[str], value: Any, at: str) -> Iterator[str]:
    yield from (f"{at} lacks {key}" for key in asked if key not in value)


def _names(_: Any, asked: dict[str, Any], value: Any, at: str) -> Iterator[str]:
    for key in value:
        yield from problems(asked, key, f"{at} {key}")


def _any_of(_: Any, asked: list[Any], value: Any, at: str) -> Iterator[str]:
    found = [list(problems(one, value, at)) for one in asked]
    if all(found):
        yield from found[0]


def _all_of(_: Any, asked: list[Any], value: Any, at: str) -> Iterator[str]:
    for one in asked:
        yield from problems(one, value, at)


def _if(node: dict[str, Any], asked: dict[str, Any], value: Any, at: str) -> Iterator[str]:
    if not list(problems(asked, value, at)):
        yield from problems(node["then"], value, at)


def _ref(_: Any, asked: str, value: Any, at: str) -> Iterator[str]:
    yield from problems(SCHEMA["$defs"][asked.rpartition("/")[2]], value, at)


def _nothing(*_: Any) -> Iterator[str]:
    return iter(())


def _holds(test: Any, words: str) -> Any:
    def check(_: Any, asked: Any, value: Any, at: str) -> Iterator[str]:
        if not test(value, asked):
            yield f"{at} {words} {asked}"

    return check


CHECKS: dict[str, Any] = {
    **dict.fromkeys(("$schema", "$defs", "title", "description", "then"), _nothing),
    "type": _type,
    "items": _items,
    "properties": _properties,
    "additionalProperties": _others,
    "required": _required,
    "propertyNames": _names,
    "anyOf": _any_of,
    "allOf": _all_of,
    "if": _if,
    "$ref": _ref,
    "enum": _holds(lambda value, asked: value in asked, "is none of"),
    "const": _holds(lambda value, asked: value == asked, "is not"),
    "pattern": _holds(lambda value, asked: re.search(asked, value), "does not match"),
    "minimum": _holds(lambda value, asked: value >= asked, "is below"),
    "exclusiveMinimum": _holds(lambda value, asked: value > asked, "is not above"),
    "exclusiveMaximum": _holds(lambda value, asked: value < asked, "is not below"),
}


@pytest.fixture(scope="module", params=["bmt", "heart", "ino-hct"])
def document(request: pytest.FixtureRequest) -> dict[str, Any]:
    asked = read_study(BMT.parent / request.param)
    source = read_source(asked)
    found = run_study(plan_study(asked, source.names, source))
    return json.loads(json.dumps(found, allow_nan=False))


def test_the_examples_are_as_the_schema_has_it(document: dict[str, Any]) -> None:
    assert list(problems(SCHEMA, document)) == []


def test_it_is_json_of_the_draft_it_names() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_every_kind_of_analysis_is_described() -> None:
    cases = SCHEMA["$defs"]["analysis"]["allOf"]
    assert {case["if"]["properties"]["kind"]["const"] for case in cases} == set(KINDS)
    assert all(case["then"]["required"] for case in cases)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("schema",), "atrisk-results/0", "/schema is not"),
        (("study", "title"), 5, "/study/title is no string"),
        (("population", "rows_in"), -1, "/population/rows_in is below 0"),
        (("values", "overall.overall.n", "value"), None, "lacks missing"),
        (("values", "overall.overall.n", "extra"), 1, "has extra"),
        (("values", "Overall"), {}, "does not match"),
        (("analyses", 0, "kind"), "prose", "is none of"),
        (("analyses", 0, "variables"), {}, "/analyses/0/variables is no array"),
        (("report", "suppress_below"), True, "is no integer"),
    ],
)
def test_what_is_otherwise_is_refused(path: tuple[Any, ...], value: Any, said: str) -> None:
    request = read_study(BMT.parent / "heart")
    source = read_source(request)
    broken = copy.deepcopy(run_study(plan_study(request, source.names, source)))
    part: Any = broken
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    assert any(said in problem for problem in problems(SCHEMA, broken))
