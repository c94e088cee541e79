"""The rows under the time axis: who is at risk, had an event or was censored, by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import risk_row, shown_groups
from atrisk.report.language import word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.report.document import Label
    from atrisk.report.values import Node

__all__ = ["MOVED", "RISK_NAMES", "RISK_TITLES", "RiskBlock", "RiskRow", "counted", "risk_blocks"]

MOVED = "Moved by then"
"""Names the row that counts patients who went from one curve to another."""

RISK_TITLES = {
    "at_risk": "Number at risk",
    "events": "Number with an event",
    "censored": "Number censored",
}
"""The heads of the rows under the time axis, by what they count."""

RISK_NAMES = {"at_risk": "At risk", "events": "With an event", "censored": "Censored"}
"""The names of the rows where there is one group."""

_COUNTED = {"at_risk": "at_risk", "events": "events_before", "censored": "censored_before"}


@dataclass(frozen=True, slots=True)
class RiskRow:
    """A row of counts of one group; ``style`` is None where it is not the curve's own."""

    label: str
    style: int | None
    counts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RiskBlock:
    """Rows that count the same thing, under a head."""

    title: str
    rows: tuple[RiskRow, ...]


def counted(analysis: Node) -> tuple[str, ...]:
    """Tell what is counted under the time axis: ``at_risk``, ``events``, ``censored``."""
    return tuple(analysis["risk_table"].get("shown") or ("at_risk",))


def risk_blocks(analysis: Node, shown: Sequence[int], *, coloured: bool) -> tuple[RiskBlock, ...]:
    """Count by group under a head each; one group has a row a count under one head.

    ``coloured`` tells whether the curves are those of the groups.
    """
    groups, kinds = shown_groups(analysis), counted(analysis)
    if len(groups) == 1 and len(kinds) > 1:
        found = risk_row(analysis, groups[0].id)
        rows = (
            RiskRow(word(RISK_NAMES[kind]), None, _written(found[_COUNTED[kind]], shown))
            for kind in kinds
        )
        return (RiskBlock(word("Number of patients"), tuple(rows)),)
    styles = range(len(groups)) if coloured and len(groups) > 1 else [None] * len(groups)
    named = tuple(zip(groups, styles, strict=True))
    return tuple(_risk_block(analysis, named, kind, shown) for kind in kinds)


def _risk_block(
    analysis: Node, named: Sequence[tuple[Label, int | None]], kind: str, shown: Sequence[int]
) -> RiskBlock:
    rows = tuple(
        RiskRow(
            label=group.label,
            style=style,
            counts=_written(risk_row(analysis, group.id)[_COUNTED[kind]], shown),
        )
        for group, style in named
    )
    moved = analysis["risk_table"].get("moved") if kind == "at_risk" else None
    if moved is not None:
        rows = (*rows, RiskRow(word(MOVED), None, _written(moved, shown)))
    return RiskBlock(word(RISK_TITLES[kind]), rows)


def _written(counts: Sequence[float | None], shown: Sequence[int]) -> tuple[str, ...]:
    """Write counts; one that is suppressed is a dash, as in the tables."""
    known = (counts[index] for index in shown)
    return tuple(form.EN_DASH if count is None else form.count(count) for count in known)
