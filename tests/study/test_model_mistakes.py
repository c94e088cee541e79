"""What a mistake in an analysis by models, exposures or weights looks like: the whole message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atrisk.errors import InputError
from atrisk.study import plan_text
from study_kit import ARM, DEATH, HEAD, mistake, plan, write

if TYPE_CHECKING:
    from pathlib import Path

TWO = DEATH.replace("{ death = 1 }", "{ death = 1, relapse = 2 }")
AGE = '[variables.age]\nlabel = "Age"\nunit = "years"\n'
SITE = '[variables.site]\nlabel = "Site"\ntype = "categorical"\n'
TOP = HEAD + TWO + ARM + AGE + SITE
ROWS = ["t,d,arm,age,site,tx", "5,1,x,50,1,2", "8,2,y,61,2,", "9,0,x,44,1,3"]


def analysis(kind: str, *keys: str) -> str:
    lines = [f'kind = "{kind}"', 'id = "a"', 'title = "T"', *keys]
    return TOP + "[[analyses]]\n" + "".join(f"{line}\n" for line in lines)


COX = ("endpoint = 'os'", "variables = ['age', 'arm']")
EXPOSURE = "{ id = 'tx', label = 'Transplant', time = 'tx' }"
TIMED = ("endpoint = 'os'", f"exposures = [{EXPOSURE}]")
WEIGHTED = ("endpoint = 'os'", "treatment = 'arm'", "covariates = ['age']")
WHERE = "study.toml, line {}, [[analyses]] number 1, {}: "

MISTAKES = {
    "unknown variable": (
        analysis("cox", COX[0], "variables = ['age', 'amr']"),
        (WHERE.format(31, "variables, number 2"))
        + "there is no variable 'amr'. Variables are: arm, age, site. Did you mean 'arm'? Declare"
        " it as [variables.amr].",
    ),
    "a variable twice": (
        analysis("cox", COX[0], "variables = ['age', { id = 'age', per = 10 }]"),
        WHERE.format(31, "variables") + "numbers 1 and 2 have the same id 'age'",
    ),
    "no variables": (
        analysis("cox", COX[0], "variables = []"),
        WHERE.format(31, "variables") + "the list is empty; give at least one",
    ),
    "per of a categorical variable": (
        analysis("cox", COX[0], "variables = [{ id = 'arm', per = 10 }]"),
        WHERE.format(31, "variables, number 1")
        + "the variable 'arm' is categorical, and 'per' is for continuous variables; remove 'per',"
        " or the levels of the variable",
    ),
    "a spline of a categorical variable": (
        analysis("cox", COX[0], "variables = [{ id = 'arm', spline = 4 }]"),
        WHERE.format(31, "variables, number 1")
        + "the variable 'arm' is categorical, and 'spline' is for continuous variables; remove"
        " 'spline', or the levels of the variable",
    ),
    "a spline with a ratio": (
        analysis("cox", COX[0], "variables = [{ id = 'age', spline = 4, per = 10 }]"),
        WHERE.format(31, "variables, number 1")
        + "a spline has no single ratio, so 'per' says nothing; remove one of the two",
    ),
    "a spline of two knots": (
        analysis("cox", COX[0], "variables = [{ id = 'age', spline = 2 }]"),
        WHERE.format(31, "variables, number 1, spline")
        + "it should be greater than or equal to 3, not 2",
    ),
    "a variable that makes the strata": (
        analysis("cox", *COX, "strata = 'arm'"),
        WHERE.format(31, "variables, number 2")
        + "the variable 'arm' makes the strata, and has no ratio there; remove one of the two",
    ),
    "an id with a meaning": (
        analysis("cox", COX[0], "variables = ['global']") + '[variables.global]\ncolumn = "age"\n'
        'label = "Global"\n',
        WHERE.format(31, "variables, number 1")
        + "the id 'global' has a meaning of its own in the keys of results; give the variable"
        " another id",
    ),
    "unknown cause": (
        analysis("cox", *COX, "cause = 'relapes'"),
        WHERE.format(32, "cause")
        + "the endpoint 'os' has no event 'relapes'. Events are: death, relapse. Did you mean"
        " 'relapse'?",
    ),
    "unknown cluster": (
        analysis("cox", *COX, "cluster = 'centre'"),
        WHERE.format(32, "cluster")
        + "data.csv has no column 'centre'. Columns are: t, d, arm, age, site, tx.",
    ),
    "no model at all": (
        analysis("cox", *COX, "univariable = false", "multivariable = false"),
        "study.toml, line 26, [[analyses]] number 1: univariable and multivariable are both false,"
        " so there is no model",
    ),
    "selection without the model": (
        analysis("cox", *COX, "multivariable = false", "selection = { stay = 0.1 }"),
        "study.toml, line 26, [[analyses]] number 1: 'selection' needs the multivariable model, and"
        " multivariable is false",
    ),
    "keeping what is not there": (
        analysis("cox", *COX, "selection = { keep = ['site'] }"),
        WHERE.format(32, "selection, keep, number 1")
        + "'site' is not among the variables of the model: age, arm.",
    ),
    "an unknown rule": (
        analysis("cox", *COX, "selection = { rule = 'bic' }"),
        WHERE.format(32, "selection, rule")
        + "'bic' is not one of 'p' or 'aic'. Did you mean 'aic'?",
    ),
    "too few samples": (
        analysis("cox", *COX, "validation = { repeats = 1 }"),
        WHERE.format(32, "validation, repeats") + "it should be greater than or equal to 10, not 1",
    ),
    "calibration without a time": (
        analysis("cox", *COX, "calibration = { groups = 3 }"),
        WHERE.format(32, "calibration, at") + "this key is needed and is not there",
    ),
    "fine_gray without a cause": (
        analysis("fine_gray", *COX),
        "study.toml, line 26, [[analyses]] number 1, cause: this key is needed and is not there",
    ),
    "a key of another kind": (
        analysis("fine_gray", *COX, "cause = 'death'", "ph_test = false"),
        WHERE.format(33, "ph_test")
        + "there is no key 'ph_test' here; keys are id, title, variables, univariable,"
        " multivariable, conf_level, kind, endpoint, cause, strata, censoring_strata, cluster.",
    ),
    "an outcome that does not parse": (
        analysis("logistic", "outcome = 'd = 1'", COX[1]),
        WHERE.format(30, "outcome")
        + "'=' stands where a comparison (== != < <= > >=, in, is missing) is expected (write == to"
        " compare)\n    d = 1\n      ^",
    ),
    "an outcome of an unknown column": (
        analysis("logistic", "outcome = 'dd == 1'", COX[1]),
        WHERE.format(30, "outcome")
        + "data.csv has no column 'dd'. Columns are: t, d, arm, age, site, tx. Did you mean 'd'?\n"
        "    dd == 1\n    ^",
    ),
    "an exposure of an unknown column": (
        analysis("time_dependent", TIMED[0], TIMED[1].replace("time = 'tx'", "time = 'txx'")),
        WHERE.format(31, "exposures, number 1, time")
        + "data.csv has no column 'txx'. Columns are: t, d, arm, age, site, tx. Did you mean 'tx'?",
    ),
    "an exposure with the id of a variable": (
        analysis(
            "time_dependent", TIMED[0], TIMED[1].replace("'tx'", "'age'", 1), "variables = ['age']"
        ),
        WHERE.format(31, "exposures, number 1, id")
        + "the id 'age' is that of a variable of the model too; give the exposure another",
    ),
    "an exposure with an id of its own meaning": (
        analysis("time_dependent", TIMED[0], TIMED[1].replace("'tx'", "'overall'", 1)),
        WHERE.format(31, "exposures, number 1, id")
        + "the id 'overall' has a meaning of its own in the keys of results; give the exposure"
        " another",
    ),
    "a condition of an exposure on an unknown column": (
        analysis("time_dependent", TIMED[0], TIMED[1].replace(" }", ", happened = 'txd == 1' }")),
        WHERE.format(31, "exposures, number 1, happened")
        + "data.csv has no column 'txd'. Columns are: t, d, arm, age, site, tx. Did you mean 'tx'?"
        "\n    txd == 1\n    ^",
    ),
    "an unknown rule for the exit": (
        analysis("time_dependent", *TIMED, "at_exit = 'before'"),
        WHERE.format(32, "at_exit") + "'before' is not one of 'unexposed' or 'exposed'.",
    ),
    "two ways to groups": (
        analysis("landmark", *TIMED, "by = 'arm'", "at = [1]"),
        "study.toml, line 26, [[analyses]] number 1: 'by' and 'exposures' both make groups; remove"
        " one of the two",
    ),
    "strata without groups": (
        analysis("landmark", TIMED[0], "at = [1]", "strata = 'arm'"),
        WHERE.format(32, "strata")
        + "there are no groups to compare; add 'by' or 'exposures', or remove this key",
    ),
    "a landmark twice": (
        analysis("landmark", TIMED[0], "at = [7, '1 week', '7 days']"),
        WHERE.format(31, "at, number 3") + "7 days is listed twice",
    ),
    "the treatment among the covariates": (
        analysis("weighted", WEIGHTED[0], WEIGHTED[1], "covariates = ['age', 'arm']"),
        WHERE.format(32, "covariates, number 2")
        + "the variable 'arm' is the treatment, and has no ratio there; remove one of the two",
    ),
    "a continuous treatment": (
        analysis("weighted", WEIGHTED[0], "treatment = 'age'", "covariates = ['arm']"),
        WHERE.format(31, "treatment")
        + "the variable 'age' is continuous and makes no groups. Give it levels, or type ="
        ' "categorical".',
    ),
    "a treatment of three levels": (
        analysis("weighted", *WEIGHTED).replace(
            'type = "categorical"', 'levels = { x = "X", y = "Y", z = "Z" }', 1
        ),
        WHERE.format(31, "treatment")
        + "the variable 'arm' has 3 levels (X, Y, Z); a treatment has two. Put levels together in a"
        " column of the data, or exclude rows in [[population]].",
    ),
    "a P value for Akaike's rule": (
        analysis("cox", *COX, "selection = { rule = 'aic', stay = 0.1 }"),
        "study.toml, line 32, [[analyses]] number 1, selection: stay belongs to rule = 'p', not"
        " 'aic'; remove one of the two",
    ),
    "stabilised weights of another estimand": (
        analysis("weighted", *WEIGHTED, "estimand = 'att'", "stabilised = true"),
        "study.toml, line 26, [[analyses]] number 1: stabilised = true belongs to estimand = 'ate',"
        " not 'att'; remove one of the two",
    ),
    "case weights and a propensity score": (
        analysis("weighted", *WEIGHTED).replace('event = "d"', 'event = "d"\nweights = "age"'),
        WHERE.format(31, "endpoint")
        + "the endpoint 'os' has case weights, and the propensity score would be a second set; name"
        " an endpoint without 'weights'",
    ),
    "known_from an unknown column": (
        analysis("cox", *COX).replace('label = "Arm"', 'label = "Arm"\nknown_from = "day"'),
        "study.toml, line 19, [variables] arm, known_from: data.csv has no column 'day'. Columns"
        " are: t, d, arm, age, site, tx.",
    ),
    "unknown subject column": (
        analysis("cox", *COX).replace("[data]", '[data]\nsubject = "who"'),
        "study.toml, line 6, [data] subject: data.csv has no column 'who'. Columns are: t, d, arm,"
        " age, site, tx.",
    ),
}


@pytest.mark.parametrize(("toml", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_the_study_file(tmp_path: Path, toml: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        plan(write(tmp_path, toml, ROWS))
    assert str(caught.value) == expected


def test_an_endpoint_of_one_event_has_no_competing_risks(tmp_path: Path) -> None:
    toml = analysis("fine_gray", *COX, "cause = 'death'").replace(", relapse = 2", "")
    with pytest.raises(InputError) as caught:
        plan(write(tmp_path, toml, ROWS))
    assert str(caught.value) == (
        "study.toml, line 30, [[analyses]] number 1, endpoint: the endpoint 'os' has one kind of"
        " event, so that nothing competes with it. Name an endpoint with several, or write kind ="
        ' "cox".'
    )


def test_a_missing_cluster_or_subject_stops_with_its_line(tmp_path: Path) -> None:
    rows = [ROWS[0], ROWS[1], "8,2,y,61,,", *ROWS[3:]]
    assert mistake(tmp_path, analysis("cox", *COX, "cluster = 'site'"), rows) == (
        "analysis 'a': data.csv, column 'site': the cluster is missing in line 3. Complete the"
        " entries, or exclude the rows in [[population]]."
    )
    toml = analysis("cox", *COX).replace("[data]", '[data]\nsubject = "site"')
    assert mistake(tmp_path, toml, rows) == (
        "analysis 'a': data.csv, column 'site': 1 entry is missing, and [data] subject needs it:"
        " line 3. Name the patient of every row, or remove [data] subject."
    )


def test_the_plan_of_every_kind_is_printed(tmp_path: Path) -> None:
    happened = EXPOSURE.replace(" }", ", happened = 'd == 1' }")
    kinds = [
        analysis(
            "cox", "endpoint = 'os'", "cause = 'death'", "strata = 'arm'", "cluster = 'site'",
            "variables = [{ id = 'age', per = 10 }]", "firth = true", "conf_level = 0.9",
            "selection = { stay = 0.2, method = 'fastbw' }", "validation = { repeats = 50 }",
            "calibration = { at = '1 year' }", "ties = 'breslow'", "ph_test = 'rank'",
        ),
        analysis(
            "fine_gray", *COX, "cause = 'death'", "censoring_strata = 'site'", "univariable = false"
        ),
        analysis(
            "logistic", "outcome = 'd == 1'", "variables = [{ id = 'age', spline = 4 }]",
            "selection = { rule = 'aic' }", "multivariable = true",
        ),
        analysis(
            "time_dependent", "endpoint = 'os'", f"exposures = [{happened}]", "strata = 'site'",
            "variables = ['age']", "landmark_start = 30",
        ),
        analysis("landmark", *TIMED, "at = ['6 weeks', 30]", "strata = 'arm'", "times = [90]"),
        analysis(
            "weighted", *WEIGHTED, "strata = 'site'", "trim = 0.1", "bootstrap = { repeats = 99 }"
        ),
    ]  # fmt: skip
    printed = []
    for toml in kinds:
        text = plan_text(plan(write(tmp_path, toml, ROWS)))
        printed.append("\n".join(text.splitlines()[4:]))
    assert printed == [
        "1. T [cox, id a]\n"
        "   endpoint: Overall survival (events: Death, Relapse)\n"
        "   event modelled: Death\n"
        "   variables: Age (per 10)\n"
        "   strata: Arm\n"
        "   clusters: column site\n"
        "   estimate: hazard ratios by Cox models, each variable alone, all together, Breslow's"
        " ties, Firth's penalty, 90 % intervals, backward elimination by P > 0.2 (fast backward),"
        " validation by 50 bootstrap samples, calibration at 1 year\n"
        "   test: proportional hazards (rank time scale)",
        "1. T [fine_gray, id a]\n"
        "   endpoint: Overall survival (events: Death, Relapse)\n"
        "   event modelled: Death\n"
        "   variables: Age, Arm\n"
        "   strata of censoring: Site\n"
        "   estimate: ratios of subdistribution hazards by Fine-Gray models, all together,"
        " 95 % intervals",
        "1. T [logistic, id a]\n"
        "   outcome: d == 1\n"
        "   variables: Age (spline, 4 knots)\n"
        "   estimate: odds ratios by logistic regression, each variable alone, all together,"
        " 95 % intervals, backward elimination by Akaike's criterion (refitted)\n"
        "   test: Fisher's exact test of each categorical variable",
        "1. T [time_dependent, id a]\n"
        "   endpoint: Overall survival (events: Death, Relapse)\n"
        "   exposure: Transplant (from tx if d == 1)\n"
        "   variables: Age\n"
        "   strata: Site\n"
        "   estimate: Simon-Makuch curves from 30 days, 95 % log intervals, hazard ratios by"
        " Andersen-Gill models, Efron's ties\n"
        "   test: Mantel-Byar test stratified by site",
        "1. T [landmark, id a]\n"
        "   landmarks: 30 days, 6 weeks\n"
        "   endpoint: Overall survival (events: Death, Relapse)\n"
        "   exposure: Transplant (from tx)\n"
        "   estimate: Kaplan-Meier from each landmark, 95 % log intervals\n"
        "   read at: 90 days\n"
        "   test: Log-rank test; Log-rank test stratified by arm",
        "1. T [weighted, id a]\n"
        "   treatment: Arm\n"
        "   endpoint: Overall survival (events: Death, Relapse)\n"
        "   variables: Age\n"
        "   strata: Site\n"
        "   estimate: stabilised weights for the average effect in all patients, trimmed at 0.1 and"
        " 0.9, weighted Kaplan-Meier, 95 % log intervals, weighted hazard ratio, 99 bootstrap"
        " samples\n"
        "   test: Weighted log-rank test; Weighted log-rank test stratified by site",
    ]


@pytest.mark.parametrize("kind", ["cox", "describe"])
def test_text_without_levels_is_not_taken_for_missing(tmp_path: Path, kind: str) -> None:
    toml = analysis(kind, *(COX if kind == "cox" else ("variables = ['age']",)))
    toml = toml.replace('label = "Age"', 'label = "Centre"\ncolumn = "arm"')
    assert mistake(tmp_path, toml, ROWS) == (
        "analysis 'a': data.csv, column 'arm': 3 entries are text, where numbers are expected: 'x'"
        " (line 2), 'y' (line 3), 'x' (line 4). If these are groups, give the variable `levels` in"
        " the study file; else correct the entries."
    )
