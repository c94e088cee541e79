"""Endpoints of the library written out as ordinary endpoints, with the columns of the study."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from atrisk.errors import nearest
from atrisk.study.derived.after_origin import column_after
from atrisk.study.endpoint_models import DatedEndpoint, StandardEndpoint
from atrisk.study.plan import lower_first
from atrisk.study.standards import standard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atrisk.study.names import Names
    from atrisk.toml.locate import TomlPath

__all__ = ["written_out"]

_PLACE = re.compile(r"\{(\w+)\}")


def written_out(names: Names, asked: StandardEndpoint, path: TomlPath) -> DatedEndpoint:
    """Expand an endpoint of the library; note what it does not have."""
    entry = standard(asked.standard)
    columns = _columns(names, asked, entry)
    known = list(dict.fromkeys([*entry["columns"], *entry.get("optional", ())]))
    for role in asked.columns:
        if role not in known:
            names.note(
                (*path, "columns", role),
                f"{asked.standard} does not read {role!r}. It reads: {', '.join(known)}."
                f"{nearest(role, known)}",
            )
    origin = asked.origin if asked.origin is not None else _origin(names, asked, entry, path)
    for role, place in entry.get("rows", {}).items():
        taken = column_after(place, origin)
        own = role in asked.columns or columns[role] in names.study.derived
        if not own and names.study.forms is not None and taken in names.columns:
            columns[role] = taken
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
            "not_before": [columns[role] for role in entry.get("stop", ())] or None,
            "cut_off": asked.cut_off,
            "count_day": asked.count_day,
        }
    )


def _columns(names: Names, asked: StandardEndpoint, entry: Mapping[str, Any]) -> dict[str, str]:
    """Give the column of each role; what is optional only where the clinical columns have it."""
    forms = names.study.forms
    clinical = forms is not None and forms.clinical is not None
    optional = () if clinical else entry.get("optional", ())
    named = {
        role: column
        for role, column in entry["columns"].items()
        if role not in optional
        and (role not in entry.get("optional", ()) or column in names.columns)
    }
    return {**named, **asked.columns}


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
    for key in ("when", "happened"):
        text = made.pop(key, None)
        if text is not None and set(_PLACE.findall(text)) <= set(columns):
            made[key] = _PLACE.sub(lambda match: columns[match[1]], text)
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
