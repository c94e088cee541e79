"""What can be read off a step function: values, quantiles, areas."""

from __future__ import annotations

import numpy as np

__all__ = ["area_after", "crossing", "value_at"]

# R's quantile.survfit: sqrt(.Machine$double.eps)
_FLAT = 1.4901161193847656e-08


def value_at(time: np.ndarray, value: np.ndarray, first: float, at: np.ndarray) -> np.ndarray:
    """Read a right-continuous step function.

    Parameters
    ----------
    time
        shape (T,), increasing: where it may jump.
    value
        shape (T,): its value from each time on.
    first
        its value before the first time.
    at
        shape (A,).

    Returns
    -------
    ndarray, shape (A,)
        carried on beyond the last time: the caller refuses what must not be extrapolated.
    """
    read: np.ndarray = np.concatenate(([first], value))[np.searchsorted(time, at, side="right")]
    return read


def crossing(time: np.ndarray, survival: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Find when a survival curve, or a bound of one, falls to 1 - p.

    The time at which the curve first is at or below 1 - p; where it runs flat at 1 - p (within
    1.5e-8), the middle of that flat stretch, which for the last stretch ends at the last time.

    Parameters
    ----------
    time, survival
        shape (T,); NaN in ``survival`` is passed over.
    p
        shape (P,), within (0, 1).

    Returns
    -------
    ndarray, shape (P,)
        NaN where the curve does not fall that far.

    References
    ----------
    The rule of R's ``quantile.survfit``; the midpoint is that of Miller RG (1981) Survival
    Analysis, for the median.
    """
    known = ~np.isnan(survival)
    times, levels = time[known], survival[known]
    reached = np.append(times, np.nan)[_first_below(levels, 1.0 - p + _FLAT)]
    passed = np.append(times, np.nan)[_first_below(levels, 1.0 - p - _FLAT)]
    if known.size and known[-1]:
        ends_flat = np.abs(levels[-1] - (1.0 - p)) <= _FLAT
        passed = np.where(ends_flat, time[-1], passed)
    middle: np.ndarray = (reached + passed) / 2.0
    return middle


def _first_below(levels: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Index of the first level under each target; the length where there is none."""
    falling = -np.minimum.accumulate(levels)
    found: np.ndarray = np.searchsorted(falling, -target, side="right")
    return found


def area_after(
    time: np.ndarray, value: np.ndarray, first: float, tau: float
) -> tuple[float, np.ndarray]:
    """Integrate a step function up to ``tau``.

    Parameters
    ----------
    time, value, first
        as in `value_at`.
    tau
        the end of the integral.

    Returns
    -------
    whole : float
        the integral from 0 to tau.
    after : ndarray, shape (T,)
        the integral from each time to tau; 0 from tau on.
    """
    knots = np.concatenate(([0.0], np.minimum(time, tau), [tau]))
    pieces = np.diff(knots) * np.concatenate(([first], value))
    remaining = np.cumsum(pieces[::-1])[::-1]
    return float(remaining[0]), remaining[1:]
