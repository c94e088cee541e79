"""Karyotypes in ISCN: read into clones, and classed for acute lymphoblastic leukaemia."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from atrisk.errors import InputError, listed, nearest
from atrisk.leukaemia.facts import load
from atrisk.leukaemia.karyotype_clones import Clone, Karyotype, parse
from atrisk.leukaemia.karyotype_genes import kmt2a, open_question, philadelphia, told_in_words
from atrisk.leukaemia.karyotype_items import Item, Part, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "CATEGORIES",
    "COUNTS",
    "Clone",
    "Item",
    "Karyotype",
    "KaryotypeClass",
    "Part",
    "Problem",
    "classify",
    "classify_all",
    "parse",
]

CATEGORIES: Final = (
    "normal",
    "t(9;22)",
    "KMT2A",
    "complex",
    "other",
    "missing",
    "cannot read",
)
#: Whose abnormalities are counted: those of all clones, or of the clone with the most.
COUNTS: Final = ("union", "largest")


@dataclass(frozen=True, slots=True)
class KaryotypeClass:
    """The class of a karyotype, and what it rests on.

    Attributes
    ----------
    category
        one of `CATEGORIES`.
    abnormalities
        how many were counted.
    counted
        which, as written; of several copies the number stands behind.
    complex_at
        from how many abnormalities on a karyotype is complex.
    count
        one of `COUNTS`.
    reason
        why this class, in words.
    problems
        what was not understood.
    notes
        what to know about the class.
    metaphases
        metaphases of the patient's own cells; None if not written for every clone.
    chromosomes
        lowest and highest number in clones with an abnormality; None without one.
    ploidy
        the group that holds these numbers; "" if none holds them all.
    """

    category: str
    abnormalities: int
    counted: tuple[str, ...]
    complex_at: int
    count: str
    reason: str
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    metaphases: int | None
    chromosomes: tuple[int, int] | None
    ploidy: str


def classify(
    text: str,
    *,
    complex_at: int = 3,
    count: str = "union",
    bcr_abl1: bool | None = None,
    clonality: tuple[int, int] | None = None,
    min_metaphases: int | None = None,
) -> KaryotypeClass:
    """Class a karyotype: t(9;22), KMT2A, complex, other or normal, in this order.

    Parameters
    ----------
    text
        the karyotype in ISCN, or words that there is none.
    complex_at
        from how many abnormalities on it is complex: 3 (Bassan 2009) or 5 (Moorman 2007, NCCN).
    count
        ``union``: the distinct abnormalities of all clones; ``largest``: of the clone with the
        most.
    bcr_abl1
        BCR::ABL1 by polymerase chain reaction or in-situ hybridisation; None if not examined.
    clonality
        cells that must have a gain or a structural change, and cells that must have a loss, for it
        to count. No rule is built in: without it, what is written counts.
    min_metaphases
        metaphases below which a normal karyotype is called missing. No number is built in.

    Returns
    -------
    KaryotypeClass
        the class, the count and the reason.

    Raises
    ------
    InputError
        if an option is impossible. A text never raises.

    Examples
    --------
    >>> found = classify("46,XX,del(6q),add(9)(p13),-7,+mar[10]")
    >>> found.category, found.reason
    ('complex', '4 abnormalities, complex from 3 on (union of clones)')
    >>> classify("46,XX,del(6q),add(9)(p13),-7,+mar[10]", complex_at=5).category
    'other'
    """
    _check(complex_at, count, clonality, min_metaphases)
    read = parse(text)
    kept, few = _clonal(read, clonality)
    counted = _counted(kept, read, count)
    total = sum(item.copies for item in counted)
    found = _Found(
        read=read,
        own=tuple(item for item in kept if not item.doubtful),
        total=total,
        complex_at=complex_at,
        count=count,
        bcr_abl1=bcr_abl1,
        min_metaphases=min_metaphases,
    )
    category, reason = _category(found)
    chromosomes = _chromosomes(read)
    return KaryotypeClass(
        category=category,
        abnormalities=total,
        counted=tuple(_spelt(item) for item in counted),
        complex_at=complex_at,
        count=count,
        reason=reason,
        problems=(*read.problems, *(problem for _, problem in _told(found))),
        notes=(*read.notes, *_remarks(found, counted, category), *_dropped(few, clonality)),
        metaphases=_metaphases(read),
        chromosomes=chromosomes,
        ploidy=_ploidy(chromosomes),
    )


def classify_all(
    texts: Sequence[str],
    *,
    bcr_abl1: Sequence[bool | None] | None = None,
    complex_at: int = 3,
    count: str = "union",
    clonality: tuple[int, int] | None = None,
    min_metaphases: int | None = None,
) -> tuple[KaryotypeClass, ...]:
    """Class many karyotypes, each distinct one once; the options are those of `classify`."""
    molecular = [None] * len(texts) if bcr_abl1 is None else bcr_abl1
    if len(molecular) != len(texts):
        raise InputError(
            f"bcr_abl1 has {len(molecular)} values for {len(texts)} karyotypes; give one for each."
        )
    pairs = list(zip(texts, molecular, strict=True))
    known = {
        pair: classify(
            pair[0],
            bcr_abl1=pair[1],
            complex_at=complex_at,
            count=count,
            clonality=clonality,
            min_metaphases=min_metaphases,
        )
        for pair in dict.fromkeys(pairs)
    }
    return tuple(known[pair] for pair in pairs)


def _check(
    complex_at: int, count: str, clonality: tuple[int, int] | None, min_metaphases: int | None
) -> None:
    if count not in COUNTS:
        raise InputError(
            f"count={count!r} is not a way to count abnormalities.{nearest(count, COUNTS)} "
            f"There are: {listed(COUNTS)}."
        )
    numbers = {"complex_at": (complex_at,), "clonality": clonality or (), "min_metaphases": ()}
    if min_metaphases is not None:
        numbers["min_metaphases"] = (min_metaphases,)
    for name, values in numbers.items():
        if any(value < 1 for value in values):
            raise InputError(f"{name}={listed(values)} must be 1 or more.")


@dataclass(frozen=True, slots=True)
class _Found:
    """What the class is made from."""

    read: Karyotype
    own: tuple[Item, ...]
    total: int
    complex_at: int
    count: str
    bcr_abl1: bool | None
    min_metaphases: int | None


def _clonal(
    read: Karyotype, clonality: tuple[int, int] | None
) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Part the abnormalities in those of enough cells and those of too few."""
    if clonality is None:
        return read.items, ()
    gain, loss = clonality
    few = []
    for item in read.items:
        cells = [_cells_with(item.key, clone) for clone in read.clones]
        known = [number for number in cells if number is not None]
        needed = loss if item.kind == "loss" else gain
        if len(known) == len(cells) and sum(known) < needed:
            few.append(item)
    return tuple(item for item in read.items if item not in few), tuple(few)


