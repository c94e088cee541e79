"""Bootstrap samples of a logistic model: each fitted anew, and how it does in them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

from atrisk.engine.concordance import score_ranks
from atrisk.engine.logistic import Solution, fit_logistic, maximum_exists
from atrisk.engine.logistic_rows import LogisticModel, logistic_model
from atrisk.engine.newton import inverse
from atrisk.engine.passes import side_by_side
from atrisk.engine.recalibration import nagelkerke
from atrisk.estimators.validation_samples import EQUAL, Samples, require_plain

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BinarySamples"]


class BinarySamples(Samples):
    """Samples of a logistic model."""

    names = ("C", "Dxy", "R2", "intercept", "slope", "Brier")

    def __init__(self, fit: Any, selection: Mapping[str, Any] | None) -> None:  # noqa: ANN401 - a LogisticFit
        self.model: LogisticModel = fit._model  # noqa: SLF001 - the rows of the fit
        require_plain(fit, weighted=bool(np.any(self.model.total != 1.0)))
        groups = ("rows" if fit.cluster is None else "clusters", fit.cluster)
        super().__init__(fit, selection, groups, self.model.total.size)
        self.back = np.linalg.inv(self.model.transform)

    def of_fit(self) -> np.ndarray:
        """Give the indexes of the fit on its rows."""
        score = self.model.predictor(self.back @ self.fit.estimate)
        return self._of(score, np.ones(score.size), self.fit.loglik, 0.0, 1.0)

    def indexes(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give the indexes of each sample's model on the sample and on all rows."""
        # selection counts what leaves, so that samples with it go one after another
        each = list(counts)
        found = (
            side_by_side(each, self._both)
            if self.selection is None
            else [self._both(c) for c in each]
        )
        training, test = zip(*found, strict=True)
        return np.array(training), np.array(test)

    def _both(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        beta = self._fitted(counts.astype(float))
        if beta is None:
            unknown = np.full(len(self.names), np.nan)
            return unknown, unknown
        score = self.model.predictor(beta)
        whole = np.ones(score.size)
        loglik = _binary_loglik(score, self.model.events, counts)
        training = self._of(score, counts.astype(float), loglik, 0.0, 1.0)
        again = _recalibrated(score, self.model.events)
        if again is None:
            null = _null_binary(self.model.events, whole)
            return training, self._of(score, whole, null, np.nan, np.nan)
        intercept, slope, loglik = again
        return training, self._of(score, whole, loglik, intercept, slope)

    def _fitted(self, counts: np.ndarray) -> np.ndarray | None:
        """Fit a sample; None where its likelihood has no maximum."""
        drawn = counts > 0
        model = replace(
            self.model,
            z=self.model.z[drawn],
            events=self.model.events[drawn] * counts[drawn],
            total=counts[drawn],
            offset=None if self.model.offset is None else self.model.offset[drawn],
        )
        solution = _solved(model)
        if solution is None or self.selection is None:
            return None if solution is None else solution.beta
        transform = model.transform
        vcov = transform @ inverse(solution.information) @ transform.T
        gone = self._dropped(transform @ solution.beta, vcov)
        stay = np.setdiff1d(np.arange(solution.beta.size), gone)
        smaller = _solved(
            replace(model, z=model.z[:, stay], transform=transform[np.ix_(stay, stay)])
        )
        if smaller is None:
            return None
        beta = np.zeros_like(solution.beta)
        beta[stay] = smaller.beta
        return beta

    def _of(
        self, score: np.ndarray, counts: np.ndarray, loglik: float, intercept: float, slope: float
    ) -> np.ndarray:
        y = self.model.events
        c = _area(score, y * counts, (1.0 - y) * counts)
        n = float(counts.sum())
        r2 = float(nagelkerke(np.array(loglik), _null_binary(y, counts), n))
        brier = float(counts @ (y - expit(score)) ** 2) / n
        return np.array([c, 2 * c - 1, r2, intercept, slope, brier])


def _solved(model: LogisticModel) -> Solution | None:
    """Fit a logistic model; None where a column does not vary or the outcome is separated."""
    if not 0.0 < model.events.sum() < model.total.sum():
        return None
    if np.linalg.matrix_rank(model.z) < model.z.shape[1]:
        return None
    solution = fit_logistic(model)
    return solution if solution.converged and maximum_exists(model, solution) else None


def _recalibrated(score: np.ndarray, y: np.ndarray) -> tuple[float, float, float] | None:
    """Fit the outcome on the score alone: intercept, slope and log-likelihood."""
    if np.ptp(score) <= EQUAL * float(np.abs(score).max()):
        return None
    model = logistic_model(score[:, np.newaxis], y, np.ones(y.size))
    solution = _solved(model)
    if solution is None:
        return None
    intercept, slope = model.transform @ solution.beta
    return float(intercept), float(slope), solution.loglik


def _binary_loglik(score: np.ndarray, y: np.ndarray, counts: np.ndarray) -> float:
    return float(counts @ (y * score - np.logaddexp(0.0, score)))


def _null_binary(y: np.ndarray, counts: np.ndarray) -> float:
    share = float(counts @ y) / float(counts.sum())
    return _binary_loglik(np.full(y.size, np.log(share / (1.0 - share))), y, counts)


def _area(score: np.ndarray, event: np.ndarray, other: np.ndarray) -> float:
    """Give the share of pairs of an event and another whose event has the higher score."""
    rank = score_ranks(score, EQUAL * float(np.abs(score).max(initial=0.0)))
    events, others = np.bincount(rank, event), np.bincount(rank, other)
    below = np.cumsum(others) - 0.5 * others
    return float(events @ below / (events.sum() * others.sum()))
