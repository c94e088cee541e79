"""What a fitted Cox model predicts: cumulative hazards and survival, with their errors.

With L the running sum of h and M that of a S1 - b D1 over the cells of a stratum (see
``atrisk/engine/moments.py``), covariates z relative to the centre and V the covariance of beta,

    H(t)     = exp(z'beta) L(t)
    var H(t) = exp(2 z'beta) (sum of a + d'V d),   d = z L(t) - M(t)
    S(t)     = exp(-H(t)),   se S = S se H

Sources: Breslow N (1974) Biometrics 30:89; Efron B (1977) J Am Stat Assoc 72:557; Tsiatis A
(1981) Ann Stat 9:93; Therneau T, Grambsch P (2000) Modeling Survival Data, 10.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.engine.intervals import hazard_interval, probability_interval
from atrisk.engine.segments import running_sum
from atrisk.engine.timegrid import snapped
from atrisk.errors import InputError, listed
from atrisk.estimators.asked_cells import last_exits, new_strata, require_reach
from atrisk.estimators.result import Result, label_array
from atrisk.estimators.source import numbers_from, require_choice, require_level

if TYPE_CHECKING:
    from atrisk.estimators.cox import CoxFit

__all__ = [
    "BaselineHazard",
    "SurvivalPrediction",
    "baseline",
    "linear_predictor",
    "predict_survival",
]

_CONF_TYPES = ("log", "plain", "log-log", "logit", "arcsine")


@dataclass(frozen=True, slots=True, repr=False)
class BaselineHazard(Result):
    """The cumulative hazard of one covariate pattern, by stratum.

    Attributes
    ----------
    stratum
        shape (q,): label.
    time
        shape (q,): event times of the stratum.
    estimate, std_error
        shape (q,): cumulative hazard.
    lower, upper
        shape (q,): its interval on the scale of the logarithm, at 0.95.
    at
        ``mean`` or ``zero``: the covariates.
    unit, origin
        of time.
    method
        what was done.
    """

    stratum: np.ndarray
    time: np.ndarray
    estimate: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    at: str
    unit: str
    origin: str
    method: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give stratum, time, estimate, std_error, lower, upper."""
        names = ["stratum", "time", "estimate", "std_error", "lower", "upper"]
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True, repr=False)
class SurvivalPrediction(Result):
    """Predicted survival of new rows.

    Attributes
    ----------
    row
        shape (q,): row of the new data, from 1.
    stratum
        shape (q,): label.
    time
        shape (q,).
    estimate, std_error, lower, upper
        shape (q,): survival.
    cumulative_hazard, hazard_std_error
        shape (q,).
    unit, origin
        of time.
    conf_type, conf_level
        of the interval.
    method
        what was done.
    """

    row: np.ndarray
    stratum: np.ndarray
    time: np.ndarray
    estimate: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    cumulative_hazard: np.ndarray
    hazard_std_error: np.ndarray
    unit: str
    origin: str
    conf_type: str
    conf_level: float
    method: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give row, stratum, time, estimate, std_error, lower, upper and the hazard's."""
        names = "row stratum time estimate std_error lower upper cumulative_hazard hazard_std_error"
        return {name: getattr(self, name) for name in names.split()}


@dataclass(frozen=True, slots=True)
class _Tables:
    """By cell: time; L, M and the running sum of a, each times exp(shift); where strata begin."""

    time: np.ndarray
    hazard: np.ndarray
    drift: np.ndarray
    spread: np.ndarray
    shift: np.ndarray
    starts: np.ndarray


def _tables(fit: CoxFit) -> _Tables:
    point = fit.likelihood()
    ties, table, rows = point.ties, point.table, point.rows
    stratum = np.repeat(np.arange(table.shift.size), np.diff(rows.starts))
    drift = ties.a[:, np.newaxis] * table.risk1 - ties.b[:, np.newaxis] * table.dead1
    return _Tables(
        rows.time,
        running_sum(ties.h, rows.starts),
        running_sum(drift, rows.starts),
        running_sum(ties.a, rows.starts),
        table.shift[stratum],
        rows.starts,
    )


