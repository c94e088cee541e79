"""Whole numbers at risk and of events behind a curve: every set that fits, fall by fall.

With F_c the cumulative incidences, S = 1 - sum F_c, n at risk and d_c events at a fall (Aalen and
Johansen 1978; one cause alone is the estimator of Kaplan and Meier 1958),

    F_c' = F_c + S d_c / n,    n' = n - sum d_c - (censored before the next fall).

1. A state is (patients at the start, remaining, F_c, events so far). The first states are all n.
2. At a fall each state leads to every d_c and n with F_c' within the bounds of the figure, n within
   those of the numbers at risk. For given d_c the admissible n are an interval, so no other is
   looked at.
3. States that no longer differ are one, with the number of ways that lead to it. If more than
   ``most_states`` remain, complete search gives up; a thinned one keeps the likeliest.
4. The cost of a step is minus the log of a Poisson probability of the censorings, and half the
   squared distance of F_c from the reading over its variance; the least sum is the reconstruction
   that is chosen (Viterbi), and members are drawn backwards in proportion to exp(-cost).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln, logsumexp

from atrisk.evidence.curves.types import Solution

if TYPE_CHECKING:
    from atrisk.evidence.curves.coordinates import Falls
    from atrisk.evidence.curves.risk_sets import Demands

__all__ = ["MOST_EDGES", "MOST_STATES", "Found", "TooManyError", "search"]

MOST_STATES = 20_000
"""States at one fall; more, and the search is not complete."""
KEPT_STATES = 4_000
"""States that a thinned search keeps."""
MOST_EDGES = 150_000
"""Steps looked at between two falls."""
_TINY = 1e-9
_SAME = 1e11
"""Incidences that differ by less than one over this are the same."""


class TooManyError(Exception):
    """More states than a complete search may keep."""


@dataclass(frozen=True, slots=True)
class _Layer:
    """States after a fall, and the steps that led to them, sorted by state."""

    start: np.ndarray
    left: np.ndarray
    level: np.ndarray
    events: np.ndarray
    ways: np.ndarray
    weight: np.ndarray
    cost: np.ndarray
    first: np.ndarray
    parent: np.ndarray
    at_risk: np.ndarray
    step_events: np.ndarray
    step_cost: np.ndarray
    best: np.ndarray


@dataclass(frozen=True, slots=True)
class _Steps:
    """Candidate steps from the states of a layer."""

    parent: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that fits.

    Attributes
    ----------
    layers
        states fall by fall.
    ends
        the last states that meet every demand.
    complete
        whether nothing was thinned out.
    time
        of the falls.
    """

    layers: tuple[_Layer, ...]
    ends: np.ndarray
    complete: bool
    time: np.ndarray

    @property
    def solutions(self) -> float:
        """How many sets of whole numbers fit."""
        return float(self.layers[-1].ways[self.ends].sum())

    def chosen(self) -> Solution:
        """Trace the least cost back."""
        last = self.layers[-1]
        end = int(self.ends[np.argmin(last.cost[self.ends])])
        return self._traced(end, None)

    def drawn(self, rng: np.random.Generator) -> Solution:
        """Draw one in proportion to exp(-cost)."""
        weight = self.layers[-1].weight[self.ends]
        share = np.exp(weight - logsumexp(weight))
        end = int(self.ends[rng.choice(self.ends.size, p=share / share.sum())])
        return self._traced(end, rng)

    def _traced(self, state: int, rng: np.random.Generator | None) -> Solution:
        left, start = int(self.layers[-1].left[state]), int(self.layers[-1].start[state])
        at_risk, events = [], []
        for place in range(len(self.layers) - 1, 0, -1):
            layer, before = self.layers[place], self.layers[place - 1]
            edge = int(layer.best[state]) if rng is None else _drawn_edge(layer, before, state, rng)
            at_risk.append(int(layer.at_risk[edge]))
            events.append(layer.step_events[edge])
            state = int(layer.parent[edge])
        causes = self.layers[0].level.shape[1]
        return Solution(
            self.time,
            np.array(at_risk[::-1], dtype=np.int64),
            np.array(events[::-1], dtype=np.int64).reshape(-1, causes),
            left,
            start,
        )


