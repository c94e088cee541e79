"""One sample of rows of a weighted study: scores, weights and effects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from atrisk.engine.logistic import fit_logistic, maximum_exists
from atrisk.engine.logistic_rows import LogisticModel, logistic_model
from atrisk.engine.newton import maximise
from atrisk.engine.partial_likelihood import cox_likelihood
from atrisk.engine.weighted_risk import cumulative_risk
from atrisk.estimators.logistic_input import kept_columns

if TYPE_CHECKING:
    from atrisk.engine.model_rows import ModelRows
    from atrisk.estimators.propensity import WeightRule
    from atrisk.sources.histories import Histories

__all__ = ["NotDefinedError", "Study", "effects"]


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """Everything that a sample of rows needs, in arrays of the n rows analysed.

    Attributes
    ----------
    model
        of the propensity score; ``start`` are its coefficients for all rows.
    treated
        shape (n,), bool.
    rule
        how scores become weights.
    rows, histories
        of the survival outcome, or None.
    cause
        1-based: the cause that counts as the event; None for all.
    places
        positions of the times asked for on the grid of the histories.
    outcome
        shape (n,): 0 or 1, or None.
    efron
        Efron's rule for ties, else Breslow's.
    """

    model: LogisticModel
    start: np.ndarray
    treated: np.ndarray
    rule: WeightRule
    rows: ModelRows | None
    histories: Histories | None
    cause: int | None
    places: np.ndarray
    outcome: np.ndarray | None
    efron: bool


class NotDefinedError(Exception):
    """A sample in which a model has no finite estimate."""


def effects(study: Study, chosen: np.ndarray) -> np.ndarray:
    """Weight the chosen rows (some several times) and estimate every quantity, shape (k,)."""
    treated = study.treated[chosen]
    if treated.all() or not treated.any():
        raise NotDefinedError("one group is empty")
    weight, _ = study.rule.weights(treated, _scores(study, chosen))
    kept = weight > 0.0
    chosen, treated, weight = chosen[kept], treated[kept], weight[kept]
    if treated.all() or not treated.any():
        raise NotDefinedError("one group is empty after trimming")
    parts: list[np.ndarray] = []
    if study.rows is not None:
        parts.append(np.array([_log_hazard_ratio(study, study.rows, chosen, treated, weight)]))
        parts.append(_differences(study, chosen, treated, weight))
    if study.outcome is not None:
        had = study.outcome[chosen]
        means = [np.average(had[g], weights=weight[g]) for g in (treated, ~treated)]
        parts.append(np.array([means[0] - means[1]]))
    return np.concatenate(parts)


def _scores(study: Study, chosen: np.ndarray) -> np.ndarray:
    """Fit the scores to the chosen rows, each distinct row once with its count."""
    rows, place, count = np.unique(chosen, return_inverse=True, return_counts=True)
    model, total = study.model, count.astype(float)
    part = LogisticModel(
        model.z[rows],
        model.events[rows] * total,
        total,
        None if model.offset is None else model.offset[rows],
        model.transform,
    )
    found = fit_logistic(part, start=study.start)
    if not maximum_exists(part, found):
        part = _without_aliased(part)
        found = fit_logistic(part)
    if not found.converged or not maximum_exists(part, found):
        raise NotDefinedError("the treatment is separated by the covariates")
    chance: np.ndarray = expit(part.predictor(found.beta))
    return chance[place]


def _without_aliased(model: LogisticModel) -> LogisticModel:
    """Leave out columns that do not vary by themselves in these rows, such as an absent level."""
    names = tuple(f"x{j}" for j in range(1, model.z.shape[1]))
    kept, _, _ = kept_columns(model.z[:, 1:], names, ())
    return logistic_model(model.z[:, 1:][:, kept], model.events, model.total, model.offset)


def _log_hazard_ratio(
    study: Study,
    rows: ModelRows,
    chosen: np.ndarray,
    treated: np.ndarray,
    weight: np.ndarray,
) -> float:
    """Fit Cox's model with the treatment alone to the chosen rows."""
    died = rows.event[chosen]
    if not (died & treated).any() or not (died & ~treated).any():
        raise NotDefinedError("nobody of one group had the event")
    sample = replace(
        rows,
        x=rows.x[chosen],
        stop=rows.stop[chosen],
        start=None if rows.start is None else rows.start[chosen],
        event=died,
        weight=weight,
    )
    found = maximise(cox_likelihood(sample, efron=study.efron), np.zeros(1))
    if not found.converged or not np.isfinite(found.beta).all():
        raise NotDefinedError("the hazard ratio has no finite estimate")
    return float(found.beta[0])


def _differences(
    study: Study, chosen: np.ndarray, treated: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Compare survival, or cumulative incidence of the cause, at the times asked for."""
    h = study.histories
    if h is None or not study.places.size:
        return np.empty(0)
    sides = [
        cumulative_risk(
            h.exit[chosen][g],
            None if h.entry is None else h.entry[chosen][g],
            h.cause[chosen][g],
            weight[g],
            h.grid.times.size,
            study.cause,
        )[study.places]
        for g in (treated, ~treated)
    ]
    difference: np.ndarray = sides[0] - sides[1]
    return difference if study.cause is not None else -difference
