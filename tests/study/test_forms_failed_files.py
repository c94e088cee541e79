"""A file of forms that could not be read: a report and an export stop, a check goes on and asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atrisk.errors import InputError
from atrisk.study import plan_study, read_source, read_study, run_study
from atrisk.study.checks.study import check_study
from forms_kit import HEAD, OS, SURVIVAL, write_forms

if TYPE_CHECKING:
    from pathlib import Path

FORMS: dict[str, Any] = {
    "enrolment": [{"id": "A-1", "sex": "1"}, {"id": "A-2", "sex": "2"}],
    "dose": [
        {"id": name, "dose_no": 1, "dose_date": "2020-01-01", "dose": "0.8", "given": "1"}
        for name in ("A-1", "A-2")
    ],
    "followup": [
        {"id": "A-1", "fu_date": "2020-05-01", "death_date": "2020-05-01"},
        {"id": "A-2", "fu_date": "2020-06-01"},
    ],
}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Write a study with a file that has a field of no form, and one that is of no form."""
    path = write_forms(tmp_path, HEAD + OS + SURVIVAL, **FORMS)
    text = "record_id,hct_dat\nA-1,2020-02-01\n"
    (tmp_path / "records" / "response.csv").write_text(text, encoding="utf-8")
    (tmp_path / "records" / "notes.csv").write_text("id,note\nA-1,x\n")
    return path


def test_a_report_stops_and_names_the_files(study: Path) -> None:
    with pytest.raises(InputError) as stopped:
        read_source(read_study(study))
    said = str(stopped.value)
    assert said.startswith(
        f"study.toml, line {_line(study)}, [forms]: nothing was taken of 2 files"
    )
    assert "records/notes.csv (there is no form 'notes'. " in said
    assert "records/response.csv, line 1, 'hct_dat' (the dictionary has no field" in said
    assert "'atrisk check' lists all" in said
    assert 'failed_files = "leave_out"' in said


def _line(study: Path) -> int:
    return study.read_text(encoding="utf-8").splitlines().index("[forms]") + 1


def test_a_message_names_three_files_at_most(study: Path) -> None:
    for number in range(3):
        (study.parent / "records" / f"more_{number}.csv").write_text("id\nA-1\n")
    with pytest.raises(InputError, match=r"of 5 files of forms: .*more_1\.csv.*; and 2 more\."):
        read_source(read_study(study))


def test_files_may_be_left_out_and_the_report_says_so(study: Path) -> None:
    text = study.read_text(encoding="utf-8")
    study.write_text(
        text.replace("[forms]", '[forms]\nfailed_files = "leave_out"'), encoding="utf-8"
    )
    request = read_study(study)
    source = read_source(request)
    document = run_study(plan_study(request, source.names, source))
    assert [file["name"] for file in document["data"]["rejected_files"]] == [
        "records/notes.csv",
        "records/response.csv",
    ]


def test_rejected_rows_and_entries_stop_nothing(study: Path) -> None:
    folder = study.parent / "records"
    for name in ("response", "notes"):
        (folder / f"{name}.csv").unlink()
    with (folder / "enrolment.csv").open("a", encoding="utf-8") as file:
        file.write("NULL" + "," * (file_width(folder) - 1) + "\n")
    source = read_source(read_study(study))
    assert source.table(["start"]).rows == 2


def file_width(folder: Path) -> int:
    return len((folder / "enrolment.csv").read_text(encoding="utf-8").splitlines()[0].split(","))


def test_a_check_goes_on_and_asks(study: Path) -> None:
    document = check_study(read_study(study))
    asked = [query["file"] for query in document["queries"] if query["rule"] == "file_rejected"]
    assert sorted(asked) == ["records/notes.csv", "records/response.csv"]
    (rule,) = [rule for rule in document["rules"] if rule["id"] == "file_rejected"]
    assert (rule["failed"], rule["tested"]) == (2, 5)
