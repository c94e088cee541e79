"""What a benchmark needs to know about one program doing one task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Columns = dict[str, NDArray[np.int64] | NDArray[np.float64]]

__all__ = ["Call", "Curve", "Fit", "from_log_log", "test"]

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
        result -> its curves, one a cause; a test is a curve with one point.
    """

    prepare: Callable[[Columns], tuple[Any, ...]]
    run: Callable[..., Fit]
    read: Callable[[Fit], list[Curve]]


def test(*statistics: float) -> list[Curve]:
    """Write test statistics as curves with one point."""
    return [Curve([0.0], [statistic], [np.nan]) for statistic in statistics]


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
