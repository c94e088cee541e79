"""A fitted Cox model: its coefficients, tests and the way to everything that follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtrc

from atrisk.engine.partial_likelihood import CoxPoint, cox_likelihood
from atrisk.engine.residuals import score_products
from atrisk.errors import InputError
from atrisk.estimators.cox_fitting import maximum, require_converged, without
from atrisk.estimators.regression import (
    OverallTests,
    TermTests,
    likelihood_ratio,
    overall_tests,
    quadratic_test,
    term_tests,
    wald_term_tests,
)
from atrisk.estimators.result import Result
from atrisk.estimators.source import require_choice

if TYPE_CHECKING:
    from atrisk.engine.model_rows import ModelRows
    from atrisk.estimators.bootstrap import BootstrapFit
    from atrisk.estimators.concordance import Concordance
    from atrisk.estimators.cox_prediction import BaselineHazard, SurvivalPrediction
    from atrisk.estimators.ph_test import PHTest
    from atrisk.estimators.residuals import Residuals
    from atrisk.formulas import Term
    from atrisk.sources.histories import Dropped, Histories

__all__ = ["CoxFit"]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class CoxFit(Result):
    """A fitted Cox model of p coefficients.

    Attributes
    ----------
    term
        shape (p,): ``age``, ``sex[male]``.
    estimate, std_error
        shape (p,): log hazard ratio and its standard error; infinite and missing where the
        likelihood has no maximum.
    ratio, lower, upper
        shape (p,): hazard ratio and its interval.
    statistic, p_value
        shape (p,): Wald's z and its two-sided P value.
    vcov, model_vcov
        shape (p, p): covariance of the estimates; robust where ``variance`` says so, and the
        inverse of the information.
    coefficients
        shape (p,): the estimates, but finite where they are infinite (the last iterate).
    center
        shape (p,): weighted means of the covariates.
    terms
        which coefficients belong together.
    aliased
        columns that were left out as combinations of others.
    endless
        names of coefficients whose estimate is infinite, or missing where no datum tells it.
    loglik, null_loglik
        log partial likelihood at the estimates and at 0 (Firth: with its penalty).
    score_statistic
        the score test at 0.
    n, events, subjects
        rows, rows with an event, and subjects where they were named (else the rows).
    iterations
        of Newton's method.
    diagnostics
        shape (iterations + 1, 4): log-likelihood, largest absolute score, decrement, step length.
    ties, variance, method
        what was done.
    penalty
        shape (p,): ridge penalty of each coefficient; 0 for none.
    conf_type, conf_level
        of the intervals.
    strata
        labels; ``strata_columns`` are where they came from.
    unit, origin
        of time.
    notes
        such as strata without an event.
    dropped
        rows left out, and why.
    rows, histories, design, cluster
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
    center: np.ndarray
    terms: tuple[Term, ...]
    aliased: tuple[str, ...]
    endless: tuple[str, ...]
    loglik: float
    null_loglik: float
    score_statistic: float
    n: int
    events: int
    subjects: int
    iterations: int
    diagnostics: np.ndarray
    ties: str
    variance: str
    method: str
    penalty: np.ndarray
    conf_type: str
    conf_level: float
    formula: str
    strata: tuple[str, ...]
    strata_columns: tuple[str, ...]
    unit: str
    origin: str
    kept: np.ndarray
    notes: tuple[str, ...]
    dropped: Dropped
    rows: ModelRows
    histories: Histories
    design: Any
    cluster: np.ndarray | None

    def columns(self) -> dict[str, np.ndarray]:
        """Give term, estimate, std_error, ratio, lower, upper, statistic, p_value."""
        names = ["term", "estimate", "std_error", "ratio", "lower", "upper", "statistic", "p_value"]
        return {name: getattr(self, name) for name in names}

    def __repr__(self) -> str:
        """Say what was fitted; the coefficients are in ``to_frame()``."""
        return (
            f"CoxFit({self.formula or ' + '.join(map(str, self.term))!r}, n={self.n}, "
            f"events={self.events}, loglik={self.loglik:.4f}, method={self.method!r}, "
            f"dropped={len(self.dropped)}" + (f", notes={self.notes!r})" if self.notes else ")")
        )

    def likelihood(self) -> CoxPoint:
        """Compute the partial likelihood and its tables at the estimates."""
        return cox_likelihood(self.rows, efron=self.ties == "efron")(self.coefficients)

    @property
    def robust_score_statistic(self) -> float:
        """The score test at 0 by the robust variance; NaN where the variance is not robust."""
        if self.variance != "robust":
            return float("nan")
        start = cox_likelihood(self.rows, efron=self.ties == "efron")(np.zeros_like(self.estimate))
        return quadratic_test(start.score(), score_products(start, self.cluster))[0]

    def overall_tests(self) -> OverallTests:
        """Test that all coefficients are 0: likelihood ratio, Wald, score (and robust score)."""
        return _overall(self)

    def term_tests(self, kind: str = "Wald") -> TermTests:
        """Test each term with all its coefficients.

        Parameters
        ----------
        kind
            ``"Wald"``, or ``"likelihood ratio"``, which fits the model without each term.
        """
        require_choice("kind", kind, ("Wald", "likelihood ratio"))
        if kind == "Wald":
            return wald_term_tests(self.terms, self.estimate, self.vcov)
        return _likelihood_ratio_tests(self)

    def baseline(self, at: str = "mean") -> BaselineHazard:
        """Give the baseline cumulative hazard, at the means of the covariates or at zero."""
        from atrisk.estimators.cox_prediction import baseline

        return baseline(self, at)

    def predict_survival(
        self,
        newdata: Any,  # noqa: ANN401 - any frame, or a mapping of names to arrays
        times: Any = None,  # noqa: ANN401 - numbers
        *,
        conf_type: str = "log",
        conf_level: float = 0.95,
    ) -> SurvivalPrediction:
        """Predict survival of new rows; see `atrisk.estimators.cox_prediction`."""
        from atrisk.estimators.cox_prediction import predict_survival

        return predict_survival(self, newdata, times, conf_type=conf_type, conf_level=conf_level)

    def linear_predictor(self, newdata: Any = None) -> np.ndarray:  # noqa: ANN401 - any frame
        """Give the log hazard relative to that at the means of the covariates.

        Parameters
        ----------
        newdata
            a frame with the covariates of m rows; None for the n rows of the fit.

        Returns
        -------
        ndarray, shape (m,) or (n,)
        """
        from atrisk.estimators.cox_prediction import linear_predictor

        return linear_predictor(self, newdata)

    def ph_test(self, transform: Any = "km", *, terms: bool = True) -> PHTest:  # noqa: ANN401 - a name or a function
        """Test proportional hazards; see `atrisk.estimators.ph_test`."""
        from atrisk.estimators.ph_test import ph_test

        return ph_test(self, transform, terms=terms)

    def residuals(self, kind: str = "martingale", **options: Any) -> Residuals:  # noqa: ANN401 - handed on
        """Compute residuals; see `atrisk.estimators.residuals`."""
        from atrisk.estimators.residuals import residuals

        return residuals(self, kind, **options)

    def bootstrap(self, **options: Any) -> BootstrapFit:  # noqa: ANN401 - handed on
        """Fit the model to bootstrap samples; see `atrisk.estimators.bootstrap`."""
        from atrisk.estimators.bootstrap import bootstrap

        return bootstrap(self, **options)

    def concordance(self, **options: Any) -> Concordance:  # noqa: ANN401 - handed on
        """Compute the concordance of the linear predictor; see `atrisk.concordance`."""
        from atrisk.estimators.concordance import concordance

        return concordance(self, **options)


