"""The PyPI package `survival`, in Rust: its low-level calls, which are its fastest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from survival.core import CovariateMatrix, SurvivalData, concordancefit
from survival.regression import coxph_fit, coxph_fit_raw
from survival.surv_analysis import survfitaj, survfitkm
from survival.validation import logrank_test

from peers.call import Call, Curve, Fit, coefficients, replicates, samples, test

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from peers.call import Columns

    Array = NDArray[np.float64]

NAME = "survival"


def _kaplan_meier(time: Array, event: Array) -> Fit:
    return survfitkm(time, event, timefix=False)


def _logrank(time: Array, event: Array, group: Array) -> Fit:
    return logrank_test(time, event, group, timefix=False)


def _aalen_johansen(time: Array, cause: Array) -> Fit:
    return survfitaj(time, cause, ["relapse", "death"], timefix=False)


def _arguments(columns: Columns, x: str) -> tuple[Array, ...]:
    return columns["model_days"].astype(float), columns["model_event"].astype(float), columns[x]


def _cox(time: Array, event: Array, x: Array) -> Fit:
    return coxph_fit_raw(time, event, x, resid=False)


def _cox_by_cluster(time: Array, event: Array, x: Array, cluster: Array) -> Fit:
    return coxph_fit(time, event, x, cluster=cluster)


def _bootstrap(parts: list[tuple[Array, ...]]) -> Fit:
    return [_cox(*part).coefficients for part in parts]


def _vector(fit: Fit) -> list[Curve]:
    return coefficients(fit.coefficients, np.sqrt(np.diag(fit.var)))


def _compared(columns: Columns) -> tuple[Any, ...]:
    days = columns["model_days"].astype(float).tolist()
    score = columns["score"].tolist()
    survival = SurvivalData(days, columns["model_event"].tolist())
    return survival, CovariateMatrix(score, len(score), 1)


def _concordance(survival: Any, score: Any) -> Fit:  # noqa: ANN401
    return concordancefit(survival, score, timefix=False, reverse=True)


def _curve(fit: Fit) -> list[Curve]:
    estimate = np.asarray(fit.surv)
    return [Curve(fit.time, estimate, estimate * np.asarray(fit.std_err))]


def _curve_of_each_cause(fit: Fit) -> list[Curve]:
    estimate, std_error = np.asarray(fit.pstate), np.asarray(fit.std_err)
    return [Curve(fit.time, estimate[:, k], std_error[:, k]) for k in (1, 2)]


CALLS = {
    "km_days": Call(
        lambda c: (c["days"].astype(np.float64), c["event"].astype(np.float64)),
        _kaplan_meier,
        _curve,
    ),
    "km_continuous": Call(
        lambda c: (c["continuous"], c["event"].astype(np.float64)), _kaplan_meier, _curve
    ),
    "logrank": Call(
        lambda c: (c["days"].astype(np.float64), c["event"].astype(np.float64), c["group"]),
        _logrank,
        lambda fit: test(fit.statistic),
    ),
    "aalen_johansen": Call(
        lambda c: (c["days"].astype(np.float64), c["cause"]),
        _aalen_johansen,
        _curve_of_each_cause,
    ),
    "cox_3": Call(lambda c: _arguments(c, "x3"), _cox, _vector),
    "cox_10": Call(lambda c: _arguments(c, "x10"), _cox, _vector),
    "cox_50": Call(lambda c: _arguments(c, "x50"), _cox, _vector),
    "cox_cluster": Call(lambda c: (*_arguments(c, "x10"), c["cluster"]), _cox_by_cluster, _vector),
    "concordance": Call(
        _compared,
        _concordance,
        lambda fit: coefficients(fit.concordance, np.sqrt(np.ravel(fit.var))),
    ),
    "bootstrap": Call(lambda c: (samples(c),), _bootstrap, replicates),
}
