"""A dose with and without an event, and how often the event followed at which dose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

from atrisk.report import theme
from atrisk.report.figures_events import EDGE, Tick, set_ticks
from atrisk.report.figures_sheet import Sheet, blank_sheet
from atrisk.report.figures_text import text_width, wrap
from atrisk.report.figures_words import Box

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Band", "DoseEventPlan", "Strip", "draw_dose_event"]

_HALF = 0.5
_APART = 0.055
_BOX = 0.34


@dataclass(frozen=True, slots=True)
class Strip:
    """A group of patients: its name and size, its doses, and its quartiles (None: nobody)."""

    label: str
    doses: tuple[float, ...]
    quartiles: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Band:
    """A band of doses: its name, its counts, its proportion in percent with its limits."""

    label: str
    counts: str
    estimate: float | None
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class DoseEventPlan:
    """Everything the figure shows."""

    id: str
    strips: tuple[Strip, ...]
    bands: tuple[Band, ...]
    dose_name: str
    share_name: str
    bands_name: str
    test: str
    dose_max: float
    dose_ticks: tuple[Tick, ...]
    share_ticks: tuple[Tick, ...]


def draw_dose_event(plan: DoseEventPlan, width: theme.Width) -> Figure:
    """Draw the two panels for one width of paper: side by side, or one below the other."""
    ticks = max(
        text_width(tick.label, width.small) for tick in (*plan.dose_ticks, *plan.share_ticks)
    )
    left = EDGE + 2.1 * width.text_row + ticks + 2.4
    high = 0.8 * width.panel_height if not width.side_by_side else width.panel_height
    head = 1.4 * width.row
    rooms = (width.millimetres / (2 if width.side_by_side else 1)) - left - 2 * EDGE
    under = (_lines_under(plan, width, rooms) + 0.5) * width.row + 1.2 * width.text_row
    if width.side_by_side:
        half = width.millimetres / 2
        boxes = (
            Box(left, EDGE + head, half - left - 2 * EDGE, high),
            Box(half + left, EDGE + head, half - left - 2 * EDGE, high),
        )
        height = EDGE + head + high + under + EDGE
    else:
        room = width.millimetres - left - 2 * EDGE
        second = EDGE + head + high + under + 1.6 * width.row
        boxes = (Box(left, EDGE + head, room, high), Box(left, second, room, high))
        height = second + high + under + EDGE
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(height, width)
        _draw_strips(sheet, plan, boxes[0])
        _draw_bands(sheet, plan, boxes[1])
    return sheet.figure


def _lines_under(plan: DoseEventPlan, width: theme.Width, room: float) -> int:
    """Count the lines under the bands, in the panel's width."""
    each = room / len(plan.bands) - 1.0
    return max(
        sum(len(wrap(text, width.small, each, most_lines=2)) for text in (band.label, band.counts))
        for band in plan.bands
    )


def _dressed(sheet: Sheet, box: Box, name: str, top: float, ticks: tuple[Tick, ...]) -> Axes:
    width = sheet.width
    axes = sheet.axes(box)
    axes.set_ylim(0.0, top)
    set_ticks(axes, ticks, width, box, upright=True)
    said = "\n".join(wrap(name, width.text, box.height, most_lines=2))
    axes.set_ylabel(said, fontsize=width.text, labelpad=2.0)
    axes.tick_params(axis="x", length=0)
    return axes


def _under(sheet: Sheet, box: Box, at: float, texts: tuple[str, ...], room: float) -> None:
    """Write lines under a place of the axis, each broken to its room."""
    width = sheet.width
    top = box.top + box.height + 0.35 * width.row
    for text in texts:
        for line in wrap(text, width.small, room, most_lines=2):
            sheet.write(line, at, top, width.small, horizontalalignment="center")
            top += width.row


