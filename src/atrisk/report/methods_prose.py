"""Sentences of the methods, by kind of analysis, without their full stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import interval_name, labels, lower_first
from atrisk.report.language import word
from atrisk.report.methods import SHOWN_STATISTICS, late_entry, weights_column
from atrisk.report.methods_models import (
    block_tests,
    fisher_done,
    propensity_formula,
    selection_rule,
    tests_of_terms,
    weights_name,
)
from atrisk.report.methods_names import named_method
from atrisk.report.methods_said import INTERVAL_WORDS, SCALES, VARIANCE_PROSE, Partly, listed_tests
from atrisk.report.methods_words import TIES, TRANSFORMS
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
from atrisk.report.values import Phrase, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.report.values import Node, Values

__all__ = [
    "BLOCK_TESTS",
    "CURVE_TESTS",
    "EXPOSURE_RULES",
    "MODEL_PROSE",
    "block_prose",
    "curve_prose",
    "describe_prose",
    "fit_prose",
    "interval_prose",
    "model_prose",
]


def _grouped(analysis: Node) -> bool:
    return bool(analysis.get("groups") or analysis.get("by"))


def _continuous(analysis: Node) -> bool:
    return any(variable.get("statistics") for variable in analysis["variables"])


def _multivariable(analysis: Node) -> bool:
    return model_named(analysis, "multivariable") is not None


def _tied(analysis: Node) -> bool:
    return any(model.get("ties") for model in analysis["models"])


def describe_prose(analysis: Node, values: Values) -> Iterator[Phrase | Partly]:
    """Say how patients were described and groups of them compared."""
    used = [name for v in analysis["variables"] for name in v.get("statistics") or ()]
    shown = [word(SHOWN_STATISTICS.get(name, name)) for name in dict.fromkeys(used)]
    if shown:
        said = form.listing(shown)
        sentence = say("Continuous variables are described by {statistics}", statistics=said)
        yield Partly(sentence, _continuous)
    keys = [f"{analysis['id']}.{v['id']}.test.p_value" for v in analysis["variables"]]
    tests = dict.fromkeys(filter(None, (named_method(values, key) for key in keys)))
    if tests:
        sentence = say("Groups of patients were compared with {tests}", tests=listed_tests(tests))
        yield Partly(sentence, _grouped)
    if (analysis.get("compared") or {}).get("differences"):
        yield say("Differences between groups are standardised differences")


#: How the groups of curves are compared.
CURVE_TESTS = {
    "survival": "Groups were compared with {tests}",
    "cumulative_incidence": "Cumulative incidences of groups were compared with {tests}",
}


def curve_prose(analysis: Node, values: Values) -> Iterator[Phrase | Partly]:
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
        said = say(CURVE_TESTS[analysis["kind"]], tests=listed_tests(tests))
        yield Partly(said, _grouped)
    if analysis.get("pairwise"):
        yield Partly(say("Groups were also compared in pairs"), _grouped)
    if analysis.get("hazard_ratios"):
        yield say("Hazard ratios of groups were estimated by a Cox model of the groups alone")


def interval_prose(analysis: Node, values: Values) -> Iterator[Phrase | Partly]:
    """Say what the intervals of curves are, how patients count, and since when."""
    del values
    yield say(
        "Curves have pointwise confidence intervals ({interval}) on the {scale} scale",
        interval=interval_name(analysis),
        scale=word(SCALES.get(analysis["conf_type"], str(analysis["conf_type"]))),
    )
    if analysis.get("weights"):
        yield say("Patients were weighted by {how}", how=weights_column(analysis))
    if analysis.get("entry"):
        yield say("With delayed entry, {how}", how=late_entry(analysis))


def _named(analysis: Node, values: Values) -> Iterator[Phrase | Partly]:
    """Say the methods that stand with the values."""
    causes = labels(analysis.get("causes", []))
    prefix = f"{analysis['id']}.{causes[0].id}" if causes else str(analysis["id"])
    overall = f"{prefix}.{analysis['overall']['id']}"
    follow_up = named_method(values, f"{overall}.follow_up.estimate")
    if follow_up:
        yield say("Median follow-up was estimated by the reverse Kaplan\N{EN DASH}Meier method")
    if analysis.get("rmst"):
        yield say(
            "Restricted mean survival times were estimated to {time}",
            time=str(analysis["rmst"]["label"]),
        )


def _curve_tests(analysis: Node, values: Values) -> tuple[str, ...]:
    """Name the tests of the groups that were done."""
    done: dict[str, None] = {}
    for test in analysis["tests"]:
        cause = f".{test['cause']}" if "cause" in test else ""
        key = f"{analysis['id']}.{test['id']}{cause}.p_value"
        if not values.has(key) or values.raw(key) is not None:
            done[named_method(values, key) or test["label"]] = None
    return tuple(done)


def block_prose(analysis: Node, values: Values) -> Iterator[Phrase | Partly]:
    """Say how exposures after time zero, landmarks and weights were dealt with."""
    yield from _BLOCKS[analysis["kind"]](analysis, values)
    tests = block_tests(analysis, values)
    if tests:
        yield say(BLOCK_TESTS[analysis["kind"]], tests=listed_tests(tests))


#: What was done with exposures and events on the same day, at time zero, or too late.
EXPOSURE_RULES = {
    "at_exit": {
        "unexposed": (
            "An event on the very day on which an exposure began was counted without the exposure"
        ),
        "exposed": (
            "An event on the very day on which an exposure began was counted with the exposure"
        ),
    },
    "at_zero": {
        "shift": "Follow-up that ended at time zero was counted to half the next time of the data",
        "drop": "Patients whose follow-up ended at time zero were left out",
    },
    "after_exit": {
        "ignore": (
            "Exposures after the end of follow-up were ignored: these patients were not exposed"
            " while observed"
        ),
    },
}


def _exposures(analysis: Node, values: Values) -> Iterator[Phrase | Partly]:
    del values
    yield say("Exposures that begin after time zero count from the day they begin, never before")
    for name, told in EXPOSURE_RULES.items():
        if analysis.get(name) in told:
            yield say(told[analysis[name]])
    if any(exposure.get("curves") for exposure in analysis["exposures"]):
        yield say(
            "Curves were drawn by the method of Simon and Makuch, in which patients move to the"
            " curve of the exposed when the exposure begins"
        )


def _landmarks(analysis: Node, values: Values) -> Iterator[Phrase | Partly]:
    del values
    times = form.listing(label.label for label in labels(analysis["landmarks"]))
    yield say(
        "In landmark analyses at {times}, patients who were then under observation and free of the"
        " event were compared in the group they belonged to at the landmark, by the method of"
        " Kaplan and Meier",
        times=times,
    )


def _weights(analysis: Node, values: Values) -> Iterator[Phrase | Partly]:
    formula = propensity_formula(analysis)
    yield say(
        "Propensity scores were estimated by logistic regression ({formula})", formula=formula
    )
    yield say("Patients were weighted by {how}", how=weights_name(analysis))
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
            yield say("Bootstrap intervals were calculated by the {method}", method=method)


#: How groups of each kind are compared.
BLOCK_TESTS = {
    "time_dependent": "Patients with and without an exposure were compared with {tests}",
    "landmark": "Groups at a landmark were compared with {tests}",
    "weighted": "Weighted groups were compared with {tests}",
}
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


def model_prose(analysis: Node, values: Values) -> Iterator[Phrase | Partly]:
    """Say what was estimated by models, how variables were selected and models checked."""
    model = final_model(analysis) or analysis["models"][0]
    yield _estimated(analysis)
    if "Firth" in str(model.get("method")):
        yield say("Firth\N{RIGHT SINGLE QUOTATION MARK}s penalised likelihood was used")
    yield from _fine_gray_ties(analysis, model)
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
        sentence = say("Variables of the multivariable model were selected by {rule}", rule=rule)
        yield Partly(sentence, _multivariable)
        sentence = say("Ratios and P values of the selected model do not allow for the selection")
        yield Partly(sentence, _multivariable)
    yield from _checks(analysis)


def fit_prose(analysis: Node, values: Values) -> Iterator[Phrase | Partly]:
    """Say what models have in common: their variables, ties, intervals and tests."""
    model = final_model(analysis) or analysis["models"][0]
    yield from _variables(analysis)
    if model.get("ties") and analysis["kind"] != "fine_gray":
        method = word(TIES.get(model["ties"], str(model["ties"])))
        yield Partly(say("Tied event times were handled by {method}", method=method), _tied)
    yield from _uncertainty(analysis, model, values)


def _fine_gray_ties(analysis: Node, model: Node) -> Iterator[Phrase | Partly]:
    """Name the ties of a model whose method alone names them."""
    said = str(model.get("method"))
    for name, method in TIES.items():
        if analysis["kind"] == "fine_gray" and name.capitalize() in said:
            yield say(
                "In models of the subdistribution hazard, tied event times were handled by"
                " {method}",
                method=word(method),
            )


def _estimated(analysis: Node) -> Phrase:
    kind = analysis["kind"]
    if analysis.get("cause") and kind in CAUSE_PROSE:
        return say(CAUSE_PROSE[kind], cause=lower_first(analysis["cause"]["label"]))
    if kind == "logistic":
        return say(MODEL_PROSE[kind], outcome=analysis["outcome"]["label"])
    return say(MODEL_PROSE[kind])


def _variables(analysis: Node) -> Iterator[Phrase | Partly]:
    alone = model_named(analysis, "univariable") is not None
    if alone and model_named(analysis, "multivariable") is not None:
        yield say(
            "Variables were examined in univariable models and together in a multivariable model"
        )
    elif alone:
        yield say("Variables were examined in univariable models")
    if any(not term.rows for term in terms(analysis["models"])):
        yield say("Effects that need not be linear were modelled by restricted cubic splines")


def _uncertainty(analysis: Node, model: Node, values: Values) -> Iterator[Phrase | Partly]:
    if model.get("variance"):
        kind = str(model["conf_type"])
        yield say(
            "Ratios are given with {method} confidence intervals ({interval})",
            interval=model_interval(model),
            method=word(INTERVAL_WORDS.get(kind.lower(), kind)),
        )
        if model["variance"] in VARIANCE_PROSE:
            said = say(VARIANCE_PROSE[model["variance"]])
            kind_of = analysis["kind"]
            yield Partly(said, lambda other: other["kind"] == kind_of)
    if analysis.get("cluster"):
        yield say(
            "Rows with the same value of {column} were taken together in standard errors",
            column=analysis["cluster"],
        )
    ratios, variables = tests_of_terms(analysis, model, values)
    if ratios or variables:
        yield say(
            "Ratios and variables were tested with {tests}",
            tests=listed_tests((*ratios, *variables)),
        )


def _checks(analysis: Node) -> Iterator[Phrase | Partly]:
    ph = analysis.get("ph")
    if ph and not ph.get("failed"):
        yield Partly(_hazards(analysis), _multivariable)
    validation = analysis.get("validation")
    if validation and not validation.get("failed"):
        yield Partly(_validated(analysis), _multivariable)
    calibration = analysis.get("calibration")
    if calibration and not calibration.get("failed"):
        yield say(
            "Calibration of the {model} was examined by comparing observed with predicted risks in"
            " groups of the prediction",
            model=checked_model(analysis, "calibration"),
        )


def _hazards(analysis: Node) -> Phrase:
    ph = analysis["ph"]
    return say(
        "Proportional hazards were tested in the {model} by the score test of a coefficient"
        " that changes with {transform} (Grambsch and Therneau 1994)",
        model=checked_model(analysis, "ph"),
        transform=word(TRANSFORMS.get(ph["transform"], str(ph["transform"]))),
    )


def _validated(analysis: Node) -> Phrase:
    validation, again = analysis["validation"], repeated(analysis, "validation")
    samples = word("{n} bootstrap samples", n=form.count(validation.get("repeats") or 0))
    return say(
        "The optimism of the {model} was estimated by the bootstrap (Harrell 1996; {how})",
        model=checked_model(analysis, "validation"),
        how=", ".join(filter(None, (samples, again))),
    )
