"""Effects and P values from the counts of both groups, by every method."""

from __future__ import annotations

import pytest

from atrisk.evidence.audit.check import Verdict
from atrisk.evidence.audit.two_by_two import Pair, estimates, intervals, p_values
from audit_kit import cohort, counted, found, only, stated

EFFECT = "effect from the counts"
P = "P from the counts compared"


def odds(estimate, lower, upper, p=None, **fields):
    numbers = {"estimate": estimate, "lower": lower, "upper": upper, "p": p}
    fields = {"measure": "OR", "label": "double alkylators", **fields}
    kept = {k: v for k, v in numbers.items() if v}
    return stated("effect", "odds", of="everyone", exposed="a", unexposed="b", **kept, **fields)


def groups(a, n1, c, n2):
    return counted("a", a, n=n1), counted("b", c, n=n2)


ALKYLATORS = groups("8", "16", "9", "42")


def by_part(*statements):
    return {check.numbers[0].split(".")[1]: check for check in found(EFFECT, *statements)}


def test_an_odds_ratio_with_walds_interval_and_p():
    checks = by_part(cohort(), *ALKYLATORS, odds("3.67", "1.08", "12.50", "0.038"))
    assert {part: check.method for part, check in checks.items()} == {
        "estimate": "sample odds ratio",
        "lower": "Wald",
        "p": "Wald test of the odds ratio",
    }
    assert checks["lower"].arithmetic == (
        "8/16 against 9/42: 95 % interval 1.076 to 12.497 by Wald; printed 1.08 to 12.50."
    )


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_every_method_is_admitted(measure):
    pair = Pair(8, 16, 9, 42)
    value = next(iter(estimates(pair, measure))).values[0]
    for interval in intervals(pair, measure, 0.95):
        low, high = (f"{end:.3f}" for end in interval.values)
        checks = by_part(cohort(), *ALKYLATORS, odds(f"{value:.3f}", low, high, measure=measure))
        assert all(check.verdict is Verdict.CONSISTENT for check in checks.values())


def test_a_difference_may_be_in_percentage_points():
    checks = by_part(cohort(), *ALKYLATORS, odds("28.6", "1.1", "56.0", measure="RD"))
    assert {check.verdict for check in checks.values()} == {Verdict.CONSISTENT}


def test_a_wrong_estimate_is_found_and_the_others_pass():
    # 6/11 against 11/47: 216/55 = 3.93, not 3.97
    checks = by_part(
        cohort(), *groups("6", "11", "11", "47"), odds("3.97", "1.00", "15.39", "0.050")
    )
    assert {part: check.verdict for part, check in checks.items()} == {
        "estimate": Verdict.INCONSISTENT,
        "lower": Verdict.CONSISTENT,
        "p": Verdict.CONSISTENT,
    }
    assert "OR 3.927 (sample odds ratio); printed 3.97" in checks["estimate"].arithmetic
    assert "No table that differs by one or two patients" in checks["estimate"].arithmetic
    assert len(checks["estimate"].tried) == 4


def test_the_table_that_would_give_the_numbers_is_named():
    # printed of 8/16 against 9/42, while the counts say 7/16
    checks = by_part(
        cohort(), *groups("7", "16", "9", "42"), odds("3.67", "1.08", "12.50", "0.038")
    )
    assert checks["estimate"].verdict is Verdict.INCONSISTENT
    assert "8/16 against 9/42" in checks["estimate"].arithmetic


def test_groups_exchanged_are_named():
    checks = by_part(
        cohort(), *groups("9", "42", "8", "16"), odds("3.67", "1.08", "12.50", "0.038")
    )
    assert "(the groups exchanged)" in checks["estimate"].arithmetic


def test_missing_values_are_admitted_where_the_denominator_is_not_beside():
    sets = (
        cohort("17", "exposed_set", within="everyone"),
        cohort("41", "other_set", within="everyone"),
    )
    loose = counted("a", "8", of="exposed_set"), counted("b", "9", of="other_set")
    odds_of_less = odds("3.56", "1.04", "12.14")  # 8/16 against 9/41
    checks = by_part(cohort(), *sets, *loose, odds_of_less)
    assert checks["estimate"].verdict is Verdict.CONSISTENT
    assert checks["estimate"].method.endswith("with n' = 16 of 17")
    pinned = groups("8", "17", "9", "41")
    strict = by_part(cohort(), *pinned, odds_of_less)
    assert strict["estimate"].verdict is Verdict.INCONSISTENT


def test_a_percentage_beside_holds_the_denominator():
    sets = (cohort("17", "exposed_set"), cohort("41", "other_set"))
    held = counted("a", "8", of="exposed_set", percent="47"), counted("b", "9", of="other_set")
    checks = by_part(cohort(), *sets, *held, odds("3.56", "1.04", "12.14"))
    assert checks["estimate"].verdict is Verdict.INCONSISTENT


def test_fisher_named_and_only_pearson_gives_it():
    check = by_part(
        cohort(), *ALKYLATORS, odds("3.67", "1.08", "12.50", "0.033", method="Fisher's exact test")
    )["p"]
    assert check.verdict is Verdict.INCONSISTENT
    assert "The paper names Fisher's exact test" in check.arithmetic


