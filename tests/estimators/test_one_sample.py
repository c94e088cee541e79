from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk import Histories, InputError, kaplan_meier, one_sample_logrank_test, tally

STORED = Path(__file__).resolve().parents[1] / "reference" / "values" / "one_sample.json"
VALUES = json.loads(STORED.read_text(encoding="utf-8"))
HOW = {"unit": "days", "origin": "start"}


def patients(time, event, **more):
    return Histories.from_arrays(time, event, **HOW, **more)


REFERENCE = patients(VALUES["reference"]["time"], VALUES["reference"]["status"])


@pytest.mark.parametrize("case", VALUES["cases"], ids=lambda case: f"{len(case['time'])} patients")
def test_a_known_curve_gives_what_survdiff_with_an_offset_prints(case):
    found = one_sample_logrank_test(
        patients(case["time"], case["status"]), REFERENCE, variance="known"
    )
    assert found.observed == case["observed"]
    assert found.expected == pytest.approx(case["expected"], rel=1e-9)
    assert found.statistic**2 == pytest.approx(case["chisq"], rel=1e-9)
    assert found.p_value == found.naive_p_value


def by_hand():
    """Cohort 2, 4+; reference 1, 2, 3+, 4: hazards 1/4 at 1, 1/3 at 2, 1 at 4."""
    cohort, reference = patients([2, 4], [1, 0]), patients([1, 2, 3, 4], [1, 1, 0, 1])
    return cohort, reference


def test_expected_events_and_variance_are_those_worked_by_hand():
    expected = 2 * Fraction(1, 4) + 2 * Fraction(1, 3) + 1
    own = 4 * Fraction(1, 16) + 4 * Fraction(1, 9) + 1
    found = one_sample_logrank_test(*by_hand())
    assert found.expected == pytest.approx(float(expected), rel=1e-15)
    assert found.reference_variance == pytest.approx(float(own), rel=1e-15)
    assert found.variance == pytest.approx(float(expected + own), rel=1e-15)
    assert found.statistic == pytest.approx(float(1 - expected) / float(expected + own) ** 0.5)
    assert found.p_value > found.naive_p_value
    assert (found.n, found.observed, found.cut, found.reference_n) == (2, 1.0, 0, 4.0)


def test_until_ends_the_comparison_and_counts_who_was_cut():
    found = one_sample_logrank_test(*by_hand(), until=2.0)
    assert found.expected == pytest.approx(2 / 4 + 2 / 3, rel=1e-15)
    assert (found.until, found.cut, found.observed) == (2.0, 1, 1.0)
    assert "1 patient is censored at 2 days" in found.notes[0]


def test_a_cohort_followed_beyond_the_reference_is_cut_there():
    cohort, reference = patients([2, 9], [1, 1]), patients([1, 2, 3, 5], [1, 1, 0, 0])
    found = one_sample_logrank_test(cohort, reference)
    assert (found.until, found.cut, found.observed) == (5.0, 1, 1.0)


def test_late_entry_is_exposed_only_from_then_on():
    cohort = patients([2, 4], [1, 0], entry=[1, 2])
    _, reference = by_hand()
    found = one_sample_logrank_test(cohort, reference)
    assert found.expected == pytest.approx(1 / 3 + 1, rel=1e-15)


def test_a_curve_taken_as_known_is_the_reference_without_its_error():
    cohort, reference = (
        patients(VALUES["cases"][0]["time"], VALUES["cases"][0]["status"]),
        REFERENCE,
    )
    curve = kaplan_meier(reference)
    known = one_sample_logrank_test(cohort, (curve.time, curve.estimate))
    counted = one_sample_logrank_test(cohort, reference)
    assert known.expected == pytest.approx(counted.expected, rel=1e-9)
    assert known.p_value == pytest.approx(counted.naive_p_value, rel=1e-9)
    assert known.reference_variance == 0.0
    assert "its own error is not counted" in known.notes[0]


def test_the_naive_test_warns_by_how_much_its_variance_is_too_small():
    cohort, reference = by_hand()
    found = one_sample_logrank_test(cohort, reference, variance="known")
    assert found.variance == pytest.approx(found.expected)
    assert "taken as exact" in found.notes[0]
    assert "1.78 times" in found.notes[0]


def test_limits_of_a_known_curve_are_exact():
    """O = 3 at 95 %: 0.6187 and 8.7673 events (Poisson tables) over the expected ones."""
    cohort = patients([5, 5, 5, 5], [1, 1, 1, 0])
    found = one_sample_logrank_test(cohort, ([5.0], [0.5]))
    assert found.expected == 2.0
    assert (found.lower * 2, found.upper * 2) == pytest.approx((0.61867, 8.76727), abs=1e-5)
    narrower = one_sample_logrank_test(cohort, ([5.0], [0.5]), conf_level=0.9)
    assert narrower.lower * 2 == pytest.approx(0.81769, abs=1e-5)
    none = one_sample_logrank_test(patients([6, 6], [0, 0]), ([5.0], [0.5]))
    assert (none.ratio, none.lower) == (0.0, 0.0)


