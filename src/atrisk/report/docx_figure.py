"""A figure of the report in a Word document: the picture, what it shows in words, its caption."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from atrisk.report.docx_xml import NAMESPACES, Element, element

if TYPE_CHECKING:
    from atrisk.report.drawing import Drawing

__all__ = ["picture"]

_EMU_PER_MILLIMETRE = 36_000
_DOTS_PER_MILLIMETRE = 300 / 25.4
_HEAD = slice(16, 24)


def picture(
    drawing: Drawing, held: bytes, relation: str, number: int, room: tuple[float, float]
) -> Element:
    """Make the run that shows a picture.

    Parameters
    ----------
    drawing
        the figure: its title and its words for those who cannot see it.
    held
        its PNG file, at 300 dots an inch.
    relation
        the id by which the document refers to the file.
    number
        a number that no other picture of the document has.
    room
        width and height in millimetres that it may fill.
    """
    width, height = (round(side * _EMU_PER_MILLIMETRE) for side in _fitted(_size(held), room))
    extent = {"cx": width, "cy": height}
    about = {"id": number, "name": drawing.id, "descr": drawing.words, "title": drawing.title}
    graphic = element(
        "a:graphic",
        None,
        element("a:graphicData", {"uri": NAMESPACES["pic"]}, _pic(drawing, relation, extent)),
    )
    inline = element(
        "wp:inline",
        {"distT": 0, "distB": 0, "distL": 0, "distR": 0},
        element("wp:extent", extent),
        element("wp:docPr", about),
        element(
            "wp:cNvGraphicFramePr", None, element("a:graphicFrameLocks", {"noChangeAspect": 1})
        ),
        graphic,
    )
    return element("w:r", None, element("w:drawing", None, inline))


def _pic(drawing: Drawing, relation: str, extent: dict[str, int]) -> Element:
    named = element(
        "pic:nvPicPr",
        None,
        element("pic:cNvPr", {"id": 0, "name": f"{drawing.id}.png"}),
        element("pic:cNvPicPr"),
    )
    fill = element(
        "pic:blipFill",
        None,
        element("a:blip", {"r:embed": relation}),
        element("a:stretch", None, element("a:fillRect")),
    )
    frame = element("a:xfrm", None, element("a:off", {"x": 0, "y": 0}), element("a:ext", extent))
    shape = element(
        "pic:spPr",
        None,
        frame,
        element("a:prstGeom", {"prst": "rect"}, element("a:avLst")),
    )
    return element("pic:pic", None, named, fill, shape)


def _size(held: bytes) -> tuple[float, float]:
    """Read the size of a PNG file in millimetres."""
    across, down = struct.unpack(">II", held[_HEAD])
    return across / _DOTS_PER_MILLIMETRE, down / _DOTS_PER_MILLIMETRE


def _fitted(size: tuple[float, float], room: tuple[float, float]) -> tuple[float, float]:
    scale = min(1.0, room[0] / size[0], room[1] / size[1])
    return size[0] * scale, size[1] * scale
