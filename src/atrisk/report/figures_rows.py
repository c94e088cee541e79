"""The layout of a figure that is a table with a plot in it: a forest plot, a love plot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.report import theme
from atrisk.report.figures_text import text_width, wrap
from atrisk.report.figures_words import Box

if TYPE_CHECKING:
    from atrisk.report.figures_sheet import Sheet

__all__ = ["Line", "RowsLayout", "RowsPlan", "lay_out_rows", "write_rows"]

_EDGE = 1.5
_GAP = 3.2
_INDENT = 2.6
_PITCH = 1.16
_PLOT_SHARE = {True: 0.33, False: 0.25}
_HEADING_SHARE = 0.16
_LABEL_SHARE = 0.2
_SHADE = "#f3f4f6"


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its label, its cells left and right of the plot, and the band it belongs to."""

    label: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    level: int = 0
    band: int = 0
    bold: bool = False


@dataclass(frozen=True, slots=True)
class RowsPlan:
    """The words of the figure: heads of the columns, in lines, and the lines."""

    stub: str
    left_heads: tuple[str, ...]
    right_heads: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class RowsLayout:
    """Where it all goes, in millimetres; ``middles`` are the heights the marks are drawn at."""

    plot: Box
    head_top: float
    tops: tuple[float, ...]
    middles: tuple[float, ...]
    labels: tuple[tuple[str, ...], ...]
    left_edges: tuple[float, ...]
    right_edges: tuple[float, ...]
    height: float


def lay_out_rows(
    plan: RowsPlan, width: theme.Width, under: float, middle: float = 0.0
) -> RowsLayout:
    """Place the lines; ``under`` is the room for the axis below them.

    Headings, which have no mark, may run into the plot as far as ``middle``, a share of its width.

    The cells left of the plot are left out where the paper is narrow.
    """
    left_widths = _column_widths(plan, width, right=False) if width.side_by_side else []
    right_widths = _column_widths(plan, width, right=True)
    used = sum(w + _GAP for w in (*left_widths, *right_widths)) + 2 * _EDGE + _GAP
    plot_width = _PLOT_SHARE[width.side_by_side] * width.millimetres
    room = width.millimetres - used - plot_width
    # the plot gives way to labels that would else be broken into many lines
    least = min(_LABEL_SHARE * width.millimetres, room + plot_width / 3)
    label_width = min(_widest_label(plan, width), max(room, least))
    left_edges, at = _edges(left_widths, _EDGE + label_width)
    right_start = width.millimetres - _EDGE - sum(w + _GAP for w in right_widths)
    clear = at - _EDGE + middle * (right_start - at - 2 * _GAP)
    labels = tuple(
        _label(line, width, label_width if _has_cells(line) else clear) for line in plan.lines
    )
    right_edges, _ = _edges(right_widths, right_start)
    head_top, pitch = _EDGE, width.row
    tops: list[float] = []
    top = head_top + (_head_lines(plan) + 0.6) * width.row
    first = top
    for lines in labels:
        tops.append(top)
        top += (len(lines) + _PITCH - 1.0) * pitch
    plot = Box(at + _GAP, first, right_start - at - _GAP, top - first)
    return RowsLayout(
        plot=plot,
        head_top=head_top,
        tops=tuple(tops),
        middles=tuple(t + 0.5 * _PITCH * pitch for t in tops),
        labels=labels,
        left_edges=left_edges,
        right_edges=right_edges,
        height=top + under + _EDGE,
    )


def _head_lines(plan: RowsPlan) -> int:
    return max(head.count("\n") + 1 for head in (plan.stub, *plan.left_heads, *plan.right_heads))


def _column_widths(plan: RowsPlan, width: theme.Width, *, right: bool) -> list[float]:
    heads = plan.right_heads if right else plan.left_heads
    return [
        max(
            *(text_width(line, width.small, "bold") for line in head.split("\n")),
            *(
                text_width((line.right if right else line.left)[i], width.small)
                for line in plan.lines
            ),
        )
        for i, head in enumerate(heads)
    ]


def _edges(widths: list[float], at: float) -> tuple[tuple[float, ...], float]:
    """Give the right edge of each column, and where the last ends."""
    edges = []
    for width in widths:
        at += _GAP + width
        edges.append(at)
    return tuple(edges), at


def _widest_label(plan: RowsPlan, width: theme.Width) -> float:
    """Give the room of the labels: of those beside cells, and a good part of the headings."""
    head = text_width(plan.stub, width.small, "bold")
    found = [(line, _label_width(line, width)) for line in plan.lines]
    beside = max((w for line, w in found if _has_cells(line)), default=0.0)
    heading = min(max(w for _, w in found), _HEADING_SHARE * width.millimetres)
    return max(head, beside, heading)


def _label_width(line: Line, width: theme.Width) -> float:
    return text_width(line.label, width.small, _weight(line)) + line.level * _INDENT


def _has_cells(line: Line) -> bool:
    """Tell whether a label must leave room for cells beside it; a heading may run over theirs."""
    return not line.left or any(line.left)


def _label(line: Line, width: theme.Width, room: float) -> tuple[str, ...]:
    return wrap(line.label, width.small, room - line.level * _INDENT, weight=_weight(line))


def _weight(line: Line) -> str:
    return "bold" if line.bold else "normal"


def write_rows(sheet: Sheet, plan: RowsPlan, layout: RowsLayout) -> None:
    """Write heads, labels and cells, with a band behind every second variable."""
    size, right = sheet.width.small, {"horizontalalignment": "right"}
    _shade(sheet, plan, layout)
    heads = [*zip(plan.right_heads, layout.right_edges, strict=True)]
    if layout.left_edges:
        heads += zip(plan.left_heads, layout.left_edges, strict=True)
    deepest = _head_lines(plan)
    bottom = layout.head_top + (deepest - 1) * sheet.width.row
    sheet.write(plan.stub, _EDGE, bottom, size, weight="bold")
    for head, edge in heads:
        lines = head.split("\n")
        for index, text in enumerate(lines):
            at = bottom - (len(lines) - 1 - index) * sheet.width.row
            sheet.write(text, edge, at, size, weight="bold", **right)
    for line, labels, top in zip(plan.lines, layout.labels, layout.tops, strict=True):
        inset = 0.5 * (_PITCH - 1.0) * sheet.width.row
        for index, text in enumerate(labels):
            at = top + inset + index * sheet.width.row
            sheet.write(text, _EDGE + line.level * _INDENT, at, size, weight=_weight(line))
        cells = [*zip(line.right, layout.right_edges, strict=True)]
        if layout.left_edges:
            cells += zip(line.left, layout.left_edges, strict=True)
        for cell, edge in cells:
            sheet.write(cell, edge, top + inset, size, **right)


def _shade(sheet: Sheet, plan: RowsPlan, layout: RowsLayout) -> None:
    ends = (*layout.tops[1:], layout.plot.top + layout.plot.height)
    rule = {"color": theme.INK, "linewidth": 0.6}
    wide = sheet.width.millimetres
    sheet.rule(_EDGE, wide - _EDGE, layout.plot.top, **rule)
    for line, top, end in zip(plan.lines, layout.tops, ends, strict=True):
        if line.band % 2 == 0:
            sheet.shade(Box(_EDGE, top, wide - 2 * _EDGE, end - top), _SHADE)