def _drawn_edge(layer: _Layer, before: _Layer, state: int, rng: np.random.Generator) -> int:
    span = np.arange(layer.first[state], layer.first[state + 1])
    weight = before.weight[layer.parent[span]] - layer.step_cost[span]
    share = np.exp(weight - logsumexp(weight))
    return int(span[rng.choice(span.size, p=share / share.sum())])


def search(
    falls: Falls, demands: Demands, *, bins: int | None = None, far: float = np.inf
) -> Found | None:
    """Find all whole numbers that give the curve.

    Parameters
    ----------
    falls, demands
        the curve and what the reported numbers ask.
    bins
        None for a complete search. Else one that keeps the likeliest states where there are too
        many, and of those that differ by less than one of so many parts of the bounds the best.
    far
        pass over censorings that are so many standard deviations above those expected.

    Returns
    -------
    Found or None
        None where nothing fits.

    Raises
    ------
    TooManyError
        a search that is not thinned would have to keep more than ``MOST_STATES``.
    """
    layers = [_initial(falls, demands)]
    # of several causes that may not have moved, one is led by the other: not every set is seen
    sure = len(falls.causes) == 1 or bool((falls.surely == falls.moved).all())
    for place in range(falls.time.size):
        steps = _steps(layers[-1], falls, demands, place, bins=bins, far=far)
        if not steps.parent.size:
            return None
        layers.append(_layer(layers[-1], steps, falls, demands, place, bins=bins))
    ends = _ends(layers[-1], demands)
    if not ends.size:
        return None
    return Found(tuple(layers), ends, bins is None and sure, falls.time)


def _initial(falls: Falls, demands: Demands) -> _Layer:
    start = demands.starts[demands.starts >= demands.need[0]]
    size, causes = start.size, len(falls.causes)
    none = np.zeros(0, dtype=np.int64)
    return _Layer(
        start, start, np.zeros((size, causes)), np.zeros((size, causes), dtype=np.int64),
        np.ones(size), np.zeros(size), np.zeros(size), none, none, none,
        np.zeros((0, causes), dtype=np.int64), np.zeros(0), none,
    )  # fmt: skip


def _ends(last: _Layer, demands: Demands) -> np.ndarray:
    fits = last.left >= np.maximum(demands.need[-1], demands.least_censored[-1])
    if demands.total is not None:
        fits &= last.events.sum(axis=1) == demands.total
    if demands.by_cause is not None:
        fits &= (last.events == demands.by_cause).all(axis=1)
    return np.flatnonzero(fits)


def _steps(
    layer: _Layer, falls: Falls, demands: Demands, place: int, *, bins: int | None, far: float
) -> _Steps:
    """Make every admissible step from every state."""
    most = np.minimum(layer.left - demands.least_censored[place], demands.most[place])
    most_censored = demands.most_censored[place]
    if np.isfinite(far):
        mean = demands.expected[place]
        most_censored = min(most_censored, int(mean + far * np.sqrt(mean) + far))
    least = np.maximum(layer.left - most_censored, demands.need[place + 1])
    if demands.fixed[place] >= 0:
        least = np.maximum(least, demands.fixed[place])
    moved = np.flatnonzero(falls.moved[place])
    low, high, sure = falls.low[place], falls.high[place], falls.surely[place]
    survival = 1.0 - layer.level.sum(axis=1)
    fits = (most >= np.maximum(least, 0)) & (survival > 0.0) & _unmoved_fit(layer, falls, place)
    lead = moved[np.argmax(sure[moved])]
    states = np.flatnonzero(fits)
    steps = _lead_steps(
        states, layer.level[states, lead], survival[states], least[states], most[states],
        (low[lead], high[lead]), sure[lead], lead, len(falls.causes), bins=bins,
    )  # fmt: skip
    for cause in moved[moved != lead]:
        steps = _with_cause(
            steps, layer, survival, (low[cause], high[cause]), cause, sure[cause], bins
        )
    return _within_demands(steps, layer, falls, demands, place)


def _unmoved_fit(layer: _Layer, falls: Falls, place: int) -> np.ndarray:
    """Keep states whose incidences that did not move stand within their bounds."""
    still = ~falls.moved[place]
    inside = (layer.level >= falls.low[place] - _TINY) & (layer.level <= falls.high[place] + _TINY)
    fits: np.ndarray = (inside | ~still).all(axis=1)
    return fits


