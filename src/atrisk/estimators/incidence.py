"""Cumulative incidence with competing causes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine import incidence as kernel
from atrisk.engine.influence import incidence_influence, influence_variance
from atrisk.engine.intervals import CONF_TYPES, probability_interval
from atrisk.engine.product_limit import product_limit
from atrisk.engine.tally import Tally, at_risk, left
from atrisk.errors import InputError
from atrisk.estimators.curves import IncidenceCurves
from atrisk.estimators.result import label_array, taken
from atrisk.estimators.source import (
    Source,
    curve_tally,
    dropped_of,
    require_choice,
    require_level,
    robust_rows,
    wants_robust,
)
from atrisk.estimators.survival import table_notes

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["cumulative_incidence", "one_minus_kaplan_meier"]

NAIVE = "1 - Kaplan-Meier, other causes censored (naive: overstates incidence)"


def cumulative_incidence(
    h: Source,
    conf_type: str = "log",
    conf_level: float = 0.95,
    variance: str | None = None,
) -> IncidenceCurves:
    """Estimate the cumulative incidence of each cause by group, other causes competing.

    Parameters
    ----------
    h
        histories (or a tally) with any number of causes.
    conf_type
        ``"log"`` (default), ``"plain"``, ``"log-log"``, ``"logit"`` or ``"arcsine"``, each on
        the scale of the incidence, as R's multi-state ``survfit``.
    conf_level
        such as 0.95.
    variance
        ``"aalen"``: as R's ``cmprsk::cuminc``; ``"delta"``: the delta method (Dinse-Larson,
        SAS ``ERROR=DELTA``); ``"robust"``: infinitesimal jackknife, as R's multi-state
        ``survfit``. None chooses robust where a weight is not a whole number or a subject has
        several rows, else Aalen's.

    Returns
    -------
    IncidenceCurves
        one curve a cause and group, causes first in order.

    Raises
    ------
    InputError
        an option does not exist, or a robust variance is asked of a tally with late entry.

    Notes
    -----
    F_c(t) = sum_{t_k <= t} S(t_k-) d_ck / Y_k, with S the Kaplan-Meier estimate for an event of
    any cause; the incidences of all causes and S add up to 1.

    References
    ----------
    Aalen OO, Johansen S (1978) Scand J Stat 5:141. Gray RJ (1988) Ann Stat 16:1141.
    Dinse GE, Larson MG (1986) Biometrika 73:379.

    Examples
    --------
    >>> from atrisk import Histories
    >>> causes = {"relapse": 1, "death": 2}
    >>> h = Histories.from_arrays(
    ...     [1, 2, 2, 3], [1, 2, 0, 1], causes=causes, unit="months", origin="transplant"
    ... )
    >>> curves = cumulative_incidence(h)
    >>> curves.at(3).columns()["estimate"]
    array([0.75, 0.25])
    """
    require_choice("conf_type", conf_type, CONF_TYPES)
    require_choice("variance", variance, (None, "aalen", "delta", "robust"))
    table = curve_tally(h)
    form = ("robust" if wants_robust(table) else "aalen") if variance is None else variance
    risk = at_risk(table)
    estimate, before = kernel.aalen_johansen(risk, table.events)
    if form == "robust":
        rows = robust_rows(h, table)
        spread = np.stack(
            [
                influence_variance(incidence_influence(risk, table.events, rows, cause), rows)
                for cause in range(len(table.causes))
            ]
        )
    else:
        formula = kernel.aalen_variance if form == "aalen" else kernel.delta_variance
        spread = formula(risk, table.events, before)
    return _curves(h, table, risk, estimate, spread, conf_type, conf_level, form, "Aalen-Johansen")


def one_minus_kaplan_meier(
    h: Source, conf_type: str = "log", conf_level: float = 0.95
) -> IncidenceCurves:
    """Compute 1 - Kaplan-Meier of each cause with the other causes censored: the naive estimate.

    It answers no question about patients when causes compete, and is never smaller than the
    cumulative incidence; it is here to be compared with, and its result says what it is.

    Parameters
    ----------
    h
        histories (or a tally) with at least two causes.
    conf_type, conf_level
        as in `cumulative_incidence`; the variance is Greenwood's.

    Returns
    -------
    IncidenceCurves
        its ``method`` and ``notes`` carry the label.

    Raises
    ------
    InputError
        there is only one cause: use ``kaplan_meier``.

    References
    ----------
    Gooley TA, Leisenring W, Crowley J, Storer BE (1999) Stat Med 18:695.

    Examples
    --------
    >>> from atrisk import Histories
    >>> causes = {"relapse": 1, "death": 2}
    >>> h = Histories.from_arrays(
    ...     [1, 2, 2, 3], [1, 2, 0, 1], causes=causes, unit="months", origin="transplant"
    ... )
    >>> one_minus_kaplan_meier(h).at(3).columns()["estimate"]
    array([1.        , 0.33333333])
    """
    require_choice("conf_type", conf_type, CONF_TYPES)
    table = curve_tally(h)
    if len(table.causes) == 1:
        raise InputError(
            "1 - Kaplan-Meier is naive only where causes compete, and these histories have one "
            "cause. Use kaplan_meier(h), or declare the causes with causes={...}."
        )
    risk = at_risk(table)
    pairs = [product_limit(risk, events) for events in table.events]
    estimate = np.stack([1.0 - survival for survival, _ in pairs])
    with np.errstate(invalid="ignore"):
        spread = np.stack([survival**2 * greenwood for survival, greenwood in pairs])
    return _curves(h, table, risk, estimate, spread, conf_type, conf_level, "greenwood", NAIVE)


def _curves(
    h: Source,
    table: Tally,
    risk: np.ndarray,
    estimate: np.ndarray,
    spread: np.ndarray,
    conf_type: str,
    conf_level: float,
    variance: str,
    method: str,
) -> IncidenceCurves:
    require_level(conf_level)
    std_error = np.sqrt(spread)
    lower, upper = probability_interval(estimate, std_error, conf_type, conf_level)
    present = left(table) > 0
    causes, groups = len(table.causes), len(table.groups)

    kept = np.flatnonzero(np.broadcast_to(present, table.events.shape))

    def flat(values: np.ndarray) -> np.ndarray:
        return taken(np.broadcast_to(values, table.events.shape), kept)

    sizes = np.tile(present.sum(axis=1), causes)
    return IncidenceCurves(
        curve_group=tuple(table.groups) * causes,
        curve_cause=tuple(np.repeat(label_array(table.causes), groups)),
        starts=np.concatenate(([0], np.cumsum(sizes))),
        time=flat(table.time),
        at_risk=flat(risk),
        events=flat(table.events),
        censored=flat(table.censored),
        estimate=flat(estimate),
        std_error=flat(std_error),
        lower=flat(lower),
        upper=flat(upper),
        first=0.0,
        unit=table.unit,
        origin=table.origin,
        conf_level=conf_level,
        conf_type=conf_type,
        variance=variance,
        method=method,
        notes=_notes(table, method),
        dropped=dropped_of(h),
        table=table,
        source=h,
    )


def _notes(table: Tally, method: str) -> tuple[str, ...]:
    notes: Sequence[str] = [n for n in table_notes(table) if not n.startswith("events of every")]
    by_cause = table.events.sum(axis=2)
    never = [cause for cause, d in zip(table.causes, by_cause, strict=True) if not d.any()]
    extra = [f"no event of cause {', '.join(never)}"] if never and by_cause.any() else []
    return (*notes, *extra, *([method] if method == NAIVE else []))
