"""Whom a weighted analysis rests on: complete patients of two treatments, and their weights."""

from __future__ import annotations

import re
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
    from atrisk.study.groups import Level
    from atrisk.study.plan import AnalysisPlan
    from atrisk.study.regression.terms import Term
    from atrisk.study.table import LeftOut
    from atrisk.study.weighted_analysis import WeightedAnalysis

__all__ = ["WORDS", "Covariates", "Sample", "covariates", "options_of", "weighted_sample"]

#: What stands behind the name of a weighted method.
WORDS = "weighted by the propensity score"


@dataclass(frozen=True, slots=True)
class Covariates:
    """What the propensity model is to rest on.

    Attributes
    ----------
    patients
        all who have the outcome and the treatment.
    terms
        the covariates.
    complete
        shape (n,): who has every covariate.
    """

    patients: Cohort
    terms: tuple[Term, ...]
    complete: NDArray[np.bool_]

    @property
    def formula(self) -> str:
        """The right side of the propensity model."""
        return " + ".join(term.formula for term in self.terms)

    def left_out(self) -> list[LeftOut]:
        """List the patients that lack a covariate."""
        table = self.patients.chosen.table
        found: list[LeftOut] = []
        for row in np.flatnonzero(~self.complete).tolist():
            columns = [term.column for term in self.terms if term.missing[row]]
            found += table.left_out([row], columns, "a covariate is missing")
        return found


@dataclass(frozen=True, slots=True)
class Sample:
    """Patients with weights.

    Attributes
    ----------
    patients, terms, complete
        as in `Covariates`.
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


def covariates(analysis: AnalysisPlan, asked: WeightedAnalysis, patients: Cohort) -> Covariates:
    """Read the covariates of two treatments.

    Raises
    ------
    InputError
        there are not two treatments.
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
    return Covariates(patients, terms, ~np.logical_or.reduce([term.missing for term in terms]))


def weighted_sample(asked: WeightedAnalysis, given: Covariates) -> Sample:
    """Fit the propensity model and weight the patients.

    Raises
    ------
    InputError
        nobody has every covariate, or the covariates tell with certainty who was treated.
    """
    patients, terms, complete = given.patients, given.terms, given.complete
    groups = patients.chosen.groups
    if not complete.any():
        raise InputError("no patient has a value in every covariate")
    columns = {"Treated": (patients.chosen.group == 1).astype(np.int64)}
    columns |= {term.id: term.values for term in terms}
    frame = frames.to_polars({name: values[complete] for name, values in columns.items()})
    formula = f"Treated ~ {given.formula}"
    found, reason, notes = attempt(lambda: propensity_weights(formula, frame, **options_of(asked)))
    names = coefficient_names(terms) | {"Treated": groups[1].label}
    rows = np.flatnonzero(complete)
    if found is None:
        reason = patients.chosen.table.in_file(plain_words(reason, names), rows)
        raise InputError(f"the propensity score: {reason}")
    spelled = tuple(
        _told(patients.chosen.table.in_file(plain_words(note, names), rows), groups)
        for note in notes
    )
    return Sample(patients, terms, complete, formula, frame, found, spelled)


def _told(note: str, groups: tuple[Level, ...]) -> str:
    """Write what the weights warned of in the words of the study file."""

    def patients(match: re.Match[str]) -> str:
        return f"{match[1]} patients of the group {groups[not match[2]].label}"

    told = re.sub(r"\b(\d+) (un)?treated rows", patients, note)
    told = told.replace("estimand='overlap'", 'estimand = "overlap"')
    return told.replace(
        "results rest on few rows. Trim or truncate", "results rest on few; trim them"
    )
