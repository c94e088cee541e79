"""The lines and labels of one page of a PDF: operators followed by pdfminer, forms included."""

from __future__ import annotations

import logging
import re
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from atrisk.errors import InputError
from atrisk.evidence.curves.vector_shapes import Canvas

if TYPE_CHECKING:
    from atrisk.evidence.curves.vector_shapes import Drawing

__all__ = ["read_pdf"]

#: Most bytes of one unpacked stream, of one that says it is an image, and of all together.
_LARGEST, _LARGEST_IMAGE, _LARGEST_ALL = 20_000_000, 200_000_000, 400_000_000
_STREAM = re.compile(rb"stream\r?\n")
_TWICE = re.compile(
    rb"/F(?:ilter)?\s{0,9}\[[^\]]{0,99}/Fl(?:ateDecode)?\b[^\]]{0,99}/Fl(?:ateDecode)?\b"
)
#: Filters that pdfminer unpacks letter by letter, and the most bytes for which that is quick.
_SLOW = re.compile(rb"/(?:LZWDecode|LZW|RunLengthDecode|RL|CCITTFaxDecode|CCF)\b")
_SLOW_LARGEST = 2_000_000


def read_pdf(content: bytes, page: int, what: str) -> Drawing:
    """Read the lines and labels of a page, the first being 1.

    Raises
    ------
    InputError
        If it is no PDF, is broken or locked, grows without end when unpacked, or has no such page.
    """
    if b"%PDF-" not in content[:1024]:
        raise InputError(f"{what} is no PDF: it does not begin with %PDF-")
    _refuse_bombs(content, what)
    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    try:
        return _read(content, page, what)
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(f"{what} needs more memory than there is. Give the one page.") from error
    except Exception as error:  # a broken file makes pdfminer raise whatever its bytes lead to
        raise InputError(
            f"{what} cannot be read as PDF ({type(error).__name__}: {str(error)[:120]}). Is it "
            "whole, and not locked by a password? Print it to PDF again, or give a CSV of "
            "coordinates."
        ) from error


def _refuse_bombs(content: bytes, what: str) -> None:
    """Unpack every stream up to a limit before pdfminer unpacks them without one."""
    if _TWICE.search(content):
        raise InputError(f"{what} packs a stream twice over: print it to PDF again")
    if _SLOW.search(content) and len(content) > _SLOW_LARGEST:
        raise InputError(
            f"{what} is packed in an old way (LZW, RunLength or CCITT) and larger than "
            f"{_SLOW_LARGEST:,} bytes: print it to PDF again, the one page"
        )
    whole = 0
    for found in _STREAM.finditer(content):
        image = b"/Image" in content[max(0, found.start() - 500) : found.start()]
        most = _LARGEST_IMAGE if image else _LARGEST
        whole += _unpacked(memoryview(content)[found.end() :], most, what)
        if whole > _LARGEST_ALL:
            raise InputError(f"{what} holds more than {_LARGEST_ALL:,} bytes: give the one page")


def _unpacked(packed: memoryview, most: int, what: str) -> int:
    """Count the bytes of a stream in chunks, none of them kept."""
    unpacker, total, rest = zlib.decompressobj(), 0, packed[:65536]
    at = len(rest)
    try:
        while rest and not unpacker.eof:
            total += len(unpacker.decompress(rest, 1 << 20))
            if total > most:
                raise InputError(
                    f"{what} holds a stream of more than {most:,} bytes when unpacked, which "
                    "is no figure. Print the page to PDF again."
                )
            rest = memoryview(unpacker.unconsumed_tail)
            if not rest:
                rest = packed[at : at + 65536]
                at += len(rest)
    except zlib.error:
        return total
    return total


def _read(content: bytes, page: int, what: str) -> Drawing:
    from pdfminer.pdfdocument import PDFDocument
    from pdfminer.pdfinterp import PDFResourceManager
    from pdfminer.pdfpage import PDFPage
    from pdfminer.pdfparser import PDFParser

    from atrisk.evidence.curves.pdf_page import Interpreter, PageDevice

    document = PDFDocument(PDFParser(BytesIO(content)))
    count = 0
    for count, found in enumerate(PDFPage.create_pages(document), start=1):
        if count == page:
            manager, canvas = PDFResourceManager(), Canvas(what)
            Interpreter(manager, PageDevice(manager, canvas)).process_page(found)
            return canvas.drawing(downwards=False)
    raise InputError(
        f"{what} has no page {page}: it has {count}. Pages are counted from 1."
        if count
        else f"{what} holds no page. Is the file whole?"
    )
