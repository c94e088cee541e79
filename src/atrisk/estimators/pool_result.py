"""The result of a pool: the studies, the pooled value, how much studies differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.estimators.result import Result

if TYPE_CHECKING:
    from atrisk.estimators.pool_details import Funnel, PoolInfluence, PoolLeaveOneOut
    from atrisk.estimators.pool_prediction import NewCohort, PoolPrediction
    from atrisk.estimators.pool_request import PoolRequest
    from atrisk.estimators.pool_subgroups import PoolSubgroups

__all__ = ["Pool"]


@dataclass(frozen=True, slots=True, repr=False)
class Pool(Result):
    """Studies pooled.

    Attributes
    ----------
    labels, study
        shape (k,), texts: of each row, and of the study it belongs to.
    events, total
        shape (k,), counts; NaN where effects were given.
    study_estimate, study_lower, study_upper
        shape (k,), natural scale. Proportions: as counted, with exact (Clopper-Pearson) limits.
        Effects: as given, with limits from their standard errors.
    effect, std_error
        shape (k,), on the scale of the pool, with the correction of 0.5 where ``notes`` name it.
    weight
        shape (k,), in per cent. For the GLMM, which has no weights of its own, those of
        1 / (tau2 + 1 / (n p (1 - p))) at the fitted p.
    estimate, lower, upper
        pooled, natural scale; with moderators, at their means.
    link_estimate, link_std_error, link_lower, link_upper
        the same on the scale.
    df
        degrees of freedom of the interval; infinite for the normal and the profile likelihood.
    tau2, tau2_lower, tau2_upper, tau2_interval
        variance between rows on the scale, its limits, and how they were found. With several arms
        of a study ``tau2`` is the sum of the two variances and the limits are NaN.
    tau2_study, tau2_study_lower, tau2_study_upper
        variance between studies, the same as ``tau2`` with one arm each.
    tau2_arm, tau2_arm_lower, tau2_arm_upper
        variance between arms of a study, NaN with one arm each. Limits with several arms: profile
        (restricted) likelihood; NaN for the GLMM.
    tau2_p_value
        likelihood ratio test of tau2 = 0 (GLMM): half of a chi-squared on 1 degree of freedom;
        with several arms of both variances = 0, approximate.
    i2, i2_lower, i2_upper, h2
        share of tau2 in the variance of a typical study in per cent, its limits from those of
        tau2, and 100 / (100 - i2).
    q, q_df, q_p_value
        Cochran's Q (Wald's test of heterogeneity, for the GLMM).
    lrt, lrt_p_value
        likelihood ratio test of heterogeneity on ``q_df`` degrees of freedom (GLMM; else NaN).
    prediction_lower, prediction_upper, prediction_rule, prediction_df
        where the true value of a further study lies, natural scale; the rule by name.
    terms
        p names of the coefficients, ``"intercept"`` first.
    coefficients, coef_std_error, coef_statistic, coef_p_value, coef_lower, coef_upper
        shape (p,), on the scale; Wald's tests and limits, with ``df``.
    covariance
        shape (p, p), of the coefficients.
    qm, qm_df, qm_df2, qm_p_value
        test of all moderators: F on ``qm_df`` and ``qm_df2``, or chi-squared (``qm_df2``
        infinite); NaN without moderators.
    r2
        share of tau2 that the moderators explain in per cent; NaN without.
    scaling
        Knapp and Hartung's factor on the covariance; 1 where there is none.
    loglik
        of the model; restricted for REML.
    new_cohort
        what was asked for by ``new_total``; None without.
    kind, model, scale, method, tau2_method, ci, conf_level, quadrature
        by name.
    notes
        what has to be said beside the numbers.
    """

    labels: np.ndarray
    study: np.ndarray
    events: np.ndarray
    total: np.ndarray
    study_estimate: np.ndarray
    study_lower: np.ndarray
    study_upper: np.ndarray
    effect: np.ndarray
    std_error: np.ndarray
    weight: np.ndarray
    estimate: float
    lower: float
    upper: float
    link_estimate: float
    link_std_error: float
    link_lower: float
    link_upper: float
    df: float
    tau2: float
    tau2_lower: float
    tau2_upper: float
    tau2_interval: str
    tau2_study: float
    tau2_study_lower: float
    tau2_study_upper: float
    tau2_arm: float
    tau2_arm_lower: float
    tau2_arm_upper: float
    tau2_p_value: float
    i2: float
    i2_lower: float
    i2_upper: float
    h2: float
    q: float
    q_df: int
    q_p_value: float
    lrt: float
    lrt_p_value: float
    prediction_lower: float
    prediction_upper: float
    prediction_rule: str
    prediction_df: float
    terms: tuple[str, ...]
    coefficients: np.ndarray
    coef_std_error: np.ndarray
    coef_statistic: np.ndarray
    coef_p_value: np.ndarray
    coef_lower: np.ndarray
    coef_upper: np.ndarray
    covariance: np.ndarray
    qm: float
    qm_df: int
    qm_df2: float
    qm_p_value: float
    r2: float
    scaling: float
    loglik: float
    new_cohort: NewCohort | None
    kind: str
    model: str
    scale: str
    method: str
    tau2_method: str
    ci: str
    conf_level: float
    quadrature: int
    notes: tuple[str, ...]
    _request: PoolRequest

    def columns(self) -> dict[str, np.ndarray]:
        """Give one row a study: label, study, counts, estimate and limits, effect, weight."""
        return {
            "label": self.labels,
            "study": self.study,
            "events": self.events,
            "total": self.total,
            "estimate": self.study_estimate,
            "lower": self.study_lower,
            "upper": self.study_upper,
            "effect": self.effect,
            "std_error": self.std_error,
            "weight": self.weight,
        }

    def coefficient_columns(self) -> dict[str, np.ndarray]:
        """Give one row a coefficient: term, estimate, std_error, statistic, p_value, limits."""
        return {
            "term": np.array(self.terms, dtype=object),
            "estimate": self.coefficients,
            "std_error": self.coef_std_error,
            "statistic": self.coef_statistic,
            "p_value": self.coef_p_value,
            "lower": self.coef_lower,
            "upper": self.coef_upper,
        }

    def predict(self, moderators: object) -> PoolPrediction:
        """Give the pooled value at values of the moderators, with both intervals.

        Parameters
        ----------
        moderators
            as given to the pool: a mapping name -> values of shape (n,), or values of shape (n,)
            of one moderator or (n, m).

        Returns
        -------
        PoolPrediction
            one row a value: estimate, limits, and the interval of a further study.
        """
        from atrisk.estimators.pool_prediction import predicted

        return predicted(self, moderators)

    def predict_new(
        self, total: int, *, moderators: object = None, events: int | None = None
    ) -> NewCohort:
        """Say how many events a further cohort of a given size may have.

        Parameters
        ----------
        total
            patients in the cohort.
        moderators
            its values, one each; None for the means of the studies.
        events
            how many it had, if its place in the distribution is wanted.

        Returns
        -------
        NewCohort
            interval of the count and of the proportion, and the chance of every count.

        Notes
        -----
        The true value is drawn from the predictive distribution whose rule the pool names, the
        count from the binomial distribution at it; the interval leaves at most half of the error
        in each tail.
        """
        from atrisk.estimators.pool_prediction import new_cohort

        return new_cohort(self, total, moderators=moderators, events=events)

    def leave_one_out(self) -> PoolLeaveOneOut:
        """Pool again without each study in turn.

        Returns
        -------
        PoolLeaveOneOut
            one row a study left out (all its arms).
        """
        from atrisk.estimators.pool_details import leave_one_out

        return leave_one_out(self)

    def influence(self) -> PoolInfluence:
        """Say how much each study moves the pool: case diagnostics.

        Returns
        -------
        PoolInfluence
            one row a study; inverse-variance models with one row a study only.
        """
        from atrisk.estimators.pool_details import influence

        return influence(self)

    def funnel(self) -> Funnel:
        """Give the points of a funnel plot and Egger's test of its asymmetry.

        Returns
        -------
        Funnel
            one row a study: effect and standard error.
        """
        from atrisk.estimators.pool_details import funnel

        return funnel(self)

    def subgroups(self, groups: object, *, common_tau2: bool = False) -> PoolSubgroups:
        """Pool within groups of studies and test whether the groups differ.

        Parameters
        ----------
        groups
            shape (k,), a label of each row.
        common_tau2
            False: each group has its own variance between studies; True: one for all.

        Returns
        -------
        PoolSubgroups
            one row a group, and the test of their difference.
        """
        from atrisk.estimators.pool_subgroups import subgroups

        return subgroups(self, groups, common_tau2=common_tau2)
