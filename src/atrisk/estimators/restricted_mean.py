"""Restricted mean survival time: the area under a Kaplan-Meier curve up to a horizon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from atrisk.engine.influence import Rows, clustered_squares
from atrisk.engine.product_limit import hazard_increments, product_limit
from atrisk.engine.steps import area_after
from atrisk.engine.tally import Tally, at_risk, last_known
from atrisk.errors import InputError
from atrisk.estimators.result import Result, label_array
from atrisk.estimators.source import Source, curve_tally, require_number, robust_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["RestrictedMeans", "restricted_means"]


@dataclass(frozen=True, slots=True, repr=False)
class RestrictedMeans(Result):
    """Restricted mean survival times, one row a group.

    Attributes
    ----------
    group
        shape (G,), labels.
    tau
        the horizon, in ``unit`` since ``origin``.
    estimate, std_error, lower, upper
        shape (G,), in ``unit``; the interval is estimate -+ z std_error, held at 0 or more.
    unit, origin, conf_level, variance
        as in the curves.
    """

    group: np.ndarray
    tau: float
    estimate: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    unit: str
    origin: str
    conf_level: float
    variance: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give group, tau, estimate, std_error, lower, upper."""
        return {
            "group": self.group,
            "tau": np.full(self.group.size, float(self.tau)),
            "estimate": self.estimate,
            "std_error": self.std_error,
            "lower": self.lower,
            "upper": self.upper,
        }


def restricted_means(
    source: Source, tau: float, variance: str, conf_level: float
) -> RestrictedMeans:
    """Integrate the Kaplan-Meier curve of each group from 0 to ``tau``.

    With M(t) the area under S from t to tau, the variance is sum M(t)^2 d / (Y (Y - d))
    (``"greenwood"``) or the sum of squared influences of the rows (``"robust"``).

    Raises
    ------
    InputError
        ``tau`` is not positive, or is beyond the follow-up of a group.

    References
    ----------
    Karrison T (1987) J Am Stat Assoc 82:1169. Irwin JO (1949) J Hyg 47:188.
    """
    table = curve_tally(source)
    _require_horizon(table, tau)
    risk, events = at_risk(table), table.events.sum(axis=0)
    survival, _ = product_limit(risk, events)
    areas = [area_after(table.time, row, 1.0, tau) for row in survival]
    mean = np.array([whole for whole, _ in areas])
    after = np.stack([rest for _, rest in areas])
    jump = hazard_increments(risk - events, np.ones_like(risk))
    if variance == "robust":
        spread = _robust(after, risk, events, jump, robust_rows(source, table))
    else:
        spread = np.sum(after**2 * hazard_increments(risk, events) * jump, axis=1)
    std_error = np.sqrt(spread)
    reach = float(ndtri(0.5 + conf_level / 2.0)) * std_error
    return RestrictedMeans(
        group=label_array(table.groups),
        tau=tau,
        estimate=mean,
        std_error=std_error,
        lower=np.maximum(mean - reach, 0.0),
        upper=mean + reach,
        unit=table.unit,
        origin=table.origin,
        conf_level=conf_level,
        variance=variance,
    )


def _robust(
    after: np.ndarray, risk: np.ndarray, events: np.ndarray, jump: np.ndarray, rows: Rows
) -> np.ndarray:
    """Square and sum each row's influence on the area: the area-weighted influence on log S."""
    spent = np.cumsum(after * hazard_increments(risk, events) * jump, axis=1)
    part = spent[rows.group, rows.exit]
    if rows.entry is not None:
        part = part - spent[rows.group, rows.entry]
    part = part - np.where(rows.cause > 0, (after * jump)[rows.group, rows.exit], 0.0)
    groups: Sequence[int] = range(risk.shape[0])
    spread = []
    for group in groups:
        own = rows.group == group
        cluster = None if rows.cluster is None else rows.cluster[own]
        squares = clustered_squares((rows.weight * part)[own, np.newaxis], cluster)
        spread.append(squares[0, 0])
    return np.array(spread)


def _require_horizon(table: Tally, tau: float) -> None:
    """Refuse a horizon at which some group's curve is not known."""
    if not (require_number("tau", tau, f"a horizon in {table.unit}") > 0.0 and np.isfinite(tau)):
        raise InputError(f"tau={tau!r}: give a positive horizon in {table.unit}.")
    for group, end in zip(table.groups, last_known(table), strict=True):
        if tau > end:
            raise InputError(
                f"tau={tau:g} {table.unit} is beyond the follow-up of group {group!r}, which ends "
                f"at {end:g}. Use an earlier tau: the curve is not known past that time."
            )
