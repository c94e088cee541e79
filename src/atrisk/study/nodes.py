"""What every time-to-event analysis holds in the results document, besides its numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from atrisk.study.analysis_base import CurveReading
from atrisk.study.axis import axis_node
from atrisk.study.endpoint_models import DatedEndpoint
from atrisk.study.groups import OVERALL
from atrisk.study.plan import lower_first
from atrisk.study.selection import by_node, left_out_nodes
from atrisk.study.values import value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atrisk.study.cohort import Cohort
    from atrisk.study.endpoint_models import Endpoint
    from atrisk.study.plan import AnalysisPlan, EndpointPlan
    from atrisk.study.units import Clock
    from atrisk.study.values import Entries

__all__ = ["analysis_node", "any_event", "cut_off_entries", "endpoint_node", "with_notes"]


#: What the name of an endpoint says when it is that of what survival curves show.
_SURVIVAL = re.compile(r"surviv|free|without|(?-i:\b[A-Z]*(OS|FS)\b)", re.IGNORECASE)
_EVENT = re.compile("death|event|failure|mortality")


def analysis_node(analysis: AnalysisPlan, patients: Cohort, clock: Clock) -> dict[str, Any]:
    """Make the node of an analysis without curves, tests and numbers at risk."""
    asked, endpoint = analysis.asked, analysis.endpoint
    if not isinstance(asked, CurveReading) or endpoint is None:
        raise TypeError(f"{analysis.id} has no endpoint")
    end = patients.last if analysis.until is None else analysis.until.value
    return {
        "id": analysis.id,
        "kind": analysis.kind,
        "title": analysis.title,
        "endpoint": endpoint_node(endpoint),
        "by": by_node(analysis),
        "groups": [level.node() for level in patients.chosen.groups],
        "overall": OVERALL.node(),
        "times": [
            {"id": time.id, "label": time.label, "value": time.value} for time in analysis.times
        ],
        "weights": endpoint.asked.weights,
        "entry": endpoint.asked.entry,
        "cut_off": _cut_off(endpoint.asked),
        "rmst": None
        if analysis.rmst is None
        else {"label": analysis.rmst.label, "value": analysis.rmst.value},
        "conf_level": asked.conf_level,
        "conf_type": asked.conf_type,
        "axis": axis_node(end, clock),
        "notes": list(patients.chosen.notes),
        "left_out": left_out_nodes(patients.chosen.left_out),
    }


def endpoint_node(endpoint: EndpointPlan) -> dict[str, Any]:
    """Give what the results document holds of an endpoint."""
    curve, duration = _named(endpoint)
    origin = {} if endpoint.origin is None else {"origin": endpoint.origin}
    events = [cause.label for cause in endpoint.causes]
    told = {} if endpoint.asked.definition else {"events": events}
    return {
        **origin,
        **told,
        "id": endpoint.id,
        "label": endpoint.label,
        "curve": curve,
        "duration": duration,
        "definition": endpoint.asked.definition,
    }


def _named(endpoint: EndpointPlan) -> tuple[str, str]:
    """Name what survival curves show, and what their medians are of.

    The name of an endpoint can be that of its events, of which the curves show the opposite.
    """
    causes = [lower_first(cause.label) for cause in endpoint.causes]
    label = endpoint.label.casefold()
    after_event = len(causes) > 1 or causes[0].casefold() in label or _EVENT.search(label)
    if _SURVIVAL.search(endpoint.label) or not after_event:
        return endpoint.label, endpoint.label
    either = " or ".join(filter(None, [", ".join(causes[:-1]), causes[-1]]))
    both = " and ".join(filter(None, [", ".join(causes[:-1]), causes[-1]]))
    return f"Freedom from {both}", f"Time to {either}"


def any_event(analysis: AnalysisPlan) -> list[str]:
    """Say what counts as the event where the endpoint has several."""
    causes = () if analysis.endpoint is None else analysis.endpoint.causes
    if len(causes) < 2:
        return []
    return [f"an event is the first of: {', '.join(cause.label for cause in causes)}"]


def _cut_off(endpoint: Endpoint) -> str | None:
    if not isinstance(endpoint, DatedEndpoint) or endpoint.cut_off is None:
        return None
    return endpoint.cut_off.isoformat()


def cut_off_entries(analysis: AnalysisPlan, patients: Cohort) -> Entries:
    """Count the patients whose observation the cut-off ended, where there is one."""
    if patients.cut_short is None:
        return {}
    key = f"{analysis.id}.{OVERALL.id}.cut_off_censored"
    return {key: value(int(patients.cut_short.sum()), "patients")}


def with_notes(found: Iterable[str], known: list[str]) -> list[str]:
    """Add what estimators note, each once, as sentences."""
    sentences = (f"{note[:1].upper()}{note[1:].rstrip('.')}." for note in dict.fromkeys(found))
    return [*known, *(sentence for sentence in sentences if sentence not in known)]
