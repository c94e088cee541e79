"""The figures of a pool, with their words for those who cannot see them and their data."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.drawing import Drawing
from atrisk.report.pool_bubble import bubble_plan, draw_bubbles
from atrisk.report.pool_forest import draw_pool_forest
from atrisk.report.pool_forest_plan import forest_plan
from atrisk.report.pool_funnel import draw_funnel, funnel_plan
from atrisk.report.pool_text import (
    estimate_text,
    interval_text,
    pooled_sentences,
    regression_sentences,
    subgroup_sentences,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.report.values import Node

__all__ = ["pool_drawings"]


def pool_drawings(document: Node) -> Iterator[Drawing]:
    """Yield the figures of a pool: forest, bubbles of one moderator, funnel."""
    yield _forest(document)
    if document["regression"] and document["regression"]["line"]:
        yield _bubbles(document)
    if document["funnel"]:
        yield _funnel(document)


def _forest(document: Node) -> Drawing:
    interval = interval_text(document)
    exact = "exact " if document["measure"] == "proportion" else ""
    parts = [
        f"Squares: studies, their area by weight; lines: {exact}{interval}.",
        "Diamond: pooled value with its interval; dashed line: pooled value.",
    ]
    if document["pooled"]["prediction_lower"] is not None:
        parts.append("Bar: prediction interval.")
    if document["own"]:
        parts.append(f"Open circle: {document['own']['label']}, not pooled.")
    caption = " ".join(parts)
    rows = [f"{_row_words(document, row)}." for row in document["studies"]]
    said = [*rows, *pooled_sentences(document), *subgroup_sentences(document)]
    return Drawing(
        id="forest",
        title=f"{document['outcome']}: forest plot",
        caption=caption,
        words=" ".join([caption, *said]),
        draw=partial(draw_pool_forest, forest_plan(document)),
        data=[],
        data_name="studies",
    )


def _row_words(document: Node, row: Node) -> str:
    counts = ""
    if row["events"] is not None:
        counts = f"{form.count(row['events'])} of {form.count(row['total'])}, "
    sign = "" if document["measure"] == "ratio" else "%"
    weight = f", weight {form.percent(row['weight'])}%"
    return (
        f"{row['label']}: {counts}{estimate_text(document, row).replace(' (', f'{sign} (')}{weight}"
    )


def _bubbles(document: Node) -> Drawing:
    moderator = document["regression"]["moderators"][0]
    level = f"{form.general(round(100 * document['conf_level'], 6))}%"
    caption = (
        "Circles: studies, their area by weight, numbered as below. Line: meta-regression; dark"
        f" band: its {level} confidence band; light band with dashed edges: where the true value of"
        f" a further study lies ({level} prediction band)."
    )
    if "dose" in moderator["name"]:
        caption += " The dose is the greatest that the protocol allows, not the dose given."
    name = moderator["name"]
    numbers = (
        f"{row['label']}: {form.general(row['moderators'][name])}, {estimate_text(document, row)}."
        for row in document["studies"]
    )
    return Drawing(
        id="bubble",
        title=f"{document['outcome']} by {moderator['label']}",
        caption=caption,
        words=" ".join([caption, *regression_sentences(document), *numbers]),
        draw=partial(draw_bubbles, bubble_plan(document)),
        data=[],
        data_name="regression_line",
    )


def _funnel(document: Node) -> Drawing:
    funnel = document["funnel"]
    p = form.p_equation(form.p_value(funnel["p_value"]))
    counted = funnel["predictor"] != "std_error"
    height = "patients, many at the top" if counted else "standard error, small at the top"
    caption = f"Circles: studies; height: {height}. Dashed line: pooled value"
    caption += "" if counted else "; dotted lines: where studies lie if only chance differs"
    caption += f". Solid line: regression test of asymmetry, {p}."
    points = (
        f"{point['label']}: {form.fixed(point['effect'], 2)}"
        f" (standard error {form.fixed(point['std_error'], 2)})."
        for point in funnel["points"]
    )
    return Drawing(
        id="funnel",
        title=f"{document['outcome']}: funnel plot",
        caption=caption,
        words=" ".join([caption, *(f"{note}" for note in funnel["notes"]), *points]),
        draw=partial(draw_funnel, funnel_plan(document)),
        data=[],
        data_name="funnel",
    )
