"""The columns that a design asks for: numbers or labels, and where they are missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from atrisk import frames
from atrisk.errors import InputError, listed, nearest
from atrisk.frames import Levels

__all__ = [
    "Columns",
    "column_names",
    "covariate_names",
    "incomplete",
    "is_frame",
    "problem",
    "rows_in",
    "subset",
]


class Columns:
    """Columns of a frame or of a mapping of arrays, each taken once and checked."""

    def __init__(self, source: Any) -> None:  # noqa: ANN401 - any frame, or name -> array
        self.source = source if isinstance(source, Mapping) else frames.eager(source)
        self.found: dict[str, np.ndarray | Levels] = {}

    def __getitem__(self, name: str) -> np.ndarray | Levels:
        """Take one column; numbers that are missing are NaN."""
        if name not in self.found:
            self.found[name] = _checked(name, self._raw(name))
        return self.found[name]

    def size(self, table: Mapping[str, np.ndarray | Levels]) -> int:
        """Count the rows of columns taken from here; without any, those of the source."""
        if table:
            return rows_in(table)
        if isinstance(self.source, Mapping):
            return _length(self._raw(next(iter(self.source)))) if self.source else 0
        return len(self.source)

    def _raw(self, name: str) -> np.ndarray | Levels:
        if not isinstance(self.source, Mapping):
            return frames.column(self.source, name, role="covariate")
        if name not in self.source:
            names = list(self.source)
            raise InputError(
                f"covariate={name!r}: there is no such column. "
                f"Columns are: {', '.join(map(str, names))}.{nearest(name, names)}"
            )
        values = self.source[name]
        array = values if isinstance(values, np.ndarray) else np.array(values)
        if array.dtype.kind in "US" and not isinstance(values, np.ndarray):
            array = np.array(values, dtype=object)  # keeps None apart from the text 'None'
        return _truths(array) if array.dtype == object else array


def _truths(array: np.ndarray) -> np.ndarray | Levels:
    """Read true, false and None as levels, as a frame's column of them is; else numbers or text."""
    present = [value for value in array if not frames.absent(value)]
    if not present or not all(isinstance(value, bool | np.bool_) for value in present):
        return frames.numbers_where_possible(array)
    codes = np.array([-1 if frames.absent(v) else int(v) for v in array], dtype=np.int32)
    return Levels(codes, ("False", "True"))


def is_frame(data: object) -> bool:
    """Tell a data frame from an array or a mapping; the type is asked, a lazy frame warns."""
    return hasattr(type(data), "columns") or hasattr(type(data), "column_names")


def column_names(source: Any) -> tuple[str, ...]:  # noqa: ANN401 - as above
    """List the columns of a frame or mapping."""
    return tuple(source) if isinstance(source, Mapping) else frames.names_of(source)


def covariate_names(source: Any) -> tuple[str, ...]:  # noqa: ANN401 - as above
    """List the columns where all of them are covariates, which results name."""
    names = column_names(source)
    strange = [name for name in names if not isinstance(name, str)]
    if strange:
        raise InputError(
            f"a column is named {strange[0]!r}, which is no text: a covariate is named in the "
            "results. Rename the columns, such as df.columns = [str(name) for name in df.columns]."
        )
    return names


def rows_in(table: Mapping[str, np.ndarray | Levels]) -> int:
    """Count the rows of columns; they have one length."""
    sizes = {name: _length(values) for name, values in table.items()}
    if len(set(sizes.values())) > 1:
        raise InputError(f"the covariates differ in length: {sizes}. Give one value a row in each.")
    return next(iter(sizes.values()))


def _length(values: np.ndarray | Levels) -> int:
    return (values.codes if isinstance(values, Levels) else values).size


def _checked(name: str, values: np.ndarray | Levels) -> np.ndarray | Levels:
    """Let numbers, booleans and labels pass."""
    if isinstance(values, Levels):
        return values
    if values.ndim != 1:
        raise InputError(f"covariate {name!r} has shape {values.shape}; one value a row is needed.")
    if values.dtype.kind in "mM":
        raise InputError(
            f"covariate {name!r} holds {'dates' if values.dtype.kind == 'M' else 'durations'}, "
            "which have no natural zero. Compute a number first, such as years from diagnosis "
            "to transplant."
        )
    if values.dtype.kind in "biuf":
        return values
    return _labels(name, values)


def _labels(name: str, values: np.ndarray) -> Levels:
    """Code an array of text by its sorted values."""
    gap = np.array([frames.absent(value) for value in values], dtype=bool)
    present = values[~gap]
    strange = [value for value in present if not isinstance(value, str)]
    if strange:
        raise InputError(
            f"covariate {name!r} mixes text with other values such as {strange[0]!r}. Give "
            "numbers, or text."
        )
    labels, spot = np.unique(present.astype(str), return_inverse=True)
    codes = np.full(values.size, -1, dtype=np.int32)
    codes[~gap] = spot
    return Levels(codes, tuple(labels.tolist()))


def incomplete(values: np.ndarray | Levels) -> np.ndarray | None:
    """Mark the rows without a value; None where all have one."""
    if isinstance(values, Levels):
        gap = values.codes < 0
    elif values.dtype.kind == "f":
        if not values.size or not np.isnan(values.min()):
            return None
        gap = np.isnan(values)
    else:
        return None
    return gap if gap.any() else None


def subset(values: np.ndarray | Levels, rows: np.ndarray | None) -> np.ndarray | Levels:
    """Take the rows with a mask; None takes all and copies nothing."""
    if rows is None:
        return values
    if isinstance(values, Levels):
        return Levels(values.codes[rows], values.labels)
    return cast("np.ndarray", values[rows])


def problem(what: str, bad: np.ndarray, fault: str, remedy: str) -> InputError:
    """Make the error for rows at fault; ``bad`` holds row numbers counted from 0."""
    rows = f"{bad.size} {'row' if bad.size == 1 else 'rows'}"
    return InputError(f"{what} {fault} in {rows}: row {listed(bad + 1)}. {remedy}")
