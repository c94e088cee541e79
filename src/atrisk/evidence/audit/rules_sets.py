"""Sets: nested denominators, the parts of a whole, sums of printed numbers."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from atrisk.errors import listed
from atrisk.evidence.audit.check import Check, Rule, Trial, Verdict
from atrisk.evidence.audit.denominators import label_of, none_of, stated_denominators
from atrisk.evidence.audit.spans import Span, count_span, range_of, span, span_of
from atrisk.evidence.paper import Count, Partition, Set, Statement, Sum
from atrisk.evidence.printed import attained_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.audit.book import Book
    from atrisk.evidence.printed import Printed

__all__ = ["RULES"]

_HUNDRED = Fraction(100)


def nested_denominators(book: Book) -> Iterator[Check]:
    """Ask of a set, and of the number assessed, that it is no larger than what it is part of."""
    for statement in book.paper.statements:
        if isinstance(statement, Set) and statement.within is not None:
            number, upper = book.printed(statement, "n"), book.size(statement.within)
            if number is not None and upper is not None:
                yield _nested(book, f"{statement.id}.n", number, statement.within, upper)
        elif isinstance(statement, Count):
            beside, size = book.printed(statement, "n"), book.size(statement.of)
            if beside is not None and size is not None:
                yield _nested(book, f"{statement.id}.n", beside, statement.of, size)


def _nested(book: Book, at: str, number: Printed, upper: str, size: tuple[str, Printed]) -> Check:
    least, greatest = count_span(number)[0], count_span(size[1])[1]
    rule, words = "nested denominators", f"{size[1].text} ({label_of(book, upper)})"
    if greatest is not None and least > greatest:
        return Check(
            rule,
            Verdict.IMPOSSIBLE,
            (at,),
            (size[0],),
            f"{number.text} is more than the {words} that it is part of.",
            resolve=f"Is it {number.text} or {size[1].text}?",
        )
    same = number.value == size[1].value
    return Check(
        rule,
        Verdict.CONSISTENT,
        (at,),
        (size[0],),
        f"{number.text} {'is' if same else 'is no more than'} the {words}.",
        method=f"{'the same as' if same else 'within'} the {words}",
        bound=not (same and isinstance(book.statement_of(at), Count)),
    )


def parts_of_a_whole(book: Book) -> Iterator[Check]:
    """Add up the categories of a set: to its size, or to no more where some are in none."""
    for partition in book.of_kind(Partition):
        size = book.size(partition.of)
        parts = [book.size(part) for part in partition.parts]
        known = [part for part in parts if part is not None]
        if size is not None and known:
            yield _parts(book, partition, size, known)


def _parts(
    book: Book, partition: Partition, size: tuple[str, Printed], known: list[tuple[str, Printed]]
) -> Check:
    whole = partition.complete and len(known) == len(partition.parts)
    spans = [span_of(number, exact=True) for _, number in known]
    total = sum(spans[1:], spans[0])
    n = span_of(size[1], exact=True)
    spelled = " + ".join(number.text for _, number in known)
    made = f"{spelled} = {range_of(total)}; {label_of(book, partition.of)!r} is {size[1].text}."
    found = Check(
        "parts of a whole",
        Verdict.CONSISTENT,
        tuple(at for at, _ in known),
        (size[0],),
        made,
        (Trial(f"the sum is {size[1].text}", range_of(total), _adds(total, n, whole)),),
        f"the parts add up to {size[1].text}" if whole else f"no more than {size[1].text}",
        bound=not whole,
    )
    if found.tried[0].meets:
        return found
    part = book.statements[partition.parts[0]]
    others = list(stated_denominators(book, part, partition.of))
    for other in others:
        if other.size <= n.high and _adds(total, _only(other.size), whole):
            trial = Trial(f"the sum is {other.words}", range_of(total), meets=True)
            against = (*found.against, *other.addresses)
            method = f"the parts add up to {other.words}"
            return replace(found, tried=(*found.tried, trial), against=against, method=method)
    found = replace(found, tried=(*found.tried, *none_of(others)))
    return _not_whole(book, found, known, total, n)


def _not_whole(
    book: Book, found: Check, known: list[tuple[str, Printed]], total: Span, n: Span
) -> Check:
    """Say what is too much or too little, and what else that is printed would add up."""
    over = total.low > n.high
    gap = Fraction(total.low - n.high if over else n.low - total.high)
    more = f"That is {gap} more than there are" if over else f"{gap} are in no category"
    likely = list(_other_places(book, known, total, n))
    percents = _percents_of(book, known, int(total.low)) if over else ""
    return replace(
        found,
        verdict=Verdict.IMPOSSIBLE if over else Verdict.INCONSISTENT,
        arithmetic=f"{found.arithmetic} {more}.{percents}",
        tried=(*found.tried, *likely),
        method="",
        bound=False,
        resolve=f"Is it {likely[0].method}?"
        if likely
        else "May a patient stand in two categories, or was the number assessed another?"
        if over
        else "Are some patients missing, or is there another category?",
    )


def _other_places(
    book: Book, known: list[tuple[str, Printed]], total: Span, n: Span
) -> Iterator[Trial]:
    """Try the numbers that the paper prints elsewhere for one of the parts."""
    named = [s for s in book.paper.statements if s.quantity]
    for at, number in known:
        own = book.statement_of(at)
        for found in named:
            other = book.size(found.id)
            if found is own or other is None or _about(found) != _about(own):
                continue
            changed = total.low - number.value + other[1].value
            if other[1].value != number.value and n.low <= changed <= n.high:
                words = f"{other[1].text}, as in {found.at}, where {number.text} is counted here"
                yield Trial(words, f"the sum is {changed}", meets=True)


def _about(statement: Statement) -> tuple[str | None, ...]:
    return statement.study, statement.arm, statement.quantity


def _percents_of(book: Book, known: list[tuple[str, Printed]], total: int) -> str:
    """Tell whether the percentages beside the counts are of their own sum."""
    shares = [
        (number.value, percent)
        for at, number in known
        if (percent := book.printed(book.statement_of(at), "percent")) is not None
    ]
    fitting = [p.admits(Fraction(100) * k / total) for k, p in shares]
    if len(shares) > 1 and all(fitting):
        return f" Each of the {len(shares)} percentages beside them is of {total}."
    return ""


def _adds(total: Span, whole: Span, complete: bool) -> bool:  # noqa: FBT001 - a private step
    return total.meets(whole) if complete else total.low <= whole.high


def _only(value: int) -> Span:
    return Span(Fraction(value), Fraction(value))


def percentages_of_a_whole(book: Book) -> Iterator[Check]:
    """Add up the percentages of the categories of a set: to 100, within their rounding."""
    for partition in book.of_kind(Partition):
        counts = [book.statements[part] for part in partition.parts]
        shares = [(f"{c.id}.percent", book.printed(c, "percent")) for c in counts]
        known = [(at, number) for at, number in shares if number is not None]
        own = all(
            c.of == partition.of if isinstance(c, Count) else True for c in counts
        ) and not any(isinstance(c, Set) and c.within != partition.of for c in counts)
        if own and len(known) > 1:
            whole = partition.complete and len(known) == len(shares)
            yield _percentages(book, partition, known, whole)


def _percentages(
    book: Book,
    partition: Partition,
    known: list[tuple[str, Printed]],
    whole: bool,  # noqa: FBT001 - a private step
) -> Check:
    spans = [span_of(number, exact=False) for _, number in known]
    total = sum(spans[1:], spans[0])
    fits = _adds(total, Span(_HUNDRED, _HUNDRED), whole)
    printed = sum((number.value for _, number in known), Fraction(0))
    decimals = max(number.decimals for _, number in known)
    spelled = " + ".join(number.text.rstrip("% ") for _, number in known)
    sizes = {book.texts[f"{p}.n"] for p in partition.parts if f"{p}.n" in book.texts}
    return Check(
        "percentages of a whole",
        Verdict.CONSISTENT if fits else Verdict.INCONSISTENT,
        tuple(at for at, _ in known),
        (),
        f"{spelled} = {range_of(Span(printed, printed), decimals)}; rounding allows"
        f" {range_of(total, decimals + 1)}.",
        (Trial("exact values that print so and add up to 100", range_of(total, 2), fits),),
        "they add up to 100 within rounding" if fits else "",
        bound=fits and (not whole or len(sizes) > 1),
        resolve=""
        if fits
        else "Are the categories exclusive, and are the percentages of one denominator?",
    )


def counts_behind_percentages(book: Book) -> Iterator[Check]:
    """Find whole numbers of patients that print the percentages of a set and add up to it."""
    for partition in book.of_kind(Partition):
        size = book.size(partition.of)
        parts = [book.statements[part] for part in partition.parts]
        shares = [book.printed(part, "percent") for part in parts]
        given = [share for share in shares if share is not None and share.relation == "="]
        of_set = all(isinstance(p, Count) and p.of == partition.of and p.n is None for p in parts)
        hidden = any(book.size(part) is None for part in partition.parts)
        if (
            size is not None
            and size[1].relation == "="
            and partition.complete
            and (of_set and hidden and len(given) == len(parts))
            and size[1].value * given[0].unit < _HUNDRED  # else every percentage is attained
        ):
            yield _behind(partition, size, given)


def _behind(partition: Partition, size: tuple[str, Printed], shares: list[Printed]) -> Check:
    n = int(size[1].value)
    low, high = _least_and_most(shares, n)
    fits = low <= n <= high
    fewer = [m for m in range(1, n) if _between(m, _least_and_most(shares, m))]
    spelled = " + ".join(share.text.rstrip("% ") for share in shares)
    found = f"{low} to {high} patients" if low <= high else "no whole numbers"
    trials = (
        Trial(f"whole numbers of {n} that print so", found, fits),
        Trial(f"of fewer than {n}", f"{len(fewer)} denominators fit", bool(fewer)),
    )
    verdict = Verdict.CONSISTENT if fits else Verdict.UNCHECKED if fewer else Verdict.INCONSISTENT
    unsure = "" if fits or not fewer else f"of how many: not of {n}, perhaps of {listed(fewer)}"
    return Check(
        "counts behind percentages",
        verdict,
        tuple(f"{part}.percent" for part in partition.parts),
        (size[0],),
        f"{spelled} % of {n}: {found} print so; together they are to be {n}.",
        trials,
        f"whole numbers of {n} patients print so and add up" if fits else "",
        missing=unsure,
        bound=fits and low < high,
        resolve="" if fits or fewer else "Would the authors print the counts?",
    )


def _least_and_most(shares: list[Printed], n: int) -> tuple[int, int]:
    """Add the least and the greatest counts of ``n`` that print so; (1, 0) where one has none."""
    counts = [attained_by(share, n) for share in shares]
    if not all(counts):
        return 1, 0
    return sum(found[0] for found in counts), sum(found[-1] for found in counts)


def _between(value: int, ends: tuple[int, int]) -> bool:
    return ends[0] <= value <= ends[1]


def sums(book: Book) -> Iterator[Check]:
    """Hold a number stated as the sum of others against their sum, within their rounding."""
    for statement in book.of_kind(Sum):
        total = span(book, statement.total)
        terms = [span(book, term) for term in statement.terms]
        given = [term for term in terms if term is not None]
        if total is None or len(given) < len(terms):
            continue
        added = sum(given[1:], given[0])
        fits = added.low <= total.high if statement.less else added.meets(total)
        spelled = " + ".join(book.texts[term] for term in statement.terms)
        total_text = book.texts[statement.total]
        relation = f"no more than {total_text}" if statement.less else total_text
        yield Check(
            "sum",
            Verdict.CONSISTENT if fits else Verdict.INCONSISTENT,
            (statement.total, *statement.terms),
            (),
            f"{spelled} = {range_of(added, 2)}; the paper makes it {relation}.",
            (Trial("sum of the terms", range_of(added, 2), fits),),
            f"{spelled} = {book.texts[statement.total]}" if fits else "",
            bound=statement.less,
            resolve="" if fits else "Is a term missing, or one of the numbers a slip?",
        )


RULES: dict[str, Rule] = {
    "nested denominators": nested_denominators,
    "parts of a whole": parts_of_a_whole,
    "percentages of a whole": percentages_of_a_whole,
    "counts behind percentages": counts_behind_percentages,
    "sum": sums,
}
