"""A manuscript of the author's own, filled with the numbers of the report.

A template is Markdown, plain text or a Word document with fields: ``{{ os.median | ci }}``,
``{{ text.os }}``, ``{{ table.patients }}``. A Word document that was filled is a template again.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from atrisk.errors import InputError, listed
from atrisk.report.manuscript_docx import fill_docx
from atrisk.report.manuscript_fields import Source
from atrisk.report.manuscript_text import fill_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atrisk.report.description import Report
    from atrisk.report.values import Node

__all__ = ["Source", "fill_template", "fill_templates"]

_MARKDOWN = (".md", ".markdown")
_TEXT = (".txt",)
_WORD = (".docx",)
_OWN = frozenset({"report.docx", "report.md", "report.txt"})
_MARK = "\N{BYTE ORDER MARK}"


def fill_template(template: Path | bytes, name: str, source: Source) -> bytes:
    """Fill a template.

    Parameters
    ----------
    template
        The file, or what it holds.
    name
        Its name; the ending says what it is.
    source
        What its fields are filled from.

    Returns
    -------
    bytes
        The filled file; the same template and source give the same bytes.

    Raises
    ------
    InputError
        If it is no template, or a field is not closed or cannot be filled; the message lists all
        such fields with their places.
    """
    ending = Path(name).suffix.lower()
    if ending not in {*_MARKDOWN, *_TEXT, *_WORD}:
        raise InputError(
            f"The template {name!r} ends in {ending!r}; templates are "
            f"{listed((*_MARKDOWN, *_TEXT, *_WORD))}."
        )
    held = template if isinstance(template, bytes) else _read(template, name)
    if ending in _WORD:
        return fill_docx(held, name, source)
    try:
        text = held.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise InputError(
            f"The template {name!r} is not UTF-8 at byte {problem.start}; save it as UTF-8."
        ) from problem
    body = text.removeprefix(_MARK)
    ends = "\r\n" if "\r\n" in body else "\n"
    filled = fill_text(body.replace("\r\n", "\n"), name, source, markdown=ending in _MARKDOWN)
    return (text[: len(text) - len(body)] + filled.replace("\n", ends)).encode("utf-8")


def _read(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise InputError(
            f"The template {name!r} cannot be read ({problem.strerror}: {path})."
        ) from problem


def fill_templates(
    templates: Iterable[Path], report: Report, document: Node, folder: Path
) -> list[Path]:
    """Fill templates into the folder of a report, under their names.

    None is written if one cannot be filled. The pictures are those of the folder.

    Raises
    ------
    InputError
        As `fill_template`; or if a template has the name of another, or of a file of the report.
    """
    source = Source(report, document, folder / "figures")
    filled: dict[str, bytes] = {}
    for path in templates:
        if path.name in filled or path.name in _OWN:
            other = "another template" if path.name in filled else "a file of the report"
            raise InputError(f"The template {path} has the name of {other}; give it its own.")
        filled[path.name] = fill_template(path, path.name, source)
    for name, held in filled.items():
        (folder / name).write_bytes(held)
    return [folder / name for name in filled]
