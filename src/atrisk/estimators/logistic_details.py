"""What is asked of a logistic fit: its tests, limits, predictions, residuals and C statistic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtrc, expit, ndtri, xlogy

from atrisk.engine.logistic import fit_logistic
from atrisk.engine.logistic_profile import profile_limit
from atrisk.engine.logistic_rows import score_rows, solve_symmetric
from atrisk.errors import InputError
from atrisk.estimators.logistic_fitting import Fitted, null_solution, without
from atrisk.estimators.regression import (
    OverallTests,
    TermTests,
    coefficient_table,
    likelihood_ratio,
    overall_tests,
    quadratic_test,
    term_tests,
    wald_limits,
)
from atrisk.estimators.result import Result

if TYPE_CHECKING:
    from atrisk.estimators.logistic import LogisticFit

__all__ = [
    "CStatistic",
    "OddsRatioLimits",
    "Predictions",
    "c_statistic",
    "coefficients",
    "likelihood_tests",
    "limits",
    "overall",
    "predictions",
    "residuals",
]


@dataclass(frozen=True, slots=True, repr=False)
class OddsRatioLimits(Result):
    """Limits of the odds ratios of a fit.

    Attributes
    ----------
    term
        shape (p,).
    ratio, lower, upper
        shape (p,).
    conf_type, conf_level
        by name.
    """

    term: np.ndarray
    ratio: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    conf_type: str
    conf_level: float

    def columns(self) -> dict[str, np.ndarray]:
        """Give term, ratio, lower, upper."""
        return {name: getattr(self, name) for name in ("term", "ratio", "lower", "upper")}


@dataclass(frozen=True, slots=True, repr=False)
class Predictions(Result):
    """Predicted probabilities of the event.

    Attributes
    ----------
    linear_predictor, linear_std_error
        shape (m,): log odds and their standard error.
    estimate, std_error
        shape (m,): probability and its standard error by the delta method.
    lower, upper
        shape (m,): limits of the probability, from those of the log odds.
    conf_level
        such as 0.95.
    """

    linear_predictor: np.ndarray
    linear_std_error: np.ndarray
    estimate: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    conf_level: float

    def columns(self) -> dict[str, np.ndarray]:
        """Give linear_predictor, linear_std_error, estimate, std_error, lower, upper."""
        names = ("linear_predictor", "linear_std_error", "estimate", "std_error", "lower", "upper")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True, repr=False)
class CStatistic(Result):
    """How often a subject with the event has the higher predicted risk than one without.

    Attributes
    ----------
    estimate, std_error, lower, upper
        area under the receiver operating characteristic, with DeLong's error; limits on the logit.
    events, others
        sums of weights of those with and without the event.
    conf_level, method
        by name.
    """

    estimate: float
    std_error: float
    lower: float
    upper: float
    events: float
    others: float
    conf_level: float
    method: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give estimate, std_error, lower, upper, events, others: one row."""
        names = ("estimate", "std_error", "lower", "upper", "events", "others")
        return {name: np.array([getattr(self, name)]) for name in names}


def coefficients(
    fitted: Fitted,
    names: tuple[str, ...],
    estimate: np.ndarray,
    vcov: np.ndarray,
    conf_type: str,
    conf_level: float,
) -> dict[str, np.ndarray]:
    """Make the columns of the coefficient table, with Wald's or profile tests and limits."""
    found = coefficient_table(names, estimate, vcov, conf_level)
    if conf_type == "wald":
        return found
    lower, upper = _profile(fitted, estimate, conf_level)
    tests = [
        likelihood_ratio(fitted.solution.loglik, without(fitted, [j]).loglik, 1)
        for j in range(estimate.size)
    ]
    sign = np.where(np.isnan(estimate), 1.0, np.sign(estimate))
    with np.errstate(over="ignore"):
        lower, upper = np.exp(lower), np.exp(upper)
    return found | {
        "lower": lower,
        "upper": upper,
        "statistic": sign * np.sqrt([test[0] for test in tests]),
        "p_value": np.array([test[2] for test in tests]),
    }


