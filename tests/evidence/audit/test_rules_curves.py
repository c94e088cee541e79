"""Curves: order in time, endpoints, medians, the scale of intervals, effective numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atrisk import Histories, kaplan_meier
from atrisk.evidence.audit.check import Verdict
from atrisk.evidence.audit.printed_floats import Reach
from atrisk.evidence.audit.rules_curve_intervals import bounds_of_effective
from audit_kit import cohort, found, only, stated, verdicts

TIME = "order of a curve in time"
ENDPOINTS = "event-free survival against overall survival"
MEDIAN = "landmark against median"
MEDIAN_CI = "interval of the median against the curve's"
SCALE = "scale of a curve's interval"
EFFECTIVE = "patients that a curve's interval amounts to"


def at(time, estimate, lower=None, upper=None, unit="months", endpoint="OS", **fields):
    limits = {k: v for k, v in (("lower", lower), ("upper", upper)) if v}
    name = fields.pop("name", f"{endpoint.lower()}_{time}")
    return stated(
        "survival",
        name,
        of="everyone",
        endpoint=endpoint,
        time=time,
        time_unit=unit,
        estimate=estimate,
        **limits,
        **fields,
    )


def median(estimate, lower=None, upper=None, endpoint="OS", unit="months"):
    limits = {k: v for k, v in (("lower", lower), ("upper", upper)) if v}
    return stated(
        "median_time",
        "median",
        of="everyone",
        endpoint=endpoint,
        unit=unit,
        estimate=estimate,
        **limits,
    )


def row(*n, **fields):
    fields = {"endpoint": "OS", "unit": "months", "step": "12", **fields}
    return stated("at_risk", "row", of="everyone", n=list(n), **fields)


def test_a_survival_falls_and_an_incidence_rises():
    check = only(TIME, cohort(), at("1", "53", unit="years"), at("24", "18"))
    assert check.verdict is Verdict.CONSISTENT
    rising = only(TIME, cohort(), at("1", "18", unit="years"), at("24", "53"))
    assert (rising.verdict, rising.numbers) == (
        Verdict.IMPOSSIBLE,
        ("os_1.estimate", "os_24.estimate"),
    )
    incidence = {"endpoint": "CIR", "what": "incidence"}
    assert only(
        TIME, cohort(), at("12", "18", **incidence), at("24", "53", **incidence)
    ).verdict is (Verdict.CONSISTENT)
    falling = only(TIME, cohort(), at("12", "53", **incidence), at("24", "18", **incidence))
    assert falling.verdict is Verdict.IMPOSSIBLE


def test_the_same_time_and_other_curves_are_not_ordered():
    assert found(TIME, cohort(), at("12", "53"), at("1", "18", unit="years")) == []
    assert found(TIME, cohort(), at("12", "18"), at("24", "53", endpoint="RFS")) == []
    # 365 days are a year, as nearly as such times are printed
    assert found(TIME, cohort(), at("365", "18", unit="days"), at("1", "53", unit="years")) == []


def test_event_free_is_at_most_overall():
    good = only(ENDPOINTS, cohort(), at("12", "53"), at("1", "47", unit="years", endpoint="RFS"))
    assert good.verdict is Verdict.CONSISTENT
    bad = only(ENDPOINTS, cohort(), at("12", "20"), at("12", "29", endpoint="EFS"))
    assert bad.verdict is Verdict.INCONSISTENT  # (28.5 - 21) % of 58, 4.3 patients
    near = only(ENDPOINTS, cohort(), at("12", "20"), at("12", "28", endpoint="EFS"))
    assert near.verdict is Verdict.UNCHECKED  # 3.8 patients: some were censored after relapse
    censored = at("12", "29", endpoint="EFS", method="Kaplan-Meier, censored at HSCT")
    assert only(ENDPOINTS, cohort(), at("12", "20"), censored).verdict is Verdict.UNCHECKED
    assert only(ENDPOINTS, cohort(), at("12", "22"), at("12", "22.4", endpoint="EFS")).verdict is (
        Verdict.CONSISTENT
    )
    assert found(ENDPOINTS, cohort(), at("24", "20"), at("12", "22", endpoint="EFS")) == []


@pytest.mark.parametrize(
    ("estimate", "printed", "verdict"),
    [
        ("53", "12.8", Verdict.CONSISTENT),
        ("40", "13", Verdict.IMPOSSIBLE),
        ("53", "11.2", Verdict.IMPOSSIBLE),
        ("50", "11.2", Verdict.CONSISTENT),  # flat at 50 %
        ("49.8", "12.5", Verdict.IMPOSSIBLE),
        ("40", "12", Verdict.CONSISTENT),
        ("47", "not reached", Verdict.IMPOSSIBLE),
        ("51", "not reached", Verdict.CONSISTENT),
    ],
)
def test_one_year_survival_beside_a_median(estimate, printed, verdict):
    check = only(MEDIAN, cohort(), at("One", estimate, unit="years", name="os_1"), median(printed))
    assert check.verdict is verdict
    assert check.numbers == ("os_1.estimate", "median.estimate")


@pytest.mark.parametrize(
    ("limits", "verdict"),
    [
        (("9.9", "16.2"), Verdict.CONSISTENT),
        (("9.9", "not reached"), Verdict.CONSISTENT),
        (("12.5", "16.2"), Verdict.INCONSISTENT),  # at 12 months the interval holds 50 %
    ],
)
def test_the_interval_of_a_median(limits, verdict):
    checks = found(MEDIAN_CI, cohort("31"), at("12", "53", "37", "76"), median("12.8", *limits))
    assert [check.verdict for check in checks] == [verdict]


def test_after_the_interval_of_a_median_the_curve_leaves_out_a_half():
    late = at("24", "18", "8", "43")
    assert only(MEDIAN_CI, cohort("31"), late, median("12.8", "9.9", "16.2")).verdict is (
        Verdict.CONSISTENT
    )
    # R takes the last time if the limits of a few patients rise again
    inside = only(MEDIAN_CI, cohort("31"), late, median("12.8", "9.9", "36.2"))
    assert inside.verdict is Verdict.UNCHECKED
    early = at("12", "75", "64", "88")
    above = only(MEDIAN_CI, cohort("31"), early, median("18", "9.9", "36.2"))
    assert above.verdict is Verdict.INCONSISTENT


@pytest.mark.parametrize(
    ("numbers", "method"),
    [
        (("53", "37", "76"), "log scale"),
        (("36.7", "25.5", "52.9"), "log scale"),
        (("35.0", "21.9", "48.1"), "plain scale"),
        (("60", "45.8", "71.6"), "log-log scale"),
    ],
)
def test_the_scale_that_explains_an_interval(numbers, method):
    check = only(SCALE, cohort(), at("12", *numbers))
    assert check.verdict is Verdict.CONSISTENT
    assert check.method == method


@pytest.mark.parametrize("conf_type", ["plain", "log", "log-log", "logit", "arcsine"])
@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), decimals=st.integers(0, 2))
def test_no_interval_of_a_true_curve_is_a_finding(conf_type, seed, decimals):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(15, 120))
    time = np.ceil(rng.exponential(14, n) * 10) / 10
    seen = rng.random(n) < 0.7
    curve = kaplan_meier(
        Histories.from_arrays(time, seen.astype(int), unit="months", origin="start"), conf_type
    )
    if curve.known_until[0] < 12:
        return
    values = curve.at(12).columns()
    numbers = [values[key][0] for key in ("estimate", "lower", "upper")]
    if not 0.01 < numbers[0] < 0.99:
        return
    printed = [f"{100 * value:.{decimals}f}" for value in numbers]
    before, after = int((time >= 12).sum()), int((time > 12).sum() + ((time == 12) & ~seen).sum())
    for count in {before, after}:
        statements = (cohort(str(n)), at("12", *printed), row(str(n), str(count)))
        for rule in (SCALE, EFFECTIVE, "curve above its numbers at risk"):
            verdict = only(rule, *statements).verdict
            # who dies at 12 months is counted in a row of just before, and not in the curve
            asked = count != after and verdict is Verdict.UNCHECKED
            assert asked or verdict is Verdict.CONSISTENT


def test_a_row_counted_before_the_deaths_of_its_time_is_a_question():
    printed = at("12", "49.12", "36.88", "61.42")
    before = only(EFFECTIVE, cohort("65"), printed, row("65", "32"))
    assert before.verdict is Verdict.UNCHECKED
    assert before.tried[-1].method == "counted before the events of that time"
    assert only(EFFECTIVE, cohort("65"), printed, row("65", "31")).verdict is Verdict.CONSISTENT


def test_bounds_cut_at_the_ends_of_the_scale():
    assert only(SCALE, cohort(), at("12", "95", "89", "100")).verdict is Verdict.CONSISTENT
    assert only(SCALE, cohort(), at("12", "5", "0", "11")).method == "plain scale"


def test_an_interval_on_no_scale_is_a_finding_with_the_estimates_it_belongs_to():
    check = only(SCALE, cohort(), at("12", "50", "38.4", "56.1"))
    assert check.verdict is Verdict.INCONSISTENT
    assert "log 46.4 to 46.5" in check.arithmetic
    assert len(check.tried) == 5
    bootstrap = only(SCALE, cohort(), at("12", "50", "38.4", "56.1", method="bootstrap"))
    assert bootstrap.verdict is Verdict.UNCHECKED


def test_an_incidence_has_two_more_scales():
    incidence = {"endpoint": "CIR", "what": "incidence"}
    check = only(SCALE, cohort(), at("24", "37.6", "24.6", "50.1", **incidence))
    assert check.verdict is Verdict.INCONSISTENT
    assert len(check.tried) == 7
    assert only(SCALE, cohort(), at("24", "37.6", "24.6", "50.6", **incidence)).method == (
        "plain scale"
    )
    mirrored = at("24", "40.0", "27.5", "50.3", **incidence)  # 60 x exp(-+0.1889)
    assert only(SCALE, cohort(), mirrored).method == "log of 1 - incidence scale"


def test_an_interval_too_narrow_or_too_wide_for_the_patients():
    good = at("12", "53", "37", "76")
    assert only(EFFECTIVE, cohort("31"), good).verdict is Verdict.CONSISTENT
    narrow = only(EFFECTIVE, cohort("20"), good)
    assert narrow.verdict is Verdict.INCONSISTENT
    assert "is 23.5 to 29.5 patients; N = 20 allow 0.0 to" in narrow.arithmetic
    wide = only(EFFECTIVE, cohort("58"), good, row("58", "30", "28"))
    assert wide.verdict is Verdict.INCONSISTENT  # (30 - 2) / 0.54
    assert "n(12) = 30 at risk" in wide.arithmetic
    ties = only(EFFECTIVE, cohort("58"), good, row("58", "30", "10"))
    assert ties.verdict is Verdict.UNCHECKED  # 20 may have left at 12 months


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=3, max_size=40))
def test_the_bounds_hold_for_both_variances(patients):
    time, event = (np.array(column, dtype=float) for column in zip(*patients, strict=True))
    n, survival, greenwood, aalen = len(time), 1.0, 0.0, 0.0
    for tick in np.unique(time[event > 0]):
        at_risk, deaths = (time >= tick).sum(), ((time == tick) & (event > 0)).sum()
        if deaths == at_risk:
            break
        survival *= 1 - deaths / at_risk
        greenwood += deaths / (at_risk * (at_risk - deaths))
        aalen += deaths / at_risk**2
        left = int((time > tick).sum())
        bounds = bounds_of_effective(Reach(survival, survival), n, left, survival=True)
        effective = (1 - survival) / (survival * greenwood)
        assert left / survival - 1e-9 <= effective <= n + 1e-9
        if deaths == 1:
            assert bounds.low - 1e-9 <= (1 - survival) / (survival * aalen)


@pytest.mark.parametrize(
    ("method", "consistent"),
    [
        ("log-log", False),
        ("log(-log) transformation", False),
        ("complementary log-log", False),
        ("plain", False),
        ("log", True),
        ("log-transformed", True),
        ("Kaplan-Meier, log-rank", True),
        ("Greenwood", True),
    ],
)
def test_the_scale_named_against_the_one_that_gives_the_interval(method, consistent):
    survival = {"of": "everyone", "endpoint": "OS", "time": "1", "time_unit": "years"}
    numbers = {"estimate": "50", "lower": "38.8", "upper": "64.4", "method": method}
    given = stated("survival", "os", **survival, **numbers)
    check = only("scale of a curve's interval", cohort("60"), given)
    assert (check.verdict is Verdict.CONSISTENT) is consistent
    if not consistent:
        assert f"the paper names {method}" in check.arithmetic
        assert "the log scale gives what is printed" in check.arithmetic


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({}, "consistent"),
        ({"quote": "OS 0.52 % (0.38-0.64)"}, "impossible"),  # a percentage, above a half at 2 years
        ({"scale": "percent"}, "impossible"),
        ({"scale": "fraction"}, "consistent"),
    ],
)
def test_a_survival_below_one_is_read_as_a_fraction(fields, verdict):
    curve = {"of": "everyone", "endpoint": "OS"}
    numbers = {"estimate": "0.52", "lower": "0.38", "upper": "0.64"}
    given = stated("survival", "os", time="1", time_unit="years", **curve, **numbers) | fields
    median = stated("median_time", "m", unit="months", estimate="20", **curve)
    assert verdicts(cohort("60"), given, median)["os.estimate"] == verdict


def test_a_fraction_is_said_to_be_one():
    curve = {"of": "everyone", "endpoint": "OS", "time": "1", "time_unit": "years"}
    numbers = {"estimate": "0.52", "lower": "0.38", "upper": "0.64"}
    check = only(
        "scale of a curve's interval", cohort(), stated("survival", "os", **curve, **numbers)
    )
    assert "OS at 1 year: 0.52 (a fraction)" in check.arithmetic
