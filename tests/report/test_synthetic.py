"""A synthetic study says so on every page, figure and file; a real one nowhere."""

from __future__ import annotations

import csv
from zipfile import ZipFile

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from atrisk.report import theme, write_report
from atrisk.report.figures_draw import draw
from atrisk.report.figures_plan import incidence_plan
from atrisk.report.quality import write_checks
from atrisk.report.synthetic import WORDS, mark_figure
from atrisk.report.values import Values
from report import documents
from report.test_quality import document as checks


def two_panels():
    analysis, values = documents.incidence(names=("A", "B"))
    return draw(incidence_plan(analysis, Values(values), "transplant"), theme.FULL)


def inches(figure):
    _, high = figure.get_size_inches()
    return [
        (box.y0 * high, box.height * high) for box in (axes.get_position() for axes in figure.axes)
    ]


def test_a_figure_is_marked_above_and_nothing_else_moves():
    plain, marked = two_panels(), mark_figure(two_panels())
    assert marked.get_size_inches()[0] == plain.get_size_inches()[0]
    added = marked.get_size_inches()[1] - plain.get_size_inches()[1]
    assert added == pytest.approx(0.18)
    assert inches(marked) == [pytest.approx(box) for box in inches(plain)]
    *others, mark = marked.texts
    assert [text.get_position() for text in others] == [t.get_position() for t in plain.texts]
    assert mark.get_text() == WORDS
    box = mark.get_window_extent(FigureCanvasAgg(marked).get_renderer())
    bottom = plain.get_size_inches()[1] * marked.dpi
    assert bottom <= box.y0
    assert box.y1 <= marked.get_size_inches()[1] * marked.dpi
    assert box.x1 <= marked.get_size_inches()[0] * marked.dpi


@pytest.fixture(scope="module", params=[True, False], ids=["synthetic", "real"])
def written(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    made = documents.document(
        documents.survival("os", ("A", "B")),
        synthetic=request.param,
    )
    made["population"]["left_out"] = [
        {"line": 2, "record": None, "column": "age", "value": "", "reason": "missing"}
    ]
    write_report(made, folder)
    return request.param, folder


def test_every_csv_file_has_the_column(written):
    synthetic, folder = written
    files = sorted((folder / "tables").glob("*.csv"))
    assert len(files) > 7
    for path in files:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head, *rows = csv.reader(file)
        assert (head[-1] == "data") is synthetic, path.name
        assert all(row[-1] == "synthetic" for row in rows) is synthetic or not rows, path.name
        assert {len(row) for row in rows} <= {len(head)}


def test_every_figure_says_it(written):
    synthetic, folder = written
    for path in (folder / "figures").glob("*.svg"):
        text = path.read_text(encoding="utf-8")
        assert (f"<desc>{WORDS}. " in text) is synthetic
    for path in (folder / "figures").glob("*.png"):
        assert (WORDS.encode() in path.read_bytes()[:4000]) is synthetic


def test_every_table_for_latex_says_it(written):
    synthetic, folder = written
    files = sorted((folder / "tables").glob("*.tex"))
    assert len(files) > 2
    for path in files:
        caption = path.read_text(encoding="utf-8").partition(r"\caption")[2].splitlines()[0]
        assert (WORDS in caption) is synthetic, path.name


def test_every_printed_page_says_it(written):
    synthetic, folder = written
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert ('@page { @top-left { content: "Synthetic data: ' in page) is synthetic
    assert ('<p class="banner" role="note"><b>Synthetic data.</b>' in page) is synthetic


@pytest.mark.parametrize("synthetic", [True, False])
def test_the_quality_page_and_the_sheets_say_it(tmp_path, synthetic):
    study = {**checks()["study"], "synthetic": synthetic}
    write_checks(checks(study=study), tmp_path)
    page = (tmp_path / "quality.html").read_text(encoding="utf-8")
    assert ('<p class="running"' in page) is synthetic
    with (tmp_path / "queries" / "A.csv").open(encoding="utf-8-sig", newline="") as file:
        head, row = csv.reader(file)
    assert (head[-1], row[-1]) == (("data", "synthetic") if synthetic else ("Rule", row[-1]))
    with ZipFile(tmp_path / "queries" / "A.xlsx") as book:
        for sheet in ("sheet1", "sheet2"):
            text = book.read(f"xl/worksheets/{sheet}.xml").decode()
            footer = text.partition("<oddFooter>")[2].partition("</oddFooter>")[0]
            assert ("Synthetic data: these patients are made up." in footer) is synthetic
            assert footer.endswith("Page &amp;P of &amp;N")
