"""Endpoints of the plan: their causes, and the columns they read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from atrisk.study.columns import canonical_code
from atrisk.study.endpoint_models import (
    CodedEndpoint,
    ConditionEndpoint,
    DatedEndpoint,
    StandardEndpoint,
)
from atrisk.study.plan import CausePlan, EndpointPlan
from atrisk.study.plan_standards import written_out

if TYPE_CHECKING:
    from atrisk.study.conditions import Condition
    from atrisk.study.endpoint_models import DateEvent, Endpoint, ResolvedEndpoint
    from atrisk.study.names import Names
    from atrisk.toml.locate import TomlPath

__all__ = ["endpoint_plan", "with_origins"]


def endpoint_plan(names: Names, asked: Endpoint, path: TomlPath) -> EndpointPlan:
    """Resolve an endpoint: its causes, its columns."""
    if isinstance(asked, StandardEndpoint):
        asked = written_out(names, asked, path)
    forms = names.study.forms
    if isinstance(asked, DatedEndpoint) and asked.cut_off is None and forms is not None:
        asked = asked.model_copy(update={"cut_off": forms.cut_off})
    causes = _causes(names, asked, path)
    columns = [
        names.column(name, (*path, key))
        for key in ("time", "event", "entry", "weights")
        if isinstance(name := getattr(asked, key, None), str)
    ]
    if isinstance(asked, DatedEndpoint):
        columns += _date_columns(names, asked, path)
    for cause in causes:
        for condition in (cause.condition, cause.happened):
            columns += condition.names if condition is not None else ()
    used = tuple(dict.fromkeys(columns))
    return EndpointPlan(asked.id, asked.label, asked, causes, used, asked.origin_label)


def with_origins(names: Names) -> None:
    """Say what time 0 of each endpoint is where a study on forms has several kinds of time 0."""
    dated = [found for found in names.endpoints.values() if isinstance(found.asked, DatedEndpoint)]
    kinds = {found.asked.origin for found in dated if isinstance(found.asked, DatedEndpoint)}
    if names.study.forms is None or len(kinds) < 2:
        return
    for found in dated:
        if found.origin is None and isinstance(found.asked, DatedEndpoint):
            zero = names.zero(found.asked.origin)
            names.endpoints[found.id] = replace(found, origin=zero)


def _date_columns(names: Names, asked: DatedEndpoint, path: TomlPath) -> list[str]:
    """List the columns of dates; note those that do not exist."""
    parts: list[tuple[TomlPath, tuple[str, ...]]] = [
        ((*path, "origin"), asked.origin),
        ((*path, "censor"), asked.censor),
        ((*path, "censor_at"), asked.censor_at or ()),
        ((*path, "not_before"), asked.not_before or ()),
    ]
    parts += [
        ((*path, "events", index, "date"), event.date) for index, event in enumerate(asked.events)
    ]
    return [
        names.column(name, where if len(columns) == 1 else (*where, index))
        for where, columns in parts
        for index, name in enumerate(columns)
    ]


def _causes(names: Names, asked: ResolvedEndpoint, path: TomlPath) -> tuple[CausePlan, ...]:
    match asked:
        case CodedEndpoint():
            return _coded_causes(names, asked, path)
        case ConditionEndpoint():
            return tuple(
                CausePlan(
                    event.id,
                    event.label,
                    condition=names.condition(event.when, (*path, "events", index, "when")),
                    competing=event.competing,
                )
                for index, event in enumerate(asked.events)
            )
        case DatedEndpoint():
            return tuple(
                _dated_cause(names, event, (*path, "events", index))
                for index, event in enumerate(asked.events)
            )


def _dated_cause(names: Names, event: DateEvent, path: TomlPath) -> CausePlan:
    def condition(text: str | None, key: str) -> Condition | None:
        return None if text is None else names.condition(text, (*path, key))

    return CausePlan(
        event.id,
        event.label,
        condition=condition(event.when, "when"),
        competing=event.competing,
        happened=condition(event.happened, "happened"),
    )


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
            competing=cause.competing,
        )
        for name, cause in asked.causes.items()
    )
