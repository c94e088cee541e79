"""The four papers: how many statements of each kind, and a verdict for every printed number."""

from __future__ import annotations

from collections import Counter

import pytest

from atrisk.evidence.audit import audit, paper_files
from atrisk.evidence.audit.book import Book
from atrisk.evidence.paper import read_paper

KINDS = {
    "kayser-2022": {
        "at_risk": 4,
        "citation": 40,
        "count": 105,
        "dose": 2,
        "effect": 3,
        "median_time": 11,
        "order": 5,
        "partition": 19,
        "reference": 43,
        "same": 2,
        "set": 23,
        "sum": 2,
        "summary": 11,
        "survival": 8,
        "test": 9,
        "value": 71,
    },
    "kayser-2024": {
        "citation": 38,
        "count": 140,
        "dose": 2,
        "effect": 11,
        "median_time": 10,
        "order": 8,
        "partition": 35,
        "recount": 24,
        "reference": 38,
        "same": 2,
        "set": 34,
        "sum": 6,
        "summary": 14,
        "survival": 8,
        "table": 1,
        "test": 6,
        "value": 69,
    },
    "morley-marks-2016": {
        "citation": 39,
        "count": 87,
        "dose": 2,
        "median_time": 8,
        "order": 20,
        "partition": 10,
        "reference": 28,
        "same": 2,
        "set": 40,
        "sum": 2,
        "summary": 8,
        "survival": 8,
        "test": 4,
        "value": 82,
    },
    "short-2024": {
        "citation": 61,
        "count": 93,
        "dose": 12,
        "median_time": 22,
        "order": 38,
        "partition": 8,
        "reference": 53,
        "same": 9,
        "set": 74,
        "sum": 6,
        "summary": 35,
        "survival": 32,
        "test": 5,
        "value": 127,
    },
}
PRINTED = {"kayser-2022": 497, "kayser-2024": 645, "morley-marks-2016": 356, "short-2024": 619}


@pytest.fixture(scope="module")
def files():
    return {file.stem: read_paper(file) for file in paper_files()}


@pytest.fixture(scope="module")
def audited(files):
    return {paper["id"]: paper for paper in audit(list(files.values()))["papers"]}


@pytest.mark.parametrize("name", PRINTED)
def test_statements_of_each_kind(files, name):
    found = Counter(s.kind for s in files[name].paper.statements)
    assert dict(sorted(found.items())) == KINDS[name]


@pytest.mark.parametrize("name", PRINTED)
def test_every_printed_number_has_a_verdict(files, audited, name):
    book = Book(files[name])
    printed = {at for at in book.texts if not book.statement_of(at).derived}
    numbers = {number["address"]: number for number in audited[name]["numbers"]}
    assert len(printed) == PRINTED[name]
    assert printed == set(numbers)
    for number in numbers.values():
        assert number["method"] or number["missing"] or number["checks"], number["address"]
