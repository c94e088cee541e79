"""The methods section: every estimator, interval, variance and test by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.compare_methods import compare_methods
from atrisk.report.document import interval_name, labels
from atrisk.report.language import word
from atrisk.report.methods_events import events_methods
from atrisk.report.methods_figures import ratio_methods
from atrisk.report.methods_models import block_lines, model_lines
from atrisk.report.methods_names import named_method, printed_method
from atrisk.report.published import published_methods
from atrisk.report.sentences_clinical import CLINICAL_PARAGRAPHS, clinical_lines
from atrisk.report.sentences_events import EVENT_PARAGRAPHS
from atrisk.report.sentences_proportions import proportions_methods
from atrisk.report.subgroups import subgroup_methods

if TYPE_CHECKING:
    from collections.abc import Callable

    from atrisk.report.values import Node, Values

__all__ = [
    "OWN_METHODS",
    "data_facts",
    "late_entry",
    "method_lines",
    "software_line",
    "weights_column",
]

CONF_TYPES = {
    "plain": "plain (symmetric on the scale of the estimate)",
    "log": "log",
    "log-log": "log-log (complementary log-log)",
    "logit": "logit",
    "arcsine": "arcsine square root",
}
SHOWN_STATISTICS = {
    "median_range": "median and range",
    "median_iqr": "median and interquartile range",
    "mean_sd": "mean and standard deviation",
}


#: The lines of kinds of analysis that stand in the module of the kind.
OWN_METHODS: dict[str, Callable[[Node, Values], list[tuple[str, str]]]] = {
    "compare": compare_methods,
    "proportions": proportions_methods,
    "published": published_methods,
    "subgroups": subgroup_methods,
}


def method_lines(analysis: Node, values: Values) -> list[tuple[str, str]]:
    """Name how an analysis was done: pairs of what and how.

    The names are those that stand with the values in the results document.
    """
    if analysis["kind"] == "describe":
        return _describe_lines(analysis)
    if analysis["kind"] in EVENT_PARAGRAPHS:
        return events_methods(analysis, values)
    if analysis["kind"] in CLINICAL_PARAGRAPHS:
        return list(clinical_lines(analysis))
    if analysis["kind"] in OWN_METHODS:
        own = OWN_METHODS[analysis["kind"]](analysis, values)
        return [*_outcome_line(analysis), *_follow_up_lines(analysis, values), *own]
    lines = _outcome_line(analysis)
    if analysis["kind"] not in {"survival", "cumulative_incidence"}:
        lines += _follow_up_lines(analysis, values)
        return [*lines, *block_lines(analysis, values), *model_lines(analysis, values)]
    lines += [_groups_line(analysis), *_follow_up_lines(analysis, values)]
    conf = word(CONF_TYPES.get(analysis["conf_type"], str(analysis["conf_type"])))
    estimator = "Kaplan-Meier" if analysis["kind"] == "survival" else "Aalen-Johansen"
    lines.append((word("Estimator"), printed_method(estimator)))
    lines.append((interval_name(analysis), word("pointwise, of type {type}", type=conf)))
    return [*lines, *_named_methods(analysis, values), *ratio_methods(analysis)]


def _outcome_line(analysis: Node) -> list[tuple[str, str]]:
    name = word("Endpoint") if analysis.get("endpoint") else word("Outcome")
    defined = analysis.get("endpoint") or analysis.get("outcome") or {}
    definition = defined.get("definition") or defined.get("text")
    return [(name, str(definition))] if definition else []


def _follow_up_lines(analysis: Node, values: Values) -> list[tuple[str, str]]:
    """Say how patients count and between which dates they are followed."""
    lines: list[tuple[str, str]] = []
    if analysis.get("weights"):
        lines.append((word("Weights"), weights_column(analysis)))
    if analysis.get("entry"):
        lines.append((word("Late entry"), late_entry(analysis)))
    if analysis.get("cut_off"):
        lines.append((word("Cut-off"), f"{analysis['cut_off']}{_cut_short(analysis, values)}"))
    return lines


def weights_column(analysis: Node) -> str:
    """Say which weights the patients count with."""
    return word(
        "the column {column}; numbers at risk, observed and expected are sums of weights",
        column=analysis["weights"],
    )


def late_entry(analysis: Node) -> str:
    """Say since when the patients are at risk."""
    return word(
        "patients are at risk from the entry in column {column} (left truncation)",
        column=analysis["entry"],
    )


def _cut_short(analysis: Node, values: Values) -> str:
    key = f"{analysis['id']}.{analysis['overall']['id']}.cut_off_censored"
    if not values.has(key):
        return ""
    n = values.count(key).text
    if values.raw(key) == 1:
        return "; " + word("{n} patient censored there", n=n)
    return "; " + word("{n} patients censored there", n=n)


def _groups_line(analysis: Node) -> tuple[str, str]:
    if analysis["by"] is None:
        return (word("Groups"), word("none; all patients together"))
    names = form.listing(_names(analysis["groups"]))
    return (word("Groups"), f"{analysis['by']['label']}: {names}")


def _names(nodes: list[Node]) -> list[str]:
    return [node["label"] for node in nodes]


def _describe_lines(analysis: Node) -> list[tuple[str, str]]:
    used = [name for v in analysis["variables"] for name in v.get("statistics") or ()]
    shown = [word(SHOWN_STATISTICS.get(name, name)) for name in dict.fromkeys(used)]
    lines = [_groups_line(analysis)]
    if shown:
        lines.append((word("Continuous variables"), form.listing(shown)))
    if any(variable.get("missing") == "percent" for variable in analysis["variables"]):
        categorical = word("count and percent of all patients")
    else:
        categorical = word("count and percent of the patients with a known value")
    return [*lines, (word("Categorical variables"), categorical)]


#: What the methods of a curve's numbers are called, by the part of their keys.
NAMED_PARTS = {
    "times": "Estimates at fixed times",
    "median": "Median",
    "follow_up": "Median follow-up",
    "rmst": "Restricted mean",
}


def _named_methods(analysis: Node, values: Values) -> list[tuple[str, str]]:
    """Collect the methods that stand with the values, under the name of what they made."""
    parts = [(time["id"], NAMED_PARTS["times"]) for time in analysis["times"][:1]]
    parts += [(part, NAMED_PARTS[part]) for part in ("median", "follow_up", "rmst")]
    causes = labels(analysis.get("causes", []))
    prefix = f"{analysis['id']}.{causes[0].id}" if causes else analysis["id"]
    overall = f"{prefix}.{analysis['overall']['id']}"
    found = [(name, named_method(values, f"{overall}.{part}.estimate")) for part, name in parts]
    lines = [(word(name), method) for name, method in found if method]
    return [*lines, *_tests_line(analysis, values), *_pairs_line(analysis, values)]


def _tests_line(analysis: Node, values: Values) -> list[tuple[str, str]]:
    """Name each test, and its method where that says more than the name."""
    said: dict[str, None] = {}
    for test in analysis["tests"]:
        cause = f".{test['cause']}" if "cause" in test else ""
        key = f"{analysis['id']}.{test['id']}{cause}.p_value"
        method = named_method(values, key) or ""
        more = method.removeprefix(test["label"]).removeprefix(", ")
        if values.has(key) and values.raw(key) is None:
            more = word("not done")
        said[test["label"] + (f" ({more})" if more else "")] = None
    return [(word("Tests"), "; ".join(said))] if said else []


def _pairs_line(analysis: Node, values: Values) -> list[tuple[str, str]]:
    if not analysis.get("pairwise"):
        return []
    prefix = f"{analysis['id']}.pairwise.{analysis['pairwise'][0]['id']}"
    test, adjusted = (
        named_method(values, f"{prefix}.{part}") for part in ("p_value", "p_adjusted")
    )
    how = word(
        "{test}; P values adjusted: {method}",
        test=test or word("test of each pair"),
        method=adjusted or word("not"),
    )
    return [(word("Groups in pairs"), how)]


def software_line(software: Node) -> str:
    """Name the software with versions, atrisk first."""
    names = sorted(software, key=lambda name: (name != "atrisk", name))
    return form.listing(f"{name} {software[name]}" for name in names)


#: What the page says of the data, by the part of the study's node.
FACTS = {
    "data_file": "Data file",
    "origin": "Time origin",
    "times": "Times",
    "version": "Version of the analysis",
    "source": "Source",
}


def data_facts(study: Node) -> list[tuple[str, str]]:
    """List what the page says of the data: file, source, time unit, origin."""
    facts = {**study, "times": _times(study)}
    return [(word(name), facts[part]) for part, name in FACTS.items() if facts.get(part)]


def _times(study: Node) -> str:
    recorded, reported = word(study["time_unit"]), word(study["report_unit"])
    if recorded == reported:
        return word("in {unit}", unit=recorded)
    return word(
        "recorded in {recorded}, reported in {reported} ({number} {recorded} each)",
        recorded=recorded,
        reported=reported,
        number=form.general(study["units_per_report_unit"]),
    )
