"""The methods section of models, exposures, landmarks and weights: what was done, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.blocks import blocks
from atrisk.report.document import interval_name, labels, lower_first
from atrisk.report.methods_names import named_method
from atrisk.report.methods_words import (
    ESTIMANDS,
    INTERVALS,
    MODELS,
    SELECTION_METHODS,
    TIES,
    TRANSFORMS,
    VARIANCES,
)
from atrisk.report.models import (
    checked_model,
    final_model,
    model_interval,
    model_named,
    model_rows,
    repeated,
    strata_of,
    terms,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.report.values import Node, Values

__all__ = ["block_lines", "model_lines"]


def model_lines(analysis: Node, values: Values) -> Iterator[tuple[str, str]]:
    """Say how the models of an analysis were made."""
    if not analysis.get("models"):
        return
    model = final_model(analysis) or analysis["models"][0]
    yield "Model", _model(analysis, model)
    if model.get("formula"):
        yield "Formula", model["formula"]
    if model.get("method"):
        yield "Fitted as", model["method"]
    yield from _fits(analysis)
    yield "Variables", _coding(analysis)
    yield from _estimation(analysis, model)
    yield from _inference(analysis, model)
    yield from _p_values(analysis, model, values)
    yield from _selection(analysis)
    yield from _checks(analysis)
    yield from _fisher(analysis, values)
    yield "Missing values", "a model uses the patients whose values are known for all its variables"


def _model(analysis: Node, model: Node) -> str:
    words = MODELS[analysis["kind"]]
    cause = lower_first(analysis["cause"]["label"]) if analysis.get("cause") else ""
    if analysis["kind"] == "cox" and cause:
        words += f" of the cause-specific hazard of {cause}; other events are censored"
    if analysis["kind"] == "fine_gray" and cause:
        words += f" of {cause}; censoring weighted by its Kaplan\N{EN DASH}Meier estimate"
    if analysis["kind"] == "logistic":
        words += f" of {analysis['outcome']['label']}"
    return f"{words}; {model['penalty']} penalty" if model.get("penalty") else words


def _fits(analysis: Node) -> Iterator[tuple[str, str]]:
    if model_named(analysis, "univariable"):
        yield "Univariable", "each variable in a model of its own"
    if model_named(analysis, "multivariable"):
        yield "Multivariable", "all variables in one model"


def _coding(analysis: Node) -> str:
    found = terms(analysis["models"])
    said = []
    if any(term.factor for term in found):
        said.append("each level is compared with the reference level of its variable")
    if any(term.rows and not term.factor for term in found):
        said.append("a number has a linear effect, per the unit in the table")
    if any(not term.rows for term in found):
        said.append("splines are restricted cubic splines")
    return "; ".join(said)


def _estimation(analysis: Node, model: Node) -> Iterator[tuple[str, str]]:
    if model.get("ties") and analysis["kind"] != "fine_gray":
        yield "Ties", f"{TIES.get(model['ties'], model['ties'])} method"
    if strata_of(analysis):
        names = form.listing(label.label for label in strata_of(analysis))
        yield "Strata", f"{names}; each stratum has a baseline of its own"
    if analysis.get("censoring_strata"):
        names = form.listing(label.label for label in labels(analysis["censoring_strata"]))
        yield "Censoring", f"estimated within strata of {names}"


def _inference(analysis: Node, model: Node) -> Iterator[tuple[str, str]]:
    if not model.get("variance"):
        return
    variance = VARIANCES.get(model["variance"], str(model["variance"]))
    if analysis.get("cluster"):
        variance += f", rows with the same {analysis['cluster']} together"
    yield "Standard errors", variance
    kind = str(model["conf_type"])
    yield model_interval(model), INTERVALS.get(kind.lower(), kind)


def _p_values(analysis: Node, model: Node, values: Values) -> Iterator[tuple[str, str]]:
    """Name the tests by what stands with the P values."""
    prefix = f"{analysis['id']}.{model['id']}"
    found = terms([model])
    rows = [f"{prefix}.{row.id}.p_value" for term in found for row in term.compared]
    whole = [f"{prefix}.{term.id}.p_value" for term in found if len(term.compared) != 1]
    for name, keys in (("P values of ratios", rows), ("P values of variables", whole)):
        methods = dict.fromkeys(filter(None, (named_method(values, key) for key in keys)))
        if methods:
            yield name, form.listing(methods)


def _selection(analysis: Node) -> Iterator[tuple[str, str]]:
    selection = analysis.get("selection")
    if not selection:
        return
    rule = "while Akaike\N{RIGHT SINGLE QUOTATION MARK}s criterion falls"
    if selection["rule"] == "p":
        limit = f"{selection['stay']:g}"
        rule = f"the variable with the largest P value is removed until all are below {limit}"
    kept = selection.get("keep") or ()
    named = f"; never removed: {form.listing(map(str, kept))}" if kept else ""
    how = SELECTION_METHODS.get(selection["method"], selection["method"])
    yield "Selection", f"backward elimination: {rule}; {how}{named}"
    yield "After selection", "ratios and P values are as if the model had been chosen beforehand"


def _checks(analysis: Node) -> Iterator[tuple[str, str]]:
    if analysis.get("ph"):
        transform = TRANSFORMS.get(analysis["ph"]["transform"], analysis["ph"]["transform"])
        how = f"score test of a coefficient that changes with {transform}"
        model = checked_model(analysis, "ph")
        yield "Proportional hazards", f"{how} (Grambsch and Therneau 1994), in the {model}"
    validation = analysis.get("validation")
    if validation:
        repeats, seed = validation.get("repeats"), validation.get("seed")
        much = f", {repeats} samples, seed {seed}" if repeats else ""
        how = f"bootstrap estimate of the optimism (Harrell 1996){much}"
        yield "Validation", how + _of_model(analysis, "validation")
    if analysis.get("calibration"):
        at = analysis["calibration"].get("at")
        when = f" at {at['label']}" if at else ""
        how = "observed against predicted, by groups of the prediction"
        yield "Calibration", f"{how}{when}" + _of_model(analysis, "calibration")


def _of_model(analysis: Node, check: str) -> str:
    """Say which model a check is of, and whether its selection was repeated."""
    again = repeated(analysis, check)
    return f"; of the {checked_model(analysis, check)}" + (f", {again}" if again else "")


def _fisher(analysis: Node, values: Values) -> Iterator[tuple[str, str]]:
    prefix = f"{analysis['id']}.univariable"
    found = (f"{prefix}.{term.id}.fisher_p_value" for term in terms(analysis["models"]))
    if any(map(values.has, found)):
        name = "Fisher\N{RIGHT SINGLE QUOTATION MARK}s test"
        yield name, "exact test of the table of the outcome by the levels, two-sided"


def block_lines(analysis: Node, values: Values) -> Iterator[tuple[str, str]]:
    """Say how curves by exposure, landmark or weight were made."""
    if analysis["kind"] not in _BLOCK_LINES:
        return
    yield from _BLOCK_LINES[analysis["kind"]](analysis, values)
    yield from _tests(analysis, values)
    yield interval_name(analysis), f"of curves pointwise, of type {analysis['conf_type']}"


def _tests(analysis: Node, values: Values) -> Iterator[tuple[str, str]]:
    """Name the tests of the parts by what stands with their P values."""
    keys = (
        (test.label, f"{block.node['id']}.{test.id}.p_value")
        for test in labels(analysis.get("tests", []))
        for block in blocks(analysis)
    )
    said = dict.fromkeys(named_method(values, key) or label for label, key in keys)
    if said:
        yield "Tests", form.listing(said)


def _exposures(analysis: Node, values: Values) -> Iterator[tuple[str, str]]:
    del values
    names = form.listing(label.label for label in labels(analysis["exposures"]))
    yield "Exposures", f"{names}; each counts from the day it begins, never before"
    if any(exposure.get("curves") for exposure in analysis["exposures"]):
        yield (
            "Curves",
            "Simon\N{EN DASH}Makuch: patients move to the exposed curve when the exposure begins",
        )
    if analysis.get("tests"):
        how = "log-rank test with each patient counted in the current state"
        yield "Mantel\N{EN DASH}Byar test", how


def _landmarks(analysis: Node, values: Values) -> Iterator[tuple[str, str]]:
    del values
    names = form.listing(label.label for label in labels(analysis["landmarks"]))
    yield "Landmarks", names
    who = "those under observation and free of the event at the landmark"
    yield "Patients", f"{who}, in the group they belonged to then"
    yield "Estimator", "Kaplan\N{EN DASH}Meier from the landmark on"


def _weights(analysis: Node, values: Values) -> Iterator[tuple[str, str]]:
    covariates = form.listing(label.label for label in labels(analysis.get("covariates", [])))
    treatment = analysis["treatment"]["label"]
    formula = (analysis.get("propensity") or {}).get("formula") or f"{treatment} ~ {covariates}"
    yield "Propensity score", f"logistic regression, {formula}"
    kind = "stabilised inverse" if analysis.get("stabilised") else "inverse"
    if analysis["estimand"] == "overlap":
        kind = "overlap weights: one minus the"
    target = ESTIMANDS.get(analysis["estimand"], analysis["estimand"])
    yield "Weights", f"{kind} probability of the treatment received, for {target}"
    if analysis.get("trim") is not None:
        count = values.count(f"{analysis['id']}.trimmed").text
        scores = f"propensity scores within {analysis['trim']:g} of 0 or 1 are left out"
        yield "Trimming", f"{scores}; patients: {count}"
    yield "Estimator", "weighted Kaplan\N{EN DASH}Meier"
    model = model_named(analysis, "weighted") if analysis.get("models") else None
    for _, _, prefix in model_rows(analysis, model) if model else ():
        method = named_method(values, f"{prefix}.bootstrap_lower")
        if method:
            yield "Bootstrap interval", method


_BLOCK_LINES = {"time_dependent": _exposures, "landmark": _landmarks, "weighted": _weights}
