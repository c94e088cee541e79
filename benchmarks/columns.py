"""The data: made once for each size from a fixed seed, kept as raw columns that R reads too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Column = NDArray[np.int64] | NDArray[np.float64]
    Columns = dict[str, Column]

__all__ = ["load", "make"]

SEED = 20250101
DAYS = 3650


def make(n: int, folder: Path) -> None:
    """Draw a cohort of n rows and write one raw file a column.

    Columns
    -------
    days : int64, 1..3650, uniform
    continuous : float64, n distinct times over the same range, in random order. They are at least
        half a mean gap apart, so that R's rule for nearly equal times merges none.
    event : int64, 0 censored or 1, half each
    cause : int64, 0 censored, 1 or 2 (in the ratio 3 to 2)
    group : int64, 0..2
    """
    rng = np.random.default_rng([SEED, n])
    event = rng.integers(0, 2, n)
    columns: Columns = {
        "days": rng.integers(1, DAYS + 1, n),
        "continuous": (rng.permutation(n) + 0.5 + 0.5 * rng.random(n)) * (DAYS / n),
        "event": event,
        "cause": event * (1 + (rng.random(n) < 0.4)),
        "group": rng.integers(0, 3, n),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in columns.items():
        values.tofile(folder / f"{name}.bin")


class _Lazy(dict[str, "Column"]):
    """Columns read when first asked for, so that a task loads only what it needs."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __missing__(self, name: str) -> Column:
        file = self._folder / f"{name}.bin"
        values: Column = np.fromfile(file, dtype=np.int64)
        self[name] = values.view(np.float64) if name == "continuous" else values
        return self[name]


def load(folder: Path) -> Columns:
    """Read the columns of one size, each when it is first asked for."""
    return _Lazy(folder)
