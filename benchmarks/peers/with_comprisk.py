"""comprisk: competing risks in NumPy and numba."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from comprisk import CumulativeIncidence, gray_test

from peers.call import Call, Curve, Fit, test

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.int64] | NDArray[np.float64]

NAME = "comprisk"


def _aalen_johansen(time: Array, cause: Array) -> Fit:
    return CumulativeIncidence(cause_codes=[1, 2]).fit(time, cause)


def _gray(time: Array, cause: Array, group: Array) -> Fit:
    return gray_test(time, cause, group, cause=1)


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
}
