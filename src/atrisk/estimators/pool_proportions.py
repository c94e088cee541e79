"""Single proportions of several studies pooled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from atrisk.engine.meta_scales import arcsine, double_arcsine, logit_of_counts
from atrisk.estimators.pool_fit import pooled
from atrisk.estimators.pool_input import Asked, counts_of_studies, options
from atrisk.estimators.source import require_choice

if TYPE_CHECKING:
    from atrisk.estimators.pool_result import Pool

__all__ = ["pool_proportions"]

_SCALES = {
    "glmm": ("logit", logit_of_counts),
    "logit": ("logit", logit_of_counts),
    "arcsine": ("arcsine", arcsine),
    "double_arcsine": ("double_arcsine", double_arcsine),
}


def pool_proportions(
    events: object,
    total: object,
    *,
    study: object = None,
    labels: object = None,
    moderators: object = None,
    method: str = "glmm",
    tau2: str = "reml",
    ci: str | None = None,
    prediction: str = "t, k-2",
    conf_level: float = 0.95,
    quadrature: int = 31,
    new_total: int | None = None,
) -> Pool:
    """Pool proportions of several studies.

    Parameters
    ----------
    events, total
        shape (k,), counts: how many had the event, of how many.
    study
        shape (k,): the study of each row, where a study has several arms. They are then pooled by
        a multilevel model, arms within studies.
    labels
        shape (k,): a name of each row, no two the same.
    moderators
        for a meta-regression: a mapping name -> numbers of shape (k,), a frame, or numbers.
    method
        ``"glmm"``: random-intercept logistic regression of the counts by maximum likelihood,
        without any correction of empty cells. ``"logit"``, ``"arcsine"``: inverse-variance model
        of transformed proportions. ``"double_arcsine"``: Freeman and Tukey's, only to reproduce
        papers, since the way back depends on a number of patients.
    tau2
        rule for the variance between studies of the inverse-variance models: ``"reml"``,
        ``"dl"`` (DerSimonian-Laird), ``"pm"`` (Paule-Mandel), ``"ml"``, or ``"fixed"``: none
        (a common proportion), for the GLMM too, which otherwise estimates it by maximum
        likelihood whatever this says.
    ci
        interval of the pooled value. GLMM: ``"profile"`` (default), ``"z"``, ``"t"`` (k - p df).
        Inverse variance: ``"knapp-hartung"`` (default), ``"knapp-hartung-adhoc"`` (factor never
        below 1), ``"z"`` (default of ``tau2="fixed"``), ``"t"``. Several arms: ``"t"`` (df of
        studies; default) or ``"z"``; GLMM ``"z"`` (default) or ``"t"``.
    prediction
        rule for a further study: ``"t, k-2"``, ``"t, k-1"`` (each less the moderators) or
        ``"normal"``.
    conf_level
        of all intervals.
    quadrature
        nodes of the adaptive Gauss-Hermite quadrature (GLMM), 7 to 101.
    new_total
        size of a further cohort, to have `Pool.predict_new` of it in ``new_cohort``.

    Returns
    -------
    Pool

    Raises
    ------
    InputError
        counts that cannot be, a study given twice, moderators that are constant or follow from
        each other, counts whose likelihood has no maximum (no study with an event), or an option
        that does not exist.

    Notes
    -----
    GLMM: events_i ~ Bin(total_i, p_i), logit p_i = x_i' beta + u_i, u_i ~ N(0, tau2); limits of
    tau2 by profile likelihood. The others: y_i ~ N(x_i' beta, tau2 + v_i), limits of tau2 by
    Q-profile; 0.5 is added to both cells of a study with an empty one (logit only). The pooled
    value is the median over studies, not the mean, of the true proportions.

    References
    ----------
    Stijnen T, Hamza TH, Ozdemir P (2010) Stat Med 29:3046 (GLMM). Viechtbauer W (2005) J Educ
    Behav Stat 30:261 (tau2). Knapp G, Hartung J (2003) Stat Med 22:2693. Higgins JPT, Thompson
    SG, Spiegelhalter DJ (2009) J R Stat Soc A 172:137, section 2.5 (prediction). Miller JJ (1978)
    Am Stat 32:138.

    Examples
    --------
    >>> remission = pool_proportions([16, 10, 4, 43], [17, 12, 8, 58])
    >>> [round(value, 3) for value in (remission.estimate, remission.lower, remission.upper)]
    [0.768, 0.571, 0.924]
    """
    require_choice("method", method, tuple(_SCALES))
    options(tau2, prediction, conf_level, quadrature)
    counted, patients = counts_of_studies(events, total)
    scale, transform = _SCALES[method]
    asked = Asked(study, labels, moderators, tau2, ci, prediction, conf_level)
    found = pooled(
        asked.request(
            *transform(counted, patients),
            kind="proportion",
            scale=scale,
            method=method,
            counts=(counted, patients),
            quadrature=quadrature,
        )
    )
    return found if new_total is None else replace(found, new_cohort=found.predict_new(new_total))
