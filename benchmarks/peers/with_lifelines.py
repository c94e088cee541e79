"""lifelines: its fitters and its test for several groups."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test

from peers.call import Call, Curve, Fit, from_log_log, test

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
}
