"""What must hold of any figure: nothing is clipped, and no words lie on others."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox


def extents(figure: Figure) -> list[tuple[str, Bbox]]:
    """Draw a figure, and give each text with its box."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    return [(t.get_text(), t.get_window_extent(renderer)) for t in texts]


def overlap(a: Bbox, b: Bbox) -> bool:
    """Tell whether two boxes of text lie on each other."""
    wide = min(a.x1, b.x1) - max(a.x0, b.x0)
    high = min(a.y1, b.y1) - max(a.y0, b.y0)
    # boxes include room for descenders, a third of a line
    return wide > 0.5 and high > 0.35 * min(a.height, b.height)


Texts = list[tuple[str, "Bbox"]]


def problems(figure: Figure, texts: Texts | None = None) -> list[tuple[str, ...]]:
    """List the texts that are clipped, and the pairs that overlap; ``texts`` if known already."""
    found, sheet = texts or extents(figure), figure.bbox
    clipped = [
        (text,)
        for text, box in found
        if box.x0 < 0 or box.x1 > sheet.x1 or box.y0 < 0 or box.y1 > sheet.y1
    ]
    return clipped + [(s, t) for (s, a), (t, b) in combinations(found, 2) if overlap(a, b)]


def covered(figure: Figure, texts: Texts | None = None) -> list[str]:
    """List the texts within axes that lie on a line or an area; ``texts`` if known already."""
    inside = [
        (text, box)
        for text, box in texts or extents(figure)
        for axes in figure.axes
        if axes.bbox.containsx(box.x0) and axes.bbox.containsy((box.y0 + box.y1) / 2)
    ]
    hits = []
    for axes in figure.axes:
        lines = [line.get_path() for line in axes.get_lines() if line.get_linestyle() != "None"]
        areas = [path for patch in axes.collections for path in patch.get_paths()]
        for text, box in inside:
            # boxes include room above and below the letters
            letters = box.padded(-0.15 * box.height)
            drawn = [(path, False) for path in lines] + [(path, True) for path in areas]
            for path, filled in drawn:
                if path.transformed(axes.transData).intersects_bbox(letters, filled=filled):
                    hits.append(text)
    return list(dict.fromkeys(hits))
