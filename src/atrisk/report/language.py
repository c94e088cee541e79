"""The language of a report: its words and the marks of its numbers.

English is what the code says. A message is looked up as it stands in the code, with its names in
braces, in the files of ``languages/``; ``atrisk.report.values.say`` does the same for sentences
with numbers. The language is set once, by `using`, around the making of a whole report.
"""

from __future__ import annotations

import re
import tomllib
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from string import Formatter
from types import MappingProxyType
from typing import TYPE_CHECKING

from atrisk.errors import InputError, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "LANGUAGES",
    "Language",
    "current",
    "filled",
    "in_sentence",
    "inflected",
    "message",
    "using",
    "word",
]

#: The languages of reports: code -> mark before decimals, mark between thousands.
LANGUAGES: Mapping[str, tuple[str, str]] = {"en": (".", ","), "de": (",", "."), "it": (",", ".")}

_OTHER_MARK = {".": ",", ",": "."}


@dataclass(frozen=True, slots=True)
class Language:
    """A language: its code, the marks of its numbers, and message -> translation."""

    code: str
    decimal: str
    thousands: str
    messages: Mapping[str, str]


@cache
def _language(code: str) -> Language:
    if code not in LANGUAGES:
        raise InputError(f"There is no language {code!r}; reports are in {listed(LANGUAGES)}.")
    return Language(code, *LANGUAGES[code], MappingProxyType(_messages(code)))


def _messages(code: str) -> dict[str, str]:
    """Read the files of a language; a message that stands in two of them has one translation."""
    folder = resources.files("atrisk.report").joinpath("languages", code)
    found: dict[str, str] = {}
    files = folder.iterdir() if folder.is_dir() else ()
    for file in sorted(files, key=lambda file: file.name):
        if file.name.endswith(".toml"):
            found |= tomllib.loads(file.read_text("utf-8"))
    return found


_CURRENT: ContextVar[Language | None] = ContextVar("language", default=None)


def current() -> Language:
    """Give the language that is set; English if none is."""
    return _CURRENT.get() or _language("en")


@contextmanager
def using(code: str, decimal: str | None = None) -> Iterator[Language]:
    """Set the language for what is made inside.

    Parameters
    ----------
    code
        one of `LANGUAGES`.
    decimal
        the mark before decimals, if not that of the language; the other mark then parts thousands.

    Raises
    ------
    InputError
        there is no such language.

    Examples
    --------
    >>> with using("en", ",") as language:
    ...     language.decimal, language.thousands
    (',', '.')
    """
    chosen = _language(code)
    if decimal is not None:
        chosen = replace(chosen, decimal=decimal, thousands=_OTHER_MARK[decimal])
    token = _CURRENT.set(chosen)
    try:
        yield chosen
    finally:
        _CURRENT.reset(token)


def message(text: str) -> str:
    """Give a message in the language that is set; one without a translation as it is."""
    return current().messages.get(text, text)


def word(text: str, **parts: str) -> str:
    """Write a message with its parts.

    Examples
    --------
    >>> word("{name}, per {step}", name="Age", step="10 years")
    'Age, per 10 years'
    """
    found = message(text)
    return filled(found, parts) if parts else found


def filled(text: str, parts: Mapping[str, str]) -> str:
    """Put the parts of a translation where their names stand in braces."""
    written = ""
    for words, name, _, _ in Formatter().parse(text):
        written += words
        if name is not None:
            written += inflected(written, parts[name])
    return written


#: What asks for the dative in German, and the spans of time that show it.
_DATIVE = re.compile(r"\b(?:ab|aus|bei|in|mit|nach|seit|von|vor|zu|zwischen)\s$", re.IGNORECASE)
_SPAN = re.compile(r"((?:[\d.,]+\s)?(?:Tage|Monate|Jahre))(?!\w)")


def inflected(before: str, part: str) -> str:
    """Write a part of a message in the case that the words before it ask for.

    Only spans of time in German need it: 30 Tage, but nach 30 Tagen.

    Examples
    --------
    >>> with using("de"):
    ...     inflected("Nach ", "30 Tage"), inflected("bis ", "2 Jahre")
    ('30 Tagen', '2 Jahre')
    """
    if current().code != "de" or not _DATIVE.search(before):
        return part
    return _SPAN.sub(r"\1n", part, count=1) if _SPAN.match(part) else part


def in_sentence(label: str) -> str:
    """Write a label inside a sentence: its first letter small, but for abbreviations and German.

    Examples
    --------
    >>> in_sentence("Sex"), in_sentence("FAB subtype")
    ('sex', 'FAB subtype')
    """
    if label[1:2].isupper() or current().code == "de":
        return label
    return label[:1].lower() + label[1:]
