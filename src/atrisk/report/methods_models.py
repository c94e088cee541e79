"""The methods section of models, exposures, landmarks and weights: what was done, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.blocks import blocks
from atrisk.report.document import interval_name, labels, lower_first
from atrisk.report.language import word
from atrisk.report.methods_names import named_method
from atrisk.report.methods_words import (
    CAUSE_MODELS,
    ESTIMANDS,
    INTERVALS,
    MODELS,
    OUTCOME_MODEL,
    SELECTION_METHODS,
    TIES,
    TRANSFORMS,
    VARIANCES,
    WEIGHTS,
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

__all__ = [
    "block_lines",
    "block_tests",
    "fisher_done",
    "model_lines",
    "model_name",
    "propensity_formula",
    "selection_rule",
    "tests_of_terms",
    "weights_name",
]


def model_lines(analysis: Node, values: Values) -> Iterator[tuple[str, str]]:
    """Say how the models of an analysis were made."""
    if not analysis.get("models"):
        return
    model = final_model(analysis) or analysis["models"][0]
    yield word("Model"), model_name(analysis, model)
    if model.get("formula"):
        yield word("Formula"), model["formula"]
    if model.get("method"):
        yield word("Fitted as"), model["method"]
    yield from _fits(analysis)
    yield word("Variables"), _coding(analysis)
    yield from _estimation(analysis, model)
    yield from _inference(analysis, model)
    yield from _p_values(analysis, model, values)
    yield from _selection(analysis)
    yield from _checks(analysis)
    yield from _fisher(analysis, values)
    how = word("a model uses the patients whose values are known for all its variables")
    yield word("Missing values"), how


def model_name(analysis: Node, model: Node) -> str:
    """Name the model with what it is of: ``Fine-Gray model of ... of relapse``."""
    words, parts = MODELS[analysis["kind"]], {}
    if analysis["kind"] in CAUSE_MODELS and analysis.get("cause"):
        words = CAUSE_MODELS[analysis["kind"]]
        parts = {"cause": lower_first(analysis["cause"]["label"])}
    if analysis["kind"] == "logistic":
        words, parts = OUTCOME_MODEL, {"outcome": analysis["outcome"]["label"]}
    said = word(words, **parts)
    if not model.get("penalty"):
        return said
    return word("{model}; {penalty} penalty", model=said, penalty=model["penalty"])


def _fits(analysis: Node) -> Iterator[tuple[str, str]]:
    if model_named(analysis, "univariable"):
        yield word("Univariable"), word("each variable in a model of its own")
    if model_named(analysis, "multivariable"):
        yield word("Multivariable"), word("all variables in one model")


def _coding(analysis: Node) -> str:
    found = terms(analysis["models"])
    said = []
    if any(term.factor for term in found):
        said.append(word("each level is compared with the reference level of its variable"))
    if any(term.rows and not term.factor for term in found):
        said.append(word("a number has a linear effect, per the unit in the table"))
    if any(not term.rows for term in found):
        said.append(word("splines are restricted cubic splines"))
    return "; ".join(said)


def _estimation(analysis: Node, model: Node) -> Iterator[tuple[str, str]]:
    if model.get("ties") and analysis["kind"] != "fine_gray":
        yield word("Ties"), word(TIES.get(model["ties"], str(model["ties"])))
    if strata_of(analysis):
        names = form.listing(label.label for label in strata_of(analysis))
        how = word("{strata}; each stratum has a baseline of its own", strata=names)
        yield word("Strata"), how
    if analysis.get("censoring_strata"):
        names = form.listing(label.label for label in labels(analysis["censoring_strata"]))
        yield word("Censoring"), word("estimated within strata of {strata}", strata=names)


def _inference(analysis: Node, model: Node) -> Iterator[tuple[str, str]]:
    if not model.get("variance"):
        return
    variance = word(VARIANCES.get(model["variance"], str(model["variance"])))
    if analysis.get("cluster"):
        variance = word(
            "{variance}, rows with the same {column} together",
            variance=variance,
            column=analysis["cluster"],
        )
    yield word("Standard errors"), variance
    kind = str(model["conf_type"])
    yield model_interval(model), word(INTERVALS.get(kind.lower(), kind))


def _p_values(analysis: Node, model: Node, values: Values) -> Iterator[tuple[str, str]]:
    """Name the tests by what stands with the P values."""
    for name, methods in zip(P_VALUES, tests_of_terms(analysis, model, values), strict=True):
        if methods:
            yield word(name), form.listing(methods)


#: What the tests of a model are of: its ratios, and variables with more than one of them.
P_VALUES = ("P values of ratios", "P values of variables")


def tests_of_terms(
    analysis: Node, model: Node, values: Values
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name the tests of the ratios and those of whole variables, each once."""
    prefix = f"{analysis['id']}.{model['id']}"
    found = terms([model])
    rows = [f"{prefix}.{row.id}.p_value" for term in found for row in term.compared]
    whole = [f"{prefix}.{term.id}.p_value" for term in found if len(term.compared) != 1]
    ratios, variables = (
        tuple(dict.fromkeys(filter(None, (named_method(values, key) for key in keys))))
        for keys in (rows, whole)
    )
    return ratios, variables


