"""One bare X'diag(w)X, the least that an iteration of Newton's method has to do."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from peers.call import Call

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from peers.call import Columns

    Array = NDArray[np.float64]

NAME = "numpy"

# numbers in a block, which then stays in a core's own cache
BLOCK = 1 << 15
THREADS = os.cpu_count() or 1


def _arguments(columns: Columns, x: str) -> tuple[Array, Array]:
    values = columns[x]
    return values, np.random.default_rng(1).random(values.shape[0])


def _product(x: Array, weight: Array) -> Array:
    """Cut the rows among the cores, and those of each into blocks."""
    edges = np.linspace(0, x.shape[0], THREADS + 1).astype(int)
    parts = [(x[a:b], weight[a:b]) for a, b in pairwise(edges)]
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(_part, parts))


def _part(part: tuple[Array, Array]) -> Array:
    x, weight = part
    rows = BLOCK // x.shape[1]
    total = np.zeros((x.shape[1], x.shape[1]))
    for begin in range(0, x.shape[0], rows):
        block = x[begin : begin + rows]
        total += (block * weight[begin : begin + rows, np.newaxis]).T @ block
    return total


CALLS = {
    "iteration_10": Call(lambda c: _arguments(c, "x10"), _product, lambda _: []),
    "iteration_50": Call(lambda c: _arguments(c, "x50"), _product, lambda _: []),
}
