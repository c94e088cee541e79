"""The proportional subdistribution hazards model of Fine and Gray."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.engine.fine_gray import (
    SubdistributionRows,
    score_influence,
    unit_influence,
)
from atrisk.engine.newton import inverse
from atrisk.engine.passes import gram, on_one_blas_thread
from atrisk.errors import InputError, listed
from atrisk.estimators.cox import kept_of
from atrisk.estimators.cox_messages import warn_aliased
from atrisk.estimators.fine_gray_fit import FineGrayFit
from atrisk.estimators.fine_gray_fitting import (
    PseudoMaximum,
    censoring_codes,
    early_ends,
    pseudo_maximum,
    require_maximum,
    require_one_row_a_subject,
    require_unbroken_risk_set,
    warn_infinite,
)
from atrisk.estimators.regression import coefficient_table, require_clusters
from atrisk.estimators.source import require_flag, require_iterations, require_level
from atrisk.sources.model import model_rows
from atrisk.sources.model_data import ModelData, model_data
from atrisk.sources.subdistribution import subdistribution_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atrisk.sources.histories import Histories

__all__ = ["FineGrayFit", "fine_gray", "fit_fine_gray"]


_UNITS = {True: "weights count rows", False: "weighted rows as units"}


def fine_gray(
    model: str | Histories,
    data: Any,  # noqa: ANN401 - any frame, an array, or a mapping of names to arrays
    *,
    cause: str,
    censoring_strata: Any = None,  # noqa: ANN401 - a column, or an array
    weights: str | None = None,
    cluster: Any = None,  # noqa: ANN401 - a column, or an array
    subject: str | None = None,
    offset: Any = None,  # noqa: ANN401 - an array
    robust: bool | None = None,
    causes: Mapping[str, object] | None = None,
    censored: object = 0,
    conf_level: float = 0.95,
    unit: str | None = None,
    origin: str | None = None,
    missing: str = "drop",
    iterations: int = 30,
) -> FineGrayFit:
    """Fit proportional subdistribution hazards of one cause in the presence of others.

    Parameters
    ----------
    model
        a formula, ``"Surv(days, event) ~ age + sex"`` with the codes of the event in ``causes``,
        or ``"Surv(entry, exit, event) ~ ..."`` for late entry; ``strata(...)`` gives each stratum
        its own baseline. Or `Histories`, which bring their causes, strata and weights.
    data
        the frame of the formula; or the covariates of the histories: an array of shape (n, p), a
        mapping of names to arrays, or a frame.
    cause
        the cause whose incidence is modelled.
    censoring_strata
        column (with histories: array) of groups with different censoring, such as centres; None:
        one censoring distribution for all.
    weights, subject
        with a formula: columns of case weights, and of who a row belongs to. A subject has one
        row.
    cluster
        column (with histories: array) of rows that belong together; their influences are added up
        in the variance.
    offset
        with histories: shape (n,); in a formula write ``offset(column)``.
    robust
        what the unit of the variance is: True the row (or cluster), whatever its weight; False: a
        weight is a number of identical rows, each a unit. None is True with a cluster or with
        fractional weights.
    causes, censored
        codes of the events by cause, and of censoring; see `Histories.from_frame`.
    conf_level
        of the intervals.
    unit, origin
        of time, carried to predictions.
    missing
        ``"drop"`` leaves incomplete rows out and lists them in ``dropped``; ``"error"`` refuses.
    iterations
        at most this many steps of Newton's method.

    Returns
    -------
    FineGrayFit

    Raises
    ------
    InputError
        the formula or the data cannot be read, there is no such cause, nobody had an event of it,
        a subject has several rows, or the fit did not converge.

    Warns
    -----
    AtRiskWarning
        a column was left out as a combination of others, or an estimate is infinite.

    Notes
    -----
    A row with a competing event at X stays at risk at t > X with the weight G(t-)/G(X-), where G
    is the Kaplan-Meier curve of the time to censoring, in each censoring stratum. Ties are
    Breslow's. The variance is I^-1 (sum of u u') I^-1 with the rows' part in the score and in the
    estimate of G. Both are those of ``crr`` in R's *cmprsk*, but with ``censoring_strata``: there
    the part in G of a stratum counts events of all strata here, as the derivative of the score
    does, and those of the same stratum in ``crr``.

    A censoring stratum contributes up to its last exit; ``notes`` says which of them end before
    the last event of the cause. With late entry the weight
    is G(t-) H(t-) / (G(X-) H(X-)), H the product-limit curve of the entries counted backwards,
    and the variance knows that both are estimated. Entry has to be independent of the outcome
    given the covariates, and of the covariates for H, as censoring of them for G.

    References
    ----------
    Fine JP, Gray RJ (1999) J Am Stat Assoc 94:496. Geskus RB (2011) Biometrics 67:39. Zhang X,
    Zhang MJ, Fine J (2011) Stat Med 30:1933 (late entry). Zhou B, Latouche A, Rocha V, Fine J
    (2011) Biometrics 67:661 (strata). Zhou B, Fine J, Latouche A, Labopin M (2012) Biostatistics
    13:371 (clusters).

    Examples
    --------
    >>> import polars as pl
    >>> df = pl.DataFrame({
    ...     "days": [3, 5, 8, 8, 11, 14, 20, 21], "event": [2, 1, 1, 0, 2, 1, 1, 0],
    ...     "age": [55, 61, 50, 44, 70, 52, 39, 48],
    ... })
    >>> fit = fine_gray(
    ...     "Surv(days, event) ~ age", df, cause="relapse", causes={"relapse": 1, "death": 2}
    ... )
    >>> fit.events, fit.competing, fit.censored, round(float(fit.ratio[0]), 3)
    (4, 2, 2, 0.982)
    """
    require_flag("robust", robust, optional=True)
    require_iterations(iterations)
    require_level(conf_level)
    found = model_data(
        model,
        data,
        weights=weights,
        cluster=cluster,
        subject=subject,
        offset=offset,
        causes=causes,
        censored=censored,
        unit=unit,
        origin=origin,
        missing=missing,
    )
    found, stratum, labels = censoring_codes(censoring_strata, data, found)
    return fit_fine_gray(
        found,
        cause=cause,
        stratum=stratum,
        labels=labels,
        robust=robust,
        conf_level=conf_level,
        iterations=iterations,
    )


@on_one_blas_thread
def fit_fine_gray(
    data: ModelData,
    *,
    cause: str,
    stratum: np.ndarray | None,
    labels: tuple[str, ...],
    robust: bool | None,
    conf_level: float,
    iterations: int,
) -> FineGrayFit:
    """Fit complete rows; ``stratum`` and ``labels`` are the censoring strata."""
    rows = _rows(data, cause, stratum, labels)
    best = pseudo_maximum(rows, iterations)
    warn_aliased(data.design.names, best.aliased)
    require_maximum(best)
    if data.cluster is not None:
        require_clusters(data.cluster, best.kept.size)
    counted = not (_wants_robust(data) if robust is None else robust)
    return _result(data, best, cause, stratum, labels, conf_level, counted=counted)


def _rows(
    data: ModelData, cause: str, stratum: np.ndarray | None, labels: tuple[str, ...]
) -> SubdistributionRows:
    """Place the rows in the cells of the cause, and weigh those that stay."""
    h = data.histories
    if cause not in h.causes:
        raise InputError(
            f"cause={cause!r}: there is no such cause. Causes are: {listed(h.causes)}."
        )
    if not data.design.names:
        raise InputError(
            "the model has no covariate: name at least one, or use cumulative_incidence."
        )
    require_one_row_a_subject(h)
    code = h.causes.index(cause) + 1
    if not (h.cause == code).any():
        raise InputError(
            f"nobody of the {len(h)} rows had the event {cause!r}: there is nothing to model. "
            "Check the event column and its codes."
        )
    rows = model_rows(h, data.design.x, cause=code, offset=data.offset)
    made = subdistribution_rows(h, rows, code, stratum)
    require_unbroken_risk_set(made, h, labels)
    return made


def _wants_robust(data: ModelData) -> bool:
    weights = data.histories.weights
    return data.cluster is not None or (
        weights is not None and bool(np.any(weights != np.floor(weights)))
    )


def _middle(best: PseudoMaximum, cluster: np.ndarray | None, *, counted: bool) -> np.ndarray:
    """Sum the squared influences of the units: the middle of the sandwich, shape (p, p)."""
    rows = score_influence(best.point)
    parts = unit_influence(rows, best.point.model.rows.weight, cluster, counted=counted)
    return gram(parts, np.ones(parts.shape[0]))


def _result(
    data: ModelData,
    best: PseudoMaximum,
    cause: str,
    stratum: np.ndarray | None,
    labels: tuple[str, ...],
    conf_level: float,
    *,
    counted: bool,
) -> FineGrayFit:
    solution, h, cluster = best.solution, data.histories, data.cluster
    names = [data.design.names[k] for k in best.kept]
    terms = kept_of(data.design.terms, best.kept)
    warn_infinite(best, names, terms)
    model_vcov = inverse(solution.information)
    vcov = model_vcov @ _middle(best, cluster, counted=counted) @ model_vcov
    estimate = solution.beta.copy()
    for place in best.endless:
        vcov[place, :] = vcov[:, place] = np.nan
    estimate[best.endless] = np.copysign(np.inf, estimate[best.endless])
    events = int(best.point.model.rows.event.sum())
    competing = best.point.model.staying.row.size
    words = ["Fine-Gray model, Breslow's ties, variance with the estimated weights"]
    words += [_UNITS[counted]] if h.weights is not None and cluster is None else []
    words += ["by cluster"] if cluster is not None else []
    return FineGrayFit(
        **coefficient_table(names, estimate, vcov, conf_level),
        vcov=vcov,
        model_vcov=model_vcov,
        coefficients=solution.beta,
        cause=cause,
        terms=terms,
        aliased=tuple(data.design.names[k] for k in best.aliased),
        endless=tuple(names[k] for k in best.endless),
        loglik=solution.loglik,
        null_loglik=solution.start_loglik,
        n=len(h),
        events=events,
        competing=competing,
        censored=len(h) - events - competing,
        iterations=solution.iterations,
        diagnostics=solution.diagnostics,
        variance="sandwich" if cluster is None else "sandwich by cluster",
        method=", ".join(words),
        counted=counted,
        conf_level=conf_level,
        formula=data.formula,
        strata=h.strata,
        strata_columns=data.strata,
        censoring_strata=labels,
        censoring_stratum=stratum,
        notes=early_ends(best.point.model, h, stratum, labels),
        unit=h.grid.unit,
        origin=h.grid.origin,
        kept=best.kept,
        dropped=data.dropped,
        model=best.point.model,
        histories=h,
        design=data.design,
        cluster=cluster,
    )
