"""The figures of an analysis: which there are, their captions, their data."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.blocks import blocks
from atrisk.report.document import (
    interval_name,
    labels,
    lower_first,
    shown_groups,
    title_by_group,
)
from atrisk.report.drawing import Drawing
from atrisk.report.drawings_models import balance_drawing, model_drawings
from atrisk.report.figures_counts import counted
from atrisk.report.figures_days import days_drawing
from atrisk.report.figures_draw import draw
from atrisk.report.figures_plan import (
    FigurePlan,
    drawn_causes,
    incidence_plan,
    ratio_lines,
    survival_plan,
)
from atrisk.report.figures_stacked import stacked_plan
from atrisk.report.language import word
from atrisk.report.tables_csv import curve_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atrisk.report.values import Node, Phrase, Values

__all__ = ["drawings"]


def drawings(
    analysis: Node, study: Node, values: Values, paragraphs: Sequence[Phrase]
) -> Iterator[Drawing]:
    """Yield the figures of an analysis; ``paragraphs`` say the numbers of its curves in words."""
    own = (analysis.get("endpoint") or {}).get("origin")
    study = study if own is None else {**study, "origin": own}
    said = [words.plain for words in paragraphs]
    if analysis["kind"] in {"survival", "cumulative_incidence"}:
        yield from _curves(analysis, values, study, said)
    # a part's paragraph stands at the same place as the part
    for block, words in zip(blocks(analysis), said, strict=False):
        if block.node["curves"] and block.node["risk_table"]:
            yield _drawing(
                block.node, values, survival_plan(block.node, values, study["origin"]), study,
                [words], name=block.name,
            )  # fmt: skip
    yield from model_drawings(analysis, values, study)
    if analysis["kind"] == "weighted" and analysis["balance"]:
        yield balance_drawing(analysis, values)
    if analysis["kind"] == "sos_criteria" and analysis["patients"]:
        yield days_drawing(analysis)


def _curves(analysis: Node, values: Values, study: Node, said: Sequence[str]) -> Iterator[Drawing]:
    origin, name = study["origin"], analysis["id"]
    if analysis["kind"] == "survival":
        yield _drawing(
            analysis, values, survival_plan(analysis, values, origin), study, said, name=name
        )
        return
    display = analysis.get("display", "overlaid")
    if display != "stacked":
        plan = incidence_plan(analysis, values, origin)
        yield _drawing(analysis, values, plan, study, said, name=name)
    if display != "overlaid":
        plan = stacked_plan(analysis, values, origin)
        yield _drawing(analysis, values, plan, study, said, name=plan.id)


def _drawing(
    analysis: Node, values: Values, plan: FigurePlan, study: Node, said: Sequence[str], *, name: str
) -> Drawing:
    caption = " ".join([*_caption(analysis, plan), *_not_drawn(analysis, values)])
    title = title_by_group(analysis)
    return Drawing(
        id=name,
        title=word("{title}, stacked", title=title) if plan.stacked else title,
        caption=caption,
        words=" ".join([caption, *said, *_shown(analysis, values, plan)]),
        draw=partial(draw, plan),
        data=curve_rows(analysis, study["time_unit"]),
        data_name=f"{name}_curves",
        data_label=word("Curves (CSV)"),
    )


def _shown(analysis: Node, values: Values, plan: FigurePlan) -> Iterator[str]:
    """Write what stands in the figure besides what sentences say: ratios and counts."""
    for line in ratio_lines(analysis, values, shown_groups(analysis)):
        yield f"{line}."
    times = ", ".join(map(form.general, plan.risk_times))
    for block in plan.risk_blocks:
        rows = [f"{row.label} {', '.join(row.counts)}" for row in block.rows]
        yield word(
            "{counts} ({axis}: {times}): {rows}.",
            counts=block.title,
            axis=plan.x_name,
            times=times,
            rows="; ".join(rows),
        )


ESTIMATORS = {
    "survival": "Kaplan\N{EN DASH}Meier estimates",
    "cumulative_incidence": "Aalen\N{EN DASH}Johansen estimates",
    "time_dependent": "Simon\N{EN DASH}Makuch estimates",
    "landmark": "Kaplan\N{EN DASH}Meier estimates",
    "compare": "Kaplan\N{EN DASH}Meier estimates",
    "weighted": "Weighted Kaplan\N{EN DASH}Meier estimates",
}
"""What the curves of each kind of analysis are."""


def _caption(analysis: Node, plan: FigurePlan) -> Iterator[str]:
    part_of = analysis.get("part_of", analysis["kind"])
    estimates = word(ESTIMATORS[part_of])
    if plan.stacked:
        yield word(
            "{estimates} on top of each other: each area is the share of patients with this event"
            " first, and the white area that of patients without any.",
            estimates=estimates,
        )
    elif plan.bands:
        yield word(
            "{estimates} with pointwise {interval} (shaded).",
            estimates=estimates,
            interval=interval_name(analysis),
        )
    else:
        yield f"{estimates}."
    if not plan.stacked:
        yield word("Ticks: censored patients.")
    curves = [curve for panel in plan.panels for curve in panel.curves]
    if any(curve.median is not None for curve in curves):
        yield word("Dotted lines: medians.")
    if not plan.bands and not plan.stacked:
        yield word("Intervals of this many curves are in the tables only.")
    yield from _part_words(analysis, part_of, plan)


def _not_drawn(analysis: Node, values: Values) -> Iterator[str]:
    """Name the causes that nobody had."""
    causes = labels(analysis.get("causes") or ())
    drawn = drawn_causes(analysis, values) if causes else ()
    names = [lower_first(cause.label) for cause in causes if cause not in drawn]
    if names:
        yield word("Not drawn, for want of events: {causes}.", causes=form.listing(names))


def _part_words(analysis: Node, part_of: str, plan: FigurePlan) -> Iterator[str]:
    if analysis.get("hazard_ratios") and "hr" in analysis.get("annotate", ()):
        yield _ratio_words(analysis)
    if set(counted(analysis)) & {"events", "censored"}:
        yield word(
            "Under the axis: patients at risk just before each time, and patients who had an event"
            " or were censored before it."
        )
    if analysis.get("weights"):
        yield word("Estimates and numbers at risk are weighted.")
    if analysis.get("entry"):
        yield word("Patients enter late, so the number at risk can rise.")
    if part_of == "time_dependent":
        yield word(
            "Patients are counted in the first row of the numbers at risk until the exposure "
            "begins and in the second from then on."
        )
    if plan.start is not None:
        landmark = part_of == "landmark"
        yield (
            word("Dotted vertical line: landmark.")
            if landmark
            else word("Dotted vertical line: start.")
        )


def _ratio_words(analysis: Node) -> str:
    """Say what the hazard ratios in the figure are of."""
    strata = analysis["hazard_ratios"]["strata"]
    if strata:
        return word(
            "HR: hazard ratios ({interval}) of a Cox model of the groups, stratified by {strata}.",
            interval=interval_name(analysis),
            strata=lower_first(strata),
        )
    return word(
        "HR: hazard ratios ({interval}) of a Cox model of the groups.",
        interval=interval_name(analysis),
    )
