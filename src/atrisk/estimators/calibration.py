"""Calibration of a Cox model: predicted beside observed survival at one time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError
from atrisk.estimators.calibration_samples import Measured, Study, mean_measures
from atrisk.estimators.result import Result, label_array
from atrisk.estimators.source import require_level, require_number
from atrisk.estimators.survival import kaplan_meier
from atrisk.estimators.validation import require_whole, warn_left_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atrisk.estimators.cox import CoxFit

__all__ = ["Calibration", "CalibrationCurve", "CalibrationErrors", "calibration"]

_POINTS = 101
_EDGES = (0.01, 0.99)  # the curve is drawn between these quantiles of the predictions


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class CalibrationCurve(Result):
    """Observed survival as a smooth function of the predicted one.

    Attributes
    ----------
    predicted
        shape (m,): probabilities between the 1st and the 99th percentile of the predictions.
    observed
        shape (m,): the smooth curve.
    corrected
        shape (m,): less its optimism, held within 0 and 1.
    """

    predicted: np.ndarray
    observed: np.ndarray
    corrected: np.ndarray

    def columns(self) -> dict[str, np.ndarray]:
        """Give predicted, observed, corrected."""
        return {name: getattr(self, name) for name in ("predicted", "observed", "corrected")}


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class CalibrationErrors(Result):
    """Sizes of the differences between the smooth curve and the predictions.

    Attributes
    ----------
    index
        shape (4,): ``ICI`` (the mean over rows), ``E50`` (median), ``E90`` (90th percentile) and
        ``Emax``.
    apparent, training, test, optimism, corrected
        shape (4,): as in `Validation`.
    """

    index: np.ndarray
    apparent: np.ndarray
    training: np.ndarray
    test: np.ndarray
    optimism: np.ndarray
    corrected: np.ndarray

    def columns(self) -> dict[str, np.ndarray]:
        """Give index, apparent, training, test, optimism, corrected."""
        names = ("index", "apparent", "training", "test", "optimism", "corrected")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Calibration(Result):
    """Predicted and observed survival at one time, in groups of the predictions.

    Attributes
    ----------
    group
        shape (g,): the predictions that it holds, from the lowest on.
    n
        shape (g,): rows.
    predicted
        shape (g,): mean predicted survival.
    observed, std_error, lower, upper
        shape (g,): Kaplan and Meier's estimate at the time, Greenwood's error and the interval on
        the log scale; missing where nobody in the group is followed so far.
    corrected
        shape (g,): observed survival less the optimism of its difference to the predicted one,
        held within 0 and 1.
    curve
        the smooth curve.
    errors
        how far it is from the predictions.
    prediction
        shape (n,): predicted survival of each row.
    at
        the time, in ``unit`` since ``origin``.
    knots
        shape (k,): of the spline, in log(-log predicted survival); empty for a straight line.
    asked, failed
        samples drawn, and those that are left out because a model had no finite estimates.
    seed, conf_level, unit, origin, method
        by name.
    """

    group: np.ndarray
    n: np.ndarray
    predicted: np.ndarray
    observed: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    corrected: np.ndarray
    curve: CalibrationCurve
    errors: CalibrationErrors
    prediction: np.ndarray
    at: float
    knots: np.ndarray
    asked: int
    failed: int
    seed: int
    conf_level: float
    unit: str
    origin: str
    method: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give group, n, predicted, observed, std_error, lower, upper, corrected."""
        names = ("group", "n", "predicted", "observed", "std_error", "lower", "upper", "corrected")
        return {name: getattr(self, name) for name in names}


