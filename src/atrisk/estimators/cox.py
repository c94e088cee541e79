"""The proportional hazards model of Cox."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.engine.newton import Solution, inverse
from atrisk.engine.partial_likelihood import CoxPoint
from atrisk.engine.passes import on_one_blas_thread
from atrisk.engine.residuals import score_products
from atrisk.errors import InputError
from atrisk.estimators.cox_fit import CoxFit
from atrisk.estimators.cox_fitting import (
    Maximum,
    maximum,
    penalty_of,
    require_converged,
)
from atrisk.estimators.cox_messages import (
    quiet_strata,
    warn_aliased,
    warn_endless,
    with_lost_levels,
)
from atrisk.estimators.regression import coefficient_table, require_clusters
from atrisk.estimators.source import (
    require_choice,
    require_flag,
    require_iterations,
    require_level,
)
from atrisk.sources.model import column_sums, model_rows
from atrisk.sources.model_data import ModelData, model_data

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atrisk.engine.model_rows import ModelRows
    from atrisk.formulas import Term
    from atrisk.sources.histories import Histories

__all__ = ["CoxFit", "cox", "fit_cox", "kept_of"]


def cox(
    model: str | Histories,
    data: Any,  # noqa: ANN401 - any frame, an array, or a mapping of names to arrays
    *,
    ties: str = "efron",
    weights: str | None = None,
    cluster: Any = None,  # noqa: ANN401 - a column, or an array
    subject: str | None = None,
    offset: Any = None,  # noqa: ANN401 - an array
    robust: bool | None = None,
    ridge: float | Mapping[str, float] = 0.0,
    firth: bool = False,
    causes: Mapping[str, object] | None = None,
    cause: str | None = None,
    censored: object = 0,
    conf_level: float = 0.95,
    unit: str | None = None,
    origin: str | None = None,
    missing: str = "drop",
    iterations: int = 30,
) -> CoxFit:
    """Fit a proportional hazards model.

    Parameters
    ----------
    model
        a formula, ``"Surv(days, died) ~ age + sex + strata(centre)"``, or
        ``"Surv(start, stop, died) ~ ..."`` for rows at risk in (start, stop]; or `Histories`,
        which bring their strata, weights and subjects.
    data
        the frame of the formula; or the covariates of the histories: an array of shape (n, p), a
        mapping of names to arrays, or a frame.
    ties
        ``"efron"`` or ``"breslow"``.
    weights, subject
        with a formula: columns of case weights, and of who a row belongs to.
    cluster
        column (with histories: array) of rows that belong together; asks for the robust variance.
    offset
        with histories: shape (n,); in a formula write ``offset(column)``.
    robust
        True or False; None is True with a cluster, with fractional weights, and where a subject
        has several events.
    ridge
        penalty: ridge/2 times the squared coefficient is taken from the log-likelihood. One
        number, or a number by term.
    firth
        Firth's penalty, which has finite estimates where the likelihood is monotone; intervals
        and tests are then by the profile penalised likelihood.
    causes, cause, censored
        codes of the events by cause, the cause to model (others are censored), and the codes
        of censoring; see `Histories.from_frame`.
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
    CoxFit

    Raises
    ------
    InputError
        the formula or the data cannot be read, nobody had an event, or the fit did not converge.

    Warns
    -----
    AtRiskWarning
        a column was left out as a combination of others, or an estimate is infinite.

    Notes
    -----
    The log partial likelihood, its derivatives and Efron's and Breslow's rules for ties are at the
    head of ``atrisk/engine/moments.py``. Case weights enter Efron's rule by the mean weight of
    the deaths at a time, as in R's ``coxph``.

    References
    ----------
    Cox DR (1972) J R Stat Soc B 34:187. Efron B (1977) J Am Stat Assoc 72:557. Lin DY, Wei LJ
    (1989) J Am Stat Assoc 84:1074 (robust variance). Heinze G, Schemper M (2001) Biometrics 57:114
    (Firth).

    Examples
    --------
    >>> import polars as pl
    >>> df = pl.DataFrame({
    ...     "days": [5, 8, 8, 11, 14, 20],
    ...     "died": [1, 1, 0, 1, 1, 0],
    ...     "age": [61, 50, 44, 70, 52, 39],
    ... })
    >>> fit = cox("Surv(days, died) ~ age", df)
    >>> fit.events, round(float(fit.ratio[0]), 3)
    (4, 1.074)
    """
    require_choice("ties", ties, ("efron", "breslow"))
    require_flag("robust", robust, optional=True)
    require_flag("firth", firth)
    require_level(conf_level)
    require_iterations(iterations)
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
    return fit_cox(
        found,
        cause=cause,
        ties=ties,
        robust=robust,
        ridge=ridge,
        firth=firth,
        conf_level=conf_level,
        iterations=iterations,
    )


@on_one_blas_thread
def fit_cox(
    data: ModelData,
    *,
    cause: str | None,
    ties: str,
    robust: bool | None,
    ridge: float | Mapping[str, float],
    firth: bool,
    conf_level: float,
    iterations: int,
) -> CoxFit:
    """Fit complete rows; the parameters are those of `cox`."""
    rows = model_rows(
        data.histories, data.design.x, cause=_cause_code(data, cause), offset=data.offset
    )
    _require_events(data, rows, cause)
    terms, names = data.design.terms, data.design.names
    penalty = penalty_of(ridge, terms, len(names))
    if firth:
        from atrisk.estimators.firth import firth_maximum

        _refuse_with_firth(data, robust=robust, penalty=penalty)
        found = firth_maximum(rows, efron=ties == "efron", iterations=iterations)
    else:
        found = maximum(rows, efron=ties == "efron", penalty=penalty, iterations=iterations)
    warn_aliased(names, found.aliased)
    require_converged(found)
    kept_names = [names[k] for k in found.kept]
    kept_terms = kept_of(terms, found.kept)
    if not (firth or penalty.any()):
        found = with_lost_levels(found, kept_terms)
    warn_endless(found, kept_names, kept_terms)
    notes = quiet_strata(rows, data.histories.strata)
    cluster = _cluster(data)
    wants = _wants_robust(data, rows, cluster) if robust is None and not firth else bool(robust)
    if wants and cluster is not None:
        require_clusters(cluster, found.kept.size)
    return _result(
        data, found, kept_names, kept_terms, cluster if wants else None,
        robust=wants, ties=ties, firth=firth, conf_level=conf_level, penalty=penalty[found.kept],
        notes=notes,
    )  # fmt: skip


def _cause_code(data: ModelData, cause: str | None) -> int | None:
    known = data.histories.causes
    if cause is None:
        return None
    if cause not in known:
        raise InputError(f"cause={cause!r}: causes are {', '.join(map(repr, known))}.")
    return known.index(cause) + 1


def _require_events(data: ModelData, rows: ModelRows, cause: str | None) -> None:
    if not rows.event.any():
        what = "an event" if cause is None else f"the event {cause!r}"
        raise InputError(
            f"nobody of the {len(rows)} rows had {what}: there is nothing to model. Check the "
            "event column and its codes."
        )
    if not data.design.names:
        raise InputError("the model has no covariate: name at least one, or use nelson_aalen.")


def _refuse_with_firth(data: ModelData, *, robust: bool | None, penalty: np.ndarray) -> None:
    if penalty.any():
        raise InputError("firth=True and ridge are two penalties: choose one.")
    if robust or data.cluster is not None:
        raise InputError(
            "Firth's penalised likelihood has no robust variance here. Leave cluster and robust "
            "out, or fit without firth."
        )


def _cluster(data: ModelData) -> np.ndarray | None:
    """Rows that belong together: the clusters asked for, else the subjects."""
    if data.cluster is not None:
        return data.cluster
    if data.histories.subject is None:
        return None
    _, code = np.unique(data.histories.subject, return_inverse=True)
    return code.astype(np.int32)


def _wants_robust(data: ModelData, rows: ModelRows, cluster: np.ndarray | None) -> bool:
    if data.cluster is not None:
        return True
    if rows.weight is not None and bool(np.any(rows.weight != np.floor(rows.weight))):
        return True
    return cluster is not None and int(np.bincount(cluster[rows.event]).max(initial=0)) > 1


def kept_of(terms: tuple[Term, ...], kept: np.ndarray) -> tuple[Term, ...]:
    """Give terms the new places of their columns, and leave out terms that have none left."""
    place = {int(column): spot for spot, column in enumerate(kept)}
    renumbered = [
        replace(term, columns=tuple(place[c] for c in term.columns if c in place)) for term in terms
    ]
    return tuple(term for term in renumbered if term.columns)


def _result(
    data: ModelData,
    found: Maximum,
    names: list[str],
    terms: tuple[Term, ...],
    cluster: np.ndarray | None,
    *,
    robust: bool,
    ties: str,
    firth: bool,
    conf_level: float,
    penalty: np.ndarray,
    notes: tuple[str, ...],
) -> CoxFit:
    solution, rows, h = found.solution, found.rows, data.histories
    estimate = solution.beta.copy()
    model_vcov = found.covariance
    vcov = model_vcov
    if robust:
        # where the start is the maximum, nothing after it was computed
        point = solution.point if isinstance(solution.point, CoxPoint) else found.start
        vcov = model_vcov @ score_products(point, cluster) @ model_vcov
    unknown = np.concatenate((found.endless, found.lost))
    vcov, model_vcov = (_unknown(v, unknown) for v in (vcov, model_vcov))
    estimate[found.endless] = np.copysign(np.inf, estimate[found.endless])
    estimate[found.lost] = np.nan
    table = coefficient_table(names, estimate, vcov, conf_level)
    if firth:
        from atrisk.estimators.firth import profile_table

        table = profile_table(table, rows, solution, conf_level, efron=ties == "efron")
    words = [f"Cox model, {ties.capitalize()}'s ties"]
    words += ["Firth's penalty"] if firth else []
    words += ["ridge penalty"] if penalty.any() else []
    words += ["robust variance"] if robust else []
    return CoxFit(
        **table,
        vcov=vcov,
        model_vcov=model_vcov,
        coefficients=solution.beta,
        center=_means(data, found.kept),
        terms=terms,
        aliased=tuple(data.design.names[k] for k in found.aliased),
        endless=tuple(names[k] for k in sorted(unknown)),
        loglik=solution.loglik,
        null_loglik=solution.start_loglik,
        score_statistic=_score_statistic(solution),
        n=len(rows),
        events=int(rows.event.sum()),
        subjects=len(rows) if h.subject is None else int(np.unique(h.subject).size),
        iterations=solution.iterations,
        diagnostics=solution.diagnostics,
        ties=ties,
        variance="robust" if robust else "model",
        method=", ".join(words),
        penalty=penalty,
        conf_type="profile" if firth else "Wald",
        conf_level=conf_level,
        formula=data.formula,
        strata=h.strata,
        strata_columns=data.strata,
        unit=h.grid.unit,
        origin=h.grid.origin,
        kept=found.kept,
        notes=notes,
        dropped=data.dropped,
        rows=rows,
        histories=h,
        design=data.design,
        cluster=cluster,
    )


def _score_statistic(solution: Solution) -> float:
    score = solution.start_score
    return float(score @ inverse(solution.start_information) @ score)


def _unknown(vcov: np.ndarray, endless: np.ndarray) -> np.ndarray:
    if endless.size:
        vcov = vcov.copy()
        vcov[endless, :] = np.nan
        vcov[:, endless] = np.nan
    return vcov


def _means(data: ModelData, kept: np.ndarray) -> np.ndarray:
    x, weights = data.design.x, data.histories.weights
    total = x.shape[0] if weights is None else weights.sum()
    means: np.ndarray = column_sums(x, weights)[kept] / total
    return means
