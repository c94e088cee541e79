"""The data-quality page and the query sheets of a checks document."""

from __future__ import annotations

import csv
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest

from atrisk.errors import InputError
from atrisk.report import quality_page
from atrisk.report.quality import write_checks
from atrisk.report.quality_page import quality_html
from atrisk.report.query_sheets import sheet_names, write_query_sheets

if TYPE_CHECKING:
    from pathlib import Path

QUERY = {
    "centre": "A",
    "record": "A-1",
    "form": "followup",
    "instance": 1,
    "field": "fu_date, death_date",
    "value": "2020-07-01, 2020-06-30",
    "rule": "contact_after_death",
    "severity": "error",
    "message": "Last contact is after death. Correct the date of the contact or of death.",
    "file": "A/followup.csv",
    "place": "line",
    "line": 2,
}


def centre(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": name,
        "label": f"Hospital {name}",
        "patients": 2,
        "files": 1,
        "rows": 10,
        "rows_kept": 9,
        "rows_rejected": 1,
        "files_rejected": 0,
        "entries_rejected": 1,
        "queries": {"error": 0, "warning": 0, "info": 0},
        **changes,
    }


def rule(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": name,
        "severity": "error",
        "raised": False,
        "label": f"Label of {name}",
        "form": "followup",
        "message": "Correct it.",
        "tested": 4,
        "failed": 0,
        "tested_by_centre": [2, 2],
        "failed_by_centre": [0, 0],
        **changes,
    }


def document(**changes: Any) -> dict[str, Any]:
    counts = {"present": [3, 4], "coded": [1, 0], "blank": [0, 0], "unreadable": [0, 0]}
    return {
        "schema": "atrisk-checks/1",
        "software": {"name": "atrisk", "version": "1.0"},
        "study": {
            "title": "Forms of <two> & more",
            "synthetic": False,
            "source": "",
            "dictionary": "small",
            "cut_off": None,
        },
        "centres": [centre("A", queries={"error": 1, "warning": 0, "info": 0}), centre("B")],
        "files": [
            {
                "name": "A/followup.csv",
                "centre": "A",
                "place": "line",
                "rows": 10,
                "kept": 9,
                "rejected": 1,
                "sha256": "0a1b",
            }
        ],
        "rejected": [
            {
                "level": "row",
                "centre": "A",
                "file": "A/followup.csv",
                "place": "line",
                "line": 7,
                "record": "",
                "form": "followup",
                "field": "",
                "value": "",
                "reason": "there is no record id",
            }
        ],
        "forms": [
            {
                "id": "followup",
                "label": "followup",
                "repeating": False,
                "rows": 9,
                "patients": [2, 2],
            }
        ],
        "rules": [
            rule("quiet"),
            rule("contact_after_death", failed=1, failed_by_centre=[1, 0]),
            rule("rare", severity="warning", tested=10_000, failed=1),
        ],
        "queries": [QUERY],
        "completeness": [
            {
                "form": "followup",
                "field": "fu_date",
                "label": "Last contact",
                "required": True,
                "by_centre": counts,
                "centres": 2,
            }
        ],
        "limits": [
            {
                "form": "followup",
                "field": "weight",
                "label": "Weight",
                "minimum": "30",
                "maximum": "",
                "tested": 8,
                "below": 2,
                "above": 0,
                "lowest": "3",
                "highest": "90",
            }
        ],
        "contacts": {
            "field": "fu_date",
            "reference": "2020-12-31",
            "reference_is_cut_off": True,
            "overdue_days": 365,
            "bands": [182, 365, 730],
            "by_centre": [
                {
                    "open": 2,
                    "closed": 0,
                    "unknown": 0,
                    "bands": [1, 0, 1, 0],
                    "overdue": 1,
                    "median_days": 250.0,
                },
                {
                    "open": 0,
                    "closed": 2,
                    "unknown": 0,
                    "bands": [0, 0, 0, 0],
                    "overdue": 0,
                    "median_days": None,
                },
            ],
            "overdue": [{"centre": 0, "record": "A-2", "days": 400}],
        },
        "accrual": {
            "field": "enrol_date",
            "first_month": "2019-11",
            "by_centre": [[1, 0, 1], [0, 2, 0]],
            "undated": [0, 0],
        },
        **changes,
    }


