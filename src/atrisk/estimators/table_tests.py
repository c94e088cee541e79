"""Tests of tables of counts: Fisher's exact test and Pearson's chi-squared test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from atrisk.engine.contingency import exact_work, table_log_probability, table_p_value
from atrisk.errors import InputError
from atrisk.estimators.result import Result, label_array
from atrisk.estimators.source import require_choice, require_flag, require_level
from atrisk.estimators.table_input import Counts, counts_of

__all__ = ["ChiSquaredTest", "FisherTest", "chi_squared_test", "fisher_test"]

_MOST_TABLES = 4_000_000
_SMALL = 5.0
_BLOCK = 10_000  # tables drawn at once
_TIE = 1e-7


@dataclass(frozen=True, slots=True, repr=False)
class FisherTest(Result):
    """Fisher's exact test that the rows of a table have the same proportions.

    Attributes
    ----------
    p_value
        two-sided unless ``alternative`` says otherwise.
    p_error
        standard error of a P value from drawn tables; 0 for an exact one.
    sample_odds_ratio
        ad / bc of a 2 x 2 table (infinite where bc = 0); NaN for larger tables.
    odds_ratio, lower, upper
        conditional maximum-likelihood estimate given the margins, and its exact limits; NaN for
        larger tables.
    conf_level, alternative, method
        by name.
    table
        shape (r, c), counts.
    groups, outcomes
        labels.
    """

    p_value: float
    p_error: float
    sample_odds_ratio: float
    odds_ratio: float
    lower: float
    upper: float
    conf_level: float
    alternative: str
    method: str
    table: np.ndarray
    groups: tuple[str, ...]
    outcomes: tuple[str, ...]

    def columns(self) -> dict[str, np.ndarray]:
        """Give n, p_value, p_error, sample_odds_ratio, odds_ratio, lower, upper: one row."""
        names = ("p_value", "p_error", "sample_odds_ratio", "odds_ratio", "lower", "upper")
        shown = {name: np.array([getattr(self, name)]) for name in names}
        return {"n": np.array([int(self.table.sum())]), **shown}


@dataclass(frozen=True, slots=True, repr=False)
class ChiSquaredTest(Result):
    """Pearson's chi-squared test that the rows of a table have the same proportions.

    Attributes
    ----------
    statistic, df, p_value
        chi-squared.
    table, expected
        shape (r, c): counts, and those expected if rows and columns were independent.
    groups, outcomes
        labels.
    method, note
        by name; the note says where expected counts are small.
    """

    statistic: float
    df: int
    p_value: float
    table: np.ndarray
    expected: np.ndarray
    groups: tuple[str, ...]
    outcomes: tuple[str, ...]
    method: str
    note: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give row, column, observed, expected: one line a cell."""
        r, c = self.table.shape
        return {
            "row": np.repeat(label_array(self.groups), c),
            "column": np.tile(label_array(self.outcomes), r),
            "observed": self.table.ravel(),
            "expected": self.expected.ravel(),
        }


def fisher_test(
    data: object,
    outcome: object = None,
    *,
    alternative: str = "two-sided",
    conf_level: float = 0.95,
    draws: int | None = None,
    seed: int | None = None,
) -> FisherTest:
    """Test by Fisher's exact test whether the rows of a table have the same proportions.

    Parameters
    ----------
    data
        counts of shape (r, c); a mapping row label -> counts, or row label -> column label ->
        count; a frame of counts, whose index or first column of text labels the rows; or labels
        of shape (n,).
    outcome
        labels of shape (n,), one column of the table each, where ``data`` holds labels.
    alternative
        ``"two-sided"``; for 2 x 2 tables also ``"greater"`` or ``"less"`` (odds ratio above or
        below 1), whose interval is one-sided too.
    conf_level
        of the exact interval of the odds ratio (2 x 2).
    draws, seed
        both given: estimate P from that many random tables with the same margins instead.

    Returns
    -------
    FisherTest

    Raises
    ------
    InputError
        counts are negative or not whole, a row or column is empty, the table is too large to be
        enumerated, or draws come without a seed.

    Notes
    -----
    Two-sided P is the sum of the probabilities of all tables with the same margins that are no
    likelier than the one observed (relative tolerance 1e-7). The odds ratio of a 2 x 2 table is
    the conditional maximum-likelihood estimate; its limits invert the two one-sided tests, so
    they may disagree with the two-sided P near its level. From B drawn tables of which k are no
    likelier, P = (k + 1) / (B + 1) with standard error (P (1 - P) / B)^(1/2).

    References
    ----------
    Fisher RA (1935) J R Stat Soc 98:39. Freeman GH, Halton JH (1951) Biometrika 38:141 (r x c).
    Cornfield J (1956) Proc 3rd Berkeley Symp 4:135 (the interval). Patefield WM (1981) Appl Stat
    30:91 (drawn tables).

    Examples
    --------
    >>> fisher = fisher_test({"double alkylators": [8, 8], "others": [9, 33]})
    >>> round(fisher.p_value, 4), round(fisher.odds_ratio, 2)
    (0.0519, 3.57)
    """
    require_level(conf_level)
    require_choice("alternative", alternative, ("two-sided", "greater", "less"))
    counts = counts_of(data, outcome)
    _require_two_by_two(counts, alternative)
    p_value, p_error, how = _fisher_p(counts, alternative, draws, seed)
    return FisherTest(
        p_value=p_value,
        p_error=p_error,
        **_odds(counts, alternative, conf_level),
        conf_level=conf_level,
        alternative=alternative,
        method=how,
        table=counts.table,
        groups=counts.rows,
        outcomes=counts.columns,
    )


