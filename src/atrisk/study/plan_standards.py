"""Endpoints of the library written out as ordinary endpoints, with the columns of the study."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from atrisk.errors import nearest
from atrisk.study.endpoint_models import DatedEndpoint, StandardEndpoint
from atrisk.study.plan import lower_first
from atrisk.study.standards import standard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atrisk.study.locate import TomlPath
    from atrisk.study.names import Names

__all__ = ["written_out"]

_PLACE = re.compile(r"\{(\w+)\}")


def written_out(names: Names, asked: StandardEndpoint, path: TomlPath) -> DatedEndpoint:
    """Expand an endpoint of the library; note what it does not have."""
    entry = standard(asked.standard)
    columns = {**entry["columns"], **asked.columns}
    known = [*entry["columns"], *entry.get("optional", ())]
    for role in asked.columns:
        if role not in known:
            names.note(
                (*path, "columns", role),
                f"{asked.standard} does not read {role!r}. It reads: {', '.join(known)}."
                f"{nearest(role, known)}",
            )
    origin = asked.origin if asked.origin is not None else _origin(names, asked, entry, path)
    events = [_event(event, columns) for event in entry["events"] if event["date"] in columns]
    stop = [columns[role] for role in entry.get("stop", ())] + list(asked.censor_at or ())
    label = asked.label if asked.label is not None else entry["label"]
    definition = asked.definition
    if definition is None:
        since = asked.origin_label or names.zero(origin)
        definition = _definition(since, events, stop, names, entry["source"])
    return DatedEndpoint.model_validate(
        {
            "id": asked.id,
            "label": label,
            "definition": definition,
            "origin_label": asked.origin_label,
            "code": asked.code if asked.code is not None else entry["code"],
            "entry": asked.entry,
            "weights": asked.weights,
            "missing": asked.missing,
            "origin": origin,
            "events": events,
            "censor": asked.censor or [columns[role] for role in entry["censor"]],
            "censor_at": stop or None,
            "cut_off": asked.cut_off,
            "count_day": asked.count_day,
        }
    )


def _origin(
    names: Names, asked: StandardEndpoint, entry: Mapping[str, Any], path: TomlPath
) -> tuple[str, ...]:
    if "origin" in entry:
        return (entry["origin"],)
    names.note(
        path,
        f"{asked.standard} needs 'origin': the column with the date of time 0, such as the start of"
        " treatment, the remission or the transplant",
    )
    return names.columns[:1]


def _event(event: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """Put the columns of the study in the place of what an event of the library reads."""
    made = {**event, "date": columns[event["date"]]}
    if "when" in event:
        made["when"] = _PLACE.sub(lambda match: columns[match[1]], event["when"])
    return made


def _definition(
    since: str, events: list[dict[str, Any]], stop: list[str], names: Names, source: str
) -> str:
    plain = [lower_first(event["label"]) for event in events]
    first = plain[0] if len(plain) == 1 else f"{', '.join(plain[:-1])} or {plain[-1]}"
    ends = "".join(f" or at {names.labelled(column)}" for column in stop)
    which = "" if len(plain) == 1 else ", whichever is first"
    return (
        f"From {since} to {first}{which}; censored at the last contact{ends}. Definition: {source}."
    )
