"""What every time-to-event analysis holds in the results document, besides its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.study.analyses import DescribeAnalysis
from atrisk.study.axis import axis_node
from atrisk.study.groups import OVERALL
from atrisk.study.selection import by_node, left_out_nodes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atrisk.study.cohort import Cohort
    from atrisk.study.plan import AnalysisPlan
    from atrisk.study.units import Clock

__all__ = ["analysis_node", "with_notes"]


def analysis_node(analysis: AnalysisPlan, patients: Cohort, clock: Clock) -> dict[str, Any]:
    """Make the node of an analysis without curves, tests and numbers at risk."""
    asked, endpoint = analysis.asked, analysis.endpoint
    if isinstance(asked, DescribeAnalysis) or endpoint is None:
        raise TypeError(f"{analysis.id} has no endpoint")
    end = patients.last if analysis.until is None else analysis.until.value
    return {
        "id": analysis.id,
        "kind": analysis.kind,
        "title": analysis.title,
        "endpoint": {
            "id": endpoint.id,
            "label": endpoint.label,
            "definition": endpoint.asked.definition,
        },
        "by": by_node(analysis),
        "groups": [level.node() for level in patients.chosen.groups],
        "overall": OVERALL.node(),
        "times": [
            {"id": time.id, "label": time.label, "value": time.value} for time in analysis.times
        ],
        "conf_level": asked.conf_level,
        "conf_type": asked.conf_type,
        "axis": axis_node(end, clock),
        "notes": list(patients.chosen.notes),
        "left_out": left_out_nodes(patients.chosen.left_out),
    }


def with_notes(found: Iterable[str], known: list[str]) -> list[str]:
    """Add what estimators note, each once, as sentences."""
    sentences = (f"{note[:1].upper()}{note[1:]}." for note in dict.fromkeys(found))
    return [*known, *(sentence for sentence in sentences if sentence not in known)]
