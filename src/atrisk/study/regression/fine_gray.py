"""Analyses of kind ``fine_gray``: ratios of subdistribution hazards of one cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.study.analyses import FineGrayAnalysis
from atrisk.study.cohort import cohort
from atrisk.study.nodes import cut_off_entries
from atrisk.study.regression.lists import fit_models
from atrisk.study.regression.node import analysis_of_models
from atrisk.study.regression.setting import fine_gray_setting
from atrisk.study.regression.terms import terms_of
from atrisk.study.values import Entries, merged, value

if TYPE_CHECKING:
    from atrisk.study.cohort import Cohort
    from atrisk.study.endpoints import Outcome
    from atrisk.study.plan import AnalysisPlan, Plan
    from atrisk.study.table import Table

__all__ = ["fine_gray_models"]


def fine_gray_models(
    analysis: AnalysisPlan, plan: Plan, table: Table, result: Outcome
) -> tuple[dict[str, Any], Entries]:
    """Fit the Fine-Gray models of an analysis; parameters as in `cox_models`."""
    asked = analysis.asked
    if not isinstance(asked, FineGrayAnalysis) or analysis.model is None:
        raise TypeError(f"{analysis.id} is not a Fine-Gray analysis")
    patients = cohort(analysis, plan, table, result)
    setting = fine_gray_setting(analysis, asked, patients)
    terms = terms_of(analysis.model.terms, patients.chosen.table)
    models = fit_models(setting, terms, alone=asked.univariable, together=asked.multivariable)
    node = analysis_of_models(analysis, patients.chosen.notes, patients.chosen.left_out)
    censoring = analysis.model.censoring
    node |= {
        "models": models.nodes,
        "selection": None,
        "censoring_strata": []
        if censoring is None
        else [{"id": censoring.id, "label": censoring.asked.label}],
    }
    counts = _competing(analysis.id, patients, asked.cause)
    return node, merged(models.entries, cut_off_entries(analysis, patients), counts)


def _competing(prefix: str, patients: Cohort, cause: str) -> Entries:
    """Count patients with another event, and those with none."""
    wanted = patients.causes.index(cause) + 1
    counts = {
        "competing": patients.count((patients.cause > 0) & (patients.cause != wanted)),
        "censored": patients.count(patients.cause == 0),
    }
    return {f"{prefix}.overall.{name}": value(n, "patients") for name, n in counts.items()}
