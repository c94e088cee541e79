"""Tables that already are in (start, stop] rows: what is wrong with them is found and named."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from atrisk import InputError
from atrisk.sources.episode_checks import check_episodes

NAMES = {"subject": "id", "start": "start", "stop": "stop"}


def check(rows, **options):
    frame = pl.DataFrame(rows, schema=["id", "start", "stop", "died"], orient="row")
    return check_episodes(frame, **NAMES | {"event": "died"} | options)


GOOD = [("a", 0, 5, 0), ("b", 2, 4, 1), ("a", 5, 9, 1)]


def test_rows_that_follow_one_another_pass_in_any_order():
    for rows in (GOOD, GOOD[::-1]):
        found = check(rows)
        assert (len(found), found.columns()["problem"]) == (0, ())


PROBLEMS = {
    "gap": ([("a", 6, 9, 1)], [2], "starts after the earlier rows"),
    "overlap": ([("a", 4, 9, 1)], [2], "starts before an earlier row"),
    "duplicate": ([("a", 0, 5, 0)], [2], "the same start and stop"),
    "event before last": ([("a", 5, 9, 1), ("a", 9, 12, 0)], [2], "has a later row"),
}


@pytest.mark.parametrize("kind", PROBLEMS)
def test_a_problem_is_refused_or_listed(kind):
    rows, where, words = PROBLEMS[kind]
    rows = [("a", 0, 5, 0), *rows]
    with pytest.raises(InputError, match=words) as caught:
        check(rows)
    assert str(caught.value).startswith("columns 'start' and 'stop' do not make up (start, stop]")
    assert f"allow=['{kind}']" in str(caught.value)
    found = check(rows, allow=[kind])
    assert found.problem == (kind,)
    assert found.row.tolist() == where


def test_an_overlap_with_a_row_before_the_last_is_found():
    rows = [("a", 0, 10, 0), ("a", 1, 2, 0), ("a", 3, 4, 0), ("b", 0, 1, 0)]
    assert check(rows, allow=["overlap"]).to_frame().rows() == [(2, "overlap"), (3, "overlap")]


def test_an_empty_row_is_named():
    with pytest.raises(
        InputError, match=r"empty in 1 row \(its stop is not after its start\): row 2"
    ):
        check([("a", 0, 5, 0), ("b", 3, 3, 0)])


def test_all_kinds_are_named_together():
    rows = [("a", 0, 5, 1), ("a", 7, 9, 1), ("b", 0, 4, 0), ("b", 3, 6, 0)]
    with pytest.raises(
        InputError, match=r"overlap in 1 row .*: row 4; gap in 1 row .*: row 2; event"
    ):
        check(rows)


def test_rounding_makes_neither_gap_nor_overlap():
    assert len(check([("a", 0.0, 0.3, 0), ("a", 0.1 + 0.2, 0.7, 1)])) == 0


def test_without_events_and_with_missing_values():
    assert len(check(GOOD, event=None)) == 0
    assert len(check_episodes(pl.DataFrame(GOOD, orient="row", schema=["id", "start", "stop", "d"])
        .with_columns(pl.col("d") == 1), **NAMES, event="d")) == 0  # fmt: skip
    with pytest.raises(InputError, match=r"'stop' \(stop\) is missing in 1 row: row 1"):
        check([("a", 0, np.nan, 0)])
    with pytest.raises(InputError, match=r"'id' \(subject\) is missing in 1 row: row 2"):
        check([("a", 0, 1, 0), (None, 0, 1, 0)])
    with pytest.raises(InputError, match="give a list of 'empty', 'duplicate'"):
        check(GOOD, allow="gap")
    with pytest.raises(InputError, match=r"allow=\['gaps'\]"):
        check(GOOD, allow=["gaps"])


def test_no_rows():
    assert len(check(GOOD[:0])) == 0
