"""The reports of the examples as files: one text a number in all of them, the same bytes twice."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from itertools import chain
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest

from atrisk.cli.demo import EXAMPLES, example_folder
from atrisk.cli.job import plan_of, study_of, verify_report, write_study_report
from atrisk.report.compose import compose
from atrisk.report.printed import conflicts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SHOWN = re.compile(r'<span class="v" data-key="([^"]*)">([^<]*)(?:<sup>[a-z]+</sup>)?</span>')
_RUN = re.compile(r"<w:t(?: [^>]*)?>([^<]*)</w:t>")
_PARAGRAPH = re.compile(r"<w:p[ >].*?</w:p>", re.DOTALL)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the folder of an example's report, written once."""
    made: dict[str, Path] = {}

    def folder(name: str) -> Path:
        if name not in made:
            made[name] = tmp_path_factory.mktemp("reports") / name
            write_study_report(plan_of(example_folder(name)), made[name])
        return made[name]

    return folder


def results(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))


def shown_in_html(folder: Path) -> list[tuple[str, str]]:
    page = (folder / "report.html").read_text(encoding="utf-8")
    return [(unescape(key), unescape(text)) for key, text in _SHOWN.findall(page)]


def text_of_docx(folder: Path) -> str:
    with ZipFile(io.BytesIO((folder / "report.docx").read_bytes())) as package:
        body = package.read("word/document.xml").decode("utf-8")
    return "\n".join("".join(map(unescape, _RUN.findall(p))) for p in _PARAGRAPH.findall(body))


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_number_of_the_page_is_the_string_of_results_json(report, name):
    values = results(report(name))["values"]
    shown = shown_in_html(report(name))
    assert len(shown) > 200
    differing = {
        key: (text, values[key]["printed"])
        for key, text in shown
        if values[key]["value"] is not None and values[key]["printed"] != text
    }
    assert differing == {}


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_number_of_the_word_file_is_that_of_the_page(report, name):
    text = text_of_docx(report(name))
    absent = {key: shown for key, shown in shown_in_html(report(name)) if shown not in text}
    assert absent == {}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_value_says_unit_method_and_n_and_how_it_is_printed(report, name):
    for key, entry in results(report(name))["values"].items():
        assert {"value", "unit", "method", "n", "printed"} <= entry.keys(), key
        assert (entry["value"] is None) == (entry["printed"] is None), key
        assert entry["value"] is not None or entry["missing"], key


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_number_is_printed_in_two_ways(report, name):
    assert conflicts(compose(results(report(name)))) == {}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_file_is_recorded_and_there(report, name):
    folder = report(name)
    record = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert set(record["outputs"]) == found - {"provenance.json"}
    assert {"report.html", "report.docx", "report.pdf", "results.json"} <= found
    assert {item["role"] for item in record["inputs"]} >= {"study file"}
    assert all(len(item["sha256"]) == 64 for item in record["inputs"])
    pictures = chain.from_iterable(folder.glob(f"figures/*{s}") for s in (".svg", ".pdf", ".png"))
    assert all(path.stat().st_size > 1000 for path in pictures)


def test_a_report_made_again_is_the_same_in_every_byte(report):
    folder = report("heart")
    assert verify_report(plan_of(study_of(folder)), folder) == []
