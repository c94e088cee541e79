"""Binomial-normal model of events in several arms of a study.

Of total_ij patients of arm j of study i, events_ij are binomial with logit p_ij = x_ij' beta +
sigma s_i + tau a_ij; s_i and a_ij are standard normal. The likelihood of a study is an integral
over s of a product, over its arms, of integrals over a. Both are taken by Gauss-Hermite quadrature
about the mode of the integrand (outer: of the product of integrals), scaled by its curvature; score
and information as in `meta_glmm`, with d = (x, s, a) for (beta, sigma, tau).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from atrisk.engine.meta_glmm import BinomialRows, Rule, covariance_of, fit_glmm, fit_logit, hermite
from atrisk.engine.meta_newton import NEAR_ZERO, Point, maximise

__all__ = ["ArmsGlmmFit", "arms_log_likelihood", "fit_glmm_arms"]

_STARTS = ((0.7, 0.3), (0.3, 0.7))
_INNER_STEPS = 60
_OUTER_STEPS = 30
_TOLERANCE = 1e-8  # quadrature hardly feels where exactly it is centred


@dataclass(frozen=True, slots=True)
class ArmsGlmmFit:
    """Where Newton's method ended.

    Attributes
    ----------
    beta, covariance
        shape (p,) and (p, p).
    sigma, tau
        standard deviations between studies and between arms of a study.
    loglik
        with the binomial coefficients.
    converged
        whether no step raised the likelihood further.
    """

    beta: np.ndarray
    covariance: np.ndarray
    sigma: float
    tau: float
    loglik: float
    converged: bool


@dataclass(frozen=True, slots=True)
class _Inner:
    """Arms integrated over a at values of s, shape (k, o): o outer nodes, q inner ones.

    ``loglik`` of shape (k, o); ``share`` the posterior of a, ``a`` and ``eta`` of shape (k, o, q).
    """

    loglik: np.ndarray
    share: np.ndarray
    a: np.ndarray
    eta: np.ndarray


def _inner(rows: BinomialRows, fixed: np.ndarray, tau: float, rule: Rule) -> _Inner:
    """Integrate each arm over a; ``fixed`` (k, o) is the rest of its logit."""
    r, n = rows.events[:, None], rows.total[:, None]
    mode = np.zeros_like(fixed)
    for _ in range(_INNER_STEPS):
        p = expit(fixed + tau * mode)
        step = (tau * (r - n * p) - mode) / (1.0 + tau * tau * n * p * (1.0 - p))
        mode = mode + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < _TOLERANCE:
            break
    p = expit(fixed + tau * mode)
    scale = np.sqrt(2.0 / (1.0 + tau * tau * n * p * (1.0 - p)))
    a = mode[..., None] + scale[..., None] * rule.nodes
    eta = fixed[..., None] + tau * a
    height = r[..., None] * eta - n[..., None] * np.logaddexp(0.0, eta) - 0.5 * a * a + rule.height
    top = height.max(axis=-1)
    mass = np.exp(height - top[..., None])
    sums = mass.sum(axis=-1)
    loglik = top + np.log(sums) + np.log(scale) - 0.5 * np.log(2.0 * np.pi)
    return _Inner(loglik, mass / sums[..., None], a, eta)


def _moments(rows: BinomialRows, inner: _Inner) -> tuple[np.ndarray, np.ndarray]:
    """Give the posterior mean of the residual, and of curvature less its variance, (k, o)."""
    p = expit(inner.eta)
    n = rows.total[:, None, None]
    residual = rows.events[:, None, None] - n * p
    first = (inner.share * residual).sum(-1)
    second = (inner.share * (n * p * (1.0 - p) - residual**2)).sum(-1)
    return first, second + first**2


def _centres(
    rows: BinomialRows, fixed: np.ndarray, codes: np.ndarray, sigma: float, tau: float, rule: Rule
) -> tuple[np.ndarray, np.ndarray]:
    """Find, for each study, the s at which its integrand is highest, and the scale there."""
    s = np.zeros(int(codes.max()) + 1)
    curve = np.ones_like(s)
    for _ in range(_OUTER_STEPS):
        inner = _inner(rows, (fixed + sigma * s[codes])[:, None], tau, rule)
        first, second = _moments(rows, inner)
        slope = sigma * np.bincount(codes, first[:, 0]) - s
        curve = 1.0 + sigma * sigma * np.maximum(np.bincount(codes, second[:, 0]), 0.0)
        step = np.clip(slope / curve, -2.0, 2.0)
        if np.abs(step).max() < _TOLERANCE:
            break
        s = s + step
    return s, np.sqrt(2.0 / curve)


def arms_log_likelihood(rows: BinomialRows, codes: np.ndarray, at: np.ndarray, nodes: int) -> float:
    """Give the log-likelihood at (beta, sigma, tau)."""
    rule = hermite(nodes)
    return _point(rows, codes, at, rule, rule).loglik


def _point(
    rows: BinomialRows, codes: np.ndarray, at: np.ndarray, outer_rule: Rule, inner_rule: Rule
) -> Point:
    beta, sigma, tau = at[:-2], float(at[-2]), float(at[-1])
    fixed = rows.x @ beta + rows.offset
    centre, scale = _centres(rows, fixed, codes, sigma, tau, inner_rule)
    s = centre[:, None] + scale[:, None] * outer_rule.nodes
    inner = _inner(rows, fixed[:, None] + sigma * s[codes], tau, inner_rule)
    sums = np.zeros_like(s)
    np.add.at(sums, codes, inner.loglik)
    height = sums - 0.5 * s * s + outer_rule.height
    top = height.max(axis=1)
    mass = np.exp(height - top[:, None])
    total = mass.sum(axis=1)
    loglik = float((top + np.log(total) + np.log(scale)).sum()) + rows.constant
    loglik -= 0.5 * s.shape[0] * float(np.log(2.0 * np.pi))
    return Point(loglik, *_derivatives(rows, codes, s, mass / total[:, None], inner))


def _derivatives(
    rows: BinomialRows, codes: np.ndarray, s: np.ndarray, outer: np.ndarray, inner: _Inner
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Apply Fisher's identity for the score and Louis's for the information."""
    p = expit(inner.eta)
    n = rows.total[:, None, None]
    residual = rows.events[:, None, None] - n * p
    spread = n * p * (1.0 - p)
    k, width = rows.x.shape
    # d of every arm at every pair of nodes: x and s do not vary over the inner ones
    steady = np.empty((k, s.shape[1], width + 1))
    steady[..., :width] = rows.x[:, None, :]
    steady[..., width] = s[codes]
    w = inner.share
    mean = _stacked(steady, (w * residual).sum(-1), (w * residual * inner.a).sum(-1))
    weights = [w * (spread - residual**2) * inner.a**power for power in range(3)]
    zero, one, two = (part.sum(-1) for part in weights)
    full = np.empty((k, s.shape[1], width + 2, width + 2))
    full[..., :-1, :-1] = steady[..., :, None] * steady[..., None, :] * zero[..., None, None]
    full[..., :-1, -1] = full[..., -1, :-1] = steady * one[..., None]
    full[..., -1, -1] = two
    full += mean[..., :, None] * mean[..., None, :]  # curvature less variance, over a
    by_study = np.zeros((s.shape[0], *mean.shape[1:]))
    np.add.at(by_study, codes, mean)
    scores = np.einsum("io,iop->ip", outer, by_study)
    within = np.einsum("ko,kopq->pq", outer[codes], full)
    squares = scores.T @ scores
    between = np.einsum("io,iop,ioq->pq", outer, by_study, by_study)
    return scores.sum(0), within - between + squares, squares


