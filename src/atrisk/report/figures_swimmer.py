"""Swimmer plots: a bar a patient, with cycles of treatment and what happened on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

from atrisk.report import theme
from atrisk.report.document import shown_groups
from atrisk.report.figures_events import (
    EDGE,
    TINTS,
    Mark,
    Tick,
    draw_keys,
    keys_height,
    mark_style,
    patch,
    set_ticks,
    ticks_of,
)
from atrisk.report.figures_sheet import Key, blank_sheet
from atrisk.report.figures_text import text_width
from atrisk.report.figures_words import Box
from atrisk.report.language import word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from atrisk.report.values import Node

__all__ = ["Lane", "SwimmerPlan", "apart", "draw_swimmer", "pages", "swimmer_plan"]

_GAP = 1.6
_HIGH = 205.0
_BAR = 0.62
_HEADROOM = 1.02
_MILLIMETRES = 25.4 / 72.0
# marks nearer than this share of their size are moved apart, by so much of a lane
_SAME, _SHIFT = 0.6, 0.22


@dataclass(frozen=True, slots=True)
class Lane:
    """The bar of a patient: its label, tint, length, blocks and marks (place, time)."""

    label: str
    tint: int
    end: float
    status: str
    blocks: tuple[tuple[float, float], ...]
    marks: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class SwimmerPlan:
    """Everything a page shows; times in the unit of the axis."""

    id: str
    lanes: tuple[Lane, ...]
    groups: tuple[str, ...]
    marks: tuple[Mark, ...]
    names: tuple[str, str, str]
    blocks: bool
    x_name: str
    x_max: float
    ticks: tuple[Tick, ...]


def pages(analysis: Node) -> list[list[Node]]:
    """Part the patients into figures."""
    patients, most = analysis["patients"], int(analysis["most"])
    count = -(-len(patients) // most)
    # pages of one length: the last is not left with a few
    size = -(-len(patients) // count)
    return [patients[at : at + size] for at in range(0, len(patients), size)]


def swimmer_plan(analysis: Node, patients: Sequence[Node], page: int, x_name: str) -> SwimmerPlan:
    """Plan a page of bars."""
    per = float(analysis["axis"]["per_unit"])
    x_max = float(analysis["axis"]["max"]) / per
    if all(float(patient["end"]) / per <= x_max for patient in analysis["patients"]):
        x_max *= _HEADROOM
    groups = [group["id"] for group in analysis["groups"]]
    used = {name for patient in analysis["patients"] for name, _ in patient["marks"]}
    place = {mark["id"]: at for at, mark in enumerate(analysis["marks"])}
    lanes = tuple(
        Lane(
            label=str(patient.get("record", patient["number"])),
            tint=groups.index(patient["group"]) if patient["group"] in groups else 0,
            end=float(patient["end"]) / per,
            status=patient["status"],
            blocks=tuple((first / per, last / per) for first, last, _ in patient["cycles"]),
            marks=tuple((place[name], time / per) for name, time in patient["marks"]),
        )
        for patient in patients
    )
    return SwimmerPlan(
        id=f"{analysis['id']}_swimmer" + (f"_{page}" if page > 1 else ""),
        lanes=lanes,
        groups=tuple(g.label for g in shown_groups(analysis)) if groups else (),
        marks=tuple(
            Mark(word(mark["label"]), at)
            for at, mark in enumerate(analysis["marks"])
            if mark["id"] in used
        ),
        names=(word("Cycle of INO"), word("Death"), word("Alive at last contact")),
        blocks=bool(analysis["blocks"]),
        x_name=x_name,
        x_max=x_max,
        ticks=ticks_of(analysis["axis"]),
    )


def apart(times: Sequence[float], near: float) -> list[float]:
    """Give how far above or below the middle marks stand, in lanes, so that none hides another.

    Marks are moved where they are less than ``near`` from their neighbour in time.

    Examples
    --------
    >>> apart([1.0, 5.0, 5.0], 0.2)
    [0.0, -0.22, 0.22]
    """
    order = sorted(range(len(times)), key=lambda place: times[place])
    found = [0.0] * len(times)
    cluster: list[int] = []
    for step, place in enumerate(order):
        cluster.append(place)
        following = order[step + 1] if step + 1 < len(order) else None
        if following is not None and times[following] - times[place] < near:
            continue
        if len(cluster) > 1:
            for rank, member in enumerate(cluster):
                found[member] = _SHIFT * (2.0 * rank / (len(cluster) - 1) - 1.0)
        cluster = []
    return found


def _keys(plan: SwimmerPlan, width: theme.Width) -> list[Key]:
    size = 0.62 * width.small
    keys = [Key(label, patch(TINTS[at % len(TINTS)])) for at, label in enumerate(plan.groups)]
    cycle, death, alive = plan.names
    if plan.blocks:
        keys.append(Key(cycle, patch(theme.INK)))
    keys += [Key(mark.label, mark_style(mark.style, size, width)) for mark in plan.marks]
    return [*keys, Key(death, _end(size, width)), Key(alive, _arrow(size, width))]


def _end(size: float, width: theme.Width) -> dict[str, Any]:
    return {
        "linestyle": "none",
        "marker": "x",
        "markersize": size,
        "color": theme.INK,
        "markeredgewidth": 1.1 * width.line,
    }


def _arrow(size: float, width: theme.Width) -> dict[str, Any]:
    style = _end(size, width)
    return style | {"marker": ">", "markeredgewidth": 0.4 * width.line, "markerfacecolor": "white"}


def draw_swimmer(plan: SwimmerPlan, width: theme.Width) -> Figure:
    """Draw a page of bars for one width of paper."""
    count = len(plan.lanes)
    pitch = min(max(_HIGH / count, width.row), 1.45 * width.row)
    left = EDGE + max(text_width(lane.label, width.small) for lane in plan.lanes) + _GAP
    keys = _keys(plan, width)
    plot = Box(left, EDGE, width.millimetres - left - 3.5 * EDGE, (count + 0.4) * pitch)
    bottom = plot.top + plot.height
    keys_top = bottom + 3.3 * width.row
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(keys_top + keys_height(keys, width) + EDGE, width)
        axes = sheet.axes(plot)
        axes.set_xlim(0.0, plan.x_max)
        axes.set_ylim(count + 0.2, -0.2)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        set_ticks(axes, plan.ticks, width, plot)
        for row, lane in enumerate(plan.lanes):
            top = plot.top + (row + 0.7) * pitch - 0.5 * width.row
            sheet.write(lane.label, left - _GAP, top, width.small, horizontalalignment="right")
            per_point = plan.x_max / plot.width * _MILLIMETRES
            _draw_lane(axes, lane, row + 0.5, plan, (pitch, per_point), width)
        middle = plot.left + plot.width / 2
        at = bottom + 1.5 * width.row
        sheet.write(plan.x_name, middle, at, width.text, horizontalalignment="center")
        draw_keys(sheet, keys, keys_top)
    return sheet.figure


def _draw_lane(
    axes: Axes,
    lane: Lane,
    at: float,
    plan: SwimmerPlan,
    scale: tuple[float, float],
    width: theme.Width,
) -> None:
    """Draw a patient; ``scale``: millimetres between lanes, and time in the width of a point."""
    last, (pitch, per_point) = plan.x_max, scale
    shown = min(lane.end, last)
    axes.barh(
        at,
        shown,
        height=_BAR,
        color=TINTS[lane.tint % len(TINTS)],
        edgecolor=theme.GREY,
        linewidth=0.3,
        zorder=1,
    )
    for first, end in lane.blocks:
        if first <= last:
            # a cycle of one infusion is drawn as wide as can be seen
            span = max(min(end, last) - first, 0.004 * last)
            axes.barh(at, span, left=first, height=_BAR, color=theme.INK, linewidth=0, zorder=2)
    size = min(0.62 * width.small, 0.8 * pitch / _MILLIMETRES)
    marks = [(place, time) for place, time in lane.marks if 0 <= time <= last]
    ended = lane.end <= plan.x_max and lane.status != "unknown"
    times = [*(time for _, time in marks), *([lane.end] if ended else [])]
    shifts = apart(times, _SAME * size * per_point)
    for (place, time), shift in zip(marks, shifts, strict=False):
        style = mark_style(place, size, width)
        axes.plot([time], [at + shift], clip_on=False, zorder=4, **style)
    if ended:
        style = _end(size, width) if lane.status == "dead" else _arrow(size, width)
        axes.plot([lane.end], [at + shifts[-1]], clip_on=False, zorder=3, **style)
