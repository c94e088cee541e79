"""Regression equals R on data that nobody has seen before."""

from __future__ import annotations

import pytest

import live_r
import live_regression
import regression_cases
import regression_checks

FULL = "x + dose + arm + stage"
RIGHT = {"data": "fresh", "formula": f"Surv(exit, event) ~ {FULL}"}
STRATIFIED = RIGHT | {"formula": f"Surv(exit, event) ~ {FULL} + strata(site)"}
LATE = RIGHT | {"formula": f"Surv(entry, exit, event) ~ {FULL}"}
EVERYTHING = {
    "data": "fresh",
    "formula": f"Surv(entry, exit, event) ~ {FULL} + strata(site) + offset(shift) + cluster(id)",
    "weights": "weight",
}
BRESLOW = {"ties": "breslow"}
WEIGHTED = {"weights": "weight"}
COMPETING = {
    "call": "fine_gray",
    "data": "fresh",
    "formula": f"Surv(exit, cause) ~ {FULL}",
    "exit": "exit",
    "event": "cause",
    "rows": [1, 50, 100],
}
BINARY = {"call": "logistic", "data": "fresh", "formula": f"response ~ {FULL}"}
BACKWARD = {"call": "fastbw", "data": "fresh", "formula": f"Surv(exit, event) ~ {FULL}"}
CASES = [
    RIGHT | {"call": "cox", "terms": True, "conf_level": 0.9},
    STRATIFIED | BRESLOW | {"call": "cox", "terms": True},
    RIGHT | WEIGHTED | {"call": "cox"},
    RIGHT | {"call": "cox", "weights": "copies"},
    EVERYTHING | {"call": "cox"},
    EVERYTHING | BRESLOW | {"call": "cox"},
    RIGHT | BRESLOW | {"call": "cox", "robust": True},
    LATE | {"call": "cox"},
    LATE | {"call": "cox_ridge", "ridge": 4},
    STRATIFIED | WEIGHTED | {"call": "cox_ridge", "ridge": 0.7},
    RIGHT | {"call": "ph_test"},
    EVERYTHING | {"call": "ph_test", "transform": "rank"},
    STRATIFIED | BRESLOW | {"call": "ph_test", "transform": "identity"},
    EVERYTHING | {"call": "residuals"},
    RIGHT | BRESLOW | {"call": "residuals"},
    RIGHT | WEIGHTED | {"call": "concordance"},
    EVERYTHING | {"call": "concordance"},
    STRATIFIED | {"call": "concordance"},
    EVERYTHING | {"call": "cox_prediction", "rows": [1, 50, 100], "conf_level": 0.8},
    RIGHT | {"call": "cox_prediction", "rows": [2, 90], "conf_type": "log-log"},
    COMPETING | {"cause": 1},
    COMPETING | {"cause": 2, "censoring_strata": "site"},
    COMPETING | {"cause": 1, "copies": "copies"},
    BINARY | {"conf_level": 0.9},
    BINARY | {"formula": "response ~ x * arm + offset(shift)", "weights": "copies"},
    BACKWARD | {"rule": "p", "stay": 0.3},
    BACKWARD | {"rule": "aic", "formula": "response ~ x + stage + rcs(shift, 4)"},
]


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """Return the seed, the data it gave, and R's answers to all cases, asked in one run."""
    reason = live_regression.reason_to_skip()
    if reason is not None:
        pytest.skip(f"no live comparison: {reason}")
    seed = live_r.draw_seed()
    frame = live_regression.fresh(seed)
    answers = live_regression.answers(CASES, {"fresh": frame}, tmp_path_factory.mktemp("live_r"))
    return seed, frame, answers


@pytest.mark.parametrize(
    "i", range(len(CASES)), ids=[regression_cases.name(case) for case in CASES]
)
def test_equals_r_on_fresh_data(answered, i):
    seed, frame, answers = answered
    case, values = CASES[i], answers[i]["values"]
    context = f"{regression_cases.name(case)} ({live_r.replay(seed)})"
    regression_checks.CHECKS[case["call"]](case, frame, values, context)