def calibration(
    fit: CoxFit,
    at: float,
    *,
    groups: int = 5,
    knots: int = 3,
    repeats: int = 200,
    seed: int = 1,
    selection: Mapping[str, Any] | None = None,
    conf_level: float = 0.95,
) -> Calibration:
    """Compare the survival that a model predicts with the survival observed.

    Parameters
    ----------
    fit
        of `cox`, without weights or penalty.
    at
        the time, in the model's unit since its origin.
    groups
        number of groups of equal size by predicted survival.
    knots
        of the smooth curve, 3 to 7; 2 for a straight line.
    repeats, seed, selection
        of the bootstrap, as in `validate`.
    conf_level
        of the intervals of observed survival.

    Returns
    -------
    Calibration
        its table has the groups; ``curve`` the smooth curve, ``errors`` its distance.

    Raises
    ------
    InputError
        nobody is followed so far, the predictions take too few values, or as in `validate`.

    Warns
    -----
    AtRiskWarning
        some samples have no model with finite estimates and are left out.

    Notes
    -----
    The curve is a Cox model of the outcome on a restricted cubic spline of log(-log predicted
    survival). Optimism is the mean over the samples of the same quantity for the sample's model on
    its sample less on the study's rows: of the curve at each prediction, of the difference between
    observed and predicted survival in groups with the same bounds, and of each index of distance.
    With strata the predictions are those of each row's stratum, and what is observed is that of
    all rows together.

    References
    ----------
    Austin PC, Harrell FE, van Klaveren D (2020) Stat Med 39:2714. Harrell FE (2015) Regression
    Modeling Strategies, sections 5.3 and 20.10.

    Examples
    --------
    >>> import polars as pl
    >>> from atrisk.estimators.cox import cox
    >>> df = pl.DataFrame({
    ...     "days": [3, 5, 8, 8, 11, 14, 17, 20, 25, 26, 29, 31],
    ...     "died": [1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1],
    ...     "age": [58, 40, 50, 44, 70, 52, 61, 39, 55, 45, 41, 48],
    ... })
    >>> found = calibration(cox("Surv(days, died) ~ age", df), 12, groups=2, knots=2, repeats=10)
    >>> found.predicted.round(2).tolist(), found.observed.round(2).tolist()
    ([0.58, 0.84], [0.5, 0.83])
    """
    if type(fit).__name__ != "CoxFit":
        raise InputError(f"a fit of cox is expected, not {type(fit).__name__}.")
    require_level(conf_level)
    number = require_whole("groups", groups, least=1)
    times = require_whole("repeats", repeats, least=1)
    start = require_whole("seed", seed, least=0)
    study = Study(fit, _horizon(fit, at), selection, require_whole("knots", knots, least=2))
    bounds = np.quantile(study.prediction, np.linspace(0, 1, number + 1)[1:-1])
    bounds = np.unique(bounds[bounds < study.prediction.max()])
    first, last = np.quantile(study.prediction, _EDGES)
    grid = np.linspace(first, last, _POINTS)
    averages, failed = mean_measures(study, bounds, grid, times, start)
    warn_left_out(failed, times)
    apparent = study.measured(study.prediction, study.curve, study.ones, bounds, grid)
    return _result(study, apparent, averages, bounds, grid, (times, failed, start), conf_level)


def _horizon(fit: CoxFit, at: object) -> float:
    time = require_number("at", at, f"a time in {fit.unit}")
    h = fit.histories
    reached = h.grid.times[int(h.exit.max())]
    if not 0 < time <= reached:
        raise InputError(
            f"at={at!r}: give a time after 0 and up to {reached:g} {fit.unit}, when the last row "
            "is followed."
        )
    if not (h.grid.times[h.exit[fit.rows.event]] <= time).any():
        raise InputError(f"at={at!r}: there is no event up to it, so nothing to compare.")
    return time


def _result(
    study: Study,
    apparent: Measured,
    averages: tuple[np.ndarray, np.ndarray],
    bounds: np.ndarray,
    grid: np.ndarray,
    drawn: tuple[int, int, int],
    conf_level: float,
) -> Calibration:
    training, test = averages
    optimism = training - test
    size, points = bounds.size + 1, grid.size
    group = np.searchsorted(bounds, study.prediction, side="left")
    labels = _labels(bounds)
    h = replace(study.pooled, group=group.astype(np.int64), groups=labels)
    curves = kaplan_meier(h, conf_level=conf_level).at([study.at], beyond="missing")
    table = curves.columns()
    errors = slice(size + points, None)
    return Calibration(
        group=label_array(labels),
        n=np.bincount(group, minlength=size),
        predicted=apparent.predicted,
        observed=table["estimate"],
        std_error=table["std_error"],
        lower=table["lower"],
        upper=table["upper"],
        corrected=np.clip(table["estimate"] - optimism[:size], 0.0, 1.0),
        curve=CalibrationCurve(
            grid, apparent.curve, np.clip(apparent.curve - optimism[size : size + points], 0, 1)
        ),
        errors=CalibrationErrors(
            index=label_array(("ICI", "E50", "E90", "Emax")),
            apparent=apparent.errors,
            training=training[errors],
            test=test[errors],
            optimism=optimism[errors],
            corrected=apparent.errors - optimism[errors],
        ),
        prediction=study.prediction,
        at=study.at,
        knots=study.knots,
        asked=drawn[0],
        failed=drawn[1],
        seed=drawn[2],
        conf_level=conf_level,
        unit=study.fit.unit,
        origin=study.fit.origin,
        method=f"Kaplan-Meier in groups; Cox model on a spline of {study.knot_number} knots; "
        f"bootstrap optimism, {study.samples.unit} drawn with replacement",
    )


def _labels(bounds: np.ndarray) -> tuple[str, ...]:
    """Name groups by the predicted survival that they hold."""
    edges = ["0", *(f"{bound:.3f}" for bound in bounds), "1"]
    return tuple(
        f"{'[' if place == 0 else '('}{low}, {high}]"
        for place, (low, high) in enumerate(pairwise(edges))
    )
