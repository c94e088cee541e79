"""The Cox partial likelihood of rows, as Newton's method wants it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.moments import (
    Deaths,
    Moments,
    TieSums,
    count_deaths,
    information,
    information_and_squares,
    log_likelihood,
    moments,
    score,
    tie_sums,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from atrisk.engine.model_rows import ModelRows

__all__ = ["CoxPoint", "cox_likelihood"]


@dataclass(frozen=True, slots=True)
class CoxPoint:
    """The log partial likelihood at one beta.

    Attributes
    ----------
    rows, deaths, table, ties
        what it was computed from.
    loglik
        the log partial likelihood.
    """

    rows: ModelRows
    deaths: Deaths
    table: Moments
    ties: TieSums
    loglik: float

    def score(self) -> np.ndarray:
        """Give its derivative, shape (p,): algebra over the table."""
        return score(self.table, self.deaths, self.ties)

    def information(self) -> np.ndarray:
        """Give minus its second derivative, shape (p, p): a second pass over x."""
        return information(self.rows, self.table, self.ties)

    def information_and_squares(self) -> tuple[np.ndarray, np.ndarray]:
        """Give the information, and the diagonal of X'diag(A)X, of which it is what is left."""
        return information_and_squares(self.rows, self.table, self.ties)


def cox_likelihood(
    rows: ModelRows, *, efron: bool = True, counted: bool = False
) -> Callable[[np.ndarray], CoxPoint]:
    """Give the function beta -> `CoxPoint`.

    Parameters
    ----------
    rows
        n rows.
    efron
        Efron's rule for ties, else Breslow's.
    counted
        weights are numbers of identical rows (bootstrap), so that a death of weight 2 is two
        tied deaths; else they are case weights, and its tied deaths are the rows.
    """
    deaths = count_deaths(rows, counted=counted)

    def at(beta: np.ndarray) -> CoxPoint:
        table = moments(rows, beta)
        ties = tie_sums(table, deaths, efron=efron)
        # where a risk set is too small for 1/S0^2 there is no derivative to go on with
        there = bool(np.isfinite(ties.a.sum()))
        loglik = log_likelihood(table, ties) if there else float("nan")
        return CoxPoint(rows, deaths, table, ties, loglik)

    return at
