"""The PyPI package `survival`, in Rust: its low-level calls, which are its fastest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from survival.surv_analysis import survfitaj, survfitkm
from survival.validation import logrank_test

from peers.call import Call, Curve, Fit, test

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NAME = "survival"


def _kaplan_meier(time: Array, event: Array) -> Fit:
    return survfitkm(time, event, timefix=False)


def _logrank(time: Array, event: Array, group: Array) -> Fit:
    return logrank_test(time, event, group, timefix=False)


def _aalen_johansen(time: Array, cause: Array) -> Fit:
    return survfitaj(time, cause, ["relapse", "death"], timefix=False)


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
}
