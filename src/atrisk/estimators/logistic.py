"""Logistic regression: odds ratios with Wald or profile intervals, and Firth's penalty."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.engine.logistic_rows import logistic_model
from atrisk.engine.passes import on_one_blas_thread
from atrisk.estimators import logistic_details as details
from atrisk.estimators import logistic_fitting as fitting
from atrisk.estimators.logistic_input import binary_data, kept_columns
from atrisk.estimators.regression import TermTests, require_clusters, wald_term_tests
from atrisk.estimators.result import Result
from atrisk.estimators.source import require_choice, require_flag, require_level

if TYPE_CHECKING:
    from atrisk.engine.logistic_rows import LogisticModel
    from atrisk.estimators.logistic_input import BinaryData
    from atrisk.estimators.regression import OverallTests
    from atrisk.formulas import Design, Term
    from atrisk.sources.histories import Dropped

__all__ = ["LogisticFit", "fit_binary", "logistic"]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class LogisticFit(Result):
    """A logistic regression.

    Attributes
    ----------
    term
        shape (p,), names: ``(intercept)``, then the covariates' columns.
    estimate, std_error
        shape (p,): log odds ratios (the intercept: log odds); robust errors where ``variance`` is.
    ratio, lower, upper
        shape (p,): odds ratios and their limits.
    statistic, p_value
        shape (p,): z of Wald's test; with profile limits the signed root of the likelihood-ratio
        statistic.
    vcov, model_vcov
        shape (p, p): covariance of the estimates, and that of the model where the other is robust.
    terms
        the model's terms, with their places in ``estimate``.
    loglik, null_loglik
        of the model and of the intercept alone; penalised where ``firth``.
    n, events
        sums of weights of all rows and of those with the event; counts without weights.
    rows
        number of rows with a weight above 0.
    iterations, diagnostics
        of the solver; diagnostics of shape (iterations, 4): log-likelihood, largest score, squared
        step in standard errors, share of the step taken.
    response, formula
        what was modelled.
    method, variance, conf_type, conf_level
        by name.
    firth
        whether the likelihood was penalised.
    separation
        ``"none"``, ``"quasi-complete"`` or ``"complete"``. Where the likelihood has no maximum,
        diverging estimates are infinite and have no standard error.
    endless
        names of coefficients whose estimate is infinite.
    aliased
        columns left out because others determine them; ``kept`` are the places of the rest among
        the columns of the design.
    dropped
        the rows left out, and why.
    notes
        such as levels that no row analysed has.
    design
        the covariates' coding, for new data.
    cluster
        shape (rows,), codes, or None.
    """

    term: np.ndarray
    estimate: np.ndarray
    std_error: np.ndarray
    ratio: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    statistic: np.ndarray
    p_value: np.ndarray
    vcov: np.ndarray = field(repr=False)
    model_vcov: np.ndarray = field(repr=False)
    terms: tuple[Term, ...] = field(repr=False)
    loglik: float
    null_loglik: float
    n: float
    events: float
    rows: int
    iterations: int
    diagnostics: np.ndarray
    response: str
    formula: str
    method: str
    variance: str
    conf_type: str
    conf_level: float
    firth: bool
    separation: str
    endless: tuple[str, ...]
    aliased: tuple[str, ...]
    kept: np.ndarray
    dropped: Dropped
    notes: tuple[str, ...]
    design: Design
    cluster: np.ndarray | None
    _fitted: fitting.Fitted = field(repr=False)

    @property
    def _model(self) -> LogisticModel:
        return self._fitted.model

    def columns(self) -> dict[str, np.ndarray]:
        """Give term, estimate, std_error, ratio, lower, upper, statistic, p_value."""
        names = ("term", "estimate", "std_error", "ratio", "lower", "upper", "statistic", "p_value")
        return {name: getattr(self, name) for name in names}

    def __repr__(self) -> str:
        """Say what was fitted; the coefficients are in ``to_frame()``."""
        return (
            f"LogisticFit({self.formula!r}, n={self.n:g}, events={self.events:g}, "
            f"loglik={self.loglik:.4f}, method={self.method!r}, dropped={len(self.dropped)})"
        )

    def overall_tests(self) -> OverallTests:
        """Test that all odds ratios are 1: likelihood ratio, Wald, score, and robust score.

        Returns
        -------
        OverallTests
            a penalised fit has no score test; a separated one no Wald test (NaN).
        """
        return details.overall(self)

    def term_tests(self, kind: str = "Wald") -> TermTests:
        """Test each term with all its columns.

        Parameters
        ----------
        kind
            ``"Wald"`` or ``"likelihood ratio"``; penalised where the fit is.

        Returns
        -------
        TermTests

        Raises
        ------
        InputError
            a likelihood ratio is asked of a fit with a robust variance.
        """
        require_choice("kind", kind, ("Wald", "likelihood ratio"))
        if kind == "Wald":
            return wald_term_tests(self.terms, self.estimate, self.vcov)
        return details.likelihood_tests(self)

    def confint(
        self, conf_type: str = "profile", conf_level: float | None = None
    ) -> details.OddsRatioLimits:
        """Give limits of the odds ratios.

        Parameters
        ----------
        conf_type
            ``"profile"`` or ``"wald"``.
        conf_level
            that of the fit by default.

        Returns
        -------
        OddsRatioLimits
            term, ratio, lower, upper.

        Raises
        ------
        InputError
            profile limits are asked of a fit with a robust variance.

        Notes
        -----
        Profile limits are the values at which twice the fall of the log-likelihood, maximised over
        all other coefficients, is the chi-squared quantile on 1 df, solved to 1e-10. R's
        ``confint.glm`` interpolates a spline between few such points and differs by some 1e-5.
        """
        require_choice("conf_type", conf_type, ("profile", "wald"))
        level = self.conf_level if conf_level is None else conf_level
        require_level(level)
        return details.limits(self, conf_type, level)

    def predict(self, newdata: Any = None, conf_level: float | None = None) -> details.Predictions:  # noqa: ANN401 - any frame
        """Predict the probability of the event.

        Parameters
        ----------
        newdata
            frame or mapping with the covariates; the rows analysed by default.
        conf_level
            that of the fit by default.

        Returns
        -------
        Predictions
            linear_predictor and its error, the probability, its error (delta method) and its
            limits (Wald's on the log odds).

        Raises
        ------
        InputError
            a covariate is missing or has a level that the fit does not know, or estimates are
            infinite.
        """
        level = self.conf_level if conf_level is None else conf_level
        require_level(level)
        return details.predictions(self, newdata, level)

    def residuals(self, kind: str = "deviance") -> np.ndarray:
        """Give one residual a row analysed.

        Parameters
        ----------
        kind
            ``"deviance"``, ``"pearson"`` or ``"response"``.

        Returns
        -------
        ndarray
            shape (rows,); deviance and Pearson residuals count a row's weight, as R's.
        """
        require_choice("kind", kind, ("deviance", "pearson", "response"))
        return details.residuals(self, kind)

    def c_statistic(self, conf_level: float | None = None) -> details.CStatistic:
        """Give the share of pairs, one with and one without the event, that the fit orders right.

        Parameters
        ----------
        conf_level
            that of the fit by default.

        Returns
        -------
        CStatistic
            the area under the receiver operating characteristic; ties count 1/2.
        """
        level = self.conf_level if conf_level is None else conf_level
        require_level(level)
        return details.c_statistic(self, level)


def logistic(
    formula: str,
    df: Any,  # noqa: ANN401 - any frame that narwhals reads, or name -> array
    *,
    event: object = None,
    weights: object = None,
    cluster: object = None,
    robust: bool | None = None,
    firth: bool = False,
    conf_type: str | None = None,
    conf_level: float = 0.95,
    missing: str = "drop",
) -> LogisticFit:
    """Fit a logistic regression.

    Parameters
    ----------
    formula
        ``"died ~ age + sex"``; ``offset(z)``, ``cluster(id)`` and ``rcs(age, 4)`` may be among the
        terms. Factors are compared with their first level unless ``C(x, Treatment("b"))``.
    df
        a frame that narwhals reads, or a mapping of names to arrays.
    event
        the value of the outcome (or a list of them) that is the event; needed where that is not
        0/1 or true/false.
    weights
        column or array of case weights, 0 or more: a grouped row of weight 8 is 8 subjects.
    cluster
        column or array: rows of one cluster are added up in the robust variance.
    robust
        whether the variance is the sandwich. None: where there are clusters, or a weight that is
        not a whole number.
    firth
        penalise the likelihood by Jeffreys' prior, which takes out the first-order bias and gives
        finite estimates where the data are separated.
    conf_type
        ``"wald"`` or ``"profile"``; None is profile for a penalised fit, else Wald.
    conf_level
        such as 0.95.
    missing
        ``"drop"`` leaves rows with missing values out and lists them in ``dropped``; ``"error"``
        refuses them.

    Returns
    -------
    LogisticFit

    Raises
    ------
    InputError
        a column does not exist, the outcome is not binary or has one value only, all rows are in
        one cluster, options contradict each other, or the solver does not converge.

    Warns
    -----
    AtRiskWarning
        columns were left out because others determine them, the outcome is separated by
        covariates, which are named, or there are no more clusters than coefficients.

    Notes
    -----
    log(p / (1 - p)) = x'b maximises l(b) = sum w (y x'b - log(1 + exp x'b)) [+ log det I(b) / 2].
    The robust variance is I^-1 (sum U_g U_g') I^-1, U_g the score of a row or cluster, without a
    factor for small samples. The likelihood has a finite maximum unless a direction d exists with
    x'd >= 0 for all events and <= 0 for all others; then estimates that diverge are given as
    infinite, the others at the limit.

    References
    ----------
    Hosmer DW, Lemeshow S, Sturdivant RX (2013) Applied Logistic Regression, 1-2. Firth D (1993)
    Biometrika 80:27. Heinze G, Schemper M (2002) Stat Med 21:2409. Albert A, Anderson JA (1984)
    Biometrika 71:1. Huber PJ (1967) Proc 5th Berkeley Symp 1:221 (the sandwich).

    Examples
    --------
    >>> grouped = {"sos": [1, 0, 1, 0], "double": [1, 1, 0, 0], "count": [8, 8, 9, 33]}
    >>> fit = logistic("sos ~ double", grouped, weights="count")
    >>> [round(float(value[1]), 3) for value in (fit.ratio, fit.lower, fit.upper, fit.p_value)]
    [3.667, 1.076, 12.497, 0.038]
    """
    require_level(conf_level)
    require_flag("robust", robust, optional=True)
    require_flag("firth", firth)
    return fit_binary(
        binary_data(formula, df, event, weights, cluster, missing),
        robust=robust,
        firth=firth,
        conf_type=conf_type,
        conf_level=conf_level,
    )


@on_one_blas_thread
def fit_binary(
    data: BinaryData,
    *,
    robust: bool | None,
    firth: bool,
    conf_type: str | None,
    conf_level: float,
) -> LogisticFit:
    """Fit complete rows; the parameters are those of `logistic`."""
    sandwich = fitting.is_robust(data, robust)
    how = fitting.conf_type_of(conf_type, firth=firth, robust=sandwich)
    kept, terms, aliased = kept_columns(data.design.x, data.design.names, data.design.terms)
    fitting.warn_aliased(aliased)
    x = data.design.x if len(kept) == data.design.x.shape[1] else data.design.x[:, kept]
    names = (fitting.INTERCEPT, *(data.design.names[j] for j in kept))
    total = np.ones(data.outcome.size) if data.weights is None else data.weights
    model = logistic_model(x, total * data.outcome, total, data.design.offset)
    if sandwich and data.cluster is not None:
        require_clusters(np.unique(data.cluster, return_inverse=True)[1], len(names))
    solution, apart = fitting.solved(model, names, firth=firth)
    estimate, vcov, model_vcov = fitting.covariances(
        model, solution, apart, data.cluster, robust=sandwich
    )
    fitted = fitting.Fitted(model, solution, apart, firth=firth)
    return LogisticFit(
        **details.coefficients(fitted, names, estimate, vcov, how, conf_level),
        vcov=vcov,
        model_vcov=model_vcov,
        terms=terms,
        loglik=solution.loglik,
        null_loglik=fitting.null_loglik(fitted),
        n=float(total.sum()),
        events=float(model.events.sum()),
        rows=total.size,
        iterations=len(solution.diagnostics),
        diagnostics=solution.diagnostics,
        response=data.response,
        formula=data.formula.text,
        method="penalised likelihood (Firth)" if firth else "maximum likelihood",
        variance="robust" if sandwich else "model",
        conf_type=how,
        conf_level=conf_level,
        firth=firth,
        separation="none" if apart is None else apart.kind,
        endless=() if apart is None else tuple(np.array(names)[apart.limit != 0.0].tolist()),
        aliased=tuple(aliased),
        kept=np.array(kept, dtype=np.int64),
        dropped=data.dropped,
        notes=data.design.notes,
        design=data.design,
        cluster=data.cluster,
        _fitted=fitted,
    )
