"""Facts are read once, by name, and none stands without its source."""

from __future__ import annotations

import pytest

from atrisk.errors import InputError
from atrisk.leukaemia.facts import load, names


def unsourced(table):
    """Places of tables that name no source, in a file that has none for all of them."""
    if str(table.get("source", "")).strip() or table.get("sources"):
        return []
    inner = [
        (name, one)
        for name, value in table.items()
        for one in (value if isinstance(value, list) else [value])
        if isinstance(one, dict)
    ]
    if not inner:
        return ["here"]
    return [f"{name}.{place}" for name, one in inner for place in unsourced(one)]


@pytest.mark.parametrize("name", names())
def test_every_fact_has_a_source(name) -> None:
    assert unsourced(load(name)) == []


# What no published source was found for, and so must be in no file of facts.
UNCONFIRMED = [
    "CRh", "0.5 x 1e9/L", "conditioning intensity score", "TCI", "CTCAE", "SOFA",
    "omit next dose", "25 %", "QT", "melphalan >150", "thiotepa >=10",
]  # fmt: skip


@pytest.mark.parametrize("word", UNCONFIRMED)
def test_what_is_not_confirmed_is_no_fact(word) -> None:
    known = {"donor"} if word == "CRh" else set()  # there a call that a user may ask for
    assert [name for name in names() if word in str(load(name)) and name not in known] == []


def test_a_fact_without_a_source_would_be_seen() -> None:
    facts = {"a": {"source": "x", "v": 1}, "b": {"v": 2}, "c": [{"source": "y"}, {"source": " "}]}
    assert unsourced(facts) == ["b.here", "c.here"]


def test_a_file_is_read_once() -> None:
    assert load("response") is load("response")


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(InputError, match=r"no facts named 'respons'\. Did you mean 'response'\?"):
        load("respons")
