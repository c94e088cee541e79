"""The bubble plot of a meta-regression: studies, the line, both bands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import matplotlib as mpl

from atrisk.report import format as form
from atrisk.report import theme
from atrisk.report.figures_sheet import blank_sheet
from atrisk.report.figures_text import flow, text_width, wrap
from atrisk.report.figures_words import Box
from atrisk.report.pool_forest import axis_marks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from atrisk.report.figures_sheet import Sheet
    from atrisk.report.values import Node

__all__ = ["BubblePlan", "axis_name", "bubble_plan", "draw_bubbles"]

_EDGE = 1.5
_POINT = 25.4 / 72.0
_NUMBER_GAP = 4.0
#: More circles than these are drawn smaller.
_MANY = 20


@dataclass(frozen=True, slots=True)
class Bubble:
    """A study: its place, its share of the greatest weight, its entry in the key."""

    x: float
    y: float
    share: float
    entry: str


@dataclass(frozen=True, slots=True)
class BubblePlan:
    """Everything a bubble plot shows; ``line`` has x, estimate, and the bands that there are."""

    bubbles: tuple[Bubble, ...]
    own: Bubble | None
    line: dict[str, list[float]]
    x_limits: tuple[float, float]
    y_limits: tuple[float, float]
    x_name: str
    y_name: str
    scale: str


def bubble_plan(document: Node) -> BubblePlan:
    """Plan the bubble plot of a meta-regression on one moderator."""
    regression = document["regression"]
    moderator, line = regression["moderators"][0], regression["line"]
    unit = 1.0 if document["measure"] == "ratio" else 100.0
    shown = {
        name: [v * (1.0 if name == "x" else unit) for v in values]
        for name, values in line.items()
        if None not in values
    }
    most = max(row["weight"] for row in document["studies"])
    bubbles = [
        Bubble(
            row["moderators"][moderator["name"]],
            unit * row["estimate"],
            row["weight"] / most,
            f"{at} {row['label']}",
        )
        for at, row in enumerate(document["studies"], start=1)
    ]
    own = _own(document, moderator["name"], unit)
    everyone = [*bubbles, *([own] if own else [])]
    heights = [v for name, values in shown.items() if name != "x" for v in values]
    heights += [bubble.y for bubble in everyone]
    ratio = document["measure"] == "ratio"
    return BubblePlan(
        bubbles=tuple(bubbles),
        own=own,
        line=shown,
        x_limits=_wider([bubble.x for bubble in everyone]),
        y_limits=_y_limits(heights, ratio=ratio),
        x_name=moderator["label"],
        y_name=f"{document['ratio_name']} (log scale)" if ratio else f"{document['outcome']} (%)",
        scale="log" if ratio else "linear",
    )


def _own(document: Node, name: str, unit: float) -> Bubble | None:
    own = document["own"]
    if not own or name not in own["moderators"]:
        return None
    return Bubble(own["moderators"][name], unit * own["estimate"], 0.0, own["label"])


def _wider(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = 0.09 * (high - low) or 0.1 * abs(high) or 1.0
    return low - room, high + room


def _y_limits(values: list[float], *, ratio: bool) -> tuple[float, float]:
    if ratio:
        return min(values) / 1.15, max(values) * 1.15
    step = 5.0 if max(values) < 40.0 else 10.0
    low, high = min(values), min(math.ceil(max(values) / step) * step, 100.0)
    first = math.floor(low / step) * step
    first = 0.0 if first <= 2 * step else first
    # room for half a circle below 0, whose marks it would cover
    return (-0.05 * high if low < 0.04 * high else first), high


def draw_bubbles(plan: BubblePlan, width: theme.Width) -> Figure:
    """Draw the bubble plot for one width of paper, its key below."""
    labels = max(
        text_width(form.general(mark), width.small)
        for mark in axis_marks(plan.y_limits, width.axes_height, width, plan.scale)
    )
    left = _EDGE + 1.4 * width.text_row + labels + 2.5
    key = _key_rows(plan, width)
    head = 0.8 * width.row
    box = Box(left, _EDGE + head, width.millimetres - left - 2 * _EDGE, width.axes_height)
    top = box.top + box.height + 1.6 * width.row + 1.5 * width.text_row
    height = top + len(key) * 1.2 * width.row + _EDGE
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(height, width)
        axes = sheet.axes(box)
        _dress(axes, plan, box, width)
        _bands(axes, plan, width)
        _circles(axes, plan, width)
        axis_name(sheet, plan.x_name, box)
        for row in key:
            for entry, at in row:
                sheet.write(entry, at, top, width.small)
            top += 1.2 * width.row
    return sheet.figure


def _key_rows(plan: BubblePlan, width: theme.Width) -> list[list[tuple[str, float]]]:
    """Set the key into columns of one width."""
    entries = [bubble.entry for bubble in plan.bubbles]
    if plan.own:
        entries.append(f"\N{WHITE CIRCLE} {plan.own.entry}")
    room = width.millimetres - 2 * _EDGE
    entries = [wrap(entry, width.small, room, most_lines=1)[0] for entry in entries]
    wide = max(text_width(entry, width.small) for entry in entries)
    rows = flow([wide] * len(entries), room, _NUMBER_GAP)
    return [
        [(entries[at], _EDGE + place * (wide + _NUMBER_GAP)) for place, at in enumerate(row)]
        for row in rows
    ]


def _dress(axes: Axes, plan: BubblePlan, box: Box, width: theme.Width) -> None:
    axes.set_yscale(plan.scale)
    axes.set_xlim(*plan.x_limits)
    axes.set_ylim(*plan.y_limits)
    for place, limits, room, scale in (
        ("x", plan.x_limits, box.width, "linear"),
        ("y", plan.y_limits, box.height, plan.scale),
    ):
        marks = axis_marks(limits, room * (1.0 if place == "x" else 0.6), width, scale)
        getattr(axes, f"set_{place}ticks")(marks, [form.general(mark) for mark in marks])
        getattr(axes, f"set_{place}ticks")([], minor=True)
    axes.tick_params(labelsize=width.small, pad=2.0)
    said = "\n".join(wrap(plan.y_name, width.text, box.height, most_lines=2))
    axes.set_ylabel(said, fontsize=width.text, labelpad=2.0)


def _bands(axes: Axes, plan: BubblePlan, width: theme.Width) -> None:
    x, line = plan.line["x"], plan.line
    for name, tint in (("prediction_", "#eef3f8"), ("", "#bcd4e8")):
        if f"{name}lower" not in line:
            continue
        low, high = line[f"{name}lower"], line[f"{name}upper"]
        axes.fill_between(x, low, high, facecolor=tint, edgecolor="none", zorder=0)
        if name:
            for edge in (low, high):
                axes.plot(
                    x,
                    edge,
                    color=theme.GREY,
                    linewidth=0.5 * width.line,
                    linestyle=(0.0, (4.0, 2.5)),
                    zorder=1,
                )
    axes.plot(x, line["estimate"], color=theme.colour(0), linewidth=width.line, zorder=2)


def _circles(axes: Axes, plan: BubblePlan, width: theme.Width) -> None:
    size = 0.85 * width.small
    crowd = min(1.0, math.sqrt(_MANY / len(plan.bubbles)))
    for bubble in plan.bubbles:
        across = width.small * (0.55 + 1.9 * math.sqrt(bubble.share)) * crowd
        axes.plot(
            [bubble.x],
            [bubble.y],
            marker="o",
            markersize=across,
            markerfacecolor="#ffffffd0",
            markeredgecolor=theme.INK,
            markeredgewidth=0.6 * width.line,
            clip_on=False,
            zorder=3,
        )
        number = bubble.entry.split(" ", 1)[0]
        inside = across * _POINT > 1.35 * text_width(number, size) + 1.0
        axes.annotate(
            number,
            (bubble.x, bubble.y),
            xytext=(0.0, 0.0) if inside else (0.0, 0.5 * across + 0.2 * size),
            textcoords="offset points",
            fontsize=size,
            horizontalalignment="center",
            verticalalignment="center_baseline" if inside else "bottom",
            zorder=5,
        )
    if plan.own:
        axes.plot(
            [plan.own.x],
            [plan.own.y],
            marker="o",
            markersize=0.9 * width.small,
            markerfacecolor="white",
            markeredgecolor=theme.colour(1),
            markeredgewidth=1.2 * width.line,
            clip_on=False,
            zorder=4,
        )


def axis_name(sheet: Sheet, name: str, box: Box) -> None:
    """Write the name of the horizontal axis below its marks."""
    width = sheet.width
    lines = wrap(name, width.text, box.width, most_lines=1)
    top = box.top + box.height + 1.5 * width.row
    middle = box.left + box.width / 2
    sheet.write(lines[0], middle, top, width.text, horizontalalignment="center")
