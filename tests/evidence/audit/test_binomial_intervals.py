"""Intervals of a proportion: R's values and the equations that define them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from atrisk.evidence.audit.binomial_intervals import proportion_intervals


def of(events, total, level=0.95):
    return {one.method: one.values for one in proportion_intervals(events, total, level)}


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        # R 4.2.2: prop.test(17, 58), qbeta(c(.025, .975), 17.5, 41.5)
        ("Wilson with continuity correction", (0.184629519753, 0.429101899218)),
        ("Jeffreys", (0.188122679414, 0.418154429744)),
    ],
)
def test_intervals_are_those_of_r(method, expected):
    assert of(17, 58)[method] == pytest.approx(expected, rel=1e-9)


def test_wald_and_agresti_coull_by_hand():
    z = 1.959963984540054
    p = 17 / 58
    reach = z * (p * (1 - p) / 58) ** 0.5
    assert of(17, 58)["Wald"] == pytest.approx((p - reach, p + reach))
    n = 58 + z * z
    q = (17 + z * z / 2) / n
    assert of(17, 58)["Agresti-Coull"] == pytest.approx(
        (q - z * (q * (1 - q) / n) ** 0.5, q + z * (q * (1 - q) / n) ** 0.5)
    )


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([0.9, 0.95, 0.99]))
def test_mid_p_limits_solve_their_equation(events, others, level):
    total = events + others
    low, high = of(events, total, level)["mid-P"]
    for share, wanted in ((low, 1 - (1 - level) / 2), (high, (1 - level) / 2)):
        found = binom.cdf(events - 1, total, share) + binom.pmf(events, total, share) / 2
        assert found == pytest.approx(wanted, abs=1e-8)


def test_the_ends_of_the_scale():
    for events in (0, 12):
        found = of(events, 12)
        assert "Wald on the log scale" not in found
        place = 0 if events == 0 else 1
        for method in ("Clopper-Pearson", "Wilson", "Jeffreys", "mid-P"):
            assert found[method][place] == (0.0 if events == 0 else 1.0)
