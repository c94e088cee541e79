"""The methods section: every estimator, interval, variance and test by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import interval_name, labels
from atrisk.report.methods_models import block_lines, model_lines
from atrisk.report.methods_names import named_method, printed_method
from atrisk.report.sentences_clinical import CLINICAL_PARAGRAPHS, clinical_lines

if TYPE_CHECKING:
    from atrisk.report.values import Node, Values

__all__ = ["data_facts", "method_lines", "software_line"]

_CONF_TYPES = {
    "plain": "plain (symmetric on the scale of the estimate)",
    "log": "log",
    "log-log": "log-log (complementary log-log)",
    "logit": "logit",
    "arcsine": "arcsine square root",
}
_SHOWN_STATISTICS = {
    "median_range": "median and range",
    "median_iqr": "median and interquartile range",
    "mean_sd": "mean and standard deviation",
}


def method_lines(analysis: Node, values: Values) -> list[tuple[str, str]]:
    """Name how an analysis was done: pairs of what and how.

    The names are those that stand with the values in the results document.
    """
    if analysis["kind"] == "describe":
        return _describe_lines(analysis)
    if analysis["kind"] in CLINICAL_PARAGRAPHS:
        return list(clinical_lines(analysis))
    lines = _outcome_line(analysis)
    if analysis["kind"] not in {"survival", "cumulative_incidence"}:
        lines += _follow_up_lines(analysis, values)
        return [*lines, *block_lines(analysis, values), *model_lines(analysis, values)]
    lines += [_groups_line(analysis), *_follow_up_lines(analysis, values)]
    conf = _CONF_TYPES.get(analysis["conf_type"], analysis["conf_type"])
    estimator = "Kaplan-Meier" if analysis["kind"] == "survival" else "Aalen-Johansen"
    lines.append(("Estimator", printed_method(estimator)))
    lines.append((f"{interval_name(analysis)}", f"pointwise, of type {conf}"))
    return [*lines, *_named_methods(analysis, values)]


def _outcome_line(analysis: Node) -> list[tuple[str, str]]:
    name = "Endpoint" if analysis.get("endpoint") else "Outcome"
    defined = analysis.get("endpoint") or analysis.get("outcome") or {}
    definition = defined.get("definition") or defined.get("text")
    return [(name, str(definition))] if definition else []


def _follow_up_lines(analysis: Node, values: Values) -> list[tuple[str, str]]:
    """Say how patients count and between which dates they are followed."""
    lines: list[tuple[str, str]] = []
    if analysis.get("weights"):
        how = "numbers at risk, observed and expected are sums of weights"
        lines.append(("Weights", f"the column {analysis['weights']}; {how}"))
    if analysis.get("entry"):
        how = f"from the entry in column {analysis['entry']} (left truncation)"
        lines.append(("Late entry", f"patients are at risk {how}"))
    if analysis.get("cut_off"):
        lines.append(("Cut-off", f"{analysis['cut_off']}{_cut_short(analysis, values)}"))
    return lines


def _cut_short(analysis: Node, values: Values) -> str:
    key = f"{analysis['id']}.{analysis['overall']['id']}.cut_off_censored"
    if not values.has(key):
        return ""
    noun = form.tally(values.raw(key) or 0, "patient", "patients")
    return f"; {values.count(key).text} {noun} censored there"


def _groups_line(analysis: Node) -> tuple[str, str]:
    if analysis["by"] is None:
        return ("Groups", "none; all patients together")
    return ("Groups", f"{analysis['by']['label']}: {form.listing(_names(analysis['groups']))}")


def _names(nodes: list[Node]) -> list[str]:
    return [node["label"] for node in nodes]


def _describe_lines(analysis: Node) -> list[tuple[str, str]]:
    used = [name for v in analysis["variables"] for name in v.get("statistics") or ()]
    shown = [_SHOWN_STATISTICS.get(name, name) for name in dict.fromkeys(used)]
    lines = [_groups_line(analysis)]
    if shown:
        lines.append(("Continuous variables", form.listing(shown)))
    lines.append(("Categorical variables", "count and percent of the patients with a known value"))
    return lines


def _named_methods(analysis: Node, values: Values) -> list[tuple[str, str]]:
    """Collect the methods that stand with the values, under the name of what they made."""
    parts = [(time["id"], "Estimates at fixed times") for time in analysis["times"][:1]]
    parts += [("median", "Median"), ("follow_up", "Median follow-up"), ("rmst", "Restricted mean")]
    causes = labels(analysis.get("causes", []))
    prefix = f"{analysis['id']}.{causes[0].id}" if causes else analysis["id"]
    overall = f"{prefix}.{analysis['overall']['id']}"
    found = [(name, named_method(values, f"{overall}.{part}.estimate")) for part, name in parts]
    lines = [(name, method) for name, method in found if method]
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
            more = "not done"
        said[test["label"] + (f" ({more})" if more else "")] = None
    return [("Tests", "; ".join(said))] if said else []


def _pairs_line(analysis: Node, values: Values) -> list[tuple[str, str]]:
    if not analysis.get("pairwise"):
        return []
    prefix = f"{analysis['id']}.pairwise.{analysis['pairwise'][0]['id']}"
    test, adjusted = (
        named_method(values, f"{prefix}.{part}") for part in ("p_value", "p_adjusted")
    )
    return [("Groups in pairs", f"{test or 'test of each pair'}; P values adjusted: {adjusted}")]


def software_line(software: Node) -> str:
    """Name the software with versions, atrisk first."""
    names = sorted(software, key=lambda name: (name != "atrisk", name))
    return form.listing(f"{name} {software[name]}" for name in names)


def data_facts(study: Node) -> list[tuple[str, str]]:
    """List what the page says of the data: file, source, time unit, origin."""
    facts = [
        ("Data file", study["data_file"]),
        ("Time origin", study["origin"]),
        ("Times", _times(study)),
        ("Version of the analysis", study.get("version", "")),
        ("Source", study["source"]),
    ]
    return [(name, fact) for name, fact in facts if fact]


def _times(study: Node) -> str:
    recorded, reported = study["time_unit"], study["report_unit"]
    if recorded == reported:
        return f"in {recorded}"
    return (
        f"recorded in {recorded}, reported in {reported} "
        f"({study['units_per_report_unit']:g} {recorded} each)"
    )
