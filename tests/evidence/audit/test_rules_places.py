"""One quantity at several places, comparisons in words, and the same across papers."""

from __future__ import annotations

import pytest

from atrisk.evidence.audit import audit
from atrisk.evidence.audit.check import Verdict
from audit_kit import cohort, counted, found, only, paper, stated


def curve(name, estimate, **fields):
    numbers = {"time": "2", "time_unit": "years", "estimate": estimate} | fields
    return stated(
        "survival", name, of="everyone", endpoint="os", quantity="os_two_years", **numbers
    )


def value(name, text, **fields):
    return stated("value", name, label=name, value=text, **fields)


def test_one_cut_off_and_one_rounded_is_a_question():
    checks = found("same quantity", cohort(), curve("a", "36.7"), curve("b", "36.6"))
    (check,) = [check for check in checks if "a.estimate" in check.numbers]
    assert check.verdict is Verdict.UNCHECKED  # 36.66
    assert "if only one of them was cut off" in check.missing


def test_what_was_observed_or_prescribed_is_the_same_to_the_last_digit():
    def age(name, low):
        fields = {"of": "everyone", "variable": "age", "unit": "years", "quantity": "age"}
        return stated("summary", name, low=low, **fields)

    check = only("same quantity", cohort(), age("a", "16"), age("b", "15"))
    assert check.verdict is Verdict.INCONSISTENT
    doses = [
        value(name, text, unit="mg/m2", quantity="dose")
        for name, text in (("a", "0.8"), ("b", "0.9"))
    ]
    assert only("same quantity", *doses).verdict is Verdict.INCONSISTENT
    rates = [value(n, t, unit="%", quantity="cr") for n, t in (("a", "66.6"), ("b", "66.7"))]
    assert only("same quantity", *rates).verdict is Verdict.UNCHECKED


@pytest.mark.parametrize("rougher", ["37", "36", "36.7", "36.71"])
def test_a_rougher_rounding_is_the_same_number(rougher):
    checks = found("same quantity", cohort(), curve("a", "36.7"), curve("b", rougher))
    assert {check.verdict for check in checks} == {Verdict.CONSISTENT}
    assert ("a.estimate", "b.estimate") in {check.numbers for check in checks}


@pytest.mark.parametrize("other", ["38", "36.9", "35"])
def test_another_number_at_another_place_is_a_finding(other):
    checks = found("same quantity", cohort(), curve("a", "36.7"), curve("b", other))
    (failed,) = [check for check in checks if check.failed]
    assert failed.verdict is Verdict.INCONSISTENT
    assert failed.numbers == ("a.estimate", "b.estimate")
    assert f"36.7 (Text, a); {other} (Text, b)" in failed.arithmetic


def test_of_three_places_the_one_that_agrees_with_both_is_not_in_question():
    curves = [curve("a", "36.7"), curve("b", "37"), curve("c", "37.4")]
    checks = found("same quantity", cohort(), *curves)
    (failed,) = [check for check in checks if check.failed]
    assert failed.numbers == ("a.estimate", "c.estimate")
    assert failed.against == ("b.estimate",)


def test_a_fraction_and_a_percentage_are_one_number():
    checks = found(
        "same quantity", cohort(), curve("a", "36.7"), curve("b", "0.367", scale="fraction")
    )
    assert not any(check.failed for check in checks)
    checks = found(
        "same quantity", cohort(), curve("a", "36.7"), curve("b", "0.357", scale="fraction")
    )
    assert any(check.failed for check in checks)


def test_counts_are_the_same_to_the_last_digit():
    places = [counted("a", "32", quantity="ecog_0"), counted("b", "34", quantity="ecog_0")]
    check = only("same quantity", cohort(), *places)
    assert check.verdict is Verdict.INCONSISTENT
    places = [counted("a", "eight", quantity="missing"), counted("b", "8", quantity="missing")]
    assert only("same quantity", cohort(), *places).verdict is Verdict.CONSISTENT


def test_what_differs_in_set_arm_study_or_unit_is_not_compared():
    others = [
        counted("b", "34", of="others", quantity="cr"),
        counted("c", "35", arm="soc", quantity="cr"),
        counted("d", "36", study="another", quantity="cr"),
        counted("e", "37"),
    ]
    first = counted("a", "32", quantity="cr")
    assert not found("same quantity", cohort(), cohort("50", "others"), first, *others)
    months = [
        value("a", "12", quantity="os", unit="months"),
        value("b", "1", quantity="os", unit="years"),
    ]
    assert not found("same quantity", *months)


def test_a_set_and_a_count_of_one_quantity_are_compared():
    placed = cohort("17", "double", within="everyone", quantity="double")
    check = only("same quantity", cohort(), placed, counted("again", "16", quantity="double"))
    assert check.verdict is Verdict.INCONSISTENT
    assert check.numbers == ("double.n", "again.k")
    check = only("same quantity", cohort(), placed, counted("again", "17", quantity="double"))
    assert check.verdict is Verdict.CONSISTENT


