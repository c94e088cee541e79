"""Lines of single patients over time, and bars of the best change of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

from atrisk.report import format as form
from atrisk.report import theme
from atrisk.report.document import Label, labels, shown_groups
from atrisk.report.figures_events import (
    EDGE,
    HATCHES,
    Tick,
    draw_keys,
    keys_height,
    patch,
    set_ticks,
    ticks_of,
)
from atrisk.report.figures_sheet import Key, blank_sheet
from atrisk.report.figures_text import text_width, wrap
from atrisk.report.figures_words import Box
from atrisk.report.language import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from atrisk.report.values import Node

__all__ = [
    "LinesPlan",
    "WaterfallPlan",
    "draw_lines",
    "draw_waterfall",
    "lines_plan",
    "waterfall_plan",
]

_POINTS = {"value": ("o", True), "negative": ("v", False), "below": ("s", False)}
_FILLS = ("#4c6f91", "#f2f2f2", "#c6d4e1", "#8fb09a", "#e0b48c", "#b9a3c6", "#d9d9d9", "#ffffff")
_MOST_PERCENT = 100.0
_ROOM = 1.04
# the size of a point beside that of type; smaller where there are many
_POINT, _SMALL_POINT, _MANY = 0.5, 0.28, 100
# width and opacity of the lines: of a few, and of so many that they lie over one another
_LINE, _MANY_LINE = (0.45, 0.75), (0.3, 0.4)
_POINT_OPACITY = 0.7


@dataclass(frozen=True, slots=True)
class LinesPlan:
    """Lines of patients: group, and points (time, value, kind); times in the unit of the axis."""

    id: str
    lines: tuple[tuple[int, tuple[tuple[float, float, str], ...]], ...]
    groups: tuple[str, ...]
    kinds: tuple[tuple[str, str], ...]
    log: bool
    x_name: str
    y_name: str
    x_ends: tuple[float, float]
    y_ends: tuple[float, float]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class WaterfallPlan:
    """Bars of the best change: group, height, whether it is at least that, and a label."""

    id: str
    bars: tuple[tuple[int, float, bool, str], ...]
    groups: tuple[str, ...]
    at_least: str
    x_name: str
    y_name: str
    ends: tuple[float, float]
    ticks: tuple[Tick, ...]


def lines_plan(analysis: Node, names: dict[str, str], x_name: str, y_name: str) -> LinesPlan:
    """Plan the lines over time."""
    groups = [group["id"] for group in analysis["groups"]]
    patients = analysis["lines"]["patients"]
    per = float(analysis["axis"]["per_unit"])
    drawn = tuple(
        (
            groups.index(one["group"]) if one["group"] in groups else 0,
            tuple((time / per, value, kind) for time, value, kind in one["points"]),
        )
        for one in patients
    )
    values = [value for _, points in drawn for _, value, _ in points]
    kinds = {kind for _, points in drawn for _, _, kind in points}
    log = bool(analysis["log"])
    ends, ticks = _decades(values) if log else ((-2.0, 102.0), _percent_ticks())
    axis = analysis["axis"]
    span = (axis["max"] - axis["min"]) / per
    return LinesPlan(
        id=f"{analysis['id']}_lines",
        lines=drawn,
        groups=tuple(g.label for g in shown_groups(analysis)) if groups else (),
        kinds=tuple((kind, names[kind]) for kind in _POINTS if kind in kinds)
        if kinds != {"value"}
        else (),
        log=log,
        x_name=x_name,
        y_name=y_name,
        x_ends=(axis["min"] / per - 0.02 * span, axis["max"] / per + 0.02 * span),
        y_ends=ends,
        x_ticks=ticks_of(axis),
        y_ticks=ticks,
    )


def _percent_ticks() -> tuple[Tick, ...]:
    return tuple(Tick(float(at), form.general(at)) for at in range(0, 101, 20))


def _decades(values: list[float]) -> tuple[tuple[float, float], tuple[Tick, ...]]:
    low = 10.0 ** _floor(min(values))
    high = 10.0 ** (_floor(max(values) * 0.9999) + 1)
    ticks = []
    at = low
    while at <= high * 1.001:
        ticks.append(Tick(at, form.general(float(f"{at:.6g}"))))
        at *= 10.0
    return (low * 0.7, high * 1.2), tuple(ticks)


def _floor(value: float) -> int:
    from math import floor, log10

    return floor(log10(value) + 1e-9)


def waterfall_plan(analysis: Node, x_name: str, y_name: str) -> WaterfallPlan:
    """Plan the bars of the best change."""
    changes = analysis["changes"]
    levels = labels(changes["levels"])
    used = [level for level in levels if any(bar["group"] == level.id for bar in changes["bars"])]
    if any(bar["group"] is None for bar in changes["bars"]) and levels:
        used.append(Label("", word("Not known")))
    ids = [level.id for level in used]
    percent = changes["unit"] == "percent"
    bars = tuple(
        (
            ids.index(bar["group"] or "") if used else 0,
            min(bar["change"], _MOST_PERCENT) if percent else bar["change"],
            bool(bar["at_least"]),
            f"+{form.fixed(bar['change'], 0)}" if percent and bar["change"] > _MOST_PERCENT else "",
        )
        for bar in changes["bars"]
    )
    heights = [bar[1] for bar in bars]
    ends, ticks = _change_axis(heights, percent=percent)
    return WaterfallPlan(
        id=f"{analysis['id']}_waterfall",
        bars=bars,
        groups=tuple(word(level.label) for level in used),
        at_least=word("At least this: none found, at the limit of detection"),
        x_name=x_name,
        y_name=y_name,
        ends=ends,
        ticks=ticks,
    )


def _change_axis(
    heights: list[float], *, percent: bool
) -> tuple[tuple[float, float], tuple[Tick, ...]]:
    step = 25.0 if percent else 1.0
    low = min(step * -(-min([*heights, 0.0]) // -step), 0.0) if heights else 0.0
    low = step * (min([*heights, 0.0]) // step)
    high = step * -(-max([*heights, 0.0]) // step)
    count = round((high - low) / step)
    places = [low + step * at for at in range(count + 1)]
    room = 0.06 * max(high - low, step)
    return (low - room, high + room), tuple(Tick(at, form.general(at)) for at in places)


def _point(kind: str, group: int, width: theme.Width, share: float = _POINT) -> dict[str, Any]:
    marker, filled = _POINTS[kind]
    colour = theme.colour(group)
    return {
        "linestyle": "none",
        "marker": marker,
        "markersize": share * width.small,
        "color": colour,
        "markerfacecolor": colour if filled else "white",
        "markeredgecolor": "white" if filled else colour,
        "markeredgewidth": (0.25 if filled else 0.6) * width.line,
    }


def _left(ticks: tuple[Tick, ...], width: theme.Width) -> float:
    """Give the room for the numbers and the name of the upright axis."""
    return EDGE + width.text_row + max(text_width(t.label, width.small) for t in ticks) + 2.4


def _upright_name(axes: Axes, name: str, width: theme.Width, high: float) -> None:
    said = "\n".join(wrap(name, width.text, high, most_lines=2))
    axes.set_ylabel(said, fontsize=width.text, labelpad=2.0)


def draw_lines(plan: LinesPlan, width: theme.Width) -> Figure:
    """Draw the lines for one width of paper."""
    keys = [
        Key(
            label,
            {
                "color": theme.colour(at),
                "linestyle": theme.dashes(at),
                "linewidth": 0.8 * width.line,
            },
        )
        for at, label in enumerate(plan.groups)
    ]
    keys += [Key(name, _point(kind, 6, width)) for kind, name in plan.kinds]
    left = _left(plan.y_ticks, width) + (width.text_row if not width.side_by_side else 0.0)
    plot = Box(left, 2 * EDGE, width.millimetres - left - 3 * EDGE, 0.85 * width.axes_height)
    bottom = plot.top + plot.height
    keys_top = bottom + 3.3 * width.row
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(keys_top + keys_height(keys, width) + EDGE, width)
        axes = sheet.axes(plot)
        if plan.log:
            axes.set_yscale("log")
        axes.set_xlim(*plan.x_ends)
        axes.set_ylim(*plan.y_ends)
        set_ticks(axes, plan.x_ticks, width, plot)
        set_ticks(axes, plan.y_ticks, width, plot, upright=True)
        axes.minorticks_off()
        _upright_name(axes, plan.y_name, width, plot.height)
        many = sum(len(p) for _, p in plan.lines) > _MANY
        share = _SMALL_POINT if many else _POINT
        thickness, opacity = _MANY_LINE if many else _LINE
        point_opacity = _POINT_OPACITY if many else 1.0
        for group, points in plan.lines:
            times, values = [p[0] for p in points], [p[1] for p in points]
            axes.plot(
                times,
                values,
                color=theme.colour(group),
                linestyle=theme.dashes(group),
                linewidth=thickness * width.line,
                alpha=opacity,
                zorder=2,
            )
            for time, value, kind in points:
                style = {"alpha": point_opacity, **_point(kind, group, width, share)}
                axes.plot([time], [value], zorder=3, clip_on=False, **style)
        if plan.x_ends[0] < 0 < plan.x_ends[1]:
            dotted = (0.0, (2.0, 2.0))
            axes.axvline(0.0, color=theme.GREY, linewidth=0.6, linestyle=dotted, zorder=1)
        middle = plot.left + plot.width / 2
        at = bottom + 1.5 * width.row
        sheet.write(plan.x_name, middle, at, width.text, horizontalalignment="center")
        draw_keys(sheet, keys, keys_top)
    return sheet.figure


def draw_waterfall(plan: WaterfallPlan, width: theme.Width) -> Figure:
    """Draw the bars for one width of paper."""
    keys = [
        Key(label, patch(_FILLS[at % len(_FILLS)], HATCHES[at % len(HATCHES)]))
        for at, label in enumerate(plan.groups)
    ]
    least = _point("negative", 6, width)
    if any(bar[2] for bar in plan.bars):
        keys.append(Key(plan.at_least, least))
    left = _left(plan.ticks, width) + (width.text_row if not width.side_by_side else 0.0)
    plot = Box(left, 2 * EDGE, width.millimetres - left - 2 * EDGE, 0.75 * width.axes_height)
    bottom = plot.top + plot.height
    keys_top = bottom + 2.0 * width.row
    rc = {**theme.RC, "hatch.linewidth": 0.4}
    with mpl.rc_context(rc):
        sheet = blank_sheet(keys_top + keys_height(keys, width) + EDGE, width)
        axes = sheet.axes(plot)
        axes.set_xlim(-1.0, max(len(plan.bars), 8) - 0.3)
        axes.set_ylim(*plan.ends)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        set_ticks(axes, plan.ticks, width, plot, upright=True)
        _upright_name(axes, plan.y_name, width, plot.height)
        axes.axhline(0.0, color=theme.INK, linewidth=0.6, zorder=3)
        for at, (group, height, at_least, label) in enumerate(plan.bars):
            axes.bar(
                at,
                height,
                width=0.8,
                color=_FILLS[group % len(_FILLS)],
                hatch=HATCHES[group % len(HATCHES)] if plan.groups else "",
                edgecolor=theme.INK,
                linewidth=0.4,
                zorder=2,
            )
            if height == 0:
                axes.plot([at - 0.4, at + 0.4], [0, 0], color=theme.INK, linewidth=1.6, zorder=4)
            if at_least:
                axes.plot([at], [height], clip_on=False, zorder=4, **least)
            if label:
                above = height + 0.012 * (plan.ends[1] - plan.ends[0])
                axes.text(at - 0.4, above, label, fontsize=width.small, va="bottom")
        middle = plot.left + plot.width / 2
        sheet.write(
            plan.x_name, middle, bottom + 0.4 * width.row, width.text, horizontalalignment="center"
        )
        draw_keys(sheet, keys, keys_top)
    return sheet.figure
