"""A Cox model of seven rows with ties, worked through with pencil and paper.

    time    1      1          2          6      6      8          9
    event   died   censored   censored   died   died   censored   died
    x       1      1          0          1      0      0          0

With r = exp(beta), those at risk sum to 3r + 4 at 1, r + 3 at 6, and 1 at 9. At 6 the rows with
r and 1 die together. Breslow draws twice from r + 3; Efron from r + 3, then from half of r + 1
less, (r + 5)/2. So

    Breslow   l = 2 beta - log(3r + 4) - 2 log(r + 3)
    Efron     l = 2 beta - log(3r + 4) - log(r + 3) - log((r + 5)/2)

Breslow's score is zero where r^2 - 3r - 8 = 0, Efron's where 3r^3 - 77r - 120 = 0. The set is that
of Therneau and Grambsch (2000), appendix E.1, with one row more.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import polars as pl
import pytest

from atrisk import cox
from atrisk.engine.partial_likelihood import cox_likelihood

F = Fraction
TIME = [1, 1, 2, 6, 6, 8, 9]
DIED = [1, 0, 0, 1, 1, 0, 1]
X = [1, 1, 0, 1, 0, 0, 0]
FRAME = pl.DataFrame({"time": TIME, "died": DIED, "x": X})
BRESLOW = (3 + math.sqrt(41)) / 2
# the one positive root of 3r^3 - 77r - 120, by Viete's formula for three real roots
EFRON = 2 * math.sqrt(77 / 9) * math.cos(math.acos(60 / 77 * math.sqrt(9 / 77) * 3) / 3)


def model(ties, frame=FRAME, **options):
    return cox("Surv(time, died) ~ x", frame, ties=ties, **options)


def exactly(found, *expected):
    told = [float(v) for v in expected]
    np.testing.assert_allclose(np.ravel(found), told, rtol=1e-13, atol=1e-15)


def nearly(found, *expected):
    """As exactly, but for the 1e-10 standard errors that Newton's method may leave."""
    told = [float(v) for v in expected]
    np.testing.assert_allclose(np.ravel(found), told, rtol=3e-10, atol=1e-10)


def test_the_root_is_one():
    rest = 3 * EFRON**3 - 77 * EFRON - 120
    assert rest == pytest.approx(0, abs=1e-11)


@pytest.mark.parametrize(
    ("ties", "product", "score", "information"),
    [
        ("breslow", 7 * 4 * 4, F(15, 14), F(243, 392)),
        ("efron", 7 * 4 * 3, F(97, 84), F(12, 49) + F(3, 16) + F(5, 36)),
    ],
)
def test_at_zero(ties, product, score, information):
    fit = model(ties)
    point = cox_likelihood(fit.rows, efron=ties == "efron")(np.zeros(1))
    exactly(point.loglik, -math.log(product))
    exactly(point.score(), score)
    exactly(point.information(), information)
    exactly(fit.null_loglik, -math.log(product))
    tests = fit.overall_tests()
    exactly(tests.statistic[tests.test == "score"], score**2 / information)


@pytest.mark.parametrize(
    ("ties", "r", "draws"),
    [("breslow", BRESLOW, (1, 1)), ("efron", EFRON, (1, 0.5))],
)
def test_at_the_maximum(ties, r, draws):
    fit = model(ties)
    totals = [3 * r + 4, *(r + 3 - (1 - left) * (r + 1) for left in draws)]
    risen = [3 * r, *(left * r for left in draws)]  # the part of x = 1
    shares = [a / b for a, b in zip(risen, totals, strict=True)]
    information = sum(p * (1 - p) for p in shares)
    exactly(sum(shares), 2)  # the score is zero
    nearly(fit.estimate, math.log(r))
    nearly(fit.ratio, r)
    nearly(fit.loglik, 2 * math.log(r) - sum(math.log(total) for total in totals))
    nearly(fit.vcov, 1 / information)
    # a row's hazard: 1/(3r + 4) at 1; at 6 two draws, less for those who die; 1 at 9
    first, second, third = (1 / total for total in totals)
    whole = second + third
    part = sum(left / total for left, total in zip(draws, totals[1:], strict=True))
    martingale = [
        1 - r * first,
        -r * first,
        -first,
        1 - r * (first + part),
        1 - (first + part),
        -(first + whole),
        1 - (first + whole + 1),
    ]
    nearly(fit.residuals("martingale").value, *martingale)
    nearly(fit.baseline("zero").estimate, first, first + whole, first + whole + 1)
    mean = (shares[1] + shares[2]) / 2
    nearly(fit.residuals("schoenfeld").value, 1 - shares[0], 1 - mean, -mean, 0)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_weight_two_in_breslow_is_the_row_twice_and_in_efron_not_quite(ties):
    copies = [1, 2, 1, 2, 2, 1, 1]
    frame = FRAME.with_columns(w=pl.Series(copies))
    weighted = model(ties, frame, weights="w", robust=False)
    doubled = model(ties, frame[np.repeat(np.arange(7), copies)])
    # the risk sets are 4r + 4, 2r + 4 with four deaths, and 1
    r, half = float(weighted.ratio[0]), 0.5 if ties == "efron" else 1
    shares = [4 * r / (4 * r + 4), 2 * 2 * r / (2 * r + 4)]
    shares.append(2 * half * 2 * r / (2 * r + 4 - (1 - half) * (2 * r + 2)))
    nearly(sum(shares), 3)
    if ties == "breslow":
        nearly(weighted.estimate, doubled.estimate[0])
    else:
        assert abs(weighted.estimate[0] - doubled.estimate[0]) > 0.01


def test_concordance():
    # at 1: x = 1 before one x = 1 (tied) and, going on, 0 1 0 0 0; at 6: before 0 0; at 9 nobody
    found = model("efron").concordance()
    exactly(found.concordant, 4 + 2)
    exactly(found.tied_score, 2 + 2)
    exactly(found.discordant, 0)
    exactly(found.tied_time, 1)
    exactly(found.estimate, F(8, 10))
