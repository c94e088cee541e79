"""Backward elimination of the terms of a fitted model."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from atrisk.engine.elimination import chi_squared_tail, reduced, wald
from atrisk.errors import AtRiskWarning, InputError, nearest
from atrisk.estimators.refit import refit
from atrisk.estimators.result import Result, label_array
from atrisk.estimators.source import require_choice, require_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from atrisk.formulas import Term

__all__ = ["BackwardPath", "approximate_path", "backward"]


_NOTHING_LEFT = "no term stays: there is no model to fit, and fit is None"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class BackwardPath(Result):
    """The terms that left a model, in order, and the model that remained.

    Attributes
    ----------
    step
        shape (s,): 1, 2, ...
    term
        shape (s,): the term removed.
    statistic, df, p_value
        shape (s,): chi-squared of that term just before it was removed: Wald's, or with
        ``method="refit"`` and ``rule="aic"`` the likelihood ratio.
    residual, residual_df, residual_p_value
        shape (s,): chi-squared of all terms removed so far, in the full model: Wald's for
        ``"fastbw"``, the likelihood ratio for ``"refit"`` (missing where the variance is robust or
        the likelihood penalised).
    aic
        shape (s,): ``residual - 2 residual_df``, the change in Akaike's criterion so far.
    kept, removed
        names of the terms.
    fit
        the model with the terms kept, fitted anew; None where none is kept, as ``notes`` says.
    name, estimate, std_error, vcov
        shapes (q,) and (q, q): coefficients that remain, of ``fit``, or for ``"fastbw"`` their
        approximations from the full fit.
    rule, method, type, stay
        as they were asked for.
    notes
        what else there is to know.
    """

    step: np.ndarray
    term: np.ndarray
    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray
    residual: np.ndarray
    residual_df: np.ndarray
    residual_p_value: np.ndarray
    aic: np.ndarray
    kept: tuple[str, ...]
    removed: tuple[str, ...]
    fit: Any
    name: np.ndarray
    estimate: np.ndarray
    std_error: np.ndarray
    vcov: np.ndarray
    rule: str
    method: str
    type: str
    stay: float
    notes: tuple[str, ...]

    def columns(self) -> dict[str, np.ndarray]:
        """Give step, term, statistic, df, p_value, residual, its df and p_value, aic."""
        names = (
            "step", "term", "statistic", "df", "p_value", "residual", "residual_df",
            "residual_p_value", "aic",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}


class _Test(NamedTuple):
    """A chi-squared statistic of one term, or of all terms removed."""

    statistic: float
    df: int

    @property
    def p_value(self) -> float:
        return chi_squared_tail(self.statistic, self.df)

    @property
    def aic(self) -> float:
        return self.statistic - 2 * self.df


class _Step(NamedTuple):
    term: str
    alone: _Test
    together: _Test


def backward(
    fit: Any,  # noqa: ANN401 - a fit of cox, fine_gray or logistic
    rule: str = "p",
    stay: float = 0.05,
    method: str = "refit",
    keep: Sequence[str] = (),
    type: str = "individual",  # noqa: A002 - the field's word
) -> BackwardPath:
    """Remove terms from a model one at a time.

    Parameters
    ----------
    fit
        of `cox`, `fine_gray` or `logistic`, with all candidate terms; its rows are those of every
        step.
    rule
        ``"p"``: the term with the largest P value leaves. ``"aic"``: the term whose removal lowers
        Akaike's criterion most leaves.
    stay
        terms with a P value up to this stay; for ``"p"`` only.
    method
        ``"refit"`` fits the model anew at each step. ``"fastbw"`` is the approximation of Lawless
        and Singhal from the estimates and covariance of the full fit, as in R's rms.
    keep
        names of terms that are not removed.
    type
        what decides whether a term leaves: ``"individual"``, its own statistic; ``"residual"``, the
        one of all terms that would then have left (the default of rms).

    Returns
    -------
    BackwardPath
        factors and splines leave with all their columns, and a term stays as long as an
        interaction that holds it.

    Raises
    ------
    InputError
        an option does not exist, a term of ``keep`` does not, an estimate is infinite, or the
        criterion needs a likelihood that the fit does not have.

    Notes
    -----
    With ``type="residual"`` and ``"aic"`` elimination goes on while the smaller model is better
    than the full one, past the model with the lowest criterion; ``"individual"`` stops there.
    P values and intervals of the selected model do not know of the selection (Harrell 2015,
    section 4.3); `validate` repeats it in every bootstrap sample.

    References
    ----------
    Lawless and Singhal (1978), Biometrics 34:318. Harrell (2015), Regression Modeling Strategies,
    section 4.3.

    Examples
    --------
    >>> import polars as pl
    >>> from atrisk.estimators.cox import cox
    >>> df = pl.DataFrame({
    ...     "days": [5, 8, 8, 11, 14, 20, 25, 31], "died": [1, 1, 0, 1, 1, 0, 1, 1],
    ...     "age": [61, 50, 44, 70, 52, 39, 41, 48], "wbc": [8, 1, 7, 2, 5, 3, 9, 4],
    ... })
    >>> path = backward(cox("Surv(days, died) ~ age + wbc", df), stay=0.2)
    >>> path.removed, path.kept
    (('wbc',), ('age',))
    """
    require_choice("method", method, ("refit", "fastbw"))
    level = _require_options(rule, stay, type)
    _require_terms(fit, keep)
    _require_likelihood(fit, rule, method, type)
    trial = (
        _FromFullFit(fit, fit.estimate, fit.vcov) if method == "fastbw" else _Refitted(fit, rule)
    )
    steps = _eliminated(trial, fit, rule, level, type, tuple(keep))
    removed = tuple(step.term for step in steps)
    kept = tuple(term.name for term in fit.terms if term.name not in removed)
    final = refit(fit, kept) if kept and removed else (fit if kept else None)
    name, estimate, vcov = trial.coefficients(removed)
    return BackwardPath(
        **_table(steps),
        kept=kept,
        removed=removed,
        fit=final,
        name=name,
        estimate=estimate,
        std_error=np.sqrt(np.diag(vcov)),
        vcov=vcov,
        rule=rule,
        method=method,
        type=type,
        stay=level,
        notes=() if kept else (_NOTHING_LEFT,),
    )


def approximate_path(
    fit: Any,  # noqa: ANN401 - a regression
    estimate: np.ndarray,
    vcov: np.ndarray,
    *,
    rule: str = "p",
    stay: float = 0.05,
    type: str = "individual",  # noqa: A002 - the field's word
    keep: Sequence[str] = (),
) -> tuple[str, ...]:
    """Name the terms that leave by ``method="fastbw"``, for other estimates of the same model.

    Parameters
    ----------
    fit
        the model.
    estimate, vcov
        shapes (p,) and (p, p): such as those of a bootstrap sample.
    rule, stay, type, keep
        as in `backward`.
    """
    level = _require_options(rule, stay, type)
    _require_terms(fit, keep)
    trial = _FromFullFit(fit, estimate, vcov)
    return tuple(step.term for step in _eliminated(trial, fit, rule, level, type, tuple(keep)))


def _require_options(rule: str, stay: float, type: str) -> float:  # noqa: A002 - the field's word
    require_choice("rule", rule, ("p", "aic"))
    require_choice("type", type, ("individual", "residual"))
    level = require_number("stay", stay, "a P value between 0 and 1, such as 0.05")
    if not 0.0 < level < 1.0:
        raise InputError(f"stay={stay!r}: give a P value between 0 and 1, such as 0.05.")
    return level


def _require_terms(fit: Any, keep: Sequence[str]) -> None:  # noqa: ANN401 - a regression
    names = [term.name for term in getattr(fit, "terms", ())]
    if not names:
        raise InputError(
            f"a fit of cox, fine_gray or logistic is expected, not {type(fit).__name__}."
        )
    if isinstance(keep, str):
        raise InputError(
            f"keep={keep!r}: a list of terms is expected; write keep=[{keep!r}]. Terms are: "
            f"{', '.join(names)}.{'' if keep in names else nearest(keep, names)}"
        )
    for name in keep:
        if name not in names:
            raise InputError(
                f"keep={keep!r}: there is no term {name!r}. Terms are: {', '.join(names)}."
                f"{nearest(name, names)}"
            )


def _require_likelihood(fit: Any, rule: str, method: str, how: str) -> None:  # noqa: ANN401 - a regression
    if method == "refit" and (rule == "aic" or how == "residual") and not _has_likelihood(fit):
        raise InputError(
            "this compares likelihoods, and those of a fit with a robust variance or a penalty, "
            "and pseudo-likelihoods, are not comparable. Use rule='p' with type='individual', or "
            "method='fastbw'."
        )


def _has_likelihood(fit: Any) -> bool:  # noqa: ANN401 - a regression
    is_penalised = np.any(getattr(fit, "penalty", 0.0)) or "Firth" in fit.method
    return fit.variance == "model" and not is_penalised


def _eliminated(
    trial: _FromFullFit | _Refitted,
    fit: Any,  # noqa: ANN401 - a regression
    rule: str,
    stay: float,
    how: str,
    keep: tuple[str, ...],
) -> list[_Step]:
    """Remove one term after another until the rule says stop."""
    crossed = {term.name: set(term.factors) for term in fit.design.terms}
    steps: list[_Step] = []
    while True:
        removed = tuple(step.term for step in steps)
        left = [term.name for term in fit.terms if term.name not in removed]
        free = [
            name
            for name in left
            if name not in keep and not any(crossed[name] < crossed[other] for other in left)
        ]
        if not free:
            return steps
        tests = {name: trial.alone(removed, name) for name in free}
        _require_finite(tests)
        worst = max(free, key=lambda name: _order(tests[name], rule))
        together = trial.together((*removed, worst))
        decisive = tests[worst] if how == "individual" else together
        if not (decisive.p_value > stay if rule == "p" else decisive.aic < 0):
            return steps
        steps.append(_Step(worst, tests[worst], together))


def _order(test: _Test, rule: str) -> float:
    return test.p_value if rule == "p" else -test.aic


def _require_finite(tests: dict[str, _Test]) -> None:
    unknown = [name for name, test in tests.items() if not np.isfinite(test.statistic)]
    if unknown:
        raise InputError(
            f"term {unknown[0]!r} has an infinite estimate, which Wald's test cannot judge. "
            "Fit with firth=True, join its levels, or leave it out."
        )


class _FromFullFit:
    """Tests of smaller models by the estimates and covariance of the full one."""

    def __init__(self, fit: Any, estimate: np.ndarray, vcov: np.ndarray) -> None:  # noqa: ANN401 - a regression
        self.fit, self.estimate, self.vcov = fit, estimate, vcov
        self.columns: dict[str, list[int]] = {term.name: list(term.columns) for term in fit.terms}
        self.smaller: dict[tuple[str, ...], tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    def alone(self, removed: tuple[str, ...], name: str) -> _Test:
        own = np.array(self.columns[name])
        if not np.isfinite(self.estimate[own]).all():
            return _Test(np.nan, own.size)
        if removed not in self.smaller:  # asked for each term that could go next
            self.smaller[removed] = reduced(self.estimate, self.vcov, self._places(removed))
        stay, beta, vcov = self.smaller[removed]
        return _Test(wald(beta, vcov, np.searchsorted(stay, own)), own.size)

    def together(self, removed: tuple[str, ...]) -> _Test:
        places = self._places(removed)
        return _Test(wald(self.estimate, self.vcov, places), places.size)

    def coefficients(self, removed: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        stay, beta, vcov = reduced(self.estimate, self.vcov, self._places(removed))
        return self.fit.term[stay], beta, vcov

    def _places(self, removed: tuple[str, ...]) -> np.ndarray:
        return np.array(sorted(c for name in removed for c in self.columns[name]), dtype=np.int64)


class _Refitted:
    """Tests of smaller models by fitting each of them."""

    def __init__(self, fit: Any, rule: str) -> None:  # noqa: ANN401 - a regression
        self.fit, self.rule = fit, rule
        self.names = [term.name for term in fit.terms]
        self.fits: dict[tuple[str, ...], Any] = {tuple(self.names): fit}

    def alone(self, removed: tuple[str, ...], name: str) -> _Test:
        now = self._without(removed)
        if self.rule == "aic":
            smaller = self._loglik((*removed, name))
            return _Test(
                2 * (now.loglik - smaller), self._size(removed) - self._size((*removed, name))
            )
        own = next((term.columns for term in now.terms if term.name == name), ())
        if not np.isfinite(now.estimate[list(own)]).all():
            return _Test(np.nan, len(own))
        return _Test(wald(now.estimate, now.vcov, np.array(own)), len(own))

    def together(self, removed: tuple[str, ...]) -> _Test:
        df = self._size(()) - self._size(removed)
        if not _has_likelihood(self.fit):
            return _Test(np.nan, df)
        return _Test(2 * (self.fit.loglik - self._loglik(removed)), df)

    def coefficients(self, removed: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if len(removed) == len(self.names):
            rest = np.setdiff1d(np.arange(self.fit.estimate.size), _columns_of(self.fit.terms))
            return self.fit.term[rest][:0], np.empty(0), np.empty((0, 0))
        now = self._without(removed)
        return now.term, now.estimate, now.vcov

    def _loglik(self, removed: tuple[str, ...]) -> float:
        all_removed = len(set(removed)) == len(self.names)
        return float(self.fit.null_loglik if all_removed else self._without(removed).loglik)

    def _size(self, removed: tuple[str, ...]) -> int:
        all_removed = len(set(removed)) == len(self.names)
        return 0 if all_removed else len(_columns_of(self._without(removed).terms))

    def _without(self, removed: tuple[str, ...]) -> Any:  # noqa: ANN401 - a regression
        left = tuple(name for name in self.names if name not in removed)
        if left not in self.fits:
            with warnings.catch_warnings():  # the model that is kept warns when it is handed out
                warnings.simplefilter("ignore", AtRiskWarning)
                self.fits[left] = refit(self.fit, left)
        return self.fits[left]


def _columns_of(terms: Sequence[Term]) -> list[int]:
    return [column for term in terms for column in term.columns]


def _table(steps: Sequence[_Step]) -> dict[str, np.ndarray]:
    def numbers(value: Callable[[_Step], float]) -> np.ndarray:
        return np.array([value(step) for step in steps], dtype=float)

    return {
        "step": np.arange(1, len(steps) + 1),
        "term": label_array(tuple(step.term for step in steps)),
        "statistic": numbers(lambda step: step.alone.statistic),
        "df": np.array([step.alone.df for step in steps], dtype=np.int64),
        "p_value": numbers(lambda step: step.alone.p_value),
        "residual": numbers(lambda step: step.together.statistic),
        "residual_df": np.array([step.together.df for step in steps], dtype=np.int64),
        "residual_p_value": numbers(lambda step: step.together.p_value),
        "aic": numbers(lambda step: step.together.aic),
    }
