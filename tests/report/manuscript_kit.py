"""What tests of manuscripts and of the Word report are made of: a report, pictures, templates."""

from __future__ import annotations

import copy
import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import docx

from atrisk.report.compose import compose, with_population
from atrisk.report.manuscript import Source
from atrisk.report.printed import with_printed
from report import documents, documents_models

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def document(median: float = 1800.0, **study: Any) -> dict[str, Any]:
    """Make results: Table 1, survival by group, incidence, a logistic and a Cox model."""
    made = documents.document(
        documents.described(),
        documents.survival("os", ("A", "B")),
        documents.incidence("ci"),
        documents_models.logistic("sos"),
        documents_models.cox("cox"),
        **study,
    )
    made = copy.deepcopy(made)
    for key, entry in made["values"].items():
        if key.endswith(".std_error") and entry["value"] == 0:
            entry["value"] = 0.03
    made["values"]["os.overall.median.estimate"] = documents.time_entry(median)
    made["values"]["os.overall.median.upper"] = documents.time_entry(median + 400)
    return made


def source(folder: Path, results: dict[str, Any] | None = None) -> Source:
    """Describe the report of results, with a small picture for every figure."""
    results = document() if results is None else results
    report = compose(results)
    for figure in report.figures():
        (folder / f"{figure.id}.png").write_bytes(png(300, 200))
    return Source(report, with_printed(with_population(results), report), folder)


def png(width: int, height: int) -> bytes:
    """Make a white picture."""

    def chunk(kind: bytes, held: bytes) -> bytes:
        check = zlib.crc32(kind + held)
        return struct.pack(">I", len(held)) + kind + held + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\xff" * width for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def word_template(*paragraphs: str | Sequence[str]) -> Any:
    """Make a Word document; a paragraph given as several texts is cut into that many runs."""
    made = docx.Document()
    for texts in paragraphs:
        added = made.add_paragraph()
        for text in (texts,) if isinstance(texts, str) else texts:
            added.add_run(text)
    return made


def saved(made: Any) -> bytes:
    """Give the bytes of a Word document."""
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


def opened(held: bytes) -> Any:
    """Open a Word document."""
    return docx.Document(io.BytesIO(held))


def parts(held: bytes) -> dict[str, bytes]:
    """Give the parts of a package."""
    with zipfile.ZipFile(io.BytesIO(held)) as package:
        return {name: package.read(name) for name in package.namelist()}


def texts(held: bytes) -> list[str]:
    """Give the text of every paragraph of the body, those in tables too."""
    return [text_of(found) for found in opened(held).element.body.iter(f"{WORD}p")]


def text_of(found: Any) -> str:
    """Give the text of an element."""
    shown = {f"{WORD}tab": "\t", f"{WORD}br": "\n"}
    kinds = (f"{WORD}t", *shown)
    return "".join(shown.get(part.tag) or part.text or "" for part in found.iter(*kinds))


def tags(held: bytes) -> list[str]:
    """Give the tags of the content controls of the body."""
    body = opened(held).element.body
    return [tag.get(f"{WORD}val") for tag in body.iter(f"{WORD}tag")]


def zipped(held: dict[str, bytes]) -> bytes:
    """Make a package of parts."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as package:
        for name, part in held.items():
            package.writestr(name, part)
    return sink.getvalue()
