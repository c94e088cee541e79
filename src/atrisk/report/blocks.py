"""Parts of an analysis that have curves of their own, each read as a survival analysis.

An exposure of a time-dependent analysis, a landmark, the two weighted groups: each is a
``Block`` whose node has the form of a survival analysis, so that curves, milestones and tests
are drawn and tabled by the same functions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import Label, curve_name, lower_first, shown_groups
from atrisk.report.language import word

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from atrisk.report.values import Node

__all__ = ["COHORTS", "Block", "blocks", "cohort_label"]


@dataclass(frozen=True, slots=True)
class Block:
    """A part with curves: the name of its files, its node, and all its groups.

    ``node["id"]`` is what its keys begin with; ``node["groups"]`` are the groups that have a curve.
    """

    name: str
    node: Node
    groups: tuple[Label, ...]


def blocks(analysis: Node) -> tuple[Block, ...]:
    """Give the parts of an analysis that have curves."""
    build = _BUILD.get(analysis["kind"])
    found = build(analysis) if build else ()
    if len(found) < 2:
        return found
    return tuple(replace(block, node={**block.node, "low": True}) for block in found)


def _block(analysis: Node, part: str, **own: Any) -> Block:  # noqa: ANN401 - parts of a node
    prefix = f"{analysis['id']}.{part}" if part else str(analysis["id"])
    given = {"weights": None, "entry": None, "tests": [], "times": [], **analysis, **own}
    node = {
        **given,
        "id": prefix,
        "kind": "survival",
        "part_of": analysis["kind"],
        "pairwise": [],
        "groups": _with_curves(given),
    }
    return Block(prefix.replace(".", "_"), node, shown_groups(given) if given["groups"] else ())


def _with_curves(node: Node) -> list[Node]:
    known = {curve["group"] for curve in node["curves"]}
    return [group for group in node["groups"] if group["id"] in known]


def _exposures(analysis: Node) -> tuple[Block, ...]:
    return tuple(_exposure(analysis, exposure) for exposure in analysis["exposures"])


def _exposure(analysis: Node, exposure: Node) -> Block:
    label, start = lower_first(exposure["label"]), analysis.get("start")
    return _block(
        analysis,
        exposure["id"],
        title=word(
            "{quantity} by current {exposure}", quantity=curve_name(analysis), exposure=label
        ),
        label=exposure["label"],
        name_words=f"{label} ",
        by={"label": exposure["label"]},
        groups=exposure["states"],
        overall=None,
        curves=exposure["curves"],
        risk_table=exposure["risk_table"],
        start=start["value"] if start else None,
    )


def _landmarks(analysis: Node) -> tuple[Block, ...]:
    return tuple(_landmark(analysis, landmark) for landmark in analysis["landmarks"])


def _landmark(analysis: Node, landmark: Node) -> Block:
    names = [lower_first(part["label"]) for part in analysis.get("exposures") or ()]
    if analysis.get("by"):
        names = [lower_first(analysis["by"]["label"])]
    by = form.listing(names)
    return _block(
        analysis,
        landmark["id"],
        title=_landmark_title(curve_name(analysis), by, landmark["label"]),
        label=landmark["label"],
        name_words=word("from {time} on ", time=landmark["label"]),
        by={"label": by} if by else None,
        groups=landmark["groups"],
        overall=landmark.get("overall"),
        curves=landmark["curves"],
        risk_table=landmark["risk_table"],
        start=landmark["value"],
    )


def _landmark_title(quantity: str, by: str, time: str) -> str:
    if not by:
        return word("{quantity}, landmark at {time}", quantity=quantity, time=time)
    return word("{quantity} by {group}, landmark at {time}", quantity=quantity, group=by, time=time)


def _weighted(analysis: Node) -> tuple[Block, ...]:
    by = analysis["treatment"]["label"]
    title = word(
        "{quantity} by {group}, weighted", quantity=curve_name(analysis), group=lower_first(by)
    )
    weights = analysis.get("weights") or "weights"
    own = {
        "title": title,
        "by": {"label": by},
        "weights": weights,
        "overall": None,
        "start": None,
    }
    return (_block(analysis, "", **own),)


COHORTS = {"own": "This cohort", "matched": "This cohort, matched"}
"""The cohorts of a comparison that the report names; the published one has the author's label."""


def cohort_label(group: Node) -> str:
    """Name a cohort of a comparison."""
    return word(COHORTS[group["id"]]) if group["id"] in COHORTS else str(group["label"])


def _compared(analysis: Node) -> tuple[Block, ...]:
    if analysis["form"] == "rate":
        return ()
    title = word(
        "{quantity} of this cohort and of the published one", quantity=curve_name(analysis)
    )
    groups = [{**group, "label": cohort_label(group)} for group in analysis["groups"]]
    by = {"label": word("Cohort")}
    return (_block(analysis, "", title=title, groups=groups, by=by, start=None),)


_BUILD: dict[str, Callable[[Node], tuple[Block, ...]]] = {
    "compare": _compared,
    "time_dependent": _exposures,
    "landmark": _landmarks,
    "weighted": _weighted,
}