def _selection(analysis: Node) -> Iterator[tuple[str, str]]:
    if not analysis.get("selection"):
        return
    yield word("Selection"), selection_rule(analysis)
    how = word("ratios and P values are as if the model had been chosen beforehand")
    yield word("After selection"), how


def selection_rule(analysis: Node) -> str:
    """Say how variables were removed, until when, and which never."""
    selection = analysis["selection"]
    if selection["rule"] == "p":
        rule = word(
            "backward elimination: the variable with the largest P value is removed until all are"
            " below {limit}",
            limit=form.general(float(selection["stay"])),
        )
    else:
        rule = word(
            "backward elimination: while Akaike\N{RIGHT SINGLE QUOTATION MARK}s criterion falls"
        )
    said = [rule, word(SELECTION_METHODS.get(selection["method"], selection["method"]))]
    kept = selection.get("keep") or ()
    if kept:
        said.append(word("never removed: {variables}", variables=form.listing(map(str, kept))))
    return "; ".join(said)


def _checks(analysis: Node) -> Iterator[tuple[str, str]]:
    if analysis.get("ph"):
        transform = TRANSFORMS.get(analysis["ph"]["transform"], analysis["ph"]["transform"])
        how = word(
            "score test of a coefficient that changes with {transform} (Grambsch and Therneau"
            " 1994), in the {model}",
            transform=word(transform),
            model=checked_model(analysis, "ph"),
        )
        yield word("Proportional hazards"), how
    validation = analysis.get("validation")
    if validation:
        how = word("bootstrap estimate of the optimism (Harrell 1996)")
        if validation.get("repeats"):
            how = word(
                "bootstrap estimate of the optimism (Harrell 1996), {n} samples, seed {seed}",
                n=form.count(validation["repeats"]),
                seed=str(validation.get("seed")),
            )
        yield word("Validation"), f"{how}; {_of_model(analysis, 'validation')}"
    if analysis.get("calibration"):
        yield word("Calibration"), f"{_calibrated(analysis)}; {_of_model(analysis, 'calibration')}"


def _calibrated(analysis: Node) -> str:
    at = analysis["calibration"].get("at")
    if not at:
        return word("observed against predicted, by groups of the prediction")
    return word(
        "observed against predicted, by groups of the prediction at {time}", time=at["label"]
    )


def _of_model(analysis: Node, check: str) -> str:
    """Say which model a check is of, and whether its selection was repeated."""
    again = repeated(analysis, check)
    of = word("of the {model}", model=checked_model(analysis, check))
    return f"{of}, {again}" if again else of


def _fisher(analysis: Node, values: Values) -> Iterator[tuple[str, str]]:
    if fisher_done(analysis, values):
        how = word("exact test of the table of the outcome by the levels, two-sided")
        yield word("Fisher\N{RIGHT SINGLE QUOTATION MARK}s test"), how


