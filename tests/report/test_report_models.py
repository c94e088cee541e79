from __future__ import annotations

import contextlib
import json
import re
import zlib
from io import BytesIO

import pytest
from fontTools import subset
from fontTools.ttLib import TTFont

from atrisk.report import figures_save, write_report
from report import documents
from report import documents_models as made
from report.test_report import page_of


@pytest.fixture(scope="module", autouse=True)
def _coarse_pictures():
    """Draw PNG files coarsely: their content is looked at elsewhere."""
    patch = pytest.MonkeyPatch()
    patch.setattr(figures_save, "_PNG_DPI", 20)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    document = documents.document(*made.all_kinds())
    for analysis, part in ((4, "exposures"), (5, "landmarks")):
        document["analyses"][analysis][part].pop()
    cox = document["analyses"][0]
    row = {"line": 7, "record": "P1", "column": "age", "value": "", "reason": "age is missing"}
    cox["models"][1] |= {"left_out": [row], "notes": ["A <note> of the model."]}
    cox["models"][2]["left_out"] = [dict(row)]
    cox["validation"]["failed"] = "a sample had no event."
    warning = "Immortal <time>: the group is known later."
    document["analyses"][1] |= {"warnings": [warning], "notes": [warning, "Another note."]}
    return document, folder, write_report(document, folder)


def test_the_page_is_whole(report):
    document, folder, paths = report
    page = page_of(folder)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert sorted(paths) == sorted(path for path in folder.rglob("*") if path.is_file())
    assert all(page.leads(link, folder) for link in page.links)
    for key in page.keys:
        assert key in document["values"] or key.startswith("population.")


def test_notes_and_rows_left_out_of_a_model_are_shown_once(report):
    _, folder, _ = report
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert text.count("A &lt;note&gt; of the model.") == 1
    assert text.count("age is missing") == 1
    assert "rows left out of the multivariable model" in text
    assert "Validation: not done, as a sample had no event." in text


def test_tests_named_for_two_people_have_one_form(report):
    document, folder, _ = report
    assert "Mantel-Byar" in json.dumps(document)
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "Mantel\N{EN DASH}Byar test stratified by hospital" in text
    assert "Mantel-Byar" not in text


def embedded_fonts(path):
    """Read the TrueType fonts of a PDF file."""
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", path.read_bytes(), re.DOTALL):
        with contextlib.suppress(zlib.error):
            content = zlib.decompress(found[1])
            if content.startswith(b"\0\1\0\0"):
                yield TTFont(BytesIO(content))


def test_fonts_of_pdf_files_hold_letters_and_no_typesetting(report):
    """The tables of ligatures and kerning take most of the time of a report, for nothing."""
    _, folder, _ = report
    fonts = list(embedded_fonts(folder / "figures/cox_multivariable_forest.pdf"))
    assert fonts
    for font in fonts:
        assert {"glyf", "cmap"} <= set(font.keys())
        assert not {"GSUB", "GPOS", "GDEF"} & set(font.keys())
    # matplotlib is left as it was
    assert subset.load_font.__module__ == "fontTools.subset"


def test_a_warning_stands_above_its_numbers_and_on_top(report):
    _, folder, _ = report
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert text.count("Immortal &lt;time&gt;: the group is known later.") == 1
    section = text.partition('id="small"')[2]
    assert section.index("Immortal &lt;time&gt;") < section.index("<table")
    glance = text.partition('id="glance"')[2].partition("</section>")[0]
    assert 'Read the warning before the numbers: <a href="#small">' in glance
    assert glance.count("banner") == 1
    assert "Another note." in section


def test_every_analysis_is_in_the_methods_and_the_contents(report):
    document, folder, _ = report
    text = (folder / "report.html").read_text(encoding="utf-8")
    methods = text.partition('id="methods"')[2]
    for analysis in document["analyses"]:
        assert f"<h3>{analysis['title']}</h3>" in methods
        assert f'<a href="#{analysis["id"]}">' in text
    assert "GVHD&gt; prophylaxis" in text
    assert "<GVHD>" not in text


def test_the_same_document_gives_the_same_bytes(report, tmp_path):
    _, folder, _ = report
    turned = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    kept = turned["analyses"][6:]
    for name in "ab":
        write_report({**turned, "analyses": kept}, tmp_path / name)
    for path in (tmp_path / "a").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()


def test_an_analysis_of_fewer_patients_says_so(tmp_path):
    document = documents.document(made.bare_cox())
    document["population"] |= {"rows_in": 60, "rows_used": 60}
    document["values"]["cox.overall.n"] = documents.entry(45, "patients")
    write_report(document, tmp_path)
    text = re.sub(r"<[^>]+>", "", (tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "Title of cox: 45 of 60 patients; multivariable model" in text
