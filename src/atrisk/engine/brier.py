"""The Brier score of predicted survival under censoring, and the curve of not being censored.

A prediction S_i(t) is compared with whether row i lives past t. Who is censored before t leaves no
answer; the others stand for them with weights from G, the chance of not yet being censored:

    BS(t) = sum w_i [S_i(t)^2 1{X_i <= t, event}/G(X_i-) + (1 - S_i(t))^2 1{X_i > t}/G(t)] / sum w_i

Sources: Graf E, Schmoor C, Sauerbrei W, Schumacher M (1999) Stat Med 18:2529; Gerds TA, Schumacher
M (2006) Biom J 48:1029.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from atrisk.engine.passes import blocks, in_parts
from atrisk.engine.product_limit import hazard_increments
from atrisk.engine.segments import sum_to_end

__all__ = ["CensoringCurves", "brier_scores", "censoring_curves", "mean_over_time"]


@dataclass(frozen=True, slots=True)
class CensoringCurves:
    """G, the Kaplan-Meier curve of the time to censoring, by strata; events leave first.

    Attributes
    ----------
    key
        shape (M,), increasing: stratum * width + time code of every exit.
    value
        shape (M,): G from that time on.
    starts
        shape (S + 1,): where each stratum begins.
    width
        number of time codes.
    """

    key: np.ndarray
    value: np.ndarray
    starts: np.ndarray
    width: int

    def at(self, code: np.ndarray, stratum: np.ndarray | int = 0) -> np.ndarray:
        """Give G(t) at time codes, of the shape of ``code`` and ``stratum`` together."""
        inside = np.clip(code, -1, self.width - 1)  # past the last exit G stays as it is
        key = stratum * np.int64(self.width) + inside
        place = np.searchsorted(self.key, key, side="right") - 1
        known = place >= self.starts[stratum]
        found: np.ndarray = np.where(known, self.value[np.maximum(place, 0)], 1.0)
        return found

    def before(self, code: np.ndarray, stratum: np.ndarray | int = 0) -> np.ndarray:
        """Give G(t-)."""
        return self.at(code - np.int64(1), stratum)


def censoring_curves(
    exit: np.ndarray,  # noqa: A002 - the field's word
    event: np.ndarray,
    stratum: np.ndarray | None,
    weight: np.ndarray | None,
) -> CensoringCurves:
    """Estimate G(t), the product over times up to t of 1 - censored / (at risk - events).

    Parameters
    ----------
    exit
        shape (n,), int: time codes from 0.
    event
        shape (n,), bool.
    stratum
        shape (n,), int, 0..S-1, or None for one.
    weight
        shape (n,), or None for 1 each.
    """
    width = int(exit.max(initial=0)) + 1
    if stratum is None:
        key, place, edges = np.arange(width), exit, np.array([0, width])
    else:
        key, place = np.unique(stratum.astype(np.int64) * width + exit, return_inverse=True)
        edges = np.searchsorted(key, np.arange(int(stratum.max(initial=0)) + 2) * width)
    lost = np.bincount(place, ~event if weight is None else weight * ~event, key.size)
    died = np.bincount(place, event if weight is None else weight * event, key.size)
    # those who stay and those censored now, added up: a difference would leave rounding
    stay = sum_to_end(lost + died, edges)
    later = np.concatenate((stay[1:], [0.0]))
    later[edges[1:] - 1] = 0.0
    kept = 1.0 - hazard_increments(later + lost, lost)
    value = np.empty(key.size)
    for begin, end in pairwise(edges):
        np.cumprod(kept[begin:end], out=value[begin:end])
    return CensoringCurves(key, value, edges, width)


def brier_scores(
    survival: np.ndarray,
    died: np.ndarray,
    exit: np.ndarray,  # noqa: A002 - the field's word
    times: np.ndarray,
    alive: np.ndarray,
    share: np.ndarray,
) -> np.ndarray:
    """Average squared errors of predicted survival, weighted for censoring.

    Parameters
    ----------
    survival
        shape (n, T), or (1, T) where the prediction is the same for all.
    died
        shape (n,): share / G(X-) of a row with an event, 0 of a censored one.
    exit
        shape (n,), int.
    times
        shape (T,), int: X > t if ``exit > times``.
    alive
        shape (n, T), or (1, T) where it is the same for all: 1 / G(t).
    share
        shape (n,): w / sum of w.

    Returns
    -------
    ndarray, shape (T,)
    """
    width = times.size

    def part_sum(part: slice) -> np.ndarray:
        total = np.zeros(width)
        for block in blocks(part, width):
            later = exit[block, np.newaxis] > times
            living = _of(alive, block) * share[block, np.newaxis]
            weight = np.where(later, living, died[block, np.newaxis])
            total += np.einsum("ij,ij->j", weight, (later - _of(survival, block)) ** 2)
        return total

    return np.asarray(sum(in_parts(exit.size, part_sum), np.zeros(width)))


def _of(values: np.ndarray, block: slice) -> np.ndarray:
    return values if values.shape[0] == 1 else values[block]


def mean_over_time(times: np.ndarray, values: np.ndarray) -> float:
    """Average a function over the range of its times, by the trapezoid rule.

    Parameters
    ----------
    times
        shape (T,), increasing.
    values
        shape (T,).

    Returns
    -------
    float
        the value itself where there is one time.

    Examples
    --------
    >>> mean_over_time(np.array([1.0, 2.0, 4.0]), np.array([0.0, 1.0, 1.0]))
    0.8333333333333334
    """
    if times.size == 1:
        return float(values[0])
    area = np.sum(np.diff(times) * (values[1:] + values[:-1])) / 2.0
    return float(area / (times[-1] - times[0]))
