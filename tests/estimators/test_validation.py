"""Validation: each sample's indexes as R gives them, and what is made of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from atrisk.engine.recalibration import calibration_slopes, nagelkerke
from atrisk.errors import AtRiskWarning, InputError
from atrisk.estimators.calibration import calibration
from atrisk.estimators.cox import cox
from atrisk.estimators.logistic import logistic
from atrisk.estimators.selection import backward
from atrisk.estimators.validation import events_per_variable, samples_of, validate

TESTS = Path(__file__).parents[1]
TRIAL = pl.read_csv(TESTS / "data/trial.csv")
STORED = json.loads((TESTS / "reference/values/validation.json").read_text(encoding="utf-8"))
COX, LATE = "Surv(exit, event) ~ x + dose + stage", "Surv(entry, exit, event) ~ x + dose + stage"


def fitted(case, df=TRIAL):
    return cox(case["formula"], df) if case["model"] == "cox" else logistic(case["formula"], df)


def counts_of(rows, n: int) -> np.ndarray:
    return np.stack([np.bincount(np.array(sample) - 1, minlength=n) for sample in rows])


@pytest.mark.parametrize("case", STORED["cases"], ids=lambda case: case["formula"])
def test_each_sample_has_the_indexes_of_r(case) -> None:
    samples = samples_of(fitted(case))
    training, test = samples.indexes(counts_of(case["rows"], TRIAL.height))
    for part, ours in (("training", training), ("test", test)):
        theirs = np.array([found[part] for found in case["found"]])
        assert ours[:, 1:] == pytest.approx(theirs, rel=1e-8, abs=1e-10), part
        assert ours[:, 0] == pytest.approx((theirs[:, 0] + 1) / 2, rel=1e-9)


class Fixed:
    """A generator that draws stored samples."""

    def __init__(self, rows) -> None:
        self.rows = iter(rows)

    def integers(self, _units, size):
        return np.array(next(self.rows)[:size]) - 1


@pytest.mark.parametrize("case", STORED["cases"], ids=lambda case: case["formula"])
def test_optimism_is_the_mean_of_the_differences(case, monkeypatch) -> None:
    monkeypatch.setattr(np.random, "default_rng", lambda _seed: Fixed(case["rows"]))
    found = validate(fitted(case), repeats=len(case["rows"]))
    training, test = (
        np.mean([sample[part] for sample in case["found"]], axis=0) for part in ("training", "test")
    )
    assert found.training[1:] == pytest.approx(training, rel=1e-8, abs=1e-10)
    assert found.test[1:] == pytest.approx(test, rel=1e-8, abs=1e-10)
    assert found.optimism[1:] == pytest.approx(training - test, rel=1e-7, abs=1e-10)
    assert found.corrected == pytest.approx(found.apparent - found.optimism, rel=1e-12)
    assert found.repeats.tolist() == [len(case["rows"])] * found.index.size


def test_the_apparent_indexes_are_those_of_the_fit() -> None:
    for text in (COX, LATE + " + strata(site)"):
        fit = cox(text, TRIAL)
        c, dxy, r2, slope = validate(fit, repeats=1).apparent
        assert c == pytest.approx(fit.concordance().estimate, rel=1e-12)
        assert dxy == pytest.approx(2 * c - 1)
        assert r2 == pytest.approx(float(nagelkerke(fit.loglik, fit.null_loglik, fit.n)))
        assert slope == 1
    fit = logistic("response ~ x + dose", TRIAL)
    c, _, r2, intercept, slope, brier = validate(fit, repeats=1).apparent
    assert c == pytest.approx(fit.c_statistic().estimate, rel=1e-12)
    assert r2 == pytest.approx(float(nagelkerke(fit.loglik, fit.null_loglik, fit.n)))
    assert brier == pytest.approx(np.mean(fit.residuals("response") ** 2))
    assert (intercept, slope) == (0, 1)


def test_a_sample_of_every_row_once_has_no_optimism() -> None:
    for fit in (cox(COX, TRIAL), cox(COX, TRIAL, ties="breslow"), logistic("response ~ x", TRIAL)):
        samples = samples_of(fit)
        training, test = samples.indexes(np.ones((1, TRIAL.height), dtype=int))
        assert training[0] == pytest.approx(samples.apparent(), rel=1e-9, abs=1e-12)
        assert test[0] == pytest.approx(samples.apparent(), rel=1e-7, abs=1e-7)


def test_the_seed_decides() -> None:
    fit = cox(COX, TRIAL)
    one, same, other = (validate(fit, repeats=8, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(one.training, same.training)
    assert not np.array_equal(one.training, other.training)
    assert (one.seed, one.asked, one.failed) == (3, 8, 0)


def test_chunks_of_samples_do_not_matter(monkeypatch) -> None:
    whole = validate(cox(COX, TRIAL), repeats=7)
    monkeypatch.setattr("atrisk.estimators.validation_samples._NUMBERS", 3 * TRIAL.height)
    parts = validate(cox(COX, TRIAL), repeats=7)
    assert parts.test == pytest.approx(whole.test, rel=1e-12)


@pytest.mark.parametrize("text", [COX, LATE, LATE + " + strata(site)"])
def test_listed_pairs_are_those_that_are_counted(text, monkeypatch) -> None:
    """Few rows list their pairs, many count them: both give one number, in samples too."""
    fit = cox(text, TRIAL)
    listed = samples_of(fit)
    monkeypatch.setattr("atrisk.estimators.validation_samples._FEW", 10)
    counted = samples_of(fit)
    assert (listed.pairs is None, counted.pairs is None) == (False, True)
    counts = np.stack([listed.draw(np.random.default_rng(seed)) for seed in range(4)])
    for ours, theirs in zip(listed.indexes(counts), counted.indexes(counts), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-12)


def test_subjects_and_clusters_are_drawn_as_a_whole() -> None:
    rng = np.random.default_rng(1)
    with pytest.warns(AtRiskWarning, match="there are 3"):
        by_cluster = samples_of(cox(COX + " + cluster(site)", TRIAL))
    assert by_cluster.unit == "clusters"
    site = TRIAL["site"].to_numpy()
    drawn = by_cluster.draw(rng)
    assert all(np.unique(drawn[site == name]).size == 1 for name in np.unique(site))
    text = "Surv(entry, exit, event) ~ x"
    twice = pl.concat([TRIAL, TRIAL.with_columns(entry="exit", exit=pl.col("exit") + 3)])
    by_subject = samples_of(cox(text, twice, subject="id"))
    counts = by_subject.draw(rng)
    assert by_subject.unit == "subjects"
    assert np.array_equal(counts[: TRIAL.height], counts[TRIAL.height :])
    assert counts.sum() == twice.height
    assert samples_of(logistic("response ~ x + cluster(site)", TRIAL)).unit == "clusters"
    assert samples_of(cox(COX, TRIAL)).unit == "rows"


def test_split_rows_of_a_subject_change_nothing() -> None:
    """R2 counts subjects, and samples draw them: cutting a row in two leaves all as it is."""
    cut = pl.concat(
        [
            TRIAL.with_columns(
                event=pl.lit(0, pl.Int64), exit=pl.col("exit") - 0.5, entry=pl.lit(0.0)
            ),
            TRIAL.with_columns(entry=pl.col("exit") - 0.5, exit=pl.col("exit").cast(float)),
        ]
    )
    whole = validate(
        cox("Surv(exit, event) ~ x + dose", TRIAL, subject="id", robust=False), repeats=5
    )
    halves = validate(
        cox("Surv(entry, exit, event) ~ x + dose", cut, subject="id", robust=False), repeats=5
    )
    assert halves.corrected[2:] == pytest.approx(whole.corrected[2:], rel=1e-7)


def test_selection_is_repeated_in_every_sample() -> None:
    fit = cox(COX, TRIAL)
    found = validate(fit, repeats=30, selection={"rule": "p", "stay": 0.2})
    kept = backward(fit, method="fastbw", stay=0.2).fit
    assert found.apparent[0] == pytest.approx(kept.concordance().estimate, rel=1e-12)
    assert found.selection == {"rule": "p", "stay": 0.2}
    assert 0 < found.removed["dose"] < 30
    samples = samples_of(fit, {"stay": 0.2})
    counts = samples.draw(np.random.default_rng(2))
    resampled = TRIAL[np.repeat(np.arange(TRIAL.height), counts)]
    path = backward(cox(COX, resampled), method="fastbw", stay=0.2)
    beta = samples.fitted(counts[np.newaxis])[0]
    if path.fit is None:
        assert not beta.any()
    else:
        places = [fit.term.tolist().index(name) for name in path.fit.term]
        assert beta[places] == pytest.approx(path.fit.estimate, rel=1e-7)
        assert not np.delete(beta, places).any()
    assert tuple(samples.removed) == path.removed


def test_selection_in_samples_is_that_of_rms(monkeypatch) -> None:
    stored = STORED["selected"]
    monkeypatch.setattr(np.random, "default_rng", lambda _seed: Fixed(stored["rows"]))
    found = validate(
        logistic(stored["formula"], TRIAL), repeats=len(stored["rows"]),
        selection={"rule": "p", "stay": stored["stay"]},
    )  # fmt: skip
    names = {"apparent": "index.orig", "corrected": "index.corrected"}
    for name in ("apparent", "training", "test", "optimism", "corrected"):
        theirs = stored["table"][names.get(name, name)]
        # rms recalibrates with its own, looser stopping rule
        assert getattr(found, name)[1:] == pytest.approx(theirs, rel=1e-6, abs=1e-8), name


def test_selection_of_a_logistic_model() -> None:
    fit = logistic("response ~ x + dose + stage", TRIAL)
    samples = samples_of(fit, {"rule": "aic"})
    counts = samples.draw(np.random.default_rng(4))
    resampled = TRIAL[np.repeat(np.arange(TRIAL.height), counts)]
    path = backward(logistic("response ~ x + dose + stage", resampled), method="fastbw", rule="aic")
    training = samples.indexes(counts[np.newaxis])[0][0]
    assert tuple(samples.removed) == path.removed
    assert len(path.removed) > 0
    assert training[0] == pytest.approx(path.fit.c_statistic().estimate, rel=1e-12)
    assert validate(fit, repeats=3, selection={"keep": ["dose"]}).removed.get("dose", 0) == 0


def test_where_nothing_is_selected_nothing_is_predicted() -> None:
    noise = TRIAL.with_columns(z=pl.Series(np.random.default_rng(3).normal(size=TRIAL.height)))
    found = validate(cox("Surv(exit, event) ~ z", noise), repeats=20, selection={"stay": 1e-6})
    assert found.removed == {"z": 20}
    assert found.apparent[:3].tolist() == [0.5, 0, 0]
    assert (found.test[0], found.repeats[0]) == (0.5, 20)
    assert (found.test[2], found.repeats[2]) == (pytest.approx(0, abs=1e-12), 20)
    assert (found.repeats[3], np.isnan(found.corrected[3])) == (0, True)
    binary = validate(logistic("response ~ z", TRIAL.with_columns(z=noise["z"])), repeats=5,
                      selection={"stay": 1e-6})  # fmt: skip
    assert binary.test[0] == 0.5
    assert binary.test[2] == pytest.approx(0, abs=1e-12)


def test_samples_without_finite_estimates_are_counted() -> None:
    rare = TRIAL[:40].with_columns(rare=pl.Series([1.0, 1, 1] + [0.0] * 37))
    with pytest.warns(AtRiskWarning, match=r"\d+ of 60 samples are left out") as told:
        found = validate(cox("Surv(exit, event) ~ x + rare", rare), repeats=60)
    assert 0 < found.failed < 60
    assert str(told[0].message).startswith(f"{found.failed} of 60 ")
    assert found.repeats[0] == 60 - found.failed
    with pytest.warns(AtRiskWarning, match=r"\d+ of 30 samples are left out"):
        binary = validate(logistic("response ~ x + rare", rare), repeats=30)
    assert 0 < binary.failed < 30
    assert np.isfinite(binary.corrected).all()


def test_the_columns_of_a_spline_that_nearly_cancel_are_no_infinite_estimates() -> None:
    # waiting times of 24 to 2616 days: each column's estimate times its range is in the hundreds,
    # and the log hazard ratios of the patients are within 14 of each other
    bmt = pl.read_csv(TESTS.parent / "examples/bmt/bmt.csv")
    fit = cox("Surv(t2, d3) ~ C(group) + rcs(z7, 4)", bmt)
    found = validate(fit, repeats=40)
    assert found.failed == 0
    assert np.isfinite(found.corrected).all()
    samples = samples_of(fit)
    rng = np.random.default_rng(1)
    counts = np.stack([samples.draw(rng) for _ in range(5)])
    for count, beta in zip(counts, samples.fitted(counts), strict=True):
        rows = bmt[np.repeat(np.arange(bmt.height), count)]
        drawn = rows.with_columns(
            **{f"x{k}": fit.design.again(rows)[:, k] for k in range(beta.size)}
        )
        columns = " + ".join(f"x{k}" for k in range(beta.size))
        again = cox(f"Surv(t2, d3) ~ {columns}", drawn)
        assert beta == pytest.approx(again.coefficients, rel=1e-8)


@pytest.mark.parametrize("shape", ["rcs(x, 4)", "x + I(x**2) + I(x**3)"])
def test_columns_that_nearly_cancel_are_no_reason_to_leave_samples_out(shape: str) -> None:
    """A spline's coefficients times the ranges of its columns are large, and finite."""
    heavy = TRIAL.with_columns(x=(1.5 * pl.col("x")).exp())
    fit = cox(f"Surv(exit, event) ~ {shape}", heavy)
    assert (np.abs(fit.coefficients) * np.ptp(fit.rows.x, axis=0)).max() > 20
    assert validate(fit, repeats=20).failed == 0
    assert calibration(fit, 20, groups=2, repeats=5).failed == 0


