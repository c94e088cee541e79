"""The words of a panel, its title and its P values: their lines and their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.report.figures_corners import free_corner
from atrisk.report.figures_text import text_width, wrap

if TYPE_CHECKING:
    from atrisk.report.figures_plan import FigurePlan, Panel
    from atrisk.report.theme import Width

__all__ = ["Box", "Words", "panel_title", "tests_above", "tests_inside"]

_SHARE = 0.58


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: left and top corner, width and height, in millimetres."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Words:
    """Lines of text: the left and top corner in millimetres, the size of type in points."""

    lines: tuple[str, ...]
    left: float
    top: float
    size: float
    weight: str = "normal"


def panel_title(panel: Panel, width: Width, room: float) -> tuple[str, ...]:
    """Break a panel's title; no lines where there is none."""
    if not panel.title:
        return ()
    return wrap(panel.title, width.text, room, most_lines=2, weight="bold")


def tests_inside(plan: FigurePlan, panel: Panel, width: Width, box: Box) -> Words | None:
    """Place the P values in a free corner of the axes; None where there is none."""
    lines = _broken(panel, width, _SHARE * box.width)
    if not lines:
        return Words((), box.left, box.top, width.small)
    wide = max(text_width(line, width.small) for line in lines)
    high = width.row * len(lines)
    share = (wide / box.width, high / box.height)
    corner = free_corner(
        panel.curves, plan.x_max, panel.y_max, share, bands=panel.bands, start=plan.start
    )
    if corner is None:
        return None
    left, bottom = corner
    top = box.top + (1.0 - bottom) * box.height - high
    return Words(lines, box.left + left * box.width, top, width.small)


def tests_above(panel: Panel, width: Width, room: float) -> tuple[str, ...]:
    """Break the P values for a place over the axes."""
    return _broken(panel, width, room)


def _broken(panel: Panel, width: Width, room: float) -> tuple[str, ...]:
    return tuple(line for test in panel.tests for line in wrap(test, width.small, room))
