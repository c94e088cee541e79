"""Cumulative incidence that a fitted Fine-Gray model predicts, with its error."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.engine.fine_gray import FineGrayPoint, score_influence
from atrisk.engine.fine_gray_incidence import baseline_moments, hazard_and_variance
from atrisk.engine.intervals import probability_interval
from atrisk.errors import InputError, listed
from atrisk.estimators.asked_cells import asked_times, cells_at, new_strata, require_reach
from atrisk.estimators.result import Result, label_array
from atrisk.estimators.source import require_level

if TYPE_CHECKING:
    from atrisk.estimators.fine_gray import FineGrayFit

__all__ = ["IncidencePrediction", "predict_incidence"]


@dataclass(frozen=True, slots=True, repr=False)
class IncidencePrediction(Result):
    """Predicted cumulative incidence of new rows.

    Attributes
    ----------
    row
        shape (q,): row of the new data, from 1.
    stratum
        shape (q,): label.
    cause
        shape (q,): label.
    time
        shape (q,).
    estimate, std_error, lower, upper
        shape (q,): cumulative incidence; the interval is on the scale log(-log(1 - F)).
    unit, origin
        of time.
    conf_level
        of the interval.
    method
        what was done.
    """

    row: np.ndarray
    stratum: np.ndarray
    cause: np.ndarray
    time: np.ndarray
    estimate: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    unit: str
    origin: str
    conf_level: float
    method: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give row, stratum, cause, time, estimate, std_error, lower, upper."""
        names = "row stratum cause time estimate std_error lower upper"
        return {name: getattr(self, name) for name in names.split()}


def incidence_interval(
    estimate: np.ndarray, std_error: np.ndarray, conf_level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Bound an incidence on the scale log(-log(1 - F)); missing where it is 0 or 1."""
    low, high = probability_interval(1.0 - estimate, std_error, "log-log", conf_level)
    return 1.0 - high, 1.0 - low


def predict_incidence(
    fit: FineGrayFit,
    newdata: Any,  # noqa: ANN401 - any frame, an array or a mapping
    times: Any = None,  # noqa: ANN401 - numbers
    *,
    conf_level: float = 0.95,
) -> IncidencePrediction:
    """Predict the cumulative incidence of new rows; see `FineGrayFit.predict_incidence`."""
    require_level(conf_level)
    if fit.endless:
        raise InputError(
            f"the model cannot predict: the estimate of {listed(fit.endless)} is infinite. Leave "
            "the term out."
        )
    x = fit.design.again(newdata)[:, fit.kept]
    rows, h = fit.model.rows, fit.histories
    stratum = new_strata(newdata, x.shape[0], fit.strata_columns, fit.strata)
    own = [rows.time[begin + 1 : end] for begin, end in pairwise(rows.starts)]
    asked = asked_times(h, own, stratum, times)
    cells = cells_at(rows.time, rows.starts, stratum[asked.row], asked.time)
    offset = fit.design.offset_again(newdata)
    z = x - rows.center
    predictor = z @ fit.coefficients + (0.0 if offset is None else offset)
    require_reach(predictor)
    hazard, variance = _hazards(fit, z, predictor, asked.row, cells)
    estimate = -np.expm1(-hazard)
    error = np.exp(-hazard) * np.sqrt(variance)
    lower, upper = incidence_interval(estimate, error, conf_level)
    return IncidencePrediction(
        row=asked.row + 1,
        stratum=label_array(fit.strata)[stratum[asked.row]],
        cause=np.full(cells.size, fit.cause, dtype=object),
        time=asked.time,
        estimate=estimate,
        std_error=error,
        lower=lower,
        upper=upper,
        unit=fit.unit,
        origin=fit.origin,
        conf_level=conf_level,
        method="1 - exp(-cumulative subdistribution hazard), variance by influence functions, "
        "log-log interval",
    )


def _hazards(
    fit: FineGrayFit,
    z: np.ndarray,
    predictor: np.ndarray,
    row: np.ndarray,
    cells: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Give the cumulative subdistribution hazard and its variance, shape (q,)."""
    point = FineGrayPoint(fit.model, fit.coefficients)
    influence = fit.units(score_influence(point)) @ fit.model_vcov
    distinct, place = np.unique(cells, return_inverse=True)
    base = baseline_moments(point, influence, fit.cluster, distinct, counted=fit.counted)
    return hazard_and_variance(base, fit.vcov, z[row], predictor[row], place)
