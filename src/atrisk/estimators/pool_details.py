"""What single studies do to a pool: left out in turn, influence, funnel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr

from atrisk.engine.meta_influence import case_diagnostics, egger
from atrisk.engine.meta_linear import fit_linear
from atrisk.errors import InputError
from atrisk.estimators.pool_core import NO_SPREAD
from atrisk.estimators.pool_fit import pooled
from atrisk.estimators.result import Result, label_array

if TYPE_CHECKING:
    from atrisk.estimators.pool_request import PoolRequest
    from atrisk.estimators.pool_result import Pool

__all__ = ["Funnel", "PoolInfluence", "PoolLeaveOneOut", "funnel", "influence", "leave_one_out"]

_SCALINGS = {"knapp-hartung": "knapp-hartung", "knapp-hartung-adhoc": "adhoc"}
_FEW = 10
_LEFT = (
    "estimate",
    "lower",
    "upper",
    "link_estimate",
    "link_std_error",
    "tau2",
    "i2",
    "h2",
    "q",
    "q_p_value",
)
_CASES = ("rstudent", "dffits", "cook", "cov_ratio", "tau2_deleted", "q_deleted", "hat", "weight")


@dataclass(frozen=True, slots=True, repr=False)
class PoolLeaveOneOut(Result):
    """A pool without each study in turn.

    Attributes
    ----------
    left_out
        shape (s,), studies.
    estimate, lower, upper
        shape (s,), natural scale; NaN where the rest cannot be pooled.
    link_estimate, link_std_error, tau2, i2, h2, q, q_p_value
        shape (s,), as in `Pool`.
    notes
        studies without which there is no pool, and why.
    """

    left_out: np.ndarray
    estimate: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    link_estimate: np.ndarray
    link_std_error: np.ndarray
    tau2: np.ndarray
    i2: np.ndarray
    h2: np.ndarray
    q: np.ndarray
    q_p_value: np.ndarray
    notes: tuple[str, ...]

    def columns(self) -> dict[str, np.ndarray]:
        """Give one row a study left out."""
        return {name: getattr(self, name) for name in ("left_out", *_LEFT)}


@dataclass(frozen=True, slots=True, repr=False)
class PoolInfluence(Result):
    """Case diagnostics of a pool.

    Attributes
    ----------
    labels
        shape (k,), studies.
    rstudent, dffits, cook, cov_ratio, tau2_deleted, q_deleted, hat, weight
        shape (k,): studentised deleted residual, change of the fitted value in standard errors,
        Cook's distance, ratio of the determinants of the covariances, tau2 and Q without the
        study, leverage, weight in per cent.
    dfbetas
        shape (k, p), change of each coefficient in standard errors.
    influential
        shape (k,): whether |dffits| > 3 (p / (k - p))^1/2, the lower tail of Cook's distance on
        p degrees of freedom passes 0.5, hat > 3 p / k, or a |dfbetas| > 1.
    terms
        names of the coefficients, of the columns of ``dfbetas``.
    """

    labels: np.ndarray
    rstudent: np.ndarray
    dffits: np.ndarray
    cook: np.ndarray
    cov_ratio: np.ndarray
    tau2_deleted: np.ndarray
    q_deleted: np.ndarray
    hat: np.ndarray
    weight: np.ndarray
    dfbetas: np.ndarray
    influential: np.ndarray
    terms: tuple[str, ...]

    def columns(self) -> dict[str, np.ndarray]:
        """Give one row a study."""
        changes = {f"dfbetas {t}": self.dfbetas[:, place] for place, t in enumerate(self.terms)}
        return {
            "label": self.labels,
            **{name: getattr(self, name) for name in _CASES},
            **changes,
            "influential": self.influential,
        }


@dataclass(frozen=True, slots=True, repr=False)
class Funnel(Result):
    """Points of a funnel plot, and Egger's test of its asymmetry.

    Attributes
    ----------
    labels, effect, std_error
        shape (k,), on the scale of the pool.
    measure
        shape (k,), what the line is drawn against.
    predictor
        its name: ``"std_error"``, or ``"1 / sqrt(total)"`` for proportions, whose standard errors
        depend on the proportions themselves.
    centre
        the pooled value on the scale, the middle of the funnel.
    slope, slope_error, statistic, df, p_value
        of the line; t.
    limit, limit_error
        effect where the measure is 0, and its standard error.
    notes
        what has to be said.
    """

    labels: np.ndarray
    effect: np.ndarray
    std_error: np.ndarray
    measure: np.ndarray
    predictor: str
    centre: float
    slope: float
    slope_error: float
    statistic: float
    df: int
    p_value: float
    limit: float
    limit_error: float
    notes: tuple[str, ...]

    def columns(self) -> dict[str, np.ndarray]:
        """Give one row a study: label, effect, std_error, measure."""
        return {
            "label": self.labels,
            "effect": self.effect,
            "std_error": self.std_error,
            "measure": self.measure,
        }


def leave_one_out(pool: Pool) -> PoolLeaveOneOut:
    """Pool again without each study in turn; see `Pool.leave_one_out`."""
    request = pool._request  # noqa: SLF001 - the pool's own data
    studies = tuple(dict.fromkeys(request.study))
    if len(studies) < len(request.terms) + 3:
        raise InputError(
            f"{len(studies)} studies: leaving one out needs {len(request.terms) + 3} or more."
        )
    rows, notes = [], []
    for study in studies:
        kept = [row for row, name in enumerate(request.study) if name != study]
        try:
            found = pooled(request.taking(kept), spread_limits=False)
            rows.append([getattr(found, name) for name in _LEFT])
        except InputError as error:
            rows.append([np.nan] * len(_LEFT))
            notes.append(f"Without {study}: {error}")
    columns = dict(zip(_LEFT, np.array(rows, dtype=float).T.copy(), strict=True))
    return PoolLeaveOneOut(left_out=label_array(studies), **columns, notes=tuple(notes))


def influence(pool: Pool) -> PoolInfluence:
    """Say how much each study moves the pool; see `Pool.influence`."""
    from scipy.special import chdtr

    request = pool._request  # noqa: SLF001 - the pool's own data
    if pool.model != "inverse variance":
        raise InputError(
            f"influence is defined for inverse-variance models with one row a study, not for this "
            f"{pool.model} model: use leave_one_out(), or pool by method='logit'."
        )
    design = request.design()
    k, p = design.x.shape
    if k < p + 2:
        raise InputError(f"{k} studies: influence needs {p + 2} or more.")
    _require_rank_without(design.x, request.labels)
    _require_spread_without(request, design.x, pool.ci)
    found = case_diagnostics(
        request.effect,
        request.variance,
        design.x,
        tau2_rule=request.tau2,
        scaling=_SCALINGS.get(pool.ci, "none"),
    )
    dfbetas = found.dfbetas if p == 1 else _dfbetas_as_given(pool)
    influential = (
        (np.abs(found.dffits) > 3.0 * np.sqrt(p / (k - p)))
        | (chdtr(p, found.cook) > 0.5)
        | (found.hat > 3.0 * p / k)
        | (np.abs(dfbetas) > 1.0).any(axis=1)
    )
    cases = {name: getattr(found, name) for name in _CASES}
    return PoolInfluence(
        labels=pool.labels,
        **cases,
        dfbetas=dfbetas,
        influential=influential,
        terms=pool.terms,
    )


def _dfbetas_as_given(pool: Pool) -> np.ndarray:
    """Give the changes of the coefficients of the moderators as given, not as centred."""
    request = pool._request  # noqa: SLF001 - the pool's own data
    x = np.column_stack([np.ones(request.size), request.moderators])
    found = case_diagnostics(
        request.effect,
        request.variance,
        x,
        tau2_rule=request.tau2,
        scaling=_SCALINGS.get(pool.ci, "none"),
    )
    return found.dfbetas


def _require_rank_without(x: np.ndarray, labels: tuple[str, ...]) -> None:
    for row, label in enumerate(labels):
        if np.linalg.matrix_rank(np.delete(x, row, axis=0)) < x.shape[1]:
            raise InputError(
                f"without {label!r} a moderator is the same in all other studies: its influence "
                "is not defined."
            )


def _require_spread_without(request: PoolRequest, x: np.ndarray, ci: str) -> None:
    """Refuse where Knapp and Hartung's factor without a study would be 0."""
    if _SCALINGS.get(ci) != "knapp-hartung":
        return
    for row, label in enumerate(request.labels):
        rest = np.arange(request.size) != row
        fit = fit_linear(request.effect[rest], request.variance[rest], x[rest], 0.0)
        if fit.q <= NO_SPREAD * (rest.sum() - x.shape[1]):
            raise InputError(
                f"without {label!r} all other studies have the same estimate, and Knapp and "
                "Hartung's factor is 0: its influence is not defined. Use ci='z'."
            )


