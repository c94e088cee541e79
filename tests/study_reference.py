"""The reference part of docs/study-file.md, made from the models of the study file.

Write it anew after a change of the models: ``python tests/study_reference.py``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atrisk.study import json_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = Path(__file__).resolve().parents[1] / "docs" / "study-file.md"
BEGIN = "<!-- reference: written by `python tests/study_reference.py`, do not edit by hand -->\n\n"
END = "<!-- end of the reference -->\n"

ENDPOINTS = ("CodedEndpoint", "ConditionEndpoint", "DatedEndpoint")
TIMED = ("SurvivalAnalysis", "CumulativeIncidenceAnalysis")
EXPOSED = ("TimeDependentAnalysis", "LandmarkAnalysis")
MODELS = ("CoxAnalysis", "FineGrayAnalysis", "LogisticAnalysis")
CLINICAL = ("ResponseRulesAnalysis", "SosCriteriaAnalysis", "DoseDeviationsAnalysis")
EVENTS = (
    "SwimmerAnalysis",
    "TrajectoriesAnalysis",
    "DoseEventAnalysis",
    "ScheduleAnalysis",
    "AccrualAnalysis",
)
TABLED = ("ListingAnalysis", "ProportionsAnalysis", "PublishedAnalysis")
ANALYSES = (
    *("DescribeAnalysis", *TIMED, *MODELS, *EXPOSED, "WeightedAnalysis", "SubgroupsAnalysis"),
    *("CompareAnalysis", *TABLED, *EVENTS, *CLINICAL),
)

#: Headings in order, each with its models; keys that all of them share are shown once, above.
SECTIONS = {
    "Above the first table": ("Study",),
    "`[study]`": ("StudyInfo",),
    "`[data]`": ("Data",),
    "`[forms]`": ("Forms",),
    "`[[forms.centres]]`": ("FormsCentre",),
    "`clinical` of `[forms]`": ("ClinicalSettings",),
    "`[derived.ID]`": ("DerivedColumn",),
    "`[variables.ID]`": ("Variable",),
    "`[report]`": ("ReportSettings",),
    "`[[population]]`": ("Exclusion",),
    "`[[endpoints]]`, every one": ENDPOINTS,
    "`[[endpoints]]` from codes": ENDPOINTS[:1],
    "`[[endpoints]]` from codes: `causes`, in its long form": ("Cause",),
    "`[[endpoints]]` from conditions": ENDPOINTS[1:2],
    "`[[endpoints]]` from conditions: each of `events`": ("ConditionEvent",),
    "`[[endpoints]]` from dates": ENDPOINTS[2:],
    "`[[endpoints]]` from dates: each of `events`": ("DateEvent",),
    "`[[endpoints]]` of the library": ("StandardEndpoint",),
    "`[[analyses]]`, every one": ANALYSES,
    "`[[analyses]]` that have groups: `describe`, `survival`, `cumulative_incidence`, `landmark`": (
        "DescribeAnalysis",
        *TIMED,
        "LandmarkAnalysis",
    ),
    '`[[analyses]]` of kind `"describe"`': ANALYSES[:1],
    '`[[analyses]]` of kind `"describe"`: `variables`, in their long form': ("DescribedVariable",),
    "`[[analyses]]` with curves: all that have an endpoint, but `cox` and `fine_gray`": (
        *TIMED,
        *EXPOSED,
        "WeightedAnalysis",
    ),
    '`[[analyses]]` of kind `"survival"` and `"cumulative_incidence"`': TIMED,
    '`[[analyses]]` of kind `"survival"`': TIMED[:1],
    '`[[analyses]]` of kind `"cumulative_incidence"`': TIMED[1:],
    "`[[analyses]]` with models: `cox`, `fine_gray` and `logistic`": MODELS,
    '`[[analyses]]` of kind `"cox"` and `"fine_gray"`': MODELS[:2],
    '`[[analyses]]` of kind `"cox"`': MODELS[:1],
    '`[[analyses]]` of kind `"fine_gray"`': MODELS[1:2],
    '`[[analyses]]` of kind `"logistic"`': MODELS[2:],
    "`variables` of models, in their long form": ("ModelTerm",),
    "`selection` of models": ("Selection",),
    "`validation` of models, and `bootstrap`": ("Validation",),
    "`calibration` of models": ("Calibration",),
    '`[[analyses]]` of kind `"time_dependent"`': EXPOSED[:1],
    "`exposures`": ("Exposure",),
    '`[[analyses]]` of kind `"landmark"`': EXPOSED[1:],
    '`[[analyses]]` of kind `"weighted"`': ("WeightedAnalysis",),
    '`[[analyses]]` of kind `"subgroups"`': ("SubgroupsAnalysis",),
    '`[[analyses]]` of kind `"listing"`': TABLED[:1],
    "`columns` of a listing, in their long form": ("ListedColumn",),
    '`[[analyses]]` of kind `"proportions"`': TABLED[1:2],
    "`rows` of proportions": ("ProportionRow",),
    '`[[analyses]]` of kind `"published"`': TABLED[2:],
    '`[[analyses]]` of kind `"compare"`': ("CompareAnalysis",),
    "`reference` of a comparison": ("ReferencePatients",),
    "`match` of a comparison": ("Match",),
    "`rates` of a comparison": ("PublishedRates",),
    "`[[analyses]]` of what happened to patients: `swimmer`, `trajectories`, `dose_event`,"
    " `schedule`, `accrual`": EVENTS,
    '`[[analyses]]` of kind `"swimmer"`': EVENTS[:1],
    "`marks` of a swimmer plot": ("SwimmerMark",),
    '`[[analyses]]` of kind `"trajectories"`': EVENTS[1:2],
    '`[[analyses]]` of kind `"dose_event"`': EVENTS[2:3],
    '`[[analyses]]` of kind `"schedule"`': EVENTS[3:4],
    '`[[analyses]]` of kind `"accrual"`': EVENTS[4:],
    '`[[analyses]]` of kind `"response_rules"`, on forms': CLINICAL[:1],
    '`[[analyses]]` of kind `"sos_criteria"`, on forms': CLINICAL[1:2],
    '`[[analyses]]` of kind `"dose_deviations"`, on forms': CLINICAL[2:],
    "`[adam]`": ("Adam",),
}

Node = dict[str, Any]


def reference() -> str:
    """Write the tables of every key."""
    schema = json_schema()
    models: dict[str, Node] = {"Study": _scalars(schema), **schema["$defs"]}
    shown: dict[str, set[str]] = {name: set() for name in models}
    parts = []
    for heading, names in SECTIONS.items():
        keys = _keys(models, names, shown)
        for name in names:
            shown[name].update(keys)
        about = [models[names[0]]["description"], ""] if len(names) == 1 else []
        required = models[names[0]].get("required", [])
        parts += [
            f"### {heading}",
            "",
            *about,
            "| key | value | default | meaning |",
            "|---|---|---|---|",
        ]
        parts += [_row(key, node, required=key in required) for key, node in keys.items()]
        parts.append("")
    _refuse_gaps(models, shown)
    return "\n".join(parts)


def _scalars(schema: Node) -> Node:
    """Keep of the top of the file the keys that are no tables: those have a section each."""
    tables = {"study", "data", "variables", "population", "endpoints", "analyses"}
    tables |= {"forms", "derived", "adam", "report", "answers", "abbreviations"}
    kept = {key: node for key, node in schema["properties"].items() if key not in tables}
    return {**schema, "properties": kept}


def _keys(
    models: Mapping[str, Node], names: tuple[str, ...], shown: Mapping[str, set[str]]
) -> Node:
    """Find the keys that are the same in all of some models, and stand in no table above."""
    first, *others = (models[name]["properties"] for name in names)
    return {
        key: node
        for key, node in first.items()
        if key not in shown[names[0]] and all(other.get(key) == node for other in others)
    }


def _refuse_gaps(models: Mapping[str, Node], shown: Mapping[str, set[str]]) -> None:
    gaps = {
        f"{name}.{key}"
        for name, model in models.items()
        for key in model["properties"]
        if key not in shown[name]
    }
    if gaps:
        raise ValueError(f"these keys have no section in the reference: {sorted(gaps)}")


def _row(key: str, node: Node, *, required: bool) -> str:
    default = "needed" if required else _default(node)
    meaning = node.get("description", "")
    return f"| `{key}` | {_value(node)} | {default} | {meaning} |".replace(" |  | ", " | | ")


def _default(node: Node) -> str:
    value = node.get("default")
    return "" if value in (None, "", [], {}) else f"`{_toml(value)}`"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(part)}' for key, part in value.items())} }}"
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"


def _value(node: Node) -> str:
    """Name what may stand behind a key, from its JSON Schema."""
    if "enum" in node or "const" in node:
        return ", ".join(f"`{_toml(value)}`" for value in node.get("enum", [node.get("const")]))
    if "anyOf" in node:
        parts = [part for part in node["anyOf"] if part.get("type") != "null"]
        parts = [part for part in parts if part.get("maxItems") != 0]
        return " or ".join(_value(part) for part in sorted(parts, key=lambda part: "$ref" in part))
    if "$ref" in node:
        return "table"
    return _many(node) if node["type"] in {"array", "object"} else _scalar(node)


def _many(node: Node) -> str:
    if node["type"] == "array":
        return "list of " + _PLURAL.sub(r"\1s", _value(node["items"]))
    if "patternProperties" in node:
        return f"table: id = {' or '.join(map(_value, node['patternProperties'].values()))}"
    return f"table: code = {_value(node['additionalProperties'])}"


_PLURAL = re.compile(r"\b(id|number|table|text)\b")


def _scalar(node: Node) -> str:
    if node["type"] == "string" and "pattern" in node:
        return "id"
    if "exclusiveMaximum" in node:
        return f"number between {node['exclusiveMinimum']} and {node['exclusiveMaximum']}"
    if "exclusiveMinimum" in node:
        return f"number above {node['exclusiveMinimum']}"
    if "minimum" in node:
        span = f"from {node['minimum']}"
        noun = "whole number" if node["type"] == "integer" else "number"
        return f"{noun} {span}" + (f" to {node['maximum']}" if "maximum" in node else "")
    words = {"string": "text", "boolean": "`true`, `false`", "integer": "whole number"}
    return str(node.get("format", words.get(node["type"], node["type"])))


def written() -> str:
    """Read the reference part of the page."""
    return _split()[1]


def _split() -> tuple[str, str, str]:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    part, _, after = rest.partition(END)
    return before, part, after


def write() -> None:
    """Replace the reference part of the page."""
    before, _, after = _split()
    PAGE.write_text(f"{before}{BEGIN}{reference()}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    write()
