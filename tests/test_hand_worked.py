"""Seven rows with ties, worked through with pencil and paper: exact fractions.

    time      2          2       2          3         5         5          7
    event     relapse    death   censored   relapse   relapse   censored   censored
    group     a          b       a          b         a         b          a

At 2 there are 7 at risk, 2 events and 1 censoring; at 3, 4 and 1; at 5, 3 and 1, with 1 censoring;
at 7 the last is censored.
"""

from __future__ import annotations

import math
from fractions import Fraction
from statistics import NormalDist

import numpy as np
import pytest

from atrisk import (
    Histories,
    cumulative_incidence,
    follow_up,
    kaplan_meier,
    logrank_test,
    milestone_test,
    nelson_aalen,
    one_minus_kaplan_meier,
    rmst_test,
    tally,
)
from atrisk.engine.gray import gray_scores
from atrisk.engine.tally import at_risk

F = Fraction
EXIT = [2, 2, 2, 3, 5, 5, 7]
EVENT = [1, 2, 0, 1, 1, 0, 0]
GROUP = list("abababa")


def histories(**given):
    causes = {"relapse": 1, "death": 2}
    return Histories.from_arrays(
        EXIT, EVENT, causes=causes, unit="days", origin="transplant", **given
    )


def exactly(found, *fractions):
    np.testing.assert_allclose(found, [float(f) for f in fractions], rtol=1e-14, atol=1e-15)


def squared(found, *fractions):
    np.testing.assert_allclose(np.square(found), [float(f) for f in fractions], rtol=1e-13)


def test_kaplan_meier():
    km = kaplan_meier(histories())
    exactly(km.time, 2, 3, 5, 7)
    exactly(km.at_risk, 7, 4, 3, 1)
    exactly(km.events, 2, 1, 1, 0)
    exactly(km.censored, 1, 0, 1, 1)
    exactly(km.estimate, F(5, 7), F(15, 28), F(5, 14), F(5, 14))
    sums = F(2, 35), F(2, 35) + F(1, 12), F(43, 140)
    steps = F(5, 7), F(15, 28), F(5, 14)
    expected = [s**2 * total for s, total in zip(steps, sums, strict=True)]
    squared(km.std_error, *expected, F(215, 5488))


def test_robust_variance_of_equal_weights_is_greenwoods():
    h = histories()
    robust, greenwood = kaplan_meier(h, variance="robust"), kaplan_meier(h, variance="greenwood")
    assert (robust.variance, greenwood.variance) == ("robust", "greenwood")
    squared(robust.std_error[-1:], F(215, 5488))
    squared(greenwood.std_error[-1:], F(215, 5488))


@pytest.mark.parametrize("conf_type", ["plain", "log", "log-log", "logit", "arcsine"])
def test_limits_at_five_days(conf_type):
    s, error = 5 / 14, math.sqrt(215 / 5488)
    z = NormalDist().inv_cdf(0.9)
    expected = {
        "plain": lambda z: s + z * error,
        "log": lambda z: math.exp(math.log(s) + z * error / s),
        "log-log": lambda z: s ** math.exp(z * error / (s * math.log(s))),
        "logit": lambda z: 1 / (1 + (1 - s) / s * math.exp(-z * error / (s * (1 - s)))),
        "arcsine": lambda z: (
            math.sin(math.asin(math.sqrt(s)) + z * error / math.sqrt(s * (1 - s)) / 2) ** 2
        ),
    }[conf_type]
    km = kaplan_meier(histories(), conf_type, 0.8)
    np.testing.assert_allclose(km.lower[2], expected(-z), rtol=1e-12)
    np.testing.assert_allclose(km.upper[2], expected(z), rtol=1e-12)


def test_quantiles():
    km = kaplan_meier(histories(), "plain")
    # 1 - p = 5/7 is where the curve is flat from 2 to 3, and 5/14 from 5 to the end at 7
    found = km.quantile([0.2, 2 / 7, 0.4, 0.5, 9 / 14, 0.7])
    exactly(found.estimate[:5], 2, F(5, 2), 3, 5, 6)
    assert np.isnan(found.estimate[5])
    exactly(km.median().estimate, 5)
    # the lower band falls below 1/2 at 2 (5/7 - 1.96 x 0.171 = 0.380), the upper never does
    exactly(km.median().lower, 2)
    assert np.isnan(km.median().upper).all()


def test_restricted_mean():
    found = kaplan_meier(histories()).rmst(6)
    exactly(found.estimate, F(29, 7))
    areas = F(15, 7), F(10, 7), F(5, 14)
    terms = F(2, 35), F(1, 12), F(1, 6)
    squared(found.std_error, sum(a**2 * t for a, t in zip(areas, terms, strict=True)))


def test_at_counts_what_came_since_the_previous_time():
    found = kaplan_meier(histories()).at([1, 2, 4, 7]).columns()
    exactly(found["at_risk"], 7, 7, 3, 1)
    exactly(found["events"], 0, 2, 1, 1)
    exactly(found["censored"], 0, 1, 0, 2)
    exactly(found["estimate"], 1, F(5, 7), F(15, 28), F(5, 14))


def test_follow_up_lets_events_leave_before_censorings():
    fu = follow_up(histories())
    exactly(fu.estimate, F(4, 5), F(4, 5), F(2, 5), 0)
    squared(fu.std_error[:3], F(16, 25) * F(1, 20), F(16, 25) * F(1, 20), F(4, 25) * F(11, 20))
    exactly(fu.median().estimate, 5)


