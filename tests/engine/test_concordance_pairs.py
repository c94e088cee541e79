"""Concordant, discordant and tied pairs against a double loop over rows."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.engine import concordance as engine
from atrisk.engine.concordance import Compared, compare_pairs, score_ranks

KINDS = ("concordant", "discordant", "tied_score", "tied_time", "tied_both")


def kind_of_pair(rows, i, j):
    """Say what row i, which has an event, and row j are to each other; None if not comparable."""
    if rows.stratum is not None and rows.stratum[i] != rows.stratum[j]:
        return None
    tied = rows.rank[i] == rows.rank[j]
    if rows.exit[j] == rows.exit[i] and rows.event[j]:
        return None if j <= i else 4 if tied else 3
    at_risk = rows.entry is None or rows.entry[j] < rows.exit[i]
    if j == i or rows.exit[j] < rows.exit[i] or not at_risk:
        return None
    return 2 if tied else 0 if rows.rank[i] > rows.rank[j] else 1


def by_pairs(rows, time_weight):
    """Add up every pair, and what each row has in every kind of pair."""
    n = rows.exit.size
    weight = np.ones(n) if rows.weight is None else rows.weight
    total, part = np.zeros(5), np.zeros((n, 5))
    for i, j in product(np.flatnonzero(rows.event), range(n)):
        kind = kind_of_pair(rows, i, j)
        if kind is not None:
            value = weight[i] * weight[j] * (1.0 if time_weight is None else time_weight[i])
            total[kind] += value
            part[i, kind] += value
            part[j, kind] += value
    return total, part


def check(rows, time_weight=None):
    found = compare_pairs(rows, time_weight)
    total, part = by_pairs(rows, time_weight)
    counts = [getattr(found, kind) for kind in KINDS]
    np.testing.assert_allclose(counts, total, rtol=1e-12, atol=1e-12 * max(1.0, total.sum()))
    comparable = total[:3].sum()
    if not comparable:
        assert np.isnan(found.estimate)
        return
    estimate = (total[0] + total[2] / 2) / comparable
    above = part[:, 0] + part[:, 2] / 2
    influence = (above - estimate * part[:, :3].sum(axis=1)) / comparable
    assert found.estimate == pytest.approx(estimate, rel=1e-12)
    np.testing.assert_allclose(found.influence, influence, rtol=1e-11, atol=1e-13)


@st.composite
def compared(draw, longest=14):
    """Draw rows with ties of every kind."""
    n = draw(st.integers(1, longest))

    def column(values):
        return np.array(draw(st.lists(values, min_size=n, max_size=n)))

    exits = column(st.integers(1, 6))
    rows = Compared(
        exit=exits,
        entry=np.maximum(exits - column(st.integers(1, 5)), 0) if draw(st.booleans()) else None,
        event=column(st.booleans()),
        stratum=column(st.integers(0, 2)) if draw(st.booleans()) else None,
        weight=column(st.sampled_from([0.0, 0.3, 1.0, 2.5])) if draw(st.booleans()) else None,
        rank=score_ranks(column(st.integers(0, 4)).astype(float)),
    )
    by_time = np.array([1.0, 0.5, 2.0, 1.7, 0.0, 1.1, 3.0])
    return rows, by_time[exits] if draw(st.booleans()) else None


@pytest.mark.parametrize("cells_per_row", [0, 1000])  # by permutations, and on a table
@given(compared())
def test_equals_the_double_loop(cells_per_row, drawn):
    with patch.object(engine, "_CELLS_PER_ROW", cells_per_row):
        check(*drawn)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("distinct", [40, 100_000])
def test_equals_the_double_loop_by_blocks(late, distinct):
    """Enough rows for blocks of places and ranks."""
    rng = np.random.default_rng(distinct + late)
    n = 400
    exits = rng.integers(1, 200, n)
    rows = Compared(
        exit=exits,
        entry=np.maximum(exits - rng.integers(1, 90, n), 0) if late else None,
        event=rng.random(n) < 0.6,
        stratum=rng.integers(0, 3, n),
        weight=rng.random(n),
        rank=score_ranks(rng.integers(0, distinct, n).astype(float)),
    )
    check(rows, rng.random(200)[exits])


def test_six_rows_by_hand():
    """Events at 1, 2, 2, 4; censored at 2 and 3. Scores 5, 3, 3, 1 and 3, 4.

    Time 1 (score 5): five later rows, all lower. Time 2, each of two rows (score 3): later are the
    censored at 2 (3, tied), at 3 (4, discordant) and the event at 4 (1, concordant); the two at 2
    are tied in both. Time 4: nobody is left.
    """
    rows = Compared(
        exit=np.array([1, 2, 2, 4, 2, 3]),
        entry=None,
        event=np.array([True, True, True, True, False, False]),
        stratum=None,
        weight=None,
        rank=score_ranks(np.array([5.0, 3.0, 3.0, 1.0, 3.0, 4.0])),
    )
    found = compare_pairs(rows)
    assert [getattr(found, kind) for kind in KINDS] == [7, 2, 2, 0, 1]
    assert found.estimate == float(Fraction(8, 11))
    # row 1: five pairs, all concordant: (5 - 8/11 * 5)/11
    assert found.influence[0] == pytest.approx(float(Fraction(15, 121)), rel=1e-14)
    # the censored row at 3: concordant with the event at 1, discordant with two at 2
    assert found.influence[5] == pytest.approx(float(Fraction(-13, 121)), rel=1e-14)
    assert found.influence.sum() == pytest.approx(0, abs=1e-15)


@given(compared(), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(drawn, random):
    rows, time_weight = drawn
    order = np.array(random.sample(range(rows.exit.size), rows.exit.size))
    names = ("exit", "entry", "event", "stratum", "weight", "rank")
    moved = {k: None if (v := getattr(rows, k)) is None else v[order] for k in names}
    first = compare_pairs(rows, time_weight)
    second = compare_pairs(Compared(**moved), None if time_weight is None else time_weight[order])
    np.testing.assert_allclose(second.influence, first.influence[order], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(second.estimate, first.estimate, rtol=1e-12)


@given(compared())
def test_the_opposite_score_swaps_concordant_and_discordant(drawn):
    rows, time_weight = drawn
    names = ("exit", "entry", "event", "stratum", "weight")
    opposite = Compared(**{k: getattr(rows, k) for k in names}, rank=rows.rank.max() - rows.rank)
    first, second = compare_pairs(rows, time_weight), compare_pairs(opposite, time_weight)
    close = {"rel": 1e-12, "abs": 1e-12}
    assert second.concordant == pytest.approx(first.discordant, **close)
    assert second.discordant == pytest.approx(first.concordant, **close)
    assert second.tied_score == pytest.approx(first.tied_score, **close)


@given(compared())
def test_weight_two_is_the_row_twice(drawn):
    """In comparable pairs; the copies of an event are a pair tied in both."""
    rows, _ = drawn
    n = rows.exit.size
    copies = np.where(np.arange(n) % 3 == 0, 2, 1)
    index = np.repeat(np.arange(n), copies)
    names = ("exit", "entry", "event", "stratum", "rank")
    parts = {k: getattr(rows, k) for k in names}
    twice = {k: None if v is None else v[index] for k, v in parts.items()}
    weighted = compare_pairs(Compared(**parts, weight=copies.astype(float)))
    repeated = compare_pairs(Compared(**twice, weight=None))
    for kind in KINDS[:3]:
        assert getattr(weighted, kind) == pytest.approx(getattr(repeated, kind), abs=1e-11)


def test_scores_within_the_tolerance_are_equal():
    score = np.array([1.0, 1.0 + 1e-15, 2.0, 1.0 - 1e-15])
    assert score_ranks(score).tolist() == [1, 2, 3, 0]
    assert score_ranks(score, 1e-12).tolist() == [0, 0, 1, 0]
