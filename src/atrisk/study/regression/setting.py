"""The outcome of a model: columns, formula and call, from the patients of an analysis."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError
from atrisk.estimators.cox import cox
from atrisk.estimators.fine_gray import fine_gray
from atrisk.estimators.logistic import logistic
from atrisk.study.columns import codes
from atrisk.study.groups import group_by
from atrisk.study.regression.fitting import HAZARD_RATIO, Measure, Setting
from atrisk.study.regression.terms import level_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from atrisk.study.cohort import Cohort
    from atrisk.study.model_analyses import CoxAnalysis, FineGrayAnalysis, LogisticAnalysis
    from atrisk.study.plan import AnalysisPlan
    from atrisk.study.table import Table

__all__ = ["cox_setting", "fine_gray_setting", "logistic_setting", "survival_columns"]


_FIRTH = "firth = true gives a finite one"


def cox_setting(analysis: AnalysisPlan, asked: CoxAnalysis, patients: Cohort) -> Setting:
    """Set a Cox model up; with a cause, other causes are censored."""
    wanted = _wanted(analysis, patients)
    event = patients.cause > 0 if wanted is None else patients.cause == wanted
    columns, left, options = survival_columns(patients)
    columns |= {"Event": event.astype(np.int64), **_cluster(analysis, patients.chosen.table)}
    options |= {"cluster": "Cluster"} if "Cluster" in columns else {}
    call = partial(cox, ties=asked.ties, firth=asked.firth, conf_level=asked.conf_level, **options)
    found = _timed(analysis, patients, columns, left, event, call, HAZARD_RATIO)
    return replace(found, remedy="" if asked.firth else _FIRTH)


def fine_gray_setting(analysis: AnalysisPlan, asked: FineGrayAnalysis, patients: Cohort) -> Setting:
    """Set a Fine-Gray model up."""
    wanted = _wanted(analysis, patients)
    columns, left, options = survival_columns(patients)
    columns |= {"Event": patients.cause, **_cluster(analysis, patients.chosen.table)}
    options |= {"cluster": "Cluster"} if "Cluster" in columns else {}
    censoring = None if analysis.model is None else analysis.model.censoring
    labels: dict[str, str] = {}
    if censoring is not None:
        grouping = group_by(censoring, patients.chosen.table)
        columns["Censoring"] = codes_as_text(grouping.member)
        options["censoring_strata"] = "Censoring"
        labels = {
            f"censoring stratum {level_code(place)!r}": f"censoring stratum {level.label}"
            for place, level in enumerate(grouping.levels)
        }
    call = partial(
        fine_gray,
        causes={name: code for code, name in enumerate(patients.causes, start=1)},
        cause=asked.cause,
        conf_level=asked.conf_level,
        **options,
    )
    measure = Measure("Subdistribution hazard ratio", "SHR")
    found = _timed(analysis, patients, columns, left, patients.cause == wanted, call, measure)
    return replace(found, labels={**found.labels, **labels})


def logistic_setting(
    analysis: AnalysisPlan, asked: LogisticAnalysis, table: Table, event: NDArray[np.bool_]
) -> Setting:
    """Set a logistic regression up."""
    columns = {"Outcome": event.astype(np.int64), **_cluster(analysis, table)}
    options: dict[str, Any] = {"cluster": "Cluster"} if "Cluster" in columns else {}
    call = partial(
        logistic,
        firth=asked.firth,
        conf_type=asked.conf_type,
        conf_level=asked.conf_level,
        **options,
    )
    return Setting(
        prefix=analysis.id,
        table=table,
        source=np.arange(table.rows),
        who=np.arange(table.rows),
        columns=columns,
        event=event,
        left="Outcome",
        right="",
        written=(f"({asked.outcome})", ""),
        call=call,
        measure=Measure("Odds ratio", "OR"),
        method_words=str,
        model="logistic regression",
        remedy="" if asked.firth else _FIRTH,
    )


def survival_columns(
    patients: Cohort,
) -> tuple[dict[str, NDArray[Any]], str, dict[str, Any]]:
    """Name the columns of an outcome for a formula, its left side, and the options it needs."""
    columns: dict[str, NDArray[Any]] = {"Time": patients.time}
    left = "Surv(Time, Event)"
    options: dict[str, Any] = {"unit": patients.unit, "origin": patients.origin}
    if patients.entry is not None:
        columns["Entry"], left = patients.entry, "Surv(Entry, Time, Event)"
    if patients.weights is not None:
        columns["Weight"], options["weights"] = patients.weights, "Weight"
    if patients.subject is not None:
        columns["Subject"], options["subject"] = patients.subject, "Subject"
    if patients.chosen.strata is not None:
        columns["Stratum"] = stratum_names(patients.chosen.strata)
    return columns, left, options


def _timed(
    analysis: AnalysisPlan,
    patients: Cohort,
    columns: dict[str, NDArray[Any]],
    left: str,
    event: NDArray[np.bool_],
    call: Callable[[str, Any], Any],
    measure: Measure,
) -> Setting:
    strata = analysis.strata
    written = "" if strata is None else f" + strata({strata.id})"
    entry = "entry, " if patients.entry is not None else ""
    return Setting(
        prefix=analysis.id,
        table=patients.chosen.table,
        source=np.arange(patients.time.size),
        who=np.arange(patients.time.size) if patients.subject is None else patients.subject,
        columns=columns,
        event=event,
        left=left,
        right="" if strata is None else " + strata(Stratum)",
        written=(f"Surv({entry}time, event)", written),
        call=call,
        measure=measure,
        method_words=patients.method,
        labels=_strata_labels(analysis, patients),
    )


def stratum_names(member: NDArray[np.int64]) -> NDArray[Any]:
    """Name strata as nothing in a study file is named: no id of one has a capital letter."""
    return np.array([f"S{code}" for code in codes_as_text(member)], dtype=object)


def _strata_labels(analysis: AnalysisPlan, patients: Cohort) -> dict[str, str]:
    """Map what a fit calls strata to their labels."""
    member = patients.chosen.strata
    if analysis.strata is None or member is None:
        return {}
    grouping = group_by(analysis.strata, patients.chosen.table)
    _, first = np.unique(member, return_index=True)
    return {
        str(stratum_names(member[row : row + 1])[0]): grouping.levels[grouping.member[row]].label
        for row in first
    }


def _wanted(analysis: AnalysisPlan, patients: Cohort) -> int | None:
    cause = None if analysis.model is None else analysis.model.cause
    return None if cause is None else patients.causes.index(cause.id) + 1


def _cluster(analysis: AnalysisPlan, table: Table) -> dict[str, NDArray[Any]]:
    column = None if analysis.model is None else analysis.model.cluster
    if column is None:
        return {}
    found = codes(table, column).codes
    if (found < 0).any():
        lines = table.listed_rows(found < 0)
        raise InputError(
            f"{table.file}, column {column!r}: the cluster is missing in {table.place} {lines}."
            " Complete the entries, or exclude the rows in [[population]]."
        )
    return {"Cluster": found}


def codes_as_text(member: NDArray[np.int64]) -> NDArray[Any]:
    """Write codes as text that sorts in their order; -1 is missing."""
    labels = [*map(level_code, range(int(member.max(initial=-1)) + 1)), None]
    return np.array(labels, dtype=object)[member]
