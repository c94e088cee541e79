"""What can be named in a study, and what is said where a name is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.errors import nearest
from atrisk.study.columns import canonical_code
from atrisk.study.conditions import Condition, marked, parse_condition
from atrisk.study.known_columns import columns_listed
from atrisk.study.known_levels import level_problem
from atrisk.study.plan import EndpointPlan, VariablePlan, lower_first
from atrisk.study.units import Clock, milestone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from atrisk.study.request import Request
    from atrisk.study.source import Source
    from atrisk.study.units import Milestone
    from atrisk.toml.locate import TomlPath

__all__ = ["Names"]


class Names:
    """The request and the names that exist, at hand for every check."""

    def __init__(self, request: Request, columns: tuple[str, ...], source: Source) -> None:
        self.request = request
        self.study = request.study
        self.source = source
        self.columns = columns
        self.data = self.study.data
        if request.study.forms is not None and self.data.id is None:
            self.data = self.data.model_copy(update={"id": columns[0]})
        unit = self.study.data.time_unit
        self.clock = Clock(unit, self.study.data.report_unit or unit)
        self.problems: list[str] = []
        self.levels = source.levels
        self.variables = {name: self.variable(name) for name in self.study.variables}
        self.endpoints: dict[str, EndpointPlan] = {}

    def note(self, path: TomlPath, problem: str) -> None:
        """Keep a mistake, so that one message can name all of them."""
        self.problems.append(str(self.request.error(path, problem)))

    def column(self, name: str, path: TomlPath) -> str:
        """Name a column; note where there is none of the name."""
        if name not in self.columns:
            self.note(path, self.no_column(name))
        return name

    def no_column(self, name: str) -> str:
        """Say that there is no such column, and which there are."""
        return (
            f"{self.source.name} {_have(self.source.name)} no column {name!r}."
            f"{self.source.hint(name)} {columns_listed(name, self.columns)}"
        )

    def labelled(self, column: str) -> str:
        """Give the label of a column, as it reads within a sentence."""
        label = self.source.labels.get(column)
        return column if label is None else lower_first(label)

    def zero(self, origin: Iterable[str]) -> str:
        """Say what the day of the first date that exists of some columns is."""
        return " or else ".join(self.labelled(column) for column in origin)

    def variable(self, name: str) -> VariablePlan:
        """Resolve a declared variable."""
        asked = self.study.variables[name]
        key: TomlPath = ("variables", name)
        column = asked.column if asked.column is not None else name
        self.column(column, key if asked.column is None else (*key, "column"))
        if isinstance(asked.known_from, str):
            self.column(asked.known_from, (*key, "known_from"))
        self.distinct_levels(asked.levels, (*key, "levels"))
        known = self.levels.get(column, {})
        self.levels_as_known(column, asked.levels, known, (*key, "levels"))
        if known and not asked.levels and asked.type != "continuous":
            asked = asked.model_copy(update={"levels": dict(known)})
        return VariablePlan(name, column, asked)

    def distinct_levels(self, levels: Iterable[str], path: TomlPath) -> None:
        """Note codes that are written in two ways."""
        first: dict[str, str] = {}
        for written in levels:
            code = canonical_code(written)
            if code in first:
                self.note(
                    (*path, written),
                    f"{first[code]!r} and {written!r} are one code, which has one label",
                )
            first.setdefault(code, written)

    def levels_as_known(
        self, column: str, levels: Mapping[str, str], known: Mapping[str, str], path: TomlPath
    ) -> None:
        """Note codes that the column does not have, and labels that are those of other codes."""
        for written, label in levels.items() if known else ():
            code = canonical_code(written)
            problem = level_problem(column, code, label, known)
            if problem:
                self.note((*path, written), problem)

    def named_variable(self, name: str, path: TomlPath) -> VariablePlan | None:
        """Find a variable; note where there is none of the name."""
        if name in self.variables:
            return self.variables[name]
        known = ", ".join(self.variables) if self.variables else "none"
        self.note(
            path,
            f"there is no variable {name!r}. Variables are: {known}."
            f"{nearest(name, self.variables)} Declare it as [variables.{name}].",
        )
        return None

    def grouping(self, name: str | None, path: TomlPath) -> VariablePlan | None:
        """Find a variable that makes groups, None where none is named."""
        if name is None:
            return None
        variable = self.named_variable(name, path)
        if variable is not None and variable.asked.kind != "categorical":
            self.note(
                path,
                f"the variable {name!r} is continuous and makes no groups. Give it levels, or"
                ' type = "categorical".',
            )
        return variable

    def condition(self, text: str, path: TomlPath) -> Condition:
        """Parse a condition; note columns that do not exist."""
        condition = parse_condition(text)
        for column in condition.columns:
            if column.name not in self.columns:
                problem = marked(text, column.start, self.no_column(column.name))
                self.note(path, str(problem))
        return condition

    def named_endpoint(self, name: str, path: TomlPath) -> EndpointPlan | None:
        """Find an endpoint; note where there is none of the name."""
        if name in self.endpoints:
            return self.endpoints[name]
        known = ", ".join(self.endpoints) if self.endpoints else "none"
        self.note(
            path,
            f"there is no endpoint {name!r}. Endpoints are: {known}."
            f"{nearest(name, self.endpoints)} Declare it as an [[endpoints]].",
        )
        return None

    def milestones(self, written: tuple[str | float, ...], path: TomlPath) -> tuple[Milestone, ...]:
        """Make milestones in order of time; note those listed twice."""
        found = tuple(milestone(time, self.clock.unit) for time in written)
        for index, time in enumerate(found):
            if time.id in {earlier.id for earlier in found[:index]}:
                self.note((*path, index), f"{time.label} is listed twice")
        return tuple(sorted(found, key=lambda time: time.value))


def _have(name: str) -> str:
    return "have" if name.startswith("the ") else "has"
