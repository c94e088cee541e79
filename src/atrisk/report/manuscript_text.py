"""Filling a template of Markdown or plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report.manuscript_fields import (
    BadField,
    Block,
    Content,
    Field,
    Numbering,
    Source,
    content_of,
    fields_in,
    refuse,
    synthetic_words,
)
from atrisk.report.manuscript_names import UnknownNameError
from atrisk.report.manuscript_tables import markdown_table, text_table
from atrisk.report.numbered import FIGURE, TABLE, numbered
from atrisk.report.values import Phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.report.description import Figure, NumberedTable

__all__ = ["fill_text"]

_FENCE = "---"
_FOLDER = "figures"


def fill_text(text: str, name: str, source: Source, *, markdown: bool) -> str:
    """Fill the fields of a text.

    Raises
    ------
    InputError
        If a field is not closed or cannot be filled; the message lists all of them.
    """
    lines = text.split("\n")
    found = [fields_in(line) for line in lines]
    numbering = Numbering([field for fields, _ in found for field in fields], source)
    bad: list[BadField] = []
    filled = []
    for index, (line, (fields, open_)) in enumerate(zip(lines, found, strict=True), start=1):
        place = f"line {index}"
        said, wrong = _filled(line, fields, (source, numbering), markdown=markdown)
        filled.append(said)
        bad += [BadField(place, text, problem) for text, problem in wrong]
        bad += [BadField(place, text, "the field is not closed on its line") for text in open_]
    refuse(name, bad)
    if source.report.synthetic:
        filled = _with_banner(filled, markdown=markdown)
    return "\n".join(filled)


def _filled(
    line: str, fields: Sequence[Field], made_of: tuple[Source, Numbering], *, markdown: bool
) -> tuple[str, list[tuple[str, str]]]:
    """Fill the fields of one line; gives it with those that cannot be filled, and why."""
    made, bad, end = "", [], 0
    for field in fields:
        alone = line.strip() == line[field.start : field.end]
        made += line[end : field.start]
        end = field.end
        try:
            made += _written(content_of(field.asked, *made_of), alone=alone, markdown=markdown)
        except UnknownNameError as problem:
            bad.append((field.tag, str(problem)))
    return made + line[end:], bad


def _written(content: Content, *, alone: bool, markdown: bool) -> str:
    if isinstance(content, Phrase):
        return content.plain
    if isinstance(content, Block):
        if not alone:
            raise UnknownNameError(f"a {content.kind} needs a line of its own")
        return _block(content, markdown=markdown)
    return ("\n\n" if alone else " ").join(said.plain for said in content)


def _block(block: Block, *, markdown: bool) -> str:
    if block.kind == TABLE:
        shown: NumberedTable = block.shown  # type: ignore[assignment]
        table = shown.whole or shown.table
        made = markdown_table(table) if markdown else text_table(table)
        head = _bold(numbered(TABLE, block.label), table.title, on=markdown)
        return f"{head}\n\n{made}"
    figure: Figure = block.shown  # type: ignore[assignment]
    drawing = figure.drawing
    head = _bold(numbered(FIGURE, block.label), drawing.title, on=markdown)
    caption = f"{head} {drawing.caption}".rstrip()
    path = f"{_FOLDER}/{drawing.id}.png"
    return (
        f"![{_alternative(drawing.words)}]({path})\n\n{caption}"
        if markdown
        else (f"{caption} ({path})")
    )


def _bold(number: str, title: str, *, on: bool) -> str:
    return f"**{number}. {title}.**" if on else f"{number}. {title}."


def _alternative(words: str) -> str:
    """Write the words of a picture so that they end where its link begins."""
    return words.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace("\n", " ")


def _with_banner(lines: list[str], *, markdown: bool) -> list[str]:
    """Say at the top, below what a Markdown file says of itself, that the data are synthetic."""
    banner = synthetic_words()
    shown = f"**{banner}**" if markdown else banner
    first = 0
    if lines[:1] == [_FENCE] and _FENCE in lines[1:]:
        first = lines.index(_FENCE, 1) + 1
    before = [*lines[:first], ""] if first else []
    return [*before, shown, "", *lines[first:]]
