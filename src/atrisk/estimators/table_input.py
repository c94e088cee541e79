"""Tables of counts and grouped values at the door of the tests that take them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from atrisk import frames
from atrisk.errors import InputError, listed
from atrisk.formulas.columns import is_frame
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
        counts of shape (r, c); a mapping row label -> counts, or row label -> column label ->
        count; a frame of counts, whose index (pandas) or first column of text labels the rows; or
        labels of shape (n,).
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
    counts = _counted(*_labelled(data))
    _require_nobody_missing(counts, (1,) if empty_outcome else (1, 0))
    return counts


def _labelled(data: Any) -> tuple[object, tuple[str, ...], tuple[str, ...]]:  # noqa: ANN401 - any table
    """Take a table and its labels apart; there may be none."""
    if isinstance(data, Mapping):
        rows = tuple(str(label) for label in data)
        if data and all(isinstance(row, Mapping) for row in data.values()):
            return *_by_column(data), rows
        return list(data.values()), (), rows
    if not is_frame(data):
        return data, (), ()
    if hasattr(data, "index"):
        columns, rows = (tuple(map(frames.spelled, axis)) for axis in (data.columns, data.index))
        return _without_totals(data.to_numpy(), columns, rows)
    return _counts_of_frame(data)


def _by_column(data: Mapping[Any, Mapping[Any, object]]) -> tuple[list[object], tuple[str, ...]]:
    """Lay mappings by column label out in the order of the first row."""
    first = list(next(iter(data.values())))
    for label, row in data.items():
        if set(row) != set(first):
            raise InputError(
                f"row {str(label)!r} has the columns {listed(map(repr, row))}, the first row "
                f"{listed(map(repr, first))}: give a count for every column, 0 where nobody is."
            )
    return [[row[name] for name in first] for row in data.values()], tuple(map(str, first))


def _counts_of_frame(data: Any) -> tuple[object, tuple[str, ...], tuple[str, ...]]:  # noqa: ANN401 - any frame
    """Read a frame without an index: a first column of text labels the rows."""
    eager = frames.eager(data)
    names = frames.names_of(eager)
    found = [frames.column(eager, name, role="count") for name in names]
    rows: tuple[str, ...] = ()
    if found and isinstance(found[0], frames.Levels) and (found[0].codes >= 0).all():
        rows = tuple(found[0].labels[code] for code in found[0].codes)
        names, found = names[1:], found[1:]
    counts = [values for values in found if not isinstance(values, frames.Levels)]
    if not counts or len(counts) < len(found):
        return None, (), ()
    return np.column_stack(counts), names, rows


def _without_totals(
    table: np.ndarray, columns: tuple[str, ...], rows: tuple[str, ...]
) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Refuse the totals that ``pandas.crosstab(..., margins=True)`` adds."""
    if rows[-1:] == columns[-1:] == ("All",):
        raise InputError(
            "the last row and column, 'All', are totals, which are no counts of their own: make "
            "the table without margins."
        )
    return table, columns, rows


def _counted(data: object, columns: tuple[str, ...], rows: tuple[str, ...]) -> Counts:
    try:
        table = np.asarray(data, dtype=float)
    except (TypeError, ValueError):
        table = np.empty(0)
    if table.ndim != 2 or min(table.shape) < 2:
        raise InputError(
            "a table of counts has two rows and two columns at least: give [[8, 8], [9, 33]], a "
            "mapping of row labels to counts, a frame of counts, or two arrays of labels, one "
            "value a subject."
        )
    bad = ~np.isfinite(table) | (table < 0) | (table != np.floor(table))
    if bad.any():
        row, column = np.argwhere(bad)[0] + 1
        raise InputError(
            f"the count in row {row}, column {column} is {table[row - 1, column - 1]:g}: counts "
            "are whole numbers, 0 or more. Give numbers of subjects, not percentages."
        )
    given = rows or tuple(f"row {i + 1}" for i in range(table.shape[0]))
    outcomes = columns or tuple(f"column {j + 1}" for j in range(table.shape[1]))
    return Counts(table.astype(np.int64), given, outcomes)


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
