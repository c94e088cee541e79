"""Tests that compare groups: the log-rank family and Gray's test."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc

from atrisk.engine.gray import gray_scores
from atrisk.engine.logrank import (
    chi_squared,
    holm,
    logrank_scores,
    logrank_weights,
    robust_covariance,
)
from atrisk.engine.tally import Tally, at_risk, select_groups
from atrisk.errors import InputError
from atrisk.estimators.result import Result, label_array
from atrisk.estimators.source import (
    Source,
    dropped_of,
    full_tally,
    numbers_from,
    require_choice,
    require_number,
    robust_rows,
    wants_robust,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.sources.histories import Dropped

__all__ = [
    "GrayTest",
    "LogRankTest",
    "PairwiseTests",
    "gray_test",
    "logrank_test",
    "pairwise_logrank_test",
]


# a variance below this share of its terms is what rounding left of 0
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, repr=False)
class LogRankTest(Result):
    """A test that hazards are equal in all groups.

    Attributes
    ----------
    statistic, df, p_value
        chi-squared.
    group
        shape (G,), labels.
    n
        shape (G,): rows.
    observed, expected
        shape (G,): (weighted) events, and those expected if hazards were equal.
    covariance
        shape (G, G): of observed - expected.
    method, variance
        by name.
    dropped
        the rows left out, and why.
    """

    statistic: float
    df: int
    p_value: float
    group: np.ndarray
    n: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    covariance: np.ndarray
    method: str
    variance: str
    dropped: Dropped = field(repr=False)

    def columns(self) -> dict[str, np.ndarray]:
        """Give group, n, observed, expected."""
        names = ("group", "n", "observed", "expected")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True, repr=False)
class PairwiseTests(Result):
    """Log-rank tests of every pair of groups, with P values adjusted for their number.

    Attributes
    ----------
    group_1, group_2
        shape (q,), labels.
    statistic, df, p_value, p_adjusted
        shape (q,).
    method, adjust
        by name.
    """

    group_1: np.ndarray
    group_2: np.ndarray
    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray
    p_adjusted: np.ndarray
    method: str
    adjust: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give group_1, group_2, statistic, df, p_value, p_adjusted."""
        names = ("group_1", "group_2", "statistic", "df", "p_value", "p_adjusted")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True, repr=False)
class GrayTest(Result):
    """Tests that the cumulative incidence of a cause is equal in all groups, one row a cause.

    Attributes
    ----------
    cause
        shape (C,), labels.
    statistic, df, p_value
        shape (C,): chi-squared; NaN where nobody had an event of the cause.
    method
        by name.
    dropped
        the rows left out, and why.
    """

    cause: np.ndarray
    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray
    method: str
    dropped: Dropped = field(repr=False)

    def columns(self) -> dict[str, np.ndarray]:
        """Give cause, statistic, df, p_value."""
        names = ("cause", "statistic", "df", "p_value")
        return {name: getattr(self, name) for name in names}