def test_an_offset_is_part_of_the_score() -> None:
    fit = cox("Surv(exit, event) ~ x + offset(shift)", TRIAL)
    samples = samples_of(fit)
    assert samples.apparent()[0] == pytest.approx(fit.concordance().estimate, rel=1e-12)
    training, test = samples.indexes(np.ones((1, TRIAL.height), dtype=int))
    score = fit.rows.predictor(fit.coefficients)
    lone = cox("Surv(exit, event) ~ score", TRIAL.with_columns(score=pl.Series(score)))
    assert test[0, 3] == pytest.approx(lone.estimate[0], rel=1e-8)
    assert test[0, 2] == pytest.approx(float(nagelkerke(lone.loglik, lone.null_loglik, lone.n)))
    assert training[0, 0] == pytest.approx(samples.apparent()[0])


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_slopes_are_cox_models_of_the_scores(ties) -> None:
    fit = cox(LATE + " + strata(site)", TRIAL, ties=ties)
    rng = np.random.default_rng(5)
    scores = fit.rows.x @ rng.normal(size=(fit.estimate.size, 4)) * np.array([1, 30, 1e-3, -1])
    found = calibration_slopes(fit.rows, scores, efron=ties == "efron")
    for place, score in enumerate(scores.T):
        df = TRIAL.with_columns(score=pl.Series(score))
        alone = cox("Surv(entry, exit, event) ~ score + strata(site)", df, ties=ties)
        assert found.slope[place] == pytest.approx(alone.estimate[0], rel=1e-9)
        assert found.loglik[place] == pytest.approx(alone.loglik, rel=1e-12)


