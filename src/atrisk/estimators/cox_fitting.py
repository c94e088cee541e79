"""From complete rows to the maximum of the partial likelihood, with what can go wrong named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import solve_triangular

from atrisk.engine.newton import Known, Solution, inverse, maximise
from atrisk.engine.partial_likelihood import CoxPoint, cox_likelihood
from atrisk.errors import InputError, listed
from atrisk.estimators.regression import aliased_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.engine.model_rows import ModelRows
    from atrisk.formulas import Term

__all__ = [
    "Maximum",
    "endless_columns",
    "maximum",
    "penalty_of",
    "require_column",
    "require_converged",
    "without",
]

# a Newton step of this many standard deviations of a covariate, at the end, is not an end
_STILL_MOVING = 1e-4
# a column of which so small a share of its information is left has none
_FLAT = 1e-6
# a correlation matrix of this condition number costs its inverse that many digits
_CONDITION = 1e6
# values beyond this, or below its inverse, have no squares
_HUGE = 1e140
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
    covariance
        shape (q, q): the inverse of the information, with the digits it has.
    start
        the likelihood at 0.
    endless
        shape (k,): places among the q columns whose estimate is infinite.
    lost
        shape (l,): places of those that no datum tells.
    """

    rows: ModelRows
    kept: np.ndarray
    aliased: Mapping[int, tuple[int, ...]]
    solution: Solution
    covariance: np.ndarray
    start: CoxPoint
    endless: np.ndarray
    lost: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.intp))


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
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):  # looked at next
        score, (info, squares) = start.score(), start.information_and_squares()
    require_size(rows, squares)
    aliased = aliased_columns(info + np.diag(penalty), squares + penalty)
    kept = np.setdiff1d(np.arange(info.shape[0]), list(aliased))
    require_column(kept)
    if aliased:
        rows = without(rows, kept)
        score, info = score[kept], info[np.ix_(kept, kept)]
        at = cox_likelihood(rows, efron=efron)
        start = at(np.zeros(kept.size))
    known = Known(start.loglik, score, info)
    if not penalty.any() and _ill_conditioned(rows, info):
        solution, covariance = _in_another_basis(rows, known, iterations, efron=efron)
    else:
        solution = maximise(
            at,
            np.zeros(kept.size),
            penalty=penalty[kept],
            iterations=iterations,
            known=known,
            exact=len(rows) >= _MANY and not penalty.any(),
        )
        covariance = inverse(solution.information)
    endless = endless_columns(solution, start.deaths.total_weight)
    return Maximum(rows, kept, aliased, solution, covariance, start, endless)


def _ill_conditioned(rows: ModelRows, info: np.ndarray) -> bool:
    """Tell whether an inverse of the information would lose too many of its digits."""
    scale = np.sqrt(np.diag(info))
    return len(rows) < _MANY and bool(np.linalg.cond(info / np.outer(scale, scale)) > _CONDITION)


def _in_another_basis(
    rows: ModelRows, known: Known, iterations: int, *, efron: bool
) -> tuple[Solution, np.ndarray]:
    """Fit combinations of the columns whose information at 0 is the identity, and turn back.

    Splines and polynomials are nearly collinear as columns, though not as functions.
    """
    turn = solve_triangular(
        np.linalg.cholesky(known.second), np.eye(known.first.size), lower=True
    ).T  # combinations = x @ turn
    turned = replace(rows, x=np.ascontiguousarray(rows.x @ turn), center=rows.center @ turn)
    at = cox_likelihood(turned, efron=efron)
    found = maximise(at, np.zeros(known.first.size), iterations=iterations)
    back = np.linalg.inv(turn)
    beta = turn @ found.beta
    solution = replace(
        found,
        beta=beta,
        score=back.T @ found.score,
        information=back.T @ found.information @ back,
        start_score=known.first,
        start_information=known.second,
        point=cox_likelihood(rows, efron=efron)(beta),
    )
    return solution, turn @ inverse(found.information) @ turn.T


def require_size(rows: ModelRows, squares: np.ndarray) -> None:
    """Refuse columns whose squares are too large or too small for floating point.

    Raises
    ------
    InputError
        with the size of their values.
    """
    largest = np.abs(rows.x).max(axis=0) if not _computable(squares).all() else np.zeros(0)
    bad = [f"{size:.0e}" for size in largest if size > _HUGE or 0 < size < 1.0 / _HUGE]
    if bad:
        raise InputError(
            f"a covariate has values of about {listed(bad)}, whose squares are beyond the numbers "
            "of a computer. Give it in another unit."
        )


def _computable(squares: np.ndarray) -> np.ndarray:
    fine: np.ndarray = np.isfinite(squares) & (squares > 0)
    return fine


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
    if not isinstance(ridge, int | float | Mapping) or isinstance(ridge, bool):
        raise InputError(f'ridge={ridge!r}: give a number, or a number by term: {{"age": 1.0}}.')
    given = ridge if isinstance(ridge, Mapping) else {term.name: ridge for term in terms}
    names = [term.name for term in terms]
    out = np.zeros(columns)
    for name, value in given.items():
        if name not in names:
            raise InputError(f"ridge names {name!r}; terms are: {', '.join(names)}.")
        if isinstance(value, bool | str) or not value >= 0 or not np.isfinite(value):
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
