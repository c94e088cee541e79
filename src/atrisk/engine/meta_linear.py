"""Inverse-variance models of effects: between-study variance, coefficients, heterogeneity.

y_i = x_i' beta + u_i + e_i, u_i of variance tau2, e_i of the known variance v_i. Everywhere below
``y`` and ``v`` have shape (k,), ``v`` > 0, and ``x`` shape (k, p), of full rank, p <= k.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, chdtri

from atrisk.engine.meta_roots import crossing, falling_root

__all__ = [
    "TAU2",
    "Heterogeneity",
    "LinearFit",
    "between_variance",
    "fit_linear",
    "heterogeneity",
    "q_profile",
    "typical_variance",
    "variance_grid",
]

_FIRST, _LAST = 1e-4, 1e4  # of the grid, in typical variances
_PER_DECADE = 5
TAU2 = ("reml", "dl", "pm", "ml", "fixed")
"""Rules for the between-study variance; ``"fixed"`` sets it to 0."""


@dataclass(frozen=True, slots=True)
class LinearFit:
    """Weighted least squares at one between-study variance.

    Attributes
    ----------
    beta, covariance
        shape (p,) and (p, p), the inverse of X'WX.
    weight
        shape (k,), 1 / (v + tau2).
    residual
        shape (k,).
    q
        sum of weight x residual^2.
    tau2
        the between-study variance.
    """

    beta: np.ndarray
    covariance: np.ndarray
    weight: np.ndarray
    residual: np.ndarray
    q: float
    tau2: float


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """How much studies differ beyond chance.

    Attributes
    ----------
    q, df, p_value
        Cochran's Q of the residuals with weights 1 / v, k - p degrees of freedom; NaN for df 0.
    i2, h2
        tau2 / (tau2 + s2) in per cent and (tau2 + s2) / s2, s2 the typical variance.
    typical
        s2 = (k - p) / tr P; NaN for df 0.
    """

    q: float
    df: int
    p_value: float
    i2: float
    h2: float
    typical: float


def fit_linear(y: np.ndarray, v: np.ndarray, x: np.ndarray, tau2: float) -> LinearFit:
    """Fit by weighted least squares, weights 1 / (v + tau2)."""
    weight = 1.0 / (v + tau2)
    root = np.sqrt(weight)
    q_factor, r_factor = np.linalg.qr(x * root[:, None])
    beta = np.linalg.solve(r_factor, q_factor.T @ (root * y))
    inverse = np.linalg.inv(r_factor)
    residual = y - x @ beta
    q = float(weight @ residual**2)
    return LinearFit(beta, inverse @ inverse.T, weight, residual, q, tau2)


def _trace(fit: LinearFit, x: np.ndarray) -> float:
    """Give tr P, P = W - W X (X'WX)^-1 X'W."""
    w = fit.weight
    return float(w.sum() - np.trace(fit.covariance @ ((x * (w**2)[:, None]).T @ x)))


def typical_variance(v: np.ndarray, x: np.ndarray) -> float:
    """Give the sampling variance of a typical study, (k - p) / tr P at tau2 = 0.

    References
    ----------
    Higgins JPT, Thompson SG (2002) Stat Med 21:1539, equation 9, the case without moderators.
    """
    if v.size <= x.shape[1]:
        return float("nan")
    return float((v.size - x.shape[1]) / _spare_trace(v, x))


def _spare_trace(v: np.ndarray, x: np.ndarray) -> float:
    """Give tr P at tau2 = 0 from a basis of what X does not span.

    The difference of sums of weights, as in `_trace`, is all rounding where one study has nearly
    all of the weight.
    """
    root = 1.0 / np.sqrt(v)
    basis = np.linalg.qr(x * root[:, None], mode="complete")[0][:, x.shape[1] :]
    return float(((basis * root[:, None]) ** 2).sum())


def heterogeneity(y: np.ndarray, v: np.ndarray, x: np.ndarray, tau2: float) -> Heterogeneity:
    """Measure heterogeneity: Q, I2, H2.

    References
    ----------
    Cochran WG (1954) Biometrics 10:101. Higgins JPT, Thompson SG (2002) Stat Med 21:1539.
    """
    df = v.size - x.shape[1]
    if df < 1:
        nan = float("nan")
        return Heterogeneity(nan, 0, nan, nan, nan, nan)
    q = fit_linear(y, v, x, 0.0).q
    typical = typical_variance(v, x)
    return Heterogeneity(
        q=q,
        df=df,
        p_value=float(chdtrc(df, q)),
        i2=100.0 * tau2 / (tau2 + typical),
        h2=(tau2 + typical) / typical,
        typical=typical,
    )


def between_variance(y: np.ndarray, v: np.ndarray, x: np.ndarray, rule: str) -> float:
    """Estimate the between-study variance.

    Parameters
    ----------
    y, v, x
        as at the head of the module.
    rule
        one of `TAU2`; with as many coefficients as studies the variance is 0 by any rule.

    Notes
    -----
    ``"dl"``: (Q - (k - p)) / tr P at tau2 = 0, at least 0. ``"pm"``: where Q of weights
    1 / (v + tau2) equals k - p. ``"reml"`` and ``"ml"``: the highest point of the restricted or
    full likelihood over tau2 >= 0, found on a grid and polished where its slope is 0.

    References
    ----------
    DerSimonian R, Laird N (1986) Control Clin Trials 7:177. Paule RC, Mandel J (1982) J Res Natl
    Bur Stand 87:377. Viechtbauer W (2005) J Educ Behav Stat 30:261 (likelihoods).
    """
    df = v.size - x.shape[1]
    if rule == "fixed" or df < 1:
        return 0.0
    if rule == "dl":
        fit = fit_linear(y, v, x, 0.0)
        return float(max(0.0, (fit.q - df) / _spare_trace(v, x)))
    if rule == "pm":
        return falling_root(lambda tau2: fit_linear(y, v, x, tau2).q - df, typical_variance(v, x))
    return _likeliest(y, v, x, restricted=rule == "reml")


def variance_grid(y: np.ndarray, scale: float, per_decade: int) -> np.ndarray:
    """Give values of a variance from 0 to where the likelihood falls whatever the others.

    Parameters
    ----------
    y
        shape (k,), effects.
    scale
        their typical variance, see `typical_variance`.
    per_decade
        how many values.
    """
    last = max(_LAST * scale, 10.0 * float(np.ptp(y)) ** 2)
    size = 1 + int(np.ceil(per_decade * np.log10(last / (_FIRST * scale))))
    return np.concatenate([[0.0], np.geomspace(_FIRST * scale, last, size)])


def _likeliest(y: np.ndarray, v: np.ndarray, x: np.ndarray, *, restricted: bool) -> float:
    grid = variance_grid(y, typical_variance(v, x), _PER_DECADE)
    heights = [loglik(fit_linear(y, v, x, t), x, restricted=restricted) for t in grid]
    best = int(np.argmax(heights))

    def slope(tau2: float) -> float:
        return _slope(fit_linear(y, v, x, tau2), x, restricted=restricted)

    low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, grid.size - 1)])
    if slope(low) <= 0.0:
        return low
    return crossing(slope, low, high) if slope(high) < 0.0 else high


def loglik(fit: LinearFit, x: np.ndarray, *, restricted: bool) -> float:
    """Give the (restricted) log-likelihood at a fit, with its constants.

    The restricted one is that of k - p error contrasts: -(k - p)/2 log 2 pi + 1/2 log |X'X| -
    1/2 log |V| - 1/2 log |X'WX| - Q/2.
    """
    k, p = x.shape
    volume = -0.5 * np.log(1.0 / fit.weight).sum() - 0.5 * fit.q
    if not restricted:
        return float(volume - 0.5 * k * np.log(2.0 * np.pi))
    log_det = float(np.linalg.slogdet(fit.covariance)[1] + np.linalg.slogdet(x.T @ x)[1])
    return float(volume + 0.5 * log_det - 0.5 * (k - p) * np.log(2.0 * np.pi))


def _slope(fit: LinearFit, x: np.ndarray, *, restricted: bool) -> float:
    """Give twice the derivative of the log-likelihood in tau2: y'PPy - tr P (or tr W)."""
    spread = float((fit.weight * fit.residual) @ (fit.weight * fit.residual))
    return spread - (_trace(fit, x) if restricted else float(fit.weight.sum()))


def q_profile(
    y: np.ndarray, v: np.ndarray, x: np.ndarray, conf_level: float
) -> tuple[float, float]:
    """Bound the between-study variance by the Q-profile method.

    Q of weights 1 / (v + tau2) falls with tau2 and is chi-squared on k - p degrees of freedom at
    the true value: the limits are where it equals the quantiles; 0 where it is below them at 0.

    References
    ----------
    Viechtbauer W (2007) Stat Med 26:37, section 3.3.
    """
    df = v.size - x.shape[1]
    if df < 1:
        return float("nan"), float("nan")
    start = typical_variance(v, x)
    tail = (1.0 - conf_level) / 2.0
    lower, upper = (
        falling_root(
            lambda tau2, level=level: fit_linear(y, v, x, tau2).q - level,  # type: ignore[misc]  # no type is inferred through a default
            start,
        )
        for level in (float(chdtri(df, tail)), float(chdtri(df, 1.0 - tail)))
    )
    return lower, upper
