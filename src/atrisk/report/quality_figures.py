"""Figures of the data-quality page: accrual, completeness, last contact, a row a centre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.patches import Rectangle

from atrisk.report import theme
from atrisk.report.figures_sheet import Key, Sheet, blank_sheet, key_rows
from atrisk.report.figures_text import text_width, wrap
from atrisk.report.figures_words import Box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = [
    "AccrualPlan",
    "CompletenessPlan",
    "ContactsPlan",
    "draw_accrual",
    "draw_completeness",
    "draw_contacts",
]

_EDGE: Final = 1.5
_GAP: Final = 2.4
_LABEL_SHARE: Final = 0.3
_GRID: Final = "#e5e7eb"
_EMPTY: Final = "#f3f4f6"
#: From recent to long ago; the last two are overdue.
_BANDS: Final = ("#9CC7E4", "#0072B2", "#E69F00", "#D55E00")
_UNKNOWN: Final = "#c9ced6"
_MOST_MONTHS: Final = 48
_MOST_QUARTERS: Final = 160
_ROW: Final = 1.75
_TICKS: Final = (1, 2, 3, 5, 10, 20, 50)


@dataclass(frozen=True, slots=True)
class AccrualPlan:
    """Patients by month of entry: shape (C, M) counts from the month ``first`` (0 = 1970-01)."""

    labels: tuple[str, ...]
    first: int
    counts: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CompletenessPlan:
    """Shares of the entries asked for that are there, None where none is asked: rows of centres."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    shares: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True, slots=True)
class ContactsPlan:
    """Open patients by time since last contact: counts a band, then those without a date."""

    labels: tuple[str, ...]
    bands: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    overdue: tuple[int, ...]


def draw_accrual(plan: AccrualPlan, width: theme.Width) -> Figure:
    """Draw the patients entered over time: all centres above, a row of bars a centre below."""
    counts, step, first = _periods(plan)
    left = _label_room(plan.labels, width)
    right = _EDGE + _GAP + text_width(f"{int(counts.sum()):,}", width.small)
    pitch = _ROW * width.row
    top_height = 0.55 * width.axes_height
    head = _EDGE + width.text_row + 0.8 * width.row
    rows_top = head + top_height + 1.2 * width.row
    height = rows_top + pitch * len(plan.labels) + 3.2 * width.row + _EDGE
    plot_width = width.millimetres - left - right
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(height, width)
        sheet.write("Patients entered, all centres", _EDGE, _EDGE, width.text, weight="bold")
        above = Box(left, head, plot_width, top_height)
        _draw_total(sheet.axes(above), counts, width)
        below = Box(left, rows_top, plot_width, pitch * len(plan.labels))
        axes = sheet.axes(below)
        _draw_bars(axes, counts, width)
        _date_axis(axes, first, step, counts.shape[1], width, plot_width)
        _write_rows(sheet, plan.labels, left, rows_top, pitch)
        totals = [f"{int(total):,}" for total in counts.sum(axis=1)]
        _write_cells(sheet, totals, width.millimetres - _EDGE, rows_top, pitch)
        name = {1: "month", 3: "quarter", 12: "year"}[step]
        sheet.write(
            f"Entered in each {name}; at the right, all",
            left + plot_width / 2,
            rows_top + below.height + 1.7 * width.row,
            width.small,
            horizontalalignment="center",
        )
    return sheet.figure


def _periods(plan: AccrualPlan) -> tuple[NDArray[np.int64], int, int]:
    """Add months up to quarters or years where they are many; calendar periods."""
    months = plan.counts.shape[1]
    step = 1 if months <= _MOST_MONTHS else 3 if months <= _MOST_QUARTERS else 12
    before = plan.first % step
    after = -(before + months) % step
    padded = np.pad(plan.counts, ((0, 0), (before, after)))
    return padded.reshape(len(padded), -1, step).sum(axis=2), step, plan.first - before


