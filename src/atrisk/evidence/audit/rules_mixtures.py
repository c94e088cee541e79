"""The rate of a whole against the rates of its parts, whatever the sizes of the parts."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from atrisk.evidence.audit.check import Check, Rule, Trial, Verdict
from atrisk.evidence.audit.denominators import label_of
from atrisk.evidence.paper import Count, Partition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atrisk.evidence.audit.book import Book

__all__ = ["RULES"]

_LARGEST = 200  # patients: the search grows with their square
_HUNDRED = Fraction(100)


@dataclass(frozen=True, slots=True)
class _Share:
    """A rate as printed, and the size of its set if that is printed."""

    count: Count
    address: str
    text: str
    size: int | None
    counts: tuple[tuple[int, int] | None, ...]
    """By the number of patients: the least and the greatest count that print so; None if none."""


def rates_of_a_whole_and_its_parts(book: Book) -> Iterator[Check]:
    """Ask whether any numbers of patients in the parts give their rates and that of the whole.

    A rate of the whole lies between those of its parts. Every division of its patients among the
    parts is tried, then every division of fewer, for missing values.
    """
    for partition in book.of_kind(Partition):
        size = book.size(partition.of)
        if not partition.complete or size is None or not 0 < size[1].value <= _LARGEST:
            continue
        n = int(size[1].value)
        for whole, parts in _rates(book, partition, n):
            yield _checked(book, partition, (size[0], n), whole, parts)


def _rates(book: Book, partition: Partition, n: int) -> Iterator[tuple[_Share, list[_Share]]]:
    """Yield each quantity of which the whole and every part has a rate."""
    counts = [c for c in book.of_kind(Count) if c.quantity is not None and c.percent is not None]
    for whole in (c for c in counts if c.of == partition.of):
        parts = [
            next((c for c in counts if c.of == part and c.quantity == whole.quantity), None)
            for part in partition.parts
        ]
        if all(part is not None for part in parts):
            shares = [_share(book, count, n) for count in (whole, *parts) if count is not None]
            yield shares[0], shares[1:]


def _share(book: Book, count: Count, limit: int) -> _Share:
    percent, k = book.printed(count, "percent"), book.printed(count, "k")
    size = book.size(count.of)
    options: list[tuple[int, int] | None] = [None]
    for n in range(1, limit + 1):
        fitting = [
            m
            for m in (range(n + 1) if k is None else [int(k.value)])
            if m <= n and percent is not None and percent.admits(_HUNDRED * m / n)
        ]
        options.append((fitting[0], fitting[-1]) if fitting else None)
    known = None if size is None else int(size[1].value)
    text = book.texts[f"{count.id}.percent"].rstrip("% ")
    return _Share(count, f"{count.id}.percent", text, known, tuple(options))


def _checked(
    book: Book, partition: Partition, size: tuple[str, int], whole: _Share, parts: list[_Share]
) -> Check:
    n = size[1]
    spelled = " and ".join(f"{p.text} % ({label_of(book, p.count.of)})" for p in parts)
    told = f"{whole.text} % of {n} ({label_of(book, partition.of)}); in its parts {spelled}."
    numbers = (whole.address, *(part.address for part in parts))
    tried = []
    for words, fits in (
        (f"the {n} divided among the parts", _meets(_sums(parts, n, fewer=False)[n], whole, n)),
        (f"fewer than {n}, for missing values", _fewer(parts, whole, n)),
    ):
        tried.append(Trial(words, "found" if fits else "none", fits))
        if fits:
            return Check(
                "rates of a whole and its parts",
                Verdict.CONSISTENT,
                numbers,
                (size[0],),
                told,
                tuple(tried),
                words,
                bound=True,
            )
    would = _would_be(book, parts, whole, n)
    return Check(
        "rates of a whole and its parts",
        Verdict.IMPOSSIBLE,
        numbers,
        (size[0],),
        f"{told} No number of patients in the parts gives all of these.{would}",
        tuple(tried),
        resolve="Is one of the rates of other patients than the others, or of the whole?",
    )


def _sums(parts: Sequence[_Share], n: int, *, fewer: bool) -> list[int]:
    """Give, by the number of patients, the counts that parts attain together, as bits.

    With ``fewer`` a part may have fewer patients than its printed size.
    """
    reached = [1] + [0] * n
    for part in parts:
        after = [0] * (n + 1)
        for size, counts in enumerate(part.counts):
            if counts is None or not _may_be(part, size, fewer=fewer):
                continue
            for others in range(n - size + 1):
                if reached[others]:
                    for k in range(counts[0], counts[1] + 1):
                        after[others + size] |= reached[others] << k
        reached = after
    return reached


def _may_be(part: _Share, size: int, *, fewer: bool) -> bool:
    return part.size is None or size == part.size or (fewer and size < part.size)


def _meets(reached: int, whole: _Share, n: int) -> bool:
    counts = whole.counts[n]
    return counts is not None and any(reached >> k & 1 for k in range(counts[0], counts[1] + 1))


def _fewer(parts: Sequence[_Share], whole: _Share, n: int) -> bool:
    reached = _sums(parts, n, fewer=True)
    return any(_meets(reached[size], whole, size) for size in range(1, n))


def _would_be(book: Book, parts: Sequence[_Share], whole: _Share, n: int) -> str:
    """Say which rate each part would have, were the others as printed."""
    counts = whole.counts[n]
    if counts is None:
        return ""
    told = []
    for part in parts:
        others = _sums([p for p in parts if p is not part], n, fewer=False)
        rates = [
            _HUNDRED * (k - other) / (n - size)
            for size in range(n)
            if _may_be(part, n - size, fewer=False)
            for other in _bits(others[size])
            for k in range(counts[0], counts[1] + 1)
            if 0 <= k - other <= n - size
        ]
        printed = book.printed(part.count, "percent")
        if rates and printed is not None and not min(rates) < printed.value < max(rates):
            low, high = float(min(rates)), float(max(rates))
            name = label_of(book, part.count.of)
            told.append(
                f" With the others as printed, the rate of {name!r} is {_range(low, high)}."
            )
    return "".join(told)


def _bits(mask: int) -> list[int]:
    """List the places of the bits that are set."""
    return [k for k, bit in enumerate(reversed(f"{mask:b}")) if bit == "1"]


def _range(low: float, high: float) -> str:
    return f"{low:.1f} %" if f"{low:.1f}" == f"{high:.1f}" else f"{low:.1f} to {high:.1f} %"


RULES: dict[str, Rule] = {"rates of a whole and its parts": rates_of_a_whole_and_its_parts}
