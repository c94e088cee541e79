"""The node of an analysis by models, without the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.study.groups import OVERALL
from atrisk.study.nodes import endpoint_node
from atrisk.study.selection import left_out_nodes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atrisk.study.plan import AnalysisPlan
    from atrisk.study.table import LeftOut

__all__ = ["analysis_of_models"]


def analysis_of_models(
    analysis: AnalysisPlan, notes: Iterable[str], left_out: Iterable[LeftOut]
) -> dict[str, Any]:
    """Make the node of a Cox, Fine-Gray or logistic analysis."""
    endpoint, strata, model = analysis.endpoint, analysis.strata, analysis.model
    cause = None if model is None else model.cause
    return {
        "id": analysis.id,
        "kind": analysis.kind,
        "title": analysis.title,
        "endpoint": None if endpoint is None else endpoint_node(endpoint),
        "cause": None if cause is None else {"id": cause.id, "label": cause.label},
        "groups": [],
        "overall": OVERALL.node(),
        "strata": [] if strata is None else [{"id": strata.id, "label": strata.asked.label}],
        "cluster": None if model is None else model.cluster,
        "weights": None if endpoint is None else endpoint.asked.weights,
        "entry": None if endpoint is None else endpoint.asked.entry,
        "notes": list(notes),
        "left_out": left_out_nodes(left_out),
    }
