"""The methods of what stands in figures only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report.document import lower_first
from atrisk.report.language import word

if TYPE_CHECKING:
    from atrisk.report.values import Node

__all__ = ["ratio_methods"]


def ratio_methods(analysis: Node) -> list[tuple[str, str]]:
    """Say what the hazard ratios beside survival curves are of, where they were asked for."""
    found = analysis.get("hazard_ratios")
    if not found:
        return []
    names = {group["id"]: group["label"] for group in analysis["groups"]}
    reference, strata = names[found["reference"]], found["strata"]
    if strata:
        said = word(
            "Cox model of the groups, each against {reference}, stratified by {strata}",
            reference=reference,
            strata=lower_first(strata),
        )
    else:
        said = word("Cox model of the groups, each against {reference}", reference=reference)
    return [(word("Hazard ratios in the figure"), said)]
