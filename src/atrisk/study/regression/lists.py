"""The models of an analysis: each variable alone, all together, and those that selection leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.regression.elimination import eliminate
from atrisk.study.regression.fitting import fit_model, lacking
from atrisk.study.regression.numbers import model_entries, model_node, term_entries
from atrisk.study.values import Entries, merged, value

if TYPE_CHECKING:
    from atrisk.study.model_analyses import Selection
    from atrisk.study.regression.fitting import FittedModel, Setting
    from atrisk.study.regression.terms import Term

__all__ = ["Models", "fit_models"]


@dataclass(frozen=True, slots=True)
class Models:
    """The models of an analysis, as nodes and numbers.

    Attributes
    ----------
    alone
        a model of each variable; empty where none were asked for.
    together
        the multivariable model, or None.
    """

    nodes: list[dict[str, Any]]
    entries: Entries
    selection: dict[str, Any] | None
    alone: tuple[FittedModel, ...]
    together: FittedModel | None


def fit_models(
    setting: Setting,
    terms: tuple[Term, ...],
    *,
    alone: bool,
    together: bool,
    selection: Selection | None = None,
) -> Models:
    """Fit the models that an analysis asks for."""
    nodes: list[dict[str, Any]] = []
    parts: list[Entries] = []
    each = tuple(fit_model(setting, (term,)) for term in terms) if alone else ()
    if each:
        nodes.append(_univariable_node(each))
        parts.append(_univariable_entries(setting, each))
    whole = fit_model(setting, terms) if together else None
    chosen = None
    if whole is not None:
        nodes.append(model_node(whole, "multivariable", "Multivariable"))
        parts.append(model_entries(whole, f"{setting.prefix}.multivariable"))
        if selection is not None:
            found = eliminate(whole, selection)
            chosen = found.node
            nodes += found.models
            parts.append(found.entries)
    return Models(nodes, merged(*parts), chosen, each, whole)


def _univariable_node(models: tuple[FittedModel, ...]) -> dict[str, Any]:
    """Put models of one variable each into one node; what differs is in the terms."""
    parts = [model_node(model, "univariable", "Univariable") for model in models]
    fitted = next((part for part in parts if part["failed"] is None), parts[0])
    left, right = models[0].setting.written
    return {
        **fitted,
        "formula": f"{left} ~ variable{right}",
        "terms": [
            {**term, "failed": part["failed"], "left_out": part["left_out"]}
            for part in parts
            for term in part["terms"]
        ],
        "failed": None,
        "notes": list(dict.fromkeys(note for part in parts for note in part["notes"])),
        "left_out": [],
    }


def _univariable_entries(setting: Setting, models: tuple[FittedModel, ...]) -> Entries:
    everybody = np.ones(setting.event.size, dtype=bool)
    prefix = f"{setting.prefix}.univariable"
    parts: list[Entries] = [
        {
            f"{prefix}.n": value(setting.patients(everybody), "patients"),
            f"{prefix}.events": value(setting.events(everybody), "events"),
        }
    ]
    for model in models:
        parts += [term_entries(model, prefix, 0), _size(model, f"{prefix}.{model.terms[0].id}")]
    return merged(*parts)


def _size(model: FittedModel, key: str) -> Entries:
    """Count whom the model of one variable rests on; a number has these in its line already."""
    setting = model.setting
    left_out = {f"{key}.left_out": value(setting.patients(lacking(model.terms)), "patients")}
    if model.terms[0].kind == "number":
        return left_out
    return left_out | {
        f"{key}.n": value(setting.patients(model.keep), "patients"),
        f"{key}.events": value(setting.events(model.keep), "events"),
    }
