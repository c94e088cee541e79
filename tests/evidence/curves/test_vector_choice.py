"""Which curve is meant: colours, dashes, legends and order, and refusals that list the curves."""

from __future__ import annotations

import pytest

from atrisk.errors import InputError
from atrisk.evidence.curves.choose import CurveChoice
from atrisk.evidence.curves.colours import distance, hex_colour
from atrisk.evidence.curves.vector import curves_in, trace_figure
from vector_kit import STEPS, path, svg

LOWER = [(x, y + 40) for x, y in STEPS]


@pytest.fixture
def figure(tmp_path):
    """Two solid curves, blue and red, a dashed black one and a legend."""
    blue, red = "stroke:#1f77b4;fill:none", "stroke:#d62728;fill:none"
    black = "stroke:#000;fill:none;stroke-dasharray:3 3"
    legend = "".join(
        path([(380, y), (400, y)], style) + f'<text x="405" y="{y + 3}" font-size="9">{text}</text>'
        for y, style, text in ((60, blue, "Arm A"), (75, red, "Arm B"), (90, black, "All"))
    )
    file = tmp_path / "figure.svg"
    shifted = [(x, y + 20) for x, y in STEPS]
    body = path(STEPS, blue) + path(LOWER, red) + path(shifted, black) + legend
    file.write_text(svg(body, '<text x="50" y="20">Alone</text>'), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("choice", "number"),
    [
        ({"colour": "#1f77b4"}, 1),
        ({"colour": "#1f76b5"}, 1),
        ({"colour": "steelblue"}, 1),
        ({"colour": "red"}, 2),
        ({"colour": "BLACK"}, 3),
        ({"dash": "dashed"}, 3),
        ({"dash": "solid", "order": 2}, 2),
        ({"order": 3}, 3),
        ({"legend": "Arm A"}, 1),
        ({"legend": "arm  b"}, 2),
        ({"legend": "all"}, 3),
    ],
)
def test_each_way_of_choosing(figure, choice, number):
    assert trace_figure(figure, None, CurveChoice(**choice)).found.number == number


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({}, r"3 curves of 3 fit the choice \(nothing chosen\)"),
        ({"dash": "solid"}, r"2 curves of 3 fit the choice \(dash solid\)"),
        ({"order": 4}, r"no curve of 3 fit the choice \(order 4\)"),
        ({"colour": "lime"}, r"no curve is clearly lime \(#00ff00\)"),
        ({"legend": "Arm C"}, "no text of the figure says so. Texts read: .*Arm A; Arm B"),
        ({"legend": "Alone"}, "no line is drawn beside it"),
    ],
)
def test_a_choice_that_fails_lists_what_there_is(figure, choice, said):
    with pytest.raises(InputError, match=said):
        trace_figure(figure, None, CurveChoice(**choice))


def test_a_refusal_names_colour_dash_width_vertices_and_ends(figure):
    with pytest.raises(InputError) as refused:
        trace_figure(figure)
    assert "2: #d62728, solid, width 1, 6 vertices, from (0, 0.9) to (32, 0.4)" in str(
        refused.value
    )
    assert str(curves_in(figure)[2]).startswith("3: #000000, dashed")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"colour": "reddish"}, "give #rrggbb or one of black"),
        ({"dash": "dotted"}, "give 'solid' or 'dashed'"),
        ({"order": 0}, "counted from 1"),
        ({"page": 0}, "counted from 1"),
    ],
)
def test_what_cannot_be_a_choice_is_refused(wrong, said):
    with pytest.raises(InputError, match=said):
        CurveChoice(**wrong)


def test_colours_as_written():
    assert hex_colour("#ABC") == "#aabbcc"
    assert hex_colour("#11223344") == "#112233"
    assert hex_colour("rgba(255, 0, 10, 0.5)") == "#ff000a"
    assert hex_colour("transparent") is None
    assert distance("#000000", "#000000") == 0
    assert distance("#ff0000", "#ee0000") < distance("#ff0000", "#0000ff")
