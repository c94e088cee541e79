"""The reports of the examples as files: one text a number in all of them, the same bytes twice."""

from __future__ import annotations

import io
import json
import re
import shutil
from html import unescape
from itertools import chain
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest

from atrisk.cli.demo import EXAMPLES, example_folder
from atrisk.cli.job import plan_of, study_of, verify_report, write_study_report
from atrisk.report.compose import compose
from atrisk.report.format import EN_DASH
from atrisk.report.language import using
from atrisk.report.manuscript_names import Names
from atrisk.report.printed import conflicts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SHOWN = re.compile(r'<span class="v" data-key="([^"]*)">([^<]*)(?:<sup>[a-z]+</sup>)?</span>')
_RUN = re.compile(r"<w:t(?: [^>]*)?>([^<]*)</w:t>")
_PARAGRAPH = re.compile(r"<w:p[ >].*?</w:p>", re.DOTALL)


#: An example whose report is in another language, with other marks in its numbers.
GERMAN = "heart in German"
REPORTS = (*EXAMPLES, GERMAN)


def german(folder: Path) -> Path:
    """Copy an example, its report in German and with a manuscript."""
    example = example_folder("heart")
    shutil.copy(example / "heart.csv", folder)
    (folder / "text.txt").write_text("{{ overall.median | ci }}", encoding="utf-8")
    more = '\n[report]\nlanguage = "de"\ntemplates = ["text.txt"]\n'
    study = (example / "study.toml").read_text(encoding="utf-8")
    (folder / "study.toml").write_text(study + more, encoding="utf-8")
    return folder / "study.toml"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the folder of an example's report, written once."""
    made: dict[str, Path] = {}

    def folder(name: str) -> Path:
        if name not in made:
            made[name] = tmp_path_factory.mktemp("reports") / name
            study = german(made[name].parent) if name == GERMAN else example_folder(name)
            write_study_report(plan_of(study), made[name])
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


@pytest.mark.parametrize("name", REPORTS)
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


@pytest.mark.parametrize("name", REPORTS)
def test_each_number_of_the_word_file_is_that_of_the_page(report, name):
    text = text_of_docx(report(name))
    absent = {key: shown for key, shown in shown_in_html(report(name)) if shown not in text}
    assert absent == {}


@pytest.mark.parametrize("name", REPORTS)
def test_every_value_says_unit_method_and_n_and_how_it_is_printed(report, name):
    for key, entry in results(report(name))["values"].items():
        assert {"value", "unit", "method", "n", "printed"} <= entry.keys(), key
        assert (entry["value"] is None) == (entry["printed"] is None), key
        assert entry["value"] is not None or entry["missing"], key


@pytest.mark.parametrize("name", REPORTS)
def test_no_number_is_printed_in_two_ways(report, name):
    settings = results(report(name))["report"]
    with using(settings["language"], settings["decimal"]):
        assert conflicts(compose(results(report(name)))) == {}


@pytest.mark.parametrize("name", REPORTS)
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


_FIELD = re.compile(r"\{\{(.*?)\}\}")
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")


def filled_fields(template: str, text: str) -> list[tuple[str, str]]:
    """Give what stands in a filled text for each field of its template."""
    parts = _FIELD.split(template)
    place = text.index(parts[0]) + len(parts[0])
    found = []
    for asked, after in zip(parts[1::2], parts[2::2], strict=True):
        end = text.index(after, place) if after else len(text)
        found.append((asked.strip(), text[place:end]))
        place = end + len(after)
    return found


def test_the_filled_manuscript_has_no_field_left_and_the_numbers_of_results_json(report):
    folder = report("ino-hct")
    document = results(folder)
    template = (example_folder("ino-hct") / "manuscript.md").read_text(encoding="utf-8")
    text = (folder / "manuscript.md").read_text(encoding="utf-8")
    assert "{{" not in text
    names, values, seen = Names(document), document["values"], 0
    for asked, shown in filled_fields(template, text):
        name = asked.split("|")[0].strip()
        if name.split(".")[0] in {"study", "methods", "table", "figure", "ref", "text"}:
            assert shown
            continue
        prefix = names.key(name).rpartition(".")[0] + "."
        printed = {e["printed"] for key, e in values.items() if key.startswith(prefix)}
        numbers = _NUMBER.findall(shown.replace("95%\N{NO-BREAK SPACE}CI", "").replace("10⁹/L", ""))
        assert numbers or "not reached" in shown
        allowed = {n for text in printed if text for n in _NUMBER.findall(text)}
        assert set(numbers) <= allowed, asked
        seen += len(numbers)
    assert seen > 100


def test_a_report_made_again_is_the_same_in_every_byte(report):
    folder = report("heart")
    assert verify_report(plan_of(study_of(folder)), folder) == []


def test_a_report_in_german_has_no_number_and_no_words_in_english(report):
    folder = report(GERMAN)
    shown = [text for _, text in shown_in_html(folder)]
    assert sum("," in text for text in shown) > 100
    assert not [text for text in shown if re.search(r"\d\.\d(?!\d\d)", text)]
    page = (folder / "report.html").read_text(encoding="utf-8")
    english = ("confidence interval", "at risk", "Figure", "Table", "Patients:", "Data (CSV)")
    for text in (page, text_of_docx(folder)):
        assert not [words for words in english if re.search(rf">[^<]*{re.escape(words)}", text)]
        assert "unter Risiko" in text
    assert (folder / "text.txt").read_text(encoding="utf-8") == f"99 (95%-KI 71{EN_DASH}262)"
    printed = (folder / "tables" / "overall_summary_printed.csv").read_text(encoding="utf-8-sig")
    assert f"77,6 (69,9{EN_DASH}86,1)" in printed
