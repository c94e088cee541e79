"""Tests of numbers in groups by their ranks: Kruskal-Wallis and Wilcoxon (Mann-Whitney)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, ndtri

from atrisk.engine.contingency import pair_quantile
from atrisk.errors import InputError
from atrisk.estimators.result import Result, label_array
from atrisk.estimators.source import require_flag, require_level
from atrisk.estimators.table_input import grouped_values

__all__ = ["KruskalWallisTest", "WilcoxonTest", "kruskal_wallis_test", "wilcoxon_test"]

_EXACT_BELOW = 50  # R's rule


@dataclass(frozen=True, slots=True, repr=False)
class KruskalWallisTest(Result):
    """A test by ranks that values have the same distribution in all groups.

    Attributes
    ----------
    statistic, df, p_value
        chi-squared, corrected for ties.
    group
        shape (G,), labels.
    n
        shape (G,): values.
    median, lower_quartile, upper_quartile
        shape (G,), in the unit of the values; quartiles by R's type 7.
    mean_rank
        shape (G,): ranks from 1 over all values, ties share theirs.
    method
        by name.
    """

    statistic: float
    df: int
    p_value: float
    group: np.ndarray
    n: np.ndarray
    median: np.ndarray
    lower_quartile: np.ndarray
    upper_quartile: np.ndarray
    mean_rank: np.ndarray
    method: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give group, n, median, lower_quartile, upper_quartile, mean_rank."""
        names = ("group", "n", "median", "lower_quartile", "upper_quartile", "mean_rank")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True, repr=False)
class WilcoxonTest(Result):
    """Wilcoxon's rank-sum test that two groups have the same distribution.

    Attributes
    ----------
    statistic
        W of R, Mann-Whitney's U: pairs in which the first group's value is larger, ties 1/2.
    p_value
        two-sided.
    difference, lower, upper
        Hodges-Lehmann estimate of the shift, first group less second, and its limits.
    group
        shape (2,), labels.
    n
        shape (2,).
    median, lower_quartile, upper_quartile, mean_rank
        shape (2,), as in `KruskalWallisTest`.
    conf_level, method
        by name.
    """

    statistic: float
    p_value: float
    difference: float
    lower: float
    upper: float
    group: np.ndarray
    n: np.ndarray
    median: np.ndarray
    lower_quartile: np.ndarray
    upper_quartile: np.ndarray
    mean_rank: np.ndarray
    conf_level: float
    method: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give group, n, median, lower_quartile, upper_quartile, mean_rank."""
        names = ("group", "n", "median", "lower_quartile", "upper_quartile", "mean_rank")
        return {name: getattr(self, name) for name in names}


def kruskal_wallis_test(values: object, groups: object) -> KruskalWallisTest:
    """Test by ranks whether values have the same distribution in all groups.

    Parameters
    ----------
    values
        shape (n,), numbers.
    groups
        shape (n,), labels of at least two groups.

    Returns
    -------
    KruskalWallisTest

    Raises
    ------
    InputError
        a value or a group is missing, there is one group only, or all values are equal.

    Notes
    -----
    H = 12 / (n (n + 1)) sum n_g (mean rank_g - (n + 1) / 2)^2, divided by
    1 - sum (t^3 - t) / (n^3 - n) over sets of t tied values; chi-squared on G - 1 df.

    References
    ----------
    Kruskal WH, Wallis WA (1952) J Am Stat Assoc 47:583, eq. 1.2 and 1.3.

    Examples
    --------
    >>> test = kruskal_wallis_test([1, 2, 3, 4, 5, 6], ["a", "a", "b", "b", "c", "c"])
    >>> round(test.statistic, 4), test.df
    (4.5714, 2)
    """
    samples, labels = grouped_values(values, groups)
    statistic, df = _kruskal_wallis(samples), len(samples) - 1
    return KruskalWallisTest(
        statistic=statistic,
        df=df,
        p_value=float(chdtrc(df, statistic)),
        **_described(samples, labels),
        method="Kruskal-Wallis rank-sum test",
    )


def _ranks(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rank values, those that are tied by their mean rank; also give the sizes of the ties."""
    _, place, ties = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(ties) - (ties - 1) / 2.0)[place], ties


def _kruskal_wallis(samples: tuple[np.ndarray, ...]) -> float:
    """Give H, corrected for ties."""
    sizes = np.array([sample.size for sample in samples])
    ranks, ties = _ranks(np.concatenate(samples))
    n = float(ranks.size)
    means = np.array([part.mean() for part in np.split(ranks, np.cumsum(sizes)[:-1])])
    apart = 12.0 / (n * (n + 1.0)) * float(sizes @ (means - (n + 1.0) / 2.0) ** 2)
    tied = ties.astype(np.float64)
    return apart / (1.0 - float((tied**3 - tied).sum()) / (n**3 - n))


