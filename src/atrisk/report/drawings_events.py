"""Figures of what happened to patients, and of how they came to be analysed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from atrisk.report.document import time_axis_name, title_by_group
from atrisk.report.drawing import Drawing
from atrisk.report.drawings_flow import flow_drawing
from atrisk.report.figures_accrual import draw_accrual
from atrisk.report.figures_dose_event import draw_dose_event
from atrisk.report.figures_schedule import draw_schedule
from atrisk.report.figures_swimmer import draw_swimmer, pages, swimmer_plan
from atrisk.report.figures_trajectories import (
    draw_lines,
    draw_waterfall,
    lines_plan,
    waterfall_plan,
)
from atrisk.report.language import word
from atrisk.report.plans_events import accrual_plan, dose_event_plan, schedule_plan
from atrisk.report.sentences_events import ORIGINS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from atrisk.report.values import Node, Phrase, Values

__all__ = ["AXES", "POINTS", "event_drawings", "flow_drawing"]


def event_drawings(
    analysis: Node, study: Node, values: Values, paragraphs: Sequence[Phrase]
) -> Iterable[Drawing]:
    """Make the figures of an analysis that shows patients, doses or calendar time.

    Parameters
    ----------
    analysis
        the analysis.
    study
        the node of the study.
    values
        the numbers.
    paragraphs
        what is said of them, for those who cannot see the figures.
    """
    said = [paragraph.plain for paragraph in paragraphs]
    match analysis["kind"]:
        case "swimmer":
            return _swimmers(analysis, study, said)
        case "trajectories":
            return _trajectories(analysis, said)
        case "dose_event":
            return [_dose_event(analysis, values, said)]
        case "schedule":
            return [_schedule(analysis, values, said)]
    return [_accrual(analysis, said)]


def _swimmers(analysis: Node, study: Node, said: list[str]) -> Iterator[Drawing]:
    parts = pages(analysis)
    x_name = time_axis_name(analysis, study["origin"])
    for page, patients in enumerate(parts, start=1):
        plan = swimmer_plan(analysis, patients, page, x_name)
        caption = " ".join(_swimmer_caption(analysis))
        title = title_by_group(analysis)
        if len(parts) > 1:
            part = {"first": str(patients[0]["number"]), "last": str(patients[-1]["number"])}
            title = word("{title}: patients {first} to {last}", title=title, **part)
        yield Drawing(
            id=plan.id,
            title=title,
            caption=caption,
            words=" ".join([caption, *said]),
            draw=partial(draw_swimmer, plan),
            data=list(_swimmer_rows(analysis, patients, study["time_unit"])),
            data_name=plan.id,
        )


def _swimmer_caption(analysis: Node) -> Iterator[str]:
    if analysis["order"] == "follow_up":
        yield word("A bar a patient, the longest first.")
    else:
        yield word("A bar a patient, in the order of {column}.", column=analysis["order"])
    if analysis["blocks"]:
        yield word("Dark blocks: cycles of INO, from the first to the last infusion.")
    end = float(analysis["axis"]["max"])
    if any(float(patient["end"]) > end for patient in analysis["patients"]):
        yield word("Bars that reach the right edge go on.")


def _swimmer_rows(
    analysis: Node, patients: Sequence[Node], unit: str
) -> Iterator[tuple[object, ...]]:
    """Give a row a bar, a cycle and a mark."""
    names = {mark["id"]: mark["label"] for mark in analysis["marks"]}
    yield ("patient", "group", "what", f"from ({unit})", f"to ({unit})", "dose (mg/m2)")
    for patient in patients:
        who = patient.get("record", patient["number"])
        group = patient["group"] or ""
        yield (who, group, patient["status"], 0, patient["end"], "")
        for first, last, dose in patient["cycles"]:
            yield (who, group, "cycle", first, last, dose)
        for name, time in patient["marks"]:
            yield (who, group, names[name], time, "", "")


POINTS = {
    "value": "Measured",
    "negative": "Negative, at the limit of detection",
    "below": "Positive below quantification, at the limit of detection",
}
AXES = {
    "mrd": "MRD (% of cells)",
    "bm_blasts": "Blasts in bone marrow (%)",
    "pb_blasts": "Blasts in blood (%)",
}


def _trajectories(analysis: Node, said: list[str]) -> Iterator[Drawing]:
    if analysis["lines"] is not None:
        yield _lines(analysis, said)
    if analysis["changes"] is not None and analysis["changes"]["bars"]:
        yield _waterfall(analysis, said)


def _lines(analysis: Node, said: list[str]) -> Drawing:
    names = {kind: word(name) for kind, name in POINTS.items()}
    x_name = time_axis_name(analysis, word(ORIGINS[analysis["origin"]]))
    plan = lines_plan(analysis, names, x_name, word(AXES[analysis["measure"]]))
    parts = [word("A line a patient through the measurements.")]
    if analysis["lines"]["before"]:
        parts.append(word("The value before treatment stands at 0."))
    caption = " ".join(parts)
    return Drawing(
        id=plan.id,
        title=title_by_group(analysis),
        caption=caption,
        words=" ".join([caption, *said]),
        draw=partial(draw_lines, plan),
        data=list(_line_rows(analysis)),
        data_name=plan.id,
    )


def _line_rows(analysis: Node) -> Iterator[tuple[object, ...]]:
    yield ("patient", "group", "time", "percent", "kind")
    for patient in analysis["lines"]["patients"]:
        who = patient.get("record", patient["number"])
        for time, value, kind in patient["points"]:
            yield (who, patient["group"] or "", time, value, kind)


def _waterfall(analysis: Node, said: list[str]) -> Drawing:
    changes = analysis["changes"]
    percent = changes["unit"] == "percent"
    y_name = word("Best change (%)") if percent else word("Best change (powers of ten)")
    x_name = word("Patients, from the largest rise to the largest fall")
    plan = waterfall_plan(analysis, x_name, y_name)
    parts = [word("A bar a patient: the lowest value against the first.")]
    if changes["by"]:
        parts.append(word("Fills: {label}.", label=changes["by"]))
    if any(label for *_, label in plan.bars):
        parts.append(word("Bars over 100% are cut and have their number."))
    caption = " ".join(parts)
    return Drawing(
        id=plan.id,
        title=word("{title}: best change of each patient", title=analysis["title"]),
        caption=caption,
        words=" ".join([caption, *said[-1:]]),
        draw=partial(draw_waterfall, plan),
        data=list(_change_rows(changes)),
        data_name=plan.id,
    )


def _change_rows(changes: Node) -> Iterator[tuple[object, ...]]:
    unit = changes["unit"]
    yield ("patient", "group", "first (%)", "lowest (%)", f"change ({unit})", "at_least")
    for bar in changes["bars"]:
        who = bar.get("record", bar["number"])
        yield (who, bar["group"] or "", bar["first"], bar["best"], bar["change"], bar["at_least"])


def _dose_event(analysis: Node, values: Values, said: list[str]) -> Drawing:
    plan = dose_event_plan(analysis, values)
    caption = word(
        "Left or above: a dot a patient; boxes: medians and quartiles. Right or below: observed"
        " proportions by dose with their intervals; under each, events and patients."
    )
    return Drawing(
        id=plan.id,
        title=analysis["title"],
        caption=caption,
        words=" ".join([caption, *said]),
        draw=partial(draw_dose_event, plan),
        data=[("dose", "event"), *((dose, int(had)) for dose, had in analysis["points"])],
        data_name=plan.id,
    )


def _schedule(analysis: Node, values: Values, said: list[str]) -> Drawing:
    plan = schedule_plan(analysis, values)
    cycles = [(lane, cycle) for lane in analysis["lanes"] for cycle in lane["cycles"]]
    parts = [word("Stems: doses of INO in mg/m² on the days of each cycle.")]
    if any(cycle["days"] and cycle["days"][0] < cycle["days"][1] for _, cycle in cycles):
        parts.append(word("Bars: the shortest length of the cycle; hatched, up to the longest."))
    if any(cycle["days"] is None for _, cycle in cycles):
        parts.append(word("Dashed: the length of the cycle is not fixed or not published."))
    caption = " ".join(parts)
    return Drawing(
        id=plan.id,
        title=analysis["title"],
        caption=caption,
        words=" ".join([caption, *said]),
        draw=partial(draw_schedule, plan),
        data=list(_schedule_rows(analysis)),
        data_name=plan.id,
    )


def _schedule_rows(analysis: Node) -> Iterator[tuple[object, ...]]:
    yield ("regimen", "cycle", "shortest", "longest", "day", "low (mg/m2)", "high (mg/m2)")
    for lane in analysis["lanes"]:
        for cycle in lane["cycles"]:
            head = (lane["label"], cycle["cycle"], *(cycle["days"] or ("", "")))
            for dose in cycle["doses"]:
                yield (*head, dose["day"], dose["low"], dose["high"])
            if not cycle["doses"] and cycle["total"]:
                yield (*head, "", *cycle["total"])


def _accrual(analysis: Node, said: list[str]) -> Drawing:
    plan = accrual_plan(analysis)
    parts = [word("Cumulative number of patients.")]
    if plan.groups and not plan.panels:
        parts.append(
            word("Fills: {by}, with the number of patients of each.", by=analysis["by"]["label"])
        )
    if plan.cut_off is not None:
        parts.append(word("Dotted line: the cut-off."))
    caption = " ".join(parts)
    return Drawing(
        id=plan.id,
        title=title_by_group(analysis),
        caption=caption,
        words=" ".join([caption, *said]),
        draw=partial(draw_accrual, plan),
        data=list(_accrual_rows(analysis)),
        data_name=plan.id,
    )


def _accrual_rows(analysis: Node) -> Iterator[tuple[object, ...]]:
    yield ("group", "date", "patients")
    for one in analysis["series"]:
        for day, count in zip(one["dates"], one["counts"], strict=True):
            yield (one["group"], day, count)
