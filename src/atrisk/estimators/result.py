"""What every result shares: its columns, as arrays and as a data frame."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from atrisk import frames

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

__all__ = ["Result", "label_array", "taken"]


class Result(ABC):
    """A table of numbers that knows its columns."""

    __slots__ = ()

    @abstractmethod
    def columns(self) -> dict[str, np.ndarray]:
        """Give the table as arrays of one length, by name."""

    def to_frame(self) -> pl.DataFrame:
        """Give the table as a Polars frame; a number that is not defined is null."""
        return frames.to_polars(self.columns())

    def to_pandas(self) -> pd.DataFrame:
        """Give the table as a pandas frame."""
        return frames.to_pandas(self.columns())


def taken(values: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Lay an array out flat and take some of its places, in order; all of them cost nothing."""
    flat = values.ravel()
    return flat if kept.size == flat.size else flat[kept]


def label_array(labels: tuple[str, ...]) -> np.ndarray:
    """Make an object array of labels."""
    out = np.empty(len(labels), dtype=object)
    out[:] = labels
    return out
