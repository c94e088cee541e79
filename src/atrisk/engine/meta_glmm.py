"""Binomial-normal model of events: random-intercept logistic regression by maximum likelihood.

Of total_i patients of study i, events_i are binomial with logit p_i = x_i' beta + tau z_i,
z_i standard normal. With eta = x_i' beta + tau z the likelihood of a study is

    L_i = C(total_i, events_i) integral exp(events_i eta - total_i log(1 + e^eta)) phi(z) dz

1. The integral: Gauss-Hermite quadrature about the mode of the integrand, scaled by its curvature
   (Liu Q, Pierce DA (1994) Biometrika 81:624). Zero and full cells need no correction. Where twice
   the nodes change the likelihood (a large tau with empty cells: the integrand is one-sided), the
   trapezoid rule on an even grid takes over.
2. The score: posterior mean of the score given z, d = (x, z), d (events - total p) (Fisher's
   identity).
3. The information: Louis TA (1982) J R Stat Soc B 44:226, equation 3.1.
4. Newton's method in (beta, tau), `meta_newton`. The likelihood is even in tau.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import expit, gammaln

from atrisk.engine.meta_newton import NEAR_ZERO, Maximum, Point, maximise

__all__ = [
    "BinomialRows",
    "GlmmFit",
    "Rule",
    "covariance_of",
    "even_rule",
    "fit_glmm",
    "fit_held",
    "fit_logit",
    "hermite",
    "log_likelihood",
]

_STARTS = (0.3, 1.2)
_MODE_STEPS = 60
_ROUGH = 1e-10  # of the log-likelihood: what more nodes may change
_ROUGH_START = 1e-5
_REACH = 8.6  # beyond it, from its mode, an integrand is below 1e-16 of its height
_MOST_NODES = 8000
_SINGULAR = 1e-14
_MODE_TOLERANCE = 1e-6  # the quadrature hardly feels where exactly it is centred


@dataclass(frozen=True, slots=True)
class BinomialRows:
    """What the likelihood is made of.

    Attributes
    ----------
    events, total
        shape (k,), 0 <= events <= total.
    x
        shape (k, p), of full rank.
    offset
        shape (k,), added to x beta.
    """

    events: np.ndarray
    total: np.ndarray
    x: np.ndarray
    offset: np.ndarray

    @property
    def constant(self) -> float:
        """Sum of the logarithms of the binomial coefficients."""
        n, r = self.total, self.events
        return float((gammaln(n + 1.0) - gammaln(r + 1.0) - gammaln(n - r + 1.0)).sum())


@dataclass(frozen=True, slots=True)
class GlmmFit:
    """Where Newton's method ended.

    Attributes
    ----------
    beta, tau
        shape (p,), and the standard deviation between studies, >= 0.
    loglik
        with the binomial coefficients.
    covariance
        shape (p, p): the block of beta of the inverse information, tau included where it is free
        and above 0.
    converged
        whether the last step could not raise the likelihood.
    steps
        number of Newton steps.
    """

    beta: np.ndarray
    tau: float
    loglik: float
    covariance: np.ndarray
    converged: bool
    steps: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A quadrature rule for integrals over z, centred at the mode of each integrand.

    Attributes
    ----------
    nodes
        shape (q,).
    height
        shape (q,): logarithms of the weights, less that of what a Gauss rule leaves out.
    scaled
        whether nodes are stretched by the curvature at the mode.
    """

    nodes: np.ndarray
    height: np.ndarray
    scaled: bool


@lru_cache(maxsize=16)
def hermite(nodes: int) -> Rule:
    """Give Gauss and Hermite's rule, about the mode and scaled by the curvature there."""
    t, weight = np.polynomial.hermite.hermgauss(nodes)
    height = np.log(weight) + t * t
    t.setflags(write=False)
    height.setflags(write=False)
    return Rule(t, height, scaled=True)


