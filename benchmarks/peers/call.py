"""What a benchmark needs to know about one program doing one task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Columns = dict[str, NDArray[np.int64] | NDArray[np.float64]]

__all__ = ["Call", "Curve", "Fit", "coefficients", "from_log_log", "replicates", "samples", "test"]

Fit = Any  # what a program returns: each has its own class
Z_95 = 1.959963984540054


class Curve(NamedTuple):
    """A step function and its standard error, each of shape (times,)."""

    time: ArrayLike
    estimate: ArrayLike
    std_error: ArrayLike


@dataclass(frozen=True, slots=True)
class Call:
    """One program doing one task. Only `run` is timed.

    Attributes
    ----------
    prepare
        columns -> the arguments of `run`, in the types this program is fastest with.
    run
        the work, from arrays to the program's own result.
    read
        result -> its curves, one a cause; a test is a curve with one point, and a vector of
        coefficients one with a point for each.
    """

    prepare: Callable[[Columns], tuple[Any, ...]]
    run: Callable[..., Fit]
    read: Callable[[Fit], list[Curve]]


def test(*statistics: float) -> list[Curve]:
    """Write test statistics as curves with one point."""
    return [Curve([0.0], [statistic], [np.nan]) for statistic in statistics]


def coefficients(estimate: ArrayLike, std_error: ArrayLike | None = None) -> list[Curve]:
    """Write a vector of coefficients, and its standard errors if there are any, as a curve."""
    values = np.atleast_1d(np.asarray(estimate, dtype=np.float64))
    errors = np.full(values.size, np.nan) if std_error is None else np.atleast_1d(std_error)
    return [Curve(np.arange(values.size), values, errors)]


def samples(columns: Columns) -> list[tuple[NDArray[np.float64], ...]]:
    """Lay out the bootstrap samples: days, events and covariates of each."""
    whole = [columns[name].astype(np.float64) for name in ("lung_days", "lung_event", "lung_x")]
    counts = columns["lung_counts"]
    rows = (np.repeat(np.arange(count.size), count) for count in counts)
    return [tuple(part[row] for part in whole) for row in rows]


def replicates(estimates: ArrayLike) -> list[Curve]:
    """Write the mean and the standard deviation of coefficients, shape (samples, p)."""
    values = np.asarray(estimates)
    return coefficients(values.mean(axis=0), values.std(axis=0, ddof=1))


def from_log_log(
    time: ArrayLike,
    estimate: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
) -> Curve:
    """Recover the standard error of S from a 95 % interval made on the log(-log S) scale."""
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.abs(np.log(-np.log(lower)) - np.log(-np.log(upper)))
        std_error = width / (2 * Z_95) * estimate * np.abs(np.log(estimate))
    return Curve(time, estimate, std_error)
