"""Case diagnostics of inverse-variance models: what each study does to the fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from atrisk.engine.meta_linear import LinearFit, between_variance, fit_linear

__all__ = ["CaseDiagnostics", "Egger", "case_diagnostics", "egger"]


@dataclass(frozen=True, slots=True)
class CaseDiagnostics:
    """What each study does to the fit, each of shape (k,) unless said.

    Attributes
    ----------
    rstudent
        studentised deleted residual.
    dffits
        change of the study's fitted value when it is left out, in standard errors.
    cook
        squared change of all coefficients, in the metric of their covariance.
    cov_ratio
        determinant of the covariance without the study over that with it.
    tau2_deleted, q_deleted
        variance between studies and Q without the study.
    hat
        leverage.
    weight
        in per cent.
    dfbetas
        shape (k, p), change of each coefficient in standard errors.
    """

    rstudent: np.ndarray
    dffits: np.ndarray
    cook: np.ndarray
    cov_ratio: np.ndarray
    tau2_deleted: np.ndarray
    q_deleted: np.ndarray
    hat: np.ndarray
    weight: np.ndarray
    dfbetas: np.ndarray


@dataclass(frozen=True, slots=True)
class Egger:
    """A line through effects against a measure of precision.

    Attributes
    ----------
    slope, std_error, statistic, df
        of the line, with a dispersion estimated from the residuals.
    limit
        the effect where the measure is 0.
    limit_error
        its standard error.
    spread
        mean squared weighted residual.
    """

    slope: float
    std_error: float
    statistic: float
    df: int
    limit: float
    limit_error: float
    spread: float


def _factor(fit: LinearFit, rule: str) -> float:
    """Give the factor on the covariance: 1, or Knapp and Hartung's."""
    if rule == "none":
        return 1.0
    factor = fit.q / (fit.residual.size - fit.beta.size)
    return max(1.0, factor) if rule == "adhoc" else factor


def case_diagnostics(
    y: np.ndarray, v: np.ndarray, x: np.ndarray, *, tau2_rule: str, scaling: str
) -> CaseDiagnostics:
    """Refit without each study in turn.

    Parameters
    ----------
    y, v, x
        as in `meta_linear`; each study can be left out without x losing rank.
    tau2_rule
        one of `TAU2`.
    scaling
        of the covariance: ``"none"``, ``"knapp-hartung"`` or ``"adhoc"``.

    Notes
    -----
    With (i) for the fit without study i, s its factor on the covariance C: rstudent = (y_i - x_i'
    b(i)) / (s(i) (v_i + tau2(i) + x_i' C(i) x_i))^1/2; dffits = x_i' (b - b(i)) / (s(i) h_i (v_i +
    tau2(i)))^1/2; cook = (b - b(i))' (s C)^-1 (b - b(i)); dfbetas: standard errors of all studies
    at tau2(i), times s(i)^1/2.

    References
    ----------
    Viechtbauer W, Cheung MW-L (2010) Res Synth Methods 1:112, section 3.
    """
    full = fit_linear(y, v, x, between_variance(y, v, x, tau2_rule))
    spread = full.covariance * _factor(full, scaling)
    hat = np.einsum("ij,jk,ik->i", x, full.covariance, x) * full.weight
    rows = [
        _without(y, v, x, i, full, spread, float(hat[i]), tau2_rule, scaling) for i in range(y.size)
    ]
    rstudent, dffits, cook, cov_ratio, tau2_deleted, q_deleted, dfbetas = (
        np.array(values) for values in zip(*rows, strict=True)
    )
    return CaseDiagnostics(
        rstudent=rstudent,
        dffits=dffits,
        cook=cook,
        cov_ratio=cov_ratio,
        tau2_deleted=tau2_deleted,
        q_deleted=q_deleted,
        hat=hat,
        weight=100.0 * full.weight / full.weight.sum(),
        dfbetas=dfbetas,
    )


def _without(
    y: np.ndarray,
    v: np.ndarray,
    x: np.ndarray,
    i: int,
    full: LinearFit,
    spread: np.ndarray,
    hat: float,
    tau2_rule: str,
    scaling: str,
) -> tuple[float, float, float, float, float, float, np.ndarray]:
    rest = np.arange(y.size) != i
    data = y[rest], v[rest], x[rest]
    tau2 = between_variance(*data, tau2_rule)
    fit = fit_linear(*data, tau2)
    factor = _factor(fit, scaling)
    away = y[i] - x[i] @ fit.beta
    error2 = factor * (v[i] + tau2 + x[i] @ fit.covariance @ x[i])
    change = full.beta - fit.beta
    at_full = fit_linear(y, v, x, tau2).covariance
    q_deleted = fit_linear(*data, 0.0).q
    return (
        float(away / np.sqrt(error2)),
        float(x[i] @ change / np.sqrt(factor * hat * (v[i] + tau2))),
        float(change @ np.linalg.solve(spread, change)),
        float(np.linalg.det(fit.covariance * factor) / np.linalg.det(spread)),
        tau2,
        q_deleted,
        change / np.sqrt(factor * np.diag(at_full)),
    )


def egger(y: np.ndarray, v: np.ndarray, measure: np.ndarray) -> Egger:
    """Regress effects on a measure of imprecision, weights 1 / v.

    References
    ----------
    Egger M, Davey Smith G, Schneider M, Minder C (1997) BMJ 315:629; the same line as effect /
    error against 1 / error where the measure is the standard error.
    """
    fit = fit_linear(y, v, np.column_stack([np.ones(y.size), measure]), 0.0)
    df = y.size - 2
    spread = fit.q / df
    limit_error, slope_error = np.sqrt(np.diag(fit.covariance) * spread)
    slope = float(fit.beta[1])
    return Egger(
        slope=slope,
        std_error=float(slope_error),
        statistic=slope / float(slope_error) if slope_error else float("inf"),
        df=df,
        limit=float(fit.beta[0]),
        limit_error=float(limit_error),
        spread=spread,
    )
