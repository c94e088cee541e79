"""``atrisk audit``: paper files in, a folder with the page and the document out."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from atrisk.cli.audit import audit, summary
from atrisk.errors import InputError
from atrisk.evidence.audit import audit_papers, paper_files, papers, rule_sentences
from audit_kit import cohort, counted, written


def run(*arguments):
    app = typer.Typer()
    app.command()(audit)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_schema_describes_a_paper_file():
    done = run("--schema")
    assert done.exit_code == 0
    schema = json.loads(done.stdout)
    assert set(schema["properties"]) == {"schema", "paper", "statements"}
    assert "Count" in schema["$defs"]


def test_the_rules_are_listed_with_their_sentences():
    done = run("--rules")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert len(lines) == len(rule_sentences())
    assert "count within its set: Ask of a count that it is a whole number" in done.stdout


def test_a_summary_line_a_paper(tmp_path):
    first = written(tmp_path, cohort(), counted("a", "13", n="58", percent="21"), name="a-2024")
    second = written(tmp_path, cohort(), counted("a", "17", percent="29"), name="b-2024")
    assert list(summary(audit_papers([first]))) == [
        "a-2024: 4 numbers: 0 impossible, 3 inconsistent, 0 cannot be checked, 1 consistent;"
        " 1 finding"
    ]
    *_, last = summary(audit_papers([first, second]))
    assert last == "across papers: 0 quantities compared; 0 findings"


def test_the_record_brings_its_own_papers(tmp_path, monkeypatch):
    names = {file.stem for file in paper_files()}
    assert {"kayser-2022", "kayser-2024", "morley-marks-2016", "short-2024"} <= names
    own = written(tmp_path, cohort(), counted("a", "17", percent="29"), name="b-2024")
    (tmp_path / "papers").mkdir()
    written(tmp_path / "papers", cohort(), name="a-2024")
    monkeypatch.setattr(papers, "_FOLDER", tmp_path / "papers")
    found = audit_papers([own], record=True)["papers"]
    assert [paper["id"] for paper in found] == ["b-2024", "a-2024"]
    assert len(audit_papers([own])["papers"]) == 1


def test_the_folder_is_written_and_findings_are_no_failure(tmp_path):
    paper = written(tmp_path, cohort(), counted("a", "13", n="58", percent="21"))
    out = tmp_path / "audit"
    done = run(paper, "-o", out)
    assert done.exit_code == 0, done.output
    assert "1 finding" in done.stdout
    document = json.loads((out / "audit.json").read_text())
    assert document["schema"] == "atrisk-audit/1"
    assert "22.4" in (out / "audit.html").read_text()


@pytest.mark.parametrize("arguments", [[], ["nowhere.toml"]])
def test_no_paper_is_a_mistake(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert isinstance(done.exception, InputError)
    assert not (tmp_path / "atrisk-audit").exists()
