"""``atrisk evidence``: what it prints, what it writes, and its exit codes."""

from __future__ import annotations

import csv
import json
import sys
from html.parser import HTMLParser

import pytest
from typer.testing import CliRunner

from atrisk.cli.evidence import evidence
from atrisk.errors import InputError
from atrisk.evidence.audit import paper_files
from atrisk.evidence.record import shipped_folder
from atrisk.report.evidence_text import table_csv, table_text
from record_kit import PLAIN, written


def run(*words: object, wide: int = 160) -> str:
    result = CliRunner(env={"COLUMNS": str(wide)}).invoke(evidence, [str(word) for word in words])
    if result.exception is not None:
        raise result.exception
    return result.output


def test_list_prints_one_line_a_study():
    said = run("list", "--line", "mrd")
    assert "jabbour-2024-mrd  Jabbour 2024" in said
    assert "kayser-2024" not in said


@pytest.mark.parametrize(
    ("options", "there", "not_there"),
    [
        (["--population", "children"], "rytting-2014", "kayser-2024"),
        (["--ph", "positive"], "jain-2021", "kayser-2024"),
        (["--regimen", "gemtuzumab"], "giles-2001", "kayser-2024"),
        (["--min-dose", "9.5"], "deangelo-2017", "ino-vate-2019"),
        (["--max-dose", "3"], "kantarjian-2023", "ino-vate-2019"),
        (["--endpoint", "cid_at"], "kayser-2024", "kayser-2022"),
    ],
)
def test_each_filter_of_list(options, there, not_there):
    said = run("list", *options)
    assert there in said
    assert f"{not_there} " not in said


def test_show_prints_all_numbers_with_their_places():
    said = run("show", "deangelo-2017")
    assert "NCT01363297" in said
    assert "short-2024: Table 1" in said
    assert "Beside marks-2019 it has a part of the same patients" in said
    assert "68%, 49 of 72" in said
    assert "No numbers are printed." in run("show", "a041501")


def test_show_and_list_read_a_folder_of_ones_own(tmp_path):
    written(tmp_path, PLAIN)
    assert "Trial mine  [mine]" in run("show", "mine", "--folder", tmp_path)
    assert "Trial mine" in run("list", "--folder", tmp_path)
    assert "24/40" in run("table", "endpoint", "--endpoint", "cr_cri", "--folder", tmp_path)


def test_tables_are_printed():
    assert "80.7%" in run("table", "1")
    assert "NCT03962465" in run("table", "2")
    assert "NCT03962465" not in run("table", "2", "--population", "older_adults")
    assert "10.4-14.4" in run("table", "regimens", "--population", "children")
    said = run("table", "endpoint", "--endpoint", "cr_cri")
    assert "ino-vate-2016 is left out" in said
    assert "left out" not in run("table", "endpoint", "--endpoint", "cr_cri", "--overlapping")


def test_a_table_that_is_not_there_is_refused():
    with pytest.raises(InputError, match=r"there is no table 'regimen'. Did you mean 'regimens'"):
        run("table", "regimen")
    with pytest.raises(InputError, match="name the endpoint of the table"):
        run("table", "endpoint")


