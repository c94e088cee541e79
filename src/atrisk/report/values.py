"""Numbers by key: the only way from the results document to a figure, table or sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from string import Formatter
from typing import Any

from atrisk.errors import InputError, listed
from atrisk.report import format as form
from atrisk.report.language import inflected, message, word

__all__ = ["NOT_REACHED", "NO_INTERVAL", "Node", "Number", "Phrase", "Values", "phrase", "say"]

Node = Mapping[str, Any]
"""A part of the results document: what JSON calls an object."""

NO_INTERVAL = "no interval"
_PARTS = ("estimate", "lower", "upper")
_RATIO_PARTS = ("ratio", "lower", "upper")
NOT_REACHED = "not reached"
"""Reasons that begin so are common enough to have a word of their own in print."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as printed, with the key it was looked up by.

    ``missing`` is the document's reason when there is no number.
    """

    key: str
    text: str
    missing: str | None = None

    @property
    def not_reached(self) -> bool:
        """Whether the curve never came down (or up) to this number."""
        reached = (NOT_REACHED, word(NOT_REACHED))
        return self.missing is not None and self.missing.startswith(reached)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words and numbers in reading order."""

    pieces: tuple[str | Number, ...] = ()

    @property
    def plain(self) -> str:
        """The text without its keys."""
        return "".join(piece if isinstance(piece, str) else piece.text for piece in self.pieces)

    def numbers(self) -> Iterator[Number]:
        """Yield the numbers in reading order."""
        return (piece for piece in self.pieces if isinstance(piece, Number))

    def __add__(self, other: Phrase | str) -> Phrase:
        return phrase(self, other)


def phrase(*parts: str | Number | Phrase) -> Phrase:
    """Join words, numbers and phrases to one phrase.

    Examples
    --------
    >>> phrase("n = ", Number("os.all.n", "38")).plain
    'n = 38'
    """
    pieces: list[str | Number] = []
    for part in parts:
        pieces.extend(part.pieces if isinstance(part, Phrase) else (part,))
    return Phrase(tuple(pieces))


def say(text: str, **parts: str | Number | Phrase) -> Phrase:
    """Write a message of the language that is set, with its parts: words, numbers, phrases.

    Examples
    --------
    >>> say("Median {name} was {median}.", name="survival", median=Number("os", "11.2")).plain
    'Median survival was 11.2.'
    """
    pieces: list[str | Number | Phrase] = []
    for words, name, _, _ in Formatter().parse(message(text)):
        pieces.append(words)
        if name is not None:
            part = parts[name]
            pieces.append(inflected(words, part) if isinstance(part, str) else part)
    return phrase(*(piece for piece in pieces if piece != ""))


