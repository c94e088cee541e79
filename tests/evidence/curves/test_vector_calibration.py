"""Axes: labels and tick marks, what the user gives instead, and axes that are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.errors import InputError
from atrisk.evidence.curves.calibration import Axes, calibrate
from atrisk.evidence.curves.svg import read_svg
from atrisk.evidence.curves.vector import read_figure, trace_figure
from atrisk.evidence.curves.vector_ticks import Scale, number_of
from vector_kit import STEPS, TIMES, VALUES, path, svg, x_axis, y_axis


@pytest.fixture
def written(tmp_path):
    def write(text):
        file = tmp_path / "figure.svg"
        file.write_text(text, encoding="utf-8")
        return file

    return write


@given(
    first=st.floats(-50, 50),
    step=st.floats(0.5, 1000),
    start=st.integers(20, 200),
    wide=st.integers(60, 120),
)
def test_any_linear_axis_is_found(first, step, start, wide):
    values = [round(first + step * at, 4) for at in range(4)]
    places = [start + wide * at for at in range(4)]
    text = svg(axes=x_axis(values, places) + y_axis(x=start - 30))
    scale = calibrate(read_svg(text.encode(), "a.svg"), Axes()).x
    for place, value in zip(places, values, strict=True):
        assert scale.value(place) == pytest.approx(value, abs=2e-4)
        assert scale.position(value) == pytest.approx(place, abs=1e-3 * wide)


@given(st.floats(-100, 100), st.floats(0.01, 1e4), st.floats(-1e3, 1e3), st.floats(0.01, 1e3))
def test_a_scale_goes_through_its_points_and_back(position, apart, value, rise):
    scale = Scale.through((position, value), (position + apart, value + rise))
    assert scale.value(position) == pytest.approx(value, rel=1e-7, abs=1e-6)
    assert scale.position(value + rise) == pytest.approx(position + apart, rel=1e-6, abs=1e-5)


def test_two_points_given_for_each_axis_need_no_labels(written):
    file = written(svg(path(STEPS), axes=""))
    points = Axes(x_points=((200, 10), (400, 30)), y_points=((50, 1), (250, 0.5)))
    read = trace_figure(file, points)
    assert read.curve.time == pytest.approx(TIMES)
    assert read.curve.value == pytest.approx(VALUES)
    assert read.calibration == ("two points given", "two points given")


def test_values_of_the_first_and_last_tick_stand_for_labels_drawn_as_shapes(written):
    bare = svg(path(STEPS), axes=x_axis([""] * 5) + y_axis([""] * 3))
    read = trace_figure(written(bare), Axes(x_ticks=(0, 4), y_ticks=(0, 100), percent=True))
    assert read.curve.time == pytest.approx([one / 10 for one in TIMES])
    assert read.curve.value == pytest.approx(VALUES)
    assert read.calibration[0] == "the values of 5 tick marks"


@pytest.mark.parametrize("labels", [("0", "50", "100"), ("0%", "50%", "100%")])
def test_percent_is_seen_by_its_labels(written, labels):
    text = svg(path(STEPS), axes=x_axis() + y_axis(labels))
    assert read_figure(written(text)).value == pytest.approx(VALUES)


def test_percent_may_be_said_or_denied(written):
    small = svg(path(STEPS), axes=x_axis() + y_axis(("0", "0.5", "1")))
    assert read_figure(written(small), Axes(percent=True)).value[0] == pytest.approx(0.01)
    large = svg(path(STEPS), axes=x_axis() + y_axis(("0", "50", "100")))
    with pytest.raises(InputError, match="outside 0 to 1"):
        read_figure(written(large), Axes(percent=False))


def test_labels_without_tick_marks_give_a_coarser_scale(written):
    text = svg(path(STEPS), axes=x_axis() + y_axis())
    without = text.replace("stroke:#000;fill:none", "stroke:none;fill:none")
    read = trace_figure(written(without))
    assert read.calibration[0] == "5 tick labels, without marks"
    assert read.curve.time == pytest.approx(TIMES, abs=0.15)
    # A tenth of the height of a letter of 10 units beside half a unit of the line's coordinates.
    assert read.curve.precision_time == pytest.approx(0.1 * (1.0 + 0.5))


def test_grid_lines_serve_as_tick_marks(written):
    grid = "".join(path([(x, 50), (x, 450)], "stroke:#ccc;fill:none") for x in range(100, 501, 100))
    labels = "".join(
        f'<text x="{100 + 100 * at}" y="466" font-size="10" text-anchor="middle">{10 * at}</text>'
        for at in range(5)
    )
    read = trace_figure(written(svg(path(STEPS), axes=grid + labels + y_axis())))
    assert "5 of them with marks" in read.calibration[0]
    assert read.curve.time == pytest.approx(TIMES)


def test_a_table_of_numbers_at_risk_is_no_axis(written):
    rows = "".join(
        f'<text x="{100 + 100 * at}" y="{y}" font-size="10" text-anchor="middle">{n}</text>'
        for y, row in ((485, (90, 61, 40, 22, 5)), (497, (3, 9, 12, 15, 30)))
        for at, n in enumerate(row)
    )
    assert read_figure(written(svg(path(STEPS), rows))).time == pytest.approx(TIMES)


def test_a_logarithmic_axis_is_refused(written):
    log = x_axis((1, 10, 100, 1000, 10000))
    with pytest.raises(InputError, match=r"x axis is logarithmic \(1, 10, 100"):
        read_figure(written(svg(path(STEPS), axes=log + y_axis())))


def test_a_broken_axis_is_refused(written):
    broken = x_axis((0, 6, 12, 60, 120))
    with pytest.raises(InputError, match=r"no tick labels of the x axis .* in a straight line"):
        read_figure(written(svg(path(STEPS), axes=broken + y_axis())))


def test_labels_that_are_no_text_are_named_as_the_cause(written):
    with pytest.raises(InputError, match=r"as text .*x_points.*x_ticks"):
        read_figure(written(svg(path(STEPS), axes="")))
    with pytest.raises(InputError, match="no row of evenly spaced tick marks"):
        read_figure(written(svg(path(STEPS), axes="")), Axes(x_ticks=(0, 1)))


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ({"x_points": ((1, 0), (1, 5))}, "two points of an axis differ"),
        ({"y_points": ((1, 5), (2, 5))}, "two points of an axis differ"),
        ({"x_ticks": (3, 3)}, "the first and last tick have two values"),
        ({"area": (5, 5, 1, 9)}, "give left, top, right, bottom"),
    ],
)
def test_what_cannot_be_an_axis_is_refused(written, axes, said):
    with pytest.raises(InputError, match=said):
        read_figure(written(svg(path(STEPS))), Axes(**axes))


def test_several_plots_are_refused_until_one_is_chosen(written):
    left = x_axis(places=(100, 200, 300, 400, 500)) + y_axis() + path(STEPS)
    right = f'<g transform="translate(520 0) scale(0.5 1)">{left}</g>'
    file = written(svg(left, right, axes=""))
    with pytest.raises(InputError, match="several plots stand on the page"):
        read_figure(file)
    for area in ((60, 0, 535, 500), (545, 0, 800, 500)):
        assert read_figure(file, Axes(area=area)).time == pytest.approx(TIMES)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,200", 1200),
        (".5", 0.5),
        ("5.", 5),
        ("+3", 3),
        ("n = 3", None),
        ("1.2.3", None),
        ("", None),
    ],
)
def test_numbers_of_labels(text, value):
    assert number_of(text) == value
