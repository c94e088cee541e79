"""A fitted model's rows with other counts: its bootstrap samples, and how it does in them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

from atrisk.engine.concordance import Compared, compare_pairs, score_ranks
from atrisk.engine.elimination import reduced
from atrisk.engine.logistic import Solution, fit_logistic, maximum_exists
from atrisk.engine.logistic_rows import LogisticModel, logistic_model
from atrisk.engine.newton import inverse
from atrisk.engine.pair_list import list_pairs
from atrisk.engine.partial_likelihood import cox_likelihood
from atrisk.engine.passes import side_by_side
from atrisk.engine.recalibration import calibration_slopes, nagelkerke
from atrisk.engine.replicates import fit_replicates
from atrisk.errors import InputError, listed
from atrisk.estimators.cox_fitting import without
from atrisk.estimators.selection import approximate_path

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BinarySamples", "CoxSamples", "Samples"]

_EQUAL = 1e-12  # linear predictors of equal rows differ by rounding, relative to the largest
# an estimate this far over the range of its covariate (a hazard ratio of 5e8) is looked at
_FAR = 20.0
_MOVING = 1e-2  # of a linear predictor, by a step that should be none
_FEW = 1000  # rows whose comparable pairs are listed
_NUMBERS = 1 << 24  # counts held at a time


class Samples(ABC):
    """The rows of a fit, to be fitted again with other counts.

    Attributes
    ----------
    names
        of the indexes.
    unit
        what is drawn: ``rows``, ``subjects`` or ``clusters``.
    together
        samples handled at a time.
    selection
        options of `backward` for each sample, or None.
    removed
        term -> number of samples in which it was removed.
    """

    names: tuple[str, ...]

    def __init__(
        self,
        fit: Any,  # noqa: ANN401 - a regression
        selection: Mapping[str, Any] | None,
        groups: tuple[str, np.ndarray | None],
        rows: int,
    ) -> None:
        self.fit, self.selection = fit, selection
        self.removed: Counter[str] = Counter()
        self.rows_in_all = rows
        self.unit, code = groups
        self.code = None if code is None else np.unique(code, return_inverse=True)[1]
        self.units = rows if self.code is None else int(self.code.max()) + 1
        self.together = max(1, min(256, _NUMBERS // max(rows, 1)))
        if selection is not None:
            unknown = set(selection) - {"rule", "stay", "keep", "type"}
            if unknown:
                raise InputError(
                    f"selection has {listed(sorted(unknown))}; it takes rule, stay, keep and type."
                )

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """Draw as many units as there are, with replacement; count how often each row comes."""
        drawn: np.ndarray = np.bincount(
            rng.integers(self.units, size=self.units), minlength=self.units
        )
        counts: np.ndarray = drawn if self.code is None else drawn[self.code]
        return counts

    def apparent(self) -> np.ndarray:
        """Give the indexes on its rows of the fit, or of what selection leaves of it, (k,)."""
        if self.selection is None:
            return self.of_fit()
        training, _ = self.indexes(np.ones((1, self.rows_in_all), dtype=np.int64))
        self.removed.clear()
        apparent: np.ndarray = training[0]
        return apparent

    @abstractmethod
    def of_fit(self) -> np.ndarray:
        """Give the indexes of the fit on its rows, shape (k,)."""

    @abstractmethod
    def indexes(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give the indexes of each sample's model on the sample and on all rows, (B, k) each.

        Parameters
        ----------
        counts
            shape (B, n).
        """

    def _dropped(self, estimate: np.ndarray, vcov: np.ndarray) -> list[int]:
        """Select terms as `backward` does; give the columns of those that leave."""
        gone = approximate_path(self.fit, estimate, vcov, **(self.selection or {}))
        self.removed.update(gone)
        return sorted(c for term in self.fit.terms if term.name in gone for c in term.columns)


def _require_plain(fit: Any, *, weighted: bool) -> None:  # noqa: ANN401 - a regression
    """Refuse fits whose bootstrap would not be that of rms."""
    if weighted:
        raise InputError(
            "the model has weights, and samples of weighted rows are not defined here: write a row "
            "a subject, or validate the model without weights."
        )
    if "Firth" in fit.method or np.any(getattr(fit, "penalty", 0.0)):
        raise InputError("a model with a penalty is not validated here: fit it without.")
    if fit.endless:
        raise InputError(
            f"the estimate of {listed(fit.endless)} is infinite: join levels or leave it out."
        )


