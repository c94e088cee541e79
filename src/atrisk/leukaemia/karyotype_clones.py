"""A karyotype in ISCN: its clones, what each inherits, and what was not understood."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from atrisk.leukaemia.facts import load
from atrisk.leukaemia.karyotype_items import Item, Problem, read_item
from atrisk.leukaemia.karyotype_numbers import inborn_number, number_notes
from atrisk.leukaemia.karyotype_text import cut, is_missing, methods, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Clone", "Karyotype", "parse"]

_NUMBER: Final = re.compile(
    r"(?:mos|chi)?(?P<low>[0-9]{2,3})(?:[~-](?P<high>[0-9]{2,3}))?(?:<(?P<ploidy>[1-9])n[+-]?>)?",
    re.ASCII,
)
_SEX: Final = re.compile(r"(?P<sex>[XYU?]{1,8})(?P<constitutional>c?)", re.IGNORECASE)
_CLONE_CELLS: Final = re.compile(
    r"(?P<body>.*)\[(?:(?P<composite>cp)(?P<some>[0-9]{0,4})|(?P<cells>[0-9]{1,4}))\]",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)
_INHERITS: Final = re.compile(
    r"(?P<from>idem|sl|sdl)(?P<which>[0-9]{0,2})(?:[xX](?P<times>[0-9]))?"
)
_POLYPLOID: Final[int] = load("karyotype")["reading"]["polyploid_from"]
_SPACES: Final = re.compile(r" (?!or )(?<! or )")


@dataclass(frozen=True, slots=True)
class Clone:
    """One clone of the patient's own cells.

    Attributes
    ----------
    text
        as written.
    chromosomes
        lowest and highest number; None if not written.
    ploidy
        the level to which gains and losses refer; None if not written.
    sex
        sex chromosomes as written.
    items
        what is written of this clone.
    abnormalities
        the acquired ones with those that it inherits, each key once with its copies.
    cells
        metaphases; None if not written.
    composite, incomplete
        marked ``cp`` or ``inc``.
    inherits
        ``idem``, ``sl``, ``sdl1`` or "".
    """

    text: str
    chromosomes: tuple[int, int] | None
    ploidy: int | None
    sex: str
    items: tuple[Item, ...]
    abnormalities: tuple[Item, ...]
    cells: int | None
    composite: bool
    incomplete: bool
    inherits: str = ""

    @property
    def normal(self) -> bool:
        """Tell whether it has no acquired abnormality."""
        return not self.abnormalities and not self.incomplete


@dataclass(frozen=True, slots=True)
class Karyotype:
    """A karyotype as it was read.

    Attributes
    ----------
    text
        as written.
    clones
        of the patient's own cells, in their order.
    items
        distinct acquired abnormalities over all clones, with the most copies of any clone.
    problems
        what was not understood.
    donor
        what is written of donor cells, behind ``//``.
    fish, other
        parts by in-situ hybridisation, and by arrays or sequencing.
    missing
        whether the text says that there is no karyotype.
    notes
        what reads well and does not fit together.
    """

    text: str
    clones: tuple[Clone, ...] = ()
    items: tuple[Item, ...] = ()
    problems: tuple[Problem, ...] = ()
    donor: str = ""
    fish: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    missing: bool = False
    notes: tuple[str, ...] = ()


@lru_cache(maxsize=20_000)
def parse(text: str) -> Karyotype:
    """Read a karyotype; what is not understood is in `problems`, nothing is guessed.

    Parameters
    ----------
    text
        in ISCN, or words that there is none.

    Returns
    -------
    Karyotype
        clones, abnormalities and problems.

    Examples
    --------
    >>> read = parse("46,XX,t(9;22)(q34;q11)[8]/47,idem,+der(22)t(9;22)[7]")
    >>> [len(clone.abnormalities) for clone in read.clones]
    [1, 2]
    >>> [str(problem) for problem in parse("46,XY,6q-[20]").problems]
    ["'6q-': not an abnormality in ISCN"]
    """
    plain = tidy(text)
    parted = methods(plain)
    if is_missing(plain) or (is_missing(parted.banded) and (parted.fish or parted.other)):
        return Karyotype(text, fish=parted.fish, other=parted.other, missing=True)
    own, _, donor = parted.banded.partition("//")
    problems: list[Problem] = []
    written = [piece for piece in cut(own, "/") if piece.strip()] if own.strip() else []
    clones, sources = _inherited([_read_clone(piece, problems) for piece in written], problems)
    by_clone = _by_clone(clones)
    return Karyotype(
        text,
        clones=tuple(
            replace(clone, abnormalities=items)
            for clone, items in zip(clones, by_clone, strict=True)
        ),
        items=_distinct(by_clone),
        problems=tuple(problems),
        donor=donor.strip(),
        fish=parted.fish,
        other=parted.other,
        notes=() if problems else number_notes(clones, sources),
    )


def _read_clone(text: str, problems: list[Problem]) -> Clone:
    """Read what one clone says itself."""
    text = text.strip()
    body, cells, composite = _cells(_SPACES.sub("", text))
    pieces = cut(body, ",")
    number, pieces = _number(pieces, problems)
    sex, pieces = _sex(pieces, problems, number=number[0])
    incomplete = "inc" in pieces
    inherits = next((piece for piece in pieces if _INHERITS.fullmatch(piece)), "")
    items: list[Item] = []
    for piece in pieces:
        if piece and piece in {"inc", inherits}:
            continue
        found = read_item(piece) if piece else Problem(text, "an empty place between two commas")
        if isinstance(found, Item):
            items.append(found)
        elif found.token not in {problem.token for problem in problems}:
            problems.append(found)
    if cells == 0:
        problems.append(Problem(text, "a clone of no cells"))
    chromosomes, ploidy = number
    clone = Clone(
        text, chromosomes, ploidy, sex, tuple(items), (), cells, composite, incomplete, inherits
    )
    if chromosomes is not None:
        problems.extend(_unexplained(clone))
    return _polyploid(clone)


def _cells(text: str) -> tuple[str, int | None, bool]:
    found = _CLONE_CELLS.fullmatch(text)
    if found is None:
        return text, None, False
    cells = found["cells"] or found["some"]
    return found["body"].removesuffix(","), int(cells) if cells else None, bool(found["composite"])


def _number(
    pieces: list[str], problems: list[Problem]
) -> tuple[tuple[tuple[int, int] | None, int | None], list[str]]:
    found = _NUMBER.fullmatch(pieces[0])
    if found is None:
        problems.append(Problem(pieces[0], "a clone begins with its number of chromosomes"))
        return (None, None), pieces
    low = int(found["low"])
    high = int(found["high"] or low)
    if high < low:
        problems.append(Problem(pieces[0], "a range that falls"))
    return ((low, high), int(found["ploidy"]) if found["ploidy"] else None), pieces[1:]


def _sex(
    pieces: list[str], problems: list[Problem], *, number: tuple[int, int] | None
) -> tuple[str, list[str]]:
    found = _SEX.fullmatch(pieces[0]) if pieces else None
    if found is not None:
        return found["sex"].upper() + found["constitutional"], pieces[1:]
    if number is not None and not any(_INHERITS.fullmatch(piece) for piece in pieces[:1]):
        token = pieces[0] if pieces else ""
        problems.append(Problem(token, "the sex chromosomes are expected here"))
    return "", pieces


def _unexplained(clone: Clone) -> list[Problem]:
    """Report sex chromosomes, and a number, that no abnormality explains."""
    low, high = clone.chromosomes or (46, 46)
    constitutional = clone.sex.endswith("c")
    polyploid = low >= _POLYPLOID or (clone.ploidy or 2) != 2
    ends = [place for item in clone.items for place in _places(item)]
    known = clone.sex in {"", "XX", "XY", "YX"} or {"U", "?"} & set(clone.sex)
    explained = constitutional or polyploid or (len(clone.sex) < 2 and {"X", "Y"} & set(ends))
    if not known and not explained:
        message = "sex chromosomes without c for inborn, and without + or - for acquired"
        return [Problem(clone.sex, message)]
    named = clone.inherits or clone.incomplete or any(item.counts for item in clone.items)
    whole = low == high and low > 46 and low % 23 == 0
    if not named and not whole and not (low <= inborn_number(clone) <= high):
        return [Problem(f"{low}", "no abnormality explains this number of chromosomes")]
    return []


def _places(item: Item) -> tuple[str, ...]:
    if item.parts:
        return tuple(place for part in item.parts for place in part.chromosomes)
    return (item.key.lstrip("+-"),)


def _polyploid(clone: Clone) -> Clone:
    """Take whole sets of chromosomes without any other abnormality as one abnormality."""
    if clone.items or clone.inherits or clone.chromosomes is None or clone.incomplete:
        return clone
    low, high = clone.chromosomes
    if low != high or low <= 46 or low % 23:
        return clone
    level = f"<{low // 23}n>"
    return replace(clone, items=(Item(level, "ploidy", "", level),))


def _inherited(
    clones: list[Clone], problems: list[Problem]
) -> tuple[tuple[Clone, ...], tuple[Clone | None, ...]]:
    """Give each clone what it takes over, and from which; ``idem`` and ``sl`` stand for the first.

    A normal clone is no stemline, wherever it stands.
    """
    done: list[Clone] = []
    sources: list[Clone | None] = []
    for clone in clones:
        source = _source(clone, done) if clone.inherits else None
        if isinstance(source, Problem):
            problems.append(source)
            source = None
        taken = source.abnormalities if source else ()
        done.append(replace(clone, abnormalities=_joined(taken, clone.items)))
        sources.append(source)
    return tuple(done), tuple(sources)


def _source(clone: Clone, before: list[Clone]) -> Clone | Problem:
    lines = [other for other in before if not other.normal]
    found = _INHERITS.fullmatch(clone.inherits)
    name = found["from"] if found else ""
    if not lines:
        return Problem(clone.inherits, "no clone with an abnormality stands before it")
    if name != "sdl":
        return lines[0]
    which = int(found["which"] or 0) if found else 0
    sidelines = lines[1:]
    if which == 0 and len(sidelines) == 1:
        return sidelines[0]
    if 1 <= which <= len(sidelines):
        return sidelines[which - 1]
    return Problem(clone.inherits, f"which of {len(sidelines)} sidelines is not clear")


def _joined(taken: tuple[Item, ...], own: tuple[Item, ...]) -> tuple[Item, ...]:
    """Join what is inherited with what is written; a loss of an inherited gain undoes it."""
    left = {item.key: item for item in taken}
    added: dict[str, Item] = {}
    for item in own:
        if not item.counts:
            continue
        undone = _undone(item, left)
        if undone is None:
            added[item.key] = _more(added.get(item.key), item)
        elif left[undone].copies > item.copies:
            fewest = max(0, left[undone].fewest - item.copies)
            copies = left[undone].copies - item.copies
            left[undone] = replace(left[undone], copies=copies, fewest=fewest)
        else:
            del left[undone]
    for key, item in added.items():
        left[key] = _more(left.get(key), item)
    return tuple(left.values())


def _undone(item: Item, left: dict[str, Item]) -> str | None:
    """Find the inherited abnormality that an item takes back."""
    opposites = _opposites(item)
    return next(
        (key for key, known in left.items() if key in opposites or known.short in opposites), None
    )


def _opposites(item: Item) -> tuple[str, ...]:
    bare = item.key.lstrip("+-")
    if item.sign == "-":
        return (f"+{bare}", bare) if item.kind != "loss" else (f"+{bare}",)
    return (f"-{bare}",) if item.kind == "gain" else ()


def _more(known: Item | None, item: Item) -> Item:
    if known is None:
        return item
    cells = known.cells if item.cells is None else item.cells
    copies, fewest = known.copies + item.copies, known.fewest + item.fewest
    doubtful = known.doubtful and item.doubtful
    return replace(known, copies=copies, fewest=fewest, cells=cells, doubtful=doubtful)


def _by_clone(clones: Sequence[Clone]) -> tuple[tuple[Item, ...], ...]:
    """Give each clone's abnormalities under the same keys in all clones.

    An abnormality without its bands is the one with bands that stands elsewhere.
    """
    every = [item for clone in clones for item in clone.abnormalities]
    spelt = {item.short: item.key for item in every if item.key != item.short}
    if not any(item.key in spelt for item in every):
        return tuple(clone.abnormalities for clone in clones)
    joined = []
    for clone in clones:
        here: dict[str, Item] = {}
        for item in clone.abnormalities:
            key = spelt.get(item.key, item.key)
            here[key] = _more(here.get(key), replace(item, key=key))
        joined.append(tuple(here.values()))
    return tuple(joined)


def _distinct(by_clone: Sequence[tuple[Item, ...]]) -> tuple[Item, ...]:
    """Join the clones: each abnormality once, with the most copies that a clone has of it."""
    union: dict[str, Item] = {}
    for items in by_clone:
        for item in items:
            known = union.get(item.key)
            union[item.key] = item if known is None else _most(known, item)
    return tuple(union.values())


def _most(known: Item, item: Item) -> Item:
    return replace(
        known if len(known.text) >= len(item.text) else item,
        copies=max(known.copies, item.copies),
        fewest=max(known.fewest, item.fewest),
        doubtful=known.doubtful and item.doubtful,
    )
