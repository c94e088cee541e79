"""How a logistic regression is solved, and what is said where it has no finite estimate."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from atrisk.engine.logistic import Constraint, Solution, fit_logistic, maximum_exists
from atrisk.engine.logistic_rows import LogisticModel, score_rows, solve_symmetric
from atrisk.errors import AtRiskWarning, InputError, listed
from atrisk.estimators.separation import Separation, find_separation
from atrisk.estimators.source import require_choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.estimators.logistic_input import BinaryData

__all__ = [
    "INTERCEPT",
    "Fitted",
    "conf_type_of",
    "covariances",
    "is_robust",
    "null_loglik",
    "null_solution",
    "rest_of",
    "solved",
    "warn_aliased",
    "without",
]

INTERCEPT = "(intercept)"


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The engine's model of a fit, and where its solver ended.

    Attributes
    ----------
    model, solution
        of the engine.
    apart
        where the data are separated, or None.
    firth
        whether the likelihood was penalised.
    """

    model: LogisticModel
    solution: Solution
    apart: Separation | None
    firth: bool


def is_robust(data: BinaryData, robust: bool | None) -> bool:  # noqa: FBT001 - the option
    """Tell whether the variance is the sandwich, as asked or as the rows need it."""
    if robust is not None:
        if not robust and data.cluster is not None:
            raise InputError("robust=False, but there are clusters: leave one of them out.")
        return robust
    fractional = data.weights is not None and bool((data.weights % 1.0).any())
    return data.cluster is not None or fractional


def conf_type_of(conf_type: str | None, *, firth: bool, robust: bool) -> str:
    """Choose the kind of limits; refuse what does not go together."""
    require_choice("conf_type", conf_type, (None, "wald", "profile"))
    if firth and robust:
        raise InputError(
            "firth=True has no robust variance: leave clusters out, or pass robust=False with "
            "weights that are not whole numbers, or fit without the penalty."
        )
    if conf_type == "profile" and robust:
        raise InputError(
            "conf_type='profile' inverts a likelihood-ratio test, which a robust variance does not "
            "have: use conf_type='wald'."
        )
    return conf_type or ("profile" if firth else "wald")


def warn_aliased(aliased: dict[str, tuple[str, ...]]) -> None:
    """Name the columns that were left out."""
    for name, others in aliased.items():
        why = f"it is a combination of {listed(others)}" if others else "it does not vary"
        message = f"column {name!r} is left out: {why} in the rows analysed."
        warnings.warn(message, AtRiskWarning, stacklevel=4)


def solved(
    model: LogisticModel, names: tuple[str, ...], *, firth: bool
) -> tuple[Solution, Separation | None]:
    """Fit, and find out where there is no finite maximum."""
    solution = fit_logistic(model, firth=firth)
    if firth and solution.converged:
        return solution, None
    apart = None if firth or maximum_exists(model, solution) else find_separation(model)
    if apart is not None:
        warnings.warn(_separated(apart, names), AtRiskWarning, stacklevel=4)
    elif not solution.converged:
        last = solution.diagnostics[-1]
        raise InputError(
            f"the fit did not converge in {len(solution.diagnostics)} iterations: log-likelihood "
            f"{last[0]:.6g}, largest score {last[1]:.2g}, squared step {last[2]:.2g}, share taken "
            f"{last[3]:.2g}. Look for covariates with extreme values: rescale or transform them."
        )
    return solution, apart


def _separated(apart: Separation, names: tuple[str, ...]) -> str:
    diverging = [name for name, limit in zip(names, apart.limit, strict=True) if limit != 0.0]
    shown = [name for name in diverging if name != INTERCEPT] or diverging
    words = "is" if len(shown) == 1 else "are"
    return (
        f"{apart.kind} separation: {listed(map(repr, shown))} {words} without a finite estimate, "
        f"because with {'it' if len(shown) == 1 else 'them'} the outcome of "
        f"{apart.separated.sum()} of {apart.separated.size} rows is predicted with certainty. The "
        "odds ratio is given as 0 or infinite, without standard error. Use firth=True, or "
        "conf_type='profile', or join levels."
    )


def covariances(
    model: LogisticModel,
    solution: Solution,
    apart: Separation | None,
    cluster: np.ndarray | None,
    *,
    robust: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give estimates, their covariance and the model's, for the columns as they were given."""
    rest, found = (model, solution) if apart is None else rest_of(model, apart)
    inverse = solve_symmetric(found.information, np.eye(found.beta.size))
    estimate = model.transform @ found.beta
    middle = inverse
    if robust:
        scores = score_rows(rest, expit(rest.predictor(found.beta)))
        if cluster is not None:
            code = cluster if apart is None else cluster[~apart.separated]
            scores = np.column_stack([np.bincount(code, weights=column) for column in scores.T])
        middle = inverse @ (scores.T @ scores) @ inverse
    both = [model.transform @ part @ model.transform.T for part in (middle, inverse)]
    vcov, model_vcov = ((part + part.T) / 2.0 for part in both)
    if apart is not None:
        infinite = apart.limit != 0.0
        estimate[infinite] = apart.limit[infinite]
        for part in (vcov, model_vcov):
            part[infinite, :] = np.nan
            part[:, infinite] = np.nan
    return estimate, vcov, model_vcov


def rest_of(model: LogisticModel, apart: Separation) -> tuple[LogisticModel, Solution]:
    """Fit the rows that are not separated: what the likelihood tends to."""
    kept = ~apart.separated
    rest = LogisticModel(
        model.z[kept],
        model.events[kept],
        model.total[kept],
        None if model.offset is None else model.offset[kept],
        model.transform,
    )
    return rest, fit_logistic(rest)


def without(fitted: Fitted, columns: Sequence[int]) -> Solution:
    """Fit with some coefficients at 0; a penalty stays that of the full model."""
    matrix = fitted.model.transform[list(columns)].T
    held = Constraint(matrix, np.zeros(len(columns)))
    found = fit_logistic(fitted.model, firth=fitted.firth, constraint=held)
    if not found.converged:
        raise InputError(
            "a model without some of the terms did not converge: log-likelihood "
            f"{found.loglik:.6g}, squared step {found.diagnostics[-1, 2]:.2g}. Rescale covariates "
            "with extreme values."
        )
    return found


def null_solution(fitted: Fitted) -> Solution:
    """Fit the intercept alone, as a constraint on the model."""
    return without(fitted, range(1, fitted.model.z.shape[1]))


def null_loglik(fitted: Fitted) -> float:
    """Give the log-likelihood of the intercept alone; a penalty stays that of the full model."""
    model = fitted.model
    if fitted.firth:
        return null_solution(fitted).loglik
    if model.offset is None:
        events, total = float(model.events.sum()), float(model.total.sum())
        rest = total - events
        return float(events * np.log(events / total) + rest * np.log(rest / total))
    alone = LogisticModel(model.z[:, :1], model.events, model.total, model.offset, np.eye(1))
    return fit_logistic(alone).loglik
