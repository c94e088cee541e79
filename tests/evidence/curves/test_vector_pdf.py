"""Curves out of hand-written PDF files: operators, forms, pages, clips; broken, hostile files."""

from __future__ import annotations

import time
import zlib

import numpy as np
import pytest

from atrisk.errors import InputError
from atrisk.evidence.curves import pdf as reader
from atrisk.evidence.curves import pdf_page
from atrisk.evidence.curves.calibration import Axes
from atrisk.evidence.curves.choose import CurveChoice
from atrisk.evidence.curves.vector import curves_in, read_figure, trace_figure
from vector_kit import STEPS, TIMES, VALUES, pdf, pdf_axes, pdf_line, stream_of

PAGE = pdf_axes() + pdf_line(STEPS)


@pytest.fixture
def written(tmp_path):
    def write(content):
        file = tmp_path / "figure.pdf"
        file.write_bytes(content)
        return file

    return write


def assert_steps(curve):
    np.testing.assert_allclose(curve.time, TIMES, atol=1e-9)
    np.testing.assert_allclose(curve.value, VALUES, atol=1e-9)


@pytest.mark.parametrize("packed", [False, True])
def test_a_page_of_operators(written, packed):
    read = trace_figure(written(pdf(PAGE, packed=packed)))
    assert_steps(read.curve)
    assert read.found.colour == "#d62728"
    assert read.found.width == pytest.approx(1.5)
    assert read.calibration == (
        "5 tick labels, 5 of them with marks",
        "3 tick labels, 3 of them with marks",
    )
    assert read.notes == (
        "curve 1: #d62728, solid, width 1.5, 6 vertices, from (0, 1) to (32, 0.5); x axis by 5 "
        "tick labels, 5 of them with marks; y axis by 3 tick labels, 3 of them with marks",
        "no label of the time axis names a unit: months is the unit of the request",
    )


def test_the_transform_of_the_page_and_its_saved_states(written):
    inner = [(x / 2, 500 - (500 - y) / 2) for x, y in STEPS]
    content = pdf_axes() + "q 2 0 0 2 0 0 cm\n" + pdf_line(inner) + "Q\n"
    assert_steps(read_figure(written(pdf(content + pdf_line([(1, 2), (3, 4)])))))


@pytest.mark.parametrize(
    ("operator", "colour"),
    [
        ("0.5 G", "#808080"),
        ("0 1 1 0 K", "#ff0000"),
        ("/DeviceRGB CS 0 0 1 SC", "#0000ff"),
        ("/Sep CS 1 SCN", "#000000"),
        ("/Sep CS 0.25 SCN", "#bfbfbf"),
    ],
)
def test_colours_of_every_space(written, operator, colour):
    space = "/ColorSpace<</Sep[/Separation/Black/DeviceGray 100 0 R]>>"
    tint = b"<</FunctionType 2/Domain[0 1]/C0[1]/C1[0]/N 1>>"
    content = pdf_axes() + pdf_line(STEPS, f"{operator} 1 w")
    found = curves_in(written(pdf(content, resources=space, objects=[tint])))
    assert found[0].colour == colour


def test_dashes_and_filled_bands(written):
    band = "0.9 g 100 450 m 420 450 l 420 250 l 300 250 l h f\n"
    dashed = "[3 2] 0 d " + pdf_line([(x, y + 30) for x, y in STEPS]) + "[] 0 d\n"
    file = written(pdf(pdf_axes() + band + dashed + pdf_line(STEPS)))
    assert [one.dash for one in curves_in(file)] == [(3.0, 2.0), ()]
    assert_steps(read_figure(file))


def test_the_page_is_chosen_by_its_number(written):
    file = written(pdf("", PAGE))
    assert_steps(read_figure(file, None, CurveChoice(page=2)))
    assert len(curves_in(file, page=2)) == 1
    with pytest.raises(InputError, match="has no page 3: it has 2"):
        read_figure(file, None, CurveChoice(page=3))
    with pytest.raises(InputError, match="no tick labels of the x axis"):
        read_figure(file)


