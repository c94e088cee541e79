"""Table 1 in the plan: its variables, and whether what is asked fits them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from atrisk.study.describe_models import DescribeAnalysis, DescribedVariable
    from atrisk.study.names import Names
    from atrisk.study.plan import VariablePlan
    from atrisk.toml.locate import TomlPath

__all__ = ["describe_parts"]

_TESTS = {
    "continuous": ("kruskal", "wilcoxon", "t", "welch", "anova", "none"),
    "categorical": ("fisher", "chi2", "chi2_yates", "none"),
}


def describe_parts(names: Names, asked: DescribeAnalysis, path: TomlPath) -> dict[str, Any]:
    """Resolve the variables; note what does not fit their types."""
    found = []
    for index, item in enumerate(asked.variables):
        place = (*path, "variables", index)
        variable = names.named_variable(item.id, place)
        if variable is not None:
            _check(names, item, variable, place)
            found.append(variable)
    return {"variables": tuple(found)}


def _check(names: Names, item: DescribedVariable, variable: VariablePlan, place: TomlPath) -> None:
    kind = variable.asked.kind
    if item.test is not None and item.test not in _TESTS[kind]:
        known = ", ".join(_TESTS[kind])
        names.note(
            place,
            f"the test {item.test!r} does not fit the variable {item.id!r}, which is {kind}. Tests"
            f" of {kind} variables are: {known}.",
        )
    if item.levels_shown is not None and kind == "continuous":
        names.note(
            place,
            f"the variable {item.id!r} is continuous and has no levels; remove 'levels_shown', or"
            " give it levels.",
        )
    if item.statistics is not None and kind == "categorical":
        names.note(
            place,
            f"the variable {item.id!r} is categorical: its levels are counted. Remove"
            " 'statistics', or give it type = \"continuous\".",
        )
