"""Absolute risk: the cumulative incidence that cause-specific Cox models give together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from atrisk.engine.absolute_risk import (
    CauseHazard,
    RiskCurves,
    hazard_of_cause,
    risk_curves,
    risk_influence,
)
from atrisk.engine.fine_gray import unit_influence
from atrisk.engine.residuals import score_residuals
from atrisk.engine.timegrid import snapped
from atrisk.errors import InputError, listed
from atrisk.estimators.asked_cells import asked_times, new_strata, require_reach
from atrisk.estimators.cause_specific import CauseSpecificFits
from atrisk.estimators.cox import CoxFit
from atrisk.estimators.fine_gray_prediction import IncidencePrediction, incidence_interval
from atrisk.estimators.result import label_array
from atrisk.estimators.source import require_level

__all__ = ["absolute_risk"]


def absolute_risk(
    fits: CauseSpecificFits | Mapping[str, CoxFit],
    newdata: Any,  # noqa: ANN401 - any frame, an array or a mapping
    times: Any = None,  # noqa: ANN401 - numbers
    *,
    conf_level: float = 0.95,
) -> IncidencePrediction:
    """Predict the cumulative incidence of every cause from cause-specific Cox models.

    Parameters
    ----------
    fits
        from `cause_specific_cox`; or cause -> `CoxFit`, one for each cause, fitted to the same
        rows with covariates of their own.
    newdata
        m rows with the covariates (and the columns of the strata) of the models.
    times
        shape (k,): when, in the models' unit; None for the event times of any cause in each row's
        stratum. The standard error costs a pass over the n rows for each row and time asked.
    conf_level
        of the interval, on the scale log(-log(1 - F)).

    Returns
    -------
    IncidencePrediction
        a row for each new row, cause and time, in this order.

    Raises
    ------
    InputError
        the fits differ in their rows, a cause is missing among them, an estimate is infinite or
        penalised, a covariate is missing, or a time is after the stratum's last exit.

    Notes
    -----
    The hazards' increments at each event time, Breslow's or Efron's as in the fits, are multiplied
    up by matrix exponentials, as in R's ``survfit`` of a multi-state ``coxph`` (which takes
    Breslow's whatever was asked), so that the incidences and survival sum to 1. The standard
    error is that of the influence functions: of every row on coefficients and baselines of all
    causes. Formulas are at the head of ``atrisk/engine/absolute_risk.py``.

    References
    ----------
    Benichou J, Gail MH (1990) Biometrics 46:813. Ozenne B, Sorensen AL, Scheike T, Torp-Pedersen
    C, Gerds TA (2017) R Journal 9(2):440.

    Examples
    --------
    >>> import polars as pl
    >>> from atrisk.estimators.cause_specific import cause_specific_cox
    >>> df = pl.DataFrame({
    ...     "days": [3, 5, 8, 8, 11, 14, 20, 21], "event": [2, 1, 1, 0, 2, 1, 1, 0],
    ...     "age": [55, 61, 50, 44, 70, 52, 39, 48],
    ... })
    >>> fits = cause_specific_cox(
    ...     "Surv(days, event) ~ age", df, causes={"relapse": 1, "death": 2}
    ... )
    >>> risk = absolute_risk(fits, {"age": [50, 60]}, times=[10])
    >>> risk.cause.tolist(), risk.estimate.round(3).tolist()
    (['relapse', 'death', 'relapse', 'death'], [0.225, 0.066, 0.278, 0.158])
    """
    require_level(conf_level)
    by_cause = _by_cause(fits)
    first = next(iter(by_cause.values()))
    designs = [fit.design.again(newdata)[:, fit.kept] for fit in by_cause.values()]
    centred = [x - fit.rows.center for x, fit in zip(designs, by_cause.values(), strict=True)]
    stratum = new_strata(newdata, designs[0].shape[0], first.strata_columns, first.strata)
    hazards = tuple(_hazard(fit) for fit in by_cause.values())
    predictors = _predictors(by_cause, centred, newdata)
    require_reach(predictors)
    own = [_own_times(hazards, s) for s in range(len(first.strata))]
    asked = asked_times(first.histories, own, stratum, times)
    estimate, error = [], []
    for row in range(stratum.size):
        curves = risk_curves(hazards, int(stratum[row]), predictors[:, row])
        z = tuple(x[row] for x in centred)
        found = _risks(first, hazards, curves, z, asked.time[asked.row == row])
        estimate.append(found[0])
        error.append(found[1])
    return _laid_out(by_cause, asked.row, asked.time, stratum, estimate, error, conf_level)


def _by_cause(fits: CauseSpecificFits | Mapping[str, CoxFit]) -> dict[str, CoxFit]:
    """Take the fits by cause, and refuse those that do not belong together."""
    if not isinstance(fits, CauseSpecificFits | Mapping):
        raise InputError(
            f"fits is a {type(fits).__name__}: absolute risk needs the Cox model of every cause. "
            "Fit them together with cause_specific_cox(...), or give a mapping cause -> fit. The "
            "survival of one Cox model is its predict_survival."
        )
    found = dict(fits)
    for cause, fit in found.items():
        if not isinstance(fit, CoxFit):
            raise InputError(
                f"the model of {cause!r} is a {type(fit).__name__}: give a fit of cox(...)."
            )
    first = next(iter(found.values()), None)
    if first is None:
        raise InputError("fits is empty: give the Cox model of every cause.")
    known = first.histories.causes
    absent = [cause for cause in known if cause not in found]
    if absent or len(found) != len(known):
        raise InputError(
            f"fits has {listed(found)}, the causes are {listed(known)}: give one fit for each, "
            "since every cause takes people away from the others."
        )
    for cause, fit in found.items():
        _require_usable(cause, fit, first)
    return {cause: found[cause] for cause in known}


def _require_usable(cause: str, fit: CoxFit, first: CoxFit) -> None:
    if fit.endless:
        raise InputError(
            f"the model of {cause!r} cannot predict: the estimate of {listed(fit.endless)} is "
            "infinite. Join levels, or leave the term out."
        )
    if fit.penalty.any() or fit.conf_type == "profile":
        raise InputError(
            f"the model of {cause!r} is penalised: the error of its absolute risk is not known. "
            "Fit it without ridge and firth."
        )
    same = fit.strata == first.strata and fit.n == first.n
    if not same or not np.array_equal(fit.histories.exit, first.histories.exit):
        raise InputError(
            f"the model of {cause!r} has {fit.n} rows and strata {listed(fit.strata)}, another has "
            f"{first.n} and {listed(first.strata)}: fit all causes to the same rows in the same "
            "order (leave out rows that miss any covariate first)."
        )
    code = first.histories.causes.index(cause) + 1
    if not np.array_equal(fit.rows.event, first.histories.cause == code):
        raise InputError(
            f"the model given for {cause!r} was not fitted to its events. Fit it with "
            f"cause={cause!r}."
        )


def _hazard(fit: CoxFit) -> CauseHazard:
    point = fit.likelihood()
    return hazard_of_cause(point, score_residuals(point) @ fit.model_vcov)


def _predictors(
    by_cause: dict[str, CoxFit],
    centred: list[np.ndarray],
    newdata: Any,  # noqa: ANN401 - as above
) -> np.ndarray:
    """Give the linear predictor of every cause and new row, shape (C, m)."""
    found = []
    for fit, z in zip(by_cause.values(), centred, strict=True):
        offset = fit.design.offset_again(newdata)
        found.append(z @ fit.coefficients + (0.0 if offset is None else offset))
    return np.stack(found)


def _own_times(hazards: tuple[CauseHazard, ...], stratum: int) -> np.ndarray:
    """Give the event times of any cause in a stratum."""
    times = []
    for hazard in hazards:
        rows = hazard.point.rows
        times.append(rows.time[rows.starts[stratum] + 1 : rows.starts[stratum + 1]])
    return np.unique(np.concatenate(times))


def _risks(
    fit: CoxFit,
    hazards: tuple[CauseHazard, ...],
    curves: RiskCurves,
    z: tuple[np.ndarray, ...],
    asked: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Give the incidence of every cause at the times, and its standard error, shape (C, k)."""
    last = np.full(asked.size, -1)
    if curves.time.size:
        last = np.searchsorted(curves.time, snapped(asked, curves.time), side="right") - 1
    estimate = np.where(last >= 0, curves.incidence[:, np.maximum(last, 0)], 0.0)
    error = np.zeros(estimate.shape)
    cluster, counted = _units(fit)
    for c in range(len(hazards)):
        for t in np.flatnonzero(last >= 0):
            rows = risk_influence(hazards, curves, z, c, int(last[t]))[:, np.newaxis]
            parts = unit_influence(rows, fit.rows.weight, cluster, counted=counted)
            error[c, t] = np.sqrt(np.sum(parts**2))
    return estimate, error


