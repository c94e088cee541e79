"""The published numbers beside the example's: which agree, and why the others do not."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from atrisk.study import plan_study, read_source, read_study, run_study

MOST_WORDS = 15
#: Lines of which a number differs because the paper has another value elsewhere.
ELSEWHERE = {
    "ECOG 0, n (%), in Table 1",
    "ECOG missing, in Table 1",
    "Double alkylators, n (%)",
}
#: Lines of which a number differs because the synthetic patients do not reach it.
NOT_REACHED = {
    "Median follow-up, months (95% CI)",
    "Age of 60 years, P",
    "Other at relapse",
    "More than 2 cycles of INO: HR (95% CI), P",
    "Remission at transplant: HR (95% CI), P",
    "Transplant in first line: HR (95% CI), P",
    "Blinatumomab before INO: HR (95% CI), P",
}
#: Lines that the paper contradicts itself or arithmetic.
IMPOSSIBLE = {
    "Normal, n (%), in Table 1",
    "t(9;22), n (%), in Table 1",
    "Complex, n (%), in Table 1",
    "Missing, in Table 1",
    "Refractory at transplant, n (%)",
    "Without CR at transplant, n",
    "Last dose of INO to transplant, days: median (range)",
    "At 1 year, % (95% CI)",
    "Death in remission at 2 years (CID), % (95% CI)",
    "More than 2 cycles, of the fatal cases",
    "Transplant in first line: OR (95% CI), P",
    "Transplant within 60 days of INO: OR (95% CI), P",
}


@pytest.fixture(scope="module")
def rows(example) -> list[dict[str, str]]:
    text = (example / "published.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@pytest.fixture(scope="module")
def document(example) -> dict[str, Any]:
    request = read_study(example / "study.toml")
    source = read_source(request)
    return run_study(plan_study(request, source.names, source))


@pytest.fixture(scope="module")
def compared(document) -> list[dict[str, Any]]:
    node = next(node for node in document["analyses"] if node["kind"] == "published")
    return [row for section in node["sections"] for row in section["rows"]]


def labels(compared, verdict):
    return {row["label"] for row in compared if row["verdict"] == verdict}


def test_what_differs_and_what_is_impossible_as_printed(compared):
    assert labels(compared, "differs") == ELSEWHERE | NOT_REACHED
    assert labels(compared, "impossible") == IMPOSSIBLE
    assert labels(compared, "rounded") == {"At 2 years, % (95% CI)"}
    assert labels(compared, "not_compared") == set()


def test_every_line_that_differs_says_why(compared):
    assert all(row["note"] for row in compared if row["verdict"] in {"differs", "impossible"})


def test_every_line_says_where_it_is_printed_with_a_short_quote(rows):
    assert all(row["place"] and row["key"] for row in rows)
    assert all(len(row["quote"].split()) <= MOST_WORDS for row in rows)
    assert sum(bool(row["quote"]) for row in rows) > 70


def test_the_parts_of_the_paper_are_there(document):
    kinds = {node["id"]: node["kind"] for node in document["analyses"]}
    assert list(kinds)[-1] == "published"
    order = ["patients", "response", "mrd", "os", "relapse_or_death", "os_cox", "sos", "sos_cases"]
    assert [name for name in kinds if name in order] == order
    assert kinds["sos_cases"] == "listing"
    assert kinds["response"] == kinds["mrd"] == kinds["sos"] == "proportions"


def test_the_readme_counts_them(document, example):
    count = {
        name: document["values"][f"published.all.{name}"]["value"]
        for name in ("numbers", "agrees", "rounded", "differs", "impossible")
    }
    text = (example / "README.md").read_text(encoding="utf-8")
    assert (
        f"Of {count['numbers']} numbers {count['agrees']} agree as printed, {count['rounded']} are"
        f" rounded otherwise, {count['differs']} differ and {count['impossible']} are impossible"
    ) in text


def test_the_guard_rails_are_answered_but_for_what_is_left_visible(document):
    open_ones = [rail["key"] for rail in document["guard_rails"] if rail["answer"] is None]
    assert open_ones == ["sos_risk.unconfirmed_p"]
