"""The bounds on skewness: met by a Poisson count, and by every table of two groups tried."""

from __future__ import annotations

from math import isfinite, log

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import norm, poisson

from atrisk.evidence.audit.skewness import (
    deviance_p_values,
    most_asymmetric,
    p_beside_an_interval,
)
from atrisk.evidence.audit.two_by_two import Pair, estimates, intervals, p_values

cells = st.integers(1, 50)


def test_one_event_has_the_exact_interval_of_a_poisson_count():
    # P(X >= 1 | 0.02532) = 0.025 and P(X <= 1 | 5.5716) = 0.025
    assert poisson.sf(0, 0.0253178) == pytest.approx(0.025, rel=1e-5)
    assert poisson.cdf(1, 5.5716434) == pytest.approx(0.025, rel=1e-5)
    assert most_asymmetric(None, 0.95) == pytest.approx(-log(0.0253178) / log(5.5716434), rel=1e-5)


def test_narrow_intervals_are_nearly_symmetric():
    assert most_asymmetric(0.1, 0.95) == pytest.approx(1.0, abs=0.03)
    assert most_asymmetric(4.0, 0.95) > most_asymmetric(2.0, 0.95) > most_asymmetric(0.5, 0.95)


@given(cells, cells, cells, cells)
def test_no_interval_of_an_odds_ratio_is_more_asymmetric(a, b, c, d):
    pair = Pair(a, a + b, c, c + d)
    centre = log(next(iter(estimates(pair, "OR"))).values[0])
    for found in intervals(pair, "OR", 0.95):
        low, high = found.values
        if "1/2" in found.method or not low > 0.0 or not isfinite(high):
            continue  # around another estimate
        low, high = log(low), log(high)
        ratio = (high - centre) / (centre - low)
        most = most_asymmetric(high - low, 0.95)
        assert 1 / most - 1e-9 <= ratio <= most + 1e-9


@given(cells, cells, cells, cells)
def test_no_likelihood_ratio_or_score_test_lies_outside(a, b, c, d):
    assume(a * d != b * c)
    pair = Pair(a, a + b, c, c + d)
    error = sum(1 / cell for cell in pair.cells) ** 0.5
    z = abs(log(a * d / (b * c))) / error
    least, greatest = deviance_p_values(z, 1.0 / error**2)
    found = {one.method: one.values[0] for one in p_values(pair)}
    for method in ("likelihood ratio", "Pearson's chi-squared", "Wald test of the odds ratio"):
        assert least - 1e-12 <= found[method] <= greatest + 1e-12


@pytest.mark.parametrize("events", [1.0, 8.0])
def test_p_values_beside_an_interval_that_ends_at_the_null_value(events):
    # a profile ends where 2 m (exp(-+b) - 1 +- b) is z^2; Wald's statistic there is b sqrt(m)
    z = 1.959963984540054
    longer = brentq(lambda b: 2 * events * (np.exp(-b) + b - 1) - z * z, 0, 10)
    shorter = brentq(lambda b: 2 * events * (np.exp(b) - b - 1) - z * z, 0, 10)
    least, greatest = p_beside_an_interval(0.0, longer + shorter, 0.95, events)
    walds = [2 * norm.sf(b * np.sqrt(events)) for b in (longer, shorter)]
    assert least <= walds[0] * (1 + 1e-9)
    assert greatest == pytest.approx(walds[1], rel=1e-9)


def test_many_events_leave_one_p_value():
    least, greatest = p_beside_an_interval(0.1, 0.9, 0.95, 1e7)
    assert least == pytest.approx(greatest, rel=1e-2)
    assert least == pytest.approx(2 * norm.sf(0.5 / 0.4 * 1.959963984540054), rel=1e-2)
