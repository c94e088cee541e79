"""The unit of time that the label of a figure's x axis names, held against the unit asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from atrisk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.curves.calibration import Frame
    from atrisk.evidence.curves.vector_shapes import Drawing, Label

__all__ = ["OtherUnitError", "checked_unit", "units_in"]

#: English, German and Italian, as they stand below axes.
_WORDS = {
    "hours": r"hours?|hrs?|stunden?|or[ae]",
    "days": r"days?|tag(?:e|en)?|giorn[oi]",
    "weeks": r"weeks?|wks?|wochen?|settiman[ae]",
    "months": r"months?|mos?|mths?|monat(?:e|en)?|mes[ei]",
    "years": r"years?|yrs?|jahr(?:e|en)?|ann[oi]",
}
_ANY = re.compile(
    r"(?<![^\W_])(?:" + "|".join(f"(?P<{unit}>{words})" for unit, words in _WORDS.items()) + r")\b",
    re.IGNORECASE,
)
#: A longer text is a sentence of a caption, no label of an axis.
_LONGEST = 60
#: A label stands below the axis by no more than this part of its height, and no further beyond its
#: ends than this part of its width: a row of numbers at risk may stand between.
_BELOW, _BESIDE = 0.5, 0.1


class OtherUnitError(InputError):
    """The axis of a figure is in another unit of time than was asked for."""


def units_in(text: str) -> set[str]:
    """Find the units that a label names where units stand: at its start, its end or in brackets.

    Examples
    --------
    >>> units_in("Time since transplant (months)"), units_in("Jahre nach Diagnose")
    ({'months'}, {'years'})
    >>> units_in("Aged 60 years"), units_in("Survival at one year of follow-up")
    (set(), set())
    """
    plain = text.strip().rstrip(".:")
    if len(plain) > _LONGEST:
        return set()
    return {
        str(found.lastgroup) for found in _ANY.finditer(plain) if _stands_for_axis(plain, found)
    }


def _stands_for_axis(text: str, found: re.Match[str]) -> bool:
    before, after = text[: found.start()].rstrip(), text[found.end() :].lstrip()
    if before[-1:].isdigit():
        return False
    return not before or not after or before[-1] in "([,/" or after[0] in ")]"


def checked_unit(
    drawing: Drawing, frame: Frame, unit: str, *, given: bool = False
) -> tuple[str, ...]:
    """Refuse a unit that is not the one below the time axis; note where none is named.

    Where the times of the axis are `given`, these may be in another unit: then it is a note.

    Raises
    ------
    OtherUnitError
        The nearest text below the axis that names a unit names another one.
    """
    for label in _below(drawing, frame):
        named = units_in(label.text)
        if unit in named:
            return ()
        if named:
            other = " or ".join(sorted(named))
            if given:
                note = f"the time axis is labelled {label.text.strip()!r}; the times given for it"
                return (f"{note} were taken to be in {unit}",)
            raise OtherUnitError(
                f"{drawing.what}: the time axis is labelled {label.text.strip()!r}, and the unit"
                f' asked for is {unit}. Say unit = "{other}", or calibrate the axis in {unit}'
                " (x_points or x_ticks)."
            )
    return (f"no label of the time axis names a unit: {unit} is the unit of the request",)


def _below(drawing: Drawing, frame: Frame) -> Iterator[Label]:
    """Give the texts below the axis, the nearest first."""
    left, right = sorted((frame.ticks[0], frame.ticks[2]))
    bottom, top = sorted((frame.ticks[1], frame.ticks[3]))
    beside, deep = _BESIDE * (right - left), _BELOW * (top - bottom)
    near = [
        one
        for one in drawing.labels
        if left - beside <= one.x <= right + beside and bottom - deep <= one.y < bottom
    ]
    yield from sorted(near, key=lambda one: (-one.y, one.x))
