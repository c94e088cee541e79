"""Analyses of kind ``subgroups``: one exposure in levels of variables, and interaction tests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk import frames
from atrisk.errors import InputError
from atrisk.estimators.cox import cox
from atrisk.estimators.logistic import logistic
from atrisk.study.attempt import attempt
from atrisk.study.cohort import cohort
from atrisk.study.nodes import any_event, cut_off_entries, with_notes
from atrisk.study.regression.fitting import (
    HAZARD_RATIO,
    Measure,
    Setting,
    coefficient_names,
    fit_model,
    plain_words,
)
from atrisk.study.regression.node import analysis_of_models
from atrisk.study.regression.numbers import term_entries
from atrisk.study.regression.setting import survival_columns
from atrisk.study.regression.terms import terms_of
from atrisk.study.selection import left_out_nodes, left_out_notes
from atrisk.study.subgroup_analyses import SubgroupsAnalysis
from atrisk.study.survival_tests import statistic_entries
from atrisk.study.truth import truth
from atrisk.study.values import Entries, merged, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atrisk.study.endpoints import Outcome
    from atrisk.study.plan import AnalysisPlan, Plan
    from atrisk.study.regression.terms import Term
    from atrisk.study.table import Table

__all__ = ["subgroups"]

_PARTS = ("ratio", "lower", "upper", "p_value")
_WARNING = (
    "Subgroups are exploratory: whether an effect differs between them is told by the interaction"
    " test, not by P values within subgroups."
)
_ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class _Job:
    """The outcome, and the exposure that is compared; ``reference`` and ``exposed`` are places."""

    analysis: AnalysisPlan
    setting: Setting
    exposure: Term
    reference: int
    exposed: int

    def labels(self) -> tuple[str, str]:
        """Name the two levels of the exposure."""
        levels = self.exposure.levels
        return levels[self.reference].label, levels[self.exposed].label


def subgroups(
    analysis: AnalysisPlan, plan: Plan, table: Table, result: Outcome | None = None
) -> tuple[dict[str, Any], Entries]:
    """Estimate the effect of an exposure in subgroups.

    Parameters
    ----------
    analysis, plan
        what to do.
    table
        the patients analysed.
    result
        the outcome of each; None where the analysis has a condition instead of an endpoint.

    Returns
    -------
    node : dict
        the analysis in the results document.
    entries : dict
        its numbers.

    Raises
    ------
    InputError
        the exposure does not have two levels among these patients.
    """
    asked = analysis.asked
    if not isinstance(asked, SubgroupsAnalysis) or analysis.model is None:
        raise TypeError(f"{analysis.id} is not an analysis of subgroups")
    node, setting, entries = (
        _binary(analysis, asked, plan, table)
        if result is None
        else _timed(analysis, asked, plan, table, result)
    )
    exposure, *variables = terms_of(analysis.model.terms, setting.table)
    job = _Job(analysis, setting, exposure, *_compared(exposure))
    lacking = setting.left_out(exposure.missing, [exposure])
    node["left_out"] += left_out_nodes(lacking)
    node["notes"] += left_out_notes(lacking, setting.table)
    everybody = np.ones(setting.event.size, dtype=bool)
    overall, method, reason = _effect(job, everybody, f"{analysis.id}.overall")
    parts = [_variable(job, variable) for variable in variables]
    node |= {
        "exposure": _exposure_node(job),
        "measure": {"name": setting.measure.name, "short": setting.measure.short},
        "conf_level": asked.conf_level,
        "ties": asked.ties if result is not None else None,
        "method": method,
        "failed": reason,
        "subgroups": [part for part, _ in parts],
        "notes": [*node["notes"], *_notes([part for part, _ in parts], variables)],
    }
    return node, merged(entries, overall, *(found for _, found in parts))


def _timed(
    analysis: AnalysisPlan, asked: SubgroupsAnalysis, plan: Plan, table: Table, result: Outcome
) -> tuple[dict[str, Any], Setting, Entries]:
    """Set Cox models up."""
    patients = cohort(analysis, plan, table, result)
    cause = None if analysis.model is None else analysis.model.cause
    wanted = None if cause is None else patients.causes.index(cause.id) + 1
    event = patients.cause > 0 if wanted is None else patients.cause == wanted
    columns, left, options = survival_columns(patients)
    rows = np.arange(event.size)
    strata = analysis.strata
    setting = Setting(
        prefix=analysis.id,
        table=patients.chosen.table,
        source=rows,
        who=rows if patients.subject is None else patients.subject,
        columns=columns | {"Event": event.astype(np.int64)},
        event=event,
        left=left,
        right="" if strata is None else " + strata(Stratum)",
        written=("Surv(time, event)", "" if strata is None else f" + strata({strata.id})"),
        call=partial(cox, ties=asked.ties, conf_level=asked.conf_level, **options),
        measure=HAZARD_RATIO,
        method_words=patients.method,
    )
    node = _node(analysis, patients.chosen.notes, patients.chosen.left_out)
    if wanted is None:
        node["notes"] = with_notes(any_event(analysis), node["notes"])
    return node, setting, cut_off_entries(analysis, patients)


def _binary(
    analysis: AnalysisPlan, asked: SubgroupsAnalysis, plan: Plan, table: Table
) -> tuple[dict[str, Any], Setting, Entries]:
    """Set logistic regressions up."""
    condition = None if analysis.model is None else analysis.model.outcome
    if condition is None:
        raise TypeError(f"{analysis.id} has no outcome")
    answer = truth(condition.tree, table, plan.data.date_format)
    known = ~answer.unknown
    if not known.any():
        raise InputError(f"whether {condition.text!r} holds is unknown in every patient.")
    gaps = np.flatnonzero(~known).tolist()
    left_out = table.left_out(gaps, condition.names, "the outcome is unknown")
    used, event = table.take(known), answer.yes[known]
    setting = Setting(
        prefix=analysis.id,
        table=used,
        source=np.arange(used.rows),
        who=np.arange(used.rows),
        columns={"Outcome": event.astype(np.int64)},
        event=event,
        left="Outcome",
        right="",
        written=(f"({condition.text})", ""),
        call=partial(logistic, conf_level=asked.conf_level),
        measure=Measure("Odds ratio", "OR"),
        method_words=str,
        model="logistic regression",
    )
    node = _node(analysis, left_out_notes(left_out, table), left_out)
    label = condition.text if asked.outcome_label is None else asked.outcome_label
    return node | {"outcome": {"label": label, "text": condition.text}}, setting, {}


def _node(
    analysis: AnalysisPlan,
    notes: tuple[str, ...] | list[str],
    left_out: Any,  # noqa: ANN401
) -> dict[str, Any]:
    found = analysis_of_models(analysis, notes, left_out)
    return {**found, "by": None, "outcome": None}


def _compared(exposure: Term) -> tuple[int, int]:
    """Find the two levels that patients have."""
    member = np.asarray(exposure.member)
    present = [place for place in range(len(exposure.levels)) if (member == place).any()]
    if len(present) != 2:
        labels = ", ".join(exposure.levels[place].label for place in present) or "none"
        raise InputError(
            f"the exposure {exposure.id!r} has {len(present)} levels among the patients analysed"
            f" ({labels}); two are compared. Put levels together in a column of the data, or"
            " exclude rows in [[population]]."
        )
    return present[0], present[1]


def _exposure_node(job: _Job) -> dict[str, Any]:
    levels = job.exposure.levels
    return {
        "id": job.exposure.id,
        "label": job.exposure.label,
        "reference": levels[job.reference].node(),
        "exposed": levels[job.exposed].node(),
    }


def _effect(
    job: _Job, inside: NDArray[np.bool_], prefix: str
) -> tuple[Entries, str | None, str | None]:
    """Estimate the effect in some patients: its numbers, its method, why there is none."""
    setting, member = job.setting, np.asarray(job.exposure.member)
    arms = {"reference": member == job.reference, "exposed": member == job.exposed}
    arms = {name: rows & inside for name, rows in arms.items()}
    both = arms["reference"] | arms["exposed"]
    counts: Entries = {}
    for key, rows in {prefix: both, **{f"{prefix}.{n}": r for n, r in arms.items()}}.items():
        counts[f"{key}.n"] = value(setting.patients(rows), "patients")
        counts[f"{key}.events"] = value(setting.events(rows), "events")
    reason = _no_effect(job, arms)
    found, method = None, None
    if reason is None:
        found, method, reason = _fitted(job, both)
    words = setting.measure.words
    units = dict.fromkeys(_PARTS, words) | {"p_value": "probability"}
    ratios = {
        f"{prefix}.{part}": value(
            None if found is None else found[part],
            unit,
            method=f"Wald test of {method}" if part == "p_value" and method else method,
            n=setting.patients(both),
            missing=reason or "not estimable",
        )
        for part, unit in units.items()
    }
    return merged(counts, ratios), method, reason


def _no_effect(job: _Job, arms: dict[str, NDArray[np.bool_]]) -> str | None:
    """Say why there is nothing to estimate, if so."""
    event = job.setting.event
    binary = job.setting.left == "Outcome"
    for label, rows in zip(job.labels(), arms.values(), strict=True):
        if not rows.any():
            return f"no patient with {job.exposure.label}: {label}"
        if not (event & rows).any():
            return f"no event with {job.exposure.label}: {label}"
        if binary and (event | ~rows).all():
            return f"every patient with {job.exposure.label}: {label} had the outcome"
    return None


def _fitted(
    job: _Job, rows: NDArray[np.bool_]
) -> tuple[dict[str, float] | None, str | None, str | None]:
    """Fit the exposure alone to some rows."""
    member = np.where(rows, np.asarray(job.exposure.member), -1)
    term = replace(job.exposure, missing=~rows, member=member)
    model = fit_model(job.setting, (term,))
    if model.fit is None:
        return None, None, model.reason
    key = f"{term.id}_{term.levels[job.exposed].id}"
    entries = term_entries(model, "", 0)
    found = {part: entries[f".{key}.{part}"] for part in _PARTS}
    reason = next((e["missing"] for e in found.values() if "missing" in e), None)
    numbers = {part: entry["value"] for part, entry in found.items()}
    return numbers, job.setting.method(model.fit), reason


def _variable(job: _Job, variable: Term) -> tuple[dict[str, Any], Entries]:
    """Estimate the effect in the levels of a variable, and test whether it differs."""
    member = np.asarray(variable.member)
    levels: list[dict[str, Any]] = []
    parts: list[Entries] = []
    for place, level in enumerate(variable.levels):
        inside = member == place
        if not inside.any():
            continue
        key = f"{job.analysis.id}.subgroup.{variable.id}.{level.id}"
        found, _, reason = _effect(job, inside, key)
        levels.append({**level.node(), "failed": reason})
        parts.append(found)
    missing = job.setting.patients((member < 0) & ~job.exposure.missing)
    node = {"id": variable.id, "label": variable.label, "levels": levels, "missing": missing}
    return node, merged(_interaction(job, variable), *parts)


def _interaction(job: _Job, variable: Term) -> Entries:
    """Test the product of exposure and variable by the likelihood."""
    keep = ~(job.exposure.missing | variable.missing)
    found, reason = None, "the subgroups have one level only"
    if np.unique(np.asarray(variable.member)[keep]).size > 1:
        why = _nothing_to_compare(job, variable, keep)
        found, reason = (None, why) if why else _likelihood_ratio(job, variable, keep)
    return statistic_entries(
        f"{job.analysis.id}.interaction.{variable.id}",
        found,
        method=job.setting.method_words("likelihood ratio test of the product term"),
        n=job.setting.patients(keep),
        missing=reason,
    )


def _nothing_to_compare(job: _Job, variable: Term, keep: NDArray[np.bool_]) -> str | None:
    """Say why no two subgroups have an effect that could differ, if so."""
    member, inside = np.asarray(job.exposure.member), np.asarray(variable.member)
    arms = {
        "reference": keep & (member == job.reference),
        "exposed": keep & (member == job.exposed),
    }
    reason = _no_effect(job, arms)
    if reason is not None:
        return reason
    present = [place for place in range(len(variable.levels)) if (keep & (inside == place)).any()]
    empty = [
        (place, label)
        for place in present
        for label, rows in zip(job.labels(), arms.values(), strict=True)
        if not (rows & (inside == place)).any()
    ]
    if len(present) - len({place for place, _ in empty}) > 1:
        return None
    cells = ", ".join(
        f"{variable.label}: {variable.levels[place].label} \N{MULTIPLICATION SIGN}"
        f" {job.exposure.label}: {label}"
        for place, label in empty
    )
    return f"no patient with {cells}, so there are not two subgroups to compare"


def _likelihood_ratio(
    job: _Job, variable: Term, keep: NDArray[np.bool_]
) -> tuple[dict[str, Any] | None, str]:
    setting, terms = job.setting, (job.exposure, variable)
    columns = {name: values[keep] for name, values in setting.columns.items()}
    columns |= {term.id: term.values[keep] for term in terms}
    written = " * ".join(term.formula for term in terms)
    formula = f"{setting.left} ~ {written}{setting.right}"
    fit, reason, _ = attempt(lambda: setting.call(formula, frames.to_polars(columns)))
    if fit is None:
        names = coefficient_names(terms) | dict(setting.labels)
        return None, plain_words(reason, names)
    if fit.variance == "robust":
        return None, "weights that are not whole numbers leave no likelihood to compare"
    tests, reason, _ = attempt(lambda: fit.term_tests("likelihood ratio"))
    if tests is None:
        return None, reason.rstrip(".")
    table = tests.columns()
    for place, name in enumerate(map(str, table["term"])):
        if ":" in name:
            return {part: table[part][place] for part in ("statistic", "df", "p_value")}, ""
    return None, "the model has no product term"


def _notes(parts: list[dict[str, Any]], variables: list[Term]) -> Iterator[str]:
    """Say what a reader must know of subgroups."""
    yield _WARNING
    if len(variables) > 1:
        yield (
            f"{len(variables)} interaction tests are not adjusted for their number: if no effect"
            f" differed, {len(variables) * _ALPHA:.2g} of them would be expected below"
            f" P = {_ALPHA:g}."
        )
    for part in parts:
        if part["missing"]:
            patients = "1 patient" if part["missing"] == 1 else f"{part['missing']} patients"
            yield f"{part['label']} is unknown in {patients}, who are in the row of all patients."
