"""The weighted risk of an event over time, from rows with coded times."""

from __future__ import annotations

import numpy as np

from atrisk.engine.product_limit import hazard_increments

__all__ = ["cumulative_risk"]


def cumulative_risk(
    exit_code: np.ndarray,
    entry_code: np.ndarray | None,
    cause: np.ndarray,
    weight: np.ndarray,
    size: int,
    wanted: int | None,
) -> np.ndarray:
    """Estimate the risk by each time: 1 - Kaplan-Meier, or Aalen-Johansen for one cause.

    Parameters
    ----------
    exit_code, entry_code
        shape (n,): positions on a grid of times; at risk after entry up to exit. Entry may be None.
    cause
        shape (n,): 0 censored, else the cause.
    weight
        shape (n,), positive.
    size
        number of times on the grid.
    wanted
        the cause, others compete; None: any cause is the event.

    Returns
    -------
    ndarray, shape (size,)

    References
    ----------
    Kaplan EL, Meier P (1958) J Am Stat Assoc 53:457. Aalen OO, Johansen S (1978) Scand J Stat
    5:141. Xie J, Liu C (2005) Stat Med 24:3089 (weights).
    """
    leaving = np.bincount(exit_code, weights=weight, minlength=size)
    at_risk = np.cumsum(leaving[::-1])[::-1]
    if entry_code is not None:
        entering = np.bincount(entry_code, weights=weight, minlength=size)
        at_risk = at_risk - np.cumsum(entering[::-1])[::-1]
    dead = np.bincount(exit_code, weights=weight * (cause > 0), minlength=size)
    survival: np.ndarray = np.cumprod(1.0 - np.minimum(hazard_increments(at_risk, dead), 1.0))
    if wanted is None:
        return 1.0 - survival
    own = np.bincount(exit_code, weights=weight * (cause == wanted), minlength=size)
    before = np.concatenate(([1.0], survival[:-1]))
    risk: np.ndarray = np.cumsum(before * hazard_increments(at_risk, own))
    return risk
