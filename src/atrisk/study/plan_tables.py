"""Listings and proportions of the plan: their columns and rows with references resolved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atrisk.errors import nearest
from atrisk.study.columns import canonical_code
from atrisk.study.groups import level_ids
from atrisk.study.known_columns import columns_listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.study.conditions import Condition
    from atrisk.study.names import Names
    from atrisk.study.plan import AnalysisPlan, VariablePlan
    from atrisk.study.table_analyses import (
        ListedColumn,
        ListingAnalysis,
        ProportionRow,
        ProportionsAnalysis,
    )
    from atrisk.toml.locate import TomlPath

__all__ = [
    "ColumnPlan",
    "ListingPlan",
    "RowPlan",
    "listing_parts",
    "proportions_parts",
    "table_lines",
]


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """A column of a listing: what it is called and what it reads.

    Attributes
    ----------
    id, label, unit
        of its numbers and of its head.
    reads
        one column; or two of dates, from the first of which days are counted to the second.
    variable
        the variable it is, if any.
    levels
        code -> label, where the codes have labels.
    decimals
        as many as the data need if None.
    """

    id: str
    label: str
    unit: str
    reads: tuple[str, ...]
    variable: VariablePlan | None
    levels: dict[str, str]
    decimals: int | None


@dataclass(frozen=True, slots=True)
class ListingPlan:
    """Who is listed, with what, in which order: columns, each with True where it falls."""

    where: Condition | None
    columns: tuple[ColumnPlan, ...]
    order: tuple[tuple[ColumnPlan, bool], ...]

    @property
    def reads(self) -> Iterator[str]:
        """The columns of the data that it reads."""
        yield from () if self.where is None else self.where.names
        for column in (*self.columns, *(column for column, _ in self.order)):
            yield from column.reads


@dataclass(frozen=True, slots=True)
class RowPlan:
    """A row of proportions: its variable, the codes that count, and among whom."""

    asked: ProportionRow
    variable: VariablePlan
    codes: tuple[str, ...] | None
    among: Condition | None

    @property
    def id(self) -> str:
        """The key."""
        return str(self.asked.id)

    @property
    def reads(self) -> Iterator[str]:
        """The columns of the data that it reads."""
        yield self.variable.column
        yield from () if self.among is None else self.among.names


def listing_parts(names: Names, asked: ListingAnalysis, path: TomlPath) -> dict[str, Any]:
    """Resolve what a listing names."""
    where = None if asked.where is None else names.condition(asked.where, (*path, "where"))
    columns = tuple(
        column
        for place, item in enumerate(asked.columns)
        if (column := _column(names, item, asked.decimals, (*path, "columns", place))) is not None
    )
    keys = level_ids(column.id for column in columns)
    named = tuple(
        ColumnPlan(key.id, *_but_id(column)) for key, column in zip(keys, columns, strict=True)
    )
    order = tuple(_ordered(names, asked, named, path))
    return {"listing": ListingPlan(where, named, order)}


def _but_id(column: ColumnPlan) -> tuple[Any, ...]:
    return (
        column.label,
        column.unit,
        column.reads,
        column.variable,
        column.levels,
        column.decimals,
    )


def _column(
    names: Names, item: ListedColumn, decimals: int | None, path: TomlPath
) -> ColumnPlan | None:
    """Find what a column of a listing is; note where there is nothing of the name."""
    places = decimals if item.decimals is None else item.decimals
    if item.from_ is not None and item.to is not None:
        ends = (names.column(item.from_, (*path, "from")), names.column(item.to, (*path, "to")))
        return ColumnPlan(item.id, item.label or item.id, "days", ends, None, {}, places)
    variable = names.variables.get(item.id)
    if variable is not None:
        made = variable.asked
        levels = {canonical_code(code): label for code, label in made.levels.items()}
        label, unit = item.label or made.label, made.unit
        if item.label is None and unit:
            label = f"{label}, {unit}"
        return ColumnPlan(item.id, label, unit, (variable.column,), variable, levels, places)
    if item.id not in names.columns:
        known = [*names.variables, *names.columns]
        names.note(
            path,
            f"there is no variable and no column {item.id!r}.{names.source.hint(item.id)}"
            f" {columns_listed(item.id, dict.fromkeys(known))}",
        )
        return None
    levels = dict(names.source.levels.get(item.id, {}))
    found = item.label or _label_of_variable(names, item.id)
    label = found or names.source.labels.get(item.id) or item.id
    return ColumnPlan(item.id, label, "", (item.id,), None, levels, places)


def _label_of_variable(names: Names, column: str) -> str | None:
    """Give the label of the variable that a column is; None where it is none, or several."""
    found = [made.asked for made in names.variables.values() if made.column == column]
    if len(found) != 1:
        return None
    label, unit = found[0].label, found[0].unit
    return f"{label}, {unit}" if unit else label


def _ordered(
    names: Names, asked: ListingAnalysis, shown: tuple[ColumnPlan, ...], path: TomlPath
) -> Iterator[tuple[ColumnPlan, bool]]:
    """Yield the columns that make the order: those that are shown, or others of the data."""
    from atrisk.study.table_analyses import ListedColumn

    written = {item.id: column for item, column in zip(asked.columns, shown, strict=False)}
    for place, name in enumerate(asked.order_by):
        falls, plain = name.startswith("-"), name.removeprefix("-")
        column = written.get(plain)
        if column is None:
            column = _column(names, ListedColumn(id=plain), None, (*path, "order_by", place))
        if column is not None:
            yield column, falls


def proportions_parts(names: Names, asked: ProportionsAnalysis, path: TomlPath) -> dict[str, Any]:
    """Resolve what rows of proportions name."""
    rows = []
    for index, item in enumerate(asked.rows):
        place: TomlPath = (*path, "rows", index)
        among = None if item.among is None else names.condition(item.among, (*place, "among"))
        variable = names.named_variable(item.of, (*place, "of"))
        if variable is None:
            continue
        if variable.asked.kind != "categorical":
            names.note(
                (*place, "of"),
                f"the variable {item.of!r} is continuous and has no levels to count. Give it"
                ' levels, or type = "categorical".',
            )
        rows.append(RowPlan(item, variable, _codes(names, item, variable, place), among))
    return {"proportions": tuple(rows)}


def _codes(
    names: Names, item: ProportionRow, variable: VariablePlan, path: TomlPath
) -> tuple[str, ...] | None:
    """Give the codes that count; note those that the variable does not have."""
    if item.levels is None:
        return None
    codes = tuple(canonical_code(code) for code in item.levels)
    known = {canonical_code(code): label for code, label in variable.asked.levels.items()}
    for place, code in enumerate(codes):
        if known and code not in known:
            of_label = next((one for one, label in known.items() if label == code), None)
            hint = nearest(code, known) if of_label is None else f" Its code is {of_label!r}."
            listed_codes = ", ".join(f"{one} ({label})" for one, label in known.items())
            names.note(
                (*path, "is", place),
                f"the variable {item.of!r} has no code {code!r}. Codes are: {listed_codes}.{hint}",
            )
    return codes


def table_lines(analysis: AnalysisPlan, groups: list[str]) -> list[str]:
    """Say in words what a listing or a table of proportions holds."""
    found = analysis.listing
    if found is not None:
        where = "all" if found.where is None else found.where.text
        shown = ", ".join(column.label for column in found.columns)
        order = [f"{column.label}{', falling' if falls else ''}" for column, falls in found.order]
        lines = [f"patients: {where}", f"list: {shown}"]
        return [*lines, f"order: {'; '.join(order)}"] if order else lines
    rows = ", ".join(row.asked.label for row in analysis.proportions)
    test = ["test: Fisher's exact test"] if getattr(analysis.asked, "test", False) else []
    return [*groups, f"count: {rows}", *(test if analysis.by is not None else [])]
