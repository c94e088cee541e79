"""The page of an audit: every number and finding on it, nothing of a paper read as HTML."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from atrisk.errors import InputError
from atrisk.evidence.audit import audit_papers
from atrisk.report.audit_page import AUDIT_SCHEMA, audit_html, write_audit
from audit_kit import cohort, counted, written

if TYPE_CHECKING:
    from pathlib import Path

EVIL = "<script>alert(1)</script> & \"quoted\" 'x' <b>"
VERDICTS = ("impossible", "inconsistent", "cannot be checked", "consistent")


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One paper: a percent that its count cannot give, and one that it gives."""
    folder = tmp_path_factory.mktemp("papers")
    wrong = counted("responders", "20", percent="10") | {"quote": EVIL, "label": f"CR {EVIL}"}
    right = counted("relapsed", "29", percent="50.0") | {"at": "Table 2, relapse"}
    return audit_papers([written(folder, cohort("58"), wrong, right)])


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Two papers that print one number of one study differently."""
    folder = tmp_path_factory.mktemp("papers")
    files = []
    for name, k in (("a-2024", "20"), ("b-2025", "21")):
        told = counted("responders", k, quantity="cr", study="trial")
        files.append(written(folder, cohort("58", study="trial"), told, name=name))
    return audit_papers(files)


def text(page: str) -> str:
    """What a reader sees, tags and runs of blanks apart."""
    body = page.partition("<body>")[2]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def test_what_a_paper_says_is_never_html(one: dict[str, Any]) -> None:
    page = audit_html(one)
    assert "<script" not in page
    assert EVIL not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;quoted&#34;" in page
    seen = " ".join(unescape(page).split())
    assert seen.count(EVIL) >= 2  # the quote, and the label


def test_every_number_stands_with_its_verdict(one: dict[str, Any]) -> None:
    (paper,) = one["papers"]
    assert len(paper["numbers"]) == 5
    rows = re.findall(r'<tr><td class="printed">(.*?)</td>.*?</tr>', audit_html(one))
    assert sorted(rows) == sorted(number["printed"] for number in paper["numbers"])
    badges = re.findall(
        r'<tr><td class="printed">.*?<span class="verdict ([a-z-]+)">', audit_html(one)
    )
    assert sorted(badges) == sorted(n["verdict"].replace(" ", "-") for n in paper["numbers"])
    summaries = re.findall(r"<summary>(.*?)</summary>", audit_html(one))
    assert summaries == ["Text: 3 numbers", "Table 2: 2 numbers"]


def test_a_finding_has_its_quote_arithmetic_and_trials(one: dict[str, Any]) -> None:
    (finding,) = one["papers"][0]["findings"]
    seen = text(audit_html(one))
    assert finding["verdict"] in {"inconsistent", "impossible"}
    for part in (finding["says"], *finding["resolve"]):
        assert " ".join(part.split()) in seen
    for trial in finding["tried"]:
        assert f"{trial['method']}: {trial['gives']}" in seen
    assert "5 printed numbers in 1 paper; every one has a verdict below. 1 finding." in seen


def test_the_tiles_count_each_verdict_the_worst_first(one: dict[str, Any]) -> None:
    tiles = re.findall(
        r'<span class="big">(\d+)</span><span class="what">([a-z ]+)</span>', audit_html(one)
    )
    assert tiles[:4] == [(str(one["verdicts"][name]), name) for name in VERDICTS]
    assert sum(int(number) for number, _ in tiles[:4]) == 5


def test_a_paper_without_findings_says_so(tmp_path: Path) -> None:
    page = audit_html(audit_papers([written(tmp_path, cohort("58"), counted("cr", "29"))]))
    assert "<p>No finding.</p>" in page
    assert 'class="finding' not in page


def test_papers_that_differ_are_held_against_each_other(two: dict[str, Any]) -> None:
    (finding,) = two["across"]["findings"]
    page, seen = audit_html(two), text(audit_html(two))
    assert "Audit of 2 papers" in seen
    section = page.partition('<section id="across">')[2].partition("</section>")[0]
    assert finding["says"] in unescape(section)
    assert "a-2024, Text" in section
    assert "b-2025, Text" in section
    compared = len(two["across"]["checks"])
    assert f"{compared} comparison{'s' if compared > 1 else ''} of numbers" in seen
    assert '<a href="#across">' in page


def test_one_paper_has_no_section_across(one: dict[str, Any]) -> None:
    assert 'id="across"' not in audit_html(one)
    assert "Audit of A paper, 2024" in text(audit_html(one))


def test_links_within_the_page_lead_somewhere(two: dict[str, Any]) -> None:
    page = audit_html(two)
    names = re.findall(r'id="([^"]+)"', page)
    assert len(names) == len(set(names))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(names)
    assert not re.search(r'(?:href|src)="(?!#)', page)  # one file, no network


def test_every_rule_is_told(one: dict[str, Any]) -> None:
    seen = text(audit_html(one))
    assert one["rules"]
    assert all(" ".join(rule["sentence"].split()) in seen for rule in one["rules"])


def test_the_same_bytes_every_time(tmp_path: Path, one: dict[str, Any]) -> None:
    files = [write_audit(one, tmp_path / name) for name in ("a", "b")]
    assert [file.name for file in files[0]] == ["audit.html", "audit.json"]
    for first, second in zip(*files, strict=True):
        assert first.read_bytes() == second.read_bytes()
    assert json.loads(files[0][1].read_text(encoding="utf-8")) == one


def test_another_schema_is_refused(tmp_path: Path, one: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"schema 'atrisk-audit/0'.*'atrisk-audit/1'"):
        write_audit({**one, "schema": "atrisk-audit/0"}, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert one["schema"] == AUDIT_SCHEMA
