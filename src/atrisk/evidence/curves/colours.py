"""Colours as written in figures and as people name them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NAMES", "distance", "hex_colour", "hex_of_components"]

#: CSS names (CSS Color 4, section 6.1), those in use for lines.
NAMES = {
    "black": "#000000", "white": "#ffffff", "red": "#ff0000", "lime": "#00ff00",
    "blue": "#0000ff", "green": "#008000", "yellow": "#ffff00", "cyan": "#00ffff",
    "magenta": "#ff00ff", "gray": "#808080", "grey": "#808080", "silver": "#c0c0c0",
    "maroon": "#800000", "olive": "#808000", "purple": "#800080", "teal": "#008080",
    "navy": "#000080", "orange": "#ffa500", "pink": "#ffc0cb", "brown": "#a52a2a",
    "gold": "#ffd700", "violet": "#ee82ee", "indigo": "#4b0082", "crimson": "#dc143c",
    "darkred": "#8b0000", "darkgreen": "#006400", "darkblue": "#00008b",
    "darkorange": "#ff8c00", "firebrick": "#b22222", "tomato": "#ff6347",
    "steelblue": "#4682b4", "royalblue": "#4169e1", "dodgerblue": "#1e90ff",
    "skyblue": "#87ceeb", "lightblue": "#add8e6", "forestgreen": "#228b22",
    "seagreen": "#2e8b57", "lightgrey": "#d3d3d3", "lightgray": "#d3d3d3",
    "darkgrey": "#a9a9a9", "darkgray": "#a9a9a9", "dimgrey": "#696969", "dimgray": "#696969",
    "turquoise": "#40e0d0", "chocolate": "#d2691e", "salmon": "#fa8072", "coral": "#ff7f50",
}  # fmt: skip
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})(?:[0-9a-f]{2})?$")
_RGB = re.compile(r"rgba?\(\s*([\d.]+)(%?)[\s,]+([\d.]+)%?[\s,]+([\d.]+)%?")


def hex_colour(text: str) -> str | None:
    """Read a colour of CSS as ``#rrggbb``; None if nothing is painted or it is not known.

    Examples
    --------
    >>> hex_colour("rgb(100%, 50%, 0%)"), hex_colour("#0af"), hex_colour("Navy")
    ('#ff8000', '#00aaff', '#000080')
    >>> hex_colour("none") is None
    True
    """
    text = text.strip().lower()
    if _HEX.match(text):
        return "#" + (text[1:7] if len(text) > 5 else "".join(2 * one for one in text[1:4]))
    found = _RGB.match(text)
    if found:
        full = 100.0 if found[2] else 255.0
        return hex_of_components([min(float(found[at]) / full, 1.0) for at in (1, 3, 4)])
    return NAMES.get(text)


def hex_of_components(parts: Sequence[float]) -> str:
    """Give ``#rrggbb`` of one (grey), three (RGB) or four (CMYK) parts from 0 to 1.

    Examples
    --------
    >>> hex_of_components([0.5]), hex_of_components([0, 1, 1, 0])
    ('#808080', '#ff0000')
    """
    if len(parts) == 1:
        parts = [parts[0]] * 3
    elif len(parts) == 4:
        parts = [(1 - part) * (1 - parts[3]) for part in parts[:3]]
    levels = [int(255 * min(max(float(part), 0.0), 1.0) + 0.5) for part in parts]
    return "#" + "".join(f"{level:02x}" for level in levels)


def distance(one: str, other: str) -> float:
    """Measure how far two colours are apart, weighted as the eye sees them: 0 to about 765.

    The weights are those of Riemersma's "redmean" formula (compuphase.com/cmetric.htm).
    """
    r1, g1, b1 = (int(one[at : at + 2], 16) for at in (1, 3, 5))
    r2, g2, b2 = (int(other[at : at + 2], 16) for at in (1, 3, 5))
    mean = (r1 + r2) / 2
    red, green, blue = r1 - r2, g1 - g2, b1 - b2
    squared = (2 + mean / 256) * red**2 + 4 * green**2 + (2 + (255 - mean) / 256) * blue**2
    return float(squared**0.5)
