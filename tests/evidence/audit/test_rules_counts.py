"""Percentages against counts: every way of rounding and every admissible denominator."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.evidence.audit.check import Verdict
from atrisk.evidence.audit.rules_counts import fitting_sizes
from atrisk.evidence.printed import attained_by, parse_printed
from audit_kit import cohort, counted, found, only, stated

RULE = "percent of a count"


@pytest.mark.parametrize(
    ("k", "percent"),
    [
        ("Forty-seven", "81"),  # 81.03
        ("17", "29"),  # 29.31
        ("49", "84"),  # 84.48
        ("49", "84.5"),  # rounded
        ("49", "84.4"),  # cut off
        ("29", "50.0%"),
        ("none", "0"),
        ("all", "100"),
    ],
)
def test_a_percentage_of_its_count_is_consistent(k, percent):
    check = only(RULE, cohort(), counted("a", k, percent=percent))
    assert check.verdict is Verdict.CONSISTENT
    assert check.method == f"{k} of 58"
    assert not check.bound


def test_the_printed_21_percent_of_13_of_58_is_no_rounding_of_it():
    check = only(RULE, cohort(), counted("normal", "13", n="58", percent="21"))
    assert check.verdict is Verdict.INCONSISTENT
    assert check.numbers == ("normal.percent", "normal.k", "normal.n")
    assert check.arithmetic == (
        "The paper prints 21 %; 13 of 58 is 22.4 %. 21 % of a denominator from 60 to 63."
        " The denominator 58 is printed beside it."
    )
    assert check.resolve.startswith("Could the denominator be another than 58")
    assert not any(trial.meets for trial in check.tried)


def test_no_smaller_denominator_makes_a_percentage_less():
    check = only(RULE, cohort(), counted("normal", "13", percent="21"))
    assert check.verdict is Verdict.INCONSISTENT
    assert check.numbers == ("normal.percent", "normal.k")
    assert check.against == ("everyone.n",)


def test_a_percentage_of_fewer_than_the_set_asks_how_many_were_assessed():
    check = only(RULE, cohort(), counted("a", "12", percent="23"))  # 12 of 52
    assert check.verdict is Verdict.UNCHECKED
    assert "a denominator from 51 to 53" in check.missing
    assert check.tried[-1].meets


def test_the_same_is_inconsistent_where_the_denominator_is_printed_beside():
    check = only(RULE, cohort(), counted("a", "12", n="58", percent="23"))
    assert check.verdict is Verdict.INCONSISTENT


def test_the_same_is_inconsistent_where_the_categories_divide_all():
    parts = [counted("a", "12", percent="23"), counted("b", "46", percent="79")]
    whole = stated("partition", "split", of="everyone", parts=["a", "b"])
    first, second = found(RULE, cohort(), *parts, whole)
    assert first.verdict is Verdict.INCONSISTENT
    assert "Its categories divide all 58." in first.arithmetic
    assert second.verdict is Verdict.CONSISTENT


def test_a_percentage_of_the_set_less_the_missing_is_consistent():
    parts = [counted("a", "12", percent="23"), counted("b", "40"), counted("missing_data", "6")]
    whole = stated("partition", "split", of="everyone", parts=["a", "b", "missing_data"])
    check = only(RULE, cohort(), *parts, whole)
    assert check.verdict is Verdict.CONSISTENT
    assert check.method == "12 of the 58 less 6 of 'missing data'"
    assert check.against == ("everyone.n", "everyone.n", "missing_data.k")


def test_a_percentage_of_another_stated_set_is_consistent():
    assessed = cohort("52", "assessed", within="everyone")
    check = only(RULE, cohort(), assessed, counted("a", "12", percent="23"))
    assert check.verdict is Verdict.CONSISTENT
    assert check.method == "12 of the 52 of 'all patients'"
    of_everyone = counted("a", "9", of="assessed", percent="16")  # 9 of 58, not of 52
    check = only(RULE, cohort(), assessed, of_everyone)
    assert check.verdict is Verdict.CONSISTENT
    assert check.against == ("assessed.n", "everyone.n")


def test_a_count_about_or_below_is_held_as_a_range():
    assert only(RULE, cohort(), counted("a", "<10", percent="15")).verdict is Verdict.CONSISTENT
    assert only(RULE, cohort(), counted("a", "<10", percent="15")).bound
    check = only(RULE, cohort(), counted("a", ">50", percent="40"))
    assert check.verdict is Verdict.INCONSISTENT


@pytest.mark.parametrize(
    ("percent", "k", "verdict", "words"),
    [
        ("<10", "5", Verdict.CONSISTENT, ""),
        ("<10", "13", Verdict.INCONSISTENT, "<10 % of a denominator from 131."),
        (">90", "57", Verdict.CONSISTENT, ""),
        (">90", "13", Verdict.INCONSISTENT, ">90 % of a denominator from 1 to 14."),
        ("~30", "5", Verdict.CONSISTENT, ""),
        (">90", "0", Verdict.INCONSISTENT, "no number of patients at all"),
    ],
)
def test_a_percentage_below_above_or_about(percent, k, verdict, words):
    check = only(RULE, cohort(), counted("a", k, n="58", percent=percent))
    assert check.verdict is verdict
    assert words in check.arithmetic


def test_a_set_with_a_percentage_is_a_share_of_what_it_is_within():
    good = only(RULE, cohort(), cohort("48", "known", within="everyone", percent="83"))
    bad = only(RULE, cohort(), cohort("48", "known", within="everyone", percent="80"))
    assert (good.verdict, bad.verdict) == (Verdict.CONSISTENT, Verdict.INCONSISTENT)
    assert good.numbers == ("known.percent", "known.n")


def test_a_percentage_without_its_count_names_the_counts_that_attain_it():
    check = only("attainable percentage", cohort(), counted("cr", percent="84"))
    assert check.verdict is Verdict.CONSISTENT
    assert check.method == "49 of 58"
    assert not check.bound


def test_a_percentage_that_no_count_attains_is_impossible_beside_its_denominator():
    check = only("attainable percentage", cohort(), counted("a", n="5", percent="33"))
    assert check.verdict is Verdict.IMPOSSIBLE
    assert check.numbers == ("a.percent", "a.n")
    assert "1 of 5 is 20.0 %, 2 of 5 is 40.0 %" in check.arithmetic
    assert "attain it: 3." in check.arithmetic


def test_a_percentage_that_fewer_attain_asks_of_how_many():
    check = only("attainable percentage", cohort("15"), counted("a", percent="92"))
    assert check.verdict is Verdict.UNCHECKED
    assert "12, 13, 14" in check.missing


def test_a_percentage_of_another_stated_set_is_attained():
    assessed = cohort("13", "assessed", within="everyone")
    check = only("attainable percentage", cohort("15"), assessed, counted("a", percent="92"))
    assert check.verdict is Verdict.CONSISTENT
    assert check.method == "12 of the 13 of 'all patients'"


def test_no_percentage_of_many_patients_can_be_held_against_them():
    check = only("attainable percentage", cohort("326"), counted("a", percent="33"))
    assert check.verdict is Verdict.UNCHECKED
    assert "always attained" in check.missing
    tenths = only("attainable percentage", cohort("326"), counted("a", percent="33.4"))
    assert tenths.verdict is Verdict.CONSISTENT  # 109 of 326
    none = only("attainable percentage", cohort("326"), counted("a", n="326", percent="33.6"))
    assert none.verdict is Verdict.IMPOSSIBLE


def test_a_bound_is_not_held_against_counts():
    check = only("attainable percentage", cohort(), counted("a", percent="<10"))
    assert check.verdict is Verdict.UNCHECKED
    assert "is a bound" in check.missing


@pytest.mark.parametrize(
    ("k", "n", "verdict"),
    [
        ("17", None, Verdict.CONSISTENT),
        ("58", None, Verdict.CONSISTENT),
        ("59", None, Verdict.IMPOSSIBLE),
        ("23", "22", Verdict.IMPOSSIBLE),
        (">58", None, Verdict.IMPOSSIBLE),
        ("<60", None, Verdict.CONSISTENT),
        ("12.5", None, Verdict.IMPOSSIBLE),
    ],
)
def test_a_count_is_whole_and_within_its_set(k, n, verdict):
    fields = {} if n is None else {"n": n}
    check = only("count within its set", cohort(), counted("a", k, **fields))
    assert check.verdict is verdict
    assert check.bound or k == "12.5"


@st.composite
def shares(draw):
    n = draw(st.integers(1, 400))
    k = draw(st.integers(0, n))
    return k, n, draw(st.integers(0, 3))


def _printed(exact, decimals, how):
    """Print a number that is not negative with so many decimals, rounded in one of the ways."""
    scaled = exact * 10**decimals
    cut = scaled.numerator // scaled.denominator
    up = cut + (scaled - cut >= Fraction(1, 2))
    digits = {"half up": up, "half even": round(scaled), "cut off": cut}[how]
    whole, part = divmod(digits, 10**decimals)
    return f"{whole}.{part:0{decimals}d}" if decimals else str(whole)


@given(shares(), st.sampled_from(["half up", "half even", "cut off"]))
def test_no_way_of_rounding_a_share_is_ever_flagged(share, how):
    k, n, decimals = share
    percent = _printed(Fraction(100 * k, n), decimals, how)
    beside = counted("a", str(k), n=str(n), percent=percent)
    implied = counted("b", str(k), percent=percent)
    alone = counted("c", n=str(n), percent=percent)
    everyone = cohort(str(n))
    for check in found(RULE, everyone, beside, implied):
        assert check.verdict is Verdict.CONSISTENT
    check = only("attainable percentage", everyone, alone)
    assert check.verdict in {Verdict.CONSISTENT, Verdict.UNCHECKED}
    assert k in attained_by(parse_printed(percent), n)


@given(shares(), st.data())
def test_a_count_that_no_rounding_fits_is_always_flagged(share, data):
    k, n, decimals = share
    percent = _printed(Fraction(100 * k, n), decimals, "half up")
    other = data.draw(st.integers(0, n))
    exact = Fraction(100 * other, n)
    fits = any(
        _printed(exact, decimals, how) == percent for how in ("half up", "half even", "cut off")
    )
    check = only(RULE, cohort(str(n)), counted("a", str(other), n=str(n), percent=percent))
    assert check.failed is not fits
    implied = only(RULE, cohort(str(n)), counted("a", str(other), percent=percent))
    assert fits or implied.verdict is not Verdict.CONSISTENT
    if other > k and not fits:  # a smaller denominator only raises the share
        assert implied.failed


@given(st.integers(1, 60), st.integers(0, 100), st.integers(0, 1))
def test_the_fitting_denominators_are_those_found_by_trying_each(k, percent, decimals):
    printed = parse_printed(f"{percent}.0" if decimals else str(percent))
    tried = [n for n in range(k, 2001) if printed.admits(Fraction(100 * k, n))]
    sizes = fitting_sizes(k, printed)
    assert (sizes is None or sizes[1] < k or sizes[0] > 2000) == (not tried)
    if tried:
        assert max(sizes[0], k) == tried[0]
        assert min(sizes[1], 2000) == tried[-1]


def test_a_negative_count_is_impossible():
    check = only("count within its set", cohort(), counted("a", "-3"))
    assert check.verdict is Verdict.IMPOSSIBLE


def test_a_larger_set_does_not_serve_where_fewer_do():
    # 41 % of 45 is attained by none of them: 18 of 44, not 25 of the 60
    inside = cohort("45", "responders", within="everyone")
    share = counted("mrd", of="responders", percent="41", lower="26", upper="57")
    check = only("attainable percentage", cohort("60"), inside, share)
    assert check.verdict is Verdict.UNCHECKED
    assert check.missing.endswith("18 of 44")
    interval = only("interval of a proportion", cohort("60"), inside, share)
    assert interval.method == "Clopper-Pearson, with 18 of n' = 44"
    wide = share | {"lower": "10", "upper": "57"}
    assert only("interval of a proportion", cohort("60"), inside, wide).verdict is (
        Verdict.UNCHECKED
    )


def test_a_larger_set_serves_where_no_fewer_do():
    # 1.7 % is 1 of 60, and of no number up to 30
    inside = cohort("30", "responders", within="everyone")
    share = counted("death", of="responders", percent="1.7")
    check = only("attainable percentage", cohort("60"), inside, share)
    assert (check.verdict, check.method) == (
        Verdict.CONSISTENT,
        "1 of the 60 of 'all patients'",
    )
