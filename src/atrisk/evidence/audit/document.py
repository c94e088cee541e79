"""The audit as a document: every number of each paper with its verdict, ``atrisk-audit/1``."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from atrisk._version import __version__
from atrisk.evidence.audit.check import Check, Verdict
from atrisk.evidence.audit.findings import findings
from atrisk.evidence.audit.missing import missing_for
from atrisk.evidence.audit.rules import RULES, rule_sentences
from atrisk.evidence.paper import Partition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from atrisk.evidence.audit.book import Book

__all__ = ["SCHEMA", "document"]

SCHEMA = "atrisk-audit/1"


def document(
    books: Sequence[Book], checks: Mapping[str, Sequence[Check]], across: Sequence[Check]
) -> dict[str, Any]:
    """Write down an audit.

    Parameters
    ----------
    books
        the papers, in the order in which they were given.
    checks
        paper id -> what the rules found in it.
    across
        what was compared across papers.
    """
    papers = [_paper(book, checks[book.paper.paper.id], across) for book in books]
    by_id = {book.paper.paper.id: book for book in books}

    def cell(address: str) -> dict[str, Any]:
        paper, _, own = address.partition(":")
        return {"paper": paper, **_cell(by_id[paper], own)}

    return {
        "schema": SCHEMA,
        "atrisk": __version__,
        "rules": [
            {"rule": name, "sentence": sentence} for name, sentence in rule_sentences().items()
        ],
        "verdicts": _summed(paper["verdicts"] for paper in papers),
        "papers": papers,
        "across": {
            "checks": [_check(check) for check in across],
            "findings": findings(across, cell),
            "verdicts": _counted(check.verdict for check in across),
        },
    }


def _paper(book: Book, checks: Sequence[Check], across: Sequence[Check]) -> dict[str, Any]:
    numbers = _numbers(book, checks, across)
    info = book.paper.paper
    counts = Counter(number["verdict"] for number in numbers)
    return {
        **info.model_dump(),
        "file": book.file.read.path.name,
        "verdicts": {verdict.word: counts[verdict.word] for verdict in Verdict},
        "only_bounded": sum(number["only_bounded"] for number in numbers),
        "rules": _by_rule(checks),
        "findings": findings(checks, lambda address: _cell(book, address), _divisions(book)),
        "questions": [
            {
                "check": place,
                "says": check.arithmetic,
                "missing": check.missing,
                "numbers": [_cell(book, address) for address in check.numbers],
            }
            for place, check in enumerate(checks)
            if check.verdict is Verdict.UNCHECKED and any(trial.meets for trial in check.tried)
        ],
        "numbers": numbers,
        "checks": [_check(check) for check in checks],
    }


def _divisions(book: Book) -> dict[str, list[str]]:
    """Name the partitions of which each statement is a part."""
    found: dict[str, list[str]] = defaultdict(list)
    for partition in book.of_kind(Partition):
        for part in partition.parts:
            found[part].append(partition.id)
    return found


def _numbers(book: Book, checks: Sequence[Check], across: Sequence[Check]) -> list[dict[str, Any]]:
    """Give each number its verdict: the worst failed check, else a consistent one, else why.

    A number fails by the checks of its own paper. Where papers differ, the arithmetic does not say
    which of them is right: that is a finding of its own, and the number says that there is one.
    """
    asked, met = _places(checks)
    beyond_asked, beyond_met = _places(across)
    made = []
    for address in book.texts:
        if book.statement_of(address).derived:  # no number of the paper
            continue
        there = f"{book.paper.paper.id}:{address}"
        own = [checks[i] for i in asked[address]]
        touched = [*own, *(checks[i] for i in met[address])]
        beyond = sorted({*beyond_asked[there], *beyond_met[there]})
        made.append(
            {
                **_cell(book, address),
                **_verdict(book, address, (own, touched), [across[i] for i in beyond]),
                "checks": sorted({*asked[address], *met[address]}),
                "across": beyond,
            }
        )
    return made


def _places(checks: Sequence[Check]) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """List for each address the checks that ask about it, and those that hold others against it."""
    asked: dict[str, list[int]] = defaultdict(list)
    met: dict[str, list[int]] = defaultdict(list)
    for place, check in enumerate(checks):
        for address in dict.fromkeys(check.numbers):
            asked[address].append(place)
        for address in dict.fromkeys(check.against):
            met[address].append(place)
    return asked, met


_WHICH = "which of the numbers of a finding is right"
_DIFFER = "papers print different numbers of it (see across the papers), and nothing here decides"


def _verdict(
    book: Book,
    address: str,
    checks: tuple[Sequence[Check], Sequence[Check]],
    beyond: Sequence[Check],
) -> dict[str, Any]:
    in_question, touched = checks
    failed = [check for check in in_question if check.failed]
    if failed:
        worst = min(failed, key=lambda check: check.verdict)
        return _ended(worst.verdict, "", "", bounded=False)
    differ = any(check.failed for check in beyond)
    good = [c for c in (*touched, *beyond) if c.verdict is Verdict.CONSISTENT]
    good = [c for c in good if not (differ and c.bound)]
    if good:
        best = min(good, key=lambda check: check.bound)
        return _ended(Verdict.CONSISTENT, f"{best.rule}: {best.method}", "", bounded=best.bound)
    told = [check.missing for check in in_question if check.missing]
    told = [_DIFFER, *told] if differ else told
    if not told:  # other numbers were held against it, and failed
        told = [f"{_WHICH} ({check.rule})" for check in touched if check.failed]
    missing = "; ".join(dict.fromkeys(told)) or missing_for(book, address)
    return _ended(Verdict.UNCHECKED, "", missing, bounded=False)


def _ended(verdict: Verdict, method: str, missing: str, *, bounded: bool) -> dict[str, Any]:
    return {
        "verdict": verdict.word,
        "only_bounded": bounded,
        "method": method,
        "missing": missing,
    }


def _cell(book: Book, address: str) -> dict[str, Any]:
    """Describe the number at an address: its text, its place, its quote and its line."""
    statement = book.statement_of(address)
    name, field, index = book.parts_of(address)
    return {
        "address": address,
        "printed": book.texts[address],
        "statement": name,
        "kind": getattr(statement, "kind", ""),
        "field": field,
        "index": index,
        "label": _label(statement),
        "study": statement.study,
        "arm": statement.arm,
        "at": statement.at,
        "quote": statement.quote,
        "note": statement.note,
        "line": book.line_of(address),
    }


_LABELS = ("label", "variable", "endpoint", "regimen", "names")


def _label(statement: object) -> str:
    found = [getattr(statement, key) for key in _LABELS if getattr(statement, key, None)]
    return str(found[0]) if found else str(getattr(statement, "id", ""))


def _check(check: Check) -> dict[str, Any]:
    return {
        "rule": check.rule,
        "verdict": check.verdict.word,
        "numbers": list(check.numbers),
        "against": list(check.against),
        "arithmetic": check.arithmetic,
        "tried": [{"method": t.method, "gives": t.gives, "meets": t.meets} for t in check.tried],
        "method": check.method,
        "missing": check.missing,
        "bound": check.bound,
        "resolve": check.resolve,
    }


def _by_rule(checks: Sequence[Check]) -> list[dict[str, Any]]:
    found: dict[str, list[Verdict]] = defaultdict(list)
    for check in checks:
        found[check.rule].append(check.verdict)
    known = [name for name in RULES if name in found]
    return [{"rule": name, **_counted(found[name])} for name in known]


def _counted(verdicts: Iterable[Verdict]) -> dict[str, int]:
    counts = Counter(verdicts)
    return {verdict.word: counts[verdict] for verdict in Verdict}


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for found in counts:
        total.update(found)
    return {verdict.word: total[verdict.word] for verdict in Verdict}
