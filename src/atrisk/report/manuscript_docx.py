"""Filling a Word document: its body, tables, headers, footers and footnotes."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree

from atrisk.errors import InputError
from atrisk.report.docx_package import NotWordError, Package, read_package, zipped
from atrisk.report.docx_xml import Element, element, name_of, paragraph, parse, run, serialised
from atrisk.report.manuscript_blocks import Pictures, block_elements
from atrisk.report.manuscript_controls import (
    control,
    cut_out,
    field_of,
    is_inline,
    paragraph_fields,
    run_look,
    text_of,
)
from atrisk.report.manuscript_fields import (
    BadField,
    Block,
    Content,
    Field,
    Numbering,
    Source,
    content_of,
    refuse,
    synthetic_words,
)
from atrisk.report.manuscript_names import UnknownNameError
from atrisk.report.values import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["fill_docx"]

_KINDS = ("header", "footer", "footnotes", "endnotes")
_BANNER = "{{ synthetic }}"
_EXCERPT = 40
_NO_FIELD = (
    "The template {name!r} has no field such as {{{{ population.rows_used }}}}. If it was filled"
    " before, the program that saved it has dropped the content controls, and its numbers would"
    " stay as they were: fill the template it was made of."
)


@dataclass(frozen=True, slots=True)
class _Target:
    """A field in its place: of a paragraph, or the control of one that was filled before."""

    part: str
    place: str
    asked: str
    holder: Element
    field: Field | None = None

    @property
    def tag(self) -> str:
        return f"{{{{ {self.asked} }}}}"


@dataclass
class _Filling:
    """The document that is filled: its package, the trees of its parts, what is wrong."""

    package: Package
    source: Source
    roots: dict[str, Element]
    bad: list[BadField] = field(default_factory=list)


def fill_docx(held: bytes, name: str, source: Source) -> bytes:
    """Fill the fields of a document, and refill those that were filled before.

    Raises
    ------
    InputError
        If it is no Word document, or has no field, or one that is not closed or cannot be filled;
        the message lists all of them.
    """
    try:
        package = read_package(held)
        roots = {part: parse(package.parts[part]) for part in _parts(package)}
    except (NotWordError, etree.XMLSyntaxError) as problem:
        raise InputError(
            f"The template {name!r} is not a Word document that can be read ({problem}). Save it "
            "as .docx, without a password."
        ) from problem
    filling = _Filling(package, source, roots)
    _remove_banner(roots[package.main])
    targets = [target for part in roots for target in _targets(part, filling)]
    numbering = Numbering([Field(0, 0, target.asked) for target in targets], source)
    contents = [_content(target, filling, numbering) for target in targets]
    refuse(name, filling.bad)
    if not targets:
        raise InputError(_NO_FIELD.format(name=name))
    _fill(targets, contents, filling)
    changed = {part: root for part, root in roots.items() if _is_changed(part, targets, filling)}
    package.parts.update({part: serialised(root) for part, root in changed.items()})
    return zipped(package.parts)


def _parts(package: Package) -> list[str]:
    related = [part for kind in _KINDS for part in package.related(package.main, kind)]
    return [package.main, *dict.fromkeys(related)]


def _is_changed(part: str, targets: Sequence[_Target], filling: _Filling) -> bool:
    return part == filling.package.main or any(target.part == part for target in targets)


def _targets(part: str, filling: _Filling) -> Iterator[_Target]:
    """Yield the fields of a part in the order of reading."""
    root, number = filling.roots[part], 0
    within = "" if part == filling.package.main else f" of {part.rpartition('/')[2]}"
    for found in root.iter(name_of("w:sdt"), name_of("w:p")):
        if found.tag == name_of("w:sdt"):
            asked = field_of(found)
            if asked is not None:
                place = f"after paragraph {number}{within}"
                yield _Target(part, place, asked.strip("{} "), found)
            continue
        number += 1
        if any(field_of(above) for above in found.iterancestors(name_of("w:sdt"))):
            continue
        place = f"paragraph {number}{within} ({_excerpt(found)})"
        fields, stray = paragraph_fields(found)
        problem = "the field is not closed in its paragraph"
        filling.bad += [BadField(place, text, problem) for text in stray]
        yield from (_Target(part, place, one.asked, found, one) for one in fields)


def _excerpt(found: Element) -> str:
    text = " ".join(text_of(found).split())
    return f'"{text[:_EXCERPT]}…"' if len(text) > _EXCERPT else f'"{text}"'


def _content(target: _Target, filling: _Filling, numbering: Numbering) -> Content:
    """Give what fills a target; what is wrong with it is noted."""
    try:
        content = content_of(target.asked, filling.source, numbering)
        _check_place(target, content, filling)
    except UnknownNameError as problem:
        filling.bad.append(BadField(target.place, target.tag, str(problem)))
        return Phrase()
    return content


def _check_place(target: _Target, content: Content, filling: _Filling) -> None:
    if isinstance(content, Block):
        if target.part != filling.package.main:
            raise UnknownNameError(f"a {content.kind} can stand in the text only")
        if not _alone(target):
            raise UnknownNameError(f"a {content.kind} needs a paragraph of its own")
    if target.field is not None and len(_parents(target.holder, target.field)) > 1:
        raise UnknownNameError("the field runs over the edge of a link or of a tracked change")


def _alone(target: _Target) -> bool:
    if target.field is None:
        return not is_inline(target.holder)
    others = target.holder.iter(name_of("w:drawing"), name_of("w:sdt"), name_of("w:object"))
    text = text_of(target.holder)
    return not any(others) and text.strip() == text[target.field.start : target.field.end]


def _parents(holder: Element, one: Field) -> set[int]:
    return {id(found.getparent()) for found in cut_out(holder, one)}


def _fill(targets: Sequence[_Target], contents: Sequence[Content], filling: _Filling) -> None:
    """Fill from the last target to the first, so that the places of fields stay true."""
    pictures = Pictures(filling.package, filling.roots[filling.package.main], filling.source)
    # pictures are numbered in the order of reading
    made = {
        index: block_elements(content, targets[index].holder, pictures)
        for index, content in enumerate(contents)
        if isinstance(content, Block)
    }
    for index in reversed(range(len(targets))):
        target, content = targets[index], contents[index]
        if isinstance(content, Block):
            _replace(target, made[index])
        elif isinstance(content, tuple) and _alone(target):
            _replace(target, [_paragraph_like(target.holder, said.plain) for said in content])
        else:
            said = content if isinstance(content, Phrase) else None
            text = said.plain if said else " ".join(part.plain for part in content)  # type: ignore[union-attr]
            _set_words(target, text)
    pictures.release_unused()
    if filling.source.report.synthetic:
        _add_banner(filling.roots[filling.package.main])


def _set_words(target: _Target, text: str) -> None:
    """Put words where a field stands, with the look of the run in which it begins."""
    if target.field is None:
        held = target.holder.find(name_of("w:sdtContent"))
        words = run(text, *run_look(list(held.iter(name_of("w:r")))))
        if not is_inline(target.holder):
            words = _paragraph_like(target.holder, text)
        held[:] = [words]
        return
    runs = cut_out(target.holder, target.field)
    made = control(target.tag, [run(text, *run_look(runs))])
    runs[0].addprevious(made)
    for old in runs:
        old.getparent().remove(old)


def _paragraph_like(holder: Element, text: str) -> Element:
    """Make a paragraph with the look of the one that holds a field, or of the control's first."""
    model = holder if holder.tag == name_of("w:p") else next(holder.iter(name_of("w:p")), None)
    if model is None:
        return paragraph(None, run(text))
    made = paragraph(None, run(text, *run_look(list(model.iter(name_of("w:r"))))))
    look = model.find(name_of("w:pPr"))
    if look is not None:
        copied = deepcopy(look)
        for section in copied.findall(name_of("w:sectPr")):
            copied.remove(section)
        made.insert(0, copied)
    return made


