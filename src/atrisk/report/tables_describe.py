"""Table 1: the patients by group."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from atrisk.errors import InputError, listed
from atrisk.report import format as form
from atrisk.report.document import Label, all_groups, title_by_group
from atrisk.report.tables import Row, Table, group_heading
from atrisk.report.values import Node, Number, Phrase, Values, phrase

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["describe_table"]

_DIGITS = 3


@dataclass(frozen=True, slots=True)
class _Cells:
    """One continuous variable's numbers, written with the decimals its data need.

    Decimals end at the third significant digit of the median of all: 47.8 (8.8-64.4). What lies
    between the data, a mean or a quantile, has one more where the data need no more than that.
    """

    values: Values
    prefix: str
    groups: tuple[Label, ...]

    def key(self, group: str, part: str) -> str:
        return f"{self.prefix}.{group}.{part}"

    def known(self, parts: tuple[str, ...]) -> list[float]:
        found = (self.values.raw(self.key(g.id, part)) for g in self.groups for part in parts)
        return [value for value in found if value is not None]

    def places(self) -> tuple[int, int]:
        """Give the decimals of the data, and of what lies between them."""
        medians = [self.values.raw(self.key(group.id, "median")) for group in self.groups]
        ends = self.known(("min", "max"))
        # all patients are the last group; without a median above 0 the largest value tells
        typical = medians[-1] or max(map(abs, ends), default=0.0)
        most = form.places_for_digits(typical, _DIGITS)
        needed = form.places_needed(ends, most + 1)
        return (needed, needed + 1) if needed <= most else (most, most)

    def number(self, group: str, part: str, *, between: bool = False) -> Number:
        return self.values.fixed(self.key(group, part), self.places()[between])

    def quantile(self, group: str, part: str) -> Number:
        """Write a quantile as the data are, with one decimal more where it lies between them."""
        least, most = self.places()

        def show(value: float) -> str:
            return form.fixed(value, max(form.places_needed([value], most), least))

        return self.values.number(self.key(group, part), show)


def describe_table(analysis: Node, values: Values) -> Table:
    """Build Table 1: a row or more a variable, a column a group, all patients last."""
    groups = all_groups(analysis)
    rows = chain.from_iterable(
        _variable_rows(variable, analysis["id"], groups, values)
        for variable in analysis["variables"]
    )
    return Table(
        id=analysis["id"],
        title=title_by_group(analysis),
        stub="Characteristic",
        columns=tuple(
            group_heading(values, group.label, f"{analysis['id']}.{group.id}.n") for group in groups
        ),
        rows=tuple(rows),
    )


def _variable_rows(
    variable: Node, analysis_id: str, groups: tuple[Label, ...], values: Values
) -> list[Row]:
    prefix = f"{analysis_id}.{variable['id']}"
    if variable["type"] == "categorical":
        rows = _level_rows(variable, prefix, groups, values)
    else:
        rows = _statistic_rows(variable, _Cells(values, prefix, groups))
    return rows + _missing_rows(prefix, groups, values)


def _level_rows(
    variable: Node, prefix: str, groups: tuple[Label, ...], values: Values
) -> list[Row]:
    def cell(level: str, group: str) -> Phrase:
        key = f"{prefix}.{level}.{group}"
        return phrase(values.count(f"{key}.count"), " (", values.percent(f"{key}.percent"), ")")

    levels = [
        Row(level["label"], tuple(cell(level["id"], group.id) for group in groups), level=1)
        for level in variable["levels"]
    ]
    return [Row(f"{variable['label']}, n (%)"), *levels]


def _statistic_rows(variable: Node, cells: _Cells) -> list[Row]:
    wanted = variable["statistics"]
    unknown = [name for name in wanted if name not in _STATISTICS]
    if unknown:
        raise InputError(
            f"Variable {variable['id']!r} asks for {listed(unknown)}; "
            f"the report writes {form.listing(_STATISTICS)}."
        )
    if len(wanted) == 1:
        return [_statistic_row(wanted[0], f"{variable['label']}, ", cells, level=0)]
    return [Row(variable["label"]), *(_statistic_row(name, "", cells, 1) for name in wanted)]


def _statistic_row(name: str, before: str, cells: _Cells, level: int) -> Row:
    words, build = _STATISTICS[name]
    label = before + words if before else form.capitalised(words)
    return Row(label, tuple(build(cells, group.id) for group in cells.groups), level=level)


def _median_range(cells: _Cells, group: str) -> Phrase:
    low, high = (cells.number(group, part) for part in ("min", "max"))
    median = cells.quantile(group, "median")
    return phrase(median, " (", low, form.range_dash(low.text, high.text), high, ")")


def _median_iqr(cells: _Cells, group: str) -> Phrase:
    median, low, high = (cells.quantile(group, part) for part in ("median", "q1", "q3"))
    return phrase(median, " (", low, form.range_dash(low.text, high.text), high, ")")


def _mean_sd(cells: _Cells, group: str) -> Phrase:
    mean, spread = (cells.number(group, part, between=True) for part in ("mean", "sd"))
    return phrase(mean, " (", spread, ")")


_STATISTICS: dict[str, tuple[str, Callable[[_Cells, str], Phrase]]] = {
    "median_range": ("median (range)", _median_range),
    "median_iqr": ("median (interquartile range)", _median_iqr),
    "mean_sd": ("mean (SD)", _mean_sd),
}


def _missing_rows(prefix: str, groups: tuple[Label, ...], values: Values) -> list[Row]:
    keys = [f"{prefix}.{group.id}.missing" for group in groups]
    if not any(values.raw(key) for key in keys):
        return []
    return [Row("Missing", tuple(phrase(values.count(key)) for key in keys), level=1)]
