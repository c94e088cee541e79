"""The confidence intervals of a proportion in common use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv, ndtri

from atrisk.engine.binomial import clopper_pearson, wilson
from atrisk.engine.intervals import probability_interval
from atrisk.evidence.audit.two_by_two import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["proportion_intervals"]


def proportion_intervals(events: int, total: int, level: float) -> Iterator[Found]:
    """Yield the limits of events / total by each method, the commonest first.

    Parameters
    ----------
    events, total
        counts, 0 <= events <= total, total > 0.
    level
        such as 0.95.

    Notes
    -----
    Clopper-Pearson and Wilson as in `atrisk.proportion`; Wald p -+ z (p (1 - p) / n)^(1/2), with
    1/(2n) added by its correction; Agresti-Coull: Wald's after z^2 / 2 events and non-events are
    added; Jeffreys: beta quantiles with 1/2; log, logit, log-log and arcsine: Wald's on that
    scale; mid-P: each tail with half of the observed count.

    References
    ----------
    Brown LD, Cai TT, DasGupta A (2001) Stat Sci 16:101. Newcombe RG (1998) Stat Med 17:857.
    """
    x, n = np.array([float(events)]), np.array([float(total)])
    z, tail = float(ndtri(0.5 + level / 2.0)), (1.0 - level) / 2.0
    p = events / total
    error = float(np.sqrt(p * (1.0 - p) / total))
    yield Found("Clopper-Pearson", _first(clopper_pearson(x, n, level)))
    yield Found("Wald", (p - z * error, p + z * error))
    yield Found("Wilson", _first(wilson(x, n, level)))
    yield Found("Agresti-Coull", _agresti_coull(events, total, z))
    half = 1.0 / (2.0 * total)
    yield Found("Wald with continuity correction", (p - z * error - half, p + z * error + half))
    yield Found("Wilson with continuity correction", _wilson_corrected(events, total, z))
    low, high = betaincinv(events + 0.5, total - events + 0.5, np.array([tail, 1.0 - tail]))
    ends = (0.0 if events == 0 else float(low), 1.0 if events == total else float(high))
    yield Found("Jeffreys", ends)
    low, high = betaincinv(events + 1.0, total - events + 1.0, np.array([tail, 1.0 - tail]))
    yield Found("Bayes with a uniform prior", (float(low), float(high)))
    yield Found("mid-P", _mid_p(events, total, tail))
    if 0 < events < total:
        for scale in ("log", "log-log", "logit", "arcsine"):
            found = probability_interval(np.array([p]), np.array([error]), scale, level)
            yield Found(f"Wald on the {scale} scale", _first(found))


def _first(limits: tuple[np.ndarray, np.ndarray]) -> tuple[float, float]:
    return float(limits[0][0]), float(limits[1][0])


def _agresti_coull(events: int, total: int, z: float) -> tuple[float, float]:
    n = total + z * z
    p = (events + z * z / 2.0) / n
    reach = z * np.sqrt(p * (1.0 - p) / n)
    return float(p - reach), float(p + reach)


def _wilson_corrected(events: int, total: int, z: float) -> tuple[float, float]:
    n, p, q = total, events / total, 1.0 - events / total
    base = 2.0 * n + 2.0 * z * z
    low = z * z - 2.0 - 1.0 / n + 4.0 * p * (n * q + 1.0)
    high = z * z + 2.0 - 1.0 / n + 4.0 * p * (n * q - 1.0)
    lower = (2.0 * n * p + z * z - 1.0 - z * np.sqrt(max(low, 0.0))) / base
    upper = (2.0 * n * p + z * z + 1.0 + z * np.sqrt(max(high, 0.0))) / base
    return (0.0 if events == 0 else float(lower), 1.0 if events == total else float(upper))


def _mid_p(events: int, total: int, tail: float) -> tuple[float, float]:
    """Solve P(X < x) + P(X = x) / 2 = 1 - tail below the proportion and = tail above it."""
    from scipy.optimize import brentq
    from scipy.special import bdtr, comb

    def at_most(share: float) -> float:
        below = float(bdtr(events - 1, total, share)) if events else 0.0
        here = float(comb(total, events)) * share**events * (1.0 - share) ** (total - events)
        return below + here / 2.0

    def limit(wanted: float) -> float:
        return float(brentq(lambda share: at_most(share) - wanted, 0.0, 1.0, xtol=1e-12))

    lower = 0.0 if events == 0 else limit(1.0 - tail)
    upper = 1.0 if events == total else limit(tail)
    return lower, upper
