"""Propensity weights, balance and the bootstrap against R, naive sums and known truths."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from atrisk.engine.weighted_risk import cumulative_risk
from atrisk.errors import AtRiskWarning, InputError
from atrisk.estimators.balance import balance
from atrisk.estimators.cox import cox
from atrisk.estimators.incidence import cumulative_incidence
from atrisk.estimators.propensity import propensity_weights
from atrisk.estimators.survival import kaplan_meier
from atrisk.estimators.weighted_bootstrap import weighted_bootstrap
from atrisk.sources.histories import Histories

TESTS = Path(__file__).parents[1]
STORED = json.loads((TESTS / "reference" / "values" / "weighting.json").read_text(encoding="utf-8"))
TRIAL = pl.read_csv(TESTS / "data" / "trial.csv")
FORMULA = "arm ~ x + dose + stage"
OPTIONS = {
    "ate": {"estimand": "ate"},
    "stabilised": {"estimand": "ate", "stabilised": True},
    "att": {"estimand": "att"},
    "overlap": {"estimand": "overlap"},
}


def close(found, expected, rtol=1e-9, atol=1e-14):
    np.testing.assert_allclose(found, np.array(expected, dtype=float), rtol=rtol, atol=atol)


def weights_of(**options):
    return propensity_weights(FORMULA, TRIAL, event="treated", **options)


def histories(weights=None, **options):
    frame = TRIAL if weights is None else TRIAL.with_columns(w=weights.for_rows())
    return Histories.from_frame(
        frame, exit="exit", event=options.pop("event", "event"), group="arm",
        weights=None if weights is None else "w", unit="months", origin="entry", **options,
    )  # fmt: skip


@pytest.mark.parametrize("name", OPTIONS)
def test_weights_and_weighted_estimates_equal_r(name):
    told = STORED["weights"][name]
    found = weights_of(**OPTIONS[name])
    close(found.score, STORED["score"])
    close(found.weight, told["weight"])
    groups = found.by_group()
    close(groups.effective_n, told["effective_n"])
    assert groups.n.tolist() == [83, 77]
    h = histories(found)
    fit = cox(h, {"arm": TRIAL["arm"].to_numpy() == "treated"})
    close(fit.estimate[0], told["cox"]["estimate"])
    close(fit.std_error[0], told["cox"]["std_error"], rtol=1e-8)
    assert fit.variance == "robust"
    close(kaplan_meier(h).at([10]).columns()["estimate"], told["survival"])
    alike = balance(TRIAL, "arm", ["x", "stage"], found, event="treated")
    close(alike.difference_after[0], told["difference"], atol=1e-12)
    close(alike.variance_ratio_after[0], told["variance_ratio"])
    risks = weighted_bootstrap(
        FORMULA, TRIAL, outcome="response", event="treated", draws=2, seed=1, **OPTIONS[name]
    )
    close(risks.estimate, [told["risk"]])


def test_overlap_weights_balance_the_means_exactly():
    found = balance(
        TRIAL, "arm", ["x", "dose", "stage"], weights_of(estimand="overlap"), event="treated"
    )
    assert found.largest_after < 1e-12
    assert found.largest_before > 0.05


def test_formulas_by_hand():
    # a saturated score: 3 of 4 severe and 1 of 4 others were treated
    rows = {"treated": [1, 1, 1, 0, 1, 0, 0, 0], "severe": [1, 1, 1, 1, 0, 0, 0, 0]}
    expected = {
        "ate": [4 / 3, 4 / 3, 4 / 3, 4, 4, 4 / 3, 4 / 3, 4 / 3],
        "att": [1, 1, 1, 3, 1, 1 / 3, 1 / 3, 1 / 3],
        "overlap": [0.25, 0.25, 0.25, 0.75, 0.75, 0.25, 0.25, 0.25],
    }
    for estimand, weight in expected.items():
        close(propensity_weights("treated ~ severe", rows, estimand=estimand).weight, weight)
    stable = propensity_weights("treated ~ severe", rows, stabilised=True)
    close(stable.weight, np.array(expected["ate"]) / 2)
    groups = propensity_weights("treated ~ severe", rows).by_group()
    close(groups.total, [8, 8])
    close(groups.effective_n, [64 / (16 + 3 * 16 / 9)] * 2)
    assert groups.group.tolist() == ["not treated", "treated"]


def test_trimmed_rows_are_listed_and_count_nothing():
    plain = weights_of()
    found = weights_of(trim=(0.4, 0.6))
    outside = (plain.score < 0.4) | (plain.score > 0.6)
    assert outside.any()
    assert found.trimmed.tolist() == (np.flatnonzero(outside) + 1).tolist()
    assert not found.weight[outside].any()
    close(found.weight[~outside], plain.weight[~outside], rtol=1e-14)
    assert found.by_group().trimmed.sum() == outside.sum()
    assert found.bounds == (0.4, 0.6)


def test_trimming_by_quantiles_of_either_group():
    plain = weights_of()
    found = weights_of(trim=0.1)
    low = np.quantile(plain.score[plain.treated], 0.1)
    high = np.quantile(plain.score[~plain.treated], 0.9)
    assert found.bounds == pytest.approx((low, high), rel=1e-14)
    assert found.trimmed.size == ((plain.score < low) | (plain.score > high)).sum() > 0


def test_truncated_weights_have_a_ceiling():
    plain, found = weights_of(), weights_of(truncate=0.05)
    for group in (False, True):
        part = plain.treated == group
        ceiling = np.quantile(plain.weight[part], 0.95)
        close(found.weight[part], np.minimum(plain.weight[part], ceiling), rtol=1e-14)
        assert found.ceiling[int(group)] == pytest.approx(ceiling)
    assert found.truncated.tolist() == (np.flatnonzero(found.weight < plain.weight) + 1).tolist()
    assert found.by_group().truncated.sum() == found.truncated.size > 0


def test_rows_with_missing_values_count_nothing_and_are_listed():
    gaps = TRIAL.with_columns(
        x=pl.Series([None if k == 2 else v for k, v in enumerate(TRIAL["x"])])
    )
    found = propensity_weights(FORMULA, gaps, event="treated")
    assert found.dropped.row.tolist() == [3]
    assert 3 not in found.row
    assert found.for_rows().shape == (160,)
    assert found.for_rows()[2] == 0.0
    alike = balance(gaps, "arm", ["x"], found, event="treated")
    assert alike.n.sum() == 159
    with pytest.raises(InputError, match="1 rows cannot be used: row 3"):
        propensity_weights(FORMULA, gaps, event="treated", missing="error")


def test_scores_at_the_ends_and_heavy_rows_are_told():
    rng = np.random.default_rng(1)
    x = np.append(rng.normal(0, 1, 200), [7.0, -4.0])
    z = rng.random(202) < 1 / (1 + np.exp(-1.5 * x))
    z[-2:] = [False, True]
    rows = {"z": z, "x": x}
    with pytest.warns(AtRiskWarning) as told:
        found = propensity_weights("z ~ x", rows)
    text = " ".join(str(w.message) for w in told)
    assert "Hardly anybody alike" in text
    assert "more than 10% of the weight of the" in text
    assert found.notes == tuple(str(w.message) for w in told)


# --- balance --------------------------------------------------------------------------


def test_balance_by_hand():
    rows = {
        "z": [1, 1, 1, 0, 0, 0], "w": [1.0, 2, 1, 1, 3, 1],
        "age": [50.0, 60, 70, 40, 50, None], "sex": ["f", "m", "m", "f", "f", "m"],
    }  # fmt: skip
    found = balance(rows, "z", ["age", "sex"], "w")
    assert found.covariate.tolist() == ["age", "sex", "sex"]
    assert found.level.tolist() == ["", "f", "m"]
    assert found.missing.tolist() == [1, 0, 0]
    assert found.treated_before[0] == 60.0
    assert found.untreated_before[0] == 45.0
    close(found.difference_before[0], 15 / np.sqrt((100 + 50) / 2))
    close(found.variance_ratio_before[0], 2.0)
    close([found.treated_after[0], found.untreated_after[0]], [60.0, 47.5])
    close(found.difference_after[0], 12.5 / np.sqrt(75))
    # sum w (x - m)^2 = 200 and 75; (sum w)^2 - sum w^2 = 10 and 6; sum w = 4
    close(found.variance_ratio_after[0], (200 * 4 / 10) / (75 * 4 / 6))
    shares = found.treated_before[1], found.untreated_before[1]
    close(shares, [1 / 3, 2 / 3])
    close(found.difference_before[1], (-1 / 3) / np.sqrt(2 / 9))
    close(found.difference_before[2], -found.difference_before[1])
    close(found.effective_n, [25 / 11, 16 / 6])
    weighted = balance(rows, "z", ["age"], "w", denominator="weighted")
    close(weighted.difference_after[0], 12.5 / np.sqrt((80 + 50) / 2))
    assert weighted.difference_before[0] == found.difference_before[0]


def test_equal_weights_change_nothing():
    found = balance(TRIAL, "arm", ["x", "dose", "stage"], np.full(160, 2.5), event="treated")
    close(found.difference_after, found.difference_before, rtol=1e-12)
    close(found.variance_ratio_after, found.variance_ratio_before, rtol=1e-12)
    close(found.effective_n, found.n)


def test_a_covariate_that_does_not_vary():
    rows = {"z": [1, 1, 0, 0], "same": [1, 1, 1, 1], "apart": [2, 2, 1, 1]}
    found = balance(rows, "z", ["same", "apart"], [1, 1, 1, 1])
    assert found.difference_before[0] == 0.0
    assert np.isnan(found.difference_before[1])


# --- bootstrap ------------------------------------------------------------------------


def test_the_bootstrap_starts_from_the_weighted_analysis():
    for cause, event, causes in ((None, "event", None), ("one", "cause", {"one": 1, "two": 2})):
        options = {} if causes is None else {"causes": causes}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = weighted_bootstrap(
                FORMULA, TRIAL, histories(event=event, **options), event="treated", times=[5, 10],
                cause=cause, draws=3, seed=4, ties="breslow",
            )  # fmt: skip
        h = histories(weights_of(), event=event, **options)
        fit = cox(h, {"arm": TRIAL["arm"].to_numpy() == "treated"}, cause=cause, ties="breslow")
        close(found.estimate[0], fit.estimate[0])
        if cause is None:
            curves = kaplan_meier(h).at([5, 10]).columns()
            chosen = np.ones(4, dtype=bool)
        else:
            curves = cumulative_incidence(h).at([5, 10]).columns()
            chosen = curves["cause"] == "one"
        estimate = {
            g: curves["estimate"][chosen & (curves["group"] == g)] for g in ("control", "treated")
        }
        close(found.estimate[1:], estimate["treated"] - estimate["control"])
        kind = "survival" if cause is None else "cumulative incidence"
        assert found.quantity.tolist() == ["log hazard ratio", *[f"{kind} difference"] * 2]
        assert found.time.tolist()[1:] == [5, 10]
        assert (found.unit, found.origin, found.n) == ("months", "entry", 160)


def test_each_sample_is_the_whole_analysis_of_the_rows_drawn():
    found = weighted_bootstrap(
        FORMULA, TRIAL, histories(), event="treated", times=[8], outcome="response",
        estimand="att", trim=0.05, truncate=0.05, draws=3, seed=9,
    )  # fmt: skip
    rng = np.random.default_rng(9)
    for sample in found.samples:
        rows = TRIAL[np.sort(rng.integers(0, 160, 160))]
        weights = propensity_weights(
            FORMULA, rows, event="treated", estimand="att", trim=0.05, truncate=0.05
        )
        h = Histories.from_frame(
            rows.with_columns(w=weights.for_rows()), exit="exit", event="event", group="arm",
            weights="w", unit="months", origin="entry",
        )  # fmt: skip
        fit = cox(h, {"arm": rows["arm"].to_numpy() == "treated"})
        survival = kaplan_meier(h).at([8]).columns()["estimate"]
        w, z, y = weights.weight, weights.treated, rows["response"].to_numpy()
        risk = np.average(y[z], weights=w[z]) - np.average(y[~z], weights=w[~z])
        close(sample, [fit.estimate[0], survival[1] - survival[0], risk], rtol=1e-8)


def test_errors_and_limits_are_those_of_the_samples():
    found = weighted_bootstrap(
        FORMULA, TRIAL, outcome="response", event="treated", draws=40, seed=2, conf_level=0.8
    )
    close(found.std_error, found.samples.std(axis=0, ddof=1))
    close([found.lower[0], found.upper[0]], np.quantile(found.samples[:, 0], [0.1, 0.9]))
    again = weighted_bootstrap(
        FORMULA, TRIAL, outcome="response", event="treated", draws=40, seed=2
    )
    assert np.array_equal(found.samples, again.samples)
    other = weighted_bootstrap(
        FORMULA, TRIAL, outcome="response", event="treated", draws=40, seed=3
    )
    assert not np.array_equal(found.samples, other.samples)
    assert found.columns()["quantity"].tolist() == ["risk difference"]


def test_the_bootstrap_counts_that_scores_were_estimated():
    """With scores that explain the outcome, its error is smaller than with weights as known."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=400)
    z = rng.random(400) < 1 / (1 + np.exp(-0.5 * x))
    y = rng.random(400) < 1 / (1 + np.exp(-2.5 * x))
    rows = {"z": z, "x": x, "y": y}
    weights = propensity_weights("z ~ x", rows)
    w = weights.weight
    known = 0.0
    for group in (z, ~z):
        mean = np.average(y[group], weights=w[group])
        known += ((w[group] * (y[group] - mean)) ** 2).sum() / w[group].sum() ** 2
    found = weighted_bootstrap("z ~ x", rows, outcome="y", draws=300, seed=1)
    assert found.std_error[0] < 0.9 * np.sqrt(known)


