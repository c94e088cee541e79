"""Exposures that start after time zero, and landmarks, of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.study.plan import ExposurePlan, ModelPlan, TestPlan, lower_first
from atrisk.study.plan_models import term_plans
from atrisk.study.units import milestone

if TYPE_CHECKING:
    from atrisk.study.exposure_analyses import Exposure, LandmarkAnalysis, TimeDependentAnalysis
    from atrisk.study.names import Names
    from atrisk.study.plan import VariablePlan
    from atrisk.toml.locate import TomlPath

__all__ = ["landmark_parts", "time_dependent_parts"]

#: Ids that have a place of their own in the keys of results.
_TAKEN = ("overall", "univariable", "multivariable", "global")


def time_dependent_parts(
    names: Names, asked: TimeDependentAnalysis, strata: VariablePlan | None, path: TomlPath
) -> dict[str, Any]:
    """Resolve what an analysis of exposures over time names."""
    exposures = _exposures(names, asked.exposures, (*path, "exposures"))
    terms = term_plans(names, asked.variables, (*path, "variables"), apart=asked.strata)
    _check_apart(names, asked, path)
    label = "Mantel-Byar test"
    if strata is not None:
        label += f" stratified by {lower_first(strata.asked.label)}"
    tests = (TestPlan("mantel_byar", label, "mantel_byar_test", stratified=strata is not None),)
    start = asked.landmark_start
    return {
        "exposures": exposures,
        "model": ModelPlan(terms) if asked.andersen_gill else None,
        "tests": tests if asked.mantel_byar else (),
        "start": None if start is None else milestone(start, names.clock.unit),
    }


def _check_apart(names: Names, asked: TimeDependentAnalysis, path: TomlPath) -> None:
    """Keep ids of exposures and variables apart: both are terms of the model."""
    variables = {term.id for term in asked.variables}
    for index, exposure in enumerate(asked.exposures):
        if exposure.id in variables or exposure.id in _TAKEN:
            why = (
                "is that of a variable of the model too"
                if exposure.id in variables
                else "has a meaning of its own in the keys of results"
            )
            names.note(
                (*path, "exposures", index, "id"),
                f"the id {exposure.id!r} {why}; give the exposure another",
            )


def landmark_parts(
    names: Names,
    asked: LandmarkAnalysis,
    by: VariablePlan | None,
    strata: VariablePlan | None,
    path: TomlPath,
) -> dict[str, Any]:
    """Resolve what a landmark analysis names."""
    exposures = _exposures(names, asked.exposures, (*path, "exposures"))
    grouped = by is not None or bool(exposures)
    if strata is not None and not grouped:
        names.note(
            (*path, "strata"),
            "there are no groups to compare; add 'by' or 'exposures', or remove this key",
        )
    return {
        "exposures": exposures,
        "landmarks": names.milestones(asked.at, (*path, "at")),
        "tests": _landmark_tests(strata) if grouped else (),
    }


def _landmark_tests(strata: VariablePlan | None) -> tuple[TestPlan, ...]:
    label = "Log-rank test"
    plain = TestPlan("logrank", label, "logrank_test")
    if strata is None:
        return (plain,)
    by = f"{label} stratified by {lower_first(strata.asked.label)}"
    return (plain, TestPlan("logrank_stratified", by, "logrank_test", stratified=True))


def _exposures(
    names: Names, asked: tuple[Exposure, ...], path: TomlPath
) -> tuple[ExposurePlan, ...]:
    found = []
    for index, item in enumerate(asked):
        place = (*path, index)
        names.column(item.time, (*place, "time"))
        condition = None
        if item.happened is not None:
            condition = names.condition(item.happened, (*place, "happened"))
        found.append(ExposurePlan(item.id, item.label, item, condition))
    return tuple(found)
