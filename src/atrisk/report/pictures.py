"""Drawing the figures of a report into files, and giving their SVG for the page."""

from __future__ import annotations

import gc
from functools import partial
from typing import TYPE_CHECKING

from atrisk.report.figures_save import save_figure, svg_text
from atrisk.report.language import word
from atrisk.report.synthetic import WORDS, mark_figure
from atrisk.report.theme import COLUMN, FULL, Width

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure as Drawn

    from atrisk.report.description import Figure
    from atrisk.report.worker import Call, Workers

__all__ = ["WIDTHS", "draw_figures"]

#: The widths every figure is drawn for.
WIDTHS = (FULL, COLUMN)


def draw_figures(
    figures: Sequence[Figure], folder: Path, workers: Workers, *, synthetic: bool
) -> dict[str, str]:
    """Draw figures for all widths, write their files, and give each file's SVG by its stem."""
    calls: list[Call] = []
    for figure in figures:
        drawing = figure.drawing
        words = f"{word(WORDS)}. {drawing.words}" if synthetic else drawing.words
        for width in WIDTHS:
            stem = folder / f"{drawing.id}{width.suffix}"
            calls.append((_draw, (drawing.draw, width, drawing.title, words, stem, synthetic)))
    drawn = workers.run(calls)
    return {parts[4].name: svg for (_, parts), svg in zip(calls, drawn, strict=True)}


def _draw(
    draw: Callable[[Width], Drawn],
    width: Width,
    title: str,
    words: str,
    stem: Path,
    synthetic: bool,  # noqa: FBT001 - called by place, in another process
) -> str:
    """Draw one figure for one width into its files; gives its SVG.

    No garbage is looked for meanwhile: a figure makes thousands of objects and needs them all.
    """
    collected = gc.isenabled()
    gc.disable()
    try:
        return _save(partial(draw, width), title, words, stem, synthetic=synthetic)
    finally:
        if collected:
            gc.enable()


def _save(draw: Callable[[], Drawn], title: str, words: str, stem: Path, *, synthetic: bool) -> str:
    figure = mark_figure(draw()) if synthetic else draw()
    svg = svg_text(figure, title, words)
    save_figure(figure, svg, title, words, stem)
    return svg
