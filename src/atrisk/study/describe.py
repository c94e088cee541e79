"""Table 1: counts of categorical variables, summaries of continuous ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError
from atrisk.study.columns import VARIABLE, canonical_code, numbers
from atrisk.study.describe_compare import (
    DEFAULT_TESTS,
    Compared,
    comparison_entries,
    difference_entry,
)
from atrisk.study.describe_models import DescribeAnalysis
from atrisk.study.groups import OVERALL, Grouping, Level, group_by
from atrisk.study.selection import Selection, by_node, left_out_nodes, selection
from atrisk.study.values import Entries, merged, value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from atrisk.study.describe_models import DescribedVariable
    from atrisk.study.plan import AnalysisPlan, VariablePlan
    from atrisk.study.table import Table

__all__ = ["check_sums", "describe"]

_QUANTILES = "quantiles by linear interpolation (type 7)"
_SD = "divisor n - 1"
_OF_KNOWN = "of patients with a known value"
_OF_ALL = "of all patients, missing values included"
_ITSELF = "the groups are made of this variable"


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
    asked = plan.asked
    if not isinstance(asked, DescribeAnalysis):
        raise TypeError(f"{plan.kind!r} is not described")
    chosen = selection(plan, table)
    parts: list[Entries] = [
        {f"{plan.id}.{group}.n": value(int(rows.sum()), "patients")}
        for group, rows in chosen.members()
    ]
    nodes = []
    for variable, item in zip(plan.variables, asked.variables, strict=True):
        node, entries = _Described(plan, variable, item, asked, chosen).result()
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
        "percent_places": asked.percent_places,
        "compared": _compared(asked, chosen),
        "notes": [*chosen.notes, *_not_compared(asked, chosen)],
        "left_out": left_out_nodes(chosen.left_out),
    }
    entries = merged(*parts)
    check_sums(node, entries)
    return node, entries


def _compared(asked: DescribeAnalysis, chosen: Selection) -> dict[str, bool]:
    several = len(chosen.groups) > 1
    return {"tests": asked.tests and several, "differences": asked.differences and several}


def _not_compared(asked: DescribeAnalysis, chosen: Selection) -> list[str]:
    if len(chosen.groups) > 1 or not (asked.tests or asked.differences):
        return []
    return ["Groups are not compared: only one has patients."]


@dataclass(frozen=True, slots=True)
class _Described:
    """One variable of Table 1, and how it is asked for."""

    plan: AnalysisPlan
    variable: VariablePlan
    item: DescribedVariable
    asked: DescribeAnalysis
    chosen: Selection

    @property
    def key(self) -> str:
        return f"{self.plan.id}.{self.variable.id}"

    @property
    def categorical(self) -> bool:
        return self.variable.asked.kind == "categorical"

    @property
    def missing(self) -> str:
        return self.item.missing or self.asked.missing

    def result(self) -> tuple[dict[str, Any], Entries]:
        node: dict[str, Any] = {
            "id": self.variable.id,
            "label": _label(self.variable),
            "type": self.variable.asked.kind,
            "unit": self.variable.asked.unit,
            "levels": [],
            "shown": [],
            "statistics": [],
            "missing": self.missing,
            "test": self.test,
        }
        if self.categorical:
            grouping = group_by(self.variable, self.chosen.table)
            node["levels"] = [level.node() for level in grouping.levels]
            node["shown"] = _shown(self.variable, self.item, grouping.levels)
            values: NDArray[Any] = grouping.member
            known = grouping.member >= 0
            parts = [self._counts(group, grouping, rows) for group, rows in self.chosen.members()]
        else:
            node["statistics"] = list(self.item.statistics or self.asked.statistics)
            values = numbers(self.chosen.table, self.variable.column, VARIABLE)
            known = ~np.isnan(values)
            unit = self.variable.asked.unit
            parts = [self._summary(g, values[rows], unit) for g, rows in self.chosen.members()]
        return node, merged(*parts, self._comparison(values, known))

    @property
    def test(self) -> str | None:
        """The name of the test, None where the variable is not tested."""
        if not self.asked.tests or len(self.chosen.groups) < 2 or self.item.test == "none":
            return None
        return self.item.test or DEFAULT_TESTS[self.variable.asked.kind]

    def _comparison(self, values: NDArray[Any], known: NDArray[np.bool_]) -> Entries:
        if len(self.chosen.groups) < 2:
            return {}
        entries: Entries = {}
        itself = self.plan.by is not None and self.plan.by.column == self.variable.column
        order = np.lexsort((values[known], self.chosen.group[known]))
        compared = Compared(
            self.chosen.groups,
            self.chosen.group[known][order],
            values[known][order],
            self.categorical,
        )
        if self.test is not None and itself:
            entries[f"{self.key}.test.p_value"] = value(None, "probability", missing=_ITSELF)
        elif self.test is not None:
            entries |= comparison_entries(f"{self.key}.test", compared, self.test)
        if self.asked.differences:
            entries[f"{self.key}.standardised_difference"] = (
                value(None, "standard deviations", missing=_ITSELF)
                if itself
                else difference_entry(compared)
            )
        return entries

    def _present(self, group: str, known: int, rows: int) -> Entries:
        entries = {
            f"{self.key}.{group}.n": value(known, "patients"),
            f"{self.key}.{group}.missing": value(rows - known, "patients"),
        }
        if self.missing == "percent":
            entries[f"{self.key}.{group}.missing_percent"] = value(
                100.0 * (rows - known) / rows, "percent", n=rows, method=_OF_ALL
            )
        return entries

    def _counts(self, group: str, grouping: Grouping, rows: NDArray[np.bool_]) -> Entries:
        member = grouping.member[rows]
        known = int((member >= 0).sum())
        entries = self._present(group, known, len(member))
        of_all = self.missing == "percent"
        base, method = (len(member), _OF_ALL) if of_all else (known, _OF_KNOWN)
        for position, level in enumerate(grouping.levels):
            count = int((member == position).sum())
            entries |= _level(f"{self.key}.{level.id}.{group}", count, base, method)
        return entries

    def _summary(self, group: str, values: NDArray[np.float64], unit: str) -> Entries:
        known = np.sort(values[~np.isnan(values)])  # sums do not depend on the order of rows
        entries = self._present(group, known.size, values.size)
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
            entries[f"{self.key}.{group}.{name}"] = value(
                number, unit, method=method, n=known.size, missing=reason
            )
        return entries


def _label(variable: VariablePlan) -> str:
    unit = variable.asked.unit
    return f"{variable.asked.label}, {unit}" if unit else variable.asked.label


def _shown(variable: VariablePlan, item: DescribedVariable, levels: tuple[Level, ...]) -> list[str]:
    """Find the levels that get a row, in the order of the levels.

    Raises
    ------
    InputError
        one that is asked for is no level.
    """
    if item.levels_shown is None:
        return [level.id for level in levels]
    labels = {canonical_code(code): label for code, label in variable.asked.levels.items()}
    wanted = {labels.get(canonical_code(str(code)), str(code)) for code in item.levels_shown}
    known = [level.label for level in levels]
    unknown = sorted(wanted - set(known))
    if unknown:
        raise InputError(
            f"variable {item.id!r} has no level {unknown[0]!r} to be shown; its levels are"
            f" {', '.join(map(repr, known))}. Correct 'levels_shown'."
        )
    return [level.id for level in levels if level.label in wanted]


def _level(key: str, count: int, base: int, method: str) -> Entries:
    return {
        f"{key}.count": value(count, "patients", n=base),
        f"{key}.percent": value(
            100.0 * count / base if base else None,
            "percent",
            n=base,
            method=method,
            missing="no patient has a known value",
        ),
    }


def check_sums(node: Mapping[str, Any], entries: Entries) -> None:
    """Check that levels and missing add up to each group, and the groups to all patients.

    Raises
    ------
    RuntimeError
        they do not: a mistake in this program.
    """
    prefix, overall = node["id"], node["overall"]["id"]
    groups = [group["id"] for group in node["groups"]]

    def count(*parts: str) -> int:
        return int(entries[".".join((prefix, *parts))]["value"])

    def require(total: int, parts: list[int], what: str) -> None:
        if total != sum(parts):
            raise RuntimeError(f"{what} of {prefix!r} add up to {sum(parts)}, not to {total}")

    if groups:
        require(count(overall, "n"), [count(group, "n") for group in groups], "groups")
    for variable in node["variables"]:
        name = variable["id"]
        for group in (*groups, overall):
            known, gap = count(name, group, "n"), count(name, group, "missing")
            require(count(group, "n"), [known, gap], f"known and missing values of {name!r}")
            if variable["levels"]:
                levels = [count(name, level["id"], group, "count") for level in variable["levels"]]
                require(known, levels, f"levels of {name!r}")
        for level in variable["levels"] if groups else ():
            parts = [count(name, level["id"], group, "count") for group in groups]
            require(count(name, level["id"], overall, "count"), parts, f"groups of {name!r}")
