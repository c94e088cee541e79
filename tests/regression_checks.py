"""What the package answers to a case of regression, asserted against what R answered."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

import atrisk
import cases
import oracle_regression as oracle
from regression_cases import Case, competing, in_order_of, matrix, model, table


def near(actual: object, expected: object, rtol: float, message: str) -> None:
    """Compare numbers of both signs, some of them 0 but for rounding, by the largest of them."""
    told = np.asarray(expected, dtype=float)
    size = float(np.max(np.abs(told), initial=0.0))
    np.testing.assert_allclose(actual, told, rtol=0, atol=rtol * size, err_msg=message)


def same(found: Any, told: Case, keys: str, rtol: float, context: str) -> None:
    for key in keys.split():
        cases.close(found[key], told[key], rtol, f"{context}: {key}")


def fitted(case: Case, frame: pl.DataFrame, **options: Any) -> Any:
    """Fit the case's Cox model; None of robust means R's rule."""
    names = ("ties", "weights", "robust", "conf_level", "ridge")
    given = {name: case[name] for name in names if name in case}
    return atrisk.cox(case["formula"], frame, **given, **options)


def cox(case: Case, frame: pl.DataFrame, values: Any, context: str) -> None:
    fit = fitted(case, frame)
    assert fit.variance == ("robust" if values["robust"] else "model"), context
    cases.close([fit.n, fit.events], [values["n"], values["events"]], 0, f"{context}: n")
    assert len(fit.dropped.row) == frame.height - values["n"], context
    cases.close(fit.estimate, values["estimate"], cases.ESTIMATE, f"{context}: estimate")
    cases.close(fit.ratio, np.exp(values["estimate"]), cases.ESTIMATE, f"{context}: ratio")
    same(fit.columns(), values, "std_error lower upper p_value", cases.STD_ERROR, context)
    near(fit.vcov, matrix(values["vcov"]), cases.STD_ERROR, f"{context}: vcov")
    near(fit.model_vcov, matrix(values["model_vcov"]), cases.STD_ERROR, f"{context}: model_vcov")
    cases.close(fit.loglik, values["loglik"], cases.ESTIMATE, f"{context}: loglik")
    cases.close(fit.null_loglik, values["null_loglik"], cases.ESTIMATE, f"{context}: loglik")
    check_overall(case, fit, values["overall"], context)
    for kind, told in (("Wald", "wald"), ("likelihood ratio", "likelihood_ratio")):
        if told in values:
            found = fit.term_tests(kind).columns()
            here = f"{context}: {kind} by term"
            for key in ("statistic", "df", "p_value"):
                # of the largest: a difference of log-likelihoods of 300 is good to 1e-13 or so
                near(found[key], values[told][key], cases.STD_ERROR, f"{here}: {key}")


def check_overall(case: Case, fit: Any, told: Any, context: str) -> None:
    found = fit.overall_tests()
    names = ["likelihood ratio", "Wald", "score", "robust score"]
    assert found.test.tolist() == names[: len(told["statistic"])], context
    used = slice(None)
    if "offset" in case["formula"]:  # R's robust score test forgets the offset
        used = slice(3)
    for key in ("statistic", "p_value"):
        here = f"{context}: overall: {key}"
        cases.close(getattr(found, key)[used], told[key][used], cases.STD_ERROR, here)
    cases.close(found.df, [len(fit.term)] * len(found.df), 0, f"{context}: overall: df")


def cox_ridge(case: Case, frame: pl.DataFrame, values: Any, context: str) -> None:
    fit = fitted(case, frame)
    same(fit.columns(), values, "estimate", cases.ESTIMATE, context)
    same(fit.columns(), values, "std_error", cases.STD_ERROR, context)
    cases.close(fit.loglik, values["loglik"], cases.ESTIMATE, f"{context}: loglik")
    cases.close(fit.null_loglik, values["null_loglik"], cases.ESTIMATE, f"{context}: loglik")


def ph_test(case: Case, frame: pl.DataFrame, values: Any, context: str) -> None:
    fit = fitted(case, frame)
    for key, terms in (("terms", True), ("columns", False)):
        told, here = values[key], f"{context}: {key}"
        found = fit.ph_test(case.get("transform", "km"), terms=terms)
        same(found.columns(), told, "statistic df p_value", cases.STD_ERROR, here)
        cases.close(found.time, told["time"], 0, f"{here}: time")
        cases.close(found.transformed, told["x"], cases.ESTIMATE, f"{here}: transformed time")
        # the order of tied events has no meaning
        order = [found.stratum.tolist(), told["time"]]
        near(
            in_order_of(order, found.scaled_residuals),
            in_order_of(order, table(told["y"])),
            cases.STD_ERROR,
            f"{here}: scaled residuals",
        )
        near(found.variance, matrix(told["var"]), cases.STD_ERROR, f"{here}: variance")


KINDS = {"scaledsch": "scaled schoenfeld"}


def residuals(case: Case, frame: pl.DataFrame, values: Any, context: str) -> None:
    fit = fitted(case, frame)
    for kind, told in values.items():
        found = fit.residuals(KINDS.get(kind, kind)).value
        near(found, table(told), cases.STD_ERROR, f"{context}: {kind}")


def concordance(case: Case, frame: pl.DataFrame, values: Any, context: str) -> None:
    fit = fitted(case, frame)
    for rule, told in values.items():
        here = f"{context}: {rule}"
        found = fit.concordance(weighting="n" if rule == "n" else "uno")
        cases.close(found.estimate, told["estimate"], cases.ESTIMATE, f"{here}: estimate")
        cases.close(found.std_error, told["std_error"], cases.STD_ERROR, f"{here}: std_error")
        names = ("concordant", "discordant", "tied_score", "tied_time", "tied_both")
        count = [getattr(found, name) for name in names]
        near(count, told["count"], cases.ESTIMATE, f"{here}: pairs")


def cox_prediction(case: Case, frame: pl.DataFrame, values: Any, context: str) -> None:
    level, scale = case.get("conf_level", 0.95), case.get("conf_type", "log")
    fit = fitted({k: v for k, v in case.items() if k != "conf_level"}, frame)
    for row, told in zip(case["rows"], values["curves"], strict=True):
        new, here = frame[row - 1 : row], f"{context}: row {row}"
        # R lists the censoring times too, and all of them where entries are late
        last = fit.predict_survival(new).time[-1]
        times = [t for t in told["time"] if t <= last]
        found = fit.predict_survival(new, times, conf_type=scale, conf_level=level)
        told_then = {key: told[key][: len(times)] for key in told}
        before = cases.numbers(told_then["hazard"]) == 0  # before the first event: see below
        columns = found.columns()
        same(columns, told_then, "time estimate", cases.ESTIMATE, here)
        hazard = told_then["hazard"]
        cases.close(columns["cumulative_hazard"], hazard, cases.ESTIMATE, f"{here}: hazard")
        error = told_then["hazard_std_error"]
        cases.close(columns["hazard_std_error"], error, cases.STD_ERROR, f"{here}: hazard se")
        known = {k: columns[k][~before] for k in ("std_error", "lower", "upper")}
        expected = {k: cases.numbers(told_then[k])[~before].tolist() for k in known}
        same(known, expected, "std_error lower upper", cases.STD_ERROR, here)
    check_baseline(fit, values["baseline"], context)
    check_linear_predictor(case, fit, frame, values, context)


def check_baseline(fit: Any, told: Any, context: str) -> None:
    found, here = fit.baseline("zero").columns(), f"{context}: baseline"
    strata = told["zero"].get("strata", [found["stratum"][0]] * len(told["zero"]["time"]))
    times, hazards = told["zero"]["time"], told["zero"]["hazard"]
    keyed = {
        (stratum.rpartition("=")[2], time): hazard  # R's strata are named "site=north"
        for stratum, time, hazard in zip(strata, times, hazards, strict=True)
    }
    keys = zip(found["stratum"].tolist(), found["time"].tolist(), strict=True)
    expected = [keyed[str(stratum), time] for stratum, time in keys]
    if fit.rows.offset is None:  # R has the baseline at the mean of the offset, ours is at 0
        cases.close(found["estimate"], expected, cases.ESTIMATE, f"{here}: hazard")
    # R leaves columns of 0 and 1 where they are, and calls that the mean: ours are all centred
    at_mean = found["estimate"] * np.exp(fit.center @ fit.coefficients)
    cases.close(fit.baseline().estimate, at_mean.tolist(), cases.ESTIMATE, f"{here}: at the mean")


def check_linear_predictor(
    case: Case, fit: Any, frame: pl.DataFrame, values: Any, context: str
) -> None:
    """Compare differences of the linear predictor: what counts as 0 is a choice of origin."""
    told = cases.numbers(values["linear_predictor"]["zero"])
    found = fit.linear_predictor()
    near(found - found[0], told - told[0], cases.ESTIMATE, f"{context}: linear predictor")
    rows = [row - 1 for row in case["rows"]]
    near(fit.linear_predictor(frame[rows]), found[rows], 1e-12, f"{context}: of new rows")


def logistic(case: Case, frame: pl.DataFrame, values: Any, context: str) -> None:
    names = ("weights", "conf_level")
    given = {name: case[name] for name in names if name in case}
    fit = atrisk.logistic(case["formula"], frame, **given)
    same(fit.columns(), values, "estimate", cases.ESTIMATE, context)
    same(fit.columns(), values, "std_error", cases.STD_ERROR, context)
    cases.close(-2 * fit.loglik, values["deviance"], cases.ESTIMATE, f"{context}: deviance")
    here = f"{context}: null deviance"
    cases.close(-2 * fit.null_loglik, values["null_deviance"], cases.ESTIMATE, here)
    limits = fit.confint("profile").columns()
    for key in ("lower", "upper"):
        told = values[f"profile_{key}"]
        near(np.log(limits[key]), told, cases.STD_ERROR, f"{context}: profile {key}")
    found = fit.term_tests("likelihood ratio").columns()
    here = f"{context}: likelihood ratio by term"
    same(found, values["likelihood_ratio"], "statistic df p_value", cases.STD_ERROR, here)
    firth = atrisk.logistic(case["formula"], frame, firth=True, **given)
    here = f"{context}: Firth"
    same(firth.columns(), values["firth"], "estimate", cases.ESTIMATE, here)
    same(firth.columns(), values["firth"], "std_error", cases.STD_ERROR, here)


def fine_gray(case: Case, frame: pl.DataFrame, values: Any, context: str) -> None:
    options = {"weights": case["copies"]} if "copies" in case else {}
    codes = sorted({int(code) for code in frame[case["event"]]} - {0})
    fit = atrisk.fine_gray(
        case["formula"],
        frame,
        causes={str(code): code for code in codes},
        cause=str(case["cause"]),
        censoring_strata=case.get("censoring_strata"),
        **options,
    )
    same(fit.columns(), values, "estimate", cases.ESTIMATE, context)
    near(
        fit.model_vcov,
        matrix(values["inverse_information"]),
        cases.STD_ERROR,
        f"{context}: model_vcov",
    )
    variance, by = matrix(values["vcov"]), ""
    if "censoring_strata" in case:
        # crr leaves out what the censoring of one stratum does to the events of others; the naive
        # sums have both, and `test_oracle_regression` shows that crr's is the other one
        variance = oracle.fine_gray(competing(case, model(case, frame))).variance
        by = " by the sums"
    errors = np.sqrt(np.diag(variance)).tolist()
    cases.close(fit.std_error, errors, cases.STD_ERROR, f"{context}: std_error{by}")
    near(fit.vcov, variance, cases.STD_ERROR, f"{context}: vcov{by}")
    cases.close(fit.loglik, values["loglik"], cases.ESTIMATE, f"{context}: loglik")
    for row, told in zip(case["rows"], values["incidence"], strict=True):
        found = fit.predict_incidence(frame[row - 1 : row], values["time"])
        cases.close(found.estimate, told, cases.ESTIMATE, f"{context}: incidence")


def fastbw(case: Case, frame: pl.DataFrame, values: Any, context: str) -> None:
    if case["formula"].startswith("Surv"):
        # as rms, which does not turn to the robust variance by itself
        fit = atrisk.cox(case["formula"], frame, robust=False, weights=case.get("weights"))
    else:
        fit = atrisk.logistic(case["formula"], frame)
    options = {name: case[name] for name in ("rule", "stay", "type") if name in case}
    found = atrisk.backward(fit, method="fastbw", **options)
    told = values["path"] or {"term": []}
    assert [name.partition("(")[2].partition(",")[0] or name for name in found.removed] == told[
        "term"
    ], context
    keys = "statistic df p_value residual residual_df residual_p_value aic"
    for key in keys.split() if told["term"] else ():
        near(getattr(found, key), told[key], cases.STD_ERROR, f"{context}: {key}")
    if values["estimate"]:
        near(found.estimate, values["estimate"], cases.STD_ERROR, f"{context}: estimate")
        near(found.vcov, matrix(values["vcov"]), cases.STD_ERROR, f"{context}: vcov")


def rcs(case: Case, frame: pl.DataFrame, values: Any, context: str) -> None:
    """Fit nothing: read the columns of the design."""
    from atrisk import formulas

    knots = case.get("knots", case.get("nk"))
    formula = formulas.parse(f"Surv(t, d) ~ rcs({case['column']}, {knots})")
    ones = pl.Series([1] * frame.height)
    found = formulas.design(formula, frame.with_columns(t=ones, d=ones))
    near(found.x, table(values["basis"]), cases.ESTIMATE, f"{context}: basis")


CHECKS = {
    "cox": cox,
    "cox_ridge": cox_ridge,
    "ph_test": ph_test,
    "residuals": residuals,
    "concordance": concordance,
    "cox_prediction": cox_prediction,
    "fine_gray": fine_gray,
    "logistic": logistic,
    "fastbw": fastbw,
    "rcs": rcs,
}
