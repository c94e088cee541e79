"""Terms of a model: what a variable brings to a formula, to the data and to tables."""

from __future__ import annotations

import keyword
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.columns import VARIABLE, numbers
from atrisk.study.groups import Level, group_by

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from atrisk.study.plan import TermPlan
    from atrisk.study.table import Table

__all__ = ["Row", "Term", "factor", "formula_name", "level_code", "term_of", "terms_of"]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table of coefficients.

    Attributes
    ----------
    id, label
        for keys and for print.
    reference
        the others are compared with it; it has no coefficient.
    name
        of the coefficient in the fit.
    member
        shape (n,): the rows of the data that it is about.
    """

    id: str
    label: str
    reference: bool
    name: str
    member: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Term:
    """A variable as it stands in a model.

    Attributes
    ----------
    id, label
        for keys and for print.
    kind
        ``factor``, ``number``, ``spline`` or ``exposure``.
    formula
        how it is written in the formula; ``name`` is what its fit calls it.
    column, values
        the column of the data, and the numbers (n,) or codes as text (n,) that the fit is given.
    missing
        shape (n,): True where the value is missing.
    levels, member
        of a factor: its levels, and the place of each row among them, -1 where missing.
    unit, per
        of a number.
    """

    id: str
    label: str
    kind: str
    formula: str
    column: str
    values: NDArray[Any]
    missing: NDArray[np.bool_]
    levels: tuple[Level, ...] = ()
    member: NDArray[np.int64] | None = None
    unit: str = ""
    per: float = 1.0

    @property
    def name(self) -> str:
        """What a fit calls the term."""
        return self.formula.strip("`")

    def rows(self, keep: NDArray[np.bool_]) -> tuple[Row, ...]:
        """Make its lines, for the rows of the data that are used; a spline has none."""
        if self.kind == "spline":
            return ()
        if self.member is None:
            return (Row(self.id, _change(self.unit, self.per), False, self.id, keep),)  # noqa: FBT003
        member = self.member
        present = [place for place in range(len(self.levels)) if (keep & (member == place)).any()]
        first = present[0] if present else 0
        return tuple(
            Row(
                f"{self.id}_{level.id}",
                level.label,
                place == first,
                f"{self.id}[{level_code(place)}]",
                keep & (member == place),
            )
            for place, level in enumerate(self.levels)
        )

    def node(self, rows: Iterable[Row]) -> dict[str, Any]:
        """Give what the results document holds of it."""
        lines = list(rows)
        return {
            "id": self.id,
            "label": self.label,
            "variable": None if self.kind == "exposure" else self.id,
            "type": self.kind,
            "unit": self.unit,
            "per": self.per if self.kind == "number" else None,
            "rows": [
                {"id": row.id, "label": row.label, "reference": row.reference} for row in lines
            ],
        }


def formula_name(name: str) -> str:
    """Write an id in a formula: what is a word of Python stands in back-quotes."""
    return f"`{name}`" if keyword.iskeyword(name) else name


def level_code(place: int) -> str:
    """Write the place of a level so that text order is the order of the levels."""
    return f"{place:03d}"


def _change(unit: str, per: float) -> str:
    """Name the change that a ratio stands for: ``Per year``, ``Per 10 years``."""
    if per == 1.0:
        one = unit[:-1] if unit.endswith("s") and unit.isalpha() else unit
        return f"Per {one or 'unit'}"
    return f"Per {per:g} {unit or 'units'}"


def terms_of(plans: Iterable[TermPlan], table: Table) -> tuple[Term, ...]:
    """Read the variables of a model, for every row of a table."""
    return tuple(term_of(plan, table) for plan in plans)


def term_of(plan: TermPlan, table: Table) -> Term:
    """Read one variable.

    Raises
    ------
    InputError
        an entry is no number, or no level of the variable.
    """
    variable = plan.variable
    name = formula_name(variable.id)
    if plan.kind == "factor":
        grouping = group_by(variable, table)
        return factor(variable.id, variable.asked.label, variable.column, grouping.levels,
                      grouping.member, formula=name)  # fmt: skip
    per = 1.0 if plan.asked.per is None else plan.asked.per
    values = numbers(table, variable.column, VARIABLE)
    return Term(
        id=variable.id,
        label=variable.asked.label,
        kind=plan.kind,
        formula=name if plan.asked.spline is None else f"rcs({name}, {plan.asked.spline})",
        column=variable.column,
        values=values if plan.kind == "spline" else values / per,
        missing=np.isnan(values),
        unit=variable.asked.unit,
        per=per,
    )


def factor(
    name: str,
    label: str,
    column: str,
    levels: tuple[Level, ...],
    member: NDArray[np.int64],
    *,
    formula: str,
    kind: str = "factor",
) -> Term:
    """Make the term of a variable with levels; the first level that occurs is the reference."""
    codes = np.array([*map(level_code, range(len(levels))), None], dtype=object)[member]
    return Term(
        id=name,
        label=label,
        kind=kind,
        formula=formula,
        column=column,
        values=codes,
        missing=member < 0,
        levels=levels,
        member=member,
    )
