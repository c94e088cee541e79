"""comprisk: competing risks in NumPy and numba."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from comprisk import CauseSpecificCox, CumulativeIncidence, FineGrayRegression, gray_test

from peers.call import Call, Curve, Fit, coefficients, test

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from peers.call import Columns

    Array = NDArray[np.int64] | NDArray[np.float64]

NAME = "comprisk"


def _aalen_johansen(time: Array, cause: Array) -> Fit:
    return CumulativeIncidence(cause_codes=[1, 2]).fit(time, cause)


def _gray(time: Array, cause: Array, group: Array) -> Fit:
    return gray_test(time, cause, group, cause=1)


def _cox(x: Array, time: Array, event: Array) -> Fit:
    return CauseSpecificCox().fit(x, time=time, event=event)


def _fine_gray(x: Array, time: Array, cause: Array) -> Fit:
    return FineGrayRegression(robust_se=True).fit(x, time=time, event=cause)


def _arguments(columns: Columns, x: str, event: str = "model_event") -> tuple[Array, ...]:
    return columns[x], columns["model_days"].astype(np.float64), columns[event]


def _vector(fit: Fit) -> list[Curve]:
    return coefficients(fit.coef_, fit.se_)


def _curve_of_each_cause(fit: Fit) -> list[Curve]:
    curves = [fit.curves_[None, k] for k in (1, 2)]
    return [Curve(curve.times, curve.cif, np.sqrt(curve.var)) for curve in curves]


CALLS = {
    "aalen_johansen": Call(
        lambda c: (c["days"].astype(np.float64), c["cause"]),
        _aalen_johansen,
        _curve_of_each_cause,
    ),
    "gray": Call(
        lambda c: (c["days"].astype(np.float64), c["cause"], c["group"]),
        _gray,
        lambda fit: test(fit.stat),
    ),
    "cox_3": Call(lambda c: _arguments(c, "x3"), _cox, _vector),
    "cox_10": Call(lambda c: _arguments(c, "x10"), _cox, _vector),
    "cox_50": Call(lambda c: _arguments(c, "x50"), _cox, _vector),
    "fine_gray": Call(lambda c: _arguments(c, "x10", "model_cause"), _fine_gray, _vector),
}
