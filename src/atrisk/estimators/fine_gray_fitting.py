"""From complete rows to the maximum of the pseudo-likelihood of Fine and Gray's model."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk import frames
from atrisk.engine.fine_gray import FineGrayPoint, SubdistributionRows
from atrisk.engine.newton import Known, Solution, maximise
from atrisk.engine.passes import blocks
from atrisk.errors import AtRiskWarning, InputError, listed
from atrisk.estimators.cox_fitting import (
    endless_columns,
    require_column,
    require_size,
    without,
)
from atrisk.estimators.regression import aliased_columns
from atrisk.sources.selection import listed_as_dropped, taken
from atrisk.sources.subdistribution import last_exits
from atrisk.sources.validate import Field, code_labels

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from atrisk.formulas import Term
    from atrisk.sources.histories import Histories
    from atrisk.sources.model_data import ModelData

# Newton's last step squared, in standard errors, from which one more is taken: a small estimate
# beside its error has its own digits right, too
_EXACT = 1e-24

__all__ = [
    "PseudoMaximum",
    "censoring_codes",
    "early_ends",
    "pseudo_maximum",
    "require_maximum",
    "require_one_row_a_subject",
    "require_unbroken_risk_set",
    "warn_infinite",
]


@dataclass(frozen=True, slots=True, eq=False)
class PseudoMaximum:
    """Where the pseudo-likelihood is largest.

    Attributes
    ----------
    point
        the pseudo-likelihood there, of the columns that were fitted.
    kept
        shape (q,): their places among all p columns.
    aliased
        place of a column that was left out -> places of those it is a combination of.
    solution
        of Newton's method.
    endless
        shape (k,): places among the q columns whose estimate is infinite.
    """

    point: FineGrayPoint
    kept: np.ndarray
    aliased: Mapping[int, tuple[int, ...]]
    solution: Solution
    endless: np.ndarray


def pseudo_maximum(model: SubdistributionRows, iterations: int) -> PseudoMaximum:
    """Fit all columns that carry information of their own, in at most ``iterations`` steps."""
    start = FineGrayPoint(model, np.zeros(model.covariates.size))
    if not np.isfinite(start.loglik):
        raise InputError(
            "the likelihood cannot be computed where all coefficients are 0: the offset spans too "
            "many powers of e. Center it, or check its unit."
        )
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):  # looked at next
        score, info = start.score(), start.information()
        squares = float(model.deaths.sum()) * _mean_squares(model.rows.x)
    require_size(model.rows, squares)
    aliased = aliased_columns(info, squares)
    kept = np.setdiff1d(np.arange(info.shape[0]), list(aliased))
    require_column(kept)
    if aliased:
        rows = without(model.rows, kept)
        model = replace(model, rows=rows, covariates=model.covariates[kept])
    known = Known(start.loglik, score[kept], info[np.ix_(kept, kept)])
    solution, point = _solved(model, known, iterations)
    endless = endless_columns(solution, float(model.deaths.sum()))
    return PseudoMaximum(point, kept, aliased, solution, endless)


def _mean_squares(x: np.ndarray) -> np.ndarray:
    total = np.zeros(x.shape[1])
    for block in blocks(slice(0, x.shape[0]), x.shape[1]):
        total += np.einsum("ij,ij->j", x[block], x[block])
    mean: np.ndarray = total / x.shape[0]
    return mean


def _solved(
    model: SubdistributionRows, known: Known, iterations: int
) -> tuple[Solution, FineGrayPoint]:
    """Follow Newton's method to the last digit, and give the pseudo-likelihood there."""
    latest: list[tuple[np.ndarray, FineGrayPoint]] = []

    def at(beta: np.ndarray) -> FineGrayPoint:
        latest[:] = [(beta, FineGrayPoint(model, beta))]
        return latest[0][1]

    found = maximise(at, np.zeros(known.first.size), iterations=iterations, known=known)
    if found.converged and found.diagnostics[-1, 2] > _EXACT:
        found = _one_more(at, found)
    if latest and latest[0][0] is found.beta:
        return found, latest[0][1]
    return found, FineGrayPoint(model, found.beta)


def _one_more(at: Callable[[np.ndarray], FineGrayPoint], found: Solution) -> Solution:
    """Take one more step."""
    there = Known(found.loglik, found.score, found.information)
    last = maximise(at, found.beta, iterations=1, known=there)
    return replace(
        last,
        start_loglik=found.start_loglik,
        start_score=found.start_score,
        start_information=found.start_information,
        iterations=found.iterations + last.iterations,
        converged=True,
        diagnostics=np.concatenate((found.diagnostics, last.diagnostics[1:])),
    )


def require_maximum(found: PseudoMaximum) -> None:
    """Refuse a fit that ended before its likelihood was at its largest, with the last steps."""
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


def censoring_codes(
    asked: Any,  # noqa: ANN401 - columns, or an array
    frame: Any,  # noqa: ANN401 - any frame
    data: ModelData,
) -> tuple[ModelData, np.ndarray | None, tuple[str, ...]]:
    """Code the strata of the censoring distribution.

    Parameters
    ----------
    asked
        with a formula a column; with histories an array with a value for each of their rows, or
        for each row of the covariates; None for one stratum.
    frame
        of the formula.
    data
        n rows.

    Returns
    -------
    data : ModelData
        without the rows that miss their stratum.
    code : ndarray, shape (n,), or None
    labels : tuple of str
    """
    if asked is None:
        return data, None, ("all",)
    field = _censoring_field(asked, frame, data)
    codes = code_labels(field)[0][data.design.kept]
    if (codes < 0).any():
        data = _without_rows(data, codes < 0, field.name)
        codes = codes[codes >= 0]
    present, codes = np.unique(codes, return_inverse=True)
    labels = code_labels(field)[1]
    return data, codes, tuple(labels[code] for code in present)


