"""``atrisk check``: the summary, the folder, the exit codes."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from atrisk.cli import main
from atrisk.cli.check import check, summary
from atrisk.cli.folder import CHECKS, check_kind, write_folder
from atrisk.errors import InputError
from ino_patient import PATIENT

if TYPE_CHECKING:
    from click.testing import Result

STUDY = """
[study]
title = "A study on forms"
synthetic = true

[data]
time_unit = "days"
origin = "first dose"

[forms]
dictionary = "ino-hct"
{forms}

[[endpoints]]
id = "os"
label = "Overall survival"
origin = "enrol_date"
events = [{{ id = "death", label = "Death", date = "death_date" }}]
censor = "fu_date"

[[analyses]]
id = "a"
kind = "survival"
title = "Survival"
endpoint = "os"
"""
TWO = """
rules = ["rules.toml"]
cut_off = 2021-01-01
[[forms.centres]]
id = "ulm"
label = "Ulm"
records = "ulm"
[[forms.centres]]
id = "bonn"
records = "bonn"
"""
RULES = """
schema = "atrisk-rules/1"
off = ["age_birth_year"]
[severities]
identical_records = "off"  # the two centres send the same patient
[[rules]]
id = "ecog_high"
severity = "info"
form = "baseline"
label = "Poor performance"
fails_if = "[ecog] >= 2"
message = "Confirm ECOG."
"""


def write_forms(folder: Path, sex: str, **changes: str) -> None:
    """Write the patient's forms, one CSV a form, ``form__field`` changed in its last row."""
    folder.mkdir()
    for form, rows in PATIENT.items():
        written = [{"record_id": "1", **row} for row in rows]
        for row in written:
            if "instance" in row:
                row["redcap_repeat_instance"] = row.pop("instance")
        for key, value in changes.items():
            name, _, field = key.partition("__")
            if name == form:
                written[-1][field] = value
        if form == "enrolment":
            written[0]["sex"] = sex
        with (folder / f"{form}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(written[0]))
            writer.writeheader()
            writer.writerows(written)


def write_study(folder: Path, forms: str = TWO, **changes: str) -> Path:
    (folder / "study.toml").write_text(STUDY.format(forms=forms), encoding="utf-8")
    (folder / "rules.toml").write_text(RULES, encoding="utf-8")
    write_forms(folder / "ulm", "1", **changes)
    write_forms(folder / "bonn", "2")
    return folder / "study.toml"


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(check)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the page, whose figures take most of the time."""
    monkeypatch.setattr("atrisk.report.quality.quality_html", lambda _: "<html>")


def test_a_clean_study(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    done = run(study, "-o", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "centre  patients  rows  rejected  errors  warnings  info",
        "ulm            1    17         0       0         0     0",
        "bonn           1    17         0       0         0     0",
        "all            2    34         0       0         0     0",
        "",
        "No check failed.",
        "",
        f"Data quality: {tmp_path / 'out' / 'quality.html'}",
        f"Query sheets: {tmp_path / 'out' / 'queries'}",
    ]
    files = sorted(
        p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*")
    )
    assert files == [
        "checks.json",
        "quality.html",
        "queries",
        "queries/bonn.csv",
        "queries/bonn.xlsx",
        "queries/ulm.csv",
        "queries/ulm.xlsx",
    ]
    assert "Synthetic data." in (tmp_path / "out" / "quality.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("quick")
def test_an_error_ends_with_1_and_all_is_written(tmp_path: Path) -> None:
    study = write_study(tmp_path, followup__fu_date="2020-07-01", baseline__ecog="9")
    done = run(study, "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert "error: Last contact after death (contact_after_death): 1 of 2" in done.output
    assert "error: Entry that is no choice (choice): 1 of " in done.output
    document = json.loads((tmp_path / "out" / "checks.json").read_text(encoding="utf-8"))
    assert [(query["centre"], query["rule"]) for query in document["queries"]] == [
        ("ulm", "choice"),
        ("ulm", "contact_after_death"),
    ]
    assert document["study"]["cut_off"] == "2021-01-01"
    assert document["study"]["title"] == "A study on forms"


@pytest.mark.usefixtures("quick")
def test_a_warning_ends_with_0(tmp_path: Path) -> None:
    study = write_study(tmp_path, baseline__base_bili="12")
    done = run(study, "-o", tmp_path / "out")
    assert done.exit_code == 0
    assert "warning: Bilirubin unit, baseline (bilirubin_unit): 1 of 2" in done.output


@pytest.mark.usefixtures("quick")
def test_rules_of_the_study(tmp_path: Path) -> None:
    study = write_study(tmp_path, baseline__ecog="2", baseline__age="60")
    done = run(study, "-o", tmp_path / "out")
    assert done.exit_code == 0
    assert "info: Poor performance (ecog_high): 1 of 2" in done.output
    assert "age_birth_year" not in done.output


@pytest.mark.usefixtures("quick")
def test_packaged_rules_for_a_dictionary_of_ones_own(tmp_path: Path) -> None:
    from atrisk.study.forms.dictionary import write_dictionary
    from ino_patient import INO

    own = write_dictionary(INO).replace(b'"Body weight"', b'"Weight of the body"')
    (tmp_path / "own.csv").write_bytes(own)
    forms = f'repeating = {sorted(INO.repeating)!r}\nrecords = "ulm"\n'
    study = write_study(tmp_path, forms, followup__fu_date="2020-07-01")
    text = study.read_text(encoding="utf-8").replace('"ino-hct"', '"own.csv"')
    study.write_text(text, encoding="utf-8")
    codes = 'missing_codes = { UNK = "unknown", ND = "not done", NA = "not applicable" }\n'
    for rules, expected in (("", 0), ('rules = ["ino-hct"]\n', 1)):
        study.write_text(text.replace("records =", codes + rules + "records ="), encoding="utf-8")
        assert run(study, "-o", tmp_path / "out").exit_code == expected


def test_a_study_on_a_table_has_no_forms(tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    table = STUDY.split("[forms]", maxsplit=1)[0] + '\nfile = "a.csv"\n'
    rest = '\n[[endpoints]]\nid = "os"\nlabel = "OS"\ntime = "t"\nevent = "d"\n'
    analysis = '\n[[analyses]]\nid = "a"\nkind = "survival"\ntitle = "S"\nendpoint = "os"\n'
    study.write_text(table + rest + "causes = { death = 1 }\n" + analysis, encoding="utf-8")
    done = run(study, "-o", tmp_path / "out")
    assert isinstance(done.exception, InputError)
    assert "has no [forms]" in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_a_mistake_in_the_rules_writes_nothing(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    (tmp_path / "rules.toml").write_text(RULES.replace(">= 2", ">= "), encoding="utf-8")
    done = run(study, "-o", tmp_path / "out")
    assert isinstance(done.exception, InputError)
    assert "rules.toml, line 11, [[rules]] number 1, fails_if" in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_bad_input_ends_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["atrisk", "check", str(tmp_path), "-o", str(tmp_path / "o")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "there is no file" in capsys.readouterr().err


@pytest.mark.usefixtures("quick")
def test_earlier_checks_are_replaced_and_other_folders_are_not(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    out = tmp_path / "out"
    assert run(study, "-o", out).exit_code == 0
    (out / "queries" / "old.csv").write_text("old", encoding="utf-8")
    assert run(study, "-o", out).exit_code == 0
    assert not (out / "queries" / "old.csv").exists()
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    done = run(study, "-o", out)
    assert str(done.exception) == (
        f"the folder {out} is not empty and holds what is not part of a data-quality report:"
        " notes.txt. Nothing was written. Name another folder with -o."
    )
    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_a_folder_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "queries").mkdir()
    with pytest.raises(InputError, match=r"it has no checks\.json of one"):
        check_kind(tmp_path, CHECKS)
    (tmp_path / "queries" / "mine.docx").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match=r"queries/mine\.docx"):
        check_kind(tmp_path, CHECKS)
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="is a file"):
        check_kind(tmp_path / "file", CHECKS)
    with pytest.raises(InputError, match="cannot be written"):
        write_folder(tmp_path / "file" / "out", CHECKS, lambda _: None)


def test_a_failure_leaves_the_earlier_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def fill(folder: Path) -> None:
        (folder / "checks.json").write_text('{"schema": "atrisk-checks/1"}', encoding="utf-8")

    def fail(folder: Path) -> None:
        fill(folder)
        raise RuntimeError("full")

    with pytest.raises(RuntimeError, match="full"):
        write_folder(out, CHECKS, fail)
    assert list(tmp_path.iterdir()) == []
    write_folder(out, CHECKS, fill)
    with pytest.raises(RuntimeError, match="full"):
        write_folder(out, CHECKS, fail)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert [path.name for path in out.iterdir()] == ["checks.json"]


def test_a_new_folder_that_does_not_get_to_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    marker = '{"schema": "atrisk-checks/1"}'
    write_folder(out, CHECKS, lambda folder: (folder / "checks.json").write_text(marker))
    rename = Path.rename

    def rename_but_not_the_new(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError("no")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", rename_but_not_the_new)
    with pytest.raises(OSError, match="no"):
        write_folder(out, CHECKS, lambda _: None)
    assert (out / "checks.json").read_text() == marker
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_gravest_rules_come_first() -> None:
    base = {"tested": 9, "label": "x"}
    rules = [
        {"id": "i", "severity": "info", "failed": 5, **base},
        {"id": "w", "severity": "warning", "failed": 1, **base},
        {"id": "f", "severity": "error", "failed": 1, **base},
        {"id": "e", "severity": "error", "failed": 2, **base},
        {"id": "ok", "severity": "error", "failed": 0, **base},
    ]
    counts = {"patients": 1, "rows": 1, "rows_rejected": 1, "entries_rejected": 2}
    queries = {"error": 3, "warning": 1, "info": 5}
    centre = {"id": "A", **counts, "files_rejected": 1, "queries": queries}
    lines = list(summary({"centres": [centre], "rules": rules}))
    assert lines[1].split() == ["A", "1", "1", "1", "3", "1", "5"]
    assert [line.split(":")[0] for line in lines[3:-1]] == ["error", "error", "warning", "info"]
    assert lines[3] == "error: x (e): 2 of 9"


@pytest.mark.usefixtures("quick")
def test_a_patient_without_the_first_form_is_found(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    file = tmp_path / "bonn" / "enrolment.csv"
    head = file.read_text(encoding="utf-8").splitlines()[0]
    file.write_text(f"{head}\n", encoding="utf-8")
    done = run(study, "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert "error: Record without its first form (record_without_first_form): 1 of 2" in done.output


@pytest.mark.usefixtures("quick")
def test_the_rows_of_a_refused_file_are_counted(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    file = tmp_path / "bonn" / "response.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("resp_date", "date of response", 1), encoding="utf-8")
    rows = len(text.splitlines()) - 1
    done = run(study, "-o", tmp_path / "out")
    bonn = next(line.split() for line in done.output.splitlines() if line.startswith("bonn"))
    assert bonn[1:4] == ["1", "17", str(rows)]
    document = json.loads((tmp_path / "out" / "checks.json").read_text(encoding="utf-8"))
    (refused,) = [item for item in document["files"] if item["refused"]]
    assert (refused["name"], refused["rows"], refused["kept"]) == ("bonn/response.csv", rows, 0)
    for centre in document["centres"]:
        assert centre["rows"] == centre["rows_kept"] + centre["rows_rejected"] == 17
    (query,) = [query for query in document["queries"] if query["rule"] == "file_rejected"]
    assert "[columns]" not in query["message"]
    assert "name the field under [columns] of the mapping" in document["rejected"][0]["reason"]
