"""Endpoints in the methods: how each is defined, from its definition or from its events."""

from __future__ import annotations

import re

from atrisk.report import format as form
from atrisk.report.language import current, in_sentence
from atrisk.report.values import Node, Phrase, say

__all__ = ["defined", "endpoints"]

# how the definitions of the program begin and end, and those that tell a time, by language
_STANDARD = {
    "en": r"(From .*); (censored at the last contact.*)\. Definition: (.*)",
    "de": r"(Von .*); (zensiert beim letzten Kontakt.*)\. Definition: (.*)",
    "it": r"(Da .*); (censura all.ultimo contatto.*)\. Definizione: (.*)",
}
_TIME = {"en": "Time ", "de": "Zeit ", "it": "Tempo "}


def endpoints(analyses: list[Node], origin: str) -> list[Phrase]:
    """Define every endpoint of the analyses once; ``origin`` is that of the study."""
    found = {a["endpoint"]["id"]: a["endpoint"] for a in analyses if a.get("endpoint")}
    return [defined(endpoint, origin) for endpoint in found.values()]


def defined(endpoint: Node, origin: str) -> Phrase:
    """Define an endpoint in a sentence."""
    label = str(endpoint["label"])
    definition = str(endpoint.get("definition") or "").strip().rstrip(".")
    if definition:
        return _told(label, definition)
    since = str(endpoint.get("origin") or origin)
    events = [in_sentence(str(event)) for event in endpoint.get("events") or ()]
    if since and events:
        return _from_events(label, since, events)
    if since:
        return say("{endpoint} was measured from {origin}.", endpoint=label, origin=since)
    return say("{endpoint} was an endpoint.", endpoint=label)


def _told(label: str, definition: str) -> Phrase:
    code = current().code
    standard = re.fullmatch(_STANDARD[code], definition, re.DOTALL)
    if standard:
        from_to, censored, sources = standard.groups()
        return say(
            "{endpoint} was the time {from_to}, {censored} ({sources}).",
            endpoint=label,
            from_to=from_to[:1].lower() + from_to[1:],
            censored=censored,
            sources=sources,
        )
    if definition.startswith(_TIME[code]):
        return say(
            "{endpoint} was the {definition}.",
            endpoint=label,
            definition=in_sentence(definition),
        )
    return say(
        "{endpoint} was defined as follows: {definition}.", endpoint=label, definition=definition
    )


def _from_events(label: str, since: str, events: list[str]) -> Phrase:
    if len(events) == 1:
        return say(
            "{endpoint} was the time from {origin} to {event}; patients without it were censored at"
            " the end of their observation.",
            endpoint=label,
            origin=since,
            event=events[0],
        )
    return say(
        "{endpoint} was the time from {origin} to the first of {events}; patients without any of"
        " these were censored at the end of their observation.",
        endpoint=label,
        origin=since,
        events=form.listing(events),
    )
