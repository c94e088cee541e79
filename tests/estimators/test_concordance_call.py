"""The concordance call: R's numbers, every option, and what is refused.

The stored values were printed by R 4.2.2 with survival 3.5-3 (d as in `diagnostics_kit`):

    f <- coxph(Surv(t0, t, s) ~ age + f + strata(g) + cluster(id), d, weights = w)
    concordance(f)
    concordance(Surv(t, s) ~ age, d, weights = w, cluster = id, reverse = TRUE)
    concordance(Surv(t, s) ~ age, d, weights = w, timewt = "n/G2", ymax = 9, reverse = TRUE)
    concordance(Surv(t, s) ~ age + strata(g), d, timewt = "n/G2", reverse = TRUE)
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from atrisk import Histories, InputError
from atrisk.estimators.concordance import concordance
from diagnostics_kit import SMALL, small_fit

NUMBERS = (
    "estimate", "std_error", "concordant", "discordant", "tied_score", "tied_time", "tied_both"
)  # fmt: skip
MODEL = [0.65088757396449703, 0.10268601837947766, 26, 13.25, 3, 2.5, 0]
CLUSTERED = [0.662128712871287162, 0.066186598628475452, 60.5, 27.75, 12.75, 5, 0.5]
UNO = [
    0.675114390457239755, 0.080741847245629814, 79.863748397909887444, 33.509165112800005204,
    18.982237782321497832, 8.025751321322479370, 0.758769166141566864,
]  # fmt: skip
UNO_STRATA = [
    0.58235189295144907, 0.13663197393808882, 27.40489795918367122, 19.10530612244897952,
    3.88081632653061259, 2, 0,
]  # fmt: skip
AGE = SMALL["age"].to_numpy()


def histories(**columns):
    return Histories.from_frame(SMALL, exit="t", event="s", unit="days", origin="start", **columns)


def check(found, expected):
    numbers = [getattr(found, name) for name in NUMBERS]
    np.testing.assert_allclose(numbers, expected, rtol=1e-9, atol=1e-12)


def test_of_a_model():
    fit = small_fit()
    found = fit.concordance()
    check(found, MODEL)
    assert (found.n, found.events, found.clusters) == (16, 11, 8)
    assert found.method == "Harrell's C"
    np.testing.assert_allclose(found.upper - found.estimate, 1.959963984540054 * found.std_error)
    check(concordance(fit, fit.linear_predictor()), MODEL)


def test_of_a_score_with_clusters():
    found = concordance(histories(weights="w"), AGE, cluster=SMALL["id"])
    check(found, CLUSTERED)
    check(concordance(histories(weights="w", subject="id"), AGE), CLUSTERED)
    alone = concordance(histories(weights="w"), AGE)
    assert alone.clusters == 16
    assert alone.std_error == pytest.approx(np.sqrt(np.sum(alone.influence**2)), rel=1e-14)
    assert alone.std_error != pytest.approx(found.std_error, rel=0.01)


def test_uno_with_a_horizon():
    found = concordance(histories(weights="w"), AGE, weighting="uno", tau=9)
    check(found, UNO)
    assert (found.weighting, found.tau) == ("uno", 9)


def test_uno_within_strata():
    check(concordance(histories(strata="g"), AGE, weighting="uno"), UNO_STRATA)


def test_a_horizon_counts_events_up_to_it():
    found = concordance(histories(), AGE, tau=6.5)
    event = (SMALL["s"] == 1) & (SMALL["t"] <= 6.5)
    h = Histories.from_arrays(SMALL["t"], event, unit="days", origin="start")
    kept = concordance(h, AGE)
    # a later event is no censoring at its time, but nothing is counted there
    check(found, [getattr(kept, name) for name in NUMBERS])
    assert concordance(histories(), AGE, tau=5).concordant == found.concordant
    assert concordance(histories(), AGE, tau=4.9).concordant < found.concordant


def test_a_cause_makes_others_censorings():
    event = np.where(SMALL["t"].to_numpy() % 2, 1, 2) * SMALL["s"].to_numpy()
    causes = {"relapse": 1, "death": 2}
    h = Histories.from_arrays(SMALL["t"], event, causes=causes, unit="days", origin="start")
    alone = Histories.from_arrays(SMALL["t"], event == 2, unit="days", origin="start")
    found = concordance(h, AGE, cause="death")
    assert found.columns() == concordance(alone, AGE).columns()
    assert found.events == int(np.sum(event == 2))
    assert concordance(h, AGE).columns() == concordance(histories(), AGE).columns()


def test_level_of_the_interval():
    found = concordance(histories(), AGE, conf_level=0.5)
    np.testing.assert_allclose(found.estimate - found.lower, 0.6744897501960817 * found.std_error)
    nearly = concordance(histories(), -SMALL["t"].to_numpy())
    assert nearly.estimate + 1.96 * nearly.std_error > nearly.upper == 1.0


def test_equal_rows_of_a_model_are_tied_whatever_the_rounding():
    """The linear predictor of two rows with the same covariates is a tie, not a coin toss."""
    fit = small_fit("age")
    predictor = fit.rows.predictor(fit.coefficients)
    noise = 4e-16 * (np.arange(16) % 3)  # sums in another order
    rows = SimpleNamespace(event=fit.rows.event, predictor=lambda _: predictor + noise)
    parts = {k: getattr(fit, k) for k in ("histories", "cluster", "dropped", "coefficients")}
    noisy = concordance(SimpleNamespace(rows=rows, **parts))
    assert noisy.tied_score == fit.concordance().tied_score > 0


def test_refusals():
    h = histories()
    with pytest.raises(InputError, match="score is missing: give one number a history"):
        concordance(h)
    with pytest.raises(InputError, match=r"score has shape \(3,\), and there are 16 rows"):
        concordance(h, [1, 2, 3])
    with pytest.raises(InputError, match="values that are not numbers"):
        concordance(h, ["a"] * 16)
    with pytest.raises(InputError, match=r"missing or infinite in 1 of 16 rows.*row 2"):
        concordance(h, [1.0, np.nan, *range(14)])
    with pytest.raises(InputError, match="weighting='harrell': choose one of 'n', 'uno'"):
        concordance(h, AGE, weighting="harrell")
    with pytest.raises(InputError, match="weighting='uno' with late entry"):
        concordance(histories(entry="t0"), AGE, weighting="uno")
    with pytest.raises(InputError, match="tau=-1: give a positive time"):
        concordance(h, AGE, tau=-1)
    with pytest.raises(InputError, match="cause='relaps' does not exist"):
        concordance(h, AGE, cause="relaps")
    with pytest.raises(InputError, match=r"cluster has shape \(2,\)"):
        concordance(h, AGE, cluster=[1, 2])
    with pytest.raises(InputError, match="at no event up to tau=1 is another row"):
        concordance(h, AGE, tau=1)
    with pytest.raises(InputError, match="conf_level=95"):
        concordance(h, AGE, conf_level=95)
    with pytest.raises(InputError, match="Histories or a fitted Cox model are expected, not list"):
        concordance([1, 2], [1, 2])
    nobody = Histories.from_arrays([1, 2], [0, 0], unit="days", origin="start")
    with pytest.raises(InputError, match="nobody had the event"):
        concordance(nobody, [1, 2])
