"""Counts behind percentages, against a walk over every count."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.evidence.record.counts import attainable, derived_counts, whole
from atrisk.evidence.record.doses import printed_dose


def rounded(k, n, decimals):
    exact = Decimal(100 * k) / Decimal(n)
    unit = Decimal(1).scaleb(-decimals)
    return {str(exact.quantize(unit, how)) for how in (ROUND_HALF_UP, ROUND_HALF_EVEN)}


@given(st.integers(1, 400), st.data(), st.sampled_from([0, 1]))
def test_derived_counts_are_those_that_round_so(n, data, decimals):
    k = data.draw(st.integers(0, n))
    for text in rounded(k, n, decimals):
        found = derived_counts(text, n)
        walked = [c for c in range(n + 1) if text in rounded(c, n, decimals)]
        # half even and half up are two readings of a tie: each count of the walk is found
        assert set(walked) <= set(found)
        assert k in found
        assert set(found) <= set(range(n + 1))
        assert all(attainable(text, n, c) for c in walked)


@pytest.mark.parametrize(
    ("percent", "n", "counts"),
    [
        ("80.7", 109, (88,)),
        ("29.4", 109, (32,)),
        ("33.3", 109, ()),
        ("96", 33, ()),
        ("2", 131, (2, 3)),
        ("8", 80, (6,)),
        ("100", 43, (43,)),
        ("100", 300, (299, 300)),
        ("0", 18, (0,)),
        ("<1", 164, ()),
        ("not reported", 33, ()),
    ],
)
def test_derived_counts(percent, n, counts):
    assert derived_counts(percent, n) == counts


def test_a_percentage_may_be_cut_off():
    assert attainable("96", 33, 32)
    assert not attainable("33.3", 109)
    assert attainable("not reported", 33)


def test_whole_numbers():
    assert whole("3,665") == 3665
    assert whole("Twenty-one") == 21
    assert whole("no") == 0
    assert whole("7.5") is None
    assert whole("<3") is None
    assert whole("not reached") is None
    assert whole(None) is None


def test_doses_and_ranges():
    assert printed_dose("0.8").text == "0.8"
    assert printed_dose("1.3\N{EN DASH}1.8").text == "1.3-1.8"
    assert printed_dose("2").text == "2"
