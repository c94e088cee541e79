"""Passes over rows: in blocks that stay in cache, on as many threads as there are.

Rows are cut into parts whose number depends on their count alone, and sums of parts are added in
order, so no result depends on the number of threads.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache, wraps
from itertools import pairwise
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import numpy as np

try:
    from scipy.sparse._sparsetools import csc_matvecs
except ImportError:  # pragma: no cover - the same sums by public means
    csc_matvecs = None

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from threadpoolctl import ThreadpoolController

__all__ = [
    "ONES",
    "blocks",
    "gram",
    "in_parts",
    "on_one_blas_thread",
    "scatter",
    "scatter_by_bincount",
    "side_by_side",
]

# rows are cut into parts from this many on
_ALONE = 1 << 16
_PARTS = 8
# numbers in a block: 1 MiB stays in cache, and is work enough for threads not to wait in line
_BLOCK = 1 << 17

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")


def in_parts(rows: int, work: Callable[[slice], T]) -> list[T]:
    """Do the work on consecutive parts of the rows, and give what came back, in order."""
    if rows < _ALONE:
        return [work(slice(0, rows))]
    edges = [rows * part // _PARTS for part in range(_PARTS + 1)]
    return side_by_side([slice(begin, end) for begin, end in pairwise(edges)], work)


def side_by_side(items: Sequence[S], work: Callable[[S], T]) -> list[T]:
    """Do the work on each item, on as many threads as there are cores, and keep the order.

    Matrix products run on the thread that asks for them: threads of their own inside ours would
    wait for each other, and could add up in another order.
    """
    threads = min(len(items), _cores())
    if len(items) <= 1:
        return [work(item) for item in items]
    with _blas().limit(limits=1, user_api="blas"):
        if threads <= 1:
            return [work(item) for item in items]
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(work, items))


def on_one_blas_thread(work: Callable[P, T]) -> Callable[P, T]:
    """Let all linear algebra of a function run on the thread that asks for it.

    NumPy and SciPy each bring a library with threads of its own, which wait for each other's cores.
    """

    @wraps(work)
    def limited(*args: P.args, **kwargs: P.kwargs) -> T:
        with _blas().limit(limits=1, user_api="blas"):
            return work(*args, **kwargs)

    return limited


@cache
def _blas() -> ThreadpoolController:
    """Find the libraries of linear algebra, once both are loaded."""
    import scipy.linalg  # noqa: F401 - loads its own
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def blocks(part: slice, width: int) -> Iterator[slice]:
    """Cut a part into blocks of about 128 Ki numbers, ``width`` of them a row."""
    size = max(256, _BLOCK // max(width, 1))
    for begin in range(part.start, part.stop, size):
        yield slice(begin, min(begin + size, part.stop))


def scatter(cell: np.ndarray, factor: np.ndarray, x: np.ndarray, table: np.ndarray) -> None:
    """Add ``factor * x`` of each row to the row's cell of a table.

    Parameters
    ----------
    cell
        shape (m,), int32.
    factor
        shape (m,).
    x
        shape (m, p), C order.
    table
        shape (K, p), C order; it is added to.

    Notes
    -----
    This is the product of a sparse matrix, one entry a row, with x. SciPy's kernel for it adds
    in place and runs without Python's lock; it has had this form since SciPy 0.8.
    """
    if csc_matvecs is None:  # pragma: no cover - see the import
        scatter_by_bincount(cell, factor, x, table)
        return
    rows, width = x.shape
    ends = _ends(rows)
    csc_matvecs(table.shape[0], rows, width, ends, cell, factor, x.ravel(), table.ravel())


def scatter_by_bincount(
    cell: np.ndarray, factor: np.ndarray, x: np.ndarray, table: np.ndarray
) -> None:
    """Do the same as `scatter`, slower and by public means only."""
    for column in range(x.shape[1]):
        table[:, column] += np.bincount(cell, factor * x[:, column], table.shape[0])


def _ends(rows: int) -> np.ndarray:
    return _COUNTED[: rows + 1] if rows < _COUNTED.size else np.arange(rows + 1, dtype=np.int32)


_COUNTED = np.arange(_BLOCK + 1, dtype=np.int32)
# a column of ones as long as a block, to count rows as `scatter` adds them up
ONES = np.ones((_BLOCK, 1))


def gram(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Compute x' diag(weight) x for weights of any sign.

    Parameters
    ----------
    x
        shape (n, p).
    weight
        shape (n,).

    Returns
    -------
    ndarray, shape (p, p), symmetric

    """
    width = x.shape[1]
    positive = weight.min(initial=0.0) >= 0
    factor = np.sqrt(weight) if positive else weight

    def part_gram(part: slice) -> np.ndarray:
        total = np.zeros((width, width))
        for block in blocks(part, width):
            weighted = x[block] * factor[block, np.newaxis]
            total += weighted.T @ (weighted if positive else x[block])
        return total

    total = sum(in_parts(x.shape[0], part_gram), np.zeros((width, width)))
    return 0.5 * (total + total.T)
