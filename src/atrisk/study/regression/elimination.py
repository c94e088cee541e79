"""Backward elimination from the multivariable model: its path, and the model that is left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from atrisk.estimators.selection import backward
from atrisk.estimators.validation import events_per_variable
from atrisk.study.attempt import attempt
from atrisk.study.regression.fitting import coefficient_names, plain_words
from atrisk.study.regression.numbers import model_entries, model_node
from atrisk.study.survival_tests import statistic_entries
from atrisk.study.values import Entries, merged, value

if TYPE_CHECKING:
    from atrisk.estimators.selection import BackwardPath
    from atrisk.study.model_analyses import Selection
    from atrisk.study.regression.fitting import FittedModel
    from atrisk.study.regression.terms import Term

__all__ = ["Elimination", "eliminate"]


@dataclass(frozen=True, slots=True)
class Elimination:
    """What selection gives to the document; ``models`` has one node, or none."""

    node: dict[str, Any]
    models: list[dict[str, Any]]
    entries: Entries


def eliminate(model: FittedModel, asked: Selection) -> Elimination:
    """Eliminate terms from a fitted model."""
    node: dict[str, Any] = {
        "rule": asked.rule,
        "stay": asked.stay if asked.rule == "p" else None,
        "method": asked.method,
        "keep": [term.label for term in model.terms if term.id in asked.keep],
        "steps": [],
        "kept": [],
        "failed": None,
        "notes": [],
    }
    path, reason = _path(model, asked)
    if path is None:
        failed = f"variables could not be eliminated: {reason}"
        return Elimination(
            {**node, "failed": failed, "notes": [f"{failed[:1].upper()}{failed[1:]}."]}, [], {}
        )
    by_name = {term.name: term for term in model.terms}
    node["steps"] = [
        {"step": step, "id": f"step_{step}", "term": term.id, "label": term.label}
        for step, term in enumerate((by_name[str(name)] for name in path.term), start=1)
    ]
    kept = tuple(term for term in model.terms if term.name in path.kept)
    node["kept"] = [term.id for term in kept]
    entries = _steps(model, path)
    if not kept:
        node["notes"] = ["No variable stays in the model."]
        return Elimination(node, [], entries)
    left = _selected(model, path, kept)
    prefix = f"{model.setting.prefix}.selected"
    return Elimination(
        node,
        [model_node(left, "selected", "Selected")],
        merged(entries, model_entries(left, prefix), _per_candidate(model, prefix)),
    )


def _per_candidate(model: FittedModel, prefix: str) -> Entries:
    """Count the events a coefficient of the model that elimination began with."""
    each = None if model.fit is None else events_per_variable(model.fit)
    found = value(each, "events", method="per coefficient before elimination", missing=model.reason)
    return {f"{prefix}.events_per_candidate": found}


def _path(model: FittedModel, asked: Selection) -> tuple[BackwardPath | None, str]:
    if model.fit is None:
        return None, model.reason
    names = {term.id: term.name for term in model.terms}
    present = {term.name for term in model.fit.terms}
    keep = [names[name] for name in asked.keep if names[name] in present]
    path, reason, _ = attempt(
        lambda: backward(model.fit, asked.rule, asked.stay, asked.method, keep)
    )
    return path, plain_words(reason, coefficient_names(model.terms))


def _selected(model: FittedModel, path: BackwardPath, kept: tuple[Term, ...]) -> FittedModel:
    """Take the last model of the path, on the rows of the first."""
    rows = tuple(
        lines
        for term, lines in zip(model.terms, model.rows, strict=True)
        if term.id in {one.id for one in kept}
    )
    return replace(model, terms=kept, rows=rows, fit=path.fit)


def _steps(model: FittedModel, path: BackwardPath) -> Entries:
    method = _NAMES[path.method]
    parts = []
    for place, step in enumerate(path.step):
        key = f"{model.setting.prefix}.selection.step_{step}"
        found = {part: getattr(path, part)[place] for part in ("statistic", "df", "p_value")}
        parts.append(statistic_entries(key, found, method=method, n=None, missing="not estimable"))
        aic = value(path.aic[place], "change of AIC", method=method, missing="no likelihood")
        parts.append({f"{key}.aic": aic})
    return merged(*parts)


_NAMES = {
    "refit": "backward elimination, refitted at each step",
    "fastbw": "fast backward elimination (Lawless and Singhal)",
}