def test_a_table_is_written_as_csv_html_and_json(tmp_path):
    out = tmp_path / "t"
    run("table", "4", "-o", out)
    assert sorted(path.name for path in out.iterdir()) == [
        "evidence.html", "evidence.json", "table-4.csv",
    ]  # fmt: skip
    with (out / "table-4.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:2] == ["Reference (regimen)", "N"]
    assert rows[4][4] == "Not reported"
    assert "54 (2-year)" in (out / "evidence.html").read_text(encoding="utf-8")
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    run("table", "4", "-o", out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


class Page(HTMLParser):
    """The ids, links and open elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        if named.get("id"):
            self.ids.append(named["id"])
        link = named.get("href") or named.get("src") or ""
        if link.startswith("#"):
            self.targets.append(link[1:])
        elif link:
            self.outside.append(f"{tag}: {link}")


def test_the_page_of_the_record_holds_everything(tmp_path):
    out = tmp_path / "record"
    assert "Evidence:" in run("list", "-o", out)
    html = (out / "evidence.html").read_text(encoding="utf-8")
    page = Page()
    page.feed(html)
    assert len(page.ids) == len(set(page.ids))
    assert set(page.targets) <= set(page.ids)
    assert page.outside == []
    assert html.count('<details class="study"') == 54
    assert "<script src" not in html
    document = json.loads((out / "evidence.json").read_text(encoding="utf-8"))
    for study in document["studies"]:
        assert f'id="study-{study["id"]}"' in html
    names = {path.name for path in out.iterdir()}
    assert names >= {"studies.csv", "table-1.csv", "timeline.svg", "timeline.pdf", "timeline.png"}


def test_texts_of_a_file_cannot_write_into_the_page(tmp_path):
    text = PLAIN.replace('title = "A trial"', 'title = "<script>alert(1)</script>"')
    (tmp_path / "own").mkdir()
    written(tmp_path / "own", text)
    run("list", "--folder", tmp_path / "own", "-o", tmp_path / "out")
    html = (tmp_path / "out" / "evidence.html").read_text(encoding="utf-8")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_a_folder_of_something_else_is_not_written_over(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"thesis\.txt"):
        run("table", "1", "-o", tmp_path)
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "mine"


def test_the_timeline_is_printed_and_drawn(tmp_path):
    said = run("timeline")
    assert "Aug 2017: Approved in the United States" in said
    out = tmp_path / "t"
    run("timeline", "-o", out)
    assert sorted(path.name for path in out.iterdir()) == [
        "evidence.json", "timeline.pdf", "timeline.png", "timeline.svg",
        "timeline_column.pdf", "timeline_column.png", "timeline_column.svg",
    ]  # fmt: skip
    svg = (out / "timeline.svg").read_text(encoding="utf-8")
    assert "<desc>2004: First report" in svg
    first = svg
    run("timeline", "-o", out)
    assert (out / "timeline.svg").read_text(encoding="utf-8") == first


def test_check_says_how_many_files_are_clean(tmp_path):
    assert run("check", shipped_folder()) == "54 study files: nothing is wrong.\n"
    assert run("check", written(tmp_path, PLAIN)) == "1 study file: nothing is wrong.\n"


def test_check_names_every_finding_with_its_line(tmp_path):
    bad = PLAIN.replace('k = "24"', 'k = "44"')
    first = written(tmp_path, bad, "a")
    other = PLAIN.replace('arm = "all"', 'arm = "al"').replace('id = "mine"', 'id = "other"')
    second = written(tmp_path, other, "b")
    with pytest.raises(InputError) as error:
        run("check", first, second)
    said = str(error.value)
    assert "a.toml, line 45, [[numbers]] number 1, k: 44 of 40 is more" in said
    assert "b.toml, line 42, [[numbers]] number 1, arm: there is no arm 'al'" in said


PAPER = """schema = "atrisk-paper/1"

[paper]
id = "mine-2025"
title = "A title"
citation = "A journal"
kind = "cohort"

[[statements]]
id = "cohort"
kind = "set"
at = "Abstract"
quote = "40 patients"
label = "patients"
n = "40"

[[statements]]
id = "cr"
kind = "count"
at = "Abstract"
quote = "24 (60%)"
study = "ino-vate"
label = "CR"
of = "cohort"
k = "24"
percent = "60"
"""


def line_of(text):
    return PAPER.splitlines().index(text) + 1


def paper_file(folder, text=PAPER, name="paper"):
    file = folder / f"{name}.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_check_takes_paper_files_and_study_files_together(tmp_path):
    written(tmp_path, PLAIN)
    paper_file(tmp_path)
    assert run("check", tmp_path) == "1 study file and 1 paper file: nothing is wrong.\n"
    assert run("check", *paper_files()) == "4 paper files: nothing is wrong.\n"


@pytest.mark.parametrize("head", ['schema = "atrisk-paper/1"\n\n', ""])
def test_check_points_at_the_line_of_a_paper_file(tmp_path, head):
    text = PAPER.replace('schema = "atrisk-paper/1"\n\n', head)
    line = text.splitlines().index('of = "cohort"') + 1
    file = paper_file(tmp_path, text.replace('of = "cohort"', 'of = "cohrt"'))
    with pytest.raises(InputError) as error:
        run("check", file)
    assert f"paper.toml, line {line}, [[statements]] number 2, of:" in str(error.value)
    assert "Did you mean 'cohort'?" in str(error.value)


def test_check_names_every_mistake_of_every_paper_file(tmp_path):
    first = paper_file(tmp_path, PAPER.replace('k = "24"', 'k = "many"'), "a")
    second = paper_file(tmp_path, PAPER.replace('kind = "count"', 'kind = "counts"'), "b")
    with pytest.raises(InputError) as error:
        run("check", first, second, tmp_path / "none.toml")
    said, count, kind = str(error.value), line_of('k = "24"'), line_of('kind = "count"')
    assert f"a.toml, line {count}, [[statements]] number 2, k: 'many' is not a number" in said
    assert f"b.toml, line {kind}, [[statements]] number 2, kind: 'counts' is not one of" in said
    assert "there is no file" in said


def test_check_refuses_two_files_of_one_paper(tmp_path):
    first, second = paper_file(tmp_path, name="a"), paper_file(tmp_path, name="b")
    with pytest.raises(InputError, match=r"b.toml, line 4, \[paper\] id: .* is the id of a.toml"):
        run("check", first, second)


def test_check_allows_a_study_that_the_record_does_not_have_and_notes_it(tmp_path):
    said = run("check", paper_file(tmp_path, PAPER.replace('"ino-vate"', '"inovate"')))
    line = line_of('study = "ino-vate"')
    assert said == (
        f"Note: paper.toml, line {line}, [[statements]] number 2, study: the"
        " record has no study 'inovate'. Did you mean 'ino-vate'?\n"
        "1 paper file: nothing is wrong.\n"
    )


def test_show_tells_what_the_audit_finds_of_a_study():
    said = " ".join(run("show", "kantarjian-2012", "--audit").split())
    assert "What the audit of the papers finds morley-marks-2016 (Text, Results in ALL," in said
    assert "23 is more than the Twenty two" in said
    assert "What the audit" not in run("show", "kantarjian-2012")
    assert "The audit finds nothing of this study." in run("show", "a041501", "--audit")


def test_a_mistake_ends_the_program_with_code_2(tmp_path, monkeypatch, capsys):
    from atrisk.cli import app as application

    bad = written(tmp_path, PLAIN.replace('k = "24"', 'k = "44"'))
    monkeypatch.setattr(sys, "argv", ["atrisk", "evidence", "check", str(bad)])
    with pytest.raises(SystemExit) as ended:
        application.main()
    assert ended.value.code == 2
    assert "more than all of them" in capsys.readouterr().err


def test_schema_is_json_schema():
    schema = json.loads(run("schema"))
    assert schema["type"] == "object"
    assert {"study", "population", "arms", "numbers", "overlaps"} <= set(schema["properties"])


def test_text_tables_keep_to_the_width():
    made = {
        "id": "x", "title": "T", "columns": ["A", "B"],
        "rows": [["one two three four five six", "1"], ["", "longword" * 12]], "notes": ["n"],
    }  # fmt: skip
    for width in (24, 40, 80):
        lines = table_text(made, width).splitlines()
        assert max(map(len, lines)) <= width
        assert "".join(table_text(made, width).split()).count("longword") >= 1
    assert table_csv(made) == "\ufeffA,B\none two three four five six,1\n,{}\n".format(
        "longword" * 12
    )
