"""What a Cox model, and models of its samples, predict for one time, and what is observed then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.engine.calibration import (
    SmoothCurve,
    absolute_errors,
    group_survival,
    hazard_at,
    smooth_curve,
)
from atrisk.engine.splines import default_knots
from atrisk.errors import InputError
from atrisk.estimators.validation_samples import CoxSamples
from atrisk.sources.model import model_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atrisk.estimators.cox import CoxFit
    from atrisk.sources.histories import Histories

__all__ = ["Measured", "Study", "mean_measures"]

_EQUAL = 1e-12  # predictions of equal rows differ by rounding


@dataclass(frozen=True, slots=True)
class Measured:
    """What is corrected: in groups observed and predicted survival, the curve, its errors."""

    observed: np.ndarray
    predicted: np.ndarray
    curve: np.ndarray
    errors: np.ndarray

    def all(self) -> np.ndarray:
        """Lay out the corrected quantities side by side."""
        return np.concatenate((self.observed - self.predicted, self.curve, self.errors))


class Study:
    """The rows of a fit, what it predicts for them, and what models of samples predict."""

    def __init__(
        self, fit: CoxFit, at: float, selection: Mapping[str, Any] | None, knots: int
    ) -> None:
        self.fit, self.at, self.knot_number = fit, at, knots
        self.samples = CoxSamples(fit, selection)
        self.rows, self.efron = fit.rows, fit.ties == "efron"
        h = fit.histories
        self.ones = np.ones(len(h), dtype=np.int64)
        edges = fit.rows.starts
        self.last = np.array(
            [
                begin + np.searchsorted(fit.rows.time[begin:end], at, side="right") - 1
                for begin, end in pairwise(edges.tolist())
            ]
        )
        self.stratum = fit.rows.stratum()
        self.pooled = _pooled(h, fit.rows.event)
        self.pooled_rows = model_rows(self.pooled, np.zeros((len(h), 1)))
        past = int(np.searchsorted(h.grid.times, at, side="right"))
        self.exit = np.minimum(h.exit, past)
        self.entry = None if h.entry is None else np.minimum(h.entry, past)
        self.event = fit.rows.event & (h.exit < past)
        beta = fit.coefficients
        if selection is not None:
            beta = self.samples.fitted(self.ones[np.newaxis])[0]
            self.samples.removed.clear()
        self.prediction = self.predicted(beta, None)
        _require_spread(self.prediction, selected=selection is not None)
        self.knots = self.placed_knots(_u(self.prediction), self.ones)
        found = smooth_curve(
            self.pooled_rows, _u(self.prediction), self.knots, at, None, efron=self.efron
        )
        if found is None:
            raise InputError(
                "the predictions do not vary, or have no finite relation to what was observed: "
                "there is no calibration curve."
            )
        self.curve = found

    def predicted(self, beta: np.ndarray, counts: np.ndarray | None) -> np.ndarray:
        """Predict each row's survival by coefficients fitted to a sample."""
        rows = self.rows
        if counts is not None:
            rows = replace(rows, weight=counts.astype(float))
        hazard = hazard_at(rows, beta, self.last, efron=self.efron, counted=counts is not None)
        survival: np.ndarray = np.exp(-hazard[self.stratum] * np.exp(rows.predictor(beta)))
        return survival

    def placed_knots(self, u: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Place knots at quantiles of the predictions of a sample."""
        if self.knot_number == 2:
            return np.empty(0)
        return default_knots(np.repeat(u, counts), self.knot_number)

    def measured(
        self,
        prediction: np.ndarray,
        curve: SmoothCurve,
        counts: np.ndarray,
        bounds: np.ndarray,
        grid: np.ndarray,
    ) -> Measured:
        """Compare predictions with what is observed in rows with counts."""
        group = np.searchsorted(bounds, prediction, side="left")
        size = np.bincount(group, counts, bounds.size + 1)
        total = np.bincount(group, counts * prediction, bounds.size + 1)
        smooth = curve.survival(_u(prediction))
        return Measured(
            group_survival(self.exit, self.entry, self.event, group, bounds.size + 1, counts),
            np.divide(total, size, out=np.full(size.size, np.nan), where=size > 0),
            curve.survival(_u(grid)),
            absolute_errors(smooth - prediction, counts),
        )

    def sample(
        self, beta: np.ndarray, counts: np.ndarray, bounds: np.ndarray, grid: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Measure the model of a sample on the sample and on all rows; None where it has none."""
        prediction = self.predicted(beta, counts)
        u = _u(prediction)
        try:
            knots = self.placed_knots(u, counts)
        except InputError:  # the predictions of this sample take too few values
            return None
        curves = [
            smooth_curve(self.pooled_rows, u, knots, self.at, count, efron=self.efron)
            for count in (counts, None)
        ]
        if curves[0] is None or curves[1] is None:
            return None
        training = self.measured(prediction, curves[0], counts, bounds, grid)
        test = self.measured(prediction, curves[1], self.ones, bounds, grid)
        return training.all(), test.all()


def _require_spread(prediction: np.ndarray, *, selected: bool) -> None:
    """Refuse predictions that are all the same, which have no calibration curve."""
    if not np.isfinite(prediction).all():
        raise InputError("the selected model has no finite estimates: leave covariates out.")
    if np.ptp(_u(prediction)) <= _EQUAL:
        why = "selection leaves no covariate" if selected else "no covariate varies"
        raise InputError(f"the predictions do not vary, as {why}: there is no calibration curve.")


def _u(survival: np.ndarray) -> np.ndarray:
    """Give log(-log S); predictions of 0 and 1 are taken just inside."""
    tiny = np.finfo(float).eps
    found: np.ndarray = np.log(-np.log(np.clip(survival, 1e-300, 1.0 - tiny)))
    return found


def _pooled(h: Histories, event: np.ndarray) -> Histories:
    """Take the histories as one stratum with the one event that is modelled."""
    return replace(
        h, cause=event.astype(np.uint8), causes=("event",), stratum=None, strata=("all",),
        group=None, groups=("all",),
    )  # fmt: skip


def mean_measures(
    study: Study, bounds: np.ndarray, grid: np.ndarray, repeats: int, seed: int
) -> tuple[tuple[np.ndarray, np.ndarray], int]:
    """Average over samples what their models reach on them, and on all rows."""
    rng = np.random.default_rng(seed)
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for begin in range(0, repeats, study.samples.together):
        size = min(study.samples.together, repeats - begin)
        counts = np.stack([study.samples.draw(rng) for _ in range(size)])
        for beta, count in zip(study.samples.fitted(counts), counts, strict=True):
            if np.isfinite(beta).all():
                measured = study.sample(beta, count, bounds, grid)
                found += [] if measured is None else [measured]
    if not found:
        raise InputError(
            f"none of {repeats} samples has a model with finite estimates: there are too few "
            "events for the covariates. Leave covariates out, or take fewer knots."
        )
    both = [np.array(part) for part in zip(*found, strict=True)]
    known = np.isfinite(both[0]) & np.isfinite(both[1])
    means = tuple(
        np.divide(np.where(known, part, 0.0).sum(axis=0), known.sum(axis=0),
                  out=np.full(part.shape[1], np.nan), where=known.any(axis=0))
        for part in both
    )  # fmt: skip
    return (means[0], means[1]), repeats - len(found)