def logrank_test(
    h: Source,
    rho: float = 0,
    trend: bool | Sequence[float] = False,  # noqa: FBT001, FBT002 - the field's word
    variance: str | None = None,
) -> LogRankTest:
    """Test whether hazards are equal in all groups, within strata where there are any.

    Parameters
    ----------
    h
        histories (or a tally) with at least two groups; events of every cause count.
    rho
        weight S(t-)^rho: 0 is the log-rank test, 1 the Peto-Peto test.
    trend
        True tests for a trend over the groups in their order (scores 1, 2, ...); or give one
        score a group.
    variance
        ``"model"`` (hypergeometric; whole weights count as repeated rows) or ``"robust"`` (by row,
        or by subject). None chooses robust where a weight is not a whole number or a subject
        has several rows, else model.

    Returns
    -------
    LogRankTest

    Raises
    ------
    InputError
        there is only one group, or nobody had the event, or scores do not fit the groups.

    Notes
    -----
    O_g - E_g = sum W (d_g - d Y_g / Y), with hypergeometric covariance; the statistic is its
    quadratic form on one df less than there are groups ever at risk with an event. A trend test
    is (sum s_g (O_g - E_g))^2 / s'Vs on 1 df.

    References
    ----------
    Mantel N (1966) Cancer Chemother Rep 50:163.
    Harrington DP, Fleming TR (1982) Biometrika 69:553 (rho). Tarone RE (1975) Biometrika 62:679
    (trend). Lin DY, Wei LJ (1989) J Am Stat Assoc 84:1074 (robust).

    Examples
    --------
    >>> from atrisk import Histories
    >>> h = Histories.from_arrays(
    ...     [1, 2, 3, 4], [1, 1, 1, 1], group=["a", "a", "b", "b"], unit="months", origin="entry"
    ... )
    >>> round(logrank_test(h).statistic, 4)
    2.8824
    """
    require_choice("variance", variance, (None, "model", "robust"))
    _require_rho(rho)
    table = full_tally(h)
    _require_comparable(table)
    robust = wants_robust(table) if variance is None else variance == "robust"
    risk, events = at_risk(table), table.events.sum(axis=0)
    weights = logrank_weights(risk, events, table.starts, rho)
    observed, expected, covariance = logrank_scores(risk, events, weights)
    if robust:
        covariance = robust_covariance(risk, events, table.starts, weights, robust_rows(h, table))
    scores = _scores(trend, table.groups)
    test = (
        chi_squared(observed - expected, covariance)
        if scores is None
        else _along(scores, observed - expected, covariance)
    )
    return LogRankTest(
        *test,
        group=label_array(table.groups),
        n=table.rows,
        observed=observed,
        expected=expected,
        covariance=covariance,
        method=_method(rho, scores, table),
        variance="robust" if robust else "model",
        dropped=dropped_of(h),
    )


def _require_rho(rho: float) -> None:
    if not np.isfinite(require_number("rho", rho, "a number; 0 is the log-rank weight")):
        raise InputError(f"rho={rho!r}: give a finite number; 0 weighs all events alike.")


def _require_comparable(table: Tally) -> None:
    if len(table.groups) < 2:
        raise InputError(
            f"a comparison needs at least two groups; there is {table.groups[0]!r} alone. "
            "Name the column of groups with group=..."
        )
    if not table.events.any():
        raise InputError(
            "nobody had the event: every row is censored, so there is nothing to compare. "
            "Check the event column and its codes."
        )


def _scores(trend: bool | Sequence[float], groups: tuple[str, ...]) -> np.ndarray | None:  # noqa: FBT001
    if trend is False:
        return None
    wanted = f"True, or one score for each of the groups {groups}"
    scores = (
        np.arange(1.0, len(groups) + 1.0) if trend is True else numbers_from("trend", trend, wanted)
    )
    if scores.shape != (len(groups),) or not np.isfinite(scores).all() or not np.ptp(scores):
        raise InputError(
            f"trend={trend!r}: give one finite score for each of the groups {groups}, "
            "not all equal."
        )
    return scores


def _along(
    scores: np.ndarray, difference: np.ndarray, covariance: np.ndarray
) -> tuple[float, int, float]:
    spread = float(scores @ covariance @ scores)
    if spread <= _ROUNDING * float(scores**2 @ np.diag(covariance)):
        return float("nan"), 0, float("nan")
    statistic = float(scores @ difference) ** 2 / spread
    return statistic, 1, float(chdtrc(1, statistic))


def _method(rho: float, scores: np.ndarray | None, table: Tally) -> str:
    name = "log-rank test" if rho == 0 else f"G-rho test, rho = {rho:g}"
    if scores is not None:
        name += f" for trend, scores {', '.join(f'{score:g}' for score in scores)}"
    return name + (", stratified" if len(table.strata) > 1 else "")


