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
_HALVINGS = 6
_STANDARD_ERRORS = 10.0
_COUNTS = 40.0  # with 10 standard errors, what lies beyond is below 1e-20


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
    step, p, mass = _STEP, *_mixture(_STEP, centre, spread, df, back)
    for _ in range(_HALVINGS):
        if not _is_coarse(p, size):
            break
        step /= 2.0
        p, mass = _mixture(step, centre, spread, df, back)
    out = np.zeros(size + 1)
    reach = _STANDARD_ERRORS * np.sqrt(size * p * (1.0 - p)) + _COUNTS
    first = np.clip(np.floor(size * p - reach), 0, size).astype(int)
    last = np.clip(np.ceil(size * p + reach), 0, size).astype(int)
    count = np.arange(size + 1.0)
    coefficient = gammaln(size + 1.0) - gammaln(count + 1.0) - gammaln(size - count + 1.0)
    for at, share, low, high in zip(p, mass, first, last, strict=True):
        x = count[low : high + 1]
        logs = xlogy(x, at) + xlog1py(size - x, -at) + coefficient[low : high + 1]
        out[low : high + 1] += share * np.exp(logs)
    return np.asarray(out / out.sum())


def _mixture(
    step: float, centre: float, spread: float, df: float, back: Callable[[np.ndarray], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Give nodes of the true proportion, from one end to the other, and their shares."""
    half = np.arange(step / 2.0, _REACH, step)
    tail = 1.0 / (1.0 + np.exp(np.pi * np.sinh(half)))  # both tails mirror each other
    weight = np.cosh(half) * tail * (1.0 - tail)
    low = predictive_quantile(df, tail)
    p = back(centre + spread * np.concatenate([low[::-1], -low]))
    return p, np.concatenate([weight[::-1], weight]) / (2.0 * weight.sum())


def _is_coarse(p: np.ndarray, size: int) -> bool:
    """Say whether neighbouring nodes lie further apart than counts at either scatter."""
    middle = (p[1:] + p[:-1]) / 2.0
    apart = size * np.abs(np.diff(p)) / np.sqrt(size * middle * (1.0 - middle) + 0.25)
    counted = slice(apart.size // 5, -(apart.size // 5))  # further out there is hardly any mass
    return bool(apart[counted].max() > 1.0)


def count_interval(probability: np.ndarray, conf_level: float) -> tuple[int, int]:
    """Give the counts outside which neither tail holds more than half of the error."""
    tail = (1.0 - conf_level) / 2.0 + 1e-12
    below, above = np.cumsum(probability), np.cumsum(probability[::-1])
    lower = int(np.searchsorted(below, tail, side="right"))
    return lower, int(probability.size - 1 - np.searchsorted(above, tail, side="right"))
