"""scikit-survival: events are booleans, and a test takes a structured array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sksurv.compare import compare_survival
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.metrics import concordance_index_censored
from sksurv.nonparametric import cumulative_incidence_competing_risks, kaplan_meier_estimator
from sksurv.util import Surv

from peers.call import Call, Curve, Fit, coefficients, from_log_log, test

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from peers.call import Columns

    Array = NDArray[Any]

NAME = "scikit-survival"


def _kaplan_meier(event: Array, time: Array) -> Fit:
    return kaplan_meier_estimator(event, time, conf_type="log-log")


def _aalen_johansen(cause: Array, time: Array) -> Fit:
    return cumulative_incidence_competing_risks(cause, time, conf_type="log-log", var_type="Aalen")


def _structured(columns: Columns) -> tuple[Array, Array]:
    return Surv.from_arrays(columns["event"].astype(bool), columns["days"]), columns["group"]


def _covariates(columns: Columns, x: str) -> tuple[Array, Array]:
    event = columns["model_event"].astype(bool)
    return columns[x], Surv.from_arrays(event, columns["model_days"])


def _cox(x: Array, y: Array) -> Fit:
    return CoxPHSurvivalAnalysis(ties="efron").fit(x, y)


def _vector(fit: Fit) -> list[Curve]:
    return coefficients(fit.coef_)


def _curve(fit: Fit) -> list[Curve]:
    time, estimate, interval = fit
    return [from_log_log(time, estimate, *interval)]


def _curve_of_each_cause(fit: Fit) -> list[Curve]:
    time, estimates, intervals = fit
    return [from_log_log(time, estimates[k], *intervals[k]) for k in (1, 2)]


CALLS = {
    "km_days": Call(lambda c: (c["event"].astype(bool), c["days"]), _kaplan_meier, _curve),
    "km_continuous": Call(
        lambda c: (c["event"].astype(bool), c["continuous"]), _kaplan_meier, _curve
    ),
    "logrank": Call(_structured, compare_survival, lambda fit: test(fit[0])),
    "aalen_johansen": Call(
        lambda c: (c["cause"], c["days"].astype(np.float64)), _aalen_johansen, _curve_of_each_cause
    ),
    "cox_3": Call(lambda c: _covariates(c, "x3"), _cox, _vector),
    "cox_10": Call(lambda c: _covariates(c, "x10"), _cox, _vector),
    "cox_50": Call(lambda c: _covariates(c, "x50"), _cox, _vector),
    "concordance": Call(
        lambda c: (c["model_event"].astype(bool), c["model_days"], c["score"]),
        concordance_index_censored,
        lambda fit: coefficients(fit[0]),
    ),
}
