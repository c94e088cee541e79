"""Pointwise confidence intervals of a probability or a cumulative hazard, by transformation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CONF_TYPES", "hazard_interval", "probability_interval", "transformed"]

# a sum of incidences that has reached 1 may be short of it by rounding
_ONE = 1.0 - 1e-12

CONF_TYPES = ("plain", "log", "log-log", "logit", "arcsine")


def probability_interval(
    estimate: np.ndarray, std_error: np.ndarray, conf_type: str, conf_level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Bound a probability on the scale of ``conf_type``.

    With z the normal quantile, p the estimate and s its standard error:

    - plain: p -+ z s, held within 0 and 1
    - log: p exp(-+ z s / p), held below 1
    - log-log: p^exp(-+ z s / (p log p)), the complementary log-log of the survival function
    - logit: expit(logit p -+ z s / (p (1 - p)))
    - arcsine: sin^2(asin(sqrt p) -+ z s / (2 sqrt(p (1 - p)))), held within 0 and pi/2

    Parameters
    ----------
    estimate, std_error
        any one shape; probabilities and their standard errors.
    conf_type
        one of `CONF_TYPES`.
    conf_level
        such as 0.95.

    Returns
    -------
    lower, upper : ndarray
        of the same shape; NaN where the scale is not defined (p = 0 but for plain; p = 1 for
        log-log, logit and arcsine), as R's ``survfit`` leaves it missing.

    References
    ----------
    Kalbfleisch JD, Prentice RL (2002) The Statistical Analysis of Failure Time Data, 1.4.1.
    Borgan O, Liestol K (1990) Scand J Stat 17:35.
    """
    z = float(ndtri(0.5 + conf_level / 2.0))
    outside = _undefined(estimate, conf_type)
    inside = np.where(outside, np.nan, estimate) if np.any(outside) else estimate
    with np.errstate(over="ignore"):
        return _INTERVALS[conf_type](inside, z * std_error)


def _undefined(p: np.ndarray, conf_type: str) -> np.ndarray | bool:
    """Mark the ends of the scale that have no place on it."""
    if conf_type == "plain":
        return False
    return p <= 0.0 if conf_type == "log" else (p <= 0.0) | (p >= _ONE)


def _plain(p: np.ndarray, reach: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.maximum(p - reach, 0.0), np.minimum(p + reach, 1.0)


def _log(p: np.ndarray, reach: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    factor = np.exp(reach / p)
    return p / factor, np.minimum(p * factor, 1.0)


def _log_log(p: np.ndarray, reach: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    log_p = np.log(p)
    power = np.exp(-reach / (p * log_p))
    return np.exp(log_p * power), np.exp(log_p / power)


def _logit(p: np.ndarray, reach: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    odds = p / (1.0 - p)
    ratio = np.exp(reach / (p * (1.0 - p)))
    low, high = odds / ratio, odds * ratio
    return low / (1.0 + low), high / (1.0 + high)


def _arcsine(p: np.ndarray, reach: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    angle = np.arcsin(np.sqrt(p))
    turn = reach / (2.0 * np.sqrt(p * (1.0 - p)))
    low, high = np.maximum(angle - turn, 0.0), np.minimum(angle + turn, np.pi / 2.0)
    return np.sin(low) ** 2, np.sin(high) ** 2


_INTERVALS: dict[str, Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]] = {
    "plain": _plain,
    "log": _log,
    "log-log": _log_log,
    "logit": _logit,
    "arcsine": _arcsine,
}


def hazard_interval(
    estimate: np.ndarray, std_error: np.ndarray, conf_type: str, conf_level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Bound a cumulative hazard: ``"plain"`` H -+ z s from 0 up, ``"log"`` H exp(-+ z s / H).

    Parameters
    ----------
    estimate, std_error
        any one shape.
    conf_type
        ``"plain"`` or ``"log"``.
    conf_level
        such as 0.95.

    Returns
    -------
    lower, upper : ndarray
        NaN on the log scale where the hazard is still 0.

    References
    ----------
    Andersen PK, Borgan O, Gill RD, Keiding N (1993), eq. 4.1.12 and 4.1.14.
    """
    reach = float(ndtri(0.5 + conf_level / 2.0)) * std_error
    if conf_type == "plain":
        return np.maximum(estimate - reach, 0.0), estimate + reach
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = reach / estimate
    return estimate * np.exp(-ratio), estimate * np.exp(ratio)


def transformed(
    estimate: np.ndarray, std_error: np.ndarray, scale: str
) -> tuple[np.ndarray, np.ndarray]:
    """Move a probability and its standard error to a scale, by the delta method.

    Parameters
    ----------
    estimate, std_error
        any one shape.
    scale
        one of `CONF_TYPES`; log-log is log(-log p).

    Returns
    -------
    value, std_error : ndarray
    """
    p, s = estimate, std_error
    with np.errstate(divide="ignore", invalid="ignore"):
        if scale == "plain":
            return p, s
        if scale == "log":
            return np.log(p), s / p
        if scale == "log-log":
            return np.log(-np.log(p)), s / np.abs(p * np.log(p))
        if scale == "logit":
            return np.log(p / (1.0 - p)), s / (p * (1.0 - p))
        return np.arcsin(np.sqrt(p)), s / (2.0 * np.sqrt(p * (1.0 - p)))
