"""The figure of how patients came to be analysed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.drawing import Drawing
from atrisk.report.figures_flow import FlowBox, FlowPlan, draw_flow
from atrisk.report.language import word
from atrisk.report.sizes import sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.report.sizes import Size
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
            "The last box has the patients of analyses that are of fewer."
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
    found = list(sizes(document))
    if not population["exclusions"] and all(size.whole for size in found):
        return None
    came = (
        word("Patients in the forms") if population.get("forms") else word("Rows in the data file")
    )
    asides = tuple(
        (step["reason"], _n(form.count(step["rows"]))) for step in population["exclusions"]
    )
    first = FlowBox(came, _n(form.count(population["rows_in"])), asides)
    last = FlowBox(word("Analysed"), _n(form.count(population["rows_used"])))
    boxes = (first, last) if asides else (first,)
    analyses = tuple(_listed(found))
    return FlowPlan("flow", boxes, word("Patients of each analysis"), analyses)


def _listed(found: list[Size]) -> Iterator[tuple[str, str]]:
    """Name the analyses of fewer patients; those of all of them are counted together."""
    fewer = {size.analysis for size in found if not size.whole}
    whole = [size for size in found if size.whole and size.analysis not in fewer]
    if not fewer:
        return
    for size in found:
        if not size.whole:
            yield size.title, _n(size.shown.text)
    if len(whole) == 1:
        yield whole[0].title, _n(whole[0].shown.text)
    elif whole:
        count = form.count(len(whole))
        yield word("Each of the other {count} analyses", count=count), _n(whole[0].shown.text)


def _n(count: str) -> str:
    return word("n = {n}", n=count).replace(" ", form.NO_BREAK)


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
    for size in sizes(document):
        lost = "" if size.used is None else population["rows_used"] - size.used
        yield (size.title, lost, size.shown.text if size.used is None else size.used)
