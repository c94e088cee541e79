"""From a request to a pool: the model fitted, and everything told on the natural scale."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtrc, fdtrc, ndtr, stdtr

from atrisk.engine.binomial import clopper_pearson
from atrisk.engine.meta_scales import back
from atrisk.errors import listed
from atrisk.estimators.pool_core import Core, linear_core, quantile
from atrisk.estimators.pool_core_glmm import glmm_core, require_some_of_each
from atrisk.estimators.pool_multilevel import multilevel_core, multilevel_glmm_core
from atrisk.estimators.pool_result import Pool
from atrisk.estimators.result import label_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from atrisk.estimators.pool_request import Design, PoolRequest

__all__ = ["natural", "pooled", "prediction_df"]

_NAN = float("nan")
_MODELS: dict[str, Callable[..., Core]] = {
    "glmm": glmm_core,
    "inverse variance": linear_core,
    "multilevel": multilevel_core,
    "multilevel glmm": multilevel_glmm_core,
}


def natural(request: PoolRequest, *values: float) -> tuple[float, ...]:
    """Bring values on the scale of a pool to the natural scale, lowest first."""
    found = back(request.scale, np.array(values), request.harmonic_size)
    return tuple(float(value) for value in np.sort(found))


def prediction_df(request: PoolRequest) -> float:
    """Give the degrees of freedom of a prediction; below 1 there is none."""
    studies = len(set(request.study))
    if studies == 1:
        return 0.0
    free = studies - len(request.terms) - 1
    return {"t, k-2": free - 1.0, "t, k-1": float(free), "normal": float("inf")}[request.prediction]


def pooled(request: PoolRequest, *, spread_limits: bool = True) -> Pool:
    """Fit a request's model and tell what it says.

    Without ``spread_limits`` those of tau2, which take most of the time, are NaN.
    """
    design = request.design()
    if request.method == "logit":
        require_some_of_each(request)
    core = _fitted(request, design, spread_limits=spread_limits)
    coefficients = _coefficients(request, design, core)
    link = float(core.beta[0])
    error = float(np.sqrt(core.covariance[0, 0]))
    lower, upper = natural(request, core.lower, core.upper)
    return Pool(
        labels=label_array(request.labels),
        study=label_array(request.study),
        **_studies(request),
        weight=core.weight,
        estimate=natural(request, link)[0],
        lower=lower,
        upper=upper,
        link_estimate=link,
        link_std_error=error,
        link_lower=core.lower,
        link_upper=core.upper,
        df=core.df,
        tau2=core.tau2,
        tau2_lower=core.tau2_lower,
        tau2_upper=core.tau2_upper,
        tau2_interval=core.tau2_interval,
        tau2_study=core.tau2_study,
        tau2_study_lower=core.tau2_study_limits[0],
        tau2_study_upper=core.tau2_study_limits[1],
        tau2_arm=core.tau2_arm,
        tau2_arm_lower=core.tau2_arm_limits[0],
        tau2_arm_upper=core.tau2_arm_limits[1],
        tau2_p_value=core.tau2_p_value,
        **_shares(core),
        q=core.q,
        q_df=core.q_df,
        q_p_value=core.q_p_value,
        lrt=core.lrt,
        lrt_p_value=core.lrt_p_value,
        **_prediction(request, link, error, core.tau2),
        terms=("intercept", *request.terms),
        **coefficients,
        **_moderator_test(core),
        r2=_explained(request, core),
        scaling=core.scaling,
        loglik=core.loglik,
        new_cohort=None,
        kind=request.kind,
        model=request.model,
        scale=request.scale,
        method=request.method,
        tau2_method=_tau2_method(request),
        ci=core.ci,
        conf_level=request.conf_level,
        quadrature=request.quadrature if request.method == "glmm" else 0,
        notes=(*request.notes, *core.notes, *_remarks(request)),
        _request=request,
    )


def _fitted(request: PoolRequest, design: Design, *, spread_limits: bool) -> Core:
    return _MODELS[request.model](request, design, spread_limits=spread_limits)


def _tau2_method(request: PoolRequest) -> str:
    return "ml" if request.method == "glmm" and request.tau2 != "fixed" else request.tau2


def _studies(request: PoolRequest) -> dict[str, Any]:
    error = np.sqrt(request.variance)
    counted = request.kind == "proportion"
    if counted:
        estimate = request.events / request.total
        lower, upper = clopper_pearson(request.events, request.total, request.conf_level)
    else:
        half = quantile(float("inf"), request.conf_level) * error
        estimate = back(request.scale, request.effect)
        ends = [back(request.scale, request.effect + side * half) for side in (-1.0, 1.0)]
        lower, upper = np.minimum(*ends), np.maximum(*ends)
    kind = np.int64 if counted else np.float64
    return {
        "events": request.events.astype(kind),
        "total": request.total.astype(kind),
        "study_estimate": np.asarray(estimate),
        "study_lower": lower,
        "study_upper": upper,
        "effect": request.effect.copy(),
        "std_error": error,
    }


def _shares(core: Core) -> dict[str, Any]:
    shares = [
        100.0 * t / (t + core.typical) if np.isfinite(t) else (100.0 if t == np.inf else _NAN)
        for t in (core.tau2, core.tau2_lower, core.tau2_upper)
    ]
    names = ("i2", "i2_lower", "i2_upper")
    return {**dict(zip(names, shares, strict=True)), "h2": core.tau2 / core.typical + 1.0}


def _prediction(request: PoolRequest, link: float, error: float, tau2: float) -> dict[str, Any]:
    df = prediction_df(request)
    limits: tuple[float, ...] = (_NAN, _NAN)
    if df >= 1.0:
        half = quantile(df, request.conf_level) * np.sqrt(error**2 + tau2)
        limits = natural(request, link - half, link + half)
    return {
        "prediction_lower": limits[0],
        "prediction_upper": limits[1],
        "prediction_rule": request.prediction,
        "prediction_df": df,
    }


def _coefficients(request: PoolRequest, design: Design, core: Core) -> dict[str, Any]:
    beta = design.back @ core.beta
    covariance = design.back @ core.covariance @ design.back.T
    error = np.sqrt(np.diag(covariance))
    statistic = beta / error
    tail = ndtr(-np.abs(statistic)) if np.isinf(core.df) else stdtr(core.df, -np.abs(statistic))
    half = quantile(core.df, request.conf_level) * error
    return {
        "coefficients": beta,
        "coef_std_error": error,
        "coef_statistic": statistic,
        "coef_p_value": 2.0 * np.asarray(tail),
        "coef_lower": beta - half,
        "coef_upper": beta + half,
        "covariance": covariance,
    }


def _moderator_test(core: Core) -> dict[str, Any]:
    m = core.beta.size - 1
    names = ("qm", "qm_df", "qm_df2", "qm_p_value")
    if not m:
        return dict(zip(names, (_NAN, 0, _NAN, _NAN), strict=True))
    quadratic = float(core.beta[1:] @ np.linalg.solve(core.covariance[1:, 1:], core.beta[1:]))
    if np.isinf(core.df):
        return dict(zip(names, (quadratic, m, core.df, float(chdtrc(m, quadratic))), strict=True))
    found = (quadratic / m, m, core.df, float(fdtrc(m, core.df, quadratic / m)))
    return dict(zip(names, found, strict=True))


def _explained(request: PoolRequest, core: Core) -> float:
    if not request.terms:
        return _NAN
    bare = replace(request, moderators=request.moderators[:, :0], terms=())
    without = _fitted(bare, bare.design(), spread_limits=False).tau2
    return max(0.0, 100.0 * (without - core.tau2) / without) if without > 0.0 else _NAN


def _remarks(request: PoolRequest) -> tuple[str, ...]:
    said = list(_corrected(request))
    studies = len(set(request.study))
    if studies == 1:
        said.append("One study: what varies between studies cannot be estimated and counts as 0.")
    elif prediction_df(request) < 1.0:
        said.append(
            f"No prediction interval: the rule {request.prediction!r} has no degrees of freedom "
            f"with {studies} studies."
        )
    if request.scale == "double_arcsine":
        said.append(
            "Freeman and Tukey's double arcsine is here to reproduce papers: the way back depends "
            f"on a number of patients (the harmonic mean, {request.harmonic_size:.4g}) and can "
            "mislead where sizes differ. Prefer method='glmm'."
        )
    return tuple(said)


def _corrected(request: PoolRequest) -> tuple[str, ...]:
    empty = np.flatnonzero((request.events == 0.0) | (request.events == request.total))
    if request.method != "logit" or not empty.size:
        return ()
    which = listed(request.labels[place] for place in empty)
    return (f"0.5 was added to both cells of {which}, where one is empty; 'glmm' needs none.",)