def test_nelson_aalen():
    h = histories()
    exactly(nelson_aalen(h).estimate, F(2, 7), F(15, 28), F(73, 84), F(73, 84))
    aalen = F(2, 49), F(1, 16), F(1, 9), 0
    squared(nelson_aalen(h, variance="aalen").std_error, *[sum(aalen[: k + 1]) for k in range(4)])
    tied = F(10, 343), F(3, 64), F(2, 27), 0
    squared(
        nelson_aalen(h, variance="greenwood").std_error, *[sum(tied[: k + 1]) for k in range(4)]
    )


def test_cumulative_incidence():
    found = cumulative_incidence(histories()).columns()
    relapse, death = (found["estimate"][found["cause"] == cause] for cause in ("relapse", "death"))
    exactly(relapse, F(1, 7), F(9, 28), F(1, 2), F(1, 2))
    exactly(death, F(1, 7), F(1, 7), F(1, 7), F(1, 7))


def test_variances_of_cumulative_incidence_at_three_days():
    h = histories()
    # F(3) - F(2) = 5/28, b = (5/28) / (5/7) = 1/4; each cause has one event at 2, so v = 1/49
    aalen = (F(9, 16) + F(1, 16)) * F(1, 49) + F(25, 49) * F(1, 16)
    squared(cumulative_incidence(h, variance="aalen").std_error[1:2], aalen)
    delta = F(5, 28) ** 2 * F(2, 35) + F(6, 343) - 2 * F(5, 28) * F(1, 49) + F(25, 49) * F(3, 64)
    squared(cumulative_incidence(h, variance="delta").std_error[1:2], delta)
    squared(cumulative_incidence(h, variance="robust").std_error[1:2], delta)


def test_naive_incidence_of_relapse():
    found = one_minus_kaplan_meier(histories())
    exactly(found.estimate[:4], F(1, 7), F(5, 14), F(4, 7), F(4, 7))


def test_logrank():
    found = logrank_test(histories(group=GROUP))
    exactly(found.n, 4, 3)
    exactly(found.observed, 2, 2)
    exactly(found.expected, F(97, 42), F(71, 42))
    exactly(found.covariance[0], F(1553, 1764), F(-1553, 1764))
    exactly([found.statistic], F(169, 1553))
    assert found.df == 1
    exactly([found.p_value], math.erfc(math.sqrt(169 / 1553 / 2)))


def test_logrank_weighted_by_survival():
    exactly([logrank_test(histories(group=GROUP), rho=1).statistic], F(81, 470))


def test_logrank_by_strata():
    # stratum 0: rows 1, 2, 4 and 7 (n, d = 4, 2 at 2 and 2, 1 at 3); stratum 1: rows 3, 5 and 6
    found = logrank_test(histories(group=GROUP, strata=[0, 0, 1, 0, 1, 1, 0]))
    exactly(found.observed, 2, 2)
    # at 2 half of 4 are in a; at 3 half of 2; in stratum 1, at 5, half of 2
    exactly(found.expected, 1 + F(1, 2) + F(1, 2), 2)
    exactly([found.covariance[0, 0]], F(1, 3) + F(1, 4) + F(1, 4))
    exactly([found.statistic], 0)


def test_late_entry():
    # the last row enters after the events at 2: 6 at risk then, 4 at 3 and 3 at 5 as before
    km = kaplan_meier(histories(entry=[0, 0, 0, 0, 0, 0, 2]))
    exactly(km.at_risk, 6, 4, 3, 1)
    exactly(km.estimate, F(2, 3), F(1, 2), F(1, 3), F(1, 3))


def test_case_weights():
    # the first row counts twice: at 2 there are 8 at risk and 3 events
    km = kaplan_meier(histories(weights=[2, 1, 1, 1, 1, 1, 1]))
    exactly(km.estimate, F(5, 8), F(15, 32), F(5, 16), F(5, 16))
    found = cumulative_incidence(histories(weights=[2, 1, 1, 1, 1, 1, 1]))
    exactly(found.estimate[:2], F(1, 4), F(1, 4) + F(5, 32))


def test_differences_between_groups():
    h = histories(group=GROUP)
    # a: S = 3/4 at 2, 3/8 at 5; b: 2/3 at 2, 1/3 at 3
    at_four = milestone_test(h, 4)
    exactly(at_four.estimate, F(3, 4), F(1, 3))
    squared(at_four.std_error, F(3, 64), F(2, 27))
    exactly([at_four.difference[1]], F(-5, 12))
    exactly([at_four.statistic], F(25, 144) / (F(3, 64) + F(2, 27)))
    means = rmst_test(h, 4)
    exactly(means.estimate, 2 + F(3, 2), 2 + F(2, 3) + F(1, 3))
    # areas after the events: a 3/2 at 2; b 1 at 2 and 1/3 at 3
    errors = F(9, 4) * F(1, 12), F(1, 6) + F(1, 9) * F(1, 2)
    squared(means.std_error, *errors)
    exactly([means.statistic], F(1, 4) / sum(errors))


@pytest.mark.parametrize(
    ("event", "score"),
    [
        # no competing event: observed less expected of the log-rank test
        ([1, 1, 1, 1], (1 - F(1, 2)) - F(1, 3) + (1 - F(1, 2))),
        # the first of a dies: 1 is left of 2, but R = Y (1 - F) / S stays 2, against R = 2 of b
        # at 2 and 1 at 3; at 4 nobody of a is observed
        ([2, 1, 1, 1], -F(1, 2) + (1 - F(2, 3))),
    ],
)
def test_score_of_grays_test(event, score):
    # a: 1, 3; b: 2, 4
    table = tally(
        Histories.from_arrays(
            [1, 3, 2, 4],
            event,
            group=list("aabb"),
            causes={"relapse": 1, "death": 2},
            unit="days",
            origin="start",
        )
    )
    scores, _ = gray_scores(at_risk(table), table.events, table.starts, 0, 0.0)
    exactly(scores, score, -score)