def even_rule(rows: BinomialRows, tau: float) -> Rule:
    """Give the trapezoid rule about the mode, fine enough for any study at this tau and near it.

    The integrand has its nearest poles at distance pi / tau from the real line, so the error falls
    like exp(-2 pi^2 / (tau step)); its logarithm curves at least like that of a normal density.

    References
    ----------
    Trefethen LN, Weideman JAC (2014) SIAM Rev 56:385, theorem 5.1.
    """
    narrow = 1.0 / np.sqrt(1.0 + (1.25 * tau) ** 2 * float(rows.total.max()) / 4.0)
    step = max(min(0.7 * narrow, 0.6 / max(tau, 0.1)), 2.0 * _REACH / _MOST_NODES)
    nodes = np.arange(-_REACH, _REACH + step, step)
    return Rule(nodes, np.full(nodes.size, np.log(step)), scaled=False)


def _log1pexp(eta: np.ndarray) -> np.ndarray:
    return np.asarray(np.logaddexp(0.0, eta))


def _modes(rows: BinomialRows, fixed: np.ndarray, tau: float) -> np.ndarray:
    """Find the z at which each integrand is highest: the logarithm is concave."""
    r, others = rows.events + 0.5, rows.total - rows.events + 0.5
    weight = r * others / (r + others)
    z = np.clip(tau * weight * (np.log(r / others) - fixed) / (1.0 + tau * tau * weight), -8.0, 8.0)
    for _ in range(_MODE_STEPS):
        p = expit(fixed + tau * z)
        slope = tau * (rows.events - rows.total * p) - z
        step = slope / (1.0 + tau * tau * rows.total * p * (1.0 - p))
        # far from the mode the curvature may be nearly that of z alone: no step is longer than 2
        z = z + np.clip(step, -2.0, 2.0)
        if np.abs(step).max(initial=0.0) < _MODE_TOLERANCE:
            break
    return np.asarray(z)


def log_likelihood(rows: BinomialRows, beta: np.ndarray, tau: float, rule: Rule) -> float:
    """Give the log-likelihood at one point, with the binomial coefficients."""
    return _point(rows, beta, tau, rule).loglik


def _point(rows: BinomialRows, beta: np.ndarray, tau: float, rule: Rule) -> Point:
    """Work out the likelihood, score and information in (beta, tau)."""
    fixed = rows.x @ beta + rows.offset
    mode = _modes(rows, fixed, tau)
    p = expit(fixed + tau * mode)
    scale = np.ones(mode.size)
    if rule.scaled:
        scale = np.sqrt(2.0 / (1.0 + tau * tau * rows.total * p * (1.0 - p)))
    z = mode[:, None] + scale[:, None] * rule.nodes
    eta = fixed[:, None] + tau * z
    height = rows.events[:, None] * eta - rows.total[:, None] * _log1pexp(eta) - 0.5 * z * z
    height = height + rule.height
    top = height.max(axis=1)
    mass = np.exp(height - top[:, None])
    sums = mass.sum(axis=1)
    loglik = float((top + np.log(sums) + np.log(scale)).sum())
    loglik += rows.constant - 0.5 * z.shape[0] * float(np.log(2.0 * np.pi))
    share = mass / sums[:, None]
    return Point(loglik, *_derivatives(rows, eta, z, share))


