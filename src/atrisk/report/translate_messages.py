"""The messages of the study layer: whole texts, and patterns with the names of their parts."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import zip_longest
from string import Formatter
from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.language import filled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Catalogue", "patterns", "study_messages"]

#: Patterns that would fit any text: read where labels stand and nowhere else.
_OF_LABELS = ("After {name}", "Before {name}", "No {name}", "Per {n} {unit}", "Per {unit}")

_NUMBER = rf"[{form.MINUS}-]?\d[\d,]*(?:\.\d+)?"
_WORD = r"[\w.\-]+"
#: Part of a pattern -> what it looks like, where that is not any text.
_LOOKS = {
    "column": _WORD,
    "field": _WORD,
    "form": _WORD,
    "id": _WORD,
    "item": r"[^\d,;()<>≤≥]+?",
    "items": r"[^()]+",
    "patients": r"1 patient(?: is)?|(?:[Ff]ewer than )?\d+ patients(?: are)?",
    "rules": _WORD,
    "time": r"[\d.,]+ (?:day|week|month|year)s?",
    **dict.fromkeys(
        ("count", "days", "high", "kpa", "low", "m", "n", "number", "rho", "share", "value"),
        _NUMBER,
    ),
}
#: Parts that are messages themselves, or lists of such.
_NESTED = frozenset(
    {
        "call",
        "how",
        "item",
        "judge",
        "method",
        "patients",
        "place",
        "range",
        "reason",
        "remark",
        "rule",
        "same",
        "test",
        "time",
        "unit",
        "where",
        "window",
    }
)
_ITEMS = "items"
#: Parts that list what the user named: only what joins the names is translated.
_LISTS = frozenset({"causes", "columns", "groups", "lines", "names", "numbers"})
_JOINS = re.compile(r"(; or |; |, | and | or )")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A message with parts, and its translation."""

    message: str
    regex: re.Pattern[str]
    translation: str

    @property
    def of_labels(self) -> bool:
        """Whether it is for labels only."""
        return self.message in _OF_LABELS

    def match(self, text: str) -> re.Match[str] | None:
        """Match a whole text; the point of a sentence is that of the message."""
        if text.endswith(".") and not self.message.endswith("."):
            return None
        return self.regex.fullmatch(text)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The messages of the study layer in a language, and what was looked up already.

    ``users`` maps what the user named, written small for a sentence, to the name itself; it is
    empty where a language writes nouns small.
    """

    whole: Mapping[str, str]
    patterns: tuple[Pattern, ...]
    users: Mapping[str, str]
    known: dict[tuple[str, bool], str | None] = field(default_factory=dict)

    def find(self, text: str, *, label: bool = False) -> str | None:
        """Translate a text that is a message; None where it is none."""
        if (text, label) not in self.known:
            found = self._find(text, label)
            self.known[text, label] = found or (None if label else self._composed(text))
        return self.known[text, label]

    def _find(self, text: str, label: bool) -> str | None:  # noqa: FBT001
        found = self._exact(text, label)
        if found is not None:
            return found
        for clause in () if label else _as_clauses(text):
            found = self._exact(clause, label)
            if found is not None:
                sentence = found if clause[:1] == text[:1] else form.capitalised(found)
                return sentence if text.endswith(".") == clause.endswith(".") else f"{sentence}."
        return None

    def _exact(self, text: str, label: bool) -> str | None:  # noqa: FBT001
        if text in self.whole:
            return self.whole[text]
        for pattern in self.patterns:
            match = pattern.match(text) if label or not pattern.of_labels else None
            if match is not None:
                parts = {name: self._part(name, part) for name, part in match.groupdict().items()}
                return filled(pattern.translation, parts)
        return None

    def _composed(self, text: str) -> str | None:
        """Translate a text whose clauses are messages, each of them; else None."""
        for join in ("; or ", "; ", ", ", " and ", " or "):
            if join in text:
                parts = [self.find(part) for part in text.split(join)]
                known = [part for part in parts if part is not None]
                return self.whole.get(join, join).join(known) if len(known) == len(parts) else None
        return None

    def _part(self, name: str, text: str) -> str:
        plain = name.rstrip("0123456789")
        if _LOOKS.get(plain) == _NUMBER:
            return form.marked(text)
        if plain in _LISTS or plain == _ITEMS:
            return self._joined(text, plain)
        found = self.find(text) if plain in _NESTED else None
        return found or (text if plain in _LOOKS else self.users.get(text, text))

    def _joined(self, text: str, name: str) -> str:
        """Translate what joins the items of a list, and the count of those not named."""
        counted = re.fullmatch(r"(.*) and (\d+) more", text)
        if counted is not None:
            shown = self.whole["{first} and {n} more"]
            return shown.format(first=self._joined(counted[1], name), n=counted[2])
        if name == _ITEMS:
            return ", ".join(self.find(item) or item for item in text.split(", "))
        parts = _JOINS.split(text)
        names, joins = parts[::2], parts[1::2]
        if text in self.users and not all(part in self.users for part in names):
            return self.users[text]
        named = [self._named(part, name) for part in names]
        joined = [self.whole.get(join, join) for join in joins]
        return "".join(map("".join, zip_longest(named, joined, fillvalue="")))

    def _named(self, text: str, name: str) -> str:
        if name == "numbers":
            return form.marked(text)
        return text if name == "columns" else self.users.get(text, text)


def _as_clauses(text: str) -> Iterator[str]:
    """Give a sentence as the clause it may have been made of: without its point, small."""
    small = text[:1].lower() + text[1:]
    bare = text.removesuffix(".")
    yield from (one for one in (bare, small, small.removesuffix(".")) if one != text)


@cache
def study_messages(code: str) -> Mapping[str, str]:
    """Read the messages of the study layer in a language; in English each is its own."""
    folder = resources.files("atrisk.report").joinpath("languages")
    file = folder.joinpath("de" if code == "en" else code, "study.toml")
    messages = tomllib.loads(file.read_text("utf-8"))
    return {text: text for text in messages} if code == "en" else messages


@cache
def patterns(code: str) -> tuple[Pattern, ...]:
    """Make the patterns, those with the most words of their own first."""
    found = []
    for message, translation in study_messages(code).items():
        pieces = list(Formatter().parse(message))
        if any(name for _, name, _, _ in pieces):
            words = sum(len(literal) for literal, _, _, _ in pieces)
            found.append((-words, message, Pattern(message, _regex(pieces), translation)))
    return tuple(pattern for _, _, pattern in sorted(found, key=lambda item: item[:2]))


def _regex(pieces: list[tuple[str, str | None, str | None, str | None]]) -> re.Pattern[str]:
    text = ""
    for literal, name, _, _ in pieces:
        text += re.escape(literal)
        if name:
            text += f"(?P<{name}>{_LOOKS.get(name.rstrip('0123456789'), '.+?')})"
    return re.compile(text, re.DOTALL)
