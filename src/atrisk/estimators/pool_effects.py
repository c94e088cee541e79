"""Effects, ratios and survival of several studies pooled by the inverse of their variances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.meta_scales import FORWARD, SLOPE
from atrisk.errors import InputError
from atrisk.estimators.pool_fit import pooled
from atrisk.estimators.pool_input import Asked, numbers_of_studies, options
from atrisk.estimators.pool_limits import Printed, require_limits
from atrisk.estimators.source import require_choice, require_flag, require_level

if TYPE_CHECKING:
    from atrisk.estimators.pool_result import Pool

__all__ = ["pool_effects", "pool_ratios", "pool_survival"]

_SMALLEST = 1e-100  # of a standard error, whose square must be a double


def pool_effects(
    estimate: object,
    std_error: object,
    *,
    study: object = None,
    labels: object = None,
    moderators: object = None,
    tau2: str = "reml",
    ci: str | None = None,
    prediction: str = "t, k-2",
    conf_level: float = 0.95,
) -> Pool:
    """Pool effects with their standard errors, on the scale on which they are given.

    Parameters
    ----------
    estimate, std_error
        shape (k,); standard errors above 0.
    study, labels, moderators, tau2, ci, prediction, conf_level
        as in `pool_proportions`, of the inverse-variance models.

    Returns
    -------
    Pool

    Raises
    ------
    InputError
        a standard error is not above 0; or as in `pool_proportions`.

    Notes
    -----
    y_i ~ N(x_i' beta, tau2 + v_i), v_i the squared standard errors, taken as known.

    References
    ----------
    As in `pool_proportions`.

    Examples
    --------
    >>> found = pool_effects([0.1, 0.3, 0.5], [0.1, 0.1, 0.1], tau2="dl", ci="z")
    >>> round(found.estimate, 4), round(found.tau2, 4)
    (0.3, 0.03)
    """
    asked = Asked(study, labels, moderators, tau2, ci, prediction, conf_level)
    options(tau2, prediction, conf_level)
    effect = numbers_of_studies("estimate", estimate)
    error = numbers_of_studies("std_error", std_error, size=effect.size)
    if (error <= _SMALLEST).any():
        place = int(np.flatnonzero(error <= _SMALLEST)[0])
        raise InputError(
            f"the standard error of study {place + 1} is {error[place]:g}: it must be above 0."
        )
    return pooled(asked.request(effect, error**2, kind="effect", scale="identity"))


def pool_ratios(
    ratio: object,
    lower: object,
    upper: object,
    *,
    study: object = None,
    labels: object = None,
    moderators: object = None,
    tau2: str = "reml",
    ci: str | None = None,
    prediction: str = "t, k-2",
    conf_level: float = 0.95,
    limits_level: float = 0.95,
    require_symmetry: bool = True,
) -> Pool:
    """Pool hazard, odds or risk ratios from their confidence limits, on the log scale.

    Parameters
    ----------
    ratio, lower, upper
        shape (k,), above 0; numbers or texts as printed (``"0.70"``), whose decimals say how
        exact they are. A number counts as exact to the most decimals of its study.
    study, labels, moderators, tau2, ci, prediction, conf_level
        as in `pool_proportions`, of the inverse-variance models.
    limits_level
        confidence level of the limits given.
    require_symmetry
        True: refuse limits that rounding cannot make symmetric about the ratio on the log scale;
        False: take the width of the interval as it is.

    Returns
    -------
    Pool
        on the log scale; ``estimate`` and all limits are ratios.

    Raises
    ------
    InputError
        limits in the wrong order, a ratio outside or not in the middle of its limits; or as in
        `pool_proportions`.

    Notes
    -----
    The standard error is (log upper - log lower) / 2z.

    References
    ----------
    Parmar MKB, Torri V, Stewart L (1998) Stat Med 17:2815, equation 7.

    Examples
    --------
    >>> found = pool_ratios(["0.70", "0.85"], ["0.55", "0.63"], ["0.89", "1.15"], tau2="fixed")
    >>> [round(value, 3) for value in (found.estimate, found.lower, found.upper)]
    [0.755, 0.626, 0.911]
    """
    asked = Asked(study, labels, moderators, tau2, ci, prediction, conf_level)
    options(tau2, prediction, conf_level)
    require_level(limits_level)
    require_flag("require_symmetry", require_symmetry)
    printed = Printed.of("ratio", ratio, lower, upper)
    error = require_limits(
        printed, "log", limits_level, others=("identity",) if require_symmetry else None
    )
    return pooled(asked.request(np.log(printed.value), error**2, kind="ratio", scale="log"))


def pool_survival(
    estimate: object,
    lower: object,
    upper: object,
    *,
    scale: str = "cloglog",
    limits_scale: str | None = None,
    study: object = None,
    labels: object = None,
    moderators: object = None,
    tau2: str = "reml",
    ci: str | None = None,
    prediction: str = "t, k-2",
    conf_level: float = 0.95,
    limits_level: float = 0.95,
    require_symmetry: bool = True,
) -> Pool:
    """Pool survival (or cumulative incidence) at one time from its confidence limits.

    Parameters
    ----------
    estimate, lower, upper
        shape (k,), proportions between 0 and 1; numbers or texts as printed, see `pool_ratios`.
    scale
        on which to pool: ``"cloglog"``, log(-log S), or ``"logit"``.
    limits_scale
        on which the limits were made: ``"cloglog"``, ``"logit"``, ``"log"`` or ``"identity"``
        (plain); None for ``scale``.
    study, labels, moderators, tau2, ci, prediction, conf_level
        as in `pool_proportions`, of the inverse-variance models.
    limits_level
        confidence level of the limits given.
    require_symmetry
        True: refuse limits that rounding cannot make symmetric about the estimate on
        ``limits_scale``, and say on which scale they are; False: take the width as it is.

    Returns
    -------
    Pool
        ``estimate`` and all limits are proportions.

    Raises
    ------
    InputError
        a value is 0, 1 or outside, limits are in the wrong order or not symmetric; or as in
        `pool_proportions`.

    Notes
    -----
    The standard error on ``limits_scale`` is the width over 2z, brought to ``scale`` by the
    derivatives of both (delta method).

    References
    ----------
    Kalbfleisch JD, Prentice RL (2002) The Statistical Analysis of Failure Time Data, section 1.4.

    Examples
    --------
    >>> found = pool_survival([0.60, 0.50], [0.48, 0.40], [0.70, 0.60], tau2="fixed")
    >>> [round(value, 3) for value in (found.estimate, found.lower, found.upper)]
    [0.541, 0.463, 0.613]
    """
    asked = Asked(study, labels, moderators, tau2, ci, prediction, conf_level)
    options(tau2, prediction, conf_level)
    require_level(limits_level)
    require_flag("require_symmetry", require_symmetry)
    require_choice("scale", scale, ("cloglog", "logit"))
    made_on = scale if limits_scale is None else limits_scale
    require_choice("limits_scale", made_on, tuple(FORWARD))
    printed = Printed.of("estimate", estimate, lower, upper, proportions=True)
    others = tuple(name for name in FORWARD if name != made_on) if require_symmetry else None
    error = require_limits(printed, made_on, limits_level, others=others)
    slope = SLOPE[scale](printed.value) / SLOPE[made_on](printed.value)
    return pooled(
        asked.request(
            FORWARD[scale](printed.value), (error * slope) ** 2, kind="survival", scale=scale
        )
    )
