"""Estimates and tests after some coefficients are set to zero, from the full model's fit alone.

At the maximum a log-likelihood is nearly quadratic. Its maximum with the coefficients q at zero is
then, with beta and V of the full fit and r the coefficients that stay,

    beta_r - V_rq V_qq^-1 beta_q,   with covariance  V_rr - V_rq V_qq^-1 V_qr,

and twice the fall of the log-likelihood is Wald's beta_q' V_qq^-1 beta_q.

References
----------
Lawless and Singhal (1978), Biometrics 34:318, section 2.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import chdtrc

__all__ = ["chi_squared_tail", "reduced", "wald"]


def wald(beta: np.ndarray, vcov: np.ndarray, columns: np.ndarray) -> float:
    """Give beta_q' V_qq^-1 beta_q of some coefficients.

    Parameters
    ----------
    beta, vcov
        shapes (p,) and (p, p), V positive definite.
    columns
        shape (q,): which coefficients.
    """
    part = beta[columns]
    return float(part @ cho_solve(cho_factor(vcov[np.ix_(columns, columns)]), part))


def reduced(
    beta: np.ndarray, vcov: np.ndarray, removed: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Set some coefficients to zero.

    Parameters
    ----------
    beta, vcov
        shapes (p,) and (p, p), V positive definite.
    removed
        shape (q,): the coefficients set to zero.

    Returns
    -------
    stay : ndarray
        shape (p - q,): the other coefficients, in order.
    beta, vcov : ndarray
        shapes (p - q,) and (p - q, p - q): their approximate estimates and covariance.
    """
    stay = np.setdiff1d(np.arange(beta.size), removed)
    link = vcov[np.ix_(stay, removed)]
    factor = cho_factor(vcov[np.ix_(removed, removed)])
    moved = beta[stay] - link @ cho_solve(factor, beta[removed])
    shrunk = vcov[np.ix_(stay, stay)] - link @ cho_solve(factor, link.T, check_finite=False)
    return stay, moved, 0.5 * (shrunk + shrunk.T)


def chi_squared_tail(statistic: float, df: int) -> float:
    """Give the P value of a chi-squared statistic; 1 without degrees of freedom."""
    return float(chdtrc(df, statistic)) if df else 1.0