def _overall(fit: CoxFit) -> OverallTests:
    df = fit.estimate.size
    wald = quadratic_test(fit.estimate, fit.vcov)
    if fit.penalty.any():
        return overall_tests([("Wald", wald)])
    found = [
        ("likelihood ratio", likelihood_ratio(fit.loglik, fit.null_loglik, df)),
        ("Wald", wald),
        ("score", _chi_squared(fit.score_statistic, df)),
    ]
    if fit.variance == "robust":
        found.append(("robust score", _chi_squared(fit.robust_score_statistic, df)))
    return overall_tests(found)


def _chi_squared(statistic: float, df: int) -> tuple[float, int, float]:
    return statistic, df, float(chdtrc(df, statistic))


def _likelihood_ratio_tests(fit: CoxFit) -> TermTests:
    """Fit the model without each term."""
    if fit.variance == "robust" or fit.penalty.any():
        raise InputError(
            "likelihood-ratio tests need a likelihood: with a robust variance or a ridge penalty "
            "use kind='Wald'."
        )
    tests = []
    for term in fit.terms:
        others = np.setdiff1d(np.arange(fit.estimate.size), term.columns)
        smaller = _smaller_loglik(fit, others)
        tests.append(likelihood_ratio(fit.loglik, smaller, len(term.columns)))
    return term_tests(fit.terms, tests, "likelihood ratio")


def _smaller_loglik(fit: CoxFit, kept: np.ndarray) -> float:
    if not kept.size:
        return fit.null_loglik
    if fit.conf_type == "profile":
        from atrisk.estimators.firth import restricted_loglik

        return restricted_loglik(fit, kept)
    rows = without(fit.rows, kept)
    iterations = max(30, fit.iterations)
    smaller = maximum(
        rows, efron=fit.ties == "efron", penalty=np.zeros(kept.size), iterations=iterations
    )
    require_converged(smaller)
    return smaller.solution.loglik
