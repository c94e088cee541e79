"""Models in the results document: their terms and rows, and where their numbers stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import labels, lower_first
from atrisk.report.language import word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atrisk.report.document import Label
    from atrisk.report.values import Node, Values

__all__ = [
    "CHECKS",
    "FINAL",
    "ModelRow",
    "Term",
    "checked_model",
    "final_model",
    "fitted_models",
    "model_named",
    "model_rows",
    "model_words",
    "named_outcome",
    "ratio_head",
    "repeated",
    "terms",
    "without_a_fit",
]

CHECKS = {
    "ph": "Proportional hazards",
    "validation": "Validation",
    "calibration": "Calibration",
}
"""The checks of a model, by the part of the analysis that holds them."""
MODEL_WORDS = {
    "univariable": "univariable models",
    "multivariable": "multivariable model",
    "selected": "selected model",
    "unweighted": "model before weighting",
    "weighted": "model after weighting",
}
"""What a model is called in a sentence, by its id."""
FINAL = ("selected", "multivariable", "andersen_gill", "weighted")
"""Models of several terms, the one whose ratios the words tell first."""


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One level of a factor, or the only row of a number; ``reference`` has no ratio."""

    id: str
    label: str
    reference: bool


@dataclass(frozen=True, slots=True)
class Term:
    """A variable of a model: a number has one row, a factor one a level, a spline none."""

    id: str
    label: str
    rows: tuple[ModelRow, ...]
    unit: str = ""

    @property
    def factor(self) -> bool:
        """Whether the term has a reference level."""
        return any(row.reference for row in self.rows)

    @property
    def compared(self) -> tuple[ModelRow, ...]:
        """The rows that have a ratio."""
        return tuple(row for row in self.rows if not row.reference)

    @property
    def name(self) -> str:
        """The label with the unit of change in place of the unit: ``Age, per 10 years``."""
        if self.factor or not self.rows or self.rows[0].label in {"", self.label}:
            return self.label
        step = self.rows[0].label  # Per 10 years: no noun in German either
        return f"{self.plain}, {step[:1].lower()}{step[1:]}"

    @property
    def plain(self) -> str:
        """The label without its unit."""
        return self.label.removesuffix(f", {self.unit}") if self.unit else self.label


def _term(node: Node) -> Term:
    rows = (ModelRow(row["id"], row["label"], bool(row.get("reference"))) for row in node["rows"])
    return Term(node["id"], node["label"], tuple(rows), node.get("unit") or "")


def terms(models: Sequence[Node]) -> tuple[Term, ...]:
    """Give the terms of several models, each once, in the order they come.

    A term that has rows in one model and none in another, a number and its spline, is given twice.
    """
    found: dict[tuple[str, bool], Term] = {}
    for model in models:
        for term in map(_term, model["terms"]):
            found.setdefault((term.id, bool(term.rows)), term)
    return tuple(found.values())


def fitted_models(analysis: Node) -> list[Node]:
    """Give the models of several terms, without the list of univariable fits."""
    return [model for model in analysis.get("models") or () if model["id"] != "univariable"]


def model_named(analysis: Node, name: str) -> Node | None:
    """Find a model by its id; None where the analysis has none of that name."""
    return next((model for model in analysis["models"] if model["id"] == name), None)


def final_model(analysis: Node) -> Node | None:
    """Give the model that the words tell of: the selected one before the full one."""
    found = (model_named(analysis, name) for name in FINAL)
    return next((model for model in found if model is not None), None)


def has_term(model: Node, term: Term) -> bool:
    """Tell whether a model has the term, in the same form."""
    return any(
        node["id"] == term.id and bool(node["rows"]) == bool(term.rows) for node in model["terms"]
    )


def model_rows(analysis: Node, model: Node) -> Iterator[tuple[Term, ModelRow, str]]:
    """Yield every row that has a ratio, with its term and the prefix of its keys."""
    for term in terms([model]):
        for row in term.compared:
            yield term, row, f"{analysis['id']}.{model['id']}.{row.id}"


def ratio_head(model: Node) -> str:
    """Head a column of ratios: ``HR (95% CI)``."""
    return f"{model['measure']['short']}{form.NO_BREAK}({model_interval(model)})"


