"""Kaplan-Meier and Nelson-Aalen estimates from who is at risk and who had the event."""

from __future__ import annotations

import numpy as np

__all__ = ["hazard_increments", "nelson_aalen_variance", "product_limit"]


def hazard_increments(at_risk: np.ndarray, events: np.ndarray) -> np.ndarray:
    """Divide events by the number at risk, d/Y, 0 where nobody is at risk.

    Parameters
    ----------
    at_risk
        shape (..., M), Y(t_k).
    events
        shape (..., M), d(t_k).

    Returns
    -------
    ndarray, shape (..., M)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: np.ndarray = events / at_risk
    nobody = at_risk <= 0
    if nobody.any():
        ratio[nobody] = 0.0
    return ratio


def product_limit(at_risk: np.ndarray, events: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Estimate the survival function and Greenwood's sum.

    Parameters
    ----------
    at_risk, events
        shape (G, M).

    Returns
    -------
    survival : ndarray, shape (G, M)
        S(t_k) = prod_{j <= k} (1 - d_j / Y_j).
    greenwood : ndarray, shape (G, M)
        sum_{j <= k} d_j / (Y_j (Y_j - d_j)), the variance of log S; infinite once S is 0.

    References
    ----------
    Kaplan EL, Meier P (1958) J Am Stat Assoc 53:457, eq. 2b and 3a.
    Greenwood M (1926) The errors of sampling of the survivorship tables.
    """
    hazard = hazard_increments(at_risk, events)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = hazard / (at_risk - events)
    quiet = hazard == 0
    if quiet.any():
        terms[quiet] = 0.0
    survivors = hazard_increments(at_risk, at_risk - events)
    survivors[at_risk <= 0] = 1.0
    return np.cumprod(survivors, axis=-1), np.cumsum(terms, axis=-1)


def nelson_aalen_variance(at_risk: np.ndarray, events: np.ndarray, form: str) -> np.ndarray:
    """Estimate the variance of the cumulative hazard sum_{j <= k} d_j / Y_j.

    Parameters
    ----------
    at_risk, events
        shape (G, M).
    form
        ``"aalen"``: sum d / Y^2. ``"greenwood"``: sum d (Y - d) / Y^3, which counts tied events
        as one binomial draw.

    Returns
    -------
    ndarray, shape (G, M)

    References
    ----------
    Andersen PK, Borgan O, Gill RD, Keiding N (1993) Statistical Models Based on Counting
    Processes, eq. 4.1.6 and 4.1.7.
    """
    step = hazard_increments(at_risk, events)
    terms = hazard_increments(at_risk, step if form == "aalen" else step * (1.0 - step))
    return np.cumsum(terms, axis=-1)
