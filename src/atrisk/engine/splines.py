"""Restricted cubic splines: where the knots stand, and the basis in truncated powers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["default_knots", "require_knots", "restricted_cubic"]

# number of knots -> outer quantile; the others are equally spaced between (Harrell 2015, table 2.3)
_OUTER = {3: 0.10, 4: 0.05, 5: 0.05, 6: 0.05, 7: 0.025}
_SMALL = 100  # below this the outer knots are the fifth smallest and fifth largest value
_FIFTH = 4


def default_knots(x: np.ndarray, count: int) -> np.ndarray:
    """Place knots at quantiles of a variable.

    Parameters
    ----------
    x
        shape (n,), finite.
    count
        number of knots k, 3 to 7.

    Returns
    -------
    ndarray
        shape (k,), increasing, in the unit of ``x``.

    Raises
    ------
    InputError
        another number of knots, or the values are so tied or few that knots do not increase.

    References
    ----------
    Harrell (2015), Regression Modeling Strategies, section 2.4.6, table 2.3; with n < 100 the
    outer knots follow Stone and Koo (1985), the fifth smallest and largest value.

    Examples
    --------
    >>> default_knots(np.arange(1, 101.0), 3)
    array([10.9, 50.5, 90.1])
    """
    if count not in _OUTER:
        raise InputError(
            f"{count} knots: a restricted cubic spline takes {min(_OUTER)} to {max(_OUTER)} "
            "knots at quantiles. Give one of these numbers, or the knots themselves in a list."
        )
    outer = _OUTER[count]
    knots: np.ndarray = np.quantile(x, np.linspace(outer, 1 - outer, count))
    if _FIFTH < x.size < _SMALL:
        knots[0], knots[-1] = np.partition(x, _FIFTH)[_FIFTH], -np.partition(-x, _FIFTH)[_FIFTH]
    if not np.all(np.diff(knots) > 0):
        raise InputError(
            f"{count} knots at quantiles of {x.size} values do not increase: "
            f"{', '.join(f'{knot:g}' for knot in knots)}. Take fewer knots, or give them in a list."
        )
    return knots


def restricted_cubic(x: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Evaluate a cubic spline that is linear before the first and after the last knot.

    Parameters
    ----------
    x
        shape (n,).
    knots
        shape (k,), k >= 3, increasing.

    Returns
    -------
    ndarray
        shape (n, k - 1): x itself, then the k - 2 nonlinear columns, all in the unit of ``x``.

    Raises
    ------
    InputError
        fewer than three knots, or knots that do not increase.

    Notes
    -----
    With (u)+ = max(u, 0), column j + 1 is

        [(x - t_j)+^3 - (x - t_{k-1})+^3 (t_k - t_j)/(t_k - t_{k-1})
                      + (x - t_k)+^3 (t_{k-1} - t_j)/(t_k - t_{k-1})] / (t_k - t_1)^2.

    References
    ----------
    Devlin and Weeks (1986); Harrell (2015), Regression Modeling Strategies, equation 2.25, with
    the norming of section 2.4.5.

    Examples
    --------
    >>> restricted_cubic(np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 3.0]))
    array([[1.  , 0.  ],
           [2.  , 0.25],
           [4.  , 3.  ]])
    """
    t = require_knots(knots)
    before_last, last = t[-2], t[-1]
    out = np.empty((x.size, t.size - 1))
    out[:, 0] = x
    for j, knot in enumerate(t[:-2]):
        bend = _cubed(x - knot)
        bend -= _cubed(x - before_last) * ((last - knot) / (last - before_last))
        bend += _cubed(x - last) * ((before_last - knot) / (last - before_last))
        out[:, j + 1] = bend / (last - t[0]) ** 2
    return out


def require_knots(knots: Sequence[float] | np.ndarray) -> np.ndarray:
    """Take knots as an array of shape (k,), k >= 3; those that do not increase are refused."""
    t = np.array(knots, dtype=float)
    if t.size < min(_OUTER) or not np.all(np.diff(t) > 0):
        raise InputError(
            f"knots {', '.join(f'{knot:g}' for knot in t)}: at least three increasing values are "
            "needed."
        )
    return t


def _cubed(u: np.ndarray) -> np.ndarray:
    positive = np.maximum(u, 0.0)
    cube: np.ndarray = positive * positive * positive
    return cube
