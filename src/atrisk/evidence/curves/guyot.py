"""The algorithm of Guyot and others (2012), as their paper describes it: the baseline.

Guyot P, Ades AE, Ouwens MJNM, Welton NJ (2012) BMC Med Res Methodol 12:9. Its steps, with S_k the
readings at t_k, and intervals i that begin at the times of the numbers at risk r_i:

1. censored in interval i, at first: r_i S(next start) / S(start) - r_(i+1);
2. their times are spread evenly over the interval, c_k of them after t_k and up to t_(k+1);
3. d_k = n_k (1 - S_k / S at the last event as reconstructed), rounded; n_(k+1) = n_k - d_k - c_k;
4. the censored of the interval are changed by n at its end less r_(i+1), until these agree (where
   they never do, n as found is carried on, so that no patient is lost or made up);
5. in the last interval: as many as in the intervals before, in proportion to their lengths, and no
   more than are at risk;
6. with the total number of events, the censored of the last interval are changed by the events
   found less those printed, until these agree or nobody is censored there; where the events before
   the last interval are as many already, there are none in it;
7. without numbers at risk there is one interval, with n at its start; without the total of events
   either, nobody is taken to be censored before the end;
8. the patients: d_k events at t_k, c_k censored halfway between t_k and t_(k+1), the rest at the
   last reading.

One thing is done otherwise: in 5 the paper takes the length of the earlier intervals up to the last
reading before the last interval. With a reading at each fall and not every hundredth of the axis
that may lie far before it, so the start of the last interval stands in its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from atrisk.errors import InputError

__all__ = ["Guyot", "guyot"]

_MOST_ROUNDS = 10_000


@dataclass(frozen=True, slots=True)
class Guyot:
    """Patients by that algorithm.

    Attributes
    ----------
    time
        shape (k,): of the readings.
    at_risk, events
        shape (k,), int, at each reading.
    censor_time
        times of the censored, ascending.
    settled
        whether the numbers printed were met.
    """

    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    censor_time: np.ndarray
    settled: bool


@dataclass(slots=True)
class _State:
    """What is known so far at each reading."""

    time: np.ndarray
    survival: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    reached: np.ndarray
    censor_times: list[np.ndarray]


def guyot(
    time: np.ndarray,
    survival: np.ndarray,
    at_risk_time: tuple[float, ...],
    at_risk: tuple[int, ...],
    total_events: int | None,
) -> Guyot:
    """Reconstruct numbers at risk and of events at each reading.

    Parameters
    ----------
    time, survival
        shape (k,): readings in order, survival not rising; a reading (0, 1) is put before them.
    at_risk_time, at_risk
        the numbers at risk, at least that at time 0.
    total_events
        None where it is not printed.

    Returns
    -------
    Guyot

    Raises
    ------
    InputError
        there is no number at risk at time 0.

    Examples
    --------
    >>> import numpy as np
    >>> found = guyot(np.array([1.0, 2.0, 3.0]), np.array([0.75, 0.5, 0.25]), (0,), (4,), 3)
    >>> found.events.tolist(), found.censor_time.tolist()
    ([0, 1, 1, 1], [3.0])
    """
    if not at_risk or at_risk_time[0] != 0:
        raise InputError("Guyot's algorithm needs the number of patients at time 0.")
    if time[0] > 0:
        time, survival = np.append(0.0, time), np.append(1.0, survival)
    starts = _starts(time, at_risk_time)
    used = [place for place, start in enumerate(starts) if start < time.size]
    lower = [starts[place] for place in used] + [time.size]
    risk = [at_risk[place] for place in used]
    size = time.size
    state = _State(
        time, survival, np.zeros(size + 1, dtype=np.int64), np.zeros(size, dtype=np.int64),
        np.ones(size), [],
    )  # fmt: skip
    state.at_risk[0] = risk[0]
    met = [_interval(state, lower, risk, place) for place in range(len(risk) - 1)]
    settled = all(met)
    settled = _last_interval(state, lower, total_events) and settled
    censored = np.sort(np.concatenate(state.censor_times)) if state.censor_times else np.zeros(0)
    rest = np.full(max(int(state.at_risk[size]), 0), time[-1])
    return Guyot(time, state.at_risk[:size], state.events, np.append(censored, rest), settled)


def _starts(time: np.ndarray, at_risk_time: tuple[float, ...]) -> list[int]:
    """Find the first reading of each interval."""
    return [int(np.searchsorted(time, tick, side="left")) for tick in at_risk_time]


def _interval(state: _State, lower: list[int], risk: list[int], place: int) -> bool:
    """Settle one interval that has a number at risk at its end."""
    first, stop, wanted = lower[place], lower[place + 1], risk[place + 1]
    if stop == first:
        return int(state.at_risk[first]) == wanted
    ratio = state.survival[stop] / state.survival[first] if state.survival[first] else 0.0
    censored = max(round(int(state.at_risk[first]) * ratio - wanted), 0)
    seen: set[int] = set()
    while censored not in seen and len(seen) < _MOST_ROUNDS:
        seen.add(censored)
        times = _run(state, first, stop, censored, float(state.time[stop]))
        surplus = int(state.at_risk[stop]) - wanted
        if surplus == 0:
            break
        censored = max(censored + surplus, 0)
    state.censor_times.append(times)
    return int(state.at_risk[stop]) == wanted


def _run(state: _State, first: int, stop: int, censored: int, end: float) -> np.ndarray:
    """Go through the readings of an interval with so many censored in it."""
    start = float(state.time[first])
    times = start + np.arange(1, censored + 1) * (end - start) / (censored + 1)
    edges = np.append(state.time[first:stop], end)
    slots = np.searchsorted(times, edges, side="right")  # classes (t_k, t_(k+1)], as hist()
    reached = float(state.reached[first - 1]) if first else 1.0
    n, kept = int(state.at_risk[first]), []
    for place in range(first, stop):
        events = round(n * (1.0 - state.survival[place] / reached)) if reached > 0.0 else 0
        events = min(max(events, 0), n)
        if n > 0:
            reached *= 1.0 - events / n
        state.at_risk[place], state.events[place], state.reached[place] = n, events, reached
        low, high = slots[place - first], slots[place - first + 1]
        leaving = times[low : min(high, low + n - events)]  # never more than there are
        middle = (edges[place - first] + edges[place - first + 1]) / 2.0
        kept.append(np.full(leaving.size, middle))
        n -= events + leaving.size
    state.at_risk[stop] = n
    return np.concatenate(kept) if kept else times[:0]


def _last_interval(state: _State, lower: list[int], total_events: int | None) -> bool:
    """Settle what follows the last number at risk."""
    first, stop = lower[-2], lower[-1]
    end, before = float(state.time[-1]), int(state.events[:first].sum())
    censored = _carried_on(state, lower, end)
    if total_events is None:
        state.censor_times.append(_run(state, first, stop, censored, end))
        return True
    if before >= total_events:
        state.events[first:] = 0
        state.at_risk[first:] = state.at_risk[first]
        return before == total_events
    seen: set[int] = set()
    while censored not in seen and len(seen) < _MOST_ROUNDS:
        seen.add(censored)
        times = _run(state, first, stop, censored, end)
        surplus = before + int(state.events[first:].sum()) - total_events
        if surplus == 0 or (surplus < 0 and censored == 0):
            break
        censored = min(max(censored + surplus, 0), int(state.at_risk[first]))
    state.censor_times.append(times)
    return before + int(state.events[first:].sum()) == total_events


def _carried_on(state: _State, lower: list[int], end: float) -> int:
    """Expect as many censored a unit of time as before."""
    start = float(state.time[lower[-2]])
    earlier = sum(times.size for times in state.censor_times)
    if not earlier or start <= 0.0:
        return 0
    return int(min(round((end - start) / start * earlier), state.at_risk[lower[-2]]))
