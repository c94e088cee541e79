"""P values of more than two groups, or of more than two outcomes, by the tests in common use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from atrisk.evidence.audit.two_by_two import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["table_p_values"]


def table_p_values(table: list[list[int]]) -> Iterator[Found]:
    """Yield P values of a table of more than two rows or columns.

    Parameters
    ----------
    table
        counts, one row a group.
    """
    from atrisk.engine.contingency import exact_work, table_p_value

    counts = np.array(table, dtype=np.int64)
    counts = counts[:, counts.sum(axis=0) > 0]
    if counts.shape[1] < 2:
        yield Found("no test is possible: everybody or nobody had the event", (1.0,))
        return
    from scipy.special import chdtrc, xlogy

    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    if exact_work(counts) < 1e6:
        yield Found("Fisher's exact test", (table_p_value(counts),))
    pearson = float(((counts - expected) ** 2 / expected).sum())
    ratio = float(2.0 * xlogy(counts, counts / expected).sum())
    yield Found("Pearson's chi-squared", (float(chdtrc(df, pearson)),))
    yield Found("likelihood ratio", (float(chdtrc(df, ratio)),))
    yield from _trend(counts)


def _trend(counts: np.ndarray) -> Iterator[Found]:
    """Test for a trend over the groups in their order (Cochran-Armitage), scores 1, 2, 3."""
    if counts.shape[1] != 2:
        return
    n, x = counts.sum(axis=1).astype(float), counts[:, 0].astype(float)
    score = np.arange(1.0, n.size + 1.0)
    share = x.sum() / n.sum()
    gap = float(score @ (x - n * share))
    spread = share * (1.0 - share) * float(n @ score**2 - (n @ score) ** 2 / n.sum())
    if spread > 0.0:
        yield Found("Cochran-Armitage trend", (float(2.0 * ndtr(-abs(gap) / np.sqrt(spread))),))
