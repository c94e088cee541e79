"""How figures look: colours, line styles, sizes. One place, used by every figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

__all__ = [
    "COLUMN",
    "FULL",
    "GREY",
    "INK",
    "MANY_POINTS",
    "PERCENT_MARKS",
    "RC",
    "WARNING",
    "Width",
    "area",
    "colour",
    "dashes",
]

LineStyle = Literal["solid"] | tuple[float, tuple[float, ...]]

INK = "#1f2328"
GREY = "#6b7280"
WARNING = "#b04a00"

#: More dots than these in a panel are a picture inside a vector file, which would be of many MB.
MANY_POINTS = 3000

# Okabe and Ito's palette; its yellow is too pale on white paper, a mid grey stands for it
_COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
    "#7A7A7A",
)
# in points of line width, so that curves stay apart without colour
_DASHES: tuple[tuple[float, ...], ...] = (
    (),
    (5.0, 1.6),
    (1.3, 1.3),
    (6.0, 1.4, 1.3, 1.4),
    (9.0, 2.2),
    (3.0, 1.2, 1.2, 1.2, 1.2, 1.2),
    (2.4, 2.4),
    (9.0, 1.6, 3.0, 1.6),
)


def colour(index: int) -> str:
    """Give the colour of the curve with this place in the order of groups."""
    return _COLOURS[index % len(_COLOURS)]


def dashes(index: int) -> LineStyle:
    """Give matplotlib's line style of the curve with this place."""
    pattern = _DASHES[index % len(_DASHES)]
    return (0.0, pattern) if pattern else "solid"


# of areas, so that they stay apart without colour: strokes each way, dots, crosses
_HATCHES = ("////", "....", "\\\\\\\\", "xxxx", "oo", "++", "--", "||")
_TINT = 0.72


def area(index: int, *, rest: bool = False) -> dict[str, Any]:
    """Give matplotlib's style of an area: a tint with hatches; what is left over is white."""
    if rest:
        return {"facecolor": "white", "edgecolor": "#9ca3af"}
    strong = _COLOURS[index % len(_COLOURS)]
    parts = [int(strong[place : place + 2], 16) for place in (1, 3, 5)]
    tint = "#" + "".join(f"{round(255 - (255 - part) * (1 - _TINT)):02x}" for part in parts)
    return {"facecolor": tint, "edgecolor": strong, "hatch": _HATCHES[index % len(_HATCHES)]}


# millimetres a point, times the distance of lines
_LINE = 25.4 / 72.0 * 1.32


@dataclass(frozen=True, slots=True)
class Width:
    """The sizes of a figure made for one width on paper: millimetres, and points for type."""

    suffix: str
    millimetres: float
    axes_height: float
    panel_height: float
    text: float
    small: float
    line: float
    label_share: float
    side_by_side: bool

    @property
    def row(self) -> float:
        """The height of one line of small type, in millimetres."""
        return self.small * _LINE

    @property
    def text_row(self) -> float:
        """The height of one line of the larger type, in millimetres."""
        return self.text * _LINE


FULL = Width(
    suffix="",
    millimetres=183.0,
    axes_height=84.0,
    panel_height=62.0,
    text=8.5,
    small=7.8,
    line=1.4,
    label_share=0.26,
    side_by_side=True,
)
COLUMN = Width(
    suffix="_column",
    millimetres=89.0,
    axes_height=56.0,
    panel_height=46.0,
    text=7.0,
    small=6.4,
    line=1.1,
    label_share=0.30,
    side_by_side=False,
)

PERCENT_MARKS = {
    0.02: 5,
    0.05: 6,
    0.1: 6,
    0.15: 4,
    0.25: 6,
    0.4: 5,
    0.5: 6,
    0.6: 4,
    0.8: 5,
    1.0: 6,
}
"""The heights an axis may end at, with how many marks each has from zero."""

RC: Any = {  # matplotlib types its keys one by one
    "font.family": ["DejaVu Sans"],
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.6,
    "ytick.major.size": 2.6,
    "svg.fonttype": "path",
    "svg.hashsalt": "atrisk",
    "pdf.fonttype": 42,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}
