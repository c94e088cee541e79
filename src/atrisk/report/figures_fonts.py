"""Embedding the letters of a figure in its PDF, in little time.

The fonts of matplotlib hold six thousand glyphs, and taking them apart for every figure is most of
the time that a PDF takes. The letters of European languages are cut out once a process; a figure
that needs others takes them from the whole font.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from io import BytesIO
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from fontTools import subset  # type: ignore[import-untyped]  # comes with matplotlib
from matplotlib.backends import _backend_pdf_ps

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["light_fonts"]

# Latin, Greek, punctuation, super- and subscripts, arrows, mathematics, ligatures
_COMMON = (
    range(0x20, 0x180),
    range(0x370, 0x400),
    range(0x2010, 0x20A0),
    range(0x2190, 0x2194),
    (0x2212, 0x221E, 0x2248, *range(0x2260, 0x2266)),
    range(0xFB00, 0xFB07),
)
# a PDF places each letter itself: ligatures and kerning are not looked up again
_UNUSED = ("FFTM", "GDEF", "GPOS", "GSUB", "MATH", "kern")


@contextmanager
def light_fonts() -> Iterator[None]:
    """Let matplotlib take the glyphs of a PDF from the common letters where they suffice."""
    whole = _backend_pdf_ps.get_glyphs_subset

    def chosen(file: Any, wanted: Any) -> Any:  # noqa: ANN401 - as matplotlib gives it
        letters, places = _common(file)
        if all(glyph in places for glyph in wanted):
            return _cut(letters, {glyph: places[glyph] for glyph in wanted})
        return whole(file, wanted)

    _backend_pdf_ps.get_glyphs_subset = chosen  # type: ignore[assignment]
    try:
        yield
    finally:
        _backend_pdf_ps.get_glyphs_subset = whole


@lru_cache
def _common(file: str) -> tuple[bytes, dict[int, int]]:
    """Cut the common letters out of a font; also the place of each glyph among them."""
    options = _options()
    with subset.load_font(file, options) as font:
        places = _keep(font, options, unicodes=[code for codes in _COMMON for code in codes])
        held = BytesIO()
        font.save(held, reorderTables=False)
    return held.getvalue(), places


@contextmanager
def _cut(letters: bytes, places: dict[int, int]) -> Iterator[SimpleNamespace]:
    """Give what ``get_glyphs_subset`` gives: the font, and the new index of each glyph."""
    options = _options()
    with subset.load_font(BytesIO(letters), options) as font:
        kept = _keep(font, options, gids=places.values())
        indices = {glyph: kept[place] for glyph, place in places.items()}
        yield SimpleNamespace(font=font, glyph_index_map=indices)


def _options() -> Any:  # noqa: ANN401 - fontTools is not typed
    options = subset.Options(glyph_names=True, recommended_glyphs=True)
    options.drop_tables += _UNUSED
    return options


def _keep(font: Any, options: Any, **wanted: Any) -> dict[int, int]:  # noqa: ANN401
    subsetter = subset.Subsetter(options=options)
    subsetter.populate(**wanted)
    subsetter.subset(font)
    return dict(subsetter.glyph_index_map)
