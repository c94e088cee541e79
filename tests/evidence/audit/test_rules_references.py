"""The number cited against the study that the sentence names."""

from __future__ import annotations

import pytest

from atrisk.evidence.audit import audit
from atrisk.evidence.audit.check import Verdict
from audit_kit import found, only, paper, stated


def item(number, *reports, **fields):
    return stated("reference", f"ref_{number}", number=number, reports=list(reports), **fields)


LIST = [item("1", "INO-VATE", year="2016"), item("2", "tower", year="2017"), item("3")]


def cites(*numbers, names="ino-vate", **fields):
    return stated("citation", "cited", names=names, numbers=list(numbers), **fields)


def test_a_citation_of_what_it_names():
    check = only("cited study", *LIST, cites("1"))
    assert check.verdict is Verdict.CONSISTENT
    assert check.against == ("ref_1.number",)
    assert only("cited study", *LIST, cites("2", "1")).verdict is Verdict.CONSISTENT


def test_a_citation_of_another_study_names_the_right_reference():
    check = only("cited study", *LIST, cites("2"))
    assert check.verdict is Verdict.INCONSISTENT
    assert check.arithmetic == (
        "The sentence names ino-vate and cites reference 2; 2 reports tower. Reference 1 does."
    )
    assert check.resolve == "Could 1 be meant?"


def test_several_references_that_report_the_study_are_all_named():
    more = [item("1", "x"), item("2", "x", "y"), item("3", "y")]
    check = only("cited study", *more, cites("3", names="X"))
    assert check.arithmetic.endswith("3 reports y. References 1, 2 do.")


def shifted(*pairs):
    names = {number: f"study {number}" for number in range(1, 9)}
    items = [item(str(number), name) for number, name in names.items()]
    citations = [
        stated("citation", f"c{i}", names=names[named], numbers=[str(cited)])
        for i, (named, cited) in enumerate(pairs)
    ]
    return [*items, *citations]


def test_three_citations_off_by_one_have_one_cause():
    statements = shifted((1, 1), (3, 4), (5, 6), (6, 7))
    checks = [check for check in found("cited study", *statements) if check.failed]
    assert [check.cause.partition(":")[0] for check in checks] == [
        "3 citations name a study that the list of references has 1 lower than the number printed"
    ] * 3
    (document,) = audit([paper(*statements)])["papers"]
    (finding,) = document["findings"]
    assert finding["says"] == checks[0].cause
    assert len(finding["more"]) == 3


def test_two_citations_off_by_one_are_two_findings():
    statements = shifted((3, 4), (5, 6), (7, 5))
    assert not any(check.cause for check in found("cited study", *statements))
    (document,) = audit([paper(*statements)])["papers"]
    assert len(document["findings"]) == 3


@pytest.mark.parametrize("number", ["3", "9"])
def test_a_reference_of_which_nothing_is_known(number):
    check = only("cited study", *LIST, cites(number))
    assert check.verdict is Verdict.UNCHECKED
    assert check.missing == f"what reference {number} reports"


@pytest.mark.parametrize(
    ("year", "verdict"),
    [
        ("2016", Verdict.CONSISTENT),
        ("2017", Verdict.UNCHECKED),  # online one year, in print the next
        ("2019", Verdict.INCONSISTENT),
    ],
)
def test_the_year_of_a_citation(year, verdict):
    check = only("year of a citation", *LIST, cites("1", year=year))
    assert check.verdict is verdict
    assert check.numbers == ("cited.year",)


def test_the_year_is_that_of_the_study_where_the_number_is_wrong():
    check = only("year of a citation", *LIST, cites("2", year="2016"))
    assert check.verdict is Verdict.CONSISTENT
    assert check.against == ("ref_1.number",)


def test_the_year_of_any_reference_cited_fits():
    check = only("year of a citation", *LIST, cites("1", "2", year="2017"))
    assert check.verdict is Verdict.CONSISTENT
    assert not found("year of a citation", *LIST, cites("3", year="2017"))


def test_the_list_is_numbered_without_gap_or_double():
    rule = "numbering of references"
    assert only(rule, *LIST).verdict is Verdict.CONSISTENT
    twice = stated("reference", "again", number="2")
    check = only(rule, *LIST, twice)
    assert check.verdict is Verdict.INCONSISTENT
    assert check.numbers == ("ref_2.number", "again.number")
    assert not found(rule, item("1"), item("4"))  # only some of the list is in the file


def test_no_reference_beyond_the_list_is_cited():
    rule = "citation within the list"
    assert not found(rule, *LIST, cites("1", "3"))
    check = only(rule, *LIST, cites("1", "4"))
    assert check.verdict is Verdict.IMPOSSIBLE
    assert check.numbers == ("cited.numbers[1]",)
    assert check.arithmetic == "Reference 4 is cited; the list ends at 3."
    assert not found(rule, item("1"), item("5"), cites("4"))  # only some of the list is here