def funnel(pool: Pool) -> Funnel:
    """Give the points of a funnel plot and Egger's test; see `Pool.funnel`."""
    request = pool._request  # noqa: SLF001 - the pool's own data
    if request.size < 3 or request.several:
        raise InputError(
            "a funnel needs three studies or more, one row each"
            + (": some have several arms." if request.several else f", not {request.size}.")
        )
    counted = pool.kind == "proportion"
    measure = 1.0 / np.sqrt(request.total) if counted else pool.std_error.copy()
    if np.ptp(measure) <= 1e-12 * measure.max():
        raise InputError("all studies have the same precision: a funnel has no shape to test.")
    line = egger(request.effect, request.variance, measure)
    if line.spread <= NO_SPREAD:
        raise InputError("all studies lie on one line: nothing is left to test it against.")
    few = (f"{request.size} studies: with fewer than {_FEW} the test has little power.",)
    return Funnel(
        labels=pool.labels,
        effect=pool.effect,
        std_error=pool.std_error,
        measure=measure,
        predictor="1 / sqrt(total)" if counted else "std_error",
        centre=pool.link_estimate,
        slope=line.slope,
        slope_error=line.std_error,
        statistic=line.statistic,
        df=line.df,
        p_value=float(2.0 * stdtr(line.df, -abs(line.statistic))),
        limit=line.limit,
        limit_error=line.limit_error,
        notes=few if request.size < _FEW else (),
    )
