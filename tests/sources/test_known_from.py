"""From when a group is known: an optional input of histories, which no other result depends on."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from atrisk import Histories, InputError
from atrisk.sources.known_from import known_after_start
from atrisk.sources.landmark import landmark

UNIT = {"unit": "days", "origin": "transplant"}
DF = pl.DataFrame(
    {
        "days": [9, 5, 7, 6],
        "died": [1, 0, 1, None],
        "arm": ["yes", "no", "yes", "yes"],
        "tx": [4, None, 0, 2],
        "seen": [1.0, 5.0, 2.0, 2.0],
    }
)


def histories(**given):
    asked = {"exit": "days", "event": "died", "group": "arm", "missing": "drop"} | UNIT | given
    return Histories.from_frame(DF, **asked)


def test_a_column_for_all_groups():
    h = histories(known_from="tx")
    np.testing.assert_array_equal(h.known_from, [4, np.nan, 0])
    assert known_after_start(h).tolist() == [True, False, False]
    assert not h.known_from.flags.writeable


def test_a_column_a_group():
    h = histories(known_from={"no": "seen", "yes": "tx"})
    assert h.known_from.tolist() == [4, 5, 0]
    np.testing.assert_array_equal(
        histories(known_from={"no": "seen"}).known_from, [np.nan, 5, np.nan]
    )


def test_arrays():
    given = ([9, 5], [1, 1])
    h = Histories.from_arrays(*given, group=["a", "b"], known_from=[None, 3], **UNIT)
    np.testing.assert_array_equal(h.known_from, [np.nan, 3])
    h = Histories.from_arrays(*given, group=["a", "b"], known_from={"a": [2, 8]}, **UNIT)
    np.testing.assert_array_equal(h.known_from, [2, np.nan])


def test_without_it_nothing_is_known_to_come_later():
    h = histories()
    assert h.known_from is None
    assert not known_after_start(h).any()


def test_a_missing_one_leaves_nobody_out():
    assert len(histories(known_from="tx")) == 3
    complete = DF.with_columns(died=pl.lit(1))
    h = Histories.from_frame(
        complete, exit="days", event="died", group="arm", known_from="tx", **UNIT
    )
    assert len(h) == 4


def test_known_by_entry_is_known_from_the_start():
    rows = {"exit": [9, 9, 9], "event": [1, 1, 1], "group": ["a", "b", "b"]}
    h = Histories.from_arrays(**rows, entry=[3, 3, 3], known_from=[None, 3, 4], **UNIT)
    assert known_after_start(h).tolist() == [False, False, True]


@pytest.mark.parametrize("clock", ["landmark", "origin"])
def test_a_landmark_makes_it_known(clock):
    h = histories(known_from="tx")
    assert not known_after_start(landmark(h, at=4, clock=clock).histories).any()
    assert known_after_start(landmark(h, at=3, clock=clock).histories).any()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"known_from": "tx", "group": None}, "there is no group"),
        (
            {"known_from": {"maybe": "tx"}},
            "names group 'maybe', which no row has. Groups are: 'no'",
        ),
        ({"known_from": "arm"}, r"'arm' \(known_from\) holds text"),
        ({"known_from": "ty"}, "known_from='ty': there is no such column"),
    ],
)
def test_mistakes(given, words):
    with pytest.raises(InputError, match=words):
        histories(**given)


def test_lengths_differ():
    with pytest.raises(InputError, match="differ in length"):
        Histories.from_arrays([1, 2], [1, 1], group=["a", "b"], known_from=[1], **UNIT)
