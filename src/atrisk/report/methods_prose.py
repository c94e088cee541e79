"""Sentences of the methods, by kind of analysis, without their full stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import interval_name, labels, lower_first
from atrisk.report.language import word
from atrisk.report.methods import CONF_TYPES, SHOWN_STATISTICS, late_entry, weights_column
from atrisk.report.methods_models import (
    block_tests,
    fisher_done,
    propensity_formula,
    selection_rule,
    tests_of_terms,
    weights_name,
)
from atrisk.report.methods_names import named_method
from atrisk.report.methods_words import INTERVALS, TIES, TRANSFORMS, VARIANCES
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
from atrisk.report.tables_clinical import known_as
from atrisk.report.values import Phrase, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.report.values import Node, Values

__all__ = [
    "CLINICAL_KINDS",
    "MODEL_PROSE",
    "block_prose",
    "clinical_prose",
    "curve_prose",
    "describe_prose",
    "fit_prose",
    "interval_prose",
    "model_prose",
]


def describe_prose(analysis: Node, values: Values) -> Iterator[Phrase]:
    """Say how patients were described and groups of them compared."""
    used = [name for v in analysis["variables"] for name in v.get("statistics") or ()]
    shown = [word(SHOWN_STATISTICS.get(name, name)) for name in dict.fromkeys(used)]
    if shown:
        said = form.listing(shown)
        yield say("Continuous variables are described by {statistics}", statistics=said)
    if any(variable["type"] == "categorical" for variable in analysis["variables"]):
        if any(variable.get("missing") == "percent" for variable in analysis["variables"]):
            yield say("Categorical variables are described by count and percent of all patients")
        else:
            yield say(
                "Categorical variables are described by count and percent of the patients with a"
                " known value"
            )
    keys = [f"{analysis['id']}.{v['id']}.test.p_value" for v in analysis["variables"]]
    tests = dict.fromkeys(filter(None, (named_method(values, key) for key in keys)))
    if tests:
        yield say("The tests of groups were: {tests}", tests=form.listing(tests))
    if (analysis.get("compared") or {}).get("differences"):
        yield say("Differences between groups are standardised differences")


def curve_prose(analysis: Node, values: Values) -> Iterator[Phrase]:
    """Say how survival and cumulative incidence were estimated and compared."""
    if analysis["kind"] == "survival":
        yield say("Survival was estimated by the method of Kaplan and Meier")
    else:
        yield say(
            "Cumulative incidences were estimated by the Aalen\N{EN DASH}Johansen method, with"
            " other first events as competing risks"
        )
    yield from _named(analysis, values)
    tests = _curve_tests(analysis, values)
    if tests:
        yield say("The tests of groups were: {tests}", tests=form.listing(tests))
    if analysis.get("pairwise"):
        yield say("Each two groups were compared as well")
    if analysis.get("hazard_ratios"):
        yield say("Hazard ratios of groups are of a Cox model of the groups alone")


def interval_prose(analysis: Node, values: Values) -> Iterator[Phrase]:
    """Say what the intervals of curves are, how patients count, and since when."""
    del values
    conf = CONF_TYPES.get(analysis["conf_type"], str(analysis["conf_type"]))
    yield say(
        "Confidence intervals of curves ({interval}) are pointwise, of type {type}",
        interval=interval_name(analysis),
        type=word(conf),
    )
    if analysis.get("weights"):
        yield say("Patients were weighted by {how}", how=weights_column(analysis))
    if analysis.get("entry"):
        yield say("With delayed entry, {how}", how=late_entry(analysis))


#: What the numbers of a curve are by, by the part of their keys.
NAMED_PROSE = {
    "times": "Estimates at fixed times are by {method}",
    "median": "Medians are by {method}",
    "follow_up": "Median follow-up is by {method}",
    "rmst": "Restricted mean survival is by {method}",
}


def _named(analysis: Node, values: Values) -> Iterator[Phrase]:
    """Say the methods that stand with the values."""
    parts = [("times", time["id"]) for time in analysis["times"][:1]]
    parts += [(part, part) for part in ("median", "follow_up", "rmst")]
    causes = labels(analysis.get("causes", []))
    prefix = f"{analysis['id']}.{causes[0].id}" if causes else str(analysis["id"])
    overall = f"{prefix}.{analysis['overall']['id']}"
    for name, part in parts:
        method = named_method(values, f"{overall}.{part}.estimate")
        if method:
            yield say(NAMED_PROSE[name], method=method)


def _curve_tests(analysis: Node, values: Values) -> tuple[str, ...]:
    """Name the tests of the groups that were done."""
    done: dict[str, None] = {}
    for test in analysis["tests"]:
        cause = f".{test['cause']}" if "cause" in test else ""
        key = f"{analysis['id']}.{test['id']}{cause}.p_value"
        if not values.has(key) or values.raw(key) is not None:
            done[named_method(values, key) or test["label"]] = None
    return tuple(done)


def block_prose(analysis: Node, values: Values) -> Iterator[Phrase]:
    """Say how exposures after time zero, landmarks and weights were dealt with."""
    yield from _BLOCKS[analysis["kind"]](analysis, values)
    tests = block_tests(analysis, values)
    if tests:
        yield say("The tests of groups were: {tests}", tests=form.listing(tests))


def _exposures(analysis: Node, values: Values) -> Iterator[Phrase]:
    del values
    yield say("Exposures that begin after time zero count from the day they begin, never before")
    if any(exposure.get("curves") for exposure in analysis["exposures"]):
        yield say(
            "Curves are by the method of Simon and Makuch: patients move to the curve of the"
            " exposed when the exposure begins"
        )


def _landmarks(analysis: Node, values: Values) -> Iterator[Phrase]:
    del values
    times = form.listing(label.label for label in labels(analysis["landmarks"]))
    yield say(
        "In landmark analyses at {times}, patients who were then under observation and free of the"
        " event were compared in the group they belonged to at the landmark, by the method of"
        " Kaplan and Meier",
        times=times,
    )


def _weights(analysis: Node, values: Values) -> Iterator[Phrase]:
    formula = propensity_formula(analysis)
    yield say(
        "Propensity scores were estimated by logistic regression ({formula})", formula=formula
    )
    yield say("Weights are: {weights}", weights=weights_name(analysis))
    if analysis.get("trim") is not None:
        limit = form.general(float(analysis["trim"]))
        yield say(
            "Patients with a propensity score within {limit} of 0 or 1 were left out", limit=limit
        )
    yield say("Survival was estimated by the weighted Kaplan\N{EN DASH}Meier method")
    model = model_named(analysis, "weighted") if analysis.get("models") else None
    for _, _, prefix in model_rows(analysis, model) if model else ():
        method = named_method(values, f"{prefix}.bootstrap_lower")
        if method:
            yield say("Bootstrap intervals are by {method}", method=method)


_BLOCKS = {"time_dependent": _exposures, "landmark": _landmarks, "weighted": _weights}

#: What a kind of model estimates, and how.
MODEL_PROSE = {
    "cox": "Hazard ratios were estimated by Cox proportional hazards regression",
    "logistic": "Odds ratios of {outcome} were estimated by logistic regression",
    "fine_gray": "Subdistribution hazard ratios were estimated by the model of Fine and Gray",
    "time_dependent": (
        "Hazard ratios were estimated by Cox regression on (start, stop] rows (Andersen and Gill)"
    ),
    "weighted": "Hazard ratios were estimated by weighted Cox proportional hazards regression",
}
#: The same of one of several causes.
CAUSE_PROSE = {
    "cox": (
        "Cause-specific hazard ratios of {cause} were estimated by Cox proportional hazards"
        " regression, with other events censored"
    ),
    "fine_gray": (
        "Subdistribution hazard ratios of {cause} were estimated by the model of Fine and Gray,"
        " with censoring weighted by its Kaplan\N{EN DASH}Meier estimate"
    ),
}


def model_prose(analysis: Node, values: Values) -> Iterator[Phrase]:
    """Say what was estimated by models, how variables were selected and models checked."""
    model = final_model(analysis) or analysis["models"][0]
    yield _estimated(analysis)
    if "Firth" in str(model.get("method")):
        yield say("Firth\N{RIGHT SINGLE QUOTATION MARK}s penalised likelihood was used")
    if strata_of(analysis):
        names = form.listing(lower_first(label.label) for label in strata_of(analysis))
        yield say("Models were stratified by {strata}", strata=names)
    if analysis.get("censoring_strata"):
        names = form.listing(label.label for label in labels(analysis["censoring_strata"]))
        yield say("Censoring was estimated within strata of {strata}", strata=names)
    if fisher_done(analysis, values):
        yield say(
            "Categorical variables were also tested by Fisher\N{RIGHT SINGLE QUOTATION MARK}s exact"
            " test"
        )
    if analysis.get("selection"):
        rule = selection_rule(analysis)
        yield say("Variables of the multivariable model were selected by {rule}", rule=rule)
        yield say(
            "Ratios and P values after selection are as if the model had been chosen beforehand"
        )
    yield from _checks(analysis)


def fit_prose(analysis: Node, values: Values) -> Iterator[Phrase]:
    """Say what models have in common: their variables, ties, intervals and tests."""
    model = final_model(analysis) or analysis["models"][0]
    yield from _variables(analysis)
    if model.get("ties") and analysis["kind"] != "fine_gray":
        method = word(TIES.get(model["ties"], str(model["ties"])))
        yield say("Tied event times were handled by {method}", method=method)
    yield from _uncertainty(analysis, model, values)


def _estimated(analysis: Node) -> Phrase:
    kind = analysis["kind"]
    if analysis.get("cause") and kind in CAUSE_PROSE:
        return say(CAUSE_PROSE[kind], cause=lower_first(analysis["cause"]["label"]))
    if kind == "logistic":
        return say(MODEL_PROSE[kind], outcome=analysis["outcome"]["label"])
    return say(MODEL_PROSE[kind])


def _variables(analysis: Node) -> Iterator[Phrase]:
    alone = model_named(analysis, "univariable") is not None
    if alone and model_named(analysis, "multivariable") is not None:
        yield say("Each variable was in a model of its own, and all of them in one model")
    elif alone:
        yield say("Each variable was in a model of its own")
    if any(not term.rows for term in terms(analysis["models"])):
        yield say("Effects that need not be linear are restricted cubic splines")


def _uncertainty(analysis: Node, model: Node, values: Values) -> Iterator[Phrase]:
    if model.get("variance"):
        kind = str(model["conf_type"])
        yield say(
            "Confidence intervals of ratios ({interval}) are of type {method}; standard errors:"
            " {variance}",
            interval=model_interval(model),
            method=word(INTERVALS.get(kind.lower(), kind)),
            variance=word(VARIANCES.get(model["variance"], str(model["variance"]))),
        )
    if analysis.get("cluster"):
        yield say("Rows with the same {column} count together", column=analysis["cluster"])
    ratios, variables = tests_of_terms(analysis, model, values)
    tests = form.listing(dict.fromkeys((*ratios, *variables)))
    if tests:
        yield say("The tests of ratios and variables were: {tests}", tests=tests)


def _checks(analysis: Node) -> Iterator[Phrase]:
    ph = analysis.get("ph")
    if ph and not ph.get("failed"):
        yield say(
            "Proportional hazards were tested in the {model} by the score test of a coefficient"
            " that changes with {transform} (Grambsch and Therneau 1994)",
            model=checked_model(analysis, "ph"),
            transform=word(TRANSFORMS.get(ph["transform"], str(ph["transform"]))),
        )
    validation = analysis.get("validation")
    if validation and not validation.get("failed"):
        yield _validated(analysis)
    calibration = analysis.get("calibration")
    if calibration and not calibration.get("failed"):
        yield say(
            "Calibration of the {model} compares observed with predicted risks by groups of the"
            " prediction",
            model=checked_model(analysis, "calibration"),
        )


def _validated(analysis: Node) -> Phrase:
    validation, again = analysis["validation"], repeated(analysis, "validation")
    samples = word("{n} bootstrap samples", n=form.count(validation.get("repeats") or 0))
    return say(
        "The optimism of the {model} was estimated by the bootstrap (Harrell 1996; {how})",
        model=checked_model(analysis, "validation"),
        how=", ".join(filter(None, (samples, again))),
    )


def clinical_prose(analysis: Node, values: Values) -> Iterator[Phrase]:
    """Name the rule sets and their sources."""
    del values
    yield from _CLINICAL[analysis["kind"]](analysis)


def _response(analysis: Node) -> Iterator[Phrase]:
    for judge in (analysis["first"], analysis["second"]):
        if judge["source"]:
            yield say(
                "Response was called by the rules of {rules} ({source})",
                rules=judge["title"],
                source=judge["source"].rstrip("."),
            )
        else:
            yield say("Response was taken as {judge} called it", judge=known_as(judge))


def _sos(analysis: Node) -> Iterator[Phrase]:
    yield say("SOS/VOD was diagnosed by the centre, and judged by published criteria")
    for node in analysis["criteria"]:
        yield say(
            "{criteria}: {rule} ({source})",
            criteria=form.capitalised(node["label"]),
            rule=node["rule"],
            source=node["source"].rstrip("."),
        )


def _doses(analysis: Node) -> Iterator[Phrase]:
    yield say(
        "Doses were compared with the label ({source}): {rule}",
        source=analysis["source"],
        rule=analysis["rule"],
    )


_CLINICAL = {"response_rules": _response, "sos_criteria": _sos, "dose_deviations": _doses}
CLINICAL_KINDS = tuple(_CLINICAL)
