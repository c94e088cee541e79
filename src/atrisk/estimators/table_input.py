"""Tables of counts and grouped values at the door of the tests that take them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from atrisk import frames
from atrisk.errors import InputError, listed
from atrisk.sources.validate import Field, code_labels, numbers, problem

__all__ = ["Counts", "counts_of", "grouped_values", "labels_of"]


@dataclass(frozen=True, slots=True)
class Counts:
    """A table of counts with its labels.

    Attributes
    ----------
    table
        shape (r, c), int64.
    rows, columns
        labels.
    """

    table: np.ndarray
    rows: tuple[str, ...]
    columns: tuple[str, ...]

    def __post_init__(self) -> None:
        """Make the counts read-only."""
        self.table.setflags(write=False)

    @property
    def expected(self) -> np.ndarray:
        """Counts expected if rows and columns were independent, shape (r, c)."""
        margins = np.outer(self.table.sum(axis=1), self.table.sum(axis=0))
        return np.asarray(margins / self.table.sum())


def counts_of(data: object, outcome: object = None, *, empty_outcome: bool = False) -> Counts:
    """Take a table of counts, or count two arrays of labels against each other.

    Parameters
    ----------
    data
        counts of shape (r, c), or a mapping row label -> counts; or labels of shape (n,).
    outcome
        labels of shape (n,), the columns, where ``data`` holds labels; else None.
    empty_outcome
        whether a column of counts may be empty.

    Raises
    ------
    InputError
        a count is negative, not whole or missing; a row or column is empty; labels are missing.
    """
    if outcome is not None:
        return _cross_table(data, outcome)
    if isinstance(data, Mapping):
        counts = _counted(list(data.values()), tuple(str(label) for label in data))
    else:
        counts = _counted(data, None)
    _require_nobody_missing(counts, (1,) if empty_outcome else (1, 0))
    return counts


def _counted(data: object, rows: tuple[str, ...] | None) -> Counts:
    try:
        table = np.asarray(data, dtype=float)
    except (TypeError, ValueError):
        table = np.empty(0)
    if table.ndim != 2 or min(table.shape) < 2:
        raise InputError(
            "a table of counts has two rows and two columns at least: give [[8, 8], [9, 33]], a "
            "mapping of row labels to counts, or two arrays of labels, one value a subject."
        )
    bad = ~np.isfinite(table) | (table < 0) | (table != np.floor(table))
    if bad.any():
        row, column = np.argwhere(bad)[0] + 1
        raise InputError(
            f"the count in row {row}, column {column} is {table[row - 1, column - 1]:g}: counts "
            "are whole numbers, 0 or more. Give numbers of subjects, not percentages."
        )
    given = rows or tuple(f"row {i + 1}" for i in range(table.shape[0]))
    columns = tuple(f"column {j + 1}" for j in range(table.shape[1]))
    return Counts(table.astype(np.int64), given, columns)


def _require_nobody_missing(counts: Counts, axes: tuple[int, ...]) -> None:
    """Refuse a row or column in which nobody is."""
    for axis in axes:
        kind, labels = ("row", counts.rows) if axis == 1 else ("column", counts.columns)
        empty = [lab for lab, n in zip(labels, counts.table.sum(axis=axis), strict=True) if n == 0]
        if empty:
            raise InputError(
                f"nobody is in {kind} {listed(map(repr, empty))} of the table: leave it out, or "
                "correct the counts. With one group or one outcome there is nothing to compare."
            )


def labels_of(role: str, values: object) -> tuple[np.ndarray, tuple[str, ...]]:
    """Code labels of shape (n,); missing ones are refused."""
    array = _one_a_row(role, values)
    codes, labels = code_labels(Field(role, role, array))
    missing = np.asarray(codes) < 0
    if missing.any():
        rows = np.flatnonzero(missing) + 1
        raise InputError(
            f"{role} is missing in {rows.size} {'row' if rows.size == 1 else 'rows'}: row "
            f"{listed(rows)}. Leave those rows out of both arrays, or name the value, such as "
            "'unknown'."
        )
    return codes, labels


def _one_a_row(role: str, values: object) -> np.ndarray:
    if hasattr(values, "to_numpy") and not isinstance(values, np.ndarray):
        values = values.to_numpy()
    array = np.asarray(values)
    if array.ndim != 1 or not array.size:
        raise InputError(
            f"{role} has shape {array.shape}: one value a subject, shape (n,), is needed."
        )
    return frames.numbers_where_possible(array)


def _cross_table(rows: object, columns: object) -> Counts:
    row, row_labels = labels_of("group", rows)
    column, column_labels = labels_of("outcome", columns)
    _require_one_length("group", row, "outcome", column)
    for role, labels in (("group", row_labels), ("outcome", column_labels)):
        if len(labels) < 2:
            raise InputError(
                f"{role} is {labels[0]!r} in every row: with one value there is nothing to compare."
            )
    shape = (len(row_labels), len(column_labels))
    place = np.asarray(row, dtype=np.int64) * shape[1] + column
    table = np.bincount(place, minlength=shape[0] * shape[1]).reshape(shape)
    return Counts(table.astype(np.int64), row_labels, column_labels)


def _require_one_length(role: str, array: np.ndarray, other: str, second: np.ndarray) -> None:
    if array.size != second.size:
        raise InputError(
            f"{role} has {array.size} values and {other} {second.size}: give one of each a subject."
        )


def grouped_values(
    values: object, groups: object
) -> tuple[tuple[np.ndarray, ...], tuple[str, ...]]:
    """Split numbers by group.

    Returns
    -------
    samples : tuple of ndarray
        one a group, in the order of the labels.
    labels : tuple of str

    Raises
    ------
    InputError
        a value or a group is missing, there is one group only, or all values are equal.
    """
    field = Field("values", "values", _one_a_row("values", values))
    array = numbers(field).astype(float)
    if np.isnan(array).any():
        remedy = "Leave those rows out of both arrays."
        raise problem(field, np.isnan(array), "is missing", remedy)
    codes, labels = labels_of("groups", groups)
    _require_one_length("values", array, "groups", codes)
    if len(labels) < 2:
        raise InputError(
            f"every row is in group {labels[0]!r}: a comparison needs at least two groups."
        )
    if np.ptp(array) == 0.0:
        raise InputError(
            f"all values are {array[0]:g}: values that do not differ cannot be compared by rank."
        )
    return tuple(array[codes == code] for code in range(len(labels))), labels