def test_samples_without_a_rare_level_are_no_failures():
    rng = np.random.default_rng(3)
    rows = {
        "z": np.tile([True, False], 30), "c": ["rare"] * 2 + list(rng.choice(["a", "b"], 58)),
        "y": rng.random(60) < 0.4,
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AtRiskWarning)
        found = weighted_bootstrap("z ~ c", rows, outcome="y", draws=60, seed=1)
    # one row of the level is treated, one is not: it is absent, or tells the treatment, or neither
    draw = np.random.default_rng(1)
    rare = [
        np.unique(rows[rows < 2]).size for rows in (draw.integers(0, 60, 60) for _ in range(60))
    ]
    assert min(rare.count(k) for k in (0, 1, 2)) > 3
    assert found.failed == rare.count(1)
    assert found.samples.shape == (60 - found.failed, 1)


def test_many_failures_are_told():
    rng = np.random.default_rng(3)
    rows = {
        "z": np.tile([True, False], 20), "c": ["rare"] * 2 + ["usual"] * 38,
        "y": rng.random(40) < 0.5,
    }  # fmt: skip
    with pytest.warns(AtRiskWarning, match="samples had no finite estimate"):
        found = weighted_bootstrap("z ~ c", rows, outcome="y", draws=50, seed=1)
    assert found.failed > 5
    with pytest.warns(AtRiskWarning, match="covariates, or the weights of the overlap"):
        weighted_bootstrap("z ~ c", rows, outcome="y", draws=50, seed=1)
    with pytest.warns(AtRiskWarning, match="Use fewer covariates[.]"):
        weighted_bootstrap("z ~ c", rows, outcome="y", draws=50, seed=1, estimand="overlap")