def test_nothing_is_counted_where_the_reference_has_nobody():
    """Its curve is 0 from 5 on: who lives longer has no hazard to be compared with."""
    cohort, reference = patients([2, 9, 8], [1, 1, 0]), patients([1, 2, 3, 5], [1, 1, 1, 1])
    found = one_sample_logrank_test(cohort, reference)
    assert (found.until, found.observed, found.cut) == (5.0, 1.0, 2)
    assert found.expected == pytest.approx(3 / 4 + 3 / 3 + 2 / 2 + 2 / 1)
    known = one_sample_logrank_test(cohort, ([1, 2, 3, 5, 7], [0.75, 0.5, 0.25, 0.0, 0.0]))
    assert (known.until, known.observed) == (5.0, 1.0)
    assert known.expected == pytest.approx(found.expected)


def inside(found, z):
    """Whether a ratio of 1 is not rejected, and the limits solve the equation of the test."""
    for limit in (found.lower, found.upper):
        spread = limit * found.expected + limit**2 * found.reference_variance
        assert (found.observed - limit * found.expected) ** 2 == pytest.approx(z**2 * spread)
    return found.lower <= 1.0 <= found.upper


@pytest.mark.parametrize("case", VALUES["cases"], ids=lambda case: f"{len(case['time'])} patients")
@pytest.mark.parametrize(("level", "z"), [(0.95, 1.959963984540054), (0.8, 1.2815515655446004)])
def test_limits_are_the_ratios_that_the_test_does_not_reject(case, level, z):
    cohort = patients(case["time"], case["status"])
    found = one_sample_logrank_test(cohort, REFERENCE, conf_level=level)
    assert inside(found, z) == (found.p_value >= 1.0 - level)


def test_a_small_reference_sets_no_upper_limit():
    found = one_sample_logrank_test(*by_hand())
    assert found.expected**2 < 1.96**2 * found.reference_variance
    assert found.upper == np.inf
    assert 0.0 < found.lower < found.ratio
    none = one_sample_logrank_test(
        patients(VALUES["cases"][0]["time"], np.zeros(40, int)), REFERENCE
    )
    assert none.lower == 0.0
    assert none.upper * none.expected > 1.959963984540054**2  # more than of a curve that is known


def test_a_tally_and_days_in_any_order_give_the_same():
    case = VALUES["cases"][1]
    order = np.random.default_rng(5).permutation(len(case["time"]))
    rows = patients(np.array(case["time"])[order], np.array(case["status"])[order])
    first = one_sample_logrank_test(patients(case["time"], case["status"]), REFERENCE)
    second = one_sample_logrank_test(tally(rows), tally(REFERENCE))
    assert first.columns() == second.columns()


times = st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=3, max_size=25)


@given(cohort=times, reference=times)
def test_the_test_is_the_naive_sum_over_patients(cohort, reference):
    cohort, reference = [*cohort, (30, False)], [*reference, (30, True)]
    own = patients(*map(list, zip(*cohort, strict=True)))
    found = one_sample_logrank_test(own, patients(*map(list, zip(*reference, strict=True))))
    expected = variance = 0.0
    for u in sorted({t for t, dead in reference if dead}):
        dead = sum(t == u and d for t, d in reference)
        at_risk = sum(t >= u for t, _ in reference)
        exposed = sum(t >= u for t, _ in cohort)
        expected += exposed * dead / at_risk
        variance += exposed**2 * dead / at_risk**2
    assert found.expected == pytest.approx(expected, rel=1e-9)
    assert found.variance == pytest.approx(expected + variance, rel=1e-9)
    assert found.observed == sum(d for _, d in cohort)


def test_months_that_differ_by_rounding_are_one_time():
    how = {"unit": "months", "origin": "start"}
    cohort = Histories.from_arrays([0.1 + 0.2, 1.0], [1, 0], **how)
    reference = Histories.from_arrays([0.3, 1.0], [1, 1], **how)
    found = one_sample_logrank_test(cohort, reference)
    assert found.expected == pytest.approx(2 / 2 + 1 / 1)


@pytest.mark.parametrize(
    ("cohort", "reference", "more", "said"),
    [
        (patients([1, 2], [1, 1], group=["a", "b"]), REFERENCE, {}, "2 groups: a, b"),
        (patients([1, 2], [1, 1], weights=[0.5, 0.7]), REFERENCE, {}, "one row a patient"),
        (patients([1], [1]), ([2.0, 1.0], [0.5, 0.4]), {}, "no survival curve"),
        (patients([1], [1]), ([1.0, 2.0], [0.5, 0.6]), {}, "no survival curve"),
        (patients([1], [1]), ([1.0, 2.0], [0.5]), {}, "two arrays of one length"),
        (patients([1], [1]), ([2.0], [0.5]), {}, "none is expected"),
        (patients([1], [1]), REFERENCE, {"until": 5000.0}, "beyond the reference"),
        (patients([1], [1]), REFERENCE, {"until": -1.0}, "give a time above 0"),
        (patients([1], [1]), REFERENCE, {"variance": "robust"}, "choose one of"),
    ],
)
def test_what_cannot_be_compared_is_refused(cohort, reference, more, said):
    with pytest.raises(InputError, match=said):
        one_sample_logrank_test(cohort, reference, **more)


def test_another_unit_is_refused():
    months = Histories.from_arrays([1, 2], [1, 1], unit="months", origin="start")
    with pytest.raises(InputError, match="the cohort is in months, the reference in days"):
        one_sample_logrank_test(months, REFERENCE)
