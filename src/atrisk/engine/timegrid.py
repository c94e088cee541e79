"""Time is coded once, at the door: past it nobody sorts or compares floats again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["TimeGrid", "code_times", "snapped", "tied_times"]

# R's timefix: sqrt(.Machine$double.eps)
TIE_TOLERANCE = 1.4901161193847656e-08

# a grid of whole numbers may be at most this many times longer than the data, or this long
_SPAN_PER_ROW = 4
_SPAN_FREE = 1 << 16
_BLOCK = 1 << 15


@dataclass(frozen=True, slots=True)
class TimeGrid:
    """The distinct times that codes 0..K-1 stand for.

    Attributes
    ----------
    times
        shape (K,), strictly increasing, in ``unit`` since ``origin``.
    unit
        such as ``"days"``.
    origin
        what happened at time zero, such as ``"transplant"``.
    """

    times: np.ndarray
    unit: str
    origin: str

    def __post_init__(self) -> None:
        """Make the times read-only."""
        self.times.setflags(write=False)


def code_times(
    exit_time: np.ndarray, entry_time: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Code exit and entry times on one grid.

    Parameters
    ----------
    exit_time
        shape (n,), finite numbers.
    entry_time
        shape (n,), finite numbers, or None.

    Returns
    -------
    times : ndarray, shape (K,)
        the grid, strictly increasing. Whole numbers in a range that is not much longer than the
        data keep the whole range, unused values included; other times are the distinct ones,
        by the rule of `tied_times`.
    exit_code, entry_code : ndarray of int32, shape (n,)
        positions on the grid; ``entry_code`` is None where ``entry_time`` is.
    """
    arrays = [exit_time] if entry_time is None else [exit_time, entry_time]
    longest = max(_SPAN_PER_ROW * exit_time.size, _SPAN_FREE)
    bounds = [_bounds(a, longest) for a in arrays]
    low, high = min(b[0] for b in bounds), max(b[1] for b in bounds)
    if high - low < longest and low == np.floor(low):
        low = 0 if low >= 0 and high < longest else low
        codes = [_whole_codes(a, low) for a in arrays]
        if all(code is not None for code in codes):
            times = np.arange(low, high + 1, dtype=float)
            return times, codes[0], codes[1] if entry_time is not None else None  # type: ignore[return-value]
    together = arrays[0] if entry_time is None else np.concatenate(arrays)
    times, labels = _distinct(together) if together.dtype.kind in "iu" else tied_times(together)
    n = exit_time.size
    return times, labels[:n], labels[n:] if entry_time is not None else None


def _bounds(values: np.ndarray, longest: int) -> tuple[float, float]:
    """Bound the values from below and above; one pass for small integers from 0 up."""
    if values.dtype.kind == "i":
        # as unsigned numbers, negative ones come out larger than any positive one
        top = int(values.view(values.dtype.str.replace("i", "u")).max())
        if top <= np.iinfo(values.dtype).max and top < longest:
            return 0, top
    return values.min().item(), values.max().item()


def _distinct(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Code integers by their distinct values: they are exact, so near ones are not tied."""
    times, codes = np.unique(values, return_inverse=True)
    return times.astype(float), codes.astype(np.int32)


def _whole_codes(values: np.ndarray, low: float) -> np.ndarray | None:
    """Subtract the lowest time; None where some time is not a whole number."""
    codes = np.empty(values.size, dtype=np.int32)
    shift = values.dtype.type(low)
    for begin in range(0, values.size, _BLOCK):
        block = values[begin : begin + _BLOCK]
        target = codes[begin : begin + _BLOCK]
        moved = block - shift if shift else block
        np.copyto(target, moved, casting="unsafe")
        if values.dtype.kind == "f" and not np.array_equal(target, moved):
            return None
    return codes


def tied_times(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the distinct times by R's ``timefix`` rule and code each value by them.

    Two neighbours among the sorted distinct values are one time if they differ by at most
    1.5e-8, absolutely or relative to the mean of the distinct absolute values; the earliest
    value of such a run stands for all of it.

    Parameters
    ----------
    values
        shape (n,), finite numbers.

    Returns
    -------
    times : ndarray, shape (K,)
    codes : ndarray of int32, shape (n,)

    References
    ----------
    Therneau T. *survival* package, vignette "Roundoff error and tied times" (the rule; checked
    against its printed results).
    """
    distinct, inverse = np.unique(np.asarray(values, dtype=float), return_inverse=True)
    gaps = np.diff(distinct)
    scale = np.mean(np.abs(distinct))
    tied = gaps <= TIE_TOLERANCE
    if scale > 0:
        tied |= gaps / scale <= TIE_TOLERANCE
    first = np.concatenate(([True], ~tied))
    if first.all():
        return distinct, inverse.astype(np.int32)
    merged = np.cumsum(first, dtype=np.int32) - np.int32(1)
    return distinct[first], merged[inverse]


def snapped(asked: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Replace each time asked for by a grid time that counts as the same, by `tied_times`' rule.

    Parameters
    ----------
    asked
        shape (A,).
    times
        shape (K,), increasing.

    Returns
    -------
    ndarray, shape (A,)

    Examples
    --------
    >>> snapped(np.array([0.1 + 0.2, 0.4]), np.array([0.3, 0.5])).tolist()
    [0.3, 0.4]
    """
    after = np.clip(np.searchsorted(times, asked), 1, max(times.size - 1, 1))
    pair = times[np.clip(np.stack((after - 1, after)), 0, times.size - 1)]
    closest = np.where(np.abs(pair[0] - asked) <= np.abs(pair[1] - asked), pair[0], pair[1])
    same = np.abs(closest - asked) <= TIE_TOLERANCE * max(1.0, float(np.mean(np.abs(times))))
    return np.where(same, closest, asked)
