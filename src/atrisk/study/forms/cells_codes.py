"""Entries of choices and checkboxes: codes, labels and what spreadsheets make of codes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from atrisk.errors import listed
from atrisk.study.forms.cells_numbers import Unreadable
from atrisk.study.forms.mapping import folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atrisk.study.forms.fields import Choice

__all__ = ["OPTION", "Answers", "option_place"]

#: The levels of an option of a checkbox field.
OPTION: Final = ("0", "1")
_TICKED: Final = frozenset({"1", "checked", "yes", "true", "x", "✓", "✔", "☑"})
_EMPTY: Final = frozenset({"0", "unchecked", "no", "false", "☐"})
#: Choices that databases and data frames write as truth values, and how.
_YES_NO: Final = ({("1", "yes"), ("0", "no")}, {("1", "true"), ("0", "false")})
_ANSWERS: Final = {
    "yes": "1", "y": "1", "true": "1", "t": "1", "no": "0", "n": "0", "false": "0", "f": "0",
}  # fmt: skip
_NUMBER: Final = re.compile(r"[-+]?\d+(?:[.,]0*)?")
_BETWEEN: Final = re.compile(r"\s*[;|,+/\n]\s*")


class Answers:
    """The choices of a field, by all the ways in which an entry may name one.

    Parameters
    ----------
    choices
        of the field.
    """

    __slots__ = ("_choices", "_numbers", "_texts")

    def __init__(self, choices: Sequence[Choice]) -> None:
        self._choices = tuple(choices)
        self._texts: dict[str, int] = {}
        self._numbers: dict[int, int] = {}
        labels = [folded(choice.label) for choice in choices]
        for place, label in enumerate(labels):
            if label and labels.count(label) == 1:
                self._texts[label] = place
        for place, choice in enumerate(choices):
            self._texts[folded(choice.code)] = place
        if {(choice.code, label) for choice, label in zip(choices, labels, strict=True)} in _YES_NO:
            for text, code in _ANSWERS.items():
                self._texts.setdefault(text, self._texts[code])
        numbers = [_whole(choice.code) for choice in choices]
        for place, number in enumerate(numbers):
            if number is not None and numbers.count(number) == 1:
                self._numbers[number] = place

    def find(self, text: str) -> int | None:
        """Give the place of the choice that a text names, or None.

        A code, whatever its case; a label; a number that equals one code, such as 1.0 or 01.
        """
        found = self._texts.get(folded(text))
        if found is not None:
            return found
        number = _whole(text)
        return None if number is None else self._numbers.get(number)

    def place(self, text: str) -> int:
        """Give the place of the choice that a text names.

        Raises
        ------
        Unreadable
            it names none.
        """
        found = self.find(text)
        if found is None:
            raise Unreadable(f"none of the choices: {listed(map(_shown, self._choices), shown=8)}")
        return found

    def several(self, text: str, codes: Mapping[str, str] | None = None) -> frozenset[int]:
        """Read a list of choices in one cell, such as ``1; 3``; 0 is none of them.

        Parameters
        ----------
        codes
            a centre's values -> codes.

        Raises
        ------
        Unreadable
            a part of it names none.
        """
        known = codes or {}
        mapped = known.get(folded(text), text)
        whole = self.find(mapped)
        if whole is not None:
            return frozenset({whole})
        if mapped == "0":
            return frozenset()
        parts = (known.get(folded(part), part) for part in _BETWEEN.split(text) if part)
        return frozenset(self.place(part) for part in parts)


def _shown(choice: Choice) -> str:
    """Spell a choice, its code once where the label begins with it."""
    begins = re.match(rf"{re.escape(choice.code)}(?!\w)", choice.label, re.IGNORECASE)
    return choice.label if begins else f"{choice.code} {choice.label}".strip()


def option_place(text: str) -> int:
    """Tell whether an option is ticked: 1, or 0.

    Raises
    ------
    Unreadable
        the entry says neither.
    """
    short = folded(text)
    number = _whole(text)
    if short in _TICKED or number == 1:
        return 1
    if short in _EMPTY or number == 0:
        return 0
    raise Unreadable("a checkbox option is 1 (checked) or 0 (unchecked)")


def _whole(text: str) -> int | None:
    return int(re.split(r"[.,]", text)[0]) if _NUMBER.fullmatch(text) else None
