"""The rate of a whole and of its parts: by hand, and against every small division."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.evidence.audit.check import Verdict
from atrisk.evidence.printed import parse_printed
from audit_kit import cohort, counted, found, only, stated

RULE = "rates of a whole and its parts"


def mixture(n, whole, *parts, sizes=None, counts=None, complete=True):
    sizes, counts = sizes or [None] * len(parts), counts or [None] * len(parts)
    names = [f"part_{place}" for place in range(len(parts))]
    sets = [
        stated("set", name, label=name, within="everyone", **({} if size is None else {"n": size}))
        for name, size in zip(names, sizes, strict=True)
    ]
    rates = [
        counted(f"rate_{name}", k, of=name, percent=percent, quantity="sos")
        for name, percent, k in zip(names, parts, counts, strict=True)
    ]
    return (
        cohort(n),
        *sets,
        counted("rate", percent=whole, quantity="sos"),
        *rates,
        stated("partition", "split", of="everyone", parts=names, complete=complete),
    )


def test_17_percent_of_36_is_no_mixture_of_17_and_7_percent():
    check = only(RULE, *mixture("36", "17", "17", "7"))
    assert check.verdict is Verdict.IMPOSSIBLE
    assert check.numbers == ("rate.percent", "rate_part_0.percent", "rate_part_1.percent")
    # six of 36; 1 of 13 to 15, or 2 of 26 to 30, is 7 %: 5 of 23 at the least, 4 of 6 at the most
    assert "With the others as printed, the rate of 'part_0' is 21.7 to 66.7 %." in check.arithmetic
    assert "the rate of 'part_1'" not in check.arithmetic  # 0 to 16.7 %: 7 % is between
    assert [trial.meets for trial in check.tried] == [False, False]


def test_with_23_percent_in_one_part_the_three_rates_fit():
    check = only(RULE, *mixture("36", "17", "23", "7"))
    assert (check.verdict, check.bound) == (Verdict.CONSISTENT, True)  # 5 of 22 and 1 of 14


@pytest.mark.parametrize(
    ("sizes", "counts", "verdict"),
    [
        (["22", "14"], ["5", "1"], Verdict.CONSISTENT),
        ([None, "14"], [None, None], Verdict.CONSISTENT),
        (["26", "10"], [None, None], Verdict.IMPOSSIBLE),  # of 10 or fewer none is 7 %
        ([None, None], ["9", None], Verdict.IMPOSSIBLE),  # 9 is 23 % of 38 or more
    ],
)
def test_printed_sizes_and_counts_of_the_parts_are_kept(sizes, counts, verdict):
    check = only(RULE, *mixture("36", "17", "23", "7", sizes=sizes, counts=counts))
    assert check.verdict is verdict


def test_fewer_patients_than_the_set_has_are_tried_for_missing_values():
    check = only(RULE, *mixture("11", "50", "50", "50"))  # 11 is odd
    assert (check.verdict, check.method) == (
        Verdict.CONSISTENT,
        "fewer than 11, for missing values",
    )


@pytest.mark.parametrize(
    "statements",
    [
        mixture("36", "17", "17", "7", complete=False),
        mixture("not reported", "17", "17", "7"),
        mixture("5000", "17", "17", "7"),
        mixture("36", "17", "17", "7")[:-2] + mixture("36", "17", "17", "7")[-1:],
    ],
)
def test_nothing_is_said_without_a_size_a_division_or_all_rates(statements):
    assert found(RULE, *statements) == []


@given(
    n=st.integers(2, 14),
    texts=st.lists(st.integers(0, 100).map(str), min_size=3, max_size=3),
)
def test_it_finds_what_a_search_of_every_division_finds(n, texts):
    whole, *parts = (parse_printed(text) for text in texts)
    attained = any(
        parts[0].admits(Fraction(100 * k_1, n_1))
        and parts[1].admits(Fraction(100 * k_2, n_2))
        and whole.admits(Fraction(100 * (k_1 + k_2), n_1 + n_2))
        for n_1, n_2 in product(range(1, n), repeat=2)
        if n_1 + n_2 <= n
        for k_1, k_2 in product(range(n_1 + 1), range(n_2 + 1))
    )
    check = only(RULE, *mixture(str(n), texts[0], *texts[1:]))
    assert (check.verdict is Verdict.CONSISTENT) == attained


@given(st.tuples(st.integers(1, 20), st.integers(1, 20)), st.data())
def test_rates_of_real_counts_are_never_a_finding(sizes, data):
    counts = [data.draw(st.integers(0, size)) for size in sizes]
    percents = [f"{100 * k / n:.0f}" for k, n in zip(counts, sizes, strict=True)]
    total = f"{100 * sum(counts) / sum(sizes):.0f}"
    check = only(RULE, *mixture(str(sum(sizes)), total, *percents))
    assert check.verdict is Verdict.CONSISTENT