def pairwise_logrank_test(h: Source, rho: float = 0, adjust: str = "holm") -> PairwiseTests:
    """Compare every pair of groups, each pair by itself.

    Parameters
    ----------
    h
        histories (or a tally) with at least two groups.
    rho
        as in `logrank_test`.
    adjust
        ``"holm"`` (default), ``"bonferroni"`` or ``"none"``.

    Returns
    -------
    PairwiseTests

    Raises
    ------
    InputError
        as in `logrank_test`, or the weights are fractional, for which only the test of all
        groups has its robust variance.

    References
    ----------
    Holm S (1979) Scand J Stat 6:65.

    Examples
    --------
    >>> from atrisk import Histories
    >>> h = Histories.from_arrays(
    ...     [1, 2, 3, 4, 5, 6], [1] * 6, group=list("aabbcc"), unit="months", origin="entry"
    ... )
    >>> pairwise_logrank_test(h).p_adjusted.round(3)
    array([0.269, 0.269, 0.269])
    """
    require_choice("adjust", adjust, ("holm", "bonferroni", "none"))
    _require_rho(rho)
    table = full_tally(h)
    _require_comparable(table)
    if wants_robust(table):
        raise InputError(
            "pairwise tests take whole weights and one row a subject. Compare two groups at a "
            "time with logrank_test, which has a robust variance."
        )
    pairs = list(combinations(range(len(table.groups)), 2))
    tests = [_pair(table, pair, rho) for pair in pairs]
    p_value = np.array([p for _, _, p in tests])
    labels = label_array(table.groups)
    return PairwiseTests(
        group_1=labels[[i for i, _ in pairs]],
        group_2=labels[[j for _, j in pairs]],
        statistic=np.array([statistic for statistic, _, _ in tests]),
        df=np.array([df for _, df, _ in tests]),
        p_value=p_value,
        p_adjusted=_adjusted(p_value, adjust),
        method=_method(rho, None, table),
        adjust=adjust,
    )


def _pair(table: Tally, pair: tuple[int, int], rho: float) -> tuple[float, int, float]:
    both = select_groups(table, pair)
    risk, events = at_risk(both), both.events.sum(axis=0)
    weights = logrank_weights(risk, events, both.starts, rho)
    observed, expected, covariance = logrank_scores(risk, events, weights)
    return chi_squared(observed - expected, covariance)


def _adjusted(p_value: np.ndarray, adjust: str) -> np.ndarray:
    """Adjust the P values of the tests that are defined; a pair without events has none."""
    out = p_value.copy()
    known = ~np.isnan(p_value)
    if adjust == "holm":
        out[known] = holm(p_value[known])
    elif adjust == "bonferroni":
        out[known] = np.minimum(p_value[known] * known.sum(), 1.0)
    return out


def gray_test(h: Source, rho: float = 0) -> GrayTest:
    """Test whether the cumulative incidence of each cause is equal in all groups.

    Parameters
    ----------
    h
        histories (or a tally) with at least two groups; within strata where there are any.
        Weights must be whole numbers, and count as repeated rows.
    rho
        weight (1 - F(t-))^rho, F the pooled incidence.

    Returns
    -------
    GrayTest
        one row a cause.

    Raises
    ------
    InputError
        there is only one group, nobody had an event, or weights are fractional.

    References
    ----------
    Gray RJ (1988) Ann Stat 16:1141. Statistic and variance as R's ``cmprsk::cuminc``.

    Examples
    --------
    >>> from atrisk import Histories
    >>> h = Histories.from_arrays(
    ...     [1, 2, 3, 4, 5, 6], [1, 2, 1, 2, 1, 0], group=list("ababab"),
    ...     causes={"relapse": 1, "death": 2}, unit="months", origin="transplant",
    ... )
    >>> gray_test(h).df
    array([1, 1])
    """
    _require_rho(rho)
    table = full_tally(h)
    _require_comparable(table)
    if wants_robust(table):
        raise InputError(
            "Gray's test has no variance for fractional weights or for several rows of one "
            "subject. Use whole weights and one row a subject."
        )
    risk = at_risk(table)
    tests = [_gray(risk, table, cause, rho) for cause in range(len(table.causes))]
    statistic, df, p_value = (np.array(part) for part in zip(*tests, strict=True))
    return GrayTest(
        cause=label_array(table.causes),
        statistic=statistic,
        df=df,
        p_value=p_value,
        method=f"Gray's test, rho = {rho:g}" + (", stratified" if len(table.strata) > 1 else ""),
        dropped=dropped_of(h),
    )


def _gray(risk: np.ndarray, table: Tally, cause: int, rho: float) -> tuple[float, int, float]:
    score, covariance = gray_scores(risk, table.events, table.starts, cause, rho)
    return chi_squared(score, covariance)
