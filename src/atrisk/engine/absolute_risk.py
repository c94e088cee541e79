"""Cumulative incidence from the cause-specific hazards of Cox models, and its influences.

At the distinct event times u of a stratum, with increments l_c(u) = exp(z_c'beta_c) h_c(u) of the
cumulative hazards of the causes at covariates z and T = sum of l_c, hazards are taken as constant
within an increment (the product integral by matrix exponentials):

    S(u) = S(u-) exp(-T)        F_j(u) = F_j(u-) + S(u-) (1 - exp(-T)) l_j/T

A change of l_c(u) changes F_j(t), u <= t, by

    k(u) = S(u-) (exp(-T) l_j/T + (1 - exp(-T)) (1{j = c} - l_j/T)/T) - (F_j(t) - F_j(u))

and a row changes l_c(u) by exp(z'beta) (dM_i(u)/S0 + (z h - (a S1 - b D1))'b_i), in the notation
of `atrisk.engine.moments` and with its influence b_i on beta_c. Sums over u of k times this, and
over the causes, are the row's influence on F_j(t).

References
----------
Benichou J, Gail MH (1990) Biometrics 46:813. Andersen PK, Borgan O, Gill RD, Keiding N (1993)
Statistical Models Based on Counting Processes, VII.2.3. Ozenne B, Sorensen AL, Scheike T,
Torp-Pedersen C, Gerds TA (2017) R Journal 9(2):440 (influence functions).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.segments import running_sum

if TYPE_CHECKING:
    from atrisk.engine.partial_likelihood import CoxPoint

__all__ = ["CauseHazard", "RiskCurves", "hazard_of_cause", "risk_curves", "risk_influence"]


@dataclass(frozen=True, slots=True)
class CauseHazard:
    """The baseline of one cause at the estimate, and what its influences are made of.

    Attributes
    ----------
    point
        the partial likelihood at the estimate: n rows in K cells.
    beta_influence
        shape (n, p): w b.
    scale
        shape (K,): what turns h into the increments at the centre of the covariates.
    drift
        shape (K, p): a S1 - b D1, on that scale.
    """

    point: CoxPoint
    beta_influence: np.ndarray
    scale: np.ndarray
    drift: np.ndarray


def hazard_of_cause(point: CoxPoint, beta_influence: np.ndarray) -> CauseHazard:
    """Take the baseline of a cause; parameters as the attributes of `CauseHazard`."""
    ties, table, starts = point.ties, point.table, point.rows.starts
    scale = np.exp(-np.repeat(table.shift, np.diff(starts)))
    drift = ties.a[:, np.newaxis] * table.risk1 - ties.b[:, np.newaxis] * table.dead1
    return CauseHazard(point, beta_influence, scale, scale[:, np.newaxis] * drift)


@dataclass(frozen=True, slots=True)
class RiskCurves:
    """Incidence of C causes at one pattern of covariates, in one stratum.

    Attributes
    ----------
    time
        shape (M,): distinct event times of any cause.
    places
        of length C: the place among them of each cell of the stratum but its pad.
    stratum
        which.
    ratio
        shape (C,): exp(z'beta).
    increments
        shape (C, M): l.
    before
        shape (M,): S(u-).
    incidence
        shape (C, M): F.
    """

    time: np.ndarray
    places: tuple[np.ndarray, ...]
    stratum: int
    ratio: np.ndarray
    increments: np.ndarray
    before: np.ndarray
    incidence: np.ndarray


def risk_curves(
    hazards: tuple[CauseHazard, ...], stratum: int, predictor: np.ndarray
) -> RiskCurves:
    """Integrate the hazards of all causes.

    Parameters
    ----------
    hazards
        of C causes, on the same rows.
    stratum
        which.
    predictor
        shape (C,): z'beta of each cause, z less the centre of the rows.
    """
    spans = [_cells(hazard, stratum) for hazard in hazards]
    own = [hazard.point.rows.time[span] for hazard, span in zip(hazards, spans, strict=True)]
    time = np.unique(np.concatenate(own))
    places = tuple(np.searchsorted(time, times) for times in own)
    ratio = np.exp(predictor)
    increments = np.zeros((len(hazards), time.size))
    for c, (hazard, span) in enumerate(zip(hazards, spans, strict=True)):
        increments[c, places[c]] = ratio[c] * (hazard.scale * hazard.point.ties.h)[span]
    total = increments.sum(axis=0)
    before = np.exp(-(np.cumsum(total) - total))
    incidence = np.cumsum(before * -np.expm1(-total) * increments / total, axis=1)
    return RiskCurves(time, places, stratum, ratio, increments, before, incidence)


def _cells(hazard: CauseHazard, stratum: int) -> slice:
    starts = hazard.point.rows.starts
    return slice(int(starts[stratum]) + 1, int(starts[stratum + 1]))


def risk_influence(
    hazards: tuple[CauseHazard, ...],
    curves: RiskCurves,
    covariates: tuple[np.ndarray, ...],
    cause: int,
    last: int,
) -> np.ndarray:
    """Give w times the influence of each row on the incidence of a cause.

    Parameters
    ----------
    hazards, curves
        of C causes.
    covariates
        of length C: z of each cause, shape (p,), less the centre of the rows.
    cause
        j, from 0.
    last
        place of the last event time up to t; -1 if there is none.

    Returns
    -------
    ndarray, shape (n,)
    """
    out = np.zeros(len(hazards[0].point.rows))
    for c, hazard in enumerate(hazards):
        effect = _effect(curves, cause, c, last)[curves.places[c]]
        weight = np.zeros(hazard.scale.size)
        weight[_cells(hazard, curves.stratum)] = effect * curves.ratio[c]
        out += _integrated(hazard, weight, covariates[c])
    return out


def _effect(curves: RiskCurves, j: int, c: int, last: int) -> np.ndarray:
    """Give k(u), shape (M,): what an increment of cause c adds to F_j(t); 0 after t."""
    steps, incidence = curves.increments[j], curves.incidence[j]
    total = curves.increments.sum(axis=0)
    share = steps / total
    own = np.exp(-total) * share - np.expm1(-total) * ((j == c) - share) / total
    until = incidence[last] if last >= 0 else 0.0
    effect: np.ndarray = curves.before * own + incidence - until
    effect[last + 1 :] = 0.0
    return effect


def _integrated(hazard: CauseHazard, weight: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Sum weight(u) times the row's part in the increments of a cause, shape (n,)."""
    rows, ties, deaths = hazard.point.rows, hazard.point.ties, hazard.point.deaths
    scaled = weight * hazard.scale
    spent = running_sum(scaled * ties.a, rows.starts)
    out: np.ndarray = -spent[rows.stop]
    if rows.start is not None:
        out += spent[rows.start]
    died = np.flatnonzero(rows.event & (weight[rows.stop] != 0))
    place = rows.stop[died]
    out[died] += (scaled * ties.b)[place]
    out *= hazard.point.table.risk
    count = deaths.count[place] * deaths.weight[place]
    gain = (scaled * ties.h)[place] / count
    out[died] += gain if rows.weight is None else rows.weight[died] * gain
    slope = z * float(scaled @ ties.h) - weight @ hazard.drift
    out += hazard.beta_influence @ slope
    return out