def _units(fit: CoxFit) -> tuple[np.ndarray | None, bool]:
    """Say which rows make a unit of the variance, and whether weights are numbers of rows."""
    cluster = fit.cluster
    if cluster is None and fit.histories.subject is not None:
        cluster = np.unique(fit.histories.subject, return_inverse=True)[1].astype(np.int32)
    return cluster, fit.variance == "model"


def _laid_out(
    by_cause: dict[str, CoxFit],
    row: np.ndarray,
    time: np.ndarray,
    stratum: np.ndarray,
    estimate: list[np.ndarray],
    error: list[np.ndarray],
    conf_level: float,
) -> IncidencePrediction:
    """Lay out row by row, cause by cause, time by time."""
    first = next(iter(by_cause.values()))
    sizes = [found.shape[1] for found in estimate]
    rows = np.repeat(np.arange(len(estimate)), [found.size for found in estimate])
    times = [np.tile(time[row == r], len(by_cause)) for r in range(len(estimate))]
    causes = [np.repeat(label_array(tuple(by_cause)), size) for size in sizes]
    flat, spread = (
        np.concatenate([np.empty(0), *map(np.ravel, part)]) for part in (estimate, error)
    )
    lower, upper = incidence_interval(flat, spread, conf_level)
    return IncidencePrediction(
        row=rows + 1,
        stratum=label_array(first.strata)[stratum[rows]],
        cause=np.concatenate([label_array(()), *causes]),
        time=np.concatenate([np.empty(0), *times]),
        estimate=flat,
        std_error=spread,
        lower=lower,
        upper=upper,
        unit=first.unit,
        origin=first.origin,
        conf_level=conf_level,
        method="absolute risk from cause-specific Cox models, variance by influence functions, "
        "log-log interval",
    )
