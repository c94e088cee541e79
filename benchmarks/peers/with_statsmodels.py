"""statsmodels: its duration module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight, survdiff

from peers.call import Call, Curve, Fit, coefficients, test

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from peers.call import Columns

    Array = NDArray[np.float64]

NAME = "statsmodels"


def _arguments(columns: Columns, x: str) -> tuple[Array, ...]:
    return columns["model_days"].astype(np.float64), columns[x], columns["model_event"]


def _cox(time: Array, x: Array, event: Array) -> Fit:
    return PHReg(time, x, status=event, ties="efron").fit()


def _vector(fit: Fit) -> list[Curve]:
    return coefficients(fit.params, fit.bse)


def _curve(fit: Fit) -> list[Curve]:
    return [Curve(fit.surv_times, fit.surv_prob, fit.surv_prob_se)]


def _curve_of_each_cause(fit: Fit) -> list[Curve]:
    pairs = zip(fit.cinc, fit.cinc_se, strict=True)
    return [Curve(fit.times, estimate, std_error) for estimate, std_error in pairs]


CALLS = {
    "km_days": Call(lambda c: (c["days"], c["event"]), SurvfuncRight, _curve),
    "km_continuous": Call(lambda c: (c["continuous"], c["event"]), SurvfuncRight, _curve),
    "logrank": Call(
        lambda c: (c["days"].astype(np.float64), c["event"].astype(np.float64), c["group"]),
        survdiff,
        lambda fit: test(fit[0]),
    ),
    "aalen_johansen": Call(
        lambda c: (c["days"], c["cause"]), CumIncidenceRight, _curve_of_each_cause
    ),
    "cox_3": Call(lambda c: _arguments(c, "x3"), _cox, _vector),
    "cox_10": Call(lambda c: _arguments(c, "x10"), _cox, _vector),
    "cox_50": Call(lambda c: _arguments(c, "x50"), _cox, _vector),
}
