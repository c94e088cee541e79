from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from atrisk import InputError, proportion
from atrisk.engine.binomial import clopper_pearson, wilson

STORED = Path(__file__).resolve().parents[1] / "reference" / "values" / "proportions.json"
CASES = json.loads(STORED.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['events']} of {case['n']}")
@pytest.mark.parametrize("conf_type", ["clopper-pearson", "wilson"])
def test_limits_are_those_of_r(case, conf_type):
    found = proportion(
        case["events"], case["n"], conf_type=conf_type, conf_level=case["conf_level"]
    )
    limits = [float(found.lower[0]), float(found.upper[0])]
    assert float(found.estimate[0]) == pytest.approx(case["estimate"], rel=1e-12)
    assert limits == pytest.approx(case[conf_type.replace("-", "_")], rel=1e-9, abs=1e-15)


def binomial_tail(x, n, p):
    """P(X >= x), summed from its definition."""
    from math import comb

    return sum(comb(n, k) * p**k * (1.0 - p) ** (n - k) for k in range(x, n + 1))


@pytest.mark.parametrize(("events", "total"), [(3, 10), (1, 4), (9, 10)])
def test_each_exact_limit_leaves_half_of_the_error_in_its_tail(events, total):
    (lower,), (upper,) = clopper_pearson(np.array([events]), np.array([total]), 0.9)
    assert binomial_tail(events, total, float(lower)) == pytest.approx(0.05, rel=1e-9)
    assert 1.0 - binomial_tail(events + 1, total, float(upper)) == pytest.approx(0.05, rel=1e-9)


@pytest.mark.parametrize("interval", [clopper_pearson, wilson])
def test_limits_of_the_contrary_are_the_contrary(interval):
    events, total = np.array([0.0, 2.0, 7.0, 9.0]), np.full(4, 9.0)
    lower, upper = interval(events, total, 0.95)
    below, above = interval(total - events, total, 0.95)
    np.testing.assert_allclose(lower, 1.0 - above, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(upper, 1.0 - below, rtol=1e-12, atol=1e-15)


def test_nobody_has_no_proportion():
    found = proportion([0, 3], [0, 4])
    assert np.isnan([found.estimate[0], found.lower[0], found.upper[0]]).all()
    assert float(found.estimate[1]) == 0.75
    assert found.to_frame().columns == ["events", "n", "estimate", "lower", "upper"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: proportion(5, 4), "5 events of 4"),
        (lambda: proportion([1.5], [4]), "events holds 1.5"),
        (lambda: proportion([1], [-4]), "n holds -4"),
        (lambda: proportion([1, 2], [4]), "one n for each count"),
        (lambda: proportion("few", 4), "no counts"),
        (lambda: proportion(1, 4, conf_type="wald"), "conf_type='wald'"),
        (lambda: proportion(1, 4, conf_level=95), "conf_level=95"),
    ],
)
def test_mistakes_are_named(call, message):
    with pytest.raises(InputError, match=message):
        call()
