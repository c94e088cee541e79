"""Numbers as printed: what they say, and which exact values they may stand for."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.evidence.printed import is_whole, parse_printed


@pytest.mark.parametrize(
    ("text", "relation", "value", "decimals"),
    [
        ("58", "=", Fraction(58), 0),
        ("38.4", "=", Fraction(192, 5), 1),
        ("38·4", "=", Fraction(192, 5), 1),
        ("3,665", "=", Fraction(3665), 0),
        ("12,345,678", "=", Fraction(12345678), 0),
        (".05", "=", Fraction(1, 20), 2),
        ("<0.001", "<", Fraction(1, 1000), 3),
        ("≤ 60", "<=", Fraction(60), 0),
        (">90%", ">", Fraction(90), 0),
        ("≥20", ">=", Fraction(20), 0),
        ("~30", "~", Fraction(30), 0),
        ("-0.5", "=", Fraction(-1, 2), 1),
        ("\u22120.5", "=", Fraction(-1, 2), 1),
        ("1.2e-5", "=", Fraction(12, 10**6), 6),
        ("1.2e5", "=", Fraction(120000), -4),
        ("Forty-seven", "=", Fraction(47), 0),
        ("Twenty two", "=", Fraction(22), 0),
        ("none", "=", Fraction(0), 0),
        ("29%", "=", Fraction(29), 0),
    ],
)
def test_what_the_digits_say(text, relation, value, decimals):
    found = parse_printed(text)
    assert (found.relation, found.value, found.decimals) == (relation, value, decimals)


@pytest.mark.parametrize("text", ["not reached", "NR", "Not reported", "all"])
def test_a_number_that_is_named_and_not_given(text):
    assert parse_printed(text) is None
    assert is_whole(text) == (text == "all")


@pytest.mark.parametrize("text", ["", "many", "12 of 58", "1,23", "5-6", "0.1.2", "< "])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match="is not a number as printed"):
        parse_printed(text)


@pytest.mark.parametrize(
    ("text", "exact", "admitted"),
    [
        ("22", Fraction(43, 2), True),  # half up, half even: 21.5 is 22
        ("22", Fraction(45, 2), True),  # half even and cut off: 22.5 is 22
        ("23", Fraction(45, 2), True),  # half up: 22.5 is 23
        ("22", Fraction(2299, 100), True),  # cut off
        ("22", Fraction(23), False),
        ("22", Fraction(2149, 100), False),
        ("0.05", Fraction(599, 10000), True),
        ("0.05", Fraction(6, 100), False),
        ("-0.5", Fraction(-59, 100), True),  # cut off towards zero
        ("-0.5", Fraction(-6, 10), False),
        ("-0.5", Fraction(-45, 100), True),
        ("<0.001", Fraction(1, 1000), False),
        ("<0.001", Fraction(1, 2000), True),
        ("≤60", Fraction(60), True),
        (">90", Fraction(90), False),
        (">90", Fraction(901, 10), True),
        ("≥20", Fraction(20), True),
        ("~30", Fraction(45), True),
        ("1.2e5", Fraction(124999), True),
        ("1.2e5", Fraction(130000), False),
    ],
)
def test_every_way_of_rounding_is_admitted_and_no_other(text, exact, admitted):
    assert parse_printed(text).admits(exact) is admitted


def test_slack_is_for_floating_point_only():
    printed = parse_printed("0.12")
    assert not printed.admits(0.13)
    assert printed.admits(0.13, slack=1e-9)
    assert not printed.admits(0.131, slack=1e-9)


def test_an_interval_meets_where_one_of_its_values_is_admitted():
    printed = parse_printed("22")
    assert printed.meets(Fraction(10), Fraction(43, 2))
    assert printed.meets(Fraction(2299, 100), Fraction(40))
    assert not printed.meets(Fraction(23), Fraction(40))  # 23 is printed 23
    assert not printed.meets(Fraction(10), Fraction(21))


@given(st.fractions(min_value=-1000, max_value=1000), st.integers(0, 4))
def test_a_number_rounded_half_even_or_cut_off_is_admitted(exact, decimals):
    scale = 10**decimals
    cut = int(exact * scale)  # towards zero
    for digits in (round(exact * scale), cut):
        text = f"{'-' if digits < 0 else ''}{abs(digits) // scale}"
        if decimals:
            text += f".{abs(digits) % scale:0{decimals}d}"
        if digits == 0 and exact < 0:  # printed -0.0 or 0.0: the sign is lost
            continue
        assert parse_printed(text).admits(exact), text
