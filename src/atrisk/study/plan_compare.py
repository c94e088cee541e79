"""Comparisons with the published record of the plan: their files, and the variables matched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.errors import InputError
from atrisk.study.compare.files import ComparePlan, read_patients, read_rates
from atrisk.study.model_analyses import ModelTerm
from atrisk.study.plan import ModelPlan, TermPlan

if TYPE_CHECKING:
    from collections.abc import Callable

    from atrisk.study.compare_analysis import CompareAnalysis
    from atrisk.study.names import Names
    from atrisk.study.plan import EndpointPlan
    from atrisk.toml.locate import TomlPath

__all__ = ["compare_parts"]


def compare_parts(
    names: Names, asked: CompareAnalysis, endpoint: EndpointPlan | None, path: TomlPath
) -> dict[str, Any]:
    """Read the published patients or rates; resolve the variables matched and the outcome."""
    folder = names.request.path.parent
    found: dict[str, Any] = {}
    if asked.reference is not None:
        reference = asked.reference
        found["patients"] = _read(
            names,
            (*path, "reference", "file"),
            lambda: read_patients(folder / reference.file, reference, names.clock.unit),
        )
        _no_weights(names, endpoint, path)
    if asked.rates is not None:
        rates = asked.rates
        found["rates"] = _read(
            names, (*path, "rates", "file"), lambda: read_rates(folder / rates.file, rates)
        )
    outcome = None
    if asked.outcome is not None:
        outcome = names.condition(asked.outcome, (*path, "outcome"))
    return {
        "model": ModelPlan(_matched(names, asked, path), outcome=outcome),
        "compare": ComparePlan(**found),
    }


def _read(names: Names, path: TomlPath, read: Callable[[], Any]) -> Any:  # noqa: ANN401 - of either file
    try:
        return read()
    except InputError as error:
        names.note(path, str(error))
        return None


def _no_weights(names: Names, endpoint: EndpointPlan | None, path: TomlPath) -> None:
    if endpoint is not None and endpoint.asked.weights is not None:
        names.note(
            (*path, "endpoint"),
            f"the endpoint {endpoint.id!r} has weights, which the reference has not; compare an"
            " endpoint without them",
        )


def _matched(names: Names, asked: CompareAnalysis, path: TomlPath) -> tuple[TermPlan, ...]:
    if asked.match is None:
        return ()
    terms = []
    for name, target in asked.match.means.items():
        place = (*path, "match", "means", name)
        variable = names.named_variable(name, place)
        if variable is None:
            continue
        levels = variable.asked.kind == "categorical"
        if levels != isinstance(target, dict):
            wanted = "label -> share, such as {Female = 0.4}" if levels else "one number"
            names.note(place, f"the target of the variable {name!r} is {wanted}")
        terms.append(TermPlan(variable, ModelTerm(id=variable.id)))
    for name in asked.match.sds:
        place = (*path, "match", "sds", name)
        if name not in asked.match.means:
            names.note(place, f"the variable {name!r} has no target in 'means'")
        elif isinstance(asked.match.means[name], dict):
            names.note(place, f"the variable {name!r} has levels and no standard deviation")
    return tuple(terms)