def model_interval(model: Node) -> str:
    """Name a model's interval: ``95% CI``, kept on one line; ``CI`` where nothing was fitted."""
    level = model.get("conf_level")
    if level is None:
        return word("CI")
    return word("{level}%\N{NO-BREAK SPACE}CI", level=form.general(100.0 * float(level)))


def counted_in(models: Sequence[Node], analysis: Node, values: Values, row: str) -> str | None:
    """Give the prefix under which the patients and events of a row stand, of the first model."""
    prefixes = (f"{analysis['id']}.{model['id']}.{row}" for model in models)
    return next((prefix for prefix in prefixes if values.has(f"{prefix}.n")), None)


def named_outcome(analysis: Node) -> str:
    """Give the name of the outcome of a logistic model; nothing where it has none."""
    outcome = analysis.get("outcome")
    if not outcome or outcome["label"] == outcome.get("text"):
        return ""
    return str(outcome["label"])


def events_named(analysis: Node) -> str:
    """Name what is counted as events: those of an outcome by its name, if it has one."""
    outcome = named_outcome(analysis)
    return word("With {outcome}", outcome=outcome) if outcome else word("Events")


def model_words(model: Node) -> str:
    """Name a model in a sentence: ``multivariable model``, ``model after weighting``."""
    if model["id"] in MODEL_WORDS:
        return word(MODEL_WORDS[model["id"]])
    return word("{label} model", label=lower_first(model["label"]))


def checked_model(analysis: Node, check: str) -> str:
    """Name the model that a check is of."""
    node = analysis.get(check) or {}
    name = node.get("model") or ("selected" if node.get("selected") else "multivariable")
    model = model_named(analysis, name)
    return model_words({"id": name, "label": name} if model is None else model)


def repeated(analysis: Node, check: str) -> str:
    """Say that the bootstrap repeated the selection, where it did; else nothing."""
    how = (analysis.get(check) or {}).get("selection")
    if not how:
        return ""
    if how == "fastbw":
        return word(
            "variables selected anew in each sample by fast backward elimination, Lawless and"
            " Singhal"
        )
    return word("variables selected anew in each sample by {method}", method=word(how))


def without_a_fit(analysis: Node, check: str) -> str:
    """Say how many bootstrap samples are left out, where some are; else nothing."""
    node = analysis.get(check) or {}
    failed, asked = node.get("failed_samples") or 0, node.get("repeats") or 0
    if not failed:
        return ""
    numbers = {"failed": form.count(failed), "asked": form.count(asked)}
    if failed == 1:
        return word(
            "{failed} of {asked} sample has no fit and is left out: the optimism is likely too"
            " small",
            **numbers,
        )
    return word(
        "{failed} of {asked} samples have no fit and are left out: the optimism is likely too"
        " small",
        **numbers,
    )


def strata_of(analysis: Node) -> tuple[Label, ...]:
    """Give the strata of the models of an analysis."""
    return labels(analysis.get("strata") or ())


def notes_of_parts(analysis: Node) -> list[str]:
    """Give what is noted with the parts of an analysis, and which of them were not made; once each.

    The parts are its models, exposures, landmarks, its selection and its checks.
    """
    notes = [note for part in _parts(analysis) for note in part.get("notes") or ()]
    for landmark in analysis.get("landmarks") or ():
        notes += [
            word("Landmark {landmark}: {note}", landmark=landmark["label"], note=note)
            for note in landmark.get("notes") or ()
        ]
    failed = [
        (word("Curves, {exposure}", exposure=part["label"]), part)
        for part in analysis.get("exposures") or ()
    ]
    failed += [(word(name), analysis.get(part) or {}) for part, name in CHECKS.items()]
    notes += [_not_done(name, part["failed"]) for name, part in failed if part.get("failed")]
    return list(dict.fromkeys(notes))


def _not_done(name: str, reason: str) -> str:
    reason = lower_first(reason).rstrip(".")
    return word("{check}: not done, as {reason}.", check=name, reason=reason)


def _parts(analysis: Node) -> Iterator[Node]:
    for name in ("models", "exposures"):
        yield from analysis.get(name) or ()
    yield analysis.get("selection") or {}