def _draw_total(axes: Axes, counts: NDArray[np.int64], width: theme.Width) -> None:
    total = np.concatenate(([0], np.cumsum(counts.sum(axis=0))))
    axes.step(
        np.arange(len(total)), total, where="post", color=theme.colour(0), linewidth=width.line
    )
    axes.set_xlim(0, counts.shape[1])
    axes.set_ylim(0, max(1, total[-1]) * 1.04)
    axes.grid(axis="y", color=_GRID, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=width.small, pad=2.0, labelbottom=False)
    axes.locator_params(axis="y", nbins=5, integer=True)
    axes.set_xticks([])


def _draw_bars(axes: Axes, counts: NDArray[np.int64], width: theme.Width) -> None:
    """Draw each centre's bars on its row, all to one scale."""
    size, periods = counts.shape
    most = max(1, int(counts.max(initial=0)))
    for row, line in enumerate(counts):
        used = np.flatnonzero(line)
        heights = 0.82 * line[used] / most
        axes.bar(used + 0.5, -heights, width=0.86, bottom=row + 1.0, color=theme.colour(0))
        axes.axhline(row + 1.0, color=theme.GREY, linewidth=0.4)
    axes.set_xlim(0, periods)
    axes.set_ylim(size, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.tick_params(labelsize=width.small, pad=2.0)


def _date_axis(
    axes: Axes, first: int, step: int, periods: int, width: theme.Width, room: float
) -> None:
    """Mark the beginnings of years, as many as have room."""
    years = range(-(-first // 12), (first + periods * step) // 12 + 1)
    fit = max(1, int(room / (1.4 * text_width("2020", width.small))))
    every = next((gap for gap in _TICKS if len(years) / gap <= fit), _TICKS[-1])
    shown = [year for year in years if year % every == 0 or len(years) == 1]
    places = [(12 * year - first) / step for year in shown]
    kept = [(at, year) for at, year in zip(places, shown, strict=True) if 0 <= at <= periods]
    axes.set_xticks([at for at, _ in kept], [str(1970 + year) for _, year in kept])


def draw_completeness(plan: CompletenessPlan, width: theme.Width) -> Figure:
    """Draw a table of shares, a row a centre and a column a form, shaded by what is missing."""
    left = _label_room(plan.rows, width)
    head = max((text_width(name, width.small) for name in plan.columns), default=0.0) + 1.2
    cell = (width.millimetres - left - _EDGE) / max(1, len(plan.columns))
    pitch = _ROW * width.row
    top = _EDGE + head + 1.0
    height = top + pitch * len(plan.rows) + _EDGE
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(height, width)
        for place, name in enumerate(plan.columns):
            _upright(sheet, name, left + (place + 0.5) * cell, top - 1.0)
        _write_rows(sheet, plan.rows, left, top, pitch)
        for row, shares in enumerate(plan.shares):
            for place, share in enumerate(shares):
                box = Box(left + place * cell, top + row * pitch, cell, pitch)
                _draw_share(sheet, share, box)
    return sheet.figure


def _upright(sheet: Sheet, text: str, middle: float, bottom: float) -> None:
    inch = 25.4
    sheet.figure.text(
        middle / inch,
        (sheet.height - bottom) / inch,
        text,
        size=sheet.width.small,
        rotation=90,
        horizontalalignment="center",
        verticalalignment="bottom",
        transform=sheet.figure.dpi_scale_trans,
    )


def _draw_share(sheet: Sheet, share: float | None, box: Box) -> None:
    inner = Box(box.left + 0.25, box.top + 0.25, box.width - 0.5, box.height - 0.5)
    sheet.shade(inner, _EMPTY if share is None else _tint(share))
    text = "" if share is None else _whole_percent(share)
    sheet.write(
        text,
        box.left + box.width / 2,
        box.top + (box.height - sheet.width.row) / 2,
        sheet.width.small,
        horizontalalignment="center",
    )


def _tint(share: float) -> str:
    """Give a shade: pale where all is there, stronger the more is missing."""
    missing = min(1.0, (1.0 - share) / 0.5) ** 0.7
    full, pale = np.array([213, 94, 0]), np.array([234, 243, 249])
    mixed = np.round(pale + 0.72 * missing * (full - pale)).astype(int)
    return "#{:02x}{:02x}{:02x}".format(*mixed.tolist())


def _whole_percent(share: float) -> str:
    """Round to whole percent, but never to 0 or 100 what is neither."""
    percent = round(100 * share)
    if share < 1.0:
        percent = min(percent, 99)
    return str(max(percent, 1) if share > 0.0 else percent)


def draw_contacts(plan: ContactsPlan, width: theme.Width) -> Figure:
    """Draw how long ago open patients were last seen: shares of a bar, a bar a centre."""
    colours = [*_BANDS[: len(plan.bands)], _UNKNOWN]
    keys = [
        Key(name, _patch(colour, width))
        for name, colour in zip((*plan.bands, "no date"), colours, strict=True)
    ]
    left = _label_room(plan.labels, width)
    cells = [
        f"{late:,} of {sum(counts):,}"
        for late, counts in zip(plan.overdue, plan.counts, strict=True)
    ]
    right = _EDGE + _GAP + max(text_width(text, width.small) for text in (*cells, "Overdue"))
    pitch = _ROW * width.row
    legend = width.text_row * len(key_rows(keys, width, _EDGE))
    top = _EDGE + legend + 1.6 * width.row
    height = top + pitch * len(plan.labels) + 3.4 * width.row + _EDGE
    box = Box(left, top, width.millimetres - left - right, pitch * len(plan.labels))
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(height, width)
        sheet.keys(keys, _EDGE, _EDGE)
        _write_rows(sheet, plan.labels, left, top, pitch)
        edge = width.millimetres - _EDGE
        sheet.write("Overdue", edge, top - 1.3 * width.row, width.small, weight="bold", ha="right")
        _write_cells(sheet, cells, edge, top, pitch)
        axes = sheet.axes(box)
        _draw_stacks(axes, plan, colours)
        axes.tick_params(labelsize=width.small, pad=2.0)
        sheet.write(
            "Open patients (%)",
            left + box.width / 2,
            top + box.height + 1.8 * width.row,
            width.small,
            horizontalalignment="center",
        )
    return sheet.figure


def _patch(colour: str, width: theme.Width) -> dict[str, Any]:
    return {"linestyle": "none", "marker": "s", "markersize": width.small, "color": colour}


def _draw_stacks(axes: Axes, plan: ContactsPlan, colours: Sequence[str]) -> None:
    for row, counts in enumerate(plan.counts):
        total, at = sum(counts), 0.0
        for count, colour in zip(counts, colours, strict=True):
            share = 100.0 * count / total if total else 0.0
            axes.add_patch(Rectangle((at, row + 0.18), share, 0.64, color=colour, linewidth=0))
            at += share
    axes.set_xlim(0, 100)
    axes.set_ylim(len(plan.counts), 0)
    axes.set_yticks([])
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.spines["left"].set_visible(False)


def _label_room(labels: Sequence[str], width: theme.Width) -> float:
    widest = max((text_width(label, width.small) for label in labels), default=0.0)
    return _EDGE + min(widest, _LABEL_SHARE * width.millimetres) + _GAP


def _write_rows(sheet: Sheet, labels: Sequence[str], left: float, top: float, pitch: float) -> None:
    """Write a label before each row, shortened where it is long; "All" stands out."""
    room = left - _EDGE - _GAP
    for row, label in enumerate(labels):
        (line,) = wrap(label, sheet.width.small, room, most_lines=1)
        at = top + row * pitch + (pitch - sheet.width.row) / 2
        weight = "bold" if label == "All" else "normal"
        sheet.write(line, _EDGE, at, sheet.width.small, weight=weight)


def _write_cells(
    sheet: Sheet, cells: Sequence[str], right: float, top: float, pitch: float
) -> None:
    for row, text in enumerate(cells):
        at = top + row * pitch + (pitch - sheet.width.row) / 2
        sheet.write(text, right, at, sheet.width.small, horizontalalignment="right")
