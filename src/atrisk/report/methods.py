"""The methods section: every estimator, interval, variance and test by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import Label, interval_name, labels

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
_DASH_NAMES = {
    "Kaplan-Meier": "Kaplan\N{EN DASH}Meier",
    "Aalen-Johansen": "Aalen\N{EN DASH}Johansen",
}


def method_lines(analysis: Node, values: Values) -> list[tuple[str, str]]:
    """Name how an analysis was done: pairs of what and how.

    The names are those that stand with the values in the results document.
    """
    if analysis["kind"] == "describe":
        return _describe_lines(analysis)
    lines = [("Endpoint", analysis["endpoint"]["definition"])]
    lines.append(_groups_line(analysis))
    conf = _CONF_TYPES.get(analysis["conf_type"], analysis["conf_type"])
    estimator = "Kaplan-Meier" if analysis["kind"] == "survival" else "Aalen-Johansen"
    lines.append(("Estimator", _dashed(estimator)))
    lines.append((f"{interval_name(analysis)}", f"pointwise, of type {conf}"))
    return [*lines, *_named_methods(analysis, values)]


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
    """Collect the methods written with the values, under the name of what they made."""
    prefix = f"{analysis['id']}."
    found: dict[str, dict[str, None]] = {}
    names = _part_names(analysis)
    for key in sorted(values.entries):
        method = values.entries[key].get("method")
        part = next((name for part, name in names if f".{part}." in f"{key}."), None)
        if key.startswith(prefix) and method and part is not None:
            found.setdefault(part, {})[_dashed(str(method))] = None
    ordered = dict.fromkeys(name for _, name in names if name in found)
    return [(name, "; ".join(found[name])) for name in ordered]


def _part_names(analysis: Node) -> list[tuple[str, str]]:
    tests: tuple[Label, ...] = labels(analysis["tests"])
    return [
        *((time.id, "Estimates at fixed times") for time in labels(analysis["times"])),
        ("median", "Median"),
        ("follow_up", "Median follow-up"),
        *((test.id, test.label) for test in tests if test.id != "rmst"),
        ("rmst", "Restricted mean"),
        ("pairwise", "Groups in pairs"),
    ]


def _dashed(text: str) -> str:
    for plain, dashed in _DASH_NAMES.items():
        text = text.replace(plain, dashed)
    return text


def software_line(software: Node) -> str:
    """Name the software with versions, atrisk first."""
    names = sorted(software, key=lambda name: (name != "atrisk", name))
    return form.listing(f"{name} {software[name]}" for name in names)


def data_facts(study: Node) -> list[tuple[str, str]]:
    """List what the page says of the data: file, source, time unit, origin."""
    facts = [
        ("Data file", study["data_file"]),
        ("Source", study["source"]),
        ("Time origin", study["origin"]),
        ("Times", _times(study)),
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
