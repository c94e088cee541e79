from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.report import format as form
from atrisk.report.language import using, word

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


@pytest.mark.parametrize(
    ("code", "decimal", "text"),
    [
        ("en", None, "1,234.5"),
        ("en", ",", "1.234,5"),
        ("de", None, "1.234,5"),
        ("it", ".", "1,234.5"),
    ],
)
def test_a_number_has_the_marks_of_its_language(code, decimal, text):
    with using(code, decimal):
        assert form.fixed(1234.5, 1) == text
        assert form.fixed(-1234.5, 1) == form.MINUS + text


@pytest.mark.parametrize("code", ["de", "it"])
def test_every_number_has_a_decimal_comma_where_the_language_has(code):
    with using(code):
        assert form.p_value(0.0123) == "0,012"
        assert form.p_value(0.0001) == "<0,001"
        assert form.p_value(0.9999) == ">0,999"
        assert form.ratio(0.0471) == "0,047"
        assert form.ratio(2e7) == ">99.999"
        assert form.ratio(1e-9) == "<0,001"
        assert form.proportion(0.6433) == "64,3"
        assert form.percent(12.25) == "12,2"
        assert form.count(12345) == "12.345"
        assert form.count(21.32) == "21,3"
        assert form.general(-0.25) == form.MINUS + "0,25"
        assert form.general(100.0) == "100"


def test_words_between_numbers_are_of_the_language():
    below = form.MINUS + "0,1"
    with using("de"):
        assert form.range_dash(below, "0,2") == " bis "
        assert form.range_dash("1,2", "3,4") == form.EN_DASH
        assert form.listing(["a", "b", "c"]) == "a, b und c"
    with using("it"):
        assert form.range_dash(below, "0,2") == " a "
        assert form.listing(["a", "b"]) == "a e b"


@pytest.mark.parametrize(
    ("code", "text"),
    [("en", "31 March 2023"), ("de", "31. März 2023"), ("it", "31 marzo 2023")],
)
def test_a_date_in_a_sentence(code, text):
    with using(code):
        assert form.day("2023-03-31") == text


@pytest.mark.parametrize("code", ["en", "de", "it"])
def test_a_unit_has_its_decimals_in_every_language(code):
    with using(code):
        assert [form.places_for_unit(word(unit)) for unit in ("days", "months", "years")] == [
            0,
            1,
            2,
        ]
        assert form.places_for_unit("years") == 2


def test_a_number_beyond_the_digits_of_a_double_is_not_written_out():
    assert form.fixed(4.6e251, 1) == "4.6e+251"
    assert form.fixed(-1e15, 1) == f"{form.MINUS}1e+15"
    assert form.fixed(999_999_999_999.0, 1) == "999,999,999,999.0"