def _censoring_field(asked: Any, frame: Any, data: ModelData) -> Field:  # noqa: ANN401 - as above
    if data.formula:
        if not isinstance(asked, str):
            raise InputError(
                f"censoring_strata={asked!r}: with a formula name one column of the data."
            )
        values = frames.column(frame, asked, role="censoring_strata")
        return Field("censoring_strata", asked, values)
    array = frames.numbers_where_possible(np.asarray(asked))
    size = data.design.kept.size
    if array.shape != (size,):
        raise InputError(
            f"censoring_strata has shape {array.shape}; one value a row, ({size},), is needed."
        )
    return Field("censoring_strata", "censoring_strata", array)


def _without_rows(data: ModelData, lost: np.ndarray, column: str) -> ModelData:
    """Leave out rows that miss a value, and list them."""
    if lost.all():
        raise InputError(f"column {column!r} (censoring_strata) is missing in every row.")
    places = np.flatnonzero(data.design.kept)
    kept = data.design.kept.copy()
    kept[places[lost]] = False
    cluster = data.cluster
    if cluster is not None:
        cluster = np.unique(cluster[~lost], return_inverse=True)[1].astype(np.int32)
    reasons = ["missing value"] * int(lost.sum())
    return replace(
        data,
        histories=taken(data.histories, ~lost),
        design=replace(data.design, x=np.ascontiguousarray(data.design.x[~lost]), kept=kept),
        offset=None if data.offset is None else data.offset[~lost],
        cluster=cluster,
        dropped=listed_as_dropped(data.dropped, places[lost], column, reasons),
    )


def require_one_row_a_subject(h: Histories) -> None:
    """Refuse several rows of a subject: the end of a row is not the end of its follow-up."""
    if h.subject is None:
        return
    counts = np.bincount(h.subject)
    if counts.max(initial=0) > 1:
        raise InputError(
            f"{int((counts > 1).sum())} subjects have several rows. The censoring distribution is "
            "of subjects, and a covariate that changes over time has no value after a competing "
            "event: give one row a subject (several rows that only belong together: cluster), or "
            "use cause_specific_cox, which takes (start, stop] rows."
        )


def require_unbroken_risk_set(
    model: SubdistributionRows, h: Histories, labels: tuple[str, ...]
) -> None:
    """Refuse late entry where a risk set empties between a competing event and later events."""
    for process in model.processes:
        if not process.entering:
            continue
        for c, span in model.staying.strata():
            rows = model.staying.row[span]
            places = slice(process.starts[c], process.starts[c + 1])
            anew = process.code[places][process.emptied()[places]]
            # an entry anew at u breaks the weight of a competing event at or before u
            first = anew[anew >= h.exit[rows].min()]
            if first.size and (model.code >= first[0]).any():
                where = "" if len(labels) == 1 else f" of censoring stratum {labels[c]!r}"
                raise InputError(
                    f"nobody{where} was under observation at {h.grid.times[first[0]]:g}, after a "
                    "competing event and before later entries: how many were truncated then "
                    "cannot be estimated. Start later (landmark), join censoring strata, or use "
                    "cause_specific_cox, which needs no such weight."
                )


def early_ends(
    model: SubdistributionRows, h: Histories, stratum: np.ndarray | None, labels: tuple[str, ...]
) -> tuple[str, ...]:
    """Say which censoring strata end before the last event of the cause."""
    if stratum is None:
        return ()
    notes = []
    last, final = last_exits(h, stratum), int(model.code.max())
    for c, span in model.staying.strata():
        if last[c] < final:
            notes.append(
                f"censoring stratum {labels[c]!r} is followed up to {h.grid.times[last[c]]:g}: its "
                f"{span.stop - span.start} rows with a competing event leave the risk set there"
            )
    return tuple(notes)


def warn_infinite(found: PseudoMaximum, names: Sequence[str], terms: Sequence[Term]) -> None:
    """Say which estimates are infinite, and why."""
    if not found.endless.size:
        return
    whose = {column: term for term in terms for column in term.columns}
    reasons = [
        _reason(found.point.model, int(column), names[column], whose[int(column)])
        for column in found.endless
    ]
    warnings.warn(
        f"the pseudo-likelihood has no maximum at finite coefficients: {listed(reasons)}. Their "
        "estimates are given as infinite, without standard error. Join levels, or leave the term "
        "out.",
        AtRiskWarning,
        stacklevel=4,
    )


def _reason(model: SubdistributionRows, column: int, name: str, term: Term) -> str:
    x, event = model.rows.x, model.rows.event
    if term.levels and len(term.columns) == len(term.levels) - 1:
        has = x[:, column] > x[:, column].min()
        if not event[has].any():
            return f"{name} has no event of the cause among its {int(has.sum())} rows"
        others = x[:, list(term.columns)]
        reference = (others <= others.min(axis=0)).all(axis=1)
        if not event[reference].any():
            return f"{name}: its reference {term.reference} has no event of the cause"
    return f"{name} separates those with an event of the cause from the others at risk"
