"""cause_specific_cox and absolute_risk: identities, exact derivatives, R, and refusals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from scipy.special import ndtri

import weight_derivatives as exact
from atrisk import Histories
from atrisk.errors import AtRiskWarning, InputError
from atrisk.estimators.absolute_risk import absolute_risk
from atrisk.estimators.cause_specific import cause_specific_cox
from atrisk.estimators.cox import cox

if TYPE_CHECKING:
    from atrisk.estimators.cause_specific import CauseSpecificFits

CAUSES = {"relapse": 1, "death": 2}
NEW = {"age": [0.5, -1.0], "sex": ["m", "f"]}
FORMULA = "Surv(days, event) ~ age + sex"


def frame(n: int = 70, *, seed: int = 21) -> pl.DataFrame:
    data = exact.drawn(seed, n, "stratum", tied=True)
    return pl.DataFrame(
        {
            "days": data.exit,
            "event": data.cause,
            "age": data.x[:, 0].round(2),
            "sex": np.where(data.x[:, 1] == 1, "m", "f"),
            "centre": np.where(data.stratum == 1, "a", "b"),
            "pair": np.arange(n) // 2,
        }
    )


def fits(df: pl.DataFrame, formula: str = FORMULA, **options: object) -> CauseSpecificFits:
    return cause_specific_cox(formula, df, **{"causes": CAUSES, **options})


# Cause-specific models


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_each_cause_is_a_cox_model_with_the_others_censored(ties: str) -> None:
    df = frame()
    both = fits(df, ties=ties, conf_level=0.9)
    for cause, code in CAUSES.items():
        alone = cox(
            FORMULA,
            df.with_columns(event=(pl.col("event") == code).cast(int)),
            ties=ties,
            conf_level=0.9,
        )
        found = both[cause]
        assert found.estimate == pytest.approx(alone.estimate, rel=1e-12)
        assert found.vcov == pytest.approx(alone.vcov, rel=1e-12)
        assert found.events == alone.events
        assert found.lower == pytest.approx(alone.lower, rel=1e-12)
    table = both.to_frame()
    assert table["cause"].to_list() == ["relapse", "relapse", "death", "death"]
    assert table["term"].to_list() == ["age", "sex[m]"] * 2
    assert table["estimate"].to_list() == [e for f in both.fits for e in f.estimate]
    assert "events={'relapse':" in repr(both)
    assert both.method == f"cause-specific {both.fits[0].method}"


def test_options_reach_every_cause() -> None:
    df = frame().with_columns(w=pl.lit(2), z=0.1 * pl.col("age"))
    robust = fits(df, cluster="pair", weights="w")
    assert {fit.variance for fit in robust.fits} == {"robust"}
    assert {fit.variance for fit in fits(df, robust=True).fits} == {"robust"}
    named = fits(df, subject="pair", unit="days", origin="transplant", robust=False)
    assert (named.unit, named.origin, named.fits[1].subjects) == ("days", "transplant", 35)
    moved = fits(df, "Surv(days, event) ~ age + sex + offset(z)").fits[0]
    assert moved.estimate[0] == pytest.approx(fits(df).fits[0].estimate[0] - 0.1, rel=1e-8)
    with pytest.raises(InputError, match="did not converge"):
        fits(df, iterations=1)
    with pytest.raises(InputError, match="ties="):
        fits(df, ties="exact")
    swapped = df.with_columns(event=pl.col("event").replace_strict({0: 9, 1: 1, 2: 2}))
    assert fits(swapped, censored=9).fits[0].loglik == fits(df).fits[0].loglik


def test_missing_rows_are_left_out_of_all_causes() -> None:
    df = frame().with_columns(
        age=pl.when(pl.int_range(70) == 5).then(None).otherwise(pl.col("age"))
    )
    found = fits(df)
    assert (found.n, found.dropped.row.tolist()) == (69, [6])
    with pytest.raises(InputError, match="cannot be used"):
        fits(df, missing="error")


def test_an_unknown_cause() -> None:
    with pytest.raises(InputError, match=r"cause='graft': there is no such cause\. Causes are"):
        fits(frame())["graft"]


# Absolute risk: numbers


def test_one_step_by_hand() -> None:
    """Both causes have the same events, so half of 1 - exp(-T) at the first time is each's."""
    data = {
        "t": [2, 2, 3, 3, 4, 4, 4, 4],
        "c": [1, 2, 1, 2, 0, 0, 0, 0],
        "x": [1, 1, -1, -1, 1, -1, 1, -1],
    }
    found = cause_specific_cox("Surv(t, c) ~ x", pl.DataFrame(data), causes={"a": 1, "b": 2})
    beta = [fit.estimate[0] for fit in found.fits]
    # four rows of x = 1 and four of x = -1 are at risk, one event of each cause
    step = np.exp(beta[0]) / (4 * np.exp(beta[0]) + 4 * np.exp(-beta[0]))
    risk = absolute_risk(found, {"x": [1]}, 2)
    assert beta[0] == pytest.approx(beta[1])
    assert risk.estimate == pytest.approx([(1 - np.exp(-2 * step)) / 2] * 2, rel=1e-9)


