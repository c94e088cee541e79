"""Every option, on drawn histories, equals the oracle's direct sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import atrisk
import drawn
import oracle
from checks import part

CONF_TYPES = st.sampled_from(["plain", "log", "log-log", "logit", "arcsine"])
LEVELS = st.sampled_from([0.5, 0.9, 0.99])
# a probability of 0 or 1 in exact arithmetic may be off by rounding errors
EMPTY = 1e-12


def close(found, expected, rtol=1e-9, atol=1e-12):
    np.testing.assert_allclose(found, np.asarray(expected, dtype=float), rtol=rtol, atol=atol)


def close_errors(found, expected):
    """Compare as variances, since a rounding error of 1e-16 in one of 0 is an error of 1e-8."""
    close(np.square(found), np.square(expected), rtol=2e-8, atol=1e-13)


def limits(estimate, std_error, conf_type, level):
    exact = np.where(np.abs(estimate - np.round(estimate)) < EMPTY, np.round(estimate), estimate)
    pairs = [oracle.interval(p, s, conf_type, level) for p, s in zip(exact, std_error, strict=True)]
    return np.array(pairs).T


def check_limits(found, std_error, conf_type, level):
    """Compare the error, and the limits that it gives to the estimate found."""
    close_errors(found["std_error"], std_error)
    lower, upper = limits(found["estimate"], found["std_error"], conf_type, level)
    close(found["lower"], lower, rtol=1e-8)
    close(found["upper"], upper, rtol=1e-8)


def known(curves, group):
    """Return a curve up to the time it is known: no further than a gap between entries."""
    curve = part(curves, group)
    kept = curve["time"] <= curves.known_until[curves.groups.index(group)]
    return {name: values[kept] for name, values in curve.items()}


@given(drawn.histories(groups=2), CONF_TYPES, LEVELS, st.sampled_from(["greenwood", "robust"]))
def test_kaplan_meier(data, conf_type, level, variance):
    km = atrisk.kaplan_meier(data.histories(), conf_type, level, variance=variance)
    for group in km.groups:
        rows, found = oracle.of_group(data.rows(), group), part(km, group)
        survival = np.array(oracle.kaplan_meier(rows))
        close(found["time"], oracle.times(rows))
        close(found["at_risk"], [oracle.at_risk(rows, t) for t in oracle.times(rows)])
        close(found["estimate"], survival)
        spread = (
            oracle.greenwood(rows)
            if variance == "greenwood"
            else oracle.robust_variance(rows, oracle.survival_derivatives(rows))
        )
        known = (survival > EMPTY) | (variance == "robust")
        check_limits(found, np.where(known, np.sqrt(spread), np.nan), conf_type, level)


@given(drawn.histories(groups=2), st.sampled_from([0.1, 0.25, 1 / 3, 0.5, 0.75]), CONF_TYPES)
def test_quantiles(data, p, conf_type):
    km = atrisk.kaplan_meier(data.histories(), conf_type)
    for group in km.groups:
        curve, found = known(km, group), part(km.quantile(p), group)
        for key in ("estimate", "lower", "upper"):
            close(found[key], oracle.quantile(curve["time"], curve[key], p))


@given(drawn.histories(), st.sampled_from([0.4, 1.0, 1.7, 3.0]), st.booleans())
def test_restricted_mean(data, tau, robust):
    assume(tau <= max(data.exit))
    variance = "robust" if robust else "greenwood"
    km = atrisk.kaplan_meier(data.histories(), conf_level=0.9, variance=variance)
    assume(tau <= min(km.known_until))
    found = km.rmst(tau)
    mean, std_error = oracle.rmst(data.rows(), tau)
    close(found.estimate, mean)
    if robust:
        std_error = np.sqrt(oracle.robust_rmst_variance(data.rows(), tau))
    close_errors(found.std_error, std_error)
    reach = oracle.NormalDist().inv_cdf(0.95) * found.std_error
    close(found.lower, np.maximum(0, found.estimate - reach))
    close(found.upper, found.estimate + reach)


@given(drawn.histories(groups=2), st.lists(st.sampled_from(np.arange(0, 6, 0.25)), min_size=1))
def test_curves_read_at_times(data, asked):
    km = atrisk.kaplan_meier(data.histories(), "plain")
    asked = sorted(set(asked))
    for group in km.groups:
        rows, curve = oracle.of_group(data.rows(), group), part(km, group)
        found = part(km.at(asked, beyond="carry"), group)
        previous = [-1.0, *asked[:-1]]
        counted = [oracle.counts_between(rows, a, b) for a, b in zip(previous, asked, strict=True)]
        close(found["time"], asked)
        close(found["at_risk"], [oracle.at_risk(rows, t) for t in asked])
        close(np.stack([found["events"], found["censored"]], axis=1), counted)
        for key, before in (("estimate", 1.0), ("std_error", 0.0), ("lower", 1.0), ("upper", 1.0)):
            read = [oracle.value_at(curve["time"], curve[key], t, before=before) for t in asked]
            close(found[key], read)


@given(drawn.histories(groups=2, weights=(None, "whole")), CONF_TYPES, LEVELS)
def test_follow_up(data, conf_type, level):
    fu = atrisk.follow_up(data.histories(), conf_type, level)
    for group in fu.groups:
        rows, found = oracle.of_group(data.rows(), group), part(fu, group)
        close(found["estimate"], oracle.reverse_kaplan_meier(rows))
        check_limits(found, np.sqrt(oracle.reverse_greenwood(rows)), conf_type, level)
        curve = known(fu, group)
        median = oracle.quantile(curve["time"], curve["estimate"], 0.5)
        close(part(fu.median(), group)["estimate"], median)


@given(
    drawn.histories(groups=2),
    st.sampled_from(["plain", "log"]),
    LEVELS,
    st.sampled_from(["aalen", "greenwood", "robust"]),
)
def test_nelson_aalen(data, conf_type, level, variance):
    na = atrisk.nelson_aalen(data.histories(), conf_type, level, variance=variance)
    for group in data.histories().groups:
        rows, found = oracle.of_group(data.rows(), group), part(na, group)
        close(found["estimate"], oracle.nelson_aalen(rows))
        spread = (
            oracle.robust_variance(rows, oracle.hazard_derivatives(rows))
            if variance == "robust"
            else oracle.nelson_aalen_variance(rows, variance)
        )
        close_errors(found["std_error"], np.sqrt(spread))
        pairs = [
            oracle.cumulative_hazard_interval(h, s, conf_type, level)
            for h, s in zip(found["estimate"], found["std_error"], strict=True)
        ]
        close(np.stack([found["lower"], found["upper"]], axis=1), pairs)


def check_incidence(data, incidence, variance_of):
    for group in data.histories().groups:
        rows = oracle.of_group(data.rows(), group)
        for cause, code in drawn.CAUSES.items():
            found = part(incidence, group, cause)
            close(found["estimate"], oracle.aalen_johansen(rows, code))
            close(found["events"], [oracle.leaving(rows, t, code) for t in oracle.times(rows)])
            std_error = np.sqrt(np.maximum(variance_of(rows, code), 0))
            check_limits(found, std_error, incidence.conf_type, incidence.conf_level)


@given(drawn.histories(groups=2), CONF_TYPES, LEVELS, st.sampled_from(["delta", "robust"]))
def test_cumulative_incidence(data, conf_type, level, variance):
    incidence = atrisk.cumulative_incidence(data.histories(), conf_type, level, variance=variance)

    def robust(rows, code):
        return oracle.robust_variance(rows, oracle.incidence_derivatives(rows, code))

    check_incidence(data, incidence, robust if variance == "robust" else oracle.delta_variance)


@given(drawn.histories(groups=2, weights=(None, "whole")), CONF_TYPES, LEVELS)
def test_cumulative_incidence_with_the_variance_of_cmprsk(data, conf_type, level):
    incidence = atrisk.cumulative_incidence(data.histories(), conf_type, level, variance="aalen")
    check_incidence(data, incidence, oracle.aalen_variance)


@given(drawn.histories(groups=2), st.sampled_from([1, 2]))
def test_naive_incidence_censors_the_other_cause(data, code):
    naive = atrisk.one_minus_kaplan_meier(data.histories(), "plain", 0.8)
    assert "naive" in naive.method
    name = {code: name for name, code in drawn.CAUSES.items()}[code]
    for group in data.histories().groups:
        rows = oracle.of_group(data.rows(), group)
        alone = oracle.replace(rows, cause=[int(c == code) for c in rows.cause])
        close(part(naive, group, name)["estimate"], 1 - np.array(oracle.kaplan_meier(alone)))


def check_test(found, expected):
    close(found.observed, expected.observed)
    close(found.expected, expected.expected)
    # a test that hardly has a variance is a quotient of rounding errors
    assume(np.diag(expected.covariance).min() > 1e-6)
    close(found.covariance, expected.covariance, rtol=1e-8)
    close(found.statistic, expected.statistic, rtol=1e-7)
    close(found.p_value, expected.p_value, rtol=1e-7)


@given(
    drawn.histories(groups=3, strata=2, weights=(None, "whole"), subject=False, min_rows=8),
    st.sampled_from([0, 0.5, 1, -1]),
)
def test_logrank(data, rho):
    assume(data.event.any())
    if rho < 0:  # S(t-)^-1 is not defined past the end of a curve
        assume(data.entry is None)
    check_test(atrisk.logrank_test(data.histories(), rho=rho), oracle.logrank(data.rows(), rho))


@given(drawn.histories(groups=2, strata=2, min_rows=8), st.sampled_from([0, 0.5, 1]))
def test_robust_logrank(data, rho):
    assume(data.event.any())
    found = atrisk.logrank_test(data.histories(), rho=rho, variance="robust")
    check_test(found, oracle.robust_logrank(data.rows(), rho))


@given(
    drawn.histories(groups=3, strata=2, weights=(None, "whole"), subject=False, min_rows=8),
    st.sampled_from([(1, 2, 3), (0, 1, 5), (-1, 0, 1)]),
)
def test_trend(data, scores):
    assume(data.event.any())
    expected = oracle.logrank(data.rows(), trend=scores)
    found = atrisk.logrank_test(data.histories(), trend=scores)
    assume(np.array(scores) @ expected.covariance @ scores > 1e-6)
    close(found.statistic, expected.statistic, rtol=1e-8)
    assert found.df == 1
    if scores == (1, 2, 3):
        close(atrisk.logrank_test(data.histories(), trend=True).statistic, found.statistic)


def test_beyond_follow_up():
    h = atrisk.Histories.from_arrays([1, 2, 3], [1, 0, 0], unit="days", origin="start")
    km = atrisk.kaplan_meier(h)
    with pytest.raises(atrisk.InputError, match="beyond the follow-up"):
        km.at(4)
    assert np.isnan(km.at(4, beyond="missing").columns()["estimate"]).all()
    close(km.at(4, beyond="carry").columns()["estimate"], [2 / 3])


def test_a_curve_ends_at_zero_in_spite_of_rounding():
    # at 1.5 the only row at risk has the event; 0.1 is what sums of tenths leave, or nearly
    km = atrisk.kaplan_meier(
        atrisk.Histories.from_arrays(
            [1, 1, 1, 1, 1, 1, 1, 1.5, 2],
            [0, 0, 0, 0, 0, 0, 0, 1, 0],
            entry=[0.5] * 7 + [1, 1.5],
            weights=[0.1] * 8 + [1.1],
            unit="days",
            origin="start",
        ),
        variance="greenwood",
    )
    close(km.estimate, [1, 0, 0])
    assert np.isnan(km.std_error[1:]).all()
    assert np.isnan(km.upper[1:]).all()


@pytest.mark.parametrize("conf_type", ["log-log", "logit", "arcsine"])
def test_no_limits_where_incidence_reaches_one(conf_type):
    # the steps of F add up to 0.9999999999999999
    incidence = atrisk.cumulative_incidence(
        atrisk.Histories.from_arrays(
            [2, 2, 3, 3, 3, 3, 4], [1] * 7, causes=drawn.CAUSES, unit="days", origin="start"
        ),
        conf_type,
        variance="aalen",
    )
    assert incidence.estimate[2] == pytest.approx(1)
    assert incidence.std_error[2] > 0
    assert np.isnan([incidence.lower[2], incidence.upper[2]]).all()


def test_grays_test_says_nothing_where_its_variance_is_negative():
    # cmprsk prints the statistic -3.92 with p-value 1
    found = atrisk.gray_test(
        atrisk.Histories.from_arrays(
            [1, 1, 1.5, 1.5, 1, 1.5],
            [0, 0, 1, 1, 1, 1],
            group=list("aaaabb"),
            unit="days",
            origin="start",
        )
    )
    assert np.isnan(found.statistic).all()
    assert np.isnan(found.p_value).all()
