"""Tables and figures in a Word document of the author's."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from atrisk.errors import InputError
from atrisk.report.docx_figure import picture
from atrisk.report.docx_look import CAPTION, Look, caption
from atrisk.report.docx_table import table_elements
from atrisk.report.docx_widths import MILLIMETRE
from atrisk.report.docx_xml import NAMESPACES, Element, name_of, paragraph, parse
from atrisk.report.numbered import FIGURE, TABLE
from atrisk.report.values import Phrase, phrase

if TYPE_CHECKING:
    from atrisk.report.description import Figure, NumberedTable
    from atrisk.report.docx_package import Package
    from atrisk.report.manuscript_fields import Block, Source

__all__ = ["Pictures", "block_elements"]

_A4 = (210.0, 297.0)
_MARGIN = 25.0
_CAPTION_HEIGHT = 40.0
_NO_NAME = re.compile(r"\W")


@dataclass
class Pictures:
    """The pictures and numbers of a document: ids that are used once."""

    package: Package
    root: Element
    source: Source
    look: Look = field(init=False)
    _before: set[str] = field(init=False)
    _drawing: int = field(init=False)

    def __post_init__(self) -> None:
        self.look = _look(self.package)
        ours = _controls(self.root)
        self._before = _embedded(ours)
        within = {part for control in ours for part in control.iter()}
        self._drawing = _largest(self.root, within)

    def next_drawing(self) -> int:
        """Give a number that no picture has."""
        self._drawing += 1
        return self._drawing

    def release_unused(self) -> None:
        """Drop the files of pictures that were in our controls and are no more."""
        self.package.release(self._before - _embedded([self.root]))


def _controls(root: Element) -> list[Element]:
    return [
        found
        for found in root.iter(name_of("w:sdt"))
        for tag in found.iterfind("w:sdtPr/w:tag", NAMESPACES)
        if str(tag.get(name_of("w:val"))).startswith("{{ ")
    ]


def _embedded(within: list[Element]) -> set[str]:
    marks = (name_of("r:embed"), name_of("r:id"), name_of("r:link"))
    return {
        str(found.get(mark))
        for part in within
        for found in part.iter()
        for mark in marks
        if found.get(mark)
    }


def _largest(root: Element, within: set[Element]) -> int:
    """Give the largest number of a picture, but for those that are made anew."""
    pictures = root.iter(name_of("wp:docPr"))
    found = (str(part.get("id")) for part in pictures if part not in within)
    return max((int(number) for number in found if number.isdigit()), default=0)


def _look(package: Package) -> Look:
    """Use the document's own style of captions, if it has one."""
    for part in package.related(package.main, "styles"):
        for style in parse(package.parts[part]).iter(name_of("w:style")):
            name = style.find(name_of("w:name"))
            if name is not None and name.get(name_of("w:val")) == "caption":
                return Look({CAPTION: str(style.get(name_of("w:styleId")))})
    return Look()


def block_elements(block: Block, holder: Element, pictures: Pictures) -> list[Element]:
    """Make the table or figure that stands for a field, with its caption."""
    width, height = _room(holder)
    if block.kind == TABLE:
        shown: NumberedTable = block.shown  # type: ignore[assignment]
        table = shown.whole or shown.table
        head = caption(TABLE, block.label, (table.title, Phrase()), pictures.look)
        return [head, *table_elements(table, pictures.look, width), paragraph(None)]
    figure: Figure = block.shown  # type: ignore[assignment]
    drawing = figure.drawing
    words = (drawing.title, phrase(drawing.caption) if drawing.caption else Phrase())
    below = caption(FIGURE, block.label, words, pictures.look)
    held = _held(pictures.source, drawing.id)
    relation = pictures.package.add_picture(f"atrisk_{_NO_NAME.sub('_', drawing.id)}", held)
    room = (width, height - _CAPTION_HEIGHT)
    shown_run = picture(drawing, held, relation, pictures.next_drawing(), room)
    return [pictures.look.paragraph(CAPTION, [shown_run], keep=True), below]


def _held(source: Source, name: str) -> bytes:
    path = source.figures / f"{name}.png"
    try:
        return path.read_bytes()
    except OSError as problem:
        raise InputError(
            f"The picture of figure {name!r} is not at {path}; draw the report's figures first."
        ) from problem


def _room(holder: Element) -> tuple[float, float]:
    """Give width and height of the text on the page where a field stands, in millimetres."""
    section = holder.xpath(
        "following::w:sectPr[1] | descendant::w:sectPr[1]", namespaces=NAMESPACES
    )
    if not section:
        return _A4[0] - 2 * _MARGIN, _A4[1] - 2 * _MARGIN
    size, margin = (section[0].find(name_of(name)) for name in ("w:pgSz", "w:pgMar"))
    sides = {} if size is None else size.attrib
    edges = {} if margin is None else margin.attrib
    across = _length(sides, "w:w", _A4[0]) - sum(
        _length(edges, f"w:{s}", _MARGIN) for s in ("left", "right")
    )
    down = _length(sides, "w:h", _A4[1]) - sum(
        _length(edges, f"w:{s}", _MARGIN) for s in ("top", "bottom")
    )
    return across, down


def _length(attributes: dict[str, str], name: str, otherwise: float) -> float:
    held = attributes.get(name_of(name))
    return otherwise if held is None else abs(float(held)) / MILLIMETRE
