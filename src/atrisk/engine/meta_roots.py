"""The root of a function of one number between two values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["crossing", "falling_root"]

_STEPS = 200
_DOUBLINGS = 200


def crossing(
    function: Callable[[float], float], low: float, high: float, tolerance: float = 1e-12
) -> float:
    """Find where a function crosses 0 between two values at which its signs differ.

    Parameters
    ----------
    function
        continuous; of opposite signs, or 0, at ``low`` and ``high``.
    low, high
        in either order.
    tolerance
        of the root, relative to it.

    Notes
    -----
    Regula falsi with the Illinois rule; a step is a bisection where the three before it did not
    halve the bracket, so that it shrinks whatever the function.
    """
    at_low, at_high = function(low), function(high)
    if at_low == 0.0 or at_high == 0.0:
        return low if at_low == 0.0 else high
    widths = [np.inf, np.inf, np.inf]
    found = high
    for _ in range(_STEPS):
        width = abs(high - low)
        if width <= tolerance * (abs(low) + abs(high)) / 2.0:
            break
        slow = width > widths[0] / 2.0
        widths = [*widths[1:], width]
        before = found
        secant = high - at_high * (high - low) / (at_high - at_low)
        found = (low + high) / 2.0 if slow else secant
        value = function(found)
        if value == 0.0 or (not slow and abs(found - before) <= tolerance * abs(found) / 10.0):
            break
        if (value > 0.0) != (at_high > 0.0):
            low, at_low = high, at_high
        else:
            at_low /= 2.0
        high, at_high = found, value
    return found


def falling_root(function: Callable[[float], float], start: float) -> float:
    """Find where a function that falls from a positive value at 0 crosses 0; 0 if it starts below.

    Parameters
    ----------
    function
        of a number >= 0, decreasing.
    start
        > 0, a first guess; doubled until the function is negative there.

    Returns
    -------
    float
        NaN where the function stays positive.
    """
    if function(0.0) <= 0.0:
        return 0.0
    low, high = 0.0, start
    for _ in range(_DOUBLINGS):
        if function(high) <= 0.0:
            return crossing(function, low, high)
        low, high = high, 2.0 * high
    return np.nan
