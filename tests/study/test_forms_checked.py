"""A report from forms says how many queries the checks of the forms put, and warns of errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from atrisk.report import write_report
from atrisk.study import plan_study, read_source, read_study, run_study
from atrisk.study.checks.study import check_study
from cli.test_cli import call
from forms_kit import HEAD, write_forms
from study_kit import number

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NAMES = ("A-1", "A-2", "B-3")
ENROLMENT = [{"id": name, "sex": "1", "age": "40"} for name in NAMES]
DOSES = [
    {"id": name, "dose_no": 1, "dose_date": "2020-01-01", "dose": "0.8", "given": "1"}
    for name in NAMES
]
FOLLOWUP = [
    {"id": "A-1", "fu_date": "2020-05-01", "death_date": "2020-05-01"},
    {"id": "A-2", "fu_date": "2020-06-01"},
    {"id": "B-3", "fu_date": "2020-08-01", "death_date": "2020-08-01"},
]
TABLE = """
[variables.age]
label = "Age"
[[analyses]]
id = "a"
kind = "describe"
title = "Patients"
variables = ["age"]
"""
RULES = """
schema = "atrisk-rules/1"
[roles]
centre = "sex"
[[rules]]
id = "old"
severity = "{}"
form = "enrolment"
label = "Too old"
fails_if = "[age] > 60"
message = "Correct the age."
"""


def study(folder: Path, *, age: str, severity: str = "error") -> Path:
    enrolment = [*ENROLMENT[:2], {**ENROLMENT[2], "age": age, "sex": "2"}]
    toml = HEAD.replace("records = ", 'rules = ["rules.toml"]\nrecords = ') + TABLE
    path = write_forms(folder, toml, enrolment=enrolment, dose=DOSES, followup=FOLLOWUP)
    (folder / "rules.toml").write_text(RULES.format(severity), encoding="utf-8")
    return path


def run(path: Path) -> dict[str, Any]:
    request = read_study(path)
    source = read_source(request)
    return run_study(plan_study(request, source.names, source))


def words(document: dict[str, Any], folder: Path) -> str:
    write_report(document, folder)
    page = re.sub("<[^>]+>", "", (folder / "report.html").read_text(encoding="utf-8"))
    return " ".join(page.split())


def test_the_counts_are_those_of_the_check(tmp_path: Path) -> None:
    path = study(tmp_path, age="61")
    document = run(path)
    checked = check_study(read_study(path))
    assert document["data"]["checks"] == [
        {"id": centre["id"], "label": centre["label"], **centre["queries"]}
        for centre in checked["centres"]
    ]
    assert [centre["error"] for centre in document["data"]["checks"]] == [0, 1]
    assert number(document, "data.checks.all.error") == 1
    assert number(document, "data.checks.centre_2.error") == 1
    assert number(document, "data.checks.centre_1.warning") == 0


def test_errors_are_warned_of_at_the_top(tmp_path: Path) -> None:
    page = words(run(study(tmp_path, age="61")), tmp_path / "report")
    assert "Warning. 1 error in the forms was found by the checks, at 1 centre. The numbers" in page
    assert page.index("Warning. 1 error") < page.index("Study report")
    assert "The checks of the forms ask the centres about 1 error, 0 warnings and 0 points" in page
    assert "Queries from the checks of the forms" in page
    assert (tmp_path / "report" / "tables" / "data_checks.csv").is_file()


def test_warnings_are_counted_and_not_warned_of(tmp_path: Path) -> None:
    page = words(run(study(tmp_path, age="61", severity="warning")), tmp_path / "report")
    assert "Warning." not in page.partition("Contents")[0]
    assert "about 0 errors, 1 warning and 0 points for information." in page


def test_clean_forms_have_nothing_to_ask(tmp_path: Path) -> None:
    page = words(run(study(tmp_path, age="60")), tmp_path / "report")
    assert "The checks of the forms found nothing to ask." in page
    assert "Queries from the checks" not in page


def test_the_terminal_warns_and_the_report_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = study(tmp_path, age="61")
    out = tmp_path / "out"
    assert call(monkeypatch, "report", path, "-o", out) == 0
    said = capsys.readouterr()
    assert said.out == f"Report: {out / 'report.html'}\n"
    assert said.err == (
        "atrisk: warning: the checks of the forms found errors (Male: 1). The report was written"
        f" from the entries as they are. Run 'atrisk check {path}' for the query sheets.\n"
    )
    assert call(monkeypatch, "report", study(tmp_path, age="60"), "-o", out) == 0
    assert capsys.readouterr().err == ""
