"""Weighted inversions of permutations: who comes later and is smaller, earlier and is larger.

Points have a place (their position) and a rank (their value). For every point we need the weight
of the points behind it that are smaller, and of those before it that are larger.

1. Cut places and ranks into blocks of b. Pairs that differ in both blocks are counted on the table
   of blocks, by cumulative sums.
2. Pairs in one block of places are the same question for each block, b points long.
3. Pairs in one block of ranks, but not of places, are the same question again.
4. Short permutations compare every pair.

With b near the square root, a million points need two rounds.
"""

from __future__ import annotations

import numpy as np

__all__ = ["inversions"]

# permutations this short compare every pair
_SHORT = 64
# points worked on at a time: their arrays stay in cache
_POINTS = 1 << 16
_PAIRS = 1 << 16

# points, and the sums of what is smaller behind and larger before them
_Counted = tuple[np.ndarray, np.ndarray, np.ndarray]


def inversions(
    ranks: np.ndarray, behind: np.ndarray, before: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sum weights over the inversions of each point, in S permutations of s points.

    Parameters
    ----------
    ranks
        shape (S, s), int32: each row a permutation of 0..s-1.
    behind
        shape (S, s): weight of a point when it stands behind another; float, or int8 with values
        -1, 0, 1, which is faster.
    before
        shape (S, s), of the same type: weight of a point when it stands before another.

    Returns
    -------
    smaller : ndarray, shape (S, s)
        sum of ``behind`` over the later points of smaller rank.
    larger : ndarray, shape (S, s)
        sum of ``before`` over the earlier points of larger rank.

    Examples
    --------
    >>> ones = np.ones((1, 4))
    >>> smaller, larger = inversions(np.array([[2, 0, 3, 1]], dtype=np.int32), ones, ones)
    >>> smaller[0].tolist(), larger[0].tolist()
    ([2.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 2.0])
    """
    count, length = ranks.shape
    work, step = (_every_pair, _PAIRS) if length <= _SHORT else (_by_blocks, _POINTS)
    step = max(1, step // max(length, 1))
    if count <= step:
        return work(ranks, behind, before)
    smaller, larger = np.empty(ranks.shape), np.empty(ranks.shape)
    for begin in range(0, count, step):
        part = slice(begin, begin + step)
        smaller[part], larger[part] = work(ranks[part], behind[part], before[part])
    return smaller, larger


def _every_pair(
    ranks: np.ndarray, behind: np.ndarray, before: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Compare every pair of places, in all permutations at once."""
    place = np.ascontiguousarray(ranks.T, dtype=np.uint8)
    after, ahead = np.ascontiguousarray(behind.T), np.ascontiguousarray(before.T)
    smaller, larger = np.zeros_like(after), np.zeros_like(ahead)
    inverted = np.empty(place.shape, dtype=bool)
    counted = inverted.view(np.int8)
    product = np.empty_like(after)
    for i in range(place.shape[0] - 1):
        rest = place.shape[0] - 1 - i
        np.greater(place[i], place[i + 1 :], out=inverted[:rest])
        np.multiply(counted[:rest], after[i + 1 :], out=product[:rest])
        np.add.reduce(product[:rest], axis=0, dtype=product.dtype, out=smaller[i])
        np.multiply(counted[:rest], ahead[i], out=product[:rest])
        larger[i + 1 :] += product[:rest]
    return smaller.T, larger.T


def _by_blocks(
    ranks: np.ndarray, behind: np.ndarray, before: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Count pairs between blocks on a table, and those within a block in turn."""
    length = ranks.shape[1]
    shift = ((length - 1).bit_length() + 1) // 2
    blocks = -(-length // (1 << shift))
    ranks, behind, before = _padded(ranks, behind, before, blocks << shift)
    smaller, larger = _between_blocks(ranks, behind, before, shift)
    for within in (_same_place, _same_rank):
        spot, more, above = within(ranks, behind, before, shift)
        _add(smaller, more, spot)
        _add(larger, above, spot)
    return smaller[:, :length], larger[:, :length]


def _padded(
    ranks: np.ndarray, behind: np.ndarray, before: np.ndarray, full: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Add points of no weight at the end, in order: they take part in no inversion."""
    count, length = ranks.shape
    if full == length:
        return ranks, behind, before
    out = np.empty((count, full), dtype=ranks.dtype)
    out[:, :length], out[:, length:] = ranks, np.arange(length, full)
    weights = np.zeros((2, count, full), dtype=behind.dtype)
    weights[0, :, :length], weights[1, :, :length] = behind, before
    return out, weights[0], weights[1]


def _between_blocks(
    ranks: np.ndarray, behind: np.ndarray, before: np.ndarray, shift: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sum over the blocks behind in place and below in rank, and the reverse."""
    count, full = ranks.shape
    blocks = full >> shift
    shape = (count, blocks, blocks)
    row = np.arange(count * blocks, dtype=np.int32) * np.int32(blocks)
    cell = ((ranks >> shift).reshape(count * blocks, -1) + row[:, np.newaxis]).ravel()
    sums = np.bincount(cell, behind.ravel(), count * blocks**2).reshape(shape)
    table = np.zeros(shape)
    np.cumsum(sums[:, :0:-1], axis=1, out=table[:, -2::-1])
    smaller = _sum_below(table).ravel()[cell]
    sums = np.bincount(cell, before.ravel(), count * blocks**2).reshape(shape)
    table[:, 0] = 0.0
    np.cumsum(sums[:, :-1], axis=1, out=table[:, 1:])
    larger = _sum_below(table[:, :, ::-1])[:, :, ::-1].ravel()[cell]
    return smaller.reshape(ranks.shape), larger.reshape(ranks.shape)


def _sum_below(table: np.ndarray) -> np.ndarray:
    """Sum along the last axis up to, not including, each place."""
    out = np.zeros(table.shape)
    np.cumsum(table[:, :, :-1], axis=2, out=out[:, :, 1:])
    return out


def _same_place(ranks: np.ndarray, behind: np.ndarray, before: np.ndarray, shift: int) -> _Counted:
    """Count pairs within a block of places; give the points they belong to, then their sums.

    Sorted by rank, the places are the inverse permutation: its inversions are the same pairs,
    seen from the other point.
    """
    order = _sorted_places(ranks.reshape(-1, 1 << shift), shift)
    spot = _flat(order)
    larger, smaller = inversions(order, before.ravel()[spot], behind.ravel()[spot])
    return spot, smaller, larger


def _same_rank(ranks: np.ndarray, behind: np.ndarray, before: np.ndarray, shift: int) -> _Counted:
    """Count pairs within a block of ranks, but not of places; results as of `_same_place`.

    Within a block of places the points are put in order of rank, so that these pairs are none.
    """
    count, full = ranks.shape
    by_rank = ranks + (np.arange(count, dtype=np.int32) * np.int32(full))[:, np.newaxis]
    place = np.empty(ranks.size, dtype=np.int32)
    place[by_rank.ravel()] = np.arange(ranks.size, dtype=np.int32)
    order = _sorted_places(place.reshape(-1, 1 << shift) >> shift, shift)
    spot = place[_flat(order)]
    smaller, larger = inversions(order, behind.ravel()[spot], before.ravel()[spot])
    return spot, smaller, larger


def _sorted_places(values: np.ndarray, shift: int) -> np.ndarray:
    """Give the positions of each row's values in their order, ties in order of position."""
    wide = np.int64 if int(values.max()) >> (31 - shift) else np.int32
    key: np.ndarray = values.astype(wide)
    key <<= shift
    key += np.arange(values.shape[1], dtype=wide)
    key.sort(axis=1)
    key &= (1 << shift) - 1
    return key.astype(np.int32, copy=False)


def _flat(order: np.ndarray) -> np.ndarray:
    spot: np.ndarray = (
        order
        + (np.arange(order.shape[0], dtype=np.int32) * np.int32(order.shape[1]))[:, np.newaxis]
    )
    return spot


def _add(total: np.ndarray, values: np.ndarray, spot: np.ndarray) -> None:
    """Add values to the places they belong to; sorted out first, as that is faster."""
    moved = np.empty(values.size)
    moved[spot.ravel()] = values.ravel()
    total += moved.reshape(total.shape)
