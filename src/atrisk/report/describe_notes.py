"""What stands under Table 1: of what percentages are, how they are rounded, which tests."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.language import word
from atrisk.report.methods_names import printed_method

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.report.document import Label
    from atrisk.report.values import Node, Values

__all__ = ["describe_notes"]

_ROUNDED = (
    "Percentages are rounded to whole numbers, an exact half to the even one.",
    "Percentages are rounded to one decimal, an exact half to the even one.",
    "Percentages are rounded to two decimals, an exact half to the even one.",
    "Percentages are rounded to three decimals, an exact half to the even one.",
)
_OF_KNOWN = "Percentages are of the patients with a known value."
_OF_ALL = "Percentages are of all patients of the group, missing values included."
_OF_ALL_TOO = "Those of {variables} are of all patients of the group, missing values included."
_NOT_100 = "Because of rounding, percentages do not add up to 100 in: {variables}."
_CHECKED = (
    "Counts were checked to add up: levels and missing values to each group, groups to all"
    " patients."
)
_MISSING = "Missing: all patients without a known value, whatever their group."
_DIFFERENCE = (
    "Standardised difference: the difference of two groups in units of the standard deviation"
    " within them, absolute (Austin, Stat Med 2009;28:3083); of several levels together that of"
    " Yang and Dalton (SAS Global Forum 2012, paper 335)."
)
_LARGEST = "Of more than two groups the largest difference of any two is given."
_TYPES = {
    "continuous": "{test} of continuous variables",
    "categorical": "{test} of categorical variables",
}
_TESTED = "P values are not adjusted for the number of tests: {tests}."
_SOME_TESTED = "{test} of {variables}"
_NOT_SHOWN = "Levels not shown, {variable}: {levels}."


def describe_notes(analysis: Node, values: Values, groups: tuple[Label, ...]) -> Iterator[str]:
    """Say what a reader needs to read the numbers."""
    yield from _percent_notes(analysis, values, groups)
    yield from _level_notes(analysis)
    if any(variable.get("missing") == "column" for variable in analysis["variables"]):
        yield word(_MISSING)
    compared = analysis.get("compared") or {}
    if compared.get("differences"):
        yield word(_DIFFERENCE)
        if len(analysis["groups"]) > 2:
            yield word(_LARGEST)
    if compared.get("tests"):
        yield from _test_notes(analysis, values)
    if "compared" in analysis:
        yield word(_CHECKED)


def _percent_notes(analysis: Node, values: Values, groups: tuple[Label, ...]) -> Iterator[str]:
    shared = [v for v in analysis["variables"] if _has_percent(v)]
    if not shared:
        return
    of_all = [variable for variable in shared if variable.get("missing") == "percent"]
    if len(of_all) == len(shared):
        yield word(_OF_ALL)
    else:
        yield word(_OF_KNOWN)
        if of_all:
            yield word(_OF_ALL_TOO, variables=form.listing(v["label"] for v in of_all))
    yield word(_ROUNDED[analysis.get("percent_places", 1)])
    uneven = [v["label"] for v in shared if _uneven(v, analysis, values, groups)]
    if uneven:
        yield word(_NOT_100, variables="; ".join(uneven))


def _has_percent(variable: Node) -> bool:
    return variable["type"] == "categorical" or variable.get("missing") == "percent"


def _uneven(variable: Node, analysis: Node, values: Values, groups: tuple[Label, ...]) -> bool:
    """Tell whether the percentages of a group that are all printed miss 100."""
    prefix, places = f"{analysis['id']}.{variable['id']}", analysis.get("percent_places", 1)
    levels = [level["id"] for level in variable.get("levels", ())]
    if not levels or len(variable.get("shown", levels)) < len(levels):
        return False
    for group in groups:
        keys = [f"{prefix}.{level}.{group.id}.percent" for level in levels]
        if variable.get("missing") == "percent":
            keys.append(f"{prefix}.{group.id}.missing_percent")
        found = [values.raw(key) for key in keys]
        printed = [Decimal(f"{value:.{places}f}") for value in found if value is not None]
        if len(printed) == len(found) and sum(printed) != 100:
            return True
    return False


def _level_notes(analysis: Node) -> Iterator[str]:
    """Name the levels without a row, where it is not the other one of two."""
    for variable in analysis["variables"]:
        shown = variable.get("shown")
        hidden = [
            level["label"]
            for level in variable.get("levels", ())
            if shown is not None and level["id"] not in shown
        ]
        if len(hidden) > 1:
            yield word(_NOT_SHOWN, variable=variable["label"], levels="; ".join(hidden))


def _test_notes(analysis: Node, values: Values) -> Iterator[str]:
    """Name each test with what it tests: a type of variables, or the variables by name."""
    methods: dict[str, list[Node]] = {}
    for variable in analysis["variables"]:
        key = f"{analysis['id']}.{variable['id']}.test.p_value"
        method = values.entry(key).get("method") if variable.get("test") is not None else None
        if method is not None:
            methods.setdefault(printed_method(str(method)), []).append(variable)
    if methods:
        named = (_test_name(method, tested, methods) for method, tested in methods.items())
        yield word(_TESTED, tests="; ".join(named))


def _test_name(method: str, tested: list[Node], methods: dict[str, list[Node]]) -> str:
    kind = tested[0]["type"]
    others = (v for name, found in methods.items() if name != method for v in found)
    if any(variable["type"] == kind for variable in others):
        variables = form.listing(variable["label"] for variable in tested)
        return word(_SOME_TESTED, test=word(method), variables=variables)
    return word(_TYPES[kind], test=word(method))
