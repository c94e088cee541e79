"""Tests of means of groups: Student's and Welch's t, and one-way analysis of variance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc, stdtr, stdtrit

from atrisk.errors import InputError
from atrisk.estimators.result import Result, label_array
from atrisk.estimators.source import require_flag, require_level
from atrisk.estimators.table_input import grouped_values

__all__ = ["AnovaTest", "TTest", "anova_test", "t_test"]


@dataclass(frozen=True, slots=True, repr=False)
class TTest(Result):
    """A t test that two groups have the same mean.

    Attributes
    ----------
    statistic, df, p_value
        t, its degrees of freedom, two-sided P.
    difference, lower, upper
        of the means, first group less second, and its limits.
    group
        shape (2,), labels.
    n, mean, sd
        shape (2,); the divisor of the standard deviation is n - 1.
    conf_level, method
        by name.
    """

    statistic: float
    df: float
    p_value: float
    difference: float
    lower: float
    upper: float
    group: np.ndarray
    n: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    conf_level: float
    method: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give group, n, mean, sd."""
        return {name: getattr(self, name) for name in ("group", "n", "mean", "sd")}


@dataclass(frozen=True, slots=True, repr=False)
class AnovaTest(Result):
    """A one-way analysis of variance: that all groups have the same mean.

    Attributes
    ----------
    statistic, df, df_within, p_value
        F, its degrees of freedom between and within groups, P.
    group
        shape (G,), labels.
    n, mean, sd
        shape (G,); the divisor of the standard deviation is n - 1.
    method
        by name.
    """

    statistic: float
    df: int
    df_within: int
    p_value: float
    group: np.ndarray
    n: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    method: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give group, n, mean, sd."""
        return {name: getattr(self, name) for name in ("group", "n", "mean", "sd")}


def t_test(
    values: object, groups: object, *, equal_variances: bool = False, conf_level: float = 0.95
) -> TTest:
    """Test by a t test whether two groups have the same mean.

    Parameters
    ----------
    values
        shape (n,), numbers.
    groups
        shape (n,), labels of two groups; the first (categories in their order, else sorted) is
        compared with the second.
    equal_variances
        False: Welch's test; True: Student's, with one variance for both groups.
    conf_level
        of the interval of the difference.

    Returns
    -------
    TTest

    Raises
    ------
    InputError
        there are not two groups, a group has fewer than two values or nothing varies within
        groups; or as in `kruskal_wallis_test`.

    Notes
    -----
    t = (m_1 - m_2) / s. Welch: s^2 = s_1^2 / n_1 + s_2^2 / n_2 on
    s^4 / (sum (s_g^2 / n_g)^2 / (n_g - 1)) df. Student: s^2 = v (1 / n_1 + 1 / n_2), v the pooled
    variance, on n - 2 df.

    References
    ----------
    Student (1908) Biometrika 6:1. Welch BL (1947) Biometrika 34:28; Satterthwaite FE (1946)
    Biom Bull 2:110 (the degrees of freedom).

    Examples
    --------
    >>> found = t_test([1.0, 2.0, 3.0, 5.0, 7.0], ["a", "a", "a", "b", "b"])
    >>> round(found.statistic, 4), round(found.df, 4), round(found.p_value, 4)
    (-3.4641, 1.6842, 0.0941)
    """
    require_level(conf_level)
    require_flag("equal_variances", equal_variances)
    samples, labels = grouped_values(values, groups)
    _require_two(labels)
    _require_spread(samples, labels)
    n, mean, sd = _moments(samples)
    share = sd**2 / n
    if equal_variances:
        df = float(n.sum() - 2)
        error = np.sqrt(((n - 1) @ sd**2) / df * (1.0 / n).sum())
    else:
        df = float(share.sum() ** 2 / (share**2 / (n - 1)).sum())
        error = np.sqrt(share.sum())
    difference = float(mean[0] - mean[1])
    half = float(stdtrit(df, (1.0 + conf_level) / 2.0) * error)
    return TTest(
        statistic=float(difference / error),
        df=df,
        p_value=float(2.0 * stdtr(df, -abs(difference / error))),
        difference=difference,
        lower=difference - half,
        upper=difference + half,
        group=label_array(labels),
        n=n,
        mean=mean,
        sd=sd,
        conf_level=conf_level,
        method="Student's t test" if equal_variances else "Welch's t test",
    )


def anova_test(values: object, groups: object) -> AnovaTest:
    """Test by one-way analysis of variance whether all groups have the same mean.

    Parameters
    ----------
    values
        shape (n,), numbers.
    groups
        shape (n,), labels of at least two groups.

    Returns
    -------
    AnovaTest

    Raises
    ------
    InputError
        nothing varies within groups; or as in `kruskal_wallis_test`.

    Notes
    -----
    F = [sum n_g (m_g - m)^2 / (G - 1)] / [sum (n_g - 1) s_g^2 / (n - G)], one variance for all
    groups. For two groups F is the square of Student's t.

    References
    ----------
    Fisher RA (1925) Statistical Methods for Research Workers, chapter 7.

    Examples
    --------
    >>> found = anova_test([1, 2, 3, 5, 7], ["a", "a", "a", "b", "b"])
    >>> round(found.statistic, 4), found.df, found.df_within
    (14.4, 1, 3)
    """
    samples, labels = grouped_values(values, groups)
    n, mean, sd = _moments(samples)
    within = float((n - 1) @ sd**2)
    free = int(n.sum()) - len(samples)
    if free < 1 or within <= 0.0:
        raise InputError("nothing varies within groups: means cannot be compared.")
    between = float(n @ (mean - (n @ mean) / n.sum()) ** 2)
    df = len(samples) - 1
    statistic = between / df / (within / free)
    return AnovaTest(
        statistic=statistic,
        df=df,
        df_within=free,
        p_value=float(fdtrc(df, free, statistic)),
        group=label_array(labels),
        n=n,
        mean=mean,
        sd=sd,
        method="one-way analysis of variance",
    )


def _require_two(labels: tuple[str, ...]) -> None:
    if len(labels) != 2:
        raise InputError(
            f"a t test compares two groups; there are {len(labels)}: {', '.join(labels)}. Choose "
            "two of them, or use anova_test."
        )


def _require_spread(samples: tuple[np.ndarray, ...], labels: tuple[str, ...]) -> None:
    for sample, label in zip(samples, labels, strict=True):
        if sample.size < 2:
            raise InputError(f"group {label!r} has one value: its variance cannot be estimated.")
    if not any(np.ptp(sample) > 0.0 for sample in samples):
        raise InputError("nothing varies within groups: means cannot be compared.")


def _moments(samples: tuple[np.ndarray, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the size, mean and standard deviation of each group; that of one value counts 0."""
    sd = [sample.std(ddof=1) if sample.size > 1 else 0.0 for sample in samples]
    return (
        np.array([sample.size for sample in samples]),
        np.array([sample.mean() for sample in samples]),
        np.array(sd),
    )
