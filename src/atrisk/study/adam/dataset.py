"""A dataset of ADaM: variables with labels, all of one length."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Dataset", "Kind", "Variable", "adam_label", "as_synthetic"]

Kind = Literal["text", "integer", "number", "date"]


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable.

    Attributes
    ----------
    name
        at most 8 capital letters and digits.
    label
        at most 40 characters.
    kind, values
        shape (n,): ``text``: objects, "" where there is none; ``integer`` and ``number``: float64,
        NaN where missing; ``date``: datetime64[D], NaT where missing.
    """

    name: str
    label: str
    kind: Kind
    values: NDArray[Any]

    def python(self) -> list[Any]:
        """Give the values as Python objects: text, whole numbers, numbers, dates; None for none."""
        if self.kind == "text":
            return list(self.values)
        if self.kind == "date":
            found: list[Any] = self.values.astype("datetime64[D]").astype(object).tolist()
            return found
        numbers = self.values.astype(np.float64)
        if self.kind == "integer":
            return [None if value != value else int(value) for value in numbers.tolist()]  # noqa: PLR0124 - NaN
        return [None if value != value else value for value in numbers.tolist()]  # noqa: PLR0124 - NaN

    def take(self, rows: NDArray[Any]) -> Variable:
        """Keep rows, by position."""
        return Variable(self.name, self.label, self.kind, self.values[rows])


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset: its variables in order, and those that tell its rows apart."""

    name: str
    label: str
    variables: tuple[Variable, ...]
    keys: tuple[str, ...]

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.variables[0].values)

    def variable(self, name: str) -> Variable:
        """Find a variable."""
        return next(variable for variable in self.variables if variable.name == name)


def as_synthetic(dataset: Dataset) -> Dataset:
    """Say of a dataset that nobody in it exists: in its label, and in each row as ``SYNTHFL``."""
    flag = np.full(dataset.rows, "Y", dtype=object)
    return replace(
        dataset,
        label=f"Synthetic {dataset.label}",
        variables=(*dataset.variables, Variable("SYNTHFL", "Synthetic Data Flag", "text", flag)),
    )


def adam_label(text: str) -> str:
    """Shorten a label to the 40 characters that transport files hold.

    Examples
    --------
    >>> adam_label("Date of the first infusion with a dose above zero")
    'Date of the first infusion with a dose..'
    """
    return text if len(text.encode()) <= 40 else f"{text.encode()[:38].decode(errors='ignore')}.."
