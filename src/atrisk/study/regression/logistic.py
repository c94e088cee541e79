"""Analyses of kind ``logistic``: odds ratios, and Fisher's exact test beside them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from atrisk.errors import InputError
from atrisk.estimators.table_tests import fisher_test
from atrisk.study.analyses import LogisticAnalysis
from atrisk.study.attempt import attempt
from atrisk.study.regression.lists import fit_models
from atrisk.study.regression.node import analysis_of_models
from atrisk.study.regression.setting import logistic_setting
from atrisk.study.regression.terms import terms_of
from atrisk.study.selection import left_out_notes
from atrisk.study.truth import truth
from atrisk.study.values import Entries, merged, value

if TYPE_CHECKING:
    from atrisk.study.plan import AnalysisPlan, Plan
    from atrisk.study.regression.fitting import FittedModel
    from atrisk.study.table import Table

__all__ = ["logistic_models"]


def logistic_models(
    analysis: AnalysisPlan, plan: Plan, table: Table
) -> tuple[dict[str, Any], Entries]:
    """Fit the logistic regressions of an analysis; parameters as in `cox_models`.

    Raises
    ------
    InputError
        the outcome is unknown in all patients.
    """
    asked = analysis.asked
    if not isinstance(asked, LogisticAnalysis) or analysis.model is None:
        raise TypeError(f"{analysis.id} is not a logistic regression")
    condition = analysis.model.outcome
    if condition is None:
        raise TypeError(f"{analysis.id} has no outcome")
    answer = truth(condition.tree, table, plan.data.date_format)
    known = ~answer.unknown
    reason = "the outcome is unknown"
    left_out = table.left_out(np.flatnonzero(~known).tolist(), condition.names, reason)
    used, event = table.take(known), answer.yes[known]
    setting = logistic_setting(analysis, asked, used, event)
    reason = _one_outcome(condition.text, event)
    if reason:
        setting = replace(setting, call=partial(_refused, reason))
    models = fit_models(
        setting,
        terms_of(analysis.model.terms, used),
        alone=asked.univariable,
        together=asked.multivariable,
        selection=asked.selection,
    )
    node = analysis_of_models(analysis, left_out_notes(left_out, table), left_out)
    label = condition.text if asked.outcome_label is None else asked.outcome_label
    node |= {
        "outcome": {"label": label, "text": condition.text},
        "models": models.nodes,
        "selection": models.selection,
    }
    exact = [_fisher(model) for model in models.alone] if asked.fisher else []
    return node, merged(models.entries, *exact)


def _one_outcome(text: str, event: np.ndarray) -> str:
    """Say why there is nothing to model, if so.

    Raises
    ------
    InputError
        the outcome is unknown in all patients.
    """
    if event.size == 0:
        raise InputError(f"whether {text!r} holds is unknown in every patient.")
    if event.any() and not event.all():
        return ""
    who = "every patient" if event.all() else "no patient"
    return f"{text!r} holds for {who} of {event.size}: there is nothing to compare"


def _refused(reason: str, *_: object) -> NoReturn:
    raise InputError(reason)


def _fisher(model: FittedModel) -> Entries:
    """Test a categorical variable against the outcome without a model."""
    term = model.terms[0]
    if term.member is None:
        return {}
    member, event = term.member[model.keep], model.setting.event[model.keep]
    counts = np.array(
        [
            [(event[member == place]).sum(), (~event[member == place]).sum()]
            for place in range(len(term.levels))
            if (member == place).any()
        ]
    )
    found, reason, _ = attempt(lambda: fisher_test(counts))
    key = f"{model.setting.prefix}.univariable.{term.id}.fisher_p_value"
    return {
        key: value(
            None if found is None else found.p_value,
            "probability",
            method="Fisher's exact test",
            n=int(counts.sum()),
            missing=reason.rstrip(".") or "not estimable",
        )
    }