def fisher_done(analysis: Node, values: Values) -> bool:
    """Tell whether Fisher's test was done for a variable of a model."""
    prefix = f"{analysis['id']}.univariable"
    return any(
        values.has(f"{prefix}.{term.id}.fisher_p_value") for term in terms(analysis["models"])
    )


def block_lines(analysis: Node, values: Values) -> Iterator[tuple[str, str]]:
    """Say how curves by exposure, landmark or weight were made."""
    if analysis["kind"] not in _BLOCK_LINES:
        return
    yield from _BLOCK_LINES[analysis["kind"]](analysis, values)
    tests = block_tests(analysis, values)
    if tests:
        yield word("Tests"), form.listing(tests)
    how = word("of curves pointwise, of type {type}", type=word(analysis["conf_type"]))
    yield interval_name(analysis), how


def block_tests(analysis: Node, values: Values) -> tuple[str, ...]:
    """Name the tests of the parts by what stands with their P values."""
    keys = (
        (test.label, f"{block.node['id']}.{test.id}.p_value")
        for test in labels(analysis.get("tests", []))
        for block in blocks(analysis)
    )
    return tuple(dict.fromkeys(named_method(values, key) or label for label, key in keys))


def _exposures(analysis: Node, values: Values) -> Iterator[tuple[str, str]]:
    del values
    names = form.listing(label.label for label in labels(analysis["exposures"]))
    how = word("{exposures}; each counts from the day it begins, never before", exposures=names)
    yield word("Exposures"), how
    if any(exposure.get("curves") for exposure in analysis["exposures"]):
        yield (
            word("Curves"),
            word(
                "Simon\N{EN DASH}Makuch: patients move to the exposed curve when the exposure"
                " begins"
            ),
        )
    if analysis.get("tests"):
        how = word("log-rank test with each patient counted in the current state")
        yield word("Mantel\N{EN DASH}Byar test"), how


def _landmarks(analysis: Node, values: Values) -> Iterator[tuple[str, str]]:
    del values
    yield word("Landmarks"), form.listing(label.label for label in labels(analysis["landmarks"]))
    how = word(
        "those under observation and free of the event at the landmark, in the group they belonged"
        " to then"
    )
    yield word("Patients"), how
    yield word("Estimator"), word("Kaplan\N{EN DASH}Meier from the landmark on")


def _weights(analysis: Node, values: Values) -> Iterator[tuple[str, str]]:
    formula = propensity_formula(analysis)
    yield word("Propensity score"), word("logistic regression, {formula}", formula=formula)
    yield word("Weights"), weights_name(analysis)
    if analysis.get("trim") is not None:
        how = word(
            "propensity scores within {trim} of 0 or 1 are left out; patients: {n}",
            trim=form.general(float(analysis["trim"])),
            n=values.count(f"{analysis['id']}.trimmed").text,
        )
        yield word("Trimming"), how
    yield word("Estimator"), word("weighted Kaplan\N{EN DASH}Meier")
    model = model_named(analysis, "weighted") if analysis.get("models") else None
    for _, _, prefix in model_rows(analysis, model) if model else ():
        method = named_method(values, f"{prefix}.bootstrap_lower")
        if method:
            yield word("Bootstrap interval"), method


def propensity_formula(analysis: Node) -> str:
    """Write the model of the propensity score."""
    covariates = form.listing(label.label for label in labels(analysis.get("covariates", [])))
    given = (analysis.get("propensity") or {}).get("formula")
    return str(given or f"{analysis['treatment']['label']} ~ {covariates}")


def weights_name(analysis: Node) -> str:
    """Say what the weights are and what effect they estimate."""
    if analysis["estimand"] == "overlap":
        kind = "overlap"
    else:
        kind = "stabilised" if analysis.get("stabilised") else "inverse"
    target = word(ESTIMANDS.get(analysis["estimand"], str(analysis["estimand"])))
    return word(WEIGHTS[kind], target=target)


_BLOCK_LINES = {"time_dependent": _exposures, "landmark": _landmarks, "weighted": _weights}
