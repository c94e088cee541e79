"""fine_gray: what it equals, what every option does, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from scipy.special import ndtri

import oracle_regression as oracle
import weight_derivatives as exact
from atrisk import Histories
from atrisk.engine.fine_gray import FineGrayPoint
from atrisk.errors import AtRiskWarning, InputError
from atrisk.estimators.cox import cox
from atrisk.estimators.fine_gray import fine_gray

if TYPE_CHECKING:
    from atrisk.estimators.fine_gray_fit import FineGrayFit

CAUSES = {"relapse": 1, "death": 2}
FORMULA = "Surv(days, event) ~ age + sex"
NEW = {"age": [0.5, -1.0], "sex": ["m", "f"]}


def frame(n: int = 80, *, seed: int = 4, tied: bool = True) -> pl.DataFrame:
    data = exact.drawn(seed, n, "group", "stratum", "weight", "entry", tied=tied)
    return pl.DataFrame(
        {
            "days": data.exit,
            "event": data.cause,
            "age": data.x[:, 0].round(2),
            "sex": np.where(data.x[:, 1] == 1, "m", "f"),
            "site": np.where(data.group == 1, "north", "south"),
            "centre": np.where(data.stratum == 1, "a", "b"),
            "weight": data.weight,
            "entry": data.entry,
            "pair": np.arange(n) // 2,
        }
    )


def fit(df: pl.DataFrame, formula: str = FORMULA, **options: object) -> FineGrayFit:
    return fine_gray(formula, df, **{"cause": "relapse", "causes": CAUSES, **options})


def same(a: FineGrayFit, b: FineGrayFit, *, scale: float = 1.0) -> None:
    assert a.estimate == pytest.approx(b.estimate, rel=1e-9)
    assert a.vcov == pytest.approx(scale * b.vcov, rel=1e-8)


# What it equals


def test_without_competing_events_it_is_the_cox_model() -> None:
    df = frame().with_columns(event=(pl.col("event") == 1).cast(int))
    found = fine_gray(FORMULA, df, cause="event")
    told = cox(FORMULA, df, ties="breslow", robust=True)
    assert (found.competing, found.loglik) == (0, pytest.approx(told.loglik, rel=1e-12))
    assert found.estimate == pytest.approx(told.estimate, rel=1e-9)
    assert found.vcov == pytest.approx(told.vcov, rel=1e-8)
    assert found.model_vcov == pytest.approx(told.model_vcov, rel=1e-8)


def test_without_censoring_competing_rows_stay_for_ever() -> None:
    df = frame().filter(pl.col("event") > 0)
    later = df.with_columns(
        days=pl.when(pl.col("event") == 2).then(10_000.0).otherwise(pl.col("days")),
        event=(pl.col("event") == 1).cast(int),
    )
    told = cox(FORMULA, later, ties="breslow", robust=True)
    found = fit(df)
    assert (found.censored, found.model.staying.share.tolist()) == (0, [1.0] * found.competing)
    assert found.estimate == pytest.approx(told.estimate, rel=1e-9)
    assert found.vcov == pytest.approx(told.vcov, rel=1e-8)


@pytest.mark.parametrize("group", [None, "site"])
def test_beside_the_naive_fit(group: str | None) -> None:
    df = frame()
    x = np.column_stack((df["age"], df["sex"] == "m"))
    naive = oracle.competing(df["days"], df["event"], x, group=None if group is None else df[group])
    told, found = oracle.fine_gray(naive), fit(df, censoring_strata=group)
    assert found.estimate == pytest.approx(told.beta, rel=1e-9)
    assert found.vcov == pytest.approx(told.variance, rel=1e-8)
    assert found.loglik == pytest.approx(told.log_likelihood, rel=1e-12)


@pytest.mark.parametrize("special", ["", "weight", "entry", "stratum", "weight entry stratum"])
def test_the_estimate_is_the_root_of_the_naive_score(special: str) -> None:
    data = exact.drawn(12, 60, *special.split(), tied=True)
    h = Histories.from_arrays(**data.arguments(), causes=CAUSES, unit="days", origin="start")
    found = fine_gray(h, data.x, cause="relapse")
    score = exact.pseudo_score(data, found.estimate)
    spread = np.sqrt(np.diag(exact.pseudo_information(data, found.estimate)))
    assert np.abs(score / spread).max() < 1e-9


def test_order_of_rows_and_unit_of_time() -> None:
    df = frame()
    told = fit(df, censoring_strata="site")
    same(fit(df[::-1], censoring_strata="site"), told)
    months = df.with_columns(pl.col("days") / 30.4375)
    same(fit(months, censoring_strata="site", unit="months"), told)


def test_a_whole_weight_counts_rows() -> None:
    df = frame().with_columns(copies=pl.Series(np.arange(80) % 3 + 1))
    twice = df[np.repeat(np.arange(80), df["copies"])]
    weighted, told = fit(df, weights="copies"), fit(twice)
    same(weighted, told)
    assert weighted.counted
    assert "weights count rows" in weighted.method
    curves = [f.predict_incidence(NEW, [5, 9]) for f in (weighted, told)]
    assert curves[0].std_error == pytest.approx(curves[1].std_error, rel=1e-8)
    tests = [f.overall_tests().statistic for f in (weighted, told)]
    assert tests[0] == pytest.approx(tests[1], rel=1e-8)


def test_a_row_is_two_halves_of_one_cluster() -> None:
    df = frame().with_row_index("id")
    halves = pl.concat([df.with_columns(half=pl.lit(0.25)), df.with_columns(half=pl.lit(0.75))])
    whole, split = fit(df), fit(halves, weights="half", cluster="id")
    same(split, whole)
    assert split.variance == "sandwich by cluster"
    curves = [f.predict_incidence(NEW, [5, 9]) for f in (split, whole)]
    assert curves[0].std_error == pytest.approx(curves[1].std_error, rel=1e-8)


def test_a_fractional_weight_leaves_the_row_the_unit() -> None:
    df = frame()
    found = fit(df, weights="weight")
    assert not found.counted
    assert "weighted rows as units" in found.method
    half = fit(df.with_columns(pl.col("weight") / 2), weights="weight")
    same(half, found)  # only ratios of weights count
    counted = fit(df, weights="weight", robust=False)
    assert counted.counted
    assert counted.estimate == pytest.approx(found.estimate, rel=1e-12)
    same(
        fit(df.with_columns(pl.col("weight") / 2), weights="weight", robust=False), counted, scale=2
    )


def test_robust_makes_a_row_of_whole_weight_one_unit() -> None:
    df = frame().with_columns(copies=pl.lit(2))
    same(fit(df, weights="copies", robust=True), fit(df))
    same(fit(df, weights="copies"), fit(df), scale=0.5)


def test_two_equal_censoring_strata_are_one_of_twice_the_rows() -> None:
    df = frame()
    both = pl.concat([df.with_columns(half=pl.lit("a")), df.with_columns(half=pl.lit("b"))])
    same(fit(both, censoring_strata="half"), fit(df), scale=0.5)
    same(fit(both, FORMULA + " + strata(half)"), fit(df), scale=0.5)


def test_entry_at_the_start_is_no_entry() -> None:
    df = frame().with_columns(entry=pl.lit(0.0))
    same(fit(df, "Surv(entry, days, event) ~ age + sex"), fit(df))


def test_an_offset_is_a_coefficient_that_is_known() -> None:
    df = frame()
    whole = fit(df)
    known = df.with_columns(z=whole.estimate[0] * pl.col("age"))
    found = fit(known, "Surv(days, event) ~ sex + offset(z)")
    assert found.estimate == pytest.approx(whole.estimate[1:], rel=1e-9)
    assert found.loglik == pytest.approx(whole.loglik, rel=1e-10)
    h = Histories.from_arrays(
        df["days"].to_numpy(), df["event"].to_numpy(), causes=CAUSES, unit="days", origin="start"
    )
    x = (df["sex"] == "m").cast(float).to_numpy()[:, None]
    arrays = fine_gray(h, x, cause="relapse", offset=known["z"].to_numpy())
    assert arrays.estimate == pytest.approx(found.estimate, rel=1e-12)


def test_clusters_add_up() -> None:
    df = frame()
    found = fit(df, cluster="pair")
    parts = fit(df).units(exact_parts(df))
    sums = parts[::2] + parts[1::2]
    told = found.model_vcov @ (sums.T @ sums) @ found.model_vcov
    assert found.vcov == pytest.approx(told, rel=1e-9)
    assert fit(df, FORMULA + " + cluster(pair)").vcov == pytest.approx(found.vcov, rel=1e-12)


def exact_parts(df: pl.DataFrame) -> np.ndarray:
    x = np.column_stack((df["age"], df["sex"] == "m"))
    naive = oracle.competing(df["days"], df["event"], x)
    sets = oracle.subdistribution_sets(naive)
    return oracle.subdistribution_influence(naive, fit(df).estimate, sets, own_deaths=False)


# The result


def test_small_estimates_have_their_own_digits_right() -> None:
    """One more Newton step from the estimate is nothing, beside the estimate itself."""
    for seed in (22, 42, 56, 62):  # where Newton's rule alone stops at 1e-10 to 1e-9
        found = fit(frame(seed=seed))
        step = found.model_vcov @ FineGrayPoint(found.model, found.estimate).score()
        assert np.abs(step / found.estimate).max() < 1e-11


def test_table_tests_and_level() -> None:
    df = frame()
    found = fit(df, conf_level=0.9)
    z = float(ndtri(0.95))
    assert found.lower == pytest.approx(np.exp(found.estimate - z * found.std_error), rel=1e-12)
    assert found.to_frame().columns[:4] == ["term", "estimate", "std_error", "ratio"]
    assert found.term.tolist() == ["age", "sex[m]"]
    assert (found.n, found.events + found.competing + found.censored) == (80, 80)
    terms = found.term_tests()
    assert terms.statistic == pytest.approx(found.statistic**2, rel=1e-12)
    overall = found.overall_tests()
    assert overall.test.tolist() == ["Wald", "robust score"]
    wald = found.estimate @ np.linalg.solve(found.vcov, found.estimate)
    assert overall.statistic[0] == pytest.approx(wald, rel=1e-9)
    assert found.diagnostics.shape == (found.iterations + 1, 4)
    assert "cause='relapse'" in repr(found)


def test_the_robust_score_test_is_that_of_the_naive_influences() -> None:
    df = frame()
    x = np.column_stack((df["age"], df["sex"] == "m"))
    naive = oracle.competing(df["days"], df["event"], x)
    sets = oracle.subdistribution_sets(naive)
    parts = oracle.subdistribution_influence(naive, np.zeros(2), sets, own_deaths=False)
    score = parts.sum(axis=0)
    told = score @ np.linalg.solve(parts.T @ parts, score)
    assert fit(df).overall_tests().statistic[1] == pytest.approx(told, rel=1e-9)


def test_causes_as_they_are_named() -> None:
    df = frame()
    found = fit(df, cause="death")
    swapped = df.with_columns(event=pl.col("event").replace_strict({0: 9, 1: 2, 2: 1}))
    same(fit(swapped, censored=9, causes=CAUSES), found)


def test_rows_that_miss_a_value_are_listed() -> None:
    df = frame().with_columns(
        age=pl.when(pl.int_range(80) == 3).then(None).otherwise(pl.col("age")),
        site=pl.when(pl.int_range(80) == 7).then(None).otherwise(pl.col("site")),
    )
    found = fit(df, censoring_strata="site", cluster="pair")
    assert found.dropped.row.tolist() == [4, 8]
    assert found.dropped.column == ("age", "site")
    keep = df.filter(pl.col("age").is_not_null() & pl.col("site").is_not_null())
    same(found, fit(keep, censoring_strata="site", cluster="pair"))
    with pytest.raises(InputError, match="1 of 80 rows cannot be used"):
        fit(df, missing="error")


def test_a_censoring_stratum_that_ends_early_is_noted() -> None:
    df = frame()
    short = df.with_columns(site=pl.when(pl.col("days") < 6).then(pl.lit("x")).otherwise("site"))
    found = fit(short, censoring_strata="site")
    assert found.censoring_strata == ("north", "south", "x")
    assert any("'x' is followed up to 5" in note for note in found.notes)
    assert fit(df).notes == ()
    whole = pl.concat([df.with_columns(half=pl.lit("a")), df.with_columns(half=pl.lit("b"))])
    assert fit(whole, censoring_strata="half").notes == ()


def test_one_iteration_is_not_enough() -> None:
    with pytest.raises(InputError, match=r"did not converge in 1 iterations.*raise iterations"):
        fit(frame(), iterations=1)


# Prediction


def test_prediction_beside_the_naive_hazard() -> None:
    data = exact.drawn(12, 60, "stratum", "group", tied=True)
    h = Histories.from_arrays(**data.arguments(), causes=CAUSES, unit="days", origin="start")
    found = fine_gray(h, data.x, cause="relapse", censoring_strata=data.group)
    new = {"x1": [0.3, -1.0], "x2": [1.0, 0.0], "strata": [1, 0]}
    risk = found.predict_incidence(new, [4, 9.5], conf_level=0.8)
    told = [
        1 - np.exp(-exact.subdistribution_hazard(data, found.estimate, np.array(x), s, t))
        for x, s in (((0.3, 1.0), 1), ((-1.0, 0.0), 0))
        for t in (4, 9.5)
    ]
    assert risk.estimate == pytest.approx(np.array(told, float), rel=1e-9)
    assert risk.row.tolist() == [1, 1, 2, 2]
    assert risk.stratum.tolist() == ["1", "1", "0", "0"]
    assert (risk.unit, risk.origin, set(risk.cause)) == ("days", "start", {"relapse"})
    hazard = -np.log1p(-risk.estimate)
    factor = np.exp(float(ndtri(0.9)) * risk.std_error / (1 - risk.estimate) / hazard)
    assert risk.lower == pytest.approx(1 - np.exp(-hazard / factor), rel=1e-9)
    assert risk.upper == pytest.approx(1 - np.exp(-hazard * factor), rel=1e-9)


def test_prediction_at_all_event_times() -> None:
    df = frame()
    found = fit(df)
    risk = found.predict_incidence(pl.DataFrame(NEW))
    times = sorted(df.filter(pl.col("event") == 1)["days"].unique())
    assert risk.time.tolist() == times * 2
    some = found.predict_incidence(NEW, times[3:5])
    assert some.std_error[:2] == pytest.approx(risk.std_error[3:5], rel=1e-12)
    before = found.predict_incidence(NEW, times[0] / 2)
    assert (before.estimate.tolist(), before.std_error.tolist()) == ([0, 0], [0, 0])
    assert np.isnan(before.lower).all()


def test_a_time_that_counts_as_the_same_is_the_same() -> None:
    df = frame().with_columns(pl.col("days") * 0.1)
    risk = fit(df).predict_incidence(NEW, [0.3, 0.1 + 0.2, 0.6, 0.1 * 6])
    assert risk.estimate[[0, 2]].tolist() == risk.estimate[[1, 3]].tolist()
    assert risk.estimate[0] < risk.estimate[2]


def test_prediction_with_an_offset() -> None:
    df = frame().with_columns(z=pl.col("age") * 0.5)
    found = fit(df, "Surv(days, event) ~ age + sex + offset(z)")
    plain = fit(df)
    new = {**NEW, "z": [0.25, -0.5]}
    assert found.predict_incidence(new, [9]).estimate == pytest.approx(
        plain.predict_incidence(NEW, [9]).estimate, rel=1e-9
    )


@pytest.mark.parametrize(
    ("new", "times", "message"),
    [
        (NEW, [1e9], r"times=1e\+09: incidence is known from 0 to .* days"),
        (NEW, [-1], "times=-1: incidence is known from 0"),
        (NEW, "soon", "one or more times"),
        ({"age": [1.0], "sex": ["x"]}, [5], "sex"),
        ({"age": [1.0]}, [5], "sex"),
    ],
)
def test_prediction_refuses(new: object, times: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        fit(frame(), unit="days", origin="transplant").predict_incidence(new, times)


def test_prediction_of_a_stratified_model_needs_the_stratum() -> None:
    found = fit(frame(), "Surv(days, event) ~ age + strata(centre)")
    with pytest.raises(InputError, match=r"the model has strata \(a, b\)"):
        found.predict_incidence(np.array([[0.1]]), [5])
    assert found.predict_incidence({**NEW, "centre": ["a", "b"]}, [5]).stratum.tolist() == [
        "a",
        "b",
    ]


# What it refuses


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cause": "toxicity"}, "cause='toxicity': there is no such cause. Causes are: relapse"),
        (
            {"causes": {**CAUSES, "graft": 3}, "cause": "graft"},
            "nobody of the 80 rows had the event",
        ),
        ({"censoring_strata": "sites"}, "there is no such column"),
        ({"censoring_strata": ["a", "b"]}, "with a formula name one column"),
        ({"conf_level": 2}, "conf_level"),
        ({"missing": "no"}, "missing='no'"),
        ({"subject": "pair"}, "40 subjects have several rows.*cause_specific_cox"),
    ],
)
def test_refusals(options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        fit(frame(), **options)


def test_refuses_a_model_without_covariates() -> None:
    with pytest.raises(InputError, match="covariate"):
        fit(frame(), "Surv(days, event) ~ strata(centre)")


def test_refuses_censoring_strata_of_another_length() -> None:
    data = exact.drawn(1, 30)
    h = Histories.from_arrays(**data.arguments(), causes=CAUSES, unit="days", origin="start")
    with pytest.raises(InputError, match=r"censoring_strata has shape \(3,\); one value a row"):
        fine_gray(h, data.x, cause="relapse", censoring_strata=[1, 2, 3])


def test_refuses_a_risk_set_that_empties() -> None:
    """A competing event at 2; the last row leaves at 3, and others enter after."""
    df = pl.DataFrame(
        {
            "entry": [0, 0, 0, 4, 4, 5, 5],
            "days": [1, 2, 3, 6, 7, 8, 9],
            "event": [1, 2, 0, 1, 1, 2, 0],
            "x": [0.1, 0.7, 0.3, 0.9, 0.2, 0.4, 0.5],
        }
    )
    formula = "Surv(entry, days, event) ~ x"
    with pytest.raises(InputError, match="nobody was under observation at 4, after a competing"):
        fit(df, formula)
    found = fit(df.with_columns(event=pl.Series([1, 0, 0, 1, 1, 2, 0])), formula)
    assert np.isfinite(found.std_error).all()


def test_a_collinear_column_is_left_out_and_named() -> None:
    df = frame().with_columns(years=pl.col("age") / 10)
    with pytest.warns(
        AtRiskWarning, match=r"left out of the model: years \(a combination of age\)"
    ):
        found = fit(df, FORMULA + " + years")
    assert found.aliased == ("years",)
    same(found, fit(df))
    assert found.predict_incidence({**NEW, "years": [0, 0]}, [9]).estimate == pytest.approx(
        fit(df).predict_incidence(NEW, [9]).estimate, rel=1e-9
    )


def test_an_infinite_estimate_is_named() -> None:
    df = frame().with_columns(
        arm=pl.when((pl.col("event") != 1) & (pl.int_range(80) % 3 == 0))
        .then(pl.lit("b"))
        .otherwise(pl.lit("a"))
    )
    with pytest.warns(AtRiskWarning, match=r"arm\[b\] has no event of the cause among its"):
        found = fit(df, "Surv(days, event) ~ age + arm")
    assert found.endless == ("arm[b]",)
    assert found.estimate[1] == -np.inf
    assert np.isnan(found.std_error[1])
    assert np.isfinite(found.std_error[0])
    with pytest.raises(InputError, match=r"the estimate of arm\[b\] is infinite"):
        found.predict_incidence({"age": [0.0], "arm": ["a"]}, [5])


def test_results_are_read_only() -> None:
    found = fit(frame())
    with pytest.raises(ValueError, match="read-only"):
        found.estimate[0] = 1.0
    with pytest.raises(AttributeError):
        replace(found).cause = "death"  # type: ignore[misc]
