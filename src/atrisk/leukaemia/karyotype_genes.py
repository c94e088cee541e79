"""Rearranged genes that set a class: in a karyotype and in its in-situ hybridisation."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from atrisk.leukaemia.facts import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.leukaemia.karyotype_items import Item, Part

__all__ = [
    "fused_bcr_abl1",
    "kmt2a",
    "open_question",
    "philadelphia",
    "rearranged_kmt2a",
    "told_in_words",
]

_SIGNALS = re.compile(r"\b(?:con|sep|amp)\b|[Xx][0-9]|\([^()]*[+-][^()]*\)")
_MENTIONED = {
    "BCR::ABL1": re.compile(r"BCR|ABL|9 ?; ?22|Ph\b|Philadelphia", re.IGNORECASE),
    "KMT2A": re.compile(r"KMT2A|MLL|11q23", re.IGNORECASE),
}
_TRANSLOCATION = re.compile(r"t\((?P<chromosomes>[0-9XY;]+)\)", re.ASCII)


def philadelphia(items: Sequence[Item], fish: Sequence[str]) -> str:
    """Give what shows a t(9;22) or BCR::ABL1, as written; "" if nothing does."""
    bands = load("karyotype")["t(9;22)"]["breakpoints"]
    shown = _translocated(items, bands, ("9", "22"))
    return shown or next((part for part in fish if not _told(part) and fused_bcr_abl1(part)), "")


def kmt2a(items: Sequence[Item], fish: Sequence[str]) -> str:
    """Give what shows a rearranged KMT2A, as written; "" if nothing does."""
    facts = load("karyotype")["KMT2A"]
    shown = _translocated(items, facts["breakpoints"], tuple(facts["without_breakpoints"]))
    return shown or next((part for part in fish if not _told(part) and rearranged_kmt2a(part)), "")


def told_in_words(fish: Sequence[str], gene: str) -> tuple[str, ...]:
    """Give parts that speak of a gene in words, and do not deny it.

    Parameters
    ----------
    gene
        ``BCR::ABL1`` or ``KMT2A``.

    Examples
    --------
    >>> told_in_words(["FISH BCR::ABL1 positive", "FISH: KMT2A negative"], "BCR::ABL1")
    ('FISH BCR::ABL1 positive',)
    """
    names = _MENTIONED[gene]
    return tuple(part for part in fish if _told(part) and not _denied(part) and names.search(part))


def _told(part: str) -> bool:
    """Tell whether a part is words: FISH without a pattern of signals, or with a word of a list."""
    plain = part.casefold()
    spoken = plain.startswith("fish") and _SIGNALS.search(part) is None
    return spoken or any(_phrases(name).search(plain) for name in ("denied", "claimed"))


def _denied(part: str) -> bool:
    rest, found = _phrases("denied").subn(" ", part.casefold())
    return found > 0 and _phrases("claimed").search(rest) is None and "%" not in rest


@cache
def _phrases(name: str) -> re.Pattern[str]:
    words = sorted(load("karyotype")["in_words"][name], key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)")


def _translocated(items: Sequence[Item], bands: dict[str, str], short: tuple[str, ...]) -> str:
    """Find a translocation with its breaks in these bands.

    One without bands has those that are written elsewhere; if there are none, it must be between
    exactly the chromosomes that `short` names.
    """
    parts = [
        (item, part)
        for item in items
        if item.sign != "-"
        for part in item.parts
        if part.type == "t"
    ]
    known = {part.chromosomes: part for _, part in parts if part.bands}
    for item, part in parts:
        full = known.get(part.chromosomes, part)
        if _breaks(full, bands) if full.bands else set(full.chromosomes) == set(short):
            return item.text
    return ""


def _breaks(part: Part, bands: dict[str, str]) -> bool:
    broken = dict(zip(part.chromosomes, part.bands, strict=False))
    return all(
        broken.get(chromosome, "").replace("?", "").startswith(band)
        for chromosome, band in bands.items()
    )


def open_question(item: Item) -> str:
    """Say where another examination decides."""
    for part in item.parts:
        places = set(part.chromosomes)
        at_11 = dict(zip(part.chromosomes, part.bands, strict=False)).get("11", "")
        if part.type == "t" and not part.bands and "11" in places:
            return f"{item.text}: no bands, KMT2A is open"
        if part.type not in {"t", "del", "add", "dup"} and "q23" in at_11:
            return f"{item.text}: a break in 11q23 that is no translocation, KMT2A is open"
        if {"9", "22"} <= places and part.type in {"ins", "t"}:
            return f"{item.text}: joins 9 and 22, not in 9q34 and 22q11, BCR::ABL1 is open"
    return ""


def fused_bcr_abl1(part: str) -> bool:
    """Tell whether BCR and ABL1 are seen together, or a t(9;22) in metaphases.

    Examples
    --------
    >>> fused_bcr_abl1("nuc ish(ABL1,BCR)x3(ABL1 con BCRx2)[180/200]")
    True
    >>> fused_bcr_abl1("nuc ish(ABL1,BCR)x2[200]")
    False
    """
    text = part.replace(" ", "")
    if _translocates(text, {"9", "22"}):
        return True
    abl1, bcr = _genes("abl1"), _genes("bcr")
    joined = rf"(?:{abl1}con{bcr}|{bcr}con{abl1})(?![0-9A-Z])(?!x0)"
    return re.search(joined, text) is not None


def rearranged_kmt2a(part: str) -> bool:
    """Tell whether the ends of KMT2A are apart, or the gene lies with another one.

    Examples
    --------
    >>> rearranged_kmt2a("nuc ish(KMT2Ax2)(5'KMT2A sep 3'KMT2Ax1)[150/200]")
    True
    >>> rearranged_kmt2a("nuc ish(KMT2Ax2)[200]"), rearranged_kmt2a("nuc ish(KMT2Ax3)[200]")
    (False, False)
    """
    text = part.replace(" ", "")
    gene = _genes("kmt2a")
    if _translocates(text, {"11"}) and re.search(gene, text):
        return True
    pairs = re.findall(r"([0-9A-Za-z']+?)con([0-9A-Z']+)", text)
    fused = any(
        (re.search(gene, one) is None) != (re.search(gene, two) is None) for one, two in pairs
    )
    return fused or re.search(rf"{gene}sep", text) is not None


@cache
def _genes(name: str) -> str:
    return f"(?:{'|'.join(load('karyotype')['genes'][name])})"


def _translocates(text: str, chromosomes: set[str]) -> bool:
    """Tell whether a translocation of these chromosomes is named; a probe set is not one."""
    return any(
        chromosomes <= set(found["chromosomes"].split(";"))
        for found in _TRANSLOCATION.finditer(text)
    )
