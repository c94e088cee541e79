from __future__ import annotations

from pathlib import Path

import pytest

from atrisk.cli.folder import REPORT, check_kind, write_folder
from atrisk.errors import InputError

KNOWN = '{"schema": "atrisk-results/1"}'


def fill(folder: Path) -> None:
    (folder / "results.json").write_text(KNOWN, encoding="utf-8")
    (folder / "tables").mkdir()
    (folder / "tables" / "a.csv").write_text("a\n", encoding="utf-8")


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_new_folder_is_written_whole(tmp_path: Path) -> None:
    write_folder(tmp_path / "a" / "out", REPORT, fill)
    assert names(tmp_path) == [
        "a",
        "a/out",
        "a/out/results.json",
        "a/out/tables",
        "a/out/tables/a.csv",
    ]


def test_a_folder_can_be_read_by_others(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    write_folder(tmp_path / "out", REPORT, fill)
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_failure_leaves_no_trace(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        fill(folder)
        raise RuntimeError("full")

    with pytest.raises(RuntimeError, match="full"):
        write_folder(tmp_path / "out", REPORT, fail)
    assert names(tmp_path) == []


def test_a_failure_keeps_the_earlier_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    write_folder(out, REPORT, fill)
    before = names(tmp_path)

    def fail(folder: Path) -> None:
        fill(folder)
        raise RuntimeError("full")

    with pytest.raises(RuntimeError, match="full"):
        write_folder(out, REPORT, fail)
    assert names(tmp_path) == before

    rename = Path.rename

    def rename_but_not_the_new(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError("no")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", rename_but_not_the_new)
    with pytest.raises(OSError, match="no"):
        write_folder(out, REPORT, fill)
    assert names(tmp_path) == before


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"notes.txt": "mine"},
            "the folder OUT is not empty and holds what is not part of a report: notes.txt."
            " Nothing was written. Name another folder with -o.",
        ),
        (
            {"results.json": KNOWN, "figures/mine.pptx": "x", "a.docx": "x"},
            "the folder OUT is not empty and holds what is not part of a report: a.docx,"
            " figures/mine.pptx. Nothing was written. Name another folder with -o.",
        ),
        (
            {"results.json": "{}"},
            "the folder OUT is not empty and is not a report of atrisk (it has no results.json of"
            " one). Nothing was written. Name another folder with -o.",
        ),
        (
            {"results.json": "not json"},
            "the folder OUT is not empty and is not a report of atrisk (it has no results.json of"
            " one). Nothing was written. Name another folder with -o.",
        ),
        (
            {"report.html": "<html>"},
            "the folder OUT is not empty and is not a report of atrisk (it has no results.json of"
            " one). Nothing was written. Name another folder with -o.",
        ),
    ],
)
def test_what_is_not_a_report_is_never_replaced(
    tmp_path: Path, files: dict[str, str], message: str
) -> None:
    out = tmp_path / "out"
    for name, text in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, encoding="utf-8")
    before = names(out)
    with pytest.raises(InputError) as caught:
        write_folder(out, REPORT, fill)
    assert str(caught.value) == message.replace("OUT", str(out))
    assert names(out) == before


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="is a file"):
        check_kind(tmp_path / "out", REPORT)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        write_folder(tmp_path / "file" / "out", REPORT, fill)