def _lead_steps(
    states: np.ndarray, level: np.ndarray, survival: np.ndarray, least: np.ndarray,
    most: np.ndarray, bounds: tuple[float, float], sure: np.bool_, lead: int, causes: int,
    *, bins: int | None,
) -> _Steps:  # fmt: skip
    """For each number of events of the leading cause, list the numbers at risk that fit it."""
    rise_low = (bounds[0] - level) / survival
    rise_high = (bounds[1] - level) / survival
    possible = rise_high >= 0.0
    fewest = np.maximum(np.ceil(np.maximum(least, 1) * rise_low - _TINY), 1 if sure else 0)
    greatest = np.minimum(np.floor(most * rise_high + _TINY), most)
    fewest, greatest = fewest.astype(np.int64), greatest.astype(np.int64)
    count = np.where(possible, np.maximum(greatest - fewest + 1, 0), 0)
    row, offset = _ragged(count, bins=bins)
    events = fewest[row] + offset
    none = events == 0
    with np.errstate(divide="ignore"):
        n_low = np.where(rise_high[row] > 0.0, np.ceil(events / rise_high[row] - _TINY), np.inf)
        n_high = np.where(
            rise_low[row] > 0.0,
            np.floor(events / rise_low[row] + _TINY),
            float(np.iinfo(np.int32).max),
        )
    # where nobody had the event, the number at risk does not matter: nobody is censored either
    low = np.where(none, most[row], np.maximum(np.maximum(n_low, least[row]), events))
    high = np.where(none & (rise_low[row] > _TINY), -1.0, np.minimum(n_high, most[row]))
    width = np.maximum(high - low + 1, 0)
    inner, shift = _ragged(width.astype(np.int64), bins=bins)
    made = np.zeros((inner.size, causes), dtype=np.int64)
    made[:, lead] = events[inner]
    return _Steps(states[row[inner]], low[inner].astype(np.int64) + shift, made)


