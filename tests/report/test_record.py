"""provenance.json, and what --verify says of a report that differs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from atrisk.errors import InputError
from atrisk.report import differences, read_record, write_record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECORD = {
    "schema": "atrisk-provenance/1",
    "title": "Study",
    "version": "",
    "inputs": [{"role": "data", "name": "rows.csv", "sha256": "aa"}],
    "seeds": [],
    "software": {"atrisk": "1", "numpy": "2"},
}
VALUES = {"os.all.n": {"value": 10}, "os.all.median": {"value": None, "missing": "not reached"}}


def written(
    folder: Path, *, record: dict[str, Any] = RECORD, values: Any = VALUES, page: str = "page"
) -> Path:
    folder.mkdir()
    (folder / "results.json").write_text(json.dumps({"values": values}), encoding="utf-8")
    (folder / "report.html").write_text(page, encoding="utf-8")
    (folder / "report.pdf").write_text(str(folder), encoding="utf-8")
    files = [folder / name for name in ("results.json", "report.html", "report.pdf")]
    write_record(record, folder, files, "../study.toml")
    return folder


def test_the_record_holds_what_was_read_and_what_was_written(tmp_path: Path) -> None:
    record = read_record(written(tmp_path / "a"))
    assert record["inputs"] == RECORD["inputs"]
    assert record["study"] == "../study.toml"
    assert set(record["outputs"]) == {"results.json", "report.html", "report.pdf"}
    assert {len(digest) for digest in record["outputs"].values()} == {64}


def test_a_report_that_comes_out_the_same_differs_in_nothing(tmp_path: Path) -> None:
    assert differences(written(tmp_path / "a"), written(tmp_path / "b")) == []


def _software() -> dict[str, Any]:
    return {"record": {**RECORD, "software": {"atrisk": "2", "scipy": "1"}}}


def _inputs(*items: tuple[str, str]) -> dict[str, Any]:
    found = [{"role": "data", "name": name, "sha256": digest} for name, digest in items]
    return {"record": {**RECORD, "inputs": found}}


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (
            _software(),
            [
                "software atrisk: was 1, is 2",
                "software numpy: was 2, is not there",
                "software scipy: was not there, is 1",
            ],
        ),
        (_inputs(("rows.csv", "bb")), ["input data rows.csv: has changed"]),
        (
            _inputs(("other.csv", "aa")),
            [
                "input data other.csv: was not read then",
                "input data rows.csv: is not read any more",
            ],
        ),
        ({"page": "another"}, ["file report.html: comes out different"]),
        (
            {"values": {"os.all.n": {"value": 11}, "new": {"value": 1.5}}},
            [
                "number new: was not there, is 1.5",
                "number os.all.median: was not reached, is not there",
                "number os.all.n: was 10, is 11",
                "file results.json: comes out different",
            ],
        ),
    ],
)
def test_every_difference_has_a_line(
    tmp_path: Path, change: dict[str, Any], lines: list[str]
) -> None:
    assert differences(written(tmp_path / "a"), written(tmp_path / "b", **change)) == lines


def _edit(folder: Path) -> None:
    (folder / "report.html").write_text("edited", encoding="utf-8")


def _remove(folder: Path) -> None:
    (folder / "report.pdf").unlink()


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (_edit, "file report.html: was changed after the report was written"),
        (_remove, "file report.pdf: is missing from the report"),
    ],
)
def test_a_report_edited_by_hand_is_told(
    tmp_path: Path, spoil: Callable[[Path], None], line: str
) -> None:
    old = written(tmp_path / "a")
    spoil(old)
    assert differences(old, written(tmp_path / "b")) == [line]


def test_many_numbers_are_counted(tmp_path: Path) -> None:
    values = {f"n{index:03}": {"value": index} for index in range(25)}
    other = {key: {"value": -1} for key in values}
    found = differences(
        written(tmp_path / "a", values=values), written(tmp_path / "b", values=other)
    )
    assert found[19] == "number n019: was 19, is -1"
    assert found[20:] == ["and 5 numbers more", "file results.json: comes out different"]


INCOMPLETE = [
    json.dumps({**RECORD, "study": "s", "outputs": {}, **part})
    for part in ({"inputs": None}, {"software": []}, {"outputs": 1}, {"inputs": [{"role": "data"}]})
]


def test_a_text_printed_in_another_way_is_shown_whole(tmp_path: Path) -> None:
    one, other = ({"n": {"value": 500.0, "printed": text}} for text in ("500.0", "500"))
    found = differences(written(tmp_path / "a", values=one), written(tmp_path / "b", values=other))
    assert found[0] == (
        'number n: was {"printed": "500.0", "value": 500.0}, is {"printed": "500", "value": 500.0}'
    )


def test_a_file_that_is_no_part_of_the_report_is_told(tmp_path: Path) -> None:
    old = written(tmp_path / "a")
    (old / "figures").mkdir()
    (old / "figures" / "mine.png").write_bytes(b"")
    found = differences(old, written(tmp_path / "b"))
    assert found == ["file figures/mine.png: is not part of the report"]


@pytest.mark.parametrize("content", [None, "{", '{"schema": "other/1"}', "[]", *INCOMPLETE])
def test_a_folder_without_a_record_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "provenance.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"holds no provenance\.json of a report"):
        read_record(tmp_path)