def _cells_with(key: str, clone: Clone) -> int | None:
    """Count the cells of a clone that have an abnormality; None if that is not written."""
    item = next((item for item in clone.abnormalities if item.key == key), None)
    if item is None:
        return 0
    return clone.cells if item.cells is None else item.cells


def _counted(kept: tuple[Item, ...], read: Karyotype, count: str) -> tuple[Item, ...]:
    if count == "union":
        return kept
    keys = {item.key for item in kept}
    clones = [
        tuple(item for item in clone.abnormalities if item.key in keys) for clone in read.clones
    ]
    return max(clones, key=lambda items: sum(item.copies for item in items), default=())


def _category(found: _Found) -> tuple[str, str]:
    """Give the class and the reason: the first of the classes, in their order, that has one."""
    told = _told(found)
    first = [problem for gene, problem in told if gene == "BCR::ABL1"]
    reasons = (
        ("t(9;22)", philadelphia(found.own, found.read.fish)),
        ("t(9;22)", "BCR::ABL1 as recorded" if found.bcr_abl1 else ""),
        ("cannot read", _not_understood([*found.read.problems, *first])),
        ("KMT2A", kmt2a(found.own, found.read.fish)),
        ("cannot read", _not_understood([problem for _, problem in told])),
        ("missing", "" if found.read.clones else _absent(found.read)),
    )
    decided = next((one for one in reasons if one[1]), None)
    return decided or (_by_count(found) if found.total else _normal(found))


def _not_understood(problems: Sequence[Problem]) -> str:
    return f"not understood: {listed(problems)}" if problems else ""


