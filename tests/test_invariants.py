"""What must not change: order of rows, splitting of rows, copies for weights, unit of time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import atrisk
import drawn
import oracle
from atrisk.engine import gray, tally
from checks import part

SHAPE = {"groups": 2, "strata": 2, "min_rows": 6}
CURVES = {
    "kaplan_meier": lambda h: atrisk.kaplan_meier(h, variance="greenwood"),
    "kaplan_meier robust": lambda h: atrisk.kaplan_meier(h, "log-log", variance="robust"),
    "follow_up": lambda h: atrisk.follow_up(h, "plain"),
    "nelson_aalen": lambda h: atrisk.nelson_aalen(h, variance="greenwood"),
    "nelson_aalen robust": lambda h: atrisk.nelson_aalen(h, "plain", variance="robust"),
    "incidence aalen": lambda h: atrisk.cumulative_incidence(h, variance="aalen"),
    "incidence delta": lambda h: atrisk.cumulative_incidence(h, "plain", variance="delta"),
    "incidence robust": lambda h: atrisk.cumulative_incidence(h, variance="robust"),
    "naive": atrisk.one_minus_kaplan_meier,
}
BY_TALLY = [name for name in CURVES if "robust" not in name]
every_curve = pytest.mark.parametrize("name", CURVES)


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def same_tables(found, expected, **factors):
    """Assert that two results hold the same columns, some of them times a factor."""
    told = expected.columns()
    for key, values in found.columns().items():
        if values.dtype == object:
            assert values.tolist() == told[key].tolist()
        elif key == "std_error":
            # a variance of 0 may be 1e-13 in another order of summation
            squared = np.square(values), np.square(told[key])
            np.testing.assert_allclose(*squared, rtol=1e-8, atol=1e-12)
        elif key in {"lower", "upper"}:
            sure = ~(told["std_error"] < 1e-6)
            np.testing.assert_allclose(values[sure], told[key][sure], rtol=1e-7, err_msg=key)
        else:
            close(values, told[key] * factors.get(key, 1.0))


def same_tests(found, expected):
    for key in ("statistic", "p_value"):
        np.testing.assert_allclose(
            getattr(found, key), getattr(expected, key), rtol=1e-7, atol=1e-9
        )
    assert np.array_equal(found.df, expected.df)


def all_tests(source):
    """Run the tests that are defined for whole weights; they need variance to speak of."""
    return [
        atrisk.logrank_test(source, rho=0.5, variance="model"),
        atrisk.logrank_test(source, trend=True, variance="model"),
        atrisk.gray_test(source),
        atrisk.gray_test(source, rho=1),
    ]


def comparable(data):
    """Keep draws in which the tests have variance: a quotient of rounding errors shows nothing."""
    assume(data.event.any())
    spreads = [oracle.logrank(data.rows(), 0.5).covariance]
    table = atrisk.tally(drawn.replace(data, subject=None).histories())
    for cause in np.flatnonzero(table.events.any(axis=(1, 2))):
        for rho in (0.0, 1.0):
            given_ = (tally.at_risk(table), table.events, table.starts, int(cause), rho)
            spreads.append(gray.gray_scores(*given_)[1])
    assume(min(np.diag(spread).min() for spread in spreads) > 1e-6)


@every_curve
@given(drawn.histories(**SHAPE), st.randoms(use_true_random=False))
def test_order_of_rows(name, data, random):
    order = list(range(len(data.exit)))
    random.shuffle(order)
    same_tables(CURVES[name](data.take(order).histories()), CURVES[name](data.histories()))


@given(
    drawn.histories(**SHAPE, weights=(None, "whole"), subject=False),
    st.randoms(use_true_random=False),
)
def test_order_of_rows_in_tests(data, random):
    comparable(data)
    order = list(range(len(data.exit)))
    random.shuffle(order)
    pairs = zip(all_tests(data.take(order).histories()), all_tests(data.histories()), strict=True)
    for found, expected in pairs:
        same_tests(found, expected)


def split(data, cut):
    """Cut each row that is under observation at `cut` in two, the first part censored there."""
    entry = np.zeros(len(data.exit)) if data.entry is None else data.entry
    n = len(data.exit)
    subject = np.arange(n) if data.subject is None else data.subject
    whole = drawn.replace(data, entry=entry, subject=subject)
    crossing = np.flatnonzero((entry < cut) & (cut < data.exit))
    twice = whole.take(np.concatenate([np.arange(n), crossing]))
    twice.exit[crossing], twice.event[crossing] = cut, 0
    twice.entry[n:] = cut
    return whole, twice


@given(drawn.histories(groups=2), st.sampled_from([0.75, 2.0, 3.5]))
def test_split_of_rows(data, cut):
    whole, twice = split(data, cut)
    times = np.unique(data.exit)
    assert len(twice.exit) >= len(data.exit)
    for robust in (False, True):
        variance = "robust" if robust else "greenwood"
        curves = [atrisk.kaplan_meier(d.histories(), variance=variance) for d in (whole, twice)]
        read = [curve.at(times, beyond="carry").columns() for curve in curves]
        for key in ("at_risk", "events", "estimate"):
            close(read[1][key], read[0][key])
        close(np.square(read[1]["std_error"]), np.square(read[0]["std_error"]))
        incidence = [
            atrisk.cumulative_incidence(d.histories(), variance="robust" if robust else "delta")
            for d in (whole, twice)
        ]
        read = [curve.at(times, beyond="carry").columns() for curve in incidence]
        close(read[1]["estimate"], read[0]["estimate"])
        close(np.square(read[1]["std_error"]), np.square(read[0]["std_error"]))


@given(drawn.histories(**SHAPE, weights=(None, "whole")), st.sampled_from([0.75, 2.0, 3.5]))
def test_split_of_rows_in_tests(data, cut):
    comparable(data)
    whole, twice = split(data, cut)
    apart = [drawn.replace(d, subject=None).histories() for d in (whole, twice)]
    for expected, found in zip(*[all_tests(h) for h in apart], strict=True):
        same_tests(found, expected)
    robust = [atrisk.logrank_test(d.histories(), variance="robust") for d in (whole, twice)]
    assume(np.diag(robust[0].covariance).min() > 1e-6)
    same_tests(robust[1], robust[0])


@pytest.mark.parametrize("name", BY_TALLY)
@given(drawn.histories(**SHAPE, weights=("whole",), subject=False))
def test_a_weight_of_two_is_the_row_twice(name, data):
    copies = np.repeat(np.arange(len(data.exit)), data.weights)
    repeated = drawn.replace(data.take(copies), weights=None)
    same_tables(CURVES[name](data.histories()), CURVES[name](repeated.histories()))


@given(drawn.histories(**SHAPE, weights=("whole",), subject=False))
def test_a_weight_of_two_is_the_row_twice_in_tests(data):
    comparable(data)
    copies = np.repeat(np.arange(len(data.exit)), data.weights)
    repeated = drawn.replace(data.take(copies), weights=None).histories()
    for found, expected in zip(all_tests(data.histories()), all_tests(repeated), strict=True):
        same_tests(found, expected)


@every_curve
@given(drawn.histories(**SHAPE), st.sampled_from([7.0, 365.25, 1 / 12]))
def test_unit_of_time(name, data, factor):
    entry = None if data.entry is None else data.entry * factor
    other = drawn.replace(data, exit=data.exit * factor, entry=entry)
    same_tables(CURVES[name](other.histories()), CURVES[name](data.histories()), time=factor)


@given(drawn.histories(groups=2, subject=False), st.sampled_from([7.0, 1 / 12]))
def test_unit_of_times_that_are_read_off(data, factor):
    entry = None if data.entry is None else data.entry * factor
    other = drawn.replace(data, exit=data.exit * factor, entry=entry)
    days, others = (atrisk.kaplan_meier(d.histories()) for d in (data, other))
    for key, values in others.quantile([0.3, 0.5]).columns().items():
        if key in {"estimate", "lower", "upper"}:
            close(values, factor * days.quantile([0.3, 0.5]).columns()[key])
    tau = min(*(max(data.exit[data.group == group]) for group in "ab"), *days.known_until)
    means, scaled = days.rmst(tau), others.rmst(tau * factor)
    close(scaled.estimate, factor * means.estimate)
    close(np.square(scaled.std_error), np.square(factor * means.std_error))


@pytest.mark.parametrize("name", BY_TALLY)
@given(drawn.histories(**SHAPE, subject=False, weights=(None, "whole", "binary")), st.data())
def test_tallies_add(name, data, chooser):
    in_first = np.array(
        chooser.draw(st.lists(st.booleans(), min_size=len(data.exit), max_size=len(data.exit)))
    )
    in_first[0], in_first[-1] = True, False
    labels = (data.group, data.strata)
    parts = [data.take(np.flatnonzero(mask)) for mask in (in_first, ~in_first)]
    for part_ in parts:  # both tables must name the same groups and strata
        for label, whole in zip((part_.group, part_.strata), labels, strict=True):
            assume(set(label) == set(whole))
    first, second = (atrisk.tally(d.histories()) for d in parts)
    whole = atrisk.tally(data.histories())
    same_tables(CURVES[name](first + second), CURVES[name](whole))
    close((first + second).events.sum(axis=2), whole.events.sum(axis=2))


@given(drawn.histories(groups=2))
def test_incidences_and_survival_add_to_one(data):
    h = data.histories()
    km, incidence = atrisk.kaplan_meier(h), atrisk.cumulative_incidence(h)
    for group in h.groups:
        parts = [part(incidence, group, cause)["estimate"] for cause in drawn.CAUSES]
        close(sum(parts) + part(km, group)["estimate"], 1.0)


@given(drawn.histories(entry=False))
def test_survival_times_follow_up_is_the_share_still_observed(data):
    h = data.histories()
    km, fu = atrisk.kaplan_meier(h), atrisk.follow_up(h)
    left = km.at_risk - km.events - km.censored
    close(km.estimate * fu.estimate, left / km.at_risk[0])


@given(drawn.histories(groups=3, weights=(None, "whole"), subject=False, min_rows=8))
def test_groups_in_another_order(data):
    comparable(data)
    renamed = drawn.replace(
        data, group=np.array([{"a": "c", "b": "a", "c": "b"}[g] for g in data.group])
    )
    found, expected = (atrisk.logrank_test(d.histories()) for d in (renamed, data))
    same_tests(found, expected)
    close(found.observed, expected.observed[[1, 2, 0]])
    same_tests(*(atrisk.gray_test(d.histories()) for d in (renamed, data)))


@given(drawn.histories(groups=3, strata=2, min_rows=6))
def test_observed_and_expected_have_one_total(data):
    assume(data.event.any())
    found = atrisk.logrank_test(data.histories(), rho=0.5)
    close(found.observed.sum(), found.expected.sum())
    close(found.covariance.sum(axis=0), 0)


@given(drawn.histories(groups=2, strata=2, weights=(None, "whole"), subject=False, min_rows=8))
def test_one_pair_is_the_test_of_two_groups(data):
    comparable(data)
    pair, both = (f(data.histories()) for f in (atrisk.pairwise_logrank_test, atrisk.logrank_test))
    close(pair.statistic, [both.statistic])
    close(pair.p_adjusted, [both.p_value])


@given(drawn.histories(), st.sampled_from(["plain", "log", "log-log", "logit", "arcsine"]))
def test_a_higher_level_is_a_wider_interval(data, conf_type):
    low, high = (atrisk.kaplan_meier(data.histories(), conf_type, level) for level in (0.8, 0.95))
    known = ~np.isnan(low.lower)
    assert np.all(high.lower[known] <= low.lower[known])
    assert np.all(low.upper[known] <= high.upper[known])
    # fractional weights leave rounding errors in an estimate of 1
    assert np.all(low.lower[known] <= low.estimate[known] + 1e-12)
    assert np.all(low.estimate[known] <= low.upper[known] + 1e-12)
