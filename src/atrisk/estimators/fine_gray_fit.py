"""A fitted model of subdistribution hazards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.engine.fine_gray import (
    FineGrayPoint,
    SubdistributionRows,
    score_influence,
    unit_influence,
)
from atrisk.estimators.regression import (
    OverallTests,
    TermTests,
    overall_tests,
    quadratic_test,
    wald_term_tests,
)
from atrisk.estimators.result import Result

if TYPE_CHECKING:
    from atrisk.estimators.fine_gray_prediction import IncidencePrediction
    from atrisk.formulas import Term
    from atrisk.sources.histories import Dropped, Histories

__all__ = ["FineGrayFit"]

_COLUMNS = ("term", "estimate", "std_error", "ratio", "lower", "upper", "statistic", "p_value")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class FineGrayFit(Result):
    """A fitted model of subdistribution hazards with p coefficients.

    Attributes
    ----------
    term
        shape (p,): ``age``, ``sex[male]``.
    estimate, std_error
        shape (p,): log ratio of subdistribution hazards and its standard error; infinite and
        missing where the likelihood has no maximum.
    ratio, lower, upper
        shape (p,): ratio of subdistribution hazards and its interval.
    statistic, p_value
        shape (p,): Wald's z and its two-sided P value.
    vcov
        shape (p, p): covariance of the estimates, which knows that the censoring distribution is
        estimated.
    model_vcov
        shape (p, p): inverse of the information; no covariance of anything.
    coefficients
        shape (p,): the estimates, but finite where they are infinite (the last iterate).
    cause
        whose incidence is modelled.
    terms
        which coefficients belong together.
    aliased
        columns that were left out as combinations of others.
    endless
        names of coefficients whose estimate is infinite.
    loglik, null_loglik
        log pseudo-likelihood at the estimates and at 0. Its differences are not chi-squared.
    n, events, competing, censored
        rows, and those with an event of the cause, with another event, and with none.
    iterations
        of Newton's method.
    diagnostics
        shape (iterations + 1, 4): log-likelihood, largest absolute score, decrement, step length.
    variance, method
        what was done.
    counted
        weights are numbers of identical rows in the variance, else the row is its unit.
    conf_level
        of the intervals.
    formula
        as it was written; empty where arrays were given.
    strata, strata_columns
        strata with a baseline of their own, and the columns that they are made of.
    censoring_strata
        strata with a censoring distribution of their own.
    censoring_stratum
        shape (n,): which of them each row is in; None for one.
    notes
        censoring strata that are not followed up to the last event of the cause.
    unit, origin
        of time.
    kept
        shape (p,): the places of the coefficients among the columns of the design.
    dropped
        rows left out, and why.
    model, histories, design, cluster
        what the model was fitted to.
    """

    term: np.ndarray
    estimate: np.ndarray
    std_error: np.ndarray
    ratio: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    statistic: np.ndarray
    p_value: np.ndarray
    vcov: np.ndarray
    model_vcov: np.ndarray
    coefficients: np.ndarray
    cause: str
    terms: tuple[Term, ...]
    aliased: tuple[str, ...]
    endless: tuple[str, ...]
    loglik: float
    null_loglik: float
    n: int
    events: int
    competing: int
    censored: int
    iterations: int
    diagnostics: np.ndarray
    variance: str
    method: str
    counted: bool
    conf_level: float
    formula: str
    strata: tuple[str, ...]
    strata_columns: tuple[str, ...]
    censoring_strata: tuple[str, ...]
    censoring_stratum: np.ndarray | None
    notes: tuple[str, ...]
    unit: str
    origin: str
    kept: np.ndarray
    dropped: Dropped
    model: SubdistributionRows
    histories: Histories
    design: Any
    cluster: np.ndarray | None

    def columns(self) -> dict[str, np.ndarray]:
        """Give term, estimate, std_error, ratio, lower, upper, statistic, p_value."""
        return {name: getattr(self, name) for name in _COLUMNS}

    def __repr__(self) -> str:
        """Say what was fitted; the coefficients are in ``to_frame()``."""
        return (
            f"FineGrayFit({self.formula or ' + '.join(map(str, self.term))!r}, "
            f"cause={self.cause!r}, n={self.n}, events={self.events}, competing={self.competing}, "
            f"censored={self.censored}, method={self.method!r}, dropped={len(self.dropped)})"
        )

    def overall_tests(self) -> OverallTests:
        """Test that all coefficients are 0: Wald, and the score with its robust variance.

        Twice the difference of two log pseudo-likelihoods is not chi-squared, so there is no
        likelihood-ratio test.
        """
        point = FineGrayPoint(self.model, np.zeros(self.estimate.size))
        parts = self.units(score_influence(point))
        return overall_tests(
            [
                ("Wald", quadratic_test(self.estimate, self.vcov)),
                ("robust score", quadratic_test(point.score(), parts.T @ parts)),
            ]
        )

    def term_tests(self) -> TermTests:
        """Test each term with all its coefficients, by Wald's test."""
        return wald_term_tests(self.terms, self.estimate, self.vcov)

    def units(self, influence: np.ndarray) -> np.ndarray:
        """Turn influences of rows into those of the units whose squares make the variance.

        Parameters
        ----------
        influence
            shape (n, q): of the rows, times their weight.

        Returns
        -------
        ndarray, shape (n, q), or (C, q) for C clusters
        """
        weight = self.model.rows.weight
        return unit_influence(influence, weight, self.cluster, counted=self.counted)

    def predict_incidence(
        self,
        newdata: Any,  # noqa: ANN401 - any frame, an array or a mapping
        times: Any = None,  # noqa: ANN401 - numbers
        *,
        conf_level: float = 0.95,
    ) -> IncidencePrediction:
        """Predict the cumulative incidence of the cause for new rows.

        Parameters
        ----------
        newdata
            m rows with the covariates (and the columns of the strata) of the model.
        times
            shape (k,): when, in the model's unit; None for the event times of each row's stratum.
            The standard error costs a pass over the n rows for each distinct time.
        conf_level
            of the interval, on the scale log(-log(1 - F)).

        Returns
        -------
        IncidencePrediction
            m x k rows, or one an event time of each row's stratum.

        Raises
        ------
        InputError
            a covariate is missing, a level or stratum is new, an estimate is infinite, or a time
            is after the stratum's last exit.

        References
        ----------
        Fine JP, Gray RJ (1999) J Am Stat Assoc 94:496, section 5.
        """
        from atrisk.estimators.fine_gray_prediction import predict_incidence

        return predict_incidence(self, newdata, times, conf_level=conf_level)
