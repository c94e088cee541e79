"""The unit of time below an axis: one that is not the unit asked for is refused."""

from __future__ import annotations

import pytest

from atrisk.errors import InputError
from atrisk.evidence.curves.calibration import Axes
from atrisk.evidence.curves.document import reconstruct_file
from atrisk.evidence.curves.vector import read_figure, trace_figure
from atrisk.evidence.curves.vector_unit import units_in
from vector_kit import STEPS, path, svg, x_axis, y_axis

#: Five patients: the steps of the figure, 1, 0.8 and 0.5, ask for ten.
REQUEST = """schema = "atrisk-reconstruct/1"
title = "t"
source = "s"
{unit}
members = 1
[[curves]]
group = "a"
n = 10
figure = {{ file = "figure.svg" }}
"""


def text(words, x=300, y=480):
    return f'<text x="{x}" y="{y}" font-size="10" text-anchor="middle">{words}</text>'


@pytest.fixture
def figure(tmp_path):
    def write(*body, axes=None):
        file = tmp_path / "figure.svg"
        file.write_text(svg(path(STEPS), *body, axes=axes), encoding="utf-8")
        return file

    return write


@pytest.mark.parametrize(
    ("words", "unit"),
    [
        ("Years", "years"),
        ("Time (yrs)", "years"),
        ("Follow-up, mo", "months"),
        ("Time in weeks", "weeks"),
        ("Days after transplantation", "days"),
        ("Time [hours]", "hours"),
        ("Monate nach Randomisierung", "months"),
        ("Zeit (Jahre)", "years"),
        ("Tage", "days"),
        ("Tempo dal trapianto (mesi)", "months"),
        ("Anni dalla diagnosi", "years"),
        ("Settimane", "weeks"),
        ("Giorni", "days"),
    ],
)
def test_labels_name_units_in_three_languages(figure, words, unit):
    assert units_in(words) == {unit}
    other = "days" if unit != "days" else "months"
    with pytest.raises(InputError, match=f'unit asked for is {other}. Say unit = "{unit}"'):
        trace_figure(figure(text(words)), Axes(unit=other))
    assert len(trace_figure(figure(text(words)), Axes(unit=unit)).notes) == 1


@pytest.mark.parametrize(
    "words",
    [
        "Patients aged 60 years",
        "Most were seen again in the yearly visit",
        "Survival at one year of follow-up",
        "Time",
        "Figure 1. Overall survival by arm of all patients who were followed for years",
    ],
)
def test_other_texts_below_the_axis_name_none(figure, words):
    note = trace_figure(figure(text(words))).notes[-1]
    assert note == "no label of the time axis names a unit: months is the unit of the request"


def test_only_texts_by_the_axis_count_and_the_nearest_first(figure):
    inside, aside = text("Years", 300, 200), text("Years", 40, 480)
    for stray in (inside, aside):
        assert "names a unit" in trace_figure(figure(stray)).notes[-1]
    below = text("Months", y=480) + text("Years", y=496)
    assert len(trace_figure(figure(below)).notes) == 1
    with pytest.raises(InputError, match="labelled 'Years'"):
        trace_figure(figure(text("Years", y=480) + text("Months", y=496)))
    assert len(trace_figure(figure(text("Time (months or years)"))).notes) == 1


def test_times_given_for_the_axis_stand_and_the_label_is_told(figure):
    file = figure(text("Years"))
    traced = trace_figure(file, Axes(x_points=((100, 0), (500, 480))))
    assert traced.curve.time[-1] == pytest.approx(384)
    assert "labelled 'Years'; the times given for it were taken" in traced.notes[-1]


@pytest.mark.parametrize(("unit", "where"), [('unit = "months"', "line 4"), ("", "request.toml")])
def test_a_request_in_another_unit_points_at_its_key(figure, tmp_path, unit, where):
    file = figure(text("Years"))
    request = tmp_path / "request.toml"
    request.write_text(REQUEST.format(unit=unit), encoding="utf-8")
    with pytest.raises(InputError, match=f"{where}.*labelled 'Years'"):
        reconstruct_file(request)
    request.write_text(REQUEST.format(unit='unit = "years"'), encoding="utf-8")
    assert reconstruct_file(request).document["unit"] == "years"
    assert read_figure(file, Axes(unit="years")).unit == "years"


def test_the_document_says_that_the_unit_is_that_of_the_request(figure, tmp_path):
    figure()
    request = tmp_path / "request.toml"
    request.write_text(REQUEST.format(unit='unit = "days"'), encoding="utf-8")
    notes = reconstruct_file(request).document["groups"][0]["notes"]
    assert sum("days is the unit of the request" in note for note in notes) == 1


def test_a_rising_curve_without_its_kind_is_told_it(tmp_path):
    up = [(100, 450), (150, 450), (150, 410), (300, 410), (300, 370), (420, 370)]
    (tmp_path / "figure.svg").write_text(svg(path(up)), encoding="utf-8")
    request = tmp_path / "request.toml"
    request.write_text(REQUEST.format(unit=""), encoding="utf-8")
    with pytest.raises(InputError, match=r'rises from 0 to 0\.2.*say kind = "incidence"'):
        reconstruct_file(request)


def test_powers_with_a_factor_are_a_logarithmic_axis(figure):
    powers = "".join(
        f'<text x="90" y="{y}" font-size="10" text-anchor="end">{ten}</text>'
        f'<text x="91" y="{y - 4}" font-size="6">{power}</text>'
        for y, ten, power in (
            (450, "2 \xd7 10", "\u22121"),
            (250, "4 \xd7 10", "\u22121"),
            (50, "10", "0"),
        )
    )
    with pytest.raises(InputError, match="an axis is logarithmic"):
        trace_figure(figure(powers, axes=x_axis() + y_axis(("", "", ""))))
