"""From complete rows to the maximum of the partial likelihood, with what can go wrong named."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.newton import Known, Solution, inverse, maximise
from atrisk.engine.partial_likelihood import CoxPoint, cox_likelihood
from atrisk.errors import AtRiskWarning, InputError, listed
from atrisk.estimators.regression import aliased_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atrisk.engine.model_rows import ModelRows
    from atrisk.formulas import Term

__all__ = [
    "Maximum",
    "endless_columns",
    "maximum",
    "penalty_of",
    "require_column",
    "require_converged",
    "warn_aliased",
    "warn_endless",
    "without",
]

# a Newton step of this many standard deviations of a covariate, at the end, is not an end
_STILL_MOVING = 1e-4
# a column of which so small a share of its information is left has none
_FLAT = 1e-6
# rows from which on a last pass over them is worth sparing
_MANY = 1 << 16
# Newton's method is at a finite maximum before as many iterations
_PATIENCE = 12


@dataclass(frozen=True, slots=True, eq=False)
class Maximum:
    """Where the partial likelihood is largest.

    Attributes
    ----------
    rows
        with the columns that were fitted.
    kept
        shape (q,): their places among all p columns.
    aliased
        place of a column that was left out -> places of those it is a combination of.
    solution
        of Newton's method, for the q columns.
    start
        the likelihood at 0.
    endless
        shape (k,): places among the q columns whose estimate is infinite.
    """

    rows: ModelRows
    kept: np.ndarray
    aliased: Mapping[int, tuple[int, ...]]
    solution: Solution
    start: CoxPoint
    endless: np.ndarray


def maximum(
    rows: ModelRows,
    *,
    efron: bool,
    penalty: np.ndarray,
    iterations: int,
) -> Maximum:
    """Fit all columns that carry information of their own.

    Parameters
    ----------
    rows
        n rows, p columns.
    efron
        Efron's rule for ties.
    penalty
        shape (p,): of each column's squared coefficient; 0 for none.
    iterations
        at most this many.
    """
    at = cox_likelihood(rows, efron=efron)
    start = at(np.zeros(rows.x.shape[1]))
    if not np.isfinite(start.loglik):
        raise InputError(
            "the likelihood cannot be computed where all coefficients are 0: the offset spans too "
            "many powers of e. Center it, or check its unit."
        )
    score, info = start.score(), start.information()
    aliased = aliased_columns(info + np.diag(penalty))
    kept = np.setdiff1d(np.arange(info.shape[0]), list(aliased))
    require_column(kept)
    if aliased:
        rows = without(rows, kept)
        score, info = score[kept], info[np.ix_(kept, kept)]
        at = cox_likelihood(rows, efron=efron)
        start = at(np.zeros(kept.size))
    solution = maximise(
        at,
        np.zeros(kept.size),
        penalty=penalty[kept],
        iterations=iterations,
        known=Known(start.loglik, score, info),
        exact=len(rows) >= _MANY and not penalty.any(),
    )
    endless = endless_columns(solution, start.deaths.total_weight)
    return Maximum(rows, kept, aliased, solution, start, endless)


def require_column(kept: np.ndarray) -> None:
    """Refuse a model of which no column carries information.

    Raises
    ------
    InputError
        ``kept`` is empty.
    """
    if not kept.size:
        raise InputError(
            "no covariate varies among those at risk together (in a stratum): there is nothing to "
            "estimate. Leave the strata out, or name other covariates."
        )


def without(rows: ModelRows, kept: np.ndarray) -> ModelRows:
    """Keep some of the columns, in the order given."""
    x = np.ascontiguousarray(rows.x[:, kept])
    x.setflags(write=False)
    return replace(rows, x=x, center=rows.center[kept])


def endless_columns(solution: Solution, events: float) -> np.ndarray:
    """Find columns whose coefficient grows without end while the likelihood hardly rises.

    At an infinite estimate the likelihood flattens, so that Newton's last step is still long
    beside the spread of the covariate; at a finite one it is nothing.

    References
    ----------
    Bryson MC, Johnson ME (1981) Technometrics 23:381 (monotone likelihood).
    """
    spread = np.sqrt(np.diag(solution.start_information) / max(events, 1.0))
    step = inverse(solution.information) @ solution.score
    if np.isnan(step).any():
        # the information is gone, first that of the columns whose coefficients are endless
        left = np.diag(solution.information) / np.diag(solution.start_information)
        return np.flatnonzero(left <= max(_FLAT, float(left.min())))
    if not solution.converged and solution.iterations < _PATIENCE:
        return np.empty(0, dtype=np.intp)
    return np.flatnonzero(~(np.abs(step) * spread < _STILL_MOVING))


def penalty_of(
    ridge: float | Mapping[str, float], terms: Sequence[Term], columns: int
) -> np.ndarray:
    """Give the penalty of each column, shape (p,).

    Raises
    ------
    InputError
        a penalty is negative, or names a term that does not exist.
    """
    given = {term.name: ridge for term in terms} if isinstance(ridge, (int, float)) else dict(ridge)
    names = [term.name for term in terms]
    out = np.zeros(columns)
    for name, value in given.items():
        if name not in names:
            raise InputError(f"ridge names {name!r}; terms are: {', '.join(names)}.")
        if not value >= 0 or not np.isfinite(value):
            raise InputError(f"ridge={value!r}: a penalty is a number of 0 or more.")
        out[list(terms[names.index(name)].columns)] = value
    return out


def require_converged(found: Maximum) -> None:
    """Refuse a fit that ended before its likelihood was at its largest.

    Raises
    ------
    InputError
        with the last iterations.
    """
    solution = found.solution
    if solution.converged or found.endless.size:
        return
    shown = [
        f"iteration {number}: log-likelihood {row[0]:.6f}, decrement {row[2]:.2e}, step {row[3]:g}"
        for number, row in list(enumerate(solution.diagnostics))[-3:]
    ]
    raise InputError(
        f"the fit did not converge in {solution.iterations} iterations ({'; '.join(shown)}). "
        "Scale covariates of very different size, leave out what is nearly collinear, or raise "
        "iterations."
    )


def warn_aliased(names: Sequence[str], aliased: Mapping[int, tuple[int, ...]]) -> None:
    """Say which columns were left out, and of what they are combinations."""
    for column, others in aliased.items():
        why = (
            f"it is a combination of {listed(names[k] for k in others)}"
            if others
            else "it does not vary among those at risk together"
        )
        warnings.warn(
            f"{names[column]} was left out of the model: {why}.", AtRiskWarning, stacklevel=4
        )


def warn_endless(found: Maximum, names: Sequence[str], terms: Sequence[Term]) -> None:
    """Say which estimates are infinite, and why."""
    if not found.endless.size:
        return
    whose = {c: term for term in terms for c in term.columns}
    reasons = [_reason(found.rows, int(c), names[c], whose[int(c)]) for c in found.endless]
    warnings.warn(
        f"the likelihood has no maximum at finite coefficients: {'; '.join(reasons)}. Their "
        "estimates are given as infinite, without standard error; likelihood-ratio tests hold. "
        "Pass firth=True for finite estimates, or join levels.",
        AtRiskWarning,
        stacklevel=4,
    )


def _reason(rows: ModelRows, column: int, name: str, term: Term) -> str:
    if term.levels and len(term.columns) == len(term.levels) - 1:
        has = rows.x[:, column] > rows.x[:, column].min()
        if not rows.event[has].any():
            return f"{name} has no event among its {int(has.sum())} rows"
        others = rows.x[:, list(term.columns)]
        reference = (others <= others.min(axis=0)).all(axis=1)
        if not rows.event[reference].any():
            return f"{name}: its reference {term.reference} has no event"
    return f"{name} separates those with an event from the others at risk"
