"""The log-rank family: observed and expected events, and the covariance of their difference."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.linalg import eigh
from scipy.special import chdtrc

from atrisk.engine.influence import Rows, clustered_squares
from atrisk.engine.product_limit import hazard_increments

__all__ = ["chi_squared", "holm", "logrank_scores", "logrank_weights", "robust_covariance"]

# eigenvalues of a correlation matrix below this share of the largest are rounding
_RANK = 1e-12


def logrank_weights(
    at_risk: np.ndarray, events: np.ndarray, starts: np.ndarray, rho: float
) -> np.ndarray:
    """Give the weight S(t-)^rho of each cell, S pooled over groups within a stratum.

    Parameters
    ----------
    at_risk, events
        shape (G, M).
    starts
        shape (S + 1,): where each stratum's cells begin.
    rho
        0 is the log-rank test, 1 the Peto-Peto form of Wilcoxon's.

    Returns
    -------
    ndarray, shape (M,)

    References
    ----------
    Harrington DP, Fleming TR (1982) Biometrika 69:553.
    """
    weights = np.ones(at_risk.shape[1])
    if rho == 0:
        return weights
    kept = 1.0 - hazard_increments(at_risk.sum(axis=0), events.sum(axis=0))
    for begin, end in pairwise(starts):
        weights[begin + 1 : end] = np.cumprod(kept[begin : end - 1]) ** rho
    return weights


def logrank_scores(
    at_risk: np.ndarray, events: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compare observed with expected events under equal hazards.

    Parameters
    ----------
    at_risk, events
        shape (G, M), cells of all strata.
    weights
        shape (M,).

    Returns
    -------
    observed, expected : ndarray, shape (G,)
        sum of W d_g and of W d Y_g / Y.
    covariance : ndarray, shape (G, G)
        of observed - expected: sum of W^2 d (Y - d) / (Y - 1) (Y_g / Y) (1{g=h} - Y_h / Y), the
        hypergeometric variance given the margins.

    References
    ----------
    Mantel N (1966) Cancer Chemother Rep 50:163. Peto R, Peto J (1972) J R Stat Soc A 135:185.
    Kalbfleisch JD, Prentice RL (2002), 1.5.
    """
    total, dead = at_risk.sum(axis=0), events.sum(axis=0)
    share = hazard_increments(np.broadcast_to(total, at_risk.shape), at_risk)
    observed, expected = events @ weights, share @ (weights * dead)
    spread = np.divide(
        weights**2 * dead * (total - dead), total - 1.0, out=np.zeros_like(total), where=total > 1.0
    )
    covariance = np.diag(share @ spread) - (share * spread) @ share.T
    return observed, expected, covariance


def robust_covariance(
    at_risk: np.ndarray, events: np.ndarray, starts: np.ndarray, weights: np.ndarray, rows: Rows
) -> np.ndarray:
    """Sum the products of every row's (or cluster's) part in observed - expected.

    Row i of group g has the part w_i (W(e) event_i (1{g} - share(e)) - sum over its time at risk
    of W dN/Y (1{g} - share)), the score residual of the Cox model with groups as covariates.

    Parameters
    ----------
    at_risk, events
        shape (G, M).
    starts
        shape (S + 1,): where each stratum's cells begin.
    weights
        shape (M,).
    rows
        R rows placed in those cells.

    Returns
    -------
    ndarray, shape (G, G)

    References
    ----------
    Lin DY, Wei LJ (1989) J Am Stat Assoc 84:1074, eq. 2.4.
    """
    total, dead = at_risk.sum(axis=0), events.sum(axis=0)
    share = hazard_increments(np.broadcast_to(total, at_risk.shape), at_risk)
    rate = weights * hazard_increments(total, dead)
    own, mixed = _cumsum(rate, starts), _cumsum(rate * share, starts)
    spent, mixed_spent = own[rows.exit], mixed[:, rows.exit]
    if rows.entry is not None:
        spent, mixed_spent = spent - own[rows.entry], mixed_spent - mixed[:, rows.entry]
    jump = np.where(rows.cause > 0, weights[rows.exit], 0.0)
    part = mixed_spent - jump * share[:, rows.exit]
    part[rows.group, np.arange(rows.exit.size)] += jump - spent
    return clustered_squares((rows.weight * part).T, rows.cluster)


def _cumsum(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Sum from the start of each stratum, along the last axis."""
    out = np.empty_like(values)
    for begin, end in pairwise(starts):
        np.cumsum(values[..., begin:end], axis=-1, out=out[..., begin:end])
    return out


def chi_squared(score: np.ndarray, covariance: np.ndarray) -> tuple[float, int, float]:
    """Test that all scores are zero, by their quadratic form in the inverse covariance.

    Parameters
    ----------
    score
        shape (q,), in the range of ``covariance``.
    covariance
        shape (q, q). Its rank is the degrees of freedom: q - 1 for the scores of q groups, which
        sum to zero, and less where a group was never at risk beside another.

    Returns
    -------
    statistic : float
        NaN where the rank is 0, or where a variance is negative, as Gray's can be in very small
        samples.
    df : int
    p_value : float
    """
    variances = np.diag(covariance)
    kept = variances > 0
    if not kept.any() or variances.min() < -_RANK * variances.max():
        return float("nan"), 0, float("nan")
    scale = np.sqrt(variances[kept])
    values, vectors = eigh(covariance[np.ix_(kept, kept)] / np.outer(scale, scale))
    real = values > _RANK * values[-1]
    part = vectors[:, real].T @ (score[kept] / scale)
    statistic = float(np.sum(part**2 / values[real]))
    df = int(real.sum())
    return statistic, df, float(chdtrc(df, statistic))


def holm(p_values: np.ndarray) -> np.ndarray:
    """Adjust P values for multiple tests by Holm's step-down rule.

    Parameters
    ----------
    p_values
        shape (q,).

    Returns
    -------
    ndarray, shape (q,)

    References
    ----------
    Holm S (1979) Scand J Stat 6:65.
    """
    order = np.argsort(p_values, kind="stable")
    steps = p_values[order] * np.arange(p_values.size, 0, -1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted
