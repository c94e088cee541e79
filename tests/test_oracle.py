"""The oracle's direct sums equal the values that R printed: what the other tests lean on."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import cases
import oracle


def table(topic: str, *calls: str) -> pytest.MarkDecorator:
    found = cases.stored(topic, *calls)
    ids = [f"{i} {cases.name(case)}" for i, (case, _) in enumerate(found)]
    return pytest.mark.parametrize(("case", "values"), found, ids=ids)


def limits(estimate: object, std_error: object, case: dict) -> tuple[list[float], list[float]]:
    conf_type, level = cases.conf_type(case), cases.conf_level(case)
    pairs = [
        oracle.interval(p, s, conf_type, level) for p, s in zip(estimate, std_error, strict=True)
    ]
    return [low for low, _ in pairs], [high for _, high in pairs]


@table("kaplan_meier")
def test_kaplan_meier(case, values):
    data = oracle.any_event(cases.oracle_rows(case, cases.data_file(case)))
    for group, told in values.items():
        part = oracle.of_group(data, group)
        estimate = oracle.kaplan_meier(part)
        if told["robust"]:
            variance = oracle.robust_variance(part, oracle.survival_derivatives(part))
            hazard_variance = oracle.robust_variance(part, oracle.hazard_derivatives(part))
        else:
            variance = oracle.greenwood(part)
            hazard_variance = oracle.nelson_aalen_variance(part, "aalen")
        std_error = np.sqrt(variance)
        cases.close(oracle.times(part), told["time"], 0, "time")
        cases.close(estimate, told["estimate"], cases.ESTIMATE, "estimate")
        cases.close(std_error, told["std_error"], cases.STD_ERROR, "std_error")
        lower, upper = limits(estimate, std_error, case)
        cases.close(lower, told["lower"], cases.STD_ERROR, "lower")
        cases.close(upper, told["upper"], cases.STD_ERROR, "upper")
        hazard = told["hazard"]
        cases.close(oracle.nelson_aalen(part), hazard["estimate"], cases.ESTIMATE, "hazard")
        cases.close(np.sqrt(hazard_variance), hazard["std_error"], cases.STD_ERROR, "hazard se")
        asked = told["quantile"]["p"]
        for curve, key in ((estimate, "estimate"), (lower, "lower"), (upper, "upper")):
            # R sorts a band that rises somewhere by level: see checks.check_quantiles
            if np.all(np.diff([level for level in curve if not np.isnan(level)]) <= 0):
                found = [oracle.quantile(oracle.times(part), curve, p) for p in asked]
                cases.close(found, told["quantile"][key], cases.ESTIMATE, f"quantile {key}")
        for i, tau in enumerate(told["rmst"]["tau"]):
            mean, error = oracle.rmst(part, tau)
            cases.close(mean, told["rmst"]["estimate"][i], cases.ESTIMATE, "rmst")
            cases.close(error, told["rmst"]["std_error"][i], cases.STD_ERROR, "rmst se")


@table("follow_up")
def test_reverse_kaplan_meier(case, values):
    data = cases.oracle_rows(case, cases.data_file(case))
    for group, told in values.items():
        part = oracle.of_group(data, group)
        estimate = oracle.reverse_kaplan_meier(part)
        cases.close(estimate, told["estimate"], cases.ESTIMATE, "estimate")
        std_error = np.sqrt(oracle.reverse_greenwood(part))
        cases.close(std_error, told["std_error"], cases.STD_ERROR, "std_error")


@table("logrank", "logrank")
def test_logrank(case, values):
    found = oracle.logrank(cases.oracle_rows(case, cases.data_file(case)), case.get("rho", 0))
    for key in ("observed", "expected", "statistic", "df", "p_value"):
        cases.close(getattr(found, key), values[key], cases.ESTIMATE, key)


@table("logrank", "logrank_by_cox", "logrank_robust")
def test_logrank_as_a_score_test(case, values):
    data = cases.oracle_rows(case, cases.data_file(case))
    if case["call"] == "logrank_robust":
        found = oracle.robust_logrank(data)
    else:
        scores = range(len(set(data.group))) if case.get("trend") else None
        found = oracle.logrank(data, trend=scores)
    for key in ("statistic", "df", "p_value"):
        cases.close(getattr(found, key), values[key], cases.STD_ERROR, key)


@table("competing_risks", "gray")
def test_aalen_johansen_with_the_variance_of_cmprsk(case, values):
    data = cases.oracle_rows(case, cases.data_file(case))
    for group, by_cause in values["curves"].items():
        part = oracle.of_group(data, group)
        for cause, told in by_cause.items():
            cases.close(oracle.times(part), told["time"], 0, "time")
            found = oracle.aalen_johansen(part, int(cause))
            cases.close(found, told["estimate"], cases.ESTIMATE, "estimate")
            variance = oracle.aalen_variance(part, int(cause))
            cases.close(variance, told["variance"], cases.STD_ERROR, "variance")


@table("competing_risks", "multi_state")
def test_aalen_johansen_with_the_robust_variance(case, values):
    data = cases.oracle_rows(case, cases.data_file(case))
    for group, told in values.items():
        part = oracle.of_group(data, group)
        for cause, curve in told["causes"].items():
            estimate = oracle.aalen_johansen(part, int(cause))
            cases.close(estimate, curve["estimate"], cases.ESTIMATE, "estimate")
            slopes = oracle.incidence_derivatives(part, int(cause))
            std_error = np.sqrt(oracle.robust_variance(part, slopes))
            cases.close(std_error, curve["std_error"], cases.STD_ERROR, "std_error")
            # equal where all enter together and weigh the same
            if not {"weights", "subject", "entry"} & set(case):
                std_error = np.sqrt(oracle.delta_variance(part, int(cause)))
                cases.close(std_error, curve["std_error"], cases.STD_ERROR, "delta std_error")
            lower, upper = limits(estimate, std_error, case)
            cases.close(lower, curve["lower"], cases.STD_ERROR, "lower")
            cases.close(upper, curve["upper"], cases.STD_ERROR, "upper")


@pytest.mark.parametrize("i", [0, 7, 30])
def test_derivatives_are_those_of_the_estimates(i):
    case = {"call": "multi_state", "data": "random", "exit": "exit", "event": "cause"}
    case |= {"entry": "entry", "weights": "weight"}
    data = cases.oracle_rows(case, cases.data_file(case))

    def moved(step: float) -> oracle.Rows:
        weight = list(data.weight)
        weight[i] += step
        return oracle.replace(data, weight=weight)

    step = 1e-6
    for estimate, derivatives in (
        (oracle.kaplan_meier, oracle.survival_derivatives),
        (oracle.nelson_aalen, oracle.hazard_derivatives),
        (partial(oracle.aalen_johansen, cause=2), partial(oracle.incidence_derivatives, cause=2)),
    ):
        change = np.subtract(estimate(moved(step)), estimate(moved(-step))) / (2 * step)
        # a central difference of this step is good to about 1e-9
        np.testing.assert_allclose(derivatives(data)[i], change, atol=1e-8)
