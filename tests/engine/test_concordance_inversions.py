"""Inversions of permutations: every pair counted, at every depth of blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.engine.inversions import inversions


def by_pairs(ranks, behind, before):
    """Count from the definition: an n x n table of who comes later and is smaller."""
    place = np.arange(ranks.size)
    inverted = (place[:, None] < place[None, :]) & (ranks[:, None] > ranks[None, :])
    return inverted @ behind, before @ inverted


def check(ranks, behind, before, rtol=1e-12):
    smaller, larger = inversions(ranks[None].astype(np.int32), behind[None], before[None])
    expected = by_pairs(ranks, behind.astype(float), before.astype(float))
    np.testing.assert_allclose(smaller[0], expected[0], rtol=rtol, atol=1e-11)
    np.testing.assert_allclose(larger[0], expected[1], rtol=rtol, atol=1e-11)


@given(st.permutations(range(9)), st.lists(st.integers(-1, 1), min_size=18, max_size=18))
def test_short_permutations(ranks, weights):
    """Eight-bit weights, as of rows that count once."""
    weights = np.array(weights, dtype=np.int8)
    check(np.array(ranks), weights[:9], weights[9:])


# one place; the longest compared by pairs; blocks that do not fill; two rounds of blocks
@pytest.mark.parametrize("n", [1, 2, 64, 65, 130, 1000, 4500])
@pytest.mark.parametrize("kind", [float, np.int8])
def test_by_blocks(n, kind):
    rng = np.random.default_rng(n)
    behind, before = rng.integers(0, 2, (2, n)).astype(kind)
    if kind is float:
        behind, before = behind + rng.random(n), before - rng.random(n)
    check(rng.permutation(n), behind, before)


@pytest.mark.parametrize("order", ["ascending", "descending", "blockwise"])
def test_orderly_permutations(order):
    """All points of a block of places in one block of ranks, and none."""
    n = 4096
    ranks = {
        "ascending": np.arange(n),
        "descending": np.arange(n)[::-1],
        "blockwise": np.arange(n).reshape(-1, 64)[:, ::-1].ravel(),
    }[order]
    weights = np.random.default_rng(5).random((2, n))
    check(ranks, weights[0], weights[1], rtol=1e-11)


def test_many_permutations_at_once_are_each_counted_alone():
    rng = np.random.default_rng(2)
    ranks = rng.permuted(np.tile(np.arange(70, dtype=np.int32), (2500, 1)), axis=1)
    behind, before = rng.random((2, *ranks.shape))
    smaller, larger = inversions(ranks, behind, before)
    for row in (0, 935, 936, 2499):  # beside the first cut, and the ends
        expected = by_pairs(ranks[row], behind[row], before[row])
        np.testing.assert_allclose(smaller[row], expected[0], rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(larger[row], expected[1], rtol=1e-12, atol=1e-13)
