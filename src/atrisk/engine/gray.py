"""Gray's test that groups have the same cumulative incidence of one cause."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from atrisk.engine.incidence import just_before, or_one

__all__ = ["gray_scores"]

# what rounding leaves of 1 - F_0 where F_0 has reached 1; a count leaves more
ROUNDING = 1e-12


def gray_scores(
    at_risk: np.ndarray, events: np.ndarray, starts: np.ndarray, cause: int, rho: float
) -> tuple[np.ndarray, np.ndarray]:
    """Compare the subdistribution hazards of one cause between groups.

    Parameters
    ----------
    at_risk
        shape (G, M): number (sum of weights) at risk just before the time of each cell. Cells are
        ordered by stratum, then time.
    events
        shape (C, G, M): number of events of each cause in each cell.
    starts
        shape (S + 1,): where each stratum's cells begin; ``starts[S] == M``.
    cause
        0-based index of the cause of interest; all others compete with it.
    rho
        power of the weight (1 - F_0(t-))^rho, any real number: 0 weighs all events alike, a
        positive number weighs early ones more.

    Returns
    -------
    scores
        shape (G,): z_r, observed less expected events of the cause in each group, weighted and
        summed over strata. They sum to 0.
    covariance
        shape (G, G): their estimated covariance under equal incidence. Its rows sum to 0, so the
        test is z' V^-1 z with one group left out, on G - 1 degrees of freedom. A group that is
        never at risk beside another one has a row of zeros.

    Notes
    -----
    In each stratum, for group r with Y_r at risk, d_r events of the cause and e_r competing
    events, S_r the all-cause Kaplan-Meier estimate and F_r the cumulative incidence,

        h_r = Y_r / S_r(t-)     R_r = h_r (1 - F_r(t-))     dF_0 = d. / h.     G = 1 - F_0
        L   = G(t-)^rho         z_r = sum of L (d_r - d. R_r / R.)

    where a dot is a sum over groups. Under the null hypothesis F_r = F_0, and z_r moves with the
    hazards of group j through both d_j and F_j(t-). With k_rj = L h_j (1{r = j} - h_r / h.),

        c_rj(t) = sum over u > t of k_rj(u) dF_0(u) / G(u-)
        a_rj    = k_rj S_j(t-) + (S_j - G) c_rj S_j(t-) / S_j
        b_rj    = - G c_rj S_j(t-) / S_j
        V_rs    = sum over j and t of a_rj a_sj v_j + b_rj b_sj w_j
        v_j     = dF_0 / (S_j(t-) Y_j) (h. S_j(t-) - d.) / (h. S_j(t-) - 1)
        w_j     = e_j (Y_j - e_j) / (Y_j^2 (Y_j - 1)).

    a and b are the first-order responses of z_r to the hazard of the cause and to that of the
    competing causes in group j, as in Gray's martingale decomposition. A group ends where its S_j
    reaches 0.

    The statistic equals that of the R package cmprsk. What the derivation leaves open was settled
    by experiments with cmprsk 2.2-11, on data made so that one choice at a time mattered:

    * F_0 in L and in V is the sum of d. / h.; the product of 1 - d. / R. is off by up to 3e-3 on
      untied data.
    * V takes the pooled G also where z takes each group's F_r: h_r / h. for R_r / R., and
      dF_0 / S_j(t-) for the hazard. The group's own F_r there are off by 1e-2 on untied data.
    * S_j and G in a and b are taken just after t, with S_j(t-) / S_j beside them. Where S_j is 0
      so is c_rj, and that factor is taken as 0.
    * Tied events of the cause are corrected by the pooled factor in v, in which h. S_j(t-) is the
      size that the pooled risk set would have with the survival of group j; the pooled number at
      risk in its place is off by up to 3e-2.
    * Tied competing events are corrected in each group by their own number, whether or not events
      of the cause fall on the same time; the number of all events is off by 5e-3.
    * F_0 is a sum of steps over the groups still at risk and can exceed 1. cmprsk then goes on
      with a negative G, and so does this function where rho is a whole number. Where it is not,
      cmprsk stops with an error; here such times get weight 0.

    Weights count as copies of a row; the tie corrections mean nothing for other weights, and are
    1 where d <= 1.

    References
    ----------
    Gray, R. J. (1988). A class of K-sample tests for comparing the cumulative incidence of a
    competing risk. Annals of Statistics 16, 1141-1154, sections 2 and 3.

    Examples
    --------
    One event among three in the first group and three in the second:

    >>> scores, covariance = gray_scores(
    ...     np.array([[3.0], [3.0]]), np.array([[[1.0], [0.0]]]), np.array([0, 1]), 0, 0.0
    ... )
    >>> scores.tolist(), covariance.tolist()
    ([0.5, -0.5], [[0.25, -0.25], [-0.25, 0.25]])
    """
    groups = at_risk.shape[0]
    scores, covariance = np.zeros(groups), np.zeros((groups, groups))
    for begin, end in pairwise(starts):
        block = events[:, :, begin:end]
        stratum = _curves(at_risk[:, begin:end], block[cause], block.sum(axis=0), rho)
        scores += _stratum_scores(stratum)
        for group in range(groups):
            covariance += _group_covariance(stratum, group)
    return scores, covariance


@dataclass(frozen=True, slots=True)
class _Stratum:
    """What the sums of `gray_scores` are made of; (G, M), or (M,) for what is pooled."""

    at_risk: np.ndarray  # Y_r, 1 where nobody is at risk
    own: np.ndarray  # d_r
    competing: np.ndarray  # e_r
    survival: np.ndarray  # S_r(t)
    survival_before: np.ndarray  # S_r(t-), 1 once the group has ended
    scaled: np.ndarray  # h_r, 0 where nobody is at risk or the group has ended
    scaled_sum: np.ndarray  # h.
    step: np.ndarray  # dF_0
    rest: np.ndarray  # 1 - F_0(t)
    rest_before: np.ndarray  # 1 - F_0(t-)
    weight: np.ndarray  # L


def _curves(at_risk: np.ndarray, own: np.ndarray, every: np.ndarray, rho: float) -> _Stratum:
    eventful = every.any(axis=0)
    at_risk, own, every = at_risk[:, eventful], own[:, eventful], every[:, eventful]
    survival = np.cumprod(1.0 - every / or_one(at_risk), axis=-1)
    survival_before = just_before(survival, 1.0)
    present = (at_risk > 0.0) & (survival_before > 0.0)
    survival_before = np.where(present, survival_before, 1.0)
    scaled = np.where(present, at_risk / survival_before, 0.0)
    scaled_sum = scaled.sum(axis=0)
    own = np.where(present, own, 0.0)
    step = own.sum(axis=0) / or_one(scaled_sum)
    rest = 1.0 - np.cumsum(step)
    rest[np.abs(rest) < ROUNDING] = 0.0
    rest_before = just_before(rest, 1.0)
    return _Stratum(
        at_risk=or_one(at_risk),
        own=own,
        competing=np.where(present, every - own, 0.0),
        survival=survival,
        survival_before=survival_before,
        scaled=scaled,
        scaled_sum=scaled_sum,
        step=step,
        rest=rest,
        rest_before=rest_before,
        weight=_weight(rest_before, rho),
    )


def _weight(rest_before: np.ndarray, rho: float) -> np.ndarray:
    """(1 - F_0(t-))^rho; 0 where that has no finite real value."""
    if rho == 0.0:
        return np.ones_like(rest_before)
    if float(rho).is_integer() and rho > 0.0:
        positive_power: np.ndarray = rest_before**rho
        return positive_power
    usable = rest_before != 0.0 if float(rho).is_integer() else rest_before > 0.0
    return np.where(usable, np.where(usable, rest_before, 1.0) ** rho, 0.0)


def _stratum_scores(stratum: _Stratum) -> np.ndarray:
    """z_r: a group's own events less its share of everybody's, by R_r / R."""
    incidence = np.cumsum(stratum.own * stratum.survival_before / stratum.at_risk, axis=-1)
    risk = stratum.scaled * (1.0 - just_before(incidence, 0.0))
    expected = risk * (stratum.own.sum(axis=0) / or_one(risk.sum(axis=0)))
    scores: np.ndarray = (stratum.own - expected) @ stratum.weight
    return scores


def _group_covariance(stratum: _Stratum, group: int) -> np.ndarray:
    """Sum over time of a a' v + b b' w for one group j = `group`, shape (G, G)."""
    before, survival = stratum.survival_before[group], stratum.survival[group]
    number, competing = stratum.at_risk[group], stratum.competing[group]
    inverse_kept = np.where(survival > 0.0, before / or_one(survival), 0.0)

    kernel = stratum.scaled * (-stratum.weight * stratum.scaled[group] / or_one(stratum.scaled_sum))
    kernel[group] += stratum.weight * stratum.scaled[group]
    later = _sum_of_later(kernel * (stratum.step / _or_one_signed(stratum.rest_before)))
    own_response = kernel * before + later * ((survival - stratum.rest) * inverse_kept)
    competing_response = later * (stratum.rest * inverse_kept)

    pooled = stratum.own.sum(axis=0)
    own_variance = (
        stratum.step / (before * number) * _tie_factor(stratum.scaled_sum * before, pooled)
    )
    competing_variance = competing / number**2 * _tie_factor(number, competing)
    covariance: np.ndarray = (own_response * own_variance) @ own_response.T
    covariance += (competing_response * competing_variance) @ competing_response.T
    return covariance


def _tie_factor(number: np.ndarray, events: np.ndarray) -> np.ndarray:
    """(n - d) / (n - 1), the hypergeometric correction; 1 where no events are tied."""
    tied = events > 1.0
    return np.where(tied, (number - events) / _or_one_signed(number - 1.0), 1.0)


def _sum_of_later(values: np.ndarray) -> np.ndarray:
    """Sum over the cells after each one, along the last axis."""
    total = np.zeros_like(values)
    np.cumsum(values[:, :0:-1], axis=-1, out=total[:, -2::-1])
    return total


def _or_one_signed(values: np.ndarray) -> np.ndarray:
    return np.where(values != 0.0, values, 1.0)