def _profile(
    fitted: Fitted, estimate: np.ndarray, conf_level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Solve for both limits of every coefficient; an infinite estimate has one, or none."""
    model, solution = fitted.model, fitted.solution
    z = float(ndtri(0.5 + conf_level / 2.0))
    inverse = solve_symmetric(solution.information, np.eye(estimate.size))
    # where the maximum is at infinity, the search starts from the penalised estimate
    start = None if fitted.apart is None else fit_logistic(model, firth=True).beta
    found = np.empty((2, estimate.size))
    for j, contrast in enumerate(model.transform):
        reach = z * np.sqrt(contrast @ inverse @ contrast) if start is None else 1.0
        for row, side in enumerate((-1, 1)):
            if np.isnan(estimate[j]) or estimate[j] == side * np.inf:
                found[row, j] = side * np.inf
                continue
            limit = profile_limit(
                model,
                solution,
                contrast,
                z=z,
                side=side,
                first_step=float(reach),
                start=start,
                firth=fitted.firth,
            )
            if np.isnan(limit):
                raise InputError(
                    f"the profile likelihood of coefficient {j} (0 is the intercept) has no limit "
                    "that could be found: use conf_type='wald', or rescale the covariates."
                )
            found[row, j] = limit
    return found[0], found[1]


def limits(fit: LogisticFit, conf_type: str, conf_level: float) -> OddsRatioLimits:
    """Give profile or Wald limits of the odds ratios."""
    if conf_type == "wald":
        lower, upper = wald_limits(fit.estimate, fit.std_error, conf_level)
    elif fit.variance == "robust":
        raise InputError(
            "profile limits invert a likelihood-ratio test, which a robust variance does not have: "
            "use conf_type='wald'."
        )
    else:
        lower, upper = _profile(fit._fitted, fit.estimate, conf_level)  # noqa: SLF001 - its own part
    with np.errstate(over="ignore"):
        lower, upper = np.exp(lower), np.exp(upper)
    return OddsRatioLimits(fit.term, fit.ratio, lower, upper, conf_type, conf_level)


def overall(fit: LogisticFit) -> OverallTests:
    """Test that all odds ratios are 1."""
    df = fit.estimate.size - 1
    if not df:
        raise InputError("the model has an intercept alone: there is no odds ratio to test.")
    ratio = likelihood_ratio(fit.loglik, fit.null_loglik, df)
    tests = [
        ("penalised likelihood ratio" if fit.firth else "likelihood ratio", ratio),
        ("Wald", quadratic_test(fit.estimate[1:], fit.vcov[1:, 1:])),
    ]
    return overall_tests(tests if fit.firth else tests + _score_tests(fit))


def _score_tests(fit: LogisticFit) -> list[tuple[str, tuple[float, int, float]]]:
    """Test by the score at the model of the intercept alone."""
    fitted = fit._fitted  # noqa: SLF001 - its own part
    model, null = fitted.model, null_solution(fitted)
    df = fit.estimate.size - 1
    statistic = float(null.score @ solve_symmetric(null.information, null.score))
    tests = [("score", (statistic, df, float(chdtrc(df, statistic))))]
    if fit.variance == "robust":
        rows = score_rows(model, expit(model.predictor(null.beta)))
        # the intercept is estimated: its part is taken out of the other columns' scores
        slope = null.information[0] / null.information[0, 0]
        efficient = (rows - np.outer(rows[:, 0], slope))[:, 1:]
        if fit.cluster is not None:
            efficient = np.column_stack([np.bincount(fit.cluster, c) for c in efficient.T])
        tests.append(
            ("robust score", quadratic_test(efficient.sum(axis=0), efficient.T @ efficient))
        )
    return tests


def likelihood_tests(fit: LogisticFit) -> TermTests:
    """Refit without each term."""
    if fit.variance == "robust":
        raise InputError(
            "a fit with a robust variance has no likelihood-ratio test: use kind='Wald'."
        )
    fitted = fit._fitted  # noqa: SLF001 - its own part
    found = [
        likelihood_ratio(fit.loglik, without(fitted, term.columns).loglik, len(term.columns))
        for term in fit.terms
    ]
    kind = "penalised likelihood ratio" if fit.firth else "likelihood ratio"
    return term_tests(fit.terms, found, kind)


def predictions(fit: LogisticFit, newdata: Any, conf_level: float) -> Predictions:  # noqa: ANN401 - any frame
    """Predict for new rows, or those analysed."""
    if fit.separation != "none":
        raise InputError(
            f"{fit.separation} separation: estimates are infinite, and no probability can be "
            "predicted from them. Fit with firth=True."
        )
    given = fit.design.x if newdata is None else fit.design.again(newdata)
    offset = fit.design.offset if newdata is None else fit.design.offset_again(newdata)
    x = np.column_stack([np.ones(given.shape[0]), given[:, fit.kept]])
    log_odds = x @ fit.estimate if offset is None else x @ fit.estimate + offset
    error = np.sqrt(np.einsum("ij,jk,ik->i", x, fit.vcov, x))
    chance = expit(log_odds)
    lower, upper = wald_limits(log_odds, error, conf_level)
    return Predictions(
        linear_predictor=log_odds,
        linear_std_error=error,
        estimate=chance,
        std_error=chance * (1.0 - chance) * error,
        lower=expit(lower),
        upper=expit(upper),
        conf_level=conf_level,
    )


def _chances(fit: LogisticFit) -> np.ndarray:
    fitted = fit._fitted  # noqa: SLF001 - its own part
    return np.asarray(expit(fitted.model.predictor(fitted.solution.beta)))


def residuals(fit: LogisticFit, kind: str) -> np.ndarray:
    """Give deviance, Pearson or response residuals of the rows analysed, shape (rows,)."""
    model, chance = fit._fitted.model, _chances(fit)  # noqa: SLF001 - its own part
    expected = model.total * chance
    gap = model.events - expected
    if kind == "response":
        return np.asarray(gap / model.total)
    if kind == "pearson":
        return np.asarray(gap / np.sqrt(expected * (1.0 - chance)))
    others = model.total - model.events
    deviance = 2.0 * (
        xlogy(model.events, model.events / expected)
        + xlogy(others, others / (model.total - expected))
    )
    return np.asarray(np.sign(gap) * np.sqrt(np.maximum(deviance, 0.0)))


def c_statistic(fit: LogisticFit, conf_level: float) -> CStatistic:
    """Compare the fitted risks of those with and without the event.

    Notes
    -----
    V_i is the weighted share of the others whose risk is below that of event i, ties 1/2, and V_j
    that of the events above other j; the estimate is their mean and its variance
    sum w (V_i - C)^2 / (W_1 (W_1 - 1)) + the same of the others, W the sums of weights.

    References
    ----------
    DeLong ER, DeLong DM, Clarke-Pearson DL (1988) Biometrics 44:837, eq. 3-5.
    """
    model = fit._fitted.model  # noqa: SLF001 - its own part
    risk = model.predictor(fit._fitted.solution.beta)  # noqa: SLF001 - its own part
    event, other = model.events, model.total - model.events
    above = _share_below(risk, risk, other)
    below = 1.0 - _share_below(risk, risk, event)
    with_event, without = float(event.sum()), float(other.sum())
    estimate = float(event @ above / with_event)
    variance = sum(
        float(weight @ (share - estimate) ** 2) / (size * (size - 1.0)) if size > 1.0 else np.nan
        for weight, share, size in ((event, above, with_event), (other, below, without))
    )
    error = float(np.sqrt(variance))
    inside = 0.0 < estimate < 1.0
    reach = float(ndtri(0.5 + conf_level / 2.0)) * error
    scaled = reach / (estimate * (1.0 - estimate)) if inside else np.nan
    centre = float(np.log(estimate / (1.0 - estimate))) if inside else np.nan
    return CStatistic(
        estimate=estimate,
        std_error=error,
        lower=float(expit(centre - scaled)),
        upper=float(expit(centre + scaled)),
        events=with_event,
        others=without,
        conf_level=conf_level,
        method="DeLong's error, limits on the logit",
    )


def _share_below(value: np.ndarray, among: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Give the weighted share of ``among`` below each value, ties 1/2."""
    order = np.argsort(among, kind="stable")
    sums = np.concatenate([[0.0], np.cumsum(weight[order])])
    ordered = among[order]
    low = sums[np.searchsorted(ordered, value, side="left")]
    high = sums[np.searchsorted(ordered, value, side="right")]
    return np.asarray((low + high) / (2.0 * sums[-1]))
