"""What all regressions share: their table of coefficients and the tests on it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.special import chdtrc, ndtr, ndtri

from atrisk.errors import AtRiskWarning, InputError
from atrisk.estimators.result import Result, label_array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.formulas import Term

__all__ = [
    "OverallTests",
    "TermTests",
    "aliased_columns",
    "coefficient_table",
    "likelihood_ratio",
    "overall_tests",
    "quadratic_test",
    "require_clusters",
    "require_term",
    "term_tests",
    "wald_limits",
    "wald_term_tests",
]

# a column that the columns before it explain up to this share is a combination of them
_COLLINEAR = 1e-10
# a column that varies less than this share of its squares does not vary
_CONSTANT = 1e-11


@dataclass(frozen=True, slots=True, repr=False)
class OverallTests(Result):
    """Tests that all coefficients are zero.

    Attributes
    ----------
    test
        shape (q,): ``likelihood ratio``, ``Wald``, ``score``, and ``robust score`` where the
        variance is robust.
    statistic, df, p_value
        shape (q,): chi-squared.
    """

    test: np.ndarray
    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray

    def columns(self) -> dict[str, np.ndarray]:
        """Give test, statistic, df, p_value."""
        return {
            "test": self.test,
            "statistic": self.statistic,
            "df": self.df,
            "p_value": self.p_value,
        }


@dataclass(frozen=True, slots=True, repr=False)
class TermTests(Result):
    """Tests of the terms of a model, each with all its columns at once.

    Attributes
    ----------
    term
        shape (q,).
    statistic, df, p_value
        shape (q,): chi-squared.
    kind
        ``Wald`` or ``likelihood ratio``.
    """

    term: np.ndarray
    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray
    kind: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give term, statistic, df, p_value."""
        return {
            "term": self.term,
            "statistic": self.statistic,
            "df": self.df,
            "p_value": self.p_value,
        }


def overall_tests(found: Sequence[tuple[str, tuple[float, int, float]]]) -> OverallTests:
    """Put named tests into a table."""
    statistic, df, p_value = zip(*(numbers for _, numbers in found), strict=True)
    return OverallTests(
        test=label_array(tuple(name for name, _ in found)),
        statistic=np.array(statistic, dtype=float),
        df=np.array(df),
        p_value=np.array(p_value, dtype=float),
    )


def term_tests(
    terms: Sequence[Term], found: Sequence[tuple[float, int, float]], kind: str
) -> TermTests:
    """Put one test a term into a table."""
    return TermTests(
        term=label_array(tuple(term.name for term in terms)),
        statistic=np.array([test[0] for test in found], dtype=float),
        df=np.array([test[1] for test in found], dtype=np.int64),
        p_value=np.array([test[2] for test in found], dtype=float),
        kind=kind,
    )


def wald_term_tests(terms: Sequence[Term], estimate: np.ndarray, vcov: np.ndarray) -> TermTests:
    """Test each term by its coefficients and their covariance.

    Parameters
    ----------
    terms
        with their columns.
    estimate, vcov
        shapes (p,) and (p, p).
    """
    tests = []
    for term in terms:
        columns = list(term.columns)
        tests.append(quadratic_test(estimate[columns], vcov[np.ix_(columns, columns)]))
    return term_tests(terms, tests, "Wald")


def quadratic_test(value: np.ndarray, covariance: np.ndarray) -> tuple[float, int, float]:
    """Test that all of ``value`` are zero by value' covariance^-1 value, a chi-squared.

    Returns
    -------
    statistic, df, p_value
        NaN where the covariance is not positive definite, as for infinite estimates.
    """
    df = value.size
    if not (df and np.isfinite(covariance).all() and np.isfinite(value).all()):
        return float("nan"), df, float("nan")
    try:
        statistic = float(value @ cho_solve(cho_factor(covariance), value))
    except np.linalg.LinAlgError:
        return float("nan"), df, float("nan")
    return statistic, df, float(chdtrc(df, statistic))


def likelihood_ratio(loglik: float, smaller: float, df: int) -> tuple[float, int, float]:
    """Compare two nested models by twice the difference of their log-likelihoods."""
    statistic = max(2.0 * (loglik - smaller), 0.0)
    return statistic, df, float(chdtrc(df, statistic)) if df else float("nan")


