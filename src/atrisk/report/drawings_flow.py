"""The figure of how patients came to be analysed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.drawing import Drawing
from atrisk.report.figures_flow import FlowBox, FlowPlan, draw_flow
from atrisk.report.language import word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.report.values import Node

__all__ = ["flow_drawing", "flow_plan"]


def flow_drawing(document: Node) -> Drawing | None:
    """Draw how patients came to be analysed.

    Parameters
    ----------
    document
        the results document.

    Returns
    -------
    Drawing or None
        None where no patient was excluded and every analysis has all of them.
    """
    plan = flow_plan(document)
    if plan is None:
        return None
    caption = word(
        "From the top: the patients that came in, those left out at each step and why, and those"
        " analysed."
    )
    if plan.analyses:
        caption = f"{caption} " + word(
            "The last box has the patients of analyses that could not use all."
        )
    return Drawing(
        id=plan.id,
        title=word("Flow of patients"),
        caption=caption,
        words=" ".join([caption, *_words(plan)]),
        draw=partial(draw_flow, plan),
        data=list(_rows(document)),
        data_name="flow",
    )


def flow_plan(document: Node) -> FlowPlan | None:
    """Plan the boxes; None where there is nothing to show."""
    population = document["population"]
    losses = list(_losses(document))
    if not population["exclusions"] and not any(lost for _, _, lost in losses):
        return None
    came = (
        word("Patients in the forms") if population.get("forms") else word("Rows in the data file")
    )
    asides = tuple((step["reason"], _n(step["rows"])) for step in population["exclusions"])
    first = FlowBox(came, _n(population["rows_in"]), asides)
    last = FlowBox(word("Analysed"), _n(population["rows_used"]))
    boxes = (first, last) if asides else (first,)
    analyses = tuple(_listed(losses))
    return FlowPlan("flow", boxes, word("Patients of each analysis"), analyses)


def _listed(losses: list[tuple[str, int, int]]) -> Iterator[tuple[str, str]]:
    """Name the analyses that lost patients; those with all of them are counted together."""
    if not any(lost for _, _, lost in losses):
        return
    whole = [(title, used) for title, used, lost in losses if not lost]
    for title, used, lost in losses:
        if lost:
            yield title, _n(used)
    if len(whole) == 1:
        yield whole[0][0], _n(whole[0][1])
    elif whole:
        count = form.count(len(whole))
        yield word("Each of the other {count} analyses", count=count), _n(whole[0][1])


def _n(count: float) -> str:
    return word("n = {n}", n=form.count(count)).replace(" ", form.NO_BREAK)


def _losses(document: Node) -> Iterator[tuple[str, int, int]]:
    """Give title, patients used and patients lost of each analysis of all patients."""
    everybody = int(document["population"]["rows_used"])
    for analysis in document["analyses"]:
        key = f"{analysis['id']}.{(analysis.get('overall') or {}).get('id', 'overall')}.n"
        entry = document["values"].get(key)
        if entry is None or entry["value"] is None:
            continue
        used = int(entry["value"])
        lost = len({item["line"] for item in analysis.get("left_out", ())})
        # one that is on some patients by design has not lost the others
        if used + lost == everybody:
            yield analysis["title"], used, lost


def _words(plan: FlowPlan) -> Iterator[str]:
    for box in plan.boxes:
        yield f"{box.text}: {box.count}."
        for reason, count in box.aside:
            yield word("Left out: {reason}, {count}.", reason=reason, count=count)
    for title, count in plan.analyses:
        yield f"{title}: {count}."


def _rows(document: Node) -> Iterator[tuple[object, ...]]:
    population = document["population"]
    yield ("step", "left_out", "remaining")
    yield ("in", "", population["rows_in"])
    for step in population["exclusions"]:
        yield (step["reason"], step["rows"], step["remaining"])
    yield ("analysed", "", population["rows_used"])
    for title, used, lost in _losses(document):
        yield (title, lost, used)
