"""The XML of a Word document: elements, runs, fields and bookmarks, of WordprocessingML.

ECMA-376, part 1, chapter 17.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from lxml import etree

from atrisk.report.values import Number, Phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "NAMESPACES",
    "Element",
    "bookmarked",
    "element",
    "field",
    "name_of",
    "paragraph",
    "parse",
    "phrase_runs",
    "run",
    "serialised",
]

Element = Any
"""An element of lxml, which has no types."""

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
    "xml": "http://www.w3.org/XML/1998/namespace",
    "rel": "http://schemas.openxmlformats.org/package/2006/relationships",
    "ct": "http://schemas.openxmlformats.org/package/2006/content-types",
}
_DECLARED = {
    prefix: uri for prefix, uri in NAMESPACES.items() if prefix not in {"rel", "ct", "xml"}
}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)


def name_of(short: str) -> str:
    """Give the full name of ``w:p``."""
    prefix, _, local = short.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def element(
    name: str, attributes: Mapping[str, object] | None = None, *children: Element
) -> Element:
    """Make an element: ``element("w:jc", {"w:val": "right"})``; children that are None are none."""
    made = etree.Element(name_of(name), nsmap=_DECLARED)
    for key, value in (attributes or {}).items():
        made.set(name_of(key) if ":" in key else key, str(value))
    made.extend([child for child in children if child is not None])
    return made


def parse(held: bytes) -> Element:
    """Read XML, without following what it refers to.

    Raises
    ------
    lxml.etree.XMLSyntaxError
        If it is none.
    """
    return etree.fromstring(held, _PARSER)


def serialised(root: Element) -> bytes:
    """Write XML as the parts of a package have it."""
    etree.cleanup_namespaces(root, keep_ns_prefixes=[part for part in root.nsmap if part])
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def run(text: str, *properties: Element) -> Element:
    """Write a text with its properties; line breaks and tabs are those of Word."""
    held = [element("w:rPr", None, *properties)] if properties else []
    for index, line in enumerate(_NOT_XML.sub("", text).split("\n")):
        held += [element("w:br")] if index else []
        for place, part in enumerate(line.split("\t")):
            held += [element("w:tab")] if place else []
            held += [_text(part)] if part else []
    return element("w:r", None, *held)


def _text(text: str) -> Element:
    made = element("w:t", {"xml:space": "preserve"})
    made.text = text
    return made


def paragraph(style: str | None, *children: Element, properties: Sequence[Element] = ()) -> Element:
    """Make a paragraph of a style; ``properties`` stand in the order of the schema."""
    named = [element("w:pStyle", {"w:val": style})] if style else []
    held = [element("w:pPr", None, *named, *properties)] if named or properties else []
    return element("w:p", None, *held, *children)


def phrase_runs(
    words: Phrase, *properties: Element, letters: Mapping[str, str] | None = None
) -> list[Element]:
    """Write a phrase: neighbouring pieces are one run; a missing number has its raised letter."""
    made: list[Element] = []
    text = ""
    for piece in words.pieces:
        text += piece.text if isinstance(piece, Number) else piece
        letter = _letter(piece, letters or {})
        if letter:
            raised = element("w:vertAlign", {"w:val": "superscript"})
            made += [run(text, *_copies(properties)), run(letter, *_copies(properties), raised)]
            text = ""
    return [*made, run(text, *_copies(properties))] if text else made


def _letter(piece: str | Number, letters: Mapping[str, str]) -> str:
    return letters.get(piece.missing or "", "") if isinstance(piece, Number) else ""


def _copies(properties: Iterable[Element]) -> list[Element]:
    return [deepcopy(part) for part in properties]


def field(instruction: str, shown: str, *properties: Element) -> list[Element]:
    """Make a field that Word can bring up to date, with the text it shows until then."""
    asked = element("w:instrText", {"xml:space": "preserve"})
    asked.text = f" {instruction} "
    marks = (element("w:fldChar", {"w:fldCharType": kind}) for kind in ("begin", "separate", "end"))
    begin, separate, end = (_held(mark, properties) for mark in marks)
    return [begin, _held(asked, properties), separate, run(shown, *_copies(properties)), end]


def _held(part: Element, properties: Sequence[Element]) -> Element:
    look = element("w:rPr", None, *_copies(properties)) if properties else None
    return element("w:r", None, look, part)


def bookmarked(name: str, number: int, *children: Element) -> list[Element]:
    """Put a bookmark around runs; name and number occur once in a document."""
    start = element("w:bookmarkStart", {"w:id": number, "w:name": name})
    return [start, *children, element("w:bookmarkEnd", {"w:id": number})]
