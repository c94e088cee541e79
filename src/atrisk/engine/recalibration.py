"""Cox models whose one covariate is a score, for many scores of the same rows at once.

With r = exp(slope score), S0, S1, S2 the sums of r {1, score, score^2} over those at risk, D0, D1,
D2 over the d deaths of a cell, l = 0..d-1 and f = l/d (Efron; f = 0 is Breslow's rule), the mean
and mean square of the score are m1 = (S1 - f D1)/(S0 - f D0), m2 likewise, and

    loglik = sum over deaths of slope score - sum log(S0 - f D0)
    score  = sum over deaths of score - sum m1        information = sum (m2 - m1^2)

The slope is 1 where the score predicts as it says, and below 1 where its effects are too strong.

References
----------
van Houwelingen HC, le Cessie S (1990) Stat Med 9:1303; Harrell FE (2015) Regression Modeling
Strategies, section 20.10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.passes import scatter
from atrisk.engine.segments import sum_to_end

if TYPE_CHECKING:
    from atrisk.engine.model_rows import ModelRows

__all__ = ["Slopes", "calibration_slopes", "nagelkerke"]

_ITERATIONS = 30
_DECREMENT = 1e-12
_CHUNK = 1 << 20  # numbers in an array of rows x scores


@dataclass(frozen=True, slots=True)
class Slopes:
    """Calibration of B scores.

    Attributes
    ----------
    slope
        shape (B,); NaN where the score does not vary or the likelihood has no maximum.
    loglik
        shape (B,): log partial likelihood at the slope; at 0 where the score does not vary.
    """

    slope: np.ndarray
    loglik: np.ndarray


def calibration_slopes(rows: ModelRows, score: np.ndarray, *, efron: bool) -> Slopes:
    """Fit one Cox model a score.

    Parameters
    ----------
    rows
        n rows, without weights; their covariates and offset are not used.
    score
        shape (n, B).
    efron
        Efron's rule for ties, else Breslow's.
    """
    size = max(1, _CHUNK // max(len(rows), 1))
    parts = [
        _fitted(rows, score[:, begin : begin + size], efron=efron)
        for begin in range(0, score.shape[1], size)
    ]
    return Slopes(
        np.concatenate([part.slope for part in parts]),
        np.concatenate([part.loglik for part in parts]),
    )


def nagelkerke(loglik: np.ndarray, null_loglik: np.ndarray | float, n: float) -> np.ndarray:
    """Give R2 = (1 - exp(-LR/n)) / (1 - exp(2 null/n)), LR = 2 (loglik - null_loglik).

    References
    ----------
    Nagelkerke NJD (1991) Biometrika 78:691.
    """
    gained = -np.expm1(-2.0 * (loglik - null_loglik) / n)
    found: np.ndarray = gained / -np.expm1(2.0 * null_loglik / n)
    return found


def _fitted(rows: ModelRows, score: np.ndarray, *, efron: bool) -> Slopes:
    """Run Newton's method in all scores together, halving steps where the likelihood falls."""
    middle = score.mean(axis=0)
    spread = score.std(axis=0)
    varies = spread > 1e-12 * np.abs(score).max(axis=0, initial=0.0)
    z = (score - middle) / np.where(varies, spread, 1.0)
    deaths = np.bincount(rows.stop[rows.event], minlength=rows.time.size)
    best = np.zeros(score.shape[1])
    value, step, done = np.full(best.size, -np.inf), best.copy(), ~varies
    ended = ~varies
    for _ in range(_ITERATIONS):
        trial = best + step
        loglik, first, second = _derivatives(rows, z, deaths, trial, efron=efron)
        with np.errstate(all="ignore"):
            newton = np.where(second > 0, first / second, np.nan)
        better = loglik >= value - 1e-12 * np.abs(value)
        best = np.where(better & ~done, trial, best)
        value = np.where(better & ~done | np.isneginf(value), loglik, value)
        ends = better & ~done & (np.abs(first * newton) < _DECREMENT)
        best = np.where(ends, best + newton, best)  # the last step needs no other pass
        ended |= ends
        done |= ends | ~np.isfinite(newton)
        step = np.where(done, 0.0, np.where(better, newton, 0.5 * step))
        if done.all():
            break
    slope = np.where(ended & varies, best / np.where(varies, spread, 1.0), np.nan)
    return Slopes(slope, value)


def _derivatives(
    rows: ModelRows, z: np.ndarray, deaths: np.ndarray, slope: np.ndarray, *, efron: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give loglik, score and information of each column of z (n, B) at its slope."""
    eta = z * slope
    top = eta.max(axis=0)
    risk = np.exp(eta - top)
    sums = [_at_risk(rows, risk * z**power) for power in range(3)]
    loglik = (eta - top)[rows.event].sum(axis=0)
    first = z[rows.event].sum(axis=0)
    second = np.zeros_like(first)
    for place in range(int(deaths.max(initial=0))):
        cells = np.flatnonzero(deaths > place)
        f = (place / deaths[cells])[:, np.newaxis] if efron else 0.0
        s0, s1, s2 = (all_rows[cells] - f * dead[cells] for all_rows, dead in sums)
        mean = s1 / s0
        loglik -= np.log(s0).sum(axis=0)
        first -= mean.sum(axis=0)
        second += (s2 / s0 - mean * mean).sum(axis=0)
    return loglik, first, second


def _at_risk(rows: ModelRows, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum (n, B) over those at risk in each cell, and over its deaths."""
    shape = (rows.time.size, values.shape[1])
    leaving, dead = np.zeros(shape), np.zeros(shape)
    ones = np.ones(values.shape[0])
    scatter(rows.stop, ones, values, leaving)
    scatter(rows.stop[rows.event], ones[rows.event], values[rows.event], dead)
    if rows.start is not None:
        entering = np.zeros(shape)
        scatter(rows.start, ones, values, entering)
        leaving -= entering
    return sum_to_end(leaving, rows.starts), dead
