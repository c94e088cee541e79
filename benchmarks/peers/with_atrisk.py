"""atrisk, end to end: validated histories from arrays, then the estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import atrisk
from peers.call import Call, Curve, Fit, test

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.int64] | NDArray[np.float64]

NAME = "atrisk"
CAUSES = {"relapse": 1, "death": 2}


def _histories(time: Array, event: Array, **named: Any) -> atrisk.Histories:  # noqa: ANN401
    return atrisk.Histories.from_arrays(time, event, unit="days", origin="entry", **named)


def _kaplan_meier(time: Array, event: Array) -> Fit:
    return atrisk.kaplan_meier(_histories(time, event))


def _logrank(time: Array, event: Array, group: Array) -> Fit:
    return atrisk.logrank_test(_histories(time, event, group=group))


def _aalen_johansen(time: Array, cause: Array) -> Fit:
    return atrisk.cumulative_incidence(_histories(time, cause, causes=CAUSES), variance="aalen")


def _gray(time: Array, cause: Array, group: Array) -> Fit:
    return atrisk.gray_test(_histories(time, cause, group=group, causes=CAUSES))


def _curve(fit: Fit) -> list[Curve]:
    table = fit.columns()
    return [Curve(table["time"], table["estimate"], table["std_error"])]


def _curve_of_each_cause(fit: Fit) -> list[Curve]:
    table = fit.columns()
    rows = [table["cause"] == cause for cause in CAUSES]
    return [
        Curve(table["time"][row], table["estimate"][row], table["std_error"][row]) for row in rows
    ]


CALLS = {
    "km_days": Call(lambda c: (c["days"], c["event"]), _kaplan_meier, _curve),
    "km_continuous": Call(lambda c: (c["continuous"], c["event"]), _kaplan_meier, _curve),
    "logrank": Call(
        lambda c: (c["days"], c["event"], c["group"]), _logrank, lambda fit: test(fit.statistic)
    ),
    "aalen_johansen": Call(
        lambda c: (c["days"], c["cause"]), _aalen_johansen, _curve_of_each_cause
    ),
    "gray": Call(
        lambda c: (c["days"], c["cause"], c["group"]),
        _gray,
        lambda fit: test(*fit.columns()["statistic"]),
    ),
}
