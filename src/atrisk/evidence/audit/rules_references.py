"""References: the number cited against the study that the sentence names."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from atrisk.errors import listed
from atrisk.evidence.audit.check import Check, Rule, Trial, Verdict
from atrisk.evidence.paper import Citation, Reference
from atrisk.evidence.printed import parse_printed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.audit.book import Book

__all__ = ["RULES"]

_SHIFTED = 3
"""So many citations off by the same number have one cause."""


def cited_study(book: Book) -> Iterator[Check]:
    """Ask of a reference cited for a study that it is one that reports it."""
    items: dict[int, list[Reference]] = {}
    for item in book.of_kind(Reference):
        number = book.printed(item, "number")
        if number is not None:
            items.setdefault(int(number.value), []).append(item)
    checks = [_cited(book, citation, items) for citation in book.of_kind(Citation)]
    shifts = [_shifts(book, check, items) for check in checks]
    common = Counter(shift for found in shifts for shift in found)
    for check, found in zip(checks, shifts, strict=True):
        shift = max(found, key=lambda s: (common[s], -abs(s), s), default=0)
        if found and common[shift] >= _SHIFTED:
            yield replace(check, cause=_shifted(common[shift], shift))
        else:
            yield check


def _shifts(book: Book, check: Check, items: dict[int, list[Reference]]) -> set[int]:
    """Find by how much the numbers of a failed citation would have to change."""
    if not check.failed:
        return set()
    citation = book.statement_of(check.numbers[0])
    assert isinstance(citation, Citation)  # noqa: S101 - the check is of one
    right = {n for n, group in items.items() if any(_reports(i, citation) for i in group)}
    cited = [book.numbers[address] for address in check.numbers]
    return {n - int(number.value) for n in right for number in cited if number is not None}


def _shifted(count: int, shift: int) -> str:
    """Say what several citations have in common."""
    many = f"{abs(shift)} {'higher' if shift > 0 else 'lower'}"
    return (
        f"{count} citations name a study that the list of references has {many} than the number"
        " printed: was a reference added or removed after they were numbered?"
    )


def _cited(book: Book, citation: Citation, items: dict[int, list[Reference]]) -> Check:
    cited = [book.numbers[f"{citation.id}.numbers[{i}]"] for i in range(len(citation.numbers))]
    places = [int(number.value) for number in cited if number is not None]
    numbers = tuple(f"{citation.id}.numbers[{i}]" for i in range(len(citation.numbers)))
    found = [item for place in places for item in items.get(place, [])]
    against = tuple(f"{item.id}.number" for item in found)
    trials = tuple(
        Trial(
            f"reference {item.number}", listed(item.reports) or "no study", _reports(item, citation)
        )
        for item in found
    )
    rule, words = "cited study", f"reference {' and '.join(citation.numbers)}"
    fitting = [item for item in found if _reports(item, citation)]
    if fitting:
        told = f"Reference {fitting[0].number} reports {citation.names}."
        method = f"reference {fitting[0].number} reports {citation.names}"
        return Check(rule, Verdict.CONSISTENT, numbers, against, told, trials, method)
    unknown = [place for place in places if not any(i.reports for i in items.get(place, []))]
    if unknown:
        missing = f"what reference {listed(unknown)} reports"
        return Check(rule, Verdict.UNCHECKED, numbers, against, "", trials, missing=missing)
    right = [item for group in items.values() for item in group if _reports(item, citation)]
    named = listed(i.number for i in right)
    hint = f" Reference{'s' if len(right) > 1 else ''} {named} {_do(right)}." if right else ""
    told = "; ".join(f"{item.number} reports {listed(item.reports)}" for item in found)
    return Check(
        rule,
        Verdict.INCONSISTENT,
        numbers,
        against,
        f"The sentence names {citation.names} and cites {words}; {told}.{hint}",
        trials,
        resolve=f"Could {named} be meant?" if right else "Which reference is meant?",
    )


def _do(items: list[Reference]) -> str:
    return "do" if len(items) > 1 else "does"


def _reports(item: Reference, citation: Citation) -> bool:
    return citation.names.casefold() in {name.casefold() for name in item.reports}


def citation_within_list(book: Book) -> Iterator[Check]:
    """Ask of a number cited that the list of references goes so far."""
    found = [book.printed(item, "number") for item in book.of_kind(Reference)]
    numbers = {int(number.value) for number in found if number is not None}
    if len(numbers) < 2 or numbers != set(range(1, len(numbers) + 1)):
        return  # only some of the list is in the file
    for citation in book.of_kind(Citation):
        for place in range(len(citation.numbers)):
            address = f"{citation.id}.numbers[{place}]"
            number = book.numbers[address]
            if number is not None and number.value not in numbers:
                yield Check(
                    "citation within the list",
                    Verdict.IMPOSSIBLE,
                    (address,),
                    (),
                    f"Reference {number.text} is cited; the list ends at {len(numbers)}.",
                    resolve="Which reference is meant?",
                )


def year_of_a_citation(book: Book) -> Iterator[Check]:
    """Hold the year stated of a study against the years of the references cited for it."""
    items = [(item, book.printed(item, "number")) for item in book.of_kind(Reference)]
    for citation in book.of_kind(Citation):
        year = book.printed(citation, "year")
        cited = [book.numbers[f"{citation.id}.numbers[{i}]"] for i in range(len(citation.numbers))]
        places = {number.value for number in cited if number is not None}
        found = [item for item, number in items if number is not None and number.value in places]
        known = bool(found) and all(item.reports for item in found)
        if known and not any(_reports(item, citation) for item in found):  # the number is wrong
            found = [item for item, _ in items if _reports(item, citation)] or found
        dated = [(item, parse_printed(item.year)) for item in found if item.year is not None]
        years = [(item, int(printed.value)) for item, printed in dated if printed is not None]
        if year is not None and years:
            yield _year(citation, int(year.value), years)


def _year(citation: Citation, year: int, years: list[tuple[Reference, int]]) -> Check:
    apart = min(abs(year - printed) for _, printed in years)
    spelled = ", ".join(f"reference {item.number} is of {printed}" for item, printed in years)
    number, against = (f"{citation.id}.year",), tuple(f"{item.id}.number" for item, _ in years)
    told = f"The paper gives {year} for {citation.names}; {spelled}."
    trials = tuple(
        Trial(f"the year of reference {item.number}", str(printed), printed == year)
        for item, printed in years
    )
    rule = "year of a citation"
    if apart == 0:
        method = f"the year of {citation.names} in the list of references"
        return Check(rule, Verdict.CONSISTENT, number, against, told, trials, method)
    if apart == 1:
        missing = "the years of publication online and in print, which may be one apart"
        return Check(rule, Verdict.UNCHECKED, number, against, told, trials, missing=missing)
    resolve = "Is another report of the study meant?"
    return Check(rule, Verdict.INCONSISTENT, number, against, told, trials, resolve=resolve)


def numbering_of_references(book: Book) -> Iterator[Check]:
    """Ask of the list of references that each number stands once, without a gap."""
    items = [(f"{i.id}.number", book.printed(i, "number")) for i in book.of_kind(Reference)]
    found = [(address, int(number.value)) for address, number in items if number is not None]
    numbers = [number for _, number in found]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    addresses = tuple(address for address, _ in found)
    if twice:
        yield Check(
            "numbering of references",
            Verdict.INCONSISTENT,
            tuple(address for address, number in found if number in twice),
            (),
            f"The number {listed(twice)} stands twice in the list of references.",
            resolve="Which number does each have?",
        )
    elif len(numbers) > 1 and sorted(numbers) == list(range(1, len(numbers) + 1)):
        told = f"The list runs from 1 to {len(numbers)} without a gap."
        method = f"numbered 1 to {len(numbers)}"
        yield Check(
            "numbering of references",
            Verdict.CONSISTENT,
            addresses,
            (),
            told,
            (),
            method,
            bound=True,
        )


RULES: dict[str, Rule] = {
    "cited study": cited_study,
    "citation within the list": citation_within_list,
    "year of a citation": year_of_a_citation,
    "numbering of references": numbering_of_references,
}
