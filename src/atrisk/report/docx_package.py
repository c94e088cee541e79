"""A Word document as a package of parts: reading, pictures added, the same bytes every time."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from lxml import etree

from atrisk.report.docx_xml import NAMESPACES, Element, name_of, parse, serialised

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["NotWordError", "Package", "read_package", "zipped"]

_START = (1980, 1, 1, 0, 0, 0)
_MODE = 0o600 << 16
_TYPES = "[Content_Types].xml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PNG = "png"


class NotWordError(Exception):
    """A file that is no Word document."""


@dataclass
class Package:
    """The parts of a document by name, in their order, and the name of the main one."""

    parts: dict[str, bytes]
    main: str = field(init=False)

    def __post_init__(self) -> None:
        self.main = next(self.related("", "officeDocument"), "")
        if self.main not in self.parts or _TYPES not in self.parts:
            raise NotWordError("it has no main document")

    def related(self, part: str, kind: str) -> Iterator[str]:
        """Yield the parts of a kind (``header``) that a part refers to."""
        for relation in self._relations(part):
            if relation.get("Type", "").endswith(f"/{kind}"):
                yield _target(part, relation.get("Target", ""))

    def add_picture(self, name: str, held: bytes) -> str:
        """Add a PNG file to the main document; gives the id to refer to it by."""
        path = posixpath.join(posixpath.dirname(self.main), "media", f"{name}.png")
        self.parts[path] = held
        self._declare_png()
        root = self._relations(self.main)
        target = posixpath.relpath(path, posixpath.dirname(self.main))
        for relation in root:
            if relation.get("Target") == target:
                return str(relation.get("Id"))
        added = {"Id": name, "Type": f"{_OFFICE}/image", "Target": target}
        root.append(_unprefixed("rel:Relationship", root, added))
        self.parts[_relations_of(self.main)] = serialised(root)
        return name

    def release(self, ids: Iterable[str]) -> None:
        """Drop relations of the main document, and the parts that only they referred to."""
        root, dropped = self._relations(self.main), set(ids)
        gone = [relation for relation in root if relation.get("Id") in dropped]
        for relation in gone:
            root.remove(relation)
        if gone:
            self.parts[_relations_of(self.main)] = serialised(root)
        for relation in gone:
            path = _target(self.main, relation.get("Target", ""))
            if not self._is_used(path):
                self.parts.pop(path, None)

    def _is_used(self, path: str) -> bool:
        sources = [_source_of(name) for name in self.parts if name.endswith(".rels")]
        return any(
            _target(source, relation.get("Target", "")) == path
            for source in sources
            for relation in self._relations(source)
        )

    def _relations(self, part: str) -> Element:
        held = self.parts.get(_relations_of(part))
        return parse(held) if held is not None else _no_relations()

    def _declare_png(self) -> None:
        root = parse(self.parts[_TYPES])
        known = {default.get("Extension", "").lower() for default in root}
        if _PNG not in known:
            made = _unprefixed("ct:Default", root, {"Extension": _PNG, "ContentType": "image/png"})
            root.insert(0, made)
            self.parts[_TYPES] = serialised(root)


def _no_relations() -> Element:
    return etree.Element(name_of("rel:Relationships"), nsmap={None: NAMESPACES["rel"]})


def _unprefixed(name: str, root: Element, attributes: dict[str, str]) -> Element:
    """Make an element with the prefixes of its root, which have none."""
    return etree.Element(name_of(name), attrib=attributes, nsmap=root.nsmap)


def _relations_of(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _source_of(relations: str) -> str:
    folder, name = posixpath.split(relations)
    return posixpath.join(posixpath.dirname(folder), name.removesuffix(".rels"))


def _target(part: str, target: str) -> str:
    if target.startswith("/"):
        return target[1:]
    return posixpath.normpath(posixpath.join(posixpath.dirname(part), target))


def read_package(held: bytes) -> Package:
    """Read a document.

    Raises
    ------
    NotWordError
        If it is none.
    """
    try:
        with ZipFile(BytesIO(held)) as opened:
            parts = {info.filename: opened.read(info) for info in opened.infolist()}
        return Package(parts)
    except (BadZipFile, NotImplementedError, RuntimeError, etree.XMLSyntaxError) as problem:
        raise NotWordError(str(problem)) from problem


def zipped(parts: dict[str, bytes]) -> bytes:
    """Write parts as a package: no clock, so the same parts give the same bytes."""
    sink = BytesIO()
    with ZipFile(sink, "w", ZIP_DEFLATED) as made:
        for name, held in parts.items():
            info = ZipInfo(name, _START)
            # a picture is packed already
            info.compress_type = ZIP_STORED if name.endswith(".png") else ZIP_DEFLATED
            info.external_attr = _MODE
            info.create_system = 3
            made.writestr(info, held)
    return sink.getvalue()
