"""Whole numbers behind a precise curve: recovered, one by one, or said to be open."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from atrisk.errors import InputError
from atrisk.evidence.curves import Curve, Landmark, Reported, reconstruct
from curve_cohorts import drawn, patients, printed, steps

# seven patients: deaths at 1, 3, 4 (two), 6; censored between 3 and 4, and at 7
SEVEN_TIME = np.array([1.0, 3.0, 3.5, 4.0, 4.0, 6.0, 7.0])
SEVEN_EVENT = np.array([True, True, False, True, True, True, False])


def test_a_curve_of_seven_patients_by_hand():
    """6/7, 5/7, then 4 at risk and 2 die: 5/14, then 2 at risk and 1 dies: 5/28."""
    curve = Curve([1, 3, 4, 6, 7], [6 / 7, 5 / 7, 5 / 14, 5 / 28, 5 / 28], precision_value=1e-9)
    made = reconstruct(curve, Reported(n=7))
    assert (made.verdict, made.method, made.solutions) == ("exact", "exact", 1.0)
    assert made.solution.at_risk.tolist() == [7, 6, 4, 2]
    assert made.solution.events[:, 0].tolist() == [1, 1, 2, 1]
    assert made.patients.time.tolist() == SEVEN_TIME.tolist()
    assert made.patients.event.tolist() == SEVEN_EVENT.tolist()
    assert made.patients.to_frame()["reconstructed"].unique().to_list() == ["reconstructed"]


def test_only_the_times_of_the_censored_differ_between_members():
    made = reconstruct(drawn(SEVEN_TIME, SEVEN_EVENT, 9), Reported(n=7), members=6)
    for member in range(1, 7):
        one = made.ensemble.of(member)
        assert one.time[one.event].tolist() == [1.0, 3.0, 4.0, 4.0, 6.0]
        assert 3.0 <= one.time[~one.event][0] <= 4.0
        assert one.time[~one.event][1] == 7.0
    assert len(set(made.ensemble.time[~made.ensemble.event].tolist())) == 7


def test_the_same_seed_gives_the_same_patients_and_another_gives_others():
    curve = drawn(SEVEN_TIME, SEVEN_EVENT, 9)
    first, again, other = (
        reconstruct(curve, Reported(n=7), seed=seed).ensemble.time for seed in (1, 1, 2)
    )
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_censor_marks_place_the_censored():
    reported = Reported(n=7, censor_times=(3.25, 7.0))
    made = reconstruct(drawn(SEVEN_TIME, SEVEN_EVENT, 9), reported)
    assert made.patients.time[~made.patients.event].tolist() == [3.25, 7.0]
    marks = [row for row in made.residuals if row.what.startswith("censor marks")]
    assert [(row.printed, row.agrees) for row in marks] == [("2", True)]


def test_a_mark_where_the_curve_says_that_nobody_left_refuses_the_exact_method():
    reported = Reported(n=7, censor_times=(2.0, 3.25, 7.0))
    made = reconstruct(drawn(SEVEN_TIME, SEVEN_EVENT, 9), reported, method="exact")
    assert made.verdict == "refused"


@pytest.mark.parametrize("name", ["lung", "veteran"])
@pytest.mark.parametrize("decimals", [5, 8])
def test_public_cohorts_are_recovered_number_by_number(name, decimals):
    time, event = patients(name)
    truth = steps(time, event)
    made = reconstruct(drawn(time, event, decimals), printed(time, event, (0.0, 200.0, 400.0)))
    assert made.verdict == "exact"
    assert made.solution.at_risk.tolist() == [step.at_risk for step in truth]
    assert made.solution.events[:, 0].tolist() == [step.events for step in truth]
    assert [row for row in made.residuals if row.agrees is False] == []


def test_without_n_the_least_number_that_fits_is_taken_and_its_multiples_are_named():
    made = reconstruct(drawn(SEVEN_TIME, SEVEN_EVENT, 9), Reported())
    assert made.verdict == "several"
    assert made.fitting_n == (7, 14, 21)
    assert made.solution.n == 7
    assert "n is not printed" in made.warnings[0]


def test_without_n_a_coarse_curve_is_refused():
    time, event = patients("lung")
    made = reconstruct(drawn(time, event, 3), Reported())
    assert made.verdict == "refused"
    assert "Give n" in made.why
    with pytest.raises(InputError, match="was not turned back"):
        made.required()


@pytest.mark.parametrize("wrong", [4, 6])
def test_a_total_of_events_that_cannot_be_met_is_refused(wrong):
    made = reconstruct(drawn(SEVEN_TIME, SEVEN_EVENT, 9), Reported(n=7, total_events=wrong))
    assert made.verdict == "refused"
    assert f"printed, {wrong}," in made.why
    assert "ask for 5" in made.why


cohorts = st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=2, max_size=40).map(
    lambda rows: (np.array([float(t) for t, _ in rows]), np.array([e for _, e in rows]))
)


@settings(max_examples=60, deadline=None)
@given(cohorts)
def test_random_cohorts_come_back(cohort):
    time, event = cohort
    assume(event.any())
    truth = steps(time, event)
    ticks = tuple(float(tick) for tick in range(0, int(time.max()) + 1, 5))
    made = reconstruct(drawn(time, event, 9), printed(time, event, ticks), members=2)
    assert made.verdict in {"exact", "several"}
    assert int(made.patients.event.sum()) == int(event.sum())
    assert [row for row in made.residuals if row.agrees is False] == []
    if made.verdict == "exact":
        assert made.solution.at_risk.tolist() == [step.at_risk for step in truth]
    for member in (1, 2):
        one = made.ensemble.of(member)
        assert len(one) == time.size
        found = steps(one.time, one.event)
        assert [step.survival for step in found] == pytest.approx(
            [step.survival for step in truth], abs=2e-9
        )


@settings(max_examples=25, deadline=None)
@given(cohorts, st.sampled_from([1 / 30.4375, 7.0]), st.randoms())
def test_units_and_the_order_of_points_change_nothing(cohort, factor, random):
    time, event = cohort
    assume(event.any())
    curve = drawn(time, event, 7)
    order = list(range(curve.time.size))
    random.shuffle(order)
    other = replace(curve, time=curve.time[order] * factor, value=curve.value[order])
    one = reconstruct(curve, Reported(n=time.size), members=1)
    two = reconstruct(other, Reported(n=time.size), members=1)
    assert one.verdict == two.verdict
    assert one.solution.at_risk.tolist() == two.solution.at_risk.tolist()
    assert (one.patients.time * factor).tolist() == pytest.approx(two.patients.time.tolist())


def test_a_flat_tail_has_no_event():
    made = reconstruct(Curve([2, 50], [0.9, 0.9], precision_value=1e-6), Reported(n=10), members=5)
    assert made.ensemble.time[made.ensemble.event].tolist() == [2.0] * 5
    assert made.patients.time.max() == 50.0


def test_a_flat_curve_is_all_censored_and_never_an_event():
    made = reconstruct(Curve([0, 12], [1, 1]), Reported(n=4))
    assert (made.verdict, int(made.patients.event.sum()), len(made.patients)) == ("exact", 0, 4)
    assert reconstruct(Curve([0, 12], [1, 1]), Reported(n=4, total_events=1)).verdict == "refused"
    assert reconstruct(Curve([0, 12], [1, 1]), Reported()).verdict == "refused"


def test_a_number_at_risk_counted_after_the_fall_is_understood():
    """Nine of ten remain after the death at 5; the row says 9 at 5, where the usual count is 10."""
    curve = Curve([5, 8, 9], [0.9, 0.8, 0.8], precision_value=1e-6)
    made = reconstruct(curve, Reported(n=10, at_risk_time=(0, 5), at_risk=(10, 9)))
    assert made.verdict == "exact"
    assert "counted" in " ".join(made.warnings) or "count those left" in " ".join(made.warnings)
    assert all(row.agrees for row in made.residuals)


def test_residuals_of_landmark_median_and_their_limits():
    """Greenwood by hand: 1/(7*6) + 1/(6*5) + 2/(4*2) at 5, S = 5/14."""
    error = 5 / 14 * np.sqrt(1 / 42 + 1 / 30 + 2 / 8)
    lower, upper = (100 * (5 / 14 + sign * 1.959964 * error) for sign in (-1, 1))
    reported = Reported(
        n=7,
        landmarks=(Landmark(5.0, "35.7", f"{max(lower, 0):.1f}", f"{upper:.1f}"),),
        median="4",
        median_lower="3",
        median_upper="not reached",
    )
    made = reconstruct(drawn(SEVEN_TIME, SEVEN_EVENT, 9), reported)
    rows = {row.what: row for row in made.residuals}
    assert rows["survival"].agrees
    assert rows["survival"].reconstructed == pytest.approx(500 / 14)
    assert rows["survival, upper limit"].note == "plain interval"
    assert rows["survival, upper limit"].agrees
    assert rows["median"].reconstructed == 4.0
    assert rows["median"].agrees
    other = replace(reported, conf_type="log", median="5")
    rows = {
        row.what: row for row in reconstruct(drawn(SEVEN_TIME, SEVEN_EVENT, 9), other).residuals
    }
    assert rows["survival, upper limit"].agrees is False
    assert rows["survival, upper limit"].note == "log interval, the nearest"
    assert rows["median"].agrees is False


def test_fractions_are_held_on_their_scale():
    reported = Reported(n=7, landmarks=(Landmark(5.0, "0.36"),), scale="fraction")
    made = reconstruct(drawn(SEVEN_TIME, SEVEN_EVENT, 9), reported)
    assert [row.agrees for row in made.residuals if row.what == "survival"] == [True]