def test_a_score_without_a_slope() -> None:
    fit = cox(COX, TRIAL)
    constant = np.ones((TRIAL.height, 1))
    order = -fit.histories.exit[:, np.newaxis].astype(float)
    found = calibration_slopes(fit.rows, np.hstack((constant, order)), efron=True)
    assert np.isnan(found.slope).tolist() == [True, True]
    assert found.loglik[0] == pytest.approx(fit.null_loglik, rel=1e-12)


def test_events_per_variable() -> None:
    fit = cox(COX + " + rcs(shift, 4)", TRIAL)
    assert events_per_variable(fit) == fit.events / 7
    assert validate(fit, repeats=2).events_per_variable == fit.events / 7
    binary = logistic("response ~ x + stage", TRIAL)
    rarer = min(binary.events, binary.n - binary.events)
    assert events_per_variable(binary) == rarer / 3
    with pytest.raises(InputError, match="at least one covariate"):
        events_per_variable(None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"repeats": 0}, "repeats=0: give a whole number from 1 on"),
        ({"repeats": 2.5}, "repeats=2.5: give a whole number"),
        ({"seed": -1}, "seed=-1: give a whole number from 0 on"),
        ({"selection": {"method": "refit"}}, "selection has method; it takes rule, stay"),
        ({"selection": {"rule": "bic"}}, "rule='bic': choose one of"),
        ({"selection": {"stay": 2}}, "stay=2: give a P value"),
        ({"selection": {"keep": ["nobody"]}}, "keep=.*Terms are: x, dose, stage"),
    ],
)
def test_wrong_options_are_refused(options, message) -> None:
    with pytest.raises(InputError, match=message):
        validate(cox(COX, TRIAL), **options)


