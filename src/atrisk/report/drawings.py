"""The figures of an analysis: which there are, their captions, their data."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.blocks import blocks
from atrisk.report.document import interval_name, labels, lower_first, title_by_group
from atrisk.report.drawing import Drawing
from atrisk.report.drawings_models import balance_drawing, model_drawings
from atrisk.report.figures_days import days_drawing
from atrisk.report.figures_draw import draw
from atrisk.report.figures_plan import FigurePlan, drawn_causes, incidence_plan, survival_plan
from atrisk.report.tables_csv import curve_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atrisk.report.values import Node, Phrase, Values

__all__ = ["drawings"]

_CURVES = "Curves (CSV)"


def drawings(
    analysis: Node, study: Node, values: Values, paragraphs: Sequence[Phrase]
) -> Iterator[Drawing]:
    """Yield the figures of an analysis; ``paragraphs`` say the numbers of its curves in words."""
    own = (analysis.get("endpoint") or {}).get("origin")
    study = study if own is None else {**study, "origin": own}
    origin, unit = study["origin"], study["time_unit"]
    if analysis["kind"] in {"survival", "cumulative_incidence"}:
        yield _curves(analysis, values, origin, unit, [p.plain for p in paragraphs])
    # a part's paragraph stands at the same place as the part
    for block, said in zip(blocks(analysis), paragraphs, strict=False):
        if block.node["curves"] and block.node["risk_table"]:
            made = _curves(block.node, values, origin, unit, [said.plain])
            yield replace(made, id=block.name, data_name=f"{block.name}_curves")
    yield from model_drawings(analysis, values, study)
    if analysis["kind"] == "weighted" and analysis["balance"]:
        yield balance_drawing(analysis, values)
    if analysis["kind"] == "sos_criteria" and analysis["patients"]:
        yield days_drawing(analysis)


def _curves(analysis: Node, values: Values, origin: str, unit: str, said: Sequence[str]) -> Drawing:
    build = incidence_plan if analysis["kind"] == "cumulative_incidence" else survival_plan
    plan = build(analysis, values, origin)
    caption = " ".join([_caption(analysis, plan), *_not_drawn(analysis, values)])
    return Drawing(
        id=plan.id,
        title=title_by_group(analysis),
        caption=caption,
        words=" ".join([caption, *said]),
        draw=partial(draw, plan),
        data=curve_rows(analysis, unit),
        data_name=f"{plan.id}_curves",
        data_label=_CURVES,
    )


_ESTIMATORS = {
    "survival": "Kaplan\N{EN DASH}Meier",
    "cumulative_incidence": "Aalen\N{EN DASH}Johansen",
    "time_dependent": "Simon\N{EN DASH}Makuch",
    "landmark": "Kaplan\N{EN DASH}Meier",
    "weighted": "Weighted Kaplan\N{EN DASH}Meier",
}


def _caption(analysis: Node, plan: FigurePlan) -> str:
    part_of = analysis.get("part_of", analysis["kind"])
    bands = f" with pointwise {interval_name(analysis)} (shaded)" if plan.bands else ""
    parts = [f"{_ESTIMATORS[part_of]} estimates{bands}.", "Ticks: censored patients."]
    if any(curve.median is not None for panel in plan.panels for curve in panel.curves):
        parts.append("Dotted lines: medians.")
    if not plan.bands:
        parts.append("Intervals of this many curves are in the tables only.")
    parts.extend(_part_words(analysis, part_of, plan))
    return " ".join(parts)


def _not_drawn(analysis: Node, values: Values) -> Iterator[str]:
    """Name the causes that nobody had."""
    causes = labels(analysis.get("causes") or ())
    drawn = drawn_causes(analysis, values) if causes else ()
    names = [lower_first(cause.label) for cause in causes if cause not in drawn]
    if names:
        yield f"Not drawn, for want of events: {form.listing(names)}."


def _part_words(analysis: Node, part_of: str, plan: FigurePlan) -> Iterator[str]:
    if analysis.get("weights"):
        yield "Estimates and numbers at risk are weighted."
    if analysis.get("entry"):
        yield "Patients enter late, so the number at risk can rise."
    if part_of == "time_dependent":
        yield (
            "Patients are counted in the first row of the numbers at risk until the exposure "
            "begins and in the second from then on."
        )
    if plan.start is not None:
        yield f"Dotted vertical line: {'landmark' if part_of == 'landmark' else 'start'}."
