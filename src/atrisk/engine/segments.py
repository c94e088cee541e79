"""Running sums along the first axis that begin anew in every segment."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

__all__ = ["running_sum", "sum_to_end"]


def running_sum(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Sum from the start of each segment to each place.

    Parameters
    ----------
    values
        shape (K, ...).
    starts
        shape (S + 1,): where each segment begins; ``starts[S] == K``.

    Returns
    -------
    ndarray, shape (K, ...)

    Examples
    --------
    >>> running_sum(np.array([1.0, 2.0, 3.0]), np.array([0, 2, 3])).tolist()
    [1.0, 3.0, 3.0]
    """
    lengths = np.diff(starts)
    longest = int(lengths.max(initial=0))
    if lengths.size <= longest:
        out = np.empty(values.shape)
        for begin, end in pairwise(starts):
            np.cumsum(values[begin:end], axis=0, out=out[begin:end])
        return out
    out = np.array(values, dtype=float)
    # many short segments: one step at a time in all of them that are long enough
    for step in range(1, longest):
        place = starts[:-1][lengths > step] + step
        out[place] += out[place - 1]
    return out


def sum_to_end(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Sum from each place to the end of its segment; parameters as in `running_sum`.

    Examples
    --------
    >>> sum_to_end(np.array([1.0, 2.0, 3.0]), np.array([0, 2, 3])).tolist()
    [3.0, 2.0, 3.0]
    """
    mirrored = running_sum(values[::-1], (starts[-1] - starts)[::-1])
    return mirrored[::-1]
