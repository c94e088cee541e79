"""Subgroup analyses of the plan: the exposure, the variables, the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.study.model_analyses import ModelTerm
from atrisk.study.plan import ModelPlan, TermPlan
from atrisk.study.plan_models import check_two_levels, named_cause

if TYPE_CHECKING:
    from atrisk.study.names import Names
    from atrisk.study.plan import EndpointPlan
    from atrisk.study.subgroup_analyses import SubgroupsAnalysis
    from atrisk.toml.locate import TomlPath

__all__ = ["subgroup_parts"]


def subgroup_parts(
    names: Names, asked: SubgroupsAnalysis, endpoint: EndpointPlan | None, path: TomlPath
) -> dict[str, Any]:
    """Resolve what a subgroup analysis names; the exposure is the first term of the model."""
    key = (*path, "exposure")
    exposure = names.grouping(asked.exposure, key)
    check_two_levels(names, exposure, key, role="an exposure")
    variables = []
    for index, name in enumerate(asked.variables):
        place = (*path, "variables", index)
        if name in {asked.exposure, asked.strata}:
            role = "is the exposure" if name == asked.exposure else "makes the strata"
            names.note(place, f"the variable {name!r} {role}, and makes no subgroups; remove it")
        variables.append(names.grouping(name, place))
    terms = tuple(
        TermPlan(variable, ModelTerm(id=variable.id))
        for variable in (exposure, *variables)
        if variable is not None
    )
    cause = outcome = None
    if asked.cause is not None:
        cause = named_cause(names, asked.cause, endpoint, (*path, "cause"))
    if asked.outcome is not None:
        outcome = names.condition(asked.outcome, (*path, "outcome"))
    return {"model": ModelPlan(terms, cause=cause, outcome=outcome)}