def _replace(target: _Target, held: Sequence[Element]) -> None:
    """Put paragraphs, a table or a figure where the paragraph of a field stands."""
    if target.field is None:
        target.holder.find(name_of("w:sdtContent"))[:] = held
        return
    old = target.holder
    old.addprevious(control(target.tag, held))
    look = old.find(name_of("w:pPr"))
    ends_section = look is not None and look.find(name_of("w:sectPr")) is not None
    last_of_cell = old.getparent().tag == name_of("w:tc") and old.getnext() is None
    if ends_section or last_of_cell:
        for part in [part for part in old if part is not look]:
            old.remove(part)
    else:
        old.getparent().remove(old)


def _remove_banner(root: Element) -> None:
    for found in list(root.iter(name_of("w:sdt"))):
        if field_of(found) == _BANNER:
            found.getparent().remove(found)


def _add_banner(root: Element) -> None:
    """Say at the top that the data are synthetic."""
    border = {"w:val": "single", "w:sz": 8, "w:space": 4, "w:color": "B04A00"}
    box = element(
        "w:pBdr",
        None,
        *(element(f"w:{side}", border) for side in ("top", "left", "bottom", "right")),
    )
    words = synthetic_words()
    made = paragraph(None, run(words, element("w:b")), properties=[box])
    root.find(name_of("w:body")).insert(0, control(_BANNER, [made]))
