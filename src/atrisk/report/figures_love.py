"""Love plots: how far apart the groups are in each covariate, before and after weighting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

from atrisk.report import format as form
from atrisk.report import theme
from atrisk.report.figures_rows import Line, RowsPlan, lay_out_rows, write_rows
from atrisk.report.figures_sheet import Key, blank_sheet, key_rows
from atrisk.report.language import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from atrisk.report.figures_rows import RowsLayout
    from atrisk.report.values import Node, Values

__all__ = ["LovePlan", "draw_love", "love_plan"]

LIMIT = 0.1
"""Up to this standardised difference groups count as balanced."""

_TOPS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0)
_HEADROOM = 1.06


@dataclass(frozen=True, slots=True)
class LovePlan:
    """Everything a love plot shows: absolute standardised differences of each line."""

    id: str
    rows: RowsPlan
    before: tuple[float | None, ...]
    after: tuple[float | None, ...]
    x_max: float


def love_plan(analysis: Node, values: Values) -> LovePlan:
    """Plan the love plot of a weighted analysis."""
    prefix = f"{analysis['id']}.balance"

    def sizes(part: str) -> tuple[float | None, ...]:
        found = (values.raw(f"{prefix}.{row['id']}.{part}") for row in analysis["balance"])
        return tuple(None if number is None else abs(number) for number in found)

    lines = tuple(
        Line(
            row["label"],
            (),
            tuple(values.fixed(f"{prefix}.{row['id']}.{p}", 2).text for p in ("before", "after")),
            band=place,
        )
        for place, row in enumerate(analysis["balance"])
    )
    before, after = sizes("before"), sizes("after")
    most = max((size for size in (*before, *after) if size is not None), default=LIMIT)
    return LovePlan(
        id=f"{analysis['id']}_love",
        rows=RowsPlan(word("Covariate"), (), (word("Unweighted"), word("Weighted")), lines),
        before=before,
        after=after,
        x_max=next((top for top in _TOPS if _HEADROOM * most <= top), _HEADROOM * most),
    )


def _styles(width: theme.Width) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the marks: an open circle before weighting, a filled square after."""
    common = {"linestyle": "none", "markeredgewidth": 0.8 * width.line}
    before, after = theme.colour(1), theme.colour(0)
    size = 0.62 * width.small
    return (
        common | {"marker": "o", "markersize": size, "color": before, "markerfacecolor": "white"},
        common | {"marker": "s", "markersize": 0.9 * size, "color": after},
    )


def draw_love(plan: LovePlan, width: theme.Width) -> Figure:
    """Draw a love plot for one width of paper."""
    keys = [
        Key(name, style)
        for name, style in zip((word("Unweighted"), word("Weighted")), _styles(width), strict=True)
    ]
    legend = len(key_rows(keys, width, 0.0)) * width.text_row
    layout = lay_out_rows(plan.rows, width, under=3.0 * width.row + legend)
    with mpl.rc_context(theme.RC):
        sheet = blank_sheet(layout.height, width)
        write_rows(sheet, plan.rows, layout)
        axes = sheet.axes(layout.plot)
        _dress(axes, plan, layout, width)
        for sizes, style in zip((plan.before, plan.after), _styles(width), strict=True):
            _draw_sizes(axes, sizes, layout, style)
        bottom = layout.plot.top + layout.plot.height
        sheet.write(
            word("Absolute standardised difference"),
            layout.plot.left + layout.plot.width / 2,
            bottom + 1.4 * width.row,
            width.text,
            horizontalalignment="center",
        )
        sheet.keys(keys, max(layout.plot.left - 20.0, 1.5), bottom + 3.0 * width.row)
    return sheet.figure


def _dress(axes: Axes, plan: LovePlan, layout: RowsLayout, width: theme.Width) -> None:
    axes.patch.set_visible(False)
    axes.set_xlim(0.0, plan.x_max)
    axes.set_ylim(layout.plot.top + layout.plot.height, layout.plot.top)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    marks = [mark for mark in (0.0, LIMIT, plan.x_max / 2, plan.x_max) if mark <= plan.x_max]
    axes.set_xticks(sorted(set(marks)), [form.general(mark) for mark in sorted(set(marks))])
    axes.tick_params(labelsize=width.small, pad=2.0)
    axes.axvline(0.0, color=theme.INK, linewidth=0.6, zorder=1)
    axes.axvline(LIMIT, color=theme.GREY, linewidth=0.7, linestyle=(0.0, (2.0, 2.0)), zorder=1)


def _draw_sizes(
    axes: Axes, sizes: tuple[float | None, ...], layout: RowsLayout, style: dict[str, Any]
) -> None:
    known = [(x, y) for x, y in zip(sizes, layout.middles, strict=True) if x is not None]
    axes.plot([x for x, _ in known], [y for _, y in known], clip_on=False, zorder=3, **style)
