"""`logistic` against R, tables worked by hand, and its own identities; and what it refuses."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.engine import logistic as engine
from atrisk.engine.logistic import Constraint, fit_logistic, maximum_exists
from atrisk.engine.logistic_rows import logistic_model
from atrisk.errors import AtRiskWarning, InputError
from atrisk.estimators.logistic import logistic
from atrisk.estimators.separation import find_separation
from atrisk.estimators.table_tests import fisher_test

TESTS = Path(__file__).parents[1]
VALUES = TESTS / "reference" / "values"
STORED = json.loads((VALUES / "logistic.json").read_text(encoding="utf-8"))["cases"]
WEIGHTING = json.loads((VALUES / "weighting.json").read_text(encoding="utf-8"))["logistic"]

# SOS/VOD after conditioning with double alkylators 8 of 16, without 9 of 42: Kayser 2024
GROUPED = {"sos": [1, 0, 1, 0], "double": [1, 1, 0, 0], "count": [8, 8, 9, 33]}
APART = {
    "y": [1, 1, 1, 0, 0, 1, 0, 0, 0, 0],
    "x": list("bbbaaaaaaa"),
    "z": [1, 2, 3, 4, 5, 3, 2, 1, 4, 6],
}


def data(name):
    return pl.read_csv(TESTS / "data" / f"{name}.csv")


def close(found, expected, rtol=1e-9):
    np.testing.assert_allclose(found, np.array(expected, dtype=float), rtol=rtol, atol=1e-14)


def expanded():
    counts = GROUPED["count"]
    return {name: np.repeat(GROUPED[name], counts) for name in ("sos", "double")}


def test_double_alkylators_and_sos_as_published():
    fit = logistic("sos ~ double", GROUPED, weights="count")
    assert f"{fit.ratio[1]:.2f} ({fit.lower[1]:.2f}-{fit.upper[1]:.2f})" == "3.67 (1.08-12.50)"
    assert f"{fit.p_value[1]:.3f}" == "0.038"
    assert fisher_test([[8, 8], [9, 33]]).p_value == pytest.approx(0.0518772302436911, rel=1e-12)
    assert (fit.n, fit.events, fit.rows) == (58, 17, 4)
    assert fit.term.tolist() == ["(intercept)", "double"]


@pytest.mark.parametrize("options", [{}, {"firth": True}, {"conf_type": "profile"}])
def test_counted_rows_equal_one_row_a_subject(options):
    grouped = logistic("sos ~ double", GROUPED, weights="count", **options)
    single = logistic("sos ~ double", expanded(), **options)
    for name in ("estimate", "std_error", "lower", "upper", "statistic", "p_value", "vcov"):
        close(getattr(grouped, name), getattr(single, name), rtol=1e-12)
    close(
        [grouped.loglik, grouped.null_loglik, grouped.n, grouped.events],
        [single.loglik, single.null_loglik, single.n, single.events], rtol=1e-13,
    )  # fmt: skip
    close(grouped.term_tests().statistic, single.term_tests().statistic, rtol=1e-12)
    close(grouped.overall_tests().statistic, single.overall_tests().statistic, rtol=1e-12)
    first, second = grouped.c_statistic(), single.c_statistic()
    close([first.estimate, first.std_error], [second.estimate, second.std_error], rtol=1e-12)


@pytest.mark.parametrize("stored", STORED, ids=lambda stored: stored["case"]["formula"])
def test_equals_r(stored):
    case, values = stored["case"], stored["values"]
    fit = logistic(
        case["formula"], data(case["data"]), weights=case.get("weights"),
        conf_level=case.get("conf_level", 0.95),
    )  # fmt: skip
    close(fit.estimate, values["estimate"])
    close(fit.std_error, values["std_error"], rtol=1e-8)
    profile = fit.confint()
    close(np.log(profile.lower), values["profile_lower"])
    close(np.log(profile.upper), values["profile_upper"])
    tests = fit.term_tests("likelihood ratio")
    close(tests.statistic, values["likelihood_ratio"]["statistic"])
    assert tests.df.tolist() == values["likelihood_ratio"]["df"]
    close(tests.p_value, values["likelihood_ratio"]["p_value"])
    close(2 * (fit.loglik - fit.null_loglik), values["null_deviance"] - values["deviance"])
    close((fit.residuals() ** 2).sum(), values["deviance"])


@pytest.mark.parametrize("stored", STORED, ids=lambda stored: stored["case"]["formula"])
def test_firth_equals_r(stored):
    case, values = stored["case"], stored["values"]["firth"]
    fit = logistic(case["formula"], data(case["data"]), weights=case.get("weights"), firth=True)
    close(fit.estimate, values["estimate"])
    close(fit.std_error, values["std_error"], rtol=1e-8)
    assert (fit.conf_type, fit.method) == ("profile", "penalised likelihood (Firth)")


def test_robust_errors_equal_rs_sandwich():
    trial = data("trial")
    robust = logistic("response ~ x + dose + stage", trial, robust=True)
    close(robust.std_error, WEIGHTING["robust"], rtol=1e-8)
    assert robust.variance == "robust"
    formula = "response ~ x + dose + stage"
    for text, cluster in (
        (f"{formula} + cluster(site)", None),
        (formula, "site"),
        (formula, trial["site"].to_list()),
    ):
        with pytest.warns(AtRiskWarning, match="needs more than 5 clusters.* there are 3"):
            fit = logistic(text, trial, cluster=cluster)
        close(fit.std_error, WEIGHTING["cluster"], rtol=1e-8)
    weighted = logistic("response ~ x + dose", trial, weights="weight")
    assert weighted.variance == "robust"  # weights are fractions
    close(weighted.estimate, WEIGHTING["weighted"]["estimate"])
    close(weighted.std_error, WEIGHTING["weighted"]["robust"], rtol=1e-8)
    by_array = logistic("response ~ x + dose", trial, weights=trial["weight"].to_numpy())
    assert np.array_equal(by_array.estimate, weighted.estimate)


def test_clusters_are_counted_where_rows_were_left_out():
    """One of three clusters has no complete row: two are left for two coefficients."""
    rows = {
        "y": [0, 1, 1, 0, 1, 0], "id": ["a", "a", "b", "b", "c", "c"],
        "x": [1.0, 2.0, np.nan, np.nan, 1.5, 3.0],
    }  # fmt: skip
    with pytest.warns(AtRiskWarning, match="of 2 coefficients needs more than 2 .* there are 2"):
        logistic("y ~ x + cluster(id)", rows)
    with pytest.raises(InputError, match="every row is in one cluster"):
        logistic("y ~ x", rows | {"id": ["a"] * 6}, cluster="id")


def test_the_model_variance_can_be_asked_for_with_fractional_weights():
    trial = data("trial")
    fit = logistic("response ~ x + dose", trial, weights="weight", robust=False)
    assert fit.variance == "model"
    double = logistic(
        "response ~ x + dose", trial, weights=2 * trial["weight"].to_numpy(), robust=False
    )
    close(double.vcov, fit.vcov / 2, rtol=1e-10)


def test_predictions_and_residuals_equal_r():
    trial = data("trial")
    fit = logistic("response ~ x + dose + stage", trial)
    new = pl.DataFrame({"x": [-1, 0, 2], "dose": [1, 2, 3], "stage": ["i", "ii", "iii"]})
    told = fit.predict(new, conf_level=0.9)
    close(told.linear_predictor, WEIGHTING["prediction"]["linear_predictor"])
    close(told.linear_std_error, WEIGHTING["prediction"]["linear_std_error"], rtol=1e-8)
    odds = told.lower / (1 - told.lower)
    close(odds, np.exp(told.linear_predictor - 1.6448536269514722 * told.linear_std_error))
    close(told.std_error, told.estimate * (1 - told.estimate) * told.linear_std_error)
    assert told.conf_level == 0.9
    close(fit.predict().estimate[:3], fit.predict(trial.head(3)).estimate, rtol=1e-14)
    close(fit.residuals("deviance"), WEIGHTING["deviance"])
    close(fit.residuals("pearson"), WEIGHTING["pearson"])
    close(fit.residuals("response"), trial["response"].to_numpy() - fit.predict().estimate)
    weighted = logistic("response ~ x + dose", trial, weights="weight")
    close(weighted.residuals("deviance"), WEIGHTING["weighted_deviance"])
    close(weighted.residuals("pearson"), WEIGHTING["weighted_pearson"])


def test_an_offset_enters_predictions():
    trial = data("trial")
    fit = logistic("response ~ x + offset(shift)", trial)
    moved = trial.with_columns(shift=pl.col("shift") + 1.0)
    gap = fit.predict(moved).linear_predictor - fit.predict(trial).linear_predictor
    close(gap, np.ones(trial.height), rtol=1e-12)


def test_the_score_test_of_one_group_is_pearsons_chi_squared():
    fit = logistic("sos ~ double", GROUPED, weights="count")
    tests = fit.overall_tests()
    assert tests.test.tolist() == ["likelihood ratio", "Wald", "score"]
    assert tests.statistic[2] == pytest.approx(4.56486985037918, rel=1e-12)  # chisq.test of R
    assert tests.statistic[1] == pytest.approx(fit.statistic[1] ** 2, rel=1e-12)


def test_the_robust_score_test_of_one_group_by_hand():
    # U = sum (x - mean x) y, and the sum of squares of its parts
    fit = logistic("sos ~ double", expanded(), robust=True)
    tests = fit.overall_tests()
    share, n1 = 17 / 58, 16
    u = 8 - 16 * share
    mean = n1 / 58
    residual = 8 * (1 - share) ** 2 + 8 * share**2, 9 * (1 - share) ** 2 + 33 * share**2
    variance = (1 - mean) ** 2 * residual[0] + mean**2 * residual[1]
    assert tests.test.tolist()[3] == "robust score"
    assert tests.statistic[3] == pytest.approx(u**2 / variance, rel=1e-12)


def test_the_robust_score_test_with_weights_by_its_definition():
    trial = data("trial")
    x, y, w = (trial[name].to_numpy() for name in ("x", "response", "weight"))
    part = w * (y - np.average(y, weights=w)) * (x - np.average(x, weights=w))
    tests = logistic("response ~ x", trial, weights="weight").overall_tests()
    close(tests.statistic[3], part.sum() ** 2 / (part**2).sum(), rtol=1e-11)
    sums = [part[(trial["site"] == site).to_numpy()].sum() for site in trial["site"].unique()]
    tests = logistic("response ~ x", trial, weights="weight", cluster="site").overall_tests()
    close(tests.statistic[3], sum(sums) ** 2 / np.square(sums).sum(), rtol=1e-11)


def test_the_c_statistic_counts_pairs():
    trial = data("trial")
    fit = logistic("response ~ stage", trial)  # few distinct risks: many ties
    risk, y = fit.predict().estimate, trial["response"].to_numpy()
    pairs = [(a > b) + 0.5 * (abs(a - b) < 1e-12) for a in risk[y == 1] for b in risk[y == 0]]
    found = fit.c_statistic(conf_level=0.9)
    assert found.estimate == pytest.approx(np.mean(pairs), rel=1e-12)
    table = np.array(pairs, dtype=float).reshape((y == 1).sum(), -1)
    variance = (
        table.mean(axis=1).var(ddof=1) / len(table)
        + table.mean(axis=0).var(ddof=1) / table.shape[1]
    )
    assert found.std_error == pytest.approx(np.sqrt(variance), rel=1e-9)
    logit = np.log(found.estimate / (1 - found.estimate))
    reach = 1.6448536269514722 * found.std_error / (found.estimate * (1 - found.estimate))
    assert found.lower == pytest.approx(1 / (1 + np.exp(reach - logit)), rel=1e-12)


# --- separation -------------------------------------------------------------------


def test_a_level_whose_rows_all_had_the_event_is_named_and_infinite():
    with pytest.warns(AtRiskWarning, match=r"quasi-complete separation: 'x\[b\]' is without"):
        fit = logistic("y ~ x + z", APART)
    assert (fit.separation, fit.endless) == ("quasi-complete", ("x[b]",))
    assert fit.estimate[1] == np.inf
    assert np.isnan(fit.std_error[1])
    # the others are those of the rows without the level
    rest = {name: [v for v, x in zip(values, APART["x"], strict=True) if x == "a"]
            for name, values in APART.items()}  # fmt: skip
    alone = logistic("y ~ z", rest)
    close(fit.estimate[[0, 2]], alone.estimate, rtol=1e-10)
    close(fit.std_error[[0, 2]], alone.std_error, rtol=1e-8)
    assert fit.loglik == pytest.approx(alone.loglik, rel=1e-10)
    with pytest.raises(InputError, match="infinite"):
        fit.predict()


def test_a_separated_column_has_one_profile_limit_and_a_likelihood_ratio():
    with pytest.warns(AtRiskWarning):
        fit = logistic("y ~ x + z", APART, conf_type="profile")
    assert fit.upper[1] == np.inf
    # held at its lower limit, the column costs half the quantile
    with_offset = APART | {"held": [np.log(fit.lower[1]) * (x == "b") for x in APART["x"]]}
    held = logistic("y ~ z + offset(held)", with_offset)
    assert 2 * (fit.loglik - held.loglik) == pytest.approx(3.841458820694124, rel=1e-8)
    without = logistic("y ~ z", APART)
    assert fit.statistic[1] ** 2 == pytest.approx(2 * (fit.loglik - without.loglik), rel=1e-8)


def test_complete_separation_is_told_and_firth_is_finite():
    rows = {"y": [0, 0, 0, 1, 1, 1], "x": [1, 2, 3, 4, 5, 6]}
    with pytest.warns(AtRiskWarning, match="complete separation: 'x' .* firth=True"):
        fit = logistic("y ~ x", rows)
    assert fit.separation == "complete"
    assert fit.estimate.tolist() == [-np.inf, np.inf]
    assert fit.loglik == pytest.approx(0.0, abs=1e-12)
    firth = logistic("y ~ x", rows, firth=True)
    assert firth.separation == "none"
    assert np.isfinite([*firth.estimate, *firth.std_error, *firth.lower, *firth.upper]).all()


def test_limits_of_a_wide_separated_column_are_found_in_few_evaluations(monkeypatch):
    """Days beside whether there are more than 300 of them took 97000 evaluations."""
    passes = []
    evaluate = engine._evaluate

    def counted(*args, **kwargs):
        passes.append(1)
        return evaluate(*args, **kwargs)

    monkeypatch.setattr(engine, "_evaluate", counted)
    days = data("lung")["time"].to_numpy()
    fit = logistic("y ~ days", {"y": days > 300, "days": days}, firth=True)
    assert np.isfinite([*fit.estimate, *fit.statistic, *np.log(fit.upper[1:])]).all()
    assert len(passes) < 600


@pytest.mark.parametrize("power", [200, -200])
def test_values_without_squares_are_refused(power):
    trial = data("trial").with_columns(x=pl.col("x") * 10.0**power)
    with pytest.raises(InputError, match=r"column 'x' has values from .* Give it in another unit"):
        logistic("response ~ x", trial)
    near = logistic("response ~ x", data("trial"))
    for factor in (1e100, 1e-100):
        fit = logistic("response ~ x", data("trial").with_columns(x=pl.col("x") * factor))
        close(fit.statistic, near.statistic)


def test_a_constant_offset_is_taken_off_the_intercept():
    trial = data("trial")
    plain = logistic("response ~ x", trial)
    for shift in (1000.0, -1000.0):
        fit = logistic("response ~ x + offset(o)", trial.with_columns(o=pl.lit(shift)))
        # an offset of 1000 leaves 13 digits to a linear predictor
        close(fit.estimate + np.array([shift, 0]), plain.estimate)
        close(fit.std_error, plain.std_error, rtol=1e-8)
        close(fit.overall_tests().statistic, plain.overall_tests().statistic)


def test_the_null_likelihood_of_shares_is_that_of_the_solver():
    trial = data("trial")
    fit = logistic("response ~ x", trial, weights="weight")
    alone = logistic("response ~ 1", trial, weights="weight")
    close(fit.null_loglik, alone.loglik)


def test_the_other_direction_and_a_robust_variance():
    rows = {"y": [1 - y for y in APART["y"]], "x": APART["x"], "z": APART["z"]}
    with pytest.warns(AtRiskWarning):
        fit = logistic("y ~ x + z", rows, robust=True)
    assert fit.estimate[1] == -np.inf
    assert fit.ratio[1] == 0.0
    assert np.isfinite(fit.std_error[[0, 2]]).all()


@given(st.integers(0, 10**6))
def test_two_criteria_of_separation_agree(seed):
    """A linear programme, and the bound on the Newton step, on small random designs."""
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(6, 16)), int(rng.integers(1, 4))
    x = rng.integers(-2, 3, (n, p)).astype(float)
    y = (rng.random(n) < 0.5).astype(float)
    full = np.column_stack([np.ones(n), x])
    if np.linalg.matrix_rank(full) <= p or y.min() == y.max():
        return
    model = logistic_model(x, y, np.ones(n))
    found = find_separation(model)
    assert (found is None) == maximum_exists(model, fit_logistic(model))
    if found is not None:
        rest = full[~found.separated]
        # a coefficient is finite exactly where the rows left determine it
        for j in range(p + 1):
            unit = np.eye(p + 1)[j]
            known = rest.size and np.linalg.matrix_rank(
                np.vstack([rest, unit])
            ) == np.linalg.matrix_rank(rest)
            assert bool(known) == (found.limit[j] == 0.0)


def test_a_row_with_both_outcomes_holds_its_direction():
    # 4 of 4 against 2 of 5, counted: only the first goes to 1, the intercept stays at 2 of 5
    model = logistic_model(np.array([[1.0], [0.0]]), np.array([4.0, 2.0]), np.array([4.0, 5.0]))
    found = find_separation(model)
    assert found.separated.tolist() == [True, False]
    assert found.limit.tolist() == [0.0, np.inf]
    overlapping = logistic_model(
        np.array([[1.0], [0.0]]), np.array([3.0, 2.0]), np.array([4.0, 5.0])
    )
    assert find_separation(overlapping) is None


def hard(seed):
    """Few rows, covariates that are rare or skew: the likelihood is far from a parabola."""
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(8, 40)), int(rng.integers(1, 4))
    x = np.round(rng.exponential(100, (n, p))) * 10.0 ** rng.integers(-4, 5)
    x[:, 0] = rng.random(n) < 0.3
    y = (rng.random(n) < rng.uniform(0.1, 0.9)).astype(float)
    return x, y


@pytest.mark.parametrize("firth", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_profile_limits_of_hard_samples_solve_their_equation(seed, firth):
    x, y = hard(seed)
    rows = {"y": y, **{f"x{j}": column for j, column in enumerate(x.T)}}
    formula = f"y ~ {' + '.join(name for name in rows if name != 'y')}"
    if y.min() == y.max():
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AtRiskWarning)
        fit = logistic(formula, rows, firth=firth, conf_type="profile", conf_level=0.9)
    model = fit._model
    for j, (lower, upper) in enumerate(zip(fit.lower, fit.upper, strict=True)):
        assert lower < upper
        for limit in (lower, upper):
            if 0.0 < limit < np.inf:
                held = Constraint(model.transform[[j]].T, np.array([np.log(limit)]))
                fall = fit.loglik - fit_logistic(model, firth=firth, constraint=held).loglik
                assert 2 * fall == pytest.approx(2.705543454095404, rel=1e-8)


def test_rows_with_both_outcomes_are_not_separated():
    rows = {"y": [1, 0, 1, 0], "x": [1, 1, 2, 2], "w": [3, 1, 2, 2]}
    assert logistic("y ~ x", rows, weights="w").separation == "none"


# --- what is left out, and what is refused -----------------------------------------


def test_collinear_and_constant_columns_are_left_out_by_name():
    rows = data("trial").with_columns(twice=2 * pl.col("x") + pl.col("dose"), one=pl.lit(1))
    with pytest.warns(AtRiskWarning) as told:
        fit = logistic("response ~ x + dose + twice + one", rows)
    assert [str(w.message).split(" in the")[0] for w in told] == [
        "column 'twice' is left out: it is a combination of x, dose",
        "column 'one' is left out: it does not vary",
    ]
    assert fit.aliased == ("twice", "one")
    close(fit.estimate, logistic("response ~ x + dose", rows).estimate, rtol=1e-12)
    assert [term.columns for term in fit.terms] == [(1,), (2,)]
    new = rows.head(2)
    close(fit.predict(new).estimate, fit.predict().estimate[:2], rtol=1e-13)


def test_a_covariate_far_from_zero_is_not_constant():
    rows = data("trial").with_columns(year=2_000_000_000 + pl.col("dose"))
    fit = logistic("response ~ year", rows)
    close(fit.estimate[1], logistic("response ~ dose", rows).estimate[1], rtol=1e-9)


def test_missing_values_are_dropped_and_listed_or_refused():
    rows = {
        "y": [1, 0, None, 1, 0, 1, 0, 1], "x": [1.0, 2.0, 3.0, None, 2.5, 0.5, 1.5, 2.2],
        "w": [1, 1, 1, 1, 0, 1, 1, 1], "site": ["a", "b", "a", "b", "a", None, "a", "b"],
    }  # fmt: skip
    frame = pl.DataFrame(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AtRiskWarning)  # few rows are left
        fit = logistic("y ~ x", frame, weights="w", cluster="site")
    assert fit.dropped.row.tolist() == [3, 4, 5, 6]
    assert fit.dropped.column == ("y", "x", "weights", "site")
    assert fit.dropped.reason == ("missing value",) * 2 + ("weight is 0", "missing value")
    assert fit.rows == 4
    with pytest.raises(InputError, match="2 rows cannot be used: row 3, 4"):
        logistic("y ~ x", frame, missing="error")


@pytest.mark.parametrize("event", ["CR", ["CR", "CRi"]])
def test_the_event_is_named(event):
    rows = {"best": ["CR", "PR", "CRi", "NR", "CR", "NR"], "age": [50, 61, 44, 39, 70, 52]}
    fit = logistic("best ~ age", rows, event=event)
    assert fit.events == (2 if event == "CR" else 3)
    assert fit.response == ("best = CR" if event == "CR" else "best = CR or CRi")


def test_a_number_can_be_the_event():
    rows = {"arm": [1, 2, 2, 1, 2, 1], "age": [50, 61, 44, 39, 70, 52]}
    assert logistic("arm ~ age", rows, event=2).events == 3
    true = logistic("y ~ age", {"y": np.array(rows["arm"]) == 2, "age": rows["age"]})
    close(true.estimate, logistic("arm ~ age", rows, event=2).estimate, rtol=1e-14)


@pytest.mark.parametrize(
    ("formula", "options", "message"),
    [
        ("best ~ age", {}, "holds text: 'CR', 'NR'. Name the value that is the event"),
        ("best ~ age", {"event": "PD"}, "event='PD': column 'best' has the values 'CR', 'NR'"),
        ("age ~ best", {}, "is neither 0 nor 1 in 6 rows"),
        ("all ~ age", {}, "everybody of 6 rows analysed had the event"),
        ("none ~ age", {}, "nobody of 6 rows analysed had the event"),
        ("died ~ ag", {}, "there is no such column"),
        ("dead ~ age", {}, "outcome='dead': there is no such column"),
        ("Surv(age, died) ~ best", {}, r"belongs to cox"),
        ("died ~ age + strata(best)", {}, r"belongs to cox"),
        ("died ~ age", {"weights": [1, 2]}, "weights has 2 values for 6 rows"),
        ("died ~ age", {"weights": [1, 1, 1, 1, 1, -1]}, "is negative in 1 row: row 6"),
        ("died ~ age", {"cluster": [1]}, "cluster has 1 values for 6 rows"),
        ("died ~ age", {"firth": True, "robust": True}, "firth=True has no robust variance"),
        ("died ~ age", {"conf_type": "profile", "robust": True}, "conf_type='profile' inverts"),
        ("died ~ age", {"conf_type": "exact"}, "conf_type='exact': choose one of"),
        ("died ~ age", {"conf_level": 95}, "conf_level=95"),
        ("died ~ age", {"firth": "no"}, "firth='no': give True or False"),
        ("died ~ age", {"robust": "no"}, "robust='no': give True, False or None"),
        ("died ~ age", {"missing": "ignore"}, "missing='ignore'"),
        ("died ~ age", {"robust": False, "cluster": "best"}, "but there are clusters"),
    ],
)
def test_mistakes_are_refused_in_words(formula, options, message):
    rows = {
        "best": ["CR", "NR", "CR", "NR", "CR", "NR"], "age": [50, 61, 44, 39, 70, 52],
        "died": [1, 0, 1, 0, 0, 1], "all": [1] * 6, "none": [0] * 6,
    }  # fmt: skip
    with pytest.raises(InputError, match=message):
        logistic(formula, pl.DataFrame(rows), **options)


def test_what_a_robust_fit_does_not_have_is_refused():
    fit = logistic("response ~ x", data("trial"), robust=True)
    with pytest.raises(InputError, match="has no likelihood-ratio test"):
        fit.term_tests("likelihood ratio")
    with pytest.raises(InputError, match="use conf_type='wald'"):
        fit.confint("profile")
    close(fit.confint("wald").lower, fit.lower, rtol=1e-14)
    with pytest.raises(InputError, match="kind='score'"):
        fit.term_tests("score")


def test_options_move_what_they_name():
    trial = data("trial")
    fit = logistic("response ~ x", trial)
    assert (fit.confint("wald", 0.8).upper < fit.upper).all()
    close(fit.confint("profile", 0.8).lower, logistic(
        "response ~ x", trial, conf_type="profile", conf_level=0.8
    ).lower, rtol=1e-9)  # fmt: skip
    profile = logistic("response ~ x", trial, conf_type="profile")
    close(profile.statistic[1] ** 2, fit.term_tests("likelihood ratio").statistic[0], rtol=1e-10)
    assert np.sign(profile.statistic).tolist() == np.sign(profile.estimate).tolist()
    downward = logistic("sos ~ double", GROUPED, weights="count", conf_type="profile")
    assert downward.statistic[0] < 0 < downward.statistic[1]
    assert fit.term_tests().kind == "Wald"
    firth = logistic("response ~ x", trial, firth=True)
    assert firth.overall_tests().test.tolist() == ["penalised likelihood ratio", "Wald"]
    close(firth.overall_tests().statistic[0], firth.term_tests("likelihood ratio").statistic[0])
    assert logistic("response ~ x", trial, firth=True, conf_type="wald").conf_type == "wald"


def test_the_fit_is_told_without_its_rows():
    fit = logistic("response ~ x", data("trial"))
    assert repr(fit).startswith("LogisticFit('response ~ x', n=160, events=")
    assert fit.to_frame().columns == list(fit.columns())
    with pytest.raises(ValueError, match="read-only"):
        fit.estimate[0] = 1.0
