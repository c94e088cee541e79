"""Confidence intervals of a proportion of counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv, ndtri

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["INTERVALS", "clopper_pearson", "wilson"]

_Limits = tuple[np.ndarray, np.ndarray]


def clopper_pearson(events: np.ndarray, total: np.ndarray, conf_level: float) -> _Limits:
    """Bound a proportion exactly: each tail of the binomial keeps at most half of the error.

    With a = 1 - conf_level, x of n events and B(q; .) the quantile of the beta distribution:
    B(a/2; x, n - x + 1) and B(1 - a/2; x + 1, n - x); 0 where x = 0 and 1 where x = n.

    Parameters
    ----------
    events, total
        of one shape; 0 <= events <= total, total > 0.
    conf_level
        such as 0.95.

    Returns
    -------
    lower, upper : ndarray
        of the same shape.

    References
    ----------
    Clopper CJ, Pearson ES (1934) Biometrika 26:404.
    """
    tail = (1.0 - conf_level) / 2.0
    others = total - events
    # the quantile has no meaning where a parameter is 0; the limit is the end of the scale there
    lower = betaincinv(np.maximum(events, 1.0), others + 1.0, tail)
    upper = betaincinv(events + 1.0, np.maximum(others, 1.0), 1.0 - tail)
    return np.where(events == 0.0, 0.0, lower), np.where(others == 0.0, 1.0, upper)


def wilson(events: np.ndarray, total: np.ndarray, conf_level: float) -> _Limits:
    """Bound a proportion by the score test, without correction for continuity.

    With z the normal quantile and p = x / n:
    (p + z^2 / 2n -+ z (p (1 - p) / n + z^2 / 4n^2)^(1/2)) / (1 + z^2 / n).

    Parameters
    ----------
    events, total
        of one shape; 0 <= events <= total, total > 0.
    conf_level
        such as 0.95.

    Returns
    -------
    lower, upper : ndarray
        of the same shape.

    References
    ----------
    Wilson EB (1927) J Am Stat Assoc 22:209.
    """
    z = float(ndtri(0.5 + conf_level / 2.0))
    p, part = events / total, z * z / total
    half = z * np.sqrt(p * (1.0 - p) / total + part / (4.0 * total))
    lower, upper = ((p + part / 2.0 + side * half) / (1.0 + part) for side in (-1.0, 1.0))
    # at the ends of the scale the difference is 0 but for rounding
    return np.where(events == 0.0, 0.0, lower), np.where(events == total, 1.0, upper)


INTERVALS: dict[str, Callable[[np.ndarray, np.ndarray, float], _Limits]] = {
    "clopper-pearson": clopper_pearson,
    "wilson": wilson,
}
"""The intervals by name."""
