"""How captions and tables look in Word: by named styles, or by themselves in another's document."""

from __future__ import annotations

from dataclasses import dataclass, field
from string import ascii_uppercase
from typing import TYPE_CHECKING

from atrisk.report.docx_xml import Element, bookmarked, element, paragraph, phrase_runs, run
from atrisk.report.docx_xml import field as word_field
from atrisk.report.numbered import TABLE, Kind, numbered
from atrisk.report.values import Phrase, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["CAPTION", "HEAD", "NOTE", "TEXT", "TEXT_POINTS", "Look", "caption", "reference"]

CAPTION, TEXT, HEAD, NOTE = "Caption", "TableText", "TableHead", "TableNote"
TEXT_POINTS = 8.5
_POINTS = {CAPTION: 9.5, TEXT: TEXT_POINTS, HEAD: TEXT_POINTS, NOTE: 8.0}
_OF_TABLES = frozenset({TEXT, HEAD})
_SPACING = {CAPTION: (160, 80), TEXT: (20, 20), HEAD: (20, 20), NOTE: (40, 0)}
_INDENT = 170
_PLACE = "\0"
_MOST_LEVELS = 3
_SERIES = ascii_uppercase


@dataclass(frozen=True)
class Look:
    """How paragraphs are dressed.

    ``styles`` names the styles that the document has for our kinds; a kind without one has its
    size and spacing written into each paragraph. ``points`` is the size of tables where it is not
    that of the style.
    """

    styles: Mapping[str, str] = field(default_factory=dict)
    points: float | None = None

    def paragraph(
        self,
        kind: str,
        runs: Sequence[Element],
        *,
        align: str = "",
        level: int = 0,
        keep: bool = False,
    ) -> Element:
        """Dress runs; ``keep`` holds the paragraph on the page of the next."""
        level = min(level, _MOST_LEVELS)
        style = self.styles.get(f"{kind}{level}" if level else kind)
        properties = [element("w:keepNext")] if keep else []
        if style is None:
            before, after = _SPACING[kind]
            properties.append(element("w:spacing", {"w:before": before, "w:after": after}))
            properties += [element("w:ind", {"w:left": _INDENT * level})] if level else []
        properties += [element("w:jc", {"w:val": align})] if align else []
        # an empty cell is as high as its letters would be
        letters = self.run(kind)
        properties += [element("w:rPr", None, *letters)] if letters else []
        return paragraph(style, *runs, properties=properties)

    def run(self, kind: str, *, bold: bool = False) -> tuple[Element, ...]:
        """Give the properties of runs of a kind."""
        weight = (element("w:b"),) if bold else ()
        smaller = self.points if kind in _OF_TABLES else None
        if kind in self.styles and smaller is None:
            return weight
        half_points = {"w:val": round(2 * (smaller or _POINTS[kind]))}
        return (*weight, element("w:sz", half_points), element("w:szCs", half_points))


def caption(
    kind: Kind,
    label: str,
    words: tuple[str, Phrase],
    look: Look,
    mark: tuple[str, int] | None = None,
) -> Element:
    """Make the caption of a table or figure.

    Parameters
    ----------
    kind
        whether it is of a table or of a figure.
    label
        the number that is shown: ``1``, or ``S1`` in a supplement.
    words
        the title and what follows it.
    look
        how it is dressed.
    mark
        name and number of the bookmark that cross references point to; Word then counts the
        number itself. It stands as it is if None.
    """
    title, more = words
    runs = _runs(numbered(kind, label), look) if mark is None else []
    if mark is not None:
        runs = bookmarked(*mark, *_counted(kind, label, look))
    runs += _runs(f". {title}.", look)
    runs += phrase_runs(phrase(" ", more), *look.run(CAPTION)) if more.pieces else []
    return look.paragraph(CAPTION, runs, keep=kind == TABLE)


def _counted(kind: Kind, label: str, look: Look) -> list[Element]:
    """Let Word count; a supplement has a sequence of its own, ``Table_S``."""
    before, after = numbered(kind, _PLACE).split(_PLACE)
    number = label.lstrip(_SERIES)
    series = label.removesuffix(number)
    name = "_".join(part for part in (before.strip(), series) if part)
    bold = look.run(CAPTION, bold=True)
    sequence = word_field(f"SEQ {name} \\* ARABIC", number, *bold)
    return [*_runs(f"{before}{series}", look), *sequence, *_runs(after, look)]


def _runs(text: str, look: Look) -> list[Element]:
    return [run(text, *look.run(CAPTION, bold=True))] if text else []


def reference(mark: str, shown: str) -> list[Element]:
    """Make a cross reference to a bookmark."""
    return word_field(f"REF {mark} \\h", shown)