@dataclass(frozen=True, slots=True)
class Values:
    """The document's numbers, and how each kind is printed.

    Parameters
    ----------
    entries
        ``document["values"]``.
    not_reached
        What stands for a quantile that is not reached: ``NR`` in tables, words in sentences.
    """

    entries: Mapping[str, Node]
    not_reached: str = "NR"

    def in_words(self) -> Values:
        """Return the same numbers for use in a sentence."""
        return replace(self, not_reached=NOT_REACHED)

    def has(self, key: str) -> bool:
        """Tell whether the document holds the key."""
        return key in self.entries

    def entry(self, key: str) -> Node:
        """Look one entry up.

        Raises
        ------
        InputError
            If there is no such key; the message names it and the nearest keys that exist.
        """
        if key in self.entries:
            return self.entries[key]
        near = get_close_matches(key, self.entries, n=3, cutoff=0.5)
        hint = f"Nearest keys: {listed(near)}." if near else "No key looks like it."
        raise InputError(
            f"The results document has no value {key!r}, which the report needs. {hint} "
            "Make the document again with the same version of atrisk."
        )

    def raw(self, key: str) -> float | None:
        """Give the number itself, in the document's own unit."""
        value = self.entry(key)["value"]
        return None if value is None else float(value)

    def number(self, key: str, show: Callable[[float], str]) -> Number:
        """Look a number up and write it; a null becomes a dash, or the word for not reached."""
        entry = self.entry(key)
        value = entry.get("display", entry)["value"]
        if value is not None:
            return Number(key, show(float(value)))
        absent = Number(key, entry.get("mark", form.EN_DASH), missing=_reason(key, entry))
        return replace(absent, text=word(self.not_reached)) if absent.not_reached else absent

    def count(self, key: str) -> Number:
        """Write a count of patients or events."""
        return self.number(key, form.count)

    def percent(self, key: str) -> Number:
        """Write a number whose unit is percent."""
        return self.number(key, form.percent)

    def proportion(self, key: str) -> Number:
        """Write a proportion in percent."""
        return self.number(key, form.proportion)

    def fixed(self, key: str, places: int) -> Number:
        """Write a number with so many decimals."""
        return self.number(key, lambda value: form.fixed(value, places))

    def ratio(self, key: str) -> Number:
        """Write a hazard ratio or odds ratio."""
        return self.number(key, form.ratio)

    def ratio_parts(self, prefix: str) -> tuple[Number, Number, Number]:
        """Write ratio, lower and upper."""
        ratio, lower, upper = (self.ratio(f"{prefix}.{part}") for part in _RATIO_PARTS)
        if ratio.missing is not None and lower.missing is None and upper.missing is not None:
            # an interval that has a beginning and no end, of an estimate beyond every number
            ratio, upper = (Number(end.key, form.INFINITY) for end in (ratio, upper))
        return ratio, lower, upper

    def p_value(self, key: str) -> Number:
        """Write a P value."""
        return self.number(key, form.p_value)

    def p_phrase(self, key: str) -> Phrase:
        """Write a P value with its sign, kept on one line: ``P = 0.012``, ``P <0.001``."""
        p = self.p_value(key)
        if p.missing is not None:
            return phrase(p)
        if p.text[0] in "<>":
            return say("P\N{NO-BREAK SPACE}{p}", p=p)
        return say("P\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{p}", p=p)

    def proportion_parts(self, prefix: str, start: float) -> tuple[Number, Number, Number]:
        """Write estimate, lower and upper; a standard error of 0 makes no interval.

        ``start`` is the height of the curve before the first event.
        """
        estimate, lower, upper = (self.proportion(f"{prefix}.{part}") for part in _PARTS)
        error = f"{prefix}.std_error"
        if estimate.missing is None and self.has(error) and self.raw(error) == 0.0:
            reason = _no_spread(self.raw(lower.key), self.raw(upper.key), start)
            if reason:
                lower, upper = (Number(n.key, word(NO_INTERVAL), reason) for n in (lower, upper))
        return estimate, lower, upper

    def time_parts(self, prefix: str, unit: str) -> tuple[Number, Number, Number]:
        """Write estimate, lower and upper; a lower limit is never "not reached"."""
        estimate, lower, upper = (self.time(f"{prefix}.{part}", unit) for part in _PARTS)
        if lower.not_reached and not (estimate.not_reached and upper.not_reached):
            lower = Number(lower.key, form.EN_DASH, word("no lower limit"))
        return estimate, lower, upper

    def shown_unit(self, key: str) -> str:
        """Give the unit a number is written in."""
        entry = self.entry(key)
        return str(entry.get("display", entry)["unit"])

    def difference_parts(self, prefix: str) -> tuple[Number, Number, Number]:
        """Write the difference of two times and its interval, in the unit they stand in."""
        unit = self.shown_unit(f"{prefix}.difference")
        difference, lower, upper = (
            self.time(f"{prefix}.{part}", unit) for part in ("difference", "lower", "upper")
        )
        return difference, lower, upper

    def time(self, key: str, unit: str) -> Number:
        """Write a time in the unit it is reported in."""
        return self.fixed(key, form.places_for_unit(unit))


def _no_spread(lower: float | None, upper: float | None, start: float) -> str | None:
    """Say why an interval of no width is none; None where it has one."""
    if lower is None or lower != upper:
        return None
    return word("no event yet") if lower == start else word("the standard error is 0")


def _reason(key: str, entry: Node) -> str:
    reason = entry.get("missing")
    if not reason:
        raise InputError(
            f"The results document has no number at {key!r} and does not say why. "
            'A null needs a "missing" text, for example "not reached".'
        )
    return str(reason)
