"""What the reported numbers demand between two falls: how many may leave, how many must."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import InputError

if TYPE_CHECKING:
    from atrisk.evidence.curves.coordinates import Falls
    from atrisk.evidence.curves.types import Reported

__all__ = [
    "MOST_PATIENTS",
    "Demands",
    "check_reported",
    "checked_n",
    "demands",
    "most_n",
    "starting_n",
    "ticks",
]

_TINY = 1e-9
_FEW = 0.02
"""Censorings expected where nothing speaks for any: seldom, not impossible."""
MOST_PATIENTS = 100_000
"""Of one curve: more are no cohort but a slip of the pen."""
MOST_N = 1000
"""Where n is not printed, numbers up to this one are tried: fewer where the reading is coarser."""


@dataclass(frozen=True, slots=True)
class Demands:
    """Bounds at each fall j, shapes (J,) and, with the time after the last fall, (J + 1,).

    Attributes
    ----------
    starts
        numbers of patients to try.
    need
        (J + 1,): least that remain after the fall before.
    most
        (J,): most at risk at the fall.
    fixed
        (J,): the number at risk at the fall where a tick stands there, else -1.
    either
        fall and number at risk where a tick may stand before the fall or after it: no more are at
        risk at the fall, or no fewer remain after it.
    least_censored, most_censored
        (J + 1,): between the fall before and this one.
    expected
        (J + 1,): censorings expected there.
    total
        events in all, or None.
    by_cause
        events by cause, or None.
    """

    starts: np.ndarray
    need: np.ndarray
    most: np.ndarray
    fixed: np.ndarray
    either: tuple[tuple[int, int], ...]
    least_censored: np.ndarray
    most_censored: np.ndarray
    expected: np.ndarray
    total: int | None
    by_cause: np.ndarray | None


def starting_n(reported: Reported) -> int | None:
    """Give n: as printed, or the number at risk at time 0."""
    if reported.n is not None:
        return reported.n
    first = [r for t, r in zip(reported.at_risk_time, reported.at_risk, strict=True) if t == 0]
    return first[0] if first else None


def checked_n(reported: Reported) -> int | None:
    """Give n, or refuse one that is no number of patients.

    Raises
    ------
    InputError
        n is less than 1, or times and numbers at risk are not as many.
    """
    if len(reported.at_risk_time) != len(reported.at_risk):
        raise InputError(
            f"{len(reported.at_risk_time)} times and {len(reported.at_risk)} numbers at risk are"
            " given. Give one number a time."
        )
    n = starting_n(reported)
    if n is not None and not 1 <= n <= MOST_PATIENTS:
        raise InputError(f"n = {n}: give the number of patients, 1 to {MOST_PATIENTS:,}.")
    return n


def check_reported(falls: Falls, reported: Reported) -> None:
    """Refuse numbers that contradict one another or the curve.

    Raises
    ------
    InputError
        numbers at risk that rise, that start at another n, or that are more than survival leaves.
    """
    times, counts = reported.at_risk_time, reported.at_risk
    if any(b <= a for a, b in pairwise(times)):
        raise InputError("the times of the numbers at risk do not rise. Give them in order.")
    if any(t < 0 for t in times) or any(r < 0 for r in counts):
        raise InputError("numbers at risk and their times are 0 or more.")
    if any(mark < -falls.precision_time - _TINY for mark in reported.censor_times or ()):
        raise InputError("a censor mark stands before time 0. Check the time axis.")
    for place in range(1, len(counts)):
        if counts[place] > counts[place - 1]:
            raise InputError(
                f"the numbers at risk rise from {counts[place - 1]} at {times[place - 1]:g} to"
                f" {counts[place]} at {times[place]:g} {falls.unit}: nobody enters late under a"
                " plain Kaplan-Meier curve. Check the row."
            )
    n = starting_n(reported)
    if n is not None and counts and (counts[0] > n or (times[0] == 0 and counts[0] != n)):
        raise InputError(
            f"n is {n}, and the numbers at risk start with {counts[0]} at {times[0]:g}"
            f" {falls.unit}. Give the n of this curve."
        )
    _refuse_too_many(falls, ticks(reported))


def _refuse_too_many(falls: Falls, known: list[tuple[float, int]]) -> None:
    """Refuse two numbers at risk between which fewer left than the curve says had the event."""
    spare = 2.0 * falls.precision
    for (start, before), (stop, after) in pairwise(known):
        # a fall at either time counts on the side on which less is asked of the row
        first, last = falls.survival_after(start) if start else 1.0, falls.survival_before(stop)
        if before and first > 0.0 and after / before > (last + spare) / first + spare + _TINY:
            raise InputError(
                f"{after} at risk at {stop:g} {falls.unit} of {before} at {start:g} is"
                f" {100 * after / before:.1f}%, and the curve falls to {100 * last / first:.1f}% of"
                " its height between them: numbers at risk cannot fall by less than the curve."
                " Check the row, the curve it belongs to, and the axis."
            )


def most_n(falls: Falls) -> int:
    """Give the greatest n at which one patient more or less still shows: falls of 1/n^2 do."""
    return int(min(MOST_N, max(1.0 / np.sqrt(8.0 * max(falls.precision, _TINY)), 1.0)))


def ticks(reported: Reported) -> list[tuple[float, int]]:
    """Give the known numbers at risk in order, with n at time 0."""
    known = list(zip(reported.at_risk_time, reported.at_risk, strict=True))
    n = starting_n(reported)
    if n is not None and not (known and known[0][0] == 0):
        known.insert(0, (0.0, n))
    return known


def demands(
    falls: Falls, reported: Reported, *, after: bool = False, marks_complete: bool = True
) -> Demands:
    """Turn reported numbers into bounds at each fall.

    Parameters
    ----------
    after
        take a number at risk at the time of a fall for the number that remains after it.
    marks_complete
        nobody is censored where no mark stands.
    """
    size = falls.time.size
    known = [(t, r) for t, r in ticks(reported) if t > 0]
    need, most = np.zeros(size + 1, dtype=np.int64), np.full(size, np.iinfo(np.int32).max)
    fixed = np.full(size, -1, dtype=np.int64)
    either: list[tuple[int, int]] = []
    for tick, count in known:
        first, last = _slots(falls, tick, after=after)
        need[: first + 1] = np.maximum(need[: first + 1], count)
        most[last:] = np.minimum(most[last:], count)
        either += [(place, count) for place in range(first, last)]
        if first == last < size and not after and _at(falls, last, tick):
            fixed[last] = count
    least, limit = _marks(falls, reported.censor_times)
    if not marks_complete:
        limit = np.full(size + 1, np.iinfo(np.int32).max)
    n = starting_n(reported)
    starts = np.arange(1, most_n(falls) + 1) if n is None else np.array([n])
    total, by_cause = _totals(falls, reported)
    return Demands(
        starts, need, most, fixed, tuple(either), least, limit, _expected(falls, reported, total),
        total, by_cause,
    )  # fmt: skip


def _slots(falls: Falls, tick: float, *, after: bool) -> tuple[int, int]:
    """Find the first and the last fall before which a tick may stand."""
    near = falls.precision_time + _TINY
    first = int(np.searchsorted(falls.time, tick - near, side="left"))
    last = int(np.searchsorted(falls.time, tick + near, side="right"))
    if falls.sharp:
        return (last, last) if after else (first, first)
    return first, last


def _at(falls: Falls, place: int, tick: float) -> bool:
    """Tell whether a tick stands at a fall where times are sharp."""
    return bool(abs(falls.time[place] - tick) <= falls.precision_time + _TINY)


def _marks(falls: Falls, marks: tuple[float, ...] | None) -> tuple[np.ndarray, np.ndarray]:
    """Count the marks between falls: at least one patient each, and nobody where there is none."""
    size = falls.time.size
    if marks is None:
        return np.zeros(size + 1, dtype=np.int64), np.full(size + 1, np.iinfo(np.int32).max)
    at = np.sort(np.asarray(marks, dtype=np.float64))
    near = 2.0 * falls.precision_time + _TINY
    first = np.searchsorted(falls.time, at - near, side="right")
    last = np.searchsorted(falls.time, at + near, side="right")
    least = np.bincount(first[first == last], minlength=size + 1)
    limit = np.zeros(size + 1, dtype=np.int64)
    for low, high in zip(first, last, strict=True):
        limit[low : high + 1] = np.iinfo(np.int32).max
    limit[size] = np.iinfo(np.int32).max  # those who remain leave with or without a mark
    return least, limit


def _totals(falls: Falls, reported: Reported) -> tuple[int | None, np.ndarray | None]:
    given = reported.total_events
    if given is None or isinstance(given, int):
        if given is not None and given < 0:
            raise InputError(f"total events = {given}: give 0 or more.")
        return given, None
    if len(given) != len(falls.causes):
        raise InputError(
            f"total events are given for {len(given)} causes, and there are"
            f" {len(falls.causes)}: {', '.join(falls.causes)}."
        )
    return sum(given), np.array(given, dtype=np.int64)


def _expected(falls: Falls, reported: Reported, total: int | None) -> np.ndarray:
    """Spread the censorings that two numbers at risk leave evenly over the time between them."""
    edges = np.concatenate([[0.0], falls.time, [max(falls.end, falls.time.max(initial=0.0))]])
    if reported.censor_times is not None:
        # who is censored at the time of an event is at risk then: such a mark stands after the fall
        marks = np.asarray(reported.censor_times) + 2.0 * falls.precision_time + _TINY
        slot = np.searchsorted(falls.time, marks, side="right")
        counts = np.bincount(slot, minlength=falls.time.size + 1)
        return np.maximum(counts.astype(np.float64), _FEW)
    expected = np.full(falls.time.size + 1, _FEW)
    known = ticks(reported)
    rate = 0.0
    for (start, before), (stop, after) in pairwise(known):
        fall = 1.0 - _ratio(falls.survival_before(stop), falls.survival_before(start))
        censored = max((before * (1.0 - fall) - after) / (1.0 - fall / 2.0), 0.0)
        rate = censored / (stop - start)
        expected += rate * _overlap(edges, start, stop)
    if len(known) == 1 and total is not None and falls.end > 0.0:
        rate = max(known[0][1] - total, 0) / 2.0 / falls.end
    if known:
        expected += rate * _overlap(edges, known[-1][0], max(falls.end, known[-1][0]))
    return expected


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else 1.0


def _overlap(edges: np.ndarray, start: float, stop: float) -> np.ndarray:
    shared: np.ndarray = np.clip(edges[1:], start, stop) - np.clip(edges[:-1], start, stop)
    return shared
