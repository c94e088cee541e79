"""A fitted model's rows with other counts: its bootstrap samples, and how it does in them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.engine.concordance import Compared, compare_pairs, score_ranks
from atrisk.engine.elimination import reduced
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

__all__ = ["EQUAL", "CoxSamples", "Samples", "require_plain"]

EQUAL = 1e-12  # linear predictors of equal rows differ by rounding, relative to the largest
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


def require_plain(fit: Any, *, weighted: bool) -> None:  # noqa: ANN401 - a regression
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
        require_plain(fit, weighted=fit.rows.weight is not None)
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
            beta[good] = self._selected(beta[good], counts[good])
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
            rank = score_ranks(score, EQUAL * float(np.abs(score).max(initial=0.0)))
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
        rank = score_ranks(score, EQUAL * float(np.abs(score).max(initial=0.0)))
        return compare_pairs(replace(rows, rank=rank)).estimate

    def _selected(self, beta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Select terms in each sample, and fit what is left to it; shape (B, p)."""
        out = np.zeros_like(beta)
        start = np.zeros_like(beta)
        places: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
        for place, count in enumerate(counts):
            rows = replace(self.rows, weight=count.astype(float))
            at = cox_likelihood(rows, efron=self.efron, counted=True)
            vcov = inverse(at(beta[place]).information())
            if not np.isfinite(vcov).all():
                out[place] = np.nan
                continue
            gone = np.array(self._dropped(beta[place], vcov), dtype=np.int64)
            stay, start[place, : beta.shape[1] - gone.size], _ = reduced(beta[place], vcov, gone)
            places[tuple(stay.tolist())].append(place)
        # samples with the same terms are fitted together
        for columns, same in places.items():
            if columns:
                stay = np.array(columns)
                smaller = without(self.rows, stay)
                found = fit_replicates(
                    smaller, counts[same], start[same, : stay.size], efron=self.efron
                )
                good = found.converged[:, np.newaxis]
                out[np.ix_(np.array(same), stay)] = np.where(good, found.beta, np.nan)
        return out
