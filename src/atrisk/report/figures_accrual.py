"""Patients over calendar time: steps on top of each other, or a panel a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np

from atrisk.report import theme
from atrisk.report.figures_events import EDGE, Tick, set_ticks
from atrisk.report.figures_sheet import Sheet, blank_sheet
from atrisk.report.figures_text import text_width, wrap
from atrisk.report.figures_words import Box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = ["AccrualPlan", "Steps", "draw_accrual"]

_FILLS = ("#8ea6bd", "#dfe6ee")
_EVEN = 2
_ROOM = 1.05


@dataclass(frozen=True, slots=True)
class Steps:
    """The patients of a group: days, and how many up to each."""

    label: str
    days: tuple[float, ...]
    counts: tuple[int, ...]

    def at(self, days: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give how many there were up to some days."""
        place = np.searchsorted(np.array(self.days), days, side="right")
        return np.array([0, *self.counts], dtype=np.float64)[place]


@dataclass(frozen=True, slots=True)
class AccrualPlan:
    """Everything the figure shows; days are counted from any one day."""

    id: str
    total: Steps
    groups: tuple[Steps, ...]
    panels: bool
    cut_off: float | None
    cut_off_name: str
    x_name: str
    y_name: str
    x_ends: tuple[float, float]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[tuple[Tick, ...], tuple[Tick, ...]]


def draw_accrual(plan: AccrualPlan, width: theme.Width) -> Figure:
    """Draw the steps for one width of paper."""
    return _draw_panels(plan, width) if plan.panels else _draw_stacked(plan, width)


def _draw_stacked(plan: AccrualPlan, width: theme.Width) -> Figure:
    names = [f"{group.label}: {group.counts[-1]}" for group in plan.groups if group.counts]
    right = max((text_width(name, width.small) for name in names), default=0.0)
    most = 0.3 * width.millimetres
    right = min(right, most) + (4.0 if names else EDGE)
    left = 2 * EDGE + width.text_row + 5.5
    head = 1.6 * width.row
    plot = Box(left, EDGE + head, width.millimetres - left - right - EDGE, 0.85 * width.axes_height)
    bottom = plot.top + plot.height
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(bottom + 3.2 * width.row + EDGE, width)
        axes = sheet.axes(plot)
        top = _ROOM * max(plan.total.counts[-1], plan.y_ticks[0][-1].at)
        _dress(axes, plan, plan.y_ticks[0], top, (plot, width))
        axes.set_ylabel(plan.y_name, fontsize=width.text, labelpad=2.0)
        heights = _draw_bands(axes, plan, width)
        _draw_steps(axes, plan, plan.total, width)
        _names_at_right(sheet, plot, names, [(height / top) for height in heights], right)
        _cut_off(sheet, axes, plan, plot)
        middle = plot.left + plot.width / 2
        at = bottom + 1.5 * width.row
        sheet.write(plan.x_name, middle, at, width.text, horizontalalignment="center")
    return sheet.figure


def _dress(
    axes: Axes, plan: AccrualPlan, ticks: Sequence[Tick], top: float, at: tuple[Box, theme.Width]
) -> None:
    box, width = at
    axes.set_xlim(*plan.x_ends)
    axes.set_ylim(0.0, top)
    # panels stand so near that labels at their edges would meet
    set_ticks(axes, plan.x_ticks, width, box, beyond=1.4 if plan.panels else 4.0)
    set_ticks(axes, ticks, width, box, upright=True)


def _draw_steps(axes: Axes, plan: AccrualPlan, steps: Steps, width: theme.Width) -> None:
    days = [plan.x_ends[0], *steps.days, plan.x_ends[1]]
    counts = [0, *steps.counts, steps.counts[-1]]
    axes.step(days, counts, where="post", color=theme.INK, linewidth=width.line, zorder=3)


def _draw_bands(axes: Axes, plan: AccrualPlan, width: theme.Width) -> list[float]:
    """Fill the groups on top of each other; give the middle of each at its right end."""
    days = np.array([plan.x_ends[0], *plan.total.days, plan.x_ends[1]])
    below = np.zeros(len(days))
    middles = []
    for at, group in enumerate(one for one in plan.groups if one.counts):
        above = below + group.at(days)
        fill = _FILLS[at % _EVEN]
        axes.fill_between(days, below, above, step="post", facecolor=fill, linewidth=0, zorder=1)
        axes.step(days, above, where="post", color="white", linewidth=0.3 * width.line, zorder=2)
        middles.append(float((below[-1] + above[-1]) / 2))
        below = above
    return middles


