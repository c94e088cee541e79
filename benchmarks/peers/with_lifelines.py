"""lifelines: its fitters and its test for several groups."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from lifelines import AalenJohansenFitter, CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test
from lifelines.utils import concordance_index

from peers.call import Call, Curve, Fit, coefficients, from_log_log, test

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from peers.call import Columns

    Array = NDArray[np.int64] | NDArray[np.float64]

NAME = "lifelines"


def _kaplan_meier(time: Array, event: Array) -> Fit:
    return KaplanMeierFitter().fit(time, event)


def _logrank(time: Array, group: Array, event: Array) -> Fit:
    return multivariate_logrank_test(time, group, event)


def _aalen_johansen(time: Array, cause: Array) -> Fit:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that it moves tied times
        return [AalenJohansenFitter(seed=k).fit(time, cause, event_of_interest=k) for k in (1, 2)]


def _frame(columns: Columns, x: str, **others: str) -> tuple[pd.DataFrame]:
    frame = pd.DataFrame(columns[x], columns=[f"x{k}" for k in range(columns[x].shape[1])])
    named = {"days": "model_days", "event": "model_event", **others}
    return (frame.assign(**{name: columns[column] for name, column in named.items()}),)


def _cox(frame: pd.DataFrame) -> Fit:
    return CoxPHFitter().fit(frame, "days", "event")


def _cox_by_cluster(frame: pd.DataFrame) -> Fit:
    return CoxPHFitter().fit(frame, "days", "event", cluster_col="cluster")


def _vector(fit: Fit) -> list[Curve]:
    return coefficients(fit.params_.to_numpy(), fit.standard_errors_.to_numpy())


def _curve(fit: Fit) -> list[Curve]:
    estimate = fit.survival_function_.to_numpy().ravel()
    lower, upper = fit.confidence_interval_survival_function_.to_numpy().T
    return [from_log_log(fit.survival_function_.index.to_numpy(), estimate, lower, upper)]


def _curve_of_each_cause(fits: Fit) -> list[Curve]:
    return [
        Curve(
            fit.cumulative_density_.index.to_numpy(),
            fit.cumulative_density_.to_numpy().ravel(),
            np.sqrt(fit.variance_.to_numpy()),
        )
        for fit in fits
    ]


CALLS = {
    "km_days": Call(lambda c: (c["days"], c["event"]), _kaplan_meier, _curve),
    "km_continuous": Call(lambda c: (c["continuous"], c["event"]), _kaplan_meier, _curve),
    "logrank": Call(
        lambda c: (c["days"], c["group"], c["event"]),
        _logrank,
        lambda fit: test(fit.test_statistic),
    ),
    "aalen_johansen": Call(
        lambda c: (c["days"], c["cause"]), _aalen_johansen, _curve_of_each_cause
    ),
    "cox_3": Call(lambda c: _frame(c, "x3"), _cox, _vector),
    "cox_10": Call(lambda c: _frame(c, "x10"), _cox, _vector),
    "cox_50": Call(lambda c: _frame(c, "x50"), _cox, _vector),
    "cox_cluster": Call(lambda c: _frame(c, "x10", cluster="cluster"), _cox_by_cluster, _vector),
    "concordance": Call(
        lambda c: (c["model_days"], -c["score"], c["model_event"]), concordance_index, coefficients
    ),
}