def test_weighted_risk_equals_the_estimators_with_late_entry():
    weights = TRIAL["weight"].to_numpy()
    h = Histories.from_frame(
        TRIAL, exit="exit", entry="entry", event="cause", causes={"one": 1, "two": 2},
        weights="weight", unit="months", origin="entry",
    )  # fmt: skip
    risk = cumulative_risk(h.exit, h.entry, h.cause, weights, h.grid.times.size, 2)
    told = cumulative_incidence(h).at([4, 9, 12]).columns()
    places = np.searchsorted(h.grid.times, [4, 9, 12], side="right") - 1
    close(risk[places], told["estimate"][told["cause"] == "two"])
    whole = cumulative_risk(h.exit, h.entry, h.cause, weights, h.grid.times.size, None)
    close(1 - whole[places], kaplan_meier(h).at([4, 9, 12]).columns()["estimate"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: weights_of(estimand="atc"), "estimand='atc': choose one of"),
        (lambda: weights_of(estimand="att", stabilised=True), "stabilised=True belongs to"),
        (lambda: weights_of(trim=0.7), "trim=0.7: give a quantile"),
        (lambda: weights_of(trim=(0.9, 0.1)), r"give \(low, high\) scores"),
        (lambda: weights_of(trim=(0.98, 0.99)), "has a score within 0.98 and 0.99"),
        (lambda: weights_of(truncate=True), "truncate=True"),
        (lambda: propensity_weights(FORMULA, TRIAL), "holds text: 'control', 'treated'"),
        (
            lambda: propensity_weights("z ~ x", {"z": [1, 1, 0, 0], "x": list("aabb")}),
            r"z: 'x\[b\]' tells with certainty",
        ),
        (lambda: balance(TRIAL, "arm", "x", np.ones(160), event="treated"), "give a list"),
        (lambda: balance(TRIAL, "arm", ["x"], None, event="treated"), "weights=None: give what"),
        (lambda: balance(TRIAL, "arm", ["x"], 2.0, event="treated"), "weights=2.0: give what"),
        (lambda: balance(TRIAL, "arm", ["x"], np.ones(9), event="treated"), r"\(9,\) for 160"),
        (lambda: balance(TRIAL, "arm", ["x"], -np.ones(160), event="treated"), "0 or more"),
        (lambda: balance(TRIAL, "arm", ["x"], np.zeros(160), event="treated"), "no row analysed"),
        (
            lambda: balance(TRIAL, "arm", ["x"], "w", event="treated"),
            "weights='w': there is no such column",
        ),
        (
            lambda: balance(TRIAL, "arm", ["x"], "weight", event="treated", denominator="pooled"),
            "denominator='pooled'",
        ),
        (lambda: weighted_bootstrap(FORMULA, TRIAL, seed=1), "give histories, or"),
        (
            lambda: weighted_bootstrap(FORMULA, TRIAL, outcome="response", times=[1], seed=1),
            "times and cause belong to histories",
        ),
        (
            lambda: weighted_bootstrap(FORMULA, TRIAL, outcome="response", seed=1.5),
            "seed=1.5: give a whole number",
        ),
        (
            lambda: weighted_bootstrap(FORMULA, TRIAL, outcome="response", seed=1, draws=1),
            "draws=1: give a whole number",
        ),
        (
            lambda: weighted_bootstrap(FORMULA, TRIAL, histories(weights_of()), seed=1),
            "histories with weights",
        ),
        (
            lambda: weighted_bootstrap(
                FORMULA, TRIAL.head(9), histories(), event="treated", seed=1
            ),
            "there are 160 histories and 9 rows",
        ),
        (
            lambda: weighted_bootstrap(
                FORMULA, TRIAL, histories(), event="treated", times=[1e6], seed=1
            ),
            "are followed from 0 to",
        ),
        (
            lambda: weighted_bootstrap(FORMULA, TRIAL, histories(), cause="x", seed=1),
            "cause='x': causes are 'event'",
        ),
        (
            lambda: weighted_bootstrap(
                "z ~ x",
                {"z": [1, 1, 0, 0], "x": list("aabb"), "y": [1, 0, 1, 0]},
                outcome="y",
                seed=1,
            ),
            "separated by the covariates in the data as they are",
        ),
    ],
)
def test_mistakes_are_refused_in_words(call, message):
    with pytest.raises(InputError, match=message):
        call()
