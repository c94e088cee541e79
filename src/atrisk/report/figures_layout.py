"""Where everything in a figure goes, in millimetres from the left and the top of the sheet."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.figures_sheet import SWATCH, SWATCH_GAP
from atrisk.report.figures_text import flow, text_width, wrap
from atrisk.report.figures_words import Box, Words, panel_title, tests_above, tests_inside

if TYPE_CHECKING:
    from atrisk.report.figures_counts import RiskBlock
    from atrisk.report.figures_plan import FigurePlan
    from atrisk.report.theme import Width

__all__ = [
    "Layout",
    "LegendEntry",
    "RiskLabel",
    "lay_out",
    "shown_risk_times",
    "shown_ticks",
]

_EDGE = 1.5
_LEGEND_GAP = 5.0
_PANEL_GAP = 9.0
_RIGHT = 4.0
_AFTER_LEGEND = 2.0
_COUNT_GAP = 2.0
_LABEL_GAP = 2.6
_TICK_GAP = 1.2


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A named curve: where its line sample starts, and the lines of its name."""

    style: int
    lines: tuple[str, ...]
    left: float
    top: float


@dataclass(frozen=True, slots=True)
class RiskLabel:
    """The name of a number-at-risk row, in lines; ``top`` is the top of the first."""

    lines: tuple[str, ...]
    style: int | None
    top: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The sheet and the place of everything on it."""

    width: float
    height: float
    legend: tuple[LegendEntry, ...]
    axes: tuple[Box, ...]
    words: tuple[Words, ...]
    risk_panels: tuple[int, ...]
    risk_titles: tuple[tuple[str, float], ...]
    risk_labels: tuple[RiskLabel, ...]
    x_name_tops: tuple[float, ...]


def lay_out(plan: FigurePlan, width: Width) -> Layout:
    """Place legend, axes, words and numbers at risk for one width of paper."""
    left = _left_margin(plan, width)
    legend, top = _legend(plan, width, left)
    axes, words = _panels(plan, width, left, top)
    below = axes[-1].top + axes[-1].height + _under_axes(width)
    titles, risk_labels, bottom = _risk_blocks(plan, width, left, below)
    return Layout(
        width=width.millimetres,
        height=bottom + _EDGE,
        legend=legend,
        axes=axes,
        words=words,
        risk_panels=_risk_panels(plan, width),
        risk_titles=titles,
        risk_labels=risk_labels,
        x_name_tops=tuple(box.top + box.height + 1.4 * width.row for box in axes),
    )


def _panels(
    plan: FigurePlan, width: Width, left: float, top: float
) -> tuple[tuple[Box, ...], tuple[Words, ...]]:
    """Place the axes; P values go into a free corner, or above the axes if a panel has none."""
    room = _axes(plan, width, left, top, head=0.0)[0].width
    titles = tuple(panel_title(panel, width, room) for panel in plan.panels)
    head = max(map(len, titles)) * width.text_row
    axes = _axes(plan, width, left, top, head + _head_gap(head))
    inside = tuple(
        tests_inside(plan, panel, width, box) for panel, box in zip(plan.panels, axes, strict=True)
    )
    if None not in inside:
        tests = tuple(words for words in inside if words is not None)
    else:
        lines = tuple(tests_above(panel, width, room) for panel in plan.panels)
        deep = max(map(len, lines)) * width.row
        axes = _axes(plan, width, left, top, head + deep + _head_gap(head + deep))
        tests = tuple(
            Words(found, box.left, box.top - deep - _head_gap(deep), width.small)
            for found, box in zip(lines, axes, strict=True)
        )
        head += deep
    named = (
        Words(found, box.left, box.top - head - _head_gap(head), width.text, "bold")
        for found, box in zip(titles, axes, strict=True)
    )
    return axes, (*named, *tests)


def _head_gap(head: float) -> float:
    return 1.6 if head else 0.0


def _under_axes(width: Width) -> float:
    """Tick labels, the axis name and a little air."""
    return 3.2 * width.row


def _swatch(plan: FigurePlan) -> float:
    return SWATCH + SWATCH_GAP if plan.legend else 0.0


def _risk_swatch(plan: FigurePlan) -> float:
    has_own = any(row.style is not None for row in plan.risk_rows)
    return SWATCH + SWATCH_GAP if has_own else 0.0


def _half_count(plan: FigurePlan, width: Width) -> float:
    """Give the part of the first column of counts that lies left of the axis, and a gap."""
    widest = max(text_width(row.counts[0], width.small) for row in plan.risk_rows)
    return widest / 2 + _LABEL_GAP


def _left_margin(plan: FigurePlan, width: Width) -> float:
    widest = max(text_width(row.label, width.small) for row in plan.risk_rows)
    limit = width.label_share * width.millimetres
    labels = min(_risk_swatch(plan) + widest, limit) + _half_count(plan, width) + _EDGE
    axis = _EDGE + 1.5 * width.row + text_width("100", width.small) + 3.0
    return max(labels, axis)


def _legend(plan: FigurePlan, width: Width, left: float) -> tuple[tuple[LegendEntry, ...], float]:
    """Name the curves in rows over the axes, over the whole sheet where names are long."""
    longest = max((text_width(entry.label, width.text) for entry in plan.legend), default=0.0)
    room = width.millimetres - left - _EDGE
    if longest > room - _swatch(plan):
        left, room = _EDGE, width.millimetres - 2 * _EDGE
    named = [
        (int(entry.id), wrap(entry.label, width.text, room - _swatch(plan)))
        for entry in plan.legend
    ]
    widths = [
        _swatch(plan) + max(text_width(line, width.text) for line in lines) for _, lines in named
    ]
    entries: list[LegendEntry] = []
    top = _EDGE
    for row in flow(widths, room, _LEGEND_GAP):
        at = left
        for index in row:
            style, lines = named[index]
            entries.append(LegendEntry(style, lines, at, top))
            at += widths[index] + _LEGEND_GAP
        top += width.text_row * max((len(named[index][1]) for index in row), default=0)
    return tuple(entries), top + (_AFTER_LEGEND if entries else 1.0)


def _columns(plan: FigurePlan, width: Width) -> int:
    """Tell how many panels stand in a row."""
    panels = len(plan.panels)
    if width.side_by_side:
        return panels if panels <= 3 else 2 if panels == 4 else 3
    return 2 if plan.stacked and panels > 2 else 1


def _axes(plan: FigurePlan, width: Width, left: float, top: float, head: float) -> tuple[Box, ...]:
    """Place the axes, each with ``head`` millimetres for words over it."""
    count, columns = len(plan.panels), _columns(plan, width)
    height = width.axes_height if count == 1 and not plan.low else width.panel_height
    room = width.millimetres - left - _RIGHT
    gap = _panel_gap(plan, width)
    each = (room - gap * (columns - 1)) / columns
    pitch = head + height + _under_axes(width)
    places = (divmod(index, columns) for index in range(count))
    return tuple(
        Box(left + column * (each + gap), top + head + row * pitch, each, height)
        for row, column in places
    )


def _panel_gap(plan: FigurePlan, width: Width) -> float:
    """Keep the last column of counts clear of the next panel's first, and axis labels of both."""
    first, last = (
        max(text_width(r.counts[i], width.small) for r in plan.risk_rows) for i in (0, -1)
    )
    labels = 0.0 if plan.one_height else text_width("100", width.small) + 3.0
    return max(_PANEL_GAP, (first + last) / 2 + _LEGEND_GAP, labels + 2 * _COUNT_GAP)


