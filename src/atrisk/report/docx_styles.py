"""The empty Word document of a report: its page, styles, language, header and footer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from atrisk.report.docx_look import CAPTION, HEAD, NOTE, TEXT, TEXT_POINTS
from atrisk.report.docx_xml import element, field, run
from atrisk.report.language import word

if TYPE_CHECKING:
    from atrisk.report.description import Report

__all__ = ["LOOK_STYLES", "MARGIN", "PAGE", "new_document"]

#: Width, height and margin of the page in millimetres.
PAGE, MARGIN = (210.0, 297.0), 18.0
_FONT = "Arial"
_INK, _WARNING, _GREY = RGBColor(0x1F, 0x23, 0x28), "B04A00", RGBColor(0x55, 0x5B, 0x65)
_REGIONS = {"en": "en-GB", "de": "de-DE", "it": "it-IT"}
_LEVELS = (1, 2, 3)
#: The styles of captions and tables, as `Look` asks for them.
LOOK_STYLES = {
    kind: kind for kind in (CAPTION, TEXT, HEAD, NOTE, *(f"{TEXT}{level}" for level in _LEVELS))
}
_CLOCK = ("created", "modified", "lastModifiedBy", "revision", "lastPrinted")


def new_document(report: Report) -> Any:  # noqa: ANN401 - python-docx calls its class a function
    """Make the document that a report is written into."""
    document = docx.Document()
    _page(document.sections[0])
    _styles(document.styles)
    _languages(document.styles.element, _REGIONS[report.language])
    _properties(document, report)
    _margins_text(document.sections[0], report)
    return document


def _page(section: Any) -> None:  # noqa: ANN401 - an object of python-docx
    section.page_width, section.page_height = Mm(PAGE[0]), Mm(PAGE[1])
    for side in ("left", "right", "top", "bottom"):
        setattr(section, f"{side}_margin", Mm(MARGIN))
    section.header_distance = section.footer_distance = Mm(9)


def _styles(styles: Any) -> None:  # noqa: ANN401 - an object of python-docx
    """Define every style that is used, so that authors can change each in one place."""
    _set(styles["Normal"], 10, after=6)
    _set(styles["Title"], 20, bold=True, after=6)
    _set(styles["Subtitle"], 9, colour=_GREY, after=0)
    _set(styles["Heading 1"], 14, bold=True, before=18, after=6)
    _set(styles["Heading 2"], 11, bold=True, before=12, after=3)
    _set(styles["Heading 3"], 10, bold=True, before=8, after=2)
    _set(styles["List Bullet"], 10, after=2)
    _set(styles["Caption"], 9.5, before=10, after=4, bold=False)
    _set(styles["Header"], 8, bold=True, colour=RGBColor.from_string(_WARNING))
    _set(styles["Footer"], 8, colour=_GREY)
    added: dict[str, dict[str, Any]] = {
        "Definition": {"points": 9.5, "after": 6, "italic": True},
        "Small": {"points": 8.5, "after": 6, "colour": _GREY},
        "Warning": {"points": 10, "before": 4, "after": 6},
        "toc 1": {"points": 9},
        HEAD: {"points": TEXT_POINTS, "before": 1, "after": 1},
        TEXT: {"points": TEXT_POINTS, "before": 1, "after": 1},
        NOTE: {"points": 8, "before": 2},
    }
    for name, look in added.items():
        _set(_new(styles, name), **look)
    for level in _LEVELS:
        inner = _new(styles, f"{TEXT}{level}", based_on=TEXT)
        inner.paragraph_format.left_indent = Mm(3 * level)
    styles["toc 1"].paragraph_format.line_spacing = 1.0
    _box(styles["Warning"])
    for name in ("Title", "Subtitle"):
        _without_rule(styles[name])


def _new(styles: Any, name: str, based_on: str = "Normal") -> Any:  # noqa: ANN401 - an object of python-docx
    made = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    made.base_style = styles[based_on]
    made.quick_style = True
    return made


def _set(
    style: Any,  # noqa: ANN401 - an object of python-docx
    points: float,
    *,
    bold: bool | None = None,
    italic: bool = False,
    before: float = 0,
    after: float = 0,
    colour: RGBColor = _INK,
) -> None:
    font, layout = style.font, style.paragraph_format
    font.name, font.size, font.bold, font.italic = _FONT, Pt(points), bold, italic
    font.color.rgb = colour
    fonts = style.element.rPr.rFonts
    for name in list(fonts.attrib):
        if name.endswith("Theme"):
            del fonts.attrib[name]
    for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(script), _FONT)
    layout.space_before, layout.space_after = Pt(before), Pt(after)
    layout.line_spacing = 1.1


def _box(style: Any) -> None:  # noqa: ANN401 - an object of python-docx
    rule = {"w:val": "single", "w:sz": 6, "w:space": 4, "w:color": _WARNING}
    sides = (element(f"w:{side}", rule) for side in ("top", "left", "bottom", "right"))
    box = element("w:pBdr", None, *sides)
    properties = style.element.get_or_add_pPr()
    place = properties.find(qn("w:spacing"))
    place.addprevious(box)
    style.paragraph_format.left_indent = style.paragraph_format.right_indent = Mm(2)


def _without_rule(style: Any) -> None:  # noqa: ANN401 - an object of python-docx
    properties = style.element.get_or_add_pPr()
    for rule in properties.findall(qn("w:pBdr")):
        properties.remove(rule)


def _languages(styles: Any, region: str) -> None:  # noqa: ANN401 - an object of python-docx
    """Say what language the text is in, for the spelling checker and for reading aloud."""
    for default in styles.iter(qn("w:lang")):
        default.set(qn("w:val"), region)


def _properties(document: Any, report: Report) -> None:  # noqa: ANN401 - an object of python-docx
    """Name the document; nothing in it says when it was written."""
    properties = document.core_properties
    properties.title = report.study["title"]
    properties.author = properties.keywords = ""
    properties.comments = word("Synthetic data.") if report.synthetic else ""
    properties.language = _REGIONS[report.language]
    held = properties._element  # noqa: SLF001 - python-docx cannot leave a date out
    for child in list(held):
        if child.tag.rpartition("}")[2] in _CLOCK:
            held.remove(child)


def _margins_text(section: Any, report: Report) -> None:  # noqa: ANN401 - an object of python-docx
    """Write the header, which says that data are synthetic, and the page number."""
    if report.synthetic:
        header = section.header.paragraphs[0]
        header.alignment = 2
        header.add_run(word("Synthetic data: these patients are made up."))
    footer = section.footer.paragraphs[0]
    footer.alignment = 1
    footer._p.extend([*field("PAGE", "1"), run(" / "), *field("NUMPAGES", "1")])  # noqa: SLF001
