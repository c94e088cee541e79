"""Sets within sets, parts of a whole, sums: with the roundings that they are printed with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.evidence.audit.check import Verdict
from audit_kit import cohort, counted, found, only, stated


def split(parts, *, complete=True, name="split", of="everyone"):
    return stated("partition", name, of=of, parts=list(parts), complete=complete)


def categories(*counts, percents=None):
    names = [f"part_{place}" for place in range(len(counts))]
    fields = [{} if percents is None else {"percent": p} for p in percents or counts]
    return names, [counted(n, k, **f) for n, k, f in zip(names, counts, fields, strict=True)]


@pytest.mark.parametrize(
    ("n", "verdict"),
    [("52", Verdict.CONSISTENT), ("58", Verdict.CONSISTENT), ("59", Verdict.IMPOSSIBLE)],
)
def test_a_set_is_no_larger_than_what_it_is_within(n, verdict):
    check = only("nested denominators", cohort(), cohort(n, "assessed", within="everyone"))
    assert check.verdict is verdict
    assert check.numbers == ("assessed.n",)


def test_a_printed_denominator_is_no_larger_than_its_set():
    beside = counted("sos", "5", of="transplanted", n="23", percent="23")
    transplanted = cohort("22", "transplanted", within="everyone")
    _, check = found("nested denominators", cohort("49"), transplanted, beside)
    assert check.verdict is Verdict.IMPOSSIBLE
    assert check.arithmetic == "23 is more than the 22 (all patients) that it is part of."


def test_a_printed_denominator_equal_to_its_set_is_more_than_a_bound():
    check = only("nested denominators", cohort(), counted("a", "5", n="58"))
    assert (check.verdict, check.bound) == (Verdict.CONSISTENT, False)


def test_parts_that_add_up_are_consistent():
    names, parts = categories("34", "18", "6")
    check = only("parts of a whole", cohort(), *parts, split(names))
    assert check.verdict is Verdict.CONSISTENT
    assert not check.bound


def test_parts_of_61_in_58_are_impossible_and_their_percentages_are_of_61():
    names, parts = categories("13", "17", "14", "6", "11", percents=["21", "28", "23", "10", "18"])
    check = only("parts of a whole", cohort(), *parts, split(names))
    assert check.verdict is Verdict.IMPOSSIBLE
    assert check.numbers == tuple(f"{name}.k" for name in names)
    assert check.against == ("everyone.n",)
    assert "= 61" in check.arithmetic
    assert "That is 3 more than there are." in check.arithmetic
    assert "Each of the 5 percentages beside them is of 61." in check.arithmetic


def test_parts_that_leave_some_out_are_inconsistent_if_complete():
    names, parts = categories("34", "18")
    check = only("parts of a whole", cohort(), *parts, split(names))
    assert check.verdict is Verdict.INCONSISTENT
    assert "6 are in no category" in check.arithmetic
    check = only("parts of a whole", cohort(), *parts, split(names, complete=False))
    assert (check.verdict, check.bound) == (Verdict.CONSISTENT, True)


def test_parts_that_add_up_to_another_stated_set_are_consistent():
    names, parts = categories("16", "13", "13", "6")
    known = cohort("48", "known", within="everyone")
    check = only("parts of a whole", cohort(), known, *parts, split(names))
    assert check.verdict is Verdict.CONSISTENT
    assert check.method == "the parts add up to the 48 of 'all patients'"
    assert check.against == ("everyone.n", "known.n")


def test_what_was_tried_in_vain_is_one_line():
    names, parts = categories("16", "13", "13", "5")
    sets = [cohort("48", "known", within="everyone"), cohort("20", "other", within="everyone")]
    check = only("parts of a whole", cohort(), *sets, *parts, split(names))
    assert check.verdict is Verdict.INCONSISTENT
    assert [trial.method for trial in check.tried] == [
        "the sum is 58",
        "another number of patients that is stated (20, 48)",
    ]


def test_a_number_printed_elsewhere_that_would_add_up_is_named():
    parts = [counted("double", "17", quantity="double"), counted("single", "42")]
    elsewhere = counted("double_again", "16", quantity="double")
    check = only("parts of a whole", cohort(), *parts, elsewhere, split(["double", "single"]))
    assert check.verdict is Verdict.IMPOSSIBLE
    assert check.resolve == "Is it 16, as in Text, double_again, where 17 is counted here?"


def test_a_part_without_its_count_makes_a_partition_a_bound():
    parts = [counted("a", "34"), counted("b", percent="30")]
    check = only("parts of a whole", cohort(), *parts, split(["a", "b"]))
    assert (check.verdict, check.bound) == (Verdict.CONSISTENT, True)


@pytest.mark.parametrize(
    ("percents", "verdict"),
    [
        (["33", "33", "33"], Verdict.CONSISTENT),  # thirds
        (["17"] * 6, Verdict.CONSISTENT),  # sixths: 102
        (["59", "31", "10"], Verdict.CONSISTENT),
        (["59", "31", "11"], Verdict.CONSISTENT),  # from 99.5
        (["59", "31", "12"], Verdict.INCONSISTENT),  # from 100.5
        (["50", "46"], Verdict.INCONSISTENT),  # at most 97.99
        (["50.0", "49.9"], Verdict.CONSISTENT),  # one of them cut off
        (["50.0", "49.7"], Verdict.INCONSISTENT),
    ],
)
def test_percentages_add_up_to_100_within_what_rounding_allows(percents, verdict):
    names, parts = categories(*percents, percents=percents)
    parts = [{key: v for key, v in part.items() if key != "k"} for part in parts]
    check = only("percentages of a whole", cohort(), *parts, split(names))
    assert check.verdict is verdict


def test_percentages_of_different_sets_are_not_added():
    other = cohort("20", "others")
    parts = [counted("a", percent="60"), counted("b", of="others", percent="80")]
    assert not found("percentages of a whole", cohort(), other, *parts, split(["a", "b"]))


def test_percentages_of_an_incomplete_partition_stay_under_100():
    parts = [counted("a", percent="60"), counted("b", percent="20")]
    check = only("percentages of a whole", cohort(), *parts, split(["a", "b"], complete=False))
    assert (check.verdict, check.bound) == (Verdict.CONSISTENT, True)
    parts = [counted("a", percent="60"), counted("b", percent="50")]
    check = only("percentages of a whole", cohort(), *parts, split(["a", "b"], complete=False))
    assert check.verdict is Verdict.INCONSISTENT


@pytest.mark.parametrize(
    ("n", "percents", "verdict"),
    [
        ("58", ["59", "31", "10"], Verdict.CONSISTENT),  # 34 + 18 + 6
        ("9", ["33", "66"], Verdict.CONSISTENT),  # 3 + 6, cut off
        ("9", ["33", "33", "33"], Verdict.CONSISTENT),
        ("8", ["33", "33", "33"], Verdict.UNCHECKED),  # of 3 or 6
        ("7", ["29", "72"], Verdict.INCONSISTENT),  # 5 of 7 is 71, and of no fewer is 72
    ],
)
def test_whole_numbers_behind_the_percentages_of_a_set(n, percents, verdict):
    parts = [counted(f"p{i}", percent=p) for i, p in enumerate(percents)]
    names = [part["id"] for part in parts]
    check = only("counts behind percentages", cohort(n), *parts, split(names))
    assert check.verdict is verdict
    assert check.numbers == tuple(f"{name}.percent" for name in names)
    if verdict is Verdict.UNCHECKED:
        assert check.missing == "of how many: not of 8, perhaps of 3, 6"


def test_counts_that_are_printed_are_not_sought():
    names, parts = categories("34", "24", percents=["59", "41"])
    assert not found("counts behind percentages", cohort(), *parts, split(names))


@given(st.lists(st.integers(0, 20), min_size=2, max_size=5).filter(any))
def test_percentages_of_any_division_have_counts_behind_them(counts):
    total = sum(counts)
    parts = [counted(f"p{i}", percent=f"{100 * k / total:.0f}") for i, k in enumerate(counts)]
    names = [part["id"] for part in parts]
    statements = [cohort(str(total)), *parts, split(names)]
    for check in found("counts behind percentages", *statements):
        assert check.verdict is Verdict.CONSISTENT


def test_a_sum_of_counts_is_exact():
    statements = [cohort(), counted("a", "5"), counted("b", "10")]
    good = counted("c", "15")
    total = stated("sum", "s", total="c.k", terms=["a.k", "b.k"])
    assert only("sum", *statements, good, total).verdict is Verdict.CONSISTENT
    bad = counted("c", "16")
    check = only("sum", *statements, bad, total)
    assert check.verdict is Verdict.INCONSISTENT
    assert check.numbers == ("c.k", "a.k", "b.k")
    less = stated("sum", "s", total="c.k", terms=["a.k", "b.k"], less=True)
    assert only("sum", *statements, bad, less).verdict is Verdict.CONSISTENT
    assert only("sum", *statements, counted("c", "14"), less).verdict is Verdict.INCONSISTENT


@pytest.mark.parametrize(
    ("total", "verdict"),
    [
        ("58", Verdict.CONSISTENT),
        ("56", Verdict.CONSISTENT),  # up to 57, from 56.5
        ("61", Verdict.CONSISTENT),  # from 60.5, below 61
        ("55", Verdict.INCONSISTENT),
        ("62", Verdict.INCONSISTENT),
    ],
)
def test_a_sum_of_percentages_has_their_rounding(total, verdict):
    parts = [counted("a", percent="19"), counted("b", percent="30"), counted("c", percent="9")]
    whole = counted("d", percent=total)
    terms = stated("sum", "s", total="d.percent", terms=["a.percent", "b.percent", "c.percent"])
    assert only("sum", cohort("90"), *parts, whole, terms).verdict is verdict


@given(st.lists(st.integers(0, 40), min_size=2, max_size=7), st.sampled_from([0, 1]))
def test_no_consistent_partition_is_ever_flagged(counts, decimals):
    counts = counts if sum(counts) else [1, *counts[1:]]
    total = sum(counts)
    percents = [f"{100 * k / total:.{decimals}f}" for k in counts]
    names, parts = categories(*map(str, counts), percents=percents)
    statements = [cohort(str(total)), *parts, split(names)]
    for rule in ("parts of a whole", "percentages of a whole", "percent of a count"):
        for check in found(rule, *statements):
            assert check.verdict is Verdict.CONSISTENT


@given(st.lists(st.integers(1, 40), min_size=2, max_size=7), st.integers(1, 5), st.booleans())
def test_a_partition_with_a_wrong_part_is_always_flagged(counts, by, more):
    wrong = [counts[0] + by if more else max(counts[0] - by, 0), *counts[1:]]
    names, parts = categories(*map(str, wrong))
    check = only("parts of a whole", cohort(str(sum(counts))), *parts, split(names))
    assert check.verdict is (Verdict.IMPOSSIBLE if more else Verdict.INCONSISTENT)
