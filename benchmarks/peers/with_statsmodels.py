"""statsmodels: its duration module."""

from __future__ import annotations

import numpy as np
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight, survdiff

from peers.call import Call, Curve, Fit, test

NAME = "statsmodels"


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
}
