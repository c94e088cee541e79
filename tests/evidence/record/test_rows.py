"""Choosing studies that share no patients, and the rows for pooling."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest

from atrisk.errors import InputError
from atrisk.evidence.record import (
    Filters,
    Record,
    independent,
    load_record,
    overlap_groups,
    record_rows,
    selected,
)
from record_kit import BODY, HEAD, record_of

RECORD = load_record()


def study(name, n="40", year=2020, *overlaps):
    said = "".join(
        f'\n[[overlaps]]\nstudy = "{other}"\nrelation = "{relation}"\nreason = "why"\n'
        for other, relation in overlaps
    )
    return HEAD.format(id=name, year=year, n=n) + BODY + said


def test_the_larger_study_is_chosen_whichever_file_says_so(tmp_path):
    record = record_of(tmp_path, study("a", "40"), study("b", "90", 2019, ("a", "contains")))
    found = independent(record.studies)
    assert found.chosen == ("b",)
    assert [(out.study, out.because_of, out.relation) for out in found.left_out] == [
        ("a", "b", "subset_of")
    ]
    assert found.left_out[0].text == (
        "a is left out: beside b it has a part of the same patients (why)"
    )


def test_of_equal_sizes_the_final_then_the_latest_then_the_first_is_chosen(tmp_path):
    link = ("b", "repeated_report")
    later = record_of(tmp_path, study("a", "40", 2019, link), study("b", "40", 2020))
    assert independent(later.studies).chosen == ("b",)
    same = record_of(tmp_path, study("a", "40", 2020, link), study("b", "40", 2020))
    assert independent(same.studies).chosen == ("a",)
    final = study("a", "40", 2019, link).replace("year = 2019", "year = 2019\nfinal = true")
    assert independent(record_of(tmp_path, final, study("b")).studies).chosen == ("a",)


def test_two_small_studies_that_share_none_are_kept_when_the_whole_is_not_there(tmp_path):
    texts = (
        study("a", "40", 2020, ("c", "subset_of")),
        study("b", "50", 2020, ("c", "subset_of")),
        study("c", "90"),
    )
    record = record_of(tmp_path, *texts)
    assert independent(record.studies).chosen == ("c",)
    assert independent(record.studies[:2]).chosen == ("a", "b")
    assert set(overlap_groups(record.studies).values()) == {"a"}


def test_sizes_given_decide(tmp_path):
    record = record_of(tmp_path, study("a", "40"), study("b", "90", 2019, ("a", "contains")))
    assert independent(record.studies, {"a": 30, "b": 10}).chosen == ("a",)


def test_the_choice_does_not_depend_on_the_order():
    studies = list(RECORD.studies)
    first = independent(studies)
    for seed in range(5):
        random.Random(seed).shuffle(studies)  # noqa: S311 - no secret
        assert independent(studies) == first


def test_no_two_chosen_studies_overlap():
    chosen = set(independent(RECORD.studies).chosen)
    for one in RECORD.studies:
        for overlap in one.overlaps:
            assert not {one.study.id, overlap.study} <= chosen
    left = {out.study for out in independent(RECORD.studies).left_out}
    assert chosen | left == {s.study.id for s in RECORD.studies}
    assert not chosen & left


def test_the_reports_of_ino_vate_are_counted_once():
    chosen = independent(RECORD.studies).chosen
    reports = {s.study.id for s in RECORD.studies if s.study.trial == "ino-vate"}
    assert len(reports) == 10
    assert reports & set(chosen) == {"ino-vate-2019"}


def test_rows_of_response():
    found = record_rows(RECORD, "cr_cri", filters=Filters(line="salvage"))
    shown = {(row.study, row.k, row.n, row.how) for row in found.rows}
    assert shown >= {
        ("deangelo-2017", 49, 72, "printed"),
        ("ino-vate-2019", 121, 164, "derived"),
        ("kantarjian-2013", 52, 90, "derived"),
        ("kayser-2024", 49, 58, "printed"),
    }
    assert "ino-vate-2016" in {out.study for out in found.left_out}
    assert ("stock-2021", "73% is printed without the number of patients it is of") in {
        (out.study, out.reason) for out in found.not_used
    }


def test_a_row_says_who_and_how_much():
    rows = record_rows(RECORD, "sos_vod", filters=Filters(max_dose=3.0)).rows
    row = next(row for row in rows if row.study == "kantarjian-2023")
    assert (row.arm, row.k, row.n, row.how) == ("after", 1, 43, "derived")
    assert row.first_dose.low == Fraction(9, 10)
    assert row.cumulative_dose.high == Fraction(27, 10)
    assert (row.line, row.ph, row.disease, row.family) == (
        "salvage", "negative", "b_all", "ino_chemotherapy_blinatumomab",
    )  # fmt: skip
    assert (row.paper, row.against, row.p) == ("short-2024", "before", "0.05")
    assert row.group == "jabbour-2018"


def test_several_counts_that_are_printed_alike_are_a_range():
    rows = record_rows(RECORD, "sos_vod").rows
    row = next(row for row in rows if row.study == "chevallier-2022")
    assert (row.k, row.k_low, row.k_high, row.how) == (None, 2, 3, "range")


def test_an_arm_is_not_counted_beside_its_parts():
    def arms_of(study, found):
        return [row.arm for row in found.rows if row.study == study]

    whole = record_rows(RECORD, "cr_cri")
    parts = record_rows(RECORD, "cr_cri", arms="parts")
    assert arms_of("kantarjian-2013", whole) == ["all"]
    assert arms_of("kantarjian-2013", parts) == ["single", "weekly"]
    said = {(out.arm, out.reason) for out in parts.not_used if out.study == "kantarjian-2013"}
    assert said == {("all", "its patients are counted in the arms 'single', 'weekly'")}


def test_parts_that_count_patients_twice_are_never_taken():
    # myeloablative or not, and double alkylators or not, divide the same 58 patients twice
    found = record_rows(RECORD, "sos_vod_post_hct", arms="parts")
    assert [row.arm for row in found.rows if row.study == "kayser-2024"] == ["all"]
    dropped = {out.arm for out in found.not_used if out.study == "kayser-2024"}
    assert dropped == {"mac", "ric", "double", "single"}


def test_parts_are_taken_where_the_whole_has_no_number():
    found = record_rows(RECORD, "sos_vod")
    rows = [(r.arm, r.k, r.n) for r in found.rows if r.study == "kantarjian-2023"]
    assert rows == [("after", 1, 43), ("before", 9, 67)]


def test_other_roles_subgroups_and_overlaps_on_request():
    plain = record_rows(RECORD, "cr_cri")
    with_soc = record_rows(RECORD, "cr_cri", roles=("experimental", "comparator"))
    assert ("ino-vate-2019", "soc") in {(row.study, row.arm) for row in with_soc.rows}
    assert not any(row.role == "comparator" for row in plain.rows)
    sub = record_rows(RECORD, "os_median", subgroups=True)
    assert any(row.subgroup == "first salvage" for row in sub.rows)
    assert not any(row.subgroup for row in record_rows(RECORD, "os_median").rows)
    everything = record_rows(RECORD, "cr_cri", overlapping=True)
    assert everything.left_out == ()
    assert {row.study for row in everything.rows} > {row.study for row in plain.rows}


def test_numbers_that_are_no_proportion_carry_what_is_printed():
    rows = record_rows(RECORD, "os_at", filters=Filters(population="adults")).rows
    row = next(r for r in rows if r.study == "kayser-2024" and r.time == "2")
    assert (row.value, row.lower, row.upper, row.level, row.time_unit) == (
        "36.7", "25.5", "52.9", "95", "years",
    )  # fmt: skip
    assert (row.k, row.n, row.how) == (None, None, None)
    hazard = record_rows(RECORD, "os_hr").rows
    assert [(r.study, r.value, r.level) for r in hazard] == [("ino-vate-2019", "0.75", "97.5")]


def test_a_number_without_doubt_is_taken_first(tmp_path):
    doubted = BODY[BODY.index("\n[[numbers]]") :].replace("Abstract", "Table 1")
    first = doubted.replace('k = "24"', 'k = "23"\ndoubt = "x"')
    text = HEAD.format(id="a", year=2020, n="40") + BODY.replace(
        BODY[BODY.index("\n[[numbers]]") :], first + BODY[BODY.index("\n[[numbers]]") :]
    )
    row = record_rows(record_of(tmp_path, text), "cr_cri").rows[0]
    assert (row.k, row.doubt) == (24, None)


def test_mistyped_endpoints_and_arms_are_refused():
    with pytest.raises(InputError, match="there is no endpoint 'cr_crii'"):
        record_rows(RECORD, "cr_crii")
    with pytest.raises(InputError, match='arms is "whole" or "parts"'):
        record_rows(RECORD, "cr_cri", arms="all")


@pytest.mark.parametrize(
    ("filters", "some", "none"),
    [
        (Filters(population="older_adults"), "chevallier-2022", "kayser-2024"),
        (Filters(population="b_nhl"), "advani-2010", "kayser-2024"),
        (Filters(line="mrd"), "marconi-2022", "kayser-2024"),
        (Filters(ph="positive"), "jain-2021", "kayser-2024"),
        (Filters(regimen="ino_tki"), "jain-2021", "kayser-2024"),
        (Filters(regimen="fractionated"), "kayser-2024", "jain-2021"),
        (Filters(regimen="mini-hyper"), "jabbour-2018", "kayser-2024"),
        (Filters(min_dose=9.0), "deangelo-2017", "stelljes-2024"),
        (Filters(max_dose=3.3), "wieduwilt-2023", "stelljes-2024"),
        (Filters(min_dose=4.3, max_dose=5.7), "jabbour-2018", "kayser-2024"),
        (Filters(min_dose=5.0), "kayser-2024", "jabbour-2018"),
        (Filters(max_dose=5.0), "stelljes-2024", "jabbour-2018"),
        (Filters(endpoint="os_hr"), "ino-vate-2019", "ino-vate-2016"),
    ],
)
def test_each_filter(filters, some, none):
    names = {s.study.id for s in selected(RECORD.studies, filters)}
    assert some in names
    assert none not in names


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"population": "adlts"}, "Did you mean 'adults'"),
        ({"line": "third"}, "there is no line 'third'"),
        ({"ph": "maybe"}, "there is no Ph status 'maybe'"),
        ({"endpoint": "cr_crii"}, "Did you mean 'cr_cri'"),
        ({"min_dose": 5.0, "max_dose": 3.0}, "is more than the greatest, 3."),
    ],
)
def test_filters_that_cannot_be(options, said):
    with pytest.raises(InputError, match=said):
        Filters(**options)


def test_rows_do_not_depend_on_the_order_of_files():
    found = record_rows(RECORD, "sos_vod_post_hct")
    turned = record_rows(Record(RECORD.files[::-1]), "sos_vod_post_hct")
    assert set(found.rows) == set(turned.rows)
    assert found.left_out == turned.left_out


def test_the_counts_of_the_documentation_are_those_of_the_record():
    page = (Path(__file__).parents[3] / "docs" / "evidence.md").read_text(encoding="utf-8")
    numbers = sum(len(study.numbers) for study in RECORD.studies)
    assert f"{len(RECORD.studies)} studies, {numbers} numbers" in page
