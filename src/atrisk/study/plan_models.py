"""Regression models of the plan: their variables, causes and outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.errors import nearest
from atrisk.study.plan import CausePlan, ModelPlan, TermPlan, TestPlan, lower_first
from atrisk.study.units import milestone

if TYPE_CHECKING:
    from atrisk.study.model_analyses import (
        CoxAnalysis,
        FineGrayAnalysis,
        LogisticAnalysis,
        ModelTerm,
        Selection,
    )
    from atrisk.study.names import Names
    from atrisk.study.plan import EndpointPlan, VariablePlan
    from atrisk.study.weighted_analysis import WeightedAnalysis
    from atrisk.toml.locate import TomlPath

__all__ = [
    "check_two_levels",
    "cox_parts",
    "fine_gray_parts",
    "logistic_parts",
    "named_cause",
    "term_plans",
    "weighted_parts",
]

#: A place of its own in the keys of a model's results.
_TAKEN = ("global", "overall")


def term_plans(
    names: Names,
    asked: tuple[ModelTerm, ...],
    path: TomlPath,
    *,
    apart: str | None = None,
    role: str = "makes the strata",
) -> tuple[TermPlan, ...]:
    """Resolve the variables of a model.

    Parameters
    ----------
    apart, role
        a variable that cannot be among them, and what it does instead.
    """
    found = []
    for index, item in enumerate(asked):
        place = (*path, index)
        variable = names.named_variable(item.id, place)
        if variable is None:
            continue
        term = TermPlan(variable, item)
        _check_term(names, term, place)
        if item.id == apart:
            names.note(
                place,
                f"the variable {apart!r} {role}, and has no ratio there; remove one of the two",
            )
        found.append(term)
    return tuple(found)


def _check_term(names: Names, term: TermPlan, place: TomlPath) -> None:
    name = term.variable.id
    if name in _TAKEN:
        names.note(
            place,
            f"the id {name!r} has a meaning of its own in the keys of results; give the variable"
            " another id",
        )
    if term.variable.asked.kind == "continuous":
        return
    for key in ("per", "spline"):
        if getattr(term.asked, key) is not None:
            names.note(
                place,
                f"the variable {name!r} is categorical, and {key!r} is for continuous variables;"
                f" remove {key!r}, or the levels of the variable",
            )


def cox_parts(
    names: Names, asked: CoxAnalysis, endpoint: EndpointPlan | None, path: TomlPath
) -> dict[str, Any]:
    """Resolve what a Cox analysis names."""
    terms = term_plans(names, asked.variables, (*path, "variables"), apart=asked.strata)
    _check_keep(names, asked.selection, terms, path)
    cause = None
    if asked.cause is not None:
        cause = named_cause(names, asked.cause, endpoint, (*path, "cause"))
    cluster = _cluster(names, asked.cluster, path)
    at = None if asked.calibration is None else milestone(asked.calibration.at, names.clock.unit)
    return {"model": ModelPlan(terms, cause=cause, cluster=cluster), "calibration": at}


def fine_gray_parts(
    names: Names, asked: FineGrayAnalysis, endpoint: EndpointPlan | None, path: TomlPath
) -> dict[str, Any]:
    """Resolve what a Fine-Gray analysis names."""
    terms = term_plans(names, asked.variables, (*path, "variables"), apart=asked.strata)
    if endpoint is not None and len(endpoint.causes) < 2:
        names.note(
            (*path, "endpoint"),
            f"the endpoint {endpoint.id!r} has one kind of event, so that nothing competes with it."
            ' Name an endpoint with several, or write kind = "cox".',
        )
    cause = named_cause(names, asked.cause, endpoint, (*path, "cause"))
    censoring = names.grouping(asked.censoring_strata, (*path, "censoring_strata"))
    cluster = _cluster(names, asked.cluster, path)
    return {"model": ModelPlan(terms, cause=cause, cluster=cluster, censoring=censoring)}


def logistic_parts(names: Names, asked: LogisticAnalysis, path: TomlPath) -> dict[str, Any]:
    """Resolve what a logistic regression names."""
    terms = term_plans(names, asked.variables, (*path, "variables"))
    _check_keep(names, asked.selection, terms, path)
    outcome = names.condition(asked.outcome, (*path, "outcome"))
    cluster = _cluster(names, asked.cluster, path)
    return {"model": ModelPlan(terms, cluster=cluster, outcome=outcome)}


def weighted_parts(
    names: Names,
    asked: WeightedAnalysis,
    endpoint: EndpointPlan | None,
    strata: VariablePlan | None,
    path: TomlPath,
) -> dict[str, Any]:
    """Resolve what a weighted analysis names; the treatment makes the groups."""
    key = (*path, "treatment")
    treatment = names.grouping(asked.treatment, key)
    check_two_levels(names, treatment, key, role="a treatment")
    terms = term_plans(
        names,
        asked.covariates,
        (*path, "covariates"),
        apart=asked.treatment,
        role="is the treatment",
    )
    if endpoint is not None and endpoint.asked.weights is not None:
        names.note(
            (*path, "endpoint"),
            f"the endpoint {endpoint.id!r} has case weights, and the propensity score would be a"
            " second set; name an endpoint without 'weights'",
        )
    tests = [TestPlan("logrank", "Weighted log-rank test", "logrank_test")]
    if strata is not None:
        label = f"{tests[0].label} stratified by {lower_first(strata.asked.label)}"
        tests.append(TestPlan("logrank_stratified", label, "logrank_test", stratified=True))
    return {"by": treatment, "model": ModelPlan(terms), "tests": tuple(tests)}


def check_two_levels(
    names: Names, treatment: VariablePlan | None, key: TomlPath, *, role: str
) -> None:
    """Note a variable that is known to have other than two levels; ``role`` is what it is."""
    # as the study writes them: those of a dictionary may hold codes that nobody has
    levels = {} if treatment is None else names.study.variables[treatment.id].levels
    if treatment is None or len(levels) in {0, 2}:
        return
    labels = ", ".join(levels.values())
    names.note(
        key,
        f"the variable {treatment.id!r} has {len(levels)} levels ({labels}); {role}"
        " has two. Put levels together in a column of the data, or exclude rows in"
        " [[population]].",
    )


def named_cause(
    names: Names, name: str, endpoint: EndpointPlan | None, path: TomlPath
) -> CausePlan | None:
    """Find an event of an endpoint; note where there is none of the name."""
    if endpoint is None:
        return None
    known = {cause.id: cause for cause in endpoint.causes}
    if name not in known:
        names.note(
            path,
            f"the endpoint {endpoint.id!r} has no event {name!r}. Events are: {', '.join(known)}."
            f"{nearest(name, known)}",
        )
    return known.get(name)


def _cluster(names: Names, column: str | None, path: TomlPath) -> str | None:
    return None if column is None else names.column(column, (*path, "cluster"))


def _check_keep(
    names: Names, asked: Selection | None, terms: tuple[TermPlan, ...], path: TomlPath
) -> None:
    if asked is None:
        return
    known = [term.variable.id for term in terms]
    for index, name in enumerate(asked.keep):
        if name not in known:
            names.note(
                (*path, "selection", "keep", index),
                f"{name!r} is not among the variables of the model: {', '.join(known)}."
                f"{nearest(name, known)}",
            )