def _stacked(steady: np.ndarray, plain: np.ndarray, moving: np.ndarray) -> np.ndarray:
    return np.concatenate([steady * plain[..., None], moving[..., None]], axis=-1)


def fit_glmm_arms(rows: BinomialRows, codes: np.ndarray, nodes: int) -> ArmsGlmmFit:
    """Maximise the likelihood over the coefficients and both standard deviations.

    Parameters
    ----------
    rows
        as in `fit_glmm`, one an arm.
    codes
        shape (k,), the study of each arm, 0, 1, ...
    nodes
        of each quadrature.

    Notes
    -----
    Candidates are maxima inside, with one deviation 0, and with both 0; the highest counts.
    """
    p = rows.x.shape[1]
    rule, single = hermite(nodes), hermite(1)
    flat = fit_glmm(rows, nodes)
    none = fit_logit(rows)
    found = [
        ArmsGlmmFit(none.beta, none.covariance, 0.0, 0.0, none.loglik, none.converged),
        ArmsGlmmFit(flat.beta, flat.covariance, 0.0, flat.tau, flat.loglik, flat.converged),
    ]
    spreads = np.arange(p + 2) >= p
    for free_tau, pairs in ((False, ((0.5, 0.0),)), (True, _STARTS)):
        inner = rule if free_tau else single
        free = np.append(np.ones(p + 1, dtype=bool), free_tau)
        for pair in pairs:
            end = maximise(
                lambda at, inner=inner: _point(rows, codes, at, rule, inner),  # type: ignore[misc]  # no type is inferred through a default
                np.append(flat.beta, pair),
                free,
                spreads,
            )
            sigma, tau = np.abs(end.at[-2:])
            if sigma < NEAR_ZERO or (free_tau and tau < NEAR_ZERO):
                continue
            covariance = covariance_of(end, free, p)
            found.append(
                ArmsGlmmFit(
                    end.at[:p],
                    covariance,
                    float(sigma),
                    float(tau),
                    end.point.loglik,
                    end.converged,
                )
            )
    return max(found, key=lambda fit: fit.loglik)
