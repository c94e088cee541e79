"""The rows that were left out, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk import frames

if TYPE_CHECKING:
    import polars as pl

__all__ = ["NOTHING_DROPPED", "Dropped"]


@dataclass(frozen=True, slots=True, repr=False)
class Dropped:
    """Rows that were left out, and why.

    Attributes
    ----------
    row
        shape (d,): counted from 1, in the order of the input.
    column, reason
        of length d.
    """

    row: np.ndarray
    column: tuple[str, ...]
    reason: tuple[str, ...]

    def __post_init__(self) -> None:
        """Make the rows read-only."""
        self.row.setflags(write=False)

    def __len__(self) -> int:
        return self.row.size

    def __repr__(self) -> str:
        """Count the rows by column and reason; ``to_frame()`` lists them."""
        counts = Counter(zip(self.column, self.reason, strict=True))
        parts = [f"{column}: {reason} in {n}" for (column, reason), n in counts.items()]
        rows = f"{len(self)} row" if len(self) == 1 else f"{len(self)} rows"
        return f"Dropped({'; '.join([rows, *parts])})"

    def columns(self) -> dict[str, Any]:
        """Give the columns row, column, reason."""
        return {"row": self.row, "column": self.column, "reason": self.reason}

    def to_frame(self) -> pl.DataFrame:
        """Give the same as a Polars frame."""
        return frames.to_polars(self.columns())


NOTHING_DROPPED = Dropped(np.empty(0, dtype=np.int64), (), ())