def test_markers_that_are_forms_are_censor_marks(written):
    form = stream_of(
        b"0 3 m 0 -3 l -3 0 m 3 0 l S", more="/Type/XObject/Subtype/Form/BBox[-4 -4 4 4]"
    )
    # A form is painted in the colour that was set outside of it.
    places = [("0.839 0.153 0.157", 120, 50), ("0.839 0.153 0.157", 350, 250), ("0 0 1", 200, 130)]
    marks = "".join(f"q {colour} RG 1 0 0 1 {x} {500 - y} cm /M0 Do Q\n" for colour, x, y in places)
    content = PAGE + marks
    file = written(pdf(content, resources="/XObject<</M0 100 0 R>>", objects=[form]))
    assert trace_figure(file).censor_times == pytest.approx((2, 25))


def test_crosses_drawn_as_two_lines_are_one_mark_each(written):
    crosses = "".join(
        f"{x - 3} {500 - y} m {x + 3} {500 - y} l S {x} {497 - y} m {x} {503 - y} l S\n"
        for x, y in [(120, 50), (200, 130), (210, 130), (350, 250)]
    )
    read = trace_figure(written(pdf(PAGE + crosses)))
    assert read.censor_times == pytest.approx((2, 10, 11, 25))


def test_what_a_clip_hides_is_not_read(written):
    clip = "q 100 50 150 400 re W n\n" + pdf_line(STEPS) + "Q\n"
    read = read_figure(written(pdf(pdf_axes() + clip)))
    assert read.time.max() == pytest.approx(15)
    both = "q 100 50 150 400 re W n 0 0 200 500 re W* n\n" + pdf_line(STEPS) + "Q\n"
    assert read_figure(written(pdf(pdf_axes() + both))).time.max() == pytest.approx(10)


def test_three_lines_of_one_style_that_start_together_stay_apart(written):
    fans = [[(x, 50 + (y - 50) * part) for x, y in STEPS] for part in (0.5, 1, 1.5)]
    file = written(pdf(pdf_axes() + "".join(map(pdf_line, fans))))
    assert len(curves_in(file)) == 3
    with pytest.raises(InputError, match="3 curves of 3 fit the choice"):
        read_figure(file)
    assert_steps(read_figure(file, None, CurveChoice(order=2)))


def test_labels_shown_in_pieces_are_put_together(written):
    axes = pdf_axes().replace("(0.5) Tj", "(0) Tj 5.56 0 Td (.5) Tj")
    assert_steps(read_figure(written(pdf(axes + pdf_line(STEPS)))))


def test_rotated_labels(written):
    turned = pdf_axes()
    for value, y in (("0.0", 50), ("0.5", 250), ("1.0", 450)):
        turned = turned.replace(
            f"76 {y - 3.6:.2f} Td ({value}) Tj", f"0 1 -1 0 90 {y - 6.95:.2f} Tm ({value}) Tj"
        )
    assert "Tm" in turned
    assert_steps(read_figure(written(pdf(turned + pdf_line(STEPS)))))


def test_a_legend_names_the_curve(written):
    lower = [(x, y + 30) for x, y in STEPS]
    legend = "380 440 m 400 440 l S BT /F1 9 Tf 405 437 Td (Arm B) Tj ET\n"
    content = PAGE + pdf_line(lower, "0 0 1 RG 1 w") + legend
    read = trace_figure(written(pdf(content)), None, CurveChoice(legend="Arm B"))
    assert read.found.colour == "#0000ff"


def test_a_page_of_pixels_is_refused(written):
    image = stream_of(b"\0\0\0", more="/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceRGB")
    content = pdf_axes() + "q 300 0 0 300 100 50 cm /I Do Q\n"
    file = written(pdf(content, resources="/XObject<</I 100 0 R>>", objects=[image]))
    with pytest.raises(InputError, match="pixels are not read"):
        read_figure(file)
    nothing = written(pdf("q 300 0 0 300 100 50 cm /I Do Q\n"))
    with pytest.raises(InputError, match="x_points"):
        read_figure(nothing)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "does not begin with %PDF-"),
        (b"GIF89a", "does not begin with %PDF-"),
        (b"%PDF-1.4\nrubbish", "cannot be read as PDF|holds no page"),
        (pdf(PAGE)[:400], "cannot be read as PDF|holds no page|no tick labels"),
        (pdf(PAGE).replace(b"/Kids[10 0 R]", b"/Kids[2 0 R]"), "no page|cannot be read"),
    ],
)
def test_broken_files_are_refused(written, content, said):
    with pytest.raises(InputError, match=said):
        read_figure(written(content))