def test_incidences_and_survival_sum_to_one() -> None:
    df = frame()
    found = fits(df)
    times = [3.0, 8.0, 12.0]
    risk = absolute_risk(found, NEW, times).to_frame()
    total = risk.group_by("row", "time", maintain_order=True).agg(pl.col("estimate").sum())
    survival = [fit.predict_survival(NEW, times).estimate for fit in found.fits]
    assert 1 - total["estimate"].to_numpy() == pytest.approx(survival[0] * survival[1], rel=1e-12)


def test_one_cause_is_the_complement_of_survival() -> None:
    df = frame().with_columns(event=(pl.col("event") == 1).cast(int))
    found = cause_specific_cox(FORMULA, df)
    risk = found.absolute_risk(NEW, [4, 9])
    told = found.fits[0].predict_survival(NEW, [4, 9]).estimate
    assert risk.estimate == pytest.approx(1 - told, rel=1e-12)


@pytest.mark.parametrize("efron", [True, False])
@pytest.mark.parametrize("special", ["", "weight", "entry", "stratum", "weight entry stratum"])
def test_error_is_that_of_the_exact_derivatives(special: str, *, efron: bool) -> None:
    """Derivatives of the incidence in each row's weight, through baselines and coefficients."""
    data = exact.drawn(15, 36, *special.split(), tied=True)
    h = Histories.from_arrays(**data.arguments(), causes=CAUSES, unit="days", origin="start")
    found = cause_specific_cox(h, data.x, ties="efron" if efron else "breslow")
    x, until = np.array([0.3, 1.0]), 8.0
    betas = [fit.coefficients for fit in found.fits]
    new = {"x1": [0.3], "x2": [1.0], "strata": [0]}
    risk = absolute_risk(found, new, [until])

    def at(rows: exact.Rows, coefficients: list[np.ndarray]) -> np.ndarray:
        return exact.incidence(rows, coefficients, x, 0, until, efron=efron)

    influence = exact.in_each_weight(data, lambda rows: at(rows, betas))
    for c, beta in enumerate(betas):

        def moved(b: np.ndarray, c: int = c) -> np.ndarray:
            return at(data, [*betas[:c], b, *betas[c + 1 :]])

        def score(rows: exact.Rows, b: np.ndarray, c: int = c) -> np.ndarray:
            return exact.cox_score(rows, c + 1, b, efron=efron)

        slope = exact.in_each_argument(moved, beta)
        information = -exact.in_each_argument(lambda b: score(data, b), beta)
        own = exact.in_each_weight(data, lambda rows, beta=beta: score(rows, beta))
        influence += own @ np.linalg.solve(information, slope)
    assert risk.estimate == pytest.approx(np.real(at(data, betas)), rel=1e-10)
    assert risk.std_error == pytest.approx(np.sqrt((influence**2).sum(axis=0)), rel=1e-8)


