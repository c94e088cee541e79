"""Residuals of a fitted Cox model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from atrisk.engine.residuals import (
    cluster_sums,
    deviance_residuals,
    martingale_residuals,
    schoenfeld_residuals,
    score_residuals,
)
from atrisk.errors import InputError, listed
from atrisk.estimators.result import Result
from atrisk.estimators.source import require_choice, require_flag

if TYPE_CHECKING:
    from atrisk.engine.model_rows import ModelRows
    from atrisk.engine.partial_likelihood import CoxPoint
    from atrisk.formulas import Term
    from atrisk.sources.histories import Dropped, Histories

__all__ = ["PartialLikelihoodFit", "Residuals", "input_rows", "require_finite", "residuals"]

_BY_ROW = ("martingale", "deviance")
_BY_COLUMN = ("score", "dfbeta", "dfbetas")
_BY_DEATH = ("schoenfeld", "scaled schoenfeld")
KINDS = (*_BY_ROW, *_BY_COLUMN, *_BY_DEATH)


class PartialLikelihoodFit(Protocol):
    """What residuals, tests and concordance ask of a fitted Cox model."""

    @property
    def rows(self) -> ModelRows:
        """The n complete rows, in the order of the input."""

    @property
    def histories(self) -> Histories:
        """The same n rows as histories."""

    @property
    def cluster(self) -> np.ndarray | None:
        """Cluster of each row, (n,) int, or None."""

    @property
    def coefficients(self) -> np.ndarray:
        """Coefficients, (p,), finite."""

    @property
    def model_vcov(self) -> np.ndarray:
        """Inverse of the information, (p, p)."""

    @property
    def term(self) -> np.ndarray:
        """Names of the p coefficients."""

    @property
    def terms(self) -> tuple[Term, ...]:
        """Which coefficients belong together."""

    @property
    def endless(self) -> tuple[str, ...]:
        """Names of coefficients whose estimate is infinite."""

    @property
    def penalty(self) -> np.ndarray:
        """Ridge penalty of each coefficient, (p,)."""

    @property
    def conf_type(self) -> str:
        """``profile`` where Firth's penalty was used."""

    @property
    def dropped(self) -> Dropped:
        """Rows that were left out."""

    def likelihood(self) -> CoxPoint:
        """Give the partial likelihood and its tables at the estimates."""


def require_finite(fit: PartialLikelihoodFit, what: str) -> None:
    """Refuse a model whose likelihood has no maximum."""
    if fit.endless:
        raise InputError(
            f"{what} cannot be computed: the estimate of {listed(fit.endless)} is infinite. Leave "
            "the covariate out, or join its levels."
        )


def input_rows(fit: PartialLikelihoodFit) -> np.ndarray:
    """Give the number, from 1, of each row in the input, shape (n,)."""
    n, gone = len(fit.rows), np.unique(fit.dropped.row)
    kept = np.ones(n + gone.size, dtype=bool)
    kept[gone - 1] = False
    return np.flatnonzero(kept) + 1


