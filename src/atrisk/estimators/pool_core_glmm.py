"""The random-intercept logistic model of events, with its limits and tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtrc, expit, gammaln, xlog1py, xlogy

from atrisk.engine.binomial import clopper_pearson
from atrisk.engine.meta_glmm import BinomialRows, GlmmFit, fit_glmm, fit_logit
from atrisk.engine.meta_glmm_profile import intercept_limits, tau2_limits
from atrisk.engine.meta_linear import fit_linear, typical_variance
from atrisk.errors import InputError
from atrisk.estimators.pool_core import Core, wald_limits

if TYPE_CHECKING:
    from atrisk.engine.meta_glmm_arms import ArmsGlmmFit
    from atrisk.estimators.pool_request import Design, PoolRequest

__all__ = ["glmm_core", "glmm_tests", "require_finite", "require_some_of_each"]

_NAN = float("nan")
_FURTHEST = 30.0  # of a logit: beyond it a proportion is 0 or 1


def glmm_core(request: PoolRequest, design: Design, *, spread_limits: bool) -> Core:
    """Fit the random-intercept logistic model with one row a study; limits of tau2 if wanted."""
    rows = BinomialRows(request.events, request.total, design.x, np.zeros(request.size))
    require_some_of_each(request)
    common = fit_logit(rows)
    require_finite(common, request, design.x)
    fixed = request.tau2 == "fixed" or request.size == 1
    best = common if fixed else fit_glmm(rows, request.quadrature)
    require_finite(best, request, design.x)
    ci = request.interval()
    lower, upper, df = _glmm_limits(rows, best, request, ci, fixed=fixed)
    limits = _tau2_limits(rows, best, request, fixed=fixed) if spread_limits else (_NAN, _NAN)
    tests, notes = glmm_tests(request, design.x, common)
    p = expit(design.x @ best.beta)
    weight = 1.0 / (best.tau**2 + 1.0 / (request.total * p * (1.0 - p)))
    ratio = max(0.0, 2.0 * (best.loglik - common.loglik))
    return Core(
        beta=best.beta,
        covariance=best.covariance,
        df=df,
        lower=lower,
        upper=upper,
        tau2=best.tau**2,
        tau2_lower=limits[0],
        tau2_upper=limits[1],
        tau2_interval="profile likelihood",
        tau2_study=best.tau**2,
        tau2_study_limits=limits,
        weight=100.0 * weight / weight.sum(),
        typical=typical_variance(request.variance, design.x),
        **tests,
        tau2_p_value=_NAN if fixed else float(0.5 * chdtrc(1.0, ratio) if ratio else 1.0),
        loglik=best.loglik,
        ci=ci,
        notes=notes,
    )


def _tau2_limits(
    rows: BinomialRows, best: GlmmFit, request: PoolRequest, *, fixed: bool
) -> tuple[float, float]:
    if request.size == 1:
        return _NAN, _NAN
    free = fit_glmm(rows, request.quadrature) if fixed else best
    return tau2_limits(rows, free, request.quadrature, request.conf_level)


def _glmm_limits(
    rows: BinomialRows, best: GlmmFit, request: PoolRequest, ci: str, *, fixed: bool
) -> tuple[float, float, float]:
    level = request.conf_level
    if ci == "profile":
        found = intercept_limits(rows, best, request.quadrature, level, fixed=fixed)
        return *found, float("inf")
    df = float("inf") if ci == "z" else float(request.size - rows.x.shape[1])
    if df < 1.0:
        raise InputError(f"ci={ci!r} has no degrees of freedom with one study: use ci='z'.")
    return *wald_limits(best.beta, best.covariance, df, level), df


def require_some_of_each(request: PoolRequest) -> None:
    """Refuse counts whose likelihood has no maximum inside the scale."""
    r, n = request.events, request.total
    empty, full = r == 0.0, r == n
    patients = float(n.sum())
    if empty.all() or full.all():
        word = "no patient" if empty.all() else "every patient"
        low, high = clopper_pearson(
            np.array([float(r.sum())]), np.array([patients]), request.conf_level
        )
        raise InputError(
            f"{word} of the {patients:g} in {request.size} "
            f"{'study' if request.size == 1 else 'studies'} had the event: the odds are "
            f"{'0' if empty.all() else 'infinite'} and what varies between studies cannot be "
            "estimated. If one proportion holds for all patients together, its exact "
            f"{100.0 * request.conf_level:g}% interval is {low[0]:.4g} to {high[0]:.4g} "
            "(atrisk.proportion). A pool by method='arcsine' with ci='z' is defined too."
        )
    if request.method == "glmm" and (empty | full).all():
        raise InputError(
            f"{int(empty.sum())} of {request.size} studies without an event, the rest with nothing "
            "else: the likelihood rises for ever with the variance between studies. "
            "Look for a wrong count, or for what divides the studies (subgroups)."
        )


def require_finite(fit: GlmmFit | ArmsGlmmFit, request: PoolRequest, x: np.ndarray) -> None:
    """Refuse a fit whose likelihood rises for ever."""
    inside = bool(np.isfinite(fit.covariance).all()) and np.abs(x @ fit.beta).max() < _FURTHEST
    if fit.converged and inside:
        return
    raise InputError(
        f"the likelihood of {request.size} studies has no maximum that could be found"
        + (
            f": the moderators ({', '.join(request.terms)}) may separate the studies with events "
            "from those without, or nearly follow from each other. Leave a moderator out, or use "
            "method='logit'."
            if request.terms
            else ", as where nearly every study has no event or nothing else. Use method='logit' "
            "or 'arcsine', or tau2='fixed'."
        )
    )


def glmm_tests(
    request: PoolRequest, x: np.ndarray, common: GlmmFit
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Test against a proportion for each study: Wald's statistic and the likelihood ratio."""
    r, n = request.events, request.total
    df = request.size - x.shape[1]
    names = ("q", "q_df", "q_p_value", "lrt", "lrt_p_value")
    if df < 1:
        return dict(zip(names, (_NAN, 0, _NAN, _NAN, _NAN), strict=True)), ()
    coefficient = gammaln(n + 1.0) - gammaln(r + 1.0) - gammaln(n - r + 1.0)
    saturated = float((coefficient + xlogy(r, r / n) + xlog1py(n - r, -r / n)).sum())
    lrt = max(0.0, 2.0 * (saturated - common.loglik))
    empty = (r == 0.0) | (r == n)
    if empty.any():
        note = (
            f"Wald's test of heterogeneity is not defined: {int(empty.sum())} of "
            f"{request.size} studies have no event or nothing else. The likelihood ratio test is."
        )
        return dict(zip(names, (_NAN, df, _NAN, lrt, float(chdtrc(df, lrt))), strict=True)), (note,)
    q = fit_linear(request.effect, request.variance, x, 0.0).q
    values = (q, df, float(chdtrc(df, q)), lrt, float(chdtrc(df, lrt)))
    return dict(zip(names, values, strict=True)), ()
