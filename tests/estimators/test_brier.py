"""The Brier score call: a naive sum, scikit-survival's numbers, and what is refused.

The stored values were printed by scikit-survival 0.28 on data without ties between events and
censorings, where its weights G(X) are ours, G(X-):

    y = np.array(list(zip(event, time)), dtype=[("e", bool), ("t", float)])
    brier_score(y, y, survival, times); integrated_brier_score(y, y, survival, times)
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from atrisk import Histories, InputError, cox
from atrisk.estimators.brier import brier_score

TIME = np.array([1.5, 2.2, 3.1, 3.7, 4.4, 5.0, 6.3, 7.1, 8.8, 9.6])
EVENT = np.array([1, 0, 1, 1, 0, 1, 1, 0, 1, 0])
RISK = np.array([1.4, 0.2, 0.9, -0.3, 0.1, 0.6, -0.8, -0.1, 0.3, -1.2])
AT = np.array([2.0, 4.0, 7.0])
SURVIVAL = np.exp(-np.outer(np.exp(RISK), AT) / 9)
STORED = [0.06936129071695059, 0.1658811506187962, 0.21060811358110101]
STORED_INTEGRATED = 0.1599952675271185


def histories(time=TIME, event=EVENT, **columns):
    return Histories.from_arrays(time, event, unit="years", origin="diagnosis", **columns)


def by_sums(time, event, weight, predicted, t):
    """Sum over rows, with the curve of censoring by its product."""

    def free(upto):
        value = 1.0
        for u in sorted(set(time[time <= upto])):
            lost = weight[(time == u) & (event == 0)].sum()
            if lost:
                value *= 1 - lost / (weight[time > u].sum() + lost)
        return value

    total = 0.0
    for x, e, w, s in zip(time, event, weight, predicted, strict=True):
        if x <= t and e:
            total += w * s**2 / free(x - 1e-9)
        elif x > t:
            total += w * (1 - s) ** 2 / free(t)
    return total / weight.sum()


def test_equals_the_sums():
    weight = np.array([1, 2, 0.5, 1, 1, 3, 1, 1, 2, 1])
    ties = np.ceil(TIME)
    found = brier_score(histories(ties, weights=weight), SURVIVAL, AT)
    for column, t in enumerate(AT):
        expected = by_sums(ties, EVENT, weight, SURVIVAL[:, column], t)
        assert found.estimate[column] == pytest.approx(expected, rel=1e-12)
    assert found.to_frame().columns == ["time", "estimate", "null", "scaled"]
    assert (found.n, found.unit, found.origin) == (10, "years", "diagnosis")


def test_strata_have_their_own_curves_of_censoring():
    strata = np.array(list("ababababab"))
    found = brier_score(histories(strata=strata), SURVIVAL, AT)
    expected = np.zeros(3)
    for label in "ab":
        own = strata == label
        for column, t in enumerate(AT):
            one = np.ones(5)
            expected[column] += by_sums(TIME[own], EVENT[own], one, SURVIVAL[own, column], t) / 2
    np.testing.assert_allclose(found.estimate, expected, rtol=1e-12)


def test_the_null_model_is_the_kaplan_meier_curve_of_all():
    found = brier_score(histories(group=list("aabbaabbab")), SURVIVAL, AT)
    km = {2.0: 9 / 10, 4.0: 9 / 10 * 7 / 8 * 6 / 7, 7.0: 9 / 10 * 7 / 8 * 6 / 7 * 4 / 5 * 3 / 4}
    for column, t in enumerate(AT):
        expected = by_sums(TIME, EVENT, np.ones(10), np.full(10, km[t]), t)
        assert found.null[column] == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(found.scaled, 1 - found.estimate / found.null, rtol=1e-12)
    again = brier_score(histories(), np.tile(list(km.values()), (10, 1)), AT)
    np.testing.assert_allclose(again.scaled, 0, atol=1e-12)
    assert again.integrated_scaled == pytest.approx(0, abs=1e-12)


def test_integrals_are_means_over_the_range_by_trapezoids():
    found = brier_score(histories(), SURVIVAL, AT)
    for whole, by_time in (
        (found.integrated, found.estimate),
        (found.integrated_null, found.null),
    ):
        area = 2 * (by_time[0] + by_time[1]) / 2 + 3 * (by_time[1] + by_time[2]) / 2
        assert whole == pytest.approx(area / 5, rel=1e-13)
    assert found.integrated_scaled == pytest.approx(1 - found.integrated / found.integrated_null)
    alone = brier_score(histories(), SURVIVAL[:, :1], AT[:1])
    assert alone.integrated == alone.estimate[0]


def test_scikit_survival():
    found = brier_score(histories(), SURVIVAL, AT)
    np.testing.assert_allclose(found.estimate, STORED, rtol=1e-12)
    assert found.integrated == pytest.approx(STORED_INTEGRATED, rel=1e-12)


def test_the_last_exit_may_be_asked_for_where_it_is_an_event():
    time, event = np.array([1.0, 2.0, 3.0]), np.array([1, 0, 1])
    found = brier_score(histories(time, event), [[0.5], [0.5], [0.2]], [3])
    # the event at 3 stands for the censored row too
    assert found.estimate[0] == pytest.approx((0.25 + 2 * 0.04) / 3)


def test_a_scaled_score_of_a_perfect_null_is_not_defined():
    found = brier_score(histories(np.array([5, 5]), np.array([0, 1])), [[0.9], [0.8]], [1])
    assert found.null[0] == 0
    assert np.isnan(found.scaled[0])
    assert found.to_frame()["scaled"].to_list() == [None]


def test_predictions_of_a_model_are_taken_as_they_are():
    rows = {"time": TIME, "event": EVENT, "risk": RISK, "arm": np.tile([0.0, 1.0], 5)}
    df = pl.DataFrame(rows)
    fit = cox("Surv(time, event) ~ risk + arm", df, unit="years", origin="diagnosis")
    predicted = fit.predict_survival(df, AT)
    found = brier_score(histories(), predicted, AT)
    by_hand = np.array(
        [[fit.predict_survival(df[i], [t]).estimate[0] for t in AT] for i in range(10)]
    )
    assert found.estimate.tolist() == brier_score(histories(), by_hand, AT).estimate.tolist()
    turned = replace(
        predicted, **{n: getattr(predicted, n)[::-1] for n in ("row", "time", "estimate")}
    )
    assert brier_score(histories(), turned, AT).estimate.tolist() == found.estimate.tolist()
    with pytest.raises(InputError, match=r"predicted at 3 times, 2, 4, 7, and .* asked at 2, 4, 6"):
        brier_score(histories(), predicted, [2, 4, 6])
    with pytest.raises(InputError, match="predicted at 3 times"):
        brier_score(histories(), predicted, [2, 4])
    with pytest.raises(InputError, match="predicted for 9 rows and there are 10 histories"):
        brier_score(histories(), fit.predict_survival(df[:9], AT), AT)
    with pytest.raises(InputError, match="predicted in days and the histories are in years"):
        brier_score(histories(), replace(predicted, unit="days"), AT)
    with pytest.raises(InputError, match=r"fit.predict_survival\(newdata, times\) gives"):
        brier_score(histories(), fit, AT)


def test_refusals():
    h = histories()
    with pytest.raises(InputError, match="Histories are expected, not ndarray"):
        brier_score(TIME, SURVIVAL, AT)
    with pytest.raises(InputError, match="rows that enter late"):
        brier_score(histories(entry=TIME - 1), SURVIVAL, AT)
    with pytest.raises(InputError, match=r"survival has shape \(10, 3\); 10 rows and 2 times"):
        brier_score(h, SURVIVAL, AT[:2])
    with pytest.raises(InputError, match="increasing times of 0 or later"):
        brier_score(h, SURVIVAL, AT[::-1])
    with pytest.raises(InputError, match="increasing times of 0 or later"):
        brier_score(h, SURVIVAL, [-1, 2, 3])
    with pytest.raises(InputError, match=r"times 10, 11 lie past the last exit at 9\.6 years"):
        brier_score(h, SURVIVAL, [2, 10, 11])
    with pytest.raises(InputError, match=r"time 9\.6: everybody who was left is censored at 9\.6"):
        brier_score(h, SURVIVAL, [2, 3, 9.6])
    wrong = SURVIVAL.copy()
    wrong[2, 0], wrong[4, 1] = np.nan, 1.1
    with pytest.raises(InputError, match="missing or outside 0 to 1 in 2 of 10 rows: row 3, 5"):
        brier_score(h, wrong, AT)
    with pytest.raises(InputError, match="values that are not numbers"):
        brier_score(h, [["a"] * 3] * 10, AT)
    strata = np.repeat(["a", "b"], 5)
    with pytest.raises(InputError, match=r"of stratum 'a' who was left is censored at 3\.6"):
        brier_score(
            histories(np.minimum(TIME, [3.6] * 5 + [99] * 5), [1, 1, 0, 0, 0] + [1] * 5,
                      strata=strata), SURVIVAL, AT
        )  # fmt: skip
