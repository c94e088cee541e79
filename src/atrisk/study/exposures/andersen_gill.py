"""Cox models with exposures as variables that change over time."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.estimators.cox import cox
from atrisk.study.exposures.times import cut
from atrisk.study.groups import Level
from atrisk.study.plan import lower_first
from atrisk.study.regression.fitting import HAZARD_RATIO, Setting
from atrisk.study.regression.lists import Models, fit_models
from atrisk.study.regression.setting import codes_as_text
from atrisk.study.regression.terms import Term, factor, formula_name, terms_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.sources.episodes import Episodes
    from atrisk.study.cohort import Cohort
    from atrisk.study.exposure_analyses import TimeDependentAnalysis
    from atrisk.study.plan import AnalysisPlan, ExposurePlan

__all__ = ["andersen_gill"]


def andersen_gill(
    analysis: AnalysisPlan,
    asked: TimeDependentAnalysis,
    patients: Cohort,
    began: list[tuple[ExposurePlan, NDArray[np.float64]]],
) -> Models:
    """Fit each exposure and variable alone, and all of them together where there are several."""
    rows = cut(patients, asked, began)
    exposures = [
        _exposure_term(exposure, rows.exposed[:, place])
        for place, (exposure, _) in enumerate(began)
    ]
    plans = () if analysis.model is None else analysis.model.terms
    variables = [_laid_out(term, rows) for term in terms_of(plans, patients.chosen.table)]
    terms = (*exposures, *variables)
    setting = _setting(analysis, asked, patients, rows)
    return fit_models(setting, terms, alone=True, together=len(terms) > 1)


def _exposure_term(exposure: ExposurePlan, exposed: NDArray[np.uint8]) -> Term:
    label = lower_first(exposure.label)
    levels = (Level("before", f"Before {label}"), Level("after", f"After {label}"))
    member = exposed.astype(np.int64)
    return factor(
        exposure.id,
        exposure.label,
        exposure.asked.time,
        levels,
        member,
        formula=formula_name(exposure.id),
        kind="exposure",
    )


def _laid_out(term: Term, rows: Episodes) -> Term:
    """Carry the variable of a patient to each of their rows."""
    source = rows.source_row
    member = None if term.member is None else term.member[source]
    return replace(term, values=term.values[source], missing=term.missing[source], member=member)


def _setting(
    analysis: AnalysisPlan, asked: TimeDependentAnalysis, patients: Cohort, rows: Episodes
) -> Setting:
    h, source = rows.histories, rows.source_row
    event = h.cause > 0
    who = source if patients.subject is None else patients.subject[source]
    columns: dict[str, NDArray[Any]] = {
        "Start": h.grid.times[h.entry],
        "Stop": h.grid.times[h.exit],
        "Event": event.astype(np.int64),
        "Subject": who,
    }
    options: dict[str, Any] = {"unit": patients.unit, "origin": patients.origin}
    options["subject"] = "Subject"
    if patients.weights is not None:
        columns["Weight"], options["weights"] = patients.weights[source], "Weight"
    if patients.chosen.strata is not None:
        columns["Stratum"] = codes_as_text(patients.chosen.strata)[source]
    strata = analysis.strata
    return Setting(
        prefix=analysis.id,
        table=patients.chosen.table,
        source=source,
        who=who,
        columns=columns,
        event=event,
        left="Surv(Start, Stop, Event)",
        right="" if strata is None else " + strata(Stratum)",
        written=("Surv(start, stop, event)", "" if strata is None else f" + strata({strata.id})"),
        call=partial(cox, ties=asked.ties, conf_level=asked.conf_level, **options),
        measure=HAZARD_RATIO,
        method_words=patients.method,
    )