def test_clusters_and_weights_as_units() -> None:
    df = frame().with_columns(copies=pl.Series(np.arange(70) % 3 + 1)).with_row_index("id")
    twice = df[np.repeat(np.arange(70), df["copies"])]
    # Breslow's ties: a death of weight 2 is two tied deaths
    counted, told = (
        absolute_risk(fits(d, ties="breslow", **o), NEW, [9])
        for d, o in ((df, {"weights": "copies"}), (twice, {}))
    )
    assert counted.std_error == pytest.approx(told.std_error, rel=1e-8)
    weighted, grouped = (
        absolute_risk(fits(d, ties="breslow", **o), NEW, [9])
        for d, o in ((df, {"weights": "copies", "robust": True}), (twice, {"cluster": "id"}))
    )
    assert weighted.std_error == pytest.approx(grouped.std_error, rel=1e-8)
    assert not np.allclose(weighted.std_error, counted.std_error, rtol=1e-3)
    named = absolute_risk(fits(twice, ties="breslow", subject="id", robust=False), NEW, [9])
    assert named.std_error == pytest.approx(grouped.std_error, rel=1e-8)


R_DAYS = [1, 2, 2, 3, 3, 4, 5, 5, 6, 7, 8, 9]
R_EVENT = [1, 2, 1, 1, 2, 0, 2, 1, 0, 1, 2, 0]
R_A = [0.275614931419778, 0.385563558871255, 0.558333967549915]
R_B = [0.123715442656403, 0.191249277576298, 0.269494610101189]
R_AGE = [0.3, -1.2, 0.8, 1.1, 0.4, -0.5, 0.9, -0.2, 0.1, -0.7, -1.0, 0.6]


def test_beside_r() -> None:
    """survival 3.5-3, R 4.2.2.

    d <- data.frame(id = 1:12, t = R_DAYS, x = R_AGE, e = factor(R_EVENT, 0:2, c("no", "a", "b")))
    f <- coxph(Surv(t, e) ~ x, d, id = id, ties = "breslow", control = coxph.control(1e-14))
    s <- survfit(f, newdata = data.frame(x = 0.5))
    s$pstate[match(c(3, 5, 8), s$time), , ]
    """
    df = pl.DataFrame({"t": R_DAYS, "e": R_EVENT, "x": R_AGE})
    found = cause_specific_cox("Surv(t, e) ~ x", df, causes={"a": 1, "b": 2}, ties="breslow")
    risk = absolute_risk(found, {"x": [0.5]}, [3, 5, 8])
    assert risk.estimate[:3] == pytest.approx(R_A, rel=1e-9)
    assert risk.estimate[3:] == pytest.approx(R_B, rel=1e-9)


def test_interval_times_and_order() -> None:
    df = frame()
    found = fits(df, unit="days", origin="transplant")
    risk = found.absolute_risk(NEW, [9, 4], conf_level=0.8)
    assert risk.row.tolist() == [1] * 4 + [2] * 4
    assert risk.cause.tolist() == ["relapse", "relapse", "death", "death"] * 2
    assert risk.time.tolist() == [9, 4] * 4
    hazard = -np.log1p(-risk.estimate)
    factor = np.exp(float(ndtri(0.9)) * risk.std_error / (1 - risk.estimate) / hazard)
    assert risk.lower == pytest.approx(1 - np.exp(-hazard / factor), rel=1e-9)
    assert risk.upper == pytest.approx(1 - np.exp(-hazard * factor), rel=1e-9)
    every = found.absolute_risk({"age": [0.5], "sex": ["m"]})
    times = sorted(df.filter(pl.col("event") > 0)["days"].unique())
    assert every.time.tolist() == times * 2
    before = found.absolute_risk(NEW, times[0] / 2)
    assert (before.estimate.tolist(), before.std_error.tolist()) == ([0] * 4, [0] * 4)
    assert (risk.unit, risk.origin, risk.conf_level) == ("days", "transplant", 0.8)


def test_a_time_that_counts_as_the_same_is_the_same() -> None:
    found = fits(frame().with_columns(pl.col("days") * 0.1))
    risk = found.absolute_risk(NEW, [0.3, 0.1 + 0.2, 0.6, 0.1 * 6])
    by_time = risk.estimate.reshape(-1, 4)
    assert (by_time[:, [0, 2]] == by_time[:, [1, 3]]).all()
    assert (by_time[:, 0] < by_time[:, 2]).all()


