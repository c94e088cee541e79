"""Whether a condition holds in each row: yes, no, or unknown because a value is missing."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.columns import canonical_code, codes, dates, is_number_column, numbers
from atrisk.study.conditions import (
    AllOf,
    AnyOf,
    Column,
    Compare,
    Literal,
    Member,
    Missing,
    Node,
    Not,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from atrisk.study.table import Table

__all__ = ["Truth", "truth"]

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Truth:
    """Kleene's three values, row by row.

    Attributes
    ----------
    yes, no
        shape (n,): where the condition holds, where it does not; neither where it is unknown.
    """

    yes: NDArray[np.bool_]
    no: NDArray[np.bool_]

    @property
    def unknown(self) -> NDArray[np.bool_]:
        """Where a missing value leaves the condition open, shape (n,)."""
        return ~(self.yes | self.no)

    def __and__(self, other: Truth) -> Truth:
        return Truth(self.yes & other.yes, self.no | other.no)

    def __or__(self, other: Truth) -> Truth:
        return Truth(self.yes | other.yes, self.no & other.no)

    def __invert__(self) -> Truth:
        return Truth(self.no, self.yes)


def truth(tree: Node, table: Table, date_format: str = "%Y-%m-%d") -> Truth:
    """Evaluate the tree of a condition in every row.

    Raises
    ------
    InputError
        a column holds something else than what it is compared with.
    """
    match tree:
        case Compare():
            return _compare(tree, table, date_format)
        case Member(column, literals):
            parts = [Compare("==", column, literal) for literal in literals]
            return reduce(operator.or_, (_compare(part, table, date_format) for part in parts))
        case Missing(column):
            missing = table.missing[column.name]
            return Truth(missing, ~missing)
        case Not(part):
            return ~truth(part, table, date_format)
        case AllOf(parts):
            return reduce(operator.and_, (truth(part, table, date_format) for part in parts))
        case AnyOf(parts):
            return reduce(operator.or_, (truth(part, table, date_format) for part in parts))


def _compare(node: Compare, table: Table, date_format: str) -> Truth:
    kind = _kind(node, table)
    left, right = (_side(side, kind, table, date_format) for side in (node.left, node.right))
    known = ~(_absent(node.left, table) | _absent(node.right, table))
    holds = np.broadcast_to(_OPERATORS[node.operator](left, right), (table.rows,))
    return Truth(holds & known, ~holds & known)


def _kind(node: Compare, table: Table) -> type:
    """Tell what is compared: the literal decides, else what both columns hold."""
    for side in (node.left, node.right):
        if isinstance(side, Literal):
            return type(side.value)
    names = [side.name for side in (node.left, node.right) if isinstance(side, Column)]
    if all(is_number_column(table, name) for name in names):
        return float
    return str if node.operator in {"==", "!="} else date


def _side(side: Column | Literal, kind: type, table: Table, date_format: str) -> Any:  # noqa: ANN401
    if isinstance(side, Literal):
        return _constant(side.value)
    if kind is float:
        return numbers(table, side.name)
    if kind is date:
        return dates(table, side.name, date_format)
    found = codes(table, side.name)
    return np.array([*found.labels, ""], dtype=object)[found.codes]


def _constant(value: float | str | date) -> Any:  # noqa: ANN401 - one NumPy can compare
    if isinstance(value, date):
        return np.datetime64(value, "D")
    return canonical_code(value) if isinstance(value, str) else value


def _absent(side: Column | Literal, table: Table) -> NDArray[np.bool_]:
    if isinstance(side, Literal):
        return np.zeros(table.rows, dtype=bool)
    return table.missing[side.name]