def _require_two_by_two(counts: Counts, alternative: str) -> None:
    if alternative != "two-sided" and counts.table.shape != (2, 2):
        raise InputError(
            f"alternative={alternative!r} has a direction, which only a 2 x 2 table has; this one "
            f"is {counts.table.shape[0]} x {counts.table.shape[1]}. Use 'two-sided'."
        )


def _fisher_p(
    counts: Counts, alternative: str, draws: int | None, seed: int | None
) -> tuple[float, float, str]:
    if draws is not None or seed is not None:
        return _drawn_p(counts, alternative, draws, seed)
    if alternative != "two-sided":
        from scipy.stats import fisher_exact

        return float(fisher_exact(counts.table, alternative).pvalue), 0.0, "Fisher's exact test"
    work = exact_work(counts.table)
    if work > _MOST_TABLES:
        raise InputError(
            f"the table is too large for an exact P value: {work:.2g} partial tables, the most is "
            f"{_MOST_TABLES:.2g}. Pass draws=100_000, seed=1 to estimate P from random tables, "
            "or use chi_squared_test."
        )
    return table_p_value(counts.table), 0.0, "Fisher's exact test"


def _drawn_p(
    counts: Counts, alternative: str, draws: int | None, seed: int | None
) -> tuple[float, float, str]:
    from scipy.stats import random_table

    if draws is None or seed is None or draws < 1 or alternative != "two-sided":
        raise InputError(
            f"draws={draws!r}, seed={seed!r}: give both, such as draws=100_000, seed=1, and "
            "alternative='two-sided', so that the P value can be found again."
        )
    rng = np.random.default_rng(seed)
    margins = random_table(counts.table.sum(axis=1), counts.table.sum(axis=0))
    limit = float(table_log_probability(counts.table)) + _TIE
    rarer = 0
    for begin in range(0, draws, _BLOCK):
        tables = margins.rvs(min(_BLOCK, draws - begin), random_state=rng)
        rarer += int((table_log_probability(np.asarray(tables)) <= limit).sum())
    p_value = (rarer + 1.0) / (draws + 1.0)
    error = float(np.sqrt(p_value * (1.0 - p_value) / draws))
    return p_value, error, f"Fisher's test from {draws} random tables (seed {seed})"


def _odds(counts: Counts, alternative: str, conf_level: float) -> dict[str, float]:
    if counts.table.shape != (2, 2):
        names = ("sample_odds_ratio", "odds_ratio", "lower", "upper")
        return dict.fromkeys(names, np.nan)
    from scipy.stats.contingency import odds_ratio

    (a, b), (c, d) = counts.table.tolist()
    found = odds_ratio(counts.table, kind="conditional")
    limits = found.confidence_interval(conf_level, alternative)
    return {
        "sample_odds_ratio": a * d / (b * c) if b * c else np.inf,
        "odds_ratio": float(found.statistic),
        "lower": float(limits.low),
        "upper": float(limits.high),
    }


def chi_squared_test(
    data: object,
    outcome: object = None,
    *,
    continuity: bool = True,
) -> ChiSquaredTest:
    """Test by Pearson's chi-squared whether the rows of a table have the same proportions.

    Parameters
    ----------
    data, outcome
        as in `fisher_test`.
    continuity
        Yates's correction, for 2 x 2 tables only: every |observed - expected| is made smaller by
        1/2, or by itself where it is less.

    Returns
    -------
    ChiSquaredTest

    Raises
    ------
    InputError
        as in `fisher_test`.

    Notes
    -----
    sum (observed - expected)^2 / expected on (r - 1)(c - 1) df. The distribution is approximate;
    a note names how many expected counts are below 5.

    References
    ----------
    Pearson K (1900) Philos Mag 50:157. Yates F (1934) Suppl J R Stat Soc 1:217. Cochran WG (1954)
    Biometrics 10:417 (expected counts of 5).

    Examples
    --------
    >>> round(chi_squared_test([[8, 8], [9, 33]], continuity=False).p_value, 4)
    0.0326
    """
    from scipy.stats import chi2_contingency

    require_flag("continuity", continuity)
    counts = counts_of(data, outcome)
    found = chi2_contingency(counts.table, correction=continuity)
    yates = continuity and counts.table.shape == (2, 2)
    small = int((counts.expected < _SMALL).sum())
    cells = counts.expected.size
    note = (
        f"{small} of {cells} expected counts are below 5: prefer fisher_test, which is exact."
        if small
        else ""
    )
    return ChiSquaredTest(
        statistic=float(found.statistic),
        df=int(found.dof),
        p_value=float(found.pvalue),
        table=counts.table,
        expected=counts.expected,
        groups=counts.rows,
        outcomes=counts.columns,
        method="Pearson's chi-squared test" + (" with Yates's correction" if yates else ""),
        note=note,
    )
