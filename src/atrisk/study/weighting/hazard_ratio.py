"""The hazard ratio of a treatment, before and after weighting, and by the bootstrap."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from atrisk.estimators.cox import cox
from atrisk.estimators.weighted_bootstrap import weighted_bootstrap
from atrisk.study.attempt import attempt
from atrisk.study.regression.fitting import HAZARD_RATIO, FittedModel, Setting, fit_model
from atrisk.study.regression.setting import survival_columns
from atrisk.study.regression.terms import factor, formula_name
from atrisk.study.values import Entries, value
from atrisk.study.weighting.sample import WORDS, options_of

if TYPE_CHECKING:
    from atrisk.study.plan import AnalysisPlan
    from atrisk.study.regression.terms import Term
    from atrisk.study.weighted_analysis import WeightedAnalysis
    from atrisk.study.weighting.sample import Sample

__all__ = ["bootstrap_entries", "hazard_ratios"]


def hazard_ratios(
    analysis: AnalysisPlan, asked: WeightedAnalysis, sample: Sample
) -> list[tuple[str, str, FittedModel]]:
    """Fit the hazard ratio of the treatment: id, label and model, before and after weighting."""
    term = _treatment(analysis, asked, sample)
    plain = _setting(analysis, asked, sample)
    options = {"weights": "Weight", "robust": True}
    weighty = replace(
        plain,
        columns={**plain.columns, "Weight": sample.weight[sample.used]},
        call=partial(plain.call, **options),
        method_words=lambda words: f"{words}, {WORDS}",
    )
    return [
        ("unweighted", "Before weighting", fit_model(plain, (term,))),
        ("weighted", "After weighting", fit_model(weighty, (term,))),
    ]


def _setting(analysis: AnalysisPlan, asked: WeightedAnalysis, sample: Sample) -> Setting:
    """Set the Cox model of those with a weight up, without the weights."""
    patients, used, strata = sample.patients, sample.used, analysis.strata
    columns, left, options = survival_columns(patients)
    columns["Event"] = (patients.cause > 0).astype(np.int64)
    rows = np.flatnonzero(used)
    return Setting(
        prefix=analysis.id,
        table=patients.chosen.table,
        source=rows,
        who=rows if patients.subject is None else patients.subject[used],
        columns={name: values[used] for name, values in columns.items()},
        event=patients.cause[used] > 0,
        left=left,
        right="" if strata is None else " + strata(Stratum)",
        written=("Surv(time, event)", "" if strata is None else f" + strata({strata.id})"),
        call=partial(cox, conf_level=asked.conf_level, **options),
        measure=HAZARD_RATIO,
        method_words=str,
    )


def _treatment(analysis: AnalysisPlan, asked: WeightedAnalysis, sample: Sample) -> Term:
    """Make the term of the treatment, for those with a weight."""
    by, chosen = analysis.by, sample.patients.chosen
    if by is None:
        raise TypeError(f"{analysis.id} has no treatment")
    return factor(
        asked.treatment,
        by.asked.label,
        by.column,
        chosen.groups,
        chosen.group[sample.used],
        formula=formula_name(asked.treatment),
    )


def bootstrap_entries(
    prefix: str, asked: WeightedAnalysis, sample: Sample, model: FittedModel
) -> tuple[Entries, list[str]]:
    """Give an interval of the hazard ratio that counts the estimation of the scores, and notes."""
    drawn = asked.bootstrap
    if drawn is None:
        return {}, []
    row = next(row for rows in model.rows for row in rows if not row.reference)
    h = sample.patients.histories(rows=sample.complete)
    found, reason, notes = attempt(
        lambda: weighted_bootstrap(
            sample.formula,
            sample.frame,
            h,
            draws=drawn.repeats,
            seed=drawn.seed,
            conf_level=asked.conf_level,
            **options_of(asked),
        )
    )
    entries = {
        f"{prefix}.weighted.{row.id}.bootstrap_{part}": value(
            None if found is None else float(np.exp(getattr(found, part)[0])),
            "hazard ratio",
            method=None if found is None else found.method,
            n=None if found is None else found.draws - found.failed,
            missing=reason.rstrip(".") or "not estimable",
        )
        for part in ("lower", "upper")
    }
    return entries, [f"the bootstrap: {note}" for note in notes]
