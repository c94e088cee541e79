"""The page of clinical rules says what the facts say, all of them, and its examples run."""

from __future__ import annotations

import doctest

import pytest

import clinical_reference
from atrisk.leukaemia.facts import load, names
from atrisk.leukaemia.response_rules import rule_set
from atrisk.leukaemia.response_values import ITEMS

PAGE = clinical_reference.PAGE.read_text(encoding="utf-8")


def test_the_page_is_current() -> None:
    assert clinical_reference.written() == clinical_reference.reference(), (
        "docs/leukaemia.md is not what the facts say: run python tests/clinical_reference.py"
    )


def test_every_file_of_facts_has_a_part() -> None:
    shown = [name for files, *_ in clinical_reference.SECTIONS.values() for name in files]
    assert sorted(shown) == sorted(names())


def sources(table):
    """List every source of a table, wherever it stands."""
    for key, value in table.items():
        if key == "source" and isinstance(value, str):
            yield value
        elif key == "sources":
            yield from value.values()
        elif isinstance(value, dict):
            yield from sources(value)
        elif isinstance(value, list):
            yield from (one for part in value if isinstance(part, dict) for one in sources(part))


@pytest.mark.parametrize("name", names())
def test_every_source_is_on_the_page(name) -> None:
    plain = PAGE.replace("\\", "")
    # A key of [sources] stands for its text, which is there.
    keys = set(load(name).get("sources", {}))
    found = [text for text in sources(load(name)) if text not in keys]
    assert found
    assert [text for text in found if text not in plain] == []


def test_every_item_of_a_response_has_words() -> None:
    asked = {
        item
        for name in clinical_reference.RULE_SETS
        for line in rule_set(name).lines
        for item, _, _ in line.atoms
    }
    assert asked <= set(clinical_reference.WORDS)
    assert set(clinical_reference.WORDS) <= {*ITEMS, *asked}


def test_lines_are_spelt_in_words() -> None:
    assert clinical_reference.said("mrd_percent < 1 if recorded") == "MRD < 1%, if it is recorded"
    assert clinical_reference.said("plt < 100 or anc < 1") == (
        "platelets < 100 x 1e9/L or neutrophils < 1 x 1e9/L"
    )
    assert clinical_reference.said("in_remission_before = no") == "not in remission before"


def test_the_examples_run() -> None:
    ran = doctest.testfile(str(clinical_reference.PAGE), module_relative=False, encoding="utf-8")
    assert ran.attempted > 20
    assert ran.failed == 0
