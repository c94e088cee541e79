"""How far a likelihood, or an exact test, may depart from Wald's normal approximation.

With a covariate of two groups, the second and third derivatives of a logistic or Cox log
likelihood in b, the log ratio, are sums of p (1 - p) and of p (1 - p)(1 - 2p), so that
|l'''| <= |l''|. A Poisson count of m = 1 / SE^2 events has l''' = l'' throughout: for a given
standard error it is the most skewed of them, and no deviance lies outside its own,
2 m (exp(-+b) - 1 +- b). Its profile and exact (Garwood) intervals bound the asymmetry. Where the
covariate may be no comparison of two groups, m = 1 is taken, which is one event.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scipy.special import gammaincinv, ndtr, ndtri

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["deviance_p_values", "most_asymmetric", "p_beside_an_interval"]

_MOST = 1e7  # events


def most_asymmetric(width: float | None, level: float) -> float:
    """Bound the ratio of the longer to the shorter arm of an interval on the log scale.

    Parameters
    ----------
    width
        log upper - log lower of a comparison of two groups; None if it may be something else.
    level
        such as 0.95.

    References
    ----------
    Garwood F (1936) Biometrika 28:437 (the exact interval).

    Examples
    --------
    >>> round(most_asymmetric(None, 0.95), 2), round(most_asymmetric(2.45, 0.95), 2)
    (2.14, 1.48)
    """
    return max(_ratio(arms, width, level) for arms in (_garwood, _profile))


def _ratio(
    arms: Callable[[float, float], tuple[float, float]], width: float | None, level: float
) -> float:
    from scipy.optimize import brentq

    def excess(events: float) -> float:
        return sum(arms(events, level)) - (width or 0.0)

    if width is None or excess(1.0) <= 0.0:
        events = 1.0
    elif excess(_MOST) >= 0.0:
        events = _MOST
    else:
        events = float(brentq(excess, 1.0, _MOST, rtol=1e-10))
    below, above = arms(events, level)
    return below / above


def _garwood(events: float, level: float) -> tuple[float, float]:
    tail = (1.0 - level) / 2.0
    low, high = gammaincinv(events, tail), gammaincinv(events + 1.0, 1.0 - tail)
    return math.log(events / low), math.log(high / events)


def _profile(events: float, level: float) -> tuple[float, float]:
    from scipy.optimize import brentq

    wanted = float(ndtri(0.5 + level / 2.0)) ** 2 / (2.0 * events)
    below = brentq(lambda b: math.expm1(-b) + b - wanted, 0.0, wanted + 1.0)
    above = brentq(lambda b: math.expm1(b) - b - wanted, 0.0, math.sqrt(2.0 * wanted) + 1e-9)
    return float(below), float(above)


def p_beside_an_interval(
    low: float, high: float, level: float, events: float
) -> tuple[float, float]:
    """Bound the P values of Wald, likelihood-ratio and score tests by the bounds alone.

    The interval is Wald's and P of the deviance of m events; or the interval is the profile's,
    skewed to either side, and P is Wald's, of its estimate and standard error.

    Parameters
    ----------
    low, high
        the bounds on the log scale, low < high; the null value is 0.
    level
        such as 0.95.
    events
        m as above, more than 0.

    Returns
    -------
    least, greatest : float
        two-sided P values.

    Examples
    --------
    >>> [round(p, 3) for p in p_beside_an_interval(-0.799, -0.083, 0.95, 30.0)]
    [0.009, 0.024]
    """
    quantile = float(ndtri(0.5 + level / 2.0))
    z = abs(low + high) / (high - low) * quantile
    ends = [*deviance_p_values(z, events)]
    for arms in (_profile(events, level), _profile(events, level)[::-1]):
        error = (high - low) / (sum(arms) * math.sqrt(events))
        estimate = low + arms[0] * math.sqrt(events) * error
        ends.append(2.0 * float(ndtr(-abs(estimate) / error)))
    return min(ends), max(ends)


def deviance_p_values(z: float, events: float) -> tuple[float, float]:
    """Bound the P value of a likelihood-ratio or score test where Wald's statistic is z.

    Parameters
    ----------
    z
        Wald's statistic, 0 or more.
    events
        m as above, more than 0.

    Returns
    -------
    least, greatest : float
        two-sided P values.

    Examples
    --------
    >>> [round(p, 3) for p in deviance_p_values(1.96, 10.0)]
    [0.029, 0.076]
    """
    b = z / math.sqrt(events)
    least = 2.0 * events * (math.expm1(-b) + b)
    greatest = 2.0 * events * (math.expm1(b) - b) if b < 500.0 else math.inf
    return tuple(2.0 * float(ndtr(-math.sqrt(max(d, 0.0)))) for d in (greatest, least))  # type: ignore[return-value]