def _hazards(
    fit: CoxFit, tables: _Tables, cells: np.ndarray, z: np.ndarray, eta: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give H and its standard error at cells (q,), for covariates z (q, p) less the centre."""
    d = z * tables.hazard[cells, np.newaxis] - tables.drift[cells]
    factor = np.exp(eta - tables.shift[cells])
    squares = tables.spread[cells] + np.einsum("qi,ij,qj->q", d, fit.vcov, d)
    return factor * tables.hazard[cells], factor * np.sqrt(squares)


def baseline(fit: CoxFit, at: str = "mean") -> BaselineHazard:
    """Give the cumulative hazard at the means of the covariates, or where all are zero.

    Parameters
    ----------
    fit
        a Cox model.
    at
        ``"mean"`` or ``"zero"``.

    Returns
    -------
    BaselineHazard
        one row an event time of each stratum.

    Raises
    ------
    InputError
        ``at`` is neither, or an estimate is infinite.
    """
    require_choice("at", at, ("mean", "zero"))
    _require_finite(fit)
    tables = _tables(fit)
    cells = np.flatnonzero(np.isfinite(tables.time))
    base = fit.center if at == "mean" else np.zeros_like(fit.center)
    z = np.broadcast_to(base - fit.rows.center, (cells.size, base.size))
    hazard, error = _hazards(fit, tables, cells, z, z @ fit.coefficients)
    lower, upper = hazard_interval(hazard, error, "log", fit.conf_level)
    stratum = np.searchsorted(tables.starts, cells, side="right") - 1
    return BaselineHazard(
        stratum=label_array(fit.strata)[stratum],
        time=tables.time[cells],
        estimate=hazard,
        std_error=error,
        lower=lower,
        upper=upper,
        at=at,
        unit=fit.unit,
        origin=fit.origin,
        method=f"{fit.ties.capitalize()}'s estimate of the cumulative hazard",
    )


def linear_predictor(fit: CoxFit, newdata: Any = None) -> np.ndarray:  # noqa: ANN401 - any frame
    """Give x'beta less that at the means of the covariates, with the offset.

    Parameters
    ----------
    fit
        a Cox model.
    newdata
        a frame, array or mapping of m rows; None for the rows of the fit.

    Returns
    -------
    ndarray, shape (m,)
    """
    _require_finite(fit)
    if newdata is None:
        return fit.rows.predictor(fit.coefficients) + float(
            (fit.rows.center - fit.center) @ fit.coefficients
        )
    x = fit.design.again(newdata)[:, fit.kept]
    eta: np.ndarray = (x - fit.center) @ fit.coefficients
    offset = fit.design.offset_again(newdata)
    return eta if offset is None else eta + offset


def predict_survival(
    fit: CoxFit,
    newdata: Any,  # noqa: ANN401 - any frame, an array or a mapping
    times: Any = None,  # noqa: ANN401 - numbers
    *,
    conf_type: str = "log",
    conf_level: float = 0.95,
) -> SurvivalPrediction:
    """Predict survival of new rows.

    Parameters
    ----------
    fit
        a Cox model.
    newdata
        m rows with the covariates (and the columns of the strata) of the model.
    times
        shape (k,): when, in the model's unit; None for the event times of each row's stratum.
    conf_type
        ``"log"``, ``"plain"``, ``"log-log"``, ``"logit"`` or ``"arcsine"``.
    conf_level
        such as 0.95.

    Returns
    -------
    SurvivalPrediction
        m x k rows, or one an event time of each row's stratum.

    Raises
    ------
    InputError
        a covariate is missing, a level or stratum is new, an estimate is infinite, a time is
        after the stratum's last exit, or a row lies beyond +-700 on the scale of the linear
        predictor.
    """
    require_choice("conf_type", conf_type, _CONF_TYPES)
    require_level(conf_level)
    _require_finite(fit)
    centred = fit.design.again(newdata)[:, fit.kept] - fit.rows.center
    stratum = new_strata(newdata, centred.shape[0], fit.strata_columns, fit.strata)
    tables = _tables(fit)
    row, time, cells = _asked(fit, tables, stratum, times)
    offset = fit.design.offset_again(newdata)
    eta = centred @ fit.coefficients + (0.0 if offset is None else offset)
    require_reach(eta - tables.shift[tables.starts[stratum]])  # as the hazards are scaled
    hazard, error = _hazards(fit, tables, cells, centred[row], eta[row])
    survival = np.exp(-hazard)
    lower, upper = probability_interval(survival, survival * error, conf_type, conf_level)
    return SurvivalPrediction(
        row=row + 1,
        stratum=label_array(fit.strata)[stratum[row]],
        time=time,
        estimate=survival,
        std_error=survival * error,
        lower=lower,
        upper=upper,
        cumulative_hazard=hazard,
        hazard_std_error=error,
        unit=fit.unit,
        origin=fit.origin,
        conf_type=conf_type,
        conf_level=conf_level,
        method=f"{fit.ties.capitalize()}'s estimate of the cumulative hazard, {conf_type} interval",
    )


def _require_finite(fit: CoxFit) -> None:
    if fit.endless:
        raise InputError(
            f"the model cannot predict: the estimate of {listed(fit.endless)} is infinite. Fit it "
            "with firth=True, or leave the term out."
        )


def _asked(
    fit: CoxFit,
    tables: _Tables,
    stratum: np.ndarray,
    times: Any,  # noqa: ANN401 - numbers
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """List the row, the time and the cell of each prediction."""
    spans = list(pairwise(tables.starts))
    if times is None:
        cells = [np.arange(*spans[s])[1:] for s in stratum]
        row = np.repeat(np.arange(stratum.size), [c.size for c in cells])
        flat = _joined(cells)
        return row, tables.time[flat], flat
    asked = numbers_from("times", times, "one or more times, such as [365, 730]")
    known = last_exits(fit.histories)
    late = [(t, s) for s in np.unique(stratum) for t in asked if not 0 <= t <= known[s]]
    if late:
        time, where = late[0]
        raise InputError(
            f"times={time:g}: survival is known from 0 to {known[where]:g} {fit.unit}"
            + (f" in stratum {fit.strata[where]}" if len(fit.strata) > 1 else "")
            + ". Ask for earlier times."
        )
    cells = [_cells_at(tables.time[slice(*spans[s])], asked) + spans[s][0] for s in stratum]
    row = np.repeat(np.arange(stratum.size), asked.size)
    return row, np.tile(asked, stratum.size), _joined(cells)


def _joined(cells: list[np.ndarray]) -> np.ndarray:
    """Put the cells of all rows one after another; there may be no rows."""
    return np.concatenate([np.empty(0, dtype=np.intp), *cells])


def _cells_at(time: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Find the last cell at or before each time; the pad, 0, before the first event."""
    place: np.ndarray = (
        np.searchsorted(time, snapped(asked, time[1:]) if time.size > 1 else asked, side="right")
        - 1
    )
    return place