def wald_limits(
    estimate: np.ndarray, std_error: np.ndarray, conf_level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Give estimate -+ z std_error, z the normal quantile."""
    reach = float(ndtri(0.5 + conf_level / 2.0)) * std_error
    return estimate - reach, estimate + reach


def coefficient_table(
    names: Sequence[str], estimate: np.ndarray, vcov: np.ndarray, conf_level: float
) -> dict[str, np.ndarray]:
    """Make the columns of a table of coefficients with Wald's interval and test.

    Parameters
    ----------
    names
        of the p coefficients.
    estimate, vcov
        shapes (p,) and (p, p).
    conf_level
        such as 0.95.

    Returns
    -------
    dict
        term, estimate, std_error, ratio, lower, upper (of the ratio), statistic, p_value; shape
        (p,) each.
    """
    std_error = np.sqrt(np.diag(vcov))
    lower, upper = wald_limits(estimate, std_error, conf_level)
    statistic = np.divide(
        estimate, std_error, out=np.full_like(estimate, np.nan), where=std_error > 0
    )
    with np.errstate(over="ignore"):
        ratio, lower, upper = np.exp(estimate), np.exp(lower), np.exp(upper)
    return {
        "term": label_array(tuple(names)),
        "estimate": estimate,
        "std_error": std_error,
        "ratio": ratio,
        "lower": lower,
        "upper": upper,
        "statistic": statistic,
        "p_value": 2.0 * ndtr(-np.abs(statistic)),
    }


def aliased_columns(
    information: np.ndarray, squares: np.ndarray | None = None
) -> dict[int, tuple[int, ...]]:
    """Find columns that carry no information beside the columns before them.

    Parameters
    ----------
    information
        shape (p, p), symmetric, positive semi-definite.
    squares
        shape (p,): what each column's information would be if it did not have to vary among
        those at risk together; None for its information.

    Returns
    -------
    dict
        column -> the earlier columns that it is a combination of; none for a column that does
        not vary among those at risk.
    """
    own = np.maximum(np.diag(information), 0.0)
    whole = own if squares is None else squares
    scale = np.sqrt(own)
    found: dict[int, tuple[int, ...]] = {}
    kept: list[int] = []
    # the Cholesky factor of the correlations of the columns kept so far
    factor = np.zeros(information.shape)
    for column in range(information.shape[0]):
        if not own[column] > _CONSTANT * whole[column]:
            found[column] = ()
            continue
        link = information[kept, column] / (scale[kept] * scale[column])
        done = len(kept)
        lower = factor[:done, :done]
        row = solve_triangular(lower, link, lower=True) if done else link
        rest = 1.0 - row @ row
        if rest > _COLLINEAR:
            factor[done, :done], factor[done, done] = row, np.sqrt(rest)
            kept.append(column)
        else:
            weights = solve_triangular(lower.T, row)
            found[column] = tuple(
                k for k, weight in zip(kept, weights, strict=True) if abs(weight) > 1e-6
            )
    return found


def require_clusters(cluster: np.ndarray, coefficients: int) -> None:
    """Refuse a single cluster, and warn of so few that the variance is not of full rank.

    Parameters
    ----------
    cluster
        shape (n,), codes 0..C-1.
    coefficients
        how many the robust variance is of.
    """
    number = int(cluster.max()) + 1
    if number < 2:
        raise InputError(
            "every row is in one cluster: nothing is left to estimate a robust variance from. "
            "Name the column that tells clusters apart."
        )
    if number <= coefficients:
        warnings.warn(
            f"the robust variance of {coefficients} coefficients needs more than {coefficients} "
            f"clusters, better dozens; there are {number}, and its standard errors are too small.",
            AtRiskWarning,
            stacklevel=4,
        )


def require_term(names: Sequence[str], wanted: str) -> int:
    """Find a term by its name.

    Raises
    ------
    InputError
        there is no such term.
    """
    if wanted in names:
        return list(names).index(wanted)
    raise InputError(f"term={wanted!r}: there is no such term. Terms are: {', '.join(names)}.")
