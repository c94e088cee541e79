"""Kaplan-Meier, follow-up (reverse Kaplan-Meier) and Nelson-Aalen curves."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from atrisk.engine.influence import hazard_influence, influence_variance, survival_influence
from atrisk.engine.intervals import CONF_TYPES, hazard_interval, probability_interval
from atrisk.engine.product_limit import (
    hazard_increments,
    nelson_aalen_variance,
    product_limit,
)
from atrisk.engine.tally import Tally, at_risk, at_risk_of_censoring, last_known, left
from atrisk.estimators.curves import FollowUpCurves, HazardCurves, StepCurves, SurvivalCurves
from atrisk.estimators.result import taken
from atrisk.estimators.source import (
    Source,
    curve_tally,
    dropped_of,
    require_choice,
    require_level,
    robust_rows,
    wants_robust,
)

__all__ = ["follow_up", "group_curves", "kaplan_meier", "nelson_aalen", "table_notes"]

Curves = TypeVar("Curves", bound=StepCurves)


def kaplan_meier(
    h: Source,
    conf_type: str = "log",
    conf_level: float = 0.95,
    variance: str | None = None,
) -> SurvivalCurves:
    """Estimate survival by group: the probability of no event yet.

    Parameters
    ----------
    h
        histories (or a tally); events of every cause count.
    conf_type
        scale of the interval: ``"log"`` (R's default), ``"plain"``, ``"log-log"``, ``"logit"``
        or ``"arcsine"``.
    conf_level
        such as 0.95.
    variance
        ``"greenwood"``, or ``"robust"`` (infinitesimal jackknife by row, or by subject where
        subjects are named). None chooses as R's ``survfit`` does: robust where a weight is
        not a whole number or a subject has several rows, else Greenwood.

    Returns
    -------
    SurvivalCurves
        one curve a group, at the times when somebody left; with ``.at``, ``.quantile``,
        ``.median`` and ``.rmst``.

    Raises
    ------
    InputError
        an option does not exist, or a robust variance is asked of a tally with late entry.

    Notes
    -----
    S(t) = prod_{t_k <= t} (1 - d_k / Y_k), Y_k the sum of weights at risk just before t_k
    (entry < t_k <= exit); at one time, events come before censorings. Greenwood:
    var S = S^2 sum d / (Y (Y - d)), not defined where S = 0; the robust one is 0 there.

    References
    ----------
    Kaplan EL, Meier P (1958) J Am Stat Assoc 53:457, eq. 2b and 3a.

    Examples
    --------
    >>> from atrisk import Histories
    >>> h = Histories.from_arrays([1, 2, 2, 3], [1, 1, 0, 1], unit="months", origin="diagnosis")
    >>> kaplan_meier(h).estimate
    array([0.75, 0.5 , 0.  ])
    """
    require_choice("conf_type", conf_type, CONF_TYPES)
    require_choice("variance", variance, (None, "greenwood", "robust"))
    table = curve_tally(h)
    risk, events = at_risk(table), table.events.sum(axis=0)
    survival, greenwood = product_limit(risk, events)
    robust = wants_robust(table) if variance is None else variance == "robust"
    if robust:
        rows = robust_rows(h, table)
        log_variance = influence_variance(survival_influence(risk, events, rows), rows)
    else:
        log_variance = greenwood
    return _survival(
        SurvivalCurves, h, table, (risk, events, table.censored), survival, log_variance,
        conf_type, conf_level, "robust" if robust else "greenwood", "Kaplan-Meier",
    )  # fmt: skip


def follow_up(h: Source, conf_type: str = "plain", conf_level: float = 0.95) -> FollowUpCurves:
    """Estimate the distribution of follow-up by the reverse Kaplan-Meier method.

    Parameters
    ----------
    h
        histories (or a tally).
    conf_type
        as in `kaplan_meier`, but ``"plain"`` by default, as in ``prodlim``.
    conf_level
        such as 0.95.

    Returns
    -------
    FollowUpCurves
        the probability of still being under observation, had nobody had the event;
        ``.median()`` is the median follow-up. ``events`` counts the censorings, ``censored``
        the events, and ``at_risk`` leaves out those who have the event at that time.

    Notes
    -----
    Events at a time leave before its censorings, so G(t) = prod (1 - c_k / (Y_k - d_k)). Exchanging
    the event codes in a Kaplan-Meier program takes Y_k instead, which is wrong with ties.

    References
    ----------
    Schemper M, Smith TL (1996) Control Clin Trials 17:343. Convention of ``prodlim(reverse=TRUE)``.

    Examples
    --------
    >>> from atrisk import Histories
    >>> h = Histories.from_arrays([1, 2, 2, 3], [1, 1, 0, 0], unit="months", origin="diagnosis")
    >>> follow_up(h).estimate
    array([1. , 0.5, 0. ])
    """
    require_choice("conf_type", conf_type, CONF_TYPES)
    table = curve_tally(h)
    gone = table.events.sum(axis=0)
    risk = at_risk_of_censoring(table)
    remaining, greenwood = product_limit(risk, table.censored)
    return _survival(
        FollowUpCurves, h, table, (risk, table.censored, gone), remaining, greenwood,
        conf_type, conf_level, "greenwood", "reverse Kaplan-Meier",
    )  # fmt: skip


def _survival(
    kind: type[Curves],
    h: Source,
    table: Tally,
    counts: tuple[np.ndarray, np.ndarray, np.ndarray],
    survival: np.ndarray,
    log_variance: np.ndarray,
    conf_type: str,
    conf_level: float,
    variance: str,
    method: str,
) -> Curves:
    require_level(conf_level)
    # Greenwood's sum is infinite where S is 0; the influence of every row on that S is 0
    with np.errstate(invalid="ignore"):
        std_error = survival * np.sqrt(log_variance)
    lower, upper = probability_interval(survival, std_error, conf_type, conf_level)
    return group_curves(
        kind,
        h,
        table,
        counts,
        (survival, std_error, lower, upper),
        first=1.0,
        conf_level=conf_level,
        conf_type=conf_type,
        variance=variance,
        method=method,
    )


def nelson_aalen(
    h: Source,
    conf_type: str = "log",
    conf_level: float = 0.95,
    variance: str | None = None,
) -> HazardCurves:
    """Estimate the cumulative hazard by group.

    Parameters
    ----------
    h
        histories (or a tally); events of every cause count.
    conf_type
        ``"log"`` (default) or ``"plain"``.
    conf_level
        such as 0.95.
    variance
        ``"aalen"`` (sum d / Y^2), ``"greenwood"`` (sum d (Y - d) / Y^3, for tied events) or
        ``"robust"``. None chooses as in `kaplan_meier`, with Aalen's for whole weights.

    Returns
    -------
    HazardCurves

    Raises
    ------
    InputError
        as in `kaplan_meier`.

    Notes
    -----
    H(t) = sum_{t_k <= t} d_k / Y_k.

    References
    ----------
    Nelson W (1972) Technometrics 14:945. Aalen O (1978) Ann Stat 6:701.
    Andersen PK, Borgan O, Gill RD, Keiding N (1993), eq. 4.1.2, 4.1.6, 4.1.7.

    Examples
    --------
    >>> from atrisk import Histories
    >>> h = Histories.from_arrays([1, 2, 2, 3], [1, 1, 0, 1], unit="months", origin="diagnosis")
    >>> nelson_aalen(h).estimate.round(4)
    array([0.25  , 0.5833, 1.5833])
    """
    require_choice("conf_type", conf_type, ("plain", "log"))
    require_choice("variance", variance, (None, "aalen", "greenwood", "robust"))
    require_level(conf_level)
    table = curve_tally(h)
    risk, events = at_risk(table), table.events.sum(axis=0)
    hazard = np.cumsum(hazard_increments(risk, events), axis=-1)
    form = ("robust" if wants_robust(table) else "aalen") if variance is None else variance
    if form == "robust":
        rows = robust_rows(h, table)
        spread = influence_variance(hazard_influence(risk, events, rows), rows)
    else:
        spread = nelson_aalen_variance(risk, events, form)
    std_error = np.sqrt(spread)
    return group_curves(
        HazardCurves,
        h,
        table,
        (risk, events, table.censored),
        (hazard, std_error, *hazard_interval(hazard, std_error, conf_type, conf_level)),
        first=0.0,
        conf_level=conf_level,
        conf_type=conf_type,
        variance=form,
        method="Nelson-Aalen",
    )


def group_curves(
    kind: type[Curves],
    h: Source,
    table: Tally,
    counts: tuple[np.ndarray, np.ndarray, np.ndarray],
    read: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    **how: Any,  # noqa: ANN401 - the names of the methods
) -> Curves:
    """Keep of each group the times at which one of it left, and lay the curves end to end."""
    present = left(table) > 0
    kept = np.flatnonzero(present)
    names = ("at_risk", "events", "censored", "estimate", "std_error", "lower", "upper")
    flat: dict[str, Any] = {
        name: taken(values, kept) for name, values in zip(names, (*counts, *read), strict=True)
    }
    return kind(
        curve_group=table.groups,
        curve_cause=(),
        starts=np.concatenate(([0], np.cumsum(present.sum(axis=1)))),
        time=taken(np.broadcast_to(table.time, present.shape), kept),
        unit=table.unit,
        origin=table.origin,
        notes=table_notes(table),
        dropped=dropped_of(h),
        table=table,
        source=h,
        **flat,
        **how,
    )


def table_notes(table: Tally) -> tuple[str, ...]:
    """Say what a reader of the estimates should know of the data."""
    notes = []
    events = table.events.sum(axis=(0, 2))
    if len(table.causes) > 1:
        notes.append(f"events of every cause count: {', '.join(table.causes)}")
    if not events.any():
        notes.append("nobody had the event: every row is censored")
    elif not events.all():
        none = [label for label, d in zip(table.groups, events, strict=True) if d == 0]
        notes.append(f"no event in group {', '.join(none)}")
    if table.entered is not None:
        notes.extend(_emptied(table))
    return tuple(notes)


def _emptied(table: Tally) -> list[str]:
    """Name groups whose risk set runs empty between entries, which ends their curve."""
    last = [table.time[np.flatnonzero(leaving)[-1]] for leaving in left(table)]
    return [
        f"in group {group} nobody was left at risk after {end:g} {table.unit}, before later "
        "entries: the curve cannot be read past it"
        for group, end, latest in zip(table.groups, last_known(table), last, strict=True)
        if end < latest
    ]
