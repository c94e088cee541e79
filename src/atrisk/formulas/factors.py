"""One factor of a term: a number, a spline or a set of levels, as learned from the data."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import InputError, listed, nearest
from atrisk.formulas.columns import problem
from atrisk.formulas.expressions import evaluate, learned, spline_names
from atrisk.frames import Levels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atrisk.formulas.expressions import Expression

__all__ = ["Factor", "coded", "factor_of"]

_TRUTH = ("False", "True")


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """How one expression becomes columns.

    Attributes
    ----------
    expression
        what is computed.
    name
        what its columns are called after.
    levels
        the levels in order; empty for numbers.
    reference
        the level that has no column, or None for numbers.
    memory
        knots and means that new data are computed with.
    """

    expression: Expression
    name: str
    levels: tuple[str, ...]
    reference: str | None
    memory: dict[str, tuple[float, ...]]

    def columns(self, values: np.ndarray, *, contrast: bool) -> dict[str, np.ndarray]:
        """Lay values out as named columns; a contrast leaves the reference level out."""
        if self.levels:
            return {
                f"{self.name}[{level}]": values == code
                for code, level in enumerate(self.levels)
                if not (contrast and level == self.reference)
            }
        if values.ndim == 1:
            return {self.name: values}
        names = spline_names(self.name, values.shape[1])
        return {name: values[:, place] for place, name in enumerate(names)}


def factor_of(expression: Expression, table: Mapping[str, np.ndarray | Levels]) -> Factor:
    """Learn a factor from the rows of an analysis.

    Raises
    ------
    InputError
        a factor has a single level, its reference does not exist, or knots cannot be placed.
    """
    tree, wanted = _category(expression)
    memory = {} if isinstance(tree, ast.Name) else learned(tree, table)
    values = _values(tree, table, memory)
    is_category = wanted is not None
    if not is_category and not isinstance(values, Levels) and values.dtype != bool:
        return Factor(expression, expression.text, (), None, memory)
    name = expression.columns[0] if is_category else expression.text
    levels = _levels(values)
    if len(levels) < 2:
        raise InputError(
            f"covariate {name!r} has a single level in the rows that are analysed, "
            f"{listed(map(repr, levels))}: it explains nothing. Leave it out."
        )
    reference = wanted or levels[0]
    if reference not in levels:
        raise InputError(
            f"covariate {name!r}: the reference {reference!r} is not one of its levels, "
            f"{listed(map(repr, levels), shown=20)}.{nearest(reference, levels)}"
        )
    return Factor(expression, name, levels, reference, memory)


def coded(
    factor: Factor, table: Mapping[str, np.ndarray | Levels], rows: np.ndarray | None
) -> np.ndarray:
    """Compute a factor: level codes of shape (n,), numbers of shape (n,) or (n, columns).

    Parameters
    ----------
    factor
        from `factor_of`.
    table
        its columns, of the same rows or of new ones, without missing values.
    rows
        places of these rows in the input, for messages; None where all of them are there.

    Raises
    ------
    InputError
        a level that the factor does not have, or a number that is not finite.
    """
    tree, _ = _category(factor.expression)
    values = _values(tree, table, factor.memory)
    if factor.levels:
        return _codes(factor, values, rows)
    if isinstance(values, Levels):
        raise InputError(
            f"covariate {factor.name!r} held numbers when the model was fitted, and labels now."
        )
    if (
        values.dtype.kind == "f"
        and values.size
        and not np.isfinite([values.min(), values.max()]).all()
    ):
        bad = np.flatnonzero(~np.isfinite(values.reshape(values.shape[0], -1)).all(axis=1))
        if bad.size:
            raise problem(
                f"covariate {factor.name!r}", bad if rows is None else rows[bad], "is not finite",
                "Correct the values, or choose another transformation.",
            )  # fmt: skip
    return values


def _category(expression: Expression) -> tuple[ast.expr, str | None]:
    """Take C(x, Treatment("ref")) apart: the argument, and the reference ("" where none is set)."""
    tree = expression.tree
    if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "C"):
        return tree, None
    named = {keyword.arg: keyword.value for keyword in tree.keywords}
    match tree.args[1:], named:
        case [], {}:
            return tree.args[0], ""
        case [ast.Call(func=ast.Name(id="Treatment" | "contr.treatment")) as call], {}:
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            found = given.pop("reference", None) or given.pop("base", None)
            found = call.args[0] if call.args else found
            if isinstance(found, ast.Constant) and not given and len(call.args) < 2:
                return tree.args[0], _label(found.value)
    raise InputError(
        f"model formula: {expression.text}: write C(x), or C(x, Treatment('reference level'))."
    )


def _label(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _values(
    tree: ast.expr,
    table: Mapping[str, np.ndarray | Levels],
    memory: Mapping[str, tuple[float, ...]],
) -> np.ndarray | Levels:
    if isinstance(tree, ast.Name):
        return table[tree.id]
    with np.errstate(all="ignore"):  # what is not finite is refused with its rows
        values = evaluate(tree, table, memory)
    is_spline = isinstance(tree, ast.Call) and ast.unparse(tree.func) == "rcs"
    if values.ndim == 2 and not is_spline:
        raise InputError(
            f"model formula: {ast.unparse(tree)}: rcs(...) stands as a covariate of its own only."
        )
    return values


def _levels(values: np.ndarray | Levels) -> tuple[str, ...]:
    """List the levels that rows have, in their order."""
    if isinstance(values, Levels):
        used = np.bincount(values.codes, minlength=len(values.labels))
        return tuple(label for label, n in zip(values.labels, used, strict=True) if n)
    if values.dtype == bool:
        return tuple(_TRUTH[int(value)] for value in np.unique(values))
    return tuple(_label(value) for value in np.unique(values).tolist())


def _codes(factor: Factor, values: np.ndarray | Levels, rows: np.ndarray | None) -> np.ndarray:
    """Place values among the levels of a factor."""
    if isinstance(values, Levels):
        labels, codes = values.labels, values.codes
    elif values.dtype == bool:
        labels, codes = _TRUTH, values.astype(np.int32)
    else:
        distinct, codes = np.unique(values, return_inverse=True)
        labels = tuple(_label(value) for value in distinct.tolist())
    if labels == factor.levels:
        return codes
    place = {level: code for code, level in enumerate(factor.levels)}
    new_place = np.array([place.get(label, -1) for label in labels], dtype=np.int32)
    moved: np.ndarray = new_place[codes]
    bad = np.flatnonzero(moved < 0)
    if bad.size:
        unseen = [labels[code] for code in np.unique(codes[bad])]
        raise problem(
            f"covariate {factor.name!r}", bad if rows is None else rows[bad],
            f"has the level {listed(map(repr, unseen))}, which the model does not know,",
            f"Its levels are {listed(map(repr, factor.levels), shown=20)}.",
        )  # fmt: skip
    return moved
