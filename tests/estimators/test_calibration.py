"""Calibration: each part again by public calls on rows that are written out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from atrisk.engine.calibration import absolute_errors, group_survival, smooth_curve
from atrisk.engine.splines import default_knots
from atrisk.errors import AtRiskWarning, InputError
from atrisk.estimators.calibration import calibration
from atrisk.estimators.calibration_samples import Study
from atrisk.estimators.cox import cox
from atrisk.estimators.logistic import logistic
from atrisk.estimators.survival import kaplan_meier
from atrisk.sources.histories import Histories

TESTS = Path(__file__).parents[1]
LUNG = pl.read_csv(TESTS / "data/lung.csv").drop_nulls()
TRIAL = pl.read_csv(TESTS / "data/trial.csv")
MODEL = "Surv(time, death) ~ age + sex + ecog + karnofsky"
AT = 365.0


def predicted(fit, df, at=AT) -> np.ndarray:
    return fit.predict_survival(df, [at]).estimate


def curve_by_formula(df, survival: np.ndarray, right: str, at=AT, outcome="Surv(time, death)"):
    """The calibration model as a Cox model of the package, read at any prediction."""
    u = np.log(-np.log(survival))
    fit = cox(f"{outcome} ~ {right}", df.with_columns(u=pl.Series(u)))
    return lambda s: predicted(fit, {"u": np.log(-np.log(s))}, at)


@pytest.fixture(scope="module")
def found():
    return calibration(cox(MODEL, LUNG), AT, groups=4, repeats=6)


def test_predictions_are_those_of_the_fit(found) -> None:
    assert found.prediction == pytest.approx(predicted(cox(MODEL, LUNG), LUNG), rel=1e-10)


def test_groups_hold_kaplan_meier_and_mean_predictions(found) -> None:
    bounds = np.quantile(found.prediction, [0.25, 0.5, 0.75])
    group = (found.prediction[:, np.newaxis] > bounds).sum(axis=1)
    h = Histories.from_frame(
        LUNG.with_columns(group=pl.Series(group)), exit="time", event="death", group="group",
        unit="days", origin="entry",
    )  # fmt: skip
    table = kaplan_meier(h).at([AT])
    columns = table.columns()
    for name in ("std_error", "lower", "upper"):
        assert getattr(found, name) == pytest.approx(columns[name], rel=1e-12)
    assert found.observed == pytest.approx(columns["estimate"], rel=1e-12)
    means = [found.prediction[group == g].mean() for g in range(4)]
    assert found.predicted == pytest.approx(means, rel=1e-12)
    assert found.n.tolist() == np.bincount(group).tolist()
    assert found.group[0] == f"[0, {bounds[0]:.3f}]"
    assert found.group[3] == f"({bounds[2]:.3f}, 1]"


@pytest.mark.parametrize(("knots", "right"), [(3, "rcs(u, 3)"), (5, "rcs(u, 5)"), (2, "u")])
def test_the_curve_is_a_cox_model_on_a_spline(knots, right) -> None:
    found = calibration(cox(MODEL, LUNG), AT, knots=knots, repeats=2)
    curve = curve_by_formula(LUNG, found.prediction, right)
    assert found.curve.observed == pytest.approx(curve(found.curve.predicted), rel=1e-7)
    edges = np.quantile(found.prediction, [0.01, 0.99])
    assert found.curve.predicted[[0, -1]] == pytest.approx(edges)
    size = np.abs(curve(found.prediction) - found.prediction)
    wanted = [size.mean(), np.median(size), np.quantile(size, 0.9), size.max()]
    assert found.errors.apparent == pytest.approx(wanted, rel=1e-9)
    assert found.errors.index.tolist() == ["ICI", "E50", "E90", "Emax"]


def test_a_sample_is_the_model_of_its_rows_written_out() -> None:
    """Counts do what rows written again do: predictions, curves, groups and distances."""
    fit = cox(MODEL, LUNG)
    study = Study(fit, AT, None, 3)
    counts = study.samples.draw(np.random.default_rng(9))
    rows = LUNG[np.repeat(np.arange(LUNG.height), counts)]
    beta = study.samples.fitted(counts[np.newaxis])[0]
    bounds, grid = np.array([0.3, 0.5]), np.array([0.2, 0.4, 0.6])
    training, test = study.sample(beta, counts, bounds, grid)
    again = cox(MODEL, rows)
    assert beta == pytest.approx(again.estimate, rel=1e-7)
    for part, df in ((training, rows), (test, LUNG)):
        survival = predicted(again, df)
        u_knots = default_knots(np.log(-np.log(predicted(again, rows))), 3)
        right = f"rcs(u, [{', '.join(map(repr, u_knots.tolist()))}])"
        curve = curve_by_formula(df, survival, right)
        size = np.abs(curve(survival) - survival)
        group = (survival[:, np.newaxis] > bounds).sum(axis=1)
        h = Histories.from_frame(
            df.with_columns(group=pl.Series(group)), exit="time", event="death", group="group",
            unit="days", origin="entry",
        )  # fmt: skip
        observed = kaplan_meier(h).at([AT]).columns()["estimate"]
        gap = observed - [survival[group == g].mean() for g in range(3)]
        assert part[:3] == pytest.approx(gap, rel=1e-9, abs=1e-11)
        assert part[3:6] == pytest.approx(curve(grid), rel=1e-9)
        wanted = [size.mean(), np.median(size), np.quantile(size, 0.9), size.max()]
        assert part[6:] == pytest.approx(wanted, rel=1e-9)


def test_corrected_is_apparent_less_the_mean_optimism() -> None:
    fit = cox(MODEL, LUNG)
    found = calibration(fit, AT, groups=2, repeats=5, seed=3)
    study = Study(fit, AT, None, 3)
    rng = np.random.default_rng(3)
    counts = np.stack([study.samples.draw(rng) for _ in range(5)])
    bounds = np.quantile(found.prediction, [0.5])
    grid = found.curve.predicted
    both = [
        study.sample(beta, count, bounds, grid)
        for beta, count in zip(study.samples.fitted(counts), counts, strict=True)
    ]
    optimism = np.mean([training - test for training, test in both], axis=0)
    assert found.corrected == pytest.approx(found.observed - optimism[:2], rel=1e-10)
    assert found.curve.corrected == pytest.approx(found.curve.observed - optimism[2:-4], rel=1e-10)
    assert found.errors.corrected == pytest.approx(found.errors.apparent - optimism[-4:], rel=1e-9)
    assert found.errors.optimism == pytest.approx(optimism[-4:], rel=1e-9)
    assert (found.asked, found.failed, found.seed) == (5, 0, 3)


def test_strata_and_late_entry() -> None:
    text = "Surv(entry, exit, event) ~ x + dose"
    fit = cox(text + " + strata(site)", TRIAL)
    found = calibration(fit, 20, groups=3, repeats=3)
    assert found.prediction == pytest.approx(predicted(fit, TRIAL, 20), rel=1e-10)
    curve = curve_by_formula(
        TRIAL, found.prediction, "rcs(u, 3)", 20, outcome="Surv(entry, exit, event)"
    )
    assert found.curve.observed == pytest.approx(curve(found.curve.predicted), rel=1e-7)
    ones = np.ones(TRIAL.height)
    study = Study(fit, 20.0, None, 3)
    group = np.searchsorted(np.quantile(found.prediction, [1 / 3, 2 / 3]), found.prediction)
    ours = group_survival(study.exit, study.entry, study.event, group, 3, ones)
    assert ours == pytest.approx(found.observed, rel=1e-12)


def test_an_offset_of_any_size_leaves_the_predictions() -> None:
    plain = calibration(cox(MODEL, LUNG), AT, repeats=1)
    far = LUNG.with_columns(far=pl.lit(500.0))
    moved = calibration(cox(MODEL + " + offset(far)", far), AT, repeats=1)
    assert moved.prediction == pytest.approx(plain.prediction, rel=1e-8)


def test_breslows_ties_are_kept() -> None:
    fit = cox(MODEL, LUNG, ties="breslow")
    found = calibration(fit, AT, repeats=2)
    assert found.prediction == pytest.approx(predicted(fit, LUNG), rel=1e-10)


def test_selection_is_part_of_the_model() -> None:
    fit = cox(MODEL, LUNG)
    found = calibration(fit, AT, repeats=4, selection={"rule": "p", "stay": 0.05})
    kept = cox("Surv(time, death) ~ sex + ecog + karnofsky", LUNG)
    smaller = cox("Surv(time, death) ~ sex + ecog", LUNG)
    options = [predicted(model, LUNG) for model in (kept, smaller)]
    assert any(found.prediction == pytest.approx(option, rel=1e-8) for option in options)


def test_the_level_widens_the_interval(found) -> None:
    narrow = calibration(cox(MODEL, LUNG), AT, groups=4, repeats=1, conf_level=0.5)
    assert np.all(narrow.lower > found.lower)
    assert np.all(narrow.upper < found.upper)
    assert (narrow.conf_level, found.conf_level) == (0.5, 0.95)


def test_group_survival_by_hand() -> None:
    """Of 3 at risk one dies at 1, of the 2 left one at 2; the second group is observed from 1."""
    exit_, event = np.array([1, 2, 3, 3, 2]), np.array([True, True, False, False, True])
    group, ones = np.array([0, 0, 0, 1, 1]), np.ones(5)
    entry = np.array([0, 0, 0, 1, 1])
    assert group_survival(exit_, entry, event, group, 3, ones) == pytest.approx(
        [1 / 3, 1 / 2, np.nan], nan_ok=True
    )
    twice = np.array([1, 1, 2, 1, 1])
    assert group_survival(exit_, None, event, group, 2, twice)[0] == pytest.approx(3 / 4 * 2 / 3)


def test_absolute_errors_count_rows() -> None:
    found = absolute_errors(np.array([-0.1, 0.3]), np.array([3, 1]))
    assert found == pytest.approx([0.15, 0.1, np.quantile([0.1, 0.1, 0.1, 0.3], 0.9), 0.3])


def test_a_curve_without_a_maximum_is_none() -> None:
    df = pl.DataFrame({"t": np.arange(1, 21), "d": np.ones(20, int), "x": np.arange(20.0)})
    rows = cox("Surv(t, d) ~ x", df.with_columns(x=pl.col("x").shuffle(1))).rows
    order = -np.arange(20.0)
    assert smooth_curve(rows, order, np.empty(0), 5, None, efron=True) is None
    assert smooth_curve(rows, np.ones(20), np.empty(0), 5, None, efron=True) is None


def test_failed_samples_are_counted() -> None:
    rare = TRIAL[:40].with_columns(rare=pl.Series([1.0, 1, 1] + [0.0] * 37))
    fit = cox("Surv(exit, event) ~ x + rare", rare)
    with pytest.warns(AtRiskWarning, match=r"\d+ of 30 samples are left out"):
        found = calibration(fit, 20, groups=2, repeats=30)
    assert 0 < found.failed < 30
    assert np.isfinite(found.corrected).all()


@pytest.mark.parametrize(
    ("at", "options", "message"),
    [
        (0, {}, "at=0: give a time after 0 and up to 1022"),
        (5000, {}, "at=5000: give a time after 0 and up to 1022"),
        ("year", {}, "at='year': give a time in"),
        (2, {}, "at=2: there is no event up to it"),
        (AT, {"groups": 0}, "groups=0: give a whole number from 1"),
        (AT, {"knots": 1}, "knots=1: give a whole number from 2"),
        (AT, {"knots": 9}, "9 knots: a restricted cubic spline takes"),
        (AT, {"repeats": 0}, "repeats=0"),
        (AT, {"seed": 0.5}, "seed=0.5"),
        (AT, {"conf_level": 2}, "conf_level=2"),
    ],
)
def test_wrong_options_are_refused(at, options, message) -> None:
    with pytest.raises(InputError, match=message):
        calibration(cox(MODEL, LUNG), at, **options)


def test_predictions_with_few_values_have_no_curve() -> None:
    fit = cox("Surv(time, death) ~ sex", LUNG)
    with pytest.raises(InputError, match="3 knots at quantiles of 212 values do not increase"):
        calibration(fit, AT)
    straight = calibration(fit, AT, groups=5, knots=2, repeats=3)
    assert straight.group.size == 2
    assert straight.n.sum() == LUNG.height


def test_a_selection_that_leaves_nothing_has_no_curve() -> None:
    with pytest.raises(InputError, match="selection leaves no covariate: there is no calibration"):
        calibration(cox(MODEL, LUNG), AT, selection={"stay": 1e-12})


def test_other_models_are_refused() -> None:
    with pytest.raises(InputError, match="a fit of cox is expected, not LogisticFit"):
        calibration(logistic("response ~ x", TRIAL), 5)
    with pytest.raises(InputError, match="the model has weights"):
        calibration(cox("Surv(exit, event) ~ x", TRIAL, weights="copies"), 5)
