"""coxstream: Efron's partial likelihood in one pass an iteration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coxstream import CoxStream

from peers.call import Call, Curve, Fit, coefficients, replicates, samples

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from peers.call import Columns

    Array = NDArray[np.float64]

NAME = "coxstream"


def _arguments(columns: Columns, x: str) -> tuple[Array, ...]:
    return columns["model_days"].astype(float), columns["model_event"].astype(float), columns[x]


def _cox(time: Array, event: Array, x: Array) -> Fit:
    return CoxStream().fit(time, event, x)


def _bootstrap(parts: list[tuple[Array, ...]]) -> Fit:
    return [_cox(*part).coef_ for part in parts]


def _vector(fit: Fit) -> list[Curve]:
    return coefficients(fit.coef_, fit.standard_errors_)


CALLS = {
    "cox_3": Call(lambda c: _arguments(c, "x3"), _cox, _vector),
    "cox_10": Call(lambda c: _arguments(c, "x10"), _cox, _vector),
    "cox_50": Call(lambda c: _arguments(c, "x50"), _cox, _vector),
    "bootstrap": Call(lambda c: (samples(c),), _bootstrap, replicates),
}
