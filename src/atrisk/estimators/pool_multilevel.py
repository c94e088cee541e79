"""Several arms of a study: models of arms within studies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc, expit

from atrisk.engine.meta_glmm import BinomialRows, fit_logit
from atrisk.engine.meta_glmm_arms import fit_glmm_arms
from atrisk.engine.meta_linear import heterogeneity, typical_variance
from atrisk.engine.meta_multilevel import ArmsFit, arms_limits, fit_arms
from atrisk.errors import InputError
from atrisk.estimators.pool_core import Core, wald_limits
from atrisk.estimators.pool_core_glmm import glmm_tests, require_finite, require_some_of_each

if TYPE_CHECKING:
    from atrisk.estimators.pool_request import Design, PoolRequest

__all__ = ["multilevel_core", "multilevel_glmm_core"]

_NAN = float("nan")


def _free(request: PoolRequest) -> float:
    """Give the degrees of freedom: studies less coefficients."""
    studies = len(set(request.study))
    if studies == 1:
        raise InputError(
            f"all {request.size} rows are of study {request.study[0]!r}: there is nothing between "
            "studies to estimate. Pool the arms by labels= without study=, or by tau2='fixed'."
        )
    return float(studies - len(request.terms) - 1)


def _df(request: PoolRequest, ci: str) -> float:
    free = _free(request)
    if ci == "t" and free < 1.0:
        raise InputError("ci='t' has no degrees of freedom left: use ci='z'.")
    return float("inf") if ci == "z" else free


def multilevel_core(request: PoolRequest, design: Design, *, spread_limits: bool) -> Core:
    """Fit the inverse-variance model of arms within studies; limits of variances if wanted."""
    if request.tau2 not in {"reml", "ml"}:
        raise InputError(
            f"tau2={request.tau2!r} is not defined with several arms of a study: use 'reml' or "
            "'ml'."
        )
    y, v, x = request.effect, request.variance, design.x
    ci = request.interval()
    df = _df(request, ci)
    fit = fit_arms(y, v, x, request.codes, restricted=request.tau2 == "reml")
    if not fit.converged:
        raise InputError("the likelihood of arms within studies has no maximum that was found.")
    between, within = (
        _variance_limits(request, x, fit) if spread_limits else ((_NAN, _NAN), (_NAN, _NAN))
    )
    tau2 = float(fit.theta.sum())
    found = heterogeneity(y, v, x, tau2)
    lower, upper = wald_limits(fit.beta, fit.covariance, df, request.conf_level)
    return Core(
        beta=fit.beta,
        covariance=fit.covariance,
        df=df,
        lower=lower,
        upper=upper,
        tau2=tau2,
        tau2_interval="profile likelihood",
        tau2_study=float(fit.theta[0]),
        tau2_study_limits=between,
        tau2_arm=float(fit.theta[1]),
        tau2_arm_limits=within,
        weight=100.0 * fit.weight / fit.weight.sum(),
        typical=found.typical,
        q=found.q,
        q_df=found.df,
        q_p_value=found.p_value,
        loglik=fit.loglik,
        ci=ci,
    )


def _variance_limits(
    request: PoolRequest, x: np.ndarray, fit: ArmsFit
) -> tuple[tuple[float, float], tuple[float, float]]:
    between, within = (
        arms_limits(
            request.effect,
            request.variance,
            x,
            request.codes,
            fit,
            restricted=request.tau2 == "reml",
            which=which,
            conf_level=request.conf_level,
        )
        for which in (0, 1)
    )
    return between, within


def multilevel_glmm_core(request: PoolRequest, design: Design, *, spread_limits: bool) -> Core:
    """Fit the logistic model with random intercepts of studies and of arms within them.

    Limits of the variances are not worked out, wanted or not.
    """
    del spread_limits
    ci = request.interval()
    df = _df(request, ci)
    require_some_of_each(request)
    rows = BinomialRows(request.events, request.total, design.x, np.zeros(request.size))
    common = fit_logit(rows)
    require_finite(common, request, design.x)
    fit = fit_glmm_arms(rows, request.codes, request.quadrature)
    require_finite(fit, request, design.x)
    lower, upper = wald_limits(fit.beta, fit.covariance, df, request.conf_level)
    tests, notes = glmm_tests(request, design.x, common)
    tau2 = fit.sigma**2 + fit.tau**2
    p = expit(design.x @ fit.beta)
    spread = np.diag(fit.tau**2 + 1.0 / (request.total * p * (1.0 - p)))
    same = request.codes[:, None] == request.codes[None, :]
    weight = np.linalg.inv(spread + fit.sigma**2 * same).sum(axis=1)
    ratio = max(0.0, 2.0 * (fit.loglik - common.loglik))
    return Core(
        beta=fit.beta,
        covariance=fit.covariance,
        df=df,
        lower=lower,
        upper=upper,
        tau2=tau2,
        tau2_interval="none",
        tau2_study=fit.sigma**2,
        tau2_arm=fit.tau**2,
        weight=100.0 * weight / weight.sum(),
        typical=typical_variance(request.variance, design.x),
        **tests,
        tau2_p_value=_chi_bar(ratio),
        loglik=fit.loglik,
        ci=ci,
        notes=notes,
    )


def _chi_bar(ratio: float) -> float:
    """Refer to 1/4 chi-squared on 0, 1/2 on 1 and 1/4 on 2 df: both variances at their border.

    Self SG, Liang K-Y (1987) J Am Stat Assoc 82:605, case 7, for an information without
    covariance between the variances.
    """
    if ratio <= 0.0:
        return 1.0
    return float(0.5 * chdtrc(1.0, ratio) + 0.25 * chdtrc(2.0, ratio))
