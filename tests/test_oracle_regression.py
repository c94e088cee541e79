"""The naive sums of regression equal the values that R printed: what the other tests lean on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import chdtrc

import cases
import oracle_regression as oracle
import regression_cases
from cases import close

# R's coefficients are at its maximum to about 1e-13; residuals near 0 lose more
SMALL = 1e-11


def table(topic: str, *calls: str) -> pytest.MarkDecorator:
    # 1384 rows are too many for sums over all rows
    found = [told for told in cases.stored(topic, *calls) if told[0]["data"] != "mgus2"]
    ids = [f"{i} {regression_cases.name(case)}" for i, (case, _) in enumerate(found)]
    return pytest.mark.parametrize(("case", "values"), found, ids=ids)


def fitted(case):
    model = regression_cases.model(case, cases.data_file(case))
    data, ties = regression_cases.rows(case, model), case.get("ties", "efron")
    beta = oracle.fit(data, ties, ridge=case.get("ridge", 0.0))
    return model, data, ties, beta, np.linalg.inv(oracle.information(data, beta, ties))


def near(actual, expected, rtol, message):
    """As `close`, for values that are sums of larger ones of both signs."""
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=SMALL, err_msg=message)


@table("cox", "cox")
def test_cox(case, values):
    _, data, ties, beta, variance = fitted(case)
    close(beta, values["estimate"], cases.ESTIMATE, "estimate")
    near(variance, regression_cases.matrix(values["model_vcov"]), cases.STD_ERROR, "model variance")
    robust = oracle.robust_variance(data, beta, ties)
    used = robust if values["robust"] else variance
    near(used, regression_cases.matrix(values["vcov"]), cases.STD_ERROR, "variance")
    close(oracle.log_likelihood(data, beta, ties), values["loglik"], cases.ESTIMATE, "loglik")
    zero = oracle.log_likelihood(data, np.zeros(data.p), ties)
    close(zero, values["null_loglik"], cases.ESTIMATE, "null loglik")
    tests = oracle.overall_tests(data, ties)
    told = values["overall"]["statistic"]
    close([tests["likelihood ratio"], tests["score"]], told[:3:2], cases.STD_ERROR, "overall")
    wald = beta @ np.linalg.solve(used, beta)
    close(wald, told[1], cases.STD_ERROR, "Wald")
    if values["robust"] and "offset" not in case["formula"]:  # R forgets the offset there
        close(tests["robust score"], told[3], cases.STD_ERROR, "robust score")


@table("cox", "cox_ridge")
def test_ridge(case, values):
    _, data, ties, beta, variance = fitted(case)
    information = np.linalg.inv(variance)
    inverse = np.linalg.inv(information + case["ridge"] * np.eye(data.p))
    close(beta, values["estimate"], cases.ESTIMATE, "estimate")
    if "weights" in case:  # fractional: R gives the robust one
        inverse_robust = oracle.robust_variance(data, beta, ties, ridge=case["ridge"])
        close(np.sqrt(np.diag(inverse_robust)), values["std_error"], cases.STD_ERROR, "std_error")
    else:
        close(np.sqrt(np.diag(inverse)), values["std_error"], cases.STD_ERROR, "std_error")
    sandwich = np.sqrt(np.diag(inverse @ information @ inverse))
    close(sandwich, values["sandwich_std_error"], cases.STD_ERROR, "sandwich")
    close(oracle.log_likelihood(data, beta, ties), values["loglik"], cases.ESTIMATE, "loglik")
    close(case["ridge"] / 2 * beta @ beta, values["penalty"], cases.ESTIMATE, "penalty")


@table("ph_test")
def test_proportional_hazards(case, values):
    model, data, ties, beta, variance = fitted(case)
    transform, every = case.get("transform", "km"), list(range(data.p))
    for told, groups in (
        (values["terms"], [*model.columns, every]),
        (values["columns"], [*([k] for k in every), every]),
    ):
        found = [oracle.ph_test(data, beta, group, transform, ties) for group in groups]
        close([f[0] for f in found], told["statistic"], 1e-7, "statistic")
        close([f[1] for f in found], told["df"], 0, "df")
        close([f[2] for f in found], told["p_value"], 1e-7, "p_value")
    told = values["columns"]
    at = [(s.stratum, s.time) for s in oracle.risk_sets(data) for _ in s.deaths]
    g = oracle.transformed_times(data, transform)
    close([t for _, t in at], told["time"], 0, "time")
    close([g[t] for _, t in at], told["x"], cases.ESTIMATE, "transformed time")
    keys = [[stratum for stratum, _ in at], told["time"]]
    scaled = oracle.scaled_schoenfeld(data, beta, ties)
    near(
        regression_cases.in_order_of(keys, scaled),
        regression_cases.in_order_of(keys, regression_cases.table(told["y"])),
        cases.STD_ERROR,
        "scaled residuals",
    )
    events = sum(data.event)
    near(variance * events, regression_cases.matrix(told["var"]), cases.STD_ERROR, "their variance")


@table("residuals")
def test_residuals(case, values):
    _, data, ties, beta, variance = fitted(case)
    scores = oracle.score_residuals(data, beta, ties)
    found = {
        "martingale": oracle.martingale_residuals(data, beta, ties)[:, None],
        "deviance": oracle.deviance_residuals(data, beta, ties)[:, None],
        "score": scores,
        "schoenfeld": oracle.schoenfeld_residuals(data, beta, ties),
        "scaledsch": oracle.scaled_schoenfeld(data, beta, ties),
        "dfbeta": oracle.weighted_score_residuals(data, beta, ties) @ variance,
    }
    for kind, table_ in found.items():
        near(table_, regression_cases.table(values[kind]), cases.STD_ERROR, kind)


@table("concordance")
def test_concordance(case, values):
    _, data, _, beta, _ = fitted(case)
    eta = np.round(oracle.linear_predictor(data, beta), 12)
    for rule, told in values.items():
        weight = None if rule == "n" else oracle.uno_weights(data)
        found = oracle.concordance(data, eta, time_weight=weight)
        close(found.estimate, told["estimate"], cases.ESTIMATE, rule)
        close(found.std_error, told["std_error"], cases.STD_ERROR, f"{rule}: std_error")
        close(list(found.count.values()), told["count"], cases.ESTIMATE, f"{rule}: count")


@table("cox_prediction")
def test_prediction(case, values):
    _, data, ties, beta, variance = fitted(case)
    weights = np.array(data.weight)
    if (
        case.get("robust", bool(np.any(weights != np.round(weights))))
        or "cluster" in case["formula"]
    ):
        variance = oracle.robust_variance(data, beta, ties)
    for row, told in zip(case["rows"], values["curves"], strict=True):
        i = row - 1
        found = oracle.predicted(
            data,
            beta,
            data.x[i],
            variance,
            ties=ties,
            stratum=data.stratum[i],
            offset=data.offset[i],
        )
        at = [told["time"].index(t) for t in found.time]
        close(found.hazard, [told["hazard"][k] for k in at], cases.ESTIMATE, "hazard")
        close(
            np.sqrt(found.variance),
            [told["hazard_std_error"][k] for k in at],
            cases.STD_ERROR,
            "std_error",
        )


@table("fine_gray")
def test_fine_gray(case, values):
    model = regression_cases.model(case, cases.data_file(case))
    data = regression_cases.competing(case, model)
    found = oracle.fine_gray(data, own_deaths=True)
    near(found.beta, values["estimate"], cases.ESTIMATE, "estimate")
    close(found.log_likelihood, values["loglik"], cases.ESTIMATE, "loglik")
    near(
        np.linalg.inv(found.information),
        regression_cases.matrix(values["inverse_information"]),
        cases.STD_ERROR,
        "model variance",
    )
    near(found.variance, regression_cases.matrix(values["vcov"]), cases.STD_ERROR, "sandwich")
    close(found.time, values["time"], 0, "time")
    for row, told in zip(case["rows"], values["incidence"], strict=True):
        risk = np.exp(data.x[row - 1] @ found.beta)
        close(1 - np.exp(-np.array(found.hazard) * risk), told, cases.ESTIMATE, "incidence")


@table("logistic")
def test_logistic(case, values):
    model = regression_cases.model(case, cases.data_file(case))
    y = model.frame[model.response[0]].to_numpy().astype(float)
    x = np.column_stack([np.ones(len(y)), model.x])
    weight = model.frame[case["weights"]].to_numpy() if "weights" in case else np.ones(len(y))
    shift = model.value("offset")
    offset = np.zeros(len(y)) if shift is None else shift
    beta = oracle.logistic_fit(x, y, weight, offset)
    inverse = np.linalg.inv(oracle.logistic_information(x, weight, offset, beta))
    close(beta, values["estimate"], cases.ESTIMATE, "estimate")
    close(np.sqrt(np.diag(inverse)), values["std_error"], cases.STD_ERROR, "std_error")
    deviance = -2 * oracle.logistic_log_likelihood(x, y, weight, offset, beta)
    close(deviance, values["deviance"], cases.ESTIMATE, "deviance")
    firth = oracle.logistic_fit(x, y, weight, offset, firth=True)
    close(firth, values["firth"]["estimate"], cases.ESTIMATE, "Firth")
    inverse = np.linalg.inv(oracle.logistic_information(x, weight, offset, firth))
    told = values["firth"]["std_error"]
    close(np.sqrt(np.diag(inverse)), told, cases.STD_ERROR, "Firth std_error")
    fall = {0.9: 2.705543454095404, 0.99: 6.634896601021213}
    found = [
        oracle.profile_limit(
            lambda b: oracle.logistic_log_likelihood(x, y, weight, offset, b),
            lambda b: oracle.logistic_score(x, y, weight, offset, b),
            beta,
            1,
            direction,
            fall.get(case.get("conf_level"), 3.841458820694124) / 2,
        )
        for direction in (-1, 1)
    ]
    close(found, [values["profile_lower"][1], values["profile_upper"][1]], 1e-9, "profile limits")


@table("selection", "fastbw")
def test_fast_backward(case, values):
    model = regression_cases.model(case, cases.data_file(case))
    if len(model.response) == 1:
        y = model.frame[model.response[0]].to_numpy()
        one = np.ones(len(y))
        x = np.column_stack([one, model.x])
        beta = oracle.logistic_fit(x, y, one, 0 * one)
        variance = np.linalg.inv(oracle.logistic_information(x, one, 0 * one, beta))
        terms = [[c + 1 for c in columns] for columns in model.columns]
    else:
        data = regression_cases.rows(case, model)
        beta, terms = oracle.fit(data), model.columns
        variance = np.linalg.inv(oracle.information(data, beta))
    if case.get("type") == "residual":
        return  # its rule is tested on the path of the package

    def worth(statistic, df):
        if case["rule"] == "aic":
            return statistic - 2 * df
        return case["stay"] - float(chdtrc(df, statistic))

    steps = oracle.fast_backward(beta, variance, terms, worth)
    path = values["path"] or {"statistic": [], "df": [], "residual": [], "residual_df": []}
    for key in ("statistic", "df", "residual", "residual_df"):
        close([getattr(step, key) for step in steps], path[key], 1e-8, key)


@table("selection", "rcs")
def test_spline(case, values):
    x = cases.data_file(case)[case["column"]].to_numpy()
    knots = case.get("knots") or oracle.spline_knots(x, case["nk"])
    close(knots, values["knots"], cases.ESTIMATE, "knots")
    basis = oracle.spline_basis(x, knots)
    near(basis, regression_cases.table(values["basis"]), cases.ESTIMATE, "basis")
