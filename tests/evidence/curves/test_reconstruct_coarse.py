"""Coarse coordinates: the likeliest whole numbers, Guyot's algorithm, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from atrisk.errors import InputError
from atrisk.evidence.curves import Curve, Landmark, Reported, reconstruct
from atrisk.evidence.curves import search as searching
from atrisk.evidence.curves.guyot import guyot
from curve_cohorts import drawn, patients, printed, steps

TICKS = (0.0, 200.0, 400.0, 600.0, 800.0)


def clicked(name, precision, seed=3):
    """Points read by hand: each off by up to the precision."""
    time, event = patients(name)
    exact = drawn(time, event, 12)
    noise = np.random.default_rng(seed).uniform(-precision, precision, exact.time.size)
    value = np.clip(exact.value + noise, 0.0, 1.0)
    return time, event, Curve(exact.time, value, unit="days", precision_value=precision)


@pytest.mark.parametrize("precision", [1e-4, 1e-3, 3e-3])
def test_clicked_points_with_all_numbers_give_the_events_and_every_number_at_risk(precision):
    time, event, curve = clicked("veteran", precision)
    made = reconstruct(curve, printed(time, event, TICKS), members=3)
    assert made.verdict != "refused"
    assert [row.what for row in made.residuals if row.agrees is False] == []
    assert int(made.patients.event.sum()) == int(event.sum())
    for member in (1, 2, 3):
        assert len(made.ensemble.of(member)) == time.size


def test_the_likeliest_set_is_nearer_than_the_published_algorithm():
    """Numbers at risk at all falls, without the total of events: the sum of what each is off."""
    off = {"auto": 0, "guyot": 0}
    for name in ("lung", "veteran"):
        time, event, curve = clicked(name, 1e-3)
        reported = replace(printed(time, event, TICKS), total_events=None)
        for method in off:
            made = reconstruct(curve, reported, method=method, members=0)
            off[method] += sum(
                abs(int((made.patients.time >= step.time).sum()) - step.at_risk)
                for step in steps(time, event)
            )
    assert off["auto"] < off["guyot"] / 4


def test_the_method_asked_for_is_the_method_used():
    time, event, curve = clicked("veteran", 1e-3)
    reported = printed(time, event, TICKS)
    for method in ("constrained", "guyot"):
        assert reconstruct(curve, reported, method=method, members=1).method == method
    refused = reconstruct(curve, reported, method="exact")
    assert refused.verdict == "refused"
    assert "it must be about 1e-05 at most" in refused.why
    with pytest.raises(InputError, match="methods are auto, exact"):
        reconstruct(curve, reported, method="best")
    with pytest.raises(InputError, match="members=-1"):
        reconstruct(curve, reported, members=-1)


def test_a_landmark_narrows_what_the_reading_leaves_open():
    curve = Curve([1, 2, 5], [0.9, 0.8, 0.8], precision_value=0.03)
    free = reconstruct(curve, Reported(n=40), method="constrained", members=0)
    bound = Reported(n=40, landmarks=(Landmark(3.0, "77.5"),))
    tied = reconstruct(curve, bound, method="constrained", members=0)
    assert 100 * (1 - free.patients.event.sum() / 40) == pytest.approx(80)
    assert 100 * (1 - tied.patients.event.sum() / 40) == pytest.approx(77.5)


def test_a_landmark_that_the_reading_does_not_bear_out_is_left_to_the_residuals():
    """Of 40 and with no one censored, survival is a multiple of 2.5%: 78.3 cannot be printed."""
    curve = Curve([1, 2, 5], [0.9, 0.8, 0.8], precision_value=0.03)
    reported = Reported(
        n=40,
        at_risk_time=(0, 4.9),
        at_risk=(40, 32),
        total_events=8,
        landmarks=(Landmark(3.0, "78.31"),),
    )
    made = reconstruct(curve, reported, method="constrained", members=0)
    assert int(made.patients.event.sum()) == 8
    assert not any("widened" in text for text in made.warnings)


def test_bounds_that_nothing_meets_are_widened_and_that_is_said():
    curve = Curve([1, 2, 5], [0.905, 0.7, 0.7], precision_value=0.001)
    made = reconstruct(curve, Reported(n=10), members=1)
    assert made.verdict == "approximate"
    assert "widened 8 times" in made.warnings[0]
    assert made.solution.events[:, 0].tolist() == [1, 2]


def test_the_published_algorithm_is_the_last_resort_and_says_so():
    """Of 18 to 20, one is 0.056 to 0.05 and two are 0.1 or more: 0.07 is no fall of any."""
    curve = Curve([1, 2, 5], [0.93, 0.7, 0.7], precision_value=0.001)
    made = reconstruct(curve, Reported(n=20, at_risk_time=(0, 1.5), at_risk=(20, 18)), members=2)
    assert made.method == "guyot"
    assert "no set of whole numbers was found" in made.warnings[0]
    assert len(made.ensemble.of(2)) == 20


def test_where_precise_coordinates_prove_that_no_numbers_fit_nothing_is_reconstructed():
    """0.93 of ten is no fall, and 0.001 is below 0.25 / 10^2."""
    curve = Curve([1, 2, 5], [0.93, 0.7, 0.7], precision_value=0.001)
    made = reconstruct(curve, Reported(n=10), members=2)
    assert made.verdict == "refused"
    assert "with 10 patients no fall is smaller than 1/10 = 0.1; the first is 0.07" in made.why
    assert reconstruct(curve, Reported(n=10), members=0, method="guyot").method == "guyot"
    row = Reported(n=10, at_risk_time=(0, 2), at_risk=(10, 9))
    later = replace(curve, value=np.array([0.9, 0.75, 0.75]))
    assert "n = 10 and the numbers at risk" in reconstruct(later, row, members=0).why
    assert reconstruct(later, Reported(n=10), members=0).verdict == "exact"


def test_the_search_stops_at_its_limits(monkeypatch):
    time, _, curve = clicked("veteran", 3e-4)
    monkeypatch.setattr(searching, "MOST_STATES", 2)
    made = reconstruct(curve, Reported(n=time.size), members=0)
    assert made.verdict == "approximate"


def test_guyot_by_hand_without_numbers_at_risk_takes_nobody_to_be_censored_early():
    """Of 10: 2 events at 1 (0.8), then 8 x (1 - 0.6/0.8) = 2 at 3; 6 are left at the end."""
    found = guyot(np.array([1.0, 3.0, 4.0]), np.array([0.8, 0.6, 0.6]), (0.0,), (10,), None)
    assert found.events.tolist() == [0, 2, 2, 0]
    assert found.censor_time.tolist() == [4.0] * 6


def test_guyot_by_hand_with_numbers_at_risk():
    """In [0, 2): 10 x 0.8 - 6 = 2 censored, at 2/3 and 4/3: one before the fall at 1, 9 x 0.2 = 2.

    Then 9 - 2 - 1 = 6 at risk at 2, as printed; 6 x (1 - 0.4/0.7778) = 3 at 3. The last interval is
    half as long as the first, so one is censored in it, at 3; two remain at 3.
    """
    found = guyot(np.array([1.0, 2.0, 3.0]), np.array([0.8, 0.8, 0.4]), (0.0, 2.0), (10, 6), None)
    assert found.settled
    assert found.at_risk.tolist() == [10, 9, 6, 5]
    assert found.events.tolist()[:2] == [0, 2]


def test_guyot_meets_the_total_of_events_through_the_censored_of_the_last_interval():
    time, event, curve = clicked("veteran", 1e-3)
    reported = printed(time, event, TICKS)
    made = reconstruct(curve, reported, method="guyot", members=0)
    assert int(made.patients.event.sum()) == 128
    assert len(made.patients) == 137


def test_guyot_places_no_event_after_the_total_is_reached():
    found = guyot(np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.5, 0.25]), (0.0, 2.0), (4, 2), 2)
    assert found.events.tolist() == [0, 2, 0, 0]


def test_guyot_against_the_naive_sums_of_its_equations():
    """One interval, total events known: c is changed by the excess until the events agree."""
    time, event = patients("veteran")
    truth = steps(time, event)
    t = np.array([step.time for step in truth])
    s = np.array([step.survival for step in truth])
    found = guyot(t, s, (0.0,), (137,), 128)

    def events_with(censored):
        at = [t[-1] * k / (censored + 1) for k in range(1, censored + 1)]
        n, level, total = 137, 1.0, 0
        for k in range(t.size):
            n -= sum((t[k - 1] if k else 0.0) <= one < t[k] for one in at)
            d = round(n * (1 - s[k] / level)) if level else 0
            level *= 1 - d / n if n else 1
            n, total = n - d, total + d
        return total

    censored, seen = 0, set()
    while censored not in seen and events_with(censored) != 128:
        seen.add(censored)
        censored = max(censored + events_with(censored) - 128, 0)
    assert int(found.events.sum()) == events_with(censored)


@pytest.mark.parametrize(
    ("curve", "reported", "message"),
    [
        (Curve([1, 2], [0.5, 0.7], precision_value=0.01), Reported(n=9), "rises by 0.2 at time 2"),
        (Curve([1], [0.5], kind="incidence"), Reported(n=4, at_risk_time=(0, 1), at_risk=(3, 4)),
         "rise from 3 at 0 to 4 at 1"),
        (Curve([1], [0.5]), Reported(n=4, at_risk_time=(0,), at_risk=(5,)), "start with 5"),
        (Curve([1, 3], [0.5, 0.5]), Reported(n=4, at_risk_time=(0, 2), at_risk=(4, 3)),
         "cannot fall by less than the curve"),
        (Curve([1, 3], [0.5, 0.5]), Reported(n=4, at_risk_time=(2, 1), at_risk=(2, 2)),
         "do not rise"),
        (Curve([1], [50]), Reported(n=4), "in percent"),
        (Curve([-1], [0.5]), Reported(n=4), "before time 0"),
        (Curve([], []), Reported(n=4), "at least one"),
        (Curve([1, 2], [0.5]), Reported(n=4), "2 times and 1 values"),
        (Curve([np.nan], [0.5]), Reported(n=4), "not numbers"),
        (Curve([1], [0.5]), Reported(n=0), "1 to 100,000"),
        (Curve([1], [0.5]), Reported(n=4, censor_times=(-2.0,)), "mark stands before time 0"),
        (Curve([1e10], [0.5]), Reported(n=4), "check the time axis"),
        (Curve([1], [0.5]), Reported(n=4, landmarks=(Landmark(1, "half"),)), "not a number"),
    ],
)  # fmt: skip
def test_input_that_contradicts_itself_is_an_error(curve, reported, message):
    with pytest.raises(InputError, match=message):
        reconstruct({"relapse": curve} if curve.kind == "incidence" else curve, reported)


@pytest.mark.parametrize(
    ("curve", "reported", "message"),
    [
        (Curve([1], [0.5], precision_value=0.2), Reported(n=9), "too coarse: it must be 0.05"),
        (Curve([1], [0.5]), Reported(n=4, total_events=5), "at most one each"),
        (Curve([1], [0.5]), Reported(n=4, total_events=3), "ask for 2"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(curve, reported, message):
    made = reconstruct(curve, reported)
    assert made.verdict == "refused"
    assert message in made.why
    assert len(made.patients) == len(made.ensemble) == 0
