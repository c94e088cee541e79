"""The Cox model's door, options and failures; its numbers are compared in test_regression_vs_*."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl
import pytest

from atrisk import Histories, InputError, cox
from atrisk.errors import AtRiskWarning
from atrisk.estimators.bootstrap import bootstrap, resampled_counts


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(5)
    n = 120
    age, sex = rng.normal(50, 10, n), rng.choice(["female", "male"], n)
    time = np.ceil(rng.exponential(200 * np.exp(-0.03 * (age - 50)))) + 1
    return pl.DataFrame(
        {
            "start": np.zeros(n),
            "days": time,
            "died": rng.integers(0, 4, n) > 0,
            "age": age,
            "sex": sex,
            "ward": rng.choice(["A", "B", "C"], n),
            "centre": rng.integers(1, 4, n),
            "patient": np.repeat(np.arange(n // 2), 2),
            "w": rng.integers(1, 5, n) / 2,
            "z": rng.normal(size=n),
        }
    )


def test_a_formula_and_arrays_say_the_same(frame):
    by_formula = cox("Surv(days, died) ~ age + sex + strata(centre)", frame)
    h = Histories.from_frame(
        frame, exit="days", event="died", strata="centre", unit="days", origin="diagnosis"
    )
    male = (frame["sex"] == "male").to_numpy()
    for x in (
        np.column_stack((frame["age"], male)),
        {"age": frame["age"].to_numpy(), "sex": male.astype(int)},
        frame.select("age", "sex"),
    ):
        by_array = cox(h, x)
        assert np.array_equal(by_array.estimate, by_formula.estimate)
        assert np.array_equal(by_array.vcov, by_formula.vcov)
    assert by_array.origin == "diagnosis"
    assert by_formula.unit == "time units"


def test_rows_that_are_not_complete_are_counted_and_listed(frame):
    holes = frame.with_columns(
        age=pl.when(pl.int_range(pl.len()) == 3).then(None).otherwise("age"),
        days=pl.when(pl.int_range(pl.len()) == 5).then(None).otherwise("days"),
        w=pl.when(pl.int_range(pl.len()) == 7).then(0).otherwise("w"),
        patient=pl.when(pl.int_range(pl.len()) == 9).then(None).otherwise("patient"),
    )
    fit = cox("Surv(days, died) ~ age", holes, weights="w", cluster="patient")
    assert fit.n == len(frame) - 4
    assert fit.dropped.row.tolist() == [4, 6, 8, 10]
    assert fit.dropped.column == ("age", "days", "weights", "patient")
    assert fit.dropped.reason == ("missing value", "missing value", "weight is 0", "missing value")
    with pytest.raises(InputError, match=r"4 of 120 rows cannot be used, the first is row 4 \(age"):
        cox("Surv(days, died) ~ age", holes, weights="w", cluster="patient", missing="error")


def test_histories_with_rows_left_out_take_either_length(frame):
    holes = frame.with_columns(
        days=pl.when(pl.int_range(pl.len()) == 5).then(None).otherwise("days")
    )
    h = Histories.from_frame(
        holes, exit="days", event="died", unit="days", origin="o", missing="drop"
    )
    x = frame["age"].to_numpy()
    whole, rest = cox(h, {"age": x}), cox(h, {"age": np.delete(x, 5)})
    assert np.array_equal(whole.estimate, rest.estimate)
    assert whole.dropped.row.tolist() == rest.dropped.row.tolist() == [6]


def test_arrays_may_miss_values_and_weigh_nothing(frame):
    h = Histories.from_arrays(
        frame["days"].to_numpy(),
        frame["died"].to_numpy(),
        weights=(np.arange(120) > 1).astype(int),
        unit="days",
        origin="o",
    )
    age = frame["age"].to_numpy().copy()
    age[4] = np.nan
    fit = cox(h, {"age": age})
    assert fit.n == 117
    assert fit.dropped.row.tolist() == [1, 2, 5]
    plain = cox("Surv(days, died) ~ age", frame[[2, 3, *range(5, 120)]])
    np.testing.assert_allclose(fit.estimate, plain.estimate, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda f: cox("age ~ sex", f),
            r"the left side of a survival model is Surv\(time, event\)",
        ),
        (lambda f: cox("Surv(days, died) ~ age", f, ties="exact"), "ties='exact': choose one of"),
        (lambda f: cox("Surv(days, died) ~ age", f, missing="keep"), "missing='keep'"),
        (lambda f: cox("Surv(days, died) ~ age", f, firth="no"), "firth='no'"),
        (lambda f: cox("Surv(days, died) ~ age", f, robust="no"), "robust='no'"),
        (lambda f: cox("Surv(days, died) ~ age", f, iterations=-1), "iterations=-1: give a whole"),
        (lambda f: cox("Surv(days, died) ~ age", f, ridge="a"), "ridge='a': give a number"),
        (lambda f: cox("Surv(days, died) ~ age", f, conf_level=95), "conf_level=95"),
        (lambda f: cox("Surv(days, died) ~ age", f, ridge=-1.0), "ridge=-1.0: a penalty"),
        (lambda f: cox("Surv(days, died) ~ age", f, ridge={"sex": 1.0}), "ridge names 'sex'"),
        (lambda f: cox("Surv(days, died) ~ age", f, offset=f["z"]), "the offset stands in it"),
        (lambda f: cox("Surv(days, died) ~ age", f, ridge=1.0, firth=True), "two penalties"),
        (
            lambda f: cox("Surv(days, died) ~ age", f, cluster="patient", firth=True),
            "no robust variance",
        ),
        (
            lambda f: cox("Surv(days, died) ~ age + cluster(centre)", f, cluster="patient"),
            r"cluster='patient' and cluster\(centre\) differ",
        ),
        (lambda f: cox("Surv(days, died) ~ strata(sex)", f), "the model has no covariate"),
        (
            lambda f: cox("Surv(days, died) ~ sex + strata(sex)", f),
            "no covariate varies among those at risk together",
        ),
        (
            lambda f: cox("Surv(days, died) ~ sex + strata(sex)", f, firth=True),
            "no covariate varies among those at risk together",
        ),
        (
            lambda f: cox("Surv(days, died) ~ age", f.with_columns(died=0)),
            "nobody of the 120 rows had an event",
        ),
        (
            lambda f: cox(
                "Surv(days, died) ~ age + offset(z)", f.with_columns(z=pl.col("z") * 1e5)
            ),
            "the offset spans too many powers of e",
        ),
        (
            lambda f: cox("Surv(days, died) ~ age + z", f, iterations=1),
            "did not converge in 1 iter",
        ),
        (lambda f: cox("Surv(days, died) ~ age", f, cause="x"), "cause='x': causes are 'event'"),
        (
            lambda f: cox("Surv(days, died) ~ age", f.with_columns(w=0), weights="w"),
            "nothing is left of it|no row is left",
        ),
    ],
)
def test_mistakes_are_named(frame, call, message):
    with pytest.raises(InputError, match=message):
        call(frame)


def test_arrays_that_do_not_fit_are_refused(frame):
    h = Histories.from_frame(frame, exit="days", event="died", unit="days", origin="o")
    age = frame["age"].to_numpy()
    with pytest.raises(InputError, match="there are 120 histories and 119 rows of covariates"):
        cox(h, {"age": age[1:]})
    with pytest.raises(InputError, match=r"offset has shape \(3,\)"):
        cox(h, {"age": age}, offset=np.zeros(3))
    with pytest.raises(InputError, match=r"column 'offset' \(offset\) is missing in 120 rows"):
        cox(h, {"age": age}, offset=np.full(120, np.nan))
    with pytest.raises(InputError, match=r"column 'cluster' \(cluster\) is missing in 1 row"):
        cox(h, {"age": age}, cluster=np.where(np.arange(120) == 0, np.nan, 1.0))
    with pytest.raises(InputError, match="weights='w': with Histories, they hold it already"):
        cox(h, {"age": age}, weights="w")


def test_an_offset_beside_arrays_is_that_of_the_formula(frame):
    h = Histories.from_frame(frame, exit="days", event="died", unit="days", origin="o")
    one = cox(h, {"age": frame["age"].to_numpy()}, offset=frame["z"].to_numpy())
    other = cox("Surv(days, died) ~ age + offset(z)", frame)
    np.testing.assert_allclose(one.estimate, other.estimate, rtol=1e-13)
    assert one.estimate != cox("Surv(days, died) ~ age", frame).estimate


def test_a_collinear_column_is_left_out_and_named(frame):
    twice = frame.with_columns(sum=pl.col("age") + 2 * pl.col("z"), one=pl.lit(1.0))
    with pytest.warns(AtRiskWarning) as told:
        fit = cox("Surv(days, died) ~ age + z + sum + one", twice)
    assert [str(w.message) for w in told] == [
        "left out of the model: sum (a combination of age, z), "
        "one (it does not vary among those at risk together)."
    ]
    assert fit.aliased == ("sum", "one")
    assert fit.term.tolist() == ["age", "z"]
    plain = cox("Surv(days, died) ~ age + z", frame)
    np.testing.assert_allclose(fit.estimate, plain.estimate, rtol=1e-12)
    np.testing.assert_allclose(
        fit.linear_predictor(twice), plain.linear_predictor(frame), rtol=1e-10
    )


@pytest.fixture
def separated(frame):
    return frame.with_columns(died=pl.col("died") & (pl.col("ward") != "B"))


def test_a_level_without_events_has_an_infinite_estimate(separated):
    with pytest.warns(AtRiskWarning, match=r"ward\[B\] has no event among its \d+ rows"):
        fit = cox("Surv(days, died) ~ age + ward", separated)
    assert fit.endless == ("ward[B]",)
    assert fit.estimate.tolist()[1] == -np.inf
    assert fit.ratio[1] == 0
    assert np.isnan([fit.std_error[1], fit.lower[1], fit.p_value[1], fit.vcov[1, 0]]).all()
    assert np.isfinite(fit.estimate[[0, 2]]).all()
    assert np.isnan(fit.overall_tests().statistic[1])
    assert np.isfinite(fit.overall_tests().statistic[0])
    with pytest.raises(InputError, match=r"cannot predict: the estimate of ward\[B\] is infinite"):
        fit.predict_survival(separated[:2], 10)
    with pytest.raises(InputError, match="whose estimates are finite"):
        fit.bootstrap(seed=1)


def test_a_reference_without_events_is_named(frame):
    none = frame.with_columns(died=pl.col("died") & (pl.col("ward") != "A"))
    with pytest.warns(AtRiskWarning, match="its reference A has no event"):
        fit = cox("Surv(days, died) ~ ward", none)
    assert fit.estimate.tolist() == [np.inf, np.inf]


def test_levels_without_events_cannot_be_told_from_such_a_reference(frame):
    quiet = frame.with_columns(died=pl.col("died") & (pl.col("ward") == "C"))
    with pytest.warns(AtRiskWarning) as told:
        fit = cox("Surv(days, died) ~ ward", quiet)
    assert "no event in ward[B] and its reference A: nothing tells them apart" in str(
        told[0].message
    )
    assert np.isnan(fit.estimate[0])
    assert fit.estimate[1] == np.inf
    assert fit.endless == ("ward[B]", "ward[C]")


@pytest.mark.parametrize("factor", [1.0, 1.1, 1 / 3])
def test_what_does_not_vary_within_strata_is_left_out(frame, factor):
    moved = frame.with_columns(c=pl.col("centre") * factor)
    with pytest.warns(AtRiskWarning, match=r"c \(it does not vary among those at risk together\)"):
        fit = cox("Surv(days, died) ~ age + c + strata(centre)", moved)
    plain = cox("Surv(days, died) ~ age + strata(centre)", frame)
    np.testing.assert_allclose(fit.estimate, plain.estimate, rtol=1e-10)


def test_covariates_of_very_different_size_stay(frame):
    sized = frame.with_columns(small=pl.col("age") * 1e-12, large=pl.col("z") * 1e12)
    fit, plain = (
        cox("Surv(days, died) ~ small + large", sized),
        cox("Surv(days, died) ~ age + z", frame),
    )
    np.testing.assert_allclose(fit.statistic, plain.statistic, rtol=1e-9)
    with pytest.raises(InputError, match=r"a covariate has values of about \de\+20\d"):
        cox("Surv(days, died) ~ large", frame.with_columns(large=pl.col("z") * 1e200))


def test_as_many_levels_as_rows_are_named_not_crashed_on(frame):
    many = frame[:40].with_columns(who=pl.int_range(pl.len()).cast(pl.String))
    with pytest.warns(AtRiskWarning):
        fit = cox("Surv(days, died) ~ who", many)
    assert fit.endless


def test_a_stratum_without_events_is_named(frame):
    quiet = frame.with_columns(died=pl.col("died") & (pl.col("ward") != "B"))
    fit = cox("Surv(days, died) ~ age + strata(ward)", quiet)
    size = (frame["ward"] == "B").sum()
    assert fit.notes == (
        f"no event in stratum B ({size} rows): these rows say nothing about the coefficients",
    )
    assert fit.notes[0] in repr(fit)


def test_a_robust_variance_needs_clusters(frame):
    with pytest.raises(InputError, match="every row is in one cluster"):
        cox("Surv(days, died) ~ age", frame.with_columns(one=1), cluster="one")
    with pytest.warns(
        AtRiskWarning, match="needs more than 3 clusters, better dozens; there are 3"
    ):
        cox("Surv(days, died) ~ age + z + sex", frame, cluster="ward")


def test_a_nearly_collinear_basis_keeps_its_digits(frame):
    """Powers far from 0 span the same model as those of the centred covariate."""
    far = frame.with_columns(a=pl.col("age") + 300.0)
    near = frame.with_columns(a=(pl.col("age") - 50.0) / 10.0)
    model = "Surv(days, died) ~ a + I(a**2) + I(a**3)"
    one, other = cox(model, far), cox(model, near)
    assert one.loglik == pytest.approx(other.loglik, rel=1e-12)
    # the cubic coefficient differs by the unit alone; the columns agree to 1e-8 of their size
    np.testing.assert_allclose(one.statistic[2], other.statistic[2], rtol=1e-7)


def test_a_number_that_separates_is_named(frame):
    # those who die at any time have the largest value among those at risk
    order = frame.with_columns(mark=-pl.col("days"))
    with pytest.warns(AtRiskWarning, match="mark separates those with an event"):
        fit = cox("Surv(days, died) ~ mark", order)
    assert fit.estimate[0] == np.inf


def test_firths_estimates_are_finite_where_the_likelihood_is_monotone(separated):
    fit = cox("Surv(days, died) ~ age + ward", separated, firth=True)
    assert np.isfinite(fit.estimate).all()
    assert 0 < fit.lower[1] < fit.ratio[1] < fit.upper[1] < 1
    assert fit.conf_type == "profile"
    single = fit.term_tests("likelihood ratio")
    np.testing.assert_allclose(single.statistic[0], fit.statistic[0] ** 2, rtol=1e-8)
    np.testing.assert_allclose(single.p_value[0], fit.p_value[0], rtol=1e-7)


def test_firths_limits_are_where_the_profile_falls_by_the_quantile(frame):
    from atrisk.engine.firth import firth_likelihood
    from atrisk.engine.newton import maximise

    fit = cox("Surv(days, died) ~ age + z", frame[:25], firth=True, conf_level=0.9)
    for limit in (np.log(fit.lower[0]), np.log(fit.upper[0])):
        base = np.array([limit, 0.0])
        at = firth_likelihood(fit.rows, efron=True, base=base, free=np.array([1]))
        held = maximise(at, np.zeros(1), iterations=200)
        assert 2 * (fit.loglik - held.loglik) == pytest.approx(2.705543454095404, rel=1e-8)


def test_firths_variance_is_that_of_the_model_whatever_the_weights(frame):
    fit = cox("Surv(days, died) ~ age", frame, weights="w", firth=True)
    assert fit.variance == "model"
    assert np.array_equal(fit.vcov, fit.model_vcov)


def test_a_ridge_penalty_shrinks_one_term(frame):
    plain = cox("Surv(days, died) ~ age + z", frame)
    both = cox("Surv(days, died) ~ age + z", frame, ridge=20.0)
    one = cox("Surv(days, died) ~ age + z", frame, ridge={"z": 20.0})
    assert np.abs(both.estimate[1]) < np.abs(plain.estimate[1])
    assert one.penalty.tolist() == [0.0, 20.0]
    assert "ridge penalty" in one.method
    assert one.overall_tests().test.tolist() == ["Wald"]
    with pytest.raises(InputError, match="likelihood-ratio tests need a likelihood"):
        one.term_tests("likelihood ratio")


def test_the_robust_variance_is_chosen_as_in_r(frame):
    once = frame.with_columns(died=pl.col("died") & (pl.int_range(pl.len()) % 2 == 1))
    model = "Surv(days, died) ~ age"
    assert cox(model, frame).variance == "model"
    assert cox(model, frame, weights="w").variance == "robust"
    assert cox(model, frame, weights="w", robust=False).variance == "model"
    assert cox(model, frame.with_columns(w=2), weights="w").variance == "model"
    assert cox(model, frame, cluster="patient").variance == "robust"
    assert cox(model, frame, subject="patient").variance == "robust"
    assert cox(model, once, subject="patient").variance == "model"
    assert cox(model, once, subject="patient").subjects == 60
    assert cox(model, frame, robust=True).overall_tests().test.tolist()[-1] == "robust score"


def test_a_row_of_its_own_is_a_cluster_of_its_own(frame):
    by_row = cox("Surv(days, died) ~ age + z", frame, robust=True)
    clusters = cox("Surv(days, died) ~ age + z", frame.with_row_index("row"), cluster="row")
    np.testing.assert_allclose(by_row.vcov, clusters.vcov, rtol=1e-12)


def test_one_cause_of_several(frame):
    causes = frame.with_columns(
        what=pl.when("died").then(1 + pl.int_range(pl.len()) % 2).otherwise(0)
    )
    fit = cox(
        "Surv(days, what) ~ age", causes, causes={"relapse": 1, "death": 2}, cause="death"
    )  # fmt: skip
    other = cox("Surv(days, second) ~ age", causes.with_columns(second=pl.col("what") == 2))
    assert fit.events == other.events
    np.testing.assert_allclose(fit.estimate, other.estimate, rtol=1e-13)
    every = cox("Surv(days, what) ~ age", causes, causes={"relapse": 1, "death": 2})
    np.testing.assert_allclose(every.estimate, cox("Surv(days, died) ~ age", frame).estimate)


def test_what_is_censored_may_be_named(frame):
    coded = frame.with_columns(what=pl.when("died").then(pl.lit("dead")).otherwise(pl.lit("alive")))
    fit = cox("Surv(days, what) ~ age", coded, causes={"death": "dead"}, censored="alive")
    np.testing.assert_allclose(fit.estimate, cox("Surv(days, died) ~ age", frame).estimate)


def test_a_likelihood_ratio_test_of_one_term_is_that_of_two_fits(frame):
    fit = cox("Surv(days, died) ~ age + ward", frame)
    tests = fit.term_tests("likelihood ratio")
    smaller = cox("Surv(days, died) ~ age", frame)
    assert tests.term.tolist() == ["age", "ward"]
    assert tests.df.tolist() == [1, 2]
    assert tests.statistic[1] == pytest.approx(2 * (fit.loglik - smaller.loglik), rel=1e-10)
    alone = cox("Surv(days, died) ~ ward", frame)
    assert alone.term_tests("likelihood ratio").statistic[0] == pytest.approx(
        alone.overall_tests().statistic[0]
    )
    with pytest.raises(InputError, match="kind='score'"):
        fit.term_tests("score")


def test_survival_is_predicted_in_the_stratum_of_the_row(frame):
    fit = cox("Surv(days, died) ~ age + strata(centre, sex)", frame)
    new = pl.DataFrame({"age": [40.0, 60.0], "centre": [1, 3], "sex": ["male", "female"]})
    found = fit.predict_survival(new, [50, 20])
    assert found.row.tolist() == [1, 1, 2, 2]
    assert found.stratum.tolist() == ["1, male"] * 2 + ["3, female"] * 2
    assert found.time.tolist() == [50, 20, 50, 20]
    steps = fit.predict_survival(new[:1])
    spot = np.searchsorted(steps.time, 50, side="right") - 1
    assert found.estimate[0] == steps.estimate[spot]
    before = fit.predict_survival(new, 0)
    assert before.estimate.tolist() == [1.0, 1.0]
    with pytest.raises(InputError, match="9, male was not there"):
        fit.predict_survival(new.with_columns(centre=9), 20)
    with pytest.raises(InputError, match=r"survival is known from 0 to \d+ time units in stratum"):
        fit.predict_survival(new, 1e6)
    with pytest.raises(InputError, match="give the new rows as a frame"):
        fit.predict_survival(np.array([[40.0]]), 20)
    with pytest.raises(InputError, match=r"strata.* is missing in row 2"):
        fit.predict_survival(new.with_columns(sex=pl.Series(["male", None])), 20)


def test_intervals_of_predictions_are_on_the_scale_asked_for(frame):
    fit = cox("Surv(days, died) ~ age", frame)
    log = fit.predict_survival(frame[:1], 100)
    other = fit.predict_survival(frame[:1], 100, conf_type="log-log", conf_level=0.8)
    assert log.estimate == other.estimate
    assert other.lower[0] > log.lower[0]
    expected = np.exp(-log.cumulative_hazard - 1.959963984540054 * log.hazard_std_error)
    np.testing.assert_allclose(log.lower, expected, rtol=1e-12)


def test_the_baseline_is_at_the_means_or_at_zero(frame):
    fit = cox("Surv(days, died) ~ age + z + strata(centre)", frame)
    mean, zero = fit.baseline(), fit.baseline("zero")
    factor = np.exp(fit.center @ fit.coefficients)
    np.testing.assert_allclose(mean.estimate, zero.estimate * factor, rtol=1e-12)
    at_mean = {"age": fit.center[:1], "z": fit.center[1:], "centre": np.array([2])}
    predicted = fit.predict_survival(at_mean)
    here = mean.stratum == "2"
    np.testing.assert_allclose(predicted.cumulative_hazard, mean.estimate[here], rtol=1e-12)
    np.testing.assert_allclose(predicted.hazard_std_error, mean.std_error[here], rtol=1e-12)
    with pytest.raises(InputError, match="at='median'"):
        fit.baseline("median")


def test_predictions_do_not_change_with_a_huge_predictor(frame):
    moved = frame.with_columns(z=pl.col("z") + 800.0)
    plain = cox("Surv(days, died) ~ age + offset(z)", frame)
    far = cox("Surv(days, died) ~ age + offset(z)", moved)
    one, other = plain.predict_survival(frame[:3], 60), far.predict_survival(moved[:3], 60)
    np.testing.assert_allclose(one.estimate, other.estimate, rtol=1e-9)


def test_nothing_depends_on_the_order_of_the_rows(frame):
    mixed = frame.sample(fraction=1.0, shuffle=True, seed=3)
    model = "Surv(days, died) ~ age + ward + strata(centre) + cluster(patient)"
    one, other = cox(model, frame, weights="w"), cox(model, mixed, weights="w")
    np.testing.assert_allclose(one.estimate, other.estimate, rtol=1e-10)
    np.testing.assert_allclose(one.vcov, other.vcov, rtol=1e-9)


def test_many_numbers_are_not_copied_and_give_the_same(frame, monkeypatch):
    from atrisk.sources import model

    x = np.column_stack((frame["age"], frame["z"]))
    x = (x - x.mean(axis=0) * 0.9) / x.std(axis=0)
    h = Histories.from_frame(frame, exit="days", event="died", unit="days", origin="o")
    plain = cox(h, x)
    monkeypatch.setattr(model, "_LARGE", 1)
    monkeypatch.setattr(model, "_SEEN", 10)
    shared = cox(h, x)
    assert not shared.rows.center.any()
    assert plain.rows.center.any()
    np.testing.assert_allclose(shared.estimate, plain.estimate, rtol=1e-11)
    np.testing.assert_allclose(shared.baseline().estimate, plain.baseline().estimate, rtol=1e-11)
    np.testing.assert_allclose(shared.linear_predictor(), plain.linear_predictor(), atol=1e-11)
    far = cox(h, x + 1e6)
    assert far.rows.center.any()


def test_the_bootstrap_is_reproducible_and_draws_clusters_whole(frame):
    fit = cox("Surv(days, died) ~ age + z", frame)
    one, again = fit.bootstrap(repeats=40, seed=3), bootstrap(fit, repeats=40, seed=3)
    assert np.array_equal(one.replicates, again.replicates)
    assert not np.array_equal(one.replicates, fit.bootstrap(repeats=40, seed=4).replicates)
    narrow = fit.bootstrap(repeats=40, seed=3, conf_level=0.5)
    assert (narrow.lower > one.lower).all()
    counts = resampled_counts(6, np.array([0, 0, 1, 1, 2, 2]), 5, 1)
    assert np.array_equal(counts[:, ::2], counts[:, 1::2])
    assert (counts.sum(axis=1) == 6).all()
    clustered = cox("Surv(days, died) ~ age + z", frame, cluster="patient")
    assert "clusters" in clustered.bootstrap(repeats=5, seed=1).method


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": 1.5}, "seed=1.5"),
        ({"seed": 1, "repeats": 1}, "repeats=1"),
        ({"seed": -1}, "seed=-1"),
    ],
)
def test_a_bootstrap_needs_a_seed_and_samples(frame, options, message):
    with pytest.raises(InputError, match=message):
        cox("Surv(days, died) ~ age", frame).bootstrap(**options)


def test_a_bootstrap_of_too_few_events_is_refused(frame):
    few = frame[:8].with_columns(died=pl.int_range(pl.len()) == 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AtRiskWarning)
        fit = cox("Surv(days, died) ~ z", few)
    if not fit.endless:
        with pytest.raises(InputError, match="bootstrap samples could be fitted"):  # noqa: PT012 - one of the draws does it
            for seed in range(20):  # a sample without the one event cannot be fitted
                fit.bootstrap(repeats=2, seed=seed)


def test_a_fit_says_what_it_is(frame):
    fit = cox("Surv(days, died) ~ age + sex", frame, ties="breslow")
    assert repr(fit).startswith("CoxFit('Surv(days, died) ~ age + sex', n=120, events=")
    assert fit.method == "Cox model, Breslow's ties"
    assert fit.to_frame().columns[:2] == ["term", "estimate"]
    with pytest.raises(ValueError, match="read-only"):
        fit.estimate[0] = 1.0
