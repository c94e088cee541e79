"""Whom a weighted analysis rests on: complete patients of two treatments, and their weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk import frames
from atrisk.errors import InputError
from atrisk.estimators.propensity import PropensityWeights, propensity_weights
from atrisk.study.attempt import attempt
from atrisk.study.regression.fitting import coefficient_names, plain_words
from atrisk.study.regression.terms import terms_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.sources.histories import Histories
    from atrisk.study.cohort import Cohort
    from atrisk.study.plan import AnalysisPlan
    from atrisk.study.regression.terms import Term
    from atrisk.study.weighted_analysis import WeightedAnalysis

__all__ = ["WORDS", "Sample", "options_of", "weighted_sample"]

#: What stands behind the name of a weighted method.
WORDS = "weighted by the propensity score"


@dataclass(frozen=True, slots=True)
class Sample:
    """Patients with weights.

    Attributes
    ----------
    patients
        all who have the outcome and the treatment.
    terms
        the covariates.
    complete
        shape (n,): who has every covariate.
    formula, frame
        of the propensity model; the complete rows.
    found
        scores and weights of the complete rows.
    notes
        what was warned of.
    """

    patients: Cohort
    terms: tuple[Term, ...]
    complete: NDArray[np.bool_]
    formula: str
    frame: Any
    found: PropensityWeights
    notes: tuple[str, ...]

    @property
    def weight(self) -> NDArray[np.float64]:
        """Weight of every patient, shape (n,): 0 for those without covariates or trimmed."""
        weight = np.zeros(self.complete.size)
        weight[self.complete] = self.found.for_rows()
        return weight

    @property
    def used(self) -> NDArray[np.bool_]:
        """Whether a patient has a weight above 0, shape (n,)."""
        return self.weight > 0

    def histories(self, *, stratified: bool = False, weighted: bool = True) -> Histories:
        """Make the histories of those with a weight, in the groups of the treatment."""
        used = self.used
        h = self.patients.histories(grouped=True, stratified=stratified, rows=used)
        return replace(h, weights=self.weight[used]) if weighted else h


def options_of(asked: WeightedAnalysis) -> dict[str, Any]:
    """Give the options of the weights, as the calls name them."""
    return {
        "estimand": asked.estimand,
        "stabilised": asked.is_stabilised,
        "trim": None if asked.trim is None else (asked.trim, 1.0 - asked.trim),
    }


def weighted_sample(analysis: AnalysisPlan, asked: WeightedAnalysis, patients: Cohort) -> Sample:
    """Fit the propensity model and weight the patients.

    Raises
    ------
    InputError
        there are not two treatments, nobody has every covariate, or the covariates tell with
        certainty who was treated.
    """
    groups = patients.chosen.groups
    if len(groups) != 2:
        found = ", ".join(level.label for level in groups)
        raise InputError(
            f"the treatment {asked.treatment!r} has {len(groups)} levels among the patients"
            f" analysed ({found}); two are compared. Put levels together in a column of the data,"
            " or exclude rows in [[population]]."
        )
    plans = () if analysis.model is None else analysis.model.terms
    terms = terms_of(plans, patients.chosen.table)
    complete = ~np.logical_or.reduce([term.missing for term in terms])
    if not complete.any():
        raise InputError("no patient has a value in every covariate.")
    columns = {"Treated": (patients.chosen.group == 1).astype(np.int64)}
    columns |= {term.id: term.values for term in terms}
    frame = frames.to_polars({name: values[complete] for name, values in columns.items()})
    formula = f"Treated ~ {' + '.join(term.formula for term in terms)}"
    found, reason, notes = attempt(lambda: propensity_weights(formula, frame, **options_of(asked)))
    names = coefficient_names(terms) | {"Treated": groups[1].label}
    if found is None:
        raise InputError(f"the propensity score: {plain_words(reason, names)}.")
    spelled = tuple(plain_words(note, names) for note in notes)
    return Sample(patients, terms, complete, formula, frame, found, spelled)
