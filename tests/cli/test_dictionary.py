"""``atrisk dictionary``: the file for REDCap, and what it refuses."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from atrisk.cli import main
from atrisk.study.forms.dictionary import read_dictionary
from atrisk.study.forms.packaged import packaged_dictionary, packaged_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run the command line in this process; give exit code, output and errors."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["atrisk", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        code = ended.value.code
        assert code is None or isinstance(code, int)
        return code or 0, said.out, said.err

    return run


def test_the_file_is_the_packaged_one_byte_for_byte(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "for-redcap.csv"
    code, out, _ = call("dictionary", "-o", file)
    assert code == 0
    assert file.read_bytes() == packaged_file("ino-hct.csv")
    found = packaged_dictionary("ino-hct")
    assert out.splitlines() == [
        f"Dictionary: {file}, {len(found.forms)} forms, {len(found.fields)} fields",
        f"Set these forms to repeat in REDCap: {', '.join(sorted(found.repeating))}",
    ]
    assert read_dictionary(file).fields == found.fields


def test_the_file_is_named_after_the_dictionary(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("dictionary", "ino-hct")[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["ino-hct.csv"]


def test_nothing_is_written_over(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("mine", encoding="utf-8")
    code, _, err = call("dictionary", "-o", file)
    assert (code, file.read_text(encoding="utf-8")) == (2, "mine")
    assert f"{file} exists already" in err


@pytest.mark.parametrize(
    ("name", "words"), [("ino-htc", "Did you mean 'ino-hct'?"), ("../ino-hct", "ino-hct")]
)
def test_a_dictionary_that_is_not_there(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = call("dictionary", name)
    assert code == 2
    assert words in err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(call: Call, tmp_path: Path) -> None:
    code, _, err = call("dictionary", "-o", tmp_path / "no" / "such.csv")
    assert code == 2
    assert "cannot be written: No such file or directory" in err
