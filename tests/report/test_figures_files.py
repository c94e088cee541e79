"""The files of a figure: the picture and the letters that matplotlib would give, in less time."""

from __future__ import annotations

import base64
import gc
import io
import re
import zipfile
import zlib

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from matplotlib import rc_context
from matplotlib.figure import Figure
from PIL import Image

from atrisk.report.docx_package import zipped
from atrisk.report.figures_fonts import light_fonts
from atrisk.report.figures_png import png_bytes
from atrisk.report.figures_save import svg_image, svg_text
from atrisk.report.page import render_page
from atrisk.report.pictures import draw_figures
from atrisk.report.theme import RC
from atrisk.report.worker import started
from report import manuscript_kit as kit

WORDS = {"Title": "Überleben", "Description": "P ≤ 0.05"}


def figure_of(text):
    figure = Figure(figsize=(2.31, 1.27))
    figure.add_subplot().plot([0, 1, 2], [1.0, 0.4, 0.2], color="#D55E00")
    figure.text(0.3, 0.5, text)
    return figure


@pytest.mark.parametrize("dpi", [300, 90])
def test_a_png_has_the_pixels_and_words_that_matplotlib_gives(dpi):
    held = io.BytesIO()
    figure_of("Abc").savefig(held, format="png", dpi=dpi, metadata=WORDS)
    made = png_bytes(figure_of("Abc"), dpi, WORDS)
    expected, found = Image.open(held), Image.open(io.BytesIO(made))
    np.testing.assert_array_equal(np.asarray(found), np.asarray(expected.convert("RGB")))
    assert found.info["dpi"] == expected.info["dpi"]
    assert found.text == WORDS
    assert made == png_bytes(figure_of("Abc"), dpi, WORDS)


def pdf_of(text):
    held = io.BytesIO()
    with rc_context(RC):
        figure_of(text).savefig(held, format="pdf", metadata={"CreationDate": None})
    return held.getvalue()


def parts_of(pdf):
    """Give the outlines of each embedded font, and the other streams of a PDF."""
    found = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    streams = [zlib.decompress(stream) for stream in found]
    fonts = [stream for stream in streams if stream.startswith(b"\0\1\0\0")]
    outlines = [TTFont(io.BytesIO(font)).getTableData("glyf") for font in fonts]
    # the sizes of the fonts stand in a last stream, of places in the file
    return outlines, [stream for stream in streams if stream not in fonts][:-1]


@pytest.mark.parametrize("text", ["P ≤ 0.05, β \u2013 é", "efficient", "Жизнь", "Abc Жизнь ≥ 2"])
def test_a_pdf_holds_the_letters_that_matplotlib_embeds(text):
    whole = parts_of(pdf_of(text))
    with light_fonts():
        light = parts_of(pdf_of(text))
    assert light == whole
    assert light[0]


def test_only_common_letters_are_taken_from_the_small_font():
    with light_fonts():
        common, other = pdf_of("efficient"), pdf_of("Жизнь")
    assert len(common) < len(pdf_of("efficient"))
    assert b"DejaVuSans" in other


def test_a_picture_for_print_holds_the_whole_svg():
    svg = svg_text(figure_of("Abc"), "Title", "Words")
    found = re.fullmatch(r'<img src="data:image/svg\+xml;base64,([^"]+)" alt="">', svg_image(svg))
    assert found
    assert base64.b64decode(found[1]).decode("utf-8") == svg


@pytest.mark.parametrize("collected", [True, False])
def test_drawing_leaves_the_garbage_collector_as_it_was(tmp_path, collected):
    report = kit.source(tmp_path, kit.document()).report
    figures = list(report.figures())[:1]
    before = gc.isenabled()
    (gc.enable if collected else gc.disable)()
    try:
        with started(0) as workers:
            draw_figures(figures, tmp_path, workers, synthetic=False)
        assert gc.isenabled() is collected
    finally:
        (gc.enable if before else gc.disable)()


def test_a_picture_is_not_packed_twice():
    held = zipped({"word/media/a.png": b"p" * 900, "word/document.xml": b"x" * 900})
    with zipfile.ZipFile(io.BytesIO(held)) as opened:
        sizes = {info.filename: info.compress_size for info in opened.infolist()}
    assert sizes["word/media/a.png"] == 900
    assert sizes["word/document.xml"] < 100


def test_a_page_for_print_holds_each_figure_once(tmp_path):
    report = kit.source(tmp_path, kit.document()).report
    pictures = {figure.id: "<svg id='whole'/>" for figure in report.figures()}
    page = render_page(report, pictures, {}, files=False)
    assert pictures
    assert page.count(svg_image("<svg id='whole'/>")) == len(pictures)
    assert "<svg" not in page
