"""Analyses of kind ``cox``: hazard ratios, selection, proportional hazards, validation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.study.analyses import CoxAnalysis
from atrisk.study.cohort import cohort
from atrisk.study.nodes import any_event, cut_off_entries, with_notes
from atrisk.study.regression.lists import fit_models
from atrisk.study.regression.node import analysis_of_models
from atrisk.study.regression.ph import proportional_hazards
from atrisk.study.regression.setting import cox_setting
from atrisk.study.regression.terms import terms_of
from atrisk.study.regression.validation import calibration, validation
from atrisk.study.values import Entries, merged

if TYPE_CHECKING:
    from atrisk.study.endpoints import Outcome
    from atrisk.study.plan import AnalysisPlan, Plan
    from atrisk.study.regression.fitting import FittedModel
    from atrisk.study.table import Table

__all__ = ["cox_models"]


def cox_models(
    analysis: AnalysisPlan, plan: Plan, table: Table, result: Outcome
) -> tuple[dict[str, Any], Entries]:
    """Fit the Cox models of an analysis.

    Parameters
    ----------
    analysis, plan
        what to do.
    table
        the patients analysed.
    result
        the outcome of each.

    Returns
    -------
    node : dict
        the analysis in the results document.
    entries : dict
        its numbers.
    """
    asked = analysis.asked
    if not isinstance(asked, CoxAnalysis) or analysis.model is None:
        raise TypeError(f"{analysis.id} is not a Cox analysis")
    patients = cohort(analysis, plan, table, result)
    setting = cox_setting(analysis, asked, patients)
    terms = terms_of(analysis.model.terms, patients.chosen.table)
    models = fit_models(
        setting,
        terms,
        alone=asked.univariable,
        together=asked.multivariable,
        selection=asked.selection,
    )
    node = analysis_of_models(analysis, patients.chosen.notes, patients.chosen.left_out)
    node |= {"models": models.nodes, "selection": models.selection}
    node |= {"ph": None, "validation": None, "calibration": None}
    if analysis.model.cause is None:
        node["notes"] = with_notes(any_event(analysis), node["notes"])
    parts = [models.entries, cut_off_entries(analysis, patients)]
    if models.together is not None:
        parts.append(_after_the_fit(analysis, asked, models.together, node))
    return node, merged(*parts)


def _after_the_fit(
    analysis: AnalysisPlan, asked: CoxAnalysis, model: FittedModel, node: dict[str, Any]
) -> Entries:
    """Do what needs the multivariable model, and put it into the node."""
    parts: list[Entries] = []
    if asked.ph_test:
        node["ph"], entries = proportional_hazards(model, asked.ph_test)
        parts.append(entries)
    if asked.validation is not None:
        node["validation"], entries = validation(model, asked.validation, asked.selection)
        parts.append(entries)
    if asked.calibration is not None and analysis.calibration is not None:
        node["calibration"], entries = calibration(
            model, asked.calibration, analysis.calibration, asked.selection
        )
        parts.append(entries)
    return merged(*parts)