def _derivatives(
    rows: BinomialRows, eta: np.ndarray, z: np.ndarray, share: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    p = expit(eta)
    residual = rows.events[:, None] - rows.total[:, None] * p
    spread = rows.total[:, None] * p * (1.0 - p)
    # moments over the posterior of z: of the residual, and of curvature less squared residual
    first, first_z = (share * residual).sum(1), (share * residual * z).sum(1)
    left = share * (spread - residual**2)
    none, one, two = left.sum(1), (left * z).sum(1), (left * z * z).sum(1)
    x = rows.x
    scores = np.column_stack([x * first[:, None], first_z])
    cross = (x * one[:, None]).sum(0)
    squares = scores.T @ scores
    corner = np.array([[two.sum()]])
    info = np.block([[x.T @ (x * none[:, None]), cross[:, None]], [cross[None, :], corner]])
    return scores.sum(0), info + squares, squares


def fit_logit(rows: BinomialRows) -> GlmmFit:
    """Fit without variation between studies: logistic regression of the counts."""
    logit = np.log((rows.events + 0.5) / (rows.total - rows.events + 0.5)) - rows.offset
    weight = np.sqrt(rows.total)[:, None]
    start = np.linalg.lstsq(rows.x * weight, logit * weight[:, 0], rcond=None)[0]
    free = np.append(np.ones(start.size, dtype=bool), False)
    return _told(_climb(rows, np.append(start, 0.0), free, 1), free)


def fit_glmm(rows: BinomialRows, nodes: int) -> GlmmFit:
    """Maximise the likelihood over the coefficients and the variation between studies.

    Parameters
    ----------
    rows
        what the likelihood is made of; some study must have events and not all, see
        `BinomialRows`.
    nodes
        of the quadrature.

    Returns
    -------
    GlmmFit
        the higher maximum of two starts, with tau 0 where the likelihood is highest there.
    """
    none = fit_logit(rows)
    free = np.ones(none.beta.size + 1, dtype=bool)
    found = [_told(_climb(rows, np.append(none.beta, t), free, nodes), free) for t in _STARTS]
    best = max(found, key=lambda fit: fit.loglik)
    return none if best.tau < NEAR_ZERO or best.loglik <= none.loglik else best


def fit_held(rows: BinomialRows, start: np.ndarray, free: np.ndarray, nodes: int) -> Maximum:
    """Maximise with some of the parameters (beta, tau) held.

    Parameters
    ----------
    rows, nodes
        as in `fit_glmm`.
    start
        shape (p + 1,).
    free
        shape (p + 1,), which may move. A free tau starts away from 0, and is 0 in the end where
        the likelihood is not higher elsewhere.

    Returns
    -------
    Maximum
        its score holds the derivatives in the held parameters too.
    """
    if not free[-1]:
        return _climb(rows, start, free, nodes)
    begin = start.copy()
    begin[-1] = max(abs(begin[-1]), _STARTS[0])
    found = _climb(rows, begin, free, nodes)
    if abs(found.at[-1]) >= NEAR_ZERO:
        return found
    none = found.at.copy()
    none[-1] = 0.0
    return _climb(rows, none, free & (np.arange(free.size) < free.size - 1), nodes)


def _climb(rows: BinomialRows, start: np.ndarray, free: np.ndarray, nodes: int) -> Maximum:
    """Climb by Gauss and Hermite's rule, and once more by the even one where that is too rough."""
    spreads = np.arange(start.size) == start.size - 1

    def climb(at: np.ndarray, rule: Rule) -> Maximum:
        return maximise(
            lambda here: _point(rows, here[:-1], float(here[-1]), rule), at, free, spreads
        )

    if not (free[-1] or start[-1]):
        return climb(start, hermite(1))
    if not _is_rough(rows, start, nodes, _ROUGH_START):
        found = climb(start, hermite(nodes))
        if found.converged and not _is_rough(rows, found.at, nodes, _ROUGH):
            return found
        start = found.at if abs(found.at[-1]) >= NEAR_ZERO else start
    return climb(start, even_rule(rows, abs(float(start[-1]))))


def _is_rough(rows: BinomialRows, at: np.ndarray, nodes: int, much: float) -> bool:
    """Say whether twice the nodes change the likelihood."""
    coarse, fine = (
        log_likelihood(rows, at[:-1], float(at[-1]), hermite(size))
        for size in (nodes, 2 * nodes + 1)
    )
    return abs(fine - coarse) > much * max(1.0, abs(fine))


def _told(found: Maximum, free: np.ndarray) -> GlmmFit:
    end = abs(float(found.at[-1]))
    counted = free.copy()
    counted[-1] &= end >= NEAR_ZERO
    covariance = covariance_of(found, counted, free.size - 1)
    return GlmmFit(found.at[:-1], end, found.point.loglik, covariance, found.converged, found.steps)


def covariance_of(found: Maximum, counted: np.ndarray, p: int) -> np.ndarray:
    """Invert the information of the parameters that count and give the block of the first p.

    All NaN where it is not positive definite: the likelihood has no maximum there.
    """
    info = found.point.info[np.ix_(counted, counted)]
    values = np.linalg.eigvalsh(info)
    if not values.min() > _SINGULAR * values.max():
        return np.full((p, p), np.nan)
    return np.asarray(np.linalg.inv(info)[:p, :p])
