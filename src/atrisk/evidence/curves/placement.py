"""Whole numbers at falls to patients with times: where the censored are put between two falls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.evidence.curves.types import PseudoPatients

if TYPE_CHECKING:
    from atrisk.evidence.curves.coordinates import Falls
    from atrisk.evidence.curves.types import Reported, Solution

__all__ = ["Marks", "marks_of", "patients_of"]

_TINY = 1e-9


def patients_of(
    solution: Solution,
    *,
    causes: tuple[str, ...],
    group: str,
    end: float,
    known: list[tuple[float, int]],
    near: float,
    marks: Marks,
    member: int = 0,
    rng: np.random.Generator | None = None,
) -> PseudoPatients:
    """Make one patient of each event and of each censoring.

    Parameters
    ----------
    solution
        numbers at risk and events at each fall.
    end
        the last time drawn: the last patient without an event leaves then.
    known
        numbers at risk at their times.
    near
        by how much a number at risk may stand on the other side of a fall.
    marks
        times of censor marks: the censored leave at these.
    rng
        None spreads the censored evenly between two times at which the number at risk is known;
        a generator draws their times evenly from it.
    """
    times, names = [], []
    for place, count in enumerate(solution.events):
        for cause, events in zip(causes, count.tolist(), strict=True):
            times += [float(solution.time[place])] * events
            names += [cause] * events
    for start, stop, count in _gaps(solution, known, near):
        if np.isinf(stop):
            times += _last(start, end, count, marks, rng)
        else:
            times += _placed(start, stop, count, marks, rng)
    names += [""] * (len(times) - len(names))
    return _sorted(np.array(times), np.array(names, dtype=object), group, member)


def marks_of(reported: Reported, falls: Falls) -> Marks:
    """Give the marks of a figure, none of them taken yet."""
    given = reported.censor_times
    time = None if given is None else np.sort(np.asarray(given, dtype=np.float64))
    return Marks(time, 2.0 * falls.precision_time + _TINY)


def _sorted(time: np.ndarray, cause: np.ndarray, group: str, member: int) -> PseudoPatients:
    event = cause != ""
    order = np.lexsort((cause.astype(str), ~event, time))
    label = np.empty(time.size, dtype=object)
    label[:] = group
    return PseudoPatients(
        time[order].astype(np.float64),
        event[order].astype(bool),
        cause[order],
        label,
        np.full(time.size, member, dtype=np.int64),
    )


def _gaps(
    solution: Solution, known: list[tuple[float, int]], near: float
) -> list[tuple[float, float, int]]:
    """List the stretches of time between which the number at risk is known, and who leaves.

    The last stretch has no end: those who are left after the last fall and the last tick.
    """
    waiting = [(*_slot(solution, tick, count, near), count) for tick, count in known if tick > 0]
    found, time, left = [], 0.0, solution.n
    for place in range(solution.time.size + 1):
        last = place == solution.time.size
        at_risk = 0 if last else int(solution.at_risk[place])
        while waiting and waiting[0][0] <= place:
            _, tick, printed = waiting.pop(0)
            stay = min(max(printed, at_risk), left)
            found.append((time, tick, left - stay))
            time, left = tick, stay
        found.append((time, np.inf if last else float(solution.time[place]), left - at_risk))
        if not last:
            time, left = float(solution.time[place]), at_risk - int(solution.events[place].sum())
    return [gap for gap in found if gap[2] > 0]


def _slot(solution: Solution, tick: float, count: int, near: float) -> tuple[int, float]:
    """Find the fall before which a number at risk stands, and its time between the falls.

    A tick so near to falls that it may stand on either side stands where its number fits.
    """
    time = solution.time
    first = int(np.searchsorted(time, tick - near, side="left"))
    last = int(np.searchsorted(time, tick + near, side="right"))
    before = np.append(solution.n, solution.at_risk - solution.events.sum(axis=1))
    at_risk = np.append(solution.at_risk, 0)
    fits = [place for place in range(first, last + 1) if at_risk[place] <= count <= before[place]]
    place = fits[0] if fits else first
    after = time[place - 1] if place else 0.0
    until = np.nextafter(time[place], -np.inf) if place < time.size else np.inf
    return place, float(min(max(tick, after), max(until, after)))


def _last(
    start: float, end: float, left: int, marks: Marks, rng: np.random.Generator | None
) -> list[float]:
    """Place those who remain after the last fall and the last number at risk."""
    stop = max(end, start)
    at = marks.taken(start, np.inf, left)
    if at:
        return _shared(at, left, rng)
    return [*_spread(start, stop, left - 1, rng), stop]


@dataclass(slots=True)
class Marks:
    """Times of censor marks, each taken for the stretch in which it stands.

    Attributes
    ----------
    time
        ascending; None where the figure has none.
    near
        by how much a mark may stand on the other side of a fall.
    used
        how many have had a patient: stretches are asked for in order.
    """

    time: np.ndarray | None
    near: float
    used: int = 0

    def taken(self, start: float, stop: float, count: int) -> list[float]:
        """Give the marks from start to before stop at which so many patients leave.

        A mark that stands within ``near`` of an end may belong to either side: one before the
        start is taken if it has had no patient yet, one after the stop if patients are to spare.
        """
        if self.time is None:
            return []
        surely = int(np.searchsorted(self.time, stop - self.near, side="left"))
        perhaps = int(np.searchsorted(self.time, stop + self.near, side="right"))
        first = max(self.used, int(np.searchsorted(self.time, start - self.near, side="left")))
        last = max(surely, min(perhaps, first + count))
        if first >= last:  # every mark here has had its patient: it is shared
            first = int(np.searchsorted(self.time, start - self.near, side="left"))
            last = max(last, first)
        self.used = max(self.used, last)
        before = np.nextafter(stop, -np.inf)
        inside: list[float] = np.clip(self.time[first:last], start, max(before, start)).tolist()
        return inside


def _placed(
    start: float, stop: float, count: int, marks: Marks, rng: np.random.Generator | None
) -> list[float]:
    """Place censorings within a stretch: at marks, evenly, or at random."""
    inside = marks.taken(start, stop, count)
    return _shared(inside, count, rng) if inside else _spread(start, stop, count, rng)


def _spread(start: float, stop: float, count: int, rng: np.random.Generator | None) -> list[float]:
    if rng is None:
        share = np.arange(1, count + 1) / (count + 1)
    else:
        share = np.sort(rng.uniform(size=count))
    latest = max(np.nextafter(stop, -np.inf), start)  # before a fall, not at its time
    placed: list[float] = np.minimum(start + (stop - start) * share, latest).tolist()
    return placed


def _shared(inside: list[float], count: int, rng: np.random.Generator | None) -> list[float]:
    """Give each mark its patient; those to spare share marks."""
    spare = count - len(inside)
    if spare <= 0:
        return inside[:count]
    if rng is None:
        more = [inside[place * len(inside) // spare] for place in range(spare)]
    else:
        more = [inside[place] for place in rng.integers(len(inside), size=spare)]
    return sorted([*inside, *more])
