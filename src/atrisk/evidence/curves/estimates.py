"""Kaplan-Meier and Aalen-Johansen numbers of pseudo-patients, as the estimators give them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.incidence import aalen_johansen
from atrisk.engine.intervals import probability_interval
from atrisk.engine.product_limit import product_limit
from atrisk.engine.steps import crossing

if TYPE_CHECKING:
    from atrisk.evidence.curves.types import PseudoPatients

__all__ = ["Table", "table_of"]

_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Table:
    """The curve of pseudo-patients at its times.

    Attributes
    ----------
    time, at_risk
        shape (J,): distinct times, and how many are at risk just before.
    survival, log_variance
        shape (J,): Kaplan-Meier for any event, and Greenwood's sum.
    incidence
        shape (C, J): by cause.
    every
        all times of leaving, ascending.
    """

    time: np.ndarray
    at_risk: np.ndarray
    survival: np.ndarray
    log_variance: np.ndarray
    incidence: np.ndarray
    every: np.ndarray

    def at_risk_at(self, time: float) -> int:
        """Count those at risk just before a time."""
        return int((self.every >= time - _TINY).sum())

    def survival_at(self, time: float) -> tuple[float, float]:
        """Give survival and its standard error."""
        passed = int(np.searchsorted(self.time, time + _TINY, side="right"))
        if passed == 0:
            return 1.0, 0.0
        value = float(self.survival[passed - 1])
        variance = float(self.log_variance[passed - 1])
        return value, value * float(np.sqrt(variance)) if value > 0.0 else 0.0

    def incidence_at(self, cause: int, time: float) -> float:
        """Give the cumulative incidence of a cause."""
        passed = int(np.searchsorted(self.time, time + _TINY, side="right"))
        return 0.0 if passed == 0 else float(self.incidence[cause, passed - 1])

    def median(self) -> float:
        """Give the median, as the estimators read it; NaN where it is not reached."""
        return float(crossing(self.time, self.survival, np.array([0.5]))[0])

    def median_interval(self, conf_type: str, conf_level: float) -> tuple[float, float]:
        """Give the times at which the limits cross a half (Brookmeyer and Crowley 1982)."""
        error = self.survival * np.sqrt(self.log_variance)
        lower, upper = probability_interval(self.survival, error, conf_type, conf_level)
        half = np.array([0.5])
        ends = [float(crossing(self.time, limit, half)[0]) for limit in (lower, upper)]
        return ends[0], ends[1]


def table_of(patients: PseudoPatients, causes: tuple[str, ...]) -> Table:
    """Estimate survival and incidences."""
    every = np.sort(patients.time)
    time = np.unique(every)
    at_risk = every.size - np.searchsorted(every, time, side="left")
    left = [_counts(time, patients.time[patients.cause == cause]) for cause in causes]
    events, risk = np.array(left, dtype=np.float64), at_risk.astype(np.float64)
    survival, variance = product_limit(risk[None], events.sum(axis=0)[None])
    incidence, _ = aalen_johansen(risk[None], events[:, None])
    return Table(time, at_risk, survival[0], variance[0], incidence[:, 0], every)


def _counts(time: np.ndarray, those: np.ndarray) -> np.ndarray:
    return np.bincount(np.searchsorted(time, those), minlength=time.size)
