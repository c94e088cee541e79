"""Whole numbers at falls to patients with times: where the censored are put between two falls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.evidence.curves.types import PseudoPatients

if TYPE_CHECKING:
    from atrisk.evidence.curves.types import Solution

__all__ = ["patients_of"]


def patients_of(
    solution: Solution,
    *,
    causes: tuple[str, ...],
    group: str,
    end: float,
    known: list[tuple[float, int]],
    marks: tuple[float, ...] | None,
    member: int = 0,
    rng: np.random.Generator | None = None,
    tick_after: bool = False,
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
    marks
        times of censor marks: the censored leave at these.
    rng
        None spreads the censored evenly between two times at which the number at risk is known;
        a generator draws their times evenly from it.
    tick_after
        a number at risk at the time of a fall counts those that remain after it.
    """
    times, names = [], []
    for place, count in enumerate(solution.events):
        for cause, events in zip(causes, count.tolist(), strict=True):
            times += [float(solution.time[place])] * events
            names += [cause] * events
    for start, stop, count in _gaps(solution, known, tick_after=tick_after):
        times += _placed(start, stop, count, marks, rng)
    times += _last(solution, known, end, marks, rng)
    names += [""] * (len(times) - len(names))
    return _sorted(np.array(times), np.array(names, dtype=object), group, member)


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
    solution: Solution, known: list[tuple[float, int]], *, tick_after: bool
) -> list[tuple[float, float, int]]:
    """List the stretches of time between which the number at risk is known, and who leaves."""
    found, time, left = [], 0.0, solution.n
    waiting = [tick for tick in known if tick[0] > 0]
    for place, fall in enumerate(solution.time.tolist()):
        at_risk = int(solution.at_risk[place])
        while waiting and (waiting[0][0] < fall or (waiting[0][0] == fall and not tick_after)):
            tick, printed = waiting.pop(0)
            stay = min(max(printed, at_risk), left)
            found.append((time, min(tick, fall), left - stay))
            time, left = tick, stay
        found.append((time, fall, left - at_risk))
        time, left = fall, at_risk - int(solution.events[place].sum())
    for tick, printed in waiting:
        stay = min(printed, left)
        found.append((time, tick, left - stay))
        time, left = tick, stay
    return [gap for gap in found if gap[2] > 0]


def _last(
    solution: Solution,
    known: list[tuple[float, int]],
    end: float,
    marks: tuple[float, ...] | None,
    rng: np.random.Generator | None,
) -> list[float]:
    """Place those who remain after the last fall and the last number at risk."""
    fall = float(solution.time[-1]) if solution.time.size else 0.0
    later = [(t, r) for t, r in known if t > fall]
    start, left = later[-1] if later else (fall, solution.left)
    left = min(left, solution.left)
    stop = max(end, start)
    if left <= 0:
        return []
    if marks is not None and any(mark > start for mark in marks):
        return _placed(start, np.nextafter(stop, np.inf), left, marks, rng)
    return [*_placed(start, stop, left - 1, None, rng), stop]


def _placed(
    start: float,
    stop: float,
    count: int,
    marks: tuple[float, ...] | None,
    rng: np.random.Generator | None,
) -> list[float]:
    """Place censorings within a stretch: at marks, evenly, or at random."""
    inside = sorted(mark for mark in marks or () if start <= mark < stop)
    if inside:
        return _at_marks(inside, count, rng)
    if rng is None:
        share = np.arange(1, count + 1) / (count + 1)
    else:
        share = np.sort(rng.uniform(size=count))
    placed: list[float] = (start + (stop - start) * share).tolist()
    return placed


def _at_marks(inside: list[float], count: int, rng: np.random.Generator | None) -> list[float]:
    """Give each mark its patient; those to spare share marks."""
    spare = count - len(inside)
    if spare <= 0:
        return inside[:count]
    if rng is None:
        more = [inside[place * len(inside) // spare] for place in range(spare)]
    else:
        more = [inside[place] for place in rng.integers(len(inside), size=spare)]
    return sorted([*inside, *more])
