"""What every result shares: its columns, as arrays and as a data frame."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk import frames
from atrisk.estimators.table_text import html_table, plain_table

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

__all__ = ["Result", "label_array", "taken"]


class Result(ABC):
    """A table of numbers that knows its columns."""

    __slots__ = ()

    def __post_init__(self) -> None:
        """Make every array read-only: a result is not edited, a new one is computed."""
        for value in self._values().values():
            for array in value.values() if isinstance(value, dict) else [value]:
                if isinstance(array, np.ndarray):
                    array.setflags(write=False)

    def __repr__(self) -> str:
        """Say what was computed; the numbers are in ``columns()`` and ``to_frame()``."""
        shown = {
            name: value
            for name, value in self._values().items()
            if isinstance(value, (str, int, float, tuple)) and value != ()
        }
        parts = ", ".join(f"{name}={value!r}" for name, value in shown.items())
        return f"{type(self).__name__}({parts})"

    def __str__(self) -> str:
        """Say what was computed, and show the first rows of the table below it."""
        return plain_table(repr(self), self.columns())

    def _repr_html_(self) -> str:
        """Show the same in a notebook."""
        return html_table(repr(self), self.columns())

    def _values(self) -> dict[str, Any]:
        # fields() needs the dataclass that every result is
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]

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
