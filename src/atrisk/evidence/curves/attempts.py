"""The searches behind a reconstruction, one after the other: complete, thinned, widened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from atrisk.evidence.curves import risk_sets
from atrisk.evidence.curves.landmarks import bounded_by_landmarks
from atrisk.evidence.curves.search import Found, TooManyError, search
from atrisk.evidence.curves.wording import none_of, sharp_enough, too_coarse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.curves.coordinates import Falls
    from atrisk.evidence.curves.types import Reported

__all__ = ["METHODS", "Method", "RefusedError", "Try", "searched"]

Method: TypeAlias = Literal["auto", "exact", "constrained", "guyot"]
METHODS: tuple[Method, ...] = ("auto", "exact", "constrained", "guyot")

_MULTIPLES = 3
"""Other numbers of patients are looked for up to so many times the least that fits."""
_THINNED = (
    (1.0, 16, 8.0),
    (1.0, 16, np.inf),
    (1.0, 5, 8.0),
    (2.0, 5, np.inf),
    (4.0, 5, np.inf),
    (8.0, 5, np.inf),
)
"""How far bounds are widened, into how many parts they are cut, and how far from what is expected
the censored may be, one after the other."""
_UNWIDENED = 3
"""So many of these widen nothing."""


Marks: TypeAlias = Literal["none", "all", "needed", "some"]
"""Censor marks: none; everyone censored has one, as the curve says too; or only if that is taken
for granted; or the curve says that some have none."""


@dataclass(frozen=True, slots=True)
class Try:
    """A search that found something, and how."""

    found: Found
    falls: Falls
    factor: float
    tick_after: bool
    fitting: tuple[int, ...] = ()
    marks: Marks = "none"


class RefusedError(Exception):
    """Why a curve cannot be turned back."""


def searched(falls: Falls, reported: Reported, method: Method, *, survival: bool) -> Try | None:
    """Search completely, then thinned, with bounds widened step by step."""
    sides = (False, True) if _tick_at_fall(falls, reported) else (False,)
    none_fits = False
    if method in {"auto", "exact"}:
        try:
            tried = _complete(falls, reported, sides)
        except TooManyError:
            if method == "exact" or risk_sets.starting_n(reported) is None:
                raise RefusedError(too_coarse(falls, reported)) from None
        else:
            if tried is not None:
                return tried
            if method == "exact":
                raise RefusedError("no set of whole numbers gives this curve within its precision.")
            none_fits = _precise(falls, reported)
    if risk_sets.starting_n(reported) is None:
        raise RefusedError(
            f"n is not printed, and no number of patients from 1 to {risk_sets.most_n(falls)} gives"
            f" this curve; a precision of {falls.precision:.2g} tells no greater ones apart. Give"
            " n."
        )
    tried = next(_thinned(falls, reported, sides, survival=survival), None)
    if tried is None and none_fits:
        raise RefusedError(none_of(falls, reported))
    return tried


def _precise(falls: Falls, reported: Reported) -> bool:
    """Whether single patients are told apart, so that a search that finds none is a proof."""
    n = risk_sets.starting_n(reported)
    return n is not None and falls.precision <= sharp_enough(n)


def _complete(falls: Falls, reported: Reported, sides: tuple[bool, ...]) -> Try | None:
    for after in sides:
        tried = _with_marks(falls, reported, after=after)
        if tried is not None:
            return tried
    if reported.total_events is not None and risk_sets.starting_n(reported) is not None:
        _refuse_unattainable(falls, reported, sides)
    return None


def _with_marks(falls: Falls, reported: Reported, *, after: bool) -> Try | None:
    """Take it that all who are censored have marks; then see what the curve says without that."""
    found, fitting = _all_that_fit(falls, reported, after=after, marks_complete=True)
    given = reported.censor_times is not None
    if not given or (found is not None and found.solutions > 1):
        if found is None:
            return None
        return Try(found, falls, 1.0, after, fitting, "all" if given else "none")
    try:
        freely, fitting = _all_that_fit(falls, reported, after=after, marks_complete=False)
    except TooManyError:
        if found is None:
            raise
        return Try(found, falls, 1.0, after, fitting, "needed")
    if freely is None:
        return None
    if found is None:
        return Try(freely, falls, 1.0, after, fitting, "some")
    return Try(freely, falls, 1.0, after, fitting, "all")


def _all_that_fit(
    falls: Falls, reported: Reported, *, after: bool, marks_complete: bool
) -> tuple[Found | None, tuple[int, ...]]:
    asked = risk_sets.demands(falls, reported, after=after, marks_complete=marks_complete)
    if asked.starts.size > 1:
        return _each_n(falls, asked)
    return search(falls, asked), ()


def _each_n(falls: Falls, asked: risk_sets.Demands) -> tuple[Found | None, tuple[int, ...]]:
    """Try the numbers of patients one by one, up to some multiples of the first that fits."""
    first: Found | None = None
    fitting: list[int] = []
    limit = asked.most_censored.copy()
    limit[0] = 0  # who left before the first fall left no trace in the curve
    for n in asked.starts.tolist():
        if fitting and n > _MULTIPLES * fitting[0]:
            break
        try:
            found = search(falls, replace(asked, starts=np.array([n]), most_censored=limit))
        except TooManyError:
            if first is None:
                raise
            break
        if found is not None:
            first = found if first is None else first
            fitting.append(n)
    return first, tuple(fitting)


def _refuse_unattainable(falls: Falls, reported: Reported, sides: tuple[bool, ...]) -> None:
    """Refuse a total of events that no set of whole numbers has, all else being met."""
    free = replace(reported, total_events=None)
    for after in sides:
        found = search(falls, risk_sets.demands(falls, free, after=after, marks_complete=False))
        if found is not None:
            events = found.chosen().events.sum(axis=0).tolist()
            given = reported.total_events
            raise RefusedError(
                f"the total of events printed, {given}, cannot be met: the curve and the other"
                f" numbers ask for {events[0] if len(events) == 1 else tuple(events)}. Check the"
                " total, and that it is of this curve."
            )


def _thinned(
    falls: Falls, reported: Reported, sides: tuple[bool, ...], *, survival: bool
) -> Iterator[Try]:
    """Narrow the bounds by the landmarks; drop these, then widen, until something is found."""
    narrowed = bounded_by_landmarks(falls, reported, survival=survival)
    plan = (
        [(narrowed, *settings) for settings in _THINNED[:_UNWIDENED]] if reported.landmarks else []
    )
    plan += [(falls.widened(factor), factor, bins, far) for factor, bins, far in _THINNED]
    given = reported.censor_times is not None
    for wider, factor, bins, far in plan:
        # rather a censored patient without a mark than a curve that was misread
        marked = (True, False) if given and factor == 1.0 else (not given,)
        for complete, after in product(marked, sides):
            asked = risk_sets.demands(wider, reported, after=after, marks_complete=complete)
            found = search(wider, asked, bins=bins, far=far)
            if found is not None:
                marks: Marks = "all" if complete else "some"
                yield Try(found, wider, factor, after, (), marks if given else "none")


def _tick_at_fall(falls: Falls, reported: Reported) -> bool:
    ticks = np.array([tick for tick in reported.at_risk_time if tick > 0])
    if not ticks.size or not falls.time.size or not falls.sharp:
        return False
    near = np.abs(ticks[:, None] - falls.time[None, :]) <= falls.precision_time + 1e-9
    return bool(near.any())
