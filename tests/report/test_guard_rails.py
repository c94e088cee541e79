from __future__ import annotations

import tomllib
from importlib import resources
from string import Formatter

import pytest

from atrisk.report.guard_rails import guard_rails
from atrisk.report.language import using
from atrisk.study.guard_rails_found import MESSAGES, Found, all_of, number, said
from report import documents


def rail(answer=None):
    """Make a guard rail that has every sort of part."""
    entries = {
        "os.follow.estimate": documents.time_entry(730.5),
        "os.logrank.p_value": documents.entry(0.0496, ""),
        "os.k.ratio": documents.entry(9.04, ""),
    }
    found = Found(
        "short_follow_up",
        "os",
        "Follow-up {time}, {ratio}, at {times}: {tests}.",
        {
            "time": number("os.follow.estimate", "time"),
            "ratio": number("os.k.ratio", "one"),
            "times": all_of(["1 year", "2 years", said("time_in_groups", time="3", groups="A")]),
            "tests": said("term", term="Log-rank", p=number("os.logrank.p_value", "p_value")),
        },
        entries,
    )
    return found.node(entries, answer), entries


def document(*answers):
    made = documents.document(documents.survival())
    rails = [rail(answer) for answer in answers]
    made["guard_rails"] = [node for node, _ in rails]
    made["values"] |= rails[0][1] if rails else {}
    return made


def test_numbers_are_written_as_in_the_tables():
    (found,) = guard_rails(document(None))
    assert found.message.plain.replace("\N{NO-BREAK SPACE}", " ") == (
        "Follow-up 2.00 years, 9.0, at 1 year, 2 years and 3 (A): Log-rank (P = 0.0496)."
    )
    assert [piece.key for piece in found.message.numbers()] == [
        "os.follow.estimate",
        "os.k.ratio",
        "os.logrank.p_value",
    ]
    assert (found.key, found.title) == ("os.short_follow_up", "Title of os")


def test_what_is_not_answered_comes_first():
    found = guard_rails(document("We say so.", None))
    assert [item.answer for item in found] == [None, "We say so."]
    assert guard_rails(document()) == []


def test_the_english_message_of_the_document_has_the_same_numbers():
    node, _ = rail()
    assert node["message"] == (
        "Follow-up 2.0 years, 9.0, at 1 year, 2 years and 3 (A): Log-rank (P = 0.0496)."
    )
    assert node["numbers"] == ["os.follow.estimate", "os.k.ratio", "os.logrank.p_value"]


@pytest.mark.parametrize("language", ["de", "it"])
def test_every_message_is_translated_with_the_same_parts(language):
    file = resources.files("atrisk.report").joinpath("languages", language, "words.toml")
    known = tomllib.loads(file.read_text("utf-8"))
    for message in MESSAGES.values():
        assert _fields(known[message]) == _fields(message)
    with using(language):
        (found,) = guard_rails(document(None))
    assert "2,00" in found.message.plain


def _fields(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", ["de", "it"])
def test_a_label_of_the_study_is_not_translated(language):
    made = documents.document(documents.survival())
    parts = {"variables": all_of(["NR"])}
    made["guard_rails"] = [Found("known_later", "os", "{variables}", parts).node({}, None)]
    with using(language):
        assert guard_rails(made)[0].message.plain == "NR"