def _ragged(count: np.ndarray, *, bins: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Repeat each row so many times, with 0, 1, 2, ... beside it."""
    total = int(count.sum())
    if total > MOST_EDGES:
        if bins is None:
            raise TooManyError
        stride = -(-total // MOST_EDGES)
        places = np.arange(0, total, stride)
    else:
        places = np.arange(total)
    ends = np.cumsum(count)
    row = np.searchsorted(ends, places, side="right")
    return row, places - (ends - count)[row]


def _with_cause(
    steps: _Steps, layer: _Layer, survival: np.ndarray, bounds: tuple[float, float], cause: int,
    sure: np.bool_, bins: int | None,
) -> _Steps:  # fmt: skip
    """Add the events of a further cause at the same time."""
    level, height = layer.level[steps.parent, cause], survival[steps.parent]
    low = np.ceil(steps.at_risk * (bounds[0] - level) / height - _TINY)
    high = np.floor(steps.at_risk * (bounds[1] - level) / height + _TINY)
    low = np.maximum(low, 1 if sure else 0).astype(np.int64)
    room = steps.at_risk - steps.events.sum(axis=1)
    count = np.maximum(np.minimum(high, room).astype(np.int64) - low + 1, 0)
    row, offset = _ragged(count, bins=bins)
    events = steps.events[row]
    events[:, cause] = low[row] + offset
    return _Steps(steps.parent[row], steps.at_risk[row], events)


def _within_demands(
    steps: _Steps, layer: _Layer, falls: Falls, demands: Demands, place: int
) -> _Steps:
    """Leave out steps after which too few remain, or the events printed cannot be met."""
    gone = steps.events.sum(axis=1)
    left = steps.at_risk - gone
    fits = left >= demands.need[place + 1]
    if demands.fixed[place] >= 0:
        fits &= (steps.at_risk == demands.fixed[place]) | (gone == 0)
    for _, count in (pair for pair in demands.either if pair[0] == place):
        fits &= (steps.at_risk <= count) | (left >= count)
    so_far = layer.events[steps.parent] + steps.events
    ahead = falls.surely[place + 1 :].sum(axis=0)
    if demands.total is not None:
        fits &= so_far.sum(axis=1) + ahead.sum() <= demands.total
        fits &= so_far.sum(axis=1) + left >= demands.total
    if demands.by_cause is not None:
        fits &= (so_far + ahead <= demands.by_cause).all(axis=1)
    return _Steps(steps.parent[fits], steps.at_risk[fits], steps.events[fits])


def _layer(
    before: _Layer, steps: _Steps, falls: Falls, demands: Demands, place: int, *, bins: int | None
) -> _Layer:
    """Gather steps into states."""
    survival = 1.0 - before.level.sum(axis=1)
    share = steps.events / np.maximum(steps.at_risk, 1)[:, None]
    level = before.level[steps.parent] + survival[steps.parent, None] * share
    events = before.events[steps.parent] + steps.events
    start = before.start[steps.parent]
    left = steps.at_risk - steps.events.sum(axis=1)
    cost = _cost(before, steps, level, falls, demands, place)
    keys = [start, left, *np.round(level * _SAME).astype(np.int64).T]
    if demands.total is not None:
        keys += list(events.T)
    state, count = _states(keys)
    if bins is None and count > MOST_STATES:
        raise TooManyError
    if bins is not None and count > KEPT_STATES:
        span = np.maximum(falls.high[place] - falls.low[place], _TINY)
        cells = np.floor((level - falls.low[place]) / span * bins).astype(np.int64)
        state, count = _states([*keys[:2], *cells.T, *keys[2 + level.shape[1] :]])
    return _gathered(before, steps, level, events, start, left, cost, state, count, bins=bins)


def _cost(
    before: _Layer, steps: _Steps, level: np.ndarray, falls: Falls, demands: Demands, place: int
) -> np.ndarray:
    censored = before.left[steps.parent] - steps.at_risk
    mean = demands.expected[place]
    poisson = mean - censored * np.log(mean) + gammaln(censored + 1.0)
    half = (falls.high[place] - falls.low[place]) / 2.0
    # an even spread over the bounds has a variance of a third of their half-width squared
    off = (level - falls.middle[place]) ** 2 / (half**2 / 3.0)
    cost: np.ndarray = poisson + 0.5 * off.sum(axis=1)
    return cost


def _states(keys: list[np.ndarray]) -> tuple[np.ndarray, int]:
    """Count the distinct rows, and give each row its number."""
    order = np.lexsort(keys[::-1])
    differs = np.zeros(order.size, dtype=bool)
    differs[0] = True
    for key in keys:
        differs[1:] |= np.diff(key[order]) != 0
    state = np.empty(order.size, dtype=np.int64)
    state[order] = np.cumsum(differs) - 1
    return state, int(differs.sum())


def _gathered(
    before: _Layer, steps: _Steps, level: np.ndarray, events: np.ndarray, start: np.ndarray,
    left: np.ndarray, cost: np.ndarray, state: np.ndarray, count: int, *, bins: int | None,
) -> _Layer:  # fmt: skip
    total = before.cost[steps.parent] + cost
    order = np.lexsort((total, state))
    first = np.searchsorted(state[order], np.arange(count + 1))
    best = order[first[:-1]]
    weight = _log_sums(before.weight[steps.parent] - cost, order, first)
    with np.errstate(over="ignore"):  # more sets than a float can count are infinitely many
        ways = np.add.reduceat(before.ways[steps.parent][order], first[:-1])
    kept = _likeliest(weight, first, KEPT_STATES if bins is not None else MOST_STATES)
    edges, new_first = _edges_of(kept, first)
    take = order[edges]
    return _Layer(
        start[best[kept]], left[best[kept]], level[best[kept]], events[best[kept]], ways[kept],
        weight[kept], total[best[kept]], new_first, steps.parent[take], steps.at_risk[take],
        steps.events[take], cost[take], new_first[:-1],
    )  # fmt: skip


def _log_sums(values: np.ndarray, order: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Add exp(values) within states, on the log scale."""
    top = np.maximum.reduceat(values[order], first[:-1])
    spread = np.repeat(top, np.diff(first))
    sums: np.ndarray = top + np.log(np.add.reduceat(np.exp(values[order] - spread), first[:-1]))
    return sums


def _likeliest(weight: np.ndarray, first: np.ndarray, most: int) -> np.ndarray:
    """Keep the states of the greatest weight, in their order."""
    if weight.size <= most:
        return np.arange(first.size - 1)
    return np.sort(np.argsort(-weight, kind="stable")[:most])


def _edges_of(kept: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """List the steps of the states kept, and where each state's begin."""
    width = first[kept + 1] - first[kept]
    new_first = np.concatenate([[0], np.cumsum(width)])
    edges = np.arange(new_first[-1]) - np.repeat(new_first[:-1] - first[kept], width)
    return edges, new_first
