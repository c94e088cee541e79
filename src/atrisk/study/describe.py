"""Table 1: counts of categorical variables, summaries of continuous ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.analyses import DescribeAnalysis
from atrisk.study.columns import VARIABLE, numbers
from atrisk.study.groups import OVERALL, Grouping, Level, group_by
from atrisk.study.selection import by_node, left_out_nodes, selection
from atrisk.study.values import Entries, merged, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atrisk.study.plan import AnalysisPlan, VariablePlan
    from atrisk.study.table import Table

__all__ = ["describe"]

_QUANTILES = "quantiles by linear interpolation (type 7)"
_SD = "divisor n - 1"


def describe(plan: AnalysisPlan, table: Table) -> tuple[dict[str, Any], Entries]:
    """Describe variables by group and over all patients.

    Parameters
    ----------
    plan
        what to describe.
    table
        the patients analysed.

    Returns
    -------
    node : dict
        the analysis in the results document.
    entries : dict
        its numbers.
    """
    chosen = selection(plan, table)
    members = dict(chosen.members())
    parts: list[Entries] = [
        {f"{plan.id}.{group}.n": value(int(rows.sum()), "patients")}
        for group, rows in members.items()
    ]
    nodes = []
    for variable, statistics in zip(plan.variables, _statistics(plan), strict=True):
        node, entries = _variable(plan.id, variable, statistics, chosen.table, members)
        nodes.append(node)
        parts.append(entries)
    node = {
        "id": plan.id,
        "kind": "describe",
        "title": plan.title,
        "by": by_node(plan),
        "groups": [level.node() for level in chosen.groups],
        "overall": OVERALL.node(),
        "variables": nodes,
        "notes": list(chosen.notes),
        "left_out": left_out_nodes(chosen.left_out),
    }
    return node, merged(*parts)


def _statistics(plan: AnalysisPlan) -> Iterator[tuple[str, ...]]:
    if not isinstance(plan.asked, DescribeAnalysis):
        return
    for item in plan.asked.variables:
        yield item.statistics if item.statistics is not None else plan.asked.statistics


def _variable(
    prefix: str,
    variable: VariablePlan,
    statistics: tuple[str, ...],
    table: Table,
    members: dict[str, NDArray[np.bool_]],
) -> tuple[dict[str, Any], Entries]:
    node: dict[str, Any] = {
        "id": variable.id,
        "label": _label(variable),
        "type": variable.asked.kind,
        "unit": variable.asked.unit,
        "levels": [],
        "statistics": [],
    }
    key = f"{prefix}.{variable.id}"
    if variable.asked.kind == "categorical":
        grouping = group_by(variable, table)
        node["levels"] = [level.node() for level in grouping.levels]
        parts = [_counts(key, group, grouping, rows) for group, rows in members.items()]
        return node, merged(*parts)
    node["statistics"] = list(statistics)
    values = numbers(table, variable.column, VARIABLE)
    unit = variable.asked.unit
    parts = [_summary(key, group, values[rows], unit) for group, rows in members.items()]
    return node, merged(*parts)


def _label(variable: VariablePlan) -> str:
    unit = variable.asked.unit
    return f"{variable.asked.label}, {unit}" if unit else variable.asked.label


def _counts(key: str, group: str, grouping: Grouping, rows: NDArray[np.bool_]) -> Entries:
    member = grouping.member[rows]
    known = int((member >= 0).sum())
    entries = _present(key, group, known, len(member))
    for position, level in enumerate(grouping.levels):
        count = int((member == position).sum())
        entries |= _level(f"{key}.{level.id}.{group}", level, count, known)
    return entries


def _level(key: str, level: Level, count: int, known: int) -> Entries:
    return {
        f"{key}.count": value(count, "patients", n=known),
        f"{key}.percent": value(
            100.0 * count / known if known else None,
            "percent",
            n=known,
            method="of patients with a known value",
            missing=f"no patient has a known value, so {level.label!r} has no share",
        ),
    }


def _present(key: str, group: str, known: int, rows: int) -> Entries:
    return {
        f"{key}.{group}.n": value(known, "patients"),
        f"{key}.{group}.missing": value(rows - known, "patients"),
    }


def _summary(key: str, group: str, values: NDArray[np.float64], unit: str) -> Entries:
    known = values[~np.isnan(values)]
    entries = _present(key, group, known.size, values.size)
    low, q1, median, q3, high = (
        np.quantile(known, (0.0, 0.25, 0.5, 0.75, 1.0)) if known.size else np.full(5, np.nan)
    )
    numbers_by_name = {
        "median": (median, _QUANTILES),
        "q1": (q1, _QUANTILES),
        "q3": (q3, _QUANTILES),
        "min": (low, None),
        "max": (high, None),
        "mean": (known.mean() if known.size else np.nan, None),
        "sd": (known.std(ddof=1) if known.size > 1 else np.nan, _SD),
    }
    for name, (number, method) in numbers_by_name.items():
        reason = "no patient has a known value" if known.size == 0 else "only one known value"
        entries[f"{key}.{group}.{name}"] = value(
            number, unit, method=method, n=known.size, missing=reason
        )
    return entries
