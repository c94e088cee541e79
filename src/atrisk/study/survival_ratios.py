"""Hazard ratios of the groups of a survival analysis, for its figure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.estimators.cox import cox
from atrisk.study.regression.fitting import HAZARD_RATIO, Setting, fit_model
from atrisk.study.regression.numbers import term_entries
from atrisk.study.regression.setting import survival_columns
from atrisk.study.regression.terms import factor
from atrisk.study.survival_tests import no_test
from atrisk.study.values import value

if TYPE_CHECKING:
    from atrisk.study.analyses import SurvivalAnalysis
    from atrisk.study.cohort import Cohort
    from atrisk.study.plan import AnalysisPlan
    from atrisk.study.regression.fitting import FittedModel
    from atrisk.study.values import Entries

__all__ = ["group_model", "group_ratios"]

# no id of a study file has a capital letter
_GROUP = "Group"
_RATIO = ("ratio", "lower", "upper", "p_value")


def group_ratios(
    analysis: AnalysisPlan, asked: SurvivalAnalysis, patients: Cohort
) -> tuple[dict[str, Any] | None, Entries]:
    """Compare each group with the first by a Cox model, within the strata if there are any.

    Returns
    -------
    node : dict or None
        the reference, the levels compared and the method; None where it was not asked for.
    entries : dict
        ``<id>.hr.<level>.ratio``, ``lower``, ``upper`` and ``p_value``, and ``<id>.hr.overall``.
    """
    if "hr" not in asked.annotate or not patients.chosen.groups:
        return None, {}
    groups = patients.chosen.groups
    node: dict[str, Any] = {
        "reference": groups[0].id,
        "levels": [level.id for level in groups[1:]],
        "strata": None if analysis.strata is None else analysis.strata.asked.label,
        "ties": "efron",
        "conf_level": asked.conf_level,
        "method": None,
    }
    reason = no_test(patients)
    if reason is not None:
        keys = (f"{analysis.id}.hr.{level.id}.{part}" for level in groups[1:] for part in _RATIO)
        return node, {key: value(None, HAZARD_RATIO.words, missing=reason) for key in keys}
    model = group_model(analysis, asked, patients)
    node["method"] = None if model.fit is None else model.setting.method(model.fit)
    return node, _renamed(term_entries(model, f"{analysis.id}.hr", 0), f"{analysis.id}.hr")


def group_model(analysis: AnalysisPlan, asked: SurvivalAnalysis, patients: Cohort) -> FittedModel:
    """Fit the Cox model of the groups, within the strata if there are any."""
    columns, left, options = survival_columns(patients)
    event = patients.cause > 0
    rows = np.arange(patients.time.size)
    label = "Groups" if analysis.by is None else analysis.by.asked.label
    setting = Setting(
        prefix=analysis.id,
        table=patients.chosen.table,
        source=rows,
        who=rows if patients.subject is None else patients.subject,
        columns=columns | {"Event": event.astype(np.int64)},
        event=event,
        left=left,
        right="" if patients.chosen.strata is None else " + strata(Stratum)",
        written=("Surv(time, event)", ""),
        call=partial(cox, conf_level=asked.conf_level, **options),
        measure=HAZARD_RATIO,
        method_words=patients.method,
    )
    term = factor(_GROUP, label, "", patients.chosen.groups, patients.chosen.group, formula=_GROUP)
    return fit_model(setting, (term,))


def _renamed(entries: Entries, prefix: str) -> Entries:
    """Name the rows by their levels, and the test of all of them ``overall``."""
    found: Entries = {}
    for key, entry in entries.items():
        rest = key.removeprefix(f"{prefix}.{_GROUP}")
        found[f"{prefix}.overall{rest}" if rest[0] == "." else f"{prefix}.{rest[1:]}"] = entry
    return found