@dataclass(frozen=True, slots=True, repr=False)
class Residuals(Result):
    """Residuals of a Cox model, one row a row of the data, a subject, or an event.

    Attributes
    ----------
    kind
        by name.
    name
        of the q columns: the model's columns, or the kind itself.
    row
        shape (m,): row of the input, counted from 1; the first one of a subject.
    time
        shape (m,): its exit, in ``unit`` since ``origin``; the last one of a subject.
    value
        shape (m, q).
    weighted
        whether case weights multiply the residuals.
    unit, origin
        how time is measured.
    """

    kind: str
    name: tuple[str, ...]
    row: np.ndarray
    time: np.ndarray
    value: np.ndarray
    weighted: bool
    unit: str
    origin: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give row, time and one column a residual."""
        values = dict(zip(self.name, self.value.T, strict=True))
        return {"row": self.row, "time": self.time, **values}


def residuals(fit: PartialLikelihoodFit, kind: str, *, by_subject: bool = False) -> Residuals:
    """Compute residuals of a fitted Cox model.

    Parameters
    ----------
    fit
        a fitted Cox model with n rows and p columns.
    kind
        ``"martingale"``: observed less expected events. ``"deviance"``: the same, more symmetric.
        ``"score"``: each row's part in the score. ``"dfbeta"``: the change of each coefficient if
        the row is left out, to first order; ``"dfbetas"``: in standard errors. ``"schoenfeld"``:
        an event's covariates less their mean at risk; ``"scaled schoenfeld"``: scaled to estimate
        the coefficient at the time of the event.
    by_subject
        add up the rows of each subject (or cluster); deviance residuals are made of their sums.
        Not for Schoenfeld residuals, which belong to events.

    Returns
    -------
    Residuals
        rows in the order of the input; for Schoenfeld residuals the events by stratum and time.

    Raises
    ------
    InputError
        there is no such kind, or no subject to add up.

    Notes
    -----
    As R's ``residuals.coxph`` by default: case weights multiply dfbeta and dfbetas, and no others.
    Scaled Schoenfeld residuals are D s V + beta, with D events and V the model's variance.

    References
    ----------
    Therneau TM, Grambsch PM, Fleming TR (1990) Biometrika 77:147. Grambsch PM, Therneau TM (1994)
    Biometrika 81:515. Therneau T, Grambsch P (2000) Modeling Survival Data, 4.2-4.6, 6.2, 7.1.

    Examples
    --------
    >>> import polars as pl
    >>> from atrisk import cox
    >>> df = pl.DataFrame({
    ...     "days": [5, 8, 8, 11, 14, 20],
    ...     "died": [1, 1, 0, 1, 1, 0],
    ...     "age": [61, 50, 44, 70, 52, 39],
    ... })
    >>> fit = cox("Surv(days, died) ~ age", df)
    >>> residuals(fit, "martingale").value[:, 0].round(3).tolist()
    [0.772, 0.761, -0.156, -0.712, -0.192, -0.473]
    """
    require_choice("kind", kind, KINDS)
    require_flag("by_subject", by_subject)
    if kind in {"dfbeta", "dfbetas", "scaled schoenfeld"}:
        require_finite(fit, f"{kind} residuals")
    point, times = fit.likelihood(), fit.histories.grid.times[fit.histories.exit]
    row, value = np.arange(len(fit.rows)), None
    if kind in _BY_DEATH:
        row, value = _by_death(point, fit, kind)
    subject = _subjects(fit, kind) if by_subject else None
    if value is None:
        value = (_by_row if kind in _BY_ROW else _by_column)(point, fit, kind, subject)
    if subject is not None:
        row = np.unique(subject, return_index=True)[1]
        last = np.full(row.size, -np.inf)
        np.maximum.at(last, subject, times)
    return Residuals(
        kind=kind,
        name=(kind,) if kind in _BY_ROW else tuple(map(str, fit.term)),
        row=input_rows(fit)[row],
        time=times[row] if subject is None else last,
        value=value,
        weighted=kind in {"dfbeta", "dfbetas"} and fit.rows.weight is not None,
        unit=fit.histories.grid.unit,
        origin=fit.histories.grid.origin,
    )


def _subjects(fit: PartialLikelihoodFit, kind: str) -> np.ndarray:
    codes = fit.cluster if fit.histories.subject is None else fit.histories.subject
    if kind in _BY_DEATH:
        raise InputError(
            f"kind={kind!r} with by_subject=True: Schoenfeld residuals belong to events, and are "
            "not added up. Leave by_subject out."
        )
    if codes is None:
        raise InputError(
            "by_subject=True, but the model knows no subjects: name them with subject=... or "
            "cluster(...) when fitting."
        )
    found: np.ndarray = np.unique(codes, return_inverse=True)[1]
    return found


def _by_death(
    point: CoxPoint, fit: PartialLikelihoodFit, kind: str
) -> tuple[np.ndarray, np.ndarray]:
    row, value = schoenfeld_residuals(point)
    if kind == "scaled schoenfeld":
        value = row.size * (value @ fit.model_vcov) + fit.coefficients
    return row, value


def _by_row(
    point: CoxPoint, _: PartialLikelihoodFit, kind: str, subject: np.ndarray | None
) -> np.ndarray:
    value, event = martingale_residuals(point)[:, np.newaxis], point.rows.event[:, np.newaxis]
    if subject is not None:
        value = cluster_sums(value, subject)
        event = cluster_sums(event.astype(float), subject)
    return deviance_residuals(value, event) if kind == "deviance" else value


def _by_column(
    point: CoxPoint, fit: PartialLikelihoodFit, kind: str, subject: np.ndarray | None
) -> np.ndarray:
    value = score_residuals(point)
    if kind == "score":
        if point.rows.weight is not None:
            value /= point.rows.weight[:, np.newaxis]
    else:
        value = value @ fit.model_vcov
        if kind == "dfbetas":
            value /= np.sqrt(np.diag(fit.model_vcov))
    return value if subject is None else cluster_sums(value, subject)