def _told(found: _Found) -> list[tuple[str, Problem]]:
    """List what in-situ hybridisation says in words, with the gene it would decide."""
    genes = ["KMT2A"] if found.bcr_abl1 is False else ["BCR::ABL1", "KMT2A"]
    return [
        (gene, Problem(part, f"in-situ hybridisation in words, {gene} is not read from them"))
        for gene in genes
        for part in told_in_words(found.read.fish, gene)
    ]


def _by_count(found: _Found) -> tuple[str, str]:
    whose = "union of clones" if found.count == "union" else "the clone with the most"
    plural = "abnormality" if found.total == 1 else "abnormalities"
    reason = f"{found.total} {plural}, complex from {found.complex_at} on ({whose})"
    return "complex" if found.total >= found.complex_at else "other", reason


def _normal(found: _Found) -> tuple[str, str]:
    if any(clone.incomplete for clone in found.read.clones):
        return "cannot read", "incomplete (inc), and no abnormality is named"
    metaphases = _metaphases(found.read)
    if found.min_metaphases is not None and metaphases is None:
        return "missing", f"normal, number of metaphases not written, {found.min_metaphases} needed"
    if found.min_metaphases is not None and (metaphases or 0) < found.min_metaphases:
        return "missing", f"normal in {metaphases} metaphases, {found.min_metaphases} needed"
    shown = "number of metaphases not written" if metaphases is None else f"{metaphases} metaphases"
    return "normal", f"no acquired abnormality, {shown}"


def _absent(read: Karyotype) -> str:
    if read.donor:
        return "donor cells only"
    if read.fish or read.other:
        return "no karyotype by banding, only by in-situ hybridisation or arrays"
    return f"no karyotype: {read.text.strip()!r}" if read.text.strip() else "no karyotype"


def _remarks(found: _Found, counted: tuple[Item, ...], category: str) -> list[str]:
    """Say what bears on the class."""
    read = found.read
    remarks = [note for item in counted for note in _item_remarks(item)]
    if category in {"complex", "other"}:
        remarks += [note for item in read.items if (note := open_question(item))]
    remarks += [f"{clone.text}: one cell, counted" for clone in read.clones if clone.cells == 1]
    said = {
        "incomplete (inc): there are more abnormalities than are named": any(
            clone.incomplete for clone in read.clones
        ),
        "BCR::ABL1 is recorded as negative": category == "t(9;22)" and found.bcr_abl1 is False,
        "the count is of what was understood": read.problems and category != "cannot read",
        "in-situ hybridisation and arrays are read for BCR::ABL1 and KMT2A only": (
            read.fish or read.other
        ),
    }
    return remarks + [note for note, holds in said.items() if holds]


def _item_remarks(item: Item) -> list[str]:
    said = {
        f"{item.text}: a range, {item.copies} counted": item.copies != item.fewest,
        f"{item.text}: doubtful, counted, but it sets no class": item.doubtful,
        f"{item.text}: a gain of whole sets, counted as one": item.kind == "ploidy",
    }
    return [note for note, holds in said.items() if holds]


def _dropped(few: tuple[Item, ...], clonality: tuple[int, int] | None) -> list[str]:
    if clonality is None:
        return []
    gain, loss = clonality
    rule = (
        f"clonal from {gain} cells with a gain or structural change and {loss} with a loss: "
        "as given by the user, no source"
    )
    return [rule, *(f"{item.text}: in too few cells, not counted" for item in few)]


def _spelt(item: Item) -> str:
    text = item.key
    return f"{text} x{item.copies}" if item.copies > 1 else text


def _metaphases(read: Karyotype) -> int | None:
    cells = [clone.cells for clone in read.clones]
    known = [number for number in cells if number is not None]
    return sum(known) if known and len(known) == len(cells) else None


def _chromosomes(read: Karyotype) -> tuple[int, int] | None:
    ranges = [clone.chromosomes for clone in read.clones if not clone.normal and clone.chromosomes]
    if not ranges:
        return None
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def _ploidy(chromosomes: tuple[int, int] | None) -> str:
    if chromosomes is None:
        return ""
    low, high = chromosomes
    groups = load("karyotype")["ploidy"]["groups"]
    return next(
        (name for name, (first, last) in groups.items() if first <= low <= high <= last), ""
    )
