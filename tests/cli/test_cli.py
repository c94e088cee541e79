"""The command line: exit codes, what goes where, nothing half-written."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from atrisk import __version__
from atrisk.cli import main
from atrisk.cli.demo import EXAMPLES, example_folder
from atrisk.cli.folder import REPORT, check_kind
from atrisk.errors import InputError
from study_kit import BMT, MINIMAL, write

if TYPE_CHECKING:
    from pathlib import Path


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Run the command line in this process; give its exit code."""
    monkeypatch.setattr(sys, "argv", ["atrisk", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    code = ended.value.code
    assert code is None or isinstance(code, int)
    return 0 if code is None else code


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the report writer by one that writes the document alone."""

    def write_report(document: dict[str, object], folder: Path, **_: object) -> list[Path]:
        (folder / "results.json").write_text(json.dumps(document), encoding="utf-8")
        (folder / "report.html").write_text("<html>", encoding="utf-8")
        (folder / "figures").mkdir()
        (folder / "figures" / "a.svg").write_text("<svg>", encoding="utf-8")
        return []

    monkeypatch.setattr("atrisk.report.write_report", write_report)


Captured = pytest.CaptureFixture[str]


@pytest.mark.usefixtures("quick")
def test_report_says_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    study = write(tmp_path)
    out = tmp_path / "deep" / "out"
    assert call(monkeypatch, "report", study, "-o", out) == 0
    captured = capsys.readouterr()
    assert captured.out == f"Report: {out / 'report.html'}\n"
    assert captured.err == ""
    document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert document["study"]["title"] == "A study"
    assert sorted(path.name for path in out.parent.iterdir()) == ["out"]


@pytest.mark.usefixtures("quick")
def test_a_folder_holds_a_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    assert call(monkeypatch, "report", tmp_path, "--out", tmp_path / "out") == 0


@pytest.mark.usefixtures("quick")
def test_the_default_folder_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    assert call(monkeypatch, "report", "study.toml") == 0
    assert (tmp_path / "atrisk-report" / "report.html").is_file()
    assert call(monkeypatch, "demo") == 0
    assert (tmp_path / "atrisk-demo" / "report.html").is_file()
    assert call(monkeypatch, "demo", "heart") == 0
    assert sorted(path.name for path in tmp_path.glob("atrisk-demo*")) == [
        "atrisk-demo",
        "atrisk-demo-heart",
    ]
    heart = json.loads((tmp_path / "atrisk-demo-heart" / "results.json").read_text("utf-8"))
    assert heart != json.loads((tmp_path / "atrisk-demo" / "results.json").read_text("utf-8"))


@pytest.mark.usefixtures("quick")
def test_an_earlier_report_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = write(tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    assert call(monkeypatch, "report", study, "-o", out) == 0
    (out / "figures" / "old.png").write_bytes(b"old")
    assert call(monkeypatch, "report", study, "-o", out) == 0
    assert [path.name for path in (out / "figures").iterdir()] == ["a.svg"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.csv", "out", "study.toml"]


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_mistake_in_the_input_is_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured, *, dry_run: bool
) -> None:
    study = write(tmp_path, MINIMAL.replace('time = "t"', 'time = "tt"'))
    more = ["--dry-run"] if dry_run else []
    assert call(monkeypatch, "report", study, "-o", tmp_path / "out", *more) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "atrisk: study.toml, line 13, [[endpoints]] number 1, time: data.csv has no column 'tt'."
        " Columns are: t, d, arm. Did you mean 't'?\n"
    )
    assert not (tmp_path / "out").exists()


def test_a_mistake_in_the_data_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    study = write(tmp_path, rows=["t,d,arm", "-1,0,x"])
    assert call(monkeypatch, "report", study, "-o", tmp_path / "out") == 2
    assert "'-1' (line 2)" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.csv", "study.toml"]


def test_dry_run_prints_the_plan_and_computes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    # a mistake in a row is not seen: no row is read
    study = write(tmp_path, rows=["t,d,arm", "-1,0,x"])
    assert call(monkeypatch, "report", study, "--dry-run") == 0
    assert "1. Survival [survival, id a]" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.csv", "study.toml"]


@pytest.mark.parametrize("more", [["-o", "other"], ["--dry-run"]])
def test_verify_writes_nothing_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured, more: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, "report", "--verify", tmp_path, *more) == 2
    assert "--verify writes nothing: leave out -o and --dry-run." in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("m.md", "Gr\xf6\xdfe".encode("latin-1"), "'m.md' is not UTF-8 at byte 2"),
        ("report.md", b"text", "would hold two files 'report.md'"),
        ("m.pdf", b"text", "is no text with fields"),
    ],
)
def test_a_template_is_looked_at_before_anything_is_computed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
    name: str,
    content: bytes,
    said: str,
) -> None:
    monkeypatch.setattr("atrisk.study.run_study", lambda *_: pytest.fail("computed"))
    (tmp_path / name).write_bytes(content)
    study = write(tmp_path, f'{MINIMAL}\n[report]\ntemplates = ["{name}"]\n')
    assert call(monkeypatch, "report", study, "-o", tmp_path / "out") == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_demo_dry_run(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    assert call(monkeypatch, "demo", "--dry-run") == 0
    assert "Read bmt.csv" in capsys.readouterr().out
    assert call(monkeypatch, "demo", "heart", "--dry-run") == 0
    assert "Read heart.csv" in capsys.readouterr().out


def test_a_demo_that_is_not_there(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    assert call(monkeypatch, "demo", "hart") == 2
    assert capsys.readouterr().err == (
        "atrisk: there is no example 'hart'. Examples are: bmt, heart, ino-hct."
        " Did you mean 'heart'?\n"
    )


@pytest.mark.usefixtures("quick")
def test_immortal_time_is_warned_of_on_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    toml = MINIMAL + 'by = "arm"\n[variables.arm]\nlabel = "Arm"\ntype = "categorical"\n'
    toml += 'known_from = "day"\n'
    study = write(tmp_path, toml, ["t,d,arm,day", "5,1,x,2", "8,0,x,", "9,1,y,", "12,0,y,"])
    assert call(monkeypatch, "report", study, "-o", tmp_path / "out") == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("Report: ")
    assert captured.err.startswith(
        "atrisk: warning: analysis 'a': Arm (x) is known only after transplant: for 1 of 4"
    )
    assert captured.err.count("\n") == 2


@pytest.mark.usefixtures("quick")
def test_a_manuscript_that_was_edited_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    study, out = write(tmp_path), tmp_path / "out"
    assert call(monkeypatch, "report", study, "-o", out) == 0
    text = out / "manuscript.md"
    text.write_text("as written", encoding="utf-8")
    digest = hashlib.sha256(text.read_bytes()).hexdigest()
    record = json.loads((out / "provenance.json").read_text(encoding="utf-8"))
    record["outputs"]["manuscript.md"] = digest
    (out / "provenance.json").write_text(json.dumps(record), encoding="utf-8")
    assert call(monkeypatch, "report", study, "-o", out) == 0
    text.write_text("my sentence", encoding="utf-8")
    (out / "provenance.json").write_text(json.dumps(record), encoding="utf-8")
    assert call(monkeypatch, "report", study, "-o", out) == 2
    assert "changed after they were written: manuscript.md" in capsys.readouterr().err
    assert text.read_text(encoding="utf-8") == "my sentence"


def test_schema_and_version(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    assert call(monkeypatch, "schema") == 0
    assert "analyses" in json.loads(capsys.readouterr().out)["properties"]
    assert call(monkeypatch, "schema", "--results") == 0
    assert "values" in json.loads(capsys.readouterr().out)["properties"]
    assert call(monkeypatch, "--version") == 0
    assert capsys.readouterr().out == f"atrisk {__version__}\n"


@pytest.mark.parametrize("arguments", [["nonsense"], ["report"], ["report", "a", "--nonsense"]])
def test_a_mistake_in_the_command_is_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    assert call(monkeypatch, *arguments) == 2


def test_a_bug_is_not_dressed_up_as_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("atrisk.report.write_report", break_down)
    study = write(tmp_path)
    monkeypatch.setattr(sys, "argv", ["atrisk", "report", str(study), "-o", str(tmp_path / "out")])
    with pytest.raises(ZeroDivisionError):
        main()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.csv", "study.toml"]


def test_the_example_is_found_in_the_repository() -> None:
    assert example_folder("bmt").resolve() == BMT.resolve()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_comes_with_its_data_and_where_they_are_from(name: str) -> None:
    folder = example_folder(name)
    assert "## Source" in (folder / "README.md").read_text(encoding="utf-8")
    assert (folder / f"{name}.csv").is_file() or (folder / "records").is_dir()


def test_an_example_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atrisk.cli.demo.EXAMPLES", ("nothing",))
    with pytest.raises(InputError, match="'nothing' is not installed with atrisk"):
        example_folder("nothing")


@pytest.mark.usefixtures("quick")
def test_a_terminal_sees_progress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert call(monkeypatch, "report", write(tmp_path), "-o", tmp_path / "out") == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("Report: ")
    assert "Writing the report" in captured.err


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    command = [sys.executable, "-X", "importtime", "-c", "from atrisk.cli import main; main()"]
    started = time.perf_counter()
    done = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True)
    took = time.perf_counter() - started
    for command_name in ("report", "demo", "schema"):
        assert command_name in done.stdout
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "typer" in loaded
    assert loaded & {"numpy", "scipy", "pydantic", "polars", "matplotlib", "atrisk.study"} == set()
    # 0.2 s where it was measured; the limit leaves room for a busy machine
    assert took < 2.0


def test_the_demo_writes_the_whole_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "demo"
    assert call(monkeypatch, "demo", "-o", out) == 0
    assert {path.name for path in out.iterdir()} == {
        "report.html",
        "report.docx",
        "report.pdf",
        "results.json",
        "provenance.json",
        "figures",
        "tables",
    }
    for folder in ("figures", "tables"):
        assert any((out / folder).iterdir())
    # what was written is known as a report, so that a second run may replace it
    check_kind(out, REPORT)
