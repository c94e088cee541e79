from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.report import format as form

P_VALUES = {
    0.0: "<0.001",
    0.00099999: "<0.001",
    0.001: "0.001",
    0.0123: "0.012",
    0.0449: "0.045",
    0.0494: "0.049",
    0.0496: "0.0496",
    0.04999: "0.04999",
    0.05: "0.050",
    0.0501: "0.050",
    0.2: "0.200",
    0.999: "0.999",
    0.9995: ">0.999",
    1.0: ">0.999",
}


@pytest.mark.parametrize(("value", "text"), P_VALUES.items())
def test_p_value(value, text):
    assert form.p_value(value) == text


@given(st.floats(0, 1))
def test_a_p_value_never_changes_its_side_of_five_percent(value):
    written = float(form.p_value(value).lstrip("<>"))
    assert (written < 0.05) == (value < 0.05)


@pytest.mark.parametrize(
    ("text", "equation"),
    [("<0.001", "P < 0.001"), (">0.999", "P > 0.999"), ("0.012", "P = 0.012")],
)
def test_p_equation_stays_on_one_line(text, equation):
    assert form.p_equation(text) == equation.replace(" ", form.NO_BREAK)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (1234567.891, 1, "1,234,567.9"),
        (-1.25, 2, f"{form.MINUS}1.25"),
        (-0.004, 2, "0.00"),
        (0.0, 0, "0"),
        (999.96, 1, "1,000.0"),
    ],
)
def test_fixed(value, places, text):
    assert form.fixed(value, places) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (12345, "12,345"), (21.32, "21.3")])
def test_count(value, text):
    assert form.count(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.64332, "64.3"), (1.0, "100.0"), (0.0, "0.0")])
def test_proportion_is_written_in_percent(value, text):
    assert form.proportion(value) == text


@pytest.mark.parametrize(
    ("unit", "places"), [("days", 0), ("weeks", 1), ("months", 1), ("years", 2), ("cycles", 2)]
)
def test_a_time_has_the_decimals_of_its_unit(unit, places):
    assert form.places_for_unit(unit) == places


@pytest.mark.parametrize(
    ("values", "places"), [([7, 52], 0), ([0.5, 3], 1), ([0.123456], 3), ([], 0), ([1e6 + 0.1], 1)]
)
def test_places_needed(values, places):
    assert form.places_needed(values) == places


@pytest.mark.parametrize(
    ("lower", "upper", "dash"),
    [
        ("1", "2", form.EN_DASH),
        (f"{form.MINUS}1", "2", " to "),
        ("0.76", "NR", form.EN_DASH),
    ],
)
def test_range_dash(lower, upper, dash):
    assert form.range_dash(lower, upper) == dash


@pytest.mark.parametrize(
    ("parts", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), ("abc", "a, b and c")]
)
def test_listing(parts, text):
    assert form.listing(parts) == text