def _draw_strips(sheet: Sheet, plan: DoseEventPlan, box: Box) -> None:
    axes = _dressed(sheet, box, plan.dose_name, plan.dose_max, plan.dose_ticks)
    axes.set_xlim(-0.5, len(plan.strips) - 0.5)
    axes.set_xticks([])
    room = box.width / len(plan.strips)
    for at, strip in enumerate(plan.strips):
        _draw_quartiles(axes, at, strip, sheet.width)
        style = _dots(at, sheet.width)
        points = list(_spread(strip.doses, plan.dose_max, box, sheet.width))
        axes.plot(
            [at + x for x, _ in points],
            [y for _, y in points],
            zorder=3,
            clip_on=False,
            rasterized=len(points) > theme.MANY_POINTS,
            **style,
        )
        _under(sheet, box, box.left + (at + 0.5) * room, (strip.label,), room - 2.0)
    top = box.top - 1.3 * sheet.width.row
    sheet.write(plan.test, box.left, top, sheet.width.small)


def _dots(at: int, width: theme.Width) -> dict[str, Any]:
    colour = theme.colour(at)
    return {
        "linestyle": "none",
        "marker": ("o", "^")[at % 2],
        "markersize": 0.42 * width.small,
        "color": colour,
        "markerfacecolor": ("white", colour)[at % 2],
        "markeredgewidth": 0.6 * width.line,
    }


def _spread(
    doses: tuple[float, ...], top: float, box: Box, width: theme.Width
) -> list[tuple[float, float]]:
    """Set dots of like doses side by side, from the middle outwards."""
    near = top / box.height * 0.42 * width.small * 25.4 / 72.0
    placed: list[tuple[float, float]] = []
    group: list[float] = []
    for dose in [*sorted(doses), float("inf")]:
        if group and dose - group[0] > near:
            step = min(_APART, 0.8 / max(len(group), 1))
            first = -(len(group) - 1) / 2 * step
            placed += [(first + at * step, one) for at, one in enumerate(group)]
            group = []
        group.append(dose)
    return placed


def _draw_quartiles(axes: Axes, at: int, strip: Strip, width: theme.Width) -> None:
    if strip.quartiles is None:
        return
    low, middle, high = strip.quartiles
    line: dict[str, Any] = {"color": theme.GREY, "linewidth": 0.6 * width.line, "zorder": 1}
    sides = [at - _BOX, at + _BOX, at + _BOX, at - _BOX, at - _BOX]
    axes.fill(sides, [low, low, high, high, low], facecolor="#eef1f5", edgecolor="none", zorder=0)
    axes.plot(sides, [low, low, high, high, low], **line)
    axes.plot(
        [at - _BOX, at + _BOX], [middle, middle], color=theme.INK, linewidth=width.line, zorder=2
    )


def _draw_bands(sheet: Sheet, plan: DoseEventPlan, box: Box) -> None:
    width = sheet.width
    axes = _dressed(sheet, box, plan.share_name, 100.0, plan.share_ticks)
    axes.set_xlim(-0.5, len(plan.bands) - 0.5)
    axes.set_xticks([])
    room = box.width / len(plan.bands)
    for at, band in enumerate(plan.bands):
        if band.estimate is not None:
            axes.plot(
                [at, at], [band.lower, band.upper], color=theme.INK, linewidth=0.8 * width.line
            )
            for end in (band.lower, band.upper):
                axes.plot(
                    [at - 0.06, at + 0.06], [end, end], color=theme.INK, linewidth=0.8 * width.line
                )
            axes.plot(
                [at],
                [band.estimate],
                marker="s",
                markersize=0.6 * width.small,
                color=theme.colour(0),
                zorder=3,
            )
        middle = box.left + (at + 0.5) * room
        _under(sheet, box, middle, (band.label, band.counts), room - 1.0)
    lines = _lines_under(plan, width, box.width)
    top = box.top + box.height + (lines + 0.5) * width.row
    most = max(text_width(plan.bands_name, width.text), 1.0)
    middle = min(box.left + box.width / 2, width.millimetres - EDGE - most / 2)
    sheet.write(plan.bands_name, middle, top, width.text, horizontalalignment="center")
