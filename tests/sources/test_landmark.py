"""Landmark analysis: who is kept, by what group, on which clock, and who is left out."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import exposures_kit as kit
from atrisk import Histories, InputError, kaplan_meier, logrank_test
from atrisk.sources.episodes import episodes
from atrisk.sources.landmark import landmark

EXIT = [40, 100, 200, 300, 100, 150]
EVENT = [1, 0, 1, 0, 1, 1]
GVHD = [30, None, 100, 101, None, None]


def histories(**given):
    return Histories.from_arrays(EXIT, EVENT, unit="days", origin="transplant", **given)


def cohort(**options):
    frame = pl.DataFrame({"days": EXIT, "died": EVENT, "gvhd": GVHD})
    return episodes(
        frame, exit="days", event="died", exposures={"GVHD": "gvhd"}, unit="days",
        origin="transplant", **options,
    )  # fmt: skip


def spelled(found):
    h = found.histories
    times = h.grid.times
    group = [h.groups[i] for i in h.group] if h.group is not None else None
    return times[h.exit].tolist(), h.cause.tolist(), group


SOURCES = {
    "episodes": lambda at, **how: landmark(cohort(), at, **how),
    "histories": lambda at, **how: landmark(histories(), at, exposures={"GVHD": GVHD}, **how),
}


@pytest.mark.parametrize("source", SOURCES)
def test_who_is_kept_and_how_they_are_grouped(source):
    found = SOURCES[source](100)
    # who leaves at the landmark is left out; who is exposed at it is exposed
    assert spelled(found) == (
        [100, 200, 50],
        [1, 0, 1],
        ["GVHD by 100 days", "no GVHD by 100 days", "no GVHD by 100 days"],
    )
    assert found.histories.groups == ("no GVHD by 100 days", "GVHD by 100 days")
    assert found.source_row.tolist() == [2, 3, 5]
    assert found.left_out.to_frame().rows() == [
        (1, "exit", "event by the landmark"),
        (2, "exit", "censored by the landmark"),
        (5, "exit", "event by the landmark"),
    ]
    assert found.histories.dropped.row.tolist() == [1, 2, 5]
    assert found.histories.grid.origin == "landmark at 100 days after transplant"
    assert found.histories.entry is None
    assert found.to_frame().rows() == [
        (100.0, "at risk at the landmark", 3),
        (100.0, "event by the landmark", 2),
        (100.0, "censored by the landmark", 1),
        (100.0, "enters after the landmark", 0),
    ]
    assert len(found) == 3
    assert repr(found).startswith("Landmarked(3 at risk at 100, left_out=3, groups=('no GVHD by")


@pytest.mark.parametrize("source", SOURCES)
def test_the_clock_may_go_on(source):
    found = SOURCES[source](100, clock="origin").histories
    times = found.grid.times
    assert times[found.exit].tolist() == [200, 300, 150]
    assert times[found.entry].tolist() == [100, 100, 100]
    assert found.grid.origin == "transplant"
    restarted = SOURCES[source](100).histories
    a, b = kaplan_meier(found), kaplan_meier(restarted)
    assert (a.time - 100).tolist() == b.time.tolist()
    np.testing.assert_allclose(a.estimate, b.estimate, rtol=1e-14)
    assert logrank_test(found).statistic == pytest.approx(logrank_test(restarted).statistic)


def test_several_landmarks_that_no_row_has():
    early, late = landmark(histories(), at=[50.5, 120])
    assert (early.at, late.at) == (50.5, 120.0)
    assert spelled(early) == ([49.5, 149.5, 249.5, 49.5, 99.5], [0, 1, 0, 1, 1], None)
    assert spelled(late)[0] == [80, 180, 30]
    assert isinstance(landmark(histories(), at=[100]), tuple)


def test_a_group_known_from_the_start_is_kept():
    h = histories(group=list("aabbcc"), strata=[1, 1, 1, 2, 2, 2], weights=[1, 1, 2, 3, 1, 1])
    found = landmark(h, at=160).histories
    assert (found.groups, found.group.tolist()) == (("b",), [0, 0])
    assert (found.strata, found.weights.tolist()) == (("1", "2"), [2, 3])


def test_who_enters_after_the_landmark_is_left_out():
    h = histories(entry=[0, 0, 99, 101, 0, 100])
    found = landmark(h, at=100)
    assert found.source_row.tolist() == [2, 5]
    assert found.left_out.to_frame().rows()[2] == (4, "entry", "enters after the landmark")
    assert found.to_frame()["n"].to_list() == [2, 2, 1, 1]


def test_several_exposures_and_rows_left_out_before():
    frame = pl.DataFrame(
        {"days": [9, None, 9, 9], "died": [1, 1, 0, 1], "a": [1, 1, None, 3], "b": [2, 1, 1, 3]}
    )
    e = episodes(
        frame, exit="days", event="died", exposures={"A": "a", "B": "b"}, missing="drop", **kit.DAYS
    )
    found = landmark(e, at=2)
    assert found.histories.groups == ("none by 2 days", "B by 2 days", "A + B by 2 days")
    assert found.source_row.tolist() == [0, 2, 3]
    assert found.histories.group.tolist() == [2, 1, 0]
    h = Histories.from_frame(frame, exit="days", event="died", missing="drop", **kit.DAYS)
    again = landmark(h, at=2, exposures={"A": [1, None, 3], "B": [2, 1, 3]})
    assert again.histories.groups == found.histories.groups
    assert again.histories.group.tolist() == [2, 1, 0]
    assert again.source_row.tolist() == [0, 2, 3]
    assert again.histories.dropped.row.tolist() == [2]


def test_a_time_up_to_rounding_is_the_landmark():
    h = Histories.from_arrays([0.3, 0.9], [1, 1], **kit.DAYS)
    for at, begin in ((0.3, 0.1 + 0.2), (0.1 + 0.2, 0.3)):
        found = landmark(h, at=at, exposures={"A": [None, begin]})
        assert (len(found), found.at, found.histories.groups) == (1, 0.3, ("A by 0.3 days",))


MISTAKES = {
    "late": (lambda: landmark(histories(), 300), "nobody is at risk after 300 days"),
    "negative": (lambda: landmark(histories(), -1), "give one or more times of 0 or later"),
    "none": (lambda: landmark(histories(), []), "give one or more times of 0 or later"),
    "text": (lambda: landmark(histories(), "100"), "give one or more times of 0 or later"),
    "clock": (lambda: landmark(histories(), 100, clock="entry"), "'landmark', 'origin'"),
    "twice": (lambda: landmark(cohort(), 100, {"A": GVHD}), "have their exposures already"),
    "grouped": (
        lambda: landmark(histories(group=list("aabbcc")), 100, {"A": GVHD}),
        "grouped already",
    ),
    "length": (lambda: landmark(histories(), 100, {"A": [1, 2]}), "one time for each of the 6"),
    "words": (lambda: landmark(histories(), 100, {"A": list("abcdef")}), "holds text"),
    "array": (lambda: landmark(histories(), 100, GVHD), "give name -> times"),
    "frame": (lambda: landmark(pl.DataFrame(), 100), "Histories or episodes are expected"),
    "rows": (
        lambda: landmark(histories(entry=[0] * 6, subject=[1, 1, 2, 2, 3, 3]), 100),
        "a subject has several rows",
    ),
    "weights": (
        lambda: landmark(histories(group=list("aabbbb"), weights=[1, 1, 0, 0, 1, 1]), 150),
        "weights are zero in every row of group b",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes(mistake):
    call, words = MISTAKES[mistake]
    with pytest.raises(InputError, match=words):
        call()


begin = st.none() | st.integers(0, 20)


@given(
    st.lists(
        st.tuples(st.integers(1, 20), st.integers(0, 1), st.integers(0, 19), begin, begin),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from([0, 3, 5.5]),
)
def test_episodes_and_plain_histories_give_the_same(patients, at):
    patients = [(t, d, min(s, t - 1), a, b) for t, d, s, a, b in patients]
    frame = pl.DataFrame(patients, schema=dict.fromkeys("tdsab", pl.Int64), orient="row")
    if not any(s <= at < t for t, _, s, _, _ in patients):
        return
    options = {"exit": "t", "event": "d", "entry": "s"} | kit.DAYS
    e = episodes(frame, exposures={"A": "a", "B": "b"}, after_exit="ignore", **options)
    times = {"A": frame["a"].to_numpy(), "B": frame["b"].to_numpy()}
    one, two = landmark(e, at), landmark(Histories.from_frame(frame, **options), at, times)
    assert spelled(one) == spelled(two)
    assert one.histories.groups == two.histories.groups
    assert one.left_out.to_frame().equals(two.left_out.to_frame())
    assert one.source_row.tolist() == two.source_row.tolist()
