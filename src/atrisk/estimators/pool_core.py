"""What every kind of model tells, in one shape; and the inverse-variance model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri, stdtrit

from atrisk.engine.meta_linear import (
    between_variance,
    fit_linear,
    heterogeneity,
    loglik,
    q_profile,
)
from atrisk.errors import InputError

if TYPE_CHECKING:
    from atrisk.estimators.pool_request import Design, PoolRequest

__all__ = ["NO_SPREAD", "Core", "linear_core", "quantile", "wald_limits"]

_NAN = float("nan")
NO_SPREAD = 1e-12
"""Of the mean squared weighted residual: below it studies agree but for rounding."""
_BELOW = 0.995  # by REML the factor is near 1 anyway


@dataclass(frozen=True, slots=True)
class Core:
    """A fitted model, moderators centred and scaled.

    Attributes
    ----------
    beta, covariance
        shape (p,) and (p, p).
    df
        of the coefficients' t distribution; infinite for the normal.
    lower, upper
        limits of the first coefficient.
    tau2, tau2_lower, tau2_upper, tau2_interval
        variance between rows in all, its limits, and the name of the method.
    tau2_study, tau2_study_limits, tau2_arm, tau2_arm_limits
        variances between studies and between arms of a study, with their limits.
    weight
        shape (k,), summing to 100.
    typical
        sampling variance of a typical study.
    q, q_df, q_p_value, lrt, lrt_p_value
        tests that nothing varies between studies but by chance and moderators.
    tau2_p_value
        likelihood ratio test of tau2 = 0, half a chi-squared on 1 degree of freedom.
    loglik
        of the model; restricted where tau2 was estimated so.
    scaling
        the factor that Knapp and Hartung put on the covariance; 1 where there is none.
    ci
        the interval used, by name.
    notes
        what is to be said.
    """

    beta: np.ndarray
    covariance: np.ndarray
    df: float
    lower: float
    upper: float
    tau2: float
    tau2_interval: str
    tau2_study: float
    weight: np.ndarray
    typical: float
    q: float
    q_df: int
    q_p_value: float
    loglik: float
    ci: str
    tau2_lower: float = _NAN
    tau2_upper: float = _NAN
    tau2_study_limits: tuple[float, float] = (_NAN, _NAN)
    tau2_arm: float = _NAN
    tau2_arm_limits: tuple[float, float] = (_NAN, _NAN)
    lrt: float = _NAN
    lrt_p_value: float = _NAN
    tau2_p_value: float = _NAN
    scaling: float = 1.0
    notes: tuple[str, ...] = ()


def quantile(df: float, conf_level: float) -> float:
    """Give the two-sided quantile of t, or of the normal where ``df`` is infinite."""
    tail = 0.5 + conf_level / 2.0
    return float(ndtri(tail) if np.isinf(df) else stdtrit(df, tail))


def wald_limits(
    beta: np.ndarray, covariance: np.ndarray, df: float, conf_level: float
) -> tuple[float, float]:
    """Bound the first coefficient by quantiles of its standard error."""
    half = quantile(df, conf_level) * float(np.sqrt(covariance[0, 0]))
    return float(beta[0]) - half, float(beta[0]) + half


def linear_core(request: PoolRequest, design: Design, *, spread_limits: bool) -> Core:
    """Fit the inverse-variance model with one row a study; with limits of tau2 if wanted."""
    y, v, x = request.effect, request.variance, design.x
    ci = request.interval()
    tau2 = between_variance(y, v, x, request.tau2)
    fit = fit_linear(y, v, x, tau2)
    found = heterogeneity(y, v, x, tau2)
    df = _NAN if request.size == 1 and ci != "z" else float(found.df)
    df = float("inf") if ci == "z" else df
    if not df > 0.0:
        raise InputError(
            f"ci={ci!r} has no degrees of freedom with {request.size} "
            f"{'study' if request.size == 1 else 'studies'}: use ci='z'."
        )
    scaling, notes = _scaling(ci, fit.q, found.df, request)
    covariance = fit.covariance * scaling
    lower, upper = wald_limits(fit.beta, covariance, df, request.conf_level)
    limits, said = _q_profile(request, x) if spread_limits else ((_NAN, _NAN), ())
    return Core(
        beta=fit.beta,
        covariance=covariance,
        df=df,
        lower=lower,
        upper=upper,
        tau2=tau2,
        tau2_lower=limits[0],
        tau2_upper=limits[1],
        tau2_interval="Q-profile",
        tau2_study=tau2,
        tau2_study_limits=limits,
        weight=100.0 * fit.weight / fit.weight.sum(),
        typical=found.typical,
        q=found.q,
        q_df=found.df,
        q_p_value=found.p_value,
        loglik=loglik(fit, x, restricted=request.tau2 == "reml") if found.df else _NAN,
        scaling=scaling,
        ci=ci,
        notes=(*notes, *said),
    )


def _q_profile(request: PoolRequest, x: np.ndarray) -> tuple[tuple[float, float], tuple[str, ...]]:
    lower, upper = q_profile(request.effect, request.variance, x, request.conf_level)
    if upper != 0.0:
        return (lower, upper), ()
    empty = (
        "The Q-profile interval of tau2 is empty, since studies differ less than chance would "
        "make them differ: both limits are given as 0."
    )
    return (lower, upper), (empty,)


def _scaling(ci: str, q: float, df: int, request: PoolRequest) -> tuple[float, tuple[str, ...]]:
    """Give Knapp and Hartung's factor: the mean squared weighted residual."""
    if not ci.startswith("knapp-hartung"):
        return 1.0, ()
    factor = q / df
    if ci == "knapp-hartung-adhoc":
        return max(1.0, factor), ()
    if factor <= NO_SPREAD:
        raise InputError(
            f"all {request.size} studies have the same estimate: Knapp and Hartung's interval "
            "would have no width. Use ci='knapp-hartung-adhoc' (never narrower than 'z' would "
            "make it) or ci='z'."
        )
    if factor < _BELOW and request.tau2 != "fixed":
        note = (
            f"Knapp and Hartung's factor on the variance is {factor:.3g}, below 1: the interval "
            "may be narrower than that of ci='z'; 'knapp-hartung-adhoc' does not go below 1."
        )
        return factor, (note,)
    return factor, ()
