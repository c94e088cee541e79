"""Curves out of hand-written SVG files: transforms, styles, pieces, marks and what is refused."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest

from atrisk.errors import InputError
from atrisk.evidence.curves.calibration import Axes
from atrisk.evidence.curves.choose import CurveChoice
from atrisk.evidence.curves.svg import read_svg
from atrisk.evidence.curves.svg_path import path_lines, transform
from atrisk.evidence.curves.vector import curves_in, read_figure, trace_figure
from vector_kit import STEPS, TIMES, VALUES, path, svg, x_axis, y_axis

RED = "stroke:#d62728;stroke-width:1.5;fill:none"


@pytest.fixture
def written(tmp_path):
    def write(text):
        file = tmp_path / "figure.svg"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def assert_steps(curve, times=TIMES, values=VALUES):
    np.testing.assert_allclose(curve.time, times, atol=1e-9)
    np.testing.assert_allclose(curve.value, values, atol=1e-9)


def test_a_plain_path_is_read_with_its_kind_unit_and_precision(written):
    curve = read_figure(written(svg(path(STEPS))), Axes(unit="weeks"))
    assert_steps(curve)
    assert (curve.kind, curve.unit) == ("survival", "weeks")
    # Whole numbers in the file: half a unit of the line and half a unit of the tick marks.
    assert curve.precision_time == pytest.approx(1.0 * 40 / 400)
    assert curve.precision_value == pytest.approx(1.0 / 400)


def test_more_decimals_give_a_finer_precision(written):
    moved = [(x + 0.25, y) for x, y in STEPS]
    marks = re.sub(r'd="M (\d+) (\d+) L', r'd="M \1.00 \2 L', x_axis() + y_axis())
    curve = read_figure(written(svg(path(moved), axes=marks)))
    assert curve.precision_time == pytest.approx(0.01 * 40 / 400)
    assert curve.time[1] == pytest.approx(5.025)


@pytest.mark.parametrize(
    "drawn",
    [
        '<path d="M100 50h50v80h150v120h120" style="{}"/>',
        '<path d="M 100,50 H 150 V 130 H 300 V 250 H 420" style="{}"/>',
        '<polyline points="100,50 150,50 150,130 300,130 300,250 420,250" style="{}"/>',
        '<path d="M 420 250 L 300 250 L 300 130 L 150 130 L 150 50 L 100 50" style="{}"/>',
        '<path d="m 100 50 50 0 0 80 150 0 m 0 0 0 120 120 0" style="{}"/>',
    ],
)
def test_every_way_of_writing_the_same_steps(written, drawn):
    curve = read_figure(written(svg(drawn.format(RED))))
    at = np.concatenate([[True], (np.diff(curve.time) != 0) | (np.diff(curve.value) != 0)])
    times, values = curve.time[at], curve.value[at]
    if times[0] > times[-1]:
        times, values = times[::-1], values[::-1]
    np.testing.assert_allclose(times, TIMES, atol=1e-9)
    np.testing.assert_allclose(values, VALUES, atol=1e-9)


def test_a_curve_is_given_in_the_order_of_time_though_drawn_backwards(written):
    assert_steps(read_figure(written(svg(path(STEPS[::-1])))))


@pytest.mark.parametrize("group", ["translate(100 50)", "matrix(1 0 0 1 100 50)"])
def test_nested_transforms(written, group):
    inner = [((x - 100) / 2, (y - 50) / -4) for x, y in STEPS]
    body = f'<g transform="{group}"><g transform="scale(2)">'
    body += f'<g transform="scale(1 -2)">{path(inner)}</g></g></g>'
    assert_steps(read_figure(written(svg(body))))


def test_a_rotated_figure_in_a_nested_svg(written):
    turned = [(y, -x) for x, y in STEPS]
    body = '<svg x="10" y="20"><g transform="translate(-10 -20) rotate(90)">'
    curve = read_figure(written(svg(body + path(turned) + "</g></svg>")))
    np.testing.assert_allclose(curve.value, VALUES, atol=1e-9)


def test_transforms_and_paths_by_hand():
    assert transform("rotate(90 10 0)") == pytest.approx((0, 1, -1, 0, 10, -10))
    assert transform("skewX(45)") == pytest.approx((1, 0, 1, 1, 0, 0))
    assert transform("skewY(45)") == pytest.approx((1, 1, 0, 1, 0, 0))
    assert transform("turn(3)") == (1, 0, 0, 1, 0, 0)
    curved = path_lines("M0 0 C 1 1 2 2 3 3 a1 1 0 015 5 z l 1 0")
    assert curved[0].points == [(0, 0), (3, 3), (8, 8)]
    assert (curved[0].curved, curved[0].closed) == (True, True)
    assert curved[1].points == [(0, 0), (1, 0)]
    assert path_lines("M 0 0 L 1 1 L 2")[0].points == [(0, 0), (1, 1)]


def test_styles_come_from_groups_attributes_and_style_sheets(written):
    plain = '<path class="{}" d="M100 50H150V130H300V250H420"/>'
    sheet = "<style>path.b {stroke: #0f0} .a {stroke: rgb(0,0,255); fill: none}"
    sheet += "g .b {stroke: red; fill:none}</style>"
    body = sheet + plain.format("a") + plain.format("b")
    body += '<g stroke="red" fill="none" stroke-dasharray="4 2">' + plain.format("") + "</g>"
    body += '<g style="display:none">' + plain.format("a") + "</g>"
    found = curves_in(written(svg(body)))
    assert [one.colour for one in found] == ["#0000ff", "#00ff00", "#ff0000"]
    assert [one.dash for one in found] == [(), (), (4.0, 2.0)]
    assert found[0].first == pytest.approx((0, 1))
    assert found[0].last == pytest.approx((32, 0.5))
    assert found[0].vertices == 6


def test_pieces_of_one_line_are_put_together_in_any_order(written):
    pieces = [path(STEPS[at : at + 2]) for at in range(5)]
    for order in ([0, 1, 2, 3, 4], [4, 0, 2, 1, 3]):
        found = curves_in(written(svg(*(pieces[at] for at in order))))
        assert len(found) == 1
        corners = np.unique(np.round(found[0].chain.points, 6), axis=0)
        assert len(corners) == 6


def test_level_parts_without_upright_ones_are_one_curve(written):
    levels = [[(100 + 50 * at, 50 + 40 * at), (150 + 50 * at, 50 + 40 * at)] for at in range(7)]
    curve = read_figure(written(svg(*(path(one) for one in levels))))
    assert curve.time[0] == pytest.approx(0)
    assert sorted(set(np.round(curve.value, 6))) == pytest.approx(
        [1 - 0.1 * k for k in range(6, -1, -1)]
    )


def test_dashes_drawn_as_pieces_are_bridged_and_widen_the_precision(written):
    dashes = [[(100 + 15 * at, 50 + 8 * at), (110 + 15 * at, 50 + 8 * at)] for at in range(20)]
    read = trace_figure(written(svg(*(path(one) for one in dashes))))
    # The corner lies anywhere in a gap of 5 units: half of it to either side.
    assert read.curve.precision_time == pytest.approx((2.5 + 1.0) * 0.1)
    assert any("bridged" in note for note in read.notes)
    assert read.curve.time[1] == pytest.approx(1.0)
    assert read.curve.time[2] == pytest.approx(1.25)


def test_what_a_clip_hides_is_not_read(written):
    clip = '<clipPath id="c"><rect x="100" y="50" width="150" height="400"/></clipPath>'
    curve = read_figure(written(svg(clip, path(STEPS, more='clip-path="url(#c)"'))))
    assert_steps(curve, [0, 5, 5, 15], [1, 1, 0.8, 0.8])


def test_marks_on_the_curve_are_censor_times(written):
    ticks = [(120, 50), (200, 130), (250, 130), (350, 250)]
    upright = "".join(path([(x, y - 4), (x, y + 4)]) for x, y in ticks)
    standing = path([(400, 250), (400, 242)])
    aside = path([(220, 200), (220, 208)])
    axis = path([(240, 450), (240, 455)])
    read = trace_figure(written(svg(path(STEPS), upright, standing, aside, axis)))
    assert read.censor_times == pytest.approx((2, 10, 15, 25, 30))


def test_markers_of_a_definition_used_many_times(written):
    cross = '<defs><path id="m" d="M -3 0 L 3 0 M 0 3 L 0 -3" style="stroke:#d62728"/></defs>'
    uses = "".join(
        f'<use xlink:href="#m" x="{x}" y="{y}"/>' for x, y in [(200, 130), (200, 130), (350, 250)]
    )
    black = '<g stroke="black">' + path([(250, 126), (250, 134)], "fill:none") + "</g>"
    read = trace_figure(written(svg(path(STEPS), cross, uses, black)))
    assert read.censor_times == pytest.approx((10, 25))


def test_marks_of_another_colour_count_where_there_are_no_others_and_are_noted(written):
    circle = '<circle cx="350" cy="250" r="3" style="stroke:#000;fill:#fff"/>'
    read = trace_figure(written(svg(path(STEPS), circle)))
    assert read.censor_times == pytest.approx((25,))
    assert any("another colour" in note for note in read.notes)
    assert trace_figure(written(svg(path(STEPS)))).censor_times is None


def test_marks_at_every_step_are_not_censoring(written):
    long = [(100, 50)]
    for at in range(6):
        x, y = 140 + 40 * at, 50 + 40 * at
        long += [(x, y), (x, y + 40)]
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="2" style="fill:#d62728"/>' for x, y in long[2::2])
    read = trace_figure(written(svg(path(long), dots)))
    assert read.censor_times is None
    assert any("every step" in note for note in read.notes)


def test_a_band_is_not_taken_for_the_curve(written):
    lower = [(x, y + 20) for x, y in STEPS]
    area = path([*STEPS, *lower[::-1]], "fill:#fbb;stroke:none")
    dotted = path(lower, RED + ";stroke-dasharray:1 2")
    upper = path([(x, y - 10) for x, y in STEPS], RED + ";stroke-dasharray:1 2")
    file = written(svg(area, dotted, path(STEPS), upper))
    assert len(curves_in(file)) == 3
    assert_steps(read_figure(file))
    below = read_figure(file, None, CurveChoice(dash="dashed", order=1))
    assert below.value[0] == pytest.approx(0.95)


def test_an_incidence_curve_rises(written):
    rising = [(x, 500 - y) for x, y in STEPS]
    curve = read_figure(written(svg(path(rising))))
    assert curve.kind == "incidence"
    np.testing.assert_allclose(curve.value, 1 - np.array(VALUES), atol=1e-9)


def test_a_line_painted_twice_is_one_curve(written):
    assert len(curves_in(written(svg(path(STEPS), path(STEPS))))) == 1


def test_a_corner_of_the_axes_is_no_curve(written):
    corner = path([(100, 50), (100, 450), (500, 450)])
    assert len(curves_in(written(svg(corner, path(STEPS))))) == 1
    corners = [(100, 50), (500, 50), (500, 450), (100, 450)]
    sides = [
        path([one, other]) for one, other in zip(corners, corners[1:] + corners[:1], strict=True)
    ]
    assert len(curves_in(written(svg(*sides, path(STEPS))))) == 1
    one_fall = path([(100, 50), (400, 50), (400, 90)])
    assert len(curves_in(written(svg(one_fall)))) == 1


def test_a_leaning_line_is_refused(written):
    halved = [*STEPS[:4], (320, 250), (420, 250)]
    with pytest.raises(InputError, match="leans instead of going in steps"):
        read_figure(written(svg(path(halved))))


def test_rounded_steps_are_noted_and_coarsen_the_precision(written):
    off = [(100.25, 50.25), (150.25, 50.5), (150.25, 130.25), (420.25, 130.25)]
    read = trace_figure(written(svg(path(off))))
    assert read.curve.precision_value > 0.5 / 400
    assert any("simplified" in note for note in read.notes)


def test_a_curve_outside_its_axis_is_refused(written):
    high = [(x, y - 40) for x, y in STEPS]
    with pytest.raises(InputError, match=r"from 1\.100 to 0\.600, outside 0 to 1"):
        read_figure(written(svg(path(high))))


def test_a_figure_without_steps_says_what_is_in_it(written):
    smooth = path([(100 + 20 * at, 50 + 15 * at) for at in range(15)])
    with pytest.raises(InputError, match="100% of the curve leans instead of going in steps"):
        read_figure(written(svg(smooth)))
    with pytest.raises(InputError, match="no line goes in steps"):
        read_figure(written(svg(path([(100, 50), (420, 50)]))))
    with pytest.raises(InputError, match=r"picture of 1 image\(s\) without lines"):
        read_figure(written(svg('<image x="100" y="50" width="400" height="400"/>')))


def test_declared_entities_are_refused_and_a_doctype_alone_is_not(written):
    head = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://w3.org/svg11.dtd">'
    assert_steps(read_figure(written(svg(path(STEPS), head=head))))
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    with pytest.raises(InputError, match="declares XML entities"):
        read_figure(written(svg(path(STEPS), "<text>&b;</text>", head=bomb)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<svg", "cannot be read as SVG"),
        ("", "cannot be read as SVG"),
        ("<?xml version='1.0' encoding='utf-88'?><svg/>", "unknown encoding"),
        ("<html/>", "first element is <html>"),
        ("<svg><g>" + "</g></svg>"[:4], "cannot be read as SVG"),
    ],
)
def test_broken_files_are_refused(written, text, said):
    with pytest.raises(InputError, match=said):
        read_figure(written(text))


def test_references_without_end_are_refused():
    loop = '<svg><g id="a"><use href="#a"/></g></svg>'
    with pytest.raises(InputError, match="deep"):
        read_svg(loop.encode(), "loop.svg")
    levels = "".join(
        f'<g id="l{at}">' + f'<use href="#l{at + 1}"/>' * 10 + "</g>" for at in range(8)
    )
    text = f'<svg xmlns="http://www.w3.org/2000/svg"><defs>{levels}</defs><use href="#l0"/></svg>'
    with pytest.raises(InputError, match="repeats its shapes"):
        read_svg(text.encode(), "wide.svg")


def test_numbers_beyond_computing_are_left_out(written):
    endless = path([(0, 0), ("1e999", 3), (5, "2.123e-99999")])
    large = f'<g transform="scale(1e200) scale(1e200)">{path(STEPS)}</g>'
    file = written(svg(path(STEPS), endless, large))
    assert len(curves_in(file)) == 1
    assert_steps(read_figure(file))


def test_any_damage_gives_a_curve_or_a_refusal(tmp_path):
    whole = svg(path(STEPS)).encode()
    rng = np.random.default_rng(3)
    for _ in range(60):
        damaged = bytearray(whole)
        for at in rng.integers(0, len(whole), 3):
            damaged[at] = int(rng.integers(32, 127))
        (tmp_path / "damaged.svg").write_bytes(bytes(damaged))
        try:
            read_figure(tmp_path / "damaged.svg")
        except InputError:
            continue


def test_texts_made_to_slow_a_search_down_are_read_at_once(written):
    start = time.perf_counter()
    path_lines("M0 0 A " + "1" * 20_000 + " x")
    transform("(" * 20_000 + "a" * 20_000)
    figure = svg(path(STEPS), "<style>" + "a" * 50_000 + "</style>")
    assert_steps(read_figure(written(figure)))
    # Seconds on a busy machine; searches that go back and forth would take minutes.
    assert time.perf_counter() - start < 10


def test_too_many_points_are_refused(monkeypatch):
    monkeypatch.setattr("atrisk.evidence.curves.vector_shapes.MOST_POINTS", 10)
    with pytest.raises(InputError, match="more than 10 points"):
        read_svg(svg(path(STEPS), path(STEPS)).encode(), "map.svg")


def test_page_numbers_suffixes_and_missing_files(written, tmp_path):
    file = written(svg(path(STEPS)))
    with pytest.raises(InputError, match="an SVG has one page"):
        read_figure(file, None, CurveChoice(page=2))
    with pytest.raises(InputError, match="cannot be read"):
        read_figure(tmp_path / "none.svg")
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(InputError, match="pixels are not read"):
        read_figure(tmp_path / "a.png")
    (tmp_path / "a.eps").write_bytes(b"x")
    with pytest.raises(InputError, match=r"from \.pdf and \.svg"):
        read_figure(tmp_path / "a.eps")