def test_adjusted_effects_and_hazard_ratios_are_not_of_the_counts():
    adjusted = odds("1.20", "0.30", "4.80", model="multivariable")
    assert found(EFFECT, cohort(), *ALKYLATORS, adjusted) == []
    assert found(EFFECT, cohort(), *ALKYLATORS, odds("1.2", "0.3", "4.8", measure="HR")) == []


def test_sizes_alone_are_searched_for_counts():
    sizes = cohort("16", "a"), cohort("42", "b")
    (check,) = found(EFFECT, cohort(), *sizes, odds("3.67", "1.08", "12.50", "0.038"))
    assert check.verdict is Verdict.CONSISTENT
    assert check.bound
    assert "8/16 against 9/42" in check.arithmetic
    (other,) = found(EFFECT, cohort(), *sizes, odds("3.67", "2.00", "6.73"))
    assert other.verdict is Verdict.UNCHECKED


def compared(p, **fields):
    return stated("test", "test", label="response", p=p, groups=["a", "b"], **fields)


@pytest.mark.parametrize(
    ("method", "p"), [(f.method, f.values[0]) for f in p_values(Pair(8, 16, 9, 42))]
)
def test_every_test_of_the_counts_is_admitted(method, p):
    check = only(P, cohort(), *ALKYLATORS, compared(f"{p:.4f}"))
    assert check.verdict is Verdict.CONSISTENT
    assert method in [trial.method for trial in check.tried if trial.meets]


def test_a_p_value_that_no_test_of_the_counts_gives():
    check = only(P, cohort(), *ALKYLATORS, compared("0.21"))
    assert check.verdict is Verdict.INCONSISTENT
    assert check.arithmetic == "8/16, 9/42: P 0.052 by Fisher's exact test; printed 0.21."


def test_a_p_value_with_the_test_named():
    fisher = only(P, cohort(), *ALKYLATORS, compared("0.052", method="Fisher's exact test"))
    assert (fisher.verdict, fisher.method) == (Verdict.CONSISTENT, "Fisher's exact test")
    pearson = only(P, cohort(), *ALKYLATORS, compared("0.033", method="Fisher's exact test"))
    assert pearson.verdict is Verdict.INCONSISTENT
    assert "which gives 0.0519 (Fisher's exact test) or" in pearson.arithmetic


@pytest.mark.parametrize("method", ["log-rank test", "Gray's test", "Kruskal-Wallis"])
def test_a_test_of_more_than_counts_is_not_held_to_them(method):
    check = only(P, cohort(), *ALKYLATORS, compared("0.21", method=method))
    assert check.verdict is Verdict.UNCHECKED


def test_three_groups():
    three = (*ALKYLATORS, counted("c", "3", n="7"))
    groups_of_three = {"label": "response", "groups": ["a", "b", "c"]}
    good = stated("test", "test", p="0.077", **groups_of_three)
    bad = stated("test", "test", p="0.77", **groups_of_three)
    assert only(P, cohort(), *three, good).method == "Fisher's exact test"
    assert only(P, cohort(), *three, bad).verdict is Verdict.INCONSISTENT


def test_percentages_alone_give_counts_where_only_one_fits():
    of = cohort("16", "first"), cohort("42", "second")
    shares = counted("a", of="first", percent="50"), counted("b", of="second", percent="21")
    assert only(P, cohort(), *of, *shares, compared("0.052")).verdict is Verdict.CONSISTENT
    wide = cohort("1600", "first"), cohort("42", "second")
    assert only(P, cohort(), *wide, *shares, compared("0.052")).verdict is Verdict.UNCHECKED


def test_p_beside_two_curves_is_a_question_with_its_arithmetic():
    curves = [
        stated(
            "survival",
            name,
            of="everyone",
            endpoint="OS",
            time="12",
            time_unit="months",
            estimate=e,
            lower=low,
            upper=high,
        )
        for name, e, low, high in (("x", "60", "50", "70"), ("y", "40", "30", "50"))
    ]
    test = stated("test", "t", label="OS", p="0.08", compared=["x", "y"])
    check = only("P beside two survival estimates", cohort(), *curves, test)
    assert check.verdict is Verdict.UNCHECKED
    assert "P 0.006 at this time" in check.arithmetic  # 0.2 / (0.051 * sqrt 2) = 2.77


def test_many_groups_and_large_ones_stay_quick():
    names = [f"g{i}" for i in range(9)]
    many = [counted(name, "30", of=f"of_{name}") for name in names]
    sets = [cohort("300", f"of_{name}") for name in names]
    test = stated("test", "t", label="response", p="0.03", groups=names)
    assert only(P, cohort(), *sets, *many, test).verdict is Verdict.INCONSISTENT
    sizes = cohort("164", "a"), cohort("162", "b")
    (check,) = found(EFFECT, cohort(), *sizes, odds("2.00", "1.99", "2.01", "0.9"))
    assert check.verdict is Verdict.UNCHECKED
