"""What a further study may show: intervals of its true value, and of a cohort's count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln, ndtri, stdtrit, xlog1py, xlogy

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["count_interval", "count_probabilities", "predictive_quantile"]

_STEP = 0.02
_REACH = 3.6  # of the double exponential rule: beyond it weights are below 1e-24
_BLOCK = 2_000_000


def predictive_quantile(df: float, tail: np.ndarray) -> np.ndarray:
    """Give lower quantiles of Student's t, or of the normal where ``df`` is infinite."""
    return np.asarray(ndtri(tail) if np.isinf(df) else stdtrit(df, tail))


def count_probabilities(
    size: int,
    centre: float,
    spread: float,
    df: float,
    back: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """Give the chance of each count in a further cohort.

    The true value on the scale is centre + spread T, T of Student's t (normal where ``df`` is
    infinite); given it, the count is binomial. The integral over the probability u of T is taken
    by the double exponential rule, u = 1 / (1 + exp(-pi sinh s)).

    Parameters
    ----------
    size
        patients in the cohort.
    centre, spread
        on the scale of the pool.
    df
        degrees of freedom.
    back
        from the scale to a proportion.

    Returns
    -------
    ndarray
        shape (size + 1,), for 0 to ``size`` events; sums to 1.

    References
    ----------
    Takahasi H, Mori M (1974) Publ RIMS Kyoto 9:721 (the rule).
    """
    half = np.arange(_STEP / 2.0, _REACH, _STEP)
    tail = 1.0 / (1.0 + np.exp(np.pi * np.sinh(half)))  # both tails mirror each other
    weight = _STEP * np.pi * np.cosh(half) * tail * (1.0 - tail)
    low = predictive_quantile(df, tail)
    p = back(centre + spread * np.concatenate([low, -low]))
    mass = np.concatenate([weight, weight]) / (2.0 * weight.sum())
    count = np.arange(size + 1.0)
    coefficient = gammaln(size + 1.0) - gammaln(count + 1.0) - gammaln(size - count + 1.0)
    out = np.empty(size + 1)
    rows = max(1, _BLOCK // p.size)
    for start in range(0, size + 1, rows):
        x = count[start : start + rows, None]
        logs = xlogy(x, p) + xlog1py(size - x, -p) + coefficient[start : start + rows, None]
        out[start : start + rows] = np.exp(logs) @ mass
    return np.asarray(out / out.sum())


def count_interval(probability: np.ndarray, conf_level: float) -> tuple[int, int]:
    """Give the counts outside which neither tail holds more than half of the error."""
    tail = (1.0 - conf_level) / 2.0 + 1e-12
    below, above = np.cumsum(probability), np.cumsum(probability[::-1])
    lower = int(np.searchsorted(below, tail, side="right"))
    return lower, int(probability.size - 1 - np.searchsorted(above, tail, side="right"))