def _described(samples: tuple[np.ndarray, ...], labels: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Describe each group: size, quartiles and mean rank."""
    sizes = np.array([sample.size for sample in samples])
    ranks = np.split(_ranks(np.concatenate(samples))[0], np.cumsum(sizes)[:-1])
    quartiles = np.array([np.quantile(sample, [0.25, 0.5, 0.75]) for sample in samples])
    return {
        "group": label_array(labels),
        "n": sizes,
        "median": quartiles[:, 1],
        "lower_quartile": quartiles[:, 0],
        "upper_quartile": quartiles[:, 2],
        "mean_rank": np.array([part.mean() for part in ranks]),
    }


def wilcoxon_test(
    values: object,
    groups: object,
    *,
    exact: bool | None = None,
    continuity: bool = True,
    conf_level: float = 0.95,
) -> WilcoxonTest:
    """Test by Wilcoxon's rank sum (Mann-Whitney's U) whether two groups have one distribution.

    Parameters
    ----------
    values
        shape (n,), numbers.
    groups
        shape (n,), labels of two groups; the first (categories in their order, else sorted) is
        compared with the second.
    exact
        True for the exact distribution of the ranks, which there is without ties; False for the
        normal approximation; None takes the exact one where both groups have fewer than 50 values
        and there is no tie.
    continuity
        move the statistic by 1/2 towards its mean in the normal approximation.
    conf_level
        of the interval of the shift.

    Returns
    -------
    WilcoxonTest

    Raises
    ------
    InputError
        there are not two groups; ``exact=True`` with ties; or as in `kruskal_wallis_test`.

    Notes
    -----
    U = W_1 - n_1 (n_1 + 1) / 2. Its variance in the normal approximation is n_1 n_2 / 12
    (n + 1 - sum (t^3 - t) / (n (n - 1))). The estimate is the median of all differences between
    the groups; its limits are the C-th smallest and C-th largest of them, C from the exact
    distribution of U, or floor(n_1 n_2 / 2 - z (n_1 n_2 (n + 1) / 12)^(1/2)), not below 1.

    References
    ----------
    Wilcoxon F (1945) Biom Bull 1:80. Mann HB, Whitney DR (1947) Ann Math Stat 18:50. Hollander M,
    Wolfe DA (1999) Nonparametric Statistical Methods, 4.1-4.3. Hodges JL, Lehmann EL (1963) Ann
    Math Stat 34:598.

    Examples
    --------
    >>> test = wilcoxon_test([1.1, 2.2, 3.3, 0.4, 0.5], ["a", "a", "a", "b", "b"])
    >>> test.statistic, round(test.p_value, 4), round(test.difference, 4)
    (6.0, 0.2, 1.75)
    """
    from scipy.stats import mannwhitneyu

    require_level(conf_level)
    require_flag("exact", exact, optional=True)
    require_flag("continuity", continuity)
    samples, labels = grouped_values(values, groups)
    exactly = _is_exact(samples, labels, exact)
    found = mannwhitneyu(
        *samples, use_continuity=continuity, method="exact" if exactly else "asymptotic"
    )
    estimate, lower, upper = _shift(samples[0], samples[1], conf_level, exactly=exactly)
    how = "exact" if exactly else "normal approximation"
    corrected = " with continuity correction" if continuity and not exactly else ""
    return WilcoxonTest(
        statistic=float(found.statistic),
        p_value=float(found.pvalue),
        difference=estimate,
        lower=lower,
        upper=upper,
        **_described(samples, labels),
        conf_level=conf_level,
        method=f"Wilcoxon rank-sum test, {how}{corrected}",
    )


def _is_exact(
    samples: tuple[np.ndarray, ...],
    labels: tuple[str, ...],
    exact: bool | None,  # noqa: FBT001 - the option as it was given
) -> bool:
    if len(samples) != 2:
        raise InputError(
            f"Wilcoxon's test compares two groups; there are {len(samples)}: {', '.join(labels)}. "
            "Choose two of them, or use kruskal_wallis_test."
        )
    together = np.concatenate(samples)
    tied = np.unique(together).size < together.size
    if exact and tied:
        raise InputError(
            "exact=True, but there are ties among the values: the exact distribution is that of "
            "distinct ranks. Use exact=None or exact=False, the normal approximation with ties."
        )
    small = max(sample.size for sample in samples) < _EXACT_BELOW
    return small and not tied if exact is None else exact


def _shift(
    first: np.ndarray, second: np.ndarray, conf_level: float, *, exactly: bool
) -> tuple[float, float, float]:
    """Estimate the shift between two groups and bound it by order statistics of differences."""
    pairs = first.size * second.size
    middle = [pair_quantile(first, second, rank) for rank in ((pairs + 1) // 2, pairs // 2 + 1)]
    alpha = 1.0 - conf_level
    if exactly:
        rank = _exact_rank(first.size, second.size, alpha / 2.0)
    else:
        spread = np.sqrt(pairs * (first.size + second.size + 1.0) / 12.0)
        rank = int(np.floor(pairs / 2.0 + float(ndtri(alpha / 2.0)) * spread))
    rank = max(rank, 1)
    lower = pair_quantile(first, second, rank)
    upper = pair_quantile(first, second, pairs + 1 - rank)
    return float(np.mean(middle)), lower, upper


def _exact_rank(n: int, m: int, tail: float) -> int:
    """Give the smallest u with P(U <= u) >= tail, as R's ``qwilcox``."""
    return int(np.searchsorted(np.cumsum(_u_distribution(n, m)), tail, side="left"))


def _u_distribution(n: int, m: int) -> np.ndarray:
    """Give P(U = u), u = 0..n m, by the largest value: it is of the first group with n / (n + m).

    Mann HB, Whitney DR (1947) Ann Math Stat 18:50, eq. 6.
    """
    above = [np.ones(1) for _ in range(m + 1)]  # P for no value in the first group
    for i in range(1, n + 1):
        row = [np.ones(1)]
        for j in range(1, m + 1):
            chance = np.zeros(i * j + 1)
            chance[j:] += i / (i + j) * above[j]
            chance[: i * (j - 1) + 1] += j / (i + j) * row[j - 1]
            row.append(chance)
        above = row
    return above[m]
