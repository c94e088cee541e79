"""Guard rails in words: what the authors must answer, with their numbers looked up by key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.report.language import word
from atrisk.report.sentences import joined
from atrisk.report.values import Node, Number, Phrase, Values, phrase, say

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GuardRail", "guard_rails"]

#: Parts that the program says; all other words are labels, which nothing may translate.
OWN_WORDS = ("multivariable model",)


@dataclass(frozen=True, slots=True)
class GuardRail:
    """Something that a reader would object to, and what the authors say to it.

    Parameters
    ----------
    key
        the name in ``[answers]`` of the study file.
    analysis
        the id of the analysis; blank where it is of the whole study.
    title
        the title of the analysis.
    message
        what was found.
    answer
        the text of the authors, None where they have not answered.
    """

    key: str
    analysis: str
    title: str
    message: Phrase
    answer: str | None


def guard_rails(document: Node) -> list[GuardRail]:
    """Write the guard rails of a results document, those without an answer first."""
    values = Values(document["values"])
    titles = {analysis["id"]: str(analysis["title"]) for analysis in document["analyses"]}
    found = [_rail(node, values, titles) for node in document.get("guard_rails") or ()]
    return sorted(found, key=lambda rail: rail.answer is not None)


def _rail(node: Node, values: Values, titles: dict[str, str]) -> GuardRail:
    return GuardRail(
        key=node["key"],
        analysis=node["analysis"],
        title=titles.get(node["analysis"], ""),
        message=_message(node, values),
        answer=node["answer"],
    )


def _message(node: Node, values: Values) -> Phrase:
    return say(node["text"], **{name: _part(part, values) for name, part in node["parts"].items()})


def _part(part: str | Node, values: Values) -> str | Number | Phrase:
    """Write a part of a message: words as they are, a number as it stands in the tables."""
    if isinstance(part, str):
        return word(part) if part in OWN_WORDS else part
    if "text" in part:
        return _message(part, values)
    if "all" in part:
        return joined([phrase(_part(item, values)) for item in part["all"]])
    return _SHOWN[part["show"]](values, part["key"])


def _time(values: Values, key: str) -> Phrase:
    unit = values.shown_unit(key)
    return phrase(values.time(key, unit), f" {word(unit)}")


_SHOWN: dict[str, Callable[[Values, str], Number | Phrase]] = {
    "count": lambda values, key: values.count(key),
    "one": lambda values, key: values.fixed(key, 1),
    "percent": lambda values, key: values.percent(key),
    "p_value": lambda values, key: values.p_phrase(key),
    "time": _time,
}
