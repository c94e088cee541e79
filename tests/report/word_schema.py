"""The order in which Word wants the children of an element: ECMA-376, part 1, annex A."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_PROPERTIES = "pPr rPr tblPr trPr tcPr"

#: The sequences of the complex types; a child that is not named may not stand there.
SEQUENCES = {
    "pPr": (
        "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers"
        " pBdr shd tabs suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE"
        " autoSpaceDN bidi adjustRightInd snapToGrid spacing ind contextualSpacing mirrorIndents"
        " suppressOverlap jc textDirection textAlignment textboxTightWrap outlineLvl divId cnfStyle"
        " rPr sectPr pPrChange"
    ),
    "rPr": (
        "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint"
        " noProof snapToGrid vanish webHidden color spacing w kern position sz szCs highlight u"
        " effect bdr shd fitText vertAlign rtl cs em lang eastAsianLayout specVanish oMath"
    ),
    "tbl": "tblPr tblGrid tr",
    "tblPr": (
        "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc"
        " tblCellSpacing tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption"
        " tblDescription tblPrChange"
    ),
    "tblBorders": "top left start bottom right end insideH insideV",
    "tblCellMar": "top left start bottom right end",
    "tcMar": "top left start bottom right end",
    "pBdr": "top left bottom right between bar",
    "tr": "tblPrEx trPr tc",
    "tc": "tcPr",
    "tcPr": (
        "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText"
        " vAlign hideMark"
    ),
    "tcBorders": "top left start bottom right end insideH insideV tl2br tr2bl",
    "sectPr": (
        "headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders"
        " lnNumType pgNumType cols formProt vAlign noEndnote titlePg textDirection bidi rtlGutter"
        " docGrid printerSettings"
    ),
    "sdt": "sdtPr sdtEndPr sdtContent",
    "sdtPr": "rPr alias tag id lock placeholder temporary showingPlcHdr dataBinding",
    "style": (
        "name aliases basedOn next link autoRedefine hidden uiPriority semiHidden unhideWhenUsed"
        f" qFormat locked personal personalCompose personalReply rsid {_PROPERTIES} tblStylePr"
    ),
    "inline": "extent effectExtent docPr cNvGraphicFramePr graphic",
    "pic": "nvPicPr blipFill spPr",
    "blipFill": "blip srcRect stretch",
    "spPr": "xfrm prstGeom",
    "xfrm": "off ext",
}
_FIRST_ONLY = {"p": "pPr", "r": "rPr", "tc": "tcPr"}


def disorder(held: bytes) -> list[str]:
    """Tell where the parts of an element stand in another order than Word wants."""
    return [problem for found in etree.fromstring(held).iter("{*}*") for problem in _wrong(found)]


def _wrong(found: Any) -> Iterator[str]:
    name = _local(found)
    children = [_local(child) for child in found if isinstance(child.tag, str)]
    first = _FIRST_ONLY.get(name)
    if first in children[1:]:
        yield f"{name}: {first} is not its first"
    if name == "tc" and children[-1:] != ["p"]:
        yield f"{name}: it does not end in a paragraph"
    if name == "body" and children[-1] != "sectPr":
        yield f"{name}: it does not end in the properties of its section"
    if name in SEQUENCES and name not in _FIRST_ONLY:
        known = SEQUENCES[name].split()
        strange = [child for child in children if child not in known]
        yield from (f"{name}: no {child} in it" for child in strange)
        places = [known.index(child) for child in children if child in known]
        if places != sorted(places):
            yield f"{name}: {' '.join(children)}"


def _local(found: Any) -> str:
    return str(etree.QName(found).localname)