def _groups(
    cluster: np.ndarray | None, subject: np.ndarray | None
) -> tuple[str, np.ndarray | None]:
    """Say what is drawn: clusters where they were asked for, else subjects, else rows."""
    if cluster is None:
        return "rows" if subject is None else "subjects", subject
    same = subject is not None and np.array_equal(
        np.unique(cluster, return_inverse=True)[1], np.unique(subject, return_inverse=True)[1]
    )
    return "subjects" if same else "clusters", cluster


class CoxSamples(Samples):
    """Samples of a Cox model."""

    names = ("C", "Dxy", "R2", "slope")

    def __init__(self, fit: Any, selection: Mapping[str, Any] | None) -> None:  # noqa: ANN401 - a CoxFit
        _require_plain(fit, weighted=fit.rows.weight is not None)
        h = fit.histories
        groups = _groups(fit.cluster, h.subject)
        super().__init__(fit, selection, groups, len(fit.rows))
        self.rows, self.efron = fit.rows, fit.ties == "efron"
        stratum = self.rows.stratum() if self.rows.starts.size > 2 else None
        self.compared = Compared(
            exit=h.exit,
            entry=h.entry,
            event=self.rows.event,
            stratum=stratum,
            weight=None,
            rank=np.zeros(len(h), dtype=np.int32),
        )
        self.pairs = list_pairs(self.compared) if len(h) <= _FEW else None
        self.subjects = len(h) if h.subject is None else int(np.unique(h.subject).size)

    def of_fit(self) -> np.ndarray:
        """Give the indexes of the fit on its rows."""
        c = self._concordance(self.rows.predictor(self.fit.coefficients))
        r2 = nagelkerke(np.array(self.fit.loglik), self.fit.null_loglik, self.subjects)
        return np.array([c, 2 * c - 1, float(r2), 1.0])

    def fitted(self, counts: np.ndarray) -> np.ndarray:
        """Fit each sample; coefficients of shape (B, p), NaN where there are no finite ones."""
        found = fit_replicates(self.rows, counts, self.fit.coefficients, efron=self.efron)
        good = found.converged.copy()
        # the rest are looked at where they are far
        good[good] = ~self._endless(found.beta[good], counts[good])
        beta = np.where(good[:, np.newaxis], found.beta, np.nan)
        if self.selection is not None:
            for place in np.flatnonzero(good):
                beta[place] = self._selected(beta[place], counts[place])
        return beta

    def _endless(self, beta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Mark samples, shape (B,), whose estimates are still on their way to infinity.

        The columns of a spline nearly cancel: their estimates are far, and finite. At a maximum
        Newton's next step moves no linear predictor; towards infinity it moves some by about 1.
        """
        far: np.ndarray = (np.abs(beta) * np.ptp(self.rows.x, axis=0) >= _FAR).any(axis=1)
        for place in np.flatnonzero(far):
            rows = replace(self.rows, weight=counts[place].astype(float))
            with np.errstate(all="ignore"):  # what cannot be computed is NaN, and endless
                point = cox_likelihood(rows, efron=self.efron, counted=True)(beta[place])
                step = inverse(point.information()) @ point.score()
                far[place] = not np.ptp(self.rows.x[counts[place] > 0] @ step) < _MOVING
        return far

    def indexes(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give the indexes of each sample's model on the sample and on all rows."""
        beta = self.fitted(counts)
        good = np.flatnonzero(np.isfinite(beta).all(axis=1))
        training = np.full((counts.shape[0], len(self.names)), np.nan)
        test = training.copy()
        if good.size:
            score = self._scores(beta[good])
            training[good] = self._on_samples(score, beta[good], counts[good])
            test[good] = self._on_all(score)
        return training, test

    def _scores(self, beta: np.ndarray) -> np.ndarray:
        score: np.ndarray = self.rows.x @ beta.T
        return score if self.rows.offset is None else score + self.rows.offset[:, np.newaxis]

    def _on_samples(self, score: np.ndarray, beta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        def of(place: int) -> list[float]:
            c = self._concordance(score[:, place], counts[place])
            rows = replace(self.rows, weight=counts[place].astype(float))
            at = cox_likelihood(rows, efron=self.efron, counted=True)
            null = at(np.zeros(beta.shape[1])).loglik
            n = self.subjects if self.code is None else float(self._drawn(counts[place]))
            r2 = nagelkerke(np.array(at(beta[place]).loglik), null, n)
            return [c, 2 * c - 1, float(r2), 1.0]

        return np.array(side_by_side(range(score.shape[1]), of))

    def _drawn(self, counts: np.ndarray) -> int:
        """Count the subjects of a sample, each as often as it was drawn."""
        subject = self.fit.histories.subject
        if subject is None:
            return int(counts.sum())
        first = np.unique(subject, return_index=True)[1]
        return int(counts[first].sum())

    def _on_all(self, score: np.ndarray) -> np.ndarray:
        c = np.array(side_by_side(list(score.T), self._concordance))
        found = calibration_slopes(self.rows, score, efron=self.efron)
        r2 = nagelkerke(found.loglik, self._null(), self.subjects)
        return np.column_stack((c, 2 * c - 1, r2, found.slope))

    def _null(self) -> float:
        """Give the log-likelihood of the rows without covariates and offset."""
        if self.rows.offset is None:
            return float(self.fit.null_loglik)
        plain = replace(self.rows, offset=None)
        return cox_likelihood(plain, efron=self.efron)(np.zeros(plain.x.shape[1])).loglik

    def _concordance(self, score: np.ndarray, counts: np.ndarray | None = None) -> float:
        if self.pairs is not None:
            rank = score_ranks(score, _EQUAL * float(np.abs(score).max(initial=0.0)))
            return self.pairs.concordance(rank, counts)
        rows = self.compared
        if counts is not None:
            drawn = np.flatnonzero(counts)
            score = score[drawn]
            rows = replace(
                rows,
                exit=rows.exit[drawn],
                entry=None if rows.entry is None else rows.entry[drawn],
                event=rows.event[drawn],
                stratum=None if rows.stratum is None else rows.stratum[drawn],
                weight=counts[drawn].astype(float),
            )
        rank = score_ranks(score, _EQUAL * float(np.abs(score).max(initial=0.0)))
        return compare_pairs(replace(rows, rank=rank)).estimate

    def _selected(self, beta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Select terms in a sample, and fit what is left to it."""
        rows = replace(self.rows, weight=counts.astype(float))
        vcov = inverse(cox_likelihood(rows, efron=self.efron, counted=True)(beta).information())
        if not np.isfinite(vcov).all():
            return np.full_like(beta, np.nan)
        gone = self._dropped(beta, vcov)
        stay = np.setdiff1d(np.arange(beta.size), gone)
        out = np.zeros_like(beta)
        if stay.size:
            start = reduced(beta, vcov, np.array(gone, dtype=np.int64))[1]
            smaller = without(self.rows, stay)
            found = fit_replicates(smaller, counts[np.newaxis], start, efron=self.efron)
            out[stay] = found.beta[0] if found.converged[0] else np.nan
        return out


class BinarySamples(Samples):
    """Samples of a logistic model."""

    names = ("C", "Dxy", "R2", "intercept", "slope", "Brier")

    def __init__(self, fit: Any, selection: Mapping[str, Any] | None) -> None:  # noqa: ANN401 - a LogisticFit
        self.model: LogisticModel = fit._model  # noqa: SLF001 - the rows of the fit
        _require_plain(fit, weighted=bool(np.any(self.model.total != 1.0)))
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
    if np.ptp(score) <= _EQUAL * float(np.abs(score).max()):
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
    rank = score_ranks(score, _EQUAL * float(np.abs(score).max(initial=0.0)))
    events, others = np.bincount(rank, event), np.bincount(rank, other)
    below = np.cumsum(others) - 0.5 * others
    return float(events @ below / (events.sum() * others.sum()))
