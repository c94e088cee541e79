"""The JSON Schema of ``results.json``: what a program that reads it can rely on."""

from __future__ import annotations

from typing import Any

from atrisk.study.analyses import KINDS

__all__ = ["results_schema"]

Node = dict[str, Any]

_TEXT: Node = {"type": "string"}
_COUNT: Node = {"type": "integer", "minimum": 0}
_FLAG: Node = {"type": "boolean"}
_LIST: Node = {"type": "array"}
_OBJECT: Node = {"type": "object"}
_TEXTS: Node = {"type": "array", "items": _TEXT}
_SHARE: Node = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}


def _ref(name: str) -> Node:
    return {"$ref": f"#/$defs/{name}"}


def _list_of(name: str) -> Node:
    return {"type": "array", "items": _ref(name)}


def _or_null(node: Node) -> Node:
    return {"anyOf": [node, {"type": "null"}]}


def _object(about: str, required: Node, optional: Node | None = None, *, closed: bool) -> Node:
    """Describe an object; one that is not closed may hold more."""
    return {
        "type": "object",
        "description": about,
        "properties": required | (optional or {}),
        "required": list(required),
        **({"additionalProperties": False} if closed else {}),
    }


_LABELLED = _object(
    "A thing with an id in keys and a label in print.", {"id": _TEXT, "label": _TEXT}, closed=False
)

_DEFS: dict[str, Node] = {
    "number": _object(
        "A number: its value, in what unit, by which method, of how many patients or rows.",
        {
            "value": _or_null({"type": "number"}),
            "unit": _TEXT,
            "method": _or_null(_TEXT),
            "n": _or_null({"type": "number", "minimum": 0}),
        },
        {
            "missing": {"type": "string", "description": "Why there is no value."},
            "display": _object(
                "The same in the unit of the report.",
                {"value": {"type": "number"}, "unit": _TEXT},
                closed=True,
            ),
            "printed": _or_null({"type": "string", "description": "The text it is printed as."}),
            "mark": {"type": "string", "description": "What stands for a number not shown."},
        },
        closed=True,
    )
    | {
        "if": {"properties": {"value": {"type": "null"}}},
        "then": {"required": ["missing"]},
    },
    "labelled": _LABELLED,
    "by": _object("What makes the groups.", {"variable": _TEXT, "label": _TEXT}, closed=False),
    "left_out": _object("Rows left out for one reason.", {"reason": _TEXT}, closed=False),
    "exclusion": _object(
        "A step of the exclusion table.", {"id": _TEXT, "reason": _TEXT}, closed=False
    ),
    "endpoint": _object(
        "What is timed.",
        {"id": _TEXT, "label": _TEXT, "definition": _TEXT},
        {"origin": _or_null(_TEXT)},
        closed=False,
    ),
    "guard_rail": _object(
        "What the authors must answer.",
        {"key": _TEXT, "rule": _TEXT, "message": _TEXT, "answer": _or_null(_TEXT)},
        {"analysis": _TEXT, "numbers": _TEXTS},
        closed=False,
    ),
    "curve": _object(
        "A step curve, times in the time unit of the study.", {"group": _TEXT}, closed=False
    ),
    "published_row": _object(
        "A published text: its words, and its numbers with ours by key.",
        {
            "label": _TEXT,
            "published": _TEXT,
            "place": _TEXT,
            "quote": _TEXT,
            "note": _TEXT,
            "verdict": _ref("verdict"),
            "pieces": {
                "type": "array",
                "items": {
                    "anyOf": [
                        _TEXT,
                        _object(
                            "A published number and the key of ours.",
                            {
                                "key": _or_null(_TEXT),
                                "published": _TEXT,
                                "places": {"type": "integer", "description": "Its decimals."},
                                "verdict": _ref("verdict"),
                            },
                            closed=True,
                        ),
                    ]
                },
            },
        },
        closed=True,
    ),
    "published_section": _object(
        "The published numbers of a part.",
        {"id": _TEXT, "label": _TEXT, "rows": _list_of("published_row")},
        closed=True,
    ),
    "verdict": {"enum": ["agrees", "rounded", "differs", "impossible", "not_compared"]},
}

#: What every analysis has.
_ANALYSIS: Node = {
    "id": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
    "kind": {"enum": list(KINDS)},
    "title": _TEXT,
    "groups": _list_of("labelled"),
    "overall": _or_null(_ref("labelled")),
    "notes": _TEXTS,
    "warnings": _TEXTS,
    "left_out": _list_of("left_out"),
}
_BY: Node = {"by": _or_null(_ref("by"))}
_TIMED: Node = {
    "endpoint": _ref("endpoint"),
    "conf_type": _TEXT,
    "conf_level": _SHARE,
    "times": _list_of("labelled"),
    "tests": _list_of("labelled"),
    "axis": _OBJECT,
}
_CURVES: Node = _BY | _TIMED | {"curves": _list_of("curve"), "risk_table": _OBJECT}
_MODELS: Node = {"models": _list_of("labelled"), "selection": _or_null(_OBJECT)}
_SHOWN: Node = _BY | {"where": _or_null(_TEXT)}

