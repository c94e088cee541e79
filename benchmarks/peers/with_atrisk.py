"""atrisk, end to end: validated histories from arrays, then the estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import atrisk
from atrisk.engine.partial_likelihood import cox_likelihood
from atrisk.sources.model import model_rows
from peers.call import Call, Curve, Fit, coefficients, replicates, test

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from peers.call import Columns

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


def cox(time: Array, event: Array, x: Array, **named: Any) -> Fit:  # noqa: ANN401
    """Fit Cox's model of any event."""
    return atrisk.cox(_histories(time, event), x, **named)


def cause_cox(time: Array, cause: Array, x: Array) -> Fit:
    """Fit Cox's model of one cause."""
    return atrisk.cox(_histories(time, cause, causes=CAUSES), x, cause="relapse")


def _cox_by_cluster(time: Array, event: Array, x: Array, cluster: Array) -> Fit:
    return cox(time, event, x, cluster=cluster)


def _fine_gray(time: Array, cause: Array, x: Array) -> Fit:
    return atrisk.fine_gray(_histories(time, cause, causes=CAUSES), x, cause="relapse")


def _concordance(time: Array, event: Array, score: Array) -> Fit:
    return atrisk.concordance(_histories(time, event), score)


def _bootstrap(time: Array, event: Array, x: Array) -> Fit:
    return cox(time, event, x).bootstrap(repeats=1000, seed=1)


def _likelihood(columns: Columns, x: str) -> tuple[Any, ...]:
    histories = _histories(columns["model_days"], columns["model_event"])
    likelihood = cox_likelihood(model_rows(histories, columns[x]))
    return likelihood, np.full(columns[x].shape[1], 0.01)


def _iteration(likelihood: Any, beta: Array) -> Fit:  # noqa: ANN401
    point = likelihood(beta)
    return point.loglik, point.score(), point.information()


def vector(fit: Fit) -> list[Curve]:
    """Read what was estimated, and its standard error."""
    return coefficients(fit.estimate, fit.std_error)


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
    "cox_3": Call(lambda c: (c["model_days"], c["model_event"], c["x3"]), cox, vector),
    "cox_10": Call(lambda c: (c["model_days"], c["model_event"], c["x10"]), cox, vector),
    "cox_50": Call(lambda c: (c["model_days"], c["model_event"], c["x50"]), cox, vector),
    "cox_cluster": Call(
        lambda c: (c["model_days"], c["model_event"], c["x10"], c["cluster"]),
        _cox_by_cluster,
        vector,
    ),
    "iteration_10": Call(lambda c: _likelihood(c, "x10"), _iteration, lambda _: []),
    "iteration_50": Call(lambda c: _likelihood(c, "x50"), _iteration, lambda _: []),
    "fine_gray": Call(lambda c: (c["model_days"], c["model_cause"], c["x10"]), _fine_gray, vector),
    "concordance": Call(
        lambda c: (c["model_days"], c["model_event"], c["score"]), _concordance, vector
    ),
    "bootstrap": Call(
        lambda c: (c["lung_days"], c["lung_event"], c["lung_x"]),
        _bootstrap,
        lambda fit: replicates(fit.replicates),
    ),
}