class _Checker(HTMLParser):
    """Collects ids, links and the words of a page; tags must close in order."""

    _VOID = frozenset({"meta", "br", "use", "path", "rect", "link", "col", "img", "stop"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if "id" in found:
            self.ids.append(str(found["id"]))
        if tag == "a":
            self.links.append(str(found["href"]))
        if tag not in self._VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self._VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def parsed(page: str) -> _Checker:
    checker = _Checker()
    checker.feed(page)
    assert checker.open == []
    return checker


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", " ".join(parsed(page).words))


@pytest.fixture(scope="module")
def page() -> str:
    return quality_html(document())


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the figures out: drawing them takes most of the time."""
    empty = '<svg viewBox="0 0 1 1" width="1"><title>t</title><desc>d</desc></svg>'
    monkeypatch.setattr("atrisk.report.quality_page.svg_text", lambda *_: empty)
    monkeypatch.setattr("atrisk.report.quality_page.mark_figure", lambda figure: figure)
    for name in ("accrual", "completeness", "contacts"):
        drawn = f"atrisk.report.quality_page.figures.draw_{name}"
        monkeypatch.setattr(drawn, lambda plan, width: (plan, width))


def test_the_page_is_whole_and_alone(page: str) -> None:
    checker = parsed(page)
    assert len(checker.ids) == len(set(checker.ids))
    inner = [link[1:] for link in checker.links if link.startswith("#")]
    assert set(inner) <= set(checker.ids)
    outer = [link for link in checker.links if not link.startswith("#")]
    assert set(outer) == {
        "checks.json",
        "queries/A.xlsx",
        "queries/A.csv",
        "queries/B.xlsx",
        "queries/B.csv",
    }
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", page)
    assert "<script" not in page
    assert page.count("<svg ") == 6  # three figures, each for a wide and a narrow screen


def test_the_page_says_what_was_found(page: str) -> None:
    words = text_of(page)
    assert "Forms of <two> & more" in words
    assert (
        "Of 20 rows in, 18 were kept and 2 rejected; 2 single entries could not be read." in words
    )
    assert "Label of contact_after_death: 1 of 4 (error)." in words
    assert "Last contact is overdue for 1 of 2 open patients." in words
    assert "100.0% of the required entries are there." in words
    assert "there is no record id" in words
    assert "from 30" in words
    assert "3 to 90" in words
    assert "4 patients entered from 2019-11 on." in words
    assert "Hospital A 1 query XLSX CSV" in words


@pytest.mark.usefixtures("undrawn")
def test_shares_are_never_rounded_to_none_or_all(page: str) -> None:
    assert "<0.1" in text_of(page)
    fields = document()["completeness"]
    fields[0]["by_centre"]["blank"] = [0, 1]
    fields[0]["by_centre"]["present"] = [3, 999]
    words = text_of(quality_html(document(completeness=fields)))
    assert "99.9% of the required entries are there." in words


def test_figures_carry_their_numbers_in_words(page: str) -> None:
    found = re.findall(r"<desc[^>]*>(.*?)</desc>", page)
    assert len(found) == 6
    assert all(found)


@pytest.mark.usefixtures("undrawn")
def test_synthetic_data_are_called_so(page: str, tmp_path: Path) -> None:
    assert "Synthetic data." not in page
    study = {**document()["study"], "synthetic": True}
    made = document(study=study)
    assert "Synthetic data." in quality_html(made)
    _, book = write_query_sheets(made, tmp_path)[:2]
    with ZipFile(book) as parts:
        assert "Synthetic data: " in parts.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.usefixtures("undrawn")
def test_a_clean_study_says_so() -> None:
    made = document(
        queries=[],
        rejected=[],
        rules=[rule("quiet")],
        limits=[],
        contacts=None,
        accrual=None,
        centres=[centre("A", rows_kept=10, rows_rejected=0, entries_rejected=0)],
    )
    made["completeness"][0]["by_centre"] = {
        state: counts[:1] for state, counts in made["completeness"][0]["by_centre"].items()
    }
    words = text_of(quality_html(made))
    assert "No check failed." in words
    assert "No entry is outside its limits." in words
    assert "Not taken in" not in words
    assert "Accrual" not in words


@pytest.mark.usefixtures("undrawn")
def test_figures_are_numbered_in_order() -> None:
    words = text_of(quality_html(document(contacts=None)))
    assert re.findall(r"Figure (\d)\.", words) == ["1", "2"]


@pytest.mark.usefixtures("undrawn")
def test_no_row_is_no_success() -> None:
    none = centre("A", rows=0, rows_kept=0, rows_rejected=0, entries_rejected=0)
    words = text_of(quality_html(document(centres=[none, none], rules=[rule("quiet")])))
    assert "Nothing could be checked: no row was read." in words
    assert "No check failed." not in words


@pytest.mark.parametrize(("length", "shown"), [(26, "label"), (27, "id")])
def test_long_names_of_centres_give_way_to_ids(length: int, shown: str) -> None:
    centres = [centre("c01", label="x" * length), centre("c02", label="Bonn")]
    page = quality_page._labels(document(centres=centres))
    assert page == tuple(entry[shown] for entry in centres)


@pytest.mark.usefixtures("undrawn")
def test_a_rule_that_was_raised_is_marked() -> None:
    raised = rule("often", raised=True, failed=4)
    words = text_of(quality_html(document(rules=[raised])))
    assert "Error (raised)" in words
    assert "more failed than the rule tolerates" in words


@pytest.mark.usefixtures("undrawn")
def test_many_rejections_are_shortened() -> None:
    items = document()["rejected"] * 45
    assert "5 more are in checks.json." in text_of(quality_html(document(rejected=items)))


@pytest.mark.parametrize("months", [3, 60, 200])
def test_accrual_of_months_quarters_and_years(months: int) -> None:
    accrual = {**document()["accrual"], "by_centre": [[1] * months, [0] * months]}
    words = text_of(quality_html(document(accrual=accrual)))
    assert f"{months} patients entered" in words


def test_everything_is_written_the_same_twice(tmp_path: Path) -> None:
    first = write_checks(document(), tmp_path / "a")
    second = write_checks(document(), tmp_path / "b")
    names = [path.relative_to(tmp_path / "a").as_posix() for path in first]
    assert names == [
        "quality.html",
        "checks.json",
        "queries/A.csv",
        "queries/A.xlsx",
        "queries/B.csv",
        "queries/B.xlsx",
    ]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


@pytest.mark.usefixtures("undrawn")
def test_another_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="schema 'atrisk-results/1'; this version renders"):
        write_checks(document(schema="atrisk-results/1"), tmp_path)
    short = document()
    del short["limits"], short["rules"]
    with pytest.raises(InputError, match="lacks rules, limits"):
        write_checks(short, tmp_path)
    assert list(tmp_path.iterdir()) == []


def sheet(tmp_path: Path, *queries: dict[str, Any]) -> list[list[str]]:
    path = write_query_sheets(document(queries=list(queries)), tmp_path)[0]
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_a_csv_has_a_row_a_query_and_room_for_the_answer(tmp_path: Path) -> None:
    head, row = sheet(tmp_path, QUERY)
    found = dict(zip(head, row, strict=True))
    assert found == {
        "No.": "1",
        "Severity": "Error",
        "Record": "A-1",
        "Form": "followup",
        "Row": "1",
        "Field": "fu_date, death_date",
        "Entry": "2020-07-01, 2020-06-30",
        "Question": QUERY["message"],
        "Your answer": "",
        "Where in the file": "A/followup.csv, line 2",
        "Rule": "contact_after_death",
    }


def test_a_query_about_no_record_has_no_row(tmp_path: Path) -> None:
    head, row = sheet(tmp_path, QUERY | {"record": "", "line": 0})
    found = dict(zip(head, row, strict=True))
    assert (found["Record"], found["Row"], found["Where in the file"]) == ("", "", "A/followup.csv")


@pytest.mark.parametrize(
    ("entry", "written"),
    [
        ("=1+1", "'=1+1"),
        ("=1", "'=1"),
        ("-1+1", "'-1+1"),
        ("x;=cmd|' /C calc'!A0", "x;'=cmd|' /C calc'!A0"),  # the separator of other countries
        ("x;-5;y", "x;-5;y"),
        ("a\t@b", "a\t'@b"),
        ("@sum", "'@sum"),
        ("-6", "-6"),
        ("-x", "'-x"),
        ("+3,5", "+3,5"),
        ("<0.5", "<0.5"),
    ],
)
def test_no_entry_is_a_formula(tmp_path: Path, entry: str, written: str) -> None:
    _, row = sheet(tmp_path, {**QUERY, "value": entry})
    assert row[6] == written


def test_a_workbook_can_be_filtered_and_printed(tmp_path: Path) -> None:
    book = write_query_sheets(document(queries=[QUERY, {**QUERY, "value": "=1+1"}]), tmp_path)[1]
    with ZipFile(book) as parts:
        xml = parts.read("xl/worksheets/sheet1.xml").decode()
        texts = parts.read("xl/sharedStrings.xml").decode()
    assert '<autoFilter ref="A1:K3"/>' in xml
    assert 'orientation="landscape"' in xml
    assert 'paperSize="9"' in xml
    assert 'fitToHeight="0"' in xml
    assert 'state="frozen"' in xml
    assert "<f>" not in xml
    assert "=1+1" in texts
    assert "How to answer" not in texts
    assert QUERY["message"] in texts


def test_a_workbook_reads_back(tmp_path: Path) -> None:
    calamine = pytest.importorskip("python_calamine")
    _, first, _, second = write_query_sheets(document(), tmp_path)
    rows = calamine.CalamineWorkbook.from_path(first).get_sheet_by_name("Queries").to_python()
    assert rows[0][:3] == ["No.", "Severity", "Record"]
    assert rows[1][2] == "A-1"
    assert rows[1][8] == ""
    empty = calamine.CalamineWorkbook.from_path(second)
    assert empty.sheet_names == ["Queries", "How to answer"]
    assert "There are no questions." in empty.get_sheet_by_name("Queries").to_python()[1]


def test_names_of_centres_that_are_no_file_names() -> None:
    ids = [{"id": name} for name in ("../up", "Köln", "a b", "A/b", "...")]
    assert list(sheet_names(ids).values()) == ["up", "Köln", "a_b", "A_b_2", "centre"]


def test_names_of_sheets_are_never_the_same() -> None:
    """The third took the name of the second, whose questions were lost."""
    ids = [{"id": name} for name in ("A", "A_2", "A/", "a")]
    assert list(sheet_names(ids).values()) == ["A", "A_2", "A_3", "a_4"]


def test_a_very_long_entry_is_cut_and_said_to_be(tmp_path: Path) -> None:
    """A cell of a workbook ends at 32,767 characters: the entry was left out without a word."""
    calamine = pytest.importorskip("python_calamine")
    made = document(queries=[{**QUERY, "value": "x" * 40_000}])
    paths = write_query_sheets(made, tmp_path)
    with paths[0].open(encoding="utf-8-sig", newline="") as file:
        entry = list(csv.reader(file))[1][6]
    assert entry == f"{'x' * 500} ... (40,000 characters)"
    rows = calamine.CalamineWorkbook.from_path(paths[1]).get_sheet_by_name("Queries").to_python()
    assert rows[1][6] == entry
    with ZipFile(paths[1]) as parts:
        xml = parts.read("xl/worksheets/sheet1.xml").decode()
    heights = [float(text) for text in re.findall(r' ht="([0-9.]+)"', xml)]
    assert max(heights) <= 409  # where a row of Excel ends


def test_endpoints_that_were_not_checked_are_named() -> None:
    made = document(endpoints_problem="there is no column 'x'.")
    assert "The endpoints were not checked: there is no column" in quality_html(made)
