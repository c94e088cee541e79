"""From the request to the plan: references resolved, every name checked, nothing computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.errors import InputError, nearest
from atrisk.study.analyses import CumulativeIncidenceAnalysis, DescribeAnalysis, SurvivalAnalysis
from atrisk.study.columns import canonical_code
from atrisk.study.conditions import Condition, marked, parse_condition
from atrisk.study.endpoint_models import CodedEndpoint, ConditionEndpoint, DatedEndpoint
from atrisk.study.plan import (
    AnalysisPlan,
    CausePlan,
    EndpointPlan,
    ExclusionPlan,
    Plan,
    TestPlan,
    VariablePlan,
)
from atrisk.study.units import Clock, milestone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atrisk.study.analyses import Analysis
    from atrisk.study.endpoint_models import Endpoint
    from atrisk.study.locate import TomlPath
    from atrisk.study.models import Exclusion
    from atrisk.study.request import Request
    from atrisk.study.units import Milestone

__all__ = ["plan_study"]


def plan_study(request: Request, names: tuple[str, ...]) -> Plan:
    """Expand a request to a plan.

    Parameters
    ----------
    request
        the study as asked.
    names
        the columns of the data file.

    Raises
    ------
    InputError
        something names a column, a variable or an endpoint that is not there; the message gives
        the line, what exists and the nearest name of every such mistake.
    """
    return _Planner(request, names).plan()


class _Planner:
    """The request and the names that exist, at hand for every check."""

    def __init__(self, request: Request, names: tuple[str, ...]) -> None:
        self.request = request
        self.study = request.study
        self.names = names
        unit = self.study.data.time_unit
        self.clock = Clock(unit, self.study.data.report_unit or unit)
        self.problems: list[str] = []
        self.variables = {name: self.variable(name) for name in self.study.variables}
        self.endpoints = {
            endpoint.id: self.endpoint(endpoint, ("endpoints", index))
            for index, endpoint in enumerate(self.study.endpoints)
        }

    def plan(self) -> Plan:
        population = tuple(
            self.exclusion(step, index) for index, step in enumerate(self.study.population)
        )
        self.distinct_steps(population)
        analyses = tuple(
            self.analysis(asked, ("analyses", index))
            for index, asked in enumerate(self.study.analyses)
        )
        columns = self.columns_read(population, analyses)
        if self.problems:
            raise InputError("\n".join(dict.fromkeys(self.problems)))
        return Plan(
            info=self.study.study,
            data=self.study.data,
            data_path=self.request.data_path,
            clock=self.clock,
            columns=columns,
            population=population,
            analyses=analyses,
        )

    def columns_read(
        self, population: Iterable[ExclusionPlan], analyses: Iterable[AnalysisPlan]
    ) -> tuple[str, ...]:
        """List the columns in the order of the file."""
        used: set[str] = set()
        if self.study.data.id is not None:
            used.add(self.column(self.study.data.id, ("data", "id")))
        for step in population:
            used.update(step.condition.names)
        for analysis in analyses:
            used.update(_columns_of(analysis))
        return tuple(name for name in self.names if name in used)

    def note(self, path: TomlPath, problem: str) -> None:
        """Keep a mistake, so that one message can name all of them."""
        self.problems.append(str(self.request.error(path, problem)))

    def column(self, name: str, path: TomlPath) -> str:
        if name not in self.names:
            self.note(path, self.no_column(name))
        return name

    def no_column(self, name: str) -> str:
        return (
            f"{self.study.data.file} has no column {name!r}."
            f" Columns are: {', '.join(self.names)}.{nearest(name, self.names)}"
        )

    def variable(self, name: str) -> VariablePlan:
        asked = self.study.variables[name]
        key: TomlPath = ("variables", name)
        column = asked.column if asked.column is not None else name
        self.column(column, key if asked.column is None else (*key, "column"))
        self.distinct_levels(asked.levels, (*key, "levels"))
        return VariablePlan(name, column, asked)

    def distinct_levels(self, levels: Iterable[str], path: TomlPath) -> None:
        first: dict[str, str] = {}
        for written in levels:
            code = canonical_code(written)
            if code in first:
                self.note(
                    (*path, written),
                    f"{first[code]!r} and {written!r} are one code, which has one label",
                )
            first.setdefault(code, written)

    def named_variable(self, name: str, path: TomlPath) -> VariablePlan | None:
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
        condition = parse_condition(text)
        for column in condition.columns:
            if column.name not in self.names:
                problem = marked(text, column.start, self.no_column(column.name))
                self.note(path, str(problem))
        return condition

    def exclusion(self, step: Exclusion, index: int) -> ExclusionPlan:
        return ExclusionPlan(
            id=step.id if step.id is not None else f"exclusion_{index + 1}",
            reason=step.reason,
            condition=self.condition(step.exclude, ("population", index, "exclude")),
            unknown=step.unknown,
        )

    def distinct_steps(self, steps: tuple[ExclusionPlan, ...]) -> None:
        ids = [step.id for step in steps]
        for index, name in enumerate(ids):
            if name in ids[:index]:
                self.note(("population", index, "id"), f"two steps have the id {name!r}")

    def endpoint(self, asked: Endpoint, path: TomlPath) -> EndpointPlan:
        causes = self.causes(asked, path)
        columns = [
            self.column(name, (*path, key))
            for key in ("time", "event", "origin", "censor", "entry", "weights")
            if isinstance(name := getattr(asked, key, None), str)
        ]
        for cause in causes:
            columns += cause.condition.names if cause.condition is not None else ()
        if isinstance(asked, DatedEndpoint):
            columns += [event.date for event in asked.events]
        return EndpointPlan(asked.id, asked.label, asked, causes, tuple(dict.fromkeys(columns)))

    def causes(self, asked: Endpoint, path: TomlPath) -> tuple[CausePlan, ...]:
        match asked:
            case CodedEndpoint():
                return self.coded_causes(asked, path)
            case ConditionEndpoint():
                return tuple(
                    CausePlan(
                        event.id,
                        event.label,
                        condition=self.condition(event.when, (*path, "events", index, "when")),
                    )
                    for index, event in enumerate(asked.events)
                )
            case DatedEndpoint():
                for index, event in enumerate(asked.events):
                    self.column(event.date, (*path, "events", index, "date"))
                return tuple(CausePlan(event.id, event.label) for event in asked.events)

    def coded_causes(self, asked: CodedEndpoint, path: TomlPath) -> tuple[CausePlan, ...]:
        taken = {canonical_code(asked.censored): "censored"}
        for name, cause in asked.causes.items():
            code = canonical_code(cause.code)
            if code in taken:
                self.note(
                    (*path, "causes", name),
                    f"the code {code} means {taken[code]!r} already; every code has one meaning",
                )
            taken[code] = name
        return tuple(
            CausePlan(
                name,
                cause.label if cause.label is not None else name.replace("_", " ").capitalize(),
                code=canonical_code(cause.code),
            )
            for name, cause in asked.causes.items()
        )

    def analysis(self, asked: Analysis, path: TomlPath) -> AnalysisPlan:
        by = self.grouping(asked.by, (*path, "by"))
        if isinstance(asked, DescribeAnalysis):
            named = (
                self.named_variable(item.id, (*path, "variables", index))
                for index, item in enumerate(asked.variables)
            )
            variables = tuple(variable for variable in named if variable is not None)
            return AnalysisPlan(
                asked.id, asked.kind, asked.title, asked, by=by, variables=variables
            )
        strata = self.grouping(asked.strata, (*path, "strata"))
        rmst = asked.rmst if isinstance(asked, SurvivalAnalysis) else None
        return AnalysisPlan(
            id=asked.id,
            kind=asked.kind,
            title=asked.title,
            asked=asked,
            by=by,
            strata=strata,
            endpoint=self.named_endpoint(asked.endpoint, (*path, "endpoint")),
            times=self.milestones(asked.times, (*path, "times")),
            until=None if asked.until is None else milestone(asked.until, self.clock.unit),
            rmst=None if rmst is None else milestone(rmst, self.clock.unit),
            tests=self.tests(asked, by, strata, path),
        )

    def named_endpoint(self, name: str, path: TomlPath) -> EndpointPlan | None:
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
        found = tuple(milestone(time, self.clock.unit) for time in written)
        for index, time in enumerate(found):
            if time.id in {earlier.id for earlier in found[:index]}:
                self.note((*path, index), f"{time.label} is listed twice")
        return tuple(sorted(found, key=lambda time: time.value))

    def tests(
        self,
        asked: SurvivalAnalysis | CumulativeIncidenceAnalysis,
        by: VariablePlan | None,
        strata: VariablePlan | None,
        path: TomlPath,
    ) -> tuple[TestPlan, ...]:
        if asked.by is None:
            self.refuse_tests_without_groups(asked, path)
        if by is None:
            return ()
        if isinstance(asked, CumulativeIncidenceAnalysis):
            return _gray_tests(asked, strata)
        return _survival_tests(asked, strata)

    def refuse_tests_without_groups(
        self, asked: SurvivalAnalysis | CumulativeIncidenceAnalysis, path: TomlPath
    ) -> None:
        for key in ("trend", "pairwise", "strata"):
            if getattr(asked, key, None):
                self.note(
                    (*path, key), "there are no groups to compare; add 'by' or remove this key"
                )


def _lower_first(label: str) -> str:
    """Lower the first letter within a sentence, unless the word is an abbreviation."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _gray_tests(
    asked: CumulativeIncidenceAnalysis, strata: VariablePlan | None
) -> tuple[TestPlan, ...]:
    label = "Gray's test" + (f" (rho = {asked.rho:g})" if asked.rho != 0 else "")
    plain = TestPlan("gray", label, "gray_test")
    if strata is None:
        return (plain,)
    by = f"{label} stratified by {_lower_first(strata.asked.label)}"
    return (plain, TestPlan("gray_stratified", by, "gray_test", stratified=True))


def _survival_tests(asked: SurvivalAnalysis, strata: VariablePlan | None) -> tuple[TestPlan, ...]:
    label = "Log-rank test" if asked.rho == 0 else f"G-rho test (rho = {asked.rho:g})"
    tests = [TestPlan("logrank", label, "logrank_test")]
    if strata is not None:
        by = f"{label} stratified by {_lower_first(strata.asked.label)}"
        tests.append(TestPlan("logrank_stratified", by, "logrank_test", stratified=True))
    if asked.trend:
        trend = f"{label} for trend" if asked.rho == 0 else f"{label}, for trend"
        tests.append(TestPlan("trend", trend, "logrank_test"))
    if asked.rmst is not None:
        tests.append(
            TestPlan("rmst_test", "Test of equal restricted mean survival times", "rmst_test")
        )
    return tuple(tests)


def _columns_of(analysis: AnalysisPlan) -> set[str]:
    variables = [*analysis.variables, analysis.by, analysis.strata]
    found = {variable.column for variable in variables if variable is not None}
    return found | set(analysis.endpoint.columns if analysis.endpoint is not None else ())