def test_numbers_declared_the_same_are_compared_wherever_they_stand():
    places = [counted("a", percent="84"), value("b", "83.6", unit="%")]
    same = stated("same", "s", numbers=["a.percent", "b.value"])
    assert only("same number", cohort(), *places, same).verdict is Verdict.CONSISTENT
    places = [counted("a", percent="84"), value("b", "82.6", unit="%")]
    check = only("same number", cohort(), *places, same)
    assert check.verdict is Verdict.INCONSISTENT


@pytest.mark.parametrize(
    ("left", "relation", "right", "factor", "verdict"),
    [
        ("11.2", "<", "12.6", None, Verdict.CONSISTENT),
        ("12.6", "<", "11.2", None, Verdict.INCONSISTENT),
        ("12.6", ">", "11.2", None, Verdict.CONSISTENT),
        ("29", "<", "29", None, Verdict.CONSISTENT),  # 28.6 and 29.4
        ("30", "<=", "29", None, Verdict.CONSISTENT),  # 29.5 and 29.9
        ("31", "<=", "29", None, Verdict.INCONSISTENT),
        ("29", ">=", "31", None, Verdict.INCONSISTENT),
        ("81", ">", "29", "double", Verdict.CONSISTENT),
        ("50", ">", "29", "double", Verdict.INCONSISTENT),
        ("58", ">", "29", "2", Verdict.CONSISTENT),  # 58.9 and 28.6
        ("60", "=", "20", "3", Verdict.CONSISTENT),
        ("70", "=", "20", "3.0", Verdict.INCONSISTENT),
    ],
)
def test_a_comparison_in_words_holds_for_some_exact_values(left, relation, right, factor, verdict):
    numbers = [value("a", left, unit="%"), value("b", right, unit="%")]
    fields = {} if factor is None else {"factor": factor}
    order = stated("order", "o", left="a.value", relation=relation, right="b.value", **fields)
    check = only("order in words", *numbers, order)
    assert check.verdict is verdict
    named = set(check.numbers) | set(check.against)
    assert named == {"a.value", "b.value"} | ({"o.factor"} if factor else set())


def reported(name, percent, of="treated", study=None, **fields):
    about = {} if study is None else {"study": study}
    treated = cohort("109", "treated", quantity="treated", **about)
    share = counted("cr", of=of, percent=percent, quantity="cr", **about, **fields)
    return paper(treated, share, name=name)


def test_two_papers_that_print_one_number_agree():
    document = audit([reported("own", "80.7"), reported("review", "81", study="own")])
    checks = document["across"]["checks"]
    assert {check["verdict"] for check in checks} == {"consistent"}
    assert ["own:cr.percent", "review:cr.percent"] in [check["numbers"] for check in checks]
    number = document["papers"][1]["numbers"][1]
    assert number["across"]
    assert number["verdict"] == "consistent"
    assert number["method"].startswith("same quantity across papers")


def test_two_papers_that_print_different_numbers_are_a_finding_with_both_quotes():
    document = audit([reported("own", "80.7"), reported("review", "73.8", study="own")])
    (finding,) = document["across"]["findings"]
    assert finding["verdict"] == "inconsistent"
    assert finding["says"].startswith("The papers print different numbers for cr of own (percent)")
    assert [n["paper"] for n in finding["numbers"]] == ["review"]
    assert [n["paper"] for n in finding["against"]] == ["own"]
    assert all(n["quote"] == "quote of cr" for n in finding["numbers"] + finding["against"])
    own, review = ({n["address"]: n for n in p["numbers"]} for p in document["papers"])
    # the arithmetic does not say which paper is right: neither number fails by the other
    assert own["cr.percent"]["verdict"] == "consistent"  # with the counts of its own paper
    assert review["cr.percent"]["verdict"] == "cannot be checked"
    assert review["cr.percent"]["missing"].startswith("papers print different numbers of it")


def test_a_review_may_cut_off_what_the_study_rounds():
    document = audit([reported("own", "80.7"), reported("review", "80.6", study="own")])
    assert not document["across"]["findings"]


def test_two_reviews_that_differ_are_both_in_question():
    files = [reported("first", "80.7", study="trial"), reported("second", "73.8", study="trial")]
    (finding,) = audit(files)["across"]["findings"]
    assert [n["paper"] for n in finding["numbers"]] == ["first", "second"]


def test_papers_of_other_studies_arms_or_sets_are_not_compared():
    files = [
        reported("one", "80.7", study="trial"),
        reported("two", "73.8", study="other"),
        reported("three", "33.3", study="trial", arm="soc"),
    ]
    checks = audit(files)["across"]["checks"]
    assert not any("cr.percent" in number for check in checks for number in check["numbers"])


def test_sets_of_other_names_are_compared_unless_their_quantities_differ():
    def one(name, percent, **fields):
        share = counted("cr", of=f"set_{name}", percent=percent, quantity="cr", study="trial")
        return paper(cohort("109", f"set_{name}", study="trial", **fields), share, name=name)

    unnamed = audit([one("a", "80.7"), one("b", "73.8")])
    assert len(unnamed["across"]["findings"]) == 1
    half_named = audit([one("a", "80.7", quantity="randomised"), one("b", "73.8")])
    assert len(half_named["across"]["findings"]) == 1
    both = [one("a", "80.7", quantity="randomised"), one("b", "73.8", quantity="assessed")]
    assert not audit(both)["across"]["checks"]
