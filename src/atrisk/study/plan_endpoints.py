"""Endpoints of the plan: their causes, and the columns they read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.study.columns import canonical_code
from atrisk.study.endpoint_models import CodedEndpoint, ConditionEndpoint, DatedEndpoint
from atrisk.study.plan import CausePlan, EndpointPlan

if TYPE_CHECKING:
    from atrisk.study.endpoint_models import Endpoint
    from atrisk.study.locate import TomlPath
    from atrisk.study.names import Names

__all__ = ["endpoint_plan"]


def endpoint_plan(names: Names, asked: Endpoint, path: TomlPath) -> EndpointPlan:
    """Resolve an endpoint: its causes, its columns."""
    causes = _causes(names, asked, path)
    columns = [
        names.column(name, (*path, key))
        for key in ("time", "event", "origin", "censor", "entry", "weights")
        if isinstance(name := getattr(asked, key, None), str)
    ]
    for cause in causes:
        columns += cause.condition.names if cause.condition is not None else ()
    if isinstance(asked, DatedEndpoint):
        columns += [event.date for event in asked.events]
    return EndpointPlan(asked.id, asked.label, asked, causes, tuple(dict.fromkeys(columns)))


def _causes(names: Names, asked: Endpoint, path: TomlPath) -> tuple[CausePlan, ...]:
    match asked:
        case CodedEndpoint():
            return _coded_causes(names, asked, path)
        case ConditionEndpoint():
            return tuple(
                CausePlan(
                    event.id,
                    event.label,
                    condition=names.condition(event.when, (*path, "events", index, "when")),
                )
                for index, event in enumerate(asked.events)
            )
        case DatedEndpoint():
            for index, event in enumerate(asked.events):
                names.column(event.date, (*path, "events", index, "date"))
            return tuple(CausePlan(event.id, event.label) for event in asked.events)


def _coded_causes(names: Names, asked: CodedEndpoint, path: TomlPath) -> tuple[CausePlan, ...]:
    taken = {canonical_code(asked.censored): "censored"}
    for name, cause in asked.causes.items():
        code = canonical_code(cause.code)
        if code in taken:
            names.note(
                (*path, "causes", name),
                f"the code {code} means {taken[code]!r} already; every code has one meaning",
            )
        taken[code] = name
    return tuple(
        CausePlan(
            name,
            cause.label if cause.label is not None else name.replace("_", " ").capitalize(),
            code=canonical_code(cause.code),
        )
        for name, cause in asked.causes.items()
    )