def test_fits_without_a_plain_bootstrap_are_refused() -> None:
    with pytest.raises(InputError, match="the model has weights"):
        validate(cox(COX, TRIAL, weights="copies"))
    with pytest.raises(InputError, match="the model has weights"):
        validate(logistic("response ~ x", TRIAL, weights="copies"))
    with pytest.raises(InputError, match="with a penalty"):
        validate(cox(COX, TRIAL, ridge=1.0))
    with pytest.raises(InputError, match="with a penalty"):
        validate(logistic("response ~ x", TRIAL, firth=True))
    with pytest.raises(InputError, match="a fit of cox or logistic is expected, not str"):
        validate("Surv(t, d) ~ x")
    apart = TRIAL.with_columns(apart=pl.col("exit") < 5).with_columns(
        event=pl.when(pl.col("exit") < 5).then(1).otherwise(pl.col("event") * 0)
    )
    with pytest.warns(AtRiskWarning):
        fit = cox("Surv(exit, event) ~ apart", apart)
    with pytest.raises(InputError, match="is infinite: join levels"):
        validate(fit)


def test_a_study_too_small_for_any_sample_is_refused() -> None:
    few = pl.DataFrame({"t": [1, 2, 3], "d": [1, 0, 1], "x": [2.0, 1.0, 3.0]})
    fit = cox("Surv(t, d) ~ x", few)
    with pytest.raises(InputError, match="none of 2 samples has a model with finite estimates"):
        validate(fit, repeats=2, seed=0)