#: What an analysis of a kind has besides.
_OF_KIND: dict[str, Node] = {
    "describe": _BY | {"variables": _list_of("labelled")},
    "survival": _CURVES | {"pairwise": _LIST},
    "cumulative_incidence": _CURVES | {"causes": _list_of("labelled")},
    "cox": _MODELS | {"endpoint": _ref("endpoint"), "ph": _or_null(_OBJECT)},
    "fine_gray": _MODELS | {"endpoint": _ref("endpoint"), "cause": _ref("labelled")},
    "logistic": _MODELS | {"outcome": _OBJECT},
    "time_dependent": _TIMED | {"exposures": _LIST, "models": _LIST},
    "landmark": _TIMED | {"exposures": _LIST, "landmarks": _list_of("labelled")},
    "weighted": _CURVES | {"balance": _LIST},
    "response_rules": {"first": _OBJECT, "second": _OBJECT, "table": _OBJECT},
    "sos_criteria": {"criteria": _LIST, "patients": _LIST},
    "dose_deviations": {"kinds": _LIST, "listed": _LIST},
    "subgroups": {"exposure": _OBJECT, "measure": _OBJECT, "subgroups": _LIST},
    "listing": {"columns": _LIST, "rows": _LIST, "numbered": _FLAG},
    "proportions": _BY | {"rows": _list_of("labelled"), "conf_level": _SHARE},
    "published": {
        "source": _TEXT,
        "file": _TEXT,
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "sections": _list_of("published_section"),
    },
    "compare": {"form": {"enum": ["curve", "rate"]}},
    "swimmer": _SHOWN | {"axis": _OBJECT, "marks": _LIST, "patients": _LIST},
    "trajectories": _SHOWN | {"lines": _or_null(_OBJECT), "changes": _or_null(_OBJECT)},
    "dose_event": _SHOWN | {"dose": _OBJECT, "event": _OBJECT, "points": _LIST, "bands": _LIST},
    "schedule": _SHOWN | {"lanes": _LIST},
    "accrual": _SHOWN | {"series": _LIST},
}


def _analysis() -> Node:
    about = "An analysis in the order of the study file; its numbers are in values, below its id."
    return _object(about, _ANALYSIS, closed=False) | {
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": kind}}},
                "then": {"properties": parts, "required": list(parts)},
            }
            for kind, parts in _OF_KIND.items()
        ]
    }


def _top(schema: str) -> tuple[Node, Node]:
    """Describe what a document has, and what it may have."""
    study = {
        **dict.fromkeys(
            ("title", "description", "source", "version", "time_unit", "report_unit"), _TEXT
        ),
        **dict.fromkeys(("origin", "data_file", "sha256", "disclaimer"), _TEXT),
        "synthetic": _FLAG,
        "units_per_report_unit": {"type": "number", "exclusiveMinimum": 0},
    }
    population = {
        "rows_in": _COUNT,
        "rows_used": _COUNT,
        "exclusions": _list_of("exclusion"),
        "left_out": _list_of("left_out"),
        "notes": _TEXTS,
    }
    report = {
        "language": {"enum": ["en", "de", "it"]},
        "decimal": _or_null({"enum": [".", ","]}),
        "suppress_below": _COUNT,
    }
    warning = _object("A warning.", {"analysis": _TEXT, "message": _TEXT}, closed=False)
    required = {
        "schema": {"const": schema},
        "software": {"type": "object", "additionalProperties": _TEXT, "required": ["atrisk"]},
        "study": _object("The study.", study, closed=False),
        "report": _object("How it is printed.", report, closed=False),
        "population": _object("Who was analysed.", population, closed=False),
        "warnings": {"type": "array", "items": warning},
        "values": {
            "type": "object",
            "description": "Every number by its key: the id of its analysis, then what it is.",
            "propertyNames": {"pattern": r"^[a-z0-9_]+(\.[a-z0-9_]+)+$"},
            "additionalProperties": _ref("number"),
        },
        "analyses": {"type": "array", "items": _ref("analysis")},
    }
    return required, {
        "data": _OBJECT,
        "guard_rails": _list_of("guard_rail"),
        "abbreviations": _OBJECT,
    }


def results_schema() -> dict[str, Any]:
    """Make the JSON Schema (2020-12) of the results document.

    Returns
    -------
    dict
        the schema; the document is ``results.json`` of a report.

    Examples
    --------
    >>> results_schema()["$schema"]
    'https://json-schema.org/draft/2020-12/schema'
    """
    from atrisk.study.run import SCHEMA

    required, optional = _top(SCHEMA)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"atrisk results.json, {SCHEMA}",
        **_object("The results of a study.", required, optional, closed=False),
        "$defs": {**_DEFS, "analysis": _analysis()},
    }