def _names_at_right(
    sheet: Sheet, box: Box, names: list[str], shares: list[float], room: float
) -> None:
    """Write the names of bands beside their ends, apart from each other, each with a leader."""
    width = sheet.width
    wanted = [box.top + (1.0 - share) * box.height for share in shares]
    placed = _spread(wanted, width.row, box.top, box.top + box.height)
    right = box.left + box.width
    for name, height, at in zip(names, wanted, placed, strict=True):
        line = wrap(name, width.small, room - 3.0, most_lines=1)[0]
        sheet.write(line, right + 3.0, at - 0.5 * width.row, width.small)
        _leader(sheet, (right + 0.3, height), (right + 2.6, at))


def _leader(sheet: Sheet, start: tuple[float, float], end: tuple[float, float]) -> None:
    from matplotlib.lines import Line2D

    sheet.figure.add_artist(
        Line2D(
            [start[0] / 25.4, end[0] / 25.4],
            [(sheet.height - start[1]) / 25.4, (sheet.height - end[1]) / 25.4],
            transform=sheet.figure.dpi_scale_trans,
            color=theme.GREY,
            linewidth=0.5,
        )
    )


def _spread(wanted: Sequence[float], step: float, top: float, bottom: float) -> list[float]:
    """Move heights apart, from the lowest on the paper upwards, and down again at the top."""
    placed: list[float] = []
    for height in wanted:
        at = min(height, bottom - 0.5 * step)
        placed.append(min(at, placed[-1] - step) if placed else at)
    least = top + 0.5 * step
    for place in range(len(placed) - 1, -1, -1):
        placed[place] = max(placed[place], least)
        least = placed[place] + step
    return placed


def _cut_off(sheet: Sheet, axes: Axes, plan: AccrualPlan, box: Box) -> None:
    if plan.cut_off is None:
        return
    width = sheet.width
    dotted = (0.0, (2.0, 2.0))
    axes.axvline(plan.cut_off, color=theme.GREY, linewidth=0.8, linestyle=dotted, zorder=4)
    low, high = plan.x_ends
    at = box.left + (plan.cut_off - low) / (high - low) * box.width
    half = text_width(plan.cut_off_name, width.small) / 2
    top, last = box.top - 1.3 * width.row, width.millimetres - EDGE
    if at + half > last:
        sheet.write(plan.cut_off_name, last, top, width.small, horizontalalignment="right")
    else:
        sheet.write(plan.cut_off_name, at, top, width.small, horizontalalignment="center")


def _draw_panels(plan: AccrualPlan, width: theme.Width) -> Figure:
    across = min(len(plan.groups), 4 if width.side_by_side else 2)
    rows = -(-len(plan.groups) // across)
    left = 2 * EDGE + width.text_row + 4.5
    wide = (width.millimetres - left - EDGE) / across
    high = 0.42 * width.panel_height
    pitch = high + 3.6 * width.row
    top = _ROOM * max(plan.y_ticks[1][-1].at, *(group.counts[-1] for group in plan.groups))
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(EDGE + rows * pitch + 2.6 * width.row, width)
        for place, group in enumerate(plan.groups):
            row, column = divmod(place, across)
            start = EDGE + row * pitch + 1.2 * width.row
            box = Box(left + column * wide, start, wide - 4.0, high)
            axes = sheet.axes(box)
            _dress(axes, plan, plan.y_ticks[1], top, (box, width))
            _draw_steps(axes, plan, group, width)
            if plan.cut_off is not None:
                dotted = (0.0, (2.0, 2.0))
                axes.axvline(plan.cut_off, color=theme.GREY, linewidth=0.7, linestyle=dotted)
            name = f"{group.label}: {group.counts[-1]}"
            line = wrap(name, width.small, wide - 4.0, most_lines=1, weight="bold")[0]
            sheet.write(line, box.left, start - 1.2 * width.row, width.small, fontweight="bold")
        at = EDGE + rows * pitch + 0.1 * width.row
        middle = (left + width.millimetres) / 2
        sheet.write(plan.x_name, middle, at, width.text, horizontalalignment="center")
        sheet.figure.text(
            (EDGE + 0.5 * width.text_row) / 25.4,
            0.5 * sheet.height / 25.4,
            plan.y_name,
            size=width.text,
            rotation=90,
            va="center",
            ha="center",
            transform=sheet.figure.dpi_scale_trans,
        )
    return sheet.figure
