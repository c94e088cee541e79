"""Agents of conditioning by any of their names, and what the names of regimens stand for."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from atrisk.leukaemia.facts import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["DAY_AFTER", "Agent", "Regimen", "agent", "agents", "names_time_after", "regimen"]

#: A day from day 0 on in the name of a regimen: what is given on it may be prophylaxis.
DAY_AFTER: Final = re.compile(r"\b(?:d|day)\s*\+?\s*\d+", re.IGNORECASE)
_DAY_BEFORE = re.compile(r"\b(?:d|day)\s*[-\u2212\u2013]\s*\d+", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s/+,;&()\u2013-]+")
_PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:x(?:\d+(?:\.\d+)?)?)?(?:c?gy|m?g)?")
_TRAILING_DOSE = re.compile(r"(?<=[A-Za-z])\d+(?:\.\d+)?$")


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent.

    Attributes
    ----------
    id, label
        "tbi", "total body irradiation".
    alkylator
        None: cannot be known (an agent outside the list).
    alkylating_like
        a platinum compound.
    after_transplant
        given as prophylaxis after the transplant.
    """

    id: str
    label: str
    alkylator: bool | None
    alkylating_like: bool = False
    after_transplant: bool = False


@dataclass(frozen=True, slots=True)
class Regimen:
    """What the name of a regimen stands for.

    Attributes
    ----------
    text
        as written.
    agents
        the agents it names, in order, each once.
    unknown
        words that name none, as written: what they mean is not guessed.
    """

    text: str
    agents: tuple[Agent, ...]
    unknown: tuple[str, ...]


@cache
def agents() -> tuple[Agent, ...]:
    """Give every agent that is known by name, in the order of the facts.

    Examples
    --------
    >>> [a.id for a in agents() if a.alkylator][:4]
    ['busulfan', 'treosulfan', 'melphalan', 'thiotepa']
    """
    return tuple(
        Agent(
            name,
            row["label"],
            alkylator=row.get("alkylator", False),
            alkylating_like=row.get("alkylating_like", False),
            after_transplant=row.get("after_transplant", False),
        )
        for name, row in load("conditioning")["agents"].items()
    )


_OTHER: Final = Agent("other", "other agent", alkylator=None)


@cache
def _names() -> dict[str, Agent]:
    facts = load("conditioning")["agents"]
    known = {"other": _OTHER}
    for one in agents():
        for name in (one.id, one.label, *facts[one.id]["aliases"]):
            known[_plain(name)] = one
    return known


def _plain(text: str) -> str:
    """Keep letters and digits, so that Ara-C, AraC and ARA C are one."""
    return "".join(character for character in text.casefold() if character.isalnum())


@lru_cache(maxsize=4096)
def agent(text: str) -> Agent | None:
    """Find an agent by its id, its name or an alias; None if it is not known.

    Parameters
    ----------
    text
        case, spaces and hyphens do not matter.

    Returns
    -------
    Agent or None
        of "other" an agent of which nothing is known.

    Examples
    --------
    >>> agent("L-PAM").id, agent("BCNU").id, agent("thymoglobin")
    ('melphalan', 'carmustine', None)
    """
    return _names().get(_plain(text))


@cache
def regimen(text: str) -> Regimen:
    """Read the name of a regimen: TBF, Flu/Bu4, FLAMSA-Bu-Cy, TreoFlu, thiotepa + melphalan.

    Doses and units in the name are passed over. Nothing is found inside a word: "Cyto" is not Cy.

    Parameters
    ----------
    text
        as written by the centre.

    Returns
    -------
    Regimen

    Examples
    --------
    >>> [a.id for a in regimen("FLAMSA-Bu4-Cy + PTCy").agents]
    ['fludarabine', 'amsacrine', 'cytarabine', 'busulfan', 'cyclophosphamide', 'ptcy']
    >>> regimen("Flu/XYZ").unknown
    ('XYZ',)
    """
    days = DAY_AFTER.findall(text)
    undated = _DAY_BEFORE.sub(" ", DAY_AFTER.sub(" ", text))
    words = [word for word in _SEPARATORS.split(undated) if word]
    found: list[Agent] = []
    unknown: list[str] = []
    for word, named in _read(words):
        found.extend(named)
        unknown.extend([] if named or _passed_over(word) else [word])
    return Regimen(text, tuple(dict.fromkeys(found)), (*unknown, *days))


def _read(words: Sequence[str]) -> Iterator[tuple[str, tuple[Agent, ...]]]:
    """Pair the longest runs of words with what they name; nothing, if they name nothing."""
    at = 0
    while at < len(words):
        for stop in range(min(len(words), at + 5), at, -1):
            run = " ".join(words[at:stop])
            named = _named(run)
            if named or stop == at + 1:
                yield run, named or _in_pieces(run)
                at = stop
                break


def _named(text: str) -> tuple[Agent, ...]:
    """Agents that one name stands for, with or without a dose behind it."""
    for plain in (_plain(text), _plain(_TRAILING_DOSE.sub("", text))):
        if plain in _names():
            return (_names()[plain],)
        if plain in load("conditioning")["regimens"]["agents"]:
            return tuple(
                _names()[name] for name in load("conditioning")["regimens"]["agents"][plain]
            )
    return ()


def _in_pieces(word: str) -> tuple[Agent, ...]:
    """Read FluTreo as Flu and Treo; nothing, unless every piece is known."""
    pieces = [piece for piece in _PIECES.findall(word) if not piece.isdigit()]
    named = [_named(piece) for piece in pieces]
    return tuple(one for found in named for one in found) if all(named) else ()


def _passed_over(word: str) -> bool:
    plain = unicodedata.normalize("NFKC", word).casefold()
    ignored = load("conditioning")["words"]["ignored"]
    return bool(_NUMBER.fullmatch(plain)) or plain.replace(".", "") in ignored


def names_time_after(read: Regimen) -> bool:
    """Tell whether words of a regimen speak of the time after transplantation.

    Examples
    --------
    >>> names_time_after(regimen("Flu/Bu, Cy d+3")), names_time_after(regimen("Flu/Bu, post Cy"))
    (True, True)
    >>> names_time_after(regimen("Flu/Bu d-5"))
    False
    """
    after = load("conditioning")["words"]["after"]
    return any(DAY_AFTER.fullmatch(word) or word.casefold() in after for word in read.unknown)
