"""Standardised differences of two groups: of numbers, and of the shares of several levels.

Values come in as arrays without gaps. A difference is absolute: it has no direction where there
are more than two levels. NaN says that nothing varies within groups while the groups differ.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import pinvh

__all__ = ["difference_of_means", "difference_of_shares"]

_TIE = 1e-12


def difference_of_means(first: np.ndarray, second: np.ndarray) -> float:
    """Give |m_1 - m_2| / ((s_1^2 + s_2^2) / 2)^(1/2).

    Parameters
    ----------
    first, second
        shape (n_1,), (n_2,): values, two or more each.

    References
    ----------
    Austin PC (2009) Stat Med 28:3083, section 3.1.

    Examples
    --------
    >>> round(difference_of_means(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])), 4)
    1.2649
    """
    gap = abs(float(first.mean() - second.mean()))
    spread = float(np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2.0))
    return _ratio(gap, spread)


def difference_of_shares(first: np.ndarray, second: np.ndarray) -> float:
    """Give (d' S^-1 d)^(1/2), d the difference of the shares of all levels but one.

    Parameters
    ----------
    first, second
        shape (k,): counts of the same levels, some in each group.

    Notes
    -----
    S has [p_1k (1 - p_1k) + p_2k (1 - p_2k)] / 2 on its diagonal and
    -[p_1k p_1l + p_2k p_2l] / 2 beside it. With two levels this is Austin's (2009, section 3.2)
    |p_1 - p_2| / ([p_1 (1 - p_1) + p_2 (1 - p_2)] / 2)^(1/2). Which level is left out does not
    matter; levels that nobody has are.

    References
    ----------
    Yang D, Dalton JE (2012) A unified approach to measuring the effect size between two groups
    using SAS. SAS Global Forum, paper 335-2012.

    Examples
    --------
    >>> round(difference_of_shares(np.array([8, 8]), np.array([9, 33])), 4)
    0.6247
    """
    found = (first + second) > 0
    shares = [counts[found] / counts.sum() for counts in (first, second)]
    gap = (shares[0] - shares[1])[1:]
    within = [(np.diag(share) - np.outer(share, share))[1:, 1:] for share in shares]
    spread = (within[0] + within[1]) / 2.0
    if not gap.size:
        return 0.0
    inverse = pinvh(spread)
    # a difference outside what varies within groups has no scale
    if np.abs(spread @ inverse @ gap - gap).max() > np.sqrt(_TIE):
        return np.nan
    return float(np.sqrt(max(gap @ inverse @ gap, 0.0)))


def _ratio(gap: float, spread: float) -> float:
    if spread > 0.0:
        return gap / spread
    return 0.0 if gap == 0.0 else np.nan