def test_order_of_rows_and_unit_of_time() -> None:
    df = frame()
    told = fits(df).absolute_risk(NEW, [9])
    back = fits(df[::-1]).absolute_risk(NEW, [9])
    assert back.std_error == pytest.approx(told.std_error, rel=1e-9)
    weeks = fits(df.with_columns(pl.col("days") / 7)).absolute_risk(NEW, [9 / 7])
    assert weeks.estimate == pytest.approx(told.estimate, rel=1e-9)
    assert weeks.std_error == pytest.approx(told.std_error, rel=1e-9)


def test_strata_have_their_own_baselines() -> None:
    df = frame()
    found = fits(df, FORMULA + " + strata(centre)")
    risk = found.absolute_risk({**NEW, "centre": ["b", "a"]}, [6])
    assert risk.stratum.tolist() == ["b", "b", "a", "a"]
    offset = fits(df.with_columns(z=pl.lit(0.0)), FORMULA + " + offset(z)")
    moved = offset.absolute_risk({**NEW, "z": [0.7, 0.7]}, [6]).estimate
    assert (moved > fits(df).absolute_risk(NEW, [6]).estimate).all()


def test_covariates_may_differ_between_causes() -> None:
    df = frame()
    own = {
        "death": cox("Surv(days, event) ~ sex", df, causes=CAUSES, cause="death"),
        "relapse": cox("Surv(days, event) ~ age", df, causes=CAUSES, cause="relapse"),
    }
    risk = absolute_risk(own, NEW, [9])
    assert risk.cause.tolist() == ["relapse", "death"] * 2
    survival = [own[c].predict_survival(NEW, [9]).estimate for c in CAUSES]
    assert 1 - risk.estimate.reshape(2, 2).sum(axis=1) == pytest.approx(
        survival[0] * survival[1], rel=1e-12
    )


# Absolute risk: refusals


def test_refuses_fits_that_do_not_belong_together() -> None:
    df = frame()
    made = dict(zip(CAUSES, fits(df).fits, strict=True))
    with pytest.raises(InputError, match="fits is empty"):
        absolute_risk({}, NEW, [5])
    with pytest.raises(InputError, match="fits has relapse, the causes are relapse, death"):
        absolute_risk({"relapse": made["relapse"]}, NEW, [5])
    with pytest.raises(InputError, match=r"has 69 rows .* another has 70"):
        absolute_risk({**made, "death": fits(df[1:])["death"]}, NEW, [5])
    with pytest.raises(InputError, match="given for 'death' was not fitted to its events"):
        absolute_risk({**made, "death": made["relapse"]}, NEW, [5])


def test_refuses_penalised_and_infinite_estimates() -> None:
    df = frame()
    options = {"causes": CAUSES, "cause": "death"}
    made = dict(zip(CAUSES, fits(df).fits, strict=True))
    with pytest.raises(InputError, match="the model of 'death' is penalised"):
        absolute_risk({**made, "death": cox(FORMULA, df, ridge=1.0, **options)}, NEW, [5])
    with pytest.raises(InputError, match="the model of 'death' is penalised"):
        absolute_risk({**made, "death": cox(FORMULA, df, firth=True, **options)}, NEW, [5])
    never = df.with_columns(
        arm=pl.when(pl.col("event") == 1).then(pl.lit("a")).otherwise(pl.lit("b"))
    )
    with pytest.warns(AtRiskWarning, match="no maximum"):
        apart = fits(never, "Surv(days, event) ~ arm")
    with pytest.raises(InputError, match=r"the estimate of arm\[b\] is infinite"):
        apart.absolute_risk({"arm": ["a"]}, [5])


@pytest.mark.parametrize(
    ("times", "message"),
    [([1e6], "incidence is known from 0 to"), ("x", "one or more times"), ([-2], "known from 0")],
)
def test_refuses_times_outside_of_what_is_known(times: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        fits(frame()).absolute_risk(NEW, times)


def test_refuses_a_level_outside_of_0_and_1() -> None:
    with pytest.raises(InputError, match="conf_level"):
        fits(frame()).absolute_risk(NEW, [5], conf_level=1.0)


def test_results_are_read_only() -> None:
    found = fits(frame())
    with pytest.raises(AttributeError):
        replace(found).n = 3  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        found.absolute_risk(NEW, [5]).estimate[0] = 1.0
