"""Finding an empty corner of a panel for words, so that they never lie on a curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.report.figures_plan import HALF, Curve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["free_corner", "step_at"]

_SAMPLES = 160
_MARGIN = 0.02


def step_at(
    time: NDArray[np.float64], height: NDArray[np.float64], at: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Read a right-continuous step function at ``at``, shape (points,); NaN past its last time."""
    index = np.clip(np.searchsorted(time, at, side="right") - 1, 0, None)
    return np.where(at > time[-1], np.nan, height[index])


def free_corner(
    curves: Sequence[Curve],
    x_max: float,
    y_max: float,
    size: tuple[float, float],
    *,
    bands: bool,
    start: float | None = None,
) -> tuple[float, float] | None:
    """Find the lower left corner of a free place for a box of ``size``, in fractions of the axes.

    A vertical line at ``start`` is kept clear of, too.

    Returns
    -------
    tuple of float or None
        None where a curve or band runs through every corner.
    """
    width, height = size
    right, top = 1.0 - width - _MARGIN, 1.0 - height - _MARGIN
    corners = ((_MARGIN, _MARGIN), (right, top), (right, _MARGIN), (_MARGIN, top))
    for left, bottom in corners:
        if left < 0.0 or bottom < 0.0:
            return None
        at = np.linspace(max(left - _MARGIN, 0.0), left + width + _MARGIN, _SAMPLES) * x_max
        if start is not None and at[0] <= start <= at[-1]:
            continue
        low, high = (bottom - _MARGIN) * y_max, (bottom + height + _MARGIN) * y_max
        if not any(_crosses(curve, at, low, high, bands=bands) for curve in curves):
            return left, bottom
    return None


def _crosses(
    curve: Curve, at: NDArray[np.float64], low: float, high: float, *, bands: bool
) -> bool:
    line = step_at(curve.time, curve.estimate, at)
    floor, roof = line, line
    if bands:
        floor = np.fmin(line, step_at(curve.time, curve.lower, at))
        roof = np.fmax(line, step_at(curve.time, curve.upper, at))
    # a fall between two samples is met by joining each sample with the one before it
    floor = np.fmin(floor[1:], floor[:-1])
    roof = np.fmax(roof[1:], roof[:-1])
    return bool(_median_crosses(curve, at, low, high) or np.any((floor <= high) & (roof >= low)))


def _median_crosses(curve: Curve, at: NDArray[np.float64], low: float, high: float) -> bool:
    """Meet the lines that lead from one half to the curve and from there to the time axis."""
    if curve.median is None or at[0] > curve.median:
        return False
    return low <= HALF <= high or (at[-1] >= curve.median and low <= HALF)
