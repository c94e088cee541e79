"""Competing incidences turned back into patients with causes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from atrisk.errors import InputError
from atrisk.evidence.curves import Curve, Landmark, Reported, reconstruct

# six patients: relapse 1, death 2, relapse 4 and death 4, censored 3 and 5
TIME = np.array([1.0, 2.0, 3.0, 4.0, 4.0, 5.0])
CAUSE = np.array([1, 2, 0, 1, 2, 0])


def incidences(time, cause, decimals=9):
    """Aalen-Johansen by direct sums, and the event-free curve, as vertices."""
    levels, survival = {1: 0.0, 2: 0.0}, 1.0
    drawn = {1: [(0.0, 0.0)], 2: [(0.0, 0.0)], 0: [(0.0, 1.0)]}
    for at in np.unique(time[cause > 0]):
        n = (time >= at).sum()
        for one in (1, 2):
            levels[one] += survival * ((time == at) & (cause == one)).sum() / n
        survival = 1.0 - levels[1] - levels[2]
        for one, value in ((1, levels[1]), (2, levels[2]), (0, survival)):
            drawn[one] += [(at, drawn[one][-1][1]), (at, value)]
    for rows in drawn.values():
        rows.append((time.max(), rows[-1][1]))
    return {
        one: Curve(
            np.array([x for x, _ in rows]),
            np.round([y for _, y in rows], decimals),
            kind="incidence" if one else "survival",
            precision_value=0.5 * 10.0**-decimals,
        )
        for one, rows in drawn.items()
    }


def test_two_incidences_by_hand():
    """1/6 at 1; 5/6 x 1/5 at 2; then S = 2/3, three at risk at 4, one of each."""
    curves = incidences(TIME, CAUSE)
    made = reconstruct({"relapse": curves[1], "death": curves[2]}, Reported(n=6))
    assert made.verdict == "exact"
    assert made.solution.at_risk.tolist() == [6, 5, 3]
    assert made.solution.events.tolist() == [[1, 0], [0, 1], [1, 1]]
    assert made.patients.cause.tolist() == ["relapse", "death", "", "death", "relapse", ""]


def test_one_incidence_beside_the_event_free_curve_gives_the_other():
    curves = incidences(TIME, CAUSE)
    made = reconstruct({"relapse": curves[1], "event_free": curves[0]}, Reported(n=6))
    assert made.verdict == "exact"
    assert made.solution.events.tolist() == [[1, 0], [0, 1], [1, 1]]
    assert sorted(set(made.patients.cause)) == ["", "other", "relapse"]


def test_one_incidence_alone_is_refused_unless_nothing_competes():
    curves = incidences(TIME, CAUSE)
    made = reconstruct({"relapse": curves[1]}, Reported(n=6))
    assert made.verdict == "refused"
    assert "competing events" in made.why
    alone = reconstruct(
        {"relapse": Curve([1, 3], [0.25, 0.25], kind="incidence", precision_value=1e-9)},
        Reported(n=4, competing_events=0, landmarks=(Landmark(2.0, "25"),)),
    )
    assert alone.solution.at_risk.tolist() == [4]
    assert [row.agrees for row in alone.residuals if row.what == "incidence: relapse"] == [True]


def test_events_by_cause_are_held_and_those_that_cannot_be_are_refused():
    curves = incidences(TIME, CAUSE)
    both = {"relapse": curves[1], "death": curves[2]}
    made = reconstruct(both, Reported(n=6, total_events=(2, 2)))
    rows = [row for row in made.residuals if row.what.startswith("events")]
    assert [(row.what, row.agrees) for row in rows] == [
        ("events: relapse", True),
        ("events: death", True),
    ]
    assert reconstruct(both, Reported(n=6, total_events=(3, 1))).verdict == "refused"
    with pytest.raises(InputError, match="given for 1 causes"):
        reconstruct(both, Reported(n=6, total_events=(4,)))


def test_the_interval_of_an_incidence_is_that_of_the_estimator():
    """At 1 one of six: F = 1/6; Aalen's variance is d (n - d) / (n^2 (n - 1)) = 1/36."""
    curves = incidences(TIME, CAUSE)
    error = 1 / 6
    limits = [f"{100 * max(1 / 6 + sign * 1.959964 * error, 0):.1f}" for sign in (-1, 1)]
    reported = Reported(n=6, landmarks=(Landmark(1.5, "16.7", *limits),), conf_type="plain")
    made = reconstruct({"relapse": curves[1], "death": curves[2]}, reported)
    rows = [row for row in made.residuals if row.what.startswith("incidence: relapse")]
    assert [row.agrees for row in rows] == [True, True, True]
    assert rows[2].reconstructed == pytest.approx(100 * (1 / 6 + 1.959964 * error), abs=1e-4)


def test_curves_are_named_as_they_must_be():
    curves = incidences(TIME, CAUSE)
    with pytest.raises(InputError, match="event_free"):
        reconstruct({"relapse": curves[1], "free": curves[0]}, Reported(n=6))
    with pytest.raises(InputError, match="one survival curve"):
        reconstruct({"a": curves[1], "b": curves[2]}, Reported(n=6), method="guyot")
    with pytest.raises(InputError, match="no curve"):
        reconstruct({}, Reported(n=6))


rows = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 2)), min_size=3, max_size=30)


@settings(max_examples=40, deadline=None)
@given(rows)
def test_random_cohorts_with_two_causes_come_back(cohort):
    time = np.array([float(t) for t, _ in cohort])
    cause = np.array([c for _, c in cohort])
    assume({1, 2} <= set(cause.tolist()))
    curves = incidences(time, cause)
    ticks = tuple(float(tick) for tick in range(0, int(time.max()) + 1, 4))
    reported = Reported(
        n=time.size,
        at_risk_time=ticks,
        at_risk=tuple(int((time >= tick).sum()) for tick in ticks),
        total_events=(int((cause == 1).sum()), int((cause == 2).sum())),
    )
    made = reconstruct({"one": curves[1], "two": curves[2]}, reported, members=1)
    assert made.verdict in {"exact", "several"}
    assert [row for row in made.residuals if row.agrees is False] == []