def test_any_damage_gives_a_curve_or_a_refusal(written):
    whole = pdf(PAGE, packed=True)
    rng = np.random.default_rng(20)
    for _ in range(60):
        damaged = bytearray(whole)
        for at in rng.integers(0, len(whole), 12):
            damaged[at] = int(rng.integers(0, 256))
        try:
            read_figure(written(bytes(damaged)))
        except InputError:
            continue


def test_a_locked_file_is_refused(written):
    locked = pdf(PAGE).replace(b"/Root 1 0 R", b"/Root 1 0 R/ID[(a)(a)]/Encrypt 100 0 R")
    key = b"<</Filter/Standard/V 1/R 2/P -4/O(" + b"o" * 32 + b")/U(" + b"u" * 32 + b")>>"
    locked = locked.replace(b"xref", b"100 0 obj" + key + b"endobj xref", 1)
    with pytest.raises(InputError, match="cannot be read as PDF"):
        read_figure(written(locked))


def test_a_stream_that_unpacks_without_end_is_refused_at_once(written):
    packer, packed = zlib.compressobj(9), b""
    block = b"0" * 1_000_000
    for _ in range(25):
        packed += packer.compress(block)
    packed += packer.flush()
    bomb = f"<</Length {len(packed)}/Filter/FlateDecode>>stream\n".encode()
    start = time.perf_counter()
    with pytest.raises(InputError, match="stream of more than 20,000,000 bytes"):
        read_figure(written(pdf(PAGE, objects=[bomb + packed + b"\nendstream"])))
    # Seconds on a busy machine.
    assert time.perf_counter() - start < 20


def test_streams_that_are_large_together_packed_twice_or_slow_are_refused(written, monkeypatch):
    monkeypatch.setattr(reader, "_LARGEST_ALL", 1000)
    with pytest.raises(InputError, match="more than 1,000 bytes"):
        read_figure(written(pdf(PAGE * 3, packed=True)))
    twice = stream_of(b"x", more="/Filter[/FlateDecode/FlateDecode]")
    with pytest.raises(InputError, match="twice over"):
        read_figure(written(pdf(PAGE, objects=[twice])))
    monkeypatch.setattr(reader, "_SLOW_LARGEST", 100)
    with pytest.raises(InputError, match="packed in an old way"):
        read_figure(written(pdf(PAGE, objects=[stream_of(b"x", more="/Filter/LZWDecode")])))


def test_forms_that_repeat_each_other_without_end_are_refused(written, monkeypatch):
    monkeypatch.setattr(pdf_page, "_MOST_FORMS", 500)
    forms = [
        stream_of(
            f"/M{at + 1} Do ".encode() * 10,
            more=f"/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</M{at + 1} {101 + at} 0 R>>>>",
        )
        for at in range(7)
    ]
    forms.append(stream_of(b"0 0 m 1 1 l S", more="/Subtype/Form/BBox[0 0 9 9]"))
    content = PAGE + "/M0 Do\n"
    with pytest.raises(InputError, match="repeats its shapes"):
        read_figure(written(pdf(content, resources="/XObject<</M0 100 0 R>>", objects=forms)))


def test_an_image_may_be_larger_and_operators_may_not(written, monkeypatch):
    monkeypatch.setattr(reader, "_LARGEST", 400)
    image = stream_of(b"0" * 900, packed=True, more="/Subtype/Image/Width 30/Height 30")
    assert_steps(read_figure(written(pdf(PAGE, objects=[image]))))
    with pytest.raises(InputError, match="more than 400 bytes"):
        read_figure(written(pdf(PAGE, packed=True)))
    monkeypatch.setattr(pdf_page, "_MOST_BYTES", 400)
    with pytest.raises(InputError, match="more than 400 bytes of operators"):
        read_figure(written(pdf(PAGE)))


def test_a_file_that_is_too_large_is_refused(written, monkeypatch):
    monkeypatch.setattr("atrisk.evidence.curves.vector._LARGEST", 1000)
    with pytest.raises(InputError, match="more than 1,000 bytes"):
        read_figure(written(pdf(PAGE)))


def test_two_known_points_count_from_the_bottom_of_the_page(written):
    points = Axes(x_points=((100, 0), (500, 40)), y_points=((50, 0), (450, 1)))
    assert_steps(read_figure(written(pdf(pdf_line(STEPS))), points))
