"""Forest plots of subgroups: the effect in each, its counts, and the P value of interaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.figures_forest import ForestPlan, Mark, forest_limits
from atrisk.report.figures_rows import Line, RowsPlan
from atrisk.report.language import word
from atrisk.report.models import events_named, ratio_head
from atrisk.report.tables import estimate_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.report.values import Node, Values

__all__ = ["subgroup_plan", "subgroup_rows"]

ARMS = ("exposed", "reference")
"""Whose events and patients are counted in each subgroup."""


def subgroup_rows(analysis: Node) -> Iterator[tuple[Node, Node | None, str]]:
    """Yield each variable with None and the prefix of its interaction, then with its levels."""
    for variable in analysis["subgroups"]:
        yield variable, None, f"{analysis['id']}.interaction.{variable['id']}"
        for level in variable["levels"]:
            yield variable, level, f"{analysis['id']}.subgroup.{variable['id']}.{level['id']}"


def subgroup_plan(analysis: Node, values: Values) -> ForestPlan:
    """Plan the forest plot: all patients, then a heading a variable and a line a subgroup."""
    exposure = analysis["exposure"]
    heads = tuple(_counts_head(analysis, exposure[arm]["label"]) for arm in ARMS)
    prefix = f"{analysis['id']}.overall"
    blank = ("",) * len(heads)
    lines = [
        Line(
            word("All patients"),
            _counts(values, prefix),
            (_ratio(values, prefix), ""),
            bold=True,
        )
    ]
    marks = _marks(values, prefix, 0)
    band = 0
    for variable, level, key in subgroup_rows(analysis):
        if level is None:
            band += 1
            p = values.p_value(f"{key}.p_value").text
            lines.append(Line(variable["label"], blank, ("", p), 0, band, bold=True))
            continue
        marks += _marks(values, key, len(lines))
        cells = (_ratio(values, key), "")
        lines.append(Line(level["label"], _counts(values, key), cells, 1, band))
    return ForestPlan(
        id=f"{analysis['id']}_subgroups",
        measure=analysis["measure"]["name"],
        rows=RowsPlan(
            word("Subgroup"),
            heads,
            (ratio_head(analysis), word("P for\ninteraction")),
            tuple(lines),
        ),
        marks=tuple(marks),
        limits=forest_limits(marks),
    )


def _counts_head(analysis: Node, arm: str) -> str:
    """Head a column of counts: the level of the exposure, over events and patients."""
    if analysis.get("outcome"):
        return word("{arm}\n{events} / n", arm=arm, events=events_named(analysis))
    return word("{arm}\nevents / n", arm=arm)


def _counts(values: Values, prefix: str) -> tuple[str, ...]:
    return tuple(
        f"{events}{form.NO_BREAK}/{form.NO_BREAK}{n}"
        for arm in ARMS
        for events, n in [[values.count(f"{prefix}.{arm}.{p}").text for p in ("events", "n")]]
    )


def _ratio(values: Values, prefix: str) -> str:
    return estimate_cell(*values.ratio_parts(prefix)).plain


def _marks(values: Values, prefix: str, line: int) -> list[Mark]:
    ratio, lower, upper = (values.raw(f"{prefix}.{part}") for part in ("ratio", "lower", "upper"))
    return [] if ratio is None or ratio <= 0.0 else [Mark(line, ratio, lower, upper)]
