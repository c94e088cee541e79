"""Fields in the paragraphs of a Word document, and the content controls that stand for filled ones.

Word cuts a paragraph into runs as it likes, a field too; a field is cut out of its runs and keeps
the look of the one in which it begins. What fills it stands in a content control whose tag is the
field, so that the filled document is a template again.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from atrisk.report.docx_xml import Element, element, name_of
from atrisk.report.manuscript_fields import Field, fields_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "control",
    "cut_out",
    "field_of",
    "is_inline",
    "paragraph_fields",
    "run_look",
    "text_of",
]

_MOST = 64
_GOES_ON = "\N{HORIZONTAL ELLIPSIS}"
_TEXTS = {name_of("w:t"), name_of("w:tab"), name_of("w:br"), name_of("w:noBreakHyphen")}
_SHOWN = {name_of("w:tab"): "\t", name_of("w:br"): "\n", name_of("w:noBreakHyphen"): "-"}
_SPACE = name_of("xml:space")


def _runs(paragraph: Element) -> Iterator[Element]:
    """Yield the runs of a paragraph, not those of a text box in it or of a filled field."""
    for found in paragraph.iter(name_of("w:r")):
        above = next(found.iterancestors(name_of("w:p"), name_of("w:sdt")))
        while above.tag == name_of("w:sdt") and field_of(above) is None:
            above = next(above.iterancestors(name_of("w:p"), name_of("w:sdt")))
        if above is paragraph:
            yield found


def _length(part: Element) -> int:
    if part.tag == name_of("w:t"):
        return len(part.text or "")
    return 1 if part.tag in _TEXTS else 0


def text_of(paragraph: Element) -> str:
    """Give the text of a paragraph's own runs."""
    return "".join(
        _SHOWN.get(part.tag) or part.text or ""
        for found in _runs(paragraph)
        for part in found
        if part.tag in _TEXTS
    )


def paragraph_fields(paragraph: Element) -> tuple[list[Field], list[str]]:
    """Find the fields of a paragraph, and what looks like one that is not closed."""
    return fields_in(text_of(paragraph))


def cut_out(paragraph: Element, field: Field) -> list[Element]:
    """Cut runs so that some hold the field and nothing else, and give these."""
    _cut(paragraph, field.end)
    _cut(paragraph, field.start)
    found, place = [], 0
    for run in _runs(paragraph):
        length = sum(map(_length, run))
        if length and field.start <= place < field.end:
            found.append(run)
        place += length
    return found


def _cut(paragraph: Element, position: int) -> None:
    """Cut the run that holds a position in two there."""
    place = 0
    for run in _runs(paragraph):
        length = sum(map(_length, run))
        if place < position < place + length:
            _cut_run(run, position - place)
            return
        place += length


def _cut_run(run: Element, position: int) -> None:
    rest = element("w:r")
    look = run.find(name_of("w:rPr"))
    if look is not None:
        rest.append(deepcopy(look))
    place = 0
    for part in list(run):
        length = _length(part)
        if place >= position and part is not look:
            rest.append(part)
        elif place < position < place + length:
            rest.append(_cut_text(part, position - place))
        place += length
    run.addnext(rest)


def _cut_text(part: Element, position: int) -> Element:
    text = part.text or ""
    part.text = text[:position]
    part.set(_SPACE, "preserve")
    rest = element("w:t", {"xml:space": "preserve"})
    rest.text = text[position:]
    return rest


def run_look(runs: Sequence[Element]) -> list[Element]:
    """Give the properties of the first of some runs."""
    for run in runs:
        look = run.find(name_of("w:rPr"))
        return [] if look is None else list(deepcopy(look))
    return []


def control(field: str, held: Sequence[Element]) -> Element:
    """Make the content control of a field; Word keeps what stands in it from being typed over.

    Word takes tags and titles of up to 64 letters: the title goes on where the tag ends.
    """
    tag, title = field, field.strip("{} ")[:_MOST]
    if len(field) > _MOST:
        tag, title = field[: _MOST - 1] + _GOES_ON, field[_MOST - 1 :]
    properties = element(
        "w:sdtPr",
        None,
        element("w:alias", {"w:val": title}),
        element("w:tag", {"w:val": tag}),
        element("w:lock", {"w:val": "contentLocked"}),
    )
    return element("w:sdt", None, properties, element("w:sdtContent", None, *held))


def field_of(found: Element) -> str | None:
    """Give the field that a content control stands for, None if it is another's."""
    properties = found.find(name_of("w:sdtPr"))
    tag, title = (_value(properties, name) for name in ("w:tag", "w:alias"))
    if not tag.startswith("{{ "):
        return None
    return tag[:-1] + title if tag.endswith(_GOES_ON) else tag


def _value(properties: Element, name: str) -> str:
    part = None if properties is None else properties.find(name_of(name))
    return "" if part is None else str(part.get(name_of("w:val")) or "")


def is_inline(found: Element) -> bool:
    """Tell whether a content control stands within a paragraph."""
    return next(found.iterancestors(name_of("w:p")), None) is not None and not any(
        part.tag in {name_of("w:p"), name_of("w:tbl")} for part in _content(found)
    )


def _content(found: Element) -> Sequence[Element]:
    content = found.find(name_of("w:sdtContent"))
    return () if content is None else list(content)