def _risk_panels(plan: FigurePlan, width: Width) -> tuple[int, ...]:
    """Choose the panels of the last row; of stacked ones, a group each, one names all groups."""
    columns = _columns(plan, width)
    last = (len(plan.panels) - 1) // columns * columns
    return (last,) if plan.stacked else tuple(range(last, len(plan.panels)))


def _risk_blocks(
    plan: FigurePlan, width: Width, left: float, top: float
) -> tuple[tuple[tuple[str, float], ...], tuple[RiskLabel, ...], float]:
    """Place the heads and the rows of counts."""
    titles: list[tuple[str, float]] = []
    placed: list[RiskLabel] = []
    for block in plan.risk_blocks:
        if titles:
            top += 0.5 * width.row
        titles.append((block.title, top))
        labels, top = _risk_labels(plan, block, width, left, top + 1.4 * width.row)
        placed += labels
    return tuple(titles), tuple(placed), top


def _risk_labels(
    plan: FigurePlan, block: RiskBlock, width: Width, left: float, top: float
) -> tuple[tuple[RiskLabel, ...], float]:
    room = left - _EDGE - _half_count(plan, width) - _risk_swatch(plan)
    named = [(row, wrap(row.label, width.small, room)) for row in block.rows]
    gap = 0.25 * width.row if any(len(lines) > 1 for _, lines in named) else 0.0
    placed: list[RiskLabel] = []
    for row, lines in named:
        placed.append(RiskLabel(lines, row.style, top))
        top += len(lines) * width.row + gap
    return tuple(placed), top


def shown_ticks(plan: FigurePlan, width: Width, box: Box) -> tuple[float, ...]:
    """Choose the marks of the time axis whose labels have room: every one, every second, ..."""
    widest = max(text_width(form.general(tick), width.small) for tick in plan.ticks)
    needed = (widest + _TICK_GAP) * plan.x_max / box.width
    for step in range(1, len(plan.ticks)):
        kept = plan.ticks[::step]
        if all(after - tick >= needed for tick, after in itertools.pairwise(kept)):
            return kept
    return plan.ticks[:1]


def shown_risk_times(plan: FigurePlan, width: Width, box: Box) -> tuple[int, ...]:
    """Choose which columns of numbers at risk fit: every one, every second, every third, ...

    Returns indices into ``plan.risk_times``.
    """
    indices = range(len(plan.risk_times))
    widest = max(text_width(count, width.small) for row in plan.risk_rows for count in row.counts)
    needed = (widest + _COUNT_GAP) * plan.x_max / box.width
    times = plan.risk_times
    for step in range(1, len(times)):
        kept = indices[::step]
        if all(times[b] - times[a] >= needed for a, b in itertools.pairwise(kept)):
            return tuple(kept)
    return tuple(indices[:1])
