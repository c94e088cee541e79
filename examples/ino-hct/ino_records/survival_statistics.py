"""Estimates on 58 patients, as fast as a search needs them: the tests check them against atrisk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CoxFit", "cox", "first_at_or_below", "incidence", "kaplan_meier", "value_at"]

Floats = "NDArray[np.float64]"
CoxFit = tuple["NDArray[np.float64]", "NDArray[np.float64]"]


def _leavers(
    time: NDArray[np.float64], event: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give the distinct times, the events at each, and those at risk before it."""
    order = np.argsort(time, kind="stable")
    times, first = np.unique(time[order], return_index=True)
    events = np.add.reduceat(event[order].astype(float), first)
    return times, events, (len(time) - first).astype(float)


def kaplan_meier(
    time: NDArray[np.float64], event: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give times and, in columns: events, survival, and its limits on the log scale."""
    times, events, risk = _leavers(time, event)
    survival = np.cumprod(1 - events / risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(risk > events, events / (risk * (risk - events)), 0)
    width = np.exp(1.959964 * np.sqrt(np.cumsum(terms)))
    upper = np.minimum(1, survival * width)
    return times, np.column_stack([events, survival, survival / width, upper])


def value_at(times: NDArray[np.float64], curve: NDArray[np.float64], when: float) -> float:
    """Read a curve that is 1 at first."""
    place = int(np.searchsorted(times, when, side="right")) - 1
    return 1.0 if place < 0 else float(curve[place])


def first_at_or_below(
    times: NDArray[np.float64], events: NDArray[np.float64], curve: NDArray[np.float64]
) -> float:
    """Find the first event at which a curve is a half or less."""
    found = np.flatnonzero((curve <= 0.5 + 1e-12) & (events > 0))
    return float(times[found[0]]) if len(found) else 4000.0


def incidence(
    time: NDArray[np.float64], cause: NDArray[np.int64], of: int, when: float
) -> tuple[float, float]:
    """Give the cumulative incidence of a cause at a time, and its standard error (delta method)."""
    times, events, risk = _leavers(time, cause > 0)
    _, own, _ = _leavers(time, cause == of)
    survival = np.cumprod(1 - events / risk)
    before = np.concatenate([[1.0], survival[:-1]])
    total = np.cumsum(before * own / risk)
    last = int(np.searchsorted(times, when, side="right"))
    own, events, risk, before = own[:last], events[:last], risk[:last], before[:last]
    end = float(total[last - 1])
    gap = end - total[:last]
    variance = (gap**2 * events / (risk * np.maximum(risk - events, 1e-9))).sum()
    variance += (before**2 * (risk - own) * own / risk**3).sum()
    variance -= 2 * (gap * before * own / risk**2).sum()
    return end, float(np.sqrt(max(float(variance), 0.0)))


def cox(
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    x: NDArray[np.float64],
    start: NDArray[np.float64],
    steps: int = 4,
) -> CoxFit:
    """Give coefficients and standard errors of a Cox model after a few Newton steps."""
    order = np.argsort(-time, kind="stable")
    x, event = x[order], event[order]
    beta = start.copy()
    outer = x[:, :, None] * x[:, None, :]
    information = np.eye(len(beta))
    for _ in range(steps):
        weight = np.exp(np.clip(x @ beta, -8, 8))
        total = np.cumsum(weight)[event]
        mean = np.cumsum(weight[:, None] * x, axis=0)[event] / total[:, None]
        square = np.cumsum(weight[:, None, None] * outer, axis=0)[event] / total[:, None, None]
        score = (x[event] - mean).sum(axis=0)
        information = (square - mean[:, :, None] * mean[:, None, :]).sum(axis=0)
        information += 1e-6 * np.eye(len(beta))
        beta = beta + np.clip(np.linalg.solve(information, score), -1, 1)
    return beta, np.sqrt(np.diag(np.linalg.inv(information)))
