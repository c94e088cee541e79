"""From the request to the plan: references resolved, every name checked, nothing computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.errors import InputError
from atrisk.study.names import Names
from atrisk.study.plan import AnalysisPlan, ExclusionPlan, Plan
from atrisk.study.plan_analyses import analysis_plan
from atrisk.study.plan_endpoints import endpoint_plan, with_origins
from atrisk.study.source import read_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from atrisk.study.models import Exclusion
    from atrisk.study.plan import VariablePlan
    from atrisk.study.request import Request
    from atrisk.study.source import Source

__all__ = ["plan_study"]


def plan_study(request: Request, names: tuple[str, ...], source: Source | None = None) -> Plan:
    """Expand a request to a plan.

    Parameters
    ----------
    request
        the study as asked.
    names
        the columns of the patients.
    source
        the patients; the file that the study names if absent.

    Raises
    ------
    InputError
        something names a column, a variable or an endpoint that is not there; the message gives
        the line, what exists and the nearest name of every such mistake.
    """
    patients = source if source is not None else read_source(request)
    known = Names(request, names, patients)
    for index, asked in enumerate(request.study.endpoints):
        known.endpoints[asked.id] = endpoint_plan(known, asked, ("endpoints", index))
    with_origins(known)
    population = tuple(
        _exclusion(known, step, index) for index, step in enumerate(request.study.population)
    )
    _distinct_steps(known, population)
    analyses = tuple(
        analysis_plan(known, asked, ("analyses", index))
        for index, asked in enumerate(request.study.analyses)
    )
    columns = _columns_read(known, population, analyses)
    if known.problems:
        raise InputError("\n".join(dict.fromkeys(known.problems)))
    return Plan(
        info=request.study.study,
        data=known.data,
        data_path=request.data_path,
        source=patients,
        clock=known.clock,
        columns=columns,
        names=names,
        population=population,
        analyses=analyses,
        endpoints=tuple(known.endpoints.values()),
        adam=request.study.adam,
        report=request.study.report,
        path=request.path,
        answers=request.study.answers,
        abbreviations=request.study.abbreviations,
    )


def _exclusion(names: Names, step: Exclusion, index: int) -> ExclusionPlan:
    return ExclusionPlan(
        id=step.id if step.id is not None else f"exclusion_{index + 1}",
        reason=step.reason,
        condition=names.condition(step.exclude, ("population", index, "exclude")),
        unknown=step.unknown,
    )


def _distinct_steps(names: Names, steps: tuple[ExclusionPlan, ...]) -> None:
    ids = [step.id for step in steps]
    for index, name in enumerate(ids):
        if name in ids[:index]:
            names.note(("population", index, "id"), f"two steps have the id {name!r}")


def _columns_read(
    names: Names, population: Iterable[ExclusionPlan], analyses: Iterable[AnalysisPlan]
) -> tuple[str, ...]:
    """List the columns in the order of the file."""
    used: set[str] = set()
    for key in ("id", "subject"):
        column = getattr(names.data, key)
        if column is not None:
            used.add(names.column(column, ("data", key)))
    for step in population:
        used.update(step.condition.names)
    for analysis in analyses:
        used.update(_columns_of(analysis))
    return tuple(name for name in names.columns if name in used)


def _columns_of(analysis: AnalysisPlan) -> Iterator[str]:
    for variable in _variables_of(analysis):
        yield variable.column
        if isinstance(variable.asked.known_from, str):
            yield variable.asked.known_from
    if analysis.endpoint is not None:
        yield from analysis.endpoint.columns
    for exposure in analysis.exposures:
        yield from exposure.columns
    yield from () if analysis.listing is None else analysis.listing.reads
    for row in analysis.proportions:
        yield from row.reads
    yield from analysis.columns
    model = analysis.model
    if model is not None:
        yield from () if model.outcome is None else model.outcome.names
        yield from () if model.cluster is None else (model.cluster,)


def _variables_of(analysis: AnalysisPlan) -> Iterator[VariablePlan]:
    model = analysis.model
    terms = () if model is None else (*(term.variable for term in model.terms), model.censoring)
    for variable in (*analysis.variables, analysis.by, analysis.strata, *terms):
        if variable is not None:
            yield variable
