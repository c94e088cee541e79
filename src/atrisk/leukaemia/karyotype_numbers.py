"""How many chromosomes the abnormalities of a clone give, beside how many are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.leukaemia.karyotype_clones import Clone
    from atrisk.leukaemia.karyotype_items import Item

__all__ = ["inborn_number", "number_notes"]


def inborn_number(clone: Clone) -> int:
    """Give the number of chromosomes of a clone without acquired abnormalities."""
    sex = clone.sex.removesuffix("c")
    known = clone.sex.endswith("c") and not {"U", "?"} & set(sex)
    return (44 + len(sex) if known else 46) + sum(_given(item) or 0 for item in clone.items)


def number_notes(clones: Sequence[Clone], sources: Sequence[Clone | None]) -> tuple[str, ...]:
    """Compare numbers of chromosomes with what the abnormalities give."""
    notes = []
    for clone, source in zip(clones, sources, strict=True):
        expected = _expected(clone, source)
        low = clone.chromosomes[0] if clone.chromosomes else expected
        if expected is not None and low != expected:
            notes.append(
                f"{clone.text}: {low} chromosomes are written, the abnormalities give {expected}"
            )
    return tuple(notes)


def _expected(clone: Clone, source: Clone | None) -> int | None:
    """Add up the chromosomes of a clone; None where ranges or other levels leave them open."""
    if source is None:
        start: int | None = 46
    else:
        start = _single(source) if clone.inherits[-2:-1] not in {"x", "X"} else None
    given = [_given(item) for item in clone.items]
    odd_sex = {"c", "U", "?"} & set(clone.sex)
    if start is None or _single(clone) is None or odd_sex or any(one is None for one in given):
        return None
    return start + sum(one for one in given if one is not None)


def _single(clone: Clone) -> int | None:
    if clone.chromosomes is None or clone.composite or clone.incomplete:
        return None
    low, high = clone.chromosomes
    return low if low == high and clone.ploidy in {None, 2} else None


def _given(item: Item) -> int | None:
    """Tell by how many chromosomes an abnormality changes the number; None if that is open."""
    if item.kind in {"gain", "loss"} or item.sign:
        each = 1 if item.sign == "+" else -1
        return each * item.copies if item.copies == item.fewest else None
    if item.kind in {"ploidy", "marker", "variant"}:
        return 0 if item.key in {"dmin", "hsr"} or item.kind == "variant" else None
    first = item.parts[0]
    if first.type in {"tas", "trc"}:
        return None
    joins = first.type in {"der", "dic", "psudic", "rob"} and len(first.chromosomes) == 2
    return -item.copies if joins else 0
